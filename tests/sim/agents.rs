//! What agents key about their work at their telephones, and what the queues make of it.

use std::time::Duration;

use call::CallEvent;
use frame::LaneId;
use settings::Settings;
use sim::{Act, HandsetAct, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings},
    numbers::assert_told,
    outside::{hang_up, place},
    spandsp::sent_by,
};

const SIGNED_IN: [u8; 4000] = [0x45; 4000];
const SIGNED_OUT: [u8; 4000] = [0x46; 4000];
const PAUSED: [u8; 4000] = [0x47; 4000];
const WRAP_UP_OVER: [u8; 4000] = [0x48; 4000];
const NO_WRAP_UP: [u8; 4000] = [0x4b; 4000];
const NO_AGENT: [u8; 4000] = [0x49; 4000];

fn with_codes(settings: &mut Settings) {
    let codes = &mut settings.codes;
    (codes.sign_in, codes.sign_out) = (Some("*11".into()), Some("#11".into()));
    (codes.pause_work, codes.end_wrap_up) = (Some("*12".into()), Some("*13".into()));
    settings.pauses = vec!["午休".into(), "培训".into()];
}

fn house_with(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    with_codes(&mut settings);
    change(&mut settings);
    House::with(&board, settings, seed)
}

fn keys(house: &mut House, position: u8, digits: &str) -> LaneId {
    let lane = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(lane, Act::Listen);
    // As a telephone that is not ours makes them.
    house.says(lane, sent_by(&["keys", digits]).to_vec());
    lane
}

#[track_caller]
fn keys_code(house: &mut House, position: u8, code: &str, said: &[u8]) {
    let lane = keys(house, position, code);
    house.run(Duration::from_millis(200) * code.len() as u32 + Duration::from_millis(1500));
    assert!(contains(&house.heard(lane), said), "it is said what became of {code}");
    house.handset(position, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
}

fn rang(house: &House, position: u8) -> bool {
    let lane = house.telephone(position);
    house.told.iter().any(|event| event.told == Told::RingerSounds(lane))
}

#[test]
fn who_signs_out_or_pauses_is_offered_nobody_until_signing_in_also_over_a_restart() {
    let mut house = house_with(961, |_| ());
    keys_code(&mut house, 3, "#11", &SIGNED_OUT);
    keys_code(&mut house, 2, "*122", &PAUSED);
    house.is_killed_for(Duration::from_secs(2));
    house.run(Duration::from_secs(3));
    place(&mut house, 1, "62001235");
    house.until("804 rings", |house| rang(house, 4));
    house.run(Duration::from_secs(20));
    assert!(!rang(&house, 2) && !rang(&house, 3));
    keys_code(&mut house, 2, "*11", &SIGNED_IN);
    house.until("802 rings", |house| rang(house, 2));
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
    assert_told(&house, "803 的座席签出", "The agent at 803 signs out");
    assert_told(&house, "802 的座席暂停接听（培训）", "The agent at 802 makes a pause (培训)");
    assert_told(&house, "802 的座席签入，可接队列来电", "The agent at 802 signs in, and takes callers of queues");
}

#[test]
fn who_ends_the_wrap_up_gets_the_next_caller_at_once() {
    let mut house = house_with(962, |settings| {
        settings.queues[0].members = vec!["803".into()];
        settings.queues[0].wrap_up_s = 600;
    });
    keys_code(&mut house, 3, "*13", &NO_WRAP_UP);
    assert_told(
        &house,
        "803 的座席想结束话后处理，当时没有",
        "The agent at 803 wanted to finish the work of the last call, and had none",
    );
    house.told.clear();
    place(&mut house, 1, "62001235");
    house.until("803 rings", |house| rang(house, 3));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(1));
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    house.told.clear();
    place(&mut house, 2, "62001235");
    house.run(Duration::from_secs(10));
    assert!(!rang(&house, 3), "the work of the last call goes on");
    keys_code(&mut house, 3, "*13", &WRAP_UP_OVER);
    house.until("803 rings", |house| rang(house, 3));
    hang_up(&mut house, 2);
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
}

#[test]
fn a_telephone_of_no_queue_has_no_agent_and_a_reason_that_is_none_no_pause() {
    let mut house = house_with(963, |_| ());
    keys_code(&mut house, 1, "#11", &NO_AGENT);
    keys(&mut house, 3, "*129");
    house.run(Duration::from_secs(3));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::AgentSet { .. })));
    assert_told(
        &house,
        "801 拨了座席代码，但不属于任何队列",
        "A code for agents was keyed at 801, which serves no queue",
    );
}
