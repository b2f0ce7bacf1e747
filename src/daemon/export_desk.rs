//! The desk that exports recordings: under a grant of two people, with the passphrase of a holder, into a file for one
//! recipient.
//!
//! The grant is looked at before a passphrase is, and taken once the whole package is on the disk: who mistypes does not spend
//! it, nor does a disk that is full. No key is ever in the daemon: the opener seals them to the recipient itself. What was
//! exported is registered in the log, and then the package gets its name; where the power failed between, the next start
//! gives it.
//! One package at a time: each reads the log and its recordings through.
//! Not here: the package (`recorder`), who may ask and grant (`access`), the page.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use access::{ApprovalAnswer, TwoPersonAct};
use frame::{EventNo, PersonId, RecordingId, Utc};
use settings::Settings;
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{interval, timeout},
};
use vault::{AgeRecipient, Custody, Hash, PACKAGE_RECORDINGS_MAX, export_object};

use crate::{
    handles::{
        ApprovalsHandle, ApprovalsReply, ApprovalsRequest, Asked, ExportRefusal, ExportReply, ExportRequest,
        MakeExport, READ_MAX_OCTETS, Requests, VaultRefusal,
    },
    journal::{
        Act, Actor, AskedFor, Audit, BoxEvent, Event, FollowError, IndexReader, Intend, Intent, JournalHandle, Outcome,
        Record, StampClock,
    },
    opener::{Client, ClientError, Program},
    recorder::{
        FileStore, Home, PACKAGE_READER, PackageError, PackageOf, Store, object_name, read_fully, write_package,
    },
};

/// How a package's name begins; behind it stands the number of its intent.
const PACKAGE: &str = "ringfence-export-";

/// How long an event may take to be durable. As with audit intents.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

/// What stays free beside a package: the log fills its reserve of 64 MiB from twice that, and sixty voices are recorded at half a
/// megabyte a second, so that there is half an hour in which somebody sees the alarm.
const LEFT_OCTETS: u64 = 1 << 30;

/// How often it is looked which packages have to go.
const LOOK_EVERY: Duration = Duration::from_mins(10);

const A_DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// Registered packages that are looked through for a name that a part waits for: one is made at a time, and each start tidies.
const TIDIED_MAX: u32 = 50;

/// What the desk is started with.
pub struct ExportParts {
    /// The vault's directory.
    pub vault: PathBuf,
    /// Where packages are kept.
    pub exports: PathBuf,
    /// The index's file.
    pub index: PathBuf,
    /// The journal.
    pub journal: JournalHandle,
    /// The clock.
    pub clock: StampClock,
    /// The opener.
    pub program: Program,
    /// The desk of acts that need two.
    pub approvals: ApprovalsHandle,
    /// The settings: for how long packages stay.
    pub settings: watch::Receiver<Arc<Settings>>,
}

/// Serves until every asker is gone.
pub async fn serve(parts: ExportParts, mut requests: Requests<ExportRequest, ExportReply>) {
    let audit = Audit::new(parts.journal.clone(), Arc::clone(&parts.clock));
    let desk = Desk { parts, audit };
    desk.tidy().await;
    let mut look = interval(LOOK_EVERY);
    loop {
        let asked = tokio::select! {
            asked = requests.recv() => asked,
            _ = look.tick() => {
                desk.remove_spent().await;
                continue;
            }
        };
        let Some(Asked { request, reply }) = asked else { return };
        let answer = match request {
            ExportRequest::Make(make) => desk.make(make).await.map(ExportReply::Made),
            ExportRequest::Read { no, by, offset, octets_max } => {
                desk.read(no, by, offset, octets_max).await.map(ExportReply::Piece)
            }
            ExportRequest::Remove { no, by, reason } => {
                desk.remove(no, Actor::Person(by), &reason).await.map(|()| ExportReply::Removed)
            }
        };
        // Who asked may have gone meanwhile.
        let _ = reply.send(answer.unwrap_or_else(ExportReply::Refused));
    }
}

struct Desk {
    parts: ExportParts,
    audit: Audit,
}

