//! Takes each signed root to the witnesses that the settings name: folders on other disks, log servers, and mailboxes.
//!
//! A root is small and says everything that came before it, so one that could not be delivered is not kept: the next one is
//! due in a minute. Where a folder already holds a root of this vault, the log is held to it before another is written there: a
//! vault that was set back is found, and what shows it is not written over. Source: RFC 5424, RFC 6587 and RFC 5426 (syslog).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::Builder,
    time::Duration,
};

use frame::{Stamp, Utc};
use settings::{Settings, Witness, WitnessPlace};
use tokio::sync::watch;
use vault::{NOTE_OCTETS_MAX, VaultId, note_in_a_line};

use super::{Timestamps, root_mail};
use crate::{
    journal::{Alarm, BoxEvent, JournalHandle, utc_text},
    recorder::{FileStore, HeldToRoot, HomeError, hold_to_root, holds_a_root, newest_root},
};

/// How long a server may take to be reached, and to take a line.
const PATIENCE: Duration = Duration::from_secs(5);

/// How seldom a mailbox gets a root: people read it.
const MAIL_EACH: Duration = Duration::from_hours(24);

/// Facility 13, log audit; severity 5, notice.
const PRIORITY: u8 = 13 * 8 + 5;

/// Roots that wait: the newest says what the others do, and the next one is due in a minute.
const WAITING: usize = 4;

/// Where the leaf sequence puts the roots that it signs.
#[derive(Clone)]
pub struct ToWitnesses(SyncSender<String>);

impl ToWitnesses {
    /// Hands a root on. Where witnesses are slow, it is theirs to miss one.
    pub(super) fn hand(&self, note: String) {
        match self.0.try_send(note) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => tracing::warn!("a signed root waits for no witness: they are too slow"),
        }
    }
}

/// Two ends of the way to the witnesses.
pub(super) fn way() -> (ToWitnesses, Receiver<String>) {
    let (sender, receiver) = sync_channel(WAITING);
    (ToWitnesses(sender), receiver)
}

/// The running thread.
pub(super) struct AtWitnesses(Receiver<()>);

impl AtWitnesses {
    /// Waits until the last root is at its witnesses, but not for ever: a folder on a server that is gone may never answer.
    pub(super) fn wait(self) {
        if self.0.recv_timeout(2 * PATIENCE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the last signed root may not have reached its witnesses");
        }
    }
}

/// The thread's state.
pub(super) struct Witnesses {
    settings: watch::Receiver<Arc<Settings>>,
    vault: PathBuf,
    id: VaultId,
    journal: JournalHandle,
    timestamps: Timestamps,
    raised: BTreeSet<Alarm>,
    /// What each place was handed last, and when.
    handed: BTreeMap<WitnessPlace, (Stamp, String)>,
    /// Places that were held to the log in this life, and whether it fits.
    fits: watch::Sender<HeldTo>,
}

/// What the folders of witnesses said of the log in this life.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldTo(BTreeMap<WitnessPlace, bool>);

/// The vault is no older state of itself, as far as anything outside the box can tell: the settings name a folder, each that
/// they name was asked in this life, and the log fits. Only [`HeldTo::not_set_back`] makes one.
#[derive(Debug)]
pub(super) struct NotSetBack(());

/// Why nothing may be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The log does not fit what a witness holds.
    SetBack,
    /// A folder could not be asked yet.
    NotAsked,
    /// The settings name no folder. Those of a disk that was set back may have named one since.
    NoFolder,
}

impl HeldTo {
    /// Whether there is a folder, all were asked, and the log fits each. One that did not fit is not forgotten in this life,
    /// also when somebody takes it out of the settings. A log server can't be asked.
    pub(super) fn not_set_back(&self, settings: &Settings) -> Result<NotSetBack, Doubt> {
        if self.0.values().any(|fits| !fits) {
            return Err(Doubt::SetBack);
        }
        let places = settings.witnesses.iter().filter_map(|witness| witness.place().ok());
        let folders: Vec<_> = places.filter(|place| matches!(place, WitnessPlace::Folder(_))).collect();
        if folders.is_empty() {
            return Err(Doubt::NoFolder);
        }
        let is_answered = folders.iter().all(|folder| self.0.contains_key(folder));
        is_answered.then_some(NotSetBack(())).ok_or(Doubt::NotAsked)
    }

