//! Acts that need two, as the administrators meet them on the page.

use std::time::Duration;

use access::NewAdministrator;
use frame::PersonId;
use ringfence::journal::{Actor, Alarm, BoxEvent};
use settings::{MayMask, Period, PersonRole, RetentionRule, Weakening};
use vault::{LeaseChange, RuleChange};

use crate::{
    chromium::{Chromium, wait_for},
    http::Answer,
    people::{Flood, act, invite, join},
    plain::{form_token, get, owner, post, post_to},
    planes::{self, Listen, PASSWORD, TestBox},
    real_box::RealBox,
};

const AUDITOR: u32 = 3;
const SECURITY: u32 = 7;

/// Cookie and form token of somebody who is signed in.
pub type Signed = (String, String);

/// A box with the demo's people and an administrator of security.
pub fn start() -> TestBox {
    start_with("security")
}

/// The same where this person has another role.
fn start_with(role: &str) -> TestBox {
    let listen = Listen { address: "127.0.0.1:0".parse().unwrap(), plain: true };
    let person = format!("[[people]]\nid = 7\nname = \"周宁\"\nroles = [\"{role}\"]\n\n[[queues]]");
    planes::start_with(listen, "", |settings| settings.replacen("[[queues]]", &person, 1))
}

pub fn signed(test_box: &TestBox, owner: &Signed, person: u32, name: &str) -> Signed {
    let code = invite(test_box, owner, person);
    let cookie = join(test_box, person, &code, name, PASSWORD).cookie().expect("the code is right");
    let token = form_token(test_box, &cookie);
    (cookie, token)
}

pub fn sign_in(test_box: &TestBox, name: &str) -> Signed {
    let cookie = post(test_box, "/sign-in", "", &[("name", name), ("password", PASSWORD)]).cookie().unwrap();
    let token = form_token(test_box, &cookie);
    (cookie, token)
}

/// A box, its auditor and its administrator of security.
pub fn three() -> (TestBox, Signed, Signed) {
    let test_box = start();
    let owner = owner(&test_box);
    let auditor = signed(&test_box, &owner, AUDITOR, "li");
    let security = signed(&test_box, &owner, SECURITY, "zhou");
    (test_box, auditor, security)
}

pub fn ask(test_box: &TestBox, by: &Signed, act: &str, object: &str) -> Answer {
    let fields = [("token", by.1.as_str()), ("act", act), ("object", object), ("reason", "court order 17")];
    post(test_box, "/approvals", &by.0, &fields)
}

pub fn answer(test_box: &TestBox, by: &Signed, no: &str, answer: &str, password: &str) -> Answer {
    let fields = [("token", by.1.as_str()), ("answer", answer), ("password", password), ("reason", "seen")];
    post(test_box, &format!("/approvals/{no}"), &by.0, &fields)
}

/// The number of the first one that waits.
pub fn waiting(page: &str) -> Option<String> {
    let part = page.split("data-approval=\"").nth(1)?;
    page.contains("<article").then(|| part.split('"').next().unwrap().to_owned())
}

fn told(test_box: &TestBox, text: &str) -> usize {
    test_box.told().iter().filter(|told| told.contains(text)).count()
}

#[test]
fn in_a_flood_of_sign_ins_the_password_of_who_grants_something_is_taken_at_the_first_press() {
    let (test_box, auditor, security) = three();
    let flood = Flood::of(test_box.address);
    let no = waiting(&ask(&test_box, &auditor, "lift-hold", "hold 7").text()).expect("it waits");
    let wrong = answer(&test_box, &security, &no, "grant", "guess guess guess");
    assert_eq!((wrong.status, told(&test_box, "\"answer\":\"granted\"")), (422, 0), "{}", wrong.text());
    let granted = answer(&test_box, &security, &no, "grant", PASSWORD);
    assert_eq!((granted.status, told(&test_box, "\"answer\":\"granted\"")), (200, 1), "{}", granted.text());
    let wrong = flood.end();
    assert!(wrong > 1, "a flood of {wrong}");
}

