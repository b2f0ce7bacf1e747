//! What the ears for tones look at: how much of the last 20 ms is each sine, at which frequency, of sixteen lanes at once.
//!
//! Every tick (10 ms, 80 samples) the last 20 ms are weighted by a Hann window and correlated with every sine that a lane
//! wants. Of a pair the overlap is taken out (least squares), so that 440 and 480 Hz are told apart in a window that alone
//! would not do it. From one look to the next a sine's phase moves as its frequency says; what it moves too much or too
//! little is its distance from the frequency looked for. There is no recursive state: nothing fades into subnormal
//! numbers, and what memory's fault may break is gone two ticks later.
//!
//! The arithmetic stands in [`super::kernel`].

use std::f64::consts::TAU;

use codec::lanes::{Row, WIDTH};
use fearless_simd::{Level, dispatch};
use frame::{Law, OCTETS_PER_TICK, Octets};

use super::{
    kernel,
    sines::{FITS, Fit, HZ, NATIONAL, PAIRS, SINES, Wanted},
};
use crate::sine::SAMPLE_RATE_HZ;

/// Samples from one look to the next: one tick.
pub(super) const HOP: usize = OCTETS_PER_TICK;
/// Samples of one look.
const WINDOW: usize = 2 * HOP;
/// One bin of the window's transform in hertz: its main lobe reaches two to either side.
pub(super) const BIN_HZ: f32 = SAMPLE_RATE_HZ as f32 / WINDOW as f32;
/// From a part of a turn between two looks to hertz.
pub(super) const LOOKS_PER_SECOND: f32 = SAMPLE_RATE_HZ as f32 / HOP as f32;
const SIGNALS: usize = SINES - NATIONAL;

/// In-phase and quadrature part of a row.
pub(super) type Parts = [Row; 2];

/// A sample's factors: the window times cosine and times sine of each sine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors<const N: usize> {
    pub(super) cosine: [f32; N],
    pub(super) sine: [f32; N],
}

/// What is the same for all banks.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// For the half of the window after its middle.
    pub(super) national: [Factors<NATIONAL>; HOP],
    pub(super) signals: [Factors<SIGNALS>; HOP],
    /// The window's cosine, for its first half.
    pub(super) cosine: [f32; HOP],
    /// How each sine turns from look to look: cosine and sine.
    pub(super) turns: [[f32; 2]; SINES],
    /// The overlap of each pair under the window.
    pub(super) overlaps: [f32; PAIRS.len()],
    /// What makes linear values relative to a sine of 0 dBm0, in A-law and in µ-law.
    scales: [f32; 2],
}

/// What the latest look found, lane by lane.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Mean square; ½ is a sine of 0 dBm0.
    pub(super) power: Row,
    /// Each fit's own power; of a pair the mean over its beat.
    pub(super) tone: [Row; FITS],
    /// Each fit's part of the power, 0 to 1.
    pub(super) part: [Row; FITS],
    /// How far each is from its frequency in hertz, of a pair its first; meant only where it sounded in the look before, too.
    pub(super) away_hz: [Row; FITS],
}

/// The last 20 ms of sixteen lanes, and the last look at them.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    /// The two halves of the window.
    pub(super) samples: [[Row; HOP]; 2],
    /// Of each half its power: flat, and weighted by the window's cosine.
    pub(super) powers: [[Row; 2]; 2],
    /// The half that comes next: the older one.
    pub(super) next: usize,
    /// The last look's sines, and of pairs the first of each.
    pub(super) sines: [Parts; SINES],
    pub(super) firsts: [Parts; PAIRS.len()],
    pub(super) found: Found,
}

/// One lane's part of a look.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    found: &'a Found,
    lane: usize,
}

