//! Noise reduction of sixteen lanes at once: lowers what goes on steadily behind a voice, and leaves the voice.
//!
//! Each 10 ms the spectrum of the last 16 ms is taken, 62.5 Hz apart. The noise of each bin is tracked by how probable
//! speech is in it (T. Gerkmann and R. C. Hendriks, "Unbiased MMSE-based noise power estimation with low complexity and
//! low tracking delay", IEEE Transactions on Audio, Speech and Language Processing 20(4), 2012). The gain is Wiener's, by
//! a signal-to-noise ratio that is carried on from the frame before (Y. Ephraim and D. Malah, 1984, "decision-directed":
//! no musical tones), and has a floor: what is left of the noise sounds like it, and tells that the line is alive.
//!
//! 8 kHz, linear samples of 16 bits. Adds 6 ms: the overlap of two frames. Not here: who wants it (`settings`).

mod fourier;

use std::f64::consts::PI;

use codec::lanes::{Row, Rows, WIDTH};
use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*, u32x16};
use frame::OCTETS_PER_TICK;

use fourier::{BINS, FRAME, Spectrum, Turns};

/// Samples by which a frame overlaps the next: the delay, 6 ms.
pub const OVERLAP: usize = FRAME - OCTETS_PER_TICK;

/// The most that is taken off a bin: 14 dB. More makes speech thin and pauses dead.
const GAIN_FLOOR: f32 = 0.2;
/// How much of the last frame's signal-to-noise ratio is carried on. 0.98 is usual, and takes 1 to 2 dB more of a voice.
const CARRIED: f32 = 0.94;
/// What a bin's signal-to-noise ratio is at least: -20 dB.
const RATIO_FLOOR: f32 = 0.01;
/// How slowly noise is followed: within 0.4 s. Gerkmann and Hendriks have 0.8 at 16 ms, five times as fast; in frames as
/// short as these it takes voiced sounds for noise (docs/figures.md).
const FOLLOW: f32 = 0.975;
/// The signal-to-noise ratio of speech where there is some: 15 dB (table I).
const SPEECH_RATIO: f32 = 31.62;
/// Of the probability of speech this much is carried on, and where that stays above the limit, noise has risen: nothing
/// that is said sounds on one frequency for seconds. It is taken for less until it is known (section V; there 0.9, 0.99
/// and 0.99).
const PROBABLE: f32 = 0.98;
const PROBABLE_LIMIT: f32 = 0.97;
const PROBABLE_RISEN: f32 = 0.9;
/// The least power of noise in a bin: G.711's own at the bottom of its scale. A lane begins with it.
const NOISE_FLOOR: f32 = 500.0;
/// Powers below this are nothing; far above subnormal numbers.
const FLOOR: f32 = 1e-6;

/// The reducers of sixteen lanes.
#[derive(Clone, Debug)]
pub struct Reducer {
    level: Level,
    tables: Tables,
    state: State,
    work: Box<[Spectrum; 2]>,
    resets: u64,
}

#[derive(Clone, Debug)]
struct Tables {
    turns: Turns,
    /// The rise of the window; its fall is the same the other way round, and between them it is 1.
    rise: [f32; OVERLAP],
}

#[derive(Clone, Debug)]
struct State {
    /// The last samples that came, and what the last frame leaves to be added to the next.
    before: Box<[Row; OVERLAP]>,
    after: Box<[Row; OVERLAP]>,
    bins: Box<[Bin; BINS]>,
}

/// What is known of a frequency.
#[derive(Clone, Copy, Debug)]
struct Bin {
    /// The power of its noise.
    noise: Row,
    /// The power of the speech in the last frame.
    speech: Row,
    /// The probability of speech, smoothed.
    probable: Row,
}

impl Bin {
    const NEW: Bin = Bin { noise: Row([NOISE_FLOOR; WIDTH]), speech: Row::QUIET, probable: Row([1.0; WIDTH]) };
}

impl Reducer {
    /// Reducers that have heard nothing. Allocates all that they will ever need.
    #[expect(clippy::new_without_default, reason = "a default would hide what it allocates")]
    pub fn new() -> Reducer {
        Reducer::with_level(Level::new())
    }

    /// One for each set of vector instructions that this processor has. All of them make the same samples.
    pub fn of_every_level() -> Vec<Reducer> {
        codec::lanes::levels().into_iter().map(Reducer::with_level).collect()
    }

