//! What all pages share: the parts they were started with, who is signed in, what is open.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use access::{Access, Output};
use frame::{EventNo, PersonId, RecordingId, Stamp};
use settings::Layout;
use tokio::{
    sync::{Notify, Semaphore, watch},
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::{AdminParts, accounts, approvals, fault::Fault, live::Live, turn::Turns};
use crate::{
    handles::{ControlReply, ControlRequest, Opened, OpeningId, Snapshot, VaultRequest},
    journal::{Alarm, Audit, BoxEvent, Event, FollowError, IndexReader, Intend, Intent, NotAudited, OpenAlarm, Record},
    words::{Language, page::Page},
};

/// How long the journal may take to say what it keeps in memory: it does nothing else meanwhile than write.
const MEMORY_WITHIN: Duration = Duration::from_millis(500);

/// How often sessions that ran out are looked for.
const TEND_EVERY: Duration = Duration::from_secs(1);

/// The most pages that watch: each has a connection, and half of those are for what else pages ask.
const WATCHERS_MAX: usize = 128;

/// What all pages share.
pub(super) struct App {
    pub(super) parts: AdminParts,
    pub(super) layout: Layout,
    pub(super) is_tls: bool,
    access: Mutex<Access>,
    audit: Audit,
    /// One password is hashed at a time, off the threads that serve, and accounts change one after the other.
    pub(super) turns: Turns,
    /// One open recording a person.
    openings: Mutex<BTreeMap<PersonId, (RecordingId, Opened)>>,
    /// The newest state of the lines, while somebody watches.
    pub(super) live: watch::Sender<Live>,
    /// Acts that wait for a second person.
    pub(super) approvals: approvals::Desk,
    /// Places for watchers.
    pub(super) watchers: Arc<Semaphore>,
    /// Somebody begins to watch.
    pub(super) watched: Notify,
}

impl App {
    pub(super) fn new(parts: AdminParts, is_tls: bool) -> io::Result<Arc<App>> {
        let accounts = accounts::read(&parts.keys)?;
        parts.locked.take(&accounts);
        let was_separated = accounts.separated;
        let access = Access::new(accounts, accounts::decoy()?, &parts.settings.borrow());
        if access.are_separated() != was_separated {
            accounts::keep(&parts.keys, access.accounts())?;
        }
        Ok(Arc::new(App {
            layout: Layout::of(&parts.board),
            audit: Audit::new(parts.journal.clone(), Arc::clone(&parts.clock)),
            parts,
            is_tls,
            access: Mutex::new(access),
            turns: Turns::new(),
            openings: Mutex::default(),
            live: watch::Sender::new(Live::default()),
            watchers: Arc::new(Semaphore::new(WATCHERS_MAX)),
            approvals: approvals::Desk::default(),
            watched: Notify::new(),
        }))
    }

    pub(super) fn now(&self) -> Stamp {
        (self.parts.clock)()
    }

    /// Who is signed in. Never held across an await.
    pub(super) fn access(&self) -> MutexGuard<'_, Access> {
        // Each of its functions leaves it whole, so a panic elsewhere in a page spoils nothing.
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a person is called: as they sign in, else as the settings call them.
    pub(super) fn name_of(&self, person: PersonId) -> Option<String> {
        if let Some(name) = self.access().name_of(person) {
            return Some(name.to_owned());
        }
        let settings = self.parts.settings.borrow();
        settings.people.iter().find(|known| known.id == person).map(|known| known.name.clone())
    }

    /// The state of the lines; none where call control does not answer.
    pub(super) async fn snapshot(&self) -> Option<Snapshot> {
        match self.parts.control.ask(ControlRequest::Snapshot).await {
            Ok(ControlReply::Snapshot(snapshot)) => Some(snapshot),
            _ => None,
        }
    }

    /// Reads the index, on a thread that may block.
    pub(super) async fn read_index<T: Send + 'static>(
        &self,
        language: Language,
        read: impl FnOnce(&IndexReader) -> Result<T, FollowError> + Send + 'static,
    ) -> Result<T, Fault> {
        let path = self.parts.index.clone();
        let read = spawn_blocking(move || read(&IndexReader::open(&path)?));
        match read.await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the index can't be read");
                if let FollowError::Damaged(_) = error {
                    self.parts.journal.doubt_index();
                }
                Err(Fault::unavailable(language, Page::IndexUnreadable))
            }
            Err(_) => Err(Fault::unavailable(language, Page::Internal)),
        }
    }

    /// The alarms that are not cleared: those of the index, and what the journal has to say while no disk takes it.
    pub(super) async fn alarms(&self, language: Language) -> Result<Vec<OpenAlarm>, Fault> {
        let mut alarms = self.read_index(language, IndexReader::alarms).await?;
        let Some(waiting) = self.not_yet_on_disk().await else {
            // One that does not even answer waits for its disk, which is as bad.
            alarms.push(OpenAlarm { alarm: Alarm::NotYetOnDisk, no: EventNo::default(), since: self.now() });
            return Ok(alarms);
        };
        for record in waiting {
            match record.event() {
                Some(Event::Box(BoxEvent::AlarmRaised { alarm })) => {
                    alarms.push(OpenAlarm { alarm: alarm.clone(), no: record.no, since: record.stamp });
                }
                Some(Event::Box(BoxEvent::AlarmCleared { alarm })) => alarms.retain(|open| open.alarm != *alarm),
                _ => (),
            }
        }
        Ok(alarms)
    }

    /// What the journal keeps in memory; none where it does not answer.
    async fn not_yet_on_disk(&self) -> Option<Vec<Record>> {
        timeout(MEMORY_WITHIN, self.parts.journal.not_yet_on_disk()).await.ok()?.ok()
    }

    /// How many events wait for a disk: what pages watch beside the index, which knows nothing of them.
    pub(super) async fn waiting_events(&self) -> usize {
        self.not_yet_on_disk().await.map_or(usize::MAX, |waiting| waiting.len())
    }

    /// Writes audit intents, where no page is the answer.
    pub(super) fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Writes an audit intent, durably, before the act that it announces.
    pub(super) async fn intend(&self, language: Language, intend: Intend) -> Result<Intent, Fault> {
        self.audit.intend(intend).await.map_err(|NotAudited| Fault::unavailable(language, Page::NotAudited))
    }

    /// Tells the journal what happened to sign-ins and sessions, and has recordings of ended sessions sealed.
    pub(super) fn tell_access(&self) {
        loop {
            // The lock is let go of before the next step.
            let Some(output) = self.access().poll_output() else { return };
            self.parts.journal.append(self.now(), box_event(&output));
            if let Output::SignedOut { person } = output {
                self.forget_opening(person);
            }
        }
    }

    pub(super) fn opening(&self, person: PersonId, recording: RecordingId) -> Option<Opened> {
        let openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        openings.get(&person).filter(|(open, _)| *open == recording).map(|(_, opened)| *opened)
    }

    pub(super) fn note_opening(&self, person: PersonId, recording: RecordingId, opened: Opened) {
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        openings.insert(person, (recording, opened));
    }

    /// Forgets an opening that is over. Another one that the person has begun meanwhile is left alone.
    pub(super) fn note_over(&self, person: PersonId, opening: OpeningId) {
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        if openings.get(&person).is_some_and(|(_, opened)| opened.opening == opening) {
            openings.remove(&person);
        }
    }

    /// Forgets what those have open who have to set up a second factor by now.
    fn forget_of_whom_must_set_up(&self) {
        let openers: Vec<PersonId> = {
            let openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
            openings.keys().copied().collect()
        };
        for person in openers {
            let must_set_up = self.access().must_set_up(person);
            if must_set_up {
                self.forget_opening(person);
            }
        }
    }

    /// Forgets what a person has open, and has it sealed without waiting.
    pub(super) fn forget_opening(&self, person: PersonId) {
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        if openings.remove(&person).is_some() {
            let vault = self.parts.vault.clone();
            // Unanswered, the opener's own time seals it.
            tokio::spawn(async move { vault.ask(VaultRequest::Seal { person }).await });
        }
    }
}

