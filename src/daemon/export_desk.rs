//! The desk that exports recordings: under a grant of two people, with the passphrase of a holder, into a file for one
//! recipient.
//!
//! The grant is looked at before a passphrase is, and taken once the keys are there: who mistypes does not spend it. No key
//! is ever in the daemon: the opener seals them to the recipient itself. What was exported is registered in the log.
//! One package at a time: each reads the log and its recordings through.
//! Not here: the package (`recorder`), who may ask and grant (`access`), the page.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use access::{APPROVALS_MAX, ApprovalAnswer, TwoPersonAct};
use frame::{EventNo, PersonId};
use tokio::{task::spawn_blocking, time::timeout};
use vault::{AgeRecipient, Custody, Hash, PACKAGE_RECORDINGS_MAX, export_object};

use crate::{
    handles::{
        ApprovalsHandle, ApprovalsReply, ApprovalsRequest, Asked, ExportRefusal, ExportReply, ExportRequest,
        MakeExport, READ_MAX_OCTETS, Requests, VaultRefusal,
    },
    journal::{
        Act, Actor, Audit, BoxEvent, Event, IndexReader, Intend, Intent, JournalHandle, Outcome, Record, StampClock,
    },
    opener::{Client, ClientError, Program},
    recorder::{FileStore, Home, PACKAGE_READER, PackageError, PackageOf, read_fully, write_package},
};

/// How long an event may take to be durable. As with audit intents.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

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
}

/// Serves until every asker is gone.
pub async fn serve(parts: ExportParts, mut requests: Requests<ExportRequest, ExportReply>) {
    let audit = Audit::new(parts.journal.clone(), Arc::clone(&parts.clock));
    let exports = parts.exports.clone();
    if let Ok(Err(error)) = spawn_blocking(move || remove_parts(&exports)).await {
        tracing::warn!(%error, "packages that were not finished can't be removed");
    }
    let desk = Desk { parts, audit };
    while let Some(Asked { request, reply }) = requests.recv().await {
        let answer = match request {
            ExportRequest::Make(make) => desk.make(make).await.map(ExportReply::Made),
            ExportRequest::Read { no, by, offset, octets_max } => {
                desk.read(no, by, offset, octets_max).await.map(ExportReply::Piece)
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

/// A grant as the log has it: who asked, who granted.
struct Grant {
    asked: Record,
    granted: Record,
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
        let keys = self.keys(&intent, &make).await?;
        let (asked, granted) = self.redeem(object).await?;
        let made_at = self.event(intent.no()).await?;
        let custody = vec![
            step("asked", asked, &grant.asked),
            step("granted", granted, &grant.granted),
            step("made", make.by, &made_at),
        ];
        let name = format!("ringfence-export-{}.tar", intent.no());
        let (recordings, by, package) = (make.recordings.clone(), make.by, name.clone());
        let written = self.write(name.clone(), make, recipient, custody, keys).await?;
        let event = BoxEvent::Exported {
            package: name,
            hash: base16ct::lower::encode_string(&written.0),
            octets: written.1,
            recordings,
            recipient: recipient.to_string(),
            by,
            asked,
            granted,
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
        let wanted = object.to_owned();
        let asked = self.read_index(move |index| index.asked_for(APPROVALS_MAX as u32)).await?;
        let is_it = |record: &Record| match record.event() {
            Some(Event::Box(BoxEvent::ApprovalAsked { proposal, .. })) => {
                proposal.act == TwoPersonAct::Export && proposal.object == wanted
            }
            _ => false,
        };
        let granted = |of: &crate::journal::AskedFor| of.answer() == Some(ApprovalAnswer::Granted);
        let found = asked.into_iter().find(|of| is_it(&of.asked) && granted(of)).ok_or(ExportRefusal::NotGranted)?;
        let granted = found.answered.ok_or(ExportRefusal::NotGranted)?;
        Ok(Grant { asked: found.asked, granted })
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

    async fn redeem(&self, object: String) -> Result<(PersonId, PersonId), ExportRefusal> {
        let act = TwoPersonAct::Export;
        match self.parts.approvals.ask_for_long(ApprovalsRequest::Redeem { act, object }).await {
            Ok(ApprovalsReply::Redeemed { asked, granted, .. }) => Ok((asked, granted)),
            _ => Err(ExportRefusal::NotGranted),
        }
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
        read: impl FnOnce(&IndexReader) -> Result<T, crate::journal::FollowError> + Send + 'static,
    ) -> Result<T, ExportRefusal> {
        self.parts.journal.settle().await.map_err(|_| ExportRefusal::NotReady)?;
        let path = self.parts.index.clone();
        let read = spawn_blocking(move || read(&IndexReader::open(&path)?)).await;
        read.map_err(|_| ExportRefusal::NotReady)?.map_err(|_| ExportRefusal::NotReady)
    }
}

fn step(what: &str, by: PersonId, record: &Record) -> Custody {
    Custody { what: what.to_owned(), by, event: record.no, at: record.stamp }
}

/// A package that is not whole, or not registered, has no name of its own.
fn part_of(exports: &Path, name: &str) -> PathBuf {
    exports.join(format!("{name}.part"))
}

/// What a life before left without a name was never registered.
fn remove_parts(exports: &Path) -> io::Result<()> {
    if !exports.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(exports)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "part") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn write(vault: &Path, exports: &Path, name: &str, of: &PackageOf<'_>) -> Result<(Hash, u64), PackageError> {
    let store = FileStore::new(vault);
    let home = Home::open(&store)?.ok_or(PackageError::NoRoot)?;
    fs::create_dir_all(exports)?;
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
