//! Calls between telephones of the house.

use std::time::Duration;

use call::CallEvent;
use sim::{Act, HandsetAct, Told};

use crate::house::{House, contains, voice};

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
