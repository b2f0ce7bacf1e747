//! Changes of settings: tried or applied to the running box, and kept as versions, so that each can be seen, compared and
//! taken back.
//!
//! ```text
//! ringfence settings ── Client ──▶ DIR/settings.sock ──▶ Door ─┐
//!                                            page ─────────────┴▶ Shell { Changes } ──▶ journal: the intent, durable
//!                                                                    │              ──▶ Versions: a file, durable
//!                                                                    │              ──▶ telephony: Applied | WhenIdle | …
//!                                                                    └── reply      ──▶ journal: what became of it
//! ```
//!
//! [`Changes`] decides, [`Shell`] is its task. One change at a time: two that come at once are two versions.

mod client;
mod door;
mod machine;
mod shell;
mod unfinished;
mod versions;
mod wire;

pub use client::{Client, ClientError};
pub use door::{Inside, open_door};
pub use machine::{Changes, Input, Output, Prompts};
pub use shell::{Shell, ShellParts, Weigh};
pub use unfinished::{Found, judge_unfinished};
pub use versions::{Versions, VersionsError};

/// The socket in the data directory. The verbs about lines come in by it as well: one door, one place that knows who.
pub const SOCKET: &str = "settings.sock";
