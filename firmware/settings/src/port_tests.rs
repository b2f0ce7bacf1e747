//! Whether and when the box tests its analog ports by itself.

use frame::PortId;
use serde::{Deserialize, Serialize};

use crate::Settings;

/// Tests of telephones' and outside lines' ports at night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortTests {
    /// In which hour of UTC they begin, the box knowing no other clock: China's 3 o'clock is 19. Never where nothing is said:
    /// an outside line is seized for its test, and what that is to whoever is at its other end only its owner knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nightly_hour_utc: Option<u8>,
}

impl PortTests {
    /// The last hour of a day.
    pub const HOUR_MAX: u8 = 23;

    pub(crate) fn is_default(&self) -> bool {
        *self == PortTests::default()
    }
}

impl Settings {
    /// Whether a port may be tested: something of the settings uses it, and does not leave it out.
    pub fn tests_port(&self, port: PortId) -> bool {
        let is_station = self.stations.iter().any(|station| station.port == port && station.port_tests);
        is_station || self.trunks.iter().any(|group| group.lines.port_tests && group.ports.contains(&port))
    }
}
