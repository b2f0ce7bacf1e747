//! Who lets an administrator in: one person at first, two once all three have had an account.
//!
//! Source: GB/T 22239-2019, 8.1.4.2 (separation of administrators). Whoever makes a code sees it and can sign in with it, so
//! one person who makes codes for administrators could be all three. At first somebody has to: the owner. Once the
//! administrators have had accounts, and for good, a code for one of them, letting in one who is locked, taking off a second factor, and giving their
//! roles to somebody else take two.
//! Not here: who may ask and who grants (`approval`). Locking and withdrawing, which take one person (`lock`, `invite`).

use std::{fmt, str::FromStr};

use frame::PersonId;
use serde::{Deserialize, Serialize};
use settings::{Person, PersonRole, Weakening};

use crate::{Access, Accounts, Administrators, Permission, Permissions, approval::administrator};

/// How many people answer for an act on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// Who does it.
    One,
    /// Who asked for it and who granted it.
    Two,
}

/// It takes two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an administrator is let in by two people")]
pub struct NeedsSecond;

/// What lets an administrator in, as two people agree on it: `invite 3`, `unlock 3`, `drop-second-factor 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetIn {
    /// A code, with which they choose name and password.
    Invite(PersonId),
    /// They are locked no more.
    Unlock(PersonId),
    /// Their password alone is enough, as their authenticator app is lost.
    DropSecondFactor(PersonId),
}

impl LetIn {
    /// Whom.
    pub const fn person(self) -> PersonId {
        match self {
            LetIn::Invite(person) | LetIn::Unlock(person) | LetIn::DropSecondFactor(person) => person,
        }
    }
}

impl fmt::Display for LetIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LetIn::Invite(person) => write!(f, "invite {}", person.0),
            LetIn::Unlock(person) => write!(f, "unlock {}", person.0),
            LetIn::DropSecondFactor(person) => write!(f, "drop-second-factor {}", person.0),
        }
    }
}

/// The text is no such act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither `invite`, `unlock` nor `drop-second-factor` of a person's number")]
pub struct NotLetIn;

impl FromStr for LetIn {
    type Err = NotLetIn;

    /// Word for word as it is shown, so that one act has one text.
    fn from_str(text: &str) -> Result<LetIn, NotLetIn> {
        let (act, person) = text.split_once(' ').ok_or(NotLetIn)?;
        let person = PersonId(person.parse().map_err(|_| NotLetIn)?);
        let let_in = match act {
            "invite" => LetIn::Invite(person),
            "unlock" => LetIn::Unlock(person),
            "drop-second-factor" => LetIn::DropSecondFactor(person),
            _ => return Err(NotLetIn),
        };
        if let_in.to_string() == text { Ok(let_in) } else { Err(NotLetIn) }
    }
}

/// Somebody whom settings make an administrator, or the owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NewAdministrator {
    /// Who.
    pub person: PersonId,
    /// What the settings call them.
    pub name: String,
    /// What they become.
    pub role: PersonRole,
}

/// Whom other settings make an administrator or the owner, one row a role. That somebody is one no more is the safe direction.
pub fn new_administrators(old: &[Person], new: &[Person]) -> Vec<NewAdministrator> {
    let roles_of = |id: PersonId| old.iter().find(|was| was.id == id).map_or(&[][..], |was| &was.roles);
    let gains = new.iter().flat_map(|person| {
        let gained = gained(roles_of(person.id), &person.roles);
        gained.into_iter().map(move |role| (person, role))
    });
    gains.map(|(person, role)| NewAdministrator { person: person.id, name: person.name.clone(), role }).collect()
}

/// Whom other settings give a role that opens recordings, and no word in anything else: of the others [`new_administrators`] tells.
pub fn new_openers(old: &[Person], new: &[Person]) -> Vec<Weakening> {
    let roles_of = |id: PersonId| old.iter().find(|was| was.id == id).map_or(&[][..], |was| &was.roles);
    let opens = |role: PersonRole| {
        let may = Permissions::of(&[role]);
        may.allow(Permission::OpenRecording) || may.allow(Permission::OpenCompartment)
    };
    let is_new =
        |person: &Person, role: PersonRole| !lets_decide(role) && opens(role) && !roles_of(person.id).contains(&role);
    let gains = new.iter().flat_map(|person| person.roles.iter().map(move |role| (person, *role)));
    let gains = gains.filter(|(person, role)| is_new(person, *role));
    gains.map(|(person, role)| Weakening::Opener { person: person.id, name: person.name.clone(), role }).collect()
}

