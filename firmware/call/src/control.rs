//! Call control: the machine that decides what happens to every call of the box.
//!
//! Fed by trunks, telephones, detectors and timers ([`Input`]); tells lines, media, recorder and journal what to do
//! ([`Output`]). One machine for all calls, because they compete for the same channels, agents and telephones.
//! Not here: how a line is signalled (`isdn`, `analog`), how a queue chooses (`acd`), what a menu asks (`flow`).

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use acd::Acd;
use frame::{CallId, LaneId, LegId, LifeNo, MessageId, PersonId, PortId, RecordingId, SpanId, Time};
use isdn::Cause;

use crate::{
    CallClass, CallEvent, CallerTold, Direction, Endpoint, LegRole, Number, ReleaseEvidence, Side, SupervisionEnd,
    blind_transfer::{Return, Returns},
    call_back::CallBacks,
    conference::Conference,
    consult::{Held, NotReached},
    emergency::Awaits,
    kept::Kept,
    keyed::Keyed,
    leg::{Leg, LegState, Progress},
    mail::{Mail, Mailboxes},
    masking::Masks,
    message::{Heard, Input, Line, Output, Record, ReleasedBy, TrunkRequest},
    park::Parked,
    pin::PinEntry,
    plan::{Plan, Trunk},
    supervision::{Supervision, Wish},
    when_free::WhenFree,
    wishes::Wishes,
};

/// Call control.
pub struct Control {
    pub(crate) plan: Arc<Plan>,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) legs: BTreeMap<LegId, Leg>,
    pub(crate) acd: Acd,
    pub(crate) call_backs: CallBacks,
    pub(crate) when_free: WhenFree,
    /// What people want done with calls to their telephones, by extension; nothing for those without a row.
    pub(crate) wishes: BTreeMap<String, Wishes>,
    /// Messages that callers left.
    pub(crate) mail: Mailboxes,
    /// Legs that moved to another call before a trunk had taken them, and what they are there: the trunk answers by the old
    /// one.
    pub(crate) moved_wanted: BTreeMap<LegId, LegId>,
    /// What each telephone dialled last: one row a telephone.
    pub(crate) last_dialled: BTreeMap<PortId, String>,
    /// Telephones that sound the tone of a leg that waits: those that talk.
    pub(crate) sounds_waiting: BTreeMap<PortId, LegId>,
    pub(crate) now: Time,
    lines: BTreeMap<Line, LegId>,
    lanes: BTreeMap<LaneId, LegId>,
    /// How many channels of a span can carry calls, where fewer than all do. As many rows as the board has spans.
    pub(crate) usable: BTreeMap<SpanId, usize>,
    /// Ports under test.
    pub(crate) under_test: BTreeSet<PortId>,
    /// Outside lines that are known to be dead.
    pub(crate) dead: BTreeSet<PortId>,
    issued: Issued,
    /// Calls of which the call table may have to know something new.
    pub(crate) touched: BTreeSet<CallId>,
    outputs: VecDeque<Output>,
    stopping: bool,
}

/// What a call is about just now.
#[derive(Debug)]
pub(crate) enum Phase {
    /// A person dials.
    Dialling {
        /// What was dialled so far.
        digits: String,
        /// When that counts as whole.
        until: Option<Time>,
    },
    /// A flow serves the caller.
    Flow,
    /// The caller waits in a queue, by name. One of its offers may be ringing.
    Queue(String),
    /// A station rings for this call alone.
    Ringing {
        /// When it has rung long enough.
        until: Time,
        /// When it has where nothing takes the call that was to.
        at_most: Time,
    },
    /// An outside party is being reached.
    Reaching {
        /// Trunks to try when the present one refuses.
        candidates: VecDeque<Trunk>,
    },
    /// The telephone of who asked for a call back rings.
    CallingBack {
        /// When it has rung long enough.
        until: Time,
    },
    /// The caller, who could not be transferred, goes back to who wanted it.
    Returning(Return),
    /// The caller is parked.
    Parked(Parked),
    /// A message is left or heard.
    Mail(Mail),
    /// A party hears the last that is said to it: what became of a code, or of a message.
    Saying {
        /// When it was long enough, also where the end of it is never told.
        until: Time,
    },
    /// Who holds a party hears why the third one is not reached.
    NotReached(NotReached),
    /// A supervisor keys a PIN.
    Pin(PinEntry),
    /// The telephone of a supervisor rings, who asked at a page to hear a talk.
    RingsSupervisor {
        /// When it has rung long enough.
        until: Time,
        /// Which talk.
        wish: Wish,
    },
    /// A supervisor hears the talk of another call.
    Supervising(CallId),
    /// Two parties talk.
    Talking(Talk),
    /// One of two parties is on hold, while the other calls a third one.
    Held(Held),
    /// Three parties talk.
    Conference(Conference),
    /// The call is over; legs are being released.
    Over {
        /// Why.
        cause: Cause,
        /// Who ended it.
        by: Side,
    },
}

