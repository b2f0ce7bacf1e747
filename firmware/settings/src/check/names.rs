//! Checks of names: that they can be read, are there once, and lead to something.

use std::collections::BTreeSet;

use super::{Findings, rows};
use crate::{
    Caution, Form, Name, Person, PersonRole, Queue, Settings, Target, TrunkGroup, What, pickup::GROUPS_MAX,
    place::Path, queue::QUEUE_MAX_CALLERS, time_zone::is_zone,
};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    check_unique(findings, settings);
    if !settings.company.is_empty() {
        findings.name(&Path::default().key("company"), &settings.company);
    }
    if settings.time_zone.as_deref().is_some_and(|zone| !is_zone(zone)) {
        findings.problem(&Path::default().key("time_zone"), What::Malformed { wanted: Form::TimeZone });
    }
    for (path, row) in rows(&settings.numbers, "numbers") {
        target(findings, &path.key("to"), settings, &row.to);
    }
    for (path, group) in rows(&settings.trunks, "trunks") {
        check_group(findings, &path, settings, group);
    }
    for (path, station) in rows(&settings.stations, "stations") {
        findings.name(&path.key("name"), &station.name);
    }
    for (path, queue) in rows(&settings.queues, "queues") {
        check_queue(findings, &path, settings, queue);
    }
    for (path, group) in rows(&settings.pickup_groups, "pickup_groups") {
        findings.name(&path.key("name"), &group.name);
        let stations = path.key("stations");
        findings.some(&stations, &group.stations);
        findings.unique(group.stations.iter().enumerate().map(|(row, station)| (stations.row(row), station.as_str())));
        for (row, station) in group.stations.iter().enumerate() {
            known_station(findings, &stations.row(row), settings, station);
        }
    }
    findings.range(&Path::default().key("pickup_groups"), settings.pickup_groups.len() as i64, 0, GROUPS_MAX);
    for (path, reason) in rows(&settings.pauses, "pauses") {
        findings.name(&path, reason);
    }
    findings.range(&Path::default().key("pauses"), settings.pauses.len() as i64, 0, PAUSES_MAX);
    for (path, person) in rows(&settings.people, "people") {
        check_person(findings, &path, settings, person);
    }
}

/// As many as one digit tells apart.
const PAUSES_MAX: i64 = 9;

fn check_unique(findings: &mut Findings<'_>, settings: &Settings) {
    findings.unique(rows(&settings.trunks, "trunks").map(|(path, row)| (path.key("name"), row.name.as_str())));
    findings.unique(rows(&settings.queues, "queues").map(|(path, row)| (path.key("name"), row.name.as_str())));
    findings.unique(rows(&settings.flows, "flows").map(|(path, row)| (path.key("name"), row.name.as_str())));
    let groups = rows(&settings.pickup_groups, "pickup_groups");
    findings.unique(groups.map(|(path, row)| (path.key("name"), row.name.as_str())));
    findings.unique(rows(&settings.people, "people").map(|(path, row)| (path.key("id"), row.id)));
}

fn check_group(findings: &mut Findings<'_>, path: &Path, settings: &Settings, group: &TrunkGroup) {
    findings.name(&path.key("name"), &group.name);
    match &group.otherwise {
        Some(to) => target(findings, &path.key("otherwise"), settings, to),
        None => findings.warn(path, Caution::NoTargetForTheRest),
    }
}

fn target(findings: &mut Findings<'_>, path: &Path, settings: &Settings, target: &Target) {
    match target {
        Target::Flow(name) => known_flow(findings, &path.key("flow"), settings, name),
        Target::Queue(name) => known_queue(findings, &path.key("queue"), settings, name),
        Target::Station(extension) => known_station(findings, &path.key("station"), settings, extension),
    }
}

fn check_queue(findings: &mut Findings<'_>, path: &Path, settings: &Settings, queue: &Queue) {
    findings.name(&path.key("name"), &queue.name);
    queue.compartment.iter().for_each(|name| findings.name(&path.key("compartment"), name));
    let members = path.key("members");
    findings.some(&members, &queue.members);
    findings.unique(queue.members.iter().enumerate().map(|(row, member)| (members.row(row), member.as_str())));
    for (row, member) in queue.members.iter().enumerate() {
        known_station(findings, &members.row(row), settings, member);
    }
    findings.prompt(&path.key("music"), &queue.music);
    queue.whisper.iter().for_each(|whisper| findings.prompt(&path.key("whisper"), whisper));
    findings.range(&path.key("ring_s"), queue.ring_s, MIN_RING_S, 120);
    findings.range(&path.key("wrap_up_s"), queue.wrap_up_s, 0, 3600);
    findings.range(&path.key("max_wait_s"), queue.max_wait_s, 1, 7200);
    findings.range(&path.key("capacity_callers"), queue.capacity_callers, 1, QUEUE_MAX_CALLERS.into());
}

fn check_person(findings: &mut Findings<'_>, path: &Path, settings: &Settings, person: &Person) {
    findings.range(&path.key("id"), person.id.0, 1, u32::MAX.into());
    findings.name(&path.key("name"), &person.name);
    let roles = path.key("roles");
    findings.some(&roles, &person.roles);
    findings.unique(person.roles.iter().enumerate().map(|(row, role)| (roles.row(row), *role)));
    let administrators: BTreeSet<&PersonRole> = person.roles.iter().filter(|role| role.is_administrator()).collect();
    if administrators.len() > 1 {
        findings.problem(&roles, What::CombinedAdministrators);
    }
    if person.pin.as_ref().is_some_and(|pin| !pin.starts_with(PIN_HASH)) {
        findings.problem(&path.key("pin"), What::Malformed { wanted: Form::PinHash });
    }
    if let Some(extension) = &person.extension {
        known_station(findings, &path.key("extension"), settings, extension);
    }
}

/// How every hash of a PIN begins: a PIN itself never stands in the settings, which many read.
const PIN_HASH: &str = "$argon2id$";

pub(super) fn known_station(findings: &mut Findings<'_>, path: &Path, settings: &Settings, extension: &str) {
    if settings.station(extension).is_none() {
        let allowed = settings.stations.iter().map(|station| station.extension.clone()).collect();
        findings.problem(path, What::UnknownName { name: Name::Station, allowed });
    }
}

pub(super) fn known_queue(findings: &mut Findings<'_>, path: &Path, settings: &Settings, name: &str) {
    if settings.queue(name).is_none() {
        let allowed = settings.queues.iter().map(|queue| queue.name.clone()).collect();
        findings.problem(path, What::UnknownName { name: Name::Queue, allowed });
    }
}

fn known_flow(findings: &mut Findings<'_>, path: &Path, settings: &Settings, name: &str) {
    if settings.flow(name).is_none() {
        let allowed = settings.flows.iter().map(|flow| flow.name.clone()).collect();
        findings.problem(path, What::UnknownName { name: Name::Flow, allowed });
    }
}

/// The shortest time in which a telephone rings at least once in every country's cadence.
const MIN_RING_S: i64 = 5;
