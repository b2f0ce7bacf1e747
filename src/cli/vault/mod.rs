//! `ringfence vault`: who can open recordings. The ceremony, rotations, removals, recovery, another passphrase.
//!
//! Only while the box does not run: it seals recordings for the key that it found when it started. What is asked here is
//! in the audit before it is done, and only where the keyring is the one that event log and leaves know, and the sheet's. Whoever stands at this terminal has the right to the box's files; what makes it more
//! than one person is that holders type their own passphrases, and that shares are in three hands.

mod old_log;
mod paper;
mod restore;

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
    process::ExitCode,
};

use access::TwoPersonAct;
use frame::{EventNo, PersonId, Stamp, Utc};
use nix::{
    fcntl::{PosixFadviseAdvice, posix_fadvise},
    unistd::{User, geteuid},
};
use settings::{CopyPlace, Settings, VaultCopy};
use vault::{Certificate, CompartmentName, Cost, Hash, Keyring, KeysFault, OpenError, Share};
use zeroize::Zeroizing;

pub use self::restore::Restore;
use self::{old_log::open_log, paper::Paper, restore::bring_back};
use super::{
    Outcome,
    arguments::{Vault, VaultAct},
    data_dir_trouble,
    open_log::{OpenLog, granted},
    say, system,
};
use crate::{
    changes::Versions,
    daemon::{self, KeyFiles, KeysTold, Timestamps},
    data_dir::{DataDir, DataDirError},
    journal::{self, Act, Intent},
    recorder::{
        Ceremony, FileStore, Home, HomeError, Leased, Making, NewHolder, NewKeys, OsRandom, Unlock, birth_key_is_left,
        change_passphrase, compartment, keep_replaced_keyring, keyring_for_backup, keys_in_leaves, known_copies,
        leased_at, note_backup, open_keyring, recover, remove_holder, remove_member, rotate,
    },
    s3::{AccessKey, key_file},
    words::{Language, command::Trouble, date_time, keys_fault, vault::Keys},
};

/// Does what was asked.
pub(super) fn vault(asked: &Vault, language: Language) -> Outcome {
    match &asked.act {
        VaultAct::Keys => return keys(&asked.data, language),
        VaultAct::Copies => return copies(&asked.data, language),
        VaultAct::StoreKey { copy, id } => return store_key(&asked.data, copy, id, language),
        VaultAct::Backup { out } => return backup(&asked.data, out, language),
        VaultAct::Restore(restore) => return bring_back(restore, &asked.data, language),
        VaultAct::OpenLog { by_shares, reason } => return open_log(*by_shares, reason, &asked.data, language),
        _ => {}
    }
    os::leave_no_dump().map_err(system("prctl"))?;
    let keeper = Keeper::new(&asked.data, language)?;
    match &asked.act {
        VaultAct::Keys
        | VaultAct::Copies
        | VaultAct::StoreKey { .. }
        | VaultAct::Backup { .. }
        | VaultAct::Restore(_)
        | VaultAct::OpenLog { .. } => unreachable!("answered above"),
        VaultAct::Ceremony { holders } => keeper.ceremony(holders),
        VaultAct::Rotate { holder, added, reason } => keeper.rotate(*holder, added, reason),
        VaultAct::Remove { person, is_member, reason } => keeper.remove(*person, *is_member, reason),
        VaultAct::Compartment { name, holder, members, reason } => keeper.compartment(name, *holder, members, reason),
        VaultAct::Recover { holders, from_older, reason } => keeper.recover(holders, *from_older, reason),
        VaultAct::Passphrase { person } => keeper.passphrase(*person),
    }
}

