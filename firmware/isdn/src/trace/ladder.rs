//! The ladder of one call: what both ends told each other, in order, and what was not answered. Read from the trace, so
//! that nothing has to be kept for it.
//!
//! Source: ITU-T Q.931, 5, for what belongs to a call; Q.921 for what happens to the link meanwhile. Frames that the link
//! repeated stand once. Numbers are as the trace has them.
//! Not here: the words.

use frame::{Time, Timeslot};
use serde::{Deserialize, Serialize};

use super::{Direction, Record, Trace, calls::TracedCall};
use crate::{
    Cause, Origin, Role, Timer,
    q921::{Body, Frame, UnnumberedKind},
    q931::{
        CallReference, Message, MessageKind,
        element::{Location, NumberElement, RestartClass},
    },
};

/// What happened to a call, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Our side of the line.
    pub role: Role,
    /// What happened.
    pub rungs: Vec<Rung>,
    /// The beginning of the call is no longer in the trace.
    pub is_cut: bool,
    /// There was more than a ladder shows.
    pub is_full: bool,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// When.
    pub at: Time,
    /// What.
    pub told: Told,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// A message of the call, or a RESTART of its channel.
    Message(TracedMessage),
    /// Something about the data link.
    Link(Direction, LinkTold),
    /// A message of ours, by its code, that the far end never answered.
    Unanswered(u8),
    /// The call ended by itself.
    GivenUp(GivenUp),
}

/// What a message says that people ask about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedMessage {
    /// Which way it went.
    pub direction: Direction,
    /// Its type, by its code.
    pub kind: u8,
    /// The same message again, because nothing came back.
    pub is_again: bool,
    /// The number called, masked.
    pub called: Option<String>,
    /// The number calling or connected, masked.
    pub party: Option<String>,
    /// The number that diverted the call, masked.
    #[serde(default)]
    pub diverted_from: Option<String>,
    /// The channel.
    pub channel: Option<Timeslot>,
    /// The cause, and who gave it.
    pub cause: Option<(Cause, Location)>,
    /// The call state that a STATUS tells.
    pub state: Option<u8>,
    /// There is a tone or an announcement to hear.
    pub is_audible: bool,
    /// A restart of the whole interface.
    pub is_interface: bool,
}

/// What happened to the data link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkTold {
    /// One end sets it up, or anew.
    SetUp,
    /// The other end agrees.
    Up,
    /// One end takes it down.
    TakenDown,
    /// One end says that it has none.
    Refused,
}

/// Why a call ended without a message that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenUp {
    /// A timer ran out.
    Timer(Timer),
    /// The data link was down for too long.
    Link,
    /// Its channel was restarted.
    Restart,
    /// A message broke the rules.
    Protocol,
    /// The box was restarted while the call was being set up or cleared.
    Adoption,
}

impl GivenUp {
    /// What an end by itself was; `None` where somebody ended the call.
    pub fn of(origin: Origin) -> Option<GivenUp> {
        match origin {
            Origin::Near | Origin::Far => None,
            Origin::Timer(timer) => Some(GivenUp::Timer(timer)),
            Origin::Link => Some(GivenUp::Link),
            Origin::Restart => Some(GivenUp::Restart),
            Origin::Protocol => Some(GivenUp::Protocol),
            Origin::Adoption => Some(GivenUp::Adoption),
        }
    }
}

impl Trace {
    /// The ladder of a call by the box's own number for it, as far as the trace has it; `None` where it has nothing of it.
    pub fn ladder(&self, now: Time, tag: u64) -> Option<Ladder> {
        let mut climb = Climb::default();
        let mut ladder: Option<Ladder> = None;
        for call in self.calls.of(tag) {
            let ladder = ladder.get_or_insert(Ladder {
                role: self.role(),
                rungs: Vec::new(),
                is_cut: call.from < self.oldest(),
                is_full: false,
            });
            climb.call(self, call, now, ladder);
        }
        ladder
    }
}

/// What has to be known of the rungs below.
#[derive(Default)]
struct Climb {
    /// The last frames of the call, to find those that the link repeats.
    seen: Vec<(Direction, Vec<u8>)>,
    /// The message of ours that waits for an answer.
    waiting: Option<MessageKind>,
    waits_since: Time,
    /// The last message each way.
    last: [Option<MessageKind>; 2],
}

