//! What can break: cables, frames, blocks. Everything that is left to chance comes from one seed.

use frame::{CardSerial, LaneId, SpanId};
use line::DeviceState;

use crate::wires::Wires;

/// Something breaks, or is repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The cable of an E1 is cut, or joined again.
    Cable {
        /// Which span.
        span: SpanId,
        /// Whether it is cut from now on.
        cut: bool,
    },
    /// So many of a thousand D-channel frames do not arrive, in each direction.
    Frames {
        /// Which span.
        span: SpanId,
        /// Frames of a thousand that vanish.
        lost_permille: u16,
        /// Frames of a thousand that arrive with a wrong check sequence: the box's driver tells of those, the
        /// exchange's drops them.
        damaged_permille: u16,
    },
    /// Something is wrong with the two wires of an analog jack, or is not any more. Nobody is in a call there.
    Wires {
        /// Which jack.
        lane: LaneId,
        /// How they are from now on.
        wires: Wires,
    },
    /// The device of a sound card is pulled, taken by another program, or there again.
    Device {
        /// Which span.
        span: SpanId,
        /// How it is from now on.
        state: DeviceState,
    },
    /// The card's next block comes one tick late, with the one after it.
    LateBlock {
        /// Which card.
        card: CardSerial,
    },
    /// The card's next block never comes; the card tells of a slip.
    LostBlock {
        /// Which card.
        card: CardSerial,
    },
}

/// What happens to one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    Lost,
    Damaged,
}

/// How bad a D-channel is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise {
    pub(crate) lost_permille: u16,
    pub(crate) damaged_permille: u16,
}

impl Noise {
    pub(crate) fn fate(self, dice: &mut Dice) -> Fate {
        let throw = dice.below(1000);
        if throw < self.lost_permille {
            Fate::Lost
        } else if throw < self.lost_permille.saturating_add(self.damaged_permille) {
            Fate::Damaged
        } else {
            Fate::Arrives
        }
    }
}

/// Numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014), enough for faults and the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number from 0 to `bound` − 1. Its bias is under `bound` / 2^64.
    pub(crate) fn below(&mut self, bound: u16) -> u16 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z % u64::from(bound)) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_as_many_frames_are_lost_as_asked_and_the_same_ones_from_the_same_seed() {
        let noise = Noise { lost_permille: 50, damaged_permille: 100 };
        let fates = |seed| -> Vec<Fate> {
            let mut dice = Dice::new(seed);
            (0..10_000).map(|_| noise.fate(&mut dice)).collect()
        };
        let count = |fate| fates(1).into_iter().filter(|one| *one == fate).count();
        assert!((400..600).contains(&count(Fate::Lost)), "{}", count(Fate::Lost));
        assert!((850..1150).contains(&count(Fate::Damaged)), "{}", count(Fate::Damaged));
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }
}
