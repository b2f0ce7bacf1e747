//! Where the log's files are: a directory, or memory that can be told to fail.
//!
//! The log asks little: named files that are read and written at an offset, made durable one by one, renamed and cut.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Named files.
pub trait Storage {
    /// The files' names, sorted.
    fn list(&self) -> io::Result<Vec<String>>;
    /// How long a file is, in octets.
    fn size(&self, name: &str) -> io::Result<u64>;
    /// Reads from `offset` until `into` or the file is at its end; says how many octets that were.
    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize>;
    /// Writes all of `octets`, making the file if there is none. After an error any part of them may be written.
    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()>;
    /// Returns when all that was written to the file, and its name, survives a power cut.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Cuts a file off.
    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()>;
    /// Gives a file another name, durably, replacing what had that name.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// How many octets the disk still takes.
    fn free_octets(&self) -> io::Result<u64>;
}

/// The files of one directory.
#[derive(Debug)]
pub struct FileStorage {
    dir: PathBuf,
    /// The file that was written last, since nearly all writing is to one file.
    open: Option<(String, File)>,
}

impl FileStorage {
    /// The files of `dir`, which exists.
    pub fn new(dir: &Path) -> FileStorage {
        FileStorage { dir: dir.to_owned(), open: None }
    }

    fn writable(&mut self, name: &str) -> io::Result<&File> {
        if self.open.as_ref().is_none_or(|(open, _)| open != name) {
            let file = File::options().write(true).create(true).truncate(false).open(self.dir.join(name))?;
            // The name is made durable here and not with the content: once a file, so that a sync has one thing to do.
            self.sync_names()?;
            self.open = Some((name.to_owned(), file));
        }
        self.open.as_ref().map(|(_, file)| file).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

impl Storage for FileStorage {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.dir)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        let mut names: Vec<String> = names.filter_map(io::Result::transpose).collect::<io::Result<_>>()?;
        names.sort();
        Ok(names)
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.dir.join(name))?.len())
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let file = File::open(self.dir.join(name))?;
        let mut len = 0;
        while len < into.len() {
            match file.read_at(&mut into[len..], offset + len as u64) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(len)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.writable(name)?.write_all_at(octets, offset)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.writable(name)?.sync_data()
    }

    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()> {
        self.writable(name)?.set_len(size)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.open = None;
        fs::rename(self.dir.join(from), self.dir.join(to))?;
        self.sync_names()
    }

    fn free_octets(&self) -> io::Result<u64> {
        let stat = nix::sys::statvfs::statvfs(&self.dir)?;
        Ok(stat.blocks_available() as u64 * stat.fragment_size() as u64)
    }
}

/// Files in memory, for virtual time and for tests: it can be full, refuse, and lose power.
///
/// Clones share the files, so that a test keeps a hand on what the log writes.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    files: BTreeMap<String, MemoryFile>,
    /// How many octets all files together may have; `None` = any number.
    room_octets: Option<u64>,
    /// Whether writing fails.
    broken: bool,
    /// Whether syncing fails.
    unsyncable: bool,
    syncs: u64,
}

#[derive(Clone, Debug, Default)]
struct MemoryFile {
    octets: Vec<u8>,
    /// What a power cut leaves.
    durable: Vec<u8>,
}

impl MemoryStorage {
    /// No files, and room for any number.
    pub fn new() -> MemoryStorage {
        MemoryStorage::default()
    }

    /// The disk takes `more_octets` beyond what it has now; `None` = any number.
    pub fn set_room(&self, more_octets: Option<u64>) {
        let mut disk = self.disk();
        disk.room_octets = more_octets.map(|more| disk.used_octets() + more);
    }

    /// From now on writing fails, or works again.
    pub fn set_broken(&self, broken: bool) {
        self.disk().broken = broken;
    }

    /// From now on syncing fails, while writing seems to work; or both work again.
    pub fn set_unsyncable(&self, unsyncable: bool) {
        self.disk().unsyncable = unsyncable;
    }

    /// Another disk with what this one holds after a power cut: what was synced, and nothing else.
    pub fn after_power_cut(&self) -> MemoryStorage {
        let mut files = self.disk().files.clone();
        for file in files.values_mut() {
            file.octets = file.durable.clone();
        }
        MemoryStorage(Arc::new(Mutex::new(Disk { files, ..Disk::default() })))
    }

