//! Who may come in: the machine behind the sign-in page.
//!
//! A sign-in has two steps, because hashing is slow and is done elsewhere: [`Access::begin_sign_in`] says what the
//! password is to be compared with, [`Access::finish_sign_in`] takes the verdict. For a name that does not exist the
//! comparison is with a decoy, so both answers take as long and read the same.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use frame::{PersonId, Time};
use settings::{PersonRole, SecondFactorOf, Settings};

use crate::{
    Account, Accounts, Administrators, PasswordHash, Permissions, SessionToken, SignInName, SignedIn,
    lockout::{Key, Lockout, Place},
    seen::SeenBrowser,
    session::Sessions,
};

/// What the rest of the box is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A person signed in.
    SignedIn {
        /// Who.
        person: PersonId,
        /// From which address.
        from: String,
    },
    /// A try failed.
    SignInFailed {
        /// The name that was typed; empty for the owner's code.
        name: String,
        /// From which address.
        from: String,
    },
    /// A person took an invitation, and has chosen a name and a password.
    Joined {
        /// Who.
        person: PersonId,
        /// From which address.
        from: String,
    },
    /// A person changed their password.
    PasswordChanged {
        /// Who.
        person: PersonId,
        /// From which address.
        from: String,
    },
    /// A person has set up a second factor, or another one; or they have none any more, by themselves, by others, or by an invitation.
    SecondFactorChanged {
        /// Who.
        person: PersonId,
        /// From which address it was done.
        from: String,
        /// Whether there is one now.
        is_set: bool,
    },
    /// A try failed: a right password came with a code that does not count, or without one. It takes the place of the other, so that both are one
    /// event: the numbers of events tell nobody that a password is right.
    CodeWrong {
        /// Whose password it was.
        person: PersonId,
        /// From which address.
        from: String,
    },
    /// A session ended, by its person or by time.
    SignedOut {
        /// Whose.
        person: PersonId,
    },
}

/// Too many tries: the next one is looked at after this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("locked for {0:?}")]
pub struct LockedOut(pub Duration);

/// A sign-in between its two steps.
#[derive(Clone, Debug)]
#[must_use]
pub struct SignIn {
    name: Option<SignInName>,
    pub(crate) from: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) against: PasswordHash,
    /// Under what a wrong password counts, beside the address.
    counts: Option<Key>,
    /// Whether the code of the second factor counted.
    pub(crate) code_counts: bool,
    /// Whether the password was right, and the code did not count.
    pub(crate) is_code_wrong: bool,
}

impl SignIn {
    /// One by an invitation, or by the owner's code.
    pub(crate) fn to_join(person: Option<PersonId>, from: &str, against: PasswordHash) -> SignIn {
        let (code_counts, is_code_wrong) = (false, false);
        SignIn { name: None, from: from.to_owned(), person, against, counts: None, code_counts, is_code_wrong }
    }

    /// One by an account that is known already.
    pub(crate) fn of_account(account: &Account, from: &str, counts: Key) -> SignIn {
        let (name, against) = (Some(account.name.clone()), account.password.clone());
        let (person, counts) = (Some(account.person), Some(counts));
        let (code_counts, is_code_wrong) = (false, false);
        SignIn { name, from: from.to_owned(), person, against, counts, code_counts, is_code_wrong }
    }

    /// Whether it is of somebody who is signed in.
    pub(crate) fn is_in_session(&self) -> bool {
        matches!(self.counts, Some(Key::NameAt(_, Place::Session(_))))
    }

    /// What the password or code is to be compared with.
    pub fn against(&self) -> &PasswordHash {
        &self.against
    }
}

/// Accounts, sessions, lockouts.
#[derive(Debug)]
pub struct Access {
    pub(crate) accounts: Accounts,
    /// What unknown names are compared with; nobody knows its password.
    pub(crate) decoy: PasswordHash,
    pub(crate) people: BTreeMap<PersonId, Vec<PersonRole>>,
    /// Of whom a second factor is wanted.
    pub(crate) second_factor: SecondFactorOf,
    pub(crate) sessions: Sessions,
    pub(crate) lockout: Lockout,
    pub(crate) outputs: VecDeque<Output>,
}

impl Access {
    /// The machine over what was kept. `decoy` is the hash of something random.
    pub fn new(accounts: Accounts, decoy: PasswordHash, settings: &Settings) -> Access {
        let (sessions, lockout) = (Sessions::default(), Lockout::default());
        let mut access = Access {
            accounts,
            decoy,
            people: BTreeMap::new(),
            second_factor: SecondFactorOf::default(),
            sessions,
            lockout,
            outputs: VecDeque::new(),
        };
        access.take_people(settings);
        access
    }

    /// Takes changed settings: whoever is no longer named there is signed out, and roles hold from now on.
    pub fn apply(&mut self, _now: Time, settings: &Settings) -> settings::Applied {
        self.take_people(settings);
        let people = &self.people;
        let ended = self.sessions.end_unless(|person| people.contains_key(&person));
        self.tell_ended(ended);
        settings::Applied::Applied
    }

