//! Two groups back to back, line by line, under a virtual clock; what is said is overheard on the way.

use std::collections::{BTreeMap, BTreeSet};

use frame::Timeslot;
use proptest::prelude::*;

use super::*;
use crate::{
    ChannelState, Dialect, Origin, RestartScope, Role,
    q931::{
        ChannelStatus, ServicePractice,
        element::{Bearer, NumberElement, TimeslotSet},
    },
};

const USER: usize = 0;
const NETWORK: usize = 1;

/// Two ends, and the cables between their lines.
struct Pair {
    now: Time,
    ends: [Group; 2],
    /// D-channels that carry nothing; the far end sees no alarm.
    dead: BTreeSet<u8>,
    events: [VecDeque<(u8, Event)>; 2],
    active: [Vec<Option<u8>>; 2],
    /// What became of each D-channel's data link.
    links: [Vec<(u8, bool)>; 2],
    /// Messages of the user's end, with the D-channel that they went over.
    said: Vec<(u8, Information)>,
    table: [BTreeMap<(u16, bool), CallEntry>; 2],
    /// What the user's call table has held at any time.
    remembered: BTreeSet<(u16, bool)>,
}

fn settings(role: Role, interfaces: &[u8]) -> GroupSettings {
    GroupSettings::t1(role, Dialect::Ni2, interfaces, interfaces[0], interfaces.get(1).copied()).unwrap()
}

fn dials() -> SetupRequest {
    SetupRequest::speech(NumberElement::unknown("62001234".parse().unwrap()), None, 0)
}

impl Pair {
    fn new(interfaces: &[u8]) -> Pair {
        let mut pair = Pair::down([settings(Role::User, interfaces), settings(Role::Network, interfaces)]);
        interfaces.iter().for_each(|&interface| pair.line(interface, true));
        pair
    }

    fn down(settings: [GroupSettings; 2]) -> Pair {
        Pair {
            now: Time::ZERO,
            ends: settings.map(Group::new),
            dead: BTreeSet::new(),
            events: Default::default(),
            active: Default::default(),
            links: Default::default(),
            said: Vec::new(),
            table: Default::default(),
            remembered: BTreeSet::new(),
        }
    }

    /// A cable is plugged in or out: both ends see it.
    fn line(&mut self, interface: u8, up: bool) {
        for end in &mut self.ends {
            end.handle_input(self.now, GroupInput::Layer1 { interface, up });
        }
        self.run();
    }

    fn run(&mut self) {
        while let Some((from, output)) = self.next_output() {
            match output {
                GroupOutput::Active(interface) => self.active[from].push(interface),
                GroupOutput::DChannel { interface, up } => self.links[from].push((interface, up)),
                GroupOutput::Line(interface, Output::Frame(octets)) => self.carry(from, interface, &octets),
                GroupOutput::Line(interface, Output::Event(event)) => self.events[from].push_back((interface, event)),
                GroupOutput::Line(_, Output::Remember(entry)) => {
                    if from == USER {
                        self.remembered.insert((entry.reference, entry.ours));
                    }
                    self.table[from].insert((entry.reference, entry.ours), entry);
                }
                GroupOutput::Line(_, Output::Forget(entry)) => {
                    assert!(self.table[from].remove(&(entry.reference, entry.ours)).is_some());
                }
            }
        }
    }

    fn next_output(&mut self) -> Option<(usize, GroupOutput)> {
        (0..2).find_map(|end| self.ends[end].poll_output().map(|output| (end, output)))
    }

    fn carry(&mut self, from: usize, interface: u8, octets: &[u8]) {
        // An I frame: address, control with an even first octet, message.
        if from == USER && octets.len() > 4 && octets[2] & 1 == 0 {
            self.overhear(interface, &octets[4..]);
        }
        if !self.dead.contains(&interface) {
            self.ends[1 - from].handle_input(self.now, GroupInput::Frame { interface, octets });
        }
    }

