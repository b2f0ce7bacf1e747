//! Cause: why, and who says so. Q.931, 4.5.12 and Q.850, 2.1.

use arrayvec::ArrayVec;

use super::{BadContents, Contents, LAST, coded};
use crate::Cause;

/// Octets that follow a cause, at most as many as Q.850 lets an element have.
pub type Diagnostics = ArrayVec<u8, 28>;

/// A cause as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseElement {
    /// Who says so.
    pub location: Location,
    /// Why.
    pub cause: Cause,
    /// What exactly, such as identifiers of elements that are missing.
    pub diagnostics: Diagnostics,
}

coded! {
    /// Who generated a cause or a progress indication, 4 bits.
    Location {
        /// The user.
        User = 0,
        /// The private network that serves the local user.
        PrivateLocal = 1,
        /// The public network that serves the local user.
        PublicLocal = 2,
        /// A transit network.
        Transit = 3,
        /// The public network that serves the remote user.
        PublicRemote = 4,
        /// The private network that serves the remote user.
        PrivateRemote = 5,
        /// An international network.
        International = 7,
        /// A network beyond an interworking point.
        BeyondInterworking = 10,
    }
}

impl CauseElement {
    /// A cause without diagnostics.
    pub fn new(location: Location, cause: Cause) -> CauseElement {
        CauseElement { location, cause, diagnostics: Diagnostics::new() }
    }

    /// Octet 3a (recommendation) is read and dropped: all that set it mean Q.931 or Q.850.
    pub(super) fn parse(contents: &[u8]) -> Result<CauseElement, BadContents> {
        let (&third, rest) = contents.split_first().ok_or(BadContents)?;
        let rest = if third & LAST == 0 { rest.get(1..).ok_or(BadContents)? } else { rest };
        let (&fourth, diagnostics) = rest.split_first().ok_or(BadContents)?;
        Ok(CauseElement {
            location: Location::from_code(third & 0x0f),
            cause: Cause::from_number(fourth & 0x7f),
            diagnostics: diagnostics.try_into().map_err(|_| BadContents)?,
        })
    }

    pub(super) fn emit(&self) -> Contents {
        let head = [LAST | self.location.code() & 0x0f, LAST | self.cause.number()];
        head.into_iter().chain(self.diagnostics.iter().copied()).collect()
    }
}
