//! The key halves at a copy: there with each object that needs them, and destroyed with it, whatever copy is away meanwhile.

use std::io;

use vault::{Body, KeyNo, ObjectReader, PageNo, Tombstone, VaultId};

use super::{
    super::{copy_pending::leave_to_copies, key_table::Left},
    copy::{anew, assert_whole, content, copied, copier, intact},
    erasing::{follow, order, two},
    *,
};

/// The key numbers of an object.
fn numbers(store: &MemoryStore, no: u32) -> Vec<KeyNo> {
    let object = content(store, &object_name(recording(no)));
    let mut reader = ObjectReader::new(&object).unwrap();
    let mut numbers = Vec::new();
    while let Some(found) = reader.next_record().unwrap() {
        if let Body::Key(key) = &found.record.body {
            numbers.push(key.key_no);
        }
    }
    assert!(numbers.len() >= 2);
    numbers
}

/// What a store's tables say of these keys, with one of them lost as well, which makes unknown what is not there.
fn states(store: &MemoryStore, vault: VaultId, numbers: &[KeyNo]) -> Vec<Option<KeyState>> {
    let of = |store: &MemoryStore| {
        let tables = KeyTables::open_to_read(store, vault, Box::new(Seeded::new(0))).unwrap();
        numbers.iter().map(|no| tables.get(store, *no).ok()).collect::<Vec<_>>()
    };
    let there = |states: &[Option<KeyState>]| -> Vec<Option<KeyState>> {
        states.iter().map(|state| state.clone().filter(|state| matches!(state, KeyState::There(_)))).collect()
    };
    let both = of(store);
    for lost in ["keys-a/roots", "keys-b/roots"] {
        let one = store.after_kill();
        one.tamper(lost, Vec::clear);
        assert_eq!(there(&of(&one)), there(&both), "without {lost}");
    }
    both
}

fn are_there(states: &[Option<KeyState>]) -> bool {
    states.iter().all(|state| matches!(state, Some(KeyState::There(_))))
}

/// Whether nothing in a store says one of these halves any more, now or when a page is mended.
fn are_gone(store: &MemoryStore, rig: &Rig, numbers: &[KeyNo]) -> bool {
    let left = KeyTables::left_of(store, rig.home.vault(), numbers).unwrap();
    let states = states(store, rig.home.vault(), numbers);
    left == Left::Nothing && !states.iter().any(|state| matches!(state, Some(KeyState::There(_))))
}

fn pending(rig: &Rig) -> u64 {
    known_copies(&rig.store).unwrap().iter().map(|copy| copy.pending).sum()
}

fn erase_as_far_as_it_goes(rig: &mut Rig) {
    order(rig);
    follow(rig).unwrap();
}

fn erase(rig: &mut Rig) {
    erase_as_far_as_it_goes(rig);
    assert_eq!(rig.store.octets(&object_name(recording(1))).unwrap(), None, "the box has erased it");
}

/// Somebody who has the copy and the vault's key, but not the box.
fn opens(copy: &MemoryStore, rig: &Rig, no: u32) -> bool {
    let stolen = copy.after_kill();
    let key = content(&rig.store, "birth-key");
    stolen.tamper("birth-key", |octets| *octets = key);
    let opener = Opener::new(Box::new(stolen.clone()), CODE).unwrap();
    let timeslot = no as u8 * 2;
    let opened = open_recording(&stolen, &object_name(recording(no)), &opener);
    opened.is_ok_and(|playback| playback.parts[0].voices[0].octets == said_between(timeslot, START, START + 25))
}

/// Whether a copy's tables say these halves as the vault's say them: quicker than opening.
fn has_halves(copy: &MemoryStore, vault: &MemoryStore, rig: &Rig, numbers: &[KeyNo]) -> bool {
    let open = |store| KeyTables::open_to_read(store, rig.home.vault(), Box::new(Seeded::new(0))).unwrap();
    let (own, vaults) = (open(copy), open(vault));
    numbers.iter().all(|no| match (own.get(copy, *no), vaults.get(vault, *no)) {
        (Ok(KeyState::There(own)), Ok(KeyState::There(half))) => own == half,
        _ => false,
    })
}

