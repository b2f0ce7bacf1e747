//! `ringfence trace`, `explain`, `span`, `restart-span`, `service` and `keep-caller` against a running box, with a decoder that is not ours.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use sim::{Fault, Operator};

use crate::{
    running::{Home, Running, board, said},
    street::{SPAN, Street},
};

/// The number that leads into a menu.
const MENU: &str = "62001234";

/// A verb on this home's directory.
fn verb(home: &Home, arguments: &[&str]) -> (bool, String) {
    let data = home.data();
    let arguments = [arguments, &["--data", data.to_str().unwrap()]].concat();
    said(&home.ringfence(&arguments))
}

/// What tshark says of a file.
fn tshark(file: &str, arguments: &[&str]) -> String {
    let output = Command::new("tshark").args(["-r", file]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_trace_is_a_file_that_others_decode_without_its_numbers_and_is_audited_first() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let _running = Running::start(&home, &street);
    street.until_link();
    street.call(1, MENU);
    home.until_log(&["\"kind\":\"prompt_began\""]);
    street.hang_up(1);
    home.until_log(&["\"kind\":\"ended\""]);

    let file = home.data().with_file_name("trace.pcap");
    let name = file.to_str().unwrap();
    let (went_well, told) = verb(&home, &["trace", "0", "--out", name, "--reason", "fault 7"]);
    assert!(went_well && told.contains("Written into"), "{told}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    home.until_log(&["audit_intent", "export_trace", "span 0", "fault 7"]);
    home.until_log(&["audit_outcome", "done"]);
    assert!(!verb(&home, &["trace", "0", "--out", name]).0, "a file is not overwritten");

    let messages = tshark(name, &["-Y", "q931", "-T", "fields", "-e", "q931.message_type"]);
    let count = |kind: &str| messages.lines().filter(|line| line.split(',').any(|told| told == kind)).count();
    assert_eq!(
        (count("0x05"), count("0x07"), count("0x5a")),
        (1, 1, 1),
        "SETUP, CONNECT, RELEASE COMPLETE: {messages}"
    );
    let malformed = tshark(name, &["-Y", "_ws.malformed || _ws.expert.severity >= 0x600000"]);
    assert_eq!(malformed, "", "masked, and still well formed");
    let called = ["-Y", "q931.message_type == 0x05", "-T", "fields", "-e", "q931.called_party_number.digits"];
    assert_eq!(tshark(name, &called).trim(), "62***234");
    let octets = fs::read(&file).unwrap();
    assert!(!octets.windows(MENU.len()).any(|window| window == MENU.as_bytes()));
}

#[test]
fn a_call_is_explained_by_its_story_and_its_ladder_and_by_the_story_alone_when_the_box_is_gone() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    street.until_link();
    street.call(1, MENU);
    home.until_log(&["\"kind\":\"prompt_began\""]);
    street.hang_up(1);
    home.until_log(&["\"kind\":\"ended\""]);
    let explained = || verb(&home, &["explain", "1-1"]);
    let mut told = explained();
    // The index follows the log in its own time.
    while !told.1.contains("The call is over") {
        told = explained();
    }
    for words in [
        "A call comes in",
        "exchange → box: SETUP (begins a call), called 62***234",
        "box → exchange: CONNECT (answered)",
        "exchange → box: DISCONNECT (hangs up), cause: normal clearing (16)",
    ] {
        assert!(told.1.contains(words), "{words}\n{}", told.1);
    }
    assert!(told.0 && !told.1.contains(MENU), "{}", told.1);
    assert!(!verb(&home, &["explain", "1-99"]).0);
    assert!(running.stop());
    let (went_well, told) = explained();
    assert!(went_well && told.contains("A call comes in") && told.contains("its traces are gone with it"), "{told}");
}

#[test]
fn a_span_tells_when_its_cable_was_out_before_a_kill_and_without_the_box_too() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    street.until_link();
    let (went_well, told) = verb(&home, &["span", "0"]);
    assert!(went_well && told.contains("Signal: good; data link: up"), "{told}");
    let cable = |cut| Operator::Fault(Fault::Cable { span: SPAN, cut });
    street.operate(cable(true));
    home.until_log(&["alarm_raised", "span_red"]);
    street.operate(cable(false));
    home.until_log(&["alarm_cleared", "span_red"]);
    street.operate(cable(true));
    while home.log().iter().filter(|text| text.contains("alarm_raised") && text.contains("span_red")).count() < 2 {
        std::thread::yield_now();
    }
    running.kill();
    let running = Running::start(&home, &street);
    // The index follows the log in its own time.
    let until = |words: &[&str]| loop {
        let (went_well, told) = verb(&home, &["span"]);
        assert!(went_well, "{told}");
        if words.iter().all(|words| told.contains(words)) {
            return told;
        }
    };
    let told = until(&["still on  no signal (RED)", "to a restart of the box at", "Signal: no signal arrives (RED)"]);
    let of_first = told.split("Span 1:").next().unwrap();
    let reds: Vec<&str> = of_first.lines().filter(|line| line.ends_with("no signal (RED)")).collect();
    let [now, before, first] = reds[..] else { panic!("{told}") };
    assert!(now.contains("still on") && before.contains("to a restart of the box at"), "{told}");
    assert!(first.contains(" to ") && first.contains(" s)"), "it came and went: {first}");
    assert!(!told.split("Span 1:").nth(1).unwrap().contains("RED"), "the others are well: {told}");
    let (went_well, told) = verb(&home, &["span", "77"]);
    assert!(!went_well && told.contains("There is no span 77"), "{told}");
    assert!(running.stop());
    let (went_well, told) = verb(&home, &["span", "0"]);
    assert!(went_well && told.contains("its counters are gone with it") && told.contains(first), "{told}");
    assert!(!verb(&home, &["span"]).0, "which spans there are is the box's knowledge");
}

