//! What differs between the networks that all call themselves ISDN: one table, asked here and nowhere else.
//!
//! Sources: EN 300 403-1 for EuroISDN; for China's practice the SETUPs that its carriers send and take.
//! Not here yet: QSIG, NI-2, DMS-100, 4ESS, 5ESS.

use serde::{Deserialize, Serialize};

/// A network's way of speaking Q.931.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// EN 300 403-1, also called DSS1 or ETSI.
    EuroIsdn,
    /// China's carriers: EuroISDN with habits of its own.
    #[default]
    China,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Sending complete stands first instead of in its ascending place.
    pub complete_first: bool,
    /// As the user we name a channel that only we prefer; the network may give another. It saves a call in a glare.
    pub user_prefers_channel: bool,
    /// As the network we do the same.
    pub network_prefers_channel: bool,
    /// The user may send Display. ETSI has it from the network only.
    pub user_sends_display: bool,
}

impl Dialect {
    /// The row of a dialect.
    pub const fn rules(self) -> Rules {
        match self {
            Dialect::EuroIsdn => Rules {
                complete_first: false,
                user_prefers_channel: true,
                network_prefers_channel: false,
                user_sends_display: false,
            },
            Dialect::China => Rules {
                complete_first: true,
                user_prefers_channel: true,
                network_prefers_channel: true,
                user_sends_display: false,
            },
        }
    }
}
