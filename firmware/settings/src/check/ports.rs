//! Checks of jacks: that they are on the board, of the right kind, and used once.

use frame::PortId;

use super::{Findings, rows};
use crate::{
    Board, BusyTone, CardKind, Caution, Dialect, Form, HandOver, Layout, Name, OutsideLines, Queue, Role, Settings,
    Station, StationClass, TrunkGroup, What, place::Path,
};

/// What a station may be plugged into.
const STATIONS: [CardKind; 3] = [CardKind::Fxs, CardKind::Handset, CardKind::Loudspeaker];

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings, board: &Board) {
    let layout = Layout::of(board);
    for (path, station) in rows(&settings.stations, "stations") {
        let kind = jack(findings, &path.key("port"), &layout, station.port, &STATIONS);
        check_more_ports(findings, &path.key("more_ports"), &layout, station, kind);
        check_flash(findings, &path.key("flash_ms"), station, kind);
        check_call_waiting(findings, &path.key("call_waiting"), settings, station, kind);
        check_battery_drop(findings, &path.key("battery_drop"), station, kind);
    }
    for (path, queue) in rows(&settings.queues, "queues") {
        if let Some(port) = queue.music_from {
            jack(findings, &path.key("music_from"), &layout, port, &[CardKind::LineIn]);
        }
        check_members(findings, &path.key("members"), &layout, settings, queue);
    }
    for (path, group) in rows(&settings.trunks, "trunks") {
        let kinds = check_group(findings, &path.key("ports"), &layout, group);
        check_dialect(findings, &path.key("dialect"), group.dialect, &kinds);
        check_transfer(findings, &path, group);
        check_lines(findings, &path.key("lines"), &group.lines);
    }
    check_busy_tones(findings, &layout, settings);
    let stations = rows(&settings.stations, "stations").flat_map(|(path, station)| {
        let more = station.more_ports.iter().enumerate();
        let more: Vec<_> = more.map(|(row, port)| (path.key("more_ports").row(row), *port)).collect();
        std::iter::once((path.key("port"), station.port)).chain(more)
    });
    let trunks = rows(&settings.trunks, "trunks").flat_map(|(path, group)| ports(&path.key("ports"), group));
    findings.unique(trunks.chain(stations));
    check_reserve(findings, settings, &layout);
}

fn check_lines(findings: &mut Findings<'_>, path: &Path, lines: &OutsideLines) {
    if !lines.dials_first() {
        findings.problem(&path.key("dial_first"), What::Malformed { wanted: Form::DialFirst });
    }
    if let Some(flash_ms) = lines.flash_ms {
        let [least_ms, most_ms] = [*OutsideLines::FLASH_MS.start(), *OutsideLines::FLASH_MS.end()];
        findings.range(&path.key("flash_ms"), flash_ms, least_ms, most_ms);
    }
    if let Some(limit_s) = lines.silence_limit_s {
        let [least_s, most_s] = [*OutsideLines::SILENCE_LIMIT_S.start(), *OutsideLines::SILENCE_LIMIT_S.end()];
        findings.range(&path.key("silence_limit_s"), limit_s, least_s, most_s);
    }
}

/// Only what can be listened for is a tone by which a line is let go.
fn check_busy_tones(findings: &mut Findings<'_>, layout: &Layout, settings: &Settings) {
    for (path, tone) in rows(&settings.busy_tones, "busy_tones") {
        jack(findings, &path.key("port"), layout, tone.port, &[CardKind::Fxo]);
        let (hz, bursts_ms) = (path.key("hz"), path.key("bursts_ms"));
        findings.range(&hz, tone.hz.len() as i64, 1, 2);
        match tone.hz[..] {
            [single] => findings.range(&hz.row(0), single, BusyTone::HZ[0].into(), BusyTone::HZ[1].into()),
            [low, high] if !BusyTone::PAIRS.contains(&[low, high]) => {
                let allowed = BusyTone::PAIRS.map(|[low, high]| format!("[{low}, {high}]")).to_vec();
                findings.problem(&hz, What::UnknownWord { allowed });
            }
            _ => (),
        }
        findings.range(&bursts_ms, tone.bursts_ms.len() as i64, 1, BusyTone::BURSTS_MAX as i64);
        let lengths = tone.bursts_ms.iter().enumerate();
        let lengths = lengths.flat_map(|(row, burst)| burst.iter().enumerate().map(move |(part, ms)| (row, part, *ms)));
        for (row, part, ms) in lengths {
            let place = bursts_ms.row(row).row(part);
            let [least_ms, most_ms] = BusyTone::LENGTH_MS;
            let most_ms = if part == 1 { BusyTone::PAUSE_MOST_MS } else { most_ms };
            findings.range(&place, ms, least_ms.into(), most_ms.into());
        }
    }
    findings.unique(rows(&settings.busy_tones, "busy_tones").map(|(path, tone)| (path.key("port"), tone.port)));
}

