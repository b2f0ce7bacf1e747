//! The machine of one call: what it holds, and which input goes where.
//!
//! The tables of Q.931 stand in [`Call::handle_message`], [`Call::handle_request`] and [`Call::handle_timeout`]; what is done stands in the
//! files named after the phases of a call.

use std::time::Duration;

use frame::{Time, Timeslot};

use super::{CallEntry, CallState, HoldState, hold::Hold};
use crate::{
    CallHandle, Cause, ConnectedParty, Event, Origin, Rider, SpanSettings, Timer,
    channel::{Afterwards, Channels},
    event::CallProgress,
    q931::{
        CallReference, Element, Examination, Message, MessageKind, Parsed,
        element::{CallStateElement, CauseElement, ChannelId, Digits, Facility, Notification, Progress, UserUser},
        examine, mandatory,
    },
    suppl::{
        Advice, CallLink, OtherParty,
        dialogue::{Dialogue, OtherCall},
    },
};

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub handle: CallHandle,
    /// The call reference value.
    pub reference: u16,
    /// We originated the reference.
    pub ours: bool,
    pub state: CallState,
    pub tag: u64,
    /// The B-channel that we own.
    pub timeslot: Option<Timeslot>,
    /// The far end knows which channel we took: our first reply to its SETUP says so.
    pub(super) channel_told: bool,
    /// The timer of the state, if it has one.
    pub(super) phase: Option<Running>,
    /// T309.
    pub(super) t309: Option<Time>,
    /// T322.
    pub(super) enquiry: Option<Running>,
    /// Whether it is on hold, or about to be.
    pub(super) hold: Hold,
    /// What goes along with the next message that may carry it.
    pub(super) riders: Vec<Element>,
    /// What was asked by operations and not answered.
    pub dialogue: Dialogue,
    /// Our SETUP, as long as nobody has replied.
    pub setup: Option<Box<Message>>,
    /// A glare has cost this call a channel already.
    pub retried: bool,
    /// Why the call ends, and who began; the first finding counts.
    pub(super) ending: Option<Ending>,
    /// What the call table knows.
    pub remembered: Option<CallEntry>,
}

/// Why a call ends.
#[derive(Debug)]
pub(crate) struct Ending {
    /// What the box is told.
    pub cause: Cause,
    pub by: Origin,
    /// What the far end is told.
    pub(super) said: CauseElement,
    pub afterwards: Afterwards,
}

/// A timer that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub timer: Timer,
    pub until: Time,
    /// How often it has expired.
    pub expired: u8,
}

/// What a call may use while it handles an input.
pub(crate) struct Context<'a> {
    pub now: Time,
    pub settings: &'a SpanSettings,
    pub channels: &'a mut Channels,
    pub link_up: bool,
    pub actions: &'a mut Vec<Action>,
    /// Messages and requests that did not fit.
    pub misfits: &'a mut u64,
}

/// What a call wants done, in order.
#[derive(Debug)]
pub(crate) enum Action {
    Send(Message),
    Tell(Event),
    /// The channel was refused in a glare: place the call once more on another.
    TryAgain,
    /// The far end wants the call joined with another: which is it?
    FindOther(OtherCall),
    /// The call has a name by which another can be joined with it.
    Join {
        call: CallHandle,
        link: CallLink,
    },
}

/// A request to one call.
#[derive(Debug)]
pub(crate) enum CallRequest {
    MoreDigits { audible: bool },
    Proceeding,
    Progress { progress: Progress, cause: Option<Cause> },
    Alerting { audible: bool },
    Connect { party: Box<ConnectedParty> },
    Information { digits: Digits, complete: bool },
    Notify(Notification),
    Hold,
    Retrieve,
    Facility(Facility),
    UserInformation(Box<UserUser>),
    Attach(Rider),
    IdentifyMaliciousCall,
    AnswerTransfer { accepted: bool },
    OfferCompletion,
    Charge(Box<Advice>),
    OtherParty(Box<OtherParty>),
    Clear { cause: Cause, audible: bool },
}

