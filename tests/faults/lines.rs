//! Lines that go wrong, as the page tells it.

use settings::{CardKind, Layout, Role};
use sim::{Fault, Operator, Wires};

use crate::{
    running::{Home, Running, board, octet, settings, until},
    street::{SPAN, Street},
};

#[test]
fn both_ends_in_one_role_is_named_as_such_on_the_page_until_one_changes() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    let cookie = running.claim();
    street.until_link();
    let text = settings().replace("role = \"user\"", "role = \"network\"");
    assert_ne!(text, settings(), "{:?} is what the far end plays", Role::Network);
    let (went_well, said) = home.settings("apply", Some(&home.file("network.toml", &text)));
    assert!(went_well, "{said}");
    running.until_page("/now", &cookie, |page| page.contains("both ends are network side"));
    let (went_well, said) = home.settings("apply", Some(&home.file("user.toml", &settings())));
    assert!(went_well, "{said}");
    // The far end may not have noticed that the box was away, so it need not tell of a link that is back.
    running.until_page("/now", &cookie, |page| !page.contains("both ends are network side"));
    let caller = street.call(1, "62001235");
    street.until_hears("the music", caller, octet("music"));
}

#[test]
fn a_cable_that_is_cut_in_a_call_is_on_the_page_and_what_to_do() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    let cookie = running.claim();
    street.until_link();
    let caller = street.call(1, "62001235");
    street.until_hears("the music", caller, octet("music"));
    street.operate(Operator::Fault(Fault::Cable { span: SPAN, cut: true }));
    running.until_page("/now", &cookie, |page| page.contains("E1-1") && page.contains("RED"));
    street.operate(Operator::Fault(Fault::Cable { span: SPAN, cut: false }));
    running.until_page("/now", &cookie, |page| !page.contains("RED"));
    street.until_hears("the music again", caller, octet("music"));
}

#[test]
fn a_port_that_a_test_found_bad_is_an_alarm_over_a_restart() {
    let board = board();
    let jack = Layout::of(&board).jacks.into_iter().find(|jack| jack.kind == CardKind::Fxs).unwrap();
    let (home, street) = (Home::new(), Street::of(&board));
    let running = Running::start(&home, &street);
    street.operate(Operator::Fault(Fault::Wires { lane: jack.lane, wires: Wires::Noisy { dbm0: -45 } }));
    let (port, data) = (jack.port.to_string(), home.data());
    let tested = home.ringfence(&["port", "test", &port, "--data", data.to_str().unwrap()]);
    assert_eq!(tested.status.code(), Some(3), "{tested:?}");
    let told = || home.log().iter().filter(|text| text.contains("alarm_raised") && text.contains("port_bad")).count();
    home.until_log(&["alarm_raised", "port_bad", "noisy"]);
    assert_eq!(told(), 1);
    running.kill();
    let _running = Running::start(&home, &street);
    until("it is known again", || told() == 2);
}
