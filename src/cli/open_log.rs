//! The event log of a box that is stopped, for the acts that need that: what is intended, and what two people agreed to.

use std::{io, thread::JoinHandle};

use access::{ApprovalAnswer, Approvals, TwoPersonAct};
use frame::{EventNo, PersonId};
use tokio::runtime;

use super::system;
use crate::{
    daemon::{self, StartError, Timestamps},
    data_dir::DataDir,
    journal::{Act, Actor, Audit, BoxEvent, IndexReader, Intend, Intent, JournalHandle},
    words::command::Trouble,
};

/// The log, open for writing until this is dropped; then the last signed root covers all of it.
pub(super) struct OpenLog {
    pub(super) journal: JournalHandle,
    thread: Option<JoinHandle<()>>,
    pub(super) runtime: runtime::Runtime,
}

impl OpenLog {
    pub(super) fn start(data: &DataDir) -> Result<OpenLog, Trouble> {
        OpenLog::of(daemon::start_log(data))
    }

    /// Where there is no vault yet that leaves could be in.
    pub(super) fn alone(data: &DataDir) -> Result<OpenLog, Trouble> {
        OpenLog::of(daemon::start_event_log(data))
    }

    fn of(started: Result<(JournalHandle, JoinHandle<()>), StartError>) -> Result<OpenLog, Trouble> {
        let (journal, thread) = started.map_err(|error| system("events")(io::Error::other(error)))?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(system("tokio"))?;
        Ok(OpenLog { journal, thread: Some(thread), runtime })
    }

    /// Says durably what is about to be done.
    pub(super) async fn intend(&self, data: &DataDir, act: Act, object: &str, reason: &str) -> Result<Intent, Trouble> {
        let audit = Audit::new(self.journal.clone(), Timestamps::of(data).clock());
        let by = Actor::User { uid: nix::unistd::getuid().as_raw() };
        let intend = Intend { by, act, object: object.to_owned(), call: None, reason: reason.to_owned() };
        audit.intend(intend).await.map_err(|_| Trouble::NotAudited)
    }

    /// Takes a grant, for good.
    pub(super) async fn redeem(&self, data: &DataDir, asked: EventNo) -> Result<(), Trouble> {
        let answer = ApprovalAnswer::Redeemed;
        let redeemed = BoxEvent::ApprovalAnswered { asked, answer, by: None, reason: String::new() };
        match self.journal.append_durable(Timestamps::of(data).now(), redeemed).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Trouble::NotAudited),
        }
    }
}

impl Drop for OpenLog {
    fn drop(&mut self) {
        self.journal.stop();
        // A thread that panicked has told so itself.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The grant that somebody asked for and somebody else gave: its number, and the two.
pub(super) fn granted(
    data: &DataDir,
    act: TwoPersonAct,
    object: &str,
) -> Result<Option<(EventNo, PersonId, PersonId)>, Trouble> {
    let index = IndexReader::open(&data.index()).and_then(|index| index.approvals());
    let approvals: Approvals = index.map_err(|error| system("index.db")(io::Error::other(error)))?;
    Ok(approvals.granted(Timestamps::of(data).now(), act, object))
}
