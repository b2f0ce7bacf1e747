//! A recording is erased: its key halves first, then it is buried. The power may go at any moment.

use frame::{EventNo, PersonId};
use vault::{NotErased, Tombstone, sha256};

use super::{
    super::{erasing::marker, names::grave_name},
    copy::{copied, copier},
    *,
};

/// A box with two finished and logged recordings, whose keys stand on one page of the key tables, and not on the last: that
/// one is looked at by each start.
pub(super) fn two() -> Rig {
    let mut rig = Rig::new();
    for (no, timeslot) in [(1, 2), (2, 4)] {
        rig.begin(no, timeslot);
        rig.begin(no, timeslot + 1);
    }
    rig.talk(25);
    for (no, timeslot) in [(1, 2), (2, 4)] {
        rig.end(timeslot);
        rig.end(timeslot + 1);
        rig.finish(no);
    }
    rig.talk(60);
    assert_eq!(rig.finished().len(), 2);
    rig.log();
    for no in [1, 2] {
        rig.recorder.handle_command(RecorderCommand::Logged { recording: recording(no) });
    }
    rig.talk(15);
    let mut rig = rig.restart();
    rig.begin(3, 10);
    rig.talk(25);
    rig.end(10);
    rig.finish(3);
    rig.talk(60);
    rig.log();
    rig.recorder.handle_command(RecorderCommand::Logged { recording: recording(3) });
    rig.talk(15);
    rig
}

pub(super) fn tombstone(rig: &Rig) -> Tombstone {
    Tombstone {
        vault: rig.home.vault(),
        recording: recording(1),
        call: call(1),
        chain_head: link(rig, 1),
        list: EventNo(40),
        asked: PersonId(3),
        granted: PersonId(7),
        rule: "privacy".into(),
        range: None,
        packages: vec![],
        confirmed: [None, None],
    }
}

/// The link of a recording's last record, as the log has it; any where there is no object.
pub(super) fn link(rig: &Rig, no: u32) -> vault::Hash {
    let object = read_all(&rig.store, &object_name(recording(no))).ok().flatten().unwrap_or_default();
    let trailer = object.len().checked_sub(vault::OBJECT_TRAILER_OCTETS).map(|at| &object[at..]);
    let trailer = trailer.and_then(|octets| vault::ObjectTrailer::parse(octets).ok());
    trailer.map_or([7; 32], |trailer| trailer.chain_head)
}

/// Another object: whole in itself, with a chain of its own, and what `change` makes of its keys.
pub(super) fn forged(object: &[u8], change: impl Fn(&mut vault::KeyRecord)) -> Vec<u8> {
    let mut reader = vault::ObjectReader::new(object).unwrap();
    let (mut chain, mut forged) = (reader.head().chain(), reader.head().emit());
    while let Some(found) = reader.next_record().unwrap() {
        let mut record = found.record;
        if let vault::Body::Key(key) = &mut record.body {
            change(key);
        }
        chain.append(&record, &mut forged);
    }
    forged.extend(vault::ObjectTrailer::of(&chain).emit());
    forged
}

/// What the desk does about what an earlier life had begun, where the log has the agreement: it is ordered anew, and buried where the
/// log has it as erased.
pub(super) fn agree_to_resumed(rig: &mut Rig) {
    rig.take_events();
    let graves: Vec<Grave> = rig.events.iter().filter_map(resumed).collect();
    rig.events.retain(|event| resumed(event).is_none());
    for grave in graves {
        let text = |name: &str| String::from_utf8(read_all(&rig.store, name).unwrap()?).ok();
        let buried = text(&grave_name(grave)).and_then(|text| Tombstone::parse(&text).ok());
        let noted = marker(&rig.store, grave).ok().flatten().map(|begun| begun.tombstone().clone());
        let order = match (buried, noted.unwrap_or_else(|| tombstone(rig))) {
            (Some(told), _) => Order::Bury(Box::new(told)),
            (None, stone) => {
                let line = stone.range.as_ref().map(|range| range.object(stone.call, stone.recording));
                Order::Erase(Box::new(Wanted { tombstone: stone, line }), Permit::default())
            }
        };
        rig.recorder.handle_command(RecorderCommand::Erasing(order));
    }
}

fn resumed(event: &RecorderEvent) -> Option<Grave> {
    match event {
        RecorderEvent::Resumed { grave } => Some(*grave),
        _ => None,
    }
}

pub(super) fn order(rig: &mut Rig) -> Permit {
    let tombstone = tombstone(rig);
    give_order(rig, tombstone)
}

pub(super) fn give_order(rig: &mut Rig, wanted: impl Into<Wanted>) -> Permit {
    let permit = Permit::default();
    let erase = Order::Erase(Box::new(wanted.into()), permit.clone());
    rig.recorder.handle_command(RecorderCommand::Erasing(erase));
    permit
}

