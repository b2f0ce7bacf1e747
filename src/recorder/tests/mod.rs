//! The recorder under a virtual clock: ticks in, files in memory out.

mod bucket;
mod ceremony;
mod chapters;
mod compartments;
mod copy;
mod copy_keys;
mod disk;
mod erasing;
mod evidence;
mod keys;
mod log;
mod opened;
mod package;
mod power;
mod ranges;
mod recovery;
mod restore;
mod scrub;
mod sealing;
mod staging;
mod threads;
mod traced;

use frame::{
    BootNo, CallId, LaneFlags, LaneId, LaneStamp, Law, LegId, LifeNo, OCTETS_PER_TICK, Octets, RecordingId, SpanId,
    SpanTick, Stamp, Tick, Time, Timeslot, TrackHandle, Utc,
};
use vault::{Cost, Grave, Leaf, Mark, OpenError, Random, Sample, Seeded};

use super::*;

const CODE: &[u8] = b"4711-0815";
const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };
const SPAN: SpanId = SpanId(1);

/// The first tick of every test: not 0, as after some minutes of running.
const START: u64 = 1_000;

fn life(no: u32) -> LifeNo {
    LifeNo(no)
}

fn recording(no: u32) -> RecordingId {
    RecordingId::new(life(1), no)
}

fn call(no: u32) -> CallId {
    CallId::new(life(1), no)
}

fn leg(no: u32) -> LegId {
    LegId::new(life(1), no)
}

fn stamp_at(tick: u64) -> Stamp {
    let us = tick * 10_000;
    Stamp { boot: BootNo(3), time: Time::from_us(us), utc: Utc::from_us(1_700_000_000_000_000 + us as i64) }
}

/// What the party on a timeslot says in a tick: every sample of every tick of every timeslot differs from its
/// neighbours.
fn said(timeslot: u8, tick: u64) -> Octets {
    std::array::from_fn(|at| {
        let sample = tick * OCTETS_PER_TICK as u64 + at as u64;
        (sample.wrapping_mul(2_654_435_761).wrapping_add(u64::from(timeslot) * 97) >> 7) as u8
    })
}

fn said_between(timeslot: u8, from: u64, to: u64) -> Vec<u8> {
    (from..to).flat_map(|tick| said(timeslot, tick)).collect()
}

fn silence(ticks: u64) -> Vec<u8> {
    vec![Law::A.silence(); ticks as usize * OCTETS_PER_TICK]
}

fn settings() -> RecorderSettings {
    RecorderSettings { segment_octets: 64 << 10, segments: 8, ..RecorderSettings::new(life(1), BootNo(3)) }
}

/// A box with a recorder, and someone who speaks into its timeslots.
struct Rig {
    store: MemoryStore,
    home: Home,
    recorder: InlineRecorder,
    tick: Box<SpanTick>,
    now: u64,
    generation: u16,
    events: Vec<RecorderEvent>,
}

impl Rig {
    fn new() -> Rig {
        Rig::with(settings())
    }

    fn with(settings: RecorderSettings) -> Rig {
        let mut store = MemoryStore::new();
        let home = Home::create(&mut store, CODE, QUICK, stamp_at(0), &mut Seeded::new(1)).unwrap();
        Rig::start(store, home, settings, START)
    }

    fn start(store: MemoryStore, home: Home, settings: RecorderSettings, now: u64) -> Rig {
        let recorder = start_recorder(&store, &home, settings, now).unwrap();
        let tick = SpanTick::silent(SPAN, Law::A);
        Rig { store, home, recorder, tick, now, generation: 0, events: Vec::new() }
    }

    /// The power goes and comes back ten seconds later: only what was durable is left.
    fn restart(self) -> Rig {
        let store = self.store.after_power_cut();
        let home = Home::open(&store).unwrap().unwrap();
        let settings = RecorderSettings { life: life(2), ..settings() };
        Rig::start(store, home, settings, self.now + 1000)
    }

