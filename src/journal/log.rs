//! The event log: append-only files of our own, written in batches, each batch made durable before it counts.
//!
//! A record is kept in memory until it is durable, so a failed write or sync is answered by writing the same octets to
//! the same place again. A disk without room is answered by the reserve, a file of real blocks that becomes the next
//! segment; and when that is used up too, by memory. Order and numbers stay. `docs/EVENTS.md` has the octets.
//!
//! Not here: threads and clocks ([`super::thread`]), reading ([`super::scan`]).

use std::{collections::VecDeque, io, mem};

use frame::{EventNo, LifeNo, Stamp};

use super::{
    Event, Fact, Record, Storage,
    event::{self, EVENT_VERSION},
    format::{self, FILE_HEADER_OCTETS, RECORD_MAX_OCTETS, TEXT_MAX_OCTETS},
    scan::{Damage, Found, Reader, SegmentScan, first_no, segment_name},
};

/// The reserve's name, whole and while it is being filled.
const RESERVE: &str = "reserve";
const RESERVE_PART: &str = "reserve.part";

/// How much of the reserve is filled at a time: short enough that an audit intent does not wait for it.
const RESERVE_STEP_OCTETS: u64 = 1 << 20;

/// The most that is written and synced at once.
const BATCH_OCTETS: usize = 1 << 20;

/// How large the log's parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size at which a file is followed by the next, and that of the reserve, which becomes one: read in a
    /// second, and the hours that a person needs to make room on a full disk.
    pub segment_octets: u64,
    /// What is kept in memory while no disk takes it: at 16 E1 in the busy hour about ten minutes.
    pub pending_octets: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { segment_octets: 64 << 20, pending_octets: 32 << 20 }
    }
}

/// Why an event was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The disk takes nothing and memory has no room left.
    #[error("the log has no room on disk or in memory")]
    Full,
    /// The event is longer than a record may be.
    #[error("an event has at most {TEXT_MAX_OCTETS} octets")]
    TooLong,
}

/// What was found at the end of the log when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Half a record at the end, and the file that keeps it; none where it had to stay in its place.
    pub tail: Option<(Damage, Option<String>)>,
    /// Stretches of the last file that can't be read. Those of older files are found when they are read.
    pub damages: Vec<Damage>,
}

/// How the log is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The disk had no room and the reserve is not whole again.
    pub on_reserve: bool,
    /// The last write failed: events wait in memory.
    pub in_memory: bool,
}

/// The log.
#[derive(Debug)]
pub struct Log<S> {
    storage: S,
    limits: Limits,
    life: LifeNo,
    segment: Segment,
    next_no: EventNo,
    pending: VecDeque<Pending>,
    pending_octets: usize,
    /// Durable, and not yet taken by [`Log::take_durable`].
    durable: Vec<Record>,
    reserve: Reserve,
    in_memory: bool,
}

/// The file that is written to.
#[derive(Debug)]
struct Segment {
    name: String,
    /// Where the next record goes; 0 = not even the header is written.
    end: u64,
}

/// A record that is not yet durable.
#[derive(Debug)]
struct Pending {
    record: Record,
    octets: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reserve {
    Whole,
    /// Being filled, for the first time or again.
    Filling {
        octets: u64,
        was_used: bool,
    },
}

impl<S: Storage> Log<S> {
    /// Opens the log and puts half a record at its end aside. Records are written for `life`.
    pub fn open(storage: S, limits: Limits, life: LifeNo) -> io::Result<(Log<S>, Opened)> {
        let reserve = find_reserve(&storage, limits)?;
        let segment = Segment { name: segment_name(EventNo(1)), end: 0 };
        let mut log = Log {
            storage,
            limits,
            life,
            segment,
            next_no: EventNo(1),
            pending: VecDeque::new(),
            pending_octets: 0,
            durable: Vec::new(),
            reserve,
            in_memory: false,
        };
        let opened = log.find_end()?;
        Ok((log, opened))
    }

    /// Gives no number up to this one: somebody has its record, so the log had it once. Returns the numbers that are gone.
    /// Called before anything is appended.
    pub fn pass_over(&mut self, known: EventNo) -> Option<(EventNo, EventNo)> {
        debug_assert!(self.pending.is_empty(), "a number that is given already can't be passed over");
        let first = self.next_no;
        (first <= known).then(|| {
            self.next_no = EventNo(known.0.saturating_add(1));
            (first, known)
        })
    }

