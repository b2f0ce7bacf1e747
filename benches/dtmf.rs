//! What hearing digits costs: the receivers of a span at 3, 15 and 30 listening timeslots, on read speech, and in ten
//! minutes of digital silence after it.
//!
//! The reference is the same code with only the instructions that every processor of this kind has.

mod figure;

use std::{error::Error, fs, hint::black_box, path::Path, time::Duration};

use dsp::dtmf::Detector;
use figure::{figure, median, note};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use nix::time::{ClockId, clock_gettime};
use ringfence::wav;

/// Ticks of one measurement: 10 s.
const TICKS: usize = 1000;
/// Measurements, of which the middle one counts.
const ROUNDS: usize = 15;
/// Ten minutes.
const SILENT_TICKS: usize = 60_000;

type Lanes = [Octets; LANES];

fn main() -> Result<(), Box<dyn Error>> {
    let speech = speech()?;
    note("Processor time of one listening timeslot and tick, on read speech; the reference uses SSE2 only.");
    for active in [3, 15, 30] {
        // Read and reference in turn, so that a neighbour's load meets both.
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
    let silence = [[[Law::A.silence(); OCTETS_PER_TICK]; LANES]];
    figure("dtmf.ns_per_lane_tick_silent", cost(&mut detector, &silence, 30, SILENT_TICKS), "ns");
    Ok(())
}

fn tell(name: &str, best: Vec<f64>, reference: Vec<f64>) {
    figure(name, median(best), "ns");
    figure(&format!("{name}.ref"), median(reference), "ns");
}

/// Nanoseconds a listening timeslot and tick. What is heard is looked at, so that nothing can be left out.
fn cost(detector: &mut Detector, ticks: &[Lanes], active: u32, count: usize) -> f64 {
    let listening = ((1u64 << active) - 1) as u32;
    let mut heard = 0;
    let before = thread_cpu();
    for lanes in ticks.iter().cycle().take(count) {
        detector.process(lanes, Law::A, listening, |_, _, _, _| heard += 1);
    }
    let spent = thread_cpu() - before;
    black_box((heard, detector.suspects()));
    spent.as_nanos() as f64 / count as f64 / f64::from(active)
}

/// Processor time of this thread, so that a busy machine counts less.
fn thread_cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a thread may ask for its own time"))
}

/// Ten seconds of a reader on every timeslot, each at another place of the text.
fn speech() -> Result<Vec<Lanes>, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/voices/caller.wav");
    let file = fs::read(&path).map_err(|why| format!("{}: {why}; ./justw voices makes it", path.display()))?;
    let voice = wav::read(&file)?.octets;
    let octet = |tick: usize, lane: usize, at: usize| {
        voice[(tick * OCTETS_PER_TICK + lane * voice.len() / LANES + at) % voice.len()]
    };
    let tick = |tick| std::array::from_fn(|lane| std::array::from_fn(|at| octet(tick, lane, at)));
    Ok((0..TICKS).map(tick).collect())
}
