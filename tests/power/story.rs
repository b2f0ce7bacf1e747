//! What is recorded below the cuts: the calls, what their parties say, and what the recorder had promised at which moment.
//!
//! The program in the virtual machine tells it, and whoever looks at the disk afterwards holds the vault to it.

use frame::{
    BootNo, CallId, LaneFlags, LaneId, LaneStamp, Law, LegId, LifeNo, OCTETS_PER_TICK, Octets, RecordingId, SpanId,
    SpanTick, Stamp, Tick, Time, Timeslot, TrackHandle, Utc,
};
use ringfence::recorder::{Home, InlineRecorder, RecorderCommand, RecorderEvent, RecorderSettings, Store};
use vault::{Random, Seeded};

/// The owner's code.
pub const CODE: &[u8] = b"4711-0815";

/// The first tick: not 0, as after some minutes of running.
pub const START: u64 = 1_000;

/// Ticks of the story: 12 s.
pub const TICKS: u64 = 1_200;

/// Calls: recording, timeslots, first and last tick after the start. Enough that each segment of the ring comes round again.
pub const CALLS: [(u32, [u8; 2], u64, u64); 6] = [
    (1, [2, 3], 0, 150),
    (2, [4, 5], 40, 1_100),
    (3, [6, 7], 200, 420),
    (4, [8, 9], 430, 700),
    (5, [10, 11], 500, 1_190),
    (6, [12, 13], 800, 1_150),
];

const SPAN: SpanId = SpanId(1);

/// What must be there after a cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Everybody has spoken up to this tick.
    pub spoken_to: u64,
    /// All before this one is durable.
    pub durable_to: u64,
    /// Leaves under a signed root.
    pub signed_leaves: u64,
}

pub fn recording(no: u32) -> RecordingId {
    RecordingId::new(LifeNo(1), no)
}

pub fn stamp_at(tick: u64) -> Stamp {
    let us = tick * 10_000;
    Stamp { boot: BootNo(3), time: Time::from_us(us), utc: Utc::from_us(1_700_000_000_000_000 + us as i64) }
}

/// What the party on a timeslot says in a tick.
pub fn said(timeslot: u8, tick: u64) -> Octets {
    std::array::from_fn(|at| {
        let sample = tick * OCTETS_PER_TICK as u64 + at as u64;
        (sample.wrapping_mul(2_654_435_761).wrapping_add(u64::from(timeslot) * 97) >> 7) as u8
    })
}

/// A small ring, so that segments are freed and used again.
fn settings(life: LifeNo) -> RecorderSettings {
    RecorderSettings { segment_octets: 64 << 10, segments: 8, ..RecorderSettings::new(life, BootNo(3)) }
}

/// A recorder and whoever speaks.
pub struct Teller {
    pub recorder: InlineRecorder,
    tick: Box<SpanTick>,
    now: u64,
}

impl Teller {
    pub fn start(store: Box<dyn Store>, home: &Home, life: u32, now: u64) -> std::io::Result<Teller> {
        let mut seed = now;
        let random = move || {
            seed += 1;
            Box::new(Seeded::new(seed)) as Box<dyn Random + Send>
        };
        let recorder = InlineRecorder::start(store, home.seal_for(), settings(LifeNo(life)), stamp_at(now), random)?;
        Ok(Teller { recorder, tick: SpanTick::silent(SPAN, Law::A), now })
    }

    /// One tick of the story: calls begin and end, everybody speaks.
    pub fn tell(&mut self, tick: u64) {
        for (no, timeslots, from, to) in CALLS {
            if tick == from {
                timeslots.into_iter().for_each(|timeslot| self.begin(no, timeslot));
            } else if tick == to {
                timeslots.into_iter().for_each(|timeslot| self.end(timeslot));
                self.finish(no);
            }
        }
        self.tick.tick = Tick(self.now);
        for (at, octets) in self.tick.clean.iter_mut().enumerate() {
            *octets = said(at as u8, self.now);
        }
        self.recorder.seal_tick(&self.tick);
        self.now += 1;
    }

    fn begin(&mut self, no: u32, timeslot: u8) {
        let track = TrackHandle { slot: u16::from(timeslot), generation: no as u16 };
        self.recorder.handle_command(RecorderCommand::Begin {
            track,
            recording: recording(no),
            call: CallId::new(LifeNo(1), no),
            part: 1,
            leg: LegId::new(LifeNo(1), u32::from(timeslot)),
            lane: LaneId::new(SPAN, Timeslot(timeslot)),
            law: Law::A,
            stamp: stamp_at(self.now),
            tick: None,
        });
        self.tick.lanes[usize::from(timeslot)] = LaneStamp { track: Some(track), flags: LaneFlags::NONE };
    }

    fn end(&mut self, timeslot: u8) {
        let stamp = std::mem::take(&mut self.tick.lanes[usize::from(timeslot)]);
        if let Some(track) = stamp.track {
            self.recorder.handle_command(RecorderCommand::End { track, tick: Some(Tick(self.now)) });
        }
    }

    pub fn finish(&mut self, no: u32) {
        self.recorder.handle_command(RecorderCommand::Finish { recording: recording(no), stamp: stamp_at(self.now) });
    }

    pub fn events(&mut self) -> Vec<RecorderEvent> {
        std::iter::from_fn(|| self.recorder.poll_event()).collect()
    }
}