impl Phase {
    /// Who can be heard now: of a talk both, of a conference all three, and who is on hold. The caller comes first.
    pub(crate) fn parties(&self) -> Vec<LegId> {
        match self {
            Phase::Talking(Talk { caller, called, .. }) => vec![*caller, *called],
            Phase::Conference(conference) => conference.legs().into(),
            Phase::Held(held) => vec![held.talk.other(held.by)],
            Phase::Dialling { .. }
            | Phase::Flow
            | Phase::Queue(_)
            | Phase::Ringing { .. }
            | Phase::Reaching { .. }
            | Phase::CallingBack { .. }
            | Phase::Returning(_)
            | Phase::Parked(_)
            | Phase::Mail(_)
            | Phase::Saying { .. }
            | Phase::NotReached(_)
            | Phase::Pin(_)
            | Phase::RingsSupervisor { .. }
            | Phase::Supervising(_)
            | Phase::Over { .. } => Vec::new(),
        }
    }

    /// Whether two or three talk, so that what is keyed there may be a code.
    pub(crate) fn is_talk(&self) -> bool {
        matches!(self, Phase::Talking(_) | Phase::Conference(_))
    }
}

/// Who talks. Kept apart from the legs, because one of them is gone when the talk ends by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Talk {
    pub(crate) caller: LegId,
    pub(crate) called: LegId,
    /// The telephone that the caller was led to.
    pub(crate) agent: Option<PortId>,
}

impl Talk {
    /// Whom a party talks to.
    pub(crate) fn other(&self, leg: LegId) -> LegId {
        if self.caller == leg { self.called } else { self.caller }
    }
}

/// One call.
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) direction: Direction,
    pub(crate) class: CallClass,
    pub(crate) began: Time,
    /// The settings it keeps until its end.
    pub(crate) plan: Arc<Plan>,
    pub(crate) phase: Phase,
    pub(crate) run: Option<flow::Run>,
    pub(crate) caller: LegId,
    pub(crate) called: Option<LegId>,
    pub(crate) record: bool,
    pub(crate) recording: Option<RecordingId>,
    /// What an emergency call waits for, where no channel was free.
    pub(crate) awaits: Awaits,
    /// Trunks that it was tried on.
    pub(crate) tried: Vec<Trunk>,
    /// The part of the recording: one for each life of the daemon within the call.
    pub(crate) part: u16,
    /// The queue by which an agent got it.
    pub(crate) queue: Option<String>,
    /// The compartment that it is of, by its queue.
    pub(crate) compartment: Option<String>,
    /// The one that the third party of its conference came from: a queue's agent whom the agent of this call asked in.
    pub(crate) compartment_of_third: Option<String>,
    /// What was keyed in the talk.
    pub(crate) keyed: Keyed,
    /// What of it nobody else hears or keeps.
    pub(crate) masks: Masks,
    /// The supervisor who hears its talk.
    pub(crate) supervision: Option<Supervision>,
    /// The call whose other party is on hold for this one.
    pub(crate) holds: Option<CallId>,
    /// Where its caller goes back to if the party is not reached to whom it was transferred.
    pub(crate) returns: Option<Returns>,
    /// Its caller did not agree to be recorded: nothing of it is, whatever it is joined with.
    pub(crate) refused: bool,
    /// The step of its flow by which the recording pauses.
    pub(crate) flow_pauses: Option<String>,
    /// Who handed it on to a party that has not answered yet.
    pub(crate) handed_on_by: Option<LegId>,
    /// A PIN has unlocked the telephone at which it began.
    pub(crate) unlocked: bool,
    /// The last consultation that came to nothing: when, why, and whose it was.
    pub(crate) consult_failed: Option<(Time, Cause, LegId)>,
    /// Telephones that forwarded it.
    pub(crate) forwarded_by: Vec<PortId>,
    /// The last playing of prompts, so that the end of an older one is not taken for it.
    pub(crate) play: u32,
    /// What the call table knows of it.
    pub(crate) kept: Option<Box<Kept>>,
}

