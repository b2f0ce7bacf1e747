//! Opening recordings: the real process, a real vault on disk, a real event log.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

mod command;
mod desk;
mod exports;
mod kept;
mod keys;
#[path = "../peers/reader.rs"]
mod reader;
mod reset;
mod rig;
mod strangers;
mod tampering;
