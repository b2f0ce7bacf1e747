//! The matrix of edges between the crates of this workspace: exactly what the plan says, and one way only:
//! `src → drivers → firmware`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    assert_finds, assert_none,
    house::{House, Matrix},
    metadata::{Crate, Kind, Room, Use, crates, sample},
};

/// Edges that the plan does not have, and those that only the plan has.
fn unplanned(crates: &[Crate], plan: &Matrix, of: Use) -> Vec<String> {
    let mut findings = Vec::new();
    for found in crates {
        let actual: BTreeSet<&str> = inner(found, of).collect();
        let planned: BTreeSet<&str> = plan.get(&found.name).into_iter().flatten().map(String::as_str).collect();
        if of == Use::Code && !plan.contains_key(&found.name) {
            findings.push(format!("{}: house.toml has no row for this crate", found.name));
        }
        findings.extend(actual.difference(&planned).map(|to| format!("{} → {to}: not in house.toml", found.name)));
        findings.extend(planned.difference(&actual).map(|to| format!("{} → {to}: only in house.toml", found.name)));
    }
    let known: BTreeSet<&str> = crates.iter().map(|found| found.name.as_str()).collect();
    let gone = plan.keys().filter(|name| !known.contains(name.as_str()));
    findings.extend(gone.map(|name| format!("{name}: has a row in house.toml and no crate")));
    findings
}

/// Edges from a room to one above it, tests included.
fn uphill(crates: &[Crate]) -> Vec<String> {
    let room_of: BTreeMap<&str, Room> = crates.iter().map(|found| (found.name.as_str(), found.room())).collect();
    let mut findings = Vec::new();
    for found in crates {
        let imports = inner(found, Use::Code).chain(inner(found, Use::Tests));
        let above = imports.filter(|to| room_of.get(to).is_some_and(|room| *room > found.room()));
        findings.extend(above.map(|to| format!("{} → {to}: imports run src → drivers → firmware", found.name)));
    }
    findings
}

fn inner(found: &Crate, of: Use) -> impl Iterator<Item = &str> {
    found.imports(of).filter(|import| import.path.is_some()).map(|import| import.name.as_str())
}

#[test]
fn crates_import_each_other_as_planned() {
    let (house, crates) = (House::ours(), crates());
    assert_none(&unplanned(&crates, &house.edges, Use::Code));
    assert_none(&unplanned(&crates, &house.test_edges, Use::Tests));
    assert_none(&uphill(&crates));
}

#[test]
fn an_unplanned_edge_is_found_whatever_its_kind() {
    let plan: Matrix = [("codec".to_owned(), Vec::new())].into();
    for (kind, of) in [(None, Use::Code), (Some(Kind::Build), Use::Code), (Some(Kind::Dev), Use::Tests)] {
        let codec = sample("firmware/codec", &[("frame", kind, true)]);
        assert_finds(&unplanned(&[codec], &plan, of), "codec → frame: not in house.toml");
    }
}

#[test]
fn a_row_that_is_no_longer_true_is_found() {
    let plan =
        |imports: &[&str]| Matrix::from([("codec".to_owned(), imports.iter().map(ToString::to_string).collect())]);
    let codec = || sample("firmware/codec", &[]);
    assert_finds(&unplanned(&[codec()], &plan(&["frame"]), Use::Code), "codec → frame: only in house.toml");
    assert_finds(&unplanned(&[codec()], &Matrix::new(), Use::Code), "no row for this crate");
    assert_finds(&unplanned(&[], &plan(&[]), Use::Code), "no crate");
}

#[test]
fn firmware_that_imports_a_driver_is_found_even_if_only_its_tests_do() {
    for kind in [None, Some(Kind::Dev)] {
        let crates = [sample("firmware/isdn", &[("sim", kind, true)]), sample("drivers/sim", &[])];
        assert_finds(&uphill(&crates), "isdn → sim");
    }
    assert_none(&uphill(&[sample("drivers/sim", &[("isdn", None, true)]), sample("firmware/isdn", &[])]));
}

#[test]
fn cargo_tells_all_kinds_of_edges() {
    let answer = r#"{"packages": [{"name": "a", "manifest_path": "a/Cargo.toml", "targets": [], "dependencies": [
        {"name": "code", "kind": null, "path": "code"},
        {"name": "tests", "kind": "dev", "path": "tests"},
        {"name": "script", "kind": "build", "path": "script", "target": "cfg(windows)"}]}]}"#;
    let found = &crate::metadata::parse(answer)[0];
    assert_eq!(inner(found, Use::Code).collect::<Vec<_>>(), ["code", "script"]);
    assert_eq!(inner(found, Use::Tests).collect::<Vec<_>>(), ["tests"]);
}
