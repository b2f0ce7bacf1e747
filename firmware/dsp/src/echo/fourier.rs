//! The real Fourier transform of 160 samples of sixteen lanes, there and back.
//!
//! 160 = 2 × 5 × 16. Two real samples make a complex one (the usual trick for real signals), and the 80 that are left are
//! a good case for the prime-factor algorithm (I. J. Good, 1958): 5 and 16 have no divisor in common, so that the
//! transform is 16 of length 5 and 5 of length 16 with no factor between, in place. Each number is a row of lanes, so
//! nothing is ever moved within a register.
//!
//! Nothing is scaled on the way: [`forward`] gives twice the transform, and [`inverse`] of that [`THERE_AND_BACK`] times
//! the samples.

use std::{array::from_fn, f64::consts::TAU};

use codec::lanes::{Row, Rows};
use fearless_simd::{Simd, f32x16, prelude::*};

/// Samples of a transform: a tick and the one before.
pub(super) const LENGTH: usize = 160;
/// Frequencies of a transform, 50 Hz apart, from 0 to 4000 Hz.
pub(super) const BINS: usize = LENGTH / 2 + 1;
/// What samples have been multiplied by after [`forward`] and [`inverse`].
pub(super) const THERE_AND_BACK: f32 = 2.0 * LENGTH as f32;

/// Complex numbers of the inner transform.
pub(super) const INNER: usize = LENGTH / 2;
/// Its factors.
const FIVE: usize = 5;
const SIXTEEN: usize = 16;

/// Real and imaginary part.
pub(super) type Pair = [Row; 2];
/// Samples of two ticks: the older one first.
pub(super) type Window = [Rows; 2];
/// What a window is made of. The imaginary parts of the first and the last are 0.
pub(super) type Spectrum = [Pair; BINS];
/// Room for what is between.
pub(super) type Inner = [Pair; INNER];

/// Where the inner transform's sample or frequency `n` lies: Good's map for the samples, the Chinese remainders for the
/// frequencies.
const SAMPLE_AT: [usize; INNER] = places(13);
const FREQUENCY_AT: [usize; INNER] = places(1);

const fn places(turn: usize) -> [usize; INNER] {
    let mut places = [0; INNER];
    let mut n = 0;
    while n < INNER {
        places[n] = n % FIVE * SIXTEEN + n * turn % SIXTEEN;
        n += 1;
    }
    places
}

/// Factors that no constant expression can compute.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    /// Cosine and sine of each frequency's part of a turn.
    turns: [[f32; 2]; INNER / 2],
}

impl Factors {
    pub(super) fn new() -> Factors {
        let angle = |k: usize| TAU * k as f64 / LENGTH as f64;
        Factors { turns: from_fn(|k| [angle(k).cos() as f32, angle(k).sin() as f32]) }
    }
}

/// A complex number a lane.
#[derive(Clone, Copy)]
pub(super) struct Complex<S: Simd> {
    pub(super) re: f32x16<S>,
    pub(super) im: f32x16<S>,
}

impl<S: Simd> Complex<S> {
    #[inline(always)]
    pub(super) fn load(simd: S, pair: &Pair) -> Complex<S> {
        Complex { re: pair[0].load(simd), im: pair[1].load(simd) }
    }

    #[inline(always)]
    pub(super) fn store(self, pair: &mut Pair) {
        self.re.store_slice(&mut pair[0].0);
        self.im.store_slice(&mut pair[1].0);
    }

    #[inline(always)]
    fn plus(self, other: Complex<S>) -> Complex<S> {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }

    #[inline(always)]
    fn minus(self, other: Complex<S>) -> Complex<S> {
        Complex { re: self.re - other.re, im: self.im - other.im }
    }

    /// Times -i.
    #[inline(always)]
    fn turned(self) -> Complex<S> {
        Complex { re: self.im, im: -self.re }
    }

    /// Real and imaginary part changed.
    #[inline(always)]
    fn swapped(self) -> Complex<S> {
        Complex { re: self.im, im: self.re }
    }

