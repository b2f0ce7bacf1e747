//! What recorded calls cost: 240 of two parties through the whole box, in real time, on `board/e1x16.toml`.
//!
//! It is the daemon itself: media thread, sealer, flusher, journal, call control, page; real files with their flushes.
//! Only the outside is made up: cards that hand voices in memory ([`loopback`]), and exchanges that signal
//! ([`outside`]). What those exchanges and this file spend is measured and taken off.

#[path = "../figure.rs"]
mod figure;
mod floor;
mod loopback;
mod outside;
mod usage;

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, atomic::Ordering::Relaxed},
    thread,
    time::Duration,
};

use dsp::dtmf::Detector;
use figure::{figure, median, note};
use frame::{BootNo, LifeNo, SpanId, SpanTick};
use isdn::{Cause, q931::element::Digits};
use loopback::{Loopback, TickCosts, Voices};
use os::Clock;
use outside::{Outside, call};
use ringfence::{
    daemon::{Cards, Daemon, Parts},
    data_dir::DataDir,
    media::{MediaCommand, MediaEvent, RING_MESSAGES, TICKS_AT_SEALER},
    recorder::{self, Group, RecorderSettings},
    wav,
};
use settings::{Board, Settings, Version};
use sim::ExchangeAct;
use tokio::runtime::Runtime;

/// Two-party calls at once: every channel of the board, in on the first eight spans, out on the last eight.
const CALLS: usize = 240;
/// Spans that calls come in on.
const SPANS_IN: usize = 8;
/// How long they talk.
const TALK_S: usize = 60;
/// The talk is measured in slices, of which the middle one counts.
const SLICE_S: usize = 10;
/// Ticks that the voices are cut into: 12 s, then they repeat.
const VOICE_TICKS: usize = 1200;
/// Ticks of which the costs are kept: an hour.
const TICKS_KEPT: usize = 360_000;

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            note(&format!("bench media: {why}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failed> {
    let voice = voice()?;
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&place)?;
    let folder = tempfile::tempdir_in(place)?;
    conditions();
    let (vault, lost) = {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let bench = Bench::start(&runtime, &voice, &folder.path().join("data"))?;
        bench.measure(runtime)?
    };
    let report = recorder::verify(&vault, &recorder::Outside::default())?;
    if !report.is_intact() || report.objects != CALLS as u64 {
        return Err(format!("of {CALLS} recordings {} are there: {:?}", report.objects, report.findings).into());
    }
    let floor = floor::cost(&voice, 2 * CALLS, SLICE_S, folder.path())?;
    figure("media.core_pct_per_100_recorded.ref", core_pct(floor, Duration::from_secs(SLICE_S as u64)), "%");
    match lost {
        0 => Ok(()),
        lost => {
            Err(format!("{lost} ticks of a span were not recorded: the machine was too busy for its figures").into())
        }
    }
}

fn conditions() {
    note("240 two-party calls, both voices recorded, sealed and flushed; DTMF heard on all 480 timeslots, echo off.");
    note(
        "Every party reads aloud all the time (LibriVox). Reserve for emergencies off; simulated cards in this process:",
    );
    note("no system call for audio but one sleep a tick. The reference: the same octets copied, AES-256-GCM, flushed.");
}

/// A voice as `./justw voices` makes it.
fn voice() -> Result<Vec<u8>, Failed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/voices/caller.wav");
    let file = fs::read(&path).map_err(|why| format!("{}: {why}; ./justw voices makes it", path.display()))?;
    Ok(wav::read(&file)?.octets)
}

/// Processor time as a share of one core, for a hundred of the calls.
fn core_pct(cpu: Duration, time: Duration) -> f64 {
    cpu.as_secs_f64() / time.as_secs_f64() * 100.0 * 100.0 / CALLS as f64
}

/// The running box and its outside.
struct Bench {
    daemon: Daemon,
    outside: Outside,
    costs: Arc<TickCosts>,
}

/// What the box has spent and what it holds, at one moment.
struct Reading {
    cpu: Duration,
    rss_kib: f64,
    threads: f64,
    ticks: usize,
}

