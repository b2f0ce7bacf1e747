//! Digits that a caller keyed. They may be a card number, so nothing that prints them shows more than their count.

use std::fmt;

/// Digits whose text leaves only by [`Secret::reveal`]. There is no `Display` and no serde on purpose.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// No digits yet.
    pub fn new() -> Secret {
        Secret::default()
    }

    /// Adds a digit.
    pub fn push(&mut self, digit: char) {
        self.0.push(digit);
    }

    /// How many digits there are.
    pub fn count(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The digits. Whoever calls this answers for where they go.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} digits)", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_digits_shows_only_how_many_there_are() {
        let mut digits = Secret::new();
        "6225880100001234".chars().for_each(|digit| digits.push(digit));
        assert_eq!(format!("{digits:?}"), "Secret(16 digits)");
        assert_eq!(digits.reveal(), "6225880100001234");
    }
}
