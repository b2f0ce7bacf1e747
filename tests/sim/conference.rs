//! Three parties, brought together at a telephone of the house with flashes of its hook. Each speaks a note of its own, and
//! what each hears is looked at note by note.

use std::{f64::consts::TAU, time::Duration};

use call::{CallEvent, Masking, NotTransferred};
use frame::{CallId, LaneId, Law};
use isdn::Cause;
use ringfence::recorder::Playback;
use settings::{Flash, Settings};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OperatorEvent, Say, Told};
use vault::{ConferencePart, Mark};

use crate::{
    house::{House, demo_board, demo_settings},
    masking::ours,
    numbers::assert_told,
    outside::{hang_up, over_with, place},
    spandsp::tones,
};

/// The notes of who holds, of who is held, and of the third party, in Hz: none is a multiple of another.
pub(crate) const NOTES: [f64; 3] = [600.0, 900.0, 1300.0];

/// A note that is heard; what is not heard is below what A-law makes of two others.
pub(crate) const HEARD_DBM0: f64 = -25.0;
pub(crate) const SILENT_DBM0: f64 = -45.0;

/// Music on hold, as this house has it.
const MUSIC: u8 = 0x58;

/// A second of a note, about -7 dBm0.
pub(crate) fn note(hz: f64) -> Vec<u8> {
    let sample = |n: usize| (10_000.0 * (TAU * hz * n as f64 / 8000.0).sin()) as i16;
    (0..8000).map(|n| codec::encode(Law::A, sample(n))).collect()
}

/// How loud one frequency is, in dBm0 (Goertzel's filter over all of it); a full-scale sine is +3.14.
#[allow(clippy::approx_constant, reason = "the load capacity of A-law, G.711, and not pi")]
pub(crate) fn level_at(octets: &[u8], hz: f64) -> f64 {
    let turn = 2.0 * (TAU * hz / 8000.0).cos();
    let step = |(one, two), octet: &u8| (f64::from(linear(*octet)) / 32_768.0 + turn * one - two, one);
    let (one, two) = octets.iter().fold((0.0, 0.0), step);
    let amplitude = 2.0 * (one * one + two * two - turn * one * two).max(0.0).sqrt() / octets.len() as f64;
    20.0 * (amplitude + 1e-9).log10() + 3.14
}

/// The house, a caller from outside who talks to the first telephone, and the lanes of both.
pub(crate) struct Talk {
    pub(crate) house: House,
    pub(crate) holder: LaneId,
    pub(crate) held: LaneId,
}

pub(crate) fn talk(seed: u64) -> Talk {
    talk_with(seed, |_| ())
}

pub(crate) fn talk_with(seed: u64, change: impl FnOnce(&mut Settings)) -> Talk {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.stations[0].flash = Flash::Conference;
    change(&mut settings);
    let mut house = House::with(&board, settings, seed);
    let (holder, held) = (house.telephone(1), place(&mut house, 1, "62001801"));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(holder)));
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    Talk { house, holder, held }
}

impl Talk {
    pub(crate) fn sings(&mut self, lane: LaneId, hz: f64) {
        let say = Say::Clip { octets: note(hz).into(), law: Law::A, repeat: true };
        self.house.party(lane, Act::Say(say));
    }

    pub(crate) fn flashes(&mut self) {
        self.house.handset(1, HandsetAct::Flash { ms: 300 });
        self.house.run(Duration::from_millis(1500));
    }

    pub(crate) fn keys(&mut self, digits: &str) {
        self.house.party(self.holder, Act::Press(digits.into()));
    }

