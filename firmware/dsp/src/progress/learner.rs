//! Learns a tone's rhythm from a line: what a private exchange sends when the far end has gone, where nobody can say.
//!
//! A line's audio goes in, some minutes of it if need be; out comes a cadence with tolerances, once the same rhythm has
//! come round four times in a row without anything between (a pair's, five times). Single sines from 300 to 670 Hz, and the pairs that are looked for
//! anyway. Not here: dial tone, which has no rhythm; what the tone means, which a person who heard it has to say.

use fearless_simd::Level;
use frame::{Law, OCTETS_PER_TICK, Octets};

use super::{
    bank::{Bank, Tables},
    burst::{Bursts, Cycle, Told},
    cadence::{BURSTS, Cadence, mean_and_spread},
    limits::Limits,
    sines::{Fit, Wanted},
};

/// How often the rhythm of a single sine has to come round.
const ROUNDS: usize = 4;
/// How often that of a pair: a single sine between the two of a pair (412 to 477 Hz) has the rhythm of the pair as well, and is to be
/// certain first.
const ROUNDS_OF_PAIR: usize = ROUNDS + 1;
/// Cycles that are kept of a run: more do not make the mean better than a look is long.
const CYCLES: usize = ROUNDS_OF_PAIR * BURSTS;
/// What a burst's or a pause's length may differ from round to round: two looks and a half.
const SPREAD_MS: f32 = 25.0;
/// The longest pause of a tone that ends calls: ringback and call waiting have longer ones in every country.
pub const LEARNT_PAUSE_MOST_MS: u16 = 1500;
/// A sine is followed as far as the middle of the widest gap between two that are looked for.
const HEARD: Limits = Limits { hz: 30.0, ..Limits::EXCHANGE };
/// How far a tone that was learnt may be from what it was: its exchange is the same one. Of two looks and a half, and of a
/// crystal that is cold.
const LEARNT: Limits = Limits { hz: 10.0, length_part: 0.05, length_ms: 25.0, ..Limits::EXCHANGE };

/// Listens to one lane.
#[derive(Clone, Debug)]
pub struct Learner {
    law: Law,
    level: Level,
    tables: Box<Tables>,
    bank: Box<Bank>,
    followed: Vec<Followed>,
}

/// One sine or pair, and the runs of its bursts.
#[derive(Clone, Debug)]
struct Followed {
    fit: Fit,
    bursts: Bursts,
    run: Run,
    /// What was learnt of a run, with how far its mean was from the sine looked for.
    learnt: Option<(Cadence, f32)>,
}

/// The latest cycles of a run without anything between, the oldest first.
#[derive(Clone, Copy, Debug)]
struct Run {
    cycles: [Cycle; CYCLES],
    len: usize,
}

impl Learner {
    /// Has heard nothing.
    pub fn new(law: Law) -> Learner {
        let follow = |fit: Fit| Followed {
            fit,
            bursts: Bursts::new(fit, f32::from(fit.hz()[0]), &HEARD),
            run: Run { cycles: [Cycle::default(); CYCLES], len: 0 },
            learnt: None,
        };
        Learner {
            law,
            level: Level::new(),
            tables: Box::new(Tables::new()),
            bank: Box::new(Bank::new()),
            followed: Fit::national().map(follow).collect(),
        }
    }

    /// Forgets what was heard. Allocates nothing, as a span that loses its signal resets it in the media thread.
    pub fn reset(&mut self) {
        self.bank.reset_lane(0);
        for followed in &mut self.followed {
            followed.bursts.reset();
            (followed.run.len, followed.learnt) = (0, None);
        }
    }

    /// Takes one tick; the rhythm, in the one with which it is certain.
    pub fn process(&mut self, octets: &Octets) -> Option<Cadence> {
        let was_known = self.learnt().is_some();
        let heard = (std::slice::from_ref(octets), self.law);
        debug_assert_eq!(octets.len(), OCTETS_PER_TICK);
        self.bank.process(self.level, &self.tables, heard, Wanted::NATIONAL, 1);
        let look = self.bank.look(0);
        for followed in &mut self.followed {
            followed.take(look);
        }
        self.learnt().filter(|_| !was_known)
    }

