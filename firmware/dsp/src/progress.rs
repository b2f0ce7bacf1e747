//! Call progress: what an exchange or a machine tells by sound only. Dial tone, tones with a rhythm, special information,
//! fax machines and modems; and a voice.
//!
//! 8 kHz, one tick at a time; the tones are those of the country's plan (ITU-T E.180). Every tick the last 20 ms of sixteen
//! lanes at once are looked at (`bank`): how much of their power is each tone, at which frequency. What listens on a lane
//! only compares what its lane's look holds.
//! A rhythm that nobody has written down is learnt from the line ([`Learner`]).
//! Not here: digits (`dtmf`), caller id; what follows from a tone, which is the line machine's business.

mod bank;
mod burst;
mod cadence;
mod call_tones;
mod dial_tone;
mod kernel;
mod learner;
mod limits;
mod machine;
mod sines;
mod special;
mod voice;

pub use cadence::{BURSTS, Cadence, Meaning};
pub use call_tones::{CallTones, Evidence, ReleaseTone};
pub use dial_tone::DialTone;
pub use learner::{LEARNT_PAUSE_MOST_MS, Learner};
pub use limits::Limits;
pub use machine::{Machine, MachineTone};
pub use special::SpecialInformation;
pub use voice::Voice;

pub(crate) use bank::{Bank, Look, Tables};
pub(crate) use sines::Wanted;
