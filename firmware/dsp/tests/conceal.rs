//! Blocks that did not come: what is heard instead, and what comes after. ITU-T G.711 Appendix I.

use std::f64::consts::TAU;

use codec::{decode, encode};
use dsp::conceal::Concealer;
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use proptest::prelude::*;

type Lanes = [Octets; LANES];

const SILENT: Lanes = [[0xd5; OCTETS_PER_TICK]; LANES];
/// The lane that is listened to.
const LANE: usize = 17;
const ACTIVE: u32 = 1 << LANE;

/// Sample `n` of a vowel: twelve harmonics of `hz` at -15 dBm0 or so, falling by 6 dB an octave.
fn vowel(hz: f64, n: usize) -> f64 {
    let harmonic = |k: u32| (TAU * hz * f64::from(k) * n as f64 / 8000.0 + f64::from(k * k)).sin() / f64::from(k);
    (1..=12).map(harmonic).sum::<f64>() * 4000.0
}

fn tick_of(signal: impl Fn(usize) -> f64, tick: usize) -> Lanes {
    let octets = std::array::from_fn(|n| encode(Law::A, signal(tick * OCTETS_PER_TICK + n).round() as i16));
    let mut lanes = SILENT;
    lanes[LANE] = octets;
    lanes
}

/// What is heard of a signal whose ticks in `lost` do not come, sample by sample.
fn heard(concealer: &mut Concealer, signal: impl Fn(usize) -> f64, ticks: usize, lost: &[usize]) -> Vec<f64> {
    let mut heard = Vec::new();
    for tick in 0..ticks {
        let mut lanes = tick_of(&signal, tick);
        if lost.contains(&tick) {
            lanes = SILENT;
            concealer.conceal(&mut lanes, ACTIVE);
        } else {
            concealer.process(&mut lanes, ACTIVE);
        }
        heard.extend(lanes[LANE].map(|octet| f64::from(decode(Law::A, octet))));
    }
    heard
}

fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64
}

/// How far what is wrong in a tick lies below what should be there, in dB.
fn likeness_db(heard: &[f64], signal: impl Fn(usize) -> f64, tick: usize) -> f64 {
    let range = tick * OCTETS_PER_TICK..(tick + 1) * OCTETS_PER_TICK;
    let expected: Vec<f64> = range.clone().map(signal).collect();
    let wrong: Vec<f64> = heard[range].iter().zip(&expected).map(|(heard, expected)| heard - expected).collect();
    10.0 * (power(&expected) / power(&wrong)).log10()
}

#[test]
fn a_vowel_goes_on_as_if_its_block_had_come() {
    for hz in [70.0, 100.0, 125.0, 160.0, 230.0, 320.0] {
        let signal = |n| vowel(hz, n);
        let heard = heard(&mut Concealer::new(Law::A), signal, 12, &[8]);
        // A period of whole samples is as much as half a sample off, which the upper harmonics tell.
        assert!(likeness_db(&heard, signal, 8) > 8.0, "{hz} Hz: {:.1} dB", likeness_db(&heard, signal, 8));
        assert!(likeness_db(&heard, signal, 9) > 8.0, "{hz} Hz after it: {:.1} dB", likeness_db(&heard, signal, 9));
        assert!(likeness_db(&heard, signal, 10) > 30.0, "{hz} Hz: G.711 alone from then on");
    }
}

#[test]
fn nothing_clicks_where_a_gap_begins_or_ends() {
    for (hz, lost) in [(103.0, 1), (131.7, 2), (187.3, 4), (241.0, 7)] {
        let lost: Vec<usize> = (8..8 + lost).collect();
        let signal = |n| vowel(hz, n);
        let heard = heard(&mut Concealer::new(Law::A), signal, 20, &lost);
        let steepest = |samples: &[f64]| samples.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f64::max);
        let before = steepest(&heard[..8 * OCTETS_PER_TICK]);
        let after = steepest(&heard[8 * OCTETS_PER_TICK - 1..]);
        assert!(after < before * 1.3, "{hz} Hz: a step of {after:.0} where the voice has {before:.0}");
    }
}

