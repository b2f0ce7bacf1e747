//! `verify`: whether recordings and log are what they were. Needs no key; with the opener it also decrypts every chunk.
//!
//! Every octet of an object is covered: by the record's checksum (which says where), by the hash chain (which says that
//! nothing was exchanged), and by the leaf of the finished recording under a signed root (which says when).

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use frame::{CallId, LegId, RecordingId};
use vault::{
    Body, Fault, FormatError, Found as FoundRecord, Grave, Hash, KeyNo, Keyring, KeysFault, LegMinute, ObjectReader,
    ObjectTrailer, OpenError, SegmentHead, SignedCertificate, Tombstone, VaultId,
};

use super::{
    Begun,
    bucket::BucketStore,
    bucket_files::FilesBucket,
    erasing::marker,
    home::{
        BIRTH_KEY, HomeError, IDENTITY, KEYRING, birth_key_is_wiped, identity, keyring_of, sheet_fingerprint,
        spoiled_files,
    },
    key_table::{KeyTables, spoiled_pages},
    leaves::RECORDS,
    names::{COPY_MARK, ERASING, OBJECTS, SEGMENTS, erasing_grave, object_name, range_tombstones, tombstone_name},
    opener::{DataKeys, Opener},
    restore::is_restored,
    segment_scan::{is_free_head, scan},
    store::{FileStore, Store, read_all},
    verify_chapters::{ChaptersFound, check_chapters},
    verify_log::{Log, Logged, check_log},
    verify_package::{is_package, verify_package},
    verify_scope::{Day, Scope, vault_above},
    verify_unfinished::Unfinished,
    whereabouts::Whereabouts,
};

/// What is known from outside the box. Without it a vault is held to itself alone, and whoever could sign may have
/// written all of it anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// A signed checkpoint that was held elsewhere: the text of the note.
    pub root: Option<String>,
    /// The fingerprint of the vault's certificate, as it stands on the sheet.
    pub fingerprint: Option<Hash>,
}

/// How far the check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Frames, chain, leaves and signatures: no key.
    Sealed,
    /// Every chunk was decrypted too.
    Opened,
}

/// What is wrong at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Octets that are not in the format, or a hash, checksum or signature that does not fit.
    Format(FormatError),
    /// The object is whole in itself, but not the one that the log knows.
    NotTheLogged,
    /// What a minute of the recording's life left in the log, at this moment in microseconds since 1970, is not in it.
    OtherThanLive(i64),
    /// The object is of another vault.
    OtherVault,
    /// The object stands under another recording's name.
    WrongName,
    /// The log knows a finished recording that has no object, and no tombstone that the log knows.
    Missing(RecordingId, CallId),
    /// The object is not in the log. Until its leaf is written that is so for a moment.
    NotLogged,
    /// A later leaf of the log says otherwise of the end of this recording than the first one, which counts.
    SaidOtherwise,
    /// A checkpoint says another root than its leaves have, or more leaves than there are.
    WrongRoot,
    /// The root from outside is none, or another key has signed it.
    OutsideRoot(FormatError),
    /// The root from outside covers more leaves than there are.
    FewerThanOutside {
        /// How many leaves it covers.
        covers: u64,
    },
    /// The leaves that the root from outside covers are others.
    OtherThanOutside {
        /// How many leaves it covers.
        covers: u64,
    },
    /// None of the roots from outside is the one that a package stands under.
    NotAmongOutside {
        /// How many leaves that one covers.
        covers: u64,
    },
    /// The certificate is not the one of the sheet.
    OtherCertificate,
    /// A chunk does not open.
    Sealed(OpenError),
    /// A page of a key table, or its root file, does not open.
    KeyTable,
    /// The recording was sealed for another certificate than the vault's.
    SealedForAnother,
    /// The key that the log says was destroyed is there.
    KeyIsBack,
    /// The half of a key is gone, and nothing that the log knows says that it was erased.
    ErasedByNobody,
    /// A half of a key is in the key tables, which the tombstone of a stretch says are without it.
    HalfIsBack,
    /// The log knows the tombstone of a stretch that does not stand beside the recording.
    NoRangeTombstone,
    /// The tombstone of a stretch names minutes, or a link, that its recording does not have.
    RangeOfAnother,
    /// The tombstone of a stretch stands there that the log does not know.
    UnknownRangeTombstone,
    /// The disk does not give the object back.
    Unreadable(io::ErrorKind),
    /// The keyring is not the one that the log knows.
    Keyring(KeysFault),
    /// A copy lacks chapters of the event log, or versions of the settings, from the file that is named to this number.
    NoChapter {
        /// The last one.
        to: u64,
    },
    /// A chapter does not begin with the event behind the last one of the chapter before.
    ChapterApart,
}

