//! The running box on bad days, from outside: `ringfence run` as a process of its own, its lines held by the test.
#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

mod administrators;
mod bucket;
mod copies;
mod disk;
mod erase;
mod erase_copies;
mod hold;
#[path = "../web/http.rs"]
mod http;
mod hung;
mod index;
mod keys;
mod killed;
mod leases;
mod lines;
#[allow(dead_code)] // opening is tried elsewhere
#[path = "../peers/reader.rs"]
mod reader;
mod running;
mod scrub;
mod secret;
mod service;
mod settings;
mod sick_disk;
mod sound;
mod spans;
mod start;
mod street;
mod witnesses;
