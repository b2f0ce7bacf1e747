//! The spectrum of 128 samples of sixteen lanes at once, and the way back.
//!
//! Real samples go in pairs through a complex transform of 64 points: three stages of radix 4, in place, whose output
//! stands in the reversed order of its digits.

use std::f64::consts::TAU;

use codec::lanes::Row;
use fearless_simd::{Simd, f32x16, prelude::*};

/// Samples of a frame.
pub(super) const FRAME: usize = 128;
/// Frequencies from 0 to 4 kHz, 62.5 Hz apart.
pub(super) const BINS: usize = FRAME / 2 + 1;
/// Points of the complex transform.
const POINTS: usize = FRAME / 2;

/// Cosines and sines of a whole turn in 128 steps.
#[derive(Clone, Debug)]
pub(super) struct Turns([[f32; 2]; FRAME]);

/// A spectrum, or pairs of samples on their way to one.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    pub(super) re: [Row; BINS],
    pub(super) im: [Row; BINS],
}

/// A complex number a lane.
type Complex<S> = (f32x16<S>, f32x16<S>);

impl Turns {
    pub(super) fn new() -> Turns {
        Turns(std::array::from_fn(|step| {
            let angle = TAU * step as f64 / FRAME as f64;
            [angle.cos() as f32, angle.sin() as f32]
        }))
    }
}

impl Spectrum {
    pub(super) const QUIET: Spectrum = Spectrum { re: [Row::QUIET; BINS], im: [Row::QUIET; BINS] };

    #[inline(always)]
    fn get<S: Simd>(&self, simd: S, at: usize) -> Complex<S> {
        (self.re[at].load(simd), self.im[at].load(simd))
    }

    #[inline(always)]
    fn put<S: Simd>(&mut self, at: usize, (re, im): Complex<S>) {
        re.store_slice(&mut self.re[at].0);
        im.store_slice(&mut self.im[at].0);
    }
}

/// The spectrum of a frame whose samples stand in pairs: even ones in `re`, odd ones in `im`. `work` is what it goes
/// through.
#[inline(always)]
pub(super) fn forward<S: Simd>(simd: S, turns: &Turns, work: &mut Spectrum, spectrum: &mut Spectrum) {
    transform(simd, turns, work);
    for bin in 0..BINS {
        let (even, odd) = halves(simd, work, reversed(bin % POINTS), reversed((POINTS - bin % POINTS) % POINTS));
        // The odd samples come a step later, and are turned by -i as they were the imaginary part.
        spectrum.put(bin, sum(even, turned(simd, (odd.1, -odd.0), turns.0[bin], -1.0)));
    }
}

/// The frame of a spectrum, in pairs as [`forward`] takes them, times 64.
#[inline(always)]
pub(super) fn backward<S: Simd>(simd: S, turns: &Turns, spectrum: &Spectrum, work: &mut Spectrum) {
    for point in 0..POINTS {
        let (even, odd) = halves(simd, spectrum, point, POINTS - point);
        let odd = turned(simd, odd, turns.0[point], 1.0);
        let (re, im) = sum(even, (-odd.1, odd.0));
        // Real and imaginary parts change places: so the way there is the way back.
        work.put(point, (im, re));
    }
    transform(simd, turns, work);
    let mut ordered = Spectrum::QUIET;
    for point in 0..POINTS {
        let (im, re) = work.get(simd, reversed(point));
        ordered.put(point, (re, im));
    }
    *work = ordered;
}

/// Half the sum and half the difference of one number and the conjugate of another.
#[inline(always)]
fn halves<S: Simd>(simd: S, of: &Spectrum, one: usize, other: usize) -> (Complex<S>, Complex<S>) {
    let ((re, im), (other_re, other_im)) = (of.get(simd, one), of.get(simd, other));
    (((re + other_re) * 0.5, (im - other_im) * 0.5), ((re - other_re) * 0.5, (im + other_im) * 0.5))
}

#[inline(always)]
fn sum<S: Simd>(one: Complex<S>, other: Complex<S>) -> Complex<S> {
    (one.0 + other.0, one.1 + other.1)
}

#[inline(always)]
fn difference<S: Simd>(one: Complex<S>, other: Complex<S>) -> Complex<S> {
    (one.0 - other.0, one.1 - other.1)
}