/// A finding and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file, relative to the vault.
    pub file: String,
    /// Where in it, in octets.
    pub offset: u64,
    /// What.
    pub what: Finding,
    /// Where in which recording, as far as it is known. The chunk is the one itself where it does not open, else the
    /// last whole one.
    pub about: Option<Whereabouts>,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How far it went.
    pub depth: Depth,
    /// Objects that were checked.
    pub objects: u64,
    /// Chunks in them.
    pub chunks: u64,
    /// Chunks whose key half was erased: sealed for ever, which is no fault where the log knows why.
    pub erased_chunks: u64,
    /// The tombstones of recordings, and of stretches, that were erased, as the log knows them.
    pub erased: Vec<Tombstone>,
    /// What is being erased, as files say that fit the log: no evidence, and over with the next start.
    pub under_way: Vec<Grave>,
    /// Calls that had to be recorded, by the log.
    pub required: u64,
    /// Those of which it knows no finished recording: they go on, or are missing.
    pub not_made: Vec<CallId>,
    /// Of a day: those of them of which the vault holds nothing that goes on either.
    pub lacks: Vec<CallId>,
    /// Where only one recording is looked at: whether the leaf of its end, or of its erasure, stands under the last signed root.
    pub is_signed: Option<bool>,
    /// Recordings whose erasure is said by leaves behind the last signed root alone.
    pub erased_unsigned: Vec<RecordingId>,
    /// Leaves that were checked.
    pub leaves: u64,
    /// Leaves under the newest signed root.
    pub signed_leaves: u64,
    /// Leaves under the root from outside, where one was given.
    pub outside_leaves: Option<u64>,
    /// Of a copy: recordings that were not finished yet, and are not in it.
    pub left_out: Option<u64>,
    /// Of a copy that is checked as a whole: what it has of the event log and the settings.
    pub chapters: Option<ChaptersFound>,
    /// The fingerprint of the vault's certificate; none where one object was checked alone, held to nothing but itself.
    pub fingerprint: Option<Hash>,
    /// What of the vault was looked at.
    pub scope: Scope,
    /// Objects that were not, as they are no part of that.
    pub others: u64,
    /// All that is wrong.
    pub findings: Vec<Found>,
}

impl Report {
    /// An empty one of a check that needs no key.
    pub(super) fn sealed() -> Report {
        Report::new(Depth::Sealed)
    }

    fn new(depth: Depth) -> Report {
        Report {
            depth,
            objects: 0,
            chunks: 0,
            erased_chunks: 0,
            erased: Vec::new(),
            under_way: Vec::new(),
            required: 0,
            not_made: Vec::new(),
            lacks: Vec::new(),
            is_signed: None,
            erased_unsigned: Vec::new(),
            leaves: 0,
            signed_leaves: 0,
            outside_leaves: None,
            left_out: None,
            chapters: None,
            fingerprint: None,
            scope: Scope::Whole,
            others: 0,
            findings: Vec::new(),
        }
    }

    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty() && self.lacks.is_empty()
    }

    pub(super) fn find(&mut self, file: &str, offset: u64, what: Finding) {
        self.findings.push(Found { file: file.to_owned(), offset, what, about: None });
    }

    pub(super) fn find_about(&mut self, file: &str, offset: u64, what: Finding, about: Whereabouts) {
        self.findings.push(Found { file: file.to_owned(), offset, what, about: Some(about) });
    }
}