/// Private exchanges speak QSIG on either kind of line.
fn check_dialect(findings: &mut Findings<'_>, path: &Path, dialect: Dialect, kinds: &[CardKind]) {
    if dialect.is_of_t1() && kinds.contains(&CardKind::E1) {
        findings.warn(path, Caution::DialectOfT1);
    } else if matches!(dialect, Dialect::China | Dialect::EuroIsdn) && kinds.contains(&CardKind::T1) {
        findings.warn(path, Caution::DialectOfE1);
    }
}

/// Only a loudspeaker opens others.
fn check_more_ports(
    findings: &mut Findings<'_>,
    path: &Path,
    layout: &Layout,
    station: &Station,
    kind: Option<CardKind>,
) {
    if let Some(is) = kind.filter(|kind| *kind != CardKind::Loudspeaker && !station.more_ports.is_empty()) {
        return findings.problem(path, What::NotOnThisCard { is });
    }
    for (row, port) in station.more_ports.iter().enumerate() {
        jack(findings, &path.row(row), layout, *port, &[CardKind::Loudspeaker]);
    }
}

/// Longer than a pulse of a dial (200 ms, `DAHDI_MAXPULSETIME`) and its tolerance; and a hang-up that is told later than
/// after two seconds is taken for a telephone that hangs.
const FLASH_MS: std::ops::RangeInclusive<i64> = 250..=2000;

/// Only a telephone has a hook that an analog card sees.
fn check_flash(findings: &mut Findings<'_>, path: &Path, station: &Station, kind: Option<CardKind>) {
    let Some(flash_ms) = station.flash_ms else { return };
    if let Some(is) = kind.filter(|kind| *kind != CardKind::Fxs) {
        return findings.problem(path, What::NotOnThisCard { is });
    }
    findings.range(path, flash_ms, *FLASH_MS.start(), *FLASH_MS.end());
}

/// A tone in the talk is for a person with a hook to flash, who serves no queue.
fn check_call_waiting(
    findings: &mut Findings<'_>,
    path: &Path,
    settings: &Settings,
    station: &Station,
    kind: Option<CardKind>,
) {
    if !station.call_waiting {
        return;
    }
    if let Some(is) = kind.filter(|kind| *kind != CardKind::Fxs) {
        return findings.problem(path, What::NotOnThisCard { is });
    }
    if !settings.has_call_waiting(station) {
        findings.warn(path, Caution::NoCallWaitingHere);
    }
}

/// Only an analog card has a feed to cut, and a headset is ready for the next call at once.
fn check_battery_drop(findings: &mut Findings<'_>, path: &Path, station: &Station, kind: Option<CardKind>) {
    if !station.battery_drop {
        return;
    }
    if let Some(is) = kind.filter(|kind| *kind != CardKind::Fxs) {
        findings.problem(path, What::NotOnThisCard { is });
    } else if station.class == StationClass::Headset {
        findings.problem(path, What::NoBatteryDropHere);
    }
}

/// A loudspeaker answers by itself: a queue would let its callers speak to the whole house.
fn check_members(findings: &mut Findings<'_>, path: &Path, layout: &Layout, settings: &Settings, queue: &Queue) {
    for (row, member) in queue.members.iter().enumerate() {
        let jack = settings.station(member).and_then(|station| layout.jack(station.port));
        if let Some(jack) = jack.filter(|jack| jack.kind == CardKind::Loudspeaker) {
            let allowed = vec![CardKind::Fxs, CardKind::Handset];
            findings.problem(&path.row(row), What::WrongJack { is: jack.kind, allowed });
        }
    }
}

/// Only a user asks for two calls to be joined, and only a network is asked (EN 300 369-1, 9).
fn check_transfer(findings: &mut Findings<'_>, path: &Path, group: &TrunkGroup) {
    if group.hand_over != HandOver::Never && group.role == Role::Network {
        findings.warn(&path.key("hand_over"), Caution::OnlyInRole { role: Role::User });
    }
    if group.joins_calls && group.role == Role::User {
        findings.warn(&path.key("joins_calls"), Caution::OnlyInRole { role: Role::Network });
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
