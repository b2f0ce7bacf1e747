//! A recording that is open: read piece by piece as a WAV file of two voices, decrypted as it is read.
//!
//! The caller's voice is on the left. The called party's is on the right; where several were called, all of theirs.
//! Parts follow one another at their distance by the wall clock. What was not kept is silence.
//! Memory: per chunk of 100 ms a line in the index; audio is in the clear for the piece that is asked for, no longer.

use std::{io, ops::Range};

use frame::{Law, LegId, OCTETS_PER_TICK, RecordingId};
use vault::{Body, ChunkHeader, Found, Hash, ObjectReader, OpenError, PartHead, Record, Sample, TrackHead, TrackRole};

use super::{
    names::object_name,
    opener::{DataKeys, Opener},
    playback::{PlaybackError, utc_us},
    store::{Store, read_all},
};
use crate::wav;

/// The largest object that is opened: 8 hours of two voices. It is in memory while its index is made.
pub const OPENED_OCTETS_MAX: u64 = 600 << 20;

/// Voices of the file: left and right.
const CHANNELS: usize = 2;

/// What the length fields of a WAV file can say.
const SAMPLES_MAX: u64 = (u32::MAX as u64 - 1024) / CHANNELS as u64;

/// The longest silence that stands for the time between two parts: a restart takes seconds, and nobody waits an hour for
/// the other half. What was longer is in the map.
const BETWEEN_PARTS_MAX: u64 = 600 * wav::RATE_HZ as u64;

/// Columns in which loudness is kept: a wide screen's.
const COLUMNS: usize = 1200;

/// An open recording.
pub struct OpenedRecording {
    store: Box<dyn Store>,
    name: String,
    keys: DataKeys,
    law: Law,
    /// How long it is.
    samples: u64,
    /// The chunks of each channel, in the order of their beginning.
    channels: [Vec<Piece>; CHANNELS],
    /// The loudest sample of each column and channel, as [`Self::loudness`] tells it.
    loudness: [Vec<u8>; CHANNELS],
    /// Whether something of it stays shut, as it was said outside of the compartments that are open.
    is_in_part: bool,
}

/// Where a chunk is in the file that is played, and in the object.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Its first sample in the played file.
    at: u64,
    samples: u32,
    law: Law,
    offset: u64,
    octets: u32,
    previous: Hash,
}

/// What there is of a chunk.
enum Audio {
    Octets(Vec<u8>),
    /// Its key was erased.
    Erased,
    /// Its key is sealed to others.
    Shut,
}

/// A part while its index is made. Positions are the part's own until it is placed.
pub(super) struct PartIndex {
    no: u16,
    head: PartHead,
    tracks: Vec<TrackHead>,
    pieces: Vec<(LegId, Piece)>,
    /// The minute whose key each of them has, in the same order, and what stands in tracks that are not played.
    minutes: Vec<u32>,
    unplayed: Vec<(LegId, u32, u64, u32)>,
}

impl OpenedRecording {
    /// Opens a recording. Every chunk is decrypted once: what is damaged is found now, not while somebody listens.
    /// `store` is read from while it is open.
    ///
    /// # Errors
    /// The disk's, where the object is damaged or too large, or which chunk does not open. Chunks whose key was erased
    /// are silence, and so are those outside of the compartments that are open; [`PlaybackError::OutOfReach`] where all are.
    pub fn open(store: Box<dyn Store>, recording: RecordingId, opener: &Opener) -> Result<Self, PlaybackError> {
        let name = object_name(recording);
        if store.octets(&name)?.unwrap_or(0) > OPENED_OCTETS_MAX {
            return Err(PlaybackError::TooLarge);
        }
        let octets = read_all(&*store, &name)?.ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        let mut reader = ObjectReader::new(&octets)?;
        if reader.head().recording != recording {
            return Err(PlaybackError::OtherRecording);
        }
        let mut keys = DataKeys::of(reader.head());
        let mut parts = Vec::new();
        while let Some(found) = reader.next_record()? {
            keys.learn(&found, opener);
            index(&mut parts, &found, (reader.position() - found.offset) as u32);
        }
        reader.finish()?;
        drop(octets);
        let law = law(&parts);
        let (channels, samples) = lay_out(&parts);
        if samples > SAMPLES_MAX {
            return Err(PlaybackError::TooLarge);
        }
        let loudness = [vec![0; COLUMNS], vec![0; COLUMNS]];
        let mut opened = OpenedRecording { store, name, keys, law, samples, channels, loudness, is_in_part: false };
        opened.measure()?;
        Ok(opened)
    }

    /// How long the WAV file is.
    pub fn file_octets(&self) -> u64 {
        // Two voices: the data is always of even length.
        wav::HEAD_OCTETS as u64 + self.samples * CHANNELS as u64
    }