/// Checks a vault's directory, the package of an export, or one recording. A recording's file that stands at its place in a vault
/// is held to that vault's log; any other is held to itself alone.
///
/// # Errors
/// The disk's, a vault without an identity, or a file on its own that something from outside is given for.
pub fn verify(path: &Path, outside: &Outside) -> Result<Report, HomeError> {
    match Target::of(path)? {
        Target::Vault(vault, scope) => verify_against(&*store_in(&vault), None, scope, outside),
        Target::Package => verify_package(path, outside),
        // Nothing that is known from outside says anything of it, and whoever gave it must not think so.
        Target::Alone if *outside != Outside::default() => Err(HomeError::NoVault),
        Target::Alone => {
            let mut report = Report::new(Depth::Sealed);
            check_object(&mut report, &path.to_string_lossy(), &std::fs::read(path)?, None, &Log::default());
            Ok(report)
        }
    }
}

/// Checks a vault's directory, or one recording in it, and decrypts every chunk with what a passphrase, or the owner's code, opens.
///
/// # Errors
/// The disk's, a vault without an identity, a wrong passphrase, or a file in no vault.
pub fn verify_open(path: &Path, passphrase: &[u8], outside: &Outside) -> Result<Report, HomeError> {
    let Target::Vault(vault, scope) = Target::of(path)? else { return Err(HomeError::NoVault) };
    let opener = Opener::new(store_in(&vault), passphrase)?;
    verify_against(&*store_in(&vault), Some(&opener), scope, outside)
}

/// Checks the recordings of one day in a vault's directory; with a passphrase every chunk of them, too.
///
/// # Errors
/// As [`verify_open`].
pub fn verify_day(path: &Path, day: Day, passphrase: Option<&[u8]>, outside: &Outside) -> Result<Report, HomeError> {
    if !path.is_dir() {
        return Err(HomeError::NoVault);
    }
    let opener = passphrase.map(|passphrase| Opener::new(store_in(path), passphrase)).transpose()?;
    verify_against(&*store_in(path), opener.as_ref(), Scope::Day(day), outside)
}

/// What a path names.
enum Target {
    Vault(PathBuf, Scope),
    Package,
    Alone,
}

impl Target {
    fn of(path: &Path) -> io::Result<Target> {
        if path.is_dir() {
            return Ok(Target::Vault(path.to_owned(), Scope::Whole));
        }
        if let Some((vault, name)) = vault_above(path) {
            return Ok(Target::Vault(vault, Scope::Object(name)));
        }
        Ok(if is_package(path)? { Target::Package } else { Target::Alone })
    }
}

/// The files in a directory. What was downloaded of a bucket has the log's files in pieces, each in a directory of the file's name.
pub fn store_in(path: &Path) -> Box<dyn Store> {
    let files = FileStore::new(path);
    if path.join(RECORDS).is_dir() { Box::new(BucketStore::new(FilesBucket(files))) } else { Box::new(files) }
}

/// Checks the vault in `store` against itself, with an opener every chunk too.
///
/// # Errors
/// The disk's, or a vault without an identity.
pub fn verify_vault(store: &dyn Store, opener: Option<&Opener>) -> Result<Report, HomeError> {
    verify_against(store, opener, Scope::Whole, &Outside::default())
}

