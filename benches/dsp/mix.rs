//! What a conference, made-up blocks, pleasanter voices, meters and elastic buffers cost a timeslot.
//!
//! The reference of a conference is what a plain program does: tables, a sum of whole numbers, each party's own subtracted.

use std::{error::Error, hint::black_box};

use codec::lanes::{Row, Rows, WIDTH};
use dsp::{
    agc::AutomaticGain,
    conceal::Concealer,
    conference::{Mixer, Part, Party},
    elastic::Elastic,
    meter::Meter,
    noise::Reducer,
};
use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::line::Lanes;

use crate::{
    figure::note,
    signals,
    turns::{LOADS, Load, Way, levels, measure as in_turn},
};

/// Ticks of a round.
const TICKS: usize = 100;

pub fn measure() -> Result<(), Box<dyn Error>> {
    let speech = signals::speech(Law::A, 2)?;
    note(
        "Conferences, one of all timeslots in use of each span: processor time of a party and 20 ms, octets in and out.",
    );
    for load in LOADS {
        let mut ways = each_level(load, Mixer::of_every_level(LANES), &speech, |mixer, lanes, load| {
            let mut parties = parties(lanes, load);
            mixer.process(&mut parties[..load.active as usize]);
            black_box(&parties);
        });
        ways.push(Way::new(".ref", || {
            for lanes in speech.iter().take(TICKS) {
                for _ in 0..load.spans {
                    let mut parties = parties(lanes, load);
                    plain(&mut parties[..load.active as usize]);
                    black_box(&parties);
                }
            }
        }));
        in_turn("dsp.mix_ns", load, "ns", load.frames(TICKS), &mut ways);
    }
    note("Made-up blocks: to be ready for one, and 20 ms whose second half did not come; of a timeslot and 20 ms.");
    for load in LOADS {
        let ready = |concealer: &mut Concealer, lanes: &Lanes, load: Load| {
            let mut lanes = *lanes;
            concealer.process(&mut lanes, load.mask());
            black_box(&lanes);
        };
        let mut ways = each_level(load, Concealer::of_every_level(Law::A), &speech, ready);
        in_turn("dsp.conceal_ready_ns", load, "ns", load.frames(TICKS), &mut ways);
        let made_up = |concealer: &mut Concealer, lanes: &Lanes, load: Load| {
            let mut lanes = *lanes;
            concealer.process(&mut lanes, load.mask());
            concealer.conceal(&mut lanes, load.mask());
            black_box(&lanes);
        };
        let mut ways = each_level(load, Concealer::of_every_level(Law::A), &speech, made_up);
        in_turn("dsp.conceal_ns", load, "ns", load.frames(2 * TICKS), &mut ways);
    }
    note("Noise reduction and automatic gain of linear samples, meters of octets: of a timeslot and 20 ms.");
    for load in LOADS {
        let rows = rows(&speech);
        let halves = load.active.div_ceil(WIDTH as u32) as usize;
        let mut ways = each_level(load, Reducer::of_every_level(), &rows, |reducer, rows, _| {
            (0..halves).for_each(|_| reducer.process(&mut black_box(*rows)));
        });
        in_turn("dsp.noise_us", load, "us", load.frames(TICKS), &mut ways);
        let mut ways = each_level(load, AutomaticGain::of_every_level(), &rows, |gain, rows, _| {
            (0..halves).for_each(|_| gain.process(&mut black_box(*rows)));
        });
        in_turn("dsp.agc_ns", load, "ns", load.frames(TICKS), &mut ways);
        let mut ways = each_level(load, Meter::of_every_level(), &speech, |meter, lanes, load| {
            meter.process(lanes, Law::A, load.mask());
        });
        in_turn("dsp.meter_ns", load, "ns", load.frames(TICKS), &mut ways);
    }
    note("An elastic buffer, both ways: of a timeslot and 20 ms.");
    for load in LOADS {
        let mut spans = vec![Elastic::new(Law::A, load.active as u8); load.spans];
        let way = Way::new("", || {
            for lanes in speech.iter().take(TICKS) {
                for elastic in &mut spans {
                    let mut lanes = *lanes;
                    elastic.put_block(&lanes);
                    black_box(elastic.take_tick(&mut lanes));
                    elastic.put_tick(&lanes);
                    black_box(elastic.take_block(&mut lanes));
                }
            }
        });
        in_turn("dsp.elastic_ns", load, "ns", load.frames(TICKS), &mut [way]);
    }
    Ok(())
}

/// A way for each set of instructions, which works off all spans, each with a state of its own.
fn each_level<'a, T: Clone + 'a, I>(
    load: Load,
    of_levels: Vec<T>,
    ticks: &'a [I],
    work: impl Fn(&mut T, &I, Load) + Copy + 'a,
) -> Vec<Way<'a>> {
    let way = |(block, (suffix, _)): (T, (&'static str, _))| {
        let mut spans = vec![block; load.spans];
        Way::new(suffix, move || {
            for tick in ticks.iter().take(TICKS) {
                spans.iter_mut().for_each(|block| work(block, tick, load));
            }
        })
    };
    of_levels.into_iter().zip(levels()).map(way).collect()
}

fn parties(lanes: &Lanes, load: Load) -> [Party; LANES] {
    let active = load.active as usize;
    std::array::from_fn(|lane| Party { part: Part::Speaks, law: Law::A, octets: lanes[lane % active] })
}

/// A conference as it is usually written.
fn plain(parties: &mut [Party]) {
    let mut sum = [0_i32; OCTETS_PER_TICK];
    for party in parties.iter() {
        for (sum, octet) in sum.iter_mut().zip(party.octets) {
            *sum += i32::from(codec::decode(Law::A, octet));
        }
    }
    for party in parties {
        for (octet, sum) in party.octets.iter_mut().zip(sum) {
            let others = sum - i32::from(codec::decode(Law::A, *octet));
            *octet = codec::encode(Law::A, others.clamp(-32_768, 32_767) as i16);
        }
    }
}

/// The first sixteen lanes, linear.
fn rows(ticks: &[Lanes]) -> Vec<Rows> {
    let row =
        |lanes: &Lanes, n: usize| Row(std::array::from_fn(|lane| f32::from(codec::decode(Law::A, lanes[lane][n]))));
    ticks.iter().map(|lanes| std::array::from_fn(|n| row(lanes, n))).collect()
}
