//! Calls that are parked: a party waits at a place until somebody dials its number at any telephone of the house.
//!
//! Who holds a party and dials a place parks the party there; who dials it otherwise takes the party up. Whoever parked is
//! rung after the time of the settings, as after a transfer that came to nothing (`blind_transfer`). Over a restart of the
//! box the party stays parked.

use std::time::Duration;

use frame::{CallId, LegId, PortId, Time};
use isdn::Cause;

use crate::{
    CallClass, CallEvent, NotTransferred, Side,
    consult::Held,
    control::{Control, Phase},
    leg::Leg,
};

/// What who parked a party hears, and who found nobody.
const DONE: &str = "parked";
const NOBODY: &str = "nobody_parked";

/// A party at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parked {
    pub(crate) place: String,
    /// The telephone that parked it.
    pub(crate) port: PortId,
    /// When that is rung.
    pub(crate) until: Time,
}

impl Control {
    /// The number of a place was dialled.
    pub(crate) fn at_place(&mut self, id: CallId, place: String) {
        let Some(call) = self.calls.get(&id) else { return };
        let is_station = self.legs.get(&call.caller).is_some_and(|leg| !leg.is_trunk());
        match call.holds {
            // A far end dials no place: it has the codes of its own exchange.
            _ if !is_station => self.end(id, Cause::UnallocatedNumber, Side::Box),
            Some(first) => self.park_held(first, id, place),
            None => self.take_parked(id, &place),
        }
    }

    fn parked_at(&self, place: &str) -> Option<CallId> {
        let is_there = |phase: &Phase| matches!(phase, Phase::Parked(parked) if parked.place == place);
        self.calls.values().find(|call| is_there(&call.phase)).map(|call| call.id)
    }

    /// A place that is taken, and an emergency service, leave the holder with who is on hold.
    fn park_held(&mut self, first: CallId, second: CallId, place: String) {
        let held = match self.calls.get(&first).map(|call| (&call.phase, call.class)) {
            Some((&Phase::Held(held), CallClass::Normal)) if self.parked_at(&place).is_none() => Some(held),
            _ => None,
        };
        let Some(Held { talk, by, .. }) = held else { return self.end(second, Cause::UserBusy, Side::Box) };
        if let Some(call) = self.calls.get_mut(&second) {
            call.holds = None;
        }
        self.say_and_end(second, DONE);
        let extension = self.legs.get(&by).and_then(Leg::station).and_then(|port| self.plan.stations.get(&port));
        let extension = extension.map(|station| station.extension.clone()).unwrap_or_default();
        let Some(port) = self.holder_leaves(first, talk, by) else {
            return self.end(first, Cause::NormalClearing, Side::Box);
        };
        let Some(call) = self.calls.get_mut(&first) else { return };
        let until = self.now + Duration::from_secs(call.plan.park_returns_s.into());
        let leg = call.caller;
        call.phase = Phase::Parked(Parked { place: place.clone(), port, until });
        self.record_hold(first, leg, true);
        self.tell(CallEvent::Parked { call: first, leg, place, extension });
    }

    fn take_parked(&mut self, id: CallId, place: &str) {
        let Some(into) = self.parked_at(place) else {
            self.tell(CallEvent::NobodyParked { call: id, place: place.to_owned() });
            return self.say_and_end(id, NOBODY);
        };
        self.unpark(into);
        self.takes_over(id, into, |leg| CallEvent::TakenUp { call: into, leg, place: place.to_owned() });
    }

    fn unpark(&mut self, id: CallId) {
        if let Some(leg) = self.calls.get(&id).map(|call| call.caller) {
            self.record_hold(id, leg, false);
        }
    }

    /// Nobody took the party up in time.
    pub(crate) fn parked_too_long(&mut self, id: CallId) {
        let Some(Phase::Parked(Parked { port, .. })) = self.calls.get(&id).map(|call| &call.phase) else { return };
        let port = *port;
        self.unpark(id);
        self.goes_back(id, port, NotTransferred::ParkedTooLong);
    }

    /// A restart of the box changes nothing.
    pub(crate) fn parked_on(&mut self, id: CallId, parked: Parked) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let caller: LegId = call.caller;
        call.phase = Phase::Parked(parked);
        // The part of the recording that has just begun knows of no hold.
        self.record_hold(id, caller, true);
        self.hear_hold_music(id, caller);
    }
}
