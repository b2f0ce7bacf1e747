//! All of G.168 with the box's own canceller: each test at each level on each path, loss and delay, on CSS and on a voice.
//! Prints a table; `./justw standards` keeps it. With words after it, only the tests whose numbers they are, at -10 dBm0.

mod ours;

use std::env;

use ours::Ours;
use standards::{
    g168::{Row, Setup, TESTS, Test},
    peer, wav,
};

/// The levels that are received, in dBm0.
const LEVELS_DBM0: [f32; 3] = [-25.0, -10.0, -3.0];
/// Batches until each path had each loss and delay.
const BATCHES: usize = 4;
/// Samples of the tail.
const TAIL: usize = 512;

#[allow(clippy::print_stdout)] // its output is its result
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted: Vec<String> = env::args().skip(1).collect();
    let path = peer::target("voices/caller.wav");
    let voice = wav::read(&path).map_err(|why| format!("{}: {why}; ./justw voices makes it", path.display()))?;
    println!("| test | part | limit from | received | lines | missed | worst, dB over the limit | its line |");
    println!("|---|---|---|---|---|---|---|---|");
    for test in TESTS.iter().filter(|test| wanted.is_empty() || wanted.iter().any(|number| number == test.number)) {
        for level in LEVELS_DBM0 {
            if wanted.is_empty() || level == -10.0 {
                tell(test, &format!("CSS {level}"), &rows(test, level, None));
            }
        }
        tell(test, "voice -10", &rows(test, -10.0, Some(&voice)));
    }
    Ok(())
}

/// What a test finds on all lines.
fn rows(test: &Test, received_dbm0: f32, voice: Option<&[f32]>) -> Vec<Row> {
    let whole = voice.is_none();
    let batch = |batch| test.run(&mut Ours::new(), &Setup { received_dbm0, tail: TAIL, batch, whole, voice });
    (0..BATCHES).flat_map(batch).collect()
}

#[allow(clippy::print_stdout)] // as above
fn tell(test: &Test, received: &str, rows: &[Row]) {
    let mut parts: Vec<&str> = Vec::new();
    for row in rows {
        if !parts.contains(&row.part) {
            parts.push(row.part);
        }
    }
    for part in parts {
        let of: Vec<&Row> = rows.iter().filter(|row| row.part == part).collect();
        let missed = of.iter().filter(|row| row.over() > 0.0).count();
        let Some(worst) = of.iter().max_by(|one, other| one.over().total_cmp(&other.over())) else { continue };
        println!(
            "| {} | {part} | {} | {received} | {} | {missed} | {:.1} | {} |",
            test.number,
            test.source.name(),
            of.len(),
            worst.over(),
            worst.hybrid.name()
        );
    }
}