impl Tables {
    pub(crate) fn new() -> Tables {
        Tables {
            national: std::array::from_fn(|n| factors(n, 0)),
            signals: std::array::from_fn(|n| factors(n, NATIONAL)),
            cosine: std::array::from_fn(|n| (TAU * (n as f64 + 0.5) / WINDOW as f64).cos() as f32),
            turns: HZ.map(|hz| {
                let angle = TAU * f64::from(hz) * HOP as f64 / f64::from(SAMPLE_RATE_HZ);
                [angle.cos() as f32, angle.sin() as f32]
            }),
            overlaps: PAIRS.map(|[first, second]| hann(f32::from(HZ[second]) - f32::from(HZ[first]))),
            scales: [Law::A, Law::Mu].map(|law| codec::sine_peak_of_dbm0(law, 0.0).recip()),
        }
    }

    pub(super) fn scale(&self, mu: bool) -> f32 {
        self.scales[usize::from(mu)]
    }
}

impl Bank {
    pub(crate) const fn new() -> Bank {
        const QUIET: Parts = [Row::QUIET; 2];
        Bank {
            samples: [[Row::QUIET; HOP]; 2],
            powers: [[Row::QUIET; 2]; 2],
            next: 0,
            sines: [QUIET; SINES],
            firsts: [QUIET; PAIRS.len()],
            found: Found {
                power: Row::QUIET,
                tone: [Row::QUIET; FITS],
                part: [Row::QUIET; FITS],
                away_hz: [Row::QUIET; FITS],
            },
        }
    }

    /// Forgets one lane.
    pub(crate) fn reset_lane(&mut self, lane: usize) {
        let heard = self.samples.as_flattened_mut().iter_mut().chain(self.powers.as_flattened_mut());
        for row in heard.chain(self.sines.as_flattened_mut()).chain(self.firsts.as_flattened_mut()) {
            row.0[lane] = 0.0;
        }
    }

    /// Takes a tick of its lanes, and looks for what is `wanted` on those whose bit is set in `active`.
    pub(crate) fn process(
        &mut self,
        level: Level,
        tables: &Tables,
        (octets, law): (&[Octets], Law),
        wanted: Wanted,
        active: u32,
    ) {
        debug_assert!(octets.len() <= WIDTH, "one lane a place");
        dispatch!(level, simd => kernel::look(simd, self, tables, (octets, law), wanted, u64::from(active)));
    }

    /// What was found on a lane.
    pub(crate) fn look(&self, lane: usize) -> Look<'_> {
        Look { found: &self.found, lane }
    }
}

impl Look<'_> {
    /// The power of all that is there, as a mean square; ½ is a sine of 0 dBm0.
    pub(crate) fn power(self) -> f32 {
        self.found.power.0[self.lane]
    }

    /// A tone's own power; of two sines the mean over their beat.
    pub(crate) fn tone(self, fit: Fit) -> f32 {
        self.found.tone[fit.place()].0[self.lane]
    }

    /// A tone's part of the power, 0 to 1.
    pub(crate) fn part(self, fit: Fit) -> f32 {
        self.found.part[fit.place()].0[self.lane]
    }

    /// A tone's frequency, of a pair its first; meant only where it sounded in the look before, too.
    pub(crate) fn hz(self, fit: Fit) -> f32 {
        f32::from(fit.hz()[0]) + self.found.away_hz[fit.place()].0[self.lane]
    }
}

fn factors<const N: usize>(n: usize, first: usize) -> Factors<N> {
    let middle = n as f64 + 0.5;
    // After its middle a Hann window falls as 1 + cos; its mean is ½, and a sine's correlation with itself half its
    // amplitude.
    let window = (1.0 + (TAU * middle / WINDOW as f64).cos()) / HOP as f64;
    let angle = |sine: usize| TAU * f64::from(HZ[first + sine]) / f64::from(SAMPLE_RATE_HZ) * middle;
    Factors {
        cosine: std::array::from_fn(|sine| (window * angle(sine).cos()) as f32),
        sine: std::array::from_fn(|sine| (window * angle(sine).sin()) as f32),
    }
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
