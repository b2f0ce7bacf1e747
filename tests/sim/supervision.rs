//! Supervisors: who hears whom while one listens, whispers and barges in, with real audio in and out; who may; how it ends;
//! and what the recording has of it. Each party speaks a note of its own.

use std::time::Duration;

use access::{PasswordHash, chosen_pin};
use call::{CallEvent, Masking, NotSupervised, SupervisionEnd, SupervisorMode};
use frame::{CallId, LaneId, Law, PersonId};
use isdn::Cause;
use ringfence::recorder::Playback;
use settings::{Flash, Settings, Supervision};
use sim::{Act, HandsetAct, Say, Told};
use vault::{ConferencePart, Mark};

use crate::{
    conference::{HEARD_DBM0, SILENT_DBM0, is_music, level_at, linear, note},
    house::{House, demo_board, demo_settings},
    masking::ours,
    numbers::assert_told,
    outside::{hang_up, over_with, place},
    spandsp::tones,
};

/// The notes of the caller, the agent and the supervisor, in Hz: none is a multiple of another.
const NOTES: [f64; 3] = [600.0, 900.0, 1300.0];

/// The supervisor of the demo, at the second telephone; the agent is at the third.
const CHEN: PersonId = PersonId(4);
const PIN: &str = "271828";
const CODE: &str = "*79803";

/// What the house says before a PIN is keyed, and to all where the queue wants that.
const KEY_PIN: u8 = 0x63;
const ANNOUNCEMENT: u8 = 0x6a;

/// A caller talks to an agent of a queue.
struct Floor {
    house: House,
    call: CallId,
    caller: LaneId,
    agent: LaneId,
    supervisor: LaneId,
}

fn with_supervisor(settings: &mut Settings) {
    settings.codes.supervise = Some("*79".into());
    settings.queues[0].supervision = Supervision::Silent;
    settings.stations[2].flash = Flash::Conference;
    let pin = PasswordHash::of(&chosen_pin(PIN).unwrap(), [5; 16]).unwrap();
    settings.people.iter_mut().filter(|row| row.id == CHEN).for_each(|row| row.pin = Some(pin.as_str().to_owned()));
}

fn floor(seed: u64) -> Floor {
    floor_with(seed, |_| ())
}

fn floor_with(seed: u64, change: impl FnOnce(&mut Settings)) -> Floor {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    with_supervisor(&mut settings);
    change(&mut settings);
    let mut house = House::with(&board, settings, seed);
    let caller = place(&mut house, 1, "62001235");
    let (agent, supervisor) = (house.telephone(3), house.telephone(2));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(agent)));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(500));
    let call = house.facts[0].call();
    Floor { house, call, caller, agent, supervisor }
}

impl Floor {
    fn sings(&mut self, lane: LaneId, hz: f64) {
        let say = Say::Clip { octets: note(hz).into(), law: Law::A, repeat: true };
        self.house.party(lane, Act::Say(say));
    }

    fn all_sing(&mut self) {
        for (lane, hz) in [self.caller, self.agent, self.supervisor].into_iter().zip(NOTES) {
            self.sings(lane, hz);
        }
        self.house.run(Duration::from_millis(300));
    }

    fn presses(&mut self, keys: &str) {
        self.house.party(self.supervisor, Act::Press(keys.into()));
    }

    fn keys_code(&mut self, code: &str) {
        self.house.handset(2, HandsetAct::Lift);
        self.house.run(Duration::from_secs(1));
        self.presses(code);
    }

    /// The supervisor keys the code, and the PIN once it is asked for.
    fn dials_in(&mut self) {
        self.keys_code(CODE);
        self.house.until_fact("the PIN is asked for", |fact| says(fact, "key_pin"));
        self.presses(&format!("{PIN}#"));
        self.house.until_fact("the talk is heard", |fact| matches!(fact, CallEvent::SupervisionBegan { .. }));
        self.house.run(Duration::from_millis(1500));
    }

    fn changes_to(&mut self, key: &str, mode: SupervisorMode) {
        self.presses(key);
        self.house.until_fact(
            "it is done otherwise",
            |fact| matches!(fact, CallEvent::SupervisionChanged { mode: now, .. } if *now == mode),
        );
        self.house.run(Duration::from_millis(1500));
        self.sings(self.supervisor, NOTES[2]);
        self.house.run(Duration::from_millis(300));
    }

