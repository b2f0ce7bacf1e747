//! Walks through a ringing cadence: when a ringer sounds and when it is silent.
//!
//! Used by both ends: an FXS card that rings a telephone, and an exchange that rings an outside line.

use std::time::Duration;

use frame::Time;
use line::Cadence;

/// What the ringer does from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ring {
    Sounds,
    Pauses,
}

/// One ringer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ringer {
    running: Option<Running>,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    cadence: Cadence,
    /// Which of burst, pause, burst, pause.
    phase: usize,
    until: Time,
}

impl Ringer {
    /// Starts a cadence. None where it has no burst at all: the ringer stays still then.
    pub(crate) fn start(&mut self, now: Time, cadence: Cadence) -> Option<Ring> {
        self.running = None;
        let period_ms: u64 = (0..PHASES).map(|phase| phase_ms(&cadence, phase)).sum();
        if cadence.steps_ms[0].0 == 0 {
            return None;
        }
        let mut into_ms = u64::from(cadence.phase_ms) % period_ms;
        let mut phase = 0;
        while into_ms >= phase_ms(&cadence, phase) {
            into_ms -= phase_ms(&cadence, phase);
            phase += 1;
        }
        let until = now + Duration::from_millis(phase_ms(&cadence, phase) - into_ms);
        self.running = Some(Running { cadence, phase, until });
        Some(ring_of(phase))
    }

    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    pub(crate) fn sounds(&self) -> bool {
        self.running.is_some_and(|running| ring_of(running.phase) == Ring::Sounds)
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.running.map(|running| running.until)
    }

    /// The next change, where its time has come.
    pub(crate) fn timeout(&mut self, now: Time) -> Option<Ring> {
        let running = self.running.as_mut().filter(|running| running.until <= now)?;
        let before = ring_of(running.phase);
        loop {
            running.phase = (running.phase + 1) % PHASES;
            let length_ms = phase_ms(&running.cadence, running.phase);
            if length_ms > 0 {
                running.until += Duration::from_millis(length_ms);
                break;
            }
        }
        let after = ring_of(running.phase);
        // A cadence without a pause sounds on: nothing changed.
        (after != before).then_some(after)
    }
}

const PHASES: usize = 4;

/// A burst of 0 ends the list, so its pause does not count.
fn phase_ms(cadence: &Cadence, phase: usize) -> u64 {
    let (burst_ms, pause_ms) = cadence.steps_ms[phase / 2];
    match (burst_ms, phase % 2) {
        (0, _) => 0,
        (burst_ms, 0) => u64::from(burst_ms),
        (_, _) => u64::from(pause_ms),
    }
}

fn ring_of(phase: usize) -> Ring {
    if phase.is_multiple_of(2) { Ring::Sounds } else { Ring::Pauses }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first ring, and the changes of ten seconds with their times in milliseconds.
    fn changes(steps_ms: [(u16, u16); 2], phase_ms: u16) -> (Option<Ring>, Vec<(Ring, u64)>) {
        let mut ringer = Ringer::default();
        let first = ringer.start(Time::ZERO, Cadence { steps_ms, phase_ms });
        let mut told = Vec::new();
        while let Some(due) = ringer.next_deadline().filter(|due| *due <= Time::from_ms(10_000)) {
            told.extend(ringer.timeout(due).map(|ring| (ring, due.as_us() / 1000)));
        }
        (first, told)
    }

    #[test]
    fn one_second_on_four_off() {
        use Ring::{Pauses, Sounds};
        let (first, told) = changes([(1000, 4000), (0, 0)], 0);
        assert_eq!(first, Some(Sounds));
        assert_eq!(told, [(Pauses, 1000), (Sounds, 5000), (Pauses, 6000), (Sounds, 10_000)]);
    }

    #[test]
    fn a_staggered_port_starts_within_its_cadence() {
        use Ring::{Pauses, Sounds};
        let (first, told) = changes([(1000, 4000), (0, 0)], 3000);
        assert_eq!(first, Some(Pauses));
        assert_eq!(told, [(Sounds, 2000), (Pauses, 3000), (Sounds, 7000), (Pauses, 8000)]);
    }

    #[test]
    fn a_double_ring_has_two_bursts() {
        use Ring::{Pauses, Sounds};
        let (_, told) = changes([(400, 200), (400, 2000)], 0);
        assert_eq!(told[..4], [(Pauses, 400), (Sounds, 600), (Pauses, 1000), (Sounds, 3000)]);
    }

    #[test]
    fn a_cadence_without_a_burst_never_rings_and_one_without_a_pause_never_stops() {
        assert_eq!(changes([(0, 4000), (400, 200)], 0), (None, vec![]));
        assert_eq!(changes([(500, 0), (0, 0)], 0), (Some(Ring::Sounds), vec![]));
    }
}