    /// Takes an event. It is durable once [`Log::durable_no`] has reached its number.
    pub fn append(&mut self, stamp: Stamp, event: Event) -> Result<EventNo, Refused> {
        let text = event::json(&event);
        if text.len() > TEXT_MAX_OCTETS {
            return Err(Refused::TooLong);
        }
        if self.pending_octets + format::RECORD_HEADER_OCTETS + text.len() > self.limits.pending_octets {
            return Err(Refused::Full);
        }
        let no = self.next_no;
        let octets = format::emit(no, stamp, self.life, EVENT_VERSION, &text);
        let record = Record { no, stamp, life: self.life, version: EVENT_VERSION, fact: Fact::Known(event) };
        self.next_no = EventNo(no.0 + 1);
        self.pending_octets += octets.len();
        self.pending.push_back(Pending { record, octets });
        Ok(no)
    }

    /// Writes what waits, and returns when it is durable. After an error what is left waits for the next call.
    pub fn flush(&mut self) -> io::Result<()> {
        let result = self.write_pending();
        self.in_memory = result.is_err();
        result
    }

    /// The records that became durable since the last call, in order.
    pub fn take_durable(&mut self) -> Vec<Record> {
        mem::take(&mut self.durable)
    }

    /// The last record that survives a power cut; 0 = none.
    pub fn durable_no(&self) -> EventNo {
        let next = self.pending.front().map_or(self.next_no, |pending| pending.record.no);
        EventNo(next.0 - 1)
    }

    /// What is not yet durable, in order.
    pub fn pending(&self) -> impl Iterator<Item = &Record> {
        self.pending.iter().map(|pending| &pending.record)
    }

    /// How the log is doing.
    pub fn condition(&self) -> Condition {
        let on_reserve = matches!(self.reserve, Reserve::Filling { was_used: true, .. });
        Condition { on_reserve, in_memory: self.in_memory }
    }

    /// Whether [`Log::tend`] has something to do.
    pub fn wants_tending(&self) -> bool {
        self.reserve != Reserve::Whole || !self.pending.is_empty()
    }

    /// Fills the reserve by one step, if the disk has room to spare. Called while nothing else is to do.
    pub fn tend(&mut self) -> io::Result<()> {
        let Reserve::Filling { octets, was_used } = self.reserve else { return Ok(()) };
        // Twice the reserve, or filling it would itself make the disk full.
        if self.storage.free_octets()? < 2 * self.limits.segment_octets.saturating_sub(octets) {
            return Ok(());
        }
        let step = RESERVE_STEP_OCTETS.min(self.limits.segment_octets - octets);
        self.storage.write_at(RESERVE_PART, octets, &vec![0; step as usize])?;
        self.reserve = Reserve::Filling { octets: octets + step, was_used };
        if octets + step == self.limits.segment_octets {
            self.storage.sync(RESERVE_PART)?;
            self.storage.rename(RESERVE_PART, RESERVE)?;
            self.reserve = Reserve::Whole;
        }
        Ok(())
    }

    /// Reads from record `from` on what is durable.
    pub fn read_from(&self, from: EventNo) -> io::Result<Reader<'_, S>> {
        Ok(Reader::new(&self.storage, from)?.up_to(self.durable_no()))
    }

