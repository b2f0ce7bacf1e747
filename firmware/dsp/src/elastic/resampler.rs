//! A slow fractional resampler of all timeslots at once: 32 taps of a windowed sinc, in 128 steps with lines between.
//!
//! Kaiser's window with β = 7.9: 80 dB, reached up to 3.4 kHz. All timeslots are at the same place between two samples, so
//! the taps are computed once for all.

use std::f64::consts::PI;

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};
use frame::{LANES, Law, OCTETS_PER_TICK};

use super::Block;

/// Samples that go into one.
pub const TAPS: usize = 32;
/// Places between two samples of which the taps are kept.
const STEPS: usize = 128;
/// Kaiser's β for 80 dB.
const BETA: f64 = 7.9;
/// Samples that a buffer has room for: the filter, the most that may wait, and a block more.
const CAPACITY: usize = TAPS + 5 * OCTETS_PER_TICK + TAPS;
/// Registers of a row.
const WIDTH: usize = 16;

type Taps = [f32; TAPS];

/// One sample of all timeslots, linear.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Row([f32; LANES]);

const QUIET: Row = Row([0.0; LANES]);

/// A buffer of samples that are taken at another rate than they were put.
#[derive(Clone, Debug)]
pub struct Resampler {
    level: Level,
    /// Timeslots in use.
    lanes: usize,
    taps: Box<[Taps; STEPS + 1]>,
    samples: Box<[Row; CAPACITY]>,
    /// Samples in the buffer.
    len: usize,
    /// Where the next sample is taken: its filter begins at the whole part.
    at: f64,
}

impl Resampler {
    /// An empty buffer for the first `lanes` timeslots.
    pub fn new(lanes: usize) -> Resampler {
        Resampler {
            level: Level::new(),
            lanes: lanes.min(LANES),
            taps: Box::new(std::array::from_fn(taps)),
            samples: Box::new([QUIET; CAPACITY]),
            len: 0,
            at: 0.0,
        }
    }

    /// Starts anew, with so much silence waiting.
    pub fn refill(&mut self, samples: f64) {
        self.samples.fill(QUIET);
        (self.len, self.at) = (samples as usize, 0.0);
    }

    /// Samples that wait; the filter wants [`TAPS`] of them to stay.
    pub fn waiting(&self) -> f64 {
        self.len as f64 - self.at
    }

    /// Takes a block. What would not fit is left out: who asks [`Resampler::waiting`] never comes there.
    pub fn put(&mut self, law: Law, block: &Block) {
        self.compact();
        let table = codec::decode_table(law);
        let room = &mut self.samples[self.len..];
        let count = room.len().min(OCTETS_PER_TICK);
        for (lane, octets) in block[..self.lanes].iter().enumerate() {
            for (row, octet) in room.iter_mut().zip(octets) {
                row.0[lane] = f32::from(table[usize::from(*octet)]);
            }
        }
        self.len += count;
    }

    /// Makes a block, each sample `ratio` after the one before. False, and nothing changes, where too little waits.
    pub fn take(&mut self, law: Law, ratio: f64, block: &mut Block) -> bool {
        let end = self.at + ratio * OCTETS_PER_TICK as f64;
        if end + TAPS as f64 > self.len as f64 {
            return false;
        }
        for sample in 0..OCTETS_PER_TICK {
            let row = self.between(self.at + ratio * sample as f64);
            for (octets, value) in block[..self.lanes].iter_mut().zip(row.0) {
                octets[sample] = codec::encode(law, value.round() as i16);
            }
        }
        self.at = end;
        true
    }

    /// All timeslots at a place between two samples.
    fn between(&self, at: f64) -> Row {
        let first = at as usize;
        let taps = self.taps_at(at - first as f64);
        let samples = &self.samples[first..first + TAPS];
        dispatch!(self.level, simd => weigh(simd, samples, &taps))
    }

