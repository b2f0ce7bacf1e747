//! What the operating system gives, behind safe calls: clocks, real-time class, locked memory, wake-ups, memory that outlives
//! the process, files handed over, a process that shuts itself in, a line typed unseen.
//!
//! The one room beside the card drivers that may hold unsafe code; each block says why it is sound.

mod clock;
mod confine;
mod files;
mod handed;
mod held;
mod inherited;
mod readiness;
mod realtime;
mod store;
mod supervisor;
mod terminal;
mod wake;

pub use clock::{Clock, boot_id, is_synchronised};
pub use confine::{Apart, confine, leave_no_dump};
pub use files::allow_many_files;
pub use handed::{HANDED_FILES_MAX, receive_with_files, send_with_files};
pub use held::HeldMemory;
pub use inherited::{kept_fd, take_kept};
pub use readiness::Readiness;
pub use realtime::{Background, Realtime, RealtimeRefused, lock_memory};
pub use store::{STORE_MAX_FILES, Store, Told};
pub use supervisor::{Supervisor, watched_within};
pub use terminal::read_line_unseen;
pub use wake::Wake;