#[test]
fn a_copy_has_the_halves_of_what_it_has_under_page_keys_of_its_own() {
    let rig = two();
    let copy = copied(&rig);
    for no in [1, 2] {
        let numbers = numbers(&rig.store, no);
        let states = states(&copy, rig.home.vault(), &numbers);
        assert!(are_there(&states) && opens(&copy, &rig, no));
        let tables = KeyTables::open_to_read(&rig.store, rig.home.vault(), Box::new(Seeded::new(0))).unwrap();
        let of_vault: Vec<_> = numbers.iter().map(|no| tables.get(&rig.store, *no).ok()).collect();
        assert_eq!(states, of_vault);
        for (state, name) in states.iter().flat_map(|state| copy.names().into_iter().map(move |name| (state, name))) {
            let Some(KeyState::There(half)) = state else { unreachable!("looked at above") };
            assert!(
                !content(&copy, &name).windows(32).any(|window| window == half.expose()),
                "{name} has it in the clear"
            );
        }
    }
    for name in copy.names().iter().filter(|name| name.starts_with("keys-")) {
        assert_ne!(content(&copy, name), content(&rig.store, name), "{name}");
    }
    let [known] = &known_copies(&rig.store).unwrap()[..] else { panic!("one copy") };
    assert_eq!((known.name(), known.place(), known.pending), ("机房", "/mnt/copy", 0));
}

#[test]
fn no_object_has_its_name_at_a_copy_without_its_halves_wherever_it_is_cut() {
    let rig = two();
    let of = [1, 2].map(|no| (no, numbers(&rig.store, no)));
    let whole = MemoryStore::new();
    anew(&rig.store, &mut whole.clone()).unwrap();
    for last in 0..whole.operations() {
        let dying = MemoryStore::new();
        dying.set_faults(Faults { dies_after: Some(last), torn_octets: 1000, ..Faults::default() });
        assert!(anew(&rig.store, &mut dying.clone()).is_err(), "operation {last}");
        let mut left = dying.after_power_cut();
        for (no, numbers) in &of {
            let is_there = left.octets(&object_name(recording(*no))).unwrap().is_some();
            let has = is_there && has_halves(&left, &rig.store, &rig, numbers);
            assert!(!is_there || has, "operation {last}, recording {no}");
        }
        anew(&rig.store, &mut left).unwrap();
        assert!(of.iter().all(|(_, numbers)| has_halves(&left, &rig.store, &rig, numbers)), "operation {last}");
        intact(&left);
    }
}

#[test]
fn what_was_erased_while_the_copy_was_away_is_pending_and_is_destroyed_there_before_anything_else_is_copied() {
    let mut rig = two();
    let copy = copied(&rig);
    let (goes, stays) = (numbers(&rig.store, 1), numbers(&rig.store, 2));
    erase(&mut rig);
    assert_eq!(pending(&rig), 1);
    assert!(opens(&copy, &rig, 1), "the copy is away: there it is not erased");
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());

    // More was recorded meanwhile.
    let before = content(&copy, "leaves/edge");
    let mut first = copier();
    let step = first.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    let [destroyed] = &step.destroyed[..] else { panic!("{step:?}") };
    assert_eq!((destroyed.grave, destroyed.call, step.is_level), (Grave::whole(recording(1)), call(1), false));
    assert_eq!(content(&copy, "leaves/edge"), before, "nothing else was copied");
    assert!(are_gone(&copy, &rig, &goes));
    assert!(are_there(&states(&copy, rig.home.vault(), &stays)));
    // Until the log has it, it is pending, and keeps nothing back.
    assert!(first.step(&mut rig.store.clone(), &mut copy.clone()).unwrap().is_level);
    assert_eq!(pending(&rig), 1);
    let again = copier().step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    assert_eq!(again.destroyed, step.destroyed, "another life tells it again");
    settle_pending(&mut rig.store.clone(), destroyed).unwrap();
    assert_eq!(pending(&rig), 0);
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(copy.octets(&object_name(recording(1))).unwrap(), None);
    assert!(opens(&copy, &rig, 2));
    intact(&copy);
}

#[test]
fn each_copy_that_was_ever_given_halves_has_its_own_list_and_the_one_that_is_back_settles_no_other() {
    let mut rig = two();
    let (near, away) = (copied(&rig), copied(&rig));
    erase(&mut rig);
    assert_eq!(pending(&rig), 2);
    anew(&rig.store, &mut near.clone()).unwrap();
    assert_eq!(pending(&rig), 1);
    let mut rig = rig.restart();
    rig.talk(12);
    anew(&rig.store, &mut near.clone()).unwrap();
    assert_eq!(pending(&rig), 1, "a start forgets nothing");
    assert!(opens(&away, &rig, 1) && !opens(&near, &rig, 1));
    anew(&rig.store, &mut away.clone()).unwrap();
    assert_eq!(pending(&rig), 0);
    assert!(are_gone(&away, &rig, &[KeyNo(0), KeyNo(1)]));
}

