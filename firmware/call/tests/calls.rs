//! Transcripts of calls: what people and lines do, what the box does, fact by fact.

#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use analog::{fxs::StationEvent, plan::ToneKind};
use call::{
    CallEvent, Control, Group, Heard, Input, Line, MailKind, MailOrder, MailPlan, MailRow, MailTold, NoMail,
    NotTransferred, Number, Output, OwnGreeting, PinVerdict, Plan, Record, RecordingGap, ReleasedBy, Shown, Side,
    Sound, Station, StationRequest, Target, Trunk, TrunkRequest,
};
use frame::{LaneId, LifeNo, MessageId, PersonId, PortId, SpanId, Time, Timeslot, Utc};
use isdn::{CallHandle, Cause};
use proptest::prelude::*;
use settings::Ring;

/// A box with two stations (801, 802), a span of two B-channels behind prefix 0, and DDI 1234 to station 801.
struct Desk {
    control: Control,
    now: Time,
    /// What came out since it was last looked at.
    outputs: Vec<Output>,
}

fn port(position: u8) -> PortId {
    PortId { card: "FXS".parse().unwrap(), position }
}

fn station_lane(position: u8) -> LaneId {
    LaneId::new(SpanId(1), Timeslot(position - 1))
}

fn channel(timeslot: u8) -> LaneId {
    LaneId::new(SpanId(0), Timeslot(timeslot))
}

fn line(no: u32) -> Line {
    Line::Isdn { span: SpanId(0), call: CallHandle { slot: no as u16, generation: 0 } }
}

fn shown(text: &str) -> Shown {
    Shown { number: Some(number(text)), name: None, private: false }
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn plan() -> Plan {
    let station = |position: u8, extension: &str| {
        let (port, lane) = (port(position), station_lane(position));
        (
            port,
            Station {
                port,
                lane,
                extension: extension.into(),
                name: "desk".into(),
                person: None,
                record: true,
                withholds: false,
                consults: position < 3,
                flashes_line: false,
                lets_wait: false,
                mail: false,
                calls: None,
                class: settings::StationClass::Telephone,
            },
        )
    };
    Plan {
        version: 7,
        stations: [station(1, "801"), station(2, "802"), station(3, "803")].into(),
        extensions: (1..=3).map(|position| (format!("80{position}"), Target::Station(port(position)))).collect(),
        ddi: [("1234".to_owned(), Target::Station(port(1))), ("1235".to_owned(), Target::Station(port(2)))].into(),
        groups: vec![Group {
            name: "city".into(),
            prefix: "0".into(),
            trunks: vec![Trunk::Span { span: SpanId(0), channels: 2 }],
            shown: None,
            dials: false,
            hand_over: settings::HandOver::Never,
            joins: false,
        }],
        emergency: vec!["110".into(), "120".into()],
        ..Plan::default()
    }
}

impl Desk {
    fn new() -> Desk {
        Desk::with(plan())
    }

    fn with(plan: Plan) -> Desk {
        let control = Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&settings::Settings::default()));
        Desk { control, now: Time::from_ms(1000), outputs: Vec::new() }
    }

    fn gets(&mut self, input: Input) {
        self.control.handle_input(self.now, input);
        while let Some(output) = self.control.poll_output() {
            self.outputs.push(output);
        }
    }

    fn station(&mut self, position: u8, event: StationEvent) {
        self.gets(Input::Station { port: port(position), event });
    }

    fn dials(&mut self, position: u8, digits: &str) {
        self.station(position, StationEvent::WantsToDial);
        for digit in digits.chars() {
            self.station(position, StationEvent::Digit(digit));
        }
    }

    fn call_comes_in(&mut self, no: u32, called: &str) {
        self.gets(Input::Incoming {
            line: line(no),
            lane: channel(no as u8),
            port: None,
            group: "city".into(),
            called: Some(number(called)),
            calling: Some(number("13800138000")),
            private: false,
            told: Box::default(),
        });
    }

    fn seconds_pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.gets(Input::Timeout);
    }

    /// What came out, and forgets it.
    fn did(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    fn facts(&mut self) -> Vec<CallEvent> {
        let told = |output| if let Output::Tell(event) = output { Some(event) } else { None };
        self.did().into_iter().filter_map(told).collect()
    }

    fn is_quiet(&self) -> bool {
        self.control.calls() == 0 && self.control.traces_of_legs() == 0 && self.control.next_deadline().is_none()
    }
}

/// 802 talks to 801, and 803 waits there.
fn desk_where_one_waits() -> Desk {
    let mut plan = plan();
    plan.stations.get_mut(&port(1)).unwrap().lets_wait = true;
    let mut desk = Desk::with(plan);
    desk.dials(2, "801");
    desk.station(1, StationEvent::Answered);
    desk.dials(3, "801");
    assert!(tone_of_who_waits(&desk.did()) == [true]);
    desk
}

/// Each time the tone of who waits is begun or ended at 801.
fn tone_of_who_waits(outputs: &[Output]) -> Vec<bool> {
    let begins = |output: &Output| match output {
        Output::Station { port: at, request: StationRequest::CallWaits { .. } } if *at == port(1) => Some(true),
        Output::Station { port: at, request: StationRequest::WaitsNoMore } if *at == port(1) => Some(false),
        _ => None,
    };
    outputs.iter().filter_map(begins).collect()
}

#[test]
fn who_is_put_on_hold_hears_music_and_no_tone_of_who_waits_until_the_talk_goes_on() {
    let mut desk = desk_where_one_waits();
    desk.station(2, StationEvent::Flash);
    assert!(tone_of_who_waits(&desk.did()) == [false]);
    desk.seconds_pass(1);
    assert!(tone_of_who_waits(&desk.did()).is_empty());
    desk.station(2, StationEvent::Flash);
    assert!(tone_of_who_waits(&desk.did()) == [true]);
    desk.station(3, StationEvent::HungUp);
    assert!(tone_of_who_waits(&desk.did()) == [false]);
}

#[test]
fn who_consults_a_telephone_with_somebody_on_hold_keeps_its_own_party_when_that_one_hangs_up() {
    let mut plan = plan();
    plan.stations.get_mut(&port(1)).unwrap().lets_wait = true;
    let mut desk = Desk::with(plan);
    desk.dials(3, "801");
    desk.station(1, StationEvent::Answered);
    desk.call_comes_in(1, "62001235");
    desk.station(2, StationEvent::Answered);
    desk.station(2, StationEvent::Flash);
    "801".chars().for_each(|digit| desk.station(2, StationEvent::Digit(digit)));
    desk.station(1, StationEvent::Flash);
    desk.station(3, StationEvent::HungUp);
    desk.did();
    desk.station(2, StationEvent::Flash);
    let facts = desk.facts();
    assert!(facts.iter().any(|fact| matches!(fact, CallEvent::ConferenceBegan { .. })), "{facts:?}");
}

#[test]
fn a_stop_ends_at_once_who_holds_a_party_and_rings_a_third() {
    let mut desk = Desk::with(plan());
    desk.call_comes_in(1, "62001235");
    desk.station(2, StationEvent::Answered);
    desk.station(2, StationEvent::Flash);
    "801".chars().for_each(|digit| desk.station(2, StationEvent::Digit(digit)));
    desk.did();
    desk.gets(Input::Stop);
    let did = desk.did();
    assert!(asks_station(&did, 1, StationRequest::StopRinging), "{did:?}");
    let over = StationRequest::Released(ToneKind::Congestion);
    assert!(asks_station(&did, 2, over), "no word first of why the third is not reached: {did:?}");
}

#[test]
fn who_is_told_of_an_emergency_call_hears_that_to_its_end_and_no_tone_of_who_waits() {
    let mut plan = plan();
    plan.stations.get_mut(&port(1)).unwrap().lets_wait = true;
    let Some(Trunk::Span { channels, .. }) = plan.groups[0].trunks.first_mut() else { panic!() };
    *channels = 1;
    let mut desk = Desk::with(plan);
    desk.call_comes_in(1, "62001234");
    desk.station(1, StationEvent::Answered);
    desk.dials(3, "801");
    assert!(tone_of_who_waits(&desk.did()) == [true]);
    desk.dials(2, "120");
    let did = desk.did();
    let notice = did.iter().any(
        |output| matches!(output, Output::Hear { lane, heard: Heard::Prompts { .. } } if *lane == station_lane(1)),
    );
    assert!(notice, "{did:?}");
    assert!(tone_of_who_waits(&did) == [false], "{did:?}");
}

fn asks_trunk(outputs: &[Output], no: u32, request: TrunkRequest) -> bool {
    outputs.contains(&Output::Trunk { line: line(no), request })
}

fn asks_station(outputs: &[Output], position: u8, request: StationRequest) -> bool {
    outputs.contains(&Output::Station { port: port(position), request })
}

/// The one leg that a call is being started for, and the number that is sent.
fn started(outputs: &[Output]) -> (frame::LegId, String) {
    let start = |output: &Output| match output {
        Output::Start { leg, number, .. } => Some((*leg, number.to_string())),
        _ => None,
    };
    let starts: Vec<_> = outputs.iter().filter_map(start).collect();
    assert_eq!(starts.len(), 1, "{outputs:?}");
    starts[0].clone()
}

#[test]
fn a_call_from_outside_rings_its_station_is_answered_recorded_and_cleared() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "62001234");
    let did = desk.did();
    assert!(asks_trunk(&did, 1, TrunkRequest::Proceeding));
    assert!(asks_trunk(&did, 1, TrunkRequest::Alerting));
    assert!(asks_station(
        &did,
        1,
        StationRequest::Ring { shown: shown("13800138000"), emergency: false, ring: Ring::Usual, whisper: None }
    ));

    desk.station(1, StationEvent::Answered);
    let did = desk.did();
    assert!(asks_trunk(&did, 1, TrunkRequest::Answer(Shown::default())));
    assert!(did.contains(&Output::Hear { lane: channel(1), heard: Heard::Party(station_lane(1)) }));
    assert!(did.contains(&Output::Hear { lane: station_lane(1), heard: Heard::Party(channel(1)) }));
    let recorded = did.iter().filter(|output| matches!(output, Output::Record(Record::Begin { .. }))).count();
    assert_eq!(recorded, 2, "both voices are recorded");

    desk.gets(Input::Released { line: line(1), cause: Cause::NormalClearing, by: ReleasedBy::Far });
    let did = desk.did();
    assert!(asks_station(&did, 1, StationRequest::Released(ToneKind::Busy)), "the telephone hears busy");
    assert!(matches!(
        did.iter().rev().find(|output| matches!(output, Output::Tell(_))),
        Some(Output::Tell(CallEvent::Ended { cause: Cause::NormalClearing, by: Side::Caller, .. }))
    ));
    assert!(did.iter().any(|output| matches!(output, Output::Record(Record::Finish { .. }))));
    assert!(desk.is_quiet());
}

#[test]
fn who_hangs_up_first_at_the_station_clears_the_trunk_and_hears_nothing() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.station(1, StationEvent::Answered);
    desk.did();
    desk.station(1, StationEvent::HungUp);
    let did = desk.did();
    assert!(asks_trunk(&did, 1, TrunkRequest::Clear(Cause::NormalClearing)));
    assert!(!did.iter().any(|output| matches!(output, Output::Station { .. })));
    assert!(!desk.is_quiet(), "the channel is not free before the network says so");
    desk.gets(Input::Released { line: line(1), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    assert!(desk.facts().iter().any(|fact| matches!(fact, CallEvent::Ended { by: Side::Called, .. })));
    assert!(desk.is_quiet());
}

#[test]
fn a_call_that_is_given_up_stops_the_ringing() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.did();
    desk.gets(Input::Released { line: line(1), cause: Cause::NormalClearing, by: ReleasedBy::Far });
    assert!(asks_station(&desk.did(), 1, StationRequest::StopRinging));
    assert!(desk.is_quiet());
}

#[test]
fn a_busy_station_refuses_a_second_call_with_cause_17() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.station(1, StationEvent::Answered);
    desk.did();
    desk.call_comes_in(2, "1234");
    assert!(asks_trunk(&desk.did(), 2, TrunkRequest::Clear(Cause::UserBusy)));
}

#[test]
fn an_unknown_number_is_refused_with_cause_1_before_any_reply() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "9999");
    let did = desk.did();
    assert!(asks_trunk(&did, 1, TrunkRequest::Clear(Cause::UnallocatedNumber)));
    assert!(!asks_trunk(&did, 1, TrunkRequest::Proceeding));
}

#[test]
fn a_fax_machine_that_is_heard_on_an_answered_leg_is_told_of_that_leg() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "62001234");
    assert!(!desk.did().iter().any(|did| matches!(did, Output::Attend { .. })), "nobody is there yet");
    desk.station(1, StationEvent::Answered);
    let did = desk.did();
    assert!(did.contains(&Output::Attend { lane: channel(1) }));
    assert!(did.contains(&Output::Attend { lane: station_lane(1) }));
    desk.gets(Input::SoundHeard { lane: channel(1), sound: Sound::FaxCalling });
    let told = desk.did();
    let caller = |did: &Output| matches!(did, Output::Tell(CallEvent::SoundHeard { sound: Sound::FaxCalling, .. }));
    assert_eq!(told.iter().filter(|did| caller(did)).count(), 1, "{told:?}");
    desk.gets(Input::SoundHeard { lane: channel(7), sound: Sound::FaxCalling });
    assert!(desk.did().is_empty(), "a lane without a call has no story");
}

