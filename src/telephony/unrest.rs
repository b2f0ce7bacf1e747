//! What keeps the plane from being at rest. Nothing of a call may be left when it is over: tests of days of calls end
//! with this list, which has to be empty.

use frame::{CallId, LaneId, PortId, SpanId, Time};
use isdn::ChannelState;

use super::plane::Plane;

/// Something of a call that is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrest {
    /// Call control has a call.
    Call(CallId),
    /// Call control has legs, or lines and lanes of legs.
    Legs(usize),
    /// A caller waits in a queue, or a telephone rings for one who does.
    Waiting(CallId),
    /// The queues take a telephone for talking to a caller.
    Agent(PortId, CallId),
    /// Call control or the queues wait for a moment.
    ControlTimer(Time),
    /// A span has calls; every timer of theirs is theirs.
    SpanCalls(SpanId, usize),
    /// A B-channel is taken, or out of use.
    Channel(LaneId, ChannelState),
    /// A telephone is not on its hook.
    Telephone(PortId),
    /// A telephone's line machine waits for a moment.
    TelephoneTimer(PortId, Time),
    /// A call or a ring on an outside line.
    OutsideLine(PortId),
    /// A timer of an outside line.
    OutsideLineTimer(PortId, Time),
    /// A card's ringing current is spent on so many telephones.
    Ringing(SpanId, usize),
    /// A track of the recorder is open.
    Track(LaneId),
}

impl Plane {
    /// All that is left of calls. A box at rest has one timer more, which is not here: that of each data link, which asks
    /// the far end every few seconds whether it is there (Q.921, T203).
    pub fn unrest(&self) -> Vec<Unrest> {
        let mut left = self.unrest_of_control();
        left.extend(self.isdn().map(|(span, machine)| (span, machine.call_count())).filter_map(not_none));
        left.extend(self.channels_in_use());
        for station in self.stations.values() {
            left.extend((!station.machine.is_free()).then_some(Unrest::Telephone(station.port)));
            let timer = station.machine.next_deadline();
            left.extend(timer.map(|due| Unrest::TelephoneTimer(station.port, due)));
        }
        for outside in self.outside.values() {
            left.extend((!outside.is_free()).then_some(Unrest::OutsideLine(outside.port)));
            let timer = outside.machine.next_deadline();
            left.extend(timer.map(|due| Unrest::OutsideLineTimer(outside.port, due)));
        }
        let ringing = self.budgets.iter().map(|(span, budget)| (*span, budget.ringing()));
        left.extend(ringing.filter(|(_, count)| *count > 0).map(|(span, count)| Unrest::Ringing(span, count)));
        left.extend(self.tracks.keys().map(|lane| Unrest::Track(*lane)));
        left
    }

    fn unrest_of_control(&self) -> Vec<Unrest> {
        let control = &self.control;
        let mut left: Vec<Unrest> = control.views().map(|view| Unrest::Call(view.call)).collect();
        left.extend(Some(control.traces_of_legs()).filter(|count| *count > 0).map(Unrest::Legs));
        left.extend(control.queues().callers().map(Unrest::Waiting));
        left.extend(control.queues().agents().filter_map(|(port, state)| match state {
            acd::AgentState::Ringing { call } | acd::AgentState::Talking { call } => Some(Unrest::Agent(port, call)),
            _ => None,
        }));
        left.extend(control.next_deadline().map(Unrest::ControlTimer));
        left
    }

    fn isdn(&self) -> impl Iterator<Item = (SpanId, &isdn::Span)> {
        self.spans.keys().filter_map(|span| Some((*span, self.machines.get(*span)?)))
    }

    fn channels_in_use(&self) -> impl Iterator<Item = Unrest> + '_ {
        let timeslots = || (1..frame::LANES as u8).map(frame::Timeslot);
        self.isdn().flat_map(move |(span, machine)| {
            timeslots().filter_map(move |timeslot| {
                let state = machine.channel(timeslot).filter(|state| *state != ChannelState::Idle)?;
                Some(Unrest::Channel(LaneId::new(span, timeslot), state))
            })
        })
    }
}

fn not_none((span, calls): (SpanId, usize)) -> Option<Unrest> {
    (calls > 0).then_some(Unrest::SpanCalls(span, calls))
}
