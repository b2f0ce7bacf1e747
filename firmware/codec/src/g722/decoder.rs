//! The decoder: G.722 clause 6.

use fearless_simd::{Level, Simd, dispatch, i32x16, prelude::*};
use frame::{OCTETS_PER_TICK, Octets};

use super::{
    WideSamples,
    band::{self, Band, limited, saturated},
    filter::{self, Line},
    quantizer::{FIVE, FOUR, Levels, SIX},
};
use crate::lanes::{self, IntRow};

/// How much of an octet is audio (1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Mode 1: 64 kbit/s, all of it.
    Kbit64,
    /// Mode 2: 56 kbit/s. The lowest bit is data, and is not looked at.
    Kbit56,
    /// Mode 3: 48 kbit/s. The two lowest bits are data.
    Kbit48,
}

impl Mode {
    /// All of them.
    pub const ALL: [Mode; 3] = [Mode::Kbit64, Mode::Kbit56, Mode::Kbit48];

    fn levels(self) -> &'static Levels {
        match self {
            Mode::Kbit64 => &SIX,
            Mode::Kbit56 => &FIVE,
            Mode::Kbit48 => &FOUR,
        }
    }
}

/// The decoders of up to sixteen channels of one mode.
#[derive(Clone, Debug)]
pub struct Decoder {
    level: Level,
    mode: Mode,
    state: Box<State>,
}

#[derive(Clone, Debug)]
struct State {
    line: Line,
    low: Band,
    high: Band,
    tick: [IntRow; OCTETS_PER_TICK],
}

impl Decoder {
    /// Decoders at their reset values. They use the best vector instructions of this processor.
    pub fn new(mode: Mode) -> Decoder {
        Decoder::with_level(Level::new(), mode)
    }

    /// The same decoders once for each set of vector instructions that this processor has, the portable one first.
    pub fn of_every_level(mode: Mode) -> Vec<Decoder> {
        lanes::levels().into_iter().map(|level| Decoder::with_level(level, mode)).collect()
    }

    fn with_level(level: Level, mode: Mode) -> Decoder {
        let tick = [IntRow::ZERO; OCTETS_PER_TICK];
        let (low, high) = (Band::new(&band::LOW), Band::new(&band::HIGH));
        Decoder { level, mode, state: Box::new(State { line: Line::ZERO, low, high, tick }) }
    }

    /// Another mode from the next tick on: the predictors do not know of it.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// One channel begins anew.
    pub fn reset(&mut self, channel: usize) {
        self.state.line.reset(channel);
        self.state.low.reset(channel);
        self.state.high.reset(channel);
    }

    /// Decodes a tick of octets, a channel each; `samples` of the same channels.
    pub fn process(&mut self, octets: &[Octets], samples: &mut [WideSamples]) {
        lanes::gather(octets, &mut self.state.tick, i32::from);
        let levels = self.mode.levels();
        dispatch!(self.level, simd => kernel(simd, &mut self.state, levels));
        lanes::scatter_pairs(&self.state.tick, samples);
    }
}

/// Makes pairs of samples of octets, in their place.
#[inline(always)]
fn kernel<S: Simd>(simd: S, state: &mut State, levels: &Levels) {
    for (at, row) in state.tick.iter_mut().enumerate() {
        let octet = row.load(simd);
        let code = octet & 63;
        let low = limited(saturated(state.low.estimate(simd) + difference(code, &state.low, levels)));
        state.low.adapt(code >> 2);
        let high = limited(state.high.adapt((octet >> 6) & 3));
        state.line.put(at, filter::pair(low + high, low - high));
        state.line.together(simd, at).store_slice(&mut row.0);
    }
    state.line.advance();
}

/// INVQBL: by as many bits as the mode has.
#[inline(always)]
fn difference<S: Simd>(code: i32x16<S>, band: &Band, levels: &Levels) -> i32x16<S> {
    let simd = code.simd;
    let [low, high] = [levels.0[0].load(simd), levels.0[1].load(simd)];
    let word = code >> 1;
    let pair = code.simd_ge(32).select(lanes::looked_up(high, word & 15), lanes::looked_up(low, word & 15));
    // The lower half of odd codes goes out below, the upper half of even ones above.
    let level = (pair << ((!code & 1) << 4)) >> 16;
    (band.step(simd) * level) >> 15
}
