//! A cable from the jack of a telephone to that of an outside line, in place of both: what the box rings and says at one it hears
//! at the other, a tick later.

use frame::LaneId;
use line::Event;

/// The cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cable {
    /// The jack on an FXS card, which feeds and rings.
    pub(crate) telephone: LaneId,
    /// The jack on an FXO card.
    pub(crate) line: LaneId,
    /// Whether the line has closed its loop.
    pub(crate) is_closed: bool,
    rings: bool,
}

impl Cable {
    pub(crate) fn new(telephone: LaneId, line: LaneId) -> Cable {
        Cable { telephone, line, is_closed: false, rings: false }
    }

    /// What the line sees of the current on it.
    pub(crate) fn rings(&mut self, rings: bool) -> Option<Event> {
        let before = std::mem::replace(&mut self.rings, rings);
        (before != rings).then_some(if rings { Event::RingBegin } else { Event::RingEnd })
    }
}
