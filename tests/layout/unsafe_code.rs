//! `#![forbid(unsafe_code)]` opens every library and program of firmware and of the root package; everybody else inherits
//! the workspace's lints, which deny it.

use std::fs;

use syn::{Attribute, Meta};

use crate::{
    assert_finds, assert_none,
    metadata::{Crate, Room, crates},
    source::Source,
};

/// The first files of what is shipped, where they do not forbid unsafe code.
fn without_forbid(sources: &[Source]) -> Vec<String> {
    let open = sources.iter().filter(|source| !source.parsed.attrs.iter().any(forbids_unsafe_code));
    open.map(|source| format!("{}: lacks #![forbid(unsafe_code)]", source.place)).collect()
}

fn forbids_unsafe_code(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("forbid") && list.tokens.to_string().split(',').any(|lint| lint.trim() == "unsafe_code")
}

/// A manifest that does not take the workspace's lints.
fn without_lints(name: &str, manifest: &str) -> Vec<String> {
    let table: toml::Table = manifest.parse().expect("cargo read it before");
    let inherits = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    if inherits == Some(true) {
        Vec::new()
    } else {
        vec![format!("{name}: its Cargo.toml lacks [lints] workspace = true")]
    }
}

fn shipped(found: &Crate) -> Vec<Source> {
    let kinds = ["lib", "bin", "proc-macro"];
    let targets = found.targets.iter().filter(|target| target.kind.iter().any(|kind| kinds.contains(&kind.as_str())));
    targets.map(|target| Source::read(&target.src_path)).collect()
}

#[test]
fn firmware_and_the_daemon_forbid_unsafe_code() {
    let crates = crates();
    let safe = crates.iter().filter(|found| found.room() != Room::Drivers);
    let sources: Vec<Source> = safe.flat_map(shipped).collect();
    assert!(sources.len() > 2, "only {} targets were looked at", sources.len());
    assert_none(&without_forbid(&sources));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let read = |found: &Crate| fs::read_to_string(&found.manifest_path).expect("cargo read it before");
    assert_none(&crates().iter().flat_map(|found| without_lints(&found.name, &read(found))).collect::<Vec<_>>());
    assert_finds(&without_lints("codec", "[package]\nname = \"codec\""), "codec");
    assert_finds(&without_lints("codec", "[lints]\nworkspace = false"), "codec");
}

#[test]
fn a_crate_that_only_denies_or_forbids_something_else_is_found() {
    let sample = |text| [Source::new("firmware/codec/src/lib.rs", text)];
    for text in ["", "#![deny(unsafe_code)]", "#![forbid(missing_docs)]", "//! #![forbid(unsafe_code)]"] {
        assert_finds(&without_forbid(&sample(text)), "firmware/codec/src/lib.rs");
    }
    assert_none(&without_forbid(&sample("#![forbid(missing_docs, unsafe_code)]")));
}
