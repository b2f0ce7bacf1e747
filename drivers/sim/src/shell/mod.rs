//! The shells of the simulator: sockets, the real clock, and nothing that decides.
//!
//! [`serve`] holds a [`World`](crate::World) and ticks it: as a thread, or as a process of its own that outlives the box.
//! [`open`] is the box's side of it, a card like any other. Only this folder of the crate touches the operating system.

mod client;
mod link;
mod message;
mod peer;
mod seat;
mod server;
mod socket;
mod ticker;

pub use client::{SimAudio, SimSignal, open};
pub use peer::{PEER_MESSAGE_OCTETS, PeerSockets};
pub use server::{OperatorPort, ServeError, Server, Sockets, serve};
