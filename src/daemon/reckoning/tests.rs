//! A vault's leaves and objects in memory, beside a real log and index.

use call::{CallClass, CallEvent, Direction, RecordingGap, Side};
use frame::{BootNo, LegId, LifeNo, PersonId, Stamp, Time};
use vault::{Seeded, Tombstone};

use super::*;
use crate::{
    daemon::leaves::leaf_of,
    journal::{self, Event, JournalConfig, Limits, Record},
    recorder::{Home, Leaves, MemoryStore, object_name},
};

struct Rig {
    folder: tempfile::TempDir,
    journal: JournalHandle,
    store: MemoryStore,
    home: Home,
    kept: Reckoned,
}

fn call(no: u32) -> CallId {
    CallId::new(LifeNo(1), no)
}

fn recording(no: u32) -> RecordingId {
    RecordingId::new(LifeNo(1), no)
}

fn stamp() -> Stamp {
    Stamp { boot: BootNo(1), time: Time::from_ms(5), utc: Utc::from_us(5) }
}

impl Rig {
    fn new() -> Rig {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("events")).unwrap();
        let config = JournalConfig {
            events: folder.path().join("events"),
            index: folder.path().join("index.db"),
            life: LifeNo(1),
            limits: Limits { segment_octets: 1 << 20, ..Limits::default() },
            leaves: None,
            clock: Box::new(stamp),
        };
        let journal = journal::start(config).unwrap().0;
        let mut store = MemoryStore::new();
        let cost = vault::Cost { memory_kib: 8, passes: 1 };
        let home = Home::create(&mut store, b"4711-0815", cost, stamp(), &mut Seeded::new(1)).unwrap();
        Rig { folder, journal, store, home, kept: Reckoned::default() }
    }

    /// To the log, and to the leaves as far as they follow it.
    fn tell(&self, event: impl Into<Event>, has_leaf: bool) {
        let event = event.into();
        let no = self.journal.append_durable(stamp(), event.clone()).blocking_recv().unwrap().unwrap();
        self.journal.settle().blocking_recv().unwrap();
        let leaf = self.index().event(no).unwrap().and_then(|record: Record| leaf_of(&event, &record));
        if let Some(leaf) = leaf.filter(|_| has_leaf) {
            let store = Box::new(self.store.clone());
            let (mut leaves, _) =
                Leaves::open(store, self.home.vault(), self.home.log_key(), Box::new(Seeded::new(9))).unwrap();
            leaves.append(leaf).unwrap();
            leaves.sync().unwrap();
        }
    }

    fn begins(&self, no: u32, has_leaf: bool) {
        let (call, recording, leg) = (call(no), recording(no), LegId::new(LifeNo(1), no));
        let (direction, class) = (Direction::Incoming, CallClass::Normal);
        self.tell(CallEvent::Began { call, direction, class, settings: 1 }, true);
        self.tell(CallEvent::RecordingBegan { call, recording, leg, part: 1 }, has_leaf);
    }

    fn ends(&self, no: u32) {
        let (call, cause, by) = (call(no), isdn::Cause::NormalClearing, Side::Caller);
        self.tell(CallEvent::Ended { call, cause, by }, true);
    }

    fn finishes(&self, no: u32, has_leaf: bool, has_object: bool) {
        let (call, recording) = (call(no), recording(no));
        let object = object_name(recording);
        if has_object {
            self.store.tamper(&object, |octets| octets.push(1));
        }
        let (head, commitments) = ("ab".repeat(32), "cd".repeat(32));
        let event = BoxEvent::RecordingFinished {
            call,
            recording,
            object,
            records: 5,
            chunks: 2,
            seconds: 3,
            head,
            commitments,
        };
        self.tell(event, has_leaf);
    }

    /// A call that is recorded as it has to be.
    fn recorded(&self, no: u32) {
        self.begins(no, true);
        self.ends(no);
        self.finishes(no, true, true);
    }

    fn index(&self) -> IndexReader {
        IndexReader::open(&self.folder.path().join("index.db")).unwrap()
    }

    /// A night: the calls by which something differs.
    fn night(&mut self) -> Vec<u32> {
        self.kept = reckon(&self.kept, &self.store, &self.index()).unwrap();
        self.kept.differs.keys().map(|call| call.no).collect()
    }
}

