//! How people come in: an invitation by whoever manages people, taken on the page by whoever has its code.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use ringfence::handles::VaultRefusal;
use tokio::net::TcpSocket;

use crate::{
    browser::become_owner,
    chromium::Chromium,
    http::{self, Answer, form},
    plain::{form_token, get, owner, post},
    planes::{self, PASSWORD, TestBox},
};

const AUDITOR: u32 = 3;
const AGENT: u32 = 5;

pub fn act(test_box: &TestBox, by: &(String, String), person: u32, act: &str) -> Answer {
    post(test_box, &format!("/people/{person}"), &by.0, &[("token", &by.1), ("act", act)])
}

/// Invites somebody; the code as the page shows it.
pub fn invite(test_box: &TestBox, by: &(String, String), person: u32) -> String {
    code_on(&act(test_box, by, person, "invite").text())
}

fn code_on(page: &str) -> String {
    let code = page.split("class=\"num secret\">").nth(1).and_then(|rest| rest.split('<').next());
    code.unwrap_or_else(|| panic!("no code: {page}")).to_owned()
}

pub fn join(test_box: &TestBox, person: u32, code: &str, name: &str, password: &str) -> Answer {
    let fields = [("code", code), ("name", name), ("password", password), ("again", password)];
    post(test_box, &format!("/join/{person}"), "", &fields)
}

fn told(test_box: &TestBox, text: &str) -> usize {
    test_box.told().iter().filter(|told| told.contains(text)).count()
}

#[test]
fn whoever_is_invited_chooses_a_password_that_nobody_else_knows_and_may_do_what_the_role_says() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let page = act(&test_box, &owner, AUDITOR, "invite").text();
    let code = code_on(&page);
    assert!(!get(&test_box, "/people", &owner.0).text().contains(&code), "it is shown once");
    let where_to = format!("http://{}/join/{AUDITOR}", test_box.address);
    assert!(page.contains(&where_to), "{page}");
    assert_eq!(get(&test_box, "/join/3", "").status, 200);
    let cookie = join(&test_box, AUDITOR, &code, "li", PASSWORD).cookie().expect("the auditor is in");
    assert_eq!(get(&test_box, "/calls", &cookie).status, 200);
    assert_eq!(get(&test_box, "/people", &cookie).status, 403, "an auditor manages nobody");
    assert!(!get(&test_box, "/now", &cookie).text().contains("href=\"/people\""));
    let again = post(&test_box, "/sign-in", "", &[("name", "li"), ("password", PASSWORD)]);
    assert!(again.cookie().is_some());
    assert_eq!(told(&test_box, "\"kind\":\"joined\",\"person\":3,\"from\":\"127.0.0.1\""), 1);
    assert_eq!(told(&test_box, "\"act\":\"invite_person\",\"object\":\"3\""), 1);
    assert_eq!(told(&test_box, &code), 0, "no log has the code");
}

/// The page lists them from then on, so its button has to work from then on.
#[test]
fn whoever_new_settings_name_is_invited_at_once() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    for id in 20..24 {
        test_box.settings.send_modify(|settings| {
            let name = "孙宁".to_owned();
            let roles = vec![settings::PersonRole::Agent];
            let person = settings::Person { id: frame::PersonId(id), name, roles, extension: None, pin: None };
            Arc::make_mut(settings).people.push(person);
        });
        assert!(get(&test_box, "/people", &owner.0).text().contains(&format!("data-person=\"{id}\"")));
        invite(&test_box, &owner, id);
    }
}

#[test]
fn a_code_is_good_once_and_for_its_own_person() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AUDITOR);
    let wrong = join(&test_box, AGENT, &code, "mallory", PASSWORD);
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("wrong, over or used"), "{}", wrong.text());
    assert!(join(&test_box, AUDITOR, &code, "li", "short").text().contains("at least 12 characters"));
    assert!(join(&test_box, AUDITOR, &code, "chen", PASSWORD).text().contains("Somebody else"), "the owner’s name");
    assert!(join(&test_box, AUDITOR, &code, "li", PASSWORD).cookie().is_some());
    assert_eq!(join(&test_box, AUDITOR, &code, "li", PASSWORD).status, 422);
}

