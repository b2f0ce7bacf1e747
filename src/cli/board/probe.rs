//! `ringfence board probe`: lists the cards of this machine, and writes a board file for them.

use std::{path::Path, process::ExitCode};

use dahdi::{Device, ProbedSpan, Setup, SpanKind, draft, jack, line_name};
use settings::CardKind;

use super::{devices, say, write_whole};
use crate::{
    cli::Outcome,
    words::{
        Language,
        board::{Board, runs, span_kind},
        command::Trouble,
    },
};

pub(super) fn probe(out: Option<&Path>, language: Language) -> Outcome {
    let found = devices()?;
    let Some(out) = out else {
        list(&found, language);
        return Ok(ExitCode::SUCCESS);
    };
    if out.exists() {
        return Err(Trouble::FileThere { path: out.display().to_string() });
    }
    // What is on a span is known only when it has a number.
    number(&found)?;
    let found = devices()?;
    list(&found, language);
    let (board, unused) = draft(&found, &hostname());
    for (device, span) in unused {
        say(&Board::NoUse { device: device.name.clone(), span }.say(language));
    }
    if board.cards.is_empty() {
        return Err(Trouble::NoCards);
    }
    write_whole(out, &board.to_toml())?;
    let path = out.display().to_string();
    say(&Board::Written { path: path.clone() }.say(language));
    say(&Board::LookOver { path }.say(language));
    Ok(ExitCode::SUCCESS)
}

/// Gives every span a number.
fn number(found: &[Device]) -> Result<(), Trouble> {
    if found.iter().all(|device| device.unassigned.is_empty()) {
        return Ok(());
    }
    let setup = Setup::open().map_err(|why| Trouble::Cards { why: why.to_string() })?;
    for device in found {
        for (local, _) in &device.unassigned {
            setup.number(device, *local).map_err(|why| Trouble::Cards { why: why.to_string() })?;
        }
    }
    Ok(())
}

fn list(found: &[Device], language: Language) {
    if found.is_empty() {
        say(&Board::NoDevices.say(language));
    }
    for device in found {
        let module = device.module.clone().unwrap_or_else(|| "-".to_owned());
        let (name, model) = (name(device), device.model.clone());
        say(&Board::Device { device: name, model, module }.say(language));
        device.spans.iter().for_each(|span| say(&of_span(span, language).say(language)));
        device.unassigned.iter().for_each(|(span, _)| say(&Board::Unassigned { span: *span }.say(language)));
    }
}

/// All names of a device, any of which a board file may use.
fn name(device: &Device) -> String {
    let names = [&device.hardware_id, &device.location, &device.name];
    let names: Vec<&str> = names.into_iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    names.join(" = ")
}

fn of_span(span: &ProbedSpan, language: Language) -> Board {
    let places = |kind: CardKind| {
        let of_kind = span.channels.iter().filter(|channel| jack(span.kind, channel) == Some(kind));
        runs(of_kind.map(|channel| channel.place))
    };
    let (telephones, outside) = (places(CardKind::Fxs), places(CardKind::Fxo));
    let has_jacks = span.kind == SpanKind::Analog || telephones != "-" || outside != "-";
    if has_jacks {
        return Board::Jacks { span: span.local, telephones, outside };
    }
    let kind = span_kind(span.kind, language).to_owned();
    Board::Trunk { span: span.local, kind, line: line_name(span.line), channels: span.channels.len() }
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(40).collect();
    if name.is_empty() { "Ringfence".to_owned() } else { name }
}
