//! Promises, written onto the same disk behind its file system, so that they stand in the log of its writes in their order.
//!
//! Each is a page of its own. It is written past all caches and not flushed: a flush would make durable what the recorder
//! forgot to flush.

use crate::story::Told;

/// Where the file system ends and the promises begin.
pub const FILE_SYSTEM_OCTETS: u64 = 32 << 20;

/// Octets of a promise: a block of the disk.
pub const MARK_OCTETS: usize = 4096;

/// Where a story's vault is, and whether it flushes its ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Story {
    Flushed = 1,
    Unflushed = 2,
}

impl Story {
    /// The vault's directory.
    pub const fn folder(self) -> &'static str {
        match self {
            Story::Flushed => "flushed",
            Story::Unflushed => "unflushed",
        }
    }
}

/// What one story had promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub story: Story,
    pub told: Told,
}

impl Mark {
    pub fn emit(&self) -> [u8; 25] {
        let mut octets = [0; 25];
        octets[0] = self.story as u8;
        let Told { spoken_to, durable_to, signed_leaves } = self.told;
        for (at, number) in [spoken_to, durable_to, signed_leaves].into_iter().enumerate() {
            octets[1 + 8 * at..][..8].copy_from_slice(&number.to_le_bytes());
        }
        octets
    }

    pub fn parse(octets: &[u8]) -> Mark {
        let number = |at: usize| u64::from_le_bytes(octets[1 + 8 * at..][..8].try_into().expect("eight octets"));
        let story = if octets[0] == Story::Flushed as u8 { Story::Flushed } else { Story::Unflushed };
        Mark { story, told: Told { spoken_to: number(0), durable_to: number(1), signed_leaves: number(2) } }
    }
}
