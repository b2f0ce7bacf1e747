//! A second factor, from its first code to the day when the telephone is lost.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::time::Duration;

use access::{
    Access, Account, Accounts, AnsweredBy, CodeSecret, Codes, NeedsSecond, NotChanged, NotDropped, Output, Password,
    PasswordHash, SECRET_OCTETS, SessionToken, SignInName,
};
use frame::{PersonId, Stamp, Time, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use settings::{Person, PersonRole, SecondFactorOf, Settings, SignInRule};
use sha1::Sha1;

const OWNER: PersonId = PersonId(1);
const LI: PersonId = PersonId(2);
const DESK: &str = "10.0.0.7";
const SECRET: [u8; SECRET_OCTETS] = *b"12345678901234567890";

/// The middle of a step.
const BEGIN_S: u64 = 1_700_000_025;

fn hash(text: &str) -> PasswordHash {
    PasswordHash::of(&Password::typed(text).unwrap(), [1; 16]).unwrap()
}

fn token(no: u8) -> SessionToken {
    SessionToken::from_random([no; 32])
}

fn name(text: &str) -> SignInName {
    SignInName::parse(text).unwrap()
}

fn at(secs: u64) -> Stamp {
    let utc = Utc::from_us((BEGIN_S + secs) as i64 * 1_000_000);
    Stamp { time: Time::ZERO + Duration::from_secs(secs), utc, ..Stamp::default() }
}

/// What an app shows: RFC 6238, written a second time.
fn code(now: Stamp) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(&SECRET).unwrap();
    let hash = mac.chain_update((now.utc.as_us() as u64 / 30_000_000).to_be_bytes()).finalize().into_bytes();
    let at = (hash[19] & 0xf) as usize;
    let cut = hash[at..at + 4].iter().fold(0_u32, |cut, octet| cut << 8 | u32::from(*octet)) & 0x7fff_ffff;
    format!("{:06}", cut % 1_000_000)
}

fn settings(second_factor: SecondFactorOf) -> Settings {
    let person = |id, role| Person { id, name: "某".to_owned(), roles: vec![role], extension: None, pin: None };
    let people = vec![person(OWNER, PersonRole::Owner), person(LI, PersonRole::Supervisor)];
    Settings { people, sign_in: SignInRule { second_factor }, ..Settings::default() }
}

/// The owner and Li, with passwords.
fn access(second_factor: SecondFactorOf) -> Access {
    let account = |person, who| Account { person, name: name(who), password: hash("right") };
    let accounts = Accounts { accounts: vec![account(OWNER, "chen"), account(LI, "li")], ..Accounts::default() };
    Access::new(accounts, hash("decoy"), &settings(second_factor))
}

/// A sign-in as the page does it.
fn sign_in(access: &mut Access, now: Stamp, password: &str, code: &str, no: u8) -> Option<PersonId> {
    let mut attempt = access.begin_sign_in(now.time, &name("li"), DESK, &[]).ok()?;
    let matches = attempt.against().matches(&Password::typed(password).unwrap());
    if let Some(accounts) = access.use_code(now, &mut attempt, matches, code) {
        access.take_code(&mut attempt, accounts);
    }
    access.finish_sign_in(now.time, attempt, matches, &token(no))
}

fn set_up(access: &mut Access, now: Stamp, password: &str, first: &str) -> Result<(), NotChanged> {
    set_up_in(access, now, 1, password, Codes { so_far: "", first })
}

/// In a session, as the page does it.
fn set_up_in(access: &mut Access, now: Stamp, no: u8, password: &str, codes: Codes<'_>) -> Result<(), NotChanged> {
    let mut confirm = access.begin_confirm(now.time, &token(no), DESK).unwrap().unwrap();
    let matches = confirm.against().matches(&Password::typed(password).unwrap());
    access.check_first_code(now, &confirm, matches, codes, &token(no))?;
    if let Some(accounts) = access.use_code(now, &mut confirm, matches, codes.so_far) {
        access.take_code(&mut confirm, accounts);
    }
    let accounts = access.accept_second_factor(now, &confirm, matches, codes.first, &token(no))?;
    access.finish_second_factor(confirm, accounts, &token(no));
    Ok(())
}

