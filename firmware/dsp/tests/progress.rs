//! Call progress tones: told where they are (ITU-T E.180 cadences and tolerances), and never where they are not.

#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use codec::{decode, encode, sine_peak_of_dbm0};
use dsp::{
    ear::{CallEar, Ear, Ears, Heard},
    progress::{
        Cadence, CallTones, DialTone, Evidence, Learner, Limits, Machine, MachineTone, Meaning, ReleaseTone,
        SpecialInformation, Voice,
    },
    tone::{AfterLast, Generator, TonePlan, ToneStep},
};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

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
const UK_RINGBACK: TonePlan =
    repeated(&[ToneStep::two(400, 450, 400), pause(200), ToneStep::two(400, 450, 400), pause(2000)]);
const CNG: TonePlan = repeated(&[one(1100, 500), pause(3000)]);
const UK_BUSY: TonePlan = repeated(&[one(400, 375), pause(375)]);
const UK_CONGESTION: TonePlan = repeated(&[one(400, 400), pause(350), one(400, 225), pause(525)]);
const DE_RINGBACK: TonePlan = repeated(&[one(425, 1000), pause(4000)]);
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

/// All that an ear hears, and when it is told, in milliseconds.
fn heard(ear: Ear, octets: &[u8], law: Law) -> Vec<(Heard, usize)> {
    let mut ears = Ears::new();
    ears.put(0, Some(Box::new(ear)));
    let mut told = Vec::new();
    for (at, tick) in octets.as_chunks::<OCTETS_PER_TICK>().0.iter().enumerate() {
        let mut lanes = [[law.silence(); OCTETS_PER_TICK]; LANES];
        lanes[0] = *tick;
        ears.process(&lanes, law, |_, heard| told.push((heard, (at + 1) * 10)));
    }
    told
}

fn call_tones(plans: &[(Meaning, TonePlan)]) -> Option<CallTones> {
    let cadence = |&(meaning, plan): &(Meaning, TonePlan)| (meaning, Cadence::of(&plan, Limits::EXCHANGE).unwrap());
    Some(CallTones::new(plans.iter().map(cadence)))
}

/// An ear for busy and congestion tone.
fn release_ear(busy: TonePlan, congestion: TonePlan) -> Ear {
    let tones = call_tones(&[(Meaning::Busy, busy), (Meaning::Congestion, congestion)]);
    Ear::Call(Box::new(CallEar { tones, ..CallEar::default() }))
}

/// The first evidence of China's busy or congestion tone.
fn busy(octets: &[u8], law: Law) -> Option<(Evidence, usize)> {
    evidence(&heard(release_ear(CN_BUSY, CN_CONGESTION), octets, law))
}

fn evidence(told: &[(Heard, usize)]) -> Option<(Evidence, usize)> {
    told.iter().find_map(|told| match *told {
        (Heard::BusyTone(evidence), at_ms) => Some((evidence, at_ms)),
        _ => None,
    })
}

fn dial_tone(plan: &TonePlan) -> Ear {
    Ear::DialTone(DialTone::new(plan, &Limits::EXCHANGE).unwrap())
}

fn voice_ear(tones: &[&TonePlan]) -> Ear {
    Ear::Call(Box::new(CallEar { voice: Some(Voice::new(tones)), ..CallEar::default() }))
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
                let ear = release_ear(busy_plan, congestion_plan);
                let told = evidence(&heard(ear, &played(plan, law, 10_000), law));
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
    assert_eq!(busy(&[octets, vec![Law::A.silence(); 40_000]].concat(), Law::A), None);
}

