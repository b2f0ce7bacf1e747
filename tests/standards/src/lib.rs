//! What the standards' tests are made with: signals, levels, voices, and the programs that ours is measured against.
//!
//! A signal is a row of linear samples, 8,000 a second, full scale at ±32,768 (as in [`codec`]); levels are dBm0 of A-law.
//! Not here: what is tested. Each test program stands beside `src` and is named after its standard.
#![forbid(unsafe_code)]

pub mod codecs;
pub mod corpus;
pub mod css;
mod css_tables;
pub mod g168;
pub mod hoth;
pub mod level;
pub mod line;
pub mod noise;
pub mod peer;
mod spectrum;
pub mod tone;
pub mod wav;

/// Samples a second of every signal.
pub const RATE_HZ: usize = 8_000;

/// Samples in so many milliseconds.
pub const fn samples_of_ms(ms: usize) -> usize {
    ms * RATE_HZ / 1_000
}
