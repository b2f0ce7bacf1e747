//! The form by which calls are found: its fields, its pages, and how it looks in both languages.

use call::{CallClass, CallEvent, Direction, Endpoint, LegRole, Side};
use frame::{CallId, LaneId, LegId, LifeNo, SpanId, Timeslot};
use isdn::Cause;

use crate::{
    approvals,
    browser::become_owner,
    chromium::Chromium,
    http,
    plain::{get, owner},
    planes::{self, CALL, TestBox},
};

/// The calls that a page's list has.
fn listed(page: &str) -> Vec<String> {
    let list = page.split("id=\"calls-past\"").nth(1).unwrap();
    let links = list.split("href=\"/calls/").skip(1);
    links.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

fn find(test_box: &TestBox, cookie: &str, query: &str) -> Vec<String> {
    listed(&get(test_box, &format!("/calls?{query}"), cookie).text())
}

/// Calls of another life, from one number, each two seconds long.
fn tell_calls(test_box: &TestBox, count: u32) {
    tell_calls_from(test_box, 1, count);
}

fn tell_calls_from(test_box: &TestBox, first: u32, last: u32) {
    use CallEvent as E;
    for no in first..=last {
        let (call, leg) = (CallId::new(LifeNo(7), no), LegId::new(LifeNo(7), no));
        let endpoint = Endpoint::Channel { lane: LaneId::new(SpanId(1), Timeslot(9)), group: "telecom".to_owned() };
        let number = "02162009876".parse().ok();
        test_box.tell_call(E::Began { call, direction: Direction::Outgoing, class: CallClass::Normal, settings: 1 });
        test_box.tell_call(E::LegBegan { call, leg, role: LegRole::Caller, endpoint, number });
        test_box.tell_call(E::Ended { call, cause: Cause::NormalClearing, by: Side::Caller });
    }
    test_box.settle();
}

#[test]
fn a_call_is_found_by_each_field_and_not_by_another_value() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let today = "from=2020-01-01&until=2099-12-31&east=480";
    for (fits, other) in [
        ("number=13912348000", "number=13912348001"),
        ("number=8000", "number=8001"),
        ("number=%2B13912348000", "number=1391234800"),
        ("queue=%E6%8C%82%E5%8F%B7%E9%A2%84%E7%BA%A6", "queue=nowhere"),
        ("person=5", "person=6"),
        ("direction=incoming", "direction=outgoing"),
        ("recording=complete", "recording=missing"),
        (today, "from=2099-01-01"),
        ("order=longest&number=8000&person=5", "order=longest&number=8000&person=6"),
    ] {
        assert!(find(&test_box, &cookie, fits).contains(&CALL.to_string()), "{fits}");
        assert_eq!(find(&test_box, &cookie, other), Vec::<String>::new(), "{other}");
    }
    let wrong = get(&test_box, "/calls?number=12x", &cookie).text();
    assert!(wrong.contains("That is no number") && listed(&wrong).is_empty());
}

