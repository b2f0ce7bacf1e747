//! Messages from the far end: to a call, to no call, to the span itself, and the SETUP that begins one.
//!
//! Source: ITU-T Q.931, 5.2.1 to 5.2.3, 5.7 and 5.8.1 to 5.8.3.

use frame::{Time, Timeslot};

use super::Span;
use crate::{
    CallHandle, Cause, ChannelState, Event, IncomingSetup, Particulars, Role,
    call::{Call, CallState},
    q931::{
        CallReference, Element, Examination, Message, MessageKind, Parsed, ServiceMessage,
        element::{Bearer, CallStateElement, CauseElement, ChannelChoice, ChannelId, Diagnostics, TimeslotSet},
        examine, mandatory,
    },
    suppl::{Operation, Syntax, parties},
};

/// A channel for an incoming call, and the outgoing call that gives way for it.
struct Allotted {
    timeslot: Timeslot,
    yields: Option<CallHandle>,
}

impl Span {
    pub(super) fn receive(&mut self, now: Time, octets: &[u8]) {
        if let (Some(_), Ok(message)) = (self.settings.rules().maintenance, ServiceMessage::parse(octets)) {
            return self.receive_service(now, &message);
        }
        let Ok(mut parsed) = Message::parse(octets) else {
            self.counters.ignored_messages += 1;
            return;
        };
        self.settings.read_channels(&mut parsed.message);
        if let Some(told) = parties::read(&parsed.message, self.settings.rules().syntax) {
            parsed.message = told;
        }
        match parsed.message.reference {
            None => self.receive_without_call(now, &parsed.message),
            Some(CallReference { value: 0, .. }) => self.receive_global(now, &parsed),
            Some(reference) => match self.calls.find(reference) {
                Some(handle) => self.with_call(now, handle, |call, context| call.handle_message(context, &parsed)),
                None if self.connections.has(reference) => {
                    self.receive_on_connection(now, reference, &parsed.message);
                }
                None if self.completions.has(reference) => {
                    self.receive_on_completion(now, reference, &parsed.message);
                }
                None => self.receive_unknown(now, reference, &parsed),
            },
        }
    }

    /// 5.8.3.2 a to d: a reference that no call has.
    fn receive_unknown(&mut self, now: Time, reference: CallReference, parsed: &Parsed) {
        match parsed.message.kind {
            MessageKind::Setup if !reference.to_originator => self.receive_setup(now, reference, parsed),
            MessageKind::Register if !reference.to_originator && self.settings.rules().syntax == Syntax::Etsi => {
                self.receive_register(now, reference, &parsed.message);
            }
            MessageKind::Setup | MessageKind::ReleaseComplete => self.counters.ignored_messages += 1,
            MessageKind::Status => self.receive_unknown_status(now, reference, &parsed.message),
            MessageKind::StatusEnquiry => {
                let cause = self.cause(Cause::ResponseToStatusEnquiry, Diagnostics::new());
                self.send_status(now, reference.reply(), cause);
            }
            _ => self.release_complete(now, reference, Cause::InvalidCallReference, Diagnostics::new()),
        }
    }

    fn receive_unknown_status(&mut self, now: Time, reference: CallReference, message: &Message) {
        match message.call_state() {
            Some(state) if state.0 != 0 => {
                self.release_complete(now, reference, Cause::MessageNotCompatible, Diagnostics::new());
            }
            _ => self.counters.ignored_messages += 1,
        }
    }

    /// 5.2.1 to 5.2.3: checks, then a channel, then the box. What fails is refused before any other reply.
    fn receive_setup(&mut self, now: Time, reference: CallReference, parsed: &Parsed) {
        if self.is_for_signalling(&parsed.message) {
            return self.receive_connection(now, reference, &parsed.message);
        }
        let examination = examine(parsed, mandatory(MessageKind::Setup, self.settings.role));
        if let Examination::Refuse(cause, diagnostics) = examination {
            return self.release_complete(now, reference, cause, diagnostics);
        }
        let Some(bearer) = parsed.message.bearer().cloned() else { return };
        if self.calls.is_full() {
            return self.release_complete(now, reference, Cause::SwitchingCongestion, Diagnostics::new());
        }
        let Allotted { timeslot, yields } = match self.allot(parsed.message.channel_id()) {
            Ok(allotted) => allotted,
            Err(cause) => return self.release_complete(now, reference, cause, Diagnostics::new()),
        };
        if let Some(yields) = yields {
            self.with_call(now, yields, |call, context| call.yield_channel(context));
        }
        let new = |handle| Call::new(handle, reference.value, false, CallState::Present, 0);
        let Some(handle) = self.calls.insert(new) else { return };
        let mut setup = Box::new(incoming_setup(&parsed.message, timeslot, bearer));
        let mut operations = parties::operations(&parsed.message, self.settings.rules().syntax);
        setup.completes = operations.any(|operation| operation == Operation::CompletionCall);
        drop(operations);
        setup.complete |= !self.settings.rules().overlap;
        self.with_call(now, handle, |call, context| {
            context.channels.claim_for_far_end(timeslot, handle);
            call.timeslot = Some(timeslot);
            context.tell(Event::Incoming { call: call.handle, setup });
            parsed.message.facilities().for_each(|facility| call.on_facility(context, MessageKind::Setup, facility));
            if let Examination::Complain(cause, diagnostics) = examination {
                call.complain(context, CauseElement { diagnostics, ..context.cause(cause) });
            }
        });
    }

