//! What is measured on: read speech, and nothing at all; a tick of a span at a time.

use std::error::Error;

use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::{RATE_HZ, line, line::Lanes, peer, wav};

/// Ticks of a second.
pub const TICKS_PER_S: usize = RATE_HZ / OCTETS_PER_TICK;

/// A reader on every timeslot, each at another place of the text.
pub fn speech(law: Law, seconds: usize) -> Result<Vec<Lanes>, Box<dyn Error>> {
    let path = peer::target("voices/caller.wav");
    let voice = wav::read(&path).map_err(|why| format!("{why}; ./justw voices makes {}", path.display()))?;
    Ok(line::staggered(law, &voice, seconds * RATE_HZ))
}

/// One tick in which nothing is said.
pub fn silence(law: Law) -> Lanes {
    [[law.silence(); OCTETS_PER_TICK]; LANES]
}
