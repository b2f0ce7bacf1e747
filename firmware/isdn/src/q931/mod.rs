//! Messages of call control, as they stand in the information field of an I frame.
//!
//! Source: ITU-T Q.931, clause 4. Reading is liberal (any order, unknown elements kept), writing is strict.
//! Not here: what a message does to a call (`call`), segmentation.

mod check;
pub mod element;
mod header;
mod message;
mod service;

#[cfg(test)]
mod tests;

pub use check::{Examination, examine, mandatory};
pub use element::Element;
pub use header::{CallReference, HeaderError, MessageKind};
pub use message::{ElementFault, FaultKind, Message, Parsed, TooLong};
pub use service::{ChannelStatus, ServiceError, ServiceMessage, ServicePractice};
