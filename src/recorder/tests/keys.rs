//! The two key tables.

use vault::{KeyNo, PAGE_SECRETS, Secret};

use super::{
    super::key_table::{EraseError, spoiled_pages},
    *,
};

fn tables(store: &mut MemoryStore, seed: u64) -> KeyTables {
    KeyTables::open(store, vault::VaultId([1; 16]), Box::new(Seeded::new(seed))).unwrap()
}

fn keys(from: u64, to: u64) -> Vec<(KeyNo, Secret)> {
    (from..to).map(|no| (KeyNo(no), secret(no))).collect()
}

fn secret(no: u64) -> Secret {
    let mut octets = [7; 32];
    octets[..8].copy_from_slice(&no.to_be_bytes());
    Secret::new(octets)
}

#[test]
fn an_erased_key_makes_the_audio_silence_and_leaves_the_object_intact() {
    let rig = recorded();
    let mut store = rig.store.clone();
    let mut tables = KeyTables::open(&mut store, rig.home.vault(), Box::new(Seeded::new(77))).unwrap();
    // Leg 2 drew its first minute first.
    tables.erase(&mut store, &[KeyNo(0)]).unwrap();
    let voices = &rig.open(1).parts[0].voices;
    assert!(voices[0].octets == silence(25));
    assert!(voices[1].octets == said_between(3, START, START + 25));
    assert!(rig.verify().is_intact());
    let opened = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
    assert!(opened.findings.iter().all(|found| found.what == Finding::ErasedByNobody) && !opened.is_intact());
    assert!(opened.erased_chunks > 0 && opened.erased_chunks < opened.chunks);
}

#[test]
fn what_flash_still_holds_of_an_erased_key_opens_no_more() {
    let mut store = MemoryStore::new();
    let mut both = tables(&mut store, 1);
    both.put(&mut store, &keys(0, 3)).unwrap();
    let names = ["keys-a/level-0", "keys-a/level-1", "keys-a/level-2"];
    let old: Vec<_> = names.iter().map(|name| read_all(&store, name).unwrap().unwrap()).collect();
    both.erase(&mut store, &[KeyNo(1)]).unwrap();
    assert_eq!(both.get(&store, KeyNo(1)).unwrap(), KeyState::Erased);
    assert_eq!(both.get(&store, KeyNo(2)).unwrap(), KeyState::There(secret(2)));
    // A thief reads all old blocks, and has the present root.
    for (name, old) in names.iter().zip(old) {
        store.tamper(name, |octets| *octets = old);
    }
    store.tamper("keys-b/roots", Vec::clear);
    let vault = vault::VaultId([1; 16]);
    let stolen = KeyTables::open_to_read(&store, vault, Box::new(Seeded::new(0))).unwrap();
    assert!(stolen.get(&store, KeyNo(1)).is_err());
}

#[test]
fn keys_go_on_over_pages_and_restarts() {
    let mut store = MemoryStore::new();
    let mut both = tables(&mut store, 1);
    let many = PAGE_SECRETS as u64 * 3 + 5;
    for no in 0..many {
        both.put(&mut store, &keys(no, no + 1)).unwrap();
    }
    let both = tables(&mut store, 2);
    for no in 0..many {
        assert_eq!(both.get(&store, KeyNo(no)).unwrap(), KeyState::There(secret(no)), "{no}");
    }
    let next = both.next_key(&store).unwrap();
    assert!(next.0 >= many && next.0.is_multiple_of(PAGE_SECRETS as u64));
}

