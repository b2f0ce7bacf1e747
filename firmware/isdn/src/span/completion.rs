//! Connections on which calls wait to be completed: one for each request, as long as it stands.
//!
//! Source: EN 300 359-1 (CCBS) and EN 301 065-1 (CCNR), at the reference point T: a private exchange and its network. The
//! connection is EN 300 196-1's for services without a bearer: REGISTER asks, FACILITY carries what follows, RELEASE ends it.
//! Both sides may ask. The standards were not at hand: which operation goes where is as libpri has it (`pri_cc.c`, the states
//! of its agent and monitor, doc/cc_ptp_agent.fsm), and the matrix shows both agree.
//! Not here: who wants to be called back, and how long people wait (`call`); ECMA-186, where no call offers it.

use std::time::Duration;

use arrayvec::ArrayVec;
use frame::{Time, Timeslot};

use super::{Span, components::answer_to};
use crate::{
    Cause, CompletionOf, Event, SetupRequest,
    q931::{
        CallReference, Element, Message, MessageKind,
        element::{CallStateElement, Diagnostics, Facility},
    },
    suppl::{
        Code, Completion, CompletionDenial, CompletionRequest, Component, Header, InvokeId, InvokeProblem, Operation,
        Refusal, Retention, Service, Syntax, reject,
    },
};

/// The completions of a span.
#[derive(Debug, Default)]
pub(super) struct Completions {
    open: ArrayVec<Row, COMPLETIONS_MAX>,
    last_asked: u32,
}

#[derive(Debug)]
struct Row {
    reference: CallReference,
    whose: CompletionOf,
    completion: Completion,
    stage: Stage,
    until: Time,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// We asked and wait for the answer.
    Asked(InvokeId),
    /// The far end asked and waits for the box.
    Wanted { id: InvokeId, code: Code, retained: bool },
    /// It was accepted.
    Active,
}

/// On what a message came.
#[derive(Clone, Copy, Debug)]
enum On {
    /// A reference that it brought.
    Fresh(CallReference),
    /// A completion.
    Known(CompletionOf),
}

/// Two for each B-channel of an E1. A network lets nobody have more than five (EN 300 359-1), and few people have one.
const COMPLETIONS_MAX: usize = 60;

/// T-ACTIVATE, as libpri has it: the far end asks an exchange of its own.
const ACTIVATE: Duration = Duration::from_secs(10);

/// T-CCBS5 and T-CCBS6, T-CCNR5 and T-CCNR6: how long a request stands whose end nobody tells.
const SUPERVISION: Duration = Duration::from_secs(60 * 60);
const SUPERVISION_NO_REPLY: Duration = Duration::from_secs(195 * 60);

/// Call state 31, bearer independent transport.
const INDEPENDENT: u8 = 31;

impl Completions {
    pub fn has(&self, reference: CallReference) -> bool {
        self.find(reference).is_some()
    }

    pub fn next_deadline(&self) -> Option<Time> {
        self.open.iter().map(|row| row.until).min()
    }

    /// Whether a request of ours was accepted.
    pub fn stands(&self, tag: u64) -> bool {
        self.at(CompletionOf::Near(tag)).is_some_and(|at| self.open[at].stage == Stage::Active)
    }

    /// `reference` as a message of the far end has it.
    fn find(&self, reference: CallReference) -> Option<usize> {
        self.open.iter().position(|row| row.reference == reference.reply())
    }

    fn at(&self, whose: CompletionOf) -> Option<usize> {
        self.open.iter().position(|row| row.whose == whose)
    }

    /// None that is open has it: they are few, and the numbers go round.
    fn next_asked(&mut self) -> u32 {
        self.last_asked = self.last_asked.wrapping_add(1);
        self.last_asked
    }
}

