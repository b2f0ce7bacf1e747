//! A flow that asks whether the call may be recorded, and one that pauses the recording, with real keys through the whole
//! box: what is kept of what was said before, after, and by whom.

use std::time::Duration;

use call::{CallEvent, ConsentEvidence, LegRole, MaskedBy, Masking, MaskingEnd};
use frame::{LaneId, Law};
use ringfence::{recorder::Playback, words::Language};
use settings::{Flash, Flow, Settings, Target};
use sim::{Act, HandsetAct, Say};
use vault::Mark;

use crate::{
    heard::{lane_of, leg_of},
    house::{House, contains, voice},
    numbers::{called, national, sentences, setup},
    outside::hang_up,
};

const ASKS: &str = "name = \"ask\"\nstart = \"ask\"\n[steps.ask.consent]\nprompts = [\"main_menu\"]\nyes = \"1\"\nno = \"2\"\n\
    tries = 2\nwait_s = 2\nthen = \"desk\"\nrefused = { then = \"desk\" }\n[steps.desk.dial]\nextension = \"803\"\n";

/// Whoever is told so and stays agrees; whoever presses 9 hears why the call can't go on.
const STAYS: &str = "name = \"ask\"\nstart = \"ask\"\n[steps.ask.consent]\nprompts = [\"main_menu\"]\nno = \"9\"\nwait_s = 2\n\
    then = \"desk\"\nrefused = { then = \"why\" }\n[steps.why.play]\nprompts = [\"goodbye\"]\nthen = \"end\"\n[steps.end.hang_up]\n\
    [steps.desk.dial]\nextension = \"803\"\n";

/// A menu, then a card number in a pause, then a word.
const PAUSES: &str = "name = \"ask\"\nstart = \"menu\"\n[steps.menu.menu]\nprompts = [\"main_menu\"]\noptions = { 1 = \"quiet\" }\n\
    wait_s = 60\ninvalid = { then = \"end\" }\ntimed_out = { then = \"end\" }\n[steps.quiet.pause]\nthen = \"card\"\n\
    [steps.card.digits]\nprompts = [\"key_pin\"]\nmin_digits = 4\nmax_digits = 4\nwait_s = 60\nthen = \"loud\"\n\
    invalid = { then = \"end\" }\ntimed_out = { then = \"end\" }\n[steps.loud.resume]\nthen = \"more\"\n\
    [steps.more.menu]\nprompts = [\"goodbye\"]\noptions = { 1 = \"end\" }\nwait_s = 60\n\
    invalid = { then = \"end\" }\ntimed_out = { then = \"end\" }\n[steps.end.hang_up]\n";

fn calls(seed: u64, flow: &str) -> (House, LaneId) {
    let flow: Flow = toml::from_str(flow).unwrap();
    let with_flow = |settings: &mut Settings| {
        settings.flows.push(flow);
        settings.numbers[3].to = Target::Flow("ask".into());
        settings.stations[2].flash = Flash::Conference;
    };
    let house = called(seed, with_flow, setup("62001803", national("13800138000")));
    let lane = lane_of(&house, leg_of(&house, LegRole::Caller));
    (house, lane)
}

/// Says a word that no other call of this makes.
fn says(house: &mut House, lane: LaneId, seed: u8) -> Vec<u8> {
    let word = voice(seed, 6_400);
    house.party(lane, Act::Say(Say::Clip { octets: word.clone().into(), law: Law::A, repeat: false }));
    house.run(Duration::from_millis(1_000));
    word
}

fn asked(house: &House) -> Vec<(bool, ConsentEvidence, bool)> {
    let of = |fact: &CallEvent| match fact {
        CallEvent::ConsentAsked { given, evidence, recorded, .. } => Some((*given, *evidence, *recorded)),
        _ => None,
    };
    house.facts.iter().filter_map(of).collect()
}

/// The agent answers, and both say something.
fn talks(house: &mut House, caller: LaneId) -> [Vec<u8>; 2] {
    let agent = house.telephone(3);
    let rings = |fact: &CallEvent| matches!(fact, CallEvent::LegRinging { .. });
    house.until("it rings", |house| house.facts.iter().any(rings));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(500));
    [says(house, caller, 11), says(house, agent, 12)]
}

/// All is over; the recording of the call.
fn ends(house: &mut House) -> Playback {
    hang_up(house, 1);
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(5));
    house.assert_at_rest();
    assert!(house.verify(true).is_intact(), "{:?}", house.verify(true).findings);
    house.open(&house.objects[0].clone())
}

fn keeps(playback: &Playback, word: &[u8]) -> bool {
    playback.parts.iter().flat_map(|part| &part.voices).any(|voice| contains(&voice.octets, &word[800..5_600]))
}

fn marked(playback: &Playback) -> Vec<Mark> {
    let of_consent = |mark: &Mark| matches!(mark, Mark::Consent { .. });
    playback.parts.iter().flat_map(|part| &part.map).map(|entry| entry.mark).filter(of_consent).collect()
}

