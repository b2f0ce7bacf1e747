//! `house.toml`: the plan as data.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// Crates by name, each with those it may import.
pub type Matrix = BTreeMap<String, Vec<String>>;

/// The whole plan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// Which crate imports which, from its code.
    pub edges: Matrix,
    /// Which crate imports which for its tests only.
    pub test_edges: Matrix,
    /// Per firmware crate: the outside crates that it may use, with the reason.
    pub outside: BTreeMap<String, BTreeMap<String, String>>,
    /// The same for tests only; one list for all of firmware.
    pub outside_tests: BTreeMap<String, String>,
    /// What pure code must not name.
    pub pure: Pure,
    /// Per plane of `src/`: the paths that it may import.
    pub planes: Matrix,
    /// What no file of the tree may hold.
    pub words: Words,
}

/// What pure code must not name, and where.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pure {
    /// Folders of pure code.
    pub folders: Vec<String>,
    /// Paths; a `*` at the end stands for any rest of the last name.
    pub forbidden: Vec<String>,
    /// Files and folders that may name them all the same.
    pub exempt: Vec<Exempt>,
}

/// Words of one machine or one registry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Absolute folders that only one machine has.
    pub folders: Vec<String>,
    /// Hosts of registries: which one is used is the user's affair.
    pub hosts: Vec<String>,
    /// Files that must hold such words.
    pub exempt: Vec<Exempt>,
}

/// A place to which a rule does not apply.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exempt {
    /// A file, or a folder with all below it.
    pub place: String,
    /// Why.
    pub reason: String,
}

impl House {
    /// The plan of this tree.
    pub fn ours() -> House {
        let path = root().join("tests/layout/house.toml");
        let text = fs::read_to_string(path).expect("house.toml stands beside this file");
        toml::from_str(&text).expect("house.toml is a plan")
    }
}

/// The folder of the whole tree.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A path as the plan writes it: from the root, with slashes.
pub fn place(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Whether a place is the file `named`, or lies in the folder `named`.
pub fn lies_in(place: &str, named: &str) -> bool {
    place.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || named.ends_with('/'))
}

/// All files below a folder, in order. A folder that is not there has none.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the tree can be read").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The exemptions whose place is gone.
pub fn stale(exempt: &[Exempt]) -> Vec<String> {
    let gone = exempt.iter().filter(|exempt| !root().join(&exempt.place).exists());
    gone.map(|exempt| format!("house.toml: {} is exempt ({}), but is not there", exempt.place, exempt.reason)).collect()
}

/// Whether a place is exempt.
pub fn is_exempt(place: &str, exempt: &[Exempt]) -> bool {
    exempt.iter().any(|exempt| lies_in(place, &exempt.place))
}

#[test]
fn a_place_lies_in_its_folder_and_not_in_one_that_begins_alike() {
    assert!(lies_in("drivers/sim/src/shell/peer.rs", "drivers/sim/src/shell"));
    assert!(!lies_in("drivers/sim/src/shellfish.rs", "drivers/sim/src/shell"));
}
