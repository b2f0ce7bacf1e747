//! The B-channels of a span: who has which, which are being restarted, which are out of use.
//!
//! Source: ITU-T Q.931, 5.1.2, 5.2.3, 5.5 and 5.7. A channel is freed by [`Channels::release`] and nowhere else.

use std::collections::VecDeque;

use frame::Timeslot;
use serde::{Deserialize, Serialize};

use crate::{
    CallHandle, Role,
    q931::{
        Element, Message,
        element::{ChannelChoice, ChannelId, TimeslotSet},
    },
};

/// What a B-channel is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelState {
    /// Free.
    #[default]
    Idle,
    /// A call has it.
    Busy(CallHandle),
    /// We asked the far end to restart it and wait.
    Restarting,
    /// The far end did not confirm a release or a restart. It comes back by a restart, or when the far end uses it.
    Maintenance,
}

/// From which end a free channel is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hunting {
    /// From the lowest timeslot.
    LowToHigh,
    /// From the highest timeslot.
    HighToLow,
}

impl Hunting {
    /// The direction that meets the far end's last: networks hunt from the low end, so users hunt from the high one.
    pub const fn against(role: Role) -> Hunting {
        match role {
            Role::User => Hunting::HighToLow,
            Role::Network => Hunting::LowToHigh,
        }
    }
}

/// How the far end numbers the B-channels of an E1. Old private exchanges differ in it; the wrong one gives calls in which
/// nobody hears anybody, on the channels from 16 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelNumbers {
    /// By timeslot: 1 to 15 and 17 to 31. Q.931, 4.5.13.
    #[default]
    Timeslots,
    /// From 1 to 30, with no gap for the D-channel: what QSIG calls the logical channel.
    Consecutive,
}

impl ChannelNumbers {
    /// Turns the numbers of a message into timeslots.
    pub(crate) fn read(self, message: &mut Message) {
        self.translate(message, TimeslotSet::from_consecutive);
    }

    /// Turns the timeslots of a message into numbers.
    pub(crate) fn write(self, message: &mut Message) {
        self.translate(message, TimeslotSet::to_consecutive);
    }

    fn translate(self, message: &mut Message, consecutive: impl Fn(TimeslotSet) -> TimeslotSet) {
        if self == ChannelNumbers::Timeslots {
            return;
        }
        for element in &mut message.elements {
            if let Element::ChannelId(ChannelId { choice: ChannelChoice::Timeslots(named), .. }) = element {
                *named = consecutive(*named);
            }
        }
    }
}

/// What a channel becomes when its call is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// Free for the next call.
    #[default]
    Idle,
    /// Out of use, since the far end may still hold it.
    Maintenance,
}

/// The B-channels of one span.
#[derive(Debug)]
pub(crate) struct Channels {
    usable: TimeslotSet,
    states: [ChannelState; 32],
    /// Channels that are being restarted for no other reason than a start: nothing is known to be wrong with them.
    spare: TimeslotSet,
    changes: VecDeque<(Timeslot, ChannelState)>,
}

impl Channels {
    pub fn new(usable: TimeslotSet) -> Channels {
        let states = [ChannelState::Idle; 32];
        Channels { usable, states, spare: TimeslotSet::EMPTY, changes: VecDeque::new() }
    }

    /// The channels that exist.
    pub fn usable(&self) -> TimeslotSet {
        self.usable
    }

    /// What a channel is doing; `None` where there is none.
    pub fn state(&self, timeslot: Timeslot) -> Option<ChannelState> {
        self.usable.contains(timeslot).then(|| self.states[usize::from(timeslot.0)])
    }

    /// The call that has a channel.
    pub fn owner(&self, timeslot: Timeslot) -> Option<CallHandle> {
        match self.state(timeslot)? {
            ChannelState::Busy(owner) => Some(owner),
            ChannelState::Idle | ChannelState::Restarting | ChannelState::Maintenance => None,
        }
    }

    /// The channels in a state that `matches`.
    pub fn matching(&self, matches: impl Fn(ChannelState) -> bool) -> TimeslotSet {
        self.usable.iter().filter(|&timeslot| self.state(timeslot).is_some_and(&matches)).collect()
    }

    /// The first free channel; one that is only being restarted after a start comes last of all.
    pub fn hunt(&self, hunting: Hunting) -> Option<Timeslot> {
        let idle = self.matching(|state| state == ChannelState::Idle);
        let first = match hunting {
            Hunting::LowToHigh => idle.iter().next(),
            Hunting::HighToLow => idle.iter().next_back(),
        };
        first.or_else(|| self.spare.iter().next())
    }

    /// Whether a call may have a channel. What a link carries stays in order, so a SETUP that follows the RESTART of its
    /// channel finds it restarted: no call is refused for want of a channel that has nothing wrong with it.
    pub fn is_free(&self, timeslot: Timeslot) -> bool {
        self.state(timeslot) == Some(ChannelState::Idle) || self.spare.contains(timeslot)
    }

