//! Numbers that are keyed in secret, and pauses, with real audio through the whole box: what the agent hears, what the
//! recording has, and every file that is left. SpanDSP's receiver, a program that is not ours, listens beside our own.

use std::{
    f64::consts::TAU,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use call::{CallEvent, Masking, MaskingEnd};
use codec::{dbm0_of_rms, decode, encode, sine_peak_of_dbm0};
use dsp::dtmf::{Detector, DtmfDigit, Edge};
use frame::{LANES, LaneId, Law, LegId, OCTETS_PER_TICK};
use ringfence::{
    recorder::{MaskedStretch, Playback},
    wav,
    words::Language,
};
use settings::{Flow, MayMask, Settings, Target};
use sim::{Act, HandsetAct};
use vault::Mark;

use crate::{
    house::{House, contains},
    numbers::{called, national, sentences, setup},
    outside::hang_up,
};

const LAW: Law = Law::A;
const CARD: &str = "6225880100001234";
const SECRET: &str = "*77";
const PAUSE: &str = "*78";

/// How much later an armed voice is: 4 ticks.
const LATER: usize = 4 * OCTETS_PER_TICK;

/// What is hidden before a digit and after it: 10 ms.
const MARGIN: usize = 80;

fn with_codes(settings: &mut Settings) {
    settings.codes.secret_input = Some(SECRET.into());
    settings.codes.pause = Some(PAUSE.into());
    settings.masking.pause = MayMask::Agents;
}

/// A caller from outside talks to an agent of the queue at the third telephone.
fn talking(seed: u64) -> House {
    let mut house = called(seed, with_codes, setup("62001803", national("13800138000")));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_secs(1));
    house
}

fn caller(house: &House) -> (LegId, LaneId) {
    house
        .facts
        .iter()
        .find_map(|fact| match fact {
            CallEvent::LegBegan {
                role: call::LegRole::Caller,
                leg,
                endpoint: call::Endpoint::Channel { lane, .. },
                ..
            } => Some((*leg, *lane)),
            _ => None,
        })
        .unwrap()
}

/// A key, and the samples in which it sounds.
struct Keyed {
    digit: DtmfDigit,
    from: usize,
    to: usize,
}

/// A caller reads aloud and keys the card's number amid it, a key in 0.6 s from 0 dBm0 a tone down to -20, then the end key.
fn card_amid_speech() -> (Vec<u8>, Vec<Keyed>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/voices/caller.wav");
    let file = fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}; ./justw voices makes it", path.display()));
    let mut line = wav::read(&file).unwrap().octets;
    let keys: Vec<char> = CARD.chars().chain(['#']).collect();
    line.truncate(8000 + keys.len() * 4800 + 16_000);
    let keyed: Vec<Keyed> = keys
        .iter()
        .enumerate()
        .map(|(place, key)| {
            let from = 8000 + place * 4800 + place * 13;
            Keyed { digit: DtmfDigit::of_char(*key).unwrap(), from, to: from + 480 + place * 40 }
        })
        .collect();
    for (place, keyed) in keyed.iter().enumerate() {
        key(&mut line, keyed, -20.0 * place as f32 / keys.len() as f32);
    }
    (line, keyed)
}

/// A caller is silent for 60 ms before and after a key, which is sought.
fn key(line: &mut [u8], keyed: &Keyed, level_dbm0: f32) {
    line[keyed.from - 480..keyed.to + 480].fill(LAW.silence());
    let peak = f64::from(sine_peak_of_dbm0(LAW, level_dbm0));
    for (n, octet) in line[keyed.from..keyed.to].iter_mut().enumerate() {
        let sine = |hz: f32| (TAU * f64::from(hz) * n as f64 / 8000.0 + 0.7).sin();
        *octet = encode(LAW, (peak * (sine(keyed.digit.low_hz()) + sine(keyed.digit.high_hz()))) as i16);
    }
}

