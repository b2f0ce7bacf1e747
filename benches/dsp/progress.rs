//! What call progress costs: busy, congestion, ringback and special information tone, a voice, fax machines and modems, on
//! every timeslot in use, on read speech and on the tones themselves.
//!
//! The reference is SpanDSP with call progress of four tones, CNG and CED, in turn with ours, a process of its own that
//! measures its own processor time. Worst case of ours is a tone on every timeslot, where an ear has to follow it.

use std::{error::Error, hint::black_box};

use codec::decode;
use dsp::{
    ear::{CallEar, Ear, Ears},
    progress::{Cadence, CallTones, Limits, Machine, Meaning, SpecialInformation, Voice},
    tone::{AfterLast, TonePlan, ToneStep},
};
use frame::{Law, OCTETS_PER_TICK};
use standards::{line, line::Lanes, tone};

use crate::{
    figure::note,
    references::Cost,
    signals,
    turns::{LOADS, Load, Way, levels, measure as in_turn},
};

/// Ticks of one round where all of a load's spans are worked off.
const ROUND_TICKS: usize = 100;

const fn repeated(steps: &'static [ToneStep]) -> TonePlan {
    TonePlan { steps, after_last: AfterLast::Repeat, level_dbm0: -10.0 }
}

/// China's tones, as `analog` has them.
const DIAL: TonePlan = repeated(&[ToneStep::one(450, 0)]);
const BUSY: TonePlan = repeated(&[ToneStep::one(450, 350), ToneStep::pause(350)]);
const CONGESTION: TonePlan = repeated(&[ToneStep::one(450, 700), ToneStep::pause(700)]);
const RINGBACK: TonePlan = repeated(&[ToneStep::one(450, 1000), ToneStep::pause(4000)]);

pub fn measure() -> Result<(), Box<dyn Error>> {
    let speech = signals::speech(Law::A, 10)?;
    let tones = tones();
    note(
        "Call progress, fax and modem: processor time of one timeslot in use and 20 ms; `tone` where each carries 450 Hz.",
    );
    for load in LOADS {
        let mut spandsp = spandsp(load, &speech)?;
        let mut all = ways(load, &speech);
        all.push(Way::told(".ref", move || spandsp.round()));
        in_turn("dsp.progress_ns", load, "ns", load.frames(ROUND_TICKS), &mut all);
        in_turn("dsp.progress_tone_ns", load, "ns", load.frames(ROUND_TICKS), &mut ways(load, &tones));
    }
    Ok(())
}

/// The ears of all spans, with each set of instructions.
fn ways(load: Load, heard: &[Lanes]) -> Vec<Way<'_>> {
    let way = |(at, (suffix, _)): (usize, (&'static str, _))| {
        let mut spans: Vec<Ears> =
            (0..load.spans).map(|_| listening(Ears::of_every_level().remove(at), load)).collect();
        Way::new(suffix, move || {
            for lanes in heard.iter().take(ROUND_TICKS) {
                for ears in &mut spans {
                    ears.process(lanes, Law::A, |_, heard| {
                        black_box(heard);
                    });
                }
            }
        })
    };
    levels().into_iter().enumerate().map(way).collect()
}

/// An ear for everything on each timeslot in use.
fn listening(mut ears: Ears, load: Load) -> Ears {
    for lane in 0..load.active {
        ears.put(lane as u8, Some(Box::new(ear())));
    }
    ears
}

fn ear() -> Ear {
    let cadence = |(meaning, plan)| Some((meaning, Cadence::of(plan, Limits::EXCHANGE)?));
    let plans = [(Meaning::Busy, &BUSY), (Meaning::Congestion, &CONGESTION), (Meaning::Ringback, &RINGBACK)];
    Ear::Call(Box::new(CallEar {
        tones: Some(CallTones::new(plans.into_iter().filter_map(cadence))),
        voice: Some(Voice::new(&[&RINGBACK, &DIAL])),
        special: Some(SpecialInformation::new(&Limits::EXCHANGE)),
        machine: Some(Machine::new()),
    }))
}

/// A steady 450 Hz on every timeslot, each at another place.
fn tones() -> Vec<Lanes> {
    line::staggered(Law::A, &tone::sine(450.0, -10.0, 8_003), ROUND_TICKS * OCTETS_PER_TICK)
}

/// SpanDSP on as many channels as there are timeslots in use. It hears what our first timeslot hears, on each channel from
/// another place on.
fn spandsp(load: Load, heard: &[Lanes]) -> Result<Cost, Box<dyn Error>> {
    let octets = heard[..ROUND_TICKS].iter().flat_map(|lanes| lanes[0]);
    let samples: Vec<u8> = octets.flat_map(|octet| decode(Law::A, octet).to_le_bytes()).collect();
    let blocks = (ROUND_TICKS / 2) as u32;
    Cost::of("tone_peer", &["cost", &(load.timeslots() as u32).to_string()], blocks, &samples)
}
