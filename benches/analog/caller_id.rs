//! Caller ids over a line, both ways: ours read by SpanDSP, SpanDSP's read by us. At -30 dBm0, in noise, over a pair of wires
//! that takes more from what is high, by A-law.

use std::error::Error;

use analog::plan::{CallerIdSignal, Country};
use dsp::caller_id::{CallTime, CallerId, Charset, Format, Generator, Modem, Receiver, Signal};
use frame::{Law, OCTETS_PER_TICK, Octets};
use standards::{level, line, noise, noise::Random, peer};

use crate::figure::{figure, note};

const LEVEL_DBM0: f32 = -30.0;
/// What is there beside the signal, below it: GR-30-CORE wants 20 dB to be borne.
const NOISE_DB: f32 = -22.0;
/// Messages each way and modem.
const MESSAGES: u64 = 250;
/// Silence before and behind a message, in samples.
const SILENCE: usize = 1600;

/// Counts what arrives whole.
pub fn measure() -> Result<(), Box<dyn Error>> {
    let (mut arrived, mut sent) = (0, 0);
    for (standard, modem) in [("class", Modem::Bell202), ("clip", Modem::V23)] {
        let (mut to_peer, mut from_peer) = (0, 0);
        for seed in 0..MESSAGES {
            to_peer += u64::from(peer_reads(standard, modem, &caller(seed), seed)?);
            from_peer += u64::from(we_read(standard, modem, seed)?);
        }
        note(&format!("{modem:?}: SpanDSP read {to_peer} of our {MESSAGES}, we read {from_peer} of its {MESSAGES}"));
        (arrived, sent) = (arrived + to_peer + from_peer, sent + 2 * MESSAGES);
    }
    figure("analog.cid_success_pct", arrived as f64 * 100.0 / sent as f64, "%");
    let countries: Vec<String> = Country::ALL.into_iter().map(modem_of).collect();
    note(&format!("{arrived} of {sent} messages at {LEVEL_DBM0} dBm0; {}", countries.join(", ")));
    Ok(())
}

/// Which modem a country's exchanges have.
fn modem_of(country: Country) -> String {
    match country.plan().caller_id.signal {
        CallerIdSignal::Fsk(signal) => format!("{country:?}: {:?}", signal.modem),
        CallerIdSignal::Dtmf(_) => format!("{country:?}: digits"),
    }
}

/// A number of 3 to 15 digits, which is as long as E.164 has them, and a moment. Of 16 octets SpanDSP sends the length twice: it
/// takes 16 for the escape of another protocol.
fn caller(seed: u64) -> CallerId {
    let mut random = Random::new(seed);
    let digits = 3 + random.below(13);
    let number: String = (0..digits).map(|_| char::from(b'0' + random.below(10) as u8)).collect();
    let time = CallTime {
        month: 1 + random.below(12) as u8,
        day: 1 + random.below(28) as u8,
        hour: random.below(24) as u8,
        minute: random.below(60) as u8,
    };
    CallerId { time: Some(time), number: Ok(number), name: Ok("WARD 3".into()) }
}

fn peer_reads(standard: &str, modem: Modem, caller: &CallerId, seed: u64) -> Result<bool, Box<dyn Error>> {
    let signal = Signal { modem, format: Format::Multiple, charset: Charset::Ascii };
    let mut generator = Generator::new(caller, signal, Law::A);
    let mut octets = Vec::new();
    for _ in 0..generator.length_ms().div_ceil(10) {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    let heard = over_the_line(&line::decoded(Law::A, &octets), seed);
    let answer = peer::run("adsi_peer", &["decode", standard], peer::octets(&line::decoded(Law::A, &heard)))?;
    let number: String =
        caller.number.iter().flat_map(|number| number.bytes()).map(|octet| format!("{octet:02x}")).collect();
    let told = String::from_utf8_lossy(&answer.out).into_owned();
    Ok(told.lines().any(|field| field == format!("02 {number}")))
}

fn we_read(standard: &str, modem: Modem, seed: u64) -> Result<bool, Box<dyn Error>> {
    let caller = caller(seed);
    let number = caller.number.clone().unwrap_or_default();
    let answer = peer::run("adsi_peer", &["encode", standard, &number, "WARD 3"], Vec::new())?;
    let heard = over_the_line(&answer.samples(), seed + MESSAGES);
    let mut receiver = Receiver::new(modem, Law::A);
    let ticks: &[Octets] = heard.as_chunks::<OCTETS_PER_TICK>().0;
    let message = ticks.iter().find_map(|tick| receiver.process(tick));
    let read = message.and_then(|message| CallerId::parse(message.octets(), Charset::Ascii).ok());
    Ok(read.is_some_and(|read| (read.number, read.name) == (caller.number, caller.name)))
}

/// A pair of wires, then the level, noise, and A-law.
fn over_the_line(signal: &[f32], seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed ^ 0x11);
    let duller = line::dull(signal, random.between(1500.0, 3000.0));
    let silence = || vec![0.0; SILENCE];
    let whole = [silence(), level::at_active_dbm0(duller, LEVEL_DBM0), silence()].concat();
    let noisy = level::sum(noise::white(seed, LEVEL_DBM0 + NOISE_DB, whole.len()), &whole);
    line::coded(Law::A, &noisy)
}
