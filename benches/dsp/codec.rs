//! What coding costs: G.711 between octets and rows of samples, and G.722 and G.726 encoded and decoded, on readers.
//!
//! `.ref` is Debian's SpanDSP; for G.711 a table of all octets, and one of all samples' upper 13 bits. A process of its own
//! that tells its own processor time; it has as many channels as ours has timeslots in use.

use std::{
    error::Error,
    hint::black_box,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use codec::{
    g722, g726,
    lanes::{self, Row, Rows, WIDTH},
};
use fearless_simd::{Level, dispatch};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use standards::{line::Lanes, peer};

use crate::{
    figure::note,
    signals::{self, TICKS_PER_S},
    turns::{LOADS, Load, Way, levels, measure as in_turn},
};

/// Groups of sixteen timeslots in a span.
const GROUPS: usize = LANES / WIDTH;
/// Ticks of one round at G.711, which is quick, and at the others; of one span. An even number: references work on 20 ms.
const G711_TICKS: usize = 10 * TICKS_PER_S;
const TICKS: usize = TICKS_PER_S;

/// What is coded: a second and a little more of each timeslot.
struct Speech {
    octets: Vec<Lanes>,
    linear: Vec<Vec<g726::Samples>>,
    wide: Vec<Vec<g722::WideSamples>>,
    /// One timeslot after the other.
    flat: Vec<u8>,
}

pub fn measure() -> Result<(), Box<dyn Error>> {
    let speech = Speech::new()?;
    note("G.711, G.722 and G.726: processor time of one timeslot in use and 20 ms, on readers.");
    for load in LOADS {
        let ticks = if load.spans > 1 { G711_TICKS / 10 } else { G711_TICKS };
        turn("dsp.g711_decode_ns", "g711_decode", load, "ns", ticks, &speech, decode)?;
        turn("dsp.g711_encode_ns", "g711_encode", load, "ns", ticks, &speech, encode)?;
        let ticks = if load.spans > 1 { TICKS / 10 } else { TICKS };
        turn("dsp.g722_us", "g722", load, "us", ticks, &speech, g722)?;
        turn("dsp.g726_us", "g726", load, "us", ticks, &speech, g726_linear)?;
        turn("dsp.g726_a_us", "g726_a", load, "us", ticks, &speech, g726_of_law)?;
    }
    Ok(())
}

/// A way to make rounds of so many ticks, with the set of instructions of that number.
type Maker = for<'a> fn(usize, Level, Load, usize, &'a Speech) -> Box<dyn FnMut() + 'a>;

/// Ours with each set of instructions, and the reference.
fn turn(
    name: &str,
    theirs: &str,
    load: Load,
    unit: &str,
    ticks: usize,
    speech: &Speech,
    ours: Maker,
) -> Result<(), Box<dyn Error>> {
    let way = |(at, (suffix, level)): (usize, (&str, Level))| Way::new(suffix, ours(at, level, load, ticks, speech));
    let mut ways: Vec<Way<'_>> = levels().into_iter().enumerate().map(way).collect();
    let mut process = Reference::start(load.timeslots() as usize, &speech.flat)?;
    let request = format!("{theirs} {}\n", ticks / 2);
    ways.push(Way::told(".ref", move || process.round(&request)));
    in_turn(name, load, unit, load.frames(ticks), &mut ways);
    Ok(())
}

impl Speech {
    fn new() -> Result<Speech, Box<dyn Error>> {
        let octets = signals::speech(Law::A, 2)?;
        let linear: Vec<Vec<g726::Samples>> = octets
            .iter()
            .map(|tick| tick.iter().map(|octets| octets.map(|octet| codec::decode(Law::A, octet))).collect())
            .collect();
        // Each sample twice: so the upper band has something to do.
        let wide = |samples: &g726::Samples| std::array::from_fn(|at| samples[at / 2]);
        let wide = linear.iter().map(|tick| tick.iter().map(wide).collect()).collect();
        let flat = (0..LANES).flat_map(|lane| octets.iter().flat_map(move |tick| tick[lane])).collect();
        Ok(Speech { octets, linear, wide, flat })
    }
}

/// The timeslots in use of a span, group by group.
fn groups(load: Load) -> impl Iterator<Item = std::ops::Range<usize>> {
    let active = load.active as usize;
    (0..active).step_by(WIDTH).map(move |from| from..active.min(from + WIDTH))
}

/// One of something for each group of each span.
fn for_groups<T>(load: Load, make: impl Fn() -> T) -> Vec<Vec<T>> {
    (0..load.spans).map(|_| groups(load).map(|_| make()).collect()).collect()
}

fn decode<'a>(_: usize, level: Level, load: Load, ticks: usize, speech: &'a Speech) -> Box<dyn FnMut() + 'a> {
    let mut rows: Vec<Vec<Rows>> = for_groups(load, || [Row::QUIET; OCTETS_PER_TICK]);
    Box::new(move || {
        for tick in speech.octets.iter().cycle().take(ticks) {
            for span in &mut rows {
                for (rows, lanes) in span.iter_mut().zip(groups(load)) {
                    let octets = &tick[lanes];
                    dispatch!(level, simd => lanes::decode::<_, false>(simd, octets, rows));
                    black_box(rows);
                }
            }
        }
    })
}

