//! Two calls of a span that are joined: by the network for us, or by us for a user.
//!
//! Sources: EN 300 369-1, 9 (explicit linkage), GR-2865-CORE (two B-channel transfer), GR-2857-CORE (release link trunk).
//! Not here: whether a call may leave the box, which is its owner's to decide; what joins the parties.

use frame::Time;

use super::Span;
use crate::{
    CallHandle, CallState, Event, Role, TransferBy,
    call::{Call, FLAG, link_of},
    q931::CallReference,
    suppl::{
        CallLink, Operation, Refusal,
        dialogue::{OtherCall, Purpose},
    },
};

impl Span {
    /// The box wants two calls joined. One has to talk, the other at least to ring at its far end (GR-2865-CORE;
    /// EN 300 369-1, 9.1), and only a user asks.
    pub(super) fn request_transfer(&mut self, now: Time, call: CallHandle, to: CallHandle) {
        let state = |call| self.calls.get(call).map(|call| call.state);
        let ready = matches!(state(to), Some(CallState::Active | CallState::Delivered));
        if call == to || state(call) != Some(CallState::Active) || !ready {
            return self.tell(Event::TransferRefused { call, to, why: Refusal::NotNow });
        }
        match (self.settings.role, self.settings.rules().transfer) {
            (Role::Network, _) | (_, TransferBy::Nothing) => {
                self.tell(Event::TransferRefused { call, to, why: Refusal::NotInDialect });
            }
            (Role::User, TransferBy::Link) => {
                let purpose = Purpose::Link { join: call };
                self.with_call(now, to, |call, context| call.ask(context, &Operation::EctLinkId, purpose));
            }
            (Role::User, TransferBy::ReleaseLink) => self.join_by_release_link(now, call, to),
            (Role::User, TransferBy::Reference) => self.join_by_reference(now, call, to),
        }
    }

    /// GR-2857-CORE: a call that we placed has a name since it was alerted; the other is joined with the name.
    fn join_by_release_link(&mut self, now: Time, call: CallHandle, to: CallHandle) {
        let link = |call| self.calls.get(call).and_then(|call| call.dialogue.link);
        let (on, link) = match (link(to), link(call)) {
            (Some(link), _) => (call, link),
            (None, Some(link)) => (to, link),
            (None, None) => return self.tell(Event::TransferRefused { call, to, why: Refusal::NotNow }),
        };
        let operation = Operation::ReleaseLinkJoin(link);
        self.with_call(now, on, |on, context| on.ask(context, &operation, Purpose::Transfer { call, to }));
    }

    fn join_by_reference(&mut self, now: Time, call: CallHandle, to: CallHandle) {
        let role = self.settings.role;
        let Some(reference) = self.calls.get(to).map(|to| to.users_reference(role)) else { return };
        let operation = Operation::TwoChannelTransfer(reference);
        self.with_call(now, call, |on, context| on.ask(context, &operation, Purpose::Transfer { call, to }));
    }

    /// EN 300 369-1: the network has named `to`, and `call` is joined with it.
    pub(super) fn join(&mut self, now: Time, call: CallHandle, to: CallHandle, link: CallLink) {
        if self.calls.get(call).is_none() {
            return self.tell(Event::TransferRefused { call, to, why: Refusal::CallEnded });
        }
        let operation = Operation::ExplicitEctExecute(link);
        self.with_call(now, call, |on, context| on.ask(context, &operation, Purpose::Transfer { call, to }));
    }

    /// The one call that is on hold where `call` is not, or talks where `call` is on hold; none where there are more.
    fn implied_other(&self, call: CallHandle) -> Option<CallHandle> {
        let held = |handle| self.calls.get(handle).is_some_and(Call::is_held_by_far_end);
        let wanted = !held(call);
        let mut others =
            self.calls.iter().map(|other| other.handle).filter(|&other| held(other) == wanted && other != call);
        others.next().filter(|_| others.next().is_none())
    }

    /// A user wants `call` joined with another of its calls.
    pub(super) fn find_other(&mut self, now: Time, call: CallHandle, other: OtherCall) {
        let found = match other {
            OtherCall::Link(link) => self.calls.iter().map(|call| call.handle).find(|&handle| link_of(handle) == link),
            OtherCall::Reference(reference) => {
                let to_originator = reference & FLAG != 0;
                self.calls.find(CallReference { value: reference & !FLAG, to_originator })
            }
            OtherCall::Implied => self.implied_other(call),
        };
        let state = |handle| self.calls.get(handle).map(|call| call.state);
        let ready = |handle| matches!(state(handle), Some(CallState::Active | CallState::Received));
        let other = found.filter(|&handle| handle != call && ready(handle));
        self.with_call(now, call, |call, context| call.on_other_found(context, other));
    }
}
