//! The nightly line: what had to be recorded, what is, and which calls lack theirs.
//!
//! The leaves of the vault, its objects, and the index have to say the same. What was written since the last reckoning is held
//! to one another, and what was open then is looked at again, so that a night costs what the day wrote. A difference is looked
//! at three times, as leaves and index follow the log at their own pace; then it is told, calls by name. An index that was made
//! anew (`ringfence rebuild`, a damaged one that was set aside) is held to all leaves there are: what it lacks of years ago no
//! later night would look at.
//! [`reckon`] and [`Nights`] decide; the thread waits. Not here: whether each object is what it was (the scrub).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::Builder,
    time::{Duration, UNIX_EPOCH},
};

use frame::{CallId, EventNo, RecordingId, Utc};
use serde::{Deserialize, Serialize};
use vault::Hash;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, Counters, FollowError, IndexReader, JournalHandle, RecordingState},
    recorder::{DueLeaf, FileStore, Store, due_leaves, is_accounted_for, read_all, replace},
};

/// From one reckoning to the next.
const A_DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// How often it is looked whether it is time, and how long what differs has to come together.
const A_MINUTE: Duration = Duration::from_secs(60);

/// How often a difference is looked at before it is told.
const LOOKS: u32 = 3;

/// Calls that are named one by one; the number says how many there are.
const NAMED: usize = 100;

/// Finished calls that are remembered: after a death the leaves of its last minute may stand there twice.
const REMEMBERED: usize = 4_096;

/// Where it is kept how far it is, in the vault's directory.
const KEPT: &str = "reckoned";

/// What outlives a night.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reckoned {
    /// When it was, in microseconds since 1970.
    at_us: Option<i64>,
    /// The index that the leaves were held to so far.
    index: Option<IndexMade>,
    /// Where the next leaf begins.
    octets: u64,
    /// The event up to which the index was read.
    no: u64,
    /// Calls that had to be recorded and have no finished recording yet.
    open: BTreeSet<CallId>,
    /// Calls whose leaf stood there before the index had them.
    ahead: BTreeSet<CallId>,
    /// The last calls that were finished.
    finished: BTreeSet<CallId>,
    /// Calls by which leaves, objects and index differ, until they no longer do; with the recording, where its leaf says that
    /// it is finished.
    differs: BTreeMap<CallId, Option<RecordingId>>,
    /// The last links of these recordings, as their leaves have them.
    #[serde(default)]
    links: BTreeMap<CallId, Hash>,
}

/// Tells an index from one that was made anew in its place: its file's number, and when that was made where the file system says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct IndexMade {
    file: u64,
    at_us: Option<u64>,
}

impl IndexMade {
    fn of(index: &Path) -> io::Result<IndexMade> {
        let file = fs::metadata(index)?;
        let at = file.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Ok(IndexMade { file: file.ino(), at_us: at.map(|at| at.as_micros() as u64) })
    }
}

