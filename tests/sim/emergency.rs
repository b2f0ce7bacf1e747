//! Emergency calls through the whole box, with every channel taken. design/calls.md: on its way within a second.

use std::time::Duration;

use call::CallEvent;
use isdn::Cause;
use sim::{Act, CallNews, HandsetAct, OperatorEvent, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings},
    outside::{over_with, place, ringing},
};

/// The voice channels of the demo's E1.
const CHANNELS: u32 = 30;

/// A house whose only way out is its E1, with a caller who talks to a telephone and every other channel in the menu.
/// Gives the position of that telephone as well.
fn house_without_a_free_channel() -> (House, u8) {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks.retain(|group| group.ports.iter().all(|port| port.to_string().starts_with("SIM-E1")));
    let mut house = House::with(&board, settings, 41);
    place(&mut house, 1, "62001803");
    let telephone = ringing(&mut house);
    let position = (1..=8).find(|position| house.telephone(*position) == telephone).unwrap();
    house.handset(position, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    for call in 2..=CHANNELS {
        place(&mut house, call, "62001234");
    }
    (house, position)
}

#[test]
fn an_emergency_call_is_outside_within_a_second_and_who_loses_a_call_hears_why() {
    let (mut house, position) = house_without_a_free_channel();
    let telephone = house.telephone(position);
    house.party(telephone, Act::Listen);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(house.telephone(1), Act::Press("120".into()));
    house.until_fact("120 is dialled", |fact| matches!(fact, CallEvent::Dialled { .. }));
    let dialled = house.now;
    let arrives = |event: &OperatorEvent| match &event.told {
        Told::Call(told) => matches!(&told.news, CallNews::Incoming { to: Some(to), .. } if to.as_str() == "120"),
        _ => false,
    };
    house.until("the exchange has the call", |house| house.told.iter().any(arrives));
    assert!(house.now.since(dialled) <= Duration::from_secs(1), "{:?}", house.now.since(dialled));
    house.run(Duration::from_secs(3));
    let cleared = (1..=CHANNELS).filter(|call| over_with(&house, *call) == Some(Cause::Preemption)).count();
    assert!((1..=2).contains(&cleared), "{cleared} calls were ended for it");
    assert_eq!(over_with(&house, 1), Some(Cause::Preemption), "the oldest one first");
    let heard = house.heard(telephone);
    let notice = [0x5b; 8000];
    assert!(contains(&heard, &notice), "the telephone is told why");
    let after = &heard[heard.windows(8000).position(|window| window == notice).unwrap() + 8000..];
    assert!(after.iter().any(|octet| *octet != 0xd5), "then it hears a tone");
}
