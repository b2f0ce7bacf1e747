//! Files in memory, for virtual time and tests: they can lose what was not made durable, fill up, and fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Store, names::segment_name};

/// Files in memory. Clones are the same files, so that a test holds what a recorder writes to.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Disk>>);

#[derive(Clone, Debug, Default)]
struct Disk {
    files: BTreeMap<String, FileImage>,
    faults: Faults,
    operations: u64,
    asked_octets: u64,
    reads: u64,
    read_octets: u64,
    /// Files that can't be read.
    unreadable: BTreeSet<String>,
    unchangeable: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
struct FileImage {
    /// What reading sees.
    now: Vec<u8>,
    /// What was there before each write since the last sync, oldest first: a power cut takes these writes back.
    undo: Vec<Undo>,
}

/// What a write replaced.
#[derive(Clone, Debug)]
struct Undo {
    offset: usize,
    octets: Vec<u8>,
    /// How long the file was.
    len: usize,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every write, sync, rename or removal after so many fails, as if the power had gone.
    pub dies_after: Option<u64>,
    /// The write that it dies in leaves so many of its octets.
    pub torn_octets: usize,
    /// Writing fails for want of room.
    pub full: bool,
    /// Files do not grow for want of room: what is there already is written, as on a full disk.
    pub no_growth: bool,
    /// The same of the files whose names begin so.
    pub no_growth_of: Option<&'static str>,
    /// Octets that there is room for in all files together.
    pub room_octets: Option<u64>,
    /// A name is changed, and told as refused: what makes it durable fails.
    pub renames_told_refused: bool,
    /// An octet of a segment of the ring that can't be read, nor anything with it.
    pub bad_octet: Option<(u32, u64)>,
    /// How long a file is, and whether it is there, is not told.
    pub lengths_refused: bool,
}

impl MemoryStore {
    /// No files.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// All its files.
    pub fn names(&self) -> Vec<String> {
        self.disk().files.keys().cloned().collect()
    }

    /// Lets a file, or a folder's list, be read no more, or again.
    pub fn refuse_to_read(&self, name: &str, refuses: bool) {
        let mut disk = self.disk();
        match refuses {
            true => disk.unreadable.insert(name.to_owned()),
            false => disk.unreadable.remove(name),
        };
    }

    /// Lets a file be written and removed no more, or again.
    pub fn refuse_to_change(&self, name: &str, refuses: bool) {
        let mut disk = self.disk();
        match refuses {
            true => disk.unchangeable.insert(name.to_owned()),
            false => disk.unchangeable.remove(name),
        };
    }

    /// Sets what goes wrong from now on; operations are counted from here.
    pub fn set_faults(&self, faults: Faults) {
        let mut disk = self.disk();
        disk.faults = faults;
        (disk.operations, disk.asked_octets, disk.reads, disk.read_octets) = (0, 0, 0, 0);
    }

    /// How many octets it was asked to write since [`Self::set_faults`], whether it did or not.
    #[cfg(test)]
    pub(super) fn asked_octets(&self) -> u64 {
        self.disk().asked_octets
    }

    /// How often it was read since [`Self::set_faults`], and how many octets.
    #[cfg(test)]
    pub(super) fn reads(&self) -> (u64, u64) {
        let disk = self.disk();
        (disk.reads, disk.read_octets)
    }

    /// Octets of all files together.
    pub fn octets_in_all(&self) -> u64 {
        self.disk().octets()
    }

    /// How many changing operations there were since [`Self::set_faults`].
    pub fn operations(&self) -> u64 {
        self.disk().operations
    }

    /// What is left after a power cut now: the durable content alone, and no faults.
    pub fn after_power_cut(&self) -> MemoryStore {
        let mut disk = self.disk().clone();
        disk.faults = Faults::default();
        disk.files.values_mut().for_each(FileImage::cut_power);
        MemoryStore(Arc::new(Mutex::new(disk)))
    }

    /// What is left when the process is killed: the kernel still writes everything.
    pub fn after_kill(&self) -> MemoryStore {
        let mut disk = self.disk().clone();
        disk.faults = Faults::default();
        disk.files.values_mut().for_each(FileImage::sync);
        MemoryStore(Arc::new(Mutex::new(disk)))
    }