/// The last numbers issued in this life.
struct Issued {
    life: LifeNo,
    call: u32,
    leg: u32,
    recording: u32,
    message: u32,
    play: u32,
}

impl Control {
    /// Call control without a call, for the life `life` of the daemon.
    pub fn new(life: LifeNo, plan: Arc<Plan>, acd: Acd) -> Control {
        Control {
            plan,
            calls: BTreeMap::new(),
            legs: BTreeMap::new(),
            acd,
            call_backs: CallBacks::default(),
            when_free: WhenFree::default(),
            wishes: BTreeMap::new(),
            mail: Mailboxes::default(),
            moved_wanted: BTreeMap::new(),
            last_dialled: BTreeMap::new(),
            sounds_waiting: BTreeMap::new(),
            now: Time::ZERO,
            lines: BTreeMap::new(),
            lanes: BTreeMap::new(),
            usable: BTreeMap::new(),
            under_test: BTreeSet::new(),
            dead: BTreeSet::new(),
            issued: Issued { life, call: 0, leg: 0, recording: 0, message: 0, play: 0 },
            touched: BTreeSet::new(),
            outputs: VecDeque::new(),
            stopping: false,
        }
    }

    /// Takes an input; drain [`Control::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Time, input: Input) {
        self.now = now;
        self.run_timers();
        match input {
            Input::Incoming { line, lane, port, group, called, calling, private, told } => {
                self.incoming(Arrival { line, lane, port, group, called, calling, private, told: *told });
            }
            Input::Started { leg, line, lane } => self.started(leg, line, lane),
            Input::Refused { leg, cause } => self.refused(leg, cause),
            Input::Moved { line, lane } => self.on_line(line, |control, leg| control.moved(leg, lane)),
            Input::Audible { line } => self.on_line(line, Control::hear_called),
            Input::Alerting { line, inband } => self.on_line(line, |control, leg| control.alerting(leg, inband)),
            Input::AnswerTold { line, told } => self.on_line(line, |control, leg| control.note_answer(leg, *told)),
            Input::LegTold { line, told } => self.on_line(line, |control, leg| control.leg_told(leg, *told)),
            Input::Answered { line, evidence } => self.on_line(line, |control, leg| control.answered(leg, evidence)),
            Input::Released { line, cause, by } => self.on_line(line, |control, leg| control.released(leg, cause, by)),
            Input::TransferAsked { line, to } => self.transfer_asked(line, to),
            Input::HandedOver { line } => self.on_line(line, Control::handed_over),
            Input::HandOverRefused { line } => self.on_line(line, Control::hand_over_refused),
            Input::FarEndGone { line, evidence } => {
                self.on_line(line, |control, leg| control.far_end_gone(leg, evidence))
            }
            Input::Station { port, event } => self.station_event(port, event),
            Input::RingRefused { port, why } => self.ring_refused(port, why),
            Input::Digit { lane, digit } => self.digit(lane, digit),
            Input::SoundHeard { lane, sound } => self.sound_heard(lane, sound),
            Input::Played { lane, play } => self.played(lane, play),
            Input::NotRecorded { leg, why } => self.not_recorded(leg, why),
            Input::Duty { port, duty } => self.duty(port, duty),
            Input::CompletionAnswered { no, refused, retained } => self.completion_answered(no, refused, retained),
            Input::CompletionPossible { no } => self.completion_possible(no),
            Input::CompletionOver { span, whose } => self.completion_over(span, whose),
            Input::CompletionAsked { span, asked, group, called, completion, retained } => {
                self.completion_asked((span, asked), &group, called.as_ref(), completion, retained);
            }
            Input::CompletionSuspended { span, asked, suspended } => self.completion_suspended(span, asked, suspended),
            Input::Usable { span, channels } => _ = self.usable.insert(span, channels),
            Input::UnderTest { port, on: true } => _ = self.under_test.insert(port),
            Input::UnderTest { port, on: false } => _ = self.under_test.remove(&port),
            Input::Dead { port, on } => self.line_dead(port, on),
            Input::EndCall { call, by } => self.end_for(call, by),
            Input::KeepCaller { call, by } => self.keep_caller(call, by),
            Input::Supervise { call, mode, person, port } => self.supervise(call, mode, person, port),
            Input::SuperviseNoMore { call, person } => self.supervise_no_more(call, person),
            Input::PinChecked { leg, verdict } => self.pin_checked(leg, verdict),
            Input::Mask { call, what, on, by } => self.mask(call, what, on, by),
            Input::Mail(told) => self.mail_told(told),
            Input::Stop => self.stop(),
            Input::Timeout => (),
        }
        self.serve_queues();
        self.serve_waiting();
        self.serve_when_free();
        self.serve_returns();
        self.sound_waiting();
        self.keep_touched();
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        let calls = self.calls.values().filter_map(Call::next_deadline);
        let others =
            [self.acd.next_deadline(), self.when_free.next_deadline(), self.rest_deadline(), self.mail_deadline()];
        calls.chain(others.into_iter().flatten()).min()
    }

    /// New calls follow `plan` from now on; calls that began keep theirs, but for the rules and the music of the queue
    /// that they wait in: those are the queue's, not the call's.
    pub fn apply(&mut self, now: Time, plan: Arc<Plan>, settings: &settings::Settings) -> settings::Applied {
        self.now = now;
        let applied = self.would_apply(&plan, settings);
        let before = std::mem::replace(&mut self.plan, plan);
        self.acd.apply(now, settings);
        self.tell_acd_all_wishes();
        self.change_music(&before);
        self.serve_queues();
        self.keep_touched();
        applied
    }

    /// What [`Control::apply`] would answer now.
    pub fn would_apply(&self, plan: &Plan, settings: &settings::Settings) -> settings::Applied {
        let keeps_another = self.calls.values().any(|call| !call.plan.leads_like(plan));
        let calls = if keeps_another { settings::Applied::WhenIdle } else { settings::Applied::Applied };
        calls.max(self.acd.would_apply(settings))
    }

    /// The telephone of a leg.
    pub fn telephone_of(&self, leg: LegId) -> Option<PortId> {
        self.legs.get(&leg).and_then(Leg::station)
    }

    /// How many calls there are.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Whether a lane belongs to a call.
    pub fn has_leg_on(&self, lane: LaneId) -> bool {
        self.lanes.contains_key(&lane)
    }

    /// How many legs, lines of legs and lanes of legs there are: none when the box is quiet.
    pub fn traces_of_legs(&self) -> usize {
        self.legs.len() + self.lines.len() + self.lanes.len()
    }

    fn run_timers(&mut self) {
        let due: Vec<CallId> = self.calls.values().filter(|call| call.is_due(self.now)).map(|call| call.id).collect();
        for call in due {
            self.call_timer(call);
        }
        self.run_mail_timer();
        self.acd.handle_input(self.now, acd::Input::Timeout);
    }

    fn call_timer(&mut self, id: CallId) {
        self.end_due_masks(id);
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.is_phase_due(self.now)) else { return };
        match call.phase {
            Phase::Dialling { .. } => return self.dialled_enough(id),
            Phase::NotReached(NotReached { cause, by, .. }) => return self.end(id, cause, by),
            Phase::Ringing { .. } => return self.rang_out(id),
            Phase::Reaching { .. } if call.returns.is_some() => {
                return self.not_reached(id, Cause::NoAnswer, Side::Box);
            }
            Phase::CallingBack { .. } | Phase::RingsSupervisor { .. } => {
                return self.end(id, Cause::NoAnswer, Side::Box);
            }
            Phase::Returning(_) => return self.return_timer(id),
            Phase::Parked(_) => return self.parked_too_long(id),
            Phase::Mail(_) => return self.mail_timer(id),
            Phase::Pin(_) => return self.pin_given_up(id),
            Phase::Saying { .. } => return self.end(id, Cause::NormalClearing, Side::Box),
            _ => (),
        }
        if call.clears_more_at().is_some() {
            return self.waited_enough(id);
        }
        self.drive_flow(id, flow::FlowInput::Timeout);
    }

    fn on_line(&mut self, line: Line, act: impl FnOnce(&mut Control, LegId)) {
        // A line that control does not know (any more) has nothing to say: its leg ended already.
        if let Some(&leg) = self.lines.get(&line) {
            act(self, leg);
        }
    }

    fn stop(&mut self) {
        self.stopping = true;
        self.stop_when_free();
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for call in calls {
            self.end(call, Cause::TemporaryFailure, Side::Box);
        }
    }
}

