//! Caller id at the limits that a telephone has to bear, and against SpanDSP both ways.
//!
//! Sources: EN 300 659-1 (V.23) and GR-30-CORE (Bell 202). The figures are recalled, as BT's SIN 227 reprints them:
//!
//! | what | has to be borne |
//! |---|---|
//! | level of mark and of space | -8 to -40 dBV, here as 0 to -36 dBm0 |
//! | difference between the two | 6 dB either way |
//! | everything else in the band | 20 dB below the signal |
//! | bits a second | 1,200 ± 1 % |
//! | frequencies | ±1.5 % (V.23), ±1 % (Bell 202) |

use std::f64::consts::TAU;

use analog::plan::{CallerIdSignal, Country};
use codec::sine_peak_of_dbm0;
use dsp::{
    caller_id::{
        CallTime, CallerId, Charset, DtmfFrame, DtmfReader, Format, Generator, Modem, Receiver, Signal, dtmf_digits,
    },
    dtmf,
};
use frame::{Law, OCTETS_PER_TICK, Octets};
use standards::{
    RATE_HZ, level, line,
    noise::{self, Random},
    peer,
};

/// What a line and a sender do to a message.
#[derive(Clone, Copy, Debug)]
struct Sent {
    mark_dbm0: f32,
    space_dbm0: f32,
    mark_off: f64,
    space_off: f64,
    rate: f64,
    noise_db: f32,
}

/// As it should be.
const GOOD: Sent =
    Sent { mark_dbm0: -13.5, space_dbm0: -13.5, mark_off: 1.0, space_off: 1.0, rate: 1200.0, noise_db: -40.0 };

fn caller() -> CallerId {
    CallerId {
        time: Some(CallTime { month: 3, day: 17, hour: 16, minute: 56 }),
        number: Ok("2156430144".into()),
        name: Ok("WARD 3".into()),
    }
}

/// A message as a modem of these tests sends it: nothing of ours makes its signal.
fn signal(modem: Modem, sent: Sent) -> Vec<f32> {
    let octets = caller().emit(Format::Multiple, Charset::Ascii);
    let frame = |octet: u8| std::iter::once(false).chain((0..8).map(move |bit| octet >> bit & 1 == 1)).chain([true]);
    let seizure = (0..300).map(|bit| bit % 2 == 1);
    let bits: Vec<bool> =
        seizure.chain([true; 180]).chain(octets.into_iter().flat_map(frame)).chain([true; 10]).collect();
    let samples = (bits.len() as f64 / sent.rate * RATE_HZ as f64) as usize;
    let mut phase = 0.0;
    let sample = |at: usize| {
        let bit = bits[((at as f64 / RATE_HZ as f64 * sent.rate) as usize).min(bits.len() - 1)];
        let (hz, off, dbm0) = match bit {
            true => (modem.mark_hz(), sent.mark_off, sent.mark_dbm0),
            false => (modem.space_hz(), sent.space_off, sent.space_dbm0),
        };
        phase += TAU * f64::from(hz) * off / RATE_HZ as f64;
        (f64::from(sine_peak_of_dbm0(Law::A, dbm0)) * phase.sin()) as f32
    };
    (0..samples).map(sample).collect()
}

/// Whether the message is read in all of ten runs with other noise.
fn is_read(modem: Modem, sent: Sent) -> bool {
    (1..=10).all(|seed| {
        let signal = signal(modem, sent);
        let noise_dbm0 = sent.mark_dbm0.min(sent.space_dbm0) + sent.noise_db;
        let noisy = level::sum(noise::white(seed, noise_dbm0, signal.len()), &signal);
        let octets = [line::coded(Law::A, &noisy), vec![Law::A.silence(); 800]].concat();
        received(modem, &octets).is_some_and(|read| read == caller())
    })
}

fn received(modem: Modem, octets: &[u8]) -> Option<CallerId> {
    let mut receiver = Receiver::new(modem, Law::A);
    let ticks: &[Octets] = octets.as_chunks::<OCTETS_PER_TICK>().0;
    let message = ticks.iter().find_map(|tick| receiver.process(tick))?;
    CallerId::parse(message.octets(), Charset::Ascii).ok()
}

const MODEMS: [Modem; 2] = [Modem::V23, Modem::Bell202];

#[test]
fn en_300_659_1_levels_from_the_loudest_to_the_weakest() {
    for (modem, dbm0) in MODEMS.into_iter().flat_map(|modem| [0.0, -8.0, -20.0, -30.0, -36.0].map(|dbm0| (modem, dbm0)))
    {
        assert!(is_read(modem, Sent { mark_dbm0: dbm0, space_dbm0: dbm0, ..GOOD }), "{modem:?} {dbm0} dBm0");
    }
}