#[test]
fn i_2_7_it_fades_from_10_ms_on_and_60_ms_end_in_silence() {
    let signal = |n| vowel(100.0, n);
    let heard = heard(&mut Concealer::new(Law::A), signal, 20, &(8..16).collect::<Vec<_>>());
    let full = power(&heard[4 * OCTETS_PER_TICK..8 * OCTETS_PER_TICK]);
    // The mean gain of each 10 ms.
    for (tick, gain) in [(8, 1.0), (9, 0.9), (10, 0.7), (11, 0.5), (12, 0.3), (13, 0.1)] {
        let level = power(&heard[tick * OCTETS_PER_TICK..(tick + 1) * OCTETS_PER_TICK]) / full;
        let expected: f64 = gain * gain;
        assert!((10.0 * (level / expected).log10()).abs() < 1.5, "tick {tick}: {level:.3}, should be {expected:.3}");
    }
    let silence = f64::from(decode(Law::A, Law::A.silence()));
    assert!(heard[14 * OCTETS_PER_TICK..16 * OCTETS_PER_TICK].iter().all(|&sample| sample == silence));
}

#[test]
fn i_2_8_the_voice_fades_in_over_4_ms_for_each_block_that_was_missing() {
    let signal = |n| vowel(100.0, n);
    for (missing, over) in [(1, 32), (2, 64), (3, 80)] {
        let lost: Vec<usize> = (8..8 + missing).collect();
        let heard = heard(&mut Concealer::new(Law::A), signal, 20, &lost);
        let back = (8 + missing) * OCTETS_PER_TICK;
        let coded = |n: usize| f64::from(decode(Law::A, encode(Law::A, signal(n).round() as i16)));
        assert!((back + over..back + 200).all(|n| heard[n] == coded(n)), "untouched after {over} samples");
    }
}

#[test]
fn of_a_lane_that_is_not_known_for_50_ms_nothing_is_made_up() {
    let signal = |n| vowel(100.0, n);
    let heard = heard(&mut Concealer::new(Law::A), signal, 6, &[4]);
    let silence = f64::from(decode(Law::A, Law::A.silence()));
    assert!(heard[4 * OCTETS_PER_TICK..5 * OCTETS_PER_TICK].iter().all(|&sample| sample == silence));
}

#[test]
fn a_lane_that_was_freed_says_nothing_of_its_call_before() {
    let mut concealer = Concealer::new(Law::A);
    heard(&mut concealer, |n| vowel(100.0, n), 10, &[9]);
    concealer.reset_lane(LANE);
    let mut lanes = tick_of(|n| vowel(100.0, n), 0);
    concealer.conceal(&mut lanes, ACTIVE);
    assert_eq!(lanes[LANE], SILENT[LANE]);
}

#[test]
fn a_lane_that_was_idle_for_a_tick_has_no_past() {
    let mut concealer = Concealer::new(Law::A);
    heard(&mut concealer, |n| vowel(100.0, n), 10, &[]);
    concealer.process(&mut tick_of(|n| vowel(100.0, n), 10), 0);
    let mut lanes = tick_of(|n| vowel(100.0, n), 11);
    concealer.conceal(&mut lanes, ACTIVE);
    assert_eq!(lanes[LANE], SILENT[LANE]);
}

#[test]
fn lanes_that_are_not_active_stay_as_they_are() {
    let mut concealer = Concealer::new(Law::A);
    heard(&mut concealer, |n| vowel(100.0, n), 10, &[]);
    let noise: Lanes = std::array::from_fn(|lane| [lane as u8; OCTETS_PER_TICK]);
    let mut lanes = noise;
    concealer.conceal(&mut lanes, ACTIVE);
    assert!((0..LANES).filter(|&lane| lane != LANE).all(|lane| lanes[lane] == noise[lane]));
    assert_ne!(lanes[LANE], noise[LANE]);
}

#[test]
fn after_a_gap_of_digital_silence_there_is_silence() {
    let mut concealer = Concealer::new(Law::A);
    let heard = heard(&mut concealer, |_| 0.0, 20, &[8, 9, 10]);
    assert!(heard.iter().all(|sample| sample.abs() <= 8.0), "A-law has no smaller value");
}

proptest! {
    #[test]
    fn every_set_of_instructions_makes_the_same_octets_of_anything(
        octets in prop::collection::vec(any::<u8>(), 1600),
        lost in prop::collection::vec(any::<bool>(), 20),
        mu in any::<bool>(),
    ) {
        let law = if mu { Law::Mu } else { Law::A };
        let runs = Concealer::of_every_level(law).into_iter().map(|mut concealer| {
            let ticks = octets.as_chunks::<OCTETS_PER_TICK>().0.iter().zip(&lost);
            let tick = |(octets, lost): (&Octets, &bool)| {
                let mut lanes = [*octets; LANES];
                if *lost { concealer.conceal(&mut lanes, u32::MAX) } else { concealer.process(&mut lanes, u32::MAX) }
                lanes
            };
            ticks.map(tick).collect::<Vec<_>>()
        });
        let runs: Vec<_> = runs.collect();
        prop_assert!(runs.windows(2).all(|two| two[0] == two[1]));
    }
}
