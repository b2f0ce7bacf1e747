//! Calls back when somebody is free, in the house and over a trunk: transcripts.

#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use std::{sync::Arc, time::Duration};

use analog::{fxs::StationEvent, plan::ToneKind};
use call::{
    CallBackEnd, CallBackRefusal, CallEvent, Control, Group, Heard, Input, LegTold, Line, MailOrder, MailPlan,
    MailTold, NoMail, OfferEnd, Output, Plan, ReleasedBy, ServiceRefusal, Station, StationRequest, Target, Trunk,
    TrunkRequest,
};
use frame::{LaneId, LifeNo, PersonId, PortId, SpanId, Time, Timeslot};
use isdn::{CallHandle, Cause, CompletionOf, Request, suppl::Completion};

/// Seven telephones, 801 to 807, a public network behind prefix 0 and a private exchange.
struct House {
    control: Control,
    now: Time,
    outputs: Vec<Output>,
}

const CITY: SpanId = SpanId(0);
const BRANCH: SpanId = SpanId(2);

fn port(position: u8) -> PortId {
    PortId { card: "FXS".parse().unwrap(), position }
}

fn lane(position: u8) -> LaneId {
    LaneId::new(SpanId(1), Timeslot(position - 1))
}

fn line(span: SpanId, slot: u16) -> Line {
    Line::Isdn { span, call: CallHandle { slot, generation: 0 } }
}

fn plan() -> Plan {
    let station = |position: u8| {
        let extension = format!("80{position}");
        let (port, lane) = (port(position), lane(position));
        (
            port,
            Station {
                port,
                lane,
                extension,
                name: "desk".into(),
                person: None,
                record: false,
                withholds: false,
                consults: false,
                flashes_line: false,
                lets_wait: false,
                mail: false,
                calls: None,
                class: settings::StationClass::Telephone,
            },
        )
    };
    let group = |name: &str, prefix: &str, span, dials| Group {
        name: name.into(),
        prefix: prefix.into(),
        trunks: vec![Trunk::Span { span, channels: 30 }],
        shown: None,
        dials,
        hand_over: settings::HandOver::Never,
        joins: false,
    };
    Plan {
        stations: (1..=7).map(station).collect(),
        extensions: (1..=7).map(|position| (format!("80{position}"), Target::Station(port(position)))).collect(),
        groups: vec![group("city", "0", CITY, false), group("branch", "", BRANCH, true)],
        call_back_code: Some("*37".into()),
        no_call_back_code: Some("#37".into()),
        ..Plan::default()
    }
}

/// The same, where a telephone has a box.
fn with_box(position: u8) -> Plan {
    let mut plan = plan();
    plan.mail = Some(MailPlan { code: "*98".into(), message: Duration::from_secs(20), messages: 3 });
    let station = plan.stations.get_mut(&port(position)).unwrap();
    (station.mail, station.person) = (true, Some(PersonId(position.into())));
    plan
}

impl House {
    fn new() -> House {
        House::with(plan())
    }