fn encode<'a>(_: usize, level: Level, load: Load, ticks: usize, speech: &'a Speech) -> Box<dyn FnMut() + 'a> {
    let rows_of = |tick: &Lanes| {
        let mut rows: [Rows; GROUPS] = [[Row::QUIET; OCTETS_PER_TICK]; GROUPS];
        for (rows, octets) in rows.iter_mut().zip(tick.chunks(WIDTH)) {
            dispatch!(level, simd => lanes::decode::<_, false>(simd, octets, rows));
        }
        rows
    };
    // Few, so that they stay near, as those do that a filter has just written.
    let rows: Vec<[Rows; GROUPS]> = speech.octets.iter().take(8).map(rows_of).collect();
    let mut octets: Vec<Vec<[Octets; WIDTH]>> = for_groups(load, || [[0; OCTETS_PER_TICK]; WIDTH]);
    Box::new(move || {
        for tick in rows.iter().cycle().take(ticks) {
            for span in &mut octets {
                for ((octets, lanes), rows) in span.iter_mut().zip(groups(load)).zip(tick) {
                    let octets = &mut octets[..lanes.len()];
                    dispatch!(level, simd => lanes::encode::<_, false>(simd, rows, octets));
                    black_box(octets);
                }
            }
        }
    })
}

fn g722<'a>(at: usize, _: Level, load: Load, ticks: usize, speech: &'a Speech) -> Box<dyn FnMut() + 'a> {
    let pair =
        || (g722::Encoder::of_every_level().remove(at), g722::Decoder::of_every_level(g722::Mode::Kbit64).remove(at));
    let mut spans = for_groups(load, pair);
    Box::new(move || {
        let (mut octets, mut samples) = ([[0; OCTETS_PER_TICK]; WIDTH], [[0; 2 * OCTETS_PER_TICK]; WIDTH]);
        for tick in speech.wide.iter().take(ticks) {
            for span in &mut spans {
                for ((encoder, decoder), lanes) in span.iter_mut().zip(groups(load)) {
                    let count = lanes.len();
                    encoder.process(&tick[lanes], &mut octets[..count]);
                    decoder.process(&octets[..count], &mut samples[..count]);
                    black_box(&mut samples);
                }
            }
        }
    })
}

/// Encoders and decoders of 32 kbit/s.
fn g726_pair(at: usize) -> (g726::Encoder, g726::Decoder) {
    let rate = g726::Rate::Kbit32;
    (g726::Encoder::of_every_level(rate).remove(at), g726::Decoder::of_every_level(rate).remove(at))
}

fn g726_linear<'a>(at: usize, _: Level, load: Load, ticks: usize, speech: &'a Speech) -> Box<dyn FnMut() + 'a> {
    let mut spans = for_groups(load, || g726_pair(at));
    Box::new(move || {
        let (mut codes, mut samples) = ([[0; OCTETS_PER_TICK]; WIDTH], [[0; OCTETS_PER_TICK]; WIDTH]);
        for tick in speech.linear.iter().take(ticks) {
            for span in &mut spans {
                for ((encoder, decoder), lanes) in span.iter_mut().zip(groups(load)) {
                    let count = lanes.len();
                    encoder.process_linear(&tick[lanes], &mut codes[..count]);
                    decoder.process_linear(&codes[..count], &mut samples[..count]);
                    black_box(&mut samples);
                }
            }
        }
    })
}

fn g726_of_law<'a>(at: usize, _: Level, load: Load, ticks: usize, speech: &'a Speech) -> Box<dyn FnMut() + 'a> {
    let mut spans = for_groups(load, || g726_pair(at));
    Box::new(move || {
        let [mut codes, mut octets] = [[[0; OCTETS_PER_TICK]; WIDTH]; 2];
        for tick in speech.octets.iter().take(ticks) {
            for span in &mut spans {
                for ((encoder, decoder), lanes) in span.iter_mut().zip(groups(load)) {
                    let count = lanes.len();
                    encoder.process(Law::A, &tick[lanes], &mut codes[..count]);
                    decoder.process(Law::A, &codes[..count], &mut octets[..count]);
                    black_box(&mut octets);
                }
            }
        }
    })
}

/// SpanDSP in a process of its own.
struct Reference {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Reference {
    fn start(channels: usize, speech: &[u8]) -> Result<Reference, Box<dyn Error>> {
        let path = peer::target("peers/codec_peer");
        let mut process = Command::new(&path)
            .args(["measure", &channels.to_string(), &speech.len().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("{}: {why}; ./justw peers builds it", path.display()))?;
        let (mut input, output) = (process.stdin.take().expect("piped"), process.stdout.take().expect("piped"));
        let samples: Vec<u8> = speech.iter().flat_map(|&octet| codec::decode(Law::A, octet).to_le_bytes()).collect();
        input.write_all(&samples)?;
        Ok(Reference { process, input, output: BufReader::new(output) })
    }

    /// The processor time of one round.
    fn round(&mut self, request: &str) -> Duration {
        self.input.write_all(request.as_bytes()).and_then(|()| self.input.flush()).expect("it waits for rounds");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it tells each round");
        Duration::from_nanos(line.trim().parse().expect("a number of nanoseconds"))
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
