//! What one call has asked by operations and not been answered, and what it was asked.
//!
//! Source: EN 300 196-1, 8.1 and ITU-T X.219: an invoke is answered under its name, once. T-RESPONSE bounds the wait.
//! Bounds: [`ASKED_MAX`] invokes that wait for an answer, one transfer that waits for the box.

use std::time::Duration;

use arrayvec::ArrayVec;
use frame::Time;

use super::{CallLink, DiversionReason, InvokeId};
use crate::{CallHandle, q931::element::PartyNumber};

/// How long an answer may take. The services' standards leave it to each side between 1 and 10 s or name 4 s.
pub const T_RESPONSE: Duration = Duration::from_secs(4);

/// A call asks for one thing at a time; a transfer asks twice, and somebody may press the key twice.
const ASKED_MAX: usize = 4;

/// The operations of one call.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    last_id: InvokeId,
    asked: ArrayVec<Asked, ASKED_MAX>,
    /// The far end told where the call comes from, and waits to hear whether the caller may see where it went.
    pub owes_leg3: bool,
    /// Where our call went, until the far end says whether that may be shown.
    pub diverted: Option<(DiversionReason, PartyNumber)>,
    /// The name by which another call can be joined with this one, where the network gave it without being asked twice.
    pub link: Option<CallLink>,
    /// The message that is being read ends the call: what it asks has no answer.
    pub closing: bool,
    /// The far end wants a transfer, and the box has not decided.
    pub transfer: Option<InvokeId>,
}

/// An invoke of ours that waits for its answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub id: InvokeId,
    pub purpose: Purpose,
    until: Time,
}

/// What an invoke of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The network keeps who called.
    Identify,
    /// The name of this call, so that `join` can be joined with it.
    Link { join: CallHandle },
    /// `call` is joined with `to`; this is one of the two.
    Transfer { call: CallHandle, to: CallHandle },
}

/// Which other call a transfer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherCall {
    /// By the name that it was given.
    Link(CallLink),
    /// By its call reference as the user sends it, flag included.
    Reference(u16),
    /// Not at all: of the user's two calls one talks and the other is on hold, EN 300 369-1, 9.1.
    Implied,
}

impl Dialogue {
    /// The name of the next invoke. None that waits has it: they are few, and the names go round.
    pub fn next_id(&mut self) -> InvokeId {
        self.last_id = if self.last_id == InvokeId::MAX { 1 } else { self.last_id + 1 };
        self.last_id
    }

    /// Notes an invoke that was sent; false where too many wait.
    pub fn wait(&mut self, now: Time, id: InvokeId, purpose: Purpose) -> bool {
        self.asked.try_push(Asked { id, purpose, until: now + T_RESPONSE }).is_ok()
    }

    /// Whether another invoke may wait.
    pub fn has_room(&self) -> bool {
        !self.asked.is_full()
    }

    /// What the answered invoke was for.
    pub fn answered(&mut self, id: InvokeId) -> Option<Purpose> {
        let at = self.asked.iter().position(|asked| asked.id == id)?;
        Some(self.asked.remove(at).purpose)
    }

    /// When an answer is overdue.
    pub fn next_deadline(&self) -> Option<Time> {
        self.asked.iter().map(|asked| asked.until).min()
    }

    /// An invoke whose answer is overdue.
    pub fn overdue(&mut self, now: Time) -> Option<Purpose> {
        let at = self.asked.iter().position(|asked| asked.until <= now)?;
        Some(self.asked.remove(at).purpose)
    }

    /// An invoke that will not be answered, since the call is over.
    pub fn abandoned(&mut self) -> Option<Purpose> {
        self.asked.pop().map(|asked| asked.purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoke_is_answered_once_and_in_time() {
        let mut dialogue = Dialogue::default();
        let id = dialogue.next_id();
        assert!(dialogue.wait(Time::ZERO, id, Purpose::Identify));
        assert_eq!(dialogue.next_deadline(), Some(Time::ZERO + T_RESPONSE));
        assert_eq!(dialogue.overdue(Time::ZERO), None);
        assert_eq!(dialogue.answered(id + 1), None);
        assert_eq!(dialogue.answered(id), Some(Purpose::Identify));
        assert_eq!(dialogue.answered(id), None);
        assert!(dialogue.wait(Time::ZERO, id, Purpose::Identify));
        assert_eq!(dialogue.overdue(Time::ZERO + T_RESPONSE), Some(Purpose::Identify));
        assert_eq!(dialogue.next_deadline(), None);
    }

    #[test]
    fn no_more_invokes_wait_than_there_is_room_for_and_their_names_go_round() {
        let mut dialogue = Dialogue { last_id: InvokeId::MAX, ..Dialogue::default() };
        for waiting in 0..ASKED_MAX {
            let id = dialogue.next_id();
            assert_eq!(id, waiting as InvokeId + 1);
            assert!(dialogue.has_room() && dialogue.wait(Time::ZERO, id, Purpose::Identify));
        }
        assert!(!dialogue.has_room());
        let id = dialogue.next_id();
        assert!(!dialogue.wait(Time::ZERO, id, Purpose::Identify));
    }
}
