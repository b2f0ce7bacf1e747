//! Signal processing on lanes: echo cancelling, DTMF, tones, call progress, caller id, levels, loss concealment,
//! conferences, elastic buffers, measurements of lines.
//!
//! 8 kHz, G.711 octets in and out, ticks of 80 samples. Every block has the verbs `new`, `process`, `reset`. Nothing
//! allocates in `process`.
//! Not here: which tones a country uses (`analog`).
#![forbid(unsafe_code)]

pub mod agc;
pub mod caller_id;
pub mod conceal;
pub mod conference;
pub mod dtmf;
pub mod ear;
pub mod echo;
pub mod elastic;
mod level;
pub mod meter;
pub mod noise;
pub mod polish;
pub mod probe;
pub mod progress;
pub mod silence;
mod sine;
pub mod tone;

pub use level::{FLOOR_DBM0, level_dbm0};
