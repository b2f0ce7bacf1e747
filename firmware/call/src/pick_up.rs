//! A telephone takes over a call that rings at another one (pickup), or that is parked.
//!
//! What the telephone dialled the code or place with is a call of its own, and over with that; its line comes into the call
//! that it takes, as the leg of who answers. Pickup takes what rings at a telephone for that telephone alone: a call that a
//! queue offers an agent is not taken, since the queue would not know who has it. Of several that ring the oldest is taken.
//! Not here: parking (`park`).

use frame::{CallId, LegId, PortId};
use isdn::Cause;

use crate::{
    AnswerEvidence, CallEvent, LegRole, OfferEnd, Side,
    control::{Control, NewLeg, Phase},
    leg::{Leg, LegState},
    message::{Line, Output, StationRequest},
};

/// What who keyed the code hears where nothing rings.
const NOTHING: &str = "nothing_to_pick_up";

impl Control {
    /// The code was dialled: a call is taken that rings at a telephone of the group, or at this one.
    pub(crate) fn pick_up(&mut self, id: CallId, of: Option<PortId>) {
        let station = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)?.station());
        let found = station.filter(|_| self.may_take_over(id)).and_then(|station| match of {
            Some(port) => self.rings_at(port),
            None => self.rings_in_group_of(station),
        });
        match found {
            Some(leg) => self.takes_ringing(id, leg),
            None => {
                let extension = of.and_then(|port| Some(self.plan.stations.get(&port)?.extension.clone()));
                self.tell(CallEvent::NothingPickedUp { call: id, extension });
                self.say_and_end(id, NOTHING);
            }
        }
    }

    /// Who has a party on hold answers nothing else.
    pub(crate) fn may_take_over(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(|call| call.holds.is_none())
    }

    fn rings_in_group_of(&self, station: PortId) -> Option<LegId> {
        let groups = self.plan.pickup_groups.iter().filter(|group| group.contains(&station));
        groups.flatten().filter_map(|port| self.rings_at(*port)).min()
    }

    /// The leg of a call that rings at a telephone, and is for that telephone alone.
    fn rings_at(&self, port: PortId) -> Option<LegId> {
        let leg = self.legs.get(&self.leg_of(Line::Port(port))?)?;
        let call = self.calls.get(&leg.call).filter(|call| call.called == Some(leg.id))?;
        let is_its_own = matches!(call.phase, Phase::Ringing { .. } | Phase::Returning(_));
        (is_its_own && leg.state == LegState::Unanswered).then_some(leg.id)
    }

    fn takes_ringing(&mut self, id: CallId, rings: LegId) {
        let Some((into, port)) = self.legs.get(&rings).and_then(|leg| Some((leg.call, leg.station()?))) else { return };
        if let Some(call) = self.calls.get_mut(&into) {
            call.called = None;
        }
        self.tell_offer_end(into, port, OfferEnd::PickedUp);
        self.release_leg(rings, Cause::NonSelectedUserClearing, Side::Box);
        let extension = self.plan.stations.get(&port).map(|station| station.extension.clone()).unwrap_or_default();
        self.takes_over(id, into, |leg| CallEvent::PickedUp { call: into, leg, extension });
    }

    /// The telephone that dialled in one call answers another one.
    pub(crate) fn takes_over(&mut self, id: CallId, into: CallId, tells: impl FnOnce(LegId) -> CallEvent) {
        let caller = self.calls.get(&id).map(|call| call.caller);
        let Some(leg) = caller.and_then(|caller| self.legs.remove(&caller)) else { return };
        self.tell(CallEvent::WentOver { call: id, to: into });
        self.tell(CallEvent::LegEnded { call: id, leg: leg.id, cause: Cause::NormalClearing, by: Side::Caller });
        self.end(id, Cause::NormalClearing, Side::Caller);
        let Leg { line, lane, endpoint, number, .. } = leg;
        let leg = self.add_leg(into, LegRole::Called, NewLeg { line, lane, endpoint, number });
        if let Some(call) = self.calls.get_mut(&into) {
            call.called = Some(leg);
        }
        self.tell(tells(leg));
        if let Some(Line::Port(port)) = line {
            self.put(Output::Station { port, request: StationRequest::Connected });
        }
        self.answered(leg, AnswerEvidence::OffHook);
    }
}
