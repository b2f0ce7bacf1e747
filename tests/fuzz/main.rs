//! A smoke of each fuzzer of `fuzz/`: from its golden seeds, led by coverage, the same each time. The long runs are
//! `./justw fuzz`, their results docs/fuzzing.md.

use std::process::Command;

/// What `tools/fuzz smoke` says of a target, and whether it found nothing.
fn smoke(target: &str, executions: u32) -> (bool, String) {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new(format!("{root}/tools/fuzz"));
    let output = command.args(["smoke", target, &executions.to_string()]).output().expect("bash runs tools/fuzz");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[track_caller]
fn finds_nothing(target: &str, executions: u32) {
    let (passed, said) = smoke(target, executions);
    assert!(passed, "{said}");
    assert!(said.contains(&format!("{target}: {executions} executions")), "it did not run to its end: {said}");
}

#[test]
fn frames_of_any_octets_find_nothing() {
    finds_nothing("frame", 200_000);
}

#[test]
fn messages_of_any_octets_find_nothing() {
    finds_nothing("message", 30_000);
}

#[test]
fn elements_of_any_octets_find_nothing() {
    finds_nothing("element", 50_000);
}

#[test]
fn remote_operations_of_any_octets_find_nothing() {
    finds_nothing("facility", 50_000);
}

#[test]
fn what_is_kept_of_messages_of_any_octets_finds_nothing() {
    finds_nothing("mask", 30_000);
}

#[test]
fn stories_of_input_and_time_on_a_span_find_nothing() {
    finds_nothing("span", 4_000);
}

/// A fuzzer that finds nothing must be one that would: it is led to a word of four letters, octet by octet.
#[test]
fn a_planted_fault_is_found() {
    let (passed, said) = smoke("planted", 2_000_000);
    assert!(!passed, "{said}");
    assert!(said.contains("the planted panic") || said.contains("octets of memory are still held"), "{said}");
}
