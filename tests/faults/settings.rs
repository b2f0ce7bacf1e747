//! `ringfence settings` against a running box.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    thread,
};

use frame::{BootNo, LifeNo, Stamp};
use os::Clock;
use ringfence::{
    changes::Versions,
    journal::{self, Act, Actor, BoxEvent, JournalConfig, Limits},
};
use sha2::{Digest, Sha256};

use crate::{
    running::{Home, Running, board, octet, said, settings},
    street::Street,
};

/// The number that leads into the queue.
const QUEUE: &str = "62001235";

fn with_music(music: &str) -> String {
    settings().replace("music = \"music\"", &format!("music = \"{music}\""))
}

#[test]
fn the_music_of_a_queue_changes_while_a_caller_hears_it_and_the_call_keeps_its_version() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    street.until_link();
    let caller = street.call(1, QUEUE);
    street.until_hears("the music", caller, octet("music"));

    let (went_well, said) = home.settings("apply", Some(&home.file("new.toml", &with_music("harp"))));
    assert!(went_well && said.contains("Version 2 of the settings holds from now on."), "{said}");
    street.until_hears("the new music", caller, octet("harp"));
    street.hang_up(1);

    let began = home.until_log(&["\"kind\":\"began\"", "\"settings\":1"]);
    assert!(began.contains("\"call\":\"1-1\""), "the call names the version it began with: {began}");
    let uid = format!("\"by\":{{\"user\":{{\"uid\":{}}}}}", nix::unistd::getuid());
    home.until_log(&["audit_intent", "apply_settings", "version 2 sha256", &uid]);
    home.until_log(&["settings_applied", "\"version\":2", &uid, "\"how\":\"applied\""]);
    let caller = street.call(2, QUEUE);
    street.until_hears("the new music", caller, octet("harp"));
    home.until_log(&["\"kind\":\"began\"", "\"call\":\"1-2\"", "\"settings\":2"]);
    street.hang_up(2);
    assert!(running.stop(), "it ended well, and was the same process all the time");
    assert!(home.knows_its_log());
}

#[test]
fn music_that_is_put_into_the_folder_while_the_box_runs_is_heard() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let folder = home.data().join("prompts/zh-CN");
    fs::rename(folder.join("harp.wav"), folder.join("harp.later")).unwrap();
    let _running = Running::start(&home, &street);
    street.until_link();
    let caller = street.call(1, QUEUE);
    let file = home.file("new.toml", &with_music("harp"));
    let (_, said) = home.settings("try", Some(&file));
    assert!(said.contains("harp") && said.contains("nothing is spoken under this name"), "{said}");
    fs::rename(folder.join("harp.later"), folder.join("harp.wav")).unwrap();
    let (_, said) = home.settings("apply", Some(&file));
    assert!(!said.contains("harp") && said.contains("holds from now on"), "{said}");
    street.until_hears("the new music", caller, octet("harp"));
}

