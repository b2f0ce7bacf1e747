//! The journal's thread: takes events from a channel, writes them in batches, tells those who wait or listen.
//!
//! Whoever tells an event never waits: the channel has room for a disk that hangs for a minute, and an event beyond
//! that is counted and told as lost.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use frame::{EventNo, LifeNo, Stamp};
use tokio::sync::{mpsc as feed, oneshot};

use super::{Event, FileStorage, Follower, IndexFile, Journal, Limits, Log, Record, Storage};

/// At 16 E1 in the busy hour calls tell 160 events a second: a minute of them, and half as many again.
const CHANNEL_MESSAGES: usize = 16_384;

/// The most that is taken from the channel before a sync, so that those who wait for one get their answer.
const BATCH_MESSAGES: usize = 1024;

/// How often what can wait is looked after, where there is something.
const TEND_EVERY: Duration = Duration::from_millis(100);

/// How many records a listener may be behind: a page that is away for a minute.
const FEED_RECORDS: usize = 8192;

/// What the thread is started with.
pub struct JournalConfig {
    /// The log's directory.
    pub events: PathBuf,
    /// The index's file.
    pub index: PathBuf,
    /// The life that writes.
    pub life: LifeNo,
    /// The log's sizes.
    pub limits: Limits,
    /// The vault's leaf sequence, once there is one.
    pub leaves: Option<Box<dyn Follower>>,
    /// The clock, for what the journal tells of itself.
    pub clock: Box<dyn Fn() -> Stamp + Send>,
}

/// An event that is not durable, and won't be soon. It stands in the log's memory and is written when that is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event not on disk")]
pub struct NotDurable {
    /// Its number; none where there was no room even in memory.
    pub no: Option<EventNo>,
}

/// What the thread is asked.
enum Message {
    Append { stamp: Stamp, event: Event },
    AppendDurable { stamp: Stamp, event: Event, reply: Reply },
    Listen { feed: feed::Sender<Arc<Record>> },
    Settle { reply: oneshot::Sender<EventNo> },
    NotYetOnDisk { reply: oneshot::Sender<Vec<Record>> },
    DoubtIndex,
    Wake,
    Stop,
}

type Reply = oneshot::Sender<Result<EventNo, NotDurable>>;

/// Tells the journal. Cheap to clone; none of its functions waits.
#[derive(Clone, Debug)]
pub struct JournalHandle {
    sender: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

impl JournalHandle {
    /// Tells an event. One that the channel has no room for is counted as lost.
    pub fn append(&self, stamp: Stamp, event: impl Into<Event>) {
        let event = event.into();
        if self.sender.try_send(Message::Append { stamp, event }).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Tells an event and answers when it is durable, or as soon as it is known that it won't be. How long to wait is
    /// the caller's to say; an answer that is dropped means [`NotDurable`] too.
    pub fn append_durable(
        &self,
        stamp: Stamp,
        event: impl Into<Event>,
    ) -> oneshot::Receiver<Result<EventNo, NotDurable>> {
        let (reply, answer) = oneshot::channel();
        let message = Message::AppendDurable { stamp, event: event.into(), reply };
        if let Err(TrySendError::Full(Message::AppendDurable { reply, .. })) = self.sender.try_send(message) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            self::answer(reply, Err(NotDurable { no: None }));
        }
        answer
    }

    /// The records from now on, each once it is durable. A listener that falls behind is let go: its feed ends, and it
    /// may read the index and listen again.
    pub fn listen(&self) -> feed::Receiver<Arc<Record>> {
        let (feed, records) = feed::channel(FEED_RECORDS);
        // A full channel ends the feed at once, as falling behind does.
        let _ = self.sender.try_send(Message::Listen { feed });
        records
    }

    /// Answers with the last durable number, once all that was told before is written and indexed, or found to be
    /// impossible to write.
    pub fn settle(&self) -> oneshot::Receiver<EventNo> {
        let (reply, answer) = oneshot::channel();
        let _ = self.sender.try_send(Message::Settle { reply });
        answer
    }

    /// What is kept in memory because no disk takes it.
    pub fn not_yet_on_disk(&self) -> oneshot::Receiver<Vec<Record>> {
        let (reply, answer) = oneshot::channel();
        let _ = self.sender.try_send(Message::NotYetOnDisk { reply });
        answer
    }

