//! SOCK_SEQPACKET sockets: packets kept whole, in order, none lost, and the end of the other side is noticed.

use std::{
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::net::UnixListener,
    },
    path::{Path, PathBuf},
    time::Duration,
};

use frame::Time;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, ppoll},
    sys::{
        socket::{
            AddressFamily, Backlog, MsgFlags, SockFlag, SockType, UnixAddr, bind, connect, listen, recv, send, socket,
        },
        time::TimeSpec,
    },
};
use os::Clock;

/// One end of a connection. Never blocks.
#[derive(Debug)]
pub(crate) struct Packets(OwnedFd);

/// What [`Packets::receive`] brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// A packet of so many octets.
    Packet(usize),
    /// None is there yet.
    Nothing,
    /// The other side is gone.
    Gone,
}

impl Packets {
    /// Connects to a listening socket.
    pub(crate) fn connect(path: &Path) -> io::Result<Packets> {
        let fd = new_socket()?;
        connect(fd.as_raw_fd(), &UnixAddr::new(path)?)?;
        Ok(Packets(fd))
    }

    /// Takes the next packet.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Received {
        loop {
            return match recv(self.0.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => Received::Gone,
                Ok(octets) => Received::Packet(octets),
                Err(Errno::EINTR) => continue,
                Err(Errno::EAGAIN) => Received::Nothing,
                Err(_) => Received::Gone,
            };
        }
    }

    /// Sends a packet.
    ///
    /// # Errors
    /// `WouldBlock` when the other side is too slow; anything else when it is gone.
    pub(crate) fn send(&self, packet: &[u8]) -> io::Result<()> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        send(self.0.as_raw_fd(), packet, flags)?;
        Ok(())
    }
}

impl AsFd for Packets {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A listening socket; its path is removed with it.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Of the standard library, whose `accept` owns what it returns; it asks for no particular type of socket.
    listener: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Listens at `path`. A socket that a dead process left there is replaced; a live one is not.
    ///
    /// # Errors
    /// `AddrInUse` where someone listens there; else the kernel's.
    pub(crate) fn bind(path: &Path) -> io::Result<Listener> {
        let fd = new_socket()?;
        let address = UnixAddr::new(path)?;
        if bind(fd.as_raw_fd(), &address) == Err(Errno::EADDRINUSE) {
            if Packets::connect(path).is_ok() {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            std::fs::remove_file(path)?;
            bind(fd.as_raw_fd(), &address)?;
        }
        // Two connections a card, and 16 cards, may all come at once when a box starts.
        listen(&fd, Backlog::new(64)?)?;
        Ok(Listener { listener: UnixListener::from(fd), path: path.to_owned() })
    }

    /// The next connection, if one waits.
    pub(crate) fn accept(&self) -> Option<Packets> {
        let (stream, _) = self.listener.accept().ok()?;
        Some(Packets(stream.into()))
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Someone may have removed it already; nothing else can be done about it here.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Waits until one of `fds` is readable, or until `deadline`. Allocates nothing for one descriptor or none.
pub(crate) fn wait_readable(fd: Option<BorrowedFd<'_>>, deadline: Time) {
    let left = deadline.since(Clock.now());
    match fd {
        Some(fd) => poll_for(&mut [PollFd::new(fd, PollFlags::POLLIN)], left),
        None => poll_for(&mut [], left),
    }
}

/// Waits until one of `fds` has something, at most `left`.
pub(crate) fn poll_for(fds: &mut [PollFd<'_>], left: Duration) {
    // An interrupted wait is a short wait: the caller looks at its sockets and the clock whatever this says.
    let _ = ppoll(fds, Some(TimeSpec::from_duration(left)), None);
}

fn new_socket() -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    Ok(socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?)
}
