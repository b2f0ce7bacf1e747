//! Conceals blocks that a span did not bring: the last pitch periods again, fading, and joined to what comes after.
//!
//! Source: ITU-T G.711 Appendix I: the period is sought among 5 to 15 ms by the last 20 ms; one period is repeated for
//! 10 ms, two for the next 10, then three; from 10 ms on it fades by a fifth each 10 ms, so that 60 ms end in silence;
//! afterwards 4 ms are cross-faded for each block that was missing, at most a block.
//! Departure: Appendix I holds all speech back by 3.75 ms to bend the last of it towards the first repetition. Nothing
//! is held back here; instead what the repetition is off by where it begins fades within a quarter of a period.
//!
//! 8 kHz, ticks of 80 octets in the span's law, no delay. Not here: that the tick is marked in the recording, and lines
//! in alarm, which are silent at once (the media plane).

mod pitch;
mod repetition;

use codec::decode_table;
use fearless_simd::Level;
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

use repetition::Repetition;

/// Ticks of the past that are kept: three periods of 15 ms and a quarter of one.
const PAST_TICKS: usize = 5;
/// The same in samples.
const PAST: usize = PAST_TICKS * OCTETS_PER_TICK;

/// Linear samples of the past, the oldest first.
type Past = [i16; PAST];

/// The lanes of one span.
#[derive(Clone, Debug)]
pub struct Concealer {
    level: Level,
    law: Law,
    /// What was passed on of each lane, a ring.
    past: Box<[[Octets; LANES]; PAST_TICKS]>,
    /// The tick of it that comes next: the oldest.
    next: usize,
    /// How many ticks of the past each lane has.
    known: [u8; LANES],
    /// Blocks in a row that did not come.
    missing: usize,
    /// Lanes with something to repeat, as bits.
    repeating: u32,
    repetitions: Box<[Repetition; LANES]>,
}

impl Concealer {
    /// Lanes without a past. Allocates all that it will ever need.
    pub fn new(law: Law) -> Concealer {
        Concealer::with_level(Level::new(), law)
    }

    /// One for each set of vector instructions that this processor has. All of them make the same octets.
    pub fn of_every_level(law: Law) -> Vec<Concealer> {
        codec::lanes::levels().into_iter().map(|level| Concealer::with_level(level, law)).collect()
    }

    fn with_level(level: Level, law: Law) -> Concealer {
        Concealer {
            level,
            law,
            past: Box::new([[[law.silence(); OCTETS_PER_TICK]; LANES]; PAST_TICKS]),
            next: 0,
            known: [0; LANES],
            missing: 0,
            repeating: 0,
            repetitions: Box::new(std::array::from_fn(|_| Repetition::new())),
        }
    }

    /// Takes a tick that came, of the lanes whose bits are set in `active`. After a missing one its beginning is joined to
    /// what was made up.
    pub fn process(&mut self, lanes: &mut [Octets; LANES], active: u32) {
        for lane in bits(self.repeating & active) {
            self.repetitions[lane].join(self.law, self.missing, &mut lanes[lane]);
        }
        (self.missing, self.repeating) = (0, 0);
        self.remember(lanes, active);
    }

    /// Makes up a tick that did not come. Lanes that are not known for as long as the past are silent.
    pub fn conceal(&mut self, lanes: &mut [Octets; LANES], active: u32) {
        if self.missing == 0 {
            self.begin(active);
        }
        self.repeating &= active;
        for lane in bits(active) {
            if self.repeating >> lane & 1 == 1 {
                self.repetitions[lane].process(self.law, self.missing, &mut lanes[lane]);
            } else {
                lanes[lane] = [self.law.silence(); OCTETS_PER_TICK];
            }
        }
        self.missing = self.missing.saturating_add(1);
        self.remember(lanes, active);
    }

    /// Forgets a lane: nobody may hear of the call before.
    pub fn reset_lane(&mut self, lane: usize) {
        self.known[lane] = 0;
        self.repeating &= !(1 << lane);
    }

    /// Forgets all lanes.
    pub fn reset(&mut self) {
        self.known = [0; LANES];
        (self.missing, self.repeating) = (0, 0);
    }

    fn begin(&mut self, active: u32) {
        for lane in bits(active).filter(|&lane| usize::from(self.known[lane]) == PAST_TICKS) {
            let past = self.past_of(lane);
            self.repetitions[lane].begin(past, pitch::find(self.level, &past));
            self.repeating |= 1 << lane;
        }
    }

    fn past_of(&self, lane: usize) -> Past {
        let table = decode_table(self.law);
        let mut past = [0; PAST];
        for (tick, samples) in past.chunks_exact_mut(OCTETS_PER_TICK).enumerate() {
            let octets = &self.past[(self.next + tick) % PAST_TICKS][lane];
            for (sample, octet) in samples.iter_mut().zip(octets) {
                *sample = table[usize::from(*octet)];
            }
        }
        past
    }

    fn remember(&mut self, lanes: &[Octets; LANES], active: u32) {
        for (lane, known) in self.known.iter_mut().enumerate() {
            if active >> lane & 1 == 0 {
                *known = 0;
                continue;
            }
            self.past[self.next][lane] = lanes[lane];
            *known = (*known + 1).min(PAST_TICKS as u8);
        }
        self.next = (self.next + 1) % PAST_TICKS;
    }
}

/// The lanes whose bits are set.
fn bits(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(lane)
    })
}
