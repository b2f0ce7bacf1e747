//! Finds the ratio of two clocks from how full a buffer is.
//!
//! The buffer is seen only block by block: at 50 ppm it rises by a whole tick each 200 s, like a saw. So the servo is slow,
//! and critically damped: a block too many turns the ratio by 200 ppm at first, which no ear and no modem minds.

use frame::OCTETS_PER_TICK;

/// Ratio for a tick that waits too much.
const PROPORTIONAL: f64 = 200e-6;
/// Ratio for a tick that waits too much, each tick: critically damped with a time constant of 100 s.
const INTEGRAL: f64 = PROPORTIONAL * PROPORTIONAL / 4.0;
/// Crystals are good for 100 ppm; twice that is a fault, and no reason to bend voices further.
const KNOWN_MAX: f64 = 250e-6;

/// A servo at rest: the clocks are taken to be equal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Servo {
    /// What is known of the clocks' difference, as a part of one.
    known: f64,
    /// What is added now to bring the buffer back.
    pull: f64,
}

impl Servo {
    /// Samples of the card for one of the box.
    pub(super) fn ratio(&self) -> f64 {
        1.0 + self.known + self.pull
    }

    /// How much faster the card's clock is, in parts per million.
    pub(super) fn ppm(&self) -> f64 {
        self.known * 1e6
    }

    /// One tick passed, and so many samples too many wait.
    pub(super) fn process(&mut self, excess_samples: f64) {
        let excess_ticks = excess_samples / OCTETS_PER_TICK as f64;
        self.pull = PROPORTIONAL * excess_ticks;
        self.known = (self.known + INTEGRAL * excess_ticks).clamp(-KNOWN_MAX, KNOWN_MAX);
    }
}
