//! One D-channel with its data link, its calls and its B-channels.
//!
//! Source: ITU-T Q.921 and Q.931. Frames in and out are without check sequence. After an input, or after all inputs that
//! are there at once, drain the outputs and answer the events on the way: what is answered at once acknowledges too.
//! Not here: what a call is for. Numbers are not judged, bearers are not refused, emergencies are not known.

mod calls;
mod completion;
mod components;
mod independent;
mod receive;
mod restart;
mod service;
mod signalling;
mod table;
mod transfer;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, VecDeque},
    ops::RangeInclusive,
};

use frame::{Time, Timeslot};

use crate::{
    Applied, CallEntry, CallHandle, Cause, ChannelState, Event, Request, SpanSettings,
    call::CallRequest,
    channel::{Channels, End},
    q921::{FrameOctets, Link, LinkOutput},
    q931::{CallReference, element::TimeslotSet},
};
use completion::Completions;
use independent::Connections;
use restart::Restarts;
use service::Services;
use signalling::{SharedLink, Signalling};
use table::CallTable;

/// One D-channel.
#[derive(Debug)]
pub struct Span {
    settings: SpanSettings,
    /// Settings that wait for the last call to end.
    next_settings: Option<SpanSettings>,
    link: Signalling,
    calls: CallTable,
    channels: Channels,
    restarts: Restarts,
    services: Services,
    /// Connections for signalling alone.
    connections: Connections,
    /// Calls that are to be completed.
    completions: Completions,
    /// The call references that are ours to give out. Spans that share a D-channel share them out.
    references: RangeInclusive<u16>,
    /// The one that was given out last.
    last_reference: u16,
    /// Those among them that calls of other lines brought along from the last life of the box: they are not given out. As
    /// many as those lines had calls, and no more come.
    taken_elsewhere: BTreeSet<u16>,
    counters: Counters,
    outputs: VecDeque<Output>,
}

/// What happens to a span.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Layer 1 is up or down: no RED alarm, or RED.
    Layer1(bool),
    /// A good frame from the D-channel, without its check sequence.
    Frame(&'a [u8]),
    /// What the box wants.
    Request(Request),
    /// [`Span::next_deadline`] has come.
    Timeout,
}

/// What a span wants done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this frame on the D-channel.
    Frame(FrameOctets),
    /// Something happened.
    Event(Event),
    /// Put this into the call table, in place of what it has for the same reference and flag. It stands before the
    /// frame that makes it true.
    Remember(CallEntry),
    /// Take this out of the call table. It stands after the last frame of the call.
    Forget(CallEntry),
}

/// What was ignored, dropped or refused. Counts only; each count is somebody's mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames that were damaged, for others, or neither command nor response.
    pub ignored_frames: u64,
    /// Messages without a good header, for the dummy call reference, or that Q.931, 5.8, lets us ignore.
    pub ignored_messages: u64,
    /// Messages and requests that did not fit the state of their call.
    pub misfits: u64,
    /// Requests for calls that are over.
    pub stale_requests: u64,
    /// Messages that could not be sent: no link, or a full queue.
    pub unsent_messages: u64,
    /// Entries of a call table that could not be adopted.
    pub refused_entries: u64,
    /// SERVICE that the far end did not acknowledge.
    pub unanswered_services: u64,
}

/// A call that was taken over from the call table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// Its handle from now on.
    pub call: CallHandle,
    /// What the table knew. Where it was not active, the call is being released with cause 41.
    pub entry: CallEntry,
}

impl Span {
    /// A span that waits for layer 1.
    pub fn new(settings: SpanSettings) -> Span {
        let link = new_link(&settings);
        Span::over(link, settings, 1..=CallReference::MAX_VALUE)
    }

    /// A span whose D-channel is on another line, as one of several that share it. The call references are its own.
    pub(crate) fn sharing(settings: SpanSettings, references: RangeInclusive<u16>) -> Span {
        Span::over(Signalling::Shared(SharedLink::default()), settings, references)
    }

