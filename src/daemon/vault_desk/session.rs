//! One person who listens: their opener's process, and the recording that is open in it.

use std::{collections::BTreeSet, io, process::ExitStatus, sync::Arc, time::Duration};

use access::TwoPersonAct;
use frame::{CallId, PersonId, RecordingId, Stamp, Utc};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use super::{super::vault_keys::KeyFiles, Shared, answer, no_opener, refusal_of};
use crate::{
    handles::{
        Apart, ApprovalsReply, ApprovalsRequest, Open, Opened, OpeningId, Passphrase, VaultRefusal, VaultReply,
        VaultRequest,
    },
    journal::{Act, Actor, Alarm, BoxEvent, FollowError, IndexReader, Intend, Intent, NotAudited, Outcome},
    opener::{Client, Unsealed, Whose},
    recorder::{FileStore, TRIALS_MAX, Trial},
};

/// Requests that may wait: a browser has six connections.
const WAITING_MAX: usize = 16;

/// How long a recording stays open that was opened without the second person whom the settings want.
pub(super) const GLASS_LASTS: Duration = Duration::from_secs(60 * 60);

/// How often it is looked whether that is over: the boot's clock goes on while the machine sleeps, and timers do not.
const GLASS_LOOKED_AT: Duration = Duration::from_secs(1);

/// How long an event may take to be durable. As with audit intents.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

/// How long the system takes to tell how a process ended that has closed its socket.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

pub(super) type Request = (VaultRequest, oneshot::Sender<VaultReply>);

/// The desk's end of a session. Its process ends with it.
pub(super) struct Session {
    requests: mpsc::Sender<Request>,
    task: JoinHandle<VaultRefusal>,
}

impl Session {
    /// Begins a session; its process starts with the first opening.
    pub(super) fn begin(person: PersonId, shared: Arc<Shared>) -> Session {
        let (requests, taken) = mpsc::channel(WAITING_MAX);
        let listener = Listener { person, shared, opener: None, opening: None, ends: None, has_tried: false };
        Session { requests, task: tokio::spawn(listener.serve(taken)) }
    }

    /// Hands a request over; gives it back where the session ends at this moment.
    pub(super) fn ask(&self, request: VaultRequest, reply: oneshot::Sender<VaultReply>) -> Result<(), Request> {
        match self.requests.try_send((request, reply)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full((_, reply))) => {
                answer(reply, VaultReply::Refused(VaultRefusal::Busy));
                Ok(())
            }
            Err(TrySendError::Closed(request)) => Err(request),
        }
    }

    /// Whether the process has ended by itself, and nothing is taken any more.
    pub(super) fn is_over(&self) -> bool {
        self.requests.is_closed()
    }

    /// Why it is over, where nobody was told.
    pub(super) async fn why_over(mut self) -> VaultRefusal {
        if !self.is_over() {
            return VaultRefusal::NotOpen;
        }
        (&mut self.task).await.unwrap_or(VaultRefusal::OpenerEnded)
    }
}

/// Sealing waits for nothing: whatever the session is doing is given up, and its process is killed.
impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The session's task.
struct Listener {
    person: PersonId,
    shared: Arc<Shared>,
    opener: Option<Client>,
    opening: Option<OpeningId>,
    /// When what is open is sealed, used or not.
    ends: Option<Stamp>,
    /// Whether the newest recording of each epoch was tried: once a session.
    has_tried: bool,
}

impl Listener {
    /// Serves until the process ends; returns why it did, where nobody was told.
    async fn serve(mut self, mut requests: mpsc::Receiver<Request>) -> VaultRefusal {
        loop {
            let request = match &mut self.opener {
                None => requests.recv().await,
                Some(opener) => tokio::select! {
                    // Whoever keeps asking gets no more than the hour, either.
                    biased;
                    () = over(&self.shared, self.ends) => {
                        let is_told = close(requests, VaultRefusal::GlassOver);
                        return if is_told { VaultRefusal::NotOpen } else { VaultRefusal::GlassOver };
                    }
                    request = requests.recv() => request,
                    status = opener.ended() => {
                        let why = ended(status);
                        let is_told = close(requests, why);
                        return if is_told { VaultRefusal::NotOpen } else { why };
                    }
                },
            };
            let Some((request, reply)) = request else { return VaultRefusal::NotOpen };
            let mut result = self.take(request).await;
            let is_over = matches!(result, Err(VaultRefusal::OpenerEnded | VaultRefusal::NoOpener));
            if matches!(result, Err(VaultRefusal::OpenerEnded)) {
                result = Err(self.why_gone().await);
            }
            if is_over {
                // Closed first: who is answered may ask again at once, and then begins a new session.
                close(requests, VaultRefusal::NotOpen);
                answer(reply, result.unwrap_or_else(VaultReply::Refused));
                // Who asked has just been told.
                return VaultRefusal::NotOpen;
            }
            answer(reply, result.unwrap_or_else(VaultReply::Refused));
        }
    }

