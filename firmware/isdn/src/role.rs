//! Which side of the interface a span plays. One machine plays both: our simulated exchange is our own code mirrored.

use serde::{Deserialize, Serialize};

/// The side of the user-network interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A private exchange on a carrier's line: TE.
    #[default]
    User,
    /// The exchange, or our side towards an older private exchange: NT.
    Network,
}

impl Role {
    /// The far end's role on a line that is set up rightly.
    pub const fn opposite(self) -> Role {
        match self {
            Role::User => Role::Network,
            Role::Network => Role::User,
        }
    }
}
