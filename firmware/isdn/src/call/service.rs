//! Supplementary services of one call: what arrives in Facility, and what we ask for.
//!
//! Source: EN 300 196-1, 8.1 (functional protocol), ITU-T X.219 (who answers what); each service is named in `suppl`.
//! A result or an error that nobody waits for is counted and not rejected, as X.219 leaves us free to do: it is mostly one
//! that came after T-RESPONSE.
//! Not here: names and diversion in SETUP and CONNECT, which `suppl::parties` turns into elements; what a transfer does to
//! the two calls, which is the network's to do or the box's.

use super::{
    CallState,
    machine::{Action, Call, Context},
};
use crate::{
    CallHandle, Cause, ConnectedParty, Event, Origin, Role, TransferBy,
    q931::{
        Element, Message, MessageKind,
        element::{Facility, PartyNumber, Presentation},
    },
    suppl::{
        Advice, Argument, CallLink, Code, CompletionDenial, Component, Denial, DiversionNotice, DivertingLeg1,
        DivertingLeg3, FacilityContents, Interpretation, InvokeId, InvokeProblem, Name, Operation, OtherParty, Refusal,
        ServiceError, Syntax, UserUserService,
        ber::Tag,
        dialogue::{OtherCall, Purpose},
        parties, reject,
    },
};

impl Call {
    /// Reads a Facility and acts upon its components.
    pub fn on_facility(&mut self, context: &mut Context<'_>, kind: MessageKind, facility: &Facility) {
        let Ok(parsed) = FacilityContents::parse(facility.contents()) else { return *context.misfits += 1 };
        for (id, problem) in parsed.faults {
            self.respond(context, Component::Reject { id, problem });
        }
        let unknown = parsed.facility.header.of_unknown();
        for component in parsed.facility.components {
            match component {
                Component::Invoke { id, operation, argument, .. } => {
                    self.on_invoke(context, kind, unknown, id, operation, &argument);
                }
                Component::Result { id, result } => self.on_result(context, id, result.as_ref()),
                Component::Error { id, error, .. } => self.on_no(context, id, Refusal::of_error(&error)),
                Component::Reject { id: Some(id), .. } => self.on_no(context, id, Refusal::NotUnderstood),
                // The far end could not read something of ours; what it was, T-RESPONSE tells.
                Component::Reject { id: None, .. } => *context.misfits += 1,
            }
        }
    }

    fn on_invoke(
        &mut self,
        context: &mut Context<'_>,
        kind: MessageKind,
        unknown: Interpretation,
        id: InvokeId,
        code: Code,
        argument: &Argument,
    ) {
        match Operation::parse(context.settings.rules().syntax, &code, argument) {
            Ok(operation) => self.on_operation(context, kind, id, code, operation),
            Err(InvokeProblem::UnrecognizedOperation) if unknown == Interpretation::Discard => {}
            // ECMA-165, 8.1.2: the far end would rather have no call than one without the service.
            Err(InvokeProblem::UnrecognizedOperation) if unknown == Interpretation::Clear => {
                self.refuse_service(context, reject(id, InvokeProblem::UnrecognizedOperation));
            }
            Err(problem) => self.respond(context, reject(id, problem)),
        }
    }