/// The roles that are new; also the one that counts now because another one is gone.
fn gained(was: &[PersonRole], becomes: &[PersonRole]) -> Vec<PersonRole> {
    let is_new = |role: &&PersonRole| lets_decide(**role) && !was.contains(role);
    let new: Vec<PersonRole> = becomes.iter().filter(is_new).copied().collect();
    let counts = administrator(becomes).filter(|role| administrator(was) != Some(*role));
    if new.is_empty() { counts.into_iter().collect() } else { new }
}

/// Whether a role is among those that check one another.
fn lets_decide(role: PersonRole) -> bool {
    role == PersonRole::Owner || role.is_administrator()
}

impl Access {
    /// Whether all three administrators have had accounts: from then on two people let one in.
    pub fn are_separated(&self) -> bool {
        self.accounts.separated
    }

    /// Whether it takes two people to let this person in.
    pub fn needs_second(&self, person: PersonId) -> bool {
        self.are_separated() && self.roles_of(person).iter().any(|role| lets_decide(*role))
    }

    /// Whether so many people are enough to let this person in.
    pub(crate) fn check_second(&self, person: PersonId, by: AnsweredBy) -> Result<(), NeedsSecond> {
        if by == AnsweredBy::One && self.needs_second(person) { Err(NeedsSecond) } else { Ok(()) }
    }

    /// The accounts, separated where all three administrators have one, locked or not.
    pub(crate) fn separate(&self, mut accounts: Accounts) -> Accounts {
        let with_account = self.people.iter().filter(|(person, _)| accounts.of(**person).is_some());
        let people = Administrators::of(with_account.map(|(person, roles)| (*person, roles.as_slice())));
        if !accounts.separated && people.are_complete() {
            accounts.separated = true;
        }
        accounts
    }

    /// Takes accounts that were written. While they were, settings may have named the last of the three: that they are separated is for
    /// good, and no accounts of before undo it.
    pub(crate) fn take(&mut self, accounts: Accounts) {
        let separated = self.accounts.separated;
        self.accounts = self.separate(accounts);
        self.accounts.separated |= separated;
    }

    /// The accounts as they are, to be kept: after a change of settings by which they became separated.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_somebody_in_has_one_text() {
        for let_in in [LetIn::Invite(PersonId(3)), LetIn::Unlock(PersonId(12)), LetIn::DropSecondFactor(PersonId(1))] {
            assert_eq!(let_in.to_string().parse(), Ok(let_in));
        }
        for wrong in ["", "invite", "invite  3", "invite 03", "invite +3", "lock 3", "invite 3 4", " invite 3"] {
            assert_eq!(wrong.parse::<LetIn>(), Err(NotLetIn), "{wrong:?}");
        }
    }

    fn person(id: u32, roles: &[PersonRole]) -> Person {
        Person { id: PersonId(id), name: "张".into(), roles: roles.to_vec(), extension: None, pin: None }
    }

    #[test]
    fn who_gets_a_role_that_opens_recordings_is_named() {
        use PersonRole::{Agent, Audit, Supervisor};
        let old = [person(3, &[Agent]), person(4, &[Supervisor])];
        let opener = |id| Weakening::Opener { person: PersonId(id), name: "张".into(), role: Supervisor };
        assert_eq!(new_openers(&old, &old), []);
        assert_eq!(
            new_openers(&old, &[person(3, &[Agent, Supervisor]), person(5, &[Supervisor])]),
            [opener(3), opener(5)]
        );
        assert_eq!(
            new_openers(&old, &[person(3, &[Agent, Audit]), person(6, &[Agent])]),
            [],
            "they are told otherwise"
        );
    }

    #[test]
    fn who_becomes_an_administrator_is_named_and_who_is_one_no_more_is_not() {
        use PersonRole::{Agent, Audit, Owner, Security, System};
        let old = [person(1, &[Owner]), person(2, &[Security]), person(3, &[Agent, Audit]), person(4, &[Agent])];
        let becomes = |new: &[Person]| -> Vec<(u32, PersonRole)> {
            new_administrators(&old, new).iter().map(|new| (new.person.0, new.role)).collect()
        };
        assert_eq!(becomes(&old), []);
        assert_eq!(becomes(&old[..1]), [], "the safe direction");
        assert_eq!(becomes(&[person(3, &[Audit])]), [], "an agent no more");
        assert_eq!(becomes(&[person(4, &[Agent, Audit])]), [(4, Audit)]);
        assert_eq!(becomes(&[person(9, &[System]), person(2, &[Security, Owner])]), [(9, System), (2, Owner)]);
        assert_eq!(becomes(&[person(2, &[Audit]), person(3, &[Security])]), [(2, Audit), (3, Security)]);
        let greedy = [person(5, &[Owner, Security])];
        let one: Vec<_> = new_administrators(&greedy, &[person(5, &[Security])]);
        assert_eq!(one.iter().map(|new| new.role).collect::<Vec<_>>(), [Security], "of two roles none counted");
    }
}
