//! Leaves of the log: what happened to recordings, keys and audits, each a salted hash in the tree.
//!
//! Leaf = hash(type, salt, record). Record and salt are kept beside the hash and may be pruned by rule: the tree stays.

use frame::{CallId, EventNo, RecordingId, Stamp};

use crate::{
    FormatError, KeyringName,
    octets::{Put, Reader, checked_crc, put_crc},
    suite::{Hash, hash},
};

/// Recordings of a live leaf at most: two for each timeslot of 16 E1.
pub const LIVE_MAX: usize = 1024;

/// The longest emitted leaf.
pub const LEAF_OCTETS_MAX: usize = 64 * 1024;

const ENTRY_FRAME_OCTETS: usize = 4 + 16 + 4;

/// Where a live recording stands at a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveRecording {
    /// The recording.
    pub recording: RecordingId,
    /// Its part.
    pub part: u16,
    /// Chunks that are durable.
    pub chunks: u64,
    /// The link of its last durable record.
    pub chain_head: Hash,
}

/// How an audited act came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// It was done.
    Done = 1,
    /// It was not done.
    NotDone = 2,
    /// The box went down in between, and it cannot be told.
    Unknown = 3,
}

/// A leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// A call began that must be recorded.
    Due {
        /// The call.
        call: CallId,
        /// When.
        at: Stamp,
    },
    /// All live recordings, once a minute. At most [`LIVE_MAX`].
    Live {
        /// When.
        at: Stamp,
        /// Where each stands.
        recordings: Vec<LiveRecording>,
    },
    /// A recording has its object.
    Finished {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// Records in the object.
        records: u64,
        /// Chunks in it.
        chunks: u64,
        /// The link of its last record.
        chain_head: Hash,
        /// The fold of its key commitments.
        commitments: Hash,
    },
    /// Somebody is about to do an audited act.
    AuditIntent {
        /// The event that says who and what.
        event: EventNo,
        /// That event's salted hash.
        event_hash: Hash,
    },
    /// The act came out.
    AuditOutcome {
        /// The event of the intent.
        intent: EventNo,
        /// How.
        outcome: Outcome,
    },
    /// A recording was erased; the hash is of the tombstone document.
    Tombstone {
        /// The recording.
        recording: RecordingId,
        /// The document's hash.
        document: Hash,
    },
    /// A stretch of a recording was erased; the hash is of the document that says which. The rest of it stays.
    RangeTombstone {
        /// The recording.
        recording: RecordingId,
        /// The event by which two people agreed on it. Of several leaves with the same the last one counts.
        list: EventNo,
        /// The document's hash.
        document: Hash,
    },
    /// A certificate was issued or a key destroyed; the hash is the certificate's fingerprint.
    Key {
        /// The fingerprint.
        certificate: Hash,
        /// Whether its private half was destroyed.
        destroyed: bool,
    },
    /// The file `keyring` is about to become this one, or has become it.
    Keyring {
        /// Which.
        keyring: KeyringName,
        /// Whether it is in its place.
        placed: bool,
    },
    /// A root of another log or another life of this one was received.
    RootReceived {
        /// The hash of the note.
        note: Hash,
    },
}

/// A leaf with its salt, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafEntry {
    /// Keeps the hash from being guessed from what the leaf may say.
    pub salt: [u8; 16],
    /// The leaf.
    pub leaf: Leaf,
}

impl LeafEntry {
    /// What the tree holds: the hash of type, salt and record.
    pub fn hash(&self) -> Hash {
        let mut record = Vec::new();
        self.leaf.emit(&mut record);
        hash("ringfence leaf", &[&record[..1], &self.salt, &record[1..]])
    }

    /// The octets that are stored: length, salt, type and record, CRC.
    ///
    /// # Panics
    /// When a live leaf has more than [`LIVE_MAX`] recordings: a mistake of the caller.
    pub fn emit(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.u32(0);
        out.octets(&self.salt);
        self.leaf.emit(out);
        let octets = (out.len() - start + 4) as u32;
        out[start..start + 4].copy_from_slice(&octets.to_be_bytes());
        put_crc(out, start);
    }

    /// How long the entry at the front of `octets` says that it is.
    ///
    /// # Errors
    /// [`FormatError::Value`] where none is so long.
    pub fn length(octets: &[u8]) -> Result<usize, FormatError> {
        let length = Reader::new(octets).u32()? as usize;
        let fits = (ENTRY_FRAME_OCTETS + 1..=LEAF_OCTETS_MAX).contains(&length);
        if fits { Ok(length) } else { Err(FormatError::Value) }
    }

    /// Reads one entry from the front of `octets`, and tells how long it is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(octets: &[u8]) -> Result<(LeafEntry, usize), FormatError> {
        let length = LeafEntry::length(octets)?;
        let mut reader = Reader::new(checked_crc(octets.get(..length).ok_or(FormatError::Short)?)?);
        reader.take(4)?;
        let entry = LeafEntry { salt: reader.array()?, leaf: Leaf::parse(&mut reader)? };
        reader.end()?;
        Ok((entry, length))
    }
}