#[test]
fn a_telephone_that_nobody_answers_rings_for_three_minutes_and_no_longer() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.seconds_pass(179);
    assert!(!asks_station(&desk.did(), 1, StationRequest::StopRinging));
    desk.seconds_pass(1);
    let did = desk.did();
    assert!(asks_station(&did, 1, StationRequest::StopRinging));
    assert!(asks_trunk(&did, 1, TrunkRequest::Clear(Cause::NoAnswer)));
    desk.gets(Input::Released { line: line(1), cause: Cause::NoAnswer, by: ReleasedBy::Box });
    assert!(desk.is_quiet());
}

#[test]
fn one_station_calls_another() {
    let mut desk = Desk::new();
    desk.dials(1, "802");
    let did = desk.did();
    assert!(asks_station(&did, 1, StationRequest::Connected));
    assert!(did.contains(&Output::Hear { lane: station_lane(1), heard: Heard::Tone(ToneKind::Ringback) }));
    desk.station(2, StationEvent::Answered);
    assert!(desk.did().contains(&Output::Hear { lane: station_lane(2), heard: Heard::Party(station_lane(1)) }));
    desk.station(1, StationEvent::HungUp);
    assert!(asks_station(&desk.did(), 2, StationRequest::Released(ToneKind::Busy)));
    assert!(desk.is_quiet());
}

