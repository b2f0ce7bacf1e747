//! What people set at their telephones for the calls to them: forwarding always, when busy, when not answered, and
//! do-not-disturb; kept over a restart. Codes are keyed, prompts and tones are listened to.

use std::time::Duration;

use call::{CallEvent, NotForwarded, ServiceNotSet};
use frame::LaneId;
use settings::{Settings, Target};
use sim::{Act, CallNews, HandsetAct, Told};

use crate::{
    analog::{RING, outside},
    house::{House, contains, demo_board, demo_settings},
    numbers::assert_told,
    outside::{hang_up, place},
    spandsp::{seldom, tones},
};

/// What telephones hear, as the house of these tests has it.
const SET: [u8; 4000] = [0x40; 4000];
const CLEARED: [u8; 4000] = [0x41; 4000];
const IS_ON: [u8; 4000] = [0x42; 4000];
const IS_OFF: [u8; 4000] = [0x43; 4000];
const REFUSED: [u8; 4000] = [0x44; 4000];

fn with_services(settings: &mut Settings) {
    let services = &mut settings.services;
    services.forward_always = Some("57".into());
    services.forward_busy = Some("40".into());
    services.forward_no_answer = Some("41".into());
    services.do_not_disturb = Some("56".into());
}

fn house_with(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    with_services(&mut settings);
    change(&mut settings);
    House::with(&board, settings, seed)
}

fn house(seed: u64) -> House {
    house_with(seed, |_| ())
}

fn keys(house: &mut House, position: u8, digits: &str) -> LaneId {
    let lane = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(lane, Act::Listen);
    house.party(lane, Act::Press(digits.into()));
    lane
}

/// Keys a code, hears what became of it, and hangs up.
#[track_caller]
fn keys_code(house: &mut House, position: u8, code: &str, said: &[u8]) {
    let lane = keys(house, position, code);
    house.run(Duration::from_millis(200) * code.len() as u32 + Duration::from_millis(1500));
    assert!(contains(&house.heard(lane), said), "it is said what became of {code}");
    hangs_up(house, position);
}

