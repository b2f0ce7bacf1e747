//! The event log and the settings of the box, as its copies read them: from the files, past the thread that writes them.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use frame::EventNo;
use settings::Version;

use super::leaves::followed_to;
use crate::{
    changes::{Versions, VersionsError},
    journal::{FileStorage, Stretches},
    recorder::{Books, FileStore},
};

/// Reads on where it has read before.
#[derive(Debug)]
pub struct BoxBooks {
    events: FileStorage,
    stretches: Stretches,
    versions: Versions,
    vault: PathBuf,
}

impl BoxBooks {
    /// Those of a box whose log is in `events`.
    pub fn new(events: &Path, settings: PathBuf, vault: &Path) -> BoxBooks {
        BoxBooks {
            events: FileStorage::new(events),
            stretches: Stretches::default(),
            versions: Versions::in_folder(settings),
            vault: vault.to_owned(),
        }
    }
}

impl Books for BoxBooks {
    fn durable_no(&self) -> io::Result<EventNo> {
        followed_to(&FileStore::new(&self.vault))
    }

    fn events(&mut self, from: EventNo, to: EventNo) -> io::Result<Option<(Vec<u8>, EventNo)>> {
        let stretch = self.stretches.read(&self.events, from, to)?;
        Ok(stretch.map(|stretch| (stretch.octets, stretch.last)))
    }

    fn versions(&self) -> io::Result<BTreeSet<u64>> {
        let versions = self.versions.all().map_err(of_disk)?;
        Ok(versions.into_iter().map(|version| u64::from(version.0)).collect())
    }

    fn settings(&self, version: u64) -> io::Result<Vec<u8>> {
        let version = u32::try_from(version).map_err(|_| io::ErrorKind::NotFound)?;
        Ok(self.versions.read(Version(version)).map_err(of_disk)?.into_bytes())
    }
}

fn of_disk(error: VersionsError) -> io::Error {
    io::Error::new(error.why.kind(), error.to_string())
}
