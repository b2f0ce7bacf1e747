//! RESTART: putting channels back into a state that both ends agree on.
//!
//! Source: ITU-T Q.931, 5.5. One RESTART is under way at a time, of one channel or of the interface.
//! A channel whose RESTART is ignored goes to maintenance, and comes back as soon as the far end uses it.

use frame::{Time, Timeslot};

use super::Span;
use crate::{
    Cause, ChannelState, Origin, RestartScope, Timer,
    channel::{Afterwards, Channels},
    q931::{
        CallReference, Element, Message, MessageKind,
        element::{ChannelChoice, ChannelId, Diagnostics, RestartClass, TimeslotSet, id},
    },
};

/// What is being restarted, and what waits for it.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    waiting: TimeslotSet,
    /// Channels that are restarted because nothing is known about them.
    unused: TimeslotSet,
    interface_waits: bool,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    target: Target,
    /// T316.
    until: Time,
    sent: u8,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    Channel(Timeslot),
    /// One of [`RestartScope::Unused`].
    Unused(Timeslot),
    Interface,
}

impl Restarts {
    pub fn next_deadline(&self) -> Option<Time> {
        self.current.as_ref().map(|current| current.until)
    }

    /// A RESTART waits for its answer: REST 1.
    pub fn is_under_way(&self) -> bool {
        self.current.is_some()
    }

    /// 5.3.3 and 5.3.4, notes: a channel that was put aside with its call is restarted. Otherwise two ends that both gave a release up would
    /// both wait for ever until the other uses it.
    pub fn note_end(&mut self, timeslot: Timeslot, afterwards: Afterwards) {
        if afterwards == Afterwards::Maintenance {
            self.waiting.insert(timeslot);
        }
    }

    /// Channels that have a call by now work, and a RESTART would end it.
    fn take_next(&mut self, channels: &Channels) -> Option<Target> {
        if std::mem::take(&mut self.interface_waits) {
            // It restarts every channel, whoever waits.
            (self.waiting, self.unused) = (TimeslotSet::EMPTY, TimeslotSet::EMPTY);
            return Some(Target::Interface);
        }
        let mut waiting = std::iter::from_fn(|| take_first(&mut self.waiting));
        if let Some(timeslot) = waiting.find(|timeslot| channels.owner(*timeslot).is_none()) {
            return Some(Target::Channel(timeslot));
        }
        let mut unused = std::iter::from_fn(|| take_first(&mut self.unused));
        unused.find(|timeslot| channels.state(*timeslot) == Some(ChannelState::Idle)).map(Target::Unused)
    }

    fn put_back(&mut self, target: Target) {
        match target {
            Target::Channel(timeslot) => self.waiting.insert(timeslot),
            Target::Unused(timeslot) => self.unused.insert(timeslot),
            Target::Interface => self.interface_waits = true,
        }
    }
}

impl Span {
    pub(super) fn request_restart(&mut self, now: Time, scope: RestartScope) {
        if scope == RestartScope::Unused {
            self.restarts.unused = self.idle_channels();
            return self.resume_restarts(now);
        }
        let usable = self.channels.usable();
        let wanted = match scope {
            RestartScope::Channels(wanted) => wanted.iter().filter(|&timeslot| usable.contains(timeslot)).collect(),
            RestartScope::Interface | RestartScope::Unused => usable,
        };
        self.end_calls_on(now, wanted, scope == RestartScope::Interface);
        self.channels.await_restart(wanted);
        self.tell_channels();
        match scope {
            RestartScope::Channels(_) => wanted.iter().for_each(|timeslot| self.restarts.waiting.insert(timeslot)),
            RestartScope::Interface | RestartScope::Unused => self.restarts.interface_waits = true,
        }
        self.resume_restarts(now);
    }

    /// Begins the next restart where none is under way and there is a link to say it on.
    pub(super) fn resume_restarts(&mut self, now: Time) {
        if self.restarts.current.is_none()
            && self.link.is_up()
            && let Some(target) = self.restarts.take_next(&self.channels)
        {
            self.send_restart(now, target, 1);
        }
    }

    /// The link is down, or was set up anew: what was under way begins again when it is back.
    pub(super) fn pause_restarts(&mut self) {
        if let Some(current) = self.restarts.current.take() {
            if let Target::Unused(timeslot) = current.target {
                self.channels.restore(timeslot);
                self.tell_channels();
            }
            self.restarts.put_back(current.target);
        }
    }

