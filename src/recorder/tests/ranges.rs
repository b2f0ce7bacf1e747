//! A stretch of a recording is erased: whole minutes of the legs that it touches, and nothing else.

use frame::EventNo;
use vault::{NotErased, Range, Stretch, Tombstone};

use super::{
    super::names::range_tombstones,
    copy::{anew, content, copied, copier},
    erasing::{follow, forged, give_order, is_whole, link, not_erased, tombstone, two},
    *,
};

pub(super) fn stretch(from_s: u32, to_s: u32) -> Stretch {
    Stretch { from_s, to_s }
}

/// What goes with a stretch of recording 1, as it stands.
fn range(rig: &Rig, meant: Stretch) -> Range {
    range_of(&rig.store, recording(1), meant, &link(rig, 1)).unwrap()
}

/// What two people agreed on, as the desk orders it.
fn agreed(rig: &Rig, meant: Stretch) -> Wanted {
    let range = range(rig, meant);
    let line = range.object(call(1), recording(1));
    let range = Some(Range { minutes: Vec::new(), ..range });
    Wanted { tombstone: Tombstone { rule: "a card's number".into(), range, ..tombstone(rig) }, line: Some(line) }
}

pub(super) fn erase(rig: &mut Rig, meant: Stretch) {
    let wanted = agreed(rig, meant);
    give_order(rig, wanted);
    follow(rig).unwrap();
}

fn stones(store: &MemoryStore) -> Vec<Tombstone> {
    range_tombstones(store, recording(1)).unwrap().into_iter().map(|(_, stone)| stone).collect()
}

/// A recording of a leg that talks for 75 s, and another one that comes after 20.
pub(super) fn long() -> Rig {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(2_000);
    rig.begin(1, 3);
    rig.talk(5_500);
    rig.end(2);
    rig.end(3);
    rig.finish(1);
    rig.talk(60);
    assert_eq!(rig.finished().len(), 1);
    rig.log();
    rig.recorder.handle_command(RecorderCommand::Logged { recording: recording(1) });
    rig.talk(15);
    rig
}

#[test]
fn the_minutes_that_a_stretch_touches_are_silence_the_rest_is_whole_and_verify_says_by_which_list() {
    let mut rig = long();
    let object = content(&rig.store, &object_name(recording(1)));
    erase(&mut rig, stretch(5, 6));
    assert!(content(&rig.store, &object_name(recording(1))) == object, "not an octet of it is changed");
    assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new());
    let [stone] = &stones(&rig.store)[..] else { panic!("one tombstone") };
    let range = stone.range.as_ref().unwrap();
    assert_eq!((range.meant, range.gone, range.minutes.len()), (stretch(5, 6), stretch(0, 60), 1));
    assert!(stone.is_confirmed() && stone.grave().to_string() == "1-1.40");
    let voices = rig.open(1).parts.remove(0).voices;
    let end = START + 7_500;
    assert!(
        voices[0].octets == [silence(6_000), said_between(2, START + 6_000, end)].concat(),
        "its first minute alone"
    );
    assert!(
        voices[1].octets[..5_500 * OCTETS_PER_TICK] == said_between(3, START + 2_000, end),
        "the other one speaks meanwhile, and was not meant"
    );
    let opened = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
    assert!(opened.is_intact(), "{:?}", opened.findings);
    assert_eq!(opened.erased_chunks, 600, "a minute of chunks");
    assert_eq!(opened.erased, std::slice::from_ref(stone), "named, and by which list");
    // A second stretch, of both legs, beside the first.
    let list = EventNo(41);
    let mut second = agreed(&rig, stretch(62, 64));
    second.tombstone.list = list;
    assert_eq!(second.tombstone.range.as_ref().map(|range| range.gone), Some(stretch(20, 75)));
    give_order(&mut rig, second);
    follow(&mut rig).unwrap();
    let voices = rig.open(1).parts.remove(0).voices;
    assert!(voices.iter().flat_map(|voice| &voice.octets).all(|octet| *octet == Law::A.silence()), "nothing is left");
    let opened = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
    assert!(opened.is_intact() && opened.erased.len() == 2, "{:?}", opened.findings);
    // And all of it goes as ever.
    let whole = tombstone(&rig);
    give_order(&mut rig, whole);
    follow(&mut rig).unwrap();
    assert_eq!(rig.store.octets(&object_name(recording(1))).unwrap(), None);
    assert!(rig.verify().is_intact(), "{:?}", rig.verify().findings);
    assert_eq!(rig.verify().erased.len(), 3);
}

