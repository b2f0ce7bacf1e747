//! On which lines of a span somebody wants to know that nobody speaks.
//!
//! Silence is counted in a talk alone: who hears music, a prompt or a tone is waited for, and what keeps a message has an end
//! of its own. A tick that the line did not bring is left out.

use dsp::silence::Silence;
use frame::{LANES, Law, SpanTick, Timeslot};

/// Watches the lanes of one span.
pub(super) struct Silences {
    lanes: [Option<Silence>; LANES],
    /// Lanes that are watched, as bits, so that a span without any costs nothing.
    watched: u32,
}

impl Silences {
    pub(super) fn new() -> Silences {
        Silences { lanes: [None; LANES], watched: 0 }
    }

    /// Tells of a lane after so many ticks in which nobody spoke, or no more.
    pub(super) fn watch(&mut self, timeslot: Timeslot, law: Law, limit_ticks: Option<u32>) {
        let at = usize::from(timeslot.0);
        if let Some(lane) = self.lanes.get_mut(at) {
            *lane = limit_ticks.map(|limit| Silence::new(law, limit));
            self.watched = self.watched & !(1 << at) | u32::from(limit_ticks.is_some()) << at;
        }
    }

    /// Whether a lane is watched.
    pub(super) fn watches(&self, timeslot: usize) -> bool {
        self.watched >> timeslot & 1 == 1
    }

    /// Takes a tick that is made; `talks` says which lanes hear somebody, and `tell` is told who does not speak any more.
    pub(super) fn process(&mut self, ticks: &SpanTick, talks: impl Fn(usize) -> bool, mut tell: impl FnMut(Timeslot)) {
        let mut left = self.watched;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let Some(silence) = &mut self.lanes[at] else { continue };
            if !talks(at) {
                silence.reset();
            } else if silence.process(&ticks.rx[at], &ticks.tx[at]) {
                tell(Timeslot(at as u8));
            }
        }
    }
}