/// Ends sessions in time, and follows the settings' people.
pub(super) async fn tend(app: Arc<App>) {
    let mut settings = app.parts.settings.clone();
    let (mut is_kept, mut may_change) = (true, true);
    approvals::tend(&app).await;
    loop {
        // The page names new people at once, and whoever is named there can be invited.
        let is_changed = tokio::select! {
            () = sleep(TEND_EVERY) => false,
            changed = settings.changed(), if may_change => {
                may_change = changed.is_ok();
                may_change
            }
        };
        let now = app.now().time;
        if is_changed {
            let changed = Arc::clone(&settings.borrow_and_update());
            let mut access = app.access();
            let was_separated = access.are_separated();
            access.apply(now, &changed);
            is_kept &= access.are_separated() == was_separated;
            drop(access);
            app.forget_of_whom_must_set_up();
        }
        is_kept = is_kept || keep_separated(&app);
        app.access().handle_timeout(now);
        app.tell_access();
        approvals::tend(&app).await;
    }
}

/// Settings have named the last of the three administrators, who had an account: that it takes two people from now on is kept.
/// False where it is to be tried again.
fn keep_separated(app: &App) -> bool {
    let Ok(_turn) = app.turns.take() else { return false };
    let accounts = app.access().accounts().clone();
    let kept = accounts::keep(&app.parts.keys, &accounts);
    kept.inspect_err(|error| tracing::warn!(%error, "accounts can't be kept")).is_ok()
}

fn box_event(output: &Output) -> BoxEvent {
    match output.clone() {
        Output::SignedIn { person, from } => BoxEvent::SignedIn { person, from },
        Output::Joined { person, from } => BoxEvent::Joined { person, from },
        Output::PasswordChanged { person, from } => BoxEvent::PasswordChanged { person, from },
        Output::SecondFactorChanged { person, from, is_set } => BoxEvent::SecondFactorChanged { person, from, is_set },
        Output::CodeWrong { person, from } => BoxEvent::CodeWrong { person, from },
        Output::SignInFailed { name, from } => BoxEvent::SignInFailed { name, from },
        Output::SignedOut { person } => BoxEvent::SignedOut { person },
    }
}
