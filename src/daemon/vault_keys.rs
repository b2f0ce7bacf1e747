//! What the log is told of the vault's keys, what a start holds them to, and the end of the birth key.
//!
//! The log hears of a keyring before it is in its place and after it, and the birth key goes last: whatever dies on the way,
//! the next start finds what the log knows, tells what was not told, and takes away what is left. A keyring that the log
//! does not know is sealed for by nobody: what is recorded then is for the recovery key that the log knows.
//!
//! The event log itself is read and not the index, which is derived from it and may lag, lack it, or have been edited. Where
//! the event log has lost the ceremony, the leaves say what it was: they follow the same log in files of their own.

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
    data_dir::DataDir,
    journal::{Alarm, BoxEvent, Event, FileStorage, FollowError, IndexReader, JournalHandle, Record, pick},
    recorder::{
        FileStore, Home, HomeError, KEYRING, NewKeys, SealFor, Store, birth_key_is_left, keys_in_leaves, open_keyring,
        remove_birth_key, wipe_birth_key,
    },
};

/// Where the vault is, and what knows of its keys.
#[derive(Clone, Debug)]
pub struct KeyFiles {
    /// The vault's directory.
    pub vault: PathBuf,
    /// The event log's.
    pub events: PathBuf,
    /// The index.
    pub index: PathBuf,
}

impl From<&DataDir> for KeyFiles {
    fn from(data: &DataDir) -> KeyFiles {
        KeyFiles { vault: data.vault(), events: data.events(), index: data.index() }
    }
}

impl KeyFiles {
    /// Of the data directory at `path`, whose lock another has.
    pub fn of(path: &Path) -> KeyFiles {
        KeyFiles { vault: path.join("vault"), events: path.join("events"), index: path.join("index.db") }
    }
}

/// What is known of the vault's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysTold {
    /// Of keys and keyrings.
    pub keys: ToldKeys,
    /// The recovery certificate of the ceremony; none before it.
    pub recovery: Option<SignedCertificate>,
    /// Whether the event log has lost the ceremony, and this is what the leaves say.
    pub is_lost: bool,
}

/// Reads it from the event log; from the leaves where that has lost the ceremony.
///
/// # Errors
/// The disk's.
pub fn keys_told(files: &KeyFiles, home: &Home) -> io::Result<KeysTold> {
    match pick(&FileStorage::new(&files.events), KEY_EVENTS).map(|records| of_records(&records)) {
        Ok(told) if told.keys.placed().is_some() => Ok(told),
        told => in_leaves(files, home)?.map_or(told, Ok),
    }
}

/// Begins the names of all events of keys and keyrings.
const KEY_EVENTS: &str = "vault_key";

fn of_records(records: &[Record]) -> KeysTold {
    let mut told = KeysTold::default();
    for record in records {
        let Some(event) = record.event() else { continue };
        leaf_of(event, record).iter().for_each(|leaf| told.keys.note(leaf));
        told.recovery = told.recovery.or_else(|| recovery_of(event, &told.keys));
    }
    told
}

/// The recovery certificate that an event has, where it is that of the keyring in its place.
fn recovery_of(event: &Event, keys: &ToldKeys) -> Option<SignedCertificate> {
    let Event::Box(BoxEvent::VaultKeyring { recovery, .. }) = event else { return None };
    certificate(recovery).filter(|recovery| is_placed(recovery, keys))
}

fn is_placed(recovery: &SignedCertificate, keys: &ToldKeys) -> bool {
    keys.placed().is_some_and(|placed| placed.recovery == recovery.fingerprint())
}

/// What the leaves say of a ceremony. They have its recovery certificate by the fingerprint alone: the index or the keyring
/// itself may still have all of it.
fn in_leaves(files: &KeyFiles, home: &Home) -> io::Result<Option<KeysTold>> {
    let keys = keys_in_leaves(&FileStore::new(&files.vault))?;
    if keys.placed().is_none() {
        return Ok(None);
    }
    let of_keyring = || home.keyring().map(|keyring| keyring.recovery().clone());
    let recovery = in_index(&files.index).or_else(of_keyring).filter(|recovery| is_placed(recovery, &keys));
    Ok(Some(KeysTold { keys, recovery, is_lost: true }))
}

fn in_index(index: &Path) -> Option<SignedCertificate> {
    of_records(&IndexReader::open(index).ok()?.vault_keys().ok()?).recovery
}