    /// Holds the party and calls the telephone at `position`; its lane, once both talk.
    pub(crate) fn consults(&mut self, position: u8) -> LaneId {
        self.flashes();
        self.keys(&format!("80{position}"));
        let third = self.house.telephone(position);
        self.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(third)));
        self.house.handset(position, HandsetAct::Lift);
        self.house.until_fact("the third talks", |fact| matches!(fact, CallEvent::Bridged { .. }));
        self.house.run(Duration::from_millis(300));
        third
    }

    /// A second of what each of these parties hears.
    pub(crate) fn hear(&mut self, lanes: &[LaneId]) -> Vec<Vec<u8>> {
        lanes.iter().for_each(|lane| self.house.party(*lane, Act::Listen));
        self.house.run(Duration::from_secs(1));
        lanes.iter().map(|lane| self.house.heard(*lane)).collect()
    }

    /// Which of the three notes each of these parties hears.
    #[track_caller]
    pub(crate) fn assert_heard(&mut self, wanted: &[(LaneId, [bool; 3])]) {
        let lanes: Vec<LaneId> = wanted.iter().map(|(lane, _)| *lane).collect();
        for ((lane, wanted), heard) in wanted.iter().zip(self.hear(&lanes)) {
            for (hz, wanted) in NOTES.iter().zip(wanted) {
                let dbm0 = level_at(&heard, *hz);
                let right = if *wanted { dbm0 > HEARD_DBM0 } else { dbm0 < SILENT_DBM0 };
                assert!(right, "{lane:?} hears {hz} Hz at {dbm0:.1} dBm0; is it to be heard: {wanted}");
            }
        }
    }

    pub(crate) fn all_sing(&mut self, third: LaneId) {
        for (lane, hz) in [self.holder, self.held, third].into_iter().zip(NOTES) {
            self.sings(lane, hz);
        }
        self.house.run(Duration::from_millis(200));
    }

    /// The call of the first two.
    fn call(&self) -> CallId {
        self.house.facts[0].call()
    }

    /// Nobody says anything, and the party outside keys a number; what each of these parties hears meanwhile.
    fn number_keyed(&mut self, lanes: &[LaneId]) -> Vec<Vec<u8>> {
        let everybody = [self.holder, self.held].into_iter().chain(lanes.iter().copied());
        everybody.for_each(|lane| self.house.party(lane, Act::Say(Say::Silence)));
        self.house.run(Duration::from_millis(500));
        lanes.iter().for_each(|lane| self.house.party(*lane, Act::Listen));
        self.house.party(self.held, Act::Press("62258801#".into()));
        self.house.run(Duration::from_secs(5));
        lanes.iter().map(|lane| self.house.heard(*lane)).collect()
    }

    /// Everybody hangs up; nothing is left, and all recordings are whole.
    pub(crate) fn ends(mut self, positions: &[u8]) -> (House, Vec<Playback>) {
        if over_with(&self.house, 1).is_none() {
            hang_up(&mut self.house, 1);
        }
        positions.iter().for_each(|position| self.house.handset(*position, HandsetAct::HangUp));
        self.left_whole()
    }

    /// Nothing is left, and all recordings are whole.
    pub(crate) fn left_whole(mut self) -> (House, Vec<Playback>) {
        self.house.run(Duration::from_secs(5));
        self.house.assert_at_rest();
        assert!(self.house.verify(true).is_intact(), "{:?}", self.house.verify(true).findings);
        let objects = self.house.objects.clone();
        let recordings = objects.iter().map(|object| self.house.open(object)).collect();
        (self.house, recordings)
    }
}

pub(crate) fn is_music(heard: &[u8]) -> bool {
    heard[800..].iter().all(|octet| *octet == MUSIC)
}

#[test]
fn a_flash_holds_with_music_a_second_lets_three_talk_and_a_third_lets_the_last_one_go() {
    let mut talk = talk(701);
    let (holder, held) = (talk.holder, talk.held);
    talk.house.party(holder, Act::Listen);
    talk.flashes();
    assert!(is_music(&talk.hear(&[held])[0]), "the held party hears music");
    // Tones by SpanDSP's word for them.
    assert_eq!(tones(&talk.house.heard(holder)), ["dial"], "the holder hears a dial tone");
    talk.keys("802");
    let third = talk.house.telephone(2);
    talk.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(third)));
    talk.house.party(holder, Act::Listen);
    talk.house.run(Duration::from_secs(12));
    assert!(tones(&talk.house.heard(holder)).contains(&"ringback"), "the holder hears that it rings");
    talk.house.handset(2, HandsetAct::Lift);
    talk.house.until_fact("the third talks", |fact| matches!(fact, CallEvent::Bridged { .. }));
    talk.all_sing(third);
    assert!(is_music(&talk.hear(&[held])[0]), "the held party hears nothing of the two");
    talk.assert_heard(&[(holder, [false, false, true]), (third, [true, false, false])]);
    talk.flashes();
    talk.assert_heard(&[(holder, [false, true, true]), (held, [true, false, true]), (third, [true, true, false])]);
    talk.flashes();
    talk.house.party(third, Act::Listen);
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    talk.house.run(Duration::from_secs(2));
    assert!(tones(&talk.house.heard(third)).contains(&"busy"), "who was let go hears busy tone");
    let (house, _) = talk.ends(&[1, 2]);
    assert_told(
        &house,
        "保持对方（对方听音乐），去拨打第三方",
        "The other party is put on hold, with music, to call a third one",
    );
    assert_told(&house, "第三方加入，三方通话", "The third party comes in; all three talk");
    assert_told(&house, "三方中有一方离开", "One of the three leaves");
}

