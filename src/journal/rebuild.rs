//! Deriving the whole index again from the log: `ringfence rebuild`.

use std::{fs, io, path::Path};

use frame::EventNo;

use super::{CaughtUp, FileStorage, FollowError, Projection, Reader, catch_up, projection::with_suffix};
use crate::data_dir::DataDir;

/// What a rebuild met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Records, missing numbers and damaged stretches of the log.
    pub met: CaughtUp,
    /// Events that this version does not know.
    pub unknown: u64,
}

/// Derives the index again, beside the old one, and then puts it in the old one's place. The directory's lock keeps the
/// daemon away meanwhile.
pub fn rebuild(dir: &DataDir) -> Result<Rebuilt, FollowError> {
    let path = dir.index();
    let part = with_suffix(&path, ".part");
    remove(&part)?;
    let rebuilt = derive(&dir.events(), &part, known(&path))?;
    remove(&path)?;
    fs::rename(&part, &path)?;
    Ok(rebuilt)
}

/// Makes an index at `index`, where there is none, of the log in `events`.
///
/// # Errors
/// The disk's, or what is wrong with the index.
pub fn derive_index(events: &Path, index: &Path) -> Result<Rebuilt, FollowError> {
    derive(events, index, Known::default())
}

/// The last event that the old index had, and which of its events the log has lost and not told: the next start has to know.
fn known(path: &Path) -> Known {
    let old = path.exists().then(|| Projection::open(path));
    old.and_then(Result::ok)
        .map_or_else(Known::default, |old| Known { had: old.known_no(), gone: old.gone().ok().flatten() })
}

#[derive(Default)]
struct Known {
    had: EventNo,
    gone: Option<(EventNo, EventNo)>,
}

/// Makes an index of the log in `events`. When this returns SQLite has folded its own log into the one file.
fn derive(events: &Path, path: &Path, Known { had, gone }: Known) -> Result<Rebuilt, FollowError> {
    let storage = FileStorage::new(events);
    let mut index = Projection::open(path)?;
    index.remember(had, gone)?;
    let met = catch_up(&mut index, Reader::new(&storage, EventNo(1))?)?;
    Ok(Rebuilt { met, unknown: index.unknown_count()? })
}

fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        match fs::remove_file(with_suffix(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{
        BoxEvent, IndexReader, JournalConfig, Limits,
        sample::{queued_call_no, stamp},
        start,
    };

    #[test]
    fn a_rebuilt_index_equals_the_one_that_grew() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::open(temp.path(), true, "boot").unwrap();
        let config = JournalConfig {
            events: dir.events(),
            index: dir.index(),
            life: dir.life(),
            limits: Limits { segment_octets: 1 << 16, ..Limits::default() },
            leaves: None,
            clock: Box::new(|| stamp(0)),
        };
        let (journal, thread) = start(config).unwrap();
        for (ms, event) in (1..=200).flat_map(|no| queued_call_no(no, 100 * u64::from(no))) {
            journal.append(stamp(ms), event);
        }
        journal.append(stamp(99_000), BoxEvent::Stopped);
        journal.stop();
        thread.join().unwrap();
        let had = |dir: &DataDir| Projection::open(&dir.index()).unwrap().known_no();
        let rows = |dir: &DataDir| {
            let reader = IndexReader::open(&dir.index()).unwrap();
            (reader.past_calls(None, 999).unwrap(), reader.past_events(None, 9999).unwrap(), reader.last_no().unwrap())
        };
        let grown = rows(&dir);
        assert_eq!(grown.0.len(), 200);
        let (rebuilt, knew) = (rebuild(&dir).unwrap(), had(&dir));
        assert_eq!(rebuilt.met, CaughtUp { records: 200 * 16 + 1, missing: 0, damages: vec![] });
        assert_eq!(rows(&dir), grown);
        // Where the log then loses its end, the index is not the one that has forgotten it.
        fs::remove_dir_all(dir.events()).unwrap();
        fs::create_dir(dir.events()).unwrap();
        rebuild(&dir).unwrap();
        assert_eq!((had(&dir), IndexReader::open(&dir.index()).unwrap().last_no().unwrap()), (knew, EventNo(0)));
        assert!(!with_suffix(&dir.index(), ".part").exists() && !with_suffix(&dir.index(), ".part-wal").exists());
    }
}