#[test]
fn en_300_659_1_mark_and_space_differ_by_6_db_either_way() {
    for modem in MODEMS {
        for (mark_dbm0, space_dbm0) in [(-13.5, -19.5), (-19.5, -13.5), (-30.0, -36.0), (-36.0, -30.0)] {
            assert!(is_read(modem, Sent { mark_dbm0, space_dbm0, ..GOOD }), "{modem:?} {mark_dbm0} {space_dbm0} dBm0");
        }
    }
}

#[test]
fn en_300_659_1_everything_else_is_20_db_below() {
    for modem in MODEMS {
        assert!(is_read(modem, Sent { noise_db: -20.0, ..GOOD }), "{modem:?}");
        assert!(
            is_read(modem, Sent { space_dbm0: -19.5, noise_db: -20.0, ..GOOD }),
            "{modem:?} with 6 dB between the two"
        );
    }
}

#[test]
fn en_300_659_1_and_gr_30_the_senders_clock_and_frequencies_are_off() {
    for (modem, part) in [(Modem::V23, 0.015), (Modem::Bell202, 0.01)] {
        for rate in [1188.0, 1200.0, 1212.0] {
            for (mark_off, space_off) in [(1.0 + part, 1.0 + part), (1.0 - part, 1.0 - part), (1.0 + part, 1.0 - part)]
            {
                let sent = Sent { rate, mark_off, space_off, noise_db: -25.0, ..GOOD };
                assert!(is_read(modem, sent), "{modem:?} {sent:?}");
            }
        }
    }
}

#[test]
fn these_limits_are_not_met_by_anything_at_all() {
    for modem in MODEMS {
        assert!(!is_read(modem, Sent { noise_db: 0.0, ..GOOD }), "{modem:?} in as much noise");
        assert!(!is_read(modem, Sent { mark_dbm0: -48.0, space_dbm0: -48.0, ..GOOD }), "{modem:?} below the limit");
        assert!(!is_read(modem, Sent { rate: 1100.0, ..GOOD }), "{modem:?} of another rate");
    }
}

