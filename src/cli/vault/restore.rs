//! `ringfence vault restore`: a vault brought back from a copy, into a data directory that has none.
//!
//! It can be ended at any moment and asked for again. What is brought back is held to itself and to what was held outside, as
//! `ringfence verify` does it; each recording that the log has and the copy lacks is named.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process::ExitCode,
};

use settings::{CopyPlace, REGION};
use zeroize::Zeroizing;

use super::{
    super::{Outcome, data_dir, has_settings, open_log::OpenLog, say, system, verify},
    hexadecimal,
};
use crate::{
    daemon::Timestamps,
    data_dir::DataDir,
    journal::{self, Act, Audit, IndexReader},
    recorder::{
        self, BucketStore, FileStore, OsRandom, Outside, RestoreError, Restored, Store, is_restored, may_restore,
        store_in,
    },
    s3::{Access, AccessKey, QUIET, S3Reader},
    words::{Language, command::Trouble, vault::Keys},
};

/// Names of a kind that are told; the number says how many there are.
const NAMED: usize = 100;

/// Recordings after which it is said how far it is.
const TOLD_AFTER: u64 = 1000;

/// Options of `vault restore`.
#[derive(Debug)]
pub struct Restore {
    /// The copy's own folder, or the bucket's address with the copy's name behind it.
    pub from: String,
    /// Who signed the store's certificate.
    pub ca: Option<PathBuf>,
    /// The region that signatures name.
    pub region: Option<String>,
    /// The store wants the bucket in the host.
    pub bucket_in_host: bool,
    /// The id of the access key.
    pub id: Option<String>,
    /// A root that was held outside.
    pub root: Option<PathBuf>,
    /// The fingerprint on the sheet.
    pub key: Option<[u8; 32]>,
    /// Why.
    pub reason: String,
}

