//! How many blocks a device may move: as many as its crystal makes, or, where it has none, as many as have passed.

use frame::{TICK_US, Time};

/// The pace of an opened device.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// A crystal paces it.
    Device,
    /// It takes and gives whatever is asked of it: one block a tick of the box's clock, from this moment on.
    Clock {
        /// When the next block is due.
        next: Time,
    },
}

/// Blocks that are caught up with after a pause; older ones are given up.
const CATCH_UP: u64 = 8;

impl Pace {
    pub(crate) fn new(has_clock: bool, now: Time) -> Pace {
        if has_clock { Pace::Device } else { Pace::Clock { next: now } }
    }

    /// Whether another block may be moved now; it is counted as moved.
    pub(crate) fn lets(&mut self, now: Time) -> bool {
        let Pace::Clock { next } = self else { return true };
        if now < *next {
            return false;
        }
        let behind_us = now.as_us() - next.as_us();
        if behind_us > CATCH_UP * TICK_US {
            *next = now;
        }
        *next = Time::from_us(next.as_us() + TICK_US);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(pace: &mut Pace, ms: u64) -> usize {
        (0..100).take_while(|_| pace.lets(Time::from_ms(ms))).count()
    }

    #[test]
    fn without_a_crystal_a_block_moves_each_tick_and_a_long_pause_is_not_made_up() {
        let mut pace = Pace::new(false, Time::from_ms(1000));
        assert_eq!([1000, 1005, 1010, 1040].map(|ms| moved(&mut pace, ms)), [1, 0, 1, 3]);
        assert_eq!(moved(&mut pace, 9000), 1, "not 800");
    }

    #[test]
    fn a_crystal_is_its_own_pace() {
        assert_eq!(moved(&mut Pace::new(true, Time::ZERO), 0), 100);
    }
}
