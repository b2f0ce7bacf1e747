//! Operations: what the components of Facility elements ask for, as typed data.
//!
//! Which value means what depends on who speaks; the table is `table`. Each operation's source stands in its file.

use super::{
    ber::{BerError, ObjectId, Reader, Tag, Writer},
    charge::{Advice, ChargeAtEnd, ChargeSoFar, ChargingCase, Tariff},
    completion::{Completion, CompletionRequest},
    diversion::{DivertingLeg1, DivertingLeg2, DivertingLeg3},
    name::Name,
    refusal::Denial,
    rose::{Argument, Code, InvokeProblem},
    table::{Kind, Syntax, Value, find, values},
    transfer::{CallLink, TransferComplete, TransferInform, TransferParty, read_subaddress, write_subaddress},
    user_user::UserUserService,
    waiting::Mailbox,
};
use crate::q931::element::Subaddress;

/// An operation with its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The caller's call is diverted.
    DivertingLeg1(DivertingLeg1),
    /// The call comes from a diversion.
    DivertingLeg2(DivertingLeg2),
    /// The answer to leg 2.
    DivertingLeg3(DivertingLeg3),
    /// The caller's name.
    CallingName(Name),
    /// The name of whoever is alerted.
    CalledName(Name),
    /// The name of whoever answered.
    ConnectedName(Name),
    /// The name of whoever is busy.
    BusyName(Name),
    /// NI-2: the caller's name comes in a FACILITY.
    NameFollows,
    /// Asks for advice of charge.
    ChargingRequest(ChargingCase),
    /// AOC-S.
    Tariff(Tariff),
    /// AOC-D.
    ChargeSoFar(ChargeSoFar),
    /// AOC-E.
    ChargeAtEnd(ChargeAtEnd),
    /// Makes the network keep who called. EN 300 130-1.
    IdentifyMaliciousCall,
    /// ETSI: joins the held call with the active one.
    EctExecute,
    /// ETSI: asks for the name of a call.
    EctLinkId,
    /// ETSI: joins this call with the one of this name.
    ExplicitEctExecute(CallLink),
    /// ETSI: tells a party of the transfer.
    EctInform(TransferInform),
    /// ETSI: asks a party for its subaddress.
    RequestSubaddress,
    /// ETSI: tells a party the other's subaddress.
    SubaddressTransfer(Subaddress),
    /// Private: the calls are joined.
    TransferComplete(TransferComplete),
    /// Private: the joined call is answered.
    TransferActive(TransferParty),
    /// Private: who is at the other end.
    TransferUpdate(TransferParty),
    /// NI-2, AT&T: joins this call with the one of this call reference, flag included, as the user sends it.
    TwoChannelTransfer(u16),
    /// DMS-100: asks whether the call may be released to another, and for its name.
    ReleaseLink,
    /// DMS-100: joins this call with the one of this name.
    ReleaseLinkJoin(CallLink),
    /// ETSI: asks whether a transfer would make a loop. What it names is not read: nothing here can tell.
    EctLoopTest,
    /// Wants our call to go to another number. Where to is not read: the box leaves its calls where they are.
    Rerouting,
    /// Messages wait for somebody.
    MessagesWait(Mailbox),
    /// No message waits for somebody any more.
    MessagesGone(Mailbox),
    /// ETSI: how many messages wait for this line.
    MessagesIndicated(Mailbox),
    /// Private: asks how many messages wait for somebody.
    MessagesAsked(Mailbox),
    /// Private exchange or network: wants to know when a party can be reached that could not. EN 300 359-1.
    CompletionAsked(Completion, CompletionRequest),
    /// Private exchange or network: this is the call that completes the first.
    CompletionCall,
    /// Private exchange or network: whoever asked is busy, the party need not be watched.
    CompletionSuspended,
    /// Private exchange or network: whoever asked is free again.
    CompletionResumed,
    /// Private exchange or network: the party can be reached.
    CompletionPossible,
    /// Private exchange or network: the call could be completed later.
    CompletionAvailable,
    /// Wants user-user services beside what a SETUP and its answers carry. EN 300 286-1.
    UserUserService(UserUserService),
    /// Wants what the box never gives. For whom is not read: whoever asks is denied it.
    Denied(Denial),
}

