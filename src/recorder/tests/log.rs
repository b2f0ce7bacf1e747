//! The leaf sequence.

use vault::{Checkpoint, LeafEntry, Outcome, merkle};

use super::*;

fn home(store: &mut MemoryStore) -> Home {
    Home::create(store, CODE, QUICK, stamp_at(0), &mut Seeded::new(1)).unwrap()
}

fn open(store: &MemoryStore, home: &Home) -> (Leaves, LeavesRecovered) {
    let random = Box::new(Seeded::new(2));
    Leaves::open(Box::new(store.clone()), home.vault(), home.log_key(), random).unwrap()
}

fn leaf(no: u64) -> Leaf {
    Leaf::AuditOutcome { intent: frame::EventNo(no), outcome: Outcome::Done }
}

#[test]
fn a_checkpoint_is_signed_over_all_leaves_and_continues_the_last_one() {
    let mut store = MemoryStore::new();
    let home = home(&mut store);
    let (mut leaves, _) = open(&store, &home);
    let key = home.log_key().verifying_key();
    let mut notes = Vec::new();
    for no in 0..20 {
        assert_eq!(leaves.append(leaf(no)).unwrap(), no);
        notes.push(leaves.checkpoint(stamp_at(no), home.log_key()).unwrap());
    }
    let checkpoints: Vec<_> = notes.iter().map(|note| Checkpoint::open(note, &key).unwrap()).collect();
    let hashes = read_all(&store, "leaves/hashes").unwrap().unwrap();
    let hashes = hashes.as_chunks().0;
    for pair in checkpoints.windows(2) {
        let [old, new] = pair else { unreachable!() };
        assert_eq!(new.previous, old.root);
        let proof = merkle::consistency_proof(&hashes[..new.size as usize], old.size as usize).unwrap();
        assert!(merkle::verify_consistency(old.size, &old.root, new.size, &new.root, &proof));
    }
}

#[test]
fn a_log_that_is_cut_at_any_octet_keeps_its_whole_leaves() {
    let mut store = MemoryStore::new();
    let home = home(&mut store);
    let (mut leaves, _) = open(&store, &home);
    for no in 0..3 {
        leaves.append(leaf(no)).unwrap();
    }
    leaves.sync().unwrap();
    for name in ["leaves/records", "leaves/hashes"] {
        let whole = store.octets(name).unwrap().unwrap();
        for octets in 0..whole {
            let store = store.after_kill();
            store.tamper(name, |content| content.truncate(octets as usize));
            let (mut leaves, recovered) = open(&store, &home);
            assert_eq!(recovered.leaves, octets * 3 / whole, "{name} {octets}");
            assert!(!recovered.checkpoint_broken);
            leaves.append(leaf(9)).unwrap();
            leaves.checkpoint(stamp_at(1), home.log_key()).unwrap();
            assert!(verify_vault(&store, None).unwrap().is_intact(), "{name} {octets}");
        }
    }
}

#[test]
fn what_stands_behind_the_last_signed_root_is_taken_back_and_appended_again_octet_for_octet() {
    for signed in [0, 2] {
        let mut store = MemoryStore::new();
        let home = home(&mut store);
        let (mut leaves, _) = open(&store, &home);
        (0..signed).for_each(|no| _ = leaves.append(leaf(no)).unwrap());
        if signed > 0 {
            leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
        }
        let octets = store.octets("leaves/records").unwrap().unwrap_or_default();
        (signed..5).for_each(|no| _ = leaves.append(leaf(no)).unwrap());
        leaves.sync().unwrap();
        let before = read_all(&store, "leaves/records").unwrap();
        let (mut leaves, _) = open(&store, &home);
        let taken = leaves.take_unsigned().unwrap();
        assert_eq!(
            taken.iter().map(|entry| entry.leaf.clone()).collect::<Vec<_>>(),
            (signed..5).map(leaf).collect::<Vec<_>>()
        );
        assert_eq!(store.octets("leaves/records").unwrap().unwrap_or_default(), octets);
        assert_eq!(leaves.size(), signed);
        // A death here: the next life knows them all the same, each once.
        let (mut leaves, _) = open(&store, &home);
        assert_eq!(leaves.take_unsigned().unwrap(), taken);
        taken.iter().for_each(|entry| _ = leaves.append_entry(entry).unwrap());
        leaves.sync().unwrap();
        let (mut leaves, _) = open(&store, &home);
        assert_eq!(leaves.take_unsigned().unwrap(), taken);
        taken.iter().for_each(|entry| _ = leaves.append_entry(entry).unwrap());
        leaves.forget_unsigned().unwrap();
        assert_eq!(read_all(&store, "leaves/records").unwrap(), before);
        leaves.checkpoint(stamp_at(1), home.log_key()).unwrap();
        assert!(verify_vault(&store, None).unwrap().is_intact());
        let (mut leaves, _) = open(&store, &home);
        assert_eq!(leaves.take_unsigned().unwrap(), [], "all of it is signed");
    }
}

