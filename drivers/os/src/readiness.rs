//! Waiting for a descriptor in an async task.

use std::{io, os::fd::OwnedFd};

use tokio::io::{Interest, unix::AsyncFd};

/// A descriptor that a task can wait on until it is readable.
#[derive(Debug)]
pub struct Readiness(AsyncFd<OwnedFd>);

impl Readiness {
    /// Registers a descriptor with the runtime of the calling task.
    ///
    /// # Errors
    /// When the kernel can't watch it.
    #[allow(unsafe_code)] // tokio has no safe call for a descriptor that is owned
    pub fn new(fd: OwnedFd) -> io::Result<Readiness> {
        // SAFETY: an `OwnedFd` always gives the same descriptor and keeps it open until it is dropped; it moves into the
        // `AsyncFd` and is never taken out of it.
        let watched = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) };
        Ok(Readiness(watched?))
    }

    /// Waits until the descriptor became readable since the last time.
    ///
    /// Readiness is cleared before this returns, so what comes while the caller drains wakes it again.
    ///
    /// # Errors
    /// When the runtime is shutting down.
    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await?.clear_ready();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{os::fd::AsFd, time::Duration};

    use super::*;
    use crate::Wake;

    #[tokio::test]
    async fn a_descriptor_that_was_woken_is_readable_once() {
        let wake = Wake::new().unwrap();
        let ready = Readiness::new(wake.as_fd().try_clone_to_owned().unwrap()).unwrap();
        wake.wake();
        ready.readable().await.unwrap();
        wake.take();
        let again = tokio::time::timeout(Duration::from_millis(20), ready.readable()).await;
        assert!(again.is_err(), "nothing woke it again");
    }
}