impl Call {
    pub fn new(handle: CallHandle, reference: u16, ours: bool, state: CallState, tag: u64) -> Call {
        Call {
            handle,
            reference,
            ours,
            state,
            tag,
            timeslot: None,
            channel_told: false,
            phase: None,
            t309: None,
            enquiry: None,
            hold: Hold::Idle,
            riders: Vec::new(),
            dialogue: Dialogue::default(),
            setup: None,
            retried: false,
            ending: None,
            remembered: None,
        }
    }

    /// Goes on with a call that the call table knows, as far as it had come.
    pub fn adopt(&mut self, context: &mut Context<'_>, entry: &CallEntry) {
        self.remembered = Some(*entry);
        self.channel_told = true;
        self.t309 = entry.t309;
        self.hold = entry.hold.into();
        self.timeslot = entry.timeslot.filter(|&timeslot| context.channels.claim(timeslot, self.handle));
        // On hold it may have none, and gets one when it is retrieved.
        let needs_channel = entry.hold == HoldState::Idle || entry.timeslot.is_some();
        if !entry.is_active() || (needs_channel && self.timeslot.is_none()) {
            self.abandon(context);
        }
        self.wait_for_link(context);
    }

    /// What the call table has to know.
    pub fn entry(&self, settings: &SpanSettings) -> CallEntry {
        CallEntry {
            reference: self.reference,
            ours: self.ours,
            timeslot: self.timeslot,
            state: self.state.number(settings.role),
            tag: self.tag,
            hold: self.hold.state(),
            t309: self.t309,
        }
    }

    /// The reference that the far end's messages to the call carry.
    pub fn own_reference(&self) -> CallReference {
        CallReference { value: self.reference, to_originator: self.ours }
    }

    /// When a timer of the call runs out.
    pub fn next_deadline(&self) -> Option<Time> {
        self.timers().map(|(_, until)| until).chain(self.dialogue.next_deadline()).min()
    }

    /// The timers that run, and when each runs out.
    pub fn timers(&self) -> impl Iterator<Item = (Timer, Time)> {
        let running = [self.phase, self.enquiry, self.hold.running()].into_iter().flatten();
        let link = self.t309.map(|until| (Timer::T309, until));
        running.map(|running| (running.timer, running.until)).chain(link)
    }

    /// Why the call is over, if it is.
    pub fn over(&self) -> Option<&Ending> {
        self.ending.as_ref().filter(|_| self.state == CallState::Null)
    }

    /// A message with this call's reference. 5.8: its elements first, then its type against the state.
    pub fn handle_message(&mut self, context: &mut Context<'_>, parsed: &Parsed) {
        let message = &parsed.message;
        let examination = examine(parsed, mandatory(message.kind, context.settings.role));
        // What can't be acted upon brings nothing along, unless it clears, which is acted upon all the same.
        let clears =
            matches!(message.kind, MessageKind::Disconnect | MessageKind::Release | MessageKind::ReleaseComplete);
        if clears || !matches!(examination, Examination::Refuse(..)) {
            self.tell_riders(context, message);
        }
        match examination {
            Examination::Good => self.receive(context, message),
            Examination::Refuse(cause, diagnostics) => {
                self.on_unusable(context, message, CauseElement { diagnostics, ..context.cause(cause) });
            }
            Examination::Complain(cause, diagnostics) => {
                self.on_blemished(context, message, CauseElement { diagnostics, ..context.cause(cause) });
            }
        }
    }

    /// 5.8.6.1: a message that can't be acted upon for its elements. Clearing is acted upon all the same.
    fn on_unusable(&mut self, context: &mut Context<'_>, message: &Message, wrong: CauseElement) {
        match message.kind {
            MessageKind::Disconnect => self.on_faulty_disconnect(context, message, wrong),
            MessageKind::Release => self.on_release(context, message, Some(wrong)),
            MessageKind::ReleaseComplete => self.on_release_complete(context, message),
            // A STATUS is never answered with a STATUS, and a SETUP that belongs to a call is ignored, 5.8.3.2 e.
            MessageKind::Status | MessageKind::Setup => *context.misfits += 1,
            _ if self.state == CallState::ReleaseRequest => {}
            _ => self.send_status(context, wrong),
        }
    }