    /// A second of what each of these parties hears.
    fn hear(&mut self, lanes: &[LaneId]) -> Vec<Vec<u8>> {
        lanes.iter().for_each(|lane| self.house.party(*lane, Act::Listen));
        self.house.run(Duration::from_secs(1));
        lanes.iter().map(|lane| self.house.heard(*lane)).collect()
    }

    /// Which of the three notes caller, agent and supervisor hear.
    #[track_caller]
    fn assert_heard(&mut self, wanted: [[bool; 3]; 3]) {
        let lanes = [self.caller, self.agent, self.supervisor];
        for ((who, wanted), heard) in ["caller", "agent", "supervisor"].iter().zip(wanted).zip(self.hear(&lanes)) {
            for (hz, wanted) in NOTES.iter().zip(wanted) {
                let dbm0 = level_at(&heard, *hz);
                let right = if wanted { dbm0 > HEARD_DBM0 } else { dbm0 < SILENT_DBM0 };
                assert!(right, "the {who} hears {hz} Hz at {dbm0:.1} dBm0; is it to be heard: {wanted}");
            }
        }
    }

    /// Everybody hangs up; nothing is left, and all recordings are whole.
    fn ends(mut self) -> (House, Vec<Playback>) {
        if over_with(&self.house, 1).is_none() {
            hang_up(&mut self.house, 1);
        }
        [2, 3].into_iter().for_each(|position| self.house.handset(position, HandsetAct::HangUp));
        self.house.run(Duration::from_secs(8));
        self.house.assert_at_rest();
        assert!(self.house.verify(true).is_intact(), "{:?}", self.house.verify(true).findings);
        let objects = self.house.objects.clone();
        let recordings = objects.iter().map(|object| self.house.open(object)).collect();
        (self.house, recordings)
    }
}

const LISTENS: [[bool; 3]; 3] = [[false, true, false], [true, false, false], [true, true, false]];
const WHISPERS: [[bool; 3]; 3] = [[false, true, false], [true, false, true], [true, true, false]];
const BARGES_IN: [[bool; 3]; 3] = [[false, true, true], [true, false, true], [true, true, false]];

fn says(fact: &CallEvent, wanted: &str) -> bool {
    matches!(fact, CallEvent::PromptBegan { prompt, .. } if prompt == wanted)
}

fn ended(house: &House) -> Vec<SupervisionEnd> {
    let of = |fact: &CallEvent| match fact {
        CallEvent::SupervisionEnded { why, .. } => Some(*why),
        _ => None,
    };
    house.facts.iter().filter_map(of).collect()
}

fn refused(house: &House) -> Vec<NotSupervised> {
    let of = |fact: &CallEvent| match fact {
        CallEvent::SupervisionRefused { why, .. } => Some(*why),
        _ => None,
    };
    house.facts.iter().filter_map(of).collect()
}

#[test]
fn a_supervisor_listens_whispers_barges_in_and_listens_again_and_each_hears_whom_they_should() {
    let mut floor = floor(801);
    floor.dials_in();
    floor.all_sing();
    floor.assert_heard(LISTENS);
    floor.changes_to("2", SupervisorMode::Whispers);
    floor.assert_heard(WHISPERS);
    floor.changes_to("3", SupervisorMode::BargesIn);
    floor.assert_heard(BARGES_IN);
    floor.changes_to("1", SupervisorMode::Listens);
    floor.assert_heard(LISTENS);
    floor.changes_to("3", SupervisorMode::BargesIn);
    floor.changes_to("2", SupervisorMode::Whispers);
    floor.assert_heard(WHISPERS);
    floor.house.handset(2, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(2));
    assert_eq!(ended(&floor.house), [SupervisionEnd::HungUp]);
    floor.assert_heard([[false, true, false], [true, false, false], [false, false, false]]);
    let (house, _) = floor.ends();
    assert_told(
        &house,
        "班长在分机 802 监听：只听，双方听不到班长",
        "A supervisor at extension 802 hears the talk: listens, and is heard by nobody",
    );
    assert_told(&house, "班长改为：耳语，只有座席听得到", "The supervisor now whispers, heard by the agent alone");
    assert_told(&house, "监听结束（班长挂机）", "No supervisor hears the talk any more (the supervisor hung up)");
    let began = |fact: &CallEvent| matches!(fact, CallEvent::SupervisionBegan { person: CHEN, .. });
    assert!(house.facts.iter().any(began), "it is known who it was");
    assert!(!format!("{:?}{:?}", house.facts, house.records).contains(PIN), "and the PIN is nowhere");
}

