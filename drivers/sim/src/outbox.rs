//! Where the parts of the world put what goes out, in the order in which it happened.

use std::collections::VecDeque;

use frame::{LaneId, SpanId, Time, Timeslot};
use line::{Event, FrameFault, LineEvent};

use crate::operator::{OperatorEvent, Told};

/// What the world gives.
#[derive(Clone, Debug, PartialEq)]
pub enum WorldOutput {
    /// A D-channel frame for the box.
    FrameToBox {
        /// On which span.
        span: SpanId,
        /// Without its check sequence.
        octets: Vec<u8>,
    },
    /// A frame that arrives damaged at the box.
    BadFrameToBox {
        /// On which span.
        span: SpanId,
        /// How.
        fault: FrameFault,
    },
    /// A line event for the box.
    EventToBox(LineEvent),
    /// A D-channel frame for the outside exchange of a span.
    FrameToPeer {
        /// Which span.
        span: SpanId,
        /// Without its check sequence.
        octets: Vec<u8>,
    },
    /// Something for the operator.
    Told(OperatorEvent),
}

/// Outputs that wait, and the moment they happen in. Drained after every input, so it stays short.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) now: Time,
    outputs: VecDeque<WorldOutput>,
}

impl Outbox {
    pub(crate) fn push(&mut self, output: WorldOutput) {
        self.outputs.push_back(output);
    }

    pub(crate) fn pop(&mut self) -> Option<WorldOutput> {
        self.outputs.pop_front()
    }

    /// An event of one lane.
    pub(crate) fn event(&mut self, lane: LaneId, event: Event) {
        let LaneId { span, timeslot } = lane;
        self.push(WorldOutput::EventToBox(LineEvent { span, timeslot, at: self.now, event }));
    }

    /// An event of a whole span.
    pub(crate) fn span_event(&mut self, span: SpanId, event: Event) {
        self.event(LaneId::new(span, Timeslot(0)), event);
    }

    pub(crate) fn tell(&mut self, told: Told) {
        self.push(WorldOutput::Told(OperatorEvent { at: self.now, told }));
    }
}
