//! A locked telephone: what may be dialled there, and how a PIN unlocks it for one call.

use std::{collections::BTreeSet, time::Duration};

use access::{PasswordHash, chosen_pin};
use call::{CallEvent, Masking, NotUnlocked};
use frame::{LaneId, PersonId};
use settings::{Codes, Flash, Lock, Mail, MayMask, PickupGroup, Services, Settings};
use sim::{Act, CallNews, HandsetAct, Told};

use crate::{
    analog::{outside as outside_line, talk_with_a_caller},
    house::{House, contains, demo_board, demo_settings},
    numbers::{assert_told, called, national, setup},
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

/// Everything that may be keyed as a code: all of the settings, with what each needs behind it.
fn all_codes(settings: &Settings) -> Vec<String> {
    let code =
        |of: &serde_json::Value, key: &str| of[key].as_str().unwrap_or_else(|| panic!("{key} is set")).to_owned();
    let codes = serde_json::to_value(&settings.codes).unwrap();
    let dialled = CODES.map(|(key, behind)| code(&codes, key) + behind);
    let known: BTreeSet<&str> = CODES.iter().map(|(key, _)| *key).chain(["unlock"]).collect();
    let keys: BTreeSet<&str> = codes.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, known, "each code is set, and tried");
    let services = serde_json::to_value(&settings.services).unwrap();
    let services = services.as_object().unwrap().values().map(|digits| digits.as_str().unwrap());
    let services = services.flat_map(|digits| {
        [format!("*{digits}*803#"), format!("*{digits}#"), format!("#{digits}#"), format!("*#{digits}#")]
    });
    let hear = settings.mail.as_ref().map(|mail| mail.hear.clone()).unwrap();
    let mail = [hear.clone(), format!("{hear}*802")];
    dialled.into_iter().chain(services).chain(mail).chain(settings.park.places.iter().cloned()).collect()
}

/// The codes but the one that unlocks, by their keys in the settings, and what is keyed behind each.
const CODES: [(&str, &str); 15] = [
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
    ("secret_input", ""),
    ("pause", ""),
    ("line_flash", ""),
];

/// Every code that there is, at a telephone for which each would do something: it is a member of a queue and has a box.
fn with_all_codes(settings: &mut Settings) {
    let key = |keys: &str| Some(keys.to_owned());
    // Field by field, so that one which is new has to be set here, and is then missed where it is not tried.
    settings.codes = Codes {
        withhold_number: key("*31"),
        malicious_call: key("*39"),
        secret_input: key("*78"),
        pause: key("*79"),
        line_flash: key("*0"),
        supervise: key("*75"),
        call_back: key("*37"),
        no_call_back: key("#37"),
        pickup: key("*8"),
        pickup_of: key("*9"),
        redial: key("*66"),
        unlock: key("*77"),
        sign_in: key("*11"),
        sign_out: key("#11"),
        pause_work: key("*12"),
        end_wrap_up: key("*13"),
    };
    settings.services = Services {
        forward_always: key("57"),
        forward_busy: key("40"),
        forward_no_answer: key("41"),
        do_not_disturb: key("56"),
    };
    (settings.masking.secret_input, settings.masking.pause) = (MayMask::Everybody, MayMask::Everybody);
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

/// A house with all codes, whose telephone 3 is locked or not, and has its hook flash for the exchange.
fn with_lock(settings: &mut Settings, lock: Lock) {
    with_codes(settings);
    with_all_codes(settings);
    (settings.stations[2].lock, settings.stations[2].flash) = (lock, Flash::Exchange);
}

/// Keys it at telephone 3, and what comes of it.
fn keyed_in_talk(house: &mut House, keys: &str) -> Vec<CallEvent> {
    let (before, telephone) = (house.facts.len(), house.telephone(3));
    house.party(telephone, Act::Press(keys.into()));
    house.run(Duration::from_millis(200) * keys.len() as u32 + Duration::from_secs(1));
    house.facts[before..].to_vec()
}

/// The codes of talks, by their keys, and what each does.
type Does = fn(&CallEvent) -> bool;
const IN_TALK: [(&str, Does); 3] = [
    ("*39", |fact| matches!(fact, CallEvent::MaliciousCallMarked { .. })),
    ("*78", |fact| matches!(fact, CallEvent::MaskingBegan { what: Masking::SecretInput, .. })),
    ("*79", |fact| matches!(fact, CallEvent::MaskingBegan { what: Masking::Pause, .. })),
];

#[test]
fn in_a_talk_no_code_does_anything_at_a_locked_telephone_and_those_of_talks_do_at_others() {
    for (seed, lock) in [(977, Lock::Open), (978, Lock::Inside), (979, Lock::Emergency)] {
        let change = |settings: &mut Settings| with_lock(settings, lock);
        let mut house = called(seed, change, setup("62001803", national("13800138000")));
        house.handset(3, HandsetAct::Lift);
        house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        house.run(Duration::from_secs(1));
        if lock == Lock::Open {
            for (keys, does) in IN_TALK {
                let did = keyed_in_talk(&mut house, keys);
                assert!(did.iter().any(does), "{keys}: {did:?}");
                house.run(Duration::from_secs(3));
            }
            continue;
        }
        let mut settings = demo_settings(&demo_board());
        with_lock(&mut settings, lock);
        for keys in all_codes(&settings) {
            let did = keyed_in_talk(&mut house, &keys);
            assert!(did.is_empty(), "{keys} at a telephone with {lock:?}: {did:?}");
        }
    }
}

#[test]
fn a_locked_telephone_has_no_exchange_flashed_by_code_or_hook() {
    for (seed, lock) in [(991, Lock::Open), (992, Lock::Inside), (993, Lock::Emergency)] {
        let board = demo_board();
        let mut settings = demo_settings(&board);
        with_lock(&mut settings, lock);
        let mut house = House::with(&board, settings, seed);
        let far = outside_line(&house, 1);
        talk_with_a_caller(&mut house, far);
        let flashes = |house: &House| {
            let is_flash = |told: &Told| matches!(told, Told::LineFlashed { lane, .. } if *lane == far);
            house.told.iter().filter(|event| is_flash(&event.told)).count()
        };
        let expected = if lock == Lock::Open { [1, 2] } else { [0, 0] };
        keyed_in_talk(&mut house, "*0");
        let by_code = flashes(&house);
        house.handset(3, HandsetAct::Flash { ms: 300 });
        house.run(Duration::from_secs(2));
        assert_eq!([by_code, flashes(&house)], expected, "{lock:?}");
    }
}

/// What is told of a call that is refused, and of the one that rings at 804 meanwhile, until its caller has waited enough.
fn is_of_a_refusal(fact: &CallEvent) -> bool {
    matches!(
        fact,
        CallEvent::Began { .. }
            | CallEvent::LegBegan { .. }
            | CallEvent::TelephoneLocked { .. }
            | CallEvent::PromptBegan { .. }
            | CallEvent::OfferEnded { .. }
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