#[test]
fn a_quiet_noisy_tone_that_is_off_by_what_old_exchanges_are_is_heard() {
    for (hz, on_ms, off_ms, level_dbm0) in
        [(427, 350, 350, -20.0), (473, 350, 350, -20.0), (450, 305, 395, -25.0), (450, 395, 305, -32.0)]
    {
        let steps: &'static [ToneStep] = vec![one(hz, on_ms), pause(off_ms)].leak();
        let plan = TonePlan { steps, after_last: AfterLast::Repeat, level_dbm0 };
        let octets = mixed(&played(plan, Law::A, 10_000), Law::A, noise(Law::A, level_dbm0 - 15.0));
        assert!(busy(&octets, Law::A).is_some(), "{hz} Hz, {on_ms}/{off_ms} ms, {level_dbm0} dBm0");
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
        assert_eq!(busy(&played(repeated(steps), Law::A, 20_000), Law::A), None, "{what}");
    }
    let quiet = TonePlan { level_dbm0: -38.0, ..CN_BUSY };
    assert_eq!(busy(&played(quiet, Law::A, 20_000), Law::A), None, "too quiet");
    let loud_noise = mixed(&played(CN_BUSY, Law::A, 20_000), Law::A, noise(Law::A, -14.0));
    assert_eq!(busy(&loud_noise, Law::A), None, "not pure");
}

#[test]
fn dial_tone_ringback_call_waiting_and_special_tone_are_no_busy_tone() {
    for plan in [CN_DIAL, CN_RINGBACK, CN_WAITING, CN_SPECIAL] {
        assert_eq!(busy(&played(plan, Law::A, 60_000), Law::A), None, "{plan:?}");
    }
    for plan in [US_DIAL, US_RINGBACK] {
        let told = heard(release_ear(US_BUSY, US_CONGESTION), &played(plan, Law::Mu, 60_000), Law::Mu);
        assert_eq!(told, [], "{plan:?}");
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
        assert_eq!(busy(&octets, Law::A), None, "{name}");
    }
}

/// A sound from one moment to another, in milliseconds.
fn from_to(from_ms: usize, to_ms: usize, mut sound: impl FnMut(usize) -> f32) -> impl FnMut(usize) -> f32 {
    move |at| if (from_ms * 8..to_ms * 8).contains(&at) { sound(at) } else { 0.0 }
}

#[test]
fn what_is_left_of_a_prompt_in_a_burst_or_a_pause_spoils_no_cycle_and_more_of_it_does() {
    let law = Law::A;
    let told = |over: &mut dyn FnMut(usize) -> f32| {
        let octets = mixed(&played(CN_BUSY, law, 2500), law, over);
        busy(&octets, law).is_some()
    };
    assert!(told(&mut |_| 0.0), "three cycles are 2.1 s");
    // The tone is at -10 dBm0: 9 dB less in a pause, and 6 less in a burst, where the tone is 80 % of the power.
    assert!(told(&mut from_to(1150, 1300, noise(law, -19.0))));
    assert!(told(&mut from_to(800, 850, noise(law, -16.0))));
    assert!(!told(&mut from_to(1150, 1300, noise(law, -13.0))), "as loud as that it is another sound");
    assert!(!told(&mut from_to(720, 1000, noise(law, -14.0))), "nor is most of a burst covered");
}

#[test]
fn after_a_sound_that_was_taken_for_a_loud_burst_a_quieter_tone_is_heard_all_the_same() {
    let law = Law::A;
    const BLIP: TonePlan = TonePlan { steps: &[one(450, 80)], after_last: AfterLast::End, level_dbm0: -8.0 };
    let blip = played(BLIP, law, 500);
    let plan = TonePlan { level_dbm0: -28.0, ..CN_BUSY };
    let octets = [blip, played(plan, law, 2300)].concat();
    let (_, at_ms) = busy(&octets, law).expect("it is heard");
    assert!((2600..=2700).contains(&at_ms), "in the first three cycles: {at_ms}");
}

#[test]
fn after_speech_the_count_begins_at_the_tones_onset() {
    let talk = mixed(&vec![Law::A.silence(); 8_000], Law::A, noise(Law::A, -20.0));
    let (_, at_ms) = busy(&[talk, played(CN_BUSY, Law::A, 5000)].concat(), Law::A).unwrap();
    assert!((3100..3150).contains(&at_ms), "{at_ms}");
}