/// Brings it back, or goes on with it.
pub(super) fn bring_back(asked: &Restore, path: &Path, language: Language) -> Outcome {
    os::leave_no_dump().map_err(system("prctl"))?;
    let root = asked.root.as_deref().map(verify::read_root).transpose()?;
    let outside = Outside { root, fingerprint: asked.key };
    let copy = source(asked, language)?;
    let trouble = |error| trouble(error, asked, path);
    let vault = FileStore::new(&path.join("vault"));
    let id = may_restore(&*copy, &vault, &outside).map_err(trouble)?;
    if has_settings(path) && !is_restored(&vault).map_err(system("vault"))? {
        return Err(trouble(RestoreError::NotEmpty));
    }
    let data = data_dir(path, true, language)?;
    let log = OpenLog::alone(&data)?;
    close_old(&log, &data)?;
    say(&Keys::Restoring { vault: id.to_string(), from: asked.from.clone() }.say(language));
    let object = format!("{id} from {}", asked.from);
    let intent = log.runtime.block_on(log.intend(&data, Act::RestoreVault, &object, &asked.reason))?;
    let mut count = 0;
    // Not within the log's runtime: a bucket is asked by one of its own.
    let restored = recorder::restore(&*copy, &mut FileStore::new(&data.vault()), Box::new(OsRandom), &mut |_| {
        count += 1;
        if count % TOLD_AFTER == 0 {
            say(&Keys::RestoredSoFar { count }.say(language));
        }
    });
    intent.conclude(if restored.is_ok() { journal::Outcome::Done } else { journal::Outcome::Failed });
    // The outcome is on disk before this says how it went.
    let _ = log.runtime.block_on(log.journal.settle());
    let restored = restored.map_err(trouble)?;
    tell(&restored, language);
    let report = recorder::verify(&data.vault(), &outside);
    let report = report.map_err(io::Error::other).map_err(system("vault"))?;
    verify::tell(&report, &data.vault(), language);
    let is_all = restored.foreign.is_empty() && restored.unread.is_empty() && restored.without_halves.is_empty();
    Ok(if is_all && report.is_intact() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One that was ended half-way has told no outcome.
pub(super) fn close_old(log: &OpenLog, data: &DataDir) -> Result<(), Trouble> {
    log.runtime.block_on(async {
        let _ = log.journal.settle().await;
        let audit = Audit::new(log.journal.clone(), Timestamps::of(data).clock());
        let index = IndexReader::open(&data.index());
        let closed = index.and_then(|index| audit.close_old(&index, data.life()));
        closed.map_err(|error| system("index.db")(io::Error::other(error)))
    })
}

fn source(asked: &Restore, language: Language) -> Result<Box<dyn Store>, Trouble> {
    let Some((bucket, name)) = in_bucket(&asked.from) else { return Ok(store_in(Path::new(&asked.from))) };
    let no_copy = || Trouble::NoCopyThere { place: asked.from.clone() };
    let Ok(CopyPlace::Bucket(place)) = bucket.parse::<CopyPlace>() else { return Err(no_copy()) };
    let trusted = match (&asked.ca, place.is_tls) {
        (Some(ca), true) => Some(fs::read(ca).map_err(system(&ca.display().to_string()))?),
        (None, true) => return Err(Trouble::StoreWants { option: "--ca" }),
        (_, false) => None,
    };
    let id = asked.id.as_deref().ok_or(Trouble::StoreWants { option: "--id" })?;
    say(&Keys::AskStoreSecret.say(language));
    let secret = os::read_line_unseen().map(Zeroizing::new).map_err(system("stdin"))?;
    let key = AccessKey::new(id, secret.trim()).map_err(io::Error::other).map_err(system("--id"))?;
    let region = asked.region.clone().unwrap_or_else(|| REGION.to_owned());
    let access = Access {
        host: place.host,
        port: place.port,
        trusted,
        bucket: place.bucket,
        is_in_host: asked.bucket_in_host,
        region,
        key,
        quiet: QUIET,
        lease: None,
    };
    Ok(Box::new(BucketStore::new(S3Reader::new(access, &format!("{name}/")))))
}

/// A bucket's address, and the name of the copy that stands behind it; none where it is no address.
fn in_bucket(from: &str) -> Option<(&str, &str)> {
    let is_address = ["http://", "https://"].iter().any(|scheme| from.starts_with(scheme));
    is_address.then(|| from.trim_end_matches('/').rsplit_once('/')).flatten()
}

fn tell(restored: &Restored, language: Language) {
    let tell = |sentence: Keys| say(&sentence.say(language));
    let Restored { fetched, kept, foreign, unread, without_halves, has_keyring, .. } = restored;
    tell(Keys::Restored { fetched: *fetched, kept: *kept });
    foreign.iter().take(NAMED).for_each(|name| tell(Keys::NotOfThisVault { name: name.clone() }));
    unread.iter().take(NAMED).for_each(|name| tell(Keys::CopyGivesNot { name: name.clone() }));
    if !without_halves.is_empty() {
        let named = without_halves.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        tell(Keys::WithoutHalves { count: without_halves.len(), recordings: named });
    }
    tell(if *has_keyring { Keys::RestoredOpens } else { Keys::RestoredOpensNot });
}

fn trouble(error: RestoreError, asked: &Restore, data: &Path) -> Trouble {
    let (place, path) = (asked.from.clone(), data.display().to_string());
    match error {
        RestoreError::NoCopy => Trouble::NoCopyThere { place },
        RestoreError::NotEmpty => Trouble::VaultThere { path },
        RestoreError::OtherVault => {
            let key = asked.key.map_or_else(|| "-".to_owned(), |key| hexadecimal(&key));
            Trouble::CopyOfAnother { place, path, key }
        }
        RestoreError::OtherLog => Trouble::CopyOfAnotherLog { place },
        RestoreError::Copy(error) => Trouble::CantRead { path: place, why: error.to_string() },
        RestoreError::Disk(error) if error.kind() == ErrorKind::StorageFull => Trouble::RestoreFull { path },
        RestoreError::Disk(error) => system(&path)(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_a_folder_or_stands_behind_its_buckets_address() {
        assert_eq!(in_bucket("/mnt/copy/ringfence-1"), None);
        let both = Some(("https://s3.hospital.example:9000/calls", "ringfence-1"));
        assert_eq!(in_bucket("https://s3.hospital.example:9000/calls/ringfence-1"), both);
        assert_eq!(in_bucket("https://s3.hospital.example:9000/calls/ringfence-1/"), both);
    }
}
