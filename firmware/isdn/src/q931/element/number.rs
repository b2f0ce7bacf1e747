//! Party numbers: called, calling, connected, redirection. Q.931, 4.5.8 and 4.5.10; Q.951 for the connected number;
//! Q.952 for the redirection number.

use serde::{Deserialize, Serialize};

use super::{BadContents, Contents, Digits, LAST, coded};

/// A number with its kind and plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberElement {
    /// Type of number: what the digits begin with.
    pub kind: NumberKind,
    /// Numbering plan.
    pub plan: NumberPlan,
    /// The digits, at most 32.
    pub digits: Digits,
}

/// A number of a party, and who may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyNumber {
    /// The number.
    pub number: NumberElement,
    /// Whether it may be shown.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
}

coded! {
    /// Type of number, 3 bits.
    NumberKind {
        /// Unknown: as dialled, with its prefixes.
        Unknown = 0,
        /// International, without prefix.
        International = 1,
        /// National, without trunk prefix.
        National = 2,
        /// Of the network's own making.
        NetworkSpecific = 3,
        /// Subscriber: the local number.
        Subscriber = 4,
        /// Abbreviated.
        Abbreviated = 6,
    }
}

coded! {
    /// Numbering plan, 4 bits.
    NumberPlan {
        /// Unknown.
        Unknown = 0,
        /// E.164: the telephone network.
        Telephone = 1,
        /// Data.
        Data = 3,
        /// Telex.
        Telex = 4,
        /// National standard.
        National = 8,
        /// Private: an enterprise's own.
        Private = 9,
    }
}

coded! {
    /// Presentation indicator, 2 bits.
    Presentation {
        /// It may be shown.
        Allowed = 0,
        /// It may not (CLIR).
        Restricted = 1,
        /// There is none.
        NotAvailable = 2,
    }
}

coded! {
    /// Screening indicator, 2 bits.
    Screening {
        /// Given by the user, not checked.
        UserNotScreened = 0,
        /// Given by the user, checked and right.
        UserVerified = 1,
        /// Given by the user, checked and wrong.
        UserFailed = 2,
        /// Given by the network.
        Network = 3,
    }
}

impl NumberElement {
    /// A number as it is dialled: kind and plan unknown.
    pub fn unknown(digits: Digits) -> NumberElement {
        NumberElement { kind: NumberKind::Unknown, plan: NumberPlan::Unknown, digits }
    }

    pub(super) fn parse(contents: &[u8]) -> Result<NumberElement, BadContents> {
        let (&third, digits) = contents.split_first().ok_or(BadContents)?;
        if third & LAST == 0 {
            return Err(BadContents);
        }
        NumberElement::from_parts(third, digits)
    }

    pub(super) fn emit(&self) -> Contents {
        [LAST | self.third()].into_iter().chain(self.digits.octets()).collect()
    }

    fn from_parts(third: u8, digits: &[u8]) -> Result<NumberElement, BadContents> {
        let kind = NumberKind::from_code(third >> 4 & 7);
        Ok(NumberElement { kind, plan: NumberPlan::from_code(third & 0x0f), digits: Digits::parse(digits)? })
    }

    pub(super) fn third(&self) -> u8 {
        (self.kind.code() & 7) << 4 | self.plan.code() & 0x0f
    }
}

impl PartyNumber {
    /// A number that may be shown.
    pub fn shown(number: NumberElement) -> PartyNumber {
        PartyNumber { number, presentation: Presentation::Allowed, screening: Screening::UserNotScreened }
    }

    /// Octet 3a is optional; without it the number may be shown and nobody vouches for it (table 4-11).
    pub(super) fn parse(contents: &[u8]) -> Result<PartyNumber, BadContents> {
        match contents {
            [third, digits @ ..] if third & LAST != 0 => {
                Ok(PartyNumber::shown(NumberElement::from_parts(*third, digits)?))
            }
            [third, more, digits @ ..] if more & LAST != 0 => PartyNumber::from_parts(*third, *more, digits),
            _ => Err(BadContents),
        }
    }

    pub(super) fn from_parts(third: u8, more: u8, digits: &[u8]) -> Result<PartyNumber, BadContents> {
        Ok(PartyNumber {
            number: NumberElement::from_parts(third, digits)?,
            presentation: Presentation::from_code(more >> 5 & 3),
            screening: Screening::from_code(more & 3),
        })
    }

    pub(super) fn emit(&self) -> Contents {
        [self.number.third(), LAST | self.more()].into_iter().chain(self.number.digits.octets()).collect()
    }

    /// Octet 3a without its extension bit.
    pub(super) fn more(&self) -> u8 {
        (self.presentation.code() & 3) << 5 | self.screening.code() & 3
    }
}
