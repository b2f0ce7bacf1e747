//! The octets of a log file: its header, and records one after the other. `docs/EVENTS.md` is the same in prose.
//!
//! All numbers are little-endian. A record's text is JSON, which has no zero octet, and a record's header always has
//! one (the upper half of its length), so that no text from outside can look like a record when a damaged file is
//! searched for the next one.

use frame::{BootNo, EventNo, LifeNo, Stamp, Time, Utc};

use super::{Fact, Record};

/// The first octets of every log file.
const MAGIC: [u8; 8] = *b"RFEVENT\n";

/// The layout of file and records that is written here.
pub(super) const FORMAT: u16 = 1;

/// Magic 8, format u16, zero u16, CRC u32, number of the first record u64.
pub(super) const FILE_HEADER_OCTETS: usize = 24;

/// Length u32, CRC u32, number u64, event version u16, zero u16, life u32, boot u32, boot-time clock u64, UTC i64.
pub(super) const RECORD_HEADER_OCTETS: usize = 44;

/// The longest text of a record. The longest event of today has a few kB, in the reason that a person typed.
pub(super) const TEXT_MAX_OCTETS: usize = 64 * 1024;

/// The longest record.
pub(super) const RECORD_MAX_OCTETS: usize = RECORD_HEADER_OCTETS + TEXT_MAX_OCTETS;

/// The header of a file that begins with record `first`.
pub(super) fn file_header(first: EventNo) -> [u8; FILE_HEADER_OCTETS] {
    let mut header = [0; FILE_HEADER_OCTETS];
    header[..8].copy_from_slice(&MAGIC);
    header[8..10].copy_from_slice(&FORMAT.to_le_bytes());
    header[16..].copy_from_slice(&first.0.to_le_bytes());
    let crc = header_crc(&header);
    header[12..16].copy_from_slice(&crc.to_le_bytes());
    header
}

/// What the first octets of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileHeader {
    /// A file of this format.
    Ours,
    /// A file of a later format.
    Later(u16),
    /// No header, or a damaged one.
    Damaged,
}

/// Reads a file's header.
pub(super) fn parse_file_header(octets: &[u8]) -> FileHeader {
    let Some(header) = octets.first_chunk::<FILE_HEADER_OCTETS>() else { return FileHeader::Damaged };
    if header[..8] != MAGIC || u32_at(header, 12) != header_crc(header) {
        return FileHeader::Damaged;
    }
    match u16_at(header, 8) {
        FORMAT => FileHeader::Ours,
        later => FileHeader::Later(later),
    }
}

fn header_crc(header: &[u8; FILE_HEADER_OCTETS]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header[..12]);
    crc.update(&header[16..]);
    crc.finalize()
}

/// The octets of a record, whose text is at most [`TEXT_MAX_OCTETS`] long.
pub(super) fn emit(no: EventNo, stamp: Stamp, life: LifeNo, version: u16, text: &str) -> Vec<u8> {
    assert!(!text.is_empty() && text.len() <= TEXT_MAX_OCTETS, "a record's text has {} octets", text.len());
    let mut octets = Vec::with_capacity(RECORD_HEADER_OCTETS + text.len());
    octets.extend_from_slice(&(text.len() as u32).to_le_bytes());
    octets.extend_from_slice(&[0; 4]);
    octets.extend_from_slice(&no.0.to_le_bytes());
    octets.extend_from_slice(&version.to_le_bytes());
    octets.extend_from_slice(&[0; 2]);
    octets.extend_from_slice(&life.0.to_le_bytes());
    octets.extend_from_slice(&stamp.boot.0.to_le_bytes());
    octets.extend_from_slice(&stamp.time.as_us().to_le_bytes());
    octets.extend_from_slice(&stamp.utc.as_us().to_le_bytes());
    octets.extend_from_slice(text.as_bytes());
    let crc = record_crc(&octets);
    octets[4..8].copy_from_slice(&crc.to_le_bytes());
    octets
}

