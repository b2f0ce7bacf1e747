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
    /// It was taken out of service and carries no call. A call that had it then has kept it to its end.
    OutOfService {
        /// By us; it comes back when we say so.
        near: bool,
        /// By the far end; it comes back when the far end says so, restarts it or uses it.
        far: bool,
    },
}

/// An end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Ours.
    Near,
    /// Theirs.
    Far,
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
    /// What each would be doing if all were in service.
    states: [ChannelState; 32],
    /// Channels that are being restarted for no other reason than a start: nothing is known to be wrong with them.
    spare: TimeslotSet,
    /// Channels that we took out of service.
    near_out: TimeslotSet,
    /// Channels that the far end took out of service.
    far_out: TimeslotSet,
    changes: VecDeque<(Timeslot, ChannelState)>,
}

impl Channels {
    pub fn new(usable: TimeslotSet) -> Channels {
        Channels {
            usable,
            states: [ChannelState::Idle; 32],
            spare: TimeslotSet::EMPTY,
            near_out: TimeslotSet::EMPTY,
            far_out: TimeslotSet::EMPTY,
            changes: VecDeque::new(),
        }
    }

    /// The channels that exist.
    pub fn usable(&self) -> TimeslotSet {
        self.usable
    }

    /// The channels that we took out of service.
    pub fn near_out(&self) -> TimeslotSet {
        self.near_out
    }

    /// What a channel is doing; `None` where there is none.
    pub fn state(&self, timeslot: Timeslot) -> Option<ChannelState> {
        self.usable.contains(timeslot).then(|| self.seen(timeslot))
    }

