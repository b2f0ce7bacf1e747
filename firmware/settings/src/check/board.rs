//! Checks of the board file: cards, slots, jacks, clocks.

use frame::{CardSerial, LANES};

use super::{Findings, dahdi, rows, sound};
use crate::{
    Board, Card, CardKind, Coding, Driver, Echo, Name, SimLine, SpanRow, What, board::BOARD_FORMAT, place::Path,
};

pub(super) fn check(findings: &mut Findings<'_>, board: &Board) {
    let top = Path::default();
    findings.range(&top.key("format"), board.format, 1, BOARD_FORMAT.into());
    findings.name(&top.key("name"), &board.name);
    findings.some(&top.key("clock_order"), &board.clock_order);
    findings.unique(rows(&board.clock_order, "clock_order").map(|(path, serial)| (path, *serial)));
    for (path, serial) in rows(&board.clock_order, "clock_order") {
        known_card(findings, &path, board, *serial);
        sound::check_clock(findings, &path, board, *serial);
    }
    findings.some(&top.key("cards"), &board.cards);
    findings.unique(rows(&board.cards, "cards").map(|(path, card)| (path.key("serial"), card.serial)));
    findings.unique(rows(&board.cards, "cards").map(|(path, card)| (path.key("slot"), card.slot)));
    findings.unique(rows(&board.cards, "cards").flat_map(|(path, card)| labels(&path, card)));
    for (path, card) in rows(&board.cards, "cards") {
        check_card(findings, &path, card);
        check_clock(findings, &path, board, card);
    }
    dahdi::check(findings, board);
}

/// The labels of a card's jacks, with their paths.
fn labels<'a>(card_path: &Path, card: &'a Card) -> Vec<(Path, &'a str)> {
    let (jacks, spans) = (card_path.key("jacks"), card_path.key("spans"));
    let jacks = card.jacks.iter().enumerate().map(|(row, label)| (jacks.row(row), label.as_str()));
    let spans = card.spans.iter().enumerate().map(|(row, span)| (spans.row(row).key("label"), span.label.as_str()));
    jacks.chain(spans).collect()
}

fn check_card(findings: &mut Findings<'_>, path: &Path, card: &Card) {
    findings.range(&path.key("slot"), card.slot, 1, MAX_SLOTS);
    for (label_path, label) in labels(path, card) {
        findings.name(&label_path, label);
    }
    if card.kind.is_sound() {
        sound::check(findings, path, card);
    } else if card.kind.is_analog() {
        check_analog(findings, path, card);
    } else {
        check_trunk_card(findings, path, card);
    }
    if !card.kind.is_sound() {
        sound::check_other(findings, path, card);
    }
    if card.kind != CardKind::Fxs && card.ring_budget.is_some() {
        findings.problem(&path.key("ring_budget"), What::NotOnThisCard { is: card.kind });
    }
    if let (Driver::Dahdi | Driver::Sound, Some(_)) = (card.card, &card.sim) {
        findings.problem(&path.key("sim"), What::NotSimulated);
    }
    check_echo(findings, path, card);
    if let Some(sim) = &card.sim {
        check_sim(findings, &path.key("sim"), sim);
    }
}

fn check_echo(findings: &mut Findings<'_>, path: &Path, card: &Card) {
    if card.kind.is_sound() && card.echo() != Echo::Off {
        findings.problem(&path.key("echo"), What::NotOnThisCard { is: card.kind });
    }
    if !ECHO_TAILS_MS.contains(&card.echo_tail_ms()) {
        let allowed = ECHO_TAILS_MS.map(|tail_ms| tail_ms.to_string()).to_vec();
        findings.problem(&path.key("echo_tail_ms"), What::UnknownWord { allowed });
    }
}

fn check_sim(findings: &mut Findings<'_>, path: &Path, sim: &SimLine) {
    findings.range(&path.key("clock_ppm"), sim.clock_ppm, -MAX_PPM, MAX_PPM);
    if let Some(echo) = sim.echo {
        findings.range(&path.key("echo").key("loss_db"), echo.loss_db, 0, MAX_ECHO_LOSS_DB);
        findings.range(&path.key("echo").key("delay_ms"), echo.delay_ms, 0, MAX_ECHO_DELAY_MS);
    }
}

