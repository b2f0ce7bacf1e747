//! What meters read of signals whose level is known, and of speech with pauses (ITU-T P.56).

use std::f64::consts::TAU;

use codec::{dbm0_of_rms, decode, encode, sine_peak_of_dbm0};
use dsp::{
    FLOOR_DBM0,
    meter::{Meter, Reading},
};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use proptest::prelude::*;

const LANE: usize = 21;
const ACTIVE: u32 = 1 << LANE;

fn sine(law: Law, level_dbm0: f32, n: usize) -> f64 {
    f64::from(sine_peak_of_dbm0(law, level_dbm0)) * (TAU * 1020.0 * n as f64 / 8000.0).sin()
}

/// What is read after so many ticks of a signal.
fn read(law: Law, ticks: usize, signal: impl Fn(usize) -> f64) -> Vec<Reading> {
    let meters = Meter::of_every_level().into_iter().map(|mut meter| {
        let mut lanes = [[law.silence(); OCTETS_PER_TICK]; LANES];
        for tick in 0..ticks {
            lanes[LANE] = std::array::from_fn(|n| encode(law, signal(tick * OCTETS_PER_TICK + n).round() as i16));
            meter.process(&lanes, law, ACTIVE);
        }
        meter.reading(LANE, law)
    });
    meters.collect()
}

fn near(level: f32, expected: f32, within_db: f32) -> bool {
    (level - expected).abs() <= within_db
}

#[test]
fn a_sine_reads_its_level_by_all_three_scales_in_both_laws() {
    for law in [Law::A, Law::Mu] {
        for level in [3.0, 0.0, -10.0, -20.0, -35.0, -45.0] {
            for reading in read(law, 300, |n| sine(law, level, n)) {
                assert!(near(reading.rms_dbm0, level, 0.3), "{level}: {reading:?}");
                assert!(near(reading.peak_dbm0, level, 0.6), "{level}: {reading:?}");
                assert!(near(reading.speech_dbm0.expect("it is loud enough"), level, 0.5), "{level}: {reading:?}");
                assert!(reading.activity > 0.9, "{level}: {reading:?}");
            }
        }
    }
}

#[test]
fn silence_is_the_bottom_of_the_scale_and_no_speech() {
    for law in [Law::A, Law::Mu] {
        for reading in read(law, 300, |_| 0.0) {
            // A-law has no zero: its silence is a direct voltage of 8.
            let bottom = if law == Law::A { dbm0_of_rms(law, 8.0) } else { FLOOR_DBM0 };
            assert!(near(reading.rms_dbm0, bottom, 0.01), "{law:?} {reading:?}");
            assert_eq!((reading.speech_dbm0, reading.activity), (None, 0.0));
        }
    }
}

/// Words of 400 ms and pauses of so many ticks by turns: a sine for a word, and a soft hiss all the time.
fn words(level_dbm0: f32, pause_ticks: usize) -> impl Fn(usize) -> f64 {
    let word = 40 * OCTETS_PER_TICK;
    let all = word + pause_ticks * OCTETS_PER_TICK;
    move |n| {
        let hiss = f64::from(sine_peak_of_dbm0(Law::A, -58.0)) * (((n * n * 7919) % 1009) as f64 / 504.5 - 1.0);
        hiss + if n % all < word { sine(Law::A, level_dbm0, n) } else { 0.0 }
    }
}

