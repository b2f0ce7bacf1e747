//! A recording as it is played: its voices as octets with silence where nothing was kept, and its map.
//!
//! The map alone is read without a key: what the page shows while a recording is sealed.

use std::io;

use frame::{CallId, LaneId, Law, LegId, OCTETS_PER_TICK, RecordingId, Stamp, Tick};
use thiserror::Error;
use vault::{
    Body, ChunkHeader, Fault, MapEntry, Mark, ObjectReader, OpenError, PartEnd, PartEnding, PartHead, Sample,
    TrackHead, TrackNo,
};

use super::{
    names::OBJECTS,
    opener::{DataKeys, Opener},
    store::{Store, read_all},
};

/// Why a recording can't be read.
#[derive(Debug, Error)]
pub enum PlaybackError {
    /// The disk refuses.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// The object is damaged.
    #[error("damaged at octet {}: {}", .0.offset, .0.what)]
    Damaged(Fault),
    /// It is larger than what is opened at once.
    #[error("too large to be opened")]
    TooLarge,
    /// The object is of another recording than its name says.
    #[error("the object is of another recording")]
    OtherRecording,
    /// It is of none of the compartments whose keys are open.
    #[error("it is of none of the compartments that are open")]
    OutOfReach,
    /// A chunk does not open.
    #[error("the audio at octet {offset} does not open: {what}")]
    Sealed {
        /// Where the chunk stands.
        offset: u64,
        /// Why.
        what: OpenError,
    },
}

impl From<Fault> for PlaybackError {
    fn from(fault: Fault) -> PlaybackError {
        PlaybackError::Damaged(fault)
    }
}

/// One voice of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Whose.
    pub leg: LegId,
    /// The track.
    pub track: TrackNo,
    /// Where it came from.
    pub lane: LaneId,
    /// How its octets code samples.
    pub law: Law,
    /// Its first sample.
    pub first: Sample,
    /// Its audio from `first` on, without a hole: pauses and gaps are silence. Empty while sealed.
    pub octets: Vec<u8>,
    /// How much of it was kept, in ticks.
    pub kept_ticks: u64,
}

/// One part of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number.
    pub part: u16,
    /// Ties its samples to time.
    pub head: PartHead,
    /// Its voices, in the order they began.
    pub voices: Vec<Voice>,
    /// Its marks.
    pub map: Vec<MapEntry>,
    /// How it ended.
    pub ending: Option<(PartEnding, Stamp)>,
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playback {
    /// Which.
    pub recording: RecordingId,
    /// Its call.
    pub call: Option<CallId>,
    /// When it began.
    pub began: Option<Stamp>,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A stretch of a recording in which a number was keyed in secret, or nothing was recorded. Wall-clock moments in
/// microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskedStretch {
    /// Nothing was recorded; else a number was keyed in secret.
    pub is_pause: bool,
    /// Its beginning.
    pub from_us: i64,
    /// Its end; none where the part was cut before.
    pub to_us: Option<i64>,
}

/// An object as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// The file's name within the vault.
    pub name: String,
    /// The recording.
    pub recording: RecordingId,
    /// Octets of the file.
    pub octets: u64,
}

/// The longest hole that is filled with silence: a day. A longer one is in the map, and a player skips it.
const HOLE_TICKS_MAX: u64 = 24 * 3600 * 100;

/// All finished recordings, by name.
///
/// # Errors
/// The disk's.
pub fn objects(store: &dyn Store) -> io::Result<Vec<ListedObject>> {
    let mut listed = Vec::new();
    for name in store.list(OBJECTS)? {
        let stem = name.strip_suffix(".rfo").and_then(|stem| stem.rsplit('/').next());
        let Some(recording) = stem.and_then(|stem| stem.parse().ok()) else { continue };
        let octets = store.octets(&name)?.unwrap_or(0);
        listed.push(ListedObject { name, recording, octets });
    }
    Ok(listed)
}

/// Reads what is readable while sealed: voices without audio, and the map.
///
/// # Errors
/// The disk's, or where the object is damaged.
pub fn read_sealed(store: &dyn Store, object: &str) -> Result<Playback, PlaybackError> {
    read(store, object, None)
}

/// Opens a recording.
///
/// # Errors
/// The disk's, where the object is damaged, or which chunk does not open. Chunks whose key was erased are silence, and so is
/// what was said outside of the compartments that are open.
pub fn open_recording(store: &dyn Store, object: &str, opener: &Opener) -> Result<Playback, PlaybackError> {
    read(store, object, Some(opener))
}