    #[inline(always)]
    fn times_real(self, factor: f32) -> Complex<S> {
        Complex { re: self.re * factor, im: self.im * factor }
    }

    /// Times cosine - i sine.
    #[inline(always)]
    fn rotated(self, cosine: f32, sine: f32) -> Complex<S> {
        Complex { re: self.re * cosine + self.im * sine, im: self.im * cosine - self.re * sine }
    }

    /// `sum` and its product with `factor`.
    #[inline(always)]
    pub(super) fn times_added_to(self, factor: Complex<S>, sum: Complex<S>) -> Complex<S> {
        let re = self.re.mul_add(factor.re, (-self.im).mul_add(factor.im, sum.re));
        let im = self.re.mul_add(factor.im, self.im.mul_add(factor.re, sum.im));
        Complex { re, im }
    }
}

/// Twice the transform of a window. Compiled once for each set of instructions, because it is long.
#[inline(always)]
pub(super) fn forward<S: Simd>(simd: S, factors: &Factors, window: &Window, inner: &mut Inner, out: &mut Spectrum) {
    simd.vectorize(
        #[inline(always)]
        || {
            fives_of_samples(simd, window, inner);
            sixteens(simd, inner);
            split(simd, factors, inner, out);
        },
    );
}

/// The samples of a spectrum.
#[inline(always)]
pub(super) fn inverse<S: Simd>(simd: S, factors: &Factors, spectrum: &Spectrum, inner: &mut Inner, out: &mut Window) {
    simd.vectorize(
        #[inline(always)]
        || {
            join(simd, factors, spectrum, inner);
            fives(simd, inner);
            sixteens(simd, inner);
            unfold(simd, inner, out);
        },
    );
}

#[inline(always)]
fn fives_of_samples<S: Simd>(simd: S, window: &Window, inner: &mut Inner) {
    let samples = window.as_flattened();
    for column in 0..SIXTEEN {
        let mut numbers = [Complex { re: f32x16::splat(simd, 0.0), im: f32x16::splat(simd, 0.0) }; FIVE];
        for (row, number) in numbers.iter_mut().enumerate() {
            let n = (FIVE * column + SIXTEEN * row) % INNER;
            *number = Complex { re: samples[2 * n].load(simd), im: samples[2 * n + 1].load(simd) };
        }
        let numbers = five(numbers);
        for (row, number) in numbers.into_iter().enumerate() {
            number.store(&mut inner[row * SIXTEEN + column]);
        }
    }
}

#[inline(always)]
fn fives<S: Simd>(simd: S, inner: &mut Inner) {
    for column in 0..SIXTEEN {
        let mut numbers = [Complex { re: f32x16::splat(simd, 0.0), im: f32x16::splat(simd, 0.0) }; FIVE];
        for (row, number) in numbers.iter_mut().enumerate() {
            *number = Complex::load(simd, &inner[row * SIXTEEN + column]);
        }
        let numbers = five(numbers);
        for (row, number) in numbers.into_iter().enumerate() {
            number.store(&mut inner[row * SIXTEEN + column]);
        }
    }
}

#[inline(always)]
fn sixteens<S: Simd>(simd: S, inner: &mut Inner) {
    for row in inner.as_chunks_mut::<SIXTEEN>().0 {
        sixteen(simd, row);
    }
}

/// The transform of length 5.
#[inline(always)]
fn five<S: Simd>(x: [Complex<S>; FIVE]) -> [Complex<S>; FIVE] {
    const COSINES: [f32; 2] = [0.309_017, -0.809_017];
    const SINES: [f32; 2] = [0.951_056_5, 0.587_785_25];
    let (near, far) = (x[1].plus(x[4]), x[2].plus(x[3]));
    let (near_less, far_less) = (x[1].minus(x[4]), x[2].minus(x[3]));
    let even = [
        x[0].plus(near.times_real(COSINES[0])).plus(far.times_real(COSINES[1])),
        x[0].plus(near.times_real(COSINES[1])).plus(far.times_real(COSINES[0])),
    ];
    let odd = [
        near_less.times_real(SINES[0]).plus(far_less.times_real(SINES[1])).turned(),
        near_less.times_real(SINES[1]).minus(far_less.times_real(SINES[0])).turned(),
    ];
    let sum = x[0].plus(near).plus(far);
    [sum, even[0].plus(odd[0]), even[1].plus(odd[1]), even[1].minus(odd[1]), even[0].minus(odd[0])]
}

