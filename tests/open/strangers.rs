//! The vault as a stranger reads it, who has FORMAT.md and no program of ours.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use frame::{BootNo, EventNo, Law, LifeNo, PersonId, SpanId, SpanTick, Stamp, Tick};
use ringfence::recorder::{
    FileStore, Home, InlineRecorder, Leaves, Order, Outside, Permit, RecorderCommand, RecorderEvent, RecorderSettings,
    Wanted, object_name, range_of, tombstone_name, verify,
};
use vault::{Leaf, OBJECT_TRAILER_OCTETS, ObjectTrailer, Range, Seeded, Stretch, Tombstone, sha256};

use crate::{
    kept::{HOLDERS, Kept, TICKS, TODAY, TOMORROW, YESTERDAY, recording, said},
    reader,
    rig::{self, CODE, PROGRAM},
};

#[test]
fn a_reader_made_from_the_format_alone_finds_a_vault_intact_and_opens_every_chunk() {
    let kept = Kept::two_days();
    let sealed = reader::verify(&kept.vault(), &["--key", &kept.fingerprint()]);
    assert!(sealed.is_intact && sealed.text.contains("2 recordings, "), "{}", sealed.text);
    assert!(sealed.text.contains("2 checkpoints, 0 faults"), "{}", sealed.text);
    let opened = reader::verify_open(&kept.vault(), CODE);
    assert!(opened.is_intact, "{}", opened.text);
    let wrong = reader::verify_open(&kept.vault(), "guess");
    assert!(!wrong.is_intact && wrong.text.contains("the passphrase does not open it"), "{}", wrong.text);
}

#[test]
fn it_opens_both_sides_of_a_ceremony_with_a_slot_and_with_two_shares() {
    let (kept, [one, two, three]) = Kept::across_a_ceremony();
    let sealed = reader::verify(&kept.vault(), &["--key", &kept.fingerprint()]);
    assert!(sealed.is_intact, "{}", sealed.text);
    for (_, passphrase) in HOLDERS {
        let opened = reader::verify_open(&kept.vault(), &passphrase.to_uppercase());
        assert!(opened.is_intact, "{}", opened.text);
    }
    for shares in [[&one, &two], [&three, &one], [&two, &three]] {
        let opened = reader::verify_open(&kept.vault(), &shares.map(String::as_str).join("\n"));
        assert!(opened.is_intact, "{}", opened.text);
    }
    for (shares, says) in [([&*one, &*one], "do not belong together"), ([&*one, &two[1..]], "row 1 is mistyped")] {
        let refused = reader::verify_open(&kept.vault(), &shares.join("\n"));
        assert!(!refused.is_intact && refused.text.contains(says), "{}", refused.text);
    }
    let code = reader::verify_open(&kept.vault(), CODE);
    assert!(!code.is_intact && code.text.contains("the passphrase does not open it"), "{}", code.text);
    let out = tempfile::tempdir().unwrap();
    for day in [YESTERDAY, TODAY] {
        let tracks = reader::open(&kept.vault(), &recording(day).to_string(), HOLDERS[1].1, out.path());
        let whole: Vec<u8> = (0..TICKS).flat_map(|tick| said(2, tick, 0)).collect();
        assert!(tracks[0].octets == whole, "{day}");
    }
}

/// What the box records while its keyring is not the one that the log knows.
#[test]
fn it_opens_what_was_sealed_for_the_recovery_key_with_two_shares_alone_and_without_a_keyring() {
    let (kept, [one, _, three]) = Kept::across_a_ceremony();
    kept.records_for_recovery(TOMORROW);
    assert!(
        reader::verify(&kept.vault(), &[]).is_intact && verify(&kept.vault(), &Outside::default()).unwrap().is_intact()
    );
    let shares = format!("{three}\n{one}");
    assert!(reader::verify_open(&kept.vault(), &shares).is_intact);
    let holder = reader::verify_open(&kept.vault(), HOLDERS[0].1);
    assert!(!holder.is_intact, "{}", holder.text);
    std::fs::remove_file(kept.vault().join("keyring")).unwrap();
    let out = tempfile::tempdir().unwrap();
    let tracks = reader::open(&kept.vault(), &recording(TOMORROW).to_string(), &shares, out.path());
    let whole: Vec<u8> = (0..TICKS).flat_map(|tick| said(2, tick, 0)).collect();
    assert!(tracks[0].octets == whole);
}

