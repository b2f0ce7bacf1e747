//! Calls that go out over trunks: which channel is tried, and which is kept free.

use std::collections::VecDeque;

use frame::{CallId, LaneId, LegId, PortId};
use isdn::Cause;

use crate::{
    CallClass, CallEvent, Endpoint, LegRole, Number, Side,
    control::{Call, Control, NewLeg, Phase},
    leg::{Leg, LegState, Progress},
    message::{Heard, Line, Output, Shown, TrunkRequest},
    plan::{Group, Trunk},
};

impl Control {
    /// Calls an outside number over a trunk group.
    pub(crate) fn reach_outside(&mut self, id: CallId, group: usize, number: Number) {
        let Some(call) = self.calls.get(&id) else { return };
        let candidates = call.plan.groups.get(group).map(|group| group.trunks.iter().copied().collect());
        if self.keeps_last_channel(call) {
            return self.end(id, Cause::NoChannelAvailable, Side::Box);
        }
        self.start_outside(id, candidates.unwrap_or_default(), number);
    }

    /// Whether no channel is left for a call but the one that is kept for an emergency.
    pub(crate) fn keeps_last_channel(&self, call: &Call) -> bool {
        call.plan.keep_one_free && call.class == CallClass::Normal && self.is_last_channel()
    }

    /// Whether only one channel of the whole box is left: it is kept for an emergency where two can carry calls.
    pub(crate) fn is_last_channel(&self) -> bool {
        let trunks = self.plan.groups.iter().flat_map(|group| &group.trunks);
        let all: usize = trunks.map(|trunk| self.usable_channels(*trunk)).sum();
        let used = self.legs.values().filter(|leg| leg.is_trunk()).count();
        all >= 2 && used + 1 >= all
    }

    fn usable_channels(&self, trunk: Trunk) -> usize {
        let told = match trunk {
            Trunk::Span { span, .. } => self.usable.get(&span).copied(),
            Trunk::OutsideLine { port, .. } => {
                self.dead.contains(&port).then(|| trunk.channels() - self.free_channels(trunk))
            }
        };
        told.map_or(trunk.channels(), |usable| usable.min(trunk.channels()))
    }

    /// Adds a called leg and tries the candidates in order.
    pub(crate) fn start_outside(&mut self, id: CallId, candidates: VecDeque<Trunk>, number: Number) {
        let group = candidates.front().and_then(|trunk| self.group_of(*trunk)).map(|group| group.name.clone());
        let endpoint = Endpoint::Channel { lane: LaneId::default(), group: group.unwrap_or_default() };
        let new = NewLeg { line: None, lane: LaneId::default(), endpoint, number: Some(number) };
        let leg = self.add_leg(id, LegRole::Called, new);
        if let Some(call) = self.calls.get_mut(&id) {
            call.called = Some(leg);
            call.tried.clear();
            call.phase = Phase::Reaching { candidates };
        }
        if !self.try_next_trunk(id, Cause::NoChannelAvailable) {
            self.end(id, Cause::NoChannelAvailable, Side::Box);
        }
    }

    /// Tries the next trunk of a call that is being reached, if the reason for leaving the last one allows it and there
    /// is one. What the called party itself said (busy, no such number) is true on every trunk.
    pub(crate) fn try_next_trunk(&mut self, id: CallId, cause: Cause) -> bool {
        if !is_the_trunks_fault(cause) {
            return false;
        }
        let Some(call) = self.calls.get(&id) else { return false };
        let Phase::Reaching { candidates } = &call.phase else { return false };
        let next = self.next_candidate(candidates, &call.tried);
        let only_dead = next.is_none_or(|(_, dead)| dead);
        if only_dead && call.class == CallClass::Emergency && self.preempt(id) {
            return true;
        }
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Phase::Reaching { candidates } = &mut call.phase else { return false };
        let Some(trunk) = next.and_then(|(next, _)| candidates.remove(next)) else { return false };
        call.tried.push(trunk);
        let (caller, called) = (call.caller, call.called);
        let calling = self.shown_outside(trunk, caller);
        let Some(leg) = called.and_then(|called| self.legs.get(&called)) else { return false };
        let Some(number) = leg.number.clone() else { return false };
        let (leg, completes) = (leg.id, self.when_free.completes(id));
        self.put(Output::Start { leg, trunk, number, calling, completes });
        true
    }

