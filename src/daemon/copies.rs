//! Keeps the copies that the settings name: a thread for each, behind all other work, and one that watches over them.
//!
//! What a copy has destroyed of what was erased, the log is told, and only then it is pending no more. Behind recordings and leaves goes what
//! the event log has had signed since, and each version of the settings.
//!
//! A copy's disk may be gone, full, or hang for ever; its thread waits then, and nobody waits for it. What is copied the copy
//! itself tells (`recorder::Copier`), so a thread that begins anew goes on where the copy is. [`Watch`] decides what is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, ErrorKind},
    ops::Range,
    os::{
        fd::AsRawFd as _,
        unix::fs::{DirBuilderExt as _, MetadataExt as _},
    },
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::Builder,
    time::Duration,
};

use frame::{EventNo, Stamp, Time, Utc};
use os::Background;
use settings::{CopyPlace, Settings, VaultCopy};
use tokio::sync::watch;
use vault::VaultId;

use super::{Timestamps, copy_books::BoxBooks, copy_bucket::CopyBucket, copy_holds::CopyHolds, pending_at_copies};
use crate::{
    data_dir::{DataDir, index_of},
    journal::{Alarm, BoxEvent, CopyFault, JournalHandle},
    recorder::{
        Books as _, ChapterKeys, Copier, CopyError, CopyId, CopyStep, FileStore, Home, KnownCopy, LeaseLook,
        LeaseTerms, Leased, OsRandom, Pending, SealFor, Store, copy_tables, settle_leased, settle_pending,
    },
    s3::{StoreSays, key_file, store_says},
};

/// What is copied in a second: a tenth of what an old disk writes, as the vault is read meanwhile.
const OCTETS_A_SECOND: u64 = 8 << 20;

/// How often it is looked whether there is more to copy.
const A_LOOK: Duration = Duration::from_secs(5);

/// How long it is waited for what the vault is just writing.
const A_MOMENT: Duration = Duration::from_millis(100);

/// How long a disk may take for one write before that is an alarm.
const SLOW: Duration = Duration::from_secs(60);

/// How often what a copy lacks is tried again.
const MENDS_AFTER: Duration = Duration::from_secs(60);

/// How often it is looked which leases are to be renewed, and which have run out.
const LEASES_AFTER: Duration = Duration::from_hours(24);

/// How often the threads are looked after.
const A_SECOND: Duration = Duration::from_secs(1);

/// How long a stop waits for what was just finished to be copied. The next start copies it, too.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

/// The running copies. Dropping the sender ends them.
pub(super) struct Copies {
    stop: Sender<()>,
    _lists: Sender<()>,
    ended: Receiver<()>,
}

impl Copies {
    /// Starts what copies the vault in `vault` to where the settings say.
    ///
    /// # Errors
    /// When the process may not start another thread.
    pub(super) fn start(
        settings: watch::Receiver<Arc<Settings>>,
        of_box: OfBox,
        journal: JournalHandle,
        timestamps: Timestamps,
    ) -> io::Result<Copies> {
        let (stop, stopped) = mpsc::channel();
        let (working, ended) = mpsc::channel::<()>();
        let told = Told { journal: journal.clone(), timestamps };
        let (lists, lists_end) = mpsc::channel();
        let known = pending_at_copies::follow(of_box.vault.clone(), lists_end)?;
        let mut copies = Watched {
            of_box,
            told,
            known,
            threads: BTreeMap::new(),
            raised: BTreeSet::new(),
            claims: Claims::default(),
        };
        Builder::new().name("copies".into()).spawn(move || {
            let _working = working;
            // Also a life of less than a second copies what it finished.
            let mut wait = Duration::ZERO;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let named = Arc::clone(&settings.borrow());
                copies.follow(&named.copies);
                let now = timestamps.now();
                copies.tell(now).into_iter().for_each(|event| journal.append(now, event));
                wait = A_SECOND;
            }
            copies.end();
        })?;
        Ok(Copies { stop, _lists: lists, ended })
    }

    /// Lets what was finished last be copied, but does not wait for ever. To be called once the log has its last root.
    pub(super) fn stop(self) {
        drop(self.stop);
        if self.ended.recv_timeout(2 * STOPS_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a copy may lack what was finished last: the next start goes on");
        }
    }
}