#[test]
fn nothing_is_kept_before_a_caller_agrees_by_a_key_and_all_after_it() {
    let (mut house, lane) = calls(1301, ASKS);
    let leg = leg_of(&house, LegRole::Caller);
    let before = says(&mut house, lane, 10);
    house.party(lane, Act::Press("1".into()));
    let [caller, agent] = talks(&mut house, lane);
    assert_eq!(asked(&house), [(true, ConsentEvidence::Key, true)]);
    let playback = ends(&mut house);
    assert!(!keeps(&playback, &before), "what was said before is kept");
    assert!(keeps(&playback, &caller) && keeps(&playback, &agent), "what was said after is not");
    assert_eq!(marked(&playback), [Mark::Consent { leg, given: true }]);
    let prompts = playback.parts[0].map.iter().filter(|entry| matches!(entry.mark, Mark::PromptBegan { .. }));
    assert_eq!(prompts.count(), 1, "that it was announced stands in the map, by the sound itself");
    let told = sentences(&house, Language::English);
    assert!(told.contains(&"The caller agrees to be recorded (by a key, in step “ask”)".to_owned()), "{told:#?}");
}

#[test]
fn who_does_not_agree_is_helped_and_recorded_by_nobody_also_after_a_restart() {
    for restarts in [false, true] {
        let (mut house, lane) = calls(1302, ASKS);
        let leg = leg_of(&house, LegRole::Caller);
        house.party(lane, Act::Press("2".into()));
        let [caller, agent] = talks(&mut house, lane);
        assert_eq!(asked(&house), [(false, ConsentEvidence::Key, false)]);
        let more = if restarts {
            house.is_killed_for(Duration::from_secs(1));
            house.run(Duration::from_secs(1));
            says(&mut house, lane, 13)
        } else {
            // On hold and back, which begins the voice of who held anew.
            for _ in 0..2 {
                house.handset(3, HandsetAct::Flash { ms: 300 });
                house.run(Duration::from_secs(2));
            }
            says(&mut house, lane, 13)
        };
        let playback = ends(&mut house);
        for word in [&caller, &agent, &more] {
            assert!(!keeps(&playback, word), "restarts: {restarts}");
        }
        assert!(playback.parts.iter().flat_map(|part| &part.voices).all(|voice| voice.kept_ticks == 0));
        assert_eq!(marked(&playback), [Mark::Consent { leg, given: false }]);
        let told = sentences(&house, Language::Chinese);
        assert!(told.contains(&"来电者不同意录音（按键，步骤“ask”）：从此不录音".to_owned()), "{told:#?}");
    }
}

#[test]
fn who_presses_nothing_where_a_key_is_asked_for_does_not_agree() {
    let (mut house, lane) = calls(1303, ASKS);
    house.party(lane, Act::Press("7".into()));
    let [caller, _] = talks(&mut house, lane);
    assert_eq!(asked(&house), [(false, ConsentEvidence::NoKey, false)], "7 is no answer");
    assert!(!keeps(&ends(&mut house), &caller));
}

#[test]
fn who_is_told_and_stays_agrees_where_that_is_enough_and_who_does_not_hears_why_the_call_ends() {
    let (mut house, lane) = calls(1304, STAYS);
    let [caller, _] = talks(&mut house, lane);
    assert_eq!(asked(&house), [(true, ConsentEvidence::Staying, true)]);
    assert!(keeps(&ends(&mut house), &caller));

    let (mut house, lane) = calls(1305, STAYS);
    house.party(lane, Act::Press("9".into()));
    house.until_fact(
        "it is said why",
        |fact| matches!(fact, CallEvent::PromptBegan { prompt, .. } if prompt == "goodbye"),
    );
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    assert_eq!(asked(&house), [(false, ConsentEvidence::Key, false)]);
}

#[test]
fn a_step_of_a_flow_pauses_the_recording_and_another_lets_it_go_on() {
    let (mut house, lane) = calls(1306, PAUSES);
    let before = says(&mut house, lane, 10);
    house.party(lane, Act::Press("1".into()));
    house.until_fact("it pauses", |fact| matches!(fact, CallEvent::MaskingBegan { what: Masking::Pause, .. }));
    house.run(Duration::from_secs(1));
    let within = says(&mut house, lane, 11);
    house.party(lane, Act::Press("4711".into()));
    let ended = |fact: &CallEvent| {
        matches!(fact, CallEvent::MaskingEnded { what: Masking::Pause, why: MaskingEnd::StepOver, .. })
    };
    house.until_fact("it goes on", ended);
    let after = says(&mut house, lane, 12);
    let by_step = |fact: &CallEvent| {
        let by = MaskedBy::Flow { step: "quiet".into() };
        matches!(fact, CallEvent::MaskingBegan { what: Masking::Pause, by: told, .. } if *told == by)
    };
    assert_eq!(house.facts.iter().filter(|fact| by_step(fact)).count(), 1);
    let told = sentences(&house, Language::English);
    assert!(told.contains(&"In step “quiet” nothing is recorded".to_owned()), "{told:#?}");
    let playback = ends(&mut house);
    assert!(keeps(&playback, &before) && keeps(&playback, &after));
    assert!(!keeps(&playback, &within), "what was said in the pause is kept");
    assert_eq!(playback.masked().iter().filter(|stretch| stretch.is_pause).count(), 1);
}

#[test]
fn a_flow_that_leads_on_without_ending_its_pause_does_not_leave_out_the_talk() {
    let flow = "name = \"ask\"\nstart = \"quiet\"\n[steps.quiet.pause]\nthen = \"notice\"\n[steps.notice.play]\n\
                prompts = [\"main_menu\", \"main_menu\", \"main_menu\"]\nthen = \"desk\"\n[steps.desk.dial]\nextension = \"803\"\n";
    let (mut house, lane) = calls(1307, flow);
    let before = says(&mut house, lane, 10);
    let [caller, agent] = talks(&mut house, lane);
    let playback = ends(&mut house);
    assert!(!keeps(&playback, &before) && keeps(&playback, &caller) && keeps(&playback, &agent));
}
