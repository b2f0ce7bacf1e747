//! What each party heard, rebuilt of the recording alone: its map, the voices, and the sounds that the box has. It is held
//! to what the party's telephone brought, sample for sample.

use std::{collections::BTreeMap, time::Duration};

use call::{CallEvent, LegRole};
use codec::transcode;
use frame::{CardSerial, LaneId, Law, LegId};
use ringfence::recorder::{Part, Voice};
use sim::{Act, Fault, HandsetAct, Operator, Say};
use vault::{MapEntry, Mark, Sample, SoundId};

use crate::{
    conference::{HEARD_DBM0, SILENT_DBM0, level_at, talk_with},
    house::{House, TUNE, sounds, voice},
    numbers::{called, national, setup},
    outside::hang_up,
};

fn with_tune(settings: &mut settings::Settings) {
    settings.stations[2].flash = settings::Flash::Conference;
    settings.queues.iter_mut().for_each(|queue| queue.music = TUNE.into());
}

pub(crate) fn leg_of(house: &House, wanted: LegRole) -> LegId {
    let of = |fact: &CallEvent| match fact {
        CallEvent::LegBegan { role, leg, .. } if *role == wanted => Some(*leg),
        _ => None,
    };
    house.facts.iter().find_map(of).expect("it began")
}

pub(crate) fn lane_of(house: &House, wanted: LegId) -> LaneId {
    let of = |fact: &CallEvent| match fact {
        CallEvent::LegBegan { leg, endpoint: call::Endpoint::Channel { lane, .. }, .. } if *leg == wanted => {
            Some(*lane)
        }
        _ => None,
    };
    house.facts.iter().find_map(of).expect("it is a channel's")
}

/// The octets of every sound that the box knows, by the name that a map has for it.
fn by_id() -> BTreeMap<[u8; 16], Vec<u8>> {
    sounds().clips().map(|(_, clip)| (SoundId::of(&clip.octets).0, clip.octets.to_vec())).collect()
}

/// What a leg hears at one moment, as far as the marks before it say.
#[derive(Default)]
struct Ear {
    prompts: Vec<u8>,
    /// Where the first of them began; none where none is open.
    prompts_from: Option<u64>,
    music: Option<(Vec<u8>, u64, u64)>,
    bridged: Option<LegId>,
    /// A prompt into this ear is over, and the other party is not heard again yet.
    deaf: bool,
}

impl Ear {
    fn take(&mut self, own: LegId, entry: &MapEntry, sounds: &BTreeMap<[u8; 16], Vec<u8>>) {
        let other = |a: LegId, b: LegId| (a == own).then_some(b).or((b == own).then_some(a));
        match entry.mark {
            Mark::PromptBegan { leg, sound } if leg == own => {
                if self.prompts_from != Some(entry.at.0) {
                    (self.prompts, self.prompts_from) = (Vec::new(), Some(entry.at.0));
                }
                self.prompts.extend(&sounds[&sound.0]);
            }
            Mark::PromptEnded { leg } if leg == own => (self.prompts_from, self.deaf) = (None, true),
            Mark::MusicBegan { leg, sound, offset_samples } if leg == own => {
                self.music = Some((sounds[&sound.0].clone(), entry.at.0, offset_samples));
            }
            Mark::MusicEnded { leg } if leg == own => self.music = None,
            Mark::BridgeBegan { a, b } if other(a, b).is_some() => (self.bridged, self.deaf) = (other(a, b), false),
            Mark::BridgeEnded { a, b } if other(a, b).is_some() => self.bridged = None,
            _ => (),
        }
    }

    fn at(&self, at: u64, law: Law, voices: &[Voice]) -> u8 {
        if let Some(from) = self.prompts_from {
            return self
                .prompts
                .get((at - from) as usize)
                .map_or(law.silence(), |octet| transcode(Law::A, law, *octet));
        }
        if let Some((octets, from, offset)) = &self.music {
            return transcode(Law::A, law, octets[((offset + at - from) % octets.len() as u64) as usize]);
        }
        let Some(other) = self.bridged.filter(|_| !self.deaf) else { return law.silence() };
        // Of two tracks of one leg the later one, as soon as it has begun: the first is silence to the part's end.
        let said = |voice: &Voice| {
            let at = at.checked_sub(voice.first.0)?;
            Some(transcode(voice.law, law, *voice.octets.get(at as usize)?))
        };
        voices.iter().rev().filter(|voice| voice.leg == other).find_map(said).unwrap_or(law.silence())
    }
}

/// What a leg heard from its first recorded sample to its last, by the map.
fn rebuilt(part: &Part, own: LegId) -> Vec<u8> {
    let sounds = by_id();
    let voice = part.voices.iter().find(|voice| voice.leg == own).expect("it is recorded");
    let mut map = part.map.clone();
    map.sort_by_key(|entry| entry.at);
    let (mut ear, mut marks) = (Ear::default(), map.iter().peekable());
    let samples = voice.first.0..voice.first.0 + voice.octets.len() as u64;
    samples
        .map(|at| {
            while let Some(entry) = marks.next_if(|entry| entry.at <= Sample(at)) {
                ear.take(own, entry, &sounds);
            }
            ear.at(at, voice.law, &part.voices)
        })
        .collect()
}

