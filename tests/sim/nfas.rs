//! Lines that share a D-channel, with another to take its place. ITU-T Q.931, 4.5.13 and Annex F; Telcordia SR-4994.

use std::time::Duration;

use call::CallEvent;
use frame::{LaneId, SpanId};
use isdn::{CallHandle, Cause, Event};
use ringfence::{
    handles::{SharedDChannel, TimeslotState},
    journal::Alarm,
};
use settings::{Board, Settings};
use sim::{Act, Fault, HandsetAct, Operator, Say};

use crate::house::{House, voice};

/// Three T1 on one card: the D-channel is on the first, the backup on the second, and the third has 24 voices.
const BOARD: &str = r#"
format = 1
name = "three T1"
clock_order = ["T1"]
[[cards]]
card = "sim"
kind = "t1"
serial = "T1"
slot = 1
spans = [{ label = "T1-1" }, { label = "T1-2" }, { label = "T1-3", d_channel = 0 }]
[[cards]]
card = "sim"
kind = "fxs"
serial = "FXS"
slot = 2
synchronous_with = "T1"
ring_budget = 3
jacks = ["a", "b", "c"]
"#;

const SETTINGS: &str = r#"
format = 1
[[trunks]]
name = "carrier"
ports = ["T1.1", "T1.2", "T1.3"]
d_channel = "T1.1"
backup_d_channel = "T1.2"
dialect = "ni2"
outside_prefix = "9"
otherwise = { station = "801" }
[[numbers]]
number = "5550001"
to = { station = "801" }
[[numbers]]
number = "5550002"
to = { station = "802" }
[[numbers]]
number = "5550003"
to = { station = "803" }
[[stations]]
port = "FXS.1"
extension = "801"
name = "a"
[[stations]]
port = "FXS.2"
extension = "802"
name = "b"
[[stations]]
port = "FXS.3"
extension = "803"
name = "c"
"#;

const LINES: [SpanId; 3] = [SpanId(0), SpanId(1), SpanId(2)];
const PRIMARY: SpanId = LINES[0];
const BACKUP: SpanId = LINES[1];
const PLAIN: SpanId = LINES[2];

fn house() -> House {
    let board = Board::parse("t1.toml", BOARD).unwrap();
    let settings = Settings::parse("t1.settings.toml", SETTINGS, &board, None).unwrap().settings;
    let mut house = House::with(&board, settings, 41);
    house.share_d_channels(3);
    house.until("the D-channel is up", |house| signalled_over(house) == [Some(PRIMARY); 3]);
    house.run(Duration::from_secs(2));
    house
}

/// The D-channel in use, as pages show it for each line.
fn signalled_over(house: &House) -> [Option<SpanId>; 3] {
    let spans = house.snapshot().spans;
    let shown: Vec<SharedDChannel> = spans.iter().filter_map(|span| span.shared).collect();
    assert!(shown.iter().all(|shared| shared.primary == PRIMARY) && shown.len() == 3);
    [0, 1, 2].map(|at: usize| shown[at].active)
}

/// A call over each line, which a telephone has answered.
fn calls(house: &mut House) -> [CallHandle; 3] {
    let mut calls = Vec::new();
    for (line, telephone) in LINES.into_iter().zip(1..) {
        calls.push(house.calls_over(line, &format!("555000{telephone}")));
        house.run(Duration::from_secs(2));
        house.handset(telephone, HandsetAct::Lift);
        house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    }
    calls.try_into().unwrap()
}

/// The lanes of lines that carry a call, as pages show them.
fn talking(house: &House) -> Vec<LaneId> {
    let spans = house.snapshot().spans;
    let of_span = spans.iter().flat_map(|span| span.timeslots.iter().map(move |slot| (span.span, slot)));
    let used = of_span.filter(|(_, slot)| slot.state == TimeslotState::Talking);
    used.map(|(span, slot)| LaneId::new(span, slot.timeslot)).collect()
}

