//! The ISDN stack against two programs that are not ours: libpri at the other end of the D-channel, tshark as the reader
//! of every frame.
//!
//! Each row of the matrix is a scenario, a switch, libpri's side and a loss. Both ends run under one clock that jumps
//! from deadline to deadline (`line`), so no row takes longer for its timers. The results are printed in the form of the
//! standard test programs; an argument picks the rows whose names hold it.
//! Not here: audio, and the box above the span.
#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::print_stdout, clippy::unwrap_used)] // a test program without the usual harness

#[allow(dead_code)] // of the dice that all tests share, a wire throws one
#[path = "../sim/dice.rs"]
mod dice;
mod differential;
mod end;
mod line;
mod peer;
mod results;
mod row;
mod runner;
mod scenarios;
mod trace;
mod tshark;

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::run(std::env::args().skip(1))
}
