//! A span through a story of input and time: what the box asks, what the far end says, what the line does, in any order.
//!
//! The far end is our own data link with a hand above it, so that messages of all kinds reach call control; frames that no
//! link would send come in as well. Both roles, all dialects. At every step: every call that began is there or was
//! released, once; a channel has one call and a call one channel; an input brings about only so much. At the end, after
//! clearing and with all timers run out: no call, no busy channel, no timer.

use std::{collections::BTreeSet, time::Duration};

use frame::{Time, Timeslot};
use isdn::{
    CallHandle, Cause, ChannelState, CompletionOf, Dialect, Event, Input, Output, Request, RestartScope, Rider, Role,
    SetupRequest, Span, SpanSettings,
    q921::{Link, LinkOutput},
    q931::{
        CallReference, Message, MessageKind,
        element::{Location, NumberElement, Progress, TimeslotSet, UserUser},
    },
    suppl::{Advice, Charge, ChargeAtEnd, ChargeSoFar, Completion, Mailbox, MessagesWaiting},
};

use crate::script::Script;

/// Runs a story.
pub fn span(octets: &[u8]) {
    let mut script = Script(octets);
    let mut story = Story::begin(&mut script);
    while !script.is_over() {
        story.step(&mut script);
    }
    story.end();
}

fn speech() -> SetupRequest {
    SetupRequest::speech(NumberElement::unknown("62001234".parse().expect("digits")), None, 1)
}

fn messages() -> MessagesWaiting {
    let whose = Some(NumberElement::unknown("803".parse().expect("digits")));
    MessagesWaiting { mailbox: Mailbox { whose, ..Mailbox::default() }, waiting: true }
}

fn charge(at_end: bool) -> Advice {
    if at_end {
        Advice::AtEnd(ChargeAtEnd { charge: Charge::Free, billing: None, association: None })
    } else {
        Advice::SoFar(ChargeSoFar { charge: Charge::Free, total: true, billing: None })
    }
}

fn user_user() -> Box<UserUser> {
    Box::new(UserUser::from_text("ward 3").expect("a short text"))
}

struct Story {
    now: Time,
    span: Span,
    far: Link,
    /// Neither end hears the other.
    cut: bool,
    /// Call references as the far end writes them.
    references: Vec<CallReference>,
    begun: Vec<CallHandle>,
    released: BTreeSet<CallHandle>,
    fresh: u16,
}

impl Story {
    fn begin(script: &mut Script<'_>) -> Story {
        let role = if script.flag() { Role::User } else { Role::Network };
        let dialect = *script.one_of(&Dialect::ALL).expect("there are dialects");
        let habits = script.octet();
        let settings = SpanSettings {
            keep_tones: habits & 1 != 0,
            far_end_may_hold: habits & 2 != 0,
            hold_keeps_channel: habits & 4 != 0,
            ..SpanSettings::of(role, dialect)
        };
        let mut story = Story {
            now: Time::ZERO,
            far: Link::new(role.opposite(), settings.link.clone(), 7),
            span: Span::new(settings),
            cut: false,
            references: Vec::new(),
            begun: Vec::new(),
            released: BTreeSet::new(),
            fresh: 0,
        };
        story.far.handle_layer1(story.now, true);
        story.input(Input::Layer1(true));
        story
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.octet() % 16 {
            0 => self.places(script),
            1..=3 => self.asks(script),
            4 if script.flag() => self.far_registers(),
            4 => self.far_places(script),
            5..=8 => self.far_says(script),
            9 => self.far_says_octets(script),
            10 => self.hears_octets(script),
            11 => self.asks_of_span(script),
            12 => self.line_changes(script),
            _ => self.waits(script),
        }
    }

    fn places(&mut self, script: &mut Script<'_>) {
        let (complete, completes) = (script.flag(), script.flag().then_some(1));
        let request = SetupRequest { complete, completes, ..speech() };
        self.begun.extend(self.span.setup(self.now, request));
        self.settle();
    }

