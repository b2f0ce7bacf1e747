//! Tones with a cadence: dial tone, ringback, busy, special information.
//!
//! A plan is a list of steps, each up to four sines for some milliseconds. Out come octets at 8 kHz, exact to the
//! sample. A sine that two steps share goes on without a jump in phase; silence is the law's silence.
//! Not here: which tone a country uses, which is `analog`'s table.

use codec::{encode, sine_peak_of_dbm0};
use frame::{Law, Octets};

use crate::sine::Oscillator;

/// Sines that may sound at once: the American off-hook warning has four.
pub const SINES: usize = 4;

const SAMPLES_PER_MS: u32 = 8;

/// One step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToneStep {
    /// The frequencies in hertz; 0 is none, and all 0 is a pause.
    pub frequencies_hz: [u16; SINES],
    /// How long it lasts in milliseconds; 0 is without end.
    pub length_ms: u16,
}

impl ToneStep {
    /// One sine.
    pub const fn one(hz: u16, length_ms: u16) -> ToneStep {
        ToneStep { frequencies_hz: [hz, 0, 0, 0], length_ms }
    }

    /// Two sines at once.
    pub const fn two(hz: u16, other_hz: u16, length_ms: u16) -> ToneStep {
        ToneStep { frequencies_hz: [hz, other_hz, 0, 0], length_ms }
    }

    /// Silence.
    pub const fn pause(length_ms: u16) -> ToneStep {
        ToneStep { frequencies_hz: [0; SINES], length_ms }
    }
}

/// What comes after the last step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterLast {
    /// The first step again.
    Repeat,
    /// Silence: the tone has ended.
    End,
}

/// A tone as a table tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TonePlan {
    /// The steps; never empty.
    pub steps: &'static [ToneStep],
    /// What comes after the last step.
    pub after_last: AfterLast,
    /// The level of each sine in dBm0.
    pub level_dbm0: f32,
}

impl TonePlan {
    /// The length of one round of all steps in milliseconds; 0 where a step is without end.
    pub fn period_ms(&self) -> u32 {
        let endless = self.steps.iter().any(|step| step.length_ms == 0);
        if endless { 0 } else { self.steps.iter().map(|step| u32::from(step.length_ms)).sum() }
    }
}

/// Whether a generator still sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playing {
    /// There is more to come, if only a pause.
    Yes,
    /// All was played; the rest of the tick is silence.
    Ended,
}

/// Plays one plan.
#[derive(Clone, Debug)]
pub struct Generator {
    plan: TonePlan,
    law: Law,
    peak: f32,
    sines: [Option<Oscillator>; SINES],
    /// The step that sounds; the number of steps once all is played.
    step: usize,
    samples_left: u32,
}

impl Generator {
    /// Plays `plan` from its beginning, in octets of `law`.
    pub fn new(plan: TonePlan, law: Law) -> Generator {
        let peak = sine_peak_of_dbm0(law, plan.level_dbm0);
        let mut generator = Generator { plan, law, peak, sines: [None; SINES], step: 0, samples_left: 0 };
        generator.reset();
        generator
    }

    /// From the beginning again.
    pub fn reset(&mut self) {
        self.sines = [None; SINES];
        self.step = 0;
        self.begin_step();
    }

    /// Fills one tick.
    pub fn process(&mut self, octets: &mut Octets) -> Playing {
        let mut filled = 0;
        while filled < octets.len() {
            if self.step >= self.plan.steps.len() {
                octets[filled..].fill(self.law.silence());
                return Playing::Ended;
            }
            let room = (octets.len() - filled) as u32;
            let count = room.min(self.samples_left);
            self.fill(&mut octets[filled..filled + count as usize]);
            filled += count as usize;
            self.pass(count);
        }
        Playing::Yes
    }

    fn fill(&mut self, octets: &mut [u8]) {
        if self.sines.iter().all(Option::is_none) {
            octets.fill(self.law.silence());
            return;
        }
        for octet in octets {
            let sum: f32 = self.sines.iter_mut().flatten().map(Oscillator::next_sample).sum();
            *octet = encode(self.law, sum.round_ties_even() as i16);
        }
    }

    fn pass(&mut self, samples: u32) {
        if self.plan.steps[self.step].length_ms == 0 {
            return;
        }
        self.samples_left -= samples;
        if self.samples_left == 0 {
            self.step = self.next_step();
            self.begin_step();
        }
    }

    fn next_step(&self) -> usize {
        match self.plan.after_last {
            AfterLast::Repeat => (self.step + 1) % self.plan.steps.len(),
            AfterLast::End => self.step + 1,
        }
    }

    fn begin_step(&mut self) {
        let Some(step) = self.plan.steps.get(self.step) else { return };
        let endless = step.length_ms == 0;
        self.samples_left = if endless { u32::MAX } else { u32::from(step.length_ms) * SAMPLES_PER_MS };
        for (sine, &hz) in self.sines.iter_mut().zip(&step.frequencies_hz) {
            match (sine.as_mut(), hz) {
                (_, 0) => *sine = None,
                (Some(sounding), hz) => sounding.retune(f32::from(hz)),
                (None, hz) => *sine = Some(Oscillator::new(f32::from(hz), self.peak)),
            }
        }
    }
}