/// What the box does about what its recorder tells: once both tables have confirmed it, the log has it and it is buried.
/// Until nothing more comes of it.
pub(super) fn follow(rig: &mut Rig) -> std::io::Result<()> {
    let mut confirmed = [None, None];
    agree_to_resumed(rig);
    for _ in 0..6 {
        rig.events.clear();
        rig.talk(12);
        for event in std::mem::take(&mut rig.events) {
            let RecorderEvent::KeysErased { tombstone, table } = event else { continue };
            confirmed[table] = Some(stamp_at(rig.now));
            if confirmed.iter().all(Option::is_some) {
                let confirmed = Tombstone { confirmed, ..*tombstone };
                bury(rig, confirmed)?;
            }
        }
    }
    Ok(())
}

fn bury(rig: &mut Rig, tombstone: Tombstone) -> std::io::Result<()> {
    let store = Box::new(rig.store.clone());
    let (mut leaves, _) = Leaves::open(store, rig.home.vault(), rig.home.log_key(), Box::new(Seeded::new(9)))?;
    let (recording, document) = (tombstone.recording, sha256(tombstone.emit().as_bytes()));
    leaves.append(match tombstone.range {
        None => Leaf::Tombstone { recording, document },
        Some(_) => Leaf::RangeTombstone { recording, list: tombstone.list, document },
    })?;
    leaves.checkpoint(stamp_at(rig.now), rig.home.log_key())?;
    rig.recorder.handle_command(RecorderCommand::Erasing(Order::Bury(Box::new(tombstone))));
    Ok(())
}

pub(super) fn is_whole(rig: &Rig, no: u32) -> bool {
    let (timeslot, name) = (no as u8 * 2, object_name(recording(no)));
    let Ok(playback) = open_recording(&rig.store, &name, &rig.opener()) else { return false };
    let voices = &playback.parts[0].voices;
    (0..2).all(|at| voices[at].octets == said_between(timeslot + at as u8, START, START + 25))
}

#[test]
fn an_erased_recording_leaves_a_tombstone_that_the_log_knows_and_its_neighbour_is_whole() {
    let mut rig = two();
    assert!(is_whole(&rig, 1) && is_whole(&rig, 2));
    order(&mut rig);
    follow(&mut rig).unwrap();
    assert!(is_whole(&rig, 2));
    assert_eq!(read_all(&rig.store, &object_name(recording(1))).unwrap(), None);
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
    let text = String::from_utf8(read_all(&rig.store, &tombstone_name(recording(1))).unwrap().unwrap()).unwrap();
    assert!(Tombstone::parse(&text).unwrap().is_confirmed(), "{text}");
    assert!(rig.verify().is_intact(), "{:?}", rig.verify());
    // What was said afterwards is recorded as ever.
    rig.begin(4, 8);
    rig.talk(25);
    rig.end(8);
    rig.finish(4);
    rig.talk(60);
    assert!(open_recording(&rig.store, &object_name(recording(4)), &rig.opener()).is_ok());
}

#[test]
fn a_backup_and_the_vaults_key_open_nothing_that_was_erased() {
    let mut rig = two();
    let backup = rig.store.after_kill();
    order(&mut rig);
    follow(&mut rig).unwrap();
    // A backup has everything but the key tables, which are never in one; those of the box are at hand.
    for name in rig.store.names().iter().filter(|name| name.starts_with("keys-")) {
        let now = read_all(&rig.store, name).unwrap().unwrap();
        backup.tamper(name, |octets| *octets = now);
    }
    let opener = Opener::new(Box::new(backup.clone()), CODE).unwrap();
    let report = verify_vault(&backup, Some(&opener)).unwrap();
    let name = object_name(recording(1));
    let erased = open_recording(&backup, &name, &opener).unwrap();
    let octets = erased.parts[0].voices.iter().flat_map(|voice| &voice.octets);
    assert!(octets.copied().all(|octet| octet == Law::A.silence()), "not one sample opens");
    assert!(report.erased_chunks > 0 && report.erased_chunks < report.chunks);
    // By this backup's own log nobody has erased it: the tombstone came later.
    let is_of_it = |found: &Found| found.what == Finding::ErasedByNobody && found.file == name;
    assert!(report.findings.iter().all(is_of_it), "the neighbour opens: {report:?}");
}

pub(super) fn tables(rig: &Rig) -> KeyTables {
    KeyTables::open_to_read(&rig.store, rig.home.vault(), Box::new(Seeded::new(0))).unwrap()
}

/// The halves that a recording's key records name.
fn halves_of(rig: &Rig, no: u32) -> Vec<KeyState> {
    let object = read_all(&rig.store, &object_name(recording(no))).unwrap().unwrap();
    let mut reader = vault::ObjectReader::new(&object).unwrap();
    let mut halves = Vec::new();
    while let Some(found) = reader.next_record().unwrap() {
        if let vault::Body::Key(key) = &found.record.body {
            halves.push(tables(rig).get(&rig.store, key.key_no).unwrap());
        }
    }
    assert!(halves.iter().all(|half| matches!(half, KeyState::There(_))));
    halves
}