#[test]
fn each_recording_holds_what_each_party_said_and_its_map_rebuilds_what_a_party_of_three_heard() {
    let mut talk = talk(702);
    let third = talk.consults(2);
    talk.flashes();
    talk.all_sing(third);
    let held = talk.held;
    let heard = talk.hear(&[held]).remove(0);
    let (_, recordings) = talk.ends(&[1, 2]);
    let of_talk = recordings.iter().find(|recording| recording.parts[0].voices.len() == 4);
    let part = &of_talk.expect("the talk's has the holder twice, the held party, and the third").parts[0];
    for voice in &part.voices {
        let sung: Vec<bool> = NOTES.iter().map(|hz| level_at(&voice.octets, *hz) > SILENT_DBM0).collect();
        assert!(
            sung.iter().filter(|sung| **sung).count() <= 1,
            "nobody but one party is in {:?}: {sung:?}",
            voice.track
        );
    }
    let joined = |entry: &vault::MapEntry| match entry.mark {
        Mark::ConferenceJoined { leg, part: ConferencePart::Speaks } => Some((entry.at, leg)),
        _ => None,
    };
    let joined: Vec<_> = part.map.iter().filter_map(joined).collect();
    assert_eq!(joined.len(), 3, "{:?}", part.map);
    let hold = |mark: fn(&Mark) -> bool| part.map.iter().filter(|entry| mark(&entry.mark)).count();
    assert_eq!(hold(|mark| matches!(mark, Mark::HoldBegan { .. })), 1);
    assert_eq!(hold(|mark| matches!(mark, Mark::HoldEnded { .. })), 1);
    // The others, added up from when all were in it.
    let from = joined[2].0.0;
    let own = part.voices.iter().find(|voice| level_at(&voice.octets, NOTES[1]) > SILENT_DBM0).expect("it sang").leg;
    let mut sum = Vec::new();
    for voice in part.voices.iter().filter(|voice| voice.leg != own) {
        let skip = from.saturating_sub(voice.first.0) as usize;
        let before = voice.first.0.saturating_sub(from) as usize;
        for (at, octet) in voice.octets.iter().skip(skip).enumerate() {
            if sum.len() <= at + before {
                sum.resize(at + before + 1, 0_i32);
            }
            sum[at + before] += linear(*octet);
        }
    }
    let rebuilt: Vec<u8> = sum.iter().map(|sum| codec::encode(Law::A, (*sum).clamp(-32_768, 32_767) as i16)).collect();
    let heard = &heard[400..heard.len() - 400];
    assert!(rebuilt.windows(heard.len()).any(|window| window == heard), "sample for sample");
}

/// As the mixer takes it: the octets nearest to nothing are nothing.
pub(crate) fn linear(octet: u8) -> i32 {
    match octet {
        0x55 | 0xd5 => 0,
        octet => i32::from(codec::decode(Law::A, octet)),
    }
}

#[test]
fn who_only_holds_does_so_until_the_next_flash_and_may_still_call_somebody() {
    let mut talk = talk(713);
    let (holder, held) = (talk.holder, talk.held);
    talk.house.party(holder, Act::Listen);
    talk.flashes();
    talk.house.run(Duration::from_secs(60));
    // SpanDSP's word for it; the dial tone has ended by itself.
    assert_eq!(tones(&talk.house.heard(holder)), ["dial"]);
    talk.sings(holder, NOTES[0]);
    let [of_holder, of_held] = &talk.hear(&[holder, held])[..] else { panic!("two parties") };
    assert!(of_holder.iter().all(|octet| *octet == Law::A.silence()), "nothing is heard any more");
    assert!(of_held.iter().all(|octet| *octet == MUSIC), "music, and nothing of what is said here");
    talk.flashes();
    talk.sings(held, NOTES[1]);
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    talk.flashes();
    talk.house.run(Duration::from_secs(30));
    talk.keys("803");
    let third = talk.house.telephone(3);
    talk.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(third)));
    talk.flashes();
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    talk.ends(&[1]);
}

