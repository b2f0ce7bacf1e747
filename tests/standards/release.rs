//! A line is let go by busy tone while the box itself speaks into it: 1,000 calls, each on a line of its own.
//!
//! The exchange's tone comes over a pair of wires, weak and noisy, and on top of it what the hybrid sends back of a prompt
//! (the echo paths of G.168, Annex D). It has to be heard within three cycles and 300 ms, through the canceller, by the ears
//! of the line's own country, whatever is left of the prompt in a burst or a pause. `RELEASE_CALLS` sets how many calls there are
//! (docs/analog.md has what four thousand gave). A third as many are of exchanges with a busy tone of their own, which is learnt from the
//! very line first, as `ringfence port learn` does it.

use analog::plan::{Country, ToneKind};
use dsp::{
    ear::{CallEar, Ear, Ears, Heard},
    echo::{Canceller, Tail, Workspace},
    progress::{Cadence, CallTones, Learner, Meaning},
    tone::{Generator, TonePlan, ToneStep},
};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use standards::{
    g168::{Filter, HYBRIDS, Hybrid},
    level, line,
    noise::{self, Random},
    peer, wav,
};

const CALLS: usize = 1000;

/// What is heard beyond three cycles: the last pause has to be one, and the far end of the canceller is a tick or two late.
const MORE_MS: usize = 300;

/// For how much longer it is waited, in ticks, to tell a line that is let go late from one that never is.
const LATER: usize = 1200;

/// A call's line, and what is said on it.
struct Call {
    country: Country,
    /// What the exchange sends when the far end hangs up.
    busy: TonePlan,
    /// The rhythm that was learnt of it.
    learnt: Option<Cadence>,
    /// When the far end hangs up, in ticks.
    hung_up: usize,
    from_exchange: Vec<f32>,
    /// What the box says, and what the hybrid sends back of it.
    prompt: Vec<u8>,
    hybrid: Filter,
}

fn busy(country: Country) -> TonePlan {
    country.plan().tone(ToneKind::Busy)
}

/// A country's busy tone as an exchange really has it: some hertz beside, and bursts and pauses that are longer or shorter.
fn real_busy(country: Country, random: &mut Random) -> TonePlan {
    let plan = busy(country);
    let off_hz = random.between(-15.0, 15.0) as i16;
    let steps = plan.steps.iter().map(|step| {
        let length_ms = (f32::from(step.length_ms) * random.between(0.92, 1.08)) as u16;
        let frequencies_hz = step.frequencies_hz.map(|hz| if hz == 0 { 0 } else { hz.saturating_add_signed(off_hz) });
        ToneStep { frequencies_hz, length_ms }
    });
    TonePlan { steps: Vec::leak(steps.collect()), ..plan }
}

fn cycle_ms(plan: &TonePlan) -> usize {
    plan.steps.iter().map(|step| usize::from(step.length_ms)).sum()
}

/// How soon a line is to be let go, in ticks.
fn within(busy: &TonePlan) -> usize {
    (3 * cycle_ms(busy) + MORE_MS) / 10
}

/// A busy tone that no country has, of a private exchange: what the learner takes, within the tolerances of the exchange's crystal.
fn own_busy(random: &mut Random) -> TonePlan {
    let hz = random.between(320.0, 650.0) as u16;
    let mut length_ms = || 10 * random.between(15.0, 75.0) as u16;
    let steps = Box::leak(Box::new([ToneStep::one(hz, length_ms()), ToneStep::pause(length_ms())]));
    TonePlan { steps, ..busy(Country::ALL[0]) }
}