#[test]
fn a_whisper_is_in_the_record_as_the_agent_heard_it_and_not_in_the_callers_voice() {
    let mut floor = floor(802);
    floor.dials_in();
    floor.all_sing();
    floor.changes_to("2", SupervisorMode::Whispers);
    let heard = floor.hear(&[floor.agent]).remove(0);
    floor.changes_to("1", SupervisorMode::Listens);
    floor.house.run(Duration::from_secs(1));
    let (_, recordings) = floor.ends();
    let [recording] = &recordings[..] else { panic!("one: the supervisor's own call is none") };
    let part = &recording.parts[0];
    let sings = |hz: f64| {
        let of = part.voices.iter().filter(move |voice| level_at(&voice.octets, hz) > SILENT_DBM0);
        of.collect::<Vec<_>>()
    };
    let [caller, agent, supervisor] = NOTES.map(|hz| match &sings(hz)[..] {
        [voice] => *voice,
        voices => panic!("{hz} Hz is in {} voices", voices.len()),
    });
    assert_eq!(part.voices.len(), 3, "who only listens is not recorded");
    assert!((150..300).contains(&supervisor.kept_ticks), "{} ticks of a whisper of 2 s", supervisor.kept_ticks);
    let parts = |leg| {
        let of = |entry: &vault::MapEntry| match entry.mark {
            Mark::ConferenceJoined { leg: of, part } if of == leg => Some(part),
            _ => None,
        };
        part.map.iter().filter_map(of).collect::<Vec<_>>()
    };
    use ConferencePart::*;
    assert_eq!(parts(supervisor.leg), [Listens, Coaches, Listens]);
    assert_eq!(parts(agent.leg), [Speaks, Coached, Speaks]);
    assert_eq!(parts(caller.leg), [Speaks; 3]);
    // What the agent heard: caller and supervisor, added up from when the whisper began.
    let from = supervisor.first.0;
    let of_caller = &caller.octets[usize::try_from(from - caller.first.0).unwrap()..];
    let sum = of_caller.iter().zip(&supervisor.octets).map(|(a, b)| linear(*a) + linear(*b));
    let rebuilt: Vec<u8> = sum.map(|sum| codec::encode(Law::A, sum.clamp(-32_768, 32_767) as i16)).collect();
    let heard = &heard[400..heard.len() - 400];
    assert!(rebuilt.windows(heard.len()).any(|window| window == heard), "sample for sample");
}

#[test]
fn the_keys_by_which_a_supervisor_changes_are_heard_by_nobody_and_recorded_nowhere() {
    let mut floor = floor(803);
    floor.dials_in();
    floor.presses("3");
    floor.house.until_fact("barges in", |fact| matches!(fact, CallEvent::SupervisionChanged { .. }));
    floor.house.run(Duration::from_millis(1500));
    let lanes = [floor.caller, floor.agent];
    lanes.iter().for_each(|lane| floor.house.party(*lane, Act::Listen));
    floor.presses("4562");
    floor.house.run(Duration::from_secs(3));
    for lane in lanes {
        let heard = floor.house.heard(lane);
        assert_eq!(ours(&heard), "", "{lane:?}");
    }
    let (_, recordings) = floor.ends();
    for voice in &recordings[0].parts[0].voices {
        assert_eq!(ours(&voice.octets), "", "{:?}", voice.track);
    }
}

