//! The two threads on real files, and a disk that hangs.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use super::*;

/// A media thread: hands ticks over and takes them back, and never waits.
struct Media {
    handles: RecorderHandles,
    tick: Box<SpanTick>,
    spare: Vec<Box<SpanTick>>,
    now: u64,
    dropped: u64,
}

impl Media {
    fn new(handles: RecorderHandles) -> Media {
        let tick = SpanTick::silent(SPAN, Law::A);
        Media { handles, spare: vec![tick.clone(); 64], tick, now: START, dropped: 0 }
    }

    fn begin(&mut self) {
        let track = TrackHandle { slot: 2, generation: 1 };
        self.tick.lanes[2].track = Some(track);
        let begin = RecorderCommand::Begin {
            track,
            recording: recording(1),
            call: call(1),
            part: 1,
            leg: leg(2),
            lane: LaneId::new(SPAN, Timeslot(2)),
            law: Law::A,
            stamp: stamp_at(START),
            tick: None,
        };
        self.handles.commands.send(begin).unwrap();
    }

    fn tick(&mut self) {
        while let Ok(tick) = self.handles.tick_back.pop() {
            self.spare.push(tick);
        }
        match self.spare.pop() {
            Some(mut tick) => {
                tick.clone_from(&self.tick);
                tick.tick = Tick(self.now);
                tick.clean[2] = said(2, self.now);
                self.handles.tick_tx.push(tick).unwrap();
            }
            None => self.dropped += 1,
        }
        self.now += 1;
    }

    fn end(&mut self) {
        let track = self.tick.lanes[2].track.take().unwrap();
        self.handles.commands.send(RecorderCommand::End { track, tick: Some(Tick(self.now)) }).unwrap();
        let stamp = stamp_at(self.now);
        self.handles.commands.send(RecorderCommand::Finish { recording: recording(1), stamp }).unwrap();
    }

    fn close(self) -> Vec<RecorderEvent> {
        let RecorderHandles { commands, events, join, .. } = self.handles;
        drop(commands);
        join.join();
        events.iter().collect()
    }
}

#[test]
fn the_threads_record_to_real_files_that_verify_reads() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = FileStore::new(dir.path());
    let home = Home::create(&mut store, CODE, QUICK, stamp_at(0), &mut OsRandom).unwrap();
    let handles = Recorder::start(Box::new(store), home.seal_for(), settings(), stamp_at(START), || {}).unwrap();
    let mut media = Media::new(handles);
    media.begin();
    for _ in 0..200 {
        media.tick();
        std::thread::sleep(Duration::from_micros(200));
    }
    media.end();
    media.tick();
    assert_eq!(media.dropped, 0);
    let events = media.close();
    assert!(events.iter().any(|event| matches!(event, RecorderEvent::Finished { .. })), "{events:?}");
    let report = verify(dir.path()).unwrap();
    assert_eq!(report.findings.iter().map(|found| found.what).collect::<Vec<_>>(), [Finding::NotLogged]);
    assert_eq!(verify_open(dir.path(), CODE).unwrap().depth, Depth::Opened);
    let opener = Opener::new(Box::new(FileStore::new(dir.path())), CODE).unwrap();
    let store = FileStore::new(dir.path());
    let [object] = &objects(&store).unwrap()[..] else { panic!("one object") };
    let playback = open_recording(&store, &object.name, &opener).unwrap();
    assert!(playback.parts[0].voices[0].octets == said_between(2, START, START + 200));
}

/// A disk that can hang in its flushes.
struct HangingStore {
    files: MemoryStore,
    hangs: Arc<AtomicBool>,
}

impl Store for HangingStore {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.files.octets(name)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.files.read_at(name, offset, into)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.files.write_at(name, offset, octets)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        while self.hangs.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.files.sync(name)
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        self.files.truncate(name, octets)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(from, to)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.files.remove(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.files.list(dir)
    }
}

#[test]
fn a_hung_disk_is_told_while_it_hangs_and_never_keeps_a_tick() {
    let mut files = MemoryStore::new();
    let home = Home::create(&mut files, CODE, QUICK, stamp_at(0), &mut Seeded::new(1)).unwrap();
    let hangs = Arc::new(AtomicBool::new(false));
    let store = Box::new(HangingStore { files: files.clone(), hangs: Arc::clone(&hangs) });
    let settings = RecorderSettings { buffer_batches: 20, ..settings() };
    let handles = Recorder::start(store, home.seal_for(), settings, stamp_at(START), || {}).unwrap();
    let mut media = Media::new(handles);
    media.begin();
    hangs.store(true, SeqCst);
    for _ in 0..400 {
        media.tick();
        std::thread::sleep(Duration::from_micros(200));
    }
    // Every tick comes back although nothing is written.
    let patience = Instant::now() + Duration::from_secs(20);
    while media.spare.len() < 64 && Instant::now() < patience {
        media.spare.extend(media.handles.tick_back.pop().ok());
    }
    assert_eq!(media.spare.len(), 64);
    let told: Vec<_> = media.handles.events.try_iter().collect();
    assert!(told.iter().any(|event| matches!(event, RecorderEvent::DiskSlow { ms: 1_000.. })), "{told:?}");
    assert!(told.contains(&RecorderEvent::BufferFull), "{told:?}");
    hangs.store(false, SeqCst);
    let back = |media: &mut Media| media.handles.events.try_iter().any(|event| event == RecorderEvent::DiskBack);
    while !back(&mut media) && Instant::now() < patience {
        media.tick();
        std::thread::sleep(Duration::from_micros(200));
    }
    media.end();
    let lost = media.dropped;
    let end = media.now;
    let events = media.close();
    assert!(events.iter().any(|event| matches!(event, RecorderEvent::Finished { .. })), "{events:?}");
    let opener = Opener::new(Box::new(files.clone()), CODE).unwrap();
    let playback = open_recording(&files, &object_name(recording(1)), &opener).unwrap();
    let voice = &playback.parts[0].voices[0];
    let gaps: u64 = playback.parts[0]
        .map
        .iter()
        .map(|entry| match entry.mark {
            Mark::Gap { ticks, .. } => ticks,
            _ => 0,
        })
        .sum();
    assert!(gaps > lost, "the stretch without room is marked");
    assert_eq!(voice.kept_ticks + gaps, end - START, "every tick is kept or in a gap");
}