    fn over(link: Signalling, settings: SpanSettings, references: RangeInclusive<u16>) -> Span {
        let count = u64::from(references.end() - references.start()) + 1;
        Span {
            link,
            calls: CallTable::new(),
            channels: Channels::new(settings.channels),
            restarts: Restarts::default(),
            services: Services::default(),
            connections: Connections::default(),
            completions: Completions::default(),
            // Another life of the box begins elsewhere, so that late messages of the last one meet no new call.
            last_reference: references.start() - 1 + (settings.distinct % count) as u16,
            references,
            taken_elsewhere: BTreeSet::new(),
            counters: Counters::default(),
            outputs: VecDeque::new(),
            next_settings: None,
            settings,
        }
    }

    /// Takes an input, then runs what is due.
    pub fn handle_input(&mut self, now: Time, input: Input<'_>) {
        match input {
            Input::Layer1(up) => self.link.handle_layer1(now, up),
            Input::Frame(octets) => self.handle_frame(now, octets),
            Input::Request(request) => self.handle_request(now, request),
            Input::Timeout => {}
        }
        // The input comes first: an answer that waits in the queue must not be overtaken by the timer that waits for it.
        self.drain_link(now);
        self.run_due(now);
        self.drain_link(now);
    }

    /// Something came over the D-channel that the span shares, or something became of it.
    pub(crate) fn hear(&mut self, now: Time, news: LinkOutput) {
        if let Some(shared) = self.link.shared_mut() {
            shared.note(news);
        }
        self.handle_input(now, Input::Timeout);
    }

    /// How many messages wait for the D-channel that the span shares.
    pub(crate) fn note_backlog(&mut self, messages: usize) {
        if let Some(shared) = self.link.shared_mut() {
            shared.note_backlog(messages);
        }
    }

    /// Ends all calls: the line under them is lost for good.
    pub(crate) fn clear_all(&mut self, now: Time, cause: Cause) {
        self.with_each_call(now, |call, context| {
            call.handle_request(context, CallRequest::Clear { cause, audible: false });
        });
    }

    /// Another line of the group has a call with a reference that would be ours to give out.
    pub(crate) fn leave_out(&mut self, reference: u16) {
        if self.references.contains(&reference) {
            self.taken_elsewhere.insert(reference);
        }
    }

