//! A locked telephone: what may be dialled there, and how a PIN unlocks it for one call.

use std::time::Duration;

use access::{PasswordHash, chosen_pin};
use call::{CallEvent, NotUnlocked};
use frame::{LaneId, PersonId};
use settings::{Flash, Lock, Mail, PickupGroup, Settings};
use sim::{Act, CallNews, HandsetAct, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings},
    numbers::assert_told,
    outside::place,
    spandsp::tones,
};

const LOCKED: [u8; 4000] = [0x4a; 4000];
const KEY_PIN: [u8; 4000] = [0x63; 4000];
const PIN_LOCKED: [u8; 4000] = [0x65; 4000];
const LIU: PersonId = PersonId(5);
const PIN: &str = "271828";

fn locked(seed: u64, lock: Lock) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    (settings.stations[0].lock, settings.stations[0].flash) = (lock, Flash::Conference);
    with_codes(&mut settings);
    House::with(&board, settings, seed)
}

fn with_codes(settings: &mut Settings) {
    settings.codes.unlock = Some("*77".into());
    settings.codes.redial = Some("*66".into());
    settings.codes.withhold_number = Some("*31".into());
    settings.services.forward_always = Some("57".into());
    let pin = PasswordHash::of(&chosen_pin(PIN).unwrap(), [5; 16]).unwrap();
    settings.people.iter_mut().filter(|row| row.id == LIU).for_each(|row| row.pin = Some(pin.as_str().to_owned()));
}

fn keys(house: &mut House, digits: &str) -> LaneId {
    let lane = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(lane, Act::Listen);
    house.party(lane, Act::Press(digits.into()));
    house.run(Duration::from_millis(200) * digits.len() as u32 + Duration::from_millis(1500));
    lane
}

fn hangs_up(house: &mut House) {
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
}

fn went_out(house: &House) -> usize {
    let calls = |told: &Told| matches!(told, Told::Call(call) if matches!(call.news, CallNews::Incoming { .. }));
    house.told.iter().filter(|event| calls(&event.told)).count()
}

fn rang(house: &House, position: u8) -> bool {
    let lane = house.telephone(position);
    house.told.iter().any(|event| event.told == Told::RingerSounds(lane))
}

#[test]
fn only_emergency_numbers_are_dialled_where_nothing_is_left_open_and_no_code_does_anything() {
    let mut house = locked(971, Lock::Emergency);
    for closed in ["802", "701", "0139", "*66", "*57*802#", "*31802"] {
        let lane = keys(&mut house, closed);
        assert!(contains(&house.heard(lane), &LOCKED), "{closed}");
        hangs_up(&mut house);
    }
    assert_eq!(went_out(&house), 0);
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::ServiceSet { .. })));
    keys(&mut house, "120");
    house.until("the emergency call is out", |house| went_out(house) == 1);
    hangs_up(&mut house);
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
    assert_told(
        &house,
        "801 已锁，这个号码不能拨（设置中 stations 的 lock）",
        "801 is locked, and this may not be dialled there (lock of the station)",
    );
}

/// Everything that may be dialled as a code: all of the settings, with what each needs behind it.
fn all_codes(settings: &Settings) -> Vec<String> {
    let code =
        |of: &serde_json::Value, key: &str| of[key].as_str().unwrap_or_else(|| panic!("{key} is set")).to_owned();
    let codes = serde_json::to_value(&settings.codes).unwrap();
    // Those of talks are keyed when somebody has answered, and one is what unlocks.
    let dialled = CODES.map(|(key, behind)| code(&codes, key) + behind);
    let known: Vec<&str> = CODES.iter().map(|(key, _)| *key).chain(NOT_DIALLED).collect();
    let keys: Vec<&String> = codes.as_object().unwrap().keys().collect();
    assert!(keys.iter().all(|key| known.contains(&key.as_str())), "a code that is not tried: {keys:?}");
    let services = serde_json::to_value(&settings.services).unwrap();
    let services = services.as_object().unwrap().values().map(|digits| digits.as_str().unwrap());
    let services = services.flat_map(|digits| {
        [format!("*{digits}*803#"), format!("*{digits}#"), format!("#{digits}#"), format!("*#{digits}#")]
    });
    let hear = settings.mail.as_ref().map(|mail| mail.hear.clone()).unwrap();
    let mail = [hear.clone(), format!("{hear}*802")];
    dialled.into_iter().chain(services).chain(mail).chain(settings.park.places.iter().cloned()).collect()
}

