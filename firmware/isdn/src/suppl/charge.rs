//! Advice of charge: at the beginning, during and at the end of a call.
//!
//! Source: EN 300 182-1, table 2 (AOC-S, AOC-D, AOC-E, request). Amounts are as the network counts them: a number
//! times a power of ten of a currency, or units.
//! Not here: what a unit costs; the charges of private networks (ECMA-212).

use arrayvec::ArrayString;

use super::{
    address,
    ber::{BerError, Reader, Tag, Value, Writer},
};
use crate::q931::element::{NumberElement, coded};

/// Advice of charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// AOC-S: what the call is going to cost.
    Tariff(Tariff),
    /// AOC-D: what it has cost so far.
    SoFar(ChargeSoFar),
    /// AOC-E: what it has cost.
    AtEnd(ChargeAtEnd),
}

/// A sum of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Name of the currency, 1 to 10 characters.
    pub currency: Currency,
    /// How much.
    pub amount: Amount,
}

/// Name of a currency.
pub type Currency = ArrayString<10>;

/// A number of the steps in which a network counts money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// How many, at most [`MOST`].
    pub number: u32,
    /// How much each is.
    pub step: Step,
}

coded! {
    /// `Multiplier`: a part of the currency.
    Step {
        /// A thousandth.
        Thousandth = 0,
        /// A hundredth.
        Hundredth = 1,
        /// A tenth.
        Tenth = 2,
        /// One.
        One = 3,
        /// Ten.
        Ten = 4,
        /// A hundred.
        Hundred = 5,
        /// A thousand.
        Thousand = 6,
    }
}

/// What a call costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charge {
    /// The network does not know.
    NotAvailable,
    /// Nothing.
    Free,
    /// Money.
    Money(Money),
    /// Units, by kind. At most [`MOST_UNITS`] kinds.
    Units(Box<[Units]>),
}

/// A number of units of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// How many; `None` where the network does not know.
    pub number: Option<u32>,
    /// Which kind, 1 to 16, where there are several.
    pub kind: Option<u8>,
}

/// AOC-D: what a call has cost so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeSoFar {
    /// What it cost.
    pub charge: Charge,
    /// All of it. Otherwise a part, as the network says.
    pub total: bool,
    /// Who pays.
    pub billing: Option<Billing>,
}

/// AOC-E: what a call has cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeAtEnd {
    /// What it cost.
    pub charge: Charge,
    /// Who pays.
    pub billing: Option<Billing>,
    /// Which other call it belongs to.
    pub association: Option<Association>,
}

/// Another call that a charge belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Association {
    /// The number that is charged.
    Number(NumberElement),
    /// A number that the network gave the charge.
    Identifier(i16),
}

coded! {
    /// `AOCDBillingId` and `AOCEBillingId`. The first three come during a call, all at its end.
    Billing {
        /// Whoever calls.
        Normal = 0,
        /// Whoever is called.
        Reverse = 1,
        /// A card.
        Card = 2,
        /// Whoever diverts all calls.
        Unconditional = 3,
        /// Whoever was busy.
        Busy = 4,
        /// Whoever did not answer.
        NoReply = 5,
        /// Whoever deflected the call.
        Deflection = 6,
        /// Whoever transferred the call.
        Transfer = 7,
    }
}

/// AOC-S: what the call is going to cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tariff {
    /// The network does not know.
    NotAvailable,
    /// An agreement with this number, 1 to 10.
    Special(u8),
    /// Prices. At most [`MOST_PRICES`].
    Prices(Box<[Price]>),
}

/// The price of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Of what.
    pub item: ChargedItem,
    /// How it is reckoned.
    pub rate: Rate,
}

coded! {
    /// `ChargedItem`.
    ChargedItem {
        /// The conversation.
        Conversation = 0,
        /// The attempt.
        Attempt = 1,
        /// Setting the call up.
        Setup = 2,
        /// User-user information.
        UserUser = 3,
        /// A supplementary service.
        Service = 4,
    }
}

/// How a price is reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// By an agreement with this number, 1 to 10.
    Special(u8),
    /// By time.
    Time {
        /// What the time costs.
        money: Money,
        /// In whole times only.
        stepwise: bool,
        /// The time.
        time: Period,
        /// How finely it is measured.
        granularity: Option<Period>,
    },
    /// Once.
    Flat(Money),
    /// By volume.
    Volume {
        /// What the unit costs.
        money: Money,
        /// The unit: octet, segment or message, 0 to 2.
        unit: u8,
    },
    /// Nothing.
    Free,
    /// The network does not know.
    NotAvailable,
}