#[test]
fn who_manages_people_sees_who_has_an_own_greeting_and_has_it_deleted_without_hearing_it() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let page = get(&test_box, "/people", &owner.0).text();
    let rows: Vec<&str> = page.split("data-person=\"").skip(1).collect();
    for row in &rows {
        let has_one = row.starts_with(&format!("{AGENT}\""));
        assert_eq!(row.contains("own greeting, recorded"), has_one, "{row}");
        assert_eq!(row.contains("value=\"reset_greeting\""), has_one, "{row}");
    }
    assert!(rows.len() > 2 && page.contains("own greeting, recorded <time"), "since when: {page}");
    let code = invite(&test_box, &owner, AUDITOR);
    let cookie = join(&test_box, AUDITOR, &code, "li", PASSWORD).cookie().expect("the auditor is in");
    let auditor = (cookie.clone(), form_token(&test_box, &cookie));
    assert_eq!(act(&test_box, &auditor, AGENT, "reset_greeting").status, 403, "an auditor manages nobody");
    assert_eq!(told(&test_box, "\"act\":\"reset_greeting\""), 0);
    let became = act(&test_box, &owner, AGENT, "reset_greeting").text();
    assert!(became.contains("hear the standard one") && !became.contains("own greeting, recorded"), "{became}");
    assert!(told(&test_box, "\"act\":\"reset_greeting\",\"object\":\"5\"") >= 1, "it is in the audit");
    assert!(act(&test_box, &owner, AGENT, "reset_greeting").text().contains("has no greeting any more"));
}

#[test]
fn an_invitation_is_withdrawn_and_runs_out() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AUDITOR);
    assert!(get(&test_box, "/people", &owner.0).text().contains("invited until"));
    assert!(act(&test_box, &owner, AUDITOR, "withdraw").text().contains("no longer works"));
    assert!(!get(&test_box, "/people", &owner.0).text().contains("invited until"));
    assert_eq!(join(&test_box, AUDITOR, &code, "li", PASSWORD).status, 422);
    let code = invite(&test_box, &owner, AUDITOR);
    *test_box.later.lock().unwrap() = Duration::from_secs(24 * 60 * 60);
    assert_eq!(join(&test_box, AUDITOR, &code, "li", PASSWORD).status, 422, "a day later");
}

#[test]
fn a_person_is_signed_out_everywhere_and_a_new_password_ends_the_old_one() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AGENT);
    let cookie = join(&test_box, AGENT, &code, "liu", PASSWORD).cookie().unwrap();
    let page = get(&test_box, "/people", &owner.0).text();
    assert!(page.contains("signed in as liu") && page.contains("New password"), "{page}");
    assert!(act(&test_box, &owner, AGENT, "sign_out").text().contains("signed out everywhere"));
    assert_eq!(get(&test_box, "/now", &cookie).status, 303);
    let code = invite(&test_box, &owner, AGENT);
    let newer = "something quite different";
    assert!(join(&test_box, AGENT, &code, "liu", newer).cookie().is_some());
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", "liu"), ("password", PASSWORD)]).status, 422);
}

#[test]
fn a_person_is_locked_by_one_and_out_at_once_and_is_unlocked_again() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AGENT);
    let cookie = join(&test_box, AGENT, &code, "liu", PASSWORD).cookie().unwrap();
    assert!(act(&test_box, &owner, AGENT, "lock").text().contains("no password, code or PIN"));
    assert_eq!(get(&test_box, "/now", &cookie).status, 303);
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", "liu"), ("password", PASSWORD)]).status, 422);
    let page = get(&test_box, "/people", &owner.0).text();
    assert!(page.contains("locked out") && page.contains("value=\"unlock\""), "{page}");
    assert!(act(&test_box, &owner, AGENT, "invite").text().contains("Unlock them first"));
    assert!(act(&test_box, &owner, 1, "lock").text().contains("can’t be locked"));
    assert!(act(&test_box, &owner, AGENT, "unlock").text().contains("work again"));
    assert!(post(&test_box, "/sign-in", "", &[("name", "liu"), ("password", PASSWORD)]).cookie().is_some());
    for of in ["lock_person", "unlock_person"] {
        assert_eq!(told(&test_box, &format!("\"act\":\"{of}\",\"object\":\"5\"")), 1, "{of}");
    }
}

