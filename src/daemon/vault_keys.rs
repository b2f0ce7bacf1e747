//! What the log is told of the vault's keys, what a start holds them to, and the end of the birth key.
//!
//! The log hears of a keyring before it is in its place and after it, and the birth key goes last: whatever dies on the way,
//! the next start finds what the log knows, tells what was not told, and takes away what is left. A keyring that the log
//! does not know is sealed for by nobody: what is recorded then is for the recovery key that the log knows.

use std::{
    io,
    path::{Path, PathBuf},
};

use base16ct::lower::encode_string;
use vault::{Hash, Keyring, KeyringName, KeysStanding, SignedCertificate, ToldKeys};

use super::{
    StartError, Timestamps,
    leaves::{certificate, leaf_of},
};
use crate::{
    journal::{Alarm, BoxEvent, Event, FollowError, IndexReader, JournalHandle},
    recorder::{
        FileStore, Home, HomeError, KEYRING, NewKeys, SealFor, birth_key_is_left, remove_birth_key, wipe_birth_key,
    },
};

/// What the log was told of the vault's keys, as the index has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysTold {
    /// Of keys and keyrings.
    pub keys: ToldKeys,
    /// The recovery certificate of the keyring that is in its place; none before the ceremony.
    pub recovery: Option<SignedCertificate>,
}

/// Reads it. The index is asked and not the leaves, which follow the same log: it answers at once, and they are read from
/// their beginning.
///
/// # Errors
/// The index's.
pub fn keys_told(index: &Path) -> Result<KeysTold, FollowError> {
    let mut told = KeysTold::default();
    for record in IndexReader::open(index)?.vault_keys()? {
        let Some(event) = record.event() else { continue };
        leaf_of(event, &record).iter().for_each(|leaf| told.keys.note(leaf));
        if let Event::Box(BoxEvent::VaultKeyring { recovery, placed: true, .. }) = event {
            told.recovery = certificate(recovery);
        }
    }
    Ok(told)
}

/// Whether a witness says that the vault was set back, as far as the last life of the box knew.
///
/// # Errors
/// The index's.
pub fn was_set_back(index: &Path) -> Result<bool, FollowError> {
    let alarms = IndexReader::open(index)?.alarms()?;
    Ok(alarms.iter().any(|open| matches!(open.alarm, Alarm::SetBack { .. })))
}

/// For whom this start seals; raises an alarm where the keyring is not the log's. Where the index can't be read it is the
/// keyring as it stands there, with the same alarm: nobody can say better, and no audio is lost.
///
/// # Errors
/// [`HomeError::Missing`] where there is no key at all, and the log knows none.
pub(super) fn seal_for(
    journal: &JournalHandle,
    home: &Home,
    data: (&Path, &Path),
    timestamps: Timestamps,
) -> Result<SealFor, StartError> {
    let (vault, index) = data;
    let told = keys_told(index);
    let (seal_for, differs) = match &told {
        Ok(told) => {
            let (seal_for, fault) = home.seal_for_told(&told.keys, told.recovery.as_ref());
            let slotless = told.keys.hold(home.keyring()) == Ok(KeysStanding::WithoutSlots);
            (seal_for, fault.is_some() || slotless)
        }
        Err(error) => {
            tracing::error!(%error, "the vault's keys can't be held to the log: the index can't be read");
            (home.seal_for(), true)
        }
    };
    if home.keyring().is_none() && !differs && !Home::has_birth_key(&FileStore::new(vault)).map_err(HomeError::Disk)? {
        return Err(HomeError::Missing(KEYRING).into());
    }
    if differs {
        tracing::error!("the vault's keyring is not the one that the log knows");
        journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm: Alarm::VaultKeysDiffer });
    }
    Ok(seal_for)
}

/// Puts new keys in their place: the log knows of them before and after. Gives whether the log knows the end, too; where
/// it does not, the next start tells it.
///
/// # Errors
/// Where the log or the vault can't be written, and nothing has changed.
pub async fn change_keys(
    journal: &JournalHandle,
    vault: &Path,
    timestamps: Timestamps,
    new: NewKeys,
) -> Result<(Keyring, io::Result<()>), HomeError> {
    tell_keyring(journal, timestamps, new.keyring(), false).await?;
    let keyring = new.put(&mut FileStore::new(vault))?;
    let told = tell_end(journal, vault, timestamps).await;
    Ok((keyring, told))
}

