//! What a service manager is told and keeps: systemd's notify protocol and its store of descriptors.
//!
//! Source: sd_notify(3), sd_listen_fds(3), sd_pid_notify_with_fds(3). Datagrams to the socket that `NOTIFY_SOCKET` names;
//! kept descriptors come back from 3 on, their names in `LISTEN_FDNAMES`. Without a manager nothing is told.

use std::{
    env, io,
    io::IoSlice,
    os::fd::{AsRawFd, BorrowedFd},
    path::PathBuf,
    process,
};

use nix::sys::socket::{AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, UnixAddr, sendmsg, socket};

/// The first descriptor that a manager passes.
const FIRST_FD: u32 = 3;

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

    /// Gives a descriptor into the manager's keeping: it comes back at the next start under the same name.
    ///
    /// # Errors
    /// When the manager does not listen.
    pub fn keep(&self, fd: BorrowedFd<'_>, name: &str) -> io::Result<()> {
        self.tell(&format!("FDSTORE=1\nFDNAME={name}\nFDPOLL=0"), &[fd])
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

/// Where to open the descriptor that the manager kept for this process under `name`.
pub fn kept_fd(name: &str) -> Option<PathBuf> {
    let variable = |key| env::var(key).ok();
    let number = kept_number(
        name,
        variable("LISTEN_PID").as_deref(),
        variable("LISTEN_FDS").as_deref(),
        variable("LISTEN_FDNAMES").as_deref(),
    )?;
    Some(PathBuf::from(format!("/proc/self/fd/{number}")))
}

fn kept_number(name: &str, pid: Option<&str>, count: Option<&str>, names: Option<&str>) -> Option<u32> {
    // The variables may be those of a parent.
    let ours = pid?.parse() == Ok(process::id());
    let count: u32 = count?.parse().ok()?;
    let place = names?.split(':').position(|kept| kept == name)?;
    let place = u32::try_from(place).ok()?;
    (ours && place < count).then_some(FIRST_FD + place)
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
    }

    fn abstract_address(name: &str) -> std::os::unix::net::SocketAddr {
        use std::os::linux::net::SocketAddrExt;
        std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap()
    }

    #[test]
    fn a_kept_descriptor_is_found_by_its_name_and_only_by_the_process_it_is_for() {
        let me = process::id().to_string();
        let find = |pid: &str, count, names| kept_number("call-table", Some(pid), Some(count), Some(names));
        assert_eq!(find(&me, "2", "lines:call-table"), Some(4));
        assert_eq!(find(&me, "1", "lines:call-table"), None, "more names than descriptors");
        assert_eq!(find(&me, "2", "lines:other"), None);
        assert_eq!(find("1", "2", "lines:call-table"), None, "meant for a parent");
    }
}
