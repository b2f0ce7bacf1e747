//! How somebody shows anew that it is them, without a session that comes of it: with their own password, which a desk that
//! was left open does not have.

use frame::{PersonId, Time};

use crate::{Access, LockedOut, SessionToken, SignIn, access::name_at, lockout::Place};

impl Access {
    /// Begins it for somebody who is signed in; none where the session is over. At the command line it begins as a sign-in
    /// does.
    ///
    /// # Errors
    /// When this session failed too often. What strangers do to the name holds up nobody who is signed in.
    pub fn begin_confirm(&self, now: Time, token: &SessionToken, from: &str) -> Result<Option<SignIn>, LockedOut> {
        let Some(account) = self.sessions.person(now, token.id()).and_then(|person| self.accounts.of(person)) else {
            return Ok(None);
        };
        let counts = name_at(&account.name, Place::Session(token.id()));
        self.check_lock(now, &counts)?;
        Ok(Some(SignIn::of_account(account, from, counts)))
    }

    /// Who it is, where the password fitted and is still theirs, and the code of the second factor counted, if they have or need
    /// one. A wrong one counts as a try to sign in.
    pub fn confirm(&mut self, now: Time, confirm: SignIn, matches: bool) -> Option<PersonId> {
        let person = confirm.person.filter(|person| {
            let account = self.accounts.of(*person).filter(|account| account.password == confirm.against);
            let has_code = self.has_code(&confirm, *person) && !self.must_set_up(*person);
            matches && account.is_some() && self.lets_in(*person) && has_code
        });
        match person {
            Some(_) => self.succeed(&confirm),
            None => self.fail(now, confirm),
        }
        person
    }
}
