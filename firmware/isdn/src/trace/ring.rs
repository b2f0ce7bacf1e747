//! The ring of frames: slabs of memory that are filled one after the other, the oldest first to be filled anew.

use std::collections::VecDeque;

use frame::{Time, Utc};
use serde::{Deserialize, Serialize};

use super::{
    GivenUp,
    calls::Calls,
    mask::{self, KeptNumbers},
    pcap::{self, BEFORE_FRAME_OCTETS, Direction, MOMENT_OCTETS},
};
use crate::{CallEntry, Role};

/// The last frames of one D-channel.
#[derive(Debug)]
pub struct Trace {
    role: Role,
    numbers: KeptNumbers,
    slabs: VecDeque<Vec<u8>>,
    /// How many slabs were filled anew: the number of the first one.
    gone: u64,
    /// The place of the last frame.
    last: Cursor,
    pub(super) calls: Calls,
}

/// A place in the trace: where the next record begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor {
    /// The slab, counted since the start.
    slab: u64,
    /// Octets into it.
    octets: u32,
}

/// One frame of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// When it came or went.
    pub at: Time,
    /// Which way.
    pub direction: Direction,
    /// Its octets, digits masked.
    pub frame: &'a [u8],
}

impl Trace {
    /// The most memory that a trace takes: 160 slabs.
    pub const CAPACITY_OCTETS: usize = SLABS * SLAB_OCTETS;

    /// An empty trace of a D-channel on which we play `role`. It takes memory with the first frame.
    pub fn new(role: Role, numbers: KeptNumbers) -> Trace {
        Trace { role, numbers, slabs: VecDeque::new(), gone: 0, last: Cursor::default(), calls: Calls::default() }
    }

    /// Changes what is kept from now on. What is kept already stays as it is.
    pub fn apply(&mut self, role: Role, numbers: KeptNumbers) {
        (self.role, self.numbers) = (role, numbers);
    }

    /// Keeps a frame, without its check sequence.
    pub fn keep(&mut self, at: Time, direction: Direction, frame: &[u8]) {
        let kept = &frame[..frame.len().min(FRAME_OCTETS)];
        let (role, numbers) = (self.role, self.numbers);
        self.make_room(BEFORE_FRAME_OCTETS + kept.len());
        self.last = self.newest();
        let slab = self.slabs.back_mut().expect("room was made in a slab");
        slab.extend_from_slice(&at.as_us().to_le_bytes());
        slab.extend_from_slice(&pcap::before_frame(direction, role, kept.len() as u32, frame.len() as u32));
        let from = slab.len();
        slab.extend_from_slice(kept);
        mask::mask(&mut slab[from..], numbers);
    }

    /// The call table hears of a call. It does so before our own SETUP leaves, and after the far end's is here.
    pub fn remember(&mut self, entry: &CallEntry) {
        let from = if entry.ours { self.newest() } else { self.last };
        self.calls.remember(entry, from);
    }

    /// The call table forgets a call: its last frame is kept.
    pub fn forget(&mut self, entry: &CallEntry) {
        self.calls.forget(entry, self.newest(), self.oldest());
    }

    /// The call with this number ended by itself.
    pub fn give_up(&mut self, at: Time, tag: u64, why: GivenUp) {
        self.calls.give_up(tag, at, why);
    }

