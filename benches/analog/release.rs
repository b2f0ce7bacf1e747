//! Speech and music through the ears that let an outside line go: how often ten hours of it are taken for busy tone.
//!
//! The corpus of `./justw tone-talk-off`, the recorded voices and the albums of `tools/albums`, of which no two hours are the
//! same, each at four speeds, in A-law, heard by an ear of each country. An hour counts once, however many ears hear it; a line
//! that is let go by any of them counts.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use analog::plan::Country;
use codec::ratio_of_db;
use dsp::{
    ear::{CallEar, Ear, Ears, Heard},
    progress::CallTones,
};
use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::{RATE_HZ, level, line, peer, wav};

use crate::figure::{figure, note};

/// Faster speech moves every harmonic across the tones.
const SPEEDS: [f64; 4] = [0.9, 1.0, 1.1, 1.2];
const LEVEL_DBM0: f32 = -18.0;
const COUNTRIES: usize = Country::ALL.len();

/// Counts lines that would have been let go.
pub fn measure() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    for folder in ["corpus", "voices", "albums"] {
        wav_files(&peer::target(folder), &mut files)?;
    }
    files.sort();
    let (mut released, mut different, mut samples, mut unread) = (0_u64, 0_u64, 0_u64, 0_u32);
    for path in &files {
        let Ok(signal) = wav::read(path) else {
            unread += 1;
            continue;
        };
        let told = hear(&signal);
        if told.0 > 0 {
            note(&format!("let go: {}", path.display()));
        }
        released += told.0;
        different += signal.len() as u64;
        samples += told.1;
    }
    let [different, heard] = [different, samples].map(|samples| samples as f64 / RATE_HZ as f64 / 3600.0);
    if different < 10.0 {
        return Err(format!("only {different:.1} hours are there: ./justw bench analog fetches them").into());
    }
    figure("analog.false_release_per_10h", released as f64 * 10.0 / heard, "lines");
    figure("analog.false_release_hours", different, "h, each at four speeds");
    note(&format!("{} files, {unread} not read; {COUNTRIES} countries' ears", files.len()));
    Ok(())
}

/// Every WAV file below a folder. Links are not followed, so it ends.
fn wav_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))? {
        let (entry, mut below) = (entry?, Vec::new());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            wav_files(&entry.path(), &mut below)?;
        } else if kind.is_file() && entry.path().extension().is_some_and(|extension| extension == "wav") {
            below.push(entry.path());
        }
        files.extend(below);
    }
    Ok(())
}

/// Lines let go, and samples heard, at all speeds.
fn hear(signal: &[f32]) -> (u64, u64) {
    const { assert!(SPEEDS.len() * COUNTRIES <= LANES) };
    let variants: Vec<Vec<u8>> = SPEEDS.into_iter().map(|speed| played(signal, speed)).collect();
    let mut ears = Ears::new();
    for lane in 0..variants.len() * COUNTRIES {
        let tones = Some(CallTones::new(Country::ALL[lane % COUNTRIES].plan().call_tones()));
        ears.put(lane as u8, Some(Box::new(Ear::Call(Box::new(CallEar { tones, ..CallEar::default() })))));
    }
    let mut released = 0;
    let ticks = variants.iter().map(|variant| variant.len() / OCTETS_PER_TICK).max().unwrap_or_default();
    for at in 0..ticks {
        let tick = |lane: usize| variants.get(lane / COUNTRIES)?.as_chunks().0.get(at).copied();
        let lanes = std::array::from_fn(|lane| tick(lane).unwrap_or([Law::A.silence(); OCTETS_PER_TICK]));
        ears.process(&lanes, Law::A, |_, heard| released += u64::from(matches!(heard, Heard::BusyTone(_))));
    }
    (released, variants.iter().map(|variant| variant.len() as u64).sum())
}

fn played(signal: &[f32], speed: f64) -> Vec<u8> {
    let gain = ratio_of_db(LEVEL_DBM0 - level::dbm0(signal));
    let count = ((signal.len() as f64 - 1.0) / speed).max(0.0) as usize;
    let sample = |at: usize| {
        let place = at as f64 * speed;
        let (before, part) = (place as usize, (place - place.floor()) as f32);
        (signal[before] * (1.0 - part) + signal[before + 1] * part) * gain
    };
    line::coded(Law::A, &(0..count).map(sample).collect::<Vec<f32>>())
}
