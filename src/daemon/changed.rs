//! The settings' plane in the running box: its task, its socket, and what the life before did not finish.

use std::{path::PathBuf, sync::Arc};

use frame::EventNo;
use settings::{Applied, Board, Settings, Version};
use tokio::{sync::watch, task::JoinHandle};

use super::{Timestamps, must_go};
use crate::{
    changes::{Found, Inside, Shell, ShellParts, Versions, Weigh, judge_unfinished, open_door},
    data_dir::DataDir,
    handles::{self, ApprovalsHandle, Handle, LinesHandle, NamedKeepingHandle, SettingsHandle},
    journal::{Act, Actor, AppliedHow, BoxEvent, Event, FollowError, IndexReader, JournalHandle, Outcome},
    telephony::Change,
};

/// What the plane is started from.
pub(super) struct Parts {
    pub(super) board: Arc<Board>,
    pub(super) version: Version,
    pub(super) telephony: Handle<Change, Applied>,
    pub(super) followers: watch::Sender<Arc<Settings>>,
    pub(super) journal: JournalHandle,
    pub(super) lines: LinesHandle,
    pub(super) approvals: ApprovalsHandle,
    pub(super) keeping: NamedKeepingHandle,
}

/// Starts the plane and opens its socket. A box whose socket can't be opened runs without it: calls come first.
pub(super) fn serve(parts: Parts, data: &DataDir, timestamps: Timestamps) -> (SettingsHandle, Vec<JoinHandle<()>>) {
    let (handle, requests) = handles::handle();
    let versions = Versions::in_folder(data.settings());
    let text = versions.read(parts.version).unwrap_or_default();
    let shell = Shell::new(ShellParts {
        board: parts.board,
        version: parts.version,
        text,
        versions,
        prompts: data.prompts(),
        journal: parts.journal,
        telephony: parts.telephony,
        followers: parts.followers,
        clock: timestamps.clock(),
        approvals: parts.approvals.clone(),
        weigh: weigh(data.index()),
    });
    let mut tasks = vec![tokio::spawn(shell.run(requests))];
    let inside =
        Inside { settings: handle.clone(), lines: parts.lines, approvals: parts.approvals, keeping: parts.keeping };
    match open_door(data.path(), inside) {
        Ok(door) => tasks.push(door),
        Err(error) => tracing::error!(%error, "the command line can't reach this box"),
    }
    (handle, tasks)
}

/// Counts in the index. Opened for each time, as other readers do.
fn weigh(index: PathBuf) -> Weigh {
    Arc::new(move |old, new| {
        let counted = IndexReader::open(&index).and_then(|index| must_go::kept_shorter(&index, old, new));
        counted.inspect_err(|error| tracing::warn!(%error, "recordings can't be counted")).ok()
    })
}

/// Says what became of changes that the end of an earlier life cut in two.
pub(super) fn finish(journal: &JournalHandle, data: &DataDir, timestamps: Timestamps) {
    let unfinished = match unfinished(data) {
        Ok(unfinished) => unfinished,
        // An index that is behind now is read at the next start.
        Err(error) => return tracing::warn!(%error, "open intents can't be read"),
    };
    let versions = Versions::in_folder(data.settings());
    for (intent, by, object) in unfinished {
        let outcome = match judge_unfinished(&object, &versions) {
            Found::Written(version) => {
                let how = AppliedHow::Applied;
                journal.append(timestamps.now(), BoxEvent::SettingsApplied { version: version.0, by, how });
                Outcome::Done
            }
            Found::NotWritten => Outcome::Failed,
        };
        journal.append(timestamps.now(), BoxEvent::AuditOutcome { intent, outcome, call: None });
    }
}

/// The intents to change settings that have no outcome: who, and what.
fn unfinished(data: &DataDir) -> Result<Vec<(EventNo, Actor, String)>, FollowError> {
    let index = IndexReader::open(&data.index())?;
    let mut unfinished = Vec::new();
    for no in index.open_intents()? {
        let Some(record) = index.event(no)? else { continue };
        if let Some(Event::Box(BoxEvent::AuditIntent { by, act: Act::ApplySettings, object, .. })) = record.event() {
            unfinished.push((no, *by, object.clone()));
        }
    }
    Ok(unfinished)
}
