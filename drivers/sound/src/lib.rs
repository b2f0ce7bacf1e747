//! `line` over ALSA: an operator's handset or headset, music that comes in, a loudspeaker that announcements go to.
//!
//! A sound card has one jack: one span of one timeslot, 8 kHz G.711 in blocks of 10 ms like every other. Whoever opens it
//! gets both halves at once, whether its device is there or not; a thread of its own holds the device, opens it again by
//! itself each second while it is missing, and passes blocks on by rings. So the media thread never calls ALSA, which may
//! wait for a plug, and a device that hangs stops nobody but itself. A device runs on a crystal of its own: the blocks
//! cross `media::Crossing` like those of any card.
//! Source: alsa-lib's PCM interface, by its name in the board file (`plughw:CARD=Headset`); rates and channels other than
//! 8 kHz mono are brought there by ALSA's `plug`.
//! Not here: echo of the room; the hook, which is pressed on the page; volumes, which `alsamixer` keeps.
#![forbid(unsafe_code)]

mod card;
mod device;
mod engine;
mod pace;
mod pcm;

pub use card::{SoundAudio, SoundSignal, open};

use frame::{Law, SpanId};

/// A sound card, as the board describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundCard {
    /// The span of its one jack.
    pub span: SpanId,
    /// How its octets are to be coded.
    pub law: Law,
    /// ALSA's name of what it hears with; none for a loudspeaker.
    pub capture: Option<String>,
    /// ALSA's name of what it is heard with; none where it only brings music.
    pub playback: Option<String>,
}
