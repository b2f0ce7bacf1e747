//! Talk-off: hours of speech and music through the DTMF receivers, at many levels and speeds, ours and SpanDSP's.
//! Prints a table; `./justw talk-off` keeps it. Words after it choose files by their path.

use std::{env, error::Error, path::PathBuf};

use dsp::dtmf::{Detector, Edge};
use frame::{LANES, Law};
use standards::{RATE_HZ, corpus, line, peer};

/// Of what is loud in a file, in dBm0: from a shout to a far telephone.
const LEVELS_DBM0: [f32; 8] = [-3.0, -8.0, -13.0, -18.0, -23.0, -28.0, -33.0, -38.0];
/// In percent: from a giant's voice to a small child's, and music in other keys. The receiver's rules were chosen with those that five
/// divides; the others came after.
const SPEEDS: [&[usize]; 8] = [
    &[100],
    &[85],
    &[115],
    &[130],
    &[62, 65, 67, 70, 72, 75, 77, 80],
    &[82, 87, 90, 92, 95, 97],
    &[103, 105, 108, 110, 113, 118, 120],
    &[123, 125, 128, 133, 135, 140, 143, 145],
];
/// Silence after each file, so that a digit can't begin in one and end in the next: 200 ms.
const BETWEEN: usize = RATE_HZ / 5;

/// What a part of the corpus came to.
#[derive(Default)]
struct Count {
    samples: usize,
    ours: usize,
    /// Of SpanDSP, where it heard this part: it takes a program a file.
    theirs: Option<usize>,
}

impl Count {
    fn add(&mut self, other: &Count) {
        self.samples += other.samples;
        self.ours += other.ours;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = env::args().skip(1).collect();
    let files: Vec<PathBuf> = [corpus::files("corpus")?, corpus::files("voices")?].concat();
    let named = |file: &PathBuf| {
        let name = file.to_string_lossy();
        wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()))
    };
    let files: Vec<PathBuf> = files.into_iter().filter(named).collect();
    head();
    let mut all = Count::default();
    for speeds in SPEEDS {
        let alone = speeds.len() == 1;
        let mut count = Count { theirs: alone.then_some(0), ..Count::default() };
        for &speed in speeds {
            at_speed(&files, speed, &mut count)?;
        }
        row(&name_of(speeds), &count);
        all.add(&count);
    }
    row("all", &all);
    Ok(())
}

fn name_of(speeds: &[usize]) -> String {
    match speeds {
        [speed] => format!("{speed} %"),
        [first, .., last] => format!("{first} to {last} %"),
        [] => String::new(),
    }
}

fn at_speed(files: &[PathBuf], speed: usize, count: &mut Count) -> Result<(), Box<dyn Error>> {
    for file in files {
        let signal = corpus::at_speed(&corpus::read(file)?, speed);
        let lanes: Vec<Vec<u8>> = LEVELS_DBM0
            .map(|level_dbm0| {
                let mut signal = corpus::at_loud_dbm0(&signal, level_dbm0);
                signal.extend([0.0; BETWEEN]);
                line::coded(Law::A, &signal)
            })
            .into();
        count.samples += lanes.iter().map(Vec::len).sum::<usize>();
        count.ours += ours(&lanes);
        if let Some(heard) = &mut count.theirs {
            *heard += theirs(&lanes)?;
        }
    }
    Ok(())
}

fn ours(lanes: &[Vec<u8>]) -> usize {
    let mut detector = Detector::new();
    let active = (1_u32 << lanes.len().min(LANES - 1)) - 1;
    let mut hits = 0;
    for tick in line::ticks(Law::A, lanes) {
        detector.process(&tick, Law::A, active, |_, _, edge, _| hits += usize::from(edge == Edge::Begin));
    }
    hits
}

fn theirs(lanes: &[Vec<u8>]) -> Result<usize, Box<dyn Error>> {
    let signal: Vec<f32> = lanes.iter().flat_map(|octets| line::decoded(Law::A, octets)).collect();
    let answer = peer::run("dtmf_peer", &["hear"], peer::octets(&signal))?;
    Ok(answer.out.iter().filter(|octet| !octet.is_ascii_whitespace()).count())
}

#[allow(clippy::print_stdout)] // its output is its result
fn head() {
    println!("| speed | hours | digits heard | by SpanDSP |");
    println!("|---|---|---|---|");
}

#[allow(clippy::print_stdout)] // as above
fn row(name: &str, count: &Count) {
    let hours = count.samples as f64 / (RATE_HZ * 3600) as f64;
    let theirs = count.theirs.map_or("–".to_owned(), |theirs| theirs.to_string());
    println!("| {name} | {hours:.1} | {} | {theirs} |", count.ours);
}
