//! `ringfence vault`: who can open recordings. The ceremony, rotations, removals, recovery, another passphrase.
//!
//! Only while the box does not run: it seals recordings for the key that it found when it started. What is asked here is
//! in the audit before it is done. Whoever stands at this terminal has the right to the box's files; what makes it more
//! than one person is that holders type their own passphrases, and that shares are in three hands.

mod paper;

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::ExitCode,
};

use frame::{PersonId, Stamp, Utc};
use tokio::runtime;
use vault::{Cost, Keyring, OpenError, Share};
use zeroize::Zeroizing;

use self::paper::Paper;
use super::{
    Outcome,
    arguments::{Vault, VaultAct},
    data_dir_trouble, say, system,
};
use crate::{
    daemon::{self, Timestamps},
    data_dir::{DataDir, DataDirError},
    journal::{self, Act, Actor, Audit, Intend},
    recorder::{
        Ceremony, FileStore, Home, HomeError, Making, NewHolder, OsRandom, Unlock, birth_key_is_left,
        change_passphrase, keyring_for_backup, recover, remove_holder, rotate,
    },
    words::{Language, command::Trouble, date_time, vault::Keys},
};

/// Does what was asked.
pub(super) fn vault(asked: &Vault, language: Language) -> Outcome {
    match &asked.act {
        VaultAct::Keys => return keys(&asked.data, language),
        VaultAct::Backup { out } => return backup(&asked.data, out, language),
        _ => {}
    }
    os::leave_no_dump().map_err(system("prctl"))?;
    let keeper = Keeper::new(&asked.data, language)?;
    match &asked.act {
        VaultAct::Keys | VaultAct::Backup { .. } => unreachable!("answered above"),
        VaultAct::Ceremony { holders } => keeper.ceremony(holders),
        VaultAct::Rotate { holder, added, reason } => keeper.rotate(*holder, added, reason),
        VaultAct::Remove { person, reason } => keeper.remove(*person, reason),
        VaultAct::Recover { holders, reason } => keeper.recover(holders, reason),
        VaultAct::Passphrase { person } => keeper.passphrase(*person),
    }
}

/// Says who can open recordings. The box may run.
fn keys(data: &Path, language: Language) -> Outcome {
    let tell = |sentence: Keys| say(&sentence.say(language));
    let store = FileStore::new(&data.join("vault"));
    let refused = |error: HomeError| trouble(&error, data);
    let home = Home::open(&store).and_then(|home| home.ok_or(HomeError::Missing("identity"))).map_err(refused)?;
    let Some(keyring) = home.keyring() else {
        tell(Keys::BeforeCeremony);
        return Ok(ExitCode::SUCCESS);
    };
    let certificate = &keyring.certificate().certificate;
    let date = |stamp: &Stamp| date_time(Utc::from_us(stamp.utc.as_us()));
    tell(Keys::Epoch { epoch: certificate.epoch, since: date(&certificate.issued) });
    keyring.slots().for_each(|slot| tell(Keys::Holder { person: slot.person.0 }));
    for (person, when) in keyring.removed() {
        tell(Keys::RemovedAt { person: person.0, when: date(when) });
    }
    if birth_key_is_left(&store).map_err(system("birth-key"))? {
        tell(Keys::BirthKeyLeft);
    }
    tell(Keys::Sheet { fingerprint: hexadecimal(&home.fingerprint()) });
    tell(Keys::Theft);
    Ok(ExitCode::SUCCESS)
}

/// Writes the keyring without its slots. The box may run.
fn backup(data: &Path, out: &Path, language: Language) -> Outcome {
    let store = FileStore::new(&data.join("vault"));
    let octets = keyring_for_backup(&store).map_err(|error| trouble(&error, data))?;
    let path = out.display().to_string();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let mut file = file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Trouble::FileThere { path: path.clone() },
        _ => system(&path)(error),
    })?;
    file.write_all(&octets).and_then(|()| file.sync_all()).map_err(system(&path))?;
    say(&Keys::BackedUp { path }.say(language));
    Ok(ExitCode::SUCCESS)
}

/// A box that is stopped, and whoever changes its keys.
struct Keeper<'a> {
    data: DataDir,
    path: &'a Path,
    paper: Paper,
}

type Passphrases = Vec<(PersonId, Zeroizing<String>)>;

