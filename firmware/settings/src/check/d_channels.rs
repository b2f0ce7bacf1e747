//! Checks of D-channels that lines share: that each line is signalled for, and none twice.

use frame::PortId;

use super::{Findings, rows};
use crate::{Board, CardKind, Layout, Name, Settings, TrunkGroup, What, place::Path};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings, board: &Board) {
    let layout = Layout::of(board);
    for (path, group) in rows(&settings.trunks, "trunks") {
        match group.d_channel {
            Some(_) => check_shared(findings, &path, &layout, group),
            None => check_own(findings, &path, &layout, group),
        }
    }
}

/// Each line signals for itself.
fn check_own(findings: &mut Findings<'_>, path: &Path, layout: &Layout, group: &TrunkGroup) {
    if group.backup_d_channel.is_some() {
        findings.problem(&path.key("d_channel"), What::MissingKey);
    }
    let silent = |port: &PortId| is_trunk(layout, *port) && !has_d_channel(layout, *port);
    for (row, _) in group.ports.iter().enumerate().filter(|(_, port)| silent(port)) {
        findings.problem(&path.key("ports").row(row), What::NoDChannel);
    }
}

fn check_shared(findings: &mut Findings<'_>, path: &Path, layout: &Layout, group: &TrunkGroup) {
    let of_t1 = |port: &PortId| layout.jack(*port).is_some_and(|jack| jack.kind == CardKind::T1);
    if !group.dialect.is_of_t1() || !group.ports.iter().all(of_t1) {
        return findings.problem(&path.key("d_channel"), What::NoSharedDChannel);
    }
    let named = [("d_channel", group.d_channel), ("backup_d_channel", group.backup_d_channel)];
    for (key, port) in named.into_iter().filter_map(|(key, port)| Some((path.key(key), port?))) {
        check_named(findings, &key, layout, group, port);
    }
    findings.unique(named.into_iter().filter_map(|(key, port)| Some((path.key(key), port?))));
    let ports = path.key("ports");
    if group.ports.len() > MAX_LINES {
        findings.problem(&ports, What::OutOfRange { min: 1, max: MAX_LINES as i64 });
    }
    let is_named = |port: &PortId| named.iter().any(|(_, of)| of.as_ref() == Some(port));
    for (row, port) in group.ports.iter().enumerate() {
        if has_d_channel(layout, *port) && !is_named(port) {
            findings.problem(&ports.row(row), What::UnusedDChannel);
        }
    }
}

fn check_named(findings: &mut Findings<'_>, path: &Path, layout: &Layout, group: &TrunkGroup, port: PortId) {
    if !group.ports.contains(&port) {
        let allowed = group.ports.iter().map(PortId::to_string).collect();
        findings.problem(path, What::UnknownName { name: Name::Port, allowed });
    } else if !has_d_channel(layout, port) {
        findings.problem(path, What::NoDChannel);
    }
}

fn is_trunk(layout: &Layout, port: PortId) -> bool {
    layout.jack(port).is_some_and(|jack| jack.kind.is_trunk())
}

fn has_d_channel(layout: &Layout, port: PortId) -> bool {
    let span = layout.jack(port).and_then(|jack| layout.span(jack.lane.span));
    span.is_some_and(|place| place.d_channel.is_some())
}

/// Lines of one D-channel: Telcordia SR-4994 and AT&T TR 41459 end at 20. `isdn` says the same.
const MAX_LINES: usize = 20;
