//! A wire of two connected sockets, one frame a message, as `pri_peer` uses it.

use std::os::fd::{AsRawFd as _, OwnedFd};

use isdn::{Role, q921::FrameOctets};
use isdn_bench::wire::Wire;
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair},
};

/// Both ends of it.
#[derive(Debug)]
pub struct Sockets {
    user: OwnedFd,
    network: OwnedFd,
    /// Frames sent.
    pub frames: u64,
}

impl Sockets {
    /// A fresh pair.
    pub fn new() -> nix::Result<Sockets> {
        let (user, network) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_NONBLOCK)?;
        Ok(Sockets { user, network, frames: 0 })
    }

    fn end(&self, role: Role) -> &OwnedFd {
        match role {
            Role::User => &self.user,
            Role::Network => &self.network,
        }
    }
}

impl Wire for Sockets {
    fn send(&mut self, to: Role, octets: &FrameOctets) {
        self.frames += 1;
        let sent = send(self.end(to.opposite()).as_raw_fd(), octets, MsgFlags::MSG_DONTWAIT);
        assert_eq!(sent, Ok(octets.len()), "the socket takes what the windows of two links let through");
    }

    fn receive(&mut self, at: Role, octets: &mut FrameOctets) -> bool {
        let mut buffer = [0; 512];
        match recv(self.end(at).as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {
            Ok(length) => {
                octets.clear();
                octets.try_extend_from_slice(&buffer[..length]).expect("a frame is no longer than a frame");
                true
            }
            Err(Errno::EAGAIN) => false,
            Err(why) => panic!("the socket pair failed: {why}"),
        }
    }
}
