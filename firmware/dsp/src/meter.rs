//! How loud lanes are: root mean square and peak of the last second, and the level of speech while somebody speaks.
//!
//! Source of the last: ITU-T P.56 method B, the level of the active parts alone, by a margin of 15.9 dB between it and the
//! threshold that tells active from not, which bridges pauses of 200 ms. Departures: the envelope is smoothed from 10 ms
//! to 10 ms and not from sample to sample, which shifts levels by less than half a dB; and what is older than minutes
//! counts less and less, as a call has no end to be measured at.
//!
//! 8 kHz, G.711, lane beside lane, levels in dBm0. Not here: who shows them; the level of a single tick ([`level_dbm0`]).
//!
//! [`level_dbm0`]: crate::level_dbm0

use codec::{
    db_of_ratio, dbm0_of_rms,
    lanes::{self, Row, Rows, WIDTH},
};
use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

use crate::FLOOR_DBM0;

/// Ticks that a reading is about: a second.
pub const TICKS: u32 = 100;

/// P.56's thresholds, each twice the one before: by the lowest speech of -56 dBm0 is told, by the highest some of +3.
const THRESHOLDS: usize = 12;
const LOWEST_THRESHOLD: f32 = 4.0;
/// P.56's margin.
const MARGIN_DB: f32 = 15.9;
/// P.56's time constant of 30 ms, from tick to tick: exp(-10/30).
const SMOOTHING: f32 = 0.716_531;
/// P.56's hangover of 200 ms.
const HANGOVER_TICKS: f32 = 20.0;
/// Envelopes below this become 0: far below G.711's smallest step, far above subnormal numbers.
const FLOOR: f32 = 1e-6;
/// Ticks after which what was is halved: 5 minutes. Sums stay far from where a float stops counting.
const HALVED_TICKS: f32 = 30_000.0;
/// Halves of a span's lanes, each of them a row.
const HALVES: usize = LANES / WIDTH;

/// What was measured of a lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The level of the last second, not below [`FLOOR_DBM0`].
    pub rms_dbm0: f32,
    /// Its loudest sample, as the level of a sine that reaches it.
    pub peak_dbm0: f32,
    /// The level of speech, once some was heard.
    pub speech_dbm0: Option<f32>,
    /// The part of the time in which somebody spoke, 0 to 1.
    pub activity: f32,
}

/// The meters of a span's lanes.
#[derive(Clone, Debug)]
pub struct Meter {
    level: Level,
    halves: Box<[Half; HALVES]>,
    rows: Box<Rows>,
}

/// Sixteen lanes.
#[derive(Clone, Debug)]
struct Half {
    /// Of this second so far: ticks, sum of squares, and largest magnitude.
    ticks: u32,
    squares: Row,
    peak: Row,
    /// Of the last whole second: mean square, and largest magnitude.
    mean: Row,
    last_peak: Row,
    /// Of all that counts: squares, as the sum of ticks' means, and ticks.
    energy: Row,
    heard: Row,
    /// Smoothed once and twice.
    envelope: [Row; 2],
    /// For each threshold the ticks that were active by it, and how many more its hangover lasts.
    active: [Row; THRESHOLDS],
    hangover: [Row; THRESHOLDS],
}

impl Meter {
    /// Meters that have heard nothing. Allocates all that they will ever need.
    #[expect(clippy::new_without_default, reason = "a default would hide what it allocates")]
    pub fn new() -> Meter {
        Meter::with_level(Level::new())
    }

    /// One for each set of vector instructions that this processor has. All of them read the same.
    pub fn of_every_level() -> Vec<Meter> {
        lanes::levels().into_iter().map(Meter::with_level).collect()
    }

    fn with_level(level: Level) -> Meter {
        let halves = Box::new(std::array::from_fn(|_| Half::NEW));
        Meter { level, halves, rows: Box::new([Row::QUIET; OCTETS_PER_TICK]) }
    }

    /// Takes a tick. Sixteen lanes of which none is active cost nothing; what is read of an idle lane means nothing.
    pub fn process(&mut self, octets: &[Octets; LANES], law: Law, active: u32) {
        for (number, half) in self.halves.iter_mut().enumerate() {
            if active >> (number * WIDTH) & 0xffff == 0 {
                continue;
            }
            let (octets, rows) = (&octets[number * WIDTH..][..WIDTH], &mut *self.rows);
            match law {
                Law::A => dispatch!(self.level, simd => take::<_, false>(simd, half, octets, rows)),
                Law::Mu => dispatch!(self.level, simd => take::<_, true>(simd, half, octets, rows)),
            }
        }
    }

    /// What was measured of a lane.
    pub fn reading(&self, lane: usize, law: Law) -> Reading {
        let (half, lane) = (&self.halves[lane / WIDTH % HALVES], lane % WIDTH);
        let rms = |square: f32| dbm0_of_rms(law, square.sqrt()).max(FLOOR_DBM0);
        let speech = half.speech(lane);
        Reading {
            rms_dbm0: rms(half.mean.0[lane]),
            peak_dbm0: rms(half.last_peak.0[lane].powi(2) / 2.0),
            speech_dbm0: speech.map(|(square, _)| rms(square)),
            activity: speech.map_or(0.0, |(_, activity)| activity),
        }
    }

