//! A copy in a bucket: the same promises as in a folder, though an object is put whole or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    slice,
    sync::{Arc, Mutex},
};

use super::{
    copy::{anew, content, copier, level, three},
    erasing::{follow, order, two},
    *,
};
use crate::recorder::{
    bucket::{Bucket, BucketStore, Listed},
    key_table::Left,
};

/// Objects in memory, each put whole. Clones are the same bucket.
#[derive(Clone, Debug, Default)]
struct MemoryBucket(Arc<Mutex<Objects>>);

#[derive(Clone, Debug, Default)]
struct Objects {
    objects: BTreeMap<String, Vec<u8>>,
    /// What somebody deleted at its console, and it keeps as earlier versions.
    earlier: BTreeMap<String, Vec<u8>>,
    /// It lets none of them be deleted.
    holds_on: bool,
    operations: u64,
    dies_after: Option<u64>,
    /// It keeps another octet of the next recording than it was given, and says so too late.
    spoils_next: bool,
    /// Until when each recording is under a lease.
    lease: Option<Utc>,
    /// What is read no more, and is under one.
    concealed: BTreeMap<String, Vec<u8>>,
    /// The recordings whose leases were renewed.
    renewed: BTreeSet<String>,
    /// Those that are held.
    held: BTreeSet<String>,
}

impl MemoryBucket {
    fn operate(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> io::Result<()> {
        let mut all = self.0.lock().unwrap();
        all.operations += 1;
        if all.dies_after.is_some_and(|last| all.operations > last) {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        act(&mut all.objects);
        Ok(())
    }

    /// The same objects, of which nothing dies.
    fn alive(&self) -> MemoryBucket {
        let all = self.0.lock().unwrap();
        let (objects, lease, concealed) = (all.objects.clone(), all.lease, all.concealed.clone());
        MemoryBucket(Arc::new(Mutex::new(Objects { objects, lease, concealed, ..Objects::default() })))
    }

    /// What is left of a recording, read or not.
    fn has_left(&self, key: &str) -> bool {
        let all = self.0.lock().unwrap();
        all.objects.contains_key(key) || all.concealed.contains_key(key)
    }

    /// Somebody deletes objects at its console.
    fn loses(&self, prefix: &str) {
        let Objects { objects, earlier, .. } = &mut *self.0.lock().unwrap();
        earlier.extend(objects.extract_if(.., |key, _| key.starts_with(prefix)));
    }

    fn store(&self) -> BucketStore<MemoryBucket> {
        BucketStore::new(self.clone())
    }

    fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().objects.keys().cloned().collect()
    }
}

impl Bucket for MemoryBucket {
    fn octets(&self, key: &str) -> io::Result<Option<u64>> {
        Ok(self.0.lock().unwrap().objects.get(key).map(|octets| octets.len() as u64))
    }