#[test]
fn three_wrong_pins_end_the_try_and_lock_the_person_for_a_minute() {
    let mut floor = floor(804);
    floor.keys_code(CODE);
    floor.house.until_fact("the PIN is asked for", |fact| says(fact, "key_pin"));
    let heard = floor.hear(&[floor.supervisor]).remove(0);
    assert!(heard.contains(&KEY_PIN), "spoken into the supervisor's ear");
    for _ in 0..2 {
        floor.presses("271827#");
        floor.house.until_fact("it is wrong", |fact| says(fact, "pin_wrong"));
    }
    floor.presses("#");
    floor.house.until_fact("it is over", |fact| says(fact, "pin_locked"));
    assert_eq!(refused(&floor.house), [NotSupervised::WrongPin]);
    floor.house.handset(2, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(3));
    // An empty one is not looked at: two were wrong, and the right one opens.
    floor.dials_in();
    floor.house.handset(2, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(3));
    floor.keys_code(CODE);
    floor.house.until_fact("the PIN is asked for", |fact| says(fact, "key_pin"));
    for prompt in ["pin_wrong", "pin_wrong", "pin_locked"] {
        floor.presses("271827#");
        floor.house.until_fact("it is wrong", |fact| says(fact, prompt));
    }
    floor.house.handset(2, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(3));
    floor.keys_code(CODE);
    floor.house.until_fact("the PIN is asked for", |fact| says(fact, "key_pin"));
    floor.presses(&format!("{PIN}#"));
    floor.house.until_fact("it is not looked at", |fact| says(fact, "pin_locked"));
    assert_eq!(refused(&floor.house).last(), Some(&NotSupervised::PinLocked));
    floor.house.handset(2, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(61));
    floor.dials_in();
    floor.ends();
}

#[test]
fn who_is_no_supervisor_is_refused_and_a_supervisor_keys_the_own_number_at_another_telephone() {
    let mut floor = floor(805);
    floor.keys_code(CODE);
    floor.house.until_fact("the PIN is asked for", |fact| says(fact, "key_pin"));
    floor.presses(&format!("5*{PIN}#"));
    floor.house.until_fact("an agent may not", |fact| says(fact, "not_supervised"));
    assert_eq!(refused(&floor.house), [NotSupervised::NotPermitted]);
    floor.house.handset(2, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(3));
    let other = floor.house.telephone(4);
    floor.house.handset(4, HandsetAct::Lift);
    floor.house.run(Duration::from_secs(1));
    floor.house.party(other, Act::Press(CODE.into()));
    floor.house.until_fact("the PIN is asked for", |fact| says(fact, "key_pin"));
    floor.house.party(other, Act::Press(format!("4*{PIN}#")));
    floor.house.until_fact(
        "it is heard",
        |fact| matches!(fact, CallEvent::SupervisionBegan { person: CHEN, extension, .. } if extension == "804"),
    );
    floor.house.handset(4, HandsetAct::HangUp);
    floor.ends();
}

#[test]
fn only_talks_of_queues_that_let_it_are_heard_and_a_telephone_at_rest_has_none() {
    let mut floor = floor_with(806, |settings| settings.queues[0].supervision = Supervision::None);
    let may = floor.house.supervise(floor.call, CHEN, Some(SupervisorMode::Listens));
    assert_eq!(may, Err(NotSupervised::NotAllowed));
    floor.keys_code(CODE);
    floor.house.until_fact("it is said", |fact| says(fact, "not_supervised"));
    floor.house.handset(2, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(3));
    floor.keys_code("*79804");
    floor.house.until_fact("it is said", |fact| says(fact, "not_supervised"));
    assert_eq!(refused(&floor.house), [NotSupervised::NotAllowed, NotSupervised::NotTalking]);
    floor.ends();
}

#[test]
fn from_the_page_the_own_telephone_rings_and_the_buttons_change_and_end_it() {
    let mut floor = floor(807);
    let (call, whispers) = (floor.call, Some(SupervisorMode::Whispers));
    assert_eq!(floor.house.supervise(call, PersonId(1), whispers), Err(NotSupervised::NoTelephone));
    assert_eq!(floor.house.supervise(call, CHEN, whispers), Ok(()));
    let supervisor = floor.supervisor;
    floor.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(supervisor)));
    assert_eq!(floor.house.supervise(call, CHEN, whispers), Err(NotSupervised::TelephoneBusy));
    floor.house.handset(2, HandsetAct::Lift);
    floor.house.until_fact("it is heard", |fact| matches!(fact, CallEvent::SupervisionBegan { .. }));
    floor.house.run(Duration::from_millis(1500));
    assert_eq!(floor.house.supervise(call, PersonId(1), whispers), Err(NotSupervised::Taken));
    floor.all_sing();
    floor.assert_heard(WHISPERS);
    assert_eq!(floor.house.supervise(call, CHEN, Some(SupervisorMode::BargesIn)), Ok(()));
    floor.house.run(Duration::from_millis(1500));
    floor.assert_heard(BARGES_IN);
    assert_eq!(floor.house.supervise(call, CHEN, None), Ok(()));
    floor.house.run(Duration::from_millis(500));
    assert_eq!(ended(&floor.house), [SupervisionEnd::Asked]);
    floor.house.party(supervisor, Act::Listen);
    floor.house.run(Duration::from_secs(3));
    assert!(
        tones(&floor.house.heard(supervisor)).contains(&"busy"),
        "who is let go hears busy tone, as SpanDSP has it"
    );
    floor.ends();
}

