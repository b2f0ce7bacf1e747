//! Tones: ITU-T E.180's frequencies and cadences as a plan gives them, sample by sample.

use codec::decode;
use dsp::{
    FLOOR_DBM0, level_dbm0,
    tone::{AfterLast, Generator, Playing, TonePlan, ToneStep},
};
use frame::{Law, OCTETS_PER_TICK, Octets};

const CN_BUSY: TonePlan = TonePlan {
    steps: &[ToneStep::one(450, 350), ToneStep::pause(350)],
    after_last: AfterLast::Repeat,
    level_dbm0: -10.0,
};

fn played(plan: TonePlan, law: Law, ticks: usize) -> Vec<u8> {
    let mut generator = Generator::new(plan, law);
    let mut octets = Vec::new();
    for _ in 0..ticks {
        let mut tick: Octets = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    octets
}

/// Frequency by rising zero crossings between the first and the last.
fn hz(octets: &[u8], law: Law) -> f64 {
    let samples: Vec<f64> = octets.iter().map(|&octet| f64::from(decode(law, octet))).collect();
    let crossings: Vec<f64> = (1..samples.len())
        .filter(|&n| samples[n - 1] < 0.0 && samples[n] >= 0.0)
        .map(|n| n as f64 - samples[n] / (samples[n] - samples[n - 1]))
        .collect();
    (crossings.len() - 1) as f64 * 8000.0 / (crossings[crossings.len() - 1] - crossings[0])
}

#[test]
fn a_cadence_is_kept_to_the_sample() {
    let octets = played(CN_BUSY, Law::A, 210);
    for cycle in 0..3 {
        let (on, off) = (cycle * 5600, cycle * 5600 + 2800);
        assert!(octets[off..on + 5600].iter().all(|&octet| octet == Law::A.silence()), "cycle {cycle}");
        assert!(octets[on + 2..on + 6].iter().all(|&octet| octet != Law::A.silence()), "cycle {cycle}");
        assert!(octets[off - 6..off - 2].iter().any(|&octet| octet != Law::A.silence()), "cycle {cycle}");
    }
}

#[test]
fn level_and_frequency_are_those_of_the_plan() {
    for law in [Law::A, Law::Mu] {
        for (frequency_hz, level) in [(425, -10.0), (450, -20.0), (1400, -3.0), (2600, -13.0)] {
            let steps: &'static [ToneStep] = vec![ToneStep::one(frequency_hz, 0)].leak();
            let octets = played(TonePlan { steps, after_last: AfterLast::Repeat, level_dbm0: level }, law, 100);
            assert!((hz(&octets, law) - f64::from(frequency_hz)).abs() < 0.1, "{frequency_hz}");
            // 100 ms hold whole periods of all of these.
            let squares: f64 = octets[..800].iter().map(|&octet| f64::from(decode(law, octet)).powi(2)).sum();
            let measured = codec::dbm0_of_rms(law, (squares / 800.0).sqrt() as f32);
            // G.711's steps move the level of a sine that meets few of them.
            assert!((measured - level).abs() < 0.15, "{frequency_hz} {measured}");
        }
    }
}

#[test]
fn a_sine_that_two_steps_share_goes_on_without_a_jump() {
    const PLAN: TonePlan = TonePlan {
        steps: &[ToneStep::one(440, 33), ToneStep::two(440, 480, 33), ToneStep::one(440, 33)],
        after_last: AfterLast::End,
        level_dbm0: -10.0,
    };
    const WHOLE: &[ToneStep] = &[ToneStep::one(440, 99)];
    let whole = TonePlan { steps: WHOLE, ..PLAN };
    let (stepped, steady) = (played(PLAN, Law::A, 9), played(whole, Law::A, 9));
    assert_eq!(stepped[..264], steady[..264]);
    assert_ne!(stepped[264..528], steady[264..528]);
    assert_eq!(stepped[528..720], steady[528..720]);
}

#[test]
fn a_plan_that_ends_is_followed_by_silence_and_says_so() {
    const TWICE: TonePlan = TonePlan {
        steps: &[ToneStep::one(900, 80), ToneStep::pause(60), ToneStep::one(900, 85)],
        after_last: AfterLast::End,
        level_dbm0: -10.0,
    };
    let mut generator = Generator::new(TWICE, Law::Mu);
    let mut tick = [0; OCTETS_PER_TICK];
    for round in 0..2 {
        let playing: Vec<Playing> = (0..24).map(|_| generator.process(&mut tick)).collect();
        assert_eq!(playing.iter().filter(|&&playing| playing == Playing::Yes).count(), 22, "round {round}");
        assert!(tick.iter().all(|&octet| octet == Law::Mu.silence()));
        generator.reset();
    }
}

#[test]
fn a_round_is_as_long_as_its_steps_and_endless_ones_have_none() {
    assert_eq!(CN_BUSY.period_ms(), 700);
    const DIAL: &[ToneStep] = &[ToneStep::one(450, 0)];
    assert_eq!(TonePlan { steps: DIAL, ..CN_BUSY }.period_ms(), 0);
}

#[test]
fn the_meter_reads_the_digital_milliwatt_as_0_dbm0_and_silence_as_its_floor() {
    for (law, milliwatt) in [(Law::A, codec::DIGITAL_MILLIWATT_A), (Law::Mu, codec::DIGITAL_MILLIWATT_MU)] {
        let tick: Octets = std::array::from_fn(|n| milliwatt[n % 8]);
        assert!(level_dbm0(law, &tick).abs() < 0.03);
    }
    assert_eq!(level_dbm0(Law::Mu, &[Law::Mu.silence(); OCTETS_PER_TICK]), FLOOR_DBM0);
    // A-law has no zero: its silence is the smallest step.
    assert!((level_dbm0(Law::A, &[Law::A.silence(); OCTETS_PER_TICK]) + 66.1).abs() < 0.1);
}
