//! The arithmetic on rows, written once for every set of vector instructions.
//!
//! Products are added to sums without rounding between where the processor has that (half the instructions), so the sets
//! of instructions differ in the last bits, a hundred times less than a step of G.711; a test holds them to the same
//! decisions.

use codec::lanes::{QUAD, Row, WIDTH, linear_quad, words};
use fearless_simd::{Simd, f32x16, prelude::*, u32x16};
use frame::{Law, Octets};

use super::bank::{Bank, HOP, HOPS, Heard, Look, Seen, TONES, Tables, WINDOW};
use super::receiver::{LOUD_SQUARE, POWER_PART};

/// A look whose power is below -43 dBm0 cannot hold two tones of -40 dBm0: the correlations are spared. As a mean square.
const POWER_LIMIT: f32 = 0.5 * 5.012e-5;

/// Filter states below this become 0: far below the smallest step of G.711 (8), and far above subnormal numbers.
const FLOOR: f32 = 1e-4;

/// Band-stop against dial tone: elliptic, fourth order, 260 to 620 Hz, ripple 0.3 dB. It takes 19 dB at 350 Hz and 25 dB
/// from 425 to 450 Hz. Not a high-pass: a voice's fundamental must count as power beside the tones, or else voices are
/// taken for digits. Rows of b1, a1, a2; b0 and b2 are 1, which spares two multiplications, and [`PASSED`] makes up for it.
const BAND_STOP: [[f32; 3]; 2] = [[-1.880_962_8, -1.709_482_6, 0.864_790_7], [-1.917_274_3, -1.860_032_3, 0.916_326_9]];
/// What a frequency that passes has behind the band-stop, as a factor.
const PASSED: f32 = 1.0 / 0.857_704_3;

/// Takes a hop into its place.
#[inline(always)]
pub(super) fn pass<S: Simd>(simd: S, bank: &mut Bank, tables: &Tables, heard: Heard<'_>, place: usize) {
    let Heard { octets, law, from } = heard;
    match law {
        Law::A => read::<S, false>(simd, bank, tables, octets, from, place),
        Law::Mu => read::<S, true>(simd, bank, tables, octets, from, place),
    }
}

/// Looks at the window of these hops.
#[inline(always)]
pub(super) fn look<S: Simd>(
    simd: S,
    bank: &Bank,
    tables: &Tables,
    window: [usize; HOPS],
    active: u32,
    look: &mut Look,
) -> Seen {
    let scale = bank.scale;
    let power = power(simd, bank, window) * (scale * scale / (PASSED * PASSED));
    let active = u64::from(active);
    let broken = !power.abs().simd_lt(f32::INFINITY).to_bitmask() & active;
    // Rounding leaves at most a trace below zero: no sum reaches further back than the window.
    let power = power.max(f32x16::splat(simd, 0.0));
    power.store_slice(&mut look.power.0);
    let worth = power.simd_ge(POWER_LIMIT).to_bitmask() & active;
    let mut near = 0;
    if worth == 0 {
        (look.re, look.im) = ([Row::QUIET; TONES], [Row::QUIET; TONES]);
    } else {
        correlate(simd, bank, tables, window, look);
        near = self::near(simd, look, power) & active;
    }
    Seen { near: near as u32, broken: broken as u32 }
}

/// Reads the hop, and takes its power behind the band-stop: flat, and times the cosine and the sine of the window's first
/// quarter, four samples at a time. Silence must not fade into subnormal numbers: within one hop a state shrinks by less than 40 dB.
#[inline(always)]
fn read<S: Simd, const MU: bool>(
    simd: S,
    bank: &mut Bank,
    tables: &Tables,
    octets: &[Octets],
    from: usize,
    place: usize,
) {
    let mut states = bank.filter.map(|states| states.map(|state| state.load(simd)));
    let silence = f32x16::splat(simd, 0.0);
    let [mut flat, mut even, mut odd] = [silence; 3];
    bank.scale = tables.scale(MU);
    let words = words::<_, { HOP / QUAD }>(simd, octets, from);
    let quads = bank.samples[place].chunks_exact_mut(QUAD).zip(&tables.quarter).zip(&words);
    for ((samples, [cosine, sine]), words) in quads {
        let quad = linear_quad::<S, MU>(u32x16::from_slice(simd, words));
        let mut squares = silence;
        for (sample, mut signal) in samples.iter_mut().zip(quad) {
            signal.store_slice(&mut sample.0);
            for (state, [b1, a1, a2]) in states.iter_mut().zip(BAND_STOP) {
                let passed = signal + state[0];
                // What waits for the state before comes last.
                state[0] = passed.mul_add(-a1, signal.mul_add(b1, state[1]));
                state[1] = passed.mul_add(-a2, signal);
                signal = passed;
            }
            squares = signal.mul_add(signal, squares);
        }
        flat += squares;
        even = squares.mul_add(*cosine, even);
        odd = squares.mul_add(*sine, odd);
    }
    for (sum, row) in [flat, even, odd].iter().zip(&mut bank.powers[place]) {
        sum.store_slice(&mut row.0);
    }
    for (state, row) in states.as_flattened().iter().zip(bank.filter.as_flattened_mut()) {
        state.abs().simd_lt(FLOOR).select(silence, *state).store_slice(&mut row.0);
    }
}

