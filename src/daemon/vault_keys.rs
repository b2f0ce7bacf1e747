//! What the log is told of the vault's keys, and the end of the birth key.
//!
//! The keyring is in its place before the log hears of it, and the birth key goes after that: whatever dies on the way, the
//! next start tells what was not told, and takes away what is left.

use std::{
    io,
    path::{Path, PathBuf},
};

use base16ct::lower::encode_string;
use vault::Hash;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, IndexReader, JournalHandle},
    recorder::{FileStore, Home, birth_key_is_left, destroy_birth_key},
};

/// Tells the log which key the vault uses from now on, and takes the birth key away where a ceremony left it.
///
/// # Errors
/// Where log or vault can't be written: all of it can be done again.
pub async fn tell_new_key(journal: &JournalHandle, vault: &Path, timestamps: Timestamps) -> io::Result<()> {
    let mut store = FileStore::new(vault);
    let home = Home::open(&store).map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
    let Some(keyring) = home.keyring() else { return Ok(()) };
    tell(journal, timestamps, &keyring.certificate().fingerprint(), false).await?;
    if birth_key_is_left(&store)? {
        tell(journal, timestamps, &home.birth_fingerprint(), true).await?;
        destroy_birth_key(&mut store).map_err(io::Error::other)?;
    }
    Ok(())
}

/// Finishes a change of keys that died before the log knew the newest one, or before the birth key was gone.
pub(super) async fn finish_change(journal: JournalHandle, vault: PathBuf, index: PathBuf, timestamps: Timestamps) {
    let finished = match is_cut_off(&journal, &vault, index).await {
        Ok(true) => tell_new_key(&journal, &vault, timestamps).await,
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = finished {
        tracing::error!(%error, "a change of the vault's keys can't be finished, or nobody can say whether it is");
    }
}

/// Whether there is something to finish. The index is asked and not the leaves, which follow the same log: it answers at
/// once, and they are read from their beginning.
async fn is_cut_off(journal: &JournalHandle, vault: &Path, index: PathBuf) -> io::Result<bool> {
    let store = FileStore::new(vault);
    if birth_key_is_left(&store)? {
        return Ok(true);
    }
    let home = Home::open(&store).map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
    let Some(keyring) = home.keyring() else { return Ok(false) };
    let newest = encode_string(&keyring.certificate().fingerprint());
    // The index has caught up with the log then.
    journal.settle().await.map_err(io::Error::other)?;
    let knows = move || IndexReader::open(&index).and_then(|index| index.knows_key(&newest));
    let known = tokio::task::spawn_blocking(knows).await.map_err(io::Error::other)?;
    known.map(|known| !known).map_err(io::Error::other)
}

/// Raises the alarm that new keys are due. Keys change while the box is stopped, so a start is when that can begin or end.
pub(super) fn tell_due(journal: &JournalHandle, home: &Home, timestamps: Timestamps) {
    if home.keyring().is_some_and(|keyring| !keyring.removed().is_empty()) {
        journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm: Alarm::RotationDue });
    }
}

async fn tell(journal: &JournalHandle, timestamps: Timestamps, certificate: &Hash, destroyed: bool) -> io::Result<()> {
    let event = BoxEvent::VaultKey { certificate: encode_string(certificate), destroyed };
    let durable = journal.append_durable(timestamps.now(), event).await;
    durable.map_err(io::Error::other)?.map_err(|_| io::Error::other("the event log takes nothing"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use frame::PersonId;
    use vault::{Cost, Seeded};

    use super::*;
    use crate::{
        daemon::start_log,
        data_dir::DataDir,
        journal::AuditOf,
        recorder::{Ceremony, Making, NewHolder, Unlock, rotate},
    };

    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };
    const CODE: &[u8] = b"4711-0815";
    const HOLDER: NewHolder<'_> = NewHolder { person: PersonId(11), passphrase: "one two three" };

    /// A box is started and stopped; what its log says of keys then, oldest first.
    fn started(path: &Path) -> Vec<(String, bool)> {
        let data = DataDir::open(path, true, "boot").unwrap();
        let (journal, thread) = start_log(&data).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            finish_change(journal.clone(), data.vault(), data.index(), Timestamps::of(&data)).await;
            journal.settle().await.unwrap();
        });
        let index = IndexReader::open(&data.index()).unwrap();
        let mut told: Vec<_> = index.audit(AuditOf::Everything, None, 100).unwrap().iter().filter_map(key_of).collect();
        told.reverse();
        journal.stop();
        thread.join().unwrap();
        told
    }

    fn key_of(entry: &crate::journal::AuditEntry) -> Option<(String, bool)> {
        match entry.record.event() {
            Some(crate::journal::Event::Box(BoxEvent::VaultKey { certificate, destroyed })) => {
                Some((certificate.clone(), *destroyed))
            }
            _ => None,
        }
    }

    #[test]
    fn a_start_tells_the_log_of_a_key_that_nobody_told_it_of_and_tells_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let (data, now) = (DataDir::open(folder.path(), true, "boot").unwrap(), Default::default());
        let (mut store, mut random) = (FileStore::new(&data.vault()), Seeded::new(1));
        drop(data);
        let home = Home::create(&mut store, CODE, QUICK, now, &mut random).unwrap();
        assert_eq!(started(folder.path()), [], "before the ceremony there is nothing to tell");

        // The ceremony dies when the keyring is in its place, and so does a rotation.
        let mut making = Making { cost: QUICK, now, random: &mut random };
        let ceremony = Ceremony::prepare(&store, CODE, &[HOLDER], &mut making).unwrap();
        let first = encode_string(&ceremony.commit(&mut store).unwrap().certificate().fingerprint());
        let mut told = vec![(first, false), (encode_string(&home.birth_fingerprint()), true)];
        assert_eq!(started(folder.path()), told);
        assert_eq!(started(folder.path()), told, "once");
        let unlock = Unlock::Passphrase { person: Some(HOLDER.person), typed: HOLDER.passphrase };
        let keyring = rotate(&mut store, &unlock, &[], &mut making).unwrap();
        told.push((encode_string(&keyring.certificate().fingerprint()), false));
        assert_eq!(started(folder.path()), told);
        assert_eq!(started(folder.path()), told, "once");
    }
}
