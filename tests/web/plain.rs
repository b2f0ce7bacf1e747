//! The page without a browser: what a stranger, a forged form and a tired typist get.

use std::{net::SocketAddr, time::Duration};

use analog::port_test::{Echo, Findings, Noise, Tested, Verdict};
use frame::{PersonId, SpanId};
use ringfence::{
    handles::{JackState, TestedPort, VaultRefusal, WhoOpens},
    journal::{Alarm, BoxEvent},
};
use settings::{PersonRole, TracedNumbers};

use crate::{
    http::{self, Answer, form},
    planes::{self, CALL, LIVE_CALL, PASSWORD, TestBox},
    second_factor::but_its_clock,
};

/// Every page that shows something of the box.
const INSIDE: [&str; 14] = [
    "/now",
    "/box",
    "/box/SIM-FXS.3",
    "/calls",
    "/calls/1-1",
    "/calls/1-1/audio",
    "/calls/1-999",
    "/box/nowhere.1",
    "/people",
    "/approvals",
    "/keeping",
    "/export",
    "/audit",
    "/account",
];

pub fn get(test_box: &TestBox, path: &str, cookie: &str) -> Answer {
    http::send(test_box.address, "GET", path, &[("Cookie", cookie), ("Accept-Language", "en")], &[])
}

/// The same to a box of one's own.
pub fn post_to(address: SocketAddr, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    send_form(address, &format!("http://{address}"), path, cookie, &form(fields))
}

pub fn post(test_box: &TestBox, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let origin = format!("http://{}", test_box.address);
    post_from(test_box, &origin, path, cookie, &form(fields))
}

fn post_from(test_box: &TestBox, origin: &str, path: &str, cookie: &str, body: &[u8]) -> Answer {
    send_form(test_box.address, origin, path, cookie, body)
}

fn send_form(address: SocketAddr, origin: &str, path: &str, cookie: &str, body: &[u8]) -> Answer {
    let headers = [
        ("Origin", origin),
        ("Cookie", cookie),
        ("Accept-Language", "en"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    http::send(address, "POST", path, &headers, body)
}

fn claim(test_box: &TestBox, code: &str) -> Answer {
    let fields = [("code", code), ("name", "chen"), ("password", PASSWORD), ("again", PASSWORD)];
    post(test_box, "/first-start", "", &fields)
}

/// The owner's cookie, and the token of their forms.
pub fn owner(test_box: &TestBox) -> (String, String) {
    let cookie = claim(test_box, &test_box.code).cookie().expect("the owner is in");
    let token = form_token(test_box, &cookie);
    (cookie, token)
}

pub fn form_token(test_box: &TestBox, cookie: &str) -> String {
    let page = get(test_box, "/now", cookie).text();
    let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    token.expect("a page has a form").to_owned()
}

#[test]
fn no_page_shows_anything_to_a_stranger_and_each_has_the_policy() {
    let test_box = planes::start();
    let open = ["/", "/sign-in", "/first-start", "/nowhere", "/language/en", "/language/xx", "/assets/none.css"];
    for path in INSIDE.iter().chain(&open) {
        for cookie in ["", "session=nonsense", &format!("session={}", "0".repeat(64))] {
            let answer = get(&test_box, path, cookie);
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert!(!answer.text().contains("139"), "{path}");
            if INSIDE.contains(path) {
                assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in")), "{path}");
            }
        }
    }
    assert_eq!(get(&test_box, "/live", "").status, 401);
}

#[test]
fn pages_of_the_owner_are_never_cached_and_assets_for_ever() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let page = get(&test_box, "/now", &cookie);
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    let page = page.text();
    let asset = page.split("\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let asset = get(&test_box, asset, "");
    assert_eq!(asset.status, 200);
    assert!(asset.header("cache-control").unwrap().contains("immutable"));
}

#[test]
fn the_code_works_once_and_a_wrong_one_never() {
    let test_box = planes::start();
    let wrong = claim(&test_box, "0000-0000-0000-0000");
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("owner’s code is wrong"), "{}", wrong.text());
    let cookie = claim(&test_box, &test_box.code).cookie().unwrap();
    assert!(cookie.starts_with("session="), "{cookie}");
    assert_eq!(claim(&test_box, &test_box.code).status, 422);
    assert_eq!(get(&test_box, "/first-start", "").header("location"), Some("/sign-in"));
    let told = test_box.told();
    assert!(told.iter().any(|text| text.contains("\"kind\":\"sign_in_failed\"")), "{told:?}");
    assert!(
        told.iter().any(|text| text.contains("\"kind\":\"signed_in\",\"person\":1,\"from\":\"127.0.0.1\"")),
        "{told:?}"
    );
}

#[test]
fn a_first_start_that_the_vault_does_not_take_changes_nothing_and_can_be_repeated() {
    let test_box = planes::start();
    test_box.said.lock().unwrap().vault_refuses = Some(VaultRefusal::NoOpener);
    let answer = claim(&test_box, &test_box.code);
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("nothing has changed"));
    test_box.said.lock().unwrap().vault_refuses = None;
    assert!(claim(&test_box, &test_box.code).cookie().is_some());
}

