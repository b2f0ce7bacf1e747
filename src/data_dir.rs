//! The data directory: the one place the daemon writes to, with one lock, one version, and the count of its lives.
//!
//! ```text
//! lock      held by flock(2) for as long as the daemon runs; holds its process id
//! VERSION   the layout's version; written last, so that a directory with it is whole
//! starts    the last life, the boot and its id
//! scrub     how far the vault was read again
//! settings/ events/ vault/ mail/ traces/ keys/ tls/ prompts/
//! ```
//!
//! A life is durable before it is given out, so numbers rise even if the daemon dies at any step of its start.
//! Words for people are in [`crate::words`].

mod encryption;
mod take_down;

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use frame::{BootNo, LifeNo};
use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};
use serde::{Deserialize, Serialize};

pub use take_down::TakeDown;

/// The layout that this version reads and writes.
const VERSION: u32 = 1;

const VERSION_FILE: &str = "VERSION";
const LOCK_FILE: &str = "lock";
const STARTS_FILE: &str = "starts";
const STARTS_PART: &str = "starts.part";

/// The rooms.
const ROOMS: [&str; 8] = ["settings", "events", "vault", "mail", "traces", "keys", "tls", "prompts"];

/// Why a data directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// There is none, and none was to be made.
    #[error("{0} does not exist")]
    Missing(PathBuf),
    /// Something else has that name.
    #[error("{0} is not a directory")]
    NotADirectory(PathBuf),
    /// It is a directory of something else.
    #[error("{0} is no data directory and not empty")]
    Foreign(PathBuf),
    /// Another process uses it.
    #[error("in use by process {}", .pid.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string()))]
    Locked {
        /// Which, where the lock says so.
        pid: Option<u32>,
    },
    /// It was made by a version with another layout.
    #[error("layout version {found}, expected {VERSION}")]
    WrongVersion {
        /// What VERSION says.
        found: String,
    },
    /// It is being taken down, and that was cut short.
    #[error("{0} is half taken down")]
    TakenDown(PathBuf),
    /// The count of lives can't be read. Guessing would issue ids twice.
    #[error("{0} is damaged")]
    Damaged(PathBuf),
    /// This user may not read or write it.
    #[error("no right to write {0}")]
    NoRight(PathBuf),
    /// The disk refused.
    #[error("{path}: {error}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// An open data directory. It is locked until this is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    life: LifeNo,
    boot: BootNo,
    _lock: Flock<File>,
}

/// The file `starts`: one file, so that life and boot can't disagree.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Starts {
    life: LifeNo,
    boot: BootNo,
    boot_id: String,
}