    /// A process may have been idle just long enough when it was asked, which is no fault of its own.
    async fn why_gone(&mut self) -> VaultRefusal {
        let Some(opener) = &mut self.opener else { return VaultRefusal::OpenerEnded };
        match timeout(TOLD_WITHIN, opener.ended()).await {
            Ok(status) => ended(status),
            // It is there and answers nothing; with this session it is killed.
            Err(_) => VaultRefusal::OpenerEnded,
        }
    }

    async fn take(&mut self, request: VaultRequest) -> Result<VaultReply, VaultRefusal> {
        match request {
            VaultRequest::Open(open) => self.open(open).await.map(VaultReply::Opened),
            VaultRequest::Read { opening, offset, octets_max, .. } => {
                let read = self.opener_of(opening)?.read(offset, octets_max).await;
                read.map(VaultReply::Piece).map_err(|error| refusal_of(&error))
            }
            VaultRequest::Waveform { opening, columns, .. } => {
                let waveform = self.opener_of(opening)?.waveform(columns).await;
                waveform.map(VaultReply::Waveform).map_err(|error| refusal_of(&error))
            }
            VaultRequest::State { .. }
            | VaultRequest::Check { .. }
            | VaultRequest::Holders
            | VaultRequest::Root
            | VaultRequest::Seal { .. }
            | VaultRequest::TakeOver { .. } => {
                unreachable!("the desk answers these itself")
            }
        }
    }

    fn opener_of(&mut self, opening: OpeningId) -> Result<&mut Client, VaultRefusal> {
        let is_it = self.opening == Some(opening);
        self.opener.as_mut().filter(|_| is_it).ok_or(VaultRefusal::NotOpen)
    }

    /// First the intent, durable; then the opening; then what became of it. Whatever stops this on its way concludes the
    /// intent as not done.
    async fn open(&mut self, open: Open) -> Result<Opened, VaultRefusal> {
        (self.opening, self.ends) = (None, None);
        let needs_two = self.shared.parts.settings.borrow().recordings.two_people_open;
        let breaks_glass = needs_two && open.breaks_glass;
        let act = if breaks_glass { Act::BreakGlass } else { Act::OpenRecording };
        let (recording, call, by) = (open.recording, Some(open.call), Actor::Person(self.person));
        let intend = Intend { by, act, object: recording.to_string(), call, reason: open.reason.clone() };
        let shared = Arc::clone(&self.shared);
        let intent = shared.parts.audit.intend(intend).await.map_err(|NotAudited| VaultRefusal::NotAudited)?;
        let _turn = shared.turn().await?;
        let (Unsealed { file_octets, is_in_part, .. }, apart) =
            self.unseal(&intent, recording, open.passphrase).await?;
        // The words of a holder who is no auditor any more, typed by a supervisor's right: nothing of it is heard.
        if open.in_part_only && !is_in_part {
            self.opener = None;
            return Err(VaultRefusal::WrongPassphrase);
        }
        // Nobody hears anything of it before its opening is told.
        let allowed = match needs_two {
            false => Ok(None),
            true if breaks_glass => self.break_glass(call, recording, open.reason).await.map(Some),
            true => self.redeem(recording).await.map(|()| None),
        };
        // What may not be heard is not left open.
        self.ends = allowed.inspect_err(|_| self.opener = None)?;
        let opening = OpeningId(getrandom::u64().map_err(|_| VaultRefusal::NoOpener)?);
        self.opening = Some(opening);
        intent.conclude(Outcome::Done);
        Ok(Opened { opening, file_octets, until: self.until(), ends: self.ends, is_in_part, apart })
    }

    /// Opens, and with the first of a session tries the newest recording of each of the vault's keys.
    async fn unseal(
        &mut self,
        intent: &Intent,
        recording: RecordingId,
        passphrase: Passphrase,
    ) -> Result<(Unsealed, Apart), VaultRefusal> {
        let (shared, whose) = (Arc::clone(&self.shared), Whose::Persons(self.person));
        let trials = if self.has_tried { None } else { trials(&shared).await };
        let tries = trials.is_some();
        let opener = self.opener().await?;
        let opened = opener.open(intent, recording, whose, passphrase, trials.unwrap_or_default()).await;
        let (unsealed, apart) = (opened.map_err(|error| refusal_of(&error))?, opener.apart());
        self.has_tried |= tries;
        // A member's keys say nothing of the vault's.
        if tries && !unsealed.is_in_part {
            tell_shut(&shared, unsealed.shut.iter().copied().collect()).await;
        }
        Ok((unsealed, apart))
    }

    /// Tells of an opening without a second person, and gives when it ends: the event is durable and the alarm raised before
    /// anything is heard.
    async fn break_glass(
        &self,
        call: Option<CallId>,
        recording: RecordingId,
        reason: String,
    ) -> Result<Stamp, VaultRefusal> {
        let (parts, by) = (&self.shared.parts, Actor::Person(self.person));
        let now = (parts.clock)();
        let told = parts.journal.append_durable(now, BoxEvent::GlassBroken { call, recording, by, reason });
        let Ok(Ok(Ok(broken))) = timeout(DURABLE_WITHIN, told).await else { return Err(VaultRefusal::NotAudited) };
        let alarm = Alarm::GlassBroken { broken, recording };
        parts.journal.append(now, BoxEvent::AlarmRaised { alarm });
        Ok(after(now, GLASS_LASTS))
    }