    #[cfg(test)]
    pub(super) fn of(places: impl IntoIterator<Item = (WitnessPlace, bool)>) -> HeldTo {
        HeldTo(places.into_iter().collect())
    }
}

impl Witnesses {
    pub(super) fn new(
        settings: watch::Receiver<Arc<Settings>>,
        (vault, id): (PathBuf, VaultId),
        journal: JournalHandle,
        timestamps: Timestamps,
    ) -> Witnesses {
        let (raised, handed, fits) = (BTreeSet::new(), BTreeMap::new(), watch::Sender::new(HeldTo::default()));
        Witnesses { settings, vault, id, journal, timestamps, raised, handed, fits }
    }

    /// What the folders say, from now on.
    pub(super) fn held_to(&self) -> watch::Receiver<HeldTo> {
        self.fits.subscribe()
    }

    /// Starts the thread. It ends when nobody signs roots any more.
    ///
    /// # Errors
    /// When the process may not start another thread.
    pub(super) fn start(mut self, roots: Receiver<String>) -> io::Result<AtWitnesses> {
        let (working, ended) = sync_channel::<()>(0);
        Builder::new().name("witnesses".into()).spawn(move || {
            let _working = working;
            // The last life may have signed one that nobody outside has seen.
            match newest_root(&FileStore::new(&self.vault)) {
                Ok(newest) => newest.into_iter().for_each(|note| self.take(&note)),
                Err(error) => tracing::error!(%error, "the newest signed root can't be read"),
            }
            roots.into_iter().for_each(|note| self.take(&note));
        })?;
        Ok(AtWitnesses(ended))
    }

    /// Takes a root to all witnesses.
    fn take(&mut self, note: &str) {
        let settings = Arc::clone(&self.settings.borrow());
        let mut alarms = BTreeSet::new();
        for witness in &settings.witnesses {
            // The check of the settings has told what is no place.
            let Ok(place) = witness.place() else { continue };
            self.take_to(witness, &place, note, &mut alarms);
        }
        self.tell(alarms);
    }

    fn take_to(&mut self, witness: &Witness, place: &WitnessPlace, note: &str, alarms: &mut BTreeSet<Alarm>) {
        let name = || witness.name.clone();
        let fits = match self.fits(place) {
            Ok(fits) => fits,
            Err(error) => {
                tracing::warn!(witness = %witness.name, %error, "a witness can't be asked what it holds");
                alarms.insert(Alarm::WitnessGone { witness: name() });
                return;
            }
        };
        if !fits {
            alarms.insert(Alarm::SetBack { witness: name() });
            return;
        }
        let now = self.timestamps.now();
        if self
            .handed
            .get(place)
            .is_some_and(|(at, handed)| says_the_same(handed, note) || is_soon(place, now.since(at)))
        {
            return;
        }
        match self.deliver(place, note, now.utc) {
            Ok(()) => {
                self.handed.insert(place.clone(), (now, note.to_owned()));
            }
            Err(error) => {
                tracing::warn!(witness = %witness.name, %error, "a signed root does not reach its witness");
                self.handed.remove(place);
                alarms.insert(Alarm::WitnessGone { witness: name() });
            }
        }
    }

    /// Whether the log has grown out of what the place holds; asked once in a life.
    fn fits(&mut self, place: &WitnessPlace) -> Result<bool, HomeError> {
        if let Some(fits) = self.fits.borrow().0.get(place) {
            return Ok(*fits);
        }
        let WitnessPlace::Folder(folder) = place else { return Ok(true) };
        let fits = self.folder_fits(Path::new(folder))?;
        self.fits.send_modify(|held_to| {
            held_to.0.insert(place.clone(), fits);
        });
        Ok(fits)
    }

    fn folder_fits(&self, folder: &Path) -> Result<bool, HomeError> {
        // Where a disk is not mounted its folder is empty, and would say that all is well.
        self.must_be_another_disk(folder)?;
        let Some(held) = last_lines(&self.file(folder))? else { return Ok(true) };
        let vault = FileStore::new(&self.vault);
        if !holds_a_root(&vault, &held)? {
            // A file whose only line was torn, or another's: it says nothing of this vault.
            return Ok(true);
        }
        let HeldToRoot { covers, wrong } = hold_to_root(&vault, &held)?;
        if let Some(wrong) = wrong {
            tracing::error!(?wrong, ?covers, folder = %folder.display(), "the log does not fit the root that a witness holds");
        }
        Ok(wrong.is_none())
    }

