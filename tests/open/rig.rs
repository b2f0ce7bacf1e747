//! A data directory with recordings of two voices, and whoever asks its vault.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use access::{NotRedeemed, TwoPersonAct};
use frame::{
    BootNo, CallId, EventNo, LaneFlags, LaneId, LaneStamp, Law, LegId, LifeNo, OCTETS_PER_TICK, PersonId, RecordingId,
    SpanId, SpanTick, Stamp, Tick, Timeslot, TrackHandle,
};
use ringfence::{
    daemon::{self, ReadBefore, Timestamps, vault_desk},
    data_dir::DataDir,
    handles::{
        ApprovalsReply, ApprovalsRequest, Asked, Open, Opened, Passphrase, Requests, VaultHandle, VaultReply,
        VaultRequest, handle,
    },
    journal::{Alarm, Audit, Event, IndexReader, JournalHandle, StampClock},
    opener::Program,
    recorder::{FileStore, Home, InlineRecorder, RecorderCommand, RecorderSettings, SealFor},
};
use settings::Settings;
use tokio::sync::watch;
use vault::{Cost, Mark, Recipient, Seeded, draw_key_pair};

/// What opens the vault.
pub const PASSPHRASE: &str = "correct horse battery";

/// What the owner's code was.
pub const CODE: &str = "4711-0815";

/// Cheap, so that no test waits for its key.
const QUICK: Cost = Cost { memory_kib: 64, passes: 1 };

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_ringfence");

const SPAN: SpanId = SpanId(0);

/// How long each recording is.
pub const TICKS: u64 = 30;

pub fn recording(no: u32) -> RecordingId {
    RecordingId::new(LifeNo(1), no)
}

pub fn call(no: u32) -> CallId {
    CallId::new(LifeNo(1), no)
}

/// What the party on a timeslot says in a recording.
pub fn said(no: u32, timeslot: u8) -> Vec<u8> {
    let samples = 0..TICKS as u32 * OCTETS_PER_TICK as u32;
    samples.map(|at| (at.wrapping_mul(2_654_435_761 ^ (no << 8 | u32::from(timeslot))) >> 9) as u8).collect()
}

/// The file of a recording as a person gets it: left the caller, right the called.
pub fn wav(no: u32) -> Vec<u8> {
    ringfence::wav::file(Law::A, &[&said(no, 2), &said(no, 3)])
}

/// Makes a data directory whose vault opens with the code, and has two recordings.
pub fn data_dir(path: &Path) -> DataDir {
    let data = DataDir::open(path, true, "a boot").unwrap();
    let mut store = FileStore::new(&data.vault());
    let home = Home::create(&mut store, CODE.as_bytes(), QUICK, Stamp::default(), &mut Seeded::new(1)).unwrap();
    let settings =
        RecorderSettings { segment_octets: 64 << 10, segments: 8, ..RecorderSettings::new(LifeNo(1), BootNo(1)) };
    let random = || Box::new(Seeded::new(2)) as _;
    let store = Box::new(FileStore::new(&data.vault()));
    let mut recorder = InlineRecorder::start(store, home.seal_for(), settings, Stamp::default(), random).unwrap();
    (1..=2).for_each(|no| record(&mut recorder, no));
    recorder.close();
    data
}

/// One more recording, sealed for what the vault has now, and said in a queue of a compartment.
pub fn record_in(data: &Path, no: u32, compartment: &str) {
    let path = data.join("vault");
    let home = Home::open(&FileStore::new(&path)).unwrap().unwrap();
    let settings =
        RecorderSettings { segment_octets: 64 << 10, segments: 8, ..RecorderSettings::new(LifeNo(2), BootNo(1)) };
    let random = move || Box::new(Seeded::new(100 + u64::from(no))) as _;
    let store = Box::new(FileStore::new(&path));
    let mut recorder = InlineRecorder::start(store, home.seal_for(), settings, Stamp::default(), random).unwrap();
    record_of(&mut recorder, no, Some(compartment));
    recorder.close();
}

/// One more recording, sealed for a key that nobody has.
pub fn record_for_nobody(data: &Path, no: u32) {
    let path = data.join("vault");
    let home = Home::open(&FileStore::new(&path)).unwrap().unwrap();
    let (_, nobodys) = draw_key_pair(&mut Seeded::new(99));
    let seal_for = SealFor { recipient: Recipient { key: nobodys, ..home.seal_for().recipient }, ..home.seal_for() };
    let settings =
        RecorderSettings { segment_octets: 64 << 10, segments: 8, ..RecorderSettings::new(LifeNo(2), BootNo(1)) };
    let random = || Box::new(Seeded::new(103)) as _;
    let store = Box::new(FileStore::new(&path));
    let mut recorder = InlineRecorder::start(store, seal_for, settings, Stamp::default(), random).unwrap();
    record(&mut recorder, no);
    recorder.close();
}

