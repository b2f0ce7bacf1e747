//! What listens to the lines of one span. Ears are made by call control, put in here, and given back to be freed.

use dsp::ear::{self, Ear};
use frame::{LaneId, SpanTick, Timeslot};

use super::command::MediaEvent;

/// At most one ear a lane.
pub(super) struct Ears {
    ears: ear::Ears,
}

impl Ears {
    pub(super) fn new() -> Ears {
        Ears { ears: ear::Ears::new() }
    }

    /// Puts an ear on a lane, or takes it away; the one that was there.
    pub(super) fn put(&mut self, timeslot: Timeslot, ear: Option<Box<Ear>>) -> Option<Box<Ear>> {
        self.ears.put(timeslot.0, ear)
    }

    /// Whether a lane has an ear.
    pub(super) fn open(&self, timeslot: usize) -> bool {
        self.ears.open() >> timeslot & 1 == 1
    }

    /// Lanes whose line is measured, as bits.
    pub(super) fn tapped(&self) -> u32 {
        self.ears.tapped()
    }

    /// Forgets what was heard on all lanes.
    pub(super) fn reset(&mut self) {
        self.ears.reset();
    }

    /// Hears one tick of each lane.
    pub(super) fn process(&mut self, ticks: &SpanTick, tell: &mut impl FnMut(MediaEvent)) {
        self.ears.process(&ticks.clean, ticks.law, |timeslot, heard| {
            tell(MediaEvent::Heard { lane: LaneId::new(ticks.span, Timeslot(timeslot)), heard });
        });
    }
}