    /// 5.2.3: the channel that the far end names, or another where it leaves us the choice.
    fn allot(&self, channel: Option<&ChannelId>) -> Result<Allotted, Cause> {
        let Some(channel) = channel else { return self.hunt(Cause::NoChannelAvailable) };
        if channel.d_channel {
            return Err(Cause::ChannelTypeNotImplemented);
        }
        match channel.choice {
            ChannelChoice::Any => self.hunt(Cause::NoChannelAvailable),
            // Call waiting, which needs a telephone that has it.
            ChannelChoice::None => Err(Cause::NoChannelAvailable),
            ChannelChoice::Timeslots(named) => self.allot_named(named, channel.exclusive),
        }
    }

    fn allot_named(&self, named: TimeslotSet, exclusive: bool) -> Result<Allotted, Cause> {
        let timeslot = named.single().ok_or(Cause::InvalidElementContents)?;
        let state = self.channels.state(timeslot).ok_or(Cause::ChannelDoesNotExist)?;
        match state {
            ChannelState::Busy(owner) if self.gives_way(owner) && !self.channels.near_out().contains(timeslot) => {
                Ok(Allotted { timeslot, yields: Some(owner) })
            }
            // What we took out of service is no more the far end's to use than a channel of another call.
            ChannelState::Busy(_) | ChannelState::OutOfService { near: true, .. } => {
                if exclusive {
                    Err(Cause::RequestedChannelUnavailable)
                } else {
                    self.hunt(Cause::RequestedChannelUnavailable)
                }
            }
            ChannelState::Idle
            | ChannelState::Restarting
            | ChannelState::Maintenance
            | ChannelState::OutOfService { .. } => Ok(Allotted { timeslot, yields: None }),
        }
    }

    fn hunt(&self, otherwise: Cause) -> Result<Allotted, Cause> {
        let timeslot = self.channels.hunt(self.settings.hunting).ok_or(otherwise)?;
        Ok(Allotted { timeslot, yields: None })
    }

    /// 5.7: in a glare the network's call has priority. At the user, a call that nobody has replied to gives way.
    fn gives_way(&self, owner: CallHandle) -> bool {
        let unanswered = self.calls.get(owner).is_some_and(|call| call.state == CallState::Initiated);
        self.settings.role == Role::User && unanswered
    }

    /// 5.8.3.2 f: the global call reference is for restarts.
    fn receive_global(&mut self, now: Time, parsed: &Parsed) {
        let message = &parsed.message;
        let reference = message.reference.unwrap_or(CallReference::GLOBAL);
        match (message.kind, examine(parsed, mandatory(message.kind, self.settings.role))) {
            (MessageKind::Status, _) => self.counters.ignored_messages += 1,
            (MessageKind::Restart | MessageKind::RestartAcknowledge, Examination::Refuse(cause, diagnostics)) => {
                self.send_status(now, reference.reply(), self.cause(cause, diagnostics));
            }
            (MessageKind::Restart, _) => self.receive_restart(now, reference, message),
            (MessageKind::RestartAcknowledge, _) => self.receive_restart_acknowledge(now),
            _ => {
                let cause = self.cause(Cause::InvalidCallReference, Diagnostics::new());
                self.send_status(now, reference.reply(), cause);
            }
        }
    }

    pub(super) fn cause(&self, cause: Cause, diagnostics: Diagnostics) -> CauseElement {
        CauseElement { diagnostics, ..CauseElement::new(self.settings.location(), cause) }
    }

    /// A STATUS of no call: state 0. For the global call reference the state of the restart, 4.5.7: REST 0, or REST 1 while we
    /// wait for RESTART ACKNOWLEDGE. REST 2 does not last: what is restarted for the far end takes no time.
    pub(super) fn send_status(&mut self, now: Time, reference: CallReference, cause: CauseElement) {
        let restarting = reference.value == 0 && self.restarts.is_under_way();
        let state = if restarting { RESTART_REQUEST } else { 0 };
        let status = Message::new(reference, MessageKind::Status)
            .with(Element::Cause(cause))
            .with(Element::CallState(CallStateElement(state)));
        self.transmit(now, &status);
    }

    pub(super) fn release_complete(
        &mut self,
        now: Time,
        reference: CallReference,
        cause: Cause,
        diagnostics: Diagnostics,
    ) {
        let cause = Element::Cause(self.cause(cause, diagnostics));
        self.transmit(now, &Message::new(reference.reply(), MessageKind::ReleaseComplete).with(cause));
    }
}

/// REST 1, table 4-8.
const RESTART_REQUEST: u8 = 61;

fn incoming_setup(message: &Message, timeslot: Timeslot, bearer: Bearer) -> IncomingSetup {
    let mut setup = IncomingSetup {
        timeslot,
        bearer,
        called: message.called_number().cloned(),
        calling: message.calling_number().cloned(),
        complete: message.is_complete(),
        completes: false,
        display: message.display().cloned(),
        progress: Default::default(),
        particulars: Particulars::of(message),
    };
    // Four is what the standard allows in a SETUP, and one more; the rest say nothing new.
    let most = setup.progress.capacity();
    setup.progress.extend(message.progress().take(most));
    setup
}
