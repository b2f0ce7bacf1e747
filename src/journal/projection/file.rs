//! The index's file: opened when the disk lets it, put aside when it is damaged.
//!
//! The box starts, and calls go on, whether or not there is an index.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use frame::{EventNo, Utc};

use super::{Projection, check_on_disk};
use crate::journal::{FollowError, Follower, Record, Storage, utc_text::utc_file_text};

/// The index of a log as a file.
#[derive(Debug)]
pub struct IndexFile<S> {
    path: PathBuf,
    /// The log, to see whether the index was derived from it.
    log: S,
    index: Option<Projection>,
    /// A reader met damage. The writer need not: what it wrote is still in its memory.
    doubted: bool,
    /// Records that it had and the log has not: to be told in this life.
    gone: Option<(EventNo, EventNo)>,
}

impl<S: Storage> IndexFile<S> {
    /// The index at `path` of the log in `log`. It is opened, or made, by [`Follower::ready`].
    pub fn new(path: &Path, log: S) -> IndexFile<S> {
        IndexFile { path: path.to_owned(), log, index: None, doubted: false, gone: None }
    }
}

impl<S: Storage + Send> Follower for IndexFile<S> {
    fn ready(&mut self) -> Result<(), FollowError> {
        if self.index.is_none() {
            let mut index = Projection::open(&self.path)?;
            index.check_against(&self.log)?;
            self.gone = self.gone.or(index.gone()?);
            self.index = Some(index);
        } else if self.doubted {
            check_on_disk(&self.path)?;
        }
        self.doubted = false;
        Ok(())
    }

    fn doubt(&mut self) {
        self.doubted = true;
    }

    fn last_no(&self) -> EventNo {
        self.index.as_ref().map_or(EventNo(0), Projection::last_no)
    }

    fn known_no(&mut self) -> EventNo {
        // What does not open yet is asked again when it follows.
        let _ = self.ready();
        self.index.as_ref().map_or(EventNo(0), Projection::known_no)
    }

    fn take_gone(&mut self) -> Option<(EventNo, EventNo)> {
        self.gone.take()
    }

    fn follow(&mut self, records: &[Record]) -> Result<(), FollowError> {
        self.ready()?;
        self.index.as_mut().map_or(Ok(()), |index| index.follow(records))
    }

    fn start_over(&mut self, now: Utc) -> Result<Option<String>, FollowError> {
        // The damaged file is let go of before it gets its other name.
        (self.index, self.doubted) = (None, false);
        Ok(Some(set_aside(&self.path, now)?))
    }
}

/// Gives the index and SQLite's files beside it another name.
fn set_aside(path: &Path, now: Utc) -> io::Result<String> {
    let kept_in = name_aside(path, now);
    for suffix in ["", "-wal", "-shm"] {
        let from = with_suffix(path, suffix);
        if from.exists() {
            fs::rename(&from, with_suffix(&kept_in, suffix))?;
        }
    }
    Ok(kept_in.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// A name that nothing has yet.
fn name_aside(path: &Path, now: Utc) -> PathBuf {
    let base = with_suffix(path, &format!(".damaged-{}", utc_file_text(now)));
    let mut name = base.clone();
    let mut again = 1;
    while name.exists() {
        again += 1;
        name = with_suffix(&base, &format!("-{again}"));
    }
    name
}

/// `path` with more at the end of its name.
pub(in crate::journal) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{
        IndexReader, MemoryStorage,
        sample::{CALL, queued_call, records, stamp},
    };

    #[test]
    fn a_damaged_index_is_put_aside_and_never_deleted() {
        for (from, to) in [(0, 16), (4096, 8192)] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("index.db");
            Projection::open(&path).unwrap().follow(&records(queued_call())).unwrap();
            let mut damaged = fs::read(&path).unwrap();
            damaged[from..to].fill(0xff);
            fs::write(&path, &damaged).unwrap();
            let mut index = IndexFile::new(&path, MemoryStorage::new());
            assert!(matches!(index.ready(), Err(FollowError::Damaged(_))));
            let kept_in = index.start_over(stamp(1000).utc).unwrap().unwrap();
            assert_eq!(kept_in, "index.db.damaged-20261123T195437Z");
            assert_eq!(fs::read(dir.path().join(kept_in)).unwrap(), damaged);
            assert_eq!(index.last_no(), EventNo(0));
            index.follow(&records(queued_call())).unwrap();
            assert!(IndexReader::open(&path).unwrap().call(CALL).unwrap().is_some());
        }
    }

    #[test]
    fn damage_under_the_writer_is_met_when_it_is_doubted_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index.db");
        let mut index = IndexFile::new(&path, MemoryStorage::new());
        index.follow(&records(queued_call())).unwrap();
        index.doubt();
        index.ready().unwrap();
        for file in [path.clone(), with_suffix(&path, "-wal")] {
            let octets = fs::metadata(&file).unwrap().len() as usize;
            let file = fs::OpenOptions::new().write(true).open(file).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, &vec![0xa5; octets], 0).unwrap();
        }
        index.ready().unwrap();
        index.doubt();
        assert!(matches!(index.ready(), Err(FollowError::Damaged(_))));
        index.start_over(stamp(1000).utc).unwrap();
        index.follow(&records(queued_call())).unwrap();
        assert!(IndexReader::open(&path).unwrap().call(CALL).unwrap().is_some());
    }

    #[test]
    fn two_damaged_in_one_second_are_both_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index.db");
        let mut index = IndexFile::new(&path, MemoryStorage::new());
        let kept: Vec<Option<String>> = ["first", "second"]
            .map(|text| {
                fs::write(&path, text).unwrap();
                index.start_over(stamp(1000).utc).unwrap()
            })
            .into();
        assert_ne!(kept[0], kept[1]);
        for (kept_in, text) in kept.into_iter().zip(["first", "second"]) {
            assert_eq!(fs::read_to_string(dir.path().join(kept_in.unwrap())).unwrap(), text);
        }
    }

    #[test]
    fn an_index_that_can_not_be_made_yet_is_made_later() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("room/index.db");
        let mut index = IndexFile::new(&path, MemoryStorage::new());
        assert!(matches!(index.follow(&records(queued_call())), Err(FollowError::Failed(_))));
        fs::create_dir(dir.path().join("room")).unwrap();
        index.follow(&records(queued_call())).unwrap();
        assert_eq!(index.last_no(), EventNo(16));
    }
}
