//! What the receivers look at: the eight tones' amplitude and phase, and the power beside them, of sixteen lanes at once.
//!
//! Every 5 ms (40 samples) the last 20 ms (160) are weighted by a Hann window and correlated with the eight nominal
//! frequencies. While no lane of a bank is suspected only every second window is looked at, the one at the end of a tick;
//! where it is near a digit, those between are made up for before a receiver is shown anything. So receivers see what they
//! would see of all looks, and speech costs half: a lone look that they are not shown is no digit.
//! Why these: the window's main lobe (±100 Hz) keeps the two groups, and dial tone, apart by 40 dB, while
//! half of it (10 ms) is short against the 16 ms between the tones to refuse (24 ms) and to take (40 ms). The power
//! is taken behind a band-stop, so that a dial tone under the digit does not count as noise.
//!
//! The state lies lane beside lane: a row is one AVX-512 register, two of AVX2, four of SSE. What is computed on rows
//! stands in [`super::kernel`].

use std::f64::consts::TAU;

use codec::lanes::{QUAD, Row};
use fearless_simd::{Level, dispatch};
use frame::{Law, OCTETS_PER_TICK, Octets};

use super::{
    digit::{HIGH_GROUP_HZ, LOW_GROUP_HZ},
    kernel,
};
use crate::sine::SAMPLE_RATE_HZ;

/// Tones: four rows, then four columns.
pub(super) const TONES: usize = 8;
/// Samples from one look to the next.
pub(super) const HOP: usize = 40;
/// Hops of one look.
pub(super) const HOPS: usize = 4;
/// Samples of one look.
pub(super) const WINDOW: usize = HOPS * HOP;
/// Looks within one tick.
pub(super) const HOPS_PER_TICK: usize = OCTETS_PER_TICK / HOP;
/// Looks that a receiver is shown: the latest, and those in which a digit's onset may lie.
pub(super) const LOOKS: usize = 4;
/// Looks that are kept: for the latest but one as well.
const KEPT_LOOKS: usize = LOOKS + 1;
/// Hops that are kept: two looks back from the latest but one must still be made up for.
pub(super) const KEPT_HOPS: usize = HOPS + 3;
/// Half a window: it is symmetric.
pub(super) const HALF: usize = WINDOW / 2;

/// The window times cosine and sine of each tone, for the half of the window after its middle; and the laws.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub(super) cosine: [[f32; TONES]; HALF],
    pub(super) sine: [[f32; TONES]; HALF],
    /// Cosine and sine over a quarter of a turn, a hop's share of the window: means of four samples.
    pub(super) quarter: [[f32; 2]; HOP / QUAD],
    /// What makes linear values relative to a sine of 0 dBm0, in A-law and in µ-law.
    scales: [f32; 2],
}

/// One look at the lanes. Amplitudes are relative to a sine of 0 dBm0.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// In-phase parts, about the middle of the window.
    pub(super) re: [Row; TONES],
    /// Quadrature parts.
    pub(super) im: [Row; TONES],
    /// Mean square behind the band-stop; ½ is a sine of 0 dBm0.
    pub(super) power: Row,
}

impl Look {
    /// A look at silence.
    const SILENT: Look = Look { re: [Row::QUIET; TONES], im: [Row::QUIET; TONES], power: Row::QUIET };

    /// The amplitude of a tone on a lane.
    pub(super) fn amplitude(&self, tone: usize, lane: usize) -> f32 {
        let (re, im) = (self.re[tone].0[lane], self.im[tone].0[lane]);
        (re * re + im * im).sqrt()
    }
}

/// A hop of a bank's lanes.
#[derive(Clone, Copy)]
pub(super) struct Heard<'a> {
    /// Their tick.
    pub(super) octets: &'a [Octets],
    pub(super) law: Law,
    /// The sample of the tick with which the hop begins.
    pub(super) from: usize,
}

/// What a look came to, as bits of its lanes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Lanes on which two tones are loud enough to be looked at closely.
    pub(super) near: u32,
    /// Lanes whose power is no number.
    pub(super) broken: u32,
}

/// The last 35 ms of sixteen lanes, and the last looks at them.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    /// The last hops, a ring.
    pub(super) samples: [[Row; HOP]; KEPT_HOPS],
    /// What makes them relative to a sine of 0 dBm0.
    pub(super) scale: f32,
    /// Of each hop its power: flat, and weighted by cosine and sine.
    pub(super) powers: [[Row; 3]; KEPT_HOPS],
    /// The latest hop.
    latest: usize,
    pub(super) filter: [[Row; 2]; 2],
    /// A ring, too.
    looks: [Look; KEPT_LOOKS],
    /// Which of them were taken.
    taken: [bool; KEPT_LOOKS],
    latest_look: usize,
}

