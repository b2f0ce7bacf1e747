//! A call as the call table keeps it across a restart of the box (design/calls.md, "Restart").
//!
//! Told by [`Output::Keep`] whenever it changes, before any message that makes it true leaves, and taken up again by
//! [`Control::adopt`](crate::Control::adopt). What a channel's signalling has to know stands in `isdn::CallEntry`; the
//! two are joined by the leg's id.

use frame::{CallId, LaneId, LegId, PortId, RecordingId, Time};
use serde::{Deserialize, Serialize};

use crate::{
    CallClass, Direction, Endpoint, MaskedBy, Masking, Number,
    control::{Call, Control, Phase},
    leg::Leg,
    message::Output,
};

/// What must be known about a call to go on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The call.
    pub call: CallId,
    /// Which way it goes.
    pub direction: Direction,
    /// How much it matters.
    pub class: CallClass,
    /// When it began.
    pub began: Time,
    /// The version of the settings it keeps until its end.
    pub settings: u32,
    /// Whether it is to be recorded.
    pub record: bool,
    /// Its recording, if it has one.
    pub recording: Option<KeptRecording>,
    /// What it is doing.
    pub doing: KeptDoing,
    /// The queue by which its agent got it.
    pub queue: Option<String>,
    /// The compartment that it is of.
    #[serde(default)]
    pub compartment: Option<String>,
    /// Who called.
    pub caller: KeptLeg,
    /// Who is called.
    pub called: Option<KeptLeg>,
    /// What of it is masked.
    #[serde(default)]
    pub masks: Vec<KeptMask>,
    /// Whether its caller did not agree to be recorded.
    #[serde(default)]
    pub refused: bool,
    /// Whether a supervisor hears its talk, whose own call a restart ends.
    #[serde(default)]
    pub supervised: bool,
}

impl Kept {
    /// Its legs.
    pub fn legs(&self) -> impl Iterator<Item = &KeptLeg> {
        std::iter::once(&self.caller).chain(&self.called)
    }
}

/// The recording of a kept call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRecording {
    /// Which.
    pub id: RecordingId,
    /// The part that was being recorded.
    pub part: u16,
}

/// What a kept call is doing, as far as a new life of the box goes on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptDoing {
    /// Two parties talk.
    Talking,
    /// The caller waits in a queue.
    Waiting {
        /// Its name.
        queue: String,
        /// When the longest wait is over.
        until: Time,
        /// The flow and the step of it that led here, if one did.
        flow: Option<(String, String)>,
    },
    /// The box has answered, and a flow serves the caller.
    Flow(String),
    /// The caller is on its way to a third party, or back to the telephone that transferred it.
    Transferred {
        /// That telephone.
        returns_to: PortId,
    },
    /// The caller is parked.
    Parked {
        /// At which place.
        place: String,
        /// The telephone that did it.
        returns_to: PortId,
        /// When that is rung.
        until: Time,
    },
    /// It is being set up or cleared.
    Otherwise,
}

/// What is masked of a kept call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMask {
    /// What.
    pub what: Masking,
    /// Who keys in secret.
    pub leg: Option<LegId>,
    /// Who wanted it.
    pub by: MaskedBy,
    /// When it ends by itself; none where a flow ends it.
    pub until: Option<Time>,
}

/// One leg of a kept call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLeg {
    /// The leg.
    pub leg: LegId,
    /// Its lane.
    pub lane: LaneId,
    /// Where it is connected.
    pub endpoint: Endpoint,
    /// The party's number.
    pub number: Option<Number>,
    /// Its party's name, as a trunk told it.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether its party does not want its number to be known.
    #[serde(default)]
    pub private: bool,
    /// Whether its party can talk.
    pub answered: bool,
    /// Whether its voice is recorded.
    pub recorded: bool,
}

