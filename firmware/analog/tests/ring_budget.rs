//! Ringing current of one card.

use analog::{
    plan::Country,
    ring::{Budget, Grant, RingCadence, RingKind, Urgency},
};
use frame::{Time, Timeslot};

const CN: RingCadence = RingCadence::single(1000, 4000);

/// How many of the granted ports ring at a moment, each by the phase it was given.
fn ringing_at(grants: &[(u64, u16)], cadence: RingCadence, at_ms: u64) -> usize {
    let rings = |&&(granted_ms, phase_ms): &&(u64, u16)| {
        let [(on, off), (second_on, _)] = cadence.steps_ms.map(|(on, off)| (u64::from(on), u64::from(off)));
        let into = (at_ms - granted_ms + u64::from(phase_ms)) % u64::from(cadence.period_ms());
        into < on || (on + off..on + off + second_on).contains(&into)
    };
    grants.iter().filter(rings).count()
}

#[test]
fn never_do_more_ports_ring_than_the_card_can() {
    for country in Country::ALL {
        let cadence = country.plan().ring();
        for ringers in 1..=3_u8 {
            let mut budget = Budget::new(ringers, cadence);
            let capacity = budget.capacity();
            // Requests come at odd moments.
            let requests = (0..capacity as u64).map(|port| (port * 733 + 17, port));
            let grants: Vec<(u64, u16)> = requests
                .map(|(at_ms, port)| match budget.grant(Time::from_ms(at_ms), Timeslot(port as u8), Urgency::Normal) {
                    Grant::Granted { phase_ms } => (at_ms, phase_ms),
                    other => panic!("{country:?} {ringers} {other:?}"),
                })
                .collect();
            let full = Timeslot(capacity as u8);
            assert_eq!(budget.grant(Time::from_ms(90_000), full, Urgency::Normal), Grant::OverBudget);
            for at_ms in 100_000..110_000 {
                assert!(
                    ringing_at(&grants, cadence, at_ms) <= usize::from(ringers),
                    "{country:?} {ringers} at {at_ms}"
                );
            }
        }
    }
}

/// A card of 32 ports that are all rung at once: with the current for a fifth of them, which China's cadence needs at least.
#[test]
fn all_of_32_ports_ring_within_one_cadence_and_never_above_the_budget() {
    for (country, ringers) in [(Country::Cn, 7), (Country::Us, 11), (Country::Uk, 11), (Country::De, 7)] {
        let cadence = country.plan().ring();
        for at_ms in (0..u64::from(cadence.period_ms())).step_by(731) {
            let mut budget = Budget::new(ringers, cadence);
            let grant = |port| match budget.grant(Time::from_ms(at_ms), Timeslot(port), Urgency::Normal) {
                Grant::Granted { phase_ms } => (at_ms, phase_ms),
                other => panic!("{country:?} port {port}: {other:?}"),
            };
            let grants: Vec<(u64, u16)> = (0..32).map(grant).collect();
            let rung = |of: &(u64, u16)| {
                (at_ms..at_ms + u64::from(cadence.period_ms())).any(|at| ringing_at(&[*of], cadence, at) == 1)
            };
            assert!(grants.iter().all(rung), "{country:?}: each rings within one period");
            let most = (at_ms..at_ms + 2 * u64::from(cadence.period_ms()))
                .map(|at| ringing_at(&grants, cadence, at))
                .max()
                .unwrap_or_default();
            assert!(most <= usize::from(ringers), "{country:?}: {most} ring at once");
        }
    }
}

#[test]
fn chinas_cadence_gives_five_groups_and_others_three() {
    let groups = Country::ALL.map(|country| country.plan().ring().groups());
    assert_eq!(groups, [5, 3, 3, 5]);
}

#[test]
fn a_port_rings_within_one_burst_when_the_card_is_free() {
    for at_ms in (0..5000).step_by(137) {
        let mut budget = Budget::new(1, CN);
        let Grant::Granted { phase_ms } = budget.grant(Time::from_ms(at_ms), Timeslot(0), Urgency::Normal) else {
            panic!("a free card refuses");
        };
        let wait_ms = (5000 - u64::from(phase_ms)) % 5000;
        assert!(wait_ms < 1000, "{wait_ms} ms");
    }
}

