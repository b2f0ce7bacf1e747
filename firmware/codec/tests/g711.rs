//! G.711 against a second formulation: the printed decision values of Tables 1 and 2 and a linear search.
//! Exhaustive: all 65,536 samples, all 256 octets, both laws.

use codec::{
    DIGITAL_MILLIWATT_A, DIGITAL_MILLIWATT_MU, dbm0_of_rms, decode, decode_table, encode, full_scale_dbm0, rms_of_dbm0,
    sine_peak_of_dbm0, transcode, transcode_table,
};
use frame::Law;

/// (number of intervals, size of an interval) per segment, from zero outwards, in G.711's own units: Table 1a.
const SEGMENTS_A: [(usize, u32); 7] = [(32, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128)];
/// Table 2a.
const SEGMENTS_MU: [(usize, u32); 9] =
    [(1, 1), (15, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128), (16, 256)];

/// Decision values x(1) to x(129) of the positive half.
fn decision_values(law: Law) -> Vec<u32> {
    let segments: &[(usize, u32)] = if law == Law::A { &SEGMENTS_A } else { &SEGMENTS_MU };
    let mut values = vec![0];
    for &(intervals, size) in segments {
        for _ in 0..intervals {
            values.push(values[values.len() - 1] + size);
        }
    }
    values
}

/// G.711's unit in 16-bit samples.
fn unit(law: Law) -> i32 {
    if law == Law::A { 8 } else { 4 }
}

/// The character signal of interval `n` (from 0) as it stands on the line.
fn octet_of(law: Law, interval: usize, negative: bool) -> u8 {
    let code = interval as u8;
    match law {
        Law::A => (code | if negative { 0 } else { 0x80 }) ^ 0x55,
        Law::Mu => !(code | if negative { 0x80 } else { 0 }),
    }
}

/// Finds the interval by looking at each decision value in turn.
fn encode_by_search(law: Law, values: &[u32], sample: i16) -> u8 {
    let negative = sample < 0;
    let distance = if negative { -(i32::from(sample) + 1) } else { i32::from(sample) };
    let interval = (0..128).rev().find(|&n| values[n] as i32 * unit(law) <= distance).expect("x(1) is 0");
    octet_of(law, interval, negative)
}

#[test]
fn the_last_decision_values_are_those_of_the_tables() {
    assert_eq!(decision_values(Law::A)[128], 4096);
    assert_eq!(decision_values(Law::Mu)[128], 8159);
    assert_eq!(decision_values(Law::A).len(), 129);
    assert_eq!(decision_values(Law::Mu).len(), 129);
}

#[test]
fn every_sample_is_coded_into_the_interval_that_holds_it() {
    for law in [Law::A, Law::Mu] {
        let values = decision_values(law);
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(encode(law, sample), encode_by_search(law, &values, sample), "{law:?} {sample}");
        }
    }
}

#[test]
fn every_octet_decodes_to_the_middle_of_its_interval() {
    for law in [Law::A, Law::Mu] {
        let values = decision_values(law);
        for interval in 0..128 {
            // Column 8 of the tables: y = (x(n) + x(n+1)) / 2, but 0 for the innermost interval of µ-law.
            let sum = if law == Law::Mu && interval == 0 { 0 } else { values[interval] + values[interval + 1] };
            let middle = sum as i32 * unit(law) / 2;
            assert_eq!(i32::from(decode(law, octet_of(law, interval, false))), middle, "{law:?} +{interval}");
            assert_eq!(i32::from(decode(law, octet_of(law, interval, true))), -middle, "{law:?} -{interval}");
        }
    }
}

#[test]
fn every_octet_comes_back_from_its_own_sample() {
    for law in [Law::A, Law::Mu] {
        for octet in 0..=255 {
            // µ-law has two zeros, which no sample can tell apart.
            let expected = if law == Law::Mu && octet == 0x7f { 0xff } else { octet };
            assert_eq!(encode(law, decode(law, octet)), expected, "{law:?} {octet:#04x}");
        }
    }
}

