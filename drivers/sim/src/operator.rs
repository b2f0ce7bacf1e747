//! What an operator of the simulated outside can do, and what it is told: tests, the demo, a page that plays telephone.

use frame::{LaneId, SpanId, Time};

use crate::{
    exchange::{CallTold, ExchangeAct},
    fault::Fault,
    outside_line::LineAct,
    party::Act,
    telephone::HandsetAct,
};

/// Something done outside the box.
#[derive(Clone, Debug)]
pub enum Operator {
    /// At a telephone on an FXS port.
    Handset(LaneId, HandsetAct),
    /// In the exchange behind an FXO port.
    Line(LaneId, LineAct),
    /// In our own exchange behind an E1.
    Exchange(SpanId, ExchangeAct),
    /// By the party on any lane.
    Party(LaneId, Act),
    /// Something breaks, or is repaired.
    Fault(Fault),
    /// A cable joins the jack of a telephone to that of an outside line, in place of both, or is taken out again.
    Cable {
        /// The jack on an FXS card.
        telephone: LaneId,
        /// The jack on an FXO card.
        line: LaneId,
        /// Whether it is plugged in.
        there: bool,
    },
}

/// What an operator is told, and when it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatorEvent {
    /// When.
    pub at: Time,
    /// What.
    pub told: Told,
}

/// Something that happened outside the box.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A telephone's ringer begins to sound.
    RingerSounds(LaneId),
    /// A telephone's ringer falls silent: a pause of its cadence, or the end.
    RingerSilent(LaneId),
    /// A telephone should have sounded, but the card's ringing current was spent on others.
    RingOverBudget(LaneId),
    /// The feed of a telephone turned its polarity.
    Polarity {
        /// Which.
        lane: LaneId,
        /// Whether tip and ring have changed places.
        reversed: bool,
    },
    /// A telephone's lamp for messages: how many wait.
    MessageLamp {
        /// Which.
        lane: LaneId,
        /// How many; none puts it out.
        messages: u16,
    },
    /// The feed of a telephone was interrupted.
    FeedDropped {
        /// Which.
        lane: LaneId,
        /// For how long, in milliseconds.
        ms: u16,
    },
    /// It is fed again.
    FeedBack(LaneId),
    /// The box seized an idle outside line; it hears dial tone.
    LineSeized(LaneId),
    /// The box dialled a digit on an outside line that it seized.
    LineDialled {
        /// Which.
        lane: LaneId,
        /// The key.
        digit: char,
    },
    /// The box answered a ringing outside line.
    LineAnswered(LaneId),
    /// The box flashed on an outside line.
    LineFlashed {
        /// Which.
        lane: LaneId,
        /// For how long, in milliseconds.
        ms: u16,
    },
    /// The box released an outside line.
    LineReleased(LaneId),
    /// Our own exchange tells of a call.
    Call(CallTold),
    /// The data link of our own exchange to the box came up or went down.
    Link {
        /// Which span.
        span: SpanId,
        /// Whether it is up.
        up: bool,
    },
    /// A party said its clip to the end.
    SaidAll(LaneId),
    /// What a party heard since it began to listen.
    Heard {
        /// The party's lane.
        lane: LaneId,
        /// G.711 octets in the law of the lane's span.
        octets: Vec<u8>,
    },
    /// The level of what a party hears.
    Level {
        /// The party's lane.
        lane: LaneId,
        /// In dBm0; below −60 is silence.
        dbm0: f32,
    },
    /// An [`Operator`] named a lane or span that is not there, or is of another kind.
    NoSuchLine,
}
