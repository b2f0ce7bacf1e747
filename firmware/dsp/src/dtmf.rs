//! Dual-tone multi-frequency digits: ITU-T Q.23 (frequencies), Q.24 and ETSI ES 201 235 (receivers, senders).

mod bank;
mod detector;
mod digit;
mod generator;
mod kernel;
mod receiver;

pub use detector::{Detector, Edge};
pub use digit::{DtmfDigit, HIGH_GROUP_HZ, LOW_GROUP_HZ};
pub use generator::{Generator, Timing};
