//! Lines that echo: an outside line that comes back from the exchange, and a telephone with a hybrid of its own.

use std::{f32::consts::TAU, fs, path::Path, time::Duration};

use call::CallEvent;
use codec::{db_of_ratio, dbm0_of_rms, decode, encode, sine_peak_of_dbm0};
use frame::{LaneId, Law};
use ringfence::wav;
use settings::{Board, CardKind, Echo, SimEcho, SimLine, StationClass};
use sim::Act;

use crate::{
    analog::{outside, talk_with_a_caller},
    house::{House, contains, demo_board, demo_settings, voice},
};

/// What the exchange sends back of the box's own voice, and what a telephone does.
const OF_THE_LINE: SimEcho = SimEcho { loss_db: 10, delay_ms: 20 };
const OF_THE_TELEPHONE: SimEcho = SimEcho { loss_db: 12, delay_ms: 0 };

/// The demo's box with hybrids on its two-wire ports, and who cancels their echo.
fn board(echo: Echo) -> Board {
    let mut board = demo_board();
    for card in &mut board.cards {
        let hybrid = match card.kind {
            CardKind::Fxo => OF_THE_LINE,
            CardKind::Fxs => OF_THE_TELEPHONE,
            _ => continue,
        };
        card.echo = Some(echo);
        card.sim = Some(SimLine { clock_ppm: 0, echo: Some(hybrid) });
    }
    board
}

/// A caller on an outside line who talks to a telephone. Both lanes.
fn talk(echo: Echo) -> (House, LaneId, LaneId) {
    let board = board(echo);
    let mut house = House::with(&board, demo_settings(&board), 51);
    let caller = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, caller);
    (house, caller, telephone)
}

/// Half a minute of a recorded voice.
fn recorded(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/voices").join(name);
    let file = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: ./justw voices", path.display()));
    let voice = wav::read(&file).unwrap();
    assert_eq!(voice.law, Law::A);
    voice.octets.iter().copied().cycle().take(240_000).collect()
}

fn level_dbm0(octets: &[u8]) -> f32 {
    let power = octets.iter().map(|octet| f32::from(decode(Law::A, *octet)).powi(2)).sum::<f32>() / octets.len() as f32;
    dbm0_of_rms(Law::A, power.sqrt())
}

/// How loud a party hears itself while the other one is silent, and how loud it speaks; the first five seconds left out.
fn heard_of_oneself(echo: Echo) -> (f32, f32) {
    let (mut house, caller, _) = talk(echo);
    let voice = recorded("caller.wav");
    house.says(caller, voice.clone());
    house.run(Duration::from_secs(5));
    house.party(caller, Act::Listen);
    house.run(Duration::from_secs(20));
    (level_dbm0(&house.heard(caller)), level_dbm0(&voice[40_000..200_000]))
}

#[test]
fn who_speaks_does_not_hear_himself() {
    let (heard, said) = heard_of_oneself(Echo::Software);
    assert!(said - heard > 40.0, "heard at {heard:.1} dBm0, said at {said:.1} dBm0");
    let (heard, said) = heard_of_oneself(Echo::Off);
    assert!(said - heard < 16.0, "the telephone echoes: {heard:.1} of {said:.1} dBm0");
}

#[test]
fn each_voice_arrives_and_is_recorded_while_both_speak() {
    let (mut house, caller, telephone) = talk(Echo::Software);
    let (theirs, ours) = (recorded("caller.wav"), recorded("telephone.wav"));
    // The cancellers learn from what is said alternately, as people begin.
    house.says(caller, theirs[..80_000].to_vec());
    house.run(Duration::from_secs(11));
    house.says(telephone, ours[..80_000].to_vec());
    house.run(Duration::from_secs(11));
    house.party(caller, Act::Listen);
    house.party(telephone, Act::Listen);
    house.says(caller, theirs[80_000..].to_vec());
    house.says(telephone, ours[80_000..].to_vec());
    house.run(Duration::from_secs(10));
    let (at_telephone, at_caller) = (house.heard(telephone), house.heard(caller));
    // What a telephone hears is the caller, with what its own hybrid leaves of neither voice.
    for (what, heard, said) in [("the caller", at_telephone, &theirs), ("the agent", at_caller, &ours)] {
        let snr_db = best_snr_db(&heard, &said[80_000..160_000]);
        assert!(snr_db > 16.0, "{what}: {snr_db:.1} dB");
    }
}

/// How far what is not the voice lies below the voice in what was heard, at the delay where that is most.
fn best_snr_db(heard: &[u8], voice: &[u8]) -> f32 {
    const LATEST: usize = 1600;
    let heard: Vec<f32> = heard.iter().map(|octet| f32::from(decode(Law::A, *octet))).collect();
    let voice: Vec<f32> = voice.iter().map(|octet| f32::from(decode(Law::A, *octet))).collect();
    let snr = |delay: usize| {
        let pairs = || heard[delay..].iter().zip(&voice);
        let signal: f32 = pairs().map(|(_, voice)| voice * voice).sum();
        let noise: f32 = pairs().map(|(heard, voice)| (heard - voice).powi(2)).sum();
        db_of_ratio((signal / noise.max(1.0)).sqrt())
    };
    (0..LATEST).map(snr).fold(f32::MIN, f32::max)
}

