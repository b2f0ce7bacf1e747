//! One agent: a telephone, a duty, and the work of the moment. The three change apart from one another.

use std::time::Duration;

use frame::{CallId, Time};

use crate::{AgentState, Duty, PauseReason, TelephoneState};

/// How long a telephone that could not be rung is left alone. It may be ringing for a call of its own, and nothing tells
/// when that ends; 5 s is one Chinese ring cycle.
const REST: Duration = Duration::from_secs(5);

/// An agent.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    telephone: TelephoneState,
    duty: Duty,
    /// The telephone is not to ring.
    quiet: bool,
    work: Work,
    /// Since when nothing was to be done; decides who is next.
    free_since: Time,
    /// Offers in a row that were not answered.
    no_answers: u16,
    /// What was last told about the agent.
    pub(crate) told: Option<AgentState>,
}

/// The work of the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    None,
    Offered { call: CallId, until: Time },
    Talking { call: CallId, wrap_up: Duration },
    WrapUp { until: Time },
    Resting { until: Time },
}

impl Agent {
    /// An agent who works from now on, and is free as soon as the telephone is.
    pub(crate) fn new(now: Time, telephone: TelephoneState, quiet: bool) -> Agent {
        Agent { telephone, duty: Duty::Ready, quiet, work: Work::None, free_since: now, no_answers: 0, told: None }
    }

    /// Goes on as the last life of the box left the agent.
    pub(crate) fn resume(&mut self, state: AgentState) {
        match state {
            AgentState::Available { since } => self.free_since = since,
            AgentState::WrapUp { until } => (self.work, self.free_since) = (Work::WrapUp { until }, until),
            // What a person has set for the telephone is told apart.
            AgentState::Paused(PauseReason::DoNotDisturb) => (),
            AgentState::Paused(why) => self.duty = Duty::Paused(why),
            AgentState::SignedOut => self.duty = Duty::SignedOut,
            AgentState::Ringing { .. } | AgentState::Talking { .. } | AgentState::Busy | AgentState::Unavailable => (),
        }
    }

    /// What the agent is doing, the weightiest first.
    pub(crate) fn state(&self) -> AgentState {
        match (self.work, self.duty, self.telephone) {
            (Work::Talking { call, .. }, ..) => AgentState::Talking { call },
            (Work::Offered { call, .. }, ..) => AgentState::Ringing { call },
            (_, Duty::SignedOut, _) => AgentState::SignedOut,
            (_, Duty::Paused(why), _) => AgentState::Paused(why),
            _ if self.quiet => AgentState::Paused(PauseReason::DoNotDisturb),
            (_, _, TelephoneState::LeftOffHook | TelephoneState::NotReady) => AgentState::Unavailable,
            (Work::WrapUp { until }, ..) => AgentState::WrapUp { until },
            (_, _, TelephoneState::Busy | TelephoneState::Unknown) | (Work::Resting { .. }, ..) => AgentState::Busy,
            (Work::None, Duty::Ready, TelephoneState::OnHook) => AgentState::Available { since: self.free_since },
        }
    }

    /// Since when the agent could take a caller, if one can be offered now.
    pub(crate) fn available_since(&self) -> Option<Time> {
        match self.state() {
            AgentState::Available { since } => Some(since),
            _ => None,
        }
    }

    /// Whether nobody has told what the telephone is doing.
    pub(crate) fn is_unknown(&self) -> bool {
        self.telephone == TelephoneState::Unknown
    }

    /// Whether the agent will take callers sooner or later.
    pub(crate) fn works(&self) -> bool {
        self.duty == Duty::Ready && !self.quiet
    }

