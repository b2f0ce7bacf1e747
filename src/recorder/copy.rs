//! A copy of the vault: all that is finished and signed, in a directory that `verify` takes as it takes a vault's.
//!
//! ```text
//! leaves from the copy's edge on ─▶ objects staged, read back ─▶ log appended ─▶ objects renamed ─▶ tombstones ─▶ edge
//! ```
//!
//! The copy's own `leaves/edge` says how far it is, so that no life has to remember it: whatever ends a step, the next one
//! begins it again and finds done what was. It goes no further than the newest checkpoint of the vault, as what is behind it
//! a power cut may take back. An object that is not what its leaf says is not copied, and never takes a good one's place: its
//! leaf stays in `lacks/` until the vault has it again. Where the vault has not grown out of what the copy holds, nothing is written.
//! Not here: the halves `b`, which are in no copy (`key_table`), unfinished recordings, when it runs, and alarms.

use std::io;

use frame::{CallId, RecordingId};
use thiserror::Error;
use vault::{
    Checkpoint, FormatError, Hash, Keyring, LEAF_OCTETS_MAX, Leaf, LeafEntry, LogEdge, NOTE_OCTETS_MAX,
    SignedCertificate, VerifyingKey, merkle, sha256,
};

use super::{
    ceremony::keyring_for_backup,
    copy_target::{Target, is_full},
    home::{HomeError, IDENTITY, KEYRING, damaged, identity, log_verifying_key},
    leaves::{CHECKPOINTS, EDGE, HASHES, RECORDS, keys_in_leaves, notes},
    names::{COPY_MARK, LACKS, LEAVES, incoming_name, lacks_name, object_name, tombstone_name},
    outside::root_of_first,
    scrub::held_object,
    store::{Store, read_all},
    verify::Finding,
    verify_log::Logged,
};

/// Octets of the log that are read at once.
const WINDOW_OCTETS: u64 = 16 * LEAF_OCTETS_MAX as u64;

/// Leaves of a step at most, so that it ends soon.
const LEAVES_A_STEP: usize = 256;

/// Octets of objects after which a step ends.
const OCTETS_A_STEP: u64 = 8 << 20;

/// Checkpoints that are read at once.
const NOTES_AT_ONCE: usize = 64;

/// What says that a directory is a copy.
const MARK: &[u8] =
    b"A copy of a vault: what is finished and signed, without the halves of the keys that the vault keeps.\n";

