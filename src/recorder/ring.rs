//! The ring of segment files: written with zeroes ahead, so that a flush costs one write of the disk.

use std::{collections::VecDeque, io};

use vault::{BATCH_FRAME_OCTETS, BatchChain, Hash, SEGMENT_HEAD_OCTETS, SegmentHead, Suite, VaultId};

use super::{DiskFault, names::segment_name, run::Run, store::Store};

/// The smallest segment: a batch of a few calls fits. A batch of 16 E1 has half a MiB.
const SEGMENT_OCTETS_MIN: u32 = 64 << 10;

/// Below this share of free segments the oldest one is emptied, although its recordings are not finished: a quarter.
const FREE_SHARE: usize = 4;

/// Zeroes that are written at once: a batch never waits long behind them, and a full disk is not asked for a whole segment
/// again and again.
static ZEROES: [u8; 256 << 10] = [0; 256 << 10];

/// What between two extents of a recording is read with them: a page, which costs no more than another call.
const READ_THROUGH: u32 = 4096;

/// Octets of the ring that are read at once, gaps too: what a run in memory may be longer than what it keeps.
const READ_OCTETS: u32 = 64 << 10;

/// Where records of one recording stand in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) segment: u32,
    pub(super) offset: u32,
    pub(super) octets: u32,
}

impl Extent {
    const fn end(&self) -> u32 {
        self.offset + self.octets
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// Written with zeroes, ready.
    Free,
    /// In use since this use number, holding so many extents that no object has yet.
    Used { use_no: u64, extents: u32 },
}

struct Current {
    segment: u32,
    at: u32,
    chain: BatchChain,
}

/// The segment files.
pub(super) struct Ring {
    vault: VaultId,
    octets: u32,
    slots_max: usize,
    slots: Vec<Slot>,
    free: VecDeque<u32>,
    /// Segments that nothing needs any more, whose heads are still to be wiped: one at a time, since each takes a flush, and
    /// dozens come free at once where a recording of many short lives is copied.
    emptied: VecDeque<u32>,
    /// Zeroes of the next segment that are written already.
    zeroed: u32,
    current: Option<Current>,
    /// The segment used last. Its head says where use and batches are to be counted on from, so it is never wiped.
    newest: Option<u32>,
    /// The one used before it, to be freed once the newest has a durable head.
    retired: Option<u32>,
    next_use: u64,
    next_batch: u64,
    previous: Hash,
    buffer: Vec<u8>,
}

/// Where a ring goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RingState {
    pub(super) next_use: u64,
    pub(super) next_batch: u64,
    pub(super) previous: Hash,
}

impl Ring {
    /// A ring that goes on at `state` with segments of `octets`, `slots_max` at most. All segments are unknown yet.
    pub(super) fn new(vault: VaultId, octets: u32, slots_max: u32, state: RingState) -> Ring {
        assert!(octets >= SEGMENT_OCTETS_MIN, "a segment has at least {SEGMENT_OCTETS_MIN} octets");
        Ring {
            vault,
            octets,
            slots_max: slots_max as usize,
            slots: Vec::new(),
            free: VecDeque::new(),
            emptied: VecDeque::new(),
            zeroed: 0,
            current: None,
            newest: None,
            retired: None,
            next_use: state.next_use,
            next_batch: state.next_batch,
            previous: state.previous,
            buffer: Vec::new(),
        }
    }

    /// Takes over the next segment as recovery found it: in use since `use_no`, or free.
    pub(super) fn adopt(&mut self, use_no: Option<u64>) {
        let segment = self.slots.len() as u32;
        match use_no {
            Some(use_no) => {
                self.slots.push(Slot::Used { use_no, extents: 0 });
                let is_newer =
                    |newest: u32| matches!(self.slots[newest as usize], Slot::Used { use_no: of, .. } if of < use_no);
                if self.newest.is_none_or(is_newer) {
                    self.newest = Some(segment);
                }
            }
            None => {
                self.slots.push(Slot::Free);
                self.free.push_back(segment);
            }
        }
    }

