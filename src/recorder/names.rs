//! Names of the vault's files, relative to its directory.

use std::{collections::BTreeSet, io};

use frame::RecordingId;
use vault::{ChapterKind, Grave, Hash, Leaf, Tombstone};

use super::{
    copy_pending::CopyId,
    leaves::each_leaf,
    store::{Store, read_all},
};

/// Recordings in one directory of objects: few enough for every file system and every person who looks.
const OBJECTS_PER_DIR: u32 = 1000;

/// Where objects are.
pub const OBJECTS: &str = "objects";

/// Where recordings are copied to before they are finished.
pub(super) const STAGED: &str = "staged";

/// Says of a vault's directory that it is a copy, which has no ring, and which key tables it has.
pub(super) const COPY_MARK: &str = "copy";

/// Says of a vault's directory that it was brought back from a copy, and of which vault.
pub(super) const RESTORED: &str = "restored";

/// Where a copy has what is not known yet to be whole.
pub(super) const INCOMING: &str = "incoming";

/// Where a copy has the leaves of recordings that it lacks.
pub(super) const LACKS: &str = "lacks";

/// Where a copy has the box's event log and settings.
pub(super) const CHAPTERS: &str = "chapters";

/// A chapter of the event log, or a version of the settings.
pub(super) fn chapter_name(kind: ChapterKind, no: u64) -> String {
    match kind {
        ChapterKind::Events => format!("{CHAPTERS}/events-{no:012}"),
        ChapterKind::Settings => format!("{CHAPTERS}/settings-{no:06}"),
    }
}

/// What a name of [`chapter_name`] is of; none where it is no such name.
pub(super) fn chapter_of_name(name: &str) -> Option<(ChapterKind, u64)> {
    let (kind, digits) = name.strip_prefix(CHAPTERS)?.strip_prefix('/')?.split_once('-')?;
    let kind = match kind {
        "events" => ChapterKind::Events,
        "settings" => ChapterKind::Settings,
        _ => return None,
    };
    let no = digits.parse().ok().filter(|no| *no > 0)?;
    (chapter_name(kind, no) == name).then_some((kind, no))
}

/// The leaf of a recording that a copy lacks, or of an erased stretch whose tombstone it lacks.
pub(super) fn lacks_name(grave: Grave) -> String {
    format!("{LACKS}/{grave}")
}

/// A recording on its way into a copy.
pub(super) fn incoming_name(recording: RecordingId) -> String {
    format!("{INCOMING}/{recording}")
}

/// Where a vault has the copies that keep key halves, each in a folder that is named after its key tables.
pub(super) const COPIES: &str = "copies";

/// Says of a copy, in the vault, what it is called and where it was last.
pub(super) fn copy_about_name(tables: CopyId) -> String {
    format!("{COPIES}/{tables}/about")
}

/// Where a vault has what a copy has not destroyed yet.
pub(super) fn pending_dir(tables: CopyId) -> String {
    format!("{COPIES}/{tables}/pending")
}

/// A recording, or a stretch of one, of which a copy has not destroyed the keys yet.
pub(super) fn pending_name(tables: CopyId, grave: Grave) -> String {
    format!("{}/{grave}", pending_dir(tables))
}

/// What an entry of [`pending_dir`] is of. One that is being written has another name.
pub(super) fn pending_grave(name: &str) -> Option<Grave> {
    name.rsplit_once('/')?.1.parse().ok()
}

/// Where a vault has what is left of erased recordings at a copy, under leases.
pub(super) fn leased_dir(tables: CopyId) -> String {
    format!("{COPIES}/{tables}/leased")
}

/// A recording of which a copy still has the ciphertext, as it is under a lease there.
pub(super) fn leased_name(tables: CopyId, recording: RecordingId) -> String {
    format!("{}/{recording}", leased_dir(tables))
}

/// Where a vault has which recordings it holds at a copy's store.
pub(super) fn held_dir(tables: CopyId) -> String {
    format!("{COPIES}/{tables}/held")
}

/// A recording that is held at a copy's store.
pub(super) fn held_name(tables: CopyId, recording: RecordingId) -> String {
    format!("{}/{recording}", held_dir(tables))
}

/// The recording of an object's name.
pub(super) fn object_recording(name: &str) -> Option<RecordingId> {
    let recording: RecordingId = name.rsplit_once('/')?.1.strip_suffix(".rfo")?.parse().ok()?;
    (object_name(recording) == name).then_some(recording)
}

/// The recording that an entry of [`leased_dir`] or [`held_dir`] is of. One that is being written has another name.
pub(super) fn entry_recording(name: &str) -> Option<RecordingId> {
    name.rsplit_once('/')?.1.parse().ok()
}

/// Stands in a copy while its key tables may lack halves of recordings that it has.
pub(super) const KEYLESS: &str = "keyless";

/// Says in a copy which key tables it had at the end of its last step.
pub(super) const LAST_ROOTS: &str = "last-roots";

