//! The adaptive quantizers of the four rates: G.726 4.2.2 (QUAN), 4.2.3 (RECONST), 4.2.4 (FUNCTW), 4.2.5 (FUNCTF).
//!
//! A code is a sign and a magnitude, one's complement where it is negative. All that a magnitude means stands in one word,
//! so that a lane looks it up once.

use fearless_simd::{Simd, i32x16, prelude::*};

use super::Rate;
use crate::lanes::{self, IntRow};

/// The quantizer of a rate.
#[derive(Debug)]
pub(super) struct Quantizer {
    bits: u32,
    /// DLN from which on the magnitude is 1, 2, and so on.
    decisions: &'static [i32],
    meanings: IntRow,
    /// The shift by which a zero's coefficient leaks away: 4.2.6, UPB.
    pub leak: u32,
    /// Whether magnitude 0 is sent as all ones for both signs: a code of all zeros is never sent.
    one_zero: bool,
}

/// What a code means, lane by lane.
pub(super) struct Meaning<S: Simd> {
    /// -1 for negative codes, and 0.
    pub sign: i32x16<S>,
    /// DQLN.
    pub level: i32x16<S>,
    /// WI.
    pub scale: i32x16<S>,
    /// FI.
    pub speed: i32x16<S>,
}

impl Quantizer {
    pub(super) const fn of(rate: Rate) -> &'static Quantizer {
        match rate {
            Rate::Kbit16 => &KBIT_16,
            Rate::Kbit24 => &KBIT_24,
            Rate::Kbit32 => &KBIT_32,
            Rate::Kbit40 => &KBIT_40,
        }
    }

    const fn ones(&self) -> i32 {
        (1 << self.bits) - 1
    }

    /// QUAN: the code for a normalised logarithm and the sign of a difference.
    #[inline(always)]
    pub(super) fn code<S: Simd>(&self, normalised: i32x16<S>, difference: i32x16<S>) -> i32x16<S> {
        let mut magnitude = i32x16::splat(normalised.simd, 0);
        for &decision in self.decisions {
            magnitude += lanes::kept(normalised.simd_ge(decision), i32x16::splat(normalised.simd, 1));
        }
        let code = magnitude ^ ((difference >> 31) & self.ones());
        if self.one_zero { magnitude.simd_eq(0).select(i32x16::splat(code.simd, self.ones()), code) } else { code }
    }

    /// The order of codes by what they stand for (4.2.8, SYNC: the tables of IM and ID).
    #[inline(always)]
    pub(super) fn order<S: Simd>(&self, code: i32x16<S>) -> i32x16<S> {
        (code & self.ones()) ^ (1 << (self.bits - 1))
    }

    /// RECONST, FUNCTW and FUNCTF. Bits above a code's do not count.
    #[inline(always)]
    pub(super) fn meaning<S: Simd>(&self, code: i32x16<S>) -> Meaning<S> {
        let sign = (code << (32 - self.bits)) >> 31;
        let magnitude = (code ^ sign) & (self.ones() >> 1);
        let word = lanes::looked_up(self.meanings.load(code.simd), magnitude);
        Meaning { sign, level: (word << 20) >> 20, scale: (word << 8) >> 20, speed: word >> 24 }
    }
}

/// Rows of DQLN, WI and FI as words. DQLN of -2048 is zero, whatever the scale factor.
const fn meanings<const N: usize>(rows: [[i32; 3]; N]) -> IntRow {
    let mut words = [0; 16];
    let mut magnitude = 0;
    while magnitude < N {
        let [level, scale, speed] = rows[magnitude];
        words[magnitude] = speed << 24 | (scale & 0xfff) << 12 | (level & 0xfff);
        magnitude += 1;
    }
    IntRow(words)
}

/// Tables 9/G.726 and on, for 16 kbit/s.
static KBIT_16: Quantizer = Quantizer {
    bits: 2,
    decisions: &[261],
    meanings: meanings([[116, -22, 0], [365, 439, 7]]),
    leak: 8,
    one_zero: false,
};

static KBIT_24: Quantizer = Quantizer {
    bits: 3,
    decisions: &[8, 218, 331],
    meanings: meanings([[-2048, -4, 0], [135, 30, 1], [273, 137, 2], [373, 582, 7]]),
    leak: 8,
    one_zero: true,
};

static KBIT_32: Quantizer = Quantizer {
    bits: 4,
    decisions: &[-124, 80, 178, 246, 300, 349, 400],
    meanings: meanings([
        [-2048, -12, 0],
        [4, 18, 0],
        [135, 41, 0],
        [213, 64, 1],
        [273, 112, 1],
        [323, 198, 1],
        [373, 355, 3],
        [425, 1122, 7],
    ]),
    leak: 8,
    one_zero: true,
};

static KBIT_40: Quantizer = Quantizer {
    bits: 5,
    decisions: &[-122, -16, 68, 139, 198, 250, 298, 339, 378, 413, 445, 475, 502, 528, 553],
    meanings: meanings([
        [-2048, 14, 0],
        [-66, 14, 0],
        [28, 24, 0],
        [104, 39, 0],
        [169, 40, 0],
        [224, 41, 1],
        [274, 58, 1],
        [318, 100, 1],
        [358, 141, 1],
        [395, 179, 1],
        [429, 219, 2],
        [459, 280, 3],
        [488, 358, 4],
        [514, 440, 5],
        [539, 529, 6],
        [566, 696, 6],
    ]),
    leak: 9,
    one_zero: true,
};
