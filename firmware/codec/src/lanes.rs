//! G.711 of sixteen timeslots at once: a lane a timeslot, a row a sample.
//!
//! A row is one AVX-512 register, two of AVX2, four of SSE. What computes on rows is written once, on `fearless_simd`'s
//! vectors; who calls it chooses the instructions at run time (`dispatch!`).

use fearless_simd::{Level, Simd, f32x16, prelude::*, u32x16};
use frame::Octets;

/// Lanes that are computed together.
pub const WIDTH: usize = 16;

/// Octets of a lane that are read at once.
pub const QUAD: usize = 4;

/// The even bits that A-law inverts on the line.
const A_EVEN_BITS: u32 = 0x55;
/// The polarity bit; once a code is turned as [`linear`] does, it is set for negative values.
const SIGN: u32 = 0x80;

/// One number a lane, where a register is loaded at once.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Row(pub [f32; WIDTH]);

impl Row {
    /// A row of nothing.
    pub const QUIET: Row = Row([0.0; WIDTH]);

    /// Its lanes in a vector.
    #[inline(always)]
    pub fn load<S: Simd>(&self, simd: S) -> f32x16<S> {
        f32x16::from_slice(simd, &self.0)
    }
}

/// Every set of vector instructions that this processor has and the lanes make use of, the portable one first. Each
/// decides alike; tests hold them to it, and measurements compare them.
pub fn levels() -> Vec<Level> {
    let best = Level::new();
    let mut levels = vec![Level::baseline(), best];
    #[cfg(target_arch = "x86_64")]
    levels.extend(best.as_avx2().map(Simd::level));
    levels
}

/// `QUADS` times four samples from `from` on, four octets of each lane in a word, the first the lowest: timeslots lie octet
/// after octet, and rows lane by lane. All of it before the first is used: what was written in parts is slow to be read at
/// once. Lanes beyond `octets` are 0.
#[inline(always)]
pub fn words<const QUADS: usize>(octets: &[Octets], from: usize) -> [[u32; WIDTH]; QUADS] {
    let mut words = [[0; WIDTH]; QUADS];
    for (lane, octets) in octets.iter().take(WIDTH).enumerate() {
        for (words, quad) in words.iter_mut().zip(octets[from..from + QUADS * QUAD].chunks_exact(QUAD)) {
            words[lane] = u32::from_le_bytes([quad[0], quad[1], quad[2], quad[3]]);
        }
    }
    words
}

/// The linear values of octets, each in the lowest 8 bits of its lane: what [`crate::decode`] says, without a table. A
/// segment is an exponent of two and a step is the upper part of a mantissa, so both only have to be put in their place
/// (G.711; the middle of an interval is the bit below the step).
#[inline(always)]
pub fn linear<S: Simd, const MU: bool>(octets: u32x16<S>) -> f32x16<S> {
    let code = octets ^ if MU { 0xff } else { A_EVEN_BITS ^ SIGN };
    let magnitude = code & 0x7f;
    let float: f32x16<S> = ((magnitude << 19) + ((127 + 7) << 23 | 1 << 18)).bitcast();
    let value = if MU {
        float - 132.0
    } else {
        // Segment 0 has the step of segment 1, and no leading one.
        magnitude.simd_lt(16).select(float * 2.0 - 256.0, float)
    };
    let sign = (code & SIGN) << 24;
    (value.bitcast::<u32x16<S>>() | sign).bitcast()
}

#[cfg(test)]
mod tests {
    use fearless_simd::dispatch;
    use frame::Law;

    use super::*;

    /// What the sixteen octets from `first` on are.
    fn decoded(level: Level, law: Law, first: u32) -> [f32; WIDTH] {
        dispatch!(level, simd => {
            let octets = u32x16::from_fn(simd, |lane| (first + lane as u32) | 0xabcd_ef00);
            let mut row = [0.0; WIDTH];
            match law {
                Law::A => linear::<_, false>(octets).store_slice(&mut row),
                Law::Mu => linear::<_, true>(octets).store_slice(&mut row),
            }
            row
        })
    }

    #[test]
    fn every_octet_of_both_laws_is_what_the_table_says_whatever_stands_above_it_in_its_word() {
        for (law, level) in
            [Law::A, Law::Mu].into_iter().flat_map(|law| levels().into_iter().map(move |level| (law, level)))
        {
            let octets = (0..=255).step_by(WIDTH).flat_map(|first| decoded(level, law, first));
            for (octet, value) in (0..=255).zip(octets) {
                assert_eq!(value, f32::from(crate::decode(law, octet)), "{law:?} {octet:#x} with {level:?}");
            }
        }
    }
}
