//! Signing in at the page: who needs more than a password.
//!
//! Source: design of the product, security (two factors for administrators, auditors and whoever reaches recordings); PCI DSS
//! 4.0.1, 8.4.

use serde::{Deserialize, Serialize};

use crate::PersonRole;

/// What the owner decides about signing in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInRule {
    /// Who signs in with the code of an authenticator app beside the password. Others may.
    pub second_factor: SecondFactorOf,
}

impl SignInRule {
    /// Whether nothing was decided.
    pub(crate) fn is_default(&self) -> bool {
        *self == SignInRule::default()
    }
}

/// Of whom a second factor is wanted: of more people than by the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactorOf {
    /// Of nobody.
    #[default]
    Nobody,
    /// Of the owner and the three administrators: whoever grants anything.
    Administrators,
    /// Of supervisors as well: whoever opens recordings.
    Openers,
    /// Of everybody.
    Everybody,
}

impl SecondFactorOf {
    /// Whether it is wanted of a role.
    pub fn is_of(self, role: PersonRole) -> bool {
        let from = match role {
            PersonRole::Owner | PersonRole::System | PersonRole::Security | PersonRole::Audit => {
                SecondFactorOf::Administrators
            }
            PersonRole::Supervisor => SecondFactorOf::Openers,
            PersonRole::Agent => SecondFactorOf::Everybody,
        };
        self >= from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_wants_it_of_more_roles() {
        use PersonRole::{Agent, Audit, Owner, Security, Supervisor, System};
        let of = |word: SecondFactorOf| {
            [Owner, System, Security, Audit, Supervisor, Agent].into_iter().filter(|role| word.is_of(*role)).count()
        };
        use SecondFactorOf::{Administrators, Everybody, Nobody, Openers};
        assert_eq!([Nobody, Administrators, Openers, Everybody].map(of), [0, 4, 5, 6]);
        assert!(!Administrators.is_of(Supervisor) && Openers.is_of(Supervisor) && !Openers.is_of(Agent));
    }
}
