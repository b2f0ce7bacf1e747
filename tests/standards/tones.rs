//! Tones against SpanDSP, a program that is not ours: it hears what we send, and we hear what it sends.
//!
//! National tones of ITU-T E.180 Supplement 2, fax tones of T.30, answering tones of V.25, V.8 and Bell 103. SpanDSP is
//! given lengths of ±5 %, or ±20 ms where that is more: wider, Britain's busy tone is part of its congestion tone.

use analog::plan::Country;
use dsp::{
    ear::{CallEar, Ear, Ears, Heard},
    progress::{CallTones, DialTone, Machine, MachineTone, ReleaseTone},
    tone::{AfterLast, Generator, TonePlan, ToneStep},
};
use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::{line, peer};

/// How long everything sounds: two periods of the longest ringback, and more.
const MS: usize = 13_000;

/// SpanDSP's name of a step: its sines, and its length; what is without end lasts longer than any ringback.
fn step(step: &ToneStep) -> String {
    let [low, high, ..] = step.frequencies_hz;
    let ms = u32::from(step.length_ms);
    let off = (ms / 20).max(20);
    if ms == 0 { format!("{low}+{high}:2500-0") } else { format!("{low}+{high}:{}-{}", ms - off, ms + off) }
}

fn cadence(plan: &TonePlan) -> String {
    plan.steps.iter().map(step).collect::<Vec<_>>().join(",")
}

fn sent(plan: TonePlan, ms: usize) -> Vec<u8> {
    let mut generator = Generator::new(plan, Law::A);
    let mut octets = Vec::new();
    while octets.len() < ms * 8 {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    octets
}

/// Runs SpanDSP's tones; what it wrote, line by line.
fn told(arguments: &[&str], octets: &[u8]) -> Vec<String> {
    let input = peer::octets(&line::decoded(Law::A, octets));
    let answer = peer::run("tone_peer", arguments, input).unwrap_or_else(|why| panic!("{why}"));
    String::from_utf8_lossy(&answer.out).lines().map(str::to_owned).collect()
}

/// What SpanDSP sends, as the line carries it.
fn made(arguments: &[&str]) -> Vec<u8> {
    let answer = peer::run("tone_peer", arguments, Vec::new()).unwrap_or_else(|why| panic!("{why}"));
    line::coded(Law::A, &answer.samples())
}

/// All that an ear hears.
fn heard(ear: Ear, octets: &[u8]) -> Vec<Heard> {
    let mut ears = Ears::new();
    ears.put(3, Some(Box::new(ear)));
    let mut told = Vec::new();
    for tick in octets.as_chunks::<OCTETS_PER_TICK>().0 {
        let lanes = std::array::from_fn(|lane| if lane == 3 { *tick } else { [Law::A.silence(); OCTETS_PER_TICK] });
        const { assert!(LANES > 3) };
        ears.process(&lanes, Law::A, |_, heard| told.push(heard));
    }
    told
}

/// SpanDSP's command for a plan.
fn call(plan: &TonePlan) -> Vec<u8> {
    let step = |step: &ToneStep| {
        let [low, high, ..] = step.frequencies_hz;
        let ms = if step.length_ms == 0 { MS } else { usize::from(step.length_ms) };
        format!("{low}+{high}@{}:{ms}", plan.level_dbm0)
    };
    let steps: Vec<String> = plan.steps.iter().map(step).collect();
    let ms = MS.to_string();
    let arguments: Vec<&str> =
        ["call"].into_iter().chain(steps.iter().map(String::as_str)).chain([ms.as_str()]).collect();
    made(&arguments)
}

#[test]
fn e_180_supplement_2_what_we_send_in_every_country_spandsp_takes_for_that_tone_and_no_other() {
    for country in Country::ALL {
        let tones = &country.plan().tones;
        let all = [tones.dial, tones.ringback, tones.busy, tones.congestion];
        let cadences = all.map(|plan| cadence(&plan));
        let arguments: Vec<&str> = ["cadence"].into_iter().chain(cadences.iter().map(String::as_str)).collect();
        for (number, plan) in all.into_iter().enumerate() {
            let octets = sent(plan, MS);
            // It takes frequencies 10 Hz apart for one, so beside Britain's dial tone it does not find Britain's ringback.
            let alone = told(&["cadence", &cadences[number]], &octets);
            assert!(!alone.is_empty(), "{country:?} {number}");
            let among_all = told(&arguments, &octets);
            assert!(among_all.iter().all(|tone| *tone == number.to_string()), "{country:?} {number} {among_all:?}");
        }
    }
}

#[test]
fn e_180_supplement_2_what_spandsp_sends_of_every_country_is_heard_as_that_tone() {
    for country in Country::ALL {
        let plan = country.plan();
        let ear =
            || Ear::Call(Box::new(CallEar { tones: Some(CallTones::new(plan.call_tones())), ..CallEar::default() }));
        let busy = heard(ear(), &call(&plan.tones.busy));
        let told = |told: &[Heard], tone| {
            !told.is_empty()
                && told.iter().all(|heard| matches!(heard, Heard::BusyTone(evidence) if evidence.tone == tone))
        };
        assert!(told(&busy, ReleaseTone::Busy), "{country:?} {busy:?}");
        let congestion = heard(ear(), &call(&plan.tones.congestion));
        assert!(told(&congestion, ReleaseTone::Congestion), "{country:?} {congestion:?}");
        let ringback = heard(ear(), &call(&plan.tones.ringback));
        assert!(
            !ringback.is_empty() && ringback.iter().all(|heard| *heard == Heard::Ringback),
            "{country:?} {ringback:?}"
        );
        let dial = DialTone::new(&plan.tones.dial, &plan.limits).map(Ear::DialTone).expect("a tone that is looked for");
        let told = heard(dial, &call(&plan.tones.dial));
        assert!(matches!(told[..], [Heard::DialTone { .. }]), "{country:?} {told:?}");
    }
}

const CNG: TonePlan = TonePlan {
    steps: &[ToneStep::one(1100, 500), ToneStep::pause(3000)],
    after_last: AfterLast::Repeat,
    level_dbm0: -11.0,
};
const CED: TonePlan = TonePlan {
    steps: &[ToneStep::pause(200), ToneStep::one(2100, 3000)],
    after_last: AfterLast::End,
    level_dbm0: -12.0,
};

#[test]
fn t_30_what_we_send_as_cng_and_ced_spandsp_takes_for_them() {
    let cng = told(&["machine"], &sent(CNG, 8_000));
    assert!(!cng.is_empty() && cng.iter().all(|machine| machine == "cng"), "{cng:?}");
    assert_eq!(told(&["machine"], &sent(CED, 5_000)), ["ced"]);
}

#[test]
fn t_30_v_8_and_v_25_what_spandsp_sends_is_heard_as_the_machine_that_sends_it() {
    for (name, machine) in [
        ("cng", MachineTone::FaxCalling),
        ("ced", MachineTone::FaxAnswering),
        ("ans-pr", MachineTone::Modem),
        ("ansam", MachineTone::Modem),
        ("ansam-pr", MachineTone::Modem),
        ("bell", MachineTone::Modem),
    ] {
        let ear = Ear::Call(Box::new(CallEar { machine: Some(Machine::new()), ..CallEar::default() }));
        assert_eq!(heard(ear, &made(&["send", name, "8000"])), [Heard::Machine(machine)], "{name}");
    }
}
