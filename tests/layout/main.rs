//! The plan of the house, kept by a test: who may import whom, and what must not stand where.
//!
//! The plan itself is data, `house.toml`. Each file here is one rule: a function from what the tree holds to findings,
//! a test that the house keeps it, and a test that it finds its own small bad sample.
//! Not here: licences and sources of outside crates (`deny.toml`), style (clippy).
#![forbid(unsafe_code)]

mod edges;
mod features;
mod house;
mod machine_words;
mod mentions;
mod metadata;
mod orphans;
mod outside;
mod planes;
mod pure;
mod source;
mod test_count;
mod unsafe_code;

/// Fails with one line a finding.
#[track_caller]
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// Fails unless the rule found exactly one thing in its bad sample, and named it.
#[track_caller]
fn assert_finds(findings: &[String], named: &str) {
    assert!(findings.len() == 1 && findings[0].contains(named), "{named} should be the one finding of {findings:#?}");
}
