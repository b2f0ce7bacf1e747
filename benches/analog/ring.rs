//! Histories of telephones that ring on one card: a hospital rings all 32 at once, calls end, others come. Each port rings as
//! the card rings it, from the phase that it was given, and every 10 ms those that sound are counted.

use std::{collections::BTreeMap, error::Error};

use analog::{
    plan::Country,
    ring::{Budget, Grant, RingCadence, Urgency},
};
use frame::{Time, Timeslot};
use standards::noise::Random;

use crate::figure::{figure, note};

const PORTS: u8 = 32;
/// Histories for each country and each card.
const HISTORIES: u64 = 40;
/// How long each lasts, in steps of 10 ms: three minutes.
const STEPS: u64 = 18_000;
const STEP_MS: u64 = 10;

/// Counts the moments in which more sounded than the card can ring.
pub fn measure() -> Result<(), Box<dyn Error>> {
    let (mut over, mut moments, mut refused) = (0_u64, 0_u64, 0_u64);
    for country in Country::ALL {
        for ringers in [1_u8, 3, 7, 11] {
            for seed in 0..HISTORIES {
                let told = history(country.plan().ring(), ringers, seed << 8 | u64::from(ringers));
                over += told.0;
                refused += told.1;
                moments += STEPS;
            }
        }
    }
    figure("analog.ring_budget_exceeded", over as f64, "moments");
    note(&format!("{moments} moments of {} histories of {PORTS} ports; {refused} rings were refused", HISTORIES * 16));
    Ok(())
}

/// Moments above the budget, and rings that were refused.
fn history(cadence: RingCadence, ringers: u8, seed: u64) -> (u64, u64) {
    let (mut random, mut budget) = (Random::new(seed), Budget::new(ringers, cadence));
    // Since when each port rings, and how far into its cadence it began.
    let mut ringing: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
    let (mut over, mut refused) = (0, 0);
    for step in 0..STEPS {
        let now_ms = step * STEP_MS;
        // All at once now and then; else one comes, or one goes.
        let wanted: Vec<u8> = match random.below(2000) {
            0 => (0..PORTS).collect(),
            1..=20 => vec![random.below(usize::from(PORTS)) as u8],
            _ => Vec::new(),
        };
        for port in wanted {
            let urgency = if random.below(20) == 0 { Urgency::Emergency } else { Urgency::Normal };
            match budget.grant(Time::from_ms(now_ms), Timeslot(port), urgency) {
                // Who rings already keeps its place.
                Grant::Granted { .. } if ringing.contains_key(&port) => {}
                Grant::Granted { phase_ms } => _ = ringing.insert(port, (now_ms, u64::from(phase_ms))),
                Grant::GrantedInPlaceOf { victim, phase_ms } => {
                    ringing.remove(&victim.0);
                    ringing.insert(port, (now_ms, u64::from(phase_ms)));
                }
                Grant::OverBudget => refused += 1,
            }
        }
        if random.below(400) == 0 {
            let port = random.below(usize::from(PORTS)) as u8;
            budget.release(Timeslot(port));
            ringing.remove(&port);
        }
        let sounding = ringing.values().filter(|(since, phase)| sounds(cadence, now_ms - since + phase)).count();
        over += u64::from(sounding > usize::from(ringers));
    }
    (over, refused)
}

/// Whether the bell sounds so far into its cadence: reckoned here from the country's plan alone.
fn sounds(cadence: RingCadence, into_ms: u64) -> bool {
    let [(on, off), (second_on, second_off)] = cadence.steps_ms.map(|(on, off)| (u64::from(on), u64::from(off)));
    let into = into_ms % (on + off + second_on + second_off);
    into < on || (on + off..on + off + second_on).contains(&into)
}
