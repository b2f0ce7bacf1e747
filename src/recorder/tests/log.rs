//! The leaf sequence.

use vault::{Checkpoint, Outcome, merkle};

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
