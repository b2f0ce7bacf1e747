//! What encoder and decoder have in common: the estimate of the next sample, and what each code changes in it. G.726 4.2.3
//! to 4.2.7.
//!
//! Names are the standard's: SE and SEZ are the signal estimate and its part from the zeros, Y the scale factor, DQ the
//! quantized difference, SR the reconstructed signal, A and B the coefficients of poles and zeros.

use fearless_simd::{Simd, f32x16, i32x16, prelude::*};

use super::quantizer::{Meaning, Quantizer};
use crate::lanes::{self, IntRow, WIDTH};

/// Coefficients of the predictor's zeros.
const ZEROS: usize = 6;
/// The place of 1 in the exponent of a float, above 7 bits of mantissa: a logarithm to base 2 with 7 bits behind its point
/// is the upper half of a float but for this.
const LOG_OF_ONE: i32 = 127 << 7;

/// The standard's floating point: a mantissa of 6 bits with its leading one, negative for negative numbers, and an exponent
/// of 4 bits. Zero has the mantissa of 1 and the exponent 0, and it has a sign.
#[derive(Clone, Copy, Debug)]
struct Floating {
    mantissa: IntRow,
    exponent: IntRow,
}

/// All that sixteen channels remember from sample to sample.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// B1 to B6.
    zeros: [IntRow; ZEROS],
    /// A1 and A2.
    poles: [IntRow; 2],
    /// DQ1 to DQ6.
    differences: [Floating; ZEROS],
    /// SR1 and SR2.
    reconstructed: [Floating; 2],
    /// PK1 and PK2: numbers of that sign.
    partial: [IntRow; 2],
    /// YU.
    fast: IntRow,
    /// YL.
    slow: IntRow,
    /// DMS.
    short_average: IntRow,
    /// DML.
    long_average: IntRow,
    /// AP.
    speed: IntRow,
    /// TD: all ones for yes.
    tone: IntRow,
}

/// What is expected of the next sample.
#[derive(Clone, Copy)]
pub(super) struct Estimate<S: Simd> {
    zeros: i32x16<S>,
    /// SE.
    pub signal: i32x16<S>,
    /// Y.
    pub scale: i32x16<S>,
}

impl Floating {
    const ZERO: Floating = Floating { mantissa: IntRow([32; WIDTH]), exponent: IntRow([0; WIDTH]) };

    /// FLOATA and FLOATB: of a magnitude of 15 bits and a sign.
    #[inline(always)]
    fn put<S: Simd>(&mut self, magnitude: i32x16<S>, sign: i32x16<S>) {
        let (mantissa, exponent) = parts(magnitude);
        ((mantissa ^ sign) - sign).store_slice(&mut self.mantissa.0);
        exponent.store_slice(&mut self.exponent.0);
    }

    fn reset(&mut self, lane: usize) {
        self.mantissa.0[lane] = Floating::ZERO.mantissa.0[lane];
        self.exponent.0[lane] = Floating::ZERO.exponent.0[lane];
    }
}

impl State {
    pub(super) const RESET: State = State {
        zeros: [IntRow::ZERO; ZEROS],
        poles: [IntRow::ZERO; 2],
        differences: [Floating::ZERO; ZEROS],
        reconstructed: [Floating::ZERO; 2],
        partial: [IntRow::ZERO; 2],
        fast: IntRow([544; WIDTH]),
        slow: IntRow([34_816; WIDTH]),
        short_average: IntRow::ZERO,
        long_average: IntRow::ZERO,
        speed: IntRow::ZERO,
        tone: IntRow::ZERO,
    };

    /// One channel begins anew.
    pub(super) fn reset(&mut self, lane: usize) {
        let rows = self.zeros.iter_mut().chain(&mut self.poles).chain(&mut self.partial);
        rows.for_each(|row| row.0[lane] = 0);
        self.differences.iter_mut().chain(&mut self.reconstructed).for_each(|number| number.reset(lane));
        self.fast.0[lane] = State::RESET.fast.0[lane];
        self.slow.0[lane] = State::RESET.slow.0[lane];
        for row in [&mut self.short_average, &mut self.long_average, &mut self.speed, &mut self.tone] {
            row.0[lane] = 0;
        }
    }