impl Leaf {
    fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Leaf::Due { call, at } => {
                out.u8(1);
                out.u64(call.as_u64());
                out.stamp(at);
            }
            Leaf::Live { at, recordings } => {
                out.u8(2);
                out.stamp(at);
                emit_live(recordings, out);
            }
            Leaf::Finished { recording, call, records, chunks, chain_head, commitments } => {
                out.u8(3);
                out.u64(recording.as_u64());
                out.u64(call.as_u64());
                out.u64(*records);
                out.u64(*chunks);
                out.octets(chain_head);
                out.octets(commitments);
            }
            Leaf::AuditIntent { event, event_hash } => {
                out.u8(4);
                out.u64(event.0);
                out.octets(event_hash);
            }
            Leaf::AuditOutcome { intent, outcome } => {
                out.u8(5);
                out.u64(intent.0);
                out.u8(*outcome as u8);
            }
            Leaf::Tombstone { recording, document } => {
                out.u8(6);
                out.u64(recording.as_u64());
                out.octets(document);
            }
            Leaf::Key { certificate, destroyed } => {
                out.u8(7);
                out.octets(certificate);
                out.u8(u8::from(*destroyed));
            }
            Leaf::RootReceived { note } => {
                out.u8(8);
                out.octets(note);
            }
            Leaf::Keyring { keyring: KeyringName { whole, without_slots, recovery }, placed } => {
                out.u8(9);
                [whole, without_slots, recovery].iter().for_each(|hash| out.octets(*hash));
                out.u8(u8::from(*placed));
            }
            Leaf::RangeTombstone { recording, list, document } => {
                out.u8(10);
                out.u64(recording.as_u64());
                out.u64(list.0);
                out.octets(document);
            }
        }
    }

    fn parse(reader: &mut Reader<'_>) -> Result<Leaf, FormatError> {
        Ok(match reader.u8()? {
            1 => Leaf::Due { call: CallId::from_u64(reader.u64()?), at: reader.stamp()? },
            2 => Leaf::Live { at: reader.stamp()?, recordings: parse_live(reader)? },
            3 => Leaf::Finished {
                recording: RecordingId::from_u64(reader.u64()?),
                call: CallId::from_u64(reader.u64()?),
                records: reader.u64()?,
                chunks: reader.u64()?,
                chain_head: reader.array()?,
                commitments: reader.array()?,
            },
            4 => Leaf::AuditIntent { event: EventNo(reader.u64()?), event_hash: reader.array()? },
            5 => Leaf::AuditOutcome { intent: EventNo(reader.u64()?), outcome: parse_outcome(reader)? },
            6 => Leaf::Tombstone { recording: RecordingId::from_u64(reader.u64()?), document: reader.array()? },
            7 => Leaf::Key { certificate: reader.array()?, destroyed: parse_bool(reader)? },
            8 => Leaf::RootReceived { note: reader.array()? },
            9 => Leaf::Keyring { keyring: parse_keyring(reader)?, placed: parse_bool(reader)? },
            10 => Leaf::RangeTombstone {
                recording: RecordingId::from_u64(reader.u64()?),
                list: EventNo(reader.u64()?),
                document: reader.array()?,
            },
            _ => return Err(FormatError::Value),
        })
    }
}

fn emit_live(recordings: &[LiveRecording], out: &mut Vec<u8>) {
    assert!(recordings.len() <= LIVE_MAX, "a live leaf has at most {LIVE_MAX} recordings");
    out.u16(recordings.len() as u16);
    for live in recordings {
        out.u64(live.recording.as_u64());
        out.u16(live.part);
        out.u64(live.chunks);
        out.octets(&live.chain_head);
    }
}

fn parse_live(reader: &mut Reader<'_>) -> Result<Vec<LiveRecording>, FormatError> {
    let count = usize::from(reader.u16()?);
    if count > LIVE_MAX {
        return Err(FormatError::Value);
    }
    (0..count)
        .map(|_| {
            Ok(LiveRecording {
                recording: RecordingId::from_u64(reader.u64()?),
                part: reader.u16()?,
                chunks: reader.u64()?,
                chain_head: reader.array()?,
            })
        })
        .collect()
}

fn parse_keyring(reader: &mut Reader<'_>) -> Result<KeyringName, FormatError> {
    Ok(KeyringName { whole: reader.array()?, without_slots: reader.array()?, recovery: reader.array()? })
}

fn parse_outcome(reader: &mut Reader<'_>) -> Result<Outcome, FormatError> {
    match reader.u8()? {
        1 => Ok(Outcome::Done),
        2 => Ok(Outcome::NotDone),
        3 => Ok(Outcome::Unknown),
        _ => Err(FormatError::Value),
    }
}

fn parse_bool(reader: &mut Reader<'_>) -> Result<bool, FormatError> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(FormatError::Value),
    }
}
