//! Elements that carry text: digits, names, user-user. Q.931, 4.5.16, 4.5.18, 4.5.30.

use std::{fmt, str::FromStr};

use arrayvec::{ArrayString, ArrayVec};
use serde::{Deserialize, Serialize};

use super::{BadContents, Contents, coded};

/// Digits of a number or of a keypad, 0 to 32 printable characters of IA5.
///
/// They may be a personal number or a secret, so `Debug` prints their count only.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digits(ArrayString<{ Digits::MAX }>);

/// A name to show, as it came: the character set is for whoever shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Display(ArrayVec<u8, { Display::MAX_OCTETS }>);

/// User-user information, as it came. `Debug` prints its length only: it is what the users tell each other.
#[derive(Clone, PartialEq, Eq)]
pub struct UserUser {
    /// The protocol discriminator: how the octets are to be read.
    pub protocol: UserProtocol,
    /// What the users tell each other.
    pub octets: ArrayVec<u8, { UserUser::MAX_OCTETS }>,
}

coded! {
    /// Protocol discriminator of user-user information, 8 bits, Q.931, table 4-26.
    UserProtocol {
        /// As the users agreed.
        UserSpecific = 0x00,
        /// OSI upper layers.
        OsiUpperLayers = 0x01,
        /// X.244.
        X244 = 0x02,
        /// Text in IA5.
        Ia5 = 0x04,
        /// X.208 and X.209: ASN.1.
        Asn1 = 0x05,
        /// V.120 rate adaption.
        V120 = 0x07,
    }
}

/// Why a text is no digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("digits are at most 32 printable characters")]
pub struct DigitsError;

impl Digits {
    /// The longest number: E.164 allows 15 digits, prefixes and carrier codes add some; ETSI stops at 24.
    pub const MAX: usize = 32;

    /// No digits.
    pub fn new() -> Digits {
        Digits::default()
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn parse(contents: &[u8]) -> Result<Digits, BadContents> {
        let text = std::str::from_utf8(contents).map_err(|_| BadContents)?;
        text.parse().map_err(|DigitsError| BadContents)
    }

    pub(super) fn emit(&self) -> Contents {
        self.octets().collect()
    }

    pub(super) fn octets(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes()
    }
}

impl FromStr for Digits {
    type Err = DigitsError;

    fn from_str(text: &str) -> Result<Digits, DigitsError> {
        if !text.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' ') {
            return Err(DigitsError);
        }
        ArrayString::from(text).map(Digits).map_err(|_| DigitsError)
    }
}

impl TryFrom<String> for Digits {
    type Error = DigitsError;

    fn try_from(text: String) -> Result<Digits, DigitsError> {
        text.parse()
    }
}

impl From<Digits> for String {
    fn from(digits: Digits) -> String {
        digits.as_str().to_owned()
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({})", self.0.len())
    }
}

impl Display {
    /// The longest name, EN 300 403-1, 4.5.16.
    pub const MAX_OCTETS: usize = 82;

    /// The display type of a name in NI-2 and in private networks.
    pub const NAME: u8 = 0xb1;

    /// A name from text, cut at a character where it is too long.
    pub fn from_text(text: &str) -> Display {
        let cut = (0..=text.len().min(Display::MAX_OCTETS)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        Display(text.bytes().take(cut).collect())
    }

    /// A name in whatever characters; none where it is too long.
    pub fn from_octets(octets: &[u8]) -> Option<Display> {
        Display::parse(octets).ok()
    }

    /// The octets as they came.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// A name behind a display type, as QSIG and NI-2 write it, cut at a character where it is too long.
    pub fn typed_from_text(display_type: u8, text: &str) -> Display {
        let most = (0..=text.len().min(Display::MAX_OCTETS - 1)).rev().find(|&at| text.is_char_boundary(at));
        Display([display_type].into_iter().chain(text.bytes().take(most.unwrap_or(0))).collect())
    }

    /// The display type that some networks put first. No text in UTF-8 begins so, but one in GBK may.
    pub fn display_type(&self) -> Option<u8> {
        self.0.first().copied().filter(|first| matches!(first, 0x80..=0xbf))
    }

    /// The octets behind the display type, if one stands there.
    pub fn name_octets(&self) -> &[u8] {
        self.0.get(usize::from(self.display_type().is_some())..).unwrap_or_default()
    }

    /// The name as text, without a display type, with what is not UTF-8 replaced.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(self.name_octets()).into_owned()
    }

    pub(super) fn parse(contents: &[u8]) -> Result<Display, BadContents> {
        contents.try_into().map(Display).map_err(|_| BadContents)
    }

    pub(super) fn emit(&self) -> Contents {
        self.0.iter().copied().collect()
    }
}

impl fmt::Debug for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Display({} octets)", self.0.len())
    }
}

impl UserUser {
    /// The longest text, without the protocol discriminator.
    pub const MAX_OCTETS: usize = 128;

    /// Text in IA5; `None` where it is too long or holds other characters.
    pub fn from_text(text: &str) -> Option<UserUser> {
        let octets = text.as_bytes().try_into().ok().filter(|_| text.is_ascii())?;
        Some(UserUser { protocol: UserProtocol::Ia5, octets })
    }

    /// The text, where it is IA5. Some equipment ends it with a zero octet.
    pub fn text(&self) -> Option<&str> {
        let octets = self.octets.strip_suffix(&[0]).unwrap_or(&self.octets);
        let printable = octets.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ');
        std::str::from_utf8(octets).ok().filter(|_| self.protocol == UserProtocol::Ia5 && printable)
    }

    pub(super) fn parse(contents: &[u8]) -> Result<UserUser, BadContents> {
        let (&protocol, octets) = contents.split_first().ok_or(BadContents)?;
        Ok(UserUser {
            protocol: UserProtocol::from_code(protocol),
            octets: octets.try_into().map_err(|_| BadContents)?,
        })
    }

    pub(super) fn emit(&self) -> Contents {
        [self.protocol.code()].into_iter().chain(self.octets.iter().copied()).collect()
    }
}

impl fmt::Debug for UserUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserUser({:?}, {} octets)", self.protocol, self.octets.len())
    }
}
