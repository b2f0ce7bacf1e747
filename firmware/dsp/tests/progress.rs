//! Call progress tones: told where they are (ITU-T E.180 cadences and tolerances), and never where they are not.

#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use codec::{decode, encode, sine_peak_of_dbm0};
use dsp::{
    ear::{Ear, Heard},
    progress::{BusyTone, DialTone, Evidence, ReleaseTone, Voice},
    tone::{AfterLast, Generator, TonePlan, ToneStep},
};
use frame::{Law, OCTETS_PER_TICK};

const fn repeated(steps: &'static [ToneStep]) -> TonePlan {
    TonePlan { steps, after_last: AfterLast::Repeat, level_dbm0: -10.0 }
}

const fn one(hz: u16, ms: u16) -> ToneStep {
    ToneStep::one(hz, ms)
}

const fn pause(ms: u16) -> ToneStep {
    ToneStep::pause(ms)
}

const CN_DIAL: TonePlan = repeated(&[one(450, 0)]);
const CN_RINGBACK: TonePlan = repeated(&[one(450, 1000), pause(4000)]);
const CN_BUSY: TonePlan = repeated(&[one(450, 350), pause(350)]);
const CN_CONGESTION: TonePlan = repeated(&[one(450, 700), pause(700)]);
const CN_WAITING: TonePlan = repeated(&[one(450, 400), pause(4000)]);
const CN_SPECIAL: TonePlan = repeated(&[
    one(450, 100),
    pause(100),
    one(450, 100),
    pause(100),
    one(450, 100),
    pause(100),
    one(450, 400),
    pause(400),
]);
const US_BUSY: TonePlan = repeated(&[ToneStep::two(480, 620, 500), pause(500)]);
const US_CONGESTION: TonePlan = repeated(&[ToneStep::two(480, 620, 250), pause(250)]);
const US_DIAL: TonePlan = repeated(&[ToneStep::two(350, 440, 0)]);
const US_RINGBACK: TonePlan = repeated(&[ToneStep::two(440, 480, 2000), pause(4000)]);
const UK_BUSY: TonePlan = repeated(&[one(400, 375), pause(375)]);
const UK_CONGESTION: TonePlan = repeated(&[one(400, 400), pause(350), one(400, 225), pause(525)]);
const DE_BUSY: TonePlan = repeated(&[one(425, 480), pause(480)]);
const DE_CONGESTION: TonePlan = repeated(&[one(425, 240), pause(240)]);

fn played(plan: TonePlan, law: Law, ms: usize) -> Vec<u8> {
    let mut generator = Generator::new(plan, law);
    let mut octets = Vec::new();
    while octets.len() < ms * 8 {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    octets
}

/// The first evidence in what is heard, and when it is told, in milliseconds.
fn busy(detector: &mut BusyTone, octets: &[u8]) -> Option<(Evidence, usize)> {
    let mut ticks = octets.as_chunks::<OCTETS_PER_TICK>().0.iter().enumerate();
    ticks.find_map(|(at, tick)| Some((detector.process(tick)?, (at + 1) * 10)))
}

fn cn(law: Law) -> BusyTone {
    BusyTone::new(&CN_BUSY, &CN_CONGESTION, law)
}

/// Adds noise of a level, and any other sound, to octets.
fn mixed(octets: &[u8], law: Law, mut sound: impl FnMut(usize) -> f32) -> Vec<u8> {
    let add = |(at, &octet): (usize, &u8)| {
        encode(law, (f32::from(decode(law, octet)) + sound(at)).round().clamp(-32_768.0, 32_767.0) as i16)
    };
    octets.iter().enumerate().map(add).collect()
}

/// White noise of a level.
fn noise(law: Law, level_dbm0: f32) -> impl FnMut(usize) -> f32 {
    let peak = codec::rms_of_dbm0(law, level_dbm0) * 3_f32.sqrt();
    let mut seed = 1_u32;
    move |_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(seed) / f64::from(u32::MAX) * 2.0 - 1.0) as f32 * peak
    }
}

