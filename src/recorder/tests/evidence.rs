//! One changed bit anywhere is found, without a key.

use vault::OpenError;

use super::*;

/// Changes a bit of each octet of a file, one octet at a time, and tells where that goes unnoticed. Which bit goes round,
/// so that eight octets have had each of them: `vault`'s own tests change every bit of each structure.
fn unnoticed(rig: &Rig, name: &str, is_noticed: impl Fn() -> bool) -> Vec<usize> {
    let original = read_all(&rig.store, name).unwrap().unwrap();
    let mut unnoticed = Vec::new();
    for at in 0..original.len() {
        rig.store.tamper(name, |octets| octets[at] ^= 1 << (at % 8));
        if !is_noticed() {
            unnoticed.push(at);
        }
        rig.store.tamper(name, |octets| octets[at] ^= 1 << (at % 8));
    }
    assert!(rig.verify().is_intact());
    unnoticed
}

#[test]
fn an_untouched_vault_is_intact_sealed_and_opened() {
    let rig = recorded();
    let sealed = rig.verify();
    assert_eq!((sealed.depth, sealed.objects, sealed.leaves, sealed.signed_leaves), (Depth::Sealed, 1, 1, 1));
    assert!(sealed.is_intact(), "{sealed:?}");
    let opened = verify_vault(&rig.store, Some(&rig.opener())).unwrap();
    assert_eq!((opened.depth, opened.chunks, opened.erased_chunks), (Depth::Opened, sealed.chunks, 0));
    assert!(opened.is_intact(), "{opened:?}");
}

#[test]
fn every_changed_octet_of_an_object_is_found_and_the_place_is_named() {
    let rig = recorded();
    let name = object_name(recording(1));
    assert_eq!(unnoticed(&rig, &name, || !rig.verify().is_intact()), [] as [usize; 0]);
    rig.store.tamper(&name, |octets| octets[1_500] ^= 1);
    let report = rig.verify();
    let found = &report.findings[0];
    assert_eq!(found.file, name);
    assert!((500..=1_500).contains(&found.offset), "{found:?}");
}

#[test]
fn every_changed_octet_of_leaves_hashes_and_checkpoints_is_found() {
    let rig = recorded();
    let is_noticed = || !verify_vault(&rig.store, None).is_ok_and(|report| report.is_intact());
    for name in ["leaves/records", "leaves/hashes", "leaves/checkpoints", "identity"] {
        assert_eq!(unnoticed(&rig, name, is_noticed), [] as [usize; 0], "{name}");
    }
}

#[test]
fn every_changed_octet_of_a_flushed_batch_is_found_while_the_call_lasts() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(60);
    let whole = read_all(&rig.store, "segments/0000").unwrap().unwrap();
    let used = whole.len() - whole.iter().rev().take_while(|octet| **octet == 0).count();
    // The last batch alone can't be told from a torn one by what follows it: its own hash is all there is.
    let mut chain = vault::BatchChain::of_segment(&vault::SegmentHead::parse(&whole).unwrap());
    let (mut at, mut last) = (vault::SEGMENT_HEAD_OCTETS, 0);
    while let Ok(batch) = chain.follow(&whole[at..]) {
        last = at;
        at += batch.octets;
    }
    assert_eq!(at, used);
    for octet in 0..last {
        rig.store.tamper("segments/0000", |octets| octets[octet] ^= 1 << (octet % 8));
        assert!(!rig.verify().is_intact(), "octet {octet}");
        rig.store.tamper("segments/0000", |octets| octets[octet] ^= 1 << (octet % 8));
    }
    assert!(rig.verify().is_intact());
}

