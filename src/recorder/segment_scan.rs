//! One segment read to its end, and whether what stands there is torn or damaged. Shared by recovery and `verify`.

use vault::{BATCH_HEAD_OCTETS, BatchChain, BatchFault, FormatError, SEGMENT_HEAD_OCTETS, SegmentHead, later_batch};

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
    let is_damaged = match next.filter(|next| next.use_no == head.use_no + 1) {
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
