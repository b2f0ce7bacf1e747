//! What the kernel's error numbers mean to a caller.

use std::io;

/// DAHDI's own number, which no table has: an event waits, and until it is fetched nothing is read or written.
const EVENT_WAITS: i32 = dahdi_sys::ELAST as i32;

/// Why a read or a write brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An event has to be fetched first.
    Event,
    /// There is no block yet, or no room.
    NotNow,
    /// The card was taken away, or does not work any more.
    Gone,
}

impl Fault {
    /// What an error of a channel means. What is not known is taken for a card that is gone: it is tried again from the
    /// beginning, which repairs what can be repaired.
    pub(crate) fn of(error: &io::Error) -> Fault {
        match error.raw_os_error() {
            Some(EVENT_WAITS) => Fault::Event,
            Some(libc::EAGAIN | libc::EINTR) => Fault::NotNow,
            _ => Fault::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_leads_to_what_helps() {
        let fault = |number| Fault::of(&io::Error::from_raw_os_error(number));
        assert_eq!(fault(500), Fault::Event);
        assert_eq!(fault(libc::EAGAIN), Fault::NotNow);
        assert_eq!(fault(libc::EINTR), Fault::NotNow);
        for gone in [libc::ENODEV, libc::ENXIO, libc::EIO, libc::EFAULT] {
            assert_eq!(fault(gone), Fault::Gone);
        }
    }
}