#[test]
fn an_emergency_takes_the_place_of_another_call_and_never_of_an_emergency() {
    let mut budget = Budget::new(1, CN);
    let now = Time::from_ms(0);
    for port in 0..5 {
        assert!(matches!(budget.grant(now, Timeslot(port), Urgency::Normal), Grant::Granted { .. }));
    }
    let mut victims = Vec::new();
    for port in 10..15 {
        match budget.grant(now, Timeslot(port), Urgency::Emergency) {
            Grant::GrantedInPlaceOf { victim, .. } => victims.push(victim.0),
            other => panic!("{other:?}"),
        }
    }
    victims.sort_unstable();
    assert_eq!(victims, [0, 1, 2, 3, 4]);
    assert_eq!(budget.grant(now, Timeslot(20), Urgency::Emergency), Grant::OverBudget);
}

#[test]
fn a_port_that_has_stopped_leaves_its_current_to_the_next() {
    let mut budget = Budget::new(1, RingCadence::single(1000, 0));
    let now = Time::from_ms(0);
    assert!(matches!(budget.grant(now, Timeslot(1), Urgency::Normal), Grant::Granted { .. }));
    assert_eq!(budget.grant(now, Timeslot(2), Urgency::Normal), Grant::OverBudget);
    assert!(matches!(budget.grant(now, Timeslot(1), Urgency::Normal), Grant::Granted { .. }), "it has its place");
    budget.release(Timeslot(1));
    assert!(matches!(budget.grant(now, Timeslot(2), Urgency::Normal), Grant::Granted { .. }));
}

#[test]
fn a_card_without_ringing_current_rings_nobody() {
    let mut budget = Budget::new(0, CN);
    assert_eq!(budget.grant(Time::from_ms(0), Timeslot(0), Urgency::Emergency), Grant::OverBudget);
}

#[test]
fn what_is_rung_keeps_its_period_and_leaves_a_card_time_between_two_groups() {
    for country in Country::ALL {
        let (cadence, rung) = (country.plan().ring(), country.plan().ring().rung());
        assert_eq!(rung.period_ms(), cadence.period_ms(), "{country:?}");
        assert_eq!(cadence.burst_ms() - rung.burst_ms(), 20, "{country:?}");
    }
    assert_eq!(CN.rung(), RingCadence::single(980, 4020));
    let always = RingCadence::single(1000, 0);
    assert_eq!(always.rung(), always, "without a pause there is one group");
}

#[test]
fn telephones_that_ring_differently_share_the_groups_and_never_ring_above_the_budget() {
    for country in Country::ALL {
        let plan = country.plan();
        for ringers in 1..=3_u8 {
            let mut budget = Budget::new(ringers, plan.ring());
            let capacity = budget.capacity() as u64;
            let granted = (0..capacity).map(|port| {
                let at_ms = port * 733 + 17;
                match budget.grant(Time::from_ms(at_ms), Timeslot(port as u8), Urgency::Normal) {
                    Grant::Granted { phase_ms } => (at_ms, phase_ms),
                    other => panic!("{country:?} {other:?}"),
                }
            });
            let granted: Vec<(u64, u16)> = granted.collect();
            // Each port with another ring, and then the next one.
            for turn in 0..RingKind::ALL.len() {
                let kind = |port: usize| RingKind::ALL[(port + turn) % RingKind::ALL.len()];
                for at_ms in 100_000..110_000 {
                    let ring = |(port, grant): (usize, &(u64, u16))| {
                        ringing_at(&[*grant], plan.rings.of(kind(port)).rung(), at_ms)
                    };
                    let most = granted.iter().enumerate().map(ring).sum::<usize>();
                    assert!(most <= usize::from(ringers), "{country:?} {ringers} at {at_ms}: {most}");
                }
            }
        }
    }
}

#[test]
fn the_rings_of_a_country_are_told_apart_by_ear_and_a_bell_hears_each_burst() {
    for country in Country::ALL {
        let rings = RingKind::ALL.map(|kind| country.plan().rings.of(kind));
        for (at, ring) in rings.iter().enumerate() {
            assert!(rings[at + 1..].iter().all(|other| other.steps_ms != ring.steps_ms), "{country:?}");
            assert_eq!(ring.period_ms(), rings[0].period_ms());
            let bursts = ring.rung().steps_ms.map(|(on, _)| on).into_iter().filter(|on| *on > 0);
            assert!(bursts.min().unwrap() >= 200, "{country:?}");
        }
    }
}