fn verify_against(
    store: &dyn Store,
    opener: Option<&Opener>,
    scope: Scope,
    outside: &Outside,
) -> Result<Report, HomeError> {
    let mut report = Report::new(if opener.is_some() { Depth::Opened } else { Depth::Sealed });
    let identity = identity(store)?;
    let keys = Keys::of(&mut report, store, identity)?;
    let identity = &keys.identity;
    report.fingerprint = Some(sheet_fingerprint(identity, keys.keyring.as_ref()));
    if outside.fingerprint.is_some() && outside.fingerprint != report.fingerprint {
        report.find(IDENTITY, 0, Finding::OtherCertificate);
    }
    let log = check_log(&mut report, store, identity, outside.root.as_deref())?;
    let going_on = check_unfinished(&mut report, store, &log, &scope, identity.certificate.vault)?;
    let (names, others) = scope.objects(store.list(OBJECTS)?, &log);
    report.others = others;
    if scope.is_nothing(&names, &log) {
        return Err(HomeError::Disk(io::ErrorKind::NotFound.into()));
    }
    let gone = gone_on_purpose(&mut report, store, &log, &scope, identity.certificate.vault)?;
    check_unknown_stones(&mut report, &names, &log);
    for name in names.iter().filter(|name| scope.is_object(name)) {
        let octets = read_all(store, name)?.unwrap_or_default();
        let gone = opener.map(|opener| Opening { opener, gone: &gone });
        if let Some(checked) = check_object(&mut report, name, &octets, gone, &log) {
            checked.hold_to(&mut report, name, &keys, &log);
        }
    }
    check_missing(&mut report, store, &names, &log, &scope)?;
    check_day(&mut report, &scope, &going_on);
    check_signed(&mut report, &scope, &log);
    check_keys(&mut report, store, &keys, &log)?;
    if scope == Scope::Whole {
        check_key_tables(&mut report, store, identity.certificate.vault)?;
        if is_copied(store)? {
            report.chapters = Some(check_chapters(&mut report, store, identity)?);
        }
    }
    report.scope = scope;
    Ok(report)
}

/// Checks the ring, and the recordings that have no object yet; gives the calls of which they hold something. Where one recording is
/// looked at, the ring is read only for that.
fn check_unfinished(
    report: &mut Report,
    store: &dyn Store,
    log: &Log,
    scope: &Scope,
    vault: VaultId,
) -> io::Result<BTreeSet<CallId>> {
    let mut unfinished = Unfinished::of(log, scope);
    if matches!(scope, Scope::Object(_)) && unfinished.recordings() == 0 {
        return Ok(BTreeSet::new());
    }
    check_segments(report, store, &mut unfinished)?;
    let going_on = unfinished.calls(store)?;
    match is_copied(store)? {
        true => report.left_out = Some(unfinished.recordings()),
        false => unfinished.check(report, store, vault)?,
    }
    Ok(going_on)
}

/// Whether it is a copy, or was brought back from one: neither has a ring, or erases.
fn is_copied(store: &dyn Store) -> io::Result<bool> {
    Ok(store.octets(COPY_MARK)?.is_some() || is_restored(store)?)
}

/// Of a day each call that had to be recorded is, or goes on. Whoever checks a whole vault sees those that are not, too; of what was
/// lost in some year, and told then, a vault is not damaged for ever. A copy does not have what goes on.
fn check_day(report: &mut Report, scope: &Scope, going_on: &BTreeSet<CallId>) {
    if matches!(scope, Scope::Day(_)) && report.left_out.is_none() {
        report.lacks = report.not_made.iter().filter(|call| !going_on.contains(call)).copied().collect();
    }
}

/// Whoever can write the log's files, but has no key to sign, can append leaves.
fn check_signed(report: &mut Report, scope: &Scope, log: &Log) {
    let signed = report.signed_leaves;
    let stones = log.stones_at.iter().filter(|(recording, at)| **at >= signed && scope.takes(**recording, log));
    report.erased_unsigned = stones.map(|(recording, _)| *recording).collect();
    if let Scope::Object(_) = scope {
        let mut own = log.finished_at.iter().filter(|(recording, _)| scope.takes(**recording, log));
        report.is_signed = own.next().map(|(_, at)| *at < signed);
    }
}