/// The box that is copied.
#[derive(Clone)]
pub(super) struct OfBox {
    /// Where the keys of stores are.
    data: PathBuf,
    vault: PathBuf,
    id: VaultId,
    events: PathBuf,
    settings: PathBuf,
    keys: ChapterKeys,
}

impl OfBox {
    /// What `data` holds. Keys change while the box is stopped, so what it seals for stays.
    pub(super) fn new(data: &DataDir, home: &Home, seal_for: &SealFor) -> OfBox {
        OfBox {
            data: data.path().to_owned(),
            vault: data.vault(),
            id: home.vault(),
            events: data.events(),
            settings: data.settings(),
            keys: ChapterKeys::new(home, seal_for),
        }
    }
}

/// All copies, and what was told of them.
struct Watched {
    of_box: OfBox,
    told: Told,
    /// What is pending at copies, also at those that are not named any more.
    known: watch::Receiver<Vec<KnownCopy>>,
    threads: BTreeMap<VaultCopy, Working>,
    raised: BTreeSet<Alarm>,
    claims: Claims,
}

impl Watched {
    /// Starts what the settings name, and ends what they name no more.
    fn follow(&mut self, named: &[VaultCopy]) {
        self.threads.retain(|copy, working| {
            let is_named = named.contains(copy);
            if !is_named {
                working.pulse.is_over.store(true, Ordering::Relaxed);
            }
            is_named
        });
        for copy in named {
            if self.threads.contains_key(copy) {
                continue;
            }
            let pulse = Arc::new(Pulse::default());
            let place =
                Place { at: copy.at.clone(), vault: self.of_box.vault.clone(), reach: self.reach(copy, &pulse) };
            match Working::start(&copy.name, (place, &self.of_box), pulse, self.told.clone(), self.claims.clone()) {
                Ok(working) => _ = self.threads.insert(copy.clone(), working),
                Err(error) => tracing::error!(copy = copy.name, %error, "the thread of a copy can't be started"),
            }
        }
    }

    fn reach(&self, copy: &VaultCopy, pulse: &Pulse) -> Reach {
        match copy.place() {
            Ok(CopyPlace::Bucket(place)) => {
                let OfBox { data, id, .. } = &self.of_box;
                let (key, prefix) = (key_file(data, &copy.name), format!("ringfence-{id}/"));
                Reach::Bucket(Box::new(CopyBucket::new(copy.clone(), place, key, prefix, Arc::clone(&pulse.beats))))
            }
            // A place that is none is not there.
            Ok(CopyPlace::Folder(_)) | Err(_) => {
                Reach::Folder(Folder { path: copy.at.clone().into(), id: self.of_box.id })
            }
        }
    }

    /// What has become wrong or right.
    fn tell(&mut self, now: Stamp) -> Vec<BoxEvent> {
        let wrong = self.threads.iter_mut().filter_map(|(copy, working)| {
            Some(Alarm::CopyBehind { copy: copy.name.clone(), fault: working.watch.fault(&working.pulse, now.time)? })
        });
        let mut alarms: BTreeSet<Alarm> = wrong.collect();
        alarms.extend(pending_at_copies::alarms(&self.known.borrow(), now));
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
    /// Goes up with each thing that the copy's disk was asked for and has done, or that came from its store.
    beats: Arc<AtomicU64>,
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
    fn start(
        name: &str,
        (place, of_box): (Place, &OfBox),
        pulse: Arc<Pulse>,
        told: Told,
        claims: Claims,
    ) -> io::Result<Working> {
        let (stop, stopped) = mpsc::channel();
        let (working, ended) = mpsc::channel::<()>();
        let of_thread = Arc::clone(&pulse);
        let about = format!("{name}\n{}\n", place.at);
        let rounds = Rounds {
            copier: copier(&about),
            about,
            place,
            pulse: of_thread,
            told,
            stopped,
            untold: Vec::new(),
            lacks: 0,
            leases: LeaseLook::default(),
            index: index_of(&of_box.data),
            books: BoxBooks::new(&of_box.events, of_box.settings.clone(), &of_box.vault),
            keys: of_box.keys.clone(),
            written: None,
            claims,
        };
        Builder::new().name("copy".into()).spawn(move || {
            let _working = working;
            Background::request();
            rounds.run();
        })?;
        Ok(Working { pulse, watch: Watch::default(), ended, _stop: stop })
    }
}

fn copier(about: &str) -> Copier {
    Copier::new(about.to_owned(), Box::new(|| Box::new(OsRandom)))
}

/// Tells the log.
#[derive(Clone)]
struct Told {
    journal: JournalHandle,
    timestamps: Timestamps,
}

impl Told {
    /// That a copy has destroyed what was erased; whether the log has it durably.
    fn destroyed(&self, copy: &str, pending: &Pending) -> bool {
        let event = BoxEvent::CopyErased {
            call: pending.call,
            recording: pending.grave.recording,
            range: pending.grave.range,
            copy: copy.to_owned(),
            tables: pending.tables.to_string(),
            ciphertext_until_us: pending.ciphertext_until.map(Utc::as_us),
        };
        self.durably(event)
    }

