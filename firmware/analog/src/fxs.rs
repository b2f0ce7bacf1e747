//! A telephone on one of our ports (FXS): what it does, what we play to it, when it rings.
//!
//! Sources: design/calls.md "Stations"; ITU-T E.180 and E.182 for which tone follows which. Line events come decoded,
//! as DAHDI decodes them: a hang-up is told only after the flash time.
//! Not here: the time between digits and what a number means (`call`), ringing current (`ring`), audio (`dsp`).

mod settings;
mod station;

pub use settings::{Answering, CallerIdWish, StationClass, StationSettings, Timers};
pub use station::{Apply, RingRefusal, RingRequest, Station, StationEvent, StationInput, StationOutput};
