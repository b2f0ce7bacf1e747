//! For how long nobody has spoken on a line, in either direction.
//!
//! 8 kHz, one tick of 10 ms of both directions a call; the limit in ticks. No standard: a heuristic with its figures below.
//! Not here: who is told, and whether a direction carries a voice or what the box plays.

use codec::{decode_table, rms_of_dbm0};
use frame::{Law, OCTETS_PER_TICK, Octets};

/// What is softer is silence: 12 dB above the noise of the worst good line (-60 dBm0), and far below a voice, whose
/// syllables are above -40 where it is as faint as -45 dBm0 on average.
const QUIET_DBM0: f32 = -48.0;

/// So many ticks in a row are somebody's: a click of the line reaches into two of them.
const SOUND_TICKS: u8 = 3;

/// Counts the silence of one line.
#[derive(Clone, Copy, Debug)]
pub struct Silence {
    law: Law,
    /// The sum of squares below which a tick is quiet.
    quiet: i64,
    limit_ticks: u32,
    quiet_ticks: u32,
    /// Ticks in a row that were not quiet, at most [`SOUND_TICKS`].
    sounding: u8,
}

impl Silence {
    /// Tells after so many ticks in which nobody spoke.
    pub fn new(law: Law, limit_ticks: u32) -> Silence {
        let quiet = (rms_of_dbm0(law, QUIET_DBM0).powi(2) * OCTETS_PER_TICK as f32) as i64;
        Silence { law, quiet, limit_ticks: limit_ticks.max(1), quiet_ticks: 0, sounding: 0 }
    }

    /// Counts anew.
    pub fn reset(&mut self) {
        (self.quiet_ticks, self.sounding) = (0, 0);
    }

    /// Takes a tick of what the line says and of what is sent to it. True once the limit is there, and again after as long.
    pub fn process(&mut self, said: &Octets, sent: &Octets) -> bool {
        let quiet = self.is_quiet(said) && self.is_quiet(sent);
        self.sounding = if quiet { 0 } else { SOUND_TICKS.min(self.sounding + 1) };
        self.quiet_ticks = if self.sounding == SOUND_TICKS { 0 } else { self.quiet_ticks + 1 };
        let over = self.quiet_ticks >= self.limit_ticks;
        if over {
            self.quiet_ticks = 0;
        }
        over
    }

    fn is_quiet(&self, octets: &Octets) -> bool {
        let table = decode_table(self.law);
        octets.iter().map(|&octet| i64::from(table[usize::from(octet)]).pow(2)).sum::<i64>() < self.quiet
    }
}
