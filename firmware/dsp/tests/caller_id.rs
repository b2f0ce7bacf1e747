//! Caller id: messages of EN 300 659-3 and GR-30-CORE, and the modem's signal, read by a second formulation.

use codec::decode;
use dsp::{
    caller_id::{
        ACKNOWLEDGEMENT, ALERT, AlertDetector, CallTime, CallerId, CallerIdError, Charset, DtmfFrame, DtmfReader,
        Format, Generator, Modem, Receiver, Signal, Withheld, dtmf_digits,
    },
    dtmf::DtmfDigit,
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
    let octets = caller().emit(Format::Single, Charset::Ascii);
    assert_eq!(octets[..2], [0x04, 0x12]);
    assert_eq!(&octets[2..20], b"093012246095551212");
    assert_eq!(octets[20], 0x51);
    assert_eq!(octets.len(), 21);
}

#[test]
fn the_multiple_format_labels_time_number_and_name() {
    let octets = caller().emit(Format::Multiple, Charset::Ascii);
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
        assert_eq!(CallerId::parse(&caller.emit(Format::Multiple, Charset::Ascii), Charset::Ascii), Ok(caller));
    }
    let single = CallerId { name: Err(Withheld::Unavailable), ..caller() };
    assert_eq!(CallerId::parse(&single.emit(Format::Single, Charset::Ascii), Charset::Ascii), Ok(single));
    let withheld = CallerId { number: Err(Withheld::Private), name: Err(Withheld::Unavailable), ..caller() };
    assert_eq!(CallerId::parse(&withheld.emit(Format::Single, Charset::Ascii), Charset::Ascii), Ok(withheld));
}

#[test]
fn a_text_too_long_is_cut_and_a_character_no_telephone_has_becomes_a_question_mark() {
    let caller = CallerId { time: None, number: Ok("1".repeat(40)), name: Ok("Zoë 病房三 north wing".into()) };
    let read = CallerId::parse(&caller.emit(Format::Multiple, Charset::Ascii), Charset::Ascii).unwrap();
    assert_eq!(read.number, Ok("1".repeat(20)));
    assert_eq!(read.name, Ok("Zo? ??? north w".into()));
}

#[test]
fn damage_is_found_and_never_panics() {
    let good = caller().emit(Format::Multiple, Charset::Ascii);
    for place in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[place] ^= 1 << bit;
            assert!(CallerId::parse(&bad, Charset::Ascii).is_err(), "octet {place} bit {bit}");
        }
        assert_eq!(CallerId::parse(&good[..place], Charset::Ascii), Err(CallerIdError::Short), "cut at {place}");
    }
    let mut seed = 1_u32;
    for length in 0..200 {
        let mut octets: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        })
        .take(length)
        .collect();
        let _ = CallerId::parse(&octets, Charset::Ascii);
        // And with everything right but the contents.
        if let [message_type, body_length, .., check] = &mut octets[..] {
            (*message_type, *body_length, *check) = (0x80, length as u8 - 3, 0);
            let sum = octets.iter().fold(0_u8, |sum, &octet| sum.wrapping_add(octet));
            octets[length - 1] = sum.wrapping_neg();
            let _ = CallerId::parse(&octets, Charset::Ascii);
        }
    }
}

