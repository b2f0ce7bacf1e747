//! `ringfence reset`: what two people agreed to is destroyed, and nothing else destroys it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use access::{ApprovalAnswer, Proposal, TwoPersonAct};
use frame::{CallId, EventNo, LifeNo, PersonId};
use ringfence::{
    daemon::{self, Timestamps},
    data_dir::DataDir,
    journal::{Alarm, BoxEvent},
    recorder::{FileStore, Home},
};
use vault::Hold;

use crate::{
    command::audit_of,
    rig::{PROGRAM, data_dir},
};

fn reset(data: &Path, out: &Path) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["--lang", "en", "reset", "--reason", "given back", "--data"]).arg(data).arg("--out").arg(out);
    command.output().unwrap()
}

/// What it is refused with.
fn refused(data: &Path, out: &Path) -> String {
    let refused = reset(data, out);
    assert!(!refused.status.success());
    assert!(!out.exists(), "a file that says that it is done");
    String::from_utf8(refused.stderr).unwrap()
}

fn append(data: &Path, event: BoxEvent) -> EventNo {
    let data = DataDir::open(data, false, &os::boot_id().unwrap()).unwrap();
    let (journal, thread) = daemon::start_log(&data).unwrap();
    let no = journal.append_durable(Timestamps::of(&data).now(), event).blocking_recv().unwrap().unwrap();
    journal.stop();
    thread.join().unwrap();
    no
}

/// The system administrator asked, and the audit administrator granted it.
fn is_granted(data: &Path, object: &str) {
    let proposal = Proposal { act: TwoPersonAct::Reset, object: object.into(), reason: "given back".into() };
    let asked = append(data, BoxEvent::ApprovalAsked { by: PersonId(1), proposal });
    let (answer, by) = (ApprovalAnswer::Granted, Some(PersonId(4)));
    append(data, BoxEvent::ApprovalAnswered { asked, answer, by, reason: String::new() });
}

#[test]
fn a_box_is_set_back_by_two_people_while_no_hold_stands_and_leaves_the_last_root_of_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("last"));
    drop(data_dir(&data));
    let vault = Home::open(&FileStore::new(&data.join("vault"))).unwrap().unwrap().vault().to_string();

    let told = refused(&data, &out);
    assert!(told.contains("takes two people") && told.contains(&vault), "{told}");
    is_granted(&data, "another box");
    assert!(refused(&data, &out).contains("takes two people"), "that was for another box");
    is_granted(&data, &vault);
    assert!(refused(&data, &data.join("last")).contains("destroyed with it"));
    let hold = Hold::Call(CallId::new(LifeNo(1), 1));
    let hold = append(&data, BoxEvent::HoldPlaced { by: PersonId(4), hold, reason: "court".into() });
    assert!(refused(&data, &out).contains("1 holds stand"));
    let audit = audit_of(&data);
    let tried = audit.windows(2).filter(|act| act[0].contains(&vault) && act[1] == "Failed").count();
    assert_eq!(tried, 3, "who tries is in the audit: {audit:?}");
    append(&data, BoxEvent::HoldLifted { by: PersonId(4), hold });
    // A hold that only a later version can read stands, too.
    let index = rusqlite::Connection::open(data.join("index.db")).unwrap();
    let newer = "UPDATE events SET known = ?1, text = replace(text, ?2, ?3) WHERE no = ?4";
    let renamed = |known: u8, from: &str, to: &str| {
        let changed = index.execute(newer, rusqlite::params![known, from, to, hold.0.cast_signed()]);
        assert_eq!(changed.unwrap(), 1);
    };
    renamed(0, "hold_placed", "hold_widened");
    assert!(refused(&data, &out).contains("1 holds stand"));
    renamed(1, "hold_widened", "hold_placed");
    drop(index);
    let set_back = || Alarm::SetBack { witness: "house log".into() };
    append(&data, BoxEvent::AlarmRaised { alarm: set_back() });
    let told = refused(&data, &out);
    assert!(told.contains("Nothing was destroyed") && told.contains("the vault was set back"), "{told}");
    append(&data, BoxEvent::AlarmCleared { alarm: set_back() });
    assert!(data.join("vault/objects").read_dir().unwrap().next().is_some());

    let done = reset(&data, &out);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(data.read_dir().unwrap().count(), 0, "nothing is left");
    let last = fs::read_to_string(&out).unwrap();
    for told in ["Recordings destroyed, with their keys: 2", "person 1, granted by person 4", "given back", &vault] {
        assert!(last.contains(told), "{told}: {last}");
    }
    let origin = format!("\nringfence/{vault}\n");
    assert!(last.contains(&origin) && last.contains("\n\u{2014} ringfence/"), "a signed root: {last}");

    drop(data_dir(&data));
    let told = refused(&data, &folder.path().join("again"));
    assert!(told.contains("takes two people"), "the grant went with the box: {told}");
}

#[test]
fn a_box_that_runs_is_not_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let running = data_dir(&data);
    assert!(refused(&data, &folder.path().join("last")).contains("Stop it"));
    drop(running);
}