#[test]
fn a_table_that_is_lost_is_rebuilt_from_the_other() {
    for lost in ["keys-a", "keys-b"] {
        for file in ["roots", "level-0", "level-1", "level-2"] {
            let mut store = MemoryStore::new();
            tables(&mut store, 1).put(&mut store, &keys(0, 200)).unwrap();
            store.tamper(&format!("{lost}/{file}"), |octets| octets[40] ^= 1);
            drop(tables(&mut store, 2));
            // Only the rebuilt one is left.
            let other = if lost == "keys-a" { "keys-b" } else { "keys-a" };
            store.tamper(&format!("{other}/roots"), Vec::clear);
            let vault = vault::VaultId([1; 16]);
            let left = KeyTables::open_to_read(&store, vault, Box::new(Seeded::new(0))).unwrap();
            // Page 0 was full and is not read at the start; its damage leaves it to the other table.
            let from = if file == "level-0" { 126 } else { 0 };
            for no in from..200 {
                assert_eq!(left.get(&store, KeyNo(no)).unwrap(), KeyState::There(secret(no)), "{lost}/{file} {no}");
            }
        }
    }
}

/// Every key from 0 to `count` is in the table, alone.
fn assert_alone(store: &MemoryStore, table: &str, count: u64, case: &str) {
    let store = store.after_kill();
    let other = if table == "keys-a" { "keys-b" } else { "keys-a" };
    store.tamper(&format!("{other}/roots"), Vec::clear);
    let left = KeyTables::open_to_read(&store, vault::VaultId([1; 16]), Box::new(Seeded::new(0))).unwrap();
    for no in 0..count {
        assert_eq!(left.get(&store, KeyNo(no)).unwrap(), KeyState::There(secret(no)), "{table} {case}: {no}");
    }
}

#[test]
fn a_table_whose_files_are_gone_or_cut_short_is_mended_and_never_taken_for_the_better_one() {
    let count = 3 * PAGE_SECRETS as u64;
    for (lost, other) in [("keys-a", "keys-b"), ("keys-b", "keys-a")] {
        let whole = {
            let mut store = MemoryStore::new();
            tables(&mut store, 1).put(&mut store, &keys(0, count)).unwrap();
            store
        };
        let names: Vec<String> = whole.names().into_iter().filter(|name| name.starts_with(lost)).collect();
        let mut gone = whole.after_kill();
        names.iter().for_each(|name| gone.remove(name).unwrap());
        let mut short = whole.after_kill();
        short.truncate(&format!("{lost}/level-0"), vault::PAGE_OCTETS as u64).unwrap();
        for (case, mut store) in [("gone", gone), ("short", short)] {
            drop(tables(&mut store, 2));
            assert_alone(&store, lost, count, case);
            assert_alone(&store, other, count, case);
        }
    }
}

#[test]
fn a_mending_that_is_cut_at_any_operation_loses_nothing_and_goes_on() {
    let count = 2 * PAGE_SECRETS as u64;
    let mut store = MemoryStore::new();
    tables(&mut store, 1).put(&mut store, &keys(0, count)).unwrap();
    let names: Vec<String> = store.names().into_iter().filter(|name| name.starts_with("keys-a")).collect();
    names.iter().for_each(|name| store.remove(name).unwrap());
    let mut trial = store.after_kill();
    trial.set_faults(Faults::default());
    drop(tables(&mut trial, 2));
    for dies_after in 0..trial.operations() {
        let mut cut = store.after_kill();
        cut.set_faults(Faults { dies_after: Some(dies_after), torn_octets: 2_000, ..Faults::default() });
        let opened = KeyTables::open(&mut cut, vault::VaultId([1; 16]), Box::new(Seeded::new(2)));
        assert!(opened.is_err(), "{dies_after}");
        let mut cut = cut.after_power_cut();
        drop(tables(&mut cut, 3));
        for table in ["keys-a", "keys-b"] {
            assert_alone(&cut, table, count, &format!("cut after {dies_after}"));
        }
    }
}

#[test]
fn the_numbers_of_a_last_page_that_is_damaged_in_both_tables_are_not_given_again() {
    let mut store = MemoryStore::new();
    tables(&mut store, 1).put(&mut store, &keys(0, 200)).unwrap();
    for table in ["keys-a", "keys-b"] {
        store.tamper(&format!("{table}/level-0"), |octets| octets[5_000] ^= 1);
    }
    let both = tables(&mut store, 2);
    assert_eq!(both.next_key(&store).unwrap(), KeyNo(2 * PAGE_SECRETS as u64));
    assert!(both.get(&store, KeyNo(150)).is_err(), "damage, and not another key");
}

