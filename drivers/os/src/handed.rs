//! Open files handed to another process over a socket: `SCM_RIGHTS` of unix(7).

use std::{
    io::{self, IoSlice, IoSliceMut},
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
};

use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};

/// The most files that go with one message.
pub const HANDED_FILES_MAX: usize = 16;

/// Sends octets over a stream socket, and `files` with the first of them. Tells how many octets went: the files have gone
/// with them, so what is left is sent without.
///
/// # Errors
/// The kernel's. More than [`HANDED_FILES_MAX`] files are refused as invalid input.
pub fn send_with_files(socket: BorrowedFd<'_>, octets: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<usize> {
    if files.len() > HANDED_FILES_MAX {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let raw: Vec<RawFd> = files.iter().map(AsRawFd::as_raw_fd).collect();
    let control = [ControlMessage::ScmRights(&raw)];
    let control = if raw.is_empty() { &control[..0] } else { &control[..] };
    let sent = sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(octets)], control, MsgFlags::MSG_NOSIGNAL, None);
    Ok(sent?)
}

/// Receives octets from a stream socket, and the files that came with the first of them. No octets: the other end is gone.
///
/// # Errors
/// The kernel's; invalid data where more files came than there was room for.
#[allow(unsafe_code)] // the kernel gives received descriptors as numbers
pub fn receive_with_files(socket: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut room = nix::cmsg_space!([RawFd; HANDED_FILES_MAX]);
    let mut slices = [IoSliceMut::new(into)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let received = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut room), flags)?;
    let mut files = Vec::new();
    for control in received.cmsgs()? {
        if let ControlMessageOwned::ScmRights(raw) = control {
            // SAFETY: the kernel has just made these descriptors for this process, and nobody else knows their numbers.
            files.extend(raw.into_iter().map(|raw| unsafe { OwnedFd::from_raw_fd(raw) }));
        }
    }
    Ok((received.bytes, files))
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{Read, Write},
        os::{fd::AsFd, unix::net::UnixStream},
    };

    use super::*;

    #[test]
    fn a_file_that_was_handed_over_is_read_after_its_name_is_gone() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut path = std::env::temp_dir();
        path.push(format!("ringfence-handed-{}", std::process::id()));
        File::create(&path).unwrap().write_all(b"sealed").unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(send_with_files(ours.as_fd(), b"take this", &[file.as_fd()]).unwrap(), 9);
        let mut octets = [0; 4];
        let (count, files) = receive_with_files(theirs.as_fd(), &mut octets).unwrap();
        assert_eq!((count, &octets, files.len()), (4, b"take", 1));
        let mut text = String::new();
        File::from(files.into_iter().next().unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "sealed");
    }

    #[test]
    fn an_end_that_is_gone_gives_no_octets_and_no_files() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(ours);
        let (count, files) = receive_with_files(theirs.as_fd(), &mut [0; 4]).unwrap();
        assert!(count == 0 && files.is_empty());
    }

    #[test]
    fn more_files_than_a_message_takes_are_refused_before_any_is_sent() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let files = [ours.as_fd(); HANDED_FILES_MAX + 1];
        assert_eq!(send_with_files(ours.as_fd(), b"x", &files).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
