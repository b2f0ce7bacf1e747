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

use isdn::Role;
use nix::time::{ClockId, clock_gettime};

use crate::{
    dice::Dice,
    differential,
    line::{Kind, Line, Miss, Verdict},
    peer::role_word,
    results::{self, RowResult},
    row::{Column, Row, Switch},
    scenarios,
    trace::Trace,
    tshark,
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

/// A row, what it came to, and what was on its wire.
type Ran = (Row, RowResult, Option<Trace>);

/// The whole program.
pub fn run(words: impl Iterator<Item = String>) -> ExitCode {
    let asked = Asked::parse(words);
    let all = rows();
    let in_all = all.len() + Switch::ALL.len() + 2;
    let wanted: Vec<Row> = all.into_iter().filter(|row| asked.wants(&row.to_string())).collect();
    if asked.list {
        wanted.iter().for_each(|row| println!("{row}: test"));
        return ExitCode::SUCCESS;
    }
    let begin = Instant::now();
    let folder = tempfile::tempdir().expect("a folder for sockets and captures");
    let dialogues: Vec<Role> =
        [Role::User, Role::Network].into_iter().filter(|role| asked.wants(&dialogue_name(*role))).collect();
    let read: Vec<Switch> =
        Switch::ALL.into_iter().filter(|&switch| wanted.iter().any(|row| row.column.switch == switch)).collect();
    let tests = wanted.len() + read.len() + dialogues.len();
    println!("\nrunning {tests} tests");
    let ran = run_all(&wanted, folder.path());
    let results: Vec<(Row, RowResult)> = ran.iter().map(|(row, result, _)| (*row, result.clone())).collect();
    println!("{}{}\n", results::table(&results), results::summary(&results));
    let mut others =
        in_parallel(&read, |&switch| (format!("tshark/{}", switch.word()), read_traces(switch, &ran, folder.path())));
    others.extend(in_parallel(&dialogues, |&role| (dialogue_name(role), differential::compare(role, folder.path()))));
    let failed = tell_failures(&ran) + others.iter().filter(|(name, told)| !tell(name, told)).count();
    let how = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "test result: {how}. {} passed; {failed} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        tests - failed,
        in_all - tests,
        begin.elapsed().as_secs_f64()
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn dialogue_name(role: Role) -> String {
    format!("damaged messages/{}", role_word(role))
}

/// tshark reads the traces of a switch in one run: its start takes longer than its reading.
fn read_traces(switch: Switch, ran: &[Ran], folder: &Path) -> Result<String, Miss> {
    let of_switch = ran.iter().filter(|(row, ..)| row.column.switch == switch);
    let traces: Vec<_> = of_switch.filter_map(|(row, _, trace)| Some((*row, trace.as_ref()?))).collect();
    tshark::compare(&traces, &folder.join(switch.word()))
}

/// Whether it went well.
fn tell(name: &str, told: &Result<String, Miss>) -> bool {
    match told {
        Ok(told) => println!("{name}: {told}"),
        Err(miss) => println!("test {name} ... FAILED\n    {miss}"),
    }
    told.is_ok()
}

fn rows() -> Vec<Row> {
    let of = |scenario| Column::all().map(move |column| Row { scenario, column });
    scenarios::ALL.iter().flat_map(of).collect()
}

/// With what was on the wire, where that is asked for: a failing row is rarely understood without it. `MATRIX_LADDER=all`
/// shows the wire of the others too.
fn tell_failures(ran: &[Ran]) -> usize {
    let ladders = std::env::var("MATRIX_LADDER").ok();
    for (row, result, trace) in ran {
        if let Err(miss) = result {
            println!("test {row} ... FAILED\n    {miss}");
        }
        let shown = ladders.as_ref().is_some_and(|which| which == "all" || result.is_err());
        if let Some(trace) = trace.as_ref().filter(|_| shown) {
            println!("{row}:\n{}", trace.ladder());
        }
    }
    ran.iter().filter(|(_, result, _)| result.is_err()).count()
}

fn run_all(rows: &[Row], folder: &Path) -> Vec<Ran> {
    in_parallel(rows, |row| {
        let (result, trace) = run_row(*row, folder);
        (*row, result, trace)
    })
}

/// Does something for each of `all`, as many at once as there are cores. In the order of `all`, whichever ended first.
fn in_parallel<A: Sync, B: Send>(all: &[A], act: impl Fn(&A) -> B + Sync) -> Vec<B> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(at) else { return };
            let result = act(one);
            done.lock().expect("nobody panics with the lock").push((at, result));
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| _ = scope.spawn(work));
    });
    let mut done = done.into_inner().expect("nobody panics with the lock");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn run_row(row: Row, folder: &Path) -> (RowResult, Option<Trace>) {
    let mut kept = None;
    let ran = catch_unwind(AssertUnwindSafe(|| run_scenario(row, folder, &mut kept)));
    let result = ran.unwrap_or_else(|panic| Err(Miss(format!("panicked: {}", said(&*panic)))));
    (result, kept)
}

fn run_scenario(row: Row, folder: &Path, kept: &mut Option<Trace>) -> RowResult {
    let begin = cpu();
    if row.scenario.kind == Kind::Shared && !row.column.switch.dialect().rules().shared_d_channel {
        return Ok(Verdict::NotInDialect("each D-channel is on its own line"));
    }
    let mut line = Line::up(row.column, row.scenario.kind, seed(row), folder)?;
    let shown = (row.scenario.run)(&mut line);
    let excused = line.is_excused();
    let clean = line.ends_clean();
    *kept = Some(line.trace.clone());
    let spent = (cpu() - begin) + line.peer_cpu();
    if spent > MOST_CPU {
        return Err(Miss(format!("it took {} ms of CPU time", spent.as_millis())));
    }
    match (shown, clean?) {
        (_, 1..) if row.column.is_lossy() => {
            Ok(Verdict::FarEnd("after lost frames it keeps the record of a call that has ended"))
        }
        (_, kept @ 1..) => Err(Miss(format!("libpri keeps {kept} calls"))),
        (Err(_), _) if excused => Ok(Verdict::EndedByTimer),
        (shown, _) => shown,
    }
}

/// Each row loses other frames, and the same ones each time: from its name, so that a new row changes no other. Another
/// number in the environment loses others.
fn seed(row: Row) -> u64 {
    let other = std::env::var("MATRIX_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    row.to_string().bytes().fold(other, |seed, octet| Dice::new(seed ^ u64::from(octet)).next())
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