/// A call that came in over a trunk.
pub(crate) struct Arrival {
    pub(crate) line: Line,
    pub(crate) lane: LaneId,
    pub(crate) port: Option<PortId>,
    pub(crate) group: String,
    pub(crate) called: Option<Number>,
    pub(crate) calling: Option<Number>,
    pub(crate) private: bool,
    pub(crate) told: CallerTold,
}

/// Calls and legs come and go.
impl Control {
    pub(crate) fn begin(&mut self, direction: Direction, class: CallClass, first: NewLeg) -> CallId {
        self.issued.call += 1;
        let id = CallId::new(self.issued.life, self.issued.call);
        let plan = Arc::clone(&self.plan);
        self.tell(CallEvent::Began { call: id, direction, class, settings: plan.version });
        let caller = self.add_leg(id, LegRole::Caller, first);
        let call = Call {
            id,
            direction,
            class,
            began: self.now,
            plan,
            phase: Phase::Flow,
            run: None,
            caller,
            called: None,
            record: true,
            recording: None,
            awaits: Awaits::Nothing,
            tried: Vec::new(),
            part: 1,
            queue: None,
            compartment: None,
            compartment_of_third: None,
            keyed: Keyed::default(),
            masks: Masks::default(),
            supervision: None,
            holds: None,
            returns: None,
            refused: false,
            flow_pauses: None,
            handed_on_by: None,
            unlocked: false,
            consult_failed: None,
            forwarded_by: Vec::new(),
            play: 0,
            kept: None,
        };
        self.calls.insert(id, call);
        id
    }

