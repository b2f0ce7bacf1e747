//! A run of octets on its way from the ring into an object: written in one go, made durable, and read back.
//!
//! Its buffers stay from step to step: to ask the system for a quarter of a MiB each time costs more than to copy it.

use std::io;

use super::{DiskFault, store::Store};

/// A run.
#[derive(Default)]
pub(super) struct Run {
    /// Those of the run, and behind them what longer runs have left.
    octets: Vec<u8>,
    used: usize,
    back: Vec<u8>,
}

impl Run {
    /// Forgets what it holds.
    pub(super) const fn clear(&mut self) {
        self.used = 0;
    }

    /// How long it is.
    pub(super) const fn octets(&self) -> usize {
        self.used
    }

    /// What it holds.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.octets[..self.used]
    }

    /// Appends octets.
    pub(super) fn append(&mut self, octets: &[u8]) {
        self.append_space(octets.len()).copy_from_slice(octets);
    }

    /// Appends space for octets, to be filled.
    pub(super) fn append_space(&mut self, octets: usize) -> &mut [u8] {
        let start = self.used;
        self.used += octets;
        if self.octets.len() < self.used {
            self.octets.resize(self.used, 0);
        }
        &mut self.octets[start..self.used]
    }

    /// Keeps, of what stands from `start` on, the stretch of `octets` at `at` only.
    pub(super) fn move_to(&mut self, start: usize, at: usize, octets: usize) {
        self.octets.copy_within(at..at + octets, start);
    }

    /// Lets it end where only so many octets stand.
    pub(super) const fn cut(&mut self, octets: usize) {
        self.used = octets;
    }

    /// Writes it to a file, makes it durable, and reads it back.
    pub(super) fn write_checked(&mut self, store: &mut dyn Store, name: &str, offset: u64) -> Result<(), DiskFault> {
        let octets = &self.octets[..self.used];
        store.write_at(name, offset, octets)?;
        store.sync(name)?;
        if self.back.len() < octets.len() {
            self.back.resize(octets.len(), 0);
        }
        let back = &mut self.back[..octets.len()];
        let read = store.read_at(name, offset, back)?;
        if read == octets.len() && back == octets { Ok(()) } else { Err(DiskFault::Io(io::ErrorKind::InvalidData)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::MemoryStore;

    #[test]
    fn a_short_run_after_a_long_one_is_itself_alone() {
        let mut store = MemoryStore::new();
        let mut run = Run::default();
        run.append(b"a long run of octets");
        run.write_checked(&mut store, "file", 0).expect("memory takes it");
        run.clear();
        run.append(b"short");
        run.append_space(3).copy_from_slice(b"est");
        assert_eq!((run.as_slice(), run.octets()), (b"shortest".as_slice(), 8));
        run.write_checked(&mut store, "file", 2).expect("memory takes it");
        assert_eq!(crate::recorder::read_all(&store, "file").unwrap().unwrap(), b"a shortest of octets");
    }
}