#[test]
fn an_outside_number_is_sent_when_no_further_digit_comes() {
    let mut desk = Desk::new();
    desk.dials(1, "013800138000");
    assert!(!desk.did().iter().any(|output| matches!(output, Output::Start { .. })));
    desk.seconds_pass(4);
    let (leg, sent) = started(&desk.did());
    assert_eq!(sent, "13800138000");
    desk.gets(Input::Started { leg, line: line(9), lane: channel(2) });
    desk.gets(Input::Alerting { line: line(9), inband: false });
    assert!(desk.did().contains(&Output::Hear { lane: station_lane(1), heard: Heard::Tone(ToneKind::Ringback) }));
    desk.gets(Input::Answered { line: line(9), evidence: call::AnswerEvidence::Signalled });
    assert!(desk.did().contains(&Output::Hear { lane: station_lane(1), heard: Heard::Party(channel(2)) }));
    desk.station(1, StationEvent::HungUp);
    assert!(asks_trunk(&desk.did(), 9, TrunkRequest::Clear(Cause::NormalClearing)));
    desk.gets(Input::Released { line: line(9), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    assert!(desk.is_quiet());
}

#[test]
fn a_hash_ends_a_number_that_is_whole_and_is_part_of_what_is_a_code_for_the_exchange() {
    let mut desk = Desk::new();
    desk.dials(1, "013800138000#");
    assert_eq!(started(&desk.did()).1, "13800138000");
    desk.dials(2, "0*57*13800138000#");
    assert!(!desk.did().iter().any(|output| matches!(output, Output::Start { .. })), "it may go on");
    desk.seconds_pass(4);
    assert_eq!(started(&desk.did()).1, "*57*13800138000#");
    desk.dials(3, "0#");
    assert!(!desk.did().iter().any(|output| matches!(output, Output::Start { .. })), "no number is before it");
    desk.seconds_pass(4);

    let mut plan = plan();
    plan.extensions.insert("80".into(), Target::Station(port(3)));
    plan.emergency.clear();
    let mut desk = Desk::with(plan);
    let rings = |did: &[Output]| {
        did.iter().any(|output| matches!(output, Output::Station { port: of, request: StationRequest::Ring { .. } } if *of == port(3)))
    };
    desk.dials(1, "80");
    assert!(!rings(&desk.did()), "it may be 802");
    desk.station(1, StationEvent::Digit('#'));
    assert!(rings(&desk.did()));
}

#[test]
fn the_next_digit_is_waited_for_as_long_as_the_settings_say() {
    let mut desk = Desk::with(Plan { digits: settings::Digits { first_s: 20, next_s: 9 }, ..plan() });
    desk.dials(1, "013800138000");
    desk.seconds_pass(8);
    assert!(!desk.did().iter().any(|output| matches!(output, Output::Start { .. })));
    desk.seconds_pass(1);
    assert_eq!(started(&desk.did()).1, "13800138000");
}

#[test]
fn an_emergency_number_goes_out_at_its_last_digit() {
    let mut desk = Desk::new();
    desk.dials(1, "120");
    assert_eq!(started(&desk.did()).1, "120");
}

#[test]
fn an_emergency_takes_the_channel_of_a_call_that_matters_less() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.station(1, StationEvent::Answered);
    desk.call_comes_in(2, "1235");
    desk.did();
    desk.dials(3, "110");
    let did = desk.did();
    assert!(
        asks_trunk(&did, 1, TrunkRequest::Clear(Cause::Preemption))
            || asks_trunk(&did, 2, TrunkRequest::Clear(Cause::Preemption))
    );
    assert!(!did.iter().any(|output| matches!(output, Output::Start { .. })), "no channel is free yet");
    desk.gets(Input::Released { line: line(1), cause: Cause::Preemption, by: ReleasedBy::Box });
    let (leg, sent) = started(&desk.did());
    assert_eq!(sent, "110");
    desk.gets(Input::Started { leg, line: line(3), lane: channel(1) });
    desk.dials(2, "110");
    assert!(!asks_trunk(&desk.did(), 3, TrunkRequest::Clear(Cause::Preemption)), "never another emergency call");
}

/// Both channels carry calls to 801 and 802, which are answered; 803 dials 110.
fn emergency_without_a_channel() -> Desk {
    let mut desk = Desk::new();
    for (no, called) in [(1, "1234"), (2, "1235")] {
        desk.call_comes_in(no, called);
        desk.station(no as u8, StationEvent::Answered);
    }
    desk.did();
    desk.dials(3, "110");
    desk
}

/// What is heard on hold where no queue has music.
fn music() -> Heard {
    Heard::Music(call::Music { name: settings::MUSIC.to_owned(), from: None })
}

/// The playing of the notice that a telephone hears.
fn notice(outputs: &[Output], position: u8) -> Option<u32> {
    outputs.iter().find_map(|output| match output {
        Output::Hear { lane, heard: Heard::Prompts { names, play } } if *lane == station_lane(position) => {
            assert_eq!(names, &["emergency_notice"]);
            Some(*play)
        }
        _ => None,
    })
}

#[test]
fn who_loses_a_call_to_an_emergency_hears_why_and_then_busy_tone() {
    let mut desk = emergency_without_a_channel();
    let did = desk.did();
    assert!(asks_trunk(&did, 1, TrunkRequest::Clear(Cause::Preemption)), "the channel does not wait for the notice");
    let play = notice(&did, 1).expect("801 is told");
    assert!(!asks_station(&did, 1, StationRequest::Released(ToneKind::Busy)));
    desk.gets(Input::Released { line: line(1), cause: Cause::Preemption, by: ReleasedBy::Box });
    assert_eq!(started(&desk.did()).1, "110");
    desk.gets(Input::Played { lane: station_lane(1), play });
    assert!(asks_station(&desk.did(), 1, StationRequest::Released(ToneKind::Busy)));
    // 802 puts the handset down while the notice is spoken.
    desk.station(2, StationEvent::HungUp);
    desk.gets(Input::Released { line: line(2), cause: Cause::Preemption, by: ReleasedBy::Box });
    let ended = |fact: &&CallEvent| matches!(fact, CallEvent::Ended { cause: Cause::Preemption, .. });
    assert_eq!(desk.facts().iter().filter(ended).count(), 1);
    desk.station(1, StationEvent::HungUp);
    desk.station(3, StationEvent::HungUp);
    assert!(desk.is_quiet());
}

/// 801 holds 803 and talks to somebody outside on the only channel; 802 dials 120, which takes it.
fn desk_where_who_holds_is_told_of_an_emergency() -> Desk {
    let mut one_channel = plan();
    one_channel.groups[0].trunks = vec![Trunk::Span { span: SpanId(0), channels: 1 }];
    let mut desk = Desk::with(one_channel);
    desk.dials(3, "801");
    desk.station(1, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    reaches_outside(&mut desk, 1, 1);
    desk.did();
    desk.dials(2, "120");
    desk
}

#[test]
fn who_hangs_up_while_an_emergency_is_told_is_rung_for_the_party_on_hold() {
    let mut desk = desk_where_who_holds_is_told_of_an_emergency();
    assert!(notice(&desk.did(), 1).is_some(), "801 is told");
    desk.station(1, StationEvent::HungUp);
    let did = desk.did();
    assert!(did.contains(&Output::Hear { lane: station_lane(3), heard: music() }), "803 waits: {did:#?}");
    let back = |output: &Output| {
        matches!(output, Output::Tell(CallEvent::TransferReturned { why: NotTransferred::LeftOnHold, .. }))
    };
    assert!(did.iter().any(back), "{did:#?}");
    assert!(!asks_station(&did, 3, StationRequest::Released(ToneKind::Busy)), "{did:#?}");
    desk.seconds_pass(3);
    let did = [did, desk.did()].concat();
    let rings = |output: &Output| matches!(output, Output::Station { port: of, request: StationRequest::Ring { .. } } if *of == port(1));
    assert!(did.iter().any(rings), "{did:#?}");
    desk.station(1, StationEvent::Answered);
    assert!(desk.did().contains(&Output::Hear { lane: station_lane(3), heard: Heard::Party(station_lane(1)) }));

    desk.gets(Input::Released { line: line(1), cause: Cause::Preemption, by: ReleasedBy::Box });
    assert_eq!(started(&desk.did()).1, "120");
    (1..=3).for_each(|position| desk.station(position, StationEvent::HungUp));
    assert!(desk.is_quiet());
}

#[test]
fn who_hears_an_emergency_told_to_its_end_has_the_party_on_hold_again() {
    let mut desk = desk_where_who_holds_is_told_of_an_emergency();
    let play = notice(&desk.did(), 1).expect("801 is told");
    desk.gets(Input::Played { lane: station_lane(1), play });
    let did = desk.did();
    assert!(did.contains(&Output::Hear { lane: station_lane(3), heard: Heard::Party(station_lane(1)) }), "{did:#?}");
}

#[test]
fn an_emergency_clears_more_calls_when_the_first_ones_do_not_let_go() {
    let mut city = plan();
    city.groups[0].trunks = vec![Trunk::Span { span: SpanId(0), channels: 4 }];
    city.default_target.insert("city".into(), Target::Station(port(2)));
    let mut desk = Desk::with(city);
    for no in 1..=4 {
        desk.call_comes_in(no, "1235");
        if no == 1 {
            desk.station(2, StationEvent::Answered);
        }
    }
    let clears = |desk: &mut Desk| {
        let is =
            |output: &&Output| matches!(output, Output::Trunk { request: TrunkRequest::Clear(Cause::Preemption), .. });
        desk.did().iter().filter(is).count()
    };
    clears(&mut desk);
    desk.dials(3, "110");
    // The three that found 802 busy are being cleared already; the one that talks has to go.
    assert_eq!(clears(&mut desk), 1);
    desk.seconds_pass(1);
    assert_eq!(clears(&mut desk), 0, "nothing more can be cleared, and the call goes on waiting");
    desk.gets(Input::Released { line: line(3), cause: Cause::UserBusy, by: ReleasedBy::Box });
    assert_eq!(started(&desk.did()).1, "110");
}

#[test]
fn a_service_sees_a_number_that_leads_back_and_never_an_extension() {
    let mut city = plan();
    city.groups[0].shown = Some("62001234".into());
    let shown = |plan: &Plan, position: u8| {
        let mut desk = Desk::with(plan.clone());
        desk.dials(position, "120");
        let calling = |output: &Output| match output {
            Output::Start { calling, .. } => Some(calling.number.clone()),
            _ => None,
        };
        desk.did().iter().find_map(calling).expect("the call starts")
    };
    assert_eq!(shown(&city, 1), Some(number("1234")), "its own number");
    assert_eq!(shown(&city, 3), Some(number("62001234")), "the house's number");
    assert_eq!(shown(&plan(), 3), None, "the network puts in the line's own");
}

#[test]
fn a_service_that_calls_back_reaches_the_telephone_that_called_it() {
    let mut desk = Desk::new();
    desk.dials(3, "120");
    let (leg, _) = started(&desk.did());
    desk.gets(Input::Started { leg, line: line(9), lane: channel(2) });
    desk.station(3, StationEvent::HungUp);
    desk.gets(Input::Released { line: line(9), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    desk.did();
    let incoming = |no: u32| Input::Incoming {
        line: line(no),
        lane: channel(1),
        port: None,
        group: "city".into(),
        called: Some(number("1234")),
        calling: Some(number("010120")),
        private: false,
        told: Box::default(),
    };
    desk.gets(incoming(1));
    assert!(asks_station(
        &desk.did(),
        3,
        StationRequest::Ring { shown: shown("010120"), emergency: true, ring: Ring::Usual, whisper: None }
    ));
    desk.gets(Input::Released { line: line(1), cause: Cause::NormalClearing, by: ReleasedBy::Far });
    desk.station(3, StationEvent::WantsToDial);
    desk.did();
    desk.gets(incoming(2));
    let instead = StationRequest::Ring { shown: shown("010120"), emergency: false, ring: Ring::Usual, whisper: None };
    assert!(asks_station(&desk.did(), 1, instead), "803 is in use: the number's own way");
}

#[test]
fn the_last_channel_is_kept_for_an_emergency() {
    let mut desk = Desk::with(Plan { keep_one_free: true, ..plan() });
    desk.call_comes_in(1, "1234");
    desk.did();
    desk.dials(2, "013800138000");
    desk.seconds_pass(4);
    let did = desk.did();
    assert!(!did.iter().any(|output| matches!(output, Output::Start { .. })));
    assert!(asks_station(&did, 2, StationRequest::Released(ToneKind::Congestion)));
    desk.dials(3, "120");
    assert_eq!(started(&desk.did()).1, "120");
}

/// An emergency call can't use a channel that is out of service: of those that can be used one is kept.
#[test]
fn channels_out_of_service_are_none_that_is_kept_for_an_emergency() {
    for (usable, goes) in [(3, true), (2, false)] {
        let mut desk = Desk::with(Plan { keep_one_free: true, groups: vec![ten_channels()], ..plan() });
        desk.call_comes_in(1, "1234");
        desk.gets(Input::Usable { span: SpanId(0), channels: usable });
        desk.did();
        desk.dials(2, "013800138000");
        desk.seconds_pass(4);
        let started = desk.did().iter().any(|output| matches!(output, Output::Start { .. }));
        assert_eq!(started, goes, "{usable} channels can be used, and a call is on one");
    }
}

fn ten_channels() -> Group {
    let [mut group] = <[Group; 1]>::try_from(plan().groups).expect("the plan has one group");
    group.trunks = vec![Trunk::Span { span: SpanId(0), channels: 10 }];
    group
}

/// The desk with outside lines behind prefix 9, and no span.
fn outside_desk(lines: u8) -> Desk {
    Desk::with(outside_plan(lines))
}

fn outside_plan(lines: u8) -> Plan {
    let trunk = |position| Trunk::OutsideLine { port: fxo(position), lane: outside_lane(position) };
    let trunks = (1..=lines).map(trunk).collect();
    let group = Group {
        name: "lines".into(),
        prefix: "9".into(),
        trunks,
        shown: None,
        dials: false,
        hand_over: settings::HandOver::Never,
        joins: false,
    };
    let default_target = [("lines".to_owned(), Target::Station(port(1)))].into();
    Plan { groups: vec![group], default_target, ..plan() }
}

fn fxo(position: u8) -> PortId {
    PortId { card: "FXO".parse().unwrap(), position }
}

fn outside_lane(position: u8) -> LaneId {
    LaneId::new(SpanId(2), Timeslot(position - 1))
}

impl Desk {
    fn rings_in(&mut self, position: u8) {
        self.gets(Input::Incoming {
            line: Line::Port(fxo(position)),
            lane: outside_lane(position),
            port: Some(fxo(position)),
            group: "lines".into(),
            called: None,
            calling: None,
            private: false,
            told: Box::default(),
        });
    }

    /// The trunk takes the call that is being started.
    fn takes(&mut self, position: u8) -> frame::LegId {
        let (leg, _) = started(&self.did());
        self.gets(Input::Started { leg, line: Line::Port(fxo(position)), lane: outside_lane(position) });
        leg
    }
}

/// The ports of the outside lines on which the facts say that a leg was placed.
fn placed(facts: &[CallEvent]) -> Vec<u8> {
    let port = |fact: &CallEvent| match fact {
        CallEvent::LegPlaced { endpoint: call::Endpoint::OutsideLine { port, .. }, .. } => Some(port.position),
        _ => None,
    };
    facts.iter().filter_map(port).collect()
}

#[test]
fn a_line_without_dial_tone_is_left_for_the_next_one_and_the_facts_say_which_carried_the_call() {
    let mut desk = outside_desk(2);
    desk.dials(1, "913800138000");
    desk.seconds_pass(4);
    let leg = desk.takes(1);
    desk.gets(Input::Refused { leg, cause: Cause::DestinationOutOfOrder });
    let did = desk.did();
    assert!(did.contains(&Output::Free { lane: outside_lane(1) }), "the first line's lane is given back");
    desk.outputs = did;
    assert_eq!(desk.takes(2), leg, "the same leg goes on");
    assert_eq!(placed(&desk.facts()), [2]);
    desk.gets(Input::Released { line: Line::Port(fxo(1)), cause: Cause::NormalClearing, by: ReleasedBy::Far });
    assert!(desk.facts().is_empty(), "what the first line still has to say is nobody's any more");
    desk.station(1, StationEvent::HungUp);
    desk.gets(Input::Released { line: Line::Port(fxo(2)), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    assert!(desk.is_quiet());
}

#[test]
fn congestion_before_the_answer_tries_the_next_trunk_and_busy_does_not() {
    for (cause, again) in [(Cause::SwitchingCongestion, true), (Cause::UserBusy, false)] {
        let mut desk = outside_desk(2);
        desk.dials(1, "913800138000");
        desk.seconds_pass(4);
        desk.takes(1);
        desk.gets(Input::Audible { line: Line::Port(fxo(1)) });
        desk.did();
        desk.gets(Input::Released { line: Line::Port(fxo(1)), cause, by: ReleasedBy::Far });
        let did = desk.did();
        assert_eq!(did.iter().any(|output| matches!(output, Output::Start { .. })), again, "{cause:?}");
        let ended = did.iter().filter(|output| matches!(output, Output::Record(Record::End { .. }))).count();
        assert_eq!(ended, if again { 1 } else { 2 }, "what was said on the line is closed");
    }
}

/// The outside line on which the call of these outputs is tried.
fn tried(outputs: &[Output]) -> Option<u8> {
    outputs.iter().find_map(|output| match output {
        Output::Start { trunk: Trunk::OutsideLine { port, .. }, .. } => Some(port.position),
        _ => None,
    })
}

impl Desk {
    fn is_dead(&mut self, position: u8, on: bool) {
        self.gets(Input::Dead { port: fxo(position), on });
    }

    /// What comes out when a telephone calls a number outside.
    fn calls_out(&mut self, position: u8) -> Vec<Output> {
        self.dials(position, "913800138000");
        self.seconds_pass(4);
        self.did()
    }
}

/// Two outside lines: the first is dead, on the second the first telephone talks.
fn desk_that_talks_beside_a_dead_line() -> Desk {
    let mut desk = outside_desk(2);
    desk.is_dead(1, true);
    desk.outputs = desk.calls_out(1);
    desk.takes(2);
    desk.did();
    desk
}

#[test]
fn a_dead_line_is_tried_after_all_others_and_is_tried_all_the_same() {
    let mut desk = outside_desk(3);
    desk.is_dead(1, true);
    desk.gets(Input::UnderTest { port: fxo(2), on: true });
    desk.outputs = desk.calls_out(1);
    for position in [3, 2, 1] {
        assert_eq!(tried(&desk.outputs), Some(position));
        let leg = desk.takes(position);
        desk.gets(Input::Refused { leg, cause: Cause::DestinationOutOfOrder });
    }
    assert!(asks_station(&desk.did(), 1, StationRequest::Released(ToneKind::Congestion)), "nothing is left");

    desk.is_dead(1, false);
    assert_eq!(tried(&desk.calls_out(2)), Some(1), "it is alive again");
}

#[test]
fn an_emergency_call_takes_a_line_that_is_alive_before_a_dead_one() {
    let mut desk = outside_desk(2);
    desk.is_dead(1, true);
    desk.dials(2, "120");
    assert_eq!(tried(&desk.did()), Some(2));
}

#[test]
fn an_emergency_call_takes_the_line_of_who_talks_before_a_dead_one_that_is_free() {
    let mut desk = desk_that_talks_beside_a_dead_line();
    desk.dials(2, "120");
    let did = desk.did();
    let request = TrunkRequest::Clear(Cause::Preemption);
    assert!(did.contains(&Output::Trunk { line: Line::Port(fxo(2)), request }), "{did:#?}");
    assert_eq!(tried(&did), None, "the dead one is for later");
    desk.gets(Input::Released { line: Line::Port(fxo(2)), cause: Cause::Preemption, by: ReleasedBy::Box });
    let did = desk.did();
    assert_eq!(tried(&did), Some(2));
    desk.outputs = did;
    let leg = desk.takes(2);
    desk.gets(Input::Refused { leg, cause: Cause::DestinationOutOfOrder });
    assert_eq!(tried(&desk.did()), Some(1), "nothing else is left");
}

#[test]
fn an_emergency_call_takes_the_line_that_it_got_from_somebody_before_the_one_that_failed_it() {
    let mut desk = desk_that_talks_beside_a_dead_line();
    desk.is_dead(1, false);
    desk.dials(2, "120");
    assert_eq!(tried(&desk.outputs), Some(1));
    let leg = desk.takes(1);
    desk.did();
    desk.gets(Input::Refused { leg, cause: Cause::DestinationOutOfOrder });
    assert_eq!(tried(&desk.did()), None, "the line of who talks is let go");
    desk.gets(Input::Released { line: Line::Port(fxo(2)), cause: Cause::Preemption, by: ReleasedBy::Box });
    assert_eq!(tried(&desk.did()), Some(2));
}

#[test]
fn of_two_emergency_calls_for_one_line_the_other_tries_a_dead_one_and_does_not_wait_for_ever() {
    let mut desk = desk_that_talks_beside_a_dead_line();
    desk.dials(2, "120");
    desk.dials(3, "120");
    assert_eq!(tried(&desk.did()), None, "both wait for the line of who talks");
    desk.gets(Input::Released { line: Line::Port(fxo(2)), cause: Cause::Preemption, by: ReleasedBy::Box });
    let did = desk.did();
    let starts = did.iter().filter(|output| matches!(output, Output::Start { .. })).count();
    assert_eq!((tried(&did), starts), (Some(2), 2), "{did:#?}");
}

#[test]
fn an_emergency_call_that_waits_for_a_channel_takes_a_line_that_comes_alive() {
    let mut desk = desk_that_talks_beside_a_dead_line();
    desk.dials(2, "120");
    assert_eq!(tried(&desk.did()), None);
    desk.is_dead(1, false);
    assert_eq!(tried(&desk.did()), Some(1));
}

/// A dead line is none that is kept; one that carries a call all the same counts for that call.
#[test]
fn the_line_that_is_kept_for_an_emergency_is_no_dead_one() {
    for (dead, goes) in [(None, true), (Some(3), false), (Some(1), true)] {
        let mut desk = Desk::with(Plan { keep_one_free: true, ..outside_plan(3) });
        desk.rings_in(1);
        dead.into_iter().for_each(|position| desk.is_dead(position, true));
        desk.did();
        assert_eq!(tried(&desk.calls_out(2)).is_some(), goes, "dead: {dead:?}");
    }
}

#[test]
fn on_an_outside_line_both_hear_each_other_and_are_recorded_before_the_answer_is_known() {
    let mut desk = outside_desk(2);
    desk.dials(1, "913800138000");
    desk.seconds_pass(4);
    desk.takes(1);
    desk.did();
    desk.gets(Input::Audible { line: Line::Port(fxo(1)) });
    let did = desk.did();
    assert!(did.contains(&Output::Hear { lane: station_lane(1), heard: Heard::Party(outside_lane(1)) }));
    assert!(did.contains(&Output::Hear { lane: outside_lane(1), heard: Heard::Party(station_lane(1)) }));
    let begins = |did: &[Output]| did.iter().filter(|did| matches!(did, Output::Record(Record::Begin { .. }))).count();
    assert_eq!(begins(&did), 2);
    desk.gets(Input::Answered { line: Line::Port(fxo(1)), evidence: call::AnswerEvidence::Voice });
    let did = desk.did();
    assert_eq!(begins(&did), 0, "no voice is recorded twice");
    assert!(did.iter().any(|did| matches!(did, Output::Tell(CallEvent::Bridged { .. }))));
}

#[test]
fn in_a_glare_the_caller_who_came_in_keeps_the_line_and_the_call_out_takes_another() {
    let mut desk = outside_desk(2);
    desk.dials(2, "913800138000");
    desk.seconds_pass(4);
    let leg = desk.takes(1);
    desk.did();
    desk.rings_in(1);
    desk.gets(Input::Refused { leg, cause: Cause::RequestedChannelUnavailable });
    let did = desk.did();
    assert!(!did.contains(&Output::Free { lane: outside_lane(1) }), "the lane is the caller's by now");
    desk.outputs = did;
    desk.takes(2);
    desk.station(1, StationEvent::Answered);
    assert!(desk.did().contains(&Output::Hear { lane: outside_lane(1), heard: Heard::Party(station_lane(1)) }));
}

#[test]
fn an_emergency_takes_the_only_outside_line_even_from_the_caller_it_met_in_a_glare() {
    let mut desk = outside_desk(1);
    desk.dials(2, "120");
    let leg = desk.takes(1);
    desk.rings_in(1);
    desk.gets(Input::Refused { leg, cause: Cause::RequestedChannelUnavailable });
    let request = TrunkRequest::Clear(Cause::Preemption);
    assert!(desk.did().contains(&Output::Trunk { line: Line::Port(fxo(1)), request }));
    desk.gets(Input::Released { line: Line::Port(fxo(1)), cause: Cause::Preemption, by: ReleasedBy::Box });
    assert_eq!(started(&desk.did()), (leg, "120".to_owned()));
}

#[test]
fn stopping_ends_every_call_and_takes_no_new_one() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.station(1, StationEvent::Answered);
    desk.did();
    desk.gets(Input::Stop);
    assert!(asks_trunk(&desk.did(), 1, TrunkRequest::Clear(Cause::TemporaryFailure)));
    desk.gets(Input::Released { line: line(1), cause: Cause::TemporaryFailure, by: ReleasedBy::Box });
    assert!(desk.is_quiet());
    desk.call_comes_in(2, "1234");
    assert!(asks_trunk(&desk.did(), 2, TrunkRequest::Clear(Cause::TemporaryFailure)));
}

#[test]
fn a_telephone_shows_number_and_name_of_the_house_and_why_a_number_is_missing() {
    let rings = |outputs: &[Output]| {
        outputs.iter().find_map(|output| match output {
            Output::Station { request: StationRequest::Ring { shown, .. }, .. } => Some(shown.clone()),
            _ => None,
        })
    };
    let mut desk = Desk::new();
    desk.dials(1, "802");
    let inside = Shown { number: Some(number("801")), name: Some("desk".into()), private: false };
    assert_eq!(rings(&desk.did()), Some(inside));
    for private in [true, false] {
        let mut desk = outside_desk(1);
        desk.gets(Input::Incoming {
            line: Line::Port(fxo(1)),
            lane: outside_lane(1),
            port: Some(fxo(1)),
            group: "lines".into(),
            called: None,
            calling: None,
            private,
            told: Box::default(),
        });
        assert_eq!(rings(&desk.did()), Some(Shown { number: None, name: None, private }));
    }
}

#[test]
fn a_handset_that_is_left_off_without_dialling_can_be_called_again_once_it_is_put_down() {
    let mut desk = Desk::new();
    desk.station(1, StationEvent::WantsToDial);
    desk.station(1, StationEvent::DialledNothing);
    assert!(desk.is_quiet(), "the call does not wait for the handset");
    desk.station(1, StationEvent::LeftOffHook);
    desk.station(1, StationEvent::BackOnHook);
    desk.did();
    desk.call_comes_in(1, "1234");
    let rings = |output: &Output| matches!(output, Output::Station { port: of, request: StationRequest::Ring { .. } } if *of == port(1));
    assert!(desk.did().iter().any(rings));
}

#[test]
fn a_talk_that_the_called_party_outside_ends_is_told_as_ended() {
    let mut desk = Desk::new();
    desk.dials(1, "013800138000");
    desk.seconds_pass(5);
    let (leg, _) = started(&desk.did());
    desk.gets(Input::Started { leg, line: line(9), lane: channel(2) });
    desk.gets(Input::Answered { line: line(9), evidence: call::AnswerEvidence::Signalled });
    desk.did();
    desk.gets(Input::Released { line: line(9), cause: Cause::NormalClearing, by: ReleasedBy::Far });
    let facts = desk.facts();
    let unbridged = facts.iter().position(|fact| matches!(fact, CallEvent::Unbridged { b, .. } if *b == leg));
    let ended = facts.iter().position(|fact| matches!(fact, CallEvent::Ended { by: Side::Called, .. }));
    assert!(unbridged.is_some() && unbridged < ended, "{facts:#?}");
}

#[test]
fn a_call_straight_to_a_queue_or_flow_without_recording_is_not_recorded_from_its_answer_on_either() {
    let leads_to = |target| {
        let ddi = [("1236".to_owned(), target)].into();
        let (unrecorded_flows, unrecorded_queues) = (vec!["secret".to_owned()], vec!["secret".to_owned()]);
        let end = settings::Step::HangUp(settings::HangUpStep { cause: 16 });
        let (name, start, record) = ("secret".to_owned(), "end".to_owned(), settings::Record::None);
        let flow = settings::Flow { name, steps: [(start.clone(), end)].into(), start, record };
        let flows = [("secret".to_owned(), Arc::new(flow))].into();
        let mut desk = Desk::with(Plan { ddi, flows, unrecorded_flows, unrecorded_queues, ..plan() });
        desk.call_comes_in(1, "1236");
        desk.did()
    };
    for target in [Target::Queue("secret".into()), Target::Flow("secret".into())] {
        let did = leads_to(target.clone());
        assert!(asks_trunk(&did, 1, TrunkRequest::Answer(Shown::default())), "{target:?}");
        assert!(!did.iter().any(|output| matches!(output, Output::Record(_))), "{target:?}: {did:#?}");
    }
}

/// Call control with one queue, in which callers wait although nobody serves it.
fn desk_with_queue() -> Desk {
    let queue = settings::Queue {
        name: "desk".into(),
        extension: None,
        members: vec![],
        strategy: settings::Strategy::LongestIdle,
        music: String::new(),
        whisper: None,
        music_from: None,
        ring_s: 15,
        wrap_up_s: 5,
        max_wait_s: 300,
        capacity_callers: 5,
        no_answers_before_pause: 0,
        unstaffed: settings::Unstaffed::Wait,
        record: settings::Record::All,
        compartment: None,
        supervision: settings::Supervision::None,
        noise_reduction: false,
        automatic_gain: false,
    };
    let settings = settings::Settings { queues: vec![queue], ..settings::Settings::default() };
    let plan = Plan { ddi: [("1236".to_owned(), Target::Queue("desk".into()))].into(), ..plan() };
    let control = Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&settings));
    Desk { control, now: Time::from_ms(1000), outputs: Vec::new() }
}

fn polish_of(outputs: Vec<Output>) -> Vec<(LaneId, call::Polish)> {
    let lane = |output| if let Output::Polish { lane, polish } = output { Some((lane, polish)) } else { None };
    outputs.into_iter().filter_map(lane).collect()
}

#[test]
fn the_voices_of_a_queue_s_talk_get_what_the_queue_wants_and_those_of_other_talks_nothing() {
    let settings: settings::Settings = toml::from_str(
        "format = 1\n[[stations]]\nport = \"FXS.1\"\nextension = \"801\"\nname = \"desk\"\n\
         [[queues]]\nname = \"desk\"\nmembers = [\"801\"]\n",
    )
    .unwrap();
    let wanted = call::Polish { noise_reduction: true, automatic_gain: false };
    let polished = |called: &str| {
        let ddi = [("1236".to_owned(), Target::Queue("desk".into())), ("1234".to_owned(), Target::Station(port(1)))];
        let plan = Plan { ddi: ddi.into(), polish: [("desk".to_owned(), wanted)].into(), ..plan() };
        let control = Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&settings));
        let mut desk = Desk { control, now: Time::from_ms(1000), outputs: Vec::new() };
        desk.call_comes_in(1, called);
        desk.station(1, StationEvent::Answered);
        let did = desk.did();
        assert!(did.contains(&Output::Hear { lane: channel(1), heard: Heard::Party(station_lane(1)) }), "{did:#?}");
        desk.gets(Input::SoundHeard { lane: channel(1), sound: Sound::SpecialInformation });
        assert_eq!(polish_of(desk.did()), [], "an announcement is for people");
        desk.gets(Input::SoundHeard { lane: channel(1), sound: Sound::FaxCalling });
        (polish_of(did), polish_of(desk.did()))
    };
    let nothing = call::Polish::default();
    let both = |polish| vec![(channel(1), polish), (station_lane(1), polish)];
    assert_eq!(polished("1236"), (both(wanted), both(nothing)), "and machines get nothing");
    assert_eq!(polished("1234"), (vec![], vec![]));
}

#[test]
fn only_who_hangs_up_abandons_a_queue_and_who_is_cut_off_does_not() {
    let left = |by| {
        let mut desk = desk_with_queue();
        desk.call_comes_in(1, "1236");
        desk.gets(Input::Released { line: line(1), cause: Cause::DestinationOutOfOrder, by });
        let why = |fact| if let CallEvent::Dequeued { why, .. } = fact { Some(why) } else { None };
        desk.facts().into_iter().find_map(why)
    };
    assert_eq!(left(ReleasedBy::Far), Some(call::QueueExit::Abandoned));
    assert_eq!(left(ReleasedBy::Line), Some(call::QueueExit::Lost), "a cut cable is not the caller's patience");
    assert_eq!(left(ReleasedBy::Box), Some(call::QueueExit::Lost));
}

#[test]
fn a_channel_that_was_got_for_a_call_that_is_over_meanwhile_is_given_back() {
    let mut desk = Desk::new();
    desk.dials(1, "013800138000");
    desk.seconds_pass(5);
    let (leg, _) = started(&desk.did());
    desk.station(1, StationEvent::HungUp);
    desk.did();
    desk.gets(Input::Started { leg, line: line(9), lane: channel(2) });
    assert!(asks_trunk(&desk.did(), 9, TrunkRequest::Clear(Cause::NormalClearing)));
}

/// Dials a number outside at a telephone whose dial tone is there, and it is answered on line `no`.
fn reaches_outside(desk: &mut Desk, position: u8, no: u32) {
    "013800138000".chars().for_each(|digit| desk.station(position, StationEvent::Digit(digit)));
    desk.seconds_pass(4);
    let (leg, _) = started(&desk.did());
    desk.gets(Input::Started { leg, line: line(no), lane: channel(no as u8) });
    desk.gets(Input::Answered { line: line(no), evidence: call::AnswerEvidence::Signalled });
}

/// A caller from outside on line 1 talks to the first telephone, which holds the caller and talks to somebody outside on
/// line 2.
fn desk_that_consults_outside() -> Desk {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.station(1, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    let did = desk.did();
    assert!(did.contains(&Output::Hear { lane: station_lane(1), heard: Heard::Tone(ToneKind::Dial) }), "{did:#?}");
    assert!(did.contains(&Output::Hear { lane: channel(1), heard: music() }), "no queue has any: {did:#?}");
    reaches_outside(&mut desk, 1, 2);
    assert!(desk.did().contains(&Output::Hear { lane: station_lane(1), heard: Heard::Party(channel(2)) }));
    desk
}

fn heard_of_conference(outputs: &[Output]) -> Vec<LaneId> {
    let lane = |output: &Output| match output {
        Output::Hear { lane, heard: Heard::Conference { part: call::Part::Speaks, .. } } => Some(*lane),
        _ => None,
    };
    outputs.iter().filter_map(lane).collect()
}

#[test]
fn two_who_are_outside_do_not_talk_on_when_who_brought_them_together_hangs_up() {
    let mut desk = desk_that_consults_outside();
    desk.station(1, StationEvent::Flash);
    assert_eq!(heard_of_conference(&desk.did()), [channel(1), station_lane(1), channel(2)]);
    desk.station(1, StationEvent::HungUp);
    let did = desk.did();
    for no in [1, 2] {
        assert!(asks_trunk(&did, no, TrunkRequest::Clear(Cause::NormalClearing)), "{did:#?}");
        desk.gets(Input::Released { line: line(no), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    }
    assert!(desk.is_quiet());
}

#[test]
fn of_two_who_are_outside_the_one_on_hold_rings_who_hangs_up_before_they_were_brought_together() {
    let mut desk = desk_that_consults_outside();
    desk.did();
    desk.station(1, StationEvent::HungUp);
    let did = desk.did();
    assert!(asks_trunk(&did, 2, TrunkRequest::Clear(Cause::NormalClearing)), "{did:#?}");
    assert!(!asks_trunk(&did, 1, TrunkRequest::Clear(Cause::NormalClearing)), "{did:#?}");
    let comes_back = |output: &Output| {
        matches!(output, Output::Tell(CallEvent::TransferReturned { why: NotTransferred::BothOutside, .. }))
    };
    assert!(did.iter().any(comes_back), "{did:#?}");
    desk.gets(Input::Released { line: line(2), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    desk.gets(Input::Released { line: line(1), cause: Cause::NormalClearing, by: ReleasedBy::Far });
    assert!(desk.is_quiet());
}

#[test]
fn a_flash_where_the_settings_want_none_changes_nothing() {
    let mut desk = Desk::new();
    desk.dials(3, "802");
    desk.station(2, StationEvent::Answered);
    desk.did();
    desk.station(3, StationEvent::Flash);
    assert_eq!(desk.did(), []);
}

#[test]
fn a_telephone_rings_on_while_who_calls_it_takes_the_held_party_back_and_is_told_so() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.station(1, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    "802".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
    desk.did();
    desk.station(1, StationEvent::Flash);
    let did = desk.did();
    assert!(asks_station(&did, 2, StationRequest::StopRinging), "{did:#?}");
    assert!(!did.iter().any(|output| matches!(output, Output::Station { port: of, .. } if *of == port(1))), "{did:#?}");
    assert!(did.contains(&Output::Hear { lane: station_lane(1), heard: Heard::Party(channel(1)) }));
    assert!(did.iter().any(|output| matches!(output, Output::Tell(CallEvent::Retrieved { .. }))));
}

#[test]
fn after_a_restart_who_was_on_hold_is_heard_again_and_both_are_recorded() {
    let mut desk = Desk::new();
    desk.call_comes_in(1, "1234");
    desk.station(1, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    let kept = desk.did().into_iter().filter_map(|output| match output {
        Output::Keep(kept) => Some(*kept),
        _ => None,
    });
    let kept: Vec<call::Kept> = kept.collect();
    let last = kept.last().expect("the held talk is in the call table");
    assert!(kept.iter().all(|row| row.call == last.call), "and the consultation is not");
    assert_eq!(last.doing, call::KeptDoing::Talking);
    assert!(last.legs().all(|leg| leg.answered && leg.recorded), "{last:#?}");
}

/// 801 serves the queue "desk" of the compartment "ward", 802 the queue "bills" of the compartment "billing".
fn desk_with_compartments() -> Desk {
    let settings: settings::Settings = toml::from_str(
        "format = 1\n[[stations]]\nport = \"FXS.1\"\nextension = \"801\"\nname = \"desk\"\n\
         [[stations]]\nport = \"FXS.2\"\nextension = \"802\"\nname = \"bills\"\n\
         [[queues]]\nname = \"desk\"\nmembers = [\"801\"]\n[[queues]]\nname = \"bills\"\nmembers = [\"802\"]\n",
    )
    .unwrap();
    let mut plan = Plan { ddi: [("1236".to_owned(), Target::Queue("desk".into()))].into(), ..plan() };
    plan.extensions.insert("820".to_owned(), Target::Queue("bills".into()));
    plan.compartments = [("desk", "ward"), ("bills", "billing")].map(|(queue, of)| (queue.into(), of.into())).into();
    let control = Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&settings));
    Desk { control, now: Time::from_ms(1000), outputs: Vec::new() }
}

/// Which compartment each recording was told to be of, in order.
fn compartments(outputs: &[Output]) -> Vec<(u32, Option<&str>)> {
    let told = outputs.iter().filter_map(|output| match output {
        Output::Record(Record::Compartment { recording, compartment }) => {
            Some((recording.as_u64() as u32, compartment.as_deref()))
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn a_call_is_of_its_queue_s_compartment_from_its_first_word_until_its_agent_has_left_it() {
    let mut desk = desk_with_compartments();
    desk.call_comes_in(1, "1236");
    let did = desk.did();
    assert_eq!(compartments(&did), [(1, Some("ward"))]);
    let at = |wanted: &dyn Fn(&Record) -> bool| {
        did.iter().position(|output| matches!(output, Output::Record(record) if wanted(record)))
    };
    let began = at(&|record| matches!(record, Record::Begin { .. }));
    assert!(began.is_some() && began < at(&|record| matches!(record, Record::Compartment { .. })));
    desk.station(1, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    "803".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
    desk.station(3, StationEvent::Answered);
    assert_eq!(compartments(&desk.did()), [], "on hold it is still the queue's, and the consultation is nobody's");
    desk.station(1, StationEvent::HungUp);
    assert_eq!(compartments(&desk.did()), [(1, None)], "handed out of the queue");
}

#[test]
fn a_caller_who_hangs_up_or_is_handed_to_another_queue_s_agent_takes_the_call_where_it_belongs() {
    let mut desk = desk_with_compartments();
    desk.call_comes_in(1, "1236");
    desk.station(1, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    desk.did();
    "820".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
    desk.station(2, StationEvent::Answered);
    assert_eq!(compartments(&desk.did()).last(), Some(&(2, Some("billing"))), "the consultation is billing's");
    // All three talk: it is the first agent's call as long as that one is there.
    desk.station(1, StationEvent::Flash);
    assert_eq!(compartments(&desk.did()), []);
    desk.station(1, StationEvent::HungUp);
    assert_eq!(compartments(&desk.did()), [(1, Some("billing"))]);
}

#[test]
fn a_talk_that_its_caller_leaves_to_a_queue_s_agent_is_of_that_queue_s_compartment() {
    let mut desk = desk_with_compartments();
    desk.dials(1, "803");
    desk.station(3, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    "820".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
    desk.station(2, StationEvent::Answered);
    desk.station(1, StationEvent::Flash);
    desk.did();
    desk.station(1, StationEvent::HungUp);
    assert_eq!(compartments(&desk.did()), [(1, Some("billing"))]);
}

#[test]
fn a_call_that_leaves_a_queue_without_an_agent_and_one_to_an_extension_are_of_no_compartment() {
    let mut desk = desk_with_compartments();
    desk.dials(3, "801");
    desk.station(1, StationEvent::Answered);
    assert_eq!(compartments(&desk.did()), []);
    // Nobody serves the queue while its agent talks.
    desk.call_comes_in(1, "1236");
    desk.seconds_pass(600);
    let did = desk.did();
    assert_eq!(compartments(&did), [(2, Some("ward")), (2, None)]);
}

#[test]
fn after_a_restart_a_call_is_of_the_compartment_that_it_was_of() {
    let mut desk = desk_with_compartments();
    desk.call_comes_in(1, "1236");
    desk.station(1, StationEvent::Answered);
    let did = desk.did();
    let kept = did.iter().rev().find_map(|output| if let Output::Keep(kept) = output { Some(kept) } else { None });
    assert_eq!(kept.and_then(|kept| kept.compartment.as_deref()), Some("ward"));
}

/// What may happen at a desk, in any order.
fn happens(desk: &mut Desk, what: u8, lines: &mut BTreeSet<u32>) {
    let position = what % 3 + 1;
    match what / 3 % 9 {
        0 if desk.control.leg_of(Line::Port(port(position))).is_none() => {
            desk.station(position, StationEvent::WantsToDial);
        }
        0 => (),
        1 | 2 => desk.station(position, StationEvent::Flash),
        3 => "802".chars().for_each(|digit| desk.station(position, StationEvent::Digit(digit))),
        4 => desk.station(position, StationEvent::Answered),
        5 => desk.station(position, StationEvent::HungUp),
        6 => {
            if let Some(no) = (1..=2).find(|no| !lines.contains(no)) {
                lines.insert(no);
                desk.call_comes_in(no, "1234");
            }
        }
        7 => {
            if let Some(no) = lines.pop_first() {
                desk.gets(Input::Released { line: line(no), cause: Cause::NormalClearing, by: ReleasedBy::Far });
            }
        }
        _ => desk.seconds_pass(5),
    }
    let cleared: Vec<u32> = (1..=2).filter(|no| clears(&desk.outputs, *no)).collect();
    desk.outputs.clear();
    for no in cleared.into_iter().filter(|no| lines.remove(no)) {
        desk.gets(Input::Released { line: line(no), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    }
}

fn clears(outputs: &[Output], no: u32) -> bool {
    outputs
        .iter()
        .any(|output| matches!(output, Output::Trunk { line: of, request: TrunkRequest::Clear(_) } if *of == line(no)))
}

/// 801 and 803 have boxes, which are read.
fn desk_with_boxes(also: impl FnOnce(&mut Plan)) -> Desk {
    let mut plan = plan();
    plan.mail = Some(MailPlan { code: "*98".into(), message: Duration::from_secs(20), messages: 3 });
    for position in [1, 3] {
        let station = plan.stations.get_mut(&port(position)).unwrap();
        (station.mail, station.person) = (true, Some(PersonId(position.into())));
    }
    also(&mut plan);
    let mut desk = Desk::with(plan);
    desk.gets(Input::Mail(MailTold::Ready));
    desk
}

#[test]
fn a_pin_right_behind_the_code_for_messages_is_no_extension_and_stands_in_no_story() {
    let mut desk = desk_with_boxes(|_| ());
    desk.dials(1, "*98803#");
    let did = desk.did();
    let asked = did.iter().find_map(|output| match output {
        Output::CheckPin { person, mail, pin, .. } => Some((*person, mail.clone(), pin.expose().to_owned())),
        _ => None,
    });
    assert_eq!(asked, Some((PersonId(1), None, "803".to_owned())), "it is of who sits here");
    let dialled =
        |output: &Output| matches!(output, Output::Tell(CallEvent::Dialled { number, .. }) if number.as_str() != "*98");
    assert!(!did.iter().any(dialled), "{did:#?}");
    desk.station(1, StationEvent::HungUp);
    desk.did();
    desk.dials(1, "*98*803314159#");
    let elsewhere =
        |output: &Output| matches!(output, Output::CheckPin { person: PersonId(3), mail: Some(of), .. } if of == "803");
    assert!(desk.did().iter().any(elsewhere));
}

#[test]
fn only_a_pin_that_is_right_opens_a_box_and_three_wrong_ones_end_the_try() {
    let checked = |verdicts: &[PinVerdict]| {
        let mut desk = desk_with_boxes(|_| ());
        desk.dials(1, "*98");
        for verdict in verdicts {
            "314159#".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
            let asked = desk.did().into_iter().find_map(|output| match output {
                Output::CheckPin { leg, .. } => Some(leg),
                _ => None,
            });
            desk.gets(Input::PinChecked { leg: asked.unwrap(), verdict: *verdict });
        }
        let facts = desk.facts();
        let opened = facts.iter().any(|fact| matches!(fact, CallEvent::MailOpened { person: PersonId(1), .. }));
        let refused = facts.iter().find_map(|fact| match fact {
            CallEvent::MailRefused { why, .. } => Some(*why),
            _ => None,
        });
        (opened, refused)
    };
    use PinVerdict as V;
    assert_eq!(checked(&[V::Right]), (true, None));
    assert_eq!(checked(&[V::Wrong, V::Wrong, V::Right]), (true, None));
    assert_eq!(checked(&[V::Wrong, V::Wrong]), (false, None));
    assert_eq!(checked(&[V::Wrong, V::Wrong, V::Wrong]), (false, Some(NoMail::WrongPin)));
    assert_eq!(checked(&[V::Locked]), (false, Some(NoMail::PinLocked)));
    assert_eq!(checked(&[V::NotPermitted]), (false, Some(NoMail::NoPin)));
    assert_eq!(checked(&[V::NotAudited]), (false, Some(NoMail::NotAudited)));
}

#[test]
fn who_hangs_up_behind_the_last_word_has_heard_the_message_and_before_it_not() {
    let message = MessageId::new(LifeNo(1), 3);
    for (seconds, key, heard) in [(4, None, 0), (6, None, 1), (6, Some('#'), 1), (4, Some('#'), 0)] {
        let mut desk = desk_with_boxes(|_| ());
        let (lane, play) = (station_lane(1), hears(&mut desk, &[message]));
        let plays = MailTold::Plays { lane, play, before_ms: 1000, heard_ms: 5000, all_ms: 9000 };
        desk.gets(Input::Mail(plays));
        desk.seconds_pass(seconds);
        desk.did();
        match key {
            Some(key) => desk.station(1, StationEvent::Digit(key)),
            None => desk.station(1, StationEvent::HungUp),
        }
        let is_heard = |fact: &&CallEvent| matches!(fact, CallEvent::MailHeard { .. });
        assert_eq!(desk.facts().iter().filter(is_heard).count(), heard, "{seconds} s, {key:?}");
    }
}

/// A message of 801's is played there after the PIN; as which playing.
fn hears(desk: &mut Desk, messages: &[MessageId]) -> u32 {
    let row = |message: &MessageId| MailRow { message: *message, person: PersonId(1), new: true };
    let messages = messages.iter().map(row).collect();
    desk.gets(Input::Mail(MailTold::Box { extension: "801".into(), messages }));
    desk.dials(1, "*98314159#");
    let leg = desk.did().into_iter().find_map(|output| match output {
        Output::CheckPin { leg, .. } => Some(leg),
        _ => None,
    });
    desk.gets(Input::PinChecked { leg: leg.unwrap(), verdict: PinVerdict::Right });
    plays(&desk.did()).unwrap()
}

/// As which playing a message is wanted.
fn plays(did: &[Output]) -> Option<u32> {
    did.iter().find_map(|output| match output {
        Output::Mail(MailOrder::Play { play, .. }) => Some(*play),
        _ => None,
    })
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What is said to 801, and as which playing.
fn said(did: &[Output]) -> Option<(Vec<String>, u32)> {
    did.iter().find_map(|output| match output {
        Output::Hear { lane, heard: Heard::Prompts { names, play } } if *lane == station_lane(1) => {
            Some((names.clone(), *play))
        }
        _ => None,
    })
}

#[test]
fn a_message_that_cannot_be_read_says_so_stays_new_and_goes_with_a_key_that_comes_behind_that() {
    let messages = [3, 4].map(|no| MessageId::new(LifeNo(1), no));
    let mut desk = desk_with_boxes(|_| ());
    let (lane, play) = (station_lane(1), hears(&mut desk, &messages));
    desk.gets(Input::Mail(MailTold::NotPlayed { lane, play }));
    let (names, play) = said(&desk.did()).unwrap();
    assert_eq!(names, ["mail_new", "number_2", "mail_damaged"], "and how many are new");
    let deletes = |did: &[Output], wanted| {
        did.iter().any(|output| matches!(output, Output::Mail(MailOrder::Delete(message)) if *message == wanted))
    };
    desk.station(1, StationEvent::Digit('3'));
    assert!(!deletes(&desk.did(), messages[0]), "this key was for another one");
    desk.gets(Input::Played { lane, play });
    let (names, play) = said(&desk.did()).unwrap();
    assert_eq!(names, ["mail_keys"]);
    desk.gets(Input::Played { lane, play });
    desk.station(1, StationEvent::Digit('3'));
    let did = desk.did();
    assert!(deletes(&did, messages[0]));
    // A stop waits for what becomes of it, and not for a disk that refuses it for days.
    assert!(desk.control.awaits_mail());
    desk.gets(Input::Mail(MailTold::Stuck { stuck: true }));
    assert!(!desk.control.awaits_mail());
    desk.gets(Input::Mail(MailTold::Stuck { stuck: false }));
    assert!(desk.control.awaits_mail());
    assert!(said(&desk.did()).is_none() && plays(&did).is_none(), "nothing is said before the disk has it");
    desk.gets(Input::Mail(MailTold::Deleted(messages[0])));
    let did = desk.did();
    // The next one can't be read either. Who goes on or hangs up has it as a new one still.
    desk.gets(Input::Mail(MailTold::NotPlayed { lane, play: plays(&did).unwrap() }));
    let (names, play) = said(&desk.did()).unwrap();
    assert_eq!(names, ["mail_deleted", "mail_damaged"]);
    desk.gets(Input::Played { lane, play });
    desk.seconds_pass(8);
    desk.did();
    desk.station(1, StationEvent::Digit('2'));
    assert_eq!(said(&desk.did()).map(|(names, _)| names), Some(vec!["mail_last".to_owned()]));
    desk.station(1, StationEvent::HungUp);
    assert!(!desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailHeard { .. })));
    assert_eq!(desk.control.mailbox(port(1)).map(|mailbox| (mailbox.messages, mailbox.new)), Some((1, 1)));
}

#[test]
fn whose_last_words_are_never_told_to_be_over_is_let_go_all_the_same() {
    let mut desk = desk_with_boxes(|_| ());
    desk.dials(1, "*98314159#");
    let leg = desk.did().into_iter().find_map(|output| match output {
        Output::CheckPin { leg, .. } => Some(leg),
        _ => None,
    });
    desk.gets(Input::PinChecked { leg: leg.unwrap(), verdict: PinVerdict::Right });
    assert_eq!(said(&desk.did()).map(|(names, _)| names), Some(names(&["mail_none", "mail_greeting_menu"])));
    desk.seconds_pass(61);
    assert_eq!(said(&desk.did()).map(|(names, _)| names), Some(names(&["goodbye"])));
    desk.seconds_pass(59);
    assert_eq!((desk.control.calls(), desk.control.mail_is_silent()), (1, false));
    desk.seconds_pass(2);
    assert_eq!(desk.control.calls(), 0);
}

#[test]
fn where_a_disk_takes_no_message_a_telephone_rings_on_and_is_busy_as_one_without_a_box() {
    let mut desk = desk_with_boxes(|_| ());
    desk.gets(Input::Mail(MailTold::Disk { full: true }));
    desk.call_comes_in(1, "1234");
    desk.seconds_pass(30);
    desk.station(1, StationEvent::Answered);
    let facts = desk.facts();
    assert!(facts.iter().any(|fact| matches!(fact, CallEvent::Bridged { .. })), "{facts:#?}");
    desk.call_comes_in(2, "1234");
    let did = desk.did();
    assert!(clears(&did, 2), "busy, and nobody pays to hear that");
    assert!(did.iter().any(|output| matches!(output, Output::Tell(CallEvent::MailRefused { why: NoMail::Disk, .. }))));
}

#[test]
fn a_telephone_that_rings_while_its_box_goes_away_rings_on_once_and_for_as_long_as_any() {
    let reaches =
        |did: &[Output]| did.iter().any(|output| matches!(output, Output::Tell(CallEvent::MailReached { .. })));
    for comes_back in [false, true] {
        let mut desk = desk_with_boxes(|_| ());
        desk.call_comes_in(1, "1234");
        desk.seconds_pass(10);
        desk.gets(Input::Mail(MailTold::Disk { full: true }));
        desk.seconds_pass(169);
        let did = desk.did();
        assert!(!reaches(&did) && !clears(&did, 1), "it rings on");
        desk.gets(Input::Mail(MailTold::Disk { full: !comes_back }));
        desk.seconds_pass(2);
        let did = desk.did();
        assert_eq!((reaches(&did), clears(&did, 1)), (comes_back, !comes_back));
    }
}

#[test]
fn who_keeps_messages_and_does_not_answer_gets_no_more_until_it_tells_something() {
    let mut desk = desk_with_boxes(|_| ());
    desk.dials(1, "803");
    desk.seconds_pass(21);
    desk.station(1, StationEvent::Digit('#'));
    desk.station(1, StationEvent::Digit('#'));
    desk.seconds_pass(16);
    desk.station(1, StationEvent::HungUp);
    desk.did();
    desk.dials(1, "803");
    desk.seconds_pass(21);
    assert!(!desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailReached { .. })), "it rings on");
    desk.station(1, StationEvent::HungUp);
    desk.gets(Input::Mail(MailTold::Disk { full: false }));
    desk.dials(1, "803");
    desk.seconds_pass(21);
    assert!(desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailReached { .. })));
}

#[test]
fn an_answer_that_does_not_come_is_noted_also_of_who_has_hung_up_and_so_is_a_start_without_a_word() {
    let mut desk = desk_with_boxes(|_| ());
    desk.dials(1, "803");
    desk.seconds_pass(21);
    desk.station(1, StationEvent::Digit('#'));
    desk.seconds_pass(5);
    desk.station(1, StationEvent::HungUp);
    let message = desk.did().into_iter().find_map(|output| match output {
        Output::Mail(MailOrder::Done { message, said_ms: 5000, .. }) => Some(message),
        _ => None,
    });
    desk.seconds_pass(14);
    assert!(!desk.control.mail_is_silent() && desk.control.awaits_mail());
    desk.seconds_pass(1);
    assert!(desk.control.mail_is_silent() && !desk.control.awaits_mail(), "nor does a stop wait for it");
    desk.gets(Input::Mail(MailTold::Left { message: message.unwrap(), ms: 5000 }));
    assert!(!desk.control.mail_is_silent() && desk.is_quiet());

    let mut plan = plan();
    plan.mail = Some(MailPlan { code: "*98".into(), message: Duration::from_secs(20), messages: 3 });
    let mut desk = Desk::with(plan);
    desk.seconds_pass(0);
    desk.seconds_pass(59);
    assert!(!desk.control.mail_is_silent());
    desk.seconds_pass(1);
    assert!(desk.control.mail_is_silent());
    desk.gets(Input::Mail(MailTold::Key { damaged: true }));
    desk.seconds_pass(300);
    assert!(!desk.control.mail_is_silent() && desk.is_quiet(), "which is an alarm of its own");
    desk.gets(Input::Mail(MailTold::Dead));
    desk.gets(Input::Mail(MailTold::Disk { full: false }));
    assert!(desk.control.mail_is_silent(), "for good");
}

#[test]
fn who_speaks_or_hears_when_nobody_keeps_messages_any_more_is_told_and_the_call_ends() {
    use NoMail as No;
    let message = MessageId::new(LifeNo(1), 3);
    for (at, prompt, why) in [
        ("greeting", "mail_full", No::Disk),
        ("speaking", "mail_full", No::Disk),
        ("judged", "mail_full", No::Disk),
        ("hearing", "mail_not_read", No::NotRead),
        ("deleting", "mail_not_read", No::NotRead),
    ] {
        let mut desk = desk_with_boxes(|_| ());
        match at {
            "hearing" | "deleting" => {
                let (lane, play) = (station_lane(1), hears(&mut desk, &[message]));
                desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 9000, all_ms: 9000 }));
                (at == "deleting").then(|| desk.station(1, StationEvent::Digit('3')));
            }
            _ => {
                desk.dials(1, "803");
                desk.seconds_pass(21);
                let keys = ["greeting", "speaking", "judged"].iter().position(|stage| *stage == at).unwrap();
                (0..keys).for_each(|_| desk.station(1, StationEvent::Digit('#')));
            }
        }
        desk.seconds_pass(3);
        desk.did();
        desk.gets(Input::Mail(MailTold::Dead));
        let did = desk.did();
        assert_eq!(said(&did).map(|(names, _)| names), Some(vec![prompt.to_owned()]), "{at}");
        let refused = did.iter().filter_map(|output| match output {
            Output::Tell(CallEvent::MailRefused { why, .. }) => Some(*why),
            _ => None,
        });
        assert_eq!(refused.collect::<Vec<_>>(), [why], "{at}: its story says so, once");
        // As what was sent to nobody comes back.
        let ended = did.iter().find_map(|output| match output {
            Output::Mail(MailOrder::Done { message, .. }) => Some(*message),
            _ => None,
        });
        ended.into_iter().for_each(|message| desk.gets(Input::Mail(MailTold::Nothing(message))));
        assert!(!desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailRefused { .. })), "{at}");
        assert!(desk.control.mail_is_silent(), "which is an alarm");
        let (_, play) = said(&did).unwrap();
        desk.gets(Input::Played { lane: station_lane(1), play });
        assert_eq!(desk.control.calls(), 0, "{at}: it ends");
        desk.station(1, StationEvent::HungUp);
        assert!(desk.is_quiet());
    }
}

#[test]
fn that_a_message_is_deleted_is_said_once_the_disk_has_it_and_where_it_refuses_that_it_will_be() {
    let messages = [3, 4].map(|no| MessageId::new(LifeNo(1), no));
    for (told, prompt) in [
        (Some(MailTold::Deleted(messages[0])), "mail_deleted"),
        (Some(MailTold::NotDeleted(messages[0])), "mail_deleted_later"),
        (None, "goodbye"),
    ] {
        for count in [1, 2] {
            let mut desk = desk_with_boxes(|_| ());
            let (lane, play) = (station_lane(1), hears(&mut desk, &messages[..count]));
            desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 1000, all_ms: 9000 }));
            desk.station(1, StationEvent::Digit('3'));
            "321".chars().for_each(|key| desk.station(1, StationEvent::Digit(key)));
            // The end of what was heard before.
            desk.gets(Input::Played { lane, play });
            desk.seconds_pass(14);
            let did = desk.did();
            assert!(said(&did).is_none() && plays(&did).is_none(), "nothing is said or played yet");
            let stops =
                |output: &Output| matches!(output, Output::Hear { lane: of, heard: Heard::Silence } if *of == lane);
            assert!(did.iter().any(stops), "nor does what is deleted go on");
            let deletes = |output: &&Output| matches!(output, Output::Mail(MailOrder::Delete(_)));
            assert_eq!(did.iter().filter(deletes).count(), 1, "and no key does anything");
            match &told {
                Some(told) => desk.gets(Input::Mail(told.clone())),
                None => desk.seconds_pass(2),
            }
            let did = desk.did();
            let before = did.iter().find_map(|output| match output {
                Output::Mail(MailOrder::Play { before, message, .. }) => {
                    assert_eq!(*message, messages[1]);
                    Some(before.clone())
                }
                _ => None,
            });
            let behind =
                if told.is_some() { vec![prompt.to_owned(), "mail_last".to_owned()] } else { vec![prompt.to_owned()] };
            match (count, &told) {
                (2, Some(_)) => assert_eq!(before, Some(vec![prompt.to_owned()])),
                _ => assert_eq!(said(&did).map(|(names, _)| names), Some(behind)),
            }
            assert_eq!(desk.control.mail_is_silent(), told.is_none());
            desk.station(1, StationEvent::HungUp);
            let heard = desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailHeard { .. }));
            assert!(!heard, "neither the one that goes nor the next one is heard by that");
            // Its story tells it once it is so, though who wanted it has gone.
            desk.gets(Input::Mail(MailTold::Deleted(messages[0])));
            let deleted = did.into_iter().filter_map(|output| match output {
                Output::Tell(fact) => Some(fact),
                _ => None,
            });
            let deleted = deleted.chain(desk.facts()).filter(|fact| matches!(fact, CallEvent::MailDeleted { .. }));
            assert_eq!(deleted.count(), 1);
        }
    }
}

