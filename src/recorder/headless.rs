//! Segments that lost their head while they were in use, told apart from free ones, whose head was wiped or torn.
//!
//! A free segment still holds its old batches. But the segment used last is never wiped, and a second batch is only written
//! when the head and the first are durable: where two batches of a later use stand than any head names, a head is gone. One
//! of an earlier use is gone where records of an open recording stand that are nowhere else.
//! Not here: a segment of a single batch, which may be torn; an earlier one that alone has all of its recordings: each has
//! a `due` leaf and no end, which `verify` tells.

use std::io;

use vault::{BATCH_HEAD_OCTETS, BatchHead, Record, SEGMENT_HEAD_OCTETS};

use super::{
    names::segment_name,
    store::{Store, read_all},
};

/// A segment without a head that begins with two batches of one use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headless {
    pub(super) segment: u32,
    pub(super) use_no: u64,
}

impl Headless {
    /// Looks at the first two batches of a segment without a head.
    pub(super) fn of(store: &dyn Store, segment: u32) -> io::Result<Option<Headless>> {
        let name = segment_name(segment);
        let Some(first) = batch_head(store, &name, SEGMENT_HEAD_OCTETS)? else { return Ok(None) };
        let second = batch_head(store, &name, SEGMENT_HEAD_OCTETS + first.batch_octets())?;
        let follows = second.is_some_and(|second| is_next(&first, &second));
        Ok(follows.then_some(Headless { segment, use_no: first.use_no }))
    }

    /// Whether it holds a record of which `is_missing` says that it is nowhere else.
    pub(super) fn holds(self, store: &dyn Store, is_missing: impl Fn(&Record<'_>) -> bool) -> io::Result<bool> {
        let octets = read_all(store, &segment_name(self.segment))?.unwrap_or_default();
        let mut rest = octets.get(SEGMENT_HEAD_OCTETS..).unwrap_or_default();
        let mut last: Option<BatchHead> = None;
        while let Ok(head) = BatchHead::parse(rest) {
            let Some(records) = rest.get(BATCH_HEAD_OCTETS..BATCH_HEAD_OCTETS + head.octets as usize) else { break };
            if last.is_some_and(|last| !is_next(&last, &head)) {
                break;
            }
            if records_of(records).any(|record| is_missing(&record)) {
                return Ok(true);
            }
            rest = rest.get(head.batch_octets()..).unwrap_or_default();
            last = Some(head);
        }
        Ok(false)
    }
}

fn batch_head(store: &dyn Store, name: &str, at: usize) -> io::Result<Option<BatchHead>> {
    let mut octets = [0; BATCH_HEAD_OCTETS];
    store.read_at(name, at as u64, &mut octets)?;
    Ok(BatchHead::parse(&octets).ok())
}

fn is_next(one: &BatchHead, other: &BatchHead) -> bool {
    (one.use_no, one.number + 1) == (other.use_no, other.number)
}

fn records_of(mut octets: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (record, length) = Record::parse(octets).ok()?;
        octets = &octets[length..];
        Some(record)
    })
}
