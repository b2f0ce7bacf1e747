//! A sound device at the box: the `sound` table of a card in the board file.
//!
//! Source: alsa-lib's names of PCM devices, as `arecord -L` and `aplay -L` list them. `plughw:CARD=Headset` names a card
//! by what it is called, which stays when cards are plugged in another order, and lets ALSA bring its rate to 8 kHz.
//! Not here: volumes, which `alsamixer` keeps.

use serde::{Deserialize, Serialize};

/// A device by its names in ALSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundDevice {
    /// What it hears with: handsets and line-ins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    /// What it is heard with: handsets and loudspeakers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playback: Option<String>,
}

impl SoundDevice {
    /// Its name for people: one name where both sides have the same.
    pub fn name(&self) -> String {
        let mut names: Vec<&str> = [&self.capture, &self.playback].into_iter().flatten().map(String::as_str).collect();
        names.dedup();
        names.join(", ")
    }
}