/// The caller says something, and what the agent hears of it.
fn agent_hears(house: &mut House, said: &[u8]) -> Vec<u8> {
    let (agent, (_, caller)) = (house.telephone(3), caller(house));
    house.party(agent, Act::Listen);
    house.says(caller, said.to_vec());
    house.run(Duration::from_millis(said.len() as u64 / 8 + 200));
    house.heard(agent)
}

/// Where something begins in what was heard.
fn begins(heard: &[u8], said: &[u8]) -> usize {
    heard.windows(said.len()).position(|window| window == said).expect("it is heard whole")
}

/// The caller hangs up; what was recorded of that voice.
fn recorded(house: &mut House) -> (Playback, Vec<u8>) {
    let (leg, _) = caller(house);
    hang_up(house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    let playback = house.open(&house.objects[0].clone());
    let voice = playback.parts[0].voices.iter().find(|voice| voice.leg == leg).unwrap().octets.clone();
    (playback, voice)
}

/// What our receiver hears.
pub(crate) fn ours(octets: &[u8]) -> String {
    let (mut detector, mut heard) = (Detector::new(), String::new());
    for tick in octets.as_chunks::<OCTETS_PER_TICK>().0 {
        let lanes = [*tick; LANES];
        detector.process(&lanes, LAW, 1, |_, digit, edge, _| {
            if edge == Edge::Begin {
                heard.push(digit.as_char());
            }
        });
    }
    heard
}

/// What SpanDSP's receiver hears.
fn spandsp(octets: &[u8]) -> String {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/dtmf_peer");
    assert!(program.exists(), "{} is missing: ./justw peers", program.display());
    let mut child =
        Command::new(program).arg("hear").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let samples: Vec<u8> = octets.iter().flat_map(|&octet| decode(LAW, octet).to_le_bytes()).collect();
    child.stdin.take().unwrap().write_all(&samples).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The highest level of a frequency in any 10 ms of a stretch, by Goertzel's recursion.
fn loudest_dbm0(octets: &[u8], hz: f32) -> f32 {
    let coefficient = 2.0 * (TAU * f64::from(hz) / 8000.0).cos();
    let level = |window: &[u8]| {
        let (mut before, mut last) = (0.0, 0.0);
        for &octet in window {
            (before, last) = (last, f64::from(decode(LAW, octet)) + coefficient * last - before);
        }
        let square: f64 = last * last + before * before - coefficient * last * before;
        dbm0_of_rms(LAW, (square.max(0.0) * 2.0).sqrt() as f32 / window.len() as f32)
    };
    octets.windows(OCTETS_PER_TICK).step_by(20).map(level).fold(f32::NEG_INFINITY, f32::max)
}

fn began(house: &House) -> Option<Masking> {
    house.facts.iter().find_map(|fact| match fact {
        CallEvent::MaskingBegan { what, .. } => Some(*what),
        _ => None,
    })
}

fn ended(house: &House) -> Option<(u32, MaskingEnd)> {
    house.facts.iter().find_map(|fact| match fact {
        CallEvent::MaskingEnded { digits, why, .. } => Some((*digits, *why)),
        _ => None,
    })
}

/// No file that the box has left has the number, whole or half, in whatever coding of its digits.
fn assert_nowhere(house: &House) {
    let half = &CARD[..8];
    let packed: Vec<u8> =
        half.as_bytes().as_chunks::<2>().0.iter().map(|[a, b]| (a - b'0') << 4 | (b - b'0')).collect();
    let files = house.all_files();
    assert!(files.iter().any(|(_, octets)| contains(octets, b"13800138000")), "who called is found in them");
    for (name, octets) in files {
        assert!(!contains(&octets, half.as_bytes()), "{name} has the number");
        assert!(!contains(&octets, &packed), "{name} has the number, packed");
    }
    let told = format!("{:?}{:?}", house.facts, house.records);
    assert!(!told.contains(half) && !told.contains(&CARD[8..]));
    assert!(!format!("{:?}", house.sent).contains(&format!("{packed:?}")[1..11]), "no D-channel frame has it");
}

#[test]
fn a_card_number_that_is_keyed_in_secret_is_heard_by_nobody_and_kept_nowhere() {
    let (line, keyed) = card_amid_speech();
    let mut house = talking(501);
    let agent = house.telephone(3);
    let head = &line[..6400];
    let before = agent_hears(&mut house, head);
    let path = begins(&before, head);
    house.party(agent, Act::Press(SECRET.into()));
    house.until("it is hidden", |house| began(house).is_some());
    house.run(Duration::from_secs(3));
    let heard = agent_hears(&mut house, &line);

    // Nobody hears a digit, and every word is heard, 4 ticks later than before.
    let at = begins(&heard, head);
    assert_eq!(at, path + LATER, "later than a voice that is not hidden");
    let heard = &heard[at..];
    let mut kept = line.clone();
    for Keyed { digit, from, to } in &keyed {
        let hidden = &heard[from - MARGIN..to + MARGIN];
        for hz in [digit.low_hz(), digit.high_hz()] {
            let level_dbm0 = loudest_dbm0(hidden, hz);
            assert!(level_dbm0 < -60.0, "{} at {from}: {hz} Hz at {level_dbm0} dBm0", digit.as_char());
        }
        kept[*from..*to].fill(LAW.silence());
    }
    let end = keyed.last().unwrap().to + MARGIN;
    assert!(heard[..end] == kept[..end], "no word is clipped");

    house.run(Duration::from_secs(3));
    assert_eq!(ended(&house), Some((16, MaskingEnd::EndKey)));
    let (playback, voice) = recorded(&mut house);
    assert!(contains(&voice, head), "the voice was recorded");
    assert_eq!((ours(&voice), spandsp(&voice)), (String::new(), String::new()), "digits in the recording");
    assert_marked(&house, &playback);
    assert_nowhere(&house);
    assert!(house.verify(true).is_intact());
    house.assert_at_rest();
}

/// An auditor sees from when to when somebody keyed, in the map and in the story.
fn assert_marked(house: &House, playback: &Playback) {
    let (leg, _) = caller(house);
    let part = &playback.parts[0];
    let at = |mark: Mark| part.map.iter().filter(|entry| entry.mark == mark).map(|entry| entry.at).collect::<Vec<_>>();
    let (began, ended) = (at(Mark::SecretInputBegan { leg }), at(Mark::SecretInputEnded { leg }));
    let ([began], [ended]) = (&began[..], &ended[..]) else { panic!("one of each: {began:?} {ended:?}") };
    let [MaskedStretch { is_pause: false, from_us, to_us: Some(to_us) }] = playback.masked()[..] else {
        panic!("one stretch: {:?}", playback.masked())
    };
    assert!((10_000_000..30_000_000).contains(&(to_us - from_us)), "from the code to two seconds after the end key");
    let digits = at(Mark::BlackoutBegan);
    assert_eq!(digits.len(), 17, "each key, and the end key");
    assert!(digits.iter().all(|digit| began < digit && digit < ended));
    let said = sentences(house, Language::English);
    let told = |text: &str| said.iter().any(|sentence| sentence == text);
    assert!(told("Extension 803 lets the other party key a number in secret: the keys are neither heard nor recorded"));
    assert!(told(
        "No more is keyed in secret (the party pressed the end key): 16 digits were keyed, and are kept nowhere"
    ));
    assert!(sentences(house, Language::Chinese).iter().any(|sentence| sentence.contains("保密号码")));
}

#[test]
fn the_same_number_without_the_code_is_heard_and_recorded_by_every_receiver() {
    let (line, keyed) = card_amid_speech();
    let mut house = talking(502);
    let heard = agent_hears(&mut house, &line);
    let at = begins(&heard, &line);
    assert!(loudest_dbm0(&heard[at + keyed[0].from..at + keyed[0].to], keyed[0].digit.low_hz()) > -3.0);
    let (_, voice) = recorded(&mut house);
    let number = format!("{CARD}#");
    assert_eq!((ours(&voice), spandsp(&voice)), (number.clone(), number));
    assert_nowhere(&house);
}

#[test]
fn a_flow_that_asks_for_a_card_number_takes_it_and_its_recording_does_not() {
    let flow: Flow = toml::from_str(
        "name = \"pay\"\nstart = \"card\"\n[steps.card.digits]\nprompts = [\"main_menu\"]\nmin_digits = 4\n\
         max_digits = 19\nterminator = \"#\"\nthen = \"thanks\"\ninvalid = { then = \"end\" }\n\
         timed_out = { then = \"end\" }\n[steps.thanks.play]\nprompts = [\"goodbye\", \"goodbye\", \"goodbye\"]\n\
         then = \"end\"\n[steps.end.hang_up]\n",
    )
    .unwrap();
    let with_flow = |settings: &mut Settings| {
        settings.flows.push(flow);
        settings.numbers[3].to = Target::Flow("pay".into());
    };
    let mut house = called(503, with_flow, setup("62001803", national("13800138000")));
    let (line, _) = card_amid_speech();
    let (leg, lane) = caller(&house);
    house.says(lane, line.clone());
    house.until_fact("the flow has it", |fact| matches!(fact, CallEvent::DigitsTaken { count: 16, public: None, .. }));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.run(Duration::from_secs(2));
    let playback = house.open(&house.objects[0].clone());
    let voice = &playback.parts[0].voices.iter().find(|voice| voice.leg == leg).unwrap().octets;
    assert!(contains(voice, &line[1000..6400]));
    assert_eq!((ours(voice), spandsp(voice)), (String::new(), String::new()));
    assert_eq!(ended(&house).map(|(_, why)| why), Some(MaskingEnd::StepOver));
    assert_nowhere(&house);
}

#[test]
fn while_a_recording_is_paused_nothing_is_kept_and_the_talk_goes_on() {
    let (line, _) = card_amid_speech();
    let mut house = talking(504);
    let agent = house.telephone(3);
    house.party(agent, Act::Press(PAUSE.into()));
    house.until("it pauses", |house| began(house) == Some(Masking::Pause));
    house.run(Duration::from_secs(3));
    let heard = agent_hears(&mut house, &line);
    assert!(contains(&heard, &line), "the agent hears all of it, at once");
    house.party(agent, Act::Press(PAUSE.into()));
    house.until("it goes on", |house| ended(house).is_some());
    let after = &line[..6400];
    agent_hears(&mut house, after);
    let (playback, voice) = recorded(&mut house);
    assert_eq!(ours(&voice), "", "nothing of the number");
    assert!(contains(&voice, after), "what was said afterwards is kept");
    assert_eq!(voice.windows(6400).filter(|window| window == &after).count(), 1, "and only that");
    let pauses = playback.parts[0].map.iter().filter(|entry| entry.mark == Mark::PauseBegan).count();
    assert_eq!(pauses, 2, "each voice says where it was paused");
    let masked = playback.masked();
    assert!(
        matches!(masked[..], [MaskedStretch { is_pause: true, to_us: Some(_), .. }]),
        "and an auditor once: {masked:?}"
    );
    assert_nowhere(&house);
}

#[test]
fn whoever_is_gone_amid_a_number_is_recorded_to_the_last_word() {
    let mut house = talking(505);
    let agent = house.telephone(3);
    house.party(agent, Act::Press(SECRET.into()));
    house.until("it is hidden", |house| began(house).is_some());
    house.run(Duration::from_secs(2));
    let (_, lane) = caller(&house);
    let (line, _) = card_amid_speech();
    let word = &line[2000..2000 + 4000];
    house.says(lane, word.to_vec());
    house.run(Duration::from_millis(500));
    let (playback, voice) = recorded(&mut house);
    assert!(contains(&voice, word), "the last 40 ms are there");
    assert_eq!(ended(&house), Some((0, MaskingEnd::PartyGone)));
    assert!(playback.parts[0].voices.iter().all(|voice| voice.kept_ticks > 0));
}
