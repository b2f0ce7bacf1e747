//! The encoder: G.722 clause 5.

use fearless_simd::{Level, Simd, dispatch, i32x16, prelude::*};
use frame::{OCTETS_PER_TICK, Octets};

use super::{
    WideSamples,
    band::{self, Band, saturated},
    filter::Line,
    quantizer::{Q2, Q6},
};
use crate::lanes::{self, IntRow};

/// The encoders of up to sixteen channels.
#[derive(Clone, Debug)]
pub struct Encoder {
    level: Level,
    state: Box<State>,
}

#[derive(Clone, Debug)]
struct State {
    line: Line,
    low: Band,
    high: Band,
    octets: [IntRow; OCTETS_PER_TICK],
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl Encoder {
    /// Encoders at their reset values. They use the best vector instructions of this processor.
    pub fn new() -> Encoder {
        Encoder::with_level(Level::new())
    }

    /// The same encoders once for each set of vector instructions that this processor has, the portable one first.
    pub fn of_every_level() -> Vec<Encoder> {
        lanes::levels().into_iter().map(Encoder::with_level).collect()
    }

    fn with_level(level: Level) -> Encoder {
        let octets = [IntRow::ZERO; OCTETS_PER_TICK];
        let (low, high) = (Band::new(&band::LOW), Band::new(&band::HIGH));
        Encoder { level, state: Box::new(State { line: Line::ZERO, low, high, octets }) }
    }

    /// One channel begins anew.
    pub fn reset(&mut self, channel: usize) {
        self.state.line.reset(channel);
        self.state.low.reset(channel);
        self.state.high.reset(channel);
    }

    /// Encodes a tick of samples, a channel each; `octets` of the same channels.
    pub fn process(&mut self, samples: &[WideSamples], octets: &mut [Octets]) {
        lanes::gather_pairs(samples, self.state.line.tick());
        dispatch!(self.level, simd => kernel(simd, &mut self.state));
        lanes::scatter(&self.state.octets, octets, |octet| octet as u8);
    }
}

#[inline(always)]
fn kernel<S: Simd>(simd: S, state: &mut State) {
    for (at, octet) in state.octets.iter_mut().enumerate() {
        let (low, high) = state.line.apart(simd, at);
        let low = low_code(low, &state.low);
        let high = high_code(high, &state.high);
        state.low.adapt(low >> 2);
        state.high.adapt(high);
        (high << 6 | low).store_slice(&mut octet.0);
    }
    state.line.advance();
}

/// SUBTRA and QUANTL.
#[inline(always)]
fn low_code<S: Simd>(signal: i32x16<S>, band: &Band) -> i32x16<S> {
    let simd = signal.simd;
    let (difference, step) = (saturated(signal - band.estimate(simd)), band.step(simd));
    let negative = difference >> 31;
    let magnitude = difference ^ negative;
    let mut interval = i32x16::splat(simd, 1);
    let one = interval;
    for &decision in &Q6[1..] {
        interval += lanes::kept(magnitude.simd_ge((step * decision) >> 12), one);
    }
    // Codes go down from 61 for positive differences, for negative ones from 31; but the two smallest of these are 63 and 62.
    let highest = lanes::kept(interval.simd_le(2), i32x16::splat(simd, 30)) + 34;
    ((highest & negative) | (!negative & 62)) - interval
}

/// SUBTRA and QUANTH.
#[inline(always)]
fn high_code<S: Simd>(signal: i32x16<S>, band: &Band) -> i32x16<S> {
    let simd = signal.simd;
    let (difference, step) = (saturated(signal - band.estimate(simd)), band.step(simd));
    let negative = difference >> 31;
    let outer = lanes::kept((difference ^ negative).simd_ge((step * Q2) >> 12), i32x16::splat(simd, 1));
    (negative & -2) + 3 - outer
}