    /// Gives a free channel to a call. False where it is not free.
    pub fn claim(&mut self, timeslot: Timeslot, owner: CallHandle) -> bool {
        let free = self.is_free(timeslot);
        if free {
            self.change(timeslot, ChannelState::Busy(owner));
        }
        free
    }

    /// Gives a channel to a call that the far end put on it. The far end holds the channel for good, so one that waited
    /// for a restart is back in use: an ignored RESTART must not cost a channel for ever.
    pub fn claim_for_far_end(&mut self, timeslot: Timeslot, owner: CallHandle) -> bool {
        self.restore(timeslot);
        self.claim(timeslot, owner)
    }

    /// Takes a channel from the call that has it. The one place where a channel becomes free.
    pub fn release(&mut self, timeslot: Timeslot, owner: CallHandle, afterwards: Afterwards) {
        assert_eq!(self.owner(timeslot), Some(owner), "a call frees its own channel only");
        let state = match afterwards {
            Afterwards::Idle => ChannelState::Idle,
            Afterwards::Maintenance => ChannelState::Maintenance,
        };
        self.change(timeslot, state);
    }

    /// Takes channels without a call out of use until they are restarted.
    pub fn await_restart(&mut self, timeslots: TimeslotSet) {
        self.change_unowned(timeslots, ChannelState::Restarting);
    }

    /// The same for a channel with which nothing is wrong.
    pub fn await_restart_in_use(&mut self, timeslot: Timeslot) {
        self.await_restart(TimeslotSet::one(timeslot));
        if self.state(timeslot) == Some(ChannelState::Restarting) {
            self.spare.insert(timeslot);
        }
    }

    /// The far end restarted a channel, or uses it.
    pub fn restore(&mut self, timeslot: Timeslot) {
        self.change_unowned(TimeslotSet::one(timeslot), ChannelState::Idle);
    }

    /// The far end did not answer a RESTART. Channels that came back in the meantime stay.
    pub fn give_up_restart(&mut self, timeslots: TimeslotSet) {
        let waiting = self.matching(|state| state == ChannelState::Restarting);
        let given_up = timeslots.iter().filter(|&timeslot| waiting.contains(timeslot)).collect();
        self.change_unowned(given_up, ChannelState::Maintenance);
    }

    /// The next change, in order.
    pub fn poll_change(&mut self) -> Option<(Timeslot, ChannelState)> {
        self.changes.pop_front()
    }

    fn change_unowned(&mut self, timeslots: TimeslotSet, state: ChannelState) {
        for timeslot in timeslots.iter() {
            if self.usable.contains(timeslot) && self.owner(timeslot).is_none() {
                self.change(timeslot, state);
            }
        }
    }

    fn change(&mut self, timeslot: Timeslot, state: ChannelState) {
        let old = std::mem::replace(&mut self.states[usize::from(timeslot.0)], state);
        self.spare.remove(timeslot);
        if old != state {
            self.changes.push_back((timeslot, state));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: CallHandle = CallHandle { slot: 0, generation: 0 };
    const OTHER: CallHandle = CallHandle { slot: 1, generation: 0 };

    #[test]
    fn the_two_sides_hunt_towards_each_other() {
        let channels = Channels::new(TimeslotSet::E1);
        assert_eq!(channels.hunt(Hunting::against(Role::User)), Some(Timeslot(31)));
        assert_eq!(channels.hunt(Hunting::against(Role::Network)), Some(Timeslot(1)));
    }

    #[test]
    fn thirty_calls_fill_an_e1_and_none_gets_the_signalling_timeslot() {
        let mut channels = Channels::new(TimeslotSet::E1);
        let mut given = TimeslotSet::EMPTY;
        while let Some(timeslot) = channels.hunt(Hunting::LowToHigh) {
            assert!(channels.claim(timeslot, CALL));
            given.insert(timeslot);
        }
        assert_eq!(given, TimeslotSet::E1);
        assert!(!channels.claim(Timeslot(16), CALL) && !channels.claim(Timeslot(0), CALL));
    }

    #[test]
    fn a_channel_has_one_owner() {
        let mut channels = Channels::new(TimeslotSet::E1);
        assert!(channels.claim(Timeslot(1), CALL));
        assert!(!channels.claim(Timeslot(1), OTHER) && !channels.claim_for_far_end(Timeslot(1), OTHER));
        channels.release(Timeslot(1), CALL, Afterwards::Idle);
        assert!(channels.claim(Timeslot(1), OTHER));
    }

    #[test]
    fn a_channel_in_maintenance_comes_back_when_the_far_end_uses_it() {
        let mut channels = Channels::new(TimeslotSet::E1);
        channels.await_restart(TimeslotSet::one(Timeslot(1)));
        channels.give_up_restart(TimeslotSet::one(Timeslot(1)));
        assert_eq!(channels.state(Timeslot(1)), Some(ChannelState::Maintenance));
        assert!(!channels.claim(Timeslot(1), CALL), "we do not use it");
        assert!(channels.claim_for_far_end(Timeslot(1), CALL));
    }
}
