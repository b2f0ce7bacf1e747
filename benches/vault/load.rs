//! 480 recordings of one voice each: sixteen E1 that speak all the time, in real time, through the recorder's two threads
//! onto real files.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use frame::{
    BootNo, CallId, LaneFlags, LaneId, LaneStamp, Law, LegId, LifeNo, OCTETS_PER_TICK, RecordingId, SpanId, SpanTick,
    Stamp, Tick, Time, Timeslot, TrackHandle, Utc,
};
use ringfence::{
    media::TICKS_AT_SEALER,
    recorder::{FileStore, Home, Recorder, RecorderCommand, RecorderEvent, RecorderHandles, RecorderSettings},
};

use crate::{
    Failed,
    figure::{figure, median},
    timed::{Seen, Timed},
    usage,
};

/// Spans, and timeslots of each that speak: all but those for framing and signalling.
const SPANS: usize = 16;
const VOICES: [usize; 2] = [1, 31];
const SIGNALLING: usize = 16;

/// Recordings.
pub const RECORDINGS: usize = 480;

/// How long they speak, in ticks, and the slices that are measured, of which the middle one counts.
pub const TALK_TICKS: u64 = 6_000;
const SLICE_TICKS: u64 = 1_000;

/// The first tick: not 0, as after some minutes of running.
const START: u64 = 1_000;

/// What was measured.
pub struct Measured {
    /// Octets of audio that were said.
    pub audio: u64,
}

/// Runs it on a new vault in `folder`, and tells its figures.
pub fn run(voices: &[Vec<u8>], folder: &Path, home: &Home) -> Result<Measured, Failed> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let store = Timed::new(FileStore::new(folder), Arc::clone(&seen));
    let settings = RecorderSettings { voices: RECORDINGS, ..RecorderSettings::new(LifeNo(1), BootNo(1)) };
    let handles = Recorder::start(Box::new(store), home.seal_for(), settings, stamp, || ())?;
    let mut box_ = Box480::new(handles, voices);
    let io_before = disk_octets();
    box_.begin()?;
    let mut slices = Vec::new();
    let mut before = spent();
    for tick in 0..TALK_TICKS {
        box_.speak(START + tick)?;
        if (tick + 1) % SLICE_TICKS == 0 {
            let now = spent();
            slices.push(pct(now - before, Duration::from_millis(10 * SLICE_TICKS)));
            before = now;
        }
    }
    let talked = spent();
    box_.end()?;
    let talk = Duration::from_millis(10 * TALK_TICKS);
    let (talking, copying) = (median(slices), pct(spent() - talked, talk));
    let audio = RECORDINGS as u64 * TALK_TICKS * OCTETS_PER_TICK as u64;
    figure("vault.core_pct_480", talking + copying, "%");
    figure("vault.core_pct_480.talking", talking, "%");
    figure("vault.core_pct_480.copying", copying, "%");
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    figure("vault.write_amplification", (disk_octets() - io_before) as f64 / audio as f64, "times");
    figure("vault.write_amplification.asked", seen.written as f64 / audio as f64, "times");
    figure("vault.write_amplification.ring_made", (seen.written - seen.zeroes) as f64 / audio as f64, "times");
    tell_stable(&box_.handed, &seen);
    match box_.dropped {
        0 => Ok(Measured { audio }),
        dropped => {
            Err(format!("{dropped} ticks of a span were not recorded: the machine was too busy for its figures").into())
        }
    }
}

/// How long from the capture of a batch's oldest sample until its flush had returned.
fn tell_stable(handed: &[Instant], seen: &Seen) {
    let ms = |(tick, durable): &(Tick, Instant)| {
        let handed = handed.get((tick.0 - START) as usize)?;
        // The oldest sample of a tick is as old as the tick when it is handed over.
        Some((*durable - *handed + Duration::from_millis(10)).as_secs_f64() * 1000.0)
    };
    let mut all: Vec<f64> = seen.durable.iter().filter_map(ms).collect();
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all.get((all.len() as f64 * share) as usize).or(all.last()).copied().unwrap_or(f64::NAN);
    figure("vault.stable_p50_ms", at(0.5), "ms");
    figure("vault.stable_p99_ms", at(0.99), "ms");
    figure("vault.stable_max_ms", at(1.0), "ms");
}

/// Sixteen E1.
struct Box480<'a> {
    handles: RecorderHandles,
    voices: &'a [Vec<u8>],
    spans: Vec<Box<SpanTick>>,
    /// When each tick was handed over.
    handed: Vec<Instant>,
    due: Instant,
    dropped: u64,
    finished: usize,
    /// Ticks that came back.
    spare: Vec<Box<SpanTick>>,
}

