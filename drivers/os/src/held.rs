//! Memory that outlives the process: a sealed memfd, which a holder keeps while the process is away.
//!
//! Read and written by `pread` and `pwrite`, so that nothing of it is mapped and no code here is unsafe. The holder may
//! be a parent process, from which the child opens it by path, or systemd (see [`Supervisor`](crate::Supervisor)).

use std::{
    fs::{File, OpenOptions},
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::fs::FileExt,
    },
    path::{Path, PathBuf},
    process,
};

use nix::{
    fcntl::{FcntlArg, SealFlag, fcntl},
    sys::memfd::{MFdFlags, memfd_create},
};

/// Memory of fixed size.
#[derive(Debug)]
pub struct HeldMemory {
    file: File,
    octets: u64,
}

impl HeldMemory {
    /// New memory of `octets` zeros, which nobody can make longer or shorter.
    ///
    /// # Errors
    /// When the process has no descriptor or the machine no memory left.
    pub fn new(name: &str, octets: u64) -> io::Result<HeldMemory> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        let file = File::from(memfd_create(name, flags)?);
        file.set_len(octets)?;
        let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
        Ok(HeldMemory { file, octets })
    }

    /// The memory that a holder keeps at `path`: what [`HeldMemory::path`] says in the holder.
    ///
    /// # Errors
    /// `NotFound` where the holder is gone; `InvalidData` where it has another size than `octets`.
    pub fn open(path: &Path, octets: u64) -> io::Result<HeldMemory> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        if file.metadata()?.len() != octets {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(HeldMemory { file, octets })
    }

    /// Where other processes of the same user find it while this one lives.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/fd/{}", process::id(), self.file.as_raw_fd()))
    }

    /// Its size.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` beyond the end.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    /// Writes `octets` at `offset`. Within one page of 4 KiB a kill comes before or after it, never between.
    ///
    /// # Errors
    /// Beyond the end, or when the machine has no memory left.
    pub fn write_at(&self, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.file.write_all_at(octets, offset)
    }
}

impl AsFd for HeldMemory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_wrote_another_reads_by_the_holders_path() {
        let held = HeldMemory::new("test", 8192).unwrap();
        let other = HeldMemory::open(&held.path(), 8192).unwrap();
        other.write_at(4095, b"over a page").unwrap();
        let mut read = [0; 11];
        held.read_at(4095, &mut read).unwrap();
        assert_eq!(&read, b"over a page");
    }

    #[test]
    fn its_size_is_fixed_and_another_one_is_refused() {
        let held = HeldMemory::new("test", 4096).unwrap();
        assert!(held.write_at(4096, b"x").is_err(), "beyond the end");
        assert!(held.file.set_len(10).is_err() && held.file.set_len(9000).is_err());
        assert_eq!(HeldMemory::open(&held.path(), 8192).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let path = held.path();
        drop(held);
        assert!(HeldMemory::open(&path, 4096).is_err(), "gone with its holder");
    }
}
