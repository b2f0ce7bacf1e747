//! Two clocks that differ, for an hour of virtual time: no tick is lost, digits and fax tones pass.

use std::f64::consts::TAU;

use codec::{decode, encode};
use dsp::{
    dtmf::{Detector, DtmfDigit, Edge, Generator, Timing},
    elastic::{Block, Elastic, Flow},
    tone::Playing,
};
use frame::{LANES, Law, OCTETS_PER_TICK};

const HOUR_TICKS: u64 = 360_000;

/// A card whose crystal is off, as `sim` and DAHDI show it: a block a tick, now and then one more or none.
struct Card {
    ppm: f64,
    ahead: f64,
}

impl Card {
    fn blocks(&mut self) -> u32 {
        self.ahead += 1.0 + self.ppm * 1e-6;
        let blocks = self.ahead.floor();
        self.ahead -= blocks;
        blocks as u32
    }
}

/// A card, its buffer, and what both sides say and hear on timeslot 0.
struct Line<S> {
    card: Card,
    elastic: Elastic,
    /// What the card says, sample by sample in its own clock.
    says: S,
    block: Block,
    tick: Block,
    lost: u64,
}

impl<S: FnMut() -> u8> Line<S> {
    fn new(ppm: f64, says: S) -> Line<S> {
        let quiet = [[Law::A.silence(); OCTETS_PER_TICK]; LANES];
        let card = Card { ppm, ahead: 0.5 };
        Line { card, elastic: Elastic::new(Law::A, 1), says, block: quiet, tick: quiet, lost: 0 }
    }

    /// One tick of the box, which says `tx`; what the box hears, and the blocks that the card gets.
    fn tick(&mut self, tx: [u8; OCTETS_PER_TICK], mut plays: impl FnMut(&[u8])) -> [u8; OCTETS_PER_TICK] {
        for _ in 0..self.card.blocks() {
            self.block[0] = std::array::from_fn(|_| (self.says)());
            self.elastic.put_block(&self.block);
        }
        self.lost += u64::from(self.elastic.take_tick(&mut self.tick) == Flow::Missing);
        let mut out = self.tick;
        out[0] = tx;
        self.elastic.put_tick(&out);
        while self.elastic.take_block(&mut out) == Flow::Fresh {
            plays(&out[0]);
        }
        self.tick[0]
    }
}

/// A tone of -10 dBm0, sample by sample.
fn tone(hz: f64) -> impl FnMut() -> u8 {
    let mut n = 0.0;
    move || {
        n += 1.0;
        encode(Law::A, (8000.0 * (TAU * hz * n / 8000.0).sin()) as i16)
    }
}

fn loses_nothing_and_knows_the_clock(ppm: f64, ticks: u64) {
    let mut line = Line::new(ppm, || Law::A.silence());
    let mut played = 0_u64;
    for _ in 0..ticks {
        line.tick([Law::A.silence(); OCTETS_PER_TICK], |_| played += 1);
    }
    assert_eq!((line.lost, line.elastic.slips()), (0, 0), "{ppm} ppm");
    assert!((line.elastic.ppm() - ppm).abs() < 20.0, "{ppm} ppm, known as {:.1}", line.elastic.ppm());
    let expected = ticks as f64 * (1.0 + ppm * 1e-6);
    assert!((played as f64 - expected).abs() < 2.0, "the card gets a block for each of its own: {played}");
}

#[test]
fn at_100_ppm_fast_an_hour_loses_nothing_and_the_clock_is_known() {
    loses_nothing_and_knows_the_clock(100.0, HOUR_TICKS);
}

#[test]
fn at_100_ppm_slow_an_hour_loses_nothing_and_the_clock_is_known() {
    loses_nothing_and_knows_the_clock(-100.0, HOUR_TICKS);
}

#[test]
fn at_the_same_speed_nothing_is_lost() {
    loses_nothing_and_knows_the_clock(0.0, 10_000);
}

/// Phases of a tone, 10 ms by 10 ms, in turns.
fn phases(heard: &[u8], hz: f64) -> Vec<f64> {
    let phase = |(tick, octets): (usize, &[u8])| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, octet) in octets.iter().enumerate() {
            let angle = TAU * hz * (tick * OCTETS_PER_TICK + n) as f64 / 8000.0;
            let value = f64::from(decode(Law::A, *octet));
            (re, im) = (re + value * angle.cos(), im - value * angle.sin());
        }
        im.atan2(re) / TAU
    };
    heard.chunks_exact(OCTETS_PER_TICK).enumerate().map(phase).collect()
}

/// From -½ to ½ a turn.
fn wrapped(turns: f64) -> f64 {
    turns - turns.round()
}

