//! Calls between telephones of the house.

use std::time::Duration;

use call::CallEvent;
use frame::Law;
use isdn::Cause;
use settings::Digits;
use sim::{Act, CallNews, HandsetAct, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings, voice},
    spandsp::{seldom, tones},
};

#[test]
fn one_telephone_calls_another_by_keys_they_hear_each_other_and_are_recorded() {
    let mut house = House::new(1);
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("the telephone rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.handset(2, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.party(caller, Act::Listen);
    house.party(called, Act::Listen);
    house.run(Duration::from_millis(100));
    house.says(caller, voice(1, 4000));
    house.says(called, voice(2, 4000));
    house.run(Duration::from_secs(1));
    let (at_called, at_caller) = (house.heard(called), house.heard(caller));
    assert!(contains(&at_called, &voice(1, 4000)), "sample for sample");
    assert!(contains(&at_caller, &voice(2, 4000)), "sample for sample");
    house.handset(1, HandsetAct::HangUp);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    let voices = &recording.parts[0].voices;
    assert!(contains(&voices[0].octets, &voice(1, 4000)), "the caller's track holds what the caller said");
    assert!(contains(&voices[1].octets, &voice(2, 4000)), "the called party's, what that party said");
}

#[test]
fn an_old_telephone_dials_by_pulses() {
    let mut house = House::new(2);
    let called = house.telephone(1);
    house.handset(8, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.handset(8, HandsetAct::DialPulse { digits: "801".into() });
    house.until("the telephone rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.handset(8, HandsetAct::HangUp);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.assert_at_rest();
}

#[test]
fn a_number_that_nobody_has_is_answered_with_a_tone_and_the_next_call_works() {
    let mut house = House::new(3);
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("399".into()));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until_fact("the telephone rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
}

/// A house whose telephones wait for digits so long.
fn house_that_waits(digits: Digits, seed: u64) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.digits = digits;
    House::with(&board, settings, seed)
}

#[test]
fn a_hash_behind_a_number_outside_calls_at_once_and_without_it_so_long_is_waited_as_the_settings_say() {
    for (seed, keys, next_s, from, to) in [
        (46, "013912345678#", 4, Duration::ZERO, Duration::from_millis(300)),
        (47, "013912345678", 4, Duration::from_millis(3800), Duration::from_millis(4300)),
        (48, "013912345678", 9, Duration::from_millis(8800), Duration::from_millis(9300)),
    ] {
        let mut house = house_that_waits(Digits { next_s, ..Digits::default() }, seed);
        house.handset(1, HandsetAct::Lift);
        house.run(Duration::from_secs(1));
        house.party(house.telephone(1), Act::Press(keys.into()));
        // A key sounds 100 ms and pauses as long.
        house.run(Duration::from_millis(200) * keys.len() as u32 - Duration::from_millis(100));
        let last = house.now();
        let arrived = |house: &House| {
            let incoming =
                |told: &Told| matches!(told, Told::Call(told) if matches!(told.news, CallNews::Incoming { .. }));
            house.told.iter().any(|event| incoming(&event.told))
        };
        house.until("the exchange has the call", arrived);
        let after = house.now().since(last);
        assert!(from <= after && after <= to, "{keys} after {after:?}");
        let dialled = house.facts.iter().find_map(|fact| match fact {
            CallEvent::Dialled { number, .. } => Some(number.as_str().to_owned()),
            _ => None,
        });
        assert_eq!(dialled.as_deref(), Some("013912345678"), "the hash is no digit of it");
    }
}

#[test]
fn dial_tone_lasts_as_the_settings_say_and_who_stops_within_a_number_hears_so() {
    let mut house = house_that_waits(Digits { first_s: 6, next_s: 8 }, 49);
    let telephone = house.telephone(1);
    house.party(telephone, Act::Listen);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_millis(5800));
    assert_eq!(tones(&house.heard(telephone)), ["dial"]);
    house.party(telephone, Act::Listen);
    house.run(Duration::from_secs(4));
    assert!(tones(&house.heard(telephone)).contains(&"busy"), "6 s are over");
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(telephone, Act::Press("8".into()));
    house.run(Duration::from_millis(300));
    house.party(telephone, Act::Listen);
    house.run(Duration::from_millis(7500));
    assert!(house.heard(telephone).iter().all(|octet| *octet == Law::A.silence()), "the next digit is waited for");
    house
        .until_fact("no more comes", |fact| matches!(fact, CallEvent::Ended { cause: Cause::InvalidNumberFormat, .. }));
    house.party(telephone, Act::Listen);
    house.run(Duration::from_secs(5));
    assert!(seldom(&house.heard(telephone)).contains(&"number"), "{:?}", seldom(&house.heard(telephone)));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
}
