//! Objects: one finished recording in one file, head, records octet for octet as they were first flushed, trailer.

use frame::RecordingId;

use crate::{
    Chain, FORMAT_VERSION, FormatError, Suite, VaultId,
    octets::{Put, Reader, checked_crc, put_crc},
    record::{Body, Record},
    suite::Hash,
};

/// Octets of an object's head.
pub const OBJECT_HEAD_OCTETS: usize = 8 + 2 + 2 + 16 + 8 + 4;

/// Octets of an object's trailer.
pub const OBJECT_TRAILER_OCTETS: usize = 8 + 8 + 32 + 32 + 4;

const HEAD_MAGIC: &[u8; 8] = b"RFOBJECT";
const TRAILER_MAGIC: &[u8; 8] = b"RFOBJEND";

/// The head of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    /// The algorithms.
    pub suite: Suite,
    /// The vault.
    pub vault: VaultId,
    /// The recording.
    pub recording: RecordingId,
}

impl ObjectHead {
    /// The octets that are stored, and that the chain begins with.
    pub fn emit(&self) -> Vec<u8> {
        let mut out = HEAD_MAGIC.to_vec();
        out.u16(FORMAT_VERSION);
        out.u16(self.suite.number());
        out.octets(&self.vault.0);
        out.u64(self.recording.as_u64());
        put_crc(&mut out, 0);
        out
    }

    /// Reads a head from the front of `octets`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(octets: &[u8]) -> Result<ObjectHead, FormatError> {
        let octets = octets.get(..OBJECT_HEAD_OCTETS).ok_or(FormatError::Short)?;
        let mut reader = Reader::new(checked_crc(octets)?);
        reader.expect(HEAD_MAGIC, FormatError::Magic)?;
        reader.expect(&FORMAT_VERSION.to_be_bytes(), FormatError::Version)?;
        let suite = Suite::from_number(reader.u16()?)?;
        Ok(ObjectHead { suite, vault: VaultId(reader.array()?), recording: RecordingId::from_u64(reader.u64()?) })
    }

    /// The chain that the first record continues.
    pub fn chain(&self) -> Chain {
        Chain::new(self.suite, self.vault, self.recording)
    }
}

/// The trailer of an object: what its chain came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectTrailer {
    /// How many records stand before it.
    pub records: u64,
    /// The link of the last one.
    pub chain_head: Hash,
    /// The fold of all key commitments.
    pub commitments: Hash,
}

impl ObjectTrailer {
    /// The trailer after `chain`.
    pub const fn of(chain: &Chain) -> ObjectTrailer {
        ObjectTrailer { records: chain.next_number, chain_head: chain.head, commitments: chain.commitments }
    }

    /// The octets that are stored.
    pub fn emit(&self) -> Vec<u8> {
        let mut out = TRAILER_MAGIC.to_vec();
        out.u64(self.records);
        out.octets(&self.chain_head);
        out.octets(&self.commitments);
        put_crc(&mut out, 0);
        out
    }

    /// Reads a trailer.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(octets: &[u8]) -> Result<ObjectTrailer, FormatError> {
        let mut reader = Reader::new(checked_crc(octets)?);
        reader.expect(TRAILER_MAGIC, FormatError::Magic)?;
        let trailer =
            ObjectTrailer { records: reader.u64()?, chain_head: reader.array()?, commitments: reader.array()? };
        reader.end()?;
        Ok(trailer)
    }
}

/// A fault and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Octets from the beginning of the file.
    pub offset: u64,
    /// What is wrong there.
    pub what: FormatError,
}

/// Walks over the records of a whole object, checking frame, place and chain, without a key.
#[derive(Clone, Debug)]
pub struct ObjectReader<'a> {
    octets: &'a [u8],
    at: usize,
    head: ObjectHead,
    chain: Chain,
    part: u16,
    ended: bool,
}

/// A record as [`ObjectReader`] found it.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The record.
    pub record: Record<'a>,
    /// Where it begins, in octets.
    pub offset: u64,
    /// The link before it, that a chunk is bound to.
    pub previous: Hash,
}

impl<'a> ObjectReader<'a> {
    /// Begins at the head of an object.
    ///
    /// # Errors
    /// A fault of the head.
    pub fn new(octets: &'a [u8]) -> Result<ObjectReader<'a>, Fault> {
        let head = ObjectHead::parse(octets).map_err(|what| Fault { offset: 0, what })?;
        Ok(ObjectReader { octets, at: OBJECT_HEAD_OCTETS, head, chain: head.chain(), part: 0, ended: false })
    }

    /// The head.
    pub const fn head(&self) -> &ObjectHead {
        &self.head
    }

    /// How far the chain has been followed.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Octets followed so far: all before this position is whole.
    pub const fn position(&self) -> u64 {
        self.at as u64
    }

    /// The next record, or `None` after the recording's last, or where the octets of an unfinished object end.
    ///
    /// # Errors
    /// The fault at which nothing further can be followed.
    pub fn next_record(&mut self) -> Result<Option<Found<'a>>, Fault> {
        if self.ended || self.at == self.octets.len() {
            return Ok(None);
        }
        let offset = self.at as u64;
        self.follow().map(Some).map_err(|what| Fault { offset, what })
    }

    fn follow(&mut self) -> Result<Found<'a>, FormatError> {
        let rest = &self.octets[self.at..];
        let (record, length) = Record::parse(rest)?;
        if record.place.recording != self.head.recording || record.place.part < self.part {
            return Err(FormatError::Value);
        }
        let previous = self.chain.head;
        self.chain.follow(&record, &rest[..length])?;
        let offset = self.at as u64;
        self.at += length;
        self.part = record.place.part;
        self.ended = matches!(record.body, Body::RecordingEnd(_));
        Ok(Found { record, offset, previous })
    }

    /// After the last record: checks the trailer, and that nothing follows it.
    ///
    /// # Errors
    /// A fault of the trailer; [`FormatError::Short`] when the recording has no end.
    pub fn finish(self) -> Result<ObjectTrailer, Fault> {
        let offset = self.at as u64;
        self.trailer().map_err(|what| Fault { offset, what })
    }

    fn trailer(&self) -> Result<ObjectTrailer, FormatError> {
        if !self.ended {
            return Err(FormatError::Short);
        }
        let rest = &self.octets[self.at..];
        if rest.len() > OBJECT_TRAILER_OCTETS {
            return Err(FormatError::Surplus);
        }
        let trailer = ObjectTrailer::parse(rest)?;
        if trailer == ObjectTrailer::of(&self.chain) { Ok(trailer) } else { Err(FormatError::Hash) }
    }
}