#[test]
fn the_page_that_was_being_filled_is_repaired_in_either_table() {
    for (torn, other) in [("keys-a", "keys-b"), ("keys-b", "keys-a")] {
        let mut store = MemoryStore::new();
        tables(&mut store, 1).put(&mut store, &keys(0, 200)).unwrap();
        store.tamper(&format!("{torn}/level-0"), |octets| octets[5_000] ^= 1);
        drop(tables(&mut store, 2));
        store.tamper(&format!("{other}/roots"), Vec::clear);
        let vault = vault::VaultId([1; 16]);
        let left = KeyTables::open_to_read(&store, vault, Box::new(Seeded::new(0))).unwrap();
        for no in 0..200 {
            assert_eq!(left.get(&store, KeyNo(no)).unwrap(), KeyState::There(secret(no)), "{torn} {no}");
        }
    }
}

#[test]
fn a_power_cut_at_any_operation_keeps_every_key_that_was_put() {
    let mut store = MemoryStore::new();
    let mut both = tables(&mut store, 1);
    store.set_faults(Faults::default());
    for no in 0..130 {
        both.put(&mut store, &keys(no, no + 1)).unwrap();
    }
    for dies_after in 0..store.operations() {
        let mut store = MemoryStore::new();
        let mut both = tables(&mut store, 1);
        store.set_faults(Faults { dies_after: Some(dies_after), torn_octets: 2_000, ..Faults::default() });
        let put = (0..130).take_while(|no| both.put(&mut store, &keys(*no, no + 1)).is_ok()).count() as u64;
        // All that was written, or what was durable alone.
        for mut store in [store.after_kill(), store.after_power_cut()] {
            let both = tables(&mut store, 2);
            for no in 0..put {
                assert_eq!(both.get(&store, KeyNo(no)).unwrap(), KeyState::There(secret(no)), "{dies_after}: {no}");
            }
            let damages = spoiled_pages(&store, vault::VaultId([1; 16])).unwrap();
            assert_eq!(damages, [], "a death is no damage: {dies_after}");
        }
    }
}

fn flip(store: &MemoryStore, name: &str, at: usize) {
    store.tamper(name, |octets| octets[at] ^= 1);
}

#[test]
fn a_key_on_a_page_that_opens_in_neither_table_is_unknown_and_one_that_a_table_has_is_there() {
    let mut store = MemoryStore::new();
    let mut both = tables(&mut store, 1);
    both.put(&mut store, &keys(0, 200)).unwrap();
    both.erase(&mut store, &[KeyNo(3)]).unwrap();
    flip(&store, "keys-a/level-0", 900);
    assert_eq!(both.get(&store, KeyNo(2)).unwrap(), KeyState::There(secret(2)));
    assert!(both.get(&store, KeyNo(3)).is_err(), "one table says that it is gone, and nobody knows of the other");
    assert!(both.are_known(&store, &[KeyNo(2), KeyNo(150)]).unwrap());
    flip(&store, "keys-b/level-0", 2_000);
    assert!(both.get(&store, KeyNo(2)).is_err() && both.get(&store, KeyNo(3)).is_err());
    assert_eq!(both.get(&store, KeyNo(150)).unwrap(), KeyState::There(secret(150)));
    assert!(!both.are_known(&store, &[KeyNo(150), KeyNo(2)]).unwrap());
    let refused = both.erase(&mut store, &[KeyNo(2)]);
    assert!(matches!(refused, Err(EraseError::Unknown)), "{refused:?}");
}

