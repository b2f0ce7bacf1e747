//! From an invitation to an account, told in order.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::time::Duration;

use access::{
    Access, Account, Accounts, AnsweredBy, INVITATION_LASTS, NeedsSecond, NotInvited, NotJoined, NotLocked, Output,
    OwnerCode, Password, PasswordHash, SessionToken, SignInName, TwoPersonAct,
};
use frame::{PersonId, Stamp, Time};
use settings::{Person, PersonRole, Settings};

const OWNER: PersonId = PersonId(1);
const AUDITOR: PersonId = PersonId(2);
const AGENT: PersonId = PersonId(3);
const SECURITY: PersonId = PersonId(4);
const DESK: &str = "10.0.0.7";

fn hash(text: &str) -> PasswordHash {
    PasswordHash::of(&Password::typed(text).unwrap(), [1; 16]).unwrap()
}

fn name(text: &str) -> SignInName {
    SignInName::parse(text).unwrap()
}

fn token(no: u8) -> SessionToken {
    SessionToken::from_random([no; 32])
}

fn code(no: u8) -> OwnerCode {
    OwnerCode::from_random([no; 10])
}

fn at(after: Duration) -> Stamp {
    Stamp { time: Time::ZERO + after, ..Stamp::default() }
}

fn settings(people: &[(PersonId, PersonRole)]) -> Settings {
    let person = |(id, role): &(PersonId, PersonRole)| Person {
        id: *id,
        name: "张".to_owned(),
        roles: vec![*role],
        extension: None,
        pin: None,
    };
    Settings { people: people.iter().map(person).collect(), ..Settings::default() }
}

const PEOPLE: [(PersonId, PersonRole); 3] =
    [(OWNER, PersonRole::Owner), (AUDITOR, PersonRole::Audit), (AGENT, PersonRole::Agent)];

/// A box with its owner, who signs in as "chen".
fn access() -> Access {
    let account = Account { person: OWNER, name: name("chen"), password: hash("right") };
    let accounts = Accounts { accounts: vec![account], ..Accounts::default() };
    Access::new(accounts, hash("decoy"), &settings(&PEOPLE))
}

fn invite(access: &mut Access, person: PersonId, no: u8) {
    let code = PasswordHash::of(&code(no).as_password(), [2; 16]).unwrap();
    let accounts = access.invite(at(Duration::ZERO), person, code, AnsweredBy::One).unwrap();
    access.take_accounts(accounts);
}

/// Takes an invitation with a code, a name and a password.
fn join(access: &mut Access, now: Stamp, person: PersonId, no: u8, who: &str, session: u8) -> Result<(), NotJoined> {
    let begun = access.begin_join(now, person, DESK).unwrap();
    let matches = begun.against().matches(&code(no).as_password());
    let accounts = access.accept_join(now, &begun, matches, name(who), hash("chosen"))?;
    access.finish_join(now.time, begun, accounts, &token(session));
    Ok(())
}

fn drain(access: &mut Access) -> Vec<Output> {
    std::iter::from_fn(|| access.poll_output()).collect()
}

fn signs_in(access: &mut Access, who: &str, password: &str) -> Option<PersonId> {
    let attempt = access.begin_sign_in(Time::ZERO, &name(who), "elsewhere", &[]).unwrap();
    let matches = attempt.against().matches(&Password::typed(password).unwrap());
    access.finish_sign_in(Time::ZERO, attempt, matches, &token(99))
}

#[test]
fn whoever_is_invited_chooses_a_name_and_a_password_and_is_in() {
    let mut access = access();
    assert_eq!(signs_in(&mut access, "li", "chosen"), None);
    drain(&mut access);
    invite(&mut access, AUDITOR, 7);
    join(&mut access, at(Duration::ZERO), AUDITOR, 7, "li", 1).unwrap();
    let told = [
        Output::Joined { person: AUDITOR, from: DESK.into() },
        Output::SignedIn { person: AUDITOR, from: DESK.into() },
    ];
    assert_eq!(drain(&mut access), told);
    assert_eq!(access.look(Time::ZERO, &token(1)).unwrap().person, AUDITOR);
    assert_eq!(signs_in(&mut access, "li", "chosen"), Some(AUDITOR));
    assert_eq!(signs_in(&mut access, "chen", "right"), Some(OWNER), "the owner's account is untouched");
}

