//! G.722 and G.726 against SpanDSP and FFmpeg, bit for bit, on hours of speech and music, a minute of each hard signal, and a
//! minute of codes that nobody would send. Prints a table; `./justw codecs` keeps it. Ends with an error if a bit differs.

use std::{error::Error, path::PathBuf};

use codec::g726::Rate;
use standards::{
    RATE_HZ,
    codecs::{self, Compared, Form, WIDE_PEAK, signals},
    corpus,
    peer::PeerError,
};

/// Samples of a hard signal, and codes: a minute at 8 kHz.
const MINUTE: usize = 60 * RATE_HZ;

/// Signals and codes of sixteen channels each.
struct Load {
    signals: Vec<Vec<i16>>,
    codes: Vec<Vec<u8>>,
}

#[allow(clippy::print_stdout)] // its output is its result
fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<PathBuf> = [corpus::files("corpus")?, corpus::files("voices")?].concat();
    let mut voice = Vec::new();
    for file in &files {
        voice.extend(corpus::read(file)?);
    }
    println!("| | against | hours of speech | held | differ | at a limit |");
    println!("|---|---|---|---|---|---|");
    let hours = voice.len() as f64 / RATE_HZ as f64 / 3600.0;
    let mut differ = 0;
    for (rate, form) in Rate::ALL.into_iter().flat_map(|rate| Form::ALL.map(|form| (rate, form))) {
        let run = |load: &Load| codecs::g726_spandsp(rate, form, &load.signals, &load.codes);
        let compared = compared(&voice, rate.bits(), i16::MAX, true, run)?;
        differ += tell(&format!("G.726, {} kbit/s, {form:?}", rate.bits() * 8), "SpanDSP", hours, compared);
    }
    // At 16 kHz the same samples are half as long.
    let spandsp = compared(&voice, 8, WIDE_PEAK, false, |load| codecs::g722_spandsp(&load.signals, &load.codes))?;
    differ += tell("G.722, modes 1 to 3", "SpanDSP", hours / 2.0, spandsp);
    let ffmpeg = compared(&voice, 8, WIDE_PEAK, false, |load| codecs::g722_ffmpeg(&load.signals, &load.codes))?;
    differ += tell("G.722, modes 1 to 3", "FFmpeg", hours / 2.0, ffmpeg);
    if differ > 0 { Err("a bit differs".into()) } else { Ok(()) }
}

/// Speech, the hard signals, and codes: lasting ones where the others can be held to them.
fn compared(
    voice: &[f32],
    bits: u32,
    peak: i16,
    lasting: bool,
    run: impl Fn(&Load) -> Result<Compared, PeerError>,
) -> Result<Compared, PeerError> {
    let codes = signals::codes(1, bits, MINUTE);
    let speech = run(&Load { signals: signals::spoken(voice, peak), codes })?;
    let codes = if lasting { signals::lasting_codes(2, bits, MINUTE) } else { signals::codes(2, bits, MINUTE) };
    Ok(speech.and(run(&Load { signals: signals::all(voice, MINUTE, peak), codes })?))
}

/// How many differ.
#[allow(clippy::print_stdout)] // as above
fn tell(what: &str, against: &str, hours: f64, compared: Compared) -> u64 {
    let Compared { held, differ, limited } = compared;
    println!("| {what} | {against} | {hours:.1} | {held} | {differ} | {limited} |");
    differ
}
