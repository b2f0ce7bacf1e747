//! Checks of telephones that call somebody by themselves.

use super::{Findings, rows};
use crate::{
    Board, CardKind, Caution, Form, Layout, Pause, Settings, Station, StationClass, What, number::is_digits,
    place::Path,
};

/// Below the time in which a lifted handset has to dial, which ends in a busy tone.
const AFTER_S: (i64, i64) = (0, 10);

/// With 16 s of them an automatic attendant has been listened to.
const PAUSES_MAX: usize = 8;

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings, board: &Board) {
    let layout = Layout::of(board);
    for (path, station) in rows(&settings.stations, "stations") {
        findings.range(&path.key("calls_after_s"), station.calls_after_s, AFTER_S.0, AFTER_S.1);
        match &station.calls {
            Some(number) => check_row(findings, &path.key("calls"), settings, &layout, station, number),
            None if station.calls_after_s > 0 => findings.problem(&path.key("calls"), What::MissingKey),
            None => (),
        }
    }
}

fn check_row(
    findings: &mut Findings<'_>,
    path: &Path,
    settings: &Settings,
    layout: &Layout,
    station: &Station,
    dialled: &str,
) {
    // What it is to the house is said by its digits.
    let number = &*Pause::taken_out(dialled);
    let pauses = Pause::count(dialled);
    let kind = layout.jack(station.port).map(|jack| jack.kind);
    let calls = matches!(station.class, StationClass::Telephone | StationClass::Door);
    if let Some(is) = kind.filter(|kind| *kind != CardKind::Fxs) {
        findings.problem(path, What::NotOnThisCard { is });
    } else if !calls {
        findings.problem(path, What::NoHotLineHere);
    } else if !is_digits(number) || pauses > PAUSES_MAX {
        findings.problem(path, What::Malformed { wanted: Form::Calls });
    } else if number == station.extension || !reaches(settings, number) {
        findings.problem(path, What::ReachesNobody);
    } else if pauses > 0 && !takes_pauses(settings, layout, number) {
        findings.problem(path, What::NoPauseHere);
    } else if station.class == StationClass::Telephone && station.calls_after_s == 0 && !is_emergency(settings, number)
    {
        findings.warn(path, Caution::NothingDialledHere);
    }
}

fn reaches(settings: &Settings, number: &str) -> bool {
    let is_queue = settings.queues.iter().any(|queue| queue.extension.as_deref() == Some(number));
    let outside = |prefix: &str| !prefix.is_empty() && number.len() > prefix.len() && number.starts_with(prefix);
    settings.station(number).is_some()
        || is_queue
        || is_emergency(settings, number)
        || settings.trunks.iter().any(|group| outside(&group.outside_prefix))
}

/// Whether all that may carry it are outside lines. An emergency call goes over whatever is free.
fn takes_pauses(settings: &Settings, layout: &Layout, number: &str) -> bool {
    let behind = |prefix: &str| number.strip_prefix(prefix).filter(|_| !prefix.is_empty());
    let group = settings.trunks.iter().find(|group| behind(&group.outside_prefix).is_some());
    let is_line = |port| layout.jack(port).is_some_and(|jack| jack.kind == CardKind::Fxo);
    let outside = settings.trunks.iter().filter_map(|group| behind(&group.outside_prefix));
    let emergency = outside.chain([number]).any(|bare| is_emergency(settings, bare));
    let in_house = settings.station(number).is_some()
        || settings.queues.iter().any(|queue| queue.extension.as_deref() == Some(number));
    !emergency && !in_house && group.is_some_and(|group| group.ports.iter().all(|port| is_line(*port)))
}

fn is_emergency(settings: &Settings, number: &str) -> bool {
    settings.emergency_numbers().iter().any(|emergency| emergency == number)
}