#[test]
fn a_bad_first_password_is_refused_with_its_reason() {
    let test_box = planes::start();
    let try_with = |name: &str, password: &str, again: &str| {
        let fields = [("code", test_box.code.as_str()), ("name", name), ("password", password), ("again", again)];
        post(&test_box, "/first-start", "", &fields).text()
    };
    assert!(try_with("chen", "short", "short").contains("at least 12 characters"));
    assert!(try_with("chen", PASSWORD, "other").contains("two passwords differ"));
    assert!(try_with("", PASSWORD, PASSWORD).contains("1 to 64 characters"));
    assert!(try_with("a person at night", "A person at night", "A person at night").contains("must not be the name"));
    assert!(get(&test_box, "/sign-in", "").header("location") == Some("/first-start"), "still nobody's");
}

#[test]
fn a_wrong_password_and_an_unknown_name_read_the_same_and_lock_the_same() {
    let test_box = planes::start();
    owner(&test_box);
    let answers = |name: &str| -> Vec<(u16, String)> {
        let try_once = |_| {
            let answer = post(&test_box, "/sign-in", "", &[("name", name), ("password", "guess guess guess")]);
            (answer.status, but_its_clock(&answer.text()).replace(name, "NAME"))
        };
        (0..5).map(try_once).collect()
    };
    let known = answers("chen");
    assert_eq!(known, answers("nobody"));
    assert_eq!(known.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [422, 422, 422, 429, 429]);
    assert!(known[3].1.contains("Try again in"), "{}", known[3].1);
    // Even the right password waits.
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", "chen"), ("password", PASSWORD)]).status, 429);
    *test_box.later.lock().unwrap() = Duration::from_secs(2);
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", "chen"), ("password", PASSWORD)]).status, 303);
}

#[test]
fn a_session_ends_by_idleness_and_is_told() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    *test_box.later.lock().unwrap() = Duration::from_secs(14 * 60);
    // What the page asks by itself keeps nobody signed in.
    let headers = [("Cookie", cookie.as_str()), ("x-by-itself", "1")];
    assert_eq!(http::send(test_box.address, "GET", "/now", &headers, &[]).status, 200);
    *test_box.later.lock().unwrap() = Duration::from_secs(15 * 60);
    assert_eq!(http::send(test_box.address, "GET", "/now", &headers, &[]).status, 401);
    assert_eq!(get(&test_box, "/now", &cookie).status, 303);
    crate::chromium::wait_for(
        || test_box.told().iter().any(|text| text.contains("signed_out")),
        "the end of the session is told",
    );
}

#[test]
fn signing_out_ends_the_session_for_whoever_kept_the_cookie() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    assert_eq!(post(&test_box, "/sign-out", &cookie, &[("token", &token)]).header("location"), Some("/sign-in"));
    assert_eq!(get(&test_box, "/now", &cookie).status, 303);
}

#[test]
fn a_form_from_elsewhere_does_nothing() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let own = format!("http://{}", test_box.address);
    let end = format!("/calls/{LIVE_CALL}/end");
    for (origin, token) in [("https://evil.example", token.as_str()), ("null", &token), (&own, ""), (&own, "0000")] {
        let answer = post_from(&test_box, origin, &end, &cookie, &form(&[("token", token)]));
        assert_eq!(answer.status, 403, "{origin} {token}");
        assert!(answer.text().contains("nothing was done"), "{}", answer.text());
        assert!(answer.header("content-security-policy").is_some());
    }
    let no_origin =
        http::send(test_box.address, "POST", "/sign-out", &[("Cookie", &cookie)], &form(&[("token", &token)]));
    assert_eq!(no_origin.status, 403);
    assert!(test_box.said.lock().unwrap().ended.is_empty());
    assert_eq!(post(&test_box, &end, &cookie, &[("token", &token)]).status, 303);
    assert_eq!(test_box.said.lock().unwrap().ended, [LIVE_CALL]);
}