    /// What leaves is in the call table already, or no longer, as each span promises. A frame that waited for the window,
    /// or that the link had to send again, may be heard after its call is over.
    fn overhear(&mut self, interface: u8, octets: &[u8]) {
        self.said.push((interface, octets.iter().copied().collect()));
        if let Ok(parsed) = Message::parse(octets)
            && let Some(reference) = parsed.message.reference
            && parsed.message.kind == MessageKind::Setup
        {
            assert!(self.remembered.contains(&(reference.value, true)));
        }
    }

    fn advances_s(&mut self, seconds: u64) {
        let end = self.now + std::time::Duration::from_secs(seconds);
        self.run();
        while let Some(deadline) =
            self.ends.iter().filter_map(Group::next_deadline).min().filter(|&deadline| deadline <= end)
        {
            self.now = self.now.max(deadline);
            self.ends.iter_mut().for_each(|group| group.handle_input(self.now, GroupInput::Timeout));
            self.run();
        }
        self.now = end;
    }

    fn asks(&mut self, end: usize, interface: u8, request: Request) {
        self.ends[end].handle_input(self.now, GroupInput::Request { interface, request });
        self.run();
    }

    fn places(&mut self, end: usize) -> Result<(u8, CallHandle), SetupRefused> {
        let placed = self.ends[end].setup(self.now, dials());
        self.run();
        placed
    }

    /// A call that both ends have answered: where and what it is at the caller's end.
    fn talks(&mut self, end: usize) -> (u8, CallHandle) {
        let placed = self.places(end).unwrap();
        self.answer_all(1 - end);
        placed
    }

    /// A call of the user's on a line.
    fn talks_on(&mut self, interface: u8) {
        self.ends[USER].setup_on(self.now, interface, dials()).unwrap();
        self.run();
        self.answer_all(NETWORK);
    }

    fn answer_all(&mut self, end: usize) {
        let waiting = std::mem::take(&mut self.events[end]);
        for (interface, event) in waiting {
            if let Event::Incoming { call, .. } = event {
                self.asks(end, interface, Request::Connect { call, party: Box::default() });
            }
        }
    }

    fn busy(&self, end: usize, interface: u8) -> TimeslotSet {
        self.ends[end].line(interface).unwrap().channels_busy()
    }

    /// Both ends agree who has which channel.
    #[track_caller]
    fn agree(&self) {
        for line in &self.ends[USER].lines {
            assert_eq!(self.busy(USER, line.interface), self.busy(NETWORK, line.interface));
        }
    }

    fn releases(&mut self, end: usize) -> Vec<(Cause, Origin)> {
        let events = std::mem::take(&mut self.events[end]);
        let released = |(_, event)| match event {
            Event::Released { cause, by, .. } => Some((cause, by)),
            _ => None,
        };
        events.into_iter().filter_map(released).collect()
    }

    /// The messages of the user's end since last asked.
    fn messages(&mut self) -> Vec<(u8, Message)> {
        let said = std::mem::take(&mut self.said);
        let message = |(over, octets): (u8, Information)| Some((over, Message::parse(&octets).ok()?.message));
        said.into_iter().filter_map(message).collect()
    }

    /// A message as if the network had sent it over a D-channel.
    fn user_receives(&mut self, over: u8, message: &Message) {
        let octets = message.emit(false).unwrap();
        self.ends[USER].receive(self.now, over, octets);
        self.ends[USER].settle(self.now);
        // What the user answers is overheard and goes no further: the network asked nothing.
        self.dead.insert(over);
        self.run();
        self.dead.remove(&over);
    }
}

impl Span {
    fn channels_busy(&self) -> TimeslotSet {
        (0..32).map(Timeslot).filter(|&slot| matches!(self.channel(slot), Some(ChannelState::Busy(_)))).collect()
    }
}

fn on_line(interface: u8, timeslot: u8, exclusive: bool) -> Element {
    let named = InterfaceId::from_iter([0x80 | interface]);
    Element::ChannelId(ChannelId { interface: Some(named), ..ChannelId::one(Timeslot(timeslot), exclusive) })
}

