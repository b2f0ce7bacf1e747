//! An agent with a headset at an analog port: ready while it is off its hook, with callers of the queue in the ear by
//! themselves, and with keys that dial.

use std::time::Duration;

use call::CallEvent;
use ringfence::handles::AgentState;
use settings::{Settings, StationClass};
use sim::{Act, HandsetAct, Told};

use crate::{
    conference::{HEARD_DBM0, level_at},
    house::{House, contains, demo_board, demo_settings, voice},
    outside::{hang_up, over_with, place},
    spandsp::tones,
};

/// The telephone of the first member of the demo's first queue.
const POSITION: u8 = 3;

fn house(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.stations[usize::from(POSITION) - 1].class = StationClass::Headset;
    settings.queues[0].members = vec!["803".into()];
    change(&mut settings);
    House::with(&board, settings, seed)
}

fn hook(house: &mut House, act: HandsetAct) {
    house.handset(POSITION, act);
    house.run(Duration::from_secs(2));
}

fn agent(house: &House) -> AgentState {
    let queues = house.snapshot().queues;
    let mut agents = queues.iter().flat_map(|queue| &queue.agents);
    agents.find(|agent| agent.extension == "803").expect("803 is an agent").state
}

fn keys(house: &mut House, digits: &str) {
    house.party(house.telephone(POSITION), Act::Press(digits.into()));
    house.run(Duration::from_millis(200) * digits.len() as u32);
}

fn until_talks(house: &mut House) {
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
}

#[test]
fn callers_of_the_queue_come_into_the_ear_after_a_tone_and_none_while_the_headset_is_down() {
    let mut house = house(991, |_| ());
    let ear = house.telephone(POSITION);
    assert_eq!(agent(&house), AgentState::Paused, "nobody's ear is there");
    place(&mut house, 1, "62001235");
    house.run(Duration::from_secs(10));
    assert!(!house.told.iter().any(|event| event.told == Told::RingerSounds(ear)), "nobody is offered to it");
    house.party(ear, Act::Listen);
    hook(&mut house, HandsetAct::Lift);
    if !house.facts.iter().any(|fact| matches!(fact, CallEvent::Bridged { .. })) {
        until_talks(&mut house);
    }
    let heard = house.heard(ear);
    let loudest = heard.chunks(800).map(|piece| level_at(piece, 900.0)).fold(f64::MIN, f64::max);
    assert!(loudest > HEARD_DBM0, "a tone tells that a caller comes: {loudest}");
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(8));
    assert!(agent(&house) == AgentState::Free, "ready again, off its hook");
    hook(&mut house, HandsetAct::HangUp);
    assert_eq!(agent(&house), AgentState::Paused);
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
}

#[test]
fn who_wears_it_dials_hears_what_became_of_it_and_is_ready_again() {
    let mut house = house(992, |_| ());
    let (ear, other) = (house.telephone(POSITION), house.telephone(1));
    hook(&mut house, HandsetAct::Lift);
    keys(&mut house, "801");
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(other)));
    house.handset(1, HandsetAct::Lift);
    until_talks(&mut house);
    house.run(Duration::from_millis(300));
    house.party(other, Act::Listen);
    house.says(ear, voice(1, 8000));
    house.run(Duration::from_millis(1500));
    assert!(contains(&house.heard(other), &voice(1, 8000)));
    place(&mut house, 1, "62001235");
    house.run(Duration::from_secs(2));
    assert!(agent(&house) == AgentState::Talking, "no caller during a call of one's own: {:?}", agent(&house));
    house.party(ear, Act::Listen);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    assert!(tones(&house.heard(ear)).contains(&"busy"), "it is heard that the other one has gone");
    until_talks(&mut house);
    assert_eq!(over_with(&house, 1), None, "and then the caller who waited is there");
}

#[test]
fn an_emergency_number_and_the_codes_of_agents_are_keyed_at_a_headset_that_is_ready() {
    let mut house = house(993, |settings| settings.codes.pause_work = Some("*12".into()));
    hook(&mut house, HandsetAct::Lift);
    keys(&mut house, "*12");
    house.run(Duration::from_secs(6));
    assert!(agent(&house) == AgentState::Paused, "{:?}", agent(&house));
    house.run(Duration::from_secs(4));
    keys(&mut house, "120");
    let emergency = |fact: &CallEvent| matches!(fact, CallEvent::Dialled { number, .. } if number.as_str() == "120");
    house.run(Duration::from_secs(1));
    assert!(house.facts.iter().any(emergency), "the emergency service is called");
}
