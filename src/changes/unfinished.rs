//! A change that the death of the daemon cut in two: whether its version was written is what the folder says.

use settings::Version;
use sha2::{Digest, Sha256};

use super::Versions;

/// What an intent says that it is about: the version, and the hash of the document.
pub(super) fn object_of(version: Version, text: &str) -> String {
    format!("version {version} sha256 {}", base16ct::lower::encode_string(&Sha256::digest(text.as_bytes())))
}

/// What became of an unfinished change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its version was written, so it holds since this start.
    Written(Version),
    /// Its version was not written.
    NotWritten,
}

/// Looks for the version that an intent was about. `object` is the intent's.
pub fn judge_unfinished(object: &str, versions: &Versions) -> Found {
    let version = object.split(' ').nth(1).and_then(|number| number.parse().ok()).map(Version);
    let written = version.filter(|version| {
        let text = versions.read(*version);
        text.is_ok_and(|text| object_of(*version, &text) == object)
    });
    written.map_or(Found::NotWritten, Found::Written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_was_made_where_its_version_has_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let versions = Versions::in_folder(folder.path().to_owned());
        versions.write("a = 1\n").unwrap();
        assert_eq!(judge_unfinished(&object_of(Version(1), "a = 1\n"), &versions), Found::Written(Version(1)));
        assert_eq!(judge_unfinished(&object_of(Version(1), "a = 2\n"), &versions), Found::NotWritten);
        assert_eq!(judge_unfinished(&object_of(Version(2), "a = 1\n"), &versions), Found::NotWritten);
        assert_eq!(judge_unfinished("nonsense", &versions), Found::NotWritten);
    }
}