#[test]
fn who_gets_another_extension_has_the_messages_there_and_nobody_else_does() {
    let (message, others) = (MessageId::new(LifeNo(1), 3), MessageId::new(LifeNo(1), 4));
    let mut desk = desk_with_boxes(|_| ());
    // 809 was 801's person's, and what is at 803 is of one who was there before.
    let row = |message, person| MailRow { message, person: PersonId(person), new: true };
    for (extension, row) in [("809", row(message, 1)), ("803", row(others, 99))] {
        desk.gets(Input::Mail(MailTold::Box { extension: extension.into(), messages: vec![row] }));
    }
    let count = |desk: &Desk, position| desk.control.mailbox(port(position)).map(|of| (of.messages, of.new));
    assert_eq!([count(&desk, 1), count(&desk, 3)], [Some((1, 1)), Some((0, 0))]);
    let (lane, play) = (station_lane(1), hears(&mut desk, &[]));
    desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 1000, all_ms: 9000 }));
    desk.seconds_pass(2);
    desk.station(1, StationEvent::Digit('#'));
    assert_eq!(count(&desk, 1), Some((1, 0)), "it was heard");
    desk.station(1, StationEvent::HungUp);
    desk.did();
    let (_, play) = (lane, hears(&mut desk, &[]));
    desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 1000, all_ms: 9000 }));
    desk.station(1, StationEvent::Digit('3'));
    let deletes = |output: &Output| matches!(output, Output::Mail(MailOrder::Delete(of)) if *of == message);
    assert!(desk.did().iter().any(deletes));
    assert_eq!(count(&desk, 1), Some((0, 0)));
}

