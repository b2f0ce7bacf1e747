//! The store of a process that holds open files for its child: what systemd's store does, for a box without systemd.
//!
//! Source: sd_pid_notify_with_fds(3), of which the store knows `FDSTORE`, `FDNAME`, `FDSTOREREMOVE` and `READY`; what else
//! a child tells is passed over. So a box speaks to its parent as it does to systemd ([`Supervisor`](crate::Supervisor)),
//! and gets its files back by being started with them ([`take_kept`](crate::take_kept)).
//! Not here: starting and watching the child.

use std::{
    io::{self, IoSliceMut},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
    process::{self, Command},
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, FdFlag, fcntl},
    sys::socket::{ControlMessageOwned, MsgFlags, UnixCredentials, recvmsg, setsockopt, sockopt},
    unistd::getuid,
};

use crate::inherited::{HELD, HELD_BY, HELD_NAMES, escape, unescape};

/// The most files that are kept: 480 timeslots of sixteen E1 and their D-channels, as many analog jacks again, and the call
/// table fit in. The `FileDescriptorStoreMax=` of a unit is to be the same.
pub const STORE_MAX_FILES: usize = 1024;

/// The longest message that is looked at. Longer ones are no protocol of the box.
const MESSAGE_MAX_OCTETS: usize = 512;

/// Open files, and the socket by which they come.
#[derive(Debug)]
pub struct Store {
    socket: UnixDatagram,
    address: String,
    kept: Vec<(String, OwnedFd)>,
}

/// What a child told its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is ready.
    Ready,
    /// A file is kept under a name.
    Kept(String),
    /// The files of a name are kept no longer.
    Forgotten(String),
    /// There was no room for this one: it is not kept.
    Full(String),
    /// Something else, or someone else.
    Nothing,
}

impl Store {
    /// An empty store.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn new() -> io::Result<Store> {
        Store::named(&format!("ringfence-hold-{}", process::id()))
    }

    /// Abstract: it goes with the process. Who may speak is asked of the kernel at each message.
    fn named(name: &str) -> io::Result<Store> {
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name)?)?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::PassCred, &true)?;
        Ok(Store { socket, address: format!("@{name}"), kept: Vec::new() })
    }

    /// Gives a child that is about to be started what is kept, and tells it where to speak.
    ///
    /// # Errors
    /// When the kernel does not let a file be inherited.
    pub fn hand_down(&self, command: &mut Command) -> io::Result<()> {
        for (_, fd) in &self.kept {
            fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty()))?;
        }
        let numbers: Vec<_> = self.kept.iter().map(|(_, fd)| fd.as_raw_fd().to_string()).collect();
        let names: Vec<_> = self.kept.iter().map(|(name, _)| escape(name)).collect();
        command.env("NOTIFY_SOCKET", &self.address).env(HELD_BY, process::id().to_string());
        command.env(HELD, numbers.join(" ")).env(HELD_NAMES, names.join(":"));
        ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"].iter().for_each(|key| _ = command.env_remove(key));
        Ok(())
    }

    /// Where a child speaks to it, as `NOTIFY_SOCKET` names it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The names of what is kept, in the order in which it came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kept.iter().map(|(name, _)| name.as_str())
    }

    /// What the child told next; none when there is nothing.
    ///
    /// # Errors
    /// The kernel's.
    pub fn poll(&mut self) -> io::Result<Option<Told>> {
        let Some((text, files)) = self.receive()? else { return Ok(None) };
        Ok(Some(self.take(&text, files)))
    }

    fn take(&mut self, text: &str, mut files: Vec<OwnedFd>) -> Told {
        let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let name = unescape(field("FDNAME").unwrap_or("stored"));
        let is_set = |key| field(key) == Some("1");
        if is_set("FDSTOREREMOVE") {
            self.kept.retain(|(kept, _)| *kept != name);
            return Told::Forgotten(name);
        }
        match files.pop() {
            Some(_) if !is_set("FDSTORE") => Told::Nothing,
            Some(_) if self.kept.len() >= STORE_MAX_FILES => Told::Full(name),
            Some(file) => {
                self.kept.push((name.clone(), file));
                Told::Kept(name)
            }
            None if is_set("READY") => Told::Ready,
            None => Told::Nothing,
        }
    }

    /// The next message of a process of the same user, with the file that came along.
    #[allow(unsafe_code)] // the kernel gives received descriptors as numbers
    fn receive(&self) -> io::Result<Option<(String, Vec<OwnedFd>)>> {
        let mut text = [0; MESSAGE_MAX_OCTETS];
        let mut room = nix::cmsg_space!([RawFd; 1], UnixCredentials);
        let mut slices = [IoSliceMut::new(&mut text)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let received = match recvmsg::<()>(self.socket.as_raw_fd(), &mut slices, Some(&mut room), flags) {
            Err(Errno::EAGAIN) => return Ok(None),
            other => other?,
        };
        let (mut files, mut ours, octets) = (Vec::new(), false, received.bytes);
        for control in received.cmsgs()? {
            match control {
                ControlMessageOwned::ScmRights(raw) => {
                    // SAFETY: the kernel has just made these descriptors for this process, and nobody else knows them.
                    files.extend(raw.into_iter().map(|raw| unsafe { OwnedFd::from_raw_fd(raw) }));
                }
                ControlMessageOwned::ScmCredentials(from) => ours = from.uid() == getuid().as_raw(),
                _ => (),
            }
        }
        let text = String::from_utf8_lossy(&text[..octets]).into_owned();
        Ok(Some(if ours { (text, files) } else { (String::new(), Vec::new()) }))
    }
}