#[test]
fn who_asked_at_the_page_and_does_not_lift_the_handset_hears_nothing() {
    let mut floor = floor(808);
    assert_eq!(floor.house.supervise(floor.call, CHEN, Some(SupervisorMode::Listens)), Ok(()));
    floor.house.run(Duration::from_secs(32));
    assert!(!floor.house.facts.iter().any(|fact| matches!(fact, CallEvent::SupervisionBegan { .. })));
    floor.all_sing();
    floor.assert_heard([[false, true, false], [true, false, false], [false, false, false]]);
    floor.ends();
}

#[test]
fn on_hold_the_supervisor_hears_the_music_and_a_third_party_does_not_hear_the_whisper() {
    let mut floor = floor(809);
    floor.dials_in();
    floor.changes_to("2", SupervisorMode::Whispers);
    let flash = |floor: &mut Floor| {
        floor.house.handset(3, HandsetAct::Flash { ms: 300 });
        floor.house.run(Duration::from_millis(1500));
    };
    flash(&mut floor);
    let supervisor = floor.supervisor;
    assert!(is_music(&floor.hear(&[supervisor])[0]), "as the caller does");
    floor.house.party(floor.agent, Act::Press("801".into()));
    let third = floor.house.telephone(1);
    floor.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(third)));
    floor.house.handset(1, HandsetAct::Lift);
    floor.house.until_fact("the third talks", |fact| matches!(fact, CallEvent::Bridged { .. }));
    assert!(is_music(&floor.hear(&[supervisor])[0]), "nothing of the other call");
    flash(&mut floor);
    floor.all_sing();
    floor.assert_heard(WHISPERS);
    let of_third = floor.hear(&[third]).remove(0);
    let heard = NOTES.map(|hz| level_at(&of_third, hz) > HEARD_DBM0);
    assert_eq!(heard, [true, true, false]);
    flash(&mut floor);
    floor.assert_heard(WHISPERS);
    floor.house.handset(1, HandsetAct::HangUp);
    floor.ends();
}

#[test]
fn in_a_pause_the_supervisor_hears_nothing_and_of_a_secret_number_no_key() {
    let mut floor = floor(810);
    floor.dials_in();
    floor.changes_to("3", SupervisorMode::BargesIn);
    floor.all_sing();
    floor.house.mask(floor.call, Masking::Pause, true).unwrap();
    floor.house.run(Duration::from_millis(200));
    floor.assert_heard([[false, true, false], [true, false, false], [false, false, false]]);
    floor.house.mask(floor.call, Masking::Pause, false).unwrap();
    floor.house.run(Duration::from_millis(2500));
    floor.assert_heard(BARGES_IN);
    for lane in [floor.caller, floor.agent, floor.supervisor] {
        floor.house.party(lane, Act::Say(Say::Silence));
    }
    floor.house.mask(floor.call, Masking::SecretInput, true).unwrap();
    floor.house.run(Duration::from_millis(500));
    let lanes = [floor.agent, floor.supervisor];
    lanes.iter().for_each(|lane| floor.house.party(*lane, Act::Listen));
    floor.house.party(floor.caller, Act::Press("62258801#".into()));
    floor.house.until_fact("it is over", |fact| matches!(fact, CallEvent::MaskingEnded { digits: 8, .. }));
    for lane in lanes {
        assert_eq!(ours(&floor.house.heard(lane)), "");
    }
    let (_, recordings) = floor.ends();
    for voice in &recordings[0].parts[0].voices {
        assert_eq!(ours(&voice.octets), "");
    }
}