/// The transform of length 4.
#[inline(always)]
fn four<S: Simd>(x: [Complex<S>; 4]) -> [Complex<S>; 4] {
    let (even, even_less) = (x[0].plus(x[2]), x[0].minus(x[2]));
    let (odd, odd_less) = (x[1].plus(x[3]), x[1].minus(x[3]).turned());
    [even.plus(odd), even_less.plus(odd_less), even.minus(odd), even_less.minus(odd_less)]
}

/// The transform of length 16, as 4 × 4.
#[inline(always)]
fn sixteen<S: Simd>(simd: S, row: &mut [Pair; SIXTEEN]) {
    const C1: f32 = 0.923_879_5;
    const S1: f32 = 0.382_683_43;
    const H: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let column = |n: usize, row: &[Pair; SIXTEEN]| {
        four([
            Complex::load(simd, &row[n]),
            Complex::load(simd, &row[n + 4]),
            Complex::load(simd, &row[n + 8]),
            Complex::load(simd, &row[n + 12]),
        ])
    };
    let a = column(0, row);
    let b = column(1, row);
    let c = column(2, row);
    let d = column(3, row);
    let rows = [
        four([a[0], b[0], c[0], d[0]]),
        four([a[1], b[1].rotated(C1, S1), c[1].rotated(H, H), d[1].rotated(S1, C1)]),
        four([a[2], b[2].rotated(H, H), c[2].turned(), d[2].rotated(-H, H)]),
        four([a[3], b[3].rotated(S1, C1), c[3].rotated(-H, H), d[3].rotated(-C1, -S1)]),
    ];
    for (first, numbers) in rows.into_iter().enumerate() {
        for (n, number) in numbers.into_iter().enumerate() {
            number.store(&mut row[first + 4 * n]);
        }
    }
}

/// Takes apart what two real signals became as one complex signal, and puts their halves together.
#[inline(always)]
fn split<S: Simd>(simd: S, factors: &Factors, inner: &Inner, out: &mut Spectrum) {
    let nothing = f32x16::splat(simd, 0.0);
    let first = Complex::load(simd, &inner[FREQUENCY_AT[0]]);
    let (low, high) = ((first.re + first.im) * 2.0, (first.re - first.im) * 2.0);
    Complex { re: low, im: nothing }.store(&mut out[0]);
    Complex { re: high, im: nothing }.store(&mut out[INNER]);
    for (k, [cosine, sine]) in factors.turns.iter().enumerate().skip(1) {
        let one = Complex::load(simd, &inner[FREQUENCY_AT[k]]);
        let other = Complex::load(simd, &inner[FREQUENCY_AT[INNER - k]]);
        let even = Complex { re: one.re + other.re, im: one.im - other.im };
        // Divided by i: one - the other's conjugate.
        let odd = Complex { re: one.im + other.im, im: other.re - one.re }.rotated(*cosine, *sine);
        even.plus(odd).store(&mut out[k]);
        Complex { re: even.re - odd.re, im: odd.im - even.im }.store(&mut out[INNER - k]);
    }
    let middle = Complex::load(simd, &inner[FREQUENCY_AT[INNER / 2]]);
    Complex { re: middle.re * 2.0, im: middle.im * -2.0 }.store(&mut out[INNER / 2]);
}