/// A length of time as a tariff gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// How many, at most [`MOST`].
    pub number: u32,
    /// Of what.
    pub scale: Scale,
}

coded! {
    /// `Scale`.
    Scale {
        /// 10 ms.
        Hundredth = 0,
        /// 100 ms.
        Tenth = 1,
        /// 1 s.
        Second = 2,
        /// 10 s.
        TenSeconds = 3,
        /// 1 min.
        Minute = 4,
        /// 1 h.
        Hour = 5,
        /// 1 d.
        Day = 6,
    }
}

coded! {
    /// `ChargingCase`: which advice is asked for.
    ChargingCase {
        /// AOC-S.
        AtSetup = 0,
        /// AOC-D.
        During = 1,
        /// AOC-E.
        AtEnd = 2,
    }
}

/// Numbers have 24 bits.
pub const MOST: u32 = 0x00ff_ffff;

/// Kinds of units in one charge.
pub const MOST_UNITS: usize = 32;

/// Prices in one tariff.
pub const MOST_PRICES: usize = 10;

impl Money {
    /// A sum in hundredths; `None` where the currency or the sum does not fit.
    pub fn hundredths(currency: &str, number: u32) -> Option<Money> {
        let currency = Currency::from(currency).ok().filter(|name| !name.is_empty())?;
        (number <= MOST).then_some(Money { currency, amount: Amount { number, step: Step::Hundredth } })
    }

    /// The sum in thousandths of the currency; `None` where the step is not known.
    pub fn thousandths(&self) -> Option<u64> {
        let step: u64 = match self.amount.step {
            Step::Thousandth => 1,
            Step::Hundredth => 10,
            Step::Tenth => 100,
            Step::One => 1_000,
            Step::Ten => 10_000,
            Step::Hundred => 100_000,
            Step::Thousand => 1_000_000,
            Step::Other(_) => return None,
        };
        Some(u64::from(self.amount.number) * step)
    }

    /// Currency `[1]` and amount `[2]`, which open each of the standard's sums.
    fn read(inside: &mut Reader<'_>) -> Result<Money, BerError> {
        let name = inside.take(Tag::context(1))?.octets()?;
        let currency = std::str::from_utf8(name).ok().and_then(|name| Currency::from(name).ok());
        let mut amount = inside.take(Tag::context(2))?.inside()?;
        Ok(Money {
            currency: currency.filter(|name| !name.is_empty()).ok_or(BerError::Type)?,
            amount: Amount {
                number: amount.take(Tag::context(1))?.unsigned(MOST)?,
                step: Step::from_code(amount.take(Tag::context(2))?.small()?),
            },
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.primitive(Tag::context(1), self.currency.as_bytes());
        writer.constructed(Tag::context(2), |writer| {
            writer.integer(Tag::context(1), number(self.amount.number));
            writer.integer(Tag::context(2), i32::from(self.amount.step.code()));
        });
    }
}

impl Charge {
    /// Whether it travels in the operation for units rather than in that for money.
    pub(super) const fn is_units(&self) -> bool {
        matches!(self, Charge::Units(_))
    }

    fn read_units(value: &Value<'_>) -> Result<Charge, BerError> {
        read_list(value, MOST_UNITS, Units::read).map(Charge::Units)
    }

    /// `recordedCurrency [1]` or `recordedUnitsList [1]`.
    fn read_recorded(value: &Value<'_>) -> Result<Charge, BerError> {
        match value.inside()?.peek() {
            Some(Tag::SEQUENCE) => Charge::read_units(value),
            _ => Money::read(&mut value.inside()?).map(Charge::Money),
        }
    }

    fn write_recorded(&self, writer: &mut Writer) {
        writer.constructed(Tag::context(1), |writer| match self {
            Charge::Money(money) => money.write(writer),
            Charge::Units(list) => list.iter().for_each(|units| units.write(writer)),
            Charge::Free | Charge::NotAvailable => {}
        });
    }
}

impl Units {
    fn read(value: &Value<'_>) -> Result<Units, BerError> {
        let mut inside = value.inside()?;
        let number = match inside.take_if(Tag::NULL)? {
            Some(_) => None,
            None => Some(inside.take(Tag::INTEGER)?.unsigned(MOST)?),
        };
        let kind = inside.take_if(Tag::INTEGER)?.map(|value| value.small()).transpose()?;
        Ok(Units { number, kind })
    }

    fn write(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            match self.number {
                Some(units) => writer.integer(Tag::INTEGER, number(units)),
                None => writer.null(Tag::NULL),
            }
            self.kind.iter().for_each(|&kind| writer.integer(Tag::INTEGER, i32::from(kind)));
        });
    }
}