/// Li with the factor, set up with the code of the first moment.
fn with_factor(second_factor: SecondFactorOf) -> Access {
    let mut access = access(second_factor);
    sign_in(&mut access, at(0), "right", "", 1).unwrap();
    access.begin_second_factor(&token(1), SECRET);
    set_up(&mut access, at(0), "right", &code(at(0))).unwrap();
    access
}

fn told(access: &mut Access) -> Vec<Output> {
    std::iter::from_fn(|| access.poll_output()).collect()
}

#[test]
fn it_counts_once_password_and_first_code_were_right_and_other_sessions_end() {
    let mut access = access(SecondFactorOf::Nobody);
    assert_eq!(sign_in(&mut access, at(0), "right", "", 1), Some(LI), "no code is asked for");
    assert_eq!(sign_in(&mut access, at(0), "right", "000000", 2), Some(LI), "nor does one harm");
    assert_eq!(set_up(&mut access, at(0), "right", &code(at(0))), Err(NotChanged::NotBegun));
    access.begin_second_factor(&token(1), SECRET);
    assert_eq!(access.begun_second_factor(Time::ZERO, &token(1)).unwrap(), &CodeSecret::from_random(SECRET));
    assert_eq!(set_up(&mut access, at(0), "wrong", &code(at(0))), Err(NotChanged::Wrong));
    assert_eq!(set_up(&mut access, at(0), "right", "000000"), Err(NotChanged::NewCode));
    assert!(!access.has_second_factor(LI));
    told(&mut access);
    set_up(&mut access, at(0), "right", &code(at(0))).unwrap();
    let set = Output::SecondFactorChanged { person: LI, from: DESK.into(), is_set: true };
    assert_eq!(told(&mut access), [set, Output::SignedOut { person: LI }]);
    assert_eq!(access.begun_second_factor(Time::ZERO, &token(1)), None, "it is shown no more");
    assert!(access.look(Time::ZERO, &token(1)).is_some() && access.look(Time::ZERO, &token(2)).is_none());
}

#[test]
fn a_secret_that_waits_is_read_and_replaced_in_its_own_session_alone() {
    let mut access = access(SecondFactorOf::Nobody);
    let thiefs = [7; SECRET_OCTETS];
    for no in [1, 2] {
        assert_eq!(sign_in(&mut access, at(0), "right", "", no), Some(LI));
    }
    access.begin_second_factor(&token(1), SECRET);
    assert_eq!(access.begun_second_factor(Time::ZERO, &token(2)), None, "another session does not see it");
    access.begin_second_factor(&token(2), thiefs);
    assert_eq!(access.begun_second_factor(Time::ZERO, &token(1)), Some(&CodeSecret::from_random(SECRET)));
    let codes = Codes { so_far: "", first: &code(at(0)) };
    assert_eq!(set_up_in(&mut access, at(0), 2, "right", codes), Err(NotChanged::NewCode), "its code is of session 1");
    assert_eq!(set_up_in(&mut access, at(0), 1, "right", codes), Ok(()));
    // It goes with its session.
    access.begin_second_factor(&token(1), thiefs);
    access.sign_out(&token(1));
    assert_eq!(access.begun_second_factor(Time::ZERO, &token(1)), None);
    assert_eq!(sign_in(&mut access, at(30), "right", &code(at(30)), 1), Some(LI));
    assert_eq!(access.begun_second_factor(Time::ZERO, &token(1)), None);
    access.begin_second_factor(&token(9), thiefs);
    assert_eq!(access.begun_second_factor(Time::ZERO, &token(9)), None, "nobody has that session");
}