#[test]
fn after_erasing_no_file_has_a_key_half_in_any_place_that_a_key_of_the_box_opens() {
    let mut rig = two();
    let halves = [1, 2].map(|no| halves_of(&rig, no));
    assert!(halves.iter().flatten().count() >= 8, "two voices, two minutes each");
    order(&mut rig);
    follow(&mut rig).unwrap();
    let tables = tables(&rig);
    let left: Vec<_> = (0..400).filter_map(|no| tables.get(&rig.store, vault::KeyNo(no)).ok()).collect();
    assert!(halves[0].iter().all(|half| !left.contains(half)));
    assert!(halves[1].iter().all(|half| left.contains(half)));
    for name in rig.store.names() {
        let octets = read_all(&rig.store, &name).unwrap().unwrap();
        for half in halves.iter().flatten() {
            let KeyState::There(half) = half else { unreachable!("looked at above") };
            assert!(!octets.windows(32).any(|window| window == half.expose()), "{name} has a half in the clear");
        }
    }
}

#[test]
fn the_power_may_go_at_any_moment_and_the_start_finishes_it_and_never_harms_a_neighbour() {
    let mut whole = two();
    whole.store.set_faults(Faults::default());
    order(&mut whole);
    follow(&mut whole).unwrap();
    let operations = whole.store.operations();
    assert!(operations > 20, "{operations}");
    for dies_after in 0..operations {
        let mut rig = two();
        rig.store.set_faults(Faults { dies_after: Some(dies_after), torn_octets: 1000, ..Faults::default() });
        order(&mut rig);
        // The disk is gone within it.
        let _ = follow(&mut rig);
        let mut rig = rig.restart();
        assert!(is_whole(&rig, 2), "after {dies_after}, at the start");
        let had_begun = !rig.store.list("erasing").unwrap().is_empty();
        let is_buried = |rig: &Rig| rig.store.octets(&tombstone_name(recording(1))).unwrap().is_some();
        assert!(had_begun || is_buried(&rig) || is_whole(&rig, 1), "after {dies_after}: half erased, and nobody knows");
        follow(&mut rig).unwrap();
        assert!(is_whole(&rig, 2), "after {dies_after}");
        assert_eq!(is_buried(&rig), !is_whole(&rig, 1), "after {dies_after}: erased or not");
        assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new(), "after {dies_after}");
        let tables = [("keys-a", "keys-b"), ("keys-b", "keys-a")];
        for (lost, left) in tables {
            // Each table alone has the neighbour's keys, or the box would live on one.
            let one = rig.store.after_kill();
            one.tamper(&format!("{lost}/roots"), Vec::clear);
            let opener = Opener::new(Box::new(one.clone()), CODE).unwrap();
            let opened = open_recording(&one, &object_name(recording(2)), &opener);
            let voices = opened.map(|playback| playback.parts[0].voices[0].octets.clone());
            assert!(
                voices.is_ok_and(|octets| octets == said_between(4, START, START + 25)),
                "{left} after {dies_after}"
            );
        }
        assert!(!is_buried(&rig) || rig.verify().is_intact(), "after {dies_after}: {:?}", rig.verify());
    }
}

#[test]
fn a_recording_whose_object_is_damaged_is_not_erased_by_guessing() {
    let mut rig = two();
    rig.store.tamper(&object_name(recording(1)), |octets| octets[700] ^= 1);
    order(&mut rig);
    rig.events.clear();
    rig.talk(24);
    let why = NotErased::Damaged;
    let not_erased =
        RecorderEvent::NotErased { has_begun: false, why, grave: Grave::whole(recording(1)), call: call(1) };
    assert_eq!(rig.events.iter().filter(|event| **event == not_erased).count(), 1);
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
    assert!(matches!(tables(&rig).get(&rig.store, vault::KeyNo(0)).unwrap(), KeyState::There(_)));
}

#[test]
fn an_order_whose_permit_is_withdrawn_in_time_harms_nothing_and_one_that_has_begun_is_finished() {
    let mut rig = two();
    let permit = order(&mut rig);
    assert!(permit.withdraw());
    follow(&mut rig).unwrap();
    assert!(is_whole(&rig, 1));
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
    let permit = order(&mut rig);
    follow(&mut rig).unwrap();
    assert!(!permit.withdraw(), "too late, and it is told so");
    assert_eq!(read_all(&rig.store, &object_name(recording(1))).unwrap(), None);
}

