//! One lane's past, repeated by its pitch periods.

use frame::{Law, OCTETS_PER_TICK, Octets};

use super::{PAST, Past, pitch};

/// Periods that are repeated at most (I.2.6): more of them sound less like a buzz.
const PERIODS_MAX: usize = 3;
/// Missing blocks after which nothing is left to hear (I.2.7).
const FADED: usize = 6;
/// How much each block after the first fades.
const FADE: f32 = 0.2;
/// Samples that are cross-faded when the line is back, for each block that was missing (I.2.8).
const JOIN: usize = 32;

/// What is repeated, and how far it has come.
#[derive(Clone, Debug)]
pub(super) struct Repetition {
    past: Past,
    periods: Periods,
    /// What the last sample was beyond the one a period before it.
    off_by: f32,
}

/// The last periods of the past as a loop.
#[derive(Clone, Copy, Debug)]
struct Periods {
    pitch: usize,
    count: usize,
    /// The sample that comes next.
    at: usize,
}

impl Repetition {
    pub(super) const fn new() -> Repetition {
        let periods = Periods { pitch: pitch::SHORTEST, count: 1, at: 0 };
        Repetition { past: [0; PAST], periods, off_by: 0.0 }
    }

    /// Repeats this past, whose period is `pitch`.
    pub(super) fn begin(&mut self, past: Past, pitch: usize) {
        self.off_by = f32::from(past[PAST - 1]) - f32::from(past[PAST - 1 - pitch]);
        self.past = past;
        self.periods = Periods { pitch, count: 1, at: 0 };
    }

    /// Makes a tick, before which `missing` were missing.
    pub(super) fn process(&mut self, law: Law, missing: usize, octets: &mut Octets) {
        if missing >= FADED {
            *octets = [law.silence(); OCTETS_PER_TICK];
            return;
        }
        let before = self.periods;
        if (1..PERIODS_MAX).contains(&missing) {
            self.periods = before.one_more();
        }
        let mut from = Blend { before, over: before.pitch / 4 };
        for (n, octet) in octets.iter_mut().enumerate() {
            let gain = gain(missing, n as f32 / OCTETS_PER_TICK as f32);
            *octet = encode(law, self.sample(missing, n, &mut from) * gain);
        }
    }

    /// Cross-fades from the repetition into a tick that came.
    pub(super) fn join(&mut self, law: Law, missing: usize, octets: &mut Octets) {
        let over = (JOIN * missing).min(OCTETS_PER_TICK);
        let gain = gain(missing, 0.0);
        for (n, octet) in octets[..over].iter_mut().enumerate() {
            let part = ramp(n, over);
            let made_up = self.periods.next(&self.past) * gain;
            *octet = encode(law, made_up * (1.0 - part) + f32::from(codec::decode(law, *octet)) * part);
        }
    }

    /// Sample `n` of a tick before it fades: a longer loop is faded into, and the first tick begins where the past ended.
    fn sample(&mut self, missing: usize, n: usize, from: &mut Blend) -> f32 {
        let sample = self.periods.next(&self.past);
        if n >= from.over {
            return sample;
        }
        let part = ramp(n, from.over);
        match missing {
            0 => sample + self.off_by * (1.0 - part),
            _ => from.before.next(&self.past) * (1.0 - part) + sample * part,
        }
    }
}

/// The loop that a tick comes from, and for how many samples it still sounds.
struct Blend {
    before: Periods,
    over: usize,
}

impl Periods {
    /// A loop of one period more, at the same place of a period.
    fn one_more(self) -> Periods {
        Periods { count: self.count + 1, at: self.at % self.pitch, ..self }
    }

    /// The next sample. The end of the loop blends into what was before its beginning, so that it closes.
    fn next(&mut self, past: &Past) -> f32 {
        let (len, blend) = (self.pitch * self.count, self.pitch / 4);
        let left = len - self.at;
        self.at = (self.at + 1) % len;
        let here = f32::from(past[PAST - left]);
        if left > blend {
            return here;
        }
        let part = ramp(blend - left, blend);
        here * (1.0 - part) + f32::from(past[PAST - left - len]) * part
    }
}

/// How loud a tick is at a part of its length, before which `missing` were missing.
fn gain(missing: usize, part: f32) -> f32 {
    let at = |missing: usize| (1.0 - FADE * missing.saturating_sub(1) as f32).max(0.0);
    at(missing) + (at(missing + 1) - at(missing)) * part
}

/// From just above 0 to just below 1 over `over` samples.
fn ramp(n: usize, over: usize) -> f32 {
    (n + 1) as f32 / (over + 1) as f32
}

fn encode(law: Law, sample: f32) -> u8 {
    codec::encode(law, sample.round_ties_even() as i16)
}