fn hangs_up(house: &mut House, position: u8) {
    house.handset(position, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
}

fn rang(house: &House, position: u8) -> bool {
    let lane = house.telephone(position);
    house.told.iter().any(|event| event.told == Told::RingerSounds(lane))
}

#[track_caller]
fn until_it_rings(house: &mut House, position: u8) {
    house.until("it rings", |house| rang(house, position));
}

fn not_forwarded(house: &House) -> Vec<NotForwarded> {
    let why = |fact: &CallEvent| match fact {
        CallEvent::NotForwarded { why, .. } => Some(*why),
        _ => None,
    };
    house.facts.iter().filter_map(why).collect()
}

#[test]
fn all_calls_go_to_another_number_until_it_is_cleared_and_the_telephone_tells_which_holds() {
    let mut house = house(941);
    keys_code(&mut house, 1, "*#57#", &IS_OFF);
    keys_code(&mut house, 1, "*57*802#", &SET);
    keys_code(&mut house, 1, "*#57#", &IS_ON);
    place(&mut house, 1, "62001801");
    until_it_rings(&mut house, 2);
    assert!(!rang(&house, 1));
    house.handset(2, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    hang_up(&mut house, 1);
    hangs_up(&mut house, 2);
    keys_code(&mut house, 1, "#57#", &CLEARED);
    place(&mut house, 2, "62001801");
    until_it_rings(&mut house, 1);
    hang_up(&mut house, 2);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    assert_told(&house, "登记：无条件转移，转到 802", "Set: forwarding of all calls, to 802");
    assert_told(&house, "801 已设转移：转到 802（无条件）", "801 forwards the call to 802 (always)");
    assert_told(&house, "查询：无条件转移已登记", "Asked: forwarding of all calls is set");
    assert_told(&house, "取消：无条件转移", "Cleared: forwarding of all calls");
}

#[test]
fn calls_go_on_when_it_is_busy_and_when_nobody_answers() {
    let mut house = house(942);
    keys_code(&mut house, 1, "*40*802#", &SET);
    keys_code(&mut house, 1, "*41*805#", &SET);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    place(&mut house, 1, "62001801");
    until_it_rings(&mut house, 2);
    hang_up(&mut house, 1);
    hangs_up(&mut house, 1);
    let caller = place(&mut house, 2, "62001801");
    until_it_rings(&mut house, 1);
    house.run(Duration::from_secs(18));
    assert!(!rang(&house, 5));
    house.run(Duration::from_secs(4));
    assert!(rang(&house, 5), "20 s are over");
    house.handset(5, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.party(caller, Act::Listen);
    let pharmacy = house.telephone(5);
    house.run(Duration::from_millis(200));
    house.says(pharmacy, crate::house::voice(3, 4000));
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(caller), &crate::house::voice(3, 4000)));
    hang_up(&mut house, 2);
    hangs_up(&mut house, 5);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    assert!(house.verify(true).is_intact());
    assert_told(&house, "801 已设转移：转到 802（遇忙）", "801 forwards the call to 802 (busy)");
    assert_told(&house, "801 已设转移：转到 805（无人接听）", "801 forwards the call to 805 (nobody answered)");
}

#[test]
fn a_circle_ends_at_the_last_telephone_and_a_secretary_gets_through() {
    let mut house = house(943);
    for (position, to) in [(1, "802"), (2, "805"), (5, "801")] {
        keys_code(&mut house, position, &format!("*57*{to}#"), &SET);
    }
    place(&mut house, 1, "62001801");
    until_it_rings(&mut house, 5);
    assert!(!rang(&house, 1) && !rang(&house, 2));
    assert_eq!(not_forwarded(&house), [NotForwarded::Circle]);
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(3));
    keys(&mut house, 2, "801");
    until_it_rings(&mut house, 1);
    assert_eq!(not_forwarded(&house).last(), Some(&NotForwarded::ToItsCaller));
    hangs_up(&mut house, 2);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_chain_longer_than_may_be_rings_its_last_telephone() {
    let mut house = house(944);
    for position in 1..=7 {
        keys_code(&mut house, position, &format!("*57*80{}#", position + 1), &SET);
    }
    place(&mut house, 1, "62001801");
    until_it_rings(&mut house, 6);
    assert!(!rang(&house, 7) && !rang(&house, 8));
    assert_eq!(not_forwarded(&house), [NotForwarded::TooOften]);
}

#[test]
fn what_cannot_be_called_is_not_set_and_outside_only_where_the_owner_lets_it() {
    let mut house = house(945);
    for number in ["801", "399", "120", "8"] {
        keys_code(&mut house, 1, &format!("*57*{number}#"), &REFUSED);
    }
    keys_code(&mut house, 1, "*57*013912345678#", &REFUSED);
    let why = |fact: &CallEvent| match fact {
        CallEvent::ServiceRefused { why, .. } => Some(*why),
        _ => None,
    };
    let refused: Vec<_> = house.facts.iter().filter_map(why).collect();
    assert_eq!(refused.iter().filter(|why| **why == ServiceNotSet::NoSuchNumber).count(), 4);
    assert_eq!(refused.last(), Some(&ServiceNotSet::Outside));
    place(&mut house, 1, "62001801");
    until_it_rings(&mut house, 1);

    let mut house = house_with(946, |settings| settings.forward.outside = true);
    keys_code(&mut house, 1, "*57*013912345678#", &SET);
    place(&mut house, 1, "62001801");
    house.until("the exchange gets the call", |house| {
        let calls = |told: &Told| matches!(told, Told::Call(call) if matches!(call.news, CallNews::Incoming { .. }));
        house.told.iter().any(|event| calls(&event.told))
    });
    assert!(!rang(&house, 1));
}

#[test]
fn who_is_not_to_be_disturbed_is_busy_to_callers_and_is_offered_nothing_by_queues() {
    let mut house = house(947);
    keys_code(&mut house, 3, "*56#", &SET);
    keys_code(&mut house, 3, "*#56#", &IS_ON);
    let caller = keys(&mut house, 1, "803");
    house.run(Duration::from_secs(5));
    assert!(tones(&house.heard(caller)).contains(&"busy"));
    hangs_up(&mut house, 1);
    place(&mut house, 1, "62001235");
    until_it_rings(&mut house, 2);
    house.run(Duration::from_secs(16));
    assert!(rang(&house, 4), "the next agent is offered the call");
    house.run(Duration::from_secs(14));
    assert!(!rang(&house, 3));
    keys_code(&mut house, 3, "#56#", &CLEARED);
    house.until("803 rings in its turn", |house| rang(house, 3));
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
    assert_told(&house, "803 已设免打扰，不振铃", "803 is not to be disturbed, and does not ring");
}

#[test]
fn an_emergency_service_that_calls_back_rings_whatever_is_set() {
    let mut house = house(948);
    keys(&mut house, 1, "120");
    house.until_fact("it goes out", |fact| matches!(fact, CallEvent::LegPlaced { .. }));
    house.run(Duration::from_secs(1));
    hangs_up(&mut house, 1);
    keys_code(&mut house, 1, "*56#", &SET);
    keys_code(&mut house, 1, "*57*802#", &SET);
    let act = sim::ExchangeAct::Place {
        call: sim::OutsideCall(9),
        from: Some("120".parse().unwrap()),
        to: "62001234".parse().unwrap(),
    };
    house.operate(sim::Operator::Exchange(frame::SpanId(0), act));
    until_it_rings(&mut house, 1);
    assert!(!rang(&house, 2));
}

#[test]
fn a_restart_forgets_nothing_that_was_set() {
    let mut house = house(949);
    keys_code(&mut house, 1, "*57*802#", &SET);
    keys_code(&mut house, 3, "*56#", &SET);
    keys_code(&mut house, 5, "*56#", &SET);
    keys_code(&mut house, 5, "#56#", &CLEARED);
    house.is_killed_for(Duration::from_secs(2));
    house.run(Duration::from_secs(3));
    keys_code(&mut house, 1, "*#57#", &IS_ON);
    keys_code(&mut house, 5, "*#56#", &IS_OFF);
    house.told.clear();
    place(&mut house, 1, "62001801");
    until_it_rings(&mut house, 2);
    place(&mut house, 2, "62001803");
    house.run(Duration::from_secs(8));
    assert!(!rang(&house, 1) && !rang(&house, 3));
    let set = |house: &House, label: usize| house.snapshot().jacks[label].wishes.clone();
    let telephones = house.snapshot().jacks.iter().position(|jack| jack.kind == settings::CardKind::Fxs).unwrap();
    assert_eq!(set(&house, telephones).always.map(|to| to.to_string()), Some("802".into()), "a page shows it");
    assert!(set(&house, telephones + 2).do_not_disturb);
}

#[test]
fn a_call_that_an_outside_line_brings_is_forwarded_too() {
    let mut house = house_with(950, |settings| {
        settings.trunks[1].otherwise = Some(Target::Station("801".into()));
    });
    keys_code(&mut house, 1, "*57*802#", &SET);
    let far = outside(&house, 1);
    house.operate(sim::Operator::Line(far, sim::LineAct::Ring(RING)));
    until_it_rings(&mut house, 2);
    assert!(!rang(&house, 1));
}

#[test]
fn two_who_forward_to_each_other_when_nobody_answers_ring_on_where_the_circle_closes() {
    let mut house = house(950);
    keys_code(&mut house, 1, "*41*802#", &SET);
    keys_code(&mut house, 2, "*41*801#", &SET);
    place(&mut house, 1, "62001801");
    house.run(Duration::from_secs(22));
    assert!(rang(&house, 1) && rang(&house, 2));
    house.told.clear();
    house.run(Duration::from_secs(30));
    assert!(rang(&house, 2), "it rings on, for as long as it would without");
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_flow_that_dials_a_telephone_which_forwards_to_a_queue_is_not_asked_when_nobody_there_answers() {
    let flow = "name = \"direct\"\nstart = \"go\"\n[steps.go.dial]\nextension = \"801\"\n";
    let mut house = house_with(951, |settings| {
        settings.flows.push(toml::from_str(flow).unwrap());
        settings.numbers[3].to = Target::Flow("direct".into());
        settings.queues[1].max_wait_s = 10;
    });
    keys_code(&mut house, 1, "*57*702#", &SET);
    place(&mut house, 1, "62001803");
    until_it_rings(&mut house, 5);
    house.until_fact("the queue lets the caller go", |fact| matches!(fact, CallEvent::Dequeued { .. }));
    house.run(Duration::from_secs(5));
    assert!(house.facts.iter().any(|fact| matches!(fact, CallEvent::Ended { .. })), "and the call ends");
    house.assert_at_rest();
}

#[test]
fn who_waits_for_a_telephone_that_is_kept_quiet_is_called_back_when_it_may_ring_again() {
    let mut house = house_with(952, |settings| settings.codes.call_back = Some("*37".into()));
    let began = |house: &House| house.facts.iter().any(|fact| matches!(fact, CallEvent::CallBackBegan { .. }));
    keys_code(&mut house, 2, "*56#", &SET);
    keys(&mut house, 1, "802");
    house.run(Duration::from_secs(4));
    hangs_up(&mut house, 1);
    keys(&mut house, 1, "*37");
    house.run(Duration::from_secs(6));
    hangs_up(&mut house, 1);
    house.run(Duration::from_secs(20));
    assert!(!began(&house), "nobody is rung for a telephone that is busy to all");
    keys_code(&mut house, 2, "#56#", &CLEARED);
    house.until("who waits is rung", |house| began(house));
    house.run(Duration::from_secs(1));
    hangs_up(&mut house, 2);
    house.run(Duration::from_secs(60));
    house.assert_at_rest();
}

/// What the telephone hears when it is lifted, as SpanDSP has it: the special dial tone, or the usual one. A burst of it is in
/// whatever lasts longer.
fn dial_tone(house: &mut House, position: u8) -> &'static str {
    let lane = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.run(Duration::from_millis(200));
    house.party(lane, Act::Listen);
    house.run(Duration::from_secs(4));
    let heard = seldom(&house.heard(lane));
    hangs_up(house, position);
    match (heard.contains(&"dial"), heard.contains(&"messages")) {
        (true, _) => "usual",
        (false, true) => "special",
        (false, false) => "none",
    }
}

#[test]
fn a_telephone_that_no_call_rings_says_so_by_its_dial_tone_until_that_is_cleared_also_over_a_restart() {
    let mut house = house(952);
    assert_eq!(dial_tone(&mut house, 1), "usual");
    for (set, clear) in [("*57*802#", "#57#"), ("*56#", "#56#")] {
        keys_code(&mut house, 1, set, &SET);
        assert_eq!(dial_tone(&mut house, 1), "special", "{set}");
        assert_eq!(dial_tone(&mut house, 2), "usual", "it is another one's calls that {set} keeps away");
        keys_code(&mut house, 1, clear, &CLEARED);
        assert_eq!(dial_tone(&mut house, 1), "usual", "{clear}");
    }
    for set in ["*40*802#", "*41*802#"] {
        keys_code(&mut house, 1, set, &SET);
        assert_eq!(dial_tone(&mut house, 1), "usual", "calls ring before {set}");
    }
    keys_code(&mut house, 1, "*56#", &SET);
    house.is_killed_for(Duration::from_secs(2));
    house.run(Duration::from_secs(2));
    assert_eq!(dial_tone(&mut house, 1), "special", "after a restart");
}
