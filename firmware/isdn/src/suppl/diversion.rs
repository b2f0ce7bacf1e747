//! Diversion: a call comes from a number that somebody else dialled, or goes to another.
//!
//! Source: EN 300 207-1, table 1 (`divertingLegInformation1` to `3`), ECMA-174, annex A (the same with names and the first
//! reason). Leg 1 tells the caller, leg 2 the new called party, leg 3 answers leg 2.
//! Not here: asking the network for a diversion (activation, interrogation); call deflection and call rerouting, which are
//! refused.

use super::{
    address::{self, read_number, read_unscreened, write_number, write_unscreened},
    ber::{BerError, Reader, Tag, Writer},
    name::Name,
};
use crate::q931::element::{PartyNumber, Presentation, RedirectionReason, coded};

/// To the caller: its call is diverted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DivertingLeg1 {
    /// Why.
    pub reason: DiversionReason,
    /// What the caller may be told.
    pub notice: DiversionNotice,
    /// Where to.
    pub to: Option<PartyNumber>,
}

/// To whom a call is diverted: where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DivertingLeg2 {
    /// How often it was diverted, 1 to 15.
    pub count: u8,
    /// Why the last time.
    pub reason: DiversionReason,
    /// Why the first time. Private networks only.
    pub first_reason: Option<DiversionReason>,
    /// Who diverted it last.
    pub from: Option<PartyNumber>,
    /// Who was called first.
    pub first_called: Option<PartyNumber>,
    /// The name of who diverted it last. Private networks only.
    pub from_name: Option<Name>,
    /// The name of who was called first. Private networks only.
    pub first_called_name: Option<Name>,
}

/// The answer to leg 2: whether the caller may see where its call went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DivertingLeg3 {
    /// It may.
    pub shown: bool,
    /// The name of where it went. Private networks only.
    pub name: Option<Name>,
}

coded! {
    /// `DiversionReason`.
    DiversionReason {
        /// Not known.
        Unknown = 0,
        /// All calls are diverted.
        Unconditional = 1,
        /// The party was busy.
        Busy = 2,
        /// The party did not answer.
        NoReply = 3,
        /// The party sent the call on while it rang.
        DeflectedAlerting = 4,
        /// The party sent the call on at once.
        DeflectedAtOnce = 5,
    }
}

coded! {
    /// `SubscriptionOption`.
    DiversionNotice {
        /// Nothing.
        None = 0,
        /// That it is diverted.
        WithoutNumber = 1,
        /// That it is diverted, and where to.
        WithNumber = 2,
    }
}

impl From<DiversionReason> for RedirectionReason {
    fn from(reason: DiversionReason) -> RedirectionReason {
        match reason {
            DiversionReason::Unconditional => RedirectionReason::Unconditional,
            DiversionReason::Busy => RedirectionReason::Busy,
            DiversionReason::NoReply => RedirectionReason::NoReply,
            DiversionReason::DeflectedAlerting | DiversionReason::DeflectedAtOnce => RedirectionReason::Deflection,
            DiversionReason::Unknown | DiversionReason::Other(_) => RedirectionReason::Unknown,
        }
    }
}

impl From<RedirectionReason> for DiversionReason {
    fn from(reason: RedirectionReason) -> DiversionReason {
        match reason {
            RedirectionReason::Unconditional => DiversionReason::Unconditional,
            RedirectionReason::Busy => DiversionReason::Busy,
            RedirectionReason::NoReply => DiversionReason::NoReply,
            RedirectionReason::Deflection => DiversionReason::DeflectedAlerting,
            _ => DiversionReason::Unknown,
        }
    }
}

impl DiversionReason {
    fn read(reader: &mut Reader<'_>) -> Result<DiversionReason, BerError> {
        reader.take(Tag::ENUMERATED)?.small().map(DiversionReason::from_code)
    }

    /// Private networks know no deflection.
    fn in_private(self) -> DiversionReason {
        match self {
            DiversionReason::DeflectedAlerting => DiversionReason::NoReply,
            DiversionReason::DeflectedAtOnce => DiversionReason::Unconditional,
            other => other,
        }
    }
}

impl DivertingLeg1 {
    /// EN 300 207-1.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<DivertingLeg1, BerError> {
        DivertingLeg1::read_with(
            reader,
            |inside| {
                if inside.is_empty() { Ok(None) } else { read_unscreened(inside).map(Some) }
            },
        )
    }

    /// ECMA-174: the number is there and may be shown.
    pub(super) fn read_private(reader: &mut Reader<'_>) -> Result<DivertingLeg1, BerError> {
        DivertingLeg1::read_with(reader, |inside| read_number(inside).map(|number| Some(PartyNumber::shown(number))))
    }

    fn read_with<'a>(
        reader: &mut Reader<'a>,
        number: impl FnOnce(&mut Reader<'a>) -> Result<Option<PartyNumber>, BerError>,
    ) -> Result<DivertingLeg1, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        Ok(DivertingLeg1 {
            reason: DiversionReason::read(&mut inside)?,
            notice: DiversionNotice::from_code(inside.take(Tag::ENUMERATED)?.small()?),
            to: number(&mut inside)?,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            writer.integer(Tag::ENUMERATED, i32::from(self.reason.code()));
            writer.integer(Tag::ENUMERATED, i32::from(self.notice.code()));
            self.to.iter().for_each(|to| write_unscreened(writer, to));
        });
    }

    /// `None` without a number, which private networks need.
    pub(super) fn write_private(&self, writer: &mut Writer) -> Option<()> {
        let to = self.to.as_ref().filter(|to| to.presentation == Presentation::Allowed)?;
        let number = Some(&to.number).filter(|number| address::sendable(number))?;
        writer.sequence(|writer| {
            writer.integer(Tag::ENUMERATED, i32::from(self.reason.in_private().code()));
            writer.integer(Tag::ENUMERATED, i32::from(self.notice.code()));
            write_number(writer, number);
        });
        Some(())
    }
}