#[test]
fn a_parameter_that_is_not_known_is_skipped() {
    let mut octets = vec![0x80, 0, 0x0b, 0x01, b'I', 0x02, 0x03, b'1', b'1', b'9'];
    octets[1] = octets.len() as u8 - 2;
    octets.push(octets.iter().fold(0_u8, |sum, &octet| sum.wrapping_add(octet)).wrapping_neg());
    assert_eq!(CallerId::parse(&octets, Charset::Ascii), Ok(CallerId::of_number("119")));
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
            let (octets, _) = sent(Signal { modem, format: Format::Multiple, charset: Charset::Ascii }, law);
            let bits = bits(&octets, law, modem);
            assert!((1..299).all(|bit| bits[bit] == (bit % 2 == 1)), "channel seizure");
            assert!(bits[300..480].iter().all(|&one| one), "mark");
            let expected = caller().emit(Format::Multiple, Charset::Ascii);
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
    let signal = Signal { modem: Modem::Bell202, format: Format::Multiple, charset: Charset::Ascii };
    let (octets, length_ms) = sent(signal, Law::A);
    let mut ticks = octets.as_chunks::<OCTETS_PER_TICK>().0.iter();
    let level = ticks.by_ref().take(30).map(|tick| level_dbm0(Law::A, tick)).sum::<f32>() / 30.0;
    assert!((level + 13.5).abs() < 0.2, "{level}");
    let expected_ms = (480 + 10 * caller().emit(Format::Multiple, Charset::Ascii).len() + 10) as f64 / 1.2;
    assert!((f64::from(length_ms) - expected_ms).abs() <= 1.0);
    let sounding = octets.iter().rposition(|&octet| octet != Law::A.silence()).unwrap() as f64 / 8.0;
    assert!((sounding - expected_ms).abs() <= 1.0, "{sounding}");
}

#[test]
fn the_chinese_example_of_the_multiple_format_is_met_to_its_check_octet() {
    // 03-17 16:56, 2156430144, check BA: what Chinese makers of telephones reprint.
    let time = Some(CallTime { month: 3, day: 17, hour: 16, minute: 56 });
    let octets = CallerId { time, ..CallerId::of_number("2156430144") }.emit(Format::Multiple, Charset::Gbk);
    assert_eq!(octets[..4], [0x80, 0x16, 0x01, 0x08]);
    assert_eq!(&octets[4..24], b"03171656\x02\x0a2156430144");
    assert_eq!(octets[24..], [0xba]);
}

/// A caller without a number.
fn without_number(why: Withheld) -> CallerId {
    CallerId { number: Err(why), ..CallerId::of_number("") }
}

#[test]
fn dtmf_caller_id_is_framed_as_the_country_does() {
    let keys = |caller: &CallerId, frame| -> String {
        dtmf_digits(caller, frame).into_iter().map(DtmfDigit::as_char).collect()
    };
    let (known, frames) = (CallerId::of_number("010-8234 5678"), [DtmfFrame::DC, DtmfFrame::AHash, DtmfFrame::AC]);
    assert_eq!(frames.map(|frame| keys(&known, frame)), ["D01082345678C", "A01082345678#", "A01082345678C"]);
    let private = without_number(Withheld::Private);
    assert_eq!(frames.map(|frame| keys(&private, frame)), ["", "D1#", "B10C"], "China has no word for it");
    let unknown = without_number(Withheld::Unavailable);
    assert_eq!(frames.map(|frame| keys(&unknown, frame)), ["", "D3#", "B00C"]);
}

/// What the receiver takes from octets.
fn received(octets: &[u8], modem: Modem, law: Law) -> Option<CallerId> {
    let mut receiver = Receiver::new(modem, law);
    let mut ticks = octets.as_chunks::<OCTETS_PER_TICK>().0.iter();
    let message = ticks.find_map(|tick| receiver.process(tick))?;
    assert!(ticks.all(|tick| receiver.process(tick).is_none()), "told once");
    Some(CallerId::parse(message.octets(), Charset::Ascii).expect("a message whose sum is right"))
}

/// White noise of a level.
fn noise(law: Law, level_dbm0: f32, seed: u32) -> impl FnMut() -> f32 {
    let peak = codec::rms_of_dbm0(law, level_dbm0) * 3_f32.sqrt();
    let mut seed = seed;
    move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(seed) / f64::from(u32::MAX) * 2.0 - 1.0) as f32 * peak
    }
}

#[derive(Clone, Copy, Debug)]
struct Line {
    gain_db: f32,
    noise_dbm0: f32,
    faster: f64,
}

