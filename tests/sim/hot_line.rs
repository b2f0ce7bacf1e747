//! Telephones that call somebody by themselves, and door stations: who is reached, what is heard, how they are let go.

use std::time::Duration;

use analog::plan::Country;
use call::CallEvent;
use frame::LaneId;
use settings::{Flash, Settings, StationClass};
use sim::{Act, HandsetAct, Say, Told};

use crate::{
    analog::{dialled, outside},
    house::{House, contains, demo_board, demo_settings, voice},
    spandsp::{keys, tones},
};

/// Telephone 6 is the one at hand.
const POSITION: u8 = 6;

fn house(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    change(&mut settings);
    House::with(&board, settings, seed)
}

fn calls(settings: &mut Settings, number: &str, after_s: u8) {
    let row = &mut settings.stations[usize::from(POSITION) - 1];
    (row.calls, row.calls_after_s) = (Some(number.into()), after_s);
}

fn door(settings: &mut Settings) {
    settings.stations[usize::from(POSITION) - 1].class = StationClass::Door;
}

fn rings(house: &House, lane: LaneId) -> bool {
    house.told.iter().any(|event| event.told == Told::RingerSounds(lane))
}

fn lifts(house: &mut House, position: u8) {
    house.handset(position, HandsetAct::Lift);
}

fn until_they_talk(house: &mut House) {
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
}

/// Both say something, and hear one another.
fn they_say(house: &mut House, one: LaneId, other: LaneId) {
    house.run(Duration::from_millis(200));
    [one, other].into_iter().for_each(|lane| house.party(lane, Act::Listen));
    house.says(one, voice(1, 8000));
    house.says(other, voice(2, 8000));
    house.run(Duration::from_millis(1500));
    assert!(contains(&house.heard(other), &voice(1, 8000)) && contains(&house.heard(one), &voice(2, 8000)));
}

fn is_at_rest_and_recorded(house: &mut House) {
    house.run(Duration::from_secs(5));
    house.assert_at_rest();
    let voices = &house.open(&house.objects[0].clone()).parts[0].voices;
    assert!(contains(&voices[0].octets, &voice(1, 8000)) && contains(&voices[1].octets, &voice(2, 8000)));
}

#[test]
fn a_door_station_rings_whom_the_settings_name_and_is_made_to_let_go() {
    let mut house = house(981, |settings| {
        door(settings);
        calls(settings, "801", 0);
    });
    let (at_door, desk) = (house.telephone(POSITION), house.telephone(1));
    lifts(&mut house, POSITION);
    house.party(at_door, Act::Listen);
    house.until("it rings inside", |house| rings(house, desk));
    house.run(Duration::from_secs(6));
    assert!(tones(&house.heard(at_door)).contains(&"ringback"), "who stands there hears that it rings");
    lifts(&mut house, 1);
    until_they_talk(&mut house);
    they_say(&mut house, at_door, desk);
    house.handset(1, HandsetAct::HangUp);
    house.until("its feed is cut", |house| {
        house.told.iter().any(|event| matches!(event.told, Told::FeedDropped { lane, .. } if lane == at_door))
    });
    house.handset(POSITION, HandsetAct::HangUp);
    is_at_rest_and_recorded(&mut house);
}