/// A right PIN for messages at a telephone, behind its code.
fn opens(desk: &mut Desk, position: u8, code: &str) -> u32 {
    desk.dials(position, &format!("{code}314159#"));
    let leg = desk.did().into_iter().find_map(|output| match output {
        Output::CheckPin { leg, .. } => Some(leg),
        _ => None,
    });
    desk.gets(Input::PinChecked { leg: leg.unwrap(), verdict: PinVerdict::Right });
    plays(&desk.did()).unwrap_or_default()
}

/// 801 is at the keys of the own greeting: it has no message.
fn desk_at_greeting() -> Desk {
    let mut desk = desk_with_boxes(|_| ());
    opens(&mut desk, 1, "*98");
    desk
}

/// What is said to 801, by name.
fn words(desk: &mut Desk) -> Vec<String> {
    said(&desk.did()).map(|(names, _)| names).unwrap_or_default()
}

/// 801 keys `2`, and speaks after the tone; as which recording.
fn speaks(desk: &mut Desk) -> MessageId {
    desk.did();
    desk.station(1, StationEvent::Digit('2'));
    let did = desk.did();
    let (said, play) = said(&did).unwrap();
    assert_eq!(said, names(&["mail_greeting_record", "mail_tone"]));
    desk.gets(Input::Played { lane: station_lane(1), play });
    let took = desk.did().into_iter().find_map(|output| match output {
        Output::Mail(MailOrder::Take { message, kind: MailKind::Greeting, person: PersonId(1), .. }) => Some(message),
        _ => None,
    });
    took.unwrap()
}

