//! How the power of a stretch of sound lies over the voice band.
//!
//! Windows of 128 ms (Hann), half of each in the next, so a bin is 7.8 Hz wide: hum of the mains stays in its own bins, below
//! where an ear begins to hear it. A level in a band is good to some tenths of a dB from half a second on. Fifteen windows
//! take a millisecond, once a measurement.

use std::{array, f32::consts::TAU};

use codec::{dbm0_of_rms, decode_table, ratio_of_db};
use frame::Law;

use crate::FLOOR_DBM0;

/// Samples of a window.
const WINDOW: usize = 1024;
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

/// Where an exchange's tones lie; hum of the mains and its first harmonics lie below.
const TONES_HZ: (f32, f32) = (300.0, 3400.0);
/// Bins to each side of a peak that are still its own: the window's lobe, and what bursts of a third of a second add.
const LOBE: usize = 4;
/// How much of the power of the band two tones have to have: white noise gives two lobes a twentieth, and a voice spreads over
/// its harmonics.
const TONE_PART: f32 = 0.6;
/// The weakest tone that is told as one: what a tone that ends a call has to have.
const TONE_LEAST_DBM0: f32 = -35.0;

/// The power of a stretch of sound by frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    law: Law,
    /// The mean square of what lies in each bin, in linear samples.
    bins: Box<[f32; BINS]>,
    is_constant: bool,
}

/// A tone in a stretch of sound, which may be a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudTone {
    /// The stronger one's frequency.
    pub hz: f32,
    /// How loud it is, with its partner, over the whole stretch.
    pub dbm0: f32,
}

impl Spectrum {
    /// Of octets; nothing is in it where they are fewer than a window.
    pub fn of(law: Law, octets: &[u8]) -> Spectrum {
        let table = decode_table(law);
        let samples: Vec<f32> = octets.iter().map(|octet| f32::from(table[usize::from(*octet)])).collect();
        Spectrum::of_samples(law, &samples)
    }

    fn of_samples(law: Law, samples: &[f32]) -> Spectrum {
        let (hann, turns) = (hann(), turns());
        let mut bins = [0.0; BINS];
        let mut windows = 0_usize;
        for window in samples.windows(WINDOW).step_by(STEP) {
            let mut shaped: [Complex; WINDOW] = array::from_fn(|at| (window[at] * hann[at], 0.0));
            transform(&mut shaped, &turns);
            bins.iter_mut().zip(&shaped).for_each(|(sum, (re, im))| *sum += re * re + im * im);
            windows += 1;
        }
        let square: f32 = hann.iter().map(|factor| factor * factor).sum();
        // All bins together are the mean square of the samples: each but the first and the last stands for two.
        let scale = 1.0 / (windows.max(1) as f32 * square * WINDOW as f32);
        let bins = array::from_fn(|bin| bins[bin] * scale * if bin == 0 || bin == BINS - 1 { 1.0 } else { 2.0 });
        let is_constant = samples.windows(2).all(|two| two[0] == two[1]);
        Spectrum { law, bins: Box::new(bins), is_constant }
    }

    /// Whether all octets were one and the same: what a card gives that lets nothing pass, and no line does.
    pub fn is_constant(&self) -> bool {
        self.is_constant
    }

    /// The level of what lies between two frequencies, not below [`FLOOR_DBM0`].
    pub fn level_dbm0(&self, low_hz: f32, high_hz: f32) -> f32 {
        self.dbm0(self.power(low_hz, high_hz))
    }

    /// The level of noise as a telephone's ear weighs it.
    pub fn psophometric_dbm0p(&self) -> f32 {
        let weighed = |(bin, power): (usize, &f32)| power * ratio_of_db(weight_db(hz(bin))).powi(2);
        self.dbm0(self.bins.iter().enumerate().map(weighed).sum())
    }

    /// The tone, or pair of tones, that is most of what can be heard, if there is one.
    pub fn tone(&self) -> Option<LoudTone> {
        let all = self.power(TONES_HZ.0, TONES_HZ.1);
        let mut bins = self.bins.clone();
        let [(first, of_first), (_, of_second)] = [(); 2].map(|()| take_peak(&mut bins));
        let (power, dbm0) = (of_first + of_second, self.dbm0(of_first + of_second));
        let is_tone = dbm0 >= TONE_LEAST_DBM0 && power >= all * TONE_PART;
        is_tone.then(|| LoudTone { hz: hz(first), dbm0 })
    }

