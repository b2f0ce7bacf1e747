//! What a D-channel costs: calls in this process, calls over sockets beside libpri, one frame, one call's memory, and
//! nothing at all where nothing happens.
//!
//! Each call is the same in all runs, and the same as in `pri_peer bench` ([`isdn_bench::script`]).

mod allocator;
#[path = "../figure.rs"]
mod figure;
mod socket;

use std::{
    error::Error,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use figure::{figure, median, note};
use frame::Time;
use isdn_bench::{
    heap,
    pair::Pair,
    script::Script,
    watch::{Still, Watch},
    wire::{Memory, Wire},
};
use nix::time::{ClockId, clock_gettime};
use socket::Sockets;

/// Calls of one measurement: about a second of libpri's.
const CALLS: u64 = 40_000;
/// Measurements, of which the middle one counts.
const ROUNDS: usize = 7;
/// Calls that are timed input by input.
const TIMED_CALLS: u64 = 100_000;
/// Eight frames and five requests are a call, and some frames acknowledge.
const INPUTS_KEPT: usize = 20 * TIMED_CALLS as usize;
/// How long an idle link is watched.
const IDLE: Time = Time::from_ms(3_600_000);
/// A figure of a span is half of a pair's.
const ENDS: f64 = 2.0;

fn main() -> Result<(), Box<dyn Error>> {
    note(
        "30 calls at once, both ends on one core. Calls a second of processor time, so that a busy machine counts less.",
    );
    note("The reference is libpri at both ends of the same kind of sockets, in turn with ours.");
    speed()?;
    inputs();
    memory();
    idle();
    Ok(())
}

/// Calls a second: in memory, over sockets, and libpri's.
fn speed() -> Result<(), Box<dyn Error>> {
    let (mut ours, mut sockets, mut libpri) = (Vec::new(), Vec::new(), Vec::new());
    let mut frames = 0;
    for _ in 0..ROUNDS {
        ours.push(calls_per_s(&mut Pair::new(Memory::default(), Running::new())));
        let mut pair = Pair::new(Sockets::new()?, Running::new());
        sockets.push(calls_per_s(&mut pair));
        frames = pair.wire.frames;
        libpri.push(libpri_calls_per_s()?);
    }
    figure("isdn.calls_per_s_in_process", median(ours), "calls/s");
    figure("isdn.calls_per_s_socket", median(sockets), "calls/s");
    figure("isdn.calls_per_s_socket.ref", median(libpri), "calls/s");
    figure("isdn.frames_per_call", frames as f64 / CALLS as f64, "frames");
    Ok(())
}

fn calls_per_s<W: Wire>(pair: &mut Pair<W, Running>) -> f64 {
    let before = process_cpu();
    pair.run(Script::of(CALLS));
    let spent = process_cpu() - before;
    assert_eq!((pair.script.over, pair.script.answered), (CALLS, CALLS), "every call was answered and is over");
    CALLS as f64 / spent.as_secs_f64()
}

fn libpri_calls_per_s() -> Result<f64, Box<dyn Error>> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers/pri_peer");
    let asked = Command::new(&program)
        .args(["bench", "--calls", &CALLS.to_string()])
        .output()
        .map_err(|why| format!("{}: {why}; ./justw peers builds it", program.display()))?;
    let text = String::from_utf8(asked.stdout)?;
    let cpu_s = number(&text, "cpu_s").ok_or_else(|| format!("pri_peer said {text:?}"))?;
    if !asked.status.success() || number(&text, "calls") != Some(CALLS as f64) {
        return Err(format!("pri_peer did not bring its calls to their end: {text}").into());
    }
    Ok(CALLS as f64 / cpu_s)
}

/// A number of a flat JSON object.
fn number(json: &str, name: &str) -> Option<f64> {
    let (_, rest) = json.split_once(&format!("\"{name}\":"))?;
    rest.split([',', '}']).next()?.parse().ok()
}

/// What one input costs the span: a frame from the far end or a request of the box.
fn inputs() {
    let metered = Metered { clock: Running::new(), begun: Instant::now(), spent_ns: Vec::with_capacity(INPUTS_KEPT) };
    let mut pair = Pair::new(Memory::default(), metered);
    pair.run(Script::of(TIMED_CALLS));
    let mut spent_ns = pair.watch.spent_ns;
    spent_ns.sort_unstable();
    let share = |of: usize| f64::from(spent_ns[spent_ns.len() * of / 1000]) / 1000.0;
    figure("isdn.input_p50_us", share(500), "µs");
    figure("isdn.input_p99_us", share(990), "µs");
    figure("isdn.input_p999_us", share(999), "µs");
}

/// What a talking call holds at one end, and what an end holds without any.
fn memory() {
    let before = heap::live();
    let mut pair = still();
    // Queues have their size after a while of work.
    pair.run(Script::of(1000));
    let idle = heap::live();
    pair.run(Script::kept());
    figure("isdn.bytes_per_call", (heap::live() - idle) as f64 / ENDS / Script::kept().calls as f64, "bytes");
    figure("isdn.bytes_per_idle_span", (idle - before) as f64 / ENDS, "bytes");
}

/// What is allocated while two ends only ask each other whether they are there.
fn idle() {
    let mut pair = still();
    pair.run(Script::of(1000));
    let (allocations, inputs) = (heap::taken(), pair.watch.inputs);
    while pair.watch.time < IDLE {
        pair.watch.time = pair.next_deadline().expect("a link that is up always has T200 or T203");
        pair.settle();
    }
    figure("isdn.idle_allocations_per_hour", (heap::taken() - allocations) as f64, "allocations");
    figure("isdn.idle_inputs_per_hour", (pair.watch.inputs - inputs) as f64 / ENDS, "inputs of a span");
}

fn still() -> Pair<Memory, Still> {
    Pair::new(Memory::default(), Still::default())
}

/// Time that runs.
struct Running(Instant);

impl Running {
    fn new() -> Running {
        Running(Instant::now())
    }
}

impl Watch for Running {
    fn now(&self) -> Time {
        Time::from_us(self.0.elapsed().as_micros() as u64)
    }
}

/// Time that runs, and what each input took of it.
struct Metered {
    clock: Running,
    begun: Instant,
    spent_ns: Vec<u32>,
}

impl Watch for Metered {
    fn now(&self) -> Time {
        self.clock.now()
    }

    fn before(&mut self) {
        self.begun = Instant::now();
    }

    fn after(&mut self) {
        self.spent_ns.push(self.begun.elapsed().as_nanos() as u32);
    }
}

fn process_cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).expect("a process may ask for its own time"))
}
