//! `tools/count`, which sums the results of all test programs, on short logs. Its last line is what others rely on.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::house::root;

/// The line for what cargo printed and ended with.
fn count(status: u8, log: &str) -> String {
    let mut counter = Command::new(root().join("tools/count"))
        .arg(status.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("awk runs tools/count");
    counter.stdin.take().expect("it is piped").write_all(log.as_bytes()).expect("awk reads");
    let told = counter.wait_with_output().expect("awk ends");
    String::from_utf8_lossy(&told.stdout).trim_end().to_owned()
}

fn program(tests: u32, how: &str, passed: u32, failed: u32, ignored: u32) -> String {
    format!(
        "\nrunning {tests} tests\ntest a ... ok\n\n\
         test result: {how}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; 9 filtered out; finished in 0.01s\n"
    )
}

#[test]
fn all_test_programs_are_summed() {
    let log = program(3, "ok", 2, 0, 1) + &program(5, "FAILED", 4, 1, 0) + &program(0, "ok", 0, 0, 0);
    assert_eq!(count(101, &log), "6 passed, 1 failed, 1 skipped");
}

#[test]
fn a_line_that_a_test_prints_is_not_counted() {
    let printed = "running 2 tests\ntest result: ok. 700 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    let log = format!("{printed}test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n");
    assert_eq!(count(0, &log), "2 passed, 0 failed, 0 skipped");
}

#[test]
fn a_program_that_died_is_a_failure() {
    let log = program(2, "ok", 2, 0, 0) + "\nrunning 9 tests\ntest a ... ok\n";
    assert_eq!(count(101, &log), "2 passed, 1 failed, 0 skipped");
    assert_eq!(count(101, &(log + &program(1, "ok", 1, 0, 0))), "3 passed, 1 failed, 0 skipped");
}

#[test]
fn a_build_that_failed_is_a_failure() {
    assert_eq!(count(101, "error: could not compile `codec`\n"), "0 passed, 1 failed, 0 skipped");
    assert_eq!(count(0, ""), "0 passed, 0 failed, 0 skipped");
}

#[test]
fn colours_do_not_hide_a_result() {
    let log = program(1, "\u{1b}[32mok\u{1b}[0m", 1, 0, 0);
    assert_eq!(count(0, &log), "1 passed, 0 failed, 0 skipped");
}