    fn begin(&mut self, recording_no: u32, timeslot: u8) -> TrackHandle {
        self.generation += 1;
        let track = TrackHandle { slot: u16::from(timeslot), generation: self.generation };
        self.recorder.handle_command(RecorderCommand::Begin {
            track,
            recording: recording(recording_no),
            call: call(recording_no),
            part: 1,
            leg: leg(u32::from(timeslot)),
            lane: LaneId::new(SPAN, Timeslot(timeslot)),
            law: Law::A,
            stamp: stamp_at(self.now),
            tick: None,
        });
        self.tick.lanes[usize::from(timeslot)] = LaneStamp { track: Some(track), flags: LaneFlags::NONE };
        track
    }

    fn end(&mut self, timeslot: u8) {
        let stamp = std::mem::take(&mut self.tick.lanes[usize::from(timeslot)]);
        let track = stamp.track.unwrap();
        self.recorder.handle_command(RecorderCommand::End { track, tick: Some(Tick(self.now)) });
    }

    fn finish(&mut self, recording_no: u32) {
        let stamp = stamp_at(self.now);
        self.recorder.handle_command(RecorderCommand::Finish { recording: recording(recording_no), stamp });
    }

    fn mark(&mut self, recording_no: u32, at: Sample, mark: Mark) {
        let recording = recording(recording_no);
        self.recorder.handle_command(RecorderCommand::Mark { recording, at: Some(at), mark });
    }

    fn flags(&mut self, timeslot: u8, flags: LaneFlags) {
        self.tick.lanes[usize::from(timeslot)].flags = flags;
    }

    /// Everybody speaks for so many ticks.
    fn talk(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.tick.tick = Tick(self.now);
            for timeslot in 0..frame::LANES as u8 {
                self.tick.clean[usize::from(timeslot)] = said(timeslot, self.now);
            }
            self.recorder.seal_tick(&self.tick);
            self.now += 1;
            self.take_events();
        }
    }

    /// Ticks that the media thread could not hand over.
    fn lose(&mut self, ticks: u64) {
        self.now += ticks;
    }

    fn take_events(&mut self) {
        self.events.extend(std::iter::from_fn(|| self.recorder.poll_event()));
    }

    fn close(&mut self) {
        self.recorder.close();
        self.take_events();
    }

    fn finished(&self) -> Vec<String> {
        let name = |event: &RecorderEvent| match event {
            RecorderEvent::Finished { object, .. } => Some(object.clone()),
            _ => None,
        };
        self.events.iter().filter_map(name).collect()
    }

    /// Keeps the leaves of what has finished, and a signed root, as the journal thread does.
    fn log(&self) {
        let store = Box::new(self.store.clone());
        let (mut leaves, _) =
            Leaves::open(store, self.home.vault(), self.home.log_key(), Box::new(Seeded::new(9))).unwrap();
        for event in &self.events {
            let RecorderEvent::Finished { recording, call, records, chunks, chain_head, commitments, .. } = *event
            else {
                continue;
            };
            leaves.append(Leaf::Finished { recording, call, records, chunks, chain_head, commitments }).unwrap();
        }
        leaves.checkpoint(stamp_at(self.now), self.home.log_key()).unwrap();
    }

    fn opener(&self) -> Opener {
        Opener::new(Box::new(self.store.clone()), CODE).unwrap()
    }

    fn open(&self, recording_no: u32) -> Playback {
        open_recording(&self.store, &object_name(recording(recording_no)), &self.opener()).unwrap()
    }

    fn verify(&self) -> Report {
        verify_vault(&self.store, None).unwrap()
    }
}

fn start_recorder(
    store: &MemoryStore,
    home: &Home,
    settings: RecorderSettings,
    now: u64,
) -> std::io::Result<InlineRecorder> {
    start_sealing(store, home.seal_for(), settings, now)
}

fn start_sealing(
    store: &MemoryStore,
    seal_for: SealFor,
    settings: RecorderSettings,
    now: u64,
) -> std::io::Result<InlineRecorder> {
    let mut seed = now;
    let random = move || {
        seed += 1;
        Box::new(Seeded::new(seed)) as Box<dyn Random + Send>
    };
    InlineRecorder::start(Box::new(store.clone()), seal_for, settings, stamp_at(now), random)
}

/// A box that has one finished and logged recording of two voices.
fn recorded() -> Rig {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.begin(1, 3);
    rig.talk(25);
    rig.end(2);
    rig.end(3);
    rig.finish(1);
    rig.talk(25);
    rig.close();
    rig.log();
    rig
}
