//! The composite source signal (CSS): voiced sound, noise, and a pause; then the same with its sign changed.
//!
//! Source: ITU-T G.168, Annex C (after P.501): the received signal has 48.62 ms of the voiced sound of Table C.1, 200 ms
//! of pseudo noise and 101.38 ms of pause; the double-talk signal 72.69 ms of that of Table C.3, 200 ms of noise and
//! 127.31 ms of pause. So the two never stay in step. The noise's shape is the band of G.168's; phases of plus and minus a
//! quarter turn. Levels are those of all but the pause.

use std::f64::consts::TAU;

use crate::{RATE_HZ, css_tables, level, samples_of_ms, spectrum};

/// The voiced sounds are sampled at this rate.
const TABLE_RATE_HZ: f64 = 44_100.0;
/// What is above does not fit into a telephone channel.
const BAND_HZ: f64 = 3_600.0;
/// The lines of the noise lie 5.4 Hz apart (8,192 points at 44.1 kHz): it repeats after this many samples at 8 kHz.
const NOISE_PERIOD: usize = 1_486;
/// Shape of the received signal's noise, in dB.
const NOISE_DB: [(f64, f64); 10] = [
    (50.0, -25.8),
    (100.0, -12.8),
    (200.0, 17.4),
    (215.0, 17.8),
    (500.0, 12.2),
    (1000.0, 7.2),
    (2850.0, 0.0),
    (3600.0, -2.0),
    (3660.0, -20.0),
    (3680.0, -30.0),
];

/// The received signal: what comes from afar and has an echo.
pub fn received(level_dbm0: f32, samples: usize) -> Vec<f32> {
    let shape = |hz| spectrum::of_table(&NOISE_DB, hz);
    let noise = spectrum::shaped(NOISE_PERIOD, samples_of_ms(200), shape, spectrum::quarter_phase(1));
    repeated(&css_tables::VOICED_C1, 48.62, noise, 350.0, level_dbm0, samples)
}

/// The signal of double talk, which the near party says. Its noise is flat.
pub fn double_talk(level_dbm0: f32, samples: usize) -> Vec<f32> {
    let flat = |hz: f64| f64::from(u8::from(hz < BAND_HZ));
    let noise = spectrum::shaped(NOISE_PERIOD, samples_of_ms(200), flat, spectrum::any_phase(2));
    repeated(&css_tables::VOICED_C3, 72.69, noise, 400.0, level_dbm0, samples)
}

fn repeated(
    table: &[i16],
    voiced_ms: f64,
    noise: Vec<f32>,
    whole_ms: f64,
    level_dbm0: f32,
    samples: usize,
) -> Vec<f32> {
    let of_ms = |ms: f64| (ms * RATE_HZ as f64 / 1_000.0).round() as usize;
    let voiced = voiced(table, of_ms(voiced_ms));
    let loudness = level::dbm0(&voiced);
    let mut once = [voiced, level::at_dbm0(noise, loudness)].concat();
    once.resize(of_ms(whole_ms), 0.0);
    let once = level::at_active_dbm0(once, level_dbm0);
    let turned = once.iter().map(|&sample| -sample);
    let both: Vec<f32> = once.iter().copied().chain(turned).collect();
    both.into_iter().cycle().take(samples).collect()
}

/// The periodic sound at 8 kHz: its harmonics within the band, so nothing is folded back.
fn voiced(table: &[i16], samples: usize) -> Vec<f32> {
    let ground_hz = TABLE_RATE_HZ / table.len() as f64;
    let harmonics: Vec<(f64, f64, f64)> = (1..)
        .map(|number| f64::from(number) * ground_hz)
        .take_while(|&hz| hz < BAND_HZ)
        .map(|hz| {
            let (re, im) = part(table, hz / ground_hz);
            (hz, re, im)
        })
        .collect();
    let sample = |at: usize| {
        let parts = harmonics.iter().map(|&(hz, re, im)| {
            let (sine, cosine) = (TAU * hz * at as f64 / RATE_HZ as f64).sin_cos();
            re * cosine + im * sine
        });
        parts.sum::<f64>() as f32
    };
    (0..samples).map(sample).collect()
}

/// The cosine and sine parts of one harmonic.
fn part(table: &[i16], number: f64) -> (f64, f64) {
    let (mut re, mut im) = (0.0, 0.0);
    for (at, &value) in table.iter().enumerate() {
        let (sine, cosine) = (TAU * number * at as f64 / table.len() as f64).sin_cos();
        re += f64::from(value) * cosine;
        im += f64::from(value) * sine;
    }
    (2.0 * re / table.len() as f64, 2.0 * im / table.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_700_ms_and_its_second_half_is_the_first_turned_over() {
        let signal = received(-10.0, samples_of_ms(1400));
        assert_eq!(signal[..5600], signal[5600..]);
        assert!(signal[..2800].iter().zip(&signal[2800..5600]).all(|(one, other)| *one == -other));
        let pause = &signal[samples_of_ms(249)..samples_of_ms(350)];
        assert!(pause.iter().all(|&sample| sample == 0.0));
    }

    #[test]
    fn voiced_sound_and_noise_are_equally_loud_and_without_the_pause_at_the_level() {
        for (signal, voiced_ms, noise_end_ms) in [(received(-12.0, 2800), 48, 248), (double_talk(-12.0, 3200), 72, 272)]
        {
            let levels = [0..samples_of_ms(voiced_ms), samples_of_ms(voiced_ms + 1)..samples_of_ms(noise_end_ms)]
                .map(|part| level::dbm0(&signal[part]));
            assert!(levels.iter().all(|level| (level + 12.0).abs() < 0.6), "{levels:?}");
        }
    }

    #[test]
    fn the_voiced_sound_at_8_khz_follows_its_table() {
        // Each 80th sample is 441 samples on in the table, to the sample. What is above the band is missing.
        let table = css_tables::VOICED_C1.map(f32::from);
        let ours = voiced(&css_tables::VOICED_C1, 80 * table.len());
        let places = ours.iter().step_by(80).enumerate();
        let error: Vec<f32> = places.map(|(at, ours)| ours - table[441 * at % table.len()]).collect();
        assert!(level::rms(&error) < 0.03 * level::rms(&table), "{}", level::rms(&error) / level::rms(&table));
    }
}