impl DataDir {
    /// Opens the directory for one life of the daemon; makes it first if there is none and `create` says so.
    ///
    /// `boot_id` names the boot of the machine (`/proc/sys/kernel/random/boot_id`): another than last time is the next
    /// boot.
    pub fn open(path: &Path, create: bool, boot_id: &str) -> Result<DataDir, DataDirError> {
        ensure_directory(path, create)?;
        if take_down::is_begun(path) {
            return Err(DataDirError::TakenDown(path.to_owned()));
        }
        refuse_foreign(path, create)?;
        let lock = lock(path)?;
        make_whole(path)?;
        let starts = next_start(read_starts(path)?.unwrap_or_default(), boot_id);
        write_starts(path, &starts)?;
        Ok(DataDir { path: path.to_owned(), life: starts.life, boot: starts.boot, _lock: lock })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The life that this opening drew. No other has the same.
    pub fn life(&self) -> LifeNo {
        self.life
    }

    /// The boot of the machine.
    pub fn boot(&self) -> BootNo {
        self.boot
    }

    /// Whether it is on an encrypted disk, all of it.
    pub fn is_encrypted(&self) -> bool {
        let rooms = ROOMS.iter().map(|room| self.path.join(room));
        encryption::is_seen(rooms.chain([self.path.clone()]))
    }

    /// Settings and their versions.
    pub fn settings(&self) -> PathBuf {
        self.path.join("settings")
    }

    /// The event log.
    pub fn events(&self) -> PathBuf {
        self.path.join("events")
    }

    /// The recordings.
    pub fn vault(&self) -> PathBuf {
        self.path.join("vault")
    }

    /// Packages of exported recordings. Made with the first one.
    pub fn exports(&self) -> PathBuf {
        self.path.join("exports")
    }

    /// Messages of callers.
    pub fn mail(&self) -> PathBuf {
        self.path.join("mail")
    }

    /// Traces of signalling.
    pub fn traces(&self) -> PathBuf {
        self.path.join("traces")
    }

    /// Keys.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    /// The page's certificate.
    pub fn tls(&self) -> PathBuf {
        self.path.join("tls")
    }

    /// Prompts that replace those of the box.
    pub fn prompts(&self) -> PathBuf {
        self.path.join("prompts")
    }

    /// The SQLite projection of the event log.
    pub fn index(&self) -> PathBuf {
        index_of(&self.path)
    }
}

/// The index of a data directory that another process may be using: readers need no lock.
pub fn index_of(data: &Path) -> PathBuf {
    data.join("index.db")
}

fn ensure_directory(path: &Path, create: bool) -> Result<(), DataDirError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(DataDirError::NotADirectory(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => make_directory(path),
        Err(error) => Err(at(path)(error)),
    }
}

fn make_directory(path: &Path) -> Result<(), DataDirError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync_directory(parent)
}

/// A directory without VERSION is taken only if nothing is in it but what a start that was cut short left.
fn refuse_foreign(path: &Path, create: bool) -> Result<(), DataDirError> {
    if path.join(VERSION_FILE).exists() {
        return Ok(());
    }
    if !create {
        return Err(DataDirError::Missing(path.to_owned()));
    }
    for entry in fs::read_dir(path).map_err(at(path))? {
        let name = entry.map_err(at(path))?.file_name();
        let ours = [LOCK_FILE, STARTS_FILE, STARTS_PART, "VERSION.part"];
        if !ours.iter().chain(&ROOMS).any(|ours| name == **ours) {
            return Err(DataDirError::Foreign(path.to_owned()));
        }
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<Flock<File>, DataDirError> {
    let path = dir.join(LOCK_FILE);
    let mut options = File::options();
    let file =
        options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(at(&path))?;
    let mut lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(mut file, errno)| match errno {
        Errno::EWOULDBLOCK => DataDirError::Locked { pid: read_pid(&mut file) },
        other => at(&path)(other.into()),
    })?;
    lock.set_len(0).map_err(at(&path))?;
    writeln!(lock, "{}", std::process::id()).map_err(at(&path))?;
    Ok(lock)
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Checks the version, or makes what is not there yet; VERSION comes last.
fn make_whole(dir: &Path) -> Result<(), DataDirError> {
    let version = dir.join(VERSION_FILE);
    let is_new = !version.exists();
    if !is_new {
        check_version(&version)?;
        if !dir.join(STARTS_FILE).exists() {
            return Err(DataDirError::Damaged(dir.join(STARTS_FILE)));
        }
    }
    fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(at(dir))?;
    for room in ROOMS {
        let room = dir.join(room);
        DirBuilder::new().recursive(true).mode(0o700).create(&room).map_err(at(&room))?;
    }
    if is_new {
        if read_starts(dir)?.is_none() {
            write_starts(dir, &Starts::default())?;
        }
        write_durably(dir, "VERSION.part", VERSION_FILE, &format!("{VERSION}\n"))?;
    }
    Ok(())
}

fn check_version(path: &Path) -> Result<(), DataDirError> {
    let found = fs::read_to_string(path).map_err(at(path))?.trim().to_owned();
    if found == VERSION.to_string() { Ok(()) } else { Err(DataDirError::WrongVersion { found }) }
}

fn next_start(last: Starts, boot_id: &str) -> Starts {
    let boot = if last.boot_id == boot_id && last.boot.0 > 0 { last.boot } else { BootNo(last.boot.0 + 1) };
    Starts { life: LifeNo(last.life.0 + 1), boot, boot_id: boot_id.to_owned() }
}

fn read_starts(dir: &Path) -> Result<Option<Starts>, DataDirError> {
    let path = dir.join(STARTS_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|_| DataDirError::Damaged(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&path)(error)),
    }
}

fn write_starts(dir: &Path, starts: &Starts) -> Result<(), DataDirError> {
    let text = serde_json::to_string(starts).map_err(|error| at(dir)(error.into()))?;
    match write_durably(dir, STARTS_PART, STARTS_FILE, &text) {
        Err(DataDirError::Io { error, .. }) if error.kind() == io::ErrorKind::StorageFull => {
            // It would keep room that nobody has.
            let _ = fs::remove_file(dir.join(STARTS_PART));
            write_in_place(&dir.join(STARTS_FILE), &text)
        }
        written => written,
    }
}

/// Where the disk has no room for a second file, the box must start all the same: the new text goes over the old one, in
/// the block that it has. A power cut in this one write may leave a file that says it is damaged, and never one that
/// gives a life twice: the numbers stand in its first sector, which a disk writes whole.
fn write_in_place(path: &Path, text: &str) -> Result<(), DataDirError> {
    let write = || {
        let file = File::options().write(true).open(path)?;
        let octets = file.metadata()?.len() as usize;
        // JSON may end in blanks; a shorter text must leave nothing of a longer one.
        let padded = format!("{text:octets$}");
        std::os::unix::fs::FileExt::write_all_at(&file, padded.as_bytes(), 0)?;
        file.sync_all()
    };
    write().map_err(at(path))
}

/// The file has the old content or the new one at every moment, and the new one after this returns.
fn write_durably(dir: &Path, part: &str, name: &str, text: &str) -> Result<(), DataDirError> {
    let part = dir.join(part);
    let mut options = File::options();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(at(&part))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&part))?;
    let path = dir.join(name);
    fs::rename(&part, &path).map_err(at(&path))?;
    sync_directory(dir)
}