/// The record at the start of `octets`, with its length; `None` where no whole, undamaged record stands there.
pub(super) fn parse(octets: &[u8]) -> Option<(RawRecord<'_>, usize)> {
    let text_octets = u32_at(octets.first_chunk::<RECORD_HEADER_OCTETS>()?, 0) as usize;
    if text_octets == 0 || text_octets > TEXT_MAX_OCTETS {
        return None;
    }
    let record = octets.get(..RECORD_HEADER_OCTETS + text_octets)?;
    if u16_at(record, 18) != 0 || u32_at(record, 4) != record_crc(record) {
        return None;
    }
    let text = std::str::from_utf8(&record[RECORD_HEADER_OCTETS..]).ok()?;
    Some((RawRecord { header: record, text }, record.len()))
}

fn record_crc(record: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&record[..4]);
    crc.update(&record[8..]);
    crc.finalize()
}

/// A whole record whose text is not yet read.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawRecord<'a> {
    header: &'a [u8],
    text: &'a str,
}

impl RawRecord<'_> {
    /// Its number.
    pub(super) fn no(&self) -> EventNo {
        EventNo(u64_at(self.header, 8))
    }

    /// All its octets.
    pub(super) fn octets(&self) -> &[u8] {
        self.header
    }

    /// When it was, by the wall clock.
    pub(super) fn utc(&self) -> Utc {
        Utc::from_us(u64_at(self.header, 36) as i64)
    }

    /// Whether its text has this word in it.
    pub(super) fn says(&self, word: &str) -> bool {
        self.text.contains(word)
    }

    /// The record with its text read.
    pub(super) fn read(&self) -> Record {
        let stamp = Stamp {
            boot: BootNo(u32_at(self.header, 24)),
            time: Time::from_us(u64_at(self.header, 28)),
            utc: self.utc(),
        };
        Record {
            no: self.no(),
            stamp,
            life: LifeNo(u32_at(self.header, 20)),
            version: u16_at(self.header, 16),
            fact: Fact::parse(self.text),
        }
    }
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(octets, at))
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(octets, at))
}

fn u64_at(octets: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(octets, at))
}

/// The `N` octets at `at`, which the caller has made sure of.
fn array_at<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&octets[at..at + N]);
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let stamp = Stamp { boot: BootNo(2), time: Time::from_us(3), utc: Utc::from_us(-4) };
        emit(EventNo(7), stamp, LifeNo(5), 9, r#"{"about":"box","kind":"stopping"}"#)
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        let octets = sample();
        let (raw, len) = parse(&octets).unwrap();
        let record = raw.read();
        assert_eq!(len, octets.len());
        assert_eq!((record.no, record.life, record.version), (EventNo(7), LifeNo(5), 9));
        assert_eq!(record.stamp, Stamp { boot: BootNo(2), time: Time::from_us(3), utc: Utc::from_us(-4) });
        assert_eq!(emit(record.no, record.stamp, record.life, record.version, &record.fact.text()), octets);
    }

    #[test]
    fn every_flipped_bit_and_every_missing_octet_is_noticed() {
        let octets = sample();
        for bit in 0..octets.len() * 8 {
            let mut damaged = octets.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(parse(&damaged).is_none(), "bit {bit}");
        }
        for len in 0..octets.len() {
            assert!(parse(&octets[..len]).is_none(), "length {len}");
        }
    }

    #[test]
    fn a_file_header_tells_ours_from_later_and_damaged() {
        let header = file_header(EventNo(1));
        assert_eq!(parse_file_header(&header), FileHeader::Ours);
        for bit in 0..header.len() * 8 {
            let mut damaged = header;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse_file_header(&damaged), FileHeader::Damaged, "bit {bit}");
        }
        let mut later = header;
        later[8] = 2;
        let crc = header_crc(&later);
        later[12..16].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(parse_file_header(&later), FileHeader::Later(2));
    }
}