fn setup(reference: u16, channel: Element) -> Message {
    Message::new(CallReference { value: reference, to_originator: false }, MessageKind::Setup)
        .with(Element::Bearer(Bearer::speech()))
        .with(channel)
}

#[test]
fn one_d_channel_serves_the_channels_of_all_lines_and_each_call_names_its_line() {
    let mut pair = Pair::new(&[0, 1, 2]);
    // Lines 0 and 1 have a D-channel each, line 2 has none.
    for _ in 0..23 + 23 + 24 {
        pair.talks(USER);
    }
    assert_eq!(pair.places(USER), Err(SetupRefused::NoChannel));
    pair.agree();
    let connected = pair.events[USER].iter().filter(|(_, event)| matches!(event, Event::Connected { .. })).count();
    assert_eq!(connected, 70);
    let mut named_lines = BTreeMap::<u8, TimeslotSet>::new();
    for (over, message) in pair.messages() {
        assert_eq!(over, 0, "the primary D-channel carries it all");
        if message.kind == MessageKind::Setup {
            let channel = message.channel_id().unwrap();
            assert!(channel.exclusive, "a call can't move to another line");
            named_lines.entry(named(Some(channel)).unwrap()).or_default().insert(channel.timeslot().unwrap());
        }
    }
    let expected = [(0, TimeslotSet::T1), (1, TimeslotSet::T1), (2, TimeslotSet::T1_WITHOUT_D)];
    assert_eq!(named_lines, BTreeMap::from(expected));
}

#[test]
fn the_backup_takes_over_when_the_primary_is_cut_and_talking_calls_go_on() {
    let mut pair = Pair::new(&[0, 1]);
    let calls: Vec<_> = (0..30).map(|_| pair.talks(USER)).collect();
    assert_eq!(pair.ends[USER].active(), Some(0));
    pair.line(0, false);
    for end in [USER, NETWORK] {
        assert_eq!(pair.ends[end].active(), Some(1));
    }
    // The cable of line 0 is back before its calls are given up.
    pair.advances_s(60);
    pair.line(0, true);
    pair.advances_s(600);
    assert_eq!(pair.releases(USER), []);
    assert_eq!(pair.ends[USER].call_count(), calls.len());
    pair.agree();
    assert_eq!(pair.ends[USER].active(), Some(1), "a repaired line takes nothing back");
    pair.messages();
    pair.talks(USER);
    pair.talks(NETWORK);
    assert!(pair.messages().iter().all(|(over, _)| *over == 1));
}

