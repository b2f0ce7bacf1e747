//! Transit network selection: by which carrier the call is to go. Q.931, 4.5.29.

use super::{BadContents, Contents, Digits, LAST, coded};

/// A carrier to go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitNetwork {
    /// Who gave out the identification.
    pub kind: NetworkKind,
    /// The plan of the identification, 4 bits: 1 is a carrier identification code.
    pub plan: u8,
    /// The identification.
    pub identification: Digits,
}

coded! {
    /// Type of network identification, 3 bits.
    NetworkKind {
        /// As the users agreed.
        User = 0,
        /// National.
        National = 2,
        /// International.
        International = 3,
    }
}

impl TransitNetwork {
    pub(super) fn parse(contents: &[u8]) -> Result<TransitNetwork, BadContents> {
        let (&third, identification) = contents.split_first().ok_or(BadContents)?;
        if third & LAST == 0 {
            return Err(BadContents);
        }
        Ok(TransitNetwork {
            kind: NetworkKind::from_code(third >> 4 & 7),
            plan: third & 0x0f,
            identification: Digits::parse(identification)?,
        })
    }

    pub(super) fn emit(&self) -> Contents {
        let third = LAST | (self.kind.code() & 7) << 4 | self.plan & 0x0f;
        [third].into_iter().chain(self.identification.octets()).collect()
    }
}
