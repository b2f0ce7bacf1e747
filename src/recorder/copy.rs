//! A copy of the vault: all that is finished and signed, in a directory that `verify` takes as it takes a vault's.
//!
//! ```text
//! what is pending destroyed ─▶ leaves from the copy's edge on ─▶ objects staged, read back ─▶ their key halves
//!                           ─▶ log appended ─▶ objects renamed ─▶ tombstones, halves destroyed ─▶ edge
//! then, behind all of it:   event log and settings of the box, in chapters (`copy_chapters`)
//! ```
//!
//! The copy's own `leaves/edge` says how far it is, so that no life has to remember it: whatever ends a step, the next one
//! begins it again and finds done what was. It goes no further than the newest checkpoint of the vault, as what is behind it
//! a power cut may take back. An object that is not what its leaf says is not copied, and never takes a good one's place: its
//! leaf stays in `lacks/` until the vault has it again. Where the vault has not grown out of what the copy holds, nothing is written.
//! What was erased while the copy was away is destroyed there before anything else is copied.
//! Not here: the copy's key tables (`copy_keys`), unfinished recordings, when it runs, and alarms.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
};

use frame::{CallId, RecordingId};
use thiserror::Error;
use vault::{
    Checkpoint, FormatError, Grave, Hash, KeyNo, Keyring, LEAF_OCTETS_MAX, Leaf, LeafEntry, LogEdge, NOTE_OCTETS_MAX,
    Random, Seeded, SignedCertificate, Tombstone, VaultId, VerifyingKey, merkle, sha256,
};

