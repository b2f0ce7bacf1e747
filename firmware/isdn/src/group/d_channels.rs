//! The D-channels of a group: one carries the signalling, another waits to take its place.
//!
//! Source: ITU-T Q.931, Annex F, and AT&T TR 41459, Annex B, as far as both are known at second hand: both data links are kept
//! up, one alone is in service, and SERVICE with the D-channel's name says which. The first link that comes up is taken; the
//! one that comes back later waits, as Nortel's DMS-100 has it (297-8021-544), so a repaired line takes nothing back.
//! Either end may switch. What comes over the other link in the meantime is heard all the same: the two ends learn of a
//! failure at different times.

use std::{collections::VecDeque, time::Duration};

use arrayvec::ArrayVec;
use frame::{Time, Timeslot};

use super::GroupSettings;
use crate::{
    q921::{FrameOctets, Information, Link, LinkFault, LinkOutput, SendError},
    q931::{
        CallReference, ChannelStatus, ServiceMessage, ServicePractice,
        element::{ChannelId, InterfaceId},
    },
};

/// One or two D-channels.
#[derive(Debug)]
pub(super) struct DChannels {
    channels: ArrayVec<DChannel, 2>,
    practice: ServicePractice,
    t321: Duration,
    /// The one in service. The first in the list is the primary one.
    active: Option<usize>,
    /// T321: the far end has not shown that it heard of the one in service.
    unheard_until: Option<Time>,
    /// Until then no other is put in service because the far end takes this one out: two ends that misunderstand each other
    /// would go to and fro without end. What the far end itself puts in service is followed all the same.
    settled_until: Time,
    outputs: VecDeque<DOutput>,
    frames: VecDeque<(u8, FrameOctets)>,
}

#[derive(Debug)]
struct DChannel {
    interface: u8,
    link: Link,
}

/// What D-channels tell, in order.
#[derive(Debug)]
pub(super) enum DOutput {
    /// A message that came over it.
    Message(u8, Information),
    /// Something is wrong with its link.
    Fault(u8, LinkFault),
    /// Its link is up or down, in service or not.
    Link(u8, bool),
    /// Signalling goes over this one from now on.
    Active(Option<u8>),
    /// What becomes of signalling: up, down, or up with messages lost.
    News(LinkOutput),
}

impl DChannels {
    pub fn new(settings: &GroupSettings, practice: ServicePractice) -> DChannels {
        let line = &settings.lines;
        let new = |&interface: &u8| DChannel {
            interface,
            link: Link::new(line.role, line.link.clone(), line.distinct.wrapping_add(interface.into())),
        };
        DChannels {
            channels: settings.d_channels().iter().map(new).collect(),
            practice,
            t321: settings.t321,
            active: None,
            unheard_until: None,
            settled_until: Time::ZERO,
            outputs: VecDeque::new(),
            frames: VecDeque::new(),
        }
    }

    /// The next frame for the D-channel of an interface. Frames stand before all else.
    pub fn poll_frame(&mut self) -> Option<(u8, FrameOctets)> {
        self.frames.pop_front()
    }

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<DOutput> {
        self.outputs.pop_front()
    }

    /// An acknowledgement that no message carried.
    pub fn poll_acknowledgement(&mut self) -> Option<(u8, FrameOctets)> {
        self.channels.iter_mut().find_map(|channel| {
            channel.link.flush();
            channel.link.poll_frame().map(|octets| (channel.interface, octets))
        })
    }

    pub fn next_deadline(&self) -> Option<Time> {
        self.channels.iter().filter_map(|channel| channel.link.next_deadline()).chain(self.unheard_until).min()
    }

    /// The interface whose D-channel is in service.
    pub fn active(&self) -> Option<u8> {
        self.active.map(|at| self.channels[at].interface)
    }

    pub fn backlog_messages(&self) -> usize {
        self.active.map_or(0, |at| self.channels[at].link.backlog_messages())
    }

    pub fn apply(&mut self, settings: &GroupSettings) {
        self.t321 = settings.t321;
        self.channels.iter_mut().for_each(|channel| channel.link.apply(settings.lines.link.clone()));
    }

    /// Layer 1 of a line is up or down, whether or not it has a D-channel.
    pub fn handle_layer1(&mut self, now: Time, interface: u8, up: bool) {
        if let Some(at) = self.find(interface) {
            self.channels[at].link.handle_layer1(now, up);
            self.drain(now);
        }
    }

