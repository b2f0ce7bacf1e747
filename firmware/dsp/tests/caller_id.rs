//! Caller id: messages of EN 300 659-3 and GR-30-CORE, and the modem's signal, read by a second formulation.

use codec::decode;
use dsp::{
    caller_id::{
        CallTime, CallerId, CallerIdError, DtmfFrame, Format, Generator, Modem, Signal, Withheld, dtmf_digits,
    },
    level_dbm0,
    tone::Playing,
};
use frame::{Law, OCTETS_PER_TICK};

fn caller() -> CallerId {
    CallerId {
        time: Some(CallTime { month: 9, day: 30, hour: 12, minute: 24 }),
        number: Ok("6095551212".into()),
        name: Ok("WARD 3".into()),
    }
}

#[test]
fn the_single_format_example_of_gr_30_is_met_octet_by_octet() {
    // Type 04, 18 octets, 09301224 6095551212, check 51: the worked example that modem makers reprint.
    let octets = caller().emit(Format::Single);
    assert_eq!(octets[..2], [0x04, 0x12]);
    assert_eq!(&octets[2..20], b"093012246095551212");
    assert_eq!(octets[20], 0x51);
    assert_eq!(octets.len(), 21);
}

#[test]
fn the_multiple_format_labels_time_number_and_name() {
    let octets = caller().emit(Format::Multiple);
    assert_eq!(octets[0], 0x80);
    assert_eq!(usize::from(octets[1]), octets.len() - 3);
    assert_eq!(&octets[2..12], b"\x01\x0809301224");
    assert_eq!(&octets[12..24], b"\x02\x0a6095551212");
    assert_eq!(&octets[24..32], b"\x07\x06WARD 3");
    assert_eq!(octets.iter().fold(0_u8, |sum, &octet| sum.wrapping_add(octet)), 0);
}

#[test]
fn a_message_is_read_back_as_it_was_written() {
    let private = CallerId { time: None, number: Err(Withheld::Private), name: Err(Withheld::Private) };
    let bare = CallerId::of_number("01082345678");
    for caller in [caller(), private, bare] {
        assert_eq!(CallerId::parse(&caller.emit(Format::Multiple)), Ok(caller));
    }
    let single = CallerId { name: Err(Withheld::Unavailable), ..caller() };
    assert_eq!(CallerId::parse(&single.emit(Format::Single)), Ok(single));
    let withheld = CallerId { number: Err(Withheld::Private), name: Err(Withheld::Unavailable), ..caller() };
    assert_eq!(CallerId::parse(&withheld.emit(Format::Single)), Ok(withheld));
}

#[test]
fn a_text_too_long_is_cut_and_a_character_no_telephone_has_becomes_a_question_mark() {
    let caller = CallerId { time: None, number: Ok("1".repeat(40)), name: Ok("Zoë 病房三 north wing".into()) };
    let read = CallerId::parse(&caller.emit(Format::Multiple)).unwrap();
    assert_eq!(read.number, Ok("1".repeat(20)));
    assert_eq!(read.name, Ok("Zo? ??? north w".into()));
}

#[test]
fn damage_is_found_and_never_panics() {
    let good = caller().emit(Format::Multiple);
    for place in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[place] ^= 1 << bit;
            assert!(CallerId::parse(&bad).is_err(), "octet {place} bit {bit}");
        }
        assert_eq!(CallerId::parse(&good[..place]), Err(CallerIdError::Short), "cut at {place}");
    }
    let mut seed = 1_u32;
    for length in 0..200 {
        let mut octets: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        })
        .take(length)
        .collect();
        let _ = CallerId::parse(&octets);
        // And with everything right but the contents.
        if let [message_type, body_length, .., check] = &mut octets[..] {
            (*message_type, *body_length, *check) = (0x80, length as u8 - 3, 0);
            let sum = octets.iter().fold(0_u8, |sum, &octet| sum.wrapping_add(octet));
            octets[length - 1] = sum.wrapping_neg();
            let _ = CallerId::parse(&octets);
        }
    }
}

