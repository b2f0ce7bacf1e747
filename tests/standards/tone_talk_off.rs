//! Hours of speech and music through the ears for tones: nothing of it may be taken for one.
//!
//! `./justw tone-talk-off` runs it on the corpus, or on folders that are named. Every WAV file below the folders, at four
//! speeds (a speed moves every harmonic across the tones) and two levels, for each country an ear for all its tones, for
//! special information, fax machines and modems. A false busy tone ends a call that lives; the rest only tells a wrong
//! story, and is counted apart. `docs/tones.md` keeps what it said.

use std::{collections::BTreeMap, env, error::Error, fs, path::PathBuf};

use analog::plan::Country;
use codec::ratio_of_db;
use dsp::{
    ear::{CallEar, Ear, Ears, Heard},
    progress::{CallTones, Machine, SpecialInformation},
};
use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::{RATE_HZ, level, line, wav};

const SPEEDS: [f64; 4] = [0.8, 1.0, 1.12, 1.25];
/// Speech at a telephone's level, and at a far one's.
const LEVELS_DBM0: [f32; 2] = [-12.0, -26.0];
const COUNTRIES: usize = Country::ALL.len();
const VARIANTS: usize = SPEEDS.len() * LEVELS_DBM0.len();

/// What was heard, and how long was listened.
#[derive(Default)]
struct Tally {
    hits: BTreeMap<String, Vec<String>>,
    samples: u64,
    files: u32,
    unread: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<PathBuf> = env::args().skip(1).map(PathBuf::from).collect();
    if folders.is_empty() {
        return Err("name folders with WAV files".into());
    }
    let mut tally = Tally::default();
    let mut files = Vec::new();
    for folder in folders {
        wav_files(folder, &mut files)?;
    }
    files.sort();
    for path in files {
        match wav::read(&path) {
            Ok(signal) => tally.hear(&path.display().to_string(), &signal),
            Err(_) => tally.unread += 1,
        }
    }
    tally.tell();
    Ok(())
}

/// Every WAV file below a folder. Links are not followed, so it ends.
fn wav_files(folder: PathBuf, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            wav_files(entry.path(), files)?;
        } else if kind.is_file() && entry.path().extension().is_some_and(|extension| extension == "wav") {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn ear(country: Country) -> Ear {
    let plan = country.plan();
    Ear::Call(Box::new(CallEar {
        tones: Some(CallTones::new(plan.call_tones())),
        voice: None,
        special: Some(SpecialInformation::new(&plan.limits)),
        machine: Some(Machine::new()),
    }))
}

/// Played at another speed and level, as a line carries it.
fn played(signal: &[f32], speed: f64, level_dbm0: f32) -> Vec<u8> {
    let gain = ratio_of_db(level_dbm0 - level::dbm0(signal));
    let count = ((signal.len() as f64 - 1.0) / speed).max(0.0) as usize;
    let sample = |at: usize| {
        let place = at as f64 * speed;
        let (before, part) = (place as usize, (place - place.floor()) as f32);
        (signal[before] * (1.0 - part) + signal[before + 1] * part) * gain
    };
    line::coded(Law::A, &(0..count).map(sample).collect::<Vec<f32>>())
}

impl Tally {
    /// Plays a file in all variants at once, one on a lane for each country.
    fn hear(&mut self, name: &str, signal: &[f32]) {
        const { assert!(VARIANTS * COUNTRIES <= LANES) };
        let variants: Vec<Vec<u8>> = SPEEDS
            .into_iter()
            .flat_map(|speed| LEVELS_DBM0.map(|level_dbm0| played(signal, speed, level_dbm0)))
            .collect();
        let mut ears = Ears::new();
        for lane in 0..VARIANTS * COUNTRIES {
            ears.put(lane as u8, Some(Box::new(ear(Country::ALL[lane % COUNTRIES]))));
        }
        self.files += 1;
        self.samples += variants.iter().map(|variant| variant.len() as u64).sum::<u64>();
        let ticks = variants.iter().map(|variant| variant.len() / OCTETS_PER_TICK).max().unwrap_or_default();
        for at in 0..ticks {
            let tick = |lane: usize| variants.get(lane / COUNTRIES)?.as_chunks().0.get(at).copied();
            let lanes = std::array::from_fn(|lane| tick(lane).unwrap_or([Law::A.silence(); OCTETS_PER_TICK]));
            ears.process(&lanes, Law::A, |lane, heard| {
                let (variant, country) = (usize::from(lane) / COUNTRIES, Country::ALL[usize::from(lane) % COUNTRIES]);
                let (speed, dbm0) = (SPEEDS[variant / LEVELS_DBM0.len()], LEVELS_DBM0[variant % LEVELS_DBM0.len()]);
                let place = format!("{name} at {} s, speed {speed}, {dbm0} dBm0, {country:?}", at / 100);
                self.hits.entry(kind(heard)).or_default().push(place);
            });
        }
    }

    #[allow(clippy::print_stdout)] // what it is for
    fn tell(&self) {
        let hours = self.samples as f64 / RATE_HZ as f64 / 3600.0;
        println!(
            "{} files, {} not read, {hours:.1} hours heard by the ears of each of {COUNTRIES} countries",
            self.files, self.unread
        );
        let release = ["busy", "congestion"];
        for name in release.into_iter().filter(|name| !self.hits.contains_key(*name)) {
            println!("{name}: 0");
        }
        for (kind, places) in &self.hits {
            println!("{kind}: {}", places.len());
            places.iter().take(12).for_each(|place| println!("  {place}"));
        }
    }
}

fn kind(heard: Heard) -> String {
    match heard {
        Heard::BusyTone(evidence) => format!("{:?}", evidence.tone).to_lowercase(),
        Heard::Machine(machine) => format!("{machine:?}"),
        Heard::Ringback => "ringback".to_owned(),
        Heard::Tapped | Heard::Rhythm(_) => unreachable!("no ear here is a tap"),
        Heard::SpecialInformation => "special information".to_owned(),
        Heard::CallerId(_) | Heard::DialTone { .. } | Heard::Voice => "what was not listened for".to_owned(),
    }
}