    /// Takes the data link of an interface down and leaves it down.
    pub fn release(&mut self, now: Time, interface: u8) {
        if let Some(at) = self.find(interface) {
            self.channels[at].link.release(now);
            self.drain(now);
        }
    }

    /// Sets it up again.
    pub fn bring_up(&mut self, now: Time, interface: u8) {
        if let Some(at) = self.find(interface) {
            self.channels[at].link.bring_up(now);
            self.drain(now);
        }
    }

    /// A frame from a D-channel. False where it is of no use.
    pub fn handle_frame(&mut self, now: Time, interface: u8, octets: &[u8]) -> bool {
        let Some(at) = self.find(interface) else { return false };
        let good = self.channels[at].link.handle_frame(now, octets);
        self.drain(now);
        good
    }

    pub fn handle_timeout(&mut self, now: Time) {
        self.channels.iter_mut().for_each(|channel| channel.link.handle_timeout(now));
        self.drain(now);
        if self.unheard_until.take_if(|until| *until <= now).is_some() {
            self.on_unheard(now);
        }
    }

    /// Sends a message over the D-channel in service.
    pub fn send(&mut self, now: Time, octets: Information) -> Result<(), SendError> {
        let at = self.active.ok_or(SendError::Down)?;
        let sent = self.channels[at].link.send(now, octets);
        self.drain_frames(at);
        sent
    }

    fn find(&self, interface: u8) -> Option<usize> {
        self.channels.iter().position(|channel| channel.interface == interface)
    }

    /// Frames of a message go out at once: they keep their place among the entries of the call table.
    fn drain_frames(&mut self, at: usize) {
        let DChannel { interface, link } = &mut self.channels[at];
        while let Some(octets) = link.poll_frame() {
            self.frames.push_back((*interface, octets));
        }
    }

    fn drain(&mut self, now: Time) {
        for at in 0..self.channels.len() {
            while let Some(output) = self.channels[at].link.poll_output() {
                self.take(now, at, output);
            }
        }
    }

    fn take(&mut self, now: Time, at: usize, output: LinkOutput) {
        let (interface, in_service) = (self.channels[at].interface, self.active == Some(at));
        if let LinkOutput::Up | LinkOutput::Down = output {
            self.outputs.push_back(DOutput::Link(interface, output == LinkOutput::Up));
        }
        match output {
            LinkOutput::Frame(octets) => self.frames.push_back((interface, octets)),
            LinkOutput::Fault(fault) => self.outputs.push_back(DOutput::Fault(interface, fault)),
            LinkOutput::Information(octets) => self.hear(now, at, octets),
            LinkOutput::Up if self.active.is_none() => self.put_in_service(now, at, LinkOutput::Up),
            LinkOutput::Down if in_service => self.on_lost(now, at),
            LinkOutput::Reset | LinkOutput::Renewed if in_service => self.outputs.push_back(DOutput::News(output)),
            // The one that waits.
            LinkOutput::Up | LinkOutput::Down | LinkOutput::Reset | LinkOutput::Renewed => {}
        }
    }

    /// The link in service is down: the other takes over. What was on its way is lost, as when a link is set up anew.
    fn on_lost(&mut self, now: Time, at: usize) {
        match self.other_up(at) {
            Some(other) => self.put_in_service(now, other, LinkOutput::Reset),
            None => {
                (self.active, self.unheard_until) = (None, None);
                self.outputs.extend([DOutput::Active(None), DOutput::News(LinkOutput::Down)]);
            }
        }
    }

    /// T321: nothing came over the D-channel that we put in service. The other is tried, or the same once more.
    fn on_unheard(&mut self, now: Time) {
        let Some(at) = self.active else { return };
        match self.other_up(at) {
            Some(other) => self.put_in_service(now, other, LinkOutput::Reset),
            None => self.say_in_service(now, at),
        }
    }

    fn other_up(&self, at: usize) -> Option<usize> {
        (0..self.channels.len()).find(|&other| other != at && self.channels[other].link.is_up())
    }

    fn put_in_service(&mut self, now: Time, at: usize, news: LinkOutput) {
        self.activate(at);
        // It goes first: what follows tells the far end the same.
        self.say_in_service(now, at);
        self.outputs.push_back(DOutput::News(news));
    }

    fn activate(&mut self, at: usize) {
        (self.active, self.unheard_until) = (Some(at), None);
        self.outputs.push_back(DOutput::Active(self.active()));
    }