fn check_analog(findings: &mut Findings<'_>, path: &Path, card: &Card) {
    findings.some(&path.key("jacks"), &card.jacks);
    if card.jacks.len() > LANES {
        findings.problem(&path.key("jacks"), What::OutOfRange { min: 1, max: LANES as i64 });
    }
    if !card.spans.is_empty() {
        findings.problem(&path.key("spans"), What::NotOnThisCard { is: card.kind });
    }
    match (card.kind, card.ring_budget) {
        (CardKind::Fxs, None) => findings.problem(&path.key("ring_budget"), What::MissingKey),
        (CardKind::Fxs, Some(budget)) => findings.range(&path.key("ring_budget"), budget, 1, LANES as i64),
        _ => (),
    }
}

fn check_trunk_card(findings: &mut Findings<'_>, path: &Path, card: &Card) {
    findings.some(&path.key("spans"), &card.spans);
    if card.spans.len() > MAX_SPANS {
        findings.problem(&path.key("spans"), What::OutOfRange { min: 1, max: MAX_SPANS as i64 });
    }
    if !card.jacks.is_empty() {
        findings.problem(&path.key("jacks"), What::NotOnThisCard { is: card.kind });
    }
    for (row, span) in card.spans.iter().enumerate() {
        let row = path.key("spans").row(row);
        let path = row.key("d_channel");
        match (card.kind, span.d_channel) {
            // 0 says that it has none. Else it is the last one: ITU-T I.431 knows no other place for it.
            (CardKind::T1, Some(timeslot)) if timeslot.0 > 0 => findings.range(&path, timeslot.0, T1_D, T1_D),
            // Timeslot 0 is framing (ITU-T G.704).
            (CardKind::E1, Some(timeslot)) => findings.range(&path, timeslot.0, 1, LANES as i64 - 1),
            _ => (),
        }
        findings.range(&row.key("line_build_out"), span.line_build_out, 0, MAX_BUILD_OUT);
        check_line(findings, &row, card, span);
    }
}

/// Each kind of line has its own code for long runs of zeros, and only an E1 has CRC-4.
fn check_line(findings: &mut Findings<'_>, row: &Path, card: &Card, span: &SpanRow) {
    let (foreign, allowed) =
        if card.kind == CardKind::T1 { (Coding::Hdb3, ["b8zs", "ami"]) } else { (Coding::B8zs, ["hdb3", "ami"]) };
    if card.coding(span) == foreign {
        let allowed = allowed.map(str::to_owned).to_vec();
        findings.problem(&row.key("coding"), What::UnknownWord { allowed });
    }
    if card.kind == CardKind::T1 && span.crc4.is_some() {
        findings.problem(&row.key("crc4"), What::NotOnThisCard { is: card.kind });
    }
}

/// A timing cable leads to a card that has a clock of its own in the end.
fn check_clock(findings: &mut Findings<'_>, path: &Path, board: &Board, card: &Card) {
    let path = path.key("synchronous_with");
    let mut next = card.synchronous_with;
    for _ in 0..=board.cards.len() {
        let Some(serial) = next else { return };
        if !known_card(findings, &path, board, serial) {
            return;
        }
        next = board.cards.iter().find(|card| card.serial == serial).and_then(|card| card.synchronous_with);
    }
    findings.problem(&path, What::ClockLoop);
}

fn known_card(findings: &mut Findings<'_>, path: &Path, board: &Board, serial: CardSerial) -> bool {
    let is_known = board.cards.iter().any(|card| card.serial == serial);
    if !is_known {
        let allowed = board.cards.iter().map(|card| card.serial.to_string()).collect();
        findings.problem(path, What::UnknownName { name: Name::Card, allowed });
    }
    is_known
}

/// The timeslot of a T1 that carries signalling.
const T1_D: i64 = 24;

/// Slots of the tallest chassis that is planned.
const MAX_SLOTS: i64 = 16;

/// The spans of the widest E1 or T1 card that DAHDI drives.
const MAX_SPANS: usize = 8;

/// The longest line that DAHDI's table of build-outs has (`lbo_names` has 0 to 7).
const MAX_BUILD_OUT: i64 = 7;

/// The worst crystal that is simulated; ITU-T G.703 allows 50 ppm.
const MAX_PPM: i64 = 200;

/// The tails that the box's canceller is made for.
const ECHO_TAILS_MS: [u8; 3] = [32, 64, 128];

/// Below the smallest step of A-law nothing comes back.
const MAX_ECHO_LOSS_DB: i64 = 60;

/// The longest tail that anybody cancels is 128 ms.
const MAX_ECHO_DELAY_MS: i64 = 200;
