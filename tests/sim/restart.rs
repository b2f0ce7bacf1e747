//! The daemon is killed in calls, and another one goes on with them.

use std::time::Duration;

use call::{CallEvent, Side};
use frame::{LaneId, LifeNo, SpanId};
use isdn::Cause;
use settings::Step;
use sim::{Act, HandsetAct, LineAct, Release, Told};
use vault::{Mark, PartEnding};

use crate::{
    analog::{line, outside, talk_with_a_caller},
    house::{House, contains, demo_board, demo_settings, voice},
    outside::{hang_up, over_with, place, ringing},
};

const AWAY: Duration = Duration::from_secs(2);

/// A caller of telephone 1, who is answered; the caller's lane and the telephone's.
fn talk(house: &mut House, call: u32) -> (LaneId, LaneId) {
    let caller = place(house, call, "62001801");
    let telephone = ringing(house);
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(500));
    (caller, telephone)
}

/// Both parties hear what the other one says.
fn hear_each_other(house: &mut House, a: LaneId, b: LaneId, seed: u8) {
    house.party(a, Act::Listen);
    house.party(b, Act::Listen);
    house.run(Duration::from_millis(200));
    house.says(a, voice(seed, 8000));
    house.says(b, voice(seed + 1, 8000));
    house.run(Duration::from_millis(1500));
    let (at_a, at_b) = (house.heard(a), house.heard(b));
    assert!(contains(&at_b, &voice(seed, 8000)), "b hears a, sample for sample");
    assert!(contains(&at_a, &voice(seed + 1, 8000)), "a hears b, sample for sample");
}

/// How often each call began and ended.
fn begun_and_ended(house: &House) -> (usize, usize) {
    let began = house.facts.iter().filter(|fact| matches!(fact, CallEvent::Began { .. })).count();
    (began, house.facts.iter().filter(|fact| matches!(fact, CallEvent::Ended { .. })).count())
}

#[test]
fn a_talk_over_a_trunk_goes_on_with_its_call_and_one_recording_of_two_parts() {
    let mut house = House::new(21);
    let (caller, telephone) = talk(&mut house, 1);
    hear_each_other(&mut house, caller, telephone, 1);
    let taken = house.is_killed_for(AWAY);
    assert_eq!(taken.calls.len(), 1);
    assert!(taken.gap >= AWAY && taken.gap < AWAY + Duration::from_millis(200), "{:?}", taken.gap);
    house.run(Duration::from_secs(1));
    hear_each_other(&mut house, caller, telephone, 5);
    assert_eq!(over_with(&house, 1), None, "the exchange never saw it cleared");
    let readopted =
        house.facts.iter().any(|fact| matches!(fact, CallEvent::Readopted { life: LifeNo(2), gap_ms: 2000..2200, .. }));
    assert!(readopted, "the log says so, and how long: {:?}", house.facts);

    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| {
        matches!(fact, CallEvent::Ended { cause: Cause::NormalClearing, by: Side::Caller, .. })
    });
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    assert_eq!(begun_and_ended(&house), (1, 1));

    assert_eq!(house.objects.len(), 1, "one recording");
    let recording = house.open(&house.objects[0].clone());
    let [first, second] = recording.parts.as_slice() else { panic!("{} parts", recording.parts.len()) };
    assert_eq!((first.part, second.part), (1, 2));
    assert_eq!(first.ending.map(|(ending, _)| ending), Some(PartEnding::Cut));
    assert!(first.map.iter().any(|entry| matches!(entry.mark, Mark::Cut { .. })), "the gap is marked");
    assert!(contains(&first.voices[0].octets, &voice(1, 8000)) && contains(&first.voices[1].octets, &voice(2, 8000)));
    assert!(contains(&second.voices[0].octets, &voice(5, 8000)) && contains(&second.voices[1].octets, &voice(6, 8000)));
    assert!(house.verify(true).findings.iter().all(|found| format!("{:?}", found.what) == "NotLogged"));
}

#[test]
fn a_caller_who_waits_keeps_the_place_and_the_agent_gets_the_call() {
    let mut house = House::new(22);
    let caller = place(&mut house, 1, "62001234");
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("1".into()));
    house.until_fact("the caller waits", |fact| matches!(fact, CallEvent::Queued { .. }));
    let first = ringing(&mut house);
    house.run(Duration::from_secs(1));
    house.told.clear();
    house.is_killed_for(AWAY);
    house.party(caller, Act::Listen);
    house.run(Duration::from_secs(2));
    assert!(contains(&house.heard(caller), &[0x58; 4000]), "the music goes on");
    let again = ringing(&mut house);
    assert_eq!(again, first, "who was free the longest still is");
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    hear_each_other(&mut house, caller, again, 1);
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(3, HandsetAct::HangUp);
    // The agent's wrap-up goes by.
    house.run(Duration::from_secs(40));
    house.assert_at_rest();
    assert_eq!(begun_and_ended(&house), (1, 1));
    let queued = house.facts.iter().filter(|fact| matches!(fact, CallEvent::Queued { .. })).count();
    assert_eq!(queued, 1, "the wait that the log has goes on");
}

