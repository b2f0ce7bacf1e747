//! The crates of the workspace, as `cargo metadata` tells them: all kinds of dependency, for all platforms.

use std::{env, path::PathBuf, process::Command};

use serde::Deserialize;

use crate::house::{place, root};

/// One crate of the workspace.
#[derive(Deserialize)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Where its Cargo.toml is.
    pub manifest_path: PathBuf,
    /// What it imports.
    pub dependencies: Vec<Dependency>,
    /// What is built from it.
    pub targets: Vec<Target>,
}

/// One line of a `[dependencies]` table.
#[derive(Clone, Deserialize)]
pub struct Dependency {
    /// The crate's name, whatever it is renamed to.
    pub name: String,
    /// Code, tests or build script.
    pub kind: Option<Kind>,
    /// Where it is, if it is of this workspace.
    pub path: Option<PathBuf>,
}

/// What a dependency is for, where it is not for code.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// For tests, benches and examples.
    Dev,
    /// For the build script.
    Build,
}

/// A library, program, test, bench or example.
#[derive(Deserialize)]
pub struct Target {
    /// Which of them.
    pub kind: Vec<String>,
    /// Its first file.
    pub src_path: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Crate>,
}

impl Crate {
    /// Its folder, from the root; the root package's is empty.
    pub fn folder(&self) -> String {
        place(self.manifest_path.parent().expect("a manifest lies in a folder"))
    }

    /// The crate's first room: `firmware`, `drivers`, or the root's `src`.
    pub fn room(&self) -> Room {
        match self.folder().split('/').next() {
            Some("firmware") => Room::Firmware,
            Some("drivers") => Room::Drivers,
            _ => Room::Src,
        }
    }

    /// What its code imports from this workspace, build script included.
    pub fn imports(&self, of: Use) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(move |dependency| (dependency.kind == Some(Kind::Dev)) == (of == Use::Tests))
    }
}

/// What an import is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The code that is shipped, and its build script.
    Code,
    /// Tests.
    Tests,
}

/// The rooms in the order of imports: a crate imports from its own room and from those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Pure.
    Firmware,
    /// Touches the world.
    Drivers,
    /// Runs.
    Src,
}

/// All crates of the workspace. Asks no network.
pub fn crates() -> Vec<Crate> {
    let cargo = env::var_os("CARGO").expect("cargo runs the tests");
    let asked = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(asked.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&asked.stderr));
    parse(&String::from_utf8_lossy(&asked.stdout))
}

/// The crates of cargo's answer.
pub fn parse(answer: &str) -> Vec<Crate> {
    serde_json::from_str::<Metadata>(answer).expect("cargo's metadata has its documented form").packages
}

/// A made-up crate for bad samples.
pub fn sample(folder: &str, dependencies: &[(&str, Option<Kind>, bool)]) -> Crate {
    let dependency = |&(name, kind, inner): &(&str, Option<Kind>, bool)| Dependency {
        name: name.to_owned(),
        kind,
        path: inner.then(|| root().join(name)),
    };
    Crate {
        name: folder.rsplit('/').next().expect("a folder has a name").to_owned(),
        manifest_path: root().join(folder).join("Cargo.toml"),
        dependencies: dependencies.iter().map(dependency).collect(),
        targets: Vec::new(),
    }
}
