//! A tone that is known by its rhythm: its sines, its bursts and pauses, and how far it may be from them.

use super::{burst::Cycle, limits::Limits, sines::Fit};
use crate::tone::TonePlan;

/// Bursts of the longest cadence: China's special information tone has four.
pub const BURSTS: usize = 4;

/// What a tone with a rhythm means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Busy tone.
    Busy,
    /// Congestion tone.
    Congestion,
    /// The far telephone rings.
    Ringback,
    /// Special information, where it is one tone with a rhythm.
    SpecialInformation,
}

impl Meaning {
    /// Full cycles of tone and pause before it is told. Busy and congestion end a call, so they have to be certain
    /// (design/calls.md, "FXO in China"); ringback and special information only tell a story.
    pub const fn cycles(self) -> u8 {
        match self {
            Meaning::Busy | Meaning::Congestion => 3,
            Meaning::Ringback | Meaning::SpecialInformation => 1,
        }
    }
}

/// A tone with a rhythm. It is not without end and has no step of silence alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cadence {
    pub(super) fit: Fit,
    /// Its frequencies in hertz; the second is 0 where there is one sine.
    pub(super) hz: [u16; 2],
    /// Bursts and the pauses after them in milliseconds; a burst of 0 is none.
    bursts_ms: [(u16, u16); BURSTS],
    pub(super) limits: Limits,
}

impl Cadence {
    /// The rhythm of a plan, where it has one: bursts of the same one or two sines, each with a pause after it, and sines
    /// that are looked for.
    pub fn of(plan: &TonePlan, limits: Limits) -> Option<Cadence> {
        let pairs = plan.steps.as_chunks::<2>().0;
        let first = pairs.first()?[0].frequencies_hz;
        let alike = pairs.iter().all(|[on, off]| on.frequencies_hz == first && off.frequencies_hz == [0; 4]);
        let bursts = pairs.iter().map(|[on, off]| (on.length_ms, off.length_ms));
        let [low, high, 0, 0] = first else { return None };
        let whole = alike && plan.steps.len().is_multiple_of(2);
        if whole { Cadence::new([low, high], bursts, limits) } else { None }
    }

    /// A rhythm of bursts and the pauses after them.
    pub fn new(hz: [u16; 2], bursts: impl Iterator<Item = (u16, u16)>, limits: Limits) -> Option<Cadence> {
        let mut bursts_ms = [(0, 0); BURSTS];
        let mut count = 0;
        for burst in bursts {
            let place = bursts_ms.get_mut(count)?;
            if burst.0 == 0 || burst.1 == 0 {
                return None;
            }
            (*place, count) = (burst, count + 1);
        }
        let fit = Fit::of(hz)?;
        (count > 0).then_some(Cadence { fit, hz, bursts_ms, limits })
    }

    /// The frequencies in hertz; the second is 0 where there is one sine.
    pub fn hz(&self) -> [u16; 2] {
        self.hz
    }

    /// The bursts and the pauses after them in milliseconds.
    pub fn bursts_ms(&self) -> &[(u16, u16)] {
        let count = self.bursts_ms.iter().take_while(|burst| burst.0 > 0).count();
        &self.bursts_ms[..count]
    }

    /// How far it may be from them.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Frequency and level of the last cycles (the latest first), where `rounds` rounds of them are this cadence.
    pub(super) fn is(&self, cycles: &[Cycle], rounds: u8) -> Option<(f32, f32)> {
        let bursts = self.bursts_ms();
        let count = usize::from(rounds) * bursts.len();
        let cycles = cycles.get(..count)?;
        // Which burst of the cadence was the latest is not known.
        let fits = |turn: usize| {
            let nominal = |at: usize| bursts[(turn + count - at) % bursts.len()];
            cycles.iter().enumerate().all(|(at, cycle)| self.lasts(cycle, nominal(at)))
        };
        if !(0..bursts.len()).any(fits) {
            return None;
        }
        let (hz, hz_spread) = mean_and_spread(cycles.iter().map(|cycle| cycle.hz));
        let (level_dbm0, level_spread) = mean_and_spread(cycles.iter().map(|cycle| cycle.level_dbm0));
        let steady = hz_spread <= self.limits.hz_spread && level_spread <= self.limits.level_spread_db;
        let right = (hz - f32::from(self.hz[0])).abs() <= self.limits.hz;
        (steady && right).then_some((hz, level_dbm0))
    }

    fn lasts(&self, cycle: &Cycle, (on_ms, off_ms): (u16, u16)) -> bool {
        self.limits.lasts(cycle.on_ms, on_ms) && self.limits.lasts(cycle.off_ms, off_ms)
    }
}

pub(super) fn mean_and_spread(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let (sum, count) = values.clone().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    let lowest = values.clone().fold(f32::MAX, f32::min);
    let highest = values.fold(f32::MIN, f32::max);
    (sum / count, highest - lowest)
}
