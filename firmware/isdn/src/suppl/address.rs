//! Numbers inside operations.
//!
//! Source: EN 300 196-1, table D.3, and ECMA-165, annex B.1, which agree; `PartyNumber`, `PresentedNumberUnscreened`,
//! `PresentedNumberScreened` and `PresentedAddressScreened` of the standards. They become the types that the
//! elements of Q.931 have, so that whoever uses a number does not see which way it came.
//! Not here: subaddresses, which are skipped; numbers of ATM (NSAP), which are refused.

use super::ber::{BerError, Reader, Tag, Value, Writer};
use crate::q931::element::{Digits, NumberElement, NumberKind, NumberPlan, PartyNumber, Presentation, Screening};

/// Reads a `PartyNumber`.
pub(super) fn read_number(reader: &mut Reader<'_>) -> Result<NumberElement, BerError> {
    let value = reader.take_any()?;
    match value.tag {
        UNKNOWN => plain(&value, NumberPlan::Unknown),
        PUBLIC => with_kind(&value, NumberPlan::Telephone),
        DATA => plain(&value, NumberPlan::Data),
        TELEX => plain(&value, NumberPlan::Telex),
        PRIVATE => with_kind(&value, NumberPlan::Private),
        NATIONAL => plain(&value, NumberPlan::National),
        _ => Err(BerError::Type),
    }
}

/// Writes a `PartyNumber`, which must be [`sendable`].
pub(super) fn write_number(writer: &mut Writer, number: &NumberElement) {
    let digits = number.digits.as_str().as_bytes();
    let with_kind = |writer: &mut Writer, tag| {
        writer.constructed(tag, |writer| {
            writer.integer(Tag::ENUMERATED, i32::from(number.kind.code() & 7));
            writer.primitive(Tag::DIGITS, digits);
        });
    };
    match number.plan {
        NumberPlan::Private => with_kind(writer, PRIVATE),
        NumberPlan::Data => writer.primitive(DATA, digits),
        NumberPlan::Telex => writer.primitive(TELEX, digits),
        NumberPlan::National => writer.primitive(NATIONAL, digits),
        NumberPlan::Telephone => with_kind(writer, PUBLIC),
        // A kind without a plan is one of the telephone network's.
        _ if number.kind != NumberKind::Unknown => with_kind(writer, PUBLIC),
        _ => writer.primitive(UNKNOWN, digits),
    }
}

/// Reads a `PresentedNumberUnscreened`. A number that is withheld or not there has no digits.
pub(super) fn read_unscreened(reader: &mut Reader<'_>) -> Result<PartyNumber, BerError> {
    let value = reader.take_any()?;
    let screening = Screening::UserNotScreened;
    match value.tag {
        ALLOWED => Ok(PartyNumber::shown(read_number(&mut value.inside()?)?)),
        RESTRICTED => withheld(&value),
        NOT_AVAILABLE => not_available(&value),
        RESTRICTED_NUMBER => {
            let number = read_number(&mut value.inside()?)?;
            Ok(PartyNumber { number, presentation: Presentation::Restricted, screening })
        }
        _ => Err(BerError::Type),
    }
}

/// Writes a `PresentedNumberUnscreened`.
pub(super) fn write_unscreened(writer: &mut Writer, party: &PartyNumber) {
    match presented(party) {
        tag @ (ALLOWED | RESTRICTED_NUMBER) => {
            writer.constructed(tag, |writer| write_number(writer, &party.number));
        }
        tag => writer.null(tag),
    }
}

/// Reads a `PresentedNumberScreened`, or a `PresentedAddressScreened` without its subaddress.
pub(super) fn read_screened(reader: &mut Reader<'_>) -> Result<PartyNumber, BerError> {
    let value = reader.take_any()?;
    let presentation = match value.tag {
        ALLOWED => Presentation::Allowed,
        RESTRICTED => return withheld(&value),
        NOT_AVAILABLE => return not_available(&value),
        RESTRICTED_NUMBER => Presentation::Restricted,
        _ => return Err(BerError::Type),
    };
    let mut inside = value.inside()?;
    let number = read_number(&mut inside)?;
    let screening = Screening::from_code(inside.take(Tag::ENUMERATED)?.unsigned(3)? as u8);
    Ok(PartyNumber { number, presentation, screening })
}

/// Writes a `PresentedNumberScreened`, which is also a `PresentedAddressScreened`.
pub(super) fn write_screened(writer: &mut Writer, party: &PartyNumber) {
    match presented(party) {
        tag @ (ALLOWED | RESTRICTED_NUMBER) => writer.constructed(tag, |writer| {
            write_number(writer, &party.number);
            writer.integer(Tag::ENUMERATED, i32::from(party.screening.code() & 3));
        }),
        tag => writer.null(tag),
    }
}

/// Whether `NumberDigits` can hold the number: `NumericString (SIZE (1..20))`.
pub(super) fn sendable(number: &NumberElement) -> bool {
    let digits = number.digits.as_str();
    (1..=20).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit() || octet == b' ')
}

/// Which of the four choices a number is. One that can't be written is not available: a part of it would be another
/// number.
fn presented(party: &PartyNumber) -> Tag {
    match party.presentation {
        Presentation::Allowed if sendable(&party.number) => ALLOWED,
        Presentation::Restricted if sendable(&party.number) => RESTRICTED_NUMBER,
        Presentation::Restricted => RESTRICTED,
        _ => NOT_AVAILABLE,
    }
}

fn plain(value: &Value<'_>, plan: NumberPlan) -> Result<NumberElement, BerError> {
    Ok(NumberElement { kind: NumberKind::Unknown, plan, digits: digits(value)? })
}

