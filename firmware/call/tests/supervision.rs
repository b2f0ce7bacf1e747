//! Random histories of a floor with supervisors: whatever happens in whatever order, nothing is left behind, no supervisor
//! is heard by whom it should not, and every talk that began to be heard ends to be.

#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use analog::fxs::StationEvent;
use call::{
    CallEvent, Control, Heard, Input, Line, MailPlan, MailTold, MaskedBy, Masking, OfferEnd, Output, Part, PinVerdict,
    Plan, Record, ReleasedBy, Station, SupervisorMode, Target, TrunkRequest,
};
use frame::{CallId, LaneId, LegId, LifeNo, PersonId, PortId, SpanId, Time, Timeslot};
use isdn::{CallHandle, Cause};
use proptest::prelude::*;

const CALLER: LaneId = LaneId::new(SpanId(0), Timeslot(1));

fn port(position: u8) -> PortId {
    PortId { card: "FXS".parse().unwrap(), position }
}

fn lane(position: u8) -> LaneId {
    LaneId::new(SpanId(1), Timeslot(position - 1))
}

fn line() -> Line {
    Line::Isdn { span: SpanId(0), call: CallHandle { slot: 1, generation: 0 } }
}

fn station(position: u8) -> (PortId, Station) {
    let (port, lane, extension) = (port(position), lane(position), format!("80{position}"));
    let (name, person) = ("desk".into(), Some(PersonId(position.into())));
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
    toml::from_str(
        "format = 1\n[[stations]]\nport = \"FXS.1\"\nextension = \"801\"\nname = \"desk\"\n\
         [[queues]]\nname = \"desk\"\nmembers = [\"801\"]\n",
    )
    .unwrap()
}

fn plan() -> Plan {
    Plan {
        version: 7,
        stations: (1..=4).map(station).collect(),
        extensions: (1..=4).map(|position| (format!("80{position}"), Target::Station(port(position)))).collect(),
        ddi: [("1234".to_owned(), Target::Queue("desk".into()))].into(),
        supervise_code: Some("*79".into()),
        supervised: [("desk".to_owned(), settings::Supervision::Announced)].into(),
        masking: call::MaskingPlan { agents: [port(1)].into(), ..call::MaskingPlan::default() },
        ..Plan::default()
    }
}

/// A floor: 801 is an agent's, 802 and 803 are supervisors', 804 is anybody's.
struct Floor {
    control: Control,
    now: Time,
    /// What is heard on each lane.
    heard: BTreeMap<LaneId, Heard>,
    /// Whose voices are recorded, by lane.
    recorded: BTreeMap<LaneId, LegId>,
    supervised: BTreeMap<CallId, bool>,
    off_hook: [bool; 5],
    caller: bool,
    checks: Vec<LegId>,
    plays: BTreeMap<LaneId, u32>,
}

impl Floor {
    fn new() -> Floor {
        Floor::with(plan())
    }

