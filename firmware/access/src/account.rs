//! Accounts: the names and password hashes under which people sign in. Who they are and what they may do stands in the
//! settings; what proves it stands here, apart, so that settings can be shown and copied.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use frame::{PersonId, Stamp};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{PasswordHash, SecondFactor};

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

/// How long an invitation may be taken: long enough for the next shift, too short to lie about.
pub const INVITATION_LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// An open offer to one person to choose a name and a password, to whoever has the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// To whom.
    pub person: PersonId,
    /// The code's hash.
    pub code: PasswordHash,
    /// When it was made.
    pub made: Stamp,
    /// Whether two people agreed on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_two: bool,
}

impl Invitation {
    /// Whether it may still be taken. Within one boot no step of the wall clock makes it last longer; one that seems to come
    /// from the future is over.
    pub fn is_open(&self, now: Stamp) -> bool {
        let comes_before = self.made.boot == now.boot || self.made.utc <= now.utc;
        comes_before && now.since(&self.made) < INVITATION_LASTS
    }
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
    /// The invitations; one a person at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invitations: Vec<Invitation>,
    /// Whom no password, code or PIN lets in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub locked: BTreeSet<PersonId>,
    /// Whether all three administrators had an account once: two people let one of them in since then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub separated: bool,
    /// The second factors, of whoever has one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub second_factors: BTreeMap<PersonId, SecondFactor>,
}

impl Accounts {
    /// The account of a person.
    pub fn of(&self, person: PersonId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.person == person)
    }

    /// The invitation of a person, while it is open.
    pub fn invitation(&self, now: Stamp, person: PersonId) -> Option<&Invitation> {
        self.invitations.iter().find(|invitation| invitation.person == person && invitation.is_open(now))
    }

    /// Without the invitation of a person.
    pub(crate) fn without_invitation(mut self, person: PersonId) -> Accounts {
        self.invitations.retain(|invitation| invitation.person != person);
        self
    }

    /// The account of a name.
    pub fn by_name(&self, name: &SignInName) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, Time, Utc};

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
    fn an_invitation_lasts_a_day_and_no_clock_makes_it_longer() {
        let stamp = |boot, hours: i64, utc_hours: i64| Stamp {
            boot: BootNo(boot),
            time: Time::from_ms(hours as u64 * 3_600_000),
            utc: Utc::from_us(utc_hours * 3_600_000_000),
        };
        let made = stamp(2, 5, 1000);
        let code: PasswordHash = serde_json::from_str("\"$argon2id$x\"").unwrap();
        let invitation = Invitation { person: PersonId(3), code, made, by_two: false };
        for (now, open) in [
            (made, true),
            (stamp(2, 28, 1023), true),
            (stamp(2, 29, 1024), false),
            (stamp(2, 29, 900), false),
            (stamp(3, 0, 1023), true),
            (stamp(3, 0, 1024), false),
            (stamp(3, 0, 999), false),
        ] {
            assert_eq!(invitation.is_open(now), open, "{now:?}");
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
