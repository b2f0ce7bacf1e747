//! People who work with the box.

use frame::PersonId;
use serde::{Deserialize, Serialize};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their number, never given to anyone else.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub roles: Vec<PersonRole>,
    /// The extension where they work, if it is always the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// The hash of the PIN that they key at telephones, as `ringfence pin` makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

/// What a person may do. The three administrators check one another, so nobody is two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonRole {
    /// Whose box it is: names the administrators.
    Owner,
    /// Administrator of lines, numbers and flows.
    System,
    /// Administrator of people and their rights.
    Security,
    /// Administrator of the audit.
    Audit,
    /// Leads agents.
    Supervisor,
    /// Answers calls of queues.
    Agent,
}

impl PersonRole {
    /// Whether it is one of the three administrators that check one another.
    pub const fn is_administrator(self) -> bool {
        matches!(self, PersonRole::System | PersonRole::Security | PersonRole::Audit)
    }
}