    /// That nothing is left at a copy of what was erased; whether the log has it durably. Where nobody knows of which call it was, there
    /// is no story that this belongs to.
    fn freed(&self, copy: &str, leased: &Leased) -> bool {
        let (recording, tables) = (leased.recording, leased.tables.to_string());
        let Some(call) = leased.call else { return true };
        self.durably(BoxEvent::CopyFreed { call, recording, copy: copy.to_owned(), tables })
    }

    fn durably(&self, event: BoxEvent) -> bool {
        let durable = self.journal.append_durable(self.timestamps.now(), event).blocking_recv();
        matches!(durable, Ok(Ok(_)))
    }
}

/// What a thread of a copy does.
struct Rounds {
    /// What the vault notes of the copy: its name, and where it is.
    about: String,
    place: Place,
    pulse: Arc<Pulse>,
    told: Told,
    stopped: Receiver<()>,
    copier: Copier,
    /// What the copy has destroyed, and the log has not got yet.
    untold: Vec<Pending>,
    /// Recordings that the copy lacks, as of the last time that they were tried.
    lacks: u64,
    /// How far the look at its leases is.
    leases: LeaseLook,
    /// Where holds are read.
    index: PathBuf,
    /// The event log and the settings, and what they are sealed for.
    books: BoxBooks,
    keys: ChapterKeys,
    /// Up to where the copy has them.
    written: Option<(EventNo, Option<u64>)>,
    claims: Claims,
}

impl Drop for Rounds {
    fn drop(&mut self) {
        self.claims.give_up(&self.place.at);
        if let Reach::Bucket(bucket) = &mut self.place.reach {
            bucket.release();
        }
    }
}

/// Which folder or bucket has which key tables, in this life: a second one with the same is a clone. What one of the two destroys
/// would be told as destroyed at both.
#[derive(Clone, Debug, Default)]
struct Claims(Arc<Mutex<BTreeMap<CopyId, String>>>);

impl Claims {
    /// Whether these key tables are this place's.
    fn claim(&self, tables: CopyId, at: &str) -> bool {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims.entry(tables).or_insert_with(|| at.to_owned()) == at
    }

    /// Nothing is this place's any more.
    fn give_up(&self, at: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, claimed| claimed != at);
    }
}

impl Rounds {
    fn run(mut self) {
        let (mut until_mended, mut until_looked) = (Duration::ZERO, Duration::ZERO);
        loop {
            if until_looked.is_zero() && self.leases.is_over() {
                self.leases = LeaseLook::begin(self.place.reach.has_leases());
                until_looked = LEASES_AFTER;
            }
            until_looked = until_looked.saturating_sub(A_LOOK);
            let done = self.round(until_mended.is_zero());
            let done = done.and_then(|()| self.look_after_leases()).and_then(|()| self.write_chapters());
            until_mended = if until_mended.is_zero() { MENDS_AFTER } else { until_mended.saturating_sub(A_LOOK) };
            let is_bucket = matches!(self.place.reach, Reach::Bucket(_));
            let fault = done
                .as_ref()
                .err()
                .and_then(|error| fault_of(error, is_bucket))
                .or((self.lacks > 0).then_some(CopyFault::Lacks));
            if let Err(error) = &done {
                tracing::warn!(at = self.place.at, %error, "a copy does not go on");
                // What happens meanwhile nobody sees.
                self.copier = copier(&self.about);
                self.untold.clear();
                self.written = None;
                until_mended = Duration::ZERO;
            }
            *self.pulse.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
            if !self.waits(A_LOOK) {
                break;
            }
        }
        if let Err(error) = self.round(false).and_then(|()| self.write_chapters()) {
            tracing::warn!(at = self.place.at, %error, "a copy lacks what was finished last");
        }
    }

