//! What kind of terminal the caller means. High layer: Q.931, 4.5.17; low layer: 4.5.19.
//!
//! The box reads a few characteristics of the high layer; of the low layer it passes on what came.

use arrayvec::ArrayVec;

use super::{BadContents, Contents, LAST, coded};

/// High layer compatibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HighLayer {
    /// Octet 3 without its extension bit: coding standard, interpretation, presentation method. 0x11 is the usual one.
    pub method: u8,
    /// What the terminal is.
    pub characteristics: Characteristics,
    /// Octet 4a without its extension bit.
    pub extended: Option<u8>,
}

coded! {
    /// High layer characteristics, 7 bits.
    Characteristics {
        /// A telephone.
        Telephony = 0x01,
        /// A fax machine of group 2 or 3, F.182.
        FaxGroup3 = 0x04,
        /// A fax machine of group 4, F.184.
        FaxGroup4 = 0x21,
        /// A videotelephone, F.720 and F.721.
        Videotelephony = 0x60,
    }
}

/// Low layer compatibility, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowLayer {
    /// Octets 3 and following. Never empty.
    octets: ArrayVec<u8, { LowLayer::MAX_OCTETS }>,
}

impl HighLayer {
    /// ITU-T coding, first high layer, high layer protocol profile.
    const USUAL_METHOD: u8 = 0x11;

    /// A terminal of this kind.
    pub const fn of(characteristics: Characteristics) -> HighLayer {
        HighLayer { method: HighLayer::USUAL_METHOD, characteristics, extended: None }
    }

    /// Octets behind the last one that is known are dropped.
    pub(super) fn parse(contents: &[u8]) -> Result<HighLayer, BadContents> {
        let [third, fourth, rest @ ..] = contents else { return Err(BadContents) };
        if third & LAST == 0 {
            return Err(BadContents);
        }
        let extended = match (fourth & LAST, rest) {
            (0, [more, ..]) => Some(more & !LAST),
            (0, []) => return Err(BadContents),
            _ => None,
        };
        let characteristics = Characteristics::from_code(fourth & !LAST);
        Ok(HighLayer { method: third & !LAST, characteristics, extended })
    }

    pub(super) fn emit(&self) -> Contents {
        let last = if self.extended.is_none() { LAST } else { 0 };
        let head = [LAST | self.method, last | self.characteristics.code() & !LAST];
        head.into_iter().chain(self.extended.map(|more| LAST | more)).collect()
    }
}

impl LowLayer {
    /// The longest contents, Q.931, table 4-3: 18 octets with identifier and length.
    pub const MAX_OCTETS: usize = 16;

    /// Octets 3 and following, 1 to 16 of them; `None` otherwise.
    pub fn new(octets: &[u8]) -> Option<LowLayer> {
        LowLayer::parse(octets).ok()
    }

    /// The octets as they came.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Octet 3 is all that must be there.
    pub(super) fn parse(contents: &[u8]) -> Result<LowLayer, BadContents> {
        if contents.is_empty() {
            return Err(BadContents);
        }
        Ok(LowLayer { octets: contents.try_into().map_err(|_| BadContents)? })
    }

    pub(super) fn emit(&self) -> Contents {
        self.octets.iter().copied().collect()
    }
}
