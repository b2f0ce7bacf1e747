//! The flusher: makes batches durable, then copies finished recordings into objects of their own.
//!
//! It alone touches the disk. Its shell gives it batches, each until it is taken, and steps of copying in between.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io, mem,
};

use frame::{RecordingId, Stamp, Tick};
use vault::{KeyNo, LiveRecording, ObjectHead, ObjectTrailer, Random, Suite, VaultId};

use super::{
    DiskFault, OpenRecording, RecorderEvent, RecorderSettings,
    batch::{Group, SealedBatch},
    erasing::{self, Failed},
    key_table::KeyTables,
    names::{erasing_name, object_name, staged_name, unlogged_name},
    orders::Orders,
    recovery::{CutEnds, Recovered, recover},
    reserve,
    ring::{Extent, Ring},
    run::Run,
    store::Store,
    stored::Stored,
};

/// Octets that one step copies: some 20 ms of a slow disk, so that a batch never waits long behind it.
const COPY_OCTETS: usize = 256 << 10;

/// How often [`RecorderEvent::Stable`] is told, in ticks: once a second.
const STABLE_TICKS: u64 = 100;

/// How long a recording rests that the disk refused to copy, in ticks: 10 s.
const REST_TICKS: u64 = 1000;

/// Writes what is sealed.
pub struct Flusher {
    store: Box<dyn Store>,
    vault: VaultId,
    ring: Ring,
    keys: KeyTables,
    recordings: BTreeMap<RecordingId, Stored>,
    /// Those of them that have ended.
    ended: BTreeSet<RecordingId>,
    /// What a step copies.
    run: Run,
    /// What is to be erased and buried.
    orders: Orders,
    /// Finished recordings that the disk refused to copy, and until when they rest.
    resting: BTreeMap<RecordingId, Tick>,
    /// Whether the last flush failed, a step of copying, and a burial.
    failing: Failing,
    /// Whether the last step failed.
    is_stuck: bool,
    /// Why the disk just took no tombstone, or kept an object that has one.
    refused_grave: Option<DiskFault>,
    durable_to: Tick,
    next_stable: Tick,
    events: VecDeque<RecorderEvent>,
}

/// What fails. A full disk may still take batches, whose segments are there already, and no object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Failing {
    flush: bool,
    copy: bool,
    grave: bool,
}

/// What a sealer goes on with after a restart.
#[derive(Clone, Debug)]
pub struct Resume {
    /// The first unused key number.
    pub next_key: KeyNo,
    /// Recordings that wait for another part or for their end.
    pub open: Vec<OpenRecording>,
}

/// The store of a flusher that could not start, to be tried again, and why.
pub type NotStarted = (Box<dyn Store>, io::Error);

impl Flusher {
    /// Recovers what the files hold, closes cut parts at `now`, and is ready to write.
    ///
    /// # Errors
    /// The disk's, and the store, to be tried again: without a vault that can be written nothing is recorded.
    pub fn start(
        mut store: Box<dyn Store>,
        vault: VaultId,
        settings: &RecorderSettings,
        now: Stamp,
        random: Box<dyn Random + Send>,
    ) -> Result<(Flusher, Resume), NotStarted> {
        let mut told = VecDeque::new();
        let open = || {
            let keys = KeyTables::open(&mut *store, vault, random)?;
            let next_key = keys.next_key(&*store)?;
            let recovered = recover(&mut *store, vault, settings, now)?;
            erasing::tell_begun(&mut *store, &mut told)?;
            // A disk that is full has what is left of it.
            let _ = reserve::fill(&mut *store);
            Ok((keys, next_key, recovered))
        };
        let (keys, next_key, recovered) = match open() {
            Ok(opened) => opened,
            Err(error) => return Err((store, error)),
        };
        let Recovered { ring, recordings, ends, open, events } = recovered;
        let ended = recordings.iter().filter(|(_, stored)| stored.ended).map(|(recording, _)| *recording).collect();
        let mut flusher = Flusher {
            ended,
            run: Run::default(),
            store,
            vault,
            ring,
            keys,
            recordings,
            orders: Orders::default(),
            resting: BTreeMap::new(),
            failing: Failing::default(),
            is_stuck: false,
            refused_grave: None,
            durable_to: Tick(0),
            next_stable: Tick(0),
            events,
        };
        flusher.events.append(&mut told);
        flusher.tell_unreadable();
        match flusher.write_ends(&ends) {
            Ok(()) => Ok((flusher, Resume { next_key, open })),
            Err(fault) => Err((flusher.store, fault.into())),
        }
    }

