//! A simulated card: its spans share one clock, and a tick of the world is not always one block of the card.

use frame::{CardSerial, SpanId};

/// A card's clock and what its reader gets.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) serial: CardSerial,
    pub(crate) spans: Vec<SpanId>,
    /// How much faster than the world's tick its crystal runs.
    clock_ppm: i32,
    /// Millionths of a block by which it is ahead.
    ahead_ppm: i32,
    /// Blocks that are late and come with the next.
    withheld: u8,
    late: bool,
    lost: bool,
}

/// Millionths of a block in a block.
const BLOCK_PPM: i32 = 1_000_000;

impl Card {
    pub(crate) fn new(serial: CardSerial, spans: Vec<SpanId>, clock_ppm: i16) -> Card {
        let clock_ppm = i32::from(clock_ppm);
        Card { serial, spans, clock_ppm, ahead_ppm: 0, withheld: 0, late: false, lost: false }
    }

    /// The next block comes one tick late.
    pub(crate) fn delay_a_block(&mut self) {
        self.late = true;
    }

    /// The next block never reaches the box.
    pub(crate) fn lose_a_block(&mut self) {
        self.lost = true;
    }

    /// Whether the block that was just made is to be lost.
    pub(crate) fn loses_this_block(&mut self) -> bool {
        std::mem::take(&mut self.lost)
    }

    /// How many blocks the card makes in this tick of the world: one, but for its crystal and for faults.
    pub(crate) fn blocks_due(&mut self) -> u8 {
        let due = std::mem::take(&mut self.withheld) + self.blocks_of_crystal();
        if std::mem::take(&mut self.late) {
            self.withheld = due;
            return 0;
        }
        due
    }

    fn blocks_of_crystal(&mut self) -> u8 {
        self.ahead_ppm += self.clock_ppm;
        if self.ahead_ppm >= BLOCK_PPM {
            self.ahead_ppm -= BLOCK_PPM;
            2
        } else if self.ahead_ppm <= -BLOCK_PPM {
            self.ahead_ppm += BLOCK_PPM;
            0
        } else {
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(clock_ppm: i16) -> Card {
        Card::new("SIM-1".parse().unwrap(), vec![SpanId(0)], clock_ppm)
    }

    #[test]
    fn an_hour_at_50_ppm_is_18_blocks_more_or_less() {
        for (clock_ppm, expected) in [(0, 360_000), (50, 360_018), (-50, 359_982)] {
            let mut card = card(clock_ppm);
            let blocks: u32 = (0..360_000).map(|_| u32::from(card.blocks_due())).sum();
            assert_eq!(blocks, expected, "{clock_ppm} ppm");
        }
    }

    #[test]
    fn a_late_block_comes_with_the_next() {
        let mut card = card(0);
        card.delay_a_block();
        assert_eq!([card.blocks_due(), card.blocks_due(), card.blocks_due()], [0, 2, 1]);
    }
}