    /// FMULT of all coefficients, ACCUM, LIMA and MIX.
    #[inline(always)]
    pub(super) fn estimate<S: Simd>(&self, simd: S) -> Estimate<S> {
        let mut zeros = i32x16::splat(simd, 0);
        for (coefficient, difference) in self.zeros.iter().zip(&self.differences) {
            zeros += product(coefficient.load(simd), difference);
        }
        let mut signal = zeros;
        for (coefficient, reconstructed) in self.poles.iter().zip(&self.reconstructed) {
            signal += product(coefficient.load(simd), reconstructed);
        }
        let slow = self.slow.load(simd) >> 6;
        let part = (self.fast.load(simd) - slow) * (self.speed.load(simd).min(256) >> 2);
        // A magnitude is shifted: towards zero.
        let scale = slow + ((part + ((part >> 31) & 63)) >> 6);
        Estimate { zeros: wrapped(zeros) >> 1, signal: wrapped(signal) >> 1, scale }
    }

    /// Takes a code into account; gives SR.
    #[inline(always)]
    pub(super) fn adapt<S: Simd>(
        &mut self,
        estimate: &Estimate<S>,
        code: i32x16<S>,
        quantizer: &Quantizer,
    ) -> i32x16<S> {
        let meaning = quantizer.meaning(code);
        let magnitude = linear(meaning.level + (estimate.scale >> 2));
        let difference = (magnitude ^ meaning.sign) - meaning.sign;

        let transition = self.transition(magnitude);
        self.adapt_scale(estimate.scale, &meaning);
        let tone = self.adapt_poles(wrapped(difference + estimate.zeros), transition);
        self.adapt_speed(estimate.scale, &meaning, tone, transition);
        self.adapt_zeros(magnitude, meaning.sign, transition, quantizer.leak);

        let reconstructed = wrapped(difference + estimate.signal);
        self.reconstructed[1] = self.reconstructed[0];
        // -32,768 has no magnitude of 15 bits: it becomes 0.
        self.reconstructed[0].put(reconstructed.abs() & 0x7fff, reconstructed >> 31);
        reconstructed
    }

    /// TRANS: all ones where a tone ends, or changes to another.
    #[inline(always)]
    fn transition<S: Simd>(&self, magnitude: i32x16<S>) -> i32x16<S> {
        let slow = self.slow.load(magnitude.simd);
        // A number of 5 bits behind a leading one, shifted by the whole part of a logarithm: once more a float.
        let threshold = ((slow >> 10) + ((127 + 5) << 5)) << 18;
        let threshold: i32x16<S> = threshold.bitcast::<f32x16<S>>().to_int();
        let threshold = slow.simd_ge(10 << 15).select(i32x16::splat(slow.simd, 31 << 10), threshold);
        let threshold = (threshold + (threshold >> 1)) >> 1;
        lanes::kept(magnitude.simd_gt(threshold), self.tone.load(slow.simd))
    }

    /// FILTD, LIMB and FILTE.
    #[inline(always)]
    fn adapt_scale<S: Simd>(&mut self, scale: i32x16<S>, meaning: &Meaning<S>) {
        let fast = (scale + (((meaning.scale << 5) - scale) >> 5)).max(544).min(5120);
        fast.store_slice(&mut self.fast.0);
        let slow = self.slow.load(scale.simd);
        (slow + fast + (-slow >> 6)).store_slice(&mut self.slow.0);
    }

    /// FILTA, FILTB, SUBTC, FILTC and TRIGA.
    #[inline(always)]
    fn adapt_speed<S: Simd>(&mut self, scale: i32x16<S>, meaning: &Meaning<S>, tone: i32x16<S>, transition: i32x16<S>) {
        let simd = scale.simd;
        let (short, long) = (self.short_average.load(simd), self.long_average.load(simd));
        let short = short + (((meaning.speed << 9) - short) >> 5);
        let long = long + (((meaning.speed << 11) - long) >> 7);
        short.store_slice(&mut self.short_average.0);
        long.store_slice(&mut self.long_average.0);
        let steady = ((short << 2) - long).abs().simd_lt(long >> 3) & scale.simd_ge(1536);
        let wanted = steady.select(tone & 512, i32x16::splat(simd, 512));
        let speed = self.speed.load(simd);
        let speed = speed + ((wanted - speed) >> 4);
        transition.simd_ne(0).select(i32x16::splat(simd, 256), speed).store_slice(&mut self.speed.0);
    }

