//! The leaf sequence: an append-only log with a Merkle tree over it, owned by the journal thread.
//!
//! `leaves/records` holds leaves with their salts, `leaves/hashes` 32 octets a leaf (level 0 of tlog-tiles, one tile
//! after the other), `leaves/checkpoints` the signed notes, `leaves/edge` where to go on. Memory is O(log n). Source:
//! RFC 6962, C2SP tlog-tiles.

use std::io;

use frame::Stamp;
use vault::{
    Checkpoint, FormatError, Hash, Leaf, LeafEntry, LogEdge, NOTE_OCTETS_MAX, Random, SigningKey, ToldKeys, VaultId,
    merkle,
};

use super::{
    names::ASIDE,
    store::{Store, read_all, replace},
};

/// Leaves with their salts.
pub(super) const RECORDS: &str = "leaves/records";
/// The hashes of the leaves.
pub(super) const HASHES: &str = "leaves/hashes";
/// Signed checkpoints.
pub(super) const CHECKPOINTS: &str = "leaves/checkpoints";
/// Where the log stood at the newest checkpoint.
pub(super) const EDGE: &str = "leaves/edge";

/// Leaves that stood behind the last signed root and are held to the event log.
const UNSIGNED: &str = "leaves/unsigned";

const HASH_OCTETS: u64 = 32;

/// The log of leaves.
pub struct Leaves {
    store: Box<dyn Store>,
    vault: VaultId,
    random: Box<dyn Random + Send>,
    frontier: merkle::Frontier,
    records_octets: u64,
    checkpoints_octets: u64,
    previous: Hash,
    /// Leaves that are appended and not durable.
    unsynced: bool,
    /// What an open log had behind its last signed root, until it is taken.
    unsigned: Option<Unsigned>,
}

/// The leaves behind the last signed root, and where the log ends without them.
struct Unsigned {
    entries: Vec<LeafEntry>,
    frontier: merkle::Frontier,
    records_octets: u64,
}

/// What recovery found in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeavesRecovered {
    /// Leaves in the log now.
    pub leaves: u64,
    /// Octets of torn leaves that were cut off. They were never told to be durable.
    pub torn_octets: u64,
    /// The newest checkpoint says something else than the leaves after the one before it, or some are missing. What is
    /// older is `verify`'s to read.
    pub checkpoint_broken: bool,
}

