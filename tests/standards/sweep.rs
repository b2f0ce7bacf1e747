//! All of G.168 with the box's own canceller: each test at each level on each path, loss and delay, on CSS and on a voice.
//! Then the other tails and the other law beside them, at -10 dBm0. Prints tables; `./justw standards` keeps them. With words after it, only the tests whose numbers they are, at -10 dBm0.

mod ours;

use std::env;

use dsp::echo::Tail;
use frame::Law;
use ours::Ours;
use standards::{
    g168::{Row, Setup, TESTS, Test},
    peer, wav,
};

/// The levels that are received, in dBm0.
const LEVELS_DBM0: [f32; 3] = [-25.0, -10.0, -3.0];
/// Batches until each path had each loss and delay.
const BATCHES: usize = 4;
/// What the box has where nothing else is said: 64 ms, A-law.
const USUAL: (Tail, Law) = (Tail::Ms64, Law::A);
/// What else it can have.
const OTHERS: [(Tail, Law); 3] = [(Tail::Ms32, Law::A), (Tail::Ms128, Law::A), (Tail::Ms64, Law::Mu)];

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
                tell(test, &format!("CSS {level}"), &rows(test, USUAL, level, None));
            }
        }
        tell(test, "voice -10", &rows(test, USUAL, -10.0, Some(&voice)));
    }
    if wanted.is_empty() {
        beside_each_other();
    }
    Ok(())
}

/// What a test finds on all lines.
fn rows(test: &Test, (tail, law): (Tail, Law), received_dbm0: f32, voice: Option<&[f32]>) -> Vec<Row> {
    let setup = |batch| Setup { received_dbm0, tail: tail.samples(), batch, whole: voice.is_none(), voice };
    (0..BATCHES).flat_map(|batch| test.run(&mut Ours::new(tail, law), &setup(batch))).collect()
}

#[allow(clippy::print_stdout)] // as above
fn tell(test: &Test, received: &str, rows: &[Row]) {
    for (part, of) in parts(rows) {
        let (missed, worst) = missed(&of);
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

/// Each test with every tail and law.
#[allow(clippy::print_stdout)] // as above
fn beside_each_other() {
    println!("\nLines missed of 128, and the worst over the limit in dB, on CSS at -10 dBm0:\n");
    println!("| test | part | 64 ms, A | 32 ms, A | 128 ms, A | 64 ms, µ |");
    println!("|---|---|---|---|---|---|");
    for test in &TESTS {
        let all = [[USUAL].as_slice(), &OTHERS].concat();
        let all: Vec<Vec<Row>> = all.into_iter().map(|with| rows(test, with, -10.0, None)).collect();
        for (part, _) in parts(&all[0]) {
            let told = all.iter().map(|rows| {
                let of: Vec<&Row> = rows.iter().filter(|row| row.part == part).collect();
                let (missed, worst) = missed(&of);
                format!(" {missed}; {:.1} |", worst.over())
            });
            println!("| {} | {part} |{}", test.number, told.collect::<String>());
        }
    }
}

/// The rows of each part, in their order.
fn parts(rows: &[Row]) -> Vec<(&'static str, Vec<&Row>)> {
    let mut parts: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in rows {
        match parts.iter_mut().find(|(part, _)| *part == row.part) {
            Some((_, of)) => of.push(row),
            None => parts.push((row.part, vec![row])),
        }
    }
    parts
}

/// How many rows are missed, and the worst one. A part has rows.
fn missed<'a>(of: &[&'a Row]) -> (usize, &'a Row) {
    let worst = of.iter().max_by(|one, other| one.over().total_cmp(&other.over()));
    (of.iter().filter(|row| row.over() > 0.0).count(), worst.expect("a part has rows"))
}