/// Whether a witness says that the vault was set back, as far as the last life of the box knew.
///
/// # Errors
/// The index's.
pub fn was_set_back(index: &Path) -> Result<bool, FollowError> {
    let alarms = IndexReader::open(index)?.alarms()?;
    Ok(alarms.iter().any(|open| matches!(open.alarm, Alarm::SetBack { .. })))
}

/// For whom this start seals; raises an alarm where the keyring is not the log's. Where neither event log nor leaves can be
/// read it is the keyring as it stands there, with the same alarm: nobody can say better, and no audio is lost.
///
/// # Errors
/// [`HomeError::Missing`] where nobody knows a key that somebody could open with.
pub(super) fn seal_for(
    journal: &JournalHandle,
    home: &Home,
    files: &KeyFiles,
    timestamps: Timestamps,
) -> Result<SealFor, StartError> {
    let told = keys_told(files, home);
    let (seal_for, differs) = match &told {
        Ok(told) => {
            let (seal_for, fault) = home.seal_for_told(&told.keys, told.recovery.as_ref());
            let slotless = told.keys.hold(home.keyring()) == Ok(KeysStanding::WithoutSlots);
            (seal_for, fault.is_some() || slotless || told.is_lost)
        }
        Err(error) => {
            tracing::error!(%error, "the vault's keys can't be held to the log, which can't be read");
            (home.seal_for(), true)
        }
    };
    let birth = home.birth_fingerprint();
    let is_destroyed = told.is_ok_and(|told| told.keys.is_destroyed(&birth));
    if seal_for.certificate == birth && (is_destroyed || !has_birth_key(&files.vault)?) {
        return Err(HomeError::Missing(KEYRING).into());
    }
    if differs {
        tracing::error!("the vault's keyring is not the one that the log knows");
        journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm: Alarm::VaultKeysDiffer });
    }
    Ok(seal_for)
}

fn has_birth_key(vault: &Path) -> Result<bool, HomeError> {
    Ok(Home::has_birth_key(&FileStore::new(vault))?)
}

/// Whether the ceremony was held, by what the log knows: a file that somebody laid there is none. Where there is a keyring and
/// no birth key, that is gone for whatever reason.
pub(super) fn ceremony_was_held(files: &KeyFiles) -> Result<bool, HomeError> {
    let home = Home::open_to_record(&FileStore::new(&files.vault))?.ok_or(HomeError::Missing("identity"))?;
    let told = keys_told(files, &home)?;
    Ok(told.keys.placed().is_some() || home.keyring().is_some() && !has_birth_key(&files.vault)?)
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
    match put(&mut FileStore::new(vault), new)? {
        (keyring, Ok(())) => Ok((keyring, tell_end(journal, vault, timestamps).await)),
        untold => Ok(untold),
    }
}

/// Puts it in its place. A disk can refuse after it has done so: where the new one may stand there, the change is not undone,
/// and the next start finishes it or tells that it came to nothing.
fn put(store: &mut dyn Store, new: NewKeys) -> Result<(Keyring, io::Result<()>), HomeError> {
    let keyring = new.keyring().clone();
    match new.put(store) {
        Ok(_) => Ok((keyring, Ok(()))),
        Err(error) if may_stand(store, &keyring) => Ok((keyring, Err(io::Error::other(error)))),
        Err(error) => Err(error),
    }
}