    fn read_at(&self, key: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let all = self.0.lock().unwrap();
        let from = all.objects.get(key).ok_or(ErrorKind::NotFound)?.get(offset as usize..).unwrap_or_default();
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    fn put(&mut self, key: &str, octets: &[u8]) -> io::Result<()> {
        if key.starts_with("objects/") && std::mem::take(&mut self.0.lock().unwrap().spoils_next) {
            let mut spoiled = octets.to_vec();
            spoiled[octets.len() / 2] ^= 1;
            self.operate(|objects| _ = objects.insert(key.to_owned(), spoiled))?;
            return Err(ErrorKind::InvalidData.into());
        }
        self.operate(|objects| _ = objects.insert(key.to_owned(), octets.to_vec()))
    }

    fn remove(&mut self, key: &str) -> io::Result<()> {
        let mut removed = None;
        self.operate(|objects| removed = objects.remove(key))?;
        let mut all = self.0.lock().unwrap();
        match removed {
            Some(octets) if all.lease.is_some() && key.ends_with(".rfo") => {
                _ = all.concealed.insert(key.to_owned(), octets)
            }
            _ if all.lease.is_none() => _ = all.concealed.remove(key),
            _ => {}
        }
        Ok(())
    }

    fn leased_until(&self, key: &str) -> io::Result<Option<Utc>> {
        let lease = self.0.lock().unwrap().lease;
        Ok(lease.filter(|_| key.ends_with(".rfo") && self.has_left(key)))
    }

    fn renew_lease(&mut self, key: &str) -> io::Result<Option<Utc>> {
        let lease = self.0.lock().unwrap().lease;
        self.operate(|_| ())?;
        self.0.lock().unwrap().renewed.insert(key.to_owned());
        Ok(lease)
    }

    fn set_hold(&mut self, key: &str, is_held: bool) -> io::Result<()> {
        self.operate(|_| ())?;
        let held = &mut self.0.lock().unwrap().held;
        if is_held {
            held.insert(key.to_owned())
        } else {
            held.remove(key)
        };
        Ok(())
    }

    fn forget_earlier(&mut self, prefix: &str) -> io::Result<()> {
        let mut all = self.0.lock().unwrap();
        if all.holds_on {
            return Err(ErrorKind::Unsupported.into());
        }
        all.earlier.retain(|key, _| !key.starts_with(prefix));
        Ok(())
    }

    fn list(&self, prefix: &str, after: Option<&str>, most: usize) -> io::Result<Vec<Listed>> {
        let all = self.0.lock().unwrap();
        let from = after.unwrap_or_default().max(prefix);
        let behind = all.objects.range(from.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let behind = behind.filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        Ok(behind.take(most).map(|(key, octets)| Listed { key: key.clone(), octets: octets.len() as u64 }).collect())
    }
}

fn intact(bucket: &MemoryBucket) -> Report {
    let report = verify_vault(&bucket.store(), None).unwrap();
    assert!(report.is_intact(), "{report:?}");
    report
}

fn assert_whole(vault: &MemoryStore, bucket: &MemoryBucket) {
    let store = bucket.store();
    for name in store.list(OBJECTS).unwrap() {
        assert_eq!(content(&store, &name), content(vault, &name), "{name}");
    }
}

#[test]
fn a_copy_in_a_bucket_is_one_and_a_page_of_its_keys_is_an_object() {
    let rig = three();
    let bucket = MemoryBucket::default();
    anew(&rig.store, &mut bucket.store()).unwrap();
    let report = intact(&bucket);
    assert_eq!((report.objects, report.leaves, report.signed_leaves, report.left_out), (3, 3, 3, Some(0)));
    assert_whole(&rig.store, &bucket);
    let keys = bucket.keys();
    let pages: Vec<&String> = keys.iter().filter(|key| key.starts_with("keys-a/level-0/")).collect();
    assert!(!pages.is_empty() && pages.iter().all(|page| bucket.octets(page).unwrap() == Some(4096)), "{keys:?}");
    assert!(!keys.iter().any(|key| key.contains("incoming") || key.ends_with(".new")), "{keys:?}");
    // One file is where the others' would be in a folder: it is found by whoever has downloaded it.
    assert!(keys.contains(&"leaves/hashes/000000000000".to_owned()), "{keys:?}");
    let before = bucket.0.lock().unwrap().operations;
    anew(&rig.store, &mut bucket.store()).unwrap();
    assert_eq!(bucket.0.lock().unwrap().operations, before, "there is nothing to be done");
}

#[test]
fn whatever_request_is_the_last_the_next_life_goes_on_and_each_object_with_a_name_is_whole() {
    let rig = three();
    let whole = MemoryBucket::default();
    anew(&rig.store, &mut whole.store()).unwrap();
    let operations = whole.0.lock().unwrap().operations;
    for last in 0..operations {
        let dying = MemoryBucket::default();
        dying.0.lock().unwrap().dies_after = Some(last);
        assert!(anew(&rig.store, &mut dying.store()).is_err(), "request {last}");
        let left = dying.alive();
        assert_whole(&rig.store, &left);
        anew(&rig.store, &mut left.store()).unwrap();
        assert_eq!(intact(&left).objects, 3);
        assert_eq!(left.keys(), whole.keys(), "request {last}");
    }
}

/// One that is killed, and killed again while it puts right what that left: one of the two key tables is whole at any time.
#[test]
fn of_a_copy_that_is_killed_again_and_again_one_key_table_is_whole() {
    let rig = three();
    let whole = MemoryBucket::default();
    anew(&rig.store, &mut whole.store()).unwrap();
    let operations = whole.0.lock().unwrap().operations;
    let dies = |bucket: &MemoryBucket, last| {
        bucket.0.lock().unwrap().dies_after = Some(last);
        let _ = anew(&rig.store, &mut bucket.store());
        bucket.alive()
    };
    let mut looked = 0;
    for seed in 0..CHAINS {
        let (mut left, mut random) = (MemoryBucket::default(), Seeded::new(seed));
        for kill in 0..6 {
            let mut octet = [0];
            random.fill(&mut octet);
            left = dies(&left, u64::from(octet[0]) % operations);
            // Before it has its identity it is none yet.
            let Ok(report) = verify_vault(&left.store(), None) else { continue };
            looked += 1;
            let pages = report.findings.iter().filter(|found| found.what == Finding::KeyTable);
            let spoiled: BTreeSet<&str> = pages.filter_map(|found| found.file.split('/').next()).collect();
            assert!(spoiled.len() < 2, "seed {seed}, kill {kill}: {spoiled:?}");
        }
    }
    assert!(looked > CHAINS, "{looked} of {CHAINS} chains of kills");
}

/// Chains of kills.
const CHAINS: u64 = 40;

/// Files in a bucket are what they are in memory, whatever is done to them, also to one that was opened anew.
#[test]
fn files_in_pieces_are_read_as_they_were_written() {
    let names = [
        "keys-b/level-2",
        "keys-a/level-0",
        "keys-b/level-1",
        "reserve",
        "leaves/edge",
        "incoming/1",
        "keys-a/roots.new",
    ];
    for seed in 0..6 {
        let (bucket, mut random) = (MemoryBucket::default(), Seeded::new(seed));
        let (mut store, mut memory) = (bucket.store(), MemoryStore::new());
        let mut draw = |below: u64| {
            let mut octets = [0; 8];
            random.fill(&mut octets);
            u64::from_be_bytes(octets) % below
        };
        for _ in 0..60 {
            let (name, other) = (names[draw(7) as usize], names[draw(7) as usize]);
            let (offset, octets) = (draw(200_000), vec![draw(255) as u8 + 1; draw(70_000) as usize + 1]);
            match draw(8) {
                0..4 => {
                    store.write_at(name, offset, &octets).unwrap();
                    memory.write_at(name, offset, &octets).unwrap();
                }
                4 if memory.octets(name).unwrap().is_some() => {
                    let octets = draw(250_000);
                    store.truncate(name, octets).unwrap();
                    memory.truncate(name, octets).unwrap();
                }
                5 if name != other && memory.octets(name).unwrap().is_some() => {
                    names.iter().for_each(|name| store.sync(name).unwrap());
                    store.rename(name, other).unwrap();
                    memory.rename(name, other).unwrap();
                }
                6 => {
                    store.remove(name).unwrap();
                    memory.remove(name).unwrap();
                }
                _ => {}
            }
            names.iter().for_each(|name| store.sync(name).unwrap());
            for name in names {
                let (ours, theirs) = (read_all(&store, name).unwrap(), read_all(&memory, name).unwrap());
                assert!(
                    ours == theirs,
                    "seed {seed}, {name}: {:?}, {:?}",
                    ours.map(|o| o.len()),
                    theirs.map(|o| o.len())
                );
            }
            let staged = |name: &&str| name.starts_with("incoming/") || name.ends_with(".new");
            let anew = bucket.store();
            for name in names.iter().filter(|name| !staged(name)) {
                assert!(
                    read_all(&anew, name).unwrap() == read_all(&memory, name).unwrap(),
                    "seed {seed}, {name} opened anew"
                );
            }
            for dir in ["leaves", "keys-a", "incoming"] {
                assert_eq!(store.list(dir).unwrap(), memory.list(dir).unwrap(), "seed {seed}");
            }
        }
    }
}

/// It has its name, its length, and nobody has read it.
#[test]
fn an_object_that_was_put_and_not_read_back_does_not_count() {
    let rig = three();
    let bucket = MemoryBucket::default();
    bucket.0.lock().unwrap().spoils_next = true;
    assert!(anew(&rig.store, &mut bucket.store()).is_err());
    assert!(!bucket.store().list(OBJECTS).unwrap().is_empty());
    anew(&rig.store, &mut bucket.store()).unwrap();
    assert_whole(&rig.store, &bucket);
    assert_eq!(intact(&bucket).objects, 3);
}

#[test]
fn a_piece_of_the_log_that_came_late_and_is_short_makes_no_hole() {
    let bucket = MemoryBucket::default();
    let mut store = bucket.store();
    for (offset, octets) in [(0, &[1; 100][..]), (100, &[2; 100])] {
        store.write_at("leaves/records", offset, octets).unwrap();
        store.sync("leaves/records").unwrap();
    }
    bucket.clone().put("leaves/records/000000000000", &[1; 100]).unwrap();
    let error = store.write_at("leaves/records", 200, &[3; 100]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert_eq!(store.lacks("leaves/records", 200).unwrap(), slice::from_ref(&(100..200)));
    let piece = 64 << 10;
    assert_eq!(
        store.lacks("leaves/records", 2 * piece + 7).unwrap(),
        [100..piece, piece..2 * piece, 2 * piece..2 * piece + 7]
    );
    assert!(store.lacks("leaves/records", 100).unwrap().is_empty());
}

/// A request that was given up is done late: the log is as it was before, and the edge says that it was longer.
#[test]
fn a_log_that_became_short_is_filled_from_the_vault() {
    let rig = three();
    for name in ["leaves/records", "leaves/hashes", "leaves/checkpoints"] {
        for (left, mends) in [(40, false), (40, true), (0, false)] {
            let bucket = MemoryBucket::default();
            let (mut copier, mut store) = (copier(), bucket.store());
            level(&mut copier, &rig.store, &mut store).unwrap();
            let key = format!("{name}/000000000000");
            let whole = content(&store, name);
            assert!(whole.len() > 80, "{name}");
            match left {
                0 => bucket.loses(&key),
                left => bucket.operate(|objects| _ = objects.insert(key, whole[..left].to_vec())).unwrap(),
            }
            match mends {
                true => assert_eq!(copier.mend(&mut rig.store.clone(), &mut store).unwrap(), 0),
                false => anew(&rig.store, &mut bucket.store()).unwrap(),
            }
            assert!(content(&bucket.store(), name) == whole, "{name}, {left} left");
            intact(&bucket);
        }
    }
}

/// Who deletes the key tables at the store's console leaves all versions of them, with the halves.
#[test]
fn nothing_is_told_as_destroyed_before_the_earlier_versions_of_the_tables_are_gone() {
    let mut rig = two();
    let bucket = MemoryBucket::default();
    let (mut copier, mut store) = (copier(), bucket.store());
    level(&mut copier, &rig.store, &mut store).unwrap();
    order(&mut rig);
    follow(&mut rig).unwrap();
    bucket.loses("keys-");
    bucket.0.lock().unwrap().holds_on = true;
    // The new tables are filled first.
    let mut destroys = |most: u32| {
        let mut steps = (0..most).map(|_| copier.step(&mut rig.store.clone(), &mut store));
        steps.find(|step| step.as_ref().map_or(true, |step| !step.destroyed.is_empty())).expect("it takes no end")
    };
    let refused = destroys(20);
    assert!(matches!(refused, Err(CopyError::Target(_))), "{refused:?}");
    assert_eq!(known_copies(&rig.store).unwrap()[0].pending, 1);
    bucket.0.lock().unwrap().holds_on = false;
    assert_eq!(destroys(20).unwrap().destroyed.len(), 1);
    assert!(bucket.0.lock().unwrap().earlier.is_empty());
}

const LEASE_ENDS: Utc = Utc::from_us(1_734_560_000_000_000);

/// What a look at the leases comes to at this moment; what is free is settled.
fn look(copier: &mut Copier, vault: &MemoryStore, bucket: &MemoryBucket, now: Utc) -> Result<Vec<Leased>, CopyError> {
    look_by(copier, vault, bucket, &LeaseTerms { now, is_held: &|_| Some(false) })
}

fn look_by(
    copier: &mut Copier,
    vault: &MemoryStore,
    bucket: &MemoryBucket,
    terms: &LeaseTerms<'_>,
) -> Result<Vec<Leased>, CopyError> {
    let (mut look, mut store, mut all) = (LeaseLook::begin(true), bucket.store(), Vec::new());
    while !look.is_over() {
        let freed = copier.look_after_leases(&mut vault.clone(), &mut store, (&mut look, terms))?;
        freed.iter().for_each(|leased| settle_leased(&mut vault.clone(), leased).unwrap());
        all.extend(freed);
    }
    Ok(all)
}

fn noted(vault: &MemoryStore) -> Vec<Leased> {
    leased_at(vault, known_copies(vault).unwrap()[0].tables).unwrap()
}

#[test]
fn what_is_erased_under_a_lease_has_no_keys_at_once_is_noted_until_it_ends_and_goes_then() {
    let mut rig = two();
    let (bucket, object) = (MemoryBucket::default(), object_name(recording(1)));
    bucket.0.lock().unwrap().lease = Some(LEASE_ENDS);
    let (mut copier, mut store) = (copier(), bucket.store());
    level(&mut copier, &rig.store, &mut store).unwrap();
    order(&mut rig);
    follow(&mut rig).unwrap();
    let destroyed = copier.step(&mut rig.store.clone(), &mut store).unwrap().destroyed;
    let [pending] = &destroyed[..] else { panic!("{destroyed:?}") };
    assert_eq!(pending.ciphertext_until, Some(LEASE_ENDS));
    let left = KeyTables::left_of(&store, rig.home.vault(), &pending.keys).unwrap();
    assert_eq!(left, Left::Nothing, "a lease holds no key");
    settle_pending(&mut rig.store.clone(), pending).unwrap();
    copier.settled(pending.grave);
    level(&mut copier, &rig.store, &mut store).unwrap();
    assert_eq!(store.octets(&object).unwrap(), None);
    let tables = pending.tables;
    let leased = Leased { tables, recording: recording(1), call: Some(call(1)), until: Some(LEASE_ENDS) };
    assert_eq!((noted(&rig.store), bucket.has_left(&object)), (vec![leased.clone()], true));

    let at = |seconds: i64| Utc::from_us(LEASE_ENDS.as_us() + seconds * 1_000_000);
    // Before its end nobody asks; and a clock that is ahead has nothing go.
    for now in [at(-1), at(1)] {
        assert_eq!(look(&mut copier, &rig.store, &bucket, now).unwrap(), []);
        assert_eq!((noted(&rig.store), bucket.has_left(&object)), (vec![leased.clone()], true));
    }
    let renewed: Vec<String> = bucket.0.lock().unwrap().renewed.iter().cloned().collect();
    assert_eq!(renewed, [2, 3].map(|no| object_name(recording(no))), "what the vault has");
    bucket.0.lock().unwrap().lease = None;
    assert_eq!(look(&mut copier, &rig.store, &bucket, at(-1)).unwrap(), []);
    assert_eq!(look(&mut copier, &rig.store, &bucket, at(0)).unwrap(), [leased]);
    assert_eq!((noted(&rig.store), bucket.has_left(&object)), (vec![], false));
    assert_eq!(intact(&bucket).objects, 2);
}

/// Whoever dies at whatever moment: where something of an erased recording is left, the vault says so.
#[test]
fn nothing_is_left_under_a_lease_that_nobody_knows_of() {
    let mut rig = two();
    let (first, object) = (MemoryBucket::default(), object_name(recording(1)));
    first.0.lock().unwrap().lease = Some(LEASE_ENDS);
    anew(&rig.store, &mut first.store()).unwrap();
    order(&mut rig);
    follow(&mut rig).unwrap();
    let mut last = 0;
    loop {
        let (bucket, vault) = (first.alive(), rig.store.after_kill());
        bucket.0.lock().unwrap().dies_after = Some(last);
        let is_over = anew(&vault, &mut bucket.store()).is_ok();
        let left = bucket.alive();
        let is_read = left.store().octets(&object).unwrap().is_some();
        assert!(is_read || !noted(&vault).is_empty(), "request {last}");
        anew(&vault, &mut left.store()).unwrap();
        assert_eq!((noted(&vault).len(), left.has_left(&object)), (1, true), "request {last}");
        left.0.lock().unwrap().lease = None;
        assert_eq!(look(&mut copier(), &vault, &left, LEASE_ENDS).unwrap().len(), 1, "request {last}");
        assert!(noted(&vault).is_empty() && !left.has_left(&object), "request {last}");
        if is_over {
            break;
        }
        last += 1;
    }
    assert!(last > 3, "{last}");
}

#[test]
fn a_file_that_says_that_a_recording_is_left_deletes_none_that_the_vault_has() {
    let rig = three();
    let bucket = MemoryBucket::default();
    anew(&rig.store, &mut bucket.store()).unwrap();
    let tables = known_copies(&rig.store).unwrap()[0].tables;
    rig.store.clone().write_at(&format!("copies/{tables}/leased/{}", recording(2)), 0, b"x").unwrap();
    assert_eq!(look(&mut copier(), &rig.store, &bucket, LEASE_ENDS).unwrap(), []);
    assert_eq!((intact(&bucket).objects, noted(&rig.store).len()), (3, 1));
}

/// What is held by hand at the store's console is not the box's to let go.
#[test]
fn what_a_hold_covers_is_held_at_the_store_until_it_is_lifted_and_nothing_else_is_let_go() {
    let mut rig = two();
    let bucket = MemoryBucket::default();
    bucket.0.lock().unwrap().lease = Some(LEASE_ENDS);
    let (mut copier, name) = (copier(), |no| object_name(recording(no)));
    level(&mut copier, &rig.store, &mut bucket.store()).unwrap();
    let by_hand = name(3);
    bucket.0.lock().unwrap().held.insert(by_hand.clone());
    let mut looks = |vault: &MemoryStore, is_held: &dyn Fn(RecordingId) -> Option<bool>| {
        let terms = LeaseTerms { now: LEASE_ENDS, is_held };
        look_by(&mut copier, vault, &bucket, &terms).unwrap();
        bucket.0.lock().unwrap().held.iter().cloned().collect::<Vec<_>>()
    };
    let first_two = [name(1), name(2), by_hand.clone()];
    assert_eq!(looks(&rig.store, &|of| Some(of != recording(3))), first_two);
    assert_eq!(looks(&rig.store, &|_| None), first_two, "nobody can tell");
    assert_eq!(looks(&rig.store, &|of| Some(of == recording(1))), [name(1), by_hand.clone()]);
    // The box knows that it is lifted before the store does, and has it erased.
    order(&mut rig);
    follow(&mut rig).unwrap();
    anew(&rig.store, &mut bucket.store()).unwrap();
    assert_eq!(bucket.0.lock().unwrap().held.iter().collect::<Vec<_>>(), [&by_hand]);
    assert_eq!(
        rig.store.list(&format!("copies/{}/held", known_copies(&rig.store).unwrap()[0].tables)).unwrap(),
        [""; 0]
    );
}
