//! The disk as the log goes by: what is durable, what waits for a flush, and what a cut leaves of that.

use vault::{Random as _, Seeded};

use crate::{
    log::{Entry, Log},
    mark::{Mark, Story},
    story::Told,
};

/// What a disk writes at once.
const SECTOR: usize = 512;

/// A cut: after which entry, and the dice for what survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    pub after: usize,
    pub seed: u64,
}

/// So many cuts at writes and flushes while a story is told, in order.
pub fn cuts_of(log: &Log, story: Story, count: usize) -> Vec<Cut> {
    let is_own = |entry: &Entry| matches!(entry, Entry::Mark(Mark { story: of, .. }) if *of == story);
    let first = log.entries.iter().position(is_own).expect("the story was told");
    let last = log.entries.iter().rposition(is_own).expect("the story was told");
    let asked = |at: &usize| !matches!(log.entries[*at], Entry::Mark(_));
    let places: Vec<usize> = (first..last).filter(asked).collect();
    assert!(places.len() > 100, "the disk was asked {} times", places.len());
    let cut = |seed: usize| {
        let dice = u64::from_le_bytes(Seeded::new(seed as u64).array());
        Cut { after: places[dice as usize % places.len()], seed: seed as u64 }
    };
    let mut cuts: Vec<Cut> = (0..count).map(cut).collect();
    cuts.sort_unstable();
    cuts
}

/// The disk of a log that goes by.
pub struct Disk<'a> {
    log: &'a Log,
    story: Story,
    next: usize,
    durable: Vec<u8>,
    waiting: Vec<(usize, &'a [u8])>,
    /// What the story had promised.
    pub told: Told,
}

impl<'a> Disk<'a> {
    pub fn new(log: &'a Log, story: Story) -> Disk<'a> {
        Disk { log, story, next: 0, durable: log.base.clone(), waiting: Vec::new(), told: Told::default() }
    }

    /// Goes on until an entry was done.
    pub fn go_to(&mut self, after: usize) {
        while self.next <= after {
            self.take(&self.log.entries[self.next]);
            self.next += 1;
        }
    }

    fn take(&mut self, entry: &'a Entry) {
        match entry {
            Entry::Write { offset, octets, through: true } => put(&mut self.durable, *offset, octets),
            Entry::Write { offset, octets, through: false } => self.waiting.push((*offset, octets)),
            Entry::Flush => self.waiting.drain(..).for_each(|(offset, octets)| put(&mut self.durable, offset, octets)),
            Entry::Mark(mark) if mark.story == self.story => self.told = mark.told,
            Entry::Mark(_) => {}
        }
    }

    /// What a cut now leaves: of each write that waits all, nothing, or some of its sectors.
    pub fn cut(&self, seed: u64) -> Vec<u8> {
        let mut dice = Seeded::new(seed ^ 0x5eed);
        let mut image = self.durable.clone();
        for (offset, octets) in &self.waiting {
            let [way] = dice.array();
            match way % 4 {
                0 => {}
                1 => put(&mut image, *offset, octets),
                _ => put_some(&mut image, *offset, octets, &mut dice),
            }
        }
        image
    }
}

fn put(image: &mut [u8], offset: usize, octets: &[u8]) {
    image[offset..offset + octets.len()].copy_from_slice(octets);
}

fn put_some(image: &mut [u8], offset: usize, octets: &[u8], dice: &mut Seeded) {
    for (at, sector) in octets.chunks(SECTOR).enumerate() {
        let [keep] = dice.array();
        if keep % 2 == 0 {
            put(image, offset + at * SECTOR, sector);
        }
    }
}