#[test]
fn the_power_may_go_at_any_moment_of_destroying_at_a_copy_and_the_next_life_ends_it_and_harms_no_neighbour() {
    let mut rig = two();
    let copy = copied(&rig);
    let (goes, stays) = (numbers(&rig.store, 1), numbers(&rig.store, 2));
    erase(&mut rig);
    let vault = rig.store.after_kill();
    let whole = copy.after_kill();
    whole.set_faults(Faults::default());
    anew(&vault, &mut whole.clone()).unwrap();
    assert!(whole.operations() > 20, "{}", whole.operations());
    for last in 0..whole.operations() {
        let (dying, vault) = (copy.after_kill(), rig.store.after_kill());
        dying.set_faults(Faults { dies_after: Some(last), torn_octets: 1000, ..Faults::default() });
        assert!(anew(&vault, &mut dying.clone()).is_err(), "operation {last}");
        let left = dying.after_power_cut();
        assert!(has_halves(&left, &vault, &rig, &stays), "operation {last}");
        let is_pending = known_copies(&vault).unwrap()[0].pending > 0;
        assert!(is_pending || are_gone(&left, &rig, &goes), "operation {last}: told too early");
        anew(&vault, &mut left.clone()).unwrap();
        assert!(are_gone(&left, &rig, &goes), "operation {last}");
        assert!(are_there(&states(&left, rig.home.vault(), &stays)), "operation {last}");
        assert_eq!(known_copies(&vault).unwrap()[0].pending, 0, "operation {last}");
        intact(&left);
    }
}

#[test]
fn a_copy_that_died_with_halves_whose_object_it_has_not_got_yet_destroys_them_when_it_is_back() {
    let (mut rig, mut erased) = (two(), two());
    let goes = numbers(&rig.store, 1);
    let before = rig.store.after_kill();
    let marker = content(&before_burial(&mut rig).0, "erasing/1-1");
    erase(&mut erased);
    let whole = MemoryStore::new();
    anew(&before.after_kill(), &mut whole.clone()).unwrap();
    let mut had = 0;
    for last in 0..whole.operations() {
        let (vault, dying) = (before.after_kill(), MemoryStore::new());
        dying.set_faults(Faults { dies_after: Some(last), ..Faults::default() });
        assert!(anew(&vault, &mut dying.clone()).is_err());
        let left = dying.after_power_cut();
        let has = has_halves(&left, &vault, &rig, &goes[..1]);
        had += u64::from(has && left.octets(&object_name(recording(1))).unwrap().is_none());
        // A vault that was made anew from another copy knows of no list: what was on its way says whose the halves are.
        let (without_list, with_list) = (erased.store.after_kill(), erased.store.after_kill());
        for name in vault.list("copies").unwrap() {
            with_list.tamper(&name, |octets| *octets = content(&vault, &name));
        }
        leave_to_copies(&mut with_list.clone(), Grave::whole(recording(1)), &marker).unwrap();
        for vault in [&without_list, &with_list] {
            let left = left.after_kill();
            anew(vault, &mut left.clone()).unwrap();
            assert!(are_gone(&left, &rig, &goes), "operation {last}");
            assert!(known_copies(vault).unwrap().iter().all(|copy| copy.pending == 0), "operation {last}");
            intact(&left);
        }
    }
    assert!(had > 0, "no state with halves and without their object was seen");
}

/// A disk that says that it has written to the key tables, and has not.
struct Forgetful(MemoryStore);

impl Store for Forgetful {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.0.octets(name)
    }
    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(name, offset, into)
    }
    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        if name.starts_with("keys-b") { Ok(()) } else { self.0.write_at(name, offset, octets) }
    }
    fn sync(&mut self, name: &str) -> io::Result<()> {
        if name.starts_with("keys-b") { Ok(()) } else { self.0.sync(name) }
    }
    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        self.0.truncate(name, octets)
    }
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        if from.starts_with("keys-b") { Ok(()) } else { self.0.rename(from, to) }
    }
    fn remove(&mut self, name: &str) -> io::Result<()> {
        if name.starts_with("keys-b") { Ok(()) } else { self.0.remove(name) }
    }
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.0.list(dir)
    }
}

#[test]
fn a_copy_whose_disk_keeps_what_it_was_told_to_destroy_confirms_nothing() {
    let mut rig = two();
    let copy = copied(&rig);
    erase(&mut rig);
    let told = copier().step(&mut rig.store.clone(), &mut Forgetful(copy.clone()));
    assert!(matches!(told, Err(CopyError::NotReadBack(_))), "{told:?}");
    assert_eq!(pending(&rig), 1);
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(pending(&rig), 0);
}

