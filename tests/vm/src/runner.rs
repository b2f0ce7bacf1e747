//! Runs the tests that are asked for, one after the other: each has the machine's spans for itself.

use std::{
    panic::catch_unwind,
    process::{ExitCode, exit},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

/// A test.
pub struct Case {
    /// A sentence.
    pub name: &'static str,
    /// Panics where something is not as it should be.
    pub run: fn(),
    /// Virtual time after which it hangs.
    pub limit: Duration,
    /// Whether it runs only with `--long`.
    pub long: bool,
}

impl Case {
    /// One that `.ci/run` runs too.
    pub const fn new(name: &'static str, run: fn()) -> Case {
        Case { name, run, limit: Duration::from_secs(600), long: false }
    }

    /// One of `--long`.
    pub const fn long(name: &'static str, run: fn()) -> Case {
        Case { name, run, limit: Duration::from_secs(7200), long: true }
    }
}

/// The whole program.
pub fn run(groups: &[&[Case]], words: impl Iterator<Item = String>) -> ExitCode {
    let (options, names): (Vec<String>, Vec<String>) = words.partition(|word| word.starts_with("--"));
    let long = options.iter().any(|option| option == "--long");
    let all: Vec<&Case> = groups.iter().copied().flatten().collect();
    let asked = |case: &&&Case| is_asked(case.name, &names);
    let wanted: Vec<&Case> = all.iter().filter(asked).filter(|case| long || !case.long).copied().collect();
    println!("\nrunning {} tests", wanted.len());
    let begin = Instant::now();
    let failed = wanted.iter().filter(|case| !passes(case)).count();
    // A name that no test has is a mistake of who asked, and no success.
    let how = if failed == 0 && !wanted.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {how}. {} passed; {failed} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        wanted.len() - failed,
        all.len() - wanted.len(),
        begin.elapsed().as_secs_f64()
    );
    if how == "ok" { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A word asks for the tests whose names hold it, one with a hyphen before it leaves them out.
fn is_asked(case: &str, words: &[String]) -> bool {
    let (without, with): (Vec<&str>, Vec<&str>) =
        words.iter().map(String::as_str).partition(|word| word.starts_with('-'));
    let is_left_out = without.iter().any(|word| case.contains(&word[1..]));
    !is_left_out && (with.is_empty() || with.iter().any(|word| case.contains(word)))
}

fn passes(case: &Case) -> bool {
    let begin = Instant::now();
    let done = watch(case.name, case.limit);
    let passed = catch_unwind(case.run).is_ok();
    drop(done);
    let how = if passed { "ok" } else { "FAILED" };
    println!("test {} ... {how} ({:.1} s)", case.name, begin.elapsed().as_secs_f64());
    passed
}

/// Ends the program when a test hangs. Without its result the program counts as one that failed.
fn watch(name: &'static str, limit: Duration) -> mpsc::Sender<()> {
    let (done, over) = mpsc::channel();
    thread::spawn(move || {
        if over.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            println!("test {name} ... FAILED (it did not end within {} s)", limit.as_secs());
            exit(1);
        }
    });
    done
}
