//! Sign-in from the first code to the end of a shift, told in order.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::time::Duration;

use access::{
    Access, Accounts, Claim, LockedOut, Output, OwnerCode, Password, PasswordHash, Permission, SESSION_IDLE,
    SESSION_LONGEST, SESSIONS_PER_PERSON, SessionToken, SignInName,
};
use frame::{PersonId, Time};
use settings::{Person, PersonRole, Settings};

const OWNER: PersonId = PersonId(4);
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

fn at_secs(secs: u64) -> Time {
    Time::from_ms(secs * 1000)
}

fn settings(roles: &[(PersonId, PersonRole)]) -> Settings {
    let person = |(id, role): &(PersonId, PersonRole)| Person {
        id: *id,
        name: "院长".to_owned(),
        roles: vec![*role],
        extension: None,
        pin: None,
    };
    Settings { people: roles.iter().map(person).collect(), ..Settings::default() }
}

fn unclaimed(settings: &Settings) -> Access {
    let code = OwnerCode::from_random([9; 10]);
    let code = PasswordHash::of(&code.as_password(), [2; 16]).unwrap();
    Access::new(Accounts { claim: Some(Claim { code }), ..Accounts::default() }, hash("decoy"), settings)
}

/// A box whose owner took it as "chen" with "right".
fn claimed() -> Access {
    let mut access = unclaimed(&settings(&[(OWNER, PersonRole::Owner)]));
    let claim = access.begin_claim(Time::ZERO, DESK).unwrap();
    let accounts = access.accept_claim(Time::ZERO, &claim, true, name("chen"), hash("right")).unwrap();
    access.finish_claim(Time::ZERO, claim, accounts, &token(0));
    drain(&mut access);
    access
}

fn drain(access: &mut Access) -> Vec<Output> {
    std::iter::from_fn(|| access.poll_output()).collect()
}

fn sign_in(access: &mut Access, now: Time, who: &str, password: &str, no: u8) -> Option<PersonId> {
    let attempt = access.begin_sign_in(now, &name(who), DESK, &[]).unwrap();
    let matches = attempt.against().matches(&Password::typed(password).unwrap());
    access.finish_sign_in(now, attempt, matches, &token(no))
}

#[test]
fn the_code_makes_an_owner_once() {
    let mut access = unclaimed(&settings(&[(OWNER, PersonRole::Owner)]));
    assert!(access.is_unclaimed());
    let claim = access.begin_claim(Time::ZERO, DESK).unwrap();
    assert!(claim.against().matches(&OwnerCode::from_random([9; 10]).as_password()));
    let accounts = access.accept_claim(Time::ZERO, &claim, true, name("chen"), hash("right")).unwrap();
    let second = access.begin_claim(Time::ZERO, DESK).unwrap();
    access.finish_claim(Time::ZERO, claim, accounts, &token(1));
    assert!(!access.is_unclaimed());
    assert_eq!(drain(&mut access), [Output::SignedIn { person: OWNER, from: DESK.into() }]);
    assert!(access.look(Time::ZERO, &token(1)).unwrap().permissions.allow(Permission::ManagePeople));
    assert!(access.accept_claim(Time::ZERO, &second, true, name("mallory"), hash("other")).is_none());
}

#[test]
fn a_wrong_code_makes_nobody_owner_and_is_told() {
    let mut access = unclaimed(&settings(&[]));
    let claim = access.begin_claim(Time::ZERO, DESK).unwrap();
    assert!(access.accept_claim(Time::ZERO, &claim, false, name("mallory"), hash("x")).is_none());
    assert!(access.is_unclaimed());
    assert_eq!(drain(&mut access), [Output::SignInFailed { name: String::new(), from: DESK.into() }]);
}

#[test]
fn settings_without_an_owner_do_not_lock_the_box() {
    let mut access = unclaimed(&settings(&[(PersonId(7), PersonRole::Agent)]));
    let claim = access.begin_claim(Time::ZERO, DESK).unwrap();
    let accounts = access.accept_claim(Time::ZERO, &claim, true, name("chen"), hash("right")).unwrap();
    assert_eq!(accounts.accounts[0].person, PersonId(8));
    access.finish_claim(Time::ZERO, claim, accounts.clone(), &token(1));
    access.apply(Time::ZERO, &settings(&[(PersonId(7), PersonRole::Agent)]));
    assert!(access.look(Time::ZERO, &token(1)).unwrap().permissions.allow(Permission::ManagePeople));
}

#[test]
fn the_right_password_begins_a_session_and_a_wrong_one_does_not() {
    let mut access = claimed();
    assert_eq!(sign_in(&mut access, Time::ZERO, "chen", "wrong", 1), None);
    assert!(access.look(Time::ZERO, &token(1)).is_none());
    assert_eq!(sign_in(&mut access, Time::ZERO, "chen", "right", 1), Some(OWNER));
    assert_eq!(access.look(Time::ZERO, &token(1)).unwrap().name, "chen");
    let told = drain(&mut access);
    assert_eq!(told[0], Output::SignInFailed { name: "chen".into(), from: DESK.into() });
    assert_eq!(told[1], Output::SignedIn { person: OWNER, from: DESK.into() });
}

