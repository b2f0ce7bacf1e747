//! Hoth noise: the noise of a room, as it reaches a telephone line.
//!
//! Source: Hoth's room noise as IEEE 269 and ITU-T P.800, Annex B tabulate it (spectrum density in dB over frequency),
//! here within the telephone band. Recalled, not read; the slope of 5 dB an octave is what matters, and a test holds it.

use crate::{RATE_HZ, level::at_dbm0, spectrum};

/// Frequency and density in dB.
const DENSITY: [(f64, f64); 17] = [
    (100.0, 32.4),
    (125.0, 30.9),
    (160.0, 29.1),
    (200.0, 27.6),
    (250.0, 26.0),
    (315.0, 24.4),
    (400.0, 22.7),
    (500.0, 21.1),
    (630.0, 19.5),
    (800.0, 17.8),
    (1000.0, 16.2),
    (1250.0, 14.6),
    (1600.0, 12.9),
    (2000.0, 11.3),
    (2500.0, 9.6),
    (3150.0, 7.8),
    (4000.0, 5.4),
];

/// Hoth noise of exactly this level. It repeats after a second.
pub fn hoth(seed: u64, level_dbm0: f32, samples: usize) -> Vec<f32> {
    let density = |hz| spectrum::of_table(&DENSITY, hz);
    at_dbm0(spectrum::shaped(RATE_HZ, samples, density, spectrum::any_phase(seed)), level_dbm0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level;

    /// The level of the octave above `hz`.
    fn octave(noise: &[f32], hz: usize) -> f32 {
        let power = |hz: usize| 10_f32.powf(crate::tone::level_of(hz as f64, noise) / 10.0);
        10.0 * (hz..2 * hz).step_by(5).map(power).sum::<f32>().log10()
    }

    #[test]
    fn it_falls_by_2_db_an_octave_which_is_5_in_density() {
        let noise = hoth(1, -30.0, 8000);
        assert!((level::dbm0(&noise) + 30.0).abs() < 0.01);
        let fall = (octave(&noise, 250) - octave(&noise, 2000)) / 3.0;
        assert!((1.2..2.8).contains(&fall), "{fall}");
    }
}
