//! Emergency calls out: any free channel, else the channel of a call that matters less.
//!
//! Victims in this order (design/calls.md): outgoing over PRI, incoming over PRI, outgoing over an outside line, incoming
//! over an outside line, which in China may not free the line at all. Never another emergency call.

use std::{collections::VecDeque, time::Duration};

use frame::{CallId, LegId, PortId, Time};
use isdn::Cause;

use crate::{
    CallClass, CallEvent, Direction, Endpoint, LegRole, Number, Side,
    control::{Call, Control, Phase},
    leg::{Leg, LegState},
    message::{Heard, Output},
    plan::{Target, Trunk},
};

/// How many calls are cleared at once for one emergency call: two, because the answer to one RELEASE may be lost and
/// T308 is longer than an emergency can wait.
const VICTIMS: usize = 2;

/// How long their channels are waited for before further calls are cleared: an emergency call has to be on its way within
/// a second (design/calls.md), and a healthy line releases within a few milliseconds.
const RELEASE_PATIENCE: Duration = Duration::from_millis(400);

/// What a person in the house hears whose call was ended for an emergency call.
const NOTICE: &str = "emergency_notice";

/// What an emergency call waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// Nothing.
    #[default]
    Nothing,
    /// The first channel that is freed; at this time further calls are cleared for it.
    Channel(Time),
    /// The first channel that is freed; there is no further call to clear.
    LastChannel,
}

impl Control {
    /// Calls an emergency number over whatever there is.
    pub(crate) fn reach_emergency(&mut self, id: CallId, number: Number) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.class = CallClass::Emergency;
        let caller = call.caller;
        if let Some(station) = self.legs.get(&caller).and_then(Leg::station) {
            self.call_backs.note(self.now, number.clone(), station);
        }
        let free = self.free_trunks();
        self.start_outside(id, free, number);
    }

    /// All trunks with a free channel, in the order of the plan.
    fn free_trunks(&self) -> VecDeque<Trunk> {
        let trunks = self.plan.groups.iter().flat_map(|group| group.trunks.iter().copied());
        trunks.filter(|trunk| self.free_channels(*trunk) > 0).collect()
    }

    pub(crate) fn free_channels(&self, trunk: Trunk) -> usize {
        let used = self.legs.values().filter(|leg| leg.is_on(trunk)).count();
        trunk.channels().saturating_sub(used)
    }

    /// No channel is free for an emergency call: clears calls that matter less and lets it wait for the first of their
    /// channels. False where there is none to clear, nor one being cleared.
    pub(crate) fn preempt(&mut self, by: CallId) -> bool {
        let mut victims: Vec<(u8, LegId, CallId)> =
            self.legs.values().filter_map(|leg| Some((self.rank(leg)?, leg.id, leg.call))).collect();
        victims.sort_unstable();
        // A call over two trunks is one victim.
        victims.dedup_by_key(|(.., call)| *call);
        let awaits =
            if victims.is_empty() { Awaits::LastChannel } else { Awaits::Channel(self.now + RELEASE_PATIENCE) };
        if awaits == Awaits::LastChannel && !self.legs.values().any(Leg::is_being_cleared) {
            return false;
        }
        if let Some(call) = self.calls.get_mut(&by) {
            call.awaits = awaits;
        }
        for (.., call) in victims.into_iter().take(VICTIMS) {
            self.tell(CallEvent::Preempted { call, by });
            self.end(call, Cause::Preemption, Side::Box);
        }
        true
    }

    /// A trunk's channel is free again: an emergency call that waits for one takes it.
    pub(crate) fn channel_freed(&mut self) {
        let waiting = self.calls.values_mut().find(|call| call.awaits_channel());
        let Some(id) = waiting.map(|call| call.id) else { return };
        let free = self.free_trunks();
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = Phase::Reaching { candidates: free };
        }
        self.waits_no_more(id);
        if self.legs.values().any(Leg::is_being_cleared) {
            return;
        }
        // Of two that waited for it one has it now.
        let in_vain: Vec<CallId> =
            self.calls.values().filter(|call| call.awaits_channel()).map(|call| call.id).collect();
        in_vain.into_iter().for_each(|id| self.waits_no_more(id));
    }

    /// What an emergency call waited for has not let go: further calls are cleared for it.
    pub(crate) fn waited_enough(&mut self, id: CallId) {
        if !self.preempt(id) {
            self.waits_no_more(id);
        }
    }

    /// An emergency call takes what there is, if anything.
    fn waits_no_more(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.awaits = Awaits::Nothing;
        }
        if !self.try_next_trunk(id, Cause::NoChannelAvailable) {
            self.end(id, Cause::NoChannelAvailable, Side::Box);
        }
    }

    /// A person in the house whose call was ended for an emergency call hears why, then busy tone. The channel does not
    /// wait for that. True where the leg stays for it.
    pub(crate) fn tells_of_emergency(&mut self, id: LegId, cause: Cause, by: Side) -> bool {
        let has_its_line = self.legs.get(&id).and_then(|leg| self.leg_of(leg.line?)) == Some(id);
        let Some(leg) = self.legs.get_mut(&id).filter(|_| has_its_line) else { return false };
        if cause != Cause::Preemption || leg.station().is_none() || leg.state != LegState::Answered {
            return false;
        }
        leg.state = LegState::Told { cause, by };
        let (call, lane) = (leg.call, leg.lane);
        let play = self.issue_play();
        if let Some(call) = self.calls.get_mut(&call) {
            call.play = play;
        }
        self.tell(CallEvent::PromptBegan { call, leg: id, prompt: NOTICE.to_owned() });
        self.put(Output::Hear { lane, heard: Heard::Prompts { names: vec![NOTICE.to_owned()], play } });
        true
    }

    /// The number that an emergency service sees: one that leads back to the telephone where it has one of its own, else
    /// the trunk group's. Never an extension, which nobody outside can dial, and never withheld.
    pub(crate) fn shown_to_emergency(&self, station: Option<PortId>, group: Option<Number>) -> Option<Number> {
        let own = |(_, target): &(&String, &Target)| matches!(target, Target::Station(of) if Some(*of) == station);
        let own = self.plan.ddi.iter().find(own).and_then(|(digits, _)| digits.parse().ok());
        own.or(group)
    }

    /// How little a leg's channel is wanted where it is: 0 is taken first; `None` is never taken.
    fn rank(&self, leg: &Leg) -> Option<u8> {
        let call = self.calls.get(&leg.call)?;
        if call.class == CallClass::Emergency || call.is_over() {
            return None;
        }
        // Who was called is the caller once a telephone has transferred it; the line is still one that the box took.
        let came_in = leg.role == LegRole::Caller && call.direction == Direction::Incoming;
        match (&leg.endpoint, came_in) {
            (Endpoint::Channel { .. }, false) => Some(0),
            (Endpoint::Channel { .. }, true) => Some(1),
            (Endpoint::OutsideLine { .. }, false) => Some(2),
            (Endpoint::OutsideLine { .. }, true) => Some(3),
            (Endpoint::Station { .. }, _) => None,
        }
    }
}

