//! Segments: the ring of files that batches are flushed to, every 100 ms, before a recording gets its object.
//!
//! A file is written with zeroes ahead and used again and again, so what stands behind the last batch is older. A batch
//! counts only when it has the segment's present use, the next number, and a trailer whose hash fits.

use memchr::memmem;

use crate::{
    FORMAT_VERSION, FormatError, Suite, VaultId,
    octets::{Put, Reader, checked_crc, put_crc},
    suite::{Hash, hash},
};

/// Octets of a segment's header.
pub const SEGMENT_HEAD_OCTETS: usize = 8 + 2 + 2 + 16 + 4 + 8 + 8 + 32 + 4;

/// Octets of a batch's header.
pub const BATCH_HEAD_OCTETS: usize = 4 + 8 + 8 + 4 + 4 + 4;

/// Octets of a batch's trailer.
pub const BATCH_TRAILER_OCTETS: usize = 4 + 8 + 32 + 4;

const SEGMENT_MAGIC: &[u8; 8] = b"RFSEGMNT";
const BATCH_MAGIC: &[u8; 4] = b"RFBT";
const TRAILER_MAGIC: &[u8; 4] = b"RFBE";

/// The header of a segment, written at each use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHead {
    /// The algorithms.
    pub suite: Suite,
    /// The vault.
    pub vault: VaultId,
    /// Which file of the ring.
    pub segment: u32,
    /// Counted up over the whole ring each time a segment is taken into use.
    pub use_no: u64,
    /// The number of the first batch in it.
    pub first_batch: u64,
    /// The hash of the batch before, in the segment used before.
    pub previous: Hash,
}

impl SegmentHead {
    /// The octets that are stored.
    pub fn emit(&self) -> Vec<u8> {
        let mut out = SEGMENT_MAGIC.to_vec();
        out.u16(FORMAT_VERSION);
        out.u16(self.suite.number());
        out.octets(&self.vault.0);
        out.u32(self.segment);
        out.u64(self.use_no);
        out.u64(self.first_batch);
        out.octets(&self.previous);
        put_crc(&mut out, 0);
        out
    }

    /// Reads a header from the front of `octets`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(octets: &[u8]) -> Result<SegmentHead, FormatError> {
        let octets = octets.get(..SEGMENT_HEAD_OCTETS).ok_or(FormatError::Short)?;
        let mut reader = Reader::new(checked_crc(octets)?);
        reader.expect(SEGMENT_MAGIC, FormatError::Magic)?;
        reader.expect(&FORMAT_VERSION.to_be_bytes(), FormatError::Version)?;
        Ok(SegmentHead {
            suite: Suite::from_number(reader.u16()?)?,
            vault: VaultId(reader.array()?),
            segment: reader.u32()?,
            use_no: reader.u64()?,
            first_batch: reader.u64()?,
            previous: reader.array()?,
        })
    }
}

/// What a batch continues, and how the next one is written or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchChain {
    /// The segment's present use.
    pub use_no: u64,
    /// The number of the next batch.
    pub next_batch: u64,
    /// The hash of the batch before.
    pub previous: Hash,
}

/// A batch, within the octets it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// Its number.
    pub number: u64,
    /// Its records, one after the other.
    pub records: &'a [u8],
    /// How many records.
    pub count: u32,
    /// Octets of the whole batch.
    pub octets: usize,
}

/// What the header of a batch says, whether the batch is whole or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHead {
    /// The use of the segment that it was written in.
    pub use_no: u64,
    /// Its number.
    pub number: u64,
    /// Octets of its records.
    pub octets: u32,
    /// How many records.
    pub count: u32,
}

impl BatchHead {
    /// Reads a header from the front of `octets`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(octets: &[u8]) -> Result<BatchHead, FormatError> {
        let octets = octets.get(..BATCH_HEAD_OCTETS).ok_or(FormatError::Short)?;
        let mut reader = Reader::new(checked_crc(octets)?);
        reader.expect(BATCH_MAGIC, FormatError::Magic)?;
        Ok(BatchHead { use_no: reader.u64()?, number: reader.u64()?, octets: reader.u32()?, count: reader.u32()? })
    }

    /// Octets of the whole batch.
    pub const fn batch_octets(&self) -> usize {
        BATCH_FRAME_OCTETS + self.octets as usize
    }
}

/// Octets of a batch around its records.
pub const BATCH_FRAME_OCTETS: usize = BATCH_HEAD_OCTETS + BATCH_TRAILER_OCTETS;

impl BatchChain {
    /// The chain at the beginning of a segment.
    pub const fn of_segment(head: &SegmentHead) -> BatchChain {
        BatchChain { use_no: head.use_no, next_batch: head.first_batch, previous: head.previous }
    }

    /// Appends a batch of `count` records to `out` and goes on to the next.
    pub fn append(&mut self, records: &[u8], count: u32, out: &mut Vec<u8>) {
        let start = out.len();
        out.octets(BATCH_MAGIC);
        out.u64(self.use_no);
        out.u64(self.next_batch);
        out.u32(records.len() as u32);
        out.u32(count);
        put_crc(out, start);
        out.octets(records);
        let link = hash("ringfence batch", &[&self.previous, &out[start..]]);
        let trailer = out.len();
        out.octets(TRAILER_MAGIC);
        out.u64(self.next_batch);
        out.octets(&link);
        put_crc(out, trailer);
        self.next_batch += 1;
        self.previous = link;
    }