#[test]
fn fax_tones_keep_their_phase_both_ways_for_five_minutes() {
    for (hz, ppm) in [(1100.0, 100.0), (2100.0, -100.0)] {
        let mut line = Line::new(ppm, tone(hz));
        let mut says = tone(hz);
        let (mut inward, mut outward) = (Vec::new(), Vec::new());
        for _ in 0..30_000 {
            let tx = std::array::from_fn(|_| says());
            inward.extend(line.tick(tx, |octets| outward.extend_from_slice(octets)));
        }
        for heard in [&inward, &outward] {
            let phases = phases(&heard[100 * OCTETS_PER_TICK..], hz);
            let turned = phases.windows(2).map(|pair| wrapped(pair[1] - pair[0]).abs()).fold(0.0, f64::max);
            // 300 ppm of 2100 Hz are 0.006 turns a tick; G.711's noise and the windows add as much.
            assert!(turned < 0.012, "{hz} Hz: {:.1} degrees within 10 ms", turned * 360.0);
        }
    }
}

#[test]
fn the_phase_reversals_of_an_answering_modem_stay_reversals() {
    // ITU-T V.8: 2100 Hz whose phase turns by half each 450 ms.
    let mut n = 0_u32;
    let says = move || {
        n += 1;
        let turn = TAU * 2100.0 * f64::from(n) / 8000.0 + f64::from(n / 3600 % 2) * TAU / 2.0;
        encode(Law::A, (8000.0 * turn.sin()) as i16)
    };
    let mut line = Line::new(50.0, says);
    let quiet = [Law::A.silence(); OCTETS_PER_TICK];
    let heard: Vec<u8> = (0..9_000).flat_map(|_| line.tick(quiet, |_| {})).collect();
    let phases = phases(&heard[100 * OCTETS_PER_TICK..], 2100.0);
    // Over 40 ms, so that each reversal is seen whole in one of them.
    let reversed = |pair: &[f64]| (wrapped(pair[4] - pair[0]).abs() - 0.5).abs() < 10.0 / 360.0;
    let mut reversals = 0;
    let mut before = false;
    for pair in phases.windows(5) {
        let now = reversed(pair);
        reversals += u32::from(now && !before);
        before = now;
    }
    assert!((195..=199).contains(&reversals), "in 89 s 197 or 198: {reversals}");
}

#[test]
fn digits_pass_both_ways_at_100_ppm() {
    let digits = "0123456789ABCD*#".repeat(4);
    let generator = || {
        let mut generator = Generator::new(Timing { on_ms: 40, off_ms: 40, low_dbm0: -10.0, high_dbm0: -8.0 }, Law::A);
        digits.chars().for_each(|digit| assert!(generator.push(DtmfDigit::of_char(digit).expect("a key"))));
        generator
    };
    for ppm in [100.0, -100.0] {
        let (mut outside, mut inside) = (generator(), generator());
        let mut queue = Vec::new();
        let says = move || {
            if queue.is_empty() {
                let mut octets = [Law::A.silence(); OCTETS_PER_TICK];
                let _: Playing = outside.process(&mut octets);
                queue.extend(octets.into_iter().rev());
            }
            queue.pop().expect("it was filled")
        };
        let mut line = Line::new(ppm, says);
        let (mut inward, mut outward) = (Vec::new(), Vec::new());
        for _ in 0..800 {
            let mut tx = [Law::A.silence(); OCTETS_PER_TICK];
            let _: Playing = inside.process(&mut tx);
            inward.extend(line.tick(tx, |octets| outward.extend_from_slice(octets)));
        }
        assert_eq!(heard_digits(&inward), digits, "{ppm} ppm inward");
        assert_eq!(heard_digits(&outward), digits, "{ppm} ppm outward");
    }
}

fn heard_digits(heard: &[u8]) -> String {
    let mut detector = Detector::new();
    let mut digits = String::new();
    let mut lanes = [[Law::A.silence(); OCTETS_PER_TICK]; LANES];
    for tick in heard.as_chunks::<OCTETS_PER_TICK>().0 {
        lanes[0] = *tick;
        detector.process(&lanes, Law::A, 1, |_, digit, edge, _| {
            if edge == Edge::Begin {
                digits.push(digit.as_char());
            }
        });
    }
    digits
}

#[test]
fn a_card_that_stops_costs_one_slip_and_comes_back_whole() {
    let mut line = Line::new(0.0, tone(1000.0));
    let quiet = [Law::A.silence(); OCTETS_PER_TICK];
    (0..1000).for_each(|_| _ = line.tick(quiet, |_| {}));
    line.card.ppm = -1e6;
    (0..100).for_each(|_| _ = line.tick(quiet, |_| {}));
    assert_eq!(line.elastic.slips(), 1, "its silence is one event, not a hundred");
    line.card.ppm = 0.0;
    let lost = line.lost;
    (0..1000).for_each(|_| _ = line.tick(quiet, |_| {}));
    assert!(line.lost <= lost + 1, "it starts with its first block");
    assert_eq!(line.elastic.slips(), 1);
}