    /// Whether the box waits for its owner's code.
    pub fn is_unclaimed(&self) -> bool {
        self.accounts.claim.is_some()
    }

    /// Begins a sign-in at a browser, which may have been seen before.
    ///
    /// # Errors
    /// When the name or the address failed too often, or, at a browser in which this person signed in before, that browser.
    pub fn begin_sign_in(
        &self,
        now: Time,
        name: &SignInName,
        from: &str,
        seen: &[SeenBrowser],
    ) -> Result<SignIn, LockedOut> {
        let account = self.accounts.by_name(name);
        let known = account.and_then(|account| seen.iter().find(|seen| self.is_known(account, seen)));
        let counts = match known {
            Some(seen) => name_at(name, Place::Browser(seen.no())),
            None => {
                self.check_lock(now, &address_key(from))?;
                name_key(name)
            }
        };
        self.begin(now, name, from.to_owned(), counts)
    }

    /// Whether a browser is one in which this person has signed in.
    fn is_known(&self, account: &Account, seen: &SeenBrowser) -> bool {
        seen.is_of(account, self.accounts.code_secret(account.person))
    }

    /// Begins a sign-in at the box's own command line: whom the system takes somebody for, no network says.
    ///
    /// # Errors
    /// When the name failed too often there.
    pub fn begin_at_console(&self, now: Time, name: &SignInName, uid: u32) -> Result<SignIn, LockedOut> {
        self.begin(now, name, format!("uid {uid}"), name_at(name, Place::Console(uid)))
    }

    fn begin(&self, now: Time, name: &SignInName, from: String, counts: Key) -> Result<SignIn, LockedOut> {
        self.check_lock(now, &counts)?;
        let account = self.accounts.by_name(name).filter(|account| self.lets_in(account.person));
        Ok(SignIn {
            name: Some(name.clone()),
            from,
            person: account.map(|account| account.person),
            against: account.map_or(&self.decoy, |account| &account.password).clone(),
            counts: Some(counts),
            code_counts: false,
            is_code_wrong: false,
        })
    }

    /// For how long strangers' wrong passwords hold up whoever signs in as this person where they are not known.
    pub fn held_up(&self, now: Time, person: PersonId) -> Option<Duration> {
        self.accounts.of(person).and_then(|account| self.lockout.delay(now, &name_key(&account.name)))
    }

    /// Ends that, for [`EXCUSED_FOR`](crate::EXCUSED_FOR). It lets nobody in: the password is asked for as ever.
    pub fn excuse(&mut self, now: Time, person: PersonId) {
        let key = self.accounts.of(person).map(|account| name_key(&account.name));
        key.into_iter().for_each(|key| self.lockout.excuse(now, key));
    }

    /// Ends a sign-in: `matches` says whether the password fitted. A right one begins a session under `token`.
    pub fn finish_sign_in(
        &mut self,
        now: Time,
        sign_in: SignIn,
        matches: bool,
        token: &SessionToken,
    ) -> Option<PersonId> {
        // The account may have changed while the password was hashed.
        let current = sign_in.name.as_ref().and_then(|name| self.accounts.by_name(name));
        let is_current = current.is_some_and(|account| account.password == sign_in.against);
        let lets_in = |person: &PersonId| self.lets_in(*person) && self.has_code(&sign_in, *person);
        match sign_in.person.filter(|person| matches && is_current && lets_in(person)) {
            Some(person) => {
                // Only of where it was typed: strangers have not become better by it.
                self.succeed(&sign_in);
                self.begin_session(now, person, sign_in.from, token);
                Some(person)
            }
            None => {
                self.fail(now, sign_in);
                None
            }
        }
    }

    /// Begins to take the box with the owner's code.
    ///
    /// # Errors
    /// When the address failed too often.
    pub fn begin_claim(&self, now: Time, from: &str) -> Result<SignIn, LockedOut> {
        self.check_lock(now, &address_key(from))?;
        let code = self.accounts.claim.as_ref().map_or(&self.decoy, |claim| &claim.code);
        Ok(SignIn::to_join(None, from, code.clone()))
    }

    /// The accounts as they are once the claim is taken, to be written before [`Access::finish_claim`]; none where the
    /// code did not fit, or the box has an owner by now.
    pub fn accept_claim(
        &mut self,
        now: Time,
        claim: &SignIn,
        matches: bool,
        name: SignInName,
        password: PasswordHash,
    ) -> Option<Accounts> {
        let is_open = self.accounts.claim.as_ref().is_some_and(|open| open.code == claim.against);
        if !(matches && is_open) {
            self.fail(now, claim.clone());
            return None;
        }
        let account = Account { person: self.owner(), name, password };
        Some(Accounts { accounts: vec![account], ..Accounts::default() })
    }

    /// The accounts are written: the claim is taken, and the owner is signed in.
    pub fn finish_claim(&mut self, now: Time, claim: SignIn, accounts: Accounts, token: &SessionToken) {
        let Some(person) = accounts.accounts.first().map(|account| account.person) else { return };
        self.take(accounts);
        self.people.entry(person).or_insert_with(|| vec![PersonRole::Owner]);
        self.begin_session(now, person, claim.from, token);
    }

