//! Calls that are taken over by a code: what rings at another telephone, and who is parked; and the last number again.
//! Codes are keyed, prompts and tones are listened to.

use std::time::Duration;

use call::{CallEvent, NotTransferred, OfferEnd};
use frame::LaneId;
use isdn::Cause;
use settings::{Flash, PickupGroup, Settings};
use sim::{Act, HandsetAct, Told};
use vault::Mark;

use crate::{
    conference::{NOTES, Talk, is_music, talk_with},
    house::{House, contains, demo_board, demo_settings},
    numbers::assert_told,
    outside::{hang_up, over_with, place},
    spandsp::tones,
};

/// What telephones hear, as the house of these tests has it.
const NOTHING_RINGS: [u8; 4000] = [0x6b; 4000];
const PARKED: [u8; 4000] = [0x6c; 4000];
const NOBODY_PARKED: [u8; 4000] = [0x6d; 4000];
const NO_NUMBER: [u8; 4000] = [0x6e; 4000];

fn with_codes(settings: &mut Settings) {
    (settings.codes.pickup, settings.codes.pickup_of) = (Some("*8".into()), Some("*8".into()));
    settings.codes.redial = Some("*66".into());
    let stations = ["801", "805", "806"].map(str::to_owned).into();
    settings.pickup_groups.push(PickupGroup { name: "病区".into(), stations });
    settings.park.places = vec!["781".into(), "782".into()];
    settings.stations[0].flash = Flash::Conference;
}

fn house(seed: u64) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    with_codes(&mut settings);
    House::with(&board, settings, seed)
}

fn talk(seed: u64) -> Talk {
    talk_with(seed, with_codes)
}

fn keys(house: &mut House, position: u8, digits: &str) -> LaneId {
    let lane = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(lane, Act::Listen);
    house.party(lane, Act::Press(digits.into()));
    lane
}

/// Keys a code, and hears what is said.
#[track_caller]
fn hears(house: &mut House, position: u8, digits: &str, said: &[u8]) {
    let lane = keys(house, position, digits);
    house.run(Duration::from_secs(8));
    assert!(contains(&house.heard(lane), said), "it is said what became of {digits}");
    house.handset(position, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
}

fn rings(house: &mut House, position: u8) {
    let lane = house.telephone(position);
    house.told.retain(|event| event.told != Told::RingerSounds(lane));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(lane)));
}

fn is_silent(house: &House, position: u8) -> bool {
    let lane = house.telephone(position);
    let last = house.told.iter().rev().find_map(|event| match event.told {
        Told::RingerSounds(of) if of == lane => Some(false),
        Told::RingerSilent(of) if of == lane => Some(true),
        _ => None,
    });
    last == Some(true)
}

/// A caller of 801, which rings, as a talk that has not begun.
fn called(seed: u64) -> Talk {
    let mut house = house(seed);
    let held = place(&mut house, 1, "62001801");
    rings(&mut house, 1);
    Talk { holder: house.telephone(1), house, held }
}

/// The telephone and the caller hear each other.
fn talks_with(talk: &mut Talk, lane: LaneId) {
    let held = talk.held;
    talk.sings(held, NOTES[1]);
    talk.sings(lane, NOTES[2]);
    talk.house.run(Duration::from_millis(500));
    talk.assert_heard(&[(held, [false, false, true]), (lane, [false, true, false])]);
}

fn bridged(house: &mut House) {
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
}

#[test]
fn a_telephone_of_the_group_takes_the_call_that_rings_at_another_one() {
    let mut talk = called(921);
    let takes = keys(&mut talk.house, 5, "*8");
    bridged(&mut talk.house);
    talk.house.run(Duration::from_secs(1));
    assert!(is_silent(&talk.house, 1), "it rings no more");
    talks_with(&mut talk, takes);
    let (house, recordings) = talk.ends(&[5]);
    assert_eq!(recordings.len(), 1);
    let elsewhere = |fact: &&CallEvent| matches!(fact, CallEvent::OfferEnded { why: OfferEnd::PickedUp, .. });
    assert_eq!(house.facts.iter().filter(elsewhere).count(), 1);
    assert_told(
        &house,
        "代答：801 的来电在另一话机接起",
        "Picked up: the call that rang at 801 is answered at another telephone",
    );
}

#[test]
fn a_telephone_of_no_group_takes_it_by_the_extension_and_not_without() {
    let mut talk = called(922);
    hears(&mut talk.house, 3, "*8", &NOTHING_RINGS);
    hears(&mut talk.house, 5, "*8802", &NOTHING_RINGS);
    assert!(!talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::PickedUp { .. })));
    let takes = keys(&mut talk.house, 3, "*8801");
    bridged(&mut talk.house);
    talks_with(&mut talk, takes);
    let (house, _) = talk.ends(&[3]);
    assert_told(&house, "想代答同组的来电，没有来电", "Wanted to pick up a call of the group; none rang");
    assert_told(&house, "想代答 802 的来电，那里没有来电", "Wanted to pick up what rings at 802; nothing rang there");
}

#[test]
fn what_a_queue_offers_an_agent_is_not_picked_up() {
    let mut house = house(923);
    place(&mut house, 1, "62001235");
    rings(&mut house, 3);
    hears(&mut house, 5, "*8803", &NOTHING_RINGS);
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
}