    /// A file's octets.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.disk().files.get(name).map(|file| file.octets.clone())
    }

    /// Puts a file in place, durably.
    pub fn put_file(&self, name: &str, octets: Vec<u8>) {
        let file = MemoryFile { durable: octets.clone(), octets };
        self.disk().files.insert(name.to_owned(), file);
    }

    /// How often something was made durable.
    pub fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn used_octets(&self) -> u64 {
        self.files.values().map(|file| file.octets.len() as u64).sum()
    }

    fn check_works(&self) -> io::Result<()> {
        if self.broken { Err(io::Error::other("the disk is told to fail")) } else { Ok(()) }
    }

    fn existing(&mut self, name: &str) -> io::Result<&mut MemoryFile> {
        self.files.get_mut(name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Storage for MemoryStorage {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.disk().files.keys().cloned().collect())
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(self.disk().existing(name)?.octets.len() as u64)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut disk = self.disk();
        let octets = disk.existing(name)?.octets.get(offset as usize..).unwrap_or_default();
        let len = octets.len().min(into.len());
        into[..len].copy_from_slice(&octets[..len]);
        Ok(len)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        disk.check_works()?;
        let free = disk.room_octets.map_or(u64::MAX, |room| room.saturating_sub(disk.used_octets()));
        let file = disk.files.entry(name.to_owned()).or_default();
        let offset = offset as usize;
        // As a disk does: it takes what fits, then says that it is full.
        let end_max = (file.octets.len() as u64).saturating_add(free);
        let end = (offset + octets.len()).min(usize::try_from(end_max).unwrap_or(usize::MAX));
        let taken = end.saturating_sub(offset);
        if file.octets.len() < end {
            file.octets.resize(end, 0);
        }
        file.octets[offset.min(end)..end].copy_from_slice(&octets[..taken]);
        if taken < octets.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.check_works()?;
        if disk.unsyncable {
            return Err(io::Error::other("the disk is told not to sync"));
        }
        disk.syncs += 1;
        let file = disk.existing(name)?;
        file.durable = file.octets.clone();
        Ok(())
    }

    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()> {
        let mut disk = self.disk();
        disk.check_works()?;
        disk.existing(name)?.octets.resize(size as usize, 0);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.check_works()?;
        let file = disk.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        disk.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn free_octets(&self) -> io::Result<u64> {
        let disk = self.disk();
        Ok(disk.room_octets.map_or(u64::MAX, |room| room.saturating_sub(disk.used_octets())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both storages answer alike.
    fn behaves(mut storage: impl Storage) {
        storage.write_at("b", 0, b"hello").unwrap();
        storage.write_at("b", 3, b"p me").unwrap();
        storage.sync("b").unwrap();
        storage.write_at("a", 2, b"x").unwrap();
        assert_eq!(storage.list().unwrap(), ["a", "b"]);
        assert_eq!(storage.size("a").unwrap(), 3);
        let mut read = [9; 10];
        assert_eq!(storage.read_at("b", 1, &mut read).unwrap(), 6);
        assert_eq!(&read[..6], b"elp me");
        storage.truncate("b", 4).unwrap();
        storage.rename("b", "a").unwrap();
        assert_eq!(storage.list().unwrap(), ["a"]);
        assert_eq!(storage.size("a").unwrap(), 4);
        assert_eq!(storage.read_at("gone", 0, &mut read).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(storage.free_octets().unwrap() > 0);
    }

    #[test]
    fn a_directory_and_memory_answer_alike() {
        let dir = tempfile::tempdir().unwrap();
        behaves(FileStorage::new(dir.path()));
        behaves(MemoryStorage::new());
    }

    #[test]
    fn a_full_memory_takes_what_fits() {
        let mut storage = MemoryStorage::new();
        storage.set_room(Some(3));
        assert_eq!(storage.write_at("a", 0, b"hello").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(storage.file("a").unwrap(), b"hel");
        storage.write_at("a", 0, b"jel").unwrap();
    }

    #[test]
    fn a_power_cut_leaves_what_was_synced() {
        let mut storage = MemoryStorage::new();
        storage.write_at("a", 0, b"one").unwrap();
        storage.sync("a").unwrap();
        storage.write_at("a", 3, b"two").unwrap();
        assert_eq!(storage.after_power_cut().file("a").unwrap(), b"one");
    }
}
