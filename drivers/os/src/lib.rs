//! What the operating system gives, behind safe calls: clocks, real-time class, locked memory, wake-ups.
//!
//! The one room beside the card drivers that may hold unsafe code; each block says why it is sound.

mod clock;
mod readiness;
mod realtime;
mod wake;

pub use clock::{Clock, boot_id};
pub use readiness::Readiness;
pub use realtime::{Realtime, RealtimeRefused, lock_memory};
pub use wake::Wake;