#[test]
fn an_unknown_name_is_met_like_a_wrong_password() {
    let mut access = claimed();
    let known = access.begin_sign_in(Time::ZERO, &name("chen"), DESK, &[]).unwrap();
    let unknown = access.begin_sign_in(Time::ZERO, &name("nobody"), DESK, &[]).unwrap();
    assert_ne!(known.against(), unknown.against());
    // Even one that fits the decoy comes to nothing.
    assert_eq!(sign_in(&mut access, Time::ZERO, "nobody", "decoy", 1), None);
    let mut locks = Vec::new();
    for who in ["chen", "nobody"] {
        let from = format!("desk of {who}");
        while let Ok(attempt) = access.begin_sign_in(Time::ZERO, &name(who), &from, &[]) {
            assert_eq!(access.finish_sign_in(Time::ZERO, attempt, false, &token(1)), None);
        }
        locks.push(access.begin_sign_in(Time::ZERO, &name(who), &from, &[]).unwrap_err());
    }
    assert_eq!(locks, [LockedOut(Duration::from_secs(1)); 2]);
}

#[test]
fn a_locked_name_opens_again_and_the_right_password_clears_it() {
    let mut access = claimed();
    (0..3).for_each(|_| assert_eq!(sign_in(&mut access, Time::ZERO, "chen", "wrong", 1), None));
    assert!(access.begin_sign_in(Time::ZERO, &name("chen"), "elsewhere", &[]).is_err());
    assert_eq!(sign_in(&mut access, at_secs(1), "chen", "right", 1), Some(OWNER));
    assert_eq!(sign_in(&mut access, at_secs(1), "chen", "wrong", 2), None);
    assert!(access.begin_sign_in(at_secs(1), &name("chen"), DESK, &[]).is_ok());
}

/// Five wrong passwords for "chen" from five addresses, as fast as the delays let them; when the last was.
fn flood(access: &mut Access) -> Time {
    for (no, secs) in [0, 0, 0, 1, 61].into_iter().enumerate() {
        let attempt = access.begin_sign_in(at_secs(secs), &name("chen"), &format!("10.0.0.{no}"), &[]).unwrap();
        assert_eq!(access.finish_sign_in(at_secs(secs), attempt, false, &token(9)), None);
    }
    at_secs(61)
}

fn stranger(access: &Access, now: Time) -> Option<LockedOut> {
    access.begin_sign_in(now, &name("chen"), "10.0.1.1", &[]).err()
}

#[test]
fn strangers_hold_up_strangers_for_half_an_hour_and_nobody_who_is_known() {
    let mut access = claimed();
    let seen = access.seen_in(Time::ZERO, &token(0), &[], [7; 16]);
    let now = flood(&mut access);
    let half_an_hour = Some(LockedOut(Duration::from_secs(1800)));
    assert_eq!(stranger(&access, now), half_an_hour);
    let page = access.begin_confirm(now, &token(0), "10.0.0.1").unwrap().expect("who is signed in");
    assert_eq!(access.confirm(now, page, true), Some(OWNER));
    assert!(access.begin_at_console(now, &name("chen"), 0).is_ok(), "at the box itself");
    let known = access.begin_sign_in(now, &name("chen"), "10.0.0.1", &seen).unwrap();
    assert_eq!(access.finish_sign_in(now, known, true, &token(1)), Some(OWNER));
    assert_eq!(stranger(&access, now), half_an_hour, "the owner's sign-in is no stranger's");
    assert!(access.begin_sign_in(now, &name("other"), "10.0.1.1", &seen).is_ok());
    let other = access.seen_in(now, &token(9), &seen, [8; 16]);
    assert_eq!(other, seen, "nobody has that session");
    assert_eq!(stranger(&access, at_secs(1861)), None);
}

#[test]
fn a_browser_that_is_known_has_a_count_of_its_own_and_no_address_holds_it_up() {
    let mut access = claimed();
    let seen = access.seen_in(Time::ZERO, &token(0), &[], [7; 16]);
    for no in 0..10 {
        let attempt = access.begin_sign_in(Time::ZERO, &name(&format!("guess {no}")), DESK, &[]).unwrap();
        assert_eq!(access.finish_sign_in(Time::ZERO, attempt, false, &token(1)), None);
    }
    assert!(access.begin_sign_in(Time::ZERO, &name("chen"), DESK, &[]).is_err());
    for secs in [0, 0, 0, 1, 61] {
        let attempt = access.begin_sign_in(at_secs(secs), &name("chen"), DESK, &seen).unwrap();
        assert_eq!(access.finish_sign_in(at_secs(secs), attempt, false, &token(1)), None);
    }
    let locked = access.begin_sign_in(at_secs(61), &name("chen"), DESK, &seen).unwrap_err();
    assert_eq!(locked, LockedOut(Duration::from_secs(1800)));
    assert_eq!(stranger(&access, at_secs(61)), None);
}