    fn write_pending(&mut self) -> io::Result<()> {
        while let Some(first) = self.pending.front() {
            if self.segment.end + first.octets.len() as u64 > self.limits.segment_octets && self.segment.end > 0 {
                let name = segment_name(first.record.no);
                self.cut_off();
                self.segment = Segment { name, end: 0 };
            }
            match self.write_batch() {
                Ok(()) => {}
                Err(error) if is_full(&error) && self.reserve == Reserve::Whole => self.take_reserve()?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes and syncs as many records as fit into one batch and into the segment.
    fn write_batch(&mut self) -> io::Result<()> {
        let mut octets = Vec::new();
        let mut count = 0;
        if let (0, Some(first)) = (self.segment.end, self.pending.front()) {
            octets.extend_from_slice(&format::file_header(first.record.no));
        }
        let room = self.limits.segment_octets.saturating_sub(self.segment.end) as usize;
        for pending in &self.pending {
            let len = octets.len() + pending.octets.len();
            if count > 0 && len > room.min(BATCH_OCTETS) {
                break;
            }
            octets.extend_from_slice(&pending.octets);
            count += 1;
        }
        self.storage.write_at(&self.segment.name, self.segment.end, &octets)?;
        self.storage.sync(&self.segment.name)?;
        self.segment.end += octets.len() as u64;
        for pending in self.pending.drain(..count) {
            self.pending_octets -= pending.octets.len();
            self.durable.push(pending.record);
        }
        Ok(())
    }

    /// The reserve becomes the next segment: its blocks are there already, so a full disk can't refuse them.
    fn take_reserve(&mut self) -> io::Result<()> {
        let Some(first) = self.pending.front().map(|pending| pending.record.no) else { return Ok(()) };
        self.cut_off();
        let name = segment_name(first);
        self.storage.rename(RESERVE, &name)?;
        self.segment = Segment { name, end: 0 };
        self.reserve = Reserve::Filling { octets: 0, was_used: true };
        Ok(())
    }

    /// Ends the segment behind its last record: what a full disk took of a batch goes, and so does room kept free. If
    /// that is refused, readers pass it over, since its numbers come again.
    fn cut_off(&mut self) {
        let _ = self.storage.truncate(&self.segment.name, self.segment.end);
    }

    /// Finds the end of the last file and makes it writable again.
    fn find_end(&mut self) -> io::Result<Opened> {
        let mut opened = Opened::default();
        let names = self.storage.list()?;
        let Some(name) = names.iter().rfind(|name| first_no(name).is_some()) else { return Ok(opened) };
        // A file without a record still says by its name which number comes next.
        let mut last_no = EventNo(first_no(name).map_or(0, |no| no.0.saturating_sub(1)));
        let mut tail = None;
        let mut scan = SegmentScan::new(&self.storage, name)?;
        while let Some(found) = scan.next()? {
            match found {
                Found::Record(record) => last_no = last_no.max(record.no()),
                Found::Damage(damage) => opened.damages.push(damage),
                Found::Tail(damage) => tail = Some(damage),
            }
        }
        self.segment = Segment { name: name.clone(), end: scan.end() };
        self.next_no = EventNo(last_no.0 + 1);
        let has_blocks_ahead = self.storage.size(name)? == self.limits.segment_octets;
        if let Reserve::Filling { was_used, .. } = &mut self.reserve {
            *was_used = has_blocks_ahead;
        }
        if let Some(tail) = tail {
            opened.tail = Some(self.set_tail_aside(tail)?);
        }
        Ok(opened)
    }

    /// Keeps half a record in a file of its own and clears its place. Where the disk does not take the copy, the half
    /// record stays, and the log goes on in a new file.
    fn set_tail_aside(&mut self, tail: Damage) -> io::Result<(Damage, Option<String>)> {
        if let Ok(kept_in) = self.copy_aside(&tail) {
            return Ok((tail, Some(kept_in)));
        }
        self.segment = Segment { name: segment_name(self.next_no), end: 0 };
        if self.segment.name != tail.file {
            return Ok((tail, None));
        }
        // The half record is the file's first: the new file takes its name.
        let kept_in = self.name_aside(&tail)?;
        self.storage.rename(&tail.file, &kept_in)?;
        Ok((tail, Some(kept_in)))
    }

    fn copy_aside(&mut self, tail: &Damage) -> io::Result<String> {
        let aside = self.name_aside(tail)?;
        let mut part = vec![0; RECORD_MAX_OCTETS];
        let mut copied = 0;
        while copied < tail.octets {
            let wanted = (tail.octets - copied).min(part.len() as u64) as usize;
            let len = self.storage.read_at(&tail.file, tail.offset + copied, &mut part[..wanted])?;
            if len == 0 {
                break;
            }
            self.storage.write_at(&aside, copied, &part[..len])?;
            copied += len as u64;
        }
        self.storage.sync(&aside)?;
        self.clear(tail)?;
        Ok(aside)
    }

    /// Zeros instead of a cut: a segment that was the reserve keeps its blocks.
    fn clear(&mut self, tail: &Damage) -> io::Result<()> {
        let zeros = vec![0; RECORD_MAX_OCTETS];
        let mut at = 0;
        while at < tail.octets {
            let len = (tail.octets - at).min(zeros.len() as u64);
            self.storage.write_at(&tail.file, tail.offset + at, &zeros[..len as usize])?;
            at += len;
        }
        self.storage.sync(&tail.file)
    }

    /// A name for what is put aside that nothing has yet.
    fn name_aside(&self, tail: &Damage) -> io::Result<String> {
        let names = self.storage.list()?;
        let base = format!("torn-{}-{}", tail.file.trim_end_matches(".log"), tail.offset);
        let mut name = base.clone();
        let mut again = 1;
        while names.contains(&name) {
            again += 1;
            name = format!("{base}-{again}");
        }
        Ok(name)
    }
}

fn find_reserve<S: Storage>(storage: &S, limits: Limits) -> io::Result<Reserve> {
    let names = storage.list()?;
    let size = |name: &str| if names.iter().any(|other| other == name) { storage.size(name) } else { Ok(0) };
    if size(RESERVE)? == limits.segment_octets {
        return Ok(Reserve::Whole);
    }
    // A part that was not synced may have holes, so it is filled from its start.
    Ok(Reserve::Filling { octets: 0, was_used: false })
}

/// Whether the disk, or this user's share of it, has no room.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

const _: () = assert!(BATCH_OCTETS > FILE_HEADER_OCTETS + RECORD_MAX_OCTETS);

#[cfg(test)]
mod tests;
