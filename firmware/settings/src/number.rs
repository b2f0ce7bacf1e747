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

/// The longest extension, prefix or number: E.164 has 15 digits, prefixes and service codes come on top.
pub(crate) const NUMBER_MAX_DIGITS: usize = 32;

/// Whether a text is a number of digits only, as extensions, prefixes and delivered numbers are.
pub(crate) fn is_digits(text: &str) -> bool {
    (1..=NUMBER_MAX_DIGITS).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
}