#[test]
fn a_mistyped_first_code_of_another_telephone_uses_up_none_of_the_one_so_far() {
    let mut access = with_factor(SecondFactorOf::Nobody);
    access.begin_second_factor(&token(1), [7; SECRET_OCTETS]);
    let now = at(30);
    let another = CodeSecret::from_random([7; SECRET_OCTETS]).code(now.utc).unwrap();
    told(&mut access);
    let so_far = code(now);
    let mistyped = Codes { so_far: &so_far, first: "000000" };
    assert_eq!(set_up_in(&mut access, now, 1, "right", mistyped), Err(NotChanged::NewCode));
    assert_eq!(told(&mut access), [], "that was no wrong try");
    for (password, so_far, first) in
        [("wrong", so_far.as_str(), "000000"), ("right", "000000", another.as_str()), ("right", "", "000000")]
    {
        let codes = Codes { so_far, first };
        assert_eq!(set_up_in(&mut access, now, 1, password, codes), Err(NotChanged::Wrong), "which is not said");
        let told = told(&mut access);
        assert!(matches!(told[..], [Output::SignInFailed { .. } | Output::CodeWrong { .. }]), "{told:?}");
    }
    assert!(access.begin_confirm(now.time, &token(1), DESK).is_err(), "and counted");
    let codes = Codes { so_far: &so_far, first: &another };
    assert_eq!(set_up_in(&mut access, at(32), 1, "right", codes), Ok(()), "the same one, within its half minute");
    assert_eq!(sign_in(&mut access, at(90), "right", &code(at(90)), 2), None, "the old telephone is out");
}

#[test]
fn from_then_on_a_password_without_a_code_lets_nobody_in_and_says_so_to_the_audit_alone() {
    let mut access = with_factor(SecondFactorOf::Nobody);
    told(&mut access);
    for typed in ["", "000000"] {
        assert_eq!(sign_in(&mut access, at(40), "right", typed, 2), None);
        let wrong = Output::CodeWrong { person: LI, from: DESK.into() };
        assert_eq!(told(&mut access), [wrong], "one event, as of a wrong password");
    }
    assert_eq!(sign_in(&mut access, at(40), "wrong", &code(at(40)), 2), None);
    assert_eq!(told(&mut access), [Output::SignInFailed { name: "li".into(), from: DESK.into() }]);
    let now = at(42);
    assert_eq!(sign_in(&mut access, now, "right", &code(at(40)), 2), Some(LI), "a wrong password used nothing up");
}

#[test]
fn a_code_counts_once_also_after_a_restart_and_the_one_before_it_no_more() {
    let mut access = with_factor(SecondFactorOf::Nobody);
    assert_eq!(sign_in(&mut access, at(5), "right", &code(at(0)), 2), None, "it was the first one");
    assert_eq!(sign_in(&mut access, at(30), "right", &code(at(30)), 2), Some(LI));
    let kept = serde_json::to_string(access.accounts()).unwrap();
    let mut access =
        Access::new(serde_json::from_str(&kept).unwrap(), hash("decoy"), &settings(SecondFactorOf::Nobody));
    assert_eq!(sign_in(&mut access, at(31), "right", &code(at(30)), 3), None);
    assert_eq!(sign_in(&mut access, at(32), "right", &code(at(0)), 3), None);
    assert_eq!(sign_in(&mut access, at(33), "right", &code(at(60)), 3), Some(LI), "a clock one step ahead");
}

#[test]
fn wrong_codes_lock_a_name_as_wrong_passwords_do() {
    let mut access = with_factor(SecondFactorOf::Nobody);
    for secs in [60, 60, 60, 62, 123] {
        assert!(access.begin_sign_in(at(secs).time, &name("li"), DESK, &[]).is_ok(), "{secs}");
        assert_eq!(sign_in(&mut access, at(secs), "right", "000000", 2), None);
    }
    let now = at(200);
    assert!(access.begin_sign_in(now.time, &name("li"), DESK, &[]).is_err());
    assert_eq!(sign_in(&mut access, now, "right", &code(now), 2), None, "the right one is not even looked at");
    assert_eq!(sign_in(&mut access, at(2000), "right", &code(at(2000)), 2), Some(LI));
}

/// A try with the right password, whatever became of those before.
fn guess(access: &mut Access, now: Stamp, typed: &str, uid: u32) -> Option<PersonId> {
    let mut attempt = access.begin_at_console(now.time, &name("li"), uid).unwrap();
    if let Some(accounts) = access.use_code(now, &mut attempt, true, typed) {
        access.take_code(&mut attempt, accounts);
    }
    access.finish_sign_in(now.time, attempt, true, &token(9))
}

