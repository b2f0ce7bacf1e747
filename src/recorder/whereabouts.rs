//! Where in a recording something is: call, part, chunk and moment, for whoever is told that something is wrong there.

use frame::{CallId, LegId, RecordingId};
use vault::{Body, PartHead, Record, TrackNo};

use super::playback::utc_us;

/// What is known of a place, as far as the records up to it tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The recording.
    pub recording: RecordingId,
    /// Its call; none before its first record.
    pub call: Option<CallId>,
    /// The part; 0 before the first.
    pub part: u16,
    /// The last chunk up to the place.
    pub chunk: Option<ChunkPlace>,
    /// Ties the part's ticks to time.
    head: Option<PartHead>,
}

/// A chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkPlace {
    /// Whose voice.
    pub leg: LegId,
    /// The track.
    pub track: TrackNo,
    /// Its number within the track of the part, from 0.
    pub chunk: u64,
    /// Which minute of the leg.
    pub minute: u32,
    /// When it was said, in microseconds since 1970.
    pub utc_us: Option<i64>,
}

impl Whereabouts {
    /// Before the first record of a recording.
    pub(super) const fn of(recording: RecordingId) -> Whereabouts {
        Whereabouts { recording, call: None, part: 0, chunk: None, head: None }
    }

    /// Goes on to a record.
    pub(super) fn follow(&mut self, record: &Record<'_>) {
        match &record.body {
            Body::RecordingHead(head) => self.call = Some(head.call),
            Body::PartHead(head) => {
                *self = Whereabouts { part: record.place.part, head: Some(*head), chunk: None, ..*self };
            }
            Body::Chunk(chunk) => {
                let header = &chunk.header;
                self.chunk = Some(ChunkPlace {
                    leg: header.leg,
                    track: header.track,
                    chunk: header.chunk,
                    minute: header.epoch,
                    utc_us: self.head.map(|head| utc_us(&head, header.first_tick)),
                });
            }
            _ => {}
        }
    }
}