#[test]
fn what_is_found_is_turned_over_without_a_gap() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    tell_calls(&test_box, 120);
    for (order, newest_first) in [("newest", true), ("oldest", false), ("longest", true)] {
        let mut query = format!("number=9876&order={order}");
        let mut seen = Vec::new();
        loop {
            let page = get(&test_box, &format!("/calls?{query}"), &cookie).text();
            seen.extend(listed(&page));
            let key = page.split("name=\"after\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
            let Some(key) = key else { break };
            query = format!("number=9876&order={order}&after={key}");
        }
        let mut expected: Vec<String> = (1..=120).map(|no| format!("7-{no}")).collect();
        if newest_first {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{order}");
    }
}

#[test]
fn in_a_browser_in_both_languages() {
    for (language, nothing) in [("zh-CN", "没有找到"), ("en", "Nothing fits")] {
        let test_box = planes::start();
        let chromium = Chromium::start(language);
        let url = format!("http://{}", test_box.address);
        become_owner(&chromium, &url, &test_box.code);
        tell_calls(&test_box, 60);
        chromium.press("nav a[href='/calls']");
        chromium.wait("location.pathname == '/calls'");
        chromium.picture(&format!("find-before-{language}"));
        chromium.type_into("number", "9876");
        chromium.press("#find button");
        chromium.wait("location.search.includes('number=9876')");
        let rows = "document.querySelectorAll('#calls-past tbody tr').length";
        assert_eq!(chromium.script(&format!("return {rows}")), 50);
        chromium.picture(&format!("find-{language}"));
        chromium.press("main form:last-of-type button");
        chromium.wait("location.search.includes('after=')");
        chromium.wait(&format!("{rows} == 10"));
        chromium.type_into("line", "4/4");
        chromium.press("#find button");
        chromium.wait("location.search.includes('line=4')");
        assert!(chromium.text("#calls-past").contains(nothing), "{}", chromium.text("#calls-past"));
        chromium.picture(&format!("find-nothing-{language}"));
        assert_eq!(chromium.complaints(), Vec::<String>::new());
    }
}

#[test]
fn looking_for_a_whole_number_is_in_the_audit_with_the_number_as_lists_show_it() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let acts = || -> Vec<String> {
        let told = test_box.told();
        told.into_iter().filter(|told| told.contains("\"act\":\"find_number\"")).collect()
    };
    for query in ["number=8000", "number=803", "person=5", "number=12x"] {
        find(&test_box, &cookie, query);
    }
    assert_eq!(acts(), [""; 0]);
    let masked = "13912348000".parse::<call::Number>().unwrap().masked();
    assert!(find(&test_box, &cookie, "number=139-1234-8000").contains(&CALL.to_string()));
    assert_eq!(find(&test_box, &cookie, "number=13912348001"), Vec::<String>::new());
    let exported = get(&test_box, "/export?number=13912348000", &cookie).text();
    assert!(exported.contains("value=\"1-1\""), "{exported}");
    let acts_now = acts();
    assert_eq!(acts_now.len(), 3, "{acts_now:#?}");
    assert_eq!(acts_now.iter().filter(|act| act.contains(&format!("\"object\":\"{masked}\""))).count(), 2);
    assert!(acts_now.iter().all(|act| act.contains("\"person\":1") && !act.contains("1234800")), "{acts_now:#?}");
    assert!(test_box.told().iter().any(|told| told.contains("\"outcome\":\"done\"")));

    // A page that is left open asks again by itself: that is nobody who looks, and finds nothing.
    let headers = [("Cookie", cookie.as_str()), ("x-by-itself", "1")];
    let renewed = http::send(test_box.address, "GET", "/calls?number=13912348000", &headers, &[]);
    assert!(renewed.status == 200 && listed(&renewed.text()).is_empty());
    assert_eq!(acts().len(), 3);
}

#[test]
fn who_may_not_see_numbers_can_not_find_out_one_by_trying() {
    let listen = planes::Listen { address: "127.0.0.1:0".parse().unwrap(), plain: true };
    let person = "[[people]]\nid = 7\nname = \"周宁\"\nroles = [\"system\"]\n\n[[queues]]";
    let test_box = planes::start_with(listen, "", |settings| settings.replacen("[[queues]]", person, 1));
    let (system, _) = approvals::signed(&test_box, &owner(&test_box), 7, "zhou");
    assert!(find(&test_box, &system, "number=8000").contains(&CALL.to_string()));
    let page = get(&test_box, "/calls?number=13912348000", &system).text();
    assert!(page.contains("give the last four") && listed(&page).is_empty(), "{page}");
    let page = get(&test_box, "/export?number=13912348000", &system).text();
    assert!(page.contains("name=\"recordings\"") && !page.contains("value=\"1-1\""), "{page}");
}

#[test]
fn an_export_says_that_more_was_found_than_its_form_has() {
    let test_box = planes::start();
    let (cookie, _) = owner(&test_box);
    let says = || get(&test_box, "/export?number=9876", &cookie).text().contains("More calls were found");
    tell_calls(&test_box, 200);
    assert!(!says(), "all are there");
    tell_calls_from(&test_box, 201, 201);
    assert!(says());
}
