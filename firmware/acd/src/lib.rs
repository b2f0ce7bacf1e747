//! Queues and agents: who gets the next caller.
//!
//! [`Acd`] holds every queue of the box, because an agent may serve several. Callers, telephones and duties go in; offers
//! come out. Callers are served in one order: emergencies first, then by priority, then as they came. Of the agents who
//! are free, the one who has been free the longest gets the caller.
//! Not here: ringing, music, talking; what a caller does who leaves without an agent (`flow`).
#![forbid(unsafe_code)]

mod acd;
mod agent;
mod caller;
mod message;
mod queue;

pub use acd::Acd;
pub use message::{AgentState, Caller, Class, Duty, Input, Output, PauseReason, TelephoneState};
