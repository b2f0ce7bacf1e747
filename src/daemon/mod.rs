//! The running box: all planes, started in their order and stopped in the reverse one.
//!
//! ```text
//! cards ── Audio ──▶ media thread ── ticks ──▶ sealer ▶ flusher ▶ vault/
//!   │                  ▲ commands │ events       │ facts
//!   └── Signal ──▶ telephony task ◀┘              ▼
//!                     └── facts ──────────▶ journal ▶ events/, index.db
//! ```

mod card_check;
mod cards;
mod changed;
mod compartments;
mod copies;
mod copy_books;
mod copy_bucket;
mod copy_holds;
mod erased;
pub mod export_desk;
mod facts;
mod keeping;
mod kept_lines;
mod keys_backup;
mod last_life;
mod leaves;
mod lines_desk;
mod mail;
mod must_go;
mod night_tests;
mod nights;
mod old_log;
mod pending_at_copies;
mod read_before;
mod reckoning;
mod retell;
mod room;
mod root_mail;
mod scrub;
mod sinks;
mod timestamps;
mod unerased;
pub mod vault_desk;
mod vault_home;
mod vault_keys;
mod watchdog;
mod witnesses;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, mpsc::Sender},
    thread::JoinHandle,
    time::Duration,
};

use access::LockedPeople;
use frame::{LifeNo, SpanId, Stamp};
use os::{Realtime, Wake};
use rtrb::RingBuffer;
use settings::{Board, Layout, Settings, Version};
use tokio::{
    sync::{mpsc as channel, watch},
    task::JoinHandle as Task,
    time::{sleep, timeout},
};

pub use cards::{CardError, Cards, Fitted, fit};
pub use copy_books::BoxBooks;
pub use facts::RecorderFacts;
pub use keeping::holds_that_stand;
pub use last_life::call_table_memory;
pub use leaves::{LeafFollower, LiveNow};
pub use mail::{event as mail_event, people as mail_people};
pub use nights::{NightInput, NightNow, NightOutput, Nights, is_tried_again};
pub use old_log::{HeldToLeaves, hold_to_leaves};
pub use read_before::ReadBefore;
pub use reckoning::{ReckonError, ReckonedWhole, reckon_whole};
pub use sinks::recorder_command;
pub use timestamps::Timestamps;
use vault_desk::DeskParts;
pub use vault_keys::{KeyFiles, KeysTold, change_keys, finish_change, keys_told, was_set_back};
use witnesses::{AtWitnesses, ToWitnesses, Witnesses};

use export_desk::ExportParts;
use keeping::{Keeping, KeepingParts};
use last_life::OpenCalls;
use lines_desk::LinesDesk;

use crate::{
    admin::{self, Admin, AdminParts},
    data_dir::DataDir,
    handles::{self, ApprovalsHandle, ControlHandle, LinesHandle, SettingsHandle},
    journal::{self, Alarm, Audit, BoxEvent, Event, IndexReader, JournalConfig, JournalHandle, Limits},
    media::{self, COPY_RING, Counters, RING_MESSAGES, SealerPort, thread::MediaThread},
    opener::Program,
    recorder::{
        self, FileStore, Home, HomeError, OpenRecording, OsRandom, Recorder, RecorderCommand, RecorderHandles,
        RecorderJoin, RecorderSettings, SealFor, is_restored,
    },
    telephony::{self, Input, SoundError, Sounds, TakenOver, Wiring, task::Telephony},
};

/// How long a stop waits for the far ends to release their calls: longer than T308, so that a release that was lost is
/// sent again.
const STOP_PATIENCE: Duration = Duration::from_secs(6);

/// And for the thread of messages, whose disk may hang: a message that it judges just then is durable well within that.
const MAIL_PATIENCE: Duration = Duration::from_secs(3);

/// How long a recording stays open without being listened to.
const SEALS_AFTER: Duration = Duration::from_secs(5 * 60);

/// What the box is started from.
pub struct Parts {
    /// The hardware.
    pub board: Board,
    /// The settings.
    pub settings: Settings,
    /// Their version, which is in the data directory.
    pub version: Version,
    /// Where everything is kept.
    pub data: DataDir,
    /// The socket of the process that holds the simulated cards; without it this process holds them itself.
    pub lines: Option<PathBuf>,
    /// The call table of the process that holds the lines; without it a service manager may keep one.
    pub table: Option<PathBuf>,
    /// Shows the owner's code, where this start makes the vault. Called before anything is under it: a start that dies
    /// after that was heard, and one that dies before it draws another code at the next.
    pub tell_code: fn(&str),
}

