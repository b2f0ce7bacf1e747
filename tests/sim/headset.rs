//! An agent with a headset at an analog port: ready while it is off its hook, with callers of the queue in the ear by
//! themselves, and with keys that dial.

use std::time::Duration;

use call::{CallEvent, OfferEnd};
use frame::LaneId;
use ringfence::handles::AgentState;
use settings::{Answer, Applied, Board, Settings, StationClass};
use sim::{Act, HandsetAct, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings, voice},
    outside::{hang_up, over_with, place},
    spandsp::{hears_zip, tones},
};

/// What the queue whispers, and its music, as the house of these tests has them.
const WHISPER: [u8; 8000] = [0x5a; 8000];
const MUSIC: [u8; 4000] = [0x58; 4000];

/// The telephone of the first member of the demo's first queue.
const POSITION: u8 = 3;

fn house(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let settings = of_house(&board, change);
    House::with(&board, settings, seed)
}

fn of_house(board: &Board, change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = demo_settings(board);
    settings.stations[usize::from(POSITION) - 1].class = StationClass::Headset;
    settings.queues[0].members = vec!["803".into()];
    change(&mut settings);
    settings
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
    assert!(hears_zip(&house.heard(ear)), "a tone tells that a caller comes");
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

/// A caller of the queue, whom somebody with a headset hears announced; both lanes.
fn announced(house: &mut House) -> (LaneId, LaneId) {
    hook(house, HandsetAct::Lift);
    let ear = house.telephone(POSITION);
    house.party(ear, Act::Listen);
    let caller = place(house, 1, "62001235");
    house.until("the caller is offered", |house| offered(house) == 1);
    house.party(caller, Act::Listen);
    (ear, caller)
}

/// How often a caller was offered to the headset.
fn offered(house: &House) -> usize {
    house.facts.iter().filter(|fact| matches!(fact, CallEvent::Offered { .. })).count()
}

fn bridged(house: &House) -> bool {
    house.facts.iter().any(|fact| matches!(fact, CallEvent::Bridged { .. }))
}

#[test]
fn the_queue_is_whispered_into_the_agents_ear_after_the_tone_and_the_caller_hears_music_meanwhile() {
    let mut house = house(994, |settings| settings.queues[0].whisper = Some("queue_wait".into()));
    let (ear, caller) = announced(&mut house);
    house.run(Duration::from_millis(1300));
    assert!(!bridged(&house), "not before all was said");
    until_talks(&mut house);
    house.run(Duration::from_millis(50));
    let heard = house.heard(ear);
    let run = heard.split(|octet| *octet != WHISPER[0]).map(<[u8]>::len).max();
    assert_eq!(run, Some(WHISPER.len()), "all of it is heard");
    let at = heard.windows(WHISPER.len()).position(|window| window == WHISPER).expect("it is");
    assert!(hears_zip(&heard[..at]), "behind the tone");
    let heard = house.heard(caller);
    assert!(contains(&heard, &MUSIC) && !contains(&heard, &WHISPER[..400]), "the caller hears music and nothing of it");
    house.party(caller, Act::Listen);
    house.says(ear, voice(1, 8000));
    house.run(Duration::from_millis(1500));
    assert!(contains(&house.heard(caller), &voice(1, 8000)), "and then both talk");
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(8));
    assert!(agent(&house) == AgentState::Free);
    let recording = house.open(&house.objects[0].clone());
    let voices = recording.parts.iter().flat_map(|part| &part.voices);
    assert!(voices.into_iter().all(|voice| !contains(&voice.octets, &WHISPER[..400])), "it is in no recording");
}

#[test]
fn where_the_prompt_of_a_whisper_is_missing_the_caller_comes_right_after_the_tone() {
    let mut house = house(996, |settings| settings.queues[0].whisper = Some("no_such_prompt".into()));
    let (ear, _) = announced(&mut house);
    house.run(Duration::from_millis(700));
    assert!(bridged(&house), "nothing is waited for that nobody says");
    house.run(Duration::from_millis(50));
    assert!(hears_zip(&house.heard(ear)), "the tone was there");
}