#[test]
fn a_span_is_restarted_after_its_calls_were_named_and_those_who_talk_stay() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    street.until_link();
    street.call(1, MENU);
    home.until_log(&["\"kind\":\"prompt_began\""]);
    let (went_well, told) = verb(&home, &["restart-span", "0"]);
    assert!(!went_well && told.contains("call 1-1") && told.contains("add --yes"), "{told}");
    assert!(!home.log().iter().any(|text| text.contains("restart_span")), "to look is no act");
    let mark = street.mark();
    let (went_well, told) = verb(&home, &["restart-span", "0", "--yes", "--reason", "carrier asked"]);
    assert!(went_well && told.contains("being restarted"), "{told}");
    street.until_link_since(mark);
    home.until_log(&["audit_intent", "restart_span", "span 0", "carrier asked"]);
    assert!(!verb(&home, &["restart-span", "3", "--yes"]).0, "there is one span only");
    assert!(!home.log().iter().any(|text| text.contains("\"kind\":\"ended\"")), "the caller is still there");
    street.hang_up(1);
    home.until_log(&["\"kind\":\"ended\"", "16"]);
    assert!(running.stop());
}

#[test]
fn a_channel_that_is_out_of_service_is_so_after_a_kill_until_the_verb_puts_it_back() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    street.until_link();
    let (went_well, told) = verb(&home, &["service", "0", "out", "31", "--reason", "it hums"]);
    assert!(went_well && told.contains("out of service, over restarts too"), "{told}");
    home.until_log(&["audit_intent", "take_out_of_service", "span 0 timeslot 31", "it hums"]);
    home.until_log(&["\"kind\":\"out_of_service\"", "[31]"]);
    let out = || {
        home.log()
            .iter()
            .filter(|text| text.contains("alarm_raised") && text.contains("channel_out_of_service"))
            .count()
    };
    home.until_log(&["alarm_raised", "channel_out_of_service"]);
    assert_eq!(out(), 1);
    running.kill();
    let running = Running::start(&home, &street);
    while out() < 2 {
        home.until_log(&["\"kind\":\"ready\""]);
    }
    assert!(!verb(&home, &["service", "0", "out", "16"]).0, "it carries the D-channel");
    let (went_well, told) = verb(&home, &["port", "test", "SIM-E1.1", "--reason", "hum"]);
    assert!(!went_well && told.contains("Only ports for telephones and outside lines"), "{told}");
    home.until_log(&["audit_intent", "test_port", "SIM-E1.1", "hum"]);
    let (went_well, told) = verb(&home, &["port", "test", "no such label"]);
    assert!(!went_well && told.contains("There is no such port"), "{told}");
    assert!(!verb(&home, &["service", "3", "out"]).0, "there is one span only");
    let (went_well, told) = verb(&home, &["service", "0", "in", "31"]);
    assert!(went_well && told.contains("in service again"), "{told}");
    home.until_log(&["\"kind\":\"out_of_service\"", "[]"]);
    home.until_log(&["alarm_cleared", "channel_out_of_service"]);
    assert!(running.stop());
}

#[test]
fn the_network_keeps_who_called_while_the_call_goes_on_and_no_longer() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    street.until_link();
    street.call(1, MENU);
    home.until_log(&["\"kind\":\"prompt_began\""]);
    let (went_well, told) = verb(&home, &["keep-caller", "1-1", "--reason", "threats"]);
    assert!(went_well && told.contains("has kept who made call 1-1"), "{told}");
    home.until_log(&["audit_intent", "keep_caller", "\"call\":\"1-1\"", "threats"]);
    home.until_log(&["audit_outcome", "done", "\"call\":\"1-1\""]);
    home.until_log(&["malicious_call_answered", "\"refused\":null"]);
    street.hang_up(1);
    home.until_log(&["\"kind\":\"ended\""]);
    let (went_well, told) = verb(&home, &["keep-caller", "1-1"]);
    assert!(!went_well && told.contains("is over"), "{told}");
    assert!(running.stop());
}
