//! What a party hears that waits, or that is told no: measured by frequency, level and cadence.
//!
//! Source: GF 002-9002 (China): 450 Hz at −10 dBm0 ± 3 dB. The measuring stick is this file's own: ITU-T G.711 decoding,
//! Goertzel's filter and a count of blocks; nothing of the box's `codec` or `dsp` takes part.

use std::{f64::consts::TAU, time::Duration};

use call::{CallEvent, Direction};
use frame::{LaneId, SpanId};
use sim::{Act, ExchangeAct, Fault, HandsetAct, Operator, OutsideCall};

use crate::house::House;

const RATE_HZ: f64 = 8000.0;
/// One block is 10 ms: the sharpest cadence here has 350 ms.
const BLOCK: usize = 80;
/// Between a tone at −10 dBm0 and what A-law makes of nothing.
const AUDIBLE_DBM0: f64 = -40.0;

/// A-law, G.711 table 1: even bits are inverted; the result is in parts of full scale.
fn linear(octet: u8) -> f64 {
    let code = octet ^ 0x55;
    let (segment, step) = (i32::from(code >> 4 & 7), f64::from(code & 15));
    let size = if segment == 0 { step * 2.0 + 1.0 } else { (step * 2.0 + 33.0) * f64::from(1 << (segment - 1)) };
    if code & 0x80 == 0 { -size / 4096.0 } else { size / 4096.0 }
}

/// The level of samples: a full-scale sine is +3.14 dBm0.
#[allow(clippy::approx_constant, reason = "the load capacity of A-law, G.711, and not pi")]
fn dbm0(samples: &[f64]) -> f64 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64;
    10.0 * (power * 2.0 + 1e-12).log10() + 3.14
}

/// The power at one frequency, as a share of all there is (Goertzel).
fn share(samples: &[f64], hz: f64) -> f64 {
    let turn = 2.0 * (TAU * hz / RATE_HZ).cos();
    let (one, two) = samples.iter().fold((0.0, 0.0), |(one, two), sample| (sample + turn * one - two, one));
    let at = (one * one + two * two - turn * one * two) / samples.len() as f64 * 2.0;
    at / samples.iter().map(|sample| sample * sample).sum::<f64>()
}

/// Sound and silence by turns: whether it sounds, how many milliseconds, and the samples.
fn stretches(octets: &[u8]) -> Vec<(bool, usize, Vec<f64>)> {
    let mut found: Vec<(bool, usize, Vec<f64>)> = Vec::new();
    for block in octets.chunks_exact(BLOCK) {
        let samples: Vec<f64> = block.iter().map(|octet| linear(*octet)).collect();
        let sounds = dbm0(&samples) > AUDIBLE_DBM0;
        match found.last_mut().filter(|(before, ..)| *before == sounds) {
            Some((_, ms, all)) => {
                *ms += 10;
                all.extend(samples);
            }
            None => found.push((sounds, 10, samples)),
        }
    }
    found
}

/// 450 Hz and nothing else, at its level.
fn assert_is_450_hz(samples: &[f64]) {
    // A second is enough, and Goertzel's filter over it is 1 Hz wide: 445 Hz would not pass.
    let samples = &samples[..samples.len().min(RATE_HZ as usize)];
    assert!(share(samples, 450.0) > 0.97, "{} of the power is at 450 Hz", share(samples, 450.0));
    assert!((-13.0..=-7.0).contains(&dbm0(samples)), "{} dBm0", dbm0(samples));
}

/// 450 Hz by turns with silence. Where it begins and ends is the listener's moment and says nothing.
fn assert_cadence(octets: &[u8], on_ms: usize, off_ms: usize) {
    let heard = stretches(octets);
    let told: Vec<(bool, usize)> = heard.iter().map(|(sounds, ms, _)| (*sounds, *ms)).collect();
    assert!(heard.len() >= 5, "two turns at least: {told:?}");
    let whole = &heard[1..heard.len() - 1];
    for (sounds, ms, samples) in whole {
        let wanted = if *sounds { on_ms } else { off_ms };
        assert!(ms.abs_diff(wanted) <= 10, "{wanted} ms of {sounds}: {told:?}");
        if *sounds {
            assert_is_450_hz(samples);
        }
    }
}

/// What a party hears from now on.
fn listens(house: &mut House, lane: LaneId, time: Duration) -> Vec<u8> {
    house.party(lane, Act::Listen);
    house.run(time);
    house.heard(lane)
}

fn lift_and_dial(house: &mut House, digits: &str) -> LaneId {
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press(digits.into()));
    house.run(Duration::from_millis(200) * digits.len() as u32);
    caller
}

#[test]
fn who_lifts_the_handset_hears_dial_tone_without_a_break_until_the_first_digit() {
    let mut house = House::new(41);
    let telephone = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_millis(100));
    let heard = stretches(&listens(&mut house, telephone, Duration::from_secs(5)));
    assert_eq!(heard.len(), 1, "no break");
    assert_is_450_hz(&heard[0].2);
    house.party(telephone, Act::Press("8".into()));
    house.run(Duration::from_millis(300));
    let after = stretches(&listens(&mut house, telephone, Duration::from_secs(1)));
    assert!(after.iter().all(|(sounds, ..)| !sounds), "a digit ends it");
}

#[test]
fn who_calls_a_telephone_hears_ringback_and_busy_when_the_other_hangs_up() {
    let mut house = House::new(42);
    let caller = lift_and_dial(&mut house, "802");
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(17)), 1000, 4000);
    house.handset(2, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(2, HandsetAct::HangUp);
    house.until_fact("it is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(5)), 350, 350);
}

#[test]
fn who_calls_a_telephone_in_use_hears_busy() {
    let mut house = House::new(43);
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let caller = lift_and_dial(&mut house, "802");
    house.run(Duration::from_secs(1));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(5)), 350, 350);
}

#[test]
fn who_calls_outside_without_a_line_hears_congestion() {
    let mut house = House::new(44);
    house.operate(Operator::Fault(Fault::Cable { span: SpanId(0), cut: true }));
    house.run(Duration::from_secs(5));
    let caller = lift_and_dial(&mut house, "013912345678");
    house.until_fact("it can't be", |fact| matches!(fact, CallEvent::Ended { .. }));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(8)), 700, 700);
}

#[test]
fn a_caller_from_outside_whom_the_menu_leads_to_the_operator_hears_ringback() {
    let mut house = House::new(45);
    let (from, to) = (Some("13800138000".parse().unwrap()), "62001234".parse().unwrap());
    let act = ExchangeAct::Place { call: OutsideCall(1), from, to };
    house.operate(Operator::Exchange(SpanId(0), act));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    assert!(house.facts.iter().any(|fact| matches!(fact, CallEvent::Began { direction: Direction::Incoming, .. })));
    let caller = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { endpoint: call::Endpoint::Channel { lane, .. }, .. } => Some(*lane),
        _ => None,
    });
    let caller = caller.unwrap();
    house.run(Duration::from_millis(500));
    house.party(caller, Act::Press("0".into()));
    house.until_fact("the operator rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
    assert_cadence(&listens(&mut house, caller, Duration::from_secs(12)), 1000, 4000);
}