#[test]
fn a_page_above_others_that_is_damaged_while_the_box_runs_takes_no_key_from_its_table() {
    for (spoiled, other) in [("keys-a", "keys-b"), ("keys-b", "keys-a")] {
        for level in ["level-1", "level-2"] {
            let mut store = MemoryStore::new();
            let mut both = tables(&mut store, 1);
            both.put(&mut store, &keys(0, 400)).unwrap();
            flip(&store, &format!("{spoiled}/{level}"), 900);
            // What is written next goes below that page.
            both.put(&mut store, &keys(400, 600)).unwrap();
            both.erase(&mut store, &[KeyNo(5), KeyNo(500)]).unwrap();
            drop(both);
            for table in [spoiled, other] {
                let store = store.after_kill();
                let lost = if table == "keys-a" { "keys-b" } else { "keys-a" };
                store.tamper(&format!("{lost}/roots"), Vec::clear);
                let left = KeyTables::open_to_read(&store, vault::VaultId([1; 16]), Box::new(Seeded::new(0))).unwrap();
                for no in (0..600).filter(|no| ![5, 500].contains(no)) {
                    let there = KeyState::There(secret(no));
                    assert_eq!(left.get(&store, KeyNo(no)).unwrap(), there, "{spoiled} {level}, {table}: {no}");
                }
            }
        }
    }
}

#[test]
fn tables_that_are_damaged_in_different_places_mend_each_other() {
    let count = 130 * PAGE_SECRETS as u64;
    let mut store = MemoryStore::new();
    tables(&mut store, 1).put(&mut store, &keys(0, count)).unwrap();
    flip(&store, "keys-a/level-1", 900);
    flip(&store, "keys-b/level-1", 4096 + 900);
    drop(tables(&mut store, 2));
    for table in ["keys-a", "keys-b"] {
        assert_alone(&store, table, count, "mended");
    }
}

#[test]
fn what_is_damaged_in_both_tables_stops_no_recording_and_is_not_written_over() {
    let vault = vault::VaultId([1; 16]);
    for (file, at) in [("level-1", 900), ("level-2", 900), ("roots", 40)] {
        let mut store = MemoryStore::new();
        tables(&mut store, 1).put(&mut store, &keys(0, 400)).unwrap();
        let whole = store.after_kill();
        for table in ["keys-a", "keys-b"] {
            flip(&store, &format!("{table}/{file}"), at);
        }
        for life in 2..4 {
            let mut both = tables(&mut store, life);
            let next = both.next_key(&store).unwrap();
            assert!(next.0 >= 400, "no number twice");
            let new = [(next, secret(next.0))];
            both.put(&mut store, &new).unwrap();
            assert_eq!(both.get(&store, next).unwrap(), KeyState::There(secret(next.0)), "{file}");
            assert!(both.get(&store, KeyNo(7)).is_err(), "{file}: unknown, and not erased");
        }
        let spoiled = spoiled_pages(&store, vault).unwrap();
        let named = if file == "roots" { "roots-damaged" } else { file };
        let expected = ["keys-a", "keys-b"].map(|table| (format!("{table}/{named}"), 0));
        assert_eq!(spoiled, expected, "{file}: verify names it, and no page that was only never written");
        store.set_faults(Faults::default());
        drop(tables(&mut store, 4));
        assert_eq!(store.operations(), 0, "{file}: a start has nothing more to do");
        // Somebody who finds the octets again has everything back.
        for table in ["keys-a", "keys-b"] {
            for level in ["level-0", "level-1", "level-2"] {
                let (name, aside) = (format!("{table}/{level}"), format!("{table}/roots-damaged"));
                let before = read_all(&whole, &name).unwrap().unwrap();
                let mut now = read_all(&store, &name).unwrap().unwrap();
                now.truncate(before.len());
                if file == level {
                    now[at] ^= 1;
                }
                assert!(now == before || file == "level-1" && level == "level-2", "{file}: {name}");
                assert_eq!(read_all(&store, &aside).unwrap().is_some(), file == "roots");
            }
        }
    }
}

const FILES: [&str; 4] = ["roots", "level-2", "level-1", "level-0"];

/// Flips an octet of a page's secrets, or of a root key.
fn flip_in(store: &MemoryStore, table: &str, file: &str) {
    flip(store, &format!("{table}/{file}"), if file.starts_with("roots") { 40 } else { 900 });
}