impl Bench {
    fn start(runtime: &Runtime, voice: &[u8], data: &Path) -> Result<Bench, Failed> {
        let text = include_str!("../../board/e1x16.toml");
        let board = Board::parse("e1x16.toml", text).map_err(|problems| format!("{problems:?}"))?;
        let text = include_str!("../../board/e1x16.settings.toml");
        let parsed = Settings::parse("e1x16.settings.toml", text, &board, None);
        let settings = parsed.map_err(|problems| format!("{problems:?}"))?.settings;
        let costs = Arc::new(TickCosts::new(TICKS_KEPT));
        let voices = Arc::new(Voices::new(voice, VOICE_TICKS));
        let (outside, opened) = Outside::start(&board, SPANS_IN as u16)?;
        let mut cards = Cards { audio: Vec::new(), signals: Vec::new(), master: 0, held: None };
        for (audio, signal) in opened {
            let audio = Loopback::new(audio, Arc::clone(&voices), Arc::clone(&costs));
            let spans: Vec<SpanId> = line::Audio::spans(&audio).iter().map(|info| info.span).collect();
            cards.audio.push(Box::new(audio));
            cards.signals.push((Box::new(signal), spans));
        }
        let data = DataDir::open(data, true, &os::boot_id()?)?;
        let parts = Parts { board, settings, version: Version(1), data, lines: None, table: None, tell_code: |_| () };
        let daemon = runtime.block_on(async {
            let mut daemon = Daemon::start_with(parts, |_, _| Ok(cards))?;
            daemon.serve_page(([127, 0, 0, 1], 0).into(), true).await?;
            Ok::<_, Failed>(daemon)
        })?;
        Ok(Bench { daemon, outside, costs })
    }

    /// Runs the calls and tells the figures. Gives the vault, and how many ticks of a span were not recorded.
    fn measure(self, runtime: Runtime) -> Result<(PathBuf, u64), Failed> {
        let vault = self.daemon.data().vault();
        self.until("all data links are up", 20, || self.outside.seen().links.load(Relaxed) == 2 * SPANS_IN)?;
        thread::sleep(Duration::from_secs(3));
        let empty = self.read();
        self.place()?;
        thread::sleep(Duration::from_secs(2));
        let first = self.read();
        let mut slices = Vec::new();
        let mut before = first.cpu;
        for _ in 0..TALK_S / SLICE_S {
            thread::sleep(Duration::from_secs(SLICE_S as u64));
            let now = self.read();
            slices.push(core_pct(now.cpu - before, Duration::from_secs(SLICE_S as u64)));
            before = now.cpu;
        }
        let full = self.read();
        self.clear(&vault)?;
        let copied = self.read();
        thread::sleep(Duration::from_secs(3));
        let after = self.read();
        self.tell(&empty, &first, &full, &copied, &after, slices);
        let lost = &self.daemon.counters;
        let lost =
            [&lost.ticks_not_recorded, &lost.missing_blocks, &lost.ticks_skipped].map(|count| count.load(Relaxed));
        figure("media.ticks_lost", lost.iter().sum::<u64>() as f64, "ticks of a span");
        runtime.block_on(self.daemon.stop());
        Ok((vault, lost.iter().sum()))
    }

    fn tell(
        &self,
        empty: &Reading,
        first: &Reading,
        full: &Reading,
        copied: &Reading,
        after: &Reading,
        slices: Vec<f64>,
    ) {
        let talk = Duration::from_secs(TALK_S as u64);
        let copying = core_pct(copied.cpu - full.cpu, talk);
        let talking = median(slices);
        figure("media.core_pct_per_100_recorded", talking + copying, "%");
        figure("media.core_pct_per_100_talking", talking, "%");
        figure("media.core_pct_per_100_clearing_and_copying", copying, "%");
        figure("media.outside_core_pct_taken_off", core_pct(self.outside_cpu(), talk), "%");
        figure("media.setup_cpu_ms_per_call", (first.cpu - empty.cpu).as_secs_f64() * 1000.0 / CALLS as f64, "ms");
        let costs = self.costs.sorted(first.ticks, full.ticks);
        figure("media.tick_cpu_us_p50", f64::from(costs[costs.len() / 2]), "µs");
        figure("media.tick_cpu_us_p999", f64::from(costs[costs.len() * 999 / 1000]), "µs");
        figure("media.rss_kib_per_call", (full.rss_kib - empty.rss_kib) / CALLS as f64, "KiB");
        fixed();
        for (calls, reading) in [("0", empty), ("240", full), ("0_again", after)] {
            figure(&format!("media.rss_mib_at_{calls}"), reading.rss_kib / 1024.0, "MiB");
            // The exchanges' thread is none of the box.
            figure(&format!("media.threads_at_{calls}"), reading.threads - 1.0, "threads");
        }
    }