#[test]
fn an_erasure_that_has_begun_and_whose_object_is_damaged_meanwhile_goes_no_further_until_it_is_back() {
    let mut whole = two();
    whole.store.set_faults(Faults::default());
    order(&mut whole);
    follow(&mut whole).unwrap();
    let operations = whole.store.operations();
    let (mut waits, mut done) = (0, 0);
    for dies_after in 0..operations {
        let mut rig = two();
        rig.store.set_faults(Faults { dies_after: Some(dies_after), ..Faults::default() });
        order(&mut rig);
        let _ = follow(&mut rig);
        let (name, mut rig) = (object_name(recording(1)), rig.restart());
        if rig.store.list("erasing").unwrap().is_empty() || rig.store.octets(&name).unwrap().is_none() {
            continue;
        }
        rig.store.tamper(&name, |octets| octets[700] ^= 1);
        let before = read_all(&rig.store, "keys-a/roots").unwrap();
        follow(&mut rig).unwrap();
        if !rig.store.list("erasing").unwrap().is_empty() {
            // Some half stands still, and nobody can tell whose the others are: nothing is destroyed.
            assert!(read_all(&rig.store, "keys-a/roots").unwrap() == before, "after {dies_after}");
            waits += 1;
            rig.store.tamper(&name, |octets| octets[700] ^= 1);
            order(&mut rig);
            follow(&mut rig).unwrap();
        } else {
            done += 1;
        }
        assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new(), "after {dies_after}");
        assert!(rig.store.octets(&tombstone_name(recording(1))).unwrap().is_some(), "after {dies_after}");
        assert!(is_whole(&rig, 2), "after {dies_after}");
    }
    assert!(waits > 5 && done > 0, "{waits} {done}");
}

#[test]
fn the_burial_of_a_recording_ends_what_had_begun_with_its_stretches_in_whichever_life() {
    let mut rig = two();
    let leave = |rig: &Rig, name: &str| replace(&mut rig.store.clone(), name, b"x").unwrap();
    let left = |rig: &Rig| rig.store.list("erasing").unwrap();
    ["erasing/1-1.7", "erasing/1-1.8", "erasing/1-2.7"].iter().for_each(|name| leave(&rig, name));
    order(&mut rig);
    follow(&mut rig).unwrap();
    assert_eq!(left(&rig), ["erasing/1-2.7"]);
    let stone = read_all(&rig.store, &tombstone_name(recording(1))).unwrap().unwrap();
    let told = Tombstone::parse(&String::from_utf8(stone.clone()).unwrap()).unwrap();
    leave(&rig, "erasing/1-1.7");
    rig.recorder.handle_command(RecorderCommand::Erasing(Order::Bury(Box::new(told))));
    rig.talk(24);
    assert_eq!(left(&rig), ["erasing/1-2.7"], "a later start has the log's tombstone");
    assert_eq!(read_all(&rig.store, &tombstone_name(recording(1))).unwrap().unwrap(), stone);
}

#[test]
fn a_burial_that_has_to_wait_is_a_disk_that_fails_and_never_told_as_one_that_is_not_erased() {
    let mut rig = two();
    order(&mut rig);
    rig.talk(24);
    assert!(has_told_erased(&rig), "the log has it as erased");
    let refuse = |rig: &Rig, refuses| {
        for table in ["keys-a", "keys-b"] {
            let pages = rig.store.list(table).unwrap();
            pages.iter().for_each(|name| rig.store.refuse_to_read(name, refuses));
        }
    };
    refuse(&rig, true);
    follow_told(&mut rig);
    rig.events.clear();
    rig.talk(24);
    assert_eq!(not_erased(&rig), []);
    let fails = |event: &RecorderEvent| matches!(event, RecorderEvent::DiskFailed { .. });
    assert!(rig.events.iter().any(fails), "{:?}", rig.events);
    assert!(rig.store.octets(&object_name(recording(1))).unwrap().is_some());
    refuse(&rig, false);
    rig.talk(400);
    assert_eq!(not_erased(&rig), []);
    assert_eq!(rig.store.octets(&object_name(recording(1))).unwrap(), None, "it is buried once the disk reads again");
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
}

/// The marker of an erasure of recording 1, as somebody writes it who has the files.
fn forge_marker(rig: &Rig, keys: &[vault::KeyNo]) {
    let lines: String = keys.iter().map(|key| format!("key {}\n", key.0)).collect();
    let text = format!("{}{lines}", Tombstone { chain_head: [7; 32], ..tombstone(rig) }.emit());
    replace(&mut rig.store.clone(), "erasing/1-1", text.as_bytes()).unwrap();
}

fn keys_of(rig: &Rig, no: u32) -> Vec<vault::KeyNo> {
    let object = read_all(&rig.store, &object_name(recording(no))).unwrap().unwrap();
    super::super::erasing::key_numbers(&object).unwrap()
}

fn has_told_erased(rig: &Rig) -> bool {
    rig.events.iter().any(|event| matches!(event, RecorderEvent::KeysErased { .. }))
}

/// Records another one, and tells whether it opens a while later.
fn keeps_what_comes(rig: &mut Rig) -> bool {
    rig.begin(4, 8);
    rig.talk(25);
    rig.end(8);
    rig.finish(4);
    rig.talk(1_500);
    let opened = open_recording(&rig.store, &object_name(recording(4)), &rig.opener());
    opened.is_ok_and(|playback| {
        let octets = &playback.parts[0].voices[0].octets;
        octets.iter().any(|octet| *octet != Law::A.silence())
    })
}

