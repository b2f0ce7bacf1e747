//! A box is gone, and a copy is left: what is brought back is whole, or it is said what is not.

use vault::{KeyNo, Share, VaultId};

use super::{
    ceremony::celebrated,
    chapters::{Shelf, written},
    copy::{content, copied, three},
    *,
};

fn seeded() -> Box<dyn Random + Send> {
    Box::new(Seeded::new(4_000))
}

fn bring(copy: &MemoryStore, vault: &mut dyn Store) -> Result<Restored, RestoreError> {
    may_restore(copy, vault, &Outside::default())?;
    restore(copy, vault, seeded(), &mut |_| ())
}

fn brought(copy: &MemoryStore) -> (MemoryStore, Restored) {
    let mut vault = MemoryStore::new();
    let restored = bring(copy, &mut vault).unwrap();
    (vault, restored)
}

fn found(vault: &MemoryStore) -> Vec<Finding> {
    verify_vault(vault, None).unwrap().findings.into_iter().map(|found| found.what).collect()
}

fn hears(vault: &MemoryStore, shares: &[Share; 2]) -> Vec<u8> {
    let opener = Opener::unlock(Box::new(vault.clone()), &Unlock::Shares(shares)).unwrap();
    let played = open_recording(vault, &object_name(recording(1)), &opener).unwrap();
    played.parts[0].voices[0].octets.clone()
}

/// Key numbers that a store has halves of.
fn halves(store: &MemoryStore, of: VaultId) -> Vec<u64> {
    let tables = KeyTables::open_to_read(store, of, seeded()).unwrap();
    (0..100).filter(|no| matches!(tables.get(store, KeyNo(*no)), Ok(KeyState::There(_)))).collect()
}

#[test]
fn two_shares_open_what_was_brought_back_and_it_is_what_was_said() {
    let (rig, shares) = celebrated();
    let copy = copied(&rig);
    let (vault, restored) = brought(&copy);
    assert_eq!((restored.fetched, restored.has_keyring), (1, true));
    assert_eq!(found(&vault), []);
    assert!(hears(&vault, &shares) == said_between(2, START, START + 25), "the caller's voice, octet for octet");
    assert!(matches!(Home::open(&vault), Err(HomeError::Restored)), "nothing is recorded into it");
    for left in ["log-key", "birth-key", "copy", "reserve"] {
        assert_eq!(vault.octets(left).unwrap(), None, "{left}");
    }
    assert_eq!(verify_vault(&vault, None).unwrap().left_out, Some(0), "it has no ring");
    let (again, id) = (vault.after_kill(), rig.home.vault());
    let restored = bring(&copy, &mut again.clone()).unwrap();
    assert_eq!((restored.fetched, restored.kept), (0, 1));
    assert_eq!((halves(&vault, id), again.names()), (halves(&rig.store, id), vault.names()));
}

#[test]
fn whatever_ends_it_the_next_one_goes_on() {
    let rig = three();
    let mut copy = copied(&rig);
    written(&rig, &mut copy, &mut Shelf::of(6)).unwrap();
    let (whole, _) = brought(&copy);
    let counting = MemoryStore::new();
    counting.set_faults(Faults::default());
    bring(&copy, &mut counting.clone()).unwrap();
    let operations = counting.operations();
    assert!(operations > 50, "{operations}");
    for last in 0..operations {
        let dying = MemoryStore::new();
        dying.set_faults(Faults { dies_after: Some(last), torn_octets: 7, ..Faults::default() });
        assert!(bring(&copy, &mut dying.clone()).is_err(), "operation {last}");
        for mut left in [dying.after_power_cut(), dying.after_kill()] {
            bring(&copy, &mut left).unwrap();
            assert_eq!(found(&left), [], "operation {last}");
            assert_eq!(halves(&left, rig.home.vault()), halves(&whole, rig.home.vault()), "operation {last}");
            let names = |store: &MemoryStore| {
                let all = store.names().into_iter();
                all.filter(|name| !name.contains("-damaged")).collect::<Vec<_>>()
            };
            assert_eq!(names(&left), names(&whole), "operation {last}");
        }
    }
}

