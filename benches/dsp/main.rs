//! What signal processing costs a timeslot: each part on read speech and on its worst signal, at 3, 15 and 30 timeslots in
//! use of each span, one span and fifteen, in turn with what others have.
//!
//! `./justw bench dsp` measures all parts; `cargo bench -p dsp-bench --bench dsp --profile ship -- dtmf` the named ones.
//! Processor time of the measuring thread, so that a busy machine counts less.

mod codec;
mod dtmf;
mod echo;
mod echo_quality;
#[path = "../figure.rs"]
mod figure;
mod mix;
mod progress;
mod references;
mod signals;
mod timeslot;
mod turns;

use std::{env, error::Error};

/// A part, and what measures it.
type Part = (&'static str, fn() -> Result<(), Box<dyn Error>>);

/// All parts, in the order of the figures.
const PARTS: [Part; 7] = [
    ("echo", echo::measure),
    ("echo_quality", echo_quality::measure),
    ("dtmf", dtmf::measure),
    ("progress", progress::measure),
    ("codec", codec::measure),
    ("mix", mix::measure),
    ("timeslot", timeslot::measure),
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
