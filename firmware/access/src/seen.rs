//! Browsers in which somebody has signed in before: strangers' wrong passwords do not hold up whoever sits there.
//!
//! A browser keeps 16 random octets and their HMAC-SHA-256 (RFC 2104) under the hash of the person's password, which only the
//! box has, over the secret of their second factor as well, where they have one. So the box keeps nothing for it, it outlives
//! restarts, and it ends with the password, and with the first and every other telephone: who knew the password alone, and signed
//! in with it before there were codes, is a stranger to them. It opens nothing: it says under which count a wrong password goes.
//! Not here: the cookie (`admin`), the counts (`lockout`).

use std::fmt;

use base16ct::lower::{decode, encode_string};
use frame::Time;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{Access, CodeSecret, SessionToken, account::Account};

/// What a browser keeps of somebody who has signed in there. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SeenBrowser {
    no: [u8; NO_OCTETS],
    proof: [u8; PROOF_OCTETS],
}

impl SeenBrowser {
    /// What its text says, if it is one.
    pub fn parse(text: &str) -> Option<SeenBrowser> {
        let mut octets = [0; NO_OCTETS + PROOF_OCTETS];
        let whole = decode(text, &mut octets).is_ok_and(|read| read.len() == NO_OCTETS + PROOF_OCTETS);
        let (no, proof) = octets.split_at(NO_OCTETS);
        let seen = SeenBrowser { no: no.try_into().ok()?, proof: proof.try_into().ok()? };
        whole.then_some(seen)
    }

    /// The text for the cookie.
    pub fn to_text(&self) -> String {
        encode_string(&[&self.no[..], &self.proof[..]].concat())
    }

    /// Which browser it is.
    pub(crate) fn no(&self) -> [u8; NO_OCTETS] {
        self.no
    }

    fn of(account: &Account, secret: Option<&CodeSecret>, no: [u8; NO_OCTETS]) -> SeenBrowser {
        SeenBrowser { no, proof: mac(account, secret, no).finalize().into_bytes().into() }
    }

    /// Whether this person has signed in there, with the password and the second factor that they still have.
    pub(crate) fn is_of(&self, account: &Account, secret: Option<&CodeSecret>) -> bool {
        mac(account, secret, self.no).verify_slice(&self.proof).is_ok()
    }
}

impl fmt::Debug for SeenBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeenBrowser(…)")
    }
}

impl Access {
    /// What the browser of a session keeps, of this one and those before: of each person one, the newest first.
    pub fn seen_in(
        &self,
        now: Time,
        token: &SessionToken,
        before: &[SeenBrowser],
        random: [u8; NO_OCTETS],
    ) -> Vec<SeenBrowser> {
        let account = self.sessions.person(now, token.id()).and_then(|person| self.accounts.of(person));
        let Some(account) = account else { return before.to_vec() };
        let secret = self.accounts.code_secret(account.person);
        let others = before.iter().filter(|seen| !seen.is_of(account, secret)).cloned();
        [SeenBrowser::of(account, secret, random)].into_iter().chain(others).take(SEEN_MAX).collect()
    }
}

fn mac(account: &Account, secret: Option<&CodeSecret>, no: [u8; NO_OCTETS]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(account.password.as_str().as_bytes());
    let mac =
        mac.expect("HMAC takes a key of any length").chain_update(account.person.0.to_le_bytes()).chain_update(no);
    // What comes before it is as long each time.
    secret.into_iter().fold(mac, |mac, secret| mac.chain_update(secret.octets()))
}

const NO_OCTETS: usize = 16;

const PROOF_OCTETS: usize = 32;

/// Of how many people a browser keeps it: a desk that shifts share. Whoever signed in there longest ago is forgotten.
pub const SEEN_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use frame::PersonId;

    use super::*;
    use crate::{PasswordHash, SignInName};

    fn account(person: u32, password: &str) -> Account {
        let name = SignInName::parse("chen").unwrap();
        Account { person: PersonId(person), name, password: PasswordHash::kept(password.to_owned()) }
    }

    #[test]
    fn a_browser_is_known_for_the_person_and_the_password_that_it_signed_in_with() {
        let seen = SeenBrowser::of(&account(1, "$argon2id$a"), None, [7; NO_OCTETS]);
        let read = SeenBrowser::parse(&seen.to_text()).unwrap();
        assert!(read == seen && read.is_of(&account(1, "$argon2id$a"), None));
        assert!(!read.is_of(&account(2, "$argon2id$a"), None), "another person");
        assert!(!read.is_of(&account(1, "$argon2id$b"), None), "another password");
        let other = SeenBrowser { no: [8; NO_OCTETS], ..read };
        assert!(!other.is_of(&account(1, "$argon2id$a"), None), "a count of one's own choice");
        for wrong in ["", "00", &seen.to_text()[1..], &format!("{}00", seen.to_text()), &"x".repeat(96)] {
            assert_eq!(SeenBrowser::parse(wrong), None, "{wrong}");
        }
    }
}
