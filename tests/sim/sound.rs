//! Sound devices: an operator's handset on the page, music from outside, a loudspeaker. Their devices come and go.

use std::time::Duration;

use call::{CallEvent, OfferEnd};
use dsp::dtmf;
use frame::{LANES, LaneId, Law, OCTETS_PER_TICK, PortId};
use line::DeviceState;
use ringfence::{
    handles::{HandsetAct as Hand, JackState},
    journal::{Alarm, SoundFault},
    telephony::HandsetBecame,
};
use settings::{Board, Key, Settings};
use sim::{Act, Fault, HandsetAct, Operator, Say, Told};

use crate::{
    house::{House, contains, voice},
    outside::{hang_up, place},
};

const CARDS: &str = r#"
[[cards]]
card = "sim"
kind = "handset"
serial = "DESK"
slot = 4
jacks = ["Desk"]

[[cards]]
card = "sim"
kind = "line_in"
serial = "RADIO"
slot = 5
jacks = ["Radio"]

[[cards]]
card = "sim"
kind = "loudspeaker"
serial = "HALL"
slot = 6
jacks = ["Hall"]

[[cards]]
card = "sim"
kind = "loudspeaker"
serial = "YARD"
slot = 7
jacks = ["Yard"]
"#;

const STATIONS: &str = r#"
[[stations]]
port = "DESK.1"
extension = "850"
name = "Desk"

[[stations]]
port = "HALL.1"
extension = "860"
name = "Hall"
more_ports = ["YARD.1"]

"#;

/// The demo's box with sound cards, which run by its clock so that samples can be compared.
fn house(seed: u64, desk_class: &str) -> House {
    let mut board = Board::parse("a", &format!("{}{CARDS}", include_str!("../../board/demo.toml"))).unwrap();
    let master = board.clock_order[0];
    board.cards.iter_mut().filter(|card| card.kind.is_sound()).for_each(|card| card.synchronous_with = Some(master));
    let stations = STATIONS.replacen("name = \"Desk\"", &format!("name = \"Desk\"\nclass = \"{desk_class}\""), 1);
    let text = include_str!("../../board/demo.settings.toml")
        .replacen("[[stations]]", &format!("{stations}[[stations]]"), 1)
        .replacen("music = \"music\"", "music = \"music\"\nmusic_from = \"RADIO.1\"", 1)
        .replacen("members = [\"803\", \"802\", \"804\"]", "members = [\"850\"]", 1);
    let settings = Settings::parse("a", &text, &board, None).unwrap().settings;
    House::with(&board, settings, seed)
}

fn port(text: &str) -> PortId {
    text.parse().unwrap()
}

fn lane(house: &House, of: &str) -> LaneId {
    house.layout.jack(port(of)).unwrap().lane
}

fn desk_does(house: &mut House, act: Hand) {
    assert_eq!(house.hand(port("DESK.1"), act), HandsetBecame::Done);
}

fn device(house: &mut House, of: &str, state: DeviceState) {
    let span = lane(house, of).span;
    house.operate(Operator::Fault(Fault::Device { span, state }));
    house.run(Duration::from_millis(100));
}

fn state(house: &House, of: &str) -> JackState {
    house.snapshot().jacks.iter().find(|jack| jack.port == port(of)).unwrap().state
}

/// Waits for the `count`th time that two parties talk.
fn until_talks(house: &mut House, count: usize) {
    let talks = |fact: &&CallEvent| matches!(fact, CallEvent::Bridged { .. });
    house.until("both talk", |house| house.facts.iter().filter(talks).count() == count);
}

/// Waits for the end of the `count`th call.
fn until_over(house: &mut House, count: usize) {
    let over = |fact: &&CallEvent| matches!(fact, CallEvent::Ended { .. });
    house.until("the call is over", |house| house.facts.iter().filter(over).count() == count);
}

/// A telephone calls an extension.
fn dial(house: &mut House, position: u8, extension: &str) -> LaneId {
    let telephone = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(telephone, Act::Press(extension.into()));
    telephone
}

/// A caller from outside waits in the first queue; their lane.
fn caller_waits(house: &mut House, call: u32) -> LaneId {
    let lane = place(house, call, "62001235");
    house.until("the caller waits or is served", |house| {
        house.facts.iter().filter(|fact| matches!(fact, CallEvent::Queued { .. })).count() == call as usize
    });
    lane
}