/// Strangers can't keep out whoever has signed in before, and somebody who manages people ends it for the others.
#[test]
fn wrong_passwords_hold_up_a_new_browser_and_not_one_where_the_person_has_signed_in() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AGENT);
    let joined = join(&test_box, AGENT, &code, "liu", PASSWORD);
    let seen = joined.cookies().find(|cookie| cookie.starts_with("seen=")).expect("the browser is known now");
    let sign_in =
        |cookie: &str, password| post(&test_box, "/sign-in", cookie, &[("name", "liu"), ("password", password)]);
    for secs in [0, 0, 0, 2, 63] {
        *test_box.later.lock().unwrap() = Duration::from_secs(secs);
        assert_eq!(sign_in("", "guess guess guess").status, 422);
    }
    let held_up = sign_in("", PASSWORD);
    assert!(held_up.status == 429 && held_up.text().contains("30 minutes"), "{}", held_up.text());
    assert!(sign_in(&seen, PASSWORD).cookies().any(|cookie| cookie.starts_with("session=")));
    assert_eq!(sign_in("", PASSWORD).status, 429, "that was no stranger");
    let page = get(&test_box, "/people", &owner.0).text();
    assert!(page.contains("no sign-in for 30 min at a new browser"), "{page}");
    let ended = act(&test_box, &owner, AGENT, "excuse").text();
    assert!(ended.contains("For 15 minutes 刘洋 can sign in at any browser"), "{ended}");
    assert!(!ended.contains("at a new browser"), "{ended}");
    assert!(sign_in("", PASSWORD).cookie().is_some());
    assert_eq!(told(&test_box, "\"act\":\"end_hold_up\",\"object\":\"5\""), 1);
}

/// Strangers at ever other addresses, who try ever other names as fast as the page answers.
pub struct Flood {
    is_over: Arc<AtomicBool>,
    strangers: Vec<JoinHandle<usize>>,
}

impl Flood {
    pub fn of(page: SocketAddr) -> Flood {
        let is_over = Arc::new(AtomicBool::new(false));
        let stranger = |stranger: u8| {
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || {
                let tries = (0_u16..).take_while(|_| !is_over.load(Relaxed));
                tries.filter(|no| sign_in(page, stranger, *no).status == 422).count()
            })
        };
        let strangers = (1..5).map(stranger).collect();
        thread::sleep(Duration::from_secs(1));
        Flood { is_over, strangers }
    }

    /// How many passwords were found wrong meanwhile.
    pub fn end(self) -> usize {
        self.is_over.store(true, Relaxed);
        self.strangers.into_iter().map(|stranger| stranger.join().expect("the page answers")).sum()
    }
}

/// A connection from an address of this machine's own: the whole of 127/8 is.
fn connect_from(own: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((own, 0).into())?;
        socket.connect(to).await?.into_std()
    });
    let stream = stream.expect("the server listens");
    stream.set_nonblocking(false).unwrap();
    stream
}

fn sign_in(page: SocketAddr, stranger: u8, no: u16) -> Answer {
    let [high, low] = no.to_be_bytes();
    let own = Ipv4Addr::new(127, stranger, high, low.max(1));
    let origin = format!("http://{page}");
    let headers = [("Origin", origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let name = format!("guest-{stranger}-{no}");
    let body = form(&[("name", &name), ("password", "guess guess guess")]);
    http::send_over(connect_from(own, page), page, "POST", "/sign-in", &headers, &body)
}

#[test]
fn in_a_flood_of_sign_ins_a_person_is_locked_at_the_first_press_and_whoever_is_signed_in_waits_their_turn() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AGENT);
    let cookie = join(&test_box, AGENT, &code, "liu", PASSWORD).cookie().unwrap();
    let agent = (cookie.clone(), form_token(&test_box, &cookie));
    let flood = Flood::of(test_box.address);
    for _ in 0..4 {
        let page = act(&test_box, &owner, AUDITOR, "lock").text();
        assert!(page.contains("no password, code or PIN"), "{page}");
        let page = act(&test_box, &owner, AUDITOR, "unlock").text();
        assert!(page.contains("work again"), "{page}");
    }
    assert!(act(&test_box, &owner, AUDITOR, "invite").text().contains("num secret"));
    assert!(act(&test_box, &owner, AUDITOR, "withdraw").text().contains("no longer works"));
    let changed = change_password(&test_box, &agent, PASSWORD, NEWER).text();
    assert!(changed.contains("password is changed"), "{changed}");
    let wrong = flood.end();
    assert!(wrong > 4, "a flood of {wrong}");
}