impl DivertingLeg2 {
    /// Both standards; what only one of them has is read where it stands.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<DivertingLeg2, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        Ok(DivertingLeg2 {
            count: inside.take(Tag::INTEGER)?.unsigned(15)? as u8,
            reason: DiversionReason::read(&mut inside)?,
            first_reason: (inside.take_if(Tag::context(0))?)
                .map(|value| value.small().map(DiversionReason::from_code))
                .transpose()?,
            from: inside.within_if(Tag::context(1), read_unscreened)?,
            first_called: inside.within_if(Tag::context(2), read_unscreened)?,
            from_name: inside.within_if(Tag::context(3), Name::read)?,
            first_called_name: inside.within_if(Tag::context(4), Name::read)?,
        })
    }

    /// EN 300 207-1: numbers, no names.
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            writer.integer(Tag::INTEGER, i32::from(self.count));
            writer.integer(Tag::ENUMERATED, i32::from(self.reason.code()));
            self.write_numbers(writer);
        });
    }

    /// ECMA-174.
    pub(super) fn write_private(&self, writer: &mut Writer) {
        let reason = |reason: DiversionReason| i32::from(reason.in_private().code());
        writer.sequence(|writer| {
            writer.integer(Tag::INTEGER, i32::from(self.count));
            writer.integer(Tag::ENUMERATED, reason(self.reason));
            self.first_reason.iter().for_each(|&first| writer.integer(Tag::context(0), reason(first)));
            self.write_numbers(writer);
            for (number, name) in [(3, &self.from_name), (4, &self.first_called_name)] {
                name.iter().for_each(|name| writer.constructed(Tag::context(number), |writer| name.write(writer)));
            }
        });
    }

    fn write_numbers(&self, writer: &mut Writer) {
        for (number, party) in [(1, &self.from), (2, &self.first_called)] {
            party.iter().for_each(|party| {
                writer.constructed(Tag::context(number), |writer| write_unscreened(writer, party));
            });
        }
    }
}

impl DivertingLeg3 {
    /// A truth alone, EN 300 207-1, or in a sequence, ECMA-174.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<DivertingLeg3, BerError> {
        let Some(sequence) = reader.take_if(Tag::SEQUENCE)? else {
            return Ok(DivertingLeg3 { shown: reader.take(Tag::BOOLEAN)?.boolean()?, name: None });
        };
        let mut inside = sequence.inside()?;
        Ok(DivertingLeg3 {
            shown: inside.take(Tag::BOOLEAN)?.boolean()?,
            name: inside.within_if(Tag::context(0), Name::read)?,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.boolean(Tag::BOOLEAN, self.shown);
    }

    pub(super) fn write_private(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            writer.boolean(Tag::BOOLEAN, self.shown);
            self.name.iter().for_each(|name| writer.constructed(Tag::context(0), |writer| name.write(writer)));
        });
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::{
        super::{address::tests::any_unscreened, name::tests::any_name},
        *,
    };

    fn any_reason() -> impl Strategy<Value = DiversionReason> {
        (0u8..4).prop_map(DiversionReason::from_code)
    }

    pub fn any_leg1() -> impl Strategy<Value = DivertingLeg1> {
        (any_reason(), 0u8..3, any_unscreened()).prop_map(|(reason, notice, to)| DivertingLeg1 {
            reason,
            notice: DiversionNotice::from_code(notice),
            to: Some(to),
        })
    }

    pub fn any_leg2() -> impl Strategy<Value = DivertingLeg2> {
        let names = (prop::option::of(any_name()), prop::option::of(any_name()));
        let numbers = (prop::option::of(any_unscreened()), prop::option::of(any_unscreened()));
        (1u8..=15, any_reason(), prop::option::of(any_reason()), numbers, names).prop_map(
            |(count, reason, first_reason, (from, first_called), (from_name, first_called_name))| DivertingLeg2 {
                count,
                reason,
                first_reason,
                from,
                first_called,
                from_name,
                first_called_name,
            },
        )
    }

    pub fn any_leg3() -> impl Strategy<Value = DivertingLeg3> {
        (any::<bool>(), prop::option::of(any_name())).prop_map(|(shown, name)| DivertingLeg3 { shown, name })
    }

    #[test]
    fn private_networks_hear_of_deflection_what_they_know() {
        for (reason, private) in [(DiversionReason::DeflectedAtOnce, 1), (DiversionReason::DeflectedAlerting, 3)] {
            assert_eq!(reason.in_private().code(), private);
        }
    }

    #[test]
    fn a_count_beyond_the_range_is_not_the_operations() {
        let octets = [0x30, 0x06, 0x02, 0x01, 0x10, 0x0a, 0x01, 0x02];
        assert_eq!(DivertingLeg2::read(&mut Reader::new(&octets)), Err(BerError::Type));
    }
}
