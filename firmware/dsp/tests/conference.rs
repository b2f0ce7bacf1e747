//! Who hears what in a conference, held to a plain sum of whole numbers.

use codec::{decode, encode};
use dsp::conference::{Mixer, Part, Party};
use frame::{Law, OCTETS_PER_TICK, Octets};
use proptest::prelude::*;

/// What an octet counts in a sum: A-law's innermost interval is nothing.
fn counts(law: Law, octet: u8) -> i64 {
    let value = i64::from(decode(law, octet));
    if law == Law::A && value.abs() == 8 { 0 } else { value }
}

/// What a party should hear: all whom the table says, but not itself, clipped.
fn expected(parties: &[Party], hearer: usize) -> Octets {
    let heard = |other: &usize| *other != hearer && parties[hearer].part.hears(parties[*other].part);
    let others: Vec<&Party> = (0..parties.len()).filter(heard).map(|other| &parties[other]).collect();
    std::array::from_fn(|n| {
        let sum: i64 = others.iter().map(|party| counts(party.law, party.octets[n])).sum();
        encode(parties[hearer].law, sum.clamp(-32_768, 32_767) as i16)
    })
}

fn assert_mixed(parties: &[Party]) {
    for mut mixer in Mixer::of_every_level(parties.len()) {
        let mut mixed = parties.to_vec();
        mixer.process(&mut mixed);
        for (hearer, party) in mixed.iter().enumerate() {
            assert_eq!(party.octets, expected(parties, hearer), "party {hearer} of {}", parties.len());
        }
    }
}

fn party() -> impl Strategy<Value = Party> {
    let octets = prop::collection::vec(any::<u8>(), OCTETS_PER_TICK);
    (prop::sample::select(&Part::ALL[..]), any::<bool>(), octets).prop_map(|(part, mu, octets)| {
        let octets = octets.try_into().expect("a tick");
        Party { part, law: if mu { Law::Mu } else { Law::A }, octets }
    })
}

proptest! {
    #[test]
    fn each_party_hears_the_clipped_sum_of_those_whom_the_table_says(parties in prop::collection::vec(party(), 0..40)) {
        assert_mixed(&parties);
    }
}

#[test]
fn four_hundred_and_eighty_who_shout_are_summed_exactly() {
    let party = |number: usize| {
        let octets =
            std::array::from_fn(|n| if (n + number).is_multiple_of(3) { 0x2a } else { 0xaa ^ (number % 7) as u8 });
        Party { part: Part::Speaks, law: Law::A, octets }
    };
    assert_mixed(&(0..480).map(party).collect::<Vec<_>>());
}

#[test]
fn the_table_of_who_hears_whom() {
    use Part::{Coached, Coaches, Listens, Speaks};
    let hears = |hearer: Part| Part::ALL.map(|other| hearer.hears(other));
    //                            Speaks Coached Coaches Listens
    assert_eq!(hears(Speaks), [true, true, false, false]);
    assert_eq!(hears(Coached), [true, true, true, false]);
    assert_eq!(hears(Coaches), [true, true, false, false]);
    assert_eq!(hears(Listens), [true, true, false, false]);
}

#[test]
fn two_parties_hear_each_other_as_if_they_were_bridged() {
    let octets: [Octets; 2] = [std::array::from_fn(|n| 0x80 | n as u8), std::array::from_fn(|n| 0x20 + n as u8)];
    let mut parties = octets.map(|octets| Party { part: Part::Speaks, law: Law::A, octets });
    Mixer::new(2).process(&mut parties);
    // 0x55 is A-law's negative nothing.
    let plain = |octets: Octets| octets.map(|octet| if octet == 0x55 { 0xd5 } else { octet });
    assert_eq!(parties[0].octets, plain(octets[1]));
    assert_eq!(parties[1].octets, plain(octets[0]));
}

#[test]
fn a_hundred_silent_lines_are_silence() {
    for law in [Law::A, Law::Mu] {
        let party = Party { part: Part::Speaks, law, octets: [law.silence(); OCTETS_PER_TICK] };
        let mut parties = vec![party; 100];
        Mixer::new(100).process(&mut parties);
        assert!(parties.iter().all(|party| party.octets == [law.silence(); OCTETS_PER_TICK]));
    }
}

#[test]
fn loud_voices_are_clipped_and_do_not_turn_over() {
    let party = Party { part: Part::Speaks, law: Law::A, octets: [encode(Law::A, 30_000); OCTETS_PER_TICK] };
    let mut parties = vec![party; 3];
    Mixer::new(3).process(&mut parties);
    assert!(parties.iter().all(|party| party.octets == [encode(Law::A, i16::MAX); OCTETS_PER_TICK]));
}

#[test]
fn who_is_alone_hears_silence() {
    let mut parties = [Party { part: Part::Speaks, law: Law::Mu, octets: [0x12; OCTETS_PER_TICK] }];
    Mixer::new(1).process(&mut parties);
    assert_eq!(parties[0].octets, [Law::Mu.silence(); OCTETS_PER_TICK]);
}