    fn with(plan: Plan) -> House {
        let control = Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&settings::Settings::default()));
        House { control, now: Time::from_ms(1000), outputs: Vec::new() }
    }

    fn gets(&mut self, input: Input) {
        self.control.handle_input(self.now, input);
        self.outputs.extend(std::iter::from_fn(|| self.control.poll_output()));
    }

    fn station(&mut self, position: u8, event: StationEvent) {
        self.gets(Input::Station { port: port(position), event });
    }

    fn dials(&mut self, position: u8, digits: &str) {
        self.outputs.clear();
        self.station(position, StationEvent::WantsToDial);
        digits.chars().for_each(|digit| self.station(position, StationEvent::Digit(digit)));
    }

    fn hangs_up(&mut self, position: u8) {
        self.station(position, StationEvent::HungUp);
    }

    fn after(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(next) = self.control.next_deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.gets(Input::Timeout);
            assert!(self.control.next_deadline().is_none_or(|next| next > self.now), "a timer stands still");
        }
        self.now = end;
    }

    fn told(&self) -> Vec<&CallEvent> {
        self.outputs
            .iter()
            .filter_map(|output| match output {
                Output::Tell(event) => Some(event),
                _ => None,
            })
            .collect()
    }

    /// The prompt that is heard, and its playing comes to an end.
    #[track_caller]
    fn hears(&mut self, position: u8, prompt: &str) {
        let said = self.outputs.iter().rev().find_map(|output| match output {
            Output::Hear { lane: at, heard: Heard::Prompts { names, play } } if *at == lane(position) => {
                Some((names.join(" "), *play))
            }
            _ => None,
        });
        let (said, play) = said.unwrap_or_else(|| panic!("nothing is said: {:?}", self.outputs));
        assert_eq!(said, prompt);
        self.gets(Input::Played { lane: lane(position), play });
        let over = Output::Station { port: port(position), request: StationRequest::Released(ToneKind::Busy) };
        assert!(self.outputs.contains(&over), "the call of the code is over");
        self.hangs_up(position);
    }

    fn rings(&self, position: u8) -> bool {
        let ring = |output: &Output| matches!(output, Output::Station { port: of, request: StationRequest::Ring { .. } } if *of == port(position));
        self.outputs.iter().any(ring)
    }

    /// A telephone talks to another, so that both are busy.
    fn talk(&mut self, one: u8, other: u8) {
        self.dials(one, &format!("80{other}"));
        self.after(4);
        self.station(other, StationEvent::Answered);
    }

    /// 801 meets 802, who is busy, and wants to be called back.
    fn waits_for_busy(&mut self) {
        self.talk(2, 3);
        self.dials(1, "802");
        self.after(4);
        self.hangs_up(1);
        self.dials(1, "*37");
        self.hears(1, "call_back_set");
    }

    fn asked_of_network(&self) -> Option<(u64, Completion)> {
        self.outputs.iter().find_map(|output| match output {
            Output::AskCompletion { no, span: CITY, number, completion, .. } => {
                assert_eq!(number.as_str(), "13800138000");
                Some((*no, *completion))
            }
            _ => None,
        })
    }

    /// 801 calls outside, and the network offers to watch.
    fn misses_outside(&mut self, cause: Cause) {
        self.dials(1, "013800138000");
        self.after(4);
        let leg = self.outputs.iter().find_map(|output| match output {
            Output::Start { leg, completes: None, .. } => Some(*leg),
            _ => None,
        });
        let (line, leg) = (line(CITY, 1), leg.expect("a trunk is asked"));
        self.gets(Input::Started { leg, line, lane: LaneId::new(CITY, Timeslot(1)) });
        self.gets(Input::LegTold { line, told: Box::new(LegTold::CompletionOffered) });
        self.gets(Input::Released { line, cause, by: ReleasedBy::Far });
        self.hangs_up(1);
    }

    /// The same, and it wants to be called back, which the network accepts.
    fn waits_outside(&mut self) -> u64 {
        self.waits_outside_for(false)
    }

    /// It may keep the request where the party is busy again.
    fn waits_outside_for(&mut self, retained: bool) -> u64 {
        self.misses_outside(Cause::UserBusy);
        self.dials(1, "*37");
        let (no, completion) = self.asked_of_network().expect("the network is asked");
        assert_eq!(completion, Completion::Busy);
        self.gets(Input::CompletionAnswered { no, refused: None, retained });
        self.hears(1, "call_back_set");
        self.outputs.clear();
        no
    }

    fn says_to(&self, span: SpanId, request: &Request) -> bool {
        self.outputs.iter().any(|output| {
            matches!(output, Output::Completion { span: of, request: said } if *of == span && **said == *request)
        })
    }

    #[track_caller]
    fn is_quiet(&self) {
        assert_eq!((self.control.calls(), self.control.next_deadline()), (0, None));
    }
}

