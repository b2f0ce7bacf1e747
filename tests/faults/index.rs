//! The index is damaged: it is made again from the log, and what is damaged is kept.

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    running::{Home, Running, board, said},
    street::Street,
};

/// The number that leads to the menu.
const MENU: &str = "62001234";

const GARBAGE: &[u8] = &[0xa5; 40_000];

/// The damaged indexes that are kept.
fn set_aside(home: &Home) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.data()).unwrap().map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("index.db.damaged-");
    let is_index = |path: &PathBuf| !["-wal", "-shm"].iter().any(|end| path.to_string_lossy().ends_with(end));
    entries.filter(is_one).filter(is_index).collect()
}

fn call(street: &mut Street, call: u32) {
    street.call(call, MENU);
    thread::sleep(Duration::from_millis(300));
    street.hang_up(call);
}

#[test]
fn an_index_that_is_garbage_at_the_start_is_made_again_from_the_log_and_kept_beside_it() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    running.claim();
    street.until_link();
    call(&mut street, 1);
    assert!(running.stop());
    for beside in ["index.db-wal", "index.db-shm"] {
        let _ = fs::remove_file(home.data().join(beside));
    }
    fs::write(home.data().join("index.db"), GARBAGE).unwrap();

    let running = Running::start(&home, &street);
    let kept = set_aside(&home);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(fs::read(&kept[0]).unwrap(), GARBAGE, "octet for octet");
    let name = kept[0].file_name().unwrap().to_string_lossy().into_owned();
    home.until_log(&["index_set_aside", &name]);
    let cookie = running.sign_in();
    assert!(running.page("/calls/1-1", &cookie).contains("1-1"), "the page has the call of before");
    assert!(running.stop());
}

/// As a night of a moment ago has left it that had held all leaves to another index.
fn reckoned(home: &Home) {
    let leaves = fs::metadata(home.data().join("vault/leaves/records")).unwrap().len();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
    let kept = serde_json::json!({
        "at_us": now, "index": { "file": 1, "at_us": null }, "octets": leaves, "no": home.log().len(),
        "open": [], "ahead": [], "finished": [], "differs": {},
    });
    fs::write(home.data().join("reckoned"), kept.to_string()).unwrap();
}

/// `ringfence rebuild`: whether it went well, and all that it said.
fn rebuild(home: &Home) -> (bool, String) {
    said(&home.ringfence(&["rebuild", "--data", home.data().to_str().unwrap()]))
}

#[test]
fn a_rebuilt_index_is_held_to_all_leaves_and_recordings_by_the_command_and_by_the_box_that_starts_on_it() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    running.claim();
    street.until_link();
    call(&mut street, 1);
    home.until_log(&["\"kind\":\"recording_finished\"", "\"1-1\""]);
    assert!(running.stop());
    let (is_whole, told) = rebuild(&home);
    assert!(is_whole && told.contains("Required 1, made 1") && told.contains("say the same."), "{told}");

    // The box that starts on it begins anew, at once: what was reckoned before was of another index.
    reckoned(&home);
    let running = Running::start(&home, &street);
    home.until_log(&["\"kind\":\"recordings_reckoned\"", "\"required\":1,\"whole\":1", "\"differ\":0"]);
    assert!(running.stop());
    let kept = fs::read_to_string(home.data().join("reckoned")).unwrap();
    assert!(kept.contains("\"finished\":[\"1-1\"]"), "all leaves were read again: {kept}");

    // The recording is gone, and so is the log from before: the leaves know of both.
    let object = home.data().join("vault/objects/1/0/1-1.rfo");
    fs::rename(&object, home.data().join("gone.rfo")).unwrap();
    let (is_whole, told) = rebuild(&home);
    assert!(!is_whole && told.contains("do not say the same of 1 calls:\n1-1"), "{told}");
    fs::rename(home.data().join("gone.rfo"), &object).unwrap();
    let events = home.data().join("events");
    let segments = fs::read_dir(&events).unwrap().map(|entry| entry.unwrap().path());
    segments.for_each(|segment| fs::remove_file(segment).unwrap());
    let (is_whole, told) = rebuild(&home);
    assert!(!is_whole && told.contains("Required 0, made 0") && told.contains("of 1 calls:\n1-1"), "{told}");
}

#[test]
fn an_index_that_is_damaged_while_the_box_runs_is_made_again_and_calls_go_on() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    let cookie = running.claim();
    street.until_link();
    call(&mut street, 1);
    home.until_log(&["\"kind\":\"ended\"", "\"1-1\""]);
    // Both, so that nothing of it is left to read: the disk gives back other octets than were written.
    for file in ["index.db", "index.db-wal"] {
        let path = home.data().join(file);
        let octets = fs::metadata(&path).unwrap().len() as usize;
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &vec![0xa5; octets], 0).unwrap();
    }
    call(&mut street, 2);
    // The writer goes on from its memory; whoever opens the page meets the damage, and it is made again.
    running.until_page("/calls/1-1", &cookie, |page| page.contains("1-1"));
    home.until_log(&["index_set_aside"]);
    assert_eq!(set_aside(&home).len(), 1);
    home.until_log(&["\"kind\":\"ended\"", "\"1-2\""]);
    for path in ["/calls/1-1", "/calls/1-2"] {
        running.until_page(path, &cookie, |page| page.contains("13800138000") || page.contains("138****8000"));
    }
    call(&mut street, 3);
    home.until_log(&["\"kind\":\"ended\"", "\"1-3\""]);
    assert!(running.stop());
}