#[test]
fn bad_input_gets_an_answer_in_words_and_nothing_else() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    for path in ["/calls/x", "/calls/99999999999999-1", "/calls/1-2-3", "/calls/%00", "/box/..%2f..%2fkeys", "/box/%ff"]
    {
        let answer = get(&test_box, path, &cookie);
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains("accounts"), "{path}");
    }
    for path in ["/assets/..%2f..%2fkeys%2faccounts.json", "/assets/../keys/accounts.json", "/../../etc/passwd"] {
        assert_eq!(get(&test_box, path, &cookie).status, 404, "{path}");
    }
    let long = "长".repeat(20_000);
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", &long), ("password", "x")]).status, 400);
    assert_eq!(post(&test_box, "/sign-in", "", &[("name", "no password")]).status, 400);
    let script = "<script>alert(1)</script>";
    let answer = post(&test_box, "/sign-in", "", &[("name", script), ("password", "x")]);
    assert!(!answer.text().contains(script), "{}", answer.text());
    let reveal = format!("/calls/{CALL}/reveal");
    for reason in ["", "   ", "a\nb", &"长".repeat(201)] {
        let answer = post(&test_box, &reveal, &cookie, &[("token", &token), ("reason", reason)]);
        assert!(answer.text().contains("Give a reason") && !answer.text().contains("13912348000"), "{reason}");
    }
    for odd in ["after=x", "after=18446744073709551615", "from=yesterday", "number=%27%20OR%201", "order=cdr", "east=x"]
    {
        assert_eq!(get(&test_box, &format!("/calls?{odd}"), &cookie).status, 200, "{odd}");
    }
}

#[test]
fn a_number_is_shown_whole_only_after_the_audit_has_it() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let path = format!("/calls/{CALL}");
    assert!(!get(&test_box, &path, &cookie).text().contains("13912348000"));
    let fields = [("token", token.as_str()), ("reason", "投诉 118")];
    let shown = post(&test_box, &format!("{path}/reveal"), &cookie, &fields);
    assert!(shown.text().contains("13912348000"));
    let told = test_box.told();
    let [outcome, intent] = [&told[0], &told[1]];
    assert!(
        intent.contains("\"act\":\"reveal_number\"") && intent.contains("投诉 118") && intent.contains("\"1-1\""),
        "{intent}"
    );
    assert!(outcome.contains("audit_outcome") && outcome.contains("\"done\""), "{outcome}");
    assert!(!get(&test_box, &path, &cookie).text().contains("13912348000"), "the next look is masked again");
}

#[test]
fn a_recording_is_read_again_once_the_audit_has_it_and_its_page_and_the_first_say_what_came_of_it() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let path = format!("/calls/{CALL}");
    let checks = || post(&test_box, &format!("{path}/check"), &cookie, &[("token", &token)]);
    let page = |language: &str| get(&test_box, &path, &format!("{cookie}; language={language}")).text();
    assert!(page("en").contains("It was not read whole since it was sealed") && page("en").contains("Check now"));
    assert_eq!(checks().status, 303);
    let told = test_box.told();
    assert!(told[1].contains("\"act\":\"check_recording\"") && told[1].contains("\"1-1\""), "{}", told[1]);
    assert!(told[0].contains("audit_outcome") && told[0].contains("\"done\""), "{}", told[0]);
    assert!(page("en").contains("It was read whole, and fits its leaf.") && page("zh-CN").contains("与它的凭证一致"));
    assert!(page("en").contains("had the recording read again and held to its leaf: done"), "{}", page("en"));
    checks();
    assert!(page("en").contains("note alarm\">It was read again, and is not what its leaf says"), "{}", page("en"));
    test_box.said.lock().unwrap().vault_refuses = Some(VaultRefusal::TakesLong);
    let refused = checks();
    assert!(
        refused.status == 200 && refused.text().contains("It was not checked: To find its leaf"),
        "{}",
        refused.text()
    );
    assert!(test_box.told()[0].contains("\"failed\""));

    let now = || get(&test_box, "/now", &cookie).text();
    assert!(now().contains("The recordings were not all read again yet"));
    test_box.tell(BoxEvent::VaultRead { recordings: 12, damaged: 0 });
    assert!(now().contains("All 12 recordings were read again, and each fits its leaf."));
    test_box.tell(BoxEvent::VaultRead { recordings: 12, damaged: 2 });
    assert!(now().contains("All 12 recordings were read again: 2 places are damaged."));
    assert!(now().contains("Looked at a minute after the first start"));
    let room = |full_days, rule_days| BoxEvent::RoomReckoned {
        free_octets: 1_250_000_000_000,
        a_day_octets: Some(8_460_000_000),
        full_days,
        rule_days,
    };
    test_box.tell(room(Some(147), Some(1830)));
    assert!(
        now().contains("<b>147 days</b>") && now().contains("1.2 TB free · 8.4 GB a day · the longest rule takes 1830")
    );
    test_box.tell(room(None, None));
    assert!(now().contains("<b>Does not fill</b>") && now().contains("no rule keeps anything"));
}

