//! Call waiting: a call for a telephone that talks waits there, told by a tone in the talk; a flash takes it.
//!
//! Source: the practice of public exchanges (GR-571-CORE, ETS 300 056). The caller hears that it rings. The flash puts the
//! other party on hold, with music, and each further flash changes between the two; each of the two calls has its own
//! recording. Who puts the handset down with a party on hold is rung for it, as after a transfer that came to nothing
//! (`blind_transfer`); who puts it down while a call waits is rung for that. A party who leaves gives the telephone back to
//! the one on hold. A leg that waits has no line: that is the talk's.
//! Only a telephone whose settings say so lets a call wait, while it talks to one party: no agent's, and never in an
//! emergency call. A restart of the box rings it for who was on hold when it is put down.
//! Not here: the tone, and who calls in the talk (`analog`).

use std::collections::BTreeMap;

use frame::{CallId, LegId, PortId, Time};

use crate::{
    AnswerEvidence, CallClass, CallEvent, Endpoint, LegRole, NotTransferred,
    consult::Held,
    control::{Call, Control, NewLeg, Phase, Talk},
    leg::{Leg, LegState, Progress},
    message::{Line, Output, StationRequest},
};

impl Leg {
    /// The telephone at which it waits.
    pub(crate) fn waits_at(&self) -> Option<PortId> {
        self.station().filter(|_| self.line.is_none())
    }
}

/// How a call waits.
impl Control {
    /// A call for a telephone that talks waits there. False where it can't.
    pub(crate) fn waits_at(&mut self, id: CallId, port: PortId) -> bool {
        if !self.lets_wait(port) {
            return false;
        }
        let Some(station) = self.plan.stations.get(&port).cloned() else { return false };
        let (extension, person) = (station.extension.clone(), station.person);
        let endpoint = Endpoint::Station { port, extension: extension.clone() };
        let number = extension.parse().ok();
        self.tell(CallEvent::Offered { call: id, queue: None, extension: extension.clone(), person });
        let leg = self.add_leg(id, LegRole::Called, NewLeg { line: None, lane: station.lane, endpoint, number });
        if let Some(leg) = self.legs.get_mut(&leg) {
            (leg.state, leg.progress) = (LegState::Unanswered, Progress::Rings);
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.called = Some(leg);
        }
        self.tell(CallEvent::Waits { call: id, extension });
        self.tell_caller_it_rings(id);
        true
    }

    /// Whether a telephone talks to one party, and nobody waits for it or is on hold there.
    fn lets_wait(&self, port: PortId) -> bool {
        let talks = self.leg_of(Line::Port(port)).and_then(|leg| self.legs.get(&leg)).filter(|leg| leg.is_answered());
        let call = talks.and_then(|leg| self.calls.get(&leg.call));
        let is_plain = |call: &Call| {
            matches!(call.phase, Phase::Talking(_)) && call.class == CallClass::Normal && call.holds.is_none()
        };
        self.plan.stations.get(&port).is_some_and(|station| station.lets_wait)
            && call.is_some_and(is_plain)
            && self.waiting_at(port).is_none()
            && self.on_hold_at(port).is_none()
    }

    fn waiting_at(&self, port: PortId) -> Option<LegId> {
        self.legs.values().find(|leg| leg.waits_at() == Some(port)).map(|leg| leg.id)
    }

    /// The call whose other party is on hold for another call of this telephone, and not for one that it placed itself.
    fn on_hold_at(&self, port: PortId) -> Option<(CallId, Held)> {
        let is_it = |call: &Call| match call.phase {
            Phase::Held(held) if held.waited => {
                (self.legs.get(&held.by).and_then(Leg::station) == Some(port)).then_some((call.id, held))
            }
            _ => None,
        };
        self.calls.values().find_map(is_it)
    }

    /// The telephone was put down, or has become free otherwise: it rings for who waits.
    pub(crate) fn serve_waiting(&mut self) {
        let free = |leg: &Leg| Some((leg.id, leg.waits_at().filter(|port| self.is_at_rest(*port))?));
        let due: Vec<(LegId, PortId)> = self.legs.values().filter_map(free).collect();
        for (id, port) in due {
            let Some(leg) = self.legs.get_mut(&id) else { continue };
            let (call, line, lane) = (leg.call, Line::Port(port), leg.lane);
            leg.line = Some(line);
            self.take_line(line, lane, id);
            let shown = self.calls.get(&call).map(|call| self.shown_in_house(call.caller)).unwrap_or_default();
            let ring = self.ring_for(call);
            self.put(Output::Station {
                port,
                request: StationRequest::Ring { shown, emergency: false, ring, whisper: None },
            });
            self.tell(CallEvent::LegRinging { call, leg: id });
        }
    }

    /// When the next telephone has rested that is to ring for who waits, or comes back.
    pub(crate) fn rest_deadline(&self) -> Option<Time> {
        let waits = self.legs.values().filter_map(Leg::waits_at);
        let comes_back = self.calls.values().filter(|call| call.called.is_none()).filter_map(|call| match call.phase {
            Phase::Returning(back) => Some(back.port),
            _ => None,
        });
        let rested = waits.chain(comes_back).filter_map(|port| self.rests_until(port));
        rested.filter(|until| *until > self.now).min()
    }

