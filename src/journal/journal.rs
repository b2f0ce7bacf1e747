//! The journal: the log, what follows it, and the alarms about both. Its shell is [`super::thread`].
//!
//! An event counts when it is durable in the log and in the leaf sequence; only then the index takes it and
//! [`Journal::poll_output`] tells it. What does not get to the disk is kept, in order, and tried again.
//! Not here: clocks; every moment is handed in.

use std::{
    collections::{BTreeSet, VecDeque},
    io,
    time::Duration,
};

use frame::{EventNo, Stamp, Time};

use super::{Alarm, BoxEvent, Event, FollowError, Follower, Log, Opened, Record, Refused, Storage, Store, catch_up};

/// How long a follower that failed is left alone: catching up reads a whole file of the log.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The journal.
pub struct Journal<S> {
    log: Log<S>,
    leaves: Option<Following>,
    index: Option<Following>,
    outputs: VecDeque<Record>,
    /// The alarms that the log has, as far as they are the journal's own.
    raised: BTreeSet<Alarm>,
    /// Why the last write failed.
    write_failure: Option<io::ErrorKind>,
    /// Events that found no room and are not yet told.
    lost: u64,
}

/// A follower and how it is doing.
struct Following {
    follower: Box<dyn Follower>,
    retry_at: Option<Time>,
    /// Once a life. What is damaged again after that is damaged by what it is told, and files put aside fill the disk.
    started_over: bool,
}

impl<S: Storage> Journal<S> {
    /// The journal over an open log. `opened` is what opening it found: it is told as an event.
    ///
    /// `leaves` is the vault's leaf sequence; `index` the projection. Both catch up with the first [`Journal::sync`].
    pub fn new(
        mut log: Log<S>,
        opened: Opened,
        leaves: Option<Box<dyn Follower>>,
        index: Option<Box<dyn Follower>>,
        now: Stamp,
    ) -> Journal<S> {
        let [mut leaves, mut index] = [leaves, index].map(|follower| follower.map(Following::new));
        let gone = pass_over_gone(&mut log, [&mut leaves, &mut index]);
        let (outputs, raised) = (VecDeque::new(), BTreeSet::new());
        let mut journal = Journal { log, leaves, index, outputs, raised, write_failure: None, lost: 0 };
        if let Some((tail, kept_in)) = opened.tail {
            let (file, offset, octets) = (tail.file, tail.offset, tail.octets);
            journal.tell(now, BoxEvent::LogTailSetAside { file, offset, octets, kept_in });
        }
        for (first, last) in gone {
            journal.tell(now, BoxEvent::EventsGone { first, last });
        }
        journal
    }

    /// Takes an event. It counts once [`Journal::durable_no`] has reached its number. A refused one is counted, and
    /// the count becomes an event as soon as there is room.
    pub fn append(&mut self, stamp: Stamp, event: Event) -> Result<EventNo, Refused> {
        let result = self.log.append(stamp, event);
        if result.is_err() {
            self.lost += 1;
        }
        result
    }

    /// Counts events that were lost before they got here.
    pub fn note_lost(&mut self, count: u64) {
        self.lost += count;
    }

    /// Writes what waits, makes it durable, and lets the followers follow. Nothing is lost if the disk refuses.
    pub fn sync(&mut self, now: Stamp) {
        self.tell_lost(now);
        self.write(now);
        self.tell_alarms(now);
        // What was told about this very write.
        if self.write_failure.is_none() && self.log.pending().next().is_some() {
            self.write(now);
        }
    }

    /// The records that became durable, in order.
    pub fn poll_output(&mut self) -> Option<Record> {
        self.outputs.pop_front()
    }

    /// The last record that is durable in the log and in the leaf sequence.
    pub fn durable_no(&self) -> EventNo {
        let leaves = self.leaves.as_ref().map_or(EventNo(u64::MAX), |leaves| leaves.follower.last_no());
        self.log.durable_no().min(leaves)
    }

    /// Whether an audited act must be refused: the disk or the leaf sequence takes nothing for now.
    pub fn is_failing(&self) -> bool {
        self.write_failure.is_some() || self.leaves.as_ref().is_some_and(|leaves| leaves.retry_at.is_some())
    }

    /// What is not yet on disk, in order.
    pub fn not_yet_on_disk(&self) -> impl Iterator<Item = &Record> {
        self.log.pending()
    }