/// Says who can open recordings. The box may run.
fn keys(data: &Path, language: Language) -> Outcome {
    let tell = |sentence: Keys| say(&sentence.say(language));
    let store = FileStore::new(&data.join("vault"));
    let refused = |error: HomeError| trouble(&error, data);
    let home = home_of(&store).map_err(refused)?;
    if let Some(fault) = differs(&KeyFiles::of(data), &home)? {
        tell(Keys::Differ { why: keys_fault(fault, language) });
    }
    let Some(keyring) = home.keyring() else {
        tell(Keys::BeforeCeremony);
        return Ok(ExitCode::SUCCESS);
    };
    let certificate = &keyring.certificate().certificate;
    let date = |stamp: &Stamp| date_time(Utc::from_us(stamp.utc.as_us()));
    tell(Keys::Epoch { epoch: certificate.epoch, since: date(&certificate.issued) });
    keyring.slots().for_each(|slot| tell(Keys::Holder { person: slot.person.0 }));
    for (name, epoch) in keyring.compartments().filter_map(|signed| named(&signed.certificate)) {
        tell(Keys::Compartment { name, epoch });
    }
    for (person, names) in keyring.members() {
        names.into_iter().for_each(|name| tell(Keys::Member { person: person.0, name: name.to_string() }));
    }
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

/// Says which copies were given key halves, and what each has to destroy yet. The box may run.
fn copies(data: &Path, language: Language) -> Outcome {
    let tell = |sentence: Keys| say(&sentence.say(language));
    let store = FileStore::new(&data.join("vault"));
    home_of(&store).map_err(|error| trouble(&error, data))?;
    let copies = known_copies(&store).map_err(system("copies"))?;
    if copies.is_empty() {
        tell(Keys::NoCopies);
    }
    for copy in copies {
        let leased = leased_at(&store, copy.tables).map_err(system("copies"))?;
        let leases = (copy.name().to_owned(), leased);
        let (name, place, tables) = (copy.name().to_owned(), copy.place().to_owned(), copy.tables.to_string());
        let Some(pending) = (copy.pending > 0).then_some(copy.pending) else {
            tell(Keys::CopyLevel { name, place, tables });
            tell_leases(leases, &tell);
            continue;
        };
        let since = copy.since.map_or_else(|| "?".to_owned(), |since| date_time(Utc::from_us(since.utc.as_us())));
        tell(Keys::CopyPending { name, place, tables, pending, since });
        tell_leases(leases, &tell);
    }
    Ok(ExitCode::SUCCESS)
}

/// What of erased recordings nobody can delete at a copy yet: how many they are, and each with its date.
fn tell_leases((name, mut leased): (String, Vec<Leased>), tell: &dyn Fn(Keys)) {
    let until = |until: Option<Utc>| until.map_or_else(|| "?".to_owned(), date_time);
    leased.sort_by_key(|leased| leased.until);
    let Some(last) = leased.last() else { return };
    tell(Keys::CopyLeased { name, count: leased.len() as u64, until: until(last.until) });
    for one in &leased {
        tell(Keys::CiphertextUntil { recording: one.recording.to_string(), until: until(one.until) });
    }
}

/// Puts the key of a store that a copy is in. The box may run: it reads it when it connects.
fn store_key(data: &Path, copy: &str, id: &str, language: Language) -> Outcome {
    let store = FileStore::new(&data.join("vault"));
    home_of(&store).map_err(|error| trouble(&error, data))?;
    os::leave_no_dump().map_err(system("prctl"))?;
    // What another user writes there the box can't read.
    let owner = fs::metadata(data).map_err(system("data"))?.uid();
    if owner != geteuid().as_raw() {
        let user = User::from_uid(owner.into()).ok().flatten().map_or_else(|| owner.to_string(), |user| user.name);
        return Err(Trouble::DataOfAnother { path: data.display().to_string(), user });
    }
    let named = named_copies(data)?;
    if named.as_ref().is_some_and(|named| !named.iter().any(|name| name == copy)) {
        let named = named.unwrap_or_default().join(", ");
        return Err(Trouble::NoSuchCopy { name: copy.to_owned(), named });
    }
    say(&Keys::AskStoreSecret.say(language));
    let secret = os::read_line_unseen().map(Zeroizing::new).map_err(system("stdin"))?;
    let key = AccessKey::new(id, secret.trim()).map_err(io::Error::other).map_err(system("store-key"))?;
    let path = key_file(data, copy);
    key.write(&path).map_err(system(&path.display().to_string()))?;
    say(&Keys::StoreKeyKept { path: path.display().to_string() }.say(language));
    Ok(ExitCode::SUCCESS)
}

/// The copies that are in a bucket, as the newest settings name them; nothing where these are of an older format, which the next start
/// reads.
fn named_copies(data: &Path) -> Result<Option<Vec<String>>, Trouble> {
    let newest = Versions::in_folder(data.join("settings")).newest();
    let newest = newest.map_err(io::Error::other).map_err(system("settings"))?;
    let settings = newest.and_then(|(_, _, text)| Settings::of_applied(&text));
    let in_bucket = |copy: &VaultCopy| matches!(copy.place(), Ok(CopyPlace::Bucket(_)));
    Ok(settings.map(|settings| settings.copies.into_iter().filter(in_bucket).map(|copy| copy.name).collect()))
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
    // A stick that keeps something else than what was written is found now, and not on the day on which it is needed. What is
    // durable the kernel may forget: what is read then comes from the stick.
    posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)
        .map_err(io::Error::from)
        .map_err(system(&path))?;
    drop(file);
    let read = fs::read(out).map_err(system(&path))?;
    let is_whole = read == octets && Keyring::parse(&read).is_ok();
    if !is_whole {
        return Err(system(&path)(io::Error::other("it reads back otherwise than it was written")));
    }
    if let Some(keyring) = open_keyring(&store).map_err(|error| trouble(&error, data))? {
        note_backup(&mut FileStore::new(&data.join("vault")), &keyring).map_err(system("backed-up"))?;
    }
    say(&Keys::BackedUp { path }.say(language));
    Ok(ExitCode::SUCCESS)
}