impl Control {
    /// Tells what the call table has to know of the calls that changed.
    pub(crate) fn keep_touched(&mut self) {
        for id in std::mem::take(&mut self.touched) {
            let Some(kept) = self.calls.get(&id).map(|call| self.kept(call)) else {
                self.put(Output::Discard(id));
                continue;
            };
            let Some(call) = self.calls.get_mut(&id) else { continue };
            if call.kept.as_deref() != kept.as_ref() {
                call.kept = kept.clone().map(Box::new);
                self.outputs_keep(id, kept);
            }
        }
    }

    fn outputs_keep(&mut self, id: CallId, kept: Option<Kept>) {
        self.put(match kept {
            Some(kept) => Output::Keep(Box::new(kept)),
            None => Output::Discard(id),
        });
    }

    /// A call without its caller is only waiting for the called party's release: nothing of it can go on.
    fn kept(&self, call: &Call) -> Option<Kept> {
        // Who consults is taken back to the party on hold.
        if call.holds.is_some() {
            return None;
        }
        // Its voice is the other call's meanwhile, and this one's again when it is taken back.
        let holder = match &call.phase {
            Phase::Held(held) => Some(held.by),
            _ => None,
        };
        let of = |leg: &Leg| KeptLeg {
            recorded: leg.recorded || (Some(leg.id) == holder && call.record && call.recording.is_some()),
            ..kept_leg(leg)
        };
        // Who was on hold for another call of the telephone goes on without it.
        let on_hold = self.left_on_hold(call);
        let (caller, called) = on_hold.map_or((call.caller, call.called), |(party, _)| (party, None));
        let doing = on_hold.map(|(_, returns_to)| KeptDoing::Transferred { returns_to });
        Some(Kept {
            call: call.id,
            direction: call.direction,
            class: call.class,
            began: call.began,
            settings: call.plan.version,
            record: call.record,
            recording: call.recording.map(|id| KeptRecording { id, part: call.part }),
            doing: doing.unwrap_or_else(|| self.kept_doing(call)),
            queue: call.queue.clone(),
            compartment: call.compartment.clone(),
            caller: self.legs.get(&caller).map(of)?,
            called: called.and_then(|called| self.legs.get(&called)).map(of),
            masks: call.masks.kept(),
            refused: call.refused,
            supervised: call.supervision.is_some(),
        })
    }

    fn kept_doing(&self, call: &Call) -> KeptDoing {
        if let Some(returns_to) = Control::returns_to(call) {
            return KeptDoing::Transferred { returns_to };
        }
        match &call.phase {
            // Of three the two who talked first go on; who was on hold is heard again.
            Phase::Talking(_) | Phase::Held(_) | Phase::Conference(_) => KeptDoing::Talking,
            Phase::Queue(queue) => KeptDoing::Waiting {
                queue: queue.clone(),
                until: self.acd.waits_until(call.id).unwrap_or(self.now),
                flow: call.run.as_ref().map(|run| (run.flow().to_owned(), run.step().to_owned())),
            },
            Phase::Parked(parked) => {
                KeptDoing::Parked { place: parked.place.clone(), returns_to: parked.port, until: parked.until }
            }
            Phase::Flow => call.run.as_ref().map_or(KeptDoing::Otherwise, |run| KeptDoing::Flow(run.flow().to_owned())),
            Phase::Dialling { .. }
            | Phase::Ringing { .. }
            | Phase::Reaching { .. }
            | Phase::CallingBack { .. }
            | Phase::Returning(_)
            // Its message is kept as far as it was said.
            | Phase::Mail(_)
            | Phase::Saying { .. }
            | Phase::NotReached(_)
            | Phase::Pin(_)
            | Phase::RingsSupervisor { .. }
            | Phase::Supervising(_)
            | Phase::Over { .. } => KeptDoing::Otherwise,
        }
    }
}

fn kept_leg(leg: &Leg) -> KeptLeg {
    KeptLeg {
        leg: leg.id,
        lane: leg.lane,
        endpoint: leg.endpoint.clone(),
        number: leg.number.clone(),
        name: leg.name.clone(),
        private: leg.private,
        answered: leg.is_answered(),
        recorded: leg.recorded,
    }
}
