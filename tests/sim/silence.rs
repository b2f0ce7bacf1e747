//! Outside lines whose exchange tells a hang-up by nothing: a talk in which nobody speaks lets them go, and nothing else does.

use std::time::Duration;

use call::{CallEvent, ReleaseEvidence, Side};
use codec::{encode, sine_peak_of_dbm0};
use frame::{LaneId, Law};
use isdn::Cause;
use settings::{Flash, Settings};
use sim::{Act, HandsetAct, LineAct, Say};

use crate::{
    analog::{RING, line, outside, talk_with_a_caller},
    house::{House, demo_board, demo_settings},
    numbers::assert_told,
};

const LIMIT: Duration = Duration::from_secs(30);

/// A house that lets an outside line go after half a minute in which nobody speaks.
fn house(seed: u64) -> House {
    house_with(seed, |_| ())
}

fn house_with(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    change(&mut settings);
    settings.trunks[1].lines.silence_limit_s = Some(30);
    settings.stations[2].flash = Flash::Conference;
    House::with(&board, settings, seed)
}

/// A second of noise of this level, and what comes after it again and again.
fn noise(level_dbm0: f32) -> Vec<u8> {
    let peak = sine_peak_of_dbm0(Law::A, level_dbm0) * 1.5_f32.sqrt();
    let mut state = 2_463_534_242_u32;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        encode(Law::A, (peak * (state as f32 / u32::MAX as f32 * 2.0 - 1.0)).round() as i16)
    };
    (0..8000).map(next).collect()
}

/// Somebody's line is as noisy as a good one may be.
fn hisses(house: &mut House, lane: LaneId) {
    house.party(lane, Act::Say(Say::Clip { octets: noise(-60.0).into(), law: Law::A, repeat: true }));
}

fn is_silent(fact: &CallEvent) -> bool {
    matches!(fact, CallEvent::FarEndGone { evidence: ReleaseEvidence::Silence { limit_s: 30 }, .. })
}

fn assert_goes_on(house: &House) {
    let over = |fact: &&CallEvent| is_silent(fact) || matches!(fact, CallEvent::Ended { .. });
    assert_eq!(house.facts.iter().find(over), None, "{:#?}", house.facts);
}

#[test]
fn nobody_speaks_on_a_line_that_tells_no_hang_up_and_it_is_let_go() {
    let mut house = house(1101);
    let caller = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, caller);
    house.says(caller, noise(-20.0));
    house.says(telephone, noise(-20.0));
    house.run(Duration::from_secs(1));
    hisses(&mut house, caller);
    hisses(&mut house, telephone);
    let since = house.now();
    house.run(LIMIT - Duration::from_millis(100));
    assert_goes_on(&house);
    house.until_fact("it is let go", is_silent);
    assert!(house.now().since(since) < LIMIT + Duration::from_millis(100), "{:?}", house.now().since(since));
    let ended = house.facts.last();
    let by_the_box =
        |fact: &CallEvent| matches!(fact, CallEvent::Ended { cause: Cause::RecoveryOnTimerExpiry, by: Side::Box, .. });
    assert!(house.facts.iter().any(by_the_box), "{ended:?}");
    assert_told(
        &house,
        "外线不报挂机，30 秒内无人说话：由本机释放",
        "Nobody spoke for 30 s on a line that can’t tell a hang-up: the box let it go",
    );
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
}

#[test]
fn one_party_who_says_a_word_now_and_then_keeps_the_line() {
    for speaks in [true, false] {
        let mut house = house(1102);
        let caller = outside(&house, 1);
        let telephone = talk_with_a_caller(&mut house, caller);
        for _ in 0..4 {
            house.says(if speaks { caller } else { telephone }, noise(-40.0)[..2400].to_vec());
            house.run(LIMIT - Duration::from_secs(2));
        }
        assert_goes_on(&house);
    }
}

#[test]
fn who_waits_in_a_queue_or_on_hold_and_says_nothing_is_not_let_go() {
    for music in ["music", "whose file is not there"] {
        let mut house = house_with(1103, |settings| {
            settings.queues.iter_mut().for_each(|queue| queue.music = music.into());
        });
        let caller = outside(&house, 1);
        line(&mut house, caller, LineAct::Ring(RING));
        house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
        house.party(caller, Act::Press("1".into()));
        house.until_fact("the caller waits", |fact| matches!(fact, CallEvent::Queued { .. }));
        house.run(2 * LIMIT);
        assert_goes_on(&house);
    }

    let mut house = house(1104);
    let caller = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, caller);
    house.handset(3, HandsetAct::Flash { ms: 300 });
    house.until_fact("the caller is on hold", |fact| matches!(fact, CallEvent::Held { .. }));
    house.party(telephone, Act::Press("802".into()));
    house.run(2 * LIMIT);
    assert_goes_on(&house);
}

#[test]
fn without_the_setting_no_silence_ends_a_talk() {
    let mut house = House::new(1105);
    let caller = outside(&house, 1);
    talk_with_a_caller(&mut house, caller);
    house.run(Duration::from_secs(300));
    assert_goes_on(&house);
}
