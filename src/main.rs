//! The command line: `ringfence VERB`.
#![forbid(unsafe_code)]

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let locale =
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|at| !at.is_empty()));
    ringfence::cli::main(env::args(), locale)
}
