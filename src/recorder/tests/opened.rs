//! A recording that is open, read piece by piece.

use super::*;
use crate::wav;

fn opened(rig: &Rig) -> OpenedRecording {
    OpenedRecording::open(Box::new(rig.store.clone()), recording(1), &rig.opener()).unwrap()
}

/// The whole file, by pieces of an odd length.
fn whole(opened: &OpenedRecording) -> Vec<u8> {
    let piece = 1009;
    let starts = (0..opened.file_octets()).step_by(piece);
    starts.flat_map(|start| opened.read(start..start + piece as u64).unwrap()).collect()
}

fn side_by_side(left: &[u8], right: &[u8]) -> Vec<u8> {
    wav::file(Law::A, &[left, right])
}

#[test]
fn the_caller_is_left_and_the_called_right_however_the_file_is_cut() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(33);
    rig.begin(1, 3);
    rig.talk(47);
    rig.end(2);
    rig.talk(21);
    rig.end(3);
    rig.finish(1);
    rig.talk(30);
    let opened = opened(&rig);
    let left = [said_between(2, START, START + 80), silence(21)].concat();
    let right = [silence(33), said_between(3, START + 33, START + 101)].concat();
    let file = side_by_side(&left, &right);
    assert_eq!(opened.file_octets(), file.len() as u64);
    assert!(whole(&opened) == file, "sample for sample");
    assert!(opened.read(file.len() as u64..u64::MAX).unwrap().is_empty());
    assert!(opened.read(59..62).unwrap() == file[59..62], "a piece may begin between left and right");
}

#[test]
fn a_lone_caller_has_silence_on_the_right_and_a_second_called_party_joins_the_first() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(20);
    rig.begin(1, 4);
    rig.talk(20);
    rig.end(4);
    rig.begin(1, 5);
    rig.talk(20);
    rig.end(5);
    rig.end(2);
    rig.finish(1);
    rig.talk(30);
    let right =
        [silence(20), said_between(4, START + 20, START + 40), said_between(5, START + 40, START + 60)].concat();
    assert!(whole(&opened(&rig)) == side_by_side(&said_between(2, START, START + 60), &right));
}

#[test]
fn parts_follow_one_another_at_their_distance_by_the_clock() {
    let mut rig = Rig::new();
    // Ticks come all the time: a part's head names the last one.
    rig.talk(1);
    let first = rig.now;
    rig.begin(1, 2);
    rig.talk(100);
    // The box dies; its next life counts ticks from there on, and goes on with the call ten seconds later.
    let mut rig = rig.restart();
    rig.talk(1);
    let again = rig.now;
    rig.begin(1, 2);
    rig.begin(1, 3);
    rig.talk(50);
    rig.end(2);
    rig.end(3);
    rig.finish(1);
    rig.talk(30);
    let parts = rig.open(1).parts;
    assert_eq!(parts.len(), 2);
    let kept = parts[0].voices[0].kept_ticks;
    assert!((80..=100).contains(&kept), "what was durable: {kept}");
    let octets = whole(&opened(&rig));
    let begin = side_by_side(&said_between(2, first, first + kept), &silence(kept));
    let last = side_by_side(&said_between(2, again, again + 50), &said_between(3, again, again + 50));
    let head = wav::HEAD_OCTETS;
    assert!(octets[head..].starts_with(&begin[head..]) && octets.ends_with(&last[head..]));
    // A part's moment and its tick are told by two threads: they are a tick apart at most.
    let (ticks, expected) = ((octets.len() - head) as u64 / 160, again - first + 50);
    assert!(ticks.abs_diff(expected) <= 1, "{ticks} ticks, {expected} by the clock");
    let silent = &octets[begin.len()..octets.len() - (last.len() - head)];
    assert!(silent.iter().all(|octet| *octet == Law::A.silence()), "silence between them");
}

#[test]
fn loudness_is_that_of_the_voice_in_its_column() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(20);
    rig.begin(1, 3);
    rig.talk(20);
    rig.end(2);
    rig.end(3);
    rig.finish(1);
    rig.talk(30);
    let [left, right] = opened(&rig).loudness(10);
    assert!(left.iter().all(|level| *level > 200), "noise over the whole scale: {left:?}");
    assert_eq!(right[..5], [0; 5]);
    assert!(right[5..].iter().all(|level| *level > 200), "{right:?}");
    assert!(opened(&rig).loudness(0).iter().all(Vec::is_empty));
    assert_eq!(opened(&rig).loudness(u16::MAX)[0].len(), 1200);
}

#[test]
fn an_erased_minute_is_silence_and_a_changed_octet_is_no_sound_at_all() {
    let rig = recorded();
    let mut store = rig.store.clone();
    let mut tables = KeyTables::open(&mut store, rig.home.vault(), Box::new(Seeded::new(77))).unwrap();
    tables.erase(&mut store, &[vault::KeyNo(0)]).unwrap();
    assert!(whole(&opened(&rig)) == side_by_side(&silence(25), &said_between(3, START, START + 25)));
    let name = object_name(recording(1));
    let open = || OpenedRecording::open(Box::new(rig.store.clone()), recording(1), &rig.opener());
    let still_open = opened(&rig);
    rig.store.tamper(&name, |octets| octets[2000] ^= 1);
    assert!(matches!(open(), Err(PlaybackError::Damaged(_))));
    assert!(still_open.read(0..still_open.file_octets()).is_err(), "changed while it was open");
}

#[test]
fn an_object_under_another_name_is_not_the_recording_that_was_granted() {
    let rig = recorded();
    let octets = read_all(&rig.store, &object_name(recording(1))).unwrap().unwrap();
    let mut store = rig.store.clone();
    replace(&mut store, &object_name(recording(7)), &octets).unwrap();
    let other = OpenedRecording::open(Box::new(store), recording(7), &rig.opener());
    assert!(matches!(other, Err(PlaybackError::OtherRecording)));
}

#[test]
fn what_an_opener_reads_is_all_that_it_is_given() {
    let rig = recorded();
    let mut given = MemoryStore::new();
    for name in files_to_open(recording(1)) {
        if let Some(octets) = read_all(&rig.store, &name).unwrap() {
            replace(&mut given, &name, &octets).unwrap();
        }
    }
    let opener = Opener::new(Box::new(given.clone()), CODE).unwrap();
    let opened = OpenedRecording::open(Box::new(given), recording(1), &opener).unwrap();
    assert!(whole(&opened) == side_by_side(&said_between(2, START, START + 25), &said_between(3, START, START + 25)));
}
