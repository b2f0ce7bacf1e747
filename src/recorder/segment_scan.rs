//! One segment read to the end of its use, and whether what stands there is torn or damaged. Shared by recovery and `verify`.

use std::io;

use vault::{
    BATCH_HEAD_OCTETS, BatchChain, BatchFault, BatchHead, FormatError, SEGMENT_HEAD_OCTETS, SegmentHead, later_batch,
};

use super::{
    names::segment_name,
    store::{Store, read_all},
};

/// Octets of a segment that are read at once: after a short life it holds no more.
const READ_OCTETS: usize = 32 << 10;

/// Reads a segment as far as [`scan`] looks, given the head of the segment used after it.
///
/// That says with which batch it began, and so whether one is missing here: what stands behind the last batch of this use is not asked.
/// Where it is gone, a later batch may stand anywhere.
pub(super) fn read_used(store: &dyn Store, head: &SegmentHead, next: Option<&SegmentHead>) -> io::Result<Vec<u8>> {
    let name = segment_name(head.segment);
    if follower(head, next).is_none() {
        return Ok(read_all(store, &name)?.unwrap_or_default());
    }
    let mut octets = Vec::new();
    let (mut end, mut number) = (SEGMENT_HEAD_OCTETS, head.first_batch);
    while read_to(store, &name, end + BATCH_HEAD_OCTETS, &mut octets)? {
        let Ok(batch) = BatchHead::parse(&octets[end..]) else { break };
        if (batch.use_no, batch.number) != (head.use_no, number) {
            break;
        }
        (end, number) = (end + batch.batch_octets(), number + 1);
    }
    Ok(octets)
}

/// Reads on until `octets` holds so many of the file, and tells whether it has as many.
fn read_to(store: &dyn Store, name: &str, end: usize, octets: &mut Vec<u8>) -> io::Result<bool> {
    while octets.len() < end {
        let start = octets.len();
        octets.resize(start + READ_OCTETS, 0);
        let read = store.read_at(name, start as u64, &mut octets[start..])?;
        octets.truncate(start + read);
        if read == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The head of the segment used next, if it is that one.
fn follower<'head>(head: &SegmentHead, next: Option<&'head SegmentHead>) -> Option<&'head SegmentHead> {
    next.filter(|next| next.use_no == head.use_no + 1)
}

/// What was read.
pub(super) struct Scan {
    /// The chain after the last whole batch.
    pub(super) chain: BatchChain,
    /// Where the last whole batch ends.
    pub(super) end: usize,
    /// Why what follows is no torn tail.
    pub(super) damage: Option<FormatError>,
}

/// Reads the whole batches of a segment; `next` is the head of the segment used after it, if any.
pub(super) fn scan(
    head: &SegmentHead,
    next: Option<&SegmentHead>,
    octets: &[u8],
    mut batch: impl FnMut(usize, &[u8]),
) -> Scan {
    let mut chain = BatchChain::of_segment(head);
    let mut end = SEGMENT_HEAD_OCTETS;
    let fault = loop {
        match chain.follow(octets.get(end..).unwrap_or_default()) {
            Ok(whole) => {
                batch(end + BATCH_HEAD_OCTETS, whole.records);
                end += whole.octets;
            }
            Err(fault) => break fault,
        }
    };
    let tail = octets.get(end..).unwrap_or_default();
    // A torn batch was never told to be durable, and the segment that recovery began after it repeats its number.
    let is_damaged = match follower(head, next) {
        Some(next) => next.first_batch != chain.next_batch,
        None => later_batch(tail, head.use_no, chain.next_batch).is_some(),
    };
    let what = match fault {
        BatchFault::Nothing => FormatError::Magic,
        BatchFault::Incomplete(what) => what,
    };
    Scan { chain, end, damage: is_damaged.then_some(what) }
}

/// Whether a head is a free segment's, of zeroes, or a torn one, which ends in them.
pub(super) fn is_free_head(octets: &[u8]) -> bool {
    octets.get(..SEGMENT_HEAD_OCTETS).is_none_or(|head| head.ends_with(&[0; 4]))
}
