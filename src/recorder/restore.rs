//! A vault brought back from a copy, onto a box that has none: to be checked, and opened by two shares of the recovery key.
//!
//! ```text
//! mark ─▶ identity ─▶ log ─▶ keyring ─▶ tombstones ─▶ objects, each held to its leaf and read back ─▶ their key halves
//!                                                                                                 ─▶ chapters, each held to itself
//! ```
//!
//! What is there already and whole is not fetched again, so whatever ends it, the next one goes on; a second copy of the same vault
//! fills what the first one lacked. What is damaged in the copy is taken as it is, where nothing better is there: the rest of it can
//! be heard. Key halves are put into tables of its own, those of what is here and was not erased: whatever else the copy's had stays
//! behind.
//! Nothing is recorded into it (`restored`): the key that signs the log is in no copy.
//! Not here: what is missing or damaged at the end (`verify` names it), how a bucket is reached, the audit.

use std::{
    collections::BTreeSet,
    io::{self, ErrorKind},
};

use frame::RecordingId;
use thiserror::Error;
use vault::{
    Body, CHAPTER_OCTETS_MAX, ChapterHead, Grave, KeyNo, ObjectReader, Random, SignedCertificate, VaultId, VerifyingKey,
};

use super::{
    copy::CopyError,
    copy_chapters::chapter_named,
    copy_keys::halves_of,
    copy_target::Target,
    home::{HomeError, IDENTITY, KEYRING, identity, is_empty, keyring_of, log_verifying_key, sheet_fingerprint},
    key_table::{KeyState, KeyTables},
    leaves::{CHECKPOINTS, EDGE, HASHES, RECORDS},
    names::{
        CHAPTERS, COPY_MARK, INCOMING, OBJECTS, RESTORED, chapter_of_name, erased_stretches, grave_name, incoming_name,
        object_name,
    },
    outside::{hold_to_root, root_of_first},
    scrub::read_object,
    store::{Store, read_all},
    verify::{Finding, Keys, Outside, Report, check_object},
    verify_log::{Log, check_log},
};

/// What is fetched of the log at once.
const PIECE_OCTETS: usize = 1 << 20;

/// Octets of a tombstone at most: that of a stretch names each minute of each leg.
const STONE_OCTETS_MAX: u64 = 4 << 20;

/// What the mark says first.
const MARK: &str = "Brought back from a copy of a vault. Nothing is recorded into it.\n";

/// Why a vault is not brought back.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// What was named is no copy of a vault.
    #[error("no copy of a vault is there")]
    NoCopy,
    /// The copy can't be read.
    #[error("the copy: {0}")]
    Copy(#[source] HomeError),
    /// Something is there already.
    #[error("a vault is there")]
    NotEmpty,
    /// The copy is of another vault than what was begun here, or than the fingerprint is of.
    #[error("the copy is of another vault")]
    OtherVault,
    /// Its log is another one than the root is of, or than what is here.
    #[error("the copy holds another log")]
    OtherLog,
    /// The disk here refuses.
    #[error("the disk: {0}")]
    Disk(#[from] io::Error),
}

impl From<CopyError> for RestoreError {
    fn from(error: CopyError) -> RestoreError {
        match error {
            CopyError::Vault(error) => RestoreError::Copy(error),
            CopyError::Target(error) => RestoreError::Disk(error),
            CopyError::NotReadBack(name) => RestoreError::Disk(io::Error::new(
                ErrorKind::InvalidData,
                format!("{name} does not read back as it was written"),
            )),
            CopyError::Differs | CopyError::Twice => RestoreError::OtherLog,
        }
    }
}

/// What was brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Recordings that were fetched.
    pub fetched: u64,
    /// Recordings that were here and whole.
    pub kept: u64,
    /// Recordings that are here and not as the log has them.
    pub damaged: u64,
    /// Chapters of the event log and versions of the settings that were fetched.
    pub chapters: u64,
    /// What stands among the copy's recordings and is not this vault's, or nothing that a vault has.
    pub foreign: Vec<String>,
    /// What the copy's disk does not give.
    pub unread: Vec<String>,
    /// Recordings of which key halves can't be read in the copy.
    pub without_halves: Vec<RecordingId>,
    /// Whether the keyring came along: there was a ceremony, and the copy's is whole.
    pub has_keyring: bool,
}

