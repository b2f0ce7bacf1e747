//! Lanes that want something, and their neighbours that do not.

use codec::{decode, encode};
use dsp::{
    noise::OVERLAP,
    polish::{Polish, Wishes},
};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use proptest::prelude::*;

type Lanes = [Octets; LANES];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn every_set_of_instructions_makes_the_same_octets_and_leaves_all_other_lanes(
        octets in prop::collection::vec(any::<u8>(), 80 * 20),
        less_noise in any::<u32>(),
        gain in any::<u32>(),
        mu in any::<bool>(),
    ) {
        let law = if mu { Law::Mu } else { Law::A };
        let said: Vec<Lanes> = octets
            .as_chunks::<OCTETS_PER_TICK>()
            .0
            .iter()
            .map(|tick| std::array::from_fn(|lane| tick.map(|octet| octet.rotate_left(lane as u32))))
            .collect();
        let runs = Polish::of_every_level().into_iter().map(|mut polish| {
            let tick = |said: &Lanes| {
                let mut lanes = *said;
                polish.process(&mut lanes, law, Wishes { less_noise, gain });
                lanes
            };
            said.iter().map(tick).collect::<Vec<_>>()
        });
        let runs: Vec<_> = runs.collect();
        prop_assert!(runs.windows(2).all(|two| two[0] == two[1]));
        for (said, heard) in said.iter().zip(&runs[0]) {
            for lane in (0..LANES).filter(|lane| (less_noise | gain) >> lane & 1 == 0) {
                prop_assert_eq!(said[lane], heard[lane]);
            }
        }
    }
}

/// A hiss that swells and fades like syllables, so that it is a voice and no noise, and like itself at no other moment.
fn voice(n: usize) -> i16 {
    let mut mixed = (n as u32).wrapping_mul(0x9e37_79b9);
    for factor in [0x7feb_352d, 0x846c_a68b] {
        mixed = (mixed ^ mixed >> 15).wrapping_mul(factor);
    }
    let hiss = f64::from(mixed >> 16) / 32_768.0 - 1.0;
    (9000.0 * hiss * (std::f64::consts::TAU * n as f64 / 4000.0).sin()) as i16
}

#[test]
fn less_noise_comes_6_ms_later_and_automatic_gain_alone_does_not() {
    let wishes = Wishes { less_noise: 1 << 2, gain: 1 << 5 };
    let mut polish = Polish::new();
    let mut heard = [Vec::new(), Vec::new()];
    for tick in 0..200 {
        let octets = std::array::from_fn(|n| encode(Law::A, voice(tick * OCTETS_PER_TICK + n)));
        let mut lanes = [octets; LANES];
        polish.process(&mut lanes, Law::A, wishes);
        for (heard, lane) in heard.iter_mut().zip([2, 5]) {
            heard.extend(lanes[lane].map(|octet| f64::from(decode(Law::A, octet))));
        }
    }
    let likeness =
        |heard: &[f64], late: usize| -> f64 { (8000..15_000).map(|n| heard[n + late] * f64::from(voice(n))).sum() };
    for (heard, late) in heard.iter().zip([OVERLAP, 0]) {
        let best = (0..100).max_by(|a, b| likeness(heard, *a).total_cmp(&likeness(heard, *b)));
        assert_eq!(best, Some(late));
    }
}

#[test]
fn a_lane_that_is_reset_is_as_new() {
    let wishes = Wishes { less_noise: 1, gain: 1 };
    let tick =
        |tick: usize| -> Lanes { [std::array::from_fn(|n| encode(Law::A, voice(tick * OCTETS_PER_TICK + n))); LANES] };
    let (mut used, mut new) = (Polish::new(), Polish::new());
    (0..100).for_each(|at| used.process(&mut tick(at + 1000), Law::A, wishes));
    used.reset_lane(0);
    for at in 0..50 {
        let (mut one, mut other) = (tick(at), tick(at));
        used.process(&mut one, Law::A, wishes);
        new.process(&mut other, Law::A, wishes);
        assert_eq!(one[0], other[0], "tick {at}");
    }
}