#[test]
fn a_role_without_a_right_is_refused_and_its_page_has_no_button_for_it() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let mut settings = (**test_box.settings.borrow()).clone();
    settings.people[0].roles = vec![PersonRole::System];
    settings.people[1].roles = vec![PersonRole::Owner];
    test_box.settings.send(settings.into()).unwrap();
    let path = format!("/calls/{CALL}");
    crate::chromium::wait_for(|| !get(&test_box, &path, &cookie).text().contains("/reveal"), "the role is taken");
    assert!(get(&test_box, &path, &cookie).text().contains("Your role does not allow listening"));
    for act in ["reveal", "open", "check"] {
        let fields = [("token", token.as_str()), ("reason", "curious"), ("passphrase", PASSWORD)];
        assert_eq!(post(&test_box, &format!("{path}/{act}"), &cookie, &fields).status, 403, "{act}");
    }
    assert_eq!(get(&test_box, &format!("{path}/audio"), &cookie).status, 403);
    assert!(test_box.said.lock().unwrap().opened.is_empty());
    let page = get(&test_box, &path, &cookie).text();
    assert!(page.contains("It was not read whole since") && !page.contains("/check"), "{page}");
    assert!(test_box.said.lock().unwrap().checked.is_empty());
}

#[test]
fn a_trace_is_had_with_a_reason_and_a_span_restarted_once_its_calls_were_named() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let jack = "/box/SIM-E1.1";
    let shown = get(&test_box, jack, &cookie);
    assert!(shown.text().contains(&format!("{jack}/trace")) && shown.text().contains(&LIVE_CALL.to_string()));
    let fields = |reason: &'static str, named: &'static str| {
        [("token", token.clone()), ("reason", reason.into()), ("named", named.into())]
    };
    let send = |act: &str, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        post(&test_box, &format!("{jack}/{act}"), &cookie, &fields)
    };
    assert!(send("trace", &fields("", "")).text().contains("role=\"status\""), "no reason, no trace");
    let trace = send("trace", &fields("报修 7", ""));
    assert_eq!((trace.status, trace.body), (200, isdn::trace::FILE_HEADER.to_vec()));
    assert!(send("restart", &fields("报修 7", "")).text().contains("Calls have begun meanwhile"));
    assert!(send("restart", &fields("报修 7", "1-2")).text().contains("It is being restarted"));
    let acts = test_box.said.lock().unwrap().acts.clone();
    assert_eq!(acts, [("trace", SpanId(0), "报修 7".to_owned()), ("restart", SpanId(0), "报修 7".to_owned())]);
    assert!(!get(&test_box, "/box/SIM-FXS.3", &cookie).text().contains("/trace"), "a telephone has none");
}

#[test]
fn channels_are_taken_out_of_service_with_a_reason_and_the_calls_that_go_on_are_named() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let jack = "/box/SIM-E1.1";
    let shown = get(&test_box, jack, &cookie);
    assert!(shown.text().contains("<option>31</option>") && !shown.text().contains("<option>16</option>"));
    let send = |timeslot, state, reason| {
        let fields = [("token", token.as_str()), ("timeslot", timeslot), ("state", state), ("reason", reason)];
        post(&test_box, &format!("{jack}/service"), &cookie, &fields)
    };
    assert!(send("31", "out", "").text().contains("role=\"status\""), "no reason, nothing done");
    assert!(send("x", "out", "typing").text().contains("There is no such timeslot"));
    assert!(send("16", "out", "typing").text().contains("There is no such timeslot"));
    assert!(test_box.said.lock().unwrap().acts.is_empty());
    let out = send("31", "out", "杂音");
    assert!(out.text().contains(&format!("These calls go on to their end: {LIVE_CALL}.")), "{}", out.text());
    assert!(send("", "in", "修好").text().contains("It is in service again"));
    let acts = test_box.said.lock().unwrap().acts.clone();
    assert_eq!(acts, [("out", SpanId(0), "杂音".to_owned()), ("in", SpanId(0), "修好".to_owned())]);
}

