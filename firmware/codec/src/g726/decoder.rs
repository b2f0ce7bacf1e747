//! The decoder: what it shares with the encoder, then G.726 4.2.8 (COMPRESS, EXPAND and the re-encoding of SYNC), or Annex
//! A's LIMO.

use fearless_simd::{Level, Simd, dispatch, f32x16, i32x16, prelude::*, u32x16};
use frame::{Law, OCTETS_PER_TICK, Octets};

use super::{
    Codes, Rate, Samples,
    adaptation::{Estimate, State},
    encoder,
    quantizer::Quantizer,
};
use crate::lanes::{self, IntRow};

/// The decoders of up to sixteen channels of one rate.
#[derive(Clone, Debug)]
pub struct Decoder {
    level: Level,
    rate: Rate,
    state: Box<State>,
    ticks: Box<[IntRow; OCTETS_PER_TICK]>,
}

impl Decoder {
    /// Decoders at their reset values. They use the best vector instructions of this processor.
    pub fn new(rate: Rate) -> Decoder {
        Decoder::with_level(Level::new(), rate)
    }

    /// The same decoders once for each set of vector instructions that this processor has, the portable one first.
    pub fn of_every_level(rate: Rate) -> Vec<Decoder> {
        lanes::levels().into_iter().map(|level| Decoder::with_level(level, rate)).collect()
    }

    fn with_level(level: Level, rate: Rate) -> Decoder {
        Decoder { level, rate, state: Box::new(State::RESET), ticks: Box::new([IntRow::ZERO; OCTETS_PER_TICK]) }
    }

    /// One channel begins anew.
    pub fn reset(&mut self, channel: usize) {
        self.state.reset(channel);
    }

    /// Decodes a tick of codes into octets, a channel each. Of a code only the bits of the rate count.
    pub fn process(&mut self, law: Law, codes: &[Codes], octets: &mut [Octets]) {
        let quantizer = Quantizer::of(self.rate);
        lanes::gather(codes, &mut self.ticks, i32::from);
        match law {
            Law::A => {
                dispatch!(self.level, simd => to_law::<_, false>(simd, &mut self.state, quantizer, &mut self.ticks));
            }
            Law::Mu => {
                dispatch!(self.level, simd => to_law::<_, true>(simd, &mut self.state, quantizer, &mut self.ticks));
            }
        }
        lanes::scatter(&self.ticks, octets, |octet| octet as u8);
    }

    /// Decodes a tick of codes into linear samples.
    pub fn process_linear(&mut self, codes: &[Codes], samples: &mut [Samples]) {
        let quantizer = Quantizer::of(self.rate);
        lanes::gather(codes, &mut self.ticks, i32::from);
        dispatch!(self.level, simd => to_linear(simd, &mut self.state, quantizer, &mut self.ticks));
        lanes::scatter(&self.ticks, samples, |sample| sample as i16);
    }
}

/// Makes linear samples of codes, in their place.
#[inline(always)]
fn to_linear<S: Simd>(simd: S, state: &mut State, quantizer: &Quantizer, tick: &mut [IntRow; OCTETS_PER_TICK]) {
    for row in tick {
        let estimate = state.estimate(simd);
        let signal = state.adapt(&estimate, row.load(simd), quantizer);
        // LIMO; of 14 bits, 16.
        (signal.max(-8192).min(8191) << 2).store_slice(&mut row.0);
    }
}

/// Makes octets of codes, in their place.
#[inline(always)]
fn to_law<S: Simd, const MU: bool>(
    simd: S,
    state: &mut State,
    quantizer: &Quantizer,
    tick: &mut [IntRow; OCTETS_PER_TICK],
) {
    for row in tick {
        let estimate = state.estimate(simd);
        let code = row.load(simd);
        let signal = state.adapt(&estimate, code, quantizer);
        let octet = compressed::<S, MU>(signal);
        adjusted::<S, MU>(&estimate, code, octet, quantizer).store_slice(&mut row.0);
    }
}

/// COMPRESS. It differs from G.711's coding at ties: of a negative number A-law's is the inner interval, as ever in this
/// crate, and µ-law's is the outer one.
#[inline(always)]
fn compressed<S: Simd, const MU: bool>(signal: i32x16<S>) -> u32x16<S> {
    let sample = signal << 2;
    let sample = if MU { sample + (sample >> 31) } else { sample };
    // -32,768 has a sign and no magnitude: it is coded as the negative number next to zero, which is µ-law's -0.
    let sample = signal.simd_eq(-32_768).select(i32x16::splat(signal.simd, -1), sample);
    lanes::octets::<S, MU>(sample.to_float())
}

/// SYNC: if the octet would be encoded as another code than the one that it came from, then the next octet towards that
/// code is right.
#[inline(always)]
fn adjusted<S: Simd, const MU: bool>(
    estimate: &Estimate<S>,
    code: i32x16<S>,
    octet: u32x16<S>,
    quantizer: &Quantizer,
) -> i32x16<S> {
    let linear: f32x16<S> = lanes::linear::<S, MU>(octet);
    let again = encoder::code(estimate, linear.to_int::<i32x16<S>>() >> 2, quantizer);
    let (wanted, again) = (quantizer.order(code), quantizer.order(again));
    let one = i32x16::splat(code.simd, 1);
    let place = lanes::place::<S, MU>(octet);
    let up = lanes::kept(wanted.simd_gt(again), one);
    let down = lanes::kept(again.simd_gt(wanted), one);
    // From +0 of µ-law downwards, -0 is no step.
    let down = if MU { place.simd_eq(0).select(down + down, down) } else { down };
    lanes::octet_at::<S, MU>((place + up - down).max(-128).min(127)).bitcast()
}
