//! What listens to the outside lines of one span. Ears are made by call control, put in here, and given back to be freed.

use std::array;

use dsp::ear::Ear;
use frame::{LANES, LaneId, SpanTick, Timeslot};

use super::command::MediaEvent;

/// At most one ear a lane.
pub(super) struct Ears {
    ears: [Option<Box<Ear>>; LANES],
    /// Lanes that have one, as bits, so that a span without any costs nothing.
    open: u32,
}

impl Ears {
    pub(super) fn new() -> Ears {
        Ears { ears: array::from_fn(|_| None), open: 0 }
    }

    /// Puts an ear on a lane, or takes it away; the one that was there.
    pub(super) fn put(&mut self, timeslot: Timeslot, ear: Option<Box<Ear>>) -> Option<Box<Ear>> {
        let Some(place) = self.ears.get_mut(usize::from(timeslot.0)) else { return ear };
        let bit = 1 << timeslot.0;
        if ear.is_some() {
            self.open |= bit;
        } else {
            self.open &= !bit;
        }
        std::mem::replace(place, ear)
    }

    /// Whether a lane has an ear.
    pub(super) fn open(&self, timeslot: usize) -> bool {
        self.open >> timeslot & 1 == 1
    }

    /// Forgets what was heard on all lanes.
    pub(super) fn reset(&mut self) {
        self.ears.iter_mut().flatten().for_each(|ear| ear.reset());
    }

    /// Hears one tick of each lane.
    pub(super) fn process(&mut self, ticks: &SpanTick, tell: &mut impl FnMut(MediaEvent)) {
        let mut left = self.open;
        while left != 0 {
            let timeslot = left.trailing_zeros() as usize;
            left &= left - 1;
            let heard = self.ears[timeslot].as_mut().and_then(|ear| ear.process(&ticks.clean[timeslot]));
            if let Some(heard) = heard {
                tell(MediaEvent::Heard { lane: LaneId::new(ticks.span, Timeslot(timeslot as u8)), heard });
            }
        }
    }
}
