//! G.711 as the lines code it: both laws, the conversion between them, and levels; G.726 for lines that carry less, and
//! G.722 for 7 kHz of voice.
//!
//! Source: ITU-T G.711. Octets are as they stand on the line (A-law with even bits inverted, µ-law with all bits
//! inverted). Linear samples are 16-bit, full scale at ±32,768: G.711's 13-bit A-law values times 8 and its 14-bit
//! µ-law values times 4.
//! Not here: who needs which law, which is a property of the span ([`frame::Law`]).
#![forbid(unsafe_code)]

mod g711;
pub mod g722;
pub mod g726;
pub mod lanes;
mod level;
mod transcode;

pub use g711::{decode, decode_table, decode_tick, encode, encode_tick};
pub use level::{
    DIGITAL_MILLIWATT_A, DIGITAL_MILLIWATT_MU, FULL_SCALE_A_DBM0, FULL_SCALE_MU_DBM0, db_of_ratio, dbm0_of_rms,
    full_scale_dbm0, ratio_of_db, rms_of_dbm0, sine_peak_of_dbm0,
};
pub use transcode::{transcode, transcode_table};
