//! Whether and when the box tests its analog ports by itself.

use serde::{Deserialize, Serialize};

/// Tests of telephones' and outside lines' ports at night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortTests {
    /// Whether.
    pub nightly: bool,
    /// In which hour, of UTC: the box knows no other clock. China's 3 o'clock is 19.
    pub hour_utc: u8,
}

impl PortTests {
    /// The last hour of a day.
    pub const HOUR_MAX: u8 = 23;

    pub(crate) fn is_default(&self) -> bool {
        *self == PortTests::default()
    }
}

impl Default for PortTests {
    fn default() -> PortTests {
        PortTests { nightly: true, hour_utc: 19 }
    }
}