    fn asks(&mut self, script: &mut Script<'_>) {
        let Some(&call) = script.one_of(&self.begun) else { return };
        let audible = script.flag();
        let digits = "12".parse().expect("digits");
        let progress = Progress::in_band(Location::User);
        self.input(Input::Request(match script.octet() % 17 {
            0 => Request::MoreDigits { call, audible },
            1 => Request::Proceeding { call },
            2 => Request::Alerting { call, audible },
            3 => Request::Connect { call, party: Box::default() },
            4 => Request::Progress { call, progress, cause: None },
            5 => Request::Information { call, digits, complete: audible },
            6 => Request::Hold { call },
            7 => Request::Retrieve { call },
            8 => Request::Clear { call, cause: Cause::UserBusy, audible },
            9 => Request::Clear { call, cause: Cause::NormalClearing, audible: false },
            10 => Request::IdentifyMaliciousCall { call },
            11 => Request::Transfer { call, to: self.begun[0] },
            12 => Request::AnswerTransfer { call, accepted: audible },
            13 => Request::Charge { call, advice: Box::new(charge(audible)) },
            14 => Request::UserInformation { call, user_user: user_user() },
            15 => Request::OfferCompletion { call },
            _ => Request::Attach { call, rider: Rider::UserUser(user_user()) },
        }));
    }

    fn asks_of_span(&mut self, script: &mut Script<'_>) {
        let timeslots = TimeslotSet::one(Timeslot(script.octet() % 32));
        self.input(Input::Request(match script.octet() % 13 {
            0 => Request::Restart(RestartScope::Channels(timeslots)),
            1 => Request::Restart(RestartScope::Interface),
            2 => Request::Restart(RestartScope::Unused),
            3 => Request::Service { timeslots, in_service: false },
            4 => Request::Service { timeslots, in_service: true },
            5 => Request::TakeDown,
            6 => Request::BringUp,
            7 => Request::AskCompletion { tag: 1, completion: Completion::Busy, setup: Box::new(speech()) },
            8 => Request::SuspendCompletion { tag: 1, suspended: script.flag() },
            9 => Request::AnswerCompletion { asked: 1, accepted: script.flag() },
            10 => Request::CompletionPossible { asked: 1 },
            11 => Request::EndCompletion {
                whose: if script.flag() { CompletionOf::Near(1) } else { CompletionOf::Far(1) },
            },
            _ => Request::TellMessages { tag: 1, messages: Box::new(messages()) },
        }));
    }

    fn far_places(&mut self, script: &mut Script<'_>) {
        let reference = self.fresh_reference();
        let slot = script.octet();
        let channel = [0x18, 0x03, if slot & 0x80 == 0 { 0xa9 } else { 0xa1 }, 0x83, 0x80 | slot & 0x1f];
        let called = [0x70, 0x03, 0x80, b'6', b'2'];
        self.far_sends(reference, 0x05, &[&[0x04, 0x03, 0x80, 0x90, 0xa3], &channel[..], &called].concat());
    }

    fn fresh_reference(&mut self) -> CallReference {
        self.fresh += 1;
        let reference = CallReference { value: self.fresh & 0x7fff, to_originator: false };
        self.references.push(reference);
        reference
    }

    /// The far end wants a call completed.
    fn far_registers(&mut self) {
        let reference = self.fresh_reference();
        self.far_sends(reference, 0x64, &completion(1));
    }

    fn far_says(&mut self, script: &mut Script<'_>) {
        let Some(&reference) = script.one_of(&self.references) else { return };
        let kind = KINDS[usize::from(script.octet()) % KINDS.len()];
        let mut elements = Vec::new();
        for _ in 0..script.octet() % 4 {
            elements.extend(any_element(script));
        }
        self.far_sends(reference, kind, &elements);
    }