#[test]
fn dial_tone_is_told_once_it_can_be_nothing_else() {
    for (plan, law) in [(CN_DIAL, Law::A), (US_DIAL, Law::Mu)] {
        let octets = [vec![law.silence(); 1600], played(plan, law, 3000)].concat();
        let told = heard(dial_tone(&plan), &octets, law);
        let [(Heard::DialTone { dbm0 }, 1000..1060)] = told[..] else { panic!("{told:?}") };
        let level_dbm0 = dsp::probe::Spectrum::of(law, &octets[1600..]).level_dbm0(300.0, 3400.0);
        assert!((dbm0 - level_dbm0).abs() < 0.5, "{dbm0} of {level_dbm0} dBm0");
    }
    let other = [played(CN_BUSY, Law::A, 9_800), played(CN_CONGESTION, Law::A, 9_800)].concat();
    assert_eq!(heard(dial_tone(&CN_DIAL), &other, Law::A), []);
}

#[test]
fn chinas_special_dial_tone_is_dial_tone_in_spite_of_its_pauses_and_a_learnt_busy_tone_is_not() {
    const SPECIAL: TonePlan = repeated(&[one(450, 400), pause(40)]);
    const LEARNT: TonePlan = repeated(&[one(450, 750), pause(150)]);
    for phase_ms in [0, 13, 200, 390, 420] {
        let octets = &played(SPECIAL, Law::A, 4000)[phase_ms * 8..];
        let told = heard(dial_tone(&CN_DIAL), octets, Law::A);
        assert!(matches!(told[..], [(Heard::DialTone { .. }, 800..1100)]), "{told:?}");
    }
    assert_eq!(heard(dial_tone(&CN_DIAL), &played(LEARNT, Law::A, 20_000), Law::A), []);
}

#[test]
fn tones_are_no_voice_and_what_is_no_tone_is_one_after_250_ms() {
    let tones = [&CN_DIAL, &CN_RINGBACK, &CN_BUSY, &CN_CONGESTION, &CN_SPECIAL];
    for plan in tones {
        let octets = mixed(&played(*plan, Law::A, 30_000), Law::A, noise(Law::A, -45.0));
        assert_eq!(heard(voice_ear(&tones), &octets, Law::A), [], "{plan:?}");
    }
    let ringback = played(US_RINGBACK, Law::Mu, 30_000);
    assert_eq!(heard(voice_ear(&[&US_RINGBACK, &US_BUSY, &US_DIAL]), &ringback, Law::Mu), []);
    let talk = mixed(&vec![Law::A.silence(); 8_000], Law::A, noise(Law::A, -25.0));
    assert_eq!(heard(voice_ear(&tones), &talk, Law::A), [(Heard::Voice, 250)]);
}

#[test]
fn an_ear_tells_of_a_voice_and_then_of_the_busy_tone() {
    let tones = call_tones(&[(Meaning::Busy, CN_BUSY)]);
    let ear = CallEar { tones, voice: Some(Voice::new(&[&CN_RINGBACK])), ..CallEar::default() };
    let talk = mixed(&vec![Law::A.silence(); 4_000], Law::A, noise(Law::A, -25.0));
    let octets = [played(CN_RINGBACK, Law::A, 7000), talk, played(CN_BUSY, Law::A, 3000)].concat();
    let told = heard(Ear::Call(Box::new(ear)), &octets, Law::A);
    assert!(matches!(told[..], [(Heard::Voice, _), (Heard::BusyTone(_), _)]), "{told:?}");
}