impl From<Advice> for Operation {
    fn from(advice: Advice) -> Operation {
        match advice {
            Advice::Tariff(tariff) => Operation::Tariff(tariff),
            Advice::SoFar(charge) => Operation::ChargeSoFar(charge),
            Advice::AtEnd(charge) => Operation::ChargeAtEnd(charge),
        }
    }
}

impl Operation {
    /// Reads an operation as `syntax` writes it.
    pub fn parse(syntax: Syntax, code: &Code, argument: &Argument) -> Result<Operation, InvokeProblem> {
        let kind = find(syntax, code).ok_or(InvokeProblem::UnrecognizedOperation)?;
        Operation::read(syntax, kind, &mut argument.values()).map_err(|_| InvokeProblem::MistypedArgument)
    }

    fn read(syntax: Syntax, kind: Kind, reader: &mut Reader<'_>) -> Result<Operation, BerError> {
        Ok(match kind {
            Kind::DivertingLeg1 if syntax == Syntax::Private => {
                Operation::DivertingLeg1(DivertingLeg1::read_private(reader)?)
            }
            Kind::DivertingLeg1 => Operation::DivertingLeg1(DivertingLeg1::read(reader)?),
            Kind::DivertingLeg2 => Operation::DivertingLeg2(DivertingLeg2::read(reader)?),
            Kind::DivertingLeg3 => Operation::DivertingLeg3(DivertingLeg3::read(reader)?),
            Kind::CallingName => Operation::CallingName(Name::read_argument(reader)?),
            Kind::CalledName => Operation::CalledName(Name::read_argument(reader)?),
            Kind::ConnectedName => Operation::ConnectedName(Name::read_argument(reader)?),
            Kind::BusyName => Operation::BusyName(Name::read_argument(reader)?),
            Kind::NameFollows => Operation::NameFollows,
            Kind::ChargingRequest => {
                Operation::ChargingRequest(ChargingCase::from_code(reader.take(Tag::ENUMERATED)?.small()?))
            }
            Kind::TariffMoney | Kind::TariffSpecial => Operation::Tariff(Tariff::read(reader)?),
            Kind::SoFarMoney | Kind::SoFarUnits => Operation::ChargeSoFar(ChargeSoFar::read(reader)?),
            Kind::AtEndMoney | Kind::AtEndUnits => Operation::ChargeAtEnd(ChargeAtEnd::read(reader)?),
            Kind::IdentifyMaliciousCall => Operation::IdentifyMaliciousCall,
            Kind::EctExecute => Operation::EctExecute,
            Kind::EctLinkId => Operation::EctLinkId,
            Kind::ExplicitEctExecute => Operation::ExplicitEctExecute(CallLink::read(reader)?),
            Kind::EctInform => Operation::EctInform(TransferInform::read(reader)?),
            Kind::RequestSubaddress => Operation::RequestSubaddress,
            Kind::SubaddressTransfer => Operation::SubaddressTransfer(read_subaddress(reader)?),
            Kind::TransferComplete => Operation::TransferComplete(TransferComplete::read(reader)?),
            Kind::TransferActive => Operation::TransferActive(TransferParty::read(reader)?),
            Kind::TransferUpdate => Operation::TransferUpdate(TransferParty::read(reader)?),
            Kind::TwoChannelTransfer => {
                let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
                Operation::TwoChannelTransfer(inside.take(Tag::INTEGER)?.unsigned(0xffff)? as u16)
            }
            Kind::ReleaseLink => Operation::ReleaseLink,
            Kind::EctLoopTest => Operation::EctLoopTest,
            Kind::Rerouting => Operation::Rerouting,
            Kind::MessagesWait if syntax == Syntax::Private => Operation::MessagesWait(Mailbox::read_private(reader)?),
            Kind::MessagesWait => Operation::MessagesWait(Mailbox::read(reader)?),
            Kind::MessagesGone if syntax == Syntax::Private => {
                Operation::MessagesGone(Mailbox::read_private_short(reader)?)
            }
            Kind::MessagesGone => Operation::MessagesGone(Mailbox::read_short(reader)?),
            Kind::MessagesIndicated => Operation::MessagesIndicated(Mailbox::read_indicated(reader)?),
            Kind::MessagesAsked => Operation::MessagesAsked(Mailbox::read_private_short(reader)?),
            Kind::CompletionAtNetwork => Operation::Denied(Denial::CompletionAtNetwork),
            Kind::BusyCompletion => Operation::CompletionAsked(Completion::Busy, CompletionRequest::read(reader)?),
            Kind::NoReplyCompletion => {
                Operation::CompletionAsked(Completion::NoReply, CompletionRequest::read(reader)?)
            }
            Kind::CompletionCall => Operation::CompletionCall,
            Kind::CompletionSuspended => Operation::CompletionSuspended,
            Kind::CompletionResumed => Operation::CompletionResumed,
            Kind::CompletionPossible => Operation::CompletionPossible,
            Kind::CompletionAvailable => Operation::CompletionAvailable,
            Kind::CompletionInPrivate => Operation::Denied(Denial::CompletionInPrivate),
            Kind::UserUserService => Operation::UserUserService(UserUserService::read(reader)?),
            Kind::PathReplacement => Operation::Denied(Denial::Path),
            Kind::PathOfCall => Operation::Denied(Denial::PathOfCall),
            Kind::ReleaseLinkJoin => {
                Operation::ReleaseLinkJoin(CallLink::read_dms(&mut reader.take(Tag::SEQUENCE)?.inside()?)?)
            }
        })
    }

