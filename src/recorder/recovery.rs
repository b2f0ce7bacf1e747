//! Recovery: what the ring and the unfinished objects hold after the daemon or the power went.
//!
//! Keeps whole batches up to the first incomplete one and closes cut parts. A torn tail has nothing behind it; a batch
//! that is missing where later ones stand is damage: it is told, and a copy of the file is set aside. Needs no key.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    ops::Range,
};

use frame::{RecordingId, Stamp};
use vault::{
    BatchChain, Body, MapEntry, Mark, PartEnd, PartEnding, Record, SEGMENT_HEAD_OCTETS, SegmentHead, TrackNo, VaultId,
};

use super::{
    OpenRecording, RecorderEvent, RecorderSettings,
    headless::Headless,
    names::{
        ASIDE, SEGMENTS, STAGED, UNLOGGED, object_name, segment_name, segment_number, staged_name, staged_recording,
        tombstone_name,
    },
    ring::{Extent, Ring, RingState},
    segment_scan::{is_free_head, read_used, scan},
    store::{Store, read_all},
    stored::{Followed, Stored},
};

/// What recovery found.
pub(super) struct Recovered {
    pub(super) ring: Ring,
    pub(super) recordings: BTreeMap<RecordingId, Stored>,
    /// To be written before anything else: the recordings go on behind them.
    pub(super) ends: CutEnds,
    pub(super) open: Vec<OpenRecording>,
    pub(super) events: VecDeque<RecorderEvent>,
}

/// The ends of the parts that were cut, as one batch.
#[derive(Default)]
pub(super) struct CutEnds {
    pub(super) records: Vec<u8>,
    pub(super) count: u32,
    /// Where in the records those of each recording stand.
    pub(super) places: Vec<(RecordingId, Range<usize>)>,
}

/// Reads everything that has no object yet, and makes the ends of cut parts.
pub(super) fn recover(
    store: &mut dyn Store,
    vault: VaultId,
    settings: &RecorderSettings,
    now: Stamp,
) -> io::Result<Recovered> {
    let mut recovery = Recovery { store, vault, recordings: BTreeMap::new(), events: VecDeque::new() };
    recovery.read_unlogged()?;
    recovery.read_staged()?;
    let heads = recovery.read_heads()?;
    let mut state = recovery.read_segments(&heads)?;
    recovery.tell_headless(&heads, &mut state)?;
    let mut ring = recovery.make_ring(settings, &heads, state);
    ring.give_up_empty();
    let (ends, open) = recovery.close_cut_parts(now);
    let recordings = recovery.recordings.into_iter().filter_map(|(recording, known)| Some((recording, known?.stored)));
    let recordings = recordings.filter(|(_, stored)| stored.chain.next_number > 0).collect();
    Ok(Recovered { ring, recordings, ends, open, events: recovery.events })
}

struct Recovery<'a> {
    store: &'a mut dyn Store,
    vault: VaultId,
    /// `None` for a recording that has its object or its tombstone: what the ring still holds of it is old.
    recordings: BTreeMap<RecordingId, Option<Followed>>,
    events: VecDeque<RecorderEvent>,
}

/// The files of the ring, and what their heads say.
struct Heads {
    files: u32,
    /// Segments in use, in the order of their use.
    used: Vec<SegmentHead>,
    /// Segments that seem to be free and hold batches.
    headless: Vec<Headless>,
}

