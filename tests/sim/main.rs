//! The whole box under a virtual clock, from seeds.
#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

mod analog;
mod clocks;
mod emergency;
mod house;
mod inside;
mod outside;
mod restart;
mod settings;