impl ChargeSoFar {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<ChargeSoFar, BerError> {
        let value = reader.take_any()?;
        let nothing = |charge| Ok(ChargeSoFar { charge, total: false, billing: None });
        match value.tag {
            Tag::NULL => nothing(Charge::NotAvailable),
            FREE => nothing(Charge::Free),
            Tag::SEQUENCE => {
                let mut inside = value.inside()?;
                Ok(ChargeSoFar {
                    charge: Charge::read_recorded(&inside.take(Tag::context(1))?)?,
                    total: inside.take(Tag::context(2))?.unsigned(1)? == 1,
                    billing: read_billing(&mut inside, Tag::context(3))?,
                })
            }
            _ => Err(BerError::Type),
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self.charge {
            Charge::NotAvailable => writer.null(Tag::NULL),
            Charge::Free => writer.null(FREE),
            Charge::Money(_) | Charge::Units(_) => writer.sequence(|writer| {
                self.charge.write_recorded(writer);
                writer.integer(Tag::context(2), i32::from(self.total));
                write_billing(writer, Tag::context(3), self.billing);
            }),
        }
    }
}

impl ChargeAtEnd {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<ChargeAtEnd, BerError> {
        if reader.take_if(Tag::NULL)?.is_some() {
            return Ok(ChargeAtEnd { charge: Charge::NotAvailable, billing: None, association: None });
        }
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let (charge, billing) = match inside.take_if(FREE)? {
            Some(_) => (Charge::Free, None),
            None => {
                let mut specific = inside.take(Tag::SEQUENCE)?.inside()?;
                let charge = Charge::read_recorded(&specific.take(Tag::context(1))?)?;
                (charge, read_billing(&mut specific, Tag::context(2))?)
            }
        };
        Ok(ChargeAtEnd { charge, billing, association: Association::read_if(&mut inside)? })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        if self.charge == Charge::NotAvailable {
            return writer.null(Tag::NULL);
        }
        writer.sequence(|writer| {
            match self.charge {
                Charge::Free | Charge::NotAvailable => writer.null(FREE),
                Charge::Money(_) | Charge::Units(_) => writer.sequence(|writer| {
                    self.charge.write_recorded(writer);
                    write_billing(writer, Tag::context(2), self.billing);
                }),
            }
            self.association.iter().for_each(|association| association.write(writer));
        });
    }
}

impl Association {
    fn read_if(reader: &mut Reader<'_>) -> Result<Option<Association>, BerError> {
        if let Some(value) = reader.take_if(Tag::INTEGER)? {
            let id = i16::try_from(value.integer()?).map_err(|_| BerError::Type)?;
            return Ok(Some(Association::Identifier(id)));
        }
        Ok(reader.within_if(Tag::context(0), address::read_number)?.map(Association::Number))
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Association::Identifier(id) => writer.integer(Tag::INTEGER, i32::from(*id)),
            Association::Number(number) => {
                writer.constructed(Tag::context(0), |writer| address::write_number(writer, number));
            }
        }
    }
}

impl Tariff {
    /// Whether it travels in the operation for agreements rather than in that for prices.
    pub(super) const fn is_special(&self) -> bool {
        matches!(self, Tariff::Special(_))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Tariff, BerError> {
        let value = reader.take_any()?;
        match value.tag {
            Tag::NULL => Ok(Tariff::NotAvailable),
            Tag::INTEGER => value.small().map(Tariff::Special),
            Tag::SEQUENCE => Tariff::read_prices(&value),
            _ => Err(BerError::Type),
        }
    }

    fn read_prices(value: &Value<'_>) -> Result<Tariff, BerError> {
        read_list(value, MOST_PRICES, Price::read).map(Tariff::Prices)
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Tariff::NotAvailable => writer.null(Tag::NULL),
            Tariff::Special(number) => writer.integer(Tag::INTEGER, i32::from(*number)),
            Tariff::Prices(prices) => {
                writer.sequence(|writer| prices.iter().for_each(|price| price.write(writer)));
            }
        }
    }
}

