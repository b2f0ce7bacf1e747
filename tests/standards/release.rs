//! A line is let go by busy tone while the box itself speaks into it: 1,000 calls, each on a line of its own.
//!
//! The exchange's tone comes over a pair of wires, weak and noisy, and on top of it what the hybrid sends back of a prompt
//! (the echo paths of G.168, Annex D). It has to be heard within three cycles and 300 ms, through the canceller, by the ears
//! of the line's own country, whatever is left of the prompt in a burst or a pause. `RELEASE_CALLS` sets how many calls there are
//! (docs/analog.md has what four thousand gave).

use analog::plan::{Country, ToneKind};
use dsp::{
    ear::{CallEar, Ear, Ears, Heard},
    echo::{Canceller, Tail, Workspace},
    progress::CallTones,
    tone::{Generator, TonePlan},
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

fn cycle_ms(plan: &TonePlan) -> usize {
    plan.steps.iter().map(|step| usize::from(step.length_ms)).sum()
}

/// How soon a line is to be let go, in ticks.
fn within(country: Country) -> usize {
    (3 * cycle_ms(&busy(country)) + MORE_MS) / 10
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
        let mut random = Random::new(number as u64);
        let country = Country::ALL[number % Country::ALL.len()];
        // Within a second of speech a canceller knows a path; a prompt has begun before anybody hangs up.
        let hung_up = 200 + random.below(300);
        let ticks = hung_up + within(country) + LATER;
        let begin = random.below(voice.len() - ticks * OCTETS_PER_TICK);
        let prompt =
            line::coded(Law::A, &level::at_active_dbm0(voice[begin..][..ticks * OCTETS_PER_TICK].to_vec(), -16.0));
        let hybrid =
            Hybrid { number: random.below(HYBRIDS), erl_db: random.between(8.0, 20.0), delay: random.below(200) };
        let loss_db = random.between(0.0, 18.0);
        let sounds = line::dull(&tone(busy(country), within(country) + LATER), random.between(1500.0, 3000.0));
        let gain = codec::ratio_of_db(-loss_db);
        let sounds: Vec<f32> = sounds.iter().map(|sample| sample * gain).collect();
        let silence = vec![0.0; hung_up * OCTETS_PER_TICK];
        let noise = noise::white(number as u64, random.between(-70.0, -34.0 - loss_db), ticks * OCTETS_PER_TICK);
        let from_exchange = level::sum(noise, &[silence, sounds].concat());
        Call { country, hung_up, from_exchange, prompt, hybrid: Filter::new(hybrid.response()) }
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
        let tones = Some(CallTones::new(call.country.plan().call_tones()));
        ears.put(lane as u8, Some(Box::new(Ear::Call(Box::new(CallEar { tones, ..CallEar::default() })))));
    }
    let (mut canceller, mut workspace) = (Canceller::new(Tail::Ms64), Workspace::new());
    let mut released = vec![None; calls.len()];
    let ticks = calls.iter().map(|call| call.hung_up + within(call.country) + LATER).max().unwrap_or_default();
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
    let (mut late, mut never) = (Vec::new(), Vec::new());
    for first in (0..all).step_by(LANES) {
        let mut calls: Vec<Call> = (first..all.min(first + LANES)).map(|number| Call::new(number, &voice)).collect();
        for (at, released) in let_go(&mut calls).into_iter().enumerate() {
            match released {
                Some(ticks) if (0..=within(calls[at].country) as i64).contains(&ticks) => (),
                Some(ticks) => late.push((first + at, calls[at].country, ticks)),
                None => never.push((first + at, calls[at].country)),
            }
        }
    }
    assert_eq!(never, []);
    assert_eq!(late, [], "nor before anybody hung up");
}
