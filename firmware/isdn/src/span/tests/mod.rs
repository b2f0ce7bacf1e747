//! One span against a far end that is played by hand, above a real data link, under a virtual clock.
//!
//! Transcripts read top to bottom: what the far end says, what the box is told, what the box asks, what the far end
//! hears. The call table is checked against the frames on the way.

mod adoption;
mod answered;
mod channels;
mod clearing;
mod completion;
mod denials;
mod dialects;
mod histories;
mod hold;
mod independent;
mod lines;
mod overlap;
mod placed;
mod refusals;
mod resets;
mod riders;
mod services;
mod supplementary;
mod table;
mod timers;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use frame::{Time, Timeslot};

use crate::{
    CallEntry, CallHandle, Cause, Dialect, Event, HoldState, IncomingSetup, Input, Origin, Output, Request, Role,
    SetupRequest, Span, SpanSettings,
    q921::{FrameOctets, Link, LinkOutput},
    q931::{
        CallReference, Element, Message, MessageKind, ServiceMessage,
        element::{Bearer, CallStateElement, CauseElement, ChannelId, Location, NumberElement, Progress},
    },
};

/// A span, the link of its far end, and what both have said and not yet been asked about.
struct Line {
    now: Time,
    span: Span,
    far: Link,
    heard: VecDeque<Message>,
    services: VecDeque<ServiceMessage>,
    events: VecDeque<Event>,
    table: BTreeMap<(u16, bool), CallEntry>,
    /// What the call table has held at any time.
    remembered: BTreeSet<(u16, bool)>,
    /// What the box was told of each channel; idle where nothing was said.
    channels: BTreeMap<Timeslot, crate::ChannelState>,
    /// The last frames of the far end.
    far_frames: VecDeque<FrameOctets>,
    /// The cable carries nothing.
    cut: bool,
}

impl Line {
    fn user() -> Line {
        Line::new(SpanSettings::e1(Role::User, Dialect::EuroIsdn))
    }

    fn network() -> Line {
        Line::new(SpanSettings::e1(Role::Network, Dialect::EuroIsdn))
    }

    fn new(settings: SpanSettings) -> Line {
        let mut line = Line::down(settings);
        line.bring_up();
        assert_eq!(line.events.pop_front(), Some(Event::LinkUp));
        line
    }

    /// Before layer 1 is up.
    fn down(settings: SpanSettings) -> Line {
        Line {
            now: Time::ZERO,
            far: Link::new(settings.role.opposite(), settings.link.clone(), 7),
            span: Span::new(settings),
            heard: VecDeque::new(),
            services: VecDeque::new(),
            events: VecDeque::new(),
            table: BTreeMap::new(),
            remembered: BTreeSet::new(),
            channels: BTreeMap::new(),
            far_frames: VecDeque::new(),
            cut: false,
        }
    }

    fn bring_up(&mut self) {
        self.far.handle_layer1(self.now, true);
        self.span.handle_input(self.now, Input::Layer1(true));
        self.run();
    }

    /// Carries frames both ways until both ends are quiet.
    fn run(&mut self) {
        loop {
            let (from_span, from_far) = (self.span.poll_output(), self.far.poll_output());
            if from_span.is_none() && from_far.is_none() {
                break;
            }
            if let Some(output) = from_span {
                self.take_from_span(output);
            }
            if let Some(output) = from_far {
                self.take_from_far(output);
            }
            self.far.flush();
        }
    }

    fn take_from_span(&mut self, output: Output) {
        match output {
            Output::Frame(octets) if !self.cut => _ = self.far.handle_frame(self.now, &octets),
            Output::Frame(_) => {}
            Output::Event(Event::Channel { timeslot, state }) => self.channel_is(timeslot, state),
            Output::Event(event) => self.events.push_back(event),
            Output::Remember(entry) => {
                self.remembered.insert((entry.reference, entry.ours));
                self.table.insert((entry.reference, entry.ours), entry);
            }
            Output::Forget(entry) => {
                assert!(self.table.remove(&(entry.reference, entry.ours)).is_some(), "forgot what was not remembered");
            }
        }
    }

