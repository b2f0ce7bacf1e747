//! The second factor: codes of an app, from the picture that is scanned to the day when the telephone is lost.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use access::CodeSecret;
use frame::Utc;
use ringfence::journal::BoxEvent;
use settings::SecondFactorOf;

use crate::{
    approvals::{Signed, answer, ask, sign_in, signed, three, waiting},
    audit,
    browser::become_owner,
    chromium::{Chromium, wait_for},
    http::Answer,
    people::{act, invite, join},
    plain::{form_token, get, owner, post},
    planes::{self, CALL, PASSWORD, TestBox},
};

const AUDITOR: u32 = 3;
const AGENT: u32 = 5;

fn told(test_box: &TestBox, text: &str) -> usize {
    test_box.told().iter().filter(|told| told.contains(text)).count()
}

/// An app that has scanned the code.
struct App(CodeSecret);

impl App {
    /// What it shows, of a telephone whose clock is off by so much.
    fn shows_off_by(&self, test_box: &TestBox, off: i64) -> String {
        let later = test_box.later.lock().unwrap().as_micros() as i64;
        let utc = Utc::from_us(planes::now().utc.as_us() + later + off * 1_000_000);
        self.0.code(utc).unwrap()
    }

    fn shows(&self, test_box: &TestBox) -> String {
        self.shows_off_by(test_box, 0)
    }

    /// The next one: each counts once.
    fn shows_anew(&self, test_box: &TestBox) -> String {
        *test_box.later.lock().unwrap() += Duration::from_secs(60);
        self.shows(test_box)
    }
}

fn second_factor(test_box: &TestBox, by: &Signed, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("token", by.1.as_str())], fields].concat();
    post(test_box, "/account/second-factor", &by.0, &fields)
}

/// The secret on a page, as it is typed.
fn secret(page: &str) -> App {
    let text = page.split("id=\"secret\">").nth(1).and_then(|rest| rest.split('<').next());
    let text = text.unwrap_or_else(|| panic!("no secret: {page}")).replace(' ', "");
    App(CodeSecret::parse(&text).unwrap())
}

/// Sets it up; the app that has it.
fn set_up(test_box: &TestBox, by: &Signed) -> App {
    let app = secret(&second_factor(test_box, by, &[("act", "begin")]).text());
    let first = app.shows_anew(test_box);
    let finished = second_factor(test_box, by, &[("act", "finish"), ("password", PASSWORD), ("first", &first)]).text();
    assert!(finished.contains("It is set up."), "{finished}");
    app
}

/// Takes somebody's codes off, with the own password and code.
fn drop_factor(test_box: &TestBox, by: &Signed, person: u32, password: &str, code: &str) -> Answer {
    let fields = [("token", by.1.as_str()), ("act", "drop_second_factor"), ("password", password), ("code", code)];
    post(test_box, &format!("/people/{person}"), &by.0, &fields)
}

fn sign_in_with(test_box: &TestBox, name: &str, password: &str, code: &str) -> Answer {
    post(test_box, "/sign-in", "", &[("name", name), ("password", password), ("code", code)])
}

/// The page without its clock.
pub fn but_its_clock(page: &str) -> String {
    page.lines().filter(|line| !line.contains("id=\"clock\"")).collect()
}