    /// The tone of who waits sounds in a talk alone. Whoever is on hold, parked, sent on or told something hears that, whole:
    /// call control waits for the ends of some of it.
    pub(crate) fn sound_waiting(&mut self) {
        let talks = |leg: &Leg| Some((leg.waits_at().filter(|port| self.talks_at(*port))?, leg.id));
        let wanted: BTreeMap<PortId, LegId> = self.legs.values().filter_map(talks).collect();
        let sounded = std::mem::replace(&mut self.sounds_waiting, wanted.clone());
        for (port, _) in sounded.iter().filter(|(port, leg)| wanted.get(port) != Some(leg)) {
            self.put(Output::Station { port: *port, request: StationRequest::WaitsNoMore });
        }
        for (port, leg) in wanted.iter().filter(|(port, leg)| sounded.get(port) != Some(leg)) {
            let call = self.legs.get(leg).and_then(|leg| self.calls.get(&leg.call));
            let shown = call.map(|call| self.shown_in_house(call.caller)).unwrap_or_default();
            self.put(Output::Station { port: *port, request: StationRequest::CallWaits { shown } });
        }
    }

    fn talks_at(&self, port: PortId) -> bool {
        let leg = self.leg_of(Line::Port(port)).and_then(|leg| self.legs.get(&leg)).filter(|leg| leg.is_answered());
        let call = leg.and_then(|leg| self.calls.get(&leg.call));
        call.is_some_and(|call| matches!(call.phase, Phase::Talking(_) | Phase::Conference(_)))
    }

    /// The tone was sent: the ear is the talk's again.
    pub(crate) fn waiting_told(&mut self, leg: LegId) {
        if let Some(call) = self.legs.get(&leg).map(|leg| leg.call) {
            self.said_in_talk(call, leg);
        }
    }
}

/// What a flash does, and the end.
impl Control {
    /// Takes the call that waits, or changes to the party on hold. False where there is neither.
    pub(crate) fn flashes_between(&mut self, id: LegId) -> bool {
        let Some((port, call)) = self.legs.get(&id).and_then(|leg| Some((leg.station()?, leg.call))) else {
            return false;
        };
        let talk = match self.calls.get(&call).filter(|call| call.holds.is_none()).map(|call| &call.phase) {
            Some(Phase::Talking(talk)) => *talk,
            _ => return false,
        };
        if let Some(waiting) = self.waiting_at(port) {
            self.takes_waiting((call, talk, id), waiting, port);
            return true;
        }
        let Some((other, _)) = self.on_hold_at(port) else { return false };
        self.hold_for_other(call, talk, id, other);
        self.retrieve(other);
        true
    }

    fn takes_waiting(&mut self, (first, talk, by): (CallId, Talk, LegId), waiting: LegId, port: PortId) {
        let Some(second) = self.legs.get(&waiting).map(|leg| leg.call) else { return };
        self.hold_for_other(first, talk, by, second);
        let Some(leg) = self.legs.get_mut(&waiting) else { return };
        let (line, lane) = (Line::Port(port), leg.lane);
        leg.line = Some(line);
        self.take_line(line, lane, waiting);
        self.tell(CallEvent::WaitingTaken { call: second, leg: waiting, from: first });
        self.answered(waiting, AnswerEvidence::OffHook);
    }

    fn hold_for_other(&mut self, id: CallId, talk: Talk, by: LegId, other: CallId) {
        self.tell(CallEvent::HeldForOther { call: id, leg: talk.other(by), by, other });
        self.put_on_hold(id, Held { talk, by, consults: other, waited: true });
    }

    /// The party on hold whose telephone's line a leg has; it is taken back when that leg is gone.
    pub(crate) fn on_hold_beside(&self, leg: &Leg) -> Option<CallId> {
        let port = leg.station().filter(|port| self.leg_of(Line::Port(*port)) == Some(leg.id))?;
        self.on_hold_at(port).map(|(call, _)| call)
    }

    /// The handset is put down while a party is on hold for another call: the telephone is rung for that party.
    pub(crate) fn leaves_on_hold(&mut self, port: PortId) {
        if let Some((id, _)) = self.on_hold_at(port) {
            self.left_by_holder(id);
        }
    }

    /// Who holds is gone, and hands the party on to nobody: the telephone is rung for it.
    pub(crate) fn left_by_holder(&mut self, id: CallId) {
        let Some(&Phase::Held(Held { talk, by, .. })) = self.calls.get(&id).map(|call| &call.phase) else { return };
        if let Some(port) = self.holder_leaves(id, talk, by) {
            self.goes_back(id, port, NotTransferred::LeftOnHold);
        }
    }

    /// The party on hold of a call, and the telephone that holds it for another call: all that outlives a restart of it,
    /// since the line is the other call's.
    pub(crate) fn left_on_hold(&self, call: &Call) -> Option<(LegId, PortId)> {
        let Phase::Held(held) = call.phase else { return None };
        let port = self.legs.get(&held.by).and_then(Leg::station)?;
        let (of, _) = self.on_hold_at(port)?;
        (of == call.id).then(|| (held.talk.other(held.by), port))
    }
}