/// Tells the log which keyring is in its place and which key the vault uses from now on, and takes the birth key away
/// where a ceremony left it.
async fn tell_end(journal: &JournalHandle, vault: &Path, timestamps: Timestamps) -> io::Result<()> {
    let mut store = FileStore::new(vault);
    let home = Home::open(&store).map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
    let Some(keyring) = home.keyring() else { return Ok(()) };
    tell(journal, timestamps, key_event(&keyring.certificate().fingerprint(), false)).await?;
    tell_keyring(journal, timestamps, keyring, true).await?;
    if birth_key_is_left(&store)? {
        // Written over before the log says that it is destroyed: what says so must be true.
        wipe_birth_key(&mut store).map_err(io::Error::other)?;
        tell(journal, timestamps, key_event(&home.birth_fingerprint(), true)).await?;
        remove_birth_key(&mut store).map_err(io::Error::other)?;
    }
    Ok(())
}

/// Finishes a change of keys that died before the log knew its end, or before the birth key was gone. Keys that are not the
/// log's are left as they are.
pub async fn finish_change(journal: JournalHandle, vault: PathBuf, index: PathBuf, timestamps: Timestamps) {
    let finished = match is_cut_off(&journal, &vault, index).await {
        Ok(true) => tell_end(&journal, &vault, timestamps).await,
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = finished {
        tracing::error!(%error, "a change of the vault's keys can't be finished, or nobody can say whether it is");
    }
}

/// Whether there is something to finish.
async fn is_cut_off(journal: &JournalHandle, vault: &Path, index: PathBuf) -> io::Result<bool> {
    let store = FileStore::new(vault);
    let home = Home::open_to_record(&store).map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
    let Some(keyring) = home.keyring() else { return Ok(false) };
    // The index has caught up with the log then.
    journal.settle().await.map_err(io::Error::other)?;
    let told = tokio::task::spawn_blocking(move || keys_told(&index)).await.map_err(io::Error::other)?;
    let told = told.map_err(io::Error::other)?.keys;
    Ok(match told.hold(Some(keyring)) {
        Ok(KeysStanding::CutOff) => true,
        Ok(KeysStanding::AsTold) => told.is_under_way() || birth_key_is_left(&store)?,
        Ok(KeysStanding::WithoutSlots) | Err(_) => false,
    })
}

/// Raises the alarm that new keys are due. Keys change while the box is stopped, so a start is when that can begin or end.
pub(super) fn tell_due(journal: &JournalHandle, home: &Home, timestamps: Timestamps) {
    if home.keyring().is_some_and(|keyring| !keyring.removed().is_empty()) {
        journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm: Alarm::RotationDue });
    }
}

fn key_event(certificate: &Hash, destroyed: bool) -> BoxEvent {
    BoxEvent::VaultKey { certificate: encode_string(certificate), destroyed }
}

async fn tell_keyring(
    journal: &JournalHandle,
    timestamps: Timestamps,
    keyring: &Keyring,
    placed: bool,
) -> io::Result<()> {
    let KeyringName { whole, without_slots, .. } = keyring.name();
    let [keyring, without_slots, recovery] =
        [&whole[..], &without_slots[..], &keyring.recovery().emit()].map(encode_string);
    tell(journal, timestamps, BoxEvent::VaultKeyring { keyring, without_slots, recovery, placed }).await
}

