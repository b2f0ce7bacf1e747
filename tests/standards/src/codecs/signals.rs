//! What codecs are tried with: a voice, and whatever drives an adaptation to its limits.

use std::f64::consts::TAU;

/// Channels that are computed together.
pub const CHANNELS: usize = 16;

/// Whole ticks at 8 and at 16 kHz.
const TICKS: usize = 160;

/// Random numbers: xorshift.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same numbers for the same seed, which is not 0.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// 16 random bits.
    pub fn throw(&mut self) -> u16 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as u16
    }
}

/// Sixteen signals of so many samples, none beyond `peak`, of which the two lowest bits are 0: the voice at four levels
/// and places of it; sweeps, tones that come, go and change, noise, square waves, steps and silence.
pub fn all(voice: &[f32], samples: usize, peak: i16) -> Vec<Vec<i16>> {
    (0..CHANNELS).map(|channel| of(channel, voice, samples, peak)).collect()
}

/// All of the voice, a sixteenth in each channel, in whole ticks of 20 ms; the loudest sample of the first channel is at the
/// peak, and each further channel is 2.5 dB fainter.
pub fn spoken(voice: &[f32], peak: i16) -> Vec<Vec<i16>> {
    let loudest = voice.iter().fold(1_f32, |loudest, sample| loudest.max(sample.abs()));
    let scale = f64::from(peak) / f64::from(loudest);
    let part = voice.len() / CHANNELS / TICKS * TICKS;
    let signal = |(channel, part): (usize, &[f32])| {
        let gain = scale * 10_f64.powf(-(channel as f64) * 2.5 / 20.0);
        part.iter().map(|&sample| whole(f64::from(sample) * gain, peak)).collect()
    };
    voice.chunks_exact(part.max(TICKS)).take(CHANNELS).enumerate().map(signal).collect()
}

/// Any codes of so many bits.
pub fn codes(seed: u64, bits: u32, count: usize) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(seed);
    (0..CHANNELS).map(|_| (0..count).map(|_| dice.throw() as u8 >> (8 - bits)).collect()).collect()
}

/// The same, each sent for some time: coefficients go as far as they can.
pub fn lasting_codes(seed: u64, bits: u32, count: usize) -> Vec<Vec<u8>> {
    let (mut dice, mut lasting) = (Dice::new(seed), 0);
    let mut code = || {
        if dice.throw() < 400 {
            lasting = dice.throw() as u8 >> (8 - bits);
        }
        lasting
    };
    (0..CHANNELS).map(|_| (0..count).map(|_| code()).collect()).collect()
}

fn of(channel: usize, voice: &[f32], samples: usize, peak: i16) -> Vec<i16> {
    let mut dice = Dice::new(channel as u64 + 1);
    let full = f64::from(peak);
    let voiced = |at: usize, gain: f64| f64::from(voice[(at + channel * 9_999) % voice.len()]) * gain;
    let sine = |at: usize, cycles: f64| full * (TAU * cycles * at as f64).sin();
    let mut noise = || (f64::from(dice.throw()) / 32_768.0 - 1.0) * full;
    let mut value = |at: usize| {
        let turns = |every: usize| (at / every).is_multiple_of(2);
        match channel {
            0 => voiced(at, 1.0),
            1 => voiced(at, 0.1),
            2 => voiced(at, 4.0),
            3 => voiced(at, 0.02),
            // A sweep over the whole band within so many samples, and a slow one at a tenth.
            4 => sine(at, (at % 16_000) as f64 / 64_000.0),
            5 => sine(at, (at % 160_000) as f64 / 640_000.0) / 10.0,
            // Tones, one of which comes and goes, and one that changes every half second: TRANS.
            6 => sine(at, 0.263),
            7 => sine(at, 0.125) * f64::from(u8::from(turns(4_000))),
            8 => sine(at, [0.05, 0.17, 0.31, 0.44][at / 4_000 % 4]),
            9 => noise(),
            10 => noise() / 100.0,
            11 => {
                if turns(4_000) {
                    sine(at, 0.2)
                } else {
                    noise() / 3.0
                }
            }
            12 => {
                if turns(40) {
                    full
                } else {
                    -full
                }
            }
            13 => (at % 1_777) as f64 / 888.0 * full - full,
            14 => {
                if turns(8_000) {
                    full
                } else {
                    0.0
                }
            }
            _ => noise() / full * 8.0,
        }
    };
    (0..samples).map(|at| whole(value(at), peak)).collect()
}

/// Within the peak, and a whole number of 14 bits.
fn whole(sample: f64, peak: i16) -> i16 {
    (sample.clamp(-f64::from(peak), f64::from(peak)) as i16) & !3
}
