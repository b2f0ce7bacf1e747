//! G.726 by its own promises; against other implementations it stands in tests/standards.

use codec::g726::{Codes, Decoder, Encoder, Packing, Rate, Samples};
use frame::{Law, OCTETS_PER_TICK, Octets};
use proptest::prelude::*;

/// Channels that are computed together.
const CHANNELS: usize = 16;
/// Ticks of a random signal: long enough for every adaptation to reach its limits.
const TICKS: usize = 12;

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

/// Noise whose loudness changes from tick to tick and from channel to channel; every fourth tick is a tone, whose begin
/// and end are what the transition detector waits for.
fn samples(dice: &mut Dice) -> [Samples; CHANNELS] {
    std::array::from_fn(|_| {
        let (loudness, tone, step) = (dice.throw() % 16, dice.throw() < 0x4000, f32::from(dice.throw() % 700) * 0.004);
        std::array::from_fn(|at| {
            let sample = if tone { ((at as f32 * step).sin() * 32_000.0) as i16 } else { dice.throw() as i16 };
            sample >> loudness
        })
    })
}

fn octets(law: Law, samples: &[Samples; CHANNELS]) -> [Octets; CHANNELS] {
    samples.map(|samples| samples.map(|sample| codec::encode(law, sample)))
}

fn any_codes(dice: &mut Dice) -> [Codes; CHANNELS] {
    std::array::from_fn(|_| std::array::from_fn(|_| dice.throw() as u8))
}

/// What an encoder and a decoder say to a random signal, and the decoder to random codes after it.
fn said(mut encoder: Encoder, mut decoder: Decoder, seed: u64) -> Vec<[[u8; OCTETS_PER_TICK]; CHANNELS]> {
    let mut dice = Dice(seed);
    let mut said = Vec::new();
    for tick in 0..TICKS {
        let law = if tick % 2 == 0 { Law::A } else { Law::Mu };
        let (mut codes, mut back) = ([[0; OCTETS_PER_TICK]; CHANNELS], [[0; OCTETS_PER_TICK]; CHANNELS]);
        encoder.process(law, &octets(law, &samples(&mut dice)), &mut codes);
        decoder.process(law, &codes, &mut back);
        said.extend([codes, back]);
    }
    for _ in 0..TICKS {
        let mut linear = [[0; OCTETS_PER_TICK]; CHANNELS];
        decoder.process_linear(&any_codes(&mut dice), &mut linear);
        said.extend([0, 8].map(|shift| linear.map(|samples| samples.map(|sample| (sample >> shift) as u8))));
    }
    said
}

fn rate() -> impl Strategy<Value = Rate> {
    prop::sample::select(Rate::ALL.to_vec())
}

fn law() -> impl Strategy<Value = Law> {
    prop::sample::select(vec![Law::A, Law::Mu])
}

