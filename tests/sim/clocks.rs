//! Cards that run on crystals of their own: a call across two clocks.

use std::{f64::consts::TAU, time::Duration};

use call::CallEvent;
use codec::{decode, encode};
use frame::{LaneId, Law, OCTETS_PER_TICK, SpanId};
use settings::{Board, SimLine};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, Say, Told};

use crate::house::{House, demo_board, demo_settings};

const E1: SpanId = SpanId(0);

/// The demo's box with its telephones on a crystal of their own.
fn board(clock_ppm: i16) -> Board {
    let mut board = demo_board();
    let telephones = board.cards.last_mut().unwrap();
    telephones.synchronous_with = None;
    telephones.sim = Some(SimLine { clock_ppm, echo: None });
    board
}

/// A telephone calls outside, by keys, and is answered. Both lanes.
pub fn talk(house: &mut House) -> (LaneId, LaneId) {
    let telephone = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(telephone, Act::Press("013912345678".into()));
    let incoming = |house: &House| {
        house.told.iter().find_map(|event| match &event.told {
            Told::Call(told) => match &told.news {
                CallNews::Incoming { lane, to, .. } => Some((told.call, *lane, *to)),
                _ => None,
            },
            _ => None,
        })
    };
    house.until("the exchange sees the call", |house| incoming(house).is_some());
    let (call, outside, to) = incoming(house).unwrap();
    assert_eq!(to.unwrap().as_str(), "13912345678", "every key passed");
    house.operate(Operator::Exchange(E1, ExchangeAct::Answer(call)));
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    (telephone, outside)
}

/// A second of a tone of about -12 dBm0, without a seam where it repeats.
fn tone(hz: f64) -> Say {
    let octet = |n: u32| encode(Law::A, (8000.0 * (TAU * hz * f64::from(n) / 8000.0).sin()) as i16);
    Say::Clip { octets: (0..8000).map(octet).collect(), law: Law::A, repeat: true }
}

/// The most that a tone's phase moves within 10 ms, in degrees.
fn phase_moves(heard: &[u8], hz: f64) -> f64 {
    let phase = |(tick, octets): (usize, &[u8])| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, octet) in octets.iter().enumerate() {
            let angle = TAU * hz * (tick * OCTETS_PER_TICK + n) as f64 / 8000.0;
            let value = f64::from(decode(Law::A, *octet));
            (re, im) = (re + value * angle.cos(), im - value * angle.sin());
        }
        im.atan2(re) / TAU
    };
    let phases: Vec<f64> = heard.chunks_exact(OCTETS_PER_TICK).enumerate().map(phase).collect();
    let moved = |pair: &[f64]| ((pair[1] - pair[0]) - (pair[1] - pair[0]).round()).abs() * 360.0;
    phases.windows(2).map(moved).fold(0.0, f64::max)
}

#[test]
fn a_call_between_spans_50_ppm_apart_loses_nothing_and_fax_tones_keep_their_phase() {
    let board = board(50);
    let mut house = House::with(&board, demo_settings(&board), 31);
    let (telephone, outside) = talk(&mut house);
    house.party(telephone, Act::Say(tone(1100.0)));
    house.party(outside, Act::Say(tone(2100.0)));
    house.run(Duration::from_secs(600));
    house.party(telephone, Act::Listen);
    house.party(outside, Act::Listen);
    // 20,000 ticks hold a block too many.
    house.run(Duration::from_secs(220));
    let (at_telephone, at_outside) = (house.heard(telephone), house.heard(outside));
    assert!(phase_moves(&at_telephone, 2100.0) < 5.0, "{:.1}", phase_moves(&at_telephone, 2100.0));
    assert!(phase_moves(&at_outside, 1100.0) < 5.0, "{:.1}", phase_moves(&at_outside, 1100.0));
    let clock = &house.clocks[&telephone.span];
    assert_eq!(clock.slips(), 0);
    assert!((clock.ppm() - 50.0).abs() < 20.0, "{}", clock.ppm());
    assert!(!house.clocks.contains_key(&E1), "the master needs no buffer");
}

#[test]
fn cards_on_one_timing_cable_pass_octets_as_they_are() {
    let house = House::new(32);
    assert!(house.clocks.is_empty(), "{:?}", house.clocks);
}
