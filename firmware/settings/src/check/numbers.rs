//! Checks of everything that is dialled or delivered: digits, and numbers that can't be told apart.

use super::{Findings, mail, rows};
use crate::{
    Form, NumberRow, PortTests, Settings, What,
    codes::is_code,
    digits::{FIRST_S, NEXT_S},
    document::SETTINGS_FORMAT,
    masking::LONGEST_S,
    number::is_subaddress,
    park::{PARKED_S, PLACES_MAX},
    place::Path,
    services::is_service,
    transfer::LASTS_S,
};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    findings.range(&Path::default().key("format"), settings.format, 1, SETTINGS_FORMAT.into());
    let extensions = extensions(settings);
    for (path, extension) in &extensions {
        findings.digits(path, extension);
        not_like_emergency(findings, path, settings, extension);
    }
    findings.unique(extensions.iter().map(|(path, extension)| (path.clone(), *extension)));
    check_prefixes(findings, settings, &extensions);
    check_delivered(findings, settings);
    check_codes(findings, settings);
    check_port_tests(findings, settings);
    let more = Path::default().key("emergency").key("more_numbers");
    for (row, number) in settings.emergency.more_numbers.iter().enumerate() {
        findings.digits(&more.row(row), number);
    }
}

/// Every number that can be dialled within the house, with its path.
fn extensions(settings: &Settings) -> Vec<(Path, &str)> {
    let stations =
        rows(&settings.stations, "stations").map(|(path, row)| (path.key("extension"), row.extension.as_str()));
    let queues = rows(&settings.queues, "queues");
    let queues = queues.filter_map(|(path, row)| Some((path.key("extension"), row.extension.as_deref()?)));
    let places = Path::default().key("park").key("places");
    let places = settings.park.places.iter().enumerate().map(|(row, place)| (places.row(row), place.as_str()));
    stations.chain(queues).chain(places).collect()
}

fn not_like_emergency(findings: &mut Findings<'_>, path: &Path, settings: &Settings, number: &str) {
    let emergency = settings.emergency_numbers().into_iter().find(|emergency| number.starts_with(emergency.as_str()));
    if let Some(number) = emergency {
        findings.problem(path, What::BeginsLikeEmergency { number });
    }
}

/// An outside prefix must not begin an extension, nor another prefix: what follows would never be dialled.
fn check_prefixes(findings: &mut Findings<'_>, settings: &Settings, extensions: &[(Path, &str)]) {
    let prefixes = rows(&settings.trunks, "trunks");
    let prefixes = prefixes.map(|(path, group)| (path.key("outside_prefix"), group.outside_prefix.as_str()));
    let prefixes: Vec<(Path, &str)> = prefixes.filter(|(_, prefix)| !prefix.is_empty()).collect();
    for (row, (path, prefix)) in prefixes.iter().enumerate() {
        findings.digits(path, prefix);
        not_like_emergency(findings, path, settings, prefix);
        for (other_path, other) in extensions.iter().chain(&prefixes[..row]) {
            if other.starts_with(prefix) || prefix.starts_with(other) {
                let line = findings.line(other_path);
                findings.problem(path, What::BeginsLike { other: (*other).to_owned(), line });
            }
        }
    }
}

