//! The vault as a stranger reads it, who has FORMAT.md and no program of ours.

use std::process::{Command, Stdio};

use crate::{
    kept::{HOLDERS, Kept, TICKS, TODAY, YESTERDAY, recording, said},
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