    fn on_operation(
        &mut self,
        context: &mut Context<'_>,
        kind: MessageKind,
        id: InvokeId,
        code: Code,
        operation: Operation,
    ) {
        match operation {
            Operation::DivertingLeg1(leg) => self.on_diverted(context, leg),
            Operation::DivertingLeg2(_) => self.dialogue.owes_leg3 |= kind == MessageKind::Setup,
            Operation::DivertingLeg3(leg) => self.on_diverted_shown(context, &leg),
            Operation::CallingName(name) if kind != MessageKind::Setup => self.tell_name(context, &name),
            Operation::ConnectedName(name) if kind != MessageKind::Connect => self.tell_name(context, &name),
            Operation::CalledName(name) | Operation::BusyName(name) => self.tell_name(context, &name),
            // Told with the SETUP or the CONNECT. That the name follows needs nothing done.
            Operation::CallingName(_) | Operation::ConnectedName(_) | Operation::NameFollows => {}
            Operation::ChargingRequest(_) => {
                self.respond(context, ServiceError::from_code(NO_CHARGING_INFORMATION).answer(id));
            }
            Operation::Tariff(tariff) => self.tell_charge(context, Advice::Tariff(tariff)),
            Operation::ChargeSoFar(charge) => self.tell_charge(context, Advice::SoFar(charge)),
            Operation::ChargeAtEnd(charge) => self.tell_charge(context, Advice::AtEnd(charge)),
            Operation::IdentifyMaliciousCall => self.on_malicious_call(context, id),
            Operation::EctLinkId | Operation::ReleaseLink => self.name_call(context, id, code),
            Operation::ExplicitEctExecute(link) | Operation::ReleaseLinkJoin(link) => {
                self.on_transfer_asked(context, id, OtherCall::Link(link));
            }
            Operation::TwoChannelTransfer(reference) => {
                self.on_transfer_asked(context, id, OtherCall::Reference(reference));
            }
            // Which call it joins is the one on hold, or the one that is not.
            Operation::EctExecute => self.on_transfer_asked(context, id, OtherCall::Implied),
            // EN 300 369-1, 9.2.5: what is beyond the box nobody tells it.
            Operation::EctLoopTest => {
                let result = Argument::short(|writer| writer.integer(Tag::ENUMERATED, INSUFFICIENT_INFORMATION));
                self.respond(context, Component::Result { id, result: Some((code, result)) });
            }
            // EN 300 207-1, table 2, ECMA-174, annex A: the box keeps the calls that it has placed.
            Operation::Rerouting => self.respond(context, ServiceError::NotAvailable.answer(id)),
            // ECMA-176, 6.5: it is the SETUP of a new path, and no call to anybody.
            Operation::Denied(denial @ Denial::PathOfCall) if kind == MessageKind::Setup => {
                self.refuse_service(context, denial.answer(id));
            }
            Operation::Denied(denial) => self.respond(context, denial.answer(id)),
            Operation::UserUserService(service) => self.deny_user_user(context, kind, id, service),
            Operation::CompletionAvailable if self.ours => {
                context.tell(Event::CompletionOffered { call: self.handle });
            }
            // Told with the SETUP.
            Operation::CompletionCall if kind == MessageKind::Setup => {}
            // EN 300 359-1: a connection of its own asks, by REGISTER, and carries what follows.
            Operation::CompletionAsked(..) => self.respond(context, CompletionDenial::ForNow.answer(id)),
            Operation::CompletionAvailable
            | Operation::CompletionCall
            | Operation::CompletionSuspended
            | Operation::CompletionResumed
            | Operation::CompletionPossible => *context.misfits += 1,
            // These belong to no call.
            Operation::MessagesWait(_) | Operation::MessagesGone(_) | Operation::MessagesAsked(_) => {
                self.respond(context, ServiceError::InvalidCallState.answer(id));
            }
            Operation::MessagesIndicated(_) => *context.misfits += 1,
            // Subaddresses of parties that were joined: nobody here has a use for them, and no answer is due.
            Operation::RequestSubaddress | Operation::SubaddressTransfer(_) => {}
            Operation::EctInform(inform) => self.tell_party(context, inform.into()),
            Operation::TransferComplete(complete) => self.tell_party(context, complete.into()),
            Operation::TransferActive(party) => self.tell_party(context, OtherParty::answered(party)),
            Operation::TransferUpdate(party) => self.tell_party(context, OtherParty::updated(party)),
        }
    }

    /// EN 300 286-1: who says no is who was asked. Whoever requires the service would rather have no call.
    fn deny_user_user(&mut self, context: &mut Context<'_>, kind: MessageKind, id: InvokeId, service: UserUserService) {
        let error = match context.settings.role {
            Role::Network => ServiceError::RejectedByNetwork,
            Role::User => ServiceError::RejectedByUser,
        };
        if service.required && kind == MessageKind::Setup {
            self.refuse_service(context, error.answer(id));
        } else {
            self.respond(context, error.answer(id));
        }
    }

    /// EN 300 207-1, 9.2.4: that the call is diverted is known before it is known whether the number may be shown.
    fn on_diverted(&mut self, context: &mut Context<'_>, leg: DivertingLeg1) {
        if leg.notice == DiversionNotice::None {
            return;
        }
        context.tell(Event::Diverted { call: self.handle, reason: leg.reason.into(), to: None });
        let with_number = leg.notice == DiversionNotice::WithNumber;
        self.dialogue.diverted = leg.to.filter(|_| with_number).map(|to| (leg.reason, to));
    }