#[test]
fn what_the_auditor_asks_for_security_grants_with_a_password_and_a_restart_keeps_it() {
    let (mut test_box, auditor, security) = three();
    let page = ask(&test_box, &auditor, "lift-hold", "hold 7");
    assert_eq!(page.status, 200, "{}", page.text());
    let no = waiting(&page.text()).expect("it waits");
    assert!(page.text().contains("waits for: security administrator"), "{}", page.text());
    assert!(!page.text().contains("value=\"grant\""), "not by the asker");

    test_box.restart_page();
    let (auditor, security_again) = (sign_in(&test_box, "li"), sign_in(&test_box, "zhou"));
    drop(security);
    let page = get(&test_box, "/approvals", &security_again.0).text();
    assert_eq!(waiting(&page).as_deref(), Some(no.as_str()), "{page}");
    assert!(page.contains("hold 7") && page.contains("court order 17") && page.contains("value=\"grant\""), "{page}");
    let wrong = answer(&test_box, &security_again, &no, "grant", "guess guess guess");
    assert_eq!((wrong.status, told(&test_box, "\"answer\":\"granted\"")), (422, 0));
    assert!(wrong.text().contains("password is wrong"), "{}", wrong.text());
    let own = answer(&test_box, &auditor, &no, "grant", PASSWORD);
    assert!(own.text().contains("Nobody grants what they asked for"), "{}", own.text());
    let granted = answer(&test_box, &security_again, &no, "grant", PASSWORD);
    assert_eq!(granted.status, 200);
    assert!(granted.text().contains("granted by zhou"), "{}", granted.text());
    let again = answer(&test_box, &security_again, &no, "grant", PASSWORD);
    assert!(again.text().contains("granted already"), "{}", again.text());

    test_box.restart_page();
    let auditor = sign_in(&test_box, "li");
    assert!(get(&test_box, "/approvals", &auditor.0).text().contains("granted by zhou"), "over a restart");
    let withdrawn = answer(&test_box, &auditor, &no, "withdraw", "");
    assert!(withdrawn.text().contains("withdrawn") && !withdrawn.text().contains("<article"), "{}", withdrawn.text());
    let event =
        format!("\"kind\":\"approval_answered\",\"asked\":{no},\"answer\":\"granted\",\"by\":7,\"reason\":\"seen\"");
    assert_eq!(told(&test_box, &event), 1);
    assert_eq!(told(&test_box, "\"kind\":\"approval_asked\",\"by\":3,\"act\":\"lift_hold\",\"object\":\"hold 7\""), 1);
    assert_eq!(told(&test_box, "\"act\":\"ask_approval\""), 1);
    // Own, grant, again and withdraw; a wrong password never got so far.
    assert_eq!(told(&test_box, "\"act\":\"answer_approval\""), 4);
}

/// The auditor opened it; another administrator reviews it, with a word, and until then it is listed over a restart.
#[test]
fn what_was_opened_without_a_second_person_is_listed_until_another_administrator_has_reviewed_it() {
    let (mut test_box, auditor, _) = three();
    let (call, recording, by) = (Some(planes::CALL), "1-1".parse().unwrap(), Actor::Person(PersonId(AUDITOR)));
    let reason = "a child is missing".to_owned();
    let broken = test_box.tell(BoxEvent::GlassBroken { call, recording, by, reason });
    test_box.alarm(Alarm::GlassBroken { broken, recording });
    let review = |test_box: &TestBox, by: &Signed, no: &str, word: &str| {
        let fields = [("token", by.1.as_str()), ("word", word)];
        post(test_box, &format!("/approvals/glass/{no}"), &by.0, &fields)
    };
    let no = broken.0.to_string();
    let page = get(&test_box, "/approvals", &auditor.0).text();
    assert!(page.contains("a child is missing") && page.contains("another administrator reviews"), "{page}");
    assert!(!page.contains(&format!("/approvals/glass/{no}")), "not by who opened it");
    assert!(get(&test_box, "/now", &auditor.0).text().contains("opened without a second person"), "on the first page");
    assert_eq!(review(&test_box, &auditor, &no, "all is well").status, 422);
    test_box.restart_page();
    let security = sign_in(&test_box, "zhou");
    let page = get(&test_box, "/approvals", &security.0).text();
    assert!(page.contains("a child is missing") && page.contains(&format!("/approvals/glass/{no}")), "{page}");
    assert_eq!(review(&test_box, &security, &no, " ").status, 422, "not without a word");
    assert_eq!(review(&test_box, &security, "99999", "ok").status, 404);
    assert_eq!(told(&test_box, "glass_reviewed"), 0);
    assert_eq!(review(&test_box, &security, &no, "the police had asked").status, 303);
    test_box.settle();
    assert!(!get(&test_box, "/approvals", &security.0).text().contains("a child is missing"));
    assert_eq!(told(&test_box, "\"kind\":\"glass_reviewed\",\"broken\":"), 1);
    assert_eq!(told(&test_box, "\"act\":\"review_glass\""), 1);
    let alarms = test_box.index().alarms().unwrap();
    assert!(!alarms.iter().any(|open| matches!(open.alarm, Alarm::GlassBroken { .. })), "{alarms:?}");
    assert_eq!(review(&test_box, &security, &no, "again").status, 404);
}