proptest! {
    #[test]
    fn every_set_of_instructions_gives_the_same_bits(rate in rate(), seed in 1..u64::MAX) {
        let pairs = Encoder::of_every_level(rate).into_iter().zip(Decoder::of_every_level(rate));
        let all: Vec<_> = pairs.map(|(encoder, decoder)| said(encoder, decoder, seed)).collect();
        for other in &all[1..] {
            prop_assert_eq!(other, &all[0]);
        }
    }

    // 4.2.8: that is what the synchronous coding adjustment is for.
    #[test]
    fn codes_of_decoded_octets_are_the_same_codes_however_often(rate in rate(), law in law(), seed in 1..u64::MAX) {
        let mut dice = Dice(seed);
        let mut encoders = [rate; 4].map(Encoder::new);
        let mut decoders = [rate; 3].map(Decoder::new);
        for _ in 0..TICKS {
            let mut first = [[0; OCTETS_PER_TICK]; CHANNELS];
            encoders[0].process(law, &octets(law, &samples(&mut dice)), &mut first);
            let mut codes = first;
            for (encoder, decoder) in encoders[1..].iter_mut().zip(&mut decoders) {
                let mut decoded = [[0; OCTETS_PER_TICK]; CHANNELS];
                decoder.process(law, &codes, &mut decoded);
                encoder.process(law, &decoded, &mut codes);
                prop_assert_eq!(codes, first);
            }
        }
    }

    #[test]
    fn of_a_code_only_the_bits_of_its_rate_count(rate in rate(), law in law(), seed in 1..u64::MAX) {
        let mut dice = Dice(seed);
        let (mut decoder, mut masked) = (Decoder::new(rate), Decoder::new(rate));
        for _ in 0..TICKS {
            let codes = any_codes(&mut dice);
            let bits = codes.map(|codes| codes.map(|code| code & ((1 << rate.bits()) - 1)));
            let (mut one, mut other) = ([[0; OCTETS_PER_TICK]; CHANNELS], [[1; OCTETS_PER_TICK]; CHANNELS]);
            decoder.process(law, &codes, &mut one);
            masked.process(law, &bits, &mut other);
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn what_is_packed_is_unpacked(rate in rate(), seed in 1..u64::MAX) {
        let codes = any_codes(&mut Dice(seed))[0].map(|code| code & ((1 << rate.bits()) - 1));
        for packing in [Packing::Rtp, Packing::Aal2] {
            let (mut octets, mut back) = (vec![0; rate.octets_per_tick()], [0; OCTETS_PER_TICK]);
            packing.pack(rate, &codes, &mut octets);
            packing.unpack(rate, &octets, &mut back);
            prop_assert_eq!(back, codes);
        }
    }
}

#[test]
fn a_channel_that_begins_anew_is_as_a_new_one_and_the_others_go_on() {
    let mut dice = Dice(7);
    let (mut encoder, mut decoder) = (Encoder::new(Rate::Kbit40), Decoder::new(Rate::Kbit40));
    let mut codes = [[0; OCTETS_PER_TICK]; CHANNELS];
    let mut back = [[0; OCTETS_PER_TICK]; CHANNELS];
    for _ in 0..TICKS {
        encoder.process_linear(&samples(&mut dice), &mut codes);
        decoder.process_linear(&codes, &mut back);
    }
    let (mut on, mut on_decoder) = (encoder.clone(), decoder.clone());
    encoder.reset(5);
    decoder.reset(5);
    let (mut new, mut new_decoder) = (Encoder::new(Rate::Kbit40), Decoder::new(Rate::Kbit40));
    for _ in 0..TICKS {
        let samples = samples(&mut dice);
        let (mut on_codes, mut new_codes) = (codes, codes);
        encoder.process_linear(&samples, &mut codes);
        on.process_linear(&samples, &mut on_codes);
        new.process_linear(&samples, &mut new_codes);
        on_codes[5] = new_codes[5];
        assert_eq!(codes, on_codes);

        let (mut on_back, mut new_back) = (back, back);
        decoder.process_linear(&codes, &mut back);
        on_decoder.process_linear(&codes, &mut on_back);
        new_decoder.process_linear(&codes, &mut new_back);
        on_back[5] = new_back[5];
        assert_eq!(back, on_back);
    }
}

#[test]
fn fewer_than_sixteen_channels_are_coded_as_they_are_among_sixteen() {
    let samples = samples(&mut Dice(3));
    let (mut all, mut few) = ([[0; OCTETS_PER_TICK]; CHANNELS], [[0; OCTETS_PER_TICK]; 3]);
    Encoder::new(Rate::Kbit32).process_linear(&samples, &mut all);
    Encoder::new(Rate::Kbit32).process_linear(&samples[..3], &mut few);
    assert_eq!(few, all[..3]);
}

// RFC 3551 4.5.4: the first code of G726-32 lies in the lower half of the first octet; of G726-24, the third code lies
// across the first two.
#[test]
fn rtp_fills_an_octet_from_its_least_significant_bit_and_aal2_from_its_most() {
    let mut codes = [0; OCTETS_PER_TICK];
    codes[..8].copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 1]);
    let packed = |packing: Packing, rate: Rate| {
        let mut octets = vec![0; rate.octets_per_tick()];
        packing.pack(rate, &codes, &mut octets);
        octets[..4].to_vec()
    };
    assert_eq!(packed(Packing::Rtp, Rate::Kbit32), [0x21, 0x43, 0x65, 0x17]);
    assert_eq!(packed(Packing::Aal2, Rate::Kbit32), [0x12, 0x34, 0x56, 0x71]);
    assert_eq!(packed(Packing::Rtp, Rate::Kbit24), [0b1101_0001, 0b0101_1000, 0b0011_1111, 0]);
    assert_eq!(packed(Packing::Aal2, Rate::Kbit24), [0b0010_1001, 0b1100_1011, 0b1011_1001, 0]);
}

#[test]
fn silence_is_coded_as_silence() {
    for (rate, law) in Rate::ALL.into_iter().flat_map(|rate| [Law::A, Law::Mu].map(|law| (rate, law))) {
        let (mut encoder, mut decoder) = (Encoder::new(rate), Decoder::new(rate));
        let (mut codes, mut back) = ([[0; OCTETS_PER_TICK]; 1], [[0; OCTETS_PER_TICK]; 1]);
        for _ in 0..100 {
            encoder.process(law, &[[law.silence(); OCTETS_PER_TICK]], &mut codes);
            decoder.process(law, &codes, &mut back);
        }
        let loudest = back[0].iter().map(|&octet| codec::decode(law, octet).abs()).max();
        // 16 kbit/s has no zero: it goes between a step up and a step down.
        assert!(loudest <= Some(if rate == Rate::Kbit16 { 24 } else { 8 }), "{rate:?} {law:?}: {loudest:?}");
    }
}
