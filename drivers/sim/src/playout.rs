//! What a card keeps of the box's audio until the line takes it, one tick at a time.
//!
//! A real card is prefilled with [`PREFILL`] blocks so that a box that is late by less than that is not heard
//! (design/media.md, "Delay by construction"). The simulated card has the same delay, exact to the sample.

use std::collections::VecDeque;

use frame::Law;

use crate::lanes::{Lanes, silent};

/// Blocks between the box's write and the line: P of design/media.md.
pub const PREFILL: usize = 2;

/// DAHDI's buffers are set to eight blocks; a box that writes more overruns the card.
const CAPACITY: usize = 8;

/// What [`Playout::write`] and [`Playout::play`] found wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Even,
    /// The oldest block was dropped, or silence was invented.
    Slipped,
}

/// The blocks that wait for the line.
#[derive(Clone, Debug)]
pub(crate) struct Playout {
    blocks: VecDeque<Lanes>,
    silence: Lanes,
}

impl Playout {
    pub(crate) fn new(law: Law) -> Playout {
        let mut playout = Playout { blocks: VecDeque::with_capacity(CAPACITY), silence: silent(law) };
        playout.restart();
        playout
    }

    /// Flushes, and prefills with silence: what a box does when it opens the card.
    pub(crate) fn restart(&mut self) {
        self.blocks.clear();
        self.blocks.extend([self.silence; PREFILL]);
    }

    /// Takes a block of the box.
    pub(crate) fn write(&mut self, block: &Lanes) -> Flow {
        let full = self.blocks.len() == CAPACITY;
        if full {
            self.blocks.pop_front();
        }
        self.blocks.push_back(*block);
        if full { Flow::Slipped } else { Flow::Even }
    }

    /// Gives the line its next block.
    pub(crate) fn play(&mut self) -> (Lanes, Flow) {
        match self.blocks.pop_front() {
            Some(block) => (block, Flow::Even),
            None => (self.silence, Flow::Slipped),
        }
    }

    /// Silence, without using up a block: nobody writes.
    pub(crate) fn rest(&self) -> Lanes {
        self.silence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_out_two_blocks_after_it_went_in() {
        let mut playout = Playout::new(Law::A);
        for number in 0..100_u8 {
            assert_eq!(playout.write(&[[number; 80]; 32]), Flow::Even);
            let expected = if number < 2 { Law::A.silence() } else { number - 2 };
            assert_eq!(playout.play(), ([[expected; 80]; 32], Flow::Even));
        }
    }

    #[test]
    fn too_few_and_too_many_blocks_are_told() {
        let mut playout = Playout::new(Law::A);
        assert_eq!([playout.play().1, playout.play().1, playout.play().1], [Flow::Even, Flow::Even, Flow::Slipped]);
        let flows: Vec<Flow> = (0..9).map(|number| playout.write(&[[number; 80]; 32])).collect();
        assert_eq!(flows.iter().filter(|flow| **flow == Flow::Slipped).count(), 1);
        assert_eq!(playout.play().0[0][0], 1, "the oldest is the one that was lost");
    }
}
