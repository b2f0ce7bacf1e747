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

use codec::lanes::Row;
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

/// Two numbers a lane that belong together: real and imaginary part, or two samples that follow each other.
pub(super) type Pair = [Row; 2];
/// The samples of a tick.
pub(super) type Half = [Pair; INNER / 2];
/// What a window of two ticks is made of. The imaginary parts of the first and the last are 0.
pub(super) type Spectrum = [Pair; BINS];
/// Room for what is between.
pub(super) type Inner = [Pair; INNER];

/// Which of the two ticks of a window is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Older,
    Newer,
}

/// Which complex sample stands in each row and column of the inner transform: Good's map.
const SAMPLES: [[usize; SIXTEEN]; FIVE] = numbers(FIVE);
/// And which frequency: by the Chinese remainders, 65 leaves 1 of 16 and 0 of 5.
const FREQUENCIES: [[usize; SIXTEEN]; FIVE] = numbers(65);

const fn numbers(turn: usize) -> [[usize; SIXTEEN]; FIVE] {
    let mut numbers = [[0; SIXTEEN]; FIVE];
    let mut at = 0;
    while at < INNER {
        let (row, column) = (at / SIXTEEN, at % SIXTEEN);
        numbers[row][column] = (turn * column + SIXTEEN * row) % INNER;
        at += 1;
    }
    numbers
}

/// The frequency in a row and column.
const fn frequency(row: usize, column: usize) -> usize {
    FREQUENCIES[row][column]
}

/// The complex sample in a row and column.
const fn sample_number(row: usize, column: usize) -> usize {
    SAMPLES[row][column]
}

/// Factors that no constant expression can compute.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    /// Cosine and tangent of each frequency's part of a turn. (The 40th, whose tangent is beyond measure, is not used.)
    turns: [[f32; 2]; INNER],
}

impl Factors {
    pub(super) fn new() -> Factors {
        let angle = |k: usize| TAU * k as f64 / LENGTH as f64;
        Factors { turns: from_fn(|k| [angle(k).cos() as f32, angle(k).tan() as f32]) }
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

    #[inline(always)]
    fn negated(self) -> Complex<S> {
        Complex { re: -self.re, im: -self.im }
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

    /// And `factor` times the other one.
    #[inline(always)]
    fn plus_times(self, factor: f32, other: Complex<S>) -> Complex<S> {
        Complex { re: other.re.mul_add(factor, self.re), im: other.im.mul_add(factor, self.im) }
    }

    /// Times cosine - i sine, divided by the cosine: `tangent` is their ratio. Whoever adds the result multiplies by the
    /// cosine on the way, so that every step is a product and a sum in one.
    #[inline(always)]
    fn leant(self, tangent: f32) -> Complex<S> {
        Complex { re: self.im.mul_add(tangent, self.re), im: self.re.mul_add(-tangent, self.im) }
    }

    /// `sum` and its product with `factor`.
    #[inline(always)]
    pub(super) fn times_added_to(self, factor: Complex<S>, sum: Complex<S>) -> Complex<S> {
        let re = self.re.mul_add(factor.re, (-self.im).mul_add(factor.im, sum.re));
        let im = self.re.mul_add(factor.im, self.im.mul_add(factor.re, sum.im));
        Complex { re, im }
    }
}

/// Twice the transform of two ticks, either of which may be silence. Compiled once for each set of instructions, because it is long.
#[inline(always)]
pub(super) fn forward<S: Simd>(
    simd: S,
    factors: &Factors,
    window: [Option<&Half>; 2],
    inner: &mut Inner,
    out: &mut Spectrum,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let quiet = [Row::QUIET; 2];
            for (row, samples) in inner.as_chunks_mut::<SIXTEEN>().0.iter_mut().zip(&SAMPLES) {
                let numbers = sixteen([
                    gather(simd, window, &quiet, samples, 0),
                    gather(simd, window, &quiet, samples, 1),
                    gather(simd, window, &quiet, samples, 2),
                    gather(simd, window, &quiet, samples, 3),
                ]);
                for (pair, number) in row.iter_mut().zip(numbers.as_flattened()) {
                    number.store(pair);
                }
            }
            split(simd, factors, inner, out);
        },
    );
}