/// The way back of [`split`]. Real and imaginary part change places, which makes the inner transform its own inverse.
#[inline(always)]
fn join<S: Simd>(simd: S, factors: &Factors, spectrum: &Spectrum, inner: &mut Inner) {
    let (low, high) = (spectrum[0][0].load(simd), spectrum[INNER][0].load(simd));
    Complex { re: low + high, im: low - high }.swapped().store(&mut inner[SAMPLE_AT[0]]);
    for (k, [cosine, sine]) in factors.turns.iter().enumerate().skip(1) {
        let one = Complex::load(simd, &spectrum[k]);
        let other = Complex::load(simd, &spectrum[INNER - k]);
        let even = Complex { re: one.re + other.re, im: one.im - other.im };
        let odd = Complex { re: one.re - other.re, im: one.im + other.im }.rotated(*cosine, -*sine);
        let sum = Complex { re: even.re - odd.im, im: even.im + odd.re };
        let less = Complex { re: even.re + odd.im, im: odd.re - even.im };
        sum.swapped().store(&mut inner[SAMPLE_AT[k]]);
        less.swapped().store(&mut inner[SAMPLE_AT[INNER - k]]);
    }
    let middle = Complex::load(simd, &spectrum[INNER / 2]);
    Complex { re: middle.re * 2.0, im: middle.im * -2.0 }.swapped().store(&mut inner[SAMPLE_AT[INNER / 2]]);
}

/// Complex numbers back to pairs of samples, swapped.
#[inline(always)]
fn unfold<S: Simd>(simd: S, inner: &Inner, out: &mut Window) {
    let samples = out.as_flattened_mut();
    for n in 0..INNER {
        let number = Complex::load(simd, &inner[FREQUENCY_AT[n]]).swapped();
        if let [even, odd] = &mut samples[2 * n..2 * n + 2] {
            number.re.store_slice(&mut even.0);
            number.im.store_slice(&mut odd.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use codec::lanes::{WIDTH, levels};
    use fearless_simd::{Level, dispatch};
    use frame::OCTETS_PER_TICK;

    use super::*;

    /// Samples without a pattern, other ones on every lane.
    fn window() -> Window {
        let sample = |n: usize, lane: usize| ((n * 7919 + lane * 104_729 + 13) % 2003) as f32 / 1001.5 - 1.0;
        from_fn(|tick| from_fn(|n| Row(from_fn(|lane| sample(tick * OCTETS_PER_TICK + n, lane)))))
    }

    fn spectrum(level: Level, window: &Window) -> Box<Spectrum> {
        let mut out = Box::new([[Row::QUIET; 2]; BINS]);
        let (factors, mut inner) = (Factors::new(), [[Row::QUIET; 2]; INNER]);
        dispatch!(level, simd => forward(simd, &factors, window, &mut inner, &mut out));
        out
    }

    fn samples(level: Level, spectrum: &Spectrum) -> Window {
        let mut out = [[Row::QUIET; OCTETS_PER_TICK]; 2];
        let (factors, mut inner) = (Factors::new(), [[Row::QUIET; 2]; INNER]);
        dispatch!(level, simd => inverse(simd, &factors, spectrum, &mut inner, &mut out));
        out
    }

    #[test]
    fn a_spectrum_is_what_the_definition_says() {
        let window = window();
        let samples = window.as_flattened();
        for level in levels() {
            let spectrum = spectrum(level, &window);
            for (k, lane) in (0..BINS).flat_map(|k| (0..WIDTH).map(move |lane| (k, lane))) {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, row) in samples.iter().enumerate() {
                    let angle = TAU * (k * n % LENGTH) as f64 / LENGTH as f64;
                    re += 2.0 * f64::from(row.0[lane]) * angle.cos();
                    im -= 2.0 * f64::from(row.0[lane]) * angle.sin();
                }
                let [got_re, got_im] = &spectrum[k];
                assert!((f64::from(got_re.0[lane]) - re).abs() < 1e-3, "re of {k} on {lane} with {level:?}");
                assert!((f64::from(got_im.0[lane]) - im).abs() < 1e-3, "im of {k} on {lane} with {level:?}");
            }
        }
    }

    #[test]
    fn the_way_back_gives_the_samples() {
        let window = window();
        for level in levels() {
            let back = samples(level, &spectrum(level, &window));
            for (row, back) in window.as_flattened().iter().zip(back.as_flattened()) {
                for (sample, back) in row.0.iter().zip(back.0) {
                    assert!((sample - back / THERE_AND_BACK).abs() < 1e-5, "{sample} {back} with {level:?}");
                }
            }
        }
    }
}