    /// Whether everything is written and followed and nothing is to be retried, refilled or told.
    pub fn is_at_rest(&self) -> bool {
        let behind = |following: &Option<Following>| following.as_ref().is_some_and(|one| one.retry_at.is_some());
        !self.log.wants_tending() && !behind(&self.leaves) && !behind(&self.index) && self.lost == 0
    }

    /// Does a little of what can wait: called while no event comes.
    pub fn tend(&mut self, now: Stamp) {
        if let Err(error) = self.log.tend() {
            tracing::warn!(%error, "the log's reserve can't be filled");
        }
        self.sync(now);
    }

    /// The log is closed after this: the leaf sequence signs what it has.
    pub fn end(&mut self, now: Stamp) {
        if let Some(leaves) = &mut self.leaves
            && let Err(error) = leaves.follower.end(now)
        {
            tracing::warn!(%error, "the last leaves are under no signed root yet");
        }
    }

    /// Somebody who read the index met damage in it.
    pub fn doubt_index(&mut self) {
        if let Some(index) = &mut self.index {
            index.follower.doubt();
        }
    }

    fn write(&mut self, now: Stamp) {
        self.write_failure = self.log.flush().err().map(|error| {
            tracing::warn!(%error, "events can't be written");
            error.kind()
        });
        let records = self.log.take_durable();
        let mut told = Vec::new();
        for following in [&mut self.leaves, &mut self.index].into_iter().flatten() {
            told.extend(following.follow(&self.log, &records, now));
        }
        for event in told {
            self.tell(now, event);
        }
        self.outputs.extend(records);
    }

    fn tell_lost(&mut self, now: Stamp) {
        if self.lost > 0 && self.log.append(now, BoxEvent::EventsLost { count: self.lost }.into()).is_ok() {
            self.lost = 0;
        }
    }

    /// Raises and clears alarms until those in the log are those that are true.
    fn tell_alarms(&mut self, now: Stamp) {
        let wrong = self.alarms();
        for alarm in wrong.symmetric_difference(&self.raised.clone()).cloned() {
            if wrong.contains(&alarm) {
                if self.tell(now, BoxEvent::AlarmRaised { alarm: alarm.clone() }) {
                    self.raised.insert(alarm);
                }
            } else if self.tell(now, BoxEvent::AlarmCleared { alarm: alarm.clone() }) {
                self.raised.remove(&alarm);
            }
        }
    }

    fn alarms(&self) -> BTreeSet<Alarm> {
        let is_behind = |following: &Option<Following>| following.as_ref().is_some_and(|one| one.retry_at.is_some());
        let condition = self.log.condition();
        let full = matches!(self.write_failure, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded));
        let alarms = [
            (condition.on_reserve, Alarm::LogOnReserve),
            (condition.in_memory, Alarm::NotYetOnDisk),
            (condition.on_reserve || full, Alarm::DiskFull { store: Store::Events }),
            (condition.in_memory && !full, Alarm::DiskFailed { store: Store::Events }),
            (is_behind(&self.leaves), Alarm::LeavesBehind),
            (is_behind(&self.index), Alarm::IndexBehind),
        ];
        alarms.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, alarm)| alarm).collect()
    }

    /// Tells an event of the journal's own. One that finds no room is not counted as lost: it is tried again.
    fn tell(&mut self, now: Stamp, event: BoxEvent) -> bool {
        self.log.append(now, event.into()).is_ok()
    }
}

/// Passes over the numbers that a follower knows and the log gives again otherwise: what was lost with the end of the log is
/// missing then, as what is lost in its middle, and not overwritten by what comes next. Half a record that nobody has
/// followed never counted, and its number is given.
fn pass_over_gone<S: Storage>(log: &mut Log<S>, followers: [&mut Option<Following>; 2]) -> Vec<(EventNo, EventNo)> {
    let (mut known, mut gone) = (EventNo(0), Vec::new());
    for following in followers.into_iter().flatten() {
        known = known.max(following.follower.known_no());
        gone.extend(following.follower.take_gone());
    }
    let passed = log.pass_over(known);
    if let Some((passed, _)) = passed {
        gone.retain(|(first, _): &(EventNo, EventNo)| *first < passed);
        gone.iter_mut().for_each(|(_, last)| *last = EventNo(last.0.min(passed.0 - 1)));
    }
    gone.extend(passed);
    gone
}