#[test]
fn what_is_known_of_an_echo_is_told_of_each_line() {
    let (mut house, caller, telephone) = talk(Echo::Software);
    house.says(caller, recorded("caller.wav")[..120_000].to_vec());
    house.run(Duration::from_secs(16));
    house.says(telephone, recorded("telephone.wav")[..120_000].to_vec());
    house.run(Duration::from_secs(16));
    let known = |lane: LaneId| house.echoes[&lane.span].lane(usize::from(lane.timeslot.0)).expect("an echo was found");
    let (line, phone) = (known(caller), known(telephone));
    assert!(line.erl_db.abs_diff(OF_THE_LINE.loss_db) <= 2 && (160..180).contains(&line.delay_samples), "{line:?}");
    assert!(phone.erl_db.abs_diff(OF_THE_TELEPHONE.loss_db) <= 2 && phone.delay_samples < 16, "{phone:?}");
}

/// China's busy tone, 450 Hz for 0.35 s of every 0.7 s, as faint as a long line leaves it.
fn faint_busy_tone() -> Vec<u8> {
    let peak = sine_peak_of_dbm0(Law::A, -28.0);
    let sample = |at: usize| if at % 5600 < 2800 { peak * (TAU * 450.0 * at as f32 / 8000.0).sin() } else { 0.0 };
    (0..5 * 8000).map(|at| encode(Law::A, sample(at) as i16)).collect()
}

/// How long a line goes on whose caller has hung up while the other one still talks: the exchange sends busy tone.
fn released_after(echo: Echo) -> Option<Duration> {
    let (mut house, caller, telephone) = talk(echo);
    house.says(telephone, recorded("telephone.wav"));
    house.run(Duration::from_secs(10));
    house.says(caller, faint_busy_tone());
    let began = house.now();
    let gone = |house: &House| house.facts.iter().any(|fact| matches!(fact, CallEvent::FarEndGone { .. }));
    while !gone(&house) && house.now().since(began) < Duration::from_secs(5) {
        house.tick();
    }
    gone(&house).then(|| house.now().since(began))
}

#[test]
fn busy_tone_releases_a_line_while_somebody_talks_into_it() {
    let after = released_after(Echo::Software).expect("the tone is heard beside what is said");
    // Three cycles, and 0.3 s to be sure.
    assert!(after <= Duration::from_millis(3 * 700 + 300), "{after:?}");
    assert_eq!(released_after(Echo::Off), None, "what is said hides it where nobody cancels its echo");
}

#[test]
fn a_telephone_without_a_hybrid_is_heard_octet_for_octet_after_it_dialled_by_keys() {
    let mut board = demo_board();
    board.cards.iter_mut().for_each(|card| card.echo = Some(Echo::Software));
    let mut house = House::with(&board, demo_settings(&board), 52);
    let (telephone, outside) = crate::clocks::talk(&mut house);
    let (theirs, ours) = (recorded("caller.wav"), recorded("telephone.wav"));
    house.party(outside, Act::Listen);
    house.says(outside, theirs[..32_000].to_vec());
    house.says(telephone, ours[..32_000].to_vec());
    house.run(Duration::from_secs(4));
    assert!(contains(&house.heard(outside), &ours[8000..16_000]));
    assert_eq!(house.echoes[&telephone.span].lane(usize::from(telephone.timeslot.0)), None, "and none is told");
}

/// What a caller on an outside line and telephone 3 hear of each other while both speak at once.
fn heard_at_once(echo: Echo, class: StationClass, becomes: StationClass) -> [Vec<u8>; 2] {
    let board = board(echo);
    let mut settings = demo_settings(&board);
    settings.stations[2].class = class;
    let mut house = House::with(&board, settings.clone(), 53);
    settings.stations[2].class = becomes;
    house.apply(settings, 2);
    let caller = outside(&house, 1);
    let machine = talk_with_a_caller(&mut house, caller);
    for (lane, seed) in [(caller, 1), (machine, 2)] {
        house.party(lane, Act::Listen);
        house.says(lane, voice(seed, 80_000));
    }
    house.run(Duration::from_secs(10));
    [house.heard(caller), house.heard(machine)]
}

#[test]
fn what_a_fax_machine_sends_and_receives_is_the_same_octet_for_octet_as_without_a_canceller() {
    use StationClass::{Fax, Telephone};
    let without = heard_at_once(Echo::Off, Fax, Fax);
    assert_eq!(heard_at_once(Echo::Software, Fax, Fax), without);
    assert_eq!(heard_at_once(Echo::Software, Telephone, Fax), without, "it has become one");
    for (of_a_telephone, plain) in heard_at_once(Echo::Software, Fax, Telephone).iter().zip(&without) {
        assert_ne!(of_a_telephone, plain, "it is one no more");
    }
}
