//! A machine on a line: a fax that calls or answers, or a modem that answers.
//!
//! Sources: ITU-T T.30 (calling tone CNG: 1,100 Hz ± 38, half a second each three and a half, ±15 %; called station CED:
//! 2,100 Hz ± 15 for 2.6 to 4 s), V.8 (ANSam: 2,100 Hz with its amplitude going up and down by a fifth 15 times a second,
//! its phase turned every 450 ms), V.25 (the turned phase alone), Bell 103 (2,225 Hz).
//! A fax of the V.34 kind answers with ANSam, as a modem does, and is told as one. Not here: what they say to each other;
//! the echo canceller's being put out of action, which is the canceller's own.

use std::f32::consts::TAU;

use super::{
    bank::Look,
    limits::{Limits, power_ratio},
    sines::{Fit, Wanted},
};

/// A machine's tone. A carrier system may move it by 7 Hz beside what its sender may; purity as of any tone; the level is
/// that which a fax must take yet (T.30: -43 dBm), with a margin for the line's noise.
const CNG: Limits = Limits { hz: 45.0, level_dbm0: -40.0, part: 0.8, ..Limits::EXCHANGE };
const ANSWER: Limits = Limits { hz: 22.0, level_dbm0: -40.0, part: 0.8, ..Limits::EXCHANGE };

/// T.30: 425 to 575 ms. In looks of 10 ms, of which those at the edges are no tone.
const CNG_SHORTEST_LOOKS: u16 = 41;
const CNG_LONGEST_LOOKS: u16 = 58;
/// Quiet after a burst before it is told: 300 ms of at least 2,550.
const CNG_PAUSE_LOOKS: u16 = 30;
/// Looks at a burst's end that may be neither.
const EDGE_LOOKS: u16 = 4;
/// How much quieter the pause is.
const PAUSE_DROP_DB: f32 = 12.0;

/// An answering tone is told after a second of it: two and a half periods of the turned phase, fifteen of the amplitude.
const ANSWER_LOOKS: u16 = 100;
/// Looks without the tone that a turn of the phase makes.
const TURN_LOOKS: u16 = 5;
/// The amplitude's swing from which on it is V.8's: half of the fifth that it should be.
const SWING: f32 = 0.1;
const SWING_HZ: f32 = 15.0;
/// Beyond this it is no machine: a note trembles.
const WAVER_DB: f32 = 4.5;

/// What kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineTone {
    /// A fax that calls: CNG.
    FaxCalling,
    /// A fax that answers, or an old modem: CED, 2,100 Hz and nothing else.
    FaxAnswering,
    /// A modem that answers, or a fax of the V.34 kind.
    Modem,
}

/// Listens for machines on one lane.
#[derive(Clone, Debug)]
pub struct Machine {
    cng: Cng,
    answer: Answer,
    bell: Answer,
    /// What was told: each is told once.
    told: [bool; 3],
}

/// Follows CNG.
#[derive(Clone, Debug, Default)]
struct Cng {
    looks: u16,
    lowest: f32,
    highest: f32,
    latest: f32,
    edge: u16,
    quiet: u16,
}

/// Follows an answering tone.
#[derive(Clone, Debug)]
struct Answer {
    fit: Fit,
    looks: u16,
    /// Looks since the last of the tone.
    away: u16,
    turns: u8,
    sum: f32,
    swing: [f32; 2],
    lowest: f32,
    highest: f32,
}

impl Default for Machine {
    fn default() -> Machine {
        Machine::new()
    }
}

