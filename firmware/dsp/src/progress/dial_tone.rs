//! Dial tone: the exchange is ready for digits.
//!
//! It is told once it has sounded for longer than any burst of busy or congestion tone, which have the same sines in most
//! countries: a line that is still busy with its last call must not be dialled on.

use super::{
    bank::Look,
    limits::{Limits, dbm0},
    sines::{Fit, Wanted},
};
use crate::tone::TonePlan;

/// Looks of 10 ms: 800 ms, where the longest burst of the plans has 700 (China's congestion tone).
const LOOKS: u16 = 80;
/// Looks without it that end no dial tone: China's special one, of a line where messages wait or calls are forwarded, has pauses of 40 ms,
/// which several looks overlap. The shortest pause of any tone that ends a call is 150.
const PAUSE_LOOKS: u16 = 9;
/// Less pure than a tone that ends a call: a false dial tone costs a wrong number at most.
const PART_LIMIT: f32 = 0.8;

/// Listens for dial tone on one lane.
#[derive(Clone, Debug)]
pub struct DialTone {
    fit: Fit,
    hz: f32,
    hz_limit: f32,
    power_limit: f32,
    looks: u16,
    /// Looks without it since the last one with it.
    pause: u16,
    /// The sum of its powers over these looks.
    powers: f32,
}

impl DialTone {
    /// Listens for a country's dial tone; `None` where its sines are none that are looked for.
    pub fn new(plan: &TonePlan, limits: &Limits) -> Option<DialTone> {
        let [low, high, ..] = plan.steps.first()?.frequencies_hz;
        let fit = Fit::of([low, high])?;
        Some(DialTone {
            fit,
            hz: f32::from(low),
            hz_limit: limits.hz,
            power_limit: limits.power(),
            looks: 0,
            pause: 0,
            powers: 0.0,
        })
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        (self.looks, self.pause, self.powers) = (0, 0, 0.0);
    }

    pub(crate) fn wanted(&self) -> Wanted {
        self.fit.wanted()
    }

    /// Takes a look; in the one that makes it certain its level in dBm0.
    pub(crate) fn process(&mut self, look: Look<'_>) -> Option<f32> {
        let near = (look.hz(self.fit) - self.hz).abs() <= self.hz_limit;
        let tone = look.power() >= self.power_limit && look.part(self.fit) >= PART_LIMIT && near;
        if !tone {
            self.pause += 1;
            if self.pause > PAUSE_LOOKS {
                self.reset();
            }
            return None;
        }
        self.pause = 0;
        self.looks = self.looks.saturating_add(1);
        self.powers += look.tone(self.fit);
        (self.looks == LOOKS).then(|| dbm0(self.powers / f32::from(LOOKS)))
    }
}
