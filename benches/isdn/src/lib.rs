//! Two spans against each other in one process: the ground on which ISDN signalling is measured.
//!
//! Not here: time and system calls. The wire between the two spans is handed in, and so is the time.
#![forbid(unsafe_code)]

pub mod heap;
pub mod pair;
pub mod script;
pub mod soak;
pub mod watch;
pub mod wire;
