//! The line events that wait for the media thread: a queue that never grows.

use std::collections::VecDeque;

use line::LineEvent;

/// What a card may tell within one tick: a snapshot of the largest card and a burst beside it.
const ROOM: usize = 256;

/// Events in the order in which they were read.
#[derive(Debug)]
pub(crate) struct Events {
    waiting: VecDeque<LineEvent>,
    lost: bool,
}

impl Events {
    /// An empty queue, with all the memory that it will ever need.
    pub(crate) fn new() -> Events {
        Events { waiting: VecDeque::with_capacity(ROOM), lost: false }
    }

    /// Adds an event. Where there is no room it is lost, and [`Events::take_lost`] tells.
    pub(crate) fn push(&mut self, event: LineEvent) {
        if self.waiting.len() < ROOM {
            self.waiting.push_back(event);
        } else {
            self.lost = true;
        }
    }

    pub(crate) fn pop(&mut self) -> Option<LineEvent> {
        self.waiting.pop_front()
    }

    /// Whether events were lost since this was last asked, and all that were kept have been taken.
    pub(crate) fn take_lost(&mut self) -> bool {
        self.waiting.is_empty() && std::mem::take(&mut self.lost)
    }
}

#[cfg(test)]
mod tests {
    use frame::{SpanId, Time, Timeslot};
    use line::Event;

    use super::*;

    #[test]
    fn what_finds_no_room_is_lost_and_told_once_after_the_rest() {
        let mut events = Events::new();
        let event = LineEvent { span: SpanId(0), timeslot: Timeslot(0), at: Time::ZERO, event: Event::OffHook };
        (0..=ROOM).for_each(|_| events.push(event));
        assert!(!events.take_lost(), "what was kept comes first");
        assert_eq!(std::iter::from_fn(|| events.pop()).count(), ROOM);
        assert!(events.take_lost());
        assert!(!events.take_lost());
    }
}
