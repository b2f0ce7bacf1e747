//! Messages that callers leave: kept sealed in `mail/` of the data directory, played to their person, deleted for good.
//!
//! [`MailDesk`] is the machine; its thread is a shell around it. Neither call control nor the media thread waits for its disk:
//! orders come by a bounded channel, what is said by a ring out of the ticks.
//! Not here: who may leave or hear a message (`call`), how one sounds (`telephony`).

mod desk;
mod format;
mod taking;
mod thread;

pub use desk::{Logged, MailDesk, MailError, Message, Order, Told};
pub use thread::{MailOrders, MailThread};
