//! What every room shares: time, ticks, spans, timeslots, lanes, ids, and the audio that travels.
//!
//! Units: time in microseconds of the boot-time clock, audio in octets of G.711 at 8 kHz, 80 of them a tick of 10 ms.
//! Not here: anything that decides. This crate has types and their arithmetic only.
#![forbid(unsafe_code)]

mod audio;
mod ids;
mod time;

pub use audio::{
    LANES, LaneFlags, LaneStamp, Law, OCTETS_PER_TICK, Octets, SpanTick, TICK, TICK_US, Tick, TrackHandle,
};
pub use ids::{
    CallId, CardSerial, CardSerialError, EventNo, LaneId, LegId, LifeNo, MessageId, PersonId, PortId, RecordingId,
    SpanId, Timeslot,
};
pub use time::{BootNo, Stamp, Time, Utc};
