//! Copies: what is finished is on another disk, too, whatever becomes of that disk or of the box meanwhile.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use ::call::CallEvent;
use frame::EventNo;
use ringfence::journal::{Event, FileStorage, Item, Reader};

use crate::{
    bucket,
    running::{Home, Running, board, said, settings, until},
    street::Street,
};

/// The number that leads to the menu.
const MENU: &str = "62001234";

/// A disk that is neither the vault's nor the system's: memory.
const OTHER_DISK: &str = "/dev/shm";

fn with_copy(at: &Path) -> String {
    format!("{}\n[[copies]]\nname = \"机房\"\nat = \"{}\"\n", settings(), at.display())
}

/// A call whose recording is finished.
fn call(home: &Home, street: &mut Street, no: u32) {
    let finished = || home.log().iter().filter(|event| event.contains("\"kind\":\"recording_finished\"")).count();
    let before = finished();
    street.call(no, MENU);
    thread::sleep(Duration::from_millis(600));
    street.hang_up(no);
    until("the recording is finished", || finished() > before);
}

/// The copy in a folder, where there is one.
fn copy_in(folder: &Path) -> Option<PathBuf> {
    let mut entries = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path());
    entries.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("ringfence-"))
}

/// The recordings in a folder's copy.
fn recordings(folder: &Path) -> Vec<PathBuf> {
    let lives = copy_in(folder).into_iter().flat_map(|copy| fs::read_dir(copy.join("objects")).into_iter().flatten());
    let folders = lives.flat_map(|life| fs::read_dir(life.unwrap().path()).unwrap());
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

fn verify(home: &Home, folder: &Path) -> (bool, String) {
    said(&home.ringfence(&["verify", copy_in(folder).unwrap().to_str().unwrap()]))
}

fn alarm(kind: &str, fault: &str) -> [String; 3] {
    [format!("\"kind\":\"alarm_{kind}\""), "\"what\":\"copy_behind\"".to_owned(), format!("\"fault\":\"{fault}\"")]
}

fn until_alarm(home: &Home, kind: &str, fault: &str) {
    let words = alarm(kind, fault);
    home.until_log(&words.each_ref().map(String::as_str));
}

/// Each of these waits for the minute's root, the most of its time: they wait together.
#[test]
fn what_is_finished_is_in_the_copy_after_the_minutes_root() {
    let scenarios: [(&str, fn()); 5] = [
        ("busy", bucket::a_copy_goes_on_over_a_busy_store_and_once_the_clocks_agree),
        ("bucket", bucket::what_is_recorded_gets_into_a_bucket_and_what_is_erased_is_gone_there_with_its_versions),
        ("copied", a_recording_is_copied_while_the_box_runs_and_a_changed_octet_of_the_copy_is_found),
        ("gone", a_copy_whose_disk_is_gone_is_an_alarm_and_goes_on_once_it_is_back),
        ("full", a_copy_whose_disk_is_full_is_an_alarm_calls_go_on_and_it_goes_on_once_there_is_room),
    ];
    thread::scope(|scope| {
        for (name, scenario) in scenarios {
            // The name stands in what a scenario says that fails.
            thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, scenario).unwrap();
        }
    });
}