/// Why it can't be reckoned now.
#[derive(Debug, thiserror::Error)]
pub enum ReckonError {
    /// The vault's disk, or the index's.
    #[error(transparent)]
    Vault(#[from] io::Error),
    /// The index.
    #[error(transparent)]
    Index(#[from] FollowError),
}

/// What all leaves, all objects and a whole index come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReckonedWhole {
    /// What the index counts.
    pub counters: Counters,
    /// The calls of which leaves, objects and index do not say the same.
    pub differ: Vec<CallId>,
}

/// Holds the index of a box that is stopped to all leaves of its vault, and to its objects.
///
/// # Errors
/// The disks'.
pub fn reckon_whole(vault: &Path, index: &Path) -> Result<ReckonedWhole, ReckonError> {
    let index = IndexReader::open(index)?;
    let reckoned = reckon(&Reckoned::default(), &FileStore::new(vault), &index)?;
    let counters = index.counters(Utc::from_us(0))?;
    Ok(ReckonedWhole { counters, differ: reckoned.differs.into_keys().collect() })
}

/// Reckons on from `kept`: how it stands then, with all that differs.
fn reckon(kept: &Reckoned, store: &dyn Store, index: &IndexReader) -> Result<Reckoned, ReckonError> {
    let (mut due, mut finished) = (BTreeSet::new(), BTreeMap::new());
    let octets = due_leaves(store, kept.octets, |leaf| match leaf {
        DueLeaf::Due(call) => drop(due.insert(call)),
        DueLeaf::Finished(call, recording, link) => drop(finished.insert(call, (recording, link))),
    })?;
    let mut next = Reckoned { octets, no: index.last_no()?.0, ..kept.clone() };
    next.open.extend(due.iter().filter(|call| !kept.finished.contains(*call)));
    // What differed is looked at again: it may have come together, or was mended.
    let mut links = std::mem::take(&mut next.links);
    for (call, recording) in std::mem::take(&mut next.differs) {
        match recording.zip(links.remove(&call)) {
            Some(logged) => drop(finished.entry(call).or_insert(logged)),
            None => drop(next.open.insert(call)),
        }
    }
    for (call, (recording, link)) in finished {
        next.open.remove(&call);
        next.finished.insert(call);
        let is_made = index.call(call)?.is_some_and(|cdr| is_made(cdr.recording.state()));
        if !is_made || !is_accounted_for(store, recording, &link)? {
            next.differs.insert(call, Some(recording));
            next.links.insert(call, link);
        }
    }
    for call in std::mem::take(&mut next.open) {
        match open_call(kept, index, call)? {
            Open::Waits => drop(next.open.insert(call)),
            Open::IsSettled => {}
            Open::Differs => drop(next.differs.insert(call, None)),
        }
    }
    // The other way: what the index says had to be recorded has its leaf.
    let began = index.recordings_began(EventNo(kept.no), EventNo(next.no))?;
    let has_leaf = |call: &CallId| due.contains(call) || kept.open.contains(call) || kept.ahead.contains(call);
    let has_none = began.iter().filter(|call| !has_leaf(call) && !next.finished.contains(*call));
    let has_none: Vec<CallId> = has_none.copied().collect();
    next.differs.extend(has_none.into_iter().map(|call| (call, None)));
    next.ahead = due.into_iter().filter(|call| !began.contains(call) && !kept.open.contains(call)).collect();
    while next.finished.len() > REMEMBERED {
        next.finished.pop_first();
    }
    Ok(next)
}

/// What is to be thought of a call whose leaf says that it had to be recorded, and of which none says that it was.
enum Open {
    /// It goes on, or its recording is being sealed.
    Waits,
    /// The log says that it is missing, which stands on the page by itself; or its end was read in an earlier night.
    IsSettled,
    /// The index says otherwise, or it was over a night ago and nothing came of it.
    Differs,
}

fn open_call(kept: &Reckoned, index: &IndexReader, call: CallId) -> Result<Open, FollowError> {
    let Some(cdr) = index.call(call)? else { return Ok(Open::Differs) };
    let was_over = cdr.ended.is_some() && cdr.last_no.0 <= kept.no;
    Ok(match cdr.recording.state() {
        RecordingState::Missing => Open::IsSettled,
        RecordingState::UnderWay if !was_over => Open::Waits,
        state if is_made(state) && kept.finished.contains(&call) => Open::IsSettled,
        _ => Open::Differs,
    })
}

const fn is_made(state: RecordingState) -> bool {
    matches!(state, RecordingState::Complete | RecordingState::Incomplete)
}

/// One reckoning a day.
struct Nights {
    kept: Reckoned,
    /// How often a difference was looked at.
    looks: u32,
    is_raised: bool,
}

impl Nights {
    fn from(kept: Reckoned) -> Nights {
        Nights { kept, looks: 0, is_raised: false }
    }

    /// Begins anew where the index is another than the one that all leaves up to here were held to.
    fn hold_to(&mut self, index: IndexMade) {
        if self.kept.index != Some(index) {
            self.kept = Reckoned { index: Some(index), ..Reckoned::default() };
            self.looks = 0;
        }
    }

    /// Whether leaves were held to an index before which is not there any more: then it is not waited for the pace of a start.
    fn has_lost(&self, index: IndexMade) -> bool {
        self.kept.at_us.is_some() && self.kept.index != Some(index)
    }

    /// Whether it is time. A clock that was set back must not put it off.
    fn is_time(&self, now: Utc) -> bool {
        let since = self.kept.at_us.map(|at| now.as_us() - at);
        self.looks > 0 || !since.is_some_and(|since| (0..A_DAY_US).contains(&since))
    }

