//! What is said during a call: digits, names, notices, announcements of the users' equipment.
//!
//! Source: ITU-T Q.931, 3.1.6, 3.1.14 (INFORMATION) and 5.9 (NOTIFY).

use super::machine::{Call, Context};
use crate::{
    Event,
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
}
