//! An hour of two voices: opened, and heard from its middle on.

use std::{io, path::Path, time::Instant};

use frame::{
    BootNo, CallId, LaneFlags, LaneId, LaneStamp, Law, LegId, LifeNo, OCTETS_PER_TICK, RecordingId, SpanId, SpanTick,
    Stamp, Tick, Time, Timeslot, TrackHandle, Utc,
};
use ringfence::recorder::{
    FileStore, Home, InlineRecorder, OpenedRecording, Opener, RecorderCommand, RecorderSettings, Store,
};
use vault::{Random, Seeded};

use crate::{
    CODE, Failed,
    figure::{figure, median},
};

const TICKS: u64 = 360_000;
const RECORDING: RecordingId = RecordingId::new(LifeNo(1), 1);

/// What a player asks for at once: four seconds of both voices.
const PIECE_OCTETS: u64 = 64 << 10;

pub fn run(voices: &[Vec<u8>], folder: &Path, home: &Home) -> Result<(), Failed> {
    record(voices, folder, home)?;
    let store = || Box::new(FileStore::new(folder)) as Box<dyn Store>;
    let opener = Opener::new(store(), CODE)?;
    let opened_at = Instant::now();
    let opened = OpenedRecording::open(store(), RECORDING, &opener)?;
    let open_ms = opened_at.elapsed().as_secs_f64() * 1000.0;
    let octets = opened.file_octets();
    if octets < 2 * TICKS * OCTETS_PER_TICK as u64 {
        return Err(format!("an hour of two voices has {octets} octets").into());
    }
    let seek = |no: u64| {
        // About the middle, each time elsewhere.
        let from = octets / 2 + no * 977_777 % (octets / 8);
        let at = Instant::now();
        let piece = opened.read(from..from + PIECE_OCTETS)?;
        assert_eq!(piece.len() as u64, PIECE_OCTETS, "a piece of the middle is whole");
        Ok(at.elapsed().as_secs_f64() * 1000.0)
    };
    let seeks = (0..21).map(seek).collect::<Result<Vec<f64>, Failed>>()?;
    figure("vault.open_hour_ms", open_ms, "ms");
    figure("vault.seek_ms", median(seeks.clone()), "ms");
    figure("vault.seek_ms.max", seeks.into_iter().fold(0.0, f64::max), "ms");
    Ok(())
}

/// Records it as fast as it goes, without flushes: only the reading is measured.
fn record(voices: &[Vec<u8>], folder: &Path, home: &Home) -> Result<(), Failed> {
    let settings = RecorderSettings::new(LifeNo(1), BootNo(1));
    let store = Box::new(Unflushed(FileStore::new(folder)));
    let mut seed = 0;
    let random = move || {
        seed += 1;
        Box::new(Seeded::new(seed)) as Box<dyn Random + Send>
    };
    let mut recorder = InlineRecorder::start(store, home.seal_for(), settings, stamp(), random)?;
    let mut tick = SpanTick::silent(SpanId(0), Law::A);
    for slot in [1_u8, 2] {
        let track = TrackHandle { slot: u16::from(slot), generation: 1 };
        let leg = LegId::new(LifeNo(1), u32::from(slot));
        recorder.handle_command(RecorderCommand::Begin {
            track,
            recording: RECORDING,
            call: CallId::new(LifeNo(1), 1),
            part: 1,
            leg,
            lane: LaneId::new(SpanId(0), Timeslot(slot)),
            law: Law::A,
            stamp: stamp(),
            tick: None,
        });
        tick.lanes[usize::from(slot)] = LaneStamp { track: Some(track), flags: LaneFlags::NONE };
    }
    for no in 0..TICKS {
        tick.tick = Tick(1_000 + no);
        for slot in [1, 2] {
            let voice = &voices[slot % voices.len()];
            let at = no as usize * OCTETS_PER_TICK % (voice.len() - OCTETS_PER_TICK);
            tick.clean[slot].copy_from_slice(&voice[at..at + OCTETS_PER_TICK]);
        }
        recorder.seal_tick(&tick);
    }
    for slot in [1, 2] {
        let track = TrackHandle { slot, generation: 1 };
        recorder.handle_command(RecorderCommand::End { track, tick: Some(Tick(1_000 + TICKS)) });
    }
    recorder.handle_command(RecorderCommand::Finish { recording: RECORDING, stamp: stamp() });
    recorder.close();
    Ok(())
}

fn stamp() -> Stamp {
    Stamp { boot: BootNo(1), time: Time::from_us(0), utc: Utc::from_us(1_795_000_000_000_000) }
}

/// Files that are not flushed.
struct Unflushed(FileStore);

impl Store for Unflushed {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.0.octets(name)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(name, offset, into)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.0.write_at(name, offset, octets)
    }

    fn sync(&mut self, _name: &str) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        self.0.truncate(name, octets)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.0.list(dir)
    }
}
