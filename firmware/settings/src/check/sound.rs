//! Checks of sound cards: one jack, the sides that its kind has, and no clock for anybody else.

use frame::CardSerial;

use super::Findings;
use crate::{Board, Card, CardKind, Driver, Form, SoundDevice, What, place::Path};

pub(super) fn check(findings: &mut Findings<'_>, path: &Path, card: &Card) {
    findings.some(&path.key("jacks"), &card.jacks);
    if card.jacks.len() > 1 {
        findings.problem(&path.key("jacks"), What::OutOfRange { min: 1, max: 1 });
    }
    if !card.spans.is_empty() {
        findings.problem(&path.key("spans"), What::NotOnThisCard { is: card.kind });
    }
    if card.synchronous_with.is_some() {
        findings.problem(&path.key("synchronous_with"), What::NotOnThisCard { is: card.kind });
    }
    let table = path.key("sound");
    match (card.card, &card.sound) {
        (Driver::Sound, None) => findings.problem(&table, What::MissingKey),
        (Driver::Sound, Some(device)) => check_device(findings, &table, card.kind, device),
        (Driver::Sim, Some(_)) => findings.problem(&table, What::NotReal),
        (Driver::Dahdi, _) => findings.problem(&path.key("card"), What::NotOnThisCard { is: card.kind }),
        (Driver::Sim, None) => (),
    }
}

/// What only sound cards have.
pub(super) fn check_other(findings: &mut Findings<'_>, path: &Path, card: &Card) {
    if card.card == Driver::Sound {
        findings.problem(&path.key("kind"), What::WrongJack { is: card.kind, allowed: SOUND_KINDS.to_vec() });
    }
    if card.sound.is_some() {
        findings.problem(&path.key("sound"), What::NotOnThisCard { is: card.kind });
    }
}

fn check_device(findings: &mut Findings<'_>, table: &Path, kind: CardKind, device: &SoundDevice) {
    let sides = [
        ("capture", &device.capture, matches!(kind, CardKind::Handset | CardKind::LineIn)),
        ("playback", &device.playback, matches!(kind, CardKind::Handset | CardKind::Loudspeaker)),
    ];
    for (key, name, wanted) in sides {
        let path = table.key(key);
        match (name, wanted) {
            (None, true) => findings.problem(&path, What::MissingKey),
            (Some(_), false) => findings.problem(&path, What::NotOnThisCard { is: kind }),
            (Some(name), true) if !is_name(name) => {
                findings.problem(&path, What::Malformed { wanted: Form::DeviceName });
            }
            _ => (),
        }
    }
}

/// ALSA takes any text; nobody's device has a name with line ends in it, or one that fills a page.
fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && !name.contains(char::is_control)
}

/// A sound device comes and goes with its plug: no box runs by its clock.
pub(super) fn check_clock(findings: &mut Findings<'_>, path: &Path, board: &Board, serial: CardSerial) {
    let card = board.cards.iter().find(|card| card.serial == serial);
    if let Some(card) = card.filter(|card| card.kind.is_sound()) {
        findings.problem(path, What::NotOnThisCard { is: card.kind });
    }
}

const SOUND_KINDS: [CardKind; 3] = [CardKind::Handset, CardKind::LineIn, CardKind::Loudspeaker];

/// Longer than any name that a driver gives its card, with the plugins before it.
const NAME_MAX: usize = 120;