#[test]
fn a_stretch_where_nothing_was_said_and_another_object_than_was_agreed_on_erase_nothing() {
    let mut rig = two();
    let of = |rig: &Rig, no, meant| range_of(&rig.store, recording(no), meant, &link(rig, 1));
    assert_eq!(of(&rig, 1, stretch(3, 9)), Err(NoRange::Nothing));
    assert_eq!(of(&rig, 9, stretch(0, 1)), Err(NoRange::NotThere));
    assert_eq!(of(&rig, 2, stretch(0, 1)), Err(NoRange::Damaged), "another one than the log knows");
    let mut other = agreed(&rig, stretch(0, 1));
    other.line.as_mut().unwrap().gone = stretch(0, 2);
    let permit = give_order(&mut rig, other);
    rig.events.clear();
    rig.talk(24);
    let why = NotErased::Damaged;
    let told = |event: &RecorderEvent| matches!(event, RecorderEvent::NotErased { has_begun: false, why: of, .. } if *of == why);
    assert!(rig.events.iter().any(told) && permit.withdraw() && is_whole(&rig, 1));
    rig.store.tamper(&object_name(recording(1)), |octets| octets[700] ^= 1);
    assert_eq!(of(&rig, 1, stretch(0, 1)), Err(NoRange::Damaged));
}

#[test]
fn the_power_may_go_at_any_moment_and_the_start_finishes_a_stretch_and_its_tombstone() {
    let erase = |rig: &mut Rig| {
        let wanted = agreed(rig, stretch(0, 1));
        give_order(rig, wanted);
        follow(rig)
    };
    let mut whole = two();
    whole.store.set_faults(Faults::default());
    erase(&mut whole).unwrap();
    let operations = whole.store.operations();
    assert!(operations > 15, "{operations}");
    let mut begun = 0;
    for dies_after in 0..operations {
        let mut rig = two();
        rig.store.set_faults(Faults { dies_after: Some(dies_after), torn_octets: 1000, ..Faults::default() });
        // The disk is gone within it.
        let _ = erase(&mut rig);
        let mut rig = rig.restart();
        let has_begun = !rig.store.list("erasing").unwrap().is_empty();
        begun += u64::from(has_begun);
        let is_told = !stones(&rig.store).is_empty();
        assert!(has_begun || is_told || is_whole(&rig, 1), "after {dies_after}: half erased, and nobody knows");
        follow(&mut rig).unwrap();
        assert!(is_whole(&rig, 2), "after {dies_after}: the neighbour");
        assert_eq!(stones(&rig.store).is_empty(), is_whole(&rig, 1), "after {dies_after}: erased or not");
        assert_eq!(rig.store.list("erasing").unwrap(), Vec::<String>::new(), "after {dies_after}");
        assert!(rig.store.octets(&object_name(recording(1))).unwrap().is_some(), "after {dies_after}: the rest stays");
        let opened = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
        assert!(opened.is_intact(), "after {dies_after}: {:?}", opened.findings);
    }
    assert!(begun > 5, "{begun}");
}