fn read(store: &dyn Store, object: &str, opener: Option<&Opener>) -> Result<Playback, PlaybackError> {
    let octets = read_all(store, object)?.ok_or(io::Error::from(io::ErrorKind::NotFound))?;
    let mut reader = ObjectReader::new(&octets)?;
    let head = *reader.head();
    let mut keys = DataKeys::of(&head);
    // A compartment's key may come after the first chunks of its minute.
    if let Some(opener) = opener {
        let mut ahead = ObjectReader::new(&octets)?;
        while let Some(found) = ahead.next_record()? {
            keys.learn(&found, opener);
        }
    }
    let mut playback = Playback { recording: head.recording, call: None, began: None, parts: Vec::new() };
    while let Some(found) = reader.next_record()? {
        let audio = match opener.map(|_| keys.open(&found)) {
            Some(Ok(audio)) => audio,
            None | Some(Err(OpenError::Erased | OpenError::OtherCompartment)) => None,
            Some(Err(what)) => return Err(PlaybackError::Sealed { offset: found.offset, what }),
        };
        playback.take(found.record.place.part, &found.record.body, audio.as_deref());
    }
    reader.finish()?;
    if opener.is_some() {
        playback.fill_ends();
    }
    Ok(playback)
}

impl Playback {
    fn take(&mut self, part: u16, body: &Body<'_>, audio: Option<&[u8]>) {
        match body {
            Body::RecordingHead(head) => (self.call, self.began) = (Some(head.call), Some(head.began)),
            Body::PartHead(head) => {
                let (voices, map) = (Vec::new(), Vec::new());
                self.parts.push(Part { part, head: *head, voices, map, ending: None });
            }
            Body::TrackHead(head) => self.in_part(|part| part.voices.push(Voice::new(head))),
            Body::Chunk(chunk) => self.in_part(|part| part.take_chunk(&chunk.header, audio)),
            Body::Map(entry) => self.in_part(|part| part.map.push(*entry)),
            Body::PartEnd(PartEnd { ending, stamp }) => self.in_part(|part| part.ending = Some((*ending, *stamp))),
            Body::Key(_) | Body::CompartmentKey(_) | Body::TrackEnd(_) | Body::RecordingEnd(_) => {}
        }
    }

    fn in_part(&mut self, change: impl FnOnce(&mut Part)) {
        if let Some(part) = self.parts.last_mut() {
            change(part);
        }
    }

    /// Lets all voices of a part end together, so that they can be laid side by side.
    fn fill_ends(&mut self) {
        for part in &mut self.parts {
            let end = part.voices.iter().map(Voice::end).max().unwrap_or_default();
            part.voices.iter_mut().for_each(|voice| voice.fill_to(end));
        }
    }
}

impl Playback {
    /// What nobody else heard or what was not recorded, from when to when, in the order in which it began.
    pub fn masked(&self) -> Vec<MaskedStretch> {
        let mut all: Vec<MaskedStretch> = self.parts.iter().flat_map(Part::masked).collect();
        all.sort_by_key(|stretch| stretch.from_us);
        // A pause is marked by each voice.
        all.dedup_by_key(|stretch| (stretch.is_pause, stretch.from_us));
        all
    }
}

impl Part {
    fn masked(&self) -> Vec<MaskedStretch> {
        let mut stretches: Vec<MaskedStretch> = Vec::new();
        for entry in &self.map {
            let at_us = utc_us(&self.head, entry.at.tick());
            let (is_pause, began) = match entry.mark {
                Mark::SecretInputBegan { .. } => (false, true),
                Mark::SecretInputEnded { .. } => (false, false),
                Mark::PauseBegan => (true, true),
                Mark::PauseEnded => (true, false),
                _ => continue,
            };
            if began {
                stretches.push(MaskedStretch { is_pause, from_us: at_us, to_us: None });
            } else {
                let open = stretches.iter_mut().filter(|of| of.is_pause == is_pause && of.to_us.is_none());
                open.for_each(|stretch| stretch.to_us = Some(at_us));
            }
        }
        stretches
    }

    fn take_chunk(&mut self, header: &ChunkHeader, audio: Option<&[u8]>) {
        let Some(voice) = self.voices.iter_mut().find(|voice| voice.track == header.track) else { return };
        voice.kept_ticks += u64::from(header.ticks);
        if let Some(audio) = audio {
            voice.fill_to(Sample::of(header.first_tick));
            voice.octets.extend_from_slice(audio);
        }
    }
}

impl Voice {
    fn new(head: &TrackHead) -> Voice {
        let TrackHead { leg, track, lane, law, first_tick, .. } = *head;
        Voice { leg, track, lane, law, first: Sample::of(first_tick), octets: Vec::new(), kept_ticks: 0 }
    }

    fn end(&self) -> Sample {
        Sample(self.first.0 + self.octets.len() as u64)
    }

    fn fill_to(&mut self, to: Sample) {
        let hole = to.0.saturating_sub(self.end().0).min(HOLE_TICKS_MAX * OCTETS_PER_TICK as u64);
        self.octets.resize(self.octets.len() + hole as usize, self.law.silence());
    }
}

/// The wall-clock moment of a tick within a part, in microseconds since 1970.
pub fn utc_us(head: &PartHead, tick: Tick) -> i64 {
    let ticks = tick.0 as i64 - head.tick.0 as i64;
    head.stamp.utc.as_us().saturating_add(ticks.saturating_mul(frame::TICK_US as i64))
}
