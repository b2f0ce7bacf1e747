//! DTMF receivers and senders as those who measure them do: the procedure of Mitel's tape CM7291, synthesised; digits under
//! prompts; the sender's limits, looked at by other means than our receivers; a smoke of talk-off.
//!
//! The tape's steps are told by SpanDSP's `tests/dtmf_rx_tests.c` (`mitel_cm7291_side_1_tests`,
//! `dial_tone_tolerance_tests`); its limits stand in [`LIMITS`]. Limits of ITU-T Q.24 by the clause are in
//! `firmware/dsp/tests/dtmf.rs`.

use dsp::{
    dtmf::{Detector, DtmfDigit, Edge, Generator, Timing},
    tone::Playing,
};
use frame::{Law, OCTETS_PER_TICK};
use standards::{
    corpus, level, line,
    noise::white,
    samples_of_ms,
    tone::{level_of, sine},
};

/// What a receiver has to reach on the tape, and what ours may not fall behind.
struct Limits {
    /// Recognition bandwidth less the offset of its middle: at least and below, in percent.
    bandwidth_pct: (f32, f32),
    /// Q.24, AT&T: taken and refused, in percent, on both sides.
    frequency_pct: (f32, f32),
    /// Of the column below the row, and of the row below the column, in decibels.
    twist_db: (f32, f32),
    dynamic_range_db: usize,
    /// The shortest pulse: longer than what Q.24 refuses, not longer than what it takes, in milliseconds.
    guard_ms: (f32, f32),
    /// All of a thousand pulses taken with noise so far below each tone.
    signal_to_noise_db: f32,
    /// All digits taken with a dial tone so far below each tone, without a filter of its own, and with one.
    dial_tone_db: f32,
}

const LIMITS: Limits = Limits {
    bandwidth_pct: (3.0, 15.0),
    frequency_pct: (1.5, 3.5),
    twist_db: (8.0, 4.0),
    dynamic_range_db: 35,
    guard_ms: (24.0, 40.0),
    // The tape's easiest step is 24 dB; SpanDSP's 3.0 takes 9.
    signal_to_noise_db: 9.0,
    dial_tone_db: -12.0,
};

/// The digits of the diagonal, with which the tape measures.
const DIAGONAL: [char; 4] = ['1', '5', '9', 'D'];
/// All sixteen, row by row.
const KEYS: &str = "123A456B789C*0#D";
/// The tape's pulses: 50 ms, and 50 ms of silence.
const PULSE_MS: usize = 50;

fn digit_of(key: char) -> DtmfDigit {
    DtmfDigit::of_char(key).expect("a key of the sixteen")
}

/// A pulse of two tones and the silence after it.
#[derive(Clone, Copy)]
struct Pulse {
    row_hz: f64,
    column_hz: f64,
    row_dbm0: f32,
    column_dbm0: f32,
    /// In samples.
    length: usize,
}

impl Pulse {
    fn of(key: char, level_dbm0: f32) -> Pulse {
        let digit = digit_of(key);
        Pulse {
            row_hz: f64::from(digit.low_hz()),
            column_hz: f64::from(digit.high_hz()),
            row_dbm0: level_dbm0,
            column_dbm0: level_dbm0,
            length: samples_of_ms(PULSE_MS),
        }
    }

    fn signal(&self) -> Vec<f32> {
        let row = sine(self.row_hz, self.row_dbm0, self.length);
        let mut signal = level::sum(row, &sine(self.column_hz, self.column_dbm0, self.length));
        signal.extend(vec![0.0; samples_of_ms(PULSE_MS)]);
        signal
    }
}

/// What is heard of a signal on some lane, by every set of instructions alike.
fn heard(signal: &[f32]) -> String {
    let mut signal = signal.to_vec();
    signal.extend(vec![0.0; samples_of_ms(100)]);
    let mut lanes = vec![Vec::new(); 7];
    lanes.push(line::coded(Law::A, &signal));
    let ticks = line::ticks(Law::A, &lanes);
    let by = |mut detector: Detector| {
        let mut told = String::new();
        for tick in &ticks {
            detector.process(tick, Law::A, 1 << 7, |_, digit, edge, _| {
                told.extend((edge == Edge::Begin).then(|| digit.as_char()));
            });
        }
        told
    };
    let mut told = Detector::of_every_level().into_iter().map(by);
    let portable = told.next().expect("there is always the portable one");
    told.for_each(|told| assert_eq!(told, portable, "instructions must not decide"));
    portable
}

/// How many of these pulses, played one after the other, are taken.
fn taken(pulses: impl Iterator<Item = Pulse>) -> usize {
    heard(&pulses.flat_map(|pulse| pulse.signal()).collect::<Vec<f32>>()).len()
}

#[test]
fn cm7291_test_2_every_digit_ten_times() {
    for digit in DtmfDigit::all() {
        let ten = Pulse::of(digit.as_char(), -4.0).signal().repeat(10);
        assert_eq!(heard(&ten), digit.as_char().to_string().repeat(10));
    }
}

