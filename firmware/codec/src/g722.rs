//! G.722: 7 kHz of audio in 64 kbit/s, of sixteen channels at once.
//!
//! Source: ITU-T G.722 (11/88), clauses 5 and 6, block by block under the names of the blocks. 16 kHz, 16 bits, of which
//! the standard speaks as 14 and a scale; a tick is 160 samples and 80 octets. An octet holds the code of the upper band in
//! its highest 2 bits and that of the lower in the other 6, the last one or two of which data may take the place of: so
//! modes 2 and 3 are the decoder's affair alone. The two filters together delay by 22 samples, 1.4 ms.
//!
//! A recursion of integers that saturate at 16 bits: a lane a channel, as in [`crate::lanes`], and every set of
//! instructions gives the same bits. Integers need no floor. Reset values (5.2, 6.2): DETL 32, DETH 8, all else 0.
//!
//! Nobody in the box speaks G.722 yet: trunks and recordings are G.711. It waits for legs over IP.
//! Not here: putting data into an octet and taking it out; G.722.1 and G.722.2, which are other codes.

mod band;
mod decoder;
mod encoder;
mod filter;
mod quantizer;

pub use decoder::{Decoder, Mode};
pub use encoder::Encoder;
use frame::OCTETS_PER_TICK;

/// A tick of a channel at 16 kHz.
pub type WideSamples = [i16; 2 * OCTETS_PER_TICK];