    /// Makes the ends of cut parts durable. Each start takes a segment for them, so where none is free some are emptied
    /// first: a ring that was full at one start would be full at each.
    fn write_ends(&mut self, ends: &CutEnds) -> Result<(), DiskFault> {
        if ends.count == 0 {
            return Ok(());
        }
        while self.ring.is_full() {
            let recording = self.next_to_copy().ok_or(DiskFault::RingFull)?;
            match self.copy_or_rest(recording) {
                // One that the disk refuses rests, and another one is next.
                Ok(_) | Err(DiskFault::Io(_)) => {}
                Err(full) => return Err(full),
            }
        }
        let (segment, offset) = self.ring.append(&mut *self.store, &ends.records, ends.count)?;
        for (recording, place) in &ends.places {
            let Some(stored) = self.recordings.get_mut(recording) else { continue };
            let extent = Extent { segment, offset: offset + place.start as u32, octets: place.len() as u32 };
            stored.extents.push_back(extent);
            self.ring.hold(extent);
        }
        Ok(())
    }

    /// Makes a batch durable. Tells whether it did; if not, the same batch is to be given again.
    pub fn flush(&mut self, batch: &SealedBatch) -> bool {
        let done = self.try_flush(batch);
        self.tell_unreadable();
        self.tell_disk(Failing { flush: done.is_err(), ..self.failing }, done.err());
        done.is_ok()
    }

    fn try_flush(&mut self, batch: &SealedBatch) -> Result<(), DiskFault> {
        if !batch.is_empty() {
            self.keys.put(&mut *self.store, &batch.keys)?;
            let (segment, offset) = self.ring.append(&mut *self.store, &batch.records, batch.count)?;
            self.index(batch, segment, offset);
        }
        batch.logged.iter().try_for_each(|recording| self.store.remove(&unlogged_name(*recording)))?;
        self.orders.extend(batch.orders.iter().cloned());
        self.durable_to = batch.horizon;
        self.tell_stable(batch.horizon);
        Ok(())
    }

    /// All that was said before this tick is durable.
    pub fn durable_to(&self) -> Tick {
        self.durable_to
    }

    fn index(&mut self, batch: &SealedBatch, segment: u32, mut offset: u32) {
        for group in &batch.groups {
            let Group { recording, call, part, octets, chain, longest_ticks, ended } = *group;
            let extent = Extent { segment, offset, octets };
            offset += octets;
            let vault = self.vault;
            let stored = self.recordings.entry(recording).or_insert_with(|| Stored::new(vault, recording, call));
            (stored.chain, stored.ended) = (chain, ended);
            match ended {
                true => self.ended.insert(recording),
                false => self.ended.remove(&recording),
            };
            stored.reach(part, longest_ticks);
            stored.extents.push_back(extent);
            self.ring.hold(extent);
        }
    }

    fn tell_stable(&mut self, horizon: Tick) {
        if horizon < self.next_stable {
            return;
        }
        self.next_stable = horizon.after(STABLE_TICKS);
        let live =
            self.recordings.iter().filter(|(_, stored)| !stored.ended).map(|(recording, stored)| LiveRecording {
                recording: *recording,
                part: stored.part,
                chunks: stored.chain.chunks,
                chain_head: stored.chain.head,
            });
        self.events.push_back(RecorderEvent::Stable { to: horizon, live: live.collect() });
    }

    /// Does a little of what can wait: copying, or preparing a segment. Tells whether more may be waiting.
    pub fn step(&mut self) -> bool {
        let worked = self.try_step();
        self.tell_unreadable();
        self.is_stuck = worked.is_err();
        let copy = self.is_stuck || !self.resting.is_empty();
        let grave = self.refused_grave.is_some() || self.orders.has_failed_grave();
        let fault = worked.err().or(self.refused_grave.take());
        self.tell_disk(Failing { copy, grave, ..self.failing }, fault);
        worked.unwrap_or(false)
    }

