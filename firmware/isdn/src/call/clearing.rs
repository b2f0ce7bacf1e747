//! The end of a call, from both sides and when both begin at once. Source: ITU-T Q.931, 5.3.

use super::{
    CallState,
    hold::Hold,
    machine::{Call, Context, Ending, Running},
};
use crate::{
    Cause, Event, Origin, Role, Timer,
    channel::Afterwards,
    q931::{
        Element, Message, MessageKind,
        element::{CauseElement, id},
    },
};

impl Call {
    /// The box clears: DISCONNECT. Without a link nothing can be said now; RELEASE follows when it is back.
    pub(super) fn clear(&mut self, context: &mut Context<'_>, cause: Cause, audible: bool) {
        self.note_ending(context, cause, Origin::Near);
        if !context.link_up {
            return self.enter(context, CallState::ReleaseRequest, None);
        }
        let tones = audible && context.settings.role == Role::Network;
        let timer = if tones { Timer::T306 } else { Timer::T305 };
        self.send_disconnect(context, cause, tones, timer);
    }

    /// A timer ran out: DISCONNECT with cause 102.
    pub(super) fn time_out(&mut self, context: &mut Context<'_>, timer: Timer) {
        self.note_ending(context, Cause::RecoveryOnTimerExpiry, Origin::Timer(timer));
        self.disconnect_saying(context, Cause::RecoveryOnTimerExpiry);
    }

    /// We clear without having been asked: the box is told.
    pub(super) fn disconnect_saying(&mut self, context: &mut Context<'_>, said: Cause) {
        self.tell_disconnected(context);
        self.send_disconnect(context, said, false, Timer::T305);
    }

    fn send_disconnect(&mut self, context: &mut Context<'_>, said: Cause, tones: bool, timer: Timer) {
        self.enter(context, CallState::DisconnectRequest, Some(timer));
        let cause = context.cause(said);
        let disconnect = self.message(MessageKind::Disconnect).with(Element::Cause(cause));
        context.send(disconnect.with(context.in_band(tones)));
    }

    /// 5.3.3, 5.3.4: the far end clears. With a tone in the channel the box may keep the call and listen.
    pub(super) fn on_disconnect(&mut self, context: &mut Context<'_>, message: &Message) {
        let cause = said_or_normal(message);
        self.note_ending(context, cause, Origin::Far);
        // Before the first reply there is no path yet on which a tone could be heard.
        let audible = message.is_audible() && context.settings.keep_tones && self.state != CallState::Present;
        context.tell(Event::Disconnected { call: self.handle, cause, audible });
        if audible {
            self.enter(context, CallState::DisconnectIndication, Some(Timer::T306));
        } else {
            self.release(context);
        }
    }

    /// Sends RELEASE.
    pub(super) fn release(&mut self, context: &mut Context<'_>) {
        self.enter(context, CallState::ReleaseRequest, Some(Timer::T308));
        self.send_release(context);
    }

    pub(super) fn send_release(&mut self, context: &mut Context<'_>) {
        let cause = self.ending.as_ref().map(|ending| Element::Cause(ending.said.clone()));
        context.send(self.message(MessageKind::Release).with(cause));
    }

    /// RELEASE: the first clearing message must say why, 5.8.6.1; a collision needs no answer, 5.3.5. What was wrong in it
    /// is told by RELEASE COMPLETE, 5.8.7.1 b.
    pub(super) fn on_release(&mut self, context: &mut Context<'_>, message: &Message, wrong: Option<CauseElement>) {
        let first = !self.state.is_clearing();
        if first && self.deserves_retry(context, message) {
            context.send(self.message(MessageKind::ReleaseComplete));
            return self.ask_to_retry(context);
        }
        let silent = first && message.cause().is_none();
        let wrong = wrong.or_else(|| silent.then(|| no_cause(context)));
        self.note_ending(context, said_or_normal(message), Origin::Far);
        if self.state != CallState::ReleaseRequest {
            context.send(self.message(MessageKind::ReleaseComplete).with(wrong.map(Element::Cause)));
        }
        self.end();
    }

    pub(super) fn on_release_complete(&mut self, context: &mut Context<'_>, message: &Message) {
        if self.deserves_retry(context, message) {
            return self.ask_to_retry(context);
        }
        self.note_ending(context, said_or_normal(message), Origin::Far);
        self.end();
    }

    /// 5.8.6.1 and 5.8.7.1 a: a DISCONNECT with something wrong in it is acted upon, as with cause 31 where it has none,
    /// and the RELEASE says what was wrong.
    pub(super) fn on_faulty_disconnect(&mut self, context: &mut Context<'_>, message: &Message, wrong: CauseElement) {
        if !self.state.is_clearing() {
            self.note_ending(context, said_or_normal(message), Origin::Far);
            self.say(wrong);
        }
        self.receive(context, message);
    }

    /// T308: RELEASE once more, then the call is over and its channel is out of use.
    pub(super) fn on_release_unanswered(&mut self, context: &mut Context<'_>, phase: Running) {
        if phase.expired == 0 {
            self.send_release(context);
            self.phase = Some(context.restart(phase));
            return;
        }
        if let Some(ending) = &mut self.ending {
            ending.afterwards = Afterwards::Maintenance;
        }
        self.end();
    }

    pub(super) fn say_release_complete(&mut self, context: &mut Context<'_>, cause: Cause) {
        let cause = Element::Cause(context.cause(cause));
        context.send(self.message(MessageKind::ReleaseComplete).with(cause));
    }

    /// Why the call ends. The first finding counts: what follows is how it ends.
    pub(super) fn note_ending(&mut self, context: &Context<'_>, cause: Cause, by: Origin) {
        let said = context.cause(cause);
        self.ending.get_or_insert(Ending { cause, by, said, afterwards: Afterwards::Idle });
    }

    fn say(&mut self, said: CauseElement) {
        if let Some(ending) = &mut self.ending {
            ending.said = said;
        }
    }

    pub(super) fn tell_disconnected(&self, context: &mut Context<'_>) {
        if let Some(ending) = &self.ending {
            context.tell(Event::Disconnected { call: self.handle, cause: ending.cause, audible: false });
        }
    }

    /// Ends the call without a message: a restart, or a link that does not come back.
    pub fn drop_silently(&mut self, context: &Context<'_>, cause: Cause, by: Origin) {
        self.note_ending(context, cause, by);
        self.end();
    }

    /// The call is over. The span frees its channel, tells the box and forgets it.
    pub(super) fn end(&mut self) {
        self.state = CallState::Null;
        self.hold = Hold::Idle;
        (self.phase, self.t309, self.enquiry) = (None, None, None);
    }
}

fn said_or_normal(message: &Message) -> Cause {
    message.cause().map_or(Cause::NormalUnspecified, |said| said.cause)
}

fn no_cause(context: &Context<'_>) -> CauseElement {
    CauseElement { diagnostics: [id::CAUSE].into_iter().collect(), ..context.cause(Cause::MandatoryElementMissing) }
}