    /// Reckons, and gives what is to be told; nothing while a difference may still come together.
    fn turn(&mut self, now: Utc, store: &dyn Store, index: &IndexReader) -> Result<Vec<BoxEvent>, ReckonError> {
        if index.last_no()?.0 < self.kept.no {
            // It was emptied, and is made again from a log that lost its end.
            self.kept = Reckoned { index: self.kept.index, ..Reckoned::default() };
        }
        let next = reckon(&self.kept, store, index)?;
        self.looks += 1;
        if !next.differs.is_empty() && self.looks < LOOKS {
            return Ok(Vec::new());
        }
        self.looks = 0;
        let events = [Some(told(&next, index.counters(Utc::from_us(0))?)), self.alarm(!next.differs.is_empty())];
        self.kept = Reckoned { at_us: Some(now.as_us()), ..next };
        Ok(events.into_iter().flatten().collect())
    }

    fn alarm(&mut self, differs: bool) -> Option<BoxEvent> {
        let was_raised = std::mem::replace(&mut self.is_raised, differs);
        let alarm = Alarm::RecordingsDiffer;
        match (was_raised, differs) {
            (false, true) => Some(BoxEvent::AlarmRaised { alarm }),
            (true, false) => Some(BoxEvent::AlarmCleared { alarm }),
            _ => None,
        }
    }
}

fn told(reckoned: &Reckoned, counters: Counters) -> BoxEvent {
    let Counters { due, recorded, incomplete, missing, under_way, .. } = counters;
    BoxEvent::RecordingsReckoned {
        required: due,
        whole: recorded,
        gapped: incomplete,
        missing,
        under_way,
        differ: reckoned.differs.len() as u64,
        calls: reckoned.differs.keys().take(NAMED).copied().collect(),
    }
}

/// The running reckoning. Dropping the sender ends it.
pub(super) struct Reckoner {
    stop: Sender<()>,
    ended: Receiver<()>,
}

/// How long a stop waits for it: a disk that hangs must not hold the box.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

impl Reckoner {
    /// Starts it over the vault in `vault` and the index; what outlives a night is kept in `data`.
    ///
    /// # Errors
    /// When the process may not start another thread.
    pub(super) fn start(
        data: &Path,
        vault: &Path,
        index: PathBuf,
        journal: JournalHandle,
        timestamps: Timestamps,
    ) -> io::Result<Reckoner> {
        let (stop, stopped) = mpsc::channel();
        let (working, ended) = mpsc::channel::<()>();
        let (mut kept_in, vault) = (FileStore::new(data), FileStore::new(vault));
        Builder::new().name("reckoning".into()).spawn(move || {
            let _working = working;
            let mut nights = Nights::from(load(&kept_in));
            let has_lost = IndexMade::of(&index).is_ok_and(|made| nights.has_lost(made));
            let mut wait = if has_lost { Duration::ZERO } else { A_MINUTE };
            while stopped.recv_timeout(std::mem::replace(&mut wait, A_MINUTE)) == Err(RecvTimeoutError::Timeout) {
                let now = timestamps.now();
                if let Ok(made) = IndexMade::of(&index) {
                    nights.hold_to(made);
                }
                if !nights.is_time(now.utc) {
                    continue;
                }
                let Ok(until) = journal.settle().blocking_recv() else { continue };
                let index = IndexReader::open_with(&index, until).map_err(ReckonError::from);
                match index.and_then(|index| nights.turn(now.utc, &vault, &index)) {
                    Ok(events) if events.is_empty() => {}
                    Ok(events) => {
                        events.into_iter().for_each(|event| journal.append(now, event));
                        save(&mut kept_in, &nights.kept);
                    }
                    // What can't be read has its own alarm; the page says of which day the line is.
                    Err(error) => tracing::warn!(%error, "what had to be recorded can't be reckoned now"),
                }
            }
        })?;
        Ok(Reckoner { stop, ended })
    }

    /// Stops it, where the disk answers.
    pub(super) fn stop(self) {
        drop(self.stop);
        if self.ended.recv_timeout(STOPS_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the vault's disk does not answer: the reckoning is left alone");
        }
    }
}

/// What was kept. Where that can't be read, all is reckoned anew: nothing is lost but time.
fn load(store: &FileStore) -> Reckoned {
    let kept = read_all(store, KEPT).ok().flatten().and_then(|octets| serde_json::from_slice(&octets).ok());
    kept.unwrap_or_default()
}

fn save(store: &mut FileStore, kept: &Reckoned) {
    let saved = serde_json::to_vec(kept).map_err(io::Error::from).and_then(|octets| replace(store, KEPT, &octets));
    if let Err(error) = saved {
        tracing::warn!(%error, "how far it was reckoned can't be kept");
    }
}

#[cfg(test)]
mod tests;
