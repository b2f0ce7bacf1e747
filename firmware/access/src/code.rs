//! The owner's code: printed once at the first start, it makes its holder the owner.
//!
//! Sixteen letters of Crockford's base 32 in groups of four, 80 bits: too many to try even without a lockout, and short
//! enough to copy by hand. `I`, `L` and `O` are read as the digits that they look like; `U` is left out.

use std::{fmt, str::FromStr};

use crate::Password;

/// How many random octets make a code.
pub const CODE_RANDOM_OCTETS: usize = 10;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LETTERS: usize = 16;

/// The code. Its `Display` is for the terminal of the first start; its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnerCode(u128);

impl OwnerCode {
    /// The code that these random octets make.
    pub fn from_random(octets: [u8; CODE_RANDOM_OCTETS]) -> OwnerCode {
        OwnerCode(octets.iter().fold(0, |value, &octet| value << 8 | u128::from(octet)))
    }

    /// The code as what is hashed: one spelling, however it was typed.
    pub fn as_password(&self) -> Password {
        Password::of_code(&self.to_string())
    }
}

impl fmt::Display for OwnerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for at in 0..CODE_LETTERS {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            let letter = self.0 >> (5 * (CODE_LETTERS - 1 - at)) & 31;
            write!(f, "{}", char::from(LETTERS[letter as usize]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for OwnerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerCode(…)")
    }
}

impl FromStr for OwnerCode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<OwnerCode, Self::Err> {
        let wrong = "a code has 16 letters and digits in four groups";
        let (mut value, mut letters) = (0, 0);
        for letter in text.bytes().filter(|letter| !matches!(letter, b'-' | b' ')) {
            value = value << 5 | u128::from(letter_value(letter).ok_or(wrong)?);
            letters += 1;
            if letters > CODE_LETTERS {
                return Err(wrong);
            }
        }
        if letters == CODE_LETTERS { Ok(OwnerCode(value)) } else { Err(wrong) }
    }
}

fn letter_value(letter: u8) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    LETTERS.iter().position(|&known| known == letter).map(|at| at as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        let code = OwnerCode::from_random([0xff, 0, 0x10, 0x20, 0x7f, 0x80, 1, 2, 3, 0xfe]);
        let text = code.to_string();
        assert_eq!(text.len(), 19);
        let sloppy = text.replace('-', " ").to_lowercase().replace('0', "o").replace('1', "l");
        for typed in [text.clone(), text.replace('-', ""), sloppy] {
            assert_eq!(typed.parse(), Ok(code.clone()), "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let letters = "0".repeat(17);
        for wrong in ["", "0000-0000-0000-000", "U000-0000-0000-0000", "零零零零", &letters] {
            assert!(wrong.parse::<OwnerCode>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_log_shows_a_code() {
        assert_eq!(format!("{:?}", OwnerCode::from_random([7; 10])), "OwnerCode(…)");
    }
}
