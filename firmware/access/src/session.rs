//! Sessions: what a signed-in browser carries, and how long it is good for.
//!
//! The token is 32 random octets that only the browser has; the box keeps its hash, so the table of sessions holds nothing to
//! sign in with. (A dump of the memory does hold the secrets of second factors, with which codes are reckoned; passwords' hashes it
//! holds as the file of accounts does.) The form token is derived from it: a page that does not have the cookie can't make it.

use std::{collections::BTreeMap, fmt, time::Duration};

use base16ct::lower::{decode, encode_string};
use frame::{PersonId, Time};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{CodeSecret, Permissions};

/// A session without a request for so long ends: whoever finds the desk empty finds the page closed.
pub const SESSION_IDLE: Duration = Duration::from_secs(15 * 60);

/// A session ends after this at the latest: the longest shift.
pub const SESSION_LONGEST: Duration = Duration::from_secs(12 * 60 * 60);

/// How many sessions one person has at most; the one used longest ago ends when one more begins.
pub const SESSIONS_PER_PERSON: usize = 8;

/// What the browser's cookie holds. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// The token of 32 random octets.
    pub fn from_random(octets: [u8; 32]) -> SessionToken {
        SessionToken(octets)
    }

    /// The token of a cookie's text, if it is one.
    pub fn parse(text: &str) -> Option<SessionToken> {
        octets_of(text).map(SessionToken)
    }

    /// The text for the cookie.
    pub fn to_text(&self) -> String {
        encode_string(&self.0)
    }

    /// What forms of this session carry.
    pub fn form_token(&self) -> FormToken {
        FormToken(self.hash("form"))
    }

    pub(crate) fn id(&self) -> SessionId {
        SessionId(self.hash("session"))
    }

    fn hash(&self, use_: &str) -> [u8; 32] {
        Sha256::new().chain_update(use_).chain_update(self.0).finalize().into()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// What a form carries, to show that it came from a page of the session.
#[derive(Clone, Debug)]
pub struct FormToken([u8; 32]);

impl FormToken {
    /// The text for the form's hidden field.
    pub fn to_text(&self) -> String {
        encode_string(&self.0)
    }

    /// Whether a form's field holds it; compares in constant time.
    pub fn is(&self, text: &str) -> bool {
        octets_of(text).is_some_and(|octets| octets.ct_eq(&self.0).into())
    }
}

/// 32 octets from exactly 64 lower-case digits.
fn octets_of(text: &str) -> Option<[u8; 32]> {
    let mut octets = [0; 32];
    let whole = decode(text, &mut octets).is_ok_and(|read| read.len() == size_of::<[u8; 32]>());
    whole.then_some(octets)
}

/// A session's name in the table: its token's hash, so finding it tells nothing about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionId([u8; 32]);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// The name they signed in under.
    pub name: String,
    /// What they may do: nothing while they have to set up a second factor.
    pub permissions: Permissions,
    /// The settings want a second factor of them, and they have none.
    pub must_set_up: bool,
}

#[derive(Clone, Debug)]
struct Session {
    person: PersonId,
    began: Time,
    used: Time,
    /// The secret of a second factor that waits for its first code: of this session alone, and it goes with it.
    begun: Option<CodeSecret>,
}

impl Session {
    fn ends(&self) -> Time {
        (self.used + SESSION_IDLE).min(self.began + SESSION_LONGEST)
    }
}

/// All sessions; at most [`SESSIONS_PER_PERSON`] for each account.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    rows: BTreeMap<SessionId, Session>,
}

impl Sessions {
    /// Begins a session, and says whether an older one of the person had to end for it.
    pub(crate) fn begin(&mut self, now: Time, id: SessionId, person: PersonId) -> bool {
        let own = self.rows.iter().filter(|(_, session)| session.person == person);
        let oldest = own.clone().min_by_key(|(_, session)| session.used).map(|(id, _)| *id);
        let is_full = own.count() >= SESSIONS_PER_PERSON;
        if is_full {
            oldest.map(|id| self.rows.remove(&id));
        }
        self.rows.insert(id, Session { person, began: now, used: now, begun: None });
        is_full
    }

    pub(crate) fn person(&self, now: Time, id: SessionId) -> Option<PersonId> {
        self.rows.get(&id).filter(|session| session.ends() > now).map(|session| session.person)
    }

    /// Whether a person has a session.
    pub(crate) fn has(&self, now: Time, person: PersonId) -> bool {
        self.rows.values().any(|session| session.person == person && session.ends() > now)
    }

    pub(crate) fn touch(&mut self, now: Time, id: SessionId) {
        if let Some(session) = self.rows.get_mut(&id) {
            session.used = now;
        }
    }

    /// The secret that waits in a session.
    pub(crate) fn begun(&self, now: Time, id: SessionId) -> Option<&CodeSecret> {
        self.rows.get(&id).filter(|session| session.ends() > now).and_then(|session| session.begun.as_ref())
    }

    /// Has another one wait in it, or none.
    pub(crate) fn set_begun(&mut self, id: SessionId, secret: Option<CodeSecret>) {
        self.rows.get_mut(&id).into_iter().for_each(|session| session.begun.clone_from(&secret));
    }

    pub(crate) fn end(&mut self, id: SessionId) -> Option<PersonId> {
        self.rows.remove(&id).map(|session| session.person)
    }

    /// Ends what `ends` says; whose sessions they were.
    fn end_where(&mut self, ends: impl Fn(&Session) -> bool) -> Vec<PersonId> {
        let over = self.rows.iter().filter(|(_, session)| ends(session));
        let ids: Vec<SessionId> = over.map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.end(id)).collect()
    }

    /// Ends what has run out.
    pub(crate) fn end_old(&mut self, now: Time) -> Vec<PersonId> {
        self.end_where(|session| session.ends() <= now)
    }

    /// Ends the sessions of a person but one.
    pub(crate) fn end_others(&mut self, person: PersonId, keep: SessionId) -> Vec<PersonId> {
        let others = self.rows.iter().filter(|(id, session)| session.person == person && **id != keep);
        let ids: Vec<SessionId> = others.map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.end(id)).collect()
    }

    /// Ends the sessions of everyone who may not have one.
    pub(crate) fn end_unless(&mut self, may: impl Fn(PersonId) -> bool) -> Vec<PersonId> {
        self.end_where(|session| !may(session.person))
    }

    pub(crate) fn next_end(&self) -> Option<Time> {
        self.rows.values().map(Session::ends).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is_one() {
        let octets: [u8; 32] = std::array::from_fn(|at| at as u8 * 7 + 3);
        let text = SessionToken::from_random(octets).to_text();
        assert_eq!(octets_of(&text), Some(octets));
        for wrong in ["", &text[1..], &text.to_uppercase(), &text.replace('0', "g"), &format!("{text}00"), "長"] {
            assert_eq!(octets_of(wrong), None, "{wrong}");
        }
    }
}