#[test]
fn a_code_is_good_once_for_its_own_person_and_for_a_day() {
    let mut access = access();
    invite(&mut access, AUDITOR, 7);
    invite(&mut access, AGENT, 8);
    let now = at(Duration::ZERO);
    assert_eq!(join(&mut access, now, AGENT, 7, "mallory", 1), Err(NotJoined::Code), "another's code");
    join(&mut access, now, AUDITOR, 7, "li", 1).unwrap();
    assert_eq!(join(&mut access, now, AUDITOR, 7, "mallory", 2), Err(NotJoined::Code), "a second time");
    let late = at(INVITATION_LASTS);
    assert_eq!(join(&mut access, late, AGENT, 8, "wang", 3), Err(NotJoined::Code), "a day later");
    assert_eq!(drain(&mut access).iter().filter(|told| matches!(told, Output::SignInFailed { .. })).count(), 3);
}

#[test]
fn a_withdrawn_or_replaced_code_opens_nothing() {
    let mut access = access();
    let now = at(Duration::ZERO);
    invite(&mut access, AUDITOR, 7);
    invite(&mut access, AUDITOR, 9);
    assert_eq!(join(&mut access, now, AUDITOR, 7, "li", 1), Err(NotJoined::Code));
    let accounts = access.withdraw(AUDITOR);
    access.take_accounts(accounts);
    assert_eq!(access.invitation(now, AUDITOR), None);
    assert_eq!(join(&mut access, now, AUDITOR, 9, "li", 1), Err(NotJoined::Code));
}

#[test]
fn an_invitation_replaced_or_withdrawn_while_its_code_was_hashed_is_not_taken() {
    let mut access = access();
    let now = at(Duration::ZERO);
    invite(&mut access, AUDITOR, 7);
    let begun = access.begin_join(now, AUDITOR, DESK).unwrap();
    invite(&mut access, AUDITOR, 8);
    assert_eq!(access.accept_join(now, &begun, true, name("li"), hash("chosen")), Err(NotJoined::Code));
    let begun = access.begin_join(now, AUDITOR, DESK).unwrap();
    let accounts = access.withdraw(AUDITOR);
    access.take_accounts(accounts);
    assert_eq!(access.accept_join(now, &begun, true, name("li"), hash("chosen")), Err(NotJoined::Code));
}

#[test]
fn nobody_takes_another_name_and_the_invitation_stays() {
    let mut access = access();
    let now = at(Duration::ZERO);
    invite(&mut access, AUDITOR, 7);
    assert_eq!(join(&mut access, now, AUDITOR, 7, "chen", 1), Err(NotJoined::NameTaken));
    assert_eq!(signs_in(&mut access, "chen", "right"), Some(OWNER));
    join(&mut access, now, AUDITOR, 7, "li", 1).unwrap();
}

#[test]
fn a_second_invitation_replaces_the_password_and_ends_the_sessions_under_the_first() {
    let mut access = access();
    let now = at(Duration::ZERO);
    invite(&mut access, AUDITOR, 7);
    join(&mut access, now, AUDITOR, 7, "li", 1).unwrap();
    invite(&mut access, AUDITOR, 8);
    assert!(access.look(Time::ZERO, &token(1)).is_some(), "until it is taken, nothing changes");
    join(&mut access, now, AUDITOR, 8, "li.na", 2).unwrap();
    assert!(access.look(Time::ZERO, &token(1)).is_none() && access.look(Time::ZERO, &token(2)).is_some());
    assert_eq!(signs_in(&mut access, "li", "chosen"), None, "the old name is gone");
}

#[test]
fn the_owner_and_strangers_are_not_invited() {
    let access = access();
    let refused = |person| access.invite(at(Duration::ZERO), person, hash("x"), AnsweredBy::One).unwrap_err();
    assert_eq!(refused(OWNER), NotInvited::Owner);
    assert_eq!(refused(PersonId(9)), NotInvited::Unknown);
}

