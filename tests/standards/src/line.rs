//! Signals as a line carries them: G.711 octets, in ticks, a timeslot each.

use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

use crate::RATE_HZ;

/// What one tick of a span is.
pub type Lanes = [Octets; LANES];

/// The octets of a signal. What is beyond full scale is cut off, as every coder does.
pub fn coded(law: Law, signal: &[f32]) -> Vec<u8> {
    signal.iter().map(|&sample| codec::encode(law, sample.round() as i16)).collect()
}

/// The signal of octets.
pub fn decoded(law: Law, octets: &[u8]) -> Vec<f32> {
    octets.iter().map(|&octet| f32::from(codec::decode(law, octet))).collect()
}

/// A signal after one coding and decoding.
pub fn through(law: Law, signal: &[f32]) -> Vec<f32> {
    decoded(law, &coded(law, signal))
}

/// A pair of some kilometres without coils: a low-pass of one pole, so that of two tones the higher one is weaker. With
/// 1.5 kHz it is 4 dB between the tones of a caller id's modem.
pub fn dull(signal: &[f32], cutoff_hz: f32) -> Vec<f32> {
    let keeps = (-std::f32::consts::TAU * cutoff_hz / RATE_HZ as f32).exp();
    let mut last = 0.0;
    let duller = signal.iter().map(|sample| {
        last = last * keeps + sample * (1.0 - keeps);
        last
    });
    duller.collect()
}

/// The ticks of a span whose timeslots carry `lanes`, each as far as it goes and silence after it; lanes beyond them are
/// silent. As long as the longest.
pub fn ticks(law: Law, lanes: &[Vec<u8>]) -> Vec<Lanes> {
    let longest = lanes.iter().map(Vec::len).max().unwrap_or(0);
    let mut ticks = vec![[[law.silence(); OCTETS_PER_TICK]; LANES]; longest.div_ceil(OCTETS_PER_TICK)];
    for (lane, octets) in lanes.iter().take(LANES).enumerate() {
        for (tick, octets) in ticks.iter_mut().zip(octets.chunks(OCTETS_PER_TICK)) {
            tick[lane][..octets.len()].copy_from_slice(octets);
        }
    }
    ticks
}

/// One signal on every timeslot, each `lag` samples behind the one before it, around its end: no two say the same.
pub fn staggered(law: Law, signal: &[f32], samples: usize) -> Vec<Lanes> {
    let octets = coded(law, signal);
    let from = |lane: usize| octets.iter().cycle().skip(lane * octets.len() / LANES).take(samples);
    let lanes: Vec<Vec<u8>> = (0..LANES).map(|lane| from(lane).copied().collect()).collect();
    ticks(law, &lanes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{level, noise::white};

    #[test]
    fn a_coding_leaves_noise_37_db_below_noise() {
        let signal = white(1, -10.0, 80_000);
        let error: Vec<f32> = signal.iter().zip(through(Law::A, &signal)).map(|(was, is)| is - was).collect();
        let distance = level::dbm0(&signal) - level::dbm0(&error);
        assert!((36.0..39.5).contains(&distance), "{distance}");
    }

    #[test]
    fn ticks_hold_each_lane_and_silence_after_it() {
        let ticks = ticks(Law::A, &[vec![1; 80], vec![2; 81]]);
        assert_eq!((ticks.len(), ticks[0][0], ticks[1][1][0]), (2, [1; 80], 2));
        assert_eq!((ticks[1][0], ticks[1][1][1]), ([Law::A.silence(); 80], Law::A.silence()));
    }

    #[test]
    fn staggered_lanes_say_the_same_at_other_times() {
        let ticks = staggered(Law::A, &white(1, -10.0, 3200), 3200);
        assert_eq!(ticks[0][1][..20], ticks[1][0][20..40]);
    }
}