impl Tables {
    pub(super) fn new() -> Tables {
        let turn = |n: usize| TAU * (n as f64 + 0.5) / WINDOW as f64;
        // A Hann window's mean is ½; twice, because a sine's correlation with itself is half its amplitude.
        let window = |n: usize| (1.0 - turn(n).cos()) / HALF as f64;
        let hz: [f32; TONES] = std::array::from_fn(|tone| match tone {
            0..4 => LOW_GROUP_HZ[tone],
            _ => HIGH_GROUP_HZ[tone - 4],
        });
        let angle = |n: usize, tone: usize| TAU * f64::from(hz[tone]) / f64::from(SAMPLE_RATE_HZ) * (n as f64 + 0.5);
        let times = |n: usize, part: f64| (window(HALF + n) * part) as f32;
        Tables {
            cosine: std::array::from_fn(|n| std::array::from_fn(|tone| times(n, angle(n, tone).cos()))),
            sine: std::array::from_fn(|n| std::array::from_fn(|tone| times(n, angle(n, tone).sin()))),
            quarter: std::array::from_fn(|quad| [f64::cos, f64::sin].map(|part| mean_of_quad(quad, |n| part(turn(n))))),
            scales: [Law::A, Law::Mu].map(|law| codec::sine_peak_of_dbm0(law, 0.0).recip()),
        }
    }

    pub(super) fn scale(&self, mu: bool) -> f32 {
        self.scales[usize::from(mu)]
    }
}

impl Bank {
    pub(super) const fn new() -> Bank {
        Bank {
            samples: [[Row::QUIET; HOP]; KEPT_HOPS],
            scale: 1.0,
            powers: [[Row::QUIET; 3]; KEPT_HOPS],
            latest: 0,
            filter: [[Row::QUIET; 2]; 2],
            looks: [const { Look::SILENT }; KEPT_LOOKS],
            taken: [true; KEPT_LOOKS],
            latest_look: 0,
        }
    }

    /// Forgets one lane.
    pub(super) fn reset_lane(&mut self, lane: usize) {
        let looks = self.looks.iter_mut().flat_map(|look| look.re.iter_mut().chain(&mut look.im));
        let heard = self.samples.as_flattened_mut().iter_mut().chain(self.powers.as_flattened_mut());
        for row in heard.chain(self.filter.as_flattened_mut()).chain(looks) {
            row.0[lane] = 0.0;
        }
    }

    /// Takes one hop, and does not look yet.
    pub(super) fn hop(&mut self, level: Level, tables: &Tables, heard: Heard<'_>) {
        self.latest = (self.latest + 1) % KEPT_HOPS;
        self.latest_look = (self.latest_look + 1) % KEPT_LOOKS;
        self.taken[self.latest_look] = false;
        let latest = self.latest;
        dispatch!(level, simd => kernel::pass(simd, self, tables, heard, latest));
    }

    /// Looks at the window that ended `before` hops ago, unless that was done.
    pub(super) fn look_at(&mut self, level: Level, tables: &Tables, before: usize, active: u32) -> Seen {
        let at = (self.latest_look + KEPT_LOOKS - before) % KEPT_LOOKS;
        if self.taken[at] {
            return Seen::default();
        }
        self.taken[at] = true;
        let window: [usize; HOPS] =
            std::array::from_fn(|hop| (self.latest + 2 * KEPT_HOPS - before - (HOPS - 1) + hop) % KEPT_HOPS);
        let mut look = std::mem::replace(&mut self.looks[at], Look::SILENT);
        let seen = dispatch!(level, simd => kernel::look(simd, self, tables, window, active, &mut look));
        self.looks[at] = look;
        seen
    }

    /// Whether somebody looked `before` hops ago.
    pub(super) fn has_look(&self, before: usize) -> bool {
        self.taken[(self.latest_look + KEPT_LOOKS - before) % KEPT_LOOKS]
    }

    /// What a receiver is shown at the hop that was `before` hops ago.
    pub(super) fn view(&self, before: usize) -> View<'_> {
        View { bank: self, latest: self.latest_look + KEPT_LOOKS - before }
    }

    #[cfg(test)]
    pub(super) fn poison(&mut self, lane: usize) {
        self.filter[0][0].0[lane] = f32::NAN;
    }

    #[cfg(test)]
    pub(super) fn power(&self) -> &Row {
        &self.looks[self.latest_look].power
    }

    #[cfg(test)]
    pub(super) fn filter_is_silent(&self) -> bool {
        self.filter.as_flattened().iter().all(|row| row.0.iter().all(|&value| value == 0.0))
    }
}

fn mean_of_quad(quad: usize, of_sample: impl Fn(usize) -> f64) -> f32 {
    let samples = quad * QUAD..(quad + 1) * QUAD;
    (samples.map(of_sample).sum::<f64>() / QUAD as f64) as f32
}

/// The looks of a bank as they were at some hop.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    bank: &'a Bank,
    /// Never below the number of looks that a receiver is shown.
    latest: usize,
}

impl View<'_> {
    /// The look that was `before` looks before the latest.
    pub(super) fn look(&self, before: usize) -> &Look {
        &self.bank.looks[(self.latest + KEPT_LOOKS - before) % KEPT_LOOKS]
    }
}