#[test]
fn nobody_invites_the_owner_a_stranger_or_by_a_forged_form() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let page = act(&test_box, &owner, 1, "invite").text();
    assert!(page.contains("a code can’t replace it") && !page.contains("num secret"), "{page}");
    assert_eq!(act(&test_box, &owner, 99, "invite").status, 404);
    assert_eq!(act(&test_box, &owner, AUDITOR, "promote").status, 400);
    assert_eq!(act(&test_box, &(owner.0.clone(), "0000".to_owned()), AUDITOR, "invite").status, 403);
    assert_eq!(act(&test_box, &(String::new(), owner.1.clone()), AUDITOR, "invite").status, 303);
    assert_eq!(told(&test_box, "\"act\":\"invite_person\""), 1, "the owner’s own");
    assert_eq!(told(&test_box, "\"outcome\":\"failed\""), 1);
}

fn change_password(test_box: &TestBox, by: &(String, String), old: &str, new: &str) -> Answer {
    let fields = [("token", by.1.as_str()), ("old", old), ("password", new), ("again", new)];
    post(test_box, "/account", &by.0, &fields)
}

const NEWER: &str = "something quite different";

#[test]
fn somebody_changes_their_own_password_with_the_old_one_and_is_out_everywhere_else() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AGENT);
    let cookie = join(&test_box, AGENT, &code, "liu", PASSWORD).cookie().unwrap();
    let agent = (cookie.clone(), form_token(&test_box, &cookie));
    let elsewhere = post(&test_box, "/sign-in", "", &[("name", "liu"), ("password", PASSWORD)]).cookie().unwrap();
    let wrong = change_password(&test_box, &agent, "guess guess guess", NEWER);
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("nothing was changed"), "{}", wrong.text());
    assert!(change_password(&test_box, &agent, PASSWORD, "short").text().contains("at least 12 characters"));
    assert!(change_password(&test_box, &agent, PASSWORD, NEWER).text().contains("password is changed"));
    assert_eq!(get(&test_box, "/now", &elsewhere).status, 303);
    assert_eq!(get(&test_box, "/now", &cookie).status, 200);
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", "liu"), ("password", PASSWORD)]).status, 422);
    assert_eq!(told(&test_box, "\"kind\":\"password_changed\",\"person\":5"), 1);
}

#[test]
fn the_owners_password_changes_only_with_the_vault() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let page = get(&test_box, "/account", &owner.0).text();
    assert!(page.contains("also unlocks the vault"));
    assert!(page.contains("keyed at telephones since the last right one: 3"), "{page}");
    test_box.said.lock().unwrap().vault_refuses = Some(VaultRefusal::NoOpener);
    let answer = change_password(&test_box, &owner, PASSWORD, NEWER);
    assert!(answer.text().contains("could not be put under"), "{}", answer.text());
    assert!(post(&test_box, "/sign-in", "", &[("name", "chen"), ("password", PASSWORD)]).cookie().is_some());
    test_box.said.lock().unwrap().vault_refuses = None;
    assert!(change_password(&test_box, &owner, PASSWORD, NEWER).text().contains("password is changed"));
    assert!(post(&test_box, "/sign-in", "", &[("name", "chen"), ("password", NEWER)]).cookie().is_some());
}

#[test]
fn in_a_browser_from_the_invitation_to_the_first_page_in_both_languages() {
    for (language, button, word) in [("zh-CN", "邀请", "人员"), ("en", "Invite", "People")] {
        let test_box = planes::start();
        let chromium = Chromium::start(language);
        let url = format!("http://{}", test_box.address);
        become_owner(&chromium, &url, &test_box.code);
        chromium.press("nav a[href='/people']");
        chromium.wait("location.pathname == '/people'");
        assert_eq!(chromium.text("h1"), word);
        assert_eq!(chromium.text("[data-person='3'] button"), button);
        chromium.press("[data-person='3'] button");
        chromium.wait_long("document.querySelector('#code') != null");
        chromium.picture(&format!("people-{language}"));
        let code = chromium.text("#code .secret");
        chromium.open(&format!("{url}/join/3"));
        chromium.picture(&format!("join-{language}"));
        chromium.type_into("code", &code.to_lowercase());
        for (field, text) in [("name", "li"), ("password", PASSWORD), ("again", PASSWORD)] {
            chromium.type_into(field, text);
        }
        chromium.press("main button");
        chromium.wait_long("location.pathname == '/now'");
        assert_eq!(chromium.text(".who a[href='/account']"), "li");
        chromium.press(".who a[href='/account']");
        chromium.wait("document.querySelector('form[action=\"/account\"]') != null");
        chromium.picture(&format!("account-{language}"));
    }
}
