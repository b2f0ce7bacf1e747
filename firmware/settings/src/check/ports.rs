//! Checks of jacks: that they are on the board, of the right kind, and used once.

use frame::PortId;

use super::{Findings, rows};
use crate::{Board, CardKind, Caution, Dialect, Layout, Name, Settings, TrunkGroup, What, place::Path};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings, board: &Board) {
    let layout = Layout::of(board);
    for (path, station) in rows(&settings.stations, "stations") {
        jack(findings, &path.key("port"), &layout, station.port, &[CardKind::Fxs]);
    }
    for (path, group) in rows(&settings.trunks, "trunks") {
        let kinds = check_group(findings, &path.key("ports"), &layout, group);
        check_dialect(findings, &path.key("dialect"), group.dialect, &kinds);
    }
    let stations = rows(&settings.stations, "stations").map(|(path, station)| (path.key("port"), station.port));
    let trunks = rows(&settings.trunks, "trunks").flat_map(|(path, group)| ports(&path.key("ports"), group));
    findings.unique(trunks.chain(stations));
    check_reserve(findings, settings, &layout);
}

/// Private exchanges speak QSIG on either kind of line.
fn check_dialect(findings: &mut Findings<'_>, path: &Path, dialect: Dialect, kinds: &[CardKind]) {
    if dialect.is_of_t1() && kinds.contains(&CardKind::E1) {
        findings.warn(path, Caution::DialectOfT1);
    } else if matches!(dialect, Dialect::China | Dialect::EuroIsdn) && kinds.contains(&CardKind::T1) {
        findings.warn(path, Caution::DialectOfE1);
    }
}

fn ports(path: &Path, group: &TrunkGroup) -> Vec<(Path, PortId)> {
    group.ports.iter().enumerate().map(|(row, port)| (path.row(row), *port)).collect()
}

/// The kinds of its jacks.
fn check_group(findings: &mut Findings<'_>, path: &Path, layout: &Layout, group: &TrunkGroup) -> Vec<CardKind> {
    findings.some(path, &group.ports);
    let mut kinds = Vec::new();
    for (port_path, port) in ports(path, group) {
        kinds.extend(jack(findings, &port_path, layout, port, &[CardKind::E1, CardKind::T1, CardKind::Fxo]));
    }
    if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
        findings.problem(path, What::MixedTrunks);
    }
    kinds
}

/// The kind of a jack, where it is there and allowed.
fn jack(
    findings: &mut Findings<'_>,
    path: &Path,
    layout: &Layout,
    port: PortId,
    allowed: &[CardKind],
) -> Option<CardKind> {
    let Some(jack) = layout.jack(port) else {
        let fitting = layout.jacks.iter().filter(|jack| allowed.contains(&jack.kind));
        let allowed = fitting.map(|jack| jack.port.to_string()).collect();
        findings.problem(path, What::UnknownName { name: Name::Port, allowed });
        return None;
    };
    if !allowed.contains(&jack.kind) {
        findings.problem(path, What::WrongJack { is: jack.kind, allowed: allowed.to_vec() });
        return None;
    }
    Some(jack.kind)
}

/// What stands in the way of an emergency call.
fn check_reserve(findings: &mut Findings<'_>, settings: &Settings, layout: &Layout) {
    let path = Path::default().key("emergency").key("keep_one_channel_free");
    let ports = settings.trunks.iter().flat_map(|group| &group.ports);
    let channels: usize = ports.map(|port| channels(layout, *port)).sum();
    match channels {
        0 => findings.warn(&path, Caution::EmergencyReachesNobody),
        _ if !settings.emergency.keep_one_channel_free => findings.warn(&path, Caution::NoChannelKeptFree),
        1 => findings.warn(&path, Caution::NoChannelToKeep),
        _ => (),
    }
}

fn channels(layout: &Layout, port: PortId) -> usize {
    match layout.jack(port) {
        Some(jack) if jack.kind.is_trunk() => layout.span(jack.lane.span).map_or(0, |span| span.voice().count()),
        Some(_) => 1,
        None => 0,
    }
}