    /// Our side of the line.
    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// The frames from a place up to another, or to the end.
    pub(super) fn records_between(&self, from: Cursor, to: Option<Cursor>) -> impl Iterator<Item = Record<'_>> {
        let to = to.unwrap_or(Cursor { slab: u64::MAX, octets: 0 });
        self.placed(from).take_while(move |(place, _)| *place < to).map(|(_, record)| record)
    }

    /// The frames from a place on; from the oldest where the place is gone.
    pub fn records(&self, from: Cursor) -> impl Iterator<Item = Record<'_>> {
        self.placed(from).map(|(_, record)| record)
    }

    fn placed(&self, from: Cursor) -> impl Iterator<Item = (Cursor, Record<'_>)> {
        let from = from.max(self.oldest());
        let gone = self.gone;
        let first = (from.slab - gone) as usize;
        let skip = move |index: usize| if index == first { from.octets } else { 0 };
        let slabs = self.slabs.iter().enumerate().skip(first);
        slabs.flat_map(move |(index, slab)| {
            let mut octets = skip(index);
            records_of(slab.get(octets as usize..).unwrap_or_default()).map(move |record| {
                let place = Cursor { slab: gone + index as u64, octets };
                octets += (BEFORE_FRAME_OCTETS + record.frame.len()) as u32;
                (place, record)
            })
        })
    }

    /// The next piece of the pcap file after its header, at most a slab, and where the one after it begins; `None` at the
    /// end. `utc_at_zero` is the wall clock at the start of the boot clock.
    pub fn piece(&self, from: Cursor, utc_at_zero: Utc) -> Option<(Vec<u8>, Cursor)> {
        let from = from.max(self.oldest());
        let slab = self.slabs.get((from.slab - self.gone) as usize)?;
        let is_last = from.slab == self.newest().slab;
        let mut octets = slab.get(from.octets as usize..).unwrap_or_default().to_vec();
        if octets.is_empty() && is_last {
            return None;
        }
        stamp(&mut octets, utc_at_zero);
        let next = if is_last { self.newest() } else { Cursor { slab: from.slab + 1, octets: 0 } };
        Some((octets, next))
    }

    /// The oldest place.
    pub fn oldest(&self) -> Cursor {
        Cursor { slab: self.gone, octets: 0 }
    }

    /// The place of the next frame to come.
    pub fn newest(&self) -> Cursor {
        let Some(last) = self.slabs.back() else { return self.oldest() };
        Cursor { slab: self.gone + self.slabs.len() as u64 - 1, octets: last.len() as u32 }
    }

    /// How much memory it takes.
    pub fn memory_octets(&self) -> usize {
        self.slabs.iter().map(Vec::capacity).sum()
    }

    /// Sees that the last slab has room for so many octets: it is a new one, or the oldest anew.
    fn make_room(&mut self, octets: usize) {
        let has_room = self.slabs.back().is_some_and(|slab| slab.len() + octets <= SLAB_OCTETS);
        if !has_room {
            let slab = self.empty_slab();
            self.slabs.push_back(slab);
        }
    }

    fn empty_slab(&mut self) -> Vec<u8> {
        if self.slabs.len() < SLABS {
            return Vec::with_capacity(SLAB_OCTETS);
        }
        self.gone += 1;
        let mut oldest = self.slabs.pop_front().unwrap_or_default();
        oldest.clear();
        oldest
    }
}

/// The records that stand in a part of a slab.
fn records_of(mut rest: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (before, after) = rest.split_first_chunk::<BEFORE_FRAME_OCTETS>()?;
        let (direction, kept) = pcap::read_before_frame(before);
        let (frame, next) = after.split_at_checked(kept)?;
        rest = next;
        let moment = before.first_chunk::<MOMENT_OCTETS>()?;
        Some(Record { at: Time::from_us(u64::from_le_bytes(*moment)), direction, frame })
    })
}

/// Turns the moments of the boot clock into those of the wall clock.
fn stamp(mut octets: &mut [u8], utc_at_zero: Utc) {
    while let Some((before, after)) = octets.split_first_chunk_mut::<BEFORE_FRAME_OCTETS>() {
        let (_, kept) = pcap::read_before_frame(before);
        let moment = before.first_chunk_mut::<MOMENT_OCTETS>().expect("a moment is shorter than what it opens");
        let at_us = u64::from_le_bytes(*moment);
        *moment = pcap::moment(utc_at_zero.as_us().saturating_add_unsigned(at_us));
        octets = after.split_at_mut(kept.min(after.len())).1;
    }
}

/// Memory is taken in this size, never for a frame: some thousand frames.
const SLAB_OCTETS: usize = 64 << 10;

/// 10 MiB in all. What is lost at the ends of slabs, and the slab that is being filled anew, leave more than 10 MB.
const SLABS: usize = 160;