/// The mean square of the window. A Hann window is 1 - cos; from hop to hop its cosine turns by a quarter, which is to
/// change places with the sine.
#[inline(always)]
fn power<S: Simd>(simd: S, bank: &Bank, window: [usize; HOPS]) -> f32x16<S> {
    let part = |hop: usize, which: usize| bank.powers[window[hop]][which].load(simd);
    let flat = part(0, 0) + part(1, 0) + part(2, 0) + part(3, 0);
    let turned = part(0, 1) - part(1, 2) - part(2, 1) + part(3, 2);
    (flat - turned) * (1.0 / WINDOW as f32)
}

/// In-phase and quadrature parts of all tones, as many together as there are registers for: their sums, two rows of
/// samples and a factor.
#[inline(always)]
fn correlate<S: Simd>(simd: S, bank: &Bank, tables: &Tables, window: [usize; HOPS], look: &mut Look) {
    if S::f32s::LEN < WIDTH {
        (0..TONES).step_by(2).for_each(|tone| tones::<S, 2>(simd, bank, tables, window, tone, look));
    } else {
        tones::<S, TONES>(simd, bank, tables, window, 0, look);
    }
}

/// The parts of `N` tones from `first` on. The window is symmetric about its middle, cosine is even and sine is odd: half
/// the multiplications do.
#[inline(always)]
fn tones<S: Simd, const N: usize>(
    simd: S,
    bank: &Bank,
    tables: &Tables,
    window: [usize; HOPS],
    first: usize,
    look: &mut Look,
) {
    let mut re = [f32x16::splat(simd, 0.0); N];
    let mut im = re;
    let hop = |number: usize| &bank.samples[window[number]];
    for (half, after, before) in [(0, hop(2), hop(1)), (1, hop(3), hop(0))] {
        let factors = tables.cosine[half * HOP..].iter().zip(&tables.sine[half * HOP..]);
        for ((after, before), (cosine, sine)) in after.iter().zip(before.iter().rev()).zip(factors) {
            let (after, before) = (after.load(simd), before.load(simd));
            let (even, odd) = (after + before, after - before);
            for at in 0..N {
                re[at] = even.mul_add(cosine[first + at], re[at]);
                im[at] = odd.mul_add(sine[first + at], im[at]);
            }
        }
    }
    for at in 0..N {
        (re[at] * bank.scale).store_slice(&mut look.re[first + at].0);
        (im[at] * -bank.scale).store_slice(&mut look.im[first + at].0);
    }
}

/// Lanes that may hold a digit: a loud tone of each group, and hardly anything beside them. What is left out here is
/// refused by the receiver too; it only costs less.
#[inline(always)]
fn near<S: Simd>(simd: S, look: &Look, power: f32x16<S>) -> u64 {
    let (low, high) = (loudest(simd, look, 0), loudest(simd, look, 4));
    let loud = low.simd_ge(LOUD_SQUARE).to_bitmask() & high.simd_ge(LOUD_SQUARE).to_bitmask();
    // A tone at the limit of its group's frequency reads 1.3 and 4 dB low.
    let pure = (low * 1.35 + high * 2.52).simd_ge(power * (2.0 * POWER_PART));
    loud & pure.to_bitmask()
}

/// The square of the loudest tone of a group.
#[inline(always)]
fn loudest<S: Simd>(simd: S, look: &Look, group: usize) -> f32x16<S> {
    let mut loudest = f32x16::splat(simd, 0.0);
    // A loop and not an iterator's fold: closures do not come to be compiled for this processor.
    for tone in group..group + 4 {
        let (re, im) = (look.re[tone].load(simd), look.im[tone].load(simd));
        loudest = loudest.max(re * re + im * im);
    }
    loudest
}
