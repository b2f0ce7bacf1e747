//! One end of the line: a span, what it was told to do and what it tells, and what must hold at every moment.

use std::collections::{BTreeMap, BTreeSet};

use frame::{Time, Timeslot};
use isdn::{
    CallEntry, CallHandle, ChannelState, Dialect, Event, Input, Origin, Output, Request, Role, SetupRefused,
    SetupRequest, Span, SpanSettings,
    q931::element::{Digits, TimeslotSet},
};

use super::tally::Tally;

/// One end.
#[derive(Debug)]
pub struct End {
    /// Which.
    pub role: Role,
    pub span: Span,
    /// The calls that have begun and are not over.
    calls: BTreeMap<CallHandle, Known>,
    /// The call table as it is kept outside the span: reference, and whether it is ours.
    table: BTreeMap<(u16, bool), CallEntry>,
    /// What the span has told of each channel.
    channels: BTreeMap<Timeslot, ChannelState>,
    pub tally: Tally,
}

/// What the end knows of a call.
#[derive(Debug)]
pub struct Known {
    /// The number that both ends have for it.
    pub number: u64,
    /// We placed it.
    pub ours: bool,
    /// It was answered.
    pub answered: bool,
    /// The channel on which it talks. None once either side has hung up.
    pub talks_on: Option<Timeslot>,
}

impl End {
    pub fn new(role: Role, distinct: u64) -> End {
        let settings = SpanSettings::e1(role, Dialect::China);
        let channels = settings.channels.iter().map(|timeslot| (timeslot, ChannelState::Idle)).collect();
        let span = Span::new(SpanSettings { distinct, ..settings });
        End { role, span, calls: BTreeMap::new(), table: BTreeMap::new(), channels, tally: Tally::default() }
    }

    pub fn call(&self, call: CallHandle) -> Option<&Known> {
        self.calls.get(&call)
    }

    pub fn calls(&self) -> impl Iterator<Item = (CallHandle, &Known)> {
        self.calls.iter().map(|(handle, known)| (*handle, known))
    }

    pub fn place(&mut self, now: Time, number: u64, request: SetupRequest) -> Option<CallHandle> {
        match self.span.setup(now, request) {
            Ok(call) => {
                self.begins(call, Known { number, ours: true, answered: false, talks_on: None });
                self.tally.placed += 1;
                Some(call)
            }
            Err(SetupRefused::NoChannel) => {
                self.tally.no_channel += 1;
                None
            }
            Err(SetupRefused::LinkDown | SetupRefused::Full) => {
                self.tally.no_link += 1;
                None
            }
        }
    }

    pub fn input(&mut self, now: Time, input: Input<'_>) {
        if let Input::Request(Request::Clear { call, .. }) = &input {
            self.stops_talking(*call);
        }
        self.span.handle_input(now, input);
    }

    /// Runs the timers that are due. A timer that stays due would keep the box busy for ever.
    pub fn run_due(&mut self, now: Time) {
        let due = |span: &Span| span.next_deadline().is_some_and(|deadline| deadline <= now);
        if due(&self.span) {
            self.span.handle_input(now, Input::Timeout);
            assert!(!due(&self.span), "{:?}: a timer is due after it was run", self.role);
        }
    }

