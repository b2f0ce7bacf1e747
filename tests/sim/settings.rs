//! Other settings while calls go on: what changes at once, what waits, and that the answer is what happens.

use std::time::Duration;

use call::CallEvent;
use settings::{Applied, Settings, StationClass};
use sim::{Act, HandsetAct, Told};

use crate::{
    house::{House, demo_board, demo_settings},
    outside::{hang_up, place},
};

/// The octets of two pieces of music.
const MUSIC: u8 = 0x58;
const WAIT: u8 = 0x5a;

/// The settings of the demo, changed.
fn changed(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = demo_settings(&demo_board());
    change(&mut settings);
    settings
}

fn with_music(name: &str) -> Settings {
    changed(|settings| settings.queues[0].music = name.to_owned())
}

/// Applies, and holds the answer of the try against that of the apply.
fn apply(house: &mut House, settings: Settings, version: u32) -> Applied {
    let (tried, applied) = house.apply(settings, version);
    assert_eq!(tried, applied, "a try says what an apply does");
    applied
}

fn until_ended(house: &mut House, calls: usize) {
    let ended = |house: &House| house.facts.iter().filter(|fact| matches!(fact, CallEvent::Ended { .. })).count();
    house.until("the calls are over", |house| ended(house) == calls);
}

fn hears_only(house: &mut House, lane: frame::LaneId, octet: u8) -> bool {
    house.party(lane, Act::Listen);
    house.run(Duration::from_millis(500));
    let heard = house.heard(lane);
    heard.len() > 3000 && heard.iter().all(|&of| of == octet)
}

#[test]
fn a_waiting_caller_hears_other_music_from_the_moment_it_is_applied_and_the_call_keeps_its_version() {
    let mut house = House::new(31);
    let caller = place(&mut house, 1, "62001235");
    house.run(Duration::from_secs(1));
    assert!(hears_only(&mut house, caller, MUSIC));
    assert_eq!(apply(&mut house, with_music("queue_wait"), 2), Applied::Applied);
    house.run(Duration::from_millis(100));
    assert!(hears_only(&mut house, caller, WAIT), "the new music");
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    let caller = place(&mut house, 2, "62001235");
    house.run(Duration::from_secs(1));
    assert!(hears_only(&mut house, caller, WAIT));
    let versions = house.facts.iter().filter_map(|fact| match fact {
        CallEvent::Began { settings, .. } => Some(*settings),
        _ => None,
    });
    assert_eq!(versions.collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_call_keeps_its_menu_and_the_next_one_has_the_new_one() {
    let mut house = House::new(32);
    place(&mut house, 1, "62001234");
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    let other_menu = changed(|settings| {
        let text = settings.to_toml().replace("main_menu", "goodbye");
        *settings = Settings::parse("other.toml", &text, &demo_board(), None).unwrap().settings;
    });
    assert_eq!(apply(&mut house, other_menu.clone(), 2), Applied::WhenIdle, "a call goes on by its own");
    place(&mut house, 2, "62001234");
    house.until_fact(
        "the new menu plays",
        |fact| matches!(fact, CallEvent::PromptBegan { prompt, .. } if prompt == "goodbye"),
    );
    hang_up(&mut house, 1);
    hang_up(&mut house, 2);
    until_ended(&mut house, 2);
    assert_eq!(apply(&mut house, other_menu, 3), Applied::Applied, "nothing goes on");
}

#[test]
fn a_new_telephone_works_at_once_and_one_that_is_taken_out_does_not() {
    let mut house = House::new(33);
    let without_802 = changed(|settings| {
        settings.stations.retain(|station| station.extension != "802");
        settings.queues.iter_mut().for_each(|queue| queue.members.retain(|member| member != "802"));
    });
    let caller = house.telephone(1);
    let dial = |house: &mut House| {
        house.handset(1, HandsetAct::Lift);
        house.run(Duration::from_secs(1));
        house.party(caller, Act::Press("802".into()));
    };
    assert_eq!(apply(&mut house, without_802, 2), Applied::Applied);
    dial(&mut house);
    house.until_fact("nobody is reached", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    assert_eq!(apply(&mut house, changed(|_| ()), 3), Applied::Applied);
    let called = house.telephone(2);
    dial(&mut house);
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
}

#[test]
fn a_telephone_in_a_call_changes_its_class_when_it_is_hung_up_and_is_not_taken_out_before_a_restart() {
    let mut house = House::new(34);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let as_fax = changed(|settings| settings.stations[0].class = StationClass::Fax);
    assert_eq!(apply(&mut house, as_fax, 2), Applied::WhenIdle);
    let without = changed(|settings| {
        settings.stations.remove(0);
    });
    assert_eq!(apply(&mut house, without, 3), Applied::NeedsRestart);
}

#[test]
fn what_is_read_at_the_start_says_that_it_needs_one() {
    let mut house = House::new(35);
    let other_tones = changed(|settings| settings.country = settings::Country::Uk);
    assert_eq!(apply(&mut house, other_tones, 2), Applied::NeedsRestart);
    let other_prompts = changed(|settings| settings.language = settings::Language::English);
    assert_eq!(apply(&mut house, other_prompts, 3), Applied::NeedsRestart);
}

#[test]
fn a_span_changes_its_side_at_once_where_no_call_is_on_it_and_waits_for_the_last_one_elsewhere() {
    let mut house = House::new(36);
    let network = || changed(|settings| settings.trunks[0].role = settings::Role::Network);
    place(&mut house, 1, "62001234");
    assert_eq!(apply(&mut house, network(), 2), Applied::WhenIdle);
    assert_eq!(apply(&mut house, changed(|_| ()), 3), Applied::Applied, "taken back before it came to it");
    hang_up(&mut house, 1);
    until_ended(&mut house, 1);
    assert_eq!(apply(&mut house, network(), 4), Applied::Applied);
}