#[test]
fn whoever_leaves_the_settings_can_not_take_an_invitation() {
    let mut access = access();
    invite(&mut access, AUDITOR, 7);
    access.apply(Time::ZERO, &settings(&PEOPLE[..1]));
    assert_eq!(join(&mut access, at(Duration::ZERO), AUDITOR, 7, "li", 1), Err(NotJoined::Code));
}

#[test]
fn codes_are_tried_ten_times_from_one_address() {
    let mut access = access();
    let now = at(Duration::ZERO);
    for no in 0..10 {
        assert_eq!(join(&mut access, now, AUDITOR, no, "li", 1), Err(NotJoined::Code));
    }
    assert!(access.begin_join(now, AUDITOR, DESK).is_err());
    assert!(access.begin_join(now, AUDITOR, "10.0.0.8").is_ok());
}

#[test]
fn whoever_is_locked_is_out_at_once_and_comes_in_by_nothing_until_unlocked() {
    let (mut access, now) = (access(), at(Duration::ZERO));
    invite(&mut access, AUDITOR, 7);
    join(&mut access, now, AUDITOR, 7, "li", 1).unwrap();
    assert_eq!(signs_in(&mut access, "li", "chosen"), Some(AUDITOR));
    let under_way = access.begin_sign_in(Time::ZERO, &name("li"), DESK, &[]).unwrap();
    invite(&mut access, AUDITOR, 8);
    let accounts = access.lock(OWNER, AUDITOR).unwrap();
    let kept = serde_json::to_string(&accounts).unwrap();
    access.take_accounts(accounts);
    assert!(access.look(Time::ZERO, &token(1)).is_none() && access.look(Time::ZERO, &token(99)).is_none());
    assert_eq!(access.finish_sign_in(Time::ZERO, under_way, true, &token(2)), None, "it was under way");
    assert_eq!(signs_in(&mut access, "li", "chosen"), None);
    assert_eq!(join(&mut access, now, AUDITOR, 8, "li", 3), Err(NotJoined::Code), "withdrawn, too");
    assert_eq!(access.invite(now, AUDITOR, hash("x"), AnsweredBy::One).unwrap_err(), NotInvited::Locked);
    drain(&mut access);
    access.end_sessions(AUDITOR);
    assert_eq!(drain(&mut access), vec![Output::SignedOut { person: AUDITOR }; 2]);
    // A restart changes nothing of it.
    let mut access = Access::new(serde_json::from_str(&kept).unwrap(), hash("decoy"), &settings(&PEOPLE));
    assert_eq!((access.is_locked(AUDITOR), signs_in(&mut access, "li", "chosen")), (true, None));
    let accounts = access.unlock(AUDITOR, AnsweredBy::One).unwrap();
    access.take_accounts(accounts);
    assert_eq!(signs_in(&mut access, "li", "chosen"), Some(AUDITOR));
}

#[test]
fn a_locked_administrator_is_none_and_nobody_locks_the_owner_or_themselves() {
    let mut access = access();
    invite(&mut access, AUDITOR, 7);
    join(&mut access, at(Duration::ZERO), AUDITOR, 7, "li", 1).unwrap();
    assert!(access.administrators().may_ask(AUDITOR, TwoPersonAct::Export));
    let accounts = access.lock(OWNER, AUDITOR).unwrap();
    access.take_accounts(accounts);
    assert!(!access.administrators().may_ask(AUDITOR, TwoPersonAct::Export));
    assert_eq!(access.lock(AUDITOR, OWNER), Err(NotLocked::Owner));
    assert_eq!(access.lock(AGENT, AGENT), Err(NotLocked::Oneself));
    assert_eq!(access.lock(OWNER, PersonId(9)), Err(NotLocked::Unknown));
}

const THREE: [(PersonId, PersonRole); 4] = [PEOPLE[0], PEOPLE[1], PEOPLE[2], (SECURITY, PersonRole::Security)];

/// A box whose three administrators have joined: the auditor last.
fn separated() -> Access {
    let (mut access, now) = (access(), at(Duration::ZERO));
    access.apply(Time::ZERO, &settings(&THREE));
    for (person, no, who) in [(SECURITY, 7, "zhou"), (AUDITOR, 8, "li")] {
        assert!(!access.are_separated());
        invite(&mut access, person, no);
        join(&mut access, now, person, no, who, no).unwrap();
    }
    assert!(access.are_separated());
    access
}

