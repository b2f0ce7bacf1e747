//! Keeps the copies that the settings name: a thread for each, behind all other work, and one that watches over them.
//!
//! A copy's disk may be gone, full, or hang for ever; its thread waits then, and nobody waits for it. What is copied the copy
//! itself tells (`recorder::Copier`), so a thread that begins anew goes on where the copy is. [`Watch`] decides what is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, ErrorKind},
    os::{fd::AsRawFd as _, unix::fs::MetadataExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::Builder,
    time::Duration,
};

use frame::Time;
use os::Background;
use settings::{Settings, VaultCopy};
use tokio::sync::watch;
use vault::VaultId;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, CopyFault, JournalHandle},
    recorder::{Copier, CopyError, CopyStep, FileStore, Store},
};

/// What is copied in a second: a tenth of what an old disk writes, as the vault is read meanwhile.
const OCTETS_A_SECOND: u64 = 8 << 20;

/// How often it is looked whether there is more to copy.
const A_LOOK: Duration = Duration::from_secs(5);

/// How long a disk may take for one write before that is an alarm.
const SLOW: Duration = Duration::from_secs(60);

/// How often what a copy lacks is tried again.
const MENDS_AFTER: Duration = Duration::from_secs(60);

/// How often the threads are looked after.
const A_SECOND: Duration = Duration::from_secs(1);

/// How long a stop waits for what was just finished to be copied. The next start copies it, too.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

/// The running copies. Dropping the sender ends them.
pub(super) struct Copies {
    stop: Sender<()>,
    ended: Receiver<()>,
}

impl Copies {
    /// Starts what copies the vault in `vault` to where the settings say.
    ///
    /// # Errors
    /// When the process may not start another thread.
    pub(super) fn start(
        settings: watch::Receiver<Arc<Settings>>,
        (vault, id): (PathBuf, VaultId),
        journal: JournalHandle,
        timestamps: Timestamps,
    ) -> io::Result<Copies> {
        let (stop, stopped) = mpsc::channel();
        let (working, ended) = mpsc::channel::<()>();
        let mut copies = Watched { vault, id, threads: BTreeMap::new(), raised: BTreeSet::new() };
        Builder::new().name("copies".into()).spawn(move || {
            let _working = working;
            // Also a life of less than a second copies what it finished.
            let mut wait = Duration::ZERO;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let named = Arc::clone(&settings.borrow());
                copies.follow(&named.copies);
                let now = timestamps.now();
                copies.tell(now.time).into_iter().for_each(|event| journal.append(now, event));
                wait = A_SECOND;
            }
            copies.end();
        })?;
        Ok(Copies { stop, ended })
    }

    /// Lets what was finished last be copied, but does not wait for ever. To be called once the log has its last root.
    pub(super) fn stop(self) {
        drop(self.stop);
        if self.ended.recv_timeout(2 * STOPS_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a copy may lack what was finished last: the next start goes on");
        }
    }
}

/// All copies, and what was told of them.
struct Watched {
    vault: PathBuf,
    id: VaultId,
    /// By name and place.
    threads: BTreeMap<(String, String), Working>,
    raised: BTreeSet<Alarm>,
}

impl Watched {
    /// Starts what the settings name, and ends what they name no more.
    fn follow(&mut self, named: &[VaultCopy]) {
        self.threads.retain(|(name, at), working| {
            let is_named = named.iter().any(|copy| (&copy.name, &copy.at) == (name, at));
            if !is_named {
                working.pulse.is_over.store(true, Ordering::Relaxed);
            }
            is_named
        });
        for VaultCopy { name, at } in named {
            let key = (name.clone(), at.clone());
            if self.threads.contains_key(&key) {
                continue;
            }
            let place = Place { folder: at.into(), vault: self.vault.clone(), id: self.id };
            match Working::start(place) {
                Ok(working) => _ = self.threads.insert(key, working),
                Err(error) => tracing::error!(%name, %error, "the thread of a copy can't be started"),
            }
        }
    }

