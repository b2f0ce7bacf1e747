//! The table by which DAHDI makes a line louder or softer: what each octet becomes.
//!
//! Source: `DAHDI_SETGAINS` of `dahdi/user.h`; ITU-T G.711 by `codec`.

use codec::{decode, encode};
use frame::Law;

/// The table for so many dB. None at 0 dB: then octets are not to be touched.
pub(crate) fn table(law: Law, gain_db: i8) -> Option<[u8; 256]> {
    if gain_db == 0 {
        return None;
    }
    let factor = 10_f32.powf(f32::from(gain_db) / 20.0);
    let louder = |octet: u8| (f32::from(decode(law, octet)) * factor).round();
    // The cast clamps, which is what an overdriven line does too.
    Some(std::array::from_fn(|octet| encode(law, louder(octet as u8) as i16)))
}

/// The table that changes nothing.
pub(crate) fn unchanged() -> [u8; 256] {
    std::array::from_fn(|octet| octet as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_gain_is_no_table() {
        assert_eq!(table(Law::A, 0), None);
    }

    #[test]
    fn six_db_double_what_does_not_clip_and_keep_its_sign() {
        for law in [Law::A, Law::Mu] {
            let table = table(law, 6).unwrap();
            for octet in 0..=255 {
                let (before, after) =
                    (f32::from(decode(law, octet)), f32::from(decode(law, table[usize::from(octet)])));
                if before.abs() > 200.0 && before.abs() < 15_000.0 {
                    let ratio = after / before;
                    assert!((1.9..2.1).contains(&ratio), "{law:?} {octet:02x}: {before} became {after}");
                }
            }
        }
    }

    #[test]
    fn what_would_be_too_loud_is_as_loud_as_can_be() {
        let table = table(Law::A, 12).unwrap();
        let loudest = encode(Law::A, i16::MAX);
        assert_eq!(table[usize::from(loudest)], loudest);
    }
}