/// Ours, as it goes out.
fn sent(signal: Signal) -> Vec<u8> {
    let mut generator = Generator::new(&caller(), signal, Law::A);
    let mut octets = Vec::new();
    for _ in 0..generator.length_ms().div_ceil(10) + 20 {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    octets
}

/// What SpanDSP reads in ours, field by field.
fn spandsp_reads(standard: &str, signal: Signal) -> String {
    String::from_utf8_lossy(&spandsp(&["decode", standard], &sent(signal)).out).into_owned()
}

#[test]
fn spandsp_reads_both_modems_in_both_formats() {
    for (standard, modem) in [("class", Modem::Bell202), ("clip", Modem::V23)] {
        let signal = |format| Signal { modem, format, charset: Charset::Ascii };
        let multiple = "message 80\n01 3033313731363536\n02 32313536343330313434\n07 574152442033\n";
        assert_eq!(spandsp_reads(standard, signal(Format::Multiple)), multiple, "{modem:?}");
    }
    // SpanDSP takes the single format in America only, and calls its one field 0.
    let signal = Signal { modem: Modem::Bell202, format: Format::Single, charset: Charset::Ascii };
    assert_eq!(spandsp_reads("class", signal), "message 04\n00 303331373136353632313536343330313434\n");
}

/// What a pair of some kilometres makes of a signal: duller, of this level, with noise 22 dB below it.
fn over_the_line(signal: &[f32], dbm0: f32, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let duller = line::dull(signal, random.between(1500.0, 3000.0));
    let silence = vec![0.0; RATE_HZ / 5];
    let whole = [silence.clone(), level::at_active_dbm0(duller, dbm0), silence].concat();
    line::coded(Law::A, &level::sum(noise::white(seed, dbm0 - 22.0, whole.len()), &whole))
}

fn spandsp(arguments: &[&str], heard: &[u8]) -> peer::Answer {
    let input = peer::octets(&line::decoded(Law::A, heard));
    peer::run("adsi_peer", arguments, input).unwrap_or_else(|why| panic!("{why}"))
}

/// Lines of each country and level, each of another length and with other noise.
const LINES: usize = 50;

/// The levels at which messages arrive, in dBm0.
const LEVELS_DBM0: [f32; 5] = [-5.0, -13.0, -21.0, -30.0, -38.0];

/// A message behind [`LINES`] lines.
fn over_lines(message: &[f32], dbm0: f32, first_seed: u64) -> Vec<Vec<u8>> {
    (first_seed..).take(LINES).map(|seed| over_the_line(message, dbm0, seed)).collect()
}

/// In how many of them SpanDSP reads all of it, heard one after the other on one line.
fn read_by_spandsp(standard: &str, heard: &[Vec<u8>]) -> usize {
    let read = String::from_utf8_lossy(&spandsp(&["decode", standard], &heard.concat()).out).into_owned();
    read.matches("02 32313536343330313434\n07 574152442033\n").count()
}

/// In how many of them we read all of it.
fn read_by_us(modem: Modem, heard: &[Vec<u8>]) -> usize {
    let is_whole = |read: CallerId| (read.number, read.name) == (caller().number, caller().name);
    heard.iter().filter(|octets| received(modem, octets).is_some_and(is_whole)).count()
}

/// Who calls, as a country's exchanges say it by modem: ours read by SpanDSP, and SpanDSP's by us.
#[test]
fn each_countrys_message_crosses_each_line_both_ways_from_minus_5_to_minus_38_dbm0() {
    let crosses = |number: usize, country: Country| {
        let CallerIdSignal::Fsk(signal) = country.plan().caller_id.signal else { panic!("{country:?} has a modem") };
        let signal = Signal { charset: Charset::Ascii, format: Format::Multiple, ..signal };
        let standard = if signal.modem == Modem::V23 { "clip" } else { "class" };
        let ours = line::decoded(Law::A, &sent(signal));
        let theirs = peer::run("adsi_peer", &["encode", standard, "2156430144", "WARD 3"], Vec::new());
        let theirs = theirs.unwrap_or_else(|why| panic!("{why}")).samples();
        for (seed, dbm0) in (1_000 * number as u64..).step_by(2 * LINES).zip(LEVELS_DBM0) {
            let read = read_by_spandsp(standard, &over_lines(&ours, dbm0, seed));
            assert_eq!(read, LINES, "{country:?} {dbm0} dBm0: SpanDSP reads ours");
            let read = read_by_us(signal.modem, &over_lines(&theirs, dbm0, seed + LINES as u64));
            assert_eq!(read, LINES, "{country:?} {dbm0} dBm0: we read SpanDSP's");
        }
    };
    std::thread::scope(|scope| {
        for (number, country) in Country::ALL.into_iter().enumerate() {
            scope.spawn(move || crosses(number, country));
        }
    });
}

/// The same in digits, for telephones and exchanges that have no modem. Receivers of digits need not go lower than -29 dBm
/// (ITU-T Q.24, NTT).
#[test]
fn digits_that_tell_who_calls_cross_a_line_both_ways_from_minus_5_to_minus_29_dbm0() {
    for (number, country) in Country::ALL.into_iter().enumerate() {
        let mut generator = dtmf::Generator::new(country.plan().dtmf, Law::A);
        assert!(dtmf_digits(&caller(), DtmfFrame::DC).into_iter().all(|digit| generator.push(digit)));
        let mut ours = Vec::new();
        for _ in 0..400 {
            let mut tick = [0; OCTETS_PER_TICK];
            generator.process(&mut tick);
            ours.extend(tick);
        }
        let theirs = peer::run("adsi_peer", &["keys", "D2156430144C"], Vec::new());
        let theirs = theirs.unwrap_or_else(|why| panic!("{why}")).samples();
        for (seed, dbm0) in (1000 + 100 * number as u64..).zip([-5.0, -13.0, -21.0, -29.0]) {
            let heard = over_the_line(&line::decoded(Law::A, &ours), dbm0, seed);
            let read = String::from_utf8_lossy(&spandsp(&["digits"], &heard).out).into_owned();
            assert_eq!(read.trim(), "D2156430144C", "{country:?} {dbm0} dBm0: SpanDSP");
            let read = in_digits(&over_the_line(&theirs, dbm0, seed + 50));
            assert_eq!(read.map(|caller| caller.number), Some(caller().number), "{country:?} {dbm0} dBm0: ours");
        }
    }
}

/// Who calls, where it is told in digits.
fn in_digits(octets: &[u8]) -> Option<CallerId> {
    let (mut detector, mut reader, mut read) = (dtmf::Detector::new(), DtmfReader::new(), None);
    for tick in line::ticks(Law::A, &[octets.to_vec()]) {
        detector.process(&tick, Law::A, 1, |_, digit, edge, _| {
            if edge == dtmf::Edge::Begin {
                read = reader.process(digit).or(read.take());
            }
        });
    }
    read
}

#[test]
fn what_spandsp_sends_is_read_at_the_weakest_level_with_noise() {
    for (standard, modem) in [("class", Modem::Bell202), ("clip", Modem::V23)] {
        let answer = peer::run("adsi_peer", &["encode", standard, "02079460000", "NURSES"], Vec::new());
        let signal = answer.unwrap_or_else(|why| panic!("{why}")).samples();
        let quiet = level::at_active_dbm0(signal, -36.0);
        let noisy = level::sum(noise::white(1, -56.0, quiet.len()), &quiet);
        let read = received(modem, &line::coded(Law::A, &noisy)).unwrap_or_else(|| panic!("{standard} is not read"));
        assert_eq!((read.number, read.name), (Ok("02079460000".into()), Ok("NURSES".into())), "{standard}");
    }
}