    /// A channel goes from call to call only by way of nobody.
    fn channel_is(&mut self, timeslot: Timeslot, state: crate::ChannelState) {
        let old = self.channels.insert(timeslot, state);
        let both = matches!((old, state), (Some(crate::ChannelState::Busy(_)), crate::ChannelState::Busy(_)));
        assert!(!both, "{timeslot:?} went from {old:?} to {state:?}");
    }

    fn take_from_far(&mut self, output: LinkOutput) {
        match output {
            LinkOutput::Frame(octets) if !self.cut => {
                self.span.handle_input(self.now, Input::Frame(&octets));
                self.far_frames.push_front(octets);
                self.far_frames.truncate(FAR_FRAMES);
            }
            LinkOutput::Information(octets) => {
                if let Ok(service) = ServiceMessage::parse(&octets) {
                    return self.services.push_back(service);
                }
                let message = Message::parse(&octets).unwrap().message;
                self.check_remembered(&message);
                self.heard.push_back(message);
            }
            LinkOutput::Frame(_) | LinkOutput::Up | LinkOutput::Down | LinkOutput::Fault(_) => {}
            LinkOutput::Reset | LinkOutput::Renewed => {}
        }
    }

    /// What the far end hears of a call was in the call table before; only what ends a call, or never began one, was not.
    /// A frame that the link had to send again may be heard after the call is over.
    fn check_remembered(&self, message: &Message) {
        use MessageKind as M;
        let Some(reference) = message.reference else { return };
        if self.span.connections.has(reference.reply()) || self.span.completions.has(reference.reply()) {
            return;
        }
        let without_entry = matches!(message.kind, M::ReleaseComplete | M::Status | M::Restart | M::RestartAcknowledge);
        let entry = self.remembered.contains(&(reference.value, !reference.to_originator));
        assert!(entry || without_entry, "{message:?} left before the call table heard of it");
    }

    fn far_says(&mut self, message: Message) {
        self.far.send(self.now, message.emit(false).unwrap()).unwrap();
        self.run();
    }

    fn far_says_octets(&mut self, octets: &[u8]) {
        self.far.send(self.now, octets.iter().copied().collect()).unwrap();
        self.run();
    }

    /// The next message that the far end heard; it must be of this kind.
    #[track_caller]
    fn far_hears(&mut self, kind: MessageKind) -> Message {
        let message = self.heard.pop_front().unwrap_or_else(|| panic!("the far end heard nothing, not {kind:?}"));
        assert_eq!(message.kind, kind, "{message:?}");
        message
    }

    /// The far end heard this kind with this cause.
    #[track_caller]
    fn far_hears_cause(&mut self, kind: MessageKind, cause: Cause) -> Message {
        let message = self.far_hears(kind);
        assert_eq!(message.cause().map(|said| said.cause), Some(cause));
        message
    }

    #[track_caller]
    fn far_hears_nothing(&mut self) {
        assert_eq!(self.heard.pop_front(), None);
    }

    fn asks(&mut self, request: Request) {
        self.span.handle_input(self.now, Input::Request(request));
        self.run();
    }

    fn places(&mut self, request: SetupRequest) -> CallHandle {
        let call = self.span.setup(self.now, request).unwrap();
        self.run();
        call
    }

    #[track_caller]
    fn event(&mut self) -> Event {
        self.events.pop_front().expect("the box was told nothing")
    }

    #[track_caller]
    fn is_told(&mut self, event: Event) {
        assert_eq!(self.event(), event);
    }

    #[track_caller]
    fn is_told_nothing(&mut self) {
        assert_eq!(self.events.pop_front(), None);
    }

