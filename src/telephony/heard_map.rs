//! What each recorded party hears, for the map of its recording: the other party, prompts, music.
//!
//! Source: design/media.md, "What is recorded"; firmware/vault/FORMAT.md, "Map". The media thread tells from which tick on
//! a lane hears what, so each mark has the sample at which it began. Not here: conferences and holds, which call control
//! tells; voices themselves.

use std::{collections::BTreeMap, sync::Arc};

use frame::{LaneId, LegId, RecordingId, Tick, TrackHandle};
use vault::{Mark, Sample, SoundId};

use super::sound::Sounds;
use crate::media::{Clip, ClipId, MediaCommand, PlayId, Playlist, Source};

/// A mark with its place in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) recording: RecordingId,
    /// None: where the recorder is.
    pub(super) at: Option<Sample>,
    pub(super) mark: Mark,
}

/// All recorded parties, and what they hear.
#[derive(Debug, Default)]
pub(super) struct HeardMap {
    /// As many rows as lanes are recorded.
    parties: BTreeMap<LaneId, Party>,
    /// What single ports send: a clip each, in place of the last one.
    of_ports: BTreeMap<ClipId, Arc<Clip>>,
}

/// A party whose voice is recorded.
#[derive(Clone, Copy, Debug)]
struct Party {
    recording: RecordingId,
    leg: LegId,
    track: TrackHandle,
    hears: Source,
    sounds: Sounding,
    /// The party with whom it is bridged in the map. It may be recorded no more.
    bridged: Option<(LaneId, LegId)>,
}

/// Which range of a sound is open in the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sounding {
    Nothing,
    Prompts(PlayId),
    Music,
}

impl HeardMap {
    /// A voice is recorded from now on.
    pub(super) fn begin(&mut self, lane: LaneId, recording: RecordingId, leg: LegId, track: TrackHandle) {
        let hears = Source::Silence;
        self.parties.insert(lane, Party { recording, leg, track, hears, sounds: Sounding::Nothing, bridged: None });
    }

    /// A voice is recorded no more: what its party hears from here on is not this recording's. Who was bridged with it tells by
    /// what it hears next when that was over.
    pub(super) fn end(&mut self, lane: LaneId) -> Vec<Placed> {
        let mut marks = Vec::new();
        self.end_sound(lane, None, &mut marks);
        let other = self.parties.get(&lane).and_then(|party| party.bridged);
        if !other.is_some_and(|other| self.is_there(other)) {
            self.end_bridge(lane, None, &mut marks);
        }
        self.parties.remove(&lane);
        marks
    }

    fn is_there(&self, (lane, leg): (LaneId, LegId)) -> bool {
        self.parties.get(&lane).is_some_and(|party| party.leg == leg)
    }

    /// What is told the media thread: the clips of ports are known by it alone.
    pub(super) fn note(&mut self, command: &MediaCommand) {
        if let MediaCommand::Load { clip, audio } = command {
            self.of_ports.insert(*clip, Arc::clone(audio));
        }
    }

    /// A party hears something else from a tick on.
    pub(super) fn hears(
        &mut self,
        (lane, track): (LaneId, TrackHandle),
        source: Source,
        from: Tick,
        sounds: &Sounds,
    ) -> Vec<Placed> {
        let Some(party) = self.parties.get_mut(&lane).filter(|party| party.track == track) else { return Vec::new() };
        let (before, bridged) = (std::mem::replace(&mut party.hears, source), party.bridged);
        // Music is at one place for all: told again it goes on.
        if before == source && matches!(source, Source::Music(_) | Source::Outside { .. } | Source::Lane(_)) {
            return Vec::new();
        }
        let (at, mut marks) = (Sample::of(from), Vec::new());
        self.end_sound(lane, Some(at), &mut marks);
        match source {
            Source::Lane(from) => self.begin_bridge(lane, from, at, &mut marks),
            // Into one ear of a talk: the other party hears this one all the same, as long as it is there.
            Source::Play { .. } if bridged.is_some_and(|other| self.is_there(other)) => (),
            Source::Silence
            | Source::Play { .. }
            | Source::Loop(_)
            | Source::Music(_)
            | Source::Outside { .. }
            | Source::Conference { .. } => self.end_bridge(lane, Some(at), &mut marks),
        }
        self.begin_sound(lane, source, at, sounds, &mut marks);
        marks
    }

    /// A playing ended; the sample after its last one.
    pub(super) fn played(&mut self, lane: LaneId, play: PlayId, end_sample: u64) -> Vec<Placed> {
        let mut marks = Vec::new();
        if self.parties.get(&lane).is_some_and(|party| party.sounds == Sounding::Prompts(play)) {
            self.end_sound(lane, Some(Sample(end_sample)), &mut marks);
        }
        marks
    }

