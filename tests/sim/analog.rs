//! Outside lines and telephones through the whole box.

use std::time::Duration;

use call::{CallEvent, Endpoint, ReleaseEvidence, Side};
use frame::LaneId;
use isdn::Cause;
use line::Cadence;
use settings::CardKind;
use sim::{Act, HandsetAct, LineAct, Operator, Release, Told};

use crate::house::{House, contains, voice};

/// China's ringing.
const RING: Cadence = Cadence { steps_ms: [(1000, 4000), (0, 0)], phase_ms: 0 };

/// The lane of an outside line, from 1.
fn outside(house: &House, position: u8) -> LaneId {
    let mut jacks = house.layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxo);
    jacks.find(|jack| jack.port.position == position).unwrap().lane
}

fn line(house: &mut House, lane: LaneId, act: LineAct) {
    house.operate(Operator::Line(lane, act));
}

/// A caller on an outside line gets through the menu to telephone 3, and both talk.
fn talk_with_a_caller(house: &mut House, caller: LaneId) -> LaneId {
    line(house, caller, LineAct::Ring(RING));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.run(Duration::from_millis(500));
    house.party(caller, Act::Press("1".into()));
    house.until_fact("a telephone rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
    house.run(Duration::from_secs(2));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(200));
    house.telephone(3)
}

#[test]
fn a_caller_on_an_outside_line_talks_is_recorded_and_hangs_up_by_a_dropped_battery() {
    let mut house = House::new(21);
    let caller = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, caller);
    house.party(telephone, Act::Listen);
    house.party(caller, Act::Listen);
    house.says(caller, voice(1, 24_000));
    house.says(telephone, voice(2, 24_000));
    house.run(Duration::from_secs(4));
    assert!(contains(&house.heard(telephone), &voice(1, 24_000)), "sample for sample");
    assert!(contains(&house.heard(caller), &voice(2, 24_000)), "sample for sample");

    line(&mut house, caller, LineAct::HangUp(Release::BatteryDrop));
    house.until_fact("it is known why", |fact| {
        matches!(fact, CallEvent::FarEndGone { evidence: ReleaseEvidence::BatteryDrop, .. })
    });
    assert!(
        house
            .facts
            .iter()
            .any(|fact| { matches!(fact, CallEvent::Ended { cause: Cause::NormalClearing, by: Side::Caller, .. }) })
    );
    assert!(house.told.iter().any(|event| event.told == Told::LineReleased(caller)), "the box opens its loop");
    house.handset(3, HandsetAct::HangUp);
    // The agent's wrap-up.
    house.run(Duration::from_secs(8));
    house.assert_at_rest();

    let began = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { endpoint: Endpoint::OutsideLine { port, group }, .. } => Some((*port, group.clone())),
        _ => None,
    });
    assert_eq!(began.unwrap().1, "外线");
    let recording = house.open(&house.objects[0].clone());
    let voices = &recording.parts[0].voices;
    assert!(contains(&voices[0].octets, &voice(1, 24_000)), "the caller's track");
    assert!(contains(&voices[1].octets, &voice(2, 24_000)), "the agent's track");
}

#[test]
fn a_caller_who_hears_nobody_in_the_queue_gives_up_and_the_line_takes_the_next_one() {
    let mut house = House::new(22);
    let caller = outside(&house, 2);
    line(&mut house, caller, LineAct::Ring(RING));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    line(&mut house, caller, LineAct::HangUp(Release::BatteryDrop));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Caller, .. }));
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    line(&mut house, caller, LineAct::Ring(RING));
    house.until_fact("the next caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
}