fn sync_directory(path: &Path) -> Result<(), DataDirError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> DataDirError {
    let path = path.to_owned();
    move |error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => DataDirError::NoRight(path),
        io::ErrorKind::NotFound => DataDirError::Missing(path),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => DataDirError::NotADirectory(path),
        _ => DataDirError::Io { path, error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Result<DataDir, DataDirError> {
        DataDir::open(path, true, "boot-a")
    }

    #[test]
    fn a_new_directory_has_its_rooms_and_is_nobody_elses() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("deep/data");
        let dir = open(&path).unwrap();
        assert_eq!((dir.life(), dir.boot()), (LifeNo(1), BootNo(1)));
        for room in [dir.settings(), dir.events(), dir.vault(), dir.mail(), dir.traces(), dir.keys(), dir.tls()] {
            assert_eq!(fs::metadata(room).unwrap().permissions().mode() & 0o777, 0o700);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_text_that_is_written_over_another_leaves_nothing_of_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(STARTS_FILE);
        for (life, boot_id) in [(9, "a-long-boot-id"), (10, "b"), (11, "another-long-boot-id-than-before")] {
            let starts = Starts { life: LifeNo(life), boot: BootNo(2), boot_id: boot_id.to_owned() };
            if !path.exists() {
                write_starts(temp.path(), &starts).unwrap();
            }
            write_in_place(&path, &serde_json::to_string(&starts).unwrap()).unwrap();
            assert_eq!(read_starts(temp.path()).unwrap(), Some(starts));
        }
    }

    #[test]
    fn lives_rise_and_boots_rise_with_the_boot_id() {
        let temp = tempfile::tempdir().unwrap();
        let start = |boot_id| {
            let dir = DataDir::open(temp.path(), true, boot_id).unwrap();
            (dir.life().0, dir.boot().0)
        };
        assert_eq!([start("a"), start("a"), start("b"), start("a")], [(1, 1), (2, 1), (3, 2), (4, 3)]);
    }

    #[test]
    fn a_second_daemon_is_told_who_has_the_lock() {
        let temp = tempfile::tempdir().unwrap();
        let first = open(temp.path()).unwrap();
        let pid = std::process::id();
        assert!(matches!(open(temp.path()), Err(DataDirError::Locked { pid: Some(other) }) if other == pid));
        drop(first);
        assert_eq!(open(temp.path()).unwrap().life(), LifeNo(2), "a refused start draws no life");
    }

    #[test]
    fn a_start_that_died_at_any_step_never_gives_a_life_twice() {
        let temp = tempfile::tempdir().unwrap();
        open(temp.path()).unwrap();
        let files = |dir: &Path| -> Vec<PathBuf> {
            let files = [LOCK_FILE, STARTS_FILE, STARTS_PART, VERSION_FILE];
            files.iter().map(|name| dir.join(name)).collect()
        };
        // Died before VERSION: the count of lives is kept.
        fs::remove_file(&files(temp.path())[3]).unwrap();
        assert_eq!(open(temp.path()).unwrap().life(), LifeNo(2));
        // Died with the next count half written beside the old one.
        fs::write(&files(temp.path())[2], "{\"life\":").unwrap();
        assert_eq!(open(temp.path()).unwrap().life(), LifeNo(3));
        // Died after the count was written, before anything else.
        write_starts(temp.path(), &Starts { life: LifeNo(9), boot: BootNo(1), boot_id: "boot-a".to_owned() }).unwrap();
        assert_eq!(open(temp.path()).unwrap().life(), LifeNo(10));
    }

    #[test]
    fn a_first_start_that_died_early_is_taken_up() {
        for left in [&["lock"][..], &["lock", "events"], &["lock", "events", "starts.part"]] {
            let temp = tempfile::tempdir().unwrap();
            for name in left {
                let path = temp.path().join(name);
                if ROOMS.contains(name) { fs::create_dir(path).unwrap() } else { fs::write(path, "").unwrap() }
            }
            assert_eq!(open(temp.path()).unwrap().life(), LifeNo(1), "{left:?}");
        }
    }

    #[test]
    fn a_lost_or_damaged_count_of_lives_is_not_guessed() {
        let temp = tempfile::tempdir().unwrap();
        open(temp.path()).unwrap();
        fs::write(temp.path().join(STARTS_FILE), "{}").unwrap();
        assert!(matches!(open(temp.path()), Err(DataDirError::Damaged(_))));
        fs::remove_file(temp.path().join(STARTS_FILE)).unwrap();
        assert!(matches!(open(temp.path()), Err(DataDirError::Damaged(_))));
    }

    #[test]
    fn what_is_no_data_directory_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("letter.txt");
        fs::write(&file, "dear").unwrap();
        assert!(matches!(open(temp.path()), Err(DataDirError::Foreign(_))));
        assert!(matches!(open(&file), Err(DataDirError::NotADirectory(_))));
        assert!(matches!(open(&file.join("below")), Err(DataDirError::NotADirectory(_))));
        let none = temp.path().join("none");
        assert!(matches!(DataDir::open(&none, false, "a"), Err(DataDirError::Missing(_))));
        assert!(!none.exists() && !temp.path().join(LOCK_FILE).exists());
    }

    #[test]
    fn another_layout_is_named() {
        let temp = tempfile::tempdir().unwrap();
        open(temp.path()).unwrap();
        fs::write(temp.path().join(VERSION_FILE), "7\n").unwrap();
        assert!(matches!(open(temp.path()), Err(DataDirError::WrongVersion { found }) if found == "7"));
    }
}