    /// 5.8.7: a message that is acted upon, without some of its elements. The far end is told so by the next clearing
    /// message, or by a STATUS with the state after the message.
    fn on_blemished(&mut self, context: &mut Context<'_>, message: &Message, wrong: CauseElement) {
        match message.kind {
            MessageKind::Disconnect => self.on_faulty_disconnect(context, message, wrong),
            MessageKind::Release => self.on_release(context, message, Some(wrong)),
            MessageKind::ReleaseComplete | MessageKind::Status => self.receive(context, message),
            _ if self.state == CallState::ReleaseRequest => {}
            _ => {
                self.receive(context, message);
                self.complain(context, wrong);
            }
        }
    }

    /// Tells what was ignored in a message that was acted upon.
    pub fn complain(&mut self, context: &mut Context<'_>, wrong: CauseElement) {
        if self.state != CallState::Null {
            self.send_status(context, wrong);
        }
    }

    /// The type of a message against the state.
    pub(super) fn receive(&mut self, context: &mut Context<'_>, message: &Message) {
        use CallState as S;
        use MessageKind as M;
        match (self.state, message.kind) {
            // 5.8.3.2 e: SETUP again is what T303 sent twice.
            (_, M::Setup) => {}
            (_, M::StatusEnquiry) => self.send_status(context, context.cause(Cause::ResponseToStatusEnquiry)),
            (_, M::Status) => self.on_status(context, message),

            // 5.3: clearing, from any state.
            (_, M::Release) => self.on_release(context, message, None),
            (_, M::ReleaseComplete) => self.on_release_complete(context, message),
            (S::DisconnectIndication | S::ReleaseRequest, M::Disconnect) => {}
            (S::DisconnectRequest, M::Disconnect) => self.release(context),
            (_, M::Disconnect) => self.on_disconnect(context, message),
            // Whatever was under way is of no use any more, as the SDL of state 19 has it.
            (S::Null | S::ReleaseRequest, _) => {}

            // 5.1: calls that we placed.
            (S::Initiated, M::SetupAcknowledge) => self.on_setup_acknowledge(context, message),
            (S::Initiated | S::OverlapSending, M::CallProceeding) => self.on_proceeding(context, message),
            (S::Initiated | S::OverlapSending | S::OutgoingProceeding, M::Alerting) => {
                self.on_alerting(context, message);
            }
            (S::Initiated | S::OverlapSending | S::OutgoingProceeding | S::Delivered, M::Connect) => {
                self.on_connect(context, message);
            }

            // 5.2: calls that came in.
            (S::OverlapReceiving, M::Information) => self.on_digits(context, message),
            (S::ConnectRequest, M::ConnectAcknowledge) => self.on_connect_acknowledge(context),
            // 5.1.8, 5.2.8: a network does not wait for it, and a second one does no harm.
            (S::Active, M::ConnectAcknowledge) => {}

            // Messages that come with a call rather than move it on, once it has been replied to. They are of no use while
            // it is cleared.
            (S::DisconnectRequest | S::DisconnectIndication, M::Information | M::Notify | M::Facility) => {}
            (S::Initiated | S::Present, M::Information | M::Notify) => {
                self.on_unexpected(context, Cause::MessageNotCompatible, message.kind);
            }
            (_, M::Hold) => self.on_hold(context),
            (_, M::Retrieve) => self.on_retrieve(context, message),
            (S::Active, M::HoldAcknowledge) if self.on_hold_acknowledge(context) => {}
            (S::Active, M::HoldReject) if self.on_hold_reject(context, message) => {}
            (S::Active, M::RetrieveAcknowledge) if self.on_retrieve_acknowledge(context, message) => {}
            (S::Active, M::RetrieveReject) if self.on_retrieve_reject(context, message) => {}
            (state, M::Progress) if !state.is_clearing() => self.on_progress(context, message),
            (_, M::Information) => self.on_information(context, message),
            (_, M::Notify) => self.on_notify(context, message),
            // What they carry has been told.
            (S::Active, M::UserInformation) | (_, M::Facility) => {}
            // Flow control of USER INFORMATION, of which we send one at a time.
            (S::Active, M::CongestionControl) => {}

            (
                _,
                M::Alerting
                | M::CallProceeding
                | M::Progress
                | M::Connect
                | M::SetupAcknowledge
                | M::ConnectAcknowledge
                | M::UserInformation
                | M::CongestionControl
                | M::HoldAcknowledge
                | M::HoldReject
                | M::RetrieveAcknowledge
                | M::RetrieveReject
                // These two belong to the global call reference.
                | M::Restart
                | M::RestartAcknowledge,
            ) => self.on_unexpected(context, Cause::MessageNotCompatible, message.kind),
            // Suspend and resume (5.6) are for basic rates. No network of a primary rate segments (Annex H, an option that both
            // sides agree on): what we say fits N201, and what we hear had to. REGISTER begins a call, it never meets one.
            (
                _,
                M::SuspendReject
                | M::ResumeReject
                | M::Suspend
                | M::Resume
                | M::SuspendAcknowledge
                | M::ResumeAcknowledge
                | M::Segment
                | M::Register
                | M::Other(_),
            ) => self.on_unexpected(context, Cause::MessageTypeUnknown, message.kind),
        }
    }

