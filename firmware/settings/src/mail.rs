//! Voicemail: callers who do not reach a telephone leave a message, which its person hears after a PIN. Without this table
//! there is none.

use serde::{Deserialize, Serialize};

/// Messages for telephones that have `mail = true`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// What is dialled to hear one's messages at the own telephone; before an extension, at any other.
    pub hear: String,
    /// How long a message is at most, in seconds.
    #[serde(default = "message_s")]
    pub message_s: u16,
    /// How many a telephone keeps, heard ones included.
    #[serde(default = "messages")]
    pub messages: u16,
    /// After how many days a message is deleted, heard or not.
    #[serde(default = "days")]
    pub days: u16,
}

const fn message_s() -> u16 {
    120
}

const fn messages() -> u16 {
    20
}

const fn days() -> u16 {
    30
}

/// The shortest and the longest message: one is played from memory, of which the longest takes 2.4 MB.
pub(crate) const MESSAGE_S: (i64, i64) = (10, 300);

/// The fewest and the most messages: more than a hundred nobody hears through.
pub(crate) const MESSAGES: (i64, i64) = (1, 100);

/// The fewest and the most days.
pub(crate) const DAYS: (i64, i64) = (1, 365);