impl Climb {
    fn call(&mut self, trace: &Trace, call: &TracedCall, now: Time, ladder: &mut Ladder) {
        for record in trace.records_between(call.from, call.to) {
            if ladder.rungs.len() >= RUNGS_MAX {
                ladder.is_full = true;
                break;
            }
            if let Some(told) = self.told(call, &record) {
                self.before(&record, &told, ladder);
                ladder.rungs.push(Rung { at: record.at, told });
            }
        }
        let over = call.given_up.map(|(at, why)| Rung { at, told: Told::GivenUp(why) });
        let is_late = now.since(self.waits_since) > ANSWER_WITHIN;
        if let Some(kind) = self.waiting.take_if(|_| is_late || over.is_some()) {
            let at = over.as_ref().map_or(now, |over| over.at).min(self.waits_since + ANSWER_WITHIN);
            ladder.rungs.push(Rung { at, told: Told::Unanswered(kind.code()) });
        }
        ladder.rungs.extend(over);
    }

    /// What a frame has to do with the call, if anything.
    fn told(&mut self, call: &TracedCall, record: &Record<'_>) -> Option<Told> {
        if !may_concern(record.frame, call.reference) {
            return None;
        }
        let frame = Frame::parse(record.frame).ok()?;
        match frame.body {
            Body::Information { information, .. } => {
                let message = Message::parse(information).ok()?.message;
                let is_restart = is_restart_of(&message, call.timeslot);
                if !is_restart && !belongs(&message, call, record.direction) {
                    return None;
                }
                // N(S) and the message: what the link repeats has another N(R) at most.
                let key = (record.direction, [&record.frame[2..3], information].concat());
                if self.seen.contains(&key) {
                    return None;
                }
                if self.seen.len() == SEEN_MAX {
                    self.seen.remove(0);
                }
                self.seen.push(key);
                Some(Told::Message(self.message(&message, record)))
            }
            Body::Unnumbered { kind, .. } => {
                self.seen.clear();
                Some(Told::Link(record.direction, link_told(kind)))
            }
            Body::Supervisory { .. }
            | Body::FrameReject { .. }
            | Body::UnnumberedInformation { .. }
            | Body::Exchange { .. } => None,
        }
    }

    fn message(&mut self, message: &Message, record: &Record<'_>) -> TracedMessage {
        let way = usize::from(record.direction == Direction::Sent);
        let is_again = is_repeated(message.kind) && self.last[way] == Some(message.kind);
        self.last[way] = Some(message.kind);
        let number = |element: &NumberElement| element.digits.as_str().to_owned();
        let party = message.calling_number().or(message.connected_number());
        TracedMessage {
            direction: record.direction,
            kind: message.kind.code(),
            is_again,
            called: message.called_number().map(number),
            party: party.map(|party| number(&party.number)),
            diverted_from: message.redirecting_number().map(|diverted| number(&diverted.party.number)),
            channel: message.channel_id().and_then(|channel| channel.timeslot()),
            cause: message.cause().map(|cause| (cause.cause, cause.location)),
            state: message.call_state().map(|state| state.0),
            is_audible: message.is_audible(),
            is_interface: message.restart_class().is_some_and(|class| *class != RestartClass::Channels),
        }
    }

    /// Notes what waits for an answer; says that there was none where the box went on without it.
    fn before(&mut self, record: &Record<'_>, told: &Told, ladder: &mut Ladder) {
        // A link that comes and goes answers nothing, and repeats would fill the ladder.
        let Told::Message(message) = told else { return };
        let kind = MessageKind::from_code(message.kind);
        match message.direction {
            Direction::Received => self.waiting = None,
            Direction::Sent => {
                if let Some(waiting) = self.waiting.take_if(|waiting| *waiting != kind && is_answered(kind)) {
                    ladder.rungs.push(Rung { at: record.at, told: Told::Unanswered(waiting.code()) });
                }
                if is_answered(kind) {
                    (self.waiting, self.waits_since) = (Some(kind), record.at);
                }
            }
        }
    }
}

/// Whether a frame may be about a call: told by a look at its octets, since a long call has a hundred thousand frames of
/// others between its own, and somebody may have its page open. I frames with the call's reference or the global one, and
/// all U frames.
fn may_concern(frame: &[u8], reference: u16) -> bool {
    let (Some(control), information) = (frame.get(2), frame.get(4..).unwrap_or_default()) else { return false };
    match (control & 3, information) {
        (1, _) => false,
        (3, _) => true,
        (_, [_, 1, value, ..]) => is_or_global(u16::from(value & 0x7f), reference),
        (_, [_, 2, high, low, ..]) => is_or_global(u16::from_be_bytes([high & 0x7f, *low]), reference),
        (_, _) => false,
    }
}

