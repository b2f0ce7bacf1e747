//! Exports on the page: what is found goes into the form, two people, a holder, and the package as a file.

use frame::{EventNo, PersonId, RecordingId};
use ringfence::journal::{Act, Actor, BoxEvent, Event, Outcome};

use crate::{
    approvals::{Signed, answer, three, waiting},
    chromium::Chromium,
    http::Answer,
    plain::{get, post},
    planes::{PASSWORD, TestBox},
};

const RECIPIENT: &str = "age1cp7lc9lr0acr4u76pegc6csm33u7qg06cht7rrzddr4zxnetevtslcphle";

fn send(test_box: &TestBox, by: &Signed, act: &str, recordings: &str, recipient: &str) -> Answer {
    let fields = [
        ("token", by.1.as_str()),
        ("act", act),
        ("recordings", recordings),
        ("recipient", recipient),
        ("reason", "court order 17"),
        ("passphrase", "seven words"),
    ];
    post(test_box, "/export", &by.0, &fields)
}

fn exported(test_box: &TestBox) -> u64 {
    let event = BoxEvent::Exported {
        package: "ringfence-export-40.tar".into(),
        hash: "ab".repeat(32),
        octets: 9,
        recordings: vec!["1-1".parse().unwrap()],
        recipient: RECIPIENT.into(),
        by: PersonId(5),
        asked: PersonId(3),
        granted: PersonId(7),
    };
    test_box.tell(event).0
}

#[test]
fn one_asks_another_grants_and_a_holder_has_it_made() {
    let (test_box, auditor, security) = three();
    let form = get(&test_box, "/export?number=8000", &auditor.0).text();
    assert!(form.contains("value=\"1-1\""), "the recordings of what was found: {form}");
    let other = get(&test_box, "/export?number=8000", &security.0).text();
    assert!(
        other.contains("name=\"recordings\"") && !other.contains("value=\"1-1\""),
        "who sees no calls is told of none"
    );
    assert!(form.contains("check first with ringfence verify") && !form.contains("More calls were found"), "{form}");
    let asked = send(&test_box, &auditor, "ask", "1-1", RECIPIENT);
    assert!(asked.text().contains("Asked for, under number"), "{}", asked.text());
    let approvals = get(&test_box, "/approvals", &security.0).text();
    assert!(approvals.contains(&format!("recording 1-1 for {RECIPIENT}")), "{approvals}");
    let no = waiting(&approvals).unwrap();
    assert_eq!(answer(&test_box, &security, &no, "grant", PASSWORD).status, 200);
    let made = send(&test_box, &security, "make", "1-1", RECIPIENT);
    assert!(made.text().contains("The package is made"), "{}", made.text());
    let said = test_box.said.lock().unwrap();
    let recording: RecordingId = "1-1".parse().unwrap();
    assert_eq!((said.exported[0].recordings.clone(), said.exported[0].by), (vec![recording], PersonId(7)));
    assert!(said.exported[0].readme.contains("no evidence") && !made.text().contains("seven words"));
}

#[test]
fn what_the_form_can_not_mean_reaches_nobody() {
    let (test_box, auditor, security) = three();
    for (recordings, recipient, says) in
        [("", RECIPIENT, "Name recordings"), ("1-1;", RECIPIENT, "Name recordings"), ("1-1", "age1x", "no age key")]
    {
        for (act, by) in [("ask", &auditor), ("make", &security)] {
            let answer = send(&test_box, by, act, recordings, recipient);
            assert!(answer.status == 422 && answer.text().contains(says), "{}", answer.text());
        }
    }
    let role = send(&test_box, &security, "ask", "1-1", RECIPIENT);
    assert_eq!(role.status, 422, "the administrator of security does not ask for exports");
    assert_eq!(post(&test_box, "/export", &auditor.0, &[("act", "ask")]).status, 403, "no token");
    assert!(test_box.said.lock().unwrap().exported.is_empty());
    assert_eq!(get(&test_box, "/export", "").status, 303, "nobody is signed in");
}

#[test]
fn a_package_is_taken_as_a_file_in_both_languages() {
    let (test_box, auditor, _) = three();
    let no = exported(&test_box);
    let taken = get(&test_box, &format!("/export/{no}"), &auditor.0);
    assert_eq!((taken.status, taken.text().as_str()), (200, "a package"));
    assert!(taken.header("content-disposition").unwrap().contains("ringfence-export-40.tar"));
    for odd in ["1", "x", "999999"] {
        assert_eq!(get(&test_box, &format!("/export/{odd}"), &auditor.0).status, 404, "{odd}");
    }
    for (language, word) in [("zh-CN", "导出录音"), ("en", "Export recordings")] {
        let chromium = Chromium::start(language);
        chromium.resize(1366, 768);
        chromium.open(&format!("http://{}", test_box.address));
        for (field, text) in [("name", "li"), ("password", PASSWORD)] {
            chromium.type_into(field, text);
        }
        chromium.press("main button");
        chromium.wait_long("location.pathname == '/now'");
        chromium.open(&format!("http://{}/calls?number=8000", test_box.address));
        chromium.press("a[href^='/export']");
        chromium.wait("location.pathname == '/export'");
        assert_eq!(chromium.text("h1"), word);
        chromium.picture(&format!("export-{language}"));
        assert!(chromium.complaints().is_empty(), "{:?}", chromium.complaints());
    }
}

#[test]
fn a_package_is_deleted_from_the_box_with_a_reason_and_the_page_says_so() {
    let (test_box, auditor, _) = three();
    let no = exported(&test_box);
    let delete = |reason| {
        let no = no.to_string();
        let fields = [("token", auditor.1.as_str()), ("act", "remove"), ("no", &no), ("reason", reason)];
        post(&test_box, "/export", &auditor.0, &fields)
    };
    assert_eq!(delete(" ").status, 422);
    assert!(test_box.said.lock().unwrap().removed.is_empty());
    assert!(delete("fetched").text().contains("The package is deleted from the box"));
    let asked = test_box.said.lock().unwrap().removed.clone();
    assert_eq!(asked, [(EventNo(no), PersonId(3), "fetched".to_owned())]);
    // What the desk told the audit.
    let (by, act) = (Actor::Person(PersonId(3)), Act::RemoveExport);
    let object = test_box.index().exports(1).unwrap().first().and_then(|record| match record.event() {
        Some(Event::Box(BoxEvent::Exported { package, .. })) => Some(package.clone()),
        _ => None,
    });
    let intent =
        test_box.tell(BoxEvent::AuditIntent { by, act, object: object.unwrap(), reason: "fetched".into(), call: None });
    test_box.tell(BoxEvent::AuditOutcome { intent, outcome: Outcome::Done, call: None });
    let page = get(&test_box, "/export", &auditor.0).text();
    assert!(page.contains("deleted from the box") && !page.contains(&format!("href=\"/export/{no}\"")), "{page}");
}