/// What 801 has said is enough, and is played back.
fn checks(desk: &mut Desk) -> MessageId {
    let message = speaks(desk);
    desk.seconds_pass(3);
    desk.station(1, StationEvent::Digit('#'));
    let ends = |output: &Output| matches!(output, Output::Mail(MailOrder::Done { message: of, lane: Some(_), said_ms: 3000 }) if *of == message);
    assert!(desk.did().iter().any(ends));
    desk.gets(Input::Mail(MailTold::Recorded(message)));
    let did = desk.did();
    let plays_back = |output: &Output| {
        matches!(output, Output::Mail(MailOrder::Play { message: of, after, .. })
            if *of == message && *after == names(&["mail_greeting_check"]))
    };
    assert!(did.iter().any(plays_back));
    let (lane, play) = (station_lane(1), plays(&did).unwrap());
    desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 3000, all_ms: 9000 }));
    message
}

/// Whether the disk is to do this with a recording.
fn ordered(did: &[Output], wanted: &MailOrder) -> bool {
    did.iter().any(|output| matches!(output, Output::Mail(order) if order == wanted))
}

/// 801's own greeting is this one.
fn greets_with(desk: &mut Desk, greeting: Option<MessageId>) {
    let greeting = greeting.map(|message| OwnGreeting { message, since: Utc::from_us(7) });
    desk.gets(Input::Mail(MailTold::Greeting { person: PersonId(1), greeting }));
}

