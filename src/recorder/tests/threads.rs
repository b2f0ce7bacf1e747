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

/// How long a tick may take to come back on a loaded machine. A time-out, not a promise.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ticks that a media thread has.
const TICKS: usize = 64;

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
        Media { handles, spare: vec![tick.clone(); TICKS], tick, now: START, dropped: 0 }
    }

    fn begin(&mut self) {
        self.begin_as(1);
    }

    fn begin_as(&mut self, no: u32) {
        let track = TrackHandle { slot: 2, generation: 1 };
        self.tick.lanes[2].track = Some(track);
        let begin = RecorderCommand::Begin {
            track,
            recording: recording(no),
            call: call(no),
            part: 1,
            leg: leg(2),
            lane: LaneId::new(SPAN, Timeslot(2)),
            law: Law::A,
            stamp: stamp_at(START),
            tick: None,
        };
        self.handles.commands.send(begin).unwrap();
    }

    fn take_back(&mut self) {
        while let Ok(tick) = self.handles.tick_back.pop() {
            self.spare.push(tick);
        }
    }

    /// Ticks faster than a card, but not faster than they come back: how soon that is is the machine's affair here.
    fn talk(&mut self, ticks: u64) {
        for _ in 0..ticks {
            let limit = Instant::now() + PATIENCE;
            self.take_back();
            while self.spare.is_empty() {
                assert!(Instant::now() < limit, "no tick comes back");
                std::thread::sleep(Duration::from_millis(1));
                self.take_back();
            }
            self.tick();
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Until all ticks are back: what is on its way when a disk comes back is recorded too.
    fn wait_for_ticks(&mut self) {
        let limit = Instant::now() + PATIENCE;
        while self.spare.len() < TICKS {
            assert!(Instant::now() < limit, "not all ticks come back");
            std::thread::sleep(Duration::from_millis(1));
            self.take_back();
        }
    }

    fn tick(&mut self) {
        self.take_back();
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
        self.end_as(1);
    }

    fn end_as(&mut self, no: u32) {
        let track = self.tick.lanes[2].track.take().unwrap();
        self.handles.commands.send(RecorderCommand::End { track, tick: Some(Tick(self.now)) }).unwrap();
        let stamp = stamp_at(self.now);
        self.handles.commands.send(RecorderCommand::Finish { recording: recording(no), stamp }).unwrap();
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
    let handles = Recorder::start(Box::new(store), home.seal_for(), settings(), || stamp_at(START), || {}).unwrap();
    let mut media = Media::new(handles);
    media.begin();
    media.talk(200);
    media.end();
    media.talk(1);
    let events = media.close();
    assert!(events.iter().any(|event| matches!(event, RecorderEvent::Finished { .. })), "{events:?}");
    let report = verify(dir.path(), &Outside::default()).unwrap();
    assert_eq!(report.findings.iter().map(|found| found.what).collect::<Vec<_>>(), [Finding::NotLogged]);
    assert_eq!(verify_open(dir.path(), CODE, &Outside::default()).unwrap().depth, Depth::Opened);
    let opener = Opener::new(Box::new(FileStore::new(dir.path())), CODE).unwrap();
    let store = FileStore::new(dir.path());
    let [object] = &objects(&store).unwrap()[..] else { panic!("one object") };
    let playback = open_recording(&store, &object.name, &opener).unwrap();
    assert!(playback.parts[0].voices[0].octets == said_between(2, START, START + 200));
}

#[test]
fn a_disk_that_is_full_at_the_start_is_tried_again_and_what_still_goes_on_is_recorded_from_then_on() {
    let mut store = MemoryStore::new();
    let home = Home::create(&mut store, CODE, QUICK, stamp_at(0), &mut OsRandom).unwrap();
    let mine = Box::new(store.clone());
    let handles = Recorder::start(mine, home.seal_for(), settings(), || stamp_at(START), || {}).unwrap();
    let mut killed = Media::new(handles);
    killed.begin_as(1);
    killed.talk(100);
    let wait = PATIENCE;
    while !matches!(killed.handles.events.recv_timeout(wait).unwrap(), RecorderEvent::Stable { .. }) {}
    // Dead in a call, it has a part to close, for which there is no room.
    let store = store.after_kill();
    killed.close();
    store.set_faults(Faults { full: true, ..Faults::default() });
    let mine = Box::new(store.clone());
    let handles = Recorder::start(mine, home.seal_for(), settings(), || stamp_at(START), || {}).unwrap();
    let first = handles.events.recv_timeout(wait).unwrap();
    assert!(matches!(first, RecorderEvent::DiskFailed { what: DiskFault::Full }), "{first:?}");
    let mut media = Media::new(handles);
    media.begin_as(2);
    let gap = media.handles.events.recv_timeout(wait).unwrap();
    assert!(matches!(gap, RecorderEvent::Gap { cause: vault::GapCause::NoKey, .. }), "told at once: {gap:?}");
    media.talk(100);
    media.wait_for_ticks();
    store.set_faults(Faults::default());
    assert_eq!(media.handles.events.recv_timeout(wait).unwrap(), RecorderEvent::DiskBack);
    while !matches!(media.handles.events.recv_timeout(wait).unwrap(), RecorderEvent::Begun { .. }) {}
    let from = media.now;
    media.talk(100);
    media.end_as(2);
    media.talk(1);
    let until = media.now - 1;
    let events = media.close();
    let finished = events.iter().find_map(|event| match event {
        RecorderEvent::Finished { object, recording: of, .. } if *of == recording(2) => Some(object.clone()),
        _ => None,
    });
    let cut =
        |event: &RecorderEvent| matches!(event, RecorderEvent::Finished { recording: of, .. } if *of == recording(1));
    assert!(events.iter().any(cut), "what the life before left open has its end: {events:?}");
    let opener = Opener::new(Box::new(store.clone()), CODE).unwrap();
    let playback = open_recording(&store, &finished.expect("it has its object"), &opener).unwrap();
    assert!(playback.parts[0].voices[0].octets == said_between(2, from, until));
}

/// A recorder whose ring is filled up by one recording, while this fault lasts; and the store.
fn fills_its_ring(breaks: impl Fn(&MemoryStore)) -> (Media, MemoryStore) {
    let mut store = MemoryStore::new();
    let home = Home::create(&mut store, CODE, QUICK, stamp_at(0), &mut OsRandom).unwrap();
    let settings = RecorderSettings { segments: 3, buffer_batches: 20, ..settings() };
    let mine = Box::new(store.clone());
    let handles = Recorder::start(mine, home.seal_for(), settings, || stamp_at(START), || {}).unwrap();
    let mut media = Media::new(handles);
    breaks(&store);
    media.begin();
    while !media.handles.events.try_iter().any(|event| event == RecorderEvent::BufferFull) {
        media.talk(10);
        assert!(media.now < START + 20_000, "the ring has an end");
    }
    (media, store)
}

/// It records again by itself, and what it held is whole.
fn goes_on(mut media: Media, store: &MemoryStore) {
    let limit = Instant::now() + PATIENCE;
    while !media.handles.events.try_iter().any(|event| event == RecorderEvent::DiskBack) {
        assert!(Instant::now() < limit, "the ring stays full");
        media.talk(10);
    }
    let back = media.now;
    media.talk(300);
    media.end();
    let end = media.now;
    media.talk(1);
    media.close();
    let opener = Opener::new(Box::new(store.clone()), CODE).unwrap();
    let playback = open_recording(store, &object_name(recording(1)), &opener).unwrap();
    let [gap] = playback.parts[0].map[..] else { panic!("one gap: {:?}", playback.parts[0].map) };
    let octets = &playback.parts[0].voices[0].octets;
    let until = |tick: u64| (tick - START) as usize * OCTETS_PER_TICK;
    assert!(octets[..until(gap.at.tick().0)] == said_between(2, START, gap.at.tick().0), "all that the ring held");
    assert!(octets[until(back)..] == said_between(2, back, end), "all from then on");
}

#[test]
fn a_ring_that_filled_up_while_no_object_had_room_is_emptied_as_soon_as_there_is_some() {
    let (media, store) =
        fills_its_ring(|store| store.set_faults(Faults { no_growth_of: Some("staged/"), ..Faults::default() }));
    store.set_faults(Faults::default());
    goes_on(media, &store);
}

#[test]
fn a_ring_that_filled_up_while_the_disk_refused_an_object_is_emptied_as_soon_as_it_takes_it() {
    let staged = names::staged_name(recording(1));
    let (media, store) = fills_its_ring(|store| store.refuse_to_change(&staged, true));
    store.refuse_to_change(&staged, false);
    goes_on(media, &store);
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
    let handles = Recorder::start(store, home.seal_for(), settings, || stamp_at(START), || {}).unwrap();
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
