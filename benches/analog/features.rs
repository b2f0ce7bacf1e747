//! The transcripts of what telephones and outside lines do, run as they stand in `tests/sim`: a feature counts when all of its
//! transcripts pass.

use std::{collections::BTreeMap, env, error::Error, process::Command};

use crate::figure::{figure, note};

/// The files of `tests/sim` whose transcripts are of analog sets and lines: one a feature, or a few.
const FEATURES: [&str; 17] = [
    "agents",
    "analog",
    "call_back",
    "call_waiting",
    "conference",
    "forward",
    "inside",
    "lamp",
    "lock",
    "masking",
    "pick_up",
    "port_tests",
    "services",
    "spandsp",
    "supervision",
    "tones",
    "transfer",
];

/// Runs them, and counts.
pub fn measure() -> Result<(), Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let modules = FEATURES.map(|feature| format!("{feature}::"));
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["test", "--workspace", "--test", "house", "--"]).args(&modules);
    let ran = command.output()?;
    let told = String::from_utf8_lossy(&ran.stdout);
    // By feature: transcripts that passed, and all.
    let mut by_feature: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for line in told.lines().filter_map(|line| line.strip_prefix("test ")) {
        let Some((name, became)) = line.split_once(" ... ") else { continue };
        let Some(feature) = FEATURES.into_iter().find(|feature| name.starts_with(&format!("{feature}::"))) else {
            continue;
        };
        let counts = by_feature.entry(feature).or_default();
        counts.0 += u32::from(became == "ok");
        counts.1 += 1;
    }
    if by_feature.is_empty() {
        return Err(format!("no transcript ran: {}", String::from_utf8_lossy(&ran.stderr)).into());
    }
    let (passed, all) = by_feature.values().fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
    let whole = FEATURES.iter().filter(|feature| by_feature.get(*feature).is_some_and(|(ok, all)| ok == all)).count();
    for (feature, (ok, all)) in by_feature.iter().filter(|(_, (ok, all))| ok < all) {
        note(&format!("{feature}: {ok} of {all} transcripts"));
    }
    figure("analog.features_passed", whole as f64, &format!("of_{}", FEATURES.len()));
    figure("analog.transcripts_passed", f64::from(passed), &format!("of_{all}"));
    Ok(())
}