impl Recovery<'_> {
    /// Tells again of recordings that have their object and perhaps no leaf.
    fn read_unlogged(&mut self) -> io::Result<()> {
        for name in self.store.list(UNLOGGED)? {
            let recording = name.strip_prefix(UNLOGGED).and_then(|name| name.strip_prefix('/')?.parse().ok());
            let Some(recording) = recording else { continue };
            let Some(octets) = read_all(self.store, &object_name(recording))? else { continue };
            let followed = Followed::of_object(self.vault, recording, &octets);
            if followed.stored.ended {
                self.events.push_back(followed.stored.finished(recording));
            }
        }
        Ok(())
    }

    fn read_staged(&mut self) -> io::Result<()> {
        for name in self.store.list(STAGED)? {
            let Some(recording) = staged_recording(&name) else { continue };
            self.known(recording)?;
        }
        Ok(())
    }

    /// What is known of a recording, from its unfinished object at first.
    fn known(&mut self, recording: RecordingId) -> io::Result<&mut Option<Followed>> {
        if !self.recordings.contains_key(&recording) {
            let is_done = self.store.octets(&object_name(recording))?.is_some()
                || self.store.octets(&tombstone_name(recording))?.is_some();
            let known = if is_done { None } else { Some(self.follow_staged(recording)?) };
            self.recordings.insert(recording, known);
        }
        Ok(self.recordings.entry(recording).or_default())
    }

    fn follow_staged(&mut self, recording: RecordingId) -> io::Result<Followed> {
        match self.store.octets(&staged_name(recording))? {
            Some(_) => Followed::of_staged(self.store, self.vault, recording),
            None => Ok(Followed::new(self.vault, recording)),
        }
    }

    fn read_heads(&mut self) -> io::Result<Heads> {
        let mut heads = Heads { files: 0, used: Vec::new(), headless: Vec::new() };
        for name in self.store.list(SEGMENTS)? {
            let Some(segment) = segment_number(&name) else { continue };
            heads.files = heads.files.max(segment + 1);
            let mut octets = [0; SEGMENT_HEAD_OCTETS];
            self.store.read_at(&name, 0, &mut octets)?;
            match SegmentHead::parse(&octets) {
                Ok(head) if head.vault == self.vault && head.segment == segment => heads.used.push(head),
                Err(_) if is_free_head(&octets) => heads.headless.extend(Headless::of(self.store, segment)?),
                Ok(_) | Err(_) => self.set_aside(segment, 0)?,
            }
        }
        heads.used.sort_by_key(|head| head.use_no);
        Ok(heads)
    }

    fn read_segments(&mut self, heads: &Heads) -> io::Result<RingState> {
        let mut state = RingState { next_use: 1, next_batch: 1, previous: [0; 32] };
        for (at, head) in heads.used.iter().enumerate() {
            let next = heads.used.get(at + 1);
            let chain = self.read_segment(head, next)?;
            state = RingState { next_use: head.use_no + 1, next_batch: chain.next_batch, previous: chain.previous };
        }
        Ok(state)
    }

    /// Tells of segments that seem free and are not. Their numbers of use are not given again.
    fn tell_headless(&mut self, heads: &Heads, state: &mut RingState) -> io::Result<()> {
        let oldest = self.oldest_last_use(heads);
        for headless in &heads.headless {
            let is_newest = headless.use_no >= state.next_use;
            let is_missing = |record: &Record<'_>| self.lacks(record);
            if is_newest || headless.use_no >= oldest && headless.holds(self.store, is_missing)? {
                self.set_aside(headless.segment, 0)?;
                state.next_use = state.next_use.max(headless.use_no + 1);
            }
        }
        Ok(())
    }

    /// The use that holds the last known record of an open recording, the oldest of them: what is missing came after it.
    fn oldest_last_use(&self, heads: &Heads) -> u64 {
        let last_use = |followed: &Followed| {
            let last = followed.stored.extents.back()?;
            Some(heads.used.iter().find(|head| head.segment == last.segment)?.use_no)
        };
        let open = self.recordings.values().flatten().filter(|followed| !followed.stored.ended);
        open.map(|followed| last_use(followed).unwrap_or(0)).min().unwrap_or(u64::MAX)
    }

    /// Whether a record is of an open recording, behind all that is known of it.
    fn lacks(&self, record: &Record<'_>) -> bool {
        let followed = self.recordings.get(&record.place.recording).and_then(Option::as_ref);
        followed
            .is_some_and(|followed| !followed.stored.ended && record.place.number >= followed.stored.chain.next_number)
    }

    fn read_segment(&mut self, head: &SegmentHead, next: Option<&SegmentHead>) -> io::Result<BatchChain> {
        let octets = read_used(self.store, head, next)?;
        let mut batches = Vec::new();
        let scan = scan(head, next, &octets, |at, records| batches.push(at..at + records.len()));
        for records in batches {
            self.read_records(&octets[records.clone()], head.segment, records.start as u32)?;
        }
        if scan.damage.is_some() {
            self.set_aside(head.segment, scan.end as u64)?;
        }
        Ok(scan.chain)
    }

    fn read_records(&mut self, records: &[u8], segment: u32, offset: u32) -> io::Result<()> {
        let mut at = 0;
        while at < records.len() {
            // The batch's hash fits, so what does not parse was written so: nothing behind it can be found either.
            let Ok((record, octets)) = Record::parse(&records[at..]) else {
                return self.set_aside(segment, u64::from(offset) + at as u64);
            };
            let extent = Extent { segment, offset: offset + at as u32, octets: octets as u32 };
            self.read_record(&record, &records[at..at + octets], extent)?;
            at += octets;
        }
        Ok(())
    }

    fn read_record(&mut self, record: &Record<'_>, octets: &[u8], extent: Extent) -> io::Result<()> {
        let Some(followed) = self.known(record.place.recording)? else { return Ok(()) };
        let was_broken = followed.broken;
        if followed.follow(record, octets) {
            add_extent(&mut followed.stored.extents, extent);
        } else if followed.broken && !was_broken {
            self.set_aside(extent.segment, u64::from(extent.offset))?;
        }
        Ok(())
    }

    /// Keeps a copy of a file that holds what a power cut does not explain, and tells.
    fn set_aside(&mut self, segment: u32, offset: u64) -> io::Result<()> {
        let content = read_all(self.store, &segment_name(segment))?.unwrap_or_default();
        let file = format!("{ASIDE}/{segment:04}-{:08x}", crc32fast::hash(&content));
        self.store.write_at(&file, 0, &content)?;
        self.store.sync(&file)?;
        self.events.push_back(RecorderEvent::Damaged { file, offset });
        Ok(())
    }

    fn make_ring(&self, settings: &RecorderSettings, heads: &Heads, state: RingState) -> Ring {
        let mut ring = Ring::new(self.vault, settings.segment_octets, settings.segments, state);
        for segment in 0..heads.files {
            let head = heads.used.iter().find(|head| head.segment == segment);
            ring.adopt(head.map(|head| head.use_no));
        }
        let extents = self.recordings.values().flatten().flat_map(|followed| &followed.stored.extents);
        extents.for_each(|extent| ring.hold(*extent));
        ring
    }

    /// Closes the parts that were cut, and tells which recordings wait for more.
    fn close_cut_parts(&mut self, now: Stamp) -> (CutEnds, Vec<OpenRecording>) {
        let mut open = Vec::new();
        let mut ends = CutEnds::default();
        for (recording, followed) in &mut self.recordings {
            let Some(followed) = followed.as_mut().filter(|followed| !followed.stored.ended) else { continue };
            if followed.stored.chain.next_number == 0 {
                continue;
            }
            let start = ends.records.len();
            let count = close_cut_part(*recording, followed, now, &mut ends.records);
            let Stored { call, part, chain, longest_ticks, .. } = followed.stored;
            if count > 0 {
                ends.places.push((*recording, start..ends.records.len()));
                ends.count += count;
                let (recording, kept_ticks) = (*recording, longest_ticks);
                self.events.push_back(RecorderEvent::Cut { recording, call, part, kept_ticks });
            }
            open.push(OpenRecording { recording: *recording, call, part, chain });
        }
        (ends, open)
    }
}

/// Records of one recording that follow one another are one extent.
fn add_extent(extents: &mut VecDeque<Extent>, extent: Extent) {
    match extents.back_mut() {
        Some(last) if last.segment == extent.segment && last.offset + last.octets == extent.offset => {
            last.octets += extent.octets;
        }
        _ => extents.push_back(extent),
    }
}

/// Writes the end of a cut part, and tells how many records that took.
fn close_cut_part(recording: RecordingId, followed: &mut Followed, now: Stamp, records: &mut Vec<u8>) -> u32 {
    let Some(at) = followed.open_part.take() else { return 0 };
    let stored = &mut followed.stored;
    let cut = MapEntry { at, track: TrackNo::ALL, mark: Mark::Cut { until: now } };
    for body in [Body::Map(cut), Body::PartEnd(PartEnd { ending: PartEnding::Cut, stamp: now })] {
        let place = stored.chain.next_place(recording, stored.part);
        stored.chain.append(&Record { place, body }, records);
    }
    2
}
