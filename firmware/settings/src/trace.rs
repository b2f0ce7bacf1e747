//! What the traces of D-channels keep.

use serde::{Deserialize, Serialize};

/// The traces of D-channels. Keypad digits, names and what users tell each other are never kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// Numbers of those who call and are called.
    #[serde(default)]
    pub numbers: TracedNumbers,
}

/// What is kept of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TracedNumbers {
    /// Their first and last digits.
    #[default]
    Masked,
    /// All of them.
    Whole,
}

impl Traces {
    pub(crate) fn is_default(&self) -> bool {
        *self == Traces::default()
    }
}
