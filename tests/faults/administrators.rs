//! Who becomes an administrator by settings, and what is recorded no more: the owner alone says so at first, two say so once
//! the three have accounts.

use crate::{
    erase::{AUDITOR, PASSWORD, Person, SECURITY, as_, between},
    running::{Home, Running, board, settings, until},
    street::Street,
};

/// An agent of the demo.
const AGENT: &str = "name = \"刘洋\"\nroles = [\"agent\"]";

/// The demo's settings, and the administrator that they lack.
fn with_three() -> String {
    let security = format!("[[people]]\nid = {SECURITY}\nname = \"周宁\"\nroles = [\"security\"]\n\n[[queues]]");
    settings().replacen("[[queues]]", &security, 1)
}

/// All three get their accounts. The page follows settings each second.
fn invites_the_three(owner: &Person<'_>) {
    owner.invites(2, "wang");
    owner.invites(AUDITOR, "li");
    let (path, token) = (format!("/people/{SECURITY}"), owner.token());
    let fields = [("token", token.as_str()), ("act", "invite")];
    until("she can be invited", || owner.running.tries_to_send(&path, &owner.cookie, &fields).status == 200);
    owner.invites(SECURITY, "zhou");
}

#[test]
fn one_person_names_administrators_until_the_three_have_accounts_and_two_do_from_then_on() {
    let (home, street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    let owner = Person { running: &running, cookie: running.claim() };
    let three = with_three();
    let (went, told) = home.settings("apply", Some(&home.file("three.toml", &three)));
    assert!(went, "nobody is there yet who could grant it: {told}");
    invites_the_three(&owner);

    assert!(three.contains(AGENT), "{three}");
    let second = three.replacen(AGENT, &AGENT.replace("agent", "audit"), 1);
    let second = home.file("second.toml", &second);
    let (went, told) = home.settings("apply", Some(&second));
    assert!(
        !went && told.contains("make somebody an administrator") && told.contains("approve ask administrator"),
        "{told}"
    );
    assert!(home.settings("show", None).1.contains(AGENT), "what held goes on");
    let object = between(&told, "--object \"", "\"");
    let asked = as_(&running, "wang").sends("/approvals", &[("act", "administrator"), ("object", &object)]);
    assert!(asked.contains("刘洋 (number 5) becomes audit administrator"), "{asked}");
    let no = between(&asked, "data-approval=\"", "\"");
    let security = as_(&running, "zhou");
    security.sends(&format!("/approvals/{no}"), &[("answer", "grant"), ("password", PASSWORD)]);
    let (went, told) = home.settings("apply", Some(&second));
    assert!(went, "{told}");
    let fewer = home.file("fewer.toml", &three);
    assert!(home.settings("apply", Some(&fewer)).0, "to be one no more takes nobody else");
    assert!(!home.settings("apply", Some(&second)).0, "the grant was for once");
    assert!(running.stop());
}

#[test]
fn one_person_says_what_is_recorded_until_the_three_have_accounts_and_two_do_from_then_on() {
    let (home, street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    let owner = Person { running: &running, cookie: running.claim() };
    let three = with_three();
    let quiet = home.file("quiet.toml", &three.replacen("name = \"药房\"", "name = \"药房\"\nrecord = \"none\"", 1));
    let three = home.file("three.toml", &three);
    for set_up in [&quiet, &three] {
        let (went, told) = home.settings("apply", Some(set_up));
        assert!(went, "nobody is there yet who could grant it: {told}");
    }
    invites_the_three(&owner);

    let (went, told) = home.settings("apply", Some(&quiet));
    assert!(!went && told.contains("less would be recorded") && told.contains("approve ask less-evidence"), "{told}");
    let object = between(&told, "--object \"", "\"");
    let asked = as_(&running, "wang").sends("/approvals", &[("act", "less-evidence"), ("object", &object)]);
    assert!(asked.contains("What is dialled at telephone 805 (jack SIM-FXS.5) is not recorded"), "{asked}");
    let no = between(&asked, "data-approval=\"", "\"");
    let auditor = as_(&running, "li");
    auditor.sends(&format!("/approvals/{no}"), &[("answer", "grant"), ("password", PASSWORD)]);
    let (went, told) = home.settings("apply", Some(&quiet));
    assert!(went, "{told}");
    assert!(home.settings("apply", Some(&three)).0, "more takes nobody else");
    assert!(!home.settings("apply", Some(&quiet)).0, "the grant was for once");
    assert!(running.stop());
}
