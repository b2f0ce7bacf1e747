//! A call while it lasts: digits and notices, status, and a data link that goes and comes back.
//!
//! Source: ITU-T Q.931, 5.8.8 to 5.8.11.

use super::{
    CallState,
    machine::{Call, Context, Running},
};
use crate::{
    Cause, Event, Origin, Timer,
    q931::{
        Element, Message, MessageKind,
        element::{Digits, Notification},
    },
};

impl Call {
    pub(super) fn on_information(&mut self, context: &mut Context<'_>, message: &Message) {
        let (keypad, display) = (message.keypad().copied(), message.display().cloned());
        if keypad.is_some() || display.is_some() {
            context.tell(Event::Information { call: self.handle, keypad, display });
        }
    }

    pub(super) fn on_notify(&mut self, context: &mut Context<'_>, message: &Message) {
        if let Some(&notification) = message.notification() {
            context.tell(Event::Notified { call: self.handle, notification });
        }
    }

    pub(super) fn send_keypad(&mut self, context: &mut Context<'_>, digits: Digits) {
        context.send(self.message(MessageKind::Information).with(Element::Keypad(digits)));
    }

    pub(super) fn notify(&mut self, context: &mut Context<'_>, notification: Notification) {
        context.send(self.message(MessageKind::Notify).with(Element::Notification(notification)));
    }

    /// 5.8.11: what the far end thinks of the call.
    pub(super) fn on_status(&mut self, context: &mut Context<'_>, message: &Message) {
        let Some(their_state) = message.call_state() else { return };
        let asked = self.enquiry.take().is_some();
        if their_state.0 == 0 {
            // The far end knows no such call: nothing is left to clear there.
            return self.drop_silently(context, Cause::TemporaryFailure, Origin::Far);
        }
        // Without having asked, the two ends may be a message apart.
        if !asked || self.state != CallState::Active || FITS_ACTIVE.contains(&their_state.0) {
            return;
        }
        // The reset of the link that made us ask may have taken a DISCONNECT with it: to wait for T305 would be 30 s of
        // silence. Where it is still under way, it meets a call that is being released.
        let (cause, by) = if CLEARING.contains(&their_state.0) {
            (Cause::NormalUnspecified, Origin::Far)
        } else {
            (Cause::MessageNotCompatible, Origin::Protocol)
        };
        self.note_ending(context, cause, by);
        self.tell_disconnected(context);
        self.release(context);
    }

    /// Sends STATUS ENQUIRY, 5.8.10.
    pub fn enquire(&mut self, context: &mut Context<'_>) {
        context.send(self.message(MessageKind::StatusEnquiry));
        self.enquiry = Some(context.start(Timer::T322));
    }

    /// T322: asks again, then clears.
    pub(super) fn on_enquiry_unanswered(&mut self, context: &mut Context<'_>, enquiry: Running) {
        if enquiry.expired + 1 < context.settings.timers.n322 {
            context.send(self.message(MessageKind::StatusEnquiry));
            self.enquiry = Some(context.restart(enquiry));
        } else if self.state == CallState::Active {
            self.note_ending(context, Cause::TemporaryFailure, Origin::Timer(Timer::T322));
            self.disconnect_saying(context, Cause::TemporaryFailure);
        }
    }

    /// 5.8.9: the link is down. Talking calls wait for it, and so do calls that are being cleared, which the standard
    /// would drop: the far end may not know yet, and a channel that one side holds is lost to both.
    pub fn on_link_down(&mut self, context: &mut Context<'_>) {
        self.enquiry = None;
        if self.state == CallState::Active {
            self.wait_for_link(context);
        } else if self.state.is_clearing() {
            self.enter(context, CallState::ReleaseRequest, None);
            self.wait_for_link(context);
        } else {
            self.drop_silently(context, Cause::DestinationOutOfOrder, Origin::Link);
        }
    }

    /// Starts T309.
    pub fn wait_for_link(&mut self, context: &Context<'_>) {
        self.t309.get_or_insert(context.after(Timer::T309));
    }

    /// The call was being set up or cleared when the box went down: RELEASE as soon as there is a link.
    pub fn abandon(&mut self, context: &Context<'_>) {
        self.note_ending(context, Cause::TemporaryFailure, Origin::Adoption);
        self.enter(context, CallState::ReleaseRequest, None);
    }

    /// The link is back.
    pub fn on_link_up(&mut self, context: &mut Context<'_>) {
        if self.t309.take().is_none() {
            return;
        }
        match self.state {
            CallState::Active => self.enquire(context),
            _ => self.release(context),
        }
    }

    /// 5.8.8: the link was set up anew and messages may be lost. Digits can't be repeated; all else has its timer.
    pub fn on_link_reset(&mut self, context: &mut Context<'_>) {
        match self.state {
            CallState::OverlapSending | CallState::OverlapReceiving => {
                self.note_ending(context, Cause::TemporaryFailure, Origin::Link);
                self.disconnect_saying(context, Cause::TemporaryFailure);
            }
            CallState::Active => self.enquire(context),
            _ => {}
        }
    }

    /// T309.
    pub(super) fn on_link_lost_for_good(&mut self, context: &mut Context<'_>) {
        self.drop_silently(context, Cause::DestinationOutOfOrder, Origin::Link);
    }
}

/// What a far end may say of a call that we hold for active: active, or waiting for our CONNECT ACKNOWLEDGE.
const FITS_ACTIVE: [u8; 2] = [8, 10];

/// The far end is clearing the call: it has sent DISCONNECT, received one, or sent RELEASE.
const CLEARING: [u8; 3] = [11, 12, 19];
