//! What the queues are told, and what they decide.

use frame::{CallId, PortId, Time};
use serde::{Deserialize, Serialize};

/// A caller who begins to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The call.
    pub call: CallId,
    /// The queue's name.
    pub queue: String,
    /// How much the call matters.
    pub class: Class,
    /// Among calls of one class, the greater goes first.
    pub priority: u8,
}

/// How much a call matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// As most.
    #[default]
    Normal,
    /// Passes every queue, and is never refused a place.
    Emergency,
}

/// What the queues are told. Agents are named by their telephone's jack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A caller begins to wait.
    CallerArrived(Caller),
    /// A caller hung up, or is served elsewhere. An offer of it ends without a word: whoever tells this stops the ringing.
    CallerLeft {
        /// The call.
        call: CallId,
    },
    /// The agent answered an offer. The telephone is busy from now on.
    OfferAnswered {
        /// The call.
        call: CallId,
        /// The agent.
        agent: PortId,
    },
    /// The telephone could not be rung. Nobody is to blame, so it does not count as not answered.
    OfferRefused {
        /// The call.
        call: CallId,
        /// The agent.
        agent: PortId,
    },
    /// Agent and caller are parted, whoever ended it.
    TalkEnded {
        /// The call.
        call: CallId,
        /// The agent.
        agent: PortId,
    },
    /// What an agent's telephone is doing changed.
    Telephone {
        /// The agent.
        agent: PortId,
        /// What it does now.
        state: TelephoneState,
    },
    /// Someone changed whether an agent works. An offer that rings already goes on.
    Duty {
        /// The agent.
        agent: PortId,
        /// What holds now.
        duty: Duty,
    },
    /// An agent has finished the work of the last call.
    EndWrapUp {
        /// The agent.
        agent: PortId,
    },
    /// An agent's telephone is not to ring, or may again. An offer that rings already goes on.
    DoNotDisturb {
        /// The agent.
        agent: PortId,
        /// It is not.
        on: bool,
    },
    /// Only time has passed.
    Timeout,
}

/// What a telephone does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TelephoneState {
    /// The handset is on the hook: it can be rung.
    #[default]
    OnHook,
    /// It is in use.
    Busy,
    /// The handset was left off the hook after a call.
    LeftOffHook,
    /// A headset that was put down: its agent is not there.
    NotReady,
    /// Its card has not told yet.
    Unknown,
}

/// Whether an agent works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Works.
    #[default]
    Ready,
    /// Is on a pause.
    Paused(PauseReason),
    /// Is not there.
    SignedOut,
}

/// Why an agent is on a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// A person said so.
    Asked,
    /// A person said so, and why: the digit of one of the settings' reasons.
    Reason(u8),
    /// The telephone is not to ring.
    DoNotDisturb,
    /// The telephone rang too often in a row without an answer. Lifting the handset ends it.
    NoAnswer,
}

/// What an agent is doing, as pages show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Gets the next caller.
    Available {
        /// Free since then.
        since: Time,
    },
    /// The telephone rings for a caller.
    Ringing {
        /// The call.
        call: CallId,
    },
    /// Talks to a caller of a queue.
    Talking {
        /// The call.
        call: CallId,
    },
    /// Finishes the work of the last call.
    WrapUp {
        /// No longer than that.
        until: Time,
    },
    /// The telephone is in use otherwise, or could not be rung a moment ago.
    Busy,
    /// The handset was left off the hook.
    Unavailable,
    /// Is on a pause.
    Paused(PauseReason),
    /// Is not there.
    SignedOut,
}

/// What the queues decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The caller has a place in the queue. Told once, before any offer; how places move is in [`crate::Acd::waiting`].
    Position {
        /// The call.
        call: CallId,
        /// The place in line, from 1.
        position: u32,
    },
    /// Ring the agent for the caller.
    Offer {
        /// The call.
        call: CallId,
        /// The agent.
        agent: PortId,
    },
    /// The agent did not answer in time: stop the ringing. The caller keeps the place.
    CancelOffer {
        /// The call.
        call: CallId,
        /// The agent.
        agent: PortId,
    },
    /// The caller has waited as long as may be, and is out of the queue.
    TimedOut {
        /// The call.
        call: CallId,
    },
    /// The queue has no place left; the caller is not in it.
    Full {
        /// The call.
        call: CallId,
    },
    /// Nobody works in the queue; the caller is not in it any more.
    Unstaffed {
        /// The call.
        call: CallId,
    },
    /// What an agent is doing changed.
    AgentChanged {
        /// The agent.
        agent: PortId,
        /// To this.
        state: AgentState,
    },
}
