//! A locked telephone: what may be dialled there, and how a PIN unlocks it for one call.

use std::time::Duration;

use access::{PasswordHash, chosen_pin};
use call::{CallEvent, NotUnlocked};
use frame::{LaneId, PersonId};
use settings::{Flash, Lock, Settings};
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