    /// Reads the next batch from the front of `octets` and goes on.
    ///
    /// # Errors
    /// [`BatchFault::Nothing`] where no batch of this use begins: the regular end. [`BatchFault::Incomplete`] where one
    /// begins and is not whole.
    pub fn follow<'a>(&mut self, octets: &'a [u8]) -> Result<Batch<'a>, BatchFault> {
        let head = BatchHead::parse(octets).map_err(|_| BatchFault::Nothing)?;
        if (head.use_no, head.number) != (self.use_no, self.next_batch) {
            return Err(BatchFault::Nothing);
        }
        self.parse_rest(octets, head.octets as usize, head.count).map_err(BatchFault::Incomplete)
    }

    fn parse_rest<'a>(&mut self, octets: &'a [u8], length: usize, count: u32) -> Result<Batch<'a>, FormatError> {
        let end = BATCH_HEAD_OCTETS + length;
        let trailer = octets.get(end..end + BATCH_TRAILER_OCTETS).ok_or(FormatError::Short)?;
        let mut reader = Reader::new(checked_crc(trailer)?);
        reader.expect(TRAILER_MAGIC, FormatError::Magic)?;
        reader.expect(&self.next_batch.to_be_bytes(), FormatError::Value)?;
        let link = hash("ringfence batch", &[&self.previous, &octets[..end]]);
        reader.expect(&link, FormatError::Hash)?;
        let batch = Batch {
            number: self.next_batch,
            records: &octets[BATCH_HEAD_OCTETS..end],
            count,
            octets: end + BATCH_TRAILER_OCTETS,
        };
        self.next_batch += 1;
        self.previous = link;
        Ok(batch)
    }
}

/// Why no batch was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFault {
    /// No batch of this use begins here.
    Nothing,
    /// One begins, but is not whole: torn by a power cut, or changed.
    Incomplete(FormatError),
}

/// Looks for a later batch of the same use behind a fault: a torn tail has none, a changed batch has.
///
/// Gives the offset of the first header that carries this use and a number not before `next_batch`.
pub fn later_batch(octets: &[u8], use_no: u64, next_batch: u64) -> Option<usize> {
    memmem::find_iter(octets, BATCH_MAGIC).filter(|&at| at > 0).find(|&at| {
        let head = octets[at..].get(..BATCH_HEAD_OCTETS).and_then(|head| BatchHead::parse(head).ok());
        head.is_some_and(|head| head.use_no == use_no && head.number >= next_batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: SegmentHead = SegmentHead {
        suite: Suite::One,
        vault: VaultId([5; 16]),
        segment: 3,
        use_no: 9,
        first_batch: 100,
        previous: [6; 32],
    };

    fn two_batches() -> Vec<u8> {
        let mut chain = BatchChain::of_segment(&HEAD);
        let mut octets = Vec::new();
        chain.append(b"first records", 2, &mut octets);
        chain.append(b"second", 1, &mut octets);
        octets
    }

    fn whole_batches(octets: &[u8]) -> usize {
        let (mut chain, mut at, mut count) = (BatchChain::of_segment(&HEAD), 0, 0);
        while let Ok(batch) = chain.follow(&octets[at..]) {
            at += batch.octets;
            count += 1;
        }
        count
    }

    #[test]
    fn a_segment_head_is_read_back_and_every_changed_bit_is_found() {
        let octets = HEAD.emit();
        assert_eq!(octets.len(), SEGMENT_HEAD_OCTETS);
        assert_eq!(SegmentHead::parse(&octets), Ok(HEAD));
        for at in 0..octets.len() * 8 {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(SegmentHead::parse(&changed).is_err(), "bit {at}");
        }
    }

    #[test]
    fn every_changed_bit_stops_the_chain_at_its_batch() {
        let octets = two_batches();
        assert_eq!(whole_batches(&octets), 2);
        let first = BATCH_FRAME_OCTETS + 13;
        for at in 0..octets.len() * 8 {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert_eq!(whole_batches(&changed), usize::from(at / 8 >= first), "bit {at}");
        }
    }

    #[test]
    fn a_segment_cut_anywhere_keeps_its_whole_batches() {
        let octets = two_batches();
        let first = BATCH_FRAME_OCTETS + 13;
        for length in 0..octets.len() {
            assert_eq!(whole_batches(&octets[..length]), usize::from(length >= first), "{length}");
        }
    }

    #[test]
    fn a_batch_of_an_earlier_use_is_the_regular_end() {
        let mut chain = BatchChain::of_segment(&SegmentHead { use_no: 10, ..HEAD });
        assert_eq!(chain.follow(&two_batches()), Err(BatchFault::Nothing));
    }

    #[test]
    fn a_changed_batch_is_told_from_a_torn_one_by_what_follows_it() {
        let mut octets = two_batches();
        octets[BATCH_HEAD_OCTETS] ^= 1;
        let mut chain = BatchChain::of_segment(&HEAD);
        assert!(matches!(chain.follow(&octets), Err(BatchFault::Incomplete(FormatError::Hash))));
        assert_eq!(later_batch(&octets, 9, 100), Some(BATCH_FRAME_OCTETS + 13));
        assert_eq!(later_batch(&octets[..BATCH_FRAME_OCTETS + 13], 9, 100), None);
    }
}