#[test]
fn it_is_set_up_with_a_code_to_scan_and_asked_for_from_then_on_also_after_a_restart() {
    let mut test_box = planes::start();
    let owner = owner(&test_box);
    let agent = signed(&test_box, &owner, AGENT, "liu");
    let elsewhere = sign_in(&test_box, "liu");
    let page = second_factor(&test_box, &agent, &[("act", "begin")]).text();
    let app = secret(&page);
    let scanned = audit::read(&audit::code(&page));
    assert_eq!(scanned, app.0.to_address("Ringfence", "liu"), "what the picture says");
    assert!(!get(&test_box, "/account", &agent.0).text().contains("id=\"secret\""), "it is shown once");
    assert!(sign_in_with(&test_box, "liu", PASSWORD, "").cookie().is_some(), "it counts for nothing yet");

    let finish = |password, first: &str| {
        second_factor(&test_box, &agent, &[("act", "finish"), ("password", password), ("first", first)])
    };
    let seen = |answer: &Answer| answer.cookies().find(|cookie| cookie.starts_with("seen="));
    let wrong = finish(PASSWORD, "000000");
    assert!(wrong.status == 422 && wrong.text().contains("not the code of this secret"), "{}", wrong.text());
    assert_eq!(secret(&wrong.text()).0, app.0, "the same one is tried again");
    assert!(finish("guess guess guess", &app.shows(&test_box)).text().contains("password is wrong"));
    let set = finish(PASSWORD, &app.shows(&test_box));
    assert!(seen(&set).is_some() && seen(&wrong).is_none(), "the browser is known anew");
    let set = set.text();
    assert!(set.contains("It is set up.") && !set.contains("id=\"secret\""), "{set}");
    assert_eq!(get(&test_box, "/now", &elsewhere.0).status, 303, "sessions elsewhere are over");

    *test_box.later.lock().unwrap() = Duration::from_secs(60);
    let none = sign_in_with(&test_box, "liu", PASSWORD, "");
    let guess = sign_in_with(&test_box, "liu", "guess guess guess", &app.shows(&test_box));
    assert_eq!((none.status, guess.status), (422, 422));
    assert_eq!(but_its_clock(&none.text()), but_its_clock(&guess.text()), "nothing says which one was wrong");
    *test_box.later.lock().unwrap() = Duration::from_secs(120);
    let code = app.shows(&test_box);
    assert!(sign_in_with(&test_box, "liu", PASSWORD, &code).cookie().is_some());
    assert_eq!(sign_in_with(&test_box, "liu", PASSWORD, &code).status, 422, "once");
    test_box.restart_page();
    assert_eq!(sign_in_with(&test_box, "liu", PASSWORD, &code).status, 422, "nor after a restart");
    let next = app.shows_off_by(&test_box, 30);
    assert!(sign_in_with(&test_box, "liu", PASSWORD, &next).cookie().is_some(), "a telephone that is fast");
    let wrong = "\"kind\":\"code_wrong\",\"person\":5,\"from\":\"127.0.0.1\"";
    assert_eq!((told(&test_box, wrong), told(&test_box, "\"kind\":\"second_factor_changed\"")), (3, 1));
    for secret in [app.0.to_text(), app.0.to_groups(), code, next] {
        assert_eq!(told(&test_box, &secret), 0, "no log has it");
    }
}

/// Somebody else knows the password, and is signed in before the codes are set up.
#[test]
fn a_secret_that_is_being_set_up_is_shown_in_no_other_session_and_replaced_from_none() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let agent = signed(&test_box, &owner, AGENT, "liu");
    let thief = sign_in(&test_box, "liu");
    let app = secret(&second_factor(&test_box, &agent, &[("act", "begin")]).text());
    let long = "x".repeat(2000);
    for (by, act, password) in
        [(&thief, "off", long.as_str()), (&thief, "finish", PASSWORD), (&agent, "off", "no"), (&agent, "finish", "no")]
    {
        let page = second_factor(&test_box, by, &[("act", act), ("password", password), ("first", "000000")]).text();
        assert!(!page.contains("id=\"secret\"") && !page.contains(&app.0.to_groups()), "{act} {password}: {page}");
    }
    let mistyped = second_factor(&test_box, &agent, &[("act", "finish"), ("password", "no"), ("first", "0")]).text();
    assert!(mistyped.contains("name=\"first\""), "the app has it: the fields are there again: {mistyped}");
    let thiefs = secret(&second_factor(&test_box, &thief, &[("act", "begin")]).text());
    *test_box.later.lock().unwrap() = Duration::from_secs(300);
    let finish = |by, first: &str| {
        second_factor(&test_box, by, &[("act", "finish"), ("password", PASSWORD), ("first", first)]).text()
    };
    assert_eq!(secret(&finish(&agent, &thiefs.shows(&test_box))).0, app.0, "its own one, no other");
    assert!(finish(&agent, &app.shows(&test_box)).contains("It is set up."));
    assert_eq!(get(&test_box, "/account", &thief.0).status, 303, "and the thief is out");
}

#[test]
fn wrong_codes_hold_up_a_name_as_wrong_passwords_do() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let agent = signed(&test_box, &owner, AGENT, "liu");
    let app = set_up(&test_box, &agent);
    for secs in [120, 120, 120, 122, 183] {
        *test_box.later.lock().unwrap() = Duration::from_secs(secs);
        let two_off = app.shows_off_by(&test_box, 75);
        assert_eq!(sign_in_with(&test_box, "liu", PASSWORD, &two_off).status, 422);
    }
    let held_up = sign_in_with(&test_box, "liu", PASSWORD, &app.shows(&test_box));
    assert!(held_up.status == 429 && held_up.text().contains("30 minutes"), "{}", held_up.text());
}

