//! What a service manager is told and keeps: systemd's notify protocol and its store of descriptors.
//!
//! Source: sd_notify(3), sd_pid_notify_with_fds(3), sd_watchdog_enabled(3). Datagrams to the socket that `NOTIFY_SOCKET` names. Without a manager
//! nothing is told. How kept descriptors come back: [`take_kept`](crate::take_kept).

use std::{
    env, io,
    io::IoSlice,
    os::fd::{AsRawFd, BorrowedFd},
    process,
    time::Duration,
};

use nix::sys::socket::{AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, UnixAddr, sendmsg, socket};

use crate::inherited::escape;

/// The service manager of this process.
#[derive(Clone, Debug)]
pub struct Supervisor {
    socket: String,
}

impl Supervisor {
    /// The manager that the environment names.
    pub fn of_environment() -> Option<Supervisor> {
        env::var("NOTIFY_SOCKET").ok().filter(|socket| !socket.is_empty()).map(Supervisor::at)
    }

    /// The manager that listens at `socket`: a path, or `@` and an abstract name.
    pub fn at(socket: String) -> Supervisor {
        Supervisor { socket }
    }

    /// Tells that the start is over.
    ///
    /// # Errors
    /// When the manager does not listen.
    pub fn ready(&self) -> io::Result<()> {
        self.tell("READY=1", &[])
    }

    /// Tells that this process lives and does its work.
    ///
    /// # Errors
    /// When the manager does not listen.
    pub fn alive(&self) -> io::Result<()> {
        self.tell("WATCHDOG=1", &[])
    }

    /// Gives a descriptor into the manager's keeping: it comes back at the next start under the same name.
    ///
    /// # Errors
    /// When the manager does not listen.
    pub fn keep(&self, fd: BorrowedFd<'_>, name: &str) -> io::Result<()> {
        self.tell(&format!("FDSTORE=1\nFDNAME={}\nFDPOLL=0", escape(name)), &[fd])
    }

    /// Takes what was given under a name out of the manager's keeping.
    ///
    /// # Errors
    /// When the manager does not listen.
    pub fn forget(&self, name: &str) -> io::Result<()> {
        self.tell(&format!("FDSTOREREMOVE=1\nFDNAME={}", escape(name)), &[])
    }

    fn tell(&self, text: &str, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let to = match self.socket.strip_prefix('@') {
            Some(name) => UnixAddr::new_abstract(name.as_bytes())?,
            None => UnixAddr::new(self.socket.as_str())?,
        };
        let from = socket(AddressFamily::Unix, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
        let fds: Vec<_> = fds.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&fds)];
        let control = if fds.is_empty() { &[][..] } else { &rights[..] };
        sendmsg(from.as_raw_fd(), &[IoSlice::new(text.as_bytes())], control, MsgFlags::MSG_NOSIGNAL, Some(&to))?;
        Ok(())
    }
}

/// How long this process may go without [`Supervisor::alive`] before its manager ends it; none where the manager does not
/// watch it. A child inherits the words that were meant for its parent, and is not watched by them.
pub fn watched_within() -> Option<Duration> {
    let word = |name: &str| env::var(name).ok();
    watched(word("WATCHDOG_USEC"), word("WATCHDOG_PID"), process::id())
}

fn watched(us: Option<String>, whom: Option<String>, me: u32) -> Option<Duration> {
    let is_me = whom.is_none_or(|whom| whom.parse() == Ok(me));
    let us: u64 = us?.parse().ok()?;
    (is_me && us > 0).then(|| Duration::from_micros(us))
}

#[cfg(test)]
mod tests {
    use std::{
        io::IoSliceMut,
        os::{fd::AsFd, unix::net::UnixDatagram},
    };

    use nix::sys::socket::{ControlMessageOwned, recvmsg};

    use super::*;
    use crate::HeldMemory;

    #[test]
    fn a_kept_descriptor_reaches_the_manager_with_its_name() {
        let name = format!("ringfence-test-{}", process::id());
        let manager = UnixDatagram::bind_addr(&abstract_address(&name)).unwrap();
        let held = HeldMemory::new("kept", 5).unwrap();
        held.write_at(0, b"table").unwrap();
        let supervisor = Supervisor::at(format!("@{name}"));
        supervisor.keep(held.as_fd(), "call-table").unwrap();
        supervisor.ready().unwrap();

        let (mut text, mut space) = ([0; 128], nix::cmsg_space!([i32; 1]));
        let mut slices = [IoSliceMut::new(&mut text)];
        let got = recvmsg::<()>(manager.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::empty()).unwrap();
        let octets = got.bytes;
        let Some(ControlMessageOwned::ScmRights(fds)) = got.cmsgs().unwrap().next() else { panic!("no descriptor") };
        assert_eq!(&text[..octets], b"FDSTORE=1\nFDNAME=call-table\nFDPOLL=0");
        assert_eq!(std::fs::read_to_string(format!("/proc/self/fd/{}", fds[0])).unwrap(), "table");
        let octets = manager.recv(&mut text).unwrap();
        assert_eq!(&text[..octets], b"READY=1");
        supervisor.alive().unwrap();
        let octets = manager.recv(&mut text).unwrap();
        assert_eq!(&text[..octets], b"WATCHDOG=1");
    }

    #[test]
    fn who_is_watched_is_the_process_that_the_manager_means() {
        let asked = |us: &str, whom: Option<&str>| watched(Some(us.to_owned()), whom.map(str::to_owned), 7);
        assert_eq!(asked("10000000", Some("7")), Some(Duration::from_secs(10)));
        assert_eq!(asked("10000000", None), Some(Duration::from_secs(10)));
        assert_eq!(asked("10000000", Some("6")), None, "its parent is");
        assert_eq!(asked("0", None), None);
        assert_eq!(asked("soon", None), None);
        assert_eq!(watched(None, None, 7), None);
    }

    fn abstract_address(name: &str) -> std::os::unix::net::SocketAddr {
        use std::os::linux::net::SocketAddrExt;
        std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap()
    }
}