    pub(crate) fn add_leg(&mut self, call: CallId, role: LegRole, new: NewLeg) -> LegId {
        self.issued.leg += 1;
        let id = LegId::new(self.issued.life, self.issued.leg);
        let NewLeg { line, lane, endpoint, number } = new;
        if let Some(line) = line {
            self.take_line(line, lane, id);
        }
        let state = if line.is_some() { LegState::Unanswered } else { LegState::Wanted };
        self.tell(CallEvent::LegBegan { call, leg: id, role, endpoint: endpoint.clone(), number: number.clone() });
        self.legs.insert(
            id,
            Leg {
                id,
                call,
                role,
                state,
                endpoint,
                line,
                lane,
                number,
                name: None,
                private: false,
                recorded: false,
                progress: Progress::None,
            },
        );
        id
    }

    /// Joins a leg that was wanted to the line that it got.
    pub(crate) fn bind(&mut self, leg: LegId, line: Line, lane: LaneId, endpoint: Endpoint) {
        let Some(leg) = self.legs.get_mut(&leg) else { return };
        (leg.line, leg.lane, leg.endpoint, leg.state) = (Some(line), lane, endpoint, LegState::Unanswered);
        let id = leg.id;
        self.take_line(line, lane, id);
        self.tell_place(id);
    }

    pub(crate) fn take_line(&mut self, line: Line, lane: LaneId, leg: LegId) {
        self.lines.insert(line, leg);
        self.lanes.insert(lane, leg);
    }

    /// Where a leg is connected is told once it is known, and again where it changes.
    fn tell_place(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (call, leg, endpoint) = (leg.call, leg.id, leg.endpoint.clone());
        self.tell(CallEvent::LegPlaced { call, leg, endpoint });
    }