/// The codes that are dialled, by their keys in the settings, and what is dialled behind each.
const CODES: [(&str, &str); 12] = [
    ("withhold_number", "802"),
    ("supervise", "803"),
    ("call_back", ""),
    ("no_call_back", ""),
    ("pickup", ""),
    ("pickup_of", "804"),
    ("redial", ""),
    ("sign_in", ""),
    ("sign_out", ""),
    ("pause_work", "1"),
    ("end_wrap_up", ""),
    ("malicious_call", ""),
];
const NOT_DIALLED: [&str; 3] = ["secret_input", "pause", "unlock"];

/// Every code that there is, at a telephone for which each would do something: it is a member of a queue and has a box.
fn with_all_codes(settings: &mut Settings) {
    let codes = &mut settings.codes;
    let all = [
        (&mut codes.withhold_number, "*31"),
        (&mut codes.malicious_call, "*39"),
        (&mut codes.secret_input, "*78"),
        (&mut codes.pause, "*79"),
        (&mut codes.supervise, "*75"),
        (&mut codes.call_back, "*37"),
        (&mut codes.no_call_back, "#37"),
        (&mut codes.pickup, "*8"),
        (&mut codes.pickup_of, "*9"),
        (&mut codes.redial, "*66"),
        (&mut codes.unlock, "*77"),
        (&mut codes.sign_in, "*11"),
        (&mut codes.sign_out, "#11"),
        (&mut codes.pause_work, "*12"),
        (&mut codes.end_wrap_up, "*13"),
    ];
    all.into_iter().for_each(|(code, keys)| *code = Some(keys.into()));
    let services = &mut settings.services;
    (services.forward_always, services.forward_busy) = (Some("57".into()), Some("40".into()));
    (services.forward_no_answer, services.do_not_disturb) = (Some("41".into()), Some("56".into()));
    settings.pauses = vec!["lunch".into()];
    settings.park.places = vec!["781".into()];
    settings.mail = Some(Mail { hear: "*98".into(), message_s: 20, messages: 2, days: 30 });
    settings.stations[0].mail = true;
    settings.queues[0].members.push("801".into());
    let stations = ["801", "804"].map(str::to_owned).into();
    settings.pickup_groups.push(PickupGroup { name: "ward".into(), stations });
}

#[test]
fn no_code_that_there_is_does_anything_at_a_locked_telephone_but_the_one_that_unlocks_and_emergency_numbers_go_out() {
    for (seed, lock) in [(975, Lock::Emergency), (976, Lock::Inside)] {
        let board = demo_board();
        let mut settings = demo_settings(&board);
        (settings.stations[0].lock, settings.stations[0].flash) = (lock, Flash::Conference);
        with_codes(&mut settings);
        with_all_codes(&mut settings);
        let codes = all_codes(&settings);
        assert_eq!(codes.len(), CODES.len() + 4 * 4 + 2 + 1);
        let mut house = House::with(&board, settings, seed);
        // A call that could be picked up: somebody lets 804 ring.
        let other = house.telephone(5);
        house.handset(5, HandsetAct::Lift);
        house.run(Duration::from_secs(1));
        house.party(other, Act::Press("804".into()));
        house.until("804 rings", |house| rang(house, 4));
        for code in &codes {
            let before = house.facts.len();
            let lane = keys(&mut house, code);
            assert!(contains(&house.heard(lane), &LOCKED), "{code} at a telephone with {lock:?}");
            hangs_up(&mut house);
            let did: Vec<_> = house.facts[before..].iter().filter(|fact| !is_of_a_refusal(fact)).collect();
            assert!(did.is_empty(), "{code}: {did:?}");
        }
        let lane = keys(&mut house, "*77");
        assert!(contains(&house.heard(lane), &KEY_PIN), "what unlocks does");
        hangs_up(&mut house);
        assert_eq!(went_out(&house), 0);
        keys(&mut house, "120");
        house.until("the emergency call is out", |house| went_out(house) == 1);
    }
}

