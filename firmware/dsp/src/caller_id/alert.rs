//! Caller id while a talk is on (call waiting): the alerting signal, and the telephone's answer to it.
//!
//! The exchange takes the far party away, sends two tones for 80 ms, waits for a digit, and sends its message after it.
//! Source: GR-30-CORE and EN 300 659-2, as recalled: 2,130 and 2,750 Hz, ±0.5 % from the exchange, 75 to 85 ms (on a
//! line at rest 88 to 110), -14 to -32 dBm a tone, twist up to 6 dB; the answer is a DTMF D of 55 to 65 ms within 160 ms.
//! Not here: who mutes whom and waits how long, which is the line machine's business.

use std::f32::consts::TAU;

use frame::{Law, OCTETS_PER_TICK, Octets};

use crate::{
    dtmf::Timing,
    sine::SAMPLE_RATE_HZ,
    tone::{AfterLast, TonePlan, ToneStep},
};

const HZ: [u16; 2] = [2130, 2750];

/// The alerting signal in a talk (CAS).
pub const ALERT: TonePlan =
    TonePlan { steps: &[ToneStep::two(HZ[0], HZ[1], 80)], after_last: AfterLast::End, level_dbm0: -15.0 };

/// How the telephone's answer is sent: a single DTMF D.
pub const ACKNOWLEDGEMENT: Timing = Timing { on_ms: 60, off_ms: 40, low_dbm0: -8.0, high_dbm0: -6.0 };

/// Samples of one look, and from one to the next: 20 ms every 10.
const WINDOW: usize = 2 * OCTETS_PER_TICK;
/// A look's tones may be so far from nominal: 1.5 % of the lower, where ±0.5 % has to be taken and the window tells to a
/// few hertz in noise.
const HZ_LIMIT: f32 = 32.0;
/// Both tones together, of all power: 5 dB above a voice at the other end of the line.
const PART_LIMIT: f32 = 0.75;
/// As an amplitude, and -37 dBm0 a tone: the weakest that has to be taken, and 5 dB.
const AMPLITUDE_LIMIT: f32 = 0.014_1;
/// 6 dB have to be taken.
const TWIST_LIMIT: f32 = 2.5;
/// Lengths in looks: 60 to 120 ms.
const LOOKS: std::ops::RangeInclusive<usize> = 6..=12;
/// Looks that are kept: the longest signal, and its edges.
const KEPT: usize = 16;

type Complex = [f32; 2];
type Table = [Complex; WINDOW];

/// Hears the alerting signal on one lane.
#[derive(Clone, Debug)]
pub struct AlertDetector {
    scale: f32,
    law: Law,
    tables: Box<[Table; 2]>,
    weight: Box<[f32; WINDOW]>,
    samples: [f32; WINDOW],
    before: [Complex; 2],
    /// The amplitudes of a signal's looks.
    amplitudes: [f32; KEPT],
    looks: usize,
}

impl AlertDetector {
    /// Listens on a lane of `law`.
    pub fn new(law: Law) -> AlertDetector {
        let weight = |n: usize| (1.0 - (TAU * (n as f32 + 0.5) / WINDOW as f32).cos()) / WINDOW as f32;
        let table = |hz: u16| {
            std::array::from_fn(|n| {
                let angle = TAU * f32::from(hz) * (n as f32 + 0.5 - WINDOW as f32 / 2.0) / SAMPLE_RATE_HZ as f32;
                [2.0 * weight(n) * angle.cos(), -2.0 * weight(n) * angle.sin()]
            })
        };
        AlertDetector {
            scale: codec::sine_peak_of_dbm0(law, 0.0).recip(),
            law,
            tables: Box::new(HZ.map(table)),
            weight: Box::new(std::array::from_fn(weight)),
            samples: [0.0; WINDOW],
            before: [[0.0; 2]; 2],
            amplitudes: [0.0; KEPT],
            looks: 0,
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.samples = [0.0; WINDOW];
        self.looks = 0;
    }

    /// Takes one tick; true in the one in which a signal of the right length has ended, 10 to 20 ms after it.
    pub fn process(&mut self, octets: &Octets) -> bool {
        self.take(octets);
        match self.amplitude() {
            Some(amplitude) => {
                // One that is too long stays too long.
                self.amplitudes[self.looks.min(KEPT - 1)] = amplitude;
                self.looks = (self.looks + 1).min(KEPT);
                false
            }
            None => {
                let certain = self.looks < KEPT && LOOKS.contains(&self.length());
                self.looks = 0;
                certain
            }
        }
    }

    fn take(&mut self, octets: &Octets) {
        self.samples.copy_within(octets.len().., 0);
        let table = codec::decode_table(self.law);
        for (sample, &octet) in self.samples[WINDOW - octets.len()..].iter_mut().zip(octets) {
            *sample = f32::from(table[usize::from(octet)]) * self.scale;
        }
    }

    /// Looks in which more than half of the signal's amplitude was there: its length in 10 ms.
    fn length(&self) -> usize {
        let amplitudes = &self.amplitudes[..self.looks];
        let full = amplitudes.iter().copied().fold(0.0, f32::max);
        amplitudes.iter().filter(|&&amplitude| amplitude >= full / 2.0).count()
    }

    /// The amplitude of the weaker tone, where the last 20 ms hold both and hardly anything else.
    fn amplitude(&mut self) -> Option<f32> {
        let weighted = self.samples.iter().zip(self.weight.iter());
        let power: f32 = weighted.map(|(sample, weight)| sample * sample * weight).sum();
        let now = [0, 1].map(|tone| correlate(&self.samples, &self.tables[tone]));
        let before = std::mem::replace(&mut self.before, now);
        let [low, high] = now.map(|[re, im]| (re * re + im * im).sqrt());
        let near = (0..2).all(|tone| away_hz(now[tone], before[tone], HZ[tone]).abs() <= HZ_LIMIT);
        let (weaker, stronger) = (low.min(high), low.max(high));
        let pure = (low * low + high * high) / 2.0 >= PART_LIMIT * power;
        // The first look of a signal has none before it to tell its frequency by.
        let known = self.looks == 0 || near;
        (weaker >= AMPLITUDE_LIMIT && stronger <= weaker * TWIST_LIMIT && pure && known).then_some(weaker)
    }
}

fn correlate(samples: &[f32; WINDOW], table: &Table) -> Complex {
    let add =
        |[re, im]: Complex, (sample, [cosine, sine]): (&f32, &Complex)| [re + sample * cosine, im + sample * sine];
    samples.iter().zip(table).fold([0.0; 2], add)
}

/// By how much the phase moved more than nominal from one look to the next.
fn away_hz([re, im]: Complex, [re_before, im_before]: Complex, hz: u16) -> f32 {
    let moved = (im * re_before - re * im_before).atan2(re * re_before + im * im_before) / TAU;
    let turns = moved - f32::from(hz) * OCTETS_PER_TICK as f32 / SAMPLE_RATE_HZ as f32;
    (turns - turns.round()) * SAMPLE_RATE_HZ as f32 / OCTETS_PER_TICK as f32
}
