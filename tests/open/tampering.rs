//! A vault that somebody has tampered with, as `ringfence verify` and the stranger's reader see it: each way is found and
//! named by both. What neither can see is listed, with the reason.

use std::{
    fs,
    path::{Path, PathBuf},
};

use frame::{CallId, EventNo, LifeNo, PersonId, Stamp};
use ringfence::recorder::{FileStore, Home, HomeError};
use vault::{
    BATCH_FRAME_OCTETS, BatchChain, Keyring, Leaf, ObjectReader, Seeded, SegmentHead, Tombstone, Unlocking, sha256,
};

use crate::{
    kept::{Checked, HOLDERS, Kept, TODAY, TOMORROW, YESTERDAY, call, object, recording, records, verify},
    reader,
};

/// Changes an object, given where its chunks stand.
type ChangeObject = fn(&mut Vec<u8>, &[std::ops::Range<usize>]);

/// Changes something in the log's directory.
type ChangeLog = fn(&Path);

/// Both find it, and each says all its words.
fn found(vault: &Path, more: &[&str], ours: &[&str], theirs: &[&str]) {
    let checked = verify(vault, more);
    assert!(!checked.is_intact, "ringfence verify finds nothing:\n{}", checked.told);
    ours.iter().for_each(|words| assert!(checked.told.contains(words), "verify, {words}:\n{}", checked.told));
    let read = reader::verify(vault, more);
    assert!(!read.is_intact, "the reader finds nothing:\n{}", read.text);
    theirs.iter().for_each(|words| assert!(read.text.contains(words), "the reader, {words}:\n{}", read.text));
}

fn change(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut octets = fs::read(file).unwrap();
    change(&mut octets);
    fs::write(file, octets).unwrap();
}

/// Changes the object of yesterday, given where its records stand.
fn change_object(vault: &Path, with: impl FnOnce(&mut Vec<u8>, &[std::ops::Range<usize>])) {
    change(&object(vault, YESTERDAY), |octets| {
        let chunks = chunks(octets);
        with(octets, &chunks);
    });
}

/// Where the chunks of an object stand.
fn chunks(object: &[u8]) -> Vec<std::ops::Range<usize>> {
    records(object).into_iter().filter(|(_, is_chunk)| *is_chunk).map(|(at, _)| at).collect()
}

/// Makes the CRC of a record, or of whatever ends with one, right again.
fn mend_crc(octets: &mut [u8]) {
    let (body, crc) = octets.split_last_chunk_mut::<4>().unwrap();
    *crc = crc32fast::hash(body).to_be_bytes();
}

/// The tenth chunk of the two voices is the fifth of one: the place is named, with call, track, chunk and minute.
const TENTH: usize = 10;
const BEHIND_NINTH: [&str; 3] =
    ["call 1-1, recording 1-1, part 1", "behind chunk 4 of track 2 of leg 1-3, its minute 0", "2023-11-14 22:13"];

#[test]
fn a_flipped_octet_is_named_with_call_chunk_and_minute() {
    let kept = Kept::two_days();
    change_object(&kept.vault(), |octets, chunks| octets[chunks[TENTH].start + 100] ^= 4);
    found(&kept.vault(), &[], &BEHIND_NINTH, &["recording 1-1 of call 1-1", "track 2 chunk 4 minute 0 at 2023-11-14"]);
}

#[test]
fn a_record_that_was_left_out_repeated_or_moved_is_named() {
    let kept = Kept::two_days();
    let ways: [ChangeObject; 3] = [
        |octets, chunks| drop(octets.drain(chunks[TENTH].clone())),
        |octets, chunks| {
            let again = octets[chunks[TENTH - 1].clone()].to_vec();
            octets.splice(chunks[TENTH].start..chunks[TENTH].start, again);
        },
        |octets, chunks| octets[chunks[TENTH].start..chunks[TENTH + 1].end].rotate_left(chunks[TENTH].len()),
    ];
    for way in ways {
        let vault = kept.copy("today", "tampered");
        change_object(&vault, way);
        found(
            &vault,
            &[],
            &BEHIND_NINTH,
            &["recording 1-1 of call 1-1: record ", " track ", " minute 0 at 2023-11-14"],
        );
    }
}