    /// Whether there is nothing to be remembered of the agent.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.work == Work::None && self.duty == Duty::Ready && self.telephone == TelephoneState::OnHook
    }

    /// When something is due, if ever.
    pub(crate) fn deadline(&self) -> Option<Time> {
        match self.work {
            Work::Offered { until, .. } | Work::WrapUp { until } | Work::Resting { until } => Some(until),
            Work::None | Work::Talking { .. } => None,
        }
    }

    /// The telephone begins to ring.
    pub(crate) fn offer(&mut self, call: CallId, until: Time) {
        self.work = Work::Offered { call, until };
    }

    /// The call that the telephone rings for.
    pub(crate) fn offered(&self) -> Option<CallId> {
        match self.work {
            Work::Offered { call, .. } => Some(call),
            _ => None,
        }
    }

    /// The offer was answered.
    pub(crate) fn answered(&mut self, call: CallId, wrap_up: Duration) {
        self.work = Work::Talking { call, wrap_up };
        self.telephone = TelephoneState::Busy;
        self.no_answers = 0;
    }

    /// The offer is taken back before its time; it was nobody's fault, so the agent stays next.
    pub(crate) fn withdraw(&mut self) {
        self.work = Work::None;
    }

    /// The telephone could not be rung.
    pub(crate) fn rest(&mut self, now: Time) {
        self.work = Work::Resting { until: now + REST };
    }

    /// The offer rang out. After `limit` of them in a row the agent is on a pause; 0 is never.
    pub(crate) fn not_answered(&mut self, now: Time, limit: u16) {
        self.work = Work::None;
        self.free_since = now;
        self.no_answers = self.no_answers.saturating_add(1);
        if limit > 0 && self.no_answers >= limit && self.duty == Duty::Ready {
            self.duty = Duty::Paused(PauseReason::NoAnswer);
        }
    }

    /// The talk is over.
    pub(crate) fn parted(&mut self, now: Time, call: CallId) {
        if let Work::Talking { call: own, wrap_up } = self.work
            && own == call
        {
            self.free_since = now + wrap_up;
            self.work = if wrap_up.is_zero() { Work::None } else { Work::WrapUp { until: now + wrap_up } };
        }
    }

    /// Wrap-up or rest is over.
    pub(crate) fn finish(&mut self, now: Time) {
        if let Work::WrapUp { until } | Work::Resting { until } = self.work
            && until <= now
        {
            self.work = Work::None;
        }
    }

    /// The telephone changed.
    pub(crate) fn telephone(&mut self, now: Time, state: TelephoneState) {
        let was_in_use =
            matches!(self.telephone, TelephoneState::Busy | TelephoneState::LeftOffHook | TelephoneState::NotReady);
        self.telephone = state;
        match state {
            TelephoneState::OnHook if was_in_use => self.free_since = self.free_since.max(now),
            // Who lifts the handset is there.
            TelephoneState::Busy if self.duty == Duty::Paused(PauseReason::NoAnswer) => self.duty(now, Duty::Ready),
            TelephoneState::OnHook
            | TelephoneState::Busy
            | TelephoneState::LeftOffHook
            | TelephoneState::NotReady
            | TelephoneState::Unknown => (),
        }
    }

    /// Whether the work of the last call is not finished.
    pub(crate) fn is_in_wrap_up(&self) -> bool {
        matches!(self.work, Work::WrapUp { .. })
    }

    /// The work of the last call is finished before its time.
    pub(crate) fn end_wrap_up(&mut self, now: Time) {
        if let Work::WrapUp { .. } = self.work {
            (self.work, self.free_since) = (Work::None, now);
        }
    }

    /// The telephone is not to ring, or may again.
    pub(crate) fn do_not_disturb(&mut self, now: Time, on: bool) {
        if self.quiet && !on {
            self.free_since = self.free_since.max(now);
        }
        self.quiet = on;
    }

    /// Someone changed whether the agent works.
    pub(crate) fn duty(&mut self, now: Time, duty: Duty) {
        if duty == Duty::Ready && self.duty != Duty::Ready {
            self.no_answers = 0;
            self.free_since = self.free_since.max(now);
        }
        self.duty = duty;
    }
}
