//! The level of a lane, tick by tick.
//!
//! Root mean square over 10 ms in dBm0 of the lane's law; no filter, no memory. Not here: speech activity.

use codec::{dbm0_of_rms, decode_table};
use frame::{Law, Octets};

/// What a lane without any signal is said to have: the bottom of the scale, instead of minus infinity.
pub const FLOOR_DBM0: f32 = -90.0;

/// The level of one tick in dBm0, not below [`FLOOR_DBM0`].
pub fn level_dbm0(law: Law, octets: &Octets) -> f32 {
    let table = decode_table(law);
    let squares = |&octet: &u8| i64::from(table[usize::from(octet)]).pow(2);
    // Whole numbers: a sum of squares must not depend on its order.
    let sum: i64 = octets.iter().map(squares).sum();
    let rms = (sum as f64 / octets.len() as f64).sqrt() as f32;
    dbm0_of_rms(law, rms).max(FLOOR_DBM0)
}
