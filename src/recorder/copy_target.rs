//! Where a copy is written: nothing counts there before it was read back, octet for octet.

use std::io;

use frame::Utc;

use super::{
    copy::CopyError,
    store::{Store, read_all},
};

/// What is written or compared at once: a disk that is slow shows so, and one that hangs is told from it.
const PIECE_OCTETS: usize = 1 << 20;

/// What is being put where it belongs.
const PUT: &str = "incoming/put";

/// The files of a copy. Its errors are the target's, and not the vault's.
pub(super) struct Target<'a>(pub(super) &'a mut dyn Store);

impl Target<'_> {
    pub(super) fn octets(&self, name: &str) -> Result<Option<u64>, CopyError> {
        self.0.octets(name).map_err(CopyError::Target)
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, CopyError> {
        read_all(self.0, name).map_err(CopyError::Target)
    }

    pub(super) fn list(&self, dir: &str) -> Result<Vec<String>, CopyError> {
        self.0.list(dir).map_err(CopyError::Target)
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), CopyError> {
        self.0.rename(from, to).map_err(CopyError::Target)
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<(), CopyError> {
        self.0.remove(name).map_err(CopyError::Target)
    }

    pub(super) fn leased_until(&self, name: &str) -> Result<Option<Utc>, CopyError> {
        self.0.leased_until(name).map_err(CopyError::Target)
    }

    pub(super) fn renew_lease(&mut self, name: &str) -> Result<Option<Utc>, CopyError> {
        self.0.renew_lease(name).map_err(CopyError::Target)
    }

    pub(super) fn set_hold(&mut self, name: &str, is_held: bool) -> Result<(), CopyError> {
        self.0.set_hold(name, is_held).map_err(CopyError::Target)
    }

    /// Replaces a whole file, once the new one is known to be whole.
    pub(super) fn put(&mut self, name: &str, octets: &[u8]) -> Result<(), CopyError> {
        self.stage(PUT, octets)?;
        self.rename(PUT, name)
    }

    /// Writes a file beside its place. Where that fails it takes no room away.
    pub(super) fn stage(&mut self, name: &str, octets: &[u8]) -> Result<(), CopyError> {
        self.remove(name)?;
        self.write(name, 0, octets).inspect_err(|_| {
            // A disk that is gone has told so.
            let _ = self.0.remove(name);
        })
    }

    /// Writes from `offset` on, durably, and reads it back.
    pub(super) fn write(&mut self, name: &str, offset: u64, octets: &[u8]) -> Result<(), CopyError> {
        for (at, piece) in pieces(offset, octets) {
            self.0.write_at(name, at, piece).map_err(CopyError::Target)?;
        }
        self.0.sync(name).map_err(CopyError::Target)?;
        let mut back = vec![0; PIECE_OCTETS.min(octets.len())];
        for (at, piece) in pieces(offset, octets) {
            let back = &mut back[..piece.len()];
            let read = self.0.read_at(name, at, back).map_err(CopyError::Target)?;
            if back[..read] != *piece {
                return Err(CopyError::NotReadBack(name.to_owned()));
            }
        }
        Ok(())
    }
}

fn pieces(offset: u64, octets: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let pieces = octets.chunks(PIECE_OCTETS).enumerate();
    pieces.map(move |(no, piece)| (offset + (no * PIECE_OCTETS) as u64, piece))
}

/// The kind of an error of the disk, for who tells people.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