#[test]
fn who_hangs_up_when_the_third_party_is_busy_is_rung_back_by_the_one_on_hold() {
    let mut talk = talk(714);
    let (holder, held) = (talk.holder, talk.held);
    talk.house.handset(2, HandsetAct::Lift);
    talk.flashes();
    talk.keys("802");
    talk.house.run(Duration::from_secs(1));
    talk.house.handset(1, HandsetAct::HangUp);
    let returned = |fact: &CallEvent| matches!(fact, CallEvent::TransferReturned { why: NotTransferred::Busy, .. });
    talk.house.until_fact("it goes back", returned);
    let rings = |house: &House| house.told.iter().filter(|event| event.told == Told::RingerSounds(holder)).count();
    let rang = rings(&talk.house);
    talk.house.until("it rings once more", |house| rings(house) > rang);
    talk.house.handset(1, HandsetAct::Lift);
    talk.house.run(Duration::from_secs(1));
    talk.sings(holder, NOTES[0]);
    talk.sings(held, NOTES[1]);
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    talk.ends(&[1, 2]);
}

#[test]
fn who_cannot_reach_the_third_party_hears_why_and_is_back_with_the_one_on_hold() {
    let mut talk = talk(703);
    let (holder, held) = (talk.holder, talk.held);
    talk.house.handset(2, HandsetAct::Lift);
    talk.flashes();
    [holder, held].iter().for_each(|lane| talk.house.party(*lane, Act::Listen));
    talk.keys("802");
    talk.house.run(Duration::from_millis(2500));
    assert_eq!(tones(&talk.house.heard(holder)), ["busy"], "as SpanDSP hears it");
    assert!(talk.house.heard(held).iter().all(|octet| *octet == MUSIC), "still on hold");
    talk.house.until_fact("it is busy", |fact| matches!(fact, CallEvent::Retrieved { .. }));
    talk.sings(holder, NOTES[0]);
    talk.sings(held, NOTES[1]);
    talk.house.run(Duration::from_millis(200));
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    // A flash does not wait for the end of the tone.
    talk.flashes();
    talk.keys("802");
    talk.house.run(Duration::from_secs(1));
    talk.flashes();
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    // It can be tried again, and given up with a flash while the third one's telephone rings.
    talk.flashes();
    talk.keys("803");
    let third = talk.house.telephone(3);
    talk.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(third)));
    talk.flashes();
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    talk.ends(&[1, 2]);
}

#[test]
fn who_is_on_hold_and_hangs_up_leaves_the_other_two_talking() {
    let mut talk = talk(708);
    let third = talk.consults(2);
    talk.all_sing(third);
    hang_up(&mut talk.house, 1);
    talk.house.run(Duration::from_secs(2));
    let holder = talk.holder;
    talk.assert_heard(&[(holder, [false, false, true]), (third, [true, false, false])]);
    talk.flashes();
    talk.flashes();
    assert_eq!(over_with(&talk.house, 1), Some(Cause::NormalClearing));
    talk.ends(&[1, 2]);
}

#[test]
fn an_emergency_service_is_not_put_on_hold() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.stations[0].flash = Flash::Conference;
    let mut house = House::with(&board, settings, 709);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(house.telephone(1), Act::Press("120".into()));
    let arrived = |event: &OperatorEvent| match &event.told {
        Told::Call(told) => matches!(told.news, CallNews::Incoming { .. }).then_some((told.span, told.call)),
        _ => None,
    };
    house.until("the exchange has the call", |house| house.told.iter().any(|event| arrived(event).is_some()));
    let (span, call) = house.told.iter().find_map(arrived).unwrap();
    house.operate(Operator::Exchange(span, ExchangeAct::Answer(call)));
    house.until_fact("it is answered", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(1, HandsetAct::Flash { ms: 300 });
    house.run(Duration::from_secs(2));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::Held { .. })));
}

/// What a receiver of digits finds in each voice of all recordings.
fn digits_recorded(recordings: &[Playback]) -> Vec<String> {
    let voices = recordings.iter().flat_map(|recording| &recording.parts).flat_map(|part| &part.voices);
    voices.map(|voice| ours(&voice.octets)).filter(|digits| !digits.is_empty()).collect()
}

