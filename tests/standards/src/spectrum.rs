//! Noise of a given spectrum: many sines of random phase, one each `1 / period` apart.

use std::f64::consts::TAU;

use crate::{RATE_HZ, noise::Random};

/// `samples` of a signal that repeats after `period` samples. `amplitude` tells how strong each frequency is; the phase of
/// each is what `phase` gives.
pub(crate) fn shaped(
    period: usize,
    samples: usize,
    amplitude: impl Fn(f64) -> f64,
    mut phase: impl FnMut() -> f64,
) -> Vec<f32> {
    let mut once = vec![0.0; period];
    // All sines stand on one table of a turn: their frequencies are whole numbers of turns in a period.
    let turn: Vec<f64> = (0..period).map(|at| (TAU * at as f64 / period as f64).sin()).collect();
    for line in 1..period / 2 {
        let (amplitude, phase) =
            (amplitude((line * RATE_HZ) as f64 / period as f64), (phase() * period as f64) as usize);
        if amplitude > 0.0 {
            for (at, sample) in once.iter_mut().enumerate() {
                *sample += amplitude * turn[(line * at + phase) % period];
            }
        }
    }
    once.into_iter().cycle().take(samples).map(|sample| sample as f32).collect()
}

/// A phase anywhere in a turn.
pub(crate) fn any_phase(seed: u64) -> impl FnMut() -> f64 {
    let mut random = Random::new(seed);
    move || random.unit()
}

/// One of the two phases of a quarter turn, as in CSS.
pub(crate) fn quarter_phase(seed: u64) -> impl FnMut() -> f64 {
    let mut random = Random::new(seed);
    move || if random.bits() & 1 == 0 { 0.25 } else { 0.75 }
}

/// The amplitude at `hz` of a table of (Hz, dB), joined by straight lines over the logarithm of the frequency; nothing
/// outside it.
pub(crate) fn of_table(table: &[(f64, f64)], hz: f64) -> f64 {
    let between = table.windows(2).find(|pair| (pair[0].0..=pair[1].0).contains(&hz));
    between.map_or(0.0, |pair| {
        let [(from, from_db), (to, to_db)] = [pair[0], pair[1]];
        let part = (hz / from).ln() / (to / from).ln();
        10_f64.powf((from_db + part * (to_db - from_db)) / 20.0)
    })
}