fn is_or_global(value: u16, reference: u16) -> bool {
    value == reference || value == CallReference::GLOBAL.value
}

/// Whether a message has the call's reference, with the flag that its direction asks for (Q.931, 4.3).
fn belongs(message: &Message, call: &TracedCall, direction: Direction) -> bool {
    let to_originator = call.ours == (direction == Direction::Received);
    message.reference == Some(CallReference { value: call.reference, to_originator })
}

/// A RESTART or its acknowledgement that takes in the call's channel.
fn is_restart_of(message: &Message, timeslot: Option<Timeslot>) -> bool {
    let is_global = message.reference.is_some_and(|reference| reference.value == 0);
    let is_restart = matches!(message.kind, MessageKind::Restart | MessageKind::RestartAcknowledge);
    let is_whole = message.restart_class().is_some_and(|class| *class != RestartClass::Channels);
    let channel = message.channel_id().and_then(|channel| channel.timeslot());
    is_global && is_restart && (is_whole || channel.is_some() && channel == timeslot)
}

/// Messages that Q.931 sends again where nothing comes back: T303, T308, T322.
fn is_repeated(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Setup | MessageKind::Release | MessageKind::StatusEnquiry)
}

/// Messages that wait for an answer.
fn is_answered(kind: MessageKind) -> bool {
    is_repeated(kind) || kind == MessageKind::Disconnect
}

fn link_told(kind: UnnumberedKind) -> LinkTold {
    match kind {
        UnnumberedKind::SetMode => LinkTold::SetUp,
        UnnumberedKind::Acknowledge => LinkTold::Up,
        UnnumberedKind::Disconnect => LinkTold::TakenDown,
        UnnumberedKind::DisconnectedMode => LinkTold::Refused,
    }
}

/// T303, T308 and T322 of both sides: after this an answer is late.
const ANSWER_WITHIN: std::time::Duration = std::time::Duration::from_secs(4);

/// The window of the link is seven frames each way, so that it repeats no more.
const SEEN_MAX: usize = 16;

