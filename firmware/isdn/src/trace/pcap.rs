//! The octets of a pcap file that holds D-channel frames: link type 177, `LINUX_LAPD`.
//!
//! Source: the pcap file format of libpcap (savefile), and its page on link types. Numbers of the file are low octet
//! first, those of the pseudo-header are in network order.

use crate::Role;

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the box.
    Received,
    /// From the box.
    Sent,
}

/// What opens the file: magic of microsecond stamps, version 2.4, time zone, accuracy, longest record, link type.
pub const FILE_HEADER: [u8; 24] =
    [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, LINK_TYPE, 0, 0, 0];

/// `LINKTYPE_LINUX_LAPD`.
const LINK_TYPE: u8 = 177;

/// What stands before each frame: the record's header and the pseudo-header of the link type.
pub(super) const BEFORE_FRAME_OCTETS: usize = RECORD_OCTETS + PSEUDO_OCTETS;
const RECORD_OCTETS: usize = 16;
const PSEUDO_OCTETS: usize = 16;

/// The first octets of a record hold its moment.
pub(super) const MOMENT_OCTETS: usize = 8;

/// The moment of a record as the file has it: seconds and microseconds. A time before 1970 is none.
pub(super) fn moment(utc_us: i64) -> [u8; MOMENT_OCTETS] {
    let us = u64::try_from(utc_us).unwrap_or(0);
    let (seconds, rest) = ((us / 1_000_000) as u32, (us % 1_000_000) as u32);
    let mut octets = [0; MOMENT_OCTETS];
    octets[..4].copy_from_slice(&seconds.to_le_bytes());
    octets[4..].copy_from_slice(&rest.to_le_bytes());
    octets
}

/// Everything before a frame but the moment: how much of it is kept, how long it was, and the pseudo-header.
pub(super) fn before_frame(
    direction: Direction,
    role: Role,
    kept: u32,
    whole: u32,
) -> [u8; BEFORE_FRAME_OCTETS - MOMENT_OCTETS] {
    let mut octets = [0; BEFORE_FRAME_OCTETS - MOMENT_OCTETS];
    octets[..4].copy_from_slice(&(kept + PSEUDO_OCTETS as u32).to_le_bytes());
    octets[4..8].copy_from_slice(&(whole + PSEUDO_OCTETS as u32).to_le_bytes());
    octets[9] = match direction {
        Direction::Received => TO_US,
        Direction::Sent => FROM_US,
    };
    octets[10..12].copy_from_slice(&HARDWARE_TYPE.to_be_bytes());
    octets[13] = 1;
    octets[14] = u8::from(role == Role::Network);
    octets[22..].copy_from_slice(&PROTOCOL.to_be_bytes());
    octets
}

/// The direction of what [`before_frame`] made, with its moment before it, and how much of the frame is kept.
pub(super) fn read_before_frame(octets: &[u8; BEFORE_FRAME_OCTETS]) -> (Direction, usize) {
    let kept = u32::from_le_bytes([octets[8], octets[9], octets[10], octets[11]]) as usize;
    let direction = if octets[17] == FROM_US { Direction::Sent } else { Direction::Received };
    (direction, kept.saturating_sub(PSEUDO_OCTETS))
}

/// `PACKET_HOST` and `PACKET_OUTGOING` of Linux.
const TO_US: u8 = 0;
const FROM_US: u8 = 4;

/// `ARPHRD_LAPD` of Linux.
const HARDWARE_TYPE: u16 = 0x20fd;

/// `ETH_P_LAPD` of Linux.
const PROTOCOL: u16 = 0x0030;