    pub(crate) fn with_level(level: Level) -> Reducer {
        let part = |n: usize| (PI / 2.0 * (n as f64 + 0.5) / OVERLAP as f64).sin() as f32;
        let tables = Tables { turns: Turns::new(), rise: std::array::from_fn(part) };
        let quiet = || Box::new([Row::QUIET; OVERLAP]);
        let state = State { before: quiet(), after: quiet(), bins: Box::new([Bin::NEW; BINS]) };
        Reducer { level, tables, state, work: Box::new([Spectrum::QUIET; 2]), resets: 0 }
    }

    /// Takes a tick; what comes out is [`OVERLAP`] samples old. A lane in which something is no number is begun anew.
    pub fn process(&mut self, rows: &mut Rows) {
        let Reducer { tables, state, work, .. } = self;
        let broken = dispatch!(self.level, simd => reduce(simd, tables, state, work, rows));
        for lane in (0..WIDTH).filter(|lane| broken >> lane & 1 == 1) {
            self.reset_lane(lane);
            rows.iter_mut().for_each(|row| row.0[lane] = 0.0);
            self.resets += 1;
        }
    }

    /// Forgets a lane.
    pub fn reset_lane(&mut self, lane: usize) {
        self.state.before.iter_mut().chain(&mut *self.state.after).for_each(|row| row.0[lane] = 0.0);
        for Bin { noise, speech, probable } in &mut *self.state.bins {
            (noise.0[lane], speech.0[lane], probable.0[lane]) = (NOISE_FLOOR, 0.0, 1.0);
        }
    }

    /// Lanes that were begun anew because something was no number.
    pub fn resets(&self) -> u64 {
        self.resets
    }
}

/// One frame of all lanes; the lanes in which something is no number, as bits.
#[inline(always)]
fn reduce<S: Simd>(simd: S, tables: &Tables, state: &mut State, work: &mut [Spectrum; 2], rows: &mut Rows) -> u64 {
    let [pairs, spectrum] = work;
    window(simd, tables, state, rows, pairs);
    fourier::forward(simd, &tables.turns, pairs, spectrum);
    let mut sum = state.after[0].load(simd);
    for row in &state.after[1..] {
        sum += row.load(simd);
    }
    for (bin, (re, im)) in state.bins.iter_mut().zip(spectrum.re.iter_mut().zip(&mut spectrum.im)) {
        let power = power(simd, re, im);
        sum += power + bin.noise.load(simd) + bin.speech.load(simd) + bin.probable.load(simd);
        let gain = gain(simd, bin, power);
        (re.load(simd) * gain).store_slice(&mut re.0);
        (im.load(simd) * gain).store_slice(&mut im.0);
    }
    fourier::backward(simd, &tables.turns, spectrum, pairs);
    overlap(simd, tables, state, pairs, rows);
    !sum.abs().simd_lt(f32::INFINITY).to_bitmask() & 0xffff
}

/// The frame that ends with this tick, times the window, in pairs.
#[inline(always)]
fn window<S: Simd>(simd: S, tables: &Tables, state: &mut State, rows: &Rows, pairs: &mut Spectrum) {
    for at in 0..FRAME {
        let sample = if at < OVERLAP { &state.before[at] } else { &rows[at - OVERLAP] };
        let weighted = sample.load(simd) * weight(tables, at);
        let half = if at.is_multiple_of(2) { &mut pairs.re } else { &mut pairs.im };
        weighted.store_slice(&mut half[at / 2].0);
    }
    state.before.copy_from_slice(&rows[OCTETS_PER_TICK - OVERLAP..]);
}

/// Adds the frame to what the last one left; the first tick of it is ready.
#[inline(always)]
fn overlap<S: Simd>(simd: S, tables: &Tables, state: &mut State, pairs: &Spectrum, rows: &mut Rows) {
    for at in 0..FRAME {
        let half = if at.is_multiple_of(2) { &pairs.re } else { &pairs.im };
        let mut sample = half[at / 2].load(simd) * (weight(tables, at) / (FRAME / 2) as f32);
        if at < OVERLAP {
            sample += state.after[at].load(simd);
        }
        match at.checked_sub(OCTETS_PER_TICK) {
            None => sample.store_slice(&mut rows[at].0),
            Some(left) => sample.store_slice(&mut state.after[left].0),
        }
    }
}

/// The window: a quarter of a sine up and down, so that its squares add up to 1 where two frames overlap.
#[inline(always)]
fn weight(tables: &Tables, at: usize) -> f32 {
    if at < OVERLAP {
        tables.rise[at]
    } else if at < OCTETS_PER_TICK {
        1.0
    } else {
        tables.rise[FRAME - 1 - at]
    }
}

