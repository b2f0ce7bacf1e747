//! What the box's process has used of the machine, in its virtual time, and how figures are told.
//!
//! System calls are counted by the kernel at its own door (`raw_syscalls:sys_enter`, a histogram of tracefs), all of them
//! and of all threads; to count costs time, so processor time is taken apart from it.

use std::{
    collections::BTreeSet,
    fs,
    ops::Sub,
    thread::sleep,
    time::{Duration, Instant},
};

/// Processor time, and reads and writes, up to a moment.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    at: Instant,
    processor: Duration,
    reads_and_writes: u64,
}

impl Usage {
    /// Of the box that runs.
    pub fn of_the_box() -> Usage {
        let folder = box_folder();
        let read = |file: &str| fs::read_to_string(format!("{folder}/{file}")).expect("the box runs");
        // `stat`, after the name in parentheses: the 12th and 13th are user and system time in hundredths of a second.
        let stat = read("stat");
        let fields = stat.rsplit_once(')').expect("a name").1.split_ascii_whitespace();
        let hundredths: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
        // `io` counts reads and writes; the calls that wait and the ioctls are not in it.
        let io = read("io");
        let counts = io.lines().filter(|line| line.starts_with("syscr") || line.starts_with("syscw"));
        let reads_and_writes = counts.filter_map(|line| line.split_once(": ")?.1.parse::<u64>().ok()).sum();
        Usage { at: Instant::now(), processor: Duration::from_millis(10 * hundredths), reads_and_writes }
    }
}

/// What was used between two moments.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    pub processor_pct: f64,
    pub reads_and_writes_per_s: f64,
}

impl Sub for Usage {
    type Output = Spent;

    fn sub(self, before: Usage) -> Spent {
        let time = (self.at - before.at).as_secs_f64();
        Spent {
            processor_pct: 100.0 * (self.processor - before.processor).as_secs_f64() / time,
            reads_and_writes_per_s: (self.reads_and_writes - before.reads_and_writes) as f64 / time,
        }
    }
}

fn box_folder() -> String {
    let entries = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.path().to_str().map(str::to_owned));
    let is_box = |folder: &String| {
        let line = fs::read_to_string(format!("{folder}/cmdline")).unwrap_or_default();
        let words: Vec<&str> = line.split('\0').collect();
        words.first() == Some(&"/bin/ringfence") && words.contains(&"run")
    };
    entries.filter(|folder| folder.bytes().any(|sign| sign.is_ascii_digit())).find(is_box).expect("the box runs")
}

/// The system calls of the box in a second, counted for a while.
pub fn system_calls_per_s(time: Duration) -> f64 {
    const ENTER: &str = "/sys/kernel/tracing/events/raw_syscalls/sys_enter";
    let trigger = |text: &str| fs::write(format!("{ENTER}/trigger"), text).expect("the kernel counts system calls");
    trigger("hist:keys=common_pid");
    sleep(time);
    let counted = fs::read_to_string(format!("{ENTER}/hist")).expect("it has counted");
    trigger("!hist:keys=common_pid");
    let threads = threads_of_the_box();
    let calls: u64 =
        counted.lines().filter_map(row).filter(|(thread, _)| threads.contains(thread)).map(|row| row.1).sum();
    assert!(calls > 0, "the box makes system calls: {counted}");
    calls as f64 / time.as_secs_f64()
}

/// `{ common_pid:        123 } hitcount:       4567`
fn row(line: &str) -> Option<(u32, u64)> {
    let (thread, calls) = line.strip_prefix("{ common_pid:")?.split_once("} hitcount:")?;
    Some((thread.trim().parse().ok()?, calls.trim().parse().ok()?))
}

fn threads_of_the_box() -> BTreeSet<u32> {
    let tasks = fs::read_dir(format!("{}/task", box_folder())).expect("the box runs").flatten();
    tasks.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Tells one figure, as the benches do.
pub fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.1} {unit}");
}