/// Somebody knows the password, and the wait is ended for whom they hold up.
#[test]
fn after_ten_wrong_codes_none_is_looked_at_until_the_password_is_another_one() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let agent = signed(&test_box, &owner, AGENT, "liu");
    let app = set_up(&test_box, &agent);
    for secs in (0..10).map(|no| 120 + no * 1860) {
        *test_box.later.lock().unwrap() = Duration::from_secs(secs);
        let two_off = app.shows_off_by(&test_box, 75);
        assert_eq!(sign_in_with(&test_box, "liu", PASSWORD, &two_off).status, 422, "{secs}");
    }
    // The address has failed ten times as well, and waits for seconds.
    let wait = || *test_box.later.lock().unwrap() += Duration::from_secs(5);
    wait();
    let owner = sign_in(&test_box, "chen");
    act(&test_box, &owner, AGENT, "excuse");
    let refused = sign_in_with(&test_box, "liu", PASSWORD, &app.shows(&test_box));
    assert!(refused.status == 422 && !refused.text().contains("too many wrong codes"), "a stranger learns nothing");
    let page = get(&test_box, "/people", &owner.0).text();
    assert!(page.contains("no sign-in looks at a code for 1 min"), "{page}");
    let code = invite(&test_box, &owner, AGENT);
    wait();
    let joined = join(&test_box, AGENT, &code, "liu", "something quite different").cookie().unwrap();
    let form_token = form_token(&test_box, &joined);
    let app = secret(&second_factor(&test_box, &(joined.clone(), form_token.clone()), &[("act", "begin")]).text());
    let first = app.shows(&test_box);
    let finish = [("act", "finish"), ("password", "something quite different"), ("first", first.as_str())];
    assert!(second_factor(&test_box, &(joined, form_token), &finish).text().contains("It is set up."));
    let next = app.shows_anew(&test_box);
    assert!(sign_in_with(&test_box, "liu", "something quite different", &next).cookie().is_some());
}

#[test]
fn whoever_grants_something_gives_a_fresh_code_on_the_page_and_on_the_command_line() {
    let (test_box, auditor, security) = three();
    let app = set_up(&test_box, &security);
    let asks = |object| waiting(&ask(&test_box, &auditor, "lift-hold", object).text()).expect("it waits");
    let no = asks("hold 7");
    assert!(get(&test_box, "/approvals", &security.0).text().contains("name=\"code\""));
    assert!(!get(&test_box, "/approvals", &auditor.0).text().contains("name=\"code\""));
    let alone = answer(&test_box, &security, &no, "grant", PASSWORD);
    assert_eq!((alone.status, told(&test_box, "\"answer\":\"granted\"")), (422, 0), "{}", alone.text());
    let code = app.shows_anew(&test_box);
    let grant = |no: &str, code: &str| {
        let fields = [("token", security.1.as_str()), ("answer", "grant"), ("password", PASSWORD), ("code", code)];
        post(&test_box, &format!("/approvals/{no}"), &security.0, &fields)
    };
    assert_eq!((grant(&no, &code).status, told(&test_box, "\"answer\":\"granted\"")), (200, 1));
    let reason = ("reason", "court order 18");
    let again = [("token", auditor.1.as_str()), ("act", "lift-hold"), ("object", "hold 8"), reason];
    let page = post(&test_box, "/approvals", &auditor.0, &again).text();
    let other = page.rsplit("data-approval=\"").find(|part| part.contains("hold 8")).unwrap();
    let other = other.split('"').next().unwrap().to_owned();
    assert_eq!(grant(&other, &code).status, 422, "the same code grants nothing more");
    let by = ["approve", "grant", &other, "--as", "zhou"];
    let (went_well, said) = test_box.verb(&by, PASSWORD);
    assert!(!went_well && said.contains("the code of the app"), "{said}");
    let (went_well, said) = test_box.verb(&by, &format!("{PASSWORD}\n{}", app.shows_anew(&test_box)));
    assert!(went_well, "{said}");
    assert_eq!(told(&test_box, "\"answer\":\"granted\""), 2);
}

