//! Numbers that the network delivers, and what a number leads to.

use serde::{Deserialize, Serialize};

/// A number that the network delivers (DDI).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRow {
    /// The number, or the last digits of it that the network delivers.
    pub number: String,
    /// Holds for calls only that were diverted from this number, or one that ends so. Such a row comes before one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverted_from: Option<String>,
    /// Holds for calls only that ask for this subaddress behind the number. Such a row comes before one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subaddress: Option<String>,
    /// What it leads to.
    pub to: Target,
}

/// What a number leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A flow, by name.
    Flow(String),
    /// A queue, by name.
    Queue(String),
    /// A station, by extension.
    Station(String),
}

/// The longest subaddress of text (Q.931, 4.5.9: 20 octets, of which one says that it is text).
const SUBADDRESS_MAX_CHARS: usize = 19;

/// Whether a text is a subaddress as ISDN telephones write it: printable characters of IA5.
pub(crate) fn is_subaddress(text: &str) -> bool {
    (1..=SUBADDRESS_MAX_CHARS).contains(&text.len()) && text.bytes().all(|octet| (b' '..=b'~').contains(&octet))
}

/// The longest extension, prefix or number: E.164 has 15 digits, prefixes and service codes come on top.
pub(crate) const NUMBER_MAX_DIGITS: usize = 32;

/// Whether a text is a number of digits only, as extensions, prefixes and delivered numbers are.
pub(crate) fn is_digits(text: &str) -> bool {
    (1..=NUMBER_MAX_DIGITS).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
}