#[test]
fn until_the_three_administrators_are_there_what_is_asked_for_is_refused_and_listed() {
    let test_box = start();
    let owner = owner(&test_box);
    let auditor = signed(&test_box, &owner, AUDITOR, "li");
    let page = ask(&test_box, &auditor, "export", "3-7");
    assert_eq!(page.status, 422);
    test_box.settle();
    let page = get(&test_box, "/approvals", &auditor.0).text();
    assert!(page.contains("not all there") && page.contains("an administrator was missing"), "{page}");
    assert!(page.contains("3-7") && waiting(&page).is_none(), "{page}");
    let answered = "\"kind\":\"approval_answered\",\"asked\":";
    assert_eq!(told(&test_box, answered), 1);
    assert_eq!(told(&test_box, "\"outcome\":\"failed\""), 1);
}

#[test]
fn nobody_asks_for_what_their_role_does_not_and_others_do_not_see_the_page() {
    let (test_box, auditor, security) = three();
    assert!(ask(&test_box, &security, "export", "3-7").text().contains("Your role does not ask"));
    assert_eq!(ask(&test_box, &auditor, "juggle", "3-7").status, 400);
    assert_eq!(ask(&test_box, &(auditor.0.clone(), "0000".to_owned()), "export", "3-7").status, 403);
    assert!(ask(&test_box, &auditor, "export", " ").text().contains("a line of at most"));
    assert!(waiting(&ask(&test_box, &auditor, "export", "3-7").text()).is_some());
    assert!(ask(&test_box, &auditor, "export", "3-7").text().contains("open already"));
    let code = {
        let owner = sign_in(&test_box, "chen");
        invite(&test_box, &owner, 5)
    };
    let agent = join(&test_box, 5, &code, "liu", PASSWORD).cookie().unwrap();
    assert_eq!(get(&test_box, "/approvals", &agent).status, 403);
    assert!(!get(&test_box, "/now", &agent).text().contains("href=\"/approvals\""));
}

#[test]
fn what_nobody_answers_is_over_after_three_days_and_is_told() {
    let (test_box, auditor, security) = three();
    let no = waiting(&ask(&test_box, &auditor, "export", "3-7").text()).unwrap();
    *test_box.later.lock().unwrap() = Duration::from_hours(72);
    wait_for(|| told(&test_box, "\"answer\":\"expired\"") == 1, "it is told that it is over");
    let security_again = sign_in(&test_box, "zhou");
    drop(security);
    let late = answer(&test_box, &security_again, &no, "grant", PASSWORD);
    assert!(late.text().contains("Nothing is open under this number"), "{}", late.text());
    assert!(late.text().contains(">over<"), "{}", late.text());
}

