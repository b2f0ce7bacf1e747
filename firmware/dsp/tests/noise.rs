//! Steady noise behind a voice: how much of it goes, and how much of the voice stays.

use std::f64::consts::TAU;

use codec::lanes::{Row, WIDTH};
use codec::{dbm0_of_rms, rms_of_dbm0};
use dsp::noise::{OVERLAP, Reducer};
use frame::{Law, OCTETS_PER_TICK};

/// The lane that is looked at.
const LANE: usize = 9;

/// White noise of a mean square of 1, the same again each time.
fn hiss(seed: u32, samples: usize) -> Vec<f64> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state >> 8) / f64::from(1 << 23) - 1.0) * 3_f64.sqrt()
    };
    (0..samples).map(next).collect()
}

/// Syllables of 250 ms with pauses of 50 ms, and a longer pause after each fourth; their pitch glides. About -20 dBm0.
fn voice(samples: usize) -> Vec<f64> {
    let mut turn = 0.0;
    let sample = |n: usize| {
        let at = n % 2400;
        turn += (110.0 + 30.0 * (TAU * n as f64 / 9000.0).sin()) / 8000.0;
        let rise = if at < 2000 && n / 2400 % 5 < 4 { (TAU / 2.0 * at as f64 / 2000.0).sin() } else { 0.0 };
        let harmonics: f64 = (1..=20).map(|k: u32| (TAU * turn * f64::from(k)).sin() / f64::from(k)).sum();
        3000.0 * rise * harmonics
    };
    (0..samples).map(sample).collect()
}

/// What is left of a signal, its delay taken off.
fn reduced(reducer: &mut Reducer, signal: &[f64]) -> Vec<f64> {
    let tick = |samples: &[f64]| {
        let mut rows: [Row; OCTETS_PER_TICK] = std::array::from_fn(|n| Row([samples[n] as f32; WIDTH]));
        reducer.process(&mut rows);
        rows.map(|row| f64::from(row.0[LANE]))
    };
    signal.chunks_exact(OCTETS_PER_TICK).flat_map(tick).skip(OVERLAP).collect()
}

fn sum(one: &[f64], other: &[f64], factor: f64) -> Vec<f64> {
    one.iter().zip(other).map(|(one, other)| one + other * factor).collect()
}

fn level(signal: &[f64]) -> f64 {
    let power = signal.iter().map(|sample| sample * sample).sum::<f64>() / signal.len() as f64;
    f64::from(dbm0_of_rms(Law::A, power.sqrt() as f32))
}

/// How far what is wrong lies below the voice in dB, over all from the second second on.
fn ratio_db(heard: &[f64], voice: &[f64]) -> f64 {
    let (heard, voice) = (&heard[16_000..], &voice[16_000..heard.len()]);
    level(voice) - level(&sum(heard, voice, -1.0))
}

fn amplitude(dbm0: f32) -> f64 {
    f64::from(rms_of_dbm0(Law::A, dbm0))
}

#[test]
fn steady_noise_is_lowered_by_10_db_within_five_seconds_and_by_no_more_than_14() {
    for dbm0 in [-55.0, -45.0, -30.0, -20.0] {
        for mut reducer in Reducer::of_every_level() {
            let noise: Vec<f64> = hiss(3, 80_000).iter().map(|sample| sample * amplitude(dbm0)).collect();
            let heard = reduced(&mut reducer, &noise);
            let left = level(&heard[40_000..]) - f64::from(dbm0);
            assert!((-14.1..-10.0).contains(&left), "{dbm0}: {left:.1} dB");
        }
    }
}

#[test]
fn a_voice_in_noise_is_nearer_to_itself_and_a_voice_alone_stays_itself() {
    let voice = voice(160_000);
    for (ratio, gained) in [(5.0, 3.0), (10.0, 2.0), (20.0, -1.0)] {
        for mut reducer in Reducer::of_every_level() {
            let noisy = sum(&voice, &hiss(5, voice.len()), amplitude(level(&voice) as f32 - ratio));
            let by = ratio_db(&reduced(&mut reducer, &noisy), &voice) - ratio_db(&noisy[..159_000], &voice);
            assert!(by > gained, "{ratio} dB: {by:+.1} dB");
        }
    }
    for mut reducer in Reducer::of_every_level() {
        let stays = ratio_db(&reduced(&mut reducer, &voice), &voice);
        assert!(stays > 20.0, "{stays:.1} dB");
    }
}

#[test]
fn a_noise_that_rises_by_20_db_is_followed_within_ten_seconds() {
    for mut reducer in Reducer::of_every_level() {
        let step = |n: usize| amplitude(if n < 40_000 { -50.0 } else { -30.0 });
        let noise: Vec<f64> = hiss(7, 136_000).iter().enumerate().map(|(n, sample)| sample * step(n)).collect();
        let heard = reduced(&mut reducer, &noise);
        assert!(level(&heard[120_000..]) < -40.0, "{:.1}", level(&heard[120_000..]));
    }
}

#[test]
fn ten_minutes_of_silence_after_noise_are_silence_and_end_in_no_subnormal_number() {
    for mut reducer in Reducer::of_every_level() {
        reduced(&mut reducer, &hiss(9, 16_000).iter().map(|sample| sample * 5000.0).collect::<Vec<_>>());
        let mut rows = [Row::QUIET; OCTETS_PER_TICK];
        for _ in 0..60_000 {
            rows = [Row::QUIET; OCTETS_PER_TICK];
            reducer.process(&mut rows);
        }
        assert!(rows.iter().all(|row| row.0 == [0.0; WIDTH]));
        assert_eq!(reducer.resets(), 0);
    }
}