fn a_recording_is_copied_while_the_box_runs_and_a_changed_octet_of_the_copy_is_found() {
    let other_disk = tempfile::tempdir_in(OTHER_DISK).unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    home.file("settings.toml", &with_copy(other_disk.path()));
    let running = Running::start(&home, &street);
    let code = running.code.clone().unwrap();
    street.until_link();
    call(&home, &mut street, 1);
    until("the recording is in the copy", || recordings(other_disk.path()).len() == 1);
    call(&home, &mut street, 2);
    // What was finished last is copied by the stop, and so is what the log has of it.
    assert!(running.stop());
    assert_eq!(recordings(other_disk.path()).len(), 2);
    let (holds, told) = verify(&home, other_disk.path());
    assert!(holds && told.contains("This is a copy"), "{told}");
    let events = home.records().last().unwrap().no;
    assert!(told.contains(&format!("chapters, to event {events}; settings: 1 versions")), "{told}");
    let copy = copy_in(other_disk.path()).unwrap();
    no_number_or_name_is_in(&copy);
    the_log_comes_back(&home, &copy, &code);
    for secret in ["birth-key", "log-key"] {
        assert!(!copy.join(secret).exists(), "{secret}");
    }
    assert!(!home.log().iter().any(|event| event.contains("copy_behind")));

    let object = &recordings(other_disk.path())[0];
    let mut octets = fs::read(object).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 0x10;
    fs::write(object, octets).unwrap();
    let (holds, told) = verify(&home, other_disk.path());
    let name = object.file_name().unwrap().to_str().unwrap();
    assert!(!holds && told.contains(name), "{told}");
}

/// Neither what was dialled nor what the settings name.
fn no_number_or_name_is_in(copy: &Path) {
    let mut folders = vec![copy.to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            files += 1;
            let octets = fs::read(entry.path()).unwrap();
            for said in [MENU, "机房"] {
                let is_there = octets.windows(said.len()).any(|of| of == said.as_bytes());
                assert!(!is_there, "{} says {said}", entry.path().display());
            }
        }
    }
    assert!(files > 10, "{files}");
}