#[inline(always)]
fn power<S: Simd>(simd: S, re: &Row, im: &Row) -> f32x16<S> {
    let (re, im) = (re.load(simd), im.load(simd));
    re * re + im * im
}

/// Follows the noise of a bin, and its gain by it.
#[inline(always)]
fn gain<S: Simd>(simd: S, bin: &mut Bin, power: f32x16<S>) -> f32x16<S> {
    let noise = follow(simd, bin, power);
    let beyond = (power / noise - 1.0).max(0.0);
    let ratio = (bin.speech.load(simd) / noise * CARRIED + beyond * (1.0 - CARRIED)).max(RATIO_FLOOR);
    let gain = (ratio / (ratio + 1.0)).max(GAIN_FLOOR);
    let speech = gain * gain * power;
    let silence = f32x16::splat(simd, 0.0);
    speech.simd_lt(FLOOR).select(silence, speech).store_slice(&mut bin.speech.0);
    gain
}

/// The noise of a bin, once this frame's power is known: the more of it the less probable it is that there is speech.
#[inline(always)]
fn follow<S: Simd>(simd: S, bin: &mut Bin, power: f32x16<S>) -> f32x16<S> {
    let noise = bin.noise.load(simd);
    let odds = exponential(simd, power / noise * (-SPEECH_RATIO / (1.0 + SPEECH_RATIO)));
    let one = f32x16::splat(simd, 1.0);
    let probable = one / (odds * (1.0 + SPEECH_RATIO) + 1.0);
    let smoothed = bin.probable.load(simd) * PROBABLE + probable * (1.0 - PROBABLE);
    smoothed.store_slice(&mut bin.probable.0);
    let probable = smoothed.simd_gt(PROBABLE_LIMIT).select(probable.min(PROBABLE_RISEN), probable);
    let expected = noise * probable + power * (one - probable);
    let noise = (noise * FOLLOW + expected * (1.0 - FOLLOW)).max(NOISE_FLOOR);
    noise.store_slice(&mut bin.noise.0);
    noise
}

/// e to the power of a number that is not positive, to six digits: the whole part of the power of 2 is an exponent, the
/// rest a series. Below e^-60 it is that.
#[inline(always)]
fn exponential<S: Simd>(simd: S, power: f32x16<S>) -> f32x16<S> {
    // Floats of this size have no fraction: adding it rounds.
    const WHOLE: f32 = 12_582_912.0;
    let of_two = power.max(-60.0) * std::f32::consts::LOG2_E;
    let shifted = of_two + WHOLE;
    let rest = (of_two - (shifted - WHOLE)) * std::f32::consts::LN_2;
    let mut series = f32x16::splat(simd, 1.0 / 720.0);
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = series * rest + factor;
    }
    let exponent: u32x16<S> = shifted.bitcast::<u32x16<S>>() << 23;
    (series.bitcast::<u32x16<S>>() + exponent).bitcast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_to_a_power_is_right_to_six_digits() {
        for level in codec::lanes::levels() {
            for power in 0..6000 {
                let power = -f64::from(power) / 100.0;
                let mut row = Row::QUIET;
                dispatch!(level, simd => {
                    exponential(simd, f32x16::splat(simd, power as f32)).store_slice(&mut row.0);
                });
                assert!((f64::from(row.0[5]) / power.exp() - 1.0).abs() < 1e-5, "{power}: {}", row.0[5]);
            }
        }
    }

    #[test]
    fn a_lane_that_is_no_number_is_begun_anew_and_counted_and_its_neighbours_go_on() {
        for mut reducer in Reducer::of_every_level() {
            let mut healthy = reducer.clone();
            let tick = [Row([1000.0; WIDTH]); OCTETS_PER_TICK];
            reducer.state.bins[7].noise.0[3] = f32::NAN;
            for _ in 0..10 {
                let (mut rows, mut expected) = (tick, tick);
                reducer.process(&mut rows);
                healthy.process(&mut expected);
                let lane = |rows: &Rows, lane: usize| rows.map(|row| row.0[lane]);
                assert_eq!(lane(&rows, 2), lane(&expected, 2));
                assert!(lane(&rows, 3).iter().all(|sample| sample.is_finite()));
            }
            assert_eq!(reducer.resets(), 1);
        }
    }
}
