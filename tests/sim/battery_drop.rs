//! What is plugged in as a telephone and knows the end of a call by its feed alone: an answering machine, for one.

use std::time::Duration;

use call::CallEvent;
use frame::{LaneId, Time};
use sim::{Act, HandsetAct, Told};

use crate::{
    analog::{line, outside, talk_with_a_caller},
    conference::{HEARD_DBM0, SILENT_DBM0, level_at},
    house::{House, contains, demo_board, demo_settings, voice},
};

/// China's busy tone.
const BUSY_HZ: f64 = 450.0;

/// A house whose telephone 3 is a machine.
fn house(seed: u64, battery_drop: bool) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.stations[2].battery_drop = battery_drop;
    House::with(&board, settings, seed)
}

/// When this was told first.
fn told_at(house: &House, wanted: impl Fn(&Told) -> bool) -> Option<Time> {
    house.told.iter().find(|event| wanted(&event.told)).map(|event| event.at)
}

fn cut_at(house: &House, machine: LaneId) -> Option<Time> {
    told_at(house, |told| matches!(told, Told::FeedDropped { lane, .. } if *lane == machine))
}

/// A caller outside talks to the machine, and hangs up.
fn called_until_the_caller_hangs_up(house: &mut House) -> LaneId {
    let caller = outside(house, 1);
    let machine = talk_with_a_caller(house, caller);
    house.says(caller, voice(1, 8000));
    house.says(machine, voice(2, 8000));
    house.run(Duration::from_millis(1500));
    assert_eq!(cut_at(house, machine), None, "not while they talk");
    house.party(machine, Act::Listen);
    line(house, caller, sim::LineAct::HangUp(sim::Release::BatteryDrop));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    machine
}

fn rests(house: &mut House) {
    // The agent's wrap-up.
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
}

#[test]
fn a_machine_whose_feed_is_cut_when_its_caller_hangs_up_lets_go_and_takes_the_next_call() {
    let mut house = house(1301, true);
    let machine = called_until_the_caller_hangs_up(&mut house);
    house.until("its feed is cut", |house| cut_at(house, machine).is_some());
    house.run(Duration::from_millis(400));
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    assert!(level_at(&house.heard(machine), BUSY_HZ) < SILENT_DBM0, "it hears no busy tone");
    rests(&mut house);
    let voices = &house.open(&house.objects[0].clone()).parts[0].voices;
    assert!(contains(&voices[0].octets, &voice(1, 8000)) && contains(&voices[1].octets, &voice(2, 8000)));
    let (caller, before) = (house.telephone(1), house.told.len());
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("803".into()));
    house.until("it rings", |house| house.told[before..].iter().any(|event| event.told == Told::RingerSounds(machine)));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
}

#[test]
fn whoever_does_not_let_go_hears_busy_tone_once_the_feed_is_back() {
    let mut house = house(1302, true);
    let machine = called_until_the_caller_hangs_up(&mut house);
    house.until("it is fed again", |house| told_at(house, |told| *told == Told::FeedBack(machine)).is_some());
    let back = told_at(&house, |told| *told == Told::FeedBack(machine));
    let cut_for = back.zip(cut_at(&house, machine)).map(|(back, cut)| back.since(cut));
    assert_eq!(cut_for, Some(Duration::from_millis(800)));
    house.party(machine, Act::Listen);
    house.run(Duration::from_secs(1));
    assert!(level_at(&house.heard(machine), BUSY_HZ) > HEARD_DBM0, "busy tone");
    house.handset(3, HandsetAct::HangUp);
    rests(&mut house);
}

#[test]
fn a_telephones_feed_is_not_cut() {
    let mut house = house(1303, false);
    let telephone = called_until_the_caller_hangs_up(&mut house);
    house.run(Duration::from_secs(1));
    assert_eq!(cut_at(&house, telephone), None);
    assert!(level_at(&house.heard(telephone), BUSY_HZ) > HEARD_DBM0, "busy tone at once");
    house.handset(3, HandsetAct::HangUp);
    rests(&mut house);
}
