//! What the canceller can't take off is replaced by the background noise of the line: G.168's non-linear processor.
//!
//! Source: ITU-T G.168, 3.21 and 6.4.2.9 (comfort noise). A residue counts as nothing but echo while it is as far below the
//! echo as it has been before; how far that is follows what is measured, upwards slowly, so that a faint party is not
//! learnt as a residue. A tick is judged before any of it is given away: where the party begins to speak, it is heard
//! from the first millisecond of that tick on, and for [`HANGOVER`] after its last.
//!
//! The noise has the line's level and roughly its spectrum: six coefficients of linear prediction, by Levinson's and
//! Durbin's recursion, of ticks in which neither party spoke.

use codec::lanes::{Row, Rows, WIDTH};
use fearless_simd::{Simd, f32x16, mask32x16, prelude::*};
use frame::OCTETS_PER_TICK;

use super::{kernel::floored, packed::Word};

/// Coefficients of the noise's spectrum.
const ORDER: usize = 6;
/// The residue's part of the echo, of which nothing is known yet.
const UNKNOWN_PART: f32 = 0.03;
/// What is below this many times the usual residue is residue.
const MARGIN: f32 = 8.0;
/// But nothing is that is not 12 dB below the echo.
const LARGEST_PART: f32 = 0.06;
/// A tick's part in the usual residue; and how much that may rise in a tick: 1.7 dB in a second.
const FOLLOW: f32 = 0.05;
const RISE: f32 = 1.004;
/// What is left of an echo's power a tick later: lines ring on.
const RING: f32 = 0.7;
/// What lies in the noise of G.711's own steps is residue where there is an echo: -60 dBm0.
const STEPS: f32 = 0.5e-6 * OCTETS_PER_TICK as f32;
/// A tick of -50 dBm0: an echo above it tells the residue's part.
const AUDIBLE: f32 = 0.5e-5 * OCTETS_PER_TICK as f32;
/// A party is heard on for so many ticks: weak ends of words.
const HANGOVER: f32 = 10.0;
/// How fast a gain opens and closes, a sample: 1 ms and a tick.
const OPENS: f32 = 1.0 / 8.0;
const CLOSES: f32 = -1.0 / OCTETS_PER_TICK as f32;
/// The noise's floor falls by this part of the way, and rises by this factor, a tick.
const FALL: f32 = 0.3;
const CLIMB: f32 = 1.004;
/// Ticks up to so many times the floor are noise.
const NOISE: f32 = 2.5;
/// A new tick's part in the noise's spectrum.
const RENEW: f32 = 0.1;
/// No noise louder than -40 dBm0 is given.
const LOUDEST: f32 = 0.5e-4 * OCTETS_PER_TICK as f32;
/// The faintest floor, -80 dBm0: below it nothing can rise again.
const FAINTEST: f32 = 0.5e-8 * OCTETS_PER_TICK as f32;
/// White noise below that of the line, which keeps the recursion from dividing by nothing.
const WHITE: f32 = 1.001;
/// The largest reflection: with all of them below 1 the recursion dies away, whatever rounding made of the correlation.
const STEEPEST: f32 = 0.99;
/// The root mean square of what is evenly spread over one.
const EVEN: f32 = 3.464_101_6;

/// Sixteen lanes' suppressors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suppressor {
    /// The residue's usual part of the echo.
    part: Row,
    /// The power of the echo, ringing on.
    echo: Row,
    /// Ticks that the party is heard on.
    hangover: Row,
    gain: Row,
    /// The least power lately.
    floor: Row,
    /// The noise's correlation with itself.
    correlation: [Row; ORDER + 1],
    /// The last samples of the noise given.
    given: [Row; ORDER],
    seed: Word,
}

/// The powers of a tick.
#[derive(Clone, Copy)]
pub(super) struct Levels<S: Simd> {
    /// What the echo was taken for, and what is left.
    pub(super) echo: f32x16<S>,
    pub(super) left: f32x16<S>,
    pub(super) far: f32x16<S>,
    /// What the echo of what the far party said lately usually is.
    pub(super) usual: f32x16<S>,
    /// What was known of the echo is given up: nor is it known what will be left of it.
    pub(super) forget: mask32x16<S>,
}

