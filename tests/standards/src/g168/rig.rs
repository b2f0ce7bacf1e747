//! The set-up of the tests: one canceller for 32 lines, of which each has an echo of its own; all hear the same and say the
//! same. The law stands in the loop: what goes out is coded before it is echoed, what comes back is coded again. Levels
//! are A-law's in µ-law, too, which is 0.03 dB off.

use frame::{LANES, Law, OCTETS_PER_TICK};

use super::{
    meter::Meter,
    path::{Filter, HYBRIDS, Hybrid, LONGEST},
    subject::Subject,
};
use crate::{line::Lanes, samples_of_ms};

/// The echo return losses that are tried.
const ERLS_DB: [f32; 4] = [6.0, 12.0, 20.0, 30.0];

/// The echoes of 32 lines, `batch` by `batch`: after four each path of Annex D had each loss with each of four delays, from
/// none to the last that the tail holds.
pub fn hybrids(tail: usize, batch: usize) -> [Hybrid; LANES] {
    std::array::from_fn(|lane| {
        let (number, row) = (lane % HYBRIDS, lane / HYBRIDS);
        let step = (row + batch) % ERLS_DB.len();
        Hybrid { number, erl_db: ERLS_DB[row], delay: (tail - LONGEST) * step / (ERLS_DB.len() - 1) }
    })
}

/// What went through each place of the test set-up in one part of a test: the highest levels in dBm0.
#[derive(Clone, Debug)]
pub struct Peaks {
    /// Received: from afar.
    pub rin: f32,
    /// Said at the near end.
    pub sgen: f32,
    /// Left by the canceller, on each line.
    pub sout: [f32; LANES],
    /// The level on each line at the end, not its highest.
    pub sout_now: [f32; LANES],
    /// What came back from each line.
    pub sin: [f32; LANES],
}

/// A canceller between its lines and its meters.
pub struct Rig<'a> {
    subject: &'a mut dyn Subject,
    law: Law,
    hybrids: [Hybrid; LANES],
    lines: Vec<Filter>,
    rin: Meter,
    sgen: Meter,
    sin: Vec<Meter>,
    sout: Vec<Meter>,
    /// What each line's canceller left, tick by tick, while it is kept.
    kept: Option<Vec<Lanes>>,
}