/// A grant as the log has it: who asked and who granted, and the events of both.
struct Grant {
    asked: (PersonId, Record),
    granted: (PersonId, Record),
    /// Why, as it was asked for and granted.
    reason: String,
}

impl Grant {
    /// The grant that this is, where it is one for exactly this.
    fn of(found: AskedFor, object: &str) -> Option<Grant> {
        let answered = found.answered?;
        let (Some(Event::Box(BoxEvent::ApprovalAsked { by: asks, proposal })), Some(Event::Box(answer))) =
            (found.asked.event(), answered.event())
        else {
            return None;
        };
        let BoxEvent::ApprovalAnswered { answer: ApprovalAnswer::Granted, by: Some(grants), .. } = answer else {
            return None;
        };
        let is_it = proposal.act == TwoPersonAct::Export && proposal.object == object;
        let (asks, grants, reason) = (*asks, *grants, proposal.reason.clone());
        is_it.then_some(Grant { asked: (asks, found.asked), granted: (grants, answered), reason })
    }
}

impl Desk {
    async fn make(&self, mut make: MakeExport) -> Result<EventNo, ExportRefusal> {
        make.recordings.sort_unstable();
        make.recordings.dedup();
        if !(1..=PACKAGE_RECORDINGS_MAX).contains(&make.recordings.len()) {
            return Err(ExportRefusal::Count);
        }
        let recipient: AgeRecipient = make.recipient.parse().map_err(|_| ExportRefusal::Recipient)?;
        let object = export_object(&make.recordings, &recipient);
        let intent = self.intend(make.by, Act::Export, &object, &make.reason).await?;
        let grant = self.grant(&object).await?;
        self.must_fit(&make.recordings).await?;
        let keys = self.keys(&intent, &make).await?;
        let made_at = self.event(intent.no()).await?;
        let custody = vec![
            step("asked", (grant.asked.0, &grant.asked.1)),
            step("granted", (grant.granted.0, &grant.granted.1)),
            step("made", (make.by, &made_at)),
        ];
        let package = format!("{PACKAGE}{}.tar", intent.no());
        let (recordings, by) = (make.recordings.clone(), make.by);
        // The reason is the one that a second person has granted, whatever the maker gives beside it.
        make.reason.clone_from(&grant.reason);
        let written = self.write(package.clone(), make, recipient, custody, keys).await?;
        if let Err(refused) = self.redeem(object, &grant).await {
            self.drop_part(&package).await;
            return Err(refused);
        }
        let event = BoxEvent::Exported {
            package: package.clone(),
            hash: base16ct::lower::encode_string(&written.0),
            octets: written.1,
            recordings,
            recipient: recipient.to_string(),
            by,
            asked: grant.asked.0,
            granted: grant.granted.0,
        };
        let durable = self.parts.journal.append_durable((self.parts.clock)(), event);
        let Ok(Ok(Ok(no))) = timeout(DURABLE_WITHIN, durable).await else { return Err(ExportRefusal::NotAudited) };
        // What nobody can take is registered rather than that something could be taken which is not.
        self.name(package).await?;
        intent.conclude(Outcome::Done);
        Ok(no)
    }

    /// The grant for exactly this, which nobody has taken yet.
    async fn grant(&self, object: &str) -> Result<Grant, ExportRefusal> {
        let open = self.read_index(IndexReader::approvals_open).await?;
        // The newest: one before it is over, and not yet told to be.
        open.into_iter().rev().find_map(|found| Grant::of(found, object)).ok_or(ExportRefusal::NotGranted)
    }

    /// Whether a package has room beside what the log and recordings go on to write.
    async fn must_fit(&self, recordings: &[RecordingId]) -> Result<(), ExportRefusal> {
        let (vault, exports, recordings) = (self.parts.vault.clone(), self.parts.exports.clone(), recordings.to_vec());
        let fits = spawn_blocking(move || {
            make_folder(&exports)?;
            let octets = octets_of(&FileStore::new(&vault), &recordings)?;
            io::Result::Ok(fits(octets, free_octets(&exports)?))
        });
        match fits.await.map_err(|_| ExportRefusal::Disk)? {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(ExportRefusal::Disk),
        }
    }

