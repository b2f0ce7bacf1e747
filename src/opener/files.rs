//! The files that an opener works with: they are handed to it open, and it has no others.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, ErrorKind},
    os::fd::OwnedFd,
    path::Path,
    sync::Arc,
};

use crate::recorder::{Store, read_fully};

/// Open files under the names that they have in the vault. Clones are the same files.
#[derive(Clone, Debug, Default)]
pub(super) struct HandedFiles(Arc<BTreeMap<String, File>>);

impl HandedFiles {
    /// Files that came with their names.
    pub(super) fn new(names: Vec<String>, files: Vec<OwnedFd>) -> io::Result<HandedFiles> {
        if names.len() != files.len() {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(HandedFiles(Arc::new(names.into_iter().zip(files.into_iter().map(File::from)).collect())))
    }

    fn file(&self, name: &str) -> io::Result<&File> {
        self.0.get(name).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

/// Those of `names` that are in a vault's directory, open for reading alone.
pub(super) fn gather(vault: &Path, names: Vec<String>) -> io::Result<(Vec<String>, Vec<OwnedFd>)> {
    let (mut found, mut files) = (Vec::new(), Vec::new());
    for name in names {
        match File::open(vault.join(&name)) {
            Ok(file) => {
                files.push(file.into());
                found.push(name);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok((found, files))
}

/// Reading is all that can be done.
impl Store for HandedFiles {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.0.get(name).map(|file| Ok(file.metadata()?.len())).transpose()
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        read_fully(self.file(name)?, offset, into)
    }

    fn write_at(&mut self, _: &str, _: u64, _: &[u8]) -> io::Result<()> {
        Err(ErrorKind::PermissionDenied.into())
    }

    fn sync(&mut self, _: &str) -> io::Result<()> {
        Err(ErrorKind::PermissionDenied.into())
    }

    fn truncate(&mut self, _: &str, _: u64) -> io::Result<()> {
        Err(ErrorKind::PermissionDenied.into())
    }

    fn rename(&mut self, _: &str, _: &str) -> io::Result<()> {
        Err(ErrorKind::PermissionDenied.into())
    }

    fn remove(&mut self, _: &str) -> io::Result<()> {
        Err(ErrorKind::PermissionDenied.into())
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        Ok(self
            .0
            .keys()
            .filter(|name| name.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')))
            .cloned()
            .collect())
    }
}