#[test]
fn a_start_reads_no_marker_and_does_nothing_by_one() {
    let rig = two();
    for no in 1..=300 {
        let name = format!("erasing/1-{no}");
        replace(&mut rig.store.clone(), &name, b"key 0").unwrap();
        rig.store.refuse_to_read(&name, true);
    }
    let mut rig = rig.restart();
    rig.take_events();
    assert_eq!(rig.events.iter().filter_map(resumed).count(), 300);
    let is_damage = |event: &RecorderEvent| matches!(event, RecorderEvent::Damaged { .. });
    assert!(!rig.events.iter().any(is_damage), "nobody has tried");
    rig.talk(1_000);
    assert!(is_whole(&rig, 1) && is_whole(&rig, 2), "nobody has said that it was agreed on");
}

#[test]
fn whatever_a_marker_names_the_halves_go_that_the_object_names_and_none_where_that_is_gone_or_damaged() {
    let damage: [fn(&mut Vec<u8>); 2] = [|octets| octets[700] ^= 1, |octets| *octets = b"x".to_vec()];
    for (object, named) in (0..4).flat_map(|object| (0..4).map(move |named| (object, named))) {
        let rig = two();
        let name = object_name(recording(1));
        let next = tables(&rig).next_key(&rig.store).unwrap().0;
        // Its own, its neighbour's, those of whatever is recorded next, and places of a page in use that nobody has taken.
        let keys = [
            keys_of(&rig, 1),
            keys_of(&rig, 2),
            (next..next + 1_000).map(vault::KeyNo).collect(),
            vec![vault::KeyNo(100), vault::KeyNo(101)],
        ];
        forge_marker(&rig, &keys[named]);
        match object {
            0 => {}
            1 | 2 => rig.store.tamper(&name, damage[object - 1]),
            _ => rig.store.clone().remove(&name).unwrap(),
        }
        let mut rig = rig.restart();
        let whole = Tombstone { chain_head: link(&two(), 1), ..tombstone(&rig) };
        give_order(&mut rig, whole);
        rig.talk(24);
        let case = format!("object {object}, keys {named}");
        assert_eq!(has_told_erased(&rig), object == 0, "{case}");
        let damaged = if object == 0 { vec![] } else { vec![(1, NotErased::Damaged)] };
        assert_eq!(not_erased(&rig), damaged, "{case}");
        assert!(is_whole(&rig, 2), "{case}");
        assert!(keeps_what_comes(&mut rig), "{case}: what came after");
        if object == 0 {
            follow_told(&mut rig);
            rig.talk(24);
            assert_eq!(read_all(&rig.store, &name).unwrap(), None, "{case}");
        }
    }
}

#[test]
fn a_tombstone_that_somebody_writes_where_the_object_is_gone_is_told_to_nobody_and_buries_nothing() {
    for of in [1, 2] {
        let mut rig = two();
        let own = tombstone(&rig);
        let forged = Tombstone {
            recording: recording(of),
            call: call(of),
            chain_head: link(&rig, of),
            confirmed: [Some(stamp_at(5)); 2],
            ..own.clone()
        };
        replace(&mut rig.store.clone(), &tombstone_name(recording(1)), forged.emit().as_bytes()).unwrap();
        rig.store.clone().remove(&object_name(recording(1))).unwrap();
        let permit = give_order(&mut rig, own);
        rig.events.clear();
        rig.talk(24);
        assert!(!has_told_erased(&rig), "{of}: the log would have it as destroyed");
        assert_eq!(not_erased(&rig), [(1, NotErased::Damaged)]);
        assert!(is_whole(&rig, 2) && permit.withdraw(), "{of}");
    }
}

#[test]
fn an_object_with_its_neighbours_keys_is_not_the_one_that_the_log_knows_and_erases_nothing() {
    let mut rig = two();
    let (mine, others) = (halves_of(&rig, 1), tombstone(&rig));
    let own = keys_of(&rig, 1);
    let name = object_name(recording(1));
    let neighbours = read_all(&rig.store, &object_name(recording(2))).unwrap().unwrap();
    let first = super::super::erasing::key_numbers(&neighbours).unwrap()[0];
    rig.store.tamper(&name, |octets| *octets = forged(octets, |key| key.key_no = first));
    give_order(&mut rig, others);
    rig.events.clear();
    rig.talk(24);
    assert_eq!(not_erased(&rig), [(1, NotErased::Damaged)]);
    assert!(is_whole(&rig, 2));
    let left: Vec<_> = own.iter().map(|key| tables(&rig).get(&rig.store, *key).unwrap()).collect();
    assert!(left == mine, "its own halves stand as they stood");
}