    /// A leg whose trunk could not carry it after all is wanted again.
    pub(crate) fn unbind(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).cloned() else { return };
        let Some(line) = leg.line else { return };
        self.record_end(&leg);
        // In a glare the line is the incoming caller's by now.
        if self.lines.get(&line) == Some(&id) {
            self.lines.remove(&line);
            self.lanes.remove(&leg.lane);
            self.put(Output::Free { lane: leg.lane });
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            (leg.line, leg.lane, leg.state, leg.recorded) = (None, LaneId::default(), LegState::Wanted, false);
            self.touched.insert(leg.call);
        }
    }

    /// The far end gave a leg another channel.
    fn moved(&mut self, leg: LegId, lane: LaneId) {
        let Some(leg) = self.legs.get_mut(&leg) else { return };
        let before = std::mem::replace(&mut leg.lane, lane);
        if let Endpoint::Channel { lane: of, .. } = &mut leg.endpoint {
            *of = lane;
        }
        let id = leg.id;
        self.touched.insert(leg.call);
        self.lanes.remove(&before);
        self.lanes.insert(lane, id);
        self.put(Output::Free { lane: before });
        self.tell_place(id);
    }

    pub(crate) fn leg_on(&self, lane: LaneId) -> Option<LegId> {
        self.lanes.get(&lane).copied()
    }

    /// The leg on a line.
    pub fn leg_of(&self, line: Line) -> Option<LegId> {
        self.lines.get(&line).copied()
    }

    /// A leg is gone: the one place where a leg's line and lane are given back.
    pub(crate) fn leg_ended(&mut self, id: LegId, cause: Cause, by: Side) {
        self.agent_leaves(id);
        if let Some(call) = self.legs.get(&id).map(|leg| leg.call) {
            self.unmask_leg(call, id);
        }
        let Some(leg) = self.legs.remove(&id) else { return };
        let held = self.calls.get(&leg.call).filter(|call| call.caller == id).and_then(|call| call.holds);
        let beside = self.on_hold_beside(&leg);
        if let Some(line) = leg.line {
            self.record_end(&leg);
            // A telephone that consults has its line in the other call.
            if self.lines.get(&line) == Some(&id) {
                self.lines.remove(&line);
                self.lanes.remove(&leg.lane);
                self.put(Output::Free { lane: leg.lane });
            }
        }
        self.tell(CallEvent::LegEnded { call: leg.call, leg: id, cause, by });
        if let Some(call) = self.calls.get_mut(&leg.call) {
            call.called = call.called.filter(|&called| called != id);
        }
        self.end_if_empty(leg.call);
        if let Some(held) = held {
            self.note_consult_failed(held, cause, by);
            self.retrieve(held);
        }
        beside.into_iter().for_each(|held| self.retrieve(held));
        if leg.is_trunk() {
            self.channel_freed();
        }
    }

    fn end_if_empty(&mut self, id: CallId) {
        if self.legs.values().any(|leg| leg.call == id) {
            return;
        }
        let Some(call) = self.calls.get(&id) else { return };
        let Phase::Over { cause, by } = call.phase else { return };
        if let Some(recording) = call.recording {
            self.put(Output::Record(Record::Finish { recording }));
        }
        self.calls.remove(&id);
        self.tell(CallEvent::Ended { call: id, cause, by });
    }

    /// Ends a call because a person wants that.
    fn end_for(&mut self, call: CallId, by: PersonId) {
        if self.calls.get(&call).is_some_and(|call| !call.is_over()) {
            self.tell(CallEvent::EndAsked { call, by });
            self.end(call, Cause::NormalClearing, Side::Box);
        }
    }

    /// Ends a call: all its legs are released. The cause goes to the network, as a tone to telephones.
    pub(crate) fn end(&mut self, id: CallId, cause: Cause, by: Side) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.is_over() || self.tells_why_not_reached(id, cause, by) {
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let before = std::mem::replace(&mut call.phase, Phase::Over { cause, by });
        self.touched.insert(id);
        self.leave_phase(id, &before, by);
        self.end_supervision(id, SupervisionEnd::CallOver);
        let legs: Vec<LegId> = self.legs.values().filter(|leg| leg.call == id).map(|leg| leg.id).collect();
        for leg in legs {
            self.release_leg(leg, cause, by);
        }
        self.end_if_empty(id);
    }

    /// Asks a leg's line to release it. Telephones and legs without a line are gone at once; trunks say so later.
    pub(crate) fn release_leg(&mut self, id: LegId, cause: Cause, by: Side) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if matches!(leg.state, LegState::Clearing { .. }) {
            return;
        }
        if self.tells_of_emergency(id, cause, by) {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let (true, Some(line)) = (leg.is_trunk(), leg.line) {
            leg.state = LegState::Clearing { cause, by };
            let lane = leg.lane;
            self.touched.insert(leg.call);
            self.put(Output::Hear { lane, heard: Heard::Silence });
            return self.put(Output::Trunk { line, request: TrunkRequest::Clear(cause) });
        }
        let (station, state, side) = (leg.station(), leg.state, leg.side());
        self.leg_ended(id, cause, by);
        if let Some(port) = station.filter(|port| self.leg_of(Line::Port(*port)).is_none()) {
            self.release_station(port, state, side, cause, by);
        }
    }

    /// A trunk line was released. What the box wanted before keeps its cause and its author.
    fn released(&mut self, id: LegId, cause: Cause, by: ReleasedBy) {
        if self.goes_elsewhere(id, cause) {
            return self.refused(id, cause);
        }
        let Some(leg) = self.legs.get(&id) else { return };
        let call = leg.call;
        if leg.state == LegState::Unanswered {
            self.missed_outside(call, cause);
        }
        let Some(leg) = self.legs.get(&id) else { return };
        let (cause, by) = match leg.state {
            LegState::Clearing { cause, by } => (cause, by),
            _ => (cause, by.side(leg.side())),
        };
        // Who left the call for another party to take the place takes nobody along.
        let leaves_alone = matches!(leg.state, LegState::Clearing { .. }) && !self.is_party(call, id);
        let was_called = leg.state == LegState::Unanswered && leg.role == LegRole::Called;
        self.leg_ended(id, cause, by);
        if self.is_conference(call) && !leaves_alone {
            self.conference_left(call, id);
        } else if was_called {
            self.not_reached(call, cause, by);
        } else if !leaves_alone {
            self.end(call, cause, by);
        }
    }

    fn is_party(&self, call: CallId, leg: LegId) -> bool {
        self.calls.get(&call).is_some_and(|call| call.caller == leg || call.called == Some(leg))
    }

    /// How it is known that the far end of an outside line has gone.
    fn far_end_gone(&mut self, id: LegId, evidence: ReleaseEvidence) {
        let Some(call) = self.legs.get(&id).map(|leg| leg.call) else { return };
        self.tell(CallEvent::FarEndGone { call, leg: id, evidence });
    }

    pub(crate) fn issue_recording(&mut self) -> RecordingId {
        self.issued.recording += 1;
        RecordingId::new(self.issued.life, self.issued.recording)
    }

    pub(crate) fn issue_message(&mut self) -> MessageId {
        self.issued.message += 1;
        MessageId::new(self.issued.life, self.issued.message)
    }

    pub(crate) fn issue_play(&mut self) -> u32 {
        self.issued.play = self.issued.play.wrapping_add(1);
        self.issued.play
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping
    }

    pub(crate) fn life(&self) -> LifeNo {
        self.issued.life
    }

    /// Tells a fact. What is worth a fact may be worth keeping, too.
    pub(crate) fn tell(&mut self, event: CallEvent) {
        self.touched.insert(event.call());
        self.put(Output::Tell(event));
    }

    pub(crate) fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }
}