impl<'a> Box480<'a> {
    fn new(handles: RecorderHandles, voices: &'a [Vec<u8>]) -> Box480<'a> {
        let spans: Vec<_> = (0..SPANS as u16).map(|span| SpanTick::silent(SpanId(span), Law::A)).collect();
        let spare = (0..TICKS_AT_SEALER * SPANS).flat_map(|_| spans.first().cloned()).collect();
        let handed = Vec::with_capacity(TALK_TICKS as usize);
        Box480 { handles, voices, spans, handed, due: Instant::now(), dropped: 0, finished: 0, spare }
    }

    fn timeslots() -> impl Iterator<Item = (usize, usize)> {
        let slots = (VOICES[0]..=VOICES[1]).filter(|slot| *slot != SIGNALLING);
        (0..SPANS).flat_map(move |span| slots.clone().map(move |slot| (span, slot)))
    }

    fn begin(&mut self) -> Result<(), Failed> {
        for (no, (span, slot)) in Box480::timeslots().enumerate() {
            let no = no as u32 + 1;
            let track = TrackHandle { slot: no as u16, generation: 1 };
            self.spans[span].lanes[slot] = LaneStamp { track: Some(track), flags: LaneFlags::NONE };
            self.handles.commands.send(RecorderCommand::Begin {
                track,
                recording: RecordingId::new(LifeNo(1), no),
                call: CallId::new(LifeNo(1), no),
                part: 1,
                leg: LegId::new(LifeNo(1), no),
                lane: LaneId::new(SpanId(span as u16), Timeslot(slot as u8)),
                law: Law::A,
                stamp: stamp(),
                tick: None,
            })?;
        }
        self.due = Instant::now();
        Ok(())
    }

    /// One tick of all spans, when it is due.
    fn speak(&mut self, tick: u64) -> Result<(), Failed> {
        self.due += Duration::from_millis(10);
        thread::sleep(self.due.saturating_duration_since(Instant::now()));
        self.handed.push(Instant::now());
        self.take_back();
        for span in 0..SPANS {
            let Some(mut out) = self.spare.pop() else {
                self.dropped += 1;
                continue;
            };
            out.clone_from(&self.spans[span]);
            out.tick = Tick(tick);
            for slot in VOICES[0]..=VOICES[1] {
                let voice = &self.voices[(span + slot) % self.voices.len()];
                let at =
                    (tick as usize * OCTETS_PER_TICK + (span * 32 + slot) * 7_919) % (voice.len() - OCTETS_PER_TICK);
                out.clean[slot].copy_from_slice(&voice[at..at + OCTETS_PER_TICK]);
            }
            self.handles.tick_tx.push(out).map_err(|_| "the sealer takes no ticks")?;
        }
        Ok(())
    }

    fn take_back(&mut self) {
        while let Ok(tick) = self.handles.tick_back.pop() {
            self.spare.push(tick);
        }
        let finished = |event: RecorderEvent| matches!(event, RecorderEvent::Finished { .. });
        self.finished += self.handles.events.try_iter().filter_map(|event| finished(event).then_some(())).count();
    }

    /// Ends all recordings, and waits until each has its object.
    fn end(&mut self) -> Result<(), Failed> {
        let last = START + TALK_TICKS;
        for no in 1..=RECORDINGS as u32 {
            let track = TrackHandle { slot: no as u16, generation: 1 };
            self.handles.commands.send(RecorderCommand::End { track, tick: Some(Tick(last)) })?;
            let recording = RecordingId::new(LifeNo(1), no);
            self.handles.commands.send(RecorderCommand::Finish { recording, stamp: stamp() })?;
        }
        self.spans.iter_mut().for_each(|span| span.lanes = Default::default());
        let mut tick = last;
        while self.finished < RECORDINGS {
            self.speak(tick)?;
            tick += 1;
            if tick > last + 12_000 {
                return Err(format!("{} of {RECORDINGS} recordings have their object", self.finished).into());
            }
        }
        Ok(())
    }
}

fn stamp() -> Stamp {
    Stamp { boot: BootNo(1), time: Time::from_us(0), utc: Utc::from_us(1_795_000_000_000_000) }
}

/// What the recorder's threads have spent: this one is none of them.
fn spent() -> Duration {
    usage::process_cpu().saturating_sub(usage::thread_cpu())
}

pub fn pct(cpu: Duration, time: Duration) -> f64 {
    100.0 * cpu.as_secs_f64() / time.as_secs_f64()
}

/// Octets that the kernel was made to write to disks for this process.
fn disk_octets() -> u64 {
    let io = fs::read_to_string("/proc/self/io").expect("Linux tells what a process writes");
    let row = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    row.and_then(|octets| octets.parse().ok()).expect("the kernel tells it of every process")
}