impl Leaves {
    /// Opens the log and cuts off a torn tail.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(
        store: Box<dyn Store>,
        vault: VaultId,
        key: &SigningKey,
        random: Box<dyn Random + Send>,
    ) -> io::Result<(Leaves, LeavesRecovered)> {
        let frontier = merkle::Frontier::new();
        let mut leaves = Leaves {
            store,
            vault,
            random,
            frontier,
            records_octets: 0,
            checkpoints_octets: 0,
            previous: [0; 32],
            unsynced: false,
            unsigned: None,
        };
        let recovered = leaves.recover(key)?;
        Ok((leaves, recovered))
    }

    /// Goes on from the newest checkpoint's edge, and reads what came after it. `verify` reads everything.
    fn recover(&mut self, key: &SigningKey) -> io::Result<LeavesRecovered> {
        let edge = self.trusted_edge(key)?;
        let mut roots = vec![edge.frontier.root()];
        let first = edge.frontier.size();
        (self.frontier, self.records_octets) = (edge.frontier, edge.records_octets);
        let hashes = self.read_from(HASHES, first * HASH_OCTETS)?;
        let records = self.read_from(RECORDS, self.records_octets)?;
        let newest = self.recover_checkpoints(key, edge.checkpoint_offset)?;
        let signed = newest.as_ref().map_or(0, |newest| newest.size);
        let mut at = 0;
        let end = |leaves: &Leaves, at: usize| Unsigned {
            entries: Vec::new(),
            frontier: leaves.frontier.clone(),
            records_octets: leaves.records_octets + at as u64,
        };
        let mut unsigned = (first == signed).then(|| end(self, 0));
        for stored in hashes.as_chunks().0 {
            let Ok((entry, octets)) = LeafEntry::parse(&records[at..]) else { break };
            let hash = merkle::leaf_hash(&entry.hash());
            if hash != *stored {
                break;
            }
            self.frontier.push(hash);
            at += octets;
            roots.push(self.frontier.root());
            match &mut unsigned {
                Some(unsigned) => unsigned.entries.push(entry),
                None if self.frontier.size() == signed => unsigned = Some(end(self, at)),
                None => {}
            }
        }
        self.records_octets += at as u64;
        let says = |checkpoint: &Checkpoint| {
            let since = checkpoint.size.checked_sub(first).and_then(|since| usize::try_from(since).ok());
            since.is_some_and(|since| roots.get(since) == Some(&checkpoint.root))
        };
        let is_short = self.store.octets(HASHES)?.unwrap_or(0) < first * HASH_OCTETS
            || self.store.octets(RECORDS)?.unwrap_or(0) < edge.records_octets;
        let checkpoint_broken = is_short || newest.is_some_and(|newest| !says(&newest));
        let torn_octets = (records.len() - at) as u64;
        if !checkpoint_broken {
            self.unsigned = unsigned;
            self.cut(RECORDS, self.records_octets)?;
            self.cut(HASHES, self.frontier.size() * HASH_OCTETS)?;
        }
        Ok(LeavesRecovered { leaves: self.frontier.size(), torn_octets, checkpoint_broken })
    }

    /// The stored edge, when the checkpoint that it names is signed and says the same; else the beginning of the log.
    fn trusted_edge(&self, key: &SigningKey) -> io::Result<LogEdge> {
        let stored = read_all(&*self.store, EDGE)?.and_then(|octets| LogEdge::parse(&octets).ok());
        let Some(edge) = stored else { return Ok(LogEdge::default()) };
        let mut note = vec![0; NOTE_OCTETS_MAX];
        let read = match self.store.octets(CHECKPOINTS)? {
            Some(_) => self.store.read_at(CHECKPOINTS, edge.checkpoint_offset, &mut note)?,
            None => 0,
        };
        let signed = notes(&note[..read]).next().and_then(|note| note.open(key).ok());
        let says = |checkpoint: &Checkpoint| {
            checkpoint.size == edge.frontier.size() && checkpoint.root == edge.frontier.root()
        };
        Ok(if signed.as_ref().is_some_and(says) { edge } else { LogEdge::default() })
    }

    /// Reads the notes from `offset` on, cuts off a torn one, and gives the newest.
    fn recover_checkpoints(&mut self, key: &SigningKey, offset: u64) -> io::Result<Option<Checkpoint>> {
        let content = self.read_from(CHECKPOINTS, offset)?;
        let (mut newest, mut whole) = (None, 0);
        for note in notes(&content) {
            let Ok(checkpoint) = note.open(key) else { break };
            whole = note.end as u64;
            newest = Some(checkpoint);
        }
        self.checkpoints_octets = offset + whole;
        self.previous = newest.as_ref().map_or([0; 32], |checkpoint: &Checkpoint| checkpoint.root);
        self.cut(CHECKPOINTS, self.checkpoints_octets)?;
        Ok(newest)
    }

    /// A file from `offset` to its end; empty where it is shorter.
    fn read_from(&self, name: &str, offset: u64) -> io::Result<Vec<u8>> {
        let octets = self.store.octets(name)?.unwrap_or(0).saturating_sub(offset);
        let mut content = vec![0; octets as usize];
        if octets > 0 {
            let read = self.store.read_at(name, offset, &mut content)?;
            content.truncate(read);
        }
        Ok(content)
    }

    fn cut(&mut self, name: &str, octets: u64) -> io::Result<()> {
        if self.store.octets(name)?.is_some_and(|now| now > octets) {
            self.store.truncate(name, octets)?;
            self.store.sync(name)?;
        }
        Ok(())
    }

    /// Cuts off what no signed root covers, as it stood there when the log was opened, and gives it in its order: whoever can
    /// write these files, but has no key to sign, can write such leaves. They are kept in a file until
    /// [`Self::forget_unsigned`].
    ///
    /// # Errors
    /// The disk's. To be called again then.
    pub fn take_unsigned(&mut self) -> io::Result<Vec<LeafEntry>> {
        // What an earlier life had taken and did not come to the end of.
        let kept = read_all(&*self.store, UNSIGNED)?.unwrap_or_default();
        let mut entries = entries_of(&kept);
        let Some(unsigned) = &self.unsigned else { return Ok(entries) };
        entries.extend(unsigned.entries.iter().filter(|entry| !entries.contains(entry)).cloned().collect::<Vec<_>>());
        let (size, octets) = (unsigned.frontier.size(), unsigned.records_octets);
        if size < self.frontier.size() {
            // On a full disk they are known to this life alone.
            if let Err(error) = replace(&mut *self.store, UNSIGNED, &octets_of(&entries)) {
                tracing::warn!(%error, "what stood behind the last signed root is not kept");
            }
            // A record that no hash names is not in the log.
            self.cut(HASHES, size * HASH_OCTETS)?;
            self.cut(RECORDS, octets)?;
        }
        if let Some(Unsigned { frontier, records_octets, .. }) = self.unsigned.take() {
            (self.frontier, self.records_octets) = (frontier, records_octets);
        }
        Ok(entries)
    }

    /// All that was taken is accounted for, but for `unfounded`: keeps them as evidence, and tells in which file. A later
    /// [`Self::take_unsigned`] has them again, until [`Self::forget_unsigned`].
    ///
    /// # Errors
    /// The disk's. To be called again then.
    pub fn set_aside(&mut self, unfounded: &[LeafEntry]) -> io::Result<String> {
        let aside = format!("{ASIDE}/leaves-behind-{}", self.frontier.size());
        replace(&mut *self.store, &aside, &octets_of(unfounded))?;
        replace(&mut *self.store, UNSIGNED, &octets_of(unfounded))?;
        Ok(aside)
    }

    /// All that was taken is accounted for, or known.
    ///
    /// # Errors
    /// The disk's. To be called again then.
    pub fn forget_unsigned(&mut self) -> io::Result<()> {
        if self.store.octets(UNSIGNED)?.is_some() {
            self.store.remove(UNSIGNED)?;
        }
        Ok(())
    }

    /// Appends a leaf and tells its number. It is durable after [`Self::sync`].
    ///
    /// # Errors
    /// The disk's; the leaf is not in the log then and can be appended again.
    pub fn append(&mut self, leaf: Leaf) -> io::Result<u64> {
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        self.append_entry(&LeafEntry { salt, leaf })
    }

    /// Appends one that was taken, as it was.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_entry(&mut self, entry: &LeafEntry) -> io::Result<u64> {
        let mut octets = Vec::new();
        entry.emit(&mut octets);
        let hash = merkle::leaf_hash(&entry.hash());
        let index = self.frontier.size();
        self.unsynced = true;
        self.store.write_at(RECORDS, self.records_octets, &octets)?;
        self.store.write_at(HASHES, index * HASH_OCTETS, &hash)?;
        self.records_octets += octets.len() as u64;
        self.frontier.push(hash);
        Ok(index)
    }

    /// Makes all appended leaves durable.
    ///
    /// # Errors
    /// The disk's. To be called again then.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.unsynced {
            self.store.sync(RECORDS)?;
            self.store.sync(HASHES)?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// Makes the leaves durable, signs their root, keeps the note and gives it, for holding outside the box. Due each
    /// minute.
    ///
    /// # Errors
    /// The disk's; no note was signed then.
    pub fn checkpoint(&mut self, now: Stamp, key: &SigningKey) -> io::Result<String> {
        self.sync()?;
        let root = self.frontier.root();
        let checkpoint = Checkpoint {
            origin: origin(self.vault),
            size: self.frontier.size(),
            root,
            boot: now.boot,
            previous: self.previous,
        };
        let note = checkpoint.sign(key);
        let stored = format!("{note}\n");
        self.store.write_at(CHECKPOINTS, self.checkpoints_octets, stored.as_bytes())?;
        self.store.sync(CHECKPOINTS)?;
        let checkpoint_offset = self.checkpoints_octets;
        self.checkpoints_octets += stored.len() as u64;
        self.previous = root;
        let edge = LogEdge { frontier: self.frontier.clone(), records_octets: self.records_octets, checkpoint_offset };
        replace(&mut *self.store, EDGE, &edge.emit())?;
        Ok(note)
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }
}

