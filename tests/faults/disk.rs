//! Disks without room, slow ones and such as refuse, and the calls that go on all the same. A disk without room is a small
//! tmpfs in a mount namespace of the box.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use ringfence::journal::{IndexReader, RecordingState};

use crate::{
    running::{Home, Running, board, octet, settings},
    sick_disk::{Sick, SickDisk},
    street::Street,
};

/// The number that leads to the menu, and the one that leads into the queue.
const MENU: &str = "62001234";
const QUEUE: &str = "62001235";

/// How soon someone has to know: promise 2.
const KNOWN_WITHIN: Duration = Duration::from_secs(5);

/// A directory of the box as a disk of its own.
struct SmallDisk {
    folder: PathBuf,
    /// Makes it, puts on it what is there at first.
    script: String,
}

impl SmallDisk {
    /// `options` of a tmpfs at `name` in the data directory, with those of its files that `keep` names.
    fn new(home: &Home, name: &str, options: &str, keep: &[&str]) -> SmallDisk {
        let folder = home.data().join(name);
        let aside = home.data().parent().unwrap().join(format!("{name}.aside"));
        let at = |path: &Path| path.display().to_string();
        let copies: String =
            keep.iter().map(|file| format!("cp -a {}/{file} {}/ && ", at(&aside), at(&folder))).collect();
        let script = format!(
            "cp -a {folder} {aside} && mount -t tmpfs -o {options} none {folder} && {copies}true",
            aside = at(&aside),
            folder = at(&folder)
        );
        SmallDisk { folder, script }
    }

    /// Nothing can be made on it from the start: all its inodes are taken. (The room of a tmpfs is counted so loosely
    /// that a full one may take a little more now and then.)
    fn full_from_the_start(mut self) -> SmallDisk {
        let fill = self.folder.join("fill").display().to_string();
        let take_all = format!("; mkdir {fill}; i=0; while touch {fill}/$i 2> /dev/null; do i=$((i + 1)); done");
        self.script.push_str(&take_all);
        self
    }

    fn start(&self, home: &Home, street: &Street) -> Running {
        let script = format!("{}; exec \"$0\" \"$@\"", self.script);
        Running::start_with(home, Some(street), &["unshare", "--map-root-user", "--mount", "sh", "-c", &script])
    }

    /// A file on it, as it is seen from outside of the namespace.
    fn file(&self, running: &Running, name: &str) -> PathBuf {
        let root = Path::new("/proc").join(running.pid().to_string()).join("root");
        root.join(self.folder.strip_prefix("/").unwrap()).join(name)
    }