    /// The operation as `syntax` writes it; `None` where it has none such, or where it would be too long.
    pub fn emit(&self, syntax: Syntax) -> Option<(Code, Argument)> {
        let code = match values(syntax, self.kind()).next()? {
            Value::Local(number) => Code::Local(number),
            Value::Below(root, last) => Code::Global(ObjectId::below(root, last)),
        };
        let mut possible = Some(());
        let argument = Argument::of(|writer| possible = self.write(syntax, writer));
        possible.and(argument.ok()).map(|argument| (code, argument))
    }

    fn kind(&self) -> Kind {
        match self {
            Operation::DivertingLeg1(_) => Kind::DivertingLeg1,
            Operation::DivertingLeg2(_) => Kind::DivertingLeg2,
            Operation::DivertingLeg3(_) => Kind::DivertingLeg3,
            Operation::CallingName(_) => Kind::CallingName,
            Operation::CalledName(_) => Kind::CalledName,
            Operation::ConnectedName(_) => Kind::ConnectedName,
            Operation::BusyName(_) => Kind::BusyName,
            Operation::NameFollows => Kind::NameFollows,
            Operation::ChargingRequest(_) => Kind::ChargingRequest,
            Operation::Tariff(tariff) if tariff.is_special() => Kind::TariffSpecial,
            Operation::Tariff(_) => Kind::TariffMoney,
            Operation::ChargeSoFar(so_far) if so_far.charge.is_units() => Kind::SoFarUnits,
            Operation::ChargeSoFar(_) => Kind::SoFarMoney,
            Operation::ChargeAtEnd(at_end) if at_end.charge.is_units() => Kind::AtEndUnits,
            Operation::ChargeAtEnd(_) => Kind::AtEndMoney,
            Operation::IdentifyMaliciousCall => Kind::IdentifyMaliciousCall,
            Operation::EctExecute => Kind::EctExecute,
            Operation::EctLinkId => Kind::EctLinkId,
            Operation::ExplicitEctExecute(_) => Kind::ExplicitEctExecute,
            Operation::EctInform(_) => Kind::EctInform,
            Operation::RequestSubaddress => Kind::RequestSubaddress,
            Operation::SubaddressTransfer(_) => Kind::SubaddressTransfer,
            Operation::TransferComplete(_) => Kind::TransferComplete,
            Operation::TransferActive(_) => Kind::TransferActive,
            Operation::TransferUpdate(_) => Kind::TransferUpdate,
            Operation::TwoChannelTransfer(_) => Kind::TwoChannelTransfer,
            Operation::ReleaseLink => Kind::ReleaseLink,
            Operation::ReleaseLinkJoin(_) => Kind::ReleaseLinkJoin,
            Operation::EctLoopTest => Kind::EctLoopTest,
            Operation::Rerouting => Kind::Rerouting,
            Operation::MessagesWait(_) => Kind::MessagesWait,
            Operation::MessagesGone(_) => Kind::MessagesGone,
            Operation::MessagesIndicated(_) => Kind::MessagesIndicated,
            Operation::MessagesAsked(_) => Kind::MessagesAsked,
            Operation::Denied(Denial::CompletionAtNetwork) => Kind::CompletionAtNetwork,
            Operation::CompletionAsked(Completion::Busy, _) => Kind::BusyCompletion,
            Operation::CompletionAsked(Completion::NoReply, _) => Kind::NoReplyCompletion,
            Operation::CompletionCall => Kind::CompletionCall,
            Operation::CompletionSuspended => Kind::CompletionSuspended,
            Operation::CompletionResumed => Kind::CompletionResumed,
            Operation::CompletionPossible => Kind::CompletionPossible,
            Operation::CompletionAvailable => Kind::CompletionAvailable,
            Operation::Denied(Denial::CompletionInPrivate) => Kind::CompletionInPrivate,
            Operation::UserUserService(_) => Kind::UserUserService,
            Operation::Denied(Denial::Path) => Kind::PathReplacement,
            Operation::Denied(Denial::PathOfCall) => Kind::PathOfCall,
        }
    }

