//! The page of a call says how long its recording is kept, by which rule, and takes the day of an event.

use std::time::Duration;

use ringfence::journal::BoxEvent;

use crate::{
    chromium::Chromium,
    http::Answer,
    people::{invite, join},
    plain::{form_token, get, owner, post},
    planes::{self, CALL, Listen, PASSWORD, TestBox},
};

const RULES: &str = r#"
[[retention]]
name = "privacy"
keep = { days = 30 }
remove = { days = 62 }

[[retention]]
name = "insurance"
keep = { days = 90 }
from = "contract-ended"
queues = ["挂号预约"]

[[retention]]
name = "of another queue"
keep = { years = 50 }
queues = ["检查报告"]
"#;

fn start(rules: &str) -> TestBox {
    let listen = Listen { address: "127.0.0.1:0".parse().unwrap(), plain: true };
    let test_box = planes::start_with(listen, "", |settings| format!("{settings}\n{rules}"));
    // NTP keeps the clock, or no rule's day would count.
    test_box.tell(BoxEvent::ClockConfirmed { by: None, passed_us: 0 });
    test_box
}

/// What the page of the call says of it.
fn kept(test_box: &TestBox, cookie: &str) -> String {
    test_box.settle();
    let page = get(test_box, &format!("/calls/{CALL}"), cookie).text();
    let part = page.split("<section id=\"kept\"").nth(1).and_then(|rest| rest.split("</section>").next());
    part.unwrap_or_else(|| panic!("{page}")).to_owned()
}

fn tell(test_box: &TestBox, by: &(String, String), event: &str, day: &str, reason: &str) -> Answer {
    let fields = [("token", by.1.as_str()), ("event", event), ("day", day), ("reason", reason)];
    post(test_box, &format!("/calls/{CALL}/event"), &by.0, &fields)
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

#[test]
fn where_nobody_has_confirmed_the_clock_no_day_counts_and_that_is_said() {
    let listen = Listen { address: "127.0.0.1:0".parse().unwrap(), plain: true };
    let rule = "[[retention]]\nname = \"privacy\"\nkeep = { days = 30 }\nremove = { days = 62 }";
    let test_box = planes::start_with(listen, "", |settings| format!("{settings}\n{rule}"));
    let owner = owner(&test_box);
    let kept = kept(&test_box, &owner.0);
    assert!(kept.contains("no rule’s days count for it") && !kept.contains("Kept until"), "{kept}");
}

#[test]
fn without_a_rule_it_stays_and_that_is_said() {
    let test_box = start("");
    let owner = owner(&test_box);
    assert!(kept(&test_box, &owner.0).contains("No rule of the settings"), "{}", kept(&test_box, &owner.0));
}

#[test]
fn a_recording_waits_for_its_event_is_kept_from_then_on_and_may_go_after() {
    let test_box = start(RULES);
    let owner = owner(&test_box);
    let waits = kept(&test_box, &owner.0);
    assert!(
        waits.contains("“insurance”, whose clock has not started") && waits.contains("“contract-ended”"),
        "{waits}"
    );
    assert!(!waits.contains("another queue"), "{waits}");
    assert_eq!(tell(&test_box, &owner, "contract-ended", "2026-11-01", "letter of the insurer").status, 303);
    let told = kept(&test_box, &owner.0);
    assert!(told.contains("Kept until"), "{told}");
    let story = get(&test_box, &format!("/calls/{CALL}"), &owner.0).text();
    assert!(story.contains("letter of the insurer") && story.contains("“contract-ended” happened on 2026-11-01"));
    let audited = test_box.told().iter().any(|text| text.contains("\"act\":\"tell_retention_event\""));
    assert!(audited, "{:?}", test_box.told());
}

#[test]
fn an_event_that_is_told_while_the_keys_are_being_destroyed_is_said_to_be_too_late() {
    let test_box = start(RULES);
    let owner = owner(&test_box);
    test_box.said.lock().unwrap().too_late = true;
    let page = tell(&test_box, &owner, "contract-ended", "2026-11-01", "letter of the insurer").text();
    assert!(page.contains("too late for this recording"), "{page}");
    assert!(page.contains("“contract-ended” happened on 2026-11-01"), "it is written down all the same: {page}");
}

#[test]
fn a_day_moves_later_and_never_earlier_and_nonsense_is_told() {
    let test_box = start(RULES);
    let owner = owner(&test_box);
    let refused = |event, day, reason, words: &str| {
        let page = tell(&test_box, &owner, event, day, reason).text();
        assert!(page.contains(words), "{event} {day} {reason}: {page}");
    };
    refused("contract-ended", "2026-11-31", "x", "Choose an event");
    refused("contract-begun", "2026-11-01", "x", "Choose an event");
    refused("contract-ended", "2999-01-01", "x", "still to come");
    refused("contract-ended", "2026-11-01", " ", "Give a reason");
    assert!(kept(&test_box, &owner.0).contains("has not started"));
    assert_eq!(tell(&test_box, &owner, "contract-ended", "2025-11-01", "letter").status, 303);
    test_box.settle();
    refused("contract-ended", "2025-10-31", "typing error", "second person");
    assert_eq!(tell(&test_box, &owner, "contract-ended", "2025-11-02", "renewed").status, 303);
    let forged = (owner.0.clone(), "0000".to_owned());
    assert_eq!(tell(&test_box, &forged, "contract-ended", "2025-11-03", "x").status, 403);
}

#[test]
fn who_may_not_listen_reads_it_and_tells_nothing() {
    let test_box = start(RULES);
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, 4);
    let cookie = join(&test_box, 4, &code, "chen.jing", PASSWORD).cookie().unwrap();
    let supervisor = (cookie.clone(), form_token(&test_box, &cookie));
    let page = kept(&test_box, &cookie);
    assert!(page.contains("has not started") && !page.contains("<form"), "{page}");
    assert_eq!(tell(&test_box, &supervisor, "contract-ended", "2026-11-01", "x").status, 403);
}

