//! `ringfence open`: one recording of a data directory as a WAV file, for whoever has the passphrase.
//!
//! Only while the box does not run. While it runs its page opens recordings, where the audit knows who it was; here it
//! knows no more than which user of the system it was. The intent goes into the event log before anything is opened, and
//! the passphrase into a process of its own, as with the page.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::{fd::AsFd as _, unix::fs::OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use access::{ApprovalAnswer, TwoPersonAct};
use frame::{CallId, EventNo, RecordingId, Utc};
use settings::Settings;
use tokio::runtime;
use vault::Tombstone;

use super::{
    Outcome,
    arguments::{Open, OpenFor},
    data_dir_trouble, say, system,
    vault::two_shares,
};
use crate::{
    changes::Versions,
    daemon::{self, Timestamps},
    data_dir::{DataDir, DataDirError},
    handles::{self, Passphrase, READ_MAX_OCTETS, VaultRefusal},
    journal::{self, Act, Actor, Alarm, Audit, BoxEvent, IndexReader, Intend, Intent},
    opener::{Client, ClientError, Program, Whose, serve},
    recorder::{FileStore, MaskedStretch, erased_stretches, object_name, read_sealed},
    words::{
        self, Language,
        command::{Running, Trouble},
        state::vault_refusal,
    },
};

/// How long the opener waits for the next piece.
const IDLE: Duration = Duration::from_secs(60);

/// Opens a recording, or serves as the opener of whoever started this.
pub(super) fn open(asked: Open, language: Language) -> Outcome {
    match asked.what {
        OpenFor::Socket { idle } => {
            let socket = io::stdin().as_fd().try_clone_to_owned();
            socket.and_then(|socket| serve(socket, idle)).map_err(system("ringfence open"))?;
            Ok(ExitCode::SUCCESS)
        }
        OpenFor::Person { data, recording, out, reason, whose, breaks_glass } => {
            Job { whose, breaks_glass, ..Job::new(&data, recording, out, reason, language)? }.run(language)
        }
    }
}

/// What it takes beside what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// The grant that was asked for under this number.
    Grant(EventNo),
    /// That others are told.
    Telling,
}

/// Whether the newest settings want two people. Those that can't be read may.
fn two_people_open(data: &DataDir) -> bool {
    match Versions::in_folder(data.settings()).newest() {
        Ok(Some((.., text))) => Settings::of_applied(&text).is_none_or(|read| read.recordings.two_people_open),
        Ok(None) => false,
        Err(_) => true,
    }
}

struct Job {
    data: DataDir,
    recording: RecordingId,
    call: Option<CallId>,
    masked: Vec<MaskedStretch>,
    /// What was erased of it on purpose.
    erased: Vec<Tombstone>,
    out: PathBuf,
    reason: String,
    whose: Whose,
    /// Without the second person whom the settings want.
    breaks_glass: bool,
}

impl Job {
    /// Checks everything that can be checked before a passphrase is asked for.
    fn new(
        data: &Path,
        recording: RecordingId,
        out: PathBuf,
        reason: String,
        language: Language,
    ) -> Result<Job, Trouble> {
        let path = data.display().to_string();
        let boot_id = os::boot_id().map_err(system("boot_id"))?;
        let data = DataDir::open(data, false, &boot_id).map_err(|error| match error {
            DataDirError::Locked { .. } => Trouble::BoxRuns { path: path.clone() },
            other => data_dir_trouble(path.clone(), &other, language),
        })?;
        if fs::symlink_metadata(&out).is_ok() {
            return Err(Trouble::FileThere { path: out.display().to_string() });
        }
        let sealed = read_sealed(&FileStore::new(&data.vault()), &object_name(recording));
        let sealed = sealed.map_err(|_| Trouble::NoRecording { recording: recording.to_string(), path })?;
        let (call, masked) = (sealed.call, sealed.masked());
        let erased = erased_stretches(&FileStore::new(&data.vault()), recording).map_err(system("vault"))?;
        Ok(Job { data, recording, call, masked, erased, out, reason, whose: Whose::Anybodys, breaks_glass: false })
    }

    fn run(self, language: Language) -> Outcome {
        self.needs()?;
        let passphrase = self.typed(language)?;
        let (log, thread) = daemon::start_log(&self.data).map_err(|error| system("events")(io::Error::other(error)))?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(system("tokio"))?;
        let written = runtime.block_on(async {
            let written = self.write(&log, passphrase, language).await;
            // The outcome is on disk before this says how it went.
            let _ = log.settle().await;
            written
        });
        log.stop();
        // A thread that panicked has told so itself.
        let _ = thread.join();
        let (seconds, is_in_part) = written?;
        let path = self.out.display().to_string();
        say(&Running::OpenedInto { path, length: words::duration(language, seconds) }.say(language));
        if is_in_part {
            say(&Running::OpenedInPart.say(language));
        }
        self.masked.iter().for_each(|stretch| say(&masked(stretch).say(language)));
        self.erased.iter().filter_map(erased).for_each(|stretch| say(&stretch.say(language)));
        Ok(ExitCode::SUCCESS)
    }

    /// What it takes beside what is typed, where the settings want two people. Two shares are two people already.
    fn needs(&self) -> Result<Needs, Trouble> {
        if self.whose == Whose::Shares || !two_people_open(&self.data) {
            return Ok(Needs::Nothing);
        }
        if self.breaks_glass {
            return Ok(Needs::Telling);
        }
        let Whose::Persons(person) = self.whose else {
            // A grant is for somebody: one for these very words would be one for anybody's.
            return Err(Trouble::OpenNotGranted { object: format!("{} for PERSON", self.recording) });
        };
        let object = handles::Open::object(self.recording, person);
        let index = IndexReader::open(&self.data.index()).and_then(|index| index.approvals());
        let approvals = index.map_err(|error| system("index.db")(io::Error::other(error)))?;
        let now = Timestamps::of(&self.data).now();
        match approvals.granted(now, TwoPersonAct::OpenRecording, &object) {
            Some((asked, ..)) => Ok(Needs::Grant(asked)),
            None => Err(Trouble::OpenNotGranted { object }),
        }
    }