#[test]
fn a_half_that_is_left_or_comes_back_a_tombstone_that_goes_and_a_key_that_nobody_erased_are_found() {
    let found = |rig: &Rig, what: Finding| {
        let report = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
        report.findings.iter().filter(|found| found.what == what).map(|found| found.file.clone()).collect::<Vec<_>>()
    };
    let mut rig = two();
    let before = rig.store.after_kill();
    erase(&mut rig, stretch(0, 1));
    let erased = rig.store.after_kill();
    for table in ["keys-a", "keys-b"] {
        rig.store = erased.after_kill();
        for name in erased.names().iter().filter(|name| name.starts_with(table)) {
            let old = content(&before, name);
            rig.store.tamper(name, |octets| *octets = old);
        }
        assert_eq!(found(&rig, Finding::HalfIsBack), [table], "without a passphrase, too");
        let told = rig.verify().findings.iter().any(|found| found.what == Finding::HalfIsBack);
        assert!(told, "{table}");
    }
    rig.store = erased.after_kill();
    let name = format!("objects/1/0/{}.tombstone", stones(&rig.store)[0].grave());
    rig.store.tamper(&name, |octets| {
        let text = String::from_utf8(octets.clone()).unwrap();
        *octets = text.replace("granted 7", "granted 8").into_bytes();
    });
    assert_eq!(found(&rig, Finding::NoRangeTombstone), [object_name(recording(1))]);
    assert!(!found(&rig, Finding::ErasedByNobody).is_empty(), "what no tombstone says was done by nobody");
    // Somebody who writes the files while nobody looks.
    let rig = two();
    let keys = range(&rig, stretch(0, 1)).minutes;
    let mut tables = KeyTables::open_to_read(&rig.store, rig.home.vault(), Box::new(Seeded::new(3))).unwrap();
    tables.erase(&mut rig.store.clone(), &[keys[0].key]).unwrap();
    assert!(!found(&rig, Finding::ErasedByNobody).is_empty());
}

#[test]
fn each_copy_destroys_the_halves_of_a_stretch_has_its_tombstone_and_opens_the_rest() {
    let mut rig = two();
    let copy = copied(&rig);
    let keys: Vec<_> = range(&rig, stretch(0, 1)).minutes.iter().map(|minute| minute.key).collect();
    erase(&mut rig, stretch(0, 1));
    let older = copy.after_kill();
    let left = |store: &MemoryStore| KeyTables::table_with(store, rig.home.vault(), &keys).unwrap();
    assert!(left(&copy).is_some() && known_copies(&rig.store).unwrap()[0].pending == 1, "until it is there");
    let mut copier = copier();
    let step = copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap();
    let [destroyed] = &step.destroyed[..] else { panic!("{step:?}") };
    assert_eq!((destroyed.grave.to_string().as_str(), left(&copy)), ("1-1.40", None));
    settle_pending(&mut rig.store.clone(), destroyed).unwrap();
    copier.settled(destroyed.grave);
    while !copier.step(&mut rig.store.clone(), &mut copy.clone()).unwrap().is_level {}
    assert_eq!(stones(&copy), stones(&rig.store));
    assert_eq!(content(&copy, &object_name(recording(1))), content(&rig.store, &object_name(recording(1))));
    assert_eq!(known_copies(&rig.store).unwrap()[0].pending, 0);
    let fresh = copied(&rig);
    assert_eq!((left(&fresh), stones(&fresh)), (None, stones(&rig.store)), "a copy that begins later");
    // Older tables are put back: what they bring goes when all objects are looked at again.
    for name in older.names().iter().filter(|name| name.starts_with("keys-")) {
        let old = content(&older, name);
        copy.tamper(name, |octets| *octets = old);
    }
    assert!(left(&copy).is_some());
    anew(&rig.store, &mut copy.clone()).unwrap();
    assert_eq!(left(&copy), None);
    let report = verify_vault(&copy, None).unwrap();
    assert!(report.is_intact() && report.erased.len() == 1, "{:?}", report.findings);
}

/// Another object in the place of recording 1's, with a neighbour's key in each minute.
fn forge_object(rig: &Rig) -> Vec<u8> {
    let neighbours = content(&rig.store, &object_name(recording(2)));
    let theirs = super::super::erasing::key_numbers(&neighbours).unwrap()[0];
    let own = content(&rig.store, &object_name(recording(1)));
    rig.store.tamper(&object_name(recording(1)), |octets| *octets = forged(octets, |key| key.key_no = theirs));
    own
}