#[test]
fn it_rebuilds_octet_for_octet_what_was_said() {
    let kept = Kept::two_days();
    let out = tempfile::tempdir().unwrap();
    let tracks = reader::open(&kept.vault(), &recording(YESTERDAY).to_string(), CODE, out.path());
    assert_eq!(tracks.len(), 2);
    for (track, timeslot) in tracks.iter().zip([2, 3]) {
        let whole: Vec<u8> = (0..TICKS).flat_map(|tick| said(timeslot, tick, 0)).collect();
        assert!(track.octets == whole, "{}", track.leg);
        assert_eq!((track.leg.as_str(), track.first_tick), (format!("1-{timeslot}").as_str(), 10_000));
    }
}

#[test]
fn it_rebuilds_what_ringfence_open_gives() {
    let folder = tempfile::tempdir().unwrap();
    let (data, wav) = (folder.path().join("data"), folder.path().join("1-2.wav"));
    drop(rig::data_dir(&data));
    let tracks = reader::open(&data, "1-2", CODE, folder.path());
    let mut command = Command::new(PROGRAM);
    command.args(["open", "1-2", "--reason", "a comparison", "--data"]).arg(&data).arg("--out").arg(&wav);
    let mut ours = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut ours.stdin.take().unwrap(), format!("{CODE}\n").as_bytes()).unwrap();
    assert!(ours.wait().unwrap().success());
    let [left, right] = &tracks[..] else { panic!("{tracks:?}") };
    let frames: Vec<u8> = left.octets.iter().zip(&right.octets).flat_map(|(left, right)| [*left, *right]).collect();
    let file = std::fs::read(&wav).unwrap();
    assert!(frames.len() > 4000 && file.ends_with(&frames), "the voices of the file, left and right");
}

/// Erases a recording, or a stretch of it, as the box does: both key tables, the log, the grave.
fn erase(vault: &Path, meant: Option<Stretch>) {
    let store = || Box::new(FileStore::new(vault));
    let home = Home::open(&*store()).unwrap().unwrap();
    let settings = RecorderSettings { segment_octets: 64 << 10, ..RecorderSettings::new(LifeNo(9), BootNo(9)) };
    let random = || Box::new(Seeded::new(5)) as _;
    let mut recorder = InlineRecorder::start(store(), home.seal_for(), settings, Stamp::default(), random).unwrap();
    let object = std::fs::read(vault.join(object_name(recording(YESTERDAY)))).unwrap();
    let trailer = ObjectTrailer::parse(&object[object.len() - OBJECT_TRAILER_OCTETS..]).unwrap();
    let call = frame::CallId::new(LifeNo(1), 1);
    let range = meant.map(|meant| range_of(&*store(), recording(YESTERDAY), meant, &trailer.chain_head).unwrap());
    let line = range.as_ref().map(|range| range.object(call, recording(YESTERDAY)));
    let tombstone = Tombstone {
        vault: home.vault(),
        recording: recording(YESTERDAY),
        call,
        chain_head: trailer.chain_head,
        list: EventNo(40),
        asked: PersonId(3),
        granted: PersonId(7),
        rule: "隐私".into(),
        range: range.as_ref().map(|range| Range { minutes: Vec::new(), ..range.clone() }),
        packages: vec![],
        confirmed: [None, None],
    };
    let mut tick = SpanTick::silent(SpanId(0), Law::A);
    let mut work = |recorder: &mut InlineRecorder, order, from: u64| {
        recorder.handle_command(RecorderCommand::Erasing(order));
        for at in from..from + 60 {
            tick.tick = Tick(at);
            recorder.seal_tick(&tick);
        }
    };
    work(&mut recorder, Order::Erase(Box::new(Wanted { tombstone, line }), Permit::default()), 1);
    let erased: Vec<Tombstone> = std::iter::from_fn(|| recorder.poll_event())
        .filter_map(|event| match event {
            RecorderEvent::KeysErased { tombstone, .. } => Some(*tombstone),
            _ => None,
        })
        .collect();
    assert_eq!(erased.len(), 2);
    let confirmed = Tombstone { confirmed: [Some(Stamp::default()); 2], ..erased[0].clone() };
    let (mut leaves, _) = Leaves::open(store(), home.vault(), home.log_key(), Box::new(Seeded::new(6))).unwrap();
    let document = sha256(confirmed.emit().as_bytes());
    let recording = confirmed.recording;
    leaves
        .append(match meant {
            None => Leaf::Tombstone { recording, document },
            Some(_) => Leaf::RangeTombstone { recording, list: confirmed.list, document },
        })
        .unwrap();
    leaves.checkpoint(Stamp::default(), home.log_key()).unwrap();
    work(&mut recorder, Order::Bury(Box::new(confirmed)), 100);
    recorder.close();
}