    /// Copies until the copy has all.
    fn round(&mut self, mends: bool) -> Result<(), CopyError> {
        while !self.pulse.is_over.load(Ordering::Relaxed) {
            let CopyStep { octets, is_level, rests, destroyed } =
                self.at_the_disk(|copier, _, vault, copy| copier.step(vault, copy))?;
            self.untold.extend(destroyed);
            self.settle()?;
            if rests {
                self.waits(A_MOMENT);
            }
            if is_level {
                if mends {
                    self.lacks = self.at_the_disk(|copier, _, vault, copy| copier.mend(vault, copy))?;
                }
                break;
            }
            self.waits(Duration::from_micros(octets * 1_000_000 / OCTETS_A_SECOND));
        }
        Ok(())
    }

    /// Goes on with event log and settings, but not for long: what is finished meanwhile goes first. Whatever is wrong with the log keeps
    /// nothing else from being copied.
    fn write_chapters(&mut self) -> Result<(), CopyError> {
        let newest = (self.books.durable_no()?, self.books.versions()?.pop_last());
        let mut written = 0;
        while self.written != Some(newest) && written < OCTETS_A_SECOND && !self.pulse.is_over.load(Ordering::Relaxed) {
            let CopyStep { octets, is_level, .. } = self.write_chapter()?;
            written += octets;
            if is_level {
                self.written = Some(newest);
            }
            self.waits(Duration::from_micros(octets * 1_000_000 / OCTETS_A_SECOND));
        }
        Ok(())
    }

    fn write_chapter(&mut self) -> Result<CopyStep, CopyError> {
        let keys = self.keys.clone();
        self.at_the_disk(|copier, books, vault, copy| copier.write_chapters(vault, copy, (books, &keys)))
    }

    /// Renews some leases, and deletes some of what was under one.
    fn look_after_leases(&mut self) -> Result<(), CopyError> {
        if self.leases.is_over() || self.pulse.is_over.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (mut look, now) = (std::mem::take(&mut self.leases), self.told.timestamps.now().utc);
        let holds = CopyHolds::read(&self.index);
        if let Err(error) = &holds {
            tracing::warn!(%error, "which recordings are held can't be read");
        }
        let is_held = |recording| holds.as_ref().ok()?.cover(recording);
        let terms = LeaseTerms { now, is_held: &is_held };
        let freed =
            self.at_the_disk(|copier, _, vault, copy| copier.look_after_leases(vault, copy, (&mut look, &terms)));
        self.leases = look;
        let copy = self.about.lines().next().unwrap_or_default();
        let mut vault = FileStore::new(&self.place.vault);
        for leased in freed? {
            // What the log could not be told stays noted, and is told after the next look.
            if self.told.freed(copy, &leased) {
                settle_leased(&mut vault, &leased).map_err(|error| CopyError::Vault(error.into()))?;
            }
        }
        Ok(())
    }

    /// Takes off the list of what is pending what the copy has destroyed, once the log has that. A log that can't be told, as
    /// at the end of a life, keeps nothing else from being copied: the list outlives it, and the next life does it again.
    fn settle(&mut self) -> Result<(), CopyError> {
        let copy = self.about.lines().next().unwrap_or_default();
        let mut vault = FileStore::new(&self.place.vault);
        while let Some(pending) = self.untold.last() {
            if !self.told.destroyed(copy, pending) {
                tracing::warn!(of = %pending.grave, copy, "a copy has destroyed it, and the log can't be told");
                break;
            }
            settle_pending(&mut vault, pending).map_err(|error| CopyError::Vault(error.into()))?;
            self.copier.settled(pending.grave);
            self.untold.pop();
        }
        Ok(())
    }

