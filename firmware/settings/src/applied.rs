//! What became of a change, and which version of the settings something follows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a machine did with changed settings. Ordered: the answer of a whole box is the greatest of its parts'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applied {
    /// They hold from now on.
    #[default]
    Applied,
    /// They hold for what begins from now on; what is going on ends as it began.
    WhenIdle,
    /// They hold after a restart of the daemon.
    NeedsRestart,
}

/// A version of the settings, counted from 1 by whoever keeps them. A call keeps the version it began with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