/// A good line; a long and a loud one, with noise 15 dB below the signal; senders whose clock is off by 1 %.
const LINES: [Line; 5] = [
    Line { gain_db: 0.0, noise_dbm0: -90.0, faster: 1.0 },
    Line { gain_db: -20.0, noise_dbm0: -48.5, faster: 1.0 },
    Line { gain_db: 5.0, noise_dbm0: -23.5, faster: 1.0 },
    Line { gain_db: 0.0, noise_dbm0: -50.0, faster: 1.01 },
    Line { gain_db: 0.0, noise_dbm0: -50.0, faster: 0.99 },
];

/// The octets at another level, with noise, played faster by a part.
fn over_a_line(octets: &[u8], law: Law, line: Line, seed: u32) -> Vec<u8> {
    let Line { gain_db, noise_dbm0, faster } = line;
    let samples: Vec<f32> = octets.iter().map(|&octet| f32::from(decode(law, octet))).collect();
    let count = (samples.len() as f64 / faster) as usize - 1;
    let mut noise = noise(law, noise_dbm0, seed);
    let at = |n: usize| {
        let place = n as f64 * faster;
        let (before, part) = (place as usize, (place - place.floor()) as f32);
        let sample = samples[before] * (1.0 - part) + samples[before + 1] * part;
        codec::encode(law, (sample * codec::ratio_of_db(gain_db) + noise()).round() as i16)
    };
    (0..count).map(at).collect()
}