    /// A request of the box.
    pub fn handle_request(&mut self, context: &mut Context<'_>, request: CallRequest) {
        use CallRequest as R;
        use CallState as S;
        match (self.state, request) {
            (S::Present, R::MoreDigits { audible }) => self.ask_for_digits(context, audible),
            (S::Present | S::OverlapReceiving, R::Proceeding) => self.proceed(context),
            (S::Present | S::OverlapReceiving, R::Progress { progress, cause }) => {
                self.proceed(context);
                self.send_progress(context, progress, cause);
            }
            (S::IncomingProceeding | S::Received, R::Progress { progress, cause }) => {
                self.send_progress(context, progress, cause);
            }
            (S::Present | S::OverlapReceiving | S::IncomingProceeding, R::Alerting { audible }) => {
                self.alert(context, audible);
            }
            (S::Present | S::OverlapReceiving | S::IncomingProceeding | S::Received, R::Connect { party }) => {
                self.answer(context, *party);
            }
            (S::OverlapSending, R::Information { digits, complete }) => self.send_digits(context, digits, complete),
            (S::Active, R::Information { digits, .. }) => self.send_keypad(context, digits),
            (S::Active | S::Received | S::Delivered, R::Notify(notification)) => self.notify(context, notification),
            (_, R::Facility(facility)) => *context.misfits += u64::from(!self.send_facility(context, facility)),
            (_, R::UserInformation(user_user)) => {
                *context.misfits += u64::from(!self.send_user_information(context, *user_user));
            }
            (_, R::Attach(rider)) => *context.misfits += u64::from(!self.attach(rider.into_element())),
            (_, R::IdentifyMaliciousCall) => self.identify_malicious_call(context),
            (_, R::AnswerTransfer { accepted }) => self.answer_transfer(context, accepted),
            (_, R::OfferCompletion) => *context.misfits += u64::from(!self.offer_completion(context)),
            (_, R::Charge(advice)) => *context.misfits += u64::from(!self.advise(context, *advice)),
            (_, R::OtherParty(party)) => *context.misfits += u64::from(!self.tell_other_party(context, *party)),
            (_, R::Hold) => *context.misfits += u64::from(!self.request_hold(context)),
            (_, R::Retrieve) => *context.misfits += u64::from(!self.request_retrieve(context)),
            (S::Present, R::Clear { cause, .. }) => self.refuse(context, cause),
            (S::DisconnectIndication, R::Clear { .. }) => self.release(context),
            (S::DisconnectRequest | S::ReleaseRequest, R::Clear { .. }) => {}
            (_, R::Clear { cause, audible }) => self.clear(context, cause, audible),
            (
                _,
                R::MoreDigits { .. }
                | R::Proceeding
                | R::Progress { .. }
                | R::Alerting { .. }
                | R::Connect { .. }
                | R::Information { .. }
                | R::Notify(_),
            ) => *context.misfits += 1,
        }
    }

    /// Runs the timers that are due.
    pub fn handle_timeout(&mut self, context: &mut Context<'_>) {
        self.run_dialogue(context);
        if self.t309.is_some_and(|until| until <= context.now) {
            self.on_link_lost_for_good(context);
        }
        if let Some(phase) = self.phase.take_if(|phase| phase.until <= context.now) {
            self.expire(context, phase);
        }
        if let Some(enquiry) = self.enquiry.take_if(|enquiry| enquiry.until <= context.now) {
            self.on_enquiry_unanswered(context, enquiry);
        }
        if self.hold.running().is_some_and(|running| running.until <= context.now) {
            self.on_hold_unanswered(context);
        }
    }

