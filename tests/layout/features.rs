//! The table of features whose transcripts `./justw bench analog` counts: each transcript that it names is there. A bench is run
//! seldom, and a test that was given another name would be missed by nobody until then.

use std::fs;

use crate::{assert_none, house::root};

/// The transcripts that the table names: `module::test`.
fn named(table: &str) -> Vec<&str> {
    table.split('"').skip(1).step_by(2).filter(|text| text.contains("::")).collect()
}

fn missing(table: &str) -> Vec<String> {
    let is_there = |transcript: &str| {
        let (module, test) = transcript.split_once("::").expect("it was chosen for that");
        let text = fs::read_to_string(root().join(format!("tests/sim/{module}.rs"))).unwrap_or_default();
        let before = text.split_once(&format!("\nfn {test}()")).map(|(before, _)| before);
        before.is_some_and(|before| before.lines().rev().take(2).any(|line| line == "#[test]"))
    };
    named(table).into_iter().filter(|transcript| !is_there(transcript)).map(str::to_owned).collect()
}

#[test]
fn every_transcript_that_the_table_of_features_names_is_there() {
    let table = fs::read_to_string(root().join("benches/analog/feature_table.rs")).expect("the table is there");
    assert!(named(&table).len() > 50, "{}", named(&table).len());
    assert_none(&missing(&table));
    assert_eq!(missing("(\"a feature\", &[\"analog::nobody_wrote_it\"])"), ["analog::nobody_wrote_it"]);
}
