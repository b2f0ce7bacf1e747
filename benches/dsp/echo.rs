//! What cancelling echoes costs: one timeslot in use and 20 ms, on the worst that there is, white noise that never lets a
//! canceller rest; in ten minutes of silence after speech; and how much memory it takes.
//!
//! `.ref` is OSLEC compiled as well as the compiler can, `.ref_kernel` as a kernel module is, `.ref_speex` Speex in blocks of
//! 2 ms, `.ref_mg2` MG2. SpanDSP's canceller is left out: Debian's prints a line for each sample. What they cost does not
//! depend on how the timeslots lie, so they have as many cancellers as ours has timeslots in use.

use std::{error::Error, fs, hint::black_box};

use dsp::echo::{Canceller, Tail, Workspace};
use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::{
    RATE_HZ,
    g168::{Filter, Hybrid},
    line::{self, Lanes},
    noise,
};

use crate::{
    figure::{figure, note},
    references::Cost,
    signals::{self, TICKS_PER_S},
    turns::{LOADS, Load, Way, levels, measure as in_turn, thread_cpu},
};

/// The echo of the figures: D.2, 5 ms late, 10 dB.
pub const HYBRID: Hybrid = Hybrid { number: 0, erl_db: 10.0, delay: 40 };
/// The tails that are measured, and how their figures are called.
const TAILS: [(Tail, &str); 2] = [(Tail::Ms64, "dsp.echo64_us"), (Tail::Ms128, "dsp.echo128_us")];
/// Who they are measured against: the suffix and the name of each.
const REFERENCES: [(&str, &str); 4] =
    [(".ref", "oslec"), (".ref_kernel", "oslec-kernel"), (".ref_speex", "speex"), (".ref_mg2", "mg2")];
/// Spans whose memory is measured; enough for pages not to matter.
const SPANS_WEIGHED: usize = 64;
/// Ten minutes.
const SILENT_TICKS: usize = 600 * TICKS_PER_S;

/// What goes out to the lines of a span and what comes back from them, a second of it.
pub struct Talk {
    far: Vec<Lanes>,
    rx: Vec<Lanes>,
}

pub fn measure() -> Result<(), Box<dyn Error>> {
    note("Echo: processor time of one timeslot in use and 20 ms; white noise from afar, echo D.2, 10 dB.");
    let noise = Talk::noise();
    // First: what others have given back would be taken again without being seen.
    figure("dsp.state_kib_echo64", state_kib(&noise)?, "KiB");
    for (tail, name) in TAILS {
        for load in LOADS {
            cost(name, tail, load, &noise)?;
        }
        silence(name, tail)?;
    }
    Ok(())
}

impl Talk {
    /// White noise, of which no two timeslots hear the same: the worst case.
    pub fn noise() -> Talk {
        Talk::of(&(0..LANES as u64).map(|seed| noise::white(seed, -10.0, RATE_HZ)).collect::<Vec<_>>())
    }

    /// What goes out and what comes back, tick by tick.
    pub fn ticks(&self) -> impl Iterator<Item = (&Lanes, &Lanes)> {
        self.far.iter().zip(&self.rx)
    }

    /// The talk of what each timeslot hears.
    fn of(signals: &[Vec<f32>]) -> Talk {
        let coded = |signals: &[Vec<f32>]| {
            line::ticks(Law::A, &signals.iter().map(|signal| line::coded(Law::A, signal)).collect::<Vec<_>>())
        };
        let echoes: Vec<Vec<f32>> = signals.iter().map(|signal| echo(HYBRID, signal)).collect();
        Talk { far: coded(signals), rx: coded(&echoes) }
    }

    /// What one timeslot hears and says, as samples.
    fn lane(&self, lane: usize) -> [Vec<f32>; 2] {
        [&self.far, &self.rx].map(|ticks| {
            let octets: Vec<u8> = ticks.iter().flat_map(|tick| tick[lane]).collect();
            line::decoded(Law::A, &octets)
        })
    }
}