    fn write(&self, syntax: Syntax, writer: &mut Writer) -> Option<()> {
        let private = syntax == Syntax::Private;
        match self {
            Operation::DivertingLeg1(leg) if private => return leg.write_private(writer),
            Operation::DivertingLeg1(leg) => leg.write(writer),
            Operation::DivertingLeg2(leg) if private => leg.write_private(writer),
            Operation::DivertingLeg2(leg) => leg.write(writer),
            Operation::DivertingLeg3(leg) if private => leg.write_private(writer),
            Operation::DivertingLeg3(leg) => leg.write(writer),
            Operation::CallingName(name)
            | Operation::CalledName(name)
            | Operation::ConnectedName(name)
            | Operation::BusyName(name) => name.write(writer),
            // The only value that exchanges send; the standard has no other.
            Operation::NameFollows => writer.integer(Tag::ENUMERATED, 0),
            Operation::ChargingRequest(case) => writer.integer(Tag::ENUMERATED, i32::from(case.code())),
            Operation::Tariff(tariff) => tariff.write(writer),
            Operation::ChargeSoFar(so_far) => so_far.write(writer),
            Operation::ChargeAtEnd(at_end) => at_end.write(writer),
            Operation::ExplicitEctExecute(link) => link.write(writer),
            Operation::EctInform(inform) => inform.write(writer),
            Operation::SubaddressTransfer(subaddress) => write_subaddress(writer, subaddress),
            Operation::TransferComplete(complete) => complete.write(writer),
            Operation::TransferActive(party) | Operation::TransferUpdate(party) => party.write(writer),
            Operation::TwoChannelTransfer(reference) => {
                writer.sequence(|writer| writer.integer(Tag::INTEGER, i32::from(*reference)));
            }
            Operation::ReleaseLinkJoin(link) => writer.sequence(|writer| {
                link.write_dms(writer);
                // The reason for the redirection, which nothing makes use of.
                writer.integer(Tag::context(1), 0);
            }),
            Operation::MessagesWait(mailbox) if private => return mailbox.write_private(writer),
            Operation::MessagesWait(mailbox) => return mailbox.write(writer),
            Operation::MessagesGone(mailbox) if private => return mailbox.write_private_short(writer),
            Operation::MessagesGone(mailbox) => return mailbox.write_short(writer),
            Operation::MessagesIndicated(mailbox) => return mailbox.write_indicated(writer),
            Operation::MessagesAsked(mailbox) => return mailbox.write_private_short(writer),
            Operation::CompletionAsked(_, request) => return request.write(writer),
            Operation::UserUserService(service) => service.write(writer),
            // The box asks for none of these.
            Operation::EctLoopTest | Operation::Rerouting | Operation::Denied(_) => return None,
            Operation::IdentifyMaliciousCall
            | Operation::EctExecute
            | Operation::EctLinkId
            | Operation::RequestSubaddress
            | Operation::CompletionCall
            | Operation::CompletionSuspended
            | Operation::CompletionResumed
            | Operation::CompletionPossible
            | Operation::CompletionAvailable
            | Operation::ReleaseLink => {}
        }
        Some(())
    }
}