fn with_kind(value: &Value<'_>, plan: NumberPlan) -> Result<NumberElement, BerError> {
    let mut inside = value.inside()?;
    let kind = NumberKind::from_code(inside.take(Tag::ENUMERATED)?.unsigned(7)? as u8);
    Ok(NumberElement { kind, plan, digits: digits(&inside.take(Tag::DIGITS)?)? })
}

fn digits(value: &Value<'_>) -> Result<Digits, BerError> {
    let text = std::str::from_utf8(value.octets()?).map_err(|_| BerError::Type)?;
    text.parse().map_err(|_| BerError::Type)
}

fn withheld(value: &Value<'_>) -> Result<PartyNumber, BerError> {
    value.octets()?;
    Ok(without_number(Presentation::Restricted))
}

fn not_available(value: &Value<'_>) -> Result<PartyNumber, BerError> {
    value.octets()?;
    Ok(without_number(Presentation::NotAvailable))
}

pub(super) fn without_number(presentation: Presentation) -> PartyNumber {
    let number = NumberElement::unknown(Digits::new());
    PartyNumber { number, presentation, screening: Screening::UserNotScreened }
}

const UNKNOWN: Tag = Tag::context(0);
const PUBLIC: Tag = Tag::context(1);
const DATA: Tag = Tag::context(3);
const TELEX: Tag = Tag::context(4);
const PRIVATE: Tag = Tag::context(5);
const NATIONAL: Tag = Tag::context(8);

const ALLOWED: Tag = Tag::context(0);
const RESTRICTED: Tag = Tag::context(1);
const NOT_AVAILABLE: Tag = Tag::context(2);
const RESTRICTED_NUMBER: Tag = Tag::context(3);

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers that have one form in operations.
    pub fn any_number() -> impl Strategy<Value = NumberElement> {
        let kind = || prop::sample::select(&[0, 1, 2, 3, 4, 6][..]).prop_map(NumberKind::from_code);
        let plan = prop_oneof![
            kind().prop_map(|kind| (kind, NumberPlan::Telephone)),
            kind().prop_map(|kind| (kind, NumberPlan::Private)),
            prop::sample::select(&[0, 3, 4, 8][..]).prop_map(|plan| (NumberKind::Unknown, NumberPlan::from_code(plan))),
        ];
        (plan, "[0-9]{1,20}").prop_map(|((kind, plan), digits)| NumberElement {
            kind,
            plan,
            digits: digits.parse().unwrap(),
        })
    }

    /// Parties without a word on who vouches for them.
    pub fn any_unscreened() -> impl Strategy<Value = PartyNumber> {
        prop_oneof![
            any_number().prop_map(PartyNumber::shown),
            any_number().prop_map(|number| PartyNumber {
                presentation: Presentation::Restricted,
                ..PartyNumber::shown(number)
            }),
            Just(without_number(Presentation::Restricted)),
            Just(without_number(Presentation::NotAvailable)),
        ]
    }

    /// Parties that somebody vouches for.
    pub fn any_screened() -> impl Strategy<Value = PartyNumber> {
        (any_unscreened(), 0u8..4).prop_map(|(party, code)| match party.number.digits.is_empty() {
            true => party,
            false => PartyNumber { screening: Screening::from_code(code), ..party },
        })
    }

    fn shown(kind: NumberKind, plan: NumberPlan, digits: &str) -> PartyNumber {
        PartyNumber::shown(NumberElement { kind, plan, digits: digits.parse().unwrap() })
    }

    #[test]
    fn a_national_number_as_libpri_writes_it() {
        let octets =
            [0xa0, 0x0f, 0xa1, 0x0d, 0x0a, 0x01, 0x02, 0x12, 0x08, b'6', b'2', b'0', b'0', b'5', b'6', b'7', b'8'];
        let party = shown(NumberKind::National, NumberPlan::Telephone, "62005678");
        assert_eq!(read_unscreened(&mut Reader::new(&octets)), Ok(party.clone()));
        let mut writer = Writer::default();
        write_unscreened(&mut writer, &party);
        assert_eq!(writer.finish().unwrap().as_slice(), octets);
    }

    #[test]
    fn a_number_that_is_no_numeric_string_is_not_available_rather_than_cut() {
        for digits in ["123456789012345678901", "*21#"] {
            let mut writer = Writer::default();
            write_unscreened(&mut writer, &shown(NumberKind::Unknown, NumberPlan::Unknown, digits));
            assert_eq!(writer.finish().unwrap().as_slice(), [0x82, 0x00]);
        }
    }

    #[test]
    fn a_kind_without_a_plan_is_the_telephone_networks() {
        let mut writer = Writer::default();
        write_unscreened(&mut writer, &shown(NumberKind::National, NumberPlan::Unknown, "1"));
        let octets = writer.finish().unwrap();
        let read = read_unscreened(&mut Reader::new(&octets));
        assert_eq!(read, Ok(shown(NumberKind::National, NumberPlan::Telephone, "1")));
    }

    proptest! {
        #[test]
        fn numbers_are_read_back(unscreened in any_unscreened(), screened in any_screened()) {
            let mut writer = Writer::default();
            write_unscreened(&mut writer, &unscreened);
            write_screened(&mut writer, &screened);
            let octets = writer.finish().unwrap();
            let mut reader = Reader::new(&octets);
            prop_assert_eq!(read_unscreened(&mut reader), Ok(unscreened));
            prop_assert_eq!(read_screened(&mut reader), Ok(screened));
        }
    }
}
