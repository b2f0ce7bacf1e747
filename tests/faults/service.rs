//! The box under a service manager: the units of `image/`, and what the box tells.

use std::{
    fs,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::running::Home;

const UNITS: [&str; 2] = ["ringfence.service", "ringfence-cards.service"];

fn image() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("image")
}

fn unit(name: &str) -> String {
    fs::read_to_string(image().join(name)).unwrap()
}

/// The value of a key of a unit.
fn value<'a>(unit: &'a str, key: &str) -> &'a str {
    let of_key = |line: &'a str| line.strip_prefix(key)?.strip_prefix('=');
    unit.lines().find_map(of_key).unwrap_or_else(|| panic!("no {key}"))
}

/// The units in a folder, with the program of this test instead of the one that an image has.
fn units_in(folder: &Path) -> Vec<PathBuf> {
    let write = |name: &str| {
        let path = folder.join(name);
        fs::write(&path, unit(name).replace("/usr/bin/ringfence", env!("CARGO_BIN_EXE_ringfence"))).unwrap();
        path
    };
    UNITS.map(write).to_vec()
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let told = Command::new("systemd-analyze").arg("verify").args(units_in(folder.path())).output().unwrap();
    assert!(told.status.success() && told.stderr.is_empty(), "{}", String::from_utf8_lossy(&told.stderr));
}

/// systemd's own measure, from 0 (safe) to 100.
#[test]
fn the_units_may_do_no_more_than_they_need() {
    for (name, threshold) in [("ringfence.service", "25"), ("ringfence-cards.service", "45")] {
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--offline=true", "--threshold", threshold]).arg(image().join(name));
        let told = security.output().unwrap();
        assert!(told.status.success(), "{name}: {}", String::from_utf8_lossy(&told.stdout));
    }
}

#[test]
fn the_program_takes_what_the_units_give_it() {
    let home = Home::new();
    for name in UNITS {
        let unit = unit(name);
        let mut words = value(&unit, "ExecStart").split(' ').skip(1).collect::<Vec<_>>();
        let board = words.iter_mut().find(|word| **word == "/etc/ringfence/board.toml").expect("the board is named");
        *board = "/nowhere/board.toml";
        let said = home.ringfence(&words);
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("/nowhere/board.toml"), "{name}: it got as far as the board: {said}");
    }
}

#[test]
fn the_manager_has_room_for_all_lines_and_gives_the_rights_that_the_media_thread_asks_for() {
    let unit = unit("ringfence.service");
    assert_eq!(value(&unit, "FileDescriptorStoreMax").parse(), Ok(os::STORE_MAX_FILES));
    assert_eq!(value(&unit, "Type"), "notify", "it tells when it is ready, and gives its lines away by the same way");
    assert_eq!(value(&unit, "LimitRTPRIO"), "60", "`media::MediaThread`");
    assert_eq!(value(&unit, "StartLimitIntervalSec"), "0", "no start is the last one");
}

/// A box as systemd starts it.
#[test]
fn a_box_that_is_watched_tells_when_it_is_ready_and_then_again_and_again_that_it_works() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut run = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    run.args(["--lang", "en", "run", "--listen", "127.0.0.1:0", "--plain-http", "--board"])
        .arg(root.join("board/demo.toml"));
    run.arg("--data").arg(home.data()).arg("--settings").arg(root.join("board/demo.settings.toml"));
    run.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "800000").stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = run.spawn().unwrap();
    let mut told = Vec::new();
    while told.iter().filter(|text| *text == "WATCHDOG=1").count() < 3 {
        let mut text = [0; 256];
        let octets = manager.recv(&mut text).unwrap_or_else(|why| panic!("{why}: {told:?}"));
        told.push(String::from_utf8_lossy(&text[..octets]).into_owned());
    }
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(told.iter().filter(|text| *text == "READY=1").count(), 1, "{told:?}");
    assert!(told[0].contains("FDNAME=call-table"), "{told:?}");
}
