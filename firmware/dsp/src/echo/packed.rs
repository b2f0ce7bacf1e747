//! Spectra in half the room: both parts of a number in one word, as the upper halves of their floats (bfloat16).
//!
//! Eight bits of mantissa leave a trace 55 dB below each number, and G.711's own noise is at 38: what is kept so are the
//! far party's spectra and the foreground's, which nothing is added to. What learns is kept in full.

use codec::lanes::WIDTH;
use fearless_simd::{Simd, prelude::*, u32x16};

use super::fourier::{BINS, Complex};

/// A number a lane: the real part above, the imaginary part below.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Word(pub(super) [u32; WIDTH]);

/// A spectrum in half the room.
pub(super) type Packed = [Word; BINS];

/// The part of a word that is the real part.
const UPPER: u32 = 0xffff_0000;
/// Half of what is cut off: adding it rounds.
const HALF: u32 = 0x8000;

impl Word {
    pub(super) const QUIET: Word = Word([0; WIDTH]);

    #[inline(always)]
    pub(super) fn load<S: Simd>(&self, simd: S) -> u32x16<S> {
        u32x16::from_slice(simd, &self.0)
    }

    #[inline(always)]
    pub(super) fn store<S: Simd>(&mut self, word: u32x16<S>) {
        word.store_slice(&mut self.0);
    }
}

#[inline(always)]
pub(super) fn pack<S: Simd>(number: Complex<S>) -> u32x16<S> {
    let (re, im) = (number.re.bitcast::<u32x16<S>>() + HALF, number.im.bitcast::<u32x16<S>>() + HALF);
    re & UPPER | im >> 16
}

#[inline(always)]
pub(super) fn unpack<S: Simd>(word: u32x16<S>) -> Complex<S> {
    Complex { re: (word & UPPER).bitcast(), im: (word << 16).bitcast() }
}