/// A hash says nothing to whoever grants it.
#[test]
fn what_settings_would_shorten_is_said_in_words_beside_what_is_asked_for() {
    let (test_box, _, _) = three();
    let owner = sign_in(&test_box, "chen");
    let object = "version 2 sha256 0123456789abcdef";
    let rule = |years| RetentionRule {
        name: "保险销售".into(),
        keep: Period { years, ..Period::default() },
        remove: None,
        from: Some("合同终止".into()),
        when: None,
        queues: vec!["挂号预约".into()],
    };
    let page = ask(&test_box, &owner, "shorten-retention", object).text();
    assert!(page.contains("has not seen these settings"), "{page}");
    test_box.tell(BoxEvent::ShorteningWeighed {
        object: object.into(),
        recordings: Some(31),
        rules: vec![
            RuleChange { was: Some(rule(10)), becomes: Some(rule(5)) },
            RuleChange { was: Some(rule(7)), becomes: None },
        ],
        more: 0,
        folders: vec!["/mnt/log".into()],
        copies: vec!["/mnt/cellar".into()],
        stores: ["https://s3.example/calls".into()].into(),
        leases: [
            LeaseChange { at: "https://s3.example/calls".into(), was: None, becomes: Some(400) },
            LeaseChange { at: "https://s3.example/old".into(), was: Some(400), becomes: None },
        ]
        .into(),
        administrators: [NewAdministrator { person: PersonId(5), name: "刘洋".into(), role: PersonRole::Audit }].into(),
        weakenings: [
            Weakening::Station { extension: "805".into(), port: "SIM-FXS.5".parse().unwrap() },
            Weakening::MayPause(MayMask::Agents),
            Weakening::Compartment { queue: "急诊".into(), was: Some("ward".into()), becomes: None },
            Weakening::Witness { at: "tcp://10.1.2.3:601".into() },
        ]
        .into(),
    });
    let page = get(&test_box, "/approvals", &owner.0).text();
    for words in [
        "was kept 10 years at least, need not go, counted from the event “合同终止”, queues 挂号预约; becomes kept 5 years at least",
        "Rule “保险销售” is taken out; it was kept 7 years at least",
        "The witness’s folder /mnt/log is asked no more",
        "Nothing is copied to /mnt/cellar any more",
        "Recordings are copied over the network to https://s3.example/calls",
        "Recordings in https://s3.example/calls are under a lease of 400 days",
        "Recordings in https://s3.example/old get no lease any more",
        "刘洋 (number 5) becomes audit administrator",
        "What is dialled at telephone 805 (jack SIM-FXS.5) is not recorded",
        "Who may pause a recording at their telephone: members of queues",
        "The queue “急诊” is of the compartment “ward” no more",
        "The witness tcp://10.1.2.3:601 gets no signed root any more",
        "Of the recordings there are, 31 could go sooner",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("has not seen these settings"), "{page}");
}