#[test]
fn of_two_leaves_of_one_end_the_first_counts_and_the_other_is_found() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(25);
    rig.end(2);
    rig.finish(1);
    rig.talk(25);
    rig.close();
    rig.log();
    assert!(verify_vault(&rig.store, None).unwrap().is_intact());
    let home = Home::open(&rig.store).unwrap().unwrap();
    let (mut leaves, _) = open(&rig.store, &home);
    let logged = read_all(&rig.store, "leaves/records").unwrap().unwrap();
    let mut at = 0;
    let finished = loop {
        let (entry, octets) = LeafEntry::parse(&logged[at..]).unwrap();
        at += octets;
        if let Leaf::Finished { .. } = entry.leaf {
            break entry.leaf;
        }
    };
    leaves.append(finished.clone()).unwrap();
    leaves.checkpoint(stamp_at(1), home.log_key()).unwrap();
    assert!(verify_vault(&rig.store, None).unwrap().is_intact(), "it may stand there twice");
    let Leaf::Finished { recording, call, records, chunks, commitments, .. } = finished else { unreachable!() };
    leaves.append(Leaf::Finished { recording, call, records, chunks, chain_head: [7; 32], commitments }).unwrap();
    leaves.checkpoint(stamp_at(2), home.log_key()).unwrap();
    let found: Vec<_> = verify_vault(&rig.store, None).unwrap().findings.into_iter().map(|found| found.what).collect();
    assert_eq!(found, [Finding::SaidOtherwise], "the object is still the one of the first");
}

#[test]
fn leaves_missing_under_a_signed_root_are_told_and_nothing_is_cut_off() {
    for (file, edge_is_lost) in [("records", false), ("hashes", false), ("records", true), ("hashes", true)] {
        let file = &format!("leaves/{file}");
        let mut store = MemoryStore::new();
        let home = home(&mut store);
        let (mut leaves, _) = open(&store, &home);
        for no in 0..3 {
            leaves.append(leaf(no)).unwrap();
        }
        leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
        store.tamper(file, |octets| octets.truncate(octets.len() - 1));
        if edge_is_lost {
            store.remove("leaves/edge").unwrap();
        }
        let before = read_all(&store, file).unwrap();
        let (_, recovered) = open(&store, &home);
        assert!(recovered.checkpoint_broken, "{file}, {edge_is_lost}");
        assert_eq!(read_all(&store, file).unwrap(), before);
    }
}

#[test]
fn a_start_reads_what_came_after_the_newest_checkpoint_and_no_more() {
    let mut store = MemoryStore::new();
    let home = home(&mut store);
    let (mut leaves, _) = open(&store, &home);
    for no in 0..7 {
        leaves.append(leaf(no)).unwrap();
    }
    leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
    leaves.append(leaf(7)).unwrap();
    leaves.sync().unwrap();
    // What is older is not read: a change there stays for `verify` to find, and does not keep the box from starting.
    store.tamper("leaves/records", |octets| octets[50] ^= 1);
    let (mut leaves, recovered) = open(&store, &home);
    assert_eq!(recovered, LeavesRecovered { leaves: 8, torn_octets: 0, checkpoint_broken: false });
    store.tamper("leaves/records", |octets| octets[50] ^= 1);
    leaves.append(leaf(8)).unwrap();
    leaves.checkpoint(stamp_at(1), home.log_key()).unwrap();
    let report = verify_vault(&store, None).unwrap();
    assert_eq!((report.leaves, report.signed_leaves, report.findings), (9, 9, vec![]));
}

#[test]
fn a_power_cut_at_any_operation_of_a_checkpoint_keeps_the_log_whole() {
    for dies_after in 0..12 {
        let mut store = MemoryStore::new();
        let home = home(&mut store);
        let (mut leaves, _) = open(&store, &home);
        leaves.append(leaf(0)).unwrap();
        leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
        leaves.append(leaf(1)).unwrap();
        store.set_faults(Faults { dies_after: Some(dies_after), torn_octets: 60, ..Faults::default() });
        let signed = leaves.checkpoint(stamp_at(1), home.log_key()).is_ok();
        let store = store.after_power_cut();
        let (mut leaves, recovered) = open(&store, &home);
        assert!(!recovered.checkpoint_broken, "{dies_after}");
        assert!(!signed || recovered.leaves == 2, "{dies_after}");
        leaves.append(leaf(2)).unwrap();
        leaves.checkpoint(stamp_at(2), home.log_key()).unwrap();
        assert!(verify_vault(&store, None).unwrap().is_intact(), "{dies_after}");
    }
}

#[test]
fn a_leaf_that_the_disk_refused_can_be_appended_again() {
    let mut store = MemoryStore::new();
    let home = home(&mut store);
    let (mut leaves, _) = open(&store, &home);
    leaves.append(leaf(0)).unwrap();
    store.set_faults(Faults { dies_after: Some(1), torn_octets: 10, ..Faults::default() });
    assert!(leaves.append(leaf(1)).is_err());
    store.set_faults(Faults::default());
    assert_eq!(leaves.append(leaf(1)).unwrap(), 1);
    leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
    let report = verify_vault(&store, None).unwrap();
    assert_eq!((report.leaves, report.findings), (2, vec![]));
}

#[test]
fn a_leaf_that_is_being_appended_is_no_finding() {
    let rig = recorded();
    rig.store.tamper("leaves/records", |octets| octets.extend([0, 0, 0, 90, 1, 2]));
    assert_eq!(rig.verify().findings, []);
}

#[test]
fn a_signed_root_that_does_not_continue_the_one_before_is_found() {
    let mut store = MemoryStore::new();
    let home = home(&mut store);
    let (mut leaves, _) = open(&store, &home);
    leaves.append(leaf(0)).unwrap();
    let first = leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
    let first = Checkpoint::open(&first, &home.log_key().verifying_key()).unwrap();
    // Whoever holds the log key signs another history: the right root, after another one.
    let forged = Checkpoint { previous: [1; 32], ..first.clone() }.sign(home.log_key());
    store.tamper("leaves/checkpoints", |octets| octets.extend(format!("{forged}\n").into_bytes()));
    let offset = first.sign(home.log_key()).len() as u64 + 1;
    let [found] = &verify_vault(&store, None).unwrap().findings[..] else { panic!("one finding") };
    assert_eq!((found.what, found.offset), (Finding::WrongRoot, offset));
}
