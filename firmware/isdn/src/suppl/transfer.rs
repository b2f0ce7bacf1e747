//! Transfer: two calls of one party become one call of the two others.
//!
//! Sources: EN 300 369-1, table 1 (explicit call transfer: link identity, inform, subaddress); ECMA-178, annex A (private
//! networks: complete, active, update); Telcordia GR-2865-CORE (two B-channel transfer of NI-2, also AT&T's), Bellcore
//! GR-2857-CORE (release link trunk of DMS-100).
//! Not here: transfer by rerouting (ECMA-178, identify and initiate), path replacement; both are rejected.

use arrayvec::ArrayVec;

use super::{
    address::{read_screened, read_unscreened, without_number, write_screened, write_unscreened},
    ber::{BerError, Reader, Tag, Writer},
    name::Name,
    operation::Operation,
    parties::{display_of, name_of},
    rose::Argument,
    table::Syntax,
};
use crate::{
    NameStyle, Role, SpanSettings,
    q931::element::{Display, PartyNumber, Presentation, Subaddress, SubaddressKind, coded},
};

/// The name that a network gives a call, so that another can be joined with it: `LinkId` of EN 300 369-1, 16 bits with a
/// sign; the call identity of DMS-100, 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLink(i32);

/// EN 300 369-1, `EctInform`: what a party hears of the transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferInform {
    /// How far the other call has come.
    pub status: TransferStatus,
    /// Who is at its end.
    pub party: Option<PartyNumber>,
}

coded! {
    /// How far the call has come that is joined.
    TransferStatus {
        /// It rings.
        Alerting = 0,
        /// It is answered.
        Active = 1,
    }
}

/// ECMA-178, `callTransferComplete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferComplete {
    /// Which end of the joined call this is.
    pub end: TransferEnd,
    /// Who is at the other end now.
    pub party: PartyNumber,
    /// The name of that party.
    pub name: Option<Name>,
    /// The other end rings.
    pub alerting: bool,
}

coded! {
    /// Which end of a joined call.
    TransferEnd {
        /// That of the first call.
        Primary = 0,
        /// That of the second.
        Secondary = 1,
    }
}

/// ECMA-178, `callTransferActive` and `callTransferUpdate`: who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferParty {
    /// The number.
    pub party: PartyNumber,
    /// The name.
    pub name: Option<Name>,
}

/// Who is at the other end of a call that was transferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherParty {
    /// What happened.
    pub change: PartyChange,
    /// The number.
    pub party: PartyNumber,
    /// The name.
    pub name: Option<Display>,
}

/// What happened at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyChange {
    /// The call was joined with another.
    Joined {
        /// Which end of the joined call it now is.
        end: TransferEnd,
        /// The other end rings.
        alerting: bool,
    },
    /// The other end answered.
    Answered,
    /// Its number or name is known better.
    Updated,
}

impl OtherParty {
    pub(crate) fn answered(party: TransferParty) -> OtherParty {
        OtherParty::of(PartyChange::Answered, party)
    }

    pub(crate) fn updated(party: TransferParty) -> OtherParty {
        OtherParty::of(PartyChange::Updated, party)
    }

    fn of(change: PartyChange, TransferParty { party, name }: TransferParty) -> OtherParty {
        OtherParty { change, party, name: name.as_ref().and_then(display_of) }
    }

    /// The operation that tells of it; `None` where there is none. EN 300 369-1 lets the network tell alone.
    pub(crate) fn operation(&self, settings: &SpanSettings) -> Option<Operation> {
        let rules = settings.rules();
        match (rules.syntax, settings.role) {
            (Syntax::Etsi, Role::Network) => Some(Operation::EctInform(TransferInform {
                status: match self.change {
                    PartyChange::Joined { alerting: true, .. } => TransferStatus::Alerting,
                    _ => TransferStatus::Active,
                },
                party: Some(self.party.clone()),
            })),
            (Syntax::Private, _) => Some(self.private_operation(rules.name_style)),
            (Syntax::Etsi | Syntax::Ni2 | Syntax::Dms100, _) => None,
        }
    }

