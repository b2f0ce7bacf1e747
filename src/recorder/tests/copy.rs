//! A copy is whole whenever it ends, takes nothing that is damaged, and loses nothing that it has.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use frame::{EventNo, PersonId};
use vault::{LogEdge, Tombstone, sha256};

use super::*;

/// Steps that any copy here takes at most.
const STEPS: usize = 100;

/// One that begins: a life of its own.
pub(super) fn copier() -> Copier {
    static SEED: AtomicU64 = AtomicU64::new(1_000);
    Copier::new("机房\n/mnt/copy\n".into(), Box::new(|| Box::new(Seeded::new(SEED.fetch_add(1, Ordering::Relaxed)))))
}

/// Brings a copy level. The log is told of what it has destroyed.
pub(super) fn level(copier: &mut Copier, vault: &MemoryStore, copy: &mut dyn Store) -> Result<(), CopyError> {
    for _ in 0..STEPS {
        let step = copier.step(&mut vault.clone(), copy)?;
        step.destroyed.iter().for_each(|pending| settle_pending(&mut vault.clone(), pending).unwrap());
        if step.is_level {
            return Ok(());
        }
    }
    panic!("it takes no end");
}

pub(super) fn anew(vault: &MemoryStore, copy: &mut dyn Store) -> Result<(), CopyError> {
    level(&mut copier(), vault, copy)
}

pub(super) fn copied(rig: &Rig) -> MemoryStore {
    let mut copy = MemoryStore::new();
    anew(&rig.store, &mut copy).unwrap();
    copy
}

pub(super) fn three() -> Rig {
    let mut rig = Rig::new();
    for (no, timeslot) in [(1, 2), (2, 3), (3, 4)] {
        rig.begin(no, timeslot);
        rig.talk(25);
        rig.end(timeslot);
        rig.finish(no);
        rig.talk(25);
    }
    rig.close();
    rig.log();
    rig
}

fn leaves(rig: &Rig) -> Leaves {
    let store = Box::new(rig.store.clone());
    Leaves::open(store, rig.home.vault(), rig.home.log_key(), Box::new(Seeded::new(9))).unwrap().0
}

fn log(rig: &Rig, leaf: Leaf) {
    let mut leaves = leaves(rig);
    leaves.append(leaf).unwrap();
    leaves.checkpoint(stamp_at(rig.now), rig.home.log_key()).unwrap();
}

pub(super) fn intact(copy: &MemoryStore) -> Report {
    let report = verify_vault(copy, None).unwrap();
    assert!(report.is_intact(), "{report:?}");
    report
}

pub(super) fn content(store: &dyn Store, name: &str) -> Vec<u8> {
    read_all(store, name).unwrap().unwrap()
}

/// Objects that have their name in a copy are those of the vault.
pub(super) fn assert_whole(vault: &MemoryStore, copy: &MemoryStore) {
    for name in copy.list(OBJECTS).unwrap() {
        assert_eq!(content(copy, &name), content(vault, &name), "{name}");
    }
}

#[test]
fn a_copy_is_intact_to_verify_and_holds_no_key_that_opens_anything() {
    let rig = three();
    let copy = copied(&rig);
    let report = intact(&copy);
    assert_eq!((report.objects, report.leaves, report.signed_leaves, report.left_out), (3, 3, 3, Some(0)));
    assert_whole(&rig.store, &copy);
    let kept =
        |name: &String| ["identity", "copy", "last-roots", "reserve"].contains(&name.as_str()) || name.contains('/');
    assert!(copy.names().iter().all(kept), "{:?}", copy.names());
    for secret in ["birth-key", "log-key", "keyring"] {
        assert_eq!(copy.octets(secret).unwrap(), None, "{secret}");
    }
    assert!(verify_vault(&rig.store, None).unwrap().left_out.is_none(), "a vault is none");
}

#[test]
fn whatever_ends_a_copy_the_next_one_goes_on_and_each_object_with_a_name_is_whole() {
    let rig = three();
    let whole = MemoryStore::new();
    anew(&rig.store, &mut whole.clone()).unwrap();
    for last in 0..whole.operations() {
        let dying = MemoryStore::new();
        dying.set_faults(Faults { dies_after: Some(last), torn_octets: 7, ..Faults::default() });
        assert!(anew(&rig.store, &mut dying.clone()).is_err(), "operation {last}");
        for mut left in [dying.after_power_cut(), dying.after_kill()] {
            assert_whole(&rig.store, &left);
            anew(&rig.store, &mut left).unwrap();
            assert_eq!(intact(&left).objects, 3);
            assert_eq!(left.names(), whole.names(), "operation {last}");
        }
    }
}