#[test]
fn the_page_of_an_outside_line_tests_it_and_shows_how_it_got_worse() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let jack = "/box/SIM-FXO.2";
    let shown = get(&test_box, jack, &cookie).text();
    assert!(
        shown.contains("It was never tested") && shown.contains(&format!("action=\"{jack}/test#tests\"")),
        "{shown}"
    );
    assert!(!get(&test_box, "/box/SIM-E1.1", &cookie).text().contains("/test#tests"), "a trunk has no two wires");
    let send = |to: &str, token: &str| {
        let fields = [("token", token), ("reason", "报修 7")];
        post(&test_box, &format!("{to}/test"), &cookie, &fields)
    };
    assert_ne!(send(jack, "x").status, 200);
    assert_eq!(send("/box/SIM-E1.1", &token).status, 404);
    assert!(test_box.said.lock().unwrap().acts.is_empty());
    assert!(send(jack, &token).text().contains("only idle ports are tested"), "the box says that it is in use");
    let fields = [("token", token.as_str()), ("even_last", "yes")];
    assert_eq!(post(&test_box, &format!("{jack}/test"), &cookie, &fields).status, 200);
    let from = |port| [("token", token.as_str()), ("from", port)];
    assert_eq!(post(&test_box, &format!("{jack}/test"), &cookie, &from("SIM-FXS.2")).status, 200);
    assert_eq!(post(&test_box, &format!("{jack}/test"), &cookie, &from("no port")).status, 404);
    let asked = ["test even the last", "test through a cable"].map(|what| (what, SpanId(0), String::new()));
    let asked = [vec![("test", SpanId(0), "报修 7".to_owned())], asked.to_vec()].concat();
    assert_eq!(test_box.said.lock().unwrap().acts, asked);
    let of_telephone = get(&test_box, "/box/SIM-FXS.2", &cookie).text();
    assert!(shown.contains("even_last") && !of_telephone.contains("even_last"), "no telephone is the last of a group");

    for (dbm0p, erl_db) in [(-72, 18), (-58, 9)] {
        let noise = Verdict::Noisy { dbm0p };
        let verdicts = if erl_db > 9 { vec![Verdict::Good] } else { vec![Verdict::LoudEcho { erl_db }, noise] };
        let findings = Findings {
            tested: Tested::OutsideLine,
            battery: Some(true),
            loop_closed: None,
            dial_tone: Some(true),
            dial_tone_dbm0: Some(-12),
            echo_by_card: false,
            noise: Some(Noise { dbm0p, dbm0: dbm0p + 9 }),
            echo: Some(Echo { erl_db, low_db: 7, high_db: 12, at_least: false }),
            ring: None,
            rung_by: None,
            caller_read: None,
            verdicts,
        };
        test_box.tell(BoxEvent::PortTested { port: "SIM-FXO.2".parse().unwrap(), nightly: erl_db > 9, findings });
    }
    let shown = get(&test_box, jack, &cookie).text();
    assert!(shown.contains("The echo is only 9 dB weaker than what is sent"), "{shown}");
    let trend = shown.split("id=\"trend\"").nth(1).expect("a list of tests");
    let places = ["loud echo", "9 dB", "-58 dBm0p", "a person", "good", "18 dB", "-72 dBm0p", "the box, at night"];
    let mut rest = trend;
    for place in places {
        rest = rest.split_once(place).unwrap_or_else(|| panic!("{place}, newest first: {trend}")).1;
    }
    assert!(shown.contains("The last 2 tests"), "{shown}");
    assert!(!get(&test_box, "/box/SIM-FXO.3", &cookie).text().contains("id=\"trend\""), "another line's page has none");

    // The index may not have it yet: what the page shows is what this test found, and not the one before.
    let findings = Findings {
        verdicts: vec![Verdict::NoBattery { for_s: 60, whole_card: true }],
        ..Findings::never_idle(Tested::OutsideLine)
    };
    test_box.said.lock().unwrap().port_tested = Ok(TestedPort { at: planes::now(), findings, worse: Vec::new() });
    let shown = send(jack, &token).text();
    let before_trend = shown.split("id=\"trend\"").next().unwrap();
    assert!(before_trend.contains("No line of this card has battery"), "{before_trend}");
    assert!(!before_trend.contains("The echo is only 9 dB"), "{before_trend}");
}

#[test]
fn what_the_network_makes_of_a_malicious_call_is_told_to_who_asked() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let path = format!("/calls/{CALL}/keep-caller");
    let fields = |reason| [("token", token.as_str()), ("reason", reason)];
    post(&test_box, &path, &cookie, &fields(""));
    assert!(test_box.said.lock().unwrap().acts.is_empty(), "no reason, nothing asked");
    let told = post(&test_box, &path, &cookie, &fields("恐吓"));
    assert!(told.text().contains("The network did not keep who called: the service is not ordered for this trunk"));
    assert_eq!(test_box.said.lock().unwrap().acts, [("keep", SpanId(0), "恐吓".to_owned())]);
}

