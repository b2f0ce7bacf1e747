//! Two of our spans back to back, user and network, over a line that loses, damages and delays.

use super::*;
use crate::{LinkFault, q931::element::TimeslotSet};

/// Two spans and the frames between them.
struct Pair {
    now: Time,
    ends: [Span; 2],
    /// Arrival, receiving end, octets; in order of arrival.
    wire: VecDeque<(Time, usize, Vec<u8>)>,
    events: [Vec<Event>; 2],
    delay: Duration,
    /// Which of so many frames is lost, and which arrives with a flipped bit that the check sequence missed.
    lose_every: Option<u32>,
    damage_every: Option<u32>,
    frames: u32,
}

impl Pair {
    fn new(roles: [Role; 2]) -> Pair {
        let distinct = [1, 2];
        let end = |index: usize| {
            let settings = SpanSettings::e1(roles[index], Dialect::China);
            Span::new(SpanSettings { distinct: distinct[index], ..settings })
        };
        Pair {
            now: Time::ZERO,
            ends: [end(0), end(1)],
            wire: VecDeque::new(),
            events: [Vec::new(), Vec::new()],
            delay: Duration::from_millis(8),
            lose_every: None,
            damage_every: None,
            frames: 0,
        }
    }

    fn up() -> Pair {
        let mut pair = Pair::new([Role::User, Role::Network]);
        pair.layer1(true);
        pair.passes(Duration::from_secs(2));
        pair
    }

    fn layer1(&mut self, up: bool) {
        for end in &mut self.ends {
            end.handle_input(self.now, Input::Layer1(up));
        }
    }

    fn drain(&mut self) {
        for end in 0..2 {
            while let Some(output) = self.ends[end].poll_output() {
                match output {
                    Output::Frame(octets) => self.send(1 - end, &octets),
                    Output::Event(Event::Channel { .. }) | Output::Remember(_) | Output::Forget(_) => {}
                    Output::Event(event) => self.events[end].push(event),
                }
            }
        }
    }

    fn send(&mut self, to: usize, octets: &[u8]) {
        self.frames += 1;
        let hit = |every: Option<u32>| every.is_some_and(|every| self.frames.is_multiple_of(every));
        let (lost, damaged) = (hit(self.lose_every), hit(self.damage_every));
        let mut octets = octets.to_vec();
        if damaged {
            let last = octets.len() - 1;
            octets[last] ^= 1 << (self.frames % 8);
        }
        if !lost {
            self.wire.push_back((self.now + self.delay, to, octets));
        }
    }

    fn passes(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.drain();
            let arrival = self.wire.front().map(|(at, ..)| *at);
            let deadlines = self.ends.iter().filter_map(Span::next_deadline);
            let Some(next) = deadlines.chain(arrival).min().filter(|&next| next <= end) else { break };
            self.now = self.now.max(next);
            if arrival == Some(next) {
                let (_, to, octets) = self.wire.pop_front().unwrap();
                self.ends[to].handle_input(self.now, Input::Frame(&octets));
            } else {
                self.ends.iter_mut().for_each(|end| end.handle_input(self.now, Input::Timeout));
            }
        }
        self.now = end;
    }

    fn passes_ms(&mut self, ms: u64) {
        self.passes(Duration::from_millis(ms));
    }

    /// End 1 answers every call that has come in.
    fn answers_all(&mut self) {
        let incoming: Vec<CallHandle> = std::mem::take(&mut self.events[1])
            .into_iter()
            .filter_map(|event| if let Event::Incoming { call, .. } = event { Some(call) } else { None })
            .collect();
        for call in incoming {
            self.ends[1].handle_input(self.now, Input::Request(Request::Connect { call, party: Box::default() }));
        }
    }

    fn count(&self, end: usize, matches: impl Fn(&Event) -> bool) -> usize {
        self.events[end].iter().filter(|event| matches(event)).count()
    }

    fn has_fault(&self, end: usize, fault: LinkFault) -> bool {
        self.events[end].contains(&Event::LinkFault(fault))
    }
}

fn is_connected(event: &Event) -> bool {
    matches!(event, Event::Connected { .. })
}

fn is_released(event: &Event) -> bool {
    matches!(event, Event::Released { .. })
}

#[test]
fn thirty_calls_at_once_are_answered_and_cleared() {
    let mut pair = Pair::up();
    let calls: Vec<CallHandle> = (0..30).map(|_| pair.ends[0].setup(pair.now, dials("1")).unwrap()).collect();
    pair.passes_ms(500);
    pair.answers_all();
    pair.passes_ms(500);
    assert_eq!(pair.count(0, is_connected), 30);
    for call in calls {
        pair.ends[0].handle_input(pair.now, Input::Request(clear(call, Cause::NormalClearing)));
    }
    pair.passes_ms(500);
    for end in &pair.ends {
        assert_eq!((end.call_count(), end.idle_channels()), (0, TimeslotSet::E1));
    }
}

#[test]
fn calls_survive_a_line_that_loses_every_seventh_frame() {
    let mut pair = Pair::up();
    pair.lose_every = Some(7);
    for round in 1..=100 {
        let call = pair.ends[0].setup(pair.now, dials("1")).unwrap();
        // Less than T303, more than the link needs for two losses in a row.
        pair.passes(Duration::from_secs(3));
        pair.answers_all();
        pair.passes(Duration::from_secs(3));
        assert_eq!(pair.count(0, is_connected), round, "every message arrives, once");
        pair.ends[0].handle_input(pair.now, Input::Request(clear(call, Cause::NormalClearing)));
        pair.passes(Duration::from_secs(10));
        assert_eq!(pair.count(0, is_released), round);
    }
    assert_eq!(pair.ends[1].call_count(), 0);
    assert_eq!(pair.count(0, |event| *event == Event::LinkDown), 0);
}

