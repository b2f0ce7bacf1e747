//! Handsets that are up already when the box starts, as after a power cut in the night: all 32 of a card.

use std::time::Duration;

use frame::LaneId;
use ringfence::{handles::JackState, journal::Alarm};
use settings::{Board, Settings};
use sim::{Act, HandsetAct, Told};

use crate::{
    house::House,
    spandsp::{heard_as, tones},
};

const PORTS: u8 = 32;

/// A card with 32 telephones and nothing else.
fn house(seed: u64) -> House {
    let jacks: Vec<String> = (1..=PORTS).map(|jack| format!("\"T{jack}\"")).collect();
    let text = format!(
        "format = 1\nname = \"ward\"\nclock_order = [\"FXS\"]\n[[cards]]\ncard = \"sim\"\nkind = \"fxs\"\n\
         serial = \"FXS\"\nslot = 1\nring_budget = 7\njacks = [{}]\n",
        jacks.join(", ")
    );
    let board = Board::parse("board.toml", &text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let station =
        |jack: u8| format!("[[stations]]\nport = \"FXS.{jack}\"\nextension = \"8{jack:02}\"\nname = \"T{jack}\"\n");
    let text = format!(
        "format = 1\n[[people]]\nid = 1\nname = \"A\"\nroles = [\"owner\"]\n{}",
        (1..=PORTS).map(station).collect::<String>()
    );
    let settings: Settings = Settings::parse("settings.toml", &text, &board, None)
        .unwrap_or_else(|problems| panic!("{problems:?}"))
        .settings;
    House::with_handsets_up(&board, settings, seed)
}

fn all_hear(house: &mut House, time: Duration) -> Vec<Vec<u8>> {
    let lanes: Vec<LaneId> = (1..=PORTS).map(|position| house.telephone(position)).collect();
    lanes.iter().for_each(|lane| house.party(*lane, Act::Listen));
    house.run(time);
    lanes.into_iter().map(|lane| house.heard(lane)).collect()
}

fn assert_all_hear(house: &mut House, time: Duration, tone: &str) {
    for (at, heard) in all_hear(house, time).iter().enumerate() {
        assert!(tones(heard).contains(&tone), "telephone {}: {:?} and no {tone}", at + 1, tones(heard));
    }
}

fn left_off(house: &House) -> usize {
    let raised = house.alarms.iter().filter(|(alarm, raised)| matches!(alarm, Alarm::LeftOffHook { .. }) && *raised);
    raised.count()
}

#[test]
fn handsets_that_are_up_when_the_box_starts_go_through_all_tones_are_locked_out_and_work_once_they_were_down() {
    let mut house = house(1401);
    assert_all_hear(&mut house, Duration::from_secs(3), "dial");
    house.run(Duration::from_secs(10));
    assert_all_hear(&mut house, Duration::from_secs(5), "busy");
    house.run(Duration::from_secs(16));
    for heard in all_hear(&mut house, Duration::from_secs(3)) {
        assert_eq!(heard_as(&heard, &[("950+0:1500-0", "howler")]), ["howler"]);
    }
    assert_eq!(left_off(&house), 0, "not yet");
    house.run(Duration::from_secs(60));
    assert_eq!(left_off(&house), usize::from(PORTS), "each is an alarm");
    for heard in all_hear(&mut house, Duration::from_secs(2)) {
        assert!(heard.iter().all(|octet| *octet == 0xd5), "and hears nothing any more");
    }
    assert!(house.snapshot().jacks.iter().all(|jack| jack.state == JackState::LeftOffHook));
    (1..=PORTS).for_each(|position| house.handset(position, HandsetAct::HangUp));
    house.run(Duration::from_secs(3));
    let cleared = house.alarms.iter().filter(|(alarm, raised)| matches!(alarm, Alarm::LeftOffHook { .. }) && !raised);
    assert_eq!(cleared.count(), usize::from(PORTS));
    house.assert_at_rest();
    for position in 1..=PORTS {
        let (caller, other) = (house.telephone(position), position % PORTS + 1);
        let called = house.telephone(other);
        house.handset(position, HandsetAct::Lift);
        house.run(Duration::from_secs(1));
        house.party(caller, Act::Press(format!("8{other:02}")));
        let from = house.told.len();
        house
            .until("it rings", |house| house.told[from..].iter().any(|event| event.told == Told::RingerSounds(called)));
        house.handset(position, HandsetAct::HangUp);
        house.run(Duration::from_secs(2));
    }
    house.assert_at_rest();
}