    /// Has those who follow the log do what time asks of them. Where messages come, that happens anyway.
    pub fn wake(&self) {
        let _ = self.sender.try_send(Message::Wake);
    }

    /// Tells that a reader met damage in the index: it is looked at, and made again where that is so. A full channel
    /// loses this; the next reader tells it again.
    pub fn doubt_index(&self) {
        let _ = self.sender.try_send(Message::DoubtIndex);
    }

    /// Ends the thread after what was told before. Waits for room in the channel; not for call control.
    pub fn stop(&self) {
        let _ = self.sender.send(Message::Stop);
    }
}

/// Starts the journal. When this returns the log is open, and the index has caught up with it or an alarm is raised.
pub fn start(config: JournalConfig) -> io::Result<(JournalHandle, JoinHandle<()>)> {
    let now = (config.clock)();
    let (log, opened) = Log::open(FileStorage::new(&config.events), config.limits, config.life)?;
    let index = IndexFile::new(&config.index, FileStorage::new(&config.events));
    let mut journal = Journal::new(log, opened, config.leaves, Some(Box::new(index)), now);
    journal.sync(now);
    let (sender, messages) = mpsc::sync_channel(CHANNEL_MESSAGES);
    let lost = Arc::new(AtomicU64::new(0));
    let mut shell = Shell { journal, clock: config.clock, lost: lost.clone(), asked: Asked::default(), feeds: vec![] };
    let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || shell.run(&messages))?;
    Ok((JournalHandle { sender, lost }, thread))
}

/// The thread's own.
struct Shell<S> {
    journal: Journal<S>,
    clock: Box<dyn Fn() -> Stamp + Send>,
    lost: Arc<AtomicU64>,
    asked: Asked,
    feeds: Vec<feed::Sender<Arc<Record>>>,
}

/// Those who wait for the next sync.
#[derive(Default)]
struct Asked {
    durable: Vec<(EventNo, Reply)>,
    settle: Vec<oneshot::Sender<EventNo>>,
}

impl<S: Storage> Shell<S> {
    fn run(&mut self, messages: &Receiver<Message>) {
        let mut runs = true;
        let mut tended = (self.clock)();
        while runs {
            // By the clock, not by silence: a box in its busy hour is never silent, and its reserve must fill all the same.
            let now = (self.clock)();
            if !self.journal.is_at_rest() && now.since(&tended) >= TEND_EVERY {
                tended = now;
                self.journal.tend(now);
                self.tell();
            }
            match self.wait(messages) {
                Ok(first) => {
                    runs = self.take(first);
                    for message in messages.try_iter().take(BATCH_MESSAGES) {
                        runs &= self.take(message);
                    }
                    self.sync();
                }
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => runs = false,
            }
        }
        self.sync();
        self.journal.end((self.clock)());
    }

    fn wait(&self, messages: &Receiver<Message>) -> Result<Message, RecvTimeoutError> {
        if self.journal.is_at_rest() {
            return messages.recv().map_err(|_| RecvTimeoutError::Disconnected);
        }
        messages.recv_timeout(TEND_EVERY)
    }

    /// Takes a message; false = stop.
    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::Append { stamp, event } => {
                // A refusal is counted by the journal and told as an event.
                let _ = self.journal.append(stamp, event);
            }
            Message::AppendDurable { stamp, event, reply } => match self.journal.append(stamp, event) {
                Ok(no) => self.asked.durable.push((no, reply)),
                Err(_) => answer(reply, Err(NotDurable { no: None })),
            },
            Message::Listen { feed } => self.feeds.push(feed),
            Message::Settle { reply } => self.asked.settle.push(reply),
            Message::NotYetOnDisk { reply } => answer(reply, self.journal.not_yet_on_disk().cloned().collect()),
            // The sync that follows every message is what was wanted.
            Message::Wake => (),
            Message::DoubtIndex => self.journal.doubt_index(),
            Message::Stop => return false,
        }
        true
    }

    fn sync(&mut self) {
        self.journal.note_lost(self.lost.swap(0, Ordering::Relaxed));
        self.journal.sync((self.clock)());
        self.tell();
    }

    /// Tells the listeners, then those who wait. Who no longer listens is let go.
    fn tell(&mut self) {
        while let Some(record) = self.journal.poll_output() {
            let record = Arc::new(record);
            self.feeds.retain(|feed| feed.try_send(record.clone()).is_ok());
        }
        let durable_no = self.journal.durable_no();
        for (no, reply) in self.asked.durable.drain(..) {
            answer(reply, if no <= durable_no { Ok(no) } else { Err(NotDurable { no: Some(no) }) });
        }
        for reply in self.asked.settle.drain(..) {
            answer(reply, durable_no);
        }
    }
}

