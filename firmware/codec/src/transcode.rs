//! A-law to µ-law and back: ITU-T G.711, Tables 3 and 4.
//!
//! The recommendation prints two tables. Both follow from one rule, so they are computed: take the value of the
//! octet, keep its level in dBm0, code it in the other law. Levels and not plain numbers, because A-law's overload is
//! +3.14 dBm0 and µ-law's is +3.17 dBm0. One entry deviates: µ-law value 81 becomes A-law value 80, from which it came.
//! Not here: the A-law to A-law case, which has no table because nothing changes.

use frame::Law;

use crate::g711::{decode, encode};

const A_OF_MU: [u8; 256] = table(Law::Mu);
const MU_OF_A: [u8; 256] = table(Law::A);

/// µ-law sample to A-law sample at the same level, as a fraction of 10,000:
/// 32,768 / 10^(3.14 / 20) over 32,636 / 10^(3.17 / 20).
const A_OVER_MU: i32 = 10_075;

/// The octets of `to` for all octets of `from`; `None` where the law stays.
pub const fn transcode_table(from: Law, to: Law) -> Option<&'static [u8; 256]> {
    match (from, to) {
        (Law::A, Law::Mu) => Some(&MU_OF_A),
        (Law::Mu, Law::A) => Some(&A_OF_MU),
        (Law::A, Law::A) | (Law::Mu, Law::Mu) => None,
    }
}

/// The octet of `to` for an octet of `from`.
#[inline]
pub const fn transcode(from: Law, to: Law, octet: u8) -> u8 {
    match transcode_table(from, to) {
        Some(table) => table[octet as usize],
        None => octet,
    }
}

const fn table(from: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = convert(from, octet as u8);
        octet += 1;
    }
    table
}

const fn convert(from: Law, octet: u8) -> u8 {
    match from {
        Law::A => encode(Law::Mu, scaled(decode(Law::A, octet), 10_000, A_OVER_MU)),
        // Table 3: µ-law 81 (0xaf and 0x2f) is what A-law 80 (0x9a and 0x1a) becomes, and must become it again.
        Law::Mu if octet == 0xaf || octet == 0x2f => octet ^ 0xaf ^ 0x9a,
        // The innermost µ-law octets are plus and minus zero: the sign lives in the octet only.
        Law::Mu if octet == 0x7f => encode(Law::A, -1),
        Law::Mu => encode(Law::A, scaled(decode(Law::Mu, octet), A_OVER_MU, 10_000)),
    }
}

const fn scaled(sample: i16, times: i32, over: i32) -> i16 {
    let exact = sample as i32 * times;
    // Towards minus infinity, as the decision values are: an interval holds its lower end.
    let whole = exact.div_euclid(over);
    if whole > i16::MAX as i32 {
        i16::MAX
    } else if whole < i16::MIN as i32 {
        i16::MIN
    } else {
        whole as i16
    }
}