/// Somebody finds the octets again that were flipped, and puts back what is kept beside the tables.
fn mended_by_hand(store: &MemoryStore, flipped: &[(&str, &str)]) -> MemoryStore {
    let mut store = store.after_kill();
    for (table, file) in flipped {
        let aside = format!("{table}/{file}-damaged");
        let is_aside = store.octets(&aside).unwrap().is_some();
        flip_in(&store, table, if is_aside { aside.split_once('/').unwrap().1 } else { file });
    }
    for table in ["keys-a", "keys-b"] {
        for file in FILES {
            let (name, aside) = (format!("{table}/{file}"), format!("{table}/{file}-damaged"));
            if store.octets(&aside).unwrap().is_some() {
                store.rename(&aside, &name).unwrap();
            }
        }
    }
    store
}

/// Whether each key is there: as the tables are, or once somebody has mended them by hand.
fn assert_nothing_is_lost(store: &MemoryStore, flipped: &[(&str, &str)], count: u64, case: &str) {
    let by_hand = mended_by_hand(store, flipped);
    let vault = vault::VaultId([1; 16]);
    let open = |store| KeyTables::open_to_read(store, vault, Box::new(Seeded::new(0))).unwrap();
    let (now, mended) = (open(store), open(&by_hand));
    for no in 0..count {
        let states = [now.get(store, KeyNo(no)).ok(), mended.get(&by_hand, KeyNo(no)).ok()];
        assert!(!states.contains(&Some(KeyState::Erased)), "{case}: {no} is told erased");
        assert!(states.contains(&Some(KeyState::There(secret(no)))), "{case}: {no}");
    }
}

/// Two lives record behind 400 keys.
fn record_on(store: &mut MemoryStore, case: &str) {
    for life in 2..4 {
        let mut both = tables(store, life);
        let next = both.next_key(store).unwrap();
        assert!(next.0 >= 400, "{case}: {next:?} is given twice");
        both.put(store, &[(next, secret(next.0))]).unwrap();
        assert_eq!(both.get(store, next).unwrap(), KeyState::There(secret(next.0)), "{case}");
    }
}

#[test]
fn damage_in_different_files_of_the_two_tables_takes_no_key_for_good_and_gives_no_number_twice() {
    for a in FILES {
        for b in FILES {
            let (case, flipped) = (format!("keys-a/{a}, keys-b/{b}"), [("keys-a", a), ("keys-b", b)]);
            let mut store = MemoryStore::new();
            tables(&mut store, 1).put(&mut store, &keys(0, 400)).unwrap();
            flipped.iter().for_each(|(table, file)| flip_in(&store, table, file));
            record_on(&mut store, &case);
            assert_nothing_is_lost(&store, &flipped, 400, &case);
        }
    }
}

#[test]
fn a_table_whose_roots_are_damaged_beside_one_that_is_empty_keeps_its_pages_and_its_numbers() {
    for (left, lost) in [("keys-a", "keys-b"), ("keys-b", "keys-a")] {
        for file in FILES {
            let mut store = MemoryStore::new();
            tables(&mut store, 1).put(&mut store, &keys(0, 400)).unwrap();
            store.list(lost).unwrap().iter().for_each(|name| store.remove(name).unwrap());
            flip_in(&store, left, file);
            record_on(&mut store, file);
            assert_nothing_is_lost(&store, &[(left, file)], 400, &format!("{left}/{file} of one"));
        }
    }
}