    /// The mean square of what lies between two frequencies.
    pub(super) fn power(&self, low_hz: f32, high_hz: f32) -> f32 {
        self.within(low_hz, high_hz).map(|(_, power)| power).sum()
    }

    /// Frequencies between two, each with the mean square of what lies there.
    pub(super) fn within(&self, low_hz: f32, high_hz: f32) -> impl Iterator<Item = (f32, f32)> + '_ {
        let bins = self.bins.iter().enumerate().map(|(bin, power)| (hz(bin), *power));
        bins.filter(move |(hz, _)| (low_hz..=high_hz).contains(hz))
    }

    fn dbm0(&self, power: f32) -> f32 {
        dbm0_of_rms(self.law, power.sqrt()).max(FLOOR_DBM0)
    }
}

/// The strongest bin among those where tones lie, and the power of its lobe, which is taken out.
fn take_peak(bins: &mut [f32; BINS]) -> (usize, f32) {
    let lies_there = |bin: &usize| (TONES_HZ.0..=TONES_HZ.1).contains(&hz(*bin));
    let peak = (0..BINS).filter(lies_there).max_by(|a, b| bins[*a].total_cmp(&bins[*b])).unwrap_or_default();
    let lobe = &mut bins[peak.saturating_sub(LOBE)..BINS.min(peak + LOBE + 1)];
    let power = lobe.iter().sum();
    lobe.fill(0.0);
    (peak, power)
}

fn hz(bin: usize) -> f32 {
    bin as f32 * BIN_HZ
}

fn hann() -> [f32; WINDOW] {
    array::from_fn(|at| 0.5 - 0.5 * (TAU * at as f32 / WINDOW as f32).cos())
}

/// Real and imaginary part.
type Complex = (f32, f32);

/// The turns of the transform: cosine, and minus sine.
fn turns() -> [Complex; WINDOW / 2] {
    array::from_fn(|at| {
        let (sine, cosine) = (TAU * at as f32 / WINDOW as f32).sin_cos();
        (cosine, -sine)
    })
}

/// The Fourier transform in place (Cooley and Tukey, 1965; radix 2).
fn transform(numbers: &mut [Complex; WINDOW], turns: &[Complex; WINDOW / 2]) {
    let unused_bits = usize::BITS - WINDOW.ilog2();
    for at in 0..WINDOW {
        let mirrored = at.reverse_bits() >> unused_bits;
        if at < mirrored {
            numbers.swap(at, mirrored);
        }
    }
    let mut length = 2;
    while length <= WINDOW {
        for part in numbers.chunks_exact_mut(length) {
            let (low, high) = part.split_at_mut(length / 2);
            let turns = turns.iter().step_by(WINDOW / length);
            for ((low, high), (cosine, sine)) in low.iter_mut().zip(high).zip(turns) {
                let turned = (high.0 * cosine - high.1 * sine, high.0 * sine + high.1 * cosine);
                (*low, *high) = ((low.0 + turned.0, low.1 + turned.1), (low.0 - turned.0, low.1 - turned.1));
            }
        }
        length *= 2;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Not by octets: their steps are noise that an ear hears before it hears hum.
    #[test]
    fn hum_of_the_mains_stays_where_an_ear_does_not_hear_it() {
        let peak = codec::sine_peak_of_dbm0(Law::A, -20.0);
        let hum: Vec<f32> = (0..8000).map(|at| peak * (TAU * 50.0 * at as f32 / 8000.0).sin()).collect();
        let found = Spectrum::of_samples(Law::A, &hum);
        assert!((found.level_dbm0(30.0, 4000.0) + 20.0).abs() < 0.2);
        // O.41 has 63 dB at 50 Hz.
        assert!((-84.0..-75.0).contains(&found.psophometric_dbm0p()), "{}", found.psophometric_dbm0p());
    }
}