#[test]
fn damage_that_the_check_sequence_misses_never_leaks_a_channel() {
    let mut pair = Pair::up();
    pair.damage_every = Some(5);
    for _ in 0..200 {
        if let Ok(call) = pair.ends[0].setup(pair.now, dials("1")) {
            pair.passes(Duration::from_secs(3));
            pair.answers_all();
            pair.passes(Duration::from_secs(3));
            pair.ends[0].handle_input(pair.now, Input::Request(clear(call, Cause::NormalClearing)));
        }
        pair.passes(Duration::from_secs(3));
    }
    pair.damage_every = None;
    // A network whose CONNECT ACKNOWLEDGE was damaged holds the call for as long as its caller does.
    pair.layer1(false);
    pair.passes(Duration::from_secs(600));
    pair.drain();
    for end in &pair.ends {
        assert_eq!(end.call_count(), 0);
    }
}

#[test]
fn a_short_cut_of_the_cable_leaves_talking_calls_up() {
    let mut pair = Pair::up();
    pair.ends[0].setup(pair.now, dials("1")).unwrap();
    pair.passes_ms(500);
    pair.answers_all();
    pair.passes_ms(500);
    pair.layer1(false);
    pair.passes(Duration::from_secs(20));
    pair.layer1(true);
    pair.passes(Duration::from_secs(200));
    assert_eq!((pair.ends[0].call_count(), pair.ends[1].call_count()), (1, 1));
    assert_eq!(pair.count(0, is_released) + pair.count(1, is_released), 0);
}

#[test]
fn a_peer_that_never_answers_is_told_once_and_tried_for_ever() {
    let mut pair = Pair::new([Role::User, Role::Network]);
    pair.ends[0].handle_input(pair.now, Input::Layer1(true));
    pair.passes(Duration::from_secs(3600));
    assert_eq!(pair.events[0], [Event::LinkFault(LinkFault::NoAnswerToEstablish)]);
    pair.ends[1].handle_input(pair.now, Input::Layer1(true));
    pair.passes(Duration::from_secs(6));
    assert!(pair.ends[0].is_link_up() && pair.ends[1].is_link_up());
}

#[test]
fn two_ends_in_one_role_are_named_as_such() {
    for role in [Role::User, Role::Network] {
        let mut pair = Pair::new([role, role]);
        pair.layer1(true);
        pair.passes(Duration::from_secs(30));
        for end in 0..2 {
            assert!(pair.has_fault(end, LinkFault::RoleConflict), "{role:?}");
            assert!(!pair.has_fault(end, LinkFault::Loop), "{role:?}");
            assert_eq!(pair.count(end, |event| *event == Event::LinkFault(LinkFault::RoleConflict)), 1, "told once");
        }
    }
}

/// A loop plug: what one end sends comes back to it.
#[test]
fn a_loop_is_named_as_such_also_when_it_is_set_while_the_link_is_up() {
    for before in [Duration::ZERO, Duration::from_secs(60)] {
        let mut pair = Pair::new([Role::User, Role::Network]);
        pair.layer1(true);
        pair.passes(before);
        pair.events[0].clear();
        let end = pair.now + Duration::from_secs(120);
        while pair.now < end {
            pair.now += Duration::from_millis(100);
            pair.ends[0].handle_input(pair.now, Input::Timeout);
            if pair.ends[0].is_link_up() {
                let _ = pair.ends[0].setup(pair.now, dials("1"));
            }
            while let Some(output) = pair.ends[0].poll_output() {
                match output {
                    Output::Frame(octets) => pair.ends[0].handle_input(pair.now, Input::Frame(&octets)),
                    Output::Event(event) => pair.events[0].push(event),
                    Output::Remember(_) | Output::Forget(_) => {}
                }
            }
        }
        assert!(pair.has_fault(0, LinkFault::Loop));
        assert!(!pair.has_fault(0, LinkFault::RoleConflict));
        assert!(!pair.ends[0].is_link_up());
    }
}

/// Q.921, Annex B, "acknowledge pending": the RR comes last, and not at all where an I frame of ours says the same.
#[test]
fn what_is_answered_at_once_is_acknowledged_by_the_answer() {
    for answers in [true, false] {
        let mut line = Line::user();
        line.far.send(line.now, setup(1, 1).emit(false).unwrap()).unwrap();
        let arrived = line.far.poll_frame().unwrap();
        line.span.handle_input(line.now, Input::Frame(&arrived));
        let mut frames = Vec::new();
        while let Some(output) = line.span.poll_output() {
            match output {
                Output::Event(Event::Incoming { call, .. }) if answers => {
                    line.span.handle_input(line.now, Input::Request(Request::Proceeding { call }));
                }
                Output::Frame(octets) => frames.push(octets),
                _ => {}
            }
        }
        // Both say N(R) = 1; the one is an I frame, the other an RR.
        let [frame] = frames.as_slice() else { panic!("{} frames, not one", frames.len()) };
        assert_eq!((frame[2] & 1 == 0, frame[3]), (answers, 2));
    }
}
