//! How much of what goes into a line comes back, by bands.
//!
//! Source: IEEE Std 743, the echo return loss from 560 to 1965 Hz and the singing return losses below and above it, as test
//! sets measure them with noise. Whatever lies between the box and the two wires is in it: gains, and the card's hybrid.

use codec::db_of_ratio;

use super::Spectrum;

/// The bands of IEEE Std 743, in Hz.
const ECHO_HZ: (f32, f32) = (560.0, 1965.0);
const LOW_HZ: (f32, f32) = (260.0, 500.0);
const HIGH_HZ: (f32, f32) = (2200.0, 3400.0);

/// What comes back has to be twice as strong as what is there anyway to be told from it.
const STANDS_OUT: f32 = 2.0;

/// Losses of what comes back, in dB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EchoLoss {
    /// The echo return loss.
    pub echo_db: f32,
    /// The singing return loss of low frequencies.
    pub low_db: f32,
    /// The same of high ones.
    pub high_db: f32,
    /// The echo return loss is more than that: what came back could not be told from the noise of the line.
    pub at_least: bool,
}

impl EchoLoss {
    /// Of what was sent, what was heard meanwhile, and what was heard while nothing was sent.
    pub fn of(sent: &Spectrum, heard: &Spectrum, quiet: &Spectrum) -> EchoLoss {
        let loss = |band| loss(sent, heard, quiet, band);
        let (echo_db, stands_out) = loss(ECHO_HZ);
        EchoLoss { echo_db, low_db: loss(LOW_HZ).0, high_db: loss(HIGH_HZ).0, at_least: !stands_out }
    }
}

/// The loss in a band, and whether what came back stood out of the noise.
fn loss(sent: &Spectrum, heard: &Spectrum, quiet: &Spectrum, (low_hz, high_hz): (f32, f32)) -> (f32, bool) {
    let power = |of: &Spectrum| of.power(low_hz, high_hz).max(SMALLEST);
    let (sent, heard, quiet) = (power(sent), power(heard), power(quiet));
    let stands_out = heard >= quiet * STANDS_OUT;
    let back = if stands_out { heard - quiet } else { heard.max(quiet) };
    (db_of_ratio((sent / back).sqrt()), stands_out)
}

/// Less than the power of G.711's smallest step in any band.
const SMALLEST: f32 = 1e-3;