    /// Changes a file behind everybody's back.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut disk = self.disk();
        let file = disk.files.entry(name.to_owned()).or_default();
        change(&mut file.now);
        file.sync();
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// Counts a changing operation, and fails it when it is its turn.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.faults.dies_after {
            Some(last) if self.operations > last => Err(ErrorKind::BrokenPipe.into()),
            _ => Ok(()),
        }
    }

    fn octets(&self) -> u64 {
        self.files.values().map(|file| file.now.len() as u64).sum()
    }

    fn file(&mut self, name: &str) -> io::Result<&mut FileImage> {
        self.files.get_mut(name).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl FileImage {
    fn put(&mut self, offset: u64, octets: &[u8]) {
        let (start, end) = (offset as usize, offset as usize + octets.len());
        self.note(start, end);
        if self.now.len() < start {
            self.now.resize(start, 0);
        }
        // What only grows is not filled with zeroes first: a recorder writes whole segments ahead.
        let (over, behind) = octets.split_at(octets.len().min(self.now.len() - start));
        self.now[start..start + over.len()].copy_from_slice(over);
        self.now.extend_from_slice(behind);
    }

    fn truncate(&mut self, octets: usize) {
        self.note(octets, self.now.len());
        self.now.resize(octets, 0);
    }

    fn note(&mut self, start: usize, end: usize) {
        let len = self.now.len();
        let octets = self.now.get(start..end.min(len)).unwrap_or_default().to_vec();
        self.undo.push(Undo { offset: start, octets, len });
    }

    fn sync(&mut self) {
        self.undo.clear();
    }

    fn cut_power(&mut self) {
        while let Some(Undo { offset, octets, len }) = self.undo.pop() {
            self.now.resize(len, 0);
            self.now[offset.min(len)..][..octets.len()].copy_from_slice(&octets);
        }
    }
}

impl Store for MemoryStore {
    fn free_octets(&self) -> io::Result<Option<u64>> {
        let disk = self.disk();
        Ok(disk.faults.room_octets.map(|room| room.saturating_sub(disk.octets())))
    }

    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        let disk = self.disk();
        if disk.faults.lengths_refused {
            return Err(io::Error::other("the disk refuses to tell how long it is"));
        }
        Ok(disk.files.get(name).map(|file| file.now.len() as u64))
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut disk = self.disk();
        let reach = offset..offset + into.len() as u64;
        let is_bad = |(segment, octet)| segment_name(segment) == name && reach.contains(&octet);
        if disk.unreadable.contains(name) || disk.faults.bad_octet.is_some_and(is_bad) {
            return Err(ErrorKind::Other.into());
        }
        let content = &disk.file(name)?.now;
        let from = content.get(offset as usize..).unwrap_or_default();
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        disk.reads += 1;
        disk.read_octets += count as u64;
        Ok(count)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.unchangeable.contains(name) {
            return Err(io::Error::other("the disk refuses to write it"));
        }
        disk.asked_octets += octets.len() as u64;
        let there = disk.files.get(name).map_or(0, |file| file.now.len() as u64);
        let grows = offset + octets.len() as u64 > there;
        let after = disk.octets() + (offset + octets.len() as u64).saturating_sub(there);
        let no_room = disk.faults.no_growth
            || disk.faults.no_growth_of.is_some_and(|begin| name.starts_with(begin))
            || disk.faults.room_octets.is_some_and(|room| after > room);
        if disk.faults.full || grows && no_room {
            return Err(ErrorKind::StorageFull.into());
        }
        let allowed = disk.operate();
        let dying = disk.faults.dies_after.is_some_and(|last| disk.operations == last + 1);
        let torn = disk.faults.torn_octets.min(octets.len());
        let file = disk.files.entry(name.to_owned()).or_default();
        match allowed {
            Ok(()) => file.put(offset, octets),
            Err(_) if dying => {
                file.put(offset, &octets[..torn]);
                // The disk was writing when the power went: this much reached it.
                file.sync();
            }
            Err(_) => {}
        }
        allowed
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.operate()?;
        disk.file(name)?.sync();
        Ok(())
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        let mut disk = self.disk();
        disk.operate()?;
        disk.file(name)?.truncate(octets as usize);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.operate()?;
        let file = disk.files.remove(from).ok_or(ErrorKind::NotFound)?;
        disk.files.insert(to.to_owned(), file);
        if disk.faults.renames_told_refused {
            return Err(io::Error::other("the folder can't be made durable"));
        }
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.operate()?;
        if disk.unchangeable.contains(name) {
            return Err(io::Error::other("the disk refuses to remove it"));
        }
        disk.files.remove(name);
        Ok(())
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        if self.disk().unreadable.contains(dir) {
            return Err(io::Error::other("the disk refuses to read it"));
        }
        let under = format!("{dir}/");
        Ok(self.disk().files.keys().filter(|name| name.starts_with(&under)).cloned().collect())
    }
}
