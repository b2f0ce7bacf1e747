//! Sends DTMF digits: ETSI ES 201 235-2, ITU-T Q.23.
//!
//! Exact to the sample: both sines of a digit begin at zero, last `on_ms`, and are followed by `off_ms` of silence,
//! after the last digit too. Frequencies are exact (limit ±1.5 %).

use std::collections::VecDeque;

use codec::{encode, sine_peak_of_dbm0};
use frame::{Law, Octets};

use super::DtmfDigit;
use crate::{sine::Oscillator, tone::Playing};

const SAMPLES_PER_MS: u32 = 8;

/// How digits are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Length of a digit in milliseconds.
    pub on_ms: u16,
    /// Length of the silence after a digit in milliseconds.
    pub off_ms: u16,
    /// Level of the row's sine in dBm0.
    pub low_dbm0: f32,
    /// Level of the column's sine in dBm0.
    pub high_dbm0: f32,
}

/// Sends a string of digits.
#[derive(Clone, Debug)]
pub struct Generator {
    timing: Timing,
    law: Law,
    waiting: VecDeque<DtmfDigit>,
    low: Oscillator,
    high: Oscillator,
    tone_left: u32,
    pause_left: u32,
}

impl Generator {
    /// The longest string that waits: 32 digits of a number, and as many again for what is dialled after it.
    pub const CAPACITY: usize = 64;

    /// A generator that has nothing to send yet.
    pub fn new(timing: Timing, law: Law) -> Generator {
        Generator {
            timing,
            law,
            waiting: VecDeque::with_capacity(Self::CAPACITY),
            low: Oscillator::default(),
            high: Oscillator::default(),
            tone_left: 0,
            pause_left: 0,
        }
    }

    /// Lets a digit wait for its turn. False where [`Self::CAPACITY`] digits wait already; the digit is not sent then.
    #[must_use]
    pub fn push(&mut self, digit: DtmfDigit) -> bool {
        let room = self.waiting.len() < Self::CAPACITY;
        if room {
            self.waiting.push_back(digit);
        }
        room
    }

    /// Stops at once and forgets what waits.
    pub fn reset(&mut self) {
        self.waiting.clear();
        self.tone_left = 0;
        self.pause_left = 0;
    }

    /// Fills one tick: silence where nothing waits.
    pub fn process(&mut self, octets: &mut Octets) -> Playing {
        for octet in octets {
            *octet = self.next_octet();
        }
        let busy = self.tone_left > 0 || self.pause_left > 0 || !self.waiting.is_empty();
        if busy { Playing::Yes } else { Playing::Ended }
    }

    fn next_octet(&mut self) -> u8 {
        if self.tone_left == 0 && self.pause_left == 0 {
            self.begin_digit();
        }
        if self.tone_left > 0 {
            self.tone_left -= 1;
            let sample = self.low.next_sample() + self.high.next_sample();
            return encode(self.law, sample.round_ties_even() as i16);
        }
        self.pause_left = self.pause_left.saturating_sub(1);
        self.law.silence()
    }

    fn begin_digit(&mut self) {
        let Some(digit) = self.waiting.pop_front() else { return };
        self.low = Oscillator::new(digit.low_hz(), sine_peak_of_dbm0(self.law, self.timing.low_dbm0));
        self.high = Oscillator::new(digit.high_hz(), sine_peak_of_dbm0(self.law, self.timing.high_dbm0));
        self.tone_left = u32::from(self.timing.on_ms) * SAMPLES_PER_MS;
        self.pause_left = u32::from(self.timing.off_ms) * SAMPLES_PER_MS;
    }
}
