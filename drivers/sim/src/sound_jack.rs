//! A sound card with someone at its device: a handset's user, a radio, a room with a loudspeaker.
//!
//! The device comes and goes by a fault. While it is away its card brings no block, as `drivers/sound` does.

use frame::{LaneId, SpanId, Timeslot};
use line::{DeviceState, Event};

use crate::{lanes::Lanes, outbox::Outbox, party::Party};

/// The one jack of a sound card.
#[derive(Clone, Debug)]
pub(crate) struct SoundJack {
    pub(crate) party: Party,
    span: SpanId,
    state: DeviceState,
}

impl SoundJack {
    pub(crate) fn new(span: SpanId, law: frame::Law) -> SoundJack {
        let party = Party::new(LaneId::new(span, Timeslot(0)), law);
        SoundJack { party, span, state: DeviceState::There }
    }

    /// Whether the device is there.
    pub(crate) fn is_there(&self) -> bool {
        self.state == DeviceState::There
    }

    /// The device is like this from now on.
    pub(crate) fn set(&mut self, state: DeviceState, out: &mut Outbox) {
        self.state = state;
        self.snapshot(out);
    }

    pub(crate) fn snapshot(&self, out: &mut Outbox) {
        out.span_event(self.span, Event::Device(self.state));
    }

    pub(crate) fn tick(&mut self, heard: &Lanes, said: &mut Lanes, out: &mut Outbox) {
        if self.is_there() {
            self.party.tick(&heard[0], &mut said[0], out);
        }
    }
}
