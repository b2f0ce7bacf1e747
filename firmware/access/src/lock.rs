//! How a person is kept out at once: signed out everywhere, and let in by no password, code or PIN until somebody unlocks
//! them.
//!
//! It takes one person to do it: it spoils no evidence, and whoever may be a thief of a password is to be kept out before a
//! second person is found. To undo it takes one, too, and two where it lets an administrator in (`let_in`). What the person
//! had asked for or granted is not redeemed meanwhile.
//! Not here: the owner, whom nobody else could let in again; what a passphrase opens at the command line, which is of the
//! vault's keys.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

use frame::PersonId;
use settings::PersonRole;

use crate::{Access, Accounts, AnsweredBy, NeedsSecond};

/// Why somebody can't be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLocked {
    /// The settings name nobody with this number.
    #[error("the settings name no such person")]
    Unknown,
    /// Nobody could unlock the box.
    #[error("the owner can't be locked")]
    Owner,
    /// Whoever locks somebody can be asked about it.
    #[error("nobody locks themselves")]
    Oneself,
}

impl Access {
    /// The accounts with a person locked by another, and without an invitation of theirs. Once they are written,
    /// [`Access::take_accounts`] takes them and [`Access::end_sessions`] signs the person out.
    ///
    /// # Errors
    /// When this person can't be locked, or not by this one.
    pub fn lock(&self, by: PersonId, person: PersonId) -> Result<Accounts, NotLocked> {
        let roles = self.people.get(&person).ok_or(NotLocked::Unknown)?;
        if roles.contains(&PersonRole::Owner) {
            return Err(NotLocked::Owner);
        }
        if by == person {
            return Err(NotLocked::Oneself);
        }
        let mut accounts = self.accounts.clone().without_invitation(person);
        accounts.locked.insert(person);
        Ok(accounts)
    }

    /// The accounts with a person unlocked.
    ///
    /// # Errors
    /// When it takes more people.
    pub fn unlock(&self, person: PersonId, by: AnsweredBy) -> Result<Accounts, NeedsSecond> {
        self.check_second(person, by)?;
        let mut accounts = self.accounts.clone();
        accounts.locked.remove(&person);
        Ok(accounts)
    }

    /// Whether a person is locked.
    pub fn is_locked(&self, person: PersonId) -> bool {
        self.accounts.locked.contains(&person)
    }

    /// Whether somebody is let in: named by the settings, and not locked.
    pub(crate) fn lets_in(&self, person: PersonId) -> bool {
        self.people.contains_key(&person) && !self.is_locked(person)
    }
}

/// Who is locked, for whoever else lets people in: telephones, by PIN. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct LockedPeople(Arc<RwLock<BTreeSet<PersonId>>>);

impl LockedPeople {
    /// Takes who is locked by these accounts.
    pub fn take(&self, accounts: &Accounts) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clone_from(&accounts.locked);
    }

    /// Whether a person is.
    pub fn has(&self, person: PersonId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&person)
    }
}
