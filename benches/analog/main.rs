//! Telephones and outside lines in four figures: features whose transcripts pass, lines that are let go by mistake, caller ids
//! that arrive, rings above the card's current.
//!
//! `./justw bench analog` measures all; `cargo bench -p analog-bench --bench analog --profile ship -- caller_id` the named
//! ones. Everything is reckoned or played in virtual time, so a busy machine changes nothing but how long it takes.

mod caller_id;
mod feature_table;
mod features;
#[path = "../figure.rs"]
mod figure;
mod release;
mod ring;

use std::{env, error::Error};

/// A part, and what measures it.
type Part = (&'static str, fn() -> Result<(), Box<dyn Error>>);

/// All parts, in the order of the figures.
const PARTS: [Part; 4] = [
    ("ring", ring::measure),
    ("caller_id", caller_id::measure),
    ("release", release::measure),
    ("features", features::measure),
];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds options of its own.
    let named: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let Some(unknown) = named.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        return Err(format!("no part is named {unknown}").into());
    }
    for (_, measure) in PARTS.iter().filter(|(part, _)| named.is_empty() || named.iter().any(|name| name == part)) {
        measure()?;
    }
    Ok(())
}
