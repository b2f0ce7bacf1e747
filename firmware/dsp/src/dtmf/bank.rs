//! What the receivers look at: the eight tones' amplitude and phase, and the power beside them, of eight lanes at once.
//!
//! Every 5 ms (40 samples) the last 20 ms (160) are weighted by a Hann window and correlated with the eight nominal
//! frequencies. Why these: the window's main lobe (±100 Hz) keeps the two groups, and dial tone, apart by 40 dB, while
//! half of it (10 ms) is short against the 16 ms between the tones to refuse (24 ms) and to take (40 ms). The power
//! is taken behind a band-stop, so that a dial tone under the digit does not count as noise.
//!
//! The state lies lane beside lane, and inner loops run over lanes, so that they become vector instructions.

use std::f64::consts::TAU;

use frame::{Law, OCTETS_PER_TICK, Octets};

use super::digit::{HIGH_GROUP_HZ, LOW_GROUP_HZ};
use crate::sine::SAMPLE_RATE_HZ;

/// Lanes that are computed together: one AVX register, two of SSE.
pub(super) const WIDTH: usize = 8;
/// Tones: four rows, then four columns.
pub(super) const TONES: usize = 8;
/// Samples from one look to the next.
pub(super) const HOP: usize = 40;
/// Samples of one look.
pub(super) const WINDOW: usize = 4 * HOP;
/// Looks within one tick.
pub(super) const HOPS_PER_TICK: usize = OCTETS_PER_TICK / HOP;

/// One number a lane.
pub(super) type Lanes = [f32; WIDTH];

const HALF: usize = WINDOW / 2;
const QUIET: Lanes = [0.0; WIDTH];
/// Filter states below this become 0: a thousandth of the smallest G.711 step, and far above subnormal numbers.
const FLOOR: f32 = 1e-9;

/// Band-stop against dial tone: elliptic, fourth order, 260 to 620 Hz, ripple 0.3 dB. It takes 19 dB at 350 Hz and 25 dB
/// from 425 to 450 Hz. Not a high-pass: a voice's fundamental must count as power beside the tones, or else voices are
/// taken for digits. Rows of b0, b1, b2, a1, a2.
const BAND_STOP: [[f32; 5]; 2] = [
    [0.857_704_3, -1.613_309_9, 0.857_704_3, -1.709_482_6, 0.864_790_7],
    [1.0, -1.917_274_3, 1.0, -1.860_032_3, 0.916_326_9],
];

/// The window times cosine and sine of each tone, for the half of the window after its middle.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    cosine: [[f32; HALF]; TONES],
    sine: [[f32; HALF]; TONES],
    /// The window alone, scaled to a sum of 1.
    weight: [f32; WINDOW],
}

/// One look at eight lanes. Amplitudes are relative to a sine of 0 dBm0.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// In-phase parts, about the middle of the window.
    pub(super) re: [Lanes; TONES],
    /// Quadrature parts.
    pub(super) im: [Lanes; TONES],
    /// Amplitudes.
    pub(super) amplitude: [Lanes; TONES],
    /// Mean square behind the band-stop; ½ is a sine of 0 dBm0.
    pub(super) power: Lanes,
}

impl Look {
    /// A look at silence.
    pub(super) const SILENT: Look =
        Look { re: [QUIET; TONES], im: [QUIET; TONES], amplitude: [QUIET; TONES], power: QUIET };
}

/// The last 20 ms of eight lanes.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    samples: [Lanes; WINDOW],
    squares: [Lanes; WINDOW],
    filter: [[Lanes; 2]; 2],
}

impl Tables {
    pub(super) fn new() -> Tables {
        let mut tables = Tables { cosine: [[0.0; HALF]; TONES], sine: [[0.0; HALF]; TONES], weight: [0.0; WINDOW] };
        for (n, weight) in tables.weight.iter_mut().enumerate() {
            let turn = (n as f64 + 0.5) / WINDOW as f64;
            // A Hann window's mean is ½.
            *weight = ((0.5 - 0.5 * (TAU * turn).cos()) / HALF as f64) as f32;
        }
        for (tone, hz) in LOW_GROUP_HZ.into_iter().chain(HIGH_GROUP_HZ).enumerate() {
            for n in 0..HALF {
                let angle = TAU * f64::from(hz) / f64::from(SAMPLE_RATE_HZ) * (n as f64 + 0.5);
                // Twice, because a sine's correlation with itself is half its amplitude.
                let weight = 2.0 * f64::from(tables.weight[HALF + n]);
                tables.cosine[tone][n] = (weight * angle.cos()) as f32;
                tables.sine[tone][n] = (weight * angle.sin()) as f32;
            }
        }
        tables
    }
}

