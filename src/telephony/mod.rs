//! The telephony plane: signalling of all lines, call control, and what joins them to media, recorder and journal.
//!
//! [`Plane`] is one machine with the verbs of all machines, so that a day of calls runs in one thread under a virtual
//! clock; [`task`] is its shell. It translates between the line machines (`isdn`, `analog`), which speak in calls of a
//! span and in hooks of a port, and `call`, which speaks in legs.

mod adopt;
mod alarms;
mod apply;
mod cable_test;
mod call_table;
mod ears;
mod flash;
mod heard_map;
mod lamp;
mod machines;
mod mail;
mod outside_port;
mod parties;
mod plain;
mod plane;
mod port;
mod port_learn;
mod port_test;
mod sender;
mod service;
mod services;
mod snapshot;
mod sound;
mod sound_device;
mod span;
mod span_restart;
mod supervision;
pub mod task;
mod traces;
mod unrest;

pub use adopt::TakenOver;
pub use apply::Change;
pub use call_table::{CallTable, LastLife, NotKept, Row};
pub use plane::{Input, Output, Plane, Wiring, country};
pub use service::{OutOfService, Serviced};
pub use sound::{SoundError, Sounds};
pub use sound_device::HandsetBecame;
pub use span_restart::SpanRestart;
pub use supervision::PinCheck;
pub use unrest::Unrest;