/// The longest frame of a D-channel has 264 octets; of one that is longer by a fault so much is kept.
const FRAME_OCTETS: usize = 512;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trace() -> Trace {
        Trace::new(Role::User, KeptNumbers::Masked)
    }

    /// A supervisory frame.
    const READY: [u8; 4] = [0x02, 0x01, 0x01, 0x02];

    #[test]
    fn the_last_ten_megabytes_are_kept_in_memory_that_grows_by_slabs_up_to_its_bound() {
        let mut trace = trace();
        assert_eq!(trace.memory_octets(), 0);
        trace.keep(Time::ZERO, Direction::Sent, &READY);
        assert_eq!(trace.memory_octets(), SLAB_OCTETS);
        let frame = [0x02, 0x01, 0x00, 0x00].repeat(60);
        let frames = 3 * Trace::CAPACITY_OCTETS / (BEFORE_FRAME_OCTETS + frame.len());
        for no in 0..frames {
            trace.keep(Time::from_us(no as u64), Direction::Received, &frame);
            assert!(trace.memory_octets() <= Trace::CAPACITY_OCTETS);
        }
        let kept: Vec<u64> = trace.records(Cursor::default()).map(|record| record.at.as_us()).collect();
        assert!(kept.len() * (BEFORE_FRAME_OCTETS + frame.len()) >= 10_000_000, "{} frames", kept.len());
        assert!(kept.iter().rev().zip((0..frames as u64).rev()).all(|(kept, kept_last)| *kept == kept_last));
    }

    #[test]
    fn pieces_make_the_file_of_all_records_in_order_with_the_wall_clock() {
        let mut trace = trace();
        for no in 0..5_000 {
            trace.keep(Time::from_ms(no), Direction::Sent, &READY);
        }
        let (mut file, mut from) = (Vec::new(), Cursor::default());
        while let Some((octets, next)) = trace.piece(from, Utc::from_us(1_000_000_000_000_000)) {
            assert!(octets.len() <= SLAB_OCTETS);
            file.extend(octets);
            from = next;
        }
        let records: Vec<&[u8]> = file.chunks(BEFORE_FRAME_OCTETS + READY.len()).collect();
        assert_eq!(records.len(), 5_000);
        for (no, record) in records.iter().enumerate() {
            let seconds = 1_000_000_000 + no as u32 / 1000;
            assert_eq!(record[..4], seconds.to_le_bytes());
            assert_eq!(record[4..8], (no as u32 % 1000 * 1000).to_le_bytes());
            assert_eq!(record[BEFORE_FRAME_OCTETS..], READY);
        }
        assert_eq!(trace.piece(from, Utc::default()), None, "the end stays the end");
        trace.keep(Time::ZERO, Direction::Sent, &READY);
        assert!(trace.piece(from, Utc::default()).is_some_and(|(octets, _)| octets.len() == records[0].len()));
    }

    /// Golden: what decoders of others take for a frame that the network side received.
    #[test]
    fn a_record_has_the_pseudo_header_of_link_type_177() {
        let mut trace = Trace::new(Role::Network, KeptNumbers::Masked);
        trace.keep(Time::from_us(7), Direction::Received, &READY);
        let (octets, _) = trace.piece(Cursor::default(), Utc::from_us(1_000_000)).unwrap();
        let golden = [
            &[1, 0, 0, 0, 7, 0, 0, 0, 20, 0, 0, 0, 20, 0, 0, 0][..],
            &[0, 0, 0x20, 0xfd, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x30],
            &READY,
        ];
        assert_eq!(octets, golden.concat());
    }

    #[test]
    fn a_place_that_is_gone_begins_at_the_oldest() {
        let mut trace = trace();
        let frame = vec![0x01; 400];
        let begin = trace.newest();
        for no in 0..40_000 {
            trace.keep(Time::from_us(no), Direction::Sent, &frame);
        }
        let first = trace.records(begin).next().unwrap();
        assert!(first.at > Time::ZERO && trace.records(trace.newest()).next().is_none());
    }

    proptest! {
        #[test]
        fn what_is_kept_is_read_back(
            frames in prop::collection::vec((any::<u32>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..600)), 0..300),
        ) {
            let mut trace = trace();
            let mut places = Vec::new();
            for (at, sent, frame) in &frames {
                let direction = if *sent { Direction::Sent } else { Direction::Received };
                places.push(trace.newest());
                trace.keep(Time::from_us(u64::from(*at)), direction, frame);
            }
            let all: Vec<Record<'_>> = trace.records(Cursor::default()).collect();
            prop_assert_eq!(all.len(), frames.len());
            for ((record, (at, sent, frame)), place) in all.iter().zip(&frames).zip(places) {
                prop_assert_eq!(record.at.as_us(), u64::from(*at));
                prop_assert_eq!(record.direction == Direction::Sent, *sent);
                prop_assert_eq!(record.frame.len(), frame.len().min(FRAME_OCTETS));
                prop_assert_eq!(trace.records(place).next(), Some(*record));
            }
        }
    }
}
