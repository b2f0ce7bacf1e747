//! Accounts: the names and password hashes under which people sign in. Who they are and what they may do stands in the
//! settings; what proves it stands here, apart, so that settings can be shown and copied.

use std::fmt;

use frame::PersonId;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::PasswordHash;

/// The longest name.
pub const NAME_MAX_CHARS: usize = 64;

/// The name under which somebody signs in: 1 to 64 characters, none of them a control character, no blank at the ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SignInName(String);

/// The text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {NAME_MAX_CHARS} characters and no control characters")]
pub struct NameError;

impl SignInName {
    /// The name that was typed; blanks around it do not count.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<SignInName, NameError> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= NAME_MAX_CHARS && !text.chars().any(char::is_control);
        if fits { Ok(SignInName(text.to_owned())) } else { Err(NameError) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SignInName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SignInName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SignInName, D::Error> {
        let text = String::deserialize(deserializer)?;
        SignInName::parse(&text).map_err(D::Error::custom)
    }
}

/// What one person signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub person: PersonId,
    /// Under which name.
    pub name: SignInName,
    /// The password's hash.
    pub password: PasswordHash,
}

/// An open offer to become the owner, to whoever has the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The code's hash.
    pub code: PasswordHash,
}

/// Everything that is kept, in a file that nobody but the box reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// The offer of the first start, until it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// The accounts.
    #[serde(default)]
    pub accounts: Vec<Account>,
}

impl Accounts {
    /// The account of a name.
    pub fn by_name(&self, name: &SignInName) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(SignInName::parse("  院长 ").unwrap().as_str(), "院长");
        assert!(SignInName::parse(&"长".repeat(64)).is_ok());
        for wrong in ["", "   ", "a\nb", "a\u{7f}", &"长".repeat(65)] {
            assert_eq!(SignInName::parse(wrong), Err(NameError), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_kept_reads_back_and_a_bad_name_is_refused() {
        let text =
            r#"{"claim":{"code":"$argon2id$x"},"accounts":[{"person":1,"name":"chen","password":"$argon2id$y"}]}"#;
        let accounts: Accounts = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&accounts).unwrap(), text);
        assert!(serde_json::from_str::<Accounts>(&text.replace("chen", " ")).is_err());
    }
}