    fn must_be_another_disk(&self, folder: &Path) -> io::Result<()> {
        if fs::metadata(folder)?.dev() == fs::metadata(&self.vault)?.dev() {
            return Err(io::Error::new(ErrorKind::CrossesDevices, "the folder is on the vault's own disk"));
        }
        Ok(())
    }

    fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("ringfence-{}.roots", self.id))
    }

    fn deliver(&self, place: &WitnessPlace, note: &str, now: Utc) -> io::Result<()> {
        let time = utc_text(now);
        let line = note_in_a_line(note);
        match place {
            WitnessPlace::Folder(folder) => self.append(Path::new(folder), &format!("{time} {line}\n")),
            WitnessPlace::SyslogTcp(server) => send_tcp(*server, &message(&time, &line)),
            WitnessPlace::SyslogUdp(server) => send_udp(*server, &message(&time, &line)),
            WitnessPlace::Mail { server, to } => {
                let language = self.settings.borrow().language.tag().parse().unwrap_or_default();
                root_mail::send(*server, to, &root_mail::message(note, self.id, to, now, language), PATIENCE)
            }
        }
    }

    /// A folder that is not there is not made: where a disk is not mounted, its folder would be filled on this one.
    fn append(&self, folder: &Path, line: &str) -> io::Result<()> {
        self.must_be_another_disk(folder)?;
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(self.file(folder))?;
        let torn = if ends_in_a_line(&mut file)? { "" } else { "\n" };
        file.write_all(format!("{torn}{line}").as_bytes())?;
        file.sync_all()
    }

    fn tell(&mut self, alarms: BTreeSet<Alarm>) {
        let now = self.timestamps.now();
        for alarm in alarms.difference(&self.raised) {
            self.journal.append(now, BoxEvent::AlarmRaised { alarm: alarm.clone() });
        }
        for alarm in self.raised.difference(&alarms) {
            self.journal.append(now, BoxEvent::AlarmCleared { alarm: alarm.clone() });
        }
        self.raised = alarms;
    }
}

/// Whether what a place was handed is so new that another one can wait.
fn is_soon(place: &WitnessPlace, ago: Duration) -> bool {
    matches!(place, WitnessPlace::Mail { .. }) && ago < MAIL_EACH
}

/// Whether two roots cover the same leaves: of a quiet box the next minute's says nothing new.
fn says_the_same(one: &str, other: &str) -> bool {
    let covered = |note: &str| note.lines().take(3).map(str::to_owned).collect::<Vec<_>>();
    covered(one) == covered(other)
}

