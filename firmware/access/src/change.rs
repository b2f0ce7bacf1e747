//! How somebody who is signed in changes their own password: with the old one, which a desk that was left open does not
//! have ([`Access::begin_confirm`]).

use frame::{PersonId, Time};

use crate::{Access, Accounts, Output, PasswordHash, SessionToken, SignIn};

impl Access {
    /// The accounts with the new password, to be written before [`Access::finish_change`]; none where the old one did not
    /// fit, or is another one by now, or a second factor is to be set up first.
    pub fn accept_change(
        &mut self,
        now: Time,
        change: &SignIn,
        matches: bool,
        password: PasswordHash,
    ) -> Option<Accounts> {
        let has_code = change.person.is_some_and(|person| self.has_code(change, person) && !self.must_set_up(person));
        let mut accounts = self.accounts.clone();
        let own = accounts.accounts.iter_mut().find(|account| Some(account.person) == change.person);
        match own.filter(|account| matches && has_code && account.password == change.against) {
            Some(account) => account.password = password,
            None => {
                self.fail(now, change.clone());
                return None;
            }
        }
        Some(accounts)
    }

    /// The accounts are written: the new password holds, and every session of the person but the one of `token` ends.
    pub fn finish_change(&mut self, change: SignIn, accounts: Accounts, token: &SessionToken) {
        self.succeed(&change);
        self.take(accounts);
        let Some(person) = change.person else { return };
        self.forget_codes(person);
        self.outputs.push_back(Output::PasswordChanged { person, from: change.from });
        self.end_other_sessions(person, token);
    }

    pub(crate) fn end_other_sessions(&mut self, person: PersonId, token: &SessionToken) {
        let ended = self.sessions.end_others(person, token.id());
        self.tell_ended(ended);
    }
}