    fn expire(&mut self, context: &mut Context<'_>, phase: Running) {
        match phase.timer {
            Timer::T301 => self.on_nobody_answers(context),
            Timer::T302 => self.on_digits_stop(context, phase),
            Timer::T303 => self.on_setup_unanswered(context, phase),
            Timer::T304 | Timer::T310 | Timer::T313 => self.time_out(context, phase.timer),
            Timer::T305 | Timer::T306 => self.release(context),
            Timer::T308 => self.on_release_unanswered(context, phase),
            Timer::T309 | Timer::T316 | Timer::T322 | Timer::THold | Timer::TRetrieve => {
                unreachable!("{:?} is no timer of a phase", phase.timer)
            }
        }
    }

    /// 5.8.4: a message that does not fit the state.
    fn on_unexpected(&mut self, context: &mut Context<'_>, cause: Cause, kind: MessageKind) {
        *context.misfits += 1;
        let diagnostics = [kind.code()].into_iter().collect();
        self.send_status(context, CauseElement { diagnostics, ..context.cause(cause) });
    }

    pub(super) fn send_status(&mut self, context: &mut Context<'_>, cause: CauseElement) {
        let state = CallStateElement(self.state.number(context.settings.role));
        let status = self.message(MessageKind::Status);
        context.send(status.with(Element::Cause(cause)).with(Element::CallState(state)));
    }

    /// A message of this call, with what waits for it.
    pub(super) fn message(&mut self, kind: MessageKind) -> Message {
        let mut message = Message::new(CallReference { value: self.reference, to_originator: !self.ours }, kind);
        if !self.riders.is_empty() {
            message.elements = self.board(kind);
        }
        message
    }

    /// A reply to SETUP: the first one names the channel.
    pub(super) fn reply(&mut self, kind: MessageKind) -> Message {
        let told = std::mem::replace(&mut self.channel_told, true);
        let channel =
            self.timeslot.filter(|_| !told).map(|timeslot| Element::ChannelId(ChannelId::one(timeslot, true)));
        self.message(kind).with(channel)
    }

    /// The link did not take a message. Where it named the channel, the next one does: a far end that does not hear which
    /// channel we took in place of the one it asked for would connect its party to another call's.
    pub fn on_unsent(&mut self, message: &Message) {
        self.channel_told &= message.channel_id().is_none();
    }

    /// The next state, and the timer that watches over it.
    ///
    /// 5.8.10: clearing stops T322. It ends a hold too.
    pub(super) fn enter(&mut self, context: &Context<'_>, state: CallState, timer: Option<Timer>) {
        self.state = state;
        self.phase = timer.map(|timer| context.start(timer));
        if state.is_clearing() {
            (self.enquiry, self.hold) = (None, Hold::Idle);
        }
    }

    pub(super) fn progress(&self, message: &Message) -> CallProgress {
        CallProgress { call: self.handle, timeslot: self.timeslot, audible: message.is_audible() }
    }
}

impl Context<'_> {
    pub fn send(&mut self, message: Message) {
        self.actions.push(Action::Send(message));
    }

    pub fn tell(&mut self, event: Event) {
        self.actions.push(Action::Tell(event));
    }

    /// A cause as we say it.
    pub fn cause(&self, cause: Cause) -> CauseElement {
        CauseElement::new(self.settings.location(), cause)
    }

    /// Tones are in the channel, as we say it.
    pub(super) fn in_band(&self, audible: bool) -> Option<Element> {
        audible.then(|| Element::Progress(Progress::in_band(self.settings.location())))
    }

    pub(super) fn after(&self, timer: Timer) -> Time {
        self.now + self.duration(timer)
    }

    pub(super) fn start(&self, timer: Timer) -> Running {
        Running { timer, until: self.after(timer), expired: 0 }
    }

    /// Starts a timer again that has expired.
    pub(super) fn restart(&self, running: Running) -> Running {
        Running { until: self.after(running.timer), expired: running.expired + 1, ..running }
    }

    fn duration(&self, timer: Timer) -> Duration {
        self.settings.timers.get(timer)
    }
}