/// Telephone and line of a call hear each other.
fn hear_each_other(house: &mut House, telephone: u8, outside: LaneId) {
    let inside = house.telephone(telephone);
    for (from, to, seed) in [(inside, outside, 3), (outside, inside, 5)] {
        let law = house.layout.span(from.span).unwrap().law;
        house.party(from, Act::Say(Say::Clip { octets: voice(seed, 800).into(), law, repeat: true }));
        house.run(Duration::from_millis(200));
        house.party(to, Act::Listen);
        house.run(Duration::from_millis(200));
        let law = house.layout.span(to.span).unwrap().law;
        let heard = house.heard(to);
        assert!(heard.iter().any(|octet| *octet != law.silence()), "{to} hears {from}");
        house.party(from, Act::Say(Say::Silence));
    }
}

fn hang_up(house: &mut House, calls: [CallHandle; 3]) {
    for ((line, call), telephone) in LINES.into_iter().zip(calls).zip(1..) {
        house.hangs_up_over(line, call);
        house.run(Duration::from_secs(1));
        house.handset(telephone, HandsetAct::HangUp);
    }
    is_over(house);
}

/// Nothing is left, when the last telephone was on its hook for long enough to be no flash.
fn is_over(house: &mut House) {
    house.run(Duration::from_secs(3));
    assert_eq!(house.exchange().calls(), 0);
    house.assert_at_rest();
}

fn on_backup(raised: bool) -> (Alarm, bool) {
    (Alarm::BackupDChannel { primary: PRIMARY, backup: BACKUP }, raised)
}

#[test]
fn three_t1_with_one_d_channel_have_70_channels_and_a_call_over_each_line_is_heard() {
    let mut house = house();
    let spans = house.snapshot().spans;
    let voices = |at: usize| spans[at].timeslots.iter().filter(|slot| slot.state == TimeslotState::Idle).count();
    assert_eq!([voices(0), voices(1), voices(2)], [23, 23, 24]);
    let calls = calls(&mut house);
    let lanes = talking(&house);
    assert_eq!(lanes.iter().map(|lane| lane.span).collect::<Vec<_>>(), LINES);
    for (telephone, lane) in (1..).zip(lanes) {
        hear_each_other(&mut house, telephone, lane);
    }
    // All was said over the one D-channel, whose trace has it; of the others only the links say that they are there.
    let said = |house: &House, span| house.trace(span).iter().filter(|(_, frame)| frame.get(4) == Some(&8)).count();
    assert!(said(&house, PRIMARY) >= 3 * 4 && said(&house, PLAIN) == 0, "{}", said(&house, PRIMARY));
    hang_up(&mut house, calls);
}

#[test]
fn annex_f_calls_stay_when_the_d_channel_is_lost_and_the_backup_takes_over() {
    let mut house = house();
    let calls = calls(&mut house);
    let lanes = talking(&house);
    house.d_channel(PRIMARY, true);
    house.until("the backup takes over", |house| signalled_over(house) == [Some(BACKUP); 3]);
    house.run(Duration::from_secs(5));
    assert_eq!(house.exchange().active(), Some(BACKUP), "the exchange agrees");
    assert_eq!(talking(&house), lanes, "no call has gone");
    hear_each_other(&mut house, 3, lanes[2]);
    let down = (Alarm::DataLinkDown { span: PRIMARY }, true);
    assert_eq!(
        house.alarms,
        [down, on_backup(true)],
        "one alarm of the link and one of the backup, not one for each line"
    );

    // The link comes back: there is again something to take over, and signalling stays where it is.
    house.d_channel(PRIMARY, false);
    house.until("the alarm is over", |house| house.alarms.contains(&on_backup(false)));
    assert_eq!(signalled_over(&house), [Some(BACKUP); 3]);

    // And back, when the backup is lost in its turn.
    house.d_channel(BACKUP, true);
    house.until("the primary one takes over", |house| signalled_over(house) == [Some(PRIMARY); 3]);
    house.run(Duration::from_secs(5));
    assert_eq!(talking(&house), lanes);
    hang_up(&mut house, calls);
}