/// The samples of a spectrum, of one of its two ticks.
#[inline(always)]
pub(super) fn inverse<S: Simd>(
    simd: S,
    factors: &Factors,
    spectrum: &Spectrum,
    inner: &mut Inner,
    which: Which,
    out: &mut Half,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            join(simd, factors, spectrum, inner);
            let first = if which == Which::Older { 0 } else { INNER / 2 };
            let mut unwanted = [Row::QUIET; 2];
            for (row, frequencies) in inner.as_chunks::<SIXTEEN>().0.iter().zip(&FREQUENCIES) {
                let numbers =
                    sixteen([column(simd, row, 0), column(simd, row, 1), column(simd, row, 2), column(simd, row, 3)]);
                for (number, n) in numbers.as_flattened().iter().zip(frequencies) {
                    number.swapped().store(out.get_mut(n.wrapping_sub(first)).unwrap_or(&mut unwanted));
                }
            }
        },
    );
}

/// Every fourth sample of a row of the inner transform, from `first` on, transformed. A function, because a closure is
/// not compiled for this processor.
#[inline(always)]
fn gather<S: Simd>(
    simd: S,
    window: [Option<&Half>; 2],
    quiet: &Pair,
    samples: &[usize; SIXTEEN],
    first: usize,
) -> [Complex<S>; 4] {
    four([
        sample(simd, window, quiet, samples[first]),
        sample(simd, window, quiet, samples[first + 4]),
        sample(simd, window, quiet, samples[first + 8]),
        sample(simd, window, quiet, samples[first + 12]),
    ])
}

#[inline(always)]
fn sample<S: Simd>(simd: S, window: [Option<&Half>; 2], quiet: &Pair, n: usize) -> Complex<S> {
    Complex::load(simd, window[n / (INNER / 2)].map_or(quiet, |half| &half[n % (INNER / 2)]))
}

/// The same of what lies in a row.
#[inline(always)]
fn column<S: Simd>(simd: S, row: &[Pair; SIXTEEN], first: usize) -> [Complex<S>; 4] {
    four([
        Complex::load(simd, &row[first]),
        Complex::load(simd, &row[first + 4]),
        Complex::load(simd, &row[first + 8]),
        Complex::load(simd, &row[first + 12]),
    ])
}

/// The transform of length 5.
#[inline(always)]
fn five<S: Simd>(x: [Complex<S>; FIVE]) -> [Complex<S>; FIVE] {
    const COSINES: [f32; 2] = [0.309_017, -0.809_017];
    const SINE: f32 = 0.951_056_5;
    /// The other sine by that one.
    const RATIO: f32 = 0.618_034;
    let (near, far) = (x[1].plus(x[4]), x[2].plus(x[3]));
    let (near_less, far_less) = (x[1].minus(x[4]), x[2].minus(x[3]));
    let even = x[0].plus_times(COSINES[0], near).plus_times(COSINES[1], far);
    let other_even = x[0].plus_times(COSINES[1], near).plus_times(COSINES[0], far);
    let odd = near_less.plus_times(RATIO, far_less).turned();
    let other_odd = far_less.negated().plus_times(RATIO, near_less).turned();
    [
        x[0].plus(near).plus(far),
        even.plus_times(SINE, odd),
        other_even.plus_times(SINE, other_odd),
        other_even.plus_times(-SINE, other_odd),
        even.plus_times(-SINE, odd),
    ]
}

/// The transform of length 4.
#[inline(always)]
fn four<S: Simd>(x: [Complex<S>; 4]) -> [Complex<S>; 4] {
    let (even, even_less) = (x[0].plus(x[2]), x[0].minus(x[2]));
    let (odd, odd_less) = (x[1].plus(x[3]), x[1].minus(x[3]).turned());
    [even.plus(odd), even_less.plus(odd_less), even.minus(odd), even_less.minus(odd_less)]
}

/// The transform of length 4 of a number and three that are still to be multiplied.
#[inline(always)]
fn four_leant<S: Simd>(first: Complex<S>, others: [Complex<S>; 3], factors: [f32; 3]) -> [Complex<S>; 4] {
    let [one, two, three] = others;
    let (even, even_less) = (first.plus_times(factors[1], two), first.plus_times(-factors[1], two));
    let ratio = factors[2] / factors[0];
    let (odd, odd_less) = (one.plus_times(ratio, three), one.plus_times(-ratio, three).turned());
    [
        even.plus_times(factors[0], odd),
        even_less.plus_times(factors[0], odd_less),
        even.plus_times(-factors[0], odd),
        even_less.plus_times(-factors[0], odd_less),
    ]
}

