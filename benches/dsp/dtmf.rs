//! What hearing digits costs: the receivers of a span on read speech, and in ten minutes of digital silence after it.
//!
//! `dtmf.ns_per_lane_tick…` is of a tick, and its reference is the same code with only the instructions that every
//! processor of this kind has. `dsp.dtmf_ns` is of 20 ms, as all figures of `dsp`; `.ref` is SpanDSP's receiver on the same
//! speech, in a process of its own and in turn with ours.

use std::{
    error::Error,
    hint::black_box,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use dsp::dtmf::Detector;
use frame::Law;
use standards::{
    line::{self, Lanes},
    peer,
};

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
    beside_spandsp(&speech)
}

/// A span at 30 timeslots and SpanDSP's receiver at one, round by round.
fn beside_spandsp(speech: &[Lanes]) -> Result<(), Box<dyn Error>> {
    let octets: Vec<u8> = speech.iter().take(TICKS).flat_map(|lanes| lanes[0]).collect();
    let mut peer = Peer::start(&line::decoded(Law::A, &octets))?;
    let mut detector = Detector::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(2.0 * cost(&mut detector, speech, 30, TICKS));
        theirs.push(peer.round()? / TICKS as f64 * 2.0);
    }
    let ratio = theirs.iter().zip(&ours).map(|(theirs, ours)| theirs / ours).collect();
    figure("dsp.dtmf_ns.ref.min", theirs.iter().copied().fold(f64::INFINITY, f64::min), "ns");
    figure("dsp.dtmf_ns.ref", median(theirs), "ns");
    figure("dsp.dtmf_times_ref", median(ratio), "times");
    peer.end()
}

/// SpanDSP's receiver (`tests/peers/dtmf_peer.c`), which hears the same samples once a round.
struct Peer {
    child: Child,
    rounds: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Peer {
    fn start(signal: &[f32]) -> Result<Peer, Box<dyn Error>> {
        let path = peer::target("peers/dtmf_peer");
        let started = Command::new(&path).arg("cost").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|why| format!("{}: {why}; ./justw peers builds it", path.display()))?;
        let mut rounds = child.stdin.take().ok_or("its input is piped")?;
        let told = BufReader::new(child.stdout.take().ok_or("its output is piped")?);
        rounds.write_all(&(signal.len() as u32).to_le_bytes())?;
        rounds.write_all(&peer::octets(signal))?;
        Ok(Peer { child, rounds, told })
    }

    /// Nanoseconds of its processor time for all samples.
    fn round(&mut self) -> Result<f64, Box<dyn Error>> {
        self.rounds.write_all(b".")?;
        self.rounds.flush()?;
        let mut line = String::new();
        self.told.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }

    fn end(mut self) -> Result<(), Box<dyn Error>> {
        drop(self.rounds);
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("dtmf_peer: {status}").into()) }
    }
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