#[test]
fn a_marker_that_is_exchanged_before_the_burial_leaves_each_copy_the_halves_that_went_all_the_same() {
    let mut rig = two();
    let copy = copied(&rig);
    let own = keys_of(&rig, 1);
    order(&mut rig);
    rig.events.clear();
    rig.talk(12);
    forge_marker(&rig, &[vault::KeyNo(1 << 30)]);
    follow_told(&mut rig);
    rig.talk(24);
    assert_eq!(rig.store.octets(&object_name(recording(1))).unwrap(), None, "it is buried");
    let step = copier().step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    assert_eq!(step.destroyed.iter().map(|pending| pending.grave.recording).collect::<Vec<_>>(), [recording(1)]);
    assert_eq!(KeyTables::table_with(&copy, rig.home.vault(), &own).unwrap(), None);
    assert!(is_whole(&rig, 2));
}

#[test]
fn a_file_that_has_a_copy_destroy_what_the_vault_keeps_has_it_destroy_nothing_and_stays() {
    let mut rig = two();
    let copy = copied(&rig);
    let theirs = keys_of(&rig, 2);
    order(&mut rig);
    follow(&mut rig).unwrap();
    let folder = rig.store.names().into_iter().find(|name| name.ends_with("/pending/1-1")).unwrap();
    let lines: String = theirs.iter().map(|key| format!("key {}\n", key.0)).collect();
    let text = format!("recording 1-2\ncall 1-2\n{lines}end {}\n", theirs.len());
    replace(&mut rig.store.clone(), &folder.replace("1-1", "1-2"), text.as_bytes()).unwrap();
    let mut copier = copier();
    let step = copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    assert_eq!(step.destroyed.iter().map(|pending| pending.grave.recording).collect::<Vec<_>>(), [recording(1)]);
    assert!(KeyTables::table_with(&copy, rig.home.vault(), &theirs).unwrap().is_some());
    settle_pending(&mut rig.store.clone(), &step.destroyed[0]).unwrap();
    copier.settled(step.destroyed[0].grave);
    assert_eq!(known_copies(&rig.store).unwrap()[0].pending, 1, "it is told as pending");
    // It keeps nothing else from being copied.
    let level = (0..20).any(|_| copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap().is_level);
    assert!(level && KeyTables::table_with(&copy, rig.home.vault(), &theirs).unwrap().is_some());
}

/// Writes a tombstone that nobody has told, and gives the order: the halves go all the same.
#[test]
fn a_tombstone_beside_its_object_saves_no_key() {
    let mut rig = two();
    let halves = halves_of(&rig, 1);
    let confirmed = Tombstone { confirmed: [Some(stamp_at(5)); 2], ..tombstone(&rig) };
    replace(&mut rig.store.clone(), &tombstone_name(recording(1)), confirmed.emit().as_bytes()).unwrap();
    order(&mut rig);
    follow(&mut rig).unwrap();
    let tables = tables(&rig);
    let left: Vec<_> = (0..400).filter_map(|no| tables.get(&rig.store, vault::KeyNo(no)).ok()).collect();
    assert!(halves.iter().all(|half| !left.contains(half)));
    assert!(rig.verify().is_intact(), "{:?}", rig.verify());
}

/// The events by which it is told that a recording is not erased.
pub(super) fn not_erased(rig: &Rig) -> Vec<(u32, NotErased)> {
    let told = rig.events.iter().filter_map(|event| match event {
        RecorderEvent::NotErased { why, grave, .. } => Some((grave.recording.no, *why)),
        _ => None,
    });
    told.collect()
}

/// Damages the page of both tables that has the halves of recordings 1 and 2.
fn spoil_pages(rig: &Rig, tables: &[&str]) {
    for table in tables {
        rig.store.tamper(&format!("{table}/level-0"), |octets| octets[900] ^= 1);
    }
}

#[test]
fn what_stands_on_a_page_that_opens_in_neither_table_is_unknown_and_not_erased() {
    let mut rig = two();
    let before: Vec<_> = ["keys-a/level-0", "keys-b/level-0"].map(|name| read_all(&rig.store, name).unwrap()).into();
    spoil_pages(&rig, &["keys-a", "keys-b"]);
    let permit = order(&mut rig);
    rig.events.clear();
    follow(&mut rig).unwrap();
    assert!(permit.withdraw(), "it has not begun");
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
    assert!(read_all(&rig.store, &object_name(recording(1))).unwrap().is_some());
    let report = rig.verify();
    assert!(report.findings.iter().any(|found| found.file == "keys-a/level-0"), "verify names it: {report:?}");
    assert!(report.findings.iter().any(|found| found.file == "keys-b/level-0"), "verify names it: {report:?}");
    let opened = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
    assert_eq!(opened.erased_chunks, 0, "nothing is told erased that is only unreadable");
    // Nobody wrote over what may be mended by hand.
    for (name, before) in ["keys-a/level-0", "keys-b/level-0"].iter().zip(before) {
        rig.store.tamper(name, |octets| octets[900] ^= 1);
        let now = read_all(&rig.store, name).unwrap();
        assert_eq!(now.map(|octets| octets[..4096].to_vec()), before.map(|octets| octets[..4096].to_vec()));
    }
    assert!(is_whole(&rig, 1) && is_whole(&rig, 2));
}