impl Following {
    fn new(follower: Box<dyn Follower>) -> Following {
        Following { follower, retry_at: None, started_over: false }
    }

    /// Hands on the records, or catches up. Returns what is to be told about it.
    fn follow<S: Storage>(&mut self, log: &Log<S>, records: &[Record], now: Stamp) -> Vec<BoxEvent> {
        if self.retry_at.is_some_and(|retry_at| now.time < retry_at) {
            return Vec::new();
        }
        let mut told = Vec::new();
        let mut result = self.hand_on(log, records, &mut told).and_then(|()| self.follower.tend(now));
        if let (Err(FollowError::Damaged(_)), false) = (&result, self.started_over) {
            result = self.start_over(log, now, &mut told);
        }
        self.retry_at = result.err().map(|error| {
            tracing::warn!(%error, "a follower of the log is behind");
            now.time + RETRY_AFTER
        });
        told.extend(self.follower.take_told());
        told
    }

    fn hand_on<S: Storage>(
        &mut self,
        log: &Log<S>,
        records: &[Record],
        told: &mut Vec<BoxEvent>,
    ) -> Result<(), FollowError> {
        self.follower.ready()?;
        told.extend(self.follower.take_gone().map(|(first, last)| BoxEvent::EventsGone { first, last }));
        let next = EventNo(self.follower.last_no().0 + 1);
        if records.first().is_some_and(|first| first.no == next) {
            return self.follower.follow(records);
        }
        if next > log.durable_no() {
            return Ok(());
        }
        let met = catch_up(&mut *self.follower, log.read_from(next)?)?;
        told.extend(met.damages.into_iter().map(|damage| BoxEvent::LogDamaged {
            file: damage.file,
            offset: damage.offset,
            octets: damage.octets,
        }));
        Ok(())
    }

    fn start_over<S: Storage>(
        &mut self,
        log: &Log<S>,
        now: Stamp,
        told: &mut Vec<BoxEvent>,
    ) -> Result<(), FollowError> {
        self.started_over = true;
        let kept_in = self.follower.start_over(now.utc)?;
        told.extend(kept_in.map(|kept_in| BoxEvent::IndexSetAside { kept_in }));
        self.hand_on(log, &[], told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{
        IndexFile, IndexReader, Limits, MemoryStorage, Reader,
        sample::{CALL, queued_call, queued_call_no, stamp},
    };
    use frame::LifeNo;
    use std::{
        path::{Path, PathBuf},
        sync::{Arc, Mutex},
    };

    const SMALL: Limits = Limits { segment_octets: 8192, pending_octets: 64 * 1024 };

    /// A journal with its disk and its index.
    struct Rig {
        disk: MemoryStorage,
        index: PathBuf,
        journal: Journal<MemoryStorage>,
    }

    fn start(disk: &MemoryStorage, dir: &Path) -> Rig {
        let (log, opened) = Log::open(disk.clone(), SMALL, LifeNo(1)).unwrap();
        let index = dir.join("index.db");
        let follower = IndexFile::new(&index, disk.clone());
        let journal = Journal::new(log, opened, None, Some(Box::new(follower)), stamp(0));
        Rig { disk: disk.clone(), index, journal }
    }

    impl Rig {
        fn tell(&mut self, events: Vec<(u64, Event)>) {
            for (ms, event) in events {
                self.journal.append(stamp(ms), event).unwrap();
                self.journal.sync(stamp(ms));
            }
        }

        /// Works until nothing is left to do.
        fn rest(&mut self, mut ms: u64) {
            while !self.journal.is_at_rest() {
                ms += 1000;
                self.journal.tend(stamp(ms));
            }
        }

        fn log(&self) -> Vec<Record> {
            let items = Reader::new(&self.disk, EventNo(1)).unwrap().map(Result::unwrap);
            items
                .map(|item| match item {
                    crate::journal::Item::Record(record) => record,
                    other => panic!("{other:?}"),
                })
                .collect()
        }

        /// What is there of a log that lost some.
        fn log_with_holes(&self) -> Vec<Record> {
            let items = Reader::new(&self.disk, EventNo(1)).unwrap().map(Result::unwrap);
            let records = items.filter_map(|item| match item {
                crate::journal::Item::Record(record) => Some(record),
                _ => None,
            });
            records.collect()
        }

        fn told(&self) -> Vec<BoxEvent> {
            let events = self.log_with_holes().into_iter().filter_map(|record| match record.event() {
                Some(Event::Box(event)) => Some(event.clone()),
                _ => None,
            });
            events.collect()
        }

        fn reader(&self) -> IndexReader {
            IndexReader::open(&self.index).unwrap()
        }
    }

    #[test]
    fn events_are_told_in_order_once_they_are_durable_and_indexed() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = start(&MemoryStorage::new(), dir.path());
        for (ms, event) in queued_call() {
            one.journal.append(stamp(ms), event).unwrap();
        }
        assert!(one.journal.poll_output().is_none());
        assert_eq!(one.journal.not_yet_on_disk().count(), 16);
        one.journal.sync(stamp(20_000));
        let told: Vec<Record> = std::iter::from_fn(|| one.journal.poll_output()).collect();
        assert_eq!(told, one.log());
        assert_eq!(one.reader().events(CALL).unwrap(), told);
        assert_eq!(one.journal.durable_no(), EventNo(16));
    }

    #[test]
    fn a_deleted_index_is_derived_again_at_the_start_and_equals_the_old_one() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut one = start(&MemoryStorage::new(), dir.path());
        for no in 1..=20 {
            one.tell(queued_call_no(no, 500 * u64::from(no)));
        }
        let mut two = start(&one.disk, other.path());
        two.journal.sync(stamp(0));
        assert_eq!(one.reader().past_calls(None, 100).unwrap(), two.reader().past_calls(None, 100).unwrap());
        assert_eq!(one.reader().past_events(None, 999).unwrap(), two.reader().past_events(None, 999).unwrap());
        assert_eq!(two.reader().last_no().unwrap(), two.journal.durable_no());
    }