impl Bank {
    pub(super) const fn new() -> Bank {
        Bank { samples: [QUIET; WINDOW], squares: [QUIET; WINDOW], filter: [[QUIET; 2]; 2] }
    }

    /// Forgets one lane.
    pub(super) fn reset_lane(&mut self, lane: usize) {
        for row in self.samples.iter_mut().chain(&mut self.squares).chain(self.filter.as_flattened_mut()) {
            row[lane] = 0.0;
        }
    }

    /// Takes one hop of eight lanes, beginning at sample `from` of the tick.
    pub(super) fn take(&mut self, octets: &[Octets], law: Law, from: usize) {
        self.samples.copy_within(HOP.., 0);
        self.squares.copy_within(HOP.., 0);
        let table = codec::decode_table(law);
        let scale = codec::sine_peak_of_dbm0(law, 0.0).recip();
        for n in 0..HOP {
            let mut sample = QUIET;
            for (value, lane) in sample.iter_mut().zip(octets) {
                *value = f32::from(table[usize::from(lane[from + n])]) * scale;
            }
            self.samples[WINDOW - HOP + n] = sample;
            let passed = self.band_stop(&sample);
            self.squares[WINDOW - HOP + n] = each(|lane| passed[lane] * passed[lane]);
        }
        self.floor();
    }

    /// The mean square of the last 20 ms behind the band-stop.
    pub(super) fn power(&self, tables: &Tables) -> Lanes {
        let mut power = QUIET;
        for (square, &weight) in self.squares.iter().zip(&tables.weight) {
            for lane in 0..WIDTH {
                power[lane] += square[lane] * weight;
            }
        }
        power
    }

    /// Amplitude and phase of all tones.
    pub(super) fn look(&self, tables: &Tables, power: Lanes) -> Look {
        // The window is symmetric about its middle, cosine is even and sine is odd: half the multiplications do.
        let mut even = [QUIET; HALF];
        let mut odd = [QUIET; HALF];
        for n in 0..HALF {
            let (after, before) = (&self.samples[HALF + n], &self.samples[HALF - 1 - n]);
            even[n] = each(|lane| after[lane] + before[lane]);
            odd[n] = each(|lane| after[lane] - before[lane]);
        }
        let mut look = Look { power, ..Look::SILENT };
        for tone in 0..TONES {
            let re = correlate(&even, &tables.cosine[tone]);
            let im = correlate(&odd, &tables.sine[tone]);
            look.re[tone] = re;
            look.im[tone] = each(|lane| -im[lane]);
            look.amplitude[tone] = each(|lane| (re[lane] * re[lane] + im[lane] * im[lane]).sqrt());
        }
        look
    }

    fn band_stop(&mut self, sample: &Lanes) -> Lanes {
        let mut signal = *sample;
        for (state, [b0, b1, b2, a1, a2]) in self.filter.iter_mut().zip(BAND_STOP) {
            let passed: Lanes = each(|lane| b0 * signal[lane] + state[0][lane]);
            state[0] = each(|lane| b1 * signal[lane] - a1 * passed[lane] + state[1][lane]);
            state[1] = each(|lane| b2 * signal[lane] - a2 * passed[lane]);
            signal = passed;
        }
        signal
    }

    /// Silence must not fade into subnormal numbers. Within one hop a state shrinks by less than 40 dB.
    fn floor(&mut self) {
        for value in self.filter.as_flattened_mut().as_flattened_mut() {
            if value.abs() < FLOOR {
                *value = 0.0;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn poison(&mut self, lane: usize) {
        self.filter[0][0][lane] = f32::NAN;
    }

    #[cfg(test)]
    pub(super) fn filter_is_silent(&self) -> bool {
        self.filter.as_flattened().as_flattened().iter().all(|&value| value == 0.0)
    }
}

#[inline(always)]
fn each(value: impl Fn(usize) -> f32) -> Lanes {
    std::array::from_fn(value)
}

#[inline]
fn correlate(samples: &[Lanes; HALF], with: &[f32; HALF]) -> Lanes {
    let mut sum = QUIET;
    for (sample, &factor) in samples.iter().zip(with) {
        for lane in 0..WIDTH {
            sum[lane] += sample[lane] * factor;
        }
    }
    sum
}