/// Why the box can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A card can't be opened.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A prompt can't be read.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// The vault can't be opened.
    #[error("vault: {0}")]
    Vault(#[from] HomeError),
    /// The system refused something.
    #[error("{what}: {why}")]
    System {
        /// What was tried.
        what: &'static str,
        /// The system's reason.
        why: io::Error,
    },
}

/// The box while it runs.
pub struct Daemon {
    /// What the media thread counts.
    pub counters: Arc<Counters>,
    data: DataDir,
    timestamps: Timestamps,
    inputs: channel::UnboundedSender<Input>,
    control: ControlHandle,
    board: Arc<Board>,
    followers: watch::Sender<Arc<Settings>>,
    /// Whom neither the page nor a telephone lets in.
    locked: LockedPeople,
    lines: LinesHandle,
    /// Asks the settings' plane.
    settings: SettingsHandle,
    served: Vec<Task<()>>,
    telephony: Task<io::Result<()>>,
    media: MediaThread,
    recorder: RecorderJoin,
    mail: JoinHandle<()>,
    /// A moment at which the wall clock was right, once one is known.
    right: watch::Sender<Option<Stamp>>,
    facts: JoinHandle<()>,
    back: facts::Back,
    /// What can't be erased.
    unerased: unerased::Unerased,
    journal: JournalHandle,
    journal_thread: JoinHandle<()>,
    scrubber: scrub::Scrubber,
    read_before: ReadBefore,
    reckoner: reckoning::Reckoner,
    room: room::RoomWatch,
    witnesses: AtWitnesses,
    copies: copies::Copies,
    /// What the folders of witnesses say of the log.
    held_to: watch::Receiver<witnesses::HeldTo>,
    /// The vault.
    vault: vault::VaultId,
    /// Asks the desk of acts that need two.
    approvals: ApprovalsHandle,
    /// What is asked of the desks of the page, until it serves them.
    of_page: Option<admin::AskedOfPage>,
    _held: Option<cards::Held>,
}

/// The page, as it is told to people.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its address.
    pub url: String,
    /// The SHA-256 fingerprint of its certificate, where it has one.
    pub fingerprint: Option<String>,
}

impl Daemon {
    /// Starts everything. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]; what was started before ends with it.
    pub fn start(mut parts: Parts) -> Result<Daemon, StartError> {
        let lines = parts.lines.take();
        Daemon::start_with(parts, |board, data| {
            let (held, lines) = cards::hold(board, lines, data)?;
            Ok(Cards { held, ..cards::open_all(board, &lines)? })
        })
    }