fn record(recorder: &mut InlineRecorder, no: u32) {
    record_of(recorder, no, None);
}

fn record_of(recorder: &mut InlineRecorder, no: u32, compartment: Option<&str>) {
    let mut tick = SpanTick::silent(SPAN, Law::A);
    let first = u64::from(no) * 1000;
    let handle = |timeslot: u8| TrackHandle { slot: u16::from(timeslot), generation: no as u16 };
    for timeslot in [2, 3] {
        let track = handle(timeslot);
        recorder.handle_command(RecorderCommand::Begin {
            track,
            recording: recording(no),
            call: call(no),
            part: 1,
            leg: LegId::new(LifeNo(1), 10 * no + u32::from(timeslot)),
            lane: LaneId::new(SPAN, Timeslot(timeslot)),
            law: Law::A,
            stamp: Stamp::default(),
            tick: None,
        });
        tick.lanes[usize::from(timeslot)] = LaneStamp { track: Some(track), flags: LaneFlags::NONE };
    }
    if let Some(compartment) = compartment {
        let (recording, compartment) = (recording(no), Some(compartment.to_owned()));
        recorder.handle_command(RecorderCommand::Compartment { recording, compartment });
    }
    let voices = [said(no, 2), said(no, 3)];
    for at in 0..TICKS {
        tick.tick = Tick(first + at);
        let piece = at as usize * OCTETS_PER_TICK..(at as usize + 1) * OCTETS_PER_TICK;
        for (timeslot, voice) in [2, 3].into_iter().zip(&voices) {
            tick.clean[timeslot].copy_from_slice(&voice[piece.clone()]);
        }
        recorder.seal_tick(&tick);
        keys_in_secret(recorder, no, at);
    }
    for timeslot in [2, 3] {
        tick.lanes[usize::from(timeslot)] = LaneStamp::default();
        recorder.handle_command(RecorderCommand::End { track: handle(timeslot), tick: Some(Tick(first + TICKS)) });
    }
    recorder.handle_command(RecorderCommand::Finish { recording: recording(no), stamp: Stamp::default() });
    for at in TICKS..2 * TICKS {
        tick.tick = Tick(first + at);
        recorder.seal_tick(&tick);
    }
}

/// The caller of the second recording keys a number in secret.
fn keys_in_secret(recorder: &mut InlineRecorder, no: u32, at: u64) {
    let leg = LegId::new(LifeNo(1), 10 * no + 2);
    let mark = match (no, at) {
        (2, 5) => Mark::SecretInputBegan { leg },
        (2, 20) => Mark::SecretInputEnded { leg },
        _ => return,
    };
    recorder.handle_command(RecorderCommand::Mark { recording: recording(no), at: None, mark });
}

/// A vault desk over a data directory.
pub struct Rig {
    pub vault: VaultHandle,
    pub journal: JournalHandle,
    pub folder: tempfile::TempDir,
    index: PathBuf,
    thread: Option<JoinHandle<()>>,
    later: Arc<AtomicU64>,
    _settings: watch::Sender<Arc<Settings>>,
    _data: DataDir,
}

/// The person whose openings two people agree to.
pub const GRANTED: u32 = 44;

/// Grants the first recording to one person.
async fn grants(mut asked: Requests<ApprovalsRequest, ApprovalsReply>) {
    let granted = Open::object(recording(1), PersonId(GRANTED));
    while let Some(Asked { request, reply }) = asked.recv().await {
        let is_it = matches!(&request, ApprovalsRequest::Redeem { act: TwoPersonAct::OpenRecording, object } if *object == granted);
        let answer = if is_it {
            ApprovalsReply::Redeemed { no: EventNo(5), asked: PersonId(3), granted: PersonId(4) }
        } else {
            ApprovalsReply::Refused(NotRedeemed::NotGranted.into())
        };
        let _ = reply.send(answer);
    }
}

impl Rig {
    pub fn start() -> Rig {
        Rig::idle_for(Duration::from_secs(60))
    }

    /// A desk whose openers end when they were idle for so long. Needs a runtime.
    pub fn idle_for(idle: Duration) -> Rig {
        Rig::with(Program { path: PROGRAM.into(), idle })
    }

    /// A desk whose settings want two people for an opening.
    pub fn for_two() -> Rig {
        Rig::of(Program { path: PROGRAM.into(), idle: Duration::from_secs(60) }, true)
    }

    pub fn with(program: Program) -> Rig {
        Rig::of(program, false)
    }