#[test]
fn the_command_line_asks_the_running_box_under_a_name_that_a_password_shows() {
    let real_box = RealBox::start();
    let address = real_box.url.strip_prefix("http://").unwrap().parse().unwrap();
    let fields = [("code", real_box.code.as_str()), ("name", "chen"), ("password", PASSWORD), ("again", PASSWORD)];
    assert!(post_to(address, "/first-start", "", &fields).cookie().is_some());
    let list = || real_box.verb(&["approve", "list"], "");
    assert_eq!(list(), (true, "Nothing waits for a second person.\n".to_owned()));
    let ask = ["approve", "ask", "reset", "this box", "--as", "chen", "--reason", "sold"];
    let (went_well, said) = real_box.verb(&ask, "guess guess guess\n");
    assert!(!went_well && said.contains("Name or password is wrong"), "{said}");
    let (went_well, said) = real_box.verb(&ask, &format!("{PASSWORD}\n"));
    assert!(!went_well && said.contains("The three administrators are not all there"), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
    let (went_well, said) = real_box.verb(&["approve", "grant", "1", "--as", "chen"], &format!("{PASSWORD}\n"));
    assert!(!went_well && said.contains("Nothing is open under this number"), "{said}");
    assert_eq!(list().1, "Nothing waits for a second person.\n");
}

#[test]
fn the_page_in_a_browser() {
    let (test_box, auditor, _) = three();
    ask(&test_box, &auditor, "lift-hold", "保全 7：急诊科 2026-11");
    let chromium = Chromium::start("zh-CN");
    chromium.open(&format!("{}sign-in", test_box.url));
    chromium.type_into("name", "zhou");
    chromium.type_into("password", PASSWORD);
    chromium.press("main button");
    chromium.wait_long("location.pathname == '/now'");
    chromium.open(&format!("{}approvals", test_box.url));
    assert!(chromium.text("#waiting").contains("解除法律保全"), "{}", chromium.text("#waiting"));
    chromium.picture("approvals");
    chromium.type_into("password", PASSWORD);
    chromium.press("button[value=grant]");
    chromium.wait_long("document.querySelector('#waiting .talk') !== null");
    assert!(chromium.text("#waiting").contains("zhou已批准，尚未执行"), "{}", chromium.text("#waiting"));
    chromium.resize(390, 844);
    chromium.picture("approvals-telephone");
    assert_eq!(chromium.complaints(), Vec::<String>::new());
}

fn code_on(page: &str) -> Option<&str> {
    page.split("class=\"num secret\">").nth(1)?.split('<').next()
}

/// Asked for with the words that the page gives, and granted.
fn agreed(test_box: &TestBox, page: &str, asks: &Signed, grants: &Signed) {
    let field = |name: &str| {
        let value = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
        value.split('"').next().unwrap().to_owned()
    };
    let form = page.split("id=\"wish\"").nth(1).unwrap_or_else(|| panic!("nothing to ask for: {page}"));
    assert!(form.contains("action=\"/approvals\""), "{page}");
    let asked = ask(test_box, asks, &field("act"), &field("object"));
    let no = waiting(&asked.text()).expect("it waits");
    let granted = answer(test_box, grants, &no, "grant", PASSWORD);
    assert_eq!(granted.status, 200, "{}", granted.text());
}

/// Whoever makes a code sees it: one person could be all three.
#[test]
fn once_the_three_are_there_a_code_for_one_of_them_takes_a_second_administrator_and_is_made_once() {
    let (mut test_box, auditor, security) = three();
    let owner = sign_in(&test_box, "chen");
    for by in [&owner, &security] {
        let page = act(&test_box, by, AUDITOR, "invite").text();
        assert!(code_on(&page).is_none() && page.contains("it takes two of them"), "{page}");
        assert!(page.contains("name=\"object\" value=\"invite 3\""), "{page}");
    }
    assert!(code_on(&act(&test_box, &owner, 5, "invite").text()).is_some(), "an agent’s is made by one");
    assert_eq!(ask(&test_box, &auditor, "administrator", "invite 7").status, 422, "the auditor lets nobody in");

    let no = waiting(&ask(&test_box, &owner, "administrator", "invite 3").text()).expect("it waits");
    let page = get(&test_box, "/approvals", &security.0).text();
    assert!(page.contains("A code for the administrator 李军 (number 3)"), "{page}");
    let own = answer(&test_box, &auditor, &no, "grant", PASSWORD);
    assert!(own.text().contains("about letting you in yourself"), "{}", own.text());
    assert!(code_on(&act(&test_box, &owner, AUDITOR, "invite").text()).is_none(), "nobody has granted it");
    assert_eq!(answer(&test_box, &security, &no, "grant", PASSWORD).status, 200);
    assert!(code_on(&act(&test_box, &owner, SECURITY, "invite").text()).is_none(), "the grant is for the auditor");
    let page = act(&test_box, &owner, AUDITOR, "invite").text();
    let code = code_on(&page).expect("two have agreed").to_owned();
    assert!(code_on(&act(&test_box, &owner, AUDITOR, "invite").text()).is_none(), "once");
    assert_eq!(told(&test_box, "\"answer\":\"redeemed\""), 1);
    let cookie = join(&test_box, AUDITOR, &code, "li", "something quite different").cookie();
    assert!(cookie.is_some(), "the code is good");

    test_box.restart_page();
    let owner = sign_in(&test_box, "chen");
    assert!(code_on(&act(&test_box, &owner, SECURITY, "invite").text()).is_none(), "over a restart");
}

/// Who locks the auditor has no fewer to ask than before.
#[test]
fn a_locked_administrator_is_let_in_again_by_two_of_those_who_are_left() {
    let (test_box, auditor, security) = three();
    let owner = sign_in(&test_box, "chen");
    let page = act(&test_box, &owner, AUDITOR, "lock").text();
    assert!(page.contains("no password, code or PIN"), "the safe direction takes one: {page}");
    assert_eq!(get(&test_box, "/now", &auditor.0).status, 303);
    assert!(code_on(&act(&test_box, &owner, SECURITY, "invite").text()).is_none(), "still by two");
    let page = act(&test_box, &security, AUDITOR, "unlock").text();
    assert!(page.contains("it takes two of them"), "{page}");
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", "li"), ("password", PASSWORD)]).status, 422);
    agreed(&test_box, &page, &security, &owner);
    assert!(act(&test_box, &security, AUDITOR, "unlock").text().contains("work again"));
    sign_in(&test_box, "li");
}

/// Another auditor is named by two people, and comes in by two people.
#[test]
fn settings_that_name_another_administrator_let_nobody_in_by_one_person() {
    let (test_box, _, security) = three();
    let owner = sign_in(&test_box, "chen");
    test_box.settings.send_modify(|settings| {
        let people = &mut std::sync::Arc::make_mut(settings).people;
        people
            .iter_mut()
            .filter(|person| person.id.0 == AUDITOR)
            .for_each(|person| person.roles = vec![PersonRole::Agent]);
        people.iter_mut().filter(|person| person.id.0 == 5).for_each(|person| person.roles = vec![PersonRole::Audit]);
    });
    let invited = || act(&test_box, &owner, 5, "invite").text();
    wait_for(|| code_on(&invited()).is_none(), "the page follows the settings");
    assert!(code_on(&act(&test_box, &owner, AUDITOR, "invite").text()).is_some(), "administrator no more");
    agreed(&test_box, &invited(), &owner, &security);
    assert!(code_on(&invited()).is_some());
}

/// Security, named by settings with this role from now on.
fn becomes(test_box: &TestBox, role: PersonRole) {
    test_box.settings.send_modify(|settings| {
        let people = &mut std::sync::Arc::make_mut(settings).people;
        people.iter_mut().filter(|person| person.id.0 == SECURITY).for_each(|person| person.roles = vec![role]);
    });
}

/// Settings name one of the three no more; the page starts anew, and nothing was written into its accounts meanwhile.
fn stays_so_without_security(test_box: &mut TestBox, security: &Signed) {
    becomes(test_box, PersonRole::Agent);
    wait_for(|| get(test_box, "/approvals", &security.0).status == 403, "they are named no more");
    test_box.restart_page();
    let owner = sign_in(test_box, "chen");
    assert!(code_on(&act(test_box, &owner, AUDITOR, "invite").text()).is_none(), "two of three have accounts");
}

#[test]
fn that_the_three_were_there_is_kept_also_where_settings_named_the_last_of_them() {
    let mut test_box = start_with("agent");
    let owner = owner(&test_box);
    let _auditor = signed(&test_box, &owner, AUDITOR, "li");
    let last = signed(&test_box, &owner, SECURITY, "zhou");
    assert!(code_on(&act(&test_box, &owner, AUDITOR, "invite").text()).is_some(), "two of three have accounts");
    becomes(&test_box, PersonRole::Security);
    wait_for(|| get(&test_box, "/approvals", &last.0).status == 200, "they are named");
    stays_so_without_security(&mut test_box, &last);
}

#[test]
fn a_box_of_before_keeps_at_its_first_start_that_the_three_are_there() {
    let (mut test_box, _, _) = three();
    test_box.change_accounts(|text| {
        let old = text.replace(",\"separated\":true", "");
        assert_ne!(old, text);
        old
    });
    test_box.restart_page();
    let security = sign_in(&test_box, "zhou");
    stays_so_without_security(&mut test_box, &security);
}
