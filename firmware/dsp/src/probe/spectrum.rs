//! How the power of a stretch of sound lies over the voice band.
//!
//! Windows of 32 ms (Hann), half of each in the next, so a bin is 31.25 Hz wide and a level in a band is good to some tenths
//! of a dB from half a second on. Reckoned by plain sums: 64 windows take some milliseconds, once a measurement.

use std::{array, f32::consts::TAU};

use codec::{dbm0_of_rms, decode_table, ratio_of_db};
use frame::Law;

use crate::FLOOR_DBM0;

/// Samples of a window.
const WINDOW: usize = 256;
/// From one window to the next.
const STEP: usize = WINDOW / 2;
/// Bins from 0 to 4 kHz, both ends included.
const BINS: usize = WINDOW / 2 + 1;
const BIN_HZ: f32 = 8000.0 / WINDOW as f32;

/// What a telephone's ear makes of a frequency: ITU-T O.41, table 1, in Hz and dB. Between two rows it goes straight.
const PSOPHOMETRIC: [(f32, f32); 22] = [
    (16.66, -85.0),
    (50.0, -63.0),
    (100.0, -41.0),
    (200.0, -21.0),
    (300.0, -10.6),
    (400.0, -6.3),
    (500.0, -3.6),
    (600.0, -2.0),
    (700.0, -0.9),
    (800.0, 0.0),
    (900.0, 0.6),
    (1000.0, 1.0),
    (1200.0, 0.0),
    (1400.0, -0.9),
    (1600.0, -1.7),
    (1800.0, -2.4),
    (2000.0, -3.0),
    (2500.0, -4.2),
    (3000.0, -5.6),
    (3500.0, -8.5),
    (4000.0, -15.0),
    (5000.0, -36.0),
];

/// The power of a stretch of sound by frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    law: Law,
    /// The mean square of what lies in each bin, in linear samples.
    bins: Box<[f32; BINS]>,
}

impl Spectrum {
    /// Of octets; nothing is in it where they are fewer than a window.
    pub fn of(law: Law, octets: &[u8]) -> Spectrum {
        let table = decode_table(law);
        let samples: Vec<f32> = octets.iter().map(|octet| f32::from(table[usize::from(*octet)])).collect();
        let (hann, cosines) = (hann(), cosines());
        let mut bins = [0.0; BINS];
        let mut windows = 0_usize;
        for window in samples.windows(WINDOW).step_by(STEP) {
            let shaped: [f32; WINDOW] = array::from_fn(|at| window[at] * hann[at]);
            bins.iter_mut().enumerate().for_each(|(bin, sum)| *sum += power(&shaped, bin, &cosines));
            windows += 1;
        }
        let square: f32 = hann.iter().map(|factor| factor * factor).sum();
        // All bins together are the mean square of the samples: each but the first and the last stands for two.
        let scale = 1.0 / (windows.max(1) as f32 * square * WINDOW as f32);
        let bins = array::from_fn(|bin| bins[bin] * scale * if bin == 0 || bin == BINS - 1 { 1.0 } else { 2.0 });
        Spectrum { law, bins: Box::new(bins) }
    }

    /// The level of what lies between two frequencies, not below [`FLOOR_DBM0`].
    pub fn level_dbm0(&self, low_hz: f32, high_hz: f32) -> f32 {
        self.dbm0(self.power(low_hz, high_hz))
    }

    /// The level of noise as a telephone's ear weighs it.
    pub fn psophometric_dbm0p(&self) -> f32 {
        let weighed = |(bin, power): (usize, &f32)| power * ratio_of_db(weight_db(bin as f32 * BIN_HZ)).powi(2);
        self.dbm0(self.bins.iter().enumerate().map(weighed).sum())
    }

    /// The mean square of what lies between two frequencies.
    pub(super) fn power(&self, low_hz: f32, high_hz: f32) -> f32 {
        let lies_in = |bin: usize| (low_hz..=high_hz).contains(&(bin as f32 * BIN_HZ));
        self.bins.iter().enumerate().filter(|(bin, _)| lies_in(*bin)).map(|(_, power)| power).sum()
    }

    fn dbm0(&self, power: f32) -> f32 {
        dbm0_of_rms(self.law, power.sqrt()).max(FLOOR_DBM0)
    }
}

fn hann() -> [f32; WINDOW] {
    array::from_fn(|at| 0.5 - 0.5 * (TAU * at as f32 / WINDOW as f32).cos())
}

/// One turn of a cosine in steps of a window.
fn cosines() -> [f32; WINDOW] {
    array::from_fn(|at| (TAU * at as f32 / WINDOW as f32).cos())
}

/// The squared magnitude of one bin.
fn power(samples: &[f32; WINDOW], bin: usize, cosines: &[f32; WINDOW]) -> f32 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let angle = at * bin;
        real += sample * cosines[angle % WINDOW];
        // A sine is the cosine a quarter of a turn before.
        imaginary += sample * cosines[(angle + WINDOW - WINDOW / 4) % WINDOW];
    }
    real * real + imaginary * imaginary
}

fn weight_db(hz: f32) -> f32 {
    let above = PSOPHOMETRIC.iter().position(|(row_hz, _)| *row_hz >= hz).unwrap_or(PSOPHOMETRIC.len() - 1);
    let (high_hz, high_db) = PSOPHOMETRIC[above];
    let (low_hz, low_db) = PSOPHOMETRIC[above.saturating_sub(1)];
    if high_hz <= low_hz || hz <= low_hz {
        return low_db;
    }
    low_db + (high_db - low_db) * (hz - low_hz) / (high_hz - low_hz)
}