#[test]
fn a_caller_in_a_menu_hears_it_from_its_beginning() {
    let mut house = House::new(23);
    let caller = place(&mut house, 1, "62001234");
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.run(Duration::from_secs(1));
    house.is_killed_for(AWAY);
    house.party(caller, Act::Listen);
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(caller), &[0x55; 4000]), "the prompt is played again");
    house.party(caller, Act::Press("1".into()));
    house.until_fact("the caller waits", |fact| matches!(fact, CallEvent::Queued { .. }));
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    assert_eq!(begun_and_ended(&house), (1, 1));
}

#[test]
fn a_call_keeps_the_settings_that_it_began_with() {
    let mut house = House::new(29);
    let caller = place(&mut house, 1, "62001234");
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    let mut changed = demo_settings(&demo_board());
    let Some(Step::Menu(menu)) = changed.flows[0].steps.get_mut("menu") else { panic!("the flow begins with a menu") };
    menu.prompts = vec!["goodbye".into()];
    house.applies(changed);
    house.is_killed_for(AWAY);
    house.party(caller, Act::Listen);
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(caller), &[0x55; 4000]), "the menu of the first version");
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    let next = place(&mut house, 2, "62001234");
    house.party(next, Act::Listen);
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(next), &[0x59; 4000]), "and of the second for the next call");
}

#[test]
fn two_telephones_go_on_talking_and_one_that_was_put_down_meanwhile_ends_the_call() {
    for put_down in [false, true] {
        let mut house = House::new(24);
        let (caller, called) = (house.telephone(1), house.telephone(2));
        house.handset(1, HandsetAct::Lift);
        house.run(Duration::from_secs(1));
        house.party(caller, Act::Press("802".into()));
        ringing(&mut house);
        house.handset(2, HandsetAct::Lift);
        house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        house.run(Duration::from_millis(500));
        if put_down {
            house.handset(1, HandsetAct::HangUp);
        }
        house.is_killed_for(AWAY);
        house.run(Duration::from_millis(200));
        assert_eq!(begun_and_ended(&house), (1, usize::from(put_down)));
        if !put_down {
            hear_each_other(&mut house, caller, called, 7);
            house.handset(1, HandsetAct::HangUp);
        }
        house.until("the call is over", |house| begun_and_ended(house) == (1, 1));
        house.handset(2, HandsetAct::HangUp);
        house.run(Duration::from_secs(3));
        house.assert_at_rest();
    }
}

#[test]
fn a_talk_over_an_outside_line_goes_on_and_a_loop_without_a_call_is_opened() {
    let mut house = House::new(28);
    let caller = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, caller);
    let dialler = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(dialler, Act::Press("913800138000".into()));
    let seized = Told::LineSeized(outside(&house, 2));
    house.until("another line is seized", |house| house.told.iter().any(|event| event.told == seized));
    let taken = house.is_killed_for(AWAY);
    assert_eq!(taken.calls.len(), 1, "the call that was being dialled is over");
    house.run(Duration::from_secs(1));
    hear_each_other(&mut house, caller, telephone, 3);
    let released = Told::LineReleased(caller);
    assert!(!house.told.iter().any(|event| event.told == released), "its loop stayed closed");
    let opened = Told::LineReleased(outside(&house, 2));
    assert!(house.told.iter().any(|event| event.told == opened), "nobody pays for a line that nobody uses");
    line(&mut house, caller, LineAct::HangUp(Release::BusyTone));
    house.until("the busy tone is heard", |house| house.told.iter().any(|event| event.told == released));
    house.handset(1, HandsetAct::HangUp);
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(60));
    house.assert_at_rest();
}

