//! The media plane: one real-time thread that moves, generates and listens to all audio of the box.
//!
//! A tick of 10 ms: read all spans, work, write all, hand the ticks to the sealer. [`Plane`] does that for one tick and
//! owns no clock, so that tests drive it under virtual time; [`thread`] is its shell. [`Switch`] is the work itself.
//! Nothing here allocates, locks, logs, awaits or opens files once it runs.

mod blackout;
mod cancelling;
mod clip;
mod command;
mod conferences;
mod copies;
mod crossing;
mod ears;
mod echo_gauge;
mod keyed;
mod levels;
mod plane;
mod silences;
mod switch;
pub mod thread;

pub use cancelling::{Cancelling, Clocking, Paths};
pub use clip::{CLIPS, Clip, ClipId, Clips, SHARED_CLIPS};
pub use command::{MediaCommand, MediaEvent, PlayId, Playlist, Source};
pub use conferences::ConferenceId;
pub use copies::{COPY_RING, Copied};
pub use crossing::{Clocks, Crossing, SpanClock, SpanCounters, span_counters};
pub use echo_gauge::{EchoGauge, EchoGauges, LaneEcho};
pub use keyed::KeyTone;
pub use levels::{LaneLevel, Levels};
pub use plane::{Counters, Plane, Ports, RING_MESSAGES, SealerPort, TICKS_AT_SEALER};
pub use switch::Switch;
