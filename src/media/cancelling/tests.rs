//! A card that echoes, cancelled: each test writes and reads blocks as the media thread does.

use codec::{decode, encode};
use frame::Law;

use super::*;

const AHEAD: usize = 2;
const LANE: usize = 3;
const OTHER: usize = 20;
const QUIET: Octets = [0xd5; OCTETS_PER_TICK];

/// A card that plays what is written after [`AHEAD`] blocks; a quarter of it comes back.
struct Echoing {
    infos: [SpanInfo; 1],
    under_way: Vec<[Octets; LANES]>,
    /// What the parties say besides.
    said: [Octets; LANES],
    /// Brings no block at the next read.
    misses: bool,
}

impl Echoing {
    fn new() -> Echoing {
        let info = SpanInfo { span: SpanId(0), law: Law::A, timeslots: 32 };
        Echoing { infos: [info], under_way: vec![[QUIET; LANES]; AHEAD], said: [QUIET; LANES], misses: false }
    }

    /// The echo comes so many blocks later than the card says.
    fn late(blocks: usize) -> Echoing {
        Echoing { under_way: vec![[QUIET; LANES]; AHEAD + blocks], ..Echoing::new() }
    }
}

impl Audio for Echoing {
    fn spans(&self) -> &[SpanInfo] {
        &self.infos
    }

    fn wait(&mut self, _: Time) -> Ready {
        Ready::Blocks { blocks: 1 }
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        let heard = self.under_way.remove(0);
        if std::mem::take(&mut self.misses) {
            return Block::Missing;
        }
        for ((rx, heard), said) in tick.rx.iter_mut().zip(&heard).zip(&self.said) {
            for ((rx, heard), said) in rx.iter_mut().zip(heard).zip(said) {
                *rx = if *heard == 0xd5 {
                    *said
                } else {
                    encode(Law::A, decode(Law::A, *said).saturating_add(decode(Law::A, *heard) / 4))
                };
            }
        }
        Block::Fresh
    }

    fn write(&mut self, tick: &SpanTick) {
        self.under_way.push(tick.tx);
    }

    fn ahead_ticks(&self) -> usize {
        AHEAD
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        None
    }
}

/// A cancelled card, and noise for it.
struct Bench {
    card: Cancelling,
    tick: Box<SpanTick>,
    seed: u64,
}

impl Bench {
    fn new(card: Echoing, paths: Paths) -> Bench {
        let card = Cancelling::new(Box::new(card), Clocking::Box, Tail::Ms64, paths);
        Bench { card, tick: SpanTick::silent(SpanId(0), Law::A), seed: 1 }
    }

    fn noise(&mut self) -> Octets {
        std::array::from_fn(|_| {
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            encode(Law::A, ((self.seed >> 48) as i16) / 4)
        })
    }

    /// Ticks in which noise goes to a lane; the power that is left of its echo in the last one.
    fn noise_for(&mut self, ticks: usize) -> f64 {
        for _ in 0..ticks {
            self.card.read(&mut self.tick);
            self.tick.used = 1 << LANE;
            self.tick.tx[LANE] = self.noise();
            self.card.write(&self.tick);
        }
        power(&self.tick.rx[LANE])
    }

    fn quiet_for(&mut self, ticks: usize, used: u32) {
        for _ in 0..ticks {
            self.card.read(&mut self.tick);
            (self.tick.used, self.tick.tx[LANE]) = (used, QUIET);
            self.card.write(&self.tick);
        }
    }

    fn gauge(&self) -> Arc<EchoGauge> {
        self.card.gauges().next().expect("one span").1
    }
}

fn power(octets: &Octets) -> f64 {
    octets.iter().map(|octet| f64::from(decode(Law::A, *octet)).powi(2)).sum::<f64>() / OCTETS_PER_TICK as f64
}

/// The power of the echo itself: noise of ±8,192 evenly spread, a quarter of it.
const ECHO: f64 = 8192.0 * 8192.0 / 3.0 / 16.0;

#[test]
fn what_was_written_is_taken_off_what_comes_back_and_told() {
    let mut bench = Bench::new(Echoing::new(), Paths::OfCalls);
    assert!(bench.noise_for(100) < ECHO / 100.0);
    bench.noise_for(GAUGED_EACH as usize);
    let echo = bench.gauge().lane(LANE).expect("an echo was found");
    assert!((11..=13).contains(&echo.erl_db) && echo.erle_db >= Some(20), "{echo:?}");
    assert_eq!((echo.delay_samples, bench.gauge().lane(OTHER)), (0, None), "the tail begins at the line");
}

#[test]
fn lanes_to_which_nothing_goes_are_passed_octet_for_octet() {
    let mut card = Echoing::new();
    card.said[OTHER] = std::array::from_fn(|at| at as u8 ^ 0x35);
    let said = card.said[OTHER];
    let mut bench = Bench::new(card, Paths::OfCalls);
    for _ in 0..50 {
        bench.noise_for(1);
        assert_eq!(bench.tick.rx[OTHER], said);
    }
}

#[test]
fn a_missing_block_is_a_moment_without_one_and_the_echo_stays_known() {
    let mut card = Echoing::new();
    card.misses = true;
    let mut bench = Bench::new(card, Paths::OfCalls);
    assert!(bench.noise_for(100) < ECHO / 100.0);
    assert_eq!(bench.gauge().lane(LANE).map(|echo| echo.delay_samples), Some(0));
}

#[test]
fn a_trunk_begins_each_call_anew_and_a_port_keeps_what_it_learnt() {
    for paths in [Paths::OfCalls, Paths::OfLines, Paths::OfTelephones] {
        let mut bench = Bench::new(Echoing::new(), paths);
        bench.noise_for(200);
        bench.quiet_for(50, 0);
        // The first block of noise comes back two ticks after it was written.
        let left = bench.noise_for(AHEAD + 1);
        assert_eq!(left > ECHO / 10.0, paths == Paths::OfCalls, "{left}");
    }
}

#[test]
fn a_lane_is_worked_on_until_all_has_come_back() {
    let mut bench = Bench::new(Echoing::new(), Paths::OfCalls);
    bench.noise_for(100);
    assert_eq!(bench.card.spans[0].active(), 1 << LANE);
    bench.quiet_for(KEPT + 7, 0);
    assert_eq!(bench.card.spans[0].active(), 0);
}

#[test]
fn what_is_measured_comes_as_it_is_and_its_echo_is_known_without_a_gap_afterwards() {
    let mut bench = Bench::new(Echoing::late(3), Paths::OfLines);
    bench.noise_for(300);
    bench.tick.raw = 1 << LANE;
    let raw = bench.noise_for(50);
    assert!(raw > ECHO / 2.0, "{raw}");
    bench.tick.raw = 0;
    // The tick that takes the mark off is read before it is written.
    let left = (0..10).map(|_| bench.noise_for(1)).skip(1).fold(0.0, f64::max);
    assert!(left < ECHO / 100.0, "{left} of {ECHO}");
}

#[test]
fn what_was_learnt_of_a_telephone_on_its_hook_is_not_taken_off_its_talk() {
    let mut bench = Bench::new(Echoing::late(3), Paths::OfTelephones);
    bench.noise_for(300);
    bench.tick.raw = 1 << LANE;
    bench.noise_for(50);
    bench.tick.raw = 0;
    // The tick that takes the mark off is read before it is written.
    bench.noise_for(2);
    let left = bench.noise_for(1);
    assert!(left > ECHO / 4.0, "{left} of {ECHO}: it begins anew");
    assert!(bench.noise_for(300) < ECHO / 100.0);
}