    /// RESTART and SERVICE of the far end among them.
    fn far_says_octets(&mut self, script: &mut Script<'_>) {
        let most = usize::from(script.octet());
        let octets = script.octets(most);
        let octets = match octets.first() {
            Some(0) => [&[0x08, 0x02, 0x00, 0x00, 0x46, 0x18, 0x03, 0xa9, 0x83][..], &octets[1..]].concat(),
            _ => octets.to_vec(),
        };
        let _ = self.far.send(self.now, octets.into_iter().take(260).collect());
        self.settle();
    }

    fn far_sends(&mut self, reference: CallReference, kind: u8, elements: &[u8]) {
        let flag = if reference.to_originator { 0x80 } else { 0 };
        let [high, low] = reference.value.to_be_bytes();
        let octets = [&[0x08, 0x02, high | flag, low, kind][..], elements].concat();
        let _ = self.far.send(self.now, octets.into_iter().take(260).collect());
        self.settle();
    }

    fn hears_octets(&mut self, script: &mut Script<'_>) {
        let most = usize::from(script.octet() % 32);
        let octets = [&[script.octet() & 2, 0x01][..], script.octets(most)].concat();
        self.input(Input::Frame(&octets));
    }

    fn line_changes(&mut self, script: &mut Script<'_>) {
        match script.octet() % 4 {
            0 => self.cut = !self.cut,
            1 => self.input(Input::Layer1(false)),
            2 => self.input(Input::Layer1(true)),
            _ => {
                // The far end forgets its link.
                self.far.handle_layer1(self.now, false);
                self.far.handle_layer1(self.now, true);
                self.settle();
            }
        }
    }

