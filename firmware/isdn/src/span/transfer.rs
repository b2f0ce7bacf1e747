//! Two calls of a span that are joined: by the network for us, or by us for a user.
//!
//! Sources: EN 300 369-1, 9 (explicit linkage), GR-2865-CORE (two B-channel transfer), GR-2857-CORE (release link trunk).
//! Not here: whether a call may leave the box, which is its owner's to decide; what joins the parties.

use frame::Time;

use super::Span;
use crate::{
    CallHandle, CallState, Event, Role, TransferBy,
    call::{FLAG, link_of},
    q931::CallReference,
    suppl::{
        CallLink, Operation, Refusal,
        dialogue::{OtherCall, Purpose},
    },
};

impl Span {
    /// The box wants two calls joined. Both have to talk, and only a user asks.
    pub(super) fn request_transfer(&mut self, now: Time, call: CallHandle, to: CallHandle) {
        let talks = |call| self.calls.get(call).is_some_and(|call| call.state == CallState::Active);
        if call == to || !talks(call) || !talks(to) {
            return self.tell(Event::TransferRefused { call, to, why: Refusal::NotNow });
        }
        match (self.settings.role, self.settings.rules().transfer) {
            (Role::Network, _) | (_, TransferBy::Nothing) => {
                self.tell(Event::TransferRefused { call, to, why: Refusal::NotInDialect });
            }
            (Role::User, TransferBy::Link) => self.ask_for_link(now, call, to, &Operation::EctLinkId),
            (Role::User, TransferBy::ReleaseLink) => self.ask_for_link(now, call, to, &Operation::ReleaseLink),
            (Role::User, TransferBy::Reference) => self.join_by_reference(now, call, to),
        }
    }

    fn ask_for_link(&mut self, now: Time, join: CallHandle, to: CallHandle, operation: &Operation) {
        self.with_call(now, to, |call, context| call.ask(context, operation, Purpose::Link { join }));
    }

    fn join_by_reference(&mut self, now: Time, call: CallHandle, to: CallHandle) {
        let role = self.settings.role;
        let Some(reference) = self.calls.get(to).map(|to| to.users_reference(role)) else { return };
        let operation = Operation::TwoChannelTransfer(reference);
        self.with_call(now, call, |call, context| call.ask(context, &operation, Purpose::Transfer { to }));
    }

    /// The network has named `to`: `call` is joined with it.
    pub(super) fn join(&mut self, now: Time, call: CallHandle, to: CallHandle, link: CallLink) {
        if self.calls.get(call).is_none() {
            return self.tell(Event::TransferRefused { call, to, why: Refusal::CallEnded });
        }
        let operation = match self.settings.rules().transfer {
            TransferBy::ReleaseLink => Operation::ReleaseLinkJoin(link),
            TransferBy::Link | TransferBy::Reference | TransferBy::Nothing => Operation::ExplicitEctExecute(link),
        };
        self.with_call(now, call, |call, context| call.ask(context, &operation, Purpose::Transfer { to }));
    }

    /// A user wants `call` joined with another of its calls, which has to talk as well.
    pub(super) fn find_other(&mut self, now: Time, call: CallHandle, other: OtherCall) {
        let found = match other {
            OtherCall::Link(link) => self.calls.iter().map(|call| call.handle).find(|&handle| link_of(handle) == link),
            OtherCall::Reference(reference) => {
                let to_originator = reference & FLAG != 0;
                self.calls.find(CallReference { value: reference & !FLAG, to_originator })
            }
        };
        let talks = |handle| self.calls.get(handle).is_some_and(|call| call.state == CallState::Active);
        let other = found.filter(|&handle| handle != call && talks(handle));
        self.with_call(now, call, |call, context| call.on_other_found(context, other));
    }
}
