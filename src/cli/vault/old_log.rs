//! `ringfence vault open-log`: the event log and the settings of a box that is gone, out of what was brought back of its copy.
//!
//! They are written into `old-box/` of the data directory, apart from the log of the archive itself: that one has who opened what since
//! the box was lost, and its numbers begin with 1 again. What is written is held to itself and to the leaves, and what lacks is named.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use frame::EventNo;
use vault::{ChapterHead, ChapterKind};

use super::{
    super::{Outcome, data_dir, open_log::OpenLog, say, system},
    Paper,
    restore::close_old,
    trouble,
};
use crate::{
    daemon::{HeldToLeaves, ReckonedWhole, hold_to_leaves, reckon_whole},
    data_dir::{DataDir, index_of},
    journal::{self, Act, Rebuilt, derive_index, log_file},
    recorder::{ChapterShut, FileStore, HomeError, Opener, Unlock, identity, is_restored, open_chapters},
    words::{
        Language,
        command::{Running, Trouble},
        reckoning::Reckoning,
        vault::{Keys, leaf},
    },
};

/// Where it is written, in the data directory.
const OLD_BOX: &str = "old-box";

/// Of a kind so many are named; the number says how many there are.
const NAMED: usize = 100;

/// Opens them.
pub(super) fn open_log(by_shares: bool, reason: &str, path: &Path, language: Language) -> Outcome {
    os::leave_no_dump().map_err(system("prctl"))?;
    let data = data_dir(path, false, language)?;
    let store = FileStore::new(&data.vault());
    if !is_restored(&store).map_err(system("vault"))? {
        return Err(Trouble::NotBroughtBack { path: path.display().to_string() });
    }
    let into = data.path().join(OLD_BOX);
    if fs::symlink_metadata(&into).is_ok() {
        return Err(Trouble::FileThere { path: into.display().to_string() });
    }
    let opener = opener(&data, by_shares, language)?;
    let log = OpenLog::alone(&data)?;
    close_old(&log, &data)?;
    let id = identity(&store).map_err(|error| trouble(&error, path))?.certificate.vault;
    let intent = log.runtime.block_on(log.intend(&data, Act::RestoreVault, &format!("{id}, event log"), reason))?;
    let written = Written::write(&data, &opener, &into);
    intent.conclude(if written.is_ok() { journal::Outcome::Done } else { journal::Outcome::Failed });
    // The outcome is on disk before this says how it went.
    let _ = log.runtime.block_on(log.journal.settle());
    let written = written.map_err(|error| trouble(&error, path))?;
    written.tell(&into, language);
    Ok(if written.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn opener(data: &DataDir, by_shares: bool, language: Language) -> Result<Opener, Trouble> {
    let store = Box::new(FileStore::new(&data.vault()));
    let opened = if by_shares {
        let paper = Paper(language);
        Opener::unlock(store, &Unlock::Shares(&[paper.share(1)?, paper.share(2)?]))
    } else {
        say(&Running::AskPassphrase.say(language));
        let typed = zeroize::Zeroizing::new(os::read_line_unseen().map_err(system("stdin"))?);
        Opener::new(store, typed.as_bytes())
    };
    opened.map_err(|error| trouble(&error, data.path()))
}

/// What was written, and what it was held to.
struct Written {
    settings: u64,
    shut: Vec<(String, ChapterShut)>,
    rebuilt: Rebuilt,
    held: HeldToLeaves,
    reckoned: ReckonedWhole,
}

impl Written {
    /// Writes it beside its place; nothing stands there before all of it does.
    fn write(data: &DataDir, opener: &Opener, into: &Path) -> Result<Written, HomeError> {
        let part = into.with_extension("part");
        match fs::remove_dir_all(&part) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let (events, of_settings) = (part.join("events"), part.join("settings"));
        for dir in [&events, &of_settings] {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let mut settings = 0;
        let shut = open_chapters(&FileStore::new(&data.vault()), opener, &mut |head, content| {
            settings += u64::from(head.kind == ChapterKind::Settings);
            let (path, octets) = file_of(head, content, &events, &of_settings);
            write_durably(&path, octets.as_deref().unwrap_or(content))
        })?;
        let other = |error| HomeError::Disk(io::Error::other(error));
        let rebuilt = derive_index(&events, &index_of(&part)).map_err(other)?;
        let held = hold_to_leaves(&FileStore::new(&data.vault()), &events)?;
        let reckoned = reckon_whole(&data.vault(), &index_of(&part)).map_err(io::Error::other)?;
        fs::rename(&part, into)?;
        File::open(data.path())?.sync_all()?;
        Ok(Written { settings, shut, rebuilt, held, reckoned })
    }

    fn is_whole(&self) -> bool {
        let Rebuilt { met, .. } = &self.rebuilt;
        let is_all = met.missing == 0 && met.damages.is_empty() && self.shut.is_empty();
        is_all && self.held.without.is_empty() && self.reckoned.differ.is_empty()
    }

    fn tell(&self, into: &Path, language: Language) {
        let tell = |sentence: Keys| say(&sentence.say(language));
        let (path, met) = (into.display().to_string(), &self.rebuilt.met);
        tell(Keys::OldLogOpened { path, events: met.records, settings: self.settings });
        if met.missing > 0 {
            tell(Keys::OldLogMissing { count: met.missing });
        }
        self.shut.iter().take(NAMED).for_each(|(name, why)| {
            let name = name.clone();
            tell(match why {
                ChapterShut::Damaged(_) => Keys::OldLogDamaged { name },
                ChapterShut::Sealed(_) => Keys::OldLogSealed { name },
            });
        });
        let HeldToLeaves { leaves, without } = &self.held;
        if without.is_empty() {
            tell(Keys::OldLogHeld { leaves: *leaves });
        } else {
            let named = without.iter().take(NAMED).map(|of| leaf(of, language)).collect::<Vec<_>>().join(", ");
            tell(Keys::OldLogWithout { leaves: *leaves, count: without.len(), named });
        }
        if self.reckoned.differ.is_empty() {
            return say(&Reckoning::SaysTheSame.say(language));
        }
        say(&Reckoning::Differs { count: self.reckoned.differ.len() as u64 }.say(language));
        self.reckoned.differ.iter().take(NAMED).for_each(|call| say(&call.to_string()));
    }
}

/// The file of a chapter, and its octets where they are not the chapter's own.
fn file_of(head: &ChapterHead, content: &[u8], events: &Path, settings: &Path) -> (PathBuf, Option<Vec<u8>>) {
    match head.kind {
        ChapterKind::Settings => (settings.join(format!("{:06}.toml", head.no)), None),
        ChapterKind::Events => {
            let (name, octets) = log_file(EventNo(head.first), content);
            (events.join(name), Some(octets))
        }
    }
}

/// A new file that nobody else reads.
fn write_durably(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}