#[test]
fn every_countrys_ringback_is_told_when_it_has_come_round() {
    for (plan, after_ms) in [(CN_RINGBACK, 5000), (US_RINGBACK, 6000), (DE_RINGBACK, 5000), (UK_RINGBACK, 3000)] {
        let tones = call_tones(&[(Meaning::Busy, CN_BUSY), (Meaning::Ringback, plan)]);
        let ear = Ear::Call(Box::new(CallEar { tones, ..CallEar::default() }));
        let told = heard(ear, &played(plan, Law::A, 7000), Law::A);
        assert!(
            matches!(told[..], [(Heard::Ringback, at_ms), ..] if at_ms.abs_diff(after_ms) <= 30),
            "{plan:?} {told:?}"
        );
    }
}

/// An ear for the special information tone as most countries and as China has it.
fn special_ear() -> Ear {
    let tones = call_tones(&[(Meaning::SpecialInformation, CN_SPECIAL), (Meaning::Busy, CN_BUSY)]);
    Ear::Call(Box::new(CallEar {
        tones,
        special: Some(SpecialInformation::new(&Limits::EXCHANGE)),
        ..CallEar::default()
    }))
}

#[test]
fn special_information_is_told_within_the_tolerances_of_e_180() {
    for (hz, ms, between_ms) in [
        ([950, 1400, 1800], [330, 330, 330], 0),
        ([905, 1355, 1755], [270, 270, 270], 0),
        ([995, 1445, 1845], [390, 390, 390], 30),
        // North America: vacant code, and no circuit.
        ([985, 1371, 1777], [380, 276, 380], 0),
        ([914, 1429, 1777], [276, 380, 380], 0),
    ] {
        let steps = [0, 1, 2].map(|at| [one(hz[at], ms[at]), pause(between_ms)]).concat();
        let steps: Vec<ToneStep> = steps.into_iter().filter(|step| step.length_ms > 0).collect();
        let plan = TonePlan { steps: steps.leak(), after_last: AfterLast::End, level_dbm0: -15.0 };
        let octets = mixed(&played(plan, Law::A, 3000), Law::A, noise(Law::A, -35.0));
        let told = heard(special_ear(), &octets, Law::A);
        assert!(matches!(told[..], [(Heard::SpecialInformation, _)]), "{hz:?} {ms:?} {told:?}");
    }
    let told = heard(special_ear(), &played(CN_SPECIAL, Law::A, 1_500), Law::A);
    assert!(matches!(told[..], [(Heard::SpecialInformation, 1_300..1_450)]), "{told:?}");
}

#[test]
fn three_tones_in_another_order_too_short_or_too_long_are_no_special_information() {
    for (hz, ms, between_ms) in [
        ([1400, 950, 1800], 330, 0),
        ([1800, 1400, 950], 330, 0),
        ([950, 1800, 1400], 330, 0),
        ([950, 1400, 1700], 330, 0),
        ([950, 1400, 1800], 200, 0),
        ([950, 1400, 1800], 480, 0),
        ([950, 1400, 1800], 330, 150),
    ] {
        let steps = hz.map(|hz| [one(hz, ms), pause(between_ms)]).concat();
        let steps: Vec<ToneStep> = steps.into_iter().filter(|step| step.length_ms > 0).collect();
        let plan = TonePlan { steps: steps.leak(), after_last: AfterLast::End, level_dbm0: -10.0 };
        assert_eq!(heard(special_ear(), &played(plan, Law::A, 3000), Law::A), [], "{hz:?} {ms} {between_ms}");
    }
}

fn machine_ear() -> Ear {
    Ear::Call(Box::new(CallEar { machine: Some(Machine::new()), ..CallEar::default() }))
}

/// Which machines are heard.
fn machines(octets: &[u8], law: Law) -> Vec<MachineTone> {
    heard(machine_ear(), octets, law)
        .into_iter()
        .filter_map(|(heard, _)| match heard {
            Heard::Machine(machine) => Some(machine),
            _ => None,
        })
        .collect()
}

