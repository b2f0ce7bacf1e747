//! A call that we place. Source: ITU-T Q.931, 5.1 (user side), 5.2 mirrored (network side).

use frame::Timeslot;

use super::{
    CallState,
    machine::{Action, Call, Context, Running},
};
use crate::{
    Cause, ConnectedParty, Event, Origin, Role, Timer,
    channel::Afterwards,
    q931::{
        Element, Message, MessageKind,
        element::{ChannelId, Digits, NumberElement},
    },
};

impl Call {
    /// Sends SETUP, which is kept until somebody replies.
    pub fn begin(&mut self, context: &mut Context<'_>, setup: Message) {
        context.send(setup.clone());
        self.setup = Some(Box::new(setup));
        self.enter(context, CallState::Initiated, Some(Timer::T303));
    }

    pub(super) fn on_setup_acknowledge(&mut self, context: &mut Context<'_>, message: &Message) {
        if self.take_channel(context, message) {
            self.enter(context, CallState::OverlapSending, Some(Timer::T304));
            context.tell(Event::SetupAcknowledged(self.progress(message)));
        }
    }

    /// 5.1.5. An announcement in the channel takes as long as it takes, whichever message tells of it: T310 does not run.
    pub(super) fn on_proceeding(&mut self, context: &mut Context<'_>, message: &Message) {
        if self.take_channel(context, message) {
            let timer = (!message.is_audible()).then_some(Timer::T310);
            self.enter(context, CallState::OutgoingProceeding, timer);
            context.tell(Event::Proceeding(self.progress(message)));
        }
    }

    pub(super) fn on_alerting(&mut self, context: &mut Context<'_>, message: &Message) {
        if self.take_channel(context, message) {
            self.enter(context, CallState::Delivered, Some(Timer::T301));
            context.tell(Event::Alerting(self.progress(message)));
        }
    }

    /// 5.1.6: PROGRESS stops T304 and T310, since an announcement may take longer than they run.
    pub(super) fn on_progress(&mut self, context: &mut Context<'_>, message: &Message) {
        self.phase.take_if(|phase| matches!(phase.timer, Timer::T304 | Timer::T310));
        let cause = message.cause().map(|said| said.cause);
        context.tell(Event::Progress { progress: self.progress(message), cause });
    }

    /// 5.1.8: both sides acknowledge; the user need not, but no network minds.
    pub(super) fn on_connect(&mut self, context: &mut Context<'_>, message: &Message) {
        if !self.take_channel(context, message) {
            return;
        }
        let Some(timeslot) = self.timeslot else { return };
        self.enter(context, CallState::Active, None);
        context.send(self.message(MessageKind::ConnectAcknowledge));
        let party = Box::new(ConnectedParty::of(message));
        context.tell(Event::Connected { call: self.handle, timeslot, party });
    }

    pub(super) fn send_digits(&mut self, context: &mut Context<'_>, digits: Digits, complete: bool) {
        self.phase = Some(context.start(Timer::T304));
        let information = self
            .message(MessageKind::Information)
            .with(Element::CalledNumber(NumberElement::unknown(digits)))
            .with(complete.then_some(Element::SendingComplete));
        context.send(information);
    }

    /// T303: SETUP once more, then the call is over. A network tells its caller that nobody responds.
    pub(super) fn on_setup_unanswered(&mut self, context: &mut Context<'_>, phase: Running) {
        if let (0, Some(setup)) = (phase.expired, &self.setup) {
            context.send(Message::clone(setup));
            self.phase = Some(context.restart(phase));
            return;
        }
        let cause = match context.settings.role {
            Role::User => Cause::RecoveryOnTimerExpiry,
            Role::Network => Cause::NoUserResponding,
        };
        self.note_ending(context, cause, Origin::Timer(Timer::T303));
        self.say_release_complete(context, Cause::RecoveryOnTimerExpiry);
        self.end();
    }

    /// T301: the box hears that nobody answered, the far end that a timer ran out.
    pub(super) fn on_nobody_answers(&mut self, context: &mut Context<'_>) {
        self.note_ending(context, Cause::NoAnswer, Origin::Timer(Timer::T301));
        self.disconnect_saying(context, Cause::RecoveryOnTimerExpiry);
    }

    /// 5.7: the first reply may move the call to another channel. False where that is not possible: the call is
    /// cleared with cause 6.
    fn take_channel(&mut self, context: &mut Context<'_>, message: &Message) -> bool {
        if self.setup.take().is_none() {
            return true;
        }
        let offered = message.channel_id().and_then(|channel| channel.timeslot()).or(self.timeslot);
        let taken = match offered {
            None => false,
            same if same == self.timeslot => true,
            Some(other) => context.channels.claim_for_far_end(other, self.handle),
        };
        if !taken {
            self.note_ending(context, Cause::ChannelUnacceptable, Origin::Protocol);
            self.tell_disconnected(context);
            self.release(context);
            return false;
        }
        if offered != self.timeslot {
            self.yield_channel(context);
            self.timeslot = offered;
        }
        true
    }

    /// Gives up the channel and nothing else: in a glare it goes to the far end's call.
    pub fn yield_channel(&mut self, context: &mut Context<'_>) {
        if let Some(timeslot) = self.timeslot.take() {
            context.channels.release(timeslot, self.handle, Afterwards::Idle);
        }
    }

    /// Whether the far end refused the channel of a SETUP without any other reply. That is worth one more try on
    /// another channel; a second refusal is final.
    pub(super) fn deserves_retry(&self, context: &Context<'_>, message: &Message) -> bool {
        let cause = message.cause().map(|said| said.cause);
        let glare = self.state == CallState::Initiated && cause == Some(Cause::RequestedChannelUnavailable);
        glare && !self.retried && context.channels.hunt(context.settings.hunting).is_some()
    }

    /// Asks the span for a fresh reference and channel.
    pub(super) fn ask_to_retry(&mut self, context: &mut Context<'_>) {
        self.retried = true;
        context.actions.push(Action::TryAgain);
    }

    /// Places the call once more, under another reference and on another channel, which is this call's already.
    pub fn retry(&mut self, context: &mut Context<'_>, reference: u16, timeslot: Timeslot) {
        let Some(mut setup) = self.setup.take() else { return };
        self.yield_channel(context);
        (self.reference, self.timeslot) = (reference, Some(timeslot));
        setup.reference = self.message(MessageKind::Setup).reference;
        for element in &mut setup.elements {
            if let Element::ChannelId(channel) = element {
                *channel = ChannelId::one(timeslot, channel.exclusive);
            }
        }
        self.begin(context, *setup);
    }
}