/// More than anybody reads; a far end that floods a call fills no page.
const RUNGS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        Dialect, Event, Input, Output, Request, SetupRequest, Span, SpanSettings,
        trace::{KeptNumbers, Trace},
    };

    /// The box in the user role and an exchange, with the box's trace.
    struct Line {
        now: Time,
        spans: [Span; 2],
        trace: Trace,
        /// What the exchange is told.
        told: Vec<Event>,
        /// The exchange does not hear.
        is_deaf: bool,
    }

    const TAG: u64 = 77;

    impl Line {
        fn new() -> Line {
            let spans = [Role::User, Role::Network].map(|role| {
                Span::new(SpanSettings { distinct: role as u64 + 1, ..SpanSettings::e1(role, Dialect::EuroIsdn) })
            });
            let trace = Trace::new(Role::User, KeptNumbers::Masked);
            let mut line = Line { now: Time::ZERO, spans, trace, told: Vec::new(), is_deaf: false };
            line.input(0, Input::Layer1(true));
            line.input(1, Input::Layer1(true));
            line.passes(Duration::from_secs(2));
            line
        }

        fn input(&mut self, at: usize, input: Input<'_>) {
            self.spans[at].handle_input(self.now, input);
            self.settle();
        }

        fn settle(&mut self) {
            loop {
                if let Some(output) = self.spans[0].poll_output() {
                    self.take_from_box(output);
                } else if let Some(output) = self.spans[1].poll_output() {
                    self.take_from_exchange(output);
                } else {
                    return;
                }
            }
        }

        fn take_from_box(&mut self, output: Output) {
            match output {
                Output::Frame(octets) => {
                    self.trace.keep(self.now, Direction::Sent, &octets);
                    if !self.is_deaf {
                        self.spans[1].handle_input(self.now, Input::Frame(&octets));
                    }
                }
                Output::Remember(entry) => self.trace.remember(&entry),
                Output::Forget(entry) => self.trace.forget(&entry),
                Output::Event(Event::Released { by, .. }) => {
                    if let Some(why) = GivenUp::of(by) {
                        self.trace.give_up(self.now, TAG, why);
                    }
                }
                Output::Event(_) => {}
            }
        }

        fn take_from_exchange(&mut self, output: Output) {
            match output {
                Output::Frame(octets) => {
                    self.trace.keep(self.now, Direction::Received, &octets);
                    self.spans[0].handle_input(self.now, Input::Frame(&octets));
                }
                Output::Event(event) => self.told.push(event),
                Output::Remember(_) | Output::Forget(_) => {}
            }
        }

        fn passes(&mut self, time: Duration) {
            let end = self.now + time;
            while self.now < end {
                self.now += Duration::from_millis(100);
                self.input(0, Input::Timeout);
                self.input(1, Input::Timeout);
            }
        }

        /// The box calls; the call's handle at the exchange.
        fn calls(&mut self) -> Option<crate::CallHandle> {
            let request = SetupRequest::speech(NumberElement::unknown("62001234".parse().unwrap()), None, TAG);
            self.spans[0].setup(self.now, request).unwrap();
            self.settle();
            self.told.iter().rev().find_map(|event| match event {
                Event::Incoming { call, .. } => Some(*call),
                _ => None,
            })
        }

        fn rungs(&self) -> Vec<String> {
            let ladder = self.trace.ladder(self.now, TAG).unwrap();
            assert!(!ladder.is_cut && !ladder.is_full);
            ladder.rungs.iter().map(|rung| said(&rung.told)).collect()
        }
    }

    fn said(told: &Told) -> String {
        match told {
            Told::Message(message) => {
                let way = if message.direction == Direction::Sent { "box" } else { "exchange" };
                let again = if message.is_again { " again" } else { "" };
                format!("{way}: {:?}{again}", MessageKind::from_code(message.kind))
            }
            Told::Unanswered(kind) => format!("no answer: {:?}", MessageKind::from_code(*kind)),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_call_that_goes_well_is_told_from_setup_to_release_complete() {
        let mut line = Line::new();
        let call = line.calls().unwrap();
        for request in [
            Request::Proceeding { call },
            Request::Alerting { call, audible: false },
            Request::Connect { call, party: Box::default() },
            Request::Clear { call, cause: Cause::NormalClearing, audible: false },
        ] {
            line.input(1, Input::Request(request));
            line.passes(Duration::from_secs(1));
        }
        assert_eq!(
            line.rungs(),
            [
                "box: Setup",
                "exchange: CallProceeding",
                "exchange: Alerting",
                "exchange: Connect",
                "box: ConnectAcknowledge",
                "exchange: Disconnect",
                "box: Release",
                "exchange: ReleaseComplete",
            ]
        );
        let ladder = line.trace.ladder(line.now, TAG).unwrap();
        let Told::Message(setup) = &ladder.rungs[0].told else { panic!("{ladder:?}") };
        assert_eq!((setup.called.as_deref(), setup.channel), (Some("62***234"), Some(Timeslot(31))));
        let Told::Message(end) = &ladder.rungs[5].told else { panic!("{ladder:?}") };
        assert_eq!(end.cause.map(|(cause, _)| cause), Some(Cause::NormalClearing));
        assert_eq!(line.trace.ladder(line.now, TAG + 1), None, "another call is not in it");
    }

    #[test]
    fn silence_is_told_with_the_timer_that_ran_out() {
        let mut line = Line::new();
        line.is_deaf = true;
        line.calls();
        line.passes(Duration::from_secs(2));
        let rungs = line.rungs();
        assert_eq!(rungs[0], "box: Setup");
        assert_eq!(rungs.iter().filter(|rung| *rung == "box: Setup").count(), 1, "the link repeats, the box does not");
        line.passes(Duration::from_secs(120));
        let rungs = line.rungs();
        assert!(rungs.last().unwrap().starts_with("GivenUp("), "{rungs:#?}");
        assert!(rungs.contains(&"no answer: Setup".to_owned()), "{rungs:#?}");
    }

    #[test]
    fn a_call_whose_beginning_was_written_over_says_so_and_a_call_that_is_gone_is_not_there() {
        let mut line = Line::new();
        let call = line.calls().unwrap();
        line.input(1, Input::Request(Request::Connect { call, party: Box::default() }));
        let filler = vec![0x01; 400];
        let fill = |line: &mut Line| {
            (0..2 * Trace::CAPACITY_OCTETS / 400).for_each(|_| line.trace.keep(line.now, Direction::Sent, &filler));
        };
        fill(&mut line);
        line.input(1, Input::Request(Request::Clear { call, cause: Cause::NormalClearing, audible: false }));
        let ladder = line.trace.ladder(line.now, TAG).unwrap();
        assert!(ladder.is_cut);
        assert_eq!(said(&ladder.rungs[0].told), "exchange: Disconnect");
        fill(&mut line);
        line.calls();
        line.input(1, Input::Request(Request::Restart(crate::RestartScope::Interface)));
        let ladder = line.trace.ladder(line.now, TAG).unwrap();
        assert!(!ladder.is_cut, "the first call is forgotten, the second has its beginning");
    }
}
