//! Places where a call is parked until somebody takes it up at another telephone.

use serde::{Deserialize, Serialize};

/// Where calls are parked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Park {
    /// The places, each a number that is dialled within the house: it parks a party on hold there, and takes up who is there.
    pub places: Vec<String>,
    /// How long somebody is parked before the telephone that did it is rung, in seconds.
    pub returns_s: u16,
}

/// The shortest and the longest of that time.
pub(crate) const PARKED_S: (i64, i64) = (10, 1800);

/// As many places as two digits tell apart: more than people remember.
pub(crate) const PLACES_MAX: i64 = 100;

impl Default for Park {
    fn default() -> Park {
        Park { places: Vec::new(), returns_s: 120 }
    }
}

impl Park {
    /// Whether nothing was chosen.
    pub(crate) fn is_default(&self) -> bool {
        *self == Park::default()
    }
}
