//! Services that belong to no call: FACILITY with the dummy call reference, and connections for signalling alone.
//!
//! Source: EN 300 196-1, 8.3.2 (connectionless transport, ETSI), ECMA-165, 7.3 (call independent signalling connections, private
//! networks: a SETUP whose Channel identification means the D-channel and no channel), EN 300 745-1 and ECMA-242 (message
//! waiting). The standards were not at hand: what a connection's SETUP says is as libpri has it (`transmit_bearer_capability`,
//! `transmit_channel_id`), and so is that whoever set a connection up clears it, by RELEASE at once (the matrix shows it).
//! What is not wanted here is refused by its own error or rejected, never left unanswered.
//! Not here: completion of calls, whose connections stay (`completion`); connections that several services share.

use std::time::Duration;

use arrayvec::ArrayVec;
use frame::Time;

use super::{Span, components::answer_to};
use crate::{
    Cause, Event, Role,
    q931::{
        CallReference, Element, Message, MessageKind,
        element::{
            Bearer, CallStateElement, Capability, ChannelChoice, ChannelId, Diagnostics, Facility, NumberElement,
        },
    },
    suppl::{
        Argument, Code, CompletionDenial, Component, FacilityContents, Header, InvokeId, MessagesWaiting, Operation,
        Refusal, ServiceError, Syntax, T_RESPONSE, ber::Tag,
    },
};

/// The connections of a span.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: ArrayVec<Connection, CONNECTIONS_MAX>,
    last_id: InvokeId,
}

/// A connection for signalling alone.
#[derive(Debug)]
struct Connection {
    reference: CallReference,
    phase: Phase,
    until: Time,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Our SETUP was sent with an invoke, whose answer is awaited.
    Asked { id: InvokeId, tag: u64 },
    /// The answer is there; we clear.
    Heard,
    /// The far end's SETUP was answered; it clears.
    Answered,
    /// RELEASE was sent, T308.
    Released { again: bool },
}

/// Message waiting asks once for each message that is spoken; more at one moment than this is no mailbox.
const CONNECTIONS_MAX: usize = 16;

/// How long the far end may take to clear what it has set up.
const IDLE: Duration = Duration::from_secs(30);

/// T308.
const RELEASE: Duration = Duration::from_secs(4);

impl Connections {
    pub fn has(&self, reference: CallReference) -> bool {
        self.find(reference).is_some()
    }

    pub fn next_deadline(&self) -> Option<Time> {
        self.open.iter().map(|connection| connection.until).min()
    }

    /// `reference` as a message of the far end has it.
    fn find(&self, reference: CallReference) -> Option<usize> {
        self.open.iter().position(|connection| connection.reference == reference.reply())
    }

    fn next_id(&mut self) -> InvokeId {
        self.last_id = if self.last_id == InvokeId::MAX { 1 } else { self.last_id + 1 };
        self.last_id
    }
}

impl Span {
    /// The box tells that messages wait: at the network of EuroISDN the line, in a private network whoever has the number.
    pub(super) fn tell_messages(&mut self, now: Time, tag: u64, told: MessagesWaiting) {
        let refused = match (self.settings.rules().syntax, self.settings.role) {
            (Syntax::Private, _) => return self.tell_by_connection(now, tag, told),
            (Syntax::Etsi, Role::Network) => self.indicate_messages(now, told).err(),
            (Syntax::Etsi, Role::User) | (Syntax::Ni2 | Syntax::Dms100, _) => Some(Refusal::NotInDialect),
        };
        self.tell(Event::MessagesTold { tag, refused });
    }

    /// EN 300 745-1, 9.3: the indication is not answered.
    fn indicate_messages(&mut self, now: Time, told: MessagesWaiting) -> Result<(), Refusal> {
        let mut mailbox = told.mailbox;
        mailbox.count = if told.waiting { mailbox.count } else { Some(0) };
        let operation = Operation::MessagesIndicated(mailbox);
        let facility = self.invoke(Header::REMOTE, &operation).map(|(facility, _)| facility);
        let sent = self.send_without_call(now, facility.ok_or(Refusal::NotInDialect)?);
        if sent { Ok(()) } else { Err(Refusal::NotNow) }
    }

