//! A follower on a thread of its own, so that a disk that hangs under it holds up nobody else.
//!
//! The vault has a file system of its own. Were its leaves written by the journal's thread, that thread would hang with
//! them, and neither the index nor the page would learn of the alarm that says so. What the follower does not finish in
//! [`PATIENCE`] is told as a failure and asked for again; meanwhile it is behind, and what needs a leaf is refused.

use std::{
    io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError},
    thread,
    time::Duration,
};

use frame::{EventNo, Stamp};

use super::{BoxEvent, FollowError, Follower, Record};

/// How long a follower is waited for: a slow flush, and little of the five seconds in which an alarm has to be seen. Tests in which
/// none hangs run on machines that do other things.
const PATIENCE: Duration = if cfg!(test) { Duration::from_secs(30) } else { Duration::from_millis(500) };

/// How long it is waited for when the daemon ends: what a service manager allows at least.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

enum Task {
    Follow(Vec<Record>),
    Tend(Stamp),
    End(Stamp),
}

/// How far the follower has come, what it has to tell, and how its task went.
type Done = (EventNo, Vec<BoxEvent>, Result<(), FollowError>);

/// A follower beside the journal's thread. One that has nothing to start over from, and nothing to get ready.
pub struct Beside {
    /// `None` once the follower is to end.
    tasks: Option<SyncSender<Task>>,
    done: Receiver<Done>,
    is_at_work: bool,
    last_no: EventNo,
    told: Vec<BoxEvent>,
    patience: Duration,
}

impl Beside {
    /// Starts the thread `name`.
    ///
    /// # Errors
    /// When the process may not start threads.
    pub fn start(name: &str, follower: Box<dyn Follower>) -> io::Result<Beside> {
        Beside::with_patience(name, follower, PATIENCE)
    }

    fn with_patience(name: &str, mut follower: Box<dyn Follower>, patience: Duration) -> io::Result<Beside> {
        let last_no = follower.last_no();
        // One task at a time, and one answer: neither side ever waits to hand over.
        let (tasks, asked) = mpsc::sync_channel(1);
        let (tell, done) = mpsc::sync_channel(1);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Ok(task) = asked.recv() {
                let how = match task {
                    Task::Follow(records) => follower.follow(&records),
                    Task::Tend(now) => follower.tend(now),
                    Task::End(now) => follower.end(now),
                };
                if tell.send((follower.last_no(), follower.take_told(), how)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Beside { tasks: Some(tasks), done, is_at_work: false, last_no, told: Vec::new(), patience })
    }

    fn ask(&mut self, task: Task) -> Result<(), FollowError> {
        self.ready()?;
        let tasks = self.tasks.as_ref().ok_or_else(gone)?;
        tasks.send(task).map_err(|_| gone())?;
        self.is_at_work = true;
        let done = self.done.recv_timeout(self.patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => hangs(),
            RecvTimeoutError::Disconnected => gone(),
        })?;
        self.take(done)
    }

    fn take(&mut self, (last_no, told, how): Done) -> Result<(), FollowError> {
        self.is_at_work = false;
        self.last_no = last_no;
        self.told.extend(told);
        how
    }
}

impl Follower for Beside {
    /// Looks whether it has finished what was not waited for.
    fn ready(&mut self) -> Result<(), FollowError> {
        if !self.is_at_work {
            return Ok(());
        }
        let done = self.done.try_recv().map_err(|error| match error {
            TryRecvError::Empty => hangs(),
            TryRecvError::Disconnected => gone(),
        })?;
        self.take(done)
    }

    fn last_no(&self) -> EventNo {
        self.last_no
    }

    fn take_told(&mut self) -> Vec<BoxEvent> {
        std::mem::take(&mut self.told)
    }

    fn follow(&mut self, records: &[Record]) -> Result<(), FollowError> {
        self.ask(Task::Follow(records.to_vec()))
    }

    fn tend(&mut self, now: Stamp) -> Result<(), FollowError> {
        self.ask(Task::Tend(now))
    }

    fn end(&mut self, now: Stamp) -> Result<(), FollowError> {
        self.patience = LAST_PATIENCE;
        self.ask(Task::End(now))
    }
}

impl Drop for Beside {
    /// Lets it finish what it is at: its last root is signed when the daemon ends.
    fn drop(&mut self) {
        self.tasks = None;
        if self.is_at_work {
            let _ = self.done.recv_timeout(LAST_PATIENCE);
        }
    }
}

fn hangs() -> FollowError {
    FollowError::Failed("it does not get on: its disk is slow or hangs".to_owned())
}

fn gone() -> FollowError {
    FollowError::Failed("its thread has panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    use crate::journal::{Journal, Limits, Log, MemoryStorage, sample::stamp};
    use frame::LifeNo;

    /// A follower whose disk hangs while somebody holds its lock.
    #[derive(Clone, Default)]
    struct Hanging {
        disk: Arc<Mutex<()>>,
        last: Arc<Mutex<EventNo>>,
    }

    impl Follower for Hanging {
        fn last_no(&self) -> EventNo {
            *self.last.lock().unwrap()
        }

        fn follow(&mut self, records: &[Record]) -> Result<(), FollowError> {
            let _done = self.disk.lock().unwrap();
            let mut last = self.last.lock().unwrap();
            *last = records.last().map_or(*last, |record| record.no);
            Ok(())
        }
    }

    fn journal(leaves: Hanging) -> Journal<MemoryStorage> {
        let limits = Limits { segment_octets: 8192, pending_octets: 64 * 1024 };
        let (log, opened) = Log::open(MemoryStorage::new(), limits, LifeNo(1)).unwrap();
        let leaves = Beside::with_patience("leaves", Box::new(leaves), Duration::from_millis(1)).unwrap();
        Journal::new(log, opened, Some(Box::new(leaves)), None, stamp(0))
    }

    /// Works until the leaves are there. Their thread needs what time it needs.
    fn until_durable(journal: &mut Journal<MemoryStorage>, no: EventNo) {
        for second in 10.. {
            journal.tend(stamp(1_000 * second));
            if journal.durable_no() >= no {
                return;
            }
            thread::yield_now();
        }
    }

    #[test]
    fn a_follower_whose_disk_hangs_keeps_nobody_from_hearing_what_is_in_the_log() {
        let leaves = Hanging::default();
        let mut journal = journal(leaves.clone());
        let hung = leaves.disk.lock().unwrap();
        for second in 0..5 {
            let no = journal.append(stamp(1_000 * second), BoxEvent::Stopping.into()).unwrap();
            journal.sync(stamp(1_000 * second));
            let told = std::iter::from_fn(|| journal.poll_output()).map(|record| record.no);
            assert!(told.collect::<Vec<_>>().contains(&no), "event {no} is told");
            assert!(journal.durable_no() == EventNo(0) && journal.is_failing(), "and no act may count on its leaf");
        }
        drop(hung);
        until_durable(&mut journal, EventNo(5));
        assert!(!journal.is_failing());
    }
}
