//! A stop while callers wait and are offered to agents: every call ends, at once, and no agent is rung any more.

#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use analog::fxs::StationEvent;
use call::{CallEvent, Control, Input, Line, Output, Plan, ReleasedBy, Station, StationRequest, Target, TrunkRequest};
use frame::{CallId, LaneId, LifeNo, PersonId, PortId, SpanId, Time, Timeslot};
use isdn::CallHandle;

fn port(position: u8) -> PortId {
    PortId { card: "FXS".parse().unwrap(), position }
}

fn line(no: u32) -> Line {
    Line::Isdn { span: SpanId(0), call: CallHandle { slot: no as u16, generation: 0 } }
}

fn station(position: u8) -> (PortId, Station) {
    let (port, lane) = (port(position), LaneId::new(SpanId(1), Timeslot(position - 1)));
    let (extension, name) = (format!("80{position}"), "desk".into());
    let person = Some(PersonId(position.into()));
    (
        port,
        Station {
            port,
            lane,
            extension,
            name,
            person,
            record: true,
            withholds: false,
            consults: true,
            flashes_line: false,
            lets_wait: false,
            mail: false,
            calls: None,
            class: settings::StationClass::Telephone,
        },
    )
}

fn settings() -> settings::Settings {
    let stations: String = (1..=3)
        .map(|no| format!("[[stations]]\nport = \"FXS.{no}\"\nextension = \"80{no}\"\nname = \"desk\"\n"))
        .collect();
    toml::from_str(&format!(
        "format = 1\n{stations}[[queues]]\nname = \"desk\"\nmembers = [\"801\", \"802\", \"803\"]\n"
    ))
    .unwrap()
}

/// A floor of three agents whose network confirms each release at once, or only later.
struct Floor {
    control: Control,
    now: Time,
    began: BTreeSet<CallId>,
    ended: BTreeSet<CallId>,
    releases: Vec<Line>,
    ringing: BTreeSet<PortId>,
}

impl Floor {
    fn new() -> Floor {
        let plan = Plan {
            version: 1,
            stations: (1..=3).map(station).collect(),
            ddi: [("1234".to_owned(), Target::Queue("desk".into()))].into(),
            ..Plan::default()
        };
        let control = Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&settings()));
        let (began, ended) = (BTreeSet::new(), BTreeSet::new());
        Floor { control, now: Time::from_ms(1000), began, ended, releases: Vec::new(), ringing: BTreeSet::new() }
    }

    fn gets(&mut self, input: Input) {
        self.control.handle_input(self.now, input);
        while let Some(output) = self.control.poll_output() {
            match output {
                Output::Tell(CallEvent::Began { call, .. }) => {
                    self.began.insert(call);
                }
                Output::Tell(CallEvent::Ended { call, .. }) => {
                    self.ended.insert(call);
                }
                Output::Trunk { line, request: TrunkRequest::Clear(_) } => self.releases.push(line),
                Output::Station { port, request: StationRequest::Ring { .. } } => {
                    self.ringing.insert(port);
                }
                Output::Station { port, request: StationRequest::StopRinging } => {
                    self.ringing.remove(&port);
                }
                _ => (),
            }
        }
    }

    fn call_comes_in(&mut self, no: u32) {
        self.gets(Input::Incoming {
            line: line(no),
            lane: LaneId::new(SpanId(0), Timeslot(no as u8)),
            port: None,
            group: "trunk".into(),
            called: Some("1234".parse().unwrap()),
            calling: None,
            private: false,
            told: Box::default(),
        });
    }

    fn ms_pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.gets(Input::Timeout);
    }

    /// The far ends confirm what they were asked to release.
    fn confirm(&mut self) {
        for line in std::mem::take(&mut self.releases) {
            self.gets(Input::Released { line, cause: isdn::Cause::TemporaryFailure, by: ReleasedBy::Box });
        }
    }
}

#[test]
fn every_caller_who_waits_or_is_offered_or_talks_has_an_end_and_nobody_rings_on() {
    for talking in 0..=3 {
        for pause_ms in [0, 1, 500, 3_000, 15_000, 20_000, 25_000] {
            for confirms_between in [false, true] {
                let mut floor = Floor::new();
                (1..=25).for_each(|no| floor.call_comes_in(no));
                for position in 1..=talking {
                    floor.ringing.remove(&port(position));
                    floor.gets(Input::Station { port: port(position), event: StationEvent::Answered });
                }
                floor.ms_pass(pause_ms);
                floor.gets(Input::Stop);
                if confirms_between {
                    floor.confirm();
                }
                for _ in 0..10 {
                    floor.ms_pass(100);
                }
                floor.confirm();
                (1..=3).for_each(|no| floor.gets(Input::Station { port: port(no), event: StationEvent::HungUp }));
                let case = format!("{talking} talk, stop after {pause_ms} ms, {confirms_between}");
                assert_eq!(floor.began.len(), 25, "{case}");
                assert_eq!(floor.began, floor.ended, "{case}");
                assert_eq!((floor.control.calls(), &floor.ringing), (0, &BTreeSet::new()), "{case}");
            }
        }
    }
}