/// The stream of news of a page that is open.
fn watch(test_box: &TestBox, cookie: &str) -> TcpStream {
    let mut stream = TcpStream::connect(test_box.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let host = test_box.address;
    write!(stream, "GET /live HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n").unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    stream
}

#[test]
fn of_whom_the_settings_want_it_they_set_it_up_and_can_do_nothing_before() {
    let (test_box, auditor, _) = three();
    let owner = sign_in(&test_box, "chen");
    let agent = signed(&test_box, &owner, AGENT, "liu");
    let opens = [("token", owner.1.as_str()), ("reason", "投诉 118"), ("passphrase", PASSWORD)];
    assert_eq!(post(&test_box, &format!("/calls/{CALL}/open"), &owner.0, &opens).status, 303);
    let mut watched = watch(&test_box, &auditor.0);
    test_box.settings.send_modify(|settings| {
        Arc::make_mut(settings).sign_in.second_factor = SecondFactorOf::Administrators;
    });
    wait_for(|| get(&test_box, "/calls", &auditor.0).status == 303, "the settings hold");
    wait_for(|| test_box.said.lock().unwrap().sealed == 1, "what was open is sealed");
    test_box.tell(BoxEvent::SignInFailed { name: "news".to_owned(), from: "10.0.0.66".to_owned() });
    watched.read_to_end(&mut Vec::new()).expect("a page that is open is told nothing any more");
    let change = [
        ("token", auditor.1.as_str()),
        ("old", PASSWORD),
        ("password", "another one of theirs"),
        ("again", "another one of theirs"),
    ];
    assert_eq!(post(&test_box, "/account", &auditor.0, &change).status, 422, "nor is the password changed");
    for path in ["/now", "/calls", "/audit", "/approvals", "/live", "/export", "/people"] {
        let led = get(&test_box, path, &auditor.0);
        let is_led = led.status == 303 && led.header("location") == Some("/account");
        assert!(is_led || (path == "/live" && led.status == 403), "{path}: {}", led.status);
    }
    let asked = ask(&test_box, &auditor, "lift-hold", "hold 7");
    assert_eq!((asked.status, told(&test_box, "ask_approval")), (303, 0));
    let (went_well, said) =
        test_box.verb(&["approve", "ask", "lift-hold", "hold 7", "--as", "li", "--reason", "x"], PASSWORD);
    assert!(!went_well && said.contains("set them up on the page"), "{said}");
    let page = get(&test_box, "/account", &auditor.0).text();
    assert!(page.contains("nothing else is open to you") && !page.contains("href=\"/calls\""), "{page}");
    assert_eq!(get(&test_box, "/now", &agent.0).status, 200, "an agent goes on");

    let app = set_up(&test_box, &auditor);
    assert_eq!(get(&test_box, "/calls", &auditor.0).status, 200);
    let off = [("act", "off"), ("password", PASSWORD), ("code", &app.shows_anew(&test_box))];
    assert!(second_factor(&test_box, &auditor, &off).text().contains("can’t be taken off"));
    let again = sign_in_with(&test_box, "li", PASSWORD, &app.shows_anew(&test_box)).cookie().unwrap();
    assert_eq!(get(&test_box, "/calls", &again).status, 200);
    let led = sign_in_with(&test_box, "zhou", PASSWORD, "").cookie().expect("with the password so far");
    assert_eq!(get(&test_box, "/people", &led).header("location"), Some("/account"), "at the next sign-in");
}

#[test]
fn a_lost_telephone_of_an_administrator_takes_two_people_and_an_agents_one() {
    let (test_box, auditor, security) = three();
    let owner = sign_in(&test_box, "chen");
    let agent = signed(&test_box, &owner, AGENT, "liu");
    set_up(&test_box, &agent);
    set_up(&test_box, &owner);
    let page = get(&test_box, "/people", &security.0).text();
    assert_eq!(page.matches("with codes of an app").count(), 2, "{page}");
    let asked = act(&test_box, &security, AGENT, "drop_second_factor").text();
    assert!(asked.contains("id=\"confirm\"") && !asked.contains("name=\"code\""), "a desk that was left open: {asked}");
    let guessed = drop_factor(&test_box, &security, AGENT, "guess guess guess", "");
    assert!(guessed.status == 422 && guessed.text().contains("id=\"confirm\""), "{}", guessed.text());
    assert_eq!((told(&test_box, "drop_second_factor"), sign_in_with(&test_box, "liu", PASSWORD, "").status), (0, 422));
    let dropped = drop_factor(&test_box, &security, AGENT, PASSWORD, "").text();
    assert!(dropped.contains("signs in with the password alone"), "{dropped}");
    assert_eq!(get(&test_box, "/now", &agent.0).status, 303, "their sessions are over");
    assert_eq!(
        told(&test_box, "\"kind\":\"second_factor_changed\",\"person\":5,\"from\":\"127.0.0.1\",\"is_set\":false"),
        1
    );
    assert_eq!(sign_in_with(&test_box, "liu", PASSWORD, "").header("location"), Some("/now"));
    let learns = sign_in_with(&test_box, "liu", PASSWORD, "123456");
    assert_eq!(learns.header("location"), Some("/account"), "whoever types a code and has none is told");
    assert!(get(&test_box, "/account", &learns.cookie().unwrap()).text().contains("has taken it off"));
    let nothing = drop_factor(&test_box, &security, AGENT, PASSWORD, "").text();
    assert!(nothing.contains("has no codes of an app"), "{nothing}");

    let page = act(&test_box, &security, 1, "drop_second_factor").text();
    assert!(page.contains("name=\"object\" value=\"drop-second-factor 1\""), "{page}");
    assert_eq!(sign_in_with(&test_box, "chen", PASSWORD, "").status, 422, "nobody has granted it");
    let own = act(&test_box, &owner, 1, "drop_second_factor").text();
    assert!(own.contains("on Your account") && !own.contains("drop-second-factor 1"), "{own}");
    let no = waiting(&ask(&test_box, &security, "administrator", "drop-second-factor 1").text()).expect("it waits");
    let page = get(&test_box, "/approvals", &auditor.0).text();
    assert!(page.contains("taken off the administrator 院长 (number 1)"), "{page}");
    let by_themselves = answer(&test_box, &owner, &no, "grant", PASSWORD);
    assert_ne!(by_themselves.status, 200, "{}", by_themselves.text());
    assert_eq!(answer(&test_box, &auditor, &no, "grant", PASSWORD).status, 200);
    assert!(act(&test_box, &security, 1, "drop_second_factor").text().contains("id=\"confirm\""));
    assert!(drop_factor(&test_box, &security, 1, PASSWORD, "").text().contains("with the password alone"));
    assert!(sign_in_with(&test_box, "chen", PASSWORD, "").cookie().is_some());
    let done = "\"act\":\"drop_second_factor\",\"object\":\"1\"";
    assert_eq!(told(&test_box, done), 1, "once it was granted, and with the password");
}

#[test]
fn a_grant_to_take_codes_off_is_kept_where_there_are_none_or_the_code_is_wrong() {
    let (test_box, auditor, security) = three();
    let owner = sign_in(&test_box, "chen");
    let (owners, own) = (set_up(&test_box, &owner), set_up(&test_box, &security));
    let no = waiting(&ask(&test_box, &security, "administrator", "drop-second-factor 1").text()).expect("it waits");
    assert_eq!(answer(&test_box, &auditor, &no, "grant", PASSWORD).status, 200);
    let page = act(&test_box, &security, 1, "drop_second_factor").text();
    assert!(page.contains("id=\"confirm\"") && page.contains("name=\"code\""), "{page}");
    assert_eq!(drop_factor(&test_box, &security, 1, PASSWORD, "").status, 422, "who has codes gives one");
    let off = [("act", "off"), ("password", PASSWORD), ("code", &owners.shows_anew(&test_box))];
    assert!(second_factor(&test_box, &owner, &off).text().contains("It is taken off."));
    let code = own.shows_anew(&test_box);
    assert!(drop_factor(&test_box, &security, 1, PASSWORD, &code).text().contains("has no codes of an app"));
    set_up(&test_box, &owner);
    let code = own.shows_anew(&test_box);
    assert!(drop_factor(&test_box, &security, 1, PASSWORD, &code).text().contains("with the password alone"));
    assert_eq!(told(&test_box, "\"answer\":\"redeemed\""), 1);
}

#[test]
fn another_password_takes_a_code_and_an_invitation_ends_the_codes() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let agent = signed(&test_box, &owner, AGENT, "liu");
    let app = set_up(&test_box, &agent);
    const NEWER: &str = "something quite different";
    let change = |code: &str| {
        let fields =
            [("token", agent.1.as_str()), ("old", PASSWORD), ("code", code), ("password", NEWER), ("again", NEWER)];
        post(&test_box, "/account", &agent.0, &fields).text()
    };
    assert!(change("").contains("nothing was changed"));
    let code = app.shows_anew(&test_box);
    assert!(change(&code).contains("password is changed"));
    let off =
        |code: &str| second_factor(&test_box, &agent, &[("act", "off"), ("password", NEWER), ("code", code)]).text();
    assert!(off(&code).contains("nothing was changed"), "it was used");
    assert!(off(&app.shows_anew(&test_box)).contains("It is taken off."));
    assert!(sign_in_with(&test_box, "liu", NEWER, "").cookie().is_some());
    assert_eq!(told(&test_box, "\"is_set\":false"), 1);

    let auditor = signed(&test_box, &owner, AUDITOR, "li");
    set_up(&test_box, &auditor);
    let code = invite(&test_box, &owner, AUDITOR);
    assert!(join(&test_box, AUDITOR, &code, "li", NEWER).cookie().is_some());
    assert!(sign_in_with(&test_box, "li", NEWER, "").cookie().is_some(), "it begins anew");
    assert_eq!(told(&test_box, "\"is_set\":false"), 2, "which is told");
}

