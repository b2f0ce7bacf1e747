//! A far end that wants two of its calls joined (explicit call transfer and the like): the box joins the two others itself.
//!
//! Source: design/calls.md, "The box keeps the call"; EN 300 369-1, ECMA-178. Of the two calls one goes on, with the party
//! of the other in place of who asked; the other is over. Whatever was to be recorded is recorded to the end. It is done
//! only where the settings of the group let its far side, between calls that talk, and never with an emergency call.
//! Not here: calls that the network takes from the box (`hand_over`).

use frame::{CallId, LegId};
use isdn::Cause;
use serde::{Deserialize, Serialize};

use crate::{
    AnswerEvidence, CallClass, CallEvent, LegRole, Side,
    control::{Control, NewLeg, Phase, Talk},
    leg::{Leg, LegState},
    message::{Line, Output, TrunkRequest},
    plan::Polish,
};

/// Why the box does not join two calls of a far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotJoined {
    /// The settings of the trunk group do not let its far side.
    NotAllowed,
    /// One of them does not talk.
    NotTalking,
    /// One of them is an emergency call.
    Emergency,
}

/// One of two calls that are to be joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Half {
    pub(crate) call: CallId,
    /// The leg of who asks, which leaves.
    pub(crate) leaves: LegId,
    /// The party who stays.
    pub(crate) stays: LegId,
}

impl Control {
    /// The far end of `line` wants its call joined with another of its calls.
    pub(crate) fn transfer_asked(&mut self, line: Line, to: Line) {
        let (Some(first), Some(second)) = (self.leg_of(line), self.leg_of(to)) else {
            // It is a call that control does not know any more.
            return self.put(Output::Trunk { line, request: TrunkRequest::AnswerTransfer(false) });
        };
        match self.may_join(first, second) {
            Ok((first, second)) => {
                self.put(Output::Trunk { line, request: TrunkRequest::AnswerTransfer(true) });
                self.join(first, second);
            }
            Err(why) => {
                self.put(Output::Trunk { line, request: TrunkRequest::AnswerTransfer(false) });
                if let Some(call) = self.legs.get(&first).map(|leg| leg.call) {
                    self.tell(CallEvent::NotJoined { call, leg: first, why });
                }
            }
        }
    }

    fn may_join(&self, first: LegId, second: LegId) -> Result<(Half, Half), NotJoined> {
        if !self.lets_join(first) || !self.lets_join(second) {
            return Err(NotJoined::NotAllowed);
        }
        let (first, second) = (self.half(first)?, self.half(second)?);
        if first.call == second.call {
            return Err(NotJoined::NotTalking);
        }
        Ok((first, second))
    }

    fn lets_join(&self, leg: LegId) -> bool {
        let Some(leg) = self.legs.get(&leg) else { return false };
        let group = leg.endpoint.group();
        let groups = self.calls.get(&leg.call).map(|call| &call.plan.groups);
        groups.is_some_and(|groups| groups.iter().any(|row| row.joins && Some(row.name.as_str()) == group))
    }

    fn half(&self, leaves: LegId) -> Result<Half, NotJoined> {
        let call = self.legs.get(&leaves).and_then(|leg| self.calls.get(&leg.call)).ok_or(NotJoined::NotTalking)?;
        let Phase::Talking(Talk { caller, called, .. }) = call.phase else { return Err(NotJoined::NotTalking) };
        if call.class == CallClass::Emergency {
            return Err(NotJoined::Emergency);
        }
        Ok(Half { call: call.id, leaves, stays: if caller == leaves { called } else { caller } })
    }

    /// The call that is recorded goes on, so that its recording does; of two such, the one on which it was asked.
    fn join(&mut self, first: Half, second: Half) {
        let recorded = |half: Half| self.calls.get(&half.call).is_some_and(|call| call.recording.is_some());
        let (goes_on, ends) = if recorded(second) && !recorded(first) { (second, first) } else { (first, second) };
        self.join_compartments(&goes_on, &ends);
        let masks = self.masks_of(ends.call);
        let Some(moves) = self.detach(ends) else { return };
        self.records_together(goes_on.call, ends.call);
        let by = self.legs.get(&ends.leaves).map_or(Side::Network, Leg::side);
        self.end(ends.call, Cause::NormalClearing, by);
        if let Some(leg) = self.replace(goes_on, moves) {
            self.masks_follow(masks, ends.stays, goes_on.call, leg);
        }
    }

    /// Takes the party who stays out of the call that ends. Its line and what is heard on it are left alone.
    pub(crate) fn detach(&mut self, half: Half) -> Option<Leg> {
        self.agent_leaves(half.stays);
        self.unmask_leg(half.call, half.stays);
        let leg = self.legs.remove(&half.stays)?;
        self.record_end(&leg);
        let (call, by) = (half.call, self.legs.get(&half.leaves).map_or(Side::Network, Leg::side));
        self.tell(CallEvent::Joined { call, leg: half.stays, by: half.leaves });
        self.tell(CallEvent::LegEnded { call, leg: leg.id, cause: Cause::NormalClearing, by });
        if let Some(call) = self.calls.get_mut(&call) {
            call.called = call.called.filter(|&called| called != leg.id);
        }
        Some(leg)
    }

    /// Puts a party in the place of the leg that leaves, and joins it to the one who stays.
    fn replace(&mut self, half: Half, moves: Leg) -> Option<LegId> {
        let role = self.legs.get(&half.leaves)?.role;
        self.tell(CallEvent::Unbridged { call: half.call, a: half.leaves, b: half.stays });
        let leg = self.add_moved(half.call, role, moves);
        let call = self.calls.get_mut(&half.call)?;
        match role {
            LegRole::Caller => call.caller = leg,
            LegRole::Called => call.called = Some(leg),
        }
        self.tell(CallEvent::Joined { call: half.call, leg, by: half.leaves });
        self.release_leg(half.leaves, Cause::NormalClearing, Side::Box);
        self.record_leg(half.stays);
        self.record_leg(leg);
        self.record_transfer(half.call, half.leaves, leg);
        self.bridge(half.call);
        Some(leg)
    }

    /// The leg of a party who comes from another call: a leg of its own, on the line that it has.
    pub(crate) fn add_moved(&mut self, call: CallId, role: LegRole, moves: Leg) -> LegId {
        let evidence = if moves.station().is_some() { AnswerEvidence::OffHook } else { AnswerEvidence::Signalled };
        let (line, name, private) = (moves.line, moves.name.clone(), moves.private);
        let new = NewLeg { line, lane: moves.lane, endpoint: moves.endpoint.clone(), number: moves.number.clone() };
        let id = self.add_leg(call, role, new);
        if let Some(leg) = self.legs.get_mut(&id) {
            (leg.state, leg.name, leg.private) = (LegState::Answered, name, private);
        }
        self.tell_answered(call, id, evidence);
        // What the queue of the other call wanted for this voice is over.
        self.put(Output::Polish { lane: moves.lane, polish: Polish::default() });
        if let Some(agent) = self.legs.get(&id).and_then(Leg::station) {
            // The queue takes the agent for free after the wrap-up; the telephone is not.
            self.acd.handle_input(self.now, acd::Input::Telephone { agent, state: acd::TelephoneState::Busy });
        }
        line.into_iter().for_each(|line| self.put(Output::Tag { line }));
        id
    }
}