impl Suppressor {
    pub(super) const NEW: Suppressor = Suppressor {
        part: Row([UNKNOWN_PART; WIDTH]),
        echo: Row::QUIET,
        hangover: Row::QUIET,
        gain: Row([1.0; WIDTH]),
        floor: Row([LOUDEST; WIDTH]),
        correlation: [Row::QUIET; ORDER + 1],
        given: [Row::QUIET; ORDER],
        seed: Word(SEEDS),
    };

    /// Of the sizes of all its numbers: no number if one of them is none.
    #[inline(always)]
    pub(super) fn sum<S: Simd>(&self, simd: S) -> f32x16<S> {
        let mut sum = f32x16::splat(simd, 0.0);
        for row in [&self.part, &self.echo, &self.hangover, &self.gain, &self.floor] {
            sum += row.load(simd).abs();
        }
        for row in self.correlation.iter().chain(&self.given) {
            sum += row.load(simd).abs();
        }
        sum
    }

    pub(super) fn rows(&mut self) -> impl Iterator<Item = &mut Row> {
        let scalars = [&mut self.part, &mut self.echo, &mut self.hangover, &mut self.gain, &mut self.floor];
        scalars.into_iter().chain(&mut self.correlation).chain(&mut self.given)
    }

    pub(super) fn reset_lane(&mut self, lane: usize) {
        for (row, new) in self.rows().zip({ Suppressor::NEW }.rows()) {
            row.0[lane] = new.0[lane];
        }
        self.seed.0[lane] = SEEDS[lane];
    }
}

/// A beginning for each lane's noise: other ones, and none 0.
const SEEDS: [u32; WIDTH] = seeds();

const fn seeds() -> [u32; WIDTH] {
    let mut seeds = [0; WIDTH];
    let mut lane = 0;
    while lane < WIDTH {
        seeds[lane] = 0x9e37_79b9_u32.wrapping_mul(lane as u32 + 1);
        lane += 1;
    }
    seeds
}

/// Judges a tick of the lanes in `active`, and puts noise in the place of residues.
#[inline(always)]
pub(super) fn process<S: Simd>(
    simd: S,
    suppressor: &mut Suppressor,
    levels: &Levels<S>,
    active: mask32x16<S>,
    left: &mut Rows,
) {
    let residue = judge(simd, suppressor, levels, active);
    listen(simd, suppressor, levels, active, left);
    let replaced = residue | suppressor.gain.load(simd).simd_lt(1.0);
    if replaced.any_true() {
        replace(simd, suppressor, residue, replaced, left);
    }
}

/// The lanes where nobody but the far party's echo is heard.
#[inline(always)]
fn judge<S: Simd>(simd: S, suppressor: &mut Suppressor, levels: &Levels<S>, active: mask32x16<S>) -> mask32x16<S> {
    let echo = levels.echo.max(floored(suppressor.echo.load(simd) * RING));
    echo.store_slice(&mut suppressor.echo.0);
    let echo = echo.max(levels.usual);
    let part = levels.forget.select(f32x16::splat(simd, UNKNOWN_PART), suppressor.part.load(simd));
    let bound = (part * MARGIN * echo + STEPS).min(echo * LARGEST_PART);
    let spoken = levels.left.simd_ge(bound) | !active;
    let now = levels.left / (echo + AUDIBLE * 1e-3);
    let followed = ((now - part) * FOLLOW + part).min(part * RISE).max(1e-6).min(UNKNOWN_PART);
    let told = levels.echo.simd_gt(AUDIBLE) & active;
    told.select(followed, part).store_slice(&mut suppressor.part.0);
    let hangover = suppressor.hangover.load(simd) - 1.0;
    let hangover = spoken.select(f32x16::splat(simd, HANGOVER), hangover.max(0.0));
    hangover.store_slice(&mut suppressor.hangover.0);
    hangover.simd_lt(1.0)
}