    /// Appends a batch durably. Gives the segment and where in it the records begin.
    pub(super) fn append(
        &mut self,
        store: &mut dyn Store,
        records: &[u8],
        count: u32,
    ) -> Result<(u32, u32), DiskFault> {
        let octets = records.len() + BATCH_FRAME_OCTETS;
        if octets + SEGMENT_HEAD_OCTETS > self.octets as usize {
            return Err(DiskFault::Io(io::ErrorKind::FileTooLarge));
        }
        self.give_up_retired();
        if self.current.as_ref().is_none_or(|current| current.at as usize + octets > self.octets as usize) {
            self.advance(store)?;
        }
        let Some(current) = &mut self.current else { return Err(DiskFault::RingFull) };
        let mut chain = current.chain;
        self.buffer.clear();
        chain.append(records, count, &mut self.buffer);
        let name = segment_name(current.segment);
        store.write_at(&name, u64::from(current.at), &self.buffer)?;
        store.sync(&name)?;
        let offset = current.at + vault::BATCH_HEAD_OCTETS as u32;
        current.at += self.buffer.len() as u32;
        current.chain = chain;
        (self.next_batch, self.previous) = (chain.next_batch, chain.previous);
        Ok((current.segment, offset))
    }

    /// Takes the next free segment into use.
    fn advance(&mut self, store: &mut dyn Store) -> Result<(), DiskFault> {
        while self.free.is_empty() && (self.free_one(store)? || self.prepare(store)?) {}
        let &segment = self.free.front().ok_or(DiskFault::RingFull)?;
        let head = SegmentHead {
            suite: Suite::One,
            vault: self.vault,
            segment,
            use_no: self.next_use,
            first_batch: self.next_batch,
            previous: self.previous,
        };
        // Made durable by the sync of the first batch: a head without a batch says nothing.
        store.write_at(&segment_name(segment), 0, &head.emit())?;
        self.free.pop_front();
        self.slots[segment as usize] = Slot::Used { use_no: self.next_use, extents: 0 };
        self.next_use += 1;
        let chain = BatchChain::of_segment(&head);
        self.current = Some(Current { segment, at: SEGMENT_HEAD_OCTETS as u32, chain });
        self.retired = self.newest.replace(segment);
        Ok(())
    }

    /// Lets go of the segment used before the newest, if nothing needs it. Only when a batch of the newest is durable: were the
    /// old head wiped before the new one is on disk, a power cut would leave no head, and counting would begin again.
    fn give_up_retired(&mut self) {
        let is_durable = self.current.as_ref().is_some_and(|current| current.at as usize > SEGMENT_HEAD_OCTETS);
        if let Some(segment) = self.retired.take_if(|_| is_durable) {
            self.give_up_if_empty(segment);
        }
    }

    /// Makes some of one more segment ahead of its use, where none is free and the ring may grow. Tells whether it did.
    pub(super) fn prepare(&mut self, store: &mut dyn Store) -> Result<bool, DiskFault> {
        if !self.free.is_empty() || !self.emptied.is_empty() || self.slots.len() >= self.slots_max {
            return Ok(false);
        }
        let segment = self.slots.len() as u32;
        let name = segment_name(segment);
        let octets = (self.octets - self.zeroed).min(ZEROES.len() as u32);
        store.write_at(&name, u64::from(self.zeroed), &ZEROES[..octets as usize])?;
        self.zeroed += octets;
        if self.zeroed == self.octets {
            store.sync(&name)?;
            self.zeroed = 0;
            self.slots.push(Slot::Free);
            self.free.push_back(segment);
        }
        Ok(true)
    }

    /// Counts an extent that its segment must be kept for.
    pub(super) fn hold(&mut self, extent: Extent) {
        if let Slot::Used { extents, .. } = &mut self.slots[extent.segment as usize] {
            *extents += 1;
        }
    }

    /// An extent is in its object: nothing needs the segment any more when it was the last.
    pub(super) fn release(&mut self, extent: Extent) {
        if let Slot::Used { extents, .. } = &mut self.slots[extent.segment as usize] {
            *extents -= 1;
        }
        self.give_up_if_empty(extent.segment);
    }

    fn give_up_if_empty(&mut self, segment: u32) {
        let is_kept = self.newest == Some(segment) || self.retired == Some(segment);
        if !is_kept && matches!(self.slots[segment as usize], Slot::Used { extents: 0, .. }) {
            self.emptied.push_back(segment);
        }
    }