    fn at_the_disk<T>(
        &mut self,
        act: impl FnOnce(&mut Copier, &mut BoxBooks, &mut dyn Store, &mut dyn Store) -> Result<T, CopyError>,
    ) -> Result<T, CopyError> {
        self.pulse.is_busy.store(true, Ordering::Relaxed);
        let mut vault = FileStore::new(&self.place.vault);
        let Place { at, vault: own, reach } = &mut self.place;
        let pulse = Arc::clone(&self.pulse);
        let act = |store: &mut dyn Store| {
            if let Some(tables) = copy_tables(store)?
                && !self.claims.claim(tables, at)
            {
                return Err(CopyError::Twice);
            }
            act(&mut self.copier, &mut self.books, &mut vault, &mut Beating { store, pulse })
        };
        let done = match reach {
            Reach::Folder(folder) => {
                folder.open(own).map_err(CopyError::Target).and_then(|(_open, mut store)| act(&mut store))
            }
            Reach::Bucket(bucket) => {
                let done = bucket.store().map_err(CopyError::Target).and_then(|store| act(store));
                if done.is_err() {
                    bucket.begin_anew();
                }
                done
            }
        };
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
    /// As the settings have it.
    at: String,
    vault: PathBuf,
    reach: Reach,
}

/// How a copy is reached.
enum Reach {
    Folder(Folder),
    Bucket(Box<CopyBucket>),
}

impl Reach {
    /// Whether recordings get leases there.
    fn has_leases(&self) -> bool {
        matches!(self, Reach::Bucket(bucket) if bucket.has_leases())
    }
}

/// A folder that copies are in.
struct Folder {
    path: PathBuf,
    id: VaultId,
}

impl Folder {
    /// Opens the folder, which has to be there, and the files of the copy in it, for one at a time: two that write to the
    /// same key tables would each undo the other's erasing. The files are reached through the open folder: where its disk
    /// is taken away meanwhile, nothing is written into the empty place.
    fn open(&self, vault: &Path) -> io::Result<([File; 2], FileStore)> {
        let folder = File::open(&self.path)?;
        if !folder.metadata()?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let disk = folder.metadata()?.dev();
        // Where a disk is not mounted, its folder is an empty one of the system's.
        for own in [vault, Path::new("/")] {
            if fs::metadata(own)?.dev() == disk {
                return Err(io::Error::new(
                    ErrorKind::CrossesDevices,
                    "the folder is on the vault's or the system's disk",
                ));
            }
        }
        let within = format!("/proc/self/fd/{}/ringfence-{}", folder.as_raw_fd(), self.id);
        match DirBuilder::new().mode(0o700).create(&within) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let locked = File::open(&within)?;
        match locked.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(([folder, locked], FileStore::that_reads_the_disk(Path::new(&within))))
    }
}

/// What is told of an error; nothing where the next rounds will know whether it is one.
fn fault_of(error: &CopyError, is_bucket: bool) -> Option<CopyFault> {
    if let CopyError::Target(error) = error
        && is_bucket
    {
        match store_says(error) {
            Some(StoreSays::Skewed) => return Some(CopyFault::Skewed),
            Some(StoreSays::Elsewhere) => return Some(CopyFault::Elsewhere),
            None => {}
        }
        match error.kind() {
            // Another one may be writing there, or died within the last minute.
            ErrorKind::ResourceBusy => return None,
            ErrorKind::NotConnected => return Some(CopyFault::Unreached),
            ErrorKind::PermissionDenied => return Some(CopyFault::Denied),
            ErrorKind::Unsupported => return Some(CopyFault::Unfit),
            ErrorKind::TimedOut => return Some(CopyFault::Slow),
            ErrorKind::WouldBlock => return Some(CopyFault::Taken),
            ErrorKind::NotFound => return Some(CopyFault::Failed),
            _ => {}
        }
    }
    Some(match error {
        CopyError::Vault(_) => CopyFault::Lacks,
        CopyError::Differs => CopyFault::Differs,
        CopyError::Twice => CopyFault::Twice,
        CopyError::Target(_) if error.is_full() => CopyFault::Full,
        CopyError::Target(error) if error.kind() == ErrorKind::NotFound => CopyFault::Gone,
        CopyError::Target(error) if error.kind() == ErrorKind::CrossesDevices => CopyFault::NotApart,
        CopyError::Target(_) | CopyError::NotReadBack(_) => CopyFault::Failed,
    })
}

/// The copy's files; each thing that their disk has done is a beat.
struct Beating<'a> {
    store: &'a mut dyn Store,
    pulse: Arc<Pulse>,
}