    /// Takes the grant of two people.
    async fn redeem(&self, recording: RecordingId) -> Result<(), VaultRefusal> {
        let (act, object) = (TwoPersonAct::OpenRecording, Open::object(recording, self.person));
        match self.shared.parts.approvals.ask_for_long(ApprovalsRequest::Redeem { act, object }).await {
            Ok(ApprovalsReply::Redeemed { .. }) => Ok(()),
            _ => Err(VaultRefusal::NotGranted),
        }
    }

    /// The person's process, started where there is none.
    async fn opener(&mut self) -> Result<&mut Client, VaultRefusal> {
        if self.opener.is_none() {
            let parts = &self.shared.parts;
            let started = Client::start(&parts.program, &parts.files.vault).await;
            self.opener = Some(started.map_err(|error| no_opener(&error))?);
        }
        self.opener.as_mut().ok_or(VaultRefusal::NoOpener)
    }

    /// When the recording is sealed again unless it is used.
    fn until(&self) -> Stamp {
        after((self.shared.parts.clock)(), self.shared.parts.program.idle)
    }
}

fn after(now: Stamp, time: Duration) -> Stamp {
    let utc = Utc::from_us(now.utc.as_us() + time.as_micros() as i64);
    Stamp { time: now.time + time, utc, ..now }
}

/// Comes when what was opened without a second person is to be sealed; never, where there is nothing.
async fn over(shared: &Shared, ends: Option<Stamp>) {
    let Some(ends) = ends else { return std::future::pending().await };
    while (shared.parts.clock)().time < ends.time {
        tokio::time::sleep(GLASS_LOOKED_AT).await;
    }
}

/// Takes nothing more, and tells those who wait; whether somebody waited.
fn close(mut requests: mpsc::Receiver<Request>, why: VaultRefusal) -> bool {
    requests.close();
    let mut is_told = false;
    while let Ok((_, reply)) = requests.try_recv() {
        answer(reply, VaultReply::Refused(why));
        is_told = true;
    }
    is_told
}

/// The first key of the newest recording of each epoch. Where they can't be gathered, a recording is opened all the same, and
/// they are tried with the next one.
async fn trials(shared: &Shared) -> Option<Vec<Trial>> {
    let files = shared.parts.files.clone();
    match spawn_blocking(move || gather(&files)).await {
        Ok(Ok(trials)) => Some(trials),
        other => {
            tracing::warn!(?other, "the keys of each epoch can't be tried now");
            None
        }
    }
}

fn gather(files: &KeyFiles) -> Result<Vec<Trial>, FollowError> {
    let newest = IndexReader::open(&files.index)?.newest_of_each_key()?;
    let store = FileStore::new(&files.vault);
    let trials = newest.iter().rev().take(TRIALS_MAX).map(|recording| Trial::of(&store, *recording));
    Ok(trials.filter_map(Result::transpose).collect::<Result<_, io::Error>>()?)
}

/// Raises the alarms of recordings that do not open, where they do not stand, and clears those of all others.
async fn tell_shut(shared: &Shared, shut: BTreeSet<RecordingId>) {
    let index = shared.parts.files.index.clone();
    let alarms = spawn_blocking(move || IndexReader::open(&index)?.alarms()).await;
    let standing: BTreeSet<RecordingId> = match alarms {
        Ok(Ok(alarms)) => alarms.iter().filter_map(|open| shut_by(&open.alarm)).collect(),
        other => {
            tracing::warn!(?other, "nobody can say which recordings are known not to open");
            BTreeSet::new()
        }
    };
    let (parts, now) = (&shared.parts, (shared.parts.clock)());
    let alarm = |recording: &RecordingId| Alarm::DoesNotOpen { recording: *recording };
    for recording in shut.difference(&standing) {
        parts.journal.append(now, BoxEvent::AlarmRaised { alarm: alarm(recording) });
    }
    for recording in standing.difference(&shut) {
        parts.journal.append(now, BoxEvent::AlarmCleared { alarm: alarm(recording) });
    }
}

fn shut_by(alarm: &Alarm) -> Option<RecordingId> {
    match alarm {
        Alarm::DoesNotOpen { recording } => Some(*recording),
        _ => None,
    }
}

/// A process that was idle, or whose socket ended, ends well.
fn ended(status: io::Result<ExitStatus>) -> VaultRefusal {
    match status {
        Ok(status) if status.success() => VaultRefusal::NotOpen,
        status => {
            tracing::error!(?status, "an opener ended by a fault, or was killed");
            VaultRefusal::OpenerEnded
        }
    }
}