    fn private_operation(&self, style: NameStyle) -> Operation {
        let party = self.party.clone();
        let name = self.name.as_ref().and_then(|name| name_of(name, style));
        match self.change {
            PartyChange::Joined { end, alerting } => {
                Operation::TransferComplete(TransferComplete { end, party, name, alerting })
            }
            PartyChange::Answered => Operation::TransferActive(TransferParty { party, name }),
            PartyChange::Updated => Operation::TransferUpdate(TransferParty { party, name }),
        }
    }
}

impl From<TransferInform> for OtherParty {
    fn from(inform: TransferInform) -> OtherParty {
        let change = match inform.status {
            TransferStatus::Alerting => PartyChange::Joined { end: TransferEnd::Primary, alerting: true },
            TransferStatus::Active | TransferStatus::Other(_) => PartyChange::Answered,
        };
        let party = inform.party.unwrap_or_else(|| without_number(Presentation::NotAvailable));
        OtherParty { change, party, name: None }
    }
}

impl From<TransferComplete> for OtherParty {
    fn from(complete: TransferComplete) -> OtherParty {
        let TransferComplete { end, party, name, alerting } = complete;
        let change = PartyChange::Joined { end, alerting };
        OtherParty { change, party, name: name.as_ref().and_then(display_of) }
    }
}

impl CallLink {
    /// A name that every network can write.
    pub const fn new(number: u16) -> CallLink {
        CallLink(number as i32 & 0x7fff)
    }

    /// Reads the result of an operation that asked for a name.
    pub fn parse(syntax: Syntax, result: &Argument) -> Result<CallLink, BerError> {
        match syntax {
            Syntax::Dms100 => CallLink::read_dms(&mut result.values()),
            Syntax::Etsi | Syntax::Private | Syntax::Ni2 => CallLink::read(&mut result.values()),
        }
    }

    /// The result of an operation that asks for a name.
    pub fn emit(self, syntax: Syntax) -> Argument {
        Argument::short(|writer| match syntax {
            Syntax::Dms100 => self.write_dms(writer),
            Syntax::Etsi | Syntax::Private | Syntax::Ni2 => self.write(writer),
        })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<CallLink, BerError> {
        let number = reader.take(Tag::INTEGER)?.integer()?;
        i16::try_from(number).map(|_| CallLink(number)).map_err(|_| BerError::Type)
    }

    pub(super) fn write(self, writer: &mut Writer) {
        writer.integer(Tag::INTEGER, self.0);
    }

    pub(super) fn read_dms(reader: &mut Reader<'_>) -> Result<CallLink, BerError> {
        let number = reader.take(Tag::context(0))?.unsigned(0x00ff_ffff)?;
        Ok(CallLink(number as i32))
    }

    pub(super) fn write_dms(self, writer: &mut Writer) {
        writer.integer(Tag::context(0), self.0);
    }
}

impl TransferInform {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<TransferInform, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let status = TransferStatus::from_code(inside.take(Tag::ENUMERATED)?.small()?);
        let party = if inside.is_empty() { None } else { Some(read_unscreened(&mut inside)?) };
        Ok(TransferInform { status, party })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            writer.integer(Tag::ENUMERATED, i32::from(self.status.code()));
            self.party.iter().for_each(|party| write_unscreened(writer, party));
        });
    }
}

impl TransferComplete {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<TransferComplete, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let end = TransferEnd::from_code(inside.take(Tag::ENUMERATED)?.small()?);
        let party = read_screened(&mut inside)?;
        skip_basic_call(&mut inside)?;
        let name = Name::read_if(&mut inside)?;
        let status = inside.take_if(Tag::ENUMERATED)?.map(|value| value.unsigned(1)).transpose()?;
        Ok(TransferComplete { end, party, name, alerting: status == Some(1) })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            writer.integer(Tag::ENUMERATED, i32::from(self.end.code()));
            write_screened(writer, &self.party);
            self.name.iter().for_each(|name| name.write(writer));
            if self.alerting {
                writer.integer(Tag::ENUMERATED, 1);
            }
        });
    }
}

