//! Where the vault's files are: a directory here; memory, which can be told to fail, in `memory`.
//!
//! Names are paths relative to the vault's directory, with `/`. The flusher and the leaves ask for little: reading and
//! writing at an offset, making one file durable, renaming.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    ops::Range,
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use frame::Utc;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

use super::names::SEGMENTS;

/// Named files.
pub trait Store: Send {
    /// How long a file is, or `None` when there is none.
    ///
    /// # Errors
    /// The disk's.
    fn octets(&self, name: &str) -> io::Result<Option<u64>>;

    /// Reads from `offset` until `into` is full or the file ends, and tells how much was read.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::NotFound`] when there is no such file.
    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `octets`, making the file where there is none. After an error any part may be written.
    ///
    /// # Errors
    /// The disk's.
    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()>;

    /// Returns when what was written to the file survives a power cut.
    ///
    /// # Errors
    /// The disk's; what was written since the last sync is to be written again then.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Cuts a file to a length.
    ///
    /// # Errors
    /// The disk's.
    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()>;

    /// Gives a file another name, durably, replacing what had it and making directories that are missing.
    ///
    /// # Errors
    /// The disk's.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file, durably. It is no error when there is none.
    ///
    /// # Errors
    /// The disk's.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// All files under a directory, with their whole names, sorted. Empty when there is no such directory.
    ///
    /// # Errors
    /// The disk's.
    fn list(&self, dir: &str) -> io::Result<Vec<String>>;

    /// How much more its disk takes; nothing where that is not known.
    ///
    /// # Errors
    /// The disk's.
    fn free_octets(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }

    /// Returns when nothing is left of what the files under a directory were before, where a store keeps such a thing.
    ///
    /// # Errors
    /// The store's.
    fn forget_earlier(&mut self, _dir: &str) -> io::Result<()> {
        Ok(())
    }

    /// Until when nobody can delete all of a file, where a store keeps leases.
    ///
    /// # Errors
    /// The store's.
    fn leased_until(&self, _name: &str) -> io::Result<Option<Utc>> {
        Ok(None)
    }

    /// Renews the lease of a file where it is due, and tells when it ends, where a store keeps leases.
    ///
    /// # Errors
    /// The store's.
    fn renew_lease(&mut self, _name: &str) -> io::Result<Option<Utc>> {
        Ok(None)
    }

    /// Keeps a file from being deleted by anybody, or ends that, where a store has holds.
    ///
    /// # Errors
    /// The store's.
    fn set_hold(&mut self, _name: &str, _is_held: bool) -> io::Result<()> {
        Ok(())
    }

    /// What a file lacks of so many octets: stretches of it that are not there.
    ///
    /// # Errors
    /// The disk's.
    fn lacks(&self, name: &str, octets: u64) -> io::Result<Vec<Range<u64>>> {
        let there = self.octets(name)?.unwrap_or(0);
        Ok((there < octets).then_some(there..octets).into_iter().collect())
    }

    /// The names of the directories in a directory. A store that has directories of its own does not look into them.
    ///
    /// # Errors
    /// The disk's.
    fn folders(&self, dir: &str) -> io::Result<Vec<String>> {
        let within = self.list(dir)?;
        let names = within.iter().filter_map(|name| name.strip_prefix(dir)?.strip_prefix('/')?.split_once('/'));
        Ok(names.map(|(folder, _)| folder.to_owned()).collect::<BTreeSet<_>>().into_iter().collect())
    }
}

/// Reads a whole file; `None` when there is none.
///
/// # Errors
/// The disk's.
pub fn read_all(store: &dyn Store, name: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(octets) = store.octets(name)? else { return Ok(None) };
    let mut content = zeroes(octets)?;
    let read = store.read_at(name, 0, &mut content)?;
    content.truncate(read);
    Ok(Some(content))
}

/// So many octets. What is too long to be true, as a store may say it, must not end the process: it is tried whether there is room, and
/// then they are taken as the system gives them, which are zeroes.
fn zeroes(octets: u64) -> io::Result<Vec<u8>> {
    let octets = usize::try_from(octets).map_err(|_| ErrorKind::OutOfMemory)?;
    Vec::<u8>::new().try_reserve_exact(octets).map_err(|_| ErrorKind::OutOfMemory)?;
    Ok(vec![0; octets])
}

