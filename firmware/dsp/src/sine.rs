//! A sine of exact frequency and steady level, the same on every machine.
//!
//! Phase is a 32-bit fraction of a turn, so neither phase nor level drifts, however long a tone lasts, and there is no
//! recursive state. The sine comes from a table of 1,024 points, joined by straight lines: error below -105 dB.

/// Samples a second of every lane.
pub(crate) const SAMPLE_RATE_HZ: u32 = 8_000;

const POINTS: usize = 1024;
const POINT_BITS: u32 = POINTS.trailing_zeros();
const BETWEEN_BITS: u32 = 32 - POINT_BITS;

/// One turn, and its first point again so that the last line has an end.
static TURN: [f32; POINTS + 1] = turn();

/// A sine that goes on from call to call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Oscillator {
    phase: u32,
    advance: u32,
    peak: f32,
}

impl Oscillator {
    /// A sine of `hz` and `peak`, beginning at its zero.
    pub(crate) fn new(hz: f32, peak: f32) -> Oscillator {
        Oscillator { phase: 0, advance: advance_of(hz), peak }
    }

    /// Another frequency from the next sample on, without a jump in phase.
    pub(crate) fn retune(&mut self, hz: f32) {
        self.advance = advance_of(hz);
    }

    /// The sample, and one sample on.
    #[inline]
    pub(crate) fn next_sample(&mut self) -> f32 {
        let sample = self.peak * sine_of(self.phase);
        self.phase = self.phase.wrapping_add(self.advance);
        sample
    }
}

fn advance_of(hz: f32) -> u32 {
    (f64::from(hz) / f64::from(SAMPLE_RATE_HZ) * 4_294_967_296.0).round() as u32
}

#[inline]
fn sine_of(phase: u32) -> f32 {
    let point = (phase >> BETWEEN_BITS) as usize;
    let between = (phase & ((1 << BETWEEN_BITS) - 1)) as f32 / (1_u32 << BETWEEN_BITS) as f32;
    TURN[point] + (TURN[point + 1] - TURN[point]) * between
}

const fn turn() -> [f32; POINTS + 1] {
    let mut table = [0.0; POINTS + 1];
    let mut point = 0;
    while point < POINTS {
        table[point] = sine_series(point as f64 / POINTS as f64) as f32;
        point += 1;
    }
    table
}

/// The sine of a fraction of a turn by its series, folded to ±a quarter turn where eleven terms are exact in f64.
const fn sine_series(turns: f64) -> f64 {
    let folded = if turns <= 0.25 {
        turns
    } else if turns <= 0.75 {
        0.5 - turns
    } else {
        turns - 1.0
    };
    let x = folded * std::f64::consts::TAU;
    let mut term = x;
    let mut sum = x;
    let mut n = 1;
    while n <= 11 {
        term = -term * x * x / ((2 * n) as f64 * (2 * n + 1) as f64);
        sum += term;
        n += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_1_SQRT_2;

    use super::*;

    #[test]
    fn it_is_a_sine_to_within_105_db() {
        for step in 0..100_000_u32 {
            let phase = step.wrapping_mul(42_949);
            let exact = (f64::from(phase) / 4_294_967_296.0 * std::f64::consts::TAU).sin();
            assert!((f64::from(sine_of(phase)) - exact).abs() < 5.6e-6, "{phase}");
        }
    }

    #[test]
    fn a_day_later_the_phase_is_still_exact() {
        let mut tone = Oscillator::new(1000.0, 1.0);
        for _ in 0..8 * 86_400_u32 {
            for expected in [0.0, FRAC_1_SQRT_2, 1.0, FRAC_1_SQRT_2, 0.0, -FRAC_1_SQRT_2, -1.0, -FRAC_1_SQRT_2] {
                assert!((tone.next_sample() - expected).abs() < 1e-5);
            }
        }
    }
}
