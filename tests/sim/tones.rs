//! What a party hears that waits, or that is told no: named by SpanDSP, and measured by frequency, level and cadence.
//!
//! Source: GF 002-9002 (China): 450 Hz at −10 dBm0 ± 3 dB.

use std::time::Duration;

use call::{CallEvent, Direction};
use frame::{LaneId, SpanId};
use sim::{Act, ExchangeAct, Fault, HandsetAct, Operator, OutsideCall};

use crate::{
    ear::{assert_is_450_hz, stretches},
    house::House,
    spandsp,
};

/// 450 Hz by turns with silence, in SpanDSP's ears the tone of that name and no other. Where it begins and ends is the
/// listener's moment and says nothing.
#[track_caller]
fn assert_cadence(octets: &[u8], name: &str, on_ms: usize, off_ms: usize) {
    let named = spandsp::tones(octets);
    assert!(!named.is_empty() && named.iter().all(|heard| *heard == name), "{name}, and SpanDSP hears {named:?}");
    let heard = stretches(octets);
    let told: Vec<(bool, usize)> = heard.iter().map(|(sounds, ms, _)| (*sounds, *ms)).collect();
    assert!(heard.len() >= 5, "two turns at least: {told:?}");
    let whole = &heard[1..heard.len() - 1];
    for (sounds, ms, samples) in whole {
        let wanted = if *sounds { on_ms } else { off_ms };
        assert!(ms.abs_diff(wanted) <= 10, "{wanted} ms of {sounds}: {told:?}");
        if *sounds {
            assert_is_450_hz(samples);
        }
    }
}

/// What a party hears from now on.
fn listens(house: &mut House, lane: LaneId, time: Duration) -> Vec<u8> {
    house.party(lane, Act::Listen);
    house.run(time);
    house.heard(lane)
}

fn lift_and_dial(house: &mut House, digits: &str) -> LaneId {
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press(digits.into()));
    house.run(Duration::from_millis(200) * digits.len() as u32);
    caller
}

#[test]
fn who_lifts_the_handset_hears_dial_tone_without_a_break_until_the_first_digit() {
    let mut house = House::new(41);
    let telephone = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_millis(100));
    let heard = listens(&mut house, telephone, Duration::from_secs(5));
    assert_eq!(spandsp::tones(&heard), ["dial"]);
    let heard = stretches(&heard);
    assert_eq!(heard.len(), 1, "no break");
    assert_is_450_hz(&heard[0].2);
    house.party(telephone, Act::Press("8".into()));
    house.run(Duration::from_millis(300));
    let after = stretches(&listens(&mut house, telephone, Duration::from_secs(1)));
    assert!(after.iter().all(|(sounds, ..)| !sounds), "a digit ends it");
}

#[test]
fn who_calls_a_telephone_hears_ringback_and_busy_when_the_other_hangs_up() {
    let mut house = House::new(42);
    let caller = lift_and_dial(&mut house, "802");
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(17)), "ringback", 1000, 4000);
    house.handset(2, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(2, HandsetAct::HangUp);
    house.until_fact("it is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(5)), "busy", 350, 350);
}

#[test]
fn who_calls_a_telephone_in_use_hears_busy() {
    let mut house = House::new(43);
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let caller = lift_and_dial(&mut house, "802");
    house.run(Duration::from_secs(1));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(5)), "busy", 350, 350);
}

#[test]
fn who_calls_outside_without_a_line_hears_congestion() {
    let mut house = House::new(44);
    house.operate(Operator::Fault(Fault::Cable { span: SpanId(0), cut: true }));
    house.run(Duration::from_secs(5));
    let caller = lift_and_dial(&mut house, "013912345678");
    house.until_fact("it can't be", |fact| matches!(fact, CallEvent::Ended { .. }));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(8)), "congestion", 700, 700);
}

#[test]
fn a_caller_from_outside_whom_the_menu_leads_to_the_operator_hears_ringback() {
    let mut house = House::new(45);
    let (from, to) = (Some("13800138000".parse().unwrap()), "62001234".parse().unwrap());
    let act = ExchangeAct::Place { call: OutsideCall(1), from, to };
    house.operate(Operator::Exchange(SpanId(0), act));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    assert!(house.facts.iter().any(|fact| matches!(fact, CallEvent::Began { direction: Direction::Incoming, .. })));
    let caller = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { endpoint: call::Endpoint::Channel { lane, .. }, .. } => Some(*lane),
        _ => None,
    });
    let caller = caller.unwrap();
    house.run(Duration::from_millis(500));
    house.party(caller, Act::Press("0".into()));
    house.until_fact("the operator rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(12)), "ringback", 1000, 4000);
}
