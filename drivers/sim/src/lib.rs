//! Line cards in memory: an exchange, telephones, outside lines, and faults on all of them.
//!
//! [`World`] is the simulated outside with its cards: a machine without clock, thread or socket, in ticks of 10 ms of
//! 8 kHz G.711. [`direct`] joins it to a box in one thread under virtual time, without system calls. [`shell`] puts it
//! behind sockets under the real clock: a box attaches and detaches, and an outside exchange may take the place of our
//! own (PEER.md).
//! Not here: loss of two-wire lines; slips of single samples.
#![forbid(unsafe_code)]

mod cable;
mod card;
pub mod direct;
mod ear;
mod exchange;
mod fault;
mod hook;
mod hybrid;
mod lanes;
mod operator;
mod outbox;
mod outside_line;
mod party;
mod playout;
mod receiver;
mod ringer;
pub mod shell;
mod sound_jack;
mod telephone;
mod telephones;
mod trunk;
mod voice;
mod wires;
mod world;

pub use ear::EAR_CAPACITY_OCTETS;
pub use exchange::{CallNews, CallTold, ExchangeAct, FIRST_CALL_OF_BOX, OutsideCall, Service};
pub use fault::Fault;
pub use hook::{DIGIT_END, FLASH_TIME, PULSE_MAX, PULSE_MIN};
pub use lanes::{ALL_ONES, LANES_OCTETS, Lanes, silent};
pub use operator::{Operator, OperatorEvent, Told};
pub use outbox::WorldOutput;
pub use outside_line::{LineAct, Release, Telling};
pub use party::Act;
pub use playout::PREFILL;
pub use receiver::DEBOUNCE;
pub use shell::open;
pub use telephone::HandsetAct;
pub use trunk::PEER_SILENCE;
pub use voice::Say;
pub use wires::Wires;
pub use world::{World, WorldInput};
