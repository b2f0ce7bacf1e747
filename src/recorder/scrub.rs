//! The scrub: reads every finished recording again, for as long as the box lives, and holds it to its leaf in the log.
//!
//! It goes through the log in order, a recording at a time, so it needs no more memory than one object and one window of
//! the log, and can go on where an earlier life stopped. A disk that forgets is found while a copy can still replace what
//! it forgot. Needs no key. How fast it goes is the caller's. A tombstone has to be one, and of the recording that the leaf says.
//! Not here, but in `verify`: signed roots, segments, key tables, and whether a tombstone is the one of the log, octet for octet.

use std::{collections::BTreeMap, io};

use frame::{CallId, RecordingId};
use serde::{Deserialize, Serialize};
use vault::{FormatError, LEAF_OCTETS_MAX, Leaf, LeafEntry, merkle};

use super::{
    due_leaves::is_erased,
    home::{HomeError, identity},
    leaves::{HASHES, RECORDS},
    names::object_name,
    opened::OPENED_OCTETS_MAX,
    store::{Store, read_all},
    verify::{Finding, Found, Keys, Report, check_object},
    verify_log::{Log, Logged},
};

/// Octets of the log that are read at once.
const WINDOW_OCTETS: usize = 4 * LEAF_OCTETS_MAX;

/// Leaves that are passed in a step at most, so that each step ends soon.
const LEAVES_A_STEP: usize = 1_000;

/// How far a round is: what has to be kept to go on in another life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubPlace {
    /// Leaves that were passed.
    pub leaves: u64,
    /// Where the next one begins in the log's records.
    pub octets: u64,
    /// Recordings that were read.
    pub recordings: u64,
    /// What was found so far.
    pub found: u64,
}

/// What a step came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrubStep {
    /// How much was read from the disk.
    pub octets: u64,
    /// What is wrong.
    pub found: Vec<Found>,
    /// The log has no more leaves: the round is over.
    pub is_over: bool,
    /// It ended before the log did: where its next leaf begins is not known.
    pub is_cut: bool,
}

impl ScrubStep {
    fn find(&mut self, file: String, offset: u64, what: Finding) {
        self.found.push(Found { file, offset, what, about: None });
    }
}

/// A round through all recordings.
pub struct Scrub {
    place: ScrubPlace,
    window: Vec<u8>,
}

impl Scrub {
    /// Begins at `place`.
    pub fn at(place: ScrubPlace) -> Scrub {
        Scrub { place, window: Vec::new() }
    }

    /// How far it is.
    pub const fn place(&self) -> ScrubPlace {
        self.place
    }

    /// Goes on to the next recording and reads it, or some leaves further, or to the end.
    ///
    /// # Errors
    /// The disk's where it can't read the log or the vault's identity. An object that can't be read is a finding.
    pub fn step(&mut self, store: &dyn Store) -> Result<ScrubStep, HomeError> {
        let mut step = ScrubStep::default();
        let before = self.place;
        let gone_through = self.go(store, &mut step);
        if gone_through.is_err() {
            // What could not be looked at is looked at again.
            self.place = before;
            self.window.clear();
        }
        gone_through.map(|()| step)
    }

    fn go(&mut self, store: &dyn Store, step: &mut ScrubStep) -> Result<(), HomeError> {
        for _ in 0..LEAVES_A_STEP {
            match self.next_leaf(store, step)? {
                Next::Leaf(Leaf::Finished { recording, call, records, chunks, chain_head, commitments }) => {
                    let logged = Logged { records, chunks, chain_head, commitments };
                    self.read(store, recording, call, logged, step)?;
                    break;
                }
                Next::Leaf(_) => {}
                Next::Spoiled(file, offset, what) => {
                    step.find(file.to_owned(), offset, Finding::Format(what));
                    (step.is_over, step.is_cut) = (true, true);
                    break;
                }
                Next::End => {
                    step.is_over = true;
                    break;
                }
            }
        }
        self.place.found += step.found.len() as u64;
        Ok(())
    }

    fn next_leaf(&mut self, store: &dyn Store, step: &mut ScrubStep) -> io::Result<Next> {
        let mut hash = [0; 32];
        let hash_at = self.place.leaves * hash.len() as u64;
        // A record that no hash names yet is being appended: it is not in the log.
        if !reads(store, HASHES, hash_at, &mut hash)? {
            return Ok(Next::End);
        }
        let mut parsed = LeafEntry::parse(&self.window);
        if parsed.is_err() {
            self.refill(store, step)?;
            parsed = LeafEntry::parse(&self.window);
        }
        Ok(match parsed {
            Ok((entry, octets)) if merkle::leaf_hash(&entry.hash()) == hash => {
                self.window.drain(..octets);
                self.place.octets += octets as u64;
                self.place.leaves += 1;
                Next::Leaf(entry.leaf)
            }
            Ok(_) => Next::Spoiled(HASHES, hash_at, FormatError::Hash),
            Err(what) => Next::Spoiled(RECORDS, self.place.octets, what),
        })
    }

