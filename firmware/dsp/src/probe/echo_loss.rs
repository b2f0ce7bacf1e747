//! How much of what goes into a line comes back, by bands.
//!
//! Source: ITU-T G.122 (1993), Annex B: the echo loss is that of 300 to 3400 Hz, weighed by 3 dB an octave towards what is
//! low. The singing return losses of what is low and high are those of IEEE Std 743, as test sets measure them with noise.
//! Whatever lies between the box and the two wires is in it: gains, and the card's hybrid.

use codec::db_of_ratio;

use super::Spectrum;

/// The band of G.122, in Hz.
const ECHO_HZ: (f32, f32) = (300.0, 3400.0);
/// The outer bands of IEEE Std 743.
const LOW_HZ: (f32, f32) = (260.0, 500.0);
const HIGH_HZ: (f32, f32) = (2200.0, 3400.0);

/// What comes back has to be twice as strong as what is there anyway to be told from it.
const STANDS_OUT: f32 = 2.0;

/// Losses of what comes back, in dB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EchoLoss {
    /// The echo loss.
    pub echo_db: f32,
    /// The singing return loss of low frequencies.
    pub low_db: f32,
    /// The same of high ones.
    pub high_db: f32,
    /// The echo loss is more than that: what came back could not be told from the noise of the line.
    pub at_least: bool,
}

impl EchoLoss {
    /// Of what was sent, what was heard meanwhile, and what was heard while nothing was sent.
    pub fn of(sent: &Spectrum, heard: &Spectrum, quiet: &Spectrum) -> EchoLoss {
        let stands_out = power(heard, ECHO_HZ) >= power(quiet, ECHO_HZ) * STANDS_OUT;
        let in_band = |band| loss_db(sent, heard, quiet, band, |_| 1.0);
        // A logarithmic scale of frequencies: each octave counts the same.
        let echo_db = loss_db(sent, heard, quiet, ECHO_HZ, |hz| 1.0 / hz);
        EchoLoss { echo_db, low_db: in_band(LOW_HZ), high_db: in_band(HIGH_HZ), at_least: !stands_out }
    }
}

/// The loss in a band, by so much weight for each frequency. Where what came back does not stand out there, all of it counts,
/// so that the loss is that much or more.
fn loss_db(sent: &Spectrum, heard: &Spectrum, quiet: &Spectrum, band: (f32, f32), weight: impl Fn(f32) -> f32) -> f32 {
    let stands_out = power(heard, band) >= power(quiet, band) * STANDS_OUT;
    let within = |of: &'_ Spectrum| of.within(band.0, band.1).collect::<Vec<_>>();
    let (sent, heard, quiet) = (within(sent), within(heard), within(quiet));
    let (mut came_back, mut all) = (0.0, 0.0);
    for (((hz, sent), (_, heard)), (_, quiet)) in sent.into_iter().zip(heard).zip(quiet) {
        let back = if stands_out { heard - quiet } else { heard.max(quiet) };
        came_back += weight(hz) * back / sent.max(SMALLEST);
        all += weight(hz);
    }
    db_of_ratio((all / came_back.max(SMALLEST)).sqrt())
}

fn power(of: &Spectrum, (low_hz, high_hz): (f32, f32)) -> f32 {
    of.power(low_hz, high_hz).max(SMALLEST)
}

/// Less than the power of G.711's smallest step in any band.
const SMALLEST: f32 = 1e-6;
