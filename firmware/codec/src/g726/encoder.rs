//! The encoder: G.726 4.2.1 (EXPAND, SUBTA) and 4.2.2 (LOG, SUBTB, QUAN), then what it shares with the decoder.

use fearless_simd::{Level, Simd, dispatch, i32x16, prelude::*};
use frame::{Law, OCTETS_PER_TICK, Octets};

use super::{
    Codes, Rate, Samples,
    adaptation::{Estimate, State, logarithm},
    quantizer::Quantizer,
};
use crate::{
    decode_table,
    lanes::{self, IntRow},
};

/// The encoders of up to sixteen channels of one rate.
#[derive(Clone, Debug)]
pub struct Encoder {
    level: Level,
    rate: Rate,
    state: Box<State>,
    ticks: Box<[IntRow; OCTETS_PER_TICK]>,
}

impl Encoder {
    /// Encoders at their reset values. They use the best vector instructions of this processor.
    pub fn new(rate: Rate) -> Encoder {
        Encoder::with_level(Level::new(), rate)
    }

    /// The same encoders once for each set of vector instructions that this processor has, the portable one first.
    pub fn of_every_level(rate: Rate) -> Vec<Encoder> {
        lanes::levels().into_iter().map(|level| Encoder::with_level(level, rate)).collect()
    }

    fn with_level(level: Level, rate: Rate) -> Encoder {
        Encoder { level, rate, state: Box::new(State::RESET), ticks: Box::new([IntRow::ZERO; OCTETS_PER_TICK]) }
    }

    /// One channel begins anew.
    pub fn reset(&mut self, channel: usize) {
        self.state.reset(channel);
    }

    /// Encodes a tick of octets, a channel each; `codes` of the same channels.
    pub fn process(&mut self, law: Law, octets: &[Octets], codes: &mut [Codes]) {
        let table = decode_table(law);
        lanes::gather(octets, &mut self.ticks, |octet| i32::from(table[usize::from(octet)]));
        self.encode(codes);
    }

    /// Encodes a tick of linear samples.
    pub fn process_linear(&mut self, samples: &[Samples], codes: &mut [Codes]) {
        lanes::gather(samples, &mut self.ticks, i32::from);
        self.encode(codes);
    }

    fn encode(&mut self, codes: &mut [Codes]) {
        let quantizer = Quantizer::of(self.rate);
        dispatch!(self.level, simd => kernel(simd, &mut self.state, quantizer, &mut self.ticks));
        lanes::scatter(&self.ticks, codes, |code| code as u8);
    }
}

/// Makes codes of samples, in their place.
#[inline(always)]
fn kernel<S: Simd>(simd: S, state: &mut State, quantizer: &Quantizer, tick: &mut [IntRow; OCTETS_PER_TICK]) {
    for row in tick {
        let estimate = state.estimate(simd);
        // Of 16 bits, 14: both laws' values end in two zeros.
        let code = code(&estimate, row.load(simd) >> 2, quantizer);
        state.adapt(&estimate, code, quantizer);
        code.store_slice(&mut row.0);
    }
}

/// SUBTA, LOG, SUBTB and QUAN. In the decoder too, where it encodes again.
#[inline(always)]
pub(super) fn code<S: Simd>(estimate: &Estimate<S>, sample: i32x16<S>, quantizer: &Quantizer) -> i32x16<S> {
    let difference = sample - estimate.signal;
    quantizer.code(logarithm(difference.abs()) - (estimate.scale >> 2), difference)
}