#[test]
fn an_object_with_a_neighbours_keys_is_not_the_one_that_two_people_agreed_on_and_neither_loses_a_minute() {
    let mut rig = two();
    let wanted = agreed(&rig, stretch(0, 1));
    let own = forge_object(&rig);
    give_order(&mut rig, wanted.clone());
    rig.events.clear();
    rig.talk(24);
    assert_eq!(not_erased(&rig), [(1, NotErased::Damaged)], "another link than the log has");
    assert!(is_whole(&rig, 2));
    // The log's link, and other minutes than the line covers: nobody agreed on these.
    rig.store.tamper(&object_name(recording(1)), |octets| *octets = own.clone());
    let mut other = wanted.clone();
    other.line.as_mut().unwrap().hash[0] ^= 1;
    give_order(&mut rig, other);
    rig.events.clear();
    rig.talk(24);
    assert_eq!(not_erased(&rig), [(1, NotErased::Damaged)], "another hash");
    assert!(is_whole(&rig, 1) && is_whole(&rig, 2));
    give_order(&mut rig, wanted);
    follow(&mut rig).unwrap();
    assert!(!is_whole(&rig, 1) && is_whole(&rig, 2));
}

#[test]
fn a_stretch_that_has_begun_is_finished_by_the_line_though_its_object_is_damaged_meanwhile() {
    let mut rig = two();
    let wanted = agreed(&rig, stretch(0, 1));
    let keys = range(&rig, stretch(0, 1)).minutes;
    let lines: String = keys.iter().map(|minute| format!("key {}\n", minute.key.0)).collect();
    let noted = Tombstone { range: Some(range(&rig, stretch(0, 1))), ..wanted.tombstone.clone() };
    let write = |rig: &Rig, text: String| {
        replace(&mut rig.store.clone(), "erasing/1-1.40", text.as_bytes()).unwrap();
    };
    rig.store.tamper(&object_name(recording(1)), |octets| octets[700] ^= 1);
    // A file of another minute, which the line does not cover.
    let mut other = noted.clone();
    other.range.as_mut().unwrap().minutes[0].key.0 += 1;
    let first = keys[0].key.0;
    write(
        &rig,
        format!("{}{}", other.emit(), lines.replace(&format!("key {first}\n"), &format!("key {}\n", first + 1))),
    );
    give_order(&mut rig, wanted.clone());
    rig.events.clear();
    rig.talk(24);
    assert_eq!(not_erased(&rig), [(1, NotErased::Damaged)]);
    assert!(is_whole(&rig, 2));
    write(&rig, format!("{}{lines}", noted.emit()));
    give_order(&mut rig, wanted);
    follow(&mut rig).unwrap();
    assert_eq!(stones(&rig.store).len(), 1);
    assert!(is_whole(&rig, 2));
}

