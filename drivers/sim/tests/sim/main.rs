//! The simulated outside as a box meets it: line events, ringing, audio, alarms, and attaching over sockets.
#![allow(clippy::unwrap_used)] // helpers of tests, which clippy does not know as such

mod audio;
mod board;
mod exchange;
mod outside_lines;
mod peer;
mod socket;
mod telephones;