/// Pulses taken while one of the tones moves away by a thousandth a pulse, up to 6 %.
fn bandwidth(key: char, sign: f64, moved: fn(&mut Pulse, f64)) -> f32 {
    let pulses = (1..=60).map(|step| {
        let mut pulse = Pulse::of(key, -17.0);
        moved(&mut pulse, 1.0 + sign * f64::from(step) / 1000.0);
        pulse
    });
    taken(pulses) as f32 / 10.0
}

#[test]
fn cm7291_test_3_bandwidth_and_middle_of_every_tone_and_the_edges_of_q24() {
    let tones: [fn(&mut Pulse, f64); 2] =
        [|pulse, factor| pulse.row_hz *= factor, |pulse, factor| pulse.column_hz *= factor];
    for key in DIAGONAL {
        for (group, moved) in ["row", "column"].into_iter().zip(tones) {
            let (above, below) = (bandwidth(key, 1.0, moved), bandwidth(key, -1.0, moved));
            let (width, offset) = (above + below, above - below);
            let (least, most) = LIMITS.bandwidth_pct;
            assert!(width >= least + offset && width < most + offset, "{key} {group}: {below} to {above} %");
            let (taken, refused) = LIMITS.frequency_pct;
            for edge in [above, below] {
                assert!(edge >= taken && edge < refused, "{key} {group}: {below} to {above} %");
            }
        }
    }
}

#[test]
fn cm7291_test_4_twist_both_ways() {
    for key in DIAGONAL {
        let down = |step: u16| -3.0 - f32::from(step) / 10.0;
        let normal = taken((0..200).map(|step| Pulse { column_dbm0: down(step), ..Pulse::of(key, -3.0) }));
        let reverse = taken((0..200).map(|step| Pulse { row_dbm0: down(step), ..Pulse::of(key, -3.0) }));
        let (normal_db, reverse_db) = (normal as f32 / 10.0, reverse as f32 / 10.0);
        assert!(normal_db >= LIMITS.twist_db.0 && reverse_db >= LIMITS.twist_db.1, "{key}: {normal_db}, {reverse_db}");
    }
}

#[test]
fn cm7291_test_5_dynamic_range() {
    let taken = taken((3..=50).map(|down| Pulse::of('1', -(down as f32))));
    assert!(taken >= LIMITS.dynamic_range_db, "{taken} dB");
}

#[test]
fn cm7291_test_6_guard_time() {
    // From 49 to 10 ms, by a tenth of a millisecond.
    let length = |tenths: usize| tenths * 8 / 10;
    let taken = taken((100..490).rev().map(|tenths| Pulse { length: length(tenths), ..Pulse::of('1', -3.0) }));
    let guard_ms = (500 - taken) as f32 / 10.0;
    assert!((LIMITS.guard_ms.0..=LIMITS.guard_ms.1).contains(&guard_ms), "{guard_ms} ms");
}

#[test]
fn cm7291_test_7_a_thousand_pulses_in_noise() {
    let pulses = Pulse::of('1', -4.0).signal().repeat(1000);
    let noise = white(7, -4.0 - LIMITS.signal_to_noise_db, pulses.len());
    assert_eq!(heard(&level::sum(pulses, &noise)).len(), 1000);
}

#[test]
fn cm7291_a_dial_tone_12_db_above_the_digit_does_not_hide_it() {
    for hz in [&[350.0, 440.0][..], &[450.0], &[425.0]] {
        let digits: Vec<f32> = DtmfDigit::all().flat_map(|digit| Pulse::of(digit.as_char(), -15.0).signal()).collect();
        let tone = |hz: &f64| sine(*hz, -15.0 - LIMITS.dial_tone_db, digits.len());
        let signal = hz.iter().fold(digits.clone(), |signal, hz| level::sum(signal, &tone(hz)));
        let clipped: Vec<f32> = signal.into_iter().map(|sample| sample.clamp(-32_768.0, 32_767.0)).collect();
        assert_eq!(heard(&clipped), KEYS, "{hz:?}");
    }
}

/// A digit of 70 ms and its pause.
const PERIOD: usize = samples_of_ms(70 + PULSE_MS);
/// The echo of a prompt at -13 dBm0 comes back so far below it.
const ECHO_DB: [f32; 2] = [10.0, 15.0];

#[test]
fn talk_down_digits_are_taken_while_our_prompt_comes_back_as_echo() {
    // Digits as a telephone sends them, -9 dBm0 at the exchange and 4 dB lost on the way.
    let voice = corpus::read(&standards::peer::target("voices/caller.wav")).unwrap();
    for echo_db in ECHO_DB {
        let echo = corpus::at_loud_dbm0(&voice, -13.0 - echo_db);
        let digits: Vec<f32> = KEYS
            .chars()
            .cycle()
            .flat_map(|key| Pulse { length: samples_of_ms(70), ..Pulse::of(key, -13.0) }.signal())
            .take(echo.len() / PERIOD * PERIOD)
            .collect();
        let sent = digits.len() / PERIOD;
        let told = heard(&level::sum(digits, &echo));
        let expected: String = KEYS.chars().cycle().take(sent).collect();
        assert_eq!(told, expected, "{echo_db} dB");
    }
}