#[test]
fn what_came_since_is_added_and_the_rest_is_not_written_again() {
    let mut rig = recorded();
    let copy = copied(&rig);
    rig.events.clear();
    rig.begin(2, 5);
    rig.talk(25);
    rig.end(5);
    rig.finish(2);
    rig.talk(60);
    rig.log();
    copy.set_faults(Faults::default());
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(intact(&copy).objects, 2);
    let new = content(&copy, &object_name(recording(2))).len() as u64;
    // Its key halves are a page of each level in each of the two tables.
    let keys = 2 * u64::from(vault::LEVELS) * vault::PAGE_OCTETS as u64;
    assert!(copy.asked_octets() < new + keys + 4096, "{} for {new}", copy.asked_octets());
    copy.set_faults(Faults::default());
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(copy.asked_octets(), 0, "there is nothing to be done");
}

/// A disk that keeps another octet than it was given, in files whose name begins so.
struct Lying(MemoryStore, &'static str);

impl Store for Lying {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.0.octets(name)
    }
    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(name, offset, into)
    }
    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.0.write_at(name, offset, octets)?;
        if name.starts_with(self.1) {
            self.0.tamper(name, |kept| kept[offset as usize + octets.len() / 2] ^= 1);
        }
        Ok(())
    }
    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.0.sync(name)
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

#[test]
fn what_does_not_read_back_as_it_was_written_does_not_count() {
    let rig = three();
    for file in ["incoming/1", "incoming/put", "leaves/records", "leaves/hashes", "leaves/checkpoints"] {
        let copy = MemoryStore::new();
        let told = anew(&rig.store, &mut Lying(copy.clone(), file));
        assert!(matches!(told, Err(CopyError::NotReadBack(_))), "{file}: {told:?}");
        assert_whole(&rig.store, &copy);
        let edge = read_all(&copy, "leaves/edge").unwrap();
        assert!(edge.is_none_or(|edge| LogEdge::parse(&edge) == Ok(LogEdge::default())), "{file}");
        anew(&rig.store, &mut copy.clone()).unwrap();
        assert_eq!(intact(&copy).objects, 3, "another disk goes on");
    }
}

#[test]
fn verify_finds_every_changed_octet_of_a_copy() {
    let rig = three();
    let copy = copied(&rig);
    // What is no evidence: what the copy says of itself, and room.
    let no_evidence = ["copy", "last-roots", "reserve"];
    let files = copy.names().into_iter().filter(|name| !no_evidence.contains(&name.as_str()));
    for name in files {
        let octets = copy.octets(&name).unwrap().unwrap() as usize;
        let step = match octets {
            _ if name.starts_with("keys-") => 131,
            1000.. => 13,
            _ => 1,
        };
        for at in (0..octets).step_by(step) {
            copy.tamper(&name, |octets| octets[at] ^= 0x10);
            let told = verify_vault(&copy, None);
            assert!(told.is_err() || !told.unwrap().is_intact(), "{name}, octet {at}");
            copy.tamper(&name, |octets| octets[at] ^= 0x10);
        }
    }
    intact(&copy);
}

#[test]
fn a_full_disk_is_told_and_once_there_is_room_it_goes_on() {
    let rig = three();
    let copy = MemoryStore::new();
    copy.set_faults(Faults { full: true, ..Faults::default() });
    assert!(anew(&rig.store, &mut copy.clone()).unwrap_err().is_full());
    copy.set_faults(Faults::default());
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(intact(&copy).objects, 3);
}

#[test]
fn a_damaged_recording_is_not_copied_keeps_none_back_and_is_once_it_is_whole_again() {
    let rig = three();
    let name = object_name(recording(2));
    rig.store.tamper(&name, |octets| octets[300] ^= 1);
    let mut copy = copied(&rig);
    assert_eq!(copy.list(OBJECTS).unwrap(), [object_name(recording(1)), object_name(recording(3))]);
    let mut copier = copier();
    assert_eq!(copier.mend(&mut rig.store.clone(), &mut copy).unwrap(), 1);
    rig.store.tamper(&name, |octets| octets[300] ^= 1);
    assert_eq!(copier.mend(&mut rig.store.clone(), &mut copy).unwrap(), 0);
    assert_eq!(intact(&copy).objects, 3);
}