#[test]
fn a_greeting_is_recorded_played_back_and_kept_and_callers_hear_it_in_place_of_the_standard_one() {
    let mut desk = desk_at_greeting();
    let message = checks(&mut desk);
    desk.station(1, StationEvent::Digit('1'));
    let did = desk.did();
    assert!(ordered(&did, &MailOrder::Keep(message)) && said(&did).is_none(), "nothing is said before the disk has it");
    "123#".chars().for_each(|key| desk.station(1, StationEvent::Digit(key)));
    assert!(desk.did().is_empty() && desk.control.awaits_mail());
    greets_with(&mut desk, Some(message));
    desk.gets(Input::Mail(MailTold::Kept(message)));
    let did = desk.did();
    assert_eq!(said(&did).map(|(names, _)| names), Some(names(&["mail_greeting_kept", "mail_greeting_menu"])));
    let is_told = |output: &Output| matches!(output, Output::Tell(CallEvent::MailGreeting { person: PersonId(1), own: true, message: of, .. }) if *of == message);
    assert!(did.iter().any(is_told) && !desk.control.awaits_mail());
    desk.station(1, StationEvent::HungUp);
    assert!(!ordered(&desk.did(), &MailOrder::Drop { message, lane: Some(station_lane(1)) }), "it is kept");

    desk.call_comes_in(1, "1234");
    desk.seconds_pass(21);
    let did = desk.did();
    let lane = channel(1);
    let greets = did.iter().find_map(|output| match output {
        Output::Mail(MailOrder::Play { message: of, lane: at, play, after, .. }) if *of == message && *at == lane => {
            assert_eq!(*after, names(&["mail_tone"]));
            Some(*play)
        }
        _ => None,
    });
    let standard =
        |did: &[Output]| did.iter().any(|output| matches!(output, Output::Hear { heard: Heard::Prompts { .. }, .. }));
    assert!(!standard(&did));
    let play = greets.unwrap();
    assert!(desk.control.awaits_play(lane, play));
    desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 3000, all_ms: 3500 }));
    desk.seconds_pass(3);
    assert!(!standard(&desk.did()), "though it is longer than the disk was given");
    desk.gets(Input::Played { lane, play });
    let takes = |output: &Output| matches!(output, Output::Mail(MailOrder::Take { kind: MailKind::Message, .. }));
    assert!(desk.did().iter().any(takes));
}

#[test]
fn who_hangs_up_throws_it_away_or_records_again_has_changed_nothing() {
    for (at, key) in
        [("speaking", None), ("judged", None), ("checked", None), ("checked", Some('#')), ("checked", Some('2'))]
    {
        let mut desk = desk_at_greeting();
        let message = if at == "checked" { checks(&mut desk) } else { speaks(&mut desk) };
        (at == "judged").then(|| desk.station(1, StationEvent::Digit('#')));
        desk.did();
        match key {
            Some(key) => desk.station(1, StationEvent::Digit(key)),
            None => desk.station(1, StationEvent::HungUp),
        }
        let did = desk.did();
        assert!(ordered(&did, &MailOrder::Drop { message, lane: Some(station_lane(1)) }), "{at}, {key:?}");
        let next = match key {
            Some('2') => names(&["mail_greeting_record", "mail_tone"]),
            Some(_) => names(&["mail_greeting_menu"]),
            None => Vec::new(),
        };
        assert_eq!(said(&did).map(|(names, _)| names).unwrap_or_default(), next);
        desk.gets(Input::Mail(MailTold::Recorded(message)));
        assert!(!desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailGreeting { .. })));
    }
}

#[test]
fn a_greeting_ends_with_a_key_with_silence_or_after_30_s_and_a_word_is_none() {
    for end in ["#", "silence", "30 s"] {
        let mut desk = desk_at_greeting();
        let message = speaks(&mut desk);
        match end {
            "#" => desk.station(1, StationEvent::Digit('#')),
            "silence" => desk.gets(Input::Mail(MailTold::Silent(message))),
            _ => {
                desk.seconds_pass(29);
                assert!(desk.did().is_empty());
                desk.seconds_pass(1);
            }
        }
        let ends =
            |output: &Output| matches!(output, Output::Mail(MailOrder::Done { message: of, .. }) if *of == message);
        assert!(desk.did().iter().any(ends), "{end}");
        desk.gets(Input::Mail(MailTold::Nothing(message)));
        assert_eq!(words(&mut desk), names(&["mail_greeting_menu"]));
    }
}

#[test]
fn a_greeting_that_the_disk_does_not_give_within_two_seconds_is_the_standard_one() {
    let standard = |did: &[Output]| {
        did.iter().any(|output| {
            matches!(output, Output::Hear { heard: Heard::Prompts { names: of, .. }, .. }
                if *of == names(&["mail_greeting", "mail_tone"]))
        })
    };
    for refused in [false, true] {
        let mut desk = desk_with_boxes(|_| ());
        greets_with(&mut desk, Some(MessageId::new(LifeNo(1), 90)));
        desk.call_comes_in(1, "1234");
        desk.seconds_pass(20);
        let (lane, play) = (channel(1), plays(&desk.did()).unwrap());
        if refused {
            desk.gets(Input::Mail(MailTold::NotPlayed { lane, play }));
        } else {
            desk.seconds_pass(1);
            assert!(!standard(&desk.did()));
            desk.seconds_pass(1);
        }
        assert!(standard(&desk.did()));
        assert!(!desk.control.awaits_play(lane, play), "nor does it come into the words");
        desk.seconds_pass(13);
        assert_eq!(desk.control.mail_is_silent(), !refused, "a disk that hangs is an alarm all the same");
    }
    // Whoever can't wait speaks at once.
    let mut desk = desk_with_boxes(|_| ());
    greets_with(&mut desk, Some(MessageId::new(LifeNo(1), 90)));
    desk.dials(3, "801");
    desk.seconds_pass(20);
    desk.did();
    desk.station(3, StationEvent::Digit('#'));
    assert!(desk.did().iter().any(|output| matches!(output, Output::Mail(MailOrder::Take { .. }))));
}

#[test]
fn the_standard_greeting_comes_back_once_the_disk_has_lost_the_own_one() {
    let own = MessageId::new(LifeNo(1), 90);
    for stays in [false, true] {
        let mut desk = desk_at_greeting();
        greets_with(&mut desk, Some(own));
        desk.did();
        desk.station(1, StationEvent::Digit('3'));
        let did = desk.did();
        assert!(ordered(&did, &MailOrder::Delete(own)) && said(&did).is_none());
        if stays {
            desk.gets(Input::Mail(MailTold::NotDeleted(own)));
            assert_eq!(words(&mut desk), names(&["mail_greeting_not_now", "mail_greeting_menu"]));
            desk.station(1, StationEvent::Digit('1'));
            assert!(plays(&desk.did()).is_some(), "it is heard still");
        } else {
            greets_with(&mut desk, None);
            desk.gets(Input::Mail(MailTold::Deleted(own)));
            let did = desk.did();
            let said = said(&did).map(|(names, _)| names);
            assert_eq!(said, Some(names(&["mail_greeting_standard", "mail_greeting_menu"])));
            let is_told = |output: &Output| matches!(output, Output::Tell(CallEvent::MailGreeting { own: false, .. }));
            assert!(did.iter().any(is_told));
        }
        assert!(!desk.control.awaits_mail());
    }
    let mut desk = desk_at_greeting();
    for (key, first) in [('3', "mail_greeting_standard"), ('1', "mail_greeting")] {
        desk.did();
        desk.station(1, StationEvent::Digit(key));
        assert_eq!(words(&mut desk), names(&[first, "mail_greeting_menu"]), "there is none");
    }
    assert!(!desk.control.awaits_mail());
}

#[test]
fn what_the_disk_does_not_take_of_a_greeting_is_said_and_one_that_hangs_ends_the_call_with_an_alarm() {
    let not_now = || names(&["mail_greeting_not_now", "mail_greeting_menu"]);
    let mut desk = desk_at_greeting();
    desk.gets(Input::Mail(MailTold::Disk { full: true }));
    desk.did();
    desk.station(1, StationEvent::Digit('2'));
    assert_eq!(words(&mut desk), not_now());
    desk.gets(Input::Mail(MailTold::Disk { full: false }));
    let message = speaks(&mut desk);
    desk.gets(Input::Mail(MailTold::Broken(message)));
    let did = desk.did();
    assert!(ordered(&did, &MailOrder::Drop { message, lane: Some(station_lane(1)) }));
    assert_eq!(said(&did).map(|(names, _)| names), Some(not_now()));
    let message = checks(&mut desk);
    desk.station(1, StationEvent::Digit('1'));
    desk.did();
    desk.gets(Input::Mail(MailTold::NotKept(message)));
    assert_eq!(words(&mut desk), not_now());
    assert!(!desk.control.awaits_mail());
    for at in ["judged", "checked", "keeping", "deleting", "hearing"] {
        let mut desk = desk_at_greeting();
        let own = MessageId::new(LifeNo(1), 90);
        greets_with(&mut desk, Some(own));
        let key = match at {
            "judged" => {
                speaks(&mut desk);
                '#'
            }
            "checked" => {
                let message = speaks(&mut desk);
                desk.station(1, StationEvent::Digit('#'));
                desk.gets(Input::Mail(MailTold::Recorded(message)));
                '*'
            }
            "keeping" => {
                checks(&mut desk);
                '1'
            }
            "deleting" => '3',
            _ => '1',
        };
        desk.station(1, StationEvent::Digit(key));
        desk.seconds_pass(14);
        assert!(said(&desk.did()).is_none_or(|(said, _)| said != names(&["goodbye"])), "{at}");
        desk.seconds_pass(1);
        assert_eq!(words(&mut desk), names(&["goodbye"]), "{at}");
        assert!(desk.control.mail_is_silent(), "{at}");
    }
}

#[test]
fn the_greeting_is_a_key_away_from_messages_and_the_one_that_had_its_turn_is_heard_by_that_only_behind_its_last_word() {
    let message = MessageId::new(LifeNo(1), 90);
    for (seconds, heard) in [(4, 0), (6, 1)] {
        let mut desk = desk_with_boxes(|_| ());
        let (lane, play) = (station_lane(1), hears(&mut desk, &[message]));
        desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 1000, heard_ms: 5000, all_ms: 9000 }));
        desk.seconds_pass(seconds);
        desk.did();
        desk.station(1, StationEvent::Digit('0'));
        let did = desk.did();
        assert_eq!(said(&did).map(|(names, _)| names), Some(names(&["mail_greeting_menu"])));
        let is_heard = |output: &&Output| matches!(output, Output::Tell(CallEvent::MailHeard { .. }));
        assert_eq!(did.iter().filter(is_heard).count(), heard, "{seconds} s");
        desk.station(1, StationEvent::Digit('#'));
        let again =
            |output: &Output| matches!(output, Output::Mail(MailOrder::Play { message: of, .. }) if *of == message);
        assert!(desk.did().iter().any(again), "and is played again");
    }
    let mut desk = desk_at_greeting();
    desk.station(1, StationEvent::Digit('#'));
    assert_eq!(words(&mut desk), names(&["goodbye"]), "where there is none");
}

#[test]
fn who_hangs_up_while_a_deletion_waits_has_not_heard_the_next_message() {
    let messages = [3, 4].map(|no| MessageId::new(LifeNo(1), no));
    let mut desk = desk_with_boxes(|_| ());
    let (lane, play) = (station_lane(1), hears(&mut desk, &messages));
    desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 1000, all_ms: 9000 }));
    desk.seconds_pass(2);
    desk.station(1, StationEvent::Digit('3'));
    desk.did();
    desk.station(1, StationEvent::HungUp);
    assert!(!desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailHeard { .. })));
    assert_eq!(desk.control.mailbox(port(1)).map(|of| (of.messages, of.new)), Some((1, 1)));
}

