//! Finds the pitch period of a lane by its last 20 ms (G.711 Appendix I, I.2.4).

use codec::lanes::WIDTH;
use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::{PAST, Past};

/// 5 ms: 200 Hz. A higher voice is found by two or more of its periods.
pub(super) const SHORTEST: usize = 40;
/// 15 ms: 66 Hz.
pub(super) const LONGEST: usize = 120;
/// The samples that are compared with those a period before.
const COMPARED: usize = 160;
/// Below this power the past is silence, and any period is as good as another.
const LEAST_POWER: f32 = COMPARED as f32;

/// The period, in samples: where the past is most like itself.
pub(super) fn find(level: Level, past: &Past) -> usize {
    let past = past.map(f32::from);
    dispatch!(level, simd => most_alike(simd, &past))
}

#[inline(always)]
fn most_alike<S: Simd>(simd: S, past: &[f32; PAST]) -> usize {
    let latest = &past[PAST - COMPARED..];
    let (mut best, mut period) = (f32::MIN, SHORTEST);
    for lag in SHORTEST..=LONGEST {
        let likeness = likeness(simd, latest, &past[PAST - COMPARED - lag..PAST - lag]);
        // The shortest of equals: fewer changes of a voice lie within it.
        if likeness > best {
            (best, period) = (likeness, lag);
        }
    }
    period
}

/// The square of the normalised correlation but for the power of `latest`, with its sign. Sums of sixteen by turns, added
/// up in one order: the same on every machine.
#[inline(always)]
fn likeness<S: Simd>(simd: S, latest: &[f32], before: &[f32]) -> f32 {
    let (mut both, mut power) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, 0.0));
    for (latest, before) in latest.chunks_exact(WIDTH).zip(before.chunks_exact(WIDTH)) {
        let (latest, before) = (f32x16::from_slice(simd, latest), f32x16::from_slice(simd, before));
        both += latest * before;
        power += before * before;
    }
    let (both, power) = (sum(both), sum(power));
    both * both.abs() / power.max(LEAST_POWER)
}

#[inline(always)]
fn sum<S: Simd>(lanes: f32x16<S>) -> f32 {
    let mut values = [0.0; WIDTH];
    lanes.store_slice(&mut values);
    let mut sum = 0.0;
    for value in values {
        sum += value;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_of_a_buzz_is_found_whatever_instructions_there_are() {
        for level in codec::lanes::levels() {
            for period in [41, 53, 80, 97, 119] {
                let past: Past = std::array::from_fn(|n| 4000 - ((n * 8000 / period) % 8000) as i16);
                assert_eq!(find(level, &past), period, "{level:?}");
            }
        }
    }

    #[test]
    fn a_voice_above_200_hz_is_found_by_two_of_its_periods() {
        let past: Past = std::array::from_fn(|n| 4000 - ((n * 8000 / 30) % 8000) as i16);
        assert_eq!(find(Level::new(), &past), 60);
    }
}