#[test]
fn somebody_else_ends_the_wait_for_a_while_and_strangers_can_not_begin_it_again() {
    let mut access = claimed();
    let now = flood(&mut access);
    assert_eq!(access.held_up(now, OWNER), Some(Duration::from_secs(1800)));
    access.excuse(now, OWNER);
    assert_eq!(access.held_up(now, OWNER), None);
    assert_eq!(sign_in(&mut access, now, "chen", "wrong", 2), None);
    assert_eq!(sign_in(&mut access, now, "chen", "right", 2), Some(OWNER));
}

#[test]
fn an_address_that_tries_many_names_is_locked() {
    let mut access = claimed();
    for no in 0..10 {
        let attempt = access.begin_sign_in(Time::ZERO, &name(&format!("guess {no}")), DESK, &[]).unwrap();
        assert_eq!(access.finish_sign_in(Time::ZERO, attempt, false, &token(1)), None);
    }
    assert!(access.begin_sign_in(Time::ZERO, &name("chen"), DESK, &[]).is_err());
    assert!(access.begin_claim(Time::ZERO, DESK).is_err());
    assert!(access.begin_sign_in(Time::ZERO, &name("chen"), "10.0.0.8", &[]).is_ok());
}

#[test]
fn an_idle_session_ends_and_says_so_and_a_page_left_open_does_not_keep_it() {
    let mut access = claimed();
    let idle = Time::ZERO + SESSION_IDLE;
    let before = Time::from_us(idle.as_us() - 1);
    assert!(access.look(before, &token(0)).is_some());
    assert_eq!(access.next_deadline(), Some(idle));
    assert!(access.look(idle, &token(0)).is_none());
    access.handle_timeout(idle);
    assert_eq!(drain(&mut access), [Output::SignedOut { person: OWNER }]);
    assert_eq!(access.next_deadline(), None);
}

#[test]
fn requests_keep_a_session_alive_but_not_beyond_the_longest_shift() {
    let mut access = claimed();
    let mut now = Time::ZERO;
    while now < Time::ZERO + SESSION_LONGEST {
        assert!(access.request(now, &token(0)).is_some(), "{now:?}");
        now += Duration::from_secs(600);
    }
    assert!(access.request(now, &token(0)).is_none());
}

#[test]
fn signing_out_ends_one_session_only() {
    let mut access = claimed();
    sign_in(&mut access, Time::ZERO, "chen", "right", 1);
    drain(&mut access);
    access.sign_out(&token(1));
    access.sign_out(&token(1));
    assert_eq!(drain(&mut access), [Output::SignedOut { person: OWNER }]);
    assert!(access.look(Time::ZERO, &token(0)).is_some() && access.look(Time::ZERO, &token(1)).is_none());
}

#[test]
fn one_person_has_a_bounded_number_of_sessions() {
    let mut access = claimed();
    for no in 1..=SESSIONS_PER_PERSON as u8 {
        sign_in(&mut access, at_secs(no.into()), "chen", "right", no);
    }
    let now = at_secs(60);
    assert!(access.look(now, &token(0)).is_none(), "the oldest has ended");
    assert!((1..=SESSIONS_PER_PERSON as u8).all(|no| access.look(now, &token(no)).is_some()));
}

#[test]
fn whoever_leaves_the_settings_is_signed_out_and_a_role_taken_is_gone_at_once() {
    let mut access = claimed();
    access.apply(Time::ZERO, &settings(&[(OWNER, PersonRole::Agent), (PersonId(9), PersonRole::Owner)]));
    assert!(!access.look(Time::ZERO, &token(0)).unwrap().permissions.allow(Permission::SeeCalls));
    access.apply(Time::ZERO, &settings(&[(PersonId(9), PersonRole::Owner)]));
    assert!(access.look(Time::ZERO, &token(0)).is_none());
    assert_eq!(drain(&mut access), [Output::SignedOut { person: OWNER }]);
    assert_eq!(sign_in(&mut access, Time::ZERO, "chen", "right", 1), None);
}

#[test]
fn a_password_changed_while_one_was_hashed_does_not_let_the_old_one_in() {
    let mut access = claimed();
    let attempt = access.begin_sign_in(Time::ZERO, &name("chen"), DESK, &[]).unwrap();
    let claim = access.begin_claim(Time::ZERO, DESK).unwrap();
    let accounts: Accounts = Accounts {
        claim: None,
        accounts: vec![access::Account { person: OWNER, name: name("chen"), password: hash("newer") }],
        ..Accounts::default()
    };
    access.finish_claim(Time::ZERO, claim, accounts, &token(3));
    assert_eq!(access.finish_sign_in(Time::ZERO, attempt, true, &token(1)), None);
}

#[test]
fn a_form_token_belongs_to_its_session() {
    let (own, other) = (token(1).form_token(), token(2).form_token());
    assert!(own.is(&own.to_text()));
    assert!(!own.is(&other.to_text()) && !own.is("") && !own.is(&token(1).to_text()));
    assert_eq!(SessionToken::parse(&token(1).to_text()).unwrap().to_text(), token(1).to_text());
}
