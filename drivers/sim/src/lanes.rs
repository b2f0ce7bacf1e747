//! One tick of all timeslots of a span as the simulated line carries it: 32 × 80 octets, 8 kHz, timeslot-major.

use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

/// The octets of all timeslots in one tick.
pub type Lanes = [Octets; LANES];

/// Octets of [`Lanes`] in one message.
pub const LANES_OCTETS: usize = LANES * OCTETS_PER_TICK;

/// What a receiver without a signal delivers, in every timeslot: all ones, which is a loud noise.
pub const ALL_ONES: Lanes = [[0xff; OCTETS_PER_TICK]; LANES];

/// A tick of digital silence.
pub const fn silent(law: Law) -> Lanes {
    [[law.silence(); OCTETS_PER_TICK]; LANES]
}