    fn on_diverted_shown(&mut self, context: &mut Context<'_>, leg: &DivertingLeg3) {
        let Some((reason, to)) = self.dialogue.diverted.take_if(|_| leg.shown) else { return };
        context.tell(Event::Diverted { call: self.handle, reason: reason.into(), to: Some(to) });
    }

    fn tell_name(&self, context: &mut Context<'_>, name: &Name) {
        if let Some(name) = parties::display_of(name) {
            context.tell(Event::PartyName { call: self.handle, name });
        }
    }

    fn tell_charge(&self, context: &mut Context<'_>, advice: Advice) {
        context.tell(Event::Charge { call: self.handle, advice: Box::new(advice) });
    }

    fn tell_party(&self, context: &mut Context<'_>, party: OtherParty) {
        context.tell(Event::OtherParty { call: self.handle, party: Box::new(party) });
    }

    /// EN 300 130-1, 9.2: the network keeps who called. The box's log is what keeps it here.
    fn on_malicious_call(&mut self, context: &mut Context<'_>, id: InvokeId) {
        if context.settings.role == Role::User {
            return self.respond(context, ServiceError::NotAvailable.answer(id));
        }
        context.tell(Event::MaliciousCall { call: self.handle });
        self.respond(context, Component::Result { id, result: None });
    }

    /// EN 300 369-1, 9.2: the name by which this call can be joined with another.
    fn name_call(&mut self, context: &mut Context<'_>, id: InvokeId, code: Code) {
        let result = link_of(self.handle).emit(context.settings.rules().syntax);
        self.respond(context, Component::Result { id, result: Some((code, result)) });
    }

    /// The far end wants this call joined with another. Which one that is, the span finds out.
    fn on_transfer_asked(&mut self, context: &mut Context<'_>, id: InvokeId, other: OtherCall) {
        let arrived = matches!(self.state, CallState::Active | CallState::Received);
        if context.settings.role == Role::User || !arrived {
            return self.respond(context, ServiceError::InvalidCallState.answer(id));
        }
        if self.dialogue.transfer.is_some() {
            return self.respond(context, reject(id, InvokeProblem::ResourceLimitation));
        }
        self.dialogue.transfer = Some(id);
        context.actions.push(Action::FindOther(other));
    }

    /// The call that the far end means was found, or there is none.
    pub fn on_other_found(&mut self, context: &mut Context<'_>, other: Option<CallHandle>) {
        match other {
            Some(to) => context.tell(Event::TransferAsked { call: self.handle, to }),
            None => self.answer_transfer(context, false),
        }
    }

    /// The box has decided. ETSI's result goes along with the DISCONNECT that follows (EN 300 369-1, 9.2), where libpri has
    /// it too; the others' comes by itself.
    pub(super) fn answer_transfer(&mut self, context: &mut Context<'_>, accepted: bool) {
        let Some(id) = self.dialogue.transfer.take() else { return *context.misfits += 1 };
        if !accepted {
            return self.respond(context, ServiceError::NotAvailable.answer(id));
        }
        let result = Component::Result { id, result: None };
        match context.settings.rules().syntax {
            Syntax::Etsi => self.attach_response(context, result),
            Syntax::Private | Syntax::Ni2 | Syntax::Dms100 => self.respond(context, result),
        }
    }

    fn on_result(&mut self, context: &mut Context<'_>, id: InvokeId, result: Option<&(Code, Argument)>) {
        let syntax = context.settings.rules().syntax;
        match self.dialogue.answered(id) {
            // What a SETUP asked is answered when the call has got somewhere.
            None if syntax == Syntax::Dms100 && id == RELEASE_LINK => self.keep_link(context, result),
            None => *context.misfits += 1,
            Some(Purpose::Identify) => {
                context.tell(Event::MaliciousCallKept { call: self.handle, refused: None });
            }
            Some(Purpose::Transfer { call, to }) => context.tell(Event::Transferred { call, to }),
            Some(purpose @ Purpose::Link { join }) => {
                match result.map(|(_, result)| CallLink::parse(syntax, result)) {
                    Some(Ok(link)) => context.actions.push(Action::Join { call: join, link }),
                    // Without the name there is nothing to go on with.
                    Some(Err(_)) | None => self.tell_refused(context, purpose, Refusal::NotUnderstood),
                }
            }
        }
    }

