//! The page, as a browser and as a stranger meet it: over its socket, with a real journal and index behind it, and with
//! planes that answer what a test wants.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

mod browser;
mod chromium;
mod http;
mod plain;
mod planes;
mod templates;
