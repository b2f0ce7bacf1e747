//! Calls from outside, over the simulated exchange: the main job and its bad days.

use std::time::Duration;

use call::{CallEvent, OfferEnd, QueueExit, Side};
use frame::{LaneId, SpanId};
use isdn::Cause;
use sim::{Act, CallNews, ExchangeAct, Fault, HandsetAct, Operator, OutsideCall, Told};

use crate::house::{House, contains, voice};

const SPAN: SpanId = SpanId(0);

/// Someone outside dials; the lane on which they speak.
pub fn place(house: &mut House, call: u32, to: &str) -> LaneId {
    let act = ExchangeAct::Place {
        call: OutsideCall(call),
        from: Some("13800138000".parse().unwrap()),
        to: to.parse().unwrap(),
    };
    house.operate(Operator::Exchange(SPAN, act));
    house.until("the call has a channel", |house| placed(house, call).is_some());
    placed(house, call).unwrap()
}

pub fn news(house: &House, call: u32) -> impl Iterator<Item = &CallNews> {
    house.told.iter().filter_map(move |event| match &event.told {
        Told::Call(told) if told.call == OutsideCall(call) => Some(&told.news),
        _ => None,
    })
}

fn placed(house: &House, call: u32) -> Option<LaneId> {
    news(house, call).find_map(|news| match news {
        CallNews::Placed { lane } => Some(*lane),
        _ => None,
    })
}

pub fn over_with(house: &House, call: u32) -> Option<Cause> {
    news(house, call).find_map(|news| match news {
        CallNews::Over { cause, .. } => Some(*cause),
        _ => None,
    })
}

pub fn hang_up(house: &mut House, call: u32) {
    let act = ExchangeAct::Clear { call: OutsideCall(call), cause: Cause::NormalClearing };
    house.operate(Operator::Exchange(SPAN, act));
}

/// How many telephones were rung.
fn rings(house: &House) -> usize {
    house.facts.iter().filter(|fact| matches!(fact, CallEvent::LegRinging { .. })).count()
}

/// Which telephone rings, once one does.
pub fn ringing(house: &mut House) -> LaneId {
    let sounds = |house: &House| {
        house.told.iter().rev().find_map(|event| match event.told {
            Told::RingerSounds(lane) => Some(lane),
            _ => None,
        })
    };
    house.until("a telephone rings", |house| sounds(house).is_some());
    sounds(house).unwrap()
}

#[test]
fn a_caller_hears_the_menu_presses_1_waits_talks_and_is_recorded_sample_for_sample() {
    let mut house = House::new(11);
    let caller = place(&mut house, 1, "62001234");
    house.party(caller, Act::Listen);
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.run(Duration::from_secs(1));
    let prompt = house.heard(caller);
    assert!(contains(&prompt, &[0x55; 4000]), "the caller hears the prompt");

    house.party(caller, Act::Press("1".into()));
    house.until_fact("the caller waits", |fact| matches!(fact, CallEvent::Queued { .. }));
    let telephone = ringing(&mut house);
    assert_eq!(telephone, house.telephone(3), "the first member of the queue is telephone 3");
    house.run(Duration::from_secs(2));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(200));
    house.party(telephone, Act::Listen);
    house.says(caller, voice(1, 40_000));
    house.says(telephone, voice(2, 40_000));
    house.run(Duration::from_secs(6));
    assert!(contains(&house.heard(telephone), &voice(1, 40_000)));

    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| {
        matches!(fact, CallEvent::Ended { cause: Cause::NormalClearing, by: Side::Caller, .. })
    });
    house.party(telephone, Act::Listen);
    house.run(Duration::from_secs(2));
    let busy = house.heard(telephone);
    assert!(busy.iter().any(|&octet| octet != 0xd5), "the telephone hears busy");
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));

    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    let voices = &recording.parts[0].voices;
    assert!(contains(&voices[0].octets, &voice(1, 40_000)), "the caller's track is what the caller said");
    assert!(contains(&voices[1].octets, &voice(2, 40_000)), "the agent's track is what the agent said");
    assert_eq!(house.verify(true).findings, []);
}