    fn with(plan: Plan) -> Floor {
        let control = Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&settings()));
        Floor {
            control,
            now: Time::from_ms(1000),
            heard: BTreeMap::new(),
            recorded: BTreeMap::new(),
            supervised: BTreeMap::new(),
            off_hook: [false; 5],
            caller: false,
            checks: Vec::new(),
            plays: BTreeMap::new(),
        }
    }

    fn gets(&mut self, input: Input) {
        self.control.handle_input(self.now, input);
        while let Some(output) = self.control.poll_output() {
            self.takes(output);
        }
    }

    fn takes(&mut self, output: Output) {
        match output {
            Output::Hear { lane, heard } => {
                if let Heard::Prompts { play, .. } = &heard {
                    self.plays.insert(lane, *play);
                }
                self.heard.insert(lane, heard);
            }
            Output::Free { lane } => {
                assert!(!self.recorded.contains_key(&lane), "a lane is freed before its recording ends");
                self.heard.remove(&lane);
                self.plays.remove(&lane);
            }
            Output::Record(Record::Begin { lane, leg, .. }) => {
                assert_eq!(self.recorded.insert(lane, leg), None, "one voice is recorded twice at once");
            }
            Output::Record(Record::End { lane, leg, .. }) => assert_eq!(self.recorded.remove(&lane), Some(leg)),
            Output::CheckPin { leg, .. } => self.checks.push(leg),
            Output::Tell(CallEvent::SupervisionBegan { call, .. }) => {
                assert_ne!(self.supervised.insert(call, true), Some(true), "one supervisor at a time");
            }
            Output::Tell(CallEvent::SupervisionEnded { call, .. }) => {
                assert_eq!(self.supervised.insert(call, false), Some(true));
            }
            Output::Trunk { request: TrunkRequest::Clear(_), .. } => self.caller = false,
            _ => (),
        }
    }

    fn station(&mut self, position: u8, event: StationEvent) {
        self.gets(Input::Station { port: port(position), event });
    }

    fn hook(&mut self, position: u8) {
        let up = &mut self.off_hook[usize::from(position)];
        *up = !*up;
        let event = match (*up, self.control.leg_of(Line::Port(port(position))).is_some()) {
            (true, true) => StationEvent::Answered,
            (true, false) => StationEvent::WantsToDial,
            (false, true) => StationEvent::HungUp,
            (false, false) => StationEvent::BackOnHook,
        };
        self.station(position, event);
    }

    fn presses(&mut self, position: u8, keys: &str) {
        if self.off_hook[usize::from(position)] {
            keys.chars().for_each(|key| self.station(position, StationEvent::Digit(key)));
        }
    }

    fn call_comes_or_goes(&mut self) {
        if std::mem::replace(&mut self.caller, false) {
            let released = Input::Released { line: line(), cause: Cause::NormalClearing, by: ReleasedBy::Far };
            return self.gets(released);
        }
        if self.control.has_leg_on(CALLER) {
            let released = Input::Released { line: line(), cause: Cause::NormalClearing, by: ReleasedBy::Box };
            return self.gets(released);
        }
        self.caller = true;
        self.gets(Input::Incoming {
            line: line(),
            lane: CALLER,
            port: None,
            group: "city".into(),
            called: Some("1234".parse().unwrap()),
            calling: None,
            private: false,
            told: Box::default(),
        });
    }

    fn talk(&self) -> Option<CallId> {
        self.control.leg_of(line()).and_then(|_| self.control.views().next()).map(|view| view.call)
    }

    fn does(&mut self, act: u8, position: u8) {
        match act {
            0 | 1 => self.call_comes_or_goes(),
            2..=4 => self.hook(position),
            5 => self.presses(position, "*79801"),
            6 => self.presses(position, "271828#"),
            7 => self.presses(position, ["1", "2", "3", "#"][usize::from(position - 1)]),
            8 => self.presses(position, "804"),
            9 if self.off_hook[usize::from(position)] => self.station(position, StationEvent::Flash),
            10 => {
                let verdict = if position == 4 { PinVerdict::Wrong } else { PinVerdict::Right };
                self.checks.pop().into_iter().for_each(|leg| self.gets(Input::PinChecked { leg, verdict }));
            }
            11 | 12 => {
                if let Some(call) = self.talk() {
                    let (person, mode) = (PersonId(2), SupervisorMode::Whispers);
                    self.gets(Input::Supervise { call, mode, person, port: port(2) });
                }
            }
            13 => {
                if let Some(call) = self.talk() {
                    let (what, by) = (Masking::Pause, MaskedBy::Person(PersonId(7)));
                    self.gets(Input::Mask { call, what, on: position > 2, by });
                }
            }
            14 => {
                let plays: Vec<_> = std::mem::take(&mut self.plays).into_iter().collect();
                plays.into_iter().for_each(|(lane, play)| self.gets(Input::Played { lane, play }));
            }
            _ => {
                self.now += Duration::from_secs(u64::from(position) * 3);
                self.gets(Input::Timeout);
            }
        }
        self.holds();
    }

    /// Who is in a conference hears only whom its part says, and who coaches is a supervisor with an agent.
    fn holds(&self) {
        let parts = |wanted: Part| {
            let is = |heard: &&Heard| matches!(heard, Heard::Conference { part, .. } if *part == wanted);
            self.heard.values().filter(is).count()
        };
        assert_eq!(parts(Part::Coaches), parts(Part::Coached), "a whisper has one ear: {:?}", self.heard);
        assert!(!matches!(self.heard.get(&CALLER), Some(Heard::Conference { part: Part::Coached, .. })));
        assert!(self.supervised.values().filter(|on| **on).count() <= 1);
    }

    /// Everybody goes, and a while passes.
    fn ends(mut self) {
        self.gets(Input::Stop);
        for position in 1..=4 {
            if self.off_hook[usize::from(position)] {
                self.hook(position);
            }
        }
        if self.control.has_leg_on(CALLER) {
            self.gets(Input::Released { line: line(), cause: Cause::NormalClearing, by: ReleasedBy::Box });
        }
        self.now += Duration::from_secs(400);
        self.gets(Input::Timeout);
        assert_eq!((self.control.calls(), self.control.traces_of_legs()), (0, 0));
        assert!(self.recorded.is_empty() && self.supervised.values().all(|on| !on));
    }
}

#[test]
fn a_supervisor_whose_telephone_cannot_be_rung_is_led_to_no_box() {
    let mut plan = plan();
    plan.mail = Some(MailPlan { code: "*98".into(), message: Duration::from_secs(20), messages: 3 });
    plan.stations.get_mut(&port(2)).unwrap().mail = true;
    let mut floor = Floor::with(plan);
    floor.gets(Input::Mail(MailTold::Ready));
    floor.call_comes_or_goes();
    floor.hook(1);
    let call = floor.talk().expect("801 talks");
    let (person, mode) = (PersonId(2), SupervisorMode::Whispers);
    floor.gets(Input::Supervise { call, mode, person, port: port(2) });
    assert!(floor.control.leg_of(Line::Port(port(2))).is_some(), "802 rings for its supervisor");
    floor.gets(Input::RingRefused { port: port(2), why: OfferEnd::Busy });
    assert!(floor.control.leg_of(Line::Port(port(2))).is_none());
    assert!(floor.control.views().all(|view| !view.legs.is_empty()), "a call of nobody");
    floor.ends();
}

proptest! {
    #[test]
    fn nothing_is_left_behind(acts in prop::collection::vec((0_u8..16, 1_u8..=4), 1..120)) {
        let mut floor = Floor::new();
        acts.into_iter().for_each(|(act, position)| floor.does(act, position));
        floor.ends();
    }

    /// The same with a talk to begin with, which chance alone seldom brings about.
    #[test]
    fn nor_of_a_talk_that_is_heard(acts in prop::collection::vec((1_u8..16, 1_u8..=4), 1..80), by_code in any::<bool>()) {
        let mut floor = Floor::new();
        floor.does(0, 1);
        floor.hook(1);
        if by_code {
            floor.hook(2);
            floor.presses(2, "*79801");
            floor.presses(2, "271828#");
            floor.does(10, 1);
        } else {
            floor.does(11, 1);
            floor.hook(2);
        }
        prop_assert!(floor.supervised.values().any(|on| *on), "the talk is heard");
        acts.into_iter().for_each(|(act, position)| floor.does(act, position));
        floor.ends();
    }
}