#[test]
fn damage_of_the_vault_never_takes_the_place_of_what_the_copy_has() {
    let rig = three();
    let copy = copied(&rig);
    let name = object_name(recording(2));
    let good = content(&copy, &name);
    rig.store.tamper(&name, |octets| octets[300] ^= 1);
    log(&rig, Leaf::Due { at: stamp_at(0), call: call(9) });
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(content(&copy, &name), good);
    intact(&copy);
    // So does a leaf that the disk forgot.
    let before = content(&copy, "leaves/records");
    log(&rig, Leaf::Due { at: stamp_at(0), call: call(10) });
    let end = before.len() + 20;
    rig.store.tamper("leaves/records", |octets| octets[end] ^= 1);
    assert!(matches!(anew(&rig.store, &mut copy.clone()), Err(CopyError::Vault(_))));
    assert_eq!(content(&copy, "leaves/records"), before);
    intact(&copy);
}

#[test]
fn a_vault_that_was_set_back_or_is_another_writes_nothing_over_what_a_copy_holds() {
    let rig = recorded();
    let yesterday = rig.store.after_kill();
    log(&rig, Leaf::Due { at: stamp_at(0), call: call(9) });
    let copy = copied(&rig);
    let kept = || copy.names().into_iter().map(|name| (content(&copy, &name), name)).collect::<Vec<_>>();
    let before = kept();
    assert!(matches!(anew(&yesterday, &mut copy.clone()), Err(CopyError::Differs)));
    // It went on otherwise since.
    let set_back = Rig { store: yesterday, ..recorded() };
    log(&set_back, Leaf::Due { at: stamp_at(0), call: call(10) });
    log(&set_back, Leaf::Due { at: stamp_at(0), call: call(11) });
    assert!(matches!(anew(&set_back.store, &mut copy.clone()), Err(CopyError::Differs)));
    let mut other = MemoryStore::new();
    Home::create(&mut other, CODE, QUICK, stamp_at(0), &mut Seeded::new(77)).unwrap();
    assert!(matches!(anew(&other, &mut copy.clone()), Err(CopyError::Differs)));
    assert_eq!(kept(), before);
}

#[test]
fn an_erased_recording_goes_from_the_copy_and_its_tombstone_stands_there() {
    let mut rig = three();
    let copy = copied(&rig);
    let tombstone = Tombstone {
        vault: rig.home.vault(),
        recording: recording(2),
        call: call(2),
        chain_head: [7; 32],
        list: EventNo(40),
        asked: PersonId(3),
        granted: PersonId(7),
        rule: "privacy".into(),
        range: None,
        packages: vec![],
        confirmed: [Some(stamp_at(1)); 2],
    };
    let (name, document) = (object_name(recording(2)), tombstone.emit().into_bytes());
    log(&rig, Leaf::Tombstone { recording: recording(2), document: sha256(&document) });
    // The log has it before it is buried.
    let mut late = copied(&rig);
    assert_eq!(late.octets(&name).unwrap(), None);
    assert_eq!(copier().mend(&mut rig.store.clone(), &mut late).unwrap(), 1);
    rig.store.write_at(&tombstone_name(recording(2)), 0, &document).unwrap();
    rig.store.remove(&name).unwrap();
    assert_eq!(copier().mend(&mut rig.store.clone(), &mut late).unwrap(), 0);
    anew(&rig.store, &mut copy.clone()).unwrap();
    for copy in [copy, late, copied(&rig)] {
        assert_eq!(copy.octets(&name).unwrap(), None);
        assert_eq!(content(&copy, &tombstone_name(recording(2))), document);
        assert_eq!(copy.list("lacks").unwrap(), [""; 0]);
        assert_eq!(intact(&copy).objects, 2);
    }
}

#[test]
fn a_call_under_way_makes_no_copy_look_damaged() {
    let mut rig = recorded();
    rig.begin(2, 5);
    rig.talk(250);
    let stable = |event: &RecorderEvent| match event {
        RecorderEvent::Stable { live, .. } => Some(live.clone()),
        _ => None,
    };
    let live = rig.events.iter().rev().find_map(stable).unwrap();
    log(&rig, Leaf::Live { at: stamp_at(rig.now), recordings: live });
    assert_eq!(intact(&copied(&rig)).left_out, Some(1));
}
