//! Passwords and their hashes.
//!
//! Source: RFC 9106; the cost is OWASP's for Argon2id: 19 MiB, two passes, one lane, about 20 ms of one core. That much
//! keeps a stolen file expensive to search and a sign-in short on the box's two cores.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use serde::{Deserialize, Serialize};

/// How many random octets salt a hash (RFC 9106 section 3.1).
pub const SALT_OCTETS: usize = 16;

/// The shortest password: with the lockout, twelve letters outlast any guessing over the network.
pub const PASSWORD_MIN_CHARS: usize = 12;

/// The longest password that is hashed, so that nobody makes the box hash a book.
pub const PASSWORD_MAX_OCTETS: usize = 256;

/// A password as it was typed. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Password(String);

/// Why a text can't be a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short to hold.
    #[error("a password has at least {PASSWORD_MIN_CHARS} characters")]
    TooShort,
    /// Too long to hash.
    #[error("a password has at most {PASSWORD_MAX_OCTETS} octets")]
    TooLong,
    /// It is the name, or one character again and again.
    #[error("a password is neither the name nor one character repeated")]
    TooPlain,
}

impl Password {
    /// What somebody typed to prove who they are. Anything longer than a password can be is no password.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`].
    pub fn typed(text: &str) -> Result<Password, PasswordError> {
        if text.len() > PASSWORD_MAX_OCTETS { Err(PasswordError::TooLong) } else { Ok(Password(text.to_owned())) }
    }

    /// A new password of the person who signs in as `name`.
    ///
    /// # Errors
    /// When it would not hold.
    pub fn chosen(text: &str, name: &str) -> Result<Password, PasswordError> {
        let password = Password::typed(text)?;
        if text.chars().count() < PASSWORD_MIN_CHARS {
            return Err(PasswordError::TooShort);
        }
        let mut chars = text.chars();
        let first = chars.next();
        if text.eq_ignore_ascii_case(name) || chars.all(|next| Some(next) == first) {
            return Err(PasswordError::TooPlain);
        }
        Ok(password)
    }

    pub(crate) fn of_code(code: &str) -> Password {
        Password(code.to_owned())
    }

    /// The password itself, for whoever unlocks a key with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password's hash as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$…`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// The hash can't be made or can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Argon2id hash")]
pub struct HashError;

impl PasswordHash {
    /// Hashes a password. Slow on purpose.
    ///
    /// # Errors
    /// Never for a [`Password`] and a salt of this length; the library's own limits are wider.
    pub fn of(password: &Password, salt: [u8; SALT_OCTETS]) -> Result<PasswordHash, HashError> {
        let hash: phc::PasswordHash =
            hasher()?.hash_password_with_salt(password.0.as_bytes(), &salt).map_err(|_| HashError)?;
        Ok(PasswordHash(hash.to_string()))
    }

    /// A hash as it was written into a file. Of a text that is none, nothing is the password.
    pub fn kept(text: String) -> PasswordHash {
        PasswordHash(text)
    }

    /// The text that a file keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of a password. Takes as long as making it; compares in constant time.
    pub fn matches(&self, password: &Password) -> bool {
        let Ok(hash) = phc::PasswordHash::new(&self.0) else { return false };
        hasher().is_ok_and(|hasher| hasher.verify_password(password.0.as_bytes(), &hash).is_ok())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn hasher() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|_| HashError)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_names_its_cost_and_knows_its_password() {
        let password = Password::chosen("correct horse battery", "chen").unwrap();
        let hash = PasswordHash::of(&password, [7; SALT_OCTETS]).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert!(hash.matches(&password));
        assert!(!hash.matches(&Password::typed("correct horse batterx").unwrap()));
        assert_ne!(hash, PasswordHash::of(&password, [8; SALT_OCTETS]).unwrap());
    }

    #[test]
    fn a_damaged_hash_matches_nothing() {
        for damaged in ["", "$argon2id$", "plain", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$"] {
            assert!(!PasswordHash(damaged.into()).matches(&Password::typed("plain").unwrap()), "{damaged}");
        }
    }

    #[test]
    fn a_new_password_is_long_enough_and_not_plain() {
        let chosen = |text: &str| Password::chosen(text, "night-shift-03").map(|_| ());
        assert_eq!(chosen("short"), Err(PasswordError::TooShort));
        assert_eq!(chosen("夜班主管的电话密码要长"), Err(PasswordError::TooShort));
        assert_eq!(chosen("夜班主管的电话密码要更长"), Ok(()));
        assert_eq!(chosen("Night-Shift-03"), Err(PasswordError::TooPlain));
        assert_eq!(chosen("aaaaaaaaaaaaaa"), Err(PasswordError::TooPlain));
        assert_eq!(chosen(&"ab".repeat(200)), Err(PasswordError::TooLong));
    }
}
