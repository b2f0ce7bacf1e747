//! What a process costs, as the kernel counts it.

use std::{fs, time::Duration};

use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike as _,
    },
    time::{ClockId, clock_gettime},
};

/// Processor time of the whole process since its start, user and system.
pub fn process_cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage");
    let us = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(us.unsigned_abs())
}

/// Processor time of the calling thread since its start.
pub fn thread_cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a thread may ask for its own time"))
}

/// Resident memory now, in KiB.
pub fn rss_kib() -> f64 {
    status("VmRSS:")
}

/// Threads now.
pub fn threads() -> f64 {
    status("Threads:")
}

fn status(row: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells the state of a process");
    let value = status.lines().find_map(|line| line.strip_prefix(row)?.split_whitespace().next()?.parse().ok());
    value.expect("the kernel tells memory and threads of every process")
}