fn check_codes(findings: &mut Findings<'_>, settings: &Settings) {
    let codes = || settings.codes.chosen().map(|(key, code)| (Path::default().key("codes").key(key), code));
    let codes = || codes().chain(mail::code(settings));
    for (path, _) in codes().filter(|(_, code)| !is_code(code)) {
        findings.problem(&path, What::Malformed { wanted: Form::Code });
    }
    findings.unique(codes());
    let of_codes = |(key, code)| (Path::default().key("codes").key(key), code);
    apart_from_each_other(findings, settings.codes.in_talk().map(of_codes));
    let dialled = settings.codes.dialled().map(of_codes);
    apart_from_each_other(findings, dialled.chain(mail::code(settings)));
    let services =
        || settings.services.chosen().map(|(key, digits)| (Path::default().key("services").key(key), digits));
    for (path, _) in services().filter(|(_, digits)| !is_service(digits)) {
        findings.problem(&path, What::Malformed { wanted: Form::Service });
    }
    findings.unique(services());
    apart_from_codes(findings, services(), &codes().collect::<Vec<_>>());
    let digits = Path::default().key("digits");
    findings.range(&digits.key("first_s"), settings.digits.first_s, FIRST_S.0, FIRST_S.1);
    findings.range(&digits.key("next_s"), settings.digits.next_s, NEXT_S.0, NEXT_S.1);
    let no_answer_s = Path::default().key("forward").key("no_answer_s");
    findings.range(&no_answer_s, settings.forward.no_answer_s, LASTS_S.0, LASTS_S.1);
    let longest_s = Path::default().key("masking").key("longest_s");
    findings.range(&longest_s, settings.masking.longest_s, LONGEST_S.0, LONGEST_S.1);
    let transfer = Path::default().key("transfer");
    let returns_s = Path::default().key("park").key("returns_s");
    findings.range(&returns_s, settings.park.returns_s, PARKED_S.0, PARKED_S.1);
    let places = Path::default().key("park").key("places");
    findings.range(&places, settings.park.places.len() as i64, 0, PLACES_MAX);
    for (key, seconds) in [("rings_s", settings.transfer.rings_s), ("returns_s", settings.transfer.returns_s)] {
        findings.range(&transfer.key(key), seconds, LASTS_S.0, LASTS_S.1);
    }
}

/// The hour of the nightly tests.
fn check_port_tests(findings: &mut Findings<'_>, settings: &Settings) {
    let path = Path::default().key("port_tests").key("nightly_hour_utc");
    if let Some(hour) = settings.port_tests.nightly_hour_utc {
        findings.range(&path, hour, 0, i64::from(PortTests::HOUR_MAX));
    }
}

/// Of two codes that are keyed at the same moment none must begin the other: the longer one would never be meant.
fn apart_from_each_other<'a>(findings: &mut Findings<'_>, codes: impl Iterator<Item = (Path, &'a str)>) {
    let codes: Vec<(Path, &str)> = codes.collect();
    for (row, (path, code)) in codes.iter().enumerate() {
        let begins =
            |other: &&(Path, &str)| other.1 != *code && (other.1.starts_with(code) || code.starts_with(other.1));
        if let Some((other_path, other)) = codes[..row].iter().find(begins) {
            let line = findings.line(other_path);
            findings.problem(path, What::BeginsLike { other: (*other).to_owned(), line });
        }
    }
}

/// A code must not begin what is keyed for a service, nor the other way round: one of the two would never be meant.
fn apart_from_codes<'a>(
    findings: &mut Findings<'_>,
    services: impl Iterator<Item = (Path, &'a str)>,
    codes: &[(Path, &str)],
) {
    for (path, digits) in services {
        let keyed = ["*", "#", "*#"].map(|before| [before, digits].concat());
        let alike = |code: &str| keyed.iter().any(|keyed| keyed.starts_with(code) || code.starts_with(keyed.as_str()));
        if let Some((other_path, other)) = codes.iter().find(|(_, code)| alike(code)) {
            let line = findings.line(other_path);
            findings.problem(&path, What::BeginsLike { other: (*other).to_owned(), line });
        }
    }
}

/// Delivered numbers: of two that end alike the longer one wins, so only the same one twice is wrong.
fn check_delivered(findings: &mut Findings<'_>, settings: &Settings) {
    let numbers = || rows(&settings.numbers, "numbers").map(|(path, row)| (path.key("number"), row.number.as_str()));
    for (path, number) in numbers() {
        findings.digits(&path, number);
    }
    let rows_of = || rows(&settings.numbers, "numbers");
    for (path, from) in rows_of().filter_map(|(path, row)| Some((path, row.diverted_from.as_ref()?))) {
        findings.digits(&path.key("diverted_from"), from);
    }
    for (path, _) in rows_of().filter(|(_, row)| row.subaddress.as_deref().is_some_and(|text| !is_subaddress(text))) {
        findings.problem(&path.key("subaddress"), What::Malformed { wanted: Form::Subaddress });
    }
    let keys = |row: &NumberRow| (row.number.clone(), row.diverted_from.clone(), row.subaddress.clone());
    findings.unique(rows_of().map(|(path, row)| (path.key("number"), keys(row))));
    for (path, group) in rows(&settings.trunks, "trunks") {
        if let Some(number) = &group.shown_number {
            findings.digits(&path.key("shown_number"), number);
        }
    }
}
