//! Talk-off: hours of speech and music through the DTMF receivers, at many levels and speeds, ours and SpanDSP's.
//! Prints a table; `./justw talk-off` keeps it. Words after it choose files by their path.

use std::{env, error::Error, path::PathBuf};

use dsp::dtmf::{Detector, Edge};
use frame::{LANES, Law};
use standards::{RATE_HZ, corpus, line, peer};

/// Of what is loud in a file, in dBm0: from a shout to a far telephone.
const LEVELS_DBM0: [f32; 8] = [-3.0, -8.0, -13.0, -18.0, -23.0, -28.0, -33.0, -38.0];
/// In percent: from a deep voice to a child's.
const SPEEDS: [usize; 4] = [100, 85, 115, 130];
/// Silence after each file, so that a digit can't begin in one and end in the next: 200 ms.
const BETWEEN: usize = RATE_HZ / 5;

/// What a part of the corpus came to.
#[derive(Default)]
struct Count {
    samples: usize,
    ours: usize,
    theirs: usize,
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
    for speed in SPEEDS {
        let count = at_speed(&files, speed)?;
        row(&format!("{speed} %"), &count);
        all.samples += count.samples;
        all.ours += count.ours;
        all.theirs += count.theirs;
    }
    row("all", &all);
    Ok(())
}

fn at_speed(files: &[PathBuf], speed: usize) -> Result<Count, Box<dyn Error>> {
    let mut count = Count::default();
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
        count.theirs += theirs(&lanes)?;
    }
    Ok(count)
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
    println!("| {name} | {hours:.1} | {} | {} |", count.ours, count.theirs);
}
