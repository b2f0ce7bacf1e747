//! Stations: the telephones of the house.

use frame::PortId;
use serde::{Deserialize, Serialize};

use crate::{Record, outside_line::is_yes};

/// A station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Its jack.
    pub port: PortId,
    /// Its number within the house.
    pub extension: String,
    /// Who or what it is.
    pub name: String,
    /// How it behaves.
    #[serde(default)]
    pub class: StationClass,
    /// How a headset takes the calls that are announced to it.
    #[serde(default, skip_serializing_if = "Answer::is_by_itself")]
    pub answer: Answer,
    /// Whether it may dial by pulses. Without it, one pulse in a call is a hook-flash.
    #[serde(default)]
    pub pulse_dialling: bool,
    /// Whom it calls by itself once it is lifted: a hot line, or a door station. A number as it is dialled in the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<String>,
    /// After how many seconds in which nothing is dialled; at once where nothing is said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub calls_after_s: u8,
    /// How long its hook may be down for a flash, in milliseconds; a hang-up is told after it. The country's where nothing
    /// is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash_ms: Option<u16>,
    /// What a flash of its hook does in a call.
    #[serde(default)]
    pub flash: Flash,
    /// Whether a call that comes while it talks to one party waits, and is told by a tone in the talk; a flash takes it. Never
    /// where an agent of a queue works, nor at a locked telephone.
    #[serde(default)]
    pub call_waiting: bool,
    /// Whether it is told who it is that waits, beside the tone; `caller_id` alone says whether it is told who rings.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub caller_id_in_talk: bool,
    /// Whether its feed is cut for a moment at the end of a talk: an answering machine, an amplifier or another exchange's
    /// outside line, which lets go of a call by that. Door stations are always let go so.
    #[serde(default, skip_serializing_if = "is_no")]
    pub battery_drop: bool,
    /// What may be dialled there without a PIN.
    #[serde(default)]
    pub lock: Lock,
    /// How it is told who calls.
    #[serde(default)]
    pub caller_id: CallerId,
    /// What tells it that messages wait, beside the dial tone.
    #[serde(default)]
    pub message_lamp: MessageLamp,
    /// Whether its number is withheld from those outside whom it calls (CLIR). Never from an emergency service.
    #[serde(default)]
    pub withhold_number: bool,
    /// Loudspeakers: others that open with it, so that one number is an announcement in several rooms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_ports: Vec<PortId>,
    /// Which of its calls are recorded.
    #[serde(default)]
    pub record: Record,
    /// Whether callers who do not reach it can leave a message.
    #[serde(default, skip_serializing_if = "is_no")]
    pub mail: bool,
    /// Whether its port may be tested while its handset is down.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub port_tests: bool,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_no(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// How a headset takes the calls that are announced to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// By itself.
    #[default]
    Itself,
    /// When its person presses [`Answer::KEY`].
    Key,
}

impl Answer {
    /// The key with which a call is taken: no number begins with it.
    pub const KEY: char = '#';

    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
    fn is_by_itself(&self) -> bool {
        *self == Answer::Itself
    }
}

/// What a flash of the hook does in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flash {
    /// Nothing.
    #[default]
    Nothing,
    /// Holds the other party and gives a dial tone; once a third one has answered, the next flash lets all three talk, and
    /// one more lets the third go. Before the answer it takes the held party back.
    Conference,
    /// Is passed on to the exchange of the outside line over which it talks.
    Exchange,
}

/// What may be dialled at a telephone without a PIN. Emergency numbers always are; calls to it ring as ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lock {
    /// Everything.
    #[default]
    Open,
    /// Telephones and queues of the house.
    Inside,
    /// Nothing.
    Emergency,
}

/// How a telephone is told who calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallerId {
    /// As the country's telephones take it.
    #[default]
    Country,
    /// In digits, for telephones that have no modem.
    Digits,
    /// Not at all.
    Off,
}

/// What tells a telephone that messages wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageLamp {
    /// A voltage of the card, which lights a neon lamp.
    #[default]
    Neon,
    /// The country's modem, for telephones with a display, or with a lamp of their own.
    Modem,
    /// Nothing.
    Off,
}

/// How a station behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StationClass {
    /// Rings, and is answered by lifting the handset.
    #[default]
    Telephone,
    /// Off-hook is "ready": no dial tone and no howler; calls are announced in the ear.
    Headset,
    /// A door intercom: it calls whom the settings name, or dials by itself; at the end its feed is cut.
    Door,
    /// A fax machine: nothing touches its audio.
    Fax,
}
