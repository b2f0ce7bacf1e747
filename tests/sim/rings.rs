//! Telephones that ring by where a call comes from. What each is sent is told by the simulated card.

use std::time::Duration;

use call::CallEvent;
use frame::LaneId;
use settings::{Ring, Rings, Settings};
use sim::{Act, HandsetAct, Told};

use crate::{
    house::{House, demo_board, demo_settings},
    outside::{hang_up, place},
    spandsp::class_message,
};

fn house(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.rings = Rings { inside: Ring::Second, outside: Ring::Usual, queue: Ring::Third, call_back: Ring::Second };
    change(&mut settings);
    House::with(&board, settings, seed)
}

/// The first bursts of a telephone and the silence between them, in hundredths of a second.
fn bursts(house: &mut House, lane: LaneId) -> Vec<u64> {
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(lane)));
    house.run(Duration::from_secs(2));
    let changes = house
        .told
        .iter()
        .filter(|event| event.told == Told::RingerSounds(lane) || event.told == Told::RingerSilent(lane));
    let times: Vec<u64> = changes.map(|event| event.at.as_us() / 10_000).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Telephone 1 calls another one.
fn calls(house: &mut House, digits: &str) {
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press(digits.into()));
}

#[test]
fn calls_of_the_house_from_outside_and_of_a_queue_ring_each_in_its_way() {
    let mut inside = house(1301, |_| ());
    let called = inside.telephone(2);
    calls(&mut inside, "802");
    assert_eq!(bursts(&mut inside, called), [38, 22, 38], "two bursts");

    let mut outside = house(1302, |_| ());
    let called = outside.telephone(1);
    place(&mut outside, 1, "62001801");
    assert_eq!(bursts(&mut outside, called), [98], "China's own");
    hang_up(&mut outside, 1);

    let mut queue = house(1303, |_| ());
    let called = queue.telephone(3);
    let caller = place(&mut queue, 1, "62001234");
    queue.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    queue.run(Duration::from_secs(1));
    queue.party(caller, Act::Press("1".into()));
    assert_eq!(bursts(&mut queue, called), [23, 17, 58], "short and long");
}

#[test]
fn without_a_row_of_the_settings_all_calls_ring_alike() {
    let mut house = house(1304, |settings| settings.rings = Rings::default());
    let called = house.telephone(2);
    calls(&mut house, "802");
    assert_eq!(bursts(&mut house, called), [98]);
}

#[test]
fn who_calls_is_read_in_the_silence_after_the_second_burst() {
    let mut house = house(1305, |_| ());
    let called = house.telephone(2);
    house.party(called, Act::Listen);
    calls(&mut house, "802");
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.run(Duration::from_secs(4));
    assert_eq!(class_message(&house.heard(called)), "message 80\n02 383031\n07 bcb1d5efcca8\n");
}
