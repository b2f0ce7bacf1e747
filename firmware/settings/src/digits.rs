//! How long a telephone of the house waits for digits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long digits are waited for. Nothing waits behind `#`, nor behind a number that can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Digits {
    /// The first one, in seconds: so long is the dial tone.
    pub first_s: u16,
    /// Each further one, in seconds.
    pub next_s: u16,
}

/// The shortest and the longest dial tone: people look a number up, and a handset that was knocked off has to be told.
pub(crate) const FIRST_S: (i64, i64) = (5, 60);

/// The same of the pause between two digits: below 2 s slow fingers are cut off, and above 15 s people hang up.
pub(crate) const NEXT_S: (i64, i64) = (2, 15);

impl Default for Digits {
    fn default() -> Digits {
        // Q.931's T302 is of the size of the second one.
        Digits { first_s: 15, next_s: 4 }
    }
}

impl Digits {
    /// How long the first digit is waited for.
    pub const fn first(self) -> Duration {
        Duration::from_secs(self.first_s as u64)
    }

    /// How long the next one is waited for.
    pub const fn next(self) -> Duration {
        Duration::from_secs(self.next_s as u64)
    }

    /// Whether nothing was chosen.
    pub(crate) fn is_default(&self) -> bool {
        *self == Digits::default()
    }
}
