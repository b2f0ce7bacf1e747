//! Why a service was not given.
//!
//! Source: EN 300 196-1, table D.5 (general errors, also ITU-T Q.950); ECMA-178 and -300 (1004 and above);
//! EN 300 369-1 (`linkIdNotAssignedByNetwork`); EN 300 359-1 and ECMA-186 (`longTermDenial`, `longTermRejection`);
//! EN 300 286-1 (`rejectedByTheNetwork`, `rejectedByTheUser`); ECMA-176 (path replacement). The last two were not at hand:
//! values and arguments are as Wireshark has them (packet-isdn-sup.c, packet-qsig.c).

use super::{
    Argument, Code, CompletionDenial, Component, InvokeId, InvokeProblem, Problem,
    ber::ObjectId,
    completion::{AT_NETWORK_FOR_LONG, PRIVATE_FOR_LONG},
    table,
};
use crate::q931::element::coded;

/// Why a service was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This dialect or this side of the line has no such service.
    NotInDialect,
    /// The call is not in a state for it, or too much is asked for at once.
    NotNow,
    /// The far end did not answer in time.
    NoAnswer,
    /// The far end says no.
    Error(ServiceError),
    /// It can't be done now, and may be asked again later.
    DeniedForNow,
    /// It can't be done, and there is no use in asking again.
    DeniedForLong,
    /// The far end does not know the service.
    NotUnderstood,
    /// A call ended before there was an answer.
    CallEnded,
}

coded! {
    /// General errors.
    ServiceError {
        /// Nobody pays for the service.
        NotSubscribed = 0,
        /// The network does not do it.
        RejectedByNetwork = 1,
        /// The far end's own exchange or telephone does not.
        RejectedByUser = 2,
        /// It is not available now.
        NotAvailable = 3,
        /// It does not exist there.
        NotImplemented = 4,
        /// The served number is not valid.
        InvalidServedNumber = 6,
        /// The call is not in a state for it.
        InvalidCallState = 7,
        /// Not for this kind of call.
        BasicServiceNotProvided = 8,
        /// Only for calls that came in.
        NotIncomingCall = 9,
        /// Another service stands against it.
        InteractionNotAllowed = 10,
        /// There is no room for it.
        ResourceUnavailable = 11,
    }
}

/// What the box never gives, in whichever way it is asked: whoever asks need not ask again. Each has its own error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Completion of calls at a line for one telephone: `longTermDenial`, EN 300 359-1.
    CompletionAtNetwork,
    /// Completion of calls between private exchanges: `longTermRejection`, ECMA-186.
    CompletionInPrivate,
    /// A shorter path for a call, around the box: `criteriaPermanentlyUnachievable`, ECMA-176. A call stays where it is
    /// recorded.
    Path,
    /// A call that is to be the new path of another, which the box has not agreed to: `unrecognizedCallIdentity`, ECMA-176.
    PathOfCall,
}

impl Denial {
    /// The answer to an invoke.
    pub(crate) fn answer(self, id: InvokeId) -> Component {
        let error = match self {
            Denial::CompletionAtNetwork => Code::Global(ObjectId::below(table::CCBS, AT_NETWORK_FOR_LONG)),
            Denial::CompletionInPrivate => Code::Local(PRIVATE_FOR_LONG),
            Denial::Path => Code::Local(CRITERIA_PERMANENTLY_UNACHIEVABLE),
            Denial::PathOfCall => Code::Local(UNRECOGNIZED_CALL_IDENTITY),
        };
        Component::Error { id, error, parameter: Argument::default() }
    }
}

impl Refusal {
    /// What an error of the far end means.
    pub(crate) fn of_error(error: &Code) -> Refusal {
        match CompletionDenial::of_error(error) {
            Some(CompletionDenial::ForNow) => return Refusal::DeniedForNow,
            Some(CompletionDenial::ForLong) => return Refusal::DeniedForLong,
            None => {}
        }
        let number = match error {
            Code::Local(number) => u8::try_from(*number).ok(),
            Code::Global(_) => None,
        };
        Refusal::Error(ServiceError::from_code(number.unwrap_or(UNNAMED)))
    }
}

impl ServiceError {
    /// The answer to an invoke.
    pub(crate) fn answer(self, id: InvokeId) -> Component {
        Component::Error { id, error: Code::Local(i32::from(self.code())), parameter: Argument::default() }
    }
}

/// The answer to an invoke that can't be done.
pub(crate) fn reject(id: InvokeId, problem: InvokeProblem) -> Component {
    Component::Reject { id: Some(id), problem: Problem::Invoke(problem) }
}

/// ECMA-176.
const CRITERIA_PERMANENTLY_UNACHIEVABLE: i32 = 1002;
const UNRECOGNIZED_CALL_IDENTITY: i32 = 1005;

/// Errors of one service are no general ones; which it was does not help anybody here.
const UNNAMED: u8 = 255;