    #[test]
    fn an_index_of_another_log_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        start(&MemoryStorage::new(), dir.path()).tell(queued_call());
        let mut other = start(&MemoryStorage::new(), dir.path());
        other.tell(queued_call_no(2, 0));
        assert_eq!(other.reader().call(CALL).unwrap(), None);
        assert_eq!(other.reader().past_events(None, 99).unwrap().len(), 17);
        assert_eq!(other.reader().losses().unwrap().missing, [(EventNo(1), EventNo(16))], "and it was there");
    }

    #[test]
    fn an_index_that_is_damaged_while_it_is_used_is_put_aside_and_derived_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = start(&MemoryStorage::new(), dir.path());
        one.tell(queued_call());
        rusqlite::Connection::open(&one.index).unwrap().execute("DROP TABLE calls", []).unwrap();
        one.tell(queued_call_no(2, 20_000));
        one.rest(40_000);
        let kept_in = "index.db.damaged-20261123T195456Z".to_owned();
        assert!(dir.path().join(&kept_in).exists());
        assert!(one.told().contains(&BoxEvent::IndexSetAside { kept_in }));
        assert_eq!(one.reader().past_calls(None, 9).unwrap().len(), 2);
        assert_eq!(one.reader().last_no().unwrap(), one.journal.durable_no());
    }

    #[test]
    fn a_full_disk_raises_alarms_that_clear_when_it_has_room() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = start(&MemoryStorage::new(), dir.path());
        one.rest(0);
        one.disk.set_room(Some(100));
        one.tell(queued_call());
        let open =
            |one: &Rig| -> Vec<Alarm> { one.reader().alarms().unwrap().into_iter().map(|alarm| alarm.alarm).collect() };
        let full = Alarm::DiskFull { store: Store::Events };
        assert_eq!(open(&one), [full, Alarm::LogOnReserve]);
        for no in 2..=6 {
            one.tell(queued_call_no(no, 20_000 * u64::from(no)));
        }
        assert!(one.journal.is_failing());
        let waiting: Vec<&Record> = one.journal.not_yet_on_disk().collect();
        let raised: Event = BoxEvent::AlarmRaised { alarm: Alarm::NotYetOnDisk }.into();
        assert!(waiting.iter().any(|record| record.event() == Some(&raised)));
        one.disk.set_room(None);
        one.rest(200_000);
        assert!(open(&one).is_empty());
        let numbers: Vec<u64> = one.log().iter().map(|record| record.no.0).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        assert_eq!(one.reader().past_calls(None, 99).unwrap().len(), 6);
    }

    #[test]
    fn what_finds_no_room_at_all_is_counted_and_told() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = start(&MemoryStorage::new(), dir.path());
        one.disk.set_broken(true);
        one.journal.note_lost(3);
        while one.journal.append(stamp(0), BoxEvent::Stopping.into()).is_ok() {}
        one.journal.append(stamp(0), BoxEvent::Stopping.into()).unwrap_err();
        one.journal.sync(stamp(0));
        one.disk.set_broken(false);
        one.rest(0);
        assert!(one.told().contains(&BoxEvent::EventsLost { count: 5 }));
    }

    /// A leaf sequence that can refuse.
    #[derive(Clone, Default)]
    struct Leaves(Arc<Mutex<(u64, bool)>>);

    impl Follower for Leaves {
        fn last_no(&self) -> EventNo {
            EventNo(self.0.lock().unwrap().0)
        }

        fn follow(&mut self, records: &[Record]) -> Result<(), FollowError> {
            let mut leaves = self.0.lock().unwrap();
            if leaves.1 {
                return Err(FollowError::Damaged("as told".to_owned()));
            }
            let last = records.last().map_or(0, |last| last.no.0);
            leaves.0 = leaves.0.max(last);
            Ok(())
        }
    }

    #[test]
    fn nothing_is_durable_before_its_leaf_is() {
        let leaves = Leaves::default();
        let disk = MemoryStorage::new();
        let (log, opened) = Log::open(disk, SMALL, LifeNo(1)).unwrap();
        let follower = Box::new(leaves.clone());
        let mut journal = Journal::new(log, opened, Some(follower), None, stamp(0));
        journal.append(stamp(0), BoxEvent::Stopping.into()).unwrap();
        journal.sync(stamp(0));
        assert_eq!(journal.durable_no(), EventNo(1));
        leaves.0.lock().unwrap().1 = true;
        journal.append(stamp(1), BoxEvent::Stopping.into()).unwrap();
        journal.sync(stamp(1));
        assert!(journal.durable_no() == EventNo(1) && journal.is_failing());
        leaves.0.lock().unwrap().1 = false;
        journal.sync(stamp(500));
        assert_eq!(journal.durable_no(), EventNo(1), "it is left alone for a second");
        journal.sync(stamp(2000));
        assert!(journal.durable_no() >= EventNo(2) && !journal.is_failing());
    }

    #[test]
    fn a_torn_tail_is_told_with_the_file_that_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = start(&MemoryStorage::new(), dir.path());
        one.tell(queued_call());
        let name = "events-00000000000000000001.log";
        let mut octets = one.disk.file(name).unwrap();
        octets.extend_from_slice(b"half");
        one.disk.put_file(name, octets);
        let mut again = start(&one.disk, dir.path());
        again.journal.sync(stamp(0));
        let told = again.told();
        let Some(BoxEvent::LogTailSetAside { octets: 4, kept_in: Some(kept_in), .. }) = told.last() else {
            panic!("{told:?}")
        };
        assert_eq!(again.disk.file(kept_in).unwrap(), b"half");
        assert!(again.reader().losses().unwrap().are_none(), "nobody had followed it");
    }

    const FIRST_FILE: &str = "events-00000000000000000001.log";

    /// The last record's sector rots.
    fn rot_the_end(disk: &MemoryStorage) {
        let mut octets = disk.file(FIRST_FILE).unwrap();
        let last = octets.iter().rposition(|octet| *octet != 0).unwrap();
        octets[last] ^= 1;
        disk.put_file(FIRST_FILE, octets);
    }

    fn gone(one: &Rig) -> usize {
        let gone = BoxEvent::EventsGone { first: EventNo(16), last: EventNo(16) };
        one.told().iter().filter(|told| **told == gone).count()
    }

    #[test]
    fn a_durable_record_that_rotted_at_the_end_of_the_log_is_missing_and_its_number_is_not_given_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = start(&MemoryStorage::new(), dir.path());
        one.tell(queued_call());
        rot_the_end(&one.disk);
        // This life ends before it told anything.
        drop(start(&one.disk, dir.path()));
        let mut again = start(&one.disk, dir.path());
        again.tell(vec![(30_000, BoxEvent::Stopping.into())]);
        let numbers: Vec<u64> = again.log_with_holes().iter().map(|record| record.no.0).collect();
        assert_eq!((numbers[14], numbers[15], gone(&again)), (15, 17, 1));
        assert_eq!(again.reader().losses().unwrap().missing, [(EventNo(16), EventNo(16))]);
        let mut later = start(&again.disk, dir.path());
        later.tell(vec![(40_000, BoxEvent::Stopping.into())]);
        assert_eq!(gone(&later), 1, "it is told once");
    }

    #[test]
    fn leaves_that_know_more_than_the_log_say_so_where_there_is_no_index_and_follow_what_comes() {
        let leaves = Leaves::default();
        leaves.0.lock().unwrap().0 = 9;
        let (log, opened) = Log::open(MemoryStorage::new(), SMALL, LifeNo(1)).unwrap();
        let mut journal = Journal::new(log, opened, Some(Box::new(leaves.clone())), None, stamp(0));
        let no = journal.append(stamp(0), BoxEvent::Stopping.into()).unwrap();
        journal.sync(stamp(0));
        assert_eq!((no, journal.durable_no(), leaves.0.lock().unwrap().0), (EventNo(11), EventNo(11), 11));
    }

    #[test]
    fn a_number_that_was_given_again_while_the_index_was_away_is_told_when_it_is_back() {
        let dir = tempfile::tempdir().unwrap();
        let disk = dir.path().join("disk");
        std::fs::create_dir(&disk).unwrap();
        let mut one = start(&MemoryStorage::new(), &disk);
        one.tell(queued_call());
        rot_the_end(&one.disk);
        let storage = one.disk.clone();
        drop(one);
        std::fs::rename(&disk, dir.path().join("away")).unwrap();
        let mut again = start(&storage, &disk);
        again.tell(vec![(30_000, BoxEvent::Stopping.into())]);
        assert_eq!(again.log().last().map(|record| record.no), Some(EventNo(18)), "with the alarm of the index");
        std::fs::rename(dir.path().join("away"), &disk).unwrap();
        again.rest(60_000);
        assert_eq!(gone(&again), 1);
        assert_eq!(again.reader().losses().unwrap().missing, [(EventNo(16), EventNo(16))]);
    }

    /// Cuts the log's file before a record.
    fn cut_before(disk: &MemoryStorage, no: u64) {
        let mut octets = disk.file(FIRST_FILE).unwrap();
        let mut at = 24;
        for _ in 1..no {
            at += 44 + u32::from_le_bytes(octets[at..at + 4].try_into().unwrap()) as usize;
        }
        octets.truncate(at);
        disk.put_file(FIRST_FILE, octets);
    }

    #[test]
    fn all_numbers_that_were_given_again_are_told_by_the_next_life_where_this_one_dies_before() {
        let dir = tempfile::tempdir().unwrap();
        let disk = dir.path().join("disk");
        std::fs::create_dir(&disk).unwrap();
        let mut one = start(&MemoryStorage::new(), &disk);
        one.tell(queued_call());
        cut_before(&one.disk, 14);
        let storage = one.disk.clone();
        drop(one);
        std::fs::rename(&disk, dir.path().join("away")).unwrap();
        let mut again = start(&storage, &disk);
        for ms in 30..36 {
            again.tell(vec![(ms * 1000, BoxEvent::Stopping.into())]);
        }
        drop(again);
        std::fs::rename(dir.path().join("away"), &disk).unwrap();
        // It has found them, forgotten what it had, and told nobody.
        drop(start(&storage, &disk));
        let mut last = start(&storage, &disk);
        last.tell(vec![(60_000, BoxEvent::Stopping.into())]);
        let gone = BoxEvent::EventsGone { first: EventNo(14), last: EventNo(16) };
        let times = |one: &Rig| one.told().iter().filter(|told| **told == gone).count();
        assert_eq!(times(&last), 1, "{:?}", last.told());
        assert_eq!(last.reader().losses().unwrap().missing, [(EventNo(14), EventNo(16))]);
        drop(last);
        let mut later = start(&storage, &disk);
        later.tell(vec![(70_000, BoxEvent::Stopping.into())]);
        assert_eq!(times(&later), 1, "it is told once");
    }
}