impl Span {
    /// The box wants to know when a party can be reached.
    pub(super) fn ask_completion(&mut self, now: Time, tag: u64, completion: Completion, setup: SetupRequest) {
        if let Err(why) = self.register(now, tag, completion, setup) {
            self.tell(Event::CompletionAnswered { tag, refused: Some(why), retained: false });
        }
    }

    fn register(&mut self, now: Time, tag: u64, completion: Completion, setup: SetupRequest) -> Result<(), Refusal> {
        if self.settings.rules().syntax != Syntax::Etsi {
            return Err(Refusal::NotInDialect);
        }
        let whose = CompletionOf::Near(tag);
        if !self.link.is_up() || self.completions.open.is_full() || self.completions.at(whose).is_some() {
            return Err(Refusal::NotNow);
        }
        let request = self.completion_request(setup).ok_or(Refusal::NotNow)?;
        let operation = Operation::CompletionAsked(completion, request);
        let (facility, id) = self.invoke(Header::REMOTE, &operation).ok_or(Refusal::NotNow)?;
        let reference = CallReference { value: self.fresh_reference(), to_originator: false };
        let row = Row { reference, whose, completion, stage: Stage::Asked(id), until: now + ACTIVATE };
        self.completions.open.push(row);
        self.transmit(now, &Message::new(reference, MessageKind::Register).with(Element::Facility(facility)));
        Ok(())
    }

    /// The far end finds the call by what its SETUP said, so it is made in the same way.
    fn completion_request(&self, setup: SetupRequest) -> Option<CompletionRequest> {
        let setup = self.setup_message(CallReference::GLOBAL.value, Timeslot::default(), setup);
        let service = [
            setup.bearer().cloned().map(Element::Bearer),
            setup.low_layer().cloned().map(Element::LowLayer),
            setup.high_layer().cloned().map(Element::HighLayer),
        ];
        let service: Vec<u8> = service.iter().flatten().filter_map(Element::octets).flatten().collect();
        let calling = setup.calling_number().filter(|calling| !calling.number.digits.is_empty());
        Some(CompletionRequest {
            called: setup.called_number()?.clone(),
            service: Service::new(&service)?,
            retains: true,
            shown: calling.map(|calling| calling.presentation == crate::q931::element::Presentation::Allowed),
            calling: calling.map(|calling| calling.number.clone()),
        })
    }

    pub(super) fn suspend_completion(&mut self, now: Time, tag: u64, suspended: bool) {
        let operation = if suspended { Operation::CompletionSuspended } else { Operation::CompletionResumed };
        self.invoke_on_completion(now, CompletionOf::Near(tag), &operation);
    }

    pub(super) fn tell_completion_possible(&mut self, now: Time, asked: u32) {
        self.invoke_on_completion(now, CompletionOf::Far(asked), &Operation::CompletionPossible);
    }

    fn invoke_on_completion(&mut self, now: Time, whose: CompletionOf, operation: &Operation) {
        let at = self.completions.at(whose).filter(|&at| self.completions.open[at].stage == Stage::Active);
        let Some(at) = at else { return self.counters.stale_requests += 1 };
        if let Some((facility, _)) = self.invoke(Header::REMOTE, operation) {
            self.say_on_completion(now, at, facility);
        }
    }

    /// What the box answers to the far end's request.
    pub(super) fn answer_completion(&mut self, now: Time, asked: u32, accepted: bool) {
        let Some(at) = self.completions.at(CompletionOf::Far(asked)) else { return self.counters.stale_requests += 1 };
        let row = &mut self.completions.open[at];
        let Stage::Wanted { id, code, retained } = row.stage.clone() else { return self.counters.misfits += 1 };
        if !accepted {
            return self.deny_completion(now, at, id);
        }
        (row.stage, row.until) = (Stage::Active, now + supervision(row.completion));
        let result = Component::Result { id, result: Some((code, Retention(retained).emit())) };
        if let Some(facility) = self.answer(vec![result]) {
            self.say_on_completion(now, at, facility);
        }
    }