    /// Which trunk is tried next, and whether that is a dead line: those come last, before them what has failed this call already,
    /// and before that lines under test, which have to rest before they can be dialled on.
    fn next_candidate(&self, candidates: &VecDeque<Trunk>, tried: &[Trunk]) -> Option<(usize, bool)> {
        let put_off = |trunk: &Trunk| match trunk {
            Trunk::OutsideLine { port, .. } => {
                (self.dead.contains(port), tried.contains(trunk), self.under_test.contains(port))
            }
            Trunk::Span { .. } => (false, tried.contains(trunk), false),
        };
        let rows = candidates.iter().map(put_off).enumerate();
        rows.min_by_key(|(_, put_off)| *put_off).map(|(at, (dead, ..))| (at, dead))
    }

    /// An outside line is dead, or is so no more: then it may be what an emergency call waits for.
    pub(crate) fn line_dead(&mut self, port: PortId, on: bool) {
        if on {
            self.dead.insert(port);
        } else if self.dead.remove(&port) {
            self.channel_freed();
        }
    }

    /// The number that the called party sees: the group's own for callers from within, who have none outside; else the
    /// caller's. An emergency service sees one that it can call back.
    fn shown_number(&self, trunk: Trunk, caller: LegId) -> Option<Number> {
        let caller = self.legs.get(&caller)?;
        let shown = self.group_of(trunk).and_then(|group| group.shown.as_ref()?.parse().ok());
        if self.calls.get(&caller.call).is_some_and(|call| call.class == CallClass::Emergency) {
            return self.shown_to_emergency(caller.station(), shown);
        }
        if caller.is_trunk() { caller.number.clone() } else { shown.or_else(|| caller.number.clone()) }
    }

    /// Who calls, as the called party sees it. An emergency service sees everybody.
    pub(crate) fn shown_outside(&self, trunk: Trunk, caller: LegId) -> Shown {
        let number = self.shown_number(trunk, caller);
        let Some(leg) = self.legs.get(&caller) else { return Shown::default() };
        let station = leg.station().and_then(|port| self.plan.stations.get(&port));
        let emergency = self.calls.get(&leg.call).is_some_and(|call| call.class == CallClass::Emergency);
        let private = !emergency && (leg.private || station.is_some_and(|station| station.withholds));
        let name = station.map(|station| station.name.clone()).or_else(|| leg.name.clone());
        Shown { number, name: name.filter(|name| !name.is_empty() && !private), private }
    }

    /// Who answered, as a private exchange shows it to its caller. The public network knows its own number of the house.
    pub(crate) fn shown_as_answering(&self, call: CallId) -> Shown {
        let Some(call) = self.calls.get(&call) else { return Shown::default() };
        let group = self.legs.get(&call.caller).and_then(|leg| leg.endpoint.group());
        let dials = self.plan.groups.iter().any(|row| row.dials && Some(row.name.as_str()) == group);
        let port = call.called.and_then(|called| self.legs.get(&called)).filter(|leg| leg.is_answered());
        let station = port.and_then(Leg::station).and_then(|port| self.plan.stations.get(&port)).filter(|_| dials);
        station.map_or_else(Shown::default, |station| Shown {
            number: station.extension.parse().ok(),
            name: Some(station.name.clone()).filter(|name| !name.is_empty() && !station.withholds),
            private: station.withholds,
        })
    }

