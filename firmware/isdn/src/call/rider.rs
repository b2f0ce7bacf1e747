//! What rides along with the messages of a call: Facility, and what the users' equipment tells each other.
//!
//! Source: EN 300 196-1, 8.3.1 (Facility in messages of call control and in FACILITY); Q.931, 3.1 and Q.957 (user-user).
//! What comes in is told before the message it came with is acted upon, so that a name is there when its call is answered
//! and a charge before its call is over. A SETUP's are among its particulars.
//! Not here: what the components of a Facility mean, which is `service`.

use super::{
    CallState,
    machine::{Call, Context},
};
use crate::{
    Event,
    q931::{
        Element, Message, MessageKind,
        element::{Facility, UserUser},
    },
};

/// A name, a diversion, a charge and a text of the user: no message of 260 octets has room for more.
const RIDERS_MAX: usize = 4;

impl Call {
    /// Tells what came along. A second SETUP is what T303 sent again, and users tell each other nothing before they talk.
    pub(super) fn tell_riders(&mut self, context: &mut Context<'_>, message: &Message) {
        let early = message.kind == MessageKind::UserInformation && self.state != CallState::Active;
        if message.kind == MessageKind::Setup || early {
            return;
        }
        self.dialogue.closing = matches!(message.kind, MessageKind::Release | MessageKind::ReleaseComplete);
        for facility in message.facilities() {
            context.tell(Event::Facility { call: self.handle, facility: facility.clone() });
            self.on_facility(context, message.kind, facility);
        }
        if let Some(user_user) = message.user_user() {
            context.tell(Event::UserUser { call: self.handle, user_user: Box::new(user_user.clone()) });
        }
    }

    /// FACILITY goes out in any state in which the far end knows the call.
    pub(super) fn send_facility(&mut self, context: &mut Context<'_>, facility: Facility) -> bool {
        let known = !matches!(self.state, CallState::Null | CallState::Initiated | CallState::ReleaseRequest);
        if known {
            context.send(self.message(MessageKind::Facility).with(Element::Facility(facility)));
        }
        known
    }

    /// USER INFORMATION is for talking calls, Q.957, clause 1 (service 3).
    pub(super) fn send_user_information(&mut self, context: &mut Context<'_>, user_user: UserUser) -> bool {
        let talks = self.state == CallState::Active;
        if talks {
            context.send(self.message(MessageKind::UserInformation).with(Element::UserUser(user_user)));
        }
        talks
    }

    /// Keeps an element for the next message that may carry it. False where too many wait, or none will follow.
    pub(super) fn attach(&mut self, rider: Element) -> bool {
        let taken = self.riders.len() < RIDERS_MAX && self.state != CallState::Null;
        if taken {
            self.riders.push(rider);
        }
        taken
    }

    /// The elements that wait for a message like this one.
    pub(super) fn board(&mut self, kind: MessageKind) -> Vec<Element> {
        self.riders.extract_if(.., |rider| carries(kind, rider)).collect()
    }
}

/// EN 300 196-1, 8.3.1, and the tables of Q.931, 3.1.
const fn carries(kind: MessageKind, rider: &Element) -> bool {
    use MessageKind as M;
    let both = matches!(kind, M::Alerting | M::Connect | M::Progress | M::Disconnect | M::Release | M::ReleaseComplete);
    both || matches!((kind, rider), (M::CallProceeding, Element::Facility(_)))
}
