//! What the vault costs: 480 recordings of one voice at once, an hour to look into, a vault to verify, what packing
//! would save, and a million recordings to find one in. Real voices (LibriVox), real files; the recorder's own threads.
//! `cargo bench --profile ship --bench vault -- load` measures the 480 alone.

#[path = "../figure.rs"]
mod figure;
#[path = "../media/floor.rs"]
mod floor;
mod hour;
mod load;
mod packing;
mod search;
mod timed;
#[allow(dead_code)] // what all benches share, this one uses a part of
#[path = "../media/usage.rs"]
mod usage;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use figure::{figure, note};
use frame::Stamp;
use ringfence::{
    recorder::{FileStore, Home, Outside, verify},
    wav,
};
use sha2::{Digest as _, Sha256};
use vault::{Cost, Seeded};

/// The owner's code.
const CODE: &[u8] = b"4711-0815";

/// An opener of a bench needs no protection.
const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

/// How long the floor is measured.
const FLOOR_S: usize = 10;

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            note(&format!("bench vault: {why}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failed> {
    let voices = voices()?;
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&place)?;
    let folder = tempfile::tempdir_in(place)?;
    note(
        "480 recordings of one voice, all of which read aloud all the time; sealed, flushed ten times a second, copied.",
    );
    let (vault, home) = made(&folder.path().join("load"))?;
    let measured = load::run(&voices, &vault, &home)?;
    let floor = floor::cost(&voices[0], load::RECORDINGS, FLOOR_S, folder.path())?;
    figure("vault.core_pct_480.ref", load::pct(floor, Duration::from_secs(FLOOR_S as u64)), "%");
    if env::args().any(|part| part == "load") {
        return Ok(());
    }
    verified(&vault, measured.audio)?;
    let (vault, home) = made(&folder.path().join("hour"))?;
    hour::run(&voices, &vault, &home)?;
    packing::run(&voices)?;
    search::run(&folder.path().join("search"))
}

/// A new vault.
fn made(folder: &Path) -> Result<(PathBuf, Home), Failed> {
    fs::create_dir_all(folder)?;
    let mut store = FileStore::new(folder);
    let home = Home::create(&mut store, CODE, QUICK, Stamp::default(), &mut Seeded::new(1))?;
    Ok((folder.to_owned(), home))
}

/// Verifies the recordings; and hashes the same files once, which is the least that it could do.
fn verified(vault: &Path, audio: u64) -> Result<(), Failed> {
    let mut objects = Vec::new();
    files_in(&vault.join("objects"), &mut objects)?;
    let (mut octets, mut hashing) = (0, Duration::ZERO);
    for path in &objects {
        let content = fs::read(path)?;
        octets += content.len() as u64;
        let begin = Instant::now();
        std::hint::black_box(Sha256::digest(&content));
        hashing += begin.elapsed();
    }
    let begin = Instant::now();
    let report = verify(vault, &Outside::default())?;
    let taken = begin.elapsed();
    let is_fault = |found: &&ringfence::recorder::Found| found.what != ringfence::recorder::Finding::NotLogged;
    if objects.len() != load::RECORDINGS || report.objects != load::RECORDINGS as u64 {
        return Err(format!("{} objects, {} verified", objects.len(), report.objects).into());
    }
    if let Some(fault) = report.findings.iter().find(is_fault) {
        return Err(format!("{fault:?}").into());
    }
    let gb_s = |time: Duration| octets as f64 / 1e9 / time.as_secs_f64();
    figure("vault.verify_gb_s", gb_s(taken), "GB/s");
    figure("vault.verify_gb_s.ref", gb_s(hashing), "GB/s");
    figure("vault.stored_octets_per_s", octets as f64 / audio as f64 * 8000.0, "octets of a voice");
    Ok(())
}

fn files_in(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files_in(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// The readers that `./justw voices` makes.
fn voices() -> Result<Vec<Vec<u8>>, Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/voices");
    let mut files = Vec::new();
    files_in(&folder, &mut files).map_err(|why| format!("{}: {why}; ./justw voices makes it", folder.display()))?;
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("reader-")));
    files.sort();
    let read = |path: &PathBuf| Ok(wav::read(&fs::read(path)?)?.octets);
    let voices = files.iter().map(read).collect::<Result<Vec<_>, Failed>>()?;
    if voices.is_empty() { Err("no reader's voice is there; ./justw voices makes them".into()) } else { Ok(voices) }
}