#[test]
fn a_file_that_says_it_is_under_way_excuses_its_own_keys_alone_and_nothing_where_it_does_not_fit_the_log() {
    let rig = two();
    let minutes = range(&rig, stretch(0, 1)).minutes;
    let mut tables = KeyTables::open_to_read(&rig.store, rig.home.vault(), Box::new(Seeded::new(3))).unwrap();
    // Somebody destroys the first minute of a leg, and writes files that are to excuse it.
    tables.erase(&mut rig.store.clone(), &[minutes[0].key]).unwrap();
    let report = || verify_vault(&rig.store, Some(&rig.opener())).unwrap();
    let nobodys =
        |report: &Report| report.findings.iter().filter(|found| found.what == Finding::ErasedByNobody).count();
    let found = nobodys(&report());
    assert!(found > 0);
    let write = |text: &str| replace(&mut rig.store.clone(), "erasing/1-1", text.as_bytes()).unwrap();
    let all: String = minutes.iter().map(|minute| format!("key {}\n", minute.key.0)).collect();
    let stone = tombstone(&rig);
    let other = Tombstone { chain_head: [8; 32], ..stone.clone() };
    let neighbours = Tombstone { recording: recording(2), ..stone.clone() };
    for text in [String::new(), stone.emit(), format!("{}{all}", other.emit()), format!("{}{all}", neighbours.emit())] {
        write(&text);
        let report = report();
        assert_eq!(nobodys(&report), found, "{text}");
        assert!(report.findings.iter().any(|found| found.file == "erasing/1-1"), "it is named: {text}");
    }
    write(&format!("{}key {}\n", stone.emit(), minutes[1].key.0));
    assert_eq!(nobodys(&report()), found, "the keys of another minute");
    write(&format!("{}{all}", stone.emit()));
    let under_way = report();
    assert_eq!((nobodys(&under_way), under_way.under_way.len()), (0, 1), "it is said to be under way");
    // In a copy nobody writes such files.
    let copy = copied(&rig);
    replace(&mut copy.clone(), "erasing/1-1", format!("{}{all}", stone.emit()).as_bytes()).unwrap();
    assert_eq!(verify_vault(&copy, None).unwrap().under_way, []);
}

#[test]
fn a_tombstone_of_a_stretch_excuses_the_keys_of_its_own_recording_alone_and_has_to_name_what_that_has() {
    let mut rig = two();
    erase(&mut rig, stretch(0, 1));
    let intact = rig.store.after_kill();
    let found = |rig: &Rig, what: Finding| {
        let report = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
        report.findings.iter().filter(|found| found.what == what).count()
    };
    // One that nobody has logged beside the neighbour: it is named, and excuses nothing.
    let [stone] = &stones(&rig.store)[..] else { panic!("one tombstone") };
    let theirs = range_of(&rig.store, recording(2), stretch(0, 1), &link(&rig, 2)).unwrap();
    let forged = Tombstone {
        recording: recording(2),
        call: call(2),
        chain_head: link(&rig, 2),
        range: Some(theirs.clone()),
        ..stone.clone()
    };
    let name = "objects/1/0/1-2.40.tombstone";
    replace(&mut rig.store.clone(), name, forged.emit().as_bytes()).unwrap();
    assert_eq!(found(&rig, Finding::UnknownRangeTombstone), 1);
    // A copy's filling takes nothing by it, either.
    assert_eq!(erased_stretches(&rig.store, recording(2)).unwrap(), []);
    assert_eq!(erased_stretches(&rig.store, recording(1)).unwrap(), std::slice::from_ref(stone));
    // One that the log knows and that names the neighbour's keys.
    rig.store = intact;
    let log = |stone: &Tombstone| {
        let store = Box::new(rig.store.clone());
        let (mut leaves, _) =
            Leaves::open(store, rig.home.vault(), rig.home.log_key(), Box::new(Seeded::new(9))).unwrap();
        let document = vault::sha256(stone.emit().as_bytes());
        leaves.append(Leaf::RangeTombstone { recording: stone.recording, list: stone.list, document }).unwrap();
        leaves.checkpoint(stamp_at(rig.now), rig.home.log_key()).unwrap();
    };
    let mixed = Tombstone { list: EventNo(41), range: Some(theirs.clone()), ..stone.clone() };
    replace(&mut rig.store.clone(), "objects/1/0/1-1.41.tombstone", mixed.emit().as_bytes()).unwrap();
    log(&mixed);
    let mut tables = KeyTables::open_to_read(&rig.store, rig.home.vault(), Box::new(Seeded::new(3))).unwrap();
    let keys: Vec<_> = theirs.minutes.iter().map(|minute| minute.key).collect();
    tables.erase(&mut rig.store.clone(), &keys).unwrap();
    assert_eq!(found(&rig, Finding::RangeOfAnother), 1);
    assert!(found(&rig, Finding::ErasedByNobody) > 0, "the neighbour's minutes are not excused");
}
