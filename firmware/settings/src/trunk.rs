//! Trunk groups: spans and outside lines that serve as one.

use frame::PortId;
use serde::{Deserialize, Serialize};

use crate::{Numbering, OutsideLines, Target};

/// A trunk group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkGroup {
    /// Its name.
    pub name: String,
    /// Its jacks, in the order in which they are tried: all of one kind.
    pub ports: Vec<PortId>,
    /// What is dialled before an outside number to choose it; empty where it can't be dialled.
    #[serde(default)]
    pub outside_prefix: String,
    /// T1 lines whose calls are signalled over one D-channel (non-associated signalling): the jack that it is on. Interfaces
    /// are numbered from 0 in the order of `ports`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d_channel: Option<PortId>,
    /// The jack of the D-channel that takes over when that one is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_d_channel: Option<PortId>,
    /// Which side of the exchange's line the box plays on its spans.
    #[serde(default)]
    pub role: Role,
    /// Which practice of ISDN the far side follows.
    #[serde(default)]
    pub dialect: Dialect,
    /// How the far side numbers the B-channels of its spans.
    #[serde(default)]
    pub channel_numbers: ChannelNumbers,
    /// In which order B-channels are taken for outgoing calls: where it is not said, from the end from which the far side
    /// usually does not take them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hunting: Option<Hunting>,
    /// How its outside lines behave.
    #[serde(default)]
    pub lines: OutsideLines,
    /// The number that is shown to those who are called, where the caller has none of their own outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_number: Option<String>,
    /// How numbers and names are written on its spans.
    #[serde(default, skip_serializing_if = "is_default")]
    pub numbers: Numbering,
    /// Which calls the network may join and take from the box.
    #[serde(default)]
    pub hand_over: HandOver,
    /// Whether a private exchange at the far side may have two of its calls joined (transfer). The box joins them itself and
    /// keeps them: what is recorded is recorded on.
    #[serde(default)]
    pub joins_calls: bool,
    /// What a call leads to whose called number is in no row; outside lines deliver none at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Target>,
}

/// The side of an ISDN interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The subscriber's: a public exchange is at the far end.
    #[default]
    User,
    /// The exchange's: another private exchange is at the far end.
    Network,
}

/// A practice of ISDN. What it changes is a table in `isdn`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// China's public exchanges.
    #[default]
    China,
    /// ETSI EN 300 403-1.
    EuroIsdn,
    /// QSIG, ECMA-143: a private exchange at the far end, as an equal.
    Qsig,
    /// National ISDN 2.
    Ni2,
    /// Nortel DMS-100.
    Dms100,
    /// AT&T 4ESS.
    #[serde(rename = "4ess")]
    Att4ess,
    /// Lucent 5ESS, custom.
    #[serde(rename = "5ess")]
    Lucent5ess,
}

impl Dialect {
    /// Whether it is spoken on T1 lines. `isdn` says the same.
    pub const fn is_of_t1(self) -> bool {
        matches!(self, Dialect::Ni2 | Dialect::Dms100 | Dialect::Att4ess | Dialect::Lucent5ess)
    }
}

/// How the far side numbers the B-channels of its spans. Some private exchanges count from 1 to 30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelNumbers {
    /// By timeslot: 1 to 15 and 17 to 31.
    #[default]
    Timeslots,
    /// From 1 to 30, with no gap for the D-channel.
    Consecutive,
}

/// Which calls between two channels of a group the network may join and take from the box: two channels are free then,
/// and a recording ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HandOver {
    /// None.
    #[default]
    Never,
    /// Those that are not recorded.
    Unrecorded,
    /// All: the recording may end here.
    All,
}

/// The order in which free B-channels are taken. The far side should take them from the other end: fewer glares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hunting {
    /// From timeslot 31 down.
    HighestFirst,
    /// From timeslot 1 up.
    LowestFirst,
}

fn is_default(numbers: &Numbering) -> bool {
    *numbers == Numbering::default()
}
