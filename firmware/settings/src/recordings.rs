//! Recordings: whose word it takes to hear one.

use serde::{Deserialize, Serialize};

/// What the owner decides about all recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    /// Whether a recording is opened only where two people agreed to it. Who has a slot can open one call without, for an hour, and
    /// somebody else is told at once.
    pub two_people_open: bool,
}

impl Recordings {
    /// Whether nothing was decided.
    pub fn is_default(&self) -> bool {
        *self == Recordings::default()
    }
}