    /// Whether a message with this reference belongs to a call of the span.
    pub(crate) fn knows(&self, reference: CallReference) -> bool {
        self.calls.find(reference).is_some() || self.connections.has(reference) || self.completions.has(reference)
    }

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front().or_else(|| self.acknowledge())
    }

    /// When [`Input::Timeout`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        let of_span = [self.link.next_deadline(), self.restarts.next_deadline(), self.services.next_deadline()];
        let others = [self.calls.next_deadline(), self.connections.next_deadline(), self.completions.next_deadline()];
        of_span.into_iter().chain(others).flatten().min()
    }

    /// Changes the settings. Another role, dialect or set of channels waits until the span has no call.
    pub fn apply(&mut self, now: Time, settings: &SpanSettings) -> Applied {
        let applied = self.would_apply(settings);
        self.next_settings = None;
        if self.settings.same_line(settings) {
            self.link.apply(settings.link.clone());
            self.settings = settings.clone();
        } else if self.calls.is_empty() {
            self.set_up_anew(now, settings.clone());
        } else {
            self.next_settings = Some(settings.clone());
        }
        applied
    }

    /// What [`Span::apply`] would answer now.
    pub fn would_apply(&self, settings: &SpanSettings) -> Applied {
        let at_once = self.settings.same_line(settings) || self.calls.is_empty();
        if at_once { Applied::Applied } else { Applied::WhenIdle }
    }

    /// Whether the data link is up.
    pub fn is_link_up(&self) -> bool {
        self.link.is_up()
    }

    /// The channel that a call has.
    pub fn timeslot(&self, call: CallHandle) -> Option<Timeslot> {
        self.calls.get(call)?.timeslot
    }

    /// What a B-channel is doing; `None` where there is none.
    pub fn channel(&self, timeslot: Timeslot) -> Option<ChannelState> {
        self.channels.state(timeslot)
    }

    /// The channels that are free for a call of ours.
    pub fn idle_channels(&self) -> TimeslotSet {
        self.channels.matching(|state| state == ChannelState::Idle)
    }

    /// How many channels can carry calls, those that do included: the others are out of service, being restarted, or can't
    /// be signalled for.
    pub fn usable_channels(&self) -> usize {
        let idle = if self.is_link_up() { self.idle_channels().count() as usize } else { 0 };
        idle + self.calls.iter().filter(|call| call.timeslot.is_some()).count()
    }

    /// How many calls there are, those that are being cleared included.
    pub fn call_count(&self) -> usize {
        self.calls.iter().count()
    }

    /// What was ignored, dropped or refused.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn handle_frame(&mut self, now: Time, octets: &[u8]) {
        if !self.link.handle_frame(now, octets) {
            self.counters.ignored_frames += 1;
        }
    }

    fn handle_request(&mut self, now: Time, request: Request) {
        let (call, request) = match request {
            Request::MoreDigits { call, audible } => (call, CallRequest::MoreDigits { audible }),
            Request::Proceeding { call } => (call, CallRequest::Proceeding),
            Request::Progress { call, progress, cause } => (call, CallRequest::Progress { progress, cause }),
            Request::Alerting { call, audible } => (call, CallRequest::Alerting { audible }),
            Request::Connect { call, party } => (call, CallRequest::Connect { party }),
            Request::Information { call, digits, complete } => (call, CallRequest::Information { digits, complete }),
            Request::Notify { call, notification } => (call, CallRequest::Notify(notification)),
            Request::Facility { call, facility } => (call, CallRequest::Facility(facility)),
            Request::UserInformation { call, user_user } => (call, CallRequest::UserInformation(user_user)),
            Request::Attach { call, rider } => (call, CallRequest::Attach(rider)),
            Request::IdentifyMaliciousCall { call } => (call, CallRequest::IdentifyMaliciousCall),
            Request::AnswerTransfer { call, accepted } => (call, CallRequest::AnswerTransfer { accepted }),
            Request::Charge { call, advice } => (call, CallRequest::Charge(advice)),
            Request::OtherParty { call, party } => (call, CallRequest::OtherParty(party)),
            Request::Transfer { call, to } => return self.request_transfer(now, call, to),
            Request::TellMessages { tag, messages } => return self.tell_messages(now, tag, *messages),
            Request::OfferCompletion { call } => (call, CallRequest::OfferCompletion),
            Request::AskCompletion { tag, completion, setup } => {
                return self.ask_completion(now, tag, completion, *setup);
            }
            Request::SuspendCompletion { tag, suspended } => return self.suspend_completion(now, tag, suspended),
            Request::AnswerCompletion { asked, accepted } => return self.answer_completion(now, asked, accepted),
            Request::CompletionPossible { asked } => return self.tell_completion_possible(now, asked),
            Request::EndCompletion { whose } => return self.end_completion(now, whose),
            Request::Hold { call } => (call, CallRequest::Hold),
            Request::Retrieve { call } => (call, CallRequest::Retrieve),
            Request::Clear { call, cause, audible } => (call, CallRequest::Clear { cause, audible }),
            Request::Restart(scope) => return self.request_restart(now, scope),
            Request::Service { timeslots, in_service } => return self.request_service(now, timeslots, in_service),
            Request::TakeDown => return self.link.release(now),
            Request::BringUp => return self.link.bring_up(now),
        };
        if self.calls.get(call).is_none() {
            self.counters.stale_requests += 1;
        }
        self.with_call(now, call, |call, context| call.handle_request(context, request));
    }

    fn run_due(&mut self, now: Time) {
        self.link.handle_timeout(now);
        self.drain_link(now);
        if self.calls.next_deadline().is_some_and(|deadline| deadline <= now) {
            for handle in self.calls.handles(|call| call.next_deadline().is_some_and(|deadline| deadline <= now)) {
                self.with_call(now, handle, |call, context| call.handle_timeout(context));
            }
        }
        self.run_due_restart(now);
        self.run_due_service(now);
        self.run_due_connections(now);
        self.run_due_completions(now);
    }

    /// An RR for what no I frame has acknowledged. It comes last of all, so that an answer of ours can save it: a third of
    /// the frames of a call are spared that way (Q.921, Annex B, "acknowledge pending").
    fn acknowledge(&mut self) -> Option<Output> {
        self.outputs.shrink_to(OUTPUTS);
        self.link.flush();
        self.link.poll_frame().map(Output::Frame)
    }

    fn drain_link(&mut self, now: Time) {
        while let Some(output) = self.link.poll_output() {
            match output {
                LinkOutput::Frame(octets) => self.outputs.push_back(Output::Frame(octets)),
                LinkOutput::Fault(fault) => self.tell(Event::LinkFault(fault)),
                LinkOutput::Information(octets) => self.receive(now, &octets),
                LinkOutput::Up => self.on_link_up(now),
                LinkOutput::Down => self.on_link_down(now),
                LinkOutput::Reset => self.on_link_reset(now),
                LinkOutput::Renewed => self.on_link_renewed(now),
            }
        }
    }

    fn on_link_up(&mut self, now: Time) {
        self.tell(Event::LinkUp);
        self.with_each_call(now, |call, context| call.on_link_up(context));
        self.resume_restarts(now);
        self.resume_services(now);
    }

    /// What was on its way when the link was set up anew is lost: a RESTART is said again at once instead of after T316,
    /// which would keep its channel for two minutes.
    fn on_link_reset(&mut self, now: Time) {
        self.with_each_call(now, |call, context| call.on_link_reset(context));
        self.pause_restarts();
        self.resume_restarts(now);
        self.services.pause();
        self.resume_services(now);
    }

    /// The far end may have begun anew without its calls, and what it had on its way is lost: RESTART ACKNOWLEDGE too.
    fn on_link_renewed(&mut self, now: Time) {
        self.with_each_call(now, |call, context| call.on_link_renewed(context));
        self.pause_restarts();
        self.resume_restarts(now);
    }

    fn on_link_down(&mut self, now: Time) {
        self.tell(Event::LinkDown);
        self.pause_restarts();
        self.services.pause();
        self.drop_connections();
        self.drop_completions();
        self.with_each_call(now, |call, context| call.on_link_down(context));
    }

    /// Settings that change the line itself: a new link on the same layer 1.
    fn set_up_anew(&mut self, now: Time, settings: SpanSettings) {
        let layer1_up = self.link.layer1_up();
        self.link.handle_layer1(now, false);
        self.drain_link(now);
        self.link = new_link(&settings);
        // What the box was told to leave alone stays so, whatever the line is called by now.
        let out = self.channels.near_out();
        self.channels = Channels::new(settings.channels);
        self.channels.set_service(End::Near, out.intersection(self.channels.usable()), false);
        self.restarts = Restarts::default();
        self.services = Services::default();
        self.drop_connections();
        self.drop_completions();
        self.settings = settings;
        self.link.handle_layer1(now, layer1_up);
        self.drain_link(now);
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

fn new_link(settings: &SpanSettings) -> Signalling {
    Signalling::Own(Box::new(Link::new(settings.role, settings.link.clone(), settings.distinct)))
}

/// Outputs for which room is kept: two for each of 30 channels, and some. A restart of the interface brings about more.
const OUTPUTS: usize = 64;