    /// Tells what entitles to it, once it is known to open and before anything is written.
    async fn tell(&self, log: &journal::JournalHandle) -> Result<(), Trouble> {
        let now = Timestamps::of(&self.data).now();
        let durable = async |event: BoxEvent| match log.append_durable(now, event).await {
            Ok(Ok(no)) => Ok(no),
            _ => Err(Trouble::NotAudited),
        };
        match self.needs()? {
            Needs::Nothing => {}
            Needs::Grant(asked) => {
                let (answer, reason) = (ApprovalAnswer::Redeemed, String::new());
                durable(BoxEvent::ApprovalAnswered { asked, answer, by: None, reason }).await?;
            }
            Needs::Telling => {
                let (call, recording, reason) = (self.call, self.recording, self.reason.clone());
                // The slot has just shown who it is; nobody reviews what they opened themselves.
                let by = match self.whose {
                    Whose::Persons(person) => Actor::Person(person),
                    Whose::Anybodys | Whose::Shares => Actor::User { uid: nix::unistd::getuid().as_raw() },
                };
                let broken = durable(BoxEvent::GlassBroken { call, recording, by, reason }).await?;
                durable(BoxEvent::AlarmRaised { alarm: Alarm::GlassBroken { broken, recording } }).await?;
            }
        }
        Ok(())
    }

    /// What opens it, as it is typed.
    fn typed(&self, language: Language) -> Result<Passphrase, Trouble> {
        if self.whose == Whose::Shares {
            return Ok(Passphrase(two_shares(language)?));
        }
        say(&Running::AskPassphrase.say(language));
        Ok(Passphrase(os::read_line_unseen().map_err(system("stdin"))?))
    }

    async fn write(
        &self,
        log: &journal::JournalHandle,
        passphrase: Passphrase,
        language: Language,
    ) -> Result<(Duration, bool), Trouble> {
        let audit = Audit::new(log.clone(), Timestamps::of(&self.data).clock());
        let by = Actor::User { uid: nix::unistd::getuid().as_raw() };
        let object = self.recording.to_string();
        let act = if self.needs()? == Needs::Telling { Act::BreakGlass } else { Act::OpenRecording };
        let intend = Intend { by, act, object, call: self.call, reason: self.reason.clone() };
        let not_audited = |_| Trouble::NotOpened { why: vault_refusal(VaultRefusal::NotAudited, language).to_owned() };
        let intent = audit.intend(intend).await.map_err(not_audited)?;
        let written = self.copy(log, &intent, passphrase, language).await.inspect_err(|_| {
            // Half a recording is none, and nobody should take it for one.
            let _ = fs::remove_file(&self.out);
        })?;
        intent.conclude(journal::Outcome::Done);
        Ok(written)
    }

    async fn copy(
        &self,
        log: &journal::JournalHandle,
        intent: &Intent,
        passphrase: Passphrase,
        language: Language,
    ) -> Result<(Duration, bool), Trouble> {
        let refused = |error: ClientError| match error {
            ClientError::Refused(VaultRefusal::WrongPassphrase) => {
                Trouble::CantOpenVault { path: self.data.vault().display().to_string() }
            }
            ClientError::Refused(why) => Trouble::NotOpened { why: vault_refusal(why, language).to_owned() },
            ClientError::Gone(error) => system("ringfence open --serve")(error),
        };
        let program = Program { path: PathBuf::from("/proc/self/exe"), idle: IDLE };
        let started = Client::start(&program, &self.data.vault()).await;
        let mut opener = started.map_err(system("ringfence open --serve"))?;
        // What should open as well is tried where people listen day by day: on the page.
        let opened = opener.open(intent, self.recording, self.whose, passphrase, Vec::new()).await.map_err(refused)?;
        let (octets, is_in_part) = (opened.file_octets, opened.is_in_part);
        self.tell(log).await?;
        let into = self.out.display().to_string();
        let mut file = private(&self.out).map_err(system(&into))?;
        let mut written = 0;
        while written < octets {
            let piece = opener.read(written, READ_MAX_OCTETS).await.map_err(refused)?;
            if piece.is_empty() {
                break;
            }
            file.write_all(&piece).map_err(system(&into))?;
            written += piece.len() as u64;
        }
        file.sync_all().map_err(system(&into))?;
        // Two voices of an octet a sample.
        Ok((Duration::from_millis(octets / 2 * 1000 / u64::from(crate::wav::RATE_HZ)), is_in_part))
    }
}

/// What was not recorded as it came.
fn masked(stretch: &MaskedStretch) -> Running {
    let time = |us: i64| words::clock_time(Utc::from_us(us));
    let (from, to) = (time(stretch.from_us), stretch.to_us.map_or_else(|| "…".to_owned(), time));
    if stretch.is_pause { Running::NotRecordedFrom { from, to } } else { Running::KeyedInSecret { from, to } }
}

/// What was erased on purpose.
fn erased(tombstone: &Tombstone) -> Option<Running> {
    let range = tombstone.range.as_ref()?;
    let (gone, minutes) = (words::approval::stretch(range.gone), range.minutes.len());
    Some(Running::ErasedOnPurpose { gone, minutes, list: tombstone.list.0, reason: tombstone.rule.clone() })
}

/// A new file that nobody else reads.
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
