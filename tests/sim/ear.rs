//! The measuring stick of tests for tones: what sounded, how long, how loud, at which frequency.
//!
//! It is the tests' own: ITU-T G.711 decoding, Goertzel's filter and a count of blocks; nothing of the box's `codec` or
//! `dsp` takes part.

use std::f64::consts::TAU;

const RATE_HZ: f64 = 8000.0;
/// One block is 10 ms: the sharpest cadence here has 350 ms.
const BLOCK: usize = 80;
/// Between a tone at −10 dBm0 and what A-law makes of nothing.
const AUDIBLE_DBM0: f64 = -40.0;

/// A-law, G.711 table 1: even bits are inverted; the result is in parts of full scale.
pub fn linear(octet: u8) -> f64 {
    let code = octet ^ 0x55;
    let (segment, step) = (i32::from(code >> 4 & 7), f64::from(code & 15));
    let size = if segment == 0 { step * 2.0 + 1.0 } else { (step * 2.0 + 33.0) * f64::from(1 << (segment - 1)) };
    if code & 0x80 == 0 { -size / 4096.0 } else { size / 4096.0 }
}

/// The level of samples: a full-scale sine is +3.14 dBm0.
#[allow(clippy::approx_constant, reason = "the load capacity of A-law, G.711, and not pi")]
fn dbm0(samples: &[f64]) -> f64 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64;
    10.0 * (power * 2.0 + 1e-12).log10() + 3.14
}

/// The power at one frequency, as a share of all there is (Goertzel).
pub fn share(samples: &[f64], hz: f64) -> f64 {
    let turn = 2.0 * (TAU * hz / RATE_HZ).cos();
    let (one, two) = samples.iter().fold((0.0, 0.0), |(one, two), sample| (sample + turn * one - two, one));
    let at = (one * one + two * two - turn * one * two) / samples.len() as f64 * 2.0;
    at / samples.iter().map(|sample| sample * sample).sum::<f64>()
}

/// Sound and silence by turns: whether it sounds, how many milliseconds, and the samples.
pub fn stretches(octets: &[u8]) -> Vec<(bool, usize, Vec<f64>)> {
    let mut found: Vec<(bool, usize, Vec<f64>)> = Vec::new();
    for block in octets.chunks_exact(BLOCK) {
        let samples: Vec<f64> = block.iter().map(|octet| linear(*octet)).collect();
        let sounds = dbm0(&samples) > AUDIBLE_DBM0;
        match found.last_mut().filter(|(before, ..)| *before == sounds) {
            Some((_, ms, all)) => {
                *ms += 10;
                all.extend(samples);
            }
            None => found.push((sounds, 10, samples)),
        }
    }
    found
}

/// 450 Hz and nothing else, at its level.
pub fn assert_is_450_hz(samples: &[f64]) {
    // A second is enough, and Goertzel's filter over it is 1 Hz wide: 445 Hz would not pass.
    let samples = &samples[..samples.len().min(RATE_HZ as usize)];
    assert!(share(samples, 450.0) > 0.97, "{} of the power is at 450 Hz", share(samples, 450.0));
    assert!((-13.0..=-7.0).contains(&dbm0(samples)), "{} dBm0", dbm0(samples));
}