#[test]
fn a_changed_last_batch_of_a_full_segment_is_no_torn_tail() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(1_500);
    let whole = read_all(&rig.store, "segments/0000").unwrap().unwrap();
    let head = vault::SegmentHead::parse(&whole).unwrap();
    let (mut chain, mut at, mut last) = (vault::BatchChain::of_segment(&head), vault::SEGMENT_HEAD_OCTETS, 0);
    while let Ok(batch) = chain.follow(&whole[at..]) {
        (last, at) = (at, at + batch.octets);
    }
    assert!(rig.store.octets("segments/0001").unwrap().is_some() && rig.verify().is_intact());
    rig.store.tamper("segments/0000", |octets| octets[last + 60] ^= 1);
    let found = &rig.verify().findings[0];
    assert_eq!((found.file.as_str(), found.offset), ("segments/0000", last as u64));
    let mut rig = rig.restart();
    rig.take_events();
    assert!(rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })), "{:?}", rig.events);
}

#[test]
fn an_object_that_was_exchanged_as_a_whole_is_not_the_one_in_the_log() {
    let rig = recorded();
    // The same call again in a vault with the same keys, one tick longer.
    let mut other = Rig::new();
    other.begin(1, 2);
    other.talk(26);
    other.end(2);
    other.finish(1);
    other.talk(40);
    let name = object_name(recording(1));
    let exchanged = read_all(&other.store, &name).unwrap().unwrap();
    rig.store.tamper(&name, |octets| *octets = exchanged);
    assert_eq!(rig.verify().findings[0].what, Finding::NotTheLogged);
}

#[test]
fn an_object_must_pass_through_every_link_that_was_logged_while_the_call_lasted() {
    for same in [true, false] {
        let mut rig = Rig::new();
        rig.begin(1, 2);
        rig.talk(150);
        let live = rig.events.iter().rev().find_map(|event| match event {
            RecorderEvent::Stable { live, .. } => Some(live.clone()),
            _ => None,
        });
        let mut live = live.unwrap();
        live[0].chain_head[0] ^= u8::from(!same);
        rig.end(2);
        rig.finish(1);
        rig.talk(40);
        let random = Box::new(Seeded::new(8));
        let store = Box::new(rig.store.clone());
        let (mut leaves, _) = Leaves::open(store, rig.home.vault(), rig.home.log_key(), random).unwrap();
        leaves.append(Leaf::Live { at: stamp_at(rig.now), recordings: live }).unwrap();
        leaves.sync().unwrap();
        rig.log();
        let findings = if same { vec![] } else { vec![Finding::OtherThanLive(stamp_at(rig.now).utc.as_us())] };
        assert_eq!(rig.verify().findings.iter().map(|found| found.what).collect::<Vec<_>>(), findings);
    }
}

#[test]
fn a_call_under_way_is_held_to_the_minutes_that_the_log_has_of_it() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(250);
    let stable = |event: &RecorderEvent| match event {
        RecorderEvent::Stable { live, .. } => Some(live.clone()),
        _ => None,
    };
    let live = rig.events.iter().rev().find_map(stable).unwrap();
    let store = Box::new(rig.store.clone());
    let (mut leaves, _) = Leaves::open(store, rig.home.vault(), rig.home.log_key(), Box::new(Seeded::new(8))).unwrap();
    leaves.append(Leaf::Live { at: stamp_at(rig.now), recordings: live }).unwrap();
    leaves.sync().unwrap();
    assert!(rig.verify().is_intact(), "{:?}", rig.verify());
    // A head with a checksum of zeroes is a free segment's: recovery would not look at it, and nothing in the ring would
    // be missed.
    rig.store.tamper("segments/0000", |octets| octets[vault::SEGMENT_HEAD_OCTETS - 4..][..4].fill(0));
    let what: Vec<_> = rig.verify().findings.iter().map(|found| found.what).collect();
    assert_eq!(what, [Finding::OtherThanLive(stamp_at(rig.now).utc.as_us())]);
}

/// Puts other records into the first segment, each whole, with all hashes right.
fn rewrite_first_segment(store: &MemoryStore) {
    store.tamper("segments/0000", |octets| {
        let head = vault::SegmentHead::parse(octets).unwrap();
        let (mut old, mut new) = (vault::BatchChain::of_segment(&head), vault::BatchChain::of_segment(&head));
        let mut rewritten = head.emit();
        let mut at = rewritten.len();
        while let Ok(batch) = old.follow(&octets[at..]) {
            at += batch.octets;
            let mut records = batch.records.to_vec();
            let last = records.len() - 5;
            records[last] ^= 1;
            let start = last_record(&records);
            let end = records.len() - 4;
            let crc = crc32fast::hash(&records[start..end]);
            records[end..].copy_from_slice(&crc.to_be_bytes());
            new.append(&records, batch.count, &mut rewritten);
        }
        octets[..rewritten.len()].copy_from_slice(&rewritten);
    });
}

