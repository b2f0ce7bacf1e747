//! What the page asks the planes, and what they answer: requests and replies that could cross a process border.
//!
//! Every message is plain data with serde (a test sends each through octets): no lock, no shared pointer, no closure.
//! So the page can become a process of its own under its own user without a change to what is said.
//! Not here: who serves them (each plane its own), words for people (`words`).

use std::{fmt, time::Duration};

use call::{CallClass, Direction};
use frame::{CallId, LaneId, PersonId, PortId, RecordingId, SpanId, Stamp, Timeslot};
use serde::{Deserialize, Serialize};
use settings::{CardKind, Problem, Warning};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// The page's end of a plane. Cheap to clone.
#[derive(Debug)]
pub struct Handle<Request, Reply> {
    sender: mpsc::Sender<Asked<Request, Reply>>,
}

/// A request and where its answer goes: what a plane takes from its end.
#[derive(Debug)]
pub struct Asked<Request, Reply> {
    /// What is asked.
    pub request: Request,
    /// Where the answer goes. An asker that has gone away is no fault.
    pub reply: oneshot::Sender<Reply>,
}

/// A plane's end.
pub type Requests<Request, Reply> = mpsc::Receiver<Asked<Request, Reply>>;

/// To call control.
pub type ControlHandle = Handle<ControlRequest, ControlReply>;
/// To the vault and its opener.
pub type VaultHandle = Handle<VaultRequest, VaultReply>;
/// To the settings.
pub type SettingsHandle = Handle<SettingsRequest, SettingsReply>;

/// The plane did not answer in time, has no room for the request, or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer")]
pub struct NoAnswer;

/// How many requests may wait for a plane: more than there are people at pages, and none of them waits for long.
const REQUESTS_WAITING: usize = 64;

/// How long an answer may take. A page says then that the plane does not answer, which is news worth more than waiting.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// A key is derived from a passphrase slowly on purpose: seconds, where others wait before it.
const UNLOCK_WITHIN: Duration = Duration::from_secs(20);

/// Two seconds each for the audit intent and for call control, and a slow disk between them.
pub const CHANGE_WITHIN: Duration = Duration::from_secs(10);

/// A handle and the plane's end of it.
pub fn handle<Request, Reply>() -> (Handle<Request, Reply>, Requests<Request, Reply>) {
    let (sender, requests) = mpsc::channel(REQUESTS_WAITING);
    (Handle { sender }, requests)
}

impl<Request, Reply> Handle<Request, Reply> {
    /// Asks, and waits at most two seconds for the answer.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask(&self, request: Request) -> Result<Reply, NoAnswer> {
        self.ask_within(ANSWER_WITHIN, request).await
    }

    async fn ask_within(&self, wait: Duration, request: Request) -> Result<Reply, NoAnswer> {
        let (reply, answer) = oneshot::channel();
        self.sender.try_send(Asked { request, reply }).map_err(|_| NoAnswer)?;
        timeout(wait, answer).await.map_err(|_| NoAnswer)?.map_err(|_| NoAnswer)
    }
}

impl VaultHandle {
    /// Asks for what needs a key derived from a passphrase, and may so take longer than other answers.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_to_unlock(&self, request: VaultRequest) -> Result<VaultReply, NoAnswer> {
        self.ask_within(UNLOCK_WITHIN, request).await
    }
}

impl SettingsHandle {
    /// Asks for what two disks and call control have a part in, and may so take longer than other answers.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_to_change(&self, request: SettingsRequest) -> Result<SettingsReply, NoAnswer> {
        self.ask_within(CHANGE_WITHIN, request).await
    }
}

impl<Request, Reply> Clone for Handle<Request, Reply> {
    fn clone(&self) -> Self {
        Handle { sender: self.sender.clone() }
    }
}

/// What is asked of call control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlRequest {
    /// The state of everything, now.
    Snapshot,
    /// End a call.
    EndCall {
        /// Which.
        call: CallId,
        /// Who wants it.
        by: PersonId,
    },
}

