//! The special information tone as most countries send it: an announcement follows, or the number does not exist.
//!
//! ITU-T E.180: 950, 1,400 and 1,800 Hz, each ±50 Hz, one after the other, each 330 ± 70 ms, with at most 30 ms between
//! them. North America shortens or shifts some of them within these limits to tell the reason, which is not read here.

use super::{
    bank::Look,
    limits::Limits,
    sines::{Fit, Wanted},
};

/// 260 and 400 ms in looks of 10 ms; an edge's window, two looks long, is no tone and takes one off each end.
const SHORTEST_LOOKS: u16 = 24;
const LONGEST_LOOKS: u16 = 41;
/// 30 ms between two sines, and the two looks in which both are heard.
const BETWEEN_LOOKS: u16 = 5;

/// Listens for special information on one lane.
#[derive(Clone, Debug)]
pub struct SpecialInformation {
    part_limit: f32,
    power_limit: f32,
    /// Which of the three sounds or sounded last.
    sine: usize,
    /// Looks of it.
    looks: u16,
    /// Looks since that were none of it.
    since: u16,
}

impl SpecialInformation {
    /// Listens for the three sines.
    pub fn new(limits: &Limits) -> SpecialInformation {
        SpecialInformation { part_limit: limits.part, power_limit: limits.power(), sine: 0, looks: 0, since: 0 }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        (self.sine, self.looks, self.since) = (0, 0, 0);
    }

    pub(crate) fn wanted(&self) -> Wanted {
        Wanted::SIGNALS
    }

    /// Takes a look; true in the one that makes it certain: the third has sounded long enough.
    pub(crate) fn process(&mut self, look: Look<'_>) -> bool {
        let heard = self.heard(look);
        match heard {
            Some(sine) if sine == self.sine && self.since == 0 => self.goes_on(),
            Some(sine) if sine == self.sine + 1 && self.was_right() => self.begin(sine),
            Some(0) => self.begin(0),
            None if self.looks > 0 && self.since < BETWEEN_LOOKS => self.since += 1,
            Some(_) | None => self.reset(),
        }
        let certain = self.sine + 1 == Fit::SPECIAL.len() && self.looks == SHORTEST_LOOKS && heard.is_some();
        if certain {
            self.reset();
        }
        certain
    }

    fn heard(&self, look: Look<'_>) -> Option<usize> {
        let loud = look.power() >= self.power_limit;
        Fit::SPECIAL.iter().position(|&fit| loud && look.part(fit) >= self.part_limit)
    }

    fn goes_on(&mut self) {
        self.looks += 1;
        if self.looks > LONGEST_LOOKS {
            self.reset();
        }
    }

    fn begin(&mut self, sine: usize) {
        (self.sine, self.looks, self.since) = (sine, 1, 0);
    }

    fn was_right(&self) -> bool {
        (SHORTEST_LOOKS..=LONGEST_LOOKS).contains(&self.looks)
    }
}