/// Whether a vault was brought back from a copy.
///
/// # Errors
/// The disk's.
pub fn is_restored(store: &dyn Store) -> io::Result<bool> {
    Ok(store.octets(RESTORED)?.is_some())
}

/// Whether a copy may be brought back into what `vault` has, as far as that is known before anything is fetched: its id.
///
/// # Errors
/// [`RestoreError`].
pub fn may_restore(copy: &dyn Store, vault: &dyn Store, outside: &Outside) -> Result<VaultId, RestoreError> {
    let identity = of_copy(copy)?;
    let id = identity.certificate.vault;
    // A keyring that is damaged says no fingerprint: the check at the end names it.
    if let Some(wanted) = outside.fingerprint
        && let Ok(keyring) = keyring_of(copy, &identity)
        && sheet_fingerprint(&identity, keyring.as_ref()) != wanted
    {
        return Err(RestoreError::OtherVault);
    }
    if let Some(root) = &outside.root {
        let held = hold_to_root(copy, root).map_err(RestoreError::Copy)?;
        match held.wrong {
            // A log that ends too early is better than none, and is named at the end.
            None | Some((_, Finding::FewerThanOutside { .. })) => {}
            Some(_) => return Err(RestoreError::OtherLog),
        }
    }
    match read_all(vault, RESTORED)? {
        None if is_empty(vault)? => {}
        None => return Err(RestoreError::NotEmpty),
        Some(mark) if mark == mark_of(id).as_bytes() => {}
        Some(_) => return Err(RestoreError::OtherVault),
    }
    match read_all(vault, IDENTITY)? {
        Some(octets) if octets != identity.emit() => Err(RestoreError::OtherVault),
        _ => Ok(id),
    }
}

/// Brings back what `vault` lacks of a copy, or goes on with it. [`may_restore`] was asked. `told` hears of each recording.
///
/// # Errors
/// [`RestoreError`]; what was fetched stays.
pub fn restore(
    copy: &dyn Store,
    vault: &mut dyn Store,
    random: Box<dyn Random + Send>,
    told: &mut dyn FnMut(RecordingId),
) -> Result<Restored, RestoreError> {
    let identity = of_copy(copy)?;
    let id = identity.certificate.vault;
    let mut vault = Target(vault);
    if vault.read(RESTORED)?.is_none() {
        vault.put(RESTORED, mark_of(id).as_bytes())?;
    }
    if vault.read(IDENTITY)?.is_none() {
        vault.put(IDENTITY, &identity.emit())?;
    }
    bring_log(copy, &mut vault, &identity)?;
    let has_keyring = bring_keyring(copy, &mut vault, &identity)?;
    let (_, log) = log_of(vault.0, &identity).map_err(of_disk)?;
    let signed_by = log_verifying_key(&identity).map_err(RestoreError::Copy)?;
    let keys = Keys::of(&mut Report::sealed(), vault.0, identity).map_err(of_disk)?;
    let tables = tables_of(&mut vault, id, random)?;
    let restored = Restored { has_keyring, ..Restored::default() };
    let mut bringing = Bringing { copy, vault, id, log, keys, tables, restored };
    bringing.all(told)?;
    bringing.chapters(&signed_by)?;
    let Bringing { mut vault, restored, .. } = bringing;
    for name in vault.list(INCOMING)? {
        vault.remove(&name)?;
    }
    // Whoever pulled out the copy's disk half-way has brought back half of it.
    of_copy(copy)?;
    Ok(restored)
}

fn mark_of(id: VaultId) -> String {
    format!("{MARK}vault {id}\n")
}