#[test]
fn a_call_to_a_handset_rings_in_it_and_is_answered_heard_and_recorded() {
    let mut house = house(41, "telephone");
    let desk = lane(&house, "DESK.1");
    house.party(desk, Act::Listen);
    let caller = dial(&mut house, 1, "850");
    house.until("the handset rings", |house| state(house, "DESK.1") == JackState::Ringing);
    house.run(Duration::from_millis(500));
    assert_eq!(state(&house, "DESK.1"), JackState::Ringing);
    assert!(house.heard(desk).iter().any(|octet| !matches!(octet, 0xd5 | 0x55)), "it rings by a tone");
    desk_does(&mut house, Hand::Lift);
    until_talks(&mut house, 1);
    house.party(caller, Act::Listen);
    house.party(desk, Act::Listen);
    house.run(Duration::from_millis(100));
    house.says(caller, voice(1, 4000));
    house.says(desk, voice(2, 4000));
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(desk), &voice(1, 4000)), "sample for sample, and no ring is left");
    assert!(contains(&house.heard(caller), &voice(2, 4000)));
    desk_does(&mut house, Hand::PutDown);
    until_over(&mut house, 1);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    let voices = &recording.parts[0].voices;
    assert!(contains(&voices[0].octets, &voice(1, 4000)) && contains(&voices[1].octets, &voice(2, 4000)));
    assert_eq!(house.verify(true).findings, []);
}

#[test]
fn a_handset_dials_by_the_keys_of_the_page() {
    let mut house = house(42, "telephone");
    let called = house.telephone(2);
    desk_does(&mut house, Hand::Lift);
    house.run(Duration::from_secs(1));
    for key in "802".chars() {
        desk_does(&mut house, Hand::Key(Key::try_from(key).unwrap()));
    }
    house.until("the telephone rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    desk_does(&mut house, Hand::PutDown);
    until_over(&mut house, 1);
    house.run(Duration::from_secs(1));
    house.assert_at_rest();
}

/// The digits that a receiver hears in octets of A-law.
fn keyed(octets: &[u8]) -> String {
    let (mut receiver, mut heard) = (dtmf::Detector::new(), String::new());
    for octets in octets.as_chunks::<OCTETS_PER_TICK>().0 {
        let mut lanes = [[Law::A.silence(); OCTETS_PER_TICK]; LANES];
        lanes[0] = *octets;
        receiver.process(&lanes, Law::A, 1, |_, digit, edge, _| {
            if edge == dtmf::Edge::Begin {
                heard.push(digit.as_char());
            }
        });
    }
    heard
}

#[test]
fn keys_of_the_page_in_a_call_are_heard_at_the_far_end_and_recorded_each_once() {
    let mut house = house(49, "telephone");
    let caller = dial(&mut house, 1, "850");
    house.until("the handset rings", |house| state(house, "DESK.1") == JackState::Ringing);
    // What the caller has dialled is over before the recording begins.
    house.run(Duration::from_secs(1));
    desk_does(&mut house, Hand::Lift);
    until_talks(&mut house, 1);
    house.party(caller, Act::Listen);
    house.run(Duration::from_millis(100));
    for key in "19#0".chars() {
        desk_does(&mut house, Hand::Key(Key::try_from(key).unwrap()));
    }
    house.run(Duration::from_secs(2));
    assert_eq!(keyed(&house.heard(caller)), "19#0");
    desk_does(&mut house, Hand::PutDown);
    until_over(&mut house, 1);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    let voices = &recording.parts[0].voices;
    assert_eq!((keyed(&voices[0].octets), keyed(&voices[1].octets)), (String::new(), "19#0".to_owned()));
}

#[test]
fn a_headset_that_is_ready_takes_callers_by_itself_and_stays_ready() {
    let mut house = house(43, "headset");
    desk_does(&mut house, Hand::Lift);
    let caller = caller_waits(&mut house, 1);
    until_talks(&mut house, 1);
    let desk = lane(&house, "DESK.1");
    house.party(caller, Act::Listen);
    house.run(Duration::from_millis(50));
    house.says(desk, voice(3, 2000));
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(caller), &voice(3, 2000)));
    hang_up(&mut house, 1);
    until_over(&mut house, 1);
    house.run(Duration::from_secs(10));
    caller_waits(&mut house, 2);
    until_talks(&mut house, 2);
}

#[test]
fn a_headset_on_the_page_takes_a_caller_by_its_key_where_its_station_says_so() {
    let mut house = house(48, "headset\"\nanswer = \"key");
    desk_does(&mut house, Hand::Lift);
    caller_waits(&mut house, 1);
    house.run(Duration::from_secs(5));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::Bridged { .. })), "nobody pressed the key");
    desk_does(&mut house, Hand::Key(Key::try_from('#').unwrap()));
    until_talks(&mut house, 1);
}

