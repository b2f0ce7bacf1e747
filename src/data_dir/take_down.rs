//! Taking a data directory down: nothing that it holds is left, and first of all nothing that opens anything.
//!
//! From a mark on, which is durable first, nothing starts on the directory but the rest of this: a power cut on the way leaves no
//! box that has half its keys. Directories may be other disks: these are emptied and stay.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use nix::fcntl::Flock;

use super::{DataDir, DataDirError, LOCK_FILE, STARTS_FILE, VERSION_FILE, at, lock, sync_directory, write_durably};

/// Stands there while the directory is taken down.
const MARK: &str = "reset";

/// Rooms whose files are, or open, keys.
const OF_KEYS: [&str; 2] = ["keys", "vault"];

/// What of the vault is ciphertext, hashes and signatures: too much to be written over, and nothing without the keys.
const BULK: [&str; 5] = ["objects", "segments", "staged", "leaves", "incoming"];

/// Goes last, in this order: without the lock another one could begin, and without the mark a start.
const LAST: [&str; 4] = [STARTS_FILE, VERSION_FILE, MARK, LOCK_FILE];

/// A directory that is being taken down.
#[derive(Debug)]
pub struct TakeDown {
    path: std::path::PathBuf,
    _lock: Flock<File>,
}

impl DataDir {
    /// Begins to take it down. Nothing is deleted yet, and there is no way back.
    ///
    /// # Errors
    /// The disk's; then nothing has begun.
    pub fn take_down(self) -> Result<TakeDown, DataDirError> {
        write_durably(&self.path, "reset.part", MARK, "")?;
        Ok(TakeDown { path: self.path, _lock: self._lock })
    }
}

impl TakeDown {
    /// Goes on with one that was begun and cut short. None where none was.
    ///
    /// # Errors
    /// When another process has the directory, or the disk's.
    pub fn begun(path: &Path) -> Result<Option<TakeDown>, DataDirError> {
        if !is_begun(path) {
            return Ok(None);
        }
        let lock = lock(path)?;
        Ok(Some(TakeDown { path: path.to_owned(), _lock: lock }))
    }

    /// Deletes all that is there. What is a key, or opens one, is written over and flushed first, and goes before everything else.
    ///
    /// # Errors
    /// The disk's, naming the file; the next try goes on.
    pub fn finish(self) -> Result<(), DataDirError> {
        for room in OF_KEYS.map(|room| self.path.join(room)) {
            let is_bulk = |name: &Path| BULK.iter().any(|bulk| name == room.join(bulk));
            each(&room, &mut |path| if is_bulk(path) { Ok(()) } else { wipe(path) })?;
        }
        each(&self.path, &mut |path| {
            let is_last = LAST.iter().any(|last| path == self.path.join(last));
            if is_last { Ok(()) } else { remove(path) }
        })?;
        // All of it is gone before the mark is.
        sync_directory(&self.path)?;
        for path in LAST.map(|last| self.path.join(last)) {
            gone(fs::remove_file(&path)).map_err(at(&path))?;
            sync_directory(&self.path)?;
        }
        Ok(())
    }
}

pub(super) fn is_begun(path: &Path) -> bool {
    path.join(MARK).exists()
}

fn each(dir: &Path, act: &mut dyn FnMut(&Path) -> Result<(), DataDirError>) -> Result<(), DataDirError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(at(dir))?,
    };
    for entry in entries {
        act(&entry.map_err(at(dir))?.path())?;
    }
    Ok(())
}

/// Writes zeroes over a file, or over all files below a directory, and deletes them.
fn wipe(path: &Path) -> Result<(), DataDirError> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
        write_over(path).map_err(at(path))?;
        return fs::remove_file(path).map_err(at(path));
    }
    each(path, &mut wipe)
}

fn write_over(path: &Path) -> io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    let octets = file.metadata()?.len();
    io::copy(&mut io::Read::take(io::repeat(0), octets), &mut file)?;
    file.flush()?;
    file.sync_all()
}

/// Deletes a file, or a directory with all below it. One that is another disk, or a link to one, stays, empty.
fn remove(path: &Path) -> Result<(), DataDirError> {
    if !fs::metadata(path).is_ok_and(|found| found.is_dir()) {
        return gone(fs::remove_file(path)).map_err(at(path));
    }
    each(path, &mut remove)?;
    sync_directory(path)?;
    match fs::remove_dir(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::NotADirectory) => Ok(()),
        removed => gone(removed).map_err(at(path)),
    }
}

/// What is not there any more is no error: an earlier try was cut short.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Names below a directory, in order.
    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn filled(path: &Path) -> DataDir {
        let data = DataDir::open(path, true, "boot").unwrap();
        fs::write(data.keys().join("mail"), "secret").unwrap();
        fs::create_dir_all(data.vault().join("objects/aa")).unwrap();
        fs::write(data.vault().join("objects/aa/one"), "ciphertext").unwrap();
        fs::write(data.vault().join("keyring"), "slots").unwrap();
        fs::write(data.index(), "index").unwrap();
        data
    }

    #[test]
    fn nothing_is_left_and_the_next_start_finds_an_empty_place() {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).take_down().unwrap().finish().unwrap();
        assert_eq!(names(folder.path()), Vec::<String>::new());
        assert_eq!(DataDir::open(folder.path(), true, "boot").unwrap().life(), frame::LifeNo(1));
    }

    #[test]
    fn what_was_cut_short_starts_no_box_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(TakeDown::begun(path).unwrap().is_none());
        drop(filled(path).take_down().unwrap());
        // The power went just before the mark did: of the rest nothing is left.
        for left in [vec!["VERSION", "starts"], vec![]] {
            for create in [false, true] {
                let refused = DataDir::open(path, create, "boot").unwrap_err();
                assert!(matches!(refused, DataDirError::TakenDown(_)), "{refused}");
            }
            for name in left {
                fs::remove_file(path.join(name)).unwrap();
            }
        }
        TakeDown::begun(path).unwrap().unwrap().finish().unwrap();
        assert_eq!(names(path), Vec::<String>::new());
    }

    #[test]
    fn a_key_is_written_over_before_its_name_goes() {
        let folder = tempfile::tempdir().unwrap();
        let data = filled(folder.path());
        // Another name of the same file shows what became of its octets.
        let kept = tempfile::tempdir().unwrap();
        let linked = |path: std::path::PathBuf| {
            let other = kept.path().join(path.file_name().unwrap());
            fs::hard_link(path, &other).unwrap();
            other
        };
        let [mail, keyring] = [data.keys().join("mail"), data.vault().join("keyring")].map(linked);
        data.take_down().unwrap().finish().unwrap();
        assert_eq!((fs::read(mail).unwrap(), fs::read(keyring).unwrap()), (vec![0; 6], vec![0; 5]));
    }

    #[test]
    fn a_room_on_another_disk_is_emptied_and_its_link_stays() {
        let (folder, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let data = filled(folder.path());
        fs::write(disk.path().join("trace"), "frames").unwrap();
        fs::remove_dir(data.traces()).unwrap();
        symlink(disk.path(), data.traces()).unwrap();
        data.take_down().unwrap().finish().unwrap();
        assert_eq!((names(folder.path()), names(disk.path())), (vec!["traces".to_owned()], vec![]));
    }
}