#[test]
fn who_met_a_busy_extension_is_rung_when_both_are_free_and_then_it_rings_there() {
    let mut house = House::new();
    house.waits_for_busy();
    house.outputs.clear();
    house.hangs_up(3);
    assert!(!house.rings(1), "802 still hears the tone of its last call");
    house.hangs_up(2);
    assert!(house.rings(1) && !house.rings(2));
    assert!(house.told().iter().any(|event| matches!(event, CallEvent::CallBackBegan { .. })));
    house.station(1, StationEvent::Answered);
    assert!(house.rings(2));
    house.station(2, StationEvent::Answered);
    assert!(house.told().iter().any(|event| matches!(event, CallEvent::Bridged { .. })));
    house.hangs_up(1);
    house.hangs_up(2);
    house.is_quiet();
}

#[test]
fn who_was_not_answered_waits_until_the_other_telephone_was_used() {
    let mut house = House::new();
    house.dials(1, "802");
    house.after(10);
    house.hangs_up(1);
    house.dials(1, "*37");
    house.hears(1, "call_back_set");
    house.outputs.clear();
    house.after(600);
    assert!(!house.rings(1), "802 is on its hook, and nobody is there");
    house.dials(2, "803");
    house.after(4);
    house.hangs_up(2);
    assert!(house.rings(1));
}

#[test]
fn who_cannot_be_rung_for_the_own_call_back_is_led_to_no_box_and_leaves_no_call() {
    let mut house = House::with(with_box(1));
    house.gets(Input::Mail(MailTold::Ready));
    house.waits_for_busy();
    house.hangs_up(3);
    house.outputs.clear();
    house.hangs_up(2);
    assert!(house.rings(1));
    house.gets(Input::RingRefused { port: port(1), why: OfferEnd::Busy });
    assert!(!house.told().iter().any(|event| matches!(event, CallEvent::MailReached { .. })));
    assert!(house.control.views().all(|view| !view.legs.is_empty()), "a call of nobody");
}

#[test]
fn who_rang_out_into_a_box_is_called_back_once_the_telephone_was_used() {
    let mut house = House::with(with_box(2));
    house.gets(Input::Mail(MailTold::Ready));
    house.dials(1, "802");
    house.after(30);
    assert!(house.told().iter().any(|event| matches!(event, CallEvent::MailReached { .. })));
    house.hangs_up(1);
    house.dials(1, "*37");
    house.hears(1, "call_back_set");
    house.outputs.clear();
    house.dials(2, "803");
    house.after(4);
    house.hangs_up(2);
    assert!(house.rings(1));
}

#[test]
fn a_greeting_whose_end_is_never_told_and_a_disk_that_never_answers_keep_no_call_for_ever() {
    let mut house = House::with(with_box(2));
    house.gets(Input::Mail(MailTold::Ready));
    house.dials(1, "802");
    house.after(30);
    house.outputs.clear();
    house.after(70);
    let speaks = |output: &Output| matches!(output, Output::Mail(MailOrder::Take { .. }));
    assert!(house.outputs.iter().any(speaks), "the caller speaks after the longest greeting");
    house.after(30);
    assert!(house.outputs.iter().any(|output| matches!(output, Output::Mail(MailOrder::Done { .. }))));
    house.hears(1, "goodbye");
    assert_eq!(house.control.calls(), 0);
    // The answer comes when nobody waits for it.
    let message = house.outputs.iter().find_map(|output| match output {
        Output::Mail(MailOrder::Done { message, .. }) => Some(*message),
        _ => None,
    });
    house.outputs.clear();
    assert!(!house.control.awaits_mail(), "a stop does not wait for a disk that does not answer");
    house.gets(Input::Mail(MailTold::Left { message: message.unwrap(), ms: 20_000 }));
    assert!(matches!(house.told()[..], [CallEvent::MailLeft { ms: 20_000, .. }]));
}