#[test]
fn whoever_hangs_up_in_whatever_mode_ends_it_and_nothing_is_left() {
    let modes = [("1", SupervisorMode::Listens), ("2", SupervisorMode::Whispers), ("3", SupervisorMode::BargesIn)];
    for (seed, (key, mode)) in (811..).zip(modes) {
        for caller in [true, false] {
            let mut floor = floor(seed);
            floor.dials_in();
            if mode != SupervisorMode::Listens {
                floor.changes_to(key, mode);
            }
            if caller {
                hang_up(&mut floor.house, 1);
            } else {
                floor.house.handset(3, HandsetAct::HangUp);
            }
            floor.house.until_fact("it ends", |fact| matches!(fact, CallEvent::SupervisionEnded { .. }));
            floor.house.run(Duration::from_millis(500));
            let supervisor = floor.supervisor;
            floor.house.party(supervisor, Act::Listen);
            floor.house.run(Duration::from_secs(3));
            assert!(tones(&floor.house.heard(supervisor)).contains(&"busy"), "as SpanDSP has it");
            assert_eq!(ended(&floor.house), [SupervisionEnd::CallOver]);
            assert_eq!(over_with(&floor.house, 1), Some(Cause::NormalClearing));
            floor.ends();
        }
    }
}

#[test]
fn an_agent_who_hands_the_caller_on_takes_the_supervisor_along_to_nobody() {
    let mut floor = floor(815);
    floor.dials_in();
    floor.house.handset(3, HandsetAct::Flash { ms: 300 });
    floor.house.run(Duration::from_millis(1500));
    floor.house.party(floor.agent, Act::Press("801".into()));
    let third = floor.house.telephone(1);
    floor.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(third)));
    floor.house.handset(1, HandsetAct::Lift);
    floor.house.until_fact("the third talks", |fact| matches!(fact, CallEvent::Bridged { .. }));
    floor.house.handset(3, HandsetAct::HangUp);
    floor.house.run(Duration::from_secs(2));
    assert_eq!(ended(&floor.house), [SupervisionEnd::AgentGone]);
    floor.sings(floor.caller, NOTES[0]);
    floor.house.run(Duration::from_millis(300));
    let (supervisor, lanes) = (floor.supervisor, [third, floor.supervisor]);
    let heard = floor.hear(&lanes);
    assert!(level_at(&heard[0], NOTES[0]) > HEARD_DBM0, "the talk goes on");
    assert!(level_at(&heard[1], NOTES[0]) < SILENT_DBM0, "without {supervisor:?}");
    floor.house.handset(1, HandsetAct::HangUp);
    floor.ends();
}

#[test]
fn a_restart_in_whatever_mode_leaves_the_two_who_talk_and_says_so() {
    for (seed, key) in [(816, "1"), (817, "2"), (818, "3")] {
        let mut floor = floor(seed);
        floor.dials_in();
        floor.presses(key);
        floor.house.run(Duration::from_secs(2));
        floor.house.is_killed_for(Duration::from_secs(2));
        floor.house.run(Duration::from_secs(1));
        assert_eq!(ended(&floor.house), [SupervisionEnd::Restarted]);
        floor.sings(floor.caller, NOTES[0]);
        floor.sings(floor.agent, NOTES[1]);
        floor.house.run(Duration::from_millis(300));
        let lanes = [floor.caller, floor.agent];
        let heard = floor.hear(&lanes);
        assert!(level_at(&heard[0], NOTES[1]) > HEARD_DBM0 && level_at(&heard[1], NOTES[0]) > HEARD_DBM0);
        floor.ends();
    }
}

#[test]
fn where_the_queue_wants_it_both_are_told_and_then_hear_each_other_again() {
    let mut floor = floor_with(819, |settings| settings.queues[0].supervision = Supervision::Announced);
    let lanes = [floor.caller, floor.agent];
    lanes.iter().for_each(|lane| floor.house.party(*lane, Act::Listen));
    floor.dials_in();
    for lane in lanes {
        let heard = floor.house.heard(lane);
        let told = heard.iter().filter(|octet| **octet == ANNOUNCEMENT).count();
        assert!(told >= 8000, "{lane:?} heard {told} samples of it");
    }
    floor.all_sing();
    floor.assert_heard(LISTENS);
    floor.ends();
}
