//! One call on one span: the call control of Q.931, both roles in one machine.
//!
//! Source: ITU-T Q.931, clause 5 and the SDL of Annex A; tables 4.3 and 4.4 of states and timers.
//! A call receives messages, requests, timers and news of the link; it gives actions. The span owns the calls, their
//! references and their end.

mod active;
mod clearing;
mod entry;
mod hold;
mod incoming;
mod link;
mod machine;
mod outgoing;
mod rider;
mod service;
mod state;
mod status;

pub use entry::{CallEntry, EntryError};
pub use hold::HoldState;
pub use state::CallState;

pub(crate) use machine::{Action, Call, CallRequest, Context};
pub(crate) use service::{FLAG, link_of};