impl AsFd for Store {
    /// Readable when a child has told something.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::Read,
        sync::atomic::{AtomicU32, Ordering::Relaxed},
    };

    use super::*;
    use crate::{HeldMemory, Supervisor};

    /// As many tests as there are share a process, and a store is named by it.
    fn store() -> Store {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ringfence-store-{}-{}", process::id(), NEXT.fetch_add(1, Relaxed));
        Store::named(&name).unwrap()
    }

    fn memory(text: &str) -> HeldMemory {
        let held = HeldMemory::new("kept", text.len() as u64).unwrap();
        held.write_at(0, text.as_bytes()).unwrap();
        held
    }

    #[test]
    fn what_a_child_gives_away_is_kept_by_name_until_it_is_forgotten() {
        let mut store = store();
        let child = Supervisor::at(store.address.clone());
        child.keep(memory("one").as_fd(), "TE:4.1.1").unwrap();
        child.keep(memory("two").as_fd(), "TE:4.1.2").unwrap();
        child.ready().unwrap();
        assert_eq!(store.poll().unwrap(), Some(Told::Kept("TE:4.1.1".into())));
        assert_eq!(store.poll().unwrap(), Some(Told::Kept("TE:4.1.2".into())));
        assert_eq!(store.poll().unwrap(), Some(Told::Ready));
        assert_eq!(store.poll().unwrap(), None);
        child.forget("TE:4.1.1").unwrap();
        assert_eq!(store.poll().unwrap(), Some(Told::Forgotten("TE:4.1.1".into())));
        assert_eq!(store.names().collect::<Vec<_>>(), ["TE:4.1.2"]);
    }

    #[test]
    fn a_child_is_started_with_what_is_kept() {
        let mut store = store();
        let child = Supervisor::at(store.address.clone());
        child.keep(memory("the line").as_fd(), "a:b").unwrap();
        store.poll().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo $PPID=$RINGFENCE_HELD_BY $RINGFENCE_HELD_NAMES; cat /proc/self/fd/$RINGFENCE_HELD"]);
        store.hand_down(&mut command).unwrap();
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let me = process::id();
        assert_eq!(said, format!("{me}={me} a%3Ab\nthe line"));
    }

    #[test]
    fn a_full_store_says_so_and_keeps_what_it_has() {
        let mut store = store();
        let null = File::open("/dev/null").unwrap();
        store.kept = (0..STORE_MAX_FILES - 1).map(|n| (n.to_string(), null.try_clone().unwrap().into())).collect();
        let child = Supervisor::at(store.address.clone());
        child.keep(null.as_fd(), "last").unwrap();
        child.keep(null.as_fd(), "over").unwrap();
        assert_eq!(store.poll().unwrap(), Some(Told::Kept("last".into())));
        assert_eq!(store.poll().unwrap(), Some(Told::Full("over".into())));
        assert_eq!(store.names().count(), STORE_MAX_FILES);
    }

    #[test]
    fn a_kept_file_is_the_same_opening_and_lives_when_the_giver_has_closed_it() {
        let mut store = store();
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        Supervisor::at(store.address.clone()).keep(theirs.as_fd(), "line").unwrap();
        drop(theirs);
        store.poll().unwrap();
        ours.set_nonblocking(true).unwrap();
        let read = (&ours).read(&mut [0; 1]).unwrap_err();
        assert_eq!(read.kind(), io::ErrorKind::WouldBlock, "the line has not been hung up");
        drop(store);
        assert_eq!((&ours).read(&mut [0; 1]).unwrap(), 0, "now it has");
    }

    #[test]
    fn what_is_no_message_of_the_box_changes_nothing() {
        let mut store = store();
        let null = || vec![OwnedFd::from(File::open("/dev/null").unwrap())];
        assert_eq!(store.take("STATUS=busy", Vec::new()), Told::Nothing);
        assert_eq!(store.take("FDSTORE=1\nFDNAME=x", Vec::new()), Told::Nothing, "no file came");
        assert_eq!(store.take("FDNAME=x", null()), Told::Nothing, "it was not to be kept");
        assert_eq!(store.names().count(), 0);
    }
}
