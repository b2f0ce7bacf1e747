//! Codes in octets, as they go over a network.
//!
//! A tick is 80 codes, so it fills whole octets at every rate: 20, 30, 40 or 50.

use super::{Codes, Rate};

/// Codes that fill whole octets at every rate: as many octets as a code has bits.
const GROUP: usize = 8;

/// Which end of an octet the first code takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// The least significant: RFC 3551 4.5.4, media types `G726-16` to `G726-40`.
    Rtp,
    /// The most significant: ITU-T I.366.2 Annex E, which is AAL2; media types `AAL2-G726-16` to `AAL2-G726-40`.
    Aal2,
}

impl Packing {
    /// Packs a tick into `octets`, of which there must be [`Rate::octets_per_tick`].
    pub fn pack(self, rate: Rate, codes: &Codes, octets: &mut [u8]) {
        assert_eq!(octets.len(), rate.octets_per_tick(), "a packed tick has as many octets as its rate says");
        let bits = rate.bits() as usize;
        for (codes, octets) in codes.chunks_exact(GROUP).zip(octets.chunks_exact_mut(bits)) {
            let mut word = 0;
            for (at, &code) in codes.iter().enumerate() {
                word |= (u64::from(code) & rate.mask()) << self.shift(at, bits);
            }
            match self {
                Packing::Rtp => octets.copy_from_slice(&word.to_le_bytes()[..bits]),
                Packing::Aal2 => octets.copy_from_slice(&word.to_be_bytes()[8 - bits..]),
            }
        }
    }

    /// Takes a tick from `octets`, of which there must be [`Rate::octets_per_tick`].
    pub fn unpack(self, rate: Rate, octets: &[u8], codes: &mut Codes) {
        assert_eq!(octets.len(), rate.octets_per_tick(), "a packed tick has as many octets as its rate says");
        let bits = rate.bits() as usize;
        for (codes, octets) in codes.chunks_exact_mut(GROUP).zip(octets.chunks_exact(bits)) {
            let word = match self {
                Packing::Rtp => octets.iter().rev().fold(0, pushed),
                Packing::Aal2 => octets.iter().fold(0, pushed),
            };
            for (at, code) in codes.iter_mut().enumerate() {
                *code = ((word >> self.shift(at, bits)) & rate.mask()) as u8;
            }
        }
    }

    /// Where in the word of a group its `at`th code lies.
    const fn shift(self, at: usize, bits: usize) -> usize {
        match self {
            Packing::Rtp => at * bits,
            Packing::Aal2 => (GROUP - 1 - at) * bits,
        }
    }
}

fn pushed(word: u64, &octet: &u8) -> u64 {
    word << 8 | u64::from(octet)
}
