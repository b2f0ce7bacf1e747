//! A box behind the page: a real journal and index in a folder of its own, and planes that say what the test set.

use std::{
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use access::LockedPeople;
use call::{AnswerEvidence, CallClass, CallEvent, Endpoint, LegRole, QueueExit, Side};
use frame::{
    BootNo, CallId, EventNo, LaneId, LegId, LifeNo, PersonId, PortId, RecordingId, SpanId, Stamp, Time, Timeslot, Utc,
};
use isdn::{
    Cause, Role,
    q931::{MessageKind, element::Location},
    trace::{Direction, Ladder, Rung, Told, TracedMessage},
};
use os::Clock;
use ringfence::{
    admin::{self, Admin, AdminParts, AskedOfPage},
    changes::{Client, Inside, open_door},
    handles::{
        AgentNow, AgentState, Apart, AudioCounts, CallNow, CallPhase, ClockNow, ControlReply, ControlRequest,
        CountersNow, EchoNow, ExportReply, ExportRequest, FrameCounts, HandsetAct, JackNow, JackState, KeepingNow,
        KeepingReply, KeepingRequest, Kept, LadderNow, LevelNow, LevelsNow, LineCounts, LinesRefusal, LinesReply,
        LinesRequest, LinkState, MakeExport, MaskOf, NamedKeepingReply, NamedKeepingRequest, NotTested, Opened,
        OpeningId, QueueNow, RangeNow, Snapshot, SpanLine, SpanNow, SupervisedNow, TestedPort, TimeslotNow,
        TimeslotState, VaultRefusal, VaultReply, VaultRequest, Waveform, WhoOpens, handle,
    },
    journal::{
        self, Act, Actor, Alarm, Audit, BoxEvent, IndexReader, Intend, JournalConfig, JournalHandle, Limits, Outcome,
    },
};
use settings::{Board, Layout, Settings};
use tokio::sync::watch;
use vault::{RangeObject, Stretch};

/// The password of the tests' owner, and what opens the vault.
pub const PASSWORD: &str = "天黑以后谁值班 night";

const LIFE: LifeNo = LifeNo(1);

/// The sample call.
pub const CALL: CallId = CallId::new(LIFE, 1);

/// A call that goes on.
pub const LIVE_CALL: CallId = CallId::new(LIFE, 2);

/// The telephone whose hook the tests lift.
pub const TELEPHONE: &str = "SIM-FXS.3";

/// What the planes say; tests change it.
#[derive(Clone, Debug)]
pub struct Said {
    pub snapshot: Snapshot,
    pub control_answers: bool,
    pub vault_refuses: Option<VaultRefusal>,
    /// Who can open recordings; none before the ceremony.
    pub holders: Option<WhoOpens>,
    /// The newest signed root; none within the first minute.
    pub root: Option<String>,
    /// What the vault was asked.
    pub opened: Vec<(PersonId, String)>,
    /// Whether the recording fitted its leaf when it was read last; the first check finds it whole, others do not.
    pub read: Option<bool>,
    /// What was to be read again.
    pub checked: Vec<RecordingId>,
    pub sealed: u32,
    pub ended: Vec<CallId>,
    /// What was done with spans: the act, the span, the reason.
    pub acts: Vec<(&'static str, SpanId, String)>,
    /// What a test of a port finds.
    pub port_tested: Result<TestedPort, NotTested>,
    /// What was done at handsets.
    pub hands: Vec<(PortId, HandsetAct)>,
    /// What was to be masked, or no more.
    pub masks: Vec<(MaskOf, call::Masking, bool)>,
    /// Which talks supervisors wanted to hear, and how.
    pub supervised: Vec<(CallId, PersonId, Option<call::SupervisorMode>)>,
    /// Why they may not.
    pub not_supervised: Option<call::NotSupervised>,
    /// How holds and lists stand.
    pub keeping: KeepingNow,
    /// What was asked of the desk that keeps.
    pub kept: Vec<KeepingRequest>,
    /// An event that is told comes too late.
    pub too_late: bool,
    /// What was to be exported.
    pub exported: Vec<MakeExport>,
    /// Which packages were to be deleted, by whom and why.
    pub removed: Vec<(EventNo, PersonId, String)>,
}

/// The box.
pub struct TestBox {
    pub address: SocketAddr,
    pub url: String,
    pub fingerprint: Option<String>,
    pub code: String,
    pub said: Arc<Mutex<Said>>,
    pub journal: JournalHandle,
    /// Moves the page's clock forward.
    pub later: Arc<Mutex<Duration>>,
    pub settings: watch::Sender<Arc<Settings>>,
    folder: tempfile::TempDir,
    _stop: mpsc::Sender<()>,
}

pub fn now() -> Stamp {
    Stamp { boot: BootNo(1), time: Clock.now(), utc: Clock.utc() }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where a page is to listen.
#[derive(Clone, Copy, Debug)]
pub struct Listen {
    pub address: SocketAddr,
    /// Whether it is asked for without TLS.
    pub plain: bool,
}

/// Starts a box with the demo's hardware and settings, in the clear on the loopback.
pub fn start() -> TestBox {
    start_on(Listen { address: "127.0.0.1:0".parse().unwrap(), plain: true })
}

/// The same, listening somewhere else.
pub fn start_on(listen: Listen) -> TestBox {
    start_with(listen, "", |settings| settings.to_owned())
}

/// The same with more cards than the demo's, and other settings.
pub fn start_with(listen: Listen, cards: &str, change: impl Fn(&str) -> String) -> TestBox {
    let folder = tempfile::tempdir().unwrap();
    for name in ["events", "keys", "tls"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let board = std::fs::read_to_string(root().join("board/demo.toml")).unwrap();
    let board = Board::parse("demo.toml", &(board + cards)).unwrap();
    let text = std::fs::read_to_string(root().join("board/demo.settings.toml")).unwrap();
    let settings = Arc::new(Settings::parse("demo.settings.toml", &change(&text), &board, None).unwrap().settings);
    let journal = start_journal(&folder);
    tell_sample_call(&journal);
    let code = admin::first_start(&folder.path().join("keys")).unwrap().unwrap().to_string();
    let said = Said {
        snapshot: snapshot(&board, &settings),
        control_answers: true,
        vault_refuses: None,
        holders: None,
        root: None,
        opened: vec![],
        read: None,
        checked: vec![],
        sealed: 0,
        ended: vec![],
        acts: vec![],
        port_tested: Err(NotTested::Busy),
        hands: vec![],
        masks: vec![],
        supervised: vec![],
        not_supervised: None,
        keeping: KeepingNow::default(),
        kept: vec![],
        too_late: false,
        exported: vec![],
        removed: vec![],
    };
    let (said, later) = (Arc::new(Mutex::new(said)), Arc::new(Mutex::new(Duration::ZERO)));
    let (sender, receiver) = watch::channel(settings);
    let (stop, stopped) = mpsc::channel();
    let parts = Parts {
        listen,
        folder: folder.path().to_owned(),
        board,
        settings: receiver,
        journal: journal.clone(),
        said: Arc::clone(&said),
        later: Arc::clone(&later),
    };
    let Admin { address, url, fingerprint, .. } = serve(parts, stopped);
    TestBox { address, url, fingerprint, code, said, journal, later, settings: sender, folder, _stop: stop }
}

impl TestBox {
    /// The live call is a talk of an agent, and has a story; whether a supervisor may hear it, or does.
    pub fn talks(&self, supervised: SupervisedNow) {
        let events = [
            CallEvent::Began {
                call: LIVE_CALL,
                direction: call::Direction::Incoming,
                class: CallClass::Normal,
                settings: 1,
            },
            CallEvent::Bridged { call: LIVE_CALL, a: LegId::new(LIFE, 91), b: LegId::new(LIFE, 92) },
        ];
        events.into_iter().for_each(|event| self.journal.append(now(), event));
        self.journal.settle().blocking_recv().unwrap();
        self.hears(supervised);
    }

    /// Whether a supervisor hears the live call.
    pub fn hears(&self, supervised: SupervisedNow) {
        let mut said = self.said.lock().unwrap();
        said.snapshot
            .calls
            .iter_mut()
            .for_each(|call| (call.phase, call.supervised) = (CallPhase::Talking, supervised));
    }

    /// A verb of the command line, asked of this box by its socket; whether it went well, and what it said.
    pub fn verb(&self, arguments: &[&str], typed: &str) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.args(["--lang", "en"]).args(arguments).arg("--data").arg(self.folder.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that reads nothing may be over by now.
        let _ = child.stdin.take().unwrap().write_all(format!("{typed}\n").as_bytes());
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }

    /// What the command line sends of holds and erasing, of one that says what ours does not.
    pub fn ask_keeping(&self, request: &NamedKeepingRequest) -> NamedKeepingReply {
        Client::connect(self.folder.path()).unwrap().ask_keeping(request).unwrap()
    }

    /// Ends the page and starts it anew over what it kept: nobody is signed in then.
    pub fn restart_page(&mut self) {
        self.settle();
        let board = std::fs::read_to_string(root().join("board/demo.toml")).unwrap();
        let parts = Parts {
            listen: Listen { address: "127.0.0.1:0".parse().unwrap(), plain: true },
            folder: self.folder.path().to_owned(),
            board: Board::parse("demo.toml", &board).unwrap(),
            settings: self.settings.subscribe(),
            journal: self.journal.clone(),
            said: Arc::clone(&self.said),
            later: Arc::clone(&self.later),
        };
        let (stop, stopped) = mpsc::channel();
        let Admin { address, url, fingerprint, .. } = serve(parts, stopped);
        (self.address, self.url, self.fingerprint, self._stop) = (address, url, fingerprint, stop);
    }

    /// Changes the accounts' file, as the page reads it at its next start.
    pub fn change_accounts(&self, change: impl Fn(&str) -> String) {
        let file = self.folder.path().join("keys/accounts.json");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, change(&text)).unwrap();
    }

    /// What the index says.
    pub fn index(&self) -> IndexReader {
        IndexReader::open(&self.folder.path().join("index.db")).unwrap()
    }

    /// Waits until everything told so far is in the index.
    pub fn settle(&self) {
        self.journal.settle().blocking_recv().unwrap();
    }

    /// What the box told about itself, newest first, as text.
    pub fn told(&self) -> Vec<String> {
        self.settle();
        let records = self.index().past_events(None, 100).unwrap();
        records.iter().map(|record| record.fact.text()).filter(|text| text.contains("\"about\":\"box\"")).collect()
    }

    /// Tells something of the box; the event's number.
    pub fn tell(&self, event: BoxEvent) -> EventNo {
        let no = self.journal.append_durable(now(), event).blocking_recv().unwrap().unwrap();
        self.settle();
        no
    }

    /// Tells something of a call, without waiting for the disk.
    pub fn tell_call(&self, event: CallEvent) {
        self.journal.append(now(), event);
    }

    /// Puts a telephone's hook, as its card would tell.
    pub fn hook(&self, state: JackState) {
        let port: PortId = TELEPHONE.parse().unwrap();
        let mut said = self.said.lock().unwrap();
        said.snapshot.jacks.iter_mut().filter(|jack| jack.port == port).for_each(|jack| jack.state = state);
    }

    /// Clears an alarm.
    pub fn clear(&self, alarm: Alarm) {
        self.tell(BoxEvent::AlarmCleared { alarm });
    }

    /// Raises an alarm.
    pub fn alarm(&self, alarm: Alarm) {
        self.tell(BoxEvent::AlarmRaised { alarm });
    }
}

impl Drop for TestBox {
    fn drop(&mut self) {
        self.journal.stop();
    }
}

fn start_journal(folder: &tempfile::TempDir) -> JournalHandle {
    let config = JournalConfig {
        events: folder.path().join("events"),
        index: folder.path().join("index.db"),
        life: LIFE,
        // A small reserve: it is written in full.
        limits: Limits { segment_octets: 1 << 20, ..Limits::default() },
        leaves: None,
        clock: Box::new(now),
    };
    journal::start(config).unwrap().0
}

struct Parts {
    listen: Listen,
    folder: PathBuf,
    board: Board,
    settings: watch::Receiver<Arc<Settings>>,
    journal: JournalHandle,
    said: Arc<Mutex<Said>>,
    later: Arc<Mutex<Duration>>,
}

/// Serves in a thread with a runtime of its own until the box is dropped.
fn serve(parts: Parts, stopped: mpsc::Receiver<()>) -> Admin {
    let (started, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async move { started.send(start_page(parts).await).unwrap() });
        let _ = stopped.recv();
        runtime.shutdown_background();
    });
    address.recv().unwrap()
}

async fn start_page(parts: Parts) -> Admin {
    let (control, mut control_requests) = handle();
    let (vault, mut vault_requests) = handle();
    let (lines, mut line_requests) = handle();
    let (keeping, mut keeping_requests) = handle();
    let (said, at_lines) = (Arc::clone(&parts.said), Arc::clone(&parts.said));
    let (at_keeping, at_desk) = (Arc::clone(&parts.said), parts.journal.clone());
    let (export, mut export_requests) = handle();
    let at_export = Arc::clone(&parts.said);
    tokio::spawn(async move {
        while let Some(asked) = export_requests.recv().await {
            let reply = match asked.request {
                ExportRequest::Make(make) => {
                    at_export.lock().unwrap().exported.push(make);
                    ExportReply::Made(EventNo(1))
                }
                ExportRequest::Read { offset: 0, .. } => ExportReply::Piece(b"a package".to_vec()),
                ExportRequest::Read { .. } => ExportReply::Piece(Vec::new()),
                ExportRequest::Remove { no, by, reason } => {
                    at_export.lock().unwrap().removed.push((no, by, reason));
                    ExportReply::Removed
                }
            };
            let _ = asked.reply.send(reply);
        }
    });
    tokio::spawn(async move {
        while let Some(asked) = keeping_requests.recv().await {
            if let KeepingRequest::TellEvent { .. } = &asked.request {
                tell_event(&at_desk, &asked.request).await;
            }
            let reply = keeping_reply(&mut at_keeping.lock().unwrap(), asked.request);
            let _ = asked.reply.send(reply);
        }
    });
    tokio::spawn(async move {
        while let Some(asked) = control_requests.recv().await {
            if let Some(reply) = control_reply(&mut said.lock().unwrap(), &asked.request) {
                let _ = asked.reply.send(reply);
            }
        }
    });
    let said = parts.said;
    tokio::spawn(async move {
        while let Some(asked) = vault_requests.recv().await {
            let _ = asked.reply.send(vault_reply(&mut said.lock().unwrap(), asked.request));
        }
    });
    tokio::spawn(async move {
        while let Some(asked) = line_requests.recv().await {
            let _ = asked.reply.send(lines_reply(&mut at_lines.lock().unwrap(), asked.request));
        }
    });
    let later = parts.later;
    let clock = move || {
        let now = now();
        let later = *later.lock().unwrap();
        let utc = Utc::from_us(now.utc.as_us() + later.as_micros() as i64);
        Stamp { time: now.time + later, utc, ..now }
    };
    let asked = asked_of_page(&parts.folder);
    let parts_of_page = AdminParts {
        listen: parts.listen.address,
        plain_on_loopback: parts.listen.plain,
        keys: parts.folder.join("keys"),
        locked: LockedPeople::default(),
        tls: parts.folder.join("tls"),
        index: parts.folder.join("index.db"),
        board: Arc::new(parts.board),
        settings: parts.settings,
        journal: parts.journal,
        control,
        vault,
        lines,
        keeping,
        export,
        clock: Arc::new(clock),
    };
    let admin = admin::start(parts_of_page, asked);
    admin.await.unwrap()
}

/// What comes in by the socket of the command line, too.
fn asked_of_page(folder: &Path) -> AskedOfPage {
    let ((approvals, of_approvals), (keeping, of_keeping)) = (handle(), handle());
    let inside = Inside { settings: handle().0, lines: handle().0, approvals, keeping };
    open_door(folder, inside).unwrap();
    AskedOfPage { approvals: of_approvals, keeping: of_keeping }
}

fn keeping_reply(said: &mut Said, request: KeepingRequest) -> KeepingReply {
    if request == KeepingRequest::Overview {
        return KeepingReply::Now(Box::new(said.keeping.clone()));
    }
    if let KeepingRequest::LookAtRange { call, meant } = request {
        let (gone, hash) = (Stretch { from_s: 0, to_s: 68 }, [7; 8]);
        let object = RangeObject { call, meant, gone, minutes: 4, hash }.to_string();
        return KeepingReply::Range(RangeNow { object, packages: vec!["export-1.tar".into()] });
    }
    let is_told = matches!(request, KeepingRequest::TellEvent { .. });
    said.kept.push(request);
    match said.too_late && is_told {
        true => KeepingReply::TooLateFor { no: EventNo(9), recordings: 1 },
        false => KeepingReply::Done(EventNo(9)),
    }
}

/// As the desk does: the intent, then the event.
async fn tell_event(journal: &JournalHandle, request: &KeepingRequest) {
    let KeepingRequest::TellEvent { call, event, day, by, reason } = request.clone() else { return };
    let (by, act, object) = (Actor::Person(by), Act::TellRetentionEvent, format!("“{event}” {day}"));
    let audit = Audit::new(journal.clone(), Arc::new(now));
    let intent = audit.intend(Intend { by, act, object, call: Some(call), reason }).await.unwrap();
    let told = BoxEvent::RetentionEventTold { call, event, day: day.to_string() };
    journal.append_durable(now(), told).await.unwrap().unwrap();
    intent.conclude(Outcome::Done);
}

fn control_reply(said: &mut Said, request: &ControlRequest) -> Option<ControlReply> {
    match request {
        _ if !said.control_answers => None,
        ControlRequest::Snapshot => {
            said.snapshot.at = now();
            Some(ControlReply::Snapshot(said.snapshot.clone()))
        }
        ControlRequest::EndCall { call, .. } => {
            let is_there = said.snapshot.calls.iter().any(|live| live.call == *call);
            said.ended.push(*call);
            Some(if is_there { ControlReply::Ending } else { ControlReply::NoSuchCall })
        }
        ControlRequest::Handset { port, act } => {
            said.hands.push((*port, *act));
            let state = said.snapshot.jacks.iter().find(|jack| jack.port == *port).map(|jack| jack.state);
            let is_away = state == Some(JackState::Alarm) && *act == HandsetAct::Lift;
            Some(if is_away { ControlReply::NoDevice } else { ControlReply::HandsetDone })
        }
        ControlRequest::Mask { of, what, on, .. } => {
            said.masks.push((*of, *what, *on));
            let talks = match of {
                MaskOf::Call(_) => false,
                MaskOf::Telephone(port) => {
                    said.snapshot.jacks.iter().any(|jack| jack.port == *port && jack.call.is_some())
                }
            };
            Some(ControlReply::Masked(if talks { Ok(()) } else { Err(call::NotMasked::NotTalking) }))
        }
        ControlRequest::ResetGreeting { person } => {
            let before = said.snapshot.own_greetings.len();
            said.snapshot.own_greetings.retain(|(of, _)| of != person);
            Some(ControlReply::GreetingReset(said.snapshot.own_greetings.len() < before))
        }
        ControlRequest::Supervise { call, person, mode } => {
            said.supervised.push((*call, *person, *mode));
            Some(ControlReply::Supervised(said.not_supervised.map_or(Ok(()), Err)))
        }
        // The lines' desk asks these, and it is played here as a whole.
        ControlRequest::TracePiece { .. }
        | ControlRequest::Ladders { .. }
        | ControlRequest::CallsOnSpan { .. }
        | ControlRequest::CallsOn { .. }
        | ControlRequest::RestartSpan { .. }
        | ControlRequest::Service { .. }
        | ControlRequest::KeepCaller { .. }
        | ControlRequest::TestPort { .. }
        | ControlRequest::RecallPortTests { .. }
        | ControlRequest::LearnPort { .. } => None,
    }
}

fn lines_reply(said: &mut Said, request: LinesRequest) -> LinesReply {
    match request {
        LinesRequest::Trace { span, reason, .. } => {
            said.acts.push(("trace", span, reason));
            LinesReply::Trace(isdn::trace::FILE_HEADER.to_vec())
        }
        LinesRequest::Ladders { legs } => LinesReply::Ladders(ladder(&legs).into_iter().collect()),
        LinesRequest::CallsOn { .. } => LinesReply::CallsOnSpan(vec![LIVE_CALL]),
        // The page asks call control.
        LinesRequest::Spans => LinesReply::Refused(LinesRefusal::NoAnswer),
        LinesRequest::RestartSpan { named, .. } if !named.contains(&LIVE_CALL) => {
            LinesReply::CallsOnSpan(vec![LIVE_CALL])
        }
        LinesRequest::RestartSpan { span, reason, .. } => {
            said.acts.push(("restart", span, reason));
            LinesReply::Restarting
        }
        LinesRequest::Service { timeslot: Some(Timeslot(16)), .. } => LinesReply::Refused(LinesRefusal::NoSuchTimeslot),
        LinesRequest::Service { span, in_service, reason, .. } => {
            said.acts.push((if in_service { "in" } else { "out" }, span, reason));
            LinesReply::Serviced { calls: vec![LIVE_CALL] }
        }
        LinesRequest::Mask { .. } => LinesReply::Masked(Ok(())),
        LinesRequest::TestPort { even_last, from, reason, .. } => {
            let what = if even_last { "test even the last" } else { "test" };
            said.acts.push((from.map_or(what, |_| "test through a cable"), SpanId(0), reason));
            LinesReply::PortTested(said.port_tested.clone())
        }
        LinesRequest::LearnPort { .. } => LinesReply::PortLearning(Err(NotTested::Busy)),
        LinesRequest::KeepCaller { reason, .. } => {
            said.acts.push(("keep", SpanId(0), reason));
            LinesReply::CallerNotKept(call::ServiceRefusal::NotSubscribed)
        }
    }
}

/// The ladder of the sample call's first leg.
fn ladder(legs: &[LegId]) -> Option<LadderNow> {
    legs.first()?;
    let message = |direction, kind: MessageKind| TracedMessage {
        direction,
        kind: kind.code(),
        is_again: false,
        called: None,
        party: None,
        diverted_from: None,
        channel: None,
        cause: None,
        state: None,
        is_audible: false,
        is_interface: false,
    };
    let received = |kind| message(Direction::Received, kind);
    let setup = TracedMessage {
        called: Some("62***234".into()),
        party: Some("139****8000".into()),
        channel: Some(Timeslot(5)),
        ..received(MessageKind::Setup)
    };
    let busy = Some((Cause::RequestedChannelUnavailable, Location::PublicLocal));
    let at = now();
    let told = [
        Told::Message(setup),
        Told::Message(message(Direction::Sent, MessageKind::CallProceeding)),
        Told::Message(message(Direction::Sent, MessageKind::StatusEnquiry)),
        Told::Unanswered(MessageKind::StatusEnquiry.code()),
        Told::Message(TracedMessage { cause: busy, channel: Some(Timeslot(5)), ..received(MessageKind::Disconnect) }),
    ];
    let rungs = told.map(|told| Rung { at: at.time, told }).into();
    Some(LadderNow { span: SpanId(0), at, ladder: Ladder { role: Role::User, rungs, is_cut: false, is_full: false } })
}

fn kept(read: Option<bool>) -> Kept {
    Kept { intact: read, read_at: read.map(|_| now()), octets: wav().len() as u64 }
}

const OPENING: OpeningId = OpeningId(0x7ead);

fn vault_reply(said: &mut Said, request: VaultRequest) -> VaultReply {
    if let Some(why) = said.vault_refuses {
        return VaultReply::Refused(why);
    }
    let wav = wav();
    match request {
        VaultRequest::TakeOver { .. } => VaultReply::TakenOver,
        VaultRequest::Holders => VaultReply::Holders(said.holders.clone()),
        VaultRequest::Root => VaultReply::Root(said.root.clone()),
        VaultRequest::State { .. } => VaultReply::State(kept(said.read)),
        VaultRequest::Check { recording, .. } => {
            said.checked.push(recording);
            said.read = Some(said.read.is_none());
            VaultReply::State(kept(said.read))
        }
        VaultRequest::Open(open) if open.passphrase.0 == PASSWORD => {
            said.opened.push((open.person, open.reason));
            let until = Stamp { utc: Utc::from_us(now().utc.as_us() + 300_000_000), ..now() };
            let apart = Apart::Namespace;
            VaultReply::Opened(Opened {
                opening: OPENING,
                file_octets: wav.len() as u64,
                until,
                ends: None,
                is_in_part: false,
                apart,
            })
        }
        VaultRequest::Open(_) => VaultReply::Refused(VaultRefusal::WrongPassphrase),
        VaultRequest::Read { opening, offset, octets_max, .. } if opening == OPENING => {
            let from = wav.len().min(offset as usize);
            VaultReply::Piece(wav[from..wav.len().min(from + octets_max as usize)].to_vec())
        }
        VaultRequest::Waveform { opening, columns, .. } if opening == OPENING => {
            let level = |column: u16| (column.wrapping_mul(37) % 200) as u8;
            VaultReply::Waveform(Waveform {
                caller: (0..columns).map(level).collect(),
                called: vec![40; columns.into()],
            })
        }
        VaultRequest::Read { .. } | VaultRequest::Waveform { .. } => VaultReply::Refused(VaultRefusal::NotOpen),
        VaultRequest::Seal { .. } => {
            said.sealed += 1;
            VaultReply::Sealed
        }
    }
}

/// Twelve seconds of two voices, A-law: longer than one piece.
pub fn wav() -> Vec<u8> {
    let frames = 12 * 8000_u32;
    // A square wave of 500 Hz: one A-law octet and the same with the other sign.
    let tone = |at: u32| if (at / 8).is_multiple_of(2) { 0x95 } else { 0x15 };
    let mut wav = Vec::new();
    let mut put = |octets: &[u8]| wav.extend_from_slice(octets);
    put(b"RIFF");
    put(&(50 + 2 * frames).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18_u32.to_le_bytes());
    // A-law, two channels, 8000 frames and 16,000 octets a second, two octets a frame, eight bits, no extension.
    [6_u16, 2].iter().for_each(|value| put(&value.to_le_bytes()));
    [8000_u32, 16_000].iter().for_each(|value| put(&value.to_le_bytes()));
    [2_u16, 8, 0].iter().for_each(|value| put(&value.to_le_bytes()));
    put(b"fact");
    [4_u32, frames].iter().for_each(|value| put(&value.to_le_bytes()));
    put(b"data");
    put(&(2 * frames).to_le_bytes());
    (0..frames).for_each(|at| put(&[tone(at), tone(at / 2)]));
    wav
}

fn snapshot(board: &Board, settings: &Settings) -> Snapshot {
    let layout = Layout::of(board);
    let jack = |jack: &settings::Jack| JackNow {
        wishes: call::Wishes::default(),
        mailbox: None,
        port: jack.port,
        span: jack.lane.span,
        label: settings
            .stations
            .iter()
            .find(|station| station.port == jack.port)
            .map_or_else(|| jack.label.clone(), |station| station.name.clone()),
        kind: jack.kind,
        state: JackState::Idle,
        call: None,
    };
    let timeslot = |no: u8| TimeslotNow {
        timeslot: Timeslot(no),
        state: match no {
            16 => TimeslotState::Signalling,
            5 => TimeslotState::Talking,
            7 => TimeslotState::Ringing,
            _ => TimeslotState::Idle,
        },
    };
    let span = SpanNow {
        span: SpanId(0),
        port: layout.jacks[0].port,
        line: SpanLine::Good,
        link: LinkState::Up,
        shared: None,
        timeslots: (1..32).map(timeslot).collect(),
        taken_out: vec![],
    };
    let queue = |queue: &settings::Queue| QueueNow {
        name: queue.name.clone(),
        waiting: 1,
        oldest: Some(now()),
        agents: queue
            .members
            .iter()
            .map(|member| AgentNow { extension: member.clone(), state: AgentState::Talking })
            .collect(),
    };
    let call = CallNow {
        call: LIVE_CALL,
        direction: call::Direction::Incoming,
        class: CallClass::Normal,
        from_masked: Some("136****2345".into()),
        to_masked: None,
        phase: CallPhase::Waiting { queue: settings.queues[0].name.clone() },
        masked: Vec::new(),
        supervised: SupervisedNow::No,
        since: now(),
        lanes: vec![LaneId::new(SpanId(0), Timeslot(5))],
    };
    let mut jacks: Vec<JackNow> = layout.jacks.iter().map(jack).collect();
    // A box in its day: something of everything.
    for (position, state) in
        [(1, JackState::Talking), (2, JackState::Ringing), (5, JackState::Hold), (6, JackState::LeftOffHook)]
    {
        let port = format!("SIM-FXS.{position}").parse::<PortId>().unwrap();
        jacks.iter_mut().filter(|jack| jack.port == port).for_each(|jack| jack.state = state);
    }
    Snapshot {
        at: now(),
        jacks,
        spans: vec![span],
        calls: vec![call],
        queues: settings.queues.iter().map(queue).collect(),
        wrong_pins: vec![(PersonId(1), 3)],
        own_greetings: vec![(PersonId(5), now().utc)],
        clocks: vec![ClockNow { span: SpanId(2), ppm: 12, slips: 1 }],
        levels: vec![
            levels(LaneId::new(SpanId(0), Timeslot(5))),
            levels(LaneId::new(SpanId(0), Timeslot(17))),
            levels(layout.jack(TELEPHONE.parse().unwrap()).unwrap().lane),
        ],
        counters: vec![CountersNow {
            span: SpanId(0),
            audio: AudioCounts { overruns: 1, underruns: 2, slips: 3, late_ticks: 4 },
            frames: FrameCounts { bad_fcs: 5, aborts: 6, overruns: 7 },
            line: LineCounts { crc4_errors: 8, ..LineCounts::default() },
        }],
        counted_since: now(),
        echoes: [(0, 5, 21, 34), (0, 7, 14, 30), (2, 2, 12, 31)]
            .map(|(span, timeslot, erl_db, erle_db)| EchoNow {
                lane: LaneId::new(SpanId(span), Timeslot(timeslot)),
                erl_db,
                erle_db: Some(erle_db),
                delay_ms: 4,
                resets: 0,
            })
            .to_vec(),
    }
}

fn levels(lane: LaneId) -> LevelsNow {
    let said = LevelNow { rms_dbm0: -24, peak_dbm0: -6, speech_dbm0: Some(-19), activity_pct: 43 };
    let heard = LevelNow { rms_dbm0: -90, peak_dbm0: -90, speech_dbm0: None, activity_pct: 0 };
    LevelsNow { lane, said, heard }
}

/// A caller keys 1, waits, is answered, hangs up; the recording is sealed.
fn tell_sample_call(journal: &JournalHandle) {
    use CallEvent as E;
    let call = CALL;
    let [caller, called] = [LegId::new(LIFE, 1), LegId::new(LIFE, 2)];
    let recording = RecordingId::new(LIFE, 1);
    let channel = Endpoint::Channel { lane: LaneId::new(SpanId(0), Timeslot(5)), group: "市话".into() };
    let station = Endpoint::Station { port: TELEPHONE.parse().unwrap(), extension: "803".into() };
    let (queue, extension): (String, String) = ("挂号预约".into(), "803".into());
    let (cause, number) = (Cause::NormalClearing, |text: &str| text.parse().unwrap());
    let (from, to) = (Some(number("13912348000")), Some(number("803")));
    let events = [
        (0, E::Began { call, direction: call::Direction::Incoming, class: CallClass::Normal, settings: 1 }),
        (0, E::Dialled { call, number: number("62001234") }),
        (0, E::LegBegan { call, leg: caller, role: LegRole::Caller, endpoint: channel, number: from }),
        (400, E::LegAnswered { call, leg: caller, evidence: AnswerEvidence::Signalled }),
        (400, E::RecordingBegan { call, recording, leg: caller, part: 1 }),
        (400, E::FlowEntered { call, flow: "main".into() }),
        (6100, E::MenuChosen { call, step: "menu".into(), key: '1' }),
        (7000, E::Queued { call, queue: queue.clone(), position: 2 }),
        (9000, E::Offered { call, queue: Some(queue.clone()), extension, person: Some(PersonId(5)) }),
        (9000, E::LegBegan { call, leg: called, role: LegRole::Called, endpoint: station, number: to }),
        (9100, E::LegRinging { call, leg: called }),
        (19_300, E::LegAnswered { call, leg: called, evidence: AnswerEvidence::OffHook }),
        (19_300, E::Dequeued { call, queue, why: QueueExit::Answered }),
        (19_300, E::Bridged { call, a: caller, b: called }),
        (202_000, E::Unbridged { call, a: caller, b: called }),
        (202_000, E::LegEnded { call, leg: caller, cause, by: Side::Caller }),
        (202_000, E::LegEnded { call, leg: called, cause, by: Side::Box }),
        (202_000, E::Ended { call, cause, by: Side::Caller }),
    ];
    let began = now();
    let at = |ms: u64| {
        let before_us = 300_000_000 - ms as i64 * 1000;
        let time = Time::from_us(began.time.as_us() + ms * 1000);
        Stamp { time, utc: Utc::from_us(began.utc.as_us() - before_us), ..began }
    };
    events.into_iter().for_each(|(ms, event)| journal.append(at(ms), event));
    let finished = BoxEvent::RecordingFinished {
        call,
        recording,
        object: "1-1.rec".to_owned(),
        records: 2010,
        chunks: 2000,
        seconds: 202,
        head: "00ff".to_owned(),
        commitments: "ff00".to_owned(),
    };
    journal.append(at(202_500), finished);
    journal.settle().blocking_recv().unwrap();
}
