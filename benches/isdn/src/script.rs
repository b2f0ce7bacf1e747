//! The call that is measured, from both ends: what `pri_peer bench` does with libpri, message for message.
//!
//! The user calls with both numbers. The network says CALL PROCEEDING, ALERTING and CONNECT at once. The user hangs up
//! as soon as it is through, and calls again as soon as the call is over.

use frame::Time;
use isdn::{
    CallHandle, Cause, Event, Request, Role, SetupRefused, SetupRequest, Span,
    q931::element::{NumberElement, NumberKind, NumberPlan, PartyNumber},
};

/// How many calls are placed, and how many of them are over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Script {
    /// To be placed.
    pub calls: u64,
    /// How many may be up at once.
    pub at_once: u64,
    /// Placed so far.
    pub placed: u64,
    /// Over at the user.
    pub over: u64,
    /// Answered at the user.
    pub answered: u64,
    /// Whether the user leaves calls up instead of hanging up.
    pub keep: bool,
}

impl Script {
    /// A number of calls, on every channel of an E1 at once.
    pub fn of(calls: u64) -> Script {
        Script { calls, at_once: 30, ..Script::default() }
    }

    /// A call on every channel, which stays.
    pub fn kept() -> Script {
        Script { keep: true, ..Script::of(30) }
    }

    /// Places the next calls, as many as may be up at once and as the span takes now: where too much waits for the
    /// link, it takes one later. True if it took one.
    pub fn place(&mut self, now: Time, user: &mut Span) -> bool {
        let before = self.placed;
        while self.placed < self.calls && self.placed - self.over < self.at_once {
            match user.setup(now, request()) {
                Ok(_) => self.placed += 1,
                Err(SetupRefused::Full) => break,
                Err(why @ (SetupRefused::NoChannel | SetupRefused::LinkDown)) => panic!("a call was refused: {why}"),
            }
        }
        self.placed > before
    }

    /// What an end asks for when it is told something.
    pub fn answer(&mut self, role: Role, event: &Event) -> impl Iterator<Item = Request> + use<> {
        let requests = match (role, event) {
            (Role::Network, &Event::Incoming { call, .. }) => take(call).map(Some),
            (Role::User, &Event::Connected { call, .. }) => {
                self.answered += 1;
                [(!self.keep).then(|| hang_up(call)), None, None]
            }
            (Role::User, Event::Released { .. }) => {
                self.over += 1;
                [const { None }; 3]
            }
            _ => [const { None }; 3],
        };
        requests.into_iter().flatten()
    }
}

fn take(call: CallHandle) -> [Request; 3] {
    [
        Request::Proceeding { call },
        Request::Alerting { call, audible: false },
        Request::Connect { call, party: Box::default() },
    ]
}

fn hang_up(call: CallHandle) -> Request {
    Request::Clear { call, cause: Cause::NormalClearing, audible: false }
}

fn request() -> SetupRequest {
    let number = |digits: &str| digits.parse().expect("these are digits");
    let called = NumberElement::unknown(number("62001234"));
    let kind = NumberKind::National;
    let calling = NumberElement { kind, plan: NumberPlan::Telephone, digits: number("01012345678") };
    SetupRequest::speech(called, Some(PartyNumber::shown(calling)), 0)
}