/// Holds what is rebuilt to what was heard on the line: both begin about when the call was answered.
#[track_caller]
fn assert_same(rebuilt: &[u8], heard: &[u8], from: usize, at_least: Duration) {
    // What begins or ends within it can be at no other place.
    let probe = &rebuilt[from..from + 10_000];
    let at = heard.windows(probe.len()).position(|window| window == probe).expect("a second of it is heard so");
    let (rebuilt, heard) = (&rebuilt[from..], &heard[at..]);
    let count = rebuilt.len().min(heard.len());
    assert!(count as u128 > at_least.as_millis() * 8, "{count} samples");
    let differs = (0..count).find(|at| rebuilt[*at] != heard[*at]);
    // The last ticks of the recording are those in which the lane was being cleared.
    assert!(differs.is_none_or(|at| at + 800 > count), "they differ at {differs:?} of {count}");
}

/// Who hears a menu, waits in a queue with music, talks, is put on hold twice and let go, and talks again.
#[test]
fn what_a_caller_heard_from_the_menu_to_the_end_is_rebuilt_of_the_map_sample_for_sample() {
    let mut house = called(1201, with_tune, setup("62001234", national("13800138000")));
    let caller = leg_of(&house, LegRole::Caller);
    let lane = lane_of(&house, caller);
    house.party(lane, Act::Listen);
    house.run(Duration::from_millis(500));
    house.party(lane, Act::Press("1".into()));
    house.until_fact("it waits", |fact| matches!(fact, CallEvent::Queued { .. }));
    house.run(Duration::from_secs(2));
    let agent = house.telephone(3);
    let say = |house: &mut House, lane: LaneId, seed: u8| {
        house.party(lane, Act::Say(Say::Clip { octets: voice(seed, 9_000).into(), law: Law::A, repeat: true }));
    };
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    say(&mut house, agent, 3);
    say(&mut house, lane, 5);
    house.run(Duration::from_secs(2));
    house.handset(3, HandsetAct::Flash { ms: 300 });
    house.until_fact("it is held", |fact| matches!(fact, CallEvent::Held { .. }));
    house.run(Duration::from_secs(2));
    house.handset(3, HandsetAct::Flash { ms: 300 });
    house.until_fact("it is back", |fact| matches!(fact, CallEvent::Retrieved { .. }));
    house.run(Duration::from_secs(3));
    let heard = house.heard(lane);
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(5));
    let playback = house
        .objects
        .iter()
        .map(|object| house.open(object))
        .find(|playback| playback.parts[0].voices.iter().any(|voice| voice.leg == caller));
    let part = playback.expect("the caller's").parts.remove(0);
    let of_caller = |mark: &Mark| {
        matches!(mark, Mark::PromptBegan { leg, .. } | Mark::PromptEnded { leg } | Mark::MusicBegan { leg, .. }
            | Mark::MusicEnded { leg } | Mark::HoldBegan { leg } | Mark::HoldEnded { leg } if *leg == caller)
            || matches!(mark, Mark::BridgeBegan { .. } | Mark::BridgeEnded { .. })
    };
    let mut marks: Vec<MapEntry> = part.map.iter().filter(|entry| of_caller(&entry.mark)).copied().collect();
    marks.sort_by_key(|entry| entry.at);
    let numbers: Vec<&str> =
        marks.iter().map(|entry| name(&entry.mark)).filter(|name| !name.contains("hold")).collect();
    let wanted = [
        "prompt began",
        "prompt ended",
        "music began",
        "music ended",
        "bridge began",
        "bridge ended",
        "music began",
        "music ended",
        "bridge began",
        "bridge ended",
    ];
    assert_eq!(numbers, wanted, "{marks:#?}");
    // It was listened to from behind the prompt on; a moment later the music begins.
    assert_same(&rebuilt(&part, caller), &heard, 12_000, Duration::from_secs(9));
    assert!(house.verify(true).is_intact());
}

fn name(mark: &Mark) -> &'static str {
    match mark {
        Mark::BridgeBegan { .. } => "bridge began",
        Mark::BridgeEnded { .. } => "bridge ended",
        Mark::PromptBegan { .. } => "prompt began",
        Mark::PromptEnded { .. } => "prompt ended",
        Mark::MusicBegan { .. } => "music began",
        Mark::MusicEnded { .. } => "music ended",
        Mark::HoldBegan { .. } => "hold began",
        Mark::HoldEnded { .. } => "hold ended",
        Mark::Transfer { .. } => "transfer",
        Mark::Slip => "slip",
        _ => "another",
    }
}

/// The marks of one kind over all parts of a recording.
fn count(part: &Part, wanted: &str) -> usize {
    part.map.iter().filter(|entry| name(&entry.mark) == wanted).count()
}