#[test]
fn who_deletes_what_another_telephone_is_deleting_is_told_that_it_goes_later_and_after_that_that_it_is_gone() {
    let message = MessageId::new(LifeNo(1), 3);
    for (told, prompt) in [(false, "mail_deleted_later"), (true, "mail_deleted")] {
        let mut desk = desk_with_boxes(|_| ());
        let play = hears(&mut desk, &[message]);
        let other = opens(&mut desk, 3, "*98*801");
        for (position, play) in [(1, play), (3, other)] {
            let lane = station_lane(position);
            desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 1000, all_ms: 9000 }));
        }
        desk.station(3, StationEvent::Digit('3'));
        if told {
            desk.gets(Input::Mail(MailTold::Deleted(message)));
        }
        desk.did();
        desk.station(1, StationEvent::Digit('3'));
        let did = desk.did();
        assert!(!did.iter().any(|output| matches!(output, Output::Mail(MailOrder::Delete(_)))), "it is ordered once");
        assert_eq!(said(&did).map(|(names, _)| names[0].clone()), Some(prompt.to_owned()));
    }
}

#[test]
fn who_wants_messages_of_a_thread_that_has_died_is_told_that_none_can_be_read() {
    let message = MessageId::new(LifeNo(1), 3);
    let mut desk = desk_with_boxes(|_| ());
    let row = MailRow { message, person: PersonId(1), new: true };
    desk.gets(Input::Mail(MailTold::Box { extension: "801".into(), messages: vec![row] }));
    desk.gets(Input::Mail(MailTold::Dead));
    desk.dials(1, "*98314159#");
    let leg = desk.did().into_iter().find_map(|output| match output {
        Output::CheckPin { leg, .. } => Some(leg),
        _ => None,
    });
    desk.gets(Input::PinChecked { leg: leg.unwrap(), verdict: PinVerdict::Right });
    let did = desk.did();
    assert_eq!(said(&did).map(|(names, _)| names), Some(vec!["mail_not_read".to_owned()]));
    assert!(plays(&did).is_none() && desk.control.mailbox(port(1)).is_none());
}

#[test]
fn a_box_is_as_full_as_its_person_has_messages_wherever_they_were_left() {
    // 803's person has three of an earlier extension; or somebody else was at 803 before, and left three.
    for (extension, person, reaches) in [("809", 3, false), ("803", 99, true)] {
        let mut desk = desk_with_boxes(|_| ());
        let row = |no| MailRow { message: MessageId::new(LifeNo(1), no), person: PersonId(person), new: false };
        desk.gets(Input::Mail(MailTold::Box { extension: extension.into(), messages: [3, 4, 5].map(row).into() }));
        assert_eq!(desk.control.mailbox(port(3)).map(|of| of.full), Some(!reaches));
        desk.dials(1, "803");
        desk.seconds_pass(21);
        let greets = said(&desk.did()).is_some_and(|(names, _)| names.contains(&"mail_greeting".to_owned()));
        assert_eq!(greets, reaches, "{extension}");
    }
}

#[test]
fn a_message_that_was_read_too_late_shows_that_messages_are_kept_again() {
    let mut desk = desk_with_boxes(|_| ());
    hears(&mut desk, &[MessageId::new(LifeNo(1), 3)]);
    desk.seconds_pass(16);
    assert!(desk.control.mail_is_silent());
    desk.station(1, StationEvent::HungUp);
    desk.gets(Input::Mail(MailTold::Answers));
    assert!(!desk.control.mail_is_silent());
    desk.dials(2, "803");
    desk.seconds_pass(21);
    assert!(desk.facts().iter().any(|fact| matches!(fact, CallEvent::MailReached { .. })), "and one can be left");
}

#[test]
fn who_holds_somebody_and_hears_messages_makes_no_conference_of_a_box_and_loses_nobody() {
    let message = MessageId::new(LifeNo(1), 3);
    for (before_answer, flashes) in [(false, true), (true, true), (false, false), (true, false)] {
        let mut desk = desk_with_boxes(|plan| plan.transfer.before_answer = before_answer);
        let row = MailRow { message, person: PersonId(1), new: true };
        desk.gets(Input::Mail(MailTold::Box { extension: "801".into(), messages: vec![row] }));
        desk.dials(1, "802");
        desk.station(2, StationEvent::Answered);
        desk.station(1, StationEvent::Flash);
        desk.did();
        "*98314159#".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
        let leg = desk.did().into_iter().find_map(|output| match output {
            Output::CheckPin { leg, .. } => Some(leg),
            _ => None,
        });
        desk.gets(Input::PinChecked { leg: leg.unwrap(), verdict: PinVerdict::Right });
        let (lane, play) = (station_lane(1), plays(&desk.did()).unwrap());
        desk.gets(Input::Mail(MailTold::Plays { lane, play, before_ms: 0, heard_ms: 9000, all_ms: 12_000 }));
        desk.seconds_pass(3);
        desk.did();
        desk.station(1, if flashes { StationEvent::Flash } else { StationEvent::HungUp });
        let did = desk.did();
        let told = |what: fn(&CallEvent) -> bool| {
            did.iter().any(|output| matches!(output, Output::Tell(event) if what(event)))
        };
        assert_eq!(told(|event| matches!(event, CallEvent::Retrieved { .. })), flashes, "{did:#?}");
        assert!(!told(|event| matches!(event, CallEvent::ConferenceBegan { .. } | CallEvent::Transferred { .. })));
        assert!(!told(|event| matches!(event, CallEvent::MailHeard { .. })), "it stays a new one");
        let comes_back = |event: &CallEvent| matches!(event, CallEvent::TransferReturned { .. });
        assert_eq!(told(comes_back), !flashes, "nobody is handed over to a box");
        if flashes {
            let hears_802 = |output: &Output| matches!(output, Output::Hear { lane: to, heard: Heard::Party(of) } if (*to, *of) == (lane, station_lane(2)));
            assert!(did.iter().any(hears_802), "{did:#?}");
            // What was read too late for it is not played into the talk.
            assert!(!desk.control.awaits_play(lane, play));
            desk.station(1, StationEvent::Digit('3'));
            let deletes = |output: &Output| matches!(output, Output::Mail(MailOrder::Delete(_)));
            assert!(!desk.did().iter().any(deletes), "nor does a key of the talk delete anything");
        }
        (1..=3).for_each(|position| desk.station(position, StationEvent::HungUp));
        desk.seconds_pass(120);
        (1..=3).for_each(|position| desk.station(position, StationEvent::HungUp));
        assert!(desk.is_quiet());
    }
}

#[test]
fn who_hangs_up_as_the_tone_of_a_busy_third_ends_is_rung_by_the_party_on_hold() {
    // The tone lasts three seconds; a hang-up is told late, as it may have been a flash.
    for (seconds, comes_back) in [(2, true), (4, true), (7, false)] {
        let mut desk = Desk::new();
        desk.dials(1, "802");
        desk.station(2, StationEvent::Answered);
        desk.station(3, StationEvent::WantsToDial);
        desk.station(1, StationEvent::Flash);
        "803".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
        desk.did();
        (0..seconds).for_each(|_| desk.seconds_pass(1));
        let retrieved = desk.facts().iter().any(|fact| matches!(fact, CallEvent::Retrieved { .. }));
        assert_eq!(retrieved, seconds > 3, "after {seconds} s");
        desk.station(1, StationEvent::HungUp);
        let returned = |fact: &CallEvent| matches!(fact, CallEvent::TransferReturned { why: NotTransferred::Busy, .. });
        assert_eq!(desk.facts().iter().any(returned), comes_back, "after {seconds} s");
    }
}

#[test]
fn a_flash_of_who_leaves_a_message_and_holds_nobody_holds_no_box_and_the_message_goes_on() {
    let mut desk = desk_with_boxes(|_| ());
    desk.dials(1, "803");
    desk.seconds_pass(21);
    desk.station(1, StationEvent::Flash);
    desk.station(1, StationEvent::Digit('#'));
    let takes = |output: &Output| matches!(output, Output::Mail(MailOrder::Take { .. }));
    assert!(desk.did().iter().any(takes));
    desk.seconds_pass(5);
    desk.station(1, StationEvent::Flash);
    let did = desk.did();
    assert!(
        !did.iter().any(|output| matches!(
            output,
            Output::Mail(MailOrder::Done { .. }) | Output::Tell(CallEvent::Held { .. })
        ))
    );
    assert_eq!(desk.control.calls(), 1);
    desk.station(1, StationEvent::HungUp);
    let done = |output: &Output| matches!(output, Output::Mail(MailOrder::Done { said_ms: 5000, .. }));
    assert!(desk.did().iter().any(done));
}

#[test]
fn who_holds_somebody_leaves_a_message_that_is_in_neither_recording_and_loses_nobody() {
    for (before_answer, flashes) in [(false, true), (false, false), (true, false)] {
        let mut desk = desk_with_boxes(|plan| plan.transfer.before_answer = before_answer);
        desk.dials(1, "802");
        desk.station(2, StationEvent::Answered);
        desk.station(1, StationEvent::Flash);
        desk.did();
        "803".chars().for_each(|digit| desk.station(1, StationEvent::Digit(digit)));
        desk.seconds_pass(21);
        desk.station(1, StationEvent::Digit('#'));
        let did = desk.did();
        let takes =
            |output: &Output| matches!(output, Output::Mail(MailOrder::Take { lane, .. }) if *lane == station_lane(1));
        assert!(did.iter().any(takes), "{did:#?}");
        let records = |output: &Output| matches!(output, Output::Record(Record::Begin { .. }));
        assert!(!did.iter().any(records), "what 801 says now is for the box only");
        desk.station(1, if flashes { StationEvent::Flash } else { StationEvent::HungUp });
        let did = desk.did();
        assert!(did.iter().any(|output| matches!(output, Output::Mail(MailOrder::Done { .. }))), "it is whole");
        let told = |what: fn(&CallEvent) -> bool| {
            did.iter().any(|output| matches!(output, Output::Tell(event) if what(event)))
        };
        assert_eq!(told(|event| matches!(event, CallEvent::Retrieved { .. })), flashes);
        assert_eq!(did.iter().any(records), flashes, "and the talk is recorded again");
        assert!(!told(|event| matches!(event, CallEvent::ConferenceBegan { .. } | CallEvent::Transferred { .. })));
        let comes_back =
            |event: &CallEvent| matches!(event, CallEvent::TransferReturned { why: NotTransferred::NoAnswer, .. });
        assert_eq!(told(comes_back), !flashes, "nobody is handed over to a box");
        (1..=3).for_each(|position| desk.station(position, StationEvent::HungUp));
        desk.seconds_pass(120);
        (1..=3).for_each(|position| desk.station(position, StationEvent::HungUp));
        assert!(desk.is_quiet());
    }
}

#[test]
fn a_recorder_that_refuses_late_what_was_said_before_a_box_is_a_gap_of_that_and_of_no_message() {
    let flow = "name = \"night\"\nstart = \"desk\"\n[steps.desk.dial]\nextension = \"803\"\n";
    let flow: settings::Flow = toml::from_str(flow).unwrap();
    let mut desk = desk_with_boxes(|plan| {
        plan.flows = [("night".to_owned(), Arc::new(flow))].into();
        plan.ddi = [("1236".to_owned(), Target::Flow("night".into()))].into();
    });
    desk.call_comes_in(1, "1236");
    let begun = desk.did().into_iter().find_map(|output| match output {
        Output::Record(Record::Begin { leg, .. }) => Some(leg),
        _ => None,
    });
    let leg = begun.expect("its caller is recorded from the answer on");
    desk.seconds_pass(21);
    let did = desk.did();
    let ends =
        |did: &[Output]| did.iter().filter(|output| matches!(output, Output::Record(Record::End { .. }))).count();
    assert_eq!(ends(&did), 1, "at the box it ends");
    assert!(did.iter().any(|output| matches!(output, Output::Tell(CallEvent::MailReached { .. }))));
    desk.gets(Input::NotRecorded { leg, why: RecordingGap::NoTrack });
    assert!(matches!(desk.facts()[..], [CallEvent::RecordingMissing { why: RecordingGap::NoTrack, .. }]));
    desk.gets(Input::Released { line: line(1), cause: Cause::NormalClearing, by: ReleasedBy::Far });
    let did = desk.did();
    assert_eq!(ends(&did), 0);
    assert!(!did.iter().any(|output| matches!(output, Output::Tell(CallEvent::RecordingMissing { .. }))));
    assert!(desk.is_quiet());
}

proptest! {
    #[test]
    fn whatever_is_flashed_dialled_answered_and_hung_up_nothing_is_left_when_all_are_gone(
        history in proptest::collection::vec(any::<u8>(), 0..60)
    ) {
        let (mut desk, mut lines) = (Desk::new(), BTreeSet::new());
        for what in history {
            happens(&mut desk, what, &mut lines);
        }
        (1..=3).for_each(|position| desk.station(position, StationEvent::HungUp));
        for no in std::mem::take(&mut lines) {
            desk.gets(Input::Released { line: line(no), cause: Cause::NormalClearing, by: ReleasedBy::Far });
        }
        for _ in 0..60 {
            desk.seconds_pass(5);
            (1..=3).for_each(|position| desk.station(position, StationEvent::HungUp));
        }
        prop_assert_eq!((desk.control.calls(), desk.control.traces_of_legs()), (0, 0));
    }
}
