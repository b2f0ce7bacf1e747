//! A voice on an outside line: whoever was called has answered, or an announcement is spoken.
//!
//! Loud enough, and none of the exchange's tones. It can't tell a person from an announcement or from music that a caller
//! hears instead of ringback; so an answer known by it is called "a voice was heard", not more.

use super::{
    bank::Look,
    limits::power_ratio,
    sines::{Fit, Wanted},
};
use crate::tone::TonePlan;

/// Louder than what a quiet room and a noisy line give.
const LEVEL_LIMIT_DBM0: f32 = -36.0;
/// The part of the power from which on it is a tone.
const TONE_PART: f32 = 0.8;
/// How far voice outweighs tone and silence before it is told: 250 ms of it. The edge of a tone gives at most 30 ms.
const WEIGHT: u8 = 25;
/// Most tones that are told apart: dial, busy, ringback, and the three of special information.
const TONES: usize = 6;

/// Listens for a voice on one lane.
#[derive(Clone, Debug)]
pub struct Voice {
    tones: [Option<Fit>; TONES],
    power_limit: f32,
    weight: u8,
    told: bool,
}

impl Voice {
    /// Listens for what is none of the `tones` of a country.
    pub fn new(plans: &[&TonePlan]) -> Voice {
        let mut tones = [None; TONES];
        for step in plans.iter().flat_map(|plan| plan.steps) {
            let [low, high, ..] = step.frequencies_hz;
            let fit = Fit::of([low, high]);
            if fit.is_some()
                && !tones.contains(&fit)
                && let Some(place) = tones.iter_mut().find(|place| place.is_none())
            {
                *place = fit;
            }
        }
        Voice { tones, power_limit: 0.5 * power_ratio(LEVEL_LIMIT_DBM0), weight: 0, told: false }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.weight = 0;
        self.told = false;
    }

    pub(crate) fn wanted(&self) -> Wanted {
        self.tones.iter().flatten().fold(Wanted::NOTHING, |wanted, fit| wanted.and(fit.wanted()))
    }

    /// Takes a look; true in the one that makes it certain. It is told once.
    pub(crate) fn process(&mut self, look: Look<'_>) -> bool {
        if self.told {
            return false;
        }
        let voice = look.power() >= self.power_limit && !self.is_tone(look);
        self.weight = if voice { self.weight + 1 } else { self.weight.saturating_sub(1) };
        self.told = self.weight >= WEIGHT;
        self.told
    }

    fn is_tone(&self, look: Look<'_>) -> bool {
        self.tones.iter().flatten().any(|&fit| look.part(fit) >= TONE_PART)
    }
}