fn last_record(records: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let octets = vault::record_octets(&records[at..]).unwrap();
        if at + octets == records.len() {
            return at;
        }
        at += octets;
    }
}

#[test]
fn a_segment_that_was_rewritten_with_all_its_hashes_is_not_what_was_sealed() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(60);
    rewrite_first_segment(&rig.store);
    assert!(rig.verify().is_intact(), "the rewriting is perfect in itself, and the log has no minute of it");
    rig.end(2);
    rig.finish(1);
    rig.talk(40);
    rig.close();
    assert!(rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })), "{:?}", rig.events);
    // Logged with the sealer's link, which the trailer has too: the records are what does not fit.
    rig.log();
    let report = rig.verify();
    let object = report.findings.iter().find(|found| found.file == object_name(recording(1)));
    assert_eq!(object.map(|found| found.what), Some(Finding::Format(vault::FormatError::Hash)));
}

#[test]
fn a_missing_object_and_a_renamed_one_are_named() {
    let rig = recorded();
    let mut store = rig.store.clone();
    store.rename(&object_name(recording(1)), &object_name(recording(7))).unwrap();
    let findings = rig.verify().findings;
    let what: Vec<_> = findings.iter().map(|found| found.what).collect();
    assert_eq!(what, [Finding::WrongName, Finding::Missing(recording(1), call(1))]);
}

#[test]
fn leaves_that_were_cut_off_under_a_signed_root_are_missed() {
    let rig = recorded();
    rig.store.tamper("leaves/records", Vec::clear);
    rig.store.tamper("leaves/hashes", Vec::clear);
    let what: Vec<_> = rig.verify().findings.iter().map(|found| found.what).collect();
    assert_eq!(what, [Finding::WrongRoot, Finding::NotLogged]);
}

#[test]
fn an_object_cut_anywhere_is_found() {
    let rig = recorded();
    let name = object_name(recording(1));
    let whole = read_all(&rig.store, &name).unwrap().unwrap();
    for octets in 0..whole.len() {
        rig.store.tamper(&name, |content| content.truncate(octets));
        assert!(!rig.verify().is_intact(), "{octets} octets");
        rig.store.tamper(&name, |content| content.clone_from(&whole));
    }
    rig.store.tamper(&name, |content| content.push(0));
    assert!(!rig.verify().is_intact());
}

#[test]
fn one_object_on_its_own_is_checked_without_its_vault() {
    let rig = recorded();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("copy.rfo");
    let mut octets = read_all(&rig.store, &object_name(recording(1))).unwrap().unwrap();
    std::fs::write(&path, &octets).unwrap();
    assert!(verify(&path, &Outside::default()).unwrap().is_intact());
    octets[900] ^= 4;
    std::fs::write(&path, &octets).unwrap();
    assert!(!verify(&path, &Outside::default()).unwrap().is_intact());
}

#[test]
fn a_wrong_code_opens_nothing() {
    let rig = recorded();
    let wrong = Opener::new(Box::new(rig.store.clone()), b"0000-0000");
    assert!(matches!(wrong, Err(HomeError::Open(OpenError::WrongCode))));
}

#[test]
fn the_passphrase_opens_what_the_code_did() {
    let rig = recorded();
    let mut store = rig.store.clone();
    let rewrapped = rewrap_birth_key(&store, CODE, b"correct horse", QUICK, &mut Seeded::new(4)).unwrap();
    replace_birth_key(&mut store, &rewrapped).unwrap();
    let opener = Opener::new(Box::new(store.clone()), b"correct horse").unwrap();
    assert!(open_recording(&store, &object_name(recording(1)), &opener).is_ok());
    assert!(Opener::new(Box::new(store), CODE).is_err());
}