#[test]
fn a_d_channel_that_dies_without_an_alarm_is_noticed_and_replaced() {
    let mut pair = Pair::new(&[0, 1]);
    for _ in 0..5 {
        pair.talks(USER);
    }
    pair.dead.insert(0);
    // T203, then N200 polls, then N200 attempts to set the link up anew.
    pair.advances_s(30);
    assert_eq!([USER, NETWORK].map(|end| pair.ends[end].active()), [Some(1), Some(1)]);
    pair.advances_s(300);
    assert_eq!((pair.releases(USER), pair.releases(NETWORK)), (vec![], vec![]));
    let (interface, call) = pair.talks(USER);
    pair.asks(USER, interface, Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    assert_eq!(pair.releases(USER), [(Cause::NormalClearing, Origin::Near)]);
    pair.agree();
}

#[test]
fn calls_of_a_line_without_layer_1_wait_t309_and_new_ones_go_elsewhere() {
    let mut pair = Pair::new(&[0, 1, 2]);
    let placed: Vec<_> = (0..30).map(|_| pair.talks(NETWORK).0).collect();
    assert_eq!(placed.iter().filter(|&&interface| interface == 0).count(), 23, "the network hunts from the first line");
    pair.line(0, false);
    assert_eq!(pair.talks(NETWORK).0, 1);
    assert_eq!(pair.ends[NETWORK].setup_on(pair.now, 0, dials()), Err(SetupRefused::NoChannel));
    let usable = [0, 1, 2].map(|interface| pair.ends[NETWORK].usable_channels(interface));
    assert_eq!(usable, [23, 23, 24], "those with calls on the line that is gone");
    pair.advances_s(89);
    assert_eq!(pair.ends[NETWORK].call_count(), 31);
    pair.advances_s(2);
    assert_eq!(pair.ends[NETWORK].call_count(), 8, "23 calls on a line that is gone");
    assert_eq!(pair.ends[NETWORK].usable_channels(0), 0);
    pair.agree();
}

#[test]
fn with_all_d_channels_lost_talking_calls_have_t309() {
    let mut pair = Pair::new(&[0, 1, 2]);
    let talking: Vec<_> = (0..4).map(|_| pair.talks(USER)).collect();
    assert!(talking.iter().all(|(interface, _)| *interface == 2), "on the line without a D-channel");
    pair.line(0, false);
    pair.line(1, false);
    assert_eq!(pair.ends[USER].active(), None);
    assert_eq!(pair.places(USER), Err(SetupRefused::LinkDown));
    pair.advances_s(60);
    pair.line(1, true);
    pair.advances_s(60);
    assert_eq!(pair.ends.each_ref().map(Group::call_count), [4, 4], "the backup came back in time");
    pair.line(1, false);
    pair.advances_s(91);
    assert_eq!(pair.ends.each_ref().map(Group::call_count), [0, 0]);
    assert_eq!(pair.releases(USER), [(Cause::DestinationOutOfOrder, Origin::Link); 4]);
}

#[test]
fn the_first_d_channel_that_comes_up_is_taken_and_the_other_waits() {
    let mut pair = Pair::down([settings(Role::User, &[0, 1]), settings(Role::Network, &[0, 1])]);
    pair.line(1, true);
    assert_eq!([USER, NETWORK].map(|end| pair.ends[end].active()), [Some(1), Some(1)]);
    pair.line(0, true);
    assert_eq!([USER, NETWORK].map(|end| pair.ends[end].active()), [Some(1), Some(1)]);
}

fn d_service(interface: u8, status: ChannelStatus) -> ServiceMessage {
    let named = InterfaceId::from_iter([0x80 | interface]);
    let channel = ChannelId { interface: Some(named), d_channel: true, ..ChannelId::one(Timeslot(24), true) };
    ServiceMessage {
        practice: ServicePractice::National,
        reference: CallReference::GLOBAL,
        acknowledges: false,
        status,
        channel,
    }
}

#[test]
fn a_d_channel_is_put_in_service_by_its_name() {
    let mut pair = Pair::new(&[0, 1]);
    pair.said.clear();
    pair.line(0, false);
    let first = &pair.said[0];
    assert_eq!((first.0, ServiceMessage::parse(&first.1)), (1, Ok(d_service(1, ChannelStatus::InService))));
}

#[test]
fn the_far_end_may_take_a_d_channel_out_of_service() {
    let mut pair = Pair::new(&[0, 1]);
    let octets = d_service(0, ChannelStatus::OutOfService).emit().unwrap();
    pair.ends[NETWORK].d_channels.send(pair.now, octets).unwrap();
    pair.ends[NETWORK].settle(pair.now);
    pair.run();
    assert_eq!([USER, NETWORK].map(|end| pair.ends[end].active()), [Some(1), Some(1)]);
}

#[test]
fn a_restart_is_of_the_line_that_it_names() {
    let mut pair = Pair::new(&[0, 1]);
    for _ in 0..30 {
        pair.talks(NETWORK);
    }
    pair.messages();
    let (line_0, line_1) = (pair.busy(USER, 0), pair.busy(USER, 1));
    let one = TimeslotSet::one(Timeslot(3));
    pair.asks(USER, 1, Request::Restart(RestartScope::Channels(one)));
    assert_eq!(
        pair.messages()[0].1.channel_id(),
        Some(&ChannelId { interface: Some(InterfaceId::from_iter([0x81])), ..ChannelId::one(Timeslot(3), true) })
    );
    assert_eq!(pair.ends[USER].line(1).unwrap().channel(Timeslot(3)), Some(ChannelState::Idle));
    assert_eq!((pair.busy(USER, 0), pair.busy(USER, 1).count()), (line_0, line_1.count() - 1));
    pair.asks(USER, 1, Request::Restart(RestartScope::Interface));
    assert_eq!(named(pair.messages()[0].1.channel_id()), Some(1));
    assert_eq!((pair.busy(USER, 0), pair.busy(USER, 1)), (line_0, TimeslotSet::EMPTY));
    pair.agree();
    pair.advances_s(600);
    assert_eq!(pair.ends[USER].line(1).unwrap().idle_channels(), TimeslotSet::T1, "acknowledged");
}

#[test]
fn a_restart_of_all_lines_is_answered_once() {
    let mut pair = Pair::new(&[0, 1, 2]);
    pair.talks(USER);
    pair.messages();
    let class = Element::Restart(RestartClass::AllInterfaces);
    pair.user_receives(0, &Message::new(CallReference::GLOBAL, MessageKind::Restart).with(class));
    assert_eq!(pair.ends[USER].call_count(), 0);
    let answers: Vec<_> = pair.messages().into_iter().map(|(_, message)| message.kind).collect();
    assert_eq!(answers, [MessageKind::RestartAcknowledge]);
}

#[test]
fn a_line_that_is_not_there_is_cause_82() {
    let mut pair = Pair::new(&[0, 1]);
    pair.messages();
    pair.user_receives(0, &setup(1, on_line(7, 3, true)));
    let restart = Message::new(CallReference::GLOBAL, MessageKind::Restart).with(on_line(7, 3, true));
    pair.user_receives(0, &restart.with(Element::Restart(RestartClass::Channels)));
    let answers = pair.messages();
    let kinds: Vec<_> = answers.iter().map(|(_, message)| message.kind).collect();
    assert_eq!(kinds, [MessageKind::ReleaseComplete, MessageKind::Status]);
    assert!(answers.iter().all(|(_, message)| message.cause().unwrap().cause == Cause::ChannelDoesNotExist));
    assert_eq!(pair.ends[USER].counters().astray_messages, 2);
}

#[test]
fn a_call_that_only_prefers_a_line_that_is_full_gets_another() {
    let mut pair = Pair::new(&[0, 1]);
    for _ in 0..23 {
        pair.talks(NETWORK);
    }
    pair.user_receives(0, &setup(0x7000, on_line(0, 3, true)));
    pair.user_receives(0, &setup(0x7001, on_line(0, 3, false)));
    let incoming = |(interface, event): &(u8, Event)| matches!(event, Event::Incoming { .. }).then_some(*interface);
    assert_eq!(pair.events[USER].iter().filter_map(incoming).collect::<Vec<_>>(), [1]);
    let refused = pair.messages().pop().unwrap().1;
    assert_eq!(refused.cause().unwrap().cause, Cause::RequestedChannelUnavailable, "the one that named it for good");
}

#[test]
fn a_channel_on_the_line_of_the_d_channel_need_not_name_its_line() {
    let mut pair = Pair::new(&[4, 9]);
    pair.user_receives(9, &setup(1, Element::ChannelId(ChannelId::one(Timeslot(3), true))));
    assert_eq!(pair.busy(USER, 9), TimeslotSet::one(Timeslot(3)));
}

#[test]
fn a_reply_that_moves_a_call_to_another_line_clears_it_with_cause_6() {
    let mut pair = Pair::new(&[0, 1]);
    pair.dead.extend([0, 1]);
    let (_, call) = pair.places(USER).unwrap();
    let (_, placed) = pair.messages().pop().unwrap();
    let proceeding = Message::new(placed.reference.unwrap().reply(), MessageKind::CallProceeding);
    pair.user_receives(0, &proceeding.with(on_line(0, 3, true)));
    let (_, release) = pair.messages().pop().unwrap();
    assert_eq!((release.kind, release.cause().unwrap().cause), (MessageKind::Release, Cause::ChannelUnacceptable));
    assert!(pair.ends[USER].line(1).unwrap().timeslot(call).is_some(), "until the far end has heard it");
}

#[test]
fn service_is_of_the_line_that_it_names() {
    let mut pair = Pair::new(&[0, 1, 2]);
    let (timeslots, in_service) = (TimeslotSet::one(Timeslot(24)), false);
    pair.asks(USER, 2, Request::Service { timeslots, in_service });
    let channel = |interface: u8| pair.ends[NETWORK].line(interface).unwrap().channel(Timeslot(24));
    assert_eq!(channel(2), Some(ChannelState::OutOfService { near: false, far: true }));
    assert_eq!(channel(1), None, "the D-channel");
    let line = pair.ends[USER].line(2).unwrap();
    assert_eq!((line.counters().unanswered_services, line.next_deadline()), (0, None), "acknowledged");
}

#[test]
fn other_lines_wait_for_the_last_call() {
    let mut pair = Pair::new(&[0, 1]);
    let (interface, call) = pair.talks(USER);
    let more = settings(Role::User, &[0, 1, 2]);
    assert_eq!(pair.ends[USER].apply(pair.now, &more), Applied::WhenIdle);
    pair.asks(USER, interface, Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    assert!(pair.ends[USER].line(2).is_some());
    pair.ends[NETWORK].apply(pair.now, &settings(Role::Network, &[0, 1, 2]));
    pair.line(2, true);
    pair.advances_s(30);
    assert_eq!(pair.talks(USER).0, 2);
}

#[test]
fn calls_of_the_last_life_go_on() {
    let mut pair = Pair::new(&[0, 1]);
    let (interface, call) = pair.talks(USER);
    let timeslot = pair.ends[USER].line(interface).unwrap().timeslot(call);
    let entries: Vec<_> = pair.table[USER].values().copied().collect();
    pair.ends[USER] = Group::new(settings(Role::User, &[0, 1]));
    let adopted = pair.ends[USER].adopt(pair.now, interface, &entries);
    for interface in [0, 1] {
        pair.ends[USER].handle_input(pair.now, GroupInput::Layer1 { interface, up: true });
    }
    pair.run();
    pair.advances_s(120);
    assert_eq!(pair.ends[USER].line(interface).unwrap().timeslot(adopted[0].call), timeslot);
    assert_eq!(pair.ends.each_ref().map(Group::call_count), [1, 1]);
}

/// The ports of a trunk group are put into another order and the box is started anew under calls: references that the calls
/// bring along are in the shares of other lines now.
#[test]
fn after_a_change_of_order_no_reference_is_given_out_twice() {
    let mut pair = Pair::new(&[0, 1]);
    (0..5).for_each(|_| pair.talks_on(0));
    let first: Vec<CallEntry> = pair.table[USER].values().copied().collect();
    (0..5).for_each(|_| pair.talks_on(1));
    let second: Vec<CallEntry> = pair.table[USER].values().filter(|entry| !first.contains(entry)).copied().collect();
    pair.ends[USER] = Group::new(settings(Role::User, &[0, 1]));
    for (interface, entries) in [(1, &first), (0, &second)] {
        assert_eq!(pair.ends[USER].adopt(pair.now, interface, entries).len(), 5);
    }
    [0, 1].into_iter().for_each(|interface| pair.line(interface, true));
    pair.messages();
    // Each share begins again where the last life's did.
    [0, 1].into_iter().for_each(|interface| (0..5).for_each(|_| pair.talks_on(interface)));
    let setups = pair.messages().into_iter().filter(|(_, message)| message.kind == MessageKind::Setup);
    let fresh: BTreeSet<u16> = setups.map(|(_, setup)| setup.reference.unwrap().value).collect();
    assert_eq!(fresh.len(), 10);
    let brought: BTreeSet<u16> = first.iter().chain(&second).map(|entry| entry.reference).collect();
    assert!(fresh.is_disjoint(&brought), "{fresh:?} and {brought:?}");
    assert_eq!(pair.ends.each_ref().map(Group::call_count), [20, 20]);
}

/// Two lines that each had a D-channel may have had calls with the same reference; over one D-channel they can't be told apart.
#[test]
fn a_reference_that_two_lines_bring_along_is_the_first_ones() {
    let mut pair = Pair::new(&[0, 1]);
    pair.talks(USER);
    let entries: Vec<_> = pair.table[USER].values().copied().collect();
    let mut group = Group::new(settings(Role::User, &[0, 1]));
    assert_eq!(group.adopt(pair.now, 0, &entries).len(), 1);
    assert_eq!(group.adopt(pair.now, 1, &entries), []);
    assert_eq!((group.call_count(), group.counters().refused_entries), (1, 1));
    let forgotten = std::iter::from_fn(|| group.poll_output())
        .filter(|output| matches!(output, GroupOutput::Line(1, Output::Forget(entry)) if *entry == entries[0]));
    assert_eq!(forgotten.count(), 1);
}

#[derive(Clone, Debug)]
enum Step {
    Place(bool),
    Answer(bool),
    Clear(bool, usize),
    Dead(u8, bool),
    Line(u8, bool),
    Restart(bool, u8, u8),
    Wait(u8),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(Step::Place),
        4 => any::<bool>().prop_map(Step::Answer),
        2 => (any::<bool>(), 0usize..8).prop_map(|(end, call)| Step::Clear(end, call)),
        1 => (0u8..2, any::<bool>()).prop_map(|(interface, dead)| Step::Dead(interface, dead)),
        1 => (0u8..3, any::<bool>()).prop_map(|(interface, up)| Step::Line(interface, up)),
        1 => (any::<bool>(), 0u8..3, 20u8..25).prop_map(|(end, interface, slot)| Step::Restart(end, interface, slot)),
        4 => (0u8..40).prop_map(Step::Wait),
    ]
}

impl Pair {
    fn step(&mut self, step: Step) {
        match step {
            Step::Place(end) => _ = self.places(usize::from(end)),
            Step::Answer(end) => self.answer_all(usize::from(end)),
            Step::Clear(end, at) => self.clear_one(usize::from(end), at),
            Step::Dead(interface, true) => _ = self.dead.insert(interface),
            Step::Dead(interface, false) => _ = self.dead.remove(&interface),
            Step::Line(interface, up) => self.line(interface, up),
            Step::Restart(end, interface, slot) => {
                let scope = RestartScope::Channels(TimeslotSet::one(Timeslot(slot)));
                self.asks(usize::from(end), interface, Request::Restart(scope));
            }
            Step::Wait(seconds) => self.advances_s(seconds.into()),
        }
    }

    fn clear_one(&mut self, end: usize, at: usize) {
        let calls: Vec<_> = (self.ends[end].lines.iter())
            .flat_map(|line| line.span.channels_busy().iter().map(|slot| (line, slot)).collect::<Vec<_>>())
            .filter_map(|(line, slot)| match line.span.channel(slot) {
                Some(ChannelState::Busy(call)) => Some((line.interface, call)),
                _ => None,
            })
            .collect();
        if let Some(&(interface, call)) = calls.get(at) {
            self.asks(end, interface, Request::Clear { call, cause: Cause::NormalClearing, audible: false });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn after_any_history_both_ends_agree_and_nothing_is_left(steps in prop::collection::vec(any_step(), 0..60)) {
        let mut pair = Pair::new(&[0, 1, 2]);
        steps.into_iter().for_each(|step| pair.step(step));
        pair.dead.clear();
        (0..3).for_each(|interface| pair.line(interface, true));
        // The longest that anything waits for: RESTART twice, one channel after the other.
        pair.advances_s(3600);
        for end in [USER, NETWORK] {
            prop_assert!(pair.ends[end].active().is_some());
            // As many as three lines have channels, from the last.
            (0..72).rev().for_each(|at| pair.clear_one(end, at));
        }
        pair.advances_s(600);
        pair.agree();
        for end in [USER, NETWORK] {
            prop_assert_eq!(pair.ends[end].call_count(), 0);
            prop_assert_eq!(pair.table[end].len(), 0);
        }
        // And it works.
        pair.events.iter_mut().for_each(VecDeque::clear);
        pair.talks(USER);
        pair.talks(NETWORK);
        pair.agree();
    }
}