#[test]
fn an_object_that_was_cut_is_named() {
    let kept = Kept::two_days();
    change_object(&kept.vault(), |octets, chunks| octets.truncate(chunks[TENTH].start + 33));
    found(&kept.vault(), &[], &BEHIND_NINTH, &["recording 1-1 of call 1-1: record "]);
}

#[test]
fn a_chunk_of_another_recording_is_named_even_where_all_checksums_are_right() {
    let kept = Kept::two_days();
    let other = fs::read(object(&kept.vault(), TODAY)).unwrap();
    let from = chunks(&other)[TENTH].clone();
    // As it is, it says of which recording it is.
    change_object(&kept.vault(), |octets, chunks| {
        drop(octets.splice(chunks[TENTH].clone(), other[from.clone()].to_vec()))
    });
    found(&kept.vault(), &[], &BEHIND_NINTH, &["recording 1-1 of call 1-1: record ", "chunk 5"]);
    // With the recording's own names, under its number, with its checksum: then the minute's leaf says no, and the chain.
    let vault = kept.copy("yesterday", "tampered");
    change_object(&vault, |octets, chunks| {
        let own = octets[chunks[TENTH].clone()].to_vec();
        let mut spliced = other[from.clone()].to_vec();
        // Length to first tick: all that is before the ciphertext.
        spliced[..64].copy_from_slice(&own[..64]);
        mend_crc(&mut spliced);
        octets.splice(chunks[TENTH].clone(), spliced);
    });
    let minute = "not the recording that the log knew at 2023-11-14 22:13:2";
    found(
        &vault,
        &[],
        &["the hash does not fit", "call 1-1, recording 1-1", minute],
        &["recording 1-1 of call 1-1", "the trailer's link"],
    );
}

/// A vault in which the call of yesterday has other words, with all hashes of its object right.
fn rewritten() -> Kept {
    let kept = Kept::two_days();
    // The same call in a vault with the same keys.
    let other = kept.copy("yesterday", "other");
    fs::remove_dir_all(&other).unwrap();
    fs::create_dir(&other).unwrap();
    for file in ["identity", "birth-key", "log-key"] {
        fs::copy(kept.vault().join(file), other.join(file)).unwrap();
    }
    kept.records(&other, YESTERDAY, 7);
    fs::copy(object(&other, YESTERDAY), object(&kept.vault(), YESTERDAY)).unwrap();
    kept
}

const REWRITTEN: [&str; 3] =
    ["not the recording that the log knew at", "whole in itself, but not the recording", "call 1-1, recording 1-1"];

#[test]
fn an_object_that_was_rewritten_with_all_its_hashes_is_not_the_one_in_the_log() {
    found(
        &rewritten().vault(),
        &[],
        &REWRITTEN,
        &["recording 1-1 of call 1-1", "its leaf in the log says otherwise of: ", "live leaf"],
    );
}

fn tells(checked: &Checked, is_intact: bool, words: &[&str]) {
    assert_eq!(checked.is_intact, is_intact, "{}", checked.told);
    words.iter().for_each(|words| assert!(checked.told.contains(words), "{words}:\n{}", checked.told));
}

#[test]
fn a_recording_named_by_its_file_is_held_to_its_leaf_the_log_and_the_root_outside() {
    let kept = Kept::two_days();
    let (root, key) = (kept.newest_root(&kept.vault()), kept.fingerprint());
    let outside = ["--root", root.to_str().unwrap(), "--key", &key];
    let file = object(&kept.vault(), YESTERDAY);
    let looked_at = ["Held to a root from outside", "Not looked at: the others (1)", "intact (sealed): 1 recordings"];
    tells(&verify(&file, &outside), true, &looked_at);
    tells(&verify(&file, &[]), true, &["Self-consistent only: no root"]);
    tells(&verify(&file, &["--key", &"ab".repeat(32)]), false, &["the certificate has another fingerprint"]);
    // A fault of the log is a fault of whatever stands under it; one of the other recording is not.
    change(&object(&kept.vault(), TODAY), |octets| octets[900] ^= 1);
    assert!(verify(&file, &outside).is_intact && !verify(&kept.vault(), &outside).is_intact);
    change(&kept.vault().join("leaves/records"), |octets| octets[30] ^= 1);
    tells(&verify(&file, &outside), false, &["leaves/records, octet 0"]);
    let yesterday = object(&kept.path("yesterday"), YESTERDAY);
    tells(&verify(&yesterday, &outside), false, &["the vault was rolled back"]);
    fs::remove_file(&yesterday).unwrap();
    tells(&verify(&yesterday, &[]), false, &["the log has recording 1-1 of call 1-1, and it is not there"]);
    tells(&verify(&object(&kept.path("yesterday"), TODAY), &[]), false, &["Can't read"]);
}

