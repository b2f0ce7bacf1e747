//! A day of calls over a bad D-channel: a private exchange and the network's exchange, both ours, in virtual time.
//!
//! 30 calls a second on 30 channels over 64 kbit/s; one frame in a hundred is lost, and now and then the cable is cut for
//! seconds or minutes. A day is cut into rounds; after each the line is left alone until it is quiet, and
//! then nothing may be left of any call. All is drawn from one seed.

mod cable;
#[path = "../../../../tests/sim/dice.rs"]
mod dice;
mod end;
mod line;
mod people;
mod tally;

use std::time::Duration;

use line::Line;
pub use tally::Tally;

/// How long a round is as a rule.
pub const ROUND: Duration = Duration::from_secs(20 * 60);

/// Rounds of an hour.
pub const ROUNDS_OF_AN_HOUR: u32 = 3;

/// A line that has been up for a while, and what its rounds have brought about.
#[derive(Debug)]
pub struct Soak {
    line: Line,
}

impl Soak {
    /// Both ends with their link up.
    pub fn new(seed: u64) -> Soak {
        Soak { line: Line::new(seed) }
    }

    /// Calls for so long, then quiet.
    ///
    /// # Panics
    /// Where something is wrong at any moment, or is left at the end.
    pub fn round(&mut self, time: Duration) {
        self.line.works(time);
        self.line.becomes_quiet();
    }

    /// What all rounds so far have brought about.
    pub fn tally(&self) -> Tally {
        self.line.tally()
    }
}
