//! Calls in flows and queues: what `flow` and `acd` decide becomes deeds here.

use acd::{Caller, Duty, TelephoneState};
use flow::{Fact, FlowInput, FlowOutput, QueueLeft};
use frame::{CallId, LaneId, LegId, PortId};
use isdn::{Cause, suppl::Completion};

use crate::{
    CallClass, CallEvent, NoMail, OfferEnd, QueueExit, Side, SupervisionEnd,
    control::{Call, Control, Phase},
    leg::LegState,
    message::{Heard, Output},
    plan::Plan,
};

impl Control {
    /// A flow takes a call.
    pub(crate) fn enter_flow(&mut self, id: CallId, name: &str) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(flow) = call.plan.flows.get(name).cloned() else {
            return self.end(id, Cause::NormalUnspecified, Side::Box);
        };
        if call.plan.unrecorded_flows.iter().any(|unrecorded| unrecorded == name) {
            call.record = false;
        }
        call.phase = Phase::Flow;
        call.run = Some(flow::Run::new(flow));
        let caller = call.caller;
        self.pause_as_flow_says(id);
        // Only now: an answer begins the recording, and this flow may not want one.
        self.answer_caller(id);
        self.tell(CallEvent::FlowEntered { call: id, flow: name.to_owned() });
        self.listen(caller, true);
        self.drive_flow(id, FlowInput::Start);
    }

    /// Gives an input to a call's flow and does what it says.
    pub(crate) fn drive_flow(&mut self, id: CallId, input: FlowInput) {
        let now = self.now;
        let Some(run) = self.calls.get_mut(&id).and_then(|call| call.run.as_mut()) else { return };
        run.handle_input(now, input);
        while let Some(output) = self.calls.get_mut(&id).and_then(|call| call.run.as_mut()?.poll_output()) {
            self.flow_output(id, output);
        }
        self.mask_as_flow_says(id);
    }

    fn flow_output(&mut self, id: CallId, output: FlowOutput) {
        match output {
            FlowOutput::Play { prompts } => self.play(id, prompts),
            FlowOutput::StopPlay => self.hear_silence(id),
            FlowOutput::Queue(queue) => self.enqueue(id, &queue),
            FlowOutput::Dial(extension) => self.flow_dials(id, &extension),
            FlowOutput::HangUp { cause } => self.end(id, Cause::from(cause), Side::Box),
            FlowOutput::Said(fact) => self.flow_fact(id, fact),
        }
    }

    fn flow_dials(&mut self, id: CallId, extension: &str) {
        let target = self.calls.get(&id).and_then(|call| call.plan.extensions.get(extension).cloned());
        // What becomes of the call from here on is not the flow's to say: a queue that it is forwarded to has no way back.
        if let Some(call) = self.calls.get_mut(&id) {
            call.run = None;
        }
        match target {
            Some(target) => self.reach(id, target),
            None => self.end(id, Cause::UnallocatedNumber, Side::Box),
        }
    }

    fn flow_fact(&mut self, call: CallId, fact: Fact) {
        self.tell(match fact {
            Fact::Consent { step, given, by, recorded } => return self.consent(call, step, given, by, recorded),
            Fact::MenuChosen { step, key } => CallEvent::MenuChosen { call, step, key },
            Fact::Invalid { step } => CallEvent::MenuInvalid { call, step },
            Fact::TimedOut { step } => CallEvent::MenuTimedOut { call, step },
            Fact::DigitsTaken { step, count, public } => CallEvent::DigitsTaken { call, step, count, public },
        });
    }

    pub(crate) fn play(&mut self, id: CallId, names: Vec<String>) {
        let play = self.issue_play();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.play = play;
        let caller = call.caller;
        let Some(lane) = self.legs.get(&caller).map(|leg| leg.lane) else { return };
        for prompt in &names {
            self.tell(CallEvent::PromptBegan { call: id, leg: caller, prompt: prompt.clone() });
        }
        self.put(Output::Hear { lane, heard: Heard::Prompts { names, play } });
    }

    fn hear_silence(&mut self, id: CallId) {
        let caller = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller));
        if let Some(lane) = caller.map(|leg| leg.lane) {
            self.put(Output::Hear { lane, heard: Heard::Silence });
        }
    }

    /// Prompts ended. An older playing's end says nothing.
    pub(crate) fn played(&mut self, lane: LaneId, play: u32) {
        let Some(leg) = self.leg_on(lane).and_then(|leg| self.legs.get(&leg)) else { return };
        let (id, leg, state) = (leg.call, leg.id, leg.state);
        // Each ear of a talk is told something of its own, at its own time.
        if self.is_talking(id) && !matches!(state, LegState::Told { .. }) {
            return self.said_in_talk(id, leg);
        }
        if self.calls.get(&id).is_none_or(|call| call.play != play) || self.said_to_supervisor(id) {
            return;
        }
        match state {
            LegState::Told { cause, by } => self.release_leg(leg, cause, by),
            _ if self.calls.get(&id).is_some_and(|call| matches!(call.phase, Phase::Saying { .. })) => {
                self.end(id, Cause::NormalClearing, Side::Box);
            }
            _ if self.mail_played(id) => (),
            _ => self.drive_flow(id, FlowInput::PromptDone),
        }
    }

    fn is_talking(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(|call| call.phase.is_talk())
    }

    /// A digit in the audio of a trunk.
    pub(crate) fn digit(&mut self, lane: LaneId, digit: char) {
        let Some(leg) = self.leg_on(lane) else { return };
        let Some(call) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        if !self.mail_keyed(call, leg, digit) && !self.masks_key(call, leg, digit) {
            self.drive_flow(call, FlowInput::Digit(digit));
        }
    }

    pub(crate) fn listen(&mut self, leg: LegId, on: bool) {
        if let Some(lane) = self.legs.get(&leg).filter(|leg| leg.is_trunk()).map(|leg| leg.lane) {
            self.put(Output::Listen { lane, on });
        }
    }

    /// A caller begins to wait.
    pub(crate) fn enqueue(&mut self, id: CallId, queue: &str) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = Phase::Queue(queue.to_owned());
        if call.recording.is_none() && call.plan.unrecorded_queues.iter().any(|unrecorded| unrecorded == queue) {
            call.record = false;
        }
        let (class, caller) = (call.class, call.caller);
        self.enter_compartment(id, queue);
        // Only now: an answer begins the recording, and this queue may not want one.
        self.answer_caller(id);
        let class = class_of(class);
        let arrived = acd::Input::CallerArrived(Caller { call: id, queue: queue.to_owned(), class, priority: 0 });
        self.hear_music(caller, queue);
        self.acd.handle_input(self.now, arrived);
    }

    /// The newest settings say which music: a change is heard without a restart.
    fn hear_music(&mut self, caller: LegId, queue: &str) {
        let Some(lane) = self.legs.get(&caller).map(|leg| leg.lane) else { return };
        let music = self.plan.music.get(queue).cloned().unwrap_or_default();
        self.put(Output::Hear { lane, heard: Heard::Music(music) });
    }

    /// Who waits in a queue whose music is another than `before` hears the new one. Who hears the same goes on hearing
    /// it, and not from its beginning.
    pub(crate) fn change_music(&mut self, before: &Plan) {
        let waits = |call: &Call| match &call.phase {
            Phase::Queue(queue) => Some((call.caller, queue.clone())),
            _ => None,
        };
        let waiting: Vec<(LegId, String)> = self.calls.values().filter_map(waits).collect();
        for (caller, queue) in waiting {
            if self.plan.music.get(&queue) != before.music.get(&queue) {
                self.hear_music(caller, &queue);
            }
        }
    }

    /// Does what the queues decided. Runs after every input, so that an agent who became free gets the next caller in the
    /// same moment.
    pub(crate) fn serve_queues(&mut self) {
        while let Some(output) = self.acd.poll_output() {
            self.queue_output(output);
        }
    }

    fn queue_output(&mut self, output: acd::Output) {
        match output {
            acd::Output::Offer { call, agent } => self.offer(call, agent),
            acd::Output::CancelOffer { call, agent } => self.cancel_offer(call, agent),
            acd::Output::Position { call, position } => self.position(call, position),
            acd::Output::TimedOut { call } => self.leave_queue(call, QueueExit::TimedOut),
            acd::Output::Full { call } => self.leave_queue(call, QueueExit::Full),
            acd::Output::Unstaffed { call } => self.leave_queue(call, QueueExit::Unstaffed),
            acd::Output::AgentChanged { agent: port, state } => self.put(Output::KeepAgent { port, state }),
        }
    }

    /// Rings the agent. A caller who has left in the same moment is offered to nobody: the queue was told, and does without.
    fn offer(&mut self, call: CallId, agent: PortId) {
        if !self.calls.get(&call).is_some_and(|call| matches!(call.phase, Phase::Queue(_))) {
            return;
        }
        if !self.ring_station(call, agent) {
            self.acd.handle_input(self.now, acd::Input::OfferRefused { call, agent });
        }
    }

    /// The agent did not answer in time: the telephone stops ringing, the caller goes on waiting.
    fn cancel_offer(&mut self, call: CallId, agent: PortId) {
        let ringing = self.calls.get(&call).and_then(|call| call.called).and_then(|leg| self.legs.get(&leg));
        let Some(leg) = ringing.filter(|leg| leg.station() == Some(agent)).map(|leg| leg.id) else { return };
        self.tell_offer_end(call, agent, OfferEnd::NoAnswer);
        self.release_leg(leg, Cause::NoAnswer, Side::Box);
    }

    fn position(&mut self, call: CallId, position: u32) {
        let Some(Phase::Queue(queue)) = self.calls.get(&call).map(|call| &call.phase) else { return };
        let queue = queue.clone();
        self.tell(CallEvent::Queued { call, queue, position });
    }

    /// The caller leaves the queue without an agent: back to the flow, which knows what is next.
    fn leave_queue(&mut self, id: CallId, why: QueueExit) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Queue(queue) = std::mem::replace(&mut call.phase, Phase::Flow) else { return };
        let has_flow = call.run.is_some();
        self.tell(CallEvent::Dequeued { call: id, queue, why });
        self.move_to_compartment(id, None);
        self.hear_silence(id);
        if !has_flow {
            return self.not_reached(id, Cause::NoAnswer, Side::Box);
        }
        let left = match why {
            QueueExit::Full => QueueLeft::Full,
            QueueExit::Unstaffed => QueueLeft::Unstaffed,
            _ => QueueLeft::TimedOut,
        };
        self.drive_flow(id, FlowInput::QueueLeft(left));
    }

    /// A phase ends because the call does.
    pub(crate) fn leave_phase(&mut self, id: CallId, phase: &Phase, by: Side) {
        match phase {
            Phase::Queue(queue) => {
                self.acd.handle_input(self.now, acd::Input::CallerLeft { call: id });
                self.tell_called_offer_end(id, OfferEnd::Cancelled);
                let why = if by == Side::Caller { QueueExit::Abandoned } else { QueueExit::Lost };
                self.tell(CallEvent::Dequeued { call: id, queue: queue.clone(), why });
            }
            Phase::Ringing { .. } => {
                self.tell_called_offer_end(id, OfferEnd::Cancelled);
                let called = self.calls.get(&id).and_then(|call| self.legs.get(&call.called?)?.station());
                called.into_iter().for_each(|port| self.missed_in_house(id, port, Completion::NoReply));
            }
            Phase::Reaching { .. } | Phase::Returning(_) => self.tell_called_offer_end(id, OfferEnd::Cancelled),
            Phase::CallingBack { .. } => self.not_called_back(id),
            Phase::Talking(talk) => self.unbridge(id, *talk),
            Phase::Held(held) => {
                // A call that waited here may be itself a consultation of its caller, who holds somebody else for it.
                if let Some(consults) = self.calls.get_mut(&held.consults).filter(|call| call.holds == Some(id)) {
                    consults.holds = None;
                }
                let holder = self.legs.get(&held.by).and_then(|leg| leg.station());
                self.unbridge(id, held.talk);
                if let Some(agent) = holder {
                    // It goes on with the other call.
                    self.acd.handle_input(self.now, acd::Input::Telephone { agent, state: TelephoneState::Busy });
                }
            }
            Phase::Conference(conference) => self.unbridge(id, conference.talk),
            Phase::Mail(mail) => self.leave_box(id, mail, NoMail::NothingSaid),
            Phase::Supervising(of) => self.end_supervision(*of, SupervisionEnd::HungUp),
            Phase::Dialling { .. }
            | Phase::Flow
            | Phase::Parked(_)
            | Phase::Saying { .. }
            | Phase::NotReached(_)
            | Phase::Pin(_)
            | Phase::RingsSupervisor { .. }
            | Phase::Over { .. } => (),
        }
        self.drive_flow(id, FlowInput::HungUp);
    }

    /// Someone changed whether an agent works.
    pub(crate) fn duty(&mut self, port: PortId, duty: Duty) {
        self.acd.handle_input(self.now, acd::Input::Duty { agent: port, duty });
    }
}

/// How much a call matters to a queue.
pub(crate) fn class_of(class: CallClass) -> acd::Class {
    match class {
        CallClass::Normal => acd::Class::Normal,
        CallClass::Emergency => acd::Class::Emergency,
    }
}