/// How the keyring differs from the one that the log knows.
fn differs(files: &KeyFiles, home: &Home) -> Result<Option<KeysFault>, Trouble> {
    let told = daemon::keys_told(files, home).map_err(system("events"))?;
    Ok(told.keys.hold(home.keyring()).err())
}

/// The vault, whose keyring may be damaged or gone; not one of another version, which another program changes.
fn home_of(store: &FileStore) -> Result<Home, HomeError> {
    match open_keyring(store) {
        Err(HomeError::OtherVersion) => Err(HomeError::OtherVersion),
        _ => Home::open_to_record(store)?.ok_or(HomeError::Missing("identity")),
    }
}

/// A box that is stopped, and whoever changes its keys.
struct Keeper<'a> {
    log: OpenLog,
    data: DataDir,
    path: &'a Path,
    paper: Paper,
}

type Passphrases = Vec<(PersonId, Zeroizing<String>)>;

/// What is asked of the keys that are there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// That there was no ceremony.
    Ceremony,
    /// That they are what the log knows.
    Keyring,
    /// The same, and that two people agreed to whom recordings are to open from now on.
    Grant,
    /// The same, by two shares. That the leaves know them is enough where the event log has lost them.
    Recovery,
    /// The same, or an older backup where there is no newer one, which somebody has to say: two shares open what it has.
    OlderRecovery,
}