/// Reads from `offset` until `into` is full or the file ends, and tells how much was read.
///
/// # Errors
/// The disk's.
pub fn read_fully(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < into.len() {
        match file.read_at(&mut into[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Replaces a whole file, so that a power cut leaves either the old or the new one.
///
/// # Errors
/// The disk's.
pub fn replace(store: &mut dyn Store, name: &str, content: &[u8]) -> io::Result<()> {
    let new = format!("{name}.new");
    store.remove(&new)?;
    store.write_at(&new, 0, content)?;
    store.sync(&new)?;
    store.rename(&new, name)
}

/// Open files at most: the ring's current segment, two key tables of three levels, a few objects.
const OPEN_FILES: usize = 32;

/// The files of one directory, private to the daemon's user.
#[derive(Debug)]
pub struct FileStore {
    dir: PathBuf,
    open: BTreeMap<String, File>,
    /// The file of the ring that was read last: what is copied into an object lies in it in many small pieces. Any other
    /// file may be exchanged by another hand on the directory, and is opened each time.
    last_read: RefCell<Option<(String, File)>>,
    /// What was made durable is forgotten by the kernel, so that the disk itself is read next.
    reads_the_disk: bool,
}

impl FileStore {
    /// The files under `dir`, which exists.
    pub fn new(dir: &Path) -> FileStore {
        FileStore { dir: dir.to_owned(), open: BTreeMap::new(), last_read: RefCell::new(None), reads_the_disk: false }
    }

    /// The same, where what was made durable is read back from the disk and not from the kernel's memory.
    pub fn that_reads_the_disk(dir: &Path) -> FileStore {
        FileStore { reads_the_disk: true, ..FileStore::new(dir) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn writable(&mut self, name: &str) -> io::Result<&File> {
        if !self.open.contains_key(name) {
            let file = self.open_writable(name)?;
            if self.open.len() >= OPEN_FILES {
                self.open.clear();
            }
            self.open.insert(name.to_owned(), file);
        }
        self.open.get(name).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn open_writable(&self, name: &str) -> io::Result<File> {
        let path = self.path(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o600);
        match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => return opened,
        }
        let parent = path.parent().unwrap_or(&self.dir);
        make_dirs(parent)?;
        let file = options.create(true).open(&path)?;
        sync_dir(parent)?;
        Ok(file)
    }
}

impl Store for FileStore {
    fn free_octets(&self) -> io::Result<Option<u64>> {
        let stat = nix::sys::statvfs::statvfs(&self.dir)?;
        Ok(Some(stat.blocks_available() as u64 * stat.fragment_size() as u64))
    }

    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(name)) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        if let Some(file) = self.open.get(name) {
            return read_fully(file, offset, into);
        }
        if !name.starts_with(SEGMENTS) {
            return read_fully(&File::open(self.path(name))?, offset, into);
        }
        let mut last = self.last_read.borrow_mut();
        let (_, file) = match last.take().filter(|(of, _)| of == name) {
            Some(kept) => last.insert(kept),
            None => last.insert((name.to_owned(), File::open(self.path(name))?)),
        };
        read_fully(file, offset, into)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.writable(name)?.write_all_at(octets, offset)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let reads_the_disk = self.reads_the_disk;
        let file = self.writable(name)?;
        file.sync_data()?;
        if reads_the_disk {
            posix_fadvise(file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        }
        Ok(())
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        self.writable(name)?.set_len(octets)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.open.remove(from);
        self.open.remove(to);
        self.last_read.take();
        let to = self.path(to);
        let parent = to.parent().unwrap_or(&self.dir);
        make_dirs(parent)?;
        fs::rename(self.path(from), &to)?;
        sync_dir(parent)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.open.remove(name);
        self.last_read.take();
        let path = self.path(name);
        match fs::remove_file(&path) {
            Ok(()) => sync_dir(path.parent().unwrap_or(&self.dir)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        list_into(&self.path(dir), dir, &mut names)?;
        names.sort();
        Ok(names)
    }

    fn folders(&self, dir: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.path(dir)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

fn list_into(path: &Path, name: &str, names: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        // A name that is no text is not one that the vault made.
        let Ok(own) = entry.file_name().into_string() else { continue };
        let name = format!("{name}/{own}");
        if entry.file_type()?.is_dir() {
            list_into(&entry.path(), &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

/// Makes a directory and those above it, each durable in its parent.
fn make_dirs(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = dir.parent().ok_or(ErrorKind::NotFound)?;
    make_dirs(parent)?;
    match fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_dir(parent)
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