#[test]
fn until_the_boxes_are_read_no_message_is_taken() {
    // Who keeps the messages has said something, or nothing for as long as a start may take.
    for (word, wanted) in [(Some(MailTold::Disk { full: false }), NoMail::NotRead), (None, NoMail::Disk)] {
        let mut house = House::with(with_box(2));
        word.into_iter().for_each(|word| house.gets(Input::Mail(word)));
        house.dials(1, "802");
        // It rings on, as long as any.
        house.after(170);
        assert!(house.rings(2));
        house.after(20);
        let refused = |event: &&CallEvent| matches!(event, CallEvent::MailRefused { why, .. } if *why == wanted);
        assert!(house.told().iter().any(refused), "{wanted:?}: {:?}", house.told());
        assert_eq!(house.control.mailbox(port(2)), None, "and no lamp is put out");
    }
}

#[test]
fn who_does_not_answer_the_call_back_has_to_ask_again() {
    let mut house = House::new();
    house.waits_for_busy();
    house.hangs_up(2);
    house.hangs_up(3);
    assert!(house.rings(1));
    house.outputs.clear();
    house.after(20);
    let stop = Output::Station { port: port(1), request: StationRequest::StopRinging };
    assert!(house.outputs.contains(&stop), "{:?}", house.outputs);
    let end = |event: &&CallEvent| matches!(event, CallEvent::CallBackOver { why: CallBackEnd::NotTaken, .. });
    assert!(house.told().iter().any(end));
    house.is_quiet();
}

#[test]
fn the_code_takes_only_what_was_missed_of_late_and_no_more_than_five() {
    let mut house = House::new();
    house.dials(1, "*37");
    let nobody = |event: &&CallEvent| {
        matches!(event, CallEvent::CallBackAnswered { refused: Some(CallBackRefusal::NobodyMissed), .. })
    };
    assert!(house.told().iter().any(nobody));
    house.hears(1, "call_back_not_set");
    for busy in 2..=7 {
        house.station(busy, StationEvent::WantsToDial);
    }
    for busy in 2..=7 {
        house.dials(1, &format!("80{busy}"));
        house.after(4);
        house.hangs_up(1);
        house.dials(1, "*37");
        house.hears(1, if busy == 7 { "call_back_not_set" } else { "call_back_set" });
    }
    house.dials(1, "#37");
    assert!(house.told().iter().any(|event| matches!(event, CallEvent::CallBacksDropped { count: 5, .. })));
    house.hears(1, "call_back_off");
    house.outputs.clear();
    (2..=7).for_each(|busy| house.hangs_up(busy));
    assert!(!house.rings(1));
    house.is_quiet();
}

#[test]
fn t_ccbs2_nobody_waits_for_ever_and_a_stop_is_told() {
    for (seconds, why) in [(45 * 60, CallBackEnd::TimedOut), (1, CallBackEnd::Stopped)] {
        let mut house = House::new();
        house.waits_for_busy();
        house.outputs.clear();
        house.after(seconds);
        if why == CallBackEnd::Stopped {
            house.gets(Input::Stop);
        }
        let end = |event: &&CallEvent| matches!(event, CallEvent::CallBackOver { why: of, .. } if *of == why);
        assert!(house.told().iter().any(end), "{why:?}");
    }
}

#[test]
fn without_a_code_nobody_is_called_back() {
    let mut house = House::with(Plan { call_back_code: None, no_call_back_code: None, ..plan() });
    house.dials(1, "*");
    assert_eq!(house.control.calls(), 0, "no number begins so");
}

