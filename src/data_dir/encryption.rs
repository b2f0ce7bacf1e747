//! Whether the disk under the data directory is encrypted. What the box reads while it runs (the log, the index, its own keys)
//! is closed by that alone to who takes the disk away.
//!
//! Seen is dm-crypt, as LUKS has it, below LVM and RAID, too: what the kernel says of a device in `/sys/dev/block`. What a file
//! system or the drive itself encrypts shows nothing there, and counts as not seen.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use nix::sys::stat::{major, minor};

const DEVICES: &str = "/sys/dev/block";

/// Mappings that cryptsetup names `CRYPT-` and that hide nothing.
const BARE: [&str; 3] = ["CRYPT-VERITY", "CRYPT-INTEGRITY", "CRYPT-SUBDEV"];

/// Whether each of these is on an encrypted disk.
pub(super) fn is_seen(mut paths: impl Iterator<Item = PathBuf>) -> bool {
    paths.all(|path| {
        let Ok(found) = fs::metadata(path) else { return false };
        let (major, minor) = (major(found.dev()), minor(found.dev()));
        is_encrypted(&Path::new(DEVICES).join(format!("{major}:{minor}")))
    })
}

/// A device, or all that it is made of.
fn is_encrypted(device: &Path) -> bool {
    let mapping = fs::read_to_string(device.join("dm/uuid")).unwrap_or_default();
    if mapping.starts_with("CRYPT-") && !BARE.iter().any(|bare| mapping.starts_with(bare)) {
        return true;
    }
    let below: Vec<PathBuf> =
        fs::read_dir(device.join("slaves")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    !below.is_empty() && below.iter().all(|device| is_encrypted(device))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A device as the kernel shows it, made of others.
    fn device(folder: &Path, name: &str, mapping: Option<&str>, below: &[&str]) {
        let device = folder.join(name);
        fs::create_dir_all(device.join("slaves")).unwrap();
        if let Some(mapping) = mapping {
            fs::create_dir(device.join("dm")).unwrap();
            fs::write(device.join("dm/uuid"), format!("{mapping}\n")).unwrap();
        }
        for other in below {
            symlink(folder.join(other), device.join("slaves").join(other)).unwrap();
        }
    }

    #[test]
    fn a_disk_is_encrypted_where_all_that_it_is_made_of_is() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name, mapping, below: &[&str]| device(folder.path(), name, mapping, below);
        make("sda3", None, &[]);
        make("sdb3", None, &[]);
        make("luks-a", Some("CRYPT-LUKS2-0123-a"), &["sda3"]);
        make("luks-b", Some("CRYPT-LUKS1-4567-b"), &["sdb3"]);
        make("lvm", Some("LVM-89ab"), &["luks-a"]);
        make("md0", None, &["luks-a", "luks-b"]);
        make("md1", None, &["luks-a", "sdb3"]);
        make("plain-lvm", Some("LVM-cdef"), &["sda3"]);
        make("verity", Some("CRYPT-VERITY-0123-c"), &["sda3"]);
        make("verity-on-luks", Some("CRYPT-VERITY-0123-d"), &["luks-a"]);
        let seen = |name: &str| is_encrypted(&folder.path().join(name));
        for name in ["luks-a", "luks-b", "lvm", "md0", "verity-on-luks"] {
            assert!(seen(name), "{name}");
        }
        for name in ["sda3", "md1", "plain-lvm", "verity", "no such device"] {
            assert!(!seen(name), "{name}");
        }
    }

    #[test]
    fn what_is_not_there_is_on_no_encrypted_disk() {
        assert!(!is_seen([PathBuf::from("/proc/no such file")].into_iter()));
    }
}