    #[track_caller]
    fn incoming(&mut self) -> (CallHandle, Box<IncomingSetup>) {
        match self.event() {
            Event::Incoming { call, setup } => (call, setup),
            other => panic!("{other:?} is no incoming call"),
        }
    }

    #[track_caller]
    fn is_released(&mut self, call: CallHandle, cause: Cause, by: Origin) {
        self.is_told(Event::Released { call, cause, by });
        assert_eq!(self.span.timeslot(call), None);
    }

    /// Lets time pass, stopping at every deadline.
    fn advances(&mut self, time: Duration) {
        self.run();
        let end = self.now + time;
        loop {
            let deadline = [self.span.next_deadline(), self.far.next_deadline()].into_iter().flatten().min();
            let Some(deadline) = deadline.filter(|&deadline| deadline <= end) else { break };
            self.now = self.now.max(deadline);
            self.span.handle_input(self.now, Input::Timeout);
            assert!(self.span.next_deadline().is_none_or(|next| next > self.now), "a timer is due after it was run");
            self.far.handle_timeout(self.now);
            self.run();
        }
        self.now = end;
    }

    fn advances_s(&mut self, seconds: u64) {
        self.advances(Duration::from_secs(seconds));
    }

    /// Nothing is left of any call.
    #[track_caller]
    fn is_idle(&mut self) {
        self.far_hears_nothing();
        self.is_told_nothing();
        assert_eq!(self.span.call_count(), 0);
        assert_eq!(self.span.idle_channels(), crate::q931::element::TimeslotSet::E1);
        assert_eq!(self.table, BTreeMap::new());
    }

    /// A talking call that came in on a timeslot, with this reference.
    fn talking(&mut self, reference: u16, timeslot: u8) -> CallHandle {
        self.far_says(setup(reference, timeslot));
        let (call, _) = self.incoming();
        self.asks(Request::Connect { call, party: Box::default() });
        self.far_hears(MessageKind::Connect);
        self.far_says(from_far(reference, MessageKind::ConnectAcknowledge));
        self.is_told(Event::Connected { call, timeslot: Timeslot(timeslot), party: Box::default() });
        call
    }

    /// An outgoing call that the far end has not answered in any way, and the SETUP it heard.
    fn placed(&mut self) -> (CallHandle, Message) {
        let call = self.places(dials("62001234"));
        let setup = self.far_hears(MessageKind::Setup);
        (call, setup)
    }
}

/// As many as a window holds, and the answer to them.
const FAR_FRAMES: usize = 8;

fn dials(digits: &str) -> SetupRequest {
    SetupRequest::speech(NumberElement::unknown(digits.parse().unwrap()), None, 9)
}

/// A message of a call that the far end placed.
fn from_far(reference: u16, kind: MessageKind) -> Message {
    Message::new(CallReference { value: reference, to_originator: false }, kind)
}

/// A message of a call that we placed with this SETUP.
fn answer(setup: &Message, kind: MessageKind) -> Message {
    Message::new(setup.reference.unwrap().reply(), kind)
}

fn setup(reference: u16, timeslot: u8) -> Message {
    from_far(reference, MessageKind::Setup)
        .with(Element::Bearer(Bearer::speech()))
        .with(channel(timeslot, true))
        .with(called("62001234"))
}

fn channel(timeslot: u8, exclusive: bool) -> Element {
    Element::ChannelId(ChannelId::one(Timeslot(timeslot), exclusive))
}

fn called(digits: &str) -> Element {
    Element::CalledNumber(NumberElement::unknown(digits.parse().unwrap()))
}

fn cause(cause: Cause) -> Element {
    Element::Cause(CauseElement::new(Location::PublicLocal, cause))
}

fn call_state(number: u8) -> Element {
    Element::CallState(CallStateElement(number))
}

fn tones() -> Element {
    Element::Progress(Progress::in_band(Location::PublicLocal))
}

fn clear(call: CallHandle, cause: Cause) -> Request {
    Request::Clear { call, cause, audible: false }
}
