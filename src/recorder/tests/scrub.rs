//! A round through all recordings finds what a disk forgot, and nothing where it forgot nothing.

use std::io::ErrorKind;

use vault::Tombstone;

use super::{
    erasing::{link, tombstone},
    *,
};

/// Three calls that are over.
fn three() -> Rig {
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

/// A round in steps; after each the place is taken over by a new scrub, as after a restart.
fn round(store: &dyn Store) -> (ScrubPlace, Vec<Found>) {
    let mut place = ScrubPlace::default();
    let mut found = Vec::new();
    for _ in 0..100 {
        let mut scrub = Scrub::at(place);
        let step = scrub.step(store).unwrap();
        place = scrub.place();
        found.extend(step.found);
        if step.is_over {
            assert_eq!(place.found, found.len() as u64);
            return (place, found);
        }
    }
    panic!("the round has no end");
}

#[test]
fn a_round_reads_each_recording_once_and_finds_nothing() {
    let rig = three();
    let (place, found) = round(&rig.store);
    assert_eq!((place.recordings, found), (3, Vec::new()));
    let records = rig.store.octets("leaves/records").unwrap().unwrap();
    assert_eq!(place.octets, records, "to the end of the log");
}

#[test]
fn a_round_in_one_life_comes_to_the_same() {
    let rig = three();
    let mut scrub = Scrub::at(ScrubPlace::default());
    while !scrub.step(&rig.store).unwrap().is_over {}
    assert_eq!(scrub.place(), round(&rig.store).0);
}

#[test]
fn every_octet_that_a_disk_changed_in_an_object_is_found_and_the_others_are_still_read() {
    let rig = three();
    let name = object_name(recording(2));
    let octets = rig.store.octets(&name).unwrap().unwrap() as usize;
    for at in (0..octets).step_by(7) {
        rig.store.tamper(&name, |octets| octets[at] ^= 0x10);
        let (place, found) = round(&rig.store);
        assert!(!found.is_empty() && found.iter().all(|found| found.file == name), "octet {at}: {found:?}");
        assert_eq!(place.recordings, 3);
        rig.store.tamper(&name, |octets| octets[at] ^= 0x10);
    }
    assert_eq!(round(&rig.store).1, []);
}

/// What is left of a recording that two people had erased.
fn stone_of(rig: &Rig, no: u32) -> Tombstone {
    Tombstone { recording: recording(no), call: call(no), chain_head: link(rig, no), ..tombstone(rig) }
}

#[test]
fn an_object_that_is_gone_is_missing_and_one_that_was_erased_is_not() {
    let mut rig = three();
    let (gone, erased) = (object_name(recording(1)), object_name(recording(3)));
    let stone = stone_of(&rig, 3);
    rig.store.remove(&gone).unwrap();
    rig.store.remove(&erased).unwrap();
    let missing = |no| (object_name(recording(no)), Finding::Missing(recording(no), call(no)));
    let found = |rig: &Rig| {
        let (_, found) = round(&rig.store);
        found.into_iter().map(|found| (found.file, found.what)).collect::<Vec<_>>()
    };
    let of_another = Tombstone { chain_head: [7; 32], ..stone.clone() };
    for lie in [String::new(), "erased".to_owned(), of_another.emit()] {
        rig.store.tamper(&tombstone_name(recording(3)), |octets| *octets = lie.clone().into_bytes());
        assert_eq!(found(&rig), [missing(1), missing(3)], "a file of that name excuses nothing: {lie}");
    }
    rig.store.tamper(&tombstone_name(recording(3)), |octets| *octets = stone.emit().into_bytes());
    assert_eq!(found(&rig), [missing(1)]);
}

#[test]
fn another_whole_recording_in_its_place_is_not_the_one_that_the_log_knows() {
    let rig = three();
    let other = read_all(&rig.store, &object_name(recording(1))).unwrap().unwrap();
    rig.store.tamper(&object_name(recording(2)), |octets| *octets = other);
    let (_, found) = round(&rig.store);
    assert!(found.iter().any(|found| found.what == Finding::WrongName), "{found:?}");
}

#[test]
fn a_spoiled_log_ends_the_round_and_says_where() {
    let rig = three();
    rig.store.tamper("leaves/records", |octets| octets[40] ^= 1);
    let (place, found) = round(&rig.store);
    assert_eq!((place.recordings, found.len()), (0, 1));
    assert_eq!((found[0].file.as_str(), found[0].offset), ("leaves/records", 0));
}

/// A disk that refuses to read one object.
struct Refusing<'s>(&'s MemoryStore, String);

impl Store for Refusing<'_> {
    fn octets(&self, name: &str) -> std::io::Result<Option<u64>> {
        self.0.octets(name)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
        if name == self.1 { Err(ErrorKind::Other.into()) } else { self.0.read_at(name, offset, into) }
    }

    fn write_at(&mut self, _: &str, _: u64, _: &[u8]) -> std::io::Result<()> {
        panic!("a scrub writes nothing")
    }

    fn sync(&mut self, _: &str) -> std::io::Result<()> {
        panic!("a scrub writes nothing")
    }

    fn truncate(&mut self, _: &str, _: u64) -> std::io::Result<()> {
        panic!("a scrub writes nothing")
    }

    fn rename(&mut self, _: &str, _: &str) -> std::io::Result<()> {
        panic!("a scrub writes nothing")
    }

    fn remove(&mut self, _: &str) -> std::io::Result<()> {
        panic!("a scrub writes nothing")
    }

    fn list(&self, dir: &str) -> std::io::Result<Vec<String>> {
        self.0.list(dir)
    }
}

#[test]
fn what_could_not_be_held_to_the_vault_is_not_passed_over() {
    let rig = three();
    let mut scrub = Scrub::at(ScrubPlace::default());
    rig.store.tamper("identity", |octets| octets[20] ^= 1);
    assert!(scrub.step(&rig.store).is_err());
    assert!(scrub.step(&rig.store).is_err());
    assert_eq!(scrub.place(), ScrubPlace::default());
    rig.store.tamper("identity", |octets| octets[20] ^= 1);
    while !scrub.step(&rig.store).unwrap().is_over {}
    assert_eq!((scrub.place().recordings, scrub.place().found), (3, 0));
}

#[test]
fn an_object_that_the_disk_does_not_give_back_is_named_and_the_round_goes_on() {
    let rig = three();
    let name = object_name(recording(1));
    let (place, found) = round(&Refusing(&rig.store, name.clone()));
    assert_eq!(place.recordings, 3);
    let found: Vec<_> = found.into_iter().map(|found| (found.file, found.what)).collect();
    assert_eq!(found, [(name, Finding::Unreadable(ErrorKind::Other))]);
}
