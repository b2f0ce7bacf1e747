//! Sends a message as a modem does: EN 300 659-1, GR-30-CORE.
//!
//! 1,200 bit/s, phase-continuous: 300 bits of alternating zero and one (channel seizure), 180 ones, then each octet
//! as a zero, eight bits from the lowest, and a one; ten ones at the end. -13.5 dBm0. An E1's 8,000 samples a second
//! are 6⅔ a bit: the bit clock is counted in bits of 8,000ths of a second, so no bit drifts.

use codec::{encode, sine_peak_of_dbm0};
use frame::{Law, Octets};

use super::{CallerId, Modem, Signal, message};
use crate::{
    sine::{Oscillator, SAMPLE_RATE_HZ},
    tone::Playing,
};

const BITS_PER_SECOND: u32 = 1_200;
const SEIZURE_BITS: usize = 300;
const MARK_BITS: usize = 180;
/// In a talk there is no channel seizure, and 80 ± 25 ones: EN 300 659-2, GR-30-CORE.
const MARK_BITS_IN_TALK: usize = 80;
/// Ones after the last octet, so that its stop bit is heard through the receiver's filter.
const TRAILING_BITS: usize = 10;
const BITS_PER_OCTET: usize = 10;
const LEVEL_DBM0: f32 = -13.5;

/// Sends one message.
#[derive(Clone, Debug)]
pub struct Generator {
    modem: Modem,
    law: Law,
    octets: Vec<u8>,
    seizure_bits: usize,
    mark_bits: usize,
    sine: Oscillator,
    /// The bit being sent.
    bit: usize,
    /// How far into the bit, in 8,000ths of a bit's samples: a bit is full at [`SAMPLE_RATE_HZ`].
    into_bit: u32,
}

impl Generator {
    /// Sends `caller` from the channel seizure on.
    pub fn new(caller: &CallerId, signal: Signal, law: Law) -> Generator {
        let octets = caller.emit(signal.format, signal.charset);
        Generator::with(octets, signal.modem, law, (SEIZURE_BITS, MARK_BITS))
    }

    /// Sends whether messages wait, from the channel seizure on.
    pub fn of_messages(waiting: bool, modem: Modem, law: Law) -> Generator {
        Generator::with(message::messages_waiting(waiting), modem, law, (SEIZURE_BITS, MARK_BITS))
    }

    /// Sends `caller` to a telephone that has acknowledged the alerting signal in a talk.
    pub fn in_talk(caller: &CallerId, signal: Signal, law: Law) -> Generator {
        let octets = caller.emit(signal.format, signal.charset);
        Generator::with(octets, signal.modem, law, (0, MARK_BITS_IN_TALK))
    }

    fn with(octets: Vec<u8>, modem: Modem, law: Law, (seizure_bits, mark_bits): (usize, usize)) -> Generator {
        let sine = Oscillator::new(modem.mark_hz(), sine_peak_of_dbm0(law, LEVEL_DBM0));
        Generator { modem, law, octets, seizure_bits, mark_bits, sine, bit: 0, into_bit: 0 }
    }

    /// From the beginning again.
    pub fn reset(&mut self) {
        self.bit = 0;
        self.into_bit = 0;
    }

    /// How long the message is in milliseconds, rounded up.
    pub fn length_ms(&self) -> u32 {
        (self.bits() as u32 * 1000).div_ceil(BITS_PER_SECOND)
    }

    /// Fills one tick; silence after the message.
    pub fn process(&mut self, octets: &mut Octets) -> Playing {
        for octet in octets {
            *octet = self.next_octet();
        }
        if self.bit < self.bits() { Playing::Yes } else { Playing::Ended }
    }

    fn next_octet(&mut self) -> u8 {
        let Some(one) = self.bit_at(self.bit) else { return self.law.silence() };
        let modem = self.modem;
        self.sine.retune(if one { modem.mark_hz() } else { modem.space_hz() });
        let sample = self.sine.next_sample();
        self.into_bit += BITS_PER_SECOND;
        if self.into_bit >= SAMPLE_RATE_HZ {
            self.into_bit -= SAMPLE_RATE_HZ;
            self.bit += 1;
        }
        encode(self.law, sample.round_ties_even() as i16)
    }

    fn bits(&self) -> usize {
        self.seizure_bits + self.mark_bits + self.octets.len() * BITS_PER_OCTET + TRAILING_BITS
    }

    /// Whether a bit is a one; `None` after the last.
    fn bit_at(&self, bit: usize) -> Option<bool> {
        let Some(after_seizure) = bit.checked_sub(self.seizure_bits) else { return Some(bit % 2 == 1) };
        let Some(in_message) = after_seizure.checked_sub(self.mark_bits) else { return Some(true) };
        match self.octets.get(in_message / BITS_PER_OCTET) {
            Some(octet) => Some(match in_message % BITS_PER_OCTET {
                0 => false,
                9 => true,
                place => octet >> (place - 1) & 1 == 1,
            }),
            None => (bit < self.bits()).then_some(true),
        }
    }
}