    /// What has become wrong or right.
    fn tell(&mut self, now: Time) -> Vec<BoxEvent> {
        let wrong = self.threads.iter_mut().filter_map(|((name, _), working)| {
            Some(Alarm::CopyBehind { copy: name.clone(), fault: working.watch.fault(&working.pulse, now)? })
        });
        let alarms: BTreeSet<Alarm> = wrong.collect();
        let raised = alarms.difference(&self.raised).map(|alarm| BoxEvent::AlarmRaised { alarm: alarm.clone() });
        let cleared = self.raised.difference(&alarms).map(|alarm| BoxEvent::AlarmCleared { alarm: alarm.clone() });
        let events = raised.chain(cleared).collect();
        self.raised = alarms;
        events
    }

    fn end(self) {
        let ended: Vec<Receiver<()>> = self.threads.into_values().map(|working| working.ended).collect();
        // A thread whose disk hangs has nothing that the next start would not find.
        ended.iter().for_each(|ended| _ = ended.recv_timeout(STOPS_WITHIN));
    }
}

/// What a thread and who watches over it both see.
#[derive(Debug, Default)]
struct Pulse {
    /// Goes up with each thing that the copy's disk was asked for and has done.
    beats: AtomicU64,
    /// It is asked for something.
    is_busy: AtomicBool,
    /// The settings name it no more.
    is_over: AtomicBool,
    /// How the last round ended.
    fault: Mutex<Option<CopyFault>>,
}

/// Sees whether a thread goes on.
#[derive(Debug, Default)]
struct Watch {
    /// What it was at last, and since when.
    seen: Option<(u64, Time)>,
}