    /// Whether the last step failed, so that the next one may wait.
    pub fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    fn try_step(&mut self) -> Result<bool, DiskFault> {
        let worked = self.copy_or_step_aside()?;
        Ok(self.ring.free_one(&mut *self.store)? || worked)
    }

    fn copy_or_step_aside(&mut self) -> Result<bool, DiskFault> {
        // What is erased makes room on a disk that has none.
        let has_erased = self.is_stuck && self.carry_out_one();
        let Some(recording) = self.next_to_copy() else {
            // Where no batch is taken no time goes by, and those that rest would do so for ever.
            if self.failing.flush {
                self.resting.clear();
            }
            return Ok(self.step_aside()? || has_erased);
        };
        self.copy_or_rest(recording)
    }

    fn copy_or_rest(&mut self, recording: RecordingId) -> Result<bool, DiskFault> {
        let copied = self.copy_some(recording);
        match copied {
            // The others go on meanwhile; a disk without room takes none of them.
            Err(DiskFault::Io(_)) => drop(self.resting.insert(recording, self.durable_to.after(REST_TICKS))),
            Err(DiskFault::Full | DiskFault::RingFull) => {}
            Ok(_) => drop(self.resting.remove(&recording)),
        }
        copied
    }

    fn copy_some(&mut self, recording: RecordingId) -> Result<bool, DiskFault> {
        let Some(mut stored) = self.recordings.remove(&recording) else { return Ok(false) };
        let copied = self.copy(recording, &mut stored);
        let finished = copied.and_then(|()| match stored.ended && stored.extents.is_empty() {
            true => self.finish(recording, &stored).map(|()| true),
            false => Ok(false),
        });
        match finished {
            Ok(true) => drop(self.ended.remove(&recording)),
            Ok(false) | Err(_) => drop(self.recordings.insert(recording, stored)),
        }
        finished.map(|_| true)
    }

    /// What waits behind all copying: to erase something, and to prepare a segment. Neither keeps the other waiting.
    fn step_aside(&mut self) -> Result<bool, DiskFault> {
        let has_erased = self.carry_out_one();
        Ok(self.ring.prepare(&mut *self.store)? || has_erased)
    }

    /// Carries out an order that does not rest. Tells whether there was one.
    fn carry_out_one(&mut self) -> bool {
        let Some(mut waiting) = self.orders.next(self.durable_to) else { return false };
        let done = erasing::carry_out(&mut waiting.order, &mut *self.store, &mut self.keys, &mut self.events);
        let (grave, call) = (waiting.order.tombstone().grave(), waiting.order.tombstone().call);
        match done {
            Ok(()) => {}
            Err(Failed::NotBegun(why)) => {
                // An earlier life may have begun it.
                let has_begun = matches!(self.store.octets(&erasing_name(grave)), Ok(Some(_)));
                self.events.push_back(RecorderEvent::NotErased { has_begun, why, grave, call });
            }
            Err(Failed::Begun(why)) => {
                // Once for each reason, however often it is tried.
                if waiting.must_tell(why) {
                    self.events.push_back(RecorderEvent::NotErased { has_begun: true, why, grave, call });
                }
                self.orders.put_back(waiting, self.durable_to);
            }
            Err(Failed::NotBuried(fault)) => {
                self.refused_grave = Some(fault);
                self.orders.put_back(waiting, self.durable_to);
            }
        }
        true
    }

    /// A finished recording, or one that the oldest segment of a crowded ring is kept for.
    fn next_to_copy(&self) -> Option<RecordingId> {
        let rests = |recording: &RecordingId| self.resting.get(recording).is_some_and(|until| self.durable_to < *until);
        let ended = self.ended.iter().find(|recording| !rests(recording));
        let next = ended.or_else(|| {
            let oldest = self.ring.crowded()?;
            let is_oldest = |stored: &Stored| stored.extents.front().is_some_and(|extent| extent.segment == oldest);
            let mut awake = self.recordings.iter().filter(|(recording, _)| !rests(recording));
            awake.find(|(_, stored)| is_oldest(stored)).map(|(recording, _)| recording)
        });
        next.copied()
    }