#[test]
fn the_receiver_takes_every_modem_law_and_format_over_good_and_bad_lines() {
    for law in [Law::A, Law::Mu] {
        for modem in [Modem::Bell202, Modem::V23] {
            for format in [Format::Single, Format::Multiple] {
                let (octets, _) = sent(Signal { modem, format, charset: Charset::Ascii }, law);
                let octets = [octets, vec![law.silence(); 800]].concat();
                let name = if format == Format::Single { Err(Withheld::Unavailable) } else { caller().name };
                let expected = CallerId { name, ..caller() };
                for line in LINES {
                    for seed in 0..20 {
                        let heard = over_a_line(&octets, law, line, seed);
                        let received = received(&heard, modem, law);
                        assert_eq!(received.as_ref(), Some(&expected), "{law:?} {modem:?} {format:?} {line:?} {seed}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_message_is_taken_at_any_phase_of_the_tick_and_with_little_of_its_seizure() {
    let signal = Signal { modem: Modem::Bell202, format: Format::Multiple, charset: Charset::Ascii };
    let (octets, _) = sent(signal, Law::A);
    for late in (0..80).step_by(7) {
        let octets = [vec![0xd5; late], octets.clone(), vec![0xd5; 800]].concat();
        assert_eq!(received(&octets, signal.modem, Law::A), Some(caller()), "{late}");
    }
    // The first 2,900 samples are seizure and the beginning of mark.
    assert_eq!(received(&[&octets[2900..], &[0xd5; 800]].concat(), signal.modem, Law::A), Some(caller()));
}

#[test]
fn a_message_with_a_damaged_octet_is_dropped_and_the_one_after_it_is_taken() {
    let signal = Signal { modem: Modem::Bell202, format: Format::Multiple, charset: Charset::Ascii };
    let (octets, _) = sent(signal, Law::A);
    let mut damaged = octets.clone();
    damaged[4000..4040].fill(0xd5);
    assert_eq!(received(&[&damaged[..], &[0xd5; 800]].concat(), signal.modem, Law::A), None);
    assert_eq!(
        received(&[damaged, vec![0xd5; 800], octets, vec![0xd5; 800]].concat(), signal.modem, Law::A),
        Some(caller())
    );
}

#[test]
fn noise_and_tones_are_no_message() {
    let mut noise = noise(Law::A, -15.0, 1);
    let hiss: Vec<u8> = (0..800_000).map(|_| codec::encode(Law::A, noise() as i16)).collect();
    assert_eq!(received(&hiss, Modem::Bell202, Law::A), None);
    assert_eq!(received(&hiss, Modem::V23, Law::A), None);
}

/// What is read in keys.
fn read(keys: &str) -> Vec<Result<String, Withheld>> {
    let mut reader = DtmfReader::new();
    let digits = keys.chars().filter_map(DtmfDigit::of_char);
    digits.filter_map(|digit| reader.process(digit)).map(|caller| caller.number).collect()
}

fn number(number: &str) -> Vec<Result<String, Withheld>> {
    vec![Ok(number.to_owned())]
}

#[test]
fn digits_between_the_letters_of_any_country_are_the_number_and_others_are_none() {
    assert_eq!(read("D01082345678C"), number("01082345678"));
    assert_eq!(read("A01082345678#"), number("01082345678"));
    assert_eq!(read("A01082345678C"), number("01082345678"));
    assert_eq!(read("A5551D5552C"), number("5551"), "and who diverted it");
    assert_eq!(read("D13800138000#"), number("13800138000"));
    assert_eq!(read("5D120C"), number("120"), "a key before it is nobody's number");
    assert_eq!(read("D12D110C"), number("110"), "begun anew");
    assert!(read("01082345678C").is_empty());
    assert!(read("DC").is_empty());
    assert!(read("AC").is_empty());
    assert!(read("B7C").is_empty());
    assert!(read("D12*3C").is_empty());
    assert!(read(&format!("D{}C", "1".repeat(21))).is_empty());
}

#[test]
fn a_number_that_is_withheld_or_unknown_is_told_as_the_country_does() {
    for (keys, why) in [
        ("D1#", Withheld::Private),
        ("D2#", Withheld::Unavailable),
        ("D3#", Withheld::Unavailable),
        ("B10C", Withheld::Private),
        ("B00C", Withheld::Unavailable),
        ("AD5552B10C", Withheld::Private),
    ] {
        assert_eq!(read(keys), [Err(why)], "{keys}");
    }
    for frame in [DtmfFrame::AHash, DtmfFrame::AC] {
        for caller in
            [without_number(Withheld::Private), without_number(Withheld::Unavailable), CallerId::of_number("119")]
        {
            let mut reader = DtmfReader::new();
            let read: Vec<_> =
                dtmf_digits(&caller, frame).into_iter().filter_map(|digit| reader.process(digit)).collect();
            assert_eq!(read, [caller], "{frame:?}");
        }
    }
}

/// The alerting signal, of another length, level, twist or pitch, with noise below the weaker tone.
fn alert(ms: usize, low_dbm0: f32, high_dbm0: f32, off: f64, noise_db: f32) -> Vec<u8> {
    let mut noise = noise(Law::Mu, low_dbm0.min(high_dbm0) + noise_db, 3);
    let sine = |hz: f64, dbm0: f32, at: usize| {
        f64::from(codec::sine_peak_of_dbm0(Law::Mu, dbm0))
            * (std::f64::consts::TAU * hz * off * at as f64 / 8000.0).sin()
    };
    // Off the tick's edge.
    let (from, samples) = (837, ms * 8);
    let sample = |at: usize| {
        let sounds = (from..from + samples).contains(&at);
        let tones = if sounds { sine(2130.0, low_dbm0, at) + sine(2750.0, high_dbm0, at) } else { 0.0 };
        codec::encode(Law::Mu, (tones as f32 + noise()).round() as i16)
    };
    (0..4000).map(sample).collect()
}

fn alerts(octets: &[u8]) -> usize {
    let mut detector = AlertDetector::new(Law::Mu);
    octets.as_chunks::<OCTETS_PER_TICK>().0.iter().filter(|tick| detector.process(tick)).count()
}

#[test]
fn gr_30_the_alerting_signal_of_a_call_that_waits_is_heard_within_its_limits_and_once() {
    for ms in [75, 80, 85, 88, 110] {
        for (low_dbm0, high_dbm0) in [(-14.0, -14.0), (-22.0, -22.0), (-32.0, -32.0), (-20.0, -26.0), (-26.0, -20.0)] {
            for off in [0.995, 1.0, 1.005] {
                let octets = alert(ms, low_dbm0, high_dbm0, off, -20.0);
                assert_eq!(alerts(&octets), 1, "{ms} ms {low_dbm0} {high_dbm0} dBm0 {off}");
            }
        }
    }
    let mut generator = dsp::tone::Generator::new(ALERT, Law::Mu);
    let mut detector = AlertDetector::new(Law::Mu);
    let mut heard = 0;
    for _ in 0..30 {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        heard += usize::from(detector.process(&tick));
    }
    assert_eq!(heard, 1, "ours");
}

#[test]
fn what_is_no_alerting_signal_in_one_point_is_none() {
    for (what, octets) in [
        ("too short", alert(35, -20.0, -20.0, 1.0, -30.0)),
        ("too long", alert(200, -20.0, -20.0, 1.0, -30.0)),
        ("too weak", alert(80, -42.0, -42.0, 1.0, -20.0)),
        ("too high", alert(80, -20.0, -20.0, 1.025, -30.0)),
        ("too low", alert(80, -20.0, -20.0, 0.975, -30.0)),
        ("too twisted", alert(80, -30.0, -16.0, 1.0, -30.0)),
        ("in noise", alert(80, -20.0, -20.0, 1.0, 3.0)),
    ] {
        assert_eq!(alerts(&octets), 0, "{what}");
    }
}

#[test]
fn gr_30_the_answer_to_an_alerting_signal_is_a_d_that_our_receiver_takes() {
    let mut generator = dsp::dtmf::Generator::new(ACKNOWLEDGEMENT, Law::Mu);
    assert!(generator.push(DtmfDigit::of_char('D').unwrap()));
    let mut detector = dsp::dtmf::Detector::new();
    let mut heard = Vec::new();
    for _ in 0..30 {
        let mut lanes = [[Law::Mu.silence(); OCTETS_PER_TICK]; frame::LANES];
        generator.process(&mut lanes[0]);
        detector.process(&lanes, Law::Mu, 1, |_, digit, edge, _| heard.push((digit.as_char(), edge)));
    }
    assert!(matches!(heard[..], [('D', dsp::dtmf::Edge::Begin), ('D', dsp::dtmf::Edge::End)]), "{}", heard.len());
}

#[test]
fn a_chinese_name_goes_as_gbk_in_whole_characters() {
    let named = |name: &str| CallerId { name: Ok(name.into()), ..CallerId::of_number("801") };
    let octets = named("急诊台").emit(Format::Multiple, Charset::Gbk);
    // 急诊台 in GBK: BC B1, D5 EF, CC A8.
    assert!(octets.windows(8).any(|octets| octets == [0x07, 6, 0xbc, 0xb1, 0xd5, 0xef, 0xcc, 0xa8]), "{octets:02x?}");
    assert_eq!(CallerId::parse(&octets, Charset::Gbk), Ok(named("急诊台")));
    let long = named("ICU 心脏外科护士站").emit(Format::Multiple, Charset::Gbk);
    assert_eq!(CallerId::parse(&long, Charset::Gbk), Ok(named("ICU 心脏外科护")), "no half character");
    assert_eq!(
        CallerId::parse(&named("a\u{1F600}b").emit(Format::Multiple, Charset::Gbk), Charset::Gbk),
        Ok(named("a?b"))
    );
    let mut half = named("急").emit(Format::Multiple, Charset::Gbk);
    let at = half.len() - 2;
    half[at] = 0xff;
    let last = half.len() - 1;
    half[last] = half[..last].iter().fold(0_u8, |sum, &octet| sum.wrapping_add(octet)).wrapping_neg();
    assert_eq!(CallerId::parse(&half, Charset::Gbk), Err(CallerIdError::Parameter(7)));
}