impl TransferParty {
    /// The name stands behind the elements of the basic call in one operation and before them in the other.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<TransferParty, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let party = read_screened(&mut inside)?;
        skip_basic_call(&mut inside)?;
        Ok(TransferParty { party, name: Name::read_if(&mut inside)? })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            write_screened(writer, &self.party);
            self.name.iter().for_each(|name| name.write(writer));
        });
    }
}

/// Reads a `PartySubaddress`, EN 300 196-1, table D.3.
pub(super) fn read_subaddress(reader: &mut Reader<'_>) -> Result<Subaddress, BerError> {
    let value = reader.take_any()?;
    match value.tag {
        Tag::OCTETS => {
            Ok(Subaddress { kind: SubaddressKind::Nsap, odd: false, octets: subaddress_octets(value.octets()?)? })
        }
        Tag::SEQUENCE => {
            let mut inside = value.inside()?;
            let octets = subaddress_octets(inside.take(Tag::OCTETS)?.octets()?)?;
            let odd = inside.take_if(Tag::BOOLEAN)?.map(|value| value.boolean()).transpose()?;
            Ok(Subaddress { kind: SubaddressKind::User, odd: odd == Some(true), octets })
        }
        _ => Err(BerError::Type),
    }
}

/// Writes a `PartySubaddress`.
pub(super) fn write_subaddress(writer: &mut Writer, subaddress: &Subaddress) {
    if subaddress.kind == SubaddressKind::Nsap {
        return writer.primitive(Tag::OCTETS, &subaddress.octets);
    }
    writer.sequence(|writer| {
        writer.primitive(Tag::OCTETS, &subaddress.octets);
        if subaddress.odd {
            writer.boolean(Tag::BOOLEAN, true);
        }
    });
}

/// `PSS1InformationElement`: progress indicators of the other call, which say nothing that its tones don't.
fn skip_basic_call(inside: &mut Reader<'_>) -> Result<(), BerError> {
    inside.take_if(Tag::application(0)).map(|_| ())
}

fn subaddress_octets(octets: &[u8]) -> Result<ArrayVec<u8, { Subaddress::MAX_OCTETS }>, BerError> {
    octets.try_into().map_err(|_| BerError::Type)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            address::tests::{any_screened, any_unscreened},
            name::tests::any_name,
        },
        *,
    };

    pub fn any_link() -> impl Strategy<Value = CallLink> {
        any::<u16>().prop_map(CallLink::new)
    }

    pub fn any_inform() -> impl Strategy<Value = TransferInform> {
        (0u8..2, prop::option::of(any_unscreened()))
            .prop_map(|(status, party)| TransferInform { status: TransferStatus::from_code(status), party })
    }

    pub fn any_complete() -> impl Strategy<Value = TransferComplete> {
        (0u8..2, any_screened(), prop::option::of(any_name()), any::<bool>()).prop_map(
            |(end, party, name, alerting)| TransferComplete { end: TransferEnd::from_code(end), party, name, alerting },
        )
    }

    pub fn any_party() -> impl Strategy<Value = TransferParty> {
        (any_screened(), prop::option::of(any_name())).prop_map(|(party, name)| TransferParty { party, name })
    }

    pub fn any_subaddress() -> impl Strategy<Value = Subaddress> {
        (any::<bool>(), any::<bool>(), prop::collection::vec(any::<u8>(), 1..=20)).prop_map(|(user, odd, octets)| {
            let kind = if user { SubaddressKind::User } else { SubaddressKind::Nsap };
            Subaddress { kind, odd: odd && user, octets: octets.into_iter().collect() }
        })
    }

    #[test]
    fn elements_of_the_basic_call_are_passed_over() {
        let octets = [
            &[0x30, 0x12, 0x0a, 0x01, 0x00, 0x81, 0x00, 0x40, 0x04, 0x1e, 0x02, 0x81, 0x88, 0x80, 0x02][..],
            b"Li",
            &[0x0a, 0x01, 0x01],
        ]
        .concat();
        let octets = [&[0x30, (octets.len() - 2) as u8][..], &octets[2..]].concat();
        let complete = TransferComplete::read(&mut Reader::new(&octets)).unwrap();
        assert_eq!((complete.name, complete.alerting), (Name::shown("Li"), true));
    }
}
