//! Takes what comes from one lane for a while.

use frame::{OCTETS_PER_TICK, Octets};

/// Some ticks of a lane. All of its memory is taken when it is made.
#[derive(Clone, Debug)]
pub struct Tap {
    skip_ticks: usize,
    ticks: usize,
    skipped: usize,
    octets: Vec<u8>,
}

impl Tap {
    /// Leaves out so many ticks, and takes as many as that after them.
    pub fn new(skip_ticks: usize, ticks: usize) -> Tap {
        Tap { skip_ticks, ticks, skipped: 0, octets: Vec::with_capacity(ticks * OCTETS_PER_TICK) }
    }

    /// Takes a tick; true with the last one.
    pub fn process(&mut self, octets: &Octets) -> bool {
        if self.is_full() {
            return false;
        }
        if self.skipped < self.skip_ticks {
            self.skipped += 1;
            return false;
        }
        self.octets.extend_from_slice(octets);
        self.is_full()
    }

    /// Whether it has all that it was to take.
    pub fn is_full(&self) -> bool {
        self.octets.len() >= self.ticks * OCTETS_PER_TICK
    }

    /// What it has taken.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Begins anew: what it had was not of one piece.
    pub fn reset(&mut self) {
        self.skipped = 0;
        self.octets.clear();
    }
}