/// What call control answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlReply {
    /// The state of everything.
    Snapshot(Snapshot),
    /// The call is being ended.
    Ending,
    /// There is no such call any more.
    NoSuchCall,
}

/// The state of the lines, the calls and the queues at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When.
    pub at: Stamp,
    /// Every jack, in the order of the board file.
    pub jacks: Vec<JackNow>,
    /// Every E1 span, in the order of the board file.
    pub spans: Vec<SpanNow>,
    /// The calls that have not ended, oldest first.
    pub calls: Vec<CallNow>,
    /// The queues, in the order of the settings.
    pub queues: Vec<QueueNow>,
    /// The spans whose clock is not the box's.
    pub clocks: Vec<ClockNow>,
}

/// The clock of a span that runs on a crystal of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockNow {
    /// Which.
    pub span: SpanId,
    /// How much faster than the box's clock it runs, in parts per million.
    pub ppm: i32,
    /// Ticks that were lost or made up by it since the start.
    pub slips: u64,
}

/// One jack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JackNow {
    /// Which.
    pub port: PortId,
    /// What is written beside it.
    pub label: String,
    /// What it is.
    pub kind: CardKind,
    /// How it is.
    pub state: JackState,
    /// The call on it; none on an E1, which has one a timeslot.
    pub call: Option<CallId>,
}

/// How a jack is. Of an E1: `Idle` where it is in service, `Talking` where any call is on it, `Alarm` where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JackState {
    /// On hook; in service.
    Idle,
    /// Off hook: dial tone, or digits come.
    Dialling,
    /// It rings; an outside line: the network rings.
    Ringing,
    /// In a call.
    Talking,
    /// In a call that is held.
    Hold,
    /// Off hook, and nobody there.
    LeftOffHook,
    /// Out of service.
    Alarm,
}

/// One E1 span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanNow {
    /// Which.
    pub span: SpanId,
    /// Its jack.
    pub port: PortId,
    /// What the line says.
    pub line: SpanLine,
    /// Whether the D-channel's data link is up.
    pub link: LinkState,
    /// Timeslots 1 to 31, lowest first.
    pub timeslots: Vec<TimeslotNow>,
}

/// What an E1 says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanLine {
    /// Signal both ways.
    Good,
    /// No signal arrives.
    Red,
    /// The far end receives nothing.
    Yellow,
    /// All ones arrive.
    Blue,
}

/// The data link of a D-channel (ITU-T Q.921).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Established.
    Up,
    /// Being established.
    Coming,
    /// Not established.
    Down,
    /// Both ends play the same role.
    SameRole,
}

/// One timeslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeslotNow {
    /// Which.
    pub timeslot: Timeslot,
    /// How it is.
    pub state: TimeslotState,
}

/// How a timeslot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeslotState {
    /// It carries the D-channel.
    Signalling,
    /// Free.
    Idle,
    /// A call is being set up.
    Ringing,
    /// In a call.
    Talking,
    /// In a call that is held.
    Hold,
    /// Not to be used.
    Blocked,
}

/// One call that has not ended. Numbers are masked before they leave call control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallNow {
    /// Which.
    pub call: CallId,
    /// Which way it goes.
    pub direction: Direction,
    /// How much it matters.
    pub class: CallClass,
    /// Who calls, masked.
    pub from_masked: Option<String>,
    /// Who is wanted: a number masked, an extension whole.
    pub to_masked: Option<String>,
    /// What goes on.
    pub phase: CallPhase,
    /// Since when it does.
    pub since: Stamp,
    /// The lanes that it holds.
    pub lanes: Vec<LaneId>,
}

/// What goes on in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPhase {
    /// Digits come.
    Dialling,
    /// A flow has it.
    Flow {
        /// The flow's name.
        flow: String,
    },
    /// It waits in a queue.
    Waiting {
        /// The queue's name.
        queue: String,
    },
    /// It rings at the called party.
    Ringing,
    /// Both talk.
    Talking,
    /// Held.
    Hold,
    /// It is being ended.
    Ending,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueNow {
    /// Its name.
    pub name: String,
    /// How many callers wait.
    pub waiting: u16,
    /// Since when the first of them waits.
    pub oldest: Option<Stamp>,
    /// The places of its agents.
    pub agents: Vec<AgentNow>,
}

