//! What is asked of single analog ports, and what is answered.

use analog::{port_test::Findings, port_trend::Worse};
use frame::Stamp;
use serde::{Deserialize, Serialize};

/// What a test of a port found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedPort {
    /// When.
    pub at: Stamp,
    /// What.
    pub findings: Findings,
    /// What of it is worse than usual there.
    #[serde(default)]
    pub worse: Vec<Worse>,
}

/// Whose test it is, and what it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOrder {
    /// The box's own, at night.
    AtNight,
    /// A person's.
    ByHand,
    /// A person's, who lets it have the last free line of a group: who calls meanwhile finds all of them busy.
    ByHandEvenLast,
}

/// Why a port was not tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTested {
    /// The board has no such jack.
    NoSuchPort,
    /// It is no jack for a telephone or an outside line.
    NotAnalog,
    /// It is no jack for an outside line.
    NoOutsideLine,
    /// What is to ring is no jack for a telephone.
    NoTelephone,
    /// What is to ring is no plain telephone, or its settings tell it no caller.
    TellsNoCaller,
    /// The card's ringing current is used up.
    NoCurrent,
    /// The settings have nothing on it, so nobody knows what it should be.
    NotInUse,
    /// Somebody uses it, it rings, or it is a headset with an agent at it.
    Busy,
    /// It is being tested.
    UnderWay,
    /// The settings leave it out of tests.
    LeftOut,
    /// Another outside line is tested, or was so a moment ago, and is busy to who calls.
    OneAtATime,
    /// No other outside line of its group is free: who calls meanwhile would find all of them busy.
    LastFreeLine,
}

/// What is to be done about learning a line's busy tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnAct {
    /// Begin.
    Begin,
    /// Tell how far it has come.
    Look,
    /// Give it up.
    Stop,
}
