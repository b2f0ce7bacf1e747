//! Records: a recording is a sequence of them, the same octets in segments and in its object.
//!
//! Frame of every record: length u32, kind u8, zero u8, part u16, recording u64, number u64, body, CRC-32. The CRC
//! finds where damage is; the hash chain proves that there is none.

use frame::{CallId, LaneId, Law, LegId, LifeNo, RecordingId, SpanId, Stamp, Tick, Timeslot};

use crate::{
    Chunk, Envelope, FormatError, KeyKind, KeyNo, MapEntry, TrackNo,
    octets::{Put, Reader, checked_crc, put_crc},
    suite::Hash,
};

/// Octets of a record around its body.
pub const RECORD_FRAME_OCTETS: usize = 24 + 4;

/// The longest record: a chunk of 64 ticks is 5,224 octets; the rest is room for kinds to come.
pub const RECORD_OCTETS_MAX: usize = 64 * 1024;

/// Envelopes of a key at most: the vault's and the compartments of a few departments.
pub const ENVELOPES_MAX: usize = 8;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The recording.
    pub recording: RecordingId,
    /// The part, from 1: one per life of the daemon.
    pub part: u16,
    /// The record's number within the recording, from 0, through all parts.
    pub number: u64,
}

/// Which side of a leg a track holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TrackRole {
    /// What the party said.
    Said = 1,
    /// What the party heard, where the map cannot rebuild it.
    Heard = 2,
}

/// How a part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PartEnding {
    /// As told.
    Finished = 1,
    /// The daemon or the power went; recovery closed the part.
    Cut = 2,
}

/// The first record of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingHead {
    /// The call.
    pub call: CallId,
    /// When the recording began.
    pub began: Stamp,
    /// The fingerprint of the certificate whose key the envelopes are sealed to at the beginning.
    pub certificate: Hash,
}

/// The first record of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartHead {
    /// The life of the daemon.
    pub life: LifeNo,
    /// A moment ...
    pub stamp: Stamp,
    /// ... and the tick that began then: ties samples to time.
    pub tick: Tick,
}

/// The first record of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackHead {
    /// The leg.
    pub leg: LegId,
    /// The track's number in its part, from 1.
    pub track: TrackNo,
    /// What it holds.
    pub role: TrackRole,
    /// Where it came from.
    pub lane: LaneId,
    /// How its octets code samples.
    pub law: Law,
    /// Its first tick.
    pub first_tick: Tick,
}

/// The key of a leg for a minute, before the first chunk under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The leg.
    pub leg: LegId,
    /// The minute, from 0.
    pub epoch: u32,
    /// Where the half `b` stands in the key tables.
    pub key_no: KeyNo,
    /// Binds the chunks to one key.
    pub commitment: Hash,
    /// The half `a`, sealed to the vault. At most [`ENVELOPES_MAX`].
    pub envelopes: Vec<Envelope>,
}

/// A key that stands before it, sealed to compartments, too: written when audio of its minute is of a compartment's queue. Not
/// in the key record itself, which is written a minute ahead, when nobody knows where the call will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompartmentKey {
    /// The leg.
    pub leg: LegId,
    /// The minute.
    pub epoch: u32,
    /// The key's number.
    pub key_no: KeyNo,
    /// The half `a`, sealed to compartments. At least one, at most [`ENVELOPES_MAX`].
    pub envelopes: Vec<Envelope>,
}

/// The last record of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackEnd {
    /// The track.
    pub track: TrackNo,
    /// The first tick that is not its own any more.
    pub end_tick: Tick,
    /// How many chunks it has.
    pub chunks: u64,
}

/// The last record of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartEnd {
    /// How it ended.
    pub ending: PartEnding,
    /// When that was written.
    pub stamp: Stamp,
}

/// The last record of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingEnd {
    /// When it was finished.
    pub stamp: Stamp,
    /// How many chunks it has in all parts.
    pub chunks: u64,
    /// How many ticks of audio, all tracks together.
    pub ticks: u64,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// A recording begins.
    RecordingHead(RecordingHead),
    /// A part begins.
    PartHead(PartHead),
    /// A track begins.
    TrackHead(TrackHead),
    /// A key begins.
    Key(KeyRecord),
    /// Audio.
    Chunk(Chunk<'a>),
    /// A mark of the map.
    Map(MapEntry),
    /// A track ends.
    TrackEnd(TrackEnd),
    /// A part ends.
    PartEnd(PartEnd),
    /// The recording ends.
    RecordingEnd(RecordingEnd),
    /// A key, sealed to compartments.
    CompartmentKey(CompartmentKey),
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub body: Body<'a>,
}

