//! A leg: one party's connection to the box.

use frame::{CallId, LaneId, LegId, PortId};
use isdn::Cause;

use crate::{Endpoint, LegRole, Number, Side, message::Line};

/// How far a leg has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegState {
    /// It is wanted; a trunk is being asked for it.
    Wanted,
    /// It called, or its far end is being reached or rings; nobody has answered.
    Unanswered,
    /// Its telephone rings, so that its party can call somebody who is free by now.
    CalledBack,
    /// It is answered.
    Answered,
    /// Its call is over; a person in the house hears why, and is released after that.
    Told {
        /// Why the call ended.
        cause: Cause,
        /// Who ended it.
        by: Side,
    },
    /// The box asked the line to release it; the line has not said yet that it did.
    Clearing {
        /// Why.
        cause: Cause,
        /// Who wanted it.
        by: Side,
    },
}

/// How far a called party that has not answered is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is known yet.
    #[default]
    None,
    /// It rings.
    Rings,
    /// Its line carries its own tone or announcement.
    Audible,
}

/// One party's connection to the box.
#[derive(Clone, Debug)]
pub struct Leg {
    pub(crate) id: LegId,
    pub(crate) call: CallId,
    pub(crate) role: LegRole,
    pub(crate) state: LegState,
    pub(crate) endpoint: Endpoint,
    pub(crate) line: Option<Line>,
    pub(crate) lane: LaneId,
    pub(crate) number: Option<Number>,
    /// Its party's name, as a trunk told it.
    pub(crate) name: Option<String>,
    /// Whether its party does not want its number to be known.
    pub(crate) private: bool,
    pub(crate) recorded: bool,
    /// What is known of a called party that has not answered.
    pub(crate) progress: Progress,
}

impl Leg {
    /// The jack of a station leg.
    pub(crate) fn station(&self) -> Option<PortId> {
        match self.endpoint {
            Endpoint::Station { port, .. } => Some(port),
            Endpoint::Channel { .. } | Endpoint::OutsideLine { .. } => None,
        }
    }

    /// Whether the leg is on a trunk of whatever kind.
    pub(crate) fn is_trunk(&self) -> bool {
        self.station().is_none()
    }

    /// Whether the party can talk.
    pub(crate) fn is_answered(&self) -> bool {
        self.state == LegState::Answered
    }

    /// The side that this leg's party is.
    pub(crate) fn side(&self) -> Side {
        match self.role {
            LegRole::Caller => Side::Caller,
            LegRole::Called => Side::Called,
        }
    }
}