fn may_stand(store: &dyn Store, keyring: &Keyring) -> bool {
    open_keyring(store).map_or(true, |there| there.as_ref() == Some(keyring))
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
pub async fn finish_change(journal: JournalHandle, files: KeyFiles, timestamps: Timestamps) {
    let finished = match is_cut_off(&journal, files.clone()).await {
        Ok(true) => tell_end(&journal, &files.vault, timestamps).await,
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = finished {
        tracing::error!(%error, "a change of the vault's keys can't be finished, or nobody can say whether it is");
    }
}

/// Whether there is something to finish.
async fn is_cut_off(journal: &JournalHandle, files: KeyFiles) -> io::Result<bool> {
    // What was told before is in its files then.
    journal.settle().await.map_err(io::Error::other)?;
    tokio::task::spawn_blocking(move || is_to_finish(&files)).await.map_err(io::Error::other)?
}

fn is_to_finish(files: &KeyFiles) -> io::Result<bool> {
    let store = FileStore::new(&files.vault);
    let home = Home::open_to_record(&store).map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
    let Some(keyring) = home.keyring() else { return Ok(false) };
    let KeysTold { keys, is_lost, .. } = keys_told(files, &home)?;
    Ok(match keys.hold(Some(keyring)) {
        // With the ceremony lost to the event log, people go on and no start does.
        _ if is_lost => false,
        Ok(KeysStanding::CutOff) => true,
        Ok(KeysStanding::AsTold) => keys.is_under_way() || birth_key_is_left(&store)?,
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
                finish_change(journal.clone(), data.into(), Timestamps::of(data)).await;
            });
            let events = FileStorage::new(&self.folder.path().join("events"));
            pick(&events, KEY_EVENTS).unwrap().iter().filter_map(key_of).collect()
        }

        /// What a start seals for, and whether it raises the alarm.
        fn seals_for(&self) -> (SealFor, bool) {
            self.logging(async |journal, data| {
                let home = Home::open_to_record(&self.store()).unwrap().unwrap();
                let timestamps = Timestamps::of(data);
                let mut told = journal.listen();
                let sealed = seal_for(journal, &home, &data.into(), timestamps).unwrap();
                journal.settle().await.unwrap();
                let mut differs = false;
                while let Ok(record) = told.try_recv() {
                    let raised = Event::Box(BoxEvent::AlarmRaised { alarm: Alarm::VaultKeysDiffer });
                    differs |= record.event() == Some(&raised);
                }
                (sealed, differs)
            })
        }

        /// A start that finds no key that somebody could open with.
        fn is_refused(&self) -> bool {
            self.logging(async |journal, data| {
                let home = Home::open_to_record(&self.store()).unwrap().unwrap();
                let sealed = seal_for(journal, &home, &data.into(), Timestamps::of(data));
                matches!(sealed, Err(StartError::Vault(HomeError::Missing("keyring"))))
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

        fn keyring(&self) -> PathBuf {
            self.folder.path().join("vault/keyring")
        }

        fn ceremony(&self) -> NewKeys {
            self.ceremony_of(2)
        }

        /// One with other keys.
        fn ceremony_of(&self, seed: u64) -> NewKeys {
            let (now, mut random) = (Stamp::default(), Seeded::new(seed));
            let mut making = Making { cost: QUICK, now, random: &mut random };
            Ceremony::prepare(&self.store(), CODE, &[HOLDER], &mut making).unwrap().new_keys()
        }

        fn rotation(&self, seed: u64) -> NewKeys {
            let (now, mut random) = (Stamp::default(), Seeded::new(seed));
            let unlock = Unlock::Passphrase { person: Some(HOLDER.person), typed: HOLDER.passphrase };
            rotate(&self.store(), &unlock, &[], &mut Making { cost: QUICK, now, random: &mut random }).unwrap()
        }
    }

    fn key_of(record: &Record) -> Option<(String, &'static str)> {
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
            assert_eq!(stopped.seals_for(), (recovery.clone(), true));
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
        assert!(stopped.is_refused());
    }

    /// As root does who has nobody's key: a keyring that has another recovery key, and a word of it in the event log.
    #[test]
    fn a_ceremony_that_somebody_appends_after_the_ceremony_is_nobodys() {
        let stopped = stopped();
        let rogue = stopped.ceremony_of(77);
        let first = stopped.changed(stopped.ceremony());
        for placed in [false, true] {
            stopped.logging(async |journal, data| {
                tell_keyring(journal, Timestamps::of(data), rogue.keyring(), placed).await.unwrap();
            });
            let told = stopped.started();
            std::fs::write(stopped.keyring(), rogue.keyring().emit()).unwrap();
            assert_eq!(stopped.seals_for(), (SealFor::certified(first.recovery()), true));
            assert_eq!(stopped.started(), told, "no start says that it is right");
            std::fs::write(stopped.keyring(), first.emit()).unwrap();
            assert_eq!(stopped.seals_for(), (SealFor::certified(first.certificate()), false));
        }
    }

    /// Its last record stays, so that nobody derives it again.
    #[test]
    fn an_index_that_was_edited_says_nothing_of_keys() {
        let stopped = stopped();
        let first = stopped.changed(stopped.ceremony());
        let older = first.emit();
        let second = stopped.changed(stopped.rotation(3));
        let index = rusqlite::Connection::open(stopped.folder.path().join("index.db")).unwrap();
        let name = |keyring: &Keyring| encode_string(&keyring.name().whole);
        let edited = index.execute("DELETE FROM events WHERE text LIKE ?1", [format!("%{}%", name(&second))]);
        assert!(edited.unwrap() > 0);
        drop(index);
        std::fs::write(stopped.keyring(), &older).unwrap();
        let told = stopped.started();
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.recovery()), true));
        assert_eq!(stopped.started(), told);
    }

    #[test]
    fn without_index_and_keyring_a_start_seals_for_the_recovery_key_and_not_for_the_one_that_was_destroyed() {
        let stopped = stopped();
        let first = stopped.changed(stopped.ceremony());
        for name in ["index.db", "index.db-wal", "index.db-shm"] {
            let _ = std::fs::remove_file(stopped.folder.path().join(name));
        }
        std::fs::create_dir(stopped.folder.path().join("index.db")).unwrap();
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.certificate()), false));
        std::fs::remove_file(stopped.keyring()).unwrap();
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.recovery()), true));
    }

    /// Of another version, or one that the disk does not give.
    #[test]
    fn no_start_is_refused_for_its_keyring() {
        let stopped = stopped();
        let first = stopped.changed(stopped.ceremony());
        let mut of_another_version = first.emit();
        let crc_at = of_another_version.len() - 4;
        of_another_version[9] += 7;
        let crc = crc32fast::hash(&of_another_version[..crc_at]).to_be_bytes();
        of_another_version[crc_at..].copy_from_slice(&crc);
        std::fs::write(stopped.keyring(), of_another_version).unwrap();
        assert!(matches!(open_keyring(&stopped.store()), Err(HomeError::OtherVersion)));
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.recovery()), true));
        std::fs::remove_file(stopped.keyring()).unwrap();
        std::fs::create_dir(stopped.keyring()).unwrap();
        assert!(matches!(open_keyring(&stopped.store()), Err(HomeError::Disk(_))));
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.recovery()), true));
    }

    /// The leaves follow the same log, in files of their own.
    #[test]
    fn a_ceremony_that_the_event_log_has_lost_is_known_by_the_leaves() {
        let stopped = stopped();
        let rogue = stopped.ceremony_of(77);
        let first = stopped.changed(stopped.ceremony());
        stopped.logging(async |journal, data| tell(journal, Timestamps::of(data), BoxEvent::Stopping).await.unwrap());
        let events = stopped.folder.path().join("events");
        for entry in std::fs::read_dir(events).unwrap() {
            let path = entry.unwrap().path();
            let mut octets = std::fs::read(&path).unwrap();
            let found: Vec<usize> =
                octets.windows(9).enumerate().filter(|(_, word)| *word == b"vault_key").map(|(at, _)| at).collect();
            if !found.is_empty() {
                found.iter().for_each(|at| octets[*at] ^= 1);
                std::fs::write(&path, octets).unwrap();
            }
        }
        let told = stopped.started();
        assert_eq!(told, [], "lost, and nothing is told of it again");
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.certificate()), true));
        std::fs::remove_file(stopped.keyring()).unwrap();
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.recovery()), true));
        std::fs::write(stopped.keyring(), rogue.keyring().emit()).unwrap();
        assert_eq!(stopped.seals_for(), (SealFor::certified(first.recovery()), true));
        // With the index gone as well, nobody has the recovery key's certificate, and the birth key opens nothing.
        std::fs::remove_file(stopped.folder.path().join("index.db")).unwrap();
        assert!(stopped.is_refused());
        std::fs::remove_file(stopped.keyring()).unwrap();
        assert!(stopped.is_refused());
    }

    /// A disk that has done what it says it could not do.
    struct Liar(crate::recorder::MemoryStore);

    impl Store for Liar {
        fn octets(&self, name: &str) -> io::Result<Option<u64>> {
            self.0.octets(name)
        }

        fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
            self.0.read_at(name, offset, into)
        }

        fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
            self.0.write_at(name, offset, octets)
        }

        fn sync(&mut self, name: &str) -> io::Result<()> {
            self.0.sync(name)
        }

        fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
            self.0.truncate(name, octets)
        }

        fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
            self.0.rename(from, to)?;
            Err(io::Error::other("the directory could not be synced"))
        }

        fn remove(&mut self, name: &str) -> io::Result<()> {
            self.0.remove(name)
        }

        fn list(&self, dir: &str) -> io::Result<Vec<String>> {
            self.0.list(dir)
        }
    }

    #[test]
    fn a_keyring_that_stands_there_though_the_disk_complained_is_not_said_not_to() {
        let stopped = stopped();
        let mut store = crate::recorder::MemoryStore::default();
        for name in ["identity", "birth-key"] {
            let octets = std::fs::read(stopped.folder.path().join("vault").join(name)).unwrap();
            store.write_at(name, 0, &octets).unwrap();
        }
        let mut liar = Liar(store);
        let (keyring, told) = put(&mut liar, stopped.ceremony()).unwrap();
        assert!(told.is_err() && may_stand(&liar, &keyring));
        let another = stopped.ceremony_of(77);
        assert!(!may_stand(&liar, another.keyring()));
    }
}