impl Beating<'_> {
    fn beat<T>(&self, done: T) -> T {
        self.pulse.beats.fetch_add(1, Ordering::Relaxed);
        done
    }
}

impl Store for Beating<'_> {
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

    fn lacks(&self, name: &str, octets: u64) -> io::Result<Vec<Range<u64>>> {
        self.beat(self.store.lacks(name, octets))
    }

    fn forget_earlier(&mut self, dir: &str) -> io::Result<()> {
        let done = self.store.forget_earlier(dir);
        self.beat(done)
    }

    fn leased_until(&self, name: &str) -> io::Result<Option<Utc>> {
        self.beat(self.store.leased_until(name))
    }

    fn renew_lease(&mut self, name: &str) -> io::Result<Option<Utc>> {
        let done = self.store.renew_lease(name);
        self.beat(done)
    }

    fn set_hold(&mut self, name: &str, is_held: bool) -> io::Result<()> {
        let done = self.store.set_hold(name, is_held);
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
    use std::slice;

    use super::*;
    use crate::recorder::{Bucket, BucketStore, FilesBucket, Listed, MemoryStore};

    /// A bucket that counts what it is asked to forget.
    struct Forgetting(FilesBucket<MemoryStore>, Arc<AtomicU64>);

    impl Bucket for Forgetting {
        fn octets(&self, key: &str) -> io::Result<Option<u64>> {
            self.0.octets(key)
        }
        fn read_at(&self, key: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
            self.0.read_at(key, offset, into)
        }
        fn put(&mut self, key: &str, octets: &[u8]) -> io::Result<()> {
            self.0.put(key, octets)
        }
        fn remove(&mut self, key: &str) -> io::Result<()> {
            self.0.remove(key)
        }
        fn forget_earlier(&mut self, _prefix: &str) -> io::Result<()> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        fn leased_until(&self, _key: &str) -> io::Result<Option<Utc>> {
            Ok(Some(Utc::from_us(7)))
        }
        fn renew_lease(&mut self, _key: &str) -> io::Result<Option<Utc>> {
            Ok(Some(Utc::from_us(8)))
        }
        fn set_hold(&mut self, _key: &str, _is_held: bool) -> io::Result<()> {
            Err(ErrorKind::Unsupported.into())
        }
        fn list(&self, prefix: &str, after: Option<&str>, most: usize) -> io::Result<Vec<Listed>> {
            self.0.list(prefix, after, most)
        }
    }

    /// What a store has an answer of its own for, and most have not, is not answered in its place.
    #[test]
    fn who_counts_beats_asks_the_store_itself() {
        let (forgotten, pulse) = (Arc::new(AtomicU64::new(0)), Arc::new(Pulse::default()));
        let mut bucket = Forgetting(FilesBucket(MemoryStore::new()), Arc::clone(&forgotten));
        bucket.put("leaves/records/000000000000", &[1; 100]).unwrap();
        bucket.put("leaves/records/000000000001", &[1; 100]).unwrap();
        let mut store = Beating { store: &mut BucketStore::new(bucket), pulse: Arc::clone(&pulse) };
        let lacks = store.lacks("leaves/records", (64 << 10) + 100).unwrap();
        assert_eq!(lacks, slice::from_ref(&(100..64 << 10)), "within the file");
        store.forget_earlier("keys-a").unwrap();
        let leases = (store.leased_until("objects/1").unwrap(), store.renew_lease("objects/1").unwrap());
        assert_eq!(leases, (Some(Utc::from_us(7)), Some(Utc::from_us(8))));
        assert!(store.set_hold("objects/1", true).is_err());
        assert_eq!((forgotten.load(Ordering::Relaxed), pulse.beats.load(Ordering::Relaxed)), (1, 5));
    }

    #[test]
    fn of_two_folders_with_the_same_key_tables_the_second_is_refused_until_the_first_is_given_up() {
        let (claims, tables) = (Claims::default(), CopyId([7; 8]));
        let (old, new) = ("/mnt/old", "/mnt/new");
        assert!(claims.claim(tables, old) && claims.claim(CopyId([8; 8]), new));
        assert!(!claims.claim(tables, new));
        assert!(claims.claim(tables, old), "it is not taken away");
        claims.give_up(old);
        assert!(claims.claim(tables, new) && !claims.claim(tables, old));
    }

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