#[test]
fn a_copy_of_before_its_key_tables_is_filled_and_so_is_one_whose_tables_are_spoiled() {
    let mut rig = two();
    let copy = copied(&rig);
    let old = copy.after_kill();
    for name in old.names().iter().filter(|name| name.starts_with("keys-")) {
        old.clone().remove(name).unwrap();
    }
    old.tamper("copy", |mark| *mark = b"A copy of a vault.\n".to_vec());
    let spoiled = copy.after_kill();
    for table in ["keys-a/level-2", "keys-b/level-2"] {
        spoiled.tamper(table, |octets| octets[100] ^= 1);
    }
    for copy in [&old, &spoiled] {
        assert!(!opens(copy, &rig, 2));
        anew(&rig.store, &mut copy.clone()).unwrap();
        assert!(opens(copy, &rig, 1) && opens(copy, &rig, 2));
        assert_eq!(copy.octets("keyless").unwrap(), None);
        assert_whole(&rig.store, copy);
        intact(copy);
    }
    // Destroying needs no table that can be read, and leaves nothing that opened what was there.
    erase(&mut rig);
    for level in ["level-0", "level-1", "level-2", "roots"] {
        let spoiled = spoiled.after_kill();
        let vault = rig.store.after_kill();
        for table in ["keys-a", "keys-b"] {
            spoiled.tamper(&format!("{table}/{level}"), |octets| octets[27] ^= 1);
        }
        anew(&vault, &mut spoiled.clone()).unwrap();
        assert!(!opens(&spoiled, &rig, 1) && opens(&spoiled, &rig, 2), "{level}");
        let pending: u64 = known_copies(&vault).unwrap().iter().map(|copy| copy.pending).sum();
        assert_eq!(pending, 1, "{level}: at the other copy, which is away");
        assert!(!spoiled.names().iter().any(|name| name.ends_with("-damaged")), "{level}");
        intact(&spoiled);
    }
}

#[test]
fn a_copy_destroys_by_its_own_object_what_no_list_says() {
    let mut rig = two();
    let copy = copied(&rig);
    let goes = numbers(&rig.store, 1);
    erase(&mut rig);
    // A vault that was made anew from another copy knows of no list.
    for name in rig.store.list("copies").unwrap() {
        rig.store.clone().remove(&name).unwrap();
    }
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert!(are_gone(&copy, &rig, &goes));
    intact(&copy);
}

/// The one entry of what the copy has to destroy.
fn entry(vault: &MemoryStore) -> String {
    let names = vault.list("copies").unwrap();
    let mut pending = names.into_iter().filter(|name| name.contains("/pending/"));
    let entry = pending.next().unwrap();
    assert_eq!(pending.next(), None);
    entry
}

/// What a step tells that it has destroyed.
fn destroyed_in_a_step(vault: &MemoryStore, copy: &MemoryStore) -> Vec<RecordingId> {
    let step = copier().step(&mut vault.clone(), &mut copy.clone()).unwrap();
    step.destroyed.iter().map(|pending| pending.grave.recording).collect()
}

#[test]
fn an_entry_that_is_being_written_or_is_cut_or_anothers_destroys_nothing() {
    let mut rig = two();
    let copy = copied(&rig);
    erase(&mut rig);
    let name = entry(&rig.store);
    let whole = content(&rig.store, &name);
    for cut in (0..whole.len()).rev().step_by(7) {
        let (vault, copy) = (rig.store.after_kill(), copy.after_kill());
        vault.tamper(&name, |octets| octets.truncate(cut));
        assert_eq!(destroyed_in_a_step(&vault, &copy), [], "of {cut} octets");
        assert!(opens(&copy, &rig, 2), "of {cut} octets");
        assert_eq!(known_copies(&vault).unwrap()[0].pending, 1, "it stays for whoever can read it");
    }
    // Before it has its name nothing has to be destroyed, and under another's name it is nobody's.
    for other in [format!("{name}.new"), name.replace("/1-1", "/1-2")] {
        let (mut vault, copy) = (rig.store.after_kill(), copy.after_kill());
        vault.rename(&name, &other).unwrap();
        assert_ne!(other, name);
        assert_eq!(destroyed_in_a_step(&vault, &copy), [], "{other}");
        assert!(opens(&copy, &rig, 2), "{other}");
    }
    assert_eq!(destroyed_in_a_step(&rig.store, &copy), [recording(1)]);
}