impl<'a> Keeper<'a> {
    fn new(path: &'a Path, language: Language) -> Result<Keeper<'a>, Trouble> {
        let name = path.display().to_string();
        let boot_id = os::boot_id().map_err(system("boot_id"))?;
        let data = DataDir::open(path, false, &boot_id).map_err(|error| match error {
            DataDirError::Locked { .. } => Trouble::StopForKeys { path: name.clone() },
            other => data_dir_trouble(name.clone(), &other, language),
        })?;
        Ok(Keeper { data, path, paper: Paper(language) })
    }

    fn ceremony(&self, holders: &[PersonId]) -> Outcome {
        let owner = self.paper.passphrase(&Keys::AskOwner)?;
        let passphrases = self.new_passphrases(holders)?;
        let store = self.store();
        let mut random = OsRandom;
        let prepared = Ceremony::prepare(&store, owner.as_bytes(), &of(&passphrases), &mut self.making(&mut random));
        let ceremony = prepared.map_err(|error| self.trouble(&error))?;
        let [one, two, three] = ceremony.shares();
        let [one, two, three] = [self.paper.prove(one)?, self.paper.prove(two)?, self.paper.prove(three)?];
        let proven = ceremony.is_proven_by(&one, &two) && ceremony.is_proven_by(&two, &three);
        if !proven {
            return Err(Trouble::SharesDiffer);
        }
        self.change("ceremony", String::new(), |store| ceremony.commit(store))?;
        self.say(&Keys::CeremonyDone);
        keys(self.path, self.paper.0)
    }

    fn rotate(&self, holder: PersonId, added: &[PersonId], reason: &str) -> Outcome {
        let typed = self.paper.passphrase(&Keys::AskHolder { person: holder.0 })?;
        let passphrases = self.new_passphrases(added)?;
        let unlock = Unlock::Passphrase { person: Some(holder), typed: &typed };
        let mut random = OsRandom;
        let keyring = self.change("rotation", reason.to_owned(), |store| {
            rotate(store, &unlock, &of(&passphrases), &mut self.making(&mut random))
        })?;
        self.say(&Keys::Changed { epoch: keyring.certificate().certificate.epoch });
        keys(self.path, self.paper.0)
    }

    fn remove(&self, person: PersonId, reason: &str) -> Outcome {
        let now = self.now();
        let what = format!("person {}", person.0);
        self.change(&what, reason.to_owned(), |store| remove_holder(store, person, now))?;
        self.say(&Keys::Removed { person: person.0 });
        Ok(ExitCode::SUCCESS)
    }

    fn recover(&self, holders: &[PersonId], reason: &str) -> Outcome {
        let shares: [Share; 2] = [self.paper.share(1)?, self.paper.share(2)?];
        let passphrases = self.new_passphrases(holders)?;
        let mut random = OsRandom;
        let recovered = self.change("recovery", reason.to_owned(), |store| {
            recover(store, &shares, &of(&passphrases), &mut self.making(&mut random))
        });
        let keyring = recovered.map_err(|trouble| match trouble {
            Trouble::CantOpenVault { .. } => Trouble::SharesDiffer,
            other => other,
        })?;
        self.say(&Keys::Changed { epoch: keyring.certificate().certificate.epoch });
        keys(self.path, self.paper.0)
    }

    fn passphrase(&self, person: PersonId) -> Outcome {
        let old = self.paper.passphrase(&Keys::AskHolder { person: person.0 })?;
        let new = self.paper.new_passphrase(person)?;
        let what = format!("passphrase of person {}", person.0);
        self.change(&what, String::new(), |store| {
            change_passphrase(store, person, [&old, &new], self.now(), &mut OsRandom)
        })?;
        self.say(&Keys::PassphraseChanged { person: person.0 });
        Ok(ExitCode::SUCCESS)
    }

    fn new_passphrases(&self, people: &[PersonId]) -> Result<Passphrases, Trouble> {
        let drawn = people.iter().map(|person| Ok((*person, self.paper.new_passphrase(*person)?)));
        let drawn = drawn.collect::<Result<Passphrases, Trouble>>()?;
        if !drawn.is_empty() {
            self.say(&Keys::Deriving { people: drawn.len() });
        }
        Ok(drawn)
    }

    /// Changes the keys: first the intent, durably, then the change, then what became of it.
    fn change(
        &self,
        what: &str,
        reason: String,
        change: impl FnOnce(&mut FileStore) -> Result<Keyring, HomeError>,
    ) -> Result<Keyring, Trouble> {
        let (log, thread) =
            daemon::start_log(&self.data).map_err(|error| system("events")(std::io::Error::other(error)))?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(system("tokio"))?;
        let changed = runtime.block_on(async {
            let changed = self.audited(&log, what, reason, change).await;
            // The outcome is on disk before this says how it went.
            let _ = log.settle().await;
            changed
        });
        log.stop();
        // A thread that panicked has told so itself.
        let _ = thread.join();
        changed
    }

    async fn audited(
        &self,
        log: &journal::JournalHandle,
        what: &str,
        reason: String,
        change: impl FnOnce(&mut FileStore) -> Result<Keyring, HomeError>,
    ) -> Result<Keyring, Trouble> {
        let timestamps = Timestamps::of(&self.data);
        let audit = Audit::new(log.clone(), timestamps.clock());
        let by = Actor::User { uid: nix::unistd::getuid().as_raw() };
        let intend = Intend { by, act: Act::ChangeVaultKeys, object: what.to_owned(), call: None, reason };
        let intent = audit.intend(intend).await.map_err(|_| Trouble::NotAudited)?;
        let keyring = change(&mut self.store()).map_err(|error| self.trouble(&error))?;
        let told = daemon::tell_new_key(log, &self.data.vault(), timestamps).await;
        // The keys are changed, whatever the log has heard of it: "not done" would be untrue.
        intent.conclude(if told.is_ok() { journal::Outcome::Done } else { journal::Outcome::Unknown });
        told.map_err(system("keyring"))?;
        Ok(keyring)
    }

    fn making<'r>(&self, random: &'r mut OsRandom) -> Making<'r> {
        Making { cost: Cost::SLOT, now: self.now(), random }
    }

    fn now(&self) -> Stamp {
        Timestamps::of(&self.data).now()
    }

    fn store(&self) -> FileStore {
        FileStore::new(&self.data.vault())
    }

    fn say(&self, sentence: &Keys) {
        say(&sentence.say(self.paper.0));
    }

    fn trouble(&self, error: &HomeError) -> Trouble {
        trouble(error, self.path)
    }
}