#[test]
fn a_recording_that_was_rewritten_with_all_its_hashes_is_found_by_its_file_alone() {
    let kept = rewritten();
    let file = object(&kept.vault(), YESTERDAY);
    tells(&verify(&file, &[]), false, &REWRITTEN);
    // Nor does it help to put it elsewhere, with a link in its place.
    let elsewhere = kept.path("elsewhere.rfo");
    fs::rename(&file, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    tells(&verify(&file, &[]), false, &REWRITTEN);
    // Out of its vault nothing can tell, and it says so; what is known from outside is refused, not swallowed.
    tells(&verify(&elsewhere, &[]), true, &["Self-consistent only: this file lies in no vault"]);
    let (root, key) = (kept.newest_root(&kept.vault()), kept.fingerprint());
    for outside in [["--root", root.to_str().unwrap()], ["--key", &key], ["--day", "2023-11-14"]] {
        tells(&verify(&elsewhere, &outside), false, &["is a file in no vault", "objects/LIFE/N/RECORDING.rfo"]);
    }
    let reader = reader::verify(&elsewhere, &[]);
    assert!(!reader.is_intact && reader.text.contains("FAULT identity"), "the reader takes no file: {}", reader.text);
}

#[test]
fn a_recording_that_was_taken_away_or_exchanged_for_another_is_named_and_a_tombstone_that_the_log_does_not_know_excuses_nothing()
 {
    let kept = Kept::two_days();
    let gone = object(&kept.vault(), YESTERDAY);
    fs::remove_file(&gone).unwrap();
    let ours = ["the log has recording 1-1 of call 1-1, and it is not there"];
    let theirs = ["recording 1-1 of call 1-1: the log has it as finished, and it is not there"];
    found(&kept.vault(), &[], &ours, &theirs);
    fs::write(gone.with_extension("tombstone"), b"erased, honestly").unwrap();
    found(&kept.vault(), &[], &ours, &theirs);
    fs::copy(object(&kept.vault(), TODAY), &gone).unwrap();
    found(&kept.vault(), &[], &["it stands under another recording's name"], &["1-1.rfo: the recording's number"]);
}

#[test]
fn leaves_that_were_cut_off_changed_or_left_out_are_named() {
    let kept = Kept::two_days();
    let ways: [(ChangeLog, &str, &str); 3] = [
        (
            |log| change(&log.join("hashes"), |octets| octets.truncate(octets.len() - 32)),
            "a signed root does not fit the log",
            "checkpoint 1: the leaves do not give the root",
        ),
        (
            |log| {
                // The last leaf, with its hash: the root that was signed over it is left.
                change(&log.join("hashes"), |octets| octets.truncate(octets.len() - 32));
                change(&log.join("records"), |octets| {
                    let mut at = 0;
                    while let Ok((_, length)) = vault::LeafEntry::parse(&octets[at..]) {
                        if at + length == octets.len() {
                            break;
                        }
                        at += length;
                    }
                    octets.truncate(at);
                });
            },
            "a signed root does not fit the log",
            "checkpoint 1: the leaves do not give the root",
        ),
        (
            |log| change(&log.join("records"), |octets| octets[30] ^= 1),
            "leaves/records, octet 0: changed or damaged",
            "leaf 0 at octet 0",
        ),
    ];
    for (way, ours, theirs) in ways {
        let vault = kept.copy("today", "tampered");
        way(&vault.join("leaves"));
        found(&vault, &[], &[ours], &[theirs]);
    }
}

#[test]
fn a_batch_that_was_changed_in_the_ring_is_named() {
    let kept = Kept::two_days();
    // Written anew as it was while the calls went on: the last day's first batch.
    let segment = newest_segment(&kept.vault()).0;
    change(&segment, |octets| octets[vault::SEGMENT_HEAD_OCTETS + BATCH_FRAME_OCTETS] ^= 1);
    found(
        &kept.vault(),
        &[],
        &["segments/", "changed or damaged"],
        &["segments/", "is damaged: a later one stands behind it"],
    );
}

#[test]
fn a_public_key_that_was_exchanged_is_found_by_the_sheet_and_by_every_recording() {
    let kept = Kept::two_days();
    // The same vault and log key, and another public key: what whoever holds root can write.
    let identity = fs::read(kept.vault().join("identity")).unwrap();
    let seed: [u8; 32] = fs::read(kept.vault().join("log-key")).unwrap().try_into().unwrap();
    let mut certificate = vault::SignedCertificate::parse(&identity).unwrap().certificate;
    certificate.key = vault::draw_key_pair(&mut Seeded::new(99)).1;
    let forged = certificate.sign(&vault::SigningKey::from_bytes(&seed));
    fs::write(kept.vault().join("identity"), forged.emit()).unwrap();
    let sealed = "it was sealed for another public key";
    let theirs = "recording 1-1 of call 1-1: it was sealed for another certificate";
    found(&kept.vault(), &[], &[sealed], &[theirs]);
    let sheet = kept.fingerprint();
    found(
        &kept.vault(),
        &["--key", &sheet],
        &["the certificate has another fingerprint"],
        &["not the one of the sheet"],
    );
}

#[test]
fn an_identity_that_was_damaged_or_taken_away_is_never_made_anew() {
    let kept = Kept::two_days();
    let identity = kept.vault().join("identity");
    let before = fs::read(kept.vault().join("birth-key")).unwrap();
    change(&identity, |octets| octets[40] ^= 1);
    assert!(matches!(Home::open(&FileStore::new(&kept.vault())), Err(HomeError::Damaged { .. })));
    found(&kept.vault(), &[], &["identity is damaged"], &["identity: its signature does not fit"]);
    fs::remove_file(&identity).unwrap();
    assert!(
        matches!(Home::open(&FileStore::new(&kept.vault())), Err(HomeError::Missing(_))),
        "there is no second birth"
    );
    assert_eq!(fs::read(kept.vault().join("birth-key")).unwrap(), before);
}

#[test]
fn a_vault_that_was_rolled_back_to_yesterday_in_one_piece_is_found_by_the_root_outside_and_by_nothing_else() {
    let kept = Kept::two_days();
    let root = kept.newest_root(&kept.vault());
    let root = root.to_str().unwrap();
    let held = verify(&kept.vault(), &["--root", root, "--key", &kept.fingerprint()]);
    assert!(held.is_intact && held.told.contains("Held to a root from outside"), "{}", held.told);
    assert!(reader::verify(&kept.vault(), &["--root", root]).is_intact);
    // Index, log, segments and objects together, as they were.
    let yesterday = kept.path("yesterday");
    let alone = verify(&yesterday, &[]);
    assert!(alone.is_intact && alone.told.contains("Self-consistent only"), "{}", alone.told);
    found(&yesterday, &["--root", root], &["the vault was rolled back"], &["the root from outside covers"]);
}

#[test]
fn a_log_that_was_written_and_signed_anew_from_yesterday_on_is_found_by_the_root_outside() {
    let kept = Kept::two_days();
    let root = kept.newest_root(&kept.vault());
    let root = root.to_str().unwrap();
    let rewritten = kept.copy("yesterday", "rewritten");
    kept.records(&rewritten, TODAY, 7);
    assert!(verify(&rewritten, &[]).is_intact, "whoever holds the log key can sign");
    let theirs = ["the first ", " leaves are not those of the root from outside"];
    found(&rewritten, &["--root", root], &["the log was rewritten"], &theirs);
    let stranger = kept.path("a.strangers.note");
    fs::write(&stranger, fs::read_to_string(root).unwrap().replace("boot 1", "boot 2")).unwrap();
    let stranger = stranger.to_str().unwrap();
    found(
        &kept.vault(),
        &["--root", stranger],
        &["none that this vault has signed"],
        &["the signature of the checkpoint"],
    );
}

#[test]
fn a_days_check_names_what_is_wrong_or_missing_of_that_day_and_says_that_it_looked_at_no_other() {
    let kept = Kept::two_days();
    let (vault, [first, second]) = (kept.vault(), ["2023-11-14", "2023-11-15"].map(|day| ["--day", day]));
    let root = kept.newest_root(&vault);
    let held = ["--day", "2023-11-14", "--root", root.to_str().unwrap()];
    let both =
        ["from 2023-11-14 00:00", "of other days by the log (1)", "intact (sealed): 1 recordings", "1 calls had"];
    tells(&verify(&vault, &held), true, &both);
    change_object(&vault, |octets, chunks| octets[chunks[TENTH].start + 100] ^= 4);
    tells(&verify(&vault, &first), false, &BEHIND_NINTH);
    tells(&verify(&vault, &second), true, &["of other days by the log (1)", "intact (sealed): 1 recordings"]);
    // At 22:13 of UTC it is the next day in Shanghai.
    tells(&verify(&vault, &["--day", "2023-11-15+08:00"]), false, &BEHIND_NINTH);
    tells(&verify(&vault, &["--day", "2023-11-14+08:00"]), true, &["no recording of 2023-11-14+08:00"]);
    fs::remove_file(object(&vault, YESTERDAY)).unwrap();
    tells(&verify(&vault, &first), false, &["the log has recording 1-1 of call 1-1, and it is not there"]);
    assert!(verify(&vault, &second).is_intact);
    // What the log does not know could be of any day; a spoiled log is a fault of each.
    let foreign = object(&vault, TOMORROW);
    fs::create_dir_all(foreign.parent().unwrap()).unwrap();
    fs::copy(object(&vault, TODAY), &foreign).unwrap();
    tells(&verify(&vault, &second), false, &["3-1.rfo", "it stands under another recording's name"]);
    fs::remove_file(&foreign).unwrap();
    tells(&verify(&kept.path("yesterday"), &held), false, &["the vault was rolled back"]);
    change(&vault.join("leaves/records"), |octets| octets[30] ^= 1);
    tells(&verify(&vault, &second), false, &["leaves/records, octet 0"]);
}

#[test]
fn a_call_of_the_day_that_had_to_be_recorded_and_of_which_there_is_nothing_is_named_and_the_check_fails() {
    let kept = Kept::two_days();
    let (vault, lost) = (kept.vault(), CallId::new(LifeNo(TODAY), 9));
    kept.is_due(lost, TODAY, 500);
    let says = ["of which the vault holds nothing, 1: 2-9", "NOT complete: of 2023-11-15"];
    tells(&verify(&vault, &["--day", "2023-11-15"]), false, &says);
    tells(&verify(&vault, &["--day", "2023-11-14"]), true, &["intact (sealed): 1 recordings"]);
    // What was lost in some year and told then does not make a vault damaged for ever.
    tells(&verify(&vault, &[]), true, &["Without a finished recording (they go on, or are missing), 1: 2-9"]);
    // Of what goes on there is something.
    kept.goes_on();
    let told = verify(&vault, &["--day", "2023-11-16"]);
    tells(&told, true, &["(they go on, or are missing), 1: 3-1"]);
    assert!(!told.told.contains("holds nothing"), "{}", told.told);
}

#[test]
fn of_one_recording_it_is_said_whether_its_leaf_is_under_the_last_signed_root() {
    let kept = Kept::two_days();
    let vault = kept.vault();
    let (today, yesterday) = (object(&vault, TODAY), object(&vault, YESTERDAY));
    let behind = " leaves of the log stand behind its last signed root: no signature covers them yet";
    let told = verify(&today, &[]);
    tells(&told, true, &["stands under its last signed root"]);
    assert!(!told.told.contains(behind) && !told.told.contains("stands behind"), "{}", told.told);
    // The box died before the minute's root.
    change(&vault.join("leaves/checkpoints"), |notes| {
        let end = notes.windows(2).enumerate().filter(|(_, pair)| *pair == b"\n\n").nth(1).unwrap().0;
        notes.truncate(end + 2);
    });
    tells(&verify(&today, &[]), true, &["stands behind its last signed root", behind]);
    let told = verify(&yesterday, &[]);
    tells(&told, true, &["stands under its last signed root", behind]);
    assert!(!told.told.contains("leaf of this recording stands behind"), "{}", told.told);
    // Of a whole vault, and of a day, it is said of no recording.
    for of in [&[][..], &["--day", "2023-11-15"]] {
        let told = verify(&vault, of);
        tells(&told, true, &[behind]);
        assert!(!told.told.contains("leaf of this recording"), "{}", told.told);
    }
}

/// Whoever writes the disk of a box that is off can say so; the next start holds it to the event log.
#[test]
fn an_erasure_that_only_leaves_behind_the_last_root_speak_of_is_said_to_be_so() {
    let kept = Kept::two_days();
    let vault = kept.vault();
    let octets = fs::read(object(&vault, YESTERDAY)).unwrap();
    let mut reader = ObjectReader::new(&octets).unwrap();
    while reader.next_record().unwrap().is_some() {}
    let stone = Tombstone {
        vault: reader.head().vault,
        recording: recording(YESTERDAY),
        call: call(YESTERDAY),
        chain_head: reader.chain().head,
        list: EventNo(4),
        asked: PersonId(2),
        granted: PersonId(3),
        rule: "bank".into(),
        range: None,
        packages: Vec::new(),
        confirmed: [Some(Stamp::default()); 2],
    };
    let document = stone.emit();
    fs::remove_file(object(&vault, YESTERDAY)).unwrap();
    fs::write(object(&vault, YESTERDAY).with_extension("tombstone"), &document).unwrap();
    let leaf = Leaf::Tombstone { recording: recording(YESTERDAY), document: sha256(document.as_bytes()) };
    kept.append(leaf.clone(), false);
    let says = "said by leaves behind the last signed root alone, which no signature covers yet: 1-1";
    tells(&verify(&vault, &[]), true, &[says]);
    tells(&verify(&vault, &["--day", "2023-11-14"]), true, &[says]);
    let of_others = [verify(&vault, &["--day", "2023-11-15"]), verify(&object(&vault, TODAY), &[])];
    for told in of_others {
        assert!(told.is_intact && !told.told.contains("said by leaves behind"), "{}", told.told);
    }
    kept.append(leaf, true);
    let told = verify(&vault, &[]);
    assert!(told.is_intact && !told.told.contains(says), "{}", told.told);
}

/// The newest segment, and where its last batch begins and ends.
fn newest_segment(vault: &Path) -> (PathBuf, std::ops::Range<usize>) {
    let files = fs::read_dir(vault.join("segments")).unwrap().map(|entry| entry.unwrap().path());
    let used = files.filter_map(|path| Some((SegmentHead::parse(&fs::read(&path).unwrap()).ok()?, path)));
    let (head, path) = used.max_by_key(|(head, _)| head.use_no).unwrap();
    let octets = fs::read(&path).unwrap();
    let (mut chain, mut at, mut last) = (BatchChain::of_segment(&head), vault::SEGMENT_HEAD_OCTETS, 0);
    while let Ok(batch) = chain.follow(&octets[at..]) {
        (last, at) = (at, at + batch.octets);
    }
    (path, last..at)
}

/// Octets whose change nobody can find, or needs to; each with the reason. All others are found.
fn means_nothing(vault: &Path, file: &Path, at: usize) -> Option<&'static str> {
    let name = file.strip_prefix(vault).unwrap().to_str().unwrap();
    if name == "leaves/followed" {
        return Some("how far the log has followed the events: no evidence; a wrong one repeats leaves");
    }
    if name == "reserve" {
        return Some("room that is kept for erasing on a full disk: nothing is in it");
    }
    if !name.starts_with("segments/") {
        return None;
    }
    let octets = fs::read(file).unwrap();
    let Ok(head) = SegmentHead::parse(&octets) else {
        return Some("a free segment: nothing is in it");
    };
    let (mut chain, mut end, mut last) = (BatchChain::of_segment(&head), vault::SEGMENT_HEAD_OCTETS, 0);
    while let Ok(batch) = chain.follow(&octets[end..]) {
        (last, end) = (end, end + batch.octets);
    }
    if at >= end {
        return Some("behind the last batch: older, and not read");
    }
    let is_newest = newest_segment(vault).0 == file;
    (is_newest && at >= last)
        .then_some("the newest batch: a power cut leaves the same; its records are held to the live leaf")
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

/// So many places of each file are changed for `ringfence verify`, and one of each for the reader, which starts a Python
/// each time.
const PLACES: usize = 60;

#[test]
fn any_octet_of_any_file_that_is_flipped_is_found_or_means_nothing() {
    flip_any_octet(&Kept::two_days());
}

#[test]
fn so_is_any_octet_after_a_ceremony() {
    let (kept, _) = Kept::across_a_ceremony();
    flip_any_octet(&kept);
    let keyring = kept.vault().join("keyring");
    fs::remove_file(keyring).unwrap();
    let gone = ["its keyring is gone"];
    found(&kept.vault(), &[], &gone, &["the log says that there was a ceremony, and it is not there"]);
}

fn flip_any_octet(kept: &Kept) {
    let vault = kept.vault();
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut excused = std::collections::BTreeSet::new();
    for file in files(&vault) {
        let whole = fs::read(&file).unwrap();
        for turn in 0..PLACES.min(whole.len()) {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (at, bit) = ((dice >> 33) as usize % whole.len(), dice >> 30 & 7);
            let reason = means_nothing(&vault, &file, at);
            change(&file, |octets| octets[at] ^= 1 << bit);
            let is_found =
                !ringfence::recorder::verify(&vault, &Default::default()).is_ok_and(|report| report.is_intact());
            assert_eq!(is_found, reason.is_none(), "{} octet {at} bit {bit}: {reason:?}", file.display());
            if turn == 0 && reason.is_none() {
                let read = reader::verify(&vault, &[]);
                assert!(!read.is_intact, "the reader: {} octet {at} bit {bit}", file.display());
            }
            excused.extend(reason);
            fs::write(&file, &whole).unwrap();
        }
    }
    assert!(ringfence::recorder::verify(&vault, &Default::default()).unwrap().is_intact());
    assert!(excused.len() <= 5, "{excused:?}");
}

/// Each holder can make an epoch of their own, and everybody with an old copy can put it back.
#[test]
fn a_keyring_that_the_log_does_not_know_and_one_that_is_gone() {
    let (kept, _) = Kept::across_a_ceremony();
    let file = kept.vault().join("keyring");
    let right = fs::read(&file).unwrap();
    let put = |keyring: &Keyring| fs::write(&file, keyring.emit()).unwrap();
    let keyring = Keyring::parse(&right).unwrap();
    let typed = Unlocking { passphrase: HOLDERS[0].1, machine: None };
    let newest = keyring.unlock(PersonId(HOLDERS[0].0), &typed).unwrap();
    let slots = keyring.slots().cloned().collect();
    put(&keyring.rotate(&newest, slots, Stamp::default(), &mut Seeded::new(3)).unwrap());
    found(
        &kept.vault(),
        &[],
        &["a key that the log does not know"],
        &["keyring: it is not the one that the log knows"],
    );
    put(&keyring.remove(PersonId(HOLDERS[1].0), Stamp::default()).unwrap());
    found(&kept.vault(), &[], &["other slots than the log knows"], &["keyring: it is not the one that the log knows"]);
    put(&keyring.without_slots());
    assert!(verify(&kept.vault(), &[]).is_intact && reader::verify(&kept.vault(), &[]).is_intact, "as a copy has it");
    fs::remove_file(&file).unwrap();
    found(
        &kept.vault(),
        &[],
        &["its keyring is gone or damaged"],
        &["keyring: the log says that there was a ceremony"],
    );
    for told in [verify(&kept.vault(), &[]).told, reader::verify(&kept.vault(), &[]).text] {
        assert!(!told.contains("sealed for another"), "no recording is accused: {told}");
    }
}

/// Whoever writes files while nobody looks puts a key of their own in a slot's place, and has the checksum right: they would
/// be sealed to at the next rotation.
#[test]
fn a_slot_whose_key_was_exchanged_in_the_keyring() {
    let (kept, _) = Kept::across_a_ceremony();
    change(&kept.vault().join("keyring"), |octets| {
        let keyring = Keyring::parse(octets).unwrap();
        let key = keyring.slots().next().unwrap().public.0;
        let stranger = [9; 32];
        // The certificates stand before the slots, and what they say is signed.
        let at = octets.windows(key.len()).rposition(|window| window == key).unwrap();
        octets[at..at + key.len()].copy_from_slice(&stranger);
        mend_crc(octets);
    });
    found(&kept.vault(), &[], &["keyring"], &["keyring: a slot that no certificate names"]);
    let opened = Home::open(&FileStore::new(&kept.vault()));
    assert!(matches!(opened, Err(HomeError::Damaged { file: "keyring", .. })));
}
