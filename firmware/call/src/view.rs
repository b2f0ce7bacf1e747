//! What calls are doing now, for pages: a look that changes nothing.

use frame::{CallId, LaneId, PersonId, PortId, Time};

use crate::{
    CallClass, Direction, Masking, Number, SupervisorMode,
    control::{Call, Control, Phase},
};

/// One call, as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// The call.
    pub call: CallId,
    /// Which way it goes.
    pub direction: Direction,
    /// How much it matters.
    pub class: CallClass,
    /// Who calls.
    pub from: Option<Number>,
    /// Who is called, once someone is.
    pub to: Option<Number>,
    /// What it is doing.
    pub doing: Doing,
    /// What of it is masked.
    pub masked: Vec<Masking>,
    /// Whether a supervisor may hear it, or does.
    pub supervised: SupervisedView,
    /// Since when it is there.
    pub began: Time,
    /// Its legs.
    pub legs: Vec<LegView>,
}

/// Whether a supervisor hears a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SupervisedView {
    /// Nobody does, or may.
    #[default]
    No,
    /// Nobody does; a supervisor may.
    May,
    /// This person does.
    By(PersonId, SupervisorMode),
}

/// One leg, as a page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegView {
    /// Its lane.
    pub lane: LaneId,
    /// The jack, of a telephone.
    pub station: Option<PortId>,
    /// Whether its party can talk.
    pub answered: bool,
    /// Whether it is the caller's.
    pub caller: bool,
}

/// What a call is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// A person dials.
    Dialling,
    /// A flow serves the caller.
    Flow(String),
    /// The caller waits in a queue.
    Waiting(String),
    /// Someone is being reached.
    Ringing,
    /// Two or three parties talk.
    Talking,
    /// A party is on hold.
    Held,
    /// The caller is parked at a place.
    Parked(String),
    /// The caller leaves a message for an extension.
    LeavesMail(String),
    /// Somebody hears the messages of an extension.
    HearsMail(String),
    /// A supervisor hears the talk of another call.
    Supervising,
    /// It is being released.
    Ending,
}

impl Control {
    /// All calls, in the order in which they began.
    pub fn views(&self) -> impl Iterator<Item = CallView> + '_ {
        self.calls.values().map(|call| self.view(call))
    }

    /// The queues and their agents.
    pub fn queues(&self) -> &acd::Acd {
        &self.acd
    }

    fn supervised_view(&self, call: &Call) -> SupervisedView {
        match call.supervision {
            Some(of) => SupervisedView::By(of.person, of.mode),
            None if self.may_be_supervised(call.id).is_ok() => SupervisedView::May,
            None => SupervisedView::No,
        }
    }

    fn view(&self, call: &Call) -> CallView {
        let number = |leg| self.legs.get(&leg).and_then(|leg| leg.number.clone());
        let legs = self.legs.values().filter(|leg| leg.call == call.id && leg.line.is_some());
        CallView {
            call: call.id,
            direction: call.direction,
            class: call.class,
            from: number(call.caller),
            to: call.called.and_then(number),
            doing: call.doing(),
            masked: call.masks.now().collect(),
            supervised: self.supervised_view(call),
            began: call.began,
            legs: legs
                .map(|leg| LegView {
                    lane: leg.lane,
                    station: leg.station(),
                    answered: leg.is_answered(),
                    caller: leg.id == call.caller,
                })
                .collect(),
        }
    }
}

impl Call {
    fn doing(&self) -> Doing {
        match &self.phase {
            Phase::Dialling { .. } | Phase::NotReached(_) | Phase::Pin(_) => Doing::Dialling,
            Phase::Supervising(_) => Doing::Supervising,
            // A word about a code is a flow without a name.
            Phase::Flow | Phase::Saying { .. } => {
                Doing::Flow(self.run.as_ref().map(|run| run.flow().to_owned()).unwrap_or_default())
            }
            Phase::Queue(queue) => Doing::Waiting(queue.clone()),
            Phase::Ringing { .. }
            | Phase::Reaching { .. }
            | Phase::CallingBack { .. }
            | Phase::Returning(_)
            | Phase::RingsSupervisor { .. } => Doing::Ringing,
            Phase::Talking(_) | Phase::Conference(_) => Doing::Talking,
            Phase::Mail(mail) if mail.is_hearing() => Doing::HearsMail(mail.extension().to_owned()),
            Phase::Mail(mail) => Doing::LeavesMail(mail.extension().to_owned()),
            Phase::Parked(parked) => Doing::Parked(parked.place.clone()),
            Phase::Held(_) => Doing::Held,
            Phase::Over { .. } => Doing::Ending,
        }
    }
}