    fn refill(&mut self, store: &dyn Store, step: &mut ScrubStep) -> io::Result<()> {
        self.window.resize(WINDOW_OCTETS, 0);
        let read = store.read_at(RECORDS, self.place.octets, &mut self.window)?;
        self.window.truncate(read);
        step.octets += read as u64;
        Ok(())
    }

    fn read(
        &mut self,
        store: &dyn Store,
        recording: RecordingId,
        call: CallId,
        logged: Logged,
        step: &mut ScrubStep,
    ) -> Result<(), HomeError> {
        self.place.recordings += 1;
        let (octets, mut found) = held_object(store, recording, call, logged)?;
        step.octets += octets.map_or(0, |octets| octets.len() as u64);
        step.found.append(&mut found);
        Ok(())
    }
}

/// What reading one recording again came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadAgain {
    /// It is what its leaf says.
    Fits,
    /// It is not, or the log is damaged before its leaf.
    Damaged(Vec<Found>),
    /// The log has no leaf of it.
    NoLeaf,
    /// `goes_on` said no before its leaf was found.
    TakesLong,
}

/// Looks for the leaf of one recording, and holds its object to it.
///
/// # Errors
/// The disk's where it can't read the log or the vault's identity.
pub fn read_again(
    store: &dyn Store,
    recording: RecordingId,
    goes_on: &dyn Fn() -> bool,
) -> Result<ReadAgain, HomeError> {
    let mut log = Scrub::at(ScrubPlace::default());
    let mut step = ScrubStep::default();
    while goes_on() {
        for _ in 0..LEAVES_A_STEP {
            match log.next_leaf(store, &mut step)? {
                Next::Leaf(Leaf::Finished { recording: of, call, records, chunks, chain_head, commitments })
                    if of == recording =>
                {
                    let logged = Logged { records, chunks, chain_head, commitments };
                    let (_, found) = held_object(store, recording, call, logged)?;
                    return Ok(if found.is_empty() { ReadAgain::Fits } else { ReadAgain::Damaged(found) });
                }
                Next::Leaf(_) => {}
                Next::Spoiled(file, offset, what) => {
                    step.find(file.to_owned(), offset, Finding::Format(what));
                    return Ok(ReadAgain::Damaged(step.found));
                }
                Next::End => return Ok(ReadAgain::NoLeaf),
            }
        }
    }
    Ok(ReadAgain::TakesLong)
}

/// A finished recording's object, as far as it can be read, and what is wrong with it: it is held to its leaf.
pub(super) fn held_object(
    store: &dyn Store,
    recording: RecordingId,
    call: CallId,
    logged: Logged,
) -> Result<(Option<Vec<u8>>, Vec<Found>), HomeError> {
    let name = object_name(recording);
    let wrong = |what| Ok((None, vec![Found { file: name.clone(), offset: 0, what, about: None }]));
    let octets = match read_object(store, &name) {
        Ok(Some(octets)) => octets,
        Ok(None) if is_erased(store, recording, &logged.chain_head)? => return Ok((None, Vec::new())),
        Ok(None) => return wrong(Finding::Missing(recording, call)),
        Err(error) => return wrong(Finding::Unreadable(error.kind())),
    };
    let mut report = Report::sealed();
    let log = Log { finished: BTreeMap::from([(recording, (call, logged))]), ..Log::default() };
    if let Some(checked) = check_object(&mut report, &name, &octets, None, &log) {
        let keys = Keys::of(&mut report, store, identity(store)?)?;
        checked.hold_to(&mut report, &name, &keys, &log);
    }
    Ok((Some(octets), report.findings))
}

/// A whole object; none where there is none. One that is larger than any that is opened is not taken into memory: it would
/// take that of the calls.
pub(super) fn read_object(store: &dyn Store, name: &str) -> io::Result<Option<Vec<u8>>> {
    match store.octets(name)? {
        Some(octets) if octets > OPENED_OCTETS_MAX => Err(io::ErrorKind::FileTooLarge.into()),
        _ => read_all(store, name),
    }
}

/// What the log says next.
enum Next {
    Leaf(Leaf),
    Spoiled(&'static str, u64, FormatError),
    End,
}

/// Whether `into` could be filled: a file that ends before, or is not there, could not.
fn reads(store: &dyn Store, name: &str, offset: u64, into: &mut [u8]) -> io::Result<bool> {
    match store.read_at(name, offset, into) {
        Ok(read) => Ok(read == into.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
