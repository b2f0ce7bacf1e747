//! Three parties who talk, brought together by one of them with a flash of the hook.
//!
//! Each hears the two others, and is recorded as what it says; the recording's map has who is in it and what part each plays.
//! Whoever leaves leaves the other two talking, unless both are outside. The one who brought them together lets the third go
//! with one more flash.
//! Not here: how the third was called (`consult`), mixing (`dsp::conference`).

use frame::{CallId, LaneId, LegId};
use isdn::Cause;
use serde::{Deserialize, Serialize};

use crate::{
    CallEvent, LegRole, Side,
    consult::Held,
    control::{Control, Phase, Talk},
    message::{Heard, Output, Record},
    transfer::Half,
};

/// What a party is in a conference: whom it hears there, and who hears it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Speaks and is heard by all.
    #[default]
    Speaks,
    /// Speaks, and hears those who whisper, too.
    Coached,
    /// Is heard by the coached only.
    Coaches,
    /// Is heard by nobody.
    Listens,
}

/// Three parties who talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conference {
    /// The two who talked before.
    pub(crate) talk: Talk,
    pub(crate) third: LegId,
    /// Who brought them together.
    pub(crate) by: LegId,
}

impl Conference {
    pub(crate) const fn legs(self) -> [LegId; 3] {
        [self.talk.caller, self.talk.called, self.third]
    }

    /// The two who stay. The telephone that the caller was led to stays the called one, so that its queue knows it.
    fn without(self, left: LegId) -> Talk {
        let Conference { talk: Talk { caller, called, agent }, third, .. } = self;
        match left {
            left if left == caller => Talk { caller: third, called, agent },
            left if left == called => Talk { caller, called: third, agent: None },
            _ => Talk { caller, called, agent },
        }
    }
}

impl Control {
    /// The held party of the first call and both of the second talk with each other.
    pub(crate) fn confer(&mut self, first: CallId, second: CallId) {
        let Some(conference) = self.bring_in(first, second) else { return };
        conference.legs().into_iter().for_each(|leg| self.comes_in(first, leg));
        let lanes: Vec<LaneId> = conference.legs().iter().filter_map(|leg| Some(self.legs.get(leg)?.lane)).collect();
        self.polish(first, &lanes);
        self.follow_supervision(first);
    }

    pub(crate) fn is_conference(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(|call| matches!(call.phase, Phase::Conference(_)))
    }

    fn comes_in(&mut self, call: CallId, leg: LegId) {
        let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) else { return };
        self.record_leg(leg);
        self.record_part(call, leg, Some(Part::Speaks));
        self.put(Output::Hear { lane, heard: Heard::Conference { call, part: Part::Speaks } });
    }

    /// The third party comes into the first call, as a leg of its own; the second call is over.
    pub(crate) fn bring_in(&mut self, first: CallId, second: CallId) -> Option<Conference> {
        let &Phase::Held(Held { talk, by, .. }) = &self.calls.get(&first)?.phase else { return None };
        let &Phase::Talking(Talk { caller: leaves, called: stays, .. }) = &self.calls.get(&second)?.phase else {
            return None;
        };
        self.calls.get_mut(&second)?.holds = None;
        let of_third = self.calls.get(&second)?.compartment.clone();
        let masks = self.masks_of(second);
        let moves = self.detach(Half { call: second, leaves, stays })?;
        self.records_together(first, second);
        self.end(second, Cause::NormalClearing, Side::Caller);
        self.take_line_back(by);
        let third = self.add_moved(first, LegRole::Called, moves);
        let conference = Conference { talk, third, by };
        let call = self.calls.get_mut(&first)?;
        call.phase = Phase::Conference(conference);
        call.compartment_of_third = of_third;
        self.tell(CallEvent::ConferenceBegan { call: first, leg: third, by });
        self.record_hold(first, talk.other(by), false);
        self.masks_follow(masks, stays, first, third);
        Some(conference)
    }

    /// Who brought the three together lets the third go.
    pub(crate) fn let_third_go(&mut self, id: CallId) {
        let Some(&Phase::Conference(Conference { third, .. })) = self.calls.get(&id).map(|call| &call.phase) else {
            return;
        };
        self.release_leg(third, Cause::NormalClearing, Side::Box);
        self.conference_left(id, third);
    }

    /// A party at a telephone hung up.
    pub(crate) fn leave_conference(&mut self, leg: LegId, cause: Cause, by: Side) {
        let Some(call) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        self.leg_ended(leg, cause, by);
        self.conference_left(call, leg);
    }

    /// One of three has left. The other two talk on, unless both are outside and no network may join them: they would at
    /// the owner's cost.
    pub(crate) fn conference_left(&mut self, id: CallId, left: LegId) {
        let Some(&Phase::Conference(conference)) = self.calls.get(&id).map(|call| &call.phase) else { return };
        self.tell(CallEvent::ConferenceLeft { call: id, leg: left });
        conference.legs().into_iter().for_each(|leg| self.record_part(id, leg, None));
        let talk = conference.without(left);
        if talk == conference.talk {
            if let Some(call) = self.calls.get_mut(&id) {
                call.phase = Phase::Talking(talk);
            }
            return self.hear_each_other(id, talk);
        }
        let parties = [talk.caller, talk.called];
        if !parties.iter().any(|leg| self.is_in_house(*leg)) && !self.may_leave_together(id, id, parties) {
            return self.end(id, Cause::NormalClearing, Side::Box);
        }
        self.unbridge(id, Talk { agent: conference.talk.agent.filter(|_| talk.agent.is_none()), ..conference.talk });
        // What the third party was called for goes on: always where the agent of the talk itself has left, else where the talk
        // is of no compartment.
        let of_third = self.calls.get_mut(&id).and_then(|call| call.compartment_of_third.take());
        let is_of_none = self.calls.get(&id).is_some_and(|call| call.compartment.is_none());
        if left == conference.talk.called || is_of_none {
            self.move_to_compartment(id, of_third);
        }
        self.name_parties(id, talk);
        [talk.caller, talk.called].into_iter().for_each(|leg| self.record_leg(leg));
        self.bridge(id);
    }

    /// Who is the caller and who the called of the two who stay.
    fn name_parties(&mut self, id: CallId, talk: Talk) {
        if let Some(call) = self.calls.get_mut(&id) {
            (call.caller, call.called) = (talk.caller, Some(talk.called));
        }
        for (leg, role) in [(talk.caller, LegRole::Caller), (talk.called, LegRole::Called)] {
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.role = role;
            }
        }
    }

    pub(crate) fn record_part(&mut self, id: CallId, leg: LegId, part: Option<Part>) {
        if let Some(recording) = self.calls.get(&id).and_then(|call| call.recording) {
            self.put(Output::Record(Record::Conference { recording, leg, part }));
        }
    }
}