/// Where segments are.
pub(super) const SEGMENTS: &str = "segments";

/// Where the log of leaves is.
pub(super) const LEAVES: &str = "leaves";

/// Where a copy of what was found damaged is kept.
pub(super) const ASIDE: &str = "aside";

/// Of which keyring a backup was written last.
pub(super) const BACKED_UP: &str = "backed-up";

/// The object of a recording.
pub fn object_name(recording: RecordingId) -> String {
    format!("{}.rfo", object_stem(recording))
}

/// What an erased recording leaves: while it stands, nothing that an old segment holds brings the recording back.
pub fn tombstone_name(recording: RecordingId) -> String {
    format!("{}.tombstone", object_stem(recording))
}

/// What an erased recording leaves, or an erased stretch of one beside its object.
pub(super) fn grave_name(grave: Grave) -> String {
    match grave.range {
        Some(event) => format!("{}.{event}.tombstone", object_stem(grave.recording)),
        None => tombstone_name(grave.recording),
    }
}

/// The erased stretches of a recording: the tombstones beside it that the vault's leaves know. Anybody can write a file of such a name.
///
/// # Errors
/// The disk's.
pub fn erased_stretches(store: &dyn Store, recording: RecordingId) -> io::Result<Vec<Tombstone>> {
    let mut stones = range_tombstones(store, recording)?;
    if stones.is_empty() {
        return Ok(Vec::new());
    }
    let mut logged = BTreeSet::new();
    each_leaf(store, &mut |entry| {
        if let Some(Leaf::RangeTombstone { recording: of, list, document }) = entry.map(|entry| entry.leaf)
            && of == recording
        {
            logged.insert((list, document));
        }
    })?;
    stones.retain(|(hash, stone)| logged.contains(&(stone.list, *hash)));
    Ok(stones.into_iter().map(|(_, stone)| stone).collect())
}

/// The tombstones of stretches of a recording that stand beside it, each with the hash of its octets. Whether the log knows
/// them is another question.
///
/// # Errors
/// The disk's.
pub(super) fn range_tombstones(store: &dyn Store, recording: RecordingId) -> io::Result<Vec<(Hash, Tombstone)>> {
    let stem = object_stem(recording);
    let folder = stem.rsplit_once('/').map_or(OBJECTS, |(folder, _)| folder).to_owned();
    let mut found = Vec::new();
    for name in store.list(&folder)? {
        let grave =
            name.strip_prefix(&format!("{folder}/")).and_then(|name| name.strip_suffix(".tombstone")?.parse().ok());
        let Some(grave) = grave.filter(|grave: &Grave| grave.recording == recording && grave.range.is_some()) else {
            continue;
        };
        let Some(octets) = read_all(store, &name)? else { continue };
        let hash = vault::sha256(&octets);
        let tombstone = String::from_utf8(octets).ok().and_then(|text| Tombstone::parse(&text).ok());
        found.extend(tombstone.filter(|tombstone| tombstone.grave() == grave).map(|tombstone| (hash, tombstone)));
    }
    Ok(found)
}

fn object_stem(recording: RecordingId) -> String {
    format!("{OBJECTS}/{}/{}/{recording}", recording.life, recording.no / OBJECTS_PER_DIR)
}

/// Where it says which recordings are being erased.
pub(super) const ERASING: &str = "erasing";

/// Room that is kept for erasing.
pub(super) const RESERVE: &str = "reserve";

/// That a recording is being erased, or a stretch of one.
pub(super) fn erasing_name(grave: Grave) -> String {
    format!("{ERASING}/{grave}")
}

/// What is being erased, by the name of what says so.
pub(super) fn erasing_grave(name: &str) -> Option<Grave> {
    name.strip_prefix(ERASING)?.strip_prefix('/')?.parse().ok()
}

/// The unfinished object of a recording.
pub(super) fn staged_name(recording: RecordingId) -> String {
    format!("{STAGED}/{recording}.rfo")
}

/// The recording that a staged file is of.
pub(super) fn staged_recording(name: &str) -> Option<RecordingId> {
    name.strip_prefix(STAGED)?.strip_prefix('/')?.strip_suffix(".rfo")?.parse().ok()
}

/// Where finished recordings are named until their leaf is durable.
pub(super) const UNLOGGED: &str = "unlogged";

/// Stands while a finished recording has no durable leaf, so that no restart forgets it.
pub(super) fn unlogged_name(recording: RecordingId) -> String {
    format!("{UNLOGGED}/{recording}")
}

/// A segment of the ring.
pub(super) fn segment_name(segment: u32) -> String {
    format!("{SEGMENTS}/{segment:04}")
}

/// The segment that a name is of.
pub(super) fn segment_number(name: &str) -> Option<u32> {
    name.strip_prefix(SEGMENTS)?.strip_prefix('/')?.parse().ok()
}
