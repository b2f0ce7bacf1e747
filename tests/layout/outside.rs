//! The outside crates that firmware may use: a list per crate, each with its reason. All of firmware shares one list for
//! its tests.

use std::collections::BTreeSet;

use crate::{
    assert_finds, assert_none,
    house::House,
    metadata::{Crate, Kind, Room, Use, crates, sample},
};

/// Outside crates that a firmware crate uses without being allowed to, and allowances that nobody uses.
fn not_allowed(crates: &[Crate], house: &House) -> Vec<String> {
    let mut findings = Vec::new();
    for found in crates.iter().filter(|found| found.room() == Room::Firmware) {
        let actual = outside(found, Use::Code);
        let allowed: BTreeSet<&str> =
            house.outside.get(&found.name).into_iter().flatten().map(|row| row.0.as_str()).collect();
        findings
            .extend(actual.difference(&allowed).map(|name| format!("{} uses {name}: not in house.toml", found.name)));
        findings
            .extend(allowed.difference(&actual).map(|name| format!("{} uses {name}: only in house.toml", found.name)));
        let in_tests = outside(found, Use::Tests).into_iter();
        let wrong = in_tests.filter(|name| !house.outside_tests.contains_key(*name) && !actual.contains(name));
        findings.extend(wrong.map(|name| format!("{}'s tests use {name}: not in house.toml", found.name)));
    }
    findings
}

fn outside(found: &Crate, of: Use) -> BTreeSet<&str> {
    found.imports(of).filter(|import| import.path.is_none()).map(|import| import.name.as_str()).collect()
}

#[test]
fn firmware_uses_only_the_outside_crates_that_it_may() {
    assert_none(&not_allowed(&crates(), &House::ours()));
}

#[test]
fn every_allowance_has_a_reason() {
    let house = House::ours();
    let reasons = house.outside.values().chain([&house.outside_tests]).flatten();
    let empty: Vec<String> = reasons.filter(|row| row.1.len() < 8).map(|row| row.0.clone()).collect();
    assert_none(&empty);
}

#[test]
fn an_outside_crate_without_allowance_is_found() {
    let mut house = House::ours();
    house.outside = [("codec".to_owned(), [("serde".to_owned(), "stored".to_owned())].into())].into();
    let codec = |uses: &[(&str, Option<Kind>, bool)]| [sample("firmware/codec", uses)];
    assert_finds(&not_allowed(&codec(&[("serde", None, false), ("tokio", None, false)]), &house), "codec uses tokio");
    assert_finds(
        &not_allowed(&codec(&[("serde", None, false), ("cc", Some(Kind::Build), false)]), &house),
        "codec uses cc",
    );
    assert_finds(
        &not_allowed(&codec(&[("serde", None, false), ("rand", Some(Kind::Dev), false)]), &house),
        "tests use rand",
    );
    assert_finds(&not_allowed(&codec(&[]), &house), "only in house.toml");
}
