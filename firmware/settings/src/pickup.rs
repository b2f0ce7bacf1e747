//! Telephones whose people take each other's calls.

use serde::{Deserialize, Serialize};

/// As many groups as a house of the largest size has rooms with a telephone in each of ten.
pub(crate) const GROUPS_MAX: i64 = 100;

/// Telephones of one room or ward: whoever is there takes a call that rings at any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickupGroup {
    /// Its name.
    pub name: String,
    /// Its stations, by extension.
    pub stations: Vec<String>,
}