#[test]
fn cng_of_t_30_is_told_within_its_tolerances_and_once() {
    for law in [Law::A, Law::Mu] {
        for (hz, on_ms, level_dbm0) in [(1100, 500, -11.0), (1062, 430, -20.0), (1138, 570, -20.0), (1100, 500, -38.0)]
        {
            let steps: &'static [ToneStep] = vec![one(hz, on_ms), pause(3000)].leak();
            let plan = TonePlan { steps, after_last: AfterLast::Repeat, level_dbm0 };
            let octets = mixed(&played(plan, law, 14_000), law, noise(law, level_dbm0 - 18.0));
            assert_eq!(
                machines(&octets, law),
                [MachineTone::FaxCalling],
                "{law:?} {hz} Hz {on_ms} ms {level_dbm0} dBm0"
            );
        }
    }
}

#[test]
fn what_is_not_cng_in_one_point_is_no_fax() {
    for (what, hz, on_ms) in
        [("too high", 1160, 500), ("too low", 1040, 500), ("long", 1100, 700), ("short", 1100, 350)]
    {
        let steps: &'static [ToneStep] = vec![one(hz, on_ms), pause(3000)].leak();
        assert_eq!(machines(&played(repeated(steps), Law::A, 14_000), Law::A), [], "{what}");
    }
}

/// 2,100 Hz as V.8 sends it: its amplitude's swing, and whether its phase turns every 450 ms.
fn answer_tone(hz: f32, swing: f32, turns: bool, ms: usize) -> Vec<u8> {
    let peak = sine_peak_of_dbm0(Law::A, -15.0);
    let turn = std::f32::consts::TAU;
    let sound = |at: usize| {
        let t = at as f32 / 8000.0;
        let sign = if turns && (at / 3600) % 2 == 1 { -1.0 } else { 1.0 };
        sign * peak * (1.0 + swing * (turn * 15.0 * t).sin()) * (turn * hz * t).sin()
    };
    mixed(&vec![Law::A.silence(); ms * 8], Law::A, sound)
}

#[test]
fn the_answering_tones_of_t_30_v_25_v_8_and_bell_103_are_told_apart() {
    let quiet = vec![Law::A.silence(); 8000];
    for (what, hz, swing, turns, expected) in [
        ("CED", 2100.0, 0.0, false, MachineTone::FaxAnswering),
        ("CED at its lower limit", 2085.0, 0.0, false, MachineTone::FaxAnswering),
        ("CED at its upper limit", 2115.0, 0.0, false, MachineTone::FaxAnswering),
        ("ANS with turns", 2100.0, 0.0, true, MachineTone::Modem),
        ("ANSam", 2100.0, 0.2, true, MachineTone::Modem),
        ("ANSam without turns", 2100.0, 0.2, false, MachineTone::Modem),
        ("Bell 103", 2225.0, 0.0, false, MachineTone::Modem),
    ] {
        let octets = [quiet.clone(), answer_tone(hz, swing, turns, 3000), quiet.clone()].concat();
        assert_eq!(machines(&octets, Law::A), [expected], "{what}");
        let noisy = mixed(&octets, Law::A, noise(Law::A, -33.0));
        assert_eq!(machines(&noisy, Law::A), [expected], "{what} with noise");
    }
    for (what, octets) in [
        ("half a second", answer_tone(2100.0, 0.0, false, 500)),
        ("too high", answer_tone(2150.0, 0.0, false, 3000)),
        ("a note that trembles", answer_tone(2100.0, 0.45, false, 3000)),
    ] {
        assert_eq!(machines(&[octets, quiet.clone()].concat(), Law::A), [], "{what}");
    }
}

/// A sound for each lane, all different: tones at several levels among noise.
fn busy_street() -> Vec<Vec<u8>> {
    let plans = [CN_BUSY, CN_CONGESTION, US_BUSY, US_RINGBACK, UK_CONGESTION, DE_BUSY, CN_SPECIAL, CNG];
    let street = |lane: usize| {
        let plan = TonePlan { level_dbm0: -10.0 - lane as f32 * 0.9, ..plans[lane % plans.len()] };
        mixed(&played(plan, Law::A, 8000), Law::A, noise(Law::A, -28.0 - lane as f32))
    };
    (0..LANES).map(street).collect()
}

