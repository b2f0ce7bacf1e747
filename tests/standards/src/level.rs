//! The level of a whole signal, and signals brought to a level.

use codec::{dbm0_of_rms, rms_of_dbm0};
use frame::Law;

/// Root mean square; 0 for no sample.
pub fn rms(signal: &[f32]) -> f32 {
    let sum: f64 = signal.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    (sum / signal.len().max(1) as f64).sqrt() as f32
}

/// The level over all samples in dBm0; minus infinity for silence.
pub fn dbm0(signal: &[f32]) -> f32 {
    dbm0_of_rms(Law::A, rms(signal))
}

/// The signal, brought to `level_dbm0` over all its samples. Silence stays silence.
pub fn at_dbm0(mut signal: Vec<f32>, level_dbm0: f32) -> Vec<f32> {
    let rms = rms(&signal);
    let factor = if rms > 0.0 { rms_of_dbm0(Law::A, level_dbm0) / rms } else { 0.0 };
    signal.iter_mut().for_each(|sample| *sample *= factor);
    signal
}

/// The signal, brought to `level_dbm0` over what is not silence: CSS and speech are told without their pauses.
pub fn at_active_dbm0(mut signal: Vec<f32>, level_dbm0: f32) -> Vec<f32> {
    let active: Vec<f32> = signal.iter().copied().filter(|&sample| sample != 0.0).collect();
    let factor = rms_of_dbm0(Law::A, level_dbm0) / rms(&active).max(f32::MIN_POSITIVE);
    signal.iter_mut().for_each(|sample| *sample *= factor);
    signal
}

/// The level of each `window` samples in dBm0; what is left over at the end is left out.
pub fn course_dbm0(signal: &[f32], window: usize) -> Vec<f32> {
    signal.chunks_exact(window).map(dbm0).collect()
}

/// The sum of two signals, as long as the first.
pub fn sum(mut one: Vec<f32>, other: &[f32]) -> Vec<f32> {
    one.iter_mut().zip(other).for_each(|(one, other)| *one += other);
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::sine;

    #[test]
    fn a_sine_has_the_level_that_it_was_made_with() {
        for level_dbm0 in [-40.0, -10.0, 0.0, 3.0] {
            assert!((dbm0(&sine(1000.0, level_dbm0, 8000)) - level_dbm0).abs() < 0.001);
        }
    }

    #[test]
    fn pauses_do_not_count_in_the_active_level() {
        let halves = [sine(1000.0, 0.0, 8000), vec![0.0; 8000]].concat();
        let level = dbm0(&at_active_dbm0(halves, -10.0));
        // A sine is 0 at some samples too.
        assert!((-13.2..-12.9).contains(&level), "{level}");
    }
}