/// ITU-T P.56 method B as it is written, from sample to sample: level and activity.
fn p_56(law: Law, samples: impl Iterator<Item = f64>) -> (f64, f64) {
    let keep = (-1.0_f64 / (8000.0 * 0.03)).exp();
    let (mut once, mut twice, mut energy, mut count) = (0.0, 0.0, 0.0, 0.0);
    let thresholds: [f64; 15] = std::array::from_fn(|number| 2_f64.powi(number as i32));
    let (mut active, mut hangover) = ([0.0; 15], [1600; 15]);
    for sample in samples {
        energy += sample * sample;
        count += 1.0;
        once = keep * once + (1.0 - keep) * f64::abs(sample);
        twice = keep * twice + (1.0 - keep) * once;
        for ((threshold, active), hangover) in thresholds.iter().zip(&mut active).zip(&mut hangover) {
            *hangover = if twice >= *threshold { 0 } else { *hangover + 1 };
            *active += if *hangover <= 1600 { 1.0 } else { 0.0 };
        }
    }
    let db = |square: f64| f64::from(dbm0_of_rms(law, square.sqrt() as f32));
    let level =
        |number: usize| (db(energy / active[number]), db(energy / active[number]) - db(thresholds[number].powi(2)));
    let at = (1..15).find(|&number| active[number] == 0.0 || level(number).1 < 15.9).expect("it is speech");
    let ((below, far), (above, near)) = (level(at - 1), level(at));
    let speech = below + (above - below) * (far - 15.9) / (far - near);
    (speech, db(energy / count) - speech)
}

#[test]
fn p_56_pauses_lower_the_level_of_speech_no_more_than_the_recommendation_has_it() {
    for level in [-12.0, -20.0, -30.0] {
        for pause in [0, 10, 40, 160, 560] {
            let coded = |n: usize| f64::from(decode(Law::A, encode(Law::A, words(level, pause)(n).round() as i16)));
            let (speech, activity_db) = p_56(Law::A, (0..6000 * OCTETS_PER_TICK).map(coded));
            let activity = 10_f64.powf(activity_db / 10.0);
            for reading in read(Law::A, 6000, words(level, pause)) {
                let found = f64::from(reading.speech_dbm0.expect("somebody speaks"));
                assert!((found - speech).abs() < 0.5, "{level}, pauses of {pause}: {speech:.1}, {reading:?}");
                let by = (f64::from(reading.activity) - activity).abs();
                assert!(by < 0.08, "{level}, pauses of {pause}: {activity:.2}, {reading:?}");
            }
        }
    }
}

#[test]
fn an_hour_of_speech_reads_as_its_last_minutes() {
    let mut meter = Meter::new();
    let mut lanes = [[Law::A.silence(); OCTETS_PER_TICK]; LANES];
    let mut say = |meter: &mut Meter, ticks: usize, level: f32| {
        let tick: Octets = std::array::from_fn(|n| encode(Law::A, sine(Law::A, level, n).round() as i16));
        lanes[LANE] = tick;
        (0..ticks).for_each(|_| meter.process(&lanes, Law::A, ACTIVE));
        meter.reading(LANE, Law::A).speech_dbm0.expect("loud enough")
    };
    assert!(near(say(&mut meter, 360_000, -10.0), -10.0, 0.3));
    assert!(near(say(&mut meter, 200_000, -30.0), -30.0, 1.0));
}

#[test]
fn a_lane_that_is_reset_reads_as_new_and_its_neighbour_as_before() {
    let mut meter = Meter::new();
    let lanes = [std::array::from_fn(|n| encode(Law::A, sine(Law::A, -10.0, n) as i16)); LANES];
    (0..100).for_each(|_| meter.process(&lanes, Law::A, u32::MAX));
    let before = meter.reading(LANE + 1, Law::A);
    meter.reset_lane(LANE);
    let nothing = Reading { rms_dbm0: FLOOR_DBM0, peak_dbm0: FLOOR_DBM0, speech_dbm0: None, activity: 0.0 };
    assert_eq!(meter.reading(LANE, Law::A), nothing);
    assert_eq!(meter.reading(LANE + 1, Law::A), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_set_of_instructions_reads_the_same_of_anything(octets in prop::collection::vec(any::<u8>(), 8000), mu in any::<bool>()) {
        let law = if mu { Law::Mu } else { Law::A };
        let readings = Meter::of_every_level().into_iter().map(|mut meter| {
            for tick in octets.as_chunks::<OCTETS_PER_TICK>().0 {
                meter.process(&[*tick; LANES], law, u32::MAX);
            }
            [0, 15, 16, 31].map(|lane| meter.reading(lane, law))
        });
        let readings: Vec<_> = readings.collect();
        prop_assert!(readings.windows(2).all(|two| two[0] == two[1]));
        prop_assert!(readings[0].windows(2).all(|two| two[0] == two[1]));
    }
}
