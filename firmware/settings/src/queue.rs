//! Queues: who waits, who serves, and for how long each.

use frame::PortId;
use serde::{Deserialize, Serialize};

use crate::Record;

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// The number that reaches it from within the house, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// The extensions that serve it, in the order that decides between equals.
    pub members: Vec<String>,
    /// Who gets the next caller.
    #[serde(default)]
    pub strategy: Strategy,
    /// What callers hear while they wait, by name.
    #[serde(default = "default_music")]
    pub music: String,
    /// What is said in an agent's headset before a caller of this queue comes there, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whisper: Option<String>,
    /// The jack of a line-in whose music they hear instead, while its device is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub music_from: Option<PortId>,
    /// How long a member's telephone rings before the next one is tried, in seconds.
    #[serde(default = "default_ring_s")]
    pub ring_s: u16,
    /// How long a member is left alone after a call, in seconds.
    #[serde(default = "default_wrap_up_s")]
    pub wrap_up_s: u16,
    /// How long a caller may wait, in seconds.
    #[serde(default = "default_max_wait_s")]
    pub max_wait_s: u16,
    /// How many callers may wait.
    #[serde(default = "default_capacity_callers")]
    pub capacity_callers: u16,
    /// After how many calls in a row that a member did not answer the member is set to pause; 0 is never.
    #[serde(default = "default_no_answers_before_pause")]
    pub no_answers_before_pause: u16,
    /// What happens to callers while nobody works in the queue.
    #[serde(default)]
    pub unstaffed: Unstaffed,
    /// Which of its calls are recorded.
    #[serde(default)]
    pub record: Record,
    /// The compartment to whose key its calls are sealed, beside the vault's: its members hear them, and no others. The key is
    /// made with `ringfence vault compartment`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compartment: Option<String>,
    /// Whether supervisors may hear its talks.
    #[serde(default)]
    pub supervision: Supervision,
    /// Whether what is steady behind the voices of its talks is lowered: traffic, fans, a room. They come 6 ms later.
    #[serde(default)]
    pub noise_reduction: bool,
    /// Whether the voices of its talks are slowly brought to the usual level.
    #[serde(default)]
    pub automatic_gain: bool,
}

/// Who gets the next caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The member who has been free the longest.
    #[default]
    LongestIdle,
}

/// Whether supervisors may hear the talks of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Supervision {
    /// They may not.
    #[default]
    None,
    /// They may, and only the call's story tells.
    Silent,
    /// They may, and all who talk are told when it begins.
    Announced,
}

/// What happens to callers while every member is signed out or on pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unstaffed {
    /// They leave the queue; their flow knows what is next.
    #[default]
    Leave,
    /// They wait for someone to come.
    Wait,
}

/// The most callers that one queue may hold: what 16 E1 can bring.
pub(crate) const QUEUE_MAX_CALLERS: u16 = 480;

/// The music that set-up plays into every box.
pub const MUSIC: &str = "music";

fn default_music() -> String {
    MUSIC.to_owned()
}

fn default_ring_s() -> u16 {
    // Three to four Chinese ring cycles of 5 s.
    20
}

fn default_wrap_up_s() -> u16 {
    10
}

fn default_max_wait_s() -> u16 {
    600
}

fn default_capacity_callers() -> u16 {
    // Two E1 full of callers.
    60
}

fn default_no_answers_before_pause() -> u16 {
    2
}