    /// Whose session this is; a request of theirs keeps it alive.
    pub fn request(&mut self, now: Time, token: &SessionToken) -> Option<SignedIn> {
        let signed_in = self.look(now, token)?;
        self.sessions.touch(now, token.id());
        Some(signed_in)
    }

    /// The same without keeping it alive: for what a page does by itself.
    pub fn look(&self, now: Time, token: &SessionToken) -> Option<SignedIn> {
        let person = self.sessions.person(now, token.id()).filter(|person| self.lets_in(*person))?;
        let account = self.accounts.of(person)?;
        let must_set_up = self.must_set_up(person);
        let roles = self.people.get(&person)?;
        let permissions = if must_set_up { Permissions::default() } else { Permissions::of(roles) };
        Some(SignedIn { person, name: account.name.as_str().to_owned(), permissions, must_set_up })
    }

    /// What a person is.
    pub fn roles_of(&self, person: PersonId) -> &[PersonRole] {
        self.people.get(&person).map_or(&[], Vec::as_slice)
    }

    /// The name under which a person signs in, if they have an account.
    pub fn name_of(&self, person: PersonId) -> Option<&str> {
        self.accounts.of(person).map(|account| account.name.as_str())
    }

    /// Who is which administrator, of those who can sign in.
    pub fn administrators(&self) -> Administrators {
        let can_sign_in = |person: PersonId| self.accounts.of(person).is_some() && self.lets_in(person);
        let with_account = self.people.iter().filter(|(person, _)| can_sign_in(**person));
        Administrators::of(with_account.map(|(person, roles)| (*person, roles.as_slice())))
    }

    /// Ends a session.
    pub fn sign_out(&mut self, token: &SessionToken) {
        let ended = self.sessions.end(token.id());
        self.tell_ended(ended);
    }

    /// When the next session runs out.
    pub fn next_deadline(&self) -> Option<Time> {
        self.sessions.next_end()
    }

    /// Ends the sessions that have run out.
    pub fn handle_timeout(&mut self, now: Time) {
        let ended = self.sessions.end_old(now);
        self.tell_ended(ended);
    }

    /// What happened.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn take_people(&mut self, settings: &Settings) {
        self.second_factor = settings.sign_in.second_factor;
        self.people = settings.people.iter().map(|person| (person.id, person.roles.clone())).collect();
        // Settings that name no owner would lock the box; whoever claimed it stays its owner.
        if !names_owner(settings) {
            let claimed = self.accounts.accounts.first().map(|account| account.person);
            if let Some(person) = claimed {
                self.people.entry(person).or_default().push(PersonRole::Owner);
            }
        }
        self.accounts = self.separate(self.accounts.clone());
    }

    /// Whom the claim makes owner: the one that the settings name, else somebody new.
    fn owner(&self) -> PersonId {
        let named = self.people.iter().find(|(_, roles)| roles.contains(&PersonRole::Owner));
        let newest = self.people.keys().next_back().map_or(0, |person| person.0);
        named.map_or(PersonId(newest + 1), |(person, _)| *person)
    }

    pub(crate) fn check_lock(&self, now: Time, key: &Key) -> Result<(), LockedOut> {
        self.lockout.delay(now, key).map_or(Ok(()), |delay| Err(LockedOut(delay)))
    }

    pub(crate) fn begin_session(&mut self, now: Time, person: PersonId, from: String, token: &SessionToken) {
        if self.sessions.begin(now, token.id(), person) {
            self.outputs.push_back(Output::SignedOut { person });
        }
        self.outputs.push_back(Output::SignedIn { person, from });
    }

    pub(crate) fn succeed(&mut self, sign_in: &SignIn) {
        sign_in.counts.iter().for_each(|counts| self.lockout.forget(counts));
    }

    pub(crate) fn fail(&mut self, now: Time, sign_in: SignIn) {
        sign_in.counts.into_iter().for_each(|counts| self.lockout.note_failure(now, counts));
        self.lockout.note_failure(now, address_key(&sign_in.from));
        let (name, from) = (sign_in.name.map(|name| name.as_str().to_owned()).unwrap_or_default(), sign_in.from);
        self.outputs.push_back(match sign_in.person.filter(|_| sign_in.is_code_wrong) {
            Some(person) => Output::CodeWrong { person, from },
            None => Output::SignInFailed { name, from },
        });
    }

    pub(crate) fn tell_ended(&mut self, ended: impl IntoIterator<Item = PersonId>) {
        self.outputs.extend(ended.into_iter().map(|person| Output::SignedOut { person }));
    }
}

fn names_owner(settings: &Settings) -> bool {
    settings.people.iter().any(|person| person.roles.contains(&PersonRole::Owner))
}

pub(crate) fn name_key(name: &SignInName) -> Key {
    Key::Name(name.as_str().to_owned())
}

pub(crate) fn name_at(name: &SignInName, place: Place) -> Key {
    Key::NameAt(name.as_str().to_owned(), place)
}

pub(crate) fn address_key(from: &str) -> Key {
    Key::Address(from.to_owned())
}
