//! The outside lines of a town, as the exchange behind each sees them.

use frame::{LaneId, PortId, Time};

/// One outside line.
#[derive(Clone, Debug)]
pub struct Line {
    pub port: PortId,
    pub lane: LaneId,
    /// The script of whoever calls in or is called on it.
    pub script: Option<usize>,
    /// How many digits the house has dialled since it seized the line.
    pub dialled: u32,
    /// Until then the house lets the line rest.
    pub free_from: Time,
}

impl Line {
    pub fn is_idle(&self, now: Time) -> bool {
        self.script.is_none() && now >= self.free_from
    }
}
