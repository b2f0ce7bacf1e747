//! One band: its step, its predictor, and what each code changes in them. The same for both bands, in encoder and decoder:
//! G.722 5.2.3 to 5.2.6.
//!
//! Names are the standard's: DET is the step and NB its logarithm, S the estimate of the signal and SZ its part from the
//! zeros, A and B the coefficients of poles and zeros, D the quantized difference, P its partial reconstruction, R the whole
//! one.

use fearless_simd::{Simd, i32x16, prelude::*};

use crate::lanes::{self, IntRow, WIDTH};

/// Coefficients of the predictor's zeros.
const ZEROS: usize = 6;

/// Of the two bands, what is not the same.
#[derive(Debug)]
pub(super) struct Plan {
    /// By how many octaves more the step is divided.
    shift: i32,
    /// The largest NB.
    largest: i32,
    /// DET at reset.
    step: i32,
    /// What codes mean: [`super::quantizer`].
    meanings: &'static IntRow,
}

pub(super) static LOW: Plan = Plan { shift: 8, largest: 18_432, step: 32, meanings: &super::quantizer::LOW };
pub(super) static HIGH: Plan = Plan { shift: 10, largest: 22_528, step: 8, meanings: &super::quantizer::HIGH };

/// The 32 steps of an octave, table ILB: two in a word.
static ILB: IntRow = octave([
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
]);

/// All that sixteen channels remember of one band.
#[derive(Clone, Debug)]
pub(super) struct Band {
    plan: &'static Plan,
    /// B1 to B6.
    zeros: [IntRow; ZEROS],
    /// A1 and A2.
    poles: [IntRow; 2],
    /// D1 to D6.
    differences: [IntRow; ZEROS],
    /// P1 and P2.
    partial: [IntRow; 2],
    /// R1.
    reconstructed: IntRow,
    /// SZ.
    from_zeros: IntRow,
    /// S.
    estimate: IntRow,
    /// NB.
    logarithm: IntRow,
    /// DET.
    step: IntRow,
}

impl Band {
    pub(super) const fn new(plan: &'static Plan) -> Band {
        Band {
            plan,
            zeros: [IntRow::ZERO; ZEROS],
            poles: [IntRow::ZERO; 2],
            differences: [IntRow::ZERO; ZEROS],
            partial: [IntRow::ZERO; 2],
            reconstructed: IntRow::ZERO,
            from_zeros: IntRow::ZERO,
            estimate: IntRow::ZERO,
            logarithm: IntRow::ZERO,
            step: IntRow([plan.step; WIDTH]),
        }
    }

    /// One channel begins anew.
    pub(super) fn reset(&mut self, lane: usize) {
        let many = self.zeros.iter_mut().chain(&mut self.poles).chain(&mut self.differences).chain(&mut self.partial);
        let single = [&mut self.reconstructed, &mut self.from_zeros, &mut self.estimate, &mut self.logarithm];
        many.chain(single).for_each(|row| row.0[lane] = 0);
        self.step.0[lane] = self.plan.step;
    }

    /// S.
    #[inline(always)]
    pub(super) fn estimate<S: Simd>(&self, simd: S) -> i32x16<S> {
        self.estimate.load(simd)
    }

    /// DET.
    #[inline(always)]
    pub(super) fn step<S: Simd>(&self, simd: S) -> i32x16<S> {
        self.step.load(simd)
    }

    /// Takes a code into account, of the lower band the 4 highest bits; gives R.
    #[inline(always)]
    pub(super) fn adapt<S: Simd>(&mut self, code: i32x16<S>) -> i32x16<S> {
        let simd = code.simd;
        let meaning = lanes::looked_up(self.plan.meanings.load(simd), code);
        // INVQAL, INVQAH.
        let difference = (self.step.load(simd) * (meaning >> 16)) >> 15;
        self.adapt_step((meaning << 16) >> 16);
        let partial = saturated(difference + self.from_zeros.load(simd));
        let reconstructed = saturated(difference + self.estimate.load(simd));
        self.adapt_zeros(difference);
        self.adapt_poles(partial);
        self.predict(reconstructed);
        reconstructed
    }

