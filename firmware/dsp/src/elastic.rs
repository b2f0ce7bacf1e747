//! Elastic buffers: the audio of a card that runs on a crystal of its own, in the box's ticks and back.
//!
//! Two crystals differ by up to 100 parts in a million: a block too many or too few each minute or two. [`Elastic`] hides
//! them: what the card sends is resampled by the ratio of the clocks, and what the box sends by its inverse. The ratio
//! is not known, only how full the buffer is; a slow servo keeps it near its target and so finds the ratio.
//!
//! Delay each way: a tick and half the filter, 12 ms on average. Quality: distortion and noise lie 75 dB below a tone up to
//! 3 kHz and 60 dB at 3.4 kHz (the tests of [`Resampler`]); G.711 itself reaches 38.
//! Not here: whether a card needs one (`settings`), echo cancelling, which comes before it in the card's own clock.

mod resampler;
mod servo;

use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

pub use resampler::{Resampler, TAPS};
use servo::Servo;

/// One block of all timeslots of a span.
pub type Block = [Octets; LANES];

/// Samples that wait in a buffer after a tick when all is well: a tick, so that a block too few can be borne, and what the
/// filter looks ahead.
const TARGET: f64 = (OCTETS_PER_TICK + TAPS) as f64;
/// Samples in a buffer at most: three ticks and the filter. Beyond that a tick is dropped.
const FULL: f64 = (3 * OCTETS_PER_TICK + TAPS) as f64;
/// Ticks without a block after which the card is gone, and the buffer starts anew with its next block.
const GONE_TICKS: u32 = 5;

/// What became of a tick or block that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It is there.
    Fresh,
    /// It is not: the card sends nothing, or not yet.
    Missing,
}

/// The audio of one span across two clocks, both ways.
#[derive(Clone, Debug)]
pub struct Elastic {
    law: Law,
    inward: Resampler,
    outward: Resampler,
    servo: Servo,
    /// Blocks of the card since the last tick of the box.
    arrived: u32,
    /// Blocks that the card is owed: one for each that it gave.
    owed: u32,
    /// Ticks in a row without enough to make one; `None` before the first block.
    missing: Option<u32>,
    slips: u64,
}

impl Elastic {
    /// A buffer for a span of so many timeslots that has seen nothing. Allocates all that it will ever need.
    pub fn new(law: Law, timeslots: u8) -> Elastic {
        Elastic {
            law,
            inward: Resampler::new(usize::from(timeslots)),
            outward: Resampler::new(usize::from(timeslots)),
            servo: Servo::default(),
            arrived: 0,
            owed: 0,
            missing: None,
            slips: 0,
        }
    }

    /// Takes a block of the card.
    pub fn put_block(&mut self, block: &Block) {
        if self.missing.is_none_or(|ticks| ticks >= GONE_TICKS) {
            self.inward.refill(TARGET);
            self.outward.refill(TARGET);
            (self.arrived, self.owed) = (0, 0);
        }
        self.missing = Some(0);
        self.arrived += 1;
        if self.inward.waiting() > FULL {
            // The newest block is as good to lose as any, and nothing has to be moved for it.
            self.slips += 1;
            return;
        }
        self.inward.put(self.law, block);
    }

    /// The next tick for the box.
    pub fn take_tick(&mut self, tick: &mut Block) -> Flow {
        let Some(missing) = &mut self.missing else { return Flow::Missing };
        self.owed += std::mem::take(&mut self.arrived);
        let ratio = self.servo.ratio();
        if !self.inward.take(self.law, ratio, tick) {
            self.slips += u64::from(*missing == 0);
            *missing = missing.saturating_add(1);
            return Flow::Missing;
        }
        *missing = 0;
        self.servo.process(self.inward.waiting() - TARGET);
        Flow::Fresh
    }

    /// Takes a tick of the box.
    pub fn put_tick(&mut self, tick: &Block) {
        if self.outward.waiting() > FULL {
            // A card that takes nothing: what waits is old already.
            self.outward.refill(TARGET);
        }
        self.outward.put(self.law, tick);
    }

    /// The next block for the card, if it is owed one: it plays as many as it sends.
    pub fn take_block(&mut self, block: &mut Block) -> Flow {
        if self.owed == 0 {
            return Flow::Missing;
        }
        self.owed -= 1;
        // What one way gains the other loses, so one servo does for both; what rounding leaves is drawn in slowly.
        let drift = self.inward.waiting() + self.outward.waiting() - 2.0 * TARGET - self.outward_lead();
        let ratio = (1.0 + drift.clamp(-80.0, 80.0) * DRAW_IN) / self.servo.ratio();
        if !self.outward.take(self.law, ratio, block) {
            self.slips += 1;
            block.fill([self.law.silence(); OCTETS_PER_TICK]);
        }
        Flow::Fresh
    }

    /// How much faster the card's clock is than the box's, in parts per million, as far as it is known.
    pub fn ppm(&self) -> f64 {
        self.servo.ppm()
    }

    /// Ticks that were lost or made up, both ways.
    pub fn slips(&self) -> u64 {
        self.slips
    }

    /// Between a tick of the box and the block of it the outward buffer holds that much more.
    fn outward_lead(&self) -> f64 {
        f64::from(self.owed + 1) * OCTETS_PER_TICK as f64
    }
}

/// How much the outward ratio gives for a sample by which both buffers together are off: a sample an hour is enough.
const DRAW_IN: f64 = 1e-7;