#[test]
fn whole_numbers_in_a_trace_are_for_who_may_see_numbers_and_lines_for_who_may_change_them() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let as_role = |role, numbers| {
        let mut settings = (**test_box.settings.borrow()).clone();
        settings.people[0].roles = vec![role];
        settings.people[1].roles = vec![PersonRole::Owner];
        settings.traces.numbers = numbers;
        test_box.settings.send(settings.into()).unwrap();
    };
    let offers = |what: &str| get(&test_box, "/box/SIM-E1.1", &cookie).text().contains(what);
    as_role(PersonRole::System, TracedNumbers::Whole);
    crate::chromium::wait_for(|| !offers("/trace"), "the role is taken");
    assert!(offers("/restart"));
    let fields = [("token", token.as_str()), ("reason", "curious")];
    assert_eq!(post(&test_box, "/box/SIM-E1.1/trace", &cookie, &fields).status, 403);
    as_role(PersonRole::Supervisor, TracedNumbers::Masked);
    crate::chromium::wait_for(|| !offers("/restart"), "the role is taken");
    for act in ["trace", "restart", "service"] {
        assert_eq!(post(&test_box, &format!("/box/SIM-E1.1/{act}"), &cookie, &fields).status, 403, "{act}");
    }
    assert!(test_box.said.lock().unwrap().acts.is_empty());
}

#[test]
fn a_calls_page_tells_its_signalling_in_plain_words_with_what_to_do() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let page = get(&test_box, &format!("/calls/{CALL}"), &cookie);
    let text = page.text();
    for words in [
        "exchange → box: SETUP (begins a call), called 62***234, number 139****8000, channel 5",
        "The exchange did not answer STATUS ENQUIRY",
        "ask the carrier whether it is blocked there",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn a_recording_is_read_in_ranges_by_whoever_opened_it_and_by_nobody_before() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let audio = format!("/calls/{CALL}/audio");
    assert_eq!(get(&test_box, &audio, &cookie).status, 404);
    let open = |passphrase: &str| {
        let fields = [("token", token.as_str()), ("reason", "投诉 118"), ("passphrase", passphrase)];
        post(&test_box, &format!("/calls/{CALL}/open"), &cookie, &fields)
    };
    let refused = open("not the passphrase");
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("does not unlock the vault"));
    assert!(refused.text().contains("value=\"投诉 118\""), "the reason is not typed twice");
    assert_eq!(get(&test_box, &audio, &cookie).status, 404);
    assert_eq!(open(PASSWORD).status, 303);
    let whole = get(&test_box, &audio, &cookie);
    assert_eq!((whole.status, &whole.body), (200, &planes::wav()), "all pieces, in order");
    let range =
        |range: &str| http::send(test_box.address, "GET", &audio, &[("Cookie", &cookie), ("Range", range)], &[]);
    let part = range("bytes=4-7");
    assert_eq!((part.status, part.body.as_slice()), (206, &planes::wav()[4..8]));
    assert_eq!(part.header("content-range").unwrap(), format!("bytes 4-7/{}", planes::wav().len()));
    assert_eq!(range("bytes=99999999-").status, 416);
    // What is asked for again at a form's address is the call's page.
    for (form, page) in
        [("/calls/1-1/open", "/calls/1-1"), ("/calls/1-1/reveal", "/calls/1-1"), ("/calls/%2f/open", "/calls")]
    {
        assert_eq!(get(&test_box, form, &cookie).header("location"), Some(page), "{form}");
    }
}

#[test]
fn a_sealed_recording_says_who_can_open_it_and_asks_only_them() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let page = |path: &str, holders: Option<&[u32]>| {
        let who = |numbers: &[u32]| WhoOpens {
            holders: numbers.iter().copied().map(PersonId).collect(),
            compartments: Vec::new(),
        };
        test_box.said.lock().unwrap().holders = holders.map(who);
        get(&test_box, path, &cookie).text()
    };
    let call = format!("/calls/{CALL}");
    let before = page(&call, None);
    assert!(before.contains("owner’s password opens it") && before.contains("Your password"), "{before}");
    let mine = page(&call, Some(&[1, 7]));
    assert!(
        mine.contains("Who can open it: chen, ") && mine.contains("seven words") && mine.contains("/open\""),
        "{mine}"
    );
    let others = page(&call, Some(&[7]));
    assert!(others.contains("You have no passphrase for recordings") && !others.contains("/open\""), "{others}");
    assert!(page("/account", None).contains("also unlocks the vault"));
    assert!(!page("/account", Some(&[1])).contains("also unlocks the vault"));
}

#[test]
fn where_opening_takes_two_the_page_says_what_to_ask_for_and_offers_to_go_without() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let call = format!("/calls/{CALL}");
    assert!(!get(&test_box, &call, &cookie).text().contains("name=\"glass\""));
    test_box.settings.send_modify(|settings| {
        let recordings = settings::Recordings { two_people_open: true };
        *settings = std::sync::Arc::new(settings::Settings { recordings, ..settings::Settings::clone(settings) });
    });
    let page = get(&test_box, &call, &cookie).text();
    assert!(page.contains("name=\"glass\"") && page.contains(" for 1”, word for word"), "{page}");
}