#[test]
fn an_erased_recording_is_told_as_such_and_a_tombstone_that_was_changed_excuses_nothing() {
    let kept = Kept::two_days();
    erase(&kept.vault(), None);
    let sealed = reader::verify(&kept.vault(), &[]);
    assert!(sealed.is_intact, "{}", sealed.text);
    let told = format!("recording {}: erased by rule 隐私, asked 3, granted 7", recording(YESTERDAY));
    assert!(sealed.text.contains(&told), "{}", sealed.text);
    assert!(reader::verify_open(&kept.vault(), CODE).is_intact, "the other one opens");
    assert!(verify(&kept.vault(), &Outside::default()).unwrap().is_intact());
    let path = kept.vault().join(tombstone_name(recording(YESTERDAY)));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("granted 7", "granted 8")).unwrap();
    let changed = reader::verify(&kept.vault(), &[]);
    assert!(!changed.is_intact && changed.text.contains("it is not there"), "{}", changed.text);
    assert!(!verify(&kept.vault(), &Outside::default()).unwrap().is_intact());
}

#[test]
fn an_erased_stretch_is_silence_that_is_told_and_the_next_recording_opens_and_is_checked_as_ever() {
    let kept = Kept::two_days();
    let files = ["roots", "level-0", "level-1", "level-2"].map(|name| format!("keys-b/{name}"));
    let before = files.map(|name| (std::fs::read(kept.vault().join(&name)).unwrap(), name));
    erase(&kept.vault(), Some(Stretch { from_s: 0, to_s: 1 }));
    let opened = reader::verify_open(&kept.vault(), CODE);
    assert!(opened.is_intact, "{}", opened.text);
    let told = format!(
        "recording {}: 2 minutes of the parties concerned within seconds 0 to 3 were erased on purpose, by list 40, asked 3, granted 7: 隐私",
        recording(YESTERDAY)
    );
    assert!(opened.text.contains(&told), "{}", opened.text);
    let out = tempfile::tempdir().unwrap();
    let silent = reader::open(&kept.vault(), &recording(YESTERDAY).to_string(), CODE, out.path());
    assert!(
        silent.iter().flat_map(|track| &track.octets).all(|octet| *octet == Law::A.silence()),
        "marked, and silent"
    );
    let today = reader::open(&kept.vault(), &recording(TODAY).to_string(), CODE, out.path());
    assert!(today.iter().flat_map(|track| &track.octets).any(|octet| *octet != Law::A.silence()));
    assert!(verify(&kept.vault(), &Outside::default()).unwrap().is_intact());
    // Whoever writes a file into `erasing`, or a tombstone that the log does not have, is named, and it excuses nothing.
    let stone =
        std::fs::read_to_string(kept.vault().join(format!("objects/1/0/{}.40.tombstone", recording(YESTERDAY))))
            .unwrap();
    std::fs::create_dir_all(kept.vault().join("erasing")).unwrap();
    let (under_way, unknown) =
        (format!("erasing/{}", recording(TODAY)), format!("objects/1/0/{}.41.tombstone", recording(YESTERDAY)));
    for (name, text) in [(&under_way, ""), (&under_way, stone.as_str()), (&unknown, stone.as_str())] {
        std::fs::write(kept.vault().join(name), text).unwrap();
        let forged = reader::verify_open(&kept.vault(), CODE);
        assert!(!forged.is_intact && forged.text.contains(name.as_str()), "{}", forged.text);
        let found = verify(&kept.vault(), &Outside::default()).unwrap().findings;
        assert!(found.iter().any(|found| found.file == *name), "{found:?}");
        std::fs::remove_file(kept.vault().join(name)).unwrap();
    }
    // One table is put back as it was.
    for (octets, name) in before {
        std::fs::write(kept.vault().join(name), octets).unwrap();
    }
    let back = reader::verify(&kept.vault(), &[]);
    assert!(!back.is_intact && back.text.contains("its tombstone says that it is destroyed"), "{}", back.text);
}