impl Machine {
    /// Listens for all of them.
    pub fn new() -> Machine {
        Machine {
            cng: Cng::default(),
            answer: Answer::new(Fit::ANSWER),
            bell: Answer::new(Fit::BELL_ANSWER),
            told: [false; 3],
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        *self = Machine::new();
    }

    pub(crate) fn wanted(&self) -> Wanted {
        Wanted::SIGNALS
    }

    /// Takes a look; the machine, when it is certain.
    pub(crate) fn process(&mut self, look: Look<'_>) -> Option<MachineTone> {
        let calling = self.cng.process(look).then_some(MachineTone::FaxCalling);
        let answering = self.answer.process(look);
        let bell = self.bell.process(look).map(|_| MachineTone::Modem);
        let heard = calling.or(answering).or(bell)?;
        let told = std::mem::replace(&mut self.told[heard as usize], true);
        (!told).then_some(heard)
    }
}

/// Whether a look is a tone within its limits.
fn is_tone(look: Look<'_>, fit: Fit, limits: &Limits) -> bool {
    let away = look.hz(fit) - f32::from(fit.hz()[0]);
    look.part(fit) >= limits.part && away.abs() <= limits.hz && look.power() >= limits.power()
}

impl Cng {
    /// Takes a look; true where a burst of the right length has ended and the line stays quiet.
    fn process(&mut self, look: Look<'_>) -> bool {
        if is_tone(look, Fit::CNG, &CNG) {
            self.tone(look);
            return false;
        }
        if self.looks == 0 {
            return false;
        }
        if look.power() < self.highest * power_ratio(-PAUSE_DROP_DB) {
            self.quiet += 1;
        } else {
            self.edge += 1;
        }
        let right = (CNG_SHORTEST_LOOKS..=CNG_LONGEST_LOOKS).contains(&self.looks);
        let certain = right && self.quiet == CNG_PAUSE_LOOKS;
        if !right || certain || self.edge > EDGE_LOOKS {
            self.looks = 0;
        }
        certain
    }

    fn tone(&mut self, look: Look<'_>) {
        let power = look.tone(Fit::CNG);
        if self.looks == 0 || self.edge > 0 || self.quiet > 0 {
            *self = Cng { looks: 1, lowest: f32::MAX, highest: power, latest: power, ..Cng::default() };
            return;
        }
        // The first look and the latest may be an edge.
        if self.looks > 1 {
            self.lowest = self.lowest.min(self.latest);
        }
        (self.latest, self.highest) = (power, self.highest.max(power));
        self.looks = self.looks.saturating_add(1);
        if self.lowest < f32::MAX && self.highest > self.lowest * power_ratio(CNG.waver_db) {
            self.looks = 0;
        }
    }
}

impl Answer {
    const fn new(fit: Fit) -> Answer {
        Answer { fit, looks: 0, away: 0, turns: 0, sum: 0.0, swing: [0.0; 2], lowest: f32::MAX, highest: 0.0 }
    }

    /// Takes a look; what answers, once a second of its tone was heard.
    fn process(&mut self, look: Look<'_>) -> Option<MachineTone> {
        if !is_tone(look, self.fit, &ANSWER) {
            self.away = self.away.saturating_add(1);
            if self.looks > 0 && self.away > TURN_LOOKS {
                *self = Answer::new(self.fit);
            }
            return None;
        }
        self.tone(look);
        (self.looks == ANSWER_LOOKS).then(|| self.kind())?
    }

    fn tone(&mut self, look: Look<'_>) {
        let turned = self.looks > 0 && self.away > 0;
        self.turns = self.turns.saturating_add(u8::from(turned));
        self.away = 0;
        // An edge's looks are left out: the first, and those about a turn of the phase.
        let amplitude = look.tone(self.fit).sqrt();
        let angle = TAU * SWING_HZ * f32::from(self.looks) / 100.0;
        if self.looks > 2 && self.looks < ANSWER_LOOKS {
            self.sum += amplitude;
            self.swing[0] += amplitude * angle.cos();
            self.swing[1] += amplitude * angle.sin();
            self.lowest = self.lowest.min(amplitude);
            self.highest = self.highest.max(amplitude);
        }
        self.looks = self.looks.saturating_add(1);
    }

    /// What the tone is; `None` where it wavers as no machine's does.
    fn kind(&self) -> Option<MachineTone> {
        let steady = self.highest <= self.lowest * power_ratio(WAVER_DB / 2.0);
        let [re, im] = self.swing;
        let swing = 2.0 * (re * re + im * im).sqrt() / self.sum.max(f32::MIN_POSITIVE);
        let modem = self.turns > 0 || swing >= SWING;
        steady.then_some(if modem { MachineTone::Modem } else { MachineTone::FaxAnswering })
    }
}
