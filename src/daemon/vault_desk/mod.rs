//! Answers what pages ask of the vault: how a recording is kept, its opening, and the owner's take-over of the birth key.
//!
//! No key is ever in the daemon. Each person who listens has an opener of their own (`session`); it ends when they sign
//! out, when it was idle, or with the desk. Keys are derived one at a time: each takes a quarter of a gibibyte.

mod session;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use frame::{CallId, EventNo, PersonId, RecordingId, Stamp};
use settings::Settings;
use tokio::{
    sync::{Semaphore, SemaphorePermit, oneshot, watch},
    time::timeout,
};

use self::session::Session;
use super::{
    read_before::ReadBefore,
    vault_keys::{self, KeyFiles},
};
use crate::{
    handles::{ApprovalsHandle, Asked, Kept, Passphrase, Requests, VaultRefusal, VaultReply, VaultRequest, WhoOpens},
    journal::{Audit, BoxEvent, JournalHandle, StampClock},
    opener::{Client, ClientError, Program},
    recorder::{
        self, FileStore, ReadAgain, Store as _, newest_root, object_name, read_again, replace_birth_key, who_opens,
    },
};

/// People who listen at once: each holds a process with the index of a recording.
const SESSIONS_MAX: usize = 16;

/// How long a wish to open waits for those before it. A page waits three seconds more than this and the opening itself.
const TURN_WITHIN: Duration = Duration::from_secs(3);

/// How long reading a recording again may take. The page waits longer.
const CHECKS_WITHIN: Duration = Duration::from_secs(5);

/// What the desk is started with.
#[derive(Clone)]
pub struct DeskParts {
    /// Where the vault is, and what knows of its keys.
    pub files: KeyFiles,
    /// Writes who is about to listen.
    pub audit: Audit,
    /// The clock.
    pub clock: StampClock,
    /// The opener.
    pub program: Program,
    /// Hears of what is opened without a second person.
    pub journal: JournalHandle,
    /// Says whether it takes two people to open.
    pub settings: watch::Receiver<Arc<Settings>>,
    /// The desk of acts that need two.
    pub approvals: ApprovalsHandle,
    /// When recordings were read last.
    pub read_before: ReadBefore,
}

/// What the desk's tasks share.
struct Shared {
    parts: DeskParts,
    turn: Semaphore,
    /// One recording is read at a time because somebody asked.
    reading: Arc<Semaphore>,
}

/// Serves until every asker is gone; then all openers end.
pub async fn serve(parts: DeskParts, mut requests: Requests<VaultRequest, VaultReply>) {
    let mut desk = Desk {
        shared: Arc::new(Shared { parts, turn: Semaphore::new(1), reading: Arc::new(Semaphore::new(1)) }),
        sessions: BTreeMap::new(),
    };
    while let Some(Asked { request, reply }) = requests.recv().await {
        desk.take(request, reply).await;
    }
}

struct Desk {
    shared: Arc<Shared>,
    sessions: BTreeMap<PersonId, Session>,
}

impl Desk {
    /// Takes a request. Whatever takes time is done in a task of its own: nobody waits for somebody else's passphrase.
    async fn take(&mut self, request: VaultRequest, reply: oneshot::Sender<VaultReply>) {
        let shared = Arc::clone(&self.shared);
        match request {
            VaultRequest::State { recording, told } => {
                tokio::spawn(async move { answer(reply, shared.state(recording, told).await) });
            }
            VaultRequest::Check { call, recording, told } => {
                tokio::spawn(async move { answer(reply, shared.check(call, recording, told).await) });
            }
            VaultRequest::Holders => {
                tokio::spawn(async move { answer(reply, shared.holders().await) });
            }
            VaultRequest::Root => {
                tokio::spawn(async move { answer(reply, shared.root().await) });
            }
            VaultRequest::TakeOver { code, passphrase } => {
                tokio::spawn(async move { answer(reply, shared.take_over(code, passphrase).await) });
            }
            VaultRequest::Seal { person } => {
                self.sessions.remove(&person);
                answer(reply, VaultReply::Sealed);
            }
            VaultRequest::Open(ref open) => self.open(open.person, request, reply),
            VaultRequest::Read { person, .. } | VaultRequest::Waveform { person, .. } => {
                let unasked = match self.sessions.get(&person) {
                    Some(session) => session.ask(request, reply),
                    None => Err((request, reply)),
                };
                if let Err((_, reply)) = unasked {
                    answer(reply, VaultReply::Refused(self.why_over(person).await));
                }
            }
        }
    }

