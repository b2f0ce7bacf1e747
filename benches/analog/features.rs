//! What telephones and outside lines do, feature by feature: each has transcripts in `tests/sim`, which are run as they stand. A
//! feature counts when every one of its transcripts ran and passed; one that is not there any more passes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    process::Command,
};

use crate::{
    feature_table::FEATURES,
    figure::{figure, note},
};

/// Runs them, and counts.
pub fn measure() -> Result<(), Box<dyn Error>> {
    let transcripts: BTreeSet<&str> =
        FEATURES.iter().flat_map(|(_, transcripts)| transcripts.iter().copied()).collect();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["test", "--workspace", "--test", "house", "--", "--exact"]).args(&transcripts);
    let ran = command.output()?;
    let told = String::from_utf8_lossy(&ran.stdout);
    // Whether each passed.
    let lines = told.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    let became: BTreeMap<&str, bool> = lines.map(|(name, became)| (name, became == "ok")).collect();
    if became.is_empty() {
        return Err(format!("no transcript ran: {}", String::from_utf8_lossy(&ran.stderr)).into());
    }
    let passes = |transcript: &&str| became.get(*transcript).copied().unwrap_or_default();
    let mut passed = 0;
    for (feature, transcripts) in FEATURES {
        let missing: Vec<&str> = transcripts.iter().copied().filter(|transcript| !passes(transcript)).collect();
        passed += u32::from(missing.is_empty());
        missing.iter().for_each(|transcript| note(&format!("{feature}: {transcript} does not pass, or is not there")));
    }
    figure("analog.features_passed", f64::from(passed), &format!("of_{}", FEATURES.len()));
    let of_them = transcripts.iter().filter(|transcript| passes(transcript)).count();
    figure("analog.transcripts_passed", of_them as f64, &format!("of_{}", transcripts.len()));
    Ok(())
}