    fn waits(&mut self, script: &mut Script<'_>) {
        let end = self.now + Duration::from_millis(u64::from(script.octet()) * 200);
        while let Some(next) = self.next_deadline().filter(|&next| next <= end) {
            self.now = self.now.max(next);
            self.far.handle_timeout(self.now);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    fn next_deadline(&self) -> Option<Time> {
        [self.span.next_deadline(), self.far.next_deadline()].into_iter().flatten().min()
    }

    fn input(&mut self, input: Input<'_>) {
        self.span.handle_input(self.now, input);
        self.settle();
    }

    /// Carries frames both ways until both ends are quiet, then looks at what must always hold.
    fn settle(&mut self) {
        let mut outputs = 0;
        loop {
            if let Some(output) = self.span.poll_output() {
                outputs += 1;
                assert!(outputs <= OUTPUTS, "one input brings about {outputs} outputs and more");
                self.take(output);
            } else if let Some(output) = self.far.poll_output() {
                self.take_from_far(output);
            } else {
                break;
            }
            self.far.flush();
        }
        self.take_stock();
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Frame(octets) if !self.cut => _ = self.far.handle_frame(self.now, &octets),
            Output::Event(Event::Incoming { call, .. }) => self.begun.push(call),
            Output::Event(Event::Released { call, .. }) => assert!(self.released.insert(call), "released twice"),
            _ => {}
        }
    }

    fn take_from_far(&mut self, output: LinkOutput) {
        match output {
            LinkOutput::Frame(octets) if !self.cut => self.span.handle_input(self.now, Input::Frame(&octets)),
            LinkOutput::Information(octets) => {
                let message = Message::parse(&octets).ok().map(|parsed| parsed.message);
                let begins = |message: &Message| matches!(message.kind, MessageKind::Setup | MessageKind::Register);
                let setup = message.filter(begins);
                self.references.extend(setup.and_then(|setup| setup.reference).map(CallReference::reply));
            }
            _ => {}
        }
    }

    fn take_stock(&self) {
        let there = self.begun.len() - self.released.len();
        assert_eq!(there, self.span.call_count(), "every call is there or was released");
        let mut owners = BTreeSet::new();
        for timeslot in (0..32).map(Timeslot) {
            if let Some(ChannelState::Busy(owner)) = self.span.channel(timeslot) {
                assert!(owners.insert(owner), "{owner:?} has two channels");
                assert_eq!(self.span.timeslot(owner), Some(timeslot), "a channel and its call name each other");
            }
        }
    }

    fn end(mut self) {
        for call in self.begun.clone() {
            self.input(Input::Request(Request::Clear { call, cause: Cause::NormalClearing, audible: false }));
        }
        self.far.handle_layer1(self.now, false);
        self.input(Input::Layer1(false));
        let mut steps = 0;
        while let Some(next) = self.span.next_deadline() {
            steps += 1;
            assert!(steps <= STEPS, "a timer runs for ever without a line");
            self.now = self.now.max(next);
            self.input(Input::Timeout);
        }
        assert_eq!(self.span.call_count(), 0, "a call is left");
        let busy = |slot: &Timeslot| matches!(self.span.channel(*slot), Some(ChannelState::Busy(_)));
        assert_eq!((0..32).map(Timeslot).find(busy), None, "a channel is left");
    }
}

/// An element of the far end: one that means something, or any.
fn any_element(script: &mut Script<'_>) -> Vec<u8> {
    let value = |script: &mut Script<'_>| script.octet();
    match script.octet() % 14 {
        0 => vec![0x04, 0x03, 0x80, 0x90, 0xa3],
        1 | 2 => vec![0x18, 0x03, 0xa9, 0x83, 0x80 | value(script)],
        3 | 4 => vec![0x08, 0x02, 0x81, 0x80 | value(script)],
        5 => vec![0x14, 0x01, value(script) & 0x3f],
        6 => vec![0x1e, 0x02, 0x82, 0x88],
        7 => vec![0x70, 0x03, 0x80, b'1', b'2'],
        8 => vec![0xa1],
        9 => vec![0x79, 0x01, 0x80 | value(script) & 7],
        10 => {
            let contents =
                Vec::from(&script.0[..script.0.len().min(usize::from(script.0.first().copied().unwrap_or(0) % 40))]);
            script.octets(contents.len());
            [&[0x1c, contents.len() as u8][..], &contents].concat()
        }
        11 => completion(value(script) % 8),
        12 => vec![0x1c, 0x06, 0x91, 0xa2, 0x03, 0x02, 0x01, value(script) % 4],
        _ => {
            let id = script.octet();
            let most = usize::from(script.octet() % 24);
            let contents = script.octets(most);
            [&[id, contents.len() as u8][..], contents].concat()
        }
    }
}

/// An operation of EN 300 359-1 between a private exchange and its network; the first asks for a completion.
fn completion(operation: u8) -> Vec<u8> {
    let called = [0x30, 0x05, 0x80, 0x03, b'8', b'0', b'3', 0x40, 0x05, 0x04, 0x03, 0x80, 0x90, 0xa3];
    let argument = if operation == 1 { [&[0x30, called.len() as u8][..], &called].concat() } else { Vec::new() };
    let invoke = [&[0x02, 0x01, 0x01, 0x06, 0x06, 0x04, 0x00, 0x82, 0x67, 0x02, operation][..], &argument].concat();
    [&[0x1c, invoke.len() as u8 + 3, 0x91, 0xa1, invoke.len() as u8][..], &invoke].concat()
}

/// Messages by their codes, Q.931, table 4-2; the last is none.
const KINDS: [u8; 26] = [
    0x01, 0x02, 0x03, 0x05, 0x07, 0x0d, 0x0f, 0x20, 0x24, 0x28, 0x30, 0x31, 0x33, 0x37, 0x45, 0x46, 0x4d, 0x4e, 0x5a,
    0x62, 0x64, 0x6e, 0x75, 0x79, 0x7b, 0x7d,
];

/// What one input may bring about: 64 calls that all end say, tell and remember a handful of things each.
const OUTPUTS: usize = 64 * 12;

/// Timers that may run out one by one when all is cleared: a few for each of 64 calls and 31 channels.
const STEPS: usize = 1000;
