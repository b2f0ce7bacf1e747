//! What is asked of the settings, and what they answer.

use access::TwoPersonAct;
use frame::PersonId;
use serde::{Deserialize, Serialize};
use settings::{Applied, Problem, Version, Warning};

/// What is asked of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingsRequest {
    /// The version that holds.
    Show,
    /// What these settings would do.
    Try {
        /// What the document is called, for the places of its problems.
        file: String,
        /// The document, as TOML.
        text: String,
    },
    /// Let these settings hold.
    Apply {
        /// What the document is called, for the places of its problems.
        file: String,
        /// The document, as TOML.
        text: String,
        /// Who wants it.
        by: Asker,
    },
}

/// Who wants other settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// A person who is signed in to the page.
    Person(PersonId),
    /// Somebody at the box's own command line.
    Console {
        /// Whom the system takes them for. What a client says here is not believed: the system is asked.
        uid: u32,
    },
}

/// The longest settings document: some ten times what 500 agents and 64 queues need.
pub const SETTINGS_MAX_OCTETS: usize = 1 << 20;

/// What the settings answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingsReply {
    /// The version that holds, as TOML.
    Shown {
        /// Its number.
        version: Version,
        /// The document.
        text: String,
    },
    /// They would hold.
    WouldApply {
        /// From when on.
        how: Applied,
        /// What should be known.
        warnings: Vec<Warning>,
    },
    /// They hold.
    Applied {
        /// The new version.
        version: Version,
        /// From when on.
        how: Applied,
        /// What should be known.
        warnings: Vec<Warning>,
    },
    /// They can't hold.
    Problems(Vec<Problem>),
    /// Nothing has changed.
    Refused(SettingsRefusal),
}

/// Why settings that could hold do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsRefusal {
    /// The audit intent could not be made durable in time.
    NotAudited,
    /// They would let recordings go sooner, less be recorded or proven, or make somebody an administrator, and no second person has granted that.
    NeedsSecond {
        /// The act that has to be granted.
        act: TwoPersonAct,
        /// What has to be granted, word for word.
        object: String,
        /// How many recordings there are now that would go sooner; none where they could not be counted in time.
        recordings: Option<u64>,
    },
    /// The new version could not be written.
    NotWritten {
        /// The file or folder.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The document is longer than [`SETTINGS_MAX_OCTETS`].
    TooLong,
    /// The request was not understood.
    NotUnderstood,
    /// The settings' plane does not answer.
    NoAnswer,
}