/// Why a copy does not go on.
#[derive(Debug, Error)]
pub enum CopyError {
    /// The vault itself can't be read, or its log is damaged.
    #[error("the vault: {0}")]
    Vault(#[from] HomeError),
    /// The target's disk refuses.
    #[error("the copy: {0}")]
    Target(#[source] io::Error),
    /// The target gives back something else than what was written.
    #[error("the copy: {0} does not read back as it was written")]
    NotReadBack(String),
    /// The copy holds a log out of which the vault's has not grown.
    #[error("the copy holds another log than the vault")]
    Differs,
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> CopyError {
        CopyError::Vault(error.into())
    }
}

impl CopyError {
    /// Whether the target has no room left.
    pub fn is_full(&self) -> bool {
        matches!(self, CopyError::Target(error) if is_full(error))
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyStep {
    /// How much was written.
    pub octets: u64,
    /// The copy has all that the vault's newest checkpoint covers.
    pub is_level: bool,
}

/// Brings a copy on.
#[derive(Debug, Default)]
pub struct Copier {
    /// The copy's edge, where it was held to the vault's log since somebody else may have written it.
    held: Option<LogEdge>,
}

/// Leaves from the copy's edge on.
struct Window {
    entries: Vec<LeafEntry>,
    records: Vec<u8>,
    hashes: Vec<u8>,
    edge: LogEdge,
    octets: u64,
}

impl Copier {
    /// Does a step from `vault` to `copy`.
    ///
    /// # Errors
    /// [`CopyError`]; the next step begins where this one did.
    pub fn step(&mut self, vault: &dyn Store, copy: &mut dyn Store) -> Result<CopyStep, CopyError> {
        let (mut copy, identity) = (Target(copy), identity(vault)?);
        let from = self.begin(vault, &mut copy, &identity)?;
        let Some(to) = newest_edge(vault)? else { return Ok(CopyStep { octets: 0, is_level: true }) };
        if from.frontier.size() >= to.frontier.size() {
            copy_keyring(vault, &mut copy)?;
            return Ok(CopyStep { octets: 0, is_level: true });
        }
        let window = read_window(vault, &mut copy, from.clone(), &to)?;
        let edge = take(vault, &mut copy, &log_verifying_key(&identity)?, (&from, &to), &window)?;
        let is_level = edge.frontier.size() == to.frontier.size();
        if is_level || window.entries.iter().any(|entry| matches!(entry.leaf, Leaf::Keyring { .. })) {
            copy_keyring(vault, &mut copy)?;
        }
        self.held = Some(edge);
        Ok(CopyStep { octets: window.octets, is_level })
    }

    /// Tries again what the copy lacks. How many recordings it lacks still.
    ///
    /// # Errors
    /// [`CopyError`].
    pub fn mend(&self, vault: &dyn Store, copy: &mut dyn Store) -> Result<u64, CopyError> {
        let mut copy = Target(copy);
        let mut lacking = 0;
        for name in copy.list(LACKS)? {
            let entry = copy.read(&name)?.and_then(|octets| Some(LeafEntry::parse(&octets).ok()?.0));
            let is_whole = match entry.map(|entry| entry.leaf) {
                Some(leaf) => stage(vault, &mut copy, &leaf)?.is_some() && settle(vault, &mut copy, &leaf)?,
                None => false,
            };
            match is_whole {
                true => copy.remove(&name)?,
                false => lacking += 1,
            }
        }
        Ok(lacking)
    }

    /// The copy's edge, in a copy that is begun where there is none, and that holds nothing but what the vault's log says.
    fn begin(
        &mut self,
        vault: &dyn Store,
        copy: &mut Target<'_>,
        identity: &SignedCertificate,
    ) -> Result<LogEdge, CopyError> {
        match copy.read(IDENTITY)? {
            Some(octets) if octets == identity.emit() => {}
            Some(_) => return Err(CopyError::Differs),
            None => make(copy, identity)?,
        }
        let edge = copy.read(EDGE)?.and_then(|octets| LogEdge::parse(&octets).ok()).ok_or(CopyError::Differs)?;
        if self.held.as_ref() != Some(&edge) {
            if root_of_first(vault, edge.frontier.size())? != Some(edge.frontier.root()) {
                return Err(CopyError::Differs);
            }
            copy.clear_incoming()?;
            self.held = Some(edge.clone());
        }
        Ok(edge)
    }
}

/// Begins a copy. Its identity comes last: without it there is none yet.
fn make(copy: &mut Target<'_>, identity: &SignedCertificate) -> Result<(), CopyError> {
    // The edge alone may be there, of a beginning that was cut off.
    if copy.list(LEAVES)?.iter().any(|name| name != EDGE) {
        return Err(CopyError::Differs);
    }
    copy.put(COPY_MARK, MARK)?;
    copy.put(EDGE, &LogEdge::default().emit())?;
    copy.put(IDENTITY, &identity.emit())
}

/// What the vault's newest checkpoint covers; none before there is one.
fn newest_edge(vault: &dyn Store) -> Result<Option<LogEdge>, CopyError> {
    let Some(octets) = read_all(vault, EDGE)? else { return Ok(None) };
    Ok(Some(LogEdge::parse(&octets).map_err(|what| damaged(EDGE, what))?))
}

/// Reads leaves on, each held to its hash and the last to the signed root, and stages their objects.
fn read_window(vault: &dyn Store, copy: &mut Target<'_>, mut edge: LogEdge, to: &LogEdge) -> Result<Window, CopyError> {
    let records = read_piece(vault, RECORDS, edge.records_octets, to.records_octets, WINDOW_OCTETS)?;
    let first = edge.frontier.size() * 32;
    let hashes = read_piece(vault, HASHES, first, to.frontier.size() * 32, LEAVES_A_STEP as u64 * 32)?;
    let (mut entries, mut at, mut octets) = (Vec::new(), 0, 0);
    for hash in hashes.as_chunks().0 {
        let (entry, length) = match LeafEntry::parse(&records[at..]) {
            Ok(parsed) => parsed,
            Err(_) if at > 0 => break,
            Err(what) => return Err(damaged(RECORDS, what).into()),
        };
        if merkle::leaf_hash(&entry.hash()) != *hash {
            return Err(damaged(HASHES, FormatError::Hash).into());
        }
        octets += stage(vault, copy, &entry.leaf)?.unwrap_or(0);
        entries.push(entry);
        edge.frontier.push(*hash);
        at += length;
        if octets >= OCTETS_A_STEP {
            break;
        }
    }
    edge.records_octets += at as u64;
    let is_spoiled = edge.frontier.size() == to.frontier.size()
        && (edge.frontier.root() != to.frontier.root() || edge.records_octets != to.records_octets);
    if entries.is_empty() || is_spoiled {
        return Err(damaged(HASHES, FormatError::Hash).into());
    }
    let hashes = hashes[..entries.len() * 32].to_vec();
    let octets = octets + (at + hashes.len()) as u64;
    Ok(Window { records: records[..at].to_vec(), hashes, entries, edge, octets })
}

/// A file from `offset` to `end`, but no more than `most`.
fn read_piece(vault: &dyn Store, name: &str, offset: u64, end: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; end.saturating_sub(offset).min(most) as usize];
    let read = vault.read_at(name, offset, &mut piece)?;
    piece.truncate(read);
    Ok(piece)
}

/// Makes what was read and staged part of the copy; its new edge.
fn take(
    vault: &dyn Store,
    copy: &mut Target<'_>,
    key: &VerifyingKey,
    (from, to): (&LogEdge, &LogEdge),
    window: &Window,
) -> Result<LogEdge, CopyError> {
    let mut edge = window.edge.clone();
    // Each leaf comes before its hash, and that before the root over it: cut off anywhere, it is a log.
    copy.write(RECORDS, from.records_octets, &window.records)?;
    copy.write(HASHES, from.frontier.size() * 32, &window.hashes)?;
    edge.checkpoint_offset = copy_checkpoints(vault, copy, key, from.checkpoint_offset, (to, edge.frontier.size()))?;
    for entry in &window.entries {
        settle_or_lack(vault, copy, entry)?;
    }
    copy.put(EDGE, &edge.emit())?;
    Ok(edge)
}

/// Goes on with the checkpoints from the last one that the copy has, to the last one over no more than `size` leaves.
fn copy_checkpoints(
    vault: &dyn Store,
    copy: &mut Target<'_>,
    key: &VerifyingKey,
    mut offset: u64,
    (to, size): (&LogEdge, u64),
) -> Result<u64, CopyError> {
    loop {
        let end = to.checkpoint_offset + NOTE_OCTETS_MAX as u64;
        let piece = read_piece(vault, CHECKPOINTS, offset, end, (NOTES_AT_ONCE * NOTE_OCTETS_MAX) as u64)?;
        let is_due = |at: usize, text: &str| {
            let checkpoint = Checkpoint::open(text, key).ok();
            // One behind the edge may be being written.
            offset + at as u64 <= to.checkpoint_offset && checkpoint.is_some_and(|checkpoint| checkpoint.size <= size)
        };
        let due = notes(&piece).take_while(|note| note.text.is_ok_and(|text| is_due(note.offset, text)));
        let Some((last, end)) = due.last().map(|note| (note.offset, note.end)) else { return Ok(offset) };
        copy.write(CHECKPOINTS, offset, &piece[..end])?;
        if last == 0 {
            return Ok(offset);
        }
        offset += last as u64;
    }
}

/// Writes a finished recording's object beside its place, and tells its octets. None where the vault has it not as its leaf
/// says; 0 where there is nothing to be written.
fn stage(vault: &dyn Store, copy: &mut Target<'_>, leaf: &Leaf) -> Result<Option<u64>, CopyError> {
    let Leaf::Finished { recording, call, records, chunks, chain_head, commitments } = *leaf else {
        return Ok(Some(0));
    };
    let logged = Logged { records, chunks, chain_head, commitments };
    let Some(octets) = intact_object(vault, recording, call, logged)? else { return Ok(None) };
    if copy.octets(&object_name(recording))? == Some(octets.len() as u64) {
        return Ok(Some(0));
    }
    copy.stage(&incoming_name(recording), &octets)?;
    Ok(Some(octets.len() as u64))
}

fn intact_object(
    vault: &dyn Store,
    recording: RecordingId,
    call: CallId,
    logged: Logged,
) -> Result<Option<Vec<u8>>, CopyError> {
    let (octets, found) = held_object(vault, recording, call, logged)?;
    let name = object_name(recording);
    // For whom it was sealed is of no matter here, nor what became of the keyring.
    let is_wrong = found.iter().any(|found| found.file == name && found.what != Finding::SealedForAnother);
    Ok(octets.filter(|_| !is_wrong))
}

/// Does what a leaf says; where the vault has not got what that takes, the leaf is kept.
fn settle_or_lack(vault: &dyn Store, copy: &mut Target<'_>, entry: &LeafEntry) -> Result<(), CopyError> {
    let (Leaf::Finished { recording, .. } | Leaf::Tombstone { recording, .. }) = entry.leaf else { return Ok(()) };
    if settle(vault, copy, &entry.leaf)? {
        return copy.remove(&lacks_name(recording));
    }
    let mut octets = Vec::new();
    entry.emit(&mut octets);
    copy.put(&lacks_name(recording), &octets)
}

/// Whether the copy has what a leaf speaks of: the staged object gets its name, an erased one goes.
fn settle(vault: &dyn Store, copy: &mut Target<'_>, leaf: &Leaf) -> Result<bool, CopyError> {
    match *leaf {
        Leaf::Finished { recording, .. } => {
            let (staged, name) = (incoming_name(recording), object_name(recording));
            if copy.octets(&staged)?.is_some() {
                copy.rename(&staged, &name)?;
            }
            Ok(copy.octets(&name)?.is_some())
        }
        Leaf::Tombstone { recording, document } => bury(vault, copy, recording, document),
        _ => Ok(true),
    }
}

/// The tombstone stands before the object goes; whether the vault has it as the log knows it.
fn bury(vault: &dyn Store, copy: &mut Target<'_>, recording: RecordingId, document: Hash) -> Result<bool, CopyError> {
    let name = tombstone_name(recording);
    let stone = read_all(vault, &name)?.filter(|octets| sha256(octets) == document);
    if let Some(octets) = &stone {
        copy.put(&name, octets)?;
    }
    copy.remove(&object_name(recording))?;
    Ok(stone.is_some())
}

/// The keyring without slots, once the copy's own log says that it is the vault's. One that is damaged or not the log's never
/// takes the place of a good one; the box has an alarm of its own for it.
fn copy_keyring(vault: &dyn Store, copy: &mut Target<'_>) -> Result<(), CopyError> {
    let octets = match keyring_for_backup(vault) {
        Ok(octets) => octets,
        Err(HomeError::Disk(error)) => return Err(error.into()),
        Err(_) => return Ok(()),
    };
    if copy.read(KEYRING)?.as_ref() == Some(&octets) {
        return Ok(());
    }
    let told = keys_in_leaves(copy.0).map_err(CopyError::Target)?;
    let is_told = Keyring::parse(&octets).is_ok_and(|keyring| told.hold(Some(&keyring)).is_ok());
    if is_told { copy.put(KEYRING, &octets) } else { Ok(()) }
}