impl Call {
    fn next_deadline(&self) -> Option<Time> {
        self.phase_deadline().into_iter().chain(self.masks.next_deadline()).min()
    }

    fn phase_deadline(&self) -> Option<Time> {
        match &self.phase {
            Phase::Dialling { until, .. } => *until,
            Phase::Ringing { until, .. }
            | Phase::CallingBack { until }
            | Phase::RingsSupervisor { until, .. }
            | Phase::Saying { until } => Some(*until),
            Phase::NotReached(told) => Some(told.until),
            Phase::Pin(entry) => Some(entry.until),
            Phase::Returning(back) => Some(back.deadline()),
            Phase::Parked(parked) => Some(parked.until),
            Phase::Mail(mail) => Some(mail.until()),
            Phase::Reaching { .. } if self.returns.is_some() => self.returns.map(|returns| returns.until),
            _ => self.clears_more_at().or_else(|| self.run.as_ref()?.next_deadline()),
        }
    }

    fn is_due(&self, now: Time) -> bool {
        self.next_deadline().is_some_and(|due| due <= now)
    }

    fn is_phase_due(&self, now: Time) -> bool {
        self.phase_deadline().is_some_and(|due| due <= now)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }
}

/// What a new leg is made of.
pub(crate) struct NewLeg {
    pub(crate) line: Option<Line>,
    pub(crate) lane: LaneId,
    pub(crate) endpoint: Endpoint,
    pub(crate) number: Option<Number>,
}
