//! Real files that tell when each batch was durable, and how much was written for what.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use frame::Tick;
use ringfence::recorder::{FileStore, Store};
use vault::{BATCH_HEAD_OCTETS, BatchHead, Body, Record};

/// Compared as a whole: octet for octet it would take a tenth of what is measured.
const PAGE: [u8; 4096] = [0; 4096];

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Of each batch: the tick of its oldest audio, and when its flush had returned.
    pub durable: Vec<(Tick, Instant)>,
    /// Octets that were written, of all files.
    pub written: u64,
    /// Those of them with which segments were made ahead: once in the life of the ring.
    pub zeroes: u64,
}

/// Files of a directory.
pub struct Timed {
    files: FileStore,
    /// The oldest audio of the batch that waits for its flush.
    waiting: Option<Tick>,
    seen: Arc<Mutex<Seen>>,
}

impl Timed {
    pub fn new(files: FileStore, seen: Arc<Mutex<Seen>>) -> Timed {
        Timed { files, waiting: None, seen }
    }

    fn see(&self, what: impl FnOnce(&mut Seen)) {
        what(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The first tick of the first chunk of a batch: all recordings of the bench have audio of the same ticks in it.
fn oldest(octets: &[u8]) -> Option<Tick> {
    let head = BatchHead::parse(octets).ok()?;
    let mut records = octets.get(BATCH_HEAD_OCTETS..BATCH_HEAD_OCTETS + head.octets as usize)?;
    while let Ok((record, length)) = Record::parse(records) {
        if let Body::Chunk(chunk) = &record.body {
            return Some(chunk.header.first_tick);
        }
        records = &records[length..];
    }
    None
}

impl Store for Timed {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.files.octets(name)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.files.read_at(name, offset, into)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        if name.starts_with("segments/") {
            self.waiting = oldest(octets).or(self.waiting);
        }
        let is_ahead =
            name.starts_with("segments/") && octets.chunks(PAGE.len()).all(|page| *page == PAGE[..page.len()]);
        self.see(|seen| {
            seen.written += octets.len() as u64;
            seen.zeroes += if is_ahead { octets.len() as u64 } else { 0 };
        });
        self.files.write_at(name, offset, octets)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.files.sync(name)?;
        if name.starts_with("segments/")
            && let Some(tick) = self.waiting.take()
        {
            self.see(|seen| seen.durable.push((tick, Instant::now())));
        }
        Ok(())
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        self.files.truncate(name, octets)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(from, to)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.files.remove(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.files.list(dir)
    }
}