#[test]
fn of_two_that_ring_in_the_group_the_older_is_taken_first() {
    let mut talk = called(924);
    let second = keys(&mut talk.house, 2, "806");
    rings(&mut talk.house, 6);
    let takes = keys(&mut talk.house, 5, "*8");
    bridged(&mut talk.house);
    talks_with(&mut talk, takes);
    talk.house.handset(5, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(2));
    let heard = talk.house.heard(second);
    assert!(tones(&heard).contains(&"ringback"), "806 rings on: {:?}", tones(&heard));
    talk.ends(&[2]);
}

#[test]
fn a_party_is_parked_with_music_and_taken_up_at_any_telephone_with_one_recording() {
    let mut talk = talk(925);
    let (holder, held) = (talk.holder, talk.held);
    talk.flashes();
    talk.house.party(holder, Act::Listen);
    talk.keys("781");
    talk.house.run(Duration::from_secs(3));
    assert!(contains(&talk.house.heard(holder), &PARKED), "it is said");
    assert!(is_music(&talk.hear(&[held])[0]));
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(2));
    assert_eq!(over_with(&talk.house, 1), None, "who parked may go");
    hears(&mut talk.house, 2, "782", &NOBODY_PARKED);
    let takes = keys(&mut talk.house, 2, "781");
    bridged(&mut talk.house);
    talks_with(&mut talk, takes);
    let (house, recordings) = talk.ends(&[2]);
    assert_eq!(recordings.len(), 1, "one call, from its first word to its last");
    assert_told(&house, "801 把对方驻留在 781（对方听音乐）", "801 parks the party at 781, with music");
    assert_told(&house, "在 781 取回驻留的通话", "The party parked at 781 is taken up");
    assert_told(&house, "想取回 782 的通话，那里没有驻留", "Wanted to take up a call at 782; nobody is parked there");
}

#[test]
fn a_place_that_is_taken_leaves_the_second_party_with_its_holder() {
    let mut talk = talk(926);
    talk.flashes();
    talk.keys("781");
    talk.house.run(Duration::from_secs(4));
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(2));
    let caller = keys(&mut talk.house, 3, "801");
    rings(&mut talk.house, 1);
    talk.house.handset(1, HandsetAct::Lift);
    bridged(&mut talk.house);
    talk.flashes();
    talk.keys("781");
    talk.house.until_fact("it is taken", |fact| matches!(fact, CallEvent::Retrieved { .. }));
    let holder = talk.holder;
    talk.sings(holder, NOTES[0]);
    talk.sings(caller, NOTES[1]);
    talk.house.run(Duration::from_millis(500));
    talk.assert_heard(&[(holder, [false, true, false]), (caller, [true, false, false])]);
    talk.ends(&[1, 3]);
}

#[test]
fn whoever_parked_is_rung_when_nobody_takes_the_party_up() {
    let mut talk = talk(927);
    talk.flashes();
    talk.keys("782");
    talk.house.run(Duration::from_secs(4));
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(114));
    assert!(!talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::TransferReturned { .. })));
    rings(&mut talk.house, 1);
    let why = |fact: &CallEvent| matches!(fact, CallEvent::TransferReturned { why: NotTransferred::ParkedTooLong, .. });
    assert!(talk.house.facts.iter().any(why));
    talk.house.handset(1, HandsetAct::Lift);
    bridged(&mut talk.house);
    let holder = talk.holder;
    talks_with(&mut talk, holder);
    talk.ends(&[1]);
}

#[test]
fn a_parked_party_stays_parked_over_a_restart() {
    let mut talk = talk(928);
    talk.flashes();
    talk.keys("781");
    talk.house.run(Duration::from_secs(4));
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(2));
    talk.house.is_killed_for(Duration::from_secs(2));
    talk.house.run(Duration::from_secs(2));
    assert!(is_music(&talk.hear(&[talk.held])[0]));
    let takes = keys(&mut talk.house, 2, "781");
    bridged(&mut talk.house);
    talks_with(&mut talk, takes);
    assert_eq!(over_with(&talk.house, 1), None);
    hang_up(&mut talk.house, 1);
    talk.house.handset(2, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(5));
    assert_eq!(over_with(&talk.house, 1), Some(Cause::NormalClearing));
    talk.house.assert_at_rest();
    let recording = talk.house.open(&talk.house.objects.last().expect("it is recorded").clone());
    // In the first part the party was on hold for the code, and then at the place.
    for (part, (begins, ends)) in recording.parts.iter().zip([(2, 1), (1, 1)]) {
        let marks = |wanted: fn(&Mark) -> bool| part.map.iter().filter(|entry| wanted(&entry.mark)).count();
        assert_eq!(
            marks(|mark| matches!(mark, Mark::HoldBegan { .. })),
            begins,
            "each part says that somebody is on hold"
        );
        assert_eq!(marks(|mark| matches!(mark, Mark::HoldEnded { .. })), ends);
    }
}

#[test]
fn the_last_number_is_dialled_again_and_who_dialled_none_is_told_so() {
    let mut house = house(929);
    hears(&mut house, 1, "*66", &NO_NUMBER);
    house.handset(2, HandsetAct::Lift);
    let first = keys(&mut house, 1, "802");
    house.run(Duration::from_secs(5));
    assert!(tones(&house.heard(first)).contains(&"busy"));
    house.handset(1, HandsetAct::HangUp);
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    keys(&mut house, 1, "*66");
    rings(&mut house, 2);
    house.handset(2, HandsetAct::Lift);
    bridged(&mut house);
    house.handset(1, HandsetAct::HangUp);
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_secs(4));
    house.assert_at_rest();
    assert_told(&house, "想重拨，之前没有拨过号码", "Wanted the last number again, and had dialled none");
}
