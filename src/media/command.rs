//! What the media thread is told, and what it tells. Fixed-size messages over two rings.

use std::sync::Arc;

use dsp::{
    conference::Part,
    ear::{Ear, Heard},
};
use frame::{LaneFlags, LaneId, MessageId, Tick, TrackHandle};
use line::LineEvent;

use super::{
    clip::{Clip, ClipId},
    conferences::ConferenceId,
    keyed::KeyTone,
};

/// Names one playing of a list of clips, so that a late end is not taken for the next one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PlayId(pub u32);

/// Up to [`Playlist::MAX`] clips, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playlist {
    clips: [Option<ClipId>; Playlist::MAX],
}

impl Playlist {
    /// As many clips as the longest announcement needs: "you are number", a number of three parts, "in line", a notice.
    pub const MAX: usize = 8;

    /// The list of `clips`, in order; those past [`Self::MAX`] are left out.
    pub fn new(clips: impl IntoIterator<Item = ClipId>) -> Playlist {
        let mut list = [None; Playlist::MAX];
        for (place, clip) in list.iter_mut().zip(clips) {
            *place = Some(clip);
        }
        Playlist { clips: list }
    }

    /// The clip at a place, if the list is that long.
    pub fn get(&self, place: usize) -> Option<ClipId> {
        self.clips.get(place).copied().flatten()
    }
}

/// What a party hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nothing.
    #[default]
    Silence,
    /// What another party says.
    Lane(LaneId),
    /// A clip for ever, from its beginning: tones, whose clip is one period of their cadence.
    Loop(ClipId),
    /// Clips, once; then silence and [`MediaEvent::Played`].
    Play {
        /// What.
        list: Playlist,
        /// Which playing this is.
        play: PlayId,
    },
    /// A clip for ever, at a position common to all who hear it.
    Music(ClipId),
    /// What a line brings from outside, and that clip while the line brings nothing.
    Outside {
        /// The line.
        lane: LaneId,
        /// The clip.
        otherwise: Option<ClipId>,
    },
    /// The others of a conference, in which the party is as long as it hears it.
    Conference {
        /// Which.
        id: ConferenceId,
        /// Whom it hears there, and who hears it.
        part: Part,
    },
}

impl Source {
    /// Whether it is at the same place for whoever begins to hear it, so that its beginning need not be known.
    pub(super) fn lasts(&self) -> bool {
        matches!(self, Source::Lane(_) | Source::Music(_) | Source::Outside { .. })
    }
}

/// What the media thread is told.
#[derive(Debug)]
pub enum MediaCommand {
    /// A party hears something else from the next tick on.
    Hear {
        /// The party's lane.
        lane: LaneId,
        /// What it hears.
        source: Source,
    },
    /// Listen for DTMF on a lane, or no more.
    Listen {
        /// The lane.
        lane: LaneId,
        /// Whether.
        on: bool,
    },
    /// What the party says goes to a track of the recorder from the next tick on, or no more.
    Record {
        /// The lane.
        lane: LaneId,
        /// The track.
        track: Option<TrackHandle>,
    },
    /// What the party says goes to the thread that keeps messages from the next tick on, or no more.
    Copy {
        /// The lane.
        lane: LaneId,
        /// The message.
        to: Option<MessageId>,
    },
    /// Sets or clears flags of a lane.
    Flag {
        /// The lane.
        lane: LaneId,
        /// Which flags.
        flags: LaneFlags,
        /// Whether they hold from now on.
        on: bool,
    },
    /// Hides what is keyed on a lane from the next tick on, or lets it be heard again. While it holds, the lane is heard and
    /// recorded 40 ms late.
    Blackout {
        /// The lane.
        lane: LaneId,
        /// Whether.
        on: bool,
    },
    /// What the party says is made pleasanter from the next tick on, as everybody hears it and as it is recorded.
    Polish {
        /// The lane.
        lane: LaneId,
        /// What is steady behind the voice is lowered. It comes 6 ms later.
        noise_reduction: bool,
        /// The voice is slowly brought to the usual level.
        automatic_gain: bool,
    },
    /// What the party says and hears is left as it is from the next tick on: no echo is taken off, here or where it hears
    /// somebody, and nothing is made pleasanter. Holds when the lane is reset.
    Plain {
        /// The lane.
        lane: LaneId,
        /// Whether.
        on: bool,
    },
    /// A key is pressed for the party of a lane: its tone is what the party says. It sounds after those before it,
    /// and no receiver of digits hears it.
    Press {
        /// The lane.
        lane: LaneId,
        /// Its tone.
        key: KeyTone,
    },
    /// Everything of a lane back to its start: silence, no listening, no track.
    Reset {
        /// The lane.
        lane: LaneId,
    },
    /// Listens to an outside line with this ear from the next tick on, or no more. It keeps listening when the lane is
    /// reset: its line has no call then, but may get one.
    Attend {
        /// The lane.
        lane: LaneId,
        /// The ear.
        ear: Option<Box<Ear>>,
    },
    /// Tells of an outside line on which nobody speaks any more, in either direction, from the next tick on; or no more. It
    /// goes on when the lane is reset, as its ear does.
    Watch {
        /// The lane.
        lane: LaneId,
        /// After how many ticks of a talk; each time as many have gone by.
        silence_ticks: Option<u32>,
    },
    /// Puts a clip into the table.
    Load {
        /// The place.
        clip: ClipId,
        /// The audio.
        audio: Arc<Clip>,
    },
}

/// What the media thread tells.
#[derive(Debug)]
pub enum MediaEvent {
    /// A line event that a card told.
    Line(LineEvent),
    /// A digit was keyed; told once, as soon as it is certain.
    Digit {
        /// Whose lane.
        lane: LaneId,
        /// Which key.
        digit: char,
    },
    /// Something was heard on an outside line that is listened to.
    Heard {
        /// The lane.
        lane: LaneId,
        /// What.
        heard: Heard,
    },
    /// Nobody has spoken on an outside line for as long as it is watched for.
    Silent {
        /// The lane.
        lane: LaneId,
    },
    /// An ear listens no more: free it.
    Dismissed {
        /// Where it was.
        lane: LaneId,
        /// The ear, with what it has.
        ear: Box<Ear>,
    },
    /// A list of clips ended.
    Played {
        /// The lane.
        lane: LaneId,
        /// Which playing.
        play: PlayId,
        /// The first sample that is silence again, counted as ticks are.
        end_sample: u64,
    },
    /// A party whose voice is recorded hears this from a tick on.
    Hears {
        /// The party's lane.
        lane: LaneId,
        /// The track of its voice.
        track: TrackHandle,
        /// What it hears.
        source: Source,
        /// The tick.
        from: Tick,
    },
    /// A clip was replaced: free it.
    Retired(Arc<Clip>),
    /// The thread was late and gave up ticks to be in time again.
    Resynchronised {
        /// How many.
        ticks: u32,
    },
}