#[test]
fn the_power_may_go_at_any_moment_of_a_repair_of_two_damaged_tables() {
    for [a, b] in [["roots", "roots"], ["roots", "level-2"], ["level-1", "roots"], ["roots", "level-0"]] {
        let flipped = [("keys-a", a), ("keys-b", b)];
        let mut store = MemoryStore::new();
        tables(&mut store, 1).put(&mut store, &keys(0, 400)).unwrap();
        flipped.iter().for_each(|(table, file)| flip_in(&store, table, file));
        let mut trial = store.after_kill();
        drop(tables(&mut trial, 2));
        trial = store.after_kill();
        trial.set_faults(Faults::default());
        drop(tables(&mut trial, 2));
        for dies_after in 0..trial.operations() {
            let case = format!("{a}, {b}, cut after {dies_after}");
            let mut cut = store.after_kill();
            cut.set_faults(Faults { dies_after: Some(dies_after), torn_octets: 2_000, ..Faults::default() });
            let opened = KeyTables::open(&mut cut, vault::VaultId([1; 16]), Box::new(Seeded::new(2)));
            assert!(opened.is_err(), "{case}");
            let mut cut = cut.after_power_cut();
            record_on(&mut cut, &case);
            assert_nothing_is_lost(&cut, &flipped, 400, &case);
        }
    }
}

#[test]
fn what_is_damaged_in_both_tables_while_the_box_runs_is_kept_beside_what_is_written() {
    for file in ["level-1", "level-2"] {
        let flipped = [("keys-a", file), ("keys-b", file)];
        let mut store = MemoryStore::new();
        let mut both = tables(&mut store, 1);
        both.put(&mut store, &keys(0, 400)).unwrap();
        flipped.iter().for_each(|(table, file)| flip_in(&store, table, file));
        both.put(&mut store, &keys(400, 410)).unwrap();
        assert_eq!(both.get(&store, KeyNo(405)).unwrap(), KeyState::There(secret(405)), "{file}");
        assert!(both.get(&store, KeyNo(7)).is_err(), "{file}: unknown, and not erased");
        assert!(!both.are_known(&store, &[KeyNo(7)]).unwrap(), "{file}");
        let spoiled = spoiled_pages(&store, vault::VaultId([1; 16])).unwrap();
        let named = |table: &str| spoiled.iter().any(|(name, _)| *name == format!("{table}/{file}-damaged"));
        assert!(named("keys-a") && named("keys-b"), "{file}: verify names it: {spoiled:?}");
        drop(both);
        record_on(&mut store, file);
        assert_nothing_is_lost(&store, &flipped, 410, file);
    }
}

#[test]
fn what_is_kept_beside_a_damaged_table_goes_once_all_is_known_again() {
    for file in FILES {
        let mut store = MemoryStore::new();
        tables(&mut store, 1).put(&mut store, &keys(0, 400)).unwrap();
        flip_in(&store, "keys-a", file);
        drop(tables(&mut store, 2));
        // What could open what was erased since must not stay.
        let kept = store.names().into_iter().filter(|name| name.ends_with("-damaged"));
        assert_eq!(kept.collect::<Vec<_>>(), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn what_the_disk_refuses_to_read_in_both_tables_is_never_taken_for_empty() {
    for file in ["level-1", "level-2"] {
        let mut store = MemoryStore::new();
        let mut both = tables(&mut store, 1);
        both.put(&mut store, &keys(0, 400)).unwrap();
        let names = ["keys-a", "keys-b"].map(|table| format!("{table}/{file}"));
        names.iter().for_each(|name| store.refuse_to_read(name, true));
        assert!(both.put(&mut store, &keys(504, 505)).is_err(), "{file}");
        assert!(both.are_known(&store, &[KeyNo(7)]).is_err(), "{file}: the disk's, and not damage");
        // A start meanwhile goes to other pages.
        let mut other = tables(&mut store.after_kill(), 2);
        let mut cut = store.after_kill();
        let next = other.next_key(&cut).unwrap();
        assert!(next.0 >= 504, "{file}");
        other.put(&mut cut, &[(next, secret(next.0))]).unwrap();
        for mut store in [store, cut] {
            names.iter().for_each(|name| store.refuse_to_read(name, false));
            let again = tables(&mut store, 3);
            for no in 0..400 {
                assert_eq!(again.get(&store, KeyNo(no)).unwrap(), KeyState::There(secret(no)), "{file}: {no}");
            }
        }
    }
}