#[test]
fn a_parameter_that_is_not_known_is_skipped() {
    let mut octets = vec![0x80, 0, 0x0b, 0x01, b'I', 0x02, 0x03, b'1', b'1', b'9'];
    octets[1] = octets.len() as u8 - 2;
    octets.push(octets.iter().fold(0_u8, |sum, &octet| sum.wrapping_add(octet)).wrapping_neg());
    assert_eq!(CallerId::parse(&octets), Ok(CallerId::of_number("119")));
}

/// The line's octets from the first bit to the last tick.
fn sent(signal: Signal, law: Law) -> (Vec<u8>, u32) {
    let mut generator = Generator::new(&caller(), signal, law);
    let length_ms = generator.length_ms();
    let mut octets = Vec::new();
    loop {
        let mut tick = [0; OCTETS_PER_TICK];
        let playing = generator.process(&mut tick);
        octets.extend(tick);
        if playing == Playing::Ended {
            return (octets, length_ms);
        }
    }
}

/// How strong `hz` is around a sample, by plain correlation over most of a bit.
fn strength(samples: &[f64], middle: f64, hz: f64) -> f64 {
    let from = (middle - 3.0).round().max(0.0) as usize;
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate().skip(from).take(7) {
        let angle = std::f64::consts::TAU * hz * n as f64 / 8000.0;
        re += sample * angle.cos();
        im += sample * angle.sin();
    }
    re * re + im * im
}

/// Reads bits at their middles, knowing when the first began.
fn bits(octets: &[u8], law: Law, modem: Modem) -> Vec<bool> {
    let samples: Vec<f64> = octets.iter().map(|&octet| f64::from(decode(law, octet))).collect();
    let count = (octets.len() as f64 * 1200.0 / 8000.0) as usize;
    let one = |bit: usize| {
        let middle = (bit as f64 + 0.5) * 8000.0 / 1200.0;
        let (mark, space) = (f64::from(modem.mark_hz()), f64::from(modem.space_hz()));
        strength(&samples, middle, mark) > strength(&samples, middle, space)
    };
    (0..count).map(one).collect()
}

#[test]
fn the_signal_has_seizure_mark_and_the_message_in_frames_of_ten_bits() {
    for law in [Law::A, Law::Mu] {
        for modem in [Modem::Bell202, Modem::V23] {
            let (octets, _) = sent(Signal { modem, format: Format::Multiple }, law);
            let bits = bits(&octets, law, modem);
            assert!((1..299).all(|bit| bits[bit] == (bit % 2 == 1)), "channel seizure");
            assert!(bits[300..480].iter().all(|&one| one), "mark");
            let expected = caller().emit(Format::Multiple);
            for (place, &octet) in expected.iter().enumerate() {
                let frame = &bits[480 + place * 10..490 + place * 10];
                assert!(!frame[0] && frame[9], "start and stop of octet {place}");
                let read = (0..8).fold(0, |octet, bit| octet | u8::from(frame[1 + bit]) << bit);
                assert_eq!(read, octet, "octet {place} {law:?} {modem:?}");
            }
        }
    }
}

#[test]
fn the_signal_is_13_5_dbm0_and_as_long_as_it_says() {
    let signal = Signal { modem: Modem::Bell202, format: Format::Multiple };
    let (octets, length_ms) = sent(signal, Law::A);
    let mut ticks = octets.as_chunks::<OCTETS_PER_TICK>().0.iter();
    let level = ticks.by_ref().take(30).map(|tick| level_dbm0(Law::A, tick)).sum::<f32>() / 30.0;
    assert!((level + 13.5).abs() < 0.2, "{level}");
    let expected_ms = (480 + 10 * caller().emit(Format::Multiple).len() + 10) as f64 / 1.2;
    assert!((f64::from(length_ms) - expected_ms).abs() <= 1.0);
    let sounding = octets.iter().rposition(|&octet| octet != Law::A.silence()).unwrap() as f64 / 8.0;
    assert!((sounding - expected_ms).abs() <= 1.0, "{sounding}");
}

#[test]
fn dtmf_caller_id_is_framed_as_the_country_does() {
    let keys = |frame| dtmf_digits("010-8234 5678", frame).into_iter().map(|digit| digit.as_char()).collect::<String>();
    assert_eq!(keys(DtmfFrame::DC), "D01082345678C");
    assert_eq!(keys(DtmfFrame::AHash), "A01082345678#");
}