    fn deny_completion(&mut self, now: Time, at: usize, id: InvokeId) {
        let error = self.answer(vec![CompletionDenial::ForNow.answer(id)]);
        let row = self.completions.open.remove(at);
        self.release_reference(now, row.reference, Cause::FacilityRejected, error);
    }

    /// It is done, or wanted no longer.
    pub(super) fn end_completion(&mut self, now: Time, whose: CompletionOf) {
        let Some(at) = self.completions.at(whose) else { return self.counters.stale_requests += 1 };
        let row = self.completions.open.remove(at);
        self.release_reference(now, row.reference, Cause::NormalClearing, None);
    }

    /// A REGISTER, which has a reference of its own. Nothing but a request for completion comes so.
    pub(super) fn receive_register(&mut self, now: Time, reference: CallReference, message: &Message) {
        let answers = self.hear_completion(now, On::Fresh(reference), message);
        if !self.completions.has(reference) {
            // 5.8.3.2 a, where nothing is asked by it.
            let cause = if answers.is_empty() { Cause::InvalidCallReference } else { Cause::FacilityRejected };
            let says = self.answer(answers).map(Element::Facility);
            let cause = Element::Cause(self.cause(cause, Diagnostics::new()));
            let refusal = Message::new(reference.reply(), MessageKind::ReleaseComplete).with(cause).with(says);
            self.transmit(now, &refusal);
        }
    }

    /// A message of a completion.
    pub(super) fn receive_on_completion(&mut self, now: Time, reference: CallReference, message: &Message) {
        let Some(whose) = self.completions.find(reference).map(|at| self.completions.open[at].whose) else { return };
        let answers = self.hear_completion(now, On::Known(whose), message);
        self.hear_completion_answers(now, whose, message);
        // What it said may have ended it.
        let Some(at) = self.completions.at(whose) else { return };
        match message.kind {
            MessageKind::Release => {
                let row = self.completions.open.remove(at);
                self.transmit(now, &Message::new(row.reference, MessageKind::ReleaseComplete));
                self.tell_completion_gone(&row, Refusal::CallEnded);
            }
            MessageKind::ReleaseComplete => {
                let row = self.completions.open.remove(at);
                self.tell_completion_gone(&row, Refusal::CallEnded);
            }
            MessageKind::Facility => {
                if let Some(facility) = self.answer(answers) {
                    self.say_on_completion(now, at, facility);
                }
            }
            MessageKind::StatusEnquiry => self.send_status_of_completion(now, reference),
            // 5.8.11: the far end has no such connection.
            MessageKind::Status if message.call_state() == Some(&CallStateElement(0)) => {
                let row = self.completions.open.remove(at);
                self.tell_completion_gone(&row, Refusal::CallEnded);
            }
            MessageKind::Status => {}
            _ => self.counters.misfits += 1,
        }
    }

    fn send_status_of_completion(&mut self, now: Time, reference: CallReference) {
        let cause = self.cause(Cause::ResponseToStatusEnquiry, Diagnostics::new());
        let status = Message::new(reference.reply(), MessageKind::Status)
            .with(Element::Cause(cause))
            .with(Element::CallState(CallStateElement(INDEPENDENT)));
        self.transmit(now, &status);
    }

    /// What is overdue.
    pub(super) fn run_due_completions(&mut self, now: Time) {
        while let Some(at) = self.completions.open.iter().position(|row| row.until <= now) {
            if let Stage::Wanted { id, .. } = self.completions.open[at].stage {
                self.deny_completion(now, at, id);
                continue;
            }
            let row = self.completions.open.remove(at);
            self.release_reference(now, row.reference, Cause::RecoveryOnTimerExpiry, None);
            self.tell_completion_gone(&row, Refusal::NoAnswer);
        }
    }