impl Price {
    fn read(value: &Value<'_>) -> Result<Price, BerError> {
        let mut inside = value.inside()?;
        let item = ChargedItem::from_code(inside.take(Tag::ENUMERATED)?.small()?);
        Ok(Price { item, rate: Rate::read(&inside.take_any()?)? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.sequence(|writer| {
            writer.integer(Tag::ENUMERATED, i32::from(self.item.code()));
            self.rate.write(writer);
        });
    }
}

impl Rate {
    fn read(value: &Value<'_>) -> Result<Rate, BerError> {
        match value.tag {
            Tag::INTEGER => value.small().map(Rate::Special),
            TIME => Rate::read_time(&mut value.inside()?),
            FLAT => Money::read(&mut value.inside()?).map(Rate::Flat),
            VOLUME => {
                let mut inside = value.inside()?;
                Ok(Rate::Volume { money: Money::read(&mut inside)?, unit: inside.take(Tag::context(3))?.small()? })
            }
            RATE_FREE => Ok(Rate::Free),
            RATE_NOT_AVAILABLE => Ok(Rate::NotAvailable),
            _ => Err(BerError::Type),
        }
    }

    fn read_time(inside: &mut Reader<'_>) -> Result<Rate, BerError> {
        Ok(Rate::Time {
            money: Money::read(inside)?,
            stepwise: inside.take(Tag::context(3))?.unsigned(1)? == 1,
            time: Period::read(&inside.take(Tag::context(4))?)?,
            granularity: inside.take_if(Tag::context(5))?.map(|value| Period::read(&value)).transpose()?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Rate::Special(number) => writer.integer(Tag::INTEGER, i32::from(*number)),
            Rate::Time { money, stepwise, time, granularity } => writer.constructed(TIME, |writer| {
                money.write(writer);
                writer.integer(Tag::context(3), i32::from(*stepwise));
                time.write(writer, Tag::context(4));
                granularity.iter().for_each(|time| time.write(writer, Tag::context(5)));
            }),
            Rate::Flat(money) => writer.constructed(FLAT, |writer| money.write(writer)),
            Rate::Volume { money, unit } => writer.constructed(VOLUME, |writer| {
                money.write(writer);
                writer.integer(Tag::context(3), i32::from(*unit));
            }),
            Rate::Free => writer.null(RATE_FREE),
            Rate::NotAvailable => writer.null(RATE_NOT_AVAILABLE),
        }
    }
}

impl Period {
    fn read(value: &Value<'_>) -> Result<Period, BerError> {
        let mut inside = value.inside()?;
        Ok(Period {
            number: inside.take(Tag::context(1))?.unsigned(MOST)?,
            scale: Scale::from_code(inside.take(Tag::context(2))?.small()?),
        })
    }

    fn write(&self, writer: &mut Writer, tag: Tag) {
        writer.constructed(tag, |writer| {
            writer.integer(Tag::context(1), number(self.number));
            writer.integer(Tag::context(2), i32::from(self.scale.code()));
        });
    }
}

/// `SEQUENCE SIZE (1..most) OF`.
fn read_list<'a, T>(
    value: &Value<'a>,
    most: usize,
    read: impl Fn(&Value<'a>) -> Result<T, BerError>,
) -> Result<Box<[T]>, BerError> {
    let mut inside = value.inside()?;
    let mut list = Vec::new();
    while let Some(value) = inside.take_if(Tag::SEQUENCE)? {
        list.push(read(&value)?);
    }
    if (1..=most).contains(&list.len()) { Ok(list.into()) } else { Err(BerError::Type) }
}

fn read_billing(reader: &mut Reader<'_>, tag: Tag) -> Result<Option<Billing>, BerError> {
    reader.take_if(tag)?.map(|value| value.small().map(Billing::from_code)).transpose()
}

fn write_billing(writer: &mut Writer, tag: Tag, billing: Option<Billing>) {
    billing.iter().for_each(|billing| writer.integer(tag, i32::from(billing.code())));
}

/// A number of at most 24 bits.
fn number(number: u32) -> i32 {
    number.min(MOST) as i32
}

const FREE: Tag = Tag::context(1);

const TIME: Tag = Tag::context(1);
const FLAT: Tag = Tag::context(2);
const VOLUME: Tag = Tag::context(3);
const RATE_FREE: Tag = Tag::context(4);
const RATE_NOT_AVAILABLE: Tag = Tag::context(5);

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::{super::address::tests::any_number, *};

    fn any_money() -> impl Strategy<Value = Money> {
        ("[A-Z]{1,10}", 0..=MOST, 0u8..7).prop_map(|(currency, number, step)| Money {
            currency: Currency::from(&currency).unwrap(),
            amount: Amount { number, step: Step::from_code(step) },
        })
    }

    fn any_units() -> impl Strategy<Value = Charge> {
        let units = (prop::option::of(0..=MOST), prop::option::of(1u8..=16));
        // 32 kinds of the longest numbers are longer than a Facility.
        let list = prop::collection::vec(units.prop_map(|(number, kind)| Units { number, kind }), 1..=16);
        list.prop_map(|list| Charge::Units(list.into_iter().collect()))
    }

    fn any_billing() -> impl Strategy<Value = Option<Billing>> {
        prop::option::of((0u8..8).prop_map(Billing::from_code))
    }

    pub fn any_so_far() -> impl Strategy<Value = ChargeSoFar> {
        let charge = prop_oneof![any_money().prop_map(Charge::Money), any_units()];
        let bare = prop::sample::select(vec![Charge::Free, Charge::NotAvailable]);
        prop_oneof![
            (charge, any::<bool>(), any_billing()).prop_map(|(charge, total, billing)| ChargeSoFar {
                charge,
                total,
                billing
            }),
            bare.prop_map(|charge| ChargeSoFar { charge, total: false, billing: None }),
        ]
    }

    pub fn any_at_end() -> impl Strategy<Value = ChargeAtEnd> {
        let charge = prop_oneof![any_money().prop_map(Charge::Money), any_units()];
        let association =
            prop_oneof![any::<i16>().prop_map(Association::Identifier), any_number().prop_map(Association::Number)];
        let association = prop::option::of(association);
        prop_oneof![
            Just(ChargeAtEnd { charge: Charge::NotAvailable, billing: None, association: None }),
            association.clone().prop_map(|association| ChargeAtEnd {
                charge: Charge::Free,
                billing: None,
                association
            }),
            (charge, any_billing(), association).prop_map(|(charge, billing, association)| ChargeAtEnd {
                charge,
                billing,
                association
            }),
        ]
    }

    fn any_period() -> impl Strategy<Value = Period> {
        (0..=MOST, 0u8..7).prop_map(|(number, scale)| Period { number, scale: Scale::from_code(scale) })
    }

    fn any_rate() -> impl Strategy<Value = Rate> {
        prop_oneof![
            (1u8..=10).prop_map(Rate::Special),
            (any_money(), any::<bool>(), any_period(), prop::option::of(any_period()))
                .prop_map(|(money, stepwise, time, granularity)| Rate::Time { money, stepwise, time, granularity }),
            any_money().prop_map(Rate::Flat),
            (any_money(), 0u8..3).prop_map(|(money, unit)| Rate::Volume { money, unit }),
            Just(Rate::Free),
            Just(Rate::NotAvailable),
        ]
    }

    pub fn any_tariff() -> impl Strategy<Value = Tariff> {
        let price = (0u8..5, any_rate()).prop_map(|(item, rate)| Price { item: ChargedItem::from_code(item), rate });
        prop_oneof![
            Just(Tariff::NotAvailable),
            (1u8..=10).prop_map(Tariff::Special),
            // Ten of the longest prices are longer than a Facility.
            prop::collection::vec(price, 1..=4).prop_map(|prices| Tariff::Prices(prices.into_iter().collect())),
        ]
    }

    #[test]
    fn a_sum_is_told_in_thousandths() {
        let money = Money::hundredths("CNY", 345).unwrap();
        assert_eq!(money.thousandths(), Some(3450));
        let most = Amount { number: MOST, step: Step::Thousand };
        assert_eq!(Money { amount: most, ..money }.thousandths(), Some(16_777_215_000_000));
        assert_eq!(Money::hundredths("", 1), None);
        assert_eq!(Money::hundredths("CNY", MOST + 1), None);
    }

    #[test]
    fn more_kinds_of_units_than_the_standard_has_are_not_the_operations() {
        let units = [0x30, 0x03, 0x02, 0x01, 0x07];
        let list =
            |kinds: usize| [&[0xa1, 0x81, (kinds * 5) as u8][..], &units.repeat(kinds), &[0x82, 0x01, 0x00]].concat();
        let read = |kinds: usize| {
            let list = list(kinds);
            let octets = [&[0x30, 0x81, list.len() as u8][..], &list].concat();
            ChargeSoFar::read(&mut Reader::new(&octets))
        };
        assert!(read(25).is_ok());
        assert_eq!(read(33), Err(BerError::Type));
    }
}