#[test]
fn a_page_of_a_copy_that_opens_in_neither_table_takes_no_half_along_that_the_vault_has_lost() {
    let mut rig = two();
    let copy = copied(&rig);
    let kept = numbers(&rig.store, 3);
    let page = PageNo::of_key(kept[0]).0;
    assert_ne!(page, PageNo::of_key(numbers(&rig.store, 1)[0]).0);
    erase(&mut rig);
    for table in ["keys-a/level-0", "keys-b/level-0"] {
        rig.store.tamper(table, |octets| octets[page.offset() as usize + 100] ^= 1);
        copy.tamper(table, |octets| octets[100] ^= 1);
    }
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(pending(&rig), 0);
    assert!(are_there(&states(&copy, rig.home.vault(), &kept)), "the copy alone has them");
    assert!(opens(&copy, &rig, 2) && !opens(&copy, &rig, 1));
    assert_eq!(copy.octets("keyless").unwrap(), None);
}

#[test]
fn damage_in_different_places_of_both_tables_of_a_copy_loses_nothing() {
    let rig = two();
    let copy = copied(&rig);
    let kept = numbers(&rig.store, 3);
    let page = PageNo::of_key(kept[0]).0;
    copy.tamper("keys-a/level-0", |octets| octets[page.offset() as usize + 100] ^= 1);
    copy.tamper("keys-b/level-0", |octets| octets[100] ^= 1);
    // The day that a copy is for.
    let vault = rig.store.after_kill();
    for table in ["keys-a/level-0", "keys-b/level-0"] {
        vault.tamper(table, |octets| octets.iter_mut().for_each(|octet| *octet ^= 1));
    }
    anew(&vault, &mut copy.clone()).unwrap();
    assert!(opens(&copy, &rig, 1) && opens(&copy, &rig, 2));
    let states = KeyTables::open_to_read(&copy, rig.home.vault(), Box::new(Seeded::new(0))).unwrap();
    assert!(kept.iter().all(|no| matches!(states.get(&copy, *no), Ok(KeyState::There(_)))));
}

/// Damages the page of the vault's tables that has the halves of recordings 1 and 2, or takes that back.
fn spoil_or_mend_vault(rig: &Rig) {
    for table in ["keys-a/level-0", "keys-b/level-0"] {
        rig.store.tamper(table, |octets| octets[100] ^= 1);
    }
}

#[test]
fn what_the_vault_can_not_read_is_lacking_and_tried_again_until_it_can() {
    let rig = two();
    let copy = copied(&rig);
    for name in copy.names().iter().filter(|name| name.starts_with("keys-")) {
        copy.clone().remove(name).unwrap();
    }
    spoil_or_mend_vault(&rig);
    let mut copier = copier();
    let mut go_on = |copy: &MemoryStore| {
        for _ in 0..20 {
            if copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap().is_level {
                return copier.mend(&mut rig.store.clone(), &mut copy.clone()).unwrap();
            }
        }
        panic!("it takes no end");
    };
    assert_eq!((go_on(&copy), go_on(&copy)), (2, 2), "recordings 1 and 2");
    assert!(copy.octets("keyless").unwrap().is_some(), "a restart knows it, too");
    spoil_or_mend_vault(&rig);
    assert_eq!(go_on(&copy), 0);
    assert!(opens(&copy, &rig, 1) && opens(&copy, &rig, 2));
    assert_eq!(copy.octets("keyless").unwrap(), None);
}

/// A copy of before its key tables, of a vault that has one recording more.
fn to_be_filled(rig: &mut Rig) -> MemoryStore {
    let copy = copied(rig);
    for name in copy.names().iter().filter(|name| name.starts_with("keys-")) {
        copy.clone().remove(name).unwrap();
    }
    rig.begin(4, 8);
    rig.talk(500);
    rig.end(8);
    rig.finish(4);
    rig.talk(60);
    rig.log();
    copy
}

#[test]
fn what_is_new_is_copied_before_all_of_an_old_copy_was_looked_at() {
    let mut rig = two();
    let copy = to_be_filled(&mut rig);
    let mut copier = copier();
    for _ in 0..2 {
        let step = copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
        assert!(!step.is_level);
    }
    assert!(copy.octets(&object_name(recording(4))).unwrap().is_some());
    assert!(copy.octets("keyless").unwrap().is_some(), "one of the two was looked at");
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert!([1, 2].into_iter().all(|no| opens(&copy, &rig, no)));
    assert_eq!(copy.octets("keyless").unwrap(), None);
}