    /// The keys of exactly these recordings, which nobody but the recipient can read.
    async fn keys(&self, intent: &Intent, make: &MakeExport) -> Result<Vec<u8>, ExportRefusal> {
        let refused = |error: ClientError| match error {
            ClientError::Refused(why) => ExportRefusal::Vault(why),
            ClientError::Gone(error) => {
                tracing::error!(%error, "an opener ended in the middle of an export");
                ExportRefusal::Vault(VaultRefusal::OpenerEnded)
            }
        };
        let started = Client::start(&self.parts.program, &self.parts.vault).await;
        let mut opener = started.map_err(|_| ExportRefusal::Vault(VaultRefusal::NoOpener))?;
        let (passphrase, recipient) = (make.passphrase.clone(), make.recipient.clone());
        opener.export(intent, &make.recordings, make.by, passphrase, recipient).await.map_err(refused)
    }

    /// Takes the grant, which has to be the one that the package tells of.
    async fn redeem(&self, object: String, grant: &Grant) -> Result<(), ExportRefusal> {
        let act = TwoPersonAct::Export;
        match self.parts.approvals.ask_for_long(ApprovalsRequest::Redeem { act, object }).await {
            Ok(ApprovalsReply::Redeemed { no, asked, granted })
                if (no, asked, granted) == (grant.asked.1.no, grant.asked.0, grant.granted.0) =>
            {
                Ok(())
            }
            _ => Err(ExportRefusal::NotGranted),
        }
    }

    /// Removes a package for which the grant could not be taken.
    async fn drop_part(&self, package: &str) {
        let part = part_of(&self.parts.exports, package);
        if let Ok(Err(error)) = spawn_blocking(move || fs::remove_file(part)).await {
            tracing::warn!(%error, "a package that nobody may have can't be removed");
        }
    }

    /// What a life before left without a name: a package that was registered gets it, the others go. Where the index can't be
    /// read all stay, since nobody can say which are registered.
    async fn tidy(&self) {
        let Ok(registered) = self.read_index(|index| index.exports(TIDIED_MAX)).await else {
            tracing::warn!("packages without a name stay: the index can't be read");
            return;
        };
        let exports = self.parts.exports.clone();
        if let Ok(Err(error)) = spawn_blocking(move || tidy_parts(&exports, &registered)).await {
            tracing::warn!(%error, "packages that were not finished can't be removed");
        }
    }

    /// Deletes the packages of which a recording was erased, and those that have been here for as long as the settings let them.
    async fn remove_spent(&self) {
        let (exports, days) = (self.parts.exports.clone(), self.parts.settings.borrow().export_days);
        let now = (self.parts.clock)().utc;
        let Ok(spent) = self.read_index(move |index| spent(index, &exports, days, now)).await else { return };
        for (no, why) in spent {
            if let Err(refused) = self.remove(no, Actor::Box, &why).await {
                tracing::warn!(?refused, %no, "a package that has to go can't be deleted");
            }
        }
    }

    /// Deletes a package from the box, once the audit has it.
    async fn remove(&self, no: EventNo, by: Actor, reason: &str) -> Result<(), ExportRefusal> {
        let Some(Event::Box(BoxEvent::Exported { package, .. })) = self.event(no).await?.event().cloned() else {
            return Err(ExportRefusal::NotReady);
        };
        let (object, reason) = (package.clone(), reason.to_owned());
        let intend = Intend { by, act: Act::RemoveExport, object, call: None, reason };
        let intent = self.audit.intend(intend).await.map_err(|_| ExportRefusal::NotAudited)?;
        let exports = self.parts.exports.clone();
        let gone = spawn_blocking(move || {
            fs::remove_file(in_folder(&exports, &package)?)?;
            File::open(exports)?.sync_all()
        });
        gone.await.map_err(|_| ExportRefusal::Disk)?.map_err(|_| ExportRefusal::Disk)?;
        intent.conclude(Outcome::Done);
        Ok(())
    }

