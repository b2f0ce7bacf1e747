//! Transfers by a telephone of the house that hangs up before the third party has answered.

use serde::{Deserialize, Serialize};

/// What becomes of a party on hold whose holder hangs up before the third party has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transfer {
    /// The party is transferred to the third one, who still rings; without it the party rings back.
    pub before_answer: bool,
    /// How long the third party may then ring before the party goes back to who transferred it, in seconds.
    pub rings_s: u16,
    /// How long the party waits for that telephone at most: it may be in use by then.
    pub returns_s: u16,
}

/// The shortest and the longest of both times. A telephone has to ring once, and who waits gives up after minutes.
pub(crate) const LASTS_S: (i64, i64) = (5, 180);

impl Default for Transfer {
    fn default() -> Transfer {
        Transfer { before_answer: false, rings_s: 30, returns_s: 60 }
    }
}

impl Transfer {
    /// Whether nothing was chosen.
    pub(crate) fn is_default(&self) -> bool {
        *self == Transfer::default()
    }
}