/// Learns the noise of ticks in which neither party spoke.
#[inline(always)]
fn listen<S: Simd>(simd: S, suppressor: &mut Suppressor, levels: &Levels<S>, active: mask32x16<S>, left: &Rows) {
    let alone = levels.far.simd_lt(AUDIBLE) & levels.echo.simd_lt(AUDIBLE * 0.01) & active;
    let floor = suppressor.floor.load(simd);
    let lower = (levels.left - floor) * FALL + floor;
    let moved = lower.min(floor * CLIMB).max(FAINTEST).min(LOUDEST);
    let floor = alone.select(moved, floor);
    floor.store_slice(&mut suppressor.floor.0);
    let noise = levels.left.simd_lt(floor * NOISE) & alone;
    if !noise.any_true() {
        return;
    }
    let mut mean = f32x16::splat(simd, 0.0);
    for row in left {
        mean += row.load(simd);
    }
    // The octet of silence is a step beside zero, and no noise.
    let steady = mean * mean * (1.0 / (OCTETS_PER_TICK * OCTETS_PER_TICK) as f32);
    for (lag, row) in suppressor.correlation.iter_mut().enumerate() {
        let mut sum = steady * -((OCTETS_PER_TICK - lag) as f32);
        for (one, other) in left.iter().zip(&left[lag..]) {
            sum = one.load(simd).mul_add(other.load(simd), sum);
        }
        let old = row.load(simd);
        noise.select(floored((sum - old) * RENEW + old), old).store_slice(&mut row.0);
    }
}

/// Goes over from what is left to noise or back. The other lanes' noise stands still, so that none depends on them.
#[inline(always)]
fn replace<S: Simd>(
    simd: S,
    suppressor: &mut Suppressor,
    residue: mask32x16<S>,
    replaced: mask32x16<S>,
    left: &mut Rows,
) {
    let (coefficients, loudness) = predict(simd, suppressor);
    let slope = residue.select(f32x16::splat(simd, CLOSES), f32x16::splat(simd, OPENS));
    let mut gain = suppressor.gain.load(simd);
    let mut given = [f32x16::splat(simd, 0.0); ORDER];
    for (given, row) in given.iter_mut().zip(&suppressor.given) {
        *given = row.load(simd);
    }
    let mut seed = suppressor.seed.load(simd);
    for row in left {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        let even: f32x16<S> = (seed >> 9 | 0x3f80_0000).bitcast();
        let mut noise = (even - 1.5) * loudness;
        for at in (0..ORDER).rev() {
            noise = coefficients[at].mul_add(given[at], noise);
        }
        for at in (1..ORDER).rev() {
            given[at] = given[at - 1];
        }
        given[0] = noise;
        gain = (gain + slope).max(0.0).min(1.0);
        let sample = row.load(simd);
        replaced.select((sample - noise).mul_add(gain, noise), sample).store_slice(&mut row.0);
    }
    gain.store_slice(&mut suppressor.gain.0);
    suppressor.seed.store::<S>(replaced.select(seed, suppressor.seed.load(simd)));
    for (row, given) in suppressor.given.iter_mut().zip(given) {
        replaced.select(floored(given), row.load(simd)).store_slice(&mut row.0);
    }
}

/// The coefficients that make the noise's spectrum of white noise, and the latter's loudness.
#[inline(always)]
fn predict<S: Simd>(simd: S, suppressor: &Suppressor) -> ([f32x16<S>; ORDER], f32x16<S>) {
    let nothing = f32x16::splat(simd, 0.0);
    let mut correlation = [nothing; ORDER + 1];
    for (correlation, row) in correlation.iter_mut().zip(&suppressor.correlation) {
        *correlation = row.load(simd);
    }
    let mut coefficients = [nothing; ORDER];
    let mut power = correlation[0] * WHITE + FAINTEST * 1e-3;
    for order in 0..ORDER {
        let mut rest = correlation[order + 1];
        for at in 0..order {
            rest -= coefficients[at] * correlation[order - at];
        }
        let reflection = (rest / power).max(-STEEPEST).min(STEEPEST);
        let before = coefficients;
        for at in 0..order {
            coefficients[at] = before[at] - reflection * before[order - 1 - at];
        }
        coefficients[order] = reflection;
        power *= f32x16::splat(simd, 1.0) - reflection * reflection;
    }
    (coefficients, (power.max(nothing) * (1.0 / OCTETS_PER_TICK as f32)).sqrt() * EVEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_has_its_own_noise() {
        for (lane, seed) in SEEDS.iter().enumerate() {
            assert!(*seed != 0 && !SEEDS[..lane].contains(seed));
        }
    }
}
