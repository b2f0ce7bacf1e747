//! What the people outside do: the main job once, then calls of all kinds.

use std::{
    process::Command,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use codec::dbm0_of_rms;
use frame::{LaneId, Law};
use sim::{Act, HandsetAct, Operator, Say, Told};

use super::{Stop, outside::News, scene::Scene, system};
use crate::words::{
    demo::{Failed, Step},
    duration,
};

/// How long each step may take. The whole first call has to be through within 60 s of the box's start.
const READY: Duration = Duration::from_secs(15);
const STEP: Duration = Duration::from_secs(12);
/// How long both talk.
const TALK: Duration = Duration::from_secs(10);
/// How long the caller listens to the menu before pressing a key, and a telephone rings before it is lifted.
const THINK: Duration = Duration::from_secs(2);
/// Busy tone must be at least this loud on average, its pauses included.
const BUSY_DBM0: f32 = -35.0;

/// The number of the first call, at the outside.
const FIRST: u32 = 1;
const CALLER: &str = "13800138000";
const DDI: &str = "62001234";

/// The main job, once, told step by step.
pub(super) fn first_call(scene: &mut Scene) -> Result<(), Stop> {
    wait_for_link(scene)?;
    let caller = place(scene, FIRST, DDI)?;
    scene.until(STEP, Failed::NotAnswered, |scene| answered(scene, FIRST))?;
    scene.tell(&Step::Answered);
    scene.wait(THINK)?;
    scene.tell(&Step::Presses { keys: "1".to_owned() });
    scene.outside.press(caller, "1");
    let telephone = scene.until(STEP * 2, Failed::NoRing, ringing)?;
    let label = scene.label(telephone);
    scene.tell(&Step::Rings { label: label.clone() });
    scene.wait(THINK)?;
    scene.tell(&Step::Lifts { label: label.clone() });
    scene.operate(Operator::Handset(telephone, HandsetAct::Lift));
    scene.until(STEP, Failed::NotBridged, |scene| scene.narrator.bridged.then_some(()))?;
    scene.tell(&Step::BothTalk { seconds: TALK.as_secs() });
    scene.outside.speak(caller);
    speak(scene, telephone);
    scene.wait(TALK)?;
    scene.tell(&Step::CallerHangsUp);
    scene.outside.hang_up(FIRST);
    hear_busy(scene, telephone)?;
    scene.tell(&Step::HearsBusy { label });
    scene.operate(Operator::Handset(telephone, HandsetAct::HangUp));
    report(scene)
}

/// Calls of all kinds, until Ctrl-C: answered, given up, to a busy telephone, to a wrong number. One that goes otherwise, for
/// example because somebody ends it on the page, is told and followed by the next.
pub(super) fn more_calls(scene: &mut Scene) -> Result<(), Stop> {
    let mut call = FIRST;
    while !scene.interrupted.load(Relaxed) {
        // A handset counts as put down only once a hook flash would be over.
        scene.wait(THINK)?;
        call += 1;
        scene.told.clear();
        scene.news.clear();
        let went = match call % 4 {
            0 => give_up(scene, call),
            1 => wrong_number(scene, call),
            _ => short_talk(scene, call),
        };
        match went {
            Err(Stop::Failed(step)) if !scene.interrupted.load(Relaxed) => {
                scene.outside.hang_up(call);
                scene.tell(&Step::WentOtherwise { step: step.say(scene.language) });
            }
            // A step that did not come because of Ctrl-C is none that failed.
            Ok(()) | Err(Stop::Failed(_)) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(())
}

fn wait_for_link(scene: &mut Scene) -> Result<(), Stop> {
    scene.until(READY, Failed::NoLink, |scene| scene.news.contains(&News::LinkUp).then_some(()))?;
    scene.tell(&Step::LinkUp);
    Ok(())
}

/// Someone outside dials `to`; the lane on which they speak.
fn place(scene: &mut Scene, call: u32, to: &str) -> Result<LaneId, Stop> {
    scene.tell(&Step::Places { from: CALLER.to_owned(), to: to.to_owned() });
    scene.outside.place(call, CALLER, to);
    let placed = |news: &News| match news {
        News::Placed { call: of, lane } if *of == call => Some(*lane),
        _ => None,
    };
    scene.until(STEP, Failed::NotAnswered, |scene| scene.news.iter().find_map(placed))
}

fn answered(scene: &mut Scene, call: u32) -> Option<()> {
    scene.news.contains(&News::Answered { call }).then_some(())
}

fn ringing(scene: &mut Scene) -> Option<LaneId> {
    scene.told.iter().find_map(|event| match event.told {
        Told::RingerSounds(lane) => Some(lane),
        _ => None,
    })
}

/// The person at a telephone speaks.
fn speak(scene: &Scene, telephone: LaneId) {
    let clip = Say::Clip { octets: Arc::clone(&scene.voice), law: Law::A, repeat: true };
    scene.operate(Operator::Party(telephone, Act::Say(clip)));
}

/// The telephone listens for as long as two periods of busy tone, and tells how loud it was.
fn hear_busy(scene: &mut Scene, telephone: LaneId) -> Result<(), Stop> {
    scene.wait(THINK)?;
    scene.told.clear();
    scene.operate(Operator::Party(telephone, Act::Listen));
    scene.wait(THINK)?;
    scene.operate(Operator::Party(telephone, Act::TakeHeard));
    let heard = scene.until(STEP, Failed::NoBusyTone, |scene| heard_at(scene, telephone))?;
    if level_dbm0(&heard) < BUSY_DBM0 { Err(Failed::NoBusyTone.into()) } else { Ok(()) }
}

fn heard_at(scene: &Scene, lane: LaneId) -> Option<Vec<u8>> {
    scene.told.iter().find_map(|event| match &event.told {
        Told::Heard { lane: of, octets } if *of == lane => Some(octets.clone()),
        _ => None,
    })
}

fn level_dbm0(octets: &[u8]) -> f32 {
    let squares: f32 = octets.iter().map(|octet| f32::from(codec::decode(Law::A, *octet)).powi(2)).sum();
    dbm0_of_rms(Law::A, (squares / octets.len().max(1) as f32).sqrt())
}

/// The call's detail record and the check of its recording.
fn report(scene: &mut Scene) -> Result<(), Stop> {
    let call = scene.until(STEP, Failed::NoRecording, |scene| {
        scene.narrator.ended.filter(|ended| scene.narrator.recorded == Some(*ended))
    })?;
    if let Some(cdr) = scene.narrator.cdr(call) {
        scene.tell(&Step::Cdr { line: cdr.line() });
    }
    verify(scene)?;
    let seconds = duration(scene.language, scene.began.elapsed());
    scene.tell(&Step::Done { seconds });
    Ok(())
}

/// Checks the recordings in a process of its own.
fn verify(scene: &Scene) -> Result<(), Stop> {
    let program = std::env::current_exe().map_err(system("ringfence verify"))?;
    let checked = Command::new(program).args(["--lang", scene.language.tag(), "verify"]).arg(&scene.data).output();
    let checked = checked.map_err(system("ringfence verify"))?;
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    let line = told.lines().last().unwrap_or_default().to_owned();
    scene.tell(&Step::Verified { line });
    if checked.status.success() { Ok(()) } else { Err(Failed::NotIntact.into()) }
}

fn short_talk(scene: &mut Scene, call: u32) -> Result<(), Stop> {
    let caller = place(scene, call, "62001803")?;
    let telephone = scene.until(STEP, Failed::NoRing, ringing)?;
    scene.wait(THINK)?;
    scene.operate(Operator::Handset(telephone, HandsetAct::Lift));
    scene.outside.speak(caller);
    scene.wait(TALK / 2)?;
    scene.outside.hang_up(call);
    scene.wait(THINK)?;
    scene.operate(Operator::Handset(telephone, HandsetAct::HangUp));
    scene.wait(THINK)
}

fn give_up(scene: &mut Scene, call: u32) -> Result<(), Stop> {
    place(scene, call, "62001801")?;
    scene.until(STEP, Failed::NoRing, ringing)?;
    scene.wait(THINK)?;
    scene.outside.hang_up(call);
    Ok(())
}

/// Rings at the operator's, as every number does that is in no row, until the caller has had enough.
fn wrong_number(scene: &mut Scene, call: u32) -> Result<(), Stop> {
    place(scene, call, "62009999")?;
    scene.wait(STEP / 2)?;
    scene.outside.hang_up(call);
    Ok(())
}