#[test]
fn a_call_that_only_rings_is_released_with_cause_41_and_the_telephone_stops_ringing() {
    let mut house = House::new(25);
    place(&mut house, 1, "62001801");
    let telephone = ringing(&mut house);
    house.told.clear();
    let taken = house.is_killed_for(AWAY);
    assert!(taken.calls.is_empty(), "the daemon ends it in the log");
    house.until("the exchange is told", |house| over_with(house, 1).is_some());
    assert_eq!(over_with(&house, 1), Some(Cause::TemporaryFailure));
    house.told.clear();
    house.run(Duration::from_secs(10));
    assert!(!house.told.iter().any(|event| event.told == Told::RingerSounds(telephone)), "it rings no more");
    house.assert_at_rest();
    let (_, telephone) = talk(&mut house, 2);
    assert_eq!(telephone, house.telephone(1), "and the next call works");
}

#[test]
fn a_channel_whose_call_the_table_has_lost_is_released_with_cause_41() {
    let mut house = House::new(30);
    talk(&mut house, 1);
    house.loses_the_rows_of_calls();
    let taken = house.is_killed_for(AWAY);
    assert!(taken.calls.is_empty());
    house.until("the exchange is told", |house| over_with(house, 1).is_some());
    assert_eq!(over_with(&house, 1), Some(Cause::TemporaryFailure));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

/// A box that lets far ends hold calls and gives their channels away meanwhile comes back as one that does not.
#[test]
fn a_call_on_hold_without_a_channel_is_released_with_cause_41_and_its_record_says_so() {
    let mut house = House::new(31);
    talk(&mut house, 1);
    house.holds_without_channels(SpanId(0));
    let taken = house.is_killed_for(AWAY);
    house.close_open_calls(&taken);
    house.until("the exchange is told", |house| over_with(house, 1).is_some());
    assert_eq!(over_with(&house, 1), Some(Cause::TemporaryFailure));
    let ended = |fact: &CallEvent| matches!(fact, CallEvent::Ended { cause: Cause::TemporaryFailure, .. });
    assert!(house.facts.iter().any(ended), "{:?}", house.facts);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_caller_who_hung_up_meanwhile_is_noticed_by_asking_the_exchange() {
    let mut house = House::new(26);
    talk(&mut house, 1);
    house.hangs_up_while_away(1, AWAY);
    house.run(Duration::from_secs(1));
    assert_eq!(begun_and_ended(&house), (1, 1), "nobody talks to a dead line for longer than a second");
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    assert_eq!(begun_and_ended(&house), (1, 1));
}

#[test]
fn killed_twice_in_a_row_it_still_goes_on() {
    let mut house = House::new(27);
    let (caller, telephone) = talk(&mut house, 1);
    house.is_killed_for(Duration::from_millis(500));
    let taken = house.is_killed_for(Duration::from_millis(500));
    assert_eq!(taken.calls.len(), 1, "a life that died before it did anything lost nothing");
    house.run(Duration::from_millis(300));
    house.is_killed_for(Duration::from_millis(500));
    house.run(Duration::from_secs(1));
    hear_each_other(&mut house, caller, telephone, 3);
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    let parts: Vec<u16> = house.open(&house.objects[0].clone()).parts.iter().map(|part| part.part).collect();
    assert!(parts.is_sorted() && parts.len() >= 3, "{parts:?}");
}

/// Whatever is going on when the daemon is killed: no channel stays taken, no call without its end.
#[test]
fn killed_at_any_moment_it_leaks_no_channel_and_each_call_has_one_end() {
    for seed in 0..24_u64 {
        let mut house = House::new(100 + seed);
        let mut call = 0;
        for step in 0..4 {
            call += 1;
            let to = ["62001234", "62001801", "62001235", "62001803"][((seed + step) % 4) as usize];
            let caller = place(&mut house, call, to);
            let moment = (seed * 7919 + step * 104_729) % 9000;
            house.run(Duration::from_millis(moment / 3));
            house.party(caller, Act::Press("1".into()));
            if seed % 3 != 0 {
                (1..=4).for_each(|position| house.lifts_if_it_rings(position));
            }
            house.run(Duration::from_millis(moment / 3));
        }
        let taken = house.is_killed_for(Duration::from_millis(300 + (seed * 331) % 3000));
        house.close_open_calls(&taken);
        house.run(Duration::from_secs(3));
        (1..=call).for_each(|call| hang_up(&mut house, call));
        (1..=8).for_each(|position| house.handset(position, HandsetAct::HangUp));
        house.run(Duration::from_secs(45));
        println!("seed {seed}");
        house.assert_at_rest();
        let (began, ended) = begun_and_ended(&house);
        assert_eq!(began, ended, "seed {seed}: {:#?}", house.facts);
        assert!(house.kept().is_empty(), "seed {seed}: the call table is empty again: {:?}", house.kept());
    }
}
