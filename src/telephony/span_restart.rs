//! One span restarted by a person's wish: its data link is taken down and set up anew, and its channels without a call are
//! put right. The other spans have no part in it.
//!
//! Source: ITU-T Q.931, 5.8.9 and 5.5. Calls that talk outlive it as they outlive a cable that is pulled for a moment;
//! calls that are being set up or cleared end.

use std::collections::BTreeSet;

use frame::{CallId, SpanId, Time, Timeslot};
use isdn::{ChannelState, Event, Request, RestartScope, q931::element::TimeslotSet};

use super::{Plane, machines::Machines};

/// The spans that are being taken down to be set up anew.
#[derive(Debug, Default)]
pub(super) struct SpanRestarts(BTreeSet<SpanId>);

impl SpanRestarts {
    /// A span carries ISDN no more.
    pub(super) fn gone(&mut self, span: SpanId) {
        self.0.remove(&span);
    }

    /// A span told something. Once it is down, it is set up again.
    pub(super) fn told(&mut self, now: Time, machines: &mut Machines, span: SpanId, event: &Event) {
        if matches!(event, Event::LinkDown) && self.0.remove(&span) {
            set_up(now, machines, span);
        }
    }
}

impl Plane {
    /// Restarts a span; drain [`Plane::poll_output`] afterwards. `named` are the calls whose loss was accepted. Nothing is
    /// done where others are on it, or where there is no such span.
    pub fn restart_span(&mut self, now: Time, span: SpanId, named: &[CallId]) -> SpanRestart {
        self.now = now;
        let Some(calls) = self.calls_on_span(span) else { return SpanRestart::NoSuchSpan };
        if calls.iter().any(|call| !named.contains(call)) {
            return SpanRestart::Calls(calls);
        }
        let was_up = self.machines.get(span).is_some_and(isdn::Span::is_link_up);
        if let Some(mut machine) = self.machines.get_mut(span) {
            machine.request(now, Request::TakeDown);
        }
        // Where another D-channel takes over, the line's calls are signalled as before, and nobody says that a link is down.
        if was_up && self.machines.in_use(span).is_none() {
            // The far end is asked first, and says when it is down, or does not answer in time.
            self.span_restarts.0.insert(span);
        } else {
            set_up(now, &mut self.machines, span);
        }
        self.settle();
        SpanRestart::Begun
    }

    /// The calls with a leg on a span, oldest first; `None` where no such span carries ISDN.
    pub fn calls_on_span(&self, span: SpanId) -> Option<Vec<CallId>> {
        self.machines.get(span)?;
        Some(self.calls_on(&[span]))
    }

    /// The calls with a leg on any of these spans, oldest first, whatever the spans carry.
    pub fn calls_on(&self, spans: &[SpanId]) -> Vec<CallId> {
        let on_them = self.control.views().filter(|view| view.legs.iter().any(|leg| spans.contains(&leg.lane.span)));
        on_them.map(|view| view.call).collect()
    }
}

/// What became of a wish to restart a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpanRestart {
    /// It is under way.
    Begun,
    /// Nothing was done: these calls are on it.
    Calls(Vec<CallId>),
    /// Nothing was done: no such span carries ISDN.
    NoSuchSpan,
}

/// Sets the data link up, and restarts the channels that are out of use, and then those that nobody uses.
fn set_up(now: Time, machines: &mut Machines, span: SpanId) {
    let Some(channels) = machines.get(span) else { return };
    let is_blocked = |timeslot: &Timeslot| channels.channel(*timeslot) == Some(ChannelState::Maintenance);
    let blocked: TimeslotSet = (1..frame::LANES as u8).map(Timeslot).filter(is_blocked).collect();
    let Some(mut machine) = machines.get_mut(span) else { return };
    for request in
        [Request::BringUp, Request::Restart(RestartScope::Channels(blocked)), Request::Restart(RestartScope::Unused)]
    {
        machine.request(now, request);
    }
}