/// The echo of a signal on a line.
pub fn echo(hybrid: Hybrid, signal: &[f32]) -> Vec<f32> {
    let mut filter = Filter::new(hybrid.response());
    let heard = line::through(Law::A, signal);
    heard.chunks_exact(OCTETS_PER_TICK).flat_map(|tick| filter.process(tick.try_into().expect("a tick"))).collect()
}

/// Ours with each set of instructions, and the others, in turn.
fn cost(name: &str, tail: Tail, load: Load, talk: &Talk) -> Result<(), Box<dyn Error>> {
    // A tenth of a second where there are fifteen spans: as long a round as a second of one.
    let ticks = if load.spans > 1 { TICKS_PER_S / 10 } else { TICKS_PER_S };
    let mut ways: Vec<Way<'_>> = levels()
        .into_iter()
        .enumerate()
        .map(|(at, (suffix, _))| {
            let mut spans: Vec<Canceller> =
                (0..load.spans).map(|_| Canceller::of_every_level(tail).remove(at)).collect();
            Way::new(suffix, move || run(&mut spans, load.mask(), talk, ticks))
        })
        .collect();
    let [far, rx] = talk.lane(0).map(|signal| signal[..ticks * OCTETS_PER_TICK].to_vec());
    for (suffix, which) in REFERENCES {
        let mut process = Cost::start(which, tail.samples(), load.timeslots() as usize, &far, &rx)?;
        ways.push(Way::told(suffix, move || process.round()));
    }
    in_turn(name, load, "us", load.frames(ticks), &mut ways);
    Ok(())
}

/// So many ticks of all spans. What is left is looked at, so that nothing can be left out.
fn run(spans: &mut [Canceller], active: u32, talk: &Talk, ticks: usize) {
    let (mut workspace, mut clean) = (Workspace::new(), [[0; OCTETS_PER_TICK]; LANES]);
    for (far, rx) in talk.ticks().take(ticks) {
        for canceller in spans.iter_mut() {
            canceller.process(&mut workspace, far, rx, Law::A, active, &mut clean);
            black_box(&mut clean);
        }
    }
}

/// Ten minutes of silence after ten seconds of a reader on each timeslot.
fn silence(name: &str, tail: Tail) -> Result<(), Box<dyn Error>> {
    let load = LOADS[0];
    let (mut canceller, mut workspace) = (Canceller::new(tail), Workspace::new());
    let mut clean = signals::silence(Law::A);
    for lanes in signals::speech(Law::A, 10)? {
        canceller.process(&mut workspace, &lanes, &lanes, Law::A, load.mask(), &mut clean);
    }
    let silent = signals::silence(Law::A);
    let before = thread_cpu();
    for _ in 0..SILENT_TICKS {
        canceller.process(&mut workspace, &silent, &silent, Law::A, load.mask(), &mut clean);
        black_box(&mut clean);
    }
    let spent = (thread_cpu() - before).as_nanos() as f64 * 1e-3;
    figure(&format!("{name}.silent"), spent / load.frames(SILENT_TICKS), "us");
    Ok(())
}

/// The memory that a timeslot's canceller takes, of which all has been written to.
fn state_kib(talk: &Talk) -> Result<f64, Box<dyn Error>> {
    let before = resident_kib()?;
    let mut spans: Vec<Canceller> = (0..SPANS_WEIGHED).map(|_| Canceller::new(Tail::Ms64)).collect();
    run(&mut spans, u32::MAX, talk, 20);
    let taken = resident_kib()? - before;
    drop(black_box(spans));
    Ok(taken / (SPANS_WEIGHED * LANES) as f64)
}

/// Memory of this process, in pages of 4 KiB as `proc(5)` tells it.
fn resident_kib() -> Result<f64, Box<dyn Error>> {
    let told = fs::read_to_string("/proc/self/statm")?;
    let pages: f64 = told.split(' ').nth(1).ok_or("statm has no resident pages")?.parse()?;
    Ok(pages * 4.0)
}
