//! Whether the log has grown out of one whose signed root was held outside the box.

use std::io;

use vault::{Checkpoint, FormatError, Hash, LogEdge, NOTE_OCTETS_MAX, SignedCertificate, merkle, note_of_a_line};

use super::{
    home::{HomeError, identity, log_verifying_key},
    leaves::{CHECKPOINTS, EDGE, HASHES, notes, origin},
    store::{Store, read_all},
    verify::Finding,
};

/// Hashes that are read at once.
const HASHES_AT_ONCE: usize = 2048;

/// What a root from outside says of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldToRoot {
    /// How many leaves it covers; none where it is no root of this vault.
    pub covers: Option<u64>,
    /// What is wrong, and in which file.
    pub wrong: Option<(&'static str, Finding)>,
}

/// Holds the log of the vault in `store` to a root: a note, or the last of the lines in which one stands. Needs no more memory for a long log
/// than for a short one.
///
/// # Errors
/// The disk's, or a vault without an identity.
pub fn hold_to_root(store: &dyn Store, note: &str) -> Result<HeldToRoot, HomeError> {
    hold(store, &identity(store)?, note)
}

pub(super) fn hold(store: &dyn Store, identity: &SignedCertificate, note: &str) -> Result<HeldToRoot, HomeError> {
    let checkpoint = match read_note(identity, note)? {
        Ok(checkpoint) => checkpoint,
        Err(what) => {
            return Ok(HeldToRoot { covers: None, wrong: Some((CHECKPOINTS, Finding::OutsideRoot(what))) });
        }
    };
    let covers = checkpoint.size;
    let wrong = match root_of_first(store, covers)? {
        None => Some((HASHES, Finding::FewerThanOutside { covers })),
        Some(root) if root != checkpoint.root => Some((HASHES, Finding::OtherThanOutside { covers })),
        Some(_) => None,
    };
    Ok(HeldToRoot { covers: Some(covers), wrong })
}

/// The newest root that the vault in `store` signed. None where there is none yet.
///
/// # Errors
/// The disk's.
pub fn newest_root(store: &dyn Store) -> io::Result<Option<String>> {
    let Some(Ok(edge)) = read_all(store, EDGE)?.map(|octets| LogEdge::parse(&octets)) else { return Ok(None) };
    let mut octets = vec![0; NOTE_OCTETS_MAX];
    if store.octets(CHECKPOINTS)?.is_none() {
        return Ok(None);
    }
    let read = store.read_at(CHECKPOINTS, edge.checkpoint_offset, &mut octets)?;
    Ok(notes(&octets[..read]).next().and_then(|note| Some(note.text.ok()?.to_owned())))
}

fn read_note(identity: &SignedCertificate, note: &str) -> Result<Result<Checkpoint, FormatError>, HomeError> {
    let key = log_verifying_key(identity)?;
    let open = |note: &str| {
        let checkpoint = Checkpoint::open(note, &key)?;
        let is_ours = checkpoint.origin == origin(identity.certificate.vault);
        if is_ours { Ok(checkpoint) } else { Err(FormatError::Magic) }
    };
    // What a witness keeps has a root a line, the newest last. A line that a power cut tore, or somebody else's, is none.
    let lines = || note.lines().rev().filter_map(note_of_a_line);
    let whole = lines().find_map(|line| open(&line).ok());
    Ok(whole.map_or_else(|| open(&lines().next().unwrap_or_else(|| note.to_owned())), Ok))
}

/// Whether a witness's file holds a root of the vault in `store` at all.
///
/// # Errors
/// The disk's, or a vault without an identity.
pub fn holds_a_root(store: &dyn Store, lines: &str) -> Result<bool, HomeError> {
    Ok(read_note(&identity(store)?, lines)?.is_ok())
}

/// The root over the first `size` leaves; none where there are fewer.
pub(super) fn root_of_first(store: &dyn Store, size: u64) -> Result<Option<Hash>, HomeError> {
    let there = store.octets(HASHES)?.unwrap_or(0) / 32;
    if there < size {
        return Ok(None);
    }
    let mut frontier = merkle::Frontier::new();
    let mut octets = vec![0; HASHES_AT_ONCE * 32];
    while frontier.size() < size {
        let wanted = usize::try_from(size - frontier.size()).map_or(HASHES_AT_ONCE, |left| left.min(HASHES_AT_ONCE));
        let read = store.read_at(HASHES, frontier.size() * 32, &mut octets[..wanted * 32])?;
        let hashes: &[Hash] = octets[..read].as_chunks().0;
        if hashes.is_empty() {
            return Ok(None);
        }
        hashes.iter().for_each(|hash| frontier.push(*hash));
    }
    Ok(Some(frontier.root()))
}