/// Whether what is appended begins a line: a power cut may have torn the last one.
fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The end of a file, long enough for its last whole line. None where there is no file.
fn last_lines(path: &Path) -> io::Result<Option<String>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // A folder that is not there is another matter than one that holds nothing yet.
            fs::metadata(path.parent().unwrap_or(path))?;
            return Ok(None);
        }
        opened => opened?,
    };
    let octets = file.metadata()?.len();
    file.seek(SeekFrom::Start(octets.saturating_sub(3 * NOTE_OCTETS_MAX as u64)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(Some(String::from_utf8_lossy(&end).into_owned()))
}

/// A message of RFC 5424: no host name, as a box has none that its owner gave it. The mark before the text says that it is
/// UTF-8 (clause 6.4).
fn message(time: &str, line: &str) -> String {
    format!("<{PRIORITY}>1 {time} - ringfence - root - \u{feff}{line}")
}

/// By counted octets (RFC 6587, clause 3.4.1).
fn send_tcp(server: SocketAddr, message: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{} {message}", message.len()).as_bytes())?;
    stream.flush()
}

fn send_udp(server: SocketAddr, message: &str) -> io::Result<()> {
    let any: IpAddr = if server.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
    UdpSocket::bind((any, 0))?.send_to(message.as_bytes(), server).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader},
        net::TcpListener,
        sync::mpsc,
    };

    use super::*;
    use crate::{daemon::start_event_log, data_dir::DataDir};

    fn settings(places: &[&str]) -> Settings {
        let witness = |at: &&str| Witness { name: (*at).to_owned(), at: (*at).to_owned() };
        Settings { witnesses: places.iter().map(witness).collect(), ..Settings::default() }
    }

    fn doubt(said: &[(&str, bool)], named: &[&str]) -> Option<Doubt> {
        let place = |(at, fits): &(&str, bool)| (WitnessPlace::Folder((*at).into()), *fits);
        HeldTo::of(said.iter().map(place)).not_set_back(&settings(named)).err()
    }

    #[test]
    fn a_mailbox_gets_a_root_a_day_and_everybody_else_each() {
        let (mail, server): (WitnessPlace, WitnessPlace) =
            ("smtp://10.1.2.3:25/a@b".parse().unwrap(), "tcp://10.1.2.3:601".parse().unwrap());
        let minute = Duration::from_mins(1);
        assert!(is_soon(&mail, MAIL_EACH - minute) && !is_soon(&mail, MAIL_EACH));
        assert!(!is_soon(&server, minute));
    }

    /// A mail server that has no room for the first mail. Tells of each client whether its mail was taken.
    fn mail_server() -> (SocketAddr, Receiver<bool>) {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let (at, (tell, taken)) = (server.local_addr().unwrap(), mpsc::channel());
        std::thread::spawn(move || {
            for (client, stream) in server.incoming().map_while(Result::ok).enumerate() {
                let mut answers = stream.try_clone().unwrap();
                let mut answer = |text: &str| _ = answers.write_all(format!("{text}\r\n").as_bytes());
                answer("220 ready");
                let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
                let mut is_taken = false;
                while let Some(line) = lines.next() {
                    match &line[..4] {
                        "RCPT" if client == 0 => answer("452 4.2.2 the mailbox is full"),
                        "DATA" => {
                            answer("354 go on");
                            is_taken = lines.by_ref().any(|line| line == ".");
                            answer("250 2.0.0 taken");
                        }
                        "QUIT" => answer("221 bye"),
                        _ => answer("250 2.1.0 OK"),
                    }
                }
                let _ = tell.send(is_taken);
            }
        });
        (at, taken)
    }

    #[test]
    fn a_mail_that_was_refused_is_tried_again_with_the_next_root_and_one_that_was_taken_does_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(&folder.path().join("data"), true, "boot").unwrap();
        let (journal, thread) = start_event_log(&data).unwrap();
        let (at, taken) = mail_server();
        let settings = watch::Sender::new(Arc::new(settings(&[&format!("smtp://{at}/audit@hospital.example")])));
        let vault = (folder.path().to_owned(), VaultId([1; 16]));
        let mut witnesses = Witnesses::new(settings.subscribe(), vault, journal.clone(), Timestamps::of(&data));
        let mut takes = |entries: u64| {
            witnesses
                .take(&format!("ringfence/1\n{entries}\nhash{entries}\nboot 1\n\n\u{2014} ringfence/1 signature\n"));
            (witnesses.raised.len(), taken.recv_timeout(Duration::from_millis(500)).ok())
        };
        assert_eq!(takes(1), (1, Some(false)), "it is an alarm");
        assert_eq!(takes(2), (0, Some(true)), "and none any more");
        assert_eq!(takes(3), (0, None), "another one is not wanted today");
        journal.stop();
        thread.join().unwrap();
    }

    #[test]
    fn only_when_each_folder_was_asked_and_fits_the_vault_is_no_older_state() {
        assert_eq!(doubt(&[], &[]), Some(Doubt::NoFolder), "nobody outside can tell");
        assert_eq!(doubt(&[], &["udp://10.1.2.3:601"]), Some(Doubt::NoFolder), "a server can't be asked");
        assert_eq!(doubt(&[], &["smtp://10.1.2.3:25/a@b"]), Some(Doubt::NoFolder), "nor a mailbox");
        assert_eq!(doubt(&[("/mnt/a", true)], &[]), Some(Doubt::NoFolder), "another one's answer");
        assert_eq!(doubt(&[], &["/mnt/a", "tcp://10.1.2.3:601"]), Some(Doubt::NotAsked));
        assert_eq!(doubt(&[("/mnt/a", true)], &["/mnt/a", "udp://10.1.2.3:601"]), None);
        assert_eq!(doubt(&[("/mnt/a", true)], &["/mnt/a", "/mnt/b"]), Some(Doubt::NotAsked), "one that came later");
        assert_eq!(doubt(&[("/mnt/a", false)], &["/mnt/a"]), Some(Doubt::SetBack));
        assert_eq!(doubt(&[("/mnt/a", false)], &[]), Some(Doubt::SetBack), "taken out of the settings");
    }
}