    /// Asks a person's session to open, in a new one where theirs ends at this moment.
    fn open(&mut self, person: PersonId, request: VaultRequest, reply: oneshot::Sender<VaultReply>) {
        let Some(session) = self.session(person) else {
            return answer(reply, VaultReply::Refused(VaultRefusal::Busy));
        };
        if let Err((request, reply)) = session.ask(request, reply) {
            // A session that has just begun takes what it is asked.
            let again = self.session(person).map(|session| session.ask(request, reply));
            debug_assert!(!matches!(again, Some(Err(_))));
        }
    }

    /// The session of a person, begun where they have none.
    fn session(&mut self, person: PersonId) -> Option<&Session> {
        self.sessions.retain(|_, session| !session.is_over());
        if !self.sessions.contains_key(&person) && self.sessions.len() >= SESSIONS_MAX {
            return None;
        }
        let begin = || Session::begin(person, Arc::clone(&self.shared));
        Some(self.sessions.entry(person).or_insert_with(begin))
    }

    /// Why a person has nothing open; told once.
    async fn why_over(&mut self, person: PersonId) -> VaultRefusal {
        match self.sessions.remove(&person) {
            Some(session) => session.why_over().await,
            None => VaultRefusal::NotOpen,
        }
    }
}

impl Shared {
    /// A turn at deriving a key.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, VaultRefusal> {
        match timeout(TURN_WITHIN, self.turn.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(VaultRefusal::Busy),
        }
    }

    async fn state(&self, recording: RecordingId, told: EventNo) -> VaultReply {
        let vault = self.parts.files.vault.clone();
        let octets = tokio::task::spawn_blocking(move || octets(&vault, recording)).await;
        let before = self.parts.read_before.of(recording, told);
        let (read_at, intact) = before.map(|(utc, fits)| (Stamp { utc, ..Stamp::default() }, fits)).unzip();
        let kept = |octets| VaultReply::State(Kept { intact, read_at, octets });
        octets.unwrap_or(Err(VaultRefusal::Damaged)).map_or_else(VaultReply::Refused, kept)
    }

    /// Reads a recording and holds it to its leaf. Nobody waits behind another: the disk is the calls'.
    async fn check(&self, call: CallId, recording: RecordingId, told: EventNo) -> VaultReply {
        let Ok(turn) = Arc::clone(&self.reading).try_acquire_owned() else {
            return VaultReply::Refused(VaultRefusal::Busy);
        };
        let vault = self.parts.files.vault.clone();
        let limit = Instant::now() + CHECKS_WITHIN;
        // On a disk that hangs the turn is held for as long as the reading lasts, however long the page waits.
        let read = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read_again(&FileStore::new(&vault), recording, &|| Instant::now() < limit)
        });
        let read = match timeout(CHECKS_WITHIN, read).await {
            Ok(Ok(Ok(read))) => read,
            Ok(Ok(Err(error))) => {
                tracing::error!(%error, "a recording can't be held to its leaf");
                return VaultReply::Refused(VaultRefusal::Damaged);
            }
            Ok(Err(_)) => return VaultReply::Refused(VaultRefusal::Damaged),
            Err(_) => return VaultReply::Refused(VaultRefusal::TakesLong),
        };
        let fits = match read {
            ReadAgain::Fits => true,
            ReadAgain::Damaged(found) => {
                tracing::error!(?found, "a recording is not what it was");
                false
            }
            ReadAgain::NoLeaf => return VaultReply::Refused(VaultRefusal::NotFinished),
            ReadAgain::TakesLong => return VaultReply::Refused(VaultRefusal::TakesLong),
        };
        let now = (self.parts.clock)();
        self.parts.read_before.note(recording, now.utc, fits);
        // What was found outlives this life and the page of who asked.
        self.parts.journal.append(now, BoxEvent::RecordingChecked { call, recording, fits });
        self.state(recording, told).await
    }

    async fn holders(&self) -> VaultReply {
        let vault = self.parts.files.vault.clone();
        let read = tokio::task::spawn_blocking(move || who_opens(&FileStore::new(&vault)).ok()).await;
        match read {
            Ok(Some(who)) => VaultReply::Holders(who.map(told)),
            _ => VaultReply::Refused(VaultRefusal::Damaged),
        }
    }

    async fn root(&self) -> VaultReply {
        let vault = self.parts.files.vault.clone();
        let read = tokio::task::spawn_blocking(move || newest_root(&FileStore::new(&vault)).ok()).await;
        match read {
            Ok(Some(note)) => VaultReply::Root(note),
            _ => VaultReply::Refused(VaultRefusal::Damaged),
        }
    }

    /// Puts the birth key under the owner's passphrase, in an opener that has no other work.
    async fn take_over(&self, code: Passphrase, passphrase: Passphrase) -> VaultReply {
        let taken = async {
            let vault = &self.parts.files.vault;
            // Since the ceremony the owner's code and passphrase open nothing, and there is nothing to put under another.
            if self.ceremony_was_held().await? {
                return Ok(VaultReply::TakenOver);
            }
            let _turn = self.turn().await?;
            let started = Client::start(&self.parts.program, vault).await;
            let mut opener = started.map_err(|error| no_opener(&error))?;
            if let Some(key) = opener.rewrap(code, passphrase).await.map_err(|error| refusal_of(&error))? {
                let mut store = FileStore::new(vault);
                replace_birth_key(&mut store, &key).map_err(|error| {
                    tracing::error!(%error, "the birth key can't be written");
                    VaultRefusal::Damaged
                })?;
            }
            Ok(VaultReply::TakenOver)
        };
        taken.await.unwrap_or_else(VaultReply::Refused)
    }

    async fn ceremony_was_held(&self) -> Result<bool, VaultRefusal> {
        let files = self.parts.files.clone();
        let held = tokio::task::spawn_blocking(move || vault_keys::ceremony_was_held(&files)).await;
        held.map_err(|_| VaultRefusal::Damaged)?.map_err(|error| {
            tracing::error!(%error, "nobody can say whether the ceremony was held");
            VaultRefusal::Damaged
        })
    }
}

fn told(recorder::WhoOpens { holders, compartments }: recorder::WhoOpens) -> WhoOpens {
    WhoOpens { holders, compartments: compartments.into_iter().map(|(name, of)| (name.to_string(), of)).collect() }
}

/// Who asked may have gone meanwhile.
fn answer(reply: oneshot::Sender<VaultReply>, answer: VaultReply) {
    let _ = reply.send(answer);
}

fn no_opener(error: &std::io::Error) -> VaultRefusal {
    tracing::error!(%error, "the opener can't be started");
    VaultRefusal::NoOpener
}

fn refusal_of(error: &ClientError) -> VaultRefusal {
    match error {
        ClientError::Refused(why) => *why,
        ClientError::Gone(error) => {
            tracing::error!(%error, "an opener ended in the middle of its work");
            VaultRefusal::OpenerEnded
        }
    }
}

/// Asked with each look at a page, so it reads nothing of the recording.
fn octets(vault: &Path, recording: RecordingId) -> Result<u64, VaultRefusal> {
    let octets = FileStore::new(vault).octets(&object_name(recording)).map_err(|_| VaultRefusal::Damaged)?;
    octets.ok_or(VaultRefusal::NotFinished)
}