#[test]
fn wrong_codes_of_a_person_are_counted_over_all_places_and_end_with_the_password() {
    let mut access = with_factor(SecondFactorOf::Nobody);
    for uid in 0..9 {
        assert_eq!(guess(&mut access, at(60), "000000", uid), None);
    }
    assert_eq!(guess(&mut access, at(60), "", 9), None, "none typed is none guessed");
    assert_eq!(access.codes_held_up(at(60).time, LI), None);
    assert_eq!(guess(&mut access, at(60), "000000", 10), None);
    assert_eq!(access.codes_held_up(at(60).time, LI), Some(Duration::from_secs(60)));
    access.excuse(at(60).time, LI);
    let seen = access.seen_in(at(60).time, &token(1), &[], [1; 16]);
    let mut known = access.begin_sign_in(at(90).time, &name("li"), DESK, &seen).unwrap();
    assert_eq!(
        access.use_code(at(90), &mut known, true, &code(at(90))),
        None,
        "at a known browser neither, nor once excused"
    );
    known = access.begin_sign_in(at(90).time, &name("li"), DESK, &[]).unwrap();
    assert_eq!(access.use_code(at(90), &mut known, true, &code(at(90))), None);
    assert_eq!(
        access.codes_held_up(at(91).time, LI),
        Some(Duration::from_secs(29)),
        "what is not looked at counts not"
    );

    assert_eq!(guess(&mut access, at(121), "000000", 11), None);
    assert_eq!(access.codes_held_up(at(121).time, LI), Some(Duration::from_secs(120)));

    // Whoever is signed in changes the password, which whoever guesses knows.
    let mut change = access.begin_confirm(at(122).time, &token(1), DESK).unwrap().unwrap();
    let used = access.use_code(at(122), &mut change, true, &code(at(122))).expect("in a session");
    access.take_code(&mut change, used);
    let changed = access.accept_change(at(122).time, &change, true, hash("newer")).unwrap();
    access.finish_change(change, changed, &token(1));
    assert_eq!(access.codes_held_up(at(123).time, LI), None);
    assert_eq!(guess(&mut access, at(150), &code(at(150)), 12), Some(LI));
}

#[test]
fn a_right_code_makes_one_wrong_one_good_and_no_more() {
    let mut access = with_factor(SecondFactorOf::Nobody);
    (0..9).for_each(|uid| _ = guess(&mut access, at(60), "000000", uid));
    assert_eq!(guess(&mut access, at(60), &code(at(60)), 9), Some(LI));
    assert_eq!(guess(&mut access, at(60), "000000", 10), None);
    assert_eq!(access.codes_held_up(at(60).time, LI), None, "nine again");
    assert_eq!(guess(&mut access, at(60), "000000", 11), None);
    assert!(access.codes_held_up(at(60).time, LI).is_some());
    let dropped = access.drop_second_factor(OWNER, LI, AnsweredBy::One).unwrap();
    access.finish_drop(LI, dropped, DESK);
    assert_eq!(access.codes_held_up(at(60).time, LI), None, "it ends with the factor");
}

#[test]
fn a_browser_of_before_the_codes_is_a_strangers_and_one_of_since_is_not() {
    let mut access = access(SecondFactorOf::Nobody);
    assert_eq!(sign_in(&mut access, at(0), "right", "", 1), Some(LI));
    let before = access.seen_in(Time::ZERO, &token(1), &[], [1; 16]);
    access.begin_second_factor(&token(1), SECRET);
    set_up(&mut access, at(0), "right", &code(at(0))).unwrap();
    let since = access.seen_in(Time::ZERO, &token(1), &before, [2; 16]);
    for secs in [60, 60, 60, 62, 123] {
        assert_eq!(sign_in(&mut access, at(secs), "right", "000000", 2), None);
    }
    let begin = |access: &Access, seen: &[_]| access.begin_sign_in(at(124).time, &name("li"), DESK, seen).is_ok();
    assert!(!begin(&access, &before), "whoever knew the password had one of those");
    assert!(begin(&access, &since), "and this one took a code");
    access.begin_second_factor(&token(1), [7; SECRET_OCTETS]);
    let now = at(150);
    let another = CodeSecret::from_random([7; SECRET_OCTETS]).code(now.utc).unwrap();
    set_up_in(&mut access, now, 1, "right", Codes { so_far: &code(now), first: &another }).unwrap();
    assert!(!begin(&access, &since), "of the telephone of before");
}