#[test]
fn a_new_call_goes_over_the_backup_and_its_ladder_is_found_there() {
    let mut house = house();
    house.d_channel(PRIMARY, true);
    house.until("the backup takes over", |house| signalled_over(house) == [Some(BACKUP); 3]);
    house.run(Duration::from_secs(2));
    let call = house.calls_over(PLAIN, "5550001");
    house.run(Duration::from_secs(2));
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    let leg = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { leg, .. } => Some(*leg),
        _ => None,
    });
    let ladders = house.ladders(&[leg.unwrap()]);
    assert_eq!(ladders.iter().map(|ladder| ladder.span).collect::<Vec<_>>(), [BACKUP]);
    assert!(ladders[0].ladder.rungs.len() >= 4, "{:?}", ladders[0].ladder);
    house.hangs_up_over(PLAIN, call);
    house.run(Duration::from_secs(1));
    house.handset(1, HandsetAct::HangUp);
    is_over(&mut house);
}

#[test]
fn t309_with_both_d_channels_lost_calls_talk_on_until_it_ends_them() {
    let mut house = house();
    calls(&mut house);
    let lanes = talking(&house);
    LINES[..2].iter().for_each(|line| house.d_channel(*line, true));
    house.until("nothing is left", |house| signalled_over(house) == [None; 3]);
    assert_eq!(talking(&house), lanes, "they talk on");
    hear_each_other(&mut house, 2, lanes[1]);
    let told = |alarm: Alarm| house.alarms.contains(&(alarm, true));
    assert!(told(Alarm::DataLinkDown { span: PRIMARY }) && told(Alarm::DataLinkDown { span: BACKUP }));
    let from = house.facts.len();
    house.run(Duration::from_secs(100));
    let ended = |fact: &&CallEvent| matches!(fact, CallEvent::Ended { cause: Cause::DestinationOutOfOrder, .. });
    assert_eq!(house.facts[from..].iter().filter(ended).count(), 3, "{:?}", &house.facts[from..]);
    (1..=3).for_each(|telephone| house.handset(telephone, HandsetAct::HangUp));
    is_over(&mut house);
}

#[test]
fn the_cable_of_the_primary_line_is_pulled_and_only_its_own_calls_end() {
    let mut house = house();
    let [_, second, third] = calls(&mut house);
    house.d_channel(PRIMARY, true);
    house.operate(Operator::Fault(Fault::Cable { span: PRIMARY, cut: true }));
    house.until("the backup takes over", |house| signalled_over(house) == [Some(BACKUP); 3]);
    house.run(Duration::from_secs(100));
    assert_eq!(talking(&house).iter().map(|lane| lane.span).collect::<Vec<_>>(), [BACKUP, PLAIN]);
    for ((line, call), telephone) in [(BACKUP, second), (PLAIN, third)].into_iter().zip(2..) {
        house.hangs_up_over(line, call);
        house.run(Duration::from_secs(1));
        house.handset(telephone, HandsetAct::HangUp);
    }
    house.handset(1, HandsetAct::HangUp);
    is_over(&mut house);
}

#[test]
fn calls_on_every_interface_outlive_the_death_of_the_box() {
    let mut house = house();
    let calls = calls(&mut house);
    let lanes = talking(&house);
    let taken = house.is_killed_for(Duration::from_secs(2));
    assert_eq!(taken.calls.len(), 3);
    house.run(Duration::from_secs(10));
    assert_eq!(talking(&house), lanes, "each on the line and the channel that it had");
    for (telephone, lane) in (1..).zip(lanes) {
        hear_each_other(&mut house, telephone, lane);
    }
    let over = |told: &(SpanId, Event)| matches!(told.1, Event::Released { .. });
    assert!(!house.exchange().told.iter().any(over), "the exchange noticed nothing");
    hang_up(&mut house, calls);
}

#[test]
fn a_restart_of_a_line_with_a_d_channel_leaves_the_calls_and_moves_the_signalling() {
    let mut house = house();
    let calls = calls(&mut house);
    let named = house.calls_on_span(PRIMARY);
    assert_eq!(named.len(), 1);
    house.restart_span(PRIMARY, &named);
    house.run(Duration::from_secs(5));
    assert_eq!(talking(&house).len(), 3);
    assert_eq!(signalled_over(&house), [Some(BACKUP); 3]);
    assert!(!house.alarms.contains(&on_backup(true)) || house.alarms.contains(&on_backup(false)));
    hang_up(&mut house, calls);
}