/// What is told of a call that is refused, and of the one that rings on at 804 meanwhile.
fn is_of_a_refusal(fact: &CallEvent) -> bool {
    matches!(
        fact,
        CallEvent::Began { .. }
            | CallEvent::LegBegan { .. }
            | CallEvent::TelephoneLocked { .. }
            | CallEvent::PromptBegan { .. }
            | CallEvent::LegEnded { .. }
            | CallEvent::Ended { .. }
    )
}

#[test]
fn the_house_may_be_left_open_and_calls_to_it_ring_but_a_flash_does_nothing() {
    let mut house = locked(972, Lock::Inside);
    let lane = keys(&mut house, "0");
    house.party(lane, Act::Press("139".into()));
    house.run(Duration::from_secs(3));
    assert!(contains(&house.heard(lane), &LOCKED));
    hangs_up(&mut house);
    keys(&mut house, "802");
    house.until("802 rings", |house| rang(house, 2));
    hangs_up(&mut house);
    place(&mut house, 1, "62001801");
    house.until("it rings", |house| rang(house, 1));
    house.handset(1, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(1, HandsetAct::Flash { ms: 300 });
    house.run(Duration::from_secs(2));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::Held { .. })));
}

#[test]
fn a_pin_unlocks_it_for_one_call_and_no_further() {
    let mut house = locked(973, Lock::Emergency);
    let lane = keys(&mut house, "*77");
    assert!(contains(&house.heard(lane), &KEY_PIN));
    house.party(lane, Act::Listen);
    house.party(lane, Act::Press(format!("{}*{PIN}#", LIU.0)));
    house.until_fact("it is unlocked", |fact| matches!(fact, CallEvent::TelephoneUnlocked { person: LIU, .. }));
    house.run(Duration::from_secs(3));
    let heard = house.heard(lane);
    assert!(tones(&heard).contains(&"dial"), "a dial tone again: {:?}", tones(&heard));
    house.party(lane, Act::Press("013912345678".into()));
    house.until("it goes out", |house| went_out(house) == 1);
    hangs_up(&mut house);
    let lane = keys(&mut house, "802");
    assert!(contains(&house.heard(lane), &LOCKED), "and is locked again");
    hangs_up(&mut house);
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
    assert_told(&house, "人员 5 用 PIN 开锁，可拨一个电话", "Person 5 unlocks the telephone with a PIN, for one call");
}

#[test]
fn three_wrong_pins_are_enough_and_no_file_has_any() {
    let mut house = locked(974, Lock::Emergency);
    let lane = keys(&mut house, "*77");
    for _ in 0..3 {
        house.party(lane, Act::Press(format!("{}*314159#", LIU.0)));
        house.run(Duration::from_secs(4));
    }
    assert!(contains(&house.heard(lane), &PIN_LOCKED));
    let why = |fact: &CallEvent| matches!(fact, CallEvent::NotUnlocked { why: NotUnlocked::WrongPin, .. });
    assert!(house.facts.iter().any(why));
    hangs_up(&mut house);
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
    let has = |octets: &[u8]| octets.windows(6).any(|window| window == b"314159");
    assert!(house.all_files().iter().all(|(_, octets)| !has(octets)), "nothing of it is kept");
    assert_told(&house, "没有开锁：PIN 三次错误", "Not unlocked: the PIN was wrong three times");
}