    /// ECMA-242, 6.5.1.
    fn tell_by_connection(&mut self, now: Time, tag: u64, told: MessagesWaiting) {
        match self.connect(now, tag, told) {
            Ok(()) => (),
            Err(why) => self.tell(Event::MessagesTold { tag, refused: Some(why) }),
        }
    }

    fn connect(&mut self, now: Time, tag: u64, told: MessagesWaiting) -> Result<(), Refusal> {
        let whose = told.mailbox.whose.clone().ok_or(Refusal::NotInDialect)?;
        let operation = match told.waiting {
            true => Operation::MessagesWait(told.mailbox),
            false => Operation::MessagesGone(told.mailbox),
        };
        let (facility, id) = self.invoke(Header::END_TO_END_REJECT, &operation).ok_or(Refusal::NotInDialect)?;
        if !self.link.is_up() || self.connections.open.is_full() {
            return Err(Refusal::NotNow);
        }
        let value = self.fresh_reference();
        let reference = CallReference { value, to_originator: false };
        let until = now + T_RESPONSE;
        self.connections.open.push(Connection { reference, phase: Phase::Asked { id, tag }, until });
        self.transmit(now, &setup(reference, whose, facility));
        Ok(())
    }

    pub(super) fn invoke(&mut self, header: Header, operation: &Operation) -> Option<(Facility, InvokeId)> {
        let (code, argument) = operation.emit(self.settings.rules().syntax)?;
        let id = self.connections.next_id();
        let invoke = Component::Invoke { id, linked: None, operation: code, argument };
        let contents = FacilityContents::one(header, invoke).emit().ok()?;
        Facility::new(&contents).map(|facility| (facility, id))
    }

    /// A message with the dummy call reference. Only FACILITY has something to say there.
    pub(super) fn receive_without_call(&mut self, now: Time, message: &Message) {
        if message.kind != MessageKind::Facility || message.facilities().next().is_none() {
            return self.counters.ignored_messages += 1;
        }
        let answers = self.hear_services(message);
        if let Some(facility) = self.answer(answers) {
            self.send_without_call(now, facility);
        }
    }

    fn send_without_call(&mut self, now: Time, facility: Facility) -> bool {
        let message = Message { reference: None, kind: MessageKind::Facility, elements: Vec::new() };
        self.transmit(now, &message.with(Element::Facility(facility)))
    }

    /// A SETUP for signalling alone.
    pub(super) fn is_for_signalling(&self, message: &Message) -> bool {
        let means = |channel: &ChannelId| channel.d_channel && channel.choice == ChannelChoice::None;
        self.settings.rules().syntax == Syntax::Private && message.channel_id().is_some_and(means)
    }

    /// ECMA-165, 7.3: the connection is there at once, and the answer goes along.
    pub(super) fn receive_connection(&mut self, now: Time, reference: CallReference, message: &Message) {
        if self.connections.open.is_full() {
            return self.release_complete(now, reference, Cause::ResourceUnavailable, Diagnostics::new());
        }
        let answers = self.hear_services(message);
        let connection = Connection { reference: reference.reply(), phase: Phase::Answered, until: now + IDLE };
        self.connections.open.push(connection);
        let reply = |kind| Message::new(reference.reply(), kind);
        self.transmit(now, &reply(MessageKind::CallProceeding).with(Element::ChannelId(no_channel())));
        let answer = self.answer(answers).map(Element::Facility);
        self.transmit(now, &reply(MessageKind::Connect).with(answer));
    }