    fn of(program: Program, two_people_open: bool) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let data = data_dir(&folder.path().join("data"));
        let (journal, thread) = daemon::start_log(&data).unwrap();
        let (vault, requests) = handle();
        let clock = Timestamps::of(&data).clock();
        let audit = Audit::new(journal.clone(), Arc::clone(&clock));
        let (approvals, asked) = handle();
        tokio::spawn(grants(asked));
        let later = Arc::new(AtomicU64::new(0));
        let clock: StampClock = {
            let later = Arc::clone(&later);
            Arc::new(move || {
                let now = clock();
                Stamp { time: now.time + Duration::from_secs(later.load(Ordering::Relaxed)), ..now }
            })
        };
        let recordings = settings::Recordings { two_people_open };
        let (settings, watched) = watch::channel(Arc::new(Settings { recordings, ..Settings::default() }));
        let (files, journal_of_desk) = ((&data).into(), journal.clone());
        let parts = vault_desk::DeskParts {
            files,
            audit,
            clock,
            program,
            journal: journal_of_desk,
            settings: watched,
            approvals,
            read_before: ReadBefore::default(),
        };
        tokio::spawn(vault_desk::serve(parts, requests));
        Rig {
            vault,
            journal,
            folder,
            index: data.index(),
            thread: Some(thread),
            later,
            _settings: settings,
            _data: data,
        }
    }

    /// The vault's directory.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("data/vault")
    }

    pub async fn ask(&self, request: VaultRequest) -> VaultReply {
        self.vault.ask_to_unlock(request).await.unwrap()
    }

    /// The desk's clock goes on by so long.
    pub fn passes(&self, time: Duration) {
        self.later.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    /// Asks to listen without a second person.
    pub async fn breaks_glass(&self, no: u32, person: u32, passphrase: &str) -> VaultReply {
        let (recording, call, person) = (recording(no), call(no), PersonId(person));
        let (reason, passphrase) = ("a child is missing".to_owned(), Passphrase(passphrase.to_owned()));
        self.ask(VaultRequest::Open(Open {
            recording,
            call,
            person,
            reason,
            passphrase,
            breaks_glass: true,
            in_part_only: false,
        }))
        .await
    }

    /// What waits for a review, and the alarms about it.
    pub async fn glass(&self) -> (usize, usize) {
        self.journal.settle().await.unwrap();
        let index = IndexReader::open(&self.index).unwrap();
        let alarms = index.alarms().unwrap();
        let of_glass = alarms.iter().filter(|open| matches!(open.alarm, Alarm::GlassBroken { .. }));
        (index.glass_to_review().unwrap().len(), of_glass.count())
    }

    /// Asks to listen.
    pub async fn open(&self, no: u32, person: u32, passphrase: &str) -> VaultReply {
        let reason = format!("complaint {person}");
        let (recording, call, person) = (recording(no), call(no), PersonId(person));
        let passphrase = Passphrase(passphrase.to_owned());
        self.ask(VaultRequest::Open(Open {
            recording,
            call,
            person,
            reason,
            passphrase,
            breaks_glass: false,
            in_part_only: false,
        }))
        .await
    }

    /// Opens with the right code.
    pub async fn opened(&self, no: u32, person: u32) -> Opened {
        match self.open(no, person, CODE).await {
            VaultReply::Opened(opened) => opened,
            other => panic!("{other:?}"),
        }
    }

    /// Reads a piece.
    pub async fn read(&self, opened: &Opened, person: u32, offset: u64, octets_max: u32) -> VaultReply {
        let (opening, person) = (opened.opening, PersonId(person));
        self.ask(VaultRequest::Read { opening, person, offset, octets_max }).await
    }

    /// What the log has, oldest first.
    pub async fn events(&self) -> Vec<Event> {
        self.journal.settle().await.unwrap();
        let mut records = IndexReader::open(&self.index).unwrap().past_events(None, 100).unwrap();
        records.reverse();
        records.iter().filter_map(|record| record.event().cloned()).collect()
    }

    /// What the audit says, oldest first, without what is the same in each.
    pub async fn audited(&self) -> Vec<String> {
        self.journal.settle().await.unwrap();
        audited(&self.index)
    }
}

impl Rig {
    /// From now on no intent gets to the disk.
    pub fn stop_journal(&mut self) {
        self.journal.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop_journal();
    }
}

/// Act, reason or outcome of each audit entry of an index, oldest first, with the call that it belongs to.
pub fn audited(index: &Path) -> Vec<String> {
    use ringfence::journal::{BoxEvent, Event};
    let mut records = IndexReader::open(index).unwrap().past_events(None, 100).unwrap();
    records.reverse();
    let text = |event: &Event| match event {
        Event::Box(BoxEvent::AuditIntent { by, object, reason, call, .. }) => {
            let call = call.map(|call| call.to_string()).unwrap_or_default();
            Some(format!("{by:?} {object} of {call}: {reason}"))
        }
        Event::Box(BoxEvent::AuditOutcome { outcome, .. }) => Some(format!("{outcome:?}")),
        _ => None,
    };
    records.iter().filter_map(|record| text(record.event()?)).collect()
}
