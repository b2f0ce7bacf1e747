//! A wake-up between threads: one side counts up without ever blocking, the other waits on a descriptor.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd},
    sync::Arc,
};

use nix::sys::eventfd::{EfdFlags, EventFd};

/// An eventfd, shared by the side that wakes and the side that waits.
#[derive(Clone, Debug)]
pub struct Wake(Arc<EventFd>);

impl Wake {
    /// A new one.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn new() -> io::Result<Wake> {
        let fd = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        Ok(Wake(Arc::new(fd)))
    }

    /// Wakes the waiting side. Never blocks, never allocates; one wake-up that is not yet taken covers all.
    pub fn wake(&self) {
        // The only failure of a non-blocking eventfd is a counter at its maximum: then a wake-up is pending anyway.
        let _ = self.0.write(1);
    }

    /// Takes all wake-ups that came so far.
    pub fn take(&self) {
        // Empty is no error here: the caller looks at its queue whatever this says.
        let _ = self.0.read();
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Wake {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    fn readable(wake: &Wake) -> bool {
        let mut fds = [PollFd::new(wake.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO).unwrap() == 1
    }

    #[test]
    fn a_wake_up_stays_until_it_is_taken() {
        let wake = Wake::new().unwrap();
        assert!(!readable(&wake));
        wake.clone().wake();
        wake.wake();
        assert!(readable(&wake));
        wake.take();
        assert!(!readable(&wake));
    }
}