/// Checks what opens the audio, as far as that can be done without the passphrase.
fn check_keys(report: &mut Report, store: &dyn Store, keys: &Keys, log: &Log) -> io::Result<()> {
    let identity = &keys.identity;
    let wiped = keys.keyring.is_some() && birth_key_is_wiped(store)?;
    if log.keys.is_destroyed(&identity.fingerprint()) && store.octets(BIRTH_KEY)?.is_some() && !wiped {
        report.find(BIRTH_KEY, 0, Finding::KeyIsBack);
    }
    let lacks = keys.keyring.as_ref().is_some_and(|keyring| log.keys.lacks_an_epoch(keyring));
    let fault = log.keys.hold(keys.keyring.as_ref()).err().or(lacks.then_some(KeysFault::Older));
    fault.into_iter().for_each(|fault| report.find(KEYRING, 0, Finding::Keyring(fault)));
    let spoiled = spoiled_files(store, identity)?;
    for (file, what) in spoiled.into_iter().filter(|(file, _)| *file != BIRTH_KEY || !wiped) {
        report.find(file, 0, Finding::Format(what));
    }
    Ok(())
}

fn check_key_tables(report: &mut Report, store: &dyn Store, vault: VaultId) -> io::Result<()> {
    // A page is written before the one above it says so: what a running box is just writing is right a moment later.
    let mut spoiled = spoiled_pages(store, vault)?;
    if !spoiled.is_empty() {
        spoiled = spoiled_pages(store, vault)?;
    }
    for (file, offset) in spoiled {
        report.find(&file, offset, Finding::KeyTable);
    }
    Ok(())
}

/// The public side of the vault's keys.
pub(super) struct Keys {
    identity: SignedCertificate,
    keyring: Option<Keyring>,
    /// Of every certificate that a recording may be sealed for.
    fingerprints: BTreeSet<Hash>,
}

impl Keys {
    /// The keyring; none before the ceremony.
    pub(super) fn keyring(&self) -> Option<&Keyring> {
        self.keyring.as_ref()
    }

    /// Reads them; a keyring that is damaged is found, and none.
    pub(super) fn of(report: &mut Report, store: &dyn Store, identity: SignedCertificate) -> Result<Keys, HomeError> {
        let keyring = match keyring_of(store, &identity) {
            Err(HomeError::Damaged { file, what }) => {
                report.find(file, 0, Finding::Format(what));
                None
            }
            Err(HomeError::OtherVersion) => {
                report.find(KEYRING, 0, Finding::Format(FormatError::Version));
                None
            }
            other => other?,
        };
        let since = keyring.iter().flat_map(Keyring::fingerprints);
        let recovery = keyring.iter().map(|keyring| keyring.recovery().fingerprint());
        let fingerprints = since.chain(recovery).chain([identity.fingerprint()]).collect();
        Ok(Keys { identity, keyring, fingerprints })
    }

    /// Whether a recording may be sealed for a certificate: one of the keyring's, or one that the log knows. That the keyring
    /// lacks it, or is gone, is found once, and not at each recording.
    fn allow(&self, certificate: &Hash, log: &Log) -> bool {
        let of_recovery = log.keys.placed().is_some_and(|placed| placed.recovery == *certificate);
        of_recovery || self.fingerprints.contains(certificate) || log.keys.has_begun(certificate)
    }
}

/// An object that is whole in itself.
pub(super) struct Checked {
    recording: RecordingId,
    vault: VaultId,
    certificate: Option<Hash>,
    says: Logged,
}

/// Checks one object; `None` when it is not whole.
pub(super) fn check_object(
    report: &mut Report,
    name: &str,
    octets: &[u8],
    opening: Option<Opening<'_>>,
    log: &Log,
) -> Option<Checked> {
    report.objects += 1;
    let mut reader = match ObjectReader::new(octets) {
        Ok(reader) => reader,
        Err(Fault { offset, what }) => {
            report.find(name, offset, Finding::Format(what));
            return None;
        }
    };
    let mut about = Whereabouts::of(reader.head().recording);
    let followed = follow_object(report, name, &mut reader, opening, log, &mut about);
    match followed.and_then(|certificate| says(reader, certificate)) {
        Ok(checked) => Some(checked),
        Err(Fault { offset, what }) => {
            report.find_about(name, offset, Finding::Format(what), about);
            None
        }
    }
}