    /// Writes the package; its hash and how long it is.
    async fn write(
        &self,
        name: String,
        make: MakeExport,
        recipient: AgeRecipient,
        custody: Vec<Custody>,
        keys: Vec<u8>,
    ) -> Result<(Hash, u64), ExportRefusal> {
        let (vault, exports) = (self.parts.vault.clone(), self.parts.exports.clone());
        let written = spawn_blocking(move || {
            let of = PackageOf {
                recordings: &make.recordings,
                recipient,
                reason: &make.reason,
                custody,
                keys: &keys,
                readme: &make.readme,
                reader: PACKAGE_READER,
            };
            write(&vault, &exports, &name, &of)
        });
        written.await.map_err(|_| ExportRefusal::Disk)?.map_err(|error| refusal_of(&error))
    }

    /// Gives a package that is registered its name.
    async fn name(&self, package: String) -> Result<(), ExportRefusal> {
        let exports = self.parts.exports.clone();
        let named = spawn_blocking(move || {
            fs::rename(part_of(&exports, &package), exports.join(package))?;
            File::open(exports)?.sync_all()
        });
        named.await.map_err(|_| ExportRefusal::Disk)?.map_err(|_| ExportRefusal::Disk)
    }

    async fn read(&self, no: EventNo, by: PersonId, offset: u64, octets_max: u32) -> Result<Vec<u8>, ExportRefusal> {
        let Some(Event::Box(BoxEvent::Exported { package, .. })) = self.event(no).await?.event().cloned() else {
            return Err(ExportRefusal::NotReady);
        };
        let intent = match offset {
            0 => Some(self.intend(by, Act::TakeExport, &package, "").await?),
            _ => None,
        };
        let path = self.parts.exports.join(package);
        let piece = spawn_blocking(move || -> io::Result<Vec<u8>> {
            let mut piece = vec![0; octets_max.min(READ_MAX_OCTETS) as usize];
            let read = read_fully(&File::open(path)?, offset, &mut piece)?;
            piece.truncate(read);
            Ok(piece)
        });
        let piece = piece.await.map_err(|_| ExportRefusal::Disk)?.map_err(|_| ExportRefusal::Disk)?;
        if let Some(intent) = intent {
            intent.conclude(Outcome::Done);
        }
        Ok(piece)
    }

    async fn intend(&self, by: PersonId, act: Act, object: &str, reason: &str) -> Result<Intent, ExportRefusal> {
        let (object, reason) = (object.to_owned(), reason.to_owned());
        let intend = Intend { by: Actor::Person(by), act, object, call: None, reason };
        self.audit.intend(intend).await.map_err(|_| ExportRefusal::NotAudited)
    }

    async fn event(&self, no: EventNo) -> Result<Record, ExportRefusal> {
        self.read_index(move |index| index.event(no)).await?.ok_or(ExportRefusal::NotReady)
    }

    /// Reads the index, once it has all that the log has.
    async fn read_index<T: Send + 'static>(
        &self,
        read: impl FnOnce(&IndexReader) -> Result<T, FollowError> + Send + 'static,
    ) -> Result<T, ExportRefusal> {
        self.parts.journal.settle().await.map_err(|_| ExportRefusal::NotReady)?;
        let path = self.parts.index.clone();
        let read = spawn_blocking(move || read(&IndexReader::open(&path)?)).await;
        read.map_err(|_| ExportRefusal::NotReady)?.map_err(|_| ExportRefusal::NotReady)
    }
}

fn step(what: &str, (by, record): (PersonId, &Record)) -> Custody {
    Custody { what: what.to_owned(), by, event: record.no, at: record.stamp }
}

