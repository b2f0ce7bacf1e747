//! The recorder's two threads: thin shells around the sealer and the flusher.
//!
//! Ticks come and go over `rtrb` rings, so the media thread never waits or allocates. Between sealer and flusher stands
//! the buffer of [`RecorderSettings::buffer_batches`], made at the start. The sealer's only waiting is a short nap.

use std::{
    collections::{BTreeMap, VecDeque},
    io, mem,
    sync::mpsc::{self, Receiver, Sender, TryRecvError},
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

use frame::{SpanTick, Stamp};
use rtrb::{Consumer, Producer, RingBuffer};

use super::{
    Flusher, OpenRecording, RecorderCommand, RecorderEvent, RecorderSettings, SealFor,
    batch::SealedBatch,
    late_start::{FirstStart, Ready, Unready},
    store::Store,
};

/// Ticks that the rings to and from the media thread hold: 16 spans for half a second.
const TICK_RING: usize = 1024;

/// How long the sealer naps when it has nothing to do. Less than half a tick: it gives each tick back within one. A thousand
/// naps a second would cost more than the encryption.
pub(super) const NAP: Duration = Duration::from_millis(4);

/// How long it naps when it has just taken ticks: the next ones come a tick after these, which had waited for one nap at most.
const NAP_AFTER_TICKS: Duration = Duration::from_millis(8);

/// How long the flusher rests when it has nothing to do. A batch wakes it.
const REST: Duration = Duration::from_millis(20);

/// Batches that wait longer than this make the disk slow: 1 s.
const SLOW_BATCHES: usize = 10;

/// Milliseconds of a batch.
const BATCH_MS: u32 = 100;

/// The running recorder.
pub struct RecorderHandles {
    /// The media thread's: filled ticks go in.
    pub tick_tx: Producer<Box<SpanTick>>,
    /// The media thread's: read ticks come back.
    pub tick_back: Consumer<Box<SpanTick>>,
    /// Control's. When it and all its clones are dropped, the recorder seals what it has and ends.
    pub commands: Sender<RecorderCommand>,
    /// Control's.
    pub events: Receiver<RecorderEvent>,
    /// Recordings of an earlier life that wait for another part (`Begin`) or for their end (`Finish`).
    pub open: Vec<OpenRecording>,
    /// The threads; joined after `commands` was dropped.
    pub join: RecorderJoin,
}

/// The recorder's threads.
pub struct RecorderJoin {
    sealer: JoinHandle<()>,
    flusher: JoinHandle<()>,
}

impl RecorderJoin {
    /// Waits until everything is written. Returns at once where a thread has panicked, which its hook has told.
    pub fn join(self) {
        let _ = self.sealer.join();
        let _ = self.flusher.join();
    }
}

/// The recorder.
pub struct Recorder;

impl Recorder {
    /// Recovers what `store` holds, and starts the threads `sealer` and `flusher`. `wake` is called when there is an
    /// event, from either thread; `clock` makes stamps.
    ///
    /// A disk that refuses is told as an event and tried again, and calls go on unrecorded: each is told as such.
    ///
    /// # Errors
    /// When the process may not start threads.
    pub fn start(
        store: Box<dyn Store>,
        seal_for: SealFor,
        settings: RecorderSettings,
        clock: impl Fn() -> Stamp + Clone + Send + 'static,
        wake: impl Fn() + Clone + Send + 'static,
    ) -> io::Result<RecorderHandles> {
        let (tick_tx, ticks) = RingBuffer::new(TICK_RING);
        let (ticks_back, tick_back) = RingBuffer::new(TICK_RING);
        let (commands, commands_rx) = mpsc::channel();
        let (events_tx, events) = mpsc::channel();
        let (full, full_rx) = RingBuffer::new(settings.buffer_batches);
        let (mut empty_tx, empty) = RingBuffer::new(settings.buffer_batches);
        while !empty_tx.is_full() {
            // There is room; two voices make a recording as a rule, and one at least.
            let _ = empty_tx.push(Box::new(SealedBatch::with_room(settings.batch_octets(), settings.voices)));
        }
        let capacity = settings.buffer_batches;
        let tell = Tell { events: events_tx, wake };
        let (ready, resume) = mpsc::channel();
        let first = FirstStart { vault: seal_for.vault, settings: settings.clone(), clock: clock.clone(), ready };
        let (flusher, open) = match first.try_start(store) {
            Ok((flusher, open)) => (Ok(flusher), open),
            Err((store, error)) => {
                tell.one(RecorderEvent::DiskFailed { what: error.into() });
                (Err(store), Vec::new())
            }
        };
        let sealer = Unready {
            settings,
            seal_for,
            resume,
            ticks,
            ticks_back,
            commands: commands_rx,
            clock,
            begun: vec![],
            calls: BTreeMap::new(),
        };
        let (told, flushing) = (tell.clone(), FlusherRings { full: full_rx, empty: empty_tx });
        let flusher = thread::Builder::new().name("flusher".into()).spawn(move || {
            let started = flusher.or_else(|store| first.until_started(store, &flushing, &tell));
            if let Ok(flusher) = started {
                FlusherShell { flusher, rings: flushing, waiting: VecDeque::new(), refused: None, tell }.run();
            }
        })?;
        let wakes = flusher.thread().clone();
        let sealer = thread::Builder::new().name("sealer".into()).spawn(move || {
            if let Some(ready) = sealer.until_ready(&told) {
                SealerShell { ready, full, empty, wakes, capacity, slow: false, tell: told }.run();
            }
        })?;
        let join = RecorderJoin { sealer, flusher };
        Ok(RecorderHandles { tick_tx, tick_back, commands, events, open, join })
    }
}

#[derive(Clone)]
pub(super) struct Tell<W> {
    events: Sender<RecorderEvent>,
    wake: W,
}

impl<W: Fn()> Tell<W> {
    pub(super) fn one(&self, event: RecorderEvent) {
        let mut event = Some(event);
        self.all(|| event.take());
    }

    fn all(&self, mut poll: impl FnMut() -> Option<RecorderEvent>) {
        while let Some(event) = poll() {
            // Nobody listens any more when the daemon ends.
            let _ = self.events.send(event);
            (self.wake)();
        }
    }
}

struct SealerShell<W> {
    ready: Ready,
    full: Producer<Box<SealedBatch>>,
    empty: Consumer<Box<SealedBatch>>,
    /// The flusher's thread. To wake it waits for nothing.
    wakes: Thread,
    capacity: usize,
    slow: bool,
    tell: Tell<W>,
}

impl<W: Fn()> SealerShell<W> {
    fn run(mut self) {
        let mut nap = NAP;
        loop {
            let tick = self.ready.ticks.pop();
            // After the tick was taken: a track is told before the first tick that carries it.
            let ended = self.take_commands();
            match tick {
                Ok(tick) => {
                    self.seal(tick);
                    nap = NAP_AFTER_TICKS;
                }
                Err(_) if ended => break,
                Err(_) => thread::sleep(mem::replace(&mut nap, NAP)),
            }
            self.watch_disk();
            self.tell.all(|| self.ready.sealer.poll_event());
        }
        self.close();
    }

    /// Takes all commands. Tells whether nobody can send another.
    fn take_commands(&mut self) -> bool {
        loop {
            match self.ready.commands.try_recv() {
                Ok(command) => self.ready.sealer.handle_command(command),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => return true,
            }
        }
    }

    fn seal(&mut self, tick: Box<SpanTick>) {
        self.ready.sealer.seal_tick(&tick);
        // The ring back is as long as the one here; a media thread that is gone needs no ticks.
        let _ = self.ready.ticks_back.push(tick);
        if !self.ready.sealer.batch_due() {
            return;
        }
        match self.empty.pop() {
            Ok(mut batch) => {
                self.ready.sealer.close_batch(&mut batch);
                self.push(batch);
            }
            Err(_) => self.ready.sealer.give_up(),
        }
    }

    fn push(&mut self, batch: Box<SealedBatch>) {
        // There is room: no more batches exist than the ring holds.
        let _ = self.full.push(batch);
        self.wakes.unpark();
    }

    /// Batches that are not back are not durable. Seen from here even when the flusher hangs in the kernel.
    fn watch_disk(&mut self) {
        let waiting = self.capacity - self.empty.slots().min(self.capacity);
        let ms = u32::try_from(waiting).unwrap_or(u32::MAX).saturating_mul(BATCH_MS);
        let event = match (self.slow, waiting) {
            (false, SLOW_BATCHES..) => RecorderEvent::DiskSlow { ms },
            (true, 0..=1) => RecorderEvent::DiskBack,
            _ => return,
        };
        self.slow = !self.slow;
        self.tell.one(event);
    }

    /// The last batch: what is held back is sealed too. Waits for room, since no tick comes any more.
    fn close(mut self) {
        while let Ok(tick) = self.ready.ticks.pop() {
            self.ready.sealer.seal_tick(&tick);
        }
        while !self.full.is_abandoned() {
            if let Ok(mut batch) = self.empty.pop() {
                self.ready.sealer.close_all(&mut batch);
                self.push(batch);
                break;
            }
            thread::sleep(NAP);
        }
        self.tell.all(|| self.ready.sealer.poll_event());
    }
}

/// Batches from the sealer, and back to it.
pub(super) struct FlusherRings {
    pub(super) full: Consumer<Box<SealedBatch>>,
    empty: Producer<Box<SealedBatch>>,
}

struct FlusherShell<W> {
    flusher: Flusher,
    rings: FlusherRings,
    /// The batch that the disk has not taken yet.
    waiting: VecDeque<Box<SealedBatch>>,
    /// When the disk is given the copy again that it did not take, and how long that was put off.
    refused: Option<(Instant, Duration)>,
    tell: Tell<W>,
}

/// How long the flusher waits before it gives the disk the same batch again.
pub(super) const RETRY: Duration = Duration::from_millis(100);

/// How long it leaves a disk alone that does not take a copy, at first; twice as long each time it still does not, and
/// [`COPY_RETRY_MAX`] at most: who makes room sees soon that it is used. Batches are written meanwhile.
const COPY_RETRY: Duration = Duration::from_millis(20);
const COPY_RETRY_MAX: Duration = Duration::from_secs(1);

/// How often it tries the last batches when the daemon ends: 5 s, what a service manager allows at least.
const LAST_TRIES: u32 = 50;

impl<W: Fn()> FlusherShell<W> {
    fn run(mut self) {
        let mut tries = LAST_TRIES;
        loop {
            let ended = self.rings.full.is_abandoned();
            let worked = self.flush_next();
            self.tell.all(|| self.flusher.poll_event());
            match worked {
                // A ring without a free segment gets one by copying alone.
                Flush::Failed if self.step(false) => {}
                Flush::Failed if ended && tries == 0 => break,
                Flush::Failed => {
                    tries -= u32::from(ended);
                    thread::sleep(RETRY);
                }
                Flush::Done => {}
                Flush::Nothing if self.step(ended) => {}
                Flush::Nothing if ended => break,
                Flush::Nothing => thread::park_timeout(REST),
            }
        }
        self.tell.all(|| self.flusher.poll_event());
    }

    /// Copies a little. At the end only what is finished: the rest waits for the next start.
    fn step(&mut self, ended: bool) -> bool {
        let rests = self.refused.is_some_and(|(until, _)| Instant::now() < until);
        if rests && !ended {
            return false;
        }
        let worked = (!ended || self.flusher.has_finished()) && self.flusher.step();
        let put_off = |before: Option<(Instant, Duration)>| {
            let rest = before.map_or(COPY_RETRY, |(_, rest)| (rest * 2).min(COPY_RETRY_MAX));
            (Instant::now() + rest, rest)
        };
        self.refused = self.flusher.is_stuck().then(|| put_off(self.refused));
        self.tell.all(|| self.flusher.poll_event());
        worked
    }

    fn flush_next(&mut self) -> Flush {
        if self.waiting.is_empty() {
            self.waiting.extend(self.rings.full.pop());
        }
        let Some(batch) = self.waiting.front() else { return Flush::Nothing };
        if !self.flusher.flush(batch) {
            return Flush::Failed;
        }
        if let Some(mut batch) = self.waiting.pop_front() {
            batch.clear();
            let _ = self.rings.empty.push(batch);
        }
        Flush::Done
    }
}

enum Flush {
    Done,
    Failed,
    Nothing,
}
