//! Copies of the vault: where else its recordings are kept.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A copy of the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultCopy {
    /// What people call it.
    pub name: String,
    /// The folder that it is kept in, as [`CopyFolder`] reads it.
    pub at: String,
}

/// A folder by its whole path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CopyFolder(String);

/// It is not the whole path of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCopyFolder;

impl VaultCopy {
    /// Where it is. An error is one that a check of the settings has told.
    ///
    /// # Errors
    /// [`NoCopyFolder`].
    pub fn folder(&self) -> Result<CopyFolder, NoCopyFolder> {
        self.at.parse()
    }
}

impl FromStr for CopyFolder {
    type Err = NoCopyFolder;

    fn from_str(text: &str) -> Result<CopyFolder, NoCopyFolder> {
        let is_folder = text.starts_with('/') && text.len() > 1 && !text.chars().any(char::is_control);
        is_folder.then(|| CopyFolder(text.to_owned())).ok_or(NoCopyFolder)
    }
}

impl fmt::Display for CopyFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_in_a_folder_that_is_named_from_the_root_on() {
        assert_eq!("/mnt/copy".parse::<CopyFolder>().map(|folder| folder.to_string()), Ok("/mnt/copy".to_owned()));
        for text in ["", "/", "mnt/copy", "tcp://10.1.2.3:601", "/a\nb"] {
            assert_eq!(text.parse::<CopyFolder>(), Err(NoCopyFolder), "{text}");
        }
    }
}
