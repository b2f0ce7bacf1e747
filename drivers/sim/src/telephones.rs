//! An FXS card with a telephone on each port: feeds, rings, and tells of the hook as DAHDI does.
//!
//! The card's ringing current is finite (design/calls.md, "Ringing current is finite"): a ringer that has to start while
//! the current is spent on others stays silent for that burst. The card goes through its cadence all the same and tells
//! the box RingerOn and RingerOff, as real cards do; only the operator learns that nothing was heard.

use std::time::Duration;

use codec::{decode, encode};
use frame::{LaneId, Law, Octets, SpanId, Time, Timeslot};
use line::{Event, LineCommand};

use crate::{
    hook::HookDecoder,
    lanes::Lanes,
    operator::Told,
    outbox::Outbox,
    party::Party,
    ringer::{Ring, Ringer},
    telephone::{HandsetAct, Telephone},
};

/// The ports of one card.
#[derive(Clone, Debug)]
pub(crate) struct Telephones {
    ports: Vec<Port>,
    /// How many ringers may sound at once.
    ring_budget: usize,
}

/// What of a port's line comes through its card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passing {
    /// All, for a talk.
    Talk,
    /// All, with the handset down.
    OnHook,
    /// Nothing.
    Nothing,
}

#[derive(Clone, Debug)]
struct Port {
    lane: LaneId,
    law: Law,
    telephone: Telephone,
    hook: HookDecoder,
    ringer: Ringer,
    /// Whether the telephone is heard to ring: the ringer sounds and got current.
    rings: bool,
    /// Until when the feed is interrupted.
    feed_back: Option<Time>,
    /// Whether its wires touch.
    is_short: bool,
    /// Until when the telephone hears the port on-hook.
    transfer_until: Option<Time>,
}

impl Telephones {
    pub(crate) fn new(span: SpanId, law: Law, ports: u8, ring_budget: u8) -> Telephones {
        let ports = (0..ports).map(|port| Port::new(LaneId::new(span, Timeslot(port)), law));
        Telephones { ports: ports.collect(), ring_budget: usize::from(ring_budget) }
    }

    pub(crate) fn party(&mut self, timeslot: Timeslot) -> Option<&mut Party> {
        Some(&mut self.ports.get_mut(usize::from(timeslot.0))?.telephone.party)
    }

    /// A hand does something at a port. False where there is no such port.
    pub(crate) fn handset(&mut self, timeslot: Timeslot, act: &HandsetAct, out: &mut Outbox) -> bool {
        let Some(port) = self.ports.get_mut(usize::from(timeslot.0)) else { return false };
        port.telephone.act(out.now, act);
        self.advance(out);
        true
    }

    /// The wires of a port touch, which is a closed loop without a telephone; or they do no more. False where there is no
    /// such port.
    pub(crate) fn short(&mut self, timeslot: Timeslot, touch: bool, out: &mut Outbox) -> bool {
        let Some(port) = self.ports.get_mut(usize::from(timeslot.0)) else { return false };
        if port.is_short != touch {
            port.is_short = touch;
            port.edge(out.now, touch, out);
            self.advance(out);
        }
        true
    }

    /// The box commands a port.
    pub(crate) fn command(&mut self, timeslot: Timeslot, command: LineCommand, out: &mut Outbox) {
        let current = self.current_left();
        let Some(port) = self.ports.get_mut(usize::from(timeslot.0)) else { return };
        match command {
            LineCommand::Ring(cadence) if !port.hook.is_off_hook() => {
                port.silence(out);
                if port.ringer.start(out.now, cadence) == Some(Ring::Sounds) {
                    port.sound(current, out);
                }
            }
            // A closed loop trips the ring before a bell could move; and it has been told already.
            LineCommand::Ring(_) => {}
            LineCommand::OnHook => port.stop_ringing(out),
            LineCommand::Polarity { reversed } => out.tell(Told::Polarity { lane: port.lane, reversed }),
            LineCommand::BatteryDrop { ms } => {
                port.feed_back = Some(out.now + Duration::from_millis(u64::from(ms)));
                out.tell(Told::FeedDropped { lane: port.lane, ms });
            }
            LineCommand::OnHookTransfer { ms } => {
                port.transfer_until = Some(out.now + Duration::from_millis(u64::from(ms)));
            }
            LineCommand::FlashWindow { max_ms } => {
                port.hook.set_flash_time(Duration::from_millis(u64::from(max_ms)));
            }
            LineCommand::MessageLamp { messages } => out.tell(Told::MessageLamp { lane: port.lane, messages }),
            // DAHDI refuses these on a port that feeds.
            LineCommand::OffHook | LineCommand::Flash { .. } | LineCommand::DialPulse { .. } => {}
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.ports.iter().filter_map(Port::next_deadline).min()
    }

    /// Works off all deadlines up to now, each port's in the order of time.
    pub(crate) fn advance(&mut self, out: &mut Outbox) {
        while let Some((due, index)) = self.next_due(out.now) {
            let current = self.current_left();
            self.ports[index].timeout(due, current, out);
        }
    }

    /// What is due first. In the same moment a ring that ends leaves its current to one that begins.
    fn next_due(&self, now: Time) -> Option<(Time, usize)> {
        let due = |(index, port): (usize, &Port)| port.next_deadline().map(|due| (due, !port.rings, index));
        let due = self.ports.iter().enumerate().filter_map(due).filter(|(due, ..)| *due <= now);
        due.min().map(|(due, _, index)| (due, index))
    }

    /// What a cable in a telephone's place gets of its port: whether ringing current is on it, and whether sound passes.
    pub(crate) fn at_cable(&self, timeslot: Timeslot, now: Time) -> (bool, bool) {
        let port = self.ports.get(usize::from(timeslot.0));
        port.map_or((false, false), |port| (port.rings, port.passing(now) != Passing::Nothing))
    }

    /// Tells a box that attaches what its ports are doing.
    pub(crate) fn snapshot(&self, out: &mut Outbox) {
        for port in &self.ports {
            out.event(port.lane, if port.hook.is_off_hook() { Event::OffHook } else { Event::OnHook });
        }
    }

    /// Ports whose card lets sound pass: those with a closed loop, and those that transmit on-hook, the second of which with
    /// what a line has of noise by itself.
    pub(crate) fn passing(&self, now: Time) -> impl Iterator<Item = (Timeslot, Passing)> + '_ {
        self.ports.iter().map(move |port| (port.lane.timeslot, port.passing(now)))
    }

