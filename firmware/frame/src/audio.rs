//! One tick of one span: the audio that travels through the box, in one box of memory that is never copied.
//!
//! A tick is 10 ms = 80 octets of every timeslot at 8 kHz, timeslot-major. Whoever holds the `Box<SpanTick>` owns the
//! samples: the driver fills it, the media thread works in it, the sealer reads it and hands it back.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{SpanId, Timeslot};

/// Octets (samples) of one timeslot in one tick.
pub const OCTETS_PER_TICK: usize = 80;

/// Timeslots of a span.
pub const LANES: usize = 32;

/// The length of a tick in microseconds.
pub const TICK_US: u64 = 10_000;

/// The length of a tick.
pub const TICK: Duration = Duration::from_micros(TICK_US);

/// One timeslot's octets of one tick, as the span's [`Law`] codes them.
pub type Octets = [u8; OCTETS_PER_TICK];

/// The number of a tick since the media thread started, counted on the master span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tick(pub u64);

impl Tick {
    /// The tick `ticks` later.
    pub const fn after(self, ticks: u64) -> Tick {
        Tick(self.0 + ticks)
    }

    /// The number of the tick's first sample.
    pub const fn first_sample(self) -> u64 {
        self.0 * OCTETS_PER_TICK as u64
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How octets code samples: ITU-T G.711.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// A-law, even bits inverted: E1 and most of the world.
    #[default]
    A,
    /// µ-law: T1, North America and Japan.
    Mu,
}

impl Law {
    /// The octet of digital silence.
    pub const fn silence(self) -> u8 {
        match self {
            Law::A => 0xd5,
            Law::Mu => 0xff,
        }
    }
}

/// Names a track that the recorder has open. The generation tells a late tick from the slot's next use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TrackHandle {
    /// The slot in the recorder's table.
    pub slot: u16,
    /// How often the slot has been used before.
    pub generation: u16,
}

/// What holds for a lane in exactly this tick, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LaneFlags(u8);

impl LaneFlags {
    /// Nothing special.
    pub const NONE: LaneFlags = LaneFlags(0);
    /// The recording is paused: the sealer stores a pause, no audio.
    pub const PAUSED: LaneFlags = LaneFlags(1);
    /// A digit is being hidden: the sealer stores silence marked as blacked out.
    pub const BLACKOUT: LaneFlags = LaneFlags(2);
    /// The line is in alarm or gave no block: the audio is silence or concealment.
    pub const ALARM: LaneFlags = LaneFlags(4);

    /// Whether all of `other` holds.
    pub const fn contains(self, other: LaneFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    pub const fn with(self, other: LaneFlags) -> LaneFlags {
        LaneFlags(self.0 | other.0)
    }

    /// This without `other`.
    pub const fn without(self, other: LaneFlags) -> LaneFlags {
        LaneFlags(self.0 & !other.0)
    }

    /// The bits, for fixed-size records.
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// The recording handle and flags of one lane, stamped for exactly one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneStamp {
    /// The track that takes this lane's `clean` octets, if any.
    pub track: Option<TrackHandle>,
    /// What holds in this tick.
    pub flags: LaneFlags,
}

/// One tick of all timeslots of one span. Allocated once, then handed around.
#[derive(Clone)]
pub struct SpanTick {
    /// Which tick this is.
    pub tick: Tick,
    /// Which span it belongs to.
    pub span: SpanId,
    /// How its octets are coded: a property of the span.
    pub law: Law,
    /// What the line sent, per timeslot; without echo where the box cancels it.
    pub rx: [Octets; LANES],
    /// What each party said, per timeslot: `rx`, or what stands for it where the line brought nothing.
    pub clean: [Octets; LANES],
    /// What goes to the line, per timeslot.
    pub tx: [Octets; LANES],
    /// Per timeslot, what holds in this tick.
    pub lanes: [LaneStamp; LANES],
    /// Timeslots that a call or a line machine has in use, as bits. Nothing goes to the others, and what comes from them
    /// counts only where the line brings something from outside, as music does.
    pub used: u32,
    /// Timeslots of which no echo is taken off, as bits: the line is being measured, so what comes back of what goes out is
    /// wanted; or a machine speaks that does that itself.
    pub raw: u32,
    /// The box came to this tick late: what is begun in it is off the beat.
    pub late: bool,
}

impl SpanTick {
    /// A tick of silence of `span`, on the heap.
    pub fn silent(span: SpanId, law: Law) -> Box<SpanTick> {
        let quiet = [[law.silence(); OCTETS_PER_TICK]; LANES];
        let lanes = [LaneStamp::default(); LANES];
        Box::new(SpanTick {
            tick: Tick(0),
            span,
            law,
            rx: quiet,
            clean: quiet,
            tx: quiet,
            lanes,
            used: 0,
            raw: 0,
            late: false,
        })
    }

    /// The stamp of a timeslot.
    pub fn stamp(&self, timeslot: Timeslot) -> LaneStamp {
        self.lanes[usize::from(timeslot.0) % LANES]
    }
}

impl fmt::Debug for SpanTick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 7,680 octets help nobody in a log.
        f.debug_struct("SpanTick").field("tick", &self.tick).field("span", &self.span).finish_non_exhaustive()
    }
}