    fn on_no(&mut self, context: &mut Context<'_>, id: InvokeId, why: Refusal) {
        match self.dialogue.answered(id) {
            Some(purpose) => self.tell_refused(context, purpose, why),
            None => *context.misfits += 1,
        }
    }

    /// T-RESPONSE.
    pub(super) fn run_dialogue(&mut self, context: &mut Context<'_>) {
        while let Some(purpose) = self.dialogue.overdue(context.now) {
            self.tell_refused(context, purpose, Refusal::NoAnswer);
        }
    }

    fn tell_refused(&self, context: &mut Context<'_>, purpose: Purpose, why: Refusal) {
        context.tell(self.refused(purpose, why));
    }

    /// What the box hears where a service was not given.
    pub fn refused(&self, purpose: Purpose, why: Refusal) -> Event {
        match purpose {
            Purpose::Identify => Event::MaliciousCallKept { call: self.handle, refused: Some(why) },
            Purpose::Link { join } => Event::TransferRefused { call: join, to: self.handle, why },
            Purpose::Transfer { call, to } => Event::TransferRefused { call, to, why },
        }
    }

    /// Sends an invoke whose answer is awaited.
    pub fn ask(&mut self, context: &mut Context<'_>, operation: &Operation, purpose: Purpose) {
        let id = self.invoke_id(operation);
        let Some(Element::Facility(facility)) = self.operation(context, id, operation) else {
            return self.tell_refused(context, purpose, Refusal::NotInDialect);
        };
        if self.dialogue.has_room() && self.send_facility(context, facility) {
            self.dialogue.wait(context.now, id, purpose);
        } else {
            self.tell_refused(context, purpose, Refusal::NotNow);
        }
    }

    /// DMS-100 names invokes by their operations.
    fn invoke_id(&mut self, operation: &Operation) -> InvokeId {
        match operation {
            Operation::ReleaseLink => RELEASE_LINK,
            Operation::ReleaseLinkJoin(_) => RELEASE_LINK_JOIN,
            _ => self.dialogue.next_id(),
        }
    }

    fn keep_link(&mut self, context: &mut Context<'_>, result: Option<&(Code, Argument)>) {
        self.dialogue.link = result.and_then(|(_, result)| CallLink::parse(Syntax::Dms100, result).ok());
        *context.misfits += u64::from(self.dialogue.link.is_none());
    }

    /// EN 300 130-1: the user asks, and the network keeps.
    pub(super) fn identify_malicious_call(&mut self, context: &mut Context<'_>) {
        match (context.settings.role, self.state) {
            (Role::Network, _) => self.tell_refused(context, Purpose::Identify, Refusal::NotInDialect),
            (Role::User, CallState::Active) => {
                self.ask(context, &Operation::IdentifyMaliciousCall, Purpose::Identify);
            }
            (Role::User, _) => self.tell_refused(context, Purpose::Identify, Refusal::NotNow),
        }
    }

    /// EN 300 182-1, 9: AOC-E travels with the message that clears the call, all else in FACILITY. False where it can't.
    pub(super) fn advise(&mut self, context: &mut Context<'_>, advice: Advice) -> bool {
        let at_end = matches!(advice, Advice::AtEnd(_));
        let id = self.dialogue.next_id();
        match at_end {
            true => self.operation(context, id, &advice.into()).is_some_and(|element| self.attach(element)),
            false => self.send_operation(context, id, &advice.into()),
        }
    }

    /// Tells the far end who is at the other end now. False where the dialect has no words for it.
    pub(super) fn tell_other_party(&mut self, context: &mut Context<'_>, party: OtherParty) -> bool {
        let id = self.dialogue.next_id();
        let operation = party.operation(context.settings);
        operation.is_some_and(|operation| self.send_operation(context, id, &operation))
    }

    /// EN 300 359-1: the call could be completed later, which goes along with what alerts or clears. False where the dialect
    /// has no word for it.
    pub(super) fn offer_completion(&mut self, context: &mut Context<'_>) -> bool {
        let id = self.dialogue.next_id();
        let offer = (!self.ours).then(|| self.operation(context, id, &Operation::CompletionAvailable)).flatten();
        offer.is_some_and(|offer| self.attach(offer))
    }