    /// Starts everything on cards that `open` opens: those of a process that has its own, as a measurement does.
    ///
    /// # Errors
    /// [`StartError`]; what was started before ends with it.
    pub fn start_with(
        parts: Parts,
        open: impl FnOnce(&Board, &DataDir) -> Result<Cards, CardError>,
    ) -> Result<Daemon, StartError> {
        let Parts { board, settings, version, data, table, tell_code, .. } = parts;
        let (timestamps, layout) = (Timestamps::of(&data), Layout::of(&board));
        let settings = Arc::new(settings);
        let sounds = sounds(&settings, &data)?;
        let home = vault_home::open_or_make(&data, timestamps.now(), tell_code)?;
        let live = LiveNow::default();
        let (to_witnesses, roots) = witnesses::way();
        let (journal, journal_thread) = start_journal(&data, &home, timestamps, live.clone(), Some(to_witnesses))?;
        let mut open_calls = OpenCalls::read(&data.index());
        tell_start(&journal, &data, version, timestamps);
        changed::finish(&journal, &data, timestamps);
        tell_cards(&journal, &board, timestamps);
        let seal_for = vault_keys::seal_for(&journal, &home, &(&data).into(), timestamps)?;
        vault_keys::tell_due(&journal, &home, timestamps);
        let sealed_for = seal_for.clone();
        let of_box = copies::OfBox::new(&data, &home, &seal_for);
        if let Some(keyring) = home.keyring().cloned() {
            tokio::spawn(keys_backup::follow(keyring, data.vault(), journal.clone(), timestamps));
        }
        let (table, last) = last_life::call_table(table.as_deref(), &data)?;
        tokio::spawn(finish_change(journal.clone(), (&data).into(), timestamps));
        tokio::spawn(tell_broken_glass(journal.clone(), timestamps, data.index()));
        tokio::spawn(close_old_intents(journal.clone(), timestamps, data.index(), data.life()));
        let recorder = start_recorder(&data, seal_for, voices(&layout), timestamps)?;
        let back: facts::Back = Arc::new(Mutex::new(Some(recorder.commands.clone())));
        let told = (recorder.events, journal.clone());
        let unerased = unerased::Unerased::default();
        let facts = facts::follow(told, timestamps, (Arc::clone(&back), unerased.clone()), data.index(), live);
        let facts = facts.map_err(system("a thread"))?;

        let opened = open(&board, &data)?;
        let wake = Wake::new().map_err(system("a wake-up between threads"))?;
        let counters = Arc::new(Counters::default());
        let (commands, from_control) = RingBuffer::new(RING_MESSAGES);
        let (to_control, events) = RingBuffer::new(RING_MESSAGES);
        let (messages, copied) = RingBuffer::new(COPY_RING);
        let ports = media::Ports {
            commands: from_control,
            events: to_control,
            wake: wake.clone(),
            sealer: Some(SealerPort { full: recorder.tick_tx, empty: recorder.tick_back }),
            messages: Some(messages),
            counters: Arc::clone(&counters),
        };
        let span_counters = media::span_counters(&opened.audio);
        let Fitted { audio, clocks, echoes } = fit(&board, opened.audio, opened.master);
        let plane = media::Plane::new(audio, opened.master, ports);
        let levels = plane.levels();
        let realtime = tell_realtime(journal.clone(), timestamps);
        let media = MediaThread::start(plane, realtime).map_err(system("the media thread"))?;

        let (inputs, from_others) = channel::unbounded_channel();
        let (control, requests) = handles::handle();
        let (changes, changed) = handles::handle();
        let board = Arc::new(board);
        let followers = watch::Sender::new(Arc::clone(&settings));
        tokio::spawn(compartments::follow(sealed_for, followers.subscribe(), journal.clone(), timestamps));
        let of_vault = (data.vault(), home.vault());
        let witnesses = Witnesses::new(followers.subscribe(), of_vault, journal.clone(), timestamps);
        let held_to = witnesses.held_to();
        let witnesses = witnesses.start(roots).map_err(system("the thread for witnesses"))?;
        let (mail, asked) = mail::start(&data, &settings, copied, (journal.clone(), timestamps), inputs.downgrade())
            .map_err(system("the thread for messages"))?;
        let (lines, of_lines) = handles::handle();
        let (approvals, of_approvals) = handles::handle();
        let (keeping, of_keeping) = handles::handle();
        let desk = LinesDesk { audit: Audit::new(journal.clone(), timestamps.clock()), control: control.clone() };
        let parts = changed::Parts {
            board: Arc::clone(&board),
            version,
            telephony: changes,
            followers: followers.clone(),
            journal: journal.clone(),
            lines: lines.clone(),
            approvals: approvals.clone(),
            keeping,
        };
        let wiring = Wiring {
            life: data.life(),
            ringers: ringers(&board, &layout),
            layout: layout.clone(),
            settings: Arc::clone(&settings),
            version,
            distinct: vault_home::distinct(&home),
        };
        let of_board = layout.clone();
        let mut plane = telephony::Plane::new(wiring, sounds);
        let held = last.alive.is_some();
        open_calls.retell(&journal, &last.calls, timestamps);
        let earlier = last_life::earlier_settings(&last, version, &board, &data);
        let taken = plane.adopt(timestamps.now().time, last, &earlier);
        plane.restore_wishes(timestamps.now().time, last_life::wishes(&data.index()));
        plane.take_out_again(timestamps.now().time, last_life::out_of_service(&data.index()));
        open_calls.close(&journal, held, &taken, &recorder.open, timestamps);
        finish_recordings(&recorder.open, &taken, &recorder.commands, timestamps);
        let locked = LockedPeople::default();
        let mut task = Telephony {
            plane,
            cards: opened.signals,
            clocks,
            counters: span_counters,
            counted_since: timestamps.now(),
            echoes,
            levels,
            media: commands,
            events,
            wake,
            inputs: from_others,
            requests,
            table,
            changes: changed,
            waiting: Vec::new(),
            waiting_for_tests: Vec::new(),
            sinks: sinks::Sinks {
                journal: journal.clone(),
                recorder: recorder.commands,
                timestamps,
                layout,
                audit: Audit::new(journal.clone(), timestamps.clock()),
                locked: locked.clone(),
                mail: mail.orders.clone(),
                inputs: inputs.downgrade(),
            },
        };
        task.load_sounds();
        let read_before = ReadBefore::default();
        let read = read_before.clone();
        let scrubber = scrub::Scrubber::start(data.path(), &data.vault(), journal.clone(), timestamps, read)
            .map_err(system("the thread that reads the vault again"))?;
        let reckoner =
            reckoning::Reckoner::start(data.path(), &data.vault(), data.index(), journal.clone(), timestamps)
                .map_err(system("the thread that reckons up recordings"))?;
        let room = room::RoomWatch::start(
            data.path(),
            &data.vault(),
            data.index(),
            followers.subscribe(),
            journal.clone(),
            timestamps,
        );
        let room = room.map_err(system("the thread that looks at the vault's room"))?;
        let copies = copies::Copies::start(followers.subscribe(), of_box, journal.clone(), timestamps)
            .map_err(system("the thread that keeps the copies"))?;
        let (settings, mut served) = changed::serve(parts, &data, timestamps);
        served.push(tokio::spawn(desk.serve(of_lines)));
        served.push(tokio::spawn(mail::answer(asked, journal.clone(), data.index(), mail.orders.clone())));
        let (right, told_right) = watch::channel(None);
        served.push(tokio::spawn(mail::follow_clock(told_right, mail.orders.clone())));
        served.push(tokio::spawn(mail::follow(followers.subscribe(), mail.orders)));
        let night_tests = night_tests::NightTests {
            settings: followers.subscribe(),
            layout: of_board,
            control: control.clone(),
            journal: journal.clone(),
            clock: timestamps.clock(),
            index: data.index(),
        };
        served.push(tokio::spawn(night_tests.follow()));
        served.push(tokio::spawn(watchdog::feed(watchdog::Vitals::new(Arc::clone(&counters), control.clone()))));
        Ok(Daemon {
            counters,
            telephony: tokio::spawn(task.run()),
            data,
            timestamps,
            inputs,
            control,
            board,
            followers,
            locked,
            lines,
            settings,
            served,
            media,
            recorder: recorder.join,
            mail: mail.join,
            right,
            facts,
            back,
            unerased,
            journal,
            journal_thread,
            scrubber,
            read_before,
            reckoner,
            room,
            witnesses,
            copies,
            held_to,
            vault: home.vault(),
            approvals,
            of_page: Some(admin::AskedOfPage { approvals: of_approvals, keeping: of_keeping }),
            _held: opened.held,
        })
    }

