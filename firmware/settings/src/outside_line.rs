//! Outside lines: what an owner says of the wires that the exchange gives.

use serde::{Deserialize, Serialize};

use crate::Pause;

/// How the outside lines of a trunk group behave. Nothing of it concerns spans.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutsideLines {
    /// How numbers are dialled.
    pub dialling: Dialling,
    /// What is dialled on them before each number, as a private exchange wants it: keys and pauses.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dial_first: String,
    /// Whether dial tone is waited for. Where not, the box dials a second after it has seized the line.
    pub wait_for_dial_tone: bool,
    /// Whether the carrier turns the polarity at answer and at release: it is asked for by contract.
    pub polarity_supervision: bool,
    /// For how many milliseconds the loop is opened for a flash; the country's where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash_ms: Option<u16>,
    /// After how many seconds of a talk in which nobody speaks, in either direction, the far end is taken to have gone: for
    /// lines whose exchange tells a hang-up by nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence_limit_s: Option<u16>,
    /// Whether the exchange may tell who calls before the first ring, without turning the polarity first.
    pub caller_id_before_ring: bool,
    /// Whether they may be tested: one digit is sent after their dial tone. Not where a seizure alone calls somebody (a hot
    /// line), nor where one digit is a whole code of the exchange.
    #[serde(skip_serializing_if = "is_yes")]
    pub port_tests: bool,
}

impl OutsideLines {
    /// People are silent for that long while one of them looks something up; and after an hour the line is known to be stuck.
    pub(crate) const SILENCE_LIMIT_S: std::ops::RangeInclusive<i64> = 30..=3600;
    /// Shorter is a disturbance, longer a hang-up (`isdn.md`, 5.2: 80 ms to 1 s).
    pub(crate) const FLASH_MS: std::ops::RangeInclusive<i64> = 50..=1000;
    /// How long it is at most.
    pub(crate) const FIRST_MAX: usize = 8;

    /// Whether `dial_first` can be dialled. Pulses know digits alone.
    pub(crate) fn dials_first(&self) -> bool {
        let by_pulses = self.dialling == Dialling::Pulse;
        let key =
            |key: char| key.is_ascii_digit() || Pause::of_char(key).is_some() || !by_pulses && matches!(key, '*' | '#');
        self.dial_first.len() <= OutsideLines::FIRST_MAX && self.dial_first.chars().all(key)
    }
}

/// Whether it is as usual.
pub(crate) fn is_yes(yes: &bool) -> bool {
    *yes
}

impl Default for OutsideLines {
    fn default() -> OutsideLines {
        OutsideLines {
            dialling: Dialling::default(),
            dial_first: String::new(),
            wait_for_dial_tone: true,
            polarity_supervision: false,
            flash_ms: None,
            silence_limit_s: None,
            caller_id_before_ring: false,
            port_tests: true,
        }
    }
}

/// How numbers are dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialling {
    /// By tones.
    #[default]
    Tone,
    /// By pulses, for exchanges that know nothing else.
    Pulse,
}