#[test]
fn a_door_station_that_dials_nothing_is_made_to_let_go() {
    let mut house = house(982, door);
    let at_door = house.telephone(POSITION);
    let is_cut = |event: &sim::OperatorEvent| matches!(event.told, Told::FeedDropped { lane, .. } if lane == at_door);
    lifts(&mut house, POSITION);
    house.run(Duration::from_secs(14));
    assert!(!house.told.iter().any(is_cut), "one with keys dials by itself");
    house.run(Duration::from_secs(2));
    assert!(house.told.iter().any(is_cut));
    house.handset(POSITION, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_hot_line_is_connected_without_a_dial_tone_also_where_the_telephone_is_locked() {
    let mut house = house(983, |settings| {
        calls(settings, "801", 0);
        settings.stations[usize::from(POSITION) - 1].lock = settings::Lock::Emergency;
    });
    let (at_hand, desk) = (house.telephone(POSITION), house.telephone(1));
    house.party(at_hand, Act::Listen);
    lifts(&mut house, POSITION);
    house.until("it rings", |house| rings(house, desk));
    lifts(&mut house, 1);
    until_they_talk(&mut house);
    assert!(!tones(&house.heard(at_hand)).contains(&"dial"), "nothing is to be dialled");
    they_say(&mut house, at_hand, desk);
    house.handset(POSITION, HandsetAct::HangUp);
    house.handset(1, HandsetAct::HangUp);
    is_at_rest_and_recorded(&mut house);
}

#[test]
fn a_hot_line_to_an_extension_behind_a_number_outside_pauses_and_its_number_is_kept_without() {
    let mut house = house(985, |settings| {
        calls(settings, "934030,,w17", 3);
        settings.codes.redial = Some("*66".into());
    });
    let far = outside(&house, 1);
    let dials = |house: &mut House| {
        house.told.clear();
        house.party(far, Act::Listen);
        house.until("the number is dialled", |house| dialled(house, far).len() == 5);
        house.run(Duration::from_millis(4500));
        assert_eq!(dialled(house, far), "34030", "two pauses, and no dial tone yet");
        house.party(far, Act::Say(Say::Tone(Country::Cn.plan().tones.dial)));
        house.until("the extension is dialled", |house| dialled(house, far).len() == 7);
        house.run(Duration::from_millis(300));
        assert_eq!(keys(&house.heard(far)), "3403017", "in SpanDSP's ears");
    };
    lifts(&mut house, POSITION);
    dials(&mut house);
    let number = |fact: &CallEvent| match fact {
        CallEvent::Dialled { number, .. } => Some(number.to_string()),
        _ => None,
    };
    assert_eq!(house.facts.iter().find_map(number).as_deref(), Some("93403017"));
    house.handset(POSITION, HandsetAct::HangUp);
    house.run(Duration::from_secs(5));
    // Whoever redials waits for the same.
    lifts(&mut house, POSITION);
    house.run(Duration::from_secs(1));
    let at_hand = house.telephone(POSITION);
    house.party(at_hand, Act::Press("*66".into()));
    dials(&mut house);
    house.handset(POSITION, HandsetAct::HangUp);
    house.run(Duration::from_secs(5));
    house.assert_at_rest();
    let file = house.open(&house.objects[0].clone());
    assert!(file.parts.iter().all(|part| !part.voices.is_empty()), "it is recorded");
}

#[test]
fn a_hot_line_that_waits_gives_time_to_dial_an_emergency_number_and_calls_when_nothing_is_dialled() {
    let wait = |settings: &mut Settings| calls(settings, "801", 3);
    let mut dials = house(984, wait);
    let at_hand = dials.telephone(POSITION);
    lifts(&mut dials, POSITION);
    dials.party(at_hand, Act::Listen);
    dials.run(Duration::from_secs(2));
    assert_eq!(tones(&dials.heard(at_hand)), ["dial"]);
    dials.party(at_hand, Act::Press("120".into()));
    let emergency = |fact: &CallEvent| matches!(fact, CallEvent::Dialled { number, .. } if number.as_str() == "120");
    dials.until_fact("the emergency service is called", emergency);
    dials.run(Duration::from_secs(5));
    assert!(!rings(&dials, dials.telephone(1)));

    let mut waits = house(985, wait);
    lifts(&mut waits, POSITION);
    waits.run(Duration::from_millis(2500));
    assert!(!rings(&waits, waits.telephone(1)));
    waits.run(Duration::from_secs(2));
    assert!(rings(&waits, waits.telephone(1)));
}

#[test]
fn who_calls_a_third_party_from_a_hot_line_dials() {
    let mut house = house(986, |settings| {
        calls(settings, "801", 0);
        settings.stations[usize::from(POSITION) - 1].flash = Flash::Conference;
    });
    let desk = house.telephone(1);
    lifts(&mut house, POSITION);
    house.until("it rings", |house| rings(house, desk));
    lifts(&mut house, 1);
    until_they_talk(&mut house);
    house.handset(POSITION, HandsetAct::Flash { ms: 300 });
    house.run(Duration::from_secs(10));
    house.party(house.telephone(POSITION), Act::Press("802".into()));
    house.run(Duration::from_secs(3));
    assert!(rings(&house, house.telephone(2)));
}