#[test]
fn that_the_three_are_separated_meanwhile_is_undone_by_no_accounts_of_before() {
    let person = |id, role| Person { id, name: "某".to_owned(), roles: vec![role], extension: None, pin: None };
    let named = |roles: &[PersonRole]| {
        let people = (1..).zip(roles).map(|(id, role)| person(PersonId(id), *role)).collect();
        Settings { people, ..Settings::default() }
    };
    let (two, three) =
        ([PersonRole::System, PersonRole::Security], [PersonRole::System, PersonRole::Security, PersonRole::Audit]);
    let mut accounts = with_factor(SecondFactorOf::Nobody).accounts().clone();
    let account = Account { person: PersonId(3), name: name("wang"), password: hash("right") };
    accounts.accounts.push(account);
    let mut access = Access::new(accounts, hash("decoy"), &named(&two));
    let mut attempt = access.begin_sign_in(at(30).time, &name("li"), DESK, &[]).unwrap();
    let written = access.use_code(at(30), &mut attempt, true, &code(at(30))).unwrap();
    // While they are written, settings name the third, and then another set does not.
    access.apply(Time::ZERO, &named(&three));
    access.apply(Time::ZERO, &named(&two));
    assert!(access.are_separated());
    access.take_code(&mut attempt, written);
    assert!(access.are_separated(), "for good");
    assert_eq!(access.finish_sign_in(at(30).time, attempt, true, &token(2)), Some(LI));

    // Nor does it matter that the third takes an invitation just then.
    let mut accounts = access.accounts().clone();
    accounts.separated = false;
    accounts.accounts.pop();
    let mut access = Access::new(accounts, hash("decoy"), &named(&[two[0], two[1], PersonRole::Agent]));
    let invited = access.invite(at(0), PersonId(3), hash("code"), AnsweredBy::One).unwrap();
    access.take_accounts(invited);
    let join = access.begin_join(at(0), PersonId(3), DESK).unwrap();
    let joined = access.accept_join(at(0), &join, true, name("wang"), hash("right")).unwrap();
    access.apply(Time::ZERO, &named(&three));
    access.finish_join(Time::ZERO, join, joined, &token(3));
    assert!(access.are_separated());
}

#[test]
fn what_takes_the_password_again_takes_a_code_again() {
    let mut access = with_factor(SecondFactorOf::Nobody);
    let mut confirm = |typed: &str, now: Stamp| {
        let mut confirm = access.begin_confirm(now.time, &token(1), DESK).unwrap().unwrap();
        if let Some(accounts) = access.use_code(now, &mut confirm, true, typed) {
            access.take_code(&mut confirm, accounts);
        }
        access.confirm(now.time, confirm, true)
    };
    assert_eq!(confirm("", at(31)), None);
    assert_eq!(confirm(&code(at(31)), at(31)), Some(LI));
    assert_eq!(confirm(&code(at(31)), at(32)), None, "each time a fresh one");
    let change = access.begin_confirm(at(33).time, &token(1), DESK).unwrap().unwrap();
    assert_eq!(access.accept_change(at(33).time, &change, true, hash("new")), None, "nor another password without");
}

#[test]
fn whoever_has_to_have_it_may_do_nothing_else_before() {
    let mut access = access(SecondFactorOf::Openers);
    assert_eq!(sign_in(&mut access, at(0), "right", "", 1), Some(LI));
    let who = access.look(Time::ZERO, &token(1)).unwrap();
    assert!(who.must_set_up && who.permissions.iter().next().is_none(), "{who:?}");
    let confirm = access.begin_confirm(Time::ZERO, &token(1), DESK).unwrap().unwrap();
    assert_eq!(access.confirm(Time::ZERO, confirm, true), None, "nor grant at the command line");
    let change = access.begin_confirm(Time::ZERO, &token(1), DESK).unwrap().unwrap();
    assert_eq!(access.accept_change(Time::ZERO, &change, true, hash("new")), None, "nor have another password");
    access.begin_second_factor(&token(1), SECRET);
    set_up(&mut access, at(0), "right", &code(at(0))).unwrap();
    let who = access.look(Time::ZERO, &token(1)).unwrap();
    assert!(!who.must_set_up && who.permissions.iter().next().is_some(), "{who:?}");
    access.apply(Time::ZERO, &settings(SecondFactorOf::Nobody));
    assert_eq!(sign_in(&mut access, at(30), "right", "", 2), None, "who has it gives it, whoever wants it");
}