    /// A trunk took the call.
    pub(crate) fn started(&mut self, id: LegId, line: Line, lane: LaneId) {
        let moved = self.moved_wanted.remove(&id);
        let id = moved.unwrap_or(id);
        if !self.legs.contains_key(&id) {
            // The caller hung up in the same moment: nobody else would ever clear the channel.
            return self.put(Output::Trunk { line, request: TrunkRequest::Clear(Cause::NormalClearing) });
        }
        let endpoint = match line {
            Line::Isdn { span, .. } => {
                let group = self.group_name(|trunk| matches!(trunk, Trunk::Span { span: of, .. } if of == span));
                Endpoint::Channel { lane, group }
            }
            Line::Port(port) => {
                let is_it = |trunk| matches!(trunk, Trunk::OutsideLine { port: of, .. } if of == port);
                Endpoint::OutsideLine { port, group: self.group_name(is_it) }
            }
        };
        self.bind(id, line, lane, endpoint);
        // It was started for the leg that was before.
        moved.into_iter().for_each(|_| self.put(Output::Tag { line }));
    }

    /// Whether a leg that nobody has answered is tried on another trunk instead of being given up for `cause`.
    pub(crate) fn goes_elsewhere(&self, id: LegId, cause: Cause) -> bool {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.state == LegState::Unanswered) else { return false };
        let Some(call) = self.calls.get(&leg.call).filter(|call| call.called == Some(id)) else { return false };
        let Phase::Reaching { candidates } = &call.phase else { return false };
        is_the_trunks_fault(cause) && (!candidates.is_empty() || call.class == CallClass::Emergency)
    }

    /// A trunk could not take the call: the next one may.
    pub(crate) fn refused(&mut self, id: LegId, cause: Cause) {
        let id = self.moved_wanted.remove(&id).unwrap_or(id);
        let Some(call) = self.legs.get(&id).map(|leg| leg.call) else { return };
        self.unbind(id);
        if !self.try_next_trunk(call, cause) {
            self.not_reached(call, cause, Side::Box);
        }
    }

    /// The far end rings.
    pub(crate) fn alerting(&mut self, id: LegId, inband: bool) {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.state == LegState::Unanswered) else { return };
        let call = leg.call;
        self.note_progress(id, Progress::Rings);
        self.tell(CallEvent::LegRinging { call, leg: id });
        if inband { self.hear_called(id) } else { self.tell_caller_it_rings(call) }
    }

    /// The called line carries its own tone or announcement: the caller hears that.
    pub(crate) fn hear_called(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.state == LegState::Unanswered) else { return };
        let (call, from, on_port) = (leg.call, leg.lane, matches!(leg.line, Some(Line::Port(_))));
        self.note_progress(id, Progress::Audible);
        let caller = self.calls.get(&call).and_then(|call| self.legs.get(&call.caller));
        let Some((caller, lane)) = caller.map(|leg| (leg.id, leg.lane)) else { return };
        self.put(Output::Hear { lane, heard: Heard::Party(from) });
        if on_port {
            self.join_before_answer((caller, lane), (id, from));
        }
    }

    fn note_progress(&mut self, leg: LegId, progress: Progress) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.progress = progress;
        }
    }

    /// An outside line does not tell in time that its far end answered: whoever answers must be heard and hear, and be
    /// recorded, from the first word on.
    fn join_before_answer(&mut self, caller: (LegId, LaneId), called: (LegId, LaneId)) {
        self.put(Output::Hear { lane: called.1, heard: Heard::Party(caller.1) });
        self.record_leg(caller.0);
        self.record_leg(called.0);
    }

    pub(crate) fn group_of(&self, trunk: Trunk) -> Option<&Group> {
        self.plan.groups.iter().find(|group| group.trunks.contains(&trunk))
    }

    fn group_name(&self, is_it: impl Fn(Trunk) -> bool) -> String {
        let group = self.plan.groups.iter().find(|group| group.trunks.iter().any(|trunk| is_it(*trunk)));
        group.map(|group| group.name.clone()).unwrap_or_default()
    }
}

/// Whether a cause says something about the trunk rather than about the called party.
fn is_the_trunks_fault(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::NoChannelAvailable
            | Cause::NetworkOutOfOrder
            | Cause::TemporaryFailure
            | Cause::SwitchingCongestion
            | Cause::RequestedChannelUnavailable
            | Cause::DestinationOutOfOrder
    )
}