/// Where a package is. Its name comes from the log, and must not lead anywhere else.
fn in_folder(exports: &Path, package: &str) -> io::Result<PathBuf> {
    match Path::new(package).file_name() {
        Some(name) if name == package => Ok(exports.join(name)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Whether a stretch of a recording was erased after this event, from which on a package may have had the keys of it.
fn has_erased_stretch(index: &IndexReader, of: RecordingId, begun: EventNo) -> Result<bool, FollowError> {
    let Some(cdr) = index.call_of(of)? else { return Ok(false) };
    let is_later = |record: &Record| {
        let erased =
            matches!(record.event(), Some(Event::Box(BoxEvent::RangeErased { recording, .. })) if *recording == of);
        erased && record.no > begun
    };
    Ok(index.events(cdr.call)?.iter().any(is_later))
}

/// The intent of the export that made a package, which its name has: the keys were read after it, and what is erased between the two
/// is told before the package. One of another name may have had them from the beginning on.
fn begun(package: &str) -> EventNo {
    let no = package.strip_prefix(PACKAGE).and_then(|name| name.strip_suffix(".tar")?.parse().ok());
    EventNo(no.unwrap_or(0))
}

/// The packages that have to go, and why.
fn spent(index: &IndexReader, exports: &Path, days: u16, now: Utc) -> Result<Vec<(EventNo, String)>, FollowError> {
    let mut spent = Vec::new();
    for record in index.exports(u32::MAX)? {
        let Some(Event::Box(BoxEvent::Exported { package, recordings, .. })) = record.event() else { continue };
        if !in_folder(exports, package).is_ok_and(|path| path.exists()) {
            continue;
        }
        let mut erased = None;
        for recording in recordings {
            let is_erased = index.call_of(*recording)?.is_some_and(|cdr| cdr.recording.erased);
            let is_gone = is_erased || has_erased_stretch(index, *recording, begun(package))?;
            erased = erased.or(is_gone.then_some(*recording));
        }
        let age_us = now.as_us().saturating_sub(record.stamp.utc.as_us());
        match erased {
            Some(recording) => spent.push((record.no, format!("erased {recording}"))),
            None if age_us >= i64::from(days) * A_DAY_US => spent.push((record.no, format!("{days} d"))),
            None => {}
        }
    }
    Ok(spent)
}

/// A package that is not whole, or not registered, has no name of its own.
fn part_of(exports: &Path, name: &str) -> PathBuf {
    exports.join(format!("{name}.part"))
}

/// Makes the folder, and its name durable.
fn make_folder(exports: &Path) -> io::Result<()> {
    if exports.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(exports)?;
    exports.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Octets of the objects; those that are not there count for nothing, and are refused later.
fn octets_of(store: &dyn Store, recordings: &[RecordingId]) -> io::Result<u64> {
    recordings.iter().map(|recording| Ok(store.octets(&object_name(*recording))?.unwrap_or(0))).sum()
}

/// What a disk has room for.
fn free_octets(folder: &Path) -> io::Result<u64> {
    let stat = nix::sys::statvfs::statvfs(folder)?;
    Ok(stat.blocks_available() as u64 * stat.fragment_size() as u64)
}

const fn fits(octets: u64, free_octets: u64) -> bool {
    octets.saturating_add(LEFT_OCTETS) <= free_octets
}

/// Gives those parts their name that are registered, octet for octet, and removes the others.
fn tidy_parts(exports: &Path, registered: &[Record]) -> io::Result<()> {
    if !exports.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(exports)? {
        let part = entry?.path();
        if part.extension().is_none_or(|extension| extension != "part") {
            continue;
        }
        let package = part.with_extension("");
        if is_registered(&part, &package, registered)? {
            fs::rename(part, package)?;
        } else {
            fs::remove_file(part)?;
        }
    }
    File::open(exports)?.sync_all()
}

fn is_registered(part: &Path, named: &Path, registered: &[Record]) -> io::Result<bool> {
    let name = named.file_name().and_then(OsStr::to_str);
    let told = registered.iter().find_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::Exported { package, hash, .. })) if Some(package.as_str()) == name => Some(hash),
        _ => None,
    });
    let Some(told) = told else { return Ok(false) };
    Ok(base16ct::lower::encode_string(&hash_of(&File::open(part)?)?) == *told)
}

