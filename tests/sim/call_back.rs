//! Calls back when somebody is free: telephones of the house, the network behind a trunk, a private exchange.
//! Source: EN 300 359-1.

use std::time::Duration;

use call::CallEvent;
use frame::LaneId;
use isdn::{Cause, suppl::Completion};
use settings::Role;
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OutsideCall, Service, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings},
    numbers::{SPAN, assert_told, national, setup},
};

/// What telephones hear, as the house of these tests has it.
const SET: [u8; 4000] = [0x60; 4000];
const NOT_SET: [u8; 4000] = [0x61; 4000];
const OFF: [u8; 4000] = [0x62; 4000];

fn house(seed: u64) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    (settings.codes.call_back, settings.codes.no_call_back) = (Some("*37".into()), Some("#37".into()));
    House::with(&board, settings, seed)
}

fn lifts_and_keys(house: &mut House, position: u8, keys: &str) {
    let telephone = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(telephone, Act::Listen);
    house.party(telephone, Act::Press(keys.into()));
    house.run(Duration::from_secs(7));
}

fn hangs_up(house: &mut House, position: u8) {
    house.handset(position, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
}

/// The code is keyed, what became of it is heard, and the handset is put down.
#[track_caller]
fn keys_code(house: &mut House, position: u8, code: &str, heard: &[u8]) {
    lifts_and_keys(house, position, code);
    let said = house.heard(house.telephone(position));
    assert!(contains(&said, heard), "it is spoken what became of {code}");
    hangs_up(house, position);
}

fn rings(house: &House, telephone: LaneId) -> usize {
    house.told.iter().filter(|event| event.told == Told::RingerSounds(telephone)).count()
}

fn began(house: &House) -> bool {
    house.facts.iter().any(|fact| matches!(fact, CallEvent::CallBackBegan { .. }))
}

/// The last call that the box placed, and whether it says that it completes another.
fn placed(house: &House) -> (OutsideCall, bool) {
    let placed = house.told.iter().rev().find_map(|event| match &event.told {
        Told::Call(told) => match told.news {
            CallNews::Incoming { completes, .. } => Some((told.call, completes)),
            _ => None,
        },
        _ => None,
    });
    placed.expect("the box placed a call")
}

fn acts(house: &mut House, act: ExchangeAct) {
    house.operate(Operator::Exchange(SPAN, act));
    house.run(Duration::from_secs(1));
}

/// 801 calls outside, where somebody is busy and the network offers to watch.
fn meets_busy_outside(house: &mut House, offers: bool) {
    lifts_and_keys(house, 1, "013912345678");
    let (call, completes) = placed(house);
    assert!(!completes);
    if offers {
        acts(house, ExchangeAct::Use { call, service: Box::new(Service::OfferCompletion) });
    }
    acts(house, ExchangeAct::Clear { call, cause: Cause::UserBusy });
    hangs_up(house, 1);
}

#[test]
fn an_extension_that_was_busy_is_called_when_both_telephones_are_down() {
    let mut house = house(601);
    let asks = house.telephone(1);
    lifts_and_keys(&mut house, 2, "803");
    house.handset(3, HandsetAct::Lift);
    house.until_fact("two talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    lifts_and_keys(&mut house, 1, "802");
    hangs_up(&mut house, 1);
    keys_code(&mut house, 1, "*37", &SET);
    assert_told(&house, "要求回叫：等 802 空闲时叫我", "Asks to be called back when 802 is free");
    hangs_up(&mut house, 3);
    assert_eq!(rings(&house, asks), 0, "802 still holds the handset");
    hangs_up(&mut house, 2);
    house.until("who asked is rung", |house| rings(house, asks) > 0);
    house.handset(1, HandsetAct::Lift);
    let called = house.telephone(2);
    house.until("then the other telephone", |house| rings(house, called) > 0);
    house.handset(2, HandsetAct::Lift);
    let talks = |fact: &&CallEvent| matches!(fact, CallEvent::Bridged { .. });
    house.until("they talk", |house| house.facts.iter().filter(talks).count() == 2);
    hangs_up(&mut house, 1);
    hangs_up(&mut house, 2);
    house.assert_at_rest();
}

#[test]
fn over_a_trunk_the_network_tells_when_its_party_is_free_and_the_call_says_what_it_completes() {
    let mut house = house(602);
    let asks = house.telephone(1);
    meets_busy_outside(&mut house, true);
    keys_code(&mut house, 1, "*37", &SET);
    acts(&mut house, ExchangeAct::PartyIsFree);
    house.until("who asked is rung", |house| rings(house, asks) > 0);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(2));
    let (call, completes) = placed(&house);
    assert!(completes, "the SETUP says so");
    house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(call)));
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    hangs_up(&mut house, 1);
    house.assert_at_rest();
}

#[test]
fn a_telephone_that_is_busy_when_the_party_is_free_suspends_and_is_rung_later() {
    let mut house = house(603);
    let asks = house.telephone(1);
    meets_busy_outside(&mut house, true);
    keys_code(&mut house, 1, "*37", &SET);
    lifts_and_keys(&mut house, 1, "802");
    acts(&mut house, ExchangeAct::PartyIsFree);
    assert!(!began(&house));
    hangs_up(&mut house, 1);
    acts(&mut house, ExchangeAct::PartyIsFree);
    house.until("who asked is rung", |house| rings(house, asks) > 0);
}

#[test]
fn what_nobody_offered_is_refused_and_what_is_dropped_is_forgotten_there_too() {
    let mut house = house(604);
    meets_busy_outside(&mut house, false);
    keys_code(&mut house, 1, "*37", &NOT_SET);
    meets_busy_outside(&mut house, true);
    keys_code(&mut house, 1, "*37", &SET);
    keys_code(&mut house, 1, "#37", &OFF);
    assert_told(&house, "取消回叫：1 个", "Wants no calls back any more; it waited for 1");
    acts(&mut house, ExchangeAct::PartyIsFree);
    house.run(Duration::from_secs(5));
    assert!(!began(&house));
    house.assert_at_rest();
}

#[test]
fn a_trunk_that_was_lost_takes_the_call_back_along_and_the_story_says_so() {
    let mut house = house(605);
    meets_busy_outside(&mut house, true);
    keys_code(&mut house, 1, "*37", &SET);
    house.restart_span(SPAN, &[]);
    house.run(Duration::from_secs(5));
    assert_told(
        &house,
        "回叫没有进行：网络放弃了等候，或者中继中断过。需要时请重新拨打。",
        "The call back was not made: the network gave it up, or the trunk was down meanwhile. Whoever still wants the party has to call again.",
    );
}

#[test]
fn who_calls_from_a_private_exchange_is_told_when_the_extension_is_free_and_calls_again() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[0].role = Role::Network;
    settings.codes.call_back = Some("*37".into());
    let mut house = House::with_private_exchange(&board, settings, 606);
    house.handset(3, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let call = || Box::new(setup("803", national("4711")));
    acts(&mut house, ExchangeAct::PlaceTold { call: OutsideCall(1), setup: call() });
    let asks = ExchangeAct::AskCompletion { call: OutsideCall(2), completion: Completion::Busy, setup: call() };
    acts(&mut house, asks);
    let telephone = house.telephone(3);
    assert_eq!(rings(&house, telephone), 0);
    hangs_up(&mut house, 3);
    house.until("the second call rings", |house| rings(house, telephone) > 0);
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
}
