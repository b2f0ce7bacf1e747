//! A private exchange and the network's exchange on one D-channel, each driven as the box drives a span.

use frame::Time;
use isdn::{Dialect, Input, Output, Role, Span, SpanSettings, q921::FrameOctets};

use crate::{script::Script, watch::Watch, wire::Wire};

/// Both ends, what they do, and what joins them.
#[derive(Debug)]
pub struct Pair<W, C> {
    /// What joins them.
    pub wire: W,
    /// Whose time it is, and who looks on.
    pub watch: C,
    /// What they do.
    pub script: Script,
    user: Span,
    network: Span,
}

impl<W: Wire, C: Watch> Pair<W, C> {
    /// Both ends with their link up and no call.
    pub fn new(wire: W, watch: C) -> Pair<W, C> {
        let span = |role| Span::new(SpanSettings::e1(role, Dialect::EuroIsdn));
        let (user, network) = (span(Role::User), span(Role::Network));
        let mut pair = Pair { wire, watch, script: Script::default(), user, network };
        for role in ENDS {
            pair.input(role, Input::Layer1(true));
            pair.drain(role);
        }
        pair.settle();
        assert!(pair.user.is_link_up() && pair.network.is_link_up(), "both links come up");
        pair
    }

    /// Runs a script to its end.
    pub fn run(&mut self, script: Script) {
        self.script = script;
        self.drain(Role::User);
        self.settle();
    }

    /// Carries frames until both ends are quiet, then runs what is due. All frames that are there at once are handled before
    /// anything is answered.
    pub fn settle(&mut self) {
        let mut octets = FrameOctets::new();
        let mut busy = true;
        while std::mem::take(&mut busy) {
            for role in ENDS {
                while self.wire.receive(role, &mut octets) {
                    busy = true;
                    self.input(role, Input::Frame(&octets));
                }
                let (now, deadline) = (self.watch.now(), self.span(role).next_deadline());
                if deadline.is_some_and(|deadline| deadline <= now) {
                    self.input(role, Input::Timeout);
                }
                self.drain(role);
            }
        }
    }

    /// When the next timer of either end runs out.
    pub fn next_deadline(&self) -> Option<Time> {
        [&self.user, &self.network].into_iter().filter_map(Span::next_deadline).min()
    }

    fn span(&mut self, role: Role) -> &mut Span {
        match role {
            Role::User => &mut self.user,
            Role::Network => &mut self.network,
        }
    }

    fn input(&mut self, role: Role, input: Input<'_>) {
        let now = self.watch.now();
        self.watch.before();
        self.span(role).handle_input(now, input);
        self.watch.after();
    }

    /// Hands out what an end has to say, and answers it; then the user places what calls it may.
    fn drain(&mut self, role: Role) {
        let now = self.watch.now();
        loop {
            match self.span(role).poll_output() {
                None if role == Role::User && self.script.place(now, &mut self.user) => {}
                None => return,
                Some(Output::Frame(octets)) => self.wire.send(role.opposite(), &octets),
                Some(Output::Event(event)) => {
                    for request in self.script.answer(role, &event) {
                        self.input(role, Input::Request(request));
                    }
                }
                Some(Output::Remember(_) | Output::Forget(_)) => {}
            }
        }
    }
}

/// In the order in which they are looked after.
const ENDS: [Role; 2] = [Role::Network, Role::User];
