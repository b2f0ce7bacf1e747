//! Why a card does not open, told so that a person knows where to look.

use std::io;

use frame::{Law, PortId, Timeslot};

use crate::name::ChannelName;

/// Why a card does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The kernel has no DAHDI.
    #[error("/dev/dahdi is not there: {0}")]
    NoModules(io::Error),
    /// The board file has no such card of the DAHDI modules.
    #[error("the board file has no such card")]
    NotOnBoard,
    /// The kernel has no such device.
    #[error("no device {device:?}")]
    NoDevice {
        /// As the board file names it.
        device: String,
    },
    /// The device has no such span, or it has no number yet.
    #[error("device {device:?} has no span {span}")]
    NoSpan {
        /// As the board file names it.
        device: String,
        /// As the device counts, from 1.
        span: u8,
    },
    /// The span has fewer channels.
    #[error("{port}: its span has no channel {channel}")]
    NoChannel {
        /// The jack.
        port: PortId,
        /// As the span counts, from 1.
        channel: u8,
    },
    /// The channel was not set up.
    #[error("{0}: the channel is not configured")]
    NotConfigured(ChannelName),
    /// Another program has the channel.
    #[error("{0}: another program has the channel")]
    Busy(ChannelName),
    /// The channel was set up as something else.
    #[error("{channel}: wanted {wanted:?}, runs as signalling {running:#x}")]
    Signalling {
        /// The channel.
        channel: ChannelName,
        /// What the board file has there.
        wanted: Wanted,
        /// What the kernel says, as `DAHDI_SIG_…`.
        running: u32,
    },
    /// The line is coded otherwise than the board file says.
    #[error("{port} timeslot {timeslot}: the board file says {board:?}-law, the card runs {running:?}-law")]
    Law {
        /// The jack.
        port: PortId,
        /// The timeslot; 0 of an analog jack.
        timeslot: Timeslot,
        /// What the board file says.
        board: Law,
        /// What the kernel says.
        running: Law,
    },
    /// The kernel refused something.
    #[error("{channel}: {what}: {why}")]
    System {
        /// The channel.
        channel: ChannelName,
        /// What was tried.
        what: &'static str,
        /// The kernel's reason.
        why: io::Error,
    },
    /// The process has no descriptor or memory left.
    #[error("{0}")]
    Process(io::Error),
}

/// What the board file has at a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A B-channel.
    Bearer,
    /// A D-channel.
    Data,
    /// A telephone.
    Telephone,
    /// An outside line.
    OutsideLine,
}

/// What an opened card does without: it works, but not as the board file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The channel has no canceller, and one was wanted.
    Canceller(ChannelName),
}
