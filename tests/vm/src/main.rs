//! The box on the real DAHDI kernel stack, inside the virtual machine of `./justw vm`; nothing of ours is in its kernel.
//!
//! Dynamic spans come in pairs whose channels are joined in the kernel. The near one is the box's, as a card would be; at
//! the far one stand libpri, or test code on channels with the signalling of a telephone or of an exchange. The far side
//! speaks to the kernel by itself (`kernel`), not by the box's driver. Time is virtual: it goes by what is computed, and
//! idle time is skipped. The results are printed in the form of the standard test programs; an argument picks the tests
//! whose names hold it, `--long` adds the long ones.
//! Not here: what only a card shows (README.md).
#![allow(clippy::expect_used, clippy::print_stdout, clippy::unwrap_used)] // a test program without the usual harness

mod acknowledgement;
mod analog;
mod board;
#[path = "../../realtime/counting.rs"]
mod counting;
mod delay;
mod driver;
#[path = "../../sim/ear.rs"]
mod ear;
mod expected;
mod hundred;
mod kernel;
mod lab;
mod outside;
mod port_tests;
#[allow(dead_code)] // what all tests of processes share, these use a part of
#[path = "../../peers/program.rs"]
mod program;
mod pulls;
mod restart;
mod runner;
mod site;
mod spandsp;
mod spans;
mod t1;
mod telephone;
mod telephones;
mod thirty;
mod usage;
mod whole_call;

use std::process::ExitCode;

fn main() -> ExitCode {
    let groups = [
        lab::CASES,
        board::CASES,
        driver::CASES,
        analog::CASES,
        outside::CASES,
        telephones::CASES,
        port_tests::CASES,
        whole_call::CASES,
        t1::CASES,
        thirty::CASES,
        hundred::CASES,
        pulls::CASES,
        delay::CASES,
        restart::CASES,
    ];
    runner::run(&groups, std::env::args().skip(1))
}
