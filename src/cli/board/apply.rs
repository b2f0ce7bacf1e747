//! `ringfence board apply`: the one writer of module options, span and channel configuration, all from the board file.
//!
//! What is right is left alone, so a box that runs keeps its calls. What would end calls is named first.

use std::{collections::BTreeSet, fs, path::Path};

use ::settings::{Board, Card, Layout};
use dahdi::{Lines, Mismatch, Remedy, Setup, Step, modprobe_file, steps};
use frame::{CallId, CardSerial, SpanId};

use super::{devices, differences, note, say, tell, write_whole};
use crate::{
    changes::{Client, ClientError},
    cli::{Outcome, arguments::BoardApply, check, settings},
    handles::{LinesReply, LinesRequest},
    words::{Language, board::Board as Words, command::Trouble},
};

pub(super) fn apply(asked: &BoardApply, language: Language) -> Outcome {
    let board = check::board(&asked.board, language)?;
    write_options(&asked.modprobe, &board, language)?;
    let setup = Setup::open().map_err(no_control)?;
    let runs = is_running(&asked.data)?;
    let lines = if runs { Lines::Differing } else { Lines::All };
    // What is on a span is known only when it has a number.
    let numbered =
        run(&setup, &steps(&board, &devices()?, lines).into_iter().filter(Step::is_number).collect::<Vec<_>>())?;
    let todo = steps(&board, &devices()?, lines);
    if runs && !asked.end_calls {
        let spans: Vec<SpanId> = todo.iter().filter_map(|step| step.ends_calls_of).collect();
        refuse_if_calls(&asked.data, &spans, language)?;
    }
    let set = numbered + run(&setup, &todo)?;
    let touched = todo.iter().any(|step| step.ends_calls_of.is_some());
    say(&Words::Set { count: set }.say(language));
    if runs && touched {
        say(&Words::RestartBox.say(language));
    }
    let left = differences(&board, &devices()?);
    if runs {
        name_calls(&asked.data, &reloads(&board, &left), language)?;
    }
    tell(&left, language)
}

fn no_control(why: std::io::Error) -> Trouble {
    match why.kind() {
        std::io::ErrorKind::NotFound => Trouble::NoDahdi,
        _ => Trouble::Cards { why: why.to_string() },
    }
}

fn write_options(path: &Path, board: &Board, language: Language) -> Result<(), Trouble> {
    let text = modprobe_file(board);
    let name = path.display().to_string();
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        say(&Words::OptionsGood { path: name }.say(language));
        return Ok(());
    }
    write_whole(path, &text)?;
    say(&Words::Written { path: name }.say(language));
    Ok(())
}

/// Does the steps; how many changed something.
fn run(setup: &Setup, steps: &[Step]) -> Result<usize, Trouble> {
    for step in steps {
        setup.run(step).map_err(|error| Trouble::Cards { why: error.to_string() })?;
    }
    Ok(steps.iter().filter(|step| !step.is_start()).count())
}

/// Whether a box runs on a data directory. A box that can't be asked may run.
fn is_running(data: &Path) -> Result<bool, Trouble> {
    match Client::connect(data) {
        Ok(_) => Ok(true),
        Err(ClientError::NotRunning(_) | ClientError::NoDataDir(_)) => Ok(false),
        Err(other) => Err(settings::trouble(other, data)),
    }
}

fn refuse_if_calls(data: &Path, spans: &[SpanId], language: Language) -> Result<(), Trouble> {
    let calls = name_calls(data, spans, language)?;
    if calls.is_empty() { Ok(()) } else { Err(Trouble::ApplyEndsCalls { count: calls.len() }) }
}

/// Names the calls on spans of the running box, which would end.
fn name_calls(data: &Path, spans: &[SpanId], language: Language) -> Result<Vec<CallId>, Trouble> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let trouble = |error| settings::trouble(error, data);
    let client = Client::connect(data).map_err(trouble)?;
    match client.ask_lines(&LinesRequest::CallsOn { spans: spans.to_vec() }).map_err(trouble)? {
        LinesReply::CallsOnSpan(calls) => {
            calls.iter().for_each(|call| note(&Words::CallWouldEnd { call: call.to_string() }.say(language)));
            Ok(calls)
        }
        _ => Err(Trouble::BoxDoesNotUnderstand { path: data.display().to_string() }),
    }
}

/// The spans of all cards that go when the modules of those that need it are loaded anew.
fn reloads(board: &Board, left: &[Mismatch]) -> Vec<SpanId> {
    let needs = left.iter().filter_map(|mismatch| match mismatch.remedy() {
        Remedy::NeedsReload(card) => Some(card),
        _ => None,
    });
    let module =
        |serial: CardSerial| board.cards.iter().find(|card| card.serial == serial)?.dahdi.as_ref()?.module.clone();
    let modules: BTreeSet<String> = needs.filter_map(module).collect();
    let layout = Layout::of(board);
    let goes = |card: &&Card| {
        card.dahdi.as_ref().and_then(|of| of.module.as_ref()).is_some_and(|module| modules.contains(module))
    };
    let cards = board.cards.iter().filter(goes);
    cards.flat_map(|card| layout.spans_of(card.serial).map(|place| place.span).collect::<Vec<_>>()).collect()
}