    /// Starts the page.
    ///
    /// # Errors
    /// When its address is taken, or its files can neither be read nor made.
    pub async fn serve_page(&mut self, listen: SocketAddr, plain_on_loopback: bool) -> io::Result<Page> {
        let (vault, requests) = handles::handle();
        let asked = self.of_page.take().unwrap_or_else(admin::AskedOfPage::nothing);
        let timestamps = self.timestamps;
        let (keeping, of_keeping) = handles::handle();
        let (export, of_export) = handles::handle();
        let parts = AdminParts {
            listen,
            plain_on_loopback,
            keys: self.data.keys(),
            locked: self.locked.clone(),
            tls: self.data.tls(),
            index: self.data.index(),
            board: Arc::clone(&self.board),
            settings: self.followers.subscribe(),
            journal: self.journal.clone(),
            control: self.control.clone(),
            vault,
            lines: self.lines.clone(),
            keeping,
            export,
            clock: timestamps.clock(),
        };
        let Admin { url, fingerprint, task, .. } = admin::start(parts, asked).await?;
        let desk = tokio::spawn(vault_desk::serve(self.desk_parts(), requests));
        self.served.push(tokio::spawn(Keeping::new(self.keeping_parts()).serve(of_keeping)));
        let export = tokio::spawn(export_desk::serve(self.export_parts(), of_export));
        self.served.extend([task, desk, export]);
        self.journal.append(timestamps.now(), BoxEvent::Ready { url: url.clone() });
        last_life::tell_ready()?;
        Ok(Page { url, fingerprint })
    }

