//! What a line of the exchange is, as the settings tell it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The settings of one outside line. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineSettings {
    /// The shortest ring that counts: shorter ones are the exchange's line test or a neighbour's dialling.
    pub min_ring_ms: u32,
    /// The longest silence between two rings; after it the caller has gone. Longer than any cadence's pause, and than any ring.
    pub ring_stop_ms: u32,
    /// How long after the first ring a caller id may still come, before the call is told without one.
    pub caller_id_ms: u32,
    /// Whether the exchange may tell who calls before the first ring without turning the polarity first: some in China do,
    /// in digits. The line is listened to all the time then.
    pub caller_id_before_ring: bool,
    /// Whether to wait for dial tone before digits. Where not, `seize_pause_ms` must do.
    pub wait_for_dial_tone: bool,
    /// How long to wait for dial tone.
    pub dial_tone_limit_ms: u32,
    /// How long to wait after seizing where no dial tone is listened for.
    pub seize_pause_ms: u32,
    /// How long after the last digit the call is taken as answered, where nothing better tells it.
    pub assumed_answer_ms: u32,
    /// Whether the carrier turns the polarity at answer and at release.
    pub polarity_supervision: bool,
    /// After how many seconds of a talk in which nobody speaks the far end is taken to have gone, where that is wanted.
    pub silence_limit_s: Option<u16>,
    /// How long the line rests after a release: the exchange must have seen the open loop.
    pub release_guard_ms: u32,
}

impl Default for LineSettings {
    fn default() -> LineSettings {
        LineSettings {
            min_ring_ms: 200,
            ring_stop_ms: 6_000,
            caller_id_ms: 3_500,
            caller_id_before_ring: false,
            wait_for_dial_tone: true,
            dial_tone_limit_ms: 5_000,
            seize_pause_ms: 1_000,
            assumed_answer_ms: 12_000,
            polarity_supervision: false,
            silence_limit_s: None,
            release_guard_ms: 1_500,
        }
    }
}

pub(super) const fn ms(ms: u32) -> Duration {
    Duration::from_millis(ms as u64)
}