/// One place of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentNow {
    /// The extension.
    pub extension: String,
    /// What goes on there.
    pub state: AgentState,
}

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Free for the next call.
    Free,
    /// Being rung.
    Ringing,
    /// In a call.
    Talking,
    /// Left alone after a call.
    WrapUp,
    /// On pause.
    Paused,
}

/// What is asked of the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VaultRequest {
    /// How a recording is kept.
    State {
        /// Which.
        recording: RecordingId,
    },
    /// Open a recording for listening. The vault writes the audit intent, durably, before it opens anything.
    Open(Open),
    /// A piece of an opened recording: a WAV file of both voices, 8 kHz A-law, one voice a channel.
    Read {
        /// The opening.
        opening: OpeningId,
        /// Whose it has to be.
        person: PersonId,
        /// From which octet of the file on.
        offset: u64,
        /// How many octets at most; the vault answers with at most [`READ_MAX_OCTETS`].
        octets_max: u32,
    },
    /// The loudness of an opened recording, for a picture.
    Waveform {
        /// The opening.
        opening: OpeningId,
        /// Whose it has to be.
        person: PersonId,
        /// How many columns the picture has.
        columns: u16,
    },
    /// Seal everything that a person has open: at sign-out, or when they ask.
    Seal {
        /// Whose.
        person: PersonId,
    },
    /// The owner has taken the box: what the code unlocked is from now on unlocked by their passphrase. Answered alike
    /// where that is so already, because the page asks again after a fault.
    TakeOver {
        /// The owner's code.
        code: Passphrase,
        /// What replaces it.
        passphrase: Passphrase,
    },
}

/// The most octets of one piece: eight seconds of two voices.
pub const READ_MAX_OCTETS: u32 = 128 * 1024;

/// A wish to listen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// To which recording.
    pub recording: RecordingId,
    /// Of which call: its story tells of it.
    pub call: CallId,
    /// Who.
    pub person: PersonId,
    /// Why, in their words.
    pub reason: String,
    /// What unlocks their slot.
    pub passphrase: Passphrase,
}

/// A passphrase on its way to the opener. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Passphrase(pub String);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// One opening of one recording, issued once by the vault. It is random: knowing one is needed to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpeningId(pub u64);

/// What the vault answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VaultReply {
    /// How the recording is kept.
    State(Kept),
    /// It is open.
    Opened(Opened),
    /// A piece of the file; empty at its end.
    Piece(Vec<u8>),
    /// The loudness.
    Waveform(Waveform),
    /// Sealed.
    Sealed,
    /// The passphrase unlocks the vault.
    TakenOver,
    /// Not done.
    Refused(VaultRefusal),
}

/// How a recording is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Whether its seals, chains and proofs hold; none where that was not looked at yet.
    pub intact: Option<bool>,
    /// Its octets on disk.
    pub octets: u64,
}

/// An open recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The opening.
    pub opening: OpeningId,
    /// How long the file is, its header included.
    pub file_octets: u64,
    /// When it seals itself unless it is used.
    pub until: Stamp,
    /// How far the process that opened it is kept apart.
    pub apart: Apart,
}

/// How far the process that opens recordings is kept apart from what else runs on the machine. In each case it has no
/// network, can open no file, and leaves no dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apart {
    /// It runs as a user of its own.
    User,
    /// It runs as the daemon's user, in a user namespace of its own.
    Namespace,
    /// It runs as the daemon's user.
    Nothing,
}

/// The loudness of both voices in columns of equal length: 0 = silence, 255 = full scale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waveform {
    /// The caller's.
    pub caller: Vec<u8>,
    /// The called party's.
    pub called: Vec<u8>,
}