impl Watch {
    fn fault(&mut self, pulse: &Pulse, now: Time) -> Option<CopyFault> {
        let beats = pulse.beats.load(Ordering::Relaxed);
        let since = self.seen.filter(|(seen, _)| *seen == beats).map_or(now, |(_, since)| since);
        self.seen = Some((beats, since));
        if !pulse.is_busy.load(Ordering::Relaxed) {
            self.seen = None;
        } else if now.since(since) >= SLOW {
            return Some(CopyFault::Slow);
        }
        *pulse.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread of a copy. Dropping this lets it do one more round and end.
struct Working {
    pulse: Arc<Pulse>,
    watch: Watch,
    ended: Receiver<()>,
    _stop: Sender<()>,
}

impl Working {
    fn start(place: Place) -> io::Result<Working> {
        let pulse = Arc::new(Pulse::default());
        let (stop, stopped) = mpsc::channel();
        let (working, ended) = mpsc::channel::<()>();
        let of_thread = Arc::clone(&pulse);
        Builder::new().name("copy".into()).spawn(move || {
            let _working = working;
            Background::request();
            Rounds { place, pulse: of_thread, stopped, copier: Copier::default(), lacks: 0 }.run();
        })?;
        Ok(Working { pulse, watch: Watch::default(), ended, _stop: stop })
    }
}

/// What a thread of a copy does.
struct Rounds {
    place: Place,
    pulse: Arc<Pulse>,
    stopped: Receiver<()>,
    copier: Copier,
    /// Recordings that the copy lacks, as of the last time that they were tried.
    lacks: u64,
}

impl Rounds {
    fn run(mut self) {
        let mut until_mended = Duration::ZERO;
        loop {
            let done = self.round(until_mended.is_zero());
            until_mended = if until_mended.is_zero() { MENDS_AFTER } else { until_mended.saturating_sub(A_LOOK) };
            let fault = done.as_ref().err().map(fault_of).or((self.lacks > 0).then_some(CopyFault::Lacks));
            if let Err(error) = &done {
                tracing::warn!(folder = %self.place.folder.display(), %error, "a copy does not go on");
                // What happens meanwhile nobody sees.
                self.copier = Copier::default();
                until_mended = Duration::ZERO;
            }
            *self.pulse.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
            if !self.waits(A_LOOK) {
                break;
            }
        }
        if let Err(error) = self.round(false) {
            tracing::warn!(folder = %self.place.folder.display(), %error, "a copy lacks what was finished last");
        }
    }

    /// Copies until the copy has all.
    fn round(&mut self, mends: bool) -> Result<(), CopyError> {
        while !self.pulse.is_over.load(Ordering::Relaxed) {
            let CopyStep { octets, is_level } = self.at_the_disk(Copier::step)?;
            if is_level {
                if mends {
                    self.lacks = self.at_the_disk(|copier, vault, copy| copier.mend(vault, copy))?;
                }
                break;
            }
            self.waits(Duration::from_micros(octets * 1_000_000 / OCTETS_A_SECOND));
        }
        Ok(())
    }

    fn at_the_disk<T>(
        &mut self,
        act: impl FnOnce(&mut Copier, &dyn Store, &mut dyn Store) -> Result<T, CopyError>,
    ) -> Result<T, CopyError> {
        self.pulse.is_busy.store(true, Ordering::Relaxed);
        let vault = FileStore::new(&self.place.vault);
        let opened = self.place.open().map_err(CopyError::Target);
        let done = opened.and_then(|(_folder, store)| {
            act(&mut self.copier, &vault, &mut Beating { store, pulse: Arc::clone(&self.pulse) })
        });
        self.pulse.is_busy.store(false, Ordering::Relaxed);
        done
    }

    /// Waits, but no longer than this life; whether it goes on.
    fn waits(&self, wait: Duration) -> bool {
        self.stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout)
    }
}

/// Where a copy is, and what of.
struct Place {
    folder: PathBuf,
    vault: PathBuf,
    id: VaultId,
}

impl Place {
    /// Opens the folder, which has to be there, and the files of the copy in it. They are reached through the open folder:
    /// where its disk is taken away meanwhile, nothing is written into the empty place.
    fn open(&self) -> io::Result<(File, FileStore)> {
        let folder = File::open(&self.folder)?;
        if !folder.metadata()?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let disk = folder.metadata()?.dev();
        // Where a disk is not mounted, its folder is an empty one of the system's.
        for own in [self.vault.as_path(), Path::new("/")] {
            if fs::metadata(own)?.dev() == disk {
                return Err(io::Error::new(
                    ErrorKind::CrossesDevices,
                    "the folder is on the vault's or the system's disk",
                ));
            }
        }
        let within = format!("/proc/self/fd/{}/ringfence-{}", folder.as_raw_fd(), self.id);
        Ok((folder, FileStore::that_reads_the_disk(Path::new(&within))))
    }
}

fn fault_of(error: &CopyError) -> CopyFault {
    match error {
        CopyError::Vault(_) => CopyFault::Lacks,
        CopyError::Differs => CopyFault::Differs,
        CopyError::Target(_) if error.is_full() => CopyFault::Full,
        CopyError::Target(error) if error.kind() == ErrorKind::NotFound => CopyFault::Gone,
        CopyError::Target(error) if error.kind() == ErrorKind::CrossesDevices => CopyFault::NotApart,
        CopyError::Target(_) | CopyError::NotReadBack(_) => CopyFault::Failed,
    }
}

/// The copy's files; each thing that their disk has done is a beat.
struct Beating {
    store: FileStore,
    pulse: Arc<Pulse>,
}

impl Beating {
    fn beat<T>(&self, done: T) -> T {
        self.pulse.beats.fetch_add(1, Ordering::Relaxed);
        done
    }
}

impl Store for Beating {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.beat(self.store.octets(name))
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.beat(self.store.read_at(name, offset, into))
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        let done = self.store.write_at(name, offset, octets);
        self.beat(done)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let done = self.store.sync(name);
        self.beat(done)
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        let done = self.store.truncate(name, octets);
        self.beat(done)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let done = self.store.rename(from, to);
        self.beat(done)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let done = self.store.remove(name);
        self.beat(done)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.beat(self.store.list(dir))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_does_nothing_for_a_minute_is_slow_until_it_does_something() {
        let (mut watch, pulse) = (Watch::default(), Pulse::default());
        let mut at = |second: u64| watch.fault(&pulse, Time::from_ms(second * 1000));
        assert_eq!(at(0), None);
        pulse.is_busy.store(true, Ordering::Relaxed);
        assert_eq!((at(100), at(159), at(160)), (None, None, Some(CopyFault::Slow)));
        pulse.beats.fetch_add(1, Ordering::Relaxed);
        assert_eq!((at(161), at(220), at(221)), (None, None, Some(CopyFault::Slow)));
        pulse.is_busy.store(false, Ordering::Relaxed);
        *pulse.fault.lock().unwrap() = Some(CopyFault::Full);
        assert_eq!(at(300), Some(CopyFault::Full));
    }
}
