//! What a line does to sound, measured by noise that is sent into it: what is heard when nobody speaks, and how much of what
//! goes out comes back.
//!
//! 8 kHz, G.711. A [`Tap`] takes what comes from a lane, in the media thread; all else is reckoned afterwards, wherever there
//! is time. Levels in dBm0, noise by a telephone's ear in dBm0p (ITU-T O.41). Nothing is measured against the moment at
//! which it was sent, so neither the delay of a line nor a crystal of its own matters.
//! Not here: what is good enough (`analog`); the delay of an echo.

mod echo_loss;
mod spectrum;
mod tap;

pub use echo_loss::EchoLoss;
pub use spectrum::{LoudTone, Spectrum};
pub use tap::Tap;

use codec::{encode, rms_of_dbm0};
use frame::{Law, OCTETS_PER_TICK};

/// How loud the noise is: what a line may carry for long (47 CFR 68.308: -9 dBm), less the 4 dB by which its peaks would else
/// be clipped by a card that amplifies.
pub const NOISE_DBM0: f32 = -13.0;

/// White noise of so many ticks, the same each time: what is sent is known, so its spectrum can be reckoned beforehand.
pub fn white_noise(law: Law, ticks: usize) -> Vec<u8> {
    // Of numbers between -1 and 1 the mean square is a third.
    let peak = rms_of_dbm0(law, NOISE_DBM0) * 3_f32.sqrt();
    let mut state = SEED;
    let octet = |_| {
        // xorshift32 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let part = state as f32 / u32::MAX as f32 * 2.0 - 1.0;
        encode(law, (part * peak) as i16)
    };
    (0..ticks * OCTETS_PER_TICK).map(octet).collect()
}

/// Any number but 0.
const SEED: u32 = 0x2f6e_2b1d;
