//! A day of 30 calls a second over a bad line. Tells each hour, and at the end the line that stands in docs/soak.md.
//!
//! `./justw soak` draws a seed by the clock; `./justw soak 7` takes that one.

mod allocator;

use std::{
    env,
    error::Error,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use isdn_bench::{
    heap,
    soak::{ROUND, ROUNDS_OF_AN_HOUR, Soak},
};

#[allow(clippy::print_stdout)] // its output is its result
fn main() -> Result<(), Box<dyn Error>> {
    let seed = seed()?;
    println!("A day of 30 calls a second over a bad line, in virtual time; seed {seed}.");
    let (begin, before) = (Instant::now(), heap::live());
    let mut soak = Soak::new(seed);
    let fresh = heap::live() - before;
    for hour in 1..=24 {
        (0..ROUNDS_OF_AN_HOUR).for_each(|_| soak.round(ROUND));
        println!("{hour:2} h: {}", soak.tally());
    }
    let tally = soak.tally();
    let (peak, after) = (heap::peak() - before, heap::live() - before);
    drop(soak);
    let leaked = heap::live() - before;
    println!(
        "soak {tally}, peak bytes {peak}, bytes fresh {fresh}, after the day {after}, leaked {leaked}, seed {seed}"
    );
    println!("({} s)", begin.elapsed().as_secs());
    Ok(())
}

fn seed() -> Result<u64, Box<dyn Error>> {
    match env::args().nth(1) {
        Some(given) => given.parse().map_err(|_| format!("{given:?} is no seed: a seed is a number").into()),
        None => Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs()),
    }
}
