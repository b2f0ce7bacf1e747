//! Line echo canceller for the timeslots of one span.
//!
//! Source: ITU-T G.168. 8 kHz, ticks of 80 samples of 32 lanes, tails of 32, 64 and 128 ms; no delay beyond the tick.
//! Not here: acoustic echo; the fixed delay of buffers and cards, which the caller takes off.

mod bank;
mod fourier;
mod kernel;
mod packed;
mod report;

use codec::lanes::{self, WIDTH};
use fearless_simd::{Level, dispatch};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

use bank::Bank;
use kernel::{Heard, Scratch};
pub use report::{Hold, Report};

/// How long an echo may take, from the moment that the caller counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Four partitions of a tick.
    Ms32,
    /// Seven.
    Ms64,
    /// Thirteen.
    Ms128,
}

impl Tail {
    /// The tail in samples.
    pub const fn samples(self) -> usize {
        match self {
            Tail::Ms32 => 256,
            Tail::Ms64 => 512,
            Tail::Ms128 => 1024,
        }
    }

    /// Partitions of a tick that cover the tail.
    const fn partitions(self) -> usize {
        self.samples().div_ceil(OCTETS_PER_TICK)
    }
}

/// Cancels the echoes on the lanes of a span.
#[derive(Clone, Debug)]
pub struct Canceller {
    level: Level,
    tail: Tail,
    banks: [Bank; LANES / WIDTH],
    /// How often each lane was begun anew because its state was no number.
    resets: [u32; LANES],
    scratch: Box<Scratch>,
}

impl Canceller {
    /// A canceller with the best instructions that this processor has.
    pub fn new(tail: Tail) -> Canceller {
        Canceller::with_level(tail, Level::new())
    }

    /// One canceller with each set of vector instructions that this processor has. They decide alike; it is measurements
    /// that want to tell them apart.
    pub fn of_every_level(tail: Tail) -> Vec<Canceller> {
        lanes::levels().into_iter().map(|level| Canceller::with_level(tail, level)).collect()
    }

    fn with_level(tail: Tail, level: Level) -> Canceller {
        let bank = Bank::new(tail.partitions());
        Canceller { level, tail, banks: [bank.clone(), bank], resets: [0; LANES], scratch: Box::new(Scratch::new()) }
    }

    /// One tick. `far` is what was on its way to each line at the moment when `rx` was read: the tail counts from there.
    /// `active` are the lanes in use, as bits; of the others `clean` is `rx`, and nothing is learnt. `clean` gets what
    /// the parties on the lines said.
    pub fn process(
        &mut self,
        far: &[Octets; LANES],
        rx: &[Octets; LANES],
        law: Law,
        active: u32,
        clean: &mut [Octets; LANES],
    ) {
        for (number, bank) in self.banks.iter_mut().enumerate() {
            let lanes = number * WIDTH..(number + 1) * WIDTH;
            let active = active >> lanes.start & 0xffff;
            let (rx, clean) = (&rx[lanes.clone()], &mut clean[lanes.clone()]);
            if active == 0 {
                bank.idle = true;
                clean.copy_from_slice(rx);
                continue;
            }
            if std::mem::take(&mut bank.idle) {
                bank.forget_far();
            }
            let heard = Heard { far: &far[lanes], rx, law, active };
            let scratch = &mut self.scratch;
            let broken = dispatch!(self.level, simd => kernel::tick(simd, bank, scratch, &heard, clean));
            for lane in (0..WIDTH).filter(|lane| (broken | !active) >> lane & 1 == 1) {
                clean[lane] = rx[lane];
            }
            for lane in (0..WIDTH).filter(|lane| broken >> lane & 1 == 1) {
                bank.reset_lane(lane);
                self.resets[number * WIDTH + lane] += 1;
            }
        }
    }

    /// Forgets a lane's echo path: another call begins.
    pub fn reset(&mut self, lane: usize) {
        self.banks[lane / WIDTH].reset_lane(lane % WIDTH);
    }

    /// How a lane does.
    pub fn report(&self, lane: usize) -> Report {
        Report::of(&self.banks[lane / WIDTH], lane % WIDTH, self.tail.samples(), self.resets[lane])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that is the same each time, as octets.
    fn noise(seed: &mut u64) -> Octets {
        std::array::from_fn(|_| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            codec::encode(Law::A, (*seed >> 50) as i16 - 8192)
        })
    }

    /// Half of what was said 100 samples ago.
    fn echo(before: &[Octets; 2]) -> Octets {
        std::array::from_fn(|at| {
            let octet = if at < 20 { before[0][at + 60] } else { before[1][at - 20] };
            codec::encode(Law::A, codec::decode(Law::A, octet) / 2)
        })
    }

    fn power(octets: &Octets) -> f32 {
        octets.iter().map(|&octet| f32::from(codec::decode(Law::A, octet)).powi(2)).sum()
    }

    /// Noise and its echo on all lanes in use; what the last tick's echo and its rest are on lane 3.
    fn converge(canceller: &mut Canceller, ticks: usize, active: u32) -> (f32, f32) {
        let (mut seed, mut before, mut last) = (5, [[Law::A.silence(); 80]; 2], (0.0, 0.0));
        let mut clean = [[0; 80]; LANES];
        for _ in 0..ticks {
            let far = noise(&mut seed);
            let rx = echo(&before);
            before = [before[1], far];
            canceller.process(&[far; LANES], &[rx; LANES], Law::A, active, &mut clean);
            assert!((0..LANES).filter(|lane| active >> lane & 1 == 0).all(|lane| clean[lane] == rx));
            last = (power(&rx), power(&clean[3]));
        }
        last
    }

    #[test]
    fn an_echo_is_learnt_and_told_of() {
        for mut canceller in Canceller::of_every_level(Tail::Ms64) {
            let (echo, left) = converge(&mut canceller, 400, 0x0001_0008);
            assert!(left * 1000.0 < echo, "{echo} {left}");
            let report = canceller.report(3);
            assert!((report.erl_db.unwrap() - 6.0).abs() < 0.5, "{report:?}");
            assert_eq!((report.delay_samples, report.resets, report.converged), (Some(100), 0, true), "{report:?}");
            assert_eq!(canceller.report(4).erl_db, None);
        }
    }

    #[test]
    fn what_is_no_number_begins_its_lane_anew_and_no_other() {
        let mut canceller = Canceller::new(Tail::Ms32);
        converge(&mut canceller, 400, 0b11000);
        canceller.banks[0].poison(4);
        let (echo, left) = converge(&mut canceller, 400, 0b11000);
        assert!(left * 1000.0 < echo, "{echo} {left}");
        assert_eq!((canceller.report(3).resets, canceller.report(4).resets), (0, 1));
        assert!(canceller.report(4).converged);
    }
}
