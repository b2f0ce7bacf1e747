//! The last 10 MB of one D-channel, both ways, ready to be written as a pcap file; digits are masked before they are kept.
//!
//! Sources: the pcap file format of libpcap with link type 177 (`LINUX_LAPD`), which tells the direction; ITU-T Q.931 for
//! what is masked. Memory: up to [`Trace::CAPACITY_OCTETS`] a D-channel, taken in slabs as frames come, so that 16 spans
//! may take 160 MB and an idle one takes 64 KiB.
//! Not here: files, sockets, and who may have a trace. It is memory: it does not outlive the program.

mod calls;
mod ladder;
mod mask;
mod pcap;
mod ring;

pub use ladder::{GivenUp, Ladder, LinkTold, Rung, Told, TracedMessage};
pub use mask::{KeptNumbers, shown_ends};
pub use pcap::{Direction, FILE_HEADER};
pub use ring::{Cursor, Record, Trace};