    /// Places all calls, 40 a second, and waits until their parties talk.
    fn place(&self) -> Result<(), Failed> {
        let digits = |text: &str| text.parse::<Digits>().map_err(|_| "not a number");
        let (from, to) = (digits("8001")?, digits("013800138000")?);
        for number in 0..CALLS {
            let act = ExchangeAct::Place { call: call(number), from: Some(from), to };
            self.outside.act((number % SPANS_IN) as u16, act);
            thread::sleep(Duration::from_millis(25));
        }
        self.until("all calls are answered", 20, || self.outside.seen().answered.load(Relaxed) == CALLS)
    }

    /// Lets all callers hang up, and waits until the last recording has its object.
    fn clear(&self, vault: &Path) -> Result<(), Failed> {
        for number in 0..CALLS {
            let act = ExchangeAct::Clear { call: call(number), cause: Cause::NormalClearing };
            self.outside.act((number % SPANS_IN) as u16, act);
        }
        self.until("all calls are over", 20, || self.outside.seen().over.load(Relaxed) == CALLS)?;
        let objects = vault.join("objects");
        self.until("all recordings have their object", 120, || objects_in(&objects) == CALLS)
    }

    fn until(&self, what: &str, seconds: u64, holds: impl Fn() -> bool) -> Result<(), Failed> {
        let limit = outside::within(seconds);
        while !holds() {
            if Clock.now() > limit {
                return Err(format!("not within {seconds} s: {what} ({:?})", self.outside.seen()).into());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn outside_cpu(&self) -> Duration {
        Duration::from_micros(self.outside.seen().cpu_us.load(Relaxed))
    }

    /// The threads of the bench itself are taken off: this one, and the exchanges'.
    fn read(&self) -> Reading {
        Reading {
            cpu: usage::process_cpu().saturating_sub(usage::thread_cpu() + self.outside_cpu()),
            rss_kib: usage::rss_kib(),
            threads: usage::threads(),
            ticks: self.costs.count(),
        }
    }
}

/// The memory that is taken at the start, whatever happens then.
fn fixed() {
    let voices = 2 * CALLS;
    let recorder = RecorderSettings { voices, ..RecorderSettings::new(LifeNo(1), BootNo(1)) };
    let batch = recorder.batch_octets() + voices * size_of::<Group>();
    let spans = 2 * SPANS_IN;
    let rings = RING_MESSAGES * (size_of::<MediaCommand>() + size_of::<MediaEvent>());
    let parts = [
        ("recorder_buffer_30s", recorder.buffer_batches * batch),
        ("ticks", spans * (1 + TICKS_AT_SEALER) * size_of::<SpanTick>()),
        ("rings", rings),
        ("dsp_state", spans * size_of::<Detector>()),
    ];
    let mib = |octets: usize| octets as f64 / 1_048_576.0;
    figure("media.fixed_mib", parts.iter().map(|(_, octets)| mib(*octets)).sum(), "MiB");
    for (part, octets) in parts {
        figure(&format!("media.fixed_mib.{part}"), mib(octets), "MiB");
    }
}

/// Finished recordings below a folder.
fn objects_in(folder: &Path) -> usize {
    let count = |entry: io::Result<fs::DirEntry>| {
        let path = entry.ok()?.path();
        let is_object = path.extension().is_some_and(|ending| ending == "rfo");
        Some(if path.is_dir() { objects_in(&path) } else { usize::from(is_object) })
    };
    fs::read_dir(folder).map_or(0, |entries| entries.filter_map(count).sum())
}