fn octets_of(entries: &[LeafEntry]) -> Vec<u8> {
    let mut octets = Vec::new();
    entries.iter().for_each(|entry| entry.emit(&mut octets));
    octets
}

fn entries_of(octets: &[u8]) -> Vec<LeafEntry> {
    let mut entries = Vec::new();
    visit_whole(octets, &mut |entry| entries.extend(entry));
    entries
}

/// What the leaves of the vault in `store` say of its keys. Reads all of them, without holding them to their hashes, which
/// is `verify`'s; one that is damaged is passed over by its length, so that what stood beside it does not go with it.
///
/// # Errors
/// The disk's.
pub fn keys_in_leaves(store: &dyn Store) -> io::Result<ToldKeys> {
    let mut told = ToldKeys::default();
    each_leaf(store, &mut |entry| entry.iter().for_each(|entry| told.note(&entry.leaf)))?;
    Ok(told)
}

/// Visits the leaves in their order, up to the first one that is torn, without holding them to their hashes; one that is
/// damaged is none, and passed over by its length. A piece of the file is in memory at a time.
pub(super) fn each_leaf(store: &dyn Store, visit: &mut dyn FnMut(Option<LeafEntry>)) -> io::Result<()> {
    let (mut at, mut piece) = (0, vec![0; PIECE_OCTETS]);
    while store.octets(RECORDS)?.is_some_and(|octets| octets > at) {
        let read = store.read_at(RECORDS, at, &mut piece)?;
        match visit_whole(&piece[..read], visit) {
            0 => break,
            octets => at += octets as u64,
        }
    }
    Ok(())
}