/// Why the vault does not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultRefusal {
    /// There is no such recording.
    NoSuchRecording,
    /// It is still being made or sealed.
    NotFinished,
    /// The passphrase opens no slot.
    WrongPassphrase,
    /// The audit intent could not be made durable in time.
    NotAudited,
    /// It is damaged.
    Damaged,
    /// The opening has ended, or is somebody else's.
    NotOpen,
    /// The opener can't be started.
    NoOpener,
    /// The opener ended by a fault or was killed; another opening starts another.
    OpenerEnded,
    /// Others are opening recordings right now.
    Busy,
    /// It is longer than what is opened at once.
    TooLong,
}

/// What is asked of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingsRequest {
    /// The version that holds.
    Show,
    /// What these settings would do.
    Try {
        /// What the document is called, for the places of its problems.
        file: String,
        /// The document, as TOML.
        text: String,
    },
    /// Let these settings hold.
    Apply {
        /// What the document is called, for the places of its problems.
        file: String,
        /// The document, as TOML.
        text: String,
        /// Who wants it.
        by: Asker,
    },
}

/// Who wants other settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// A person who is signed in to the page.
    Person(PersonId),
    /// Somebody at the box's own command line.
    Console {
        /// Whom the system takes them for. What a client says here is not believed: the system is asked.
        uid: u32,
    },
}

/// The longest settings document: some ten times what 500 agents and 64 queues need.
pub const SETTINGS_MAX_OCTETS: usize = 1 << 20;

/// What the settings answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingsReply {
    /// The version that holds, as TOML.
    Shown {
        /// Its number.
        version: settings::Version,
        /// The document.
        text: String,
    },
    /// They would hold.
    WouldApply {
        /// From when on.
        how: settings::Applied,
        /// What should be known.
        warnings: Vec<Warning>,
    },
    /// They hold.
    Applied {
        /// The new version.
        version: settings::Version,
        /// From when on.
        how: settings::Applied,
        /// What should be known.
        warnings: Vec<Warning>,
    },
    /// They can't hold.
    Problems(Vec<Problem>),
    /// Nothing has changed.
    Refused(SettingsRefusal),
}