    fn keeping_parts(&self) -> KeepingParts {
        KeepingParts {
            vault: self.vault,
            index: self.data.index(),
            folder: self.data.vault(),
            settings: self.followers.subscribe(),
            journal: self.journal.clone(),
            clock: self.timestamps.clock(),
            is_synchronised: Box::new(os::is_synchronised),
            right: self.right.clone(),
            approvals: self.approvals.clone(),
            recorder: Arc::clone(&self.back),
            unerased: self.unerased.clone(),
            held_to: self.held_to.clone(),
            is_disk_encrypted: self.data.is_encrypted(),
        }
    }

    fn desk_parts(&self) -> DeskParts {
        let clock = self.timestamps.clock();
        let audit = Audit::new(self.journal.clone(), Arc::clone(&clock));
        let (journal, settings) = (self.journal.clone(), self.followers.subscribe());
        let (files, approvals) = ((&self.data).into(), self.approvals.clone());
        let read_before = self.read_before.clone();
        DeskParts { files, audit, clock, program: opener(), journal, settings, approvals, read_before }
    }

    fn export_parts(&self) -> ExportParts {
        ExportParts {
            vault: self.data.vault(),
            exports: self.data.exports(),
            index: self.data.index(),
            journal: self.journal.clone(),
            clock: self.timestamps.clock(),
            program: opener(),
            approvals: self.approvals.clone(),
            settings: self.followers.subscribe(),
        }
    }

    /// The data directory.
    pub fn data(&self) -> &DataDir {
        &self.data
    }

    /// Asks the settings' plane: to show, to try, to apply.
    pub fn settings(&self) -> &SettingsHandle {
        &self.settings
    }

    /// Ends all calls, closes all recordings, and writes everything down.
    pub async fn stop(mut self) {
        self.served.iter().for_each(Task::abort);
        self.journal.append(self.timestamps.now(), BoxEvent::Stopping);
        let _ = self.inputs.send(Input::Stop);
        if timeout(STOP_PATIENCE, &mut self.telephony).await.is_err() {
            tracing::warn!("some far ends did not release their calls in time");
            self.telephony.abort();
            // Aborted is what was asked for.
            let _ = (&mut self.telephony).await;
        }
        // Ticks end before the recorder does, and the recorder before the journal that it tells.
        drop(self.media);
        self.back.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.recorder.join();
        // Its orders came from tasks that are over. A disk of `mail/` that hangs keeps neither the log nor the process.
        ends_within(MAIL_PATIENCE, self.mail, "the thread for messages").await;
        self.scrubber.stop();
        self.reckoner.stop();
        self.room.stop();
        join(self.facts, "the thread that follows the recorder");
        self.journal.append(self.timestamps.now(), BoxEvent::Stopped);
        self.journal.stop();
        join(self.journal_thread, "the journal");
        self.witnesses.wait();
        self.copies.stop();
    }
}

/// This very program, also after an update has put another in its place.
fn opener() -> Program {
    Program { path: PathBuf::from("/proc/self/exe"), idle: SEALS_AFTER }
}

fn tell_start(journal: &JournalHandle, data: &DataDir, settings: Version, timestamps: Timestamps) {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let settings = Some(settings.0);
    journal.append(timestamps.now(), BoxEvent::Started { life: data.life(), boot: data.boot(), version, settings });
}

/// Raises what the real cards have otherwise than the board file says.
fn tell_cards(journal: &JournalHandle, board: &Board, timestamps: Timestamps) {
    for alarm in card_check::alarms(board) {
        journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm });
    }
}

/// Raises the alarms of earlier lives anew: what was opened without a second person stays listed until somebody else has
/// reviewed it.
async fn tell_broken_glass(journal: JournalHandle, timestamps: Timestamps, index: PathBuf) {
    if journal.settle().await.is_err() {
        return;
    }
    let read = move || IndexReader::open(&index)?.glass_to_review();
    let open = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(open)) => open,
        other => {
            return tracing::error!(?other, "nobody can say which openings without a second person wait for review");
        }
    };
    for record in open {
        if let Some(Event::Box(BoxEvent::GlassBroken { recording, .. })) = record.event() {
            let alarm = Alarm::GlassBroken { broken: record.no, recording: *recording };
            journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm });
        }
    }
}