#[test]
fn what_the_copys_disk_refuses_to_read_of_one_object_keeps_no_other_from_its_halves() {
    let mut rig = two();
    let copy = to_be_filled(&mut rig);
    copy.refuse_to_read(&object_name(recording(1)), true);
    anew(&rig.store, &mut copy.clone()).unwrap();
    copy.refuse_to_read(&object_name(recording(1)), false);
    assert!(opens(&copy, &rig, 1) && opens(&copy, &rig, 2), "the vault's object says whose halves they are");
}

#[test]
fn an_entry_that_the_vaults_disk_refuses_to_read_stays_pending_and_copying_goes_on() {
    let mut rig = two();
    let mut copy = to_be_filled(&mut rig);
    let goes = numbers(&rig.store, 1);
    erase(&mut rig);
    let entry = rig.store.list("copies").unwrap().into_iter().find(|name| name.contains("pending")).unwrap();
    rig.store.refuse_to_read(&entry, true);
    anew(&rig.store, &mut copy).unwrap();
    assert!(copy.octets(&object_name(recording(4))).unwrap().is_some());
    assert_eq!(pending(&rig), 1);
    rig.store.refuse_to_read(&entry, false);
    anew(&rig.store, &mut copy).unwrap();
    assert!(are_gone(&copy, &rig, &goes) && pending(&rig) == 0);
}

#[test]
fn what_the_vaults_disk_refuses_to_read_of_its_halves_stops_no_copying_and_is_given_later() {
    let rig = two();
    let refuse = |refuses| {
        ["keys-a/level-0", "keys-b/level-0"].iter().for_each(|table| rig.store.refuse_to_read(table, refuses));
    };
    refuse(true);
    let mut copy = MemoryStore::new();
    anew(&rig.store, &mut copy).unwrap();
    let lacking = rig.store.list(OBJECTS).unwrap().len();
    assert!(lacking >= 2 && copy.list(OBJECTS).unwrap().is_empty(), "none without its halves");
    assert_eq!(copy.list("lacks").unwrap().len(), lacking);
    refuse(false);
    assert_eq!(copier().mend(&mut rig.store.clone(), &mut copy).unwrap(), 0);
    assert!([1, 2].into_iter().all(|no| opens(&copy, &rig, no)));
}

#[test]
fn an_object_gets_its_name_with_its_halves_and_what_the_vault_is_just_writing_is_waited_for() {
    let rig = two();
    spoil_or_mend_vault(&rig);
    let (copy, mut first) = (MemoryStore::new(), copier());
    let step = first.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    assert!(step.rests && !step.is_level, "{step:?}");
    assert_eq!(copy.list(OBJECTS).unwrap(), Vec::<String>::new());
    // It was only being written.
    let written = copy.after_kill();
    spoil_or_mend_vault(&rig);
    anew(&rig.store, &mut written.clone()).unwrap();
    assert_eq!(written.list("lacks").unwrap(), Vec::<String>::new());
    assert!(opens(&written, &rig, 1) && opens(&written, &rig, 2));
    // It was not.
    spoil_or_mend_vault(&rig);
    for _ in 0..10 {
        first.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    }
    assert_eq!(copy.list(OBJECTS).unwrap(), [object_name(recording(3))], "what can be given is");
    assert_eq!(copy.list("lacks").unwrap().len(), 2);
    assert_eq!(first.mend(&mut rig.store.clone(), &mut copy.clone()).unwrap(), 2);
    spoil_or_mend_vault(&rig);
    assert_eq!(first.mend(&mut rig.store.clone(), &mut copy.clone()).unwrap(), 0);
    assert!(opens(&copy, &rig, 1) && opens(&copy, &rig, 2));
    intact(&copy);
}

#[test]
fn key_tables_of_a_copy_that_are_gone_or_older_ones_are_noticed() {
    let mut rig = two();
    let copy = copied(&rig);
    let goes = numbers(&rig.store, 1);
    let tables = |copy: &MemoryStore| -> Vec<String> {
        copy.names().into_iter().filter(|name| name.starts_with("keys-a/") || name.starts_with("keys-b/")).collect()
    };
    let gone = copy.after_kill();
    tables(&gone).iter().for_each(|name| gone.clone().remove(name).unwrap());
    anew(&rig.store, &mut gone.clone()).unwrap();
    assert!(opens(&gone, &rig, 1) && opens(&gone, &rig, 2));

    let older: Vec<_> = tables(&copy).into_iter().map(|name| (content(&copy, &name), name)).collect();
    erase(&mut rig);
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert!(are_gone(&copy, &rig, &goes) && pending(&rig) == 0);
    for (octets, name) in older {
        copy.tamper(&name, |now| *now = octets);
    }
    assert!(are_there(&states(&copy, rig.home.vault(), &goes)), "what was erased is back");
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert!(are_gone(&copy, &rig, &goes) && opens(&copy, &rig, 2));
}