impl Call {
    fn awaits_channel(&self) -> bool {
        self.awaits != Awaits::Nothing && !self.is_over()
    }

    /// When further calls are cleared for this one.
    pub(crate) fn clears_more_at(&self) -> Option<Time> {
        match self.awaits {
            Awaits::Channel(due) if !self.is_over() => Some(due),
            _ => None,
        }
    }
}

impl Leg {
    fn is_being_cleared(&self) -> bool {
        self.is_trunk() && matches!(self.state, LegState::Clearing { .. })
    }

    fn is_on(&self, trunk: Trunk) -> bool {
        // A leg that is wanted again still tells the trunk that failed it.
        if self.line.is_none() {
            return false;
        }
        match (&self.endpoint, trunk) {
            (Endpoint::Channel { lane, .. }, Trunk::Span { span, .. }) => lane.span == span,
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use frame::{LaneId, LifeNo, SpanId, Time, Timeslot};
    use isdn::CallHandle;
    use settings::Settings;

    use super::*;
    use crate::{Line, Plan, control::NewLeg};

    #[test]
    fn a_line_that_the_box_took_is_wanted_less_than_one_that_came_in_also_once_its_party_is_the_caller() {
        let mut control = Control::new(LifeNo(1), Arc::new(Plan::default()), acd::Acd::new(&Settings::default()));
        control.now = Time::from_ms(1000);
        let mut rank = |slot: u8, direction, role| {
            let lane = LaneId::new(SpanId(0), Timeslot(slot));
            let line = Line::Isdn { span: SpanId(0), call: CallHandle { slot: slot.into(), generation: 0 } };
            let endpoint = Endpoint::Channel { lane, group: "city".into() };
            let call =
                control.begin(direction, CallClass::Normal, NewLeg { line: Some(line), lane, endpoint, number: None });
            let leg = control.calls[&call].caller;
            control.legs.get_mut(&leg).unwrap().role = role;
            control.rank(&control.legs[&leg])
        };
        assert_eq!(rank(1, Direction::Incoming, LegRole::Caller), Some(1));
        assert_eq!(rank(2, Direction::Undialled, LegRole::Called), Some(0));
        assert_eq!(
            rank(3, Direction::Undialled, LegRole::Caller),
            Some(0),
            "transferred by the telephone that called it"
        );
        assert_eq!(rank(4, Direction::Incoming, LegRole::Called), Some(0), "forwarded outside");
    }
}