    /// LOGSCL and SCALEL, LOGSCH and SCALEH.
    #[inline(always)]
    fn adapt_step<S: Simd>(&mut self, raise: i32x16<S>) {
        let simd = raise.simd;
        let logarithm = ((self.logarithm.load(simd) * 32_512) >> 15) + raise;
        let logarithm = logarithm.max(0).min(self.plan.largest);
        logarithm.store_slice(&mut self.logarithm.0);
        let part = (logarithm >> 6) & 31;
        let pair = lanes::looked_up(ILB.load(simd), part >> 1);
        let step = (pair >> ((part & 1) << 4)) & 0xffff;
        // One octave more than the standard shifts right: above the last one it would be to the left.
        let step = (step << 1) >> (self.plan.shift + 1 - (logarithm >> 11));
        (step << 2).store_slice(&mut self.step.0);
    }

    /// UPZERO and FILTEZ.
    #[inline(always)]
    fn adapt_zeros<S: Simd>(&mut self, difference: i32x16<S>) {
        let simd = difference.simd;
        let gain = lanes::kept(difference.simd_ne(0), i32x16::splat(simd, 128));
        for (row, before) in self.zeros.iter_mut().zip(&self.differences) {
            let opposed = (before.load(simd) ^ difference) >> 31;
            let leaked = (row.load(simd) * 32_640) >> 15;
            saturated(leaked + ((gain ^ opposed) - opposed)).store_slice(&mut row.0);
        }
        self.differences.rotate_right(1);
        difference.store_slice(&mut self.differences[0].0);
        // Each sum is limited, as in the ITU's own software (G.191, `filtez`). Others limit the last one only; codes that an
        // encoder sends come to the same.
        let mut sum = i32x16::splat(simd, 0);
        for (zero, difference) in self.zeros.iter().zip(&self.differences).rev() {
            sum = saturated(sum + product(zero.load(simd), difference.load(simd)));
        }
        sum.store_slice(&mut self.from_zeros.0);
    }

    /// UPPOL2 and UPPOL1.
    #[inline(always)]
    fn adapt_poles<S: Simd>(&mut self, partial: i32x16<S>) {
        let simd = partial.simd;
        let [first, second] = [self.poles[0].load(simd), self.poles[1].load(simd)];
        // All ones where the signs differ.
        let one_ago = (partial ^ self.partial[0].load(simd)) >> 31;
        let two_ago = (partial ^ self.partial[1].load(simd)) >> 31;
        self.partial[1] = self.partial[0];
        partial.store_slice(&mut self.partial[0].0);

        let first_by_4 = saturated(first << 2);
        let gain = ((first_by_4 ^ !one_ago) - !one_ago).min(32_767) >> 7;
        let second = gain + ((two_ago & -256) + 128) + ((second * 32_512) >> 15);
        let second = second.max(-12_288).min(12_288);
        let limit = 15_360 - second;
        let first = ((one_ago & -384) + 192) + ((first * 32_640) >> 15);
        first.max(-limit).min(limit).store_slice(&mut self.poles[0].0);
        second.store_slice(&mut self.poles[1].0);
    }

    /// FILTEP and PREDIC.
    #[inline(always)]
    fn predict<S: Simd>(&mut self, reconstructed: i32x16<S>) {
        let simd = reconstructed.simd;
        let first = product(self.poles[0].load(simd), reconstructed);
        let second = product(self.poles[1].load(simd), self.reconstructed.load(simd));
        reconstructed.store_slice(&mut self.reconstructed.0);
        let from_poles = saturated(first + second);
        saturated(from_poles + self.from_zeros.load(simd)).store_slice(&mut self.estimate.0);
    }
}

/// A coefficient of 14 bits behind its point, times a signal.
#[inline(always)]
fn product<S: Simd>(coefficient: i32x16<S>, signal: i32x16<S>) -> i32x16<S> {
    (coefficient * saturated(signal + signal)) >> 15
}

/// As a number of 16 bits, the nearest.
#[inline(always)]
pub(super) fn saturated<S: Simd>(number: i32x16<S>) -> i32x16<S> {
    number.max(-32_768).min(32_767)
}

/// As a number of 15 bits: LIMIT.
#[inline(always)]
pub(super) fn limited<S: Simd>(number: i32x16<S>) -> i32x16<S> {
    number.max(-16_384).min(16_383)
}

const fn octave(steps: [i32; 32]) -> IntRow {
    let mut words = [0; WIDTH];
    let mut at = 0;
    while at < 32 {
        words[at / 2] |= steps[at] << (at % 2 * 16);
        at += 1;
    }
    IntRow(words)
}
