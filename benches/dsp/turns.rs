//! Several ways to do one thing, measured in turn, so that a neighbour's load meets all of them.
//!
//! A figure is `NAME`, in order with `.480` where fifteen spans are worked off, `.3` or `.15` where fewer than 30 timeslots
//! of each are in use, whose it is (nothing: ours, with the best instructions; `.avx2`, `.portable`; `.ref` and
//! `.ref_WHOSE`: what others have), and `.min` for the least of all rounds instead of the middle one.

use std::time::Duration;

use fearless_simd::Level;
use nix::time::{ClockId, clock_gettime};

use crate::figure::{figure, median};

/// Rounds of which the middle and the least count. Odd, so that there is a middle one.
const ROUNDS: usize = 11;

/// How many timeslots there are and how many of each span's are in use.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Spans that are worked off one after the other, each with states of its own.
    pub spans: usize,
    /// Timeslots in use of each.
    pub active: u32,
}

/// What is quoted: one span and fifteen, at 30, 15 and 3 timeslots in use.
pub const LOADS: [Load; 6] = [
    Load { spans: 1, active: 30 },
    Load { spans: 1, active: 15 },
    Load { spans: 1, active: 3 },
    Load { spans: 15, active: 30 },
    Load { spans: 15, active: 15 },
    Load { spans: 15, active: 3 },
];

impl Load {
    /// The timeslots in use as bits. They are the first ones: calls are packed by hunting.
    pub const fn mask(self) -> u32 {
        ((1_u64 << self.active) - 1) as u32
    }

    /// All timeslots in use.
    pub fn timeslots(self) -> f64 {
        self.spans as f64 * f64::from(self.active)
    }

    /// What a figure is of: 20 ms of one timeslot in use, so many of them in so many ticks.
    pub fn frames(self, ticks: usize) -> f64 {
        self.timeslots() * ticks as f64 / 2.0
    }

    fn suffix(self) -> String {
        let spans = if self.spans > 1 { ".480" } else { "" };
        if self.active == 30 { spans.to_owned() } else { format!("{spans}.{}", self.active) }
    }
}

/// One way to do it.
pub struct Way<'a> {
    suffix: String,
    round: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Way<'a> {
    /// Ours, or a reference in this process. `round` does all of it once.
    pub fn new(suffix: &str, mut round: impl FnMut() + 'a) -> Way<'a> {
        Way::told(suffix, move || {
            let before = thread_cpu();
            round();
            thread_cpu() - before
        })
    }

    /// A program of its own, which tells the processor time of each round.
    pub fn told(suffix: &str, round: impl FnMut() -> Duration + 'a) -> Way<'a> {
        Way { suffix: suffix.to_owned(), round: Box::new(round) }
    }
}

/// Measures the ways in turn and tells their figures: the time of a round over `shares`, in `unit` (`ns` or `us`). The first
/// round of each is not counted.
pub fn measure(name: &str, load: Load, unit: &str, shares: f64, ways: &mut [Way<'_>]) {
    let scale = if unit == "us" { 1e-3 } else { 1.0 } / shares;
    let mut spent = vec![Vec::new(); ways.len()];
    for round in 0..=ROUNDS {
        for (way, spent) in ways.iter_mut().zip(&mut spent) {
            let time = (way.round)().as_nanos() as f64 * scale;
            if round > 0 {
                spent.push(time);
            }
        }
    }
    for (way, spent) in ways.iter().zip(spent) {
        let name = format!("{name}{}{}", load.suffix(), way.suffix);
        figure(&format!("{name}.min"), spent.iter().copied().fold(f64::INFINITY, f64::min), unit);
        figure(&name, median(spent), unit);
    }
}

/// Every set of instructions that this processor has, with its suffix; the best has none.
pub fn levels() -> Vec<(&'static str, Level)> {
    // The portable one, the best, and AVX2 where there is better: as they stand in `codec::lanes::levels`.
    [".portable", "", ".avx2"].into_iter().zip(codec::lanes::levels()).collect()
}

/// Processor time of this thread.
pub fn thread_cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a thread may ask for its own time"))
}