#[test]
fn every_countrys_busy_and_congestion_tone_is_told_after_three_full_cycles_with_its_evidence() {
    let rows = [
        (CN_BUSY, CN_CONGESTION, 450.0),
        (US_BUSY, US_CONGESTION, 480.0),
        (UK_BUSY, UK_CONGESTION, 400.0),
        (DE_BUSY, DE_CONGESTION, 425.0),
    ];
    for law in [Law::A, Law::Mu] {
        for (busy_plan, congestion_plan, hz) in rows {
            for (plan, tone) in [(busy_plan, ReleaseTone::Busy), (congestion_plan, ReleaseTone::Congestion)] {
                let mut detector = BusyTone::new(&busy_plan, &congestion_plan, law);
                let told = busy(&mut detector, &played(plan, law, 10_000));
                let (evidence, at_ms) = told.unwrap_or_else(|| panic!("{plan:?} is not heard"));
                assert_eq!((evidence.tone, evidence.cycles), (tone, 3), "{plan:?}");
                assert!((evidence.hz - hz).abs() < 1.0, "{plan:?} {evidence:?}");
                let level_dbm0 = if hz == 480.0 { -7.0 } else { -10.0 };
                assert!((evidence.level_dbm0 - level_dbm0).abs() < 1.0, "{evidence:?}");
                let cycles_ms = 3 * plan.period_ms() as usize;
                assert!((cycles_ms..cycles_ms + 50).contains(&at_ms), "{plan:?} after {at_ms} ms");
            }
        }
    }
}

#[test]
fn two_cycles_are_not_enough() {
    let octets = played(CN_BUSY, Law::A, 2 * 700 + 350);
    assert_eq!(busy(&mut cn(Law::A), &[octets, vec![Law::A.silence(); 40_000]].concat()), None);
}

#[test]
fn a_quiet_noisy_tone_that_is_off_by_what_old_exchanges_are_is_heard() {
    for (hz, on_ms, off_ms, level_dbm0) in
        [(427, 350, 350, -20.0), (473, 350, 350, -20.0), (450, 305, 395, -25.0), (450, 395, 305, -32.0)]
    {
        let steps: &'static [ToneStep] = vec![one(hz, on_ms), pause(off_ms)].leak();
        let plan = TonePlan { steps, after_last: AfterLast::Repeat, level_dbm0 };
        let octets = mixed(&played(plan, Law::A, 10_000), Law::A, noise(Law::A, level_dbm0 - 15.0));
        assert!(busy(&mut cn(Law::A), &octets).is_some(), "{hz} Hz, {on_ms}/{off_ms} ms, {level_dbm0} dBm0");
    }
}

#[test]
fn what_is_not_the_tone_in_one_point_is_not_taken_for_it() {
    for (what, hz, on_ms, off_ms) in [
        ("too high", 480, 350, 350),
        ("too low", 420, 350, 350),
        ("bursts too long", 450, 420, 350),
        ("pauses too long", 450, 350, 430),
        ("bursts too short", 450, 280, 350),
        ("pauses too short", 450, 350, 280),
    ] {
        let steps: &'static [ToneStep] = vec![one(hz, on_ms), pause(off_ms)].leak();
        assert_eq!(busy(&mut cn(Law::A), &played(repeated(steps), Law::A, 20_000)), None, "{what}");
    }
    let quiet = TonePlan { level_dbm0: -38.0, ..CN_BUSY };
    assert_eq!(busy(&mut cn(Law::A), &played(quiet, Law::A, 20_000)), None, "too quiet");
    let loud_noise = mixed(&played(CN_BUSY, Law::A, 20_000), Law::A, noise(Law::A, -14.0));
    assert_eq!(busy(&mut cn(Law::A), &loud_noise), None, "not pure");
}

#[test]
fn dial_tone_ringback_call_waiting_and_special_tone_are_no_busy_tone() {
    for plan in [CN_DIAL, CN_RINGBACK, CN_WAITING, CN_SPECIAL] {
        assert_eq!(busy(&mut cn(Law::A), &played(plan, Law::A, 60_000)), None, "{plan:?}");
    }
    for plan in [US_DIAL, US_RINGBACK] {
        let mut detector = BusyTone::new(&US_BUSY, &US_CONGESTION, Law::Mu);
        assert_eq!(busy(&mut detector, &played(plan, Law::Mu, 60_000)), None, "{plan:?}");
    }
}

