//! What hearing digits costs: the receivers of a span on read speech, and in ten minutes of digital silence after it.
//!
//! `dtmf.ns_per_lane_tick…` is of a tick, and its reference is the same code with only the instructions that every
//! processor of this kind has. `dsp.dtmf_ns` is of 20 ms, as all figures of `dsp`.

use std::{error::Error, hint::black_box};

use dsp::dtmf::Detector;
use frame::Law;
use standards::line::Lanes;

use crate::{
    figure::{figure, median, note},
    signals::{self, TICKS_PER_S},
    turns::{LOADS, Load, Way, levels, measure as in_turn, thread_cpu},
};

/// Ticks of one measurement: 10 s.
const TICKS: usize = 10 * TICKS_PER_S;
/// Ticks of one round where all of a load's spans are worked off.
const ROUND_TICKS: usize = 100;
/// Measurements, of which the middle one counts.
const ROUNDS: usize = 15;
/// Ten minutes.
const SILENT_TICKS: usize = 600 * TICKS_PER_S;

pub fn measure() -> Result<(), Box<dyn Error>> {
    let speech = signals::speech(Law::A, 10)?;
    note("DTMF: processor time of one listening timeslot and tick, on read speech; the reference uses SSE2 only.");
    for active in [3, 15, 30] {
        let (mut best, mut reference) = (Vec::new(), Vec::new());
        let (mut detector, mut portable) = (Detector::new(), Detector::of_every_level().remove(0));
        for _ in 0..ROUNDS {
            best.push(cost(&mut detector, &speech, active, TICKS));
            reference.push(cost(&mut portable, &speech, active, TICKS));
        }
        tell(&format!("dtmf.ns_per_lane_tick_at_{active}"), best, reference);
    }
    let mut detector = Detector::new();
    cost(&mut detector, &speech, 30, TICKS);
    let silence = [signals::silence(Law::A)];
    figure("dtmf.ns_per_lane_tick_silent", cost(&mut detector, &silence, 30, SILENT_TICKS), "ns");
    note("DTMF: processor time of one listening timeslot and 20 ms, on read speech.");
    for load in LOADS {
        in_turn("dsp.dtmf_ns", load, "ns", load.frames(ROUND_TICKS), &mut ways(load, &speech));
    }
    Ok(())
}

/// The detectors of all spans, with each set of instructions.
fn ways(load: Load, speech: &[Lanes]) -> Vec<Way<'_>> {
    let way = |(at, (suffix, _)): (usize, (&'static str, _))| {
        let mut spans: Vec<Detector> = (0..load.spans).map(|_| Detector::of_every_level().remove(at)).collect();
        Way::new(suffix, move || {
            for lanes in speech.iter().take(ROUND_TICKS) {
                for detector in &mut spans {
                    detector.process(lanes, Law::A, load.mask(), |_, _, digit, _| {
                        black_box(digit);
                    });
                }
            }
        })
    };
    levels().into_iter().enumerate().map(way).collect()
}

fn tell(name: &str, best: Vec<f64>, reference: Vec<f64>) {
    figure(name, median(best), "ns");
    figure(&format!("{name}.ref"), median(reference), "ns");
}

/// Nanoseconds a listening timeslot and tick. What is heard is looked at, so that nothing can be left out.
fn cost(detector: &mut Detector, ticks: &[Lanes], active: u32, count: usize) -> f64 {
    let load = Load { spans: 1, active };
    let mut heard = 0;
    let before = thread_cpu();
    for lanes in ticks.iter().cycle().take(count) {
        detector.process(lanes, Law::A, load.mask(), |_, _, _, _| heard += 1);
    }
    let spent = thread_cpu() - before;
    black_box((heard, detector.suspects()));
    spent.as_nanos() as f64 / count as f64 / load.timeslots()
}
