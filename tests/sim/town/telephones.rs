//! The telephones of a town as the people at them see them.

use frame::{CallId, LaneId, LegId, Time};

/// One telephone.
#[derive(Clone, Debug)]
pub struct Telephone {
    pub extension: String,
    pub position: u8,
    pub lane: LaneId,
    /// Whether the handset is up.
    pub lifted: bool,
    /// How often it was lifted.
    pub lifts: u32,
    /// Until then the house may take a new lift for a flash.
    pub free_from: Time,
    /// The script of a person who came to call from here.
    pub dials_for: Option<usize>,
    /// The leg that the house has here.
    pub leg: Option<(CallId, LegId)>,
    /// Whether its people talk.
    pub talks: bool,
}

impl Telephone {
    /// Whether a person who comes to call finds it free.
    pub fn is_idle(&self, now: Time) -> bool {
        now >= self.free_from && !self.lifted && self.leg.is_none() && self.dials_for.is_none()
    }
}