    /// The call that has a channel.
    pub fn owner(&self, timeslot: Timeslot) -> Option<CallHandle> {
        match self.state(timeslot)? {
            ChannelState::Busy(owner) => Some(owner),
            ChannelState::Idle
            | ChannelState::Restarting
            | ChannelState::Maintenance
            | ChannelState::OutOfService { .. } => None,
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
        first.or_else(|| self.spare.iter().find(|&timeslot| self.is_free(timeslot)))
    }

    /// Whether a call may have a channel. What a link carries stays in order, so a SETUP that follows the RESTART of its
    /// channel finds it restarted: no call is refused for want of a channel that has nothing wrong with it.
    pub fn is_free(&self, timeslot: Timeslot) -> bool {
        let spare = self.spare.contains(timeslot) && self.state(timeslot) == Some(ChannelState::Restarting);
        spare || self.state(timeslot) == Some(ChannelState::Idle)
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
    /// for a restart, or that the far end had taken out of service, is back in use: an ignored RESTART must not cost a
    /// channel for ever. What we took out of service stays out.
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
        self.set_service(End::Far, TimeslotSet::one(timeslot), true);
        self.change_unowned(TimeslotSet::one(timeslot), ChannelState::Idle);
    }

    /// The far end did not answer a RESTART. Channels that came back in the meantime stay.
    pub fn give_up_restart(&mut self, timeslots: TimeslotSet) {
        let waits = |timeslot: &Timeslot| self.states[usize::from(timeslot.0)] == ChannelState::Restarting;
        let given_up = timeslots.iter().filter(waits).collect();
        self.change_unowned(given_up, ChannelState::Maintenance);
    }

    /// An end takes channels out of service or puts them back. Calls on them go on.
    pub fn set_service(&mut self, end: End, timeslots: TimeslotSet, in_service: bool) {
        for timeslot in timeslots.intersection(self.usable).iter() {
            let seen = self.seen(timeslot);
            let out = match end {
                End::Near => &mut self.near_out,
                End::Far => &mut self.far_out,
            };
            if in_service {
                out.remove(timeslot)
            } else {
                out.insert(timeslot)
            }
            self.note(timeslot, seen);
        }
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
        let seen = self.seen(timeslot);
        self.states[usize::from(timeslot.0)] = state;
        self.spare.remove(timeslot);
        self.note(timeslot, seen);
    }

    fn note(&mut self, timeslot: Timeslot, before: ChannelState) {
        let state = self.seen(timeslot);
        if before != state {
            self.changes.push_back((timeslot, state));
        }
    }

    /// What a channel is doing, its service considered.
    fn seen(&self, timeslot: Timeslot) -> ChannelState {
        let (near, far) = (self.near_out.contains(timeslot), self.far_out.contains(timeslot));
        match self.states[usize::from(timeslot.0)] {
            busy @ ChannelState::Busy(_) => busy,
            _ if near || far => ChannelState::OutOfService { near, far },
            state => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn a_channel_is_back_in_service_when_both_ends_say_so() {
        let mut channels = Channels::new(TimeslotSet::E1);
        let one = TimeslotSet::one(Timeslot(1));
        channels.set_service(End::Near, one, false);
        channels.set_service(End::Far, one, false);
        assert_eq!(channels.state(Timeslot(1)), Some(ChannelState::OutOfService { near: true, far: true }));
        channels.set_service(End::Near, one, true);
        assert!(!channels.claim(Timeslot(1), CALL), "the far end has it out");
        channels.set_service(End::Far, one, true);
        assert!(channels.claim(Timeslot(1), CALL));
    }

    #[test]
    fn what_we_took_out_of_service_is_not_the_far_end_s_to_use() {
        let mut channels = Channels::new(TimeslotSet::E1);
        let one = TimeslotSet::one(Timeslot(1));
        channels.set_service(End::Far, one, false);
        assert!(channels.claim_for_far_end(Timeslot(1), CALL), "it uses what it took out: it is back");
        channels.set_service(End::Near, one, false);
        assert_eq!(channels.owner(Timeslot(1)), Some(CALL), "a call goes on");
        channels.release(Timeslot(1), CALL, Afterwards::Idle);
        assert_eq!(channels.state(Timeslot(1)), Some(ChannelState::OutOfService { near: true, far: false }));
        assert!(!channels.claim_for_far_end(Timeslot(1), OTHER));
    }

    #[test]
    fn a_channel_that_is_restarted_after_a_start_is_not_hunted_while_it_is_out_of_service() {
        let mut channels = Channels::new(TimeslotSet::one(Timeslot(1)));
        channels.await_restart_in_use(Timeslot(1));
        assert_eq!(channels.hunt(Hunting::LowToHigh), Some(Timeslot(1)));
        channels.set_service(End::Far, TimeslotSet::one(Timeslot(1)), false);
        assert_eq!(channels.hunt(Hunting::LowToHigh), None);
        assert!(!channels.claim(Timeslot(1), CALL));
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

    /// What may happen to one of three channels, for one of two calls.
    #[derive(Clone, Copy, Debug)]
    enum Act {
        Claim,
        ClaimForFarEnd,
        Release(bool),
        AwaitRestart,
        AwaitRestartInUse,
        GiveUpRestart,
        Restore,
        Serve(bool, bool),
    }

    fn any_act() -> impl Strategy<Value = Act> {
        prop_oneof![
            3 => Just(Act::Claim),
            3 => Just(Act::ClaimForFarEnd),
            3 => any::<bool>().prop_map(Act::Release),
            1 => Just(Act::AwaitRestart),
            1 => Just(Act::AwaitRestartInUse),
            1 => Just(Act::GiveUpRestart),
            1 => Just(Act::Restore),
            2 => (any::<bool>(), any::<bool>()).prop_map(|(near, in_service)| Act::Serve(near, in_service)),
        ]
    }

    fn act(channels: &mut Channels, timeslot: Timeslot, call: CallHandle, act: Act) {
        let (one, before) = (TimeslotSet::one(timeslot), channels.owner(timeslot));
        let mut claimed = false;
        match act {
            Act::Claim => claimed = channels.claim(timeslot, call),
            Act::ClaimForFarEnd => claimed = channels.claim_for_far_end(timeslot, call),
            Act::Release(well) => {
                let afterwards = if well { Afterwards::Idle } else { Afterwards::Maintenance };
                before.into_iter().for_each(|owner| channels.release(timeslot, owner, afterwards));
                return assert_eq!(channels.owner(timeslot), None);
            }
            Act::AwaitRestart => channels.await_restart(one),
            Act::AwaitRestartInUse => channels.await_restart_in_use(timeslot),
            Act::GiveUpRestart => channels.give_up_restart(one),
            Act::Restore => channels.restore(timeslot),
            Act::Serve(near, in_service) => {
                channels.set_service(if near { End::Near } else { End::Far }, one, in_service);
            }
        }
        // Nothing but a release takes a channel from its call, and nothing but a claim gives it one.
        assert_eq!(channels.owner(timeslot), if claimed { Some(call) } else { before });
        assert!(!claimed || before.is_none(), "a channel had two owners");
    }

    proptest! {
        #[test]
        fn a_channel_has_one_owner_at_most_and_always_comes_back(
            acts in prop::collection::vec((1u8..4, any::<bool>(), any_act()), 0..60),
        ) {
            let usable: TimeslotSet = (1..4).map(Timeslot).collect();
            let mut channels = Channels::new(usable);
            let mut told = [ChannelState::Idle; 4];
            for (timeslot, first, next) in acts {
                act(&mut channels, Timeslot(timeslot), if first { CALL } else { OTHER }, next);
                while let Some((timeslot, state)) = channels.poll_change() {
                    told[usize::from(timeslot.0)] = state;
                }
                for timeslot in usable.iter() {
                    prop_assert_eq!(channels.state(timeslot), Some(told[usize::from(timeslot.0)]), "what is told is true");
                }
                if let Some(hunted) = channels.hunt(Hunting::LowToHigh) {
                    prop_assert!(channels.is_free(hunted));
                }
            }
            for timeslot in usable.iter() {
                act(&mut channels, timeslot, CALL, Act::Release(true));
                channels.set_service(End::Near, usable, true);
                channels.restore(timeslot);
            }
            prop_assert_eq!(channels.matching(|state| state == ChannelState::Idle), usable);
        }
    }
}