#[test]
fn a_device_that_is_pulled_is_an_alarm_is_not_rung_and_keeps_its_call() {
    let mut house = house(44, "telephone");
    dial(&mut house, 1, "850");
    house.until("the handset rings", |house| state(house, "DESK.1") == JackState::Ringing);
    let raised = |house: &House, fault, of: &str| {
        let alarm = Alarm::SoundDevice { port: port(of), device: String::new(), fault };
        house.alarms.iter().rev().find(|(told, _)| *told == alarm).is_some_and(|(_, raised)| *raised)
    };
    device(&mut house, "DESK.1", DeviceState::Missing);
    assert!(raised(&house, SoundFault::Missing, "DESK.1"));
    assert!(
        house.facts.iter().any(|fact| matches!(fact, CallEvent::OfferEnded { why: OfferEnd::NoDevice, .. })),
        "the offer is over: {:#?}",
        house.facts
    );
    assert_eq!(state(&house, "DESK.1"), JackState::Alarm);
    assert_eq!(house.hand(port("DESK.1"), Hand::Lift), HandsetBecame::NoDevice);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    let caller = caller_waits(&mut house, 1);
    house.run(Duration::from_secs(5));
    assert_eq!(house.snapshot().queues[0].waiting, 1, "nobody is offered to a handset that is not there");
    device(&mut house, "DESK.1", DeviceState::There);
    assert!(!raised(&house, SoundFault::Missing, "DESK.1"));
    house.until("it rings again", |house| state(house, "DESK.1") == JackState::Ringing);
    desk_does(&mut house, Hand::Lift);
    until_talks(&mut house, 1);
    device(&mut house, "DESK.1", DeviceState::Busy);
    assert!(raised(&house, SoundFault::Busy, "DESK.1"));
    house.run(Duration::from_secs(5));
    device(&mut house, "DESK.1", DeviceState::There);
    let desk = lane(&house, "DESK.1");
    house.party(caller, Act::Listen);
    house.run(Duration::from_millis(50));
    house.says(desk, voice(4, 2000));
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(caller), &voice(4, 2000)), "the call outlived its plug");
}

#[test]
fn who_waits_hears_the_radio_and_the_box_s_own_music_while_it_is_away() {
    let mut house = house(45, "telephone");
    let radio = lane(&house, "RADIO.1");
    let sound = |octet: u8| Say::Clip { octets: vec![octet; 8000].into(), law: Law::A, repeat: true };
    house.party(radio, Act::Say(sound(0x33)));
    let caller = caller_waits(&mut house, 1);
    let hears = |house: &mut House| {
        house.run(Duration::from_millis(200));
        house.party(caller, Act::Listen);
        house.run(Duration::from_secs(1));
        let heard = house.heard(caller);
        let [first, .., last] = &heard[..] else { panic!("it heard nothing") };
        assert!(first == last && heard.iter().all(|octet| octet == first), "one thing all the time");
        *first
    };
    assert_eq!(hears(&mut house), 0x33);
    device(&mut house, "RADIO.1", DeviceState::Missing);
    assert_eq!(hears(&mut house), 0x58, "the music of the box");
    device(&mut house, "RADIO.1", DeviceState::There);
    assert_eq!(hears(&mut house), 0x33);
    assert_eq!(state(&house, "RADIO.1"), JackState::Idle);
}

#[test]
fn an_announcement_rings_nobody_opens_all_its_loudspeakers_and_is_recorded() {
    let mut house = house(46, "telephone");
    let (hall, yard) = (lane(&house, "HALL.1"), lane(&house, "YARD.1"));
    let caller = dial(&mut house, 1, "860");
    until_talks(&mut house, 1);
    house.party(hall, Act::Listen);
    house.party(yard, Act::Listen);
    house.run(Duration::from_millis(50));
    house.says(caller, voice(5, 4000));
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(hall), &voice(5, 4000)) && contains(&house.heard(yard), &voice(5, 4000)));
    assert!(!house.told.iter().any(|event| matches!(event.told, Told::RingerSounds(_))), "no telephone rang");
    house.handset(1, HandsetAct::HangUp);
    until_over(&mut house, 1);
    house.party(yard, Act::Listen);
    house.run(Duration::from_secs(1));
    assert!(house.heard(yard).iter().all(|octet| *octet == 0xd5), "and closes them again");
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    assert!(contains(&recording.parts[0].voices[0].octets, &voice(5, 4000)));
    // One loudspeaker is enough; without any the caller hears that nothing opens.
    device(&mut house, "HALL.1", DeviceState::Missing);
    dial(&mut house, 1, "860");
    until_talks(&mut house, 2);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    device(&mut house, "YARD.1", DeviceState::Missing);
    dial(&mut house, 1, "860");
    house.until_fact("nothing opens", |fact| matches!(fact, CallEvent::OfferEnded { why: OfferEnd::NoDevice, .. }));
}