    fn until_there(&self, running: &Running, name: &str) {
        let limit = Instant::now() + Duration::from_secs(60);
        while !self.file(running, name).exists() {
            assert!(Instant::now() < limit, "there is no {name}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn fill(&self, running: &Running) {
        let mut file = fs::File::create(self.file(running, "fill")).unwrap();
        // Ever smaller pieces, until not even a page has room.
        let mut piece = vec![0; 1 << 20];
        while !piece.is_empty() {
            if std::io::Write::write_all(&mut file, &piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
    }

    fn make_room(&self, running: &Running) {
        let fill = self.file(running, "fill");
        if fill.is_dir() { fs::remove_dir_all(fill) } else { fs::remove_file(fill) }.unwrap();
    }
}

/// A box that ran once, so that it has its vault and its owner.
pub fn used_home(street: &Street) -> Home {
    used(Home::new(), street)
}

/// The same with files of its own beside it.
pub fn used(home: Home, street: &Street) -> Home {
    let running = Running::start(&home, street);
    running.claim();
    assert!(running.stop());
    home
}

/// The page that says what is wrong says this, within the promised time.
fn known_in_time(running: &Running, cookie: &str, since: Instant, words: &str) {
    running.until_page("/now", cookie, |page| page.contains(words));
    assert!(since.elapsed() < KNOWN_WITHIN, "known after {:?}", since.elapsed());
}

fn recording_state(home: &Home, call: &str) -> RecordingState {
    let index = IndexReader::open(&home.data().join("index.db")).unwrap();
    index.call(call.parse().unwrap()).unwrap().unwrap().recording.state()
}

/// How it was recorded, once that is known: the index comes after the log.
pub fn recorded_state(home: &Home, call: &str) -> RecordingState {
    home.until_log(&["recording_finished", &format!("\"{call}\"")]);
    let limit = Instant::now() + Duration::from_secs(30);
    while recording_state(home, call) == RecordingState::UnderWay && Instant::now() < limit {
        thread::sleep(Duration::from_millis(20));
    }
    recording_state(home, call)
}

#[test]
fn a_recorder_whose_disk_is_full_at_the_start_keeps_no_box_from_starting_and_costs_no_call() {
    let mut street = Street::of(&board());
    let home = used_home(&street);
    // The vault's identity, and no room for the recorder's own files.
    let files = ["identity", "birth-key", "log-key"];
    let disk = SmallDisk::new(&home, "vault", "size=64m,nr_inodes=400", &files).full_from_the_start();
    let running = disk.start(&home, &street);
    let cookie = running.sign_in();
    running.until_page("/now", &cookie, |page| page.contains("The disk of the vault is full"));
    let caller = street.call(1, QUEUE);
    street.until_hears("the music", caller, octet("music"));
    home.until_log(&["alarm_raised", "disk_full", "vault"]);
    street.hang_up(1);
    home.until_log(&["\"kind\":\"ended\"", "\"2-1\""]);
    assert_eq!(recording_state(&home, "2-1"), RecordingState::UnderWay, "it waits in memory");

    disk.make_room(&running);
    home.until_log(&["alarm_cleared", "disk_full", "vault"]);
    home.until_log(&["recording_finished", "\"2-1\""]);
    let caller = street.call(2, MENU);
    street.until_hears("the menu", caller, octet("main_menu"));
    street.hang_up(2);
    home.until_log(&["recording_finished", "\"2-2\""]);
    assert!(running.stop());
}

#[test]
fn a_box_whose_whole_disk_is_full_starts_and_takes_calls() {
    let mut street = Street::of(&board());
    let home = used_home(&street);
    let running =
        SmallDisk::new(&home, "", "size=300m,nr_inodes=600", &["."]).full_from_the_start().start(&home, &street);
    let caller = street.call(1, QUEUE);
    street.until_hears("the music", caller, octet("music"));
    street.hang_up(1);
    assert!(running.stop());
}

/// As the box kept it a week ago, when there was ten times the room that the small disk has.
fn had_room_a_week_ago(home: &Home) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at_us = (now - Duration::from_hours(7 * 24)).as_micros() as u64;
    let kept = serde_json::json!({ "samples": [{ "at_us": at_us, "free_octets": 640 << 20 }], "faults": [] });
    fs::write(home.data().join("room"), kept.to_string()).unwrap();
}

#[test]
fn a_recorder_whose_disk_gets_full_is_on_the_page_within_five_seconds_and_calls_go_on() {
    let mut street = Street::of(&board());
    let home = used_home(&street);
    let all = ["identity", "birth-key", "log-key", "leaves"];
    let disk = SmallDisk::new(&home, "vault", "size=64m", &all);
    had_room_a_week_ago(&home);
    let running = disk.start(&home, &street);
    let cookie = running.sign_in();
    // Long before: at this pace it is full today.
    home.until_log(&["room_reckoned", "\"full_days\":0"]);
    home.until_log(&["alarm_raised", "room_ends", "soon"]);
    let says = ["Room for recordings", "<b>0 days</b>", "a day", "full within 30 days"];
    running.until_page("/now", &cookie, |page| says.iter().all(|words| page.contains(words)));
    street.until_link();
    let caller = street.call(1, QUEUE);
    street.until_hears("the music", caller, octet("music"));
    disk.fill(&running);
    street.until_hears("the music, still", caller, octet("music"));
    street.hang_up(1);
    known_in_time(&running, &cookie, Instant::now(), "The disk of the vault is full");
    home.until_log(&["alarm_raised", "disk_full", "vault"]);
    let caller = street.call(2, QUEUE);
    street.until_hears("the music", caller, octet("music"));
    street.hang_up(2);
    disk.make_room(&running);
    for call in ["2-1", "2-2"] {
        home.until_log(&["recording_finished", &format!("\"call\":\"{call}\"")]);
    }
    home.until_log(&["alarm_cleared", "disk_full", "vault"]);
    running.until_page("/now", &cookie, |page| !page.contains("The disk of the vault"));
    assert!(running.stop());
}

#[test]
fn an_event_log_without_any_room_is_on_the_page_calls_go_on_and_changes_stop() {
    let mut street = Street::of(&board());
    let home = used_home(&street);
    // Too small for the reserve of 64 MiB, as a disk is that has used it up.
    let disk = SmallDisk::new(&home, "events", "size=1m", &["events-*.log"]);
    let running = disk.start(&home, &street);
    let cookie = running.sign_in();
    street.until_link();
    disk.fill(&running);
    // The last page of the log's file has some room left.
    for call in 2..40 {
        if running.page("/now", &cookie).contains("not yet on disk") {
            break;
        }
        street.call(call, MENU);
        street.hang_up(call);
    }
    assert!(running.page("/now", &cookie).contains("Events are in memory only, not yet on disk"));
    let caller = street.call(1, QUEUE);
    street.until_hears("the music", caller, octet("music"));
    let (went_well, said) = home.settings("apply", Some(&home.file("new.toml", &settings())));
    assert!(!went_well && said.contains("could not be written into the event log first"), "{said}");
    assert!(home.settings("show", None).1.contains("version 1"), "nothing has changed");
    street.hang_up(1);
    disk.make_room(&running);
    running.until_page("/now", &cookie, |page| !page.contains("not yet on disk"));
    running.until_page("/calls/2-1", &cookie, |page| page.contains("2-1"));
    let (went_well, said) = home.settings("apply", Some(&home.file("new.toml", &settings())));
    assert!(went_well, "changes are taken again: {said}");
    assert!(running.stop());
}

#[test]
fn an_event_log_on_its_reserve_says_so_and_loses_nothing() {
    let mut street = Street::of(&board());
    let home = used_home(&street);
    let disk = SmallDisk::new(&home, "events", "size=300m", &["events-*.log"]);
    let running = disk.start(&home, &street);
    let cookie = running.sign_in();
    street.until_link();
    disk.until_there(&running, "reserve");
    disk.fill(&running);
    // The last page of the log's file has some room left; then comes the reserve.
    for call in 1..40 {
        if running.page("/now", &cookie).contains("lives on its reserve") {
            break;
        }
        street.call(call, MENU);
        street.hang_up(call);
    }
    let page = running.page("/now", &cookie);
    assert!(page.contains("lives on its reserve") && !page.contains("not yet on disk"), "{page}");
    let (went_well, said) = home.settings("apply", Some(&home.file("new.toml", &settings())));
    assert!(went_well, "the reserve is there for this: {said}");
    disk.make_room(&running);
    running.until_page("/now", &cookie, |page| !page.contains("lives on its reserve"));
    assert!(running.stop());
}

#[test]
fn a_recorder_whose_disk_is_slow_read_only_or_gone_is_on_the_page_within_five_seconds_and_calls_go_on() {
    let mut street = Street::of(&board());
    let home = used_home(&street);
    let disk = SickDisk::of(&home);
    let running = disk.start(&home, &street);
    let cookie = running.sign_in();
    street.until_link();
    let sicknesses = [
        (Sick::Slow, "The disk of the vault takes longer than a second"),
        (Sick::ReadOnly, "The disk of the vault refuses to be written"),
        (Sick::Gone, "The disk of the vault refuses to be written"),
    ];
    for (no, (sick, words)) in (1..).zip(sicknesses) {
        let caller = street.call(no, QUEUE);
        street.until_hears("the music", caller, octet("music"));
        disk.falls(sick);
        known_in_time(&running, &cookie, Instant::now(), words);
        street.until_hears("the music, still", caller, octet("music"));
        let other = street.call(10 + no, MENU);
        street.until_hears("the menu", other, octet("main_menu"));
        disk.recovers();
        running.until_page("/now", &cookie, |page| !page.contains("The disk of the vault"));
        street.hang_up(10 + no);
        street.hang_up(no);
        for call in [2 * no - 1, 2 * no].map(|no| format!("2-{no}")) {
            assert_eq!(recorded_state(&home, &call), RecordingState::Complete, "{sick:?}: the buffer held it");
        }
    }
    assert!(running.stop());
}