#[test]
fn a_copy_whose_disk_is_full_can_destroy() {
    let mut rig = two();
    let copy = copied(&rig);
    let goes = numbers(&rig.store, 1);
    erase(&mut rig);
    copy.set_faults(Faults { room_octets: Some(copy.octets_in_all()), ..Faults::default() });
    let mut copier = copier();
    let step = copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    assert_eq!(step.destroyed.len(), 1);
    assert!(are_gone(&copy, &rig, &goes));
    // Nothing else takes the room that the next one needs.
    let full = copier.step(&mut rig.store.clone(), &mut copy.clone());
    assert!(full.as_ref().is_err_and(CopyError::is_full), "{full:?}");
    copy.set_faults(Faults::default());
    anew(&rig.store, &mut copy.clone()).unwrap();
    intact(&copy);
}

#[test]
fn what_is_left_to_a_copy_again_in_the_same_life_is_destroyed_and_told_again() {
    let mut rig = two();
    let copy = copied(&rig);
    erase(&mut rig);
    let (name, mut copier) = (entry(&rig.store), copier());
    let octets = content(&rig.store, &name);
    for _ in 0..2 {
        rig.store.tamper(&name, |now| now.clone_from(&octets));
        let step = copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
        assert_eq!(step.destroyed.len(), 1);
        settle_pending(&mut rig.store.clone(), &step.destroyed[0]).unwrap();
        copier.settled(Grave::whole(recording(1)));
    }
}

#[test]
fn a_copy_is_known_by_its_folder_and_a_tombstone_is_read_once_for_each_entry() {
    let mut rig = two();
    copied(&rig);
    let about = rig.store.list("copies").unwrap().remove(0);
    erase(&mut rig);
    let mut lists = CopyLists::default();
    let since = lists.look(&rig.store).unwrap()[0].since;
    assert!(since.is_some());
    rig.store.refuse_to_read(&tombstone_name(recording(1)), true);
    assert_eq!(lists.look(&rig.store).unwrap()[0].since, since, "it is remembered");
    assert_eq!(known_copies(&rig.store).unwrap()[0].since, None, "and else nobody knows");
    rig.store.clone().remove(&about).unwrap();
    let [known] = &known_copies(&rig.store).unwrap()[..] else { panic!("one copy") };
    assert_eq!((known.name(), known.pending), (known.tables.to_string().as_str(), 1));
}

/// The vault at the moment at which a recording is to be buried, and its tombstone.
fn before_burial(rig: &mut Rig) -> (MemoryStore, Tombstone) {
    order(rig);
    let mut confirmed = None;
    rig.events.clear();
    rig.talk(24);
    for event in std::mem::take(&mut rig.events) {
        if let RecorderEvent::KeysErased { tombstone, table: 1 } = event {
            confirmed = Some(Tombstone { confirmed: [Some(stamp_at(rig.now)); 2], ..*tombstone });
        }
    }
    (rig.store.after_kill(), confirmed.unwrap())
}

#[test]
fn the_vaults_power_may_go_at_any_moment_of_a_burial_and_its_marker_or_the_list_says_what_a_copy_has_to_destroy() {
    let mut rig = two();
    let copy = copied(&rig);
    let goes = numbers(&rig.store, 1);
    let (vault, tombstone) = before_burial(&mut rig);
    let bury = |store: &MemoryStore| {
        let mut keys = KeyTables::open_to_read(store, rig.home.vault(), Box::new(Seeded::new(0))).unwrap();
        let mut events = std::collections::VecDeque::new();
        let mut order = Order::Bury(Box::new(tombstone.clone()));
        let done = super::super::erasing::carry_out(&mut order, &mut store.clone(), &mut keys, &mut events);
        (done.is_ok(), events)
    };
    let whole = vault.after_kill();
    whole.set_faults(Faults::default());
    let (done, events) = bury(&whole);
    assert!(
        done && matches!(events.front(), Some(RecorderEvent::LeftToCopy { copy, .. }) if copy == "机房"),
        "{events:?}"
    );
    let (operations, mut between) = (whole.operations(), 0);
    assert!(operations > 8, "{operations}");
    for last in 0..operations {
        let dying = vault.after_kill();
        dying.set_faults(Faults { dies_after: Some(last), torn_octets: 60, ..Faults::default() });
        assert!(!bury(&dying).0, "operation {last}");
        for left in [dying.after_power_cut(), dying.after_kill()] {
            let has_marker = !left.list("erasing").unwrap().is_empty();
            let is_listed = known_copies(&left).unwrap()[0].pending == 1;
            assert!(has_marker || is_listed, "operation {last}");
            between += u64::from(has_marker && is_listed);
            // The copy's thread comes at this very moment.
            let copy = copy.after_kill();
            let destroyed = destroyed_in_a_step(&left, &copy);
            assert_eq!(destroyed.len(), usize::from(is_listed), "operation {last}");
            assert!(!is_listed || are_gone(&copy, &rig, &goes), "operation {last}");
            assert!(opens(&copy, &rig, 2), "operation {last}");
            // And the start buries it.
            assert!(bury(&left).0, "operation {last}");
            anew(&left, &mut copy.clone()).unwrap();
            assert!(are_gone(&copy, &rig, &goes), "operation {last}");
        }
    }
    assert!(between > 0);
}

