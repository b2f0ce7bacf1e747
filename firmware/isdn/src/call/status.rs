//! What the far end thinks of a call: STATUS ENQUIRY and STATUS.
//!
//! Source: ITU-T Q.931, 5.8.10 and 5.8.11.
//!
//! A link keeps messages in order, so a STATUS that nobody asked for is at most behind what we have sent: a state in which
//! the far end has not yet received our last message is compatible. It can't be ahead, unless the link was set up anew and
//! lost messages; after that we ask, and what the answer is ahead by is made good (5.8.11 b).

use super::{
    CallState,
    machine::{Call, Context, Running},
};
use crate::{
    Cause, Origin, Timer,
    q931::{Message, MessageKind},
};

/// Where the far end of a call is, as far as it concerns us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FarEnd {
    /// It knows no such call.
    Null,
    /// It has all the digits.
    Proceeds,
    /// It has alerted its party.
    Alerts,
    /// It has answered, and may wait for our CONNECT ACKNOWLEDGE.
    Talks,
    /// It has sent DISCONNECT, received one, or sent RELEASE.
    Clears,
    /// It sets the call up, or says something that this table lacks.
    SetsUp,
}

impl FarEnd {
    /// The numbers are seen from the user's side on both sides, so that equal numbers fit each other.
    const fn of(state: u8, ours: CallState) -> FarEnd {
        match (state, ours) {
            (0, _) => FarEnd::Null,
            (3 | 9, _) if ours.is_outgoing() => FarEnd::Proceeds,
            (4 | 7, _) if ours.is_outgoing() => FarEnd::Alerts,
            (8 | 10, _) => FarEnd::Talks,
            (11 | 12 | 19, _) => FarEnd::Clears,
            _ => FarEnd::SetsUp,
        }
    }
}

impl Call {
    /// 5.8.11.
    pub(super) fn on_status(&mut self, context: &mut Context<'_>, message: &Message) {
        let Some(their_state) = message.call_state() else { return };
        let asked = self.enquiry.take().is_some();
        match (self.state, FarEnd::of(their_state.0, self.state)) {
            // Nothing is left to clear there.
            (_, FarEnd::Null) => self.drop_silently(context, Cause::TemporaryFailure, Origin::Far),
            (state, _) if state.is_clearing() => {}
            // The reset of the link took its DISCONNECT: to wait for our timers would be silence for minutes. Where it is
            // still under way, it meets a call that is being released.
            (_, FarEnd::Clears) => self.release_saying(context, Cause::NormalUnspecified, Origin::Far),
            (CallState::OverlapSending | CallState::OutgoingProceeding | CallState::Delivered, FarEnd::Talks)
                if asked =>
            {
                self.on_connect(context, message);
            }
            (CallState::OverlapSending | CallState::OutgoingProceeding, FarEnd::Alerts) if asked => {
                self.on_alerting(context, message);
            }
            (CallState::OverlapSending, FarEnd::Proceeds) if asked => self.on_proceeding(context, message),
            (CallState::ConnectRequest, FarEnd::Talks) if asked => self.on_connect_acknowledge(context),
            (CallState::Active, FarEnd::SetsUp | FarEnd::Proceeds | FarEnd::Alerts) if asked => {
                self.release_saying(context, Cause::MessageNotCompatible, Origin::Protocol);
            }
            // A message behind, or as far as we are: the timers watch over the rest.
            (_, FarEnd::Proceeds | FarEnd::Alerts | FarEnd::Talks | FarEnd::SetsUp) => {}
        }
    }

    fn release_saying(&mut self, context: &mut Context<'_>, cause: Cause, by: Origin) {
        self.note_ending(context, cause, by);
        self.tell_disconnected(context);
        self.release(context);
    }

    /// Sends STATUS ENQUIRY, 5.8.10. While T322 runs there is one outstanding, and it is not started again.
    pub fn enquire(&mut self, context: &mut Context<'_>) {
        if self.enquiry.is_none() {
            context.send(self.message(MessageKind::StatusEnquiry));
            self.enquiry = Some(context.start(Timer::T322));
        }
    }

    /// T322: asks again, then clears. A call that is not through yet has a timer that says more about it.
    pub(super) fn on_enquiry_unanswered(&mut self, context: &mut Context<'_>, enquiry: Running) {
        if enquiry.expired + 1 < context.settings.timers.n322 {
            context.send(self.message(MessageKind::StatusEnquiry));
            self.enquiry = Some(context.restart(enquiry));
        } else if self.state == CallState::Active {
            self.note_ending(context, Cause::TemporaryFailure, Origin::Timer(Timer::T322));
            self.disconnect_saying(context, Cause::TemporaryFailure);
        }
    }
}
