//! Room that is kept for erasing: on a disk that is full, what is erased makes room, and needs a little of it first.
//!
//! One file of zeroes. Whoever needs room for a marker, a root file or a tombstone cuts it shorter, and it grows again once an
//! object is gone. What has begun has the greater part of it for itself, or begun erasures would fill the disk with markers.

use std::io::{self, ErrorKind};

use super::{key_table::EraseError, names::RESERVE, store::Store};

/// Octets of the file: 32 erasures at once, of a block each for marker, roots and tombstone.
const OCTETS: u64 = 96 * STEP_OCTETS;

/// Octets that only what has begun may use.
pub(super) const FOR_BEGUN_OCTETS: u64 = 64 * STEP_OCTETS;

/// It is cut by a block of a file system.
const STEP_OCTETS: u64 = 4096;

/// Makes it as long as it should be, as far as there is room.
pub(super) fn fill(store: &mut dyn Store) -> io::Result<()> {
    let there = store.octets(RESERVE)?.unwrap_or(0);
    if there >= OCTETS {
        return Ok(());
    }
    store.write_at(RESERVE, there, &vec![0; (OCTETS - there) as usize])?;
    store.sync(RESERVE)
}

/// Does something that needs room. Where there is none, the reserve makes it, down to so many octets.
///
/// # Errors
/// The act's.
pub(super) fn with_room<T>(
    store: &mut dyn Store,
    down_to_octets: u64,
    mut act: impl FnMut(&mut dyn Store) -> Result<T, EraseError>,
) -> Result<T, EraseError> {
    loop {
        match act(store) {
            Err(EraseError::Disk(error)) if is_full(&error) && give(store, down_to_octets)? => {}
            done => return done,
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn give(store: &mut dyn Store, down_to_octets: u64) -> io::Result<bool> {
    let there = store.octets(RESERVE)?.unwrap_or(0);
    if there < down_to_octets + STEP_OCTETS {
        return Ok(false);
    }
    store.truncate(RESERVE, there - STEP_OCTETS)?;
    store.sync(RESERVE)?;
    Ok(true)
}