/// Says of what was about to be done when an earlier life ended that nobody knows whether it was.
async fn close_old_intents(journal: JournalHandle, timestamps: Timestamps, index: PathBuf, life: LifeNo) {
    // The index has caught up with the log then.
    if journal.settle().await.is_err() {
        return;
    }
    let audit = Audit::new(journal, timestamps.clock());
    let close = move || IndexReader::open(&index).and_then(|index| audit.close_old(&index, life));
    match tokio::task::spawn_blocking(close).await {
        Ok(Ok(())) => {}
        other => tracing::error!(?other, "the intents of an earlier life can't be closed"),
    }
}

/// How many voices there can be at once.
fn voices(layout: &Layout) -> usize {
    layout.spans.iter().map(|span| span.voice().count()).sum()
}

/// Starts the recorder, with room for as many `voices` at once.
fn start_recorder(
    data: &DataDir,
    seal_for: SealFor,
    voices: usize,
    timestamps: Timestamps,
) -> Result<RecorderHandles, StartError> {
    let store = Box::new(FileStore::new(&data.vault()));
    let settings = RecorderSettings { voices, ..RecorderSettings::new(data.life(), data.boot()) };
    // The thread that takes the recorder's events waits on their channel, so nobody has to be woken.
    let started = Recorder::start(store, seal_for, settings, move || timestamps.now(), || ());
    started.map_err(system("the recorder"))
}

/// Ends the recordings that an earlier life left open, where their calls ended with it.
fn finish_recordings(
    open: &[OpenRecording],
    taken: &TakenOver,
    recorder: &Sender<RecorderCommand>,
    timestamps: Timestamps,
) {
    for open in open.iter().filter(|open| !taken.recordings.contains(&open.recording)) {
        let finish = RecorderCommand::Finish { recording: open.recording, stamp: timestamps.now() };
        // The recorder was started a moment ago; where it died, its hook has told.
        let _ = recorder.send(finish);
    }
}

fn join(thread: JoinHandle<()>, what: &str) {
    if thread.join().is_err() {
        tracing::error!("{what} ended by a fault of its own");
    }
}

/// Waits for a thread, but not for longer than `limit`: it ends with the process then.
async fn ends_within(limit: Duration, thread: JoinHandle<()>, what: &str) {
    const LOOK: Duration = Duration::from_millis(5);
    for _ in 0..limit.as_millis() / LOOK.as_millis() {
        if thread.is_finished() {
            return join(thread, what);
        }
        sleep(LOOK).await;
    }
    tracing::error!("{what} does not end, and is left to itself");
}

/// Starts the event log of a data directory whose box does not run, with the leaf sequence of its vault.
///
/// # Errors
/// Where there is no vault, or the disk refuses.
pub fn start_log(data: &DataDir) -> Result<(JournalHandle, JoinHandle<()>), StartError> {
    let store = FileStore::new(&data.vault());
    if is_restored(&store).map_err(HomeError::Disk)? {
        return start_event_log(data);
    }
    let home = Home::open_to_record(&store)?.ok_or(HomeError::Missing("identity"))?;
    start_journal(data, &home, Timestamps::of(data), LiveNow::default(), None)
}

/// Starts the event log of a data directory alone: of a vault that was brought back from a copy the leaves can't go on, as nobody has
/// the key that signs them.
///
/// # Errors
/// The disk's.
pub fn start_event_log(data: &DataDir) -> Result<(JournalHandle, JoinHandle<()>), StartError> {
    start_journal_with(data, Timestamps::of(data), None)
}

fn start_journal(
    data: &DataDir,
    home: &Home,
    timestamps: Timestamps,
    live: LiveNow,
    witnesses: Option<ToWitnesses>,
) -> Result<(JournalHandle, JoinHandle<()>), StartError> {
    let hand = || Box::new(FileStore::new(&data.vault())) as Box<dyn recorder::Store>;
    let leaves = LeafFollower::open(home, [hand(), hand()], Box::new(OsRandom), live);
    let leaves = leaves.map_err(system("the leaf sequence"))?;
    let leaves = match witnesses {
        Some(witnesses) => leaves.told_to(witnesses),
        None => leaves,
    };
    let leaves = journal::Beside::start("leaves", Box::new(leaves)).map_err(system("the leaf sequence"))?;
    start_journal_with(data, timestamps, Some(Box::new(leaves)))
}

