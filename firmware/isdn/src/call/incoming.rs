//! A call that comes in. Source: ITU-T Q.931, 5.2 (user side), 5.1 mirrored (network side).

use super::{
    CallState,
    machine::{Call, Context, Running},
};
use crate::{
    Cause, ConnectedParty, Event, Origin, Role, Timer,
    q931::{
        Element, Message, MessageKind,
        element::{Digits, Progress},
    },
};

impl Call {
    pub(super) fn ask_for_digits(&mut self, context: &mut Context<'_>, audible: bool) {
        self.enter(context, CallState::OverlapReceiving, Some(Timer::T302));
        let acknowledge = self.reply(MessageKind::SetupAcknowledge).with(context.in_band(audible));
        context.send(acknowledge);
    }

    /// 5.2.4, 5.1.3: T302 starts again, unless no more digits will come.
    pub(super) fn on_digits(&mut self, context: &mut Context<'_>, message: &Message) {
        self.phase = (!message.is_complete()).then(|| context.start(Timer::T302));
        // Terminals send digits as called number, some as keypad.
        let called = message.called_number().map(|number| number.digits);
        let digits = called.or(message.keypad().copied()).unwrap_or_default();
        context.tell(Event::MoreDigits { call: self.handle, digits, complete: message.is_complete() });
    }

    /// T302: the box decides on what is there. If it doesn't, the number is incomplete.
    pub(super) fn on_digits_stop(&mut self, context: &mut Context<'_>, phase: Running) {
        if phase.expired > 0 {
            self.note_ending(context, Cause::InvalidNumberFormat, Origin::Timer(Timer::T302));
            return self.disconnect_saying(context, Cause::InvalidNumberFormat);
        }
        self.phase = Some(context.restart(phase));
        context.tell(Event::MoreDigits { call: self.handle, digits: Digits::new(), complete: true });
    }

    pub(super) fn proceed(&mut self, context: &mut Context<'_>) {
        self.enter(context, CallState::IncomingProceeding, None);
        let proceeding = self.reply(MessageKind::CallProceeding);
        context.send(proceeding);
    }

    pub(super) fn send_progress(&mut self, context: &mut Context<'_>, progress: Progress, cause: Option<Cause>) {
        let cause = cause.map(|cause| Element::Cause(context.cause(cause)));
        context.send(self.message(MessageKind::Progress).with(Element::Progress(progress)).with(cause));
    }

    pub(super) fn alert(&mut self, context: &mut Context<'_>, audible: bool) {
        self.enter(context, CallState::Received, None);
        let alerting = self.reply(MessageKind::Alerting).with(context.in_band(audible));
        context.send(alerting);
    }

    /// 5.2.7 and 5.1.8: a user waits until the network has put it through, a network is through at once.
    pub(super) fn answer(&mut self, context: &mut Context<'_>, party: ConnectedParty) {
        let mut connect = self.reply(MessageKind::Connect);
        connect.elements.extend(self.answering_party(context, party));
        context.send(connect);
        match context.settings.role {
            Role::User => self.enter(context, CallState::ConnectRequest, Some(Timer::T313)),
            Role::Network => self.become_active(context),
        }
    }

    pub(super) fn on_connect_acknowledge(&mut self, context: &mut Context<'_>) {
        self.become_active(context);
    }

    fn become_active(&mut self, context: &mut Context<'_>) {
        self.enter(context, CallState::Active, None);
        // Only a call that we placed may lack its channel.
        if let Some(timeslot) = self.timeslot {
            context.tell(Event::Connected { call: self.handle, timeslot, party: Box::default() });
        }
    }

    /// 5.3.2 a: a SETUP that is not taken is refused without any other message.
    pub(super) fn refuse(&mut self, context: &mut Context<'_>, cause: Cause) {
        self.note_ending(context, cause, Origin::Near);
        self.say_release_complete(context, cause);
        self.end();
    }
}