#[test]
fn what_the_copy_lacks_or_has_damaged_is_named_and_a_second_copy_fills_it() {
    let rig = three();
    let first = copied(&rig);
    first.clone().remove(&object_name(recording(2))).unwrap();
    first.tamper(&object_name(recording(3)), |octets| *octets.last_mut().unwrap() ^= 1);
    let (mut vault, restored) = brought(&first);
    assert_eq!((restored.fetched, restored.damaged), (2, 1));
    let told = found(&vault);
    assert!(told.contains(&Finding::Missing(recording(2), call(2))), "{told:?}");
    assert!(told.iter().any(|what| matches!(what, Finding::Format(_))), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");

    let second = copied(&rig);
    second.clone().remove(&object_name(recording(1))).unwrap();
    let restored = bring(&second, &mut vault).unwrap();
    assert_eq!((restored.fetched, restored.kept), (2, 0), "what the second one has not stays as it is");
    assert_eq!(found(&vault), []);
    assert_eq!(halves(&vault, rig.home.vault()), halves(&rig.store, rig.home.vault()));
    assert_eq!(content(&vault, &object_name(recording(3))), content(&rig.store, &object_name(recording(3))));
}

#[test]
fn a_log_that_was_cut_or_changed_is_named_and_a_whole_one_takes_its_place() {
    let rig = three();
    let root = newest_root(&rig.store).unwrap().unwrap();
    type Change = fn(&mut Vec<u8>);
    let cases: [(&str, Change); 5] = [
        ("leaves/records", |octets| octets.truncate(octets.len() - 20)),
        ("leaves/records", |octets| octets[30] ^= 1),
        ("leaves/hashes", |octets| octets.truncate(32)),
        ("leaves/hashes", |octets| octets[3] ^= 1),
        ("leaves/checkpoints", |octets| octets[40] ^= 1),
    ];
    for (no, (name, change)) in cases.into_iter().enumerate() {
        let copy = copied(&rig);
        copy.tamper(name, change);
        let (mut vault, _) = brought(&copy);
        let told = found(&vault);
        assert!(!told.is_empty(), "{no} {name}");
        bring(&copied(&rig), &mut vault).unwrap();
        assert_eq!(found(&vault), [], "{no} {name}");
    }
    // Cut so that it fits itself: a root from outside says so.
    let copy = copied(&rig);
    for name in ["leaves/records", "leaves/hashes", "leaves/checkpoints"] {
        copy.tamper(name, Vec::clear);
    }
    let outside = Outside { root: Some(root), fingerprint: None };
    let mut vault = MemoryStore::new();
    may_restore(&copy, &vault, &outside).unwrap();
    restore(&copy, &mut vault, seeded(), &mut |_| ()).unwrap();
    let held = hold_to_root(&vault, &outside.root.unwrap()).unwrap();
    assert!(matches!(held.wrong, Some((_, Finding::FewerThanOutside { .. }))), "{held:?}");
    assert_eq!(found(&vault), [Finding::NotLogged; 3], "the recordings are there, and nothing vouches for them");
}

#[test]
fn nothing_is_brought_back_over_anything_nor_of_another_vault() {
    let rig = three();
    let copy = copied(&rig);
    let may = |copy: &MemoryStore, vault: &MemoryStore, outside: &Outside| may_restore(copy, vault, outside).map(drop);
    let none = Outside::default();
    assert!(matches!(may(&copy, &rig.store, &none), Err(RestoreError::NotEmpty)), "its own vault");
    assert!(matches!(may(&copy, &copied(&rig), &none), Err(RestoreError::NotEmpty)), "a copy");
    assert!(matches!(may(&MemoryStore::new(), &MemoryStore::new(), &none), Err(RestoreError::NoCopy)));
    assert!(matches!(may(&rig.store, &MemoryStore::new(), &none), Err(RestoreError::NoCopy)), "a vault is none");

    let mut theirs = MemoryStore::new();
    let home = Home::create(&mut theirs, CODE, QUICK, stamp_at(0), &mut Seeded::new(77)).unwrap();
    let mut leaves = Leaves::open(Box::new(theirs.clone()), home.vault(), home.log_key(), seeded()).unwrap().0;
    leaves.append(Leaf::Due { call: call(1), at: stamp_at(1) }).unwrap();
    let root = leaves.checkpoint(stamp_at(1), home.log_key()).unwrap();
    let of = |root: Option<String>, fingerprint| Outside { root, fingerprint };
    let empty = MemoryStore::new();
    assert!(matches!(may(&copy, &empty, &of(Some(root), None)), Err(RestoreError::OtherLog)));
    let (own, other) = (rig.home.fingerprint(), home.fingerprint());
    assert!(matches!(may(&copy, &empty, &of(None, Some(other))), Err(RestoreError::OtherVault)));
    assert!(may(&copy, &empty, &of(newest_root(&rig.store).unwrap(), Some(own))).is_ok());

    let (vault, _) = brought(&copy);
    let mut of_theirs = MemoryStore::new();
    copy::anew(&theirs, &mut of_theirs).unwrap();
    assert!(matches!(may(&of_theirs, &vault, &none), Err(RestoreError::OtherVault)));
    // Somebody has put an object of another vault among the copy's.
    let stranger = recorded_in(&theirs, home);
    copy.tamper(&object_name(recording(2)), |octets| *octets = stranger);
    let (vault, restored) = brought(&copy);
    assert_eq!(restored.foreign, [object_name(recording(2))]);
    assert_eq!(found(&vault), [Finding::Missing(recording(2), call(2))]);
}

fn recorded_in(store: &MemoryStore, home: Home) -> Vec<u8> {
    let mut rig = Rig::start(store.clone(), home, settings(), START);
    rig.begin(2, 3);
    rig.talk(25);
    rig.end(3);
    rig.finish(2);
    rig.talk(25);
    rig.close();
    content(store, &object_name(recording(2)))
}

/// The copy was told that a recording is erased, and has not destroyed it; or has halves that belong to nothing.
#[test]
fn what_was_erased_does_not_come_back() {
    let rig = three();
    let copy = copied(&rig);
    let document = sha256_of_stone(&copy);
    let mut leaves = Leaves::open(Box::new(copy.clone()), rig.home.vault(), rig.home.log_key(), seeded()).unwrap().0;
    leaves.append(Leaf::Tombstone { recording: recording(1), document }).unwrap();
    leaves.checkpoint(stamp_at(rig.now), rig.home.log_key()).unwrap();
    copy.clone().remove(&object_name(recording(3))).unwrap();
    let id = rig.home.vault();
    assert_eq!(halves(&copy, id).len(), halves(&rig.store, id).len(), "the copy has them all");
    let (vault, restored) = brought(&copy);
    assert_eq!(restored.fetched, 1);
    let object = content(&rig.store, &object_name(recording(2)));
    let kept = super::super::erasing::key_numbers(&object).unwrap();
    assert_eq!(halves(&vault, id), kept.iter().map(|key| key.0).collect::<Vec<_>>(), "those of what is here alone");
    assert_eq!(vault.octets(&object_name(recording(1))).unwrap(), None);
}

fn sha256_of_stone(copy: &MemoryStore) -> vault::Hash {
    let text = b"ringfence tombstone 1\n";
    copy.clone().write_at(&tombstone_name(recording(1)), 0, text).unwrap();
    vault::sha256(text)
}