async fn tell(journal: &JournalHandle, timestamps: Timestamps, event: BoxEvent) -> io::Result<()> {
    let durable = journal.append_durable(timestamps.now(), event).await;
    durable.map_err(io::Error::other)?.map_err(|_| io::Error::other("the event log takes nothing"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use frame::{PersonId, Stamp};
    use vault::{Cost, Seeded};

    use super::*;
    use crate::{
        daemon::start_log,
        data_dir::DataDir,
        recorder::{Ceremony, Making, NewHolder, Unlock, rotate},
    };

    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };
    const CODE: &[u8] = b"4711-0815";
    const HOLDER: NewHolder<'_> = NewHolder { person: PersonId(11), passphrase: "one two three" };

    struct Stopped {
        folder: tempfile::TempDir,
        birth: String,
    }

    /// A vault as a first start makes it.
    fn stopped() -> Stopped {
        let folder = tempfile::tempdir().unwrap();
        let vault = DataDir::open(folder.path(), true, "boot").unwrap().vault();
        let mut store = FileStore::new(&vault);
        let home = Home::create(&mut store, CODE, QUICK, Stamp::default(), &mut Seeded::new(1)).unwrap();
        let birth = encode_string(&home.birth_fingerprint());
        Stopped { folder, birth }
    }

    impl Stopped {
        fn store(&self) -> FileStore {
            FileStore::new(&self.folder.path().join("vault"))
        }

        /// With the log open, as while a box starts or its keys are changed.
        fn logging<T>(&self, work: impl AsyncFnOnce(&JournalHandle, &DataDir) -> T) -> T {
            let data = DataDir::open(self.folder.path(), true, "boot").unwrap();
            let (journal, thread) = start_log(&data).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let done = runtime.block_on(async {
                let done = work(&journal, &data).await;
                journal.settle().await.unwrap();
                done
            });
            journal.stop();
            thread.join().unwrap();
            done
        }

        /// A start; what its log says of keys then, oldest first.
        fn started(&self) -> Vec<(String, &'static str)> {
            self.logging(async |journal, data| {
                finish_change(journal.clone(), data.vault(), data.index(), Timestamps::of(data)).await;
            });
            let index = IndexReader::open(&self.folder.path().join("index.db")).unwrap();
            index.vault_keys().unwrap().iter().filter_map(key_of).collect()
        }

        /// What a start seals for, and whether it raises the alarm.
        fn seals_for(&self) -> (SealFor, bool) {
            self.logging(async |journal, data| {
                let home = Home::open_to_record(&self.store()).unwrap().unwrap();
                let timestamps = Timestamps::of(data);
                let sealed = seal_for(journal, &home, (&data.vault(), &data.index()), timestamps).unwrap();
                journal.settle().await.unwrap();
                let alarms = IndexReader::open(&data.index()).unwrap().alarms().unwrap();
                (sealed, alarms.iter().any(|open| open.alarm == Alarm::VaultKeysDiffer))
            })
        }

        /// The power goes when new keys are in their place, and the log has heard that they were about to be.
        fn cut_off(&self, new: NewKeys) -> Keyring {
            self.logging(async |journal, data| {
                tell_keyring(journal, Timestamps::of(data), new.keyring(), false).await.unwrap();
                new.put(&mut self.store()).unwrap()
            })
        }

        fn changed(&self, new: NewKeys) -> Keyring {
            self.logging(async |journal, data| {
                let changed = change_keys(journal, &data.vault(), Timestamps::of(data), new).await.unwrap();
                changed.1.unwrap();
                changed.0
            })
        }

        fn ceremony(&self) -> NewKeys {
            let (now, mut random) = (Stamp::default(), Seeded::new(2));
            let mut making = Making { cost: QUICK, now, random: &mut random };
            Ceremony::prepare(&self.store(), CODE, &[HOLDER], &mut making).unwrap().new_keys()
        }

        fn rotation(&self, seed: u64) -> NewKeys {
            let (now, mut random) = (Stamp::default(), Seeded::new(seed));
            let unlock = Unlock::Passphrase { person: Some(HOLDER.person), typed: HOLDER.passphrase };
            rotate(&self.store(), &unlock, &[], &mut Making { cost: QUICK, now, random: &mut random }).unwrap()
        }
    }

    fn key_of(record: &crate::journal::Record) -> Option<(String, &'static str)> {
        match record.event()? {
            Event::Box(BoxEvent::VaultKey { certificate, destroyed: false }) => Some((certificate.clone(), "begun")),
            Event::Box(BoxEvent::VaultKey { certificate, destroyed: true }) => Some((certificate.clone(), "destroyed")),
            Event::Box(BoxEvent::VaultKeyring { keyring, placed: false, .. }) => Some((keyring.clone(), "intended")),
            Event::Box(BoxEvent::VaultKeyring { keyring, placed: true, .. }) => Some((keyring.clone(), "placed")),
            _ => None,
        }
    }

    /// What a change tells, from its intention to its end.
    fn told_of(keyring: &Keyring) -> [(String, &'static str); 3] {
        let (name, certificate) = (encode_string(&keyring.name().whole), keyring.certificate().fingerprint());
        [(name.clone(), "intended"), (encode_string(&certificate), "begun"), (name, "placed")]
    }

    #[test]
    fn a_start_tells_the_end_of_a_change_that_was_cut_off_and_tells_it_once() {
        let stopped = stopped();
        assert_eq!(stopped.started(), [], "before the ceremony there is nothing to tell");
        let mut told = told_of(&stopped.cut_off(stopped.ceremony())).to_vec();
        told.push((stopped.birth.clone(), "destroyed"));
        assert_eq!(stopped.started(), told);
        assert_eq!(stopped.started(), told, "once");
        assert!(!Home::has_birth_key(&stopped.store()).unwrap());
        told.extend(told_of(&stopped.cut_off(stopped.rotation(3))));
        assert_eq!(stopped.started(), told);
        assert_eq!(stopped.started(), told, "once");
        assert!(!stopped.seals_for().1);
    }

    #[test]
    fn a_change_is_told_before_and_after_and_one_that_came_to_nothing_is_void() {
        let stopped = stopped();
        let first = stopped.changed(stopped.ceremony());
        let mut told = told_of(&first).to_vec();
        told.push((stopped.birth.clone(), "destroyed"));
        assert_eq!(stopped.started(), told, "a start has nothing to add");
        // The power goes before the new keyring is in its place: the old one is told again.
        let never = stopped.rotation(3);
        let name = encode_string(&never.keyring().name().whole);
        stopped.logging(async |journal, data| {
            tell_keyring(journal, Timestamps::of(data), never.keyring(), false).await.unwrap();
        });
        told.push((name, "intended"));
        let [_, begun, placed] = told_of(&first);
        told.extend([begun, placed]);
        assert_eq!(stopped.started(), told);
        never.put(&mut stopped.store()).unwrap();
        assert_eq!(stopped.started(), told, "who puts it there later is not the log");
        assert!(stopped.seals_for().1);
    }

    #[test]
    fn a_start_seals_for_the_recovery_key_while_the_keyring_is_not_the_logs() {
        let stopped = stopped();
        let first = stopped.changed(stopped.ceremony());
        let path = stopped.folder.path().join("vault/keyring");
        let older = std::fs::read(&path).unwrap();
        let second = stopped.changed(stopped.rotation(3));
        assert_eq!(stopped.seals_for(), (SealFor::certified(second.certificate()), false));
        let recovery = SealFor::certified(first.recovery());
        let rogue = stopped.rotation(4).keyring().emit();
        for octets in [Some(older), Some(rogue), Some(b"RFKEYRNG".to_vec()), None] {
            let told = stopped.started();
            match octets {
                Some(octets) => std::fs::write(&path, octets).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            assert_eq!(stopped.seals_for(), (recovery, true));
            assert_eq!(stopped.started(), told, "nobody tells the log that it is right");
        }
        // Nor does an old birth key stand for it.
        std::fs::write(stopped.folder.path().join("vault/birth-key"), b"old").unwrap();
        assert_eq!(stopped.seals_for(), (recovery, true));
        std::fs::write(&path, second.without_slots().emit()).unwrap();
        assert_eq!(stopped.seals_for(), (SealFor::certified(second.certificate()), true), "a backup of the right one");
    }

    #[test]
    fn a_keyring_without_a_ceremony_costs_nobody_the_birth_key() {
        let stopped = stopped();
        stopped.ceremony().put(&mut stopped.store()).unwrap();
        assert_eq!(stopped.started(), []);
        let store = stopped.store();
        assert!(crate::recorder::open_birth_key(&store, CODE).is_ok());
        let identity = crate::recorder::identity(&store).unwrap();
        assert_eq!(stopped.seals_for(), (SealFor::certified(&identity), true));
    }

    #[test]
    fn without_any_key_and_any_word_of_one_there_is_no_start() {
        let stopped = stopped();
        std::fs::remove_file(stopped.folder.path().join("vault/birth-key")).unwrap();
        stopped.logging(async |journal, data| {
            let home = Home::open_to_record(&stopped.store()).unwrap().unwrap();
            let sealed = seal_for(journal, &home, (&data.vault(), &data.index()), Timestamps::of(data));
            assert!(matches!(sealed, Err(StartError::Vault(HomeError::Missing("keyring")))));
        });
    }
}