/// Answers; who has stopped waiting in the meantime misses nothing.
fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    let _ = reply.send(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{
        BoxEvent, IndexReader,
        sample::{CALL, queued_call, stamp},
    };
    use std::{fs, path::Path};

    fn config(dir: &Path) -> JournalConfig {
        let events = dir.join("events");
        fs::create_dir_all(&events).unwrap();
        JournalConfig {
            events,
            index: dir.join("index.db"),
            life: LifeNo(1),
            limits: Limits { segment_octets: 1 << 16, ..Limits::default() },
            leaves: None,
            clock: Box::new(|| stamp(60_000)),
        }
    }

    #[test]
    fn what_finds_no_room_on_its_way_to_a_log_that_hangs_is_counted_and_told_at_once_to_who_waits_for_it() {
        let (sender, messages) = mpsc::sync_channel(1);
        let journal = JournalHandle { sender, lost: Arc::new(AtomicU64::new(0)) };
        let mut events = queued_call().into_iter();
        let (ms, first) = events.next().unwrap();
        journal.append(stamp(ms), first);
        let (ms, second) = events.next().unwrap();
        assert_eq!(journal.append_durable(stamp(ms), second).try_recv(), Ok(Err(NotDurable { no: None })));
        let (ms, third) = events.next().unwrap();
        journal.append(stamp(ms), third);
        assert_eq!((journal.lost.load(Ordering::Relaxed), messages.try_iter().count()), (2, 1));
    }

    #[test]
    fn what_was_told_is_on_disk_when_it_is_settled_and_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, thread) = start(config(dir.path())).unwrap();
        let mut feed = journal.listen();
        for (ms, event) in queued_call() {
            journal.append(stamp(ms), event);
        }
        assert_eq!(journal.settle().blocking_recv(), Ok(EventNo(16)));
        let heard: Vec<Arc<Record>> = std::iter::from_fn(|| feed.try_recv().ok()).collect();
        let events = IndexReader::open(&dir.path().join("index.db")).unwrap().events(CALL).unwrap();
        assert!(heard.iter().map(|record| &**record).eq(&events) && events.len() == 16);
        journal.stop();
        thread.join().unwrap();
        let (journal, thread) = start(config(dir.path())).unwrap();
        let answer = journal.append_durable(stamp(70_000), BoxEvent::Stopped).blocking_recv();
        assert_eq!(answer, Ok(Ok(EventNo(17))));
        drop(journal);
        thread.join().unwrap();
    }

    #[test]
    fn an_intent_that_no_disk_takes_is_refused_with_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, thread) = start(config(dir.path())).unwrap();
        // The directory becomes a file: nothing can be made in it, whoever tries.
        fs::remove_dir_all(dir.path().join("events")).unwrap();
        fs::write(dir.path().join("events"), "").unwrap();
        let answer = journal.append_durable(stamp(1), BoxEvent::Stopping).blocking_recv().unwrap();
        let Err(NotDurable { no: Some(no) }) = answer else { panic!("{answer:?}") };
        let waiting = journal.not_yet_on_disk().blocking_recv().unwrap();
        assert!(waiting.iter().any(|record| record.no == no));
        fs::remove_file(dir.path().join("events")).unwrap();
        fs::create_dir(dir.path().join("events")).unwrap();
        while journal.settle().blocking_recv().unwrap() < no {}
        journal.stop();
        thread.join().unwrap();
    }

    #[test]
    fn a_listener_that_falls_behind_is_let_go_and_nobody_waits_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, thread) = start(config(dir.path())).unwrap();
        let mut feed = journal.listen();
        let events = FEED_RECORDS as u64 + 10;
        for no in 0..events {
            journal.append(stamp(no), BoxEvent::Stopping);
        }
        assert_eq!(journal.settle().blocking_recv(), Ok(EventNo(events)));
        let heard = std::iter::from_fn(|| feed.blocking_recv()).count();
        assert_eq!(heard, FEED_RECORDS);
        journal.stop();
        thread.join().unwrap();
    }
}