#[test]
fn who_hangs_up_while_the_agent_is_told_of_it_is_told_of_no_more_and_the_next_one_is_told_of_whole() {
    let mut house = house(997, |settings| settings.queues[0].whisper = Some("queue_wait".into()));
    let (ear, _) = announced(&mut house);
    house.run(Duration::from_millis(800));
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(2));
    let said = house.heard(ear).iter().filter(|octet| **octet == WHISPER[0]).count();
    assert!((1000..WHISPER.len()).contains(&said), "it ends with the call: {said}");
    assert!(agent(&house) == AgentState::Free && !bridged(&house), "{:?}", agent(&house));
    house.party(ear, Act::Listen);
    place(&mut house, 2, "62001235");
    until_talks(&mut house);
    house.run(Duration::from_millis(50));
    assert!(contains(&house.heard(ear), &WHISPER));
}

#[test]
fn what_a_queue_whispers_is_what_the_newest_settings_say_also_of_a_caller_who_waits_already() {
    let change = |settings: &mut Settings| settings.queues[0].whisper = Some("queue_wait".into());
    let mut house = house(999, |_| ());
    let mut settings = of_house(&demo_board(), |_| ());
    change(&mut settings);
    place(&mut house, 1, "62001235");
    house.run(Duration::from_secs(2));
    assert_eq!(house.apply(settings, 2), (Applied::Applied, Applied::Applied), "it is the queue's, and no call's");
    let ear = house.telephone(POSITION);
    house.party(ear, Act::Listen);
    house.handset(POSITION, HandsetAct::Lift);
    until_talks(&mut house);
    house.run(Duration::from_millis(50));
    assert!(contains(&house.heard(ear), &WHISPER));
}

#[test]
fn a_call_of_the_house_is_announced_without_what_the_queue_would_say() {
    let mut house = house(998, |settings| settings.queues[0].whisper = Some("queue_wait".into()));
    let other = house.telephone(1);
    // One of the queue comes before.
    let (ear, _) = announced(&mut house);
    until_talks(&mut house);
    house.run(Duration::from_millis(50));
    assert!(contains(&house.heard(ear), &WHISPER));
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(8));
    house.party(ear, Act::Listen);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(other, Act::Press("803".into()));
    until_talks(&mut house);
    house.run(Duration::from_millis(50));
    let heard = house.heard(ear);
    assert!(!contains(&heard, &WHISPER[..400]), "nothing is said of it");
    assert!(hears_zip(&heard), "but the tone tells it");
}

#[test]
fn where_a_key_answers_the_caller_waits_for_it_and_who_does_not_press_it_is_offered_the_call_no_more() {
    let mut house = house(995, |settings| {
        settings.queues[0].whisper = Some("queue_wait".into());
        settings.stations[usize::from(POSITION) - 1].answer = Answer::Key;
    });
    let (ear, _) = announced(&mut house);
    house.run(Duration::from_secs(5));
    assert!(contains(&house.heard(ear), &WHISPER));
    assert!(!bridged(&house), "nobody pressed the key");
    keys(&mut house, "1");
    assert!(!bridged(&house), "another one is none");
    keys(&mut house, "#");
    assert!(bridged(&house), "this one is");
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(8));
    assert!(agent(&house) == AgentState::Free, "ready again, off its hook");

    place(&mut house, 2, "62001235");
    let ring = Duration::from_secs(demo_settings(&demo_board()).queues[0].ring_s.into());
    house.until("the next one is offered", |house| offered(house) == 2);
    house.run(ring + Duration::from_secs(1));
    let passed_by = |fact: &CallEvent| matches!(fact, CallEvent::OfferEnded { why: OfferEnd::NoAnswer, .. });
    assert!(house.facts.iter().any(passed_by), "as one who does not lift the handset");
    house.until("and offered again", |house| offered(house) == 3);
    house.run(Duration::from_millis(300));
    keys(&mut house, "#");
    assert!(
        house.facts.iter().filter(|fact| matches!(fact, CallEvent::Bridged { .. })).count() == 2,
        "before it is all said"
    );
}
