//! Elements that carry text: digits, names, user-user. Q.931, 4.5.16, 4.5.18, 4.5.30.

use std::{fmt, str::FromStr};

use arrayvec::{ArrayString, ArrayVec};
use serde::{Deserialize, Serialize};

use super::{BadContents, Contents};

/// Digits of a number or of a keypad, 0 to 32 printable characters of IA5.
///
/// They may be a personal number or a secret, so `Debug` prints their count only.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digits(ArrayString<{ Digits::MAX }>);

/// A name to show, as it came: the character set is for whoever shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Display(ArrayVec<u8, { Display::MAX_OCTETS }>);

/// User-user information, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserUser {
    /// The protocol discriminator; 4 is IA5 text.
    pub protocol: u8,
    /// What the users tell each other.
    pub octets: ArrayVec<u8, { UserUser::MAX_OCTETS }>,
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

    /// A name from text, cut at a character where it is too long.
    pub fn from_text(text: &str) -> Display {
        let cut = (0..=text.len().min(Display::MAX_OCTETS)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        Display(text.bytes().take(cut).collect())
    }

    /// The octets as they came.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The name as text, without the display type that some networks put first (0xb1), with what is not UTF-8 replaced.
    pub fn to_text(&self) -> String {
        let octets = match self.0.as_slice() {
            [0x80..=0xbf, rest @ ..] => rest,
            all => all,
        };
        String::from_utf8_lossy(octets).into_owned()
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

    pub(super) fn parse(contents: &[u8]) -> Result<UserUser, BadContents> {
        let (&protocol, octets) = contents.split_first().ok_or(BadContents)?;
        Ok(UserUser { protocol, octets: octets.try_into().map_err(|_| BadContents)? })
    }

    pub(super) fn emit(&self) -> Contents {
        [self.protocol].into_iter().chain(self.octets.iter().copied()).collect()
    }
}