use super::{
    ceremony::keyring_for_backup,
    copy_chapters::{Books, ChapterKeys, ChapterPen, ChapterStep, Chapters},
    copy_keys::{CopyKeys, MARK, tables_of},
    copy_leases::{LeaseLook, LeaseTerms, Leased, let_go, note_leased},
    copy_log::fill_log,
    copy_pending::{Pending, pending, pending_graves},
    copy_target::{Target, is_full},
    erasing::key_numbers,
    home::{HomeError, IDENTITY, KEYRING, damaged, identity, log_verifying_key},
    key_table::KeyTables,
    leaves::{CHECKPOINTS, EDGE, HASHES, RECORDS, keys_in_leaves, notes},
    names::{
        COPY_MARK, INCOMING, LACKS, LEAVES, grave_name, incoming_name, lacks_name, object_name, range_tombstones,
        tombstone_name,
    },
    outside::root_of_first,
    reserve,
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

/// As much of objects is looked at in a step of filling. One object in a test, which has few.
const OCTETS_A_FILL: u64 = if cfg!(test) { 1 } else { OCTETS_A_STEP };

/// Checkpoints that are read at once.
const NOTES_AT_ONCE: usize = 64;

/// Erased recordings whose halves are destroyed in a step at most.
const PENDING_A_STEP: usize = 64;

/// Steps after which leaves go on though the vault can't read halves of their objects.
const TRIES: u32 = 5;

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
    /// The copy is a clone of another one that is written to: what is pending at both could be told of one alone.
    #[error("the copy is a clone of another one")]
    Twice,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyStep {
    /// How much was written.
    pub octets: u64,
    /// The copy has all that the vault's newest checkpoint covers, and nothing is pending there.
    pub is_level: bool,
    /// The vault was writing what it was asked for: the next step is to come in a moment.
    pub rests: bool,
    /// What the copy has destroyed and read back in this step. It stays pending until
    /// [`settle_pending`](super::settle_pending).
    pub destroyed: Vec<Pending>,
}

/// Draws a source of randomness.
pub type DrawRandom = Box<dyn Fn() -> Box<dyn Random + Send> + Send>;

/// Brings a copy on.
pub struct Copier {
    /// What the vault notes of the copy: how people call it, and where it is.
    about: String,
    random: DrawRandom,
    /// What was held to the vault since somebody else may have written it.
    held: Option<Held>,
}

/// A copy that fits the vault.
struct Held {
    edge: LogEdge,
    keys: CopyKeys,
    /// Whether its log was looked at since the connection began.
    has_whole_log: bool,
    /// Whether this step was one of filling.
    fills: bool,
    /// What is pending and was not looked at yet, as it was listed last.
    listed: Vec<Grave>,
    /// What is pending, though it is destroyed: the log has not been told of it. The vault has no half of it any more, so
    /// none comes back.
    destroyed: BTreeSet<Grave>,
    /// How often the vault could not read halves of the leaves that come next.
    tries: u32,
    /// How far its chapters are, once that was looked at.
    chapters: Option<Chapters>,
}

/// Leaves of the vault's log, as they are written to a copy's.
pub(super) struct Stretch {
    entries: Vec<LeafEntry>,
    pub(super) records: Vec<u8>,
    pub(super) hashes: Vec<u8>,
    /// The log behind them.
    pub(super) edge: LogEdge,
}

/// Leaves from the copy's edge on.
struct Window {
    stretch: Stretch,
    octets: u64,
    /// The keys of the objects among them.
    keys: BTreeMap<RecordingId, Vec<KeyNo>>,
}

impl Copier {
    /// Nothing is held yet. `about` is what the vault notes of the copy, for people.
    pub fn new(about: String, random: DrawRandom) -> Copier {
        Copier { about, random, held: None }
    }

    /// Does a step from `vault` to `copy`. In the vault it notes that the copy is given key halves.
    ///
    /// # Errors
    /// [`CopyError`]; the next step begins where this one did.
    pub fn step(&mut self, vault: &mut dyn Store, copy: &mut dyn Store) -> Result<CopyStep, CopyError> {
        let mut copy = Target(copy);
        let stepped = self.try_step(vault, &mut copy);
        if stepped.is_err() {
            self.held = None;
        }
        stepped
    }

    fn try_step(&mut self, vault: &mut dyn Store, copy: &mut Target<'_>) -> Result<CopyStep, CopyError> {
        let identity = identity(vault)?;
        let held = self.begin(vault, copy, &identity)?;
        let step = held.step(vault, copy, &log_verifying_key(&identity)?)?;
        held.keys.note(copy)?;
        Ok(step)
    }

    /// The log has been told that a copy has destroyed a recording, and it is pending no more.
    pub fn settled(&mut self, grave: Grave) {
        if let Some(held) = &mut self.held {
            held.destroyed.remove(&grave);
        }
    }

    /// Tries again what the copy lacks. How many recordings it lacks still.
    ///
    /// # Errors
    /// [`CopyError`].
    pub fn mend(&mut self, vault: &mut dyn Store, copy: &mut dyn Store) -> Result<u64, CopyError> {
        let mut copy = Target(copy);
        let mended = self.try_mend(vault, &mut copy);
        if mended.is_err() {
            self.held = None;
        }
        mended
    }

    fn try_mend(&mut self, vault: &mut dyn Store, copy: &mut Target<'_>) -> Result<u64, CopyError> {
        let identity = identity(vault)?;
        let Held { edge, keys, .. } = self.begin(vault, copy, &identity)?;
        fill_log(vault, copy, &log_verifying_key(&identity)?, edge)?;
        let mut lacking = keys.lacking();
        keys.try_again();
        for name in copy.list(LACKS)? {
            let entry = copy.read(&name)?.and_then(|octets| Some(LeafEntry::parse(&octets).ok()?.0));
            let is_whole = match entry.map(|entry| entry.leaf) {
                Some(leaf) => mend_one(vault, copy, keys, &leaf)?,
                None => false,
            };
            match is_whole {
                true => copy.remove(&name)?,
                false => lacking += 1,
            }
        }
        keys.note(copy)?;
        Ok(lacking)
    }

    /// Writes on with the event log and the settings of the box. To be called once the copy has all that is finished and signed.
    ///
    /// # Errors
    /// [`CopyError`]; [`CopyError::Differs`] where the copy has more of the log than the box.
    pub fn write_chapters(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut dyn Store,
        (books, keys): (&mut dyn Books, &ChapterKeys),
    ) -> Result<CopyStep, CopyError> {
        let mut copy = Target(copy);
        let written = self.try_write(vault, &mut copy, (books, keys));
        if written.is_err() {
            self.held = None;
        }
        written
    }

    fn try_write(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        (books, keys): (&mut dyn Books, &ChapterKeys),
    ) -> Result<CopyStep, CopyError> {
        let identity = identity(vault)?;
        let mut random = (self.random)();
        let held = self.begin(vault, copy, &identity)?;
        let mut pen = ChapterPen { books, keys, random: &mut *random };
        let mut chapters = match held.chapters.take() {
            Some(chapters) => chapters,
            None => Chapters::of_copy(copy, &mut pen)?,
        };
        let ChapterStep { octets, is_level } = chapters.step(copy, &mut pen)?;
        held.chapters = Some(chapters);
        held.keys.note(copy)?;
        Ok(CopyStep { octets, is_level, ..CopyStep::default() })
    }

    /// Goes on with a look at the copy's leases; tells of which erased recordings nothing is left there any more. Each stays noted until
    /// [`settle_leased`](super::settle_leased).
    ///
    /// # Errors
    /// [`CopyError`].
    pub fn look_after_leases(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut dyn Store,
        (look, terms): (&mut LeaseLook, &LeaseTerms<'_>),
    ) -> Result<Vec<Leased>, CopyError> {
        let mut copy = Target(copy);
        let looked = self.try_look(vault, &mut copy, (look, terms));
        if looked.is_err() {
            self.held = None;
        }
        looked
    }

    fn try_look(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        (look, terms): (&mut LeaseLook, &LeaseTerms<'_>),
    ) -> Result<Vec<Leased>, CopyError> {
        let identity = identity(vault)?;
        let held = self.begin(vault, copy, &identity)?;
        let freed = look.step(vault, copy, held.keys.id, terms)?;
        held.keys.note(copy)?;
        Ok(freed)
    }

    /// The copy's edge and key tables, in a copy that is begun where there is none, and that holds nothing but what the
    /// vault's log says.
    fn begin(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        identity: &SignedCertificate,
    ) -> Result<&mut Held, CopyError> {
        match copy.read(IDENTITY)? {
            Some(octets) if octets == identity.emit() => {}
            Some(_) => return Err(CopyError::Differs),
            None => make(copy, identity)?,
        }
        let edge = copy.read(EDGE)?.and_then(|octets| LogEdge::parse(&octets).ok()).ok_or(CopyError::Differs)?;
        let tables = tables_of(copy)?;
        let held = match self.held.take() {
            Some(held) if held.edge == edge && Some(held.keys.id) == tables && held.keys.is_current(copy)? => held,
            _ => self.hold(vault, copy, identity, edge)?,
        };
        Ok(self.held.insert(held))
    }

    fn hold(
        &self,
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        identity: &SignedCertificate,
        edge: LogEdge,
    ) -> Result<Held, CopyError> {
        if root_of_first(vault, edge.frontier.size())? != Some(edge.frontier.root()) {
            return Err(CopyError::Differs);
        }
        let mut keys = CopyKeys::open(vault, copy, identity.certificate.vault, &self.about, &*self.random)?;
        clear_incoming(copy, &mut keys)?;
        Ok(Held {
            edge,
            keys,
            has_whole_log: false,
            fills: false,
            listed: Vec::new(),
            destroyed: BTreeSet::new(),
            tries: 0,
            chapters: None,
        })
    }
}

impl fmt::Debug for Copier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copier").field("about", &self.about).finish_non_exhaustive()
    }
}

/// Those whose halves the vault has destroyed, as its own tables say. Anybody can write a file that names halves of others, and these
/// stay at the copy: it stays pending, and is told as such. While the vault is erasing it is looked at again.
fn without_held(vault: &dyn Store, of: VaultId, some: Vec<Pending>) -> Result<Vec<Pending>, CopyError> {
    if some.is_empty() {
        return Ok(some);
    }
    // Reading draws nothing.
    let tables = KeyTables::open_to_read(vault, of, Box::new(Seeded::new(0)))?;
    let mut gone = Vec::new();
    for pending in some {
        if tables.there(vault, &pending.keys)?.is_empty() {
            gone.push(pending);
        } else {
            tracing::error!(of = %pending.grave, "a copy is to destroy key halves that the vault has");
        }
    }
    Ok(gone)
}

impl Held {
    fn step(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        key: &VerifyingKey,
    ) -> Result<CopyStep, CopyError> {
        let destroyed = self.destroy_pending(vault, copy)?;
        if !destroyed.is_empty() || !self.listed.is_empty() {
            return Ok(CopyStep { destroyed, ..CopyStep::default() });
        }
        // Behind what is to be destroyed, for which no log is needed: the vault may lack a leaf itself.
        if !self.has_whole_log {
            fill_log(vault, copy, key, &self.edge)?;
            self.has_whole_log = true;
        }
        // A copy that is full has to be able to destroy what will be erased.
        reserve::fill(copy.0).map_err(CopyError::Target)?;
        // In turn: all of an old copy may take days to look at, and what is new is copied meanwhile.
        self.fills = !self.fills;
        if self.fills
            && let Some(octets) = self.keys.fill(vault, copy, OCTETS_A_FILL)?
        {
            return Ok(CopyStep { octets, ..CopyStep::default() });
        }
        let step = self.go_on(vault, copy, key)?;
        Ok(CopyStep { is_level: step.is_level && !self.keys.has_to_fill(), ..step })
    }

    /// Destroys at the copy some of what was erased in the vault since it was here last, and tells what that was. It is listed
    /// anew once all of it was looked at.
    fn destroy_pending(&mut self, vault: &dyn Store, copy: &mut Target<'_>) -> Result<Vec<Pending>, CopyError> {
        if self.listed.is_empty() {
            let listed: BTreeSet<Grave> = pending_graves(vault, self.keys.id)?.into_iter().collect();
            self.destroyed.retain(|grave| listed.contains(grave));
            self.listed = listed.difference(&self.destroyed).copied().collect();
        }
        let mut some = Vec::new();
        for grave in self.listed.split_off(self.listed.len().saturating_sub(PENDING_A_STEP)) {
            some.extend(pending(vault, self.keys.id, grave));
        }
        let mut some = without_held(vault, self.keys.vault(), some)?;
        let keys: Vec<KeyNo> = some.iter().flat_map(|pending| pending.keys.iter().copied()).collect();
        // What may still be opened by what is kept beside the tables stays pending.
        if keys.is_empty() || !self.keys.destroy(copy, &keys)? {
            return Ok(Vec::new());
        }
        for pending in some.iter_mut().filter(|pending| pending.grave.range.is_none()) {
            pending.ciphertext_until = copy.leased_until(&object_name(pending.grave.recording))?;
        }
        self.destroyed.extend(some.iter().map(|pending| pending.grave));
        Ok(some)
    }

    /// Copies on from the copy's edge.
    fn go_on(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        key: &VerifyingKey,
    ) -> Result<CopyStep, CopyError> {
        let level = CopyStep { is_level: true, ..CopyStep::default() };
        let Some(to) = newest_edge(vault)? else { return Ok(level) };
        let from = self.edge.clone();
        if from.frontier.size() >= to.frontier.size() {
            copy_keyring(vault, copy)?;
            return Ok(level);
        }
        let window = read_window(vault, copy, from.clone(), &to)?;
        // Before any object that needs them has its name.
        let keys: Vec<KeyNo> = window.keys.values().flatten().copied().collect();
        let unread = self.keys.give(vault, copy, &keys)?;
        if !unread.is_empty() && self.tries < TRIES {
            // The box writes to its tables just now, as a rule.
            self.tries += 1;
            return Ok(CopyStep { rests: true, ..CopyStep::default() });
        }
        self.tries = 0;
        let edge = take(vault, copy, &mut self.keys, (key, &from, &to), &window, &unread)?;
        let is_level = edge.frontier.size() == to.frontier.size();
        if is_level || window.stretch.entries.iter().any(|entry| matches!(entry.leaf, Leaf::Keyring { .. })) {
            copy_keyring(vault, copy)?;
        }
        self.edge = edge;
        Ok(CopyStep { octets: window.octets, is_level, ..CopyStep::default() })
    }
}

/// Takes away what an earlier life did not bring to its end. Its halves may be here already, and its recording may be erased
/// by the time that this copy goes on: they go first, as nothing else here says whose they are.
fn clear_incoming(copy: &mut Target<'_>, keys: &mut CopyKeys) -> Result<(), CopyError> {
    for name in copy.list(INCOMING)? {
        keys.destroy_of(copy, &name)?;
        copy.remove(&name)?;
    }
    Ok(())
}

fn mend_one(vault: &mut dyn Store, copy: &mut Target<'_>, keys: &mut CopyKeys, leaf: &Leaf) -> Result<bool, CopyError> {
    let mut numbers = BTreeMap::new();
    if stage(vault, copy, leaf, &mut numbers)?.is_none() {
        return Ok(false);
    }
    let numbers: Vec<KeyNo> = numbers.into_values().flatten().collect();
    Ok(keys.give(vault, copy, &numbers)?.is_empty() && settle(vault, copy, keys, leaf)?)
}

/// Begins a copy. Its identity comes last: without it there is none yet.
fn make(copy: &mut Target<'_>, identity: &SignedCertificate) -> Result<(), CopyError> {
    // The edge alone may be there, of a beginning that was cut off.
    if copy.list(LEAVES)?.iter().any(|name| name != EDGE) {
        return Err(CopyError::Differs);
    }
    copy.put(COPY_MARK, MARK.as_bytes())?;
    copy.put(EDGE, &LogEdge::default().emit())?;
    copy.put(IDENTITY, &identity.emit())
}

/// What the vault's newest checkpoint covers; none before there is one.
fn newest_edge(vault: &dyn Store) -> Result<Option<LogEdge>, CopyError> {
    let Some(octets) = read_all(vault, EDGE)? else { return Ok(None) };
    Ok(Some(LogEdge::parse(&octets).map_err(|what| damaged(EDGE, what))?))
}

/// Reads leaves on, and stages their objects.
fn read_window(vault: &dyn Store, copy: &mut Target<'_>, edge: LogEdge, to: &LogEdge) -> Result<Window, CopyError> {
    let (mut keys, mut octets) = (BTreeMap::new(), 0);
    let stretch = read_stretch(vault, edge, to, &mut |entry| {
        octets += stage(vault, copy, &entry.leaf, &mut keys)?.unwrap_or(0);
        Ok(octets < OCTETS_A_STEP)
    })?;
    let octets = octets + (stretch.records.len() + stretch.hashes.len()) as u64;
    Ok(Window { stretch, octets, keys })
}

/// Reads leaves on, each held to its hash and the last to the root over all, as long as `take` wants more.
pub(super) fn read_stretch(
    vault: &dyn Store,
    mut edge: LogEdge,
    to: &LogEdge,
    take: &mut dyn FnMut(&LeafEntry) -> Result<bool, CopyError>,
) -> Result<Stretch, CopyError> {
    let records = read_piece(vault, RECORDS, edge.records_octets, to.records_octets, WINDOW_OCTETS)?;
    let first = edge.frontier.size() * 32;
    let hashes = read_piece(vault, HASHES, first, to.frontier.size() * 32, LEAVES_A_STEP as u64 * 32)?;
    let (mut entries, mut at) = (Vec::new(), 0);
    for hash in hashes.as_chunks().0 {
        let (entry, length) = match LeafEntry::parse(&records[at..]) {
            Ok(parsed) => parsed,
            Err(_) if at > 0 => break,
            Err(what) => return Err(damaged(RECORDS, what).into()),
        };
        if merkle::leaf_hash(&entry.hash()) != *hash {
            return Err(damaged(HASHES, FormatError::Hash).into());
        }
        let goes_on = take(&entry)?;
        entries.push(entry);
        edge.frontier.push(*hash);
        at += length;
        if !goes_on {
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
    Ok(Stretch { records: records[..at].to_vec(), hashes, entries, edge })
}

/// A file from `offset` to `end`, but no more than `most`.
pub(super) fn read_piece(vault: &dyn Store, name: &str, offset: u64, end: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; end.saturating_sub(offset).min(most) as usize];
    let read = vault.read_at(name, offset, &mut piece)?;
    piece.truncate(read);
    Ok(piece)
}

/// Makes what was read and staged part of the copy; its new edge.
fn take(
    vault: &mut dyn Store,
    copy: &mut Target<'_>,
    keys: &mut CopyKeys,
    (key, from, to): (&VerifyingKey, &LogEdge, &LogEdge),
    window: &Window,
    unread: &BTreeSet<KeyNo>,
) -> Result<LogEdge, CopyError> {
    let Stretch { entries, records, hashes, edge } = &window.stretch;
    let mut edge = edge.clone();
    // Each leaf comes before its hash, and that before the root over it: cut off anywhere, it is a log.
    copy.write(RECORDS, from.records_octets, records)?;
    copy.write(HASHES, from.frontier.size() * 32, hashes)?;
    edge.checkpoint_offset = copy_checkpoints(vault, copy, key, from.checkpoint_offset, (to, edge.frontier.size()))?;
    for entry in entries {
        let of_entry = match entry.leaf {
            Leaf::Finished { recording, .. } => window.keys.get(&recording),
            _ => None,
        };
        let has_halves = of_entry.is_none_or(|keys| keys.iter().all(|key| !unread.contains(key)));
        settle_or_lack(vault, copy, keys, entry, has_halves)?;
    }
    copy.put(EDGE, &edge.emit())?;
    Ok(edge)
}

/// Goes on with the checkpoints from the last one that the copy has, to the last one over no more than `size` leaves.
pub(super) fn copy_checkpoints(
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
/// says; 0 where there is nothing to be written. Its keys are added to `keys`.
fn stage(
    vault: &dyn Store,
    copy: &mut Target<'_>,
    leaf: &Leaf,
    keys: &mut BTreeMap<RecordingId, Vec<KeyNo>>,
) -> Result<Option<u64>, CopyError> {
    let Leaf::Finished { recording, call, records, chunks, chain_head, commitments } = *leaf else {
        return Ok(Some(0));
    };
    let logged = Logged { records, chunks, chain_head, commitments };
    let Some(octets) = intact_object(vault, recording, call, logged)? else { return Ok(None) };
    keys.insert(recording, key_numbers(&octets).unwrap_or_default());
    if has_already(copy, recording, &octets)? {
        return Ok(Some(0));
    }
    copy.stage(&incoming_name(recording), &octets)?;
    Ok(Some(octets.len() as u64))
}

/// Whether the object has its name and is this one, octet for octet: a bucket names it before it is read back, and whoever dies
/// between the two leaves one that nobody has looked at.
fn has_already(copy: &Target<'_>, recording: RecordingId, octets: &[u8]) -> Result<bool, CopyError> {
    let name = object_name(recording);
    if copy.octets(&name)? != Some(octets.len() as u64) {
        return Ok(false);
    }
    // What can't be read is written anew.
    Ok(copy.read(&name).ok().flatten().is_some_and(|there| there == octets))
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
fn settle_or_lack(
    vault: &mut dyn Store,
    copy: &mut Target<'_>,
    keys: &mut CopyKeys,
    entry: &LeafEntry,
    has_halves: bool,
) -> Result<(), CopyError> {
    let lacks = match entry.leaf {
        Leaf::Finished { recording, .. } | Leaf::Tombstone { recording, .. } => lacks_name(Grave::whole(recording)),
        Leaf::RangeTombstone { recording, list, .. } => lacks_name(Grave { recording, range: Some(list) }),
        _ => return Ok(()),
    };
    // Without its halves an object does not get its name: it would never be looked at again.
    let finished = match entry.leaf {
        Leaf::Finished { recording, .. } => Some(recording),
        _ => None,
    };
    if (has_halves || finished.is_none()) && settle(vault, copy, keys, &entry.leaf)? {
        return copy.remove(&lacks);
    }
    if let Some(recording) = finished {
        copy.remove(&incoming_name(recording))?;
    }
    let mut octets = Vec::new();
    entry.emit(&mut octets);
    copy.put(&lacks, &octets)
}

/// Whether the copy has what a leaf speaks of: the staged object gets its name, an erased one goes.
fn settle(vault: &mut dyn Store, copy: &mut Target<'_>, keys: &mut CopyKeys, leaf: &Leaf) -> Result<bool, CopyError> {
    match *leaf {
        Leaf::Finished { recording, .. } => {
            let (staged, name) = (incoming_name(recording), object_name(recording));
            if copy.octets(&staged)?.is_some() {
                copy.rename(&staged, &name)?;
            }
            // Leaves may stand twice, also behind the tombstone of their recording.
            Ok(copy.octets(&name)?.is_some() || copy.octets(&tombstone_name(recording))?.is_some())
        }
        Leaf::Tombstone { recording, document } => bury(vault, copy, keys, recording, document),
        Leaf::RangeTombstone { recording, document, .. } => bury_range(vault, copy, keys, recording, document),
        _ => Ok(true),
    }
}

/// The tombstone stands and the halves are destroyed before the object goes, or is read no more where it is under a lease; whether the vault has the tombstone as the log
/// knows it. As a rule the halves were pending and are destroyed already: what is looked at here is what a vault that was
/// made anew from another copy has no list of.
fn bury(
    vault: &mut dyn Store,
    copy: &mut Target<'_>,
    keys: &mut CopyKeys,
    recording: RecordingId,
    document: Hash,
) -> Result<bool, CopyError> {
    let name = tombstone_name(recording);
    let stone = read_all(vault, &name)?.filter(|octets| sha256(octets) == document);
    if let Some(octets) = &stone {
        copy.put(&name, octets)?;
    }
    let object = object_name(recording);
    keys.destroy_of(copy, &object)?;
    // No hold covers it any more: else it would not be erased.
    let_go(vault, copy, keys.id, recording)?;
    if let Some(until) = copy.leased_until(&object)? {
        let parsed = stone.as_ref().and_then(|octets| Tombstone::parse(std::str::from_utf8(octets).ok()?).ok());
        let call = parsed.map(|stone| stone.call);
        note_leased(vault, &Leased { tables: keys.id, recording, call, until: Some(until) })?;
    }
    copy.remove(&object)?;
    Ok(stone.is_some())
}

/// The same of a stretch: its halves are destroyed before its tombstone stands, and the object stays.
fn bury_range(
    vault: &dyn Store,
    copy: &mut Target<'_>,
    keys: &mut CopyKeys,
    recording: RecordingId,
    document: Hash,
) -> Result<bool, CopyError> {
    let stone = range_tombstones(vault, recording)?.into_iter().find(|(hash, _)| *hash == document);
    let Some((_, stone)) = stone else { return Ok(false) };
    let halves: Vec<KeyNo> = stone.range.iter().flat_map(|range| &range.minutes).map(|minute| minute.key).collect();
    keys.destroy(copy, &halves)?;
    copy.put(&grave_name(stone.grave()), stone.emit().as_bytes())?;
    Ok(true)
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
