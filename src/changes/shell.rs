//! The task around [`Changes`]: the journal, the folder of versions, telephony, and who asks.

use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc, time::Duration};

use access::TwoPersonAct;
use frame::EventNo;
use settings::{Applied, Board, Language, Settings, Version};
use tokio::{
    sync::{oneshot, watch},
    task::spawn_blocking,
    time::timeout,
};

use super::{Changes, Input, Output, Prompts, Versions};
use crate::{
    handles::{
        ApprovalsHandle, ApprovalsReply, ApprovalsRequest, Asked, Handle, Requests, SettingsRefusal, SettingsReply,
        SettingsRequest,
    },
    journal::{Audit, Intend, Intent, JournalHandle, StampClock},
    telephony::{Change, Sounds},
};

/// What the task is made from.
pub struct ShellParts {
    /// The hardware that settings are checked against.
    pub board: Arc<Board>,
    /// The version that holds.
    pub version: Version,
    /// Its document.
    pub text: String,
    /// Where versions are written.
    pub versions: Versions,
    /// The folder of prompts, with one of each language in it.
    pub prompts: PathBuf,
    /// The event log.
    pub journal: JournalHandle,
    /// Call control.
    pub telephony: Handle<Change, Applied>,
    /// Who else wants to know of new settings.
    pub followers: watch::Sender<Arc<Settings>>,
    /// Makes stamps.
    pub clock: StampClock,
    /// The desk of acts that need two.
    pub approvals: ApprovalsHandle,
    /// Counts the recordings that would go sooner by other rules than those that hold.
    pub weigh: Weigh,
}

/// Counts recordings by the settings that hold, and by others; none where they can't be read.
pub type Weigh = Arc<dyn Fn(&Settings, &Settings) -> Option<u64> + Send + Sync>;

/// How long counting may take: whoever changes settings waits for it.
const WEIGHED_WITHIN: Duration = Duration::from_secs(4);

/// The task.
pub struct Shell {
    changes: Changes,
    parts: ShellParts,
}

impl Shell {
    /// The task, before it runs.
    pub fn new(parts: ShellParts) -> Shell {
        let settings = Arc::clone(&parts.followers.borrow());
        let changes = Changes::new(Arc::clone(&parts.board), parts.version, settings, parts.text.clone());
        Shell { changes, parts }
    }

    /// Serves until every asker is gone, one after the other.
    pub async fn run(mut self, mut requests: Requests<SettingsRequest, SettingsReply>) {
        while let Some(Asked { request, reply }) = requests.recv().await {
            let folder = self.parts.prompts.clone();
            let prompts = spawn_blocking(move || prompts(&folder)).await.unwrap_or_default();
            self.changes.handle_input(Input::Asked { request, prompts });
            self.work(reply).await;
        }
    }

    async fn work(&mut self, reply: oneshot::Sender<SettingsReply>) {
        let mut reply = Some(reply);
        while let Some(output) = self.changes.poll_output() {
            let input = match output {
                Output::Judge(settings) => Input::Judged(self.ask(Change::Try(settings)).await),
                Output::Intend(intent) => Input::Intended(self.intend(intent).await),
                Output::Redeem(act, object) => Input::Redeemed(self.redeem(act, object).await),
                Output::Weigh(old, new) => Input::Weighed(self.weigh(old, new).await),
                Output::Write(text) => Input::Written(self.write(text).await),
                Output::Take(settings, version) => Input::Taken(self.take(settings, version).await),
                Output::Tell(event) => {
                    self.parts.journal.append((self.parts.clock)(), event);
                    continue;
                }
                Output::Reply(answer) => {
                    // Who asked may have gone meanwhile.
                    let _ = reply.take().map(|reply| reply.send(answer));
                    continue;
                }
            };
            self.changes.handle_input(input);
        }
    }

    async fn ask(&self, change: Change) -> Option<Applied> {
        self.parts.telephony.ask(change).await.ok()
    }

    /// The machine concludes the intent, or the next start does: what a death cuts in two may be on disk.
    async fn intend(&self, intend: Intend) -> Option<EventNo> {
        let intent = Audit::new(self.parts.journal.clone(), Arc::clone(&self.parts.clock)).intend(intend).await;
        intent.ok().map(Intent::leave_open)
    }

    async fn redeem(&self, act: TwoPersonAct, object: String) -> bool {
        let asked = ApprovalsRequest::Redeem { act, object };
        let reply = self.parts.approvals.ask(asked).await;
        matches!(reply, Ok(ApprovalsReply::Redeemed { .. } | ApprovalsReply::OneIsEnough))
    }

    async fn weigh(&self, old: Arc<Settings>, new: Arc<Settings>) -> Option<u64> {
        let weigh = Arc::clone(&self.parts.weigh);
        let weighed = timeout(WEIGHED_WITHIN, spawn_blocking(move || weigh(&old, &new))).await;
        weighed.ok()?.ok()?
    }

    async fn write(&self, text: String) -> Result<Version, SettingsRefusal> {
        let versions = self.parts.versions.clone();
        let written = spawn_blocking(move || versions.write(&text)).await;
        match written {
            Ok(written) => written.map_err(|error| SettingsRefusal::NotWritten {
                path: error.path.display().to_string(),
                why: error.why.to_string(),
            }),
            // It panicked, which was told; the folder says at the next start what became of it.
            Err(_) => Err(SettingsRefusal::NoAnswer),
        }
    }

    async fn take(&self, settings: Arc<Settings>, version: Version) -> Option<Applied> {
        let (folder, language) = (self.parts.prompts.join(settings.language.tag()), settings.language);
        let sounds = spawn_blocking(move || {
            let mut sounds = Sounds::default();
            // What can't be read is not heard, as at the start; the check has warned of it.
            if let Err(error) = sounds.read_folder(&folder) {
                tracing::warn!(%error, ?language, "a prompt can't be read");
            }
            sounds
        });
        let sounds = sounds.await.unwrap_or_default();
        let how = self.ask(Change::Take { settings: Arc::clone(&settings), version, sounds }).await;
        self.parts.followers.send_replace(settings);
        how
    }
}

/// The names of what can be played, by language. A folder that can't be read has none, and the check warns.
fn prompts(folder: &std::path::Path) -> Prompts {
    let names = |language: Language| -> BTreeSet<String> {
        let entries = fs::read_dir(folder.join(language.tag())).into_iter().flatten();
        let name = |entry: fs::DirEntry| {
            let path = entry.path();
            let is_wav = path.extension().is_some_and(|ending| ending == "wav");
            is_wav.then(|| path.file_stem()?.to_str().map(str::to_owned)).flatten()
        };
        entries.filter_map(|entry| name(entry.ok()?)).collect()
    };
    [Language::Chinese, Language::English].map(|language| (language, names(language))).into()
}
