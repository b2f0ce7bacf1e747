//! What a station is, as the settings tell it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::Country;

/// What is plugged into the port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StationClass {
    /// A telephone with a handset. Left off the hook it hears busy, then the howler, then is unavailable.
    #[default]
    Telephone,
    /// An agent's headset. Off-hook is "ready": no dial tone, no howler; a call is announced by a zip tone.
    Headset,
    /// A door station. Off-hook is a call at once; it cannot be trusted to hang up, so the feed is cut for it.
    Door,
    /// A fax machine. As a telephone, but nobody is there whom a howler could call.
    Fax,
}

/// How long each stage of an off-hook telephone lasts, in milliseconds. Defaults are this box's choice, within what
/// public exchanges do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timers {
    /// Dial tone without a digit.
    pub first_digit_ms: u32,
    /// Busy or congestion tone before the howler.
    pub busy_ms: u32,
    /// The howler, before the port is unavailable.
    pub howler_ms: u32,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers { first_digit_ms: 15_000, busy_ms: 20_000, howler_ms: 60_000 }
    }
}

impl Timers {
    pub(super) const fn first_digit(&self) -> Duration {
        Duration::from_millis(self.first_digit_ms as u64)
    }

    pub(super) const fn busy(&self) -> Duration {
        Duration::from_millis(self.busy_ms as u64)
    }

    pub(super) const fn howler(&self) -> Duration {
        Duration::from_millis(self.howler_ms as u64)
    }
}

/// How a headset takes a call that is announced to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    /// By itself, after what announces it.
    #[default]
    ByItself,
    /// When this key is pressed.
    ByKey(char),
}

/// How a telephone is told who calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallerIdWish {
    /// As the country's telephones take it.
    #[default]
    Country,
    /// In digits, for telephones that have no modem.
    Digits,
    /// Not at all: a telephone that hears it as noise.
    Off,
}

/// The settings of one station.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StationSettings {
    /// What is plugged in.
    pub class: StationClass,
    /// Whose tones and ringing it gets.
    pub country: Country,
    /// Whether a rotary dial is understood. Where not, one pulse in a call is a flash.
    pub pulse_dialling: bool,
    /// How it is told who calls.
    pub caller_id: CallerIdWish,
    /// Whether it is told by the tone alone that a call waits, and not who it is.
    pub no_caller_id_in_talk: bool,
    /// Whether its feed is cut at the end of a talk: a machine that takes that for the end of the call.
    pub battery_drop: bool,
    /// How a headset takes a call.
    pub answering: Answering,
    /// How long each stage lasts.
    pub timers: Timers,
}