/// An ear for everything.
fn every_ear() -> Ear {
    let tones = call_tones(&[
        (Meaning::Busy, CN_BUSY),
        (Meaning::Congestion, CN_CONGESTION),
        (Meaning::Ringback, US_RINGBACK),
        (Meaning::SpecialInformation, CN_SPECIAL),
    ]);
    Ear::Call(Box::new(CallEar {
        tones,
        voice: Some(Voice::new(&[&CN_BUSY, &US_RINGBACK])),
        special: Some(SpecialInformation::new(&Limits::EXCHANGE)),
        machine: Some(Machine::new()),
    }))
}

#[test]
fn every_set_of_vector_instructions_hears_the_same_in_the_same_tick() {
    let street = busy_street();
    let told_by = |mut ears: Ears| {
        (0..LANES as u8).for_each(|lane| drop(ears.put(lane, Some(Box::new(every_ear())))));
        let mut told = Vec::new();
        for at in 0..street[0].len() / OCTETS_PER_TICK {
            let lanes: [Octets; LANES] = std::array::from_fn(|lane| street[lane].as_chunks::<OCTETS_PER_TICK>().0[at]);
            ears.process(&lanes, Law::A, |lane, heard| told.push((at, lane, heard)));
        }
        told
    };
    let told: Vec<_> = Ears::of_every_level().into_iter().map(told_by).collect();
    assert!(told.len() >= 2, "the portable path and the best");
    assert!(told[0].len() > LANES, "{}", told[0].len());
    assert!(told.iter().all(|other| *other == told[0]));
}

#[test]
fn an_ear_that_is_put_on_a_lane_hears_nothing_of_what_was_there_before() {
    let octets = played(CN_BUSY, Law::A, 1_930);
    let rest = played(CN_BUSY, Law::A, 1_000);
    let lanes_of = |tick: &Octets| std::array::from_fn(|lane| if lane == 5 { *tick } else { [0xd5; OCTETS_PER_TICK] });
    let mut ears = Ears::new();
    let mut told = 0;
    ears.put(5, Some(Box::new(release_ear(CN_BUSY, CN_CONGESTION))));
    for tick in octets.as_chunks::<OCTETS_PER_TICK>().0 {
        ears.process(&lanes_of(tick), Law::A, |_, _| told += 1);
    }
    let before = ears.put(5, Some(Box::new(release_ear(CN_BUSY, CN_CONGESTION))));
    assert!(before.is_some());
    for tick in rest.as_chunks::<OCTETS_PER_TICK>().0 {
        ears.process(&lanes_of(tick), Law::A, |_, _| told += 1);
    }
    assert_eq!(told, 0);
    assert!(ears.open() == 1 << 5 && ears.put(5, None).is_some() && ears.open() == 0);
}

/// What is learnt of octets: what the learner was certain of first, as nobody waits for more.
fn learnt(octets: &[u8], law: Law) -> Option<Cadence> {
    let mut learner = Learner::new(law);
    octets.as_chunks::<OCTETS_PER_TICK>().0.iter().find_map(|tick| learner.process(tick))
}

#[test]
fn what_rings_or_waits_is_not_learnt_as_what_ends_a_call() {
    const GB_RINGBACK: TonePlan =
        repeated(&[ToneStep::two(400, 450, 400), pause(200), ToneStep::two(400, 450, 400), pause(2000)]);
    for plan in [CN_RINGBACK, CN_WAITING, US_RINGBACK, GB_RINGBACK] {
        assert_eq!(learnt(&played(plan, Law::A, 30_000), Law::A), None, "{plan:?}");
    }
    assert!(learnt(&played(CN_BUSY, Law::A, 8_000), Law::A).is_some());
}

