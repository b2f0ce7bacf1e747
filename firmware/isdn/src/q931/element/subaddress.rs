//! Subaddresses of the parties: an extension behind the number. Q.931, 4.5.9 and 4.5.11; Q.951, 6 for the connected one.

use std::fmt;

use arrayvec::ArrayVec;

use super::{BadContents, Contents, LAST, coded};

/// A subaddress. It may be a person's extension, so `Debug` prints its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Subaddress {
    /// What its octets are.
    pub kind: SubaddressKind,
    /// The last half of the last octet is filling.
    pub odd: bool,
    /// The octets, as they came.
    pub octets: ArrayVec<u8, { Subaddress::MAX_OCTETS }>,
}

coded! {
    /// Type of subaddress, 3 bits.
    SubaddressKind {
        /// A network service access point, X.213 and ISO 8348; its first octet says how the rest is written.
        Nsap = 0,
        /// Whatever the users agreed on.
        User = 2,
    }
}

impl Subaddress {
    /// The longest subaddress, Q.931, 4.5.9.
    pub const MAX_OCTETS: usize = 20;

    /// A subaddress of IA5 characters, in the form that ISDN telephones use among each other; `None` where it is too
    /// long or holds other characters.
    pub fn from_text(text: &str) -> Option<Subaddress> {
        let fits = text.len() < Subaddress::MAX_OCTETS && is_text(text.as_bytes());
        let octets = || [AFI_IA5].into_iter().chain(text.bytes()).collect();
        fits.then(|| Subaddress { kind: SubaddressKind::Nsap, odd: false, octets: octets() })
    }

    /// The characters, where there are any: an NSAP in IA5, or what users agreed on if it looks like text.
    pub fn text(&self) -> Option<&str> {
        let octets = match (self.kind, self.octets.as_slice()) {
            (SubaddressKind::Nsap, [AFI_IA5, rest @ ..]) => rest,
            (SubaddressKind::User, octets) => octets,
            _ => return None,
        };
        std::str::from_utf8(octets).ok().filter(|text| is_text(text.as_bytes()))
    }

    pub(super) fn parse(contents: &[u8]) -> Result<Subaddress, BadContents> {
        let (&third, octets) = contents.split_first().ok_or(BadContents)?;
        if third & LAST == 0 {
            return Err(BadContents);
        }
        Ok(Subaddress {
            kind: SubaddressKind::from_code(third >> 4 & 7),
            odd: third & ODD != 0,
            octets: octets.try_into().map_err(|_| BadContents)?,
        })
    }

    pub(super) fn emit(&self) -> Contents {
        let third = LAST | (self.kind.code() & 7) << 4 | if self.odd { ODD } else { 0 };
        [third].into_iter().chain(self.octets.iter().copied()).collect()
    }
}

impl fmt::Debug for Subaddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subaddress({:?}, {} octets)", self.kind, self.octets.len())
    }
}

fn is_text(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ')
}

/// The authority and format identifier of local addresses in IA5 characters, X.213, annex A.
const AFI_IA5: u8 = 0x50;

/// The odd/even indicator of octet 3.
const ODD: u8 = 0x08;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subaddress_is_text_where_it_can_be_read() {
        let text = |contents: &[u8]| Subaddress::parse(contents).unwrap().text().map(str::to_owned);
        assert_eq!(text(&[0x80, 0x50, b'0', b'4', b'2']).as_deref(), Some("042"));
        assert_eq!(text(&[0xa0, b'7', b'a']).as_deref(), Some("7a"));
        assert_eq!(text(&[0x80, 0x49, 0x12]), None, "another authority");
        assert_eq!(text(&[0xa8, 0x12, 0x30]), None, "binary");
        assert_eq!(text(&[0x80]), None);
        let written = Subaddress::from_text("042").unwrap();
        assert_eq!(written.emit().as_slice(), [0x80, 0x50, b'0', b'4', b'2']);
        assert_eq!(Subaddress::from_text(&"1".repeat(20)), None);
        assert_eq!(Subaddress::from_text("三"), None);
    }

    #[test]
    fn a_subaddress_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", Subaddress::from_text("042").unwrap()), "Subaddress(Nsap, 4 octets)");
    }
}
