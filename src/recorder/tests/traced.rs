//! A disk that remembers all that was done to it, and what a power cut at any moment may leave of that.
//!
//! What was written and not flushed survives in part or not at all, sector by sector, in any order. Renaming, removing and
//! making a file are durable when they return (`FileStore` flushes the directory).

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use vault::{Random as _, Seeded};

use super::{MemoryStore, Store};

/// What a disk writes at once.
const SECTOR: usize = 512;

/// What was done to the files, or promised meanwhile.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Write {
        name: String,
        offset: usize,
        octets: Vec<u8>,
    },
    Truncate {
        name: String,
        octets: usize,
    },
    Sync(String),
    Rename(String, String),
    Remove(String),
    /// What the recorder had promised at this moment.
    Told(Told),
}

/// What must be there after a cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Everybody has spoken up to this tick.
    pub(super) spoken_to: u64,
    /// All before this one is durable.
    pub(super) durable_to: u64,
    /// Leaves under a signed root.
    pub(super) signed_leaves: u64,
}

/// The files with their octets.
pub(super) type Image = BTreeMap<String, Vec<u8>>;

/// Files in memory, and all that was done to them.
#[derive(Clone, Default)]
pub(super) struct TracedStore {
    pub(super) files: MemoryStore,
    acts: Arc<Mutex<Vec<Act>>>,
}

impl TracedStore {
    pub(super) fn of(image: &Image) -> TracedStore {
        TracedStore { files: files_of(image), acts: Arc::default() }
    }

    pub(super) fn note(&self, act: Act) {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner).push(act);
    }

    pub(super) fn acts(&self) -> Vec<Act> {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A disk with these files.
pub(super) fn files_of(image: &Image) -> MemoryStore {
    let files = MemoryStore::new();
    image.iter().for_each(|(name, octets)| files.tamper(name, |file| file.clone_from(octets)));
    files
}

pub(super) fn image_of(files: &MemoryStore) -> Image {
    let content = |name: String| {
        let octets = super::read_all(files, &name).unwrap().unwrap_or_default();
        (name, octets)
    };
    files.names().into_iter().map(content).collect()
}

impl Store for TracedStore {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.files.octets(name)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.files.read_at(name, offset, into)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.note(Act::Write { name: name.to_owned(), offset: offset as usize, octets: octets.to_vec() });
        self.files.write_at(name, offset, octets)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.files.sync(name)?;
        self.note(Act::Sync(name.to_owned()));
        Ok(())
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        self.note(Act::Truncate { name: name.to_owned(), octets: octets as usize });
        self.files.truncate(name, octets)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(from, to)?;
        self.note(Act::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.files.remove(name)?;
        self.note(Act::Remove(name.to_owned()));
        Ok(())
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.files.list(dir)
    }
}

/// What survives of the writes that were not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Survives {
    Nothing,
    Everything,
    /// Of each write, by the seed: all, nothing, or some of its sectors.
    Some(u64),
}

/// The disk as the acts go by: what is durable, and what waits for a flush.
#[derive(Clone, Default)]
pub(super) struct Disk {
    durable: Image,
    waiting: BTreeMap<String, Vec<Act>>,
    pub(super) told: Told,
}

impl Disk {
    pub(super) fn of(image: &Image) -> Disk {
        Disk { durable: image.clone(), ..Disk::default() }
    }

    pub(super) fn take(&mut self, act: &Act) {
        match act {
            Act::Write { name, .. } | Act::Truncate { name, .. } => {
                self.durable.entry(name.clone()).or_default();
                self.waiting.entry(name.clone()).or_default().push(act.clone());
            }
            Act::Sync(name) => {
                let waiting = self.waiting.remove(name).unwrap_or_default();
                let file = self.durable.entry(name.clone()).or_default();
                waiting.iter().for_each(|act| apply(file, act));
            }
            Act::Rename(from, to) => {
                let file = self.durable.remove(from).unwrap_or_default();
                self.durable.insert(to.clone(), file);
                let waiting = self.waiting.remove(from);
                self.waiting.remove(to);
                self.waiting.extend(waiting.map(|waiting| (to.clone(), waiting)));
            }
            Act::Remove(name) => {
                self.durable.remove(name);
                self.waiting.remove(name);
            }
            Act::Told(told) => self.told = *told,
        }
    }

    /// Whether a cut now leaves more than one thing.
    pub(super) fn is_unsure(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What a power cut now leaves of the files that wait for a flush.
    pub(super) fn unsure(&self, survives: Survives) -> Image {
        let mut dice = match survives {
            Survives::Nothing | Survives::Everything => None,
            Survives::Some(seed) => Some(Seeded::new(seed)),
        };
        let mut image = Image::new();
        for (name, waiting) in self.waiting.iter() {
            let mut file = self.durable.get(name).cloned().unwrap_or_default();
            for act in waiting.iter().filter(|_| survives != Survives::Nothing) {
                match &mut dice {
                    None => apply(&mut file, act),
                    Some(dice) => apply_some(&mut file, act, dice),
                }
            }
            image.insert(name.clone(), file);
        }
        image
    }

    /// What a power cut now leaves, given what it leaves of those.
    pub(super) fn with(&self, unsure: Image) -> Image {
        let mut image = self.durable.clone();
        image.extend(unsure);
        image
    }
}

fn apply(file: &mut Vec<u8>, act: &Act) {
    match act {
        Act::Write { offset, octets, .. } => put(file, *offset, octets),
        Act::Truncate { octets, .. } => file.resize(*octets, 0),
        _ => {}
    }
}

fn put(file: &mut Vec<u8>, offset: usize, octets: &[u8]) {
    let end = offset + octets.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(octets);
}

fn apply_some(file: &mut Vec<u8>, act: &Act, dice: &mut Seeded) {
    let [way] = dice.array();
    match (way % 8, act) {
        (0, _) => {}
        (1, _) | (_, Act::Truncate { .. }) => apply(file, act),
        (_, Act::Write { offset, octets, .. }) => apply_sectors(file, *offset, octets, dice),
        _ => {}
    }
}

/// Some of the sectors of a write, and for the file's length those that are missing are zeroes or what was there.
fn apply_sectors(file: &mut Vec<u8>, offset: usize, octets: &[u8], dice: &mut Seeded) {
    let mut at = 0;
    while at < octets.len() {
        let end = (at + SECTOR - (offset + at) % SECTOR).min(octets.len());
        let [keep] = dice.array();
        if keep % 2 == 0 {
            put(file, offset + at, &octets[at..end]);
        }
        at = end;
    }
}
