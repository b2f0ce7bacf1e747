//! The buttons of a supervisor: in the list of calls and on the page of a call, whose they are, and what they ask.

use call::{NotSupervised, SupervisorMode};
use frame::PersonId;
use ringfence::handles::SupervisedNow;
use settings::PersonRole;

use crate::{
    browser::become_owner,
    chromium::{Chromium, wait_for},
    plain::{get, owner, post},
    planes::{self, LIVE_CALL},
};

const OWNER: PersonId = PersonId(1);

#[test]
fn a_supervisor_hears_a_talk_by_a_button_once_the_audit_has_it_and_nobody_else_does() {
    let test_box = planes::start();
    let (cookie, token) = owner(&test_box);
    let page = format!("/calls/{LIVE_CALL}");
    let path = format!("{page}/supervise");
    let send = |act: &str| post(&test_box, &path, &cookie, &[("token", &token), ("act", act)]);
    test_box.talks(SupervisedNow::No);
    for at in ["/calls", &page] {
        assert!(!get(&test_box, at, &cookie).text().contains("/supervise"), "{at}: its queue does not let it");
    }
    test_box.hears(SupervisedNow::May);
    for at in ["/calls", &page] {
        assert!(get(&test_box, at, &cookie).text().contains("/supervise"), "{at}");
    }
    assert_eq!(send("whisper").status, 303);
    assert_eq!(send("shout").status, 400);
    let asked = std::mem::take(&mut test_box.said.lock().unwrap().supervised);
    assert_eq!(asked, [(LIVE_CALL, OWNER, Some(SupervisorMode::Whispers))]);
    test_box.journal.settle().blocking_recv().unwrap();
    assert!(get(&test_box, &page, &cookie).text().contains("asked to hear the talk as a supervisor: done"));

    test_box.hears(SupervisedNow::By { person: OWNER, mode: SupervisorMode::Whispers });
    let shown = get(&test_box, &page, &cookie).text();
    assert!(shown.contains("value=\"leave\"") && !shown.contains("value=\"whisper\""), "{shown}");
    assert_eq!(send("leave").status, 303);
    test_box.hears(SupervisedNow::By { person: PersonId(4), mode: SupervisorMode::Listens });
    let shown = get(&test_box, &page, &cookie).text();
    assert!(shown.contains("hears this talk") && !shown.contains("value=\"leave\""), "another's: {shown}");

    test_box.said.lock().unwrap().not_supervised = Some(NotSupervised::NoTelephone);
    assert!(send("listen").text().contains("the settings name no telephone of yours"));
    test_box.said.lock().unwrap().supervised.clear();
    let mut settings = (**test_box.settings.borrow()).clone();
    settings.people[0].roles = vec![PersonRole::System];
    settings.people[1].roles = vec![PersonRole::Owner];
    test_box.settings.send(settings.into()).unwrap();
    wait_for(|| send("listen").status == 403, "who changes lines does not listen");
    assert!(!get(&test_box, "/calls", &cookie).text().contains("/supervise"));
}

#[test]
fn a_supervisor_presses_the_buttons_in_a_browser_in_both_languages() {
    let (test_box, chromium) = (planes::start(), Chromium::start("zh-CN"));
    let url = format!("http://{}", test_box.address);
    become_owner(&chromium, &url, &test_box.code);
    test_box.talks(SupervisedNow::May);
    chromium.open(&format!("{url}/calls"));
    chromium.picture("supervise-list-zh");
    chromium.press("#calls-now button[value='listen']");
    chromium.wait(&format!("location.pathname == '/calls/{LIVE_CALL}'"));
    assert!(chromium.text("#supervise").contains("只有座席听得到您"), "{}", chromium.text("#supervise"));
    chromium.script("document.querySelector('#supervise').scrollIntoView({ block: 'center' })");
    chromium.picture("supervise-call-zh");
    test_box.hears(SupervisedNow::By { person: OWNER, mode: SupervisorMode::Whispers });
    chromium.press("a[href^='/language/en']");
    chromium.wait("document.documentElement.lang == 'en'");
    assert!(chromium.text("#supervise").contains("whispers, heard by the agent alone"));
    chromium.script("document.querySelector('#supervise').scrollIntoView({ block: 'center' })");
    chromium.picture("supervise-whisper-en");
    assert_eq!(chromium.complaints(), Vec::<String>::new(), "the console is silent");
}
