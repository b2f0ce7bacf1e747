//! A telephone: a hook that a hand or a dial moves, keys, a microphone and an earpiece.

use std::{collections::VecDeque, time::Duration};

use frame::{LaneId, Law, OCTETS_PER_TICK, Octets, Time};

use crate::{outbox::Outbox, party::Party};

/// A pulse of ten a second, of which six tenths are break (between the ratios 1.6:1 and 1.5:1 that exchanges expect).
const BREAK: Duration = Duration::from_millis(60);
const MAKE: Duration = Duration::from_millis(40);
/// Between two digits of a rotary dial; exchanges ask for 500 ms at least.
const BETWEEN_DIGITS: Duration = Duration::from_millis(800);

/// What a hand does to a telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandsetAct {
    /// Lifts the handset.
    Lift,
    /// Puts it down.
    HangUp,
    /// Holds the hook down for so long.
    Flash {
        /// In milliseconds. A telephone's R key gives about 100, a hand 300 to 800.
        ms: u16,
    },
    /// Turns the rotary dial.
    DialPulse {
        /// `0` to `9`; other characters are left out.
        digits: String,
    },
}

/// A telephone on its line.
#[derive(Clone, Debug)]
pub(crate) struct Telephone {
    pub(crate) party: Party,
    silence: u8,
    loop_closed: bool,
    /// What the hook will do, earliest first.
    edges: VecDeque<(Time, bool)>,
}

impl Telephone {
    pub(crate) fn new(lane: LaneId, law: Law) -> Telephone {
        Telephone { party: Party::new(lane, law), silence: law.silence(), loop_closed: false, edges: VecDeque::new() }
    }

    /// A hand does something. What the hook still had to do, a new lift or hang-up cuts short.
    pub(crate) fn act(&mut self, now: Time, act: &HandsetAct) {
        match act {
            HandsetAct::Lift => self.move_hook(now, true),
            HandsetAct::HangUp => self.move_hook(now, false),
            HandsetAct::Flash { ms } => {
                self.edges.push_back((self.free_at(now), false));
                self.edges.push_back((self.free_at(now) + Duration::from_millis(u64::from(*ms)), true));
            }
            HandsetAct::DialPulse { digits } => self.dial(now, digits),
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.edges.front().map(|(at, _)| *at)
    }

    /// The next movement of the hook, where its time has come.
    pub(crate) fn timeout(&mut self, now: Time) -> Option<bool> {
        let (_, closed) = self.edges.pop_front_if(|(at, _)| *at <= now)?;
        self.loop_closed = closed;
        if !closed && self.edges.is_empty() {
            self.party.voice.reset();
        }
        Some(closed)
    }

    /// The octet of a line on which nobody speaks.
    pub(crate) fn silence(&self) -> u8 {
        self.silence
    }

    /// One tick. With the loop open the telephone does not speak, and hears only where the card lets it (its display, that
    /// is, which shows who calls).
    pub(crate) fn tick(&mut self, heard: &Octets, on_hook: bool, said: &mut Octets, out: &mut Outbox) {
        if self.loop_closed {
            self.party.tick(heard, said, out);
        } else {
            let quiet = [self.silence; OCTETS_PER_TICK];
            self.party.ear.process(if on_hook { heard } else { &quiet });
            said.fill(self.silence);
        }
    }

    fn move_hook(&mut self, now: Time, closed: bool) {
        self.edges.clear();
        self.edges.push_back((now, closed));
    }

    fn dial(&mut self, now: Time, digits: &str) {
        for digit in digits.chars().filter_map(|digit| digit.to_digit(10)) {
            let mut at = self.free_at(now);
            for _ in 0..if digit == 0 { 10 } else { digit } {
                self.edges.push_back((at, false));
                self.edges.push_back((at + BREAK, true));
                at += BREAK + MAKE;
            }
        }
    }

    /// When the hook may move next: after the digit that is being dialled.
    fn free_at(&self, now: Time) -> Time {
        match self.edges.back() {
            Some(&(last, true)) => last + BETWEEN_DIGITS,
            Some(&(last, false)) => last,
            None => now,
        }
    }
}