    /// Where there is no other, there is nothing to say.
    fn say_in_service(&mut self, now: Time, at: usize) {
        if self.channels.len() > 1 {
            self.unheard_until = Some(now + self.t321);
            let message = ServiceMessage {
                practice: self.practice,
                reference: CallReference::GLOBAL,
                acknowledges: false,
                status: ChannelStatus::InService,
                channel: d_channel(self.channels[at].interface),
            };
            self.send_over(now, at, &message);
        }
    }

    fn send_over(&mut self, now: Time, at: usize, message: &ServiceMessage) {
        if let Ok(octets) = message.emit() {
            // A full queue is a link in trouble: T321 says it again.
            let _ = self.channels[at].link.send(now, octets);
            self.drain_frames(at);
        }
    }

    fn hear(&mut self, now: Time, at: usize, octets: Information) {
        // Any message of layer 3 is an answer, Q.931, table 9-1.
        if self.active == Some(at) {
            self.unheard_until = None;
        }
        let interface = self.channels[at].interface;
        match ServiceMessage::parse(&octets) {
            Ok(service) if self.is_d_channel(&service.channel) => self.hear_service(now, at, &service),
            _ => self.outputs.push_back(DOutput::Message(interface, octets)),
        }
    }

    /// A D-channel is meant: by its mark, or by its timeslot on a line that has one.
    fn is_d_channel(&self, channel: &ChannelId) -> bool {
        let on_line = self.named(channel).is_none_or(|interface| self.find(interface).is_some());
        channel.d_channel || on_line && channel.timeslot() == Some(D_TIMESLOT)
    }

    fn named(&self, channel: &ChannelId) -> Option<u8> {
        channel.interface.as_ref().and_then(super::interface_number)
    }

    fn hear_service(&mut self, now: Time, over: usize, service: &ServiceMessage) {
        let named = self.named(&service.channel).map_or(Some(over), |interface| self.find(interface));
        let Some(at) = named else { return };
        if !service.acknowledges && !self.takes_precedence(at, service.status) {
            self.send_over(now, over, &service.acknowledgement());
            self.obey(now, at, service.status);
        } else if service.acknowledges && service.status == ChannelStatus::InService {
            self.follow(at);
        }
    }

    /// Both ends put another one in service at once: the primary one is it, and the far end hears of ours.
    fn takes_precedence(&self, meant: usize, status: ChannelStatus) -> bool {
        let ours = self.active == Some(0) && self.unheard_until.is_some();
        ours && meant != 0 && status == ChannelStatus::InService
    }

    fn obey(&mut self, now: Time, at: usize, status: ChannelStatus) {
        match status {
            ChannelStatus::InService => self.follow(at),
            ChannelStatus::OutOfService | ChannelStatus::Maintenance => self.withdraw(now, at),
        }
    }

    fn withdraw(&mut self, now: Time, at: usize) {
        let in_service = self.active == Some(at) && self.settled_until <= now;
        if let Some(other) = self.other_up(at).filter(|_| in_service) {
            self.settled_until = now + self.t321;
            self.put_in_service(now, other, LinkOutput::Reset);
        }
    }

    /// The far end has this one in service.
    fn follow(&mut self, at: usize) {
        if self.active == Some(at) {
            self.unheard_until = None;
        } else if self.channels[at].link.is_up() {
            let news = if self.active.is_some() { LinkOutput::Reset } else { LinkOutput::Up };
            self.activate(at);
            self.outputs.push_back(DOutput::News(news));
        }
    }
}

/// How a D-channel is named: by its interface, its mark and its timeslot.
fn d_channel(interface: u8) -> ChannelId {
    let named = InterfaceId::from_iter([0x80 | interface]);
    ChannelId { interface: Some(named), d_channel: true, ..ChannelId::one(D_TIMESLOT, true) }
}