    /// Forgets a lane.
    pub fn reset_lane(&mut self, lane: usize) {
        self.halves[lane / WIDTH % HALVES].rows_mut().for_each(|row| row.0[lane % WIDTH] = 0.0);
    }
}

impl Half {
    const NEW: Half = Half {
        ticks: 0,
        squares: Row::QUIET,
        peak: Row::QUIET,
        mean: Row::QUIET,
        last_peak: Row::QUIET,
        energy: Row::QUIET,
        heard: Row::QUIET,
        envelope: [Row::QUIET; 2],
        active: [Row::QUIET; THRESHOLDS],
        hangover: [Row::QUIET; THRESHOLDS],
    };

    fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        let single =
            [&mut self.squares, &mut self.peak, &mut self.mean, &mut self.last_peak, &mut self.energy, &mut self.heard];
        let kept = self.envelope.iter_mut().chain(&mut self.active).chain(&mut self.hangover);
        single.into_iter().chain(kept)
    }

    /// The mean square of a lane while it was active, and the part of the time in which it was: P.56, 5.2.2. By a higher
    /// threshold less is active, so its level is higher; the level sought is the one that lies the margin above the
    /// threshold by which it was found.
    fn speech(&self, lane: usize) -> Option<(f32, f32)> {
        let (energy, heard) = (self.energy.0[lane], self.heard.0[lane]);
        let above = |number: usize| {
            let ticks = self.active[number].0[lane];
            let level_db = 10.0 * (energy / ticks).log10();
            (ticks > 0.0).then(|| (level_db, level_db - db_of_ratio(threshold(number))))
        };
        // One threshold below whose level lies further above it than the margin, and the next, whose does not.
        let (mut below, mut found) = (above(0)?, None);
        for number in 1..THRESHOLDS {
            let Some(next) = above(number) else { break };
            if below.1 >= MARGIN_DB && next.1 < MARGIN_DB {
                let part = (below.1 - MARGIN_DB) / (below.1 - next.1);
                found = Some(below.0 + (next.0 - below.0) * part);
                break;
            }
            below = next;
        }
        let square = 10_f32.powf(found? / 10.0);
        Some((square, (energy / square / heard).min(1.0)))
    }
}

/// A threshold in linear samples.
fn threshold(number: usize) -> f32 {
    LOWEST_THRESHOLD * (1 << number) as f32
}

#[inline(always)]
fn take<S: Simd, const MU: bool>(simd: S, half: &mut Half, octets: &[Octets], rows: &mut Rows) {
    lanes::decode::<S, MU>(simd, octets, rows);
    let silence = f32x16::splat(simd, 0.0);
    let [mut squares, mut sum, mut peak] = [silence; 3];
    for row in rows.iter() {
        let value = row.load(simd);
        squares += value * value;
        sum += value.abs();
        peak = peak.max(value.abs());
    }
    add(simd, &mut half.squares, squares);
    half.peak.load(simd).max(peak).store_slice(&mut half.peak.0);
    second(simd, half);
    add(simd, &mut half.energy, squares * (1.0 / OCTETS_PER_TICK as f32));
    add(simd, &mut half.heard, f32x16::splat(simd, 1.0));
    activity(simd, half, sum * (1.0 / OCTETS_PER_TICK as f32));
    if half.heard.0.iter().any(|&heard| heard >= HALVED_TICKS) {
        halve(half);
    }
}

/// Ends a second.
#[inline(always)]
fn second<S: Simd>(simd: S, half: &mut Half) {
    half.ticks += 1;
    if half.ticks == TICKS {
        let samples = (TICKS as usize * OCTETS_PER_TICK) as f32;
        (half.squares.load(simd) * samples.recip()).store_slice(&mut half.mean.0);
        half.last_peak = half.peak;
        (half.ticks, half.squares, half.peak) = (0, Row::QUIET, Row::QUIET);
    }
}

/// P.56's envelope of the rectified signal, and by each threshold whether a lane is active.
#[inline(always)]
fn activity<S: Simd>(simd: S, half: &mut Half, mean: f32x16<S>) {
    let silence = f32x16::splat(simd, 0.0);
    let mut envelope = mean;
    for row in &mut half.envelope {
        envelope = row.load(simd) * SMOOTHING + envelope * (1.0 - SMOOTHING);
        envelope = envelope.simd_lt(FLOOR).select(silence, envelope);
        envelope.store_slice(&mut row.0);
    }
    for (number, (active, hangover)) in half.active.iter_mut().zip(&mut half.hangover).enumerate() {
        let loud = envelope.simd_ge(LOWEST_THRESHOLD * (1 << number) as f32);
        let left = loud.select(f32x16::splat(simd, HANGOVER_TICKS + 1.0), hangover.load(simd));
        let counts = left.simd_gt(0.0).select(f32x16::splat(simd, 1.0), silence);
        add(simd, active, counts);
        (left - counts).store_slice(&mut hangover.0);
    }
}

#[inline(always)]
fn add<S: Simd>(simd: S, row: &mut Row, value: f32x16<S>) {
    (row.load(simd) + value).store_slice(&mut row.0);
}

/// What was counts half: in lanes that have a short past it is as well known.
fn halve(half: &mut Half) {
    let sums = [&mut half.energy, &mut half.heard].into_iter().chain(&mut half.active);
    sums.for_each(|row| row.0.iter_mut().for_each(|value| *value *= 0.5));
}