impl<'a> Keeper<'a> {
    fn new(path: &'a Path, language: Language) -> Result<Keeper<'a>, Trouble> {
        let name = path.display().to_string();
        let boot_id = os::boot_id().map_err(system("boot_id"))?;
        let data = DataDir::open(path, false, &boot_id).map_err(|error| match error {
            DataDirError::Locked { .. } => Trouble::StopForKeys { path: name.clone() },
            other => data_dir_trouble(name.clone(), &other, language),
        })?;
        let log = OpenLog::start(&data)?;
        Ok(Keeper { log, data, path, paper: Paper(language) })
    }

    fn ceremony(&self, holders: &[PersonId]) -> Outcome {
        self.ready(Wants::Ceremony)?;
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
        self.change(Wants::Ceremony, "ceremony", String::new(), |_| Ok(ceremony.new_keys()))?;
        self.say(&Keys::CeremonyDone);
        let told = keys(self.path, self.paper.0);
        self.asks_for_backup()?;
        told
    }

    /// The ceremony is over whatever becomes of this.
    fn asks_for_backup(&self) -> Result<(), Trouble> {
        self.say(&Keys::AskBackup);
        match self.paper.file() {
            Some(out) => backup(self.path, &out, self.paper.0).map(drop),
            None => {
                self.say(&Keys::NotBackedUp);
                Ok(())
            }
        }
    }

    fn rotate(&self, holder: PersonId, added: &[PersonId], reason: &str) -> Outcome {
        let (wants, what) = rotation(added);
        self.ready(wants)?;
        if wants == Wants::Grant {
            self.agreed(&what, reason)?;
        }
        let typed = self.paper.passphrase(&Keys::AskHolder { person: holder.0 })?;
        let passphrases = self.new_passphrases(added)?;
        let unlock = Unlock::Passphrase { person: Some(holder), typed: &typed };
        let mut random = OsRandom;
        let keyring = self.change(wants, &what, reason.to_owned(), |store| {
            rotate(store, &unlock, &of(&passphrases), &mut self.making(&mut random))
        })?;
        self.say(&Keys::Changed { epoch: keyring.certificate().certificate.epoch });
        keys(self.path, self.paper.0)
    }

    fn compartment(&self, name: &CompartmentName, holder: PersonId, members: &[PersonId], reason: &str) -> Outcome {
        let (wants, what) = self.admission(name, members)?;
        self.ready(wants)?;
        if wants == Wants::Grant {
            self.agreed(&what, reason)?;
        }
        let typed = self.paper.passphrase(&Keys::AskHolder { person: holder.0 })?;
        let passphrases = self.new_passphrases(members)?;
        let unlock = Unlock::Passphrase { person: Some(holder), typed: &typed };
        let mut random = OsRandom;
        let made = self.change(wants, &what, reason.to_owned(), |store| {
            compartment(store, &unlock, name, &of(&passphrases), &mut self.making(&mut random))
        });
        let keyring = made.map_err(|trouble| match trouble {
            Trouble::HoldersWrong { .. } => MEMBERS_WRONG,
            other => other,
        })?;
        let mut all = keyring.compartments().filter_map(|signed| named(&signed.certificate));
        if let Some((name, epoch)) = all.find(|(made, _)| made == name.as_str()) {
            self.say(&Keys::CompartmentMade { name, epoch });
        }
        keys(self.path, self.paper.0)
    }

    /// What a compartment's key wants, and what it is called. It takes a second person only where somebody more can open it
    /// from then on: a holder alone makes one without members, new keys of it, or other words for a member.
    fn admission(&self, name: &CompartmentName, members: &[PersonId]) -> Result<(Wants, String), Trouble> {
        let home = self.home()?;
        let is_member = |person: &PersonId| {
            let mut all = home.keyring().into_iter().flat_map(Keyring::members);
            all.any(|(member, of)| member == *person && of.contains(&name))
        };
        let more: Vec<String> =
            members.iter().filter(|person| !is_member(person)).map(|person| format!("member {}", person.0)).collect();
        Ok(match &more[..] {
            [] => (Wants::Keyring, format!("compartment {name}")),
            more => (Wants::Grant, format!("compartment {name}: {}", more.join(", "))),
        })
    }

    fn remove(&self, person: PersonId, is_member: bool, reason: &str) -> Outcome {
        self.ready(Wants::Keyring)?;
        let now = self.now();
        let what = if is_member { format!("member {}", person.0) } else { format!("person {}", person.0) };
        let removed = self.change(Wants::Keyring, &what, reason.to_owned(), |store| {
            if is_member { remove_member(store, person, now) } else { remove_holder(store, person, now) }
        });
        removed.map_err(|trouble| match trouble {
            Trouble::HoldersWrong { .. } if is_member => MEMBERS_WRONG,
            other => other,
        })?;
        self.say(&Keys::Removed { person: person.0 });
        Ok(ExitCode::SUCCESS)
    }

    fn recover(&self, holders: &[PersonId], from_older: bool, reason: &str) -> Outcome {
        let wants = if from_older { Wants::OlderRecovery } else { Wants::Recovery };
        self.ready(wants)?;
        self.tell_missing_epochs()?;
        if from_older {
            self.say(&Keys::CompartmentsMayLack);
        }
        let shares: [Share; 2] = [self.paper.share(1)?, self.paper.share(2)?];
        let passphrases = self.new_passphrases(holders)?;
        let mut random = OsRandom;
        let recovered = self.change(wants, "recovery", reason.to_owned(), |store| {
            let new = recover(store, &shares, &of(&passphrases), &mut self.making(&mut random))?;
            // Before anything stands in its place.
            if let Some(path) = keep_replaced_keyring(&mut self.store(), self.now())? {
                self.say(&Keys::KeyringKept { path });
            }
            Ok(new)
        });
        let keyring = recovered.map_err(|trouble| match trouble {
            Trouble::CantOpenVault { .. } => Trouble::SharesDiffer,
            other => other,
        })?;
        self.say(&Keys::Changed { epoch: keyring.certificate().certificate.epoch });
        keys(self.path, self.paper.0)
    }

    /// What a recovery from this keyring never opens again.
    fn tell_missing_epochs(&self) -> Result<(), Trouble> {
        let home = self.home()?;
        let told = daemon::keys_told(&KeyFiles::from(&self.data), &home).map_err(system("events"))?;
        let missing = home.keyring().map(|keyring| told.keys.missing_epochs(keyring)).unwrap_or_default();
        if !missing.is_empty() {
            self.say(&Keys::EpochsMissing { count: missing.len(), epochs: beginnings(&missing) });
        }
        Ok(())
    }

    fn passphrase(&self, person: PersonId) -> Outcome {
        self.ready(Wants::Keyring)?;
        let old = self.paper.passphrase(&Keys::AskHolder { person: person.0 })?;
        let new = self.paper.new_passphrase(person)?;
        let what = format!("passphrase of person {}", person.0);
        self.change(Wants::Keyring, &what, String::new(), |store| {
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

    /// Before anybody types anything: finishes what was cut off, holds the keys to the log, and asks for the fingerprint that
    /// stands on the sheet. The files alone could all have been exchanged.
    fn ready(&self, wants: Wants) -> Result<(), Trouble> {
        finish_change(&self.log, &self.data);
        self.fits(wants)?;
        if wants == Wants::Ceremony {
            return Ok(());
        }
        let fingerprint = hexadecimal(&self.home()?.fingerprint());
        if self.paper.fingerprint()? == fingerprint { Ok(()) } else { Err(Trouble::OtherSheet) }
    }

    fn fits(&self, wants: Wants) -> Result<KeysTold, Trouble> {
        let unreadable = |error| system("index.db")(io::Error::other(error));
        if daemon::was_set_back(&self.data.index()).map_err(unreadable)? {
            return Err(Trouble::VaultSetBack);
        }
        let home = self.home()?;
        let told = daemon::keys_told(&KeyFiles::from(&self.data), &home).map_err(system("events"))?;
        if told.is_lost && !matches!(wants, Wants::Recovery | Wants::OlderRecovery) {
            return Err(Trouble::LeavesDiffer);
        }
        let is_backup = home.keyring().is_some_and(|keyring| keyring.slots().next().is_none());
        match (told.keys.hold(home.keyring()), wants) {
            (Err(KeysFault::Older), Wants::OlderRecovery) if is_backup => Ok(told),
            (Err(KeysFault::Older), Wants::Recovery) if is_backup => {
                let missing = home.keyring().map(|keyring| told.keys.missing_epochs(keyring)).unwrap_or_default();
                Err(Trouble::BackupOlder { count: missing.len(), epochs: beginnings(&missing) })
            }
            (Err(fault), _) => Err(Trouble::KeysDiffer { why: keys_fault(fault, self.paper.0) }),
            (Ok(_), Wants::Ceremony) if home.keyring().is_some() => Err(Trouble::CeremonyHeld),
            (Ok(_), Wants::Keyring | Wants::Grant | Wants::Recovery | Wants::OlderRecovery)
                if home.keyring().is_none() =>
            {
                Err(Trouble::NoCeremony)
            }
            (Ok(_), _) => Ok(told),
        }
    }

    /// Before anybody types anything: whether two people agreed. Who tries without is in the audit.
    fn agreed(&self, what: &str, reason: &str) -> Result<(), Trouble> {
        if self.grant(what)?.is_some() {
            return Ok(());
        }
        self.log.runtime.block_on(async {
            self.intend(what, reason.to_owned()).await?.conclude(journal::Outcome::Failed);
            let _ = self.log.journal.settle().await;
            Err(Trouble::KeysNotGranted { object: what.to_owned() })
        })
    }

    async fn intend(&self, what: &str, reason: String) -> Result<Intent, Trouble> {
        self.log.intend(&self.data, Act::ChangeVaultKeys, what, &reason).await
    }

    /// The grant that somebody asked for and somebody else gave.
    fn grant(&self, what: &str) -> Result<Option<EventNo>, Trouble> {
        Ok(granted(&self.data, TwoPersonAct::Keys, what)?.map(|(no, ..)| no))
    }

    /// Takes the grant, for good, just before the keys change.
    async fn redeem(&self, what: &str) -> Result<(), Trouble> {
        let asked = self.grant(what)?.ok_or_else(|| Trouble::KeysNotGranted { object: what.to_owned() })?;
        self.log.redeem(&self.data, asked).await
    }

    /// Changes the keys: first the intent, durably, then the change, then what became of it.
    fn change(
        &self,
        wants: Wants,
        what: &str,
        reason: String,
        make: impl FnOnce(&FileStore) -> Result<NewKeys, HomeError>,
    ) -> Result<Keyring, Trouble> {
        self.log.runtime.block_on(async {
            let intent = self.intend(what, reason).await?;
            let changed = self.changed(wants, what, make).await;
            // Where the keys are changed, whatever the log has heard of it, "not done" would be untrue.
            let outcome = match &changed {
                Ok((_, Ok(()))) => journal::Outcome::Done,
                Ok((_, Err(_))) => journal::Outcome::Unknown,
                Err(_) => journal::Outcome::Failed,
            };
            intent.conclude(outcome);
            // The outcome is on disk before this says how it went.
            let _ = self.log.journal.settle().await;
            let (keyring, told) = changed?;
            told.map_err(system("keyring"))?;
            Ok(keyring)
        })
    }

    async fn changed(
        &self,
        wants: Wants,
        what: &str,
        make: impl FnOnce(&FileStore) -> Result<NewKeys, HomeError>,
    ) -> Result<(Keyring, io::Result<()>), Trouble> {
        // The intent is in the leaves, so all before it is.
        let told = self.fits(wants)?;
        let in_leaves = keys_in_leaves(&self.store()).map_err(system("leaves"))?;
        if !told.keys.agrees_with(&in_leaves) {
            return Err(Trouble::LeavesDiffer);
        }
        let new = make(&self.store()).map_err(|error| self.trouble(&error))?;
        if wants == Wants::Grant {
            self.redeem(what).await?;
        }
        let vault = self.data.vault();
        let changed = daemon::change_keys(&self.log.journal, &vault, Timestamps::of(&self.data), new);
        changed.await.map_err(|error| self.trouble(&error))
    }

    fn making<'r>(&self, random: &'r mut OsRandom) -> Making<'r> {
        Making { cost: Cost::SLOT, now: self.now(), random }
    }

    fn now(&self) -> Stamp {
        Timestamps::of(&self.data).now()
    }

    fn home(&self) -> Result<Home, Trouble> {
        home_of(&self.store()).map_err(|error| self.trouble(&error))
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

/// Makes an end of a change that was cut short.
fn finish_change(log: &OpenLog, data: &DataDir) {
    let (journal, timestamps) = (log.journal.clone(), Timestamps::of(data));
    log.runtime.block_on(async {
        daemon::finish_change(journal, data.into(), timestamps).await;
        let _ = log.journal.settle().await;
    });
}

/// Too many compartments or members, or one of them twice.
const MEMBERS_WRONG: Trouble =
    Trouble::MembersWrong { compartments: vault::COMPARTMENTS_MAX, members: vault::MEMBERS_MAX };

/// Name and epoch of a compartment's certificate.
fn named(certificate: &Certificate) -> Option<(String, u32)> {
    Some((certificate.compartment.as_ref()?.to_string(), certificate.epoch))
}

/// What a rotation wants, and what it is called. It takes a second person only where somebody more can open recordings from
/// then on: new keys for those who can already are the safe direction, and due within a day after a removal.
fn rotation(added: &[PersonId]) -> (Wants, String) {
    if added.is_empty() {
        return (Wants::Keyring, "rotation".to_owned());
    }
    let holders: Vec<String> = added.iter().map(|person| format!("holder {}", person.0)).collect();
    (Wants::Grant, holders.join(", "))
}

/// Two shares as they are typed, a line each.
pub(super) fn two_shares(language: Language) -> Result<String, Trouble> {
    let paper = Paper(language);
    let rows = |index| Ok(paper.share(index)?.rows().map(|row| row.to_string()).join(" "));
    let [one, other] = [rows(1)?, rows(2)?].map(Zeroizing::new);
    Ok(format!("{}\n{}", *one, *other))
}

fn of(passphrases: &Passphrases) -> Vec<NewHolder<'_>> {
    passphrases.iter().map(|(person, passphrase)| NewHolder { person: *person, passphrase }).collect()
}

fn trouble(error: &HomeError, data: &Path) -> Trouble {
    match error {
        HomeError::Ceremony => Trouble::CeremonyHeld,
        HomeError::Missing("keyring") => Trouble::NoCeremony,
        HomeError::OtherVersion => Trouble::KeyringVersion,
        HomeError::Restored => Trouble::VaultRestored,
        HomeError::Open(OpenError::WrongCode) => Trouble::CantOpenVault { path: data.display().to_string() },
        HomeError::Open(OpenError::NotAddressed) => Trouble::NoSuchHolder,
        HomeError::Open(OpenError::Parameters) => Trouble::HoldersWrong { most: vault::HOLDERS_MAX },
        other => Trouble::System { what: data.display().to_string(), why: other.to_string() },
    }
}

/// How fingerprints begin: enough to tell them apart.
fn beginnings(fingerprints: &[Hash]) -> String {
    fingerprints.iter().map(|fingerprint| hexadecimal(&fingerprint[..4])).collect::<Vec<_>>().join(", ")
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
        let failed = keeper.change(Wants::Ceremony, "ceremony", String::new(), |_| Err(HomeError::Ceremony));
        assert!(failed.is_err());
        assert_eq!(outcome(), Some(journal::Outcome::Failed));
        let ceremony = prepared();
        let untold = keeper.change(Wants::Ceremony, "ceremony", String::new(), |_| {
            // The vault can't be opened any more, so that nobody can say what the log is to be told.
            fs::rename(vault.join("identity"), vault.join("moved")).unwrap();
            Ok(ceremony.new_keys())
        });
        assert!(untold.is_err());
        assert_eq!(outcome(), Some(journal::Outcome::Unknown));
    }
}
