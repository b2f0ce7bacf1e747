//! Two parties who are both outside, brought together at a telephone of the house: the network joins them and gives the box
//! its channels back, where the owner lets a call go.
//! Source: EN 300 369-1. North American ways are in `isdn` and in the matrix.

use std::time::Duration;

use call::CallEvent;
use isdn::Cause;
use settings::{Dialect, Flash, HandOver};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OutsideCall, Told};

use crate::{
    house::{House, demo_board, demo_settings},
    numbers::{SPAN, assert_told},
    outside::{hang_up, over_with, place},
};

/// Telephone 1 talks to a caller from outside, holds the caller, and talks to somebody else outside, who is this call.
fn talks_to_both(seed: u64, hand_over: HandOver, dialect: Dialect) -> (House, OutsideCall) {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    (settings.trunks[0].hand_over, settings.trunks[0].dialect) = (hand_over, dialect);
    settings.stations[0].flash = Flash::Conference;
    let mut house = House::with(&board, settings, seed);
    place(&mut house, 1, "62001801");
    let telephone = house.telephone(1);
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(telephone)));
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(1, HandsetAct::Flash { ms: 300 });
    house.run(Duration::from_millis(1500));
    house.party(telephone, Act::Press("013912345678".into()));
    let placed = |house: &House| {
        house.told.iter().find_map(|event| match &event.told {
            Told::Call(told) if matches!(told.news, CallNews::Incoming { .. }) => Some(told.call),
            _ => None,
        })
    };
    house.until("the exchange is asked for the third", |house| placed(house).is_some());
    let third = placed(&house).unwrap();
    house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(third)));
    let talks = |fact: &&CallEvent| matches!(fact, CallEvent::Bridged { .. });
    house.until("the third talks", |house| house.facts.iter().filter(talks).count() == 2);
    (house, third)
}

fn hangs_up(house: &mut House) {
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(4));
}

fn recordings_ended(house: &House) -> Option<bool> {
    house.facts.iter().find_map(|fact| match fact {
        CallEvent::HandedOver { recording_ended, .. } => Some(*recording_ended),
        _ => None,
    })
}

#[test]
fn the_network_joins_two_parties_outside_when_the_telephone_between_them_is_put_down() {
    for (seed, dialect) in [(801, Dialect::China), (802, Dialect::EuroIsdn)] {
        let (mut house, third) = talks_to_both(seed, HandOver::All, dialect);
        hangs_up(&mut house);
        assert_eq!(recordings_ended(&house), Some(true), "{dialect:?}");
        for call in [OutsideCall(1), third] {
            assert_eq!(over_with(&house, call.0), Some(Cause::NormalClearing), "{dialect:?}: a channel is given back");
        }
        house.assert_at_rest();
    }
}

#[test]
fn a_call_that_is_recorded_does_not_leave_the_box_unless_its_recording_may_end() {
    let (mut house, third) = talks_to_both(804, HandOver::Unrecorded, Dialect::China);
    hangs_up(&mut house);
    assert_eq!(recordings_ended(&house), None, "nobody asked for it");
    assert!(over_with(&house, third.0).is_some(), "two outside are not let talk on");
    assert!(over_with(&house, 1).is_none(), "the one on hold rings back");
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn of_three_who_talk_the_two_outside_go_on_through_the_network() {
    let (mut house, _) = talks_to_both(805, HandOver::All, Dialect::China);
    house.handset(1, HandsetAct::Flash { ms: 300 });
    house.until_fact("all three talk", |fact| matches!(fact, CallEvent::ConferenceBegan { .. }));
    hangs_up(&mut house);
    assert_eq!(recordings_ended(&house), Some(true));
    assert_told(
        &house,
        "网络已把双方直接接通，通话离开本机；录音到此为止（设置允许）",
        "The network has joined the two; the call has left the box and its recording ends here, as the settings allow",
    );
    house.assert_at_rest();
}
