//! The hash chain of a recording: each record's link covers all octets before it.
//!
//! Over ciphertext and headers only, so that anyone can follow it without a key, and a restart can go on with it.

use frame::RecordingId;

use crate::{
    FormatError, Suite, VaultId,
    object::ObjectHead,
    record::{Body, Place, Record},
    suite::{Hash, hash},
};

/// Where a chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The link of the last record, or of the object's head before the first.
    pub head: Hash,
    /// The number of the next record.
    pub next_number: u64,
    /// Folds the commitments of all keys, in order.
    pub commitments: Hash,
    /// Chunks so far.
    pub chunks: u64,
    /// Ticks of audio so far, all tracks together.
    pub ticks: u64,
}

impl Chain {
    /// The chain of a new recording.
    pub fn new(suite: Suite, vault: VaultId, recording: RecordingId) -> Chain {
        let head = hash("ringfence object", &[&ObjectHead { suite, vault, recording }.emit()]);
        Chain { head, next_number: 0, commitments: [0; 32], chunks: 0, ticks: 0 }
    }

    /// Where the next record of `recording` stands.
    pub const fn next_place(&self, recording: RecordingId, part: u16) -> Place {
        Place { recording, part, number: self.next_number }
    }

    /// Appends a record to `out` and to the chain.
    pub fn append(&mut self, record: &Record<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        record.emit(out);
        self.link(record, &out[start..]);
    }

    /// Follows the chain over a record that was read.
    ///
    /// # Errors
    /// [`FormatError::Hash`] when another record should stand here.
    pub fn follow(&mut self, record: &Record<'_>, octets: &[u8]) -> Result<(), FormatError> {
        if record.place.number != self.next_number {
            return Err(FormatError::Hash);
        }
        self.link(record, octets);
        Ok(())
    }

    fn link(&mut self, record: &Record<'_>, octets: &[u8]) {
        self.head = hash("ringfence link", &[&self.head, octets]);
        self.next_number += 1;
        match &record.body {
            Body::Key(key) => {
                self.commitments = hash("ringfence commitments", &[&self.commitments, &key.commitment]);
            }
            Body::Chunk(chunk) => {
                self.chunks += 1;
                self.ticks += u64::from(chunk.header.ticks);
            }
            _ => {}
        }
    }
}