#[test]
fn what_can_not_hold_is_named_with_file_line_key_found_and_allowed_and_changes_nothing() {
    let (home, street) = (Home::new(), Street::of(&board()));
    let _running = Running::start(&home, &street);
    let bad = home.file("bad.toml", &settings().replace("country = \"cn\"", "country = \"xx\""));
    for verb in ["try", "apply"] {
        let (went_well, said) = home.settings(verb, Some(&bad));
        assert!(!went_well);
        for part in ["bad.toml:4", "country = ", "xx", "allowed", "cn", "uk"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    let (_, said) = home.settings("show", None);
    assert!(said.contains("version 1") && said.contains(settings().trim_end()), "{said}");
    assert!(!home.log().iter().any(|text| text.contains("audit_intent")));
}

#[test]
fn a_try_says_what_an_apply_would_do_and_does_not_do_it() {
    let (home, street) = (Home::new(), Street::of(&board()));
    let _running = Running::start(&home, &street);
    let other_tones = home.file("uk.toml", &settings().replace("country = \"cn\"", "country = \"uk\""));
    let (went_well, said) = home.settings("try", Some(&other_tones));
    assert!(went_well && said.contains("only after `ringfence run` was started again"), "{said}");
    assert!(home.settings("show", None).1.contains("version 1"));
    let (went_well, said) = home.settings("apply", Some(&other_tones));
    assert!(went_well && said.contains("part of it holds only after `ringfence run` was started again"), "{said}");
    home.until_log(&["settings_applied", "\"how\":\"needs_restart\""]);
}

#[test]
fn two_who_apply_at_once_make_two_versions_one_after_the_other() {
    let (home, street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    let files = ["harp", "queue_wait"].map(|music| home.file(&format!("{music}.toml"), &with_music(music)));
    let said = thread::scope(|scope| {
        let [a, b] = files.each_ref().map(|file| scope.spawn(|| home.settings("apply", Some(file))));
        [a.join().unwrap(), b.join().unwrap()]
    });
    assert!(said.iter().all(|(went_well, _)| *went_well), "{said:?}");
    let version = |said: &str| said.split("Version ").nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_owned);
    let mut versions = said.map(|(_, said)| version(&said).expect("the new version is named"));
    versions.sort();
    assert_eq!(versions, ["2", "3"]);
    let applied = |version: u32| home.until_log(&["settings_applied", &format!("\"version\":{version}")]);
    applied(2);
    applied(3);
    let newest = fs::read_to_string(home.data().join("settings/000003.toml")).unwrap();
    assert!(home.settings("show", None).1.contains(newest.trim_end()), "the last one holds");
    assert!(running.stop());
}

#[test]
fn a_settings_file_at_the_second_start_is_refused_with_the_verb_that_takes_it() {
    let (home, street) = (Home::new(), Street::of(&board()));
    assert!(Running::start(&home, &street).stop());
    let (data, file) = (home.data(), home.file("new.toml", &settings()));
    let board = concat!(env!("CARGO_MANIFEST_DIR"), "/board/demo.toml");
    let [data, file] = [&data, &file].map(|path| path.to_str().unwrap());
    let output = home.ringfence(&["run", "--board", board, "--data", data, "--settings", file]);
    let (went_well, said) = said(&output);
    assert!(!went_well && said.contains("ringfence settings apply FILE"), "{said}");
}

#[test]
fn where_no_box_runs_and_where_a_document_is_too_long_one_sentence_says_so() {
    let home = Home::new();
    let (went_well, said) = home.settings("show", None);
    assert!(!went_well && said.contains("is no data directory"), "{said}");
    let street = Street::of(&board());
    assert!(Running::start(&home, &street).stop());
    let (went_well, said) = home.settings("show", None);
    assert!(!went_well && said.contains("No box runs on"), "{said}");
    let long = home.file("long.toml", &" ".repeat((1 << 20) + 1));
    let (went_well, said) = home.settings("apply", Some(&long));
    assert!(!went_well && said.contains("too long: settings have at most 1024 KiB"), "{said}");
    let (went_well, said) = home.settings("apply", Some(&home.data().join("nowhere.toml")));
    assert!(!went_well && said.contains("Can't read"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

/// Leaves what a box leaves that dies after the new version was written and before anybody was told.
fn die_before_apply(home: &Home, text: &str) {
    let versions = Versions::in_folder(home.data().join("settings"));
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    let (by, act) = (Actor::User { uid: 7 }, Act::ApplySettings);
    let intent = |version: u32, hash: &str| BoxEvent::AuditIntent {
        by,
        act,
        object: format!("version {version} sha256 {hash}"),
        reason: String::new(),
        call: None,
    };
    let clock = || Stamp { boot: BootNo(1), time: Clock.now(), utc: Clock.utc() };
    let (journal, thread) = journal::start(JournalConfig {
        events: home.data().join("events"),
        index: home.data().join("index.db"),
        life: LifeNo(1),
        limits: Limits::default(),
        leaves: None,
        clock: Box::new(clock),
    })
    .unwrap();
    journal.append_durable(clock(), intent(2, &hash)).blocking_recv().unwrap().unwrap();
    versions.write(text).unwrap();
    // Another one died before it had written anything.
    journal.append_durable(clock(), intent(3, &hash)).blocking_recv().unwrap().unwrap();
    journal.stop();
    thread.join().unwrap();
}

#[test]
fn a_death_between_writing_and_applying_leaves_the_new_version_and_the_log_says_so() {
    let (home, street) = (Home::new(), Street::of(&board()));
    Running::start(&home, &street).kill();
    die_before_apply(&home, &with_music("harp"));
    let running = Running::start(&home, &street);
    assert!(home.settings("show", None).1.contains("version 2"));
    let [done, failed] = ["done", "failed"].map(|outcome| {
        let outcome = home.until_log(&["audit_outcome", &format!("\"outcome\":\"{outcome}\"")]);
        outcome.split("\"intent\":").nth(1).unwrap().split(',').next().unwrap().parse::<u64>().unwrap()
    });
    assert_eq!(failed, done + 1, "the intent that was written, and the one that was not");
    home.until_log(&["settings_applied", "\"version\":2", "\"uid\":7"]);
    home.until_log(&["\"kind\":\"started\"", "\"life\":2", "\"settings\":2"]);
    running.kill();
    let outcomes = || home.log().iter().filter(|text| text.contains("audit_outcome")).count();
    let before = outcomes();
    assert!(Running::start(&home, &street).stop());
    assert_eq!(outcomes(), before, "it is said once");
}

#[test]
fn a_disk_that_has_no_room_for_the_new_version_leaves_the_old_one_and_says_so() {
    let (home, street) = (Home::new(), Street::of(&board()));
    assert!(Running::start(&home, &street).stop());
    // A folder of versions that holds four pages, all of them taken.
    let folder = home.data().join("settings");
    let file = home.file("first.toml", &settings());
    let script = format!(
        "mount -t tmpfs -o size=16k none {folder} && cp {file} {folder}/000001.toml && \
         cat /dev/zero > {folder}/fill 2> /dev/null; exec \"$0\" \"$@\"",
        folder = folder.display(),
        file = file.display()
    );
    let wrapper = ["unshare", "--map-root-user", "--mount", "sh", "-c", &script];
    let running = Running::start_with(&home, Some(&street), &wrapper);
    let new = home.file("new.toml", &with_music("harp"));
    let (went_well, said) = home.settings("apply", Some(&new));
    assert!(!went_well && said.contains("The new version can't be written to"), "{said}");
    assert!(said.contains("No space left on device") && said.contains("Nothing has changed"), "{said}");
    assert!(home.settings("show", None).1.contains("version 1"));
    home.until_log(&["audit_outcome", "\"outcome\":\"failed\""]);
    let inside = Path::new("/proc").join(running.pid().to_string()).join("root");
    fs::remove_file(inside.join(folder.strip_prefix("/").unwrap()).join("fill")).unwrap();
    let (went_well, said) = home.settings("apply", Some(&new));
    assert!(went_well && said.contains("Version 2"), "{said}");
}

#[test]
fn whoever_may_not_enter_is_told_so() {
    let (home, street) = (Home::new(), Street::of(&board()));
    let _running = Running::start(&home, &street);
    fs::set_permissions(home.data().join("settings.sock"), Permissions::from_mode(0o000)).unwrap();
    // Root enters everywhere, unless it lays that right down.
    let is_root = nix::unistd::geteuid().is_root();
    let lay_down = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let data = home.data();
    let show = [env!("CARGO_BIN_EXE_ringfence"), "--lang", "en", "settings", "show", "--data", data.to_str().unwrap()];
    let words: Vec<&str> = lay_down.into_iter().filter(|_| is_root).chain(show).collect();
    let (went_well, said) = said(&std::process::Command::new(words[0]).args(&words[1..]).output().unwrap());
    assert!(!went_well && said.contains("You may not enter"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