    /// Lets go of all that recovery found to be empty.
    pub(super) fn give_up_empty(&mut self) {
        (0..self.slots.len() as u32).for_each(|segment| self.give_up_if_empty(segment));
    }

    /// Frees one segment that nothing needs. Its head is wiped, so that no restart reads it again. Tells whether there was one.
    pub(super) fn free_one(&mut self, store: &mut dyn Store) -> Result<bool, DiskFault> {
        let Some(&segment) = self.emptied.front() else { return Ok(false) };
        let name = segment_name(segment);
        store.write_at(&name, 0, &[0; SEGMENT_HEAD_OCTETS])?;
        store.sync(&name)?;
        self.emptied.pop_front();
        self.slots[segment as usize] = Slot::Free;
        self.free.push_back(segment);
        Ok(true)
    }

    /// Whether segments wait to be freed.
    pub(super) fn has_emptied(&self) -> bool {
        !self.emptied.is_empty()
    }

    /// Whether no segment is free and none can be made.
    pub(super) fn is_full(&self) -> bool {
        self.free.is_empty() && self.emptied.is_empty() && self.slots.len() >= self.slots_max
    }

    /// The segment that has been in use longest, where few are left: its recordings are to be copied out.
    pub(super) fn crowded(&self) -> Option<u32> {
        let unused = self.free.len() + self.emptied.len() + (self.slots_max - self.slots.len().min(self.slots_max));
        if unused * FREE_SHARE >= self.slots_max {
            return None;
        }
        let current = self.current.as_ref().map(|current| current.segment);
        let used = self.slots.iter().enumerate().filter_map(|(segment, slot)| match slot {
            Slot::Used { use_no, extents: 1.. } if Some(segment as u32) != current => Some((*use_no, segment as u32)),
            _ => None,
        });
        used.min().map(|(_, segment)| segment)
    }

    /// Reads extents onto the end of `into`, those that stand near each other at once.
    pub(super) fn read(&self, store: &dyn Store, mut extents: &[Extent], into: &mut Run) -> io::Result<()> {
        while let Some(first) = extents.first() {
            let (near, rest) = extents.split_at(count_near(extents));
            let (name, start) = (segment_name(first.segment), into.octets());
            if let Err(error) = read_near(store, &name, near, into) {
                into.cut(start);
                // What can't be read may be somebody else's, that stands between.
                if near.len() == 1 {
                    return Err(error);
                }
                near.iter().try_for_each(|extent| read_near(store, &name, std::slice::from_ref(extent), into))?;
            }
            extents = rest;
        }
        Ok(())
    }
}

/// How many of the first extents are read at once.
fn count_near(extents: &[Extent]) -> usize {
    let Some(first) = extents.first() else { return 0 };
    let is_near = |[one, next]: &[Extent; 2]| {
        let reach = next.end().saturating_sub(first.offset);
        let gap = next.offset.checked_sub(one.end());
        one.segment == next.segment && gap.is_some_and(|gap| gap <= READ_THROUGH) && reach <= READ_OCTETS
    };
    1 + extents.array_windows().take_while(|pair| is_near(pair)).count()
}

/// Reads extents of one segment in one go, and closes the gaps between them.
fn read_near(store: &dyn Store, name: &str, extents: &[Extent], into: &mut Run) -> io::Result<()> {
    let [first, ..] = extents else { return Ok(()) };
    let Some(last) = extents.last() else { return Ok(()) };
    let start = into.octets();
    let space = into.append_space((last.end() - first.offset) as usize);
    if store.read_at(name, first.offset.into(), space)? < space.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut end = start;
    for extent in extents {
        into.move_to(end, start + (extent.offset - first.offset) as usize, extent.octets as usize);
        end += extent.octets as usize;
    }
    into.cut(end);
    Ok(())
}

impl From<io::Error> for DiskFault {
    fn from(error: io::Error) -> DiskFault {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DiskFault::Full,
            kind => DiskFault::Io(kind),
        }
    }
}

impl From<DiskFault> for io::Error {
    fn from(fault: DiskFault) -> io::Error {
        match fault {
            DiskFault::Full | DiskFault::RingFull => io::ErrorKind::StorageFull.into(),
            DiskFault::Io(kind) => kind.into(),
        }
    }
}
