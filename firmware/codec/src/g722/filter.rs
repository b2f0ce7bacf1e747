//! The quadrature mirror filters, by which two bands of 8 kHz become one of 16 kHz and back: G.722 5.2.1 and 6.2.2.
//!
//! Two samples of a channel stand in one word, the earlier one lower: a product of pairs is what both filters consist of.

use fearless_simd::{Simd, i16x32, i32x16, prelude::*};
use frame::OCTETS_PER_TICK;

use super::band::{limited, saturated};
use crate::lanes::IntRow;

/// Pairs that a filter looks at.
const PAIRS: usize = 12;
/// Pairs before a tick that it looks at, too.
const BEFORE: usize = PAIRS - 1;

/// Coefficients of a pair's earlier sample from the oldest pair on, and from the newest on of a pair's later sample.
const COEFFICIENTS: [i16; PAIRS] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// For the sum of a pair's two products, and their difference.
const SUM: [i32; PAIRS] = pairs(1, 1);
const DIFFERENCE: [i32; PAIRS] = pairs(-1, 1);
/// For one of a pair's two products.
const LATER: [i32; PAIRS] = pairs(0, 1);
const EARLIER: [i32; PAIRS] = pairs(1, 0);

/// A tick of pairs, and those before it.
#[derive(Clone, Debug)]
pub(super) struct Line([IntRow; BEFORE + OCTETS_PER_TICK]);

impl Line {
    pub(super) const ZERO: Line = Line([IntRow::ZERO; BEFORE + OCTETS_PER_TICK]);

    /// The tick that is to be worked on.
    pub(super) fn tick(&mut self) -> &mut [IntRow; OCTETS_PER_TICK] {
        self.0.last_chunk_mut().expect("a line is longer than a tick")
    }

    /// What the filter looks at for the `at`th pair of the tick.
    fn window(&self, at: usize) -> &[IntRow] {
        &self.0[at..at + PAIRS]
    }

    /// Stores the `at`th pair of the tick.
    #[inline(always)]
    pub(super) fn put<S: Simd>(&mut self, at: usize, pair: i32x16<S>) {
        pair.store_slice(&mut self.0[BEFORE + at].0);
    }

    /// The tick has been worked off: its end stands before the next.
    pub(super) fn advance(&mut self) {
        self.0.copy_within(OCTETS_PER_TICK.., 0);
    }

    /// One channel begins anew.
    pub(super) fn reset(&mut self, lane: usize) {
        self.0.iter_mut().for_each(|row| row.0[lane] = 0);
    }

    /// The lower and the upper band at the `at`th pair. They are limited, as in the ITU's own software (G.191, `qmf_tx`);
    /// other implementations leave that out, and code overload otherwise.
    #[inline(always)]
    pub(super) fn apart<S: Simd>(&self, simd: S, at: usize) -> (i32x16<S>, i32x16<S>) {
        let (low, high) = self.sums(simd, at, &SUM, &DIFFERENCE);
        (limited(low >> 14), limited(high >> 14))
    }

    /// The two samples of the `at`th pair, from sums and differences of the bands.
    #[inline(always)]
    pub(super) fn together<S: Simd>(&self, simd: S, at: usize) -> i32x16<S> {
        let (first, second) = self.sums(simd, at, &LATER, &EARLIER);
        pair(saturated(first >> 11), saturated(second >> 11))
    }

    #[inline(always)]
    fn sums<S: Simd>(&self, simd: S, at: usize, one: &[i32; PAIRS], other: &[i32; PAIRS]) -> (i32x16<S>, i32x16<S>) {
        let mut sums = (i32x16::splat(simd, 0), i32x16::splat(simd, 0));
        for ((row, &one), &other) in self.window(at).iter().zip(one).zip(other) {
            let pair = row.load(simd).bitcast::<i16x32<S>>();
            sums.0 += simd.pairwise_dot_product_i16x32(pair, i32x16::splat(simd, one).bitcast());
            sums.1 += simd.pairwise_dot_product_i16x32(pair, i32x16::splat(simd, other).bitcast());
        }
        sums
    }
}

/// Two numbers of 16 bits in a word.
#[inline(always)]
pub(super) fn pair<S: Simd>(earlier: i32x16<S>, later: i32x16<S>) -> i32x16<S> {
    (earlier & 0xffff) | (later << 16)
}

/// The coefficients of pairs from the oldest on, each side as often as it says.
const fn pairs(earlier: i16, later: i16) -> [i32; PAIRS] {
    let mut words = [0; PAIRS];
    let mut at = 0;
    while at < PAIRS {
        let (low, high) = (earlier * COEFFICIENTS[at], later * COEFFICIENTS[PAIRS - 1 - at]);
        words[at] = low as u16 as i32 | (high as i32) << 16;
        at += 1;
    }
    words
}
