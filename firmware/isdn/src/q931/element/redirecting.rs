//! Redirecting number and original called number: from where a call was diverted, and why.
//!
//! Source: ITU-T Q.952, 7 (redirecting number, octets 3 to 3b); ANSI T1.607 codes its original called number alike.
//! Not here: diversion told by operations of EN 300 207 or QSIG, which travel in Facility.

use super::{BadContents, Contents, LAST, NumberElement, PartyNumber, coded};

/// The number of a party that diverted the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectingNumber {
    /// The number, and whether it may be shown.
    pub party: PartyNumber,
    /// Why; octet 3b, which many networks leave out.
    pub reason: Option<RedirectionReason>,
}

coded! {
    /// Reason for redirection, 4 bits.
    RedirectionReason {
        /// Unknown.
        Unknown = 0,
        /// The party was busy.
        Busy = 1,
        /// The party did not answer.
        NoReply = 2,
        /// The party sent the call on while it rang.
        Deflection = 4,
        /// The party's equipment was out of order.
        OutOfOrder = 9,
        /// The party's equipment forwarded the call.
        ByEquipment = 10,
        /// All calls of the party are diverted.
        Unconditional = 15,
    }
}

impl RedirectingNumber {
    /// Octets 3a and 3b are optional, in this order.
    pub(super) fn parse(contents: &[u8]) -> Result<RedirectingNumber, BadContents> {
        match contents {
            [third, more, why, digits @ ..] if third & LAST == 0 && more & LAST == 0 && why & LAST != 0 => {
                Ok(RedirectingNumber {
                    party: PartyNumber::from_parts(*third, *more, digits)?,
                    reason: Some(RedirectionReason::from_code(why & 0x0f)),
                })
            }
            _ => Ok(RedirectingNumber { party: PartyNumber::parse(contents)?, reason: None }),
        }
    }

    pub(super) fn emit(&self) -> Contents {
        let Some(reason) = self.reason else { return self.party.emit() };
        let NumberElement { digits, .. } = &self.party.number;
        let head = [self.party.number.third(), self.party.more(), LAST | reason.code() & 0x0f];
        head.into_iter().chain(digits.octets()).collect()
    }
}
