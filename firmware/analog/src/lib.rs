//! FXS and FXO line machines; tone, ring and caller-id plans as data; ringing current.
//!
//! Machines are fed with decoded line events and requests, and give line commands and facts. They read no clock and
//! touch no card: [`fxs::Station`] is a telephone on a port of ours, [`fxo::Line`] is a line of the exchange on a port
//! of ours, [`ring::Budget`] shares one card's ringing current, [`port_test::PortTest`] finds out what is wrong with a port,
//! [`port_trend::PortTrend`] whether it gets worse.
//! Not here: number plans and the time between digits (`call`), audio (`dsp`), cards (`drivers`).
#![forbid(unsafe_code)]

pub mod fxo;
pub mod fxs;
pub mod plan;
mod plans;
pub mod port_learn;
pub mod port_test;
pub mod port_trend;
pub mod ring;
