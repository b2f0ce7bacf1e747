//! What is asked of single analog ports, and what is answered.

use analog::port_test::Findings;
use frame::Stamp;
use serde::{Deserialize, Serialize};

/// What a test of a port found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedPort {
    /// When.
    pub at: Stamp,
    /// What.
    pub findings: Findings,
}

/// Why a port was not tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTested {
    /// The board has no such jack.
    NoSuchPort,
    /// It is no jack for a telephone or an outside line.
    NotAnalog,
    /// The settings have nothing on it, so nobody knows what it should be.
    NotInUse,
    /// Somebody uses it, or it rings.
    Busy,
    /// It is being tested.
    UnderWay,
}