    /// The next output that is for others: a frame, or an event that was entered in the books.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            match self.span.poll_output()? {
                Output::Remember(entry) => self.remembers(entry),
                Output::Forget(entry) => self.forgets(&entry),
                frame @ Output::Frame(_) => return Some(frame),
                Output::Event(event) => {
                    self.enters(&event);
                    return Some(Output::Event(event));
                }
            }
        }
    }

    /// No channel has two owners: channel and call name each other, as the span sees it and as it told it.
    pub fn check(&self) {
        let mut owners = BTreeSet::new();
        for (&timeslot, &told) in &self.channels {
            let state = self.span.channel(timeslot);
            assert_eq!(state, Some(told), "{:?} {timeslot:?}: what was told is not so", self.role);
            if let ChannelState::Busy(owner) = told {
                assert_eq!(self.span.timeslot(owner), Some(timeslot), "{:?}: a channel has a call's ghost", self.role);
                assert!(owners.insert(owner), "{:?}: a call has two channels", self.role);
            }
        }
        let with_channel = self.calls.keys().filter(|call| self.span.timeslot(**call).is_some()).count();
        assert_eq!(owners.len(), with_channel, "{:?}: calls that share a channel", self.role);
        assert_eq!(self.calls.len(), self.span.call_count(), "{:?}: each call is released once", self.role);
        assert_eq!(self.calls.len(), self.table.len(), "{:?}: the call table has the calls and no others", self.role);
    }

    /// Nothing is left of any call.
    pub fn is_at_rest(&self) {
        let role = self.role;
        assert!(self.span.is_link_up(), "{role:?}: the link has not come back");
        assert_eq!(self.span.call_count(), 0, "{role:?}: calls are left: {:?}", self.calls);
        assert_eq!(self.table, BTreeMap::new(), "{role:?}: the call table is not empty");
        assert_eq!(self.span.idle_channels(), TimeslotSet::E1, "{role:?}: channels are lost: {:?}", self.channels);
        assert_eq!(self.tally.begun, self.tally.ended, "{role:?}: calls begun and ended");
    }

    fn begins(&mut self, call: CallHandle, known: Known) {
        assert!(self.calls.insert(call, known).is_none(), "{:?} {call:?} began twice", self.role);
        self.tally.begun += 1;
    }

    fn enters(&mut self, event: &Event) {
        match event {
            Event::Incoming { call, setup } => {
                let calling = setup.calling.as_ref().expect("each call here says who calls");
                self.begins(
                    *call,
                    Known { number: parse(&calling.number.digits), ours: false, answered: false, talks_on: None },
                );
            }
            Event::Connected { call, timeslot, .. } => {
                let known = self.calls.get_mut(call).expect("only a call that has begun can be answered");
                assert!(!known.answered, "{:?} {call:?} was answered twice", self.role);
                (known.answered, known.talks_on) = (true, Some(*timeslot));
                assert_eq!(self.span.timeslot(*call), Some(*timeslot), "it talks on another channel than it has");
                self.tally.answered += u64::from(known.ours);
            }
            Event::Released { call, by, .. } => {
                let known = self.calls.remove(call).expect("a call is released once");
                self.ends(&known, *by);
            }
            Event::Disconnected { call, .. } => self.stops_talking(*call),
            Event::Channel { timeslot, state } => self.changes(*timeslot, *state),
            Event::LinkDown => self.tally.links_lost += 1,
            _ => {}
        }
    }

    fn stops_talking(&mut self, call: CallHandle) {
        if let Some(known) = self.calls.get_mut(&call) {
            known.talks_on = None;
        }
    }

    fn ends(&mut self, known: &Known, by: Origin) {
        self.tally.ended += 1;
        let in_order = matches!(by, Origin::Near | Origin::Far);
        self.tally.cut_off += u64::from(known.ours && known.answered && !in_order);
    }

    /// A channel goes from one call to another only by way of nobody.
    fn changes(&mut self, timeslot: Timeslot, state: ChannelState) {
        let old = self.channels.insert(timeslot, state).expect("only channels of the span are told of");
        let both = matches!((old, state), (ChannelState::Busy(_), ChannelState::Busy(_)));
        assert!(!both, "{:?} {timeslot:?} went from {old:?} to {state:?}", self.role);
    }

    fn remembers(&mut self, entry: CallEntry) {
        self.table.insert((entry.reference, entry.ours), entry);
    }

    fn forgets(&mut self, entry: &CallEntry) {
        let known = self.table.remove(&(entry.reference, entry.ours));
        assert!(known.is_some(), "{:?}: forgot a call that the table does not have", self.role);
    }
}

/// The number of a call, which is its calling number.
fn parse(digits: &Digits) -> u64 {
    digits.as_str().parse().expect("a calling number here is a number")
}