/// The box burned before any ceremony, and somebody has its birth key and code still.
fn the_log_comes_back(home: &Home, copy: &Path, code: &str) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (from, into) = (copy.to_str().unwrap(), data.to_str().unwrap());
    let (went, told) =
        said(&home.ringfence(&["vault", "restore", "--from", from, "--data", into, "--reason", "the box burned"]));
    assert!(went && told.contains("chapters, to event"), "{told}");
    fs::copy(home.data().join("vault/birth-key"), data.join("vault/birth-key")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.args(["--lang", "en", "vault", "open-log", "--reason", "what was held", "--data", into]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{code}").unwrap();
    let (went, told) = said(&child.wait_with_output().unwrap());
    assert!(went && told.contains("has its event, and says the same"), "{told}");
    let storage = FileStorage::new(&data.join("old-box/events"));
    let records = Reader::new(&storage, EventNo(1)).unwrap().map(|item| match item.unwrap() {
        Item::Record(record) => record,
        other => panic!("{other:?}"),
    });
    let (old, burned) = (records.collect::<Vec<_>>(), home.records());
    assert!(old.iter().any(|record| record.fact.text().contains(MENU)), "what nobody reads in the copy");
    assert!(old == burned, "{} and {}", old.len(), burned.len());
    let settings = |data: &Path| fs::read_to_string(data.join("settings/000001.toml")).unwrap();
    assert_eq!(settings(&data.join("old-box")), settings(&home.data()));
    let called = burned.iter().find_map(|record| match record.event() {
        Some(Event::Call(CallEvent::RecordingBegan { call, .. })) => Some(call.to_string()),
        _ => None,
    });
    let old_box = data.join("old-box");
    let (went, told) = said(&home.ringfence(&["explain", &called.unwrap(), "--data", old_box.to_str().unwrap()]));
    // On a terminal numbers are masked.
    assert!(went && told.contains("The number wanted is 62***234"), "{told}");
}

fn a_copy_whose_disk_is_gone_is_an_alarm_and_goes_on_once_it_is_back() {
    let other_disk = tempfile::tempdir_in(OTHER_DISK).unwrap();
    let (folder, away) = (other_disk.path().join("mounted"), other_disk.path().join("away"));
    fs::create_dir(&folder).unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    home.file("settings.toml", &with_copy(&folder));
    let running = Running::start(&home, &street);
    let cookie = running.claim();
    street.until_link();
    call(&home, &mut street, 1);
    until("the recording is in the copy", || recordings(&folder).len() == 1);
    fs::rename(&folder, &away).unwrap();
    until_alarm(&home, "raised", "gone");
    running.until_page("/now", &cookie, |page| page.contains("The folder of the copy “机房” is not there"));
    call(&home, &mut street, 2);
    assert!(!folder.exists(), "a mount point is not made");
    fs::rename(&away, &folder).unwrap();
    until_alarm(&home, "cleared", "gone");
    running.until_page("/now", &cookie, |page| !page.contains("The folder of the copy"));
    // Not another minute for its root: what came meanwhile is copied by the stop.
    assert!(running.stop());
    assert_eq!(recordings(&folder).len(), 2);
    let (holds, told) = verify(&home, &folder);
    assert!(holds, "{told}");
}

#[test]
fn a_box_that_is_killed_while_it_copies_goes_on_at_the_next_start() {
    let other_disk = tempfile::tempdir_in(OTHER_DISK).unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let folder = other_disk.path().join("mounted");
    home.file("settings.toml", &with_copy(&folder));
    let running = Running::start(&home, &street);
    street.until_link();
    for no in 1..=6 {
        call(&home, &mut street, no);
    }
    assert!(running.stop());
    fs::create_dir(&folder).unwrap();
    for kill_at in ["copy", "identity", "leaves/hashes"] {
        let running = Running::start(&home, &street);
        until(kill_at, || copy_in(&folder).is_some_and(|copy| copy.join(kill_at).exists()));
        running.kill();
        for object in recordings(&folder) {
            let within = object.strip_prefix(copy_in(&folder).unwrap()).unwrap();
            assert_eq!(fs::read(&object).unwrap(), fs::read(home.data().join("vault").join(within)).unwrap());
        }
    }
    let running = Running::start(&home, &street);
    until("all are in the copy", || recordings(&folder).len() == 6);
    assert!(running.stop());
    let (holds, told) = verify(&home, &folder);
    assert!(holds, "{told}");
}

fn a_copy_whose_disk_is_full_is_an_alarm_calls_go_on_and_it_goes_on_once_there_is_room() {
    let mounted = tempfile::tempdir().unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    home.file("settings.toml", &with_copy(mounted.path()));
    let at = mounted.path().display();
    // All its inodes are taken: the room of a tmpfs is counted so loosely that a full one may take a little more.
    let fill = format!("mkdir {at}/fill; i=0; while touch {at}/fill/$i 2> /dev/null; do i=$((i + 1)); done");
    let script = format!("mount -t tmpfs -o size=8m,nr_inodes=200 none {at} && {fill}; exec \"$0\" \"$@\"");
    let running =
        Running::start_with(&home, Some(&street), &["unshare", "--map-root-user", "--mount", "sh", "-c", &script]);
    let cookie = running.claim();
    street.until_link();
    call(&home, &mut street, 1);
    until_alarm(&home, "raised", "full");
    running.until_page("/now", &cookie, |page| page.contains("The disk of the copy “机房” is full"));
    call(&home, &mut street, 2);
    let root = Path::new("/proc").join(running.pid().to_string()).join("root");
    let folder = root.join(mounted.path().strip_prefix("/").unwrap());
    fs::remove_dir_all(folder.join("fill")).unwrap();
    until_alarm(&home, "cleared", "full");
    until("both are in the copy", || recordings(&folder).len() == 2);
    let (holds, told) = verify(&home, &folder);
    assert!(holds, "{told}");
    assert!(running.stop());
}

#[test]
fn a_folder_on_the_vaults_own_disk_is_an_alarm_and_nothing_is_written_there() {
    let own = tempfile::tempdir().unwrap();
    let (home, street) = (Home::new(), Street::of(&board()));
    home.file("settings.toml", &with_copy(own.path()));
    let running = Running::start(&home, &street);
    until_alarm(&home, "raised", "not_apart");
    assert!(running.stop());
    assert_eq!(fs::read_dir(own.path()).unwrap().count(), 0);
}
