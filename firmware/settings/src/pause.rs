//! Pauses in what is dialled on an outside line: behind a private exchange's prefix, or before an extension behind a number.

/// A pause between keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pause {
    /// `,`: so many milliseconds as [`Pause::MS`] has.
    Short,
    /// `w`: until there is dial tone.
    DialTone,
}

impl Pause {
    /// As long as an exchange needs for its second dial tone, and as modems have it (ITU-T V.250, 6.3.8).
    pub const MS: u16 = 2000;

    /// How it is written.
    pub const fn of_char(key: char) -> Option<Pause> {
        match key {
            ',' => Some(Pause::Short),
            'w' => Some(Pause::DialTone),
            _ => None,
        }
    }

    /// The keys of what is dialled, without the pauses between them. It is this that is a number.
    pub fn taken_out(dialled: &str) -> String {
        dialled.chars().filter(|key| Pause::of_char(*key).is_none()).collect()
    }

    /// How many there are in what is dialled.
    pub(crate) fn count(dialled: &str) -> usize {
        dialled.chars().filter(|key| Pause::of_char(*key).is_some()).count()
    }
}
