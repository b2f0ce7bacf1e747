//! G.722 by its own promises; against other implementations it stands in tests/standards.

use codec::g722::{Decoder, Encoder, Mode, WideSamples};
use frame::{OCTETS_PER_TICK, Octets};
use proptest::prelude::*;

/// Channels that are computed together.
const CHANNELS: usize = 16;
/// Ticks of a random signal: long enough for every adaptation to reach its limits.
const TICKS: usize = 12;
/// Samples that the two filters delay by: G.722 2.3.
const DELAY: usize = 22;

type Coded = [Octets; CHANNELS];
type Heard = [WideSamples; CHANNELS];

const NO_OCTETS: Coded = [[0; OCTETS_PER_TICK]; CHANNELS];
const NO_SAMPLES: Heard = [[0; 2 * OCTETS_PER_TICK]; CHANNELS];

/// Random numbers that shrink as one seed: xorshift.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u16 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as u16
    }
}

/// Noise whose loudness changes from tick to tick and from channel to channel.
fn samples(dice: &mut Dice) -> Heard {
    std::array::from_fn(|_| {
        let loudness = dice.throw() % 16;
        std::array::from_fn(|_| (dice.throw() as i16) >> loudness)
    })
}

fn any_octets(dice: &mut Dice) -> Coded {
    std::array::from_fn(|_| std::array::from_fn(|_| dice.throw() as u8))
}

/// What an encoder and a decoder say to a random signal, and the decoder to random octets after it.
fn said(mut encoder: Encoder, mut decoder: Decoder, seed: u64) -> Vec<(Coded, Heard)> {
    let mut dice = Dice(seed);
    let mut tick = |tick| {
        let (mut octets, mut heard) = (any_octets(&mut dice), NO_SAMPLES);
        if tick < TICKS {
            encoder.process(&samples(&mut dice), &mut octets);
        }
        decoder.process(&octets, &mut heard);
        (octets, heard)
    };
    (0..2 * TICKS).map(&mut tick).collect()
}

fn mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(Mode::ALL.to_vec())
}

/// The bits of an octet that are data.
fn data(mode: Mode) -> u8 {
    match mode {
        Mode::Kbit64 => 0,
        Mode::Kbit56 => 1,
        Mode::Kbit48 => 3,
    }
}

proptest! {
    #[test]
    fn every_set_of_instructions_gives_the_same_bits(mode in mode(), seed in 1..u64::MAX) {
        let pairs = Encoder::of_every_level().into_iter().zip(Decoder::of_every_level(mode));
        let all: Vec<_> = pairs.map(|(encoder, decoder)| said(encoder, decoder, seed)).collect();
        for other in &all[1..] {
            prop_assert_eq!(other, &all[0]);
        }
    }

    // 1.3: the decoder of a mode does not look at the bits that are data.
    #[test]
    fn data_in_an_octet_is_not_heard(mode in mode(), seed in 1..u64::MAX) {
        let mut dice = Dice(seed);
        let (mut one, mut other) = (Decoder::new(mode), Decoder::new(mode));
        for _ in 0..TICKS {
            let octets = any_octets(&mut dice);
            let with_data = octets.map(|octets| octets.map(|octet| octet ^ (dice.throw() as u8 & data(mode))));
            let (mut heard, mut heard_with_data) = (NO_SAMPLES, NO_SAMPLES);
            one.process(&octets, &mut heard);
            other.process(&with_data, &mut heard_with_data);
            prop_assert_eq!(heard, heard_with_data);
        }
    }
}