fn follow_object(
    report: &mut Report,
    name: &str,
    reader: &mut ObjectReader<'_>,
    opening: Option<Opening<'_>>,
    log: &Log,
    about: &mut Whereabouts,
) -> Result<Option<Hash>, Fault> {
    let (mut keys, mut keys_before) = (DataKeys::of(reader.head()), KeysBefore::default());
    let mut certificate = None;
    let mut links = log.live.get(&about.recording).cloned().unwrap_or_default();
    while let Some(found) = reader.next_record()? {
        about.follow(&found.record);
        keys_before.hold(&found)?;
        if let Body::RecordingHead(head) = &found.record.body {
            certificate = Some(head.certificate);
        }
        links.retain(|(_, link)| *link != reader.chain().head);
        report.chunks += u64::from(matches!(found.record.body, Body::Chunk(_)));
        let Some(Opening { opener, gone }) = opening else { continue };
        match keys.follow(&found, opener) {
            Ok(_) => {}
            Err(OpenError::Erased) => {
                report.erased_chunks += 1;
                if !keys_before.key_of(&found).is_some_and(|key| gone.says(about.recording, key)) {
                    report.find_about(name, found.offset, Finding::ErasedByNobody, *about);
                }
            }
            Err(error) => report.find_about(name, found.offset, Finding::Sealed(error), *about),
        }
    }
    // The first minute that says otherwise is where it became another recording.
    if let Some((utc_us, _)) = links.first() {
        report.find_about(name, 0, Finding::OtherThanLive(*utc_us), *about);
    }
    Ok(certificate)
}

/// What opens chunks, and which keys are gone on purpose.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    opener: &'a Opener,
    gone: &'a Gone,
}

/// The key halves that are gone on purpose.
#[derive(Default)]
struct Gone {
    /// Those that tombstones of stretches name, which the log knows, each of its recording alone; and those of what is under way.
    keys: BTreeSet<(RecordingId, KeyNo)>,
    /// Recordings of which all is gone: this is a copy of the object from before.
    recordings: BTreeSet<RecordingId>,
}

impl Gone {
    fn says(&self, recording: RecordingId, key: KeyNo) -> bool {
        self.keys.contains(&(recording, key)) || self.recordings.contains(&recording)
    }

    fn add(&mut self, recording: RecordingId, keys: &[KeyNo]) {
        self.keys.extend(keys.iter().map(|key| (recording, *key)));
    }
}

/// What the log and the vault say is gone on purpose. The tombstones of stretches are held to it: each stands, names what its
/// recording has, and no key table has a half that one of them says is destroyed.
fn gone_on_purpose(
    report: &mut Report,
    store: &dyn Store,
    log: &Log,
    scope: &Scope,
    vault: VaultId,
) -> io::Result<Gone> {
    let mut gone = Gone { recordings: log.tombstones.keys().copied().collect(), ..Gone::default() };
    let under_way = under_way(report, store, log, scope, vault)?;
    for begun in &under_way {
        gone.add(begun.tombstone().recording, begun.keys());
        report.under_way.push(begun.tombstone().grave());
    }
    for (grave, document) in log.ranges.iter().filter(|(grave, _)| scope.takes(grave.recording, log)) {
        let stones = range_tombstones(store, grave.recording)?;
        let stone = stones.into_iter().find(|(hash, stone)| hash == document && stone.grave() == *grave);
        let object = object_name(grave.recording);
        let Some((_, stone)) = stone else {
            // The log has it, and the box is just writing it.
            if !under_way.iter().any(|begun| begun.tombstone().grave() == *grave) {
                report.find(&object, 0, Finding::NoRangeTombstone);
            }
            continue;
        };
        let keys: Vec<KeyNo> = stone.range.iter().flat_map(|range| &range.minutes).map(|minute| minute.key).collect();
        // Pages that do not open are found by themselves.
        if let Some(table) = KeyTables::table_with(store, vault, &keys)? {
            report.find(table, 0, Finding::HalfIsBack);
        }
        match is_of_object(&stone, read_all(store, &object)?.as_deref(), log) {
            true => gone.add(grave.recording, &keys),
            false => report.find(&object, 0, Finding::RangeOfAnother),
        }
        report.erased.push(stone);
    }
    Ok(gone)
}

