//! The log's leaves, read on from a place: which calls had to be recorded, and which recordings were finished.
//!
//! For the nightly reckoning, which holds them to the event log. A window at a time, so that a night costs what the day wrote.
//! Not here: whether leaves and roots are what they were (`verify`, the scrub).

use std::io::{self, ErrorKind};

use frame::{CallId, RecordingId};
use vault::{FormatError, Grave, Hash, LEAF_OCTETS_MAX, Leaf, LeafEntry, Tombstone};

use super::{
    leaves::RECORDS,
    names::{erasing_name, object_name, tombstone_name},
    store::{Store, read_all},
};

/// Octets that are read at once.
const WINDOW_OCTETS: usize = 4 * LEAF_OCTETS_MAX;

/// What a leaf says of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueLeaf {
    /// A call began that must be recorded.
    Due(CallId),
    /// Its recording is whole, and has this as its last link.
    Finished(CallId, RecordingId, Hash),
}

/// Reads on from `octets`, and tells where the next leaf will begin.
///
/// # Errors
/// The disk's; [`ErrorKind::InvalidData`] where the records are damaged.
pub fn due_leaves(store: &dyn Store, mut octets: u64, mut each: impl FnMut(DueLeaf)) -> io::Result<u64> {
    let mut window = vec![0; WINDOW_OCTETS];
    loop {
        let read = match store.read_at(RECORDS, octets, &mut window) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(octets),
            read => read?,
        };
        let mut at = 0;
        while at < read {
            match LeafEntry::parse(&window[at..read]) {
                Ok((entry, length)) => {
                    at += length;
                    match entry.leaf {
                        Leaf::Due { call, .. } => each(DueLeaf::Due(call)),
                        Leaf::Finished { call, recording, chain_head, .. } => {
                            each(DueLeaf::Finished(call, recording, chain_head));
                        }
                        _ => {}
                    }
                }
                // The window's end, or the log's, where one is just being written.
                Err(FormatError::Short) => break,
                Err(_) => return Err(ErrorKind::InvalidData.into()),
            }
        }
        if at == 0 {
            return Ok(octets);
        }
        octets += at as u64;
    }
}

/// Whether a finished recording is there, or is being erased, or has its tombstone.
///
/// # Errors
/// The disk's.
pub fn is_accounted_for(store: &dyn Store, recording: RecordingId, chain_head: &Hash) -> io::Result<bool> {
    for name in [object_name(recording), erasing_name(Grave::whole(recording))] {
        if store.octets(&name)?.is_some() {
            return Ok(true);
        }
    }
    is_erased(store, recording, chain_head)
}

/// Whether a tombstone stands there that is one, of this recording whole, with the last link that its leaf has. A file of that
/// name alone excuses nothing.
pub(super) fn is_erased(store: &dyn Store, recording: RecordingId, chain_head: &Hash) -> io::Result<bool> {
    let text = read_all(store, &tombstone_name(recording))?.and_then(|octets| String::from_utf8(octets).ok());
    let stone = text.and_then(|text| Tombstone::parse(&text).ok());
    Ok(stone.is_some_and(|stone| stone.grave() == Grave::whole(recording) && stone.chain_head == *chain_head))
}