    /// A message of a connection.
    pub(super) fn receive_on_connection(&mut self, now: Time, reference: CallReference, message: &Message) {
        let Some(at) = self.connections.find(reference) else { return };
        let answers = self.hear_services(message);
        self.hear_answers(at, message);
        match message.kind {
            MessageKind::Release => {
                self.send_on(now, at, MessageKind::ReleaseComplete, None);
                return self.close(at);
            }
            MessageKind::ReleaseComplete => return self.close(at),
            MessageKind::Disconnect => return self.release_connection(now, at, Cause::NormalClearing),
            MessageKind::Connect if self.connections.open[at].phase != Phase::Answered => {
                self.send_on(now, at, MessageKind::ConnectAcknowledge, None);
            }
            MessageKind::StatusEnquiry => self.send_status_on(now, at),
            MessageKind::Facility => {
                if let Some(facility) = self.answer(answers) {
                    self.send_on(now, at, MessageKind::Facility, Some(Element::Facility(facility)));
                }
            }
            MessageKind::CallProceeding
            | MessageKind::Alerting
            | MessageKind::Progress
            | MessageKind::Connect
            | MessageKind::ConnectAcknowledge => {}
            _ => self.counters.misfits += 1,
        }
        // Whoever has set a connection up clears it.
        if self.connections.open[at].phase == Phase::Heard {
            self.release_connection(now, at, Cause::NormalClearing);
        }
    }

    /// What is overdue.
    pub(super) fn run_due_connections(&mut self, now: Time) {
        let due = |connection: &Connection| connection.until <= now;
        while let Some(at) = self.connections.open.iter().position(due) {
            match self.connections.open[at].phase {
                Phase::Asked { .. } => {
                    self.tell_unanswered(at, Refusal::NoAnswer);
                    self.connections.open[at].phase = Phase::Heard;
                    self.release_connection(now, at, Cause::RecoveryOnTimerExpiry);
                }
                Phase::Heard | Phase::Answered => self.release_connection(now, at, Cause::RecoveryOnTimerExpiry),
                Phase::Released { again: false } => {
                    let connection = &mut self.connections.open[at];
                    (connection.phase, connection.until) = (Phase::Released { again: true }, now + RELEASE);
                    let cause = Element::Cause(self.cause(Cause::RecoveryOnTimerExpiry, Diagnostics::new()));
                    self.send_on(now, at, MessageKind::Release, Some(cause));
                }
                Phase::Released { again: true } => self.close(at),
            }
        }
    }

    /// The link is down: a connection without calls is not worth waiting for.
    pub(super) fn drop_connections(&mut self) {
        while !self.connections.open.is_empty() {
            self.close(0);
        }
    }

    fn hear_services(&mut self, message: &Message) -> Vec<Component> {
        self.hear_operations(message, Span::do_operation)
    }

    fn do_operation(&mut self, id: InvokeId, code: Code, operation: Operation) -> Option<Component> {
        let (waiting, mailbox) = match operation {
            Operation::MessagesWait(mailbox) => (true, mailbox),
            Operation::MessagesGone(mailbox) => (false, mailbox),
            // EN 300 745-1: it has no answer.
            Operation::MessagesIndicated(mailbox) => {
                let waiting = mailbox.count != Some(0);
                self.tell(Event::MessagesWaiting(Box::new(MessagesWaiting { mailbox, waiting })));
                return None;
            }
            // The mailboxes are at the other end.
            Operation::MessagesAsked(_) => return Some(ServiceError::InvalidServedNumber.answer(id)),
            Operation::Denied(denial) => return Some(denial.answer(id)),
            Operation::CompletionAsked(..) => return Some(CompletionDenial::ForLong.answer(id)),
            // All others belong to a call.
            _ => return Some(ServiceError::InvalidCallState.answer(id)),
        };
        self.tell(Event::MessagesWaiting(Box::new(MessagesWaiting { mailbox, waiting })));
        // `DummyRes`, which ETSI does without.
        let private = self.settings.rules().syntax == Syntax::Private;
        let result = private.then(|| (code, Argument::short(|writer| writer.null(Tag::NULL))));
        Some(Component::Result { id, result })
    }

