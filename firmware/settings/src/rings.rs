//! How telephones ring, so that who hears it knows where a call comes from.

use serde::{Deserialize, Serialize};

/// The ring for each source of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rings {
    /// From a telephone of the house.
    pub inside: Ring,
    /// From outside.
    pub outside: Ring,
    /// By a queue, wherever its caller is.
    pub queue: Ring,
    /// The telephone is called back: the party is free that it wanted.
    pub call_back: Ring,
}

impl Rings {
    /// Whether nothing was chosen.
    pub(crate) fn is_default(&self) -> bool {
        *self == Rings::default()
    }
}

/// A ring. What each is in a country stands in `analog`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ring {
    /// The country's.
    #[default]
    Usual,
    /// Two bursts; one long one where the country's has two.
    Second,
    /// A short burst and a long one.
    Third,
}