#[test]
fn a_vault_that_does_not_open_says_why_and_the_story_is_shown_all_the_same() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    test_box.said.lock().unwrap().vault_refuses = Some(VaultRefusal::NoOpener);
    let page = get(&test_box, &format!("/calls/{CALL}"), &cookie).text();
    assert!(page.contains("program that opens recordings can’t be started"), "{page}");
    assert!(page.contains("number 2 in line") && !page.contains("/open\""), "{page}");
}

#[test]
fn a_vault_that_is_busy_leaves_what_is_open_open_and_one_that_sealed_it_says_so() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let path = format!("/calls/{CALL}");
    let fields = [("token", token.as_str()), ("reason", "投诉 118"), ("passphrase", PASSWORD)];
    assert_eq!(post(&test_box, &format!("{path}/open"), &cookie, &fields).status, 303);
    let page = |refuses: Option<VaultRefusal>| {
        test_box.said.lock().unwrap().vault_refuses = refuses;
        get(&test_box, &path, &cookie).text()
    };
    // Its opener works on another recording of the same person.
    assert!(page(Some(VaultRefusal::Busy)).contains("Too many recordings are being opened"));
    assert!(page(None).contains("<audio"), "still open");
    assert!(!page(Some(VaultRefusal::OpenerEnded)).contains("<audio"));
    assert!(!page(None).contains("<audio"), "it is over, and can be opened again");
    assert_eq!(test_box.said.lock().unwrap().sealed, 0, "nothing was left to be sealed");
}

#[test]
fn the_language_is_the_readers_and_the_switch_leads_nowhere_else() {
    let test_box = planes::start();
    let page = |language: &str| {
        http::send(test_box.address, "GET", "/first-start", &[("Accept-Language", language)], &[]).text()
    };
    assert!(page("en-GB,en").contains("lang=\"en\"") && page("en").contains("First start"));
    assert!(page("").contains("lang=\"zh-CN\"") && page("zh-TW").contains("第一次启动"));
    let switch = get(&test_box, "/language/zh-CN?back=%2Fsign-in", "");
    assert_eq!((switch.status, switch.header("location")), (303, Some("/sign-in")));
    assert!(switch.cookie().unwrap().contains("language=zh-CN"));
    for back in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
        assert_eq!(get(&test_box, &format!("/language/en?back={back}"), "").header("location"), Some("/"), "{back}");
    }
}

#[test]
fn every_state_has_its_word_in_both_languages() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    for (state, zh, en) in [
        (JackState::Dialling, "拨号", "dialling"),
        (JackState::LeftOffHook, "摘机未挂", "left off hook"),
        (JackState::Alarm, "告警", "alarm"),
    ] {
        test_box.hook(state);
        for (language, word) in [("zh-CN", zh), ("en", en)] {
            let both = format!("{cookie}; language={language}");
            let page = get(&test_box, "/box/SIM-FXS.3", &both).text();
            let words = page.matches(&format!(">{word}<")).count();
            assert!(words >= 2, "{word} beside the jack and in its facts: {words}");
        }
    }
}

#[test]
fn a_jack_whose_card_has_a_crystal_of_its_own_tells_its_clock() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    for (language, clock) in [("zh-CN", "+12 ppm，滑码 1 次"), ("en", "+12 ppm, 1 slips")] {
        let both = format!("{cookie}; language={language}");
        assert!(get(&test_box, "/box/SIM-FXS.3", &both).text().contains(clock), "{language}");
        assert!(!get(&test_box, "/box/SIM-E1.1", &both).text().contains("ppm"), "the master is the clock");
    }
}

#[test]
fn a_jack_tells_what_is_known_of_the_echo_of_its_lines() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let told = [
        (
            "zh-CN",
            "2 个时隙有回声；最强的在时隙 7：4 毫秒后返回，弱 14 dB；已消除 30 dB",
            "4 毫秒后返回，弱 12 dB；已消除 31 dB",
            "尚未发现",
        ),
        (
            "en",
            "on 2 timeslots, loudest on 7: back after 4 ms, 14 dB weaker; 30 dB of it taken off",
            "back after 4 ms, 12 dB weaker; 31 dB of it taken off",
            "none found yet",
        ),
    ];
    for (language, trunk, telephone, none) in told {
        let both = format!("{cookie}; language={language}");
        for (jack, said) in [("SIM-E1.1", trunk), ("SIM-FXS.3", telephone), ("SIM-FXS.4", none)] {
            assert!(get(&test_box, &format!("/box/{jack}"), &both).text().contains(said), "{language}: {jack}: {said}");
        }
    }
}