/// The transform of length 16, as 4 × 4: of the transforms of every fourth number.
#[inline(always)]
fn sixteen<S: Simd>([a, b, c, d]: [[Complex<S>; 4]; 4]) -> [[Complex<S>; 4]; 4] {
    // Cosine and sine of a sixteenth of a turn, and of an eighth.
    const C: f32 = 0.923_879_5;
    const S: f32 = 0.382_683_43;
    const H: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let e = four([a[0], b[0], c[0], d[0]]);
    let f = four_leant(a[1], [b[1].leant(S / C), c[1].leant(1.0), d[1].leant(C / S)], [C, H, S]);
    let g = four_leant(a[2], [b[2].leant(1.0), c[2].turned(), d[2].leant(-1.0)], [H, 1.0, -H]);
    let h = four_leant(a[3], [b[3].leant(C / S), c[3].leant(-1.0), d[3].leant(S / C)], [S, -H, -C]);
    [[e[0], f[0], g[0], h[0]], [e[1], f[1], g[1], h[1]], [e[2], f[2], g[2], h[2]], [e[3], f[3], g[3], h[3]]]
}

/// The transforms of the columns, and what two real signals became as one complex signal, taken apart and put together:
/// frequencies `k` and `80 - k` belong together, and so do column `c` and column `16 - c`.
#[inline(always)]
fn split<S: Simd>(simd: S, factors: &Factors, inner: &Inner, out: &mut Spectrum) {
    let nothing = f32x16::splat(simd, 0.0);
    let zero = five(upright(simd, inner, 0));
    Complex { re: (zero[0].re + zero[0].im) * 2.0, im: nothing }.store(&mut out[0]);
    Complex { re: (zero[0].re - zero[0].im) * 2.0, im: nothing }.store(&mut out[INNER]);
    split_pair(factors, [zero[1], zero[4]], FREQUENCIES[1][0], out);
    split_pair(factors, [zero[2], zero[3]], FREQUENCIES[2][0], out);
    let eight = five(upright(simd, inner, 8));
    Complex { re: eight[0].re * 2.0, im: eight[0].im * -2.0 }.store(&mut out[INNER / 2]);
    split_pair(factors, [eight[1], eight[4]], FREQUENCIES[1][8], out);
    split_pair(factors, [eight[2], eight[3]], FREQUENCIES[2][8], out);
    for column in 1..8 {
        let (one, other) = (five(upright(simd, inner, column)), five(upright(simd, inner, SIXTEEN - column)));
        split_pair(factors, [one[0], other[0]], frequency(0, column), out);
        split_pair(factors, [one[1], other[4]], frequency(1, column), out);
        split_pair(factors, [one[2], other[3]], frequency(2, column), out);
        split_pair(factors, [one[3], other[2]], frequency(3, column), out);
        split_pair(factors, [one[4], other[1]], frequency(4, column), out);
    }
}

/// A column of the inner transform.
#[inline(always)]
fn upright<S: Simd>(simd: S, inner: &Inner, column: usize) -> [Complex<S>; FIVE] {
    [
        Complex::load(simd, &inner[column]),
        Complex::load(simd, &inner[SIXTEEN + column]),
        Complex::load(simd, &inner[2 * SIXTEEN + column]),
        Complex::load(simd, &inner[3 * SIXTEEN + column]),
        Complex::load(simd, &inner[4 * SIXTEEN + column]),
    ]
}

#[inline(always)]
fn split_pair<S: Simd>(factors: &Factors, [one, other]: [Complex<S>; 2], k: usize, out: &mut Spectrum) {
    let [cosine, tangent] = factors.turns[k];
    let even = Complex { re: one.re + other.re, im: one.im - other.im };
    // Divided by i: one - the other's conjugate.
    let odd = Complex { re: one.im + other.im, im: other.re - one.re }.leant(tangent);
    even.plus_times(cosine, odd).store(&mut out[k]);
    let less = Complex { re: odd.re.mul_add(-cosine, even.re), im: odd.im.mul_add(cosine, -even.im) };
    less.store(&mut out[INNER - k]);
}

