//! Opening recordings: a short-lived process of its own for each person who listens, and this side of it.
//!
//! ```text
//! vault desk ── Client ──▶ socket ──▶ process: confined, files come over the socket
//!     │ intent durable          passphrase ▶ vault key ▶ keys of one recording; the vault key is wiped
//!     ◀── Opened ───────────────┘
//!     ── Read ▶ a piece of the WAV file ◀── decrypted as it is read
//! ```
//!
//! The process never opens a file or a socket, and the daemon never holds a key. It ends when its socket does, when it was
//! idle for so long as it was told, or with its first fault.
//! Not here: who may open what (`daemon`'s vault desk), audit (`journal`), the recording itself (`recorder`).

mod client;
mod files;
mod message;
mod process;

pub use client::{Client, ClientError, Program, Unsealed};
pub use message::Whose;
pub use process::serve;
