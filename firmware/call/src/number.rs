//! A telephone number as it is dialled, shown and matched: digits, `*`, `#` and a leading `+`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The longest number that is kept: E.164 has 15 digits, prefixes and service codes come on top.
pub const NUMBER_MAX_LEN: usize = 32;

/// A telephone number. Never empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Number(String);

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number has 1 to {NUMBER_MAX_LEN} of 0-9, *, #, A-D, and may begin with +")]
pub struct NumberError;

impl Number {
    /// The number's characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with its middle hidden, as lists show it: the first three and last four of eleven digits stay.
    pub fn masked(&self) -> String {
        let len = self.0.len();
        let (head, tail) = isdn::trace::shown_ends(len);
        format!("{}{}{}", &self.0[..head], "*".repeat(len - head - tail), &self.0[len - tail..])
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Number, NumberError> {
        let rest = text.strip_prefix('+').unwrap_or(text);
        let fits = !rest.is_empty()
            && text.len() <= NUMBER_MAX_LEN
            && rest.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D'));
        if fits { Ok(Number(text.to_owned())) } else { Err(NumberError) }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Logs show numbers as pages do.
        write!(f, "Number({})", self.masked())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_hides_the_middle_of_a_number() {
        let masked = |text: &str| text.parse::<Number>().unwrap().masked();
        assert_eq!(masked("13912348000"), "139****8000");
        assert_eq!(masked("62001234"), "62***234");
        assert_eq!(masked("801"), "801");
        assert_eq!(masked("110"), "110");
    }

    #[test]
    fn letters_blanks_and_empty_texts_are_no_numbers() {
        for wrong in ["", "+", "62 00", "1-2", "abc", "+86+1", "123456789012345678901234567890123"] {
            assert!(wrong.parse::<Number>().is_err(), "{wrong}");
        }
    }
}