/// Whether a tombstone is of the recording that the log knows, and each of its minutes has that key there. Of an object that is not
/// whole, or erased since, nobody can tell the minutes.
pub(super) fn is_of_object(stone: &Tombstone, object: Option<&[u8]>, log: &Log) -> bool {
    let is_logged = log.finished.get(&stone.recording).is_some_and(|(_, says)| says.chain_head == stone.chain_head);
    let has = |keys: &BTreeMap<_, KeyNo>, minute: &LegMinute| {
        keys.get(&(minute.part, minute.leg, minute.minute)) == Some(&minute.key)
    };
    let mut minutes = stone.range.iter().flat_map(|range| &range.minutes);
    let keys = object.and_then(keys_by_minute);
    is_logged && keys.is_none_or(|keys| minutes.all(|minute| has(&keys, minute)))
}

/// The key of each minute of a whole object.
fn keys_by_minute(object: &[u8]) -> Option<BTreeMap<(u16, LegId, u32), KeyNo>> {
    let mut reader = ObjectReader::new(object).ok()?;
    let mut keys = KeysBefore::default();
    while let Some(found) = reader.next_record().ok()? {
        keys.hold(&found).ok()?;
    }
    reader.finish().ok().map(|_| keys.0)
}

/// What is being erased, as files in the vault say of recordings that the log has so. A copy has none.
fn under_way(
    report: &mut Report,
    store: &dyn Store,
    log: &Log,
    scope: &Scope,
    vault: VaultId,
) -> io::Result<Vec<Begun>> {
    let mut under_way = Vec::new();
    if is_copied(store)? {
        return Ok(under_way);
    }
    for name in store.list(ERASING)? {
        let grave = erasing_grave(&name).filter(|grave| scope.takes(grave.recording, log));
        let Some(grave) = grave else { continue };
        let begun = marker(store, grave)?.filter(|begun| {
            let stone = begun.tombstone();
            let of = log.finished.get(&grave.recording);
            stone.vault == vault && of.is_some_and(|(_, says)| says.chain_head == stone.chain_head)
        });
        match begun {
            Some(begun) => under_way.push(begun),
            None => report.find(&name, 0, Finding::Format(FormatError::Value)),
        }
    }
    Ok(under_way)
}

/// Anybody can write the tombstone of a stretch beside a recording.
fn check_unknown_stones(report: &mut Report, names: &[String], log: &Log) {
    for name in names {
        let stem = name.rsplit('/').next().and_then(|file| file.strip_suffix(".tombstone"));
        let Some(grave) = stem.and_then(|stem| stem.parse::<Grave>().ok()).filter(|grave| grave.range.is_some()) else {
            continue;
        };
        if log.ranges.contains_key(&grave) || report.under_way.contains(&grave) {
            // Whether it is the one that the log knows was looked at.
            continue;
        }
        report.find(name, 0, Finding::UnknownRangeTombstone);
    }
}

/// The key of each minute, as far as the object was followed.
#[derive(Default)]
struct KeysBefore(BTreeMap<(u16, LegId, u32), KeyNo>);

impl KeysBefore {
    /// The key of a chunk.
    fn key_of(&self, found: &FoundRecord<'_>) -> Option<KeyNo> {
        let Body::Chunk(chunk) = &found.record.body else { return None };
        self.0.get(&(found.record.place.part, chunk.header.leg, chunk.header.epoch)).copied()
    }

    /// A compartment key adds envelopes to a key that stands before it. One that stands alone was put there by somebody else
    /// than the recorder, as FORMAT.md says; whoever records goes by chain and place, and refuses nothing for it.
    fn hold(&mut self, found: &FoundRecord<'_>) -> Result<(), Fault> {
        let part = found.record.place.part;
        match &found.record.body {
            Body::Key(key) => drop(self.0.insert((part, key.leg, key.epoch), key.key_no)),
            Body::CompartmentKey(key) if self.0.get(&(part, key.leg, key.epoch)) != Some(&key.key_no) => {
                return Err(Fault { offset: found.offset, what: FormatError::Value });
            }
            _ => {}
        }
        Ok(())
    }
}

