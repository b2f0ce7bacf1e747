//! Records the story on the disk of a virtual machine, twice: as the box does, and with a store that leaves the flush of
//! the ring out. What is promised meanwhile goes onto the same disk.
//!
//!     power_writer FOLDER DISK
//!
//! Not shipped: `tools/power-log` runs it, as the only program of its machine.
#![allow(clippy::print_stdout)] // the machine's only output is its serial line

#[allow(dead_code)] // what only those do who look afterwards
#[path = "mark.rs"]
mod mark;
#[allow(dead_code)] // as above
#[path = "story.rs"]
mod story;

use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::Path,
};

use mark::{FILE_SYSTEM_OCTETS, MARK_OCTETS, Mark, Story};
use ringfence::recorder::{FileStore, Home, Leaves, RecorderCommand, RecorderEvent, Store};
use story::{CODE, START, TICKS, Teller, Told, stamp_at};
use vault::{Cost, Leaf, Seeded};

/// An opener of a test needs no protection.
const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, disk] = &arguments[..] else { return Err("power_writer FOLDER DISK".into()) };
    let mut marks = Marks::on(Path::new(disk))?;
    for story in [Story::Flushed, Story::Unflushed] {
        let folder = Path::new(folder).join(story.folder());
        fs::create_dir(&folder)?;
        tell(story, &folder, &mut marks)?;
        println!("told: {story:?}, {} promises", marks.next);
    }
    Ok(())
}

/// The part of the disk that promises are written to.
struct Marks {
    disk: File,
    page: Box<Page>,
    next: u64,
}

/// Aligned as a write past all caches must be.
#[repr(align(4096))]
struct Page([u8; MARK_OCTETS]);

impl Marks {
    fn on(disk: &Path) -> io::Result<Marks> {
        let disk = OpenOptions::new().write(true).custom_flags(nix::libc::O_DIRECT).open(disk)?;
        Ok(Marks { disk, page: Box::new(Page([0; MARK_OCTETS])), next: 0 })
    }

    fn put(&mut self, mark: Mark) -> io::Result<()> {
        let octets = mark.emit();
        self.page.0[..octets.len()].copy_from_slice(&octets);
        // Always to the same place: what counts is when.
        self.disk.write_all_at(&self.page.0, FILE_SYSTEM_OCTETS)?;
        self.next += 1;
        Ok(())
    }
}

fn tell(story: Story, folder: &Path, marks: &mut Marks) -> Result<(), Failed> {
    let open = || -> Box<dyn Store> {
        match story {
            Story::Flushed => Box::new(FileStore::new(folder)),
            Story::Unflushed => Box::new(Unflushed(FileStore::new(folder))),
        }
    };
    let home = Home::create(&mut *open(), CODE, QUICK, stamp_at(0), &mut Seeded::new(1))?;
    let mut teller = Teller::start(open(), &home, 1, START)?;
    let (mut leaves, _) = Leaves::open(open(), home.vault(), home.log_key(), Box::new(Seeded::new(9)))?;
    let mut told = Told { spoken_to: START, durable_to: START, signed_leaves: 0 };
    for tick in 0..TICKS {
        // Spoken before it is sealed: a cut within the sealing has heard it.
        told.spoken_to = START + tick + 1;
        marks.put(Mark { story, told })?;
        teller.tell(tick);
        for event in teller.events() {
            told.signed_leaves += log(&mut teller, &mut leaves, &home, &event, START + tick)?;
        }
        told.durable_to = told.durable_to.max(teller.recorder.durable_to().0);
        marks.put(Mark { story, told })?;
    }
    Ok(())
}

/// Keeps the leaf of what has finished, under a signed root. How many that were.
fn log(teller: &mut Teller, leaves: &mut Leaves, home: &Home, event: &RecorderEvent, now: u64) -> io::Result<u64> {
    let RecorderEvent::Finished { recording, call, records, chunks, chain_head, commitments, .. } = *event else {
        return Ok(0);
    };
    leaves.append(Leaf::Finished { recording, call, records, chunks, chain_head, commitments })?;
    leaves.checkpoint(stamp_at(now), home.log_key())?;
    teller.recorder.handle_command(RecorderCommand::Logged { recording });
    Ok(1)
}

/// Files whose ring is never flushed: what must be seen to lose.
struct Unflushed(FileStore);

impl Store for Unflushed {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        self.0.octets(name)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(name, offset, into)
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.0.write_at(name, offset, octets)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        if name.starts_with("segments/") { Ok(()) } else { self.0.sync(name) }
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        self.0.truncate(name, octets)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.0.list(dir)
    }
}
