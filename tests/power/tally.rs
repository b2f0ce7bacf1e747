//! What many cuts left.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use crate::{
    disk::{Cut, Disk},
    log::Log,
    mark::Story,
    vault_check::check,
};

/// What is wrong after a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    FileSystemIsBroken,
    DoesNotStart,
    DoesNotOpen,
    SaysSomethingElse,
    LostWhatWasDurable,
    LostMoreThanTheBound,
    LooksDamaged,
    DoesNotVerify,
    LogLostWhatWasSigned,
}

#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: usize,
    pub wrong: BTreeMap<Wrong, usize>,
    /// Voices under way at a cut, by how many ticks of them were lost.
    pub lost: BTreeMap<u64, usize>,
    /// File systems whose journal had something to play back.
    pub replayed: usize,
}

impl Tally {
    /// Looks at what each of the cuts leaves.
    pub fn of(log: &Log, story: Story, cuts: &[Cut]) -> Tally {
        let (mut tally, mut disk) = (Tally::default(), Disk::new(log, story));
        for cut in cuts {
            disk.go_to(cut.after);
            tally.cuts += 1;
            let folder = scratch();
            let wrong = tally.look(folder.path(), &disk, story, cut.seed);
            if let Err(wrong) = wrong {
                *tally.wrong.entry(wrong).or_default() += 1;
                println!("cut {cut:?}: {wrong:?}");
            }
        }
        tally
    }

    fn look(&mut self, folder: &Path, disk: &Disk<'_>, story: Story, seed: u64) -> Result<(), Wrong> {
        let image = folder.join("image");
        fs::write(&image, disk.cut(seed)).unwrap();
        self.replayed += usize::from(repair(&image)?);
        take_out(&image, story.folder(), folder);
        check(&folder.join(story.folder()), disk.told, &mut self.lost)
    }

    pub fn with(mut self, other: Tally) -> Tally {
        self.cuts += other.cuts;
        self.replayed += other.replayed;
        other.wrong.into_iter().for_each(|(wrong, cuts)| *self.wrong.entry(wrong).or_default() += cuts);
        other.lost.into_iter().for_each(|(ticks, voices)| *self.lost.entry(ticks).or_default() += voices);
        self
    }
}

/// A place for an image and its files: in memory where there is such a place, for they are many.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A program of e2fsprogs, which not everybody's path has.
fn e2(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin").env("LC_ALL", "C");
    command
}

/// Plays the journal back, as mounting would, and checks all. Whether there was something to play back.
fn repair(image: &Path) -> Result<bool, Wrong> {
    let done = e2("e2fsck").args(["-f", "-y"]).arg(image).output().expect("e2fsprogs are installed");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    // 1: something was put right, 2: and the machine is to be started again; above, something was left wrong.
    match done.status.code() {
        Some(0..=3) => Ok(said.contains("recovering journal")),
        _ => Err(Wrong::FileSystemIsBroken),
    }
}

/// Takes a folder out of an image.
fn take_out(image: &Path, folder: &str, into: &Path) {
    let request = format!("rdump /{folder} {}", into.display());
    let done = e2("debugfs").args(["-R", &request]).arg(image).output().expect("e2fsprogs are installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