#[test]
fn it_is_told_once_why_a_recording_is_not_erased() {
    let mut rig = two();
    spoil_pages(&rig, &["keys-a", "keys-b"]);
    order(&mut rig);
    rig.events.clear();
    rig.talk(1_000);
    assert_eq!(not_erased(&rig), [(1, NotErased::KeysUnknown)]);
}

#[test]
fn a_page_that_does_not_open_in_one_table_is_taken_from_the_other_and_destroyed_in_both() {
    for table in ["keys-a", "keys-b"] {
        let mut rig = two();
        let halves = halves_of(&rig, 1);
        spoil_pages(&rig, &[table]);
        order(&mut rig);
        follow(&mut rig).unwrap();
        assert!(is_whole(&rig, 2), "{table}: the neighbour's halves are on that page, too");
        assert!(rig.verify().is_intact(), "{table}: {:?}", rig.verify());
        let tables = tables(&rig);
        let left: Vec<_> = (0..400).filter_map(|no| tables.get(&rig.store, vault::KeyNo(no)).ok()).collect();
        assert!(halves.iter().all(|half| !left.contains(half)), "{table}");
    }
}

#[test]
fn an_erasure_that_has_begun_and_meets_a_page_that_opens_nowhere_is_not_told_as_done() {
    let mut whole = two();
    whole.store.set_faults(Faults::default());
    order(&mut whole);
    follow(&mut whole).unwrap();
    let operations = whole.store.operations();
    let mut begun = 0;
    for dies_after in 0..operations {
        let mut rig = two();
        rig.store.set_faults(Faults { dies_after: Some(dies_after), ..Faults::default() });
        order(&mut rig);
        let _ = follow(&mut rig);
        let spoiled = rig.store.after_power_cut();
        rig.store = spoiled;
        spoil_pages(&rig, &["keys-a", "keys-b"]);
        let mut rig = rig.restart();
        // A marker that had not got its name yet is gone.
        let has_begun = !rig.store.list("erasing").unwrap().is_empty();
        if !has_begun || rig.store.octets(&tombstone_name(recording(1))).unwrap().is_some() {
            continue;
        }
        begun += 1;
        agree_to_resumed(&mut rig);
        rig.talk(1_000);
        let confirmed = rig.events.iter().any(|event| matches!(event, RecorderEvent::KeysErased { .. }));
        assert!(!confirmed, "after {dies_after}: nobody knows");
        assert_eq!(not_erased(&rig), [(1, NotErased::KeysUnknown)], "after {dies_after}");
        assert!(!rig.store.list("erasing").unwrap().is_empty(), "after {dies_after}: it is not over");
    }
    assert!(begun > 5, "{begun}");
}

#[test]
fn one_that_the_disk_refuses_to_read_keeps_no_other_waiting_nor_what_is_recorded() {
    let mut rig = two();
    rig.store.refuse_to_read(&object_name(recording(1)), true);
    order(&mut rig);
    let permit = Permit::default();
    let second = Tombstone { recording: recording(2), call: call(2), chain_head: link(&rig, 2), ..tombstone(&rig) };
    rig.recorder.handle_command(RecorderCommand::Erasing(Order::Erase(Box::new(second.into()), permit.clone())));
    rig.events.clear();
    rig.talk(24);
    assert_eq!(not_erased(&rig), [(1, NotErased::Disk)]);
    assert!(permit.is_taken(), "the second one goes");
    let is_back = |event: &RecorderEvent| matches!(event, RecorderEvent::DiskFailed { .. });
    assert!(!rig.events.iter().any(is_back), "it is one file that fails, and not the disk");
    // Segment after segment: what is recorded needs new ones.
    for no in 4..8 {
        rig.begin(no, 8);
        rig.talk(2_000);
        rig.end(8);
        rig.finish(no);
        rig.talk(60);
        assert!(open_recording(&rig.store, &object_name(recording(no)), &rig.opener()).is_ok(), "{no}");
    }
    // The order is over; it may be given again.
    rig.store.refuse_to_read(&object_name(recording(1)), false);
    assert!(is_whole(&rig, 1));
    order(&mut rig);
    follow(&mut rig).unwrap();
    assert_eq!(read_all(&rig.store, &object_name(recording(1))).unwrap(), None);
}

/// A disk that has no room for one octet more than it holds.
fn full(rig: &Rig) -> Faults {
    Faults { room_octets: Some(rig.store.octets_in_all()), ..Faults::default() }
}

