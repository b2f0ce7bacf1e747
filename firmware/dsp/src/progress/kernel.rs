//! The arithmetic on rows, written once for every set of vector instructions.
//!
//! Multiplication and addition stay apart: fused they would round otherwise where a processor has it, and a call's end would
//! depend on the machine. So all of them come to the same bits, and a test holds them to it.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use codec::lanes::{QUAD, Row, WIDTH, linear_quad, words};
use fearless_simd::{Simd, f32x16, mask32x16, prelude::*, u32x16};
use frame::{Law, Octets};

use super::{
    bank::{BIN_HZ, Bank, Factors, Found, HOP, LOOKS_PER_SECOND, Parts, Tables},
    sines::{FITS, NATIONAL, PAIRS, SINES, Wanted},
};

/// -46 dBm0: quieter than anything that is taken for a tone. Where no lane is louder the correlations are spared. As a
/// mean square.
const POWER_LIMIT: f32 = 0.5 * 2.512e-5;
/// What is divided by is at least this, so that nothing is divided by 0; a sine of it would have -180 dBm0.
const FLOOR: f32 = 1e-18;

/// In-phase and quadrature part.
type Complex<S> = [f32x16<S>; 2];

/// Takes a tick of the bank's lanes, and looks at the window that ends with it.
#[inline(always)]
pub(super) fn look<S: Simd>(
    simd: S,
    bank: &mut Bank,
    tables: &Tables,
    (octets, law): (&[Octets], Law),
    wanted: Wanted,
    active: u64,
) {
    match law {
        Law::A => pass::<S, false>(simd, bank, tables, octets),
        Law::Mu => pass::<S, true>(simd, bank, tables, octets),
    }
    bank.next ^= 1;
    let power = power(simd, bank);
    power.store_slice(&mut bank.found.power.0);
    let loud = power.simd_ge(POWER_LIMIT);
    if loud.to_bitmask() & active == 0 {
        nothing(bank);
        return;
    }
    let power = power.max(f32x16::splat(simd, FLOOR));
    let mut now = [[Row::QUIET; 2]; SINES];
    if wanted.has(Wanted::NATIONAL) {
        correlate(simd, bank, &tables.national, loud, &mut now[..NATIONAL]);
        for sine in 0..NATIONAL {
            fit_sine(simd, bank, tables, &now, sine, power);
        }
        for pair in 0..PAIRS.len() {
            fit_pair(simd, bank, tables, &now, pair, power);
        }
    }
    if wanted.has(Wanted::SIGNALS) {
        correlate(simd, bank, &tables.signals, loud, &mut now[NATIONAL..]);
        for sine in NATIONAL..SINES {
            fit_sine(simd, bank, tables, &now, sine, power);
        }
    }
    bank.sines = now;
}

/// Reads the tick, and takes its power: flat, and times the window's cosine.
#[inline(always)]
fn pass<S: Simd, const MU: bool>(simd: S, bank: &mut Bank, tables: &Tables, octets: &[Octets]) {
    let silence = f32x16::splat(simd, 0.0);
    let [mut flat, mut turned] = [silence; 2];
    let (words, scale) = (words::<_, { HOP / QUAD }>(simd, octets, 0), tables.scale(MU));
    let quads = bank.samples[bank.next].chunks_exact_mut(QUAD).zip(tables.cosine.chunks_exact(QUAD)).zip(&words);
    for ((samples, cosines), words) in quads {
        let quad = linear_quad::<S, MU>(u32x16::from_slice(simd, words));
        for ((sample, cosine), signal) in samples.iter_mut().zip(cosines).zip(quad) {
            let signal = signal * scale;
            signal.store_slice(&mut sample.0);
            let square = signal * signal;
            flat += square;
            turned += square * *cosine;
        }
    }
    let [to_flat, to_turned] = &mut bank.powers[bank.next];
    flat.store_slice(&mut to_flat.0);
    turned.store_slice(&mut to_turned.0);
}

/// The mean square of the window. A Hann window is 1 - cos, and half a turn later its cosine is the opposite.
#[inline(always)]
fn power<S: Simd>(simd: S, bank: &Bank) -> f32x16<S> {
    let [[flat, turned], [flat_after, turned_after]] =
        [&bank.powers[bank.next], &bank.powers[bank.next ^ 1]].map(|half| [half[0].load(simd), half[1].load(simd)]);
    let sum = flat - turned + flat_after + turned_after;
    // Rounding may leave a trace below zero.
    (sum * (0.5 / HOP as f32)).max(f32x16::splat(simd, 0.0))
}

/// A look at lanes that are all silent.
#[inline(always)]
fn nothing(bank: &mut Bank) {
    bank.sines = [[Row::QUIET; 2]; SINES];
    bank.firsts = [[Row::QUIET; 2]; PAIRS.len()];
    let found = &mut bank.found;
    (found.tone, found.part, found.away_hz) = ([Row::QUIET; FITS], [Row::QUIET; FITS], [Row::QUIET; FITS]);
}

/// In-phase and quadrature parts of sines, as many together as there are registers for: their sums, two rows of samples
/// and a factor.
#[inline(always)]
fn correlate<S: Simd, const N: usize>(
    simd: S,
    bank: &Bank,
    factors: &[Factors<N>; HOP],
    loud: mask32x16<S>,
    now: &mut [Parts],
) {
    if S::f32s::LEN < WIDTH {
        for first in (0..N).step_by(2) {
            sines::<S, N, 2>(simd, bank, factors, loud, &mut now[first..], first);
        }
    } else {
        sines::<S, N, N>(simd, bank, factors, loud, now, 0);
    }
}

