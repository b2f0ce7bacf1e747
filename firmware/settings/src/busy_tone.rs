//! The busy tone of single outside lines, where it is none of the country's.

use frame::PortId;
use serde::{Deserialize, Serialize};

/// By what an outside line's exchange tells that the far end has gone, besides the country's tones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusyTone {
    /// The line.
    pub port: PortId,
    /// Its frequencies in hertz: one, or one of [`BusyTone::PAIRS`].
    pub hz: Vec<u16>,
    /// Its bursts and the pauses after them, in milliseconds.
    pub bursts_ms: Vec<[u16; 2]>,
}

impl BusyTone {
    /// Between which frequencies a single one lies.
    pub const HZ: [u16; 2] = [315, 655];
    /// Frequencies that sound together.
    pub const PAIRS: [[u16; 2]; 4] = [[350, 440], [440, 480], [480, 620], [400, 450]];
    /// How many bursts come before it comes round.
    pub const BURSTS_MAX: usize = 4;
    /// How long a burst, or a pause, lasts: less can't be told from a voice, and with more three rounds take half a minute.
    pub const LENGTH_MS: [u16; 2] = [60, 5000];
    /// The longest pause: with longer ones telephones ring and calls wait (4 s in China, 2 s and more elsewhere), which ends no call.
    pub const PAUSE_MOST_MS: u16 = 1500;
}

impl BusyTone {
    /// Those of a document, whatever else it says: none where it can't be read.
    pub fn of_document(text: &str) -> Vec<BusyTone> {
        toml::from_str(text).map(|Document { busy_tones }| busy_tones).unwrap_or_default()
    }
}

/// Of the settings what is looked at here.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    busy_tones: Vec<BusyTone>,
}
