//! Octet to linear sample and back: ITU-T G.711, Tables 1 (A-law) and 2 (µ-law).
//!
//! Decision values: a sample that lies exactly on one is coded into the interval above it, for both signs. G.711
//! leaves this case open.

use frame::{Law, OCTETS_PER_TICK, Octets};

/// The even bits that A-law inverts on the line.
const A_EVEN_BITS: u8 = 0x55;
/// The polarity bit, set for positive values in A-law as on the line.
const SIGN: u8 = 0x80;
/// µ-law's segments would begin at powers of two if 33 were added to G.711's values: 33 × 4 in 16 bits.
const MU_BIAS: i32 = 132;
/// µ-law's largest value that does not overflow the top segment once biased: the virtual decision value 8159 × 4.
const MU_CLIP: i32 = 32_767 - MU_BIAS;

const A_LINEAR: [i16; 256] = linear_table(Law::A);
const MU_LINEAR: [i16; 256] = linear_table(Law::Mu);

/// The linear values of all 256 octets of a law.
pub const fn decode_table(law: Law) -> &'static [i16; 256] {
    match law {
        Law::A => &A_LINEAR,
        Law::Mu => &MU_LINEAR,
    }
}

/// The linear value of an octet.
#[inline]
pub const fn decode(law: Law, octet: u8) -> i16 {
    decode_table(law)[octet as usize]
}

/// The octet of a linear sample. Beyond the law's range it is the outermost octet.
#[inline]
pub const fn encode(law: Law, sample: i16) -> u8 {
    match law {
        Law::A => encode_a(sample),
        Law::Mu => encode_mu(sample),
    }
}

/// Decodes one timeslot of one tick.
pub fn decode_tick(law: Law, octets: &Octets, samples: &mut [i16; OCTETS_PER_TICK]) {
    let table = decode_table(law);
    for (sample, &octet) in samples.iter_mut().zip(octets) {
        *sample = table[usize::from(octet)];
    }
}

/// Encodes one timeslot of one tick.
pub fn encode_tick(law: Law, samples: &[i16; OCTETS_PER_TICK], octets: &mut Octets) {
    for (octet, &sample) in octets.iter_mut().zip(samples) {
        *octet = encode(law, sample);
    }
}

const fn linear_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = match law {
            Law::A => linear_of_a(octet as u8),
            Law::Mu => linear_of_mu(octet as u8),
        };
        octet += 1;
    }
    table
}

/// G.711 Table 1, column 8: the middle of the interval. Segments 0 and 1 share one step of 2 (16 in 16 bits).
const fn linear_of_a(octet: u8) -> i16 {
    let code = octet ^ A_EVEN_BITS;
    let segment = (code >> 4) & 7;
    let step = (code & 15) as i16;
    let magnitude = if segment == 0 { step * 16 + 8 } else { (step * 16 + 264) << (segment - 1) };
    if code & SIGN != 0 { magnitude } else { -magnitude }
}

/// G.711 Table 2, column 8: the middle of the interval; the innermost two octets are both zero.
const fn linear_of_mu(octet: u8) -> i16 {
    let code = !octet;
    let segment = (code >> 4) & 7;
    let step = (code & 15) as i32;
    let magnitude = (((step * 8 + MU_BIAS) << segment) - MU_BIAS) as i16;
    if code & SIGN == 0 { magnitude } else { -magnitude }
}

/// The magnitude as seen from the sign's side of zero, so that one rule for ties holds on the whole line.
#[inline]
const fn magnitude_of(sample: i16) -> i32 {
    (if sample < 0 { !sample } else { sample }) as i32
}

#[inline]
const fn encode_a(sample: i16) -> u8 {
    let magnitude = magnitude_of(sample);
    // Bits 8 to 14 name segments 1 to 7; below bit 8 lies segment 0, which steps like segment 1.
    let segment = 24 - (magnitude | 0xff).leading_zeros();
    let shift = if segment == 0 { 4 } else { segment + 3 };
    let code = (segment << 4) as u8 | ((magnitude >> shift) & 15) as u8;
    let sign = if sample < 0 { 0 } else { SIGN };
    (code | sign) ^ A_EVEN_BITS
}

#[inline]
const fn encode_mu(sample: i16) -> u8 {
    let magnitude = magnitude_of(sample);
    let clipped = if magnitude > MU_CLIP { MU_CLIP } else { magnitude };
    let biased = clipped + MU_BIAS;
    let segment = 24 - biased.leading_zeros();
    let code = (segment << 4) as u8 | ((biased >> (segment + 3)) & 15) as u8;
    let sign = if sample < 0 { SIGN } else { 0 };
    !(code | sign)
}
