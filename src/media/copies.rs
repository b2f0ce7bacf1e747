//! What callers say who leave a message: copied out of the ticks to the thread that keeps it.
//!
//! A ring of its own, so that neither the recorder nor its disk has to do with it. What finds no room is counted and left
//! out; the numbers of those that come show the gap.

use frame::{LANES, LaneId, Law, MessageId, Octets, SpanTick, Tick};

/// Ticks of messages that wait for the thread that keeps them: ten callers for eight seconds, while a disk makes a second of
/// each durable. 850 KB.
pub const COPY_RING: usize = 8192;

/// What one caller said in one tick. Nothing prints it.
#[derive(Clone, Copy)]
pub struct Copied {
    /// The message.
    pub message: MessageId,
    /// How many ticks of the message there were before it, those that found no room among them.
    pub no: u32,
    /// The tick.
    pub tick: Tick,
    /// How it is coded.
    pub law: Law,
    /// What was said.
    pub octets: Octets,
}

/// The lanes that are copied, and how many ticks of each were: as many rows as there may be lanes, made at the start.
#[derive(Debug)]
pub(super) struct Copies(Vec<(LaneId, MessageId, u32)>);

impl Copies {
    pub(super) fn new(spans: usize) -> Copies {
        Copies(Vec::with_capacity(spans * LANES))
    }

    pub(super) fn set(&mut self, lane: LaneId, to: Option<MessageId>) {
        self.0.retain(|(of, ..)| *of != lane);
        if let Some(message) = to.filter(|_| self.0.len() < self.0.capacity()) {
            self.0.push((lane, message, 0));
        }
    }

    /// Hands on what is said on each.
    pub(super) fn process(&mut self, ticks: &[Box<SpanTick>], mut give: impl FnMut(Copied)) {
        for (lane, message, no) in &mut self.0 {
            let Some(tick) = ticks.get(usize::from(lane.span.0)) else { continue };
            let octets = tick.clean[usize::from(lane.timeslot.0) % LANES];
            give(Copied { message: *message, no: *no, tick: tick.tick, law: tick.law, octets });
            *no = no.saturating_add(1);
        }
    }
}
