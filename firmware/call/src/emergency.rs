//! Emergency calls out: any free channel, else the channel of a call that matters less.
//!
//! Victims in this order (design/calls.md): outgoing over PRI, incoming over PRI, outgoing over an outside line, incoming
//! over an outside line, which in China may not free the line at all. Never another emergency call.

use std::collections::VecDeque;

use frame::{CallId, LegId};
use isdn::Cause;

use crate::{
    CallClass, CallEvent, Endpoint, LegRole, Number, Side,
    control::{Control, Phase},
    leg::Leg,
    plan::Trunk,
};

/// How many calls are cleared at once for one emergency call: two, because the answer to one RELEASE may be lost and
/// T308 is longer than an emergency can wait.
const VICTIMS: usize = 2;

impl Control {
    /// Calls an emergency number over whatever there is.
    pub(crate) fn reach_emergency(&mut self, id: CallId, number: Number) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.class = CallClass::Emergency;
        }
        let free = self.free_trunks();
        self.start_outside(id, free, number);
    }

    /// All trunks with a free channel, in the order of the plan.
    fn free_trunks(&self) -> VecDeque<Trunk> {
        let trunks = self.plan.groups.iter().flat_map(|group| group.trunks.iter().copied());
        trunks.filter(|trunk| self.free_channels(*trunk) > 0).collect()
    }

    fn free_channels(&self, trunk: Trunk) -> usize {
        let used = self.legs.values().filter(|leg| leg.is_on(trunk)).count();
        trunk.channels().saturating_sub(used)
    }

    /// No channel is free for an emergency call: clears calls that matter less and lets it wait for the first of their
    /// channels. False where there is none to clear.
    pub(crate) fn preempt(&mut self, by: CallId) -> bool {
        let mut victims: Vec<(u8, LegId, CallId)> =
            self.legs.values().filter_map(|leg| Some((self.rank(leg)?, leg.id, leg.call))).collect();
        victims.sort_unstable();
        if victims.is_empty() {
            return false;
        }
        if let Some(call) = self.calls.get_mut(&by) {
            call.awaits_channel = true;
        }
        for (.., call) in victims.into_iter().take(VICTIMS) {
            self.tell(CallEvent::Preempted { call, by });
            self.end(call, Cause::Preemption, Side::Box);
        }
        true
    }

    /// A trunk's channel is free again: an emergency call that waits for one takes it.
    pub(crate) fn channel_freed(&mut self) {
        let waiting = self.calls.values_mut().find(|call| call.awaits_channel);
        let Some(id) = waiting.map(|call| call.id) else { return };
        let free = self.free_trunks();
        if let Some(call) = self.calls.get_mut(&id) {
            call.awaits_channel = false;
            call.phase = Phase::Reaching { candidates: free };
        }
        if !self.try_next_trunk(id, Cause::NoChannelAvailable) {
            self.end(id, Cause::NoChannelAvailable, Side::Box);
        }
    }

    /// How little a leg's channel is wanted where it is: 0 is taken first; `None` is never taken.
    fn rank(&self, leg: &Leg) -> Option<u8> {
        let call = self.calls.get(&leg.call)?;
        if call.class == CallClass::Emergency || matches!(call.phase, Phase::Over { .. }) {
            return None;
        }
        match (&leg.endpoint, leg.role) {
            (Endpoint::Channel { .. }, LegRole::Called) => Some(0),
            (Endpoint::Channel { .. }, LegRole::Caller) => Some(1),
            (Endpoint::OutsideLine { .. }, LegRole::Called) => Some(2),
            (Endpoint::OutsideLine { .. }, LegRole::Caller) => Some(3),
            (Endpoint::Station { .. }, _) => None,
        }
    }
}

impl Leg {
    fn is_on(&self, trunk: Trunk) -> bool {
        match (&self.endpoint, trunk) {
            (Endpoint::Channel { lane, .. }, Trunk::Span { span, .. }) => lane.span == span && self.line.is_some(),
            (Endpoint::OutsideLine { port, .. }, Trunk::OutsideLine { port: of, .. }) => *port == of,
            _ => false,
        }
    }
}

impl Trunk {
    /// How many calls the trunk can carry at once.
    pub(crate) fn channels(&self) -> usize {
        match self {
            Trunk::Span { channels, .. } => usize::from(*channels),
            Trunk::OutsideLine { .. } => 1,
        }
    }
}