#[test]
fn it_is_taken_off_by_its_person_where_nobody_wants_it_and_by_others_where_it_is_lost() {
    let mut access = with_factor(SecondFactorOf::Openers);
    let off = |typed: &str, now: Stamp, access: &mut Access| {
        let mut confirm = access.begin_confirm(now.time, &token(1), DESK).unwrap().unwrap();
        if let Some(accounts) = access.use_code(now, &mut confirm, true, typed) {
            access.take_code(&mut confirm, accounts);
        }
        let accounts = access.accept_no_second_factor(now, &confirm, true)?;
        access.finish_second_factor(confirm, accounts, &token(1));
        Ok(())
    };
    assert_eq!(off(&code(at(30)), at(30), &mut access), Err(NotChanged::Wanted));
    access.apply(Time::ZERO, &settings(SecondFactorOf::Nobody));
    assert_eq!(off("", at(60), &mut access), Err(NotChanged::Wrong));
    assert_eq!(off(&code(at(60)), at(60), &mut access), Ok(()));
    assert_eq!(sign_in(&mut access, at(61), "right", "", 2), Some(LI));

    let mut access = with_factor(SecondFactorOf::Nobody);
    let accounts = access.drop_second_factor(OWNER, LI, AnsweredBy::One).unwrap();
    told(&mut access);
    access.finish_drop(LI, accounts, "10.0.0.1");
    let off = Output::SecondFactorChanged { person: LI, from: "10.0.0.1".into(), is_set: false };
    assert_eq!(told(&mut access), [off, Output::SignedOut { person: LI }]);
    assert_eq!(access.drop_second_factor(OWNER, LI, AnsweredBy::Two), Err(NotDropped::NotSet));
    assert_eq!(sign_in(&mut access, at(61), "right", "", 2), Some(LI));
}

#[test]
fn an_administrators_is_dropped_by_two_and_an_invitation_begins_without() {
    let mut accounts = with_factor(SecondFactorOf::Nobody).accounts().clone();
    let factor = accounts.second_factors[&LI].clone();
    accounts.second_factors.insert(OWNER, factor);
    accounts.separated = true;
    let mut access = Access::new(accounts, hash("decoy"), &settings(SecondFactorOf::Nobody));
    let needs_second = Err(NotDropped::NeedsSecond(NeedsSecond));
    assert_eq!(access.drop_second_factor(LI, OWNER, AnsweredBy::One), needs_second);
    assert_eq!(access.drop_second_factor(OWNER, OWNER, AnsweredBy::Two), Err(NotDropped::Oneself));
    let dropped = access.drop_second_factor(LI, OWNER, AnsweredBy::Two).unwrap();
    assert_eq!(dropped.second_factors.keys().collect::<Vec<_>>(), [&LI]);
    let invited = access.invite(at(0), LI, hash("code"), AnsweredBy::One).unwrap();
    access.take_accounts(invited);
    let join = access.begin_join(at(0), LI, DESK).unwrap();
    let joined = access.accept_join(at(0), &join, true, name("li"), hash("newer")).unwrap();
    assert_eq!(joined.second_factors.keys().collect::<Vec<_>>(), [&OWNER]);
    told(&mut access);
    access.finish_join(Time::ZERO, join, joined, &token(3));
    let off = Output::SecondFactorChanged { person: LI, from: DESK.into(), is_set: false };
    assert_eq!(told(&mut access).iter().filter(|told| **told == off).count(), 1);
    let again = access.invite(at(0), LI, hash("code"), AnsweredBy::One).unwrap();
    access.take_accounts(again);
    let join = access.begin_join(at(0), LI, DESK).unwrap();
    let joined = access.accept_join(at(0), &join, true, name("li"), hash("newest")).unwrap();
    access.finish_join(Time::ZERO, join, joined, &token(4));
    assert!(!told(&mut access).contains(&off), "there was none");
}
