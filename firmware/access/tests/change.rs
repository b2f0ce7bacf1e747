//! A person changes their own password.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use access::{Access, Account, Accounts, Output, Password, PasswordHash, SessionToken, SignInName};
use frame::{PersonId, Time};
use settings::{Person, PersonRole, Settings};

const LI: PersonId = PersonId(2);
const WANG: PersonId = PersonId(3);
const DESK: &str = "10.0.0.7";
const NOW: Time = Time::ZERO;

fn hash(text: &str) -> PasswordHash {
    PasswordHash::of(&Password::typed(text).unwrap(), [1; 16]).unwrap()
}

fn token(no: u8) -> SessionToken {
    SessionToken::from_random([no; 32])
}

fn name(text: &str) -> SignInName {
    SignInName::parse(text).unwrap()
}

fn sign_in(access: &mut Access, who: &str, password: &str, no: u8) -> Option<PersonId> {
    let attempt = access.begin_sign_in(NOW, &name(who), "elsewhere", &[]).unwrap();
    let matches = attempt.against().matches(&Password::typed(password).unwrap());
    access.finish_sign_in(NOW, attempt, matches, &token(no))
}

/// Li with two sessions, Wang with one.
fn access() -> Access {
    let account = |person, who| Account { person, name: name(who), password: hash("old") };
    let accounts = Accounts { accounts: vec![account(LI, "li"), account(WANG, "wang")], ..Accounts::default() };
    let person = |id| Person { id, name: "某".to_owned(), roles: vec![PersonRole::Agent], extension: None, pin: None };
    let settings = Settings { people: vec![person(LI), person(WANG)], ..Settings::default() };
    let mut access = Access::new(accounts, hash("decoy"), &settings);
    for (who, no) in [("li", 1), ("li", 2), ("wang", 3)] {
        sign_in(&mut access, who, "old", no).unwrap();
    }
    while access.poll_output().is_some() {}
    access
}

fn change(access: &mut Access, no: u8, old: &str, new: &str) -> bool {
    let change = access.begin_confirm(NOW, &token(no), DESK).unwrap().unwrap();
    let matches = change.against().matches(&Password::typed(old).unwrap());
    let Some(accounts) = access.accept_change(NOW, &change, matches, hash(new)) else { return false };
    access.finish_change(change, accounts, &token(no));
    true
}

#[test]
fn the_new_password_holds_and_the_persons_other_sessions_end() {
    let mut access = access();
    assert!(change(&mut access, 1, "old", "new"));
    let told: Vec<Output> = std::iter::from_fn(|| access.poll_output()).collect();
    let expected = [Output::PasswordChanged { person: LI, from: DESK.into() }, Output::SignedOut { person: LI }];
    assert_eq!(told, expected);
    let is_in = |access: &Access, no| access.look(NOW, &token(no)).is_some();
    assert!(is_in(&access, 1) && !is_in(&access, 2) && is_in(&access, 3));
    assert_eq!(sign_in(&mut access, "li", "old", 4), None);
    assert_eq!(sign_in(&mut access, "li", "new", 4), Some(LI));
    assert_eq!(sign_in(&mut access, "wang", "old", 5), Some(WANG));
}

#[test]
fn without_the_old_password_nothing_changes_and_tries_are_counted() {
    let mut access = access();
    assert!(!change(&mut access, 1, "guess", "new"));
    assert!(matches!(access.poll_output(), Some(Output::SignInFailed { name, .. }) if name == "li"));
    assert_eq!(sign_in(&mut access, "li", "old", 4), Some(LI));
    for _ in 0..2 {
        assert!(!change(&mut access, 1, "guess", "new"));
    }
    assert!(access.begin_confirm(NOW, &token(1), DESK).is_err(), "locked");
}

#[test]
fn no_session_no_change_and_of_two_at_once_the_second_is_refused() {
    let mut access = access();
    assert!(access.begin_confirm(NOW, &token(9), DESK).unwrap().is_none());
    let late = access.begin_confirm(NOW, &token(2), DESK).unwrap().unwrap();
    assert!(change(&mut access, 1, "old", "new"));
    assert_eq!(access.accept_change(NOW, &late, true, hash("other")), None);
}

fn confirm(access: &mut Access, no: u8, password: &str) -> Option<PersonId> {
    let confirm = access.begin_confirm(NOW, &token(no), DESK).unwrap().unwrap();
    let matches = confirm.against().matches(&Password::typed(password).unwrap());
    access.confirm(NOW, confirm, matches)
}

#[test]
fn somebody_confirms_who_they_are_with_their_own_password_and_tries_are_counted() {
    let mut access = access();
    assert_eq!(confirm(&mut access, 1, "old"), Some(LI));
    assert_eq!(access.poll_output(), None, "it begins no session");
    for _ in 0..3 {
        assert_eq!(confirm(&mut access, 1, "guess"), None);
    }
    assert!(access.begin_confirm(NOW, &token(1), DESK).is_err(), "locked");
}

#[test]
fn a_password_that_was_changed_meanwhile_confirms_nobody() {
    let mut access = access();
    let late = access.begin_confirm(NOW, &token(2), DESK).unwrap().unwrap();
    assert!(change(&mut access, 1, "old", "new"));
    assert_eq!(access.confirm(NOW, late, true), None);
}