#[test]
fn silence_is_the_smallest_positive_value() {
    assert_eq!(decode(Law::A, Law::A.silence()), 8);
    assert_eq!(decode(Law::Mu, Law::Mu.silence()), 0);
}

/// Table 3 of G.711: µ-law decoder value number to A-law, for numbers 1 to 128.
fn table_3() -> Vec<u8> {
    let mut a: Vec<u8> = (1..=8).flat_map(|n| [n, n]).collect();
    a.extend(9..=24);
    a.extend([25, 27, 29, 31]);
    a.extend(33..=44);
    a.push(46);
    a.extend(48..=62);
    a.extend(64..=80);
    a.extend(82..=128);
    a
}

/// Table 4 of G.711: A-law decoder value number to µ-law, for numbers 1 to 128.
fn table_4() -> Vec<u8> {
    let mut mu: Vec<u8> = (1..=8).map(|n| 2 * n).collect();
    mu.extend(17..=32);
    mu.extend([33, 33, 34, 34, 35, 35, 36, 36]);
    mu.extend(37..=48);
    mu.extend([49, 49, 50, 50]);
    mu.extend(51..=64);
    mu.extend([65, 65]);
    mu.extend(66..=79);
    mu.extend([80, 81]);
    mu.extend(81..=128);
    mu
}

#[test]
fn transcoding_follows_tables_3_and_4() {
    for (from, to, table) in [(Law::Mu, Law::A, table_3()), (Law::A, Law::Mu, table_4())] {
        assert_eq!(table.len(), 128);
        for (interval, &number) in table.iter().enumerate() {
            for negative in [false, true] {
                let given = octet_of(from, interval, negative);
                let expected = octet_of(to, usize::from(number) - 1, negative);
                assert_eq!(transcode(from, to, given), expected, "{from:?} value {} negative {negative}", interval + 1);
            }
        }
    }
}

#[test]
fn a_law_over_a_mu_law_network_loses_eight_values_a_sign() {
    // Where two A-law values become one µ-law value; all others are transparent.
    let lost = (0..=255).filter(|&octet| transcode(Law::Mu, Law::A, transcode(Law::A, Law::Mu, octet)) != octet);
    assert_eq!(lost.count(), 16);
}

#[test]
fn a_law_stays_as_it_is_within_itself() {
    assert!(transcode_table(Law::A, Law::A).is_none());
    assert_eq!(transcode(Law::Mu, Law::Mu, 0x37), 0x37);
}

fn rms(law: Law, octets: &[u8]) -> f32 {
    let table = decode_table(law);
    let sum: f32 = octets.iter().map(|&octet| f32::from(table[usize::from(octet)]).powi(2)).sum();
    (sum / octets.len() as f32).sqrt()
}

#[test]
fn the_digital_milliwatt_is_zero_dbm0() {
    for (law, octets) in [(Law::A, DIGITAL_MILLIWATT_A), (Law::Mu, DIGITAL_MILLIWATT_MU)] {
        let level_dbm0 = dbm0_of_rms(law, rms(law, &octets));
        assert!(level_dbm0.abs() < 0.03, "{law:?} {level_dbm0}");
    }
}

#[test]
fn a_full_scale_sine_has_the_overload_level() {
    for (law, full_scale) in [(Law::A, 32_768.0), (Law::Mu, 32_636.0)] {
        assert!((sine_peak_of_dbm0(law, full_scale_dbm0(law)) - full_scale).abs() < 0.5);
    }
}

#[test]
fn levels_and_root_mean_squares_are_inverse() {
    for law in [Law::A, Law::Mu] {
        for level_dbm0 in [-60.0, -25.0, -13.5, 0.0, 3.0] {
            assert!((dbm0_of_rms(law, rms_of_dbm0(law, level_dbm0)) - level_dbm0).abs() < 1e-3);
        }
    }
    assert_eq!(dbm0_of_rms(Law::A, 0.0), f32::NEG_INFINITY);
}