    /// A piece of the WAV file: as much of the range as there is.
    ///
    /// # Errors
    /// The disk's, or where the object was changed since it was opened.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<u8>, PlaybackError> {
        let (head_octets, channels) = (wav::HEAD_OCTETS as u64, CHANNELS as u64);
        let range = range.start.min(self.file_octets())..range.end.min(self.file_octets());
        let mut out = Vec::new();
        if range.start < head_octets {
            let head = wav::head(self.law, CHANNELS as u16, self.samples as u32);
            out.extend_from_slice(&head[range.start as usize..range.end.min(head_octets) as usize]);
        }
        let data = range.start.max(head_octets) - head_octets..range.end.max(head_octets) - head_octets;
        let samples = data.start / channels..data.end.div_ceil(channels);
        let voices = [self.voice(0, samples.clone())?, self.voice(1, samples.clone())?];
        let frames = voices[0].iter().zip(&voices[1]).flat_map(|(left, right)| [*left, *right]);
        let skip = (data.start - samples.start * channels) as usize;
        out.extend(frames.skip(skip).take((data.end - data.start) as usize));
        Ok(out)
    }

    /// The loudness of both voices in so many columns: the root of the loudest sample, so that quiet speech is seen too;
    /// 0 = silence, 255 = full scale.
    pub fn loudness(&self, columns: u16) -> [Vec<u8>; CHANNELS] {
        let columns = usize::from(columns).min(COLUMNS);
        let of = |all: &Vec<u8>, column: usize| {
            let (from, to) = (column * COLUMNS / columns, (column + 1) * COLUMNS / columns);
            all[from..to.max(from + 1)].iter().copied().max().unwrap_or(0)
        };
        self.loudness.each_ref().map(|all| (0..columns).map(|column| of(all, column)).collect())
    }

    /// The octets of one channel between two samples, in the file's law.
    fn voice(&self, channel: usize, samples: Range<u64>) -> Result<Vec<u8>, PlaybackError> {
        let mut octets = vec![self.law.silence(); (samples.end - samples.start) as usize];
        let pieces = &self.channels[channel];
        // Pieces that begin before the range may reach into it; none is longer than the longest.
        let longest = vault::CHUNK_TICKS as u64 * OCTETS_PER_TICK as u64;
        let first = pieces.partition_point(|piece| piece.at + longest <= samples.start);
        for piece in pieces[first..].iter().take_while(|piece| piece.at < samples.end) {
            let Audio::Octets(audio) = self.audio(piece)? else { continue };
            let skipped = samples.start.saturating_sub(piece.at) as usize;
            let into = piece.at.saturating_sub(samples.start) as usize;
            for (there, said) in octets[into..].iter_mut().zip(audio.iter().skip(skipped)) {
                *there = together(self.law, *there, codec::transcode(piece.law, self.law, *said));
            }
        }
        Ok(octets)
    }

    /// Whether something of it stays shut.
    pub const fn is_in_part(&self) -> bool {
        self.is_in_part
    }

    /// The audio of a chunk.
    fn audio(&self, piece: &Piece) -> Result<Audio, PlaybackError> {
        let (offset, previous) = (piece.offset, piece.previous);
        let mut octets = vec![0; piece.octets as usize];
        let read = self.store.read_at(&self.name, offset, &mut octets)?;
        let record = Record::parse(&octets[..read]).map_err(|what| vault::Fault { offset, what })?.0;
        match self.keys.open(&Found { record, offset, previous }) {
            Ok(Some(audio)) => Ok(Audio::Octets(audio)),
            Ok(None) | Err(OpenError::Erased) => Ok(Audio::Erased),
            Err(OpenError::OtherCompartment) => Ok(Audio::Shut),
            Err(what) => Err(PlaybackError::Sealed { offset, what }),
        }
    }

    fn measure(&mut self) -> Result<(), PlaybackError> {
        let mut is_heard = false;
        for channel in 0..CHANNELS {
            let mut loudness = vec![0; COLUMNS];
            for piece in &self.channels[channel] {
                let audio = match self.audio(piece)? {
                    Audio::Octets(audio) => audio,
                    Audio::Erased => Vec::new(),
                    Audio::Shut => {
                        self.is_in_part = true;
                        continue;
                    }
                };
                is_heard = true;
                for (at, octet) in (piece.at..).zip(audio) {
                    let column = (at * COLUMNS as u64 / self.samples) as usize;
                    loudness[column] = loudness[column].max(loudness_of(piece.law, octet));
                }
            }
            self.loudness[channel] = loudness;
        }
        // Nothing but silence would look like a recording of nobody.
        if self.is_in_part && !is_heard { Err(PlaybackError::OutOfReach) } else { Ok(()) }
    }
}