    fn taps_at(&self, part: f64) -> Taps {
        let place = part * STEPS as f64;
        let step = (place as usize).min(STEPS - 1);
        let towards = (place - step as f64) as f32;
        let (this, next) = (&self.taps[step], &self.taps[step + 1]);
        std::array::from_fn(|tap| this[tap] + (next[tap] - this[tap]) * towards)
    }

    /// Moves what waits to the front.
    fn compact(&mut self) {
        let used = self.at as usize;
        self.samples.copy_within(used..self.len, 0);
        self.len -= used;
        self.at -= used as f64;
    }
}

/// The sum of samples times taps, of all timeslots.
#[inline(always)]
fn weigh<S: Simd>(simd: S, samples: &[Row], taps: &Taps) -> Row {
    let mut sums = [f32x16::splat(simd, 0.0); LANES / WIDTH];
    for (row, tap) in samples.iter().zip(taps) {
        for (sum, lanes) in sums.iter_mut().zip(row.0.chunks_exact(WIDTH)) {
            *sum += f32x16::from_slice(simd, lanes) * *tap;
        }
    }
    let mut row = QUIET;
    for (sum, lanes) in sums.iter().zip(row.0.chunks_exact_mut(WIDTH)) {
        sum.store_slice(lanes);
    }
    row
}

/// The taps of one place between two samples: `step` of [`STEPS`] after the sample in the filter's middle.
fn taps(step: usize) -> Taps {
    let part = step as f64 / STEPS as f64;
    let middle = (TAPS / 2 - 1) as f64;
    let taps: [f64; TAPS] = std::array::from_fn(|tap| {
        let away = tap as f64 - middle - part;
        sinc(away) * kaiser(away / (TAPS / 2) as f64)
    });
    // Each place passes a constant as it is, or the steps would be heard as noise.
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| (tap / sum) as f32)
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Kaiser's window, from -1 to 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel(BETA * (1.0 - x * x).sqrt()) / bessel(BETA) }
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far distortion and noise of a tone lie below it, in dB, before G.711: taken every 1.0001 samples for a second.
    fn purity_db(hz: f64) -> f64 {
        let mut resampler = Resampler::new(LANES);
        let turn = 2.0 * PI * hz / 8000.0;
        let ratio = 1.000_1;
        let mut heard = Vec::new();
        // A window of samples at a time: the place moves through all parts of a sample in 10,000.
        for first in (0..20_000).step_by(400) {
            for (n, row) in resampler.samples.iter_mut().enumerate() {
                row.0.fill((8000.0 * (turn * (first + n) as f64).sin()) as f32);
            }
            let start = f64::from(first as u32);
            let from = (start / ratio).ceil() as usize;
            heard.extend((from..from + 300).map(|n| {
                let at = n as f64 * ratio;
                let expected = 8000.0 * (turn * (at + (TAPS / 2 - 1) as f64)).sin();
                (f64::from(resampler.between(at - start).0[17]), expected)
            }));
        }
        let power: f64 = heard.iter().map(|(_, expected)| expected * expected).sum();
        let error: f64 = heard.iter().map(|(value, expected)| (value - expected).powi(2)).sum();
        10.0 * (power / error).log10()
    }

    #[test]
    fn tones_come_out_75_db_above_distortion_and_noise_up_to_3_khz_and_60_up_to_3400_hz() {
        for (hz, least_db) in [(300.0, 75.0), (1000.0, 75.0), (2100.0, 75.0), (3000.0, 75.0), (3400.0, 60.0)] {
            assert!(purity_db(hz) > least_db, "{hz} Hz: {:.1} dB", purity_db(hz));
        }
    }

    #[test]
    fn at_a_whole_sample_nothing_is_changed() {
        let taps = taps(0);
        for (tap, value) in taps.iter().enumerate() {
            let expected = if tap == TAPS / 2 - 1 { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-6, "{tap}: {value}");
        }
    }
}
