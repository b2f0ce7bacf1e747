//! `ringfence demo`: the parent process. It holds the lines, runs the box as its child, plays the people outside, and
//! tells what happens.

mod child;
mod narrator;
mod outside;
mod peer;
mod scene;
mod script;

use std::{path::Path, process::ExitCode, sync::Arc};

use frame::PortId;
use settings::{Board, Layout, Role, Settings, TrunkGroup};

use super::{Outcome, arguments::Demo, check, say, system};
use crate::{
    wav,
    words::{
        Language,
        command::Trouble,
        demo::{Failed, Step},
    },
};
use scene::Scene;

/// A step that did not come, or something that stopped the demo itself.
pub(super) enum Stop {
    /// The step.
    Failed(Failed),
    /// The trouble.
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Stop {
        Stop::Trouble(trouble)
    }
}

impl From<Failed> for Stop {
    fn from(failed: Failed) -> Stop {
        Stop::Failed(failed)
    }
}

/// Shows the box.
pub(super) fn demo(asked: Demo, language: Language) -> Outcome {
    let board = check::board(&asked.board, language)?;
    let settings = check::settings_for(&asked.settings, &board, language)?;
    let far = far_role(&settings, &board);
    let voice = voice(asked.voice.as_deref())?;
    say(&who_plays(&asked).say(language));
    let once = asked.once;
    let mut scene = Scene::set(asked, &board, far, voice, language)?;
    let played = script::first_call(&mut scene);
    match played {
        Ok(()) if once => finish(scene, language),
        Ok(()) => {
            say(&Step::GoesOn.say(language));
            let went = script::more_calls(&mut scene);
            went.map_or_else(|stop| failed(stop, language), |()| finish(scene, language))
        }
        Err(stop) => {
            // What the box has to say about it is in its data directory; the step is what failed first.
            let _ = scene.stop();
            failed(stop, language)
        }
    }
}

/// Which exchange stands behind the trunk: the first thing that is said.
fn who_plays(asked: &Demo) -> Step {
    match &asked.exchange {
        Some(program) => Step::OutsideExchange { program: program.display().to_string() },
        None => Step::OwnExchange,
    }
}

/// The side of the trunk on which the exchange stands: the one that the box is not on.
fn far_role(settings: &Settings, board: &Board) -> Role {
    let jack = |port: &PortId| Layout::of(board).jack(*port).map(|jack| jack.lane.span);
    let is_it = |group: &&TrunkGroup| group.ports.iter().any(|port| jack(port) == Some(outside::SPAN));
    match settings.trunks.iter().find(is_it).map(|group| group.role) {
        Some(Role::Network) => Role::User,
        Some(Role::User) | None => Role::Network,
    }
}

fn finish(scene: Scene, language: Language) -> Outcome {
    say(&Step::Stopping.say(language));
    scene.stop().map_or_else(|stop| failed(stop, language), |()| Ok(ExitCode::SUCCESS))
}

fn failed(stop: Stop, language: Language) -> Outcome {
    match stop {
        Stop::Trouble(trouble) => Err(trouble),
        Stop::Failed(step) => Err(Trouble::DemoFailed { step: step.say(language) }),
    }
}

/// What callers say: a recorded voice where one is named, else a tone that comes and goes like speech.
fn voice(path: Option<&Path>) -> Result<Arc<[u8]>, Trouble> {
    let Some(path) = path else { return Ok(babble().into()) };
    let cant = |why: String| Trouble::CantRead { path: path.display().to_string(), why };
    let file = std::fs::read(path).map_err(|error| cant(error.to_string()))?;
    Ok(wav::read(&file).map_err(|error| cant(error.to_string()))?.octets.into())
}

/// Two seconds of a rising and falling tone of 300 Hz at about -15 dBm0.
fn babble() -> Vec<u8> {
    let sample = |at: usize| {
        let seconds = at as f32 / wav::RATE_HZ as f32;
        let swell = (seconds * std::f32::consts::PI * 3.0).sin().abs();
        (swell * 5000.0 * (seconds * std::f32::consts::TAU * 300.0).sin()) as i16
    };
    (0..2 * wav::RATE_HZ as usize).map(|at| codec::encode(frame::Law::A, sample(at))).collect()
}