/// The way back of [`split`]. Real and imaginary part change places, which makes the inner transform its own inverse.
#[inline(always)]
fn join<S: Simd>(simd: S, factors: &Factors, spectrum: &Spectrum, inner: &mut Inner) {
    let (low, high) = (spectrum[0][0].load(simd), spectrum[INNER][0].load(simd));
    let first = Complex { re: low + high, im: low - high }.swapped();
    let [one, four] = join_pair(simd, factors, spectrum, SAMPLES[1][0]);
    let [two, three] = join_pair(simd, factors, spectrum, SAMPLES[2][0]);
    put(five([first, one, two, three, four]), inner, 0);
    let middle = Complex::load(simd, &spectrum[INNER / 2]);
    let first = Complex { re: middle.re * 2.0, im: middle.im * -2.0 }.swapped();
    let [one, four] = join_pair(simd, factors, spectrum, SAMPLES[1][8]);
    let [two, three] = join_pair(simd, factors, spectrum, SAMPLES[2][8]);
    put(five([first, one, two, three, four]), inner, 8);
    for column in 1..8 {
        let zero = join_pair(simd, factors, spectrum, sample_number(0, column));
        let one = join_pair(simd, factors, spectrum, sample_number(1, column));
        let two = join_pair(simd, factors, spectrum, sample_number(2, column));
        let three = join_pair(simd, factors, spectrum, sample_number(3, column));
        let four = join_pair(simd, factors, spectrum, sample_number(4, column));
        put(five([zero[0], one[0], two[0], three[0], four[0]]), inner, column);
        put(five([zero[1], four[1], three[1], two[1], one[1]]), inner, SIXTEEN - column);
    }
}

/// The complex samples `k` and `80 - k`, swapped.
#[inline(always)]
fn join_pair<S: Simd>(simd: S, factors: &Factors, spectrum: &Spectrum, k: usize) -> [Complex<S>; 2] {
    let [cosine, tangent] = factors.turns[k];
    let one = Complex::load(simd, &spectrum[k]);
    let other = Complex::load(simd, &spectrum[INNER - k]);
    let even = Complex { re: one.re + other.re, im: one.im - other.im };
    let odd = Complex { re: one.re - other.re, im: one.im + other.im }.leant(-tangent);
    let sum = Complex { re: odd.im.mul_add(-cosine, even.re), im: odd.re.mul_add(cosine, even.im) };
    let less = Complex { re: odd.im.mul_add(cosine, even.re), im: odd.re.mul_add(cosine, -even.im) };
    [sum.swapped(), less.swapped()]
}

#[inline(always)]
fn put<S: Simd>(numbers: [Complex<S>; FIVE], inner: &mut Inner, column: usize) {
    for (row, number) in numbers.into_iter().enumerate() {
        number.store(&mut inner[row * SIXTEEN + column]);
    }
}

#[cfg(test)]
mod tests {
    use codec::lanes::{WIDTH, levels};
    use fearless_simd::{Level, dispatch};

    use super::*;

    /// Samples without a pattern, other ones on every lane.
    fn window() -> [Half; 2] {
        let sample = |n: usize, lane: usize| ((n * 7919 + lane * 104_729 + 13) % 2003) as f32 / 1001.5 - 1.0;
        from_fn(|tick| from_fn(|n| from_fn(|odd| Row(from_fn(|lane| sample(tick * INNER + 2 * n + odd, lane))))))
    }

    fn spectrum(level: Level, window: &[Half; 2]) -> Box<Spectrum> {
        let mut out = Box::new([[Row::QUIET; 2]; BINS]);
        let (factors, mut inner) = (Factors::new(), [[Row::QUIET; 2]; INNER]);
        dispatch!(level, simd => forward(simd, &factors, window.each_ref().map(Some), &mut inner, &mut out));
        out
    }

    fn samples(level: Level, spectrum: &Spectrum) -> [Half; 2] {
        let (factors, mut inner) = (Factors::new(), [[Row::QUIET; 2]; INNER]);
        [Which::Older, Which::Newer].map(|which| {
            let mut out = [[Row::QUIET; 2]; INNER / 2];
            dispatch!(level, simd => inverse(simd, &factors, spectrum, &mut inner, which, &mut out));
            out
        })
    }

    #[test]
    fn a_spectrum_is_what_the_definition_says() {
        let window = window();
        let samples = window.as_flattened().as_flattened();
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
            for (row, back) in window.as_flattened().as_flattened().iter().zip(back.as_flattened().as_flattened()) {
                for (sample, back) in row.0.iter().zip(back.0) {
                    assert!((sample - back / THERE_AND_BACK).abs() < 1e-5, "{sample} {back} with {level:?}");
                }
            }
        }
    }
}
