//! The sixteen digits and their frequencies: ITU-T Q.23.

use std::fmt;

/// The rows, in hertz.
pub const LOW_GROUP_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// The columns, in hertz.
pub const HIGH_GROUP_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// One of the sixteen digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DtmfDigit {
    row: u8,
    column: u8,
}

impl DtmfDigit {
    /// The digit of a row and a column, each 0 to 3; higher numbers wrap.
    pub const fn new(row: usize, column: usize) -> DtmfDigit {
        DtmfDigit { row: (row % 4) as u8, column: (column % 4) as u8 }
    }

    /// The digit of a key: `0`-`9`, `*`, `#`, `A`-`D`.
    pub fn of_char(key: char) -> Option<DtmfDigit> {
        let place = KEYS.as_flattened().iter().position(|&known| known == key)?;
        Some(DtmfDigit::new(place / 4, place % 4))
    }

    /// All sixteen.
    pub fn all() -> impl Iterator<Item = DtmfDigit> {
        (0..16).map(|place| DtmfDigit::new(place / 4, place % 4))
    }

    /// The key.
    pub const fn as_char(self) -> char {
        KEYS[self.row as usize][self.column as usize]
    }

    /// The key as an ASCII octet.
    pub const fn as_ascii(self) -> u8 {
        self.as_char() as u8
    }

    /// The row's place in [`LOW_GROUP_HZ`].
    pub const fn row(self) -> usize {
        self.row as usize
    }

    /// The column's place in [`HIGH_GROUP_HZ`].
    pub const fn column(self) -> usize {
        self.column as usize
    }

    /// The frequency of its row.
    pub const fn low_hz(self) -> f32 {
        LOW_GROUP_HZ[self.row as usize]
    }

    /// The frequency of its column.
    pub const fn high_hz(self) -> f32 {
        HIGH_GROUP_HZ[self.column as usize]
    }
}

impl fmt::Debug for DtmfDigit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A dialled digit may be a card number's: no log shows it by accident.
        f.write_str("DtmfDigit(secret)")
    }
}