#[test]
fn over_a_trunk_the_network_is_asked_and_the_call_says_what_it_completes() {
    let mut house = House::new();
    let no = house.waits_outside();
    house.gets(Input::CompletionPossible { no });
    assert!(house.rings(1));
    house.station(1, StationEvent::Answered);
    let placed = house.outputs.iter().find_map(|output| match output {
        Output::Start { leg, completes: Some(of), number, .. } if *of == no && number.as_str() == "13800138000" => {
            Some(*leg)
        }
        _ => None,
    });
    let (leg, line) = (placed.expect("the party is called"), line(CITY, 2));
    let done = Request::EndCompletion { whose: CompletionOf::Near(no) };
    assert!(!house.says_to(CITY, &done), "not before the call is through");
    house.gets(Input::Started { leg, line, lane: LaneId::new(CITY, Timeslot(2)) });
    house.gets(Input::Alerting { line, inband: false });
    house.gets(Input::Answered { line, evidence: call::AnswerEvidence::Signalled });
    assert!(house.says_to(CITY, &done));
    house.gets(Input::Released { line, cause: Cause::NormalClearing, by: ReleasedBy::Far });
    house.hangs_up(1);
    house.is_quiet();
}

/// Retention, EN 300 359-1.
#[test]
fn who_meets_the_party_busy_again_waits_on_where_the_network_keeps_the_request() {
    for retained in [true, false] {
        let mut house = House::new();
        let no = house.waits_outside_for(retained);
        house.gets(Input::CompletionPossible { no });
        house.station(1, StationEvent::Answered);
        let leg = house.outputs.iter().find_map(|output| match output {
            Output::Start { leg, completes: Some(_), .. } => Some(*leg),
            _ => None,
        });
        let (line, lane) = (line(CITY, 2), LaneId::new(CITY, Timeslot(2)));
        house.gets(Input::Started { leg: leg.expect("the party is called"), line, lane });
        house.gets(Input::Released { line, cause: Cause::UserBusy, by: ReleasedBy::Far });
        house.hangs_up(1);
        let done = Request::EndCompletion { whose: CompletionOf::Near(no) };
        assert_eq!(house.says_to(CITY, &done), !retained);
        house.outputs.clear();
        house.gets(Input::CompletionPossible { no });
        assert_eq!(house.rings(1), retained);
    }
}

#[test]
fn in_the_house_who_finds_the_telephone_in_use_again_is_rung_when_it_is_put_down() {
    let mut house = House::new();
    house.waits_for_busy();
    house.hangs_up(1);
    house.hangs_up(3);
    house.hangs_up(2);
    assert!(house.rings(1));
    house.station(2, StationEvent::WantsToDial);
    house.station(1, StationEvent::Answered);
    house.hangs_up(1);
    house.outputs.clear();
    house.hangs_up(2);
    assert!(house.rings(1), "it waits on");
}

#[test]
fn the_last_channel_is_kept_free_of_a_call_back_too() {
    let mut house = House::with(Plan { keep_one_free: true, ..plan() });
    let no = house.waits_outside();
    house.gets(Input::CompletionPossible { no });
    for span in [CITY, BRANCH] {
        house.gets(Input::Usable { span, channels: if span == CITY { 2 } else { 0 } });
    }
    let (incoming, at) = (line(CITY, 9), LaneId::new(CITY, Timeslot(9)));
    house.gets(Input::Incoming {
        line: incoming,
        lane: at,
        port: None,
        group: "branch".into(),
        called: "803".parse().ok(),
        calling: None,
        private: false,
        told: Box::default(),
    });
    house.station(1, StationEvent::Answered);
    assert!(!house.outputs.iter().any(|output| matches!(output, Output::Start { .. })));
    assert!(house.says_to(CITY, &Request::EndCompletion { whose: CompletionOf::Near(no) }));
}

#[test]
fn the_network_is_told_while_the_telephone_is_busy_itself() {
    let mut house = House::new();
    let no = house.waits_outside();
    house.station(1, StationEvent::WantsToDial);
    house.gets(Input::CompletionPossible { no });
    assert!(house.says_to(CITY, &Request::SuspendCompletion { tag: no, suspended: true }));
    house.hangs_up(1);
    assert!(house.says_to(CITY, &Request::SuspendCompletion { tag: no, suspended: false }));
    assert!(!house.rings(1), "the network says again when its party is free");
    house.gets(Input::CompletionPossible { no });
    assert!(house.rings(1));
}

