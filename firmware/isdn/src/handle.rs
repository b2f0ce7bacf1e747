//! The name of a call on one span. It outlives the call harmlessly.

use serde::{Deserialize, Serialize};

/// Names a call of one [`Span`](crate::Span). The generation tells a late request from the slot's next call, so a stale
/// handle reaches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallHandle {
    /// The slot in the span's table of calls.
    pub slot: u16,
    /// How often the slot has been used before.
    pub generation: u32,
}
