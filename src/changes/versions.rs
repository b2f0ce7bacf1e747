//! The versions of the settings on disk: one TOML file each, `settings/000001.toml` on, never changed once written.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use settings::Version;

/// The folder with all versions.
#[derive(Clone, Debug)]
pub struct Versions {
    folder: PathBuf,
}

/// The folder, or a file in it, can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct VersionsError {
    /// Which.
    pub path: PathBuf,
    /// The system's reason.
    pub why: io::Error,
}

impl Versions {
    /// The versions in a folder.
    pub fn in_folder(folder: PathBuf) -> Versions {
        Versions { folder }
    }

    /// The newest version and its text; none before the first start.
    ///
    /// # Errors
    /// When the folder or the file can't be read.
    pub fn newest(&self) -> Result<Option<(Version, PathBuf, String)>, VersionsError> {
        let Some(version) = self.all()?.pop_last() else { return Ok(None) };
        let path = self.path(version);
        let text = fs::read_to_string(&path).map_err(at(&path))?;
        Ok(Some((version, path, text)))
    }

    /// All versions.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn all(&self) -> Result<BTreeSet<Version>, VersionsError> {
        let entries = fs::read_dir(&self.folder).map_err(at(&self.folder))?;
        Ok(entries.filter_map(|entry| version_of(&entry.ok()?.path())).collect())
    }

    /// The text of one version.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub fn read(&self, version: Version) -> Result<String, VersionsError> {
        let path = self.path(version);
        fs::read_to_string(&path).map_err(at(&path))
    }

    /// Writes the next version: on disk with its name before this returns, or not there at all.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write(&self, text: &str) -> Result<Version, VersionsError> {
        let version = Version(self.newest()?.map_or(1, |(newest, ..)| newest.0 + 1));
        let (draft, path) = (self.folder.join("draft"), self.path(version));
        let written = self.write_as(&draft, &path, text);
        if written.is_err() {
            // Neither half a draft, which keeps room, nor a version that nobody was promised.
            for left in [&draft, &path] {
                let _ = fs::remove_file(left);
            }
        }
        written.map(|()| version)
    }

    fn write_as(&self, draft: &Path, path: &Path, text: &str) -> Result<(), VersionsError> {
        write_durably(draft, text.as_bytes()).map_err(at(draft))?;
        fs::rename(draft, path).map_err(at(path))?;
        // The name is durable only with its folder.
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(at(&self.folder))
    }

    fn path(&self, version: Version) -> PathBuf {
        self.folder.join(format!("{:06}.toml", version.0))
    }
}

fn write_durably(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

fn version_of(path: &Path) -> Option<Version> {
    let is_toml = path.extension().is_some_and(|ending| ending == "toml");
    let number = path.file_stem()?.to_str()?.parse().ok()?;
    is_toml.then_some(Version(number))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> VersionsError {
    let path = path.to_owned();
    move |why| VersionsError { path, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_and_the_newest_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let versions = Versions::in_folder(folder.path().to_owned());
        assert!(versions.newest().unwrap().is_none());
        assert_eq!(versions.write("a = 1\n").unwrap(), Version(1));
        assert_eq!(versions.write("a = 2\n").unwrap(), Version(2));
        let (version, path, text) = versions.newest().unwrap().unwrap();
        assert_eq!((version, text.as_str()), (Version(2), "a = 2\n"));
        assert!(path.ends_with("000002.toml"));
    }

    #[test]
    fn a_draft_that_a_crash_left_is_no_version() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("draft"), "half").unwrap();
        let versions = Versions::in_folder(folder.path().to_owned());
        assert!(versions.newest().unwrap().is_none());
        assert_eq!(versions.write("a = 1\n").unwrap(), Version(1));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let versions = Versions::in_folder("/nowhere/settings".into());
        assert!(versions.newest().unwrap_err().to_string().starts_with("/nowhere/settings: "));
    }
}