/// Visits the leaves that are there whole, and tells how many octets they have.
fn visit_whole(piece: &[u8], visit: &mut dyn FnMut(Option<LeafEntry>)) -> usize {
    let mut at = 0;
    loop {
        let (entry, octets) = match LeafEntry::parse(&piece[at..]) {
            Ok((entry, octets)) => (Some(entry), octets),
            Err(FormatError::Short) => return at,
            Err(_) => match LeafEntry::length(&piece[at..]) {
                Ok(octets) => (None, octets),
                Err(_) => return at,
            },
        };
        visit(entry);
        at += octets;
    }
}

/// What is read of the leaves at once: many of the longest.
const PIECE_OCTETS: usize = 16 * vault::LEAF_OCTETS_MAX;

/// The name of a vault's log.
pub fn origin(vault: VaultId) -> String {
    format!("ringfence/{vault}")
}

/// A note within the file of checkpoints.
pub(super) struct StoredNote<'a> {
    pub(super) text: Result<&'a str, FormatError>,
    pub(super) offset: usize,
    pub(super) end: usize,
}

impl StoredNote<'_> {
    fn open(&self, key: &SigningKey) -> Result<Checkpoint, FormatError> {
        Checkpoint::open(self.text?, &key.verifying_key())
    }
}

/// The notes of a file of checkpoints: each is a body, an empty line, a signature line, an empty line.
pub(super) fn notes(content: &[u8]) -> impl Iterator<Item = StoredNote<'_>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let rest = &content[offset..];
        if rest.is_empty() {
            return None;
        }
        let mut blanks = rest.windows(2).enumerate().filter(|(_, pair)| pair == b"\n\n").map(|(at, _)| at);
        let note = blanks.nth(1);
        let octets = note.map_or(rest.len(), |at| at + 2);
        let text = note.and_then(|at| std::str::from_utf8(&rest[..=at]).ok()).ok_or(FormatError::Short);
        let found = StoredNote { text, offset, end: offset + octets };
        offset += octets;
        Some(found)
    })
}
