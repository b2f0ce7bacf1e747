//! The page, as a browser and as a stranger meet it: over its socket, with a real journal and index behind it, and with
//! planes that answer what a test wants; once with the whole box.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

mod approvals;
mod audit;
mod browser;
mod chromium;
mod exports;
mod finding;
mod handset;
mod http;
mod keeping;
mod kept;
mod masking;
mod people;
mod plain;
mod planes;
mod play;
mod real_box;
mod second_factor;
mod supervision;
mod templates;
mod tls;
