//! The whole box under a virtual clock, from seeds.
#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

mod analog;
mod bad_days;
mod call_back;
mod clocks;
mod conference;
mod dice;
mod ear;
mod echo;
mod emergency;
mod hand_over;
mod histories;
mod house;
mod inside;
mod lamp;
mod machines;
mod masking;
mod nfas;
mod numbers;
mod outside;
mod recorder;
mod restart;
mod services;
mod settings;
mod signalling;
mod sound;
mod spandsp;
mod spans;
mod supervision;
mod talk_off;
mod thousand;
mod tones;
mod town;
