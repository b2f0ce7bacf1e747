//! What of a call nobody else hears or keeps: numbers that a party keys in secret, and pauses of the recording.
//!
//! Source: design/vault.md, "Pause"; PCI DSS 4.0.1, 3.3.1 (what authenticates a card is kept nowhere, in audio neither).

use serde::{Deserialize, Serialize};

use crate::Key;

/// Who may have something of a talk masked, and how that ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Masking {
    /// Who may let the other party key a number that is neither heard nor recorded.
    pub secret_input: MayMask,
    /// Who may pause the recording of a talk.
    pub pause: MayMask,
    /// After how long either ends by itself, in seconds: whoever forgets it loses no more than that.
    pub longest_s: u16,
    /// The key by which the other party ends a secret number.
    pub end_key: Key,
}

/// Whose telephones may have something of their talk masked: each one more than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MayMask {
    /// Nobody's.
    Nobody,
    /// Those of members of queues.
    #[default]
    Agents,
    /// Everybody's in the house.
    Everybody,
}

/// The longest and the shortest time for which something is masked: a card number takes a caller 20 s.
pub(crate) const LONGEST_S: (i64, i64) = (20, 180);

impl Default for Masking {
    fn default() -> Masking {
        // Who hides what was said takes evidence away, so nobody does before the owner says who.
        Masking {
            secret_input: MayMask::Agents,
            pause: MayMask::Nobody,
            longest_s: LONGEST_S.1 as u16,
            end_key: Key::HASH,
        }
    }
}

impl Masking {
    /// Whether nothing was chosen.
    pub(crate) fn is_default(&self) -> bool {
        *self == Masking::default()
    }
}