#[test]
fn what_must_go_is_said_when_its_day_has_come() {
    let test_box = start("[[retention]]\nname = \"privacy\"\nkeep = { days = 30 }\nremove = { days = 62 }");
    let owner = owner(&test_box);
    let kept_now = kept(&test_box, &owner.0);
    assert!(kept_now.contains("Kept until") && kept_now.contains("must be erased by"), "{kept_now}");
    *test_box.later.lock().unwrap() = days(40);
    let again = post(&test_box, "/sign-in", "", &[("name", "chen"), ("password", PASSWORD)]).cookie().unwrap();
    assert!(kept(&test_box, &again).contains("No rule asks for it any more"), "{}", kept(&test_box, &again));
    *test_box.later.lock().unwrap() = days(63);
    let again = post(&test_box, "/sign-in", "", &[("name", "chen"), ("password", PASSWORD)]).cookie().unwrap();
    assert!(kept(&test_box, &again).contains("has had to be erased since"), "{}", kept(&test_box, &again));
}

#[test]
fn in_a_browser_in_both_languages() {
    for (language, word) in [("zh-CN", "保存期限"), ("en", "How long it is kept")] {
        let test_box = start(RULES);
        owner(&test_box);
        let chromium = Chromium::start(language);
        chromium.resize(1366, 900);
        chromium.open(&format!("http://{}", test_box.address));
        for (field, text) in [("name", "chen"), ("password", PASSWORD)] {
            chromium.type_into(field, text);
        }
        chromium.press("main button");
        chromium.wait_long("location.pathname == '/now'");
        chromium.open(&format!("http://{}/calls/{CALL}", test_box.address));
        assert_eq!(chromium.text("#kept h2"), word);
        chromium.picture(&format!("kept-{language}"));
        chromium.script("document.querySelector('[name=day]').value = '2026-11-01'");
        chromium.script("document.querySelector('#kept [name=reason]').value = 'letter 118'");
        chromium.press("#kept button");
        chromium.wait_long("document.querySelector('#story').textContent.includes('letter 118')");
        assert!(chromium.complaints().is_empty(), "{:?}", chromium.complaints());
    }
}
