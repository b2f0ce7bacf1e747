//! Channels taken out of service by a person, and put back: a channel that hums, a span whose line is worked on.
//!
//! A call on such a channel keeps it to its end. What was taken out stays so over a restart of the program or the machine:
//! the log has it, since it is a person's act and no choice of the settings, whose older version would put a bad channel
//! back unnoticed.
//! Not here: how the far end is told (`isdn`), where its practice has a message for it.

use std::collections::BTreeMap;

use call::Wishes;
use frame::{CallId, LANES, LaneId, SpanId, Time, Timeslot};
use isdn::{ChannelState, Request, q931::element::TimeslotSet};

use super::{Output, Plane};

/// What people took out of service, by span.
pub type OutOfService = BTreeMap<SpanId, Vec<Timeslot>>;

/// What became of a wish to take channels out of service, or to put them back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serviced {
    /// It is done. These calls are on them and go on.
    Done(Vec<CallId>),
    /// No such span carries ISDN.
    NoSuchSpan,
    /// The span has no such B-channel.
    NoSuchTimeslot,
}

impl Plane {
    /// Takes a channel of a span, or all, out of service, or puts them back; drain [`Plane::poll_output`] afterwards.
    pub fn set_service(&mut self, now: Time, span: SpanId, timeslot: Option<Timeslot>, in_service: bool) -> Serviced {
        self.now = now;
        let Some(of_span) = self.machines.get(span) else { return Serviced::NoSuchSpan };
        let all: TimeslotSet = (1..LANES as u8).map(Timeslot).filter(|slot| of_span.channel(*slot).is_some()).collect();
        let meant = timeslot.map_or(all, |timeslot| all.iter().filter(|slot| *slot == timeslot).collect());
        if meant.is_empty() {
            return Serviced::NoSuchTimeslot;
        }
        if let Some(mut machine) = self.machines.get_mut(span) {
            machine.request(now, Request::Service { timeslots: meant, in_service });
        }
        let before = self.out_of_service(span);
        let out = before.iter().copied().filter(|slot| !meant.contains(*slot));
        let out: TimeslotSet = out.chain(meant.iter().filter(|_| !in_service)).collect();
        let timeslots: Vec<Timeslot> = out.iter().collect();
        if timeslots != before {
            self.taken_out.insert(span, timeslots.clone());
            self.outputs.push_back(Output::OutOfService { span, timeslots });
        }
        self.settle();
        Serviced::Done(self.calls_on_channels(span, meant))
    }

    /// Takes out of service again what was so in the last life. To be called once, after calls were taken over.
    pub fn take_out_again(&mut self, now: Time, out: OutOfService) {
        self.now = now;
        self.taken_out = out;
        let spans: Vec<SpanId> = self.taken_out.keys().copied().collect();
        spans.into_iter().for_each(|span| self.say_out_of_service(span));
        self.settle();
    }

    /// Lets hold again what people had set for their telephones in the last life. To be called once, after calls were taken
    /// over.
    pub fn restore_wishes(&mut self, now: Time, wishes: BTreeMap<String, Wishes>) {
        self.now = now;
        self.control.restore_wishes(now, wishes);
        self.settle();
    }

    /// What people took out of service on a span.
    pub(super) fn out_of_service(&self, span: SpanId) -> Vec<Timeslot> {
        self.taken_out.get(&span).cloned().unwrap_or_default()
    }

    /// Tells the machine of a span, which may be a new one, what is out of service on it.
    pub(super) fn say_out_of_service(&mut self, span: SpanId) {
        let (now, out) = (self.now, self.out_of_service(span));
        let is_new = |slot: &Timeslot| {
            let state = self.machines.get(span).and_then(|machine| machine.channel(*slot));
            !matches!(state, None | Some(ChannelState::OutOfService { near: true, .. }))
        };
        let timeslots: TimeslotSet = out.into_iter().filter(is_new).collect();
        if let Some(mut machine) = self.machines.get_mut(span).filter(|_| !timeslots.is_empty()) {
            machine.request(now, Request::Service { timeslots, in_service: false });
        }
    }

    fn calls_on_channels(&self, span: SpanId, timeslots: TimeslotSet) -> Vec<CallId> {
        let is_on = |lane: LaneId| lane.span == span && timeslots.contains(lane.timeslot);
        self.control.views().filter(|view| view.legs.iter().any(|leg| is_on(leg.lane))).map(|view| view.call).collect()
    }
}