/// The parts of `M` sines from `first` on. The window is symmetric about its middle, cosine is even and sine is odd: half
/// the multiplications do. What is not loud has no parts, whoever is loud beside it: a lane's decisions are its own.
#[inline(always)]
fn sines<S: Simd, const N: usize, const M: usize>(
    simd: S,
    bank: &Bank,
    factors: &[Factors<N>; HOP],
    loud: mask32x16<S>,
    now: &mut [Parts],
    first: usize,
) {
    let silence = f32x16::splat(simd, 0.0);
    let mut re = [f32x16::splat(simd, 0.0); M];
    let mut im = re;
    let (before, after) = (&bank.samples[bank.next], &bank.samples[bank.next ^ 1]);
    for ((after, before), factors) in after.iter().zip(before.iter().rev()).zip(factors) {
        let (after, before) = (after.load(simd), before.load(simd));
        let (even, odd) = (after + before, after - before);
        for at in 0..M {
            re[at] += even * factors.cosine[first + at];
            im[at] += odd * factors.sine[first + at];
        }
    }
    for at in 0..M {
        store([loud.select(re[at], silence), loud.select(-im[at], silence)], &mut now[at]);
    }
}

#[inline(always)]
fn load<S: Simd>(simd: S, parts: &Parts) -> Complex<S> {
    [parts[0].load(simd), parts[1].load(simd)]
}

#[inline(always)]
fn store<S: Simd>(parts: Complex<S>, to: &mut Parts) {
    parts[0].store_slice(&mut to[0].0);
    parts[1].store_slice(&mut to[1].0);
}

#[inline(always)]
fn square<S: Simd>([re, im]: Complex<S>) -> f32x16<S> {
    re * re + im * im
}

/// One sine alone. Beside the frequency looked for it stands lower in the window's lobe than it is.
#[inline(always)]
fn fit_sine<S: Simd>(simd: S, bank: &mut Bank, tables: &Tables, now: &[Parts; SINES], sine: usize, power: f32x16<S>) {
    let parts = load(simd, &now[sine]);
    let away_hz = away_hz(simd, parts, load(simd, &bank.sines[sine]), tables.turns[sine]);
    let tone = square(parts) * 0.5 * lobe(away_hz);
    tone.store_slice(&mut bank.found.tone[sine].0);
    put(simd, &mut bank.found, sine, tone / power, away_hz);
}

/// Two sines together.
#[inline(always)]
fn fit_pair<S: Simd>(simd: S, bank: &mut Bank, tables: &Tables, now: &[Parts; SINES], pair: usize, power: f32x16<S>) {
    let ([one, other], overlap) = (PAIRS[pair], tables.overlaps[pair]);
    let (own, others) = (load(simd, &now[one]), load(simd, &now[other]));
    let apart = 1.0 / (1.0 - overlap * overlap);
    let first = [(own[0] - others[0] * overlap) * apart, (own[1] - others[1] * overlap) * apart];
    let second = [(others[0] - own[0] * overlap) * apart, (others[1] - own[1] * overlap) * apart];
    let away_hz = away_hz(simd, first, load(simd, &bank.firsts[pair]), tables.turns[one]);
    store(first, &mut bank.firsts[pair]);
    let tone = (square(first) + square(second)) * 0.5;
    tone.store_slice(&mut bank.found.tone[SINES + pair].0);
    // The window is too short for a beat: within it the two have more or less than their mean power.
    let cross = first[0] * second[0] + first[1] * second[1];
    put(simd, &mut bank.found, SINES + pair, (tone + cross * overlap) / power, away_hz);
}

#[inline(always)]
fn put<S: Simd>(simd: S, found: &mut Found, fit: usize, part: f32x16<S>, away_hz: f32x16<S>) {
    part.min(f32x16::splat(simd, 1.0)).store_slice(&mut found.part[fit].0);
    away_hz.store_slice(&mut found.away_hz[fit].0);
}

/// By how much the phase moved more than the frequency looked for does between two looks.
#[inline(always)]
fn away_hz<S: Simd>(
    simd: S,
    [re, im]: Complex<S>,
    [re_before, im_before]: Complex<S>,
    [cosine, sine]: [f32; 2],
) -> f32x16<S> {
    let (along, across) = (re * re_before + im * im_before, im * re_before - re * im_before);
    let (along, across) = (along * cosine + across * sine, across * cosine - along * sine);
    arc_tangent(simd, across, along) * (LOOKS_PER_SECOND / TAU)
}

/// The angle of a point, to 1e-5: less than a thousandth of a hertz. Coefficients: Abramowitz and Stegun 4.4.49.
#[inline(always)]
fn arc_tangent<S: Simd>(simd: S, y: f32x16<S>, x: f32x16<S>) -> f32x16<S> {
    let (high, wide) = (y.abs(), x.abs());
    let slope = high.min(wide) / high.max(wide).max(f32x16::splat(simd, FLOOR));
    let s = slope * slope;
    let series = (((s * 0.020_835_1 - 0.085_133) * s + 0.180_141) * s - 0.330_299_5) * s + 0.999_866;
    let angle = slope * series;
    let angle = high.simd_gt(wide).select(f32x16::splat(simd, FRAC_PI_2) - angle, angle);
    let angle = x.simd_lt(0.0).select(f32x16::splat(simd, PI) - angle, angle);
    angle.copysign(y)
}

/// What a sine's power was before the window's lobe took its part, by its distance. The inverse square of the Hann window's
/// transform, fitted to 0.03 % over the ±50 Hz that the phase reaches.
#[inline(always)]
fn lobe<S: Simd>(away_hz: f32x16<S>) -> f32x16<S> {
    let bins = away_hz * (1.0 / BIN_HZ);
    let b = bins * bins;
    (((b * 0.5276 + 0.1840) * b + 1.0055) * b + 1.2818) * b + 1.0
}
