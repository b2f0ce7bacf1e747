//! What goes wrong on a data link, as the layer manager is told.

use serde::{Deserialize, Serialize};

/// A fault of the data link. The letters are those of MDL-ERROR, Q.921, Appendix II.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LinkFault {
    /// Everything we send comes back to us: a loop plug, or a loop set in the network.
    Loop,
    /// The far end speaks in our own role: both ends are network side, or both are user side.
    RoleConflict,
    /// A: a supervisory response with F = 1 that nobody asked for.
    UnsolicitedSupervisoryFinal,
    /// B: DM with F = 1 that nobody asked for.
    UnsolicitedDisconnectedModeFinal,
    /// C: UA with F = 1 that nobody asked for.
    UnsolicitedAcknowledgementFinal,
    /// D: UA with F = 0.
    UnsolicitedAcknowledgement,
    /// E: the far end says that it has no link.
    FarEndDisconnected,
    /// F: the far end set the link up anew while it was up.
    FarEndReestablished,
    /// G: nobody answers: SABME was sent N200 times.
    NoAnswerToEstablish,
    /// H: nobody answers: DISC was sent N200 times.
    NoAnswerToRelease,
    /// I: the far end no longer answers enquiries.
    NoAnswerToEnquiry,
    /// J: the far end acknowledged what was never sent.
    SequenceError,
    /// K: the far end rejected a frame as beyond recovery.
    FrameRejected,
    /// L: a frame with an undefined control field.
    UndefinedFrame,
    /// M: an information field where none is allowed.
    InformationNotPermitted,
    /// N: a frame of the wrong length.
    WrongLength,
    /// O: an information field above N201.
    TooLong,
    /// The send queue is full; a message of layer 3 was dropped.
    SendQueueFull,
}
