//! Caller id against SpanDSP, a program that is not ours: it reads what our telephones are sent, and our outside lines read
//! what it sends. Set-up builds it from `tests/peers/adsi_peer.c`.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use call::CallEvent;
use frame::Law;
use settings::CallerId;
use sim::{Act, HandsetAct, LineAct, Operator, Telling, Told};

use crate::{
    analog::{RING, dialled, outside},
    house::{House, contains, demo_board, demo_settings},
};

/// Tones of China as SpanDSP is told them, and what it calls them.
const TONES: [(&str, &str); 5] = [
    ("450+0:300-400,0+0:300-400", "busy"),
    ("450+0:650-750,0+0:650-750", "congestion"),
    ("450+0:900-1100,0+0:3600-4400", "ringback"),
    ("450+0:1500-0", "dial"),
    ("450+0:350-450,0+0:3600-4400", "waiting"),
];

/// Which of China's tones SpanDSP hears, in their order.
pub(crate) fn tones(octets: &[u8]) -> Vec<&'static str> {
    heard_as(octets, &TONES)
}

/// Which of these tones SpanDSP hears, in their order.
pub(crate) fn heard_as(octets: &[u8], tones: &[(&str, &'static str)]) -> Vec<&'static str> {
    let arguments: Vec<&str> = ["cadence"].into_iter().chain(tones.iter().map(|(steps, _)| *steps)).collect();
    let heard = String::from_utf8(run("tone_peer", &arguments, &samples(octets))).unwrap();
    heard.lines().map(|line| tones[line.parse::<usize>().unwrap()].1).collect()
}

/// Whether SpanDSP hears the two short tones by which an agent's headset is told of a caller.
pub(crate) fn hears_zip(octets: &[u8]) -> bool {
    !heard_as(octets, &[("900+0:50-110,0+0:30-90,900+0:50-110", "zip")]).is_empty()
}

/// The digits that SpanDSP hears.
pub(crate) fn keys(heard: &[u8]) -> String {
    String::from_utf8(spandsp(&["digits"], &samples(heard))).unwrap().trim().to_owned()
}

/// What a telephone with a modem shows of what it hears, as SpanDSP reads it.
pub(crate) fn class_message(heard: &[u8]) -> String {
    message_by("class", heard)
}

/// The same by a modem that SpanDSP knows: `class` (Bell 202) or `clip` (V.23).
pub(crate) fn message_by(modem: &str, heard: &[u8]) -> String {
    String::from_utf8(spandsp(&["decode", modem], &samples(heard))).unwrap()
}

/// What SpanDSP sends, as A-law octets.
pub(crate) fn sent_by(arguments: &[&str]) -> Arc<[u8]> {
    octets(&spandsp(arguments, &[]))
}

/// Runs SpanDSP; what it writes.
fn spandsp(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    run("adsi_peer", arguments, input)
}

fn run(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers").join(program);
    assert!(program.exists(), "{} is missing: ./justw peers", program.display());
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    // What it writes meanwhile must not fill the pipe before it has read all.
    let writes = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writes.join().unwrap().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

/// A-law octets as the samples that SpanDSP reads.
fn samples(octets: &[u8]) -> Vec<u8> {
    octets.iter().flat_map(|&octet| codec::decode(Law::A, octet).to_le_bytes()).collect()
}

/// What SpanDSP sends, as A-law octets.
fn octets(samples: &[u8]) -> Arc<[u8]> {
    samples.as_chunks().0.iter().map(|pair| codec::encode(Law::A, i16::from_le_bytes(*pair))).collect()
}

#[test]
fn spandsp_reads_number_and_name_from_what_a_telephone_of_the_box_is_sent() {
    let mut house = House::new(41);
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.party(called, Act::Listen);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.run(Duration::from_secs(4));
    let heard = house.heard(called);
    assert!(!contains(&heard, &[0x55; 100]), "no prompt is on the line");
    let read = class_message(&heard);
    // 801, and 急诊台 in GBK.
    assert_eq!(read, "message 80\n02 383031\n07 bcb1d5efcca8\n");
}

/// What SpanDSP reads of the moment of a call between two telephones.
fn moment_told(seed: u64, zone: Option<&str>, has_clock: bool) -> Option<String> {
    let board = demo_board();
    let settings = settings::Settings { time_zone: zone.map(str::to_owned), ..demo_settings(&board) };
    let mut house = House::with(&board, settings, seed);
    house.has_clock = has_clock;
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.party(called, Act::Listen);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.run(Duration::from_secs(4));
    let read = class_message(&house.heard(called));
    assert!(read.contains("02 383031"), "801 is in {read:?}");
    read.lines().find_map(|line| line.strip_prefix("01 ")).map(str::to_owned)
}

#[test]
fn spandsp_reads_the_day_and_the_hour_of_the_house_where_its_time_zone_is_set_and_a_clock_is() {
    // It is 00:00 of 23 November in Greenwich.
    assert_eq!(moment_told(48, Some("Asia/Shanghai"), true).as_deref(), Some("3131323330383030"), "11-23 08:00");
    assert_eq!(moment_told(48, None, true), None);
    assert_eq!(moment_told(48, Some("Asia/Shanghai"), false), None, "1 January 1970 is no day of a call");
}

#[test]
fn spandsp_reads_who_calls_in_digits_where_a_telephone_is_told_so_before_it_rings() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.stations[1].caller_id = CallerId::Digits;
    let mut house = House::with(&board, settings, 44);
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.party(called, Act::Listen);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    assert_eq!(keys(&house.heard(called)), "D801C");
    house.run(Duration::from_secs(4));
    let after = house.heard(called);
    assert_eq!((keys(&after).as_str(), class_message(&after).as_str()), ("", ""), "once, and by no modem behind it");
}

#[test]
fn a_telephone_whose_keys_spandsp_makes_calls_inside_and_outside_where_spandsp_reads_what_is_dialled() {
    let mut house = House::new(49);
    let (caller, called, far) = (house.telephone(1), house.telephone(2), outside(&house, 1));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.says(caller, sent_by(&["keys", "802"]).to_vec());
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(4));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(far, Act::Listen);
    // Each of the ten digits.
    house.says(caller, sent_by(&["keys", "98765432100#"]).to_vec());
    house.until("it is dialled", |house| dialled(house, far).len() == 10);
    house.run(Duration::from_millis(300));
    assert_eq!(keys(&house.heard(far)), "8765432100");
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(4));
    house.assert_at_rest();
}

#[test]
fn an_outside_line_reads_who_calls_from_what_spandsp_sends() {
    let sent = octets(&spandsp(&["encode", "class", "13912345678", "WARD 3"], &[]));
    let mut house = House::new(42);
    let far = outside(&house, 1);
    let act = LineAct::RingAndTell { cadence: RING, message: sent, when: Telling::AfterFirstRing };
    house.operate(Operator::Line(far, act));
    house.until_fact(
        "the call has its number",
        |fact| matches!(fact, CallEvent::LegBegan { number: Some(number), .. } if number.as_str() == "13912345678"),
    );
}

#[test]
fn the_receiver_reads_what_spandsp_sends_by_either_modem() {
    for (standard, modem) in [("class", dsp::caller_id::Modem::Bell202), ("clip", dsp::caller_id::Modem::V23)] {
        let sent = octets(&spandsp(&["encode", standard, "02079460000", "NURSES"], &[]));
        let mut receiver = dsp::caller_id::Receiver::new(modem, Law::A);
        let message = sent.as_chunks().0.iter().find_map(|tick| receiver.process(tick));
        let message = message.unwrap_or_else(|| panic!("{standard} is not read"));
        let read = dsp::caller_id::CallerId::parse(message.octets(), dsp::caller_id::Charset::Ascii).unwrap();
        assert_eq!((read.number, read.name), (Ok("02079460000".into()), Ok("NURSES".into())), "{standard}");
        assert!(read.time.is_some());
    }
}

/// China's tones that tell something seldom: a handset left off, messages that wait, a number that nobody has.
const SELDOM: [(&str, &str); 4] = [
    ("950+0:1500-0", "howler"),
    ("450+0:370-440", "messages"),
    ("450+0:60-140,0+0:60-140,450+0:350-450,0+0:350-450", "number"),
    ("450+0:1500-0", "dial"),
];

/// What SpanDSP hears at the second telephone from now on.
fn hears(house: &mut House, time: Duration) -> Vec<&'static str> {
    let lane = house.telephone(2);
    house.party(lane, Act::Listen);
    house.run(time);
    seldom(&house.heard(lane))
}