#[test]
fn an_agent_who_does_not_answer_is_passed_over_and_the_caller_keeps_waiting() {
    let mut house = House::new(12);
    let caller = place(&mut house, 1, "62001234");
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("1".into()));
    assert_eq!(ringing(&mut house), house.telephone(3));
    house.until_fact(
        "nobody answered",
        |fact| matches!(fact, CallEvent::OfferEnded { why: OfferEnd::NoAnswer, extension, .. } if extension == "803"),
    );
    house.until_fact(
        "the next one rings",
        |fact| matches!(fact, CallEvent::Offered { extension, .. } if extension == "802"),
    );
    hang_up(&mut house, 1);
    house
        .until_fact("the caller gave up", |fact| matches!(fact, CallEvent::Dequeued { why: QueueExit::Abandoned, .. }));
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
}

#[test]
fn a_wrong_key_and_no_key_lead_to_the_operator() {
    let mut house = House::new(13);
    let caller = place(&mut house, 1, "62001234");
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("7".into()));
    house.until_fact("the key is wrong", |fact| matches!(fact, CallEvent::MenuInvalid { .. }));
    house.until_fact("no key came", |fact| matches!(fact, CallEvent::MenuTimedOut { .. }));
    house.until_fact(
        "the operator rings",
        |fact| matches!(fact, CallEvent::Offered { queue: None, extension, .. } if extension == "807"),
    );
}

#[test]
fn a_number_that_nobody_has_is_refused_and_a_busy_telephone_says_so() {
    let mut house = House::new(14);
    let _ = place(&mut house, 1, "62009998");
    house.until("the number leads to the operator", |house| {
        house.facts.iter().any(|fact| matches!(fact, CallEvent::Offered { extension, .. } if extension == "807"))
    });
    let _ = place(&mut house, 2, "62001801");
    house.until("801 rings", |house| rings(house) == 2);
    let _ = place(&mut house, 3, "62001801");
    house.until("the second caller is told busy", |house| over_with(house, 3) == Some(Cause::UserBusy));
    hang_up(&mut house, 1);
    hang_up(&mut house, 2);
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
}

#[test]
fn a_station_calls_outside_and_both_talk() {
    let mut house = House::new(15);
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("013912345678".into()));
    let incoming = |house: &House| {
        house.told.iter().find_map(|event| match &event.told {
            Told::Call(told) => match &told.news {
                CallNews::Incoming { lane, to, .. } => Some((told.call, *lane, *to)),
                _ => None,
            },
            _ => None,
        })
    };
    house.until("the exchange sees the call", |house| incoming(house).is_some());
    let (call, outside, to) = incoming(&house).unwrap();
    assert_eq!(to.unwrap().as_str(), "13912345678", "the prefix is not sent");
    house.operate(Operator::Exchange(SPAN, ExchangeAct::Alert(call)));
    house.until_fact("it rings outside", |fact| matches!(fact, CallEvent::LegRinging { .. }));
    house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(call)));
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(200));
    house.party(outside, Act::Listen);
    house.says(caller, voice(5, 8000));
    house.run(Duration::from_secs(2));
    assert!(contains(&house.heard(outside), &voice(5, 8000)));
    house.handset(1, HandsetAct::HangUp);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Caller, .. }));
    house.assert_at_rest();
}

#[test]
fn a_cable_that_is_cut_ends_the_call_after_t309_and_the_next_call_works() {
    let mut house = House::new(16);
    let _ = place(&mut house, 1, "62001801");
    let _ = ringing(&mut house);
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.operate(Operator::Fault(Fault::Cable { span: SPAN, cut: true }));
    house.run(Duration::from_secs(100));
    assert!(
        house.facts.iter().any(|fact| matches!(fact, CallEvent::Ended { by: Side::Network, .. })),
        "T309 is over: {:?}",
        house.facts.last()
    );
    house.handset(1, HandsetAct::HangUp);
    house.operate(Operator::Fault(Fault::Cable { span: SPAN, cut: false }));
    house.run(Duration::from_secs(15));
    let _ = place(&mut house, 2, "62001801");
    house.until("the telephone rings again", |house| rings(house) == 2);
}

#[test]
fn the_same_seed_writes_the_same_log_octet_for_octet() {
    let story = |seed| {
        let mut house = House::new(seed);
        let caller = place(&mut house, 1, "62001234");
        house.run(Duration::from_secs(1));
        house.party(caller, Act::Press("2".into()));
        house.run(Duration::from_secs(5));
        hang_up(&mut house, 1);
        house.run(Duration::from_secs(5));
        house.log_files()
    };
    let (one, again, other) = (story(17), story(17), story(18));
    assert!(!one.is_empty() && one == again, "octet for octet");
    assert_ne!(one, other);
}