/// A number turned by a step, forwards or, where `way` is -1, backwards.
#[inline(always)]
fn turned<S: Simd>(_: S, (re, im): Complex<S>, [cosine, sine]: [f32; 2], way: f32) -> Complex<S> {
    let sine = sine * way;
    (re * cosine - im * sine, re * sine + im * cosine)
}

/// The complex transform of 64 points, in place.
#[inline(always)]
fn transform<S: Simd>(simd: S, turns: &Turns, work: &mut Spectrum) {
    stage::<S, 16>(simd, turns, work);
    stage::<S, 4>(simd, turns, work);
    stage::<S, 1>(simd, turns, work);
}

/// One stage: groups of four times `QUARTER` points.
#[inline(always)]
fn stage<S: Simd, const QUARTER: usize>(simd: S, turns: &Turns, work: &mut Spectrum) {
    let step = FRAME / (4 * QUARTER);
    for group in (0..POINTS).step_by(4 * QUARTER) {
        for j in 0..QUARTER {
            let at = group + j;
            let [a, b, c, d] = [0, 1, 2, 3].map(|quarter| work.get(simd, at + quarter * QUARTER));
            let (even, odd) = (sum(a, c), difference(a, c));
            let (cross, (re, im)) = (sum(b, d), difference(b, d));
            let turn = (im, -re);
            work.put(at, sum(even, cross));
            for (quarter, value) in [(1, sum(odd, turn)), (2, difference(even, cross)), (3, difference(odd, turn))] {
                let value = if QUARTER == 1 { value } else { turned(simd, value, turns.0[j * quarter * step], -1.0) };
                work.put(at + quarter * QUARTER, value);
            }
        }
    }
}

/// Where a point stands after the stages: its three digits to the base of 4 the other way round.
const fn reversed(point: usize) -> usize {
    (point % 4) * 16 + point / 4 % 4 * 4 + point / 16
}

#[cfg(test)]
mod tests {
    use codec::lanes::levels;
    use fearless_simd::dispatch;

    use super::*;

    /// A frame of noise, another in each lane, in pairs.
    fn noise() -> Spectrum {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 - 32_768.0
        };
        let mut frame = Spectrum::QUIET;
        for point in 0..POINTS {
            frame.re[point].0.fill_with(&mut next);
            frame.im[point].0.fill_with(&mut next);
        }
        frame
    }

    #[test]
    fn a_spectrum_is_what_the_sum_of_its_definition_says() {
        let frame = noise();
        let sample = |n: usize, lane: usize| {
            f64::from(if n.is_multiple_of(2) { frame.re[n / 2].0[lane] } else { frame.im[n / 2].0[lane] })
        };
        for level in levels() {
            let (mut work, mut spectrum) = (frame.clone(), Spectrum::QUIET);
            dispatch!(level, simd => forward(simd, &Turns::new(), &mut work, &mut spectrum));
            for (bin, lane) in (0..BINS).flat_map(|bin| [0, 7, 15].map(|lane| (bin, lane))) {
                let angle = |n: usize| TAU * (n * bin % FRAME) as f64 / FRAME as f64;
                let re: f64 = (0..FRAME).map(|n| sample(n, lane) * angle(n).cos()).sum();
                let im: f64 = (0..FRAME).map(|n| -sample(n, lane) * angle(n).sin()).sum();
                let found = (f64::from(spectrum.re[bin].0[lane]), f64::from(spectrum.im[bin].0[lane]));
                assert!((found.0 - re).abs() < 1.0 && (found.1 - im).abs() < 1.0, "{bin}: {found:?}, not {re}, {im}");
            }
        }
    }

    #[test]
    fn the_way_back_brings_the_frame_again() {
        let frame = noise();
        for level in levels() {
            let (mut work, mut spectrum) = (frame.clone(), Spectrum::QUIET);
            dispatch!(level, simd => {
                forward(simd, &Turns::new(), &mut work, &mut spectrum);
                backward(simd, &Turns::new(), &spectrum, &mut work);
            });
            for point in 0..POINTS {
                for (found, expected) in [(&work.re, &frame.re), (&work.im, &frame.im)] {
                    assert!((found[point].0[3] / POINTS as f32 - expected[point].0[3]).abs() < 0.1, "{point}");
                }
            }
        }
    }
}