impl<'a> Record<'a> {
    /// Appends the record.
    ///
    /// # Panics
    /// When a key has more than [`ENVELOPES_MAX`] envelopes, or one for compartments none: a mistake of the caller.
    pub fn emit(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.u32(0);
        out.u8(self.body.kind());
        out.u8(0);
        out.u16(self.place.part);
        out.u64(self.place.recording.as_u64());
        out.u64(self.place.number);
        self.body.emit(out);
        let octets = (out.len() - start + 4) as u32;
        out[start..start + 4].copy_from_slice(&octets.to_be_bytes());
        put_crc(out, start);
    }

    /// Reads one record from the front of `octets`, and tells how long it is.
    ///
    /// # Errors
    /// What is wrong with it. The length may be wrong too then: nothing after it can be trusted to be a record.
    pub fn parse(octets: &'a [u8]) -> Result<(Record<'a>, usize), FormatError> {
        let length = record_octets(octets)?;
        let whole = octets.get(..length).ok_or(FormatError::Short)?;
        let mut reader = Reader::new(checked_crc(whole)?);
        reader.take(4)?;
        let kind = reader.u8()?;
        reader.expect(&[0], FormatError::Value)?;
        let part = reader.u16()?;
        let recording = RecordingId::from_u64(reader.u64()?);
        let place = Place { recording, part, number: reader.u64()? };
        let body = Body::parse(kind, &mut reader)?;
        reader.end()?;
        Ok((Record { place, body }, length))
    }
}

/// How long the record at the front of `octets` says it is.
///
/// # Errors
/// [`FormatError::Short`] or [`FormatError::Value`] when that cannot be.
pub fn record_octets(octets: &[u8]) -> Result<usize, FormatError> {
    let length = Reader::new(octets).u32()? as usize;
    if (RECORD_FRAME_OCTETS..=RECORD_OCTETS_MAX).contains(&length) { Ok(length) } else { Err(FormatError::Value) }
}

impl<'a> Body<'a> {
    const fn kind(&self) -> u8 {
        match self {
            Body::RecordingHead(_) => 1,
            Body::PartHead(_) => 2,
            Body::TrackHead(_) => 3,
            Body::Key(_) => 4,
            Body::Chunk(_) => 5,
            Body::Map(_) => 6,
            Body::TrackEnd(_) => 7,
            Body::PartEnd(_) => 8,
            Body::RecordingEnd(_) => 9,
            Body::CompartmentKey(_) => 10,
        }
    }

    fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Body::RecordingHead(head) => head.emit(out),
            Body::PartHead(head) => head.emit(out),
            Body::TrackHead(head) => head.emit(out),
            Body::Key(key) => key.emit(out),
            Body::Chunk(chunk) => chunk.emit(out),
            Body::Map(entry) => entry.emit(out),
            Body::TrackEnd(end) => end.emit(out),
            Body::PartEnd(end) => end.emit(out),
            Body::RecordingEnd(end) => end.emit(out),
            Body::CompartmentKey(key) => key.emit(out),
        }
    }

    fn parse(kind: u8, reader: &mut Reader<'a>) -> Result<Body<'a>, FormatError> {
        Ok(match kind {
            1 => Body::RecordingHead(RecordingHead::parse(reader)?),
            2 => Body::PartHead(PartHead::parse(reader)?),
            3 => Body::TrackHead(TrackHead::parse(reader)?),
            4 => Body::Key(KeyRecord::parse(reader)?),
            5 => Body::Chunk(Chunk::parse(reader)?),
            6 => Body::Map(MapEntry::parse(reader)?),
            7 => Body::TrackEnd(TrackEnd::parse(reader)?),
            8 => Body::PartEnd(PartEnd::parse(reader)?),
            9 => Body::RecordingEnd(RecordingEnd::parse(reader)?),
            10 => Body::CompartmentKey(CompartmentKey::parse(reader)?),
            _ => return Err(FormatError::Value),
        })
    }
}