impl<'a> Rig<'a> {
    /// A canceller on lines with these echoes.
    pub fn new(subject: &'a mut dyn Subject, hybrids: [Hybrid; LANES]) -> Rig<'a> {
        let lines = hybrids.iter().map(|hybrid| Filter::new(hybrid.response())).collect();
        let meters = vec![Meter::default(); LANES];
        let (sin, sout) = (meters.clone(), meters);
        Rig {
            law: subject.law(),
            subject,
            hybrids,
            lines,
            rin: Meter::default(),
            sgen: Meter::default(),
            sin,
            sout,
            kept: None,
        }
    }

    /// The echo of a line.
    pub fn hybrid(&self, lane: usize) -> Hybrid {
        self.hybrids[lane]
    }

    /// The law of all lines.
    pub fn law(&self) -> Law {
        self.law
    }

    /// The canceller.
    pub fn subject(&mut self) -> &mut dyn Subject {
        self.subject
    }

    /// Other echoes from the next tick on.
    pub fn change(&mut self, hybrids: [Hybrid; LANES]) {
        self.hybrids = hybrids;
        self.lines.iter_mut().zip(hybrids).for_each(|(line, hybrid)| line.retune(hybrid.response()));
    }

    /// All lines are without echo from the next tick on.
    pub fn open(&mut self) {
        self.lines.iter_mut().for_each(|line| line.retune(vec![0.0]));
    }

    /// Keeps what is left on the lines, until [`Rig::kept`].
    pub fn keep(&mut self) {
        self.kept = Some(Vec::new());
    }

    /// What was left on the lines since [`Rig::keep`], tick by tick.
    pub fn kept(&mut self) -> Vec<Lanes> {
        self.kept.take().unwrap_or_default()
    }

    /// One part of a test. As long as the longer of both signals, in whole ticks.
    pub fn run(&mut self, far: &[f32], near: &[f32]) -> Peaks {
        self.meters().for_each(Meter::forget);
        for tick in 0..far.len().max(near.len()) / OCTETS_PER_TICK {
            self.tick(&tick_of(far, tick), &tick_of(near, tick));
        }
        self.peaks()
    }

    /// Nothing is said for so long.
    pub fn rest(&mut self, ms: usize) -> Peaks {
        self.run(&vec![0.0; samples_of_ms(ms)], &[])
    }

    fn tick(&mut self, far: &[f32; OCTETS_PER_TICK], near: &[f32; OCTETS_PER_TICK]) {
        let law = self.law;
        let linear = |octet| f32::from(codec::decode(law, octet));
        let rout = far.map(|sample| codec::encode(law, sample.round() as i16));
        let said = rout.map(linear);
        self.rin.process(&said);
        self.sgen.process(near);
        let (mut rx, mut clean): (Lanes, Lanes) = ([[0; OCTETS_PER_TICK]; LANES], [[0; OCTETS_PER_TICK]; LANES]);
        for (lane, line) in self.lines.iter_mut().enumerate() {
            let echo = line.process(&said);
            rx[lane] = std::array::from_fn(|at| codec::encode(law, (echo[at] + near[at]).round() as i16));
            self.sin[lane].process(&rx[lane].map(linear));
        }
        self.subject.process(&[rout; LANES], &rx, &mut clean);
        for (meter, clean) in self.sout.iter_mut().zip(&clean) {
            meter.process(&clean.map(linear));
        }
        if let Some(kept) = &mut self.kept {
            kept.push(clean);
        }
    }

    fn meters(&mut self) -> impl Iterator<Item = &mut Meter> {
        [&mut self.rin, &mut self.sgen].into_iter().chain(&mut self.sin).chain(&mut self.sout)
    }

    fn peaks(&self) -> Peaks {
        let of = |meters: &[Meter], read: fn(&Meter) -> f32| std::array::from_fn(|lane| read(&meters[lane]));
        Peaks {
            rin: self.rin.peak(),
            sgen: self.sgen.peak(),
            sout: of(&self.sout, Meter::peak),
            sout_now: of(&self.sout, Meter::now),
            sin: of(&self.sin, Meter::peak),
        }
    }
}

/// One tick of a signal; silence after its end.
fn tick_of(signal: &[f32], tick: usize) -> [f32; OCTETS_PER_TICK] {
    let rest = signal.get(tick * OCTETS_PER_TICK..).unwrap_or_default();
    std::array::from_fn(|at| rest.get(at).copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{css, g168::Nothing};

    #[test]
    fn after_four_batches_each_path_had_each_loss_at_each_delay() {
        let all = (0..4).flat_map(|batch| hybrids(512, batch)).map(Hybrid::name);
        assert_eq!(all.collect::<BTreeSet<_>>().len(), 128);
        assert!((0..4).flat_map(|batch| hybrids(512, batch)).all(|hybrid| hybrid.response().len() <= 512));
    }

    #[test]
    fn without_a_canceller_the_echo_is_what_the_line_leaves() {
        let mut nothing = Nothing;
        let mut rig = Rig::new(&mut nothing, hybrids(512, 0));
        let peaks = rig.run(&css::received(-10.0, 8000), &[]);
        assert_eq!(peaks.sin, peaks.sout);
        let loss = |lane: usize| peaks.rin - peaks.sout[lane];
        assert!((0..8).all(|lane| (2.0..10.0).contains(&loss(lane))), "{peaks:?}");
        assert!((24..32).all(|lane| (25.0..34.0).contains(&loss(lane))), "{peaks:?}");
        rig.open();
        assert!(rig.rest(600).sout_now.iter().all(|&level| level < -65.0));
    }
}