fn start_journal_with(
    data: &DataDir,
    timestamps: Timestamps,
    leaves: Option<Box<dyn journal::Follower>>,
) -> Result<(JournalHandle, JoinHandle<()>), StartError> {
    let config = JournalConfig {
        events: data.events(),
        index: data.index(),
        life: data.life(),
        limits: Limits::default(),
        leaves,
        clock: Box::new(move || timestamps.now()),
    };
    journal::start(config).map_err(system("the event log"))
}

fn tell_realtime(journal: JournalHandle, timestamps: Timestamps) -> impl FnOnce(Realtime) + Send {
    move |got| {
        if got != Realtime::Fifo {
            journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm: Alarm::NotRealTime });
        }
    }
}

/// Prompts in the house's language: the data directory's own, which anyone may replace.
fn sounds(settings: &Settings, data: &DataDir) -> Result<Sounds, SoundError> {
    let mut sounds = Sounds::of_country(telephony::country(settings).plan());
    sounds.read_folder(&data.prompts().join(settings.language.tag()))?;
    Ok(sounds)
}

fn ringers(board: &Board, layout: &Layout) -> BTreeMap<SpanId, u8> {
    let row = |card: &settings::Card| Some((layout.spans_of(card.serial).next()?.span, card.ring_budget?));
    board.cards.iter().filter_map(row).collect()
}

fn system(what: &'static str) -> impl FnOnce(io::Error) -> StartError {
    move |why| StartError::System { what, why }
}

#[cfg(test)]
mod tests {
    use frame::{EventNo, PersonId, RecordingId};

    use super::*;
    use crate::journal::{self, Actor, JournalConfig, Limits};

    #[tokio::test]
    async fn a_thread_that_hangs_keeps_no_stop_and_one_that_ends_is_waited_for() {
        let (over, waits) = std::sync::mpsc::channel::<()>();
        let hangs = std::thread::spawn(move || _ = waits.recv());
        timeout(Duration::from_secs(20), ends_within(Duration::from_millis(20), hangs, "it")).await.unwrap();
        drop(over);
        let done = Arc::new(Mutex::new(false));
        let says = Arc::clone(&done);
        let ends = std::thread::spawn(move || *says.lock().unwrap() = true);
        ends_within(Duration::from_secs(20), ends, "it").await;
        assert!(*done.lock().unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_start_raises_anew_what_was_opened_without_a_second_person_until_somebody_has_reviewed_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path(), true, "boot").unwrap();
        let timestamps = Timestamps::of(&data);
        let config = JournalConfig {
            events: data.events(),
            index: data.index(),
            life: data.life(),
            limits: Limits { segment_octets: 1 << 16, ..Limits::default() },
            leaves: None,
            clock: Box::new(move || timestamps.now()),
        };
        let (journal, thread) = journal::start(config).unwrap();
        let recording = |no| RecordingId::new(data.life(), no);
        let glass = |no| BoxEvent::GlassBroken {
            call: None,
            recording: recording(no),
            by: Actor::Person(PersonId(3)),
            reason: "a child is missing".into(),
        };
        journal.append(timestamps.now(), glass(1));
        let reviewed = journal.append_durable(timestamps.now(), glass(2)).await.unwrap().unwrap();
        let (by, word) = (PersonId(7), "seen".to_owned());
        journal.append(timestamps.now(), BoxEvent::GlassReviewed { broken: reviewed, by, word });
        tell_broken_glass(journal.clone(), timestamps, data.index()).await;
        journal.settle().await.unwrap();
        let alarms = IndexReader::open(&data.index()).unwrap().alarms().unwrap();
        let alarms: Vec<Alarm> = alarms.into_iter().map(|open| open.alarm).collect();
        assert_eq!(alarms, [Alarm::GlassBroken { broken: EventNo(1), recording: recording(1) }]);
        journal.stop();
        thread.join().unwrap();
    }
}
