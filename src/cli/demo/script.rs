//! What the people outside do: the main job once, then calls of all kinds.

use std::{
    process::Command,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use codec::dbm0_of_rms;
use frame::{LaneId, Law, SpanId};
use isdn::Cause;
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OutsideCall, Say, Told};

use super::{Stop, scene::Scene, system};
use crate::words::{
    demo::{Failed, Step},
    duration,
};

/// The span behind which the simulated exchange stands: the first of the board.
const EXCHANGE_SPAN: SpanId = SpanId(0);
/// How long each step may take. The whole first call has to be through within 60 s of the box's start.
const READY: Duration = Duration::from_secs(15);
const STEP: Duration = Duration::from_secs(12);
/// How long both talk.
const TALK: Duration = Duration::from_secs(10);
/// How long the caller listens to the menu before pressing a key, and a telephone rings before it is lifted.
const THINK: Duration = Duration::from_secs(2);
/// Busy tone must be at least this loud on average, its pauses included.
const BUSY_DBM0: f32 = -35.0;

const CALLER: &str = "13800138000";
const DDI: &str = "62001234";

/// The main job, once, told step by step.
pub(super) fn first_call(scene: &mut Scene, voice: &Arc<[u8]>) -> Result<(), Stop> {
    wait_for_link(scene)?;
    let (call, caller) = place(scene, OutsideCall(1), DDI)?;
    scene.until(STEP, Failed::NotAnswered, |scene| news(scene, call, |news| *news == CallNews::Answered))?;
    scene.tell(&Step::Answered);
    scene.wait(THINK)?;
    scene.tell(&Step::Presses { keys: "1".to_owned() });
    scene.operate(Operator::Party(caller, Act::Press("1".to_owned())));
    let telephone = scene.until(STEP * 2, Failed::NoRing, ringing)?;
    let label = scene.label(telephone);
    scene.tell(&Step::Rings { label: label.clone() });
    scene.wait(THINK)?;
    scene.tell(&Step::Lifts { label: label.clone() });
    scene.operate(Operator::Handset(telephone, HandsetAct::Lift));
    scene.until(STEP, Failed::NotBridged, |scene| scene.narrator.bridged.then_some(()))?;
    scene.tell(&Step::BothTalk { seconds: TALK.as_secs() });
    talk(scene, caller, telephone, voice)?;
    scene.tell(&Step::CallerHangsUp);
    scene.operate(Operator::Exchange(EXCHANGE_SPAN, ExchangeAct::Clear { call, cause: Cause::NormalClearing }));
    hear_busy(scene, telephone)?;
    scene.tell(&Step::HearsBusy { label });
    scene.operate(Operator::Handset(telephone, HandsetAct::HangUp));
    report(scene)
}

/// Calls of all kinds, until Ctrl-C: answered, given up, to a busy telephone, to a wrong number.
pub(super) fn more_calls(scene: &mut Scene, voice: &Arc<[u8]>) -> Result<(), Stop> {
    let mut number = 1;
    while !scene.interrupted.load(Relaxed) {
        number += 1;
        scene.told.clear();
        let call = OutsideCall(number);
        match number % 4 {
            0 => give_up(scene, call)?,
            1 => wrong_number(scene, call)?,
            _ => short_talk(scene, call, voice)?,
        }
        scene.wait(THINK)?;
    }
    Ok(())
}

fn wait_for_link(scene: &mut Scene) -> Result<(), Stop> {
    let up = |scene: &mut Scene| {
        scene.told.iter().any(|event| matches!(event.told, Told::Link { up: true, .. })).then_some(())
    };
    scene.until(READY, Failed::NoLink, up)?;
    scene.tell(&Step::LinkUp);
    Ok(())
}

/// Someone outside dials `to`; the lane on which they speak.
fn place(scene: &mut Scene, call: OutsideCall, to: &str) -> Result<(OutsideCall, LaneId), Stop> {
    let digits = |text: &str| text.parse().ok();
    let (from, Some(to_digits)) = (digits(CALLER), digits(to)) else { return Err(Failed::NotAnswered.into()) };
    scene.tell(&Step::Places { from: CALLER.to_owned(), to: to.to_owned() });
    scene.operate(Operator::Exchange(EXCHANGE_SPAN, ExchangeAct::Place { call, from, to: to_digits }));
    let placed = |news: &CallNews| match news {
        CallNews::Placed { lane } => Some(*lane),
        _ => None,
    };
    let lane = scene.until(STEP, Failed::NotAnswered, |scene| all_news(scene, call).find_map(placed))?;
    Ok((call, lane))
}

fn all_news(scene: &Scene, call: OutsideCall) -> impl Iterator<Item = &CallNews> {
    scene.told.iter().filter_map(move |event| match &event.told {
        Told::Call(told) if told.call == call => Some(&told.news),
        _ => None,
    })
}

fn news(scene: &Scene, call: OutsideCall, is_it: impl Fn(&CallNews) -> bool) -> Option<()> {
    all_news(scene, call).any(is_it).then_some(())
}

fn ringing(scene: &mut Scene) -> Option<LaneId> {
    scene.told.iter().find_map(|event| match event.told {
        Told::RingerSounds(lane) => Some(lane),
        _ => None,
    })
}

/// Both say something for a while.
fn talk(scene: &mut Scene, caller: LaneId, telephone: LaneId, voice: &Arc<[u8]>) -> Result<(), Stop> {
    for lane in [caller, telephone] {
        let clip = Say::Clip { octets: Arc::clone(voice), law: Law::A, repeat: true };
        scene.operate(Operator::Party(lane, Act::Say(clip)));
    }
    scene.wait(TALK)
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
    let line = String::from_utf8_lossy(&checked.stdout).trim_end().to_owned();
    scene.tell(&Step::Verified { line });
    if checked.status.success() { Ok(()) } else { Err(Failed::NotIntact.into()) }
}

fn short_talk(scene: &mut Scene, call: OutsideCall, voice: &Arc<[u8]>) -> Result<(), Stop> {
    let (call, caller) = place(scene, call, "62001803")?;
    let telephone = scene.until(STEP, Failed::NoRing, ringing)?;
    scene.wait(THINK)?;
    scene.operate(Operator::Handset(telephone, HandsetAct::Lift));
    let clip = Say::Clip { octets: Arc::clone(voice), law: Law::A, repeat: true };
    scene.operate(Operator::Party(caller, Act::Say(clip)));
    scene.wait(TALK / 2)?;
    scene.operate(Operator::Exchange(EXCHANGE_SPAN, ExchangeAct::Clear { call, cause: Cause::NormalClearing }));
    scene.wait(THINK)?;
    scene.operate(Operator::Handset(telephone, HandsetAct::HangUp));
    scene.wait(THINK)
}

fn give_up(scene: &mut Scene, call: OutsideCall) -> Result<(), Stop> {
    let (call, _) = place(scene, call, "62001801")?;
    scene.until(STEP, Failed::NoRing, ringing)?;
    scene.wait(THINK)?;
    scene.operate(Operator::Exchange(EXCHANGE_SPAN, ExchangeAct::Clear { call, cause: Cause::NormalClearing }));
    Ok(())
}

fn wrong_number(scene: &mut Scene, call: OutsideCall) -> Result<(), Stop> {
    place(scene, call, "62009999").map(|_| ())
}