    /// UPA1, UPA2, LIMC, LIMD, TONE and TRIGB, by the sign of a difference and the part of the zeros (ADDC). All ones where a
    /// tone is heard (TDP).
    #[inline(always)]
    fn adapt_poles<S: Simd>(&mut self, partial: i32x16<S>, transition: i32x16<S>) -> i32x16<S> {
        let simd = partial.simd;
        let [first, second] = [self.poles[0].load(simd), self.poles[1].load(simd)];
        // All ones where the signs differ.
        let one_ago = (partial ^ self.partial[0].load(simd)) >> 31;
        let two_ago = (partial ^ self.partial[1].load(simd)) >> 31;
        self.partial[1] = self.partial[0];
        partial.store_slice(&mut self.partial[0].0);
        let moves = partial.simd_ne(0);

        let limited = first.max(-8191).min(8191) << 2;
        let gain = (((two_ago & -32_768) + 16_384) + ((limited ^ !one_ago) - !one_ago)) >> 7;
        let second = second + lanes::kept(moves, gain) - (second >> 7);
        let second = second.max(-12_288).min(12_288);
        let gain = (one_ago & -384) + 192;
        let first = first + lanes::kept(moves, gain) - (first >> 8);
        let limit = 15_360 - second;
        let first = first.max(-limit).min(limit);

        let tone = lanes::kept(second.simd_lt(-11_776), i32x16::splat(simd, -1));
        (first & !transition).store_slice(&mut self.poles[0].0);
        (second & !transition).store_slice(&mut self.poles[1].0);
        (tone & !transition).store_slice(&mut self.tone.0);
        tone
    }

    /// XOR, UPB, TRIGB and FLOATA.
    #[inline(always)]
    fn adapt_zeros<S: Simd>(&mut self, magnitude: i32x16<S>, sign: i32x16<S>, transition: i32x16<S>, leak: u32) {
        let simd = sign.simd;
        let gain = lanes::kept(magnitude.simd_ne(0), i32x16::splat(simd, 128));
        for (row, difference) in self.zeros.iter_mut().zip(&self.differences) {
            let coefficient = row.load(simd);
            let opposed = (difference.mantissa.load(simd) >> 31) ^ sign;
            let adapted = coefficient + ((gain ^ opposed) - opposed) - (coefficient >> leak);
            (wrapped(adapted) & !transition).store_slice(&mut row.0);
        }
        self.differences.rotate_right(1);
        self.differences[0].put(magnitude, sign);
    }
}

/// LOG: the logarithm of a magnitude to base 2, with 7 bits behind its point.
#[inline(always)]
pub(super) fn logarithm<S: Simd>(magnitude: i32x16<S>) -> i32x16<S> {
    let float: f32x16<S> = magnitude.to_float();
    // The logarithm of 0 is 0 too.
    ((float.bitcast::<i32x16<S>>() >> 16) - LOG_OF_ONE).max(0)
}

/// ANTILOG: back; below a logarithm of 0 it is 0.
#[inline(always)]
fn linear<S: Simd>(logarithm: i32x16<S>) -> i32x16<S> {
    ((logarithm + LOG_OF_ONE) << 16).bitcast::<f32x16<S>>().to_int()
}

/// The mantissa and exponent of a magnitude.
#[inline(always)]
fn parts<S: Simd>(magnitude: i32x16<S>) -> (i32x16<S>, i32x16<S>) {
    let float: f32x16<S> = magnitude.to_float();
    let bits = float.bitcast::<i32x16<S>>();
    (((bits >> 18) & 31) | 32, ((bits >> 23) - 126).max(0))
}

/// FMULT.
#[inline(always)]
fn product<S: Simd>(coefficient: i32x16<S>, factor: &Floating) -> i32x16<S> {
    let simd = coefficient.simd;
    let (mantissa, exponent) = parts((coefficient >> 2).abs() & 0x1fff);
    let factor_mantissa = factor.mantissa.load(simd);
    let mantissa = (mantissa * factor_mantissa.abs() + 48) >> 4;
    let shift = 28 - exponent - factor.exponent.load(simd);
    let magnitude = ((mantissa << 9) >> shift) & 0x7fff;
    let sign = (coefficient ^ factor_mantissa) >> 31;
    (magnitude ^ sign) - sign
}

/// A number of 16 bits, two's complement.
#[inline(always)]
fn wrapped<S: Simd>(number: i32x16<S>) -> i32x16<S> {
    (number << 16) >> 16
}