/// Notes at the tone's pitch in its very rhythm, as an instrument plays them: each swells or fades.
#[test]
fn notes_in_the_rhythm_of_busy_tone_that_swell_or_fade_are_no_busy_tone() {
    let peak = sine_peak_of_dbm0(Law::A, -6.0);
    for (name, shape) in [
        ("plucked", (|t: f32| (-t * 4.0).exp()) as fn(f32) -> f32),
        ("blown", |t| (std::f32::consts::PI * t / 0.35).sin()),
        ("trembling", |t| 0.7 + 0.3 * (std::f32::consts::TAU * 6.0 * t).sin()),
    ] {
        let sound = |at: usize| {
            let (t, into) = (at as f32 / 8000.0, at as f32 / 8000.0 % 0.7);
            if into < 0.35 { peak * shape(into) * (std::f32::consts::TAU * 450.0 * t).sin() } else { 0.0 }
        };
        let octets = mixed(&vec![Law::A.silence(); 160_000], Law::A, sound);
        assert_eq!(busy(&mut cn(Law::A), &octets), None, "{name}");
    }
}

#[test]
fn after_speech_the_count_begins_at_the_tones_onset() {
    let talk = mixed(&vec![Law::A.silence(); 8_000], Law::A, noise(Law::A, -20.0));
    let (_, at_ms) = busy(&mut cn(Law::A), &[talk, played(CN_BUSY, Law::A, 5000)].concat()).unwrap();
    assert!((3100..3150).contains(&at_ms), "{at_ms}");
}

#[test]
fn dial_tone_is_told_once_it_can_be_nothing_else() {
    for (plan, law) in [(CN_DIAL, Law::A), (US_DIAL, Law::Mu)] {
        let mut detector = DialTone::new(&plan, law);
        let octets = [vec![law.silence(); 1600], played(plan, law, 3000)].concat();
        let ticks = octets.as_chunks::<OCTETS_PER_TICK>().0.iter();
        let told: Vec<usize> =
            ticks.enumerate().filter(|(_, tick)| detector.process(tick)).map(|(at, _)| at * 10).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!((1000..1050).contains(&told[0]), "{told:?}");
    }
    let mut detector = DialTone::new(&CN_DIAL, Law::A);
    let other = [played(CN_BUSY, Law::A, 9_800), played(CN_CONGESTION, Law::A, 9_800)].concat();
    assert!(!other.as_chunks::<OCTETS_PER_TICK>().0.iter().any(|tick| detector.process(tick)));
}

#[test]
fn tones_are_no_voice_and_what_is_no_tone_is_one_after_250_ms() {
    let tones = [&CN_DIAL, &CN_RINGBACK, &CN_BUSY, &CN_CONGESTION, &CN_SPECIAL];
    for plan in tones {
        let mut voice = Voice::new(&tones, Law::A);
        let octets = mixed(&played(*plan, Law::A, 30_000), Law::A, noise(Law::A, -45.0));
        assert!(!octets.as_chunks::<OCTETS_PER_TICK>().0.iter().any(|tick| voice.process(tick)), "{plan:?}");
    }
    let mut voice = Voice::new(&[&US_RINGBACK, &US_BUSY, &US_DIAL], Law::Mu);
    let ringback = played(US_RINGBACK, Law::Mu, 30_000);
    assert!(!ringback.as_chunks::<OCTETS_PER_TICK>().0.iter().any(|tick| voice.process(tick)));
    let mut voice = Voice::new(&tones, Law::A);
    let talk = mixed(&vec![Law::A.silence(); 8_000], Law::A, noise(Law::A, -25.0));
    let at = talk.as_chunks::<OCTETS_PER_TICK>().0.iter().position(|tick| voice.process(tick));
    assert_eq!(at, Some(24));
}

#[test]
fn an_ear_tells_of_a_voice_and_then_of_the_busy_tone() {
    let mut ear = Ear::Progress(Box::new(cn(Law::A)), Some(Box::new(Voice::new(&[&CN_RINGBACK], Law::A))));
    let talk = mixed(&vec![Law::A.silence(); 4_000], Law::A, noise(Law::A, -25.0));
    let octets = [played(CN_RINGBACK, Law::A, 7000), talk, played(CN_BUSY, Law::A, 3000)].concat();
    let told: Vec<Heard> =
        octets.as_chunks::<OCTETS_PER_TICK>().0.iter().filter_map(|tick| ear.process(tick)).collect();
    assert!(matches!(told[..], [Heard::Voice, Heard::BusyTone(_)]), "{told:?}");
}