pub(super) fn index(parts: &mut Vec<PartIndex>, found: &Found<'_>, octets: u32) {
    if let Body::PartHead(head) = &found.record.body {
        parts.push(PartIndex {
            no: found.record.place.part,
            head: *head,
            tracks: Vec::new(),
            pieces: Vec::new(),
            minutes: Vec::new(),
            unplayed: Vec::new(),
        });
    }
    let Some(part) = parts.last_mut() else { return };
    match &found.record.body {
        Body::TrackHead(head) if head.role == TrackRole::Said => part.tracks.push(*head),
        Body::Chunk(chunk) => part.take_chunk(&chunk.header, found, octets),
        _ => {}
    }
}

impl PartIndex {
    fn take_chunk(&mut self, header: &ChunkHeader, found: &Found<'_>, octets: u32) {
        let (at, samples) = (header.first_tick.first_sample(), header.audio_octets() as u32);
        let Some(track) = self.tracks.iter().find(|track| track.track == header.track) else {
            return self.unplayed.push((header.leg, header.epoch, at, samples));
        };
        let (leg, law) = (track.leg, track.law);
        self.minutes.push(header.epoch);
        let piece = Piece { at, samples, law, offset: found.offset, octets, previous: found.previous };
        self.pieces.push((leg, piece));
    }

    /// Its number.
    pub(super) const fn no(&self) -> u16 {
        self.no
    }

    /// All of its chunks: leg, minute, first sample in its own count, and how many.
    pub(super) fn chunks(&self) -> impl Iterator<Item = (LegId, u32, u64, u32)> {
        let played = self.pieces.iter().zip(&self.minutes);
        let played = played.map(|((leg, piece), minute)| (*leg, *minute, piece.at, piece.samples));
        played.chain(self.unplayed.iter().copied())
    }

    /// Its first sample, in its own count.
    pub(super) fn first(&self) -> u64 {
        self.tracks.iter().map(|track| track.first_tick).min().unwrap_or_default().first_sample()
    }

    /// The wall clock at a sample of its own count.
    fn utc_us(&self, sample: u64) -> i64 {
        utc_us(&self.head, Sample(sample).tick())
    }

    fn end(&self) -> u64 {
        self.pieces.iter().map(|(_, piece)| piece.at + u64::from(piece.samples)).max().unwrap_or(self.first())
    }
}

/// The file's law: that of all voices, else A-law, which the others are brought to.
fn law(parts: &[PartIndex]) -> Law {
    let mut laws = parts.iter().flat_map(|part| &part.tracks).map(|track| track.law);
    let first = laws.next().unwrap_or_default();
    if laws.all(|law| law == first) { first } else { Law::A }
}

/// Lays the parts one behind the other and the voices left and right; tells how long it all is.
fn lay_out(parts: &[PartIndex]) -> ([Vec<Piece>; CHANNELS], u64) {
    // Legs are numbered as they begin, and a call begins with its caller.
    let caller = parts.iter().flat_map(|part| &part.tracks).map(|track| track.leg).min();
    let (mut channels, mut end) = ([Vec::new(), Vec::new()], 0);
    for (part, begin) in parts.iter().zip(begins(parts)) {
        let first = part.first();
        for (leg, piece) in &part.pieces {
            let at = begin + piece.at.saturating_sub(first);
            channels[usize::from(Some(*leg) != caller)].push(Piece { at, ..*piece });
        }
        end = begin + part.end().saturating_sub(first);
    }
    channels.iter_mut().for_each(|pieces| pieces.sort_by_key(|piece| piece.at));
    (channels, end)
}

/// Where each part begins in what is played.
pub(super) fn begins(parts: &[PartIndex]) -> Vec<u64> {
    let (mut begins, mut end) = (Vec::new(), 0);
    for (at, part) in parts.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| parts.get(before));
        let begin = end + before.map_or(0, |before| silence_between(before, part));
        begins.push(begin);
        end = begin + part.end().saturating_sub(part.first());
    }
    begins
}

/// How many samples after the end of a part the next one begins, by the wall clock.
fn silence_between(before: &PartIndex, next: &PartIndex) -> u64 {
    let apart_us = next.utc_us(next.first()).saturating_sub(before.utc_us(before.end()));
    let samples = apart_us.max(0) as u64 / 1000 * u64::from(wav::RATE_HZ) / 1000;
    samples.min(BETWEEN_PARTS_MAX)
}

/// Two voices at once, as one.
fn together(law: Law, one: u8, other: u8) -> u8 {
    let silence = law.silence();
    if one == silence {
        return other;
    }
    if other == silence {
        return one;
    }
    codec::encode(law, codec::decode(law, one).saturating_add(codec::decode(law, other)))
}

fn loudness_of(law: Law, octet: u8) -> u8 {
    if octet == law.silence() {
        return 0;
    }
    let level = f32::from(codec::decode(law, octet).unsigned_abs()) / 32_768.0;
    (level.sqrt() * 255.0).round() as u8
}
