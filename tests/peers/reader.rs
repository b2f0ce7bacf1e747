//! `vault_reader.py`: a reader of the vault that was written from FORMAT.md alone, as a program beside the test.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Debian's Python, which has the packages that set-up installs.
pub const PYTHON: &str = "/usr/bin/python3";

/// What it said, and whether it found nothing wrong.
pub struct Said {
    pub is_intact: bool,
    pub text: String,
}

/// A track as it rebuilt it.
#[derive(Debug)]
pub struct ReadTrack {
    pub leg: String,
    pub first_tick: u64,
    pub octets: Vec<u8>,
}

/// Runs it with these arguments; a passphrase goes to its input.
pub fn run(arguments: &[&str], passphrase: &str) -> Said {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/recorder/vault_reader.py");
    let mut command = Command::new(PYTHON);
    command.arg("-B").arg(script).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    // It may have ended before it asks.
    let _ = writeln!(running.stdin.take().unwrap(), "{passphrase}");
    let done = running.wait_with_output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    assert!(!text.contains("Traceback"), "the reader itself failed: ./justw peers installs what it needs\n{text}");
    Said { is_intact: done.status.success(), text }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Holds a vault to its hashes, leaves and signed roots, without a key; `more` are its options.
pub fn verify(vault: &Path, more: &[&str]) -> Said {
    run(&[&["verify", text(vault)], more].concat(), "")
}

/// The same, and decrypts every chunk: with a passphrase, or with two shares of the recovery key, a line each.
pub fn verify_open(vault: &Path, typed: &str) -> Said {
    let how = if typed.contains('\n') { "--shares" } else { "--passphrase" };
    run(&["verify", text(vault), how], typed)
}

/// Rebuilds the tracks of a recording, in the order in which they begin: with a passphrase, or with two shares, a line each.
pub fn open(vault: &Path, recording: &str, typed: &str, into: &Path) -> Vec<ReadTrack> {
    let mut arguments = vec!["open", text(vault), recording, "--out", text(into)];
    if typed.contains('\n') {
        arguments.push("--shares");
    }
    let said = run(&arguments, typed);
    assert!(said.is_intact, "{}", said.text);
    said.text.lines().map(|line| track(line, into)).collect()
}

/// From `FILE leg LEG role N law N first TICK octets N`.
fn track(line: &str, folder: &Path) -> ReadTrack {
    let words: Vec<&str> = line.split(' ').collect();
    let [file, "leg", leg, "role", _, "law", _, "first", first, "octets", _] = words[..] else { panic!("{line}") };
    let file: PathBuf = folder.join(file);
    ReadTrack { leg: leg.to_owned(), first_tick: first.parse().unwrap(), octets: std::fs::read(file).unwrap() }
}