#[test]
fn of_three_who_talk_two_hear_no_key_of_a_secret_number_and_no_recording_has_one() {
    let mut talk = talk(708);
    let third = talk.consults(2);
    talk.flashes();
    let (holder, held) = (talk.holder, talk.held);
    talk.house.mask(talk.call(), Masking::SecretInput, true).unwrap();
    let heard = talk.number_keyed(&[holder, third]);
    assert_eq!(heard.iter().map(|heard| ours(heard)).collect::<String>(), "");
    assert!(talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::MaskingEnded { digits: 8, .. })));
    talk.all_sing(third);
    talk.assert_heard(&[(holder, [false, true, true]), (held, [true, false, true]), (third, [true, true, false])]);
    let (_, recordings) = talk.ends(&[1, 2]);
    assert_eq!(digits_recorded(&recordings), Vec::<String>::new());
}

#[test]
fn the_same_number_among_three_without_the_mask_is_heard_by_both_and_recorded() {
    let mut talk = talk(709);
    let third = talk.consults(2);
    talk.flashes();
    let heard = talk.number_keyed(&[talk.holder, third]);
    assert_eq!(heard.iter().map(|heard| ours(heard)).collect::<Vec<_>>(), ["62258801#", "62258801#"]);
    let (_, recordings) = talk.ends(&[1, 2]);
    assert!(digits_recorded(&recordings).contains(&"62258801#".to_owned()));
}

#[test]
fn while_the_recording_of_three_is_paused_nothing_of_any_of_them_is_kept() {
    let mut talk = talk(710);
    let third = talk.consults(2);
    talk.flashes();
    let (holder, held) = (talk.holder, talk.held);
    let call = talk.call();
    talk.house.mask(call, Masking::Pause, true).unwrap();
    talk.house.run(Duration::from_millis(200));
    talk.all_sing(third);
    talk.assert_heard(&[(holder, [false, true, true]), (held, [true, false, true]), (third, [true, true, false])]);
    for lane in [holder, held, third] {
        talk.house.party(lane, Act::Say(Say::Silence));
    }
    talk.house.run(Duration::from_millis(200));
    talk.house.mask(call, Masking::Pause, false).unwrap();
    talk.house.run(Duration::from_millis(2500));
    let (_, recordings) = talk.ends(&[1, 2]);
    for voice in recordings.iter().flat_map(|recording| &recording.parts).flat_map(|part| &part.voices) {
        let loudest = NOTES.map(|hz| level_at(&voice.octets, hz)).into_iter().fold(f64::NEG_INFINITY, f64::max);
        assert!(loudest < SILENT_DBM0, "{:?} has a note at {loudest:.1} dBm0", voice.track);
    }
}

#[test]
fn a_pause_goes_on_when_the_caller_is_handed_on_and_what_is_said_then_is_not_kept() {
    let mut talk = talk(715);
    let third = talk.consults(2);
    let held = talk.held;
    let call = talk.call();
    talk.house.mask(call, Masking::Pause, true).unwrap();
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(2));
    talk.sings(held, NOTES[1]);
    talk.sings(third, NOTES[2]);
    talk.assert_heard(&[(held, [false, false, true]), (third, [false, true, false])]);
    [held, third].iter().for_each(|lane| talk.house.party(*lane, Act::Say(Say::Silence)));
    talk.house.run(Duration::from_millis(200));
    assert!(!talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::MaskingEnded { .. })));
    let (_, recordings) = talk.ends(&[2]);
    for voice in recordings.iter().flat_map(|recording| &recording.parts).flat_map(|part| &part.voices) {
        let loudest = NOTES.map(|hz| level_at(&voice.octets, hz)).into_iter().fold(f64::NEG_INFINITY, f64::max);
        assert!(loudest < SILENT_DBM0, "{:?} has a note at {loudest:.1} dBm0", voice.track);
    }
}

#[test]
fn who_is_on_hold_keys_a_secret_number_amid_the_music_and_no_recording_has_it() {
    let mut talk = talk(711);
    let third = talk.consults(2);
    let (holder, held) = (talk.holder, talk.held);
    talk.house.mask(talk.call(), Masking::SecretInput, true).unwrap();
    let heard = talk.number_keyed(&[holder, third, held]);
    assert_eq!(ours(&heard[0]) + &ours(&heard[1]), "");
    assert!(is_music(&heard[2]), "who is on hold goes on hearing music");
    assert!(talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::MaskingEnded { digits: 8, .. })));
    let (_, recordings) = talk.ends(&[1, 2]);
    assert_eq!(digits_recorded(&recordings), Vec::<String>::new());
}