fn hash_of(file: &File) -> io::Result<Hash> {
    let (mut hash, mut at, mut piece) = (Sha256::new(), 0, vec![0; READ_MAX_OCTETS as usize]);
    loop {
        match read_fully(file, at, &mut piece)? {
            0 => return Ok(hash.finalize().into()),
            read => {
                hash.update(&piece[..read]);
                at += read as u64;
            }
        }
    }
}

fn write(vault: &Path, exports: &Path, name: &str, of: &PackageOf<'_>) -> Result<(Hash, u64), PackageError> {
    let store = FileStore::new(vault);
    let home = Home::open(&store)?.ok_or(PackageError::NoRoot)?;
    make_folder(exports)?;
    let part = part_of(exports, name);
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    let mut out = io::BufWriter::new(file);
    let written = write_package(&store, home.log_key(), of, &mut out).and_then(|hash| {
        out.flush()?;
        out.get_ref().sync_all()?;
        let octets = out.get_ref().metadata()?.len();
        Ok((hash, octets))
    });
    if written.is_err() {
        // Half a package is none.
        let _ = fs::remove_file(&part);
    }
    written
}

fn refusal_of(error: &PackageError) -> ExportRefusal {
    match error {
        PackageError::NotFinished(recording) => ExportRefusal::NotFinished(*recording),
        PackageError::NotSigned(_) | PackageError::NoRoot => ExportRefusal::NotSigned,
        PackageError::Home(_) | PackageError::Log(_) => {
            tracing::error!(%error, "an export can't be written");
            ExportRefusal::Disk
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use call::CallEvent;
    use frame::{BootNo, CallId, LegId, LifeNo, Stamp, Time};

    use super::*;
    use crate::{
        handles,
        journal::{self, JournalConfig, Limits},
    };

    const DAY: Utc = Utc::from_us(A_DAY_US * 20_000);

    fn stamp(days_ago: i64) -> Stamp {
        let utc = Utc::from_us(DAY.as_us() - days_ago * A_DAY_US);
        Stamp { boot: BootNo(1), time: Time::from_ms(5), utc }
    }

    fn recording(no: u32) -> RecordingId {
        RecordingId::new(LifeNo(1), no)
    }

    /// A box with three packages, of which the first has a recording that is erased, and the second is forty days old.
    async fn desk() -> (tempfile::TempDir, Desk, [EventNo; 3]) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["events", "exports"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let index = folder.path().join("index.db");
        let config = JournalConfig {
            events: folder.path().join("events"),
            index: index.clone(),
            life: LifeNo(1),
            limits: Limits { segment_octets: 1 << 20, ..Limits::default() },
            leaves: None,
            clock: Box::new(|| stamp(0)),
        };
        let journal = journal::start(config).unwrap().0;
        for no in 1..4 {
            let (call, leg) = (CallId::new(LifeNo(1), no), LegId::new(LifeNo(1), no));
            let (direction, class) = (call::Direction::Incoming, call::CallClass::Normal);
            journal.append(stamp(50), CallEvent::Began { call, direction, class, settings: 1 });
            journal.append(stamp(50), CallEvent::RecordingBegan { call, recording: recording(no), leg, part: 1 });
        }
        let (call, list) = (CallId::new(LifeNo(1), 1), EventNo(1));
        let erased = BoxEvent::RecordingErased { call, recording: recording(1), list, document: String::new() };
        journal.append(stamp(1), erased);
        let mut made = [EventNo(0); 3];
        for (at, (recordings, days_ago)) in [(vec![1, 3], 2), (vec![2], 40), (vec![3], 29)].into_iter().enumerate() {
            let package = format!("export-{at}.tar");
            fs::write(folder.path().join("exports").join(&package), b"a package").unwrap();
            let exported = BoxEvent::Exported {
                package,
                hash: String::new(),
                octets: 9,
                recordings: recordings.into_iter().map(recording).collect(),
                recipient: "age1".into(),
                by: PersonId(4),
                asked: PersonId(3),
                granted: PersonId(7),
            };
            made[at] = journal.append_durable(stamp(days_ago), exported).await.unwrap().unwrap();
        }
        let clock: StampClock = Arc::new(|| stamp(0));
        let parts = ExportParts {
            vault: folder.path().join("vault"),
            exports: folder.path().join("exports"),
            index,
            journal: journal.clone(),
            clock: Arc::clone(&clock),
            program: Program { path: PathBuf::new(), idle: Duration::ZERO },
            approvals: handles::handle().0,
            settings: watch::channel(Arc::new(Settings::default())).1,
        };
        (folder, Desk { parts, audit: Audit::new(journal, clock) }, made)
    }

    fn packages(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path().join("exports")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn removed(desk: &Desk) -> BTreeSet<String> {
        desk.read_index(IndexReader::exports_removed).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_package_of_an_erased_recording_and_one_that_is_too_old_are_deleted_and_audited() {
        let (folder, desk, _) = desk().await;
        desk.remove_spent().await;
        assert_eq!(packages(&folder), ["export-2.tar"], "it has a day left");
        let both = ["export-0.tar", "export-1.tar"].map(str::to_owned);
        assert_eq!(removed(&desk).await, BTreeSet::from(both));
        let acts = desk.read_index(|index| index.audit(journal::AuditOf::Acts, None, 9)).await.unwrap();
        let reasons: Vec<String> = acts.iter().rev().map(|entry| entry.record.fact.text()).collect();
        assert!(reasons[0].contains("30 d") && reasons[1].contains("erased 1-1"), "{reasons:?}");
        desk.remove_spent().await;
        assert_eq!(
            desk.read_index(|index| index.audit(journal::AuditOf::Acts, None, 9)).await.unwrap().len(),
            2,
            "once"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_person_deletes_a_package_once_and_no_name_leads_out_of_the_folder() {
        let (folder, desk, made) = desk().await;
        let by = Actor::Person(PersonId(3));
        assert_eq!(desk.remove(made[2], by, "fetched").await, Ok(()));
        assert_eq!(packages(&folder), ["export-0.tar", "export-1.tar"]);
        assert_eq!(desk.remove(made[2], by, "again").await, Err(ExportRefusal::Disk));
        assert_eq!(desk.remove(EventNo(1), by, "no package").await, Err(ExportRefusal::NotReady));
        for name in ["../index.db", "/etc/passwd", "a/b", "..", ""] {
            assert!(in_folder(Path::new("exports"), name).is_err(), "{name}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_package_whose_keys_were_read_before_a_stretch_was_erased_goes_also_where_it_was_finished_after_it() {
        let (folder, desk, _) = desk().await;
        desk.remove_spent().await;
        let (call, reason) = (CallId::new(LifeNo(1), 3), String::new());
        let mut made = Vec::new();
        let erased =
            || BoxEvent::RangeErased { call, recording: recording(3), list: EventNo(4), document: String::new() };
        for erases in [true, false] {
            let (by, act, object) = (Actor::Person(PersonId(4)), Act::Export, String::new());
            let intend = Intend { by, act, object, call: None, reason: reason.clone() };
            let intent = desk.audit.intend(intend).await.unwrap();
            if erases {
                desk.parts.journal.append(stamp(0), erased());
            }
            let package = format!("{PACKAGE}{}.tar", intent.no());
            fs::write(folder.path().join("exports").join(&package), b"a package").unwrap();
            let exported = BoxEvent::Exported {
                package: package.clone(),
                hash: String::new(),
                octets: 9,
                recordings: vec![recording(3)],
                recipient: "age1".into(),
                by: PersonId(4),
                asked: PersonId(3),
                granted: PersonId(7),
            };
            desk.parts.journal.append_durable(stamp(0), exported).await.unwrap().unwrap();
            intent.conclude(Outcome::Done);
            made.push(package);
        }
        desk.remove_spent().await;
        assert_eq!(packages(&folder), [made[1].clone()], "the one that was begun after it has no key of the stretch");
    }

    #[test]
    fn a_package_leaves_room_for_the_log() {
        assert!(fits(1, LEFT_OCTETS + 1) && !fits(2, LEFT_OCTETS + 1) && !fits(u64::MAX, u64::MAX - 1));
        assert!(free_octets(Path::new("/")).unwrap() > 0);
    }
}