#[test]
fn a_full_disk_has_room_again_once_something_is_erased() {
    let mut rig = two();
    let full = full(&rig);
    rig.begin(4, 8);
    rig.talk(12);
    rig.store.set_faults(full);
    rig.end(8);
    rig.finish(4);
    rig.talk(60);
    assert!(rig.events.iter().any(|event| matches!(event, RecorderEvent::DiskFailed { .. })), "no room for an object");
    assert!(rig.store.octets(&object_name(recording(4))).unwrap().is_none());
    rig.events.clear();
    order(&mut rig);
    // The log is on another disk, which has room.
    for _ in 0..6 {
        rig.talk(12);
        rig.store.set_faults(Faults::default());
        follow_told(&mut rig);
        rig.store.set_faults(full);
    }
    rig.talk(200);
    assert!(rig.store.octets(&tombstone_name(recording(1))).unwrap().is_some());
    assert!(rig.store.octets(&object_name(recording(1))).unwrap().is_none(), "what was to be erased is gone");
    assert!(rig.store.octets(&object_name(recording(4))).unwrap().is_some(), "the copy has the room");
    assert!(is_whole(&rig, 2));
}

/// Buries what both tables have confirmed in what was told so far.
fn follow_told(rig: &mut Rig) {
    for event in std::mem::take(&mut rig.events) {
        let RecorderEvent::KeysErased { tombstone, table: 1 } = event else { continue };
        let confirmed = [Some(stamp_at(rig.now)); 2];
        bury(rig, Tombstone { confirmed, ..*tombstone }).unwrap();
    }
}

#[test]
fn an_order_that_only_failed_to_write_its_marker_has_not_begun_and_can_be_taken_back() {
    let mut rig = two();
    rig.store.set_faults(Faults { no_growth: true, ..Faults::default() });
    let permit = order(&mut rig);
    rig.events.clear();
    rig.talk(60);
    assert_eq!(not_erased(&rig), [(1, NotErased::Disk)]);
    assert!(permit.withdraw(), "a hold that comes now is in time");
    rig.store.set_faults(Faults::default());
    follow(&mut rig).unwrap();
    assert!(is_whole(&rig, 1), "nothing is tried again that was taken back");
    order(&mut rig);
    follow(&mut rig).unwrap();
    assert!(rig.store.octets(&object_name(recording(1))).unwrap().is_none());
}

/// A box that was stopped after it had begun to erase recording 1, and before a key was destroyed.
fn begun() -> Rig {
    for dies_after in 0..200 {
        let mut rig = two();
        rig.store.set_faults(Faults { dies_after: Some(dies_after), ..Faults::default() });
        order(&mut rig);
        let _ = follow(&mut rig);
        let rig = rig.restart();
        if !rig.store.list("erasing").unwrap().is_empty() {
            return rig;
        }
    }
    unreachable!("it is begun at some time")
}

#[test]
fn a_reason_that_changes_after_it_has_begun_is_told_again() {
    let mut rig = begun();
    agree_to_resumed(&mut rig);
    rig.store.set_faults(Faults { no_growth: true, ..Faults::default() });
    rig.events.clear();
    rig.talk(500);
    assert_eq!(not_erased(&rig), [(1, NotErased::Disk)]);
    rig.store.set_faults(Faults::default());
    spoil_pages(&rig, &["keys-a", "keys-b"]);
    rig.talk(3_000);
    assert_eq!(not_erased(&rig), [(1, NotErased::Disk), (1, NotErased::KeysUnknown)]);
}

#[test]
fn a_marker_that_is_cut_stops_no_start_and_is_written_anew_by_the_next_order() {
    let rig = begun();
    let marker = rig.store.list("erasing").unwrap().remove(0);
    rig.store.tamper(&marker, |octets| octets.truncate(3));
    let mut rig = rig.restart();
    follow(&mut rig).unwrap();
    assert_eq!(read_all(&rig.store, &object_name(recording(1))).unwrap(), None);
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
    assert!(is_whole(&rig, 2) && rig.verify().is_intact());
}

#[test]
fn a_table_that_the_disk_refuses_to_read_stops_no_recording() {
    for table in ["keys-a", "keys-b"] {
        for file in ["roots", "level-2", "level-1", "level-0"] {
            let name = format!("{table}/{file}");
            let mut rig = two();
            rig.store.refuse_to_read(&name, true);
            rig.begin(4, 8);
            rig.talk(25);
            rig.end(8);
            rig.finish(4);
            rig.talk(60);
            assert!(open_recording(&rig.store, &object_name(recording(4)), &rig.opener()).is_ok(), "{name}, running");
            let mut rig = rig.restart();
            rig.begin(5, 8);
            rig.talk(25);
            rig.end(8);
            rig.finish(5);
            rig.talk(60);
            assert!(open_recording(&rig.store, &object_name(recording(5)), &rig.opener()).is_ok(), "{name}, started");
            assert!(is_whole(&rig, 1) && is_whole(&rig, 2), "{name}");
            let told = |event: &RecorderEvent| matches!(event, RecorderEvent::Damaged { file, .. } if *file == name);
            assert!(rig.events.iter().any(told), "{name} is told");
            order(&mut rig);
            follow(&mut rig).unwrap();
            assert!(rig.store.octets(&tombstone_name(recording(1))).unwrap().is_some(), "{name}: erased by the other");
        }
    }
}