fn of(passphrases: &Passphrases) -> Vec<NewHolder<'_>> {
    passphrases.iter().map(|(person, passphrase)| NewHolder { person: *person, passphrase }).collect()
}

fn trouble(error: &HomeError, data: &Path) -> Trouble {
    match error {
        HomeError::Ceremony => Trouble::CeremonyHeld,
        HomeError::Missing("keyring") => Trouble::NoCeremony,
        HomeError::OtherVersion => Trouble::KeyringVersion,
        HomeError::Open(OpenError::WrongCode) => Trouble::CantOpenVault { path: data.display().to_string() },
        HomeError::Open(OpenError::NotAddressed) => Trouble::NoSuchHolder,
        HomeError::Open(OpenError::Parameters) => Trouble::HoldersWrong { most: vault::HOLDERS_MAX },
        other => Trouble::System { what: data.display().to_string(), why: other.to_string() },
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use vault::Seeded;

    use super::*;
    use crate::journal::{AuditOf, IndexReader};

    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

    #[test]
    fn a_change_that_the_log_can_not_be_told_of_is_unknown_in_the_audit_and_one_that_fails_is_not_done() {
        let folder = tempfile::tempdir().unwrap();
        let boot_id = os::boot_id().unwrap();
        let vault = DataDir::open(folder.path(), true, &boot_id).unwrap().vault();
        let now = Stamp::default();
        Home::create(&mut FileStore::new(&vault), b"4711", QUICK, now, &mut Seeded::new(1)).unwrap();
        let keeper = Keeper::new(folder.path(), Language::English).unwrap();
        let prepared = || {
            let mut random = Seeded::new(2);
            let mut making = Making { cost: QUICK, now, random: &mut random };
            let holder = NewHolder { person: PersonId(11), passphrase: "one" };
            Ceremony::prepare(&keeper.store(), b"4711", &[holder], &mut making).unwrap()
        };
        let outcome = || {
            let index = IndexReader::open(&keeper.data.index()).unwrap();
            index.audit(AuditOf::Acts, None, 1).unwrap()[0].outcome
        };
        let failed = keeper.change("ceremony", String::new(), |_| Err(HomeError::Ceremony));
        assert!(failed.is_err());
        assert_eq!(outcome(), Some(journal::Outcome::Failed));
        let ceremony = prepared();
        let untold = keeper.change("ceremony", String::new(), |store| {
            let keyring = ceremony.commit(store);
            // The vault can't be opened any more, so that nobody can say what the log is to be told.
            std::fs::rename(vault.join("identity"), vault.join("moved")).unwrap();
            keyring
        });
        assert!(untold.is_err());
        assert_eq!(outcome(), Some(journal::Outcome::Unknown));
    }
}