    /// What a SETUP says by operations: of the parties, that it completes a call of before, and on DMS-100 that
    /// the call may be transferred.
    pub fn write_operations(&mut self, context: &Context<'_>, setup: &mut Message, completes: bool) {
        if completes {
            let id = self.dialogue.next_id();
            setup.elements.extend(self.operation(context, id, &Operation::CompletionCall));
        }
        let transfer =
            context.settings.rules().transfer == TransferBy::ReleaseLink && context.settings.asks_for_transfer;
        if transfer && context.settings.role == Role::User {
            setup.elements.extend(self.operation(context, RELEASE_LINK, &Operation::ReleaseLink));
        }
        parties::write_setup(setup, context.settings, || self.dialogue.next_id());
    }

    /// What a CONNECT says of whoever answers: the number, the name as the dialect tells it, and the answer to where the
    /// call came from.
    pub(super) fn answering_party(&mut self, context: &Context<'_>, mut party: ConnectedParty) -> Vec<Element> {
        let leg3 = self.leg3(context, party.number.as_ref());
        let id = self.dialogue.next_id();
        let name = party.name.take().and_then(|name| parties::connected_name(name, context.settings, id));
        party.elements().chain(leg3).chain(name).collect()
    }

    /// EN 300 207-1, 10.5, and ECMA-174, 6.5: leg 2 is answered once it is known whether the caller may see where its call
    /// went, which is when somebody answers.
    fn leg3(&mut self, context: &Context<'_>, number: Option<&PartyNumber>) -> Option<Element> {
        if !std::mem::take(&mut self.dialogue.owes_leg3) {
            return None;
        }
        let id = self.dialogue.next_id();
        let shown = number.is_none_or(|number| number.presentation != Presentation::Restricted);
        self.operation(context, id, &Operation::DivertingLeg3(DivertingLeg3 { shown, name: None }))
    }

    fn operation(&self, context: &Context<'_>, id: InvokeId, operation: &Operation) -> Option<Element> {
        let syntax = context.settings.rules().syntax;
        parties::facility(syntax.header(), syntax, id, operation)
    }

    fn send_operation(&mut self, context: &mut Context<'_>, id: InvokeId, operation: &Operation) -> bool {
        match self.operation(context, id, operation) {
            Some(Element::Facility(facility)) => self.send_facility(context, facility),
            _ => false,
        }
    }

    /// In a call that the far end no longer knows an answer has nowhere to go.
    fn respond(&mut self, context: &mut Context<'_>, component: Component) {
        if self.dialogue.closing {
            return;
        }
        // Before the first reply to a SETUP there is no message but that reply; DMS-100 answers with ALERTING as well.
        if self.state == CallState::Present {
            return self.attach_response(context, component);
        }
        if let Some(facility) = response(context, component) {
            self.send_facility(context, facility);
        }
    }

    /// An answer that goes along with the message that ends the call.
    fn attach_response(&mut self, context: &Context<'_>, component: Component) {
        if let Some(facility) = response(context, component) {
            self.attach(Element::Facility(facility));
        }
    }

    /// Ends the call for want of a service; the message that does so says which.
    fn refuse_service(&mut self, context: &mut Context<'_>, reject: Component) {
        self.attach_response(context, reject);
        match self.state {
            CallState::Present => self.refuse(context, Cause::FacilityRejected),
            state if state.is_clearing() || state == CallState::Null => {}
            _ => {
                self.note_ending(context, Cause::FacilityRejected, Origin::Protocol);
                self.disconnect_saying(context, Cause::FacilityRejected);
            }
        }
    }

    /// The call reference as the user sends it, flag included.
    pub fn users_reference(&self, role: Role) -> u16 {
        let by_user = self.ours == (role == Role::User);
        if by_user { self.reference } else { self.reference | FLAG }
    }
}

fn response(context: &Context<'_>, component: Component) -> Option<Facility> {
    let header = context.settings.rules().syntax.answer_header();
    let contents = FacilityContents::one(header, component).emit().ok()?;
    Facility::new(&contents)
}

/// The name of a call: where it stands in the table.
pub(crate) fn link_of(call: CallHandle) -> CallLink {
    CallLink::new(call.slot + 1)
}

/// The names of DMS-100's invokes.
const RELEASE_LINK: InvokeId = 1;
const RELEASE_LINK_JOIN: InvokeId = 2;

/// `LoopResult`.
const INSUFFICIENT_INFORMATION: i32 = 0;

/// `noChargingInfoAvailable`, EN 300 182-1, table 2.
const NO_CHARGING_INFORMATION: u8 = 26;

/// The call reference flag.
pub(crate) const FLAG: u16 = 0x8000;
