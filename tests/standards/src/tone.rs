//! Sines, computed anew for each sample in double precision: neither level nor frequency drifts.

use std::f64::consts::TAU;

use codec::sine_peak_of_dbm0;
use frame::Law;

use crate::RATE_HZ;

/// A sine from its zero on.
pub fn sine(hz: f64, level_dbm0: f32, samples: usize) -> Vec<f32> {
    let peak = f64::from(sine_peak_of_dbm0(Law::A, level_dbm0));
    (0..samples).map(|at| (peak * (TAU * hz * at as f64 / RATE_HZ as f64).sin()) as f32).collect()
}

/// Several sines at once, each of this level.
pub fn chord(hz: &[f64], level_dbm0: f32, samples: usize) -> Vec<f32> {
    hz.iter().fold(vec![0.0; samples], |sum, &hz| crate::level::sum(sum, &sine(hz, level_dbm0, samples)))
}

/// The level of one frequency in a signal, in dBm0; windowed, so that others some 20 Hz away do not reach into it.
pub fn level_of(hz: f64, signal: &[f32]) -> f32 {
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    for (at, &sample) in signal.iter().enumerate() {
        let window = 1.0 - (TAU * (at as f64 + 0.5) / signal.len() as f64).cos();
        let (sine, cosine) = (TAU * hz * at as f64 / RATE_HZ as f64).sin_cos();
        re += window * f64::from(sample) * cosine;
        im += window * f64::from(sample) * sine;
        sum += window;
    }
    let peak = 2.0 * (re * re + im * im).sqrt() / sum;
    codec::dbm0_of_rms(Law::A, (peak * std::f64::consts::FRAC_1_SQRT_2) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_at_its_level_and_not_beside_it() {
        let signal = chord(&[697.0, 1209.0], -10.0, 8000);
        for hz in [697.0, 1209.0] {
            assert!((level_of(hz, &signal) + 10.0).abs() < 0.01, "{hz}");
        }
        assert!(level_of(941.0, &signal) < -80.0);
    }
}
