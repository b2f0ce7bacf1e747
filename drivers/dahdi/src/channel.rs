//! An open channel: the file, and what both halves of the driver have to know of it.
//!
//! The kernel opens a channel once; both halves share the file. The media thread reads and writes, signalling commands.
//! What would empty the buffers under the media thread, or what a write would cut short, is asked of it instead
//! ([`Channel::ask`]).

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::OpenOptionsExt,
    },
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

use dahdi_sys as sys;
use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::{event::Role, ioctl};

/// Where channels are opened; which one is said afterwards, so that there is no limit of 250 nodes.
const CHANNELS: &str = "/dev/dahdi/channel";

/// An open channel.
#[derive(Debug)]
pub(crate) struct Channel {
    file: File,
    role: Role,
    /// FXS: the handset is lifted, as far as events have told.
    off_hook: AtomicBool,
    asked: AtomicU32,
}

/// What signalling asks of the media thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Dial this digit by pulses. A write would end the dialling.
    Pulse(u8),
    /// Hang up as the exchange does, which drops the feed and empties the buffers.
    Drop,
}

const NOTHING: u32 = 0;
const DROP: u32 = 256;

impl Channel {
    /// Opens a channel by its number.
    pub(crate) fn open(number: i32, role: Role) -> io::Result<Channel> {
        let file =
            OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(Path::new(CHANNELS))?;
        ioctl::specify(file.as_fd(), number)?;
        Ok(Channel::new(file, role))
    }

    /// Takes over a channel that was kept open. None where it is not the channel that is wanted, or its card is gone.
    pub(crate) fn adopt(fd: OwnedFd, number: i32, role: Role) -> Option<Channel> {
        if ioctl::channel_number(fd.as_fd()).ok()? != number {
            return None;
        }
        fcntl(&fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).ok()?;
        // How the line is now is asked anew; what happened while nobody looked would be told after it.
        ioctl::flush(fd.as_fd(), sys::DAHDI_FLUSH_EVENT).ok()?;
        Some(Channel::new(File::from(fd), role))
    }

    fn new(file: File, role: Role) -> Channel {
        Channel { file, role, off_hook: AtomicBool::new(false), asked: AtomicU32::new(NOTHING) }
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// Reads what is there. One read is one block, or one frame.
    pub(crate) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        (&self.file).read(into)
    }

    /// Writes one block, or one frame.
    pub(crate) fn write(&self, octets: &[u8]) -> io::Result<usize> {
        (&self.file).write(octets)
    }

    /// The next event that waits.
    pub(crate) fn event(&self) -> io::Result<Option<i32>> {
        ioctl::event(self.as_fd()).map(|event| (event != 0).then_some(event))
    }

    /// Empties both buffers.
    pub(crate) fn flush_both(&self) -> io::Result<()> {
        ioctl::flush(self.as_fd(), sys::DAHDI_FLUSH_BOTH)
    }

    /// Empties what has come.
    pub(crate) fn flush_reads(&self) -> io::Result<()> {
        ioctl::flush(self.as_fd(), sys::DAHDI_FLUSH_READ)
    }

    /// Empties what is still to be sent.
    pub(crate) fn flush_writes(&self) -> io::Result<()> {
        ioctl::flush(self.as_fd(), sys::DAHDI_FLUSH_WRITE)
    }

    pub(crate) fn set_off_hook(&self, off_hook: bool) {
        self.off_hook.store(off_hook, Relaxed);
    }

    pub(crate) fn is_off_hook(&self) -> bool {
        self.off_hook.load(Relaxed)
    }

    /// Asks something of the media thread. False where something else was asked and is not done yet.
    pub(crate) fn ask(&self, ask: Ask) -> bool {
        let code = match ask {
            Ask::Pulse(digit) => u32::from(digit),
            Ask::Drop => DROP,
        };
        self.asked.compare_exchange(NOTHING, code, Relaxed, Relaxed).is_ok()
    }

    /// What was asked of the media thread, which has it from now on.
    pub(crate) fn take_asked(&self) -> Option<Ask> {
        match self.asked.swap(NOTHING, Relaxed) {
            NOTHING => None,
            DROP => Some(Ask::Drop),
            digit => Some(Ask::Pulse(digit as u8)),
        }
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> Channel {
        Channel::new(File::open("/dev/null").unwrap(), Role::Fxo)
    }

    #[test]
    fn what_was_asked_is_taken_once_and_nothing_is_asked_over_it() {
        let channel = channel();
        assert_eq!(channel.take_asked(), None);
        assert!(channel.ask(Ask::Pulse(b'7')));
        assert!(!channel.ask(Ask::Drop), "the digit has not gone yet");
        assert_eq!(channel.take_asked(), Some(Ask::Pulse(b'7')));
        assert_eq!(channel.take_asked(), None);
        assert!(channel.ask(Ask::Drop));
        assert_eq!(channel.take_asked(), Some(Ask::Drop));
    }

    #[test]
    fn a_file_that_is_no_channel_is_not_adopted() {
        let null = OwnedFd::from(File::open("/dev/null").unwrap());
        assert!(Channel::adopt(null, 1, Role::Bearer).is_none());
    }
}