    /// Copies some of a recording's records, octet for octet, to its unfinished object, the trailer behind the last of them,
    /// checks the copy, and lets go of the ring.
    fn copy(&mut self, recording: RecordingId, stored: &mut Stored) -> Result<(), DiskFault> {
        let mut run = mem::take(&mut self.run);
        let copied = self.copy_run(recording, stored, &mut run);
        self.run = run;
        copied
    }

    fn copy_run(&mut self, recording: RecordingId, stored: &mut Stored, run: &mut Run) -> Result<(), DiskFault> {
        let extents = stored.extents.make_contiguous();
        let count = count_to_copy(extents);
        let closes = stored.ended && count == extents.len();
        if count == 0 && (!closes || stored.staged.closed) {
            return Ok(());
        }
        run.clear();
        if stored.staged.octets == 0 {
            run.append(&ObjectHead { suite: Suite::One, vault: self.vault, recording }.emit());
        }
        let head_octets = run.octets();
        self.ring.read(&*self.store, &extents[..count], run)?;
        let mut staged = stored.staged;
        let spoiled = staged.follow(&run.as_slice()[head_octets..], head_octets as u64);
        staged.octets += run.octets() as u64;
        staged.closed = closes;
        if closes {
            run.append(&ObjectTrailer::of(&stored.chain).emit());
        }
        let name = staged_name(recording);
        run.write_checked(&mut *self.store, &name, stored.staged.octets)?;
        stored.staged = staged;
        self.events.extend(spoiled.map(|offset| RecorderEvent::Damaged { file: name, offset }));
        stored.extents.drain(..count).for_each(|extent| self.ring.release(extent));
        Ok(())
    }

    fn finish(&mut self, recording: RecordingId, stored: &Stored) -> Result<(), DiskFault> {
        let (staged, object) = (staged_name(recording), object_name(recording));
        if stored.staged.chain.head != stored.chain.head && !stored.staged.broken {
            // Whole in itself, and not what was sealed. The trailer has the sealer's link, so that `verify` says no.
            self.events.push_back(RecorderEvent::Damaged { file: object.clone(), offset: 0 });
        }
        let marker = unlogged_name(recording);
        self.store.write_at(&marker, 0, &[])?;
        self.store.sync(&marker)?;
        self.store.rename(&staged, &object)?;
        self.events.push_back(stored.finished(recording));
        Ok(())
    }

    /// Tells of key tables that the disk refuses to read: each file once in a life.
    fn tell_unreadable(&mut self) {
        let damaged = |(file, offset)| RecorderEvent::Damaged { file, offset };
        self.events.extend(self.keys.take_unreadable().into_iter().map(damaged));
    }

    /// Tells when something begins to fail, and when nothing fails any more.
    fn tell_disk(&mut self, failing: Failing, fault: Option<DiskFault>) {
        let was = mem::replace(&mut self.failing, failing);
        match fault {
            Some(what) if was == Failing::default() => self.events.push_back(RecorderEvent::DiskFailed { what }),
            None if was != Failing::default() && failing == Failing::default() => {
                let _ = reserve::fill(&mut *self.store);
                self.events.push_back(RecorderEvent::DiskBack);
            }
            _ => {}
        }
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<RecorderEvent> {
        self.events.pop_front()
    }

    /// Whether recordings that have ended wait to be copied, or segments to be freed.
    pub fn has_finished(&self) -> bool {
        self.ring.has_emptied() || !self.ended.is_empty()
    }
}

/// How many of a recording's extents one step copies. Little that would be left comes along.
fn count_to_copy(extents: &[Extent]) -> usize {
    let until = |most: usize| {
        let mut octets = 0;
        let is_before = |extent: &&Extent| {
            let before = octets;
            octets += extent.octets as usize;
            before < most
        };
        extents.iter().take_while(is_before).count()
    };
    let with_rest = until(COPY_OCTETS + COPY_OCTETS / 4);
    if with_rest == extents.len() { with_rest } else { until(COPY_OCTETS) }
}