    pub(crate) fn tick(&mut self, heard: &Lanes, said: &mut Lanes, out: &mut Outbox) {
        for (port, (heard, said)) in self.ports.iter_mut().zip(heard.iter().zip(said)) {
            port.tick(heard, said, out);
        }
    }

    fn current_left(&self) -> bool {
        self.ports.iter().filter(|port| port.rings).count() < self.ring_budget
    }
}

/// An open pair: the card's hybrid is balanced for a line that ends in a telephone, and gets back half of what it sends.
fn send_back(law: Law, heard: &Octets, said: &mut Octets) {
    for (said, heard) in said.iter_mut().zip(heard) {
        *said = encode(law, decode(law, *said).saturating_add(decode(law, *heard) / 2));
    }
}

impl Port {
    fn new(lane: LaneId, law: Law) -> Port {
        Port {
            lane,
            law,
            telephone: Telephone::new(lane, law),
            hook: HookDecoder::new(),
            ringer: Ringer::default(),
            rings: false,
            feed_back: None,
            is_short: false,
            transfer_until: None,
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        let own =
            [self.telephone.next_deadline(), self.hook.next_deadline(), self.ringer.next_deadline(), self.feed_back];
        own.into_iter().flatten().min()
    }

    /// One deadline. The hook goes first: a lift at the very end of a pause still trips the ring.
    fn timeout(&mut self, due: Time, current: bool, out: &mut Outbox) {
        if let Some(event) = self.hook.timeout(due) {
            out.event(self.lane, event);
        } else if let Some(closed) = self.telephone.timeout(due) {
            self.edge(due, closed, out);
        } else if self.feed_back.take_if(|back| *back <= due).is_some() {
            out.tell(Told::FeedBack(self.lane));
        } else {
            self.ring(due, current, out);
        }
    }

    fn edge(&mut self, at: Time, closed: bool, out: &mut Outbox) {
        if closed {
            // Ring trip: the card itself takes the current away as soon as the loop closes.
            self.stop_ringing(out);
        }
        if let Some(event) = self.hook.edge(at, closed) {
            out.event(self.lane, event);
        }
    }

    fn ring(&mut self, due: Time, current: bool, out: &mut Outbox) {
        match self.ringer.timeout(due) {
            Some(Ring::Sounds) => {
                out.event(self.lane, Event::RingerOn);
                self.sound(current, out);
            }
            Some(Ring::Pauses) => {
                out.event(self.lane, Event::RingerOff);
                self.silence(out);
            }
            None => {}
        }
    }

    fn sound(&mut self, current: bool, out: &mut Outbox) {
        self.rings = current;
        out.tell(if current { Told::RingerSounds(self.lane) } else { Told::RingOverBudget(self.lane) });
    }

    fn silence(&mut self, out: &mut Outbox) {
        if std::mem::take(&mut self.rings) {
            out.tell(Told::RingerSilent(self.lane));
        }
    }

    fn stop_ringing(&mut self, out: &mut Outbox) {
        self.ringer.stop();
        self.silence(out);
    }

    fn passing(&self, now: Time) -> Passing {
        match () {
            () if self.hook.is_off_hook() => Passing::Talk,
            () if self.transmits_on_hook(now) => Passing::OnHook,
            () => Passing::Nothing,
        }
    }

    fn transmits_on_hook(&self, now: Time) -> bool {
        self.transfer_until.is_some_and(|until| now < until) && !self.rings
    }

    fn tick(&mut self, heard: &Octets, said: &mut Octets, out: &mut Outbox) {
        if self.feed_back.is_none() {
            let on_hook = self.transmits_on_hook(out.now);
            self.telephone.tick(heard, on_hook, said, out);
            if self.passing(out.now) == Passing::OnHook {
                send_back(self.law, heard, said);
            }
        } else {
            said.fill(self.telephone.silence());
        }
    }
}
