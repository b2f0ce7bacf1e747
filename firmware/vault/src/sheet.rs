//! A share as people write and type it: twelve rows of two groups of four characters.
//!
//! Letters as the owner's code has them: Crockford's base 32 without I, L, O and U; typed I and L count as 1, O as 0,
//! small letters as large ones. Each row has a check octet of its own (CRC-8, x^8 + x^4 + x^3 + x^2 + 1, over the row's
//! number and its four octets), so that a mistyped row is named before the next one is typed: a wrong character and two
//! exchanged characters or rows are always found, since the polynomial divides none of these differences. What is behind
//! the rows is 48 octets: 8 of the vault's id, epoch 4, index 1, value 32, and 3 of a hash over all of them.

use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    Secret, Share,
    octets::{Put, Reader},
    shares::SHARES,
    suite::hash,
};

/// Rows of a share.
pub const ROWS: usize = 12;

/// Octets that a row carries besides its check.
const ROW_OCTETS: usize = 4;

/// Characters of a row without the hyphen.
const ROW_LETTERS: usize = 8;

/// Octets of the checksum over the whole share.
const SUM_OCTETS: usize = 3;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const CRC_POLYNOMIAL: u8 = 0x1d;

/// What is wrong with a typed share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// There are not twelve rows.
    #[error("{0} rows instead of {ROWS}")]
    Rows(usize),
    /// A row is mistyped. Rows count from 1.
    #[error("row {0} is mistyped")]
    Row(u8),
    /// Each row is one of a share, and all of them are none: rows of two shares were mixed.
    #[error("the rows are not of one share")]
    Mixed,
}

/// A row that was typed right.
pub struct Row(Zeroizing<[u8; ROW_OCTETS]>);

impl Row {
    /// Reads row `number`, from 1. Spaces and hyphens do not count.
    ///
    /// # Errors
    /// [`TypedError::Row`] where it is mistyped.
    pub fn typed(number: u8, text: &str) -> Result<Row, TypedError> {
        let wrong = TypedError::Row(number);
        let letters = text.bytes().filter(|letter| !matches!(letter, b'-' | b' '));
        let mut bits = 0_u64;
        let mut count = 0;
        for letter in letters {
            bits = bits << 5 | u64::from(letter_value(letter).ok_or(wrong)?);
            count += 1;
            // Not after the loop: the bits of a longer row would run out of the number.
            if count > ROW_LETTERS {
                return Err(wrong);
            }
        }
        let [.., a, b, c, d, check] = bits.to_be_bytes();
        let octets = [a, b, c, d];
        if count == ROW_LETTERS && check == crc(number, octets) { Ok(Row(Zeroizing::new(octets))) } else { Err(wrong) }
    }

    fn text(number: u8, octets: [u8; ROW_OCTETS]) -> Zeroizing<String> {
        let [a, b, c, d] = octets;
        let bits = u64::from_be_bytes([0, 0, 0, a, b, c, d, crc(number, octets)]);
        let letter = |at: usize| char::from(LETTERS[(bits >> (35 - 5 * at) & 31) as usize]);
        let mut text = Zeroizing::new(String::with_capacity(ROW_LETTERS + 1));
        (0..4).for_each(|at| text.push(letter(at)));
        text.push('-');
        (4..8).for_each(|at| text.push(letter(at)));
        text
    }
}

impl Share {
    /// The rows, as they are shown.
    pub fn rows(&self) -> [Zeroizing<String>; ROWS] {
        let octets = Zeroizing::new(self.octets());
        let mut rows = octets.as_chunks().0.iter();
        std::array::from_fn(|at| Row::text(at as u8 + 1, rows.next().copied().unwrap_or_default()))
    }

    /// The share that these rows are.
    ///
    /// # Errors
    /// [`TypedError::Mixed`] where they are no share's.
    pub fn of_rows(rows: &[Row; ROWS]) -> Result<Share, TypedError> {
        let mut octets = Zeroizing::new(Vec::with_capacity(ROWS * ROW_OCTETS));
        rows.iter().for_each(|row| octets.octets(&*row.0));
        Share::parse(&octets).ok_or(TypedError::Mixed)
    }

    /// The share in a typed text whose rows have spaces or new lines between them.
    ///
    /// # Errors
    /// The first row that is mistyped, or how many there are.
    pub fn typed(text: &str) -> Result<Share, TypedError> {
        let typed: Vec<&str> = text.split_whitespace().collect();
        let rows = (1..).zip(&typed).map(|(number, row)| Row::typed(number, row)).take(ROWS);
        let rows = rows.collect::<Result<Vec<Row>, TypedError>>()?;
        if typed.len() > ROWS {
            return Err(TypedError::Rows(typed.len()));
        }
        let rows = <[Row; ROWS]>::try_from(rows).map_err(|rows| TypedError::Rows(rows.len()))?;
        Share::of_rows(&rows)
    }

    fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(ROWS * ROW_OCTETS);
        octets.octets(&self.vault);
        octets.u32(self.epoch);
        octets.u8(self.index);
        octets.octets(self.value.expose());
        let sum = sum(&octets);
        octets.octets(&sum);
        octets
    }

    fn parse(octets: &[u8]) -> Option<Share> {
        let (body, wanted) = octets.split_last_chunk::<SUM_OCTETS>()?;
        let mut reader = Reader::new(body);
        let (vault, epoch, index) = (reader.array().ok()?, reader.u32().ok()?, reader.u8().ok()?);
        let mut value = reader.array().ok()?;
        let share = Share { vault, epoch, index, value: Secret::new(value) };
        value.zeroize();
        let fits = reader.end().is_ok() && (1..=SHARES).contains(&index) && sum(body) == *wanted;
        fits.then_some(share)
    }
}

fn sum(body: &[u8]) -> [u8; SUM_OCTETS] {
    let [a, b, c, ..] = hash("ringfence share", &[body]);
    [a, b, c]
}

fn letter_value(letter: u8) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    };
    LETTERS.iter().position(|known| *known == letter).map(|at| at as u8)
}

fn crc(number: u8, octets: [u8; ROW_OCTETS]) -> u8 {
    let step = |crc: u8, _| crc << 1 ^ CRC_POLYNOMIAL & (crc >> 7).wrapping_neg();
    let all = std::iter::once(number).chain(octets);
    all.fold(0, |crc, octet| (0..8).fold(crc ^ octet, step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Seeded, VaultId, split};

    fn share(seed: u64) -> Share {
        let mut random = Seeded::new(seed);
        let key = Secret::draw(&mut random);
        let [_, second, _] = split(&key, &VaultId([7; 16]), 3, &mut random);
        second
    }

    fn text(share: &Share) -> String {
        share.rows().map(|row| row.to_string()).join("\n")
    }

    #[test]
    fn a_share_reads_as_format_md_shows_it() {
        let value = Secret::fill_with(|at| at as u8);
        let share = Share { vault: [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7], epoch: 1, index: 2, value };
        let rows = share.rows().map(|row| row.to_string());
        let page = include_str!("../FORMAT.md").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(&rows.join(" ")), "{rows:?}");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_however_it_is_typed(seed: u64) {
            let share = share(seed);
            let shown = text(&share);
            prop_assert_eq!(Share::typed(&shown), Ok(share.clone()));
            prop_assert_eq!(Share::typed(&shown.to_lowercase().replace('-', "")), Ok(share.clone()));
            prop_assert_eq!(Share::typed(&shown.replace('1', "l").replace('0', "o")), Ok(share));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = Share::typed(&text);
        }

        #[test]
        fn a_wrong_character_and_two_that_are_exchanged_name_their_row(seed: u64) {
            for (number, row) in (1..).zip(share(seed).rows()) {
                let row: Vec<u8> = row.bytes().filter(|letter| *letter != b'-').collect();
                for mistyped in mistyped(&row) {
                    let text = String::from_utf8(mistyped).unwrap();
                    prop_assert_eq!(Row::typed(number, &text).err(), Some(TypedError::Row(number)), "{}", text);
                }
            }
        }

        #[test]
        fn rows_in_another_order_or_of_another_share_are_found(seed: u64) {
            let (one, other) = (share(seed).rows(), share(seed ^ 1).rows());
            for (shown_as, row) in (1..).zip(&one) {
                for number in (1..=ROWS as u8).filter(|number| *number != shown_as) {
                    prop_assert_eq!(Row::typed(number, row).err(), Some(TypedError::Row(number)));
                }
            }
            let mixed = one[..11].iter().chain(&other[11..]).map(|row| row.as_str()).collect::<Vec<_>>();
            prop_assert_eq!(Share::typed(&mixed.join(" ")), Err(TypedError::Mixed));
        }
    }

    fn mistyped(row: &[u8]) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for at in 0..row.len() {
            for letter in LETTERS.iter().filter(|letter| **letter != row[at]) {
                let mut wrong = row.to_vec();
                wrong[at] = *letter;
                all.push(wrong);
            }
            for with in (0..at).filter(|with| row[*with] != row[at]) {
                let mut wrong = row.to_vec();
                wrong.swap(at, with);
                all.push(wrong);
            }
            let (mut short, mut long) = (row.to_vec(), row.to_vec());
            short.remove(at);
            long.insert(at, b'Z');
            all.extend([short, long]);
        }
        all
    }

    #[test]
    fn rows_that_are_missing_or_too_many_are_counted() {
        let shown = text(&share(1));
        let (eleven, _) = shown.rsplit_once('\n').unwrap();
        assert_eq!(Share::typed(eleven), Err(TypedError::Rows(11)));
        assert_eq!(Share::typed(&format!("{shown} 0000")), Err(TypedError::Rows(13)));
        assert_eq!(Share::typed(""), Err(TypedError::Rows(0)));
        assert_eq!(Row::typed(1, "U000-0000").err(), Some(TypedError::Row(1)));
    }
}
