//! How much of 20 ms is one tone of one or two sines, at which frequency, and how loud.
//!
//! A least-squares fit under a Hann window: with two sines their overlap is taken out, so that 440 and 480 Hz are told
//! apart in a window that alone would not do it. From one look to the next (10 ms) a sine's phase moves as its frequency
//! says; what it moves too much or too little is its distance from the nominal one, to a hertz, within ±50 Hz.

use std::f32::consts::TAU;

use codec::dbm0_of_rms;
use frame::OCTETS_PER_TICK;

use super::Window;
use crate::{FLOOR_DBM0, sine::SAMPLE_RATE_HZ};

/// Samples of one look.
pub(super) const WINDOW: usize = 2 * OCTETS_PER_TICK;
/// One bin of the window's transform in hertz: its main lobe reaches two to either side.
const BIN_HZ: f32 = SAMPLE_RATE_HZ as f32 / WINDOW as f32;
/// A mean square of linear samples below which nothing is measured: a hundredth of the smallest G.711 step.
const NOTHING: f32 = 1e-4;

type Complex = [f32; 2];

/// Looks for one tone.
#[derive(Clone, Debug)]
pub(super) struct Sines {
    hz: [f32; 2],
    /// Window times cosine and sine of each frequency about the window's middle, scaled to a sum of the window of 1.
    tables: Box<[[[f32; WINDOW]; 2]; 2]>,
    weight: Box<[f32; WINDOW]>,
    /// The overlap of the two sines under the window.
    overlap: f32,
    before: Complex,
}

/// What 20 ms hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// The level of all that is there.
    pub(super) level_dbm0: f32,
    /// The tone's part of the power, 0 to 1.
    pub(super) part: f32,
    /// The first sine's frequency; meant only where it sounded in the look before, too.
    pub(super) hz: f32,
}

impl Sines {
    /// Looks for a tone of one sine, or of two where `hz[1]` is not 0.
    pub(super) fn new(hz: [u16; 2]) -> Sines {
        let hz = hz.map(f32::from);
        let window = |n: usize| {
            let turn = (n as f32 + 0.5) / WINDOW as f32;
            (1.0 - (TAU * turn).cos()) / WINDOW as f32
        };
        let angle = |hz: f32, n: usize| TAU * hz * (n as f32 + 0.5 - WINDOW as f32 / 2.0) / SAMPLE_RATE_HZ as f32;
        let table = |hz: f32| {
            [
                std::array::from_fn(|n| window(n) * angle(hz, n).cos()),
                std::array::from_fn(|n| window(n) * angle(hz, n).sin()),
            ]
        };
        let overlap = if hz[1] > 0.0 { hann(hz[1] - hz[0]) } else { 0.0 };
        Sines {
            hz,
            tables: Box::new(hz.map(table)),
            weight: Box::new(std::array::from_fn(window)),
            overlap,
            before: [0.0; 2],
        }
    }

    pub(super) fn look(&mut self, window: &Window) -> Look {
        let samples = &window.samples;
        let mean_square: f32 =
            samples.iter().zip(self.weight.iter()).map(|(sample, weight)| sample * sample * weight).sum();
        if mean_square < NOTHING {
            self.before = [0.0; 2];
            return Look { level_dbm0: FLOOR_DBM0, part: 0.0, hz: 0.0 };
        }
        let (first, second) = self.fit(samples);
        let away_hz = self.away_hz(first);
        self.before = first;
        // A sine beside the nominal frequency stands lower in the window's lobe than it is.
        let lobe = hann(away_hz.clamp(-BIN_HZ / 2.0, BIN_HZ / 2.0)).powi(2);
        let tone = if self.hz[1] > 0.0 {
            let cross = first[0] * second[0] + first[1] * second[1];
            (square(first) + square(second) + 2.0 * self.overlap * cross) / 2.0
        } else {
            square(first) / 2.0 / lobe
        };
        let level_dbm0 = dbm0_of_rms(window.law, mean_square.sqrt()).max(FLOOR_DBM0);
        Look { level_dbm0, part: (tone / mean_square).min(1.0), hz: self.hz[0] + away_hz }
    }

    /// Amplitude and phase of both sines.
    fn fit(&self, samples: &[f32; WINDOW]) -> (Complex, Complex) {
        let first = correlate(samples, &self.tables[0]);
        if self.hz[1] == 0.0 {
            return (first, [0.0; 2]);
        }
        let second = correlate(samples, &self.tables[1]);
        let apart = 1.0 - self.overlap * self.overlap;
        let solved = |own: Complex, other: Complex| [0, 1].map(|at| (own[at] - self.overlap * other[at]) / apart);
        (solved(first, second), solved(second, first))
    }

    fn away_hz(&self, now: Complex) -> f32 {
        let [re, im] = now;
        let [before_re, before_im] = self.before;
        let moved = (im * before_re - re * before_im).atan2(re * before_re + im * before_im) / TAU;
        let expected = self.hz[0] * OCTETS_PER_TICK as f32 / SAMPLE_RATE_HZ as f32;
        let away = moved - expected;
        (away - away.round()) * SAMPLE_RATE_HZ as f32 / OCTETS_PER_TICK as f32
    }
}

fn correlate(samples: &[f32; WINDOW], [cosine, sine]: &[[f32; WINDOW]; 2]) -> Complex {
    let sum = |table: &[f32; WINDOW]| samples.iter().zip(table).map(|(sample, factor)| sample * factor).sum::<f32>();
    // A cosine of amplitude 1 correlates to a half.
    [2.0 * sum(cosine), -2.0 * sum(sine)]
}

fn square([re, im]: Complex) -> f32 {
    re * re + im * im
}

/// The Hann window's transform at a distance, 1 at its middle.
fn hann(hz: f32) -> f32 {
    let bins = hz / BIN_HZ;
    if bins.abs() < 1e-3 {
        return 1.0;
    }
    if (bins.abs() - 1.0).abs() < 1e-3 {
        return 0.5;
    }
    let angle = bins * std::f32::consts::PI;
    angle.sin() / angle / (1.0 - bins * bins)
}