/// The D-channel of a T1.
const D_TIMESLOT: Timeslot = Timeslot(24);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, Role};

    fn new(role: Role) -> DChannels {
        let settings = GroupSettings::t1(role, Dialect::Ni2, &[0, 1], 0, Some(1)).unwrap();
        DChannels::new(&settings, ServicePractice::National)
    }

    fn seconds(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    /// Carries frames both ways until both ends are quiet.
    fn exchange(ends: &mut [DChannels; 2], now: Time) {
        while let Some((from, (interface, octets))) = (0..2).find_map(|end| {
            ends[end].poll_frame().or_else(|| ends[end].poll_acknowledgement()).map(|frame| (end, frame))
        }) {
            ends[1 - from].handle_frame(now, interface, &octets);
        }
    }

    fn both_up() -> [DChannels; 2] {
        let mut ends = [new(Role::User), new(Role::Network)];
        for interface in [0, 1] {
            ends.iter_mut().for_each(|end| end.handle_layer1(Time::ZERO, interface, true));
            exchange(&mut ends, Time::ZERO);
        }
        ends
    }

    #[test]
    fn where_each_end_puts_another_one_in_service_the_primary_one_is_it() {
        for primary_at in [0, 1] {
            let mut ends = both_up();
            let [a, b] = &mut ends;
            let (first, second) = if primary_at == 0 { (a, b) } else { (b, a) };
            for (end, at) in [(first, 0), (second, 1)] {
                end.activate(at);
                end.say_in_service(Time::ZERO, at);
            }
            exchange(&mut ends, Time::ZERO);
            assert_eq!(ends.each_ref().map(DChannels::active), [Some(0), Some(0)]);
            assert_eq!(ends.each_ref().map(|end| end.unheard_until), [None, None]);
        }
    }

    #[test]
    fn an_end_that_is_told_of_another_d_channel_follows() {
        let mut ends = both_up();
        ends[0].put_in_service(Time::ZERO, 1, LinkOutput::Reset);
        exchange(&mut ends, Time::ZERO);
        assert_eq!(ends.each_ref().map(DChannels::active), [Some(1), Some(1)]);
        assert!(ends[1].outputs.iter().any(|output| matches!(output, DOutput::News(LinkOutput::Reset))));
    }

    #[test]
    fn two_ends_do_not_take_d_channels_out_of_service_to_and_fro() {
        let mut ends = both_up();
        let [user, _] = &mut ends;
        user.withdraw(seconds(1), 0);
        assert_eq!(user.active(), Some(1));
        user.withdraw(seconds(2), 1);
        assert_eq!(user.active(), Some(1), "not so soon");
        user.withdraw(seconds(31), 1);
        assert_eq!(user.active(), Some(0));
    }

    /// A far end that keeps its data links up and says nothing on layer 3.
    struct Mute {
        user: DChannels,
        links: [Link; 2],
    }

    impl Mute {
        fn new() -> Mute {
            let link = || Link::new(Role::Network, Default::default(), 7);
            let mut mute = Mute { user: new(Role::User), links: [link(), link()] };
            for at in [0, 1] {
                mute.user.handle_layer1(Time::ZERO, at as u8, true);
                mute.links[at].handle_layer1(Time::ZERO, true);
                mute.exchange(Time::ZERO);
            }
            mute
        }

        fn exchange(&mut self, now: Time) {
            loop {
                let from_user = self.user.poll_frame().or_else(|| self.user.poll_acknowledgement());
                if let Some((interface, octets)) = from_user {
                    self.links[usize::from(interface)].handle_frame(now, &octets);
                    continue;
                }
                let said = |(at, link): (usize, &mut Link)| {
                    link.flush();
                    link.poll_output().map(|output| (at, output))
                };
                match self.links.iter_mut().enumerate().find_map(said) {
                    Some((at, LinkOutput::Frame(octets))) => _ = self.user.handle_frame(now, at as u8, &octets),
                    Some(_) => {}
                    None => break,
                }
            }
        }

        fn advances(&mut self, now: Time) {
            self.user.handle_timeout(now);
            self.links.iter_mut().for_each(|link| link.handle_timeout(now));
            self.exchange(now);
        }
    }

    #[test]
    fn t321_a_d_channel_that_stays_unheard_is_given_up_for_the_other_and_so_on() {
        let mut line = Mute::new();
        assert_eq!(line.user.active(), Some(0));
        (1..30).for_each(|second| line.advances(seconds(second)));
        assert_eq!(line.user.active(), Some(0));
        line.advances(seconds(30));
        assert_eq!(line.user.active(), Some(1));
        (31..=60).for_each(|second| line.advances(seconds(second)));
        assert_eq!(line.user.active(), Some(0));
    }

    #[test]
    fn one_d_channel_alone_says_nothing_of_itself() {
        let settings = GroupSettings::t1(Role::User, Dialect::Ni2, &[0, 1], 0, None).unwrap();
        let mut mute = Mute { user: DChannels::new(&settings, ServicePractice::National), ..Mute::new() };
        mute.links[0] = Link::new(Role::Network, Default::default(), 7);
        mute.links[0].handle_layer1(Time::ZERO, true);
        mute.user.handle_layer1(Time::ZERO, 0, true);
        mute.exchange(Time::ZERO);
        assert_eq!((mute.user.active(), mute.user.unheard_until), (Some(0), None));
    }
}