#[test]
fn a_prompt_into_one_ear_of_a_talk_and_the_other_party_after_it_stand_in_the_map() {
    let with_code = |settings: &mut settings::Settings| {
        with_tune(settings);
        settings.codes.secret_input = Some("*77".into());
    };
    let mut house = called(1202, with_code, setup("62001803", national("13800138000")));
    let agent = house.telephone(3);
    let lane = lane_of(&house, leg_of(&house, LegRole::Caller));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.party(lane, Act::Say(Say::Clip { octets: voice(5, 9_000).into(), law: Law::A, repeat: true }));
    house.party(agent, Act::Listen);
    house.run(Duration::from_secs(2));
    house.party(agent, Act::Press("*77".into()));
    house.until_fact("it is said", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.run(Duration::from_secs(3));
    let heard = house.heard(agent);
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(5));
    let part = house.open(&house.objects[0].clone()).parts.remove(0);
    assert_eq!((count(&part, "prompt began"), count(&part, "prompt ended")), (1, 1), "{:#?}", part.map);
    assert_eq!(count(&part, "bridge ended"), 1, "the other party hears this one all the while: {:#?}", part.map);
    assert_eq!(count(&part, "bridge began"), 2, "and is heard again from there on");
    assert!(heard.iter().filter(|octet| **octet == transcode(Law::A, part.voices[1].law, 0x5e)).count() >= 8000);
    let agent = leg_of(&house, LegRole::Called);
    let rebuilt = rebuilt(&part, agent);
    // The voice of who keys in secret comes 40 ms later, and is recorded so.
    assert_same(&rebuilt, &heard, 4_000, Duration::from_secs(4));
}

#[test]
fn an_attended_and_a_blind_transfer_say_in_the_map_from_which_leg_to_which() {
    for (seed, blind) in [(1203, false), (1204, true)] {
        let mut talk = talk_with(seed, |settings| {
            settings.transfer.before_answer = true;
            settings.queues.iter_mut().for_each(|queue| queue.music = TUNE.into());
        });
        let held = leg_of(&talk.house, LegRole::Caller);
        let holder = leg_of(&talk.house, LegRole::Called);
        if blind {
            talk.flashes();
            talk.keys("802");
            talk.house.run(Duration::from_secs(3));
            talk.house.handset(1, HandsetAct::HangUp);
            talk.house.run(Duration::from_secs(2));
            talk.house.handset(2, HandsetAct::Lift);
            talk.house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        } else {
            talk.consults(2);
            talk.house.handset(1, HandsetAct::HangUp);
            talk.house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        }
        talk.house.run(Duration::from_secs(1));
        let (_, recordings) = talk.ends(&[2]);
        let of_held = recordings.iter().find(|of| of.parts[0].voices.iter().any(|voice| voice.leg == held));
        let part = &of_held.expect("the held party's").parts[0];
        let third = part.voices.iter().map(|voice| voice.leg).find(|leg| ![held, holder].contains(leg));
        let moved: Vec<&Mark> =
            part.map.iter().map(|entry| &entry.mark).filter(|mark| matches!(mark, Mark::Transfer { .. })).collect();
        let third = third.expect("the third party is recorded, too");
        assert_eq!(moved, [&Mark::Transfer { from: holder, to: third }], "blind: {blind}: {:#?}", part.map);
        let bridged = |mark: &&Mark| matches!(mark, Mark::BridgeBegan { a, b } if *a == held && *b == third);
        assert_eq!(part.map.iter().map(|entry| &entry.mark).filter(bridged).count(), 1, "{:#?}", part.map);
        assert_eq!(count(part, "bridge began"), count(part, "bridge ended"), "{:#?}", part.map);
        if blind {
            // While the third rings, the held party hears the tone of it: a loop from its beginning.
            let rings = part.map.iter().find_map(|entry| match entry.mark {
                Mark::MusicBegan { leg, sound, offset_samples: 0 } if leg == held => by_id().remove(&sound.0),
                _ => None,
            });
            let tone = rings.expect("a tone");
            assert_eq!(tone.len(), 40_000, "China's ringback: a second of every five");
            let level = |octets: &[u8]| level_at(octets, 450.0);
            assert!(level(&tone[..8_000]) > HEARD_DBM0 && level(&tone[8_000..]) < SILENT_DBM0);
        }
    }
}

#[test]
fn a_block_that_a_card_lost_stands_in_the_map_of_whoever_is_recorded_on_it() {
    let mut house = called(1205, with_tune, setup("62001803", national("13800138000")));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_secs(1));
    let card: CardSerial = "SIM-E1".parse().expect("a serial");
    house.operate(Operator::Fault(Fault::LostBlock { card }));
    house.run(Duration::from_secs(1));
    hang_up(&mut house, 1);
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(5));
    let part = house.open(&house.objects[0].clone()).parts.remove(0);
    assert_eq!(count(&part, "slip"), 1, "{:#?}", part.map);
}
