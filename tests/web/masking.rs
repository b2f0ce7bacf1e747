//! The buttons that mask something of a talk: whose they are, and what they ask.

use call::Masking;
use frame::PortId;
use ringfence::handles::MaskOf;
use settings::{MayMask, PersonRole, Settings};

use crate::{
    chromium::wait_for,
    plain::{get, owner, post},
    planes::{self, CALL, LIVE_CALL, TestBox},
};

const PAGE: &str = "/box/SIM-FXS.1";

fn desk() -> PortId {
    "SIM-FXS.1".parse().unwrap()
}

/// A box whose first telephone is in a call.
fn talking() -> TestBox {
    let test_box = planes::start();
    let mut said = test_box.said.lock().unwrap();
    said.snapshot.jacks.iter_mut().filter(|jack| jack.port == desk()).for_each(|jack| jack.call = Some(LIVE_CALL));
    drop(said);
    test_box
}

fn set(test_box: &TestBox, change: impl FnOnce(&mut Settings)) {
    let mut settings = (**test_box.settings.borrow()).clone();
    change(&mut settings);
    test_box.settings.send(settings.into()).unwrap();
}

#[test]
fn an_agent_has_a_number_keyed_in_secret_from_the_page_of_the_own_telephone() {
    let test_box = talking();
    let (cookie, token) = owner(&test_box);
    let shows = |text: &str| get(&test_box, PAGE, &cookie).text().contains(text);
    let send = |act: &str| post(&test_box, &format!("{PAGE}/mask"), &cookie, &[("token", &token), ("act", act)]);
    assert!(!shows("value=\"secret_input\""), "801 is in no queue");
    set(&test_box, |settings| settings.masking.secret_input = MayMask::Everybody);
    wait_for(|| shows("value=\"secret_input\""), "everybody may");
    assert!(!shows("value=\"pause\""), "and nobody pauses before the owner says who");
    assert_eq!(send("secret_input").status, 303);
    assert_eq!(send("everything").status, 400);
    let asked = std::mem::take(&mut test_box.said.lock().unwrap().masks);
    assert_eq!(asked, [(MaskOf::Telephone(desk()), Masking::SecretInput, true)]);

    let mut said = test_box.said.lock().unwrap();
    said.snapshot.calls.iter_mut().for_each(|call| call.masked = vec![Masking::SecretInput]);
    drop(said);
    assert!(shows("value=\"heard_input\"") && shows("keys a number in secret now"));

    set(&test_box, |settings| settings.people[4].extension = Some("801".into()));
    wait_for(|| !shows("/mask"), "it is another's telephone now");
    assert_eq!(send("heard_input").status, 403);
    assert!(test_box.said.lock().unwrap().masks.is_empty(), "and call control was not asked");
}

#[test]
fn who_may_end_a_call_may_mask_it_and_nobody_else() {
    let test_box = talking();
    let (cookie, token) = owner(&test_box);
    let path = format!("/calls/{CALL}/mask");
    let send = |act: &str| post(&test_box, &path, &cookie, &[("token", &token), ("act", act)]);
    assert!(!get(&test_box, &format!("/calls/{CALL}"), &cookie).text().contains("/mask"), "it is over");
    assert!(send("pause").text().contains("Nobody is talking now"));
    assert_eq!(test_box.said.lock().unwrap().masks, [(MaskOf::Call(CALL), Masking::Pause, true)]);
    set(&test_box, |settings| {
        settings.people[0].roles = vec![PersonRole::Audit];
        settings.people[1].roles = vec![PersonRole::Owner];
    });
    wait_for(|| send("pause").status == 403, "an auditor changes nothing");
}
