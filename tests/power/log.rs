//! The log of a disk's writes, as QEMU's `blklogwrites` keeps it: the format of the kernel's dm-log-writes
//! (Documentation/admin-guide/device-mapper/log-writes.rst; `struct log_write_super`, `struct log_write_entry`).

use std::{fs, path::PathBuf};

use crate::mark::{FILE_SYSTEM_OCTETS, Mark};

const MAGIC: u64 = 0x006a_7366_7773_6872;

/// Flags of an entry. Of a discard no data follows; the file system is mounted without.
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;

/// What the kernel asked of the disk.
pub enum Entry {
    Write {
        offset: usize,
        octets: Vec<u8>,
        /// Whether it was durable when it was done.
        through: bool,
    },
    Flush,
    /// Something was promised.
    Mark(Mark),
}

/// All that was asked, in order, and the disk before.
pub struct Log {
    pub base: Vec<u8>,
    pub entries: Vec<Entry>,
}

impl Log {
    /// What `./justw power-log` has recorded.
    pub fn read() -> Log {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/power");
        let read = |name| fs::read(folder.join(name)).expect("./justw power-log records it");
        let (mut base, writes) = (read("base.img"), read("writes"));
        base.truncate(FILE_SYSTEM_OCTETS as usize);
        Log { base, entries: parse(&writes) }
    }
}

fn parse(octets: &[u8]) -> Vec<Entry> {
    let number = |at: usize| u64::from_le_bytes(octets[at..at + 8].try_into().expect("eight octets"));
    assert_eq!((number(0), number(8)), (MAGIC, 1), "a log of writes, version 1");
    let sector = number(24) as u32 as usize;
    let (mut at, mut entries) = (sector, Vec::new());
    for _ in 0..number(16) {
        let (offset, length, flags) = (number(at) as usize * sector, number(at + 8) as usize * sector, number(at + 16));
        at += sector;
        assert_eq!(flags & DISCARD, 0, "nothing is discarded");
        if flags & FLUSH != 0 {
            entries.push(Entry::Flush);
        }
        if length > 0 && (flags & FLUSH == 0 || flags & FUA != 0) {
            entries.push(write(offset, &octets[at..at + length], flags & FUA != 0));
            at += length;
        }
    }
    entries
}

fn write(offset: usize, octets: &[u8], through: bool) -> Entry {
    if offset as u64 >= FILE_SYSTEM_OCTETS {
        return Entry::Mark(Mark::parse(octets));
    }
    Entry::Write { offset, octets: octets.to_vec(), through }
}