/// Which of these SpanDSP hears.
pub(crate) fn seldom(octets: &[u8]) -> Vec<&'static str> {
    heard_as(octets, &SELDOM)
}

#[test]
fn spandsp_hears_the_howler_the_dial_tone_of_who_has_messages_and_that_nobody_has_a_number() {
    let mut house = crate::mail::house(43, |_| ());
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_millis(200));
    // SpanDSP hears a burst of 400 ms in whatever lasts longer; only without a pause it is a dial tone.
    assert!(hears(&mut house, Duration::from_secs(3)).contains(&"dial"), "no message waits");
    house.run(Duration::from_secs(34));
    assert_eq!(hears(&mut house, Duration::from_secs(3)), ["howler"]);
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));

    let caller = crate::mail::leaves(&mut house, &crate::house::voice(0x31, 16_000));
    house.party(caller, Act::Press("#".into()));
    house.run(Duration::from_secs(3));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_millis(200));
    let stutters = hears(&mut house, Duration::from_secs(5));
    assert!(stutters.contains(&"messages") && !stutters.contains(&"dial"), "{stutters:?}");

    house.party(house.telephone(2), Act::Press("399".into()));
    house.run(Duration::from_secs(1));
    let number = hears(&mut house, Duration::from_secs(5));
    assert!(number.contains(&"number"), "{number:?}, after {:?}", &house.facts[house.facts.len() - 6..]);
}
