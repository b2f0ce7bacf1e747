//! A voice on an outside line: whoever was called has answered, or an announcement is spoken.
//!
//! Loud enough, and none of the exchange's tones. It can't tell a person from an announcement or from music that a caller
//! hears instead of ringback; so an answer known by it is called "a voice was heard", not more.

use frame::{Law, Octets};

use super::{Window, sines::Sines};
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
    window: Window,
    tones: Vec<Sines>,
    weight: u8,
    told: bool,
}

impl Voice {
    /// Listens for what is none of the `tones` of a country.
    pub fn new(tones: &[&TonePlan], law: Law) -> Voice {
        let mut pairs: Vec<[u16; 2]> = Vec::with_capacity(TONES);
        for step in tones.iter().flat_map(|plan| plan.steps) {
            let [low, high, ..] = step.frequencies_hz;
            if low > 0 && !pairs.contains(&[low, high]) && pairs.len() < TONES {
                pairs.push([low, high]);
            }
        }
        Voice { window: Window::new(law), tones: pairs.into_iter().map(Sines::new).collect(), weight: 0, told: false }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.weight = 0;
        self.told = false;
    }

    /// Takes one tick; true in the one that makes it certain. It is told once.
    pub fn process(&mut self, octets: &Octets) -> bool {
        if self.told {
            return false;
        }
        self.window.take(octets);
        let mut level_dbm0 = f32::MIN;
        let mut part: f32 = 0.0;
        for tone in &mut self.tones {
            let look = tone.look(&self.window);
            level_dbm0 = level_dbm0.max(look.level_dbm0);
            part = part.max(look.part);
        }
        let voice = level_dbm0 >= LEVEL_LIMIT_DBM0 && part < TONE_PART;
        self.weight = if voice { self.weight + 1 } else { self.weight.saturating_sub(1) };
        self.told = self.weight >= WEIGHT;
        self.told
    }
}
