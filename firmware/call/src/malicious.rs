//! Calls that somebody finds malicious: the network is asked to keep who called (MCID).
//!
//! Source: EN 300 130-1, Q.951.7. At a telephone a code of the settings asks, keyed in the talk; pages and the command line
//! ask by the same input. What the network answers is in the story, and spoken into the ear of who keyed the code; the
//! caller hears the keys, and nothing of the answer.
//! Not here: calls that a far end finds malicious, whose caller the box's own log keeps (`service`).

use std::sync::Arc;

use frame::{CallId, LegId, PersonId};
use serde::{Deserialize, Serialize};

use crate::{
    CallEvent,
    control::{Call, Control, Phase},
    keyed::{self, Code},
    leg::Leg,
    message::{Heard, Line, Output, TrunkRequest},
};

/// What who keyed the code hears.
const KEPT: &str = "caller_kept";
const NOT_KEPT: &str = "caller_not_kept";

/// Who wants it kept who called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptFor {
    /// Whoever is at a telephone of the call.
    Station {
        /// Its extension.
        extension: String,
    },
    /// A person at a page.
    Person(PersonId),
    /// Somebody at the box's own command line.
    Console {
        /// Whom the system takes them for.
        uid: u32,
    },
}

/// Why a network did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceRefusal {
    /// The far side's practice has no such service, or only for its other side.
    NotThere,
    /// The call is not in a state for it.
    NotNow,
    /// There was no answer in time.
    NoAnswer,
    /// The owner has not ordered it.
    NotSubscribed,
    /// It does it for calls only that came in.
    NotIncoming,
    /// It says no, for another reason.
    Refused,
    /// The call ended before there was an answer.
    CallEnded,
}

impl Control {
    /// Whether a call has a leg over ISDN, whose network can be asked.
    pub fn is_over_isdn(&self, call: CallId) -> bool {
        self.calls.get(&call).is_some_and(|call| self.isdn_leg(call).is_some())
    }

    /// Asks the network of a call to keep who called: the caller's, where that is on ISDN.
    pub(crate) fn keep_caller(&mut self, id: CallId, by: KeptFor) {
        let Some((leg, line)) = self.calls.get(&id).and_then(|call| self.isdn_leg(call)) else { return };
        self.tell(CallEvent::MaliciousCallMarked { call: id, leg, by });
        self.put(Output::Trunk { line, request: TrunkRequest::KeepCaller });
    }

    fn isdn_leg(&self, call: &Call) -> Option<(LegId, Line)> {
        let of = |leg: &Leg| Some((leg.id, leg.line.filter(|line| matches!(line, Line::Isdn { .. }))?));
        let legs = [Some(call.caller), call.called].into_iter().flatten();
        legs.filter_map(|leg| self.legs.get(&leg)).find_map(of)
    }

    /// A telephone that was called has no dial tone, so nobody listens to its keys until a code may be keyed there.
    pub(crate) fn listen_for_code(&mut self, leg: LegId) {
        let Some(leg) = self.legs.get(&leg).filter(|leg| leg.station().is_some()) else { return };
        let (call, lane) = (leg.call, leg.lane);
        if self.calls.get(&call).is_some_and(|call| !keyed::codes(&call.plan).is_empty()) {
            self.put(Output::Listen { lane, on: true });
        }
    }

    /// A key at a telephone in a talk. True where it completed a code, and so was none of a menu's.
    pub(crate) fn keyed_in_talk(&mut self, id: CallId, leg: LegId, key: char) -> bool {
        let now = self.now;
        let extension = self.legs.get(&leg).and_then(|leg| leg.number.as_ref()).map(ToString::to_string);
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.phase.is_talk()) else {
            return false;
        };
        let plan = Arc::clone(&call.plan);
        let port = self.legs.get(&leg).and_then(|leg| leg.station());
        if port.is_some_and(|port| plan.locked.contains_key(&port)) {
            return false;
        }
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Some(code) = call.keyed.completes(now, leg, key, &keyed::codes(&plan)) else { return false };
        let extension = extension.unwrap_or_default();
        match code {
            Code::KeepCaller => {
                call.keyed.asked = Some(leg);
                self.keep_caller(id, KeptFor::Station { extension });
            }
            Code::Mask(what) => self.mask_by_code(id, what, leg, extension),
            Code::FlashLine => self.flash_line(id, leg),
        }
        true
    }

    /// The network has answered.
    pub(crate) fn caller_kept(&mut self, leg: LegId, refused: Option<ServiceRefusal>) {
        let Some(call) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        self.tell(CallEvent::MaliciousCallAnswered { call, leg, refused });
        let asked = self.calls.get_mut(&call).and_then(|call| call.keyed.asked.take());
        if let Some(asked) = asked {
            self.say_in_talk(call, asked, if refused.is_none() { KEPT } else { NOT_KEPT });
        }
    }

    /// Says something into one ear of a talk, and nobody else's.
    pub(crate) fn say_in_talk(&mut self, id: CallId, leg: LegId, prompt: &str) {
        let lane = self.legs.get(&leg).filter(|leg| leg.is_answered() || leg.role == crate::LegRole::Caller);
        let Some(lane) = lane.map(|leg| leg.lane) else { return };
        let play = self.issue_play();
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.phase.is_talk()) else { return };
        call.play = play;
        self.tell(CallEvent::PromptBegan { call: id, leg, prompt: prompt.to_owned() });
        self.put(Output::Hear { lane, heard: Heard::Prompts { names: vec![prompt.to_owned()], play } });
    }

    /// What was said in a talk is over: the others are heard again.
    pub(crate) fn said_in_talk(&mut self, id: CallId, leg: LegId) {
        let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) else { return };
        if let Some(heard) = self.heard_in_talk(id, leg) {
            self.put(Output::Hear { lane, heard });
        }
    }

    /// What a party of a talk hears.
    fn heard_in_talk(&self, id: CallId, leg: LegId) -> Option<Heard> {
        let call = self.calls.get(&id)?;
        match call.phase {
            Phase::Talking(talk) if call.supervision.is_none() => {
                self.legs.get(&talk.other(leg)).map(|other| Heard::Party(other.lane))
            }
            Phase::Talking(_) | Phase::Conference(_) => {
                Some(Heard::Conference { call: id, part: self.part_in_talk(call, leg) })
            }
            _ => None,
        }
    }
}