#[test]
fn a_learner_that_was_reset_has_heard_nothing() {
    let tone = played(CN_BUSY, Law::A, 8_000);
    let mut learner = Learner::new(Law::A);
    let hear = |learner: &mut Learner, octets: &[u8]| {
        octets.as_chunks::<OCTETS_PER_TICK>().0.iter().for_each(|tick| _ = learner.process(tick));
        learner.learnt()
    };
    let first = hear(&mut learner, &tone);
    assert!(first.is_some());
    learner.reset();
    assert_eq!(learner.learnt(), None);
    assert_eq!(hear(&mut learner, &tone[..tone.len() / 4]), None);
    learner.reset();
    assert_eq!(hear(&mut learner, &tone), first);
}

#[test]
fn a_private_exchanges_rhythm_is_learnt_after_talk_and_then_heard_and_no_other() {
    let talk = mixed(&vec![Law::A.silence(); 40_000], Law::A, noise(Law::A, -20.0));
    for (hz, bursts) in [
        ([450, 0], vec![(350, 350)]),
        ([437, 0], vec![(210, 390)]),
        // Between the two of a pair.
        ([420, 0], vec![(210, 350)]),
        ([459, 0], vec![(430, 690)]),
        ([512, 0], vec![(120, 80), (120, 480)]),
        ([480, 620], vec![(300, 200)]),
        ([400, 0], vec![(400, 350), (225, 525)]),
    ] {
        let steps: Vec<ToneStep> =
            bursts.iter().flat_map(|&(on, off)| [ToneStep::two(hz[0], hz[1], on), pause(off)]).collect();
        let plan = TonePlan { steps: steps.leak(), after_last: AfterLast::Repeat, level_dbm0: -18.0 };
        let tone = mixed(&played(plan, Law::A, 8_000), Law::A, noise(Law::A, -40.0));
        let cadence = learnt(&[talk.clone(), tone.clone(), talk.clone()].concat(), Law::A);
        let cadence = cadence.unwrap_or_else(|| panic!("{hz:?} {bursts:?} is not learnt"));
        assert!(cadence.hz()[0].abs_diff(hz[0]) <= 2 && cadence.hz()[1] == hz[1], "{hz:?} {cadence:?}");
        // It may have begun with either burst.
        let near = |turn: usize| {
            let learnt = cadence.bursts_ms().iter().cycle().skip(turn);
            learnt.zip(&bursts).all(|(is, was)| is.0.abs_diff(was.0) <= 10 && is.1.abs_diff(was.1) <= 10)
        };
        assert_eq!(cadence.bursts_ms().len(), bursts.len());
        assert!((0..bursts.len()).any(near), "{bursts:?} {cadence:?}");
        let ear = || {
            let tones = Some(CallTones::new([(Meaning::Busy, cadence)]));
            Ear::Call(Box::new(CallEar { tones, ..CallEar::default() }))
        };
        assert!(evidence(&heard(ear(), &tone, Law::A)).is_some(), "{hz:?} {bursts:?}");
        let other = if hz == [450, 0] { DE_BUSY } else { CN_BUSY };
        assert_eq!(heard(ear(), &played(other, Law::A, 20_000), Law::A), [], "{hz:?} {bursts:?}");
    }
}

#[test]
fn of_talk_a_steady_tone_or_a_few_bursts_nothing_is_learnt() {
    assert_eq!(learnt(&mixed(&vec![Law::A.silence(); 400_000], Law::A, noise(Law::A, -20.0)), Law::A), None);
    assert_eq!(learnt(&played(CN_DIAL, Law::A, 60_000), Law::A), None);
    assert_eq!(learnt(&[played(CN_BUSY, Law::A, 2_700), vec![Law::A.silence(); 8_000]].concat(), Law::A), None);
}