fn of_copy(copy: &dyn Store) -> Result<SignedCertificate, RestoreError> {
    if at_copy(copy.octets(COPY_MARK))?.is_none() {
        return Err(RestoreError::NoCopy);
    }
    identity(copy).map_err(RestoreError::Copy)
}

fn at_copy<T>(read: io::Result<T>) -> Result<T, RestoreError> {
    read.map_err(|error| RestoreError::Copy(error.into()))
}

fn of_disk(error: HomeError) -> RestoreError {
    match error {
        HomeError::Disk(error) => RestoreError::Disk(error),
        other => RestoreError::Disk(io::Error::other(other)),
    }
}

/// What is wrong with a log, and what it says.
fn log_of(store: &dyn Store, identity: &SignedCertificate) -> Result<(Report, Log), HomeError> {
    let mut report = Report::sealed();
    let log = check_log(&mut report, store, identity, None)?;
    Ok((report, log))
}

/// The log is taken as a whole: the copy's where there is none here, where that has grown out of the one here, or where the one here
/// is damaged and the copy's is not.
fn bring_log(copy: &dyn Store, vault: &mut Target<'_>, identity: &SignedCertificate) -> Result<(), RestoreError> {
    let leaves = |octets: Option<u64>| octets.unwrap_or(0) / 32;
    let (here, there) = (leaves(vault.octets(HASHES)?), leaves(at_copy(copy.octets(HASHES))?));
    if vault.octets(EDGE)?.is_some() {
        let (own, _) = log_of(vault.0, identity).map_err(of_disk)?;
        let wants = match own.is_intact() {
            true => {
                let common = here.min(there);
                let root = root_of_first(vault.0, common).map_err(of_disk)?;
                if root_of_first(copy, common).map_err(RestoreError::Copy)? != root {
                    return Err(RestoreError::OtherLog);
                }
                there > here
            }
            false => {
                let (theirs, _) = log_of(copy, identity).map_err(RestoreError::Copy)?;
                theirs.is_intact() && theirs.leaves >= own.leaves
            }
        };
        if !wants {
            return Ok(());
        }
    }
    // A box may be writing there: each leaf comes before its hash, and that before the root over it, so they are read the other way
    // round. The edge goes last: as long as there is none, all of it is fetched anew.
    let files = [CHECKPOINTS, HASHES, RECORDS, EDGE];
    for name in files {
        fetch(copy, vault, name)?;
    }
    for name in files {
        if vault.octets(&staged(name))?.is_some() {
            vault.rename(&staged(name), name)?;
        }
    }
    Ok(())
}

fn staged(name: &str) -> String {
    format!("{INCOMING}/{}", name.replace('/', "-"))
}

/// Fetches a file beside its place, as it is; nothing where the copy has none.
fn fetch(copy: &dyn Store, vault: &mut Target<'_>, name: &str) -> Result<(), RestoreError> {
    let staged = staged(name);
    vault.remove(&staged)?;
    let Some(octets) = at_copy(copy.octets(name))? else { return Ok(()) };
    let (mut at, mut piece) = (0, vec![0; PIECE_OCTETS]);
    while at < octets {
        let read = at_copy(copy.read_at(name, at, &mut piece))?;
        if read == 0 {
            break;
        }
        vault.write(&staged, at, &piece[..read])?;
        at += read as u64;
    }
    Ok(())
}

/// The keyring without slots; where it is damaged there, the one here stays.
fn bring_keyring(copy: &dyn Store, vault: &mut Target<'_>, identity: &SignedCertificate) -> Result<bool, RestoreError> {
    let is_here = |vault: &Target<'_>| matches!(keyring_of(vault.0, identity), Ok(Some(_)));
    let theirs = match keyring_of(copy, identity) {
        Ok(theirs) => theirs,
        Err(HomeError::Disk(error)) => return Err(RestoreError::Copy(error.into())),
        Err(_) => None,
    };
    if !is_here(vault)
        && let Some(theirs) = theirs
    {
        vault.put(KEYRING, &theirs.emit())?;
    }
    Ok(is_here(vault))
}

