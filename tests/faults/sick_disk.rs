//! A disk that can be told to be sick: a library before the box's C library (`sick_disk.c`), which lets writes and flushes of
//! the vault's files hang, take long, or fail. No kernel and no root are needed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    running::{Home, Running},
    street::Street,
};

/// How it is sick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sick {
    Hangs,
    Slow,
    ReadOnly,
    Gone,
}

impl Sick {
    /// As the library is told.
    const fn word(self) -> &'static str {
        match self {
            Sick::Hangs => "hangs",
            Sick::Slow => "slow",
            Sick::ReadOnly => "readonly",
            Sick::Gone => "gone",
        }
    }
}

/// The disk of the vault of a box.
pub struct SickDisk {
    library: PathBuf,
    file: PathBuf,
    under: PathBuf,
}

impl SickDisk {
    /// A healthy one, at first.
    pub fn of(home: &Home) -> SickDisk {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/sick_disk.c");
        let library = home.file("sick_disk.so", "");
        let file = library.with_file_name("sick");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(compile.status().unwrap().success());
        SickDisk { library, file, under: home.data().join("vault") }
    }

    /// Starts the box on it.
    pub fn start(&self, home: &Home, street: &Street) -> Running {
        let variable = |name: &str, path: &Path| format!("{name}={}", path.display());
        let variables = [
            variable("LD_PRELOAD", &self.library),
            variable("SICK_FILE", &self.file),
            variable("SICK_UNDER", &self.under),
        ];
        let wrapper: Vec<&str> = ["env"].into_iter().chain(variables.iter().map(String::as_str)).collect();
        Running::start_with(home, Some(street), &wrapper)
    }

    pub fn falls(&self, sick: Sick) {
        // All at once: the library may look at any moment.
        let new = self.file.with_extension("new");
        fs::write(&new, sick.word()).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    pub fn recovers(&self) {
        fs::remove_file(&self.file).unwrap();
    }
}
