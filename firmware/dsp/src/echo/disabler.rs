//! The tone that switches a canceller off: 2100 Hz whose phase is reversed each 450 ms.
//!
//! Source: ITU-T G.168, clause 7, and V.25: 2100 ± 15 Hz at -6 to -31 dBm0, reversals of 180 ± 10 degrees each
//! 450 ± 25 ms. A modem sends it to say that it cancels its echoes itself. The canceller is on again after 250 ± 150 ms
//! without a signal in both directions.
//!
//! A tick holds 21 whole periods, so the tone keeps its phase from tick to tick; 21 Hz beside it that turns by 76 degrees.
//! The tick in which the reversal falls is partly extinguished, and is not looked at.

use std::f32::consts::{PI, TAU};

/// The tone of one direction of one lane.
#[derive(Clone, Copy, Debug, Default)]
struct Listener {
    /// Ticks in a row in which the tone was there, up to a limit.
    heard: u16,
    /// Ticks since it was there last.
    missed: u16,
    /// Its phase then, and by how much it turns in a tick.
    phase: f32,
    turn: f32,
    /// Ticks since the last reversal that was taken for one.
    since: Option<u16>,
}

/// Whether a lane is switched off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Disabler {
    listeners: [Listener; 2],
    disabled: bool,
    /// Ticks in a row without a signal in both directions.
    quiet: u16,
}

/// What a tick shows of a direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// The phase of the tone, where there is hardly anything else.
    pub(super) phase: Option<f32>,
    /// There is a signal.
    pub(super) loud: bool,
}

/// Ticks before a change of phase is looked at: its turn must be known.
const STEADY: u16 = 10;
/// Ticks that a reversal may extinguish; the tone is another one after more.
const GAP: u16 = 2;
/// Ticks from reversal to reversal.
const PERIOD: std::ops::RangeInclusive<u16> = 42..=48;
/// After so many ticks without a signal it is on again: 250 ms.
const RELEASE: u16 = 25;
/// The smallest change of phase that is one: halfway between what G.168 wants taken and what it wants left.
const REVERSAL: f32 = 140.0 / 180.0 * PI;
/// The largest turn of a steady tone in a tick: 25 Hz beside the nominal one.
const LARGEST_TURN: f32 = TAU / 4.0;

impl Disabler {
    /// Takes a tick of both directions.
    pub(super) fn process(&mut self, sights: [Sight; 2]) {
        self.quiet = if sights.iter().any(|sight| sight.loud) { 0 } else { (self.quiet + 1).min(RELEASE) };
        if self.quiet == RELEASE {
            *self = Disabler { quiet: RELEASE, ..Disabler::default() };
        }
        for (listener, sight) in self.listeners.iter_mut().zip(sights) {
            self.disabled |= listener.hear(sight.phase);
        }
    }

    pub(super) fn is_disabled(&self) -> bool {
        self.disabled
    }
}

impl Listener {
    /// Whether this tick completes two reversals at their distance.
    fn hear(&mut self, phase: Option<f32>) -> bool {
        self.since = self.since.map(|since| since.saturating_add(1));
        let Some(phase) = phase else {
            self.missed = self.missed.saturating_add(1);
            if self.missed > GAP {
                *self = Listener { missed: self.missed, ..Listener::default() };
            }
            return false;
        };
        let ticks = f32::from(self.missed + 1);
        let off = turned(phase - self.phase - self.turn * ticks);
        let reversed = self.heard >= STEADY && off.abs() > REVERSAL;
        if !reversed {
            self.follow(phase, off / ticks);
        }
        (self.phase, self.missed) = (phase, 0);
        reversed && self.reverse()
    }

    /// Corrects the turn, the less the longer it has been heard; a turn too large is another tone.
    fn follow(&mut self, phase: f32, off: f32) {
        self.heard = (self.heard + 1).min(STEADY);
        if self.heard > 1 {
            self.turn = turned(self.turn + off / f32::from(self.heard - 1));
        }
        if self.turn.abs() > LARGEST_TURN {
            *self = Listener { heard: 1, phase, ..Listener::default() };
        }
    }

    fn reverse(&mut self) -> bool {
        let at_distance = self.since.is_some_and(|since| PERIOD.contains(&since));
        self.since = Some(0);
        at_distance
    }
}

/// An angle from -π to π.
fn turned(angle: f32) -> f32 {
    angle - (angle / TAU).round() * TAU
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Sight = Sight { phase: None, loud: false };

    /// A tone `beside` 2100 Hz for `ticks`, reversed by `by` each `each` ticks with one tick extinguished.
    fn hear(disabler: &mut Disabler, beside: f32, ticks: usize, each: usize, by: f32) {
        for tick in 0..ticks {
            let phase = turned(TAU * beside * 0.01 * tick as f32 + by * (tick / each) as f32);
            let phase = (tick % each != 0 || tick == 0).then_some(phase);
            disabler.process([Sight { phase, loud: true }, QUIET]);
        }
    }

    #[test]
    fn two_reversals_450_ms_apart_switch_off_whatever_the_frequency_within_limits() {
        for beside in [-21.0, -10.0, 0.0, 7.0, 21.0] {
            let mut disabler = Disabler::default();
            hear(&mut disabler, beside, 80, 45, PI);
            assert!(!disabler.is_disabled(), "one reversal at {beside}");
            hear(&mut disabler, beside, 100, 45, PI);
            assert!(disabler.is_disabled(), "{beside}");
        }
    }

    #[test]
    fn a_steady_tone_a_smaller_change_of_phase_or_another_distance_switches_nothing_off() {
        for (each, by) in [(1000, PI), (45, 110.0 / 180.0 * PI), (30, PI), (60, PI)] {
            let mut disabler = Disabler::default();
            hear(&mut disabler, 5.0, 400, each, by);
            assert!(!disabler.is_disabled(), "{by} each {each} ticks");
        }
    }

    #[test]
    fn a_quarter_of_a_second_without_a_signal_switches_on_again() {
        let mut disabler = Disabler::default();
        hear(&mut disabler, 0.0, 200, 45, PI);
        for _ in 1..RELEASE {
            disabler.process([QUIET, QUIET]);
            assert!(disabler.is_disabled());
        }
        disabler.process([Sight { phase: None, loud: true }, QUIET]);
        (0..RELEASE).for_each(|_| {
            assert!(disabler.is_disabled());
            disabler.process([QUIET, QUIET]);
        });
        assert!(!disabler.is_disabled());
    }
}