    /// The card of these lanes lost or invented samples.
    pub(super) fn slipped(&self, is_hit: impl Fn(LaneId) -> bool) -> Vec<Placed> {
        let hit = self.parties.iter().filter(|(lane, _)| is_hit(**lane));
        let mut recordings: Vec<RecordingId> = hit.map(|(_, party)| party.recording).collect();
        recordings.sort_unstable();
        recordings.dedup();
        recordings.into_iter().map(|recording| Placed { recording, at: None, mark: Mark::Slip }).collect()
    }

    fn begin_sound(&mut self, lane: LaneId, source: Source, at: Sample, sounds: &Sounds, marks: &mut Vec<Placed>) {
        let Some(&Party { recording, leg, .. }) = self.parties.get(&lane) else { return };
        let mut music = |sound: SoundId, offset_samples: u64| {
            let mark = Mark::MusicBegan { leg, sound, offset_samples };
            marks.push(Placed { recording, at: Some(at), mark });
            Sounding::Music
        };
        let now = match source {
            Source::Music(clip) => match self.sound(clip, sounds) {
                Some((sound, samples)) => music(sound, at.0 % samples.max(1)),
                None => Sounding::Nothing,
            },
            Source::Loop(clip) => self.sound(clip, sounds).map_or(Sounding::Nothing, |(sound, _)| music(sound, 0)),
            Source::Outside { .. } => music(SoundId::FROM_OUTSIDE, 0),
            Source::Play { list, play } => {
                let clips = (0..Playlist::MAX).map_while(|place| list.get(place));
                let known = clips.filter_map(|clip| self.sound(clip, sounds)).filter(|(_, samples)| *samples > 0);
                let before = marks.len();
                marks.extend(known.map(|(sound, _)| {
                    let mark = Mark::PromptBegan { leg, sound };
                    Placed { recording, at: Some(at), mark }
                }));
                if marks.len() > before { Sounding::Prompts(play) } else { Sounding::Nothing }
            }
            Source::Silence | Source::Lane(_) | Source::Conference { .. } => Sounding::Nothing,
        };
        if let Some(party) = self.parties.get_mut(&lane) {
            party.sounds = now;
        }
    }

    fn sound(&self, clip: ClipId, sounds: &Sounds) -> Option<(SoundId, u64)> {
        let of_port = || self.of_ports.get(&clip).map(|clip| (SoundId::of(&clip.octets), clip.octets.len() as u64));
        sounds.in_map(clip).or_else(of_port)
    }

    fn end_sound(&mut self, lane: LaneId, at: Option<Sample>, marks: &mut Vec<Placed>) {
        let Some(party) = self.parties.get_mut(&lane) else { return };
        let (recording, leg) = (party.recording, party.leg);
        let mark = match std::mem::replace(&mut party.sounds, Sounding::Nothing) {
            Sounding::Nothing => return,
            Sounding::Prompts(_) => Mark::PromptEnded { leg },
            Sounding::Music => Mark::MusicEnded { leg },
        };
        marks.push(Placed { recording, at, mark });
    }

    /// Two who hear each other are bridged; told again where one of them had heard something else meanwhile.
    fn begin_bridge(&mut self, lane: LaneId, other: LaneId, at: Sample, marks: &mut Vec<Placed>) {
        let of = |lane: &LaneId| self.parties.get(lane).copied();
        let (Some(own), Some(its)) = (of(&lane), of(&other)) else { return };
        if own.bridged.is_some_and(|bridged| bridged != (other, its.leg)) {
            self.end_bridge(lane, Some(at), marks);
        }
        let is_heard = its.hears == Source::Lane(lane) || its.bridged == Some((lane, own.leg));
        if own.recording != its.recording || !is_heard {
            return;
        }
        let (a, b) = (own.leg.min(its.leg), own.leg.max(its.leg));
        marks.push(Placed { recording: own.recording, at: Some(at), mark: Mark::BridgeBegan { a, b } });
        for (lane, with) in [(lane, (other, its.leg)), (other, (lane, own.leg))] {
            if let Some(party) = self.parties.get_mut(&lane) {
                party.bridged = Some(with);
            }
        }
    }

    fn end_bridge(&mut self, lane: LaneId, at: Option<Sample>, marks: &mut Vec<Placed>) {
        let Some(own) = self.parties.get_mut(&lane) else { return };
        let (recording, leg) = (own.recording, own.leg);
        let Some((other, other_leg)) = own.bridged.take() else { return };
        if let Some(its) = self.parties.get_mut(&other).filter(|its| its.leg == other_leg) {
            its.bridged = None;
        }
        let (a, b) = (leg.min(other_leg), leg.max(other_leg));
        marks.push(Placed { recording, at, mark: Mark::BridgeEnded { a, b } });
    }
}