/// Why settings that could hold do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsRefusal {
    /// The audit intent could not be made durable in time.
    NotAudited,
    /// The new version could not be written.
    NotWritten {
        /// The file or folder.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The document is longer than [`SETTINGS_MAX_OCTETS`].
    TooLong,
    /// The request was not understood.
    NotUnderstood,
    /// The settings' plane does not answer.
    NoAnswer,
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    fn survives<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(messages: impl IntoIterator<Item = T>) {
        for message in messages {
            let octets = serde_json::to_vec(&message).unwrap();
            assert_eq!(serde_json::from_slice::<T>(&octets).unwrap(), message);
        }
    }

    fn call() -> CallId {
        "3-7".parse().unwrap()
    }

    fn recording() -> RecordingId {
        "3-9".parse().unwrap()
    }

    fn snapshot() -> Snapshot {
        let port: PortId = "SIM-FXS.3".parse().unwrap();
        let lane = LaneId::new(SpanId(0), Timeslot(5));
        let state = JackState::LeftOffHook;
        Snapshot {
            at: Stamp::default(),
            jacks: vec![JackNow { port, label: "急诊台".into(), kind: CardKind::Fxs, state, call: Some(call()) }],
            spans: vec![SpanNow {
                span: SpanId(0),
                port,
                line: SpanLine::Yellow,
                link: LinkState::SameRole,
                timeslots: vec![TimeslotNow { timeslot: Timeslot(5), state: TimeslotState::Talking }],
            }],
            calls: vec![CallNow {
                call: call(),
                direction: Direction::Incoming,
                class: CallClass::Emergency,
                from_masked: Some("139****8000".into()),
                to_masked: None,
                phase: CallPhase::Waiting { queue: "挂号".into() },
                since: Stamp::default(),
                lanes: vec![lane],
            }],
            queues: vec![QueueNow {
                name: "挂号".into(),
                waiting: 1,
                oldest: Some(Stamp::default()),
                agents: vec![AgentNow { extension: "803".into(), state: AgentState::WrapUp }],
            }],
            clocks: vec![ClockNow { span: SpanId(1), ppm: -12, slips: 3 }],
        }
    }

    #[test]
    fn every_message_of_call_control_survives_its_octets() {
        survives([ControlRequest::Snapshot, ControlRequest::EndCall { call: call(), by: PersonId(1) }]);
        survives([ControlReply::Snapshot(snapshot()), ControlReply::Ending, ControlReply::NoSuchCall]);
    }

    #[test]
    fn every_message_of_the_vault_survives_its_octets() {
        let (opening, person) = (OpeningId(u64::MAX), PersonId(1));
        let passphrase = Passphrase("correct horse".into());
        let passphrase_of_owner = passphrase.clone();
        survives([
            VaultRequest::State { recording: recording() },
            VaultRequest::Open(Open {
                recording: recording(),
                call: call(),
                person,
                reason: "投诉 118".into(),
                passphrase,
            }),
            VaultRequest::Read { opening, person, offset: 1 << 40, octets_max: READ_MAX_OCTETS },
            VaultRequest::Waveform { opening, person, columns: 300 },
            VaultRequest::Seal { person },
            VaultRequest::TakeOver { code: Passphrase("0000".into()), passphrase: passphrase_of_owner },
        ]);
        survives([
            VaultReply::State(Kept { intact: Some(true), octets: 3_240_000 }),
            VaultReply::Opened(Opened { opening, file_octets: 58, until: Stamp::default(), apart: Apart::Namespace }),
            VaultReply::Piece(vec![0, 255]),
            VaultReply::Waveform(Waveform { caller: vec![0, 128], called: vec![255, 1] }),
            VaultReply::Sealed,
            VaultReply::TakenOver,
            VaultReply::Refused(VaultRefusal::NoOpener),
        ]);
    }

    #[test]
    fn every_message_of_the_settings_survives_its_octets() {
        let (version, how) = (settings::Version(3), settings::Applied::WhenIdle);
        let text = "format = 1\n".to_owned();
        let file = "new.toml".to_owned();
        let apply = |by| SettingsRequest::Apply { file: file.clone(), text: text.clone(), by };
        survives([SettingsRequest::Show, SettingsRequest::Try { file: file.clone(), text: text.clone() }]);
        survives([apply(Asker::Person(PersonId(1))), apply(Asker::Console { uid: 1000 })]);
        let board = settings::Board::parse("b", "").unwrap_err();
        survives([
            SettingsReply::Shown { version, text },
            SettingsReply::WouldApply { how, warnings: vec![] },
            SettingsReply::Applied { version, how, warnings: vec![] },
            SettingsReply::Problems(board),
        ]);
        let not_written = SettingsRefusal::NotWritten { path: "settings/draft".into(), why: "full".into() };
        let others = [SettingsRefusal::NotAudited, SettingsRefusal::TooLong, SettingsRefusal::NotUnderstood];
        survives(others.into_iter().chain([not_written, SettingsRefusal::NoAnswer]).map(SettingsReply::Refused));
    }

    #[test]
    fn no_log_shows_a_passphrase() {
        assert_eq!(format!("{:?}", Passphrase("correct horse".into())), "Passphrase(…)");
    }

    #[tokio::test]
    async fn a_plane_answers_the_one_who_asked() {
        let (handle, mut requests) = handle::<ControlRequest, ControlReply>();
        let plane = tokio::spawn(async move {
            let asked = requests.recv().await.unwrap();
            assert_eq!(asked.request, ControlRequest::Snapshot);
            asked.reply.send(ControlReply::Snapshot(snapshot())).unwrap();
        });
        assert_eq!(handle.ask(ControlRequest::Snapshot).await, Ok(ControlReply::Snapshot(snapshot())));
        plane.await.unwrap();
        assert_eq!(handle.ask(ControlRequest::Snapshot).await, Err(NoAnswer), "the plane is gone");
    }

    #[tokio::test]
    async fn a_plane_that_hangs_is_no_reason_to_wait_for_ever() {
        let (handle, _requests) = handle::<ControlRequest, ControlReply>();
        let answer = handle.ask_within(Duration::from_millis(20), ControlRequest::Snapshot).await;
        assert_eq!(answer, Err(NoAnswer));
    }
}
