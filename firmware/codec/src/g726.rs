//! G.726: ADPCM at 40, 32, 24 and 16 kbit/s, of sixteen channels at once.
//!
//! Source: ITU-T G.726 (12/90), clause 4, block by block under the names of the blocks; Annex A (11/94) and its
//! corrigendum 1 (05/2005) for samples that are not of a law. 8 kHz; a tick is 80 samples, a code is 2 to 5 bits. No delay.
//! An octet of a law goes in and, in the decoder, one comes out through the synchronous coding adjustment (4.2.8): codes
//! that are decoded to octets and encoded again, step after step, stay what they were.
//!
//! A recursion of integers, so along a channel nothing can be done at once; across channels everything can: a lane a
//! channel, as in [`crate::lanes`]. Integers of 16 bits wrap where the standard says so, and nothing is rounded twice:
//! every set of instructions gives the same bits. An integer has no subnormal numbers and no NaN, so there is no floor.
//!
//! Reset values (4.2, "reset value" of the DELAY blocks): YU 544, YL 34,816, DQ and SR 32 in floating point, which is
//! zero with a leading one, all else 0.
//!
//! Nobody in the box speaks G.726 yet: trunks and recordings are G.711. It waits for legs over IP.
//! Not here: G.721 and G.723 of 1988, which are other codes; G.727.

mod adaptation;
mod decoder;
mod encoder;
mod packing;
mod quantizer;

pub use decoder::Decoder;
pub use encoder::Encoder;
use frame::OCTETS_PER_TICK;
pub use packing::Packing;

/// A tick of a channel, linear: 16 bits, of which the standard takes and gives the upper 14.
pub type Samples = [i16; OCTETS_PER_TICK];

/// A tick of a channel, coded: one code an octet, in its lowest bits.
pub type Codes = [u8; OCTETS_PER_TICK];

/// How many bits a sample becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rate {
    /// 16 kbit/s: 2 bits.
    Kbit16,
    /// 24 kbit/s: 3 bits.
    Kbit24,
    /// 32 kbit/s: 4 bits.
    Kbit32,
    /// 40 kbit/s: 5 bits.
    Kbit40,
}

impl Rate {
    /// All of them.
    pub const ALL: [Rate; 4] = [Rate::Kbit16, Rate::Kbit24, Rate::Kbit32, Rate::Kbit40];

    /// Bits of a code.
    pub const fn bits(self) -> u32 {
        match self {
            Rate::Kbit16 => 2,
            Rate::Kbit24 => 3,
            Rate::Kbit32 => 4,
            Rate::Kbit40 => 5,
        }
    }

    /// Octets that a tick of codes fills: [`Packing`].
    pub const fn octets_per_tick(self) -> usize {
        OCTETS_PER_TICK / 8 * self.bits() as usize
    }

    /// The bits of a code.
    const fn mask(self) -> u64 {
        (1 << self.bits()) - 1
    }
}
