//! How somebody but the owner comes to an account: invited by whoever may manage people, with a code that is shown once.
//!
//! The person takes the invitation on the page, with the code, and chooses name and password, which nobody else ever
//! knows. Whoever has an account and is invited again chooses anew, without the second factor of before: that is how a forgotten password and a lost app are replaced. Each
//! step gives the accounts as they are to be kept, and [`Access::take_accounts`] takes them once they are written.
//! Not here: the owner, whose password wraps a key of the vault and can't be replaced by a code.

use frame::{PersonId, Stamp, Time};
use settings::PersonRole;

use crate::{
    Access, Account, Accounts, AnsweredBy, Invitation, LockedOut, NeedsSecond, Output, PasswordHash, SessionToken,
    SignIn, SignInName, access::address_key,
};

/// Why somebody can't be invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInvited {
    /// The settings name nobody with this number.
    #[error("the settings name no such person")]
    Unknown,
    /// The owner's password wraps a key of the vault.
    #[error("the owner can't be invited")]
    Owner,
    /// Whoever is locked is unlocked first.
    #[error("a locked person can't be invited")]
    Locked,
    /// An administrator's code is made by two people.
    #[error(transparent)]
    NeedsSecond(#[from] NeedsSecond),
}

/// Why an invitation was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJoined {
    /// The code does not fit, or the invitation is over.
    #[error("the code is wrong or the invitation is over")]
    Code,
    /// Somebody else signs in under this name.
    #[error("the name is taken")]
    NameTaken,
}

impl Access {
    /// The invitation of a person, while it is open: an administrator's, that one person had made, opens nothing once it takes
    /// two.
    pub fn invitation(&self, now: Stamp, person: PersonId) -> Option<&Invitation> {
        let invitation = self.accounts.invitation(now, person);
        invitation.filter(|invitation| invitation.by_two || !self.needs_second(person))
    }

    /// The accounts with a new invitation, which takes the place of one that is open.
    ///
    /// # Errors
    /// When the person can't be invited, or not by so many people.
    pub fn invite(
        &self,
        now: Stamp,
        person: PersonId,
        code: PasswordHash,
        by: AnsweredBy,
    ) -> Result<Accounts, NotInvited> {
        let roles = self.people.get(&person).ok_or(NotInvited::Unknown)?;
        if roles.contains(&PersonRole::Owner) {
            return Err(NotInvited::Owner);
        }
        if self.is_locked(person) {
            return Err(NotInvited::Locked);
        }
        self.check_second(person, by)?;
        let mut accounts = self.accounts.clone().without_invitation(person);
        accounts.invitations.retain(|invitation| invitation.is_open(now));
        accounts.invitations.push(Invitation { person, code, made: now, by_two: by == AnsweredBy::Two });
        Ok(accounts)
    }

    /// The accounts without a person's invitation.
    pub fn withdraw(&self, person: PersonId) -> Accounts {
        self.accounts.clone().without_invitation(person)
    }

    /// Takes accounts that were written.
    pub fn take_accounts(&mut self, accounts: Accounts) {
        self.take(accounts);
    }

    /// Begins to take an invitation.
    ///
    /// # Errors
    /// When the address failed too often.
    pub fn begin_join(&self, now: Stamp, person: PersonId, from: &str) -> Result<SignIn, LockedOut> {
        self.check_lock(now.time, &address_key(from))?;
        let invitation = self.invitation(now, person).filter(|_| self.lets_in(person));
        let against = invitation.map_or(&self.decoy, |invitation| &invitation.code).clone();
        Ok(SignIn::to_join(invitation.map(|invitation| invitation.person), from, against))
    }

    /// The accounts as they are once the invitation is taken, to be written before [`Access::finish_join`]. `matches` says
    /// whether the code fitted.
    ///
    /// # Errors
    /// When it did not, when the invitation is over by now, or when the name is another's.
    pub fn accept_join(
        &mut self,
        now: Stamp,
        join: &SignIn,
        matches: bool,
        name: SignInName,
        password: PasswordHash,
    ) -> Result<Accounts, NotJoined> {
        let Some(person) = join.person.filter(|person| matches && self.is_invited(now, *person, join)) else {
            self.fail(now.time, join.clone());
            return Err(NotJoined::Code);
        };
        if self.accounts.by_name(&name).is_some_and(|account| account.person != person) {
            return Err(NotJoined::NameTaken);
        }
        // It begins anew: whoever made the code could come in as them anyway.
        let mut accounts = self.accounts.clone().without_invitation(person).without_second_factor(person);
        let account = Account { person, name, password };
        match accounts.accounts.iter_mut().find(|account| account.person == person) {
            Some(old) => *old = account,
            None => accounts.accounts.push(account),
        }
        Ok(self.separate(accounts))
    }

    /// The accounts are written: the invitation is taken, sessions under an older password end, and the person is in.
    pub fn finish_join(&mut self, now: Time, join: SignIn, accounts: Accounts, token: &SessionToken) {
        let had_factor = join.person.is_some_and(|person| self.has_second_factor(person));
        self.take(accounts);
        let Some(person) = join.person.filter(|person| self.lets_in(*person)) else { return };
        self.outputs.push_back(Output::Joined { person, from: join.from.clone() });
        if had_factor {
            self.tell_off(person, join.from.clone());
        }
        self.end_sessions(person);
        self.begin_session(now, person, join.from, token);
    }

    /// Whether somebody is signed in right now.
    pub fn is_signed_in(&self, now: Time, person: PersonId) -> bool {
        self.sessions.has(now, person)
    }

    /// Signs a person out wherever they are.
    pub fn end_sessions(&mut self, person: PersonId) {
        let ended = self.sessions.end_unless(|other| other != person);
        self.tell_ended(ended);
    }

    /// Whether the person is still there, and the invitation still the one that the code was compared with.
    fn is_invited(&self, now: Stamp, person: PersonId, join: &SignIn) -> bool {
        let invitation = self.invitation(now, person);
        self.lets_in(person) && invitation.is_some_and(|invitation| invitation.code == join.against)
    }
}
