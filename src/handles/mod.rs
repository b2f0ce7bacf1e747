//! What the page asks the planes, and what they answer: requests and replies that could cross a process border.
//!
//! Every message is plain data with serde (a test sends each through octets): no lock, no shared pointer, no closure.
//! So the page can become a process of its own under its own user without a change to what is said.
//! Not here: who serves them (each plane its own), words for people (`words`).

mod approvals;
mod control;
mod export;
mod keeping;
mod lines;
mod port;
mod settings;
mod vault;

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

pub use self::approvals::{
    About, ApprovalNow, ApprovalsRefusal, ApprovalsReply, ApprovalsRequest, Credentials, Shorter,
};
pub use self::control::{
    AgentNow, AgentState, AudioCounts, CallNow, CallPhase, ClockNow, ControlReply, ControlRequest, CountersNow,
    EchoNow, FrameCounts, HandsetAct, JackNow, JackState, LevelNow, LevelsNow, LineCounts, LinkState, MaskOf, QueueNow,
    SharedDChannel, Snapshot, SpanLine, SpanNow, SupervisedNow, TimeslotNow, TimeslotState,
};
pub use self::export::{ExportRefusal, ExportReply, ExportRequest, MakeExport};
pub use self::keeping::{
    DueNow, DueRow, KeepingNow, KeepingRefusal, KeepingReply, KeepingRequest, ListNow, LossesNow, NamedKeepingNow,
    NamedKeepingReply, NamedKeepingRequest, NotErasedRow, PlacedNow, RangeNow, RangeWaits, held_object, lift_object,
};
pub use self::lines::{LadderNow, LinesRefusal, LinesReply, LinesRequest, SpansNow, TRACE_MAX_OCTETS};
pub use self::port::{LearnAct, NotTested, TestOrder, TestedPort};
pub use self::settings::{Asker, SETTINGS_MAX_OCTETS, SettingsRefusal, SettingsReply, SettingsRequest};
pub use self::vault::{
    Apart, Kept, Open, Opened, OpeningId, Passphrase, READ_MAX_OCTETS, VaultRefusal, VaultReply, VaultRequest,
    Waveform, WhoOpens,
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
/// To the desk of the lines.
pub type LinesHandle = Handle<LinesRequest, LinesReply>;
/// To the desk of acts that need two.
pub type ApprovalsHandle = Handle<ApprovalsRequest, ApprovalsReply>;
/// To the desk that keeps and erases.
pub type KeepingHandle = Handle<KeepingRequest, KeepingReply>;
/// To the same from the command line, by name and password.
pub type NamedKeepingHandle = Handle<NamedKeepingRequest, NamedKeepingReply>;
/// To the desk that exports.
pub type ExportHandle = Handle<ExportRequest, ExportReply>;
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

/// A network is given four seconds for a service (EN 300 196-1, T-RESPONSE), and its answer has a way to go.
const NETWORK_WITHIN: Duration = Duration::from_secs(6);

/// A test waits 5 s for dial tone and measures for 4 s; it gives up by itself after 14 s.
const TEST_WITHIN: Duration = Duration::from_secs(16);

/// A trace has some hundred pieces, and a disk may be slow with the audit before them.
pub const TRACE_WITHIN: Duration = Duration::from_secs(20);

/// A package of two hundred recordings is some gigabytes that are read, hashed and written. Who waits no longer finds it on
/// the list when it is there.
const EXPORT_WITHIN: Duration = Duration::from_secs(120);

/// Two seconds each for the audit intent and for call control, and a slow disk between them.
pub const CHANGE_WITHIN: Duration = Duration::from_secs(10);

/// A password, and then as long as a change.
const NAMED_WITHIN: Duration = Duration::from_secs(15);

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

impl ControlHandle {
    /// Asks for what a network has to answer, and may so take longer than other answers.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_the_network(&self, request: ControlRequest) -> Result<ControlReply, NoAnswer> {
        self.ask_within(NETWORK_WITHIN, request).await
    }

    /// Asks for a test of a line, which may so take longer than other answers.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_the_line(&self, request: ControlRequest) -> Result<ControlReply, NoAnswer> {
        self.ask_within(TEST_WITHIN, request).await
    }
}

impl LinesHandle {
    /// Asks for what is audited first or comes in many pieces, and may so take longer than other answers.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_for_long(&self, request: LinesRequest) -> Result<LinesReply, NoAnswer> {
        self.ask_within(TRACE_WITHIN, request).await
    }
}

impl ApprovalsHandle {
    /// Asks for what takes a password and two durable events, and may so take longer than other answers.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_for_long(&self, request: ApprovalsRequest) -> Result<ApprovalsReply, NoAnswer> {
        self.ask_within(CHANGE_WITHIN, request).await
    }
}

impl KeepingHandle {
    /// Asks for what reads the index through, or takes a grant and two durable events.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_for_long(&self, request: KeepingRequest) -> Result<KeepingReply, NoAnswer> {
        self.ask_within(CHANGE_WITHIN, request).await
    }
}

impl NamedKeepingHandle {
    /// Asks for what takes a password, a grant and two durable events.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_for_long(&self, request: NamedKeepingRequest) -> Result<NamedKeepingReply, NoAnswer> {
        self.ask_within(NAMED_WITHIN, request).await
    }
}

impl ExportHandle {
    /// Asks for what derives a key and reads recordings and the log through.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask_to_make(&self, request: ExportRequest) -> Result<ExportReply, NoAnswer> {
        self.ask_within(EXPORT_WITHIN, request).await
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

#[cfg(test)]
mod tests;
