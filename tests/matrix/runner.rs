//! Runs the rows that are asked for, as many at once as there are cores.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use nix::time::{ClockId, clock_gettime};

use crate::{
    line::{Line, Miss, Verdict},
    results::{self, RowResult},
    row::{Column, Row},
    scenarios,
    trace::Trace,
};

/// What the command line asks for, as far as it concerns a program like this.
#[derive(Debug, Default)]
struct Asked {
    names: Vec<String>,
    skipped: Vec<String>,
    list: bool,
    exact: bool,
}

impl Asked {
    fn parse(mut words: impl Iterator<Item = String>) -> Asked {
        let mut asked = Asked::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--list" => asked.list = true,
                "--exact" => asked.exact = true,
                "--skip" => asked.skipped.extend(words.next()),
                "--test-threads" | "--format" | "--color" => _ = words.next(),
                option if option.starts_with('-') => {}
                _ => asked.names.push(word),
            }
        }
        asked
    }

    fn wants(&self, name: &str) -> bool {
        let fits = |word: &String| if self.exact { name == word } else { name.contains(word.as_str()) };
        (self.names.is_empty() || self.names.iter().any(fits)) && !self.skipped.iter().any(fits)
    }
}

/// The whole program.
pub fn run(words: impl Iterator<Item = String>) -> ExitCode {
    let asked = Asked::parse(words);
    let all = rows();
    let in_all = all.len();
    let wanted: Vec<Row> = all.into_iter().filter(|row| asked.wants(&row.to_string())).collect();
    if asked.list {
        wanted.iter().for_each(|row| println!("{row}: test"));
        return ExitCode::SUCCESS;
    }
    let begin = Instant::now();
    println!("\nrunning {} tests", wanted.len());
    let ran = run_all(&wanted);
    let results: Vec<(Row, RowResult)> = ran.iter().map(|(row, result, _)| (*row, result.clone())).collect();
    println!("{}{}\n", results::table(&results), results::summary(&results));
    let failed = tell_failures(&ran);
    let how = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "test result: {how}. {} passed; {failed} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        results.len() - failed,
        in_all - results.len(),
        begin.elapsed().as_secs_f64()
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn rows() -> Vec<Row> {
    let of = |scenario| Column::all().map(move |column| Row { scenario, column });
    scenarios::ALL.iter().flat_map(of).collect()
}

/// With what was on the wire, where that is asked for: a failing row is rarely understood without it.
fn tell_failures(ran: &[(Row, RowResult, Option<Trace>)]) -> usize {
    let ladders = std::env::var_os("MATRIX_LADDER").is_some();
    let failed: Vec<_> = ran.iter().filter(|(_, result, _)| result.is_err()).collect();
    for (row, result, trace) in &failed {
        if let Err(miss) = result {
            println!("test {row} ... FAILED\n    {miss}");
        }
        if let Some(trace) = trace.as_ref().filter(|_| ladders) {
            println!("{}", trace.ladder());
        }
    }
    failed.len()
}

/// In the order of the rows, whichever ended first.
fn run_all(rows: &[Row]) -> Vec<(Row, RowResult, Option<Trace>)> {
    let folder = tempfile::tempdir().expect("a folder for the sockets");
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (result, trace) = run_row(*row, folder.path());
            done.lock().expect("no row panics here").push((*row, result, trace));
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| _ = scope.spawn(work));
    });
    let mut done = done.into_inner().expect("no row panics here");
    done.sort_by_key(|(row, ..)| rows.iter().position(|other| other.to_string() == row.to_string()));
    done
}

fn run_row(row: Row, folder: &Path) -> (RowResult, Option<Trace>) {
    let mut kept = None;
    let ran = catch_unwind(AssertUnwindSafe(|| run_scenario(row, folder, &mut kept)));
    let result = ran.unwrap_or_else(|panic| Err(Miss(format!("panicked: {}", said(&*panic)))));
    (result, kept)
}

fn run_scenario(row: Row, folder: &Path, kept: &mut Option<Trace>) -> RowResult {
    let begin = cpu();
    let mut line = Line::up(row.column, row.scenario.overlap, seed(row), folder)?;
    let shown = (row.scenario.run)(&mut line);
    let excused = line.is_excused();
    let clean = line.ends_clean();
    *kept = Some(line.trace.clone());
    let spent = (cpu() - begin) + line.peer_cpu();
    if spent > MOST_CPU {
        return Err(Miss(format!("it took {} ms of CPU time", spent.as_millis())));
    }
    match (shown, clean) {
        (_, Err(miss)) => Err(miss),
        (Err(_), Ok(())) if excused => Ok(Verdict::EndedByTimer),
        (shown, Ok(())) => shown,
    }
}

/// Each row loses other frames.
fn seed(row: Row) -> u64 {
    let scenario = scenarios::ALL.iter().position(|other| other.name == row.scenario.name).unwrap_or(0);
    row.column.seed() * 1000 + scenario as u64
}

/// What this thread has used.
fn cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has this clock"))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}

/// A scenario over this is a fault: two ends together need a few milliseconds.
const MOST_CPU: Duration = Duration::from_secs(2);
