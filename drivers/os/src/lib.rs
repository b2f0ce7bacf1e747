//! What the operating system gives, behind safe calls: clocks, real-time class, locked memory, wake-ups,
//! memory that outlives the process.
//!
//! The one room beside the card drivers that may hold unsafe code; each block says why it is sound.

mod clock;
mod held;
mod readiness;
mod realtime;
mod supervisor;
mod wake;

pub use clock::{Clock, boot_id};
pub use held::HeldMemory;
pub use readiness::Readiness;
pub use realtime::{Realtime, RealtimeRefused, lock_memory};
pub use supervisor::{Supervisor, kept_fd};
pub use wake::Wake;