    /// What a message says to our own invoke.
    fn hear_answers(&mut self, at: usize, message: &Message) {
        let Phase::Asked { id: asked, tag } = self.connections.open[at].phase else { return };
        if let Some(answer) = answer_to(asked, message) {
            self.connections.open[at].phase = Phase::Heard;
            self.tell(Event::MessagesTold { tag, refused: answer.err() });
        }
    }

    fn tell_unanswered(&mut self, at: usize, why: Refusal) {
        if let Phase::Asked { tag, .. } = self.connections.open[at].phase {
            self.tell(Event::MessagesTold { tag, refused: Some(why) });
        }
    }

    /// Clears a connection whose service is over.
    pub(super) fn release_reference(
        &mut self,
        now: Time,
        reference: CallReference,
        cause: Cause,
        says: Option<Facility>,
    ) {
        let phase = Phase::Released { again: false };
        // Without room it is forgotten at once, and the answer meets an unknown reference, which harms nobody.
        let _ = self.connections.open.try_push(Connection { reference, phase, until: now + RELEASE });
        let cause = Element::Cause(self.cause(cause, Diagnostics::new()));
        let release = Message::new(reference, MessageKind::Release).with(cause).with(says.map(Element::Facility));
        self.transmit(now, &release);
    }

    fn release_connection(&mut self, now: Time, at: usize, cause: Cause) {
        self.tell_unanswered(at, Refusal::CallEnded);
        let connection = &mut self.connections.open[at];
        (connection.phase, connection.until) = (Phase::Released { again: false }, now + RELEASE);
        let cause = Element::Cause(self.cause(cause, Diagnostics::new()));
        self.send_on(now, at, MessageKind::Release, Some(cause));
    }

    fn close(&mut self, at: usize) {
        self.tell_unanswered(at, Refusal::CallEnded);
        self.connections.open.remove(at);
    }

    fn send_on(&mut self, now: Time, at: usize, kind: MessageKind, element: Option<Element>) {
        let reference = self.connections.open[at].reference;
        self.transmit(now, &Message::new(reference, kind).with(element));
    }

    /// 5.8.10. Of the states of a call a connection has two.
    fn send_status_on(&mut self, now: Time, at: usize) {
        let Connection { reference, phase, .. } = &self.connections.open[at];
        let state = match phase {
            Phase::Asked { .. } => 1,
            Phase::Heard | Phase::Answered => 10,
            Phase::Released { .. } => 19,
        };
        let cause = self.cause(Cause::ResponseToStatusEnquiry, Diagnostics::new());
        let status = Message::new(*reference, MessageKind::Status)
            .with(Element::Cause(cause))
            .with(Element::CallState(CallStateElement(state)));
        self.transmit(now, &status);
    }

    pub(super) fn answer(&self, components: Vec<Component>) -> Option<Facility> {
        let header = self.settings.rules().syntax.answer_header();
        let some = (!components.is_empty()).then_some(components)?;
        let contents = FacilityContents { header, components: some }.emit().ok()?;
        Facility::new(&contents)
    }
}

/// ECMA-165, 11.3.1: a bearer capability that means nothing, because Q.931 wants one.
fn setup(reference: CallReference, whose: NumberElement, facility: Facility) -> Message {
    let bearer = Bearer {
        coding: 1,
        capability: Capability::UnrestrictedDigital,
        mode_and_rate: 0,
        layer1: None,
        rest: ArrayVec::new(),
    };
    Message::new(reference, MessageKind::Setup)
        .with(Element::Bearer(bearer))
        .with(Element::ChannelId(no_channel()))
        .with(Element::Facility(facility))
        .with(Element::CalledNumber(whose))
        .with(Element::SendingComplete)
}

/// The D-channel is meant, and no other.
fn no_channel() -> ChannelId {
    let form = Default::default();
    ChannelId { interface: None, exclusive: true, d_channel: true, choice: ChannelChoice::None, form }
}
