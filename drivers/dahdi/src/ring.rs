//! Ports that are to ring when the pause is over in which their cadence starts. The kernel itself can't begin with a pause.

use std::collections::BTreeMap;

use frame::{SpanId, Time, Timeslot};

/// Who begins to ring when. One for each port of the card at most.
#[derive(Debug, Default)]
pub(crate) struct Rings(BTreeMap<(SpanId, Timeslot), Time>);

impl Rings {
    pub(crate) fn start(&mut self, at: (SpanId, Timeslot), due: Time) {
        self.0.insert(at, due);
    }

    pub(crate) fn stop(&mut self, at: (SpanId, Timeslot)) {
        self.0.remove(&at);
    }

    pub(crate) fn next_due(&self) -> Option<Time> {
        self.0.values().min().copied()
    }

    /// A port whose time has come.
    pub(crate) fn take_due(&mut self, now: Time) -> Option<(SpanId, Timeslot)> {
        let at = self.0.iter().find(|(_, due)| **due <= now).map(|(at, _)| *at)?;
        self.0.remove(&at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rings_at_its_time_and_one_that_was_stopped_does_not() {
        let mut rings = Rings::default();
        let port = |slot| (SpanId(1), Timeslot(slot));
        rings.start(port(0), Time::from_ms(300));
        rings.start(port(1), Time::from_ms(100));
        rings.start(port(2), Time::from_ms(100));
        rings.stop(port(2));
        assert_eq!(rings.next_due(), Some(Time::from_ms(100)));
        assert_eq!(rings.take_due(Time::from_ms(99)), None);
        assert_eq!(rings.take_due(Time::from_ms(100)), Some(port(1)));
        assert_eq!(rings.take_due(Time::from_ms(100)), None);
        assert_eq!(rings.take_due(Time::from_ms(300)), Some(port(0)));
        assert_eq!(rings.next_due(), None);
    }
}
