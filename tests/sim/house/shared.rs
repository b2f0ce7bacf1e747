//! An exchange that the simulator does not have, in the place of its own: behind several T1 that share a D-channel, with a
//! backup (our own `isdn::Group` in the network's role), or another private exchange on a tie line. The parties of the
//! simulator's exchanges still hear and speak.

use std::{
    collections::{BTreeSet, VecDeque},
    mem,
};

use frame::{SpanId, Time};
use isdn::{
    CallHandle, Cause, Dialect, Event, Group, GroupInput, GroupOutput, GroupSettings, Input, Output, Request, Role,
    SetupRequest, Span, SpanSettings, q931::element::NumberElement,
};

use super::House;

/// The exchange, and what it told.
pub struct SharedExchange {
    machine: Machine,
    /// D-channels that carry nothing, while their lines have signal.
    dead: BTreeSet<SpanId>,
    to_box: VecDeque<(SpanId, Vec<u8>)>,
    pub told: Vec<(SpanId, Event)>,
}

/// What it is behind.
enum Machine {
    Group(Box<Group>),
    /// One line, which is interface 0.
    Line(Box<Span>),
}

impl Machine {
    fn handle_input(&mut self, now: Time, input: GroupInput<'_>) {
        match (self, input) {
            (Machine::Group(group), input) => group.handle_input(now, input),
            (Machine::Line(span), GroupInput::Layer1 { up, .. }) => span.handle_input(now, Input::Layer1(up)),
            (Machine::Line(span), GroupInput::Frame { octets, .. }) => span.handle_input(now, Input::Frame(octets)),
            (Machine::Line(span), GroupInput::Request { request, .. }) => {
                span.handle_input(now, Input::Request(request));
            }
            (Machine::Line(span), GroupInput::Timeout) => span.handle_input(now, Input::Timeout),
        }
    }

    /// What it wants done on an interface.
    fn poll_output(&mut self) -> Option<(u8, Output)> {
        let group = match self {
            Machine::Line(span) => return span.poll_output().map(|output| (0, output)),
            Machine::Group(group) => group,
        };
        loop {
            if let GroupOutput::Line(interface, output) = group.poll_output()? {
                return Some((interface, output));
            }
        }
    }

    fn line(&self, interface: u8) -> Option<&Span> {
        match self {
            Machine::Group(group) => group.line(interface),
            Machine::Line(span) => Some(&**span).filter(|_| interface == 0),
        }
    }

    fn setup_on(&mut self, now: Time, interface: u8, setup: SetupRequest) -> Option<CallHandle> {
        match self {
            Machine::Group(group) => group.setup_on(now, interface, setup).ok(),
            Machine::Line(span) => span.setup(now, setup).ok(),
        }
    }
}

impl SharedExchange {
    /// Its lines are the first spans of the board, the D-channel is on the first one and the backup on the second.
    pub fn new(lines: u8) -> SharedExchange {
        let interfaces: Vec<u8> = (0..lines).collect();
        let settings = GroupSettings::t1(Role::Network, Dialect::Ni2, &interfaces, 0, Some(1)).expect("it can work");
        SharedExchange::of(Machine::Group(Box::new(Group::new(settings))))
    }

    fn of(machine: Machine) -> SharedExchange {
        SharedExchange { machine, dead: BTreeSet::new(), to_box: VecDeque::new(), told: Vec::new() }
    }

    /// The line whose D-channel it uses.
    pub fn active(&self) -> Option<SpanId> {
        match &self.machine {
            Machine::Group(group) => group.active().map(|interface| SpanId(interface.into())),
            Machine::Line(_) => Some(SpanId(0)),
        }
    }

    pub fn has(&self, span: SpanId) -> bool {
        self.machine.line(span.0 as u8).is_some()
    }

    pub fn calls(&self) -> usize {
        match &self.machine {
            Machine::Group(group) => group.call_count(),
            Machine::Line(span) => span.call_count(),
        }
    }

    fn input(&mut self, now: Time, input: GroupInput<'_>) {
        self.machine.handle_input(now, input);
        while let Some((interface, output)) = self.machine.poll_output() {
            let span = SpanId(interface.into());
            match output {
                Output::Frame(octets) if !self.dead.contains(&span) => self.to_box.push_back((span, octets.to_vec())),
                Output::Event(event) => self.told.push((span, event)),
                Output::Frame(_) | Output::Remember(_) | Output::Forget(_) => {}
            }
        }
    }
}

impl House {
    /// Puts the exchange behind the first spans of the board.
    pub fn share_d_channels(&mut self, lines: u8) {
        let mut exchange = SharedExchange::new(lines);
        for interface in 0..lines {
            exchange.input(self.now, GroupInput::Layer1 { interface, up: true });
        }
        self.shared = Some(exchange);
    }

    /// Puts another private exchange, in the network's role and speaking QSIG, behind the first span.
    pub fn tie_line(&mut self) {
        let settings = SpanSettings::e1(Role::Network, Dialect::Qsig);
        let mut exchange = SharedExchange::of(Machine::Line(Box::new(Span::new(settings))));
        exchange.input(self.now, GroupInput::Layer1 { interface: 0, up: true });
        self.shared = Some(exchange);
    }

    /// The exchange, which was put there.
    pub fn exchange(&mut self) -> &mut SharedExchange {
        self.shared.as_mut().expect("it was put there")
    }

    /// A D-channel dies without an alarm, or comes back.
    pub fn d_channel(&mut self, span: SpanId, dead: bool) {
        let exchange = self.exchange();
        _ = if dead { exchange.dead.insert(span) } else { exchange.dead.remove(&span) };
    }

    /// Somebody outside calls a number over a line.
    pub fn calls_over(&mut self, span: SpanId, number: &str) -> CallHandle {
        let now = self.now;
        let setup = SetupRequest::speech(NumberElement::unknown(number.parse().expect("digits")), None, 0);
        let exchange = self.exchange();
        let call = exchange.machine.setup_on(now, span.0 as u8, setup).expect("the line is free");
        exchange.input(now, GroupInput::Timeout);
        call
    }

    /// What is asked of a line of the exchange.
    pub fn asks_exchange(&mut self, span: SpanId, request: Request) {
        let now = self.now;
        self.exchange().input(now, GroupInput::Request { interface: span.0 as u8, request });
    }

    pub fn hangs_up_over(&mut self, span: SpanId, call: CallHandle) {
        self.asks_exchange(span, Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    }

    /// A frame of the box, where it is for the exchange.
    pub(super) fn give_exchange(&mut self, span: SpanId, octets: &[u8]) -> bool {
        let now = self.now;
        let Some(exchange) = self.shared.as_mut().filter(|exchange| exchange.has(span)) else { return false };
        if !exchange.dead.contains(&span) {
            exchange.input(now, GroupInput::Frame { interface: span.0 as u8, octets });
        }
        true
    }

    /// What the exchange sends. While no box is there nobody hears it.
    pub(super) fn take_from_exchange(&mut self) -> Vec<(SpanId, Vec<u8>)> {
        let now = self.now;
        let Some(exchange) = &mut self.shared else { return Vec::new() };
        exchange.input(now, GroupInput::Timeout);
        mem::take(&mut exchange.to_box).into()
    }
}