    /// T316: RESTART again, up to N316 times in all.
    pub(super) fn run_due_restart(&mut self, now: Time) {
        let Some(current) = self.restarts.current.take_if(|current| current.until <= now) else { return };
        // A call that the far end began since then would be ended by a second RESTART, and shows that none is needed.
        let in_use = self.channels_of(current.target).iter().any(|timeslot| self.channels.owner(timeslot).is_some());
        if current.sent < self.settings.timers.n316 && !in_use {
            return self.send_restart(now, current.target, current.sent + 1);
        }
        self.give_up_restart(current.target);
        self.tell_channels();
        self.resume_restarts(now);
    }

    /// Nothing is known to be wrong with a channel that was restarted for no other reason than a start.
    fn give_up_restart(&mut self, target: Target) {
        match target {
            Target::Unused(timeslot) => {
                self.restarts.unused = TimeslotSet::EMPTY;
                self.channels.restore(timeslot);
            }
            Target::Channel(_) | Target::Interface => self.channels.give_up_restart(self.channels_of(target)),
        }
    }

    pub(super) fn receive_restart_acknowledge(&mut self, now: Time) {
        let Some(current) = self.restarts.current.take() else {
            self.counters.ignored_messages += 1;
            return;
        };
        self.channels_of(current.target).iter().for_each(|timeslot| self.channels.restore(timeslot));
        self.tell_channels();
        self.resume_restarts(now);
    }

    /// 5.5.2: calls on the channels end without a message, the channels are free, the far end is told.
    pub(super) fn receive_restart(&mut self, now: Time, reference: CallReference, message: &Message) {
        let Some(&class) = message.restart_class() else { return };
        let usable = self.channels.usable();
        let named = match (class, message.channel_id().map(|channel| channel.choice)) {
            (RestartClass::Channels, Some(ChannelChoice::Timeslots(named))) => named,
            (RestartClass::Channels, _) => {
                let missing = [id::CHANNEL_ID].into_iter().collect();
                let cause = self.cause(Cause::MandatoryElementMissing, missing);
                return self.send_status(now, reference.reply(), cause);
            }
            (RestartClass::Interface | RestartClass::AllInterfaces, _) => usable,
        };
        let named: TimeslotSet = named.iter().filter(|&timeslot| usable.contains(timeslot)).collect();
        if named.is_empty() {
            let cause = self.cause(Cause::ChannelDoesNotExist, Diagnostics::new());
            return self.send_status(now, reference.reply(), cause);
        }
        self.end_calls_on(now, named, class != RestartClass::Channels);
        named.iter().for_each(|timeslot| self.channels.restore(timeslot));
        self.tell_channels();
        let acknowledge = Message::new(reference.reply(), MessageKind::RestartAcknowledge)
            .with(message.channel_id().cloned().map(Element::ChannelId))
            .with(Element::Restart(class));
        self.transmit(now, &acknowledge);
    }

    fn send_restart(&mut self, now: Time, target: Target, sent: u8) {
        let until = now + self.settings.timers.get(Timer::T316);
        self.restarts.current = Some(Current { target, until, sent });
        match target {
            Target::Unused(timeslot) => self.channels.await_restart_in_use(timeslot),
            Target::Channel(timeslot) => self.channels.await_restart(TimeslotSet::one(timeslot)),
            Target::Interface => {}
        }
        self.tell_channels();
        let restart = Message::new(CallReference::GLOBAL, MessageKind::Restart);
        let restart = match target {
            Target::Channel(timeslot) | Target::Unused(timeslot) => restart
                .with(Element::ChannelId(ChannelId::one(timeslot, true)))
                .with(Element::Restart(RestartClass::Channels)),
            Target::Interface => restart.with(self.interface_named()).with(Element::Restart(RestartClass::Interface)),
        };
        self.transmit(now, &restart);
    }

    /// Which line is meant, where several share the D-channel.
    fn interface_named(&self) -> Option<Element> {
        let mut channel = ChannelId::none();
        self.settings.name_interface(&mut channel);
        channel.interface.is_some().then_some(Element::ChannelId(channel))
    }

    fn channels_of(&self, target: Target) -> TimeslotSet {
        match target {
            Target::Channel(timeslot) | Target::Unused(timeslot) => TimeslotSet::one(timeslot),
            Target::Interface => self.channels.usable(),
        }
    }

    /// Ends the calls on some channels; with `all`, those without a channel too.
    fn end_calls_on(&mut self, now: Time, timeslots: TimeslotSet, all: bool) {
        let hit = |timeslot: Option<Timeslot>| timeslot.map_or(all, |timeslot| timeslots.contains(timeslot));
        for handle in self.calls.handles(|call| hit(call.timeslot)) {
            self.with_call(now, handle, |call, context| {
                call.drop_silently(context, Cause::TemporaryFailure, Origin::Restart);
            });
        }
    }
}

fn take_first(set: &mut TimeslotSet) -> Option<Timeslot> {
    let first = set.iter().next()?;
    set.remove(first);
    Some(first)
}
