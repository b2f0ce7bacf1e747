//! SERVICE: channels are taken out of service and put back, by either end.
//!
//! Source: AT&T TR 41459 and Telcordia SR-4994, clause 10, as the coding in `q931` has them; the two papers were not at
//! hand, so what is asked for again and how often is as for RESTART. Each end keeps its own word on a channel, and the
//! channel carries calls when both agree. A call that has a channel keeps it to its end. Where the dialect has no SERVICE,
//! a channel can still be taken out of service here, and the far end hears of it when it uses it: cause 44.
//! Not here: D-channels that take each other's place.

use frame::{Time, Timeslot};

use super::Span;
use crate::{
    Timer,
    channel::End,
    q931::{
        CallReference, ChannelStatus, ServiceMessage,
        element::{ChannelChoice, ChannelId, TimeslotSet},
    },
};

/// What the far end is still to be told, one channel after the other.
#[derive(Debug, Default)]
pub(super) struct Services {
    waiting: TimeslotSet,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    timeslot: Timeslot,
    status: ChannelStatus,
    /// T316.
    until: Time,
    sent: u8,
}

impl Services {
    pub fn next_deadline(&self) -> Option<Time> {
        self.current.as_ref().map(|current| current.until)
    }

    /// The link is down, or was set up anew: what was under way begins again when it is back.
    pub fn pause(&mut self) {
        if let Some(current) = self.current.take() {
            self.waiting.insert(current.timeslot);
        }
    }
}

impl Span {
    /// Takes channels out of service, or puts them back.
    pub(super) fn request_service(&mut self, now: Time, timeslots: TimeslotSet, in_service: bool) {
        let timeslots = timeslots.intersection(self.channels.usable());
        self.channels.set_service(End::Near, timeslots, in_service);
        self.tell_channels();
        self.say_service(now, timeslots);
    }

    /// The link is back: what we took out of service is said again, since the far end may have begun anew.
    pub(super) fn resume_services(&mut self, now: Time) {
        self.say_service(now, self.channels.near_out());
    }

    /// T316: SERVICE again, up to N316 times in all. Unheard, our word holds all the same.
    pub(super) fn run_due_service(&mut self, now: Time) {
        let Some(current) = self.services.current.take_if(|current| current.until <= now) else { return };
        if current.sent < self.settings.timers.n316 {
            return self.send_service(now, current.timeslot, current.sent + 1);
        }
        self.counters.unanswered_services += 1;
        self.say_next_service(now);
    }

    /// A SERVICE or its acknowledgement.
    pub(super) fn receive_service(&mut self, now: Time, message: &ServiceMessage) {
        let named = self.channels_in(&message.channel);
        if message.acknowledges {
            return self.receive_service_acknowledge(now, named, message.status);
        }
        // A D-channel without another to take its place: there is nothing to do but to say that it was heard.
        if named.is_empty() && !message.channel.d_channel {
            self.counters.ignored_messages += 1;
            return;
        }
        self.channels.set_service(End::Far, named, message.status == ChannelStatus::InService);
        self.tell_channels();
        self.transmit_service(now, &message.acknowledgement());
    }

    fn receive_service_acknowledge(&mut self, now: Time, named: TimeslotSet, status: ChannelStatus) {
        let meant = |current: &mut Current| named.contains(current.timeslot) && current.status == status;
        if self.services.current.take_if(meant).is_none() {
            self.counters.ignored_messages += 1;
            return;
        }
        self.say_next_service(now);
    }

    /// The channels of ours that are meant. Where none is named, the 5ESS means the whole interface.
    fn channels_in(&self, channel: &ChannelId) -> TimeslotSet {
        match channel.choice {
            _ if channel.d_channel => TimeslotSet::EMPTY,
            ChannelChoice::Timeslots(named) => named.intersection(self.channels.usable()),
            ChannelChoice::None | ChannelChoice::Any => self.channels.usable(),
        }
    }

    fn say_service(&mut self, now: Time, timeslots: TimeslotSet) {
        if self.settings.rules().maintenance.is_some() {
            self.services.waiting = self.services.waiting.union(timeslots);
            self.say_next_service(now);
        }
    }

    fn say_next_service(&mut self, now: Time) {
        let ready = self.services.current.is_none() && self.link.is_up();
        if let Some(timeslot) = self.services.waiting.iter().next().filter(|_| ready) {
            self.services.waiting.remove(timeslot);
            self.send_service(now, timeslot, 1);
        }
    }

    fn send_service(&mut self, now: Time, timeslot: Timeslot, sent: u8) {
        let Some(practice) = self.settings.rules().maintenance else { return };
        let out = self.channels.near_out().contains(timeslot);
        let status = if out { ChannelStatus::OutOfService } else { ChannelStatus::InService };
        let until = now + self.settings.timers.get(Timer::T316);
        self.services.current = Some(Current { timeslot, status, until, sent });
        let mut channel = ChannelId::one(timeslot, true);
        self.settings.name_interface(&mut channel);
        let reference = CallReference::GLOBAL;
        let message = ServiceMessage { practice, reference, acknowledges: false, status, channel };
        self.transmit_service(now, &message);
    }

    fn transmit_service(&mut self, now: Time, message: &ServiceMessage) {
        self.hand_over(now, message.emit());
    }
}