fn invited_by(access: &Access, person: PersonId, by: AnsweredBy) -> Result<Accounts, NotInvited> {
    access.invite(at(Duration::ZERO), person, hash("x"), by)
}

#[test]
fn once_the_three_administrators_have_accounts_one_person_lets_none_of_them_in() {
    let mut access = separated();
    for person in [SECURITY, AUDITOR] {
        assert_eq!(invited_by(&access, person, AnsweredBy::One), Err(NotInvited::NeedsSecond(NeedsSecond)));
        assert!(invited_by(&access, person, AnsweredBy::Two).is_ok());
    }
    assert!(invited_by(&access, AGENT, AnsweredBy::One).is_ok(), "an agent decides on nothing");
    assert_eq!(invited_by(&access, OWNER, AnsweredBy::Two), Err(NotInvited::Owner));
    let locked = access.lock(OWNER, AUDITOR).unwrap();
    access.take_accounts(locked);
    assert_eq!(access.unlock(AUDITOR, AnsweredBy::One), Err(NeedsSecond), "to lock one is no way around it");
    assert_eq!(invited_by(&access, SECURITY, AnsweredBy::One), Err(NotInvited::NeedsSecond(NeedsSecond)));
    assert!(!access.unlock(AUDITOR, AnsweredBy::Two).unwrap().locked.contains(&AUDITOR));
}

#[test]
fn what_takes_two_stays_so_when_an_administrator_leaves_and_over_a_restart() {
    let mut access = separated();
    let kept = serde_json::to_string(access.accounts()).unwrap();
    let successor = PersonId(9);
    let others = settings(&[PEOPLE[0], (successor, PersonRole::Audit), THREE[3]]);
    access.apply(Time::ZERO, &others);
    assert!(!access.administrators().are_complete());
    let after = Access::new(serde_json::from_str(&kept).unwrap(), hash("decoy"), &others);
    for access in [access, after] {
        assert!(access.needs_second(successor) && access.needs_second(SECURITY) && !access.needs_second(AGENT));
        assert_eq!(invited_by(&access, successor, AnsweredBy::One), Err(NotInvited::NeedsSecond(NeedsSecond)));
    }
    // A box of before knows it by its accounts, whoever is locked.
    let old: Accounts = serde_json::from_str(&kept).unwrap();
    let old = Accounts { separated: false, locked: [AUDITOR].into(), ..old };
    assert!(Access::new(old, hash("decoy"), &settings(&THREE)).are_separated());
}

#[test]
fn a_code_that_one_person_had_made_before_opens_nothing_once_the_three_are_there() {
    let (mut access, now) = (access(), at(Duration::ZERO));
    access.apply(Time::ZERO, &settings(&THREE));
    invite(&mut access, SECURITY, 7);
    join(&mut access, now, SECURITY, 7, "zhou", 1).unwrap();
    invite(&mut access, SECURITY, 6);
    invite(&mut access, AGENT, 5);
    invite(&mut access, AUDITOR, 8);
    join(&mut access, now, AUDITOR, 8, "li", 2).unwrap();
    assert_eq!(join(&mut access, now, SECURITY, 6, "zhou", 3), Err(NotJoined::Code));
    join(&mut access, now, AGENT, 5, "wang", 4).unwrap();
}

#[test]
fn a_code_for_an_agent_opens_nothing_once_settings_have_made_them_an_administrator() {
    let (mut access, now) = (separated(), at(Duration::ZERO));
    invite(&mut access, AGENT, 9);
    let mut people = THREE;
    people[2].1 = PersonRole::Audit;
    access.apply(Time::ZERO, &settings(&people));
    assert_eq!(access.invitation(now, AGENT), None);
    assert_eq!(join(&mut access, now, AGENT, 9, "wang", 1), Err(NotJoined::Code));
    let code = PasswordHash::of(&code(5).as_password(), [2; 16]).unwrap();
    let accounts = access.invite(now, AGENT, code, AnsweredBy::Two).unwrap();
    access.take_accounts(accounts);
    join(&mut access, now, AGENT, 5, "wang", 1).unwrap();
}