#[test]
fn a_list_that_can_not_be_written_keeps_nothing_waiting_that_is_recorded() {
    let mut rig = two();
    copied(&rig);
    rig.store.refuse_to_read("copies", true);
    erase_as_far_as_it_goes(&mut rig);
    assert!(!rig.store.list("erasing").unwrap().is_empty(), "it is not over");
    for no in 4..6 {
        rig.begin(no, 8);
        rig.talk(500);
        rig.end(8);
        rig.finish(no);
        rig.talk(60);
        assert!(open_recording(&rig.store, &object_name(recording(no)), &rig.opener()).is_ok(), "{no}");
    }
    rig.store.refuse_to_read("copies", false);
    rig.talk(1_000);
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
    assert_eq!(pending(&rig), 1);
}

const VAULT: VaultId = VaultId([3; 16]);

fn half(no: u64) -> (KeyNo, vault::Secret) {
    (KeyNo(no), vault::Secret::new([(no % 251) as u8 + 1; 32]))
}

/// Puts halves, each in a life of its own.
fn put_each(store: &mut dyn Store, numbers: &[u64]) {
    for no in numbers {
        let mut tables = KeyTables::open(store, VAULT, Box::new(Seeded::new(*no))).unwrap();
        tables.put_anywhere(store, &[half(*no)]).unwrap();
    }
}

#[test]
fn halves_far_apart_leave_pages_that_nobody_wrote_and_these_are_no_damage() {
    let mut store = MemoryStore::new();
    let far = [5, 3 * 126 * 126 + 9, 40];
    put_each(&mut store, &far);
    let mut tables = KeyTables::open(&mut store, VAULT, Box::new(Seeded::new(77))).unwrap();
    let state = |store: &MemoryStore, no: u64| states(store, VAULT, &[KeyNo(no)]).remove(0);
    assert!(far.iter().all(|no| state(&store, *no) == Some(KeyState::There(half(*no).1))));
    assert!(key_table::spoiled_pages(&store, VAULT).unwrap().is_empty());
    tables.erase_anywhere(&mut store, &[KeyNo(far[1])]).unwrap();
    assert_eq!(state(&store, far[1]), Some(KeyState::Erased));
    assert!([far[0], far[2]].iter().all(|no| state(&store, *no) == Some(KeyState::There(half(*no).1))));
    // A page that has a key and is all zeroes is none of them.
    store.tamper("keys-a/level-0", |octets| octets[..4096].fill(0));
    assert_eq!(key_table::spoiled_pages(&store, VAULT).unwrap(), [("keys-a/level-0".to_owned(), 0)]);
    // What is on no list goes.
    let mut tables = KeyTables::open(&mut store, VAULT, Box::new(Seeded::new(78))).unwrap();
    let mut only = key_table::Places::default();
    only.add(&[KeyNo(40), KeyNo(41)]);
    tables.leave_only(&mut store, &only).unwrap();
    assert_eq!(state(&store, 40), Some(KeyState::There(half(40).1)));
    assert_eq!(KeyTables::left_of(&store, VAULT, &[KeyNo(5), KeyNo(far[1])]).unwrap(), Left::Nothing);
    assert!(key_table::spoiled_pages(&store, VAULT).unwrap().is_empty());
}

#[test]
fn so_do_trees_that_nobody_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = FileStore::new(dir.path());
    let far = [2 * vault::TREE_KEYS + 1, 7];
    put_each(&mut store, &far);
    let tables = KeyTables::open_to_read(&store, VAULT, Box::new(Seeded::new(1))).unwrap();
    for no in far {
        assert_eq!(tables.get(&store, KeyNo(no)).unwrap(), KeyState::There(half(no).1), "{no}");
    }
}
