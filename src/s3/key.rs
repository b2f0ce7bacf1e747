//! The key that a bucket is written to with: a file of the data directory that nobody else can read.
//!
//! Two lines, the key's id and its secret. In no settings, no log, no event; `Debug` shows the id alone.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use thiserror::Error;
use zeroize::Zeroizing;

/// Octets that a key file has at most.
const FILE_OCTETS_MAX: u64 = 4096;

/// A key of a store.
#[derive(Clone)]
pub struct AccessKey {
    pub(super) id: String,
    pub(super) secret: Zeroizing<String>,
}

/// It is no key: its id or its secret is empty, or has what can't be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no key: an id and a secret, of printable ASCII without blanks")]
pub struct NoKey;

/// The file of a copy's key in a data directory. A name may have what a file's name must not, so all but letters and digits of ASCII
/// is written as its octets.
pub fn key_file(data: &Path, copy: &str) -> PathBuf {
    let mut name = String::new();
    for octet in copy.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => name.push(char::from(octet)),
            _ => name.push_str(&format!("_{octet:02x}")),
        }
    }
    data.join("keys").join("copies").join(name)
}

impl AccessKey {
    /// A key, as the store's administrator gave it.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn new(id: &str, secret: &str) -> Result<AccessKey, NoKey> {
        let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic());
        if !is_plain(id) || !is_plain(secret) || id.contains('/') {
            return Err(NoKey);
        }
        Ok(AccessKey { id: id.to_owned(), secret: Zeroizing::new(secret.to_owned()) })
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::PermissionDenied`] where others may read it, [`ErrorKind::InvalidData`] where it has no key.
    pub fn read(path: &Path) -> io::Result<AccessKey> {
        let file = File::open(path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "others can read the key's file"));
        }
        let mut text = Zeroizing::new(String::with_capacity(FILE_OCTETS_MAX as usize));
        file.take(FILE_OCTETS_MAX).read_to_string(&mut text)?;
        let mut lines = text.lines();
        let key = AccessKey::new(lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        key.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
    }

    /// Writes a key file, in the place of one that may be there.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().ok_or(ErrorKind::NotFound)?;
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let new = path.with_extension("new");
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        // As long as it becomes: one that grows leaves what it was behind.
        let mut text = Zeroizing::new(String::with_capacity(self.id.len() + self.secret.len() + 2));
        for line in [&self.id, &*self.secret] {
            text.push_str(line);
            text.push('\n');
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(folder)?.sync_all()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_where_nobody_else_reads_it_and_shown_nowhere() {
        let data = tempfile::tempdir().unwrap();
        let path = key_file(data.path(), "机房/../archive");
        assert_eq!(path.parent(), Some(data.path().join("keys/copies").as_path()), "{}", path.display());
        let key = AccessKey::new("AKIA7", "c3VwZXI/c2VjcmV0").unwrap();
        key.write(&path).unwrap();
        AccessKey::new("AKIA8", "another").unwrap().write(&path).unwrap();
        key.write(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let read = AccessKey::read(&path).unwrap();
        assert_eq!((read.id.as_str(), read.secret.as_str()), ("AKIA7", "c3VwZXI/c2VjcmV0"));
        assert_eq!(format!("{read:?}"), "AccessKey { id: \"AKIA7\", .. }");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(AccessKey::read(&path).unwrap_err().kind(), ErrorKind::PermissionDenied);
        for (id, secret) in [("", "x"), ("x", ""), ("a b", "x"), ("a/b", "x"), ("a", "x\ny"), ("a", "\u{e9}")] {
            assert_eq!(AccessKey::new(id, secret).unwrap_err(), NoKey, "{id} {secret}");
        }
    }
}