#[test]
fn a_channel_that_begins_anew_is_as_a_new_one_and_the_others_go_on() {
    let mut dice = Dice(7);
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new(Mode::Kbit64));
    for _ in 0..TICKS {
        encoder.process(&samples(&mut dice), &mut NO_OCTETS.clone());
        decoder.process(&any_octets(&mut dice), &mut NO_SAMPLES.clone());
    }
    let (mut on, mut on_decoder) = (encoder.clone(), decoder.clone());
    let (mut new, mut new_decoder) = (Encoder::new(), Decoder::new(Mode::Kbit64));
    encoder.reset(5);
    decoder.reset(5);
    for _ in 0..TICKS {
        let samples = samples(&mut dice);
        let [mut octets, mut expected, mut of_new] = [NO_OCTETS; 3];
        encoder.process(&samples, &mut octets);
        on.process(&samples, &mut expected);
        new.process(&samples, &mut of_new);
        expected[5] = of_new[5];
        assert_eq!(octets, expected);

        let [mut heard, mut expected, mut of_new] = [NO_SAMPLES; 3];
        decoder.process(&octets, &mut heard);
        on_decoder.process(&octets, &mut expected);
        new_decoder.process(&octets, &mut of_new);
        expected[5] = of_new[5];
        assert_eq!(heard, expected);
    }
}

#[test]
fn fewer_than_sixteen_channels_are_coded_as_they_are_among_sixteen() {
    let samples = samples(&mut Dice(3));
    let (mut all, mut few) = (NO_OCTETS, [[0; OCTETS_PER_TICK]; 3]);
    Encoder::new().process(&samples, &mut all);
    Encoder::new().process(&samples[..3], &mut few);
    assert_eq!(few, all[..3]);
}

/// A tone on every channel, each of another frequency of both bands, and what comes back of it in `mode`.
fn tones(mode: Mode, peak: f32) -> (Vec<Heard>, Vec<Heard>) {
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new(mode));
    let sample = |tick: usize, channel: usize, at: usize| {
        let turns = (300 + 420 * channel) as f32 / 16_000.0 * (tick * 2 * OCTETS_PER_TICK + at) as f32;
        (peak * (turns.fract() * std::f32::consts::TAU).sin()) as i16
    };
    let said = |tick| std::array::from_fn(|channel| std::array::from_fn(|at| sample(tick, channel, at)));
    let heard = |samples: &Heard| {
        let (mut octets, mut heard) = (NO_OCTETS, NO_SAMPLES);
        encoder.process(samples, &mut octets);
        decoder.process(&octets, &mut heard);
        heard
    };
    let said: Vec<Heard> = (0..50).map(said).collect();
    let heard = said.iter().map(heard).collect();
    (said, heard)
}

/// One channel, sample after sample.
fn channel(ticks: &[Heard], channel: usize) -> Vec<f32> {
    ticks.iter().flat_map(|tick| tick[channel]).map(f32::from).collect()
}

/// How far what was heard lies above its error, in dB, once the predictors have settled.
fn signal_to_noise_db(said: &[f32], heard: &[f32]) -> f32 {
    let pairs = || said.iter().zip(&heard[DELAY..]).skip(2000);
    let error: f32 = pairs().map(|(said, heard)| (said - heard).powi(2)).sum();
    let signal: f32 = pairs().map(|(said, _)| said.powi(2)).sum();
    10.0 * (signal / error).log10()
}

#[test]
fn tones_of_the_whole_band_come_back_after_22_samples_the_better_the_more_bits_there_are() {
    // Between the bands, from 3.5 to 4.5 kHz, neither filter is clean; above 6.4 kHz the filters begin to end the band.
    let clean = |channel: &usize| !(8..=9).contains(channel) && *channel < 15;
    for (mode, least_db) in [(Mode::Kbit64, 20.0), (Mode::Kbit56, 18.0), (Mode::Kbit48, 13.0)] {
        let (said, heard) = tones(mode, 10_000.0);
        for number in (0..CHANNELS).filter(clean) {
            let db = signal_to_noise_db(&channel(&said, number), &channel(&heard, number));
            assert!(db > least_db, "{mode:?}, channel {number}: {db}");
        }
    }
}

// A filter's output may be larger than its input; what saturates keeps its sign.
#[test]
fn a_tone_that_is_too_loud_is_clipped_and_never_turned_over() {
    let (said, heard) = tones(Mode::Kbit64, 32_767.0);
    for number in 0..8 {
        let (said, heard) = (channel(&said, number), channel(&heard, number));
        let turned = said
            .iter()
            .zip(&heard[DELAY..])
            .skip(2000)
            .filter(|(said, heard)| said.abs() > 28_000.0 && **said * **heard < 0.0);
        assert_eq!(turned.count(), 0, "channel {number}");
    }
}