fn tone(plan: TonePlan, ticks: usize) -> Vec<f32> {
    let mut generator = Generator::new(plan, Law::A);
    let mut octets = Vec::new();
    for _ in 0..ticks {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    line::decoded(Law::A, &octets)
}

impl Call {
    fn new(number: usize, voice: &[f32]) -> Call {
        let country = Country::ALL[number % Country::ALL.len()];
        Call::of(number, voice, real_busy(country, &mut Random::new(!(number as u64))))
    }

    fn of(number: usize, voice: &[f32], busy: TonePlan) -> Call {
        let mut random = Random::new(number as u64);
        let country = Country::ALL[number % Country::ALL.len()];
        // Within a second of speech a canceller knows a path; a prompt has begun before anybody hangs up.
        let hung_up = 200 + random.below(300);
        let ticks = hung_up + within(&busy) + LATER;
        let begin = random.below(voice.len() - ticks * OCTETS_PER_TICK);
        let prompt =
            line::coded(Law::A, &level::at_active_dbm0(voice[begin..][..ticks * OCTETS_PER_TICK].to_vec(), -16.0));
        let hybrid =
            Hybrid { number: random.below(HYBRIDS), erl_db: random.between(8.0, 20.0), delay: random.below(200) };
        // Less than none: the exchange is louder than ours.
        let loss_db = random.between(-4.0, 18.0);
        let sounds = line::dull(&tone(busy, within(&busy) + LATER), random.between(1500.0, 3000.0));
        let gain = codec::ratio_of_db(-loss_db);
        let sounds: Vec<f32> = sounds.iter().map(|sample| sample * gain).collect();
        let silence = vec![0.0; hung_up * OCTETS_PER_TICK];
        let noise = noise::white(number as u64, random.between(-70.0, -34.0 - loss_db), ticks * OCTETS_PER_TICK);
        let from_exchange = level::sum(noise, &[silence, sounds].concat());
        Call { country, busy, learnt: None, hung_up, from_exchange, prompt, hybrid: Filter::new(hybrid.response()) }
    }

    fn said(&self, tick: usize) -> Octets {
        self.prompt.as_chunks().0.get(tick).copied().unwrap_or([Law::A.silence(); OCTETS_PER_TICK])
    }

    /// What comes in on the line.
    fn line(&mut self, tick: usize) -> Octets {
        let said: Vec<f32> = line::decoded(Law::A, &self.said(tick));
        let echo = self.hybrid.process(said.as_slice().try_into().expect("a tick"));
        let at = tick * OCTETS_PER_TICK;
        std::array::from_fn(|sample| {
            let heard = self.from_exchange.get(at + sample).copied().unwrap_or(0.0) + echo[sample];
            codec::encode(Law::A, heard.round() as i16)
        })
    }
}

/// After how many ticks each line of a span was let go, counted from where its far end hung up.
fn let_go(calls: &mut [Call]) -> Vec<Option<i64>> {
    let mut ears = Ears::new();
    for (lane, call) in calls.iter().enumerate() {
        let learnt = call.learnt.map(|cadence| (Meaning::Busy, cadence));
        // As in a talk.
        let ends = |(meaning, _): &(Meaning, Cadence)| matches!(meaning, Meaning::Busy | Meaning::Congestion);
        let tones = Some(CallTones::new(call.country.plan().call_tones().filter(ends).chain(learnt)));
        ears.put(lane as u8, Some(Box::new(Ear::Call(Box::new(CallEar { tones, ..CallEar::default() })))));
    }
    let (mut canceller, mut workspace) = (Canceller::new(Tail::Ms64), Workspace::new());
    let mut released = vec![None; calls.len()];
    let ticks = calls.iter().map(|call| call.hung_up + within(&call.busy) + LATER).max().unwrap_or_default();
    let silent = [[Law::A.silence(); OCTETS_PER_TICK]; LANES];
    let active = ((1_u64 << calls.len()) - 1) as u32;
    for tick in 0..ticks {
        let (mut far, mut rx, mut clean) = (silent, silent, silent);
        for (lane, call) in calls.iter_mut().enumerate() {
            (far[lane], rx[lane]) = (call.said(tick), call.line(tick));
        }
        canceller.process(&mut workspace, &far, &rx, Law::A, active, &mut clean);
        ears.process(&clean, Law::A, |lane, heard| {
            let (lane, busy) = (usize::from(lane), matches!(heard, Heard::BusyTone(_)));
            if busy && released[lane].is_none() {
                released[lane] = Some(tick as i64 - calls[lane].hung_up as i64);
            }
        });
    }
    released
}

#[test]
fn each_of_a_thousand_lines_is_let_go_within_three_cycles_of_busy_tone_while_a_prompt_plays() {
    let voice = wav::read(&peer::target("voices").join("caller.wav")).expect("./justw voices has read a voice");
    let all = std::env::var("RELEASE_CALLS").map_or(CALLS, |all| all.parse().expect("RELEASE_CALLS is a number"));
    let calls = (0..all).map(|number| Call::new(number, &voice));
    let late = let_go_late(calls.collect());
    assert_eq!(late, [], "nor before anybody hung up");
}

#[test]
fn a_busy_tone_that_no_country_has_is_learnt_from_the_line_and_lets_it_go_as_soon() {
    let voice = wav::read(&peer::target("voices").join("caller.wav")).expect("./justw voices has read a voice");
    let calls = (0..CALLS / 3).map(|number| {
        let mut random = Random::new(!(number as u64));
        let mut call = Call::of(number, &voice, own_busy(&mut random));
        let (mut learner, start) = (Learner::new(Law::A), call.hung_up);
        // Nobody speaks while it is learnt.
        let prompt = std::mem::take(&mut call.prompt);
        let ticks = start..call.from_exchange.len() / OCTETS_PER_TICK;
        call.learnt = ticks.into_iter().find_map(|tick| learner.process(&call.line(tick)));
        assert!(call.learnt.is_some(), "{number}: {:?} is learnt within 12 s", call.busy);
        Call { prompt, ..call }
    });
    // What was learnt has narrower tolerances than a country's tone, so what is left of a prompt spoils a cycle more easily: one call
    // of these is let go seven cycles later.
    let late = let_go_late(calls.collect());
    assert!(late.len() <= CALLS / 300, "{late:?}");
    assert!(late.iter().all(|(.., busy, ticks)| (0..=3 * within(busy) as i64).contains(ticks)), "{late:?}");
}

/// All are let go; those that are not in time.
fn let_go_late(mut all: Vec<Call>) -> Vec<(usize, Country, TonePlan, i64)> {
    let (mut late, mut never) = (Vec::new(), Vec::new());
    for (span, calls) in all.chunks_mut(LANES).enumerate() {
        for (at, released) in let_go(calls).into_iter().enumerate() {
            let (call, number) = (&calls[at], span * LANES + at);
            match released {
                Some(ticks) if (0..=within(&call.busy) as i64).contains(&ticks) => (),
                Some(ticks) => late.push((number, call.country, call.busy, ticks)),
                None => never.push((number, call.country, call.busy)),
            }
        }
    }
    assert_eq!(never, []);
    late
}
