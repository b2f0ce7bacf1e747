//! Checks of cards that the DAHDI modules drive: that each piece of hardware is one row's, and that nothing of a row can
//! become a line of its own in a file of the system.

use std::collections::BTreeMap;

use super::{Findings, rows};
use crate::{Board, COUNTRY_MODULES, Card, CardKind, DahdiCard, Driver, Form, Gain, What, place::Path};

pub(super) fn check(findings: &mut Findings<'_>, board: &Board) {
    for (path, card) in rows(&board.cards, "cards") {
        let table = path.key("dahdi");
        match (card.card, &card.dahdi) {
            (Driver::Dahdi, None) => findings.problem(&table, What::MissingKey),
            (Driver::Sim, Some(_)) => findings.problem(&table, What::NotReal),
            (Driver::Sound, Some(_)) => findings.problem(&table, What::NotOnThisCard { is: card.kind }),
            (Driver::Sim | Driver::Sound, None) => (),
            (Driver::Dahdi, Some(of)) => check_table(findings, &table, card, of),
        }
    }
    check_taken(findings, board);
    check_modules(findings, board);
}

fn check_table(findings: &mut Findings<'_>, table: &Path, card: &Card, of: &DahdiCard) {
    findings.name(&table.key("device"), &of.device);
    findings.range(&table.key("span"), of.span, 1, MAX_SPANS);
    for (key, gain) in [("receive_gain_db", &of.receive_gain_db), ("send_gain_db", &of.send_gain_db)] {
        check_gain(findings, &table.key(key), card, gain);
    }
    check_channels(findings, &table.key("channels"), card, of);
    module_name(findings, &table.key("canceller"), &of.canceller);
    if let Some(module) = &of.module {
        module_name(findings, &table.key("module"), module);
    }
    if of.module.is_none() && !of.options.is_empty() {
        findings.problem(&table.key("module"), What::MissingKey);
    }
    check_country(findings, table, card, of);
    for (name, value) in &of.options {
        let path = table.key("options").key(name);
        module_name(findings, &path, name);
        option_value(findings, &path, value);
    }
}

/// A country becomes an option of the module, and only those of outside lines have it.
fn check_country(findings: &mut Findings<'_>, table: &Path, card: &Card, of: &DahdiCard) {
    if of.country.is_none() {
        return;
    }
    if card.kind != CardKind::Fxo {
        return findings.problem(&table.key("country"), What::NotOnThisCard { is: card.kind });
    }
    match of.module.as_deref() {
        Some(module) if COUNTRY_MODULES.contains(&module) => (),
        Some(_) => {
            let allowed = COUNTRY_MODULES.map(str::to_owned).to_vec();
            findings.problem(&table.key("module"), What::UnknownWord { allowed });
        }
        // It was told where there are options, too.
        None if of.options.is_empty() => findings.problem(&table.key("module"), What::MissingKey),
        None => (),
    }
}

fn check_gain(findings: &mut Findings<'_>, path: &Path, card: &Card, gain: &Gain) {
    match gain {
        Gain::All(0) => (),
        _ if !card.kind.is_analog() => findings.problem(path, What::NotOnThisCard { is: card.kind }),
        Gain::All(db) => findings.range(path, *db, -MAX_GAIN_DB, MAX_GAIN_DB),
        Gain::Each(each) if each.len() != card.jacks.len() => {
            findings.problem(path, What::GainsUnlikeJacks { jacks: card.jacks.len() });
        }
        Gain::Each(each) => {
            for (row, db) in each.iter().enumerate() {
                findings.range(&path.row(row), *db, -MAX_GAIN_DB, MAX_GAIN_DB);
            }
        }
    }
}

fn check_channels(findings: &mut Findings<'_>, path: &Path, card: &Card, of: &DahdiCard) {
    if !card.kind.is_analog() && !of.channels.is_empty() {
        return findings.problem(path, What::NotOnThisCard { is: card.kind });
    }
    if !of.channels.is_empty() && of.channels.len() != card.jacks.len() {
        findings.problem(path, What::ChannelsUnlikeJacks { jacks: card.jacks.len() });
    }
    for (row, channel) in of.channels.iter().enumerate() {
        findings.range(&path.row(row), *channel, 1, MAX_CHANNELS);
    }
}

/// No span and no channel of a device is in two rows, and no span is digital in one and analog in another.
fn check_taken(findings: &mut Findings<'_>, board: &Board) {
    let mut channels: BTreeMap<(&str, u8, u8), &Card> = BTreeMap::new();
    let mut spans: BTreeMap<(&str, u8), &Card> = BTreeMap::new();
    for (path, card) in rows(&board.cards, "cards") {
        let Some(of) = &card.dahdi else { continue };
        let device = of.device.as_str();
        let other = card.taken().into_iter().find_map(|(span, channel)| {
            let first = *spans.entry((device, span)).or_insert(card);
            let unlike = (first.kind.is_analog() != card.kind.is_analog()).then_some(first);
            channels.insert((device, span, channel), card).or(unlike)
        });
        if let Some(other) = other {
            let by = other.serial.to_string();
            findings.problem(&path.key("dahdi").key("device"), What::HardwareTakenTwice { by });
        }
    }
}

/// A module has one set of options, whichever of its cards names them. An analog card's law is one of them, and so is the country
/// of outside lines.
fn check_modules(findings: &mut Findings<'_>, board: &Board) {
    let mut seen: BTreeMap<&str, (&Card, &DahdiCard)> = BTreeMap::new();
    let mut countries = BTreeMap::new();
    for (path, card) in rows(&board.cards, "cards") {
        let Some((of, module)) = card.dahdi.as_ref().and_then(|of| Some((of, of.module.as_deref()?))) else { continue };
        let (first, options) = *seen.entry(module).or_insert((card, of));
        let is_coded_otherwise = card.kind.is_analog() && first.law != card.law;
        let is_elsewhere = card.kind == CardKind::Fxo
            && countries.insert(module, of.country).is_some_and(|country| country != of.country);
        if options.options != of.options || is_coded_otherwise || is_elsewhere {
            let from = first.serial.to_string();
            findings.problem(&path.key("dahdi").key("options"), What::ModuleOptionsDiffer { from });
        }
    }
}

fn module_name(findings: &mut Findings<'_>, path: &Path, name: &str) {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(fits) {
        findings.problem(path, What::Malformed { wanted: Form::ModuleName });
    }
}

fn option_value(findings: &mut Findings<'_>, path: &Path, value: &str) {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '#');
    if value.is_empty() || value.len() > MAX_VALUE || !value.chars().all(fits) {
        findings.problem(path, What::Malformed { wanted: Form::OptionValue });
    }
}

/// Spans of the widest card.
const MAX_SPANS: i64 = 8;

/// Channels of the widest analog span that DAHDI drives (an Astribank of 32).
const MAX_CHANNELS: i64 = 32;

/// More than a line ever needs; beyond it speech is cut off or lost in noise.
const MAX_GAIN_DB: i64 = 12;

/// The kernel's own limit of a module's name is 56.
const MAX_NAME: usize = 56;

/// As in the words: what a `Form::OptionValue` may be.
const MAX_VALUE: usize = 40;