    /// The rhythm that was heard, if there was one. A sine that stands beside the one looked for is followed with its
    /// neighbours, too, and a single sine as half of a pair: the nearest single one counts.
    pub fn learnt(&self) -> Option<Cadence> {
        let learnt = self.followed.iter().filter_map(|followed| followed.learnt);
        let pairs_last = |cadence: &Cadence, away: f32| if cadence.hz()[1] == 0 { away } else { away + 1e3 };
        learnt
            .min_by(|(one, away), (other, other_away)| {
                pairs_last(one, *away).total_cmp(&pairs_last(other, *other_away))
            })
            .map(|(cadence, _)| cadence)
    }
}

impl Cadence {
    /// A rhythm that was learnt once and written down: one sine from 315 to 655 Hz, or a pair that is looked for (the second is
    /// 0 where there is one); none where it is neither.
    pub fn learnt(hz: [u16; 2], bursts_ms: impl IntoIterator<Item = (u16, u16)>) -> Option<Cadence> {
        Cadence::new(hz, bursts_ms.into_iter(), LEARNT)
    }
}

impl Followed {
    fn take(&mut self, look: super::Look<'_>) {
        match self.bursts.process(look) {
            Told::Nothing => {}
            Told::Anew => self.run.len = 0,
            Told::Cycle(cycle) => {
                self.run.push(cycle);
                self.learnt = self.run.rhythm(self.fit).or(self.learnt);
            }
        }
    }
}

impl Run {
    fn push(&mut self, cycle: Cycle) {
        if self.len == CYCLES {
            self.cycles.rotate_left(1);
            self.len -= 1;
        }
        self.cycles[self.len] = cycle;
        self.len += 1;
    }

    /// The rhythm with the fewest bursts that has come round often enough.
    fn rhythm(&self, fit: Fit) -> Option<(Cadence, f32)> {
        (1..=BURSTS).find_map(|bursts| self.rhythm_of(bursts, fit))
    }

    fn rhythm_of(&self, bursts: usize, fit: Fit) -> Option<(Cadence, f32)> {
        let rounds = if fit.hz()[1] == 0 { ROUNDS } else { ROUNDS_OF_PAIR };
        let first = self.len.checked_sub(bursts * rounds)?;
        let cycles = &self.cycles[first..self.len];
        let (hz, hz_spread) = mean_and_spread(cycles.iter().map(|cycle| cycle.hz));
        let steady = hz_spread <= LEARNT.hz_spread;
        let mut lengths = [(0, 0); BURSTS];
        for (place, length) in lengths.iter_mut().enumerate().take(bursts) {
            let same = || cycles.iter().skip(place).step_by(bursts);
            *length = (steady_mean(same().map(|cycle| cycle.on_ms))?, steady_mean(same().map(|cycle| cycle.off_ms))?);
        }
        let is_busy = lengths.iter().all(|(_, off_ms)| *off_ms <= LEARNT_PAUSE_MOST_MS);
        let nominal = fit.hz();
        let hz = if nominal[1] == 0 { [hz.round() as u16, 0] } else { nominal };
        let cadence = Cadence::new(hz, lengths.into_iter().take(bursts), LEARNT).filter(|_| steady && is_busy)?;
        let away = (f32::from(hz[0]) - f32::from(nominal[0])).abs();
        Some((cadence, away))
    }
}

/// The mean of lengths that are about the same, in whole milliseconds.
fn steady_mean(lengths_ms: impl Iterator<Item = f32> + Clone) -> Option<u16> {
    let (mean, spread) = mean_and_spread(lengths_ms);
    (spread <= SPREAD_MS).then_some(mean.round() as u16)
}