/// How a sender must be: ES 201 235-2, clause 4, and ITU-T Q.23.
struct SenderLimits {
    /// Off the nominal frequency, in percent.
    frequency_pct: f64,
    /// Off the level that was asked for, in decibels.
    level_db: f32,
    /// All that is neither of the two tones, below both together, in decibels.
    unwanted_db: f32,
    /// Least lengths of tone and pause, in milliseconds, where nobody holds a key.
    least_ms: (usize, usize),
}

const SENDER: SenderLimits = SenderLimits { frequency_pct: 1.5, level_db: 2.0, unwanted_db: 20.0, least_ms: (65, 65) };

/// What a sender puts on the line.
fn sent(keys: &str, timing: Timing) -> Vec<f32> {
    let mut sender = Generator::new(timing, Law::A);
    assert!(keys.chars().all(|key| sender.push(digit_of(key))));
    let mut octets = Vec::new();
    loop {
        let mut tick = [0; OCTETS_PER_TICK];
        let playing = sender.process(&mut tick);
        octets.extend(tick);
        if playing == Playing::Ended {
            return line::decoded(Law::A, &octets);
        }
    }
}

/// The frequency near `hz` at which a signal is loudest, by steps of 0.02 %.
fn loudest_hz(hz: f64, signal: &[f32]) -> f64 {
    let candidates = (-150..=150).map(|step| hz * (1.0 + f64::from(step) / 5000.0));
    candidates
        .max_by(|one, other| level_of(*one, signal).total_cmp(&level_of(*other, signal)))
        .expect("there are candidates")
}

#[test]
fn es_201_235_2_frequencies_levels_purity_and_lengths_of_what_is_sent() {
    let timing = Timing { on_ms: 70, off_ms: 70, low_dbm0: -11.0, high_dbm0: -9.0 };
    let line = sent(KEYS, timing);
    assert_eq!(line.len(), KEYS.len() * samples_of_ms(140));
    for (key, period) in KEYS.chars().zip(line.chunks(samples_of_ms(140))) {
        let digit = digit_of(key);
        let (tone, pause) = period.split_at(samples_of_ms(70));
        for (hz, level_dbm0) in [(digit.low_hz(), -11.0), (digit.high_hz(), -9.0)] {
            let found = loudest_hz(f64::from(hz), tone);
            assert!((found / f64::from(hz) - 1.0).abs() * 100.0 < SENDER.frequency_pct, "{key}: {found} for {hz} Hz");
            assert!((level_of(f64::from(hz), tone) - level_dbm0).abs() < SENDER.level_db, "{key}: {hz} Hz");
        }
        let both = level::sum(sine_like(tone, digit.low_hz()), &sine_like(tone, digit.high_hz()));
        let rest: Vec<f32> = tone.iter().zip(&both).map(|(sample, tones)| sample - tones).collect();
        assert!(level::dbm0(tone) - level::dbm0(&rest) > SENDER.unwanted_db, "{key}");
        // Silence in A-law is its smallest value.
        assert!(pause.iter().all(|sample| sample.abs() <= 8.0), "{key}");
        assert!(samples_of_ms(SENDER.least_ms.0) <= tone.len() && samples_of_ms(SENDER.least_ms.1) <= pause.len());
    }
}

/// The part of a signal that is a sine of a frequency.
fn sine_like(signal: &[f32], hz: f32) -> Vec<f32> {
    let angle = |n: usize| std::f64::consts::TAU * f64::from(hz) * n as f64 / standards::RATE_HZ as f64;
    let part = |of: fn(f64) -> f64| {
        let sum: f64 = signal.iter().enumerate().map(|(n, &sample)| f64::from(sample) * of(angle(n))).sum();
        2.0 * sum / signal.len() as f64
    };
    let (cosine, sine) = (part(f64::cos), part(f64::sin));
    (0..signal.len()).map(|n| (cosine * angle(n).cos() + sine * angle(n).sin()) as f32).collect()
}

#[test]
fn spandsp_hears_every_digit_that_we_send() {
    let timing = Timing { on_ms: 70, off_ms: 70, low_dbm0: -11.0, high_dbm0: -9.0 };
    let line = sent(KEYS, timing);
    let answer = standards::peer::run("dtmf_peer", &["hear"], standards::peer::octets(&line)).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.out).trim(), KEYS);
}

#[test]
fn talk_off_readers_at_many_levels_and_speeds_are_no_digit() {
    for file in corpus::files("voices").unwrap() {
        let voice = corpus::read(&file).unwrap();
        for percent in [100, 115] {
            let voice = corpus::at_speed(&voice, percent);
            let lane = |step: usize| line::coded(Law::A, &corpus::at_loud_dbm0(&voice, -3.0 - 2.5 * step as f32));
            let lanes: Vec<Vec<u8>> = (0..14).map(lane).collect();
            let mut detector = Detector::new();
            for tick in line::ticks(Law::A, &lanes) {
                let told = |lane: u8, _, _, at| panic!("{} at {percent} %, level {lane}: sample {at}", file.display());
                detector.process(&tick, Law::A, (1 << 14) - 1, told);
            }
        }
    }
}
