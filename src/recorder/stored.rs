//! What the flusher knows of a recording: what is durable, where it stands in the ring, and how much of it is copied.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
};

use frame::{CallId, RecordingId};
use vault::{Body, Chain, Fault, Found, ObjectHead, ObjectReader, Record, Sample, Suite, TrackNo, VaultId};

use super::{
    RecorderEvent,
    names::{object_name, staged_name},
    ring::Extent,
    store::{Store, read_all},
};

/// A recording that has no object yet.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) call: CallId,
    pub(super) part: u16,
    /// The chain of all that is durable.
    pub(super) chain: Chain,
    /// Of the longest voice of this part.
    pub(super) longest_ticks: u64,
    /// The same of all parts before, together.
    earlier_ticks: u64,
    pub(super) ended: bool,
    /// What is in the ring and not copied yet, in order.
    pub(super) extents: VecDeque<Extent>,
    pub(super) staged: Staged,
}

/// The part of a recording that is copied to its unfinished object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staged {
    /// Octets of the file, head included; 0 while there is no file.
    pub(super) octets: u64,
    /// The chain of what it holds.
    pub(super) chain: Chain,
    /// Whether the chain broke: the copy goes on as it is, and `verify` names the place.
    pub(super) broken: bool,
    /// Whether the trailer stands behind it, durable and read back.
    pub(super) closed: bool,
}

impl Stored {
    /// A recording of which nothing is stored.
    pub(super) fn new(vault: VaultId, recording: RecordingId, call: CallId) -> Stored {
        let chain = Chain::new(Suite::One, vault, recording);
        Stored {
            call,
            part: 0,
            chain,
            longest_ticks: 0,
            earlier_ticks: 0,
            ended: false,
            extents: VecDeque::new(),
            staged: Staged { octets: 0, chain, broken: false, closed: false },
        }
    }

    /// Goes on to a part, of whose voices the longest is so long by now.
    pub(super) fn reach(&mut self, part: u16, longest_ticks: u64) {
        if part != self.part {
            self.earlier_ticks += std::mem::take(&mut self.longest_ticks);
            self.part = part;
        }
        self.longest_ticks = self.longest_ticks.max(longest_ticks);
    }

    /// What is told when the recording has its object.
    pub(super) fn finished(&self, recording: RecordingId) -> RecorderEvent {
        let Chain { head: chain_head, next_number: records, commitments, chunks, .. } = self.chain;
        RecorderEvent::Finished {
            recording,
            call: self.call,
            object: object_name(recording),
            records,
            chunks,
            chain_head,
            commitments,
            seconds: u32::try_from((self.earlier_ticks + self.longest_ticks + 50) / 100).unwrap_or(u32::MAX),
        }
    }
}

impl Staged {
    /// Follows the chain over records that come `offset` octets behind what it holds. Tells where it breaks now: a segment
    /// that the disk spoiled is copied as it is.
    pub(super) fn follow(&mut self, records: &[u8], offset: u64) -> Option<u64> {
        if self.broken {
            return None;
        }
        let mut at = 0;
        while at < records.len() && !self.broken {
            let followed = Record::parse(&records[at..]).and_then(|(record, octets)| {
                self.chain.follow(&record, &records[at..at + octets])?;
                Ok(octets)
            });
            match followed {
                Ok(octets) => at += octets,
                Err(_) => self.broken = true,
            }
        }
        self.broken.then_some(self.octets + offset + at as u64)
    }
}

/// What recovery learns from a recording's records while it follows them.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    pub(super) stored: Stored,
    /// Whether the part is open, and its last durable sample if so.
    pub(super) open_part: Option<Sample>,
    /// Nothing further is taken of a recording whose chain broke.
    pub(super) broken: bool,
    tracks: BTreeMap<(u16, TrackNo), u64>,
}

impl Followed {
    /// A recording before its first record.
    pub(super) fn new(vault: VaultId, recording: RecordingId) -> Followed {
        let stored = Stored::new(vault, recording, CallId::from_u64(0));
        Followed { stored, open_part: None, broken: false, tracks: BTreeMap::new() }
    }

    /// Follows the unfinished object of a recording. What is behind the last whole record is cut off.
    pub(super) fn of_staged(store: &mut dyn Store, vault: VaultId, recording: RecordingId) -> io::Result<Followed> {
        let mut followed = Followed::new(vault, recording);
        let name = staged_name(recording);
        let octets = read_all(store, &name)?.unwrap_or_default();
        let head = ObjectHead { suite: Suite::One, vault, recording };
        let whole = match ObjectReader::new(&octets) {
            Ok(reader) if *reader.head() == head => followed.follow_object(reader),
            Ok(_) | Err(Fault { .. }) => 0,
        };
        if whole < octets.len() as u64 {
            store.truncate(&name, whole)?;
            store.sync(&name)?;
        }
        followed.stored.staged = Staged { octets: whole, chain: followed.stored.chain, broken: false, closed: false };
        Ok(followed)
    }

    /// Follows an object that is finished.
    pub(super) fn of_object(vault: VaultId, recording: RecordingId, octets: &[u8]) -> Followed {
        let mut followed = Followed::new(vault, recording);
        if let Ok(reader) = ObjectReader::new(octets) {
            followed.follow_object(reader);
        }
        followed
    }

    fn follow_object(&mut self, mut reader: ObjectReader<'_>) -> u64 {
        while let Ok(Some(Found { record, .. })) = reader.next_record() {
            self.note(&record);
        }
        self.stored.chain = *reader.chain();
        reader.position()
    }

    /// Follows one more record of the ring. Tells whether it is new; an old one is in the unfinished object already.
    pub(super) fn follow(&mut self, record: &Record<'_>, octets: &[u8]) -> bool {
        if self.broken || record.place.number < self.stored.chain.next_number {
            return false;
        }
        self.broken = self.stored.chain.follow(record, octets).is_err();
        if !self.broken {
            self.note(record);
        }
        !self.broken
    }

    fn note(&mut self, record: &Record<'_>) {
        self.stored.reach(record.place.part, 0);
        match &record.body {
            Body::RecordingHead(head) => self.stored.call = head.call,
            Body::PartHead(head) => self.open_part = Some(Sample::of(head.tick)),
            Body::Chunk(chunk) => {
                let header = &chunk.header;
                let ticks = self.tracks.entry((record.place.part, header.track)).or_default();
                *ticks += u64::from(header.ticks);
                self.stored.reach(record.place.part, *ticks);
                let end = Sample(header.first_tick.0.saturating_add(header.ticks.into()).saturating_mul(80));
                self.open_part = self.open_part.map(|last| last.max(end));
            }
            Body::PartEnd(_) => self.open_part = None,
            Body::RecordingEnd(_) => self.stored.ended = true,
            Body::TrackHead(_) | Body::Key(_) | Body::CompartmentKey(_) | Body::Map(_) | Body::TrackEnd(_) => {}
        }
    }
}