#[test]
fn a_network_that_refuses_or_gives_up_is_told_and_an_answered_call_offers_nothing() {
    let mut house = House::new();
    house.misses_outside(Cause::NoAnswer);
    house.dials(1, "*37");
    let (no, completion) = house.asked_of_network().unwrap();
    assert_eq!(completion, Completion::NoReply);
    house.gets(Input::CompletionAnswered { no, refused: Some(ServiceRefusal::Refused), retained: false });
    house.hears(1, "call_back_not_set");
    house.is_quiet();
    let no = house.waits_outside();
    house.gets(Input::CompletionOver { span: CITY, whose: CompletionOf::Near(no) });
    let lost = |event: &&CallEvent| matches!(event, CallEvent::CallBackOver { why: CallBackEnd::Lost, .. });
    assert!(house.told().iter().any(lost));
    house.is_quiet();
    house.talk(1, 2);
    house.hangs_up(1);
    house.hangs_up(2);
    house.dials(1, "*37");
    house.hears(1, "call_back_not_set");
}

#[test]
fn who_calls_from_a_private_exchange_is_offered_it_and_told_when_the_telephone_is_put_down() {
    let mut house = House::new();
    house.talk(2, 3);
    house.outputs.clear();
    let caller = line(BRANCH, 1);
    let calls = || Input::Incoming {
        line: caller,
        lane: LaneId::new(BRANCH, Timeslot(1)),
        port: None,
        group: "branch".into(),
        called: "802".parse().ok(),
        calling: "4711".parse().ok(),
        private: false,
        told: Box::default(),
    };
    house.gets(calls());
    let offer = Output::Trunk { line: caller, request: TrunkRequest::OfferCompletion };
    let clear = Output::Trunk { line: caller, request: TrunkRequest::Clear(Cause::UserBusy) };
    let at = |wanted: &Output| house.outputs.iter().position(|output| output == wanted);
    assert!(at(&offer).is_some() && at(&offer) < at(&clear), "{:?}", house.outputs);
    house.gets(Input::Released { line: caller, cause: Cause::UserBusy, by: ReleasedBy::Box });
    let asks = |called: &str| Input::CompletionAsked {
        span: BRANCH,
        asked: 1,
        group: "branch".into(),
        called: called.parse().ok(),
        completion: Completion::Busy,
        retained: true,
    };
    house.gets(asks("802"));
    assert!(house.says_to(BRANCH, &Request::AnswerCompletion { asked: 1, accepted: true }));
    let possible = Request::CompletionPossible { asked: 1 };
    house.hangs_up(3);
    assert!(!house.says_to(BRANCH, &possible));
    house.gets(Input::CompletionSuspended { span: BRANCH, asked: 1, suspended: true });
    house.hangs_up(2);
    assert!(!house.says_to(BRANCH, &possible), "who asked is busy");
    house.gets(Input::CompletionSuspended { span: BRANCH, asked: 1, suspended: false });
    assert!(house.says_to(BRANCH, &possible));
    // It is busy again before the far end calls: who waits is not offered anew what it has, and is told once more.
    house.talk(2, 3);
    house.outputs.clear();
    house.gets(calls());
    assert!(!house.outputs.contains(&offer));
    house.gets(Input::Released { line: caller, cause: Cause::UserBusy, by: ReleasedBy::Box });
    house.hangs_up(3);
    house.hangs_up(2);
    assert!(house.says_to(BRANCH, &possible));
    house.gets(Input::CompletionOver { span: BRANCH, whose: CompletionOf::Far(1) });
    house.outputs.clear();
    house.gets(asks("899"));
    assert!(house.says_to(BRANCH, &Request::AnswerCompletion { asked: 1, accepted: false }), "nobody has the number");
}
