//! A ringing cadence as DAHDI takes it: when to start, and the bursts and pauses from then on.
//!
//! Source: DAHDI 2.11, `dahdi-base.c` (`DAHDI_SETCADENCE`, `DAHDI_TXSTATE_RINGON`, `_RINGOFF`). The sixteen numbers are
//! bursts and pauses in milliseconds, in turn. `DAHDI_RING` begins with the first burst at once. A burst with a minus sign
//! is where the cadence goes on after its end; without one that is its beginning. A zero ends it.
//! Not here: who may ring when, which is `analog::ring`.

use line::Cadence;

/// What DAHDI's table has room for.
const STEPS: usize = dahdi_sys::DAHDI_MAX_CADENCE as usize;

/// How a port is made to ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RingPlan {
    /// How long to wait before ringing is begun: what is left of the pause that the cadence starts in. DAHDI itself can't
    /// begin with a pause.
    pub(crate) wait_ms: u16,
    /// The bursts and pauses from then on.
    pub(crate) steps_ms: [i32; STEPS],
}

impl RingPlan {
    /// The plan of a cadence from its phase on. None where it has no burst.
    pub(crate) fn of(cadence: &Cadence) -> Option<RingPlan> {
        let steps = bursts(cadence);
        let whole: u32 = steps.iter().map(|(on, off)| u32::from(*on) + u32::from(*off)).sum();
        if whole == 0 {
            return None;
        }
        let mut phase = u32::from(cadence.phase_ms) % whole;
        for (at, (on, off)) in steps.iter().enumerate() {
            let (on, off) = (u32::from(*on), u32::from(*off));
            if phase < on {
                return Some(RingPlan { wait_ms: 0, steps_ms: cut_into(steps, at, on - phase) });
            }
            if phase < on + off {
                let wait_ms = (on + off - phase) as u16;
                return Some(RingPlan { wait_ms, steps_ms: from(steps, (at + 1) % steps.len()) });
            }
            phase -= on + off;
        }
        None
    }
}

/// The pairs before the one whose burst is 0.
fn bursts(cadence: &Cadence) -> &[(u16, u16)] {
    let steps = &cadence.steps_ms;
    let count = steps.iter().position(|(on, _)| *on == 0).unwrap_or(steps.len());
    &steps[..count]
}

/// The cadence from the burst `at` on.
fn from(steps: &[(u16, u16)], at: usize) -> [i32; STEPS] {
    let turned = steps.iter().cycle().skip(at).take(steps.len());
    table(turned.flat_map(|(on, off)| [i32::from(*on), i32::from(*off)]))
}

/// The cadence from within the burst `at` on, of which `left_ms` is left.
fn cut_into(steps: &[(u16, u16)], at: usize, left_ms: u32) -> [i32; STEPS] {
    let (on, off) = steps[at];
    if left_ms == u32::from(on) {
        return from(steps, at);
    }
    let rest = steps.iter().cycle().skip(at + 1).take(steps.len());
    let rest = rest.enumerate().flat_map(|(index, (on, off))| {
        // The minus sign: from here on it repeats, so that the cut burst comes once.
        let on = i32::from(*on);
        [if index == 0 { -on } else { on }, i32::from(*off)]
    });
    table([left_ms as i32, i32::from(off)].into_iter().chain(rest))
}

fn table(steps: impl Iterator<Item = i32>) -> [i32; STEPS] {
    let mut table = [0; STEPS];
    table.iter_mut().zip(steps).for_each(|(place, step)| *place = step);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const CN: [(u16, u16); 2] = [(1000, 4000), (0, 0)];
    const UK: [(u16, u16); 2] = [(400, 200), (400, 2000)];

    fn plan(steps_ms: [(u16, u16); 2], phase_ms: u16) -> (u16, Vec<i32>) {
        let plan = RingPlan::of(&Cadence { steps_ms, phase_ms }).unwrap();
        let used = plan.steps_ms.iter().take_while(|step| **step != 0).copied().collect();
        (plan.wait_ms, used)
    }

    /// What DAHDI does with a plan: whether it rings in each of the first `ms` milliseconds.
    fn rings(plan: &RingPlan, ms: usize) -> Vec<bool> {
        let again = plan.steps_ms.iter().position(|step| *step < 0).unwrap_or(0);
        let used = plan.steps_ms.iter().position(|step| *step == 0).unwrap_or(STEPS);
        let mut rung = vec![false; usize::from(plan.wait_ms)];
        let mut at = 0;
        while rung.len() < ms {
            rung.extend(std::iter::repeat_n(at % 2 == 0, plan.steps_ms[at].unsigned_abs() as usize));
            at = if at + 1 == used { again } else { at + 1 };
        }
        rung.truncate(ms);
        rung
    }

    #[test]
    fn without_a_phase_the_cadence_is_told_as_it_is() {
        assert_eq!(plan(CN, 0), (0, vec![1000, 4000]));
        assert_eq!(plan(UK, 0), (0, vec![400, 200, 400, 2000]));
    }

    #[test]
    fn a_start_in_a_burst_cuts_it_once() {
        assert_eq!(plan(CN, 300), (0, vec![700, 4000, -1000, 4000]));
        assert_eq!(plan(UK, 700), (0, vec![300, 2000, -400, 200, 400, 2000]));
    }

    #[test]
    fn a_start_in_a_pause_waits_for_its_end() {
        assert_eq!(plan(CN, 1000), (4000, vec![1000, 4000]));
        assert_eq!(plan(CN, 4999), (1, vec![1000, 4000]));
        assert_eq!(plan(UK, 500), (100, vec![400, 2000, 400, 200]));
    }

    #[test]
    fn a_cadence_without_a_burst_rings_nothing() {
        assert_eq!(RingPlan::of(&Cadence { steps_ms: [(0, 4000), (0, 0)], phase_ms: 0 }), None);
    }

    #[test]
    fn at_any_phase_it_rings_as_the_cadence_would_from_there() {
        for steps_ms in [CN, UK, [(2000, 4000), (0, 0)]] {
            let whole = steps_ms.iter().map(|(on, off)| usize::from(*on) + usize::from(*off)).sum::<usize>();
            let plain = RingPlan::of(&Cadence { steps_ms, phase_ms: 0 }).unwrap();
            let plain = rings(&plain, 4 * whole);
            for phase_ms in (0..whole).step_by(50) {
                let plan = RingPlan::of(&Cadence { steps_ms, phase_ms: phase_ms as u16 }).unwrap();
                assert_eq!(rings(&plan, 2 * whole), plain[phase_ms..][..2 * whole], "{steps_ms:?} at {phase_ms}");
            }
        }
    }
}