#[test]
fn a_file_that_is_called_a_tombstone_excuses_nothing_and_that_of_the_recording_does() {
    let mut rig = Rig::new();
    rig.begins(1, true);
    rig.ends(1);
    rig.finishes(1, true, false);
    assert_eq!(rig.night(), [1], "it has no object");
    let stone = Tombstone {
        vault: rig.home.vault(),
        recording: recording(1),
        call: call(1),
        chain_head: [0xab; 32],
        list: EventNo(4),
        asked: PersonId(2),
        granted: PersonId(3),
        rule: "bank".into(),
        range: None,
        packages: Vec::new(),
        confirmed: [Some(stamp()); 2],
    };
    let of_another = Tombstone { recording: recording(2), ..stone.clone() };
    let of_another_link = Tombstone { chain_head: [0xac; 32], ..stone.clone() };
    let name = object_name(recording(1)).replace(".rfo", ".tombstone");
    let lies = [String::new(), "no tombstone".into(), of_another.emit(), of_another_link.emit()];
    for text in lies {
        rig.store.tamper(&name, |octets| *octets = text.clone().into_bytes());
        assert_eq!(rig.night(), [1], "{text}");
    }
    rig.store.tamper(&name, |octets| *octets = stone.emit().into_bytes());
    assert_eq!(rig.night(), [0; 0]);
}

#[test]
fn what_was_recorded_as_it_had_to_be_differs_nowhere_over_nights_and_restarts() {
    let mut rig = Rig::new();
    rig.recorded(1);
    // Goes on over the night, and is missing: both stand on the page by themselves.
    rig.begins(2, true);
    rig.begins(3, true);
    let missed = BoxEvent::RecordingMissed { call: call(3), recording: recording(3), why: RecordingGap::Disk };
    rig.tell(missed, true);
    rig.ends(3);
    assert_eq!(rig.night(), [0; 0]);
    assert_eq!(rig.kept.open, BTreeSet::from([call(2)]));
    rig.ends(2);
    rig.finishes(2, true, true);
    rig.recorded(4);
    let text = serde_json::to_vec(&rig.kept).unwrap();
    rig.kept = serde_json::from_slice(&text).unwrap();
    assert_eq!(rig.night(), [0; 0]);
    assert_eq!(rig.night(), [0; 0]);
    assert_eq!(rig.kept.open, BTreeSet::new());
}

#[test]
fn each_side_that_lacks_a_call_is_found_by_name() {
    let mut rig = Rig::new();
    rig.recorded(1);
    // No object; no leaf that it had to be; no leaf that it is finished.
    rig.begins(2, true);
    rig.ends(2);
    rig.finishes(2, true, false);
    rig.begins(3, false);
    rig.begins(4, true);
    rig.ends(4);
    rig.finishes(4, false, true);
    assert_eq!(rig.night(), [2, 3, 4]);
    // The object is brought back from a copy.
    rig.store.tamper(&object_name(recording(2)), |octets| octets.push(1));
    // Nothing can add the leaf by which the third had to be recorded: it is told once.
    assert_eq!(rig.night(), [4]);
    // The index lacks a call that the leaves have.
    rig.recorded(5);
    let index = rusqlite::Connection::open(rig.folder.path().join("index.db")).unwrap();
    assert_eq!(index.execute("DELETE FROM calls WHERE call = ?1", [call(5).as_u64() as i64]).unwrap(), 1);
    assert_eq!(rig.night(), [4, 5]);
}

#[test]
fn a_call_that_was_over_a_night_ago_and_whose_recording_never_came_is_found() {
    let mut rig = Rig::new();
    rig.begins(1, true);
    rig.ends(1);
    assert_eq!(rig.night(), [0; 0], "it may be sealed still");
    assert_eq!(rig.night(), [1]);
    rig.finishes(1, true, true);
    assert_eq!(rig.night(), [0; 0]);
}

#[test]
fn a_difference_is_told_when_it_stays_and_names_its_calls_with_one_alarm() {
    let rig = Rig::new();
    rig.recorded(1);
    rig.begins(2, true);
    rig.ends(2);
    rig.finishes(2, true, false);
    let mut nights = Nights::from(Reckoned::default());
    let now = Utc::from_us(A_DAY_US * 20_000);
    assert!(nights.is_time(now));
    assert_eq!(nights.turn(now, &rig.store, &rig.index()).unwrap(), []);
    assert_eq!(nights.turn(now, &rig.store, &rig.index()).unwrap(), []);
    let told = nights.turn(now, &rig.store, &rig.index()).unwrap();
    let reckoned = BoxEvent::RecordingsReckoned {
        required: 2,
        whole: 2,
        gapped: 0,
        missing: 0,
        under_way: 0,
        differ: 1,
        calls: vec![call(2)],
    };
    assert_eq!(told, [reckoned, BoxEvent::AlarmRaised { alarm: Alarm::RecordingsDiffer }]);
    let at = |hours: i64| Utc::from_us(now.as_us() + hours * 3_600_000_000);
    assert!(!nights.is_time(at(23)) && nights.is_time(at(24)) && nights.is_time(at(-1)), "once a day");
    rig.store.tamper(&object_name(recording(2)), |octets| octets.push(1));
    let told = nights.turn(at(24), &rig.store, &rig.index()).unwrap();
    assert_eq!(told[1..], [BoxEvent::AlarmCleared { alarm: Alarm::RecordingsDiffer }]);
    assert!(matches!(told[0], BoxEvent::RecordingsReckoned { differ: 0, .. }));
}