    /// The link is down: what stood on it is lost, and a caller who waits has to know.
    pub(super) fn drop_completions(&mut self) {
        while let Some(row) = self.completions.open.pop() {
            self.tell_completion_gone(&row, Refusal::CallEnded);
        }
    }

    fn tell_completion_gone(&mut self, row: &Row, why: Refusal) {
        match (row.whose, &row.stage) {
            (CompletionOf::Near(tag), Stage::Asked(_)) => {
                self.tell(Event::CompletionAnswered { tag, refused: Some(why), retained: false });
            }
            (whose, _) => self.tell(Event::CompletionOver { whose }),
        }
    }

    fn say_on_completion(&mut self, now: Time, at: usize, facility: Facility) {
        let reference = self.completions.open[at].reference;
        self.transmit(now, &Message::new(reference, MessageKind::Facility).with(Element::Facility(facility)));
    }

    fn hear_completion(&mut self, now: Time, on: On, message: &Message) -> Vec<Component> {
        self.hear_operations(message, |span, id, code, operation| span.do_completion(now, on, id, code, operation))
    }

    fn do_completion(
        &mut self,
        now: Time,
        on: On,
        id: InvokeId,
        code: Code,
        operation: Operation,
    ) -> Option<Component> {
        match (operation, on) {
            (Operation::CompletionAsked(completion, request), On::Fresh(reference)) => {
                if self.completions.has(reference) {
                    return Some(reject(id, InvokeProblem::DuplicateInvocation));
                }
                let whose = self.completions.next_asked();
                let CompletionRequest { called, calling, retains: retained, .. } = request;
                let (stage, until) = (Stage::Wanted { id, code, retained }, now + ACTIVATE);
                let row =
                    Row { reference: reference.reply(), whose: CompletionOf::Far(whose), completion, stage, until };
                if self.completions.open.try_push(row).is_err() {
                    return Some(CompletionDenial::ForNow.answer(id));
                }
                self.tell(Event::CompletionAsked { asked: whose, completion, called, calling, retained });
            }
            (Operation::CompletionPossible, On::Known(CompletionOf::Near(tag))) => {
                self.tell(Event::CompletionPossible { tag });
            }
            (Operation::CompletionSuspended, On::Known(CompletionOf::Far(asked))) => {
                self.tell(Event::CompletionSuspended { asked, suspended: true });
            }
            (Operation::CompletionResumed, On::Known(CompletionOf::Far(asked))) => {
                self.tell(Event::CompletionSuspended { asked, suspended: false });
            }
            _ => return Some(reject(id, InvokeProblem::UnrecognizedOperation)),
        }
        None
    }

    /// What a message says to our request.
    fn hear_completion_answers(&mut self, now: Time, whose: CompletionOf, message: &Message) {
        let (CompletionOf::Near(tag), Some(at)) = (whose, self.completions.at(whose)) else { return };
        let Stage::Asked(wanted) = self.completions.open[at].stage else { return };
        let answer = answer_to(wanted, message);
        let row = &mut self.completions.open[at];
        match answer {
            None => {}
            Some(Ok(result)) => {
                let Retention(retained) = Retention::of(result.as_ref());
                (row.stage, row.until) = (Stage::Active, now + supervision(row.completion));
                self.tell(Event::CompletionAnswered { tag, refused: None, retained });
            }
            Some(Err(why)) => {
                let row = self.completions.open.remove(at);
                self.tell(Event::CompletionAnswered { tag, refused: Some(why), retained: false });
                match message.kind {
                    MessageKind::Release => {
                        self.transmit(now, &Message::new(row.reference, MessageKind::ReleaseComplete));
                    }
                    MessageKind::ReleaseComplete => {}
                    _ => self.release_reference(now, row.reference, Cause::NormalClearing, None),
                }
            }
        }
    }
}

const fn supervision(completion: Completion) -> Duration {
    match completion {
        Completion::Busy => SUPERVISION,
        Completion::NoReply => SUPERVISION_NO_REPLY,
    }
}
