//! Reading and writing fixed-size fields. All numbers of the vault's formats are big-endian.

use frame::{BootNo, Stamp, Time, Utc};

use crate::FormatError;

/// Takes fields off the front of octets.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Reader<'a> {
        Reader(octets)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], FormatError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(FormatError::Short)?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(FormatError::Short)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FormatError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, FormatError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FormatError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FormatError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn stamp(&mut self) -> Result<Stamp, FormatError> {
        let boot = BootNo(self.u32()?);
        let time = Time::from_us(self.u64()?);
        let utc = Utc::from_us(self.array().map(i64::from_be_bytes)?);
        Ok(Stamp { boot, time, utc })
    }

    /// Checks that the next octets are `expected`: a magic or a version.
    pub(crate) fn expect(&mut self, expected: &[u8], otherwise: FormatError) -> Result<(), FormatError> {
        if self.take(expected.len())? == expected { Ok(()) } else { Err(otherwise) }
    }

    /// Nothing may be left: octets that no field explains are a fault, or parsing would not be the inverse of emitting.
    pub(crate) const fn end(self) -> Result<(), FormatError> {
        if self.0.is_empty() { Ok(()) } else { Err(FormatError::Surplus) }
    }
}

/// Appends fields.
pub(crate) trait Put {
    fn octets(&mut self, octets: &[u8]);

    fn u8(&mut self, value: u8) {
        self.octets(&[value]);
    }

    fn u16(&mut self, value: u16) {
        self.octets(&value.to_be_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.octets(&value.to_be_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.octets(&value.to_be_bytes());
    }

    fn stamp(&mut self, stamp: &Stamp) {
        self.u32(stamp.boot.0);
        self.u64(stamp.time.as_us());
        self.octets(&stamp.utc.as_us().to_be_bytes());
    }
}

impl Put for Vec<u8> {
    fn octets(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}

/// Appends the CRC-32 of what `out` holds from `start` on.
pub(crate) fn put_crc(out: &mut Vec<u8>, start: usize) {
    let crc = crc32fast::hash(&out[start..]);
    out.u32(crc);
}

/// Takes the CRC-32 off the end of `octets` and checks it.
pub(crate) fn checked_crc(octets: &[u8]) -> Result<&[u8], FormatError> {
    let (body, crc) = octets.split_last_chunk().ok_or(FormatError::Short)?;
    if crc32fast::hash(body) == u32::from_be_bytes(*crc) { Ok(body) } else { Err(FormatError::Crc) }
}