/// The key tables here. A power cut between two writings may have spoiled a page of one of them.
fn tables_of(vault: &mut Target<'_>, id: VaultId, random: Box<dyn Random + Send>) -> Result<KeyTables, RestoreError> {
    let mut tables = KeyTables::open_to_read(vault.0, id, random)?;
    tables.repair(vault.0)?;
    Ok(tables)
}

/// What is being fetched.
struct Bringing<'a> {
    copy: &'a dyn Store,
    vault: Target<'a>,
    id: VaultId,
    log: Log,
    keys: Keys,
    tables: KeyTables,
    restored: Restored,
}

impl Bringing<'_> {
    /// Tombstones first: what was erased is not to be opened here for a moment.
    fn all(&mut self, told: &mut dyn FnMut(RecordingId)) -> Result<(), RestoreError> {
        let (mut objects, mut stones) = (Vec::new(), Vec::new());
        for name in at_copy(self.copy.list(OBJECTS))? {
            let file = name.rsplit('/').next().unwrap_or_default();
            let object = file.strip_suffix(".rfo").and_then(|stem| stem.parse::<RecordingId>().ok());
            let stone = file.strip_suffix(".tombstone").and_then(|stem| stem.parse::<Grave>().ok());
            match (object, stone) {
                (Some(recording), _) if object_name(recording) == name => objects.push(recording),
                (_, Some(grave)) if grave_name(grave) == name => stones.push(name),
                _ => self.restored.foreign.push(name),
            }
        }
        for name in stones {
            self.stone(&name)?;
        }
        for recording in objects {
            // The copy was told that it is erased, and had not come to that.
            if !self.log.tombstones.contains_key(&recording) {
                self.recording(recording)?;
            }
            told(recording);
        }
        Ok(())
    }

    /// Fetches what is longer than what is here, as the last chapter is of a copy that went on, or whole where what is here is not.
    fn chapters(&mut self, key: &VerifyingKey) -> Result<(), RestoreError> {
        for name in at_copy(self.copy.list(CHAPTERS))? {
            if chapter_of_name(&name).is_none() {
                self.restored.foreign.push(name);
                continue;
            }
            let octets = at_copy(self.copy.octets(&name))?;
            let own = self.vault.read(&name).ok().flatten();
            let of_own = own.as_ref().and_then(|own| self.chapter(&name, own, key));
            if of_own.is_some() && octets == own.as_ref().map(|own| own.len() as u64) {
                continue;
            }
            if octets.is_some_and(|octets| octets > 2 * CHAPTER_OCTETS_MAX as u64) {
                self.restored.foreign.push(name);
                continue;
            }
            let Some(theirs) = self.read_there(&name)? else { continue };
            let is_better = match (of_own, self.chapter(&name, &theirs, key)) {
                (Some(own), Some(theirs)) => own.first == theirs.first && own.last < theirs.last,
                (None, Some(_)) => true,
                (_, None) => own.is_none(),
            };
            if is_better {
                self.vault.put(&name, &theirs)?;
                self.restored.chapters += 1;
            }
        }
        Ok(())
    }

    fn chapter(&self, name: &str, octets: &[u8], key: &VerifyingKey) -> Option<ChapterHead> {
        Some(chapter_named(name, octets, &self.id, key).ok()?.head)
    }

    /// Whether the log knows a tombstone is looked at in the end.
    fn stone(&mut self, name: &str) -> Result<(), RestoreError> {
        if self.vault.octets(name)?.is_some() {
            return Ok(());
        }
        let octets = match self.copy.octets(name) {
            Ok(Some(octets)) if octets <= STONE_OCTETS_MAX => self.read_there(name)?,
            Ok(None) => None,
            Ok(Some(_)) => {
                self.restored.foreign.push(name.to_owned());
                None
            }
            Err(error) => return Err(RestoreError::Copy(error.into())),
        };
        match octets {
            Some(octets) => Ok(self.vault.put(name, &octets)?),
            None => Ok(()),
        }
    }

    /// What the copy's disk gives. One bad sector keeps nothing else from being fetched; a copy that is away does.
    fn read_there(&mut self, name: &str) -> Result<Option<Vec<u8>>, RestoreError> {
        const AWAY: [ErrorKind; 4] = [
            ErrorKind::NotConnected,
            ErrorKind::TimedOut,
            ErrorKind::PermissionDenied,
            ErrorKind::StaleNetworkFileHandle,
        ];
        match read_object(self.copy, name) {
            Err(error) if !AWAY.contains(&error.kind()) => {
                tracing::error!(%name, %error, "the copy does not give it");
                self.restored.unread.push(name.to_owned());
                Ok(None)
            }
            read => at_copy(read),
        }
    }

    fn recording(&mut self, recording: RecordingId) -> Result<(), RestoreError> {
        let name = object_name(recording);
        let own = self.vault.read(&name).ok().flatten();
        let octets = match own {
            Some(own) if self.is_whole(&name, &own) => {
                self.restored.kept += 1;
                own
            }
            own => match self.fetched(recording, &name, own)? {
                Some(octets) => octets,
                None => return Ok(()),
            },
        };
        self.halves(recording, &octets)
    }

    /// The recording as it is here now.
    fn fetched(
        &mut self,
        recording: RecordingId,
        name: &str,
        own: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, RestoreError> {
        let theirs = self.read_there(name)?;
        let is_foreign = |octets: &Vec<u8>| {
            let head = ObjectReader::new(octets).ok().map(|reader| (reader.head().vault, reader.head().recording));
            head.is_some_and(|head| head != (self.id, recording))
        };
        let Some(theirs) = theirs else { return Ok(own) };
        if is_foreign(&theirs) {
            self.restored.foreign.push(name.to_owned());
            return Ok(own);
        }
        let is_whole = self.is_whole(name, &theirs);
        self.restored.damaged += u64::from(!is_whole);
        if !is_whole && own.is_some() {
            return Ok(own);
        }
        let staged = incoming_name(recording);
        self.vault.stage(&staged, &theirs)?;
        self.vault.rename(&staged, name)?;
        self.restored.fetched += 1;
        Ok(Some(theirs))
    }

    /// Whether a recording is what the log says, for whomever it was sealed.
    fn is_whole(&self, name: &str, octets: &[u8]) -> bool {
        let mut report = Report::sealed();
        if let Some(checked) = check_object(&mut report, name, octets, None, &self.log) {
            checked.hold_to(&mut report, name, &self.keys, &self.log);
        }
        report.findings.iter().all(|found| found.what == Finding::SealedForAnother)
    }

    /// Takes the halves of a recording's keys that were not erased.
    fn halves(&mut self, recording: RecordingId, octets: &[u8]) -> Result<(), RestoreError> {
        let stones = erased_stretches(self.vault.0, recording)?;
        let minutes = stones.into_iter().filter_map(|stone| stone.range).flat_map(|range| range.minutes);
        let gone: BTreeSet<KeyNo> = minutes.map(|minute| minute.key).collect();
        let mut wanted = numbers(octets);
        wanted.retain(|key| !gone.contains(key));
        wanted.retain(|key| !matches!(self.tables.get(self.vault.0, *key), Ok(KeyState::There(_))));
        if wanted.is_empty() {
            return Ok(());
        }
        let (halves, unread) = halves_of(self.copy, self.id, &wanted)?;
        if !unread.is_empty() {
            self.restored.without_halves.push(recording);
        }
        if !halves.is_empty() {
            self.tables.put_anywhere(self.vault.0, &halves)?;
        }
        Ok(())
    }
}

/// The keys of an object, as far as it can be followed.
fn numbers(octets: &[u8]) -> Vec<KeyNo> {
    let mut numbers = Vec::new();
    let Ok(mut reader) = ObjectReader::new(octets) else { return numbers };
    while let Ok(Some(found)) = reader.next_record() {
        if let Body::Key(key) = &found.record.body {
            numbers.push(key.key_no);
        }
    }
    numbers
}