#[test]
fn a_form_from_elsewhere_and_a_secret_of_before_a_restart_set_nothing_up() {
    let mut test_box = planes::start();
    let owner = owner(&test_box);
    let forged = (owner.0.clone(), "0000".to_owned());
    assert_eq!(second_factor(&test_box, &forged, &[("act", "begin")]).status, 403);
    assert_eq!(second_factor(&test_box, &owner, &[("act", "promote")]).status, 400);
    let app = secret(&second_factor(&test_box, &owner, &[("act", "begin")]).text());
    test_box.restart_page();
    let owner = sign_in(&test_box, "chen");
    let finish = [("act", "finish"), ("password", PASSWORD), ("first", &app.shows(&test_box))];
    let late = second_factor(&test_box, &owner, &finish).text();
    assert!(late.contains("The box has started anew"), "{late}");
    assert_eq!(form_token(&test_box, &owner.0), owner.1);
}

#[test]
fn in_a_browser_from_the_setting_to_a_sign_in_with_a_code_in_both_languages() {
    for language in ["zh-CN", "en"] {
        let test_box = planes::start();
        let chromium = Chromium::start(language);
        let url = format!("http://{}", test_box.address);
        become_owner(&chromium, &url, &test_box.code);
        test_box.settings.send_modify(|settings| {
            Arc::make_mut(settings).sign_in.second_factor = SecondFactorOf::Administrators;
        });
        // The page that is open is led there as well.
        chromium.wait("location.pathname == '/account' || !location.assign('/now')");
        chromium.wait("location.pathname == '/account'");
        chromium.picture(&format!("second-factor-must-{language}"));
        chromium.press("button[value='begin']");
        chromium.wait("document.querySelector('#secret') != null");
        chromium.picture(&format!("second-factor-scan-{language}"));
        let app = App(CodeSecret::parse(&chromium.text("#secret").replace(' ', "")).unwrap());
        chromium.type_into("first", "000000");
        chromium.type_into("password", PASSWORD);
        chromium.press("button[value='finish']");
        chromium.wait_long("document.querySelector('#second-factor [role=alert]') != null");
        chromium.type_into("first", &app.shows(&test_box));
        chromium.type_into("password", PASSWORD);
        chromium.press("button[value='finish']");
        chromium.wait_long("document.querySelector('#second-factor .talk') != null");
        chromium.picture(&format!("second-factor-set-{language}"));
        chromium.press("nav a[href='/people']");
        chromium.wait("location.pathname == '/people'");
        chromium.picture(&format!("second-factor-people-{language}"));
        chromium.press("form[action='/sign-out'] button");
        chromium.wait("location.pathname == '/sign-in'");
        chromium.type_into("name", "院长");
        chromium.type_into("password", PASSWORD);
        chromium.press("main button");
        chromium.wait_long("document.querySelector('[role=alert]') != null");
        chromium.picture(&format!("second-factor-sign-in-{language}"));
        chromium.type_into("password", PASSWORD);
        chromium.type_into("code", &app.shows_anew(&test_box));
        chromium.press("main button");
        chromium.wait_long("location.pathname == '/now'");
        chromium.resize(390, 844);
        chromium.open(&format!("{url}/account"));
        chromium.press("button[value='begin']");
        chromium.wait("document.querySelector('#secret') != null");
        let too_wide = "[...document.querySelectorAll('main *')].some((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('svg'))";
        assert_eq!(chromium.script(&format!("return {too_wide}")), false, "it fits a telephone’s width");
        chromium.picture(&format!("second-factor-phone-{language}"));
        let complaints = chromium.complaints_but(&["422"]);
        assert_eq!(complaints, Vec::<String>::new(), "the console is silent");
    }
}
