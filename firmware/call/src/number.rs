//! A telephone number as it is dialled, shown and matched: digits, `*`, `#` and a leading `+`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use settings::Pause;

/// The longest number that is kept: E.164 has 15 digits, prefixes and service codes come on top.
pub const NUMBER_MAX_LEN: usize = 32;

/// A telephone number. Never empty.
///
/// Where it is dialled on an outside line, pauses may go with it. They are no part of what it is written, kept, shown and
/// compared by with rules, which is its digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Number {
    digits: Box<str>,
    /// Boxed, since events are full of numbers and hardly one has any.
    #[serde(skip_serializing)]
    pauses: Option<Box<Pauses>>,
}

/// The pauses of a number, in their order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Pauses(Vec<Placed>);

/// A pause between the digits of a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Placed {
    /// How many digits go before it.
    behind: usize,
    pause: Pause,
}

/// A key of a number as it is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKey {
    /// A digit, `*` or `#`.
    Key(char),
    /// A pause.
    Pause(Pause),
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number has 1 to {NUMBER_MAX_LEN} of 0-9, *, #, A-D, and may begin with +")]
pub struct NumberError;

impl Number {
    /// The number's characters.
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The number with the pauses of `dialled`, of which it is the end.
    #[must_use]
    pub fn dialled_as(self, dialled: &str) -> Number {
        let before = Pause::taken_out(dialled).len().saturating_sub(self.digits.len());
        let mut keys = 0_usize;
        let mut pauses = Vec::new();
        for key in dialled.chars() {
            match Pause::of_char(key) {
                Some(pause) => pauses.push(Placed { behind: keys.saturating_sub(before), pause }),
                None => keys += 1,
            }
        }
        Number { pauses: (!pauses.is_empty()).then(|| Box::new(Pauses(pauses))), ..self }
    }

    /// What is sent for it on an outside line, one behind the other.
    pub fn keys(&self) -> impl Iterator<Item = NumberKey> {
        let pauses = self.pauses.as_ref().map_or(&[][..], |pauses| &pauses.0);
        let before = move |place: usize| {
            let here = pauses.iter().filter(move |placed| placed.behind == place);
            here.map(|placed| NumberKey::Pause(placed.pause))
        };
        let keys = self.digits.chars().enumerate();
        keys.flat_map(move |(place, key)| before(place).chain([NumberKey::Key(key)])).chain(before(self.digits.len()))
    }

    /// The number with its middle hidden, as lists show it: the first three and last four of eleven digits stay.
    pub fn masked(&self) -> String {
        let len = self.digits.len();
        let (head, tail) = isdn::trace::shown_ends(len);
        format!("{}{}{}", &self.digits[..head], "*".repeat(len - head - tail), &self.digits[len - tail..])
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Number, NumberError> {
        let rest = text.strip_prefix('+').unwrap_or(text);
        let fits = !rest.is_empty()
            && text.len() <= NUMBER_MAX_LEN
            && rest.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D'));
        if fits { Ok(Number { digits: text.into(), pauses: None }) } else { Err(NumberError) }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits)
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

    fn sent(number: &Number) -> String {
        let key = |key| match key {
            NumberKey::Key(key) => key,
            NumberKey::Pause(Pause::Short) => ',',
            NumberKey::Pause(Pause::DialTone) => 'w',
        };
        number.keys().map(key).collect()
    }

    #[test]
    fn pauses_go_with_a_number_and_are_no_part_of_it() {
        let bare: Number = "62001234".parse().unwrap();
        for (dialled, sends) in [
            ("962001234", "62001234"),
            ("9,62001234", ",62001234"),
            (",9w62001234", ",w62001234"),
            ("962,001234,,", "62,001234,,"),
        ] {
            let number = bare.clone().dialled_as(dialled);
            assert_eq!(sent(&number), sends, "{dialled}");
            assert_eq!(number.as_str(), "62001234");
            assert_eq!(toml::Value::try_from(&number).unwrap().as_str(), Some("62001234"), "what is kept");
            assert_eq!((number.to_string(), number.masked()), (bare.to_string(), bare.masked()));
        }
        assert!("62,001234".parse::<Number>().is_err(), "nobody keys one");
    }

    #[test]
    fn letters_blanks_and_empty_texts_are_no_numbers() {
        for wrong in ["", "+", "62 00", "1-2", "abc", "+86+1", "123456789012345678901234567890123"] {
            assert!(wrong.parse::<Number>().is_err(), "{wrong}");
        }
    }
}
