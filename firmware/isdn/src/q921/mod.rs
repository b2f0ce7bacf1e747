//! The data link of a D-channel: LAPD, point-to-point, multiple frames.
//!
//! Source: ITU-T Q.921. One link on SAPI 0, TEI 0, as on every primary rate interface.
//! Not here: TEI management (fixed on a primary rate), the check sequence (the card makes and tests it).

mod fault;
mod frame;
mod link;
mod misfit;
mod window;

#[cfg(test)]
mod tests;

pub use fault::LinkFault;
pub use frame::{
    Address, Body, Direction, Frame, FrameError, FrameOctets, SequenceNumber, Supervision, UnnumberedKind,
};
pub use link::{Link, LinkOutput, SendError};
pub use window::Information;

/// The longest information field: Q.921, 5.9.3, N201 for signalling.
pub const N201_OCTETS: usize = 260;
