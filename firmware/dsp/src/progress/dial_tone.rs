//! Dial tone: the exchange is ready for digits.
//!
//! It is told once it has sounded for longer than any burst of busy or congestion tone, which have the same sines in most
//! countries: a line that is still busy with its last call must not be dialled on.

use frame::{Law, Octets};

use super::{Window, sines::Sines};
use crate::tone::TonePlan;

/// Looks of 10 ms in a row: 800 ms, where the longest burst of the plans has 700 (China's congestion tone).
const LOOKS: u16 = 80;
const PART_LIMIT: f32 = 0.8;
const HZ_LIMIT: f32 = 25.0;
const LEVEL_LIMIT_DBM0: f32 = -35.0;

/// Listens for dial tone on one lane.
#[derive(Clone, Debug)]
pub struct DialTone {
    window: Window,
    sines: Sines,
    hz: f32,
    looks: u16,
}

impl DialTone {
    /// Listens for a country's dial tone.
    pub fn new(plan: &TonePlan, law: Law) -> DialTone {
        let [low, high, ..] = plan.steps[0].frequencies_hz;
        DialTone { window: Window::new(law), sines: Sines::new([low, high]), hz: f32::from(low), looks: 0 }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.looks = 0;
    }

    /// Takes one tick; true in the one that makes it certain.
    pub fn process(&mut self, octets: &Octets) -> bool {
        self.window.take(octets);
        let look = self.sines.look(&self.window);
        let near = (look.hz - self.hz).abs() <= HZ_LIMIT;
        let tone = look.level_dbm0 >= LEVEL_LIMIT_DBM0 && look.part >= PART_LIMIT && near;
        self.looks = if tone { self.looks.saturating_add(1) } else { 0 };
        self.looks == LOOKS
    }
}