#[test]
fn a_jack_tells_how_loud_its_party_is_and_a_span_how_loud_each_caller_speaks() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    for (language, port, span) in [
        ("zh-CN", ["-24 dBm0，峰值 -6；说话时 -19（占 43%）", "-90 dBm0，峰值 -90"], "5：-19，17：-19 dBm0"),
        ("en", ["-24 dBm0, peak -6; speech -19 (43% of the time)", "-90 dBm0, peak -90"], "5: -19, 17: -19 dBm0"),
    ] {
        let both = format!("{cookie}; language={language}");
        let page = get(&test_box, "/box/SIM-FXS.3", &both).text();
        assert!(port.iter().all(|level| page.contains(level)), "{language}: {page}");
        let page = get(&test_box, "/box/SIM-E1.1", &both).text();
        assert!(page.contains(span) && !page.contains("-24 dBm0"), "{language}: {page}");
    }
}

#[test]
fn a_jack_tells_what_was_counted_of_its_own_span_and_of_no_other() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let told = [
        ("zh-CN", "溢出 1，断流 2，缺块 3，迟到 4", "校验错 5，中断 6", "CRC-4 错 8"),
        (
            "en",
            "1 overruns, 2 underruns, 3 blocks lacking, 4 late ticks",
            "5 with a wrong check sequence",
            "8 CRC-4 errors",
        ),
    ];
    for (language, audio, frames, line) in told {
        let both = format!("{cookie}; language={language}");
        let page = get(&test_box, "/box/SIM-E1.1", &both).text();
        let advice = if language == "en" { "The box came too late." } else { "本机读写得太晚。" };
        for counts in [audio, frames, line, advice] {
            assert!(page.contains(counts), "{language}: {counts}");
        }
        assert!(!get(&test_box, "/box/SIM-FXS.3", &both).text().contains(audio), "{language}: another span's");
    }
}

#[test]
fn a_jack_shows_its_past_alarms_with_when_they_came_and_went_and_no_other_jacks() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let [over, holds] = [Alarm::SpanRed { span: SpanId(0) }, Alarm::SpanYellow { span: SpanId(0) }];
    test_box.alarm(over.clone());
    test_box.clear(over);
    test_box.alarm(holds);
    test_box.alarm(Alarm::NoBattery { port: "SIM-FXO.3".parse().unwrap() });
    let told = [
        ("zh-CN", "以往告警", "收不到信号（红色告警）", "仍在", "以上计数自此时起"),
        ("en", "Past alarms", "no signal (RED)", "still on", "Counted since"),
    ];
    for (language, heading, red, holds, since) in told {
        let both = format!("{cookie}; language={language}");
        let page = get(&test_box, "/box/SIM-E1.1", &both).text();
        let (_, past) = page.split_once("id=\"past\"").expect(heading);
        let rows: Vec<&str> = past.split("<tr>").skip(2).collect();
        assert!(page.contains(heading) && page.contains(since), "{language}: {page}");
        assert_eq!(rows.len(), 2, "newest first, and its own: {past}");
        assert_eq!((rows[0].matches("<time").count(), rows[0].contains(holds)), (1, true), "{}", rows[0]);
        assert_eq!((rows[1].matches("<time").count(), rows[1].contains(red)), (2, true), "{}", rows[1]);
        let another = get(&test_box, "/box/SIM-FXS.3", &both).text();
        assert!(!another.contains(heading), "{language}: a jack without any");
        assert!(get(&test_box, "/box/SIM-FXO.3", &both).text().contains(heading));
    }
}

#[test]
fn the_first_page_says_what_had_to_be_recorded_and_what_is_and_names_what_differs() {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let line = || {
        let page = get(&test_box, "/now", &owner.0).text();
        let line = page.split("<p id=\"reckoned\"").nth(1).and_then(|rest| rest.split("</p>").next());
        line.unwrap_or_else(|| panic!("{page}")).to_owned()
    };
    assert!(line().contains("was not reckoned up yet"), "{}", line());
    let reckoned = |differ, missing| BoxEvent::RecordingsReckoned {
        required: 412,
        whole: 409,
        gapped: 2,
        missing,
        under_way: 0,
        differ,
        calls: if differ > 0 { vec![CALL] } else { vec![] },
    };
    test_box.tell(reckoned(0, 1));
    let said = line();
    assert!(
        said.contains("Required 412, made 411 (2 with a gap), missing 1") && said.contains("say the same"),
        "{said}"
    );
    assert!(said.contains("/calls?recording=missing") && !said.contains("alarm"), "{said}");
    test_box.tell(reckoned(1, 0));
    let said = line();
    assert!(said.contains("note alarm") && said.contains(&format!("href=\"/calls/{CALL}\"")), "{said}");
    assert!(!said.contains("recording=missing"), "{said}");
    *test_box.later.lock().unwrap() = Duration::from_hours(49);
    let again = post(&test_box, "/sign-in", "", &[("name", "chen"), ("password", PASSWORD)]).cookie().unwrap();
    assert!(
        get(&test_box, "/now", &again).text().contains("more than two days ago"),
        "an old line says nothing of today"
    );
}