impl RecordingHead {
    fn emit(&self, out: &mut Vec<u8>) {
        out.u64(self.call.as_u64());
        out.stamp(&self.began);
        out.octets(&self.certificate);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<RecordingHead, FormatError> {
        let call = CallId::from_u64(reader.u64()?);
        Ok(RecordingHead { call, began: reader.stamp()?, certificate: reader.array()? })
    }
}

impl PartHead {
    fn emit(&self, out: &mut Vec<u8>) {
        out.u32(self.life.0);
        out.stamp(&self.stamp);
        out.u64(self.tick.0);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<PartHead, FormatError> {
        Ok(PartHead { life: LifeNo(reader.u32()?), stamp: reader.stamp()?, tick: Tick(reader.u64()?) })
    }
}

impl TrackHead {
    fn emit(&self, out: &mut Vec<u8>) {
        out.u64(self.leg.as_u64());
        out.u32(self.track.0);
        out.u8(self.role as u8);
        out.u16(self.lane.span.0);
        out.u8(self.lane.timeslot.0);
        out.u8(law_number(self.law));
        out.u64(self.first_tick.0);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<TrackHead, FormatError> {
        Ok(TrackHead {
            leg: LegId::from_u64(reader.u64()?),
            track: TrackNo(reader.u32()?),
            role: role_from_number(reader.u8()?)?,
            lane: LaneId::new(SpanId(reader.u16()?), Timeslot(reader.u8()?)),
            law: law_from_number(reader.u8()?)?,
            first_tick: Tick(reader.u64()?),
        })
    }
}

impl KeyRecord {
    fn emit(&self, out: &mut Vec<u8>) {
        assert!(self.envelopes.len() <= ENVELOPES_MAX, "a key has at most {ENVELOPES_MAX} envelopes");
        out.u64(self.leg.as_u64());
        out.u32(self.epoch);
        out.u64(self.key_no.0);
        out.octets(&self.commitment);
        out.u8(self.envelopes.len() as u8);
        for envelope in &self.envelopes {
            envelope.emit(out);
        }
    }

    fn parse(reader: &mut Reader<'_>) -> Result<KeyRecord, FormatError> {
        let leg = LegId::from_u64(reader.u64()?);
        let epoch = reader.u32()?;
        let key_no = KeyNo(reader.u64()?);
        let commitment = reader.array()?;
        let count = usize::from(reader.u8()?);
        if count > ENVELOPES_MAX {
            return Err(FormatError::Value);
        }
        let envelopes = (0..count).map(|_| Envelope::parse(reader)).collect::<Result<_, _>>()?;
        Ok(KeyRecord { leg, epoch, key_no, commitment, envelopes })
    }
}

impl CompartmentKey {
    fn emit(&self, out: &mut Vec<u8>) {
        let count = self.envelopes.len();
        assert!((1..=ENVELOPES_MAX).contains(&count), "a key is sealed to one to {ENVELOPES_MAX} compartments");
        out.u64(self.leg.as_u64());
        out.u32(self.epoch);
        out.u64(self.key_no.0);
        out.u8(count as u8);
        self.envelopes.iter().for_each(|envelope| envelope.emit(out));
    }

    fn parse(reader: &mut Reader<'_>) -> Result<CompartmentKey, FormatError> {
        let (leg, epoch, key_no) = (LegId::from_u64(reader.u64()?), reader.u32()?, KeyNo(reader.u64()?));
        let count = usize::from(reader.u8()?);
        if !(1..=ENVELOPES_MAX).contains(&count) {
            return Err(FormatError::Value);
        }
        let envelopes: Vec<Envelope> = (0..count).map(|_| Envelope::parse(reader)).collect::<Result<_, _>>()?;
        let is_for_compartments = envelopes.iter().all(|envelope| envelope.kind == KeyKind::Compartment);
        if is_for_compartments { Ok(CompartmentKey { leg, epoch, key_no, envelopes }) } else { Err(FormatError::Value) }
    }
}

impl TrackEnd {
    fn emit(&self, out: &mut Vec<u8>) {
        out.u32(self.track.0);
        out.u64(self.end_tick.0);
        out.u64(self.chunks);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<TrackEnd, FormatError> {
        Ok(TrackEnd { track: TrackNo(reader.u32()?), end_tick: Tick(reader.u64()?), chunks: reader.u64()? })
    }
}

impl PartEnd {
    fn emit(&self, out: &mut Vec<u8>) {
        out.u8(self.ending as u8);
        out.stamp(&self.stamp);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<PartEnd, FormatError> {
        let ending = match reader.u8()? {
            1 => PartEnding::Finished,
            2 => PartEnding::Cut,
            _ => return Err(FormatError::Value),
        };
        Ok(PartEnd { ending, stamp: reader.stamp()? })
    }
}

impl RecordingEnd {
    fn emit(&self, out: &mut Vec<u8>) {
        out.stamp(&self.stamp);
        out.u64(self.chunks);
        out.u64(self.ticks);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<RecordingEnd, FormatError> {
        Ok(RecordingEnd { stamp: reader.stamp()?, chunks: reader.u64()?, ticks: reader.u64()? })
    }
}

const fn law_number(law: Law) -> u8 {
    match law {
        Law::A => 1,
        Law::Mu => 2,
    }
}

const fn law_from_number(number: u8) -> Result<Law, FormatError> {
    match number {
        1 => Ok(Law::A),
        2 => Ok(Law::Mu),
        _ => Err(FormatError::Value),
    }
}

const fn role_from_number(number: u8) -> Result<TrackRole, FormatError> {
    match number {
        1 => Ok(TrackRole::Said),
        2 => Ok(TrackRole::Heard),
        _ => Err(FormatError::Value),
    }
}
