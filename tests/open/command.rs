//! `ringfence open` as a person uses it.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use ringfence::{daemon, data_dir::DataDir, journal::Actor};

use crate::rig::{CODE, PROGRAM, audited, data_dir, wav};

fn open(data: &Path, recording: &str, out: &Path, passphrase: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["--lang", "en", "open", recording, "--reason", "court order 12", "--data"]).arg(data);
    command.arg("--out").arg(out).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    // It may have refused before it asks.
    let _ = writeln!(running.stdin.take().unwrap(), "{passphrase}");
    running.wait_with_output().unwrap()
}

/// What the audit of a data directory says, once its index has caught up.
pub fn audit_of(data: &Path) -> Vec<String> {
    let data = DataDir::open(data, false, "another boot").unwrap();
    let (journal, thread) = daemon::start_log(&data).unwrap();
    journal.settle().blocking_recv().unwrap();
    journal.stop();
    thread.join().unwrap();
    audited(&data.index())
}

#[test]
fn a_person_with_the_passphrase_gets_a_wav_that_only_they_may_read_and_the_log_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("1-2.wav"));
    drop(data_dir(&data));
    let done = open(&data, "1-2", &out, CODE);
    let (told, complained) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{told}{complained}");
    assert!(told.contains("not encrypted") && !told.contains(CODE), "{told}");
    assert!(told.contains("00:00:09 to 00:00:09 UTC: a party keyed a number in secret"), "{told}");
    assert!(fs::read(&out).unwrap() == wav(2));
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let by = Actor::User { uid: nix::unistd::getuid().as_raw() };
    assert_eq!(audit_of(&data), [format!("{by:?} 1-2 of 1-2: court order 12"), "Done".to_owned()]);
    let again = open(&data, "1-2", &out, CODE);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("not overwritten"));
}

#[test]
fn what_is_not_opened_leaves_no_file_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out.wav"));
    let box_runs = data_dir(&data);
    let complaint = |recording: &str, passphrase: &str| {
        let refused = open(&data, recording, &out, passphrase);
        assert!(!refused.status.success() && !out.exists(), "{recording}");
        String::from_utf8_lossy(&refused.stderr).into_owned()
    };
    assert!(complaint("1-1", CODE).contains("on its page"));
    drop(box_runs);
    assert!(complaint("1-9", CODE).contains("no recording 1-9"));
    assert!(complaint("1", CODE).contains("not understood"));
    assert!(complaint("1-1", "guess").contains("passphrase does not open"));
    let audited = audit_of(&data);
    assert!(audited.len() == 2 && audited[0].ends_with("1-1 of 1-1: court order 12"), "{audited:?}");
    assert_eq!(audited[1], "Failed");
}