/// What an object that was followed to its last record says of itself.
fn says(reader: ObjectReader<'_>, certificate: Option<Hash>) -> Result<Checked, Fault> {
    let (recording, vault, chunks) = (reader.head().recording, reader.head().vault, reader.chain().chunks);
    let ObjectTrailer { records, chain_head, commitments } = reader.finish()?;
    Ok(Checked { recording, vault, certificate, says: Logged { records, chunks, chain_head, commitments } })
}

impl Checked {
    /// Whether it is the recording that it is named for, of this vault, and the one that the log knows.
    pub(super) fn hold_to(&self, report: &mut Report, name: &str, keys: &Keys, log: &Log) {
        if self.vault != keys.identity.certificate.vault {
            report.find(name, 0, Finding::OtherVault);
        }
        if !self.certificate.is_some_and(|certificate| keys.allow(&certificate, log)) {
            report.find(name, 0, Finding::SealedForAnother);
        }
        if name != object_name(self.recording) {
            report.find(name, 0, Finding::WrongName);
        }
        match log.finished.get(&self.recording) {
            Some((_, says)) if *says == self.says => {}
            Some(_) => report.find(name, 0, Finding::NotTheLogged),
            None => report.find(name, 0, Finding::NotLogged),
        }
    }
}

fn check_missing(report: &mut Report, store: &dyn Store, names: &[String], log: &Log, scope: &Scope) -> io::Result<()> {
    let made: BTreeSet<CallId> = log.finished.values().map(|(call, _)| *call).collect();
    let due: BTreeSet<CallId> = log.due.keys().filter(|call| scope.takes_call(**call, log)).copied().collect();
    report.required = due.len() as u64;
    report.not_made = due.difference(&made).copied().collect();
    for (recording, (call, _)) in log.finished.iter().filter(|(recording, _)| scope.takes(**recording, log)) {
        let tombstone = tombstone(store, *recording, log)?;
        let object = object_name(*recording);
        if names.binary_search(&object).is_err() && tombstone.is_none() {
            report.find(&object, 0, Finding::Missing(*recording, *call));
        }
        report.erased.extend(tombstone);
    }
    Ok(())
}

/// The tombstone that stands there, if the log knows it: anybody can write a file of that name.
fn tombstone(store: &dyn Store, recording: RecordingId, log: &Log) -> io::Result<Option<Tombstone>> {
    let Some(document) = log.tombstones.get(&recording) else { return Ok(None) };
    let stands = read_all(store, &tombstone_name(recording))?.filter(|octets| vault::sha256(octets) == *document);
    let text = stands.and_then(|octets| String::from_utf8(octets).ok());
    Ok(text.and_then(|text| Tombstone::parse(&text).ok()))
}

/// Checks what the ring holds. The live end of the newest segment may be torn, which is no fault.
fn check_segments(report: &mut Report, store: &dyn Store, unfinished: &mut Unfinished) -> io::Result<()> {
    let mut used = Vec::new();
    for name in store.list(SEGMENTS)? {
        let octets = read_all(store, &name)?.unwrap_or_default();
        match SegmentHead::parse(&octets) {
            Ok(head) => used.push((head, name)),
            Err(_) if is_free_head(&octets) => {}
            Err(what) => report.find(&name, 0, Finding::Format(what)),
        }
    }
    used.sort_by_key(|(head, _)| head.use_no);
    for (at, (head, name)) in used.iter().enumerate() {
        let octets = read_all(store, name)?.unwrap_or_default();
        let scan = scan(head, used.get(at + 1).map(|(next, _)| next), &octets, |_, records| {
            unfinished.take_batch(records);
        });
        if let Some(what) = scan.damage {
            report.find(name, scan.end as u64, Finding::Format(what));
        }
    }
    Ok(())
}
