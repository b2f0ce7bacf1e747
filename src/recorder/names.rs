//! Names of the vault's files, relative to its directory.

use frame::RecordingId;

use super::copy_pending::CopyId;

/// Recordings in one directory of objects: few enough for every file system and every person who looks.
const OBJECTS_PER_DIR: u32 = 1000;

/// Where objects are.
pub const OBJECTS: &str = "objects";

/// Where recordings are copied to before they are finished.
pub(super) const STAGED: &str = "staged";

/// Says of a vault's directory that it is a copy, which has no ring, and which key tables it has.
pub(super) const COPY_MARK: &str = "copy";

/// Where a copy has what is not known yet to be whole.
pub(super) const INCOMING: &str = "incoming";

/// Where a copy has the leaves of recordings that it lacks.
pub(super) const LACKS: &str = "lacks";

/// The leaf of a recording that a copy lacks.
pub(super) fn lacks_name(recording: RecordingId) -> String {
    format!("{LACKS}/{recording}")
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

/// A recording of which a copy has not destroyed the keys yet.
pub(super) fn pending_name(tables: CopyId, recording: RecordingId) -> String {
    format!("{}/{recording}", pending_dir(tables))
}

/// The recording that an entry of [`pending_dir`] is of. One that is being written has another name.
pub(super) fn pending_recording(name: &str) -> Option<RecordingId> {
    let (_, last) = name.rsplit_once('/')?;
    let recording: RecordingId = last.parse().ok()?;
    // There is one way to write it.
    (recording.to_string() == last).then_some(recording)
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

fn object_stem(recording: RecordingId) -> String {
    format!("{OBJECTS}/{}/{}/{recording}", recording.life, recording.no / OBJECTS_PER_DIR)
}

/// Where it says which recordings are being erased.
pub(super) const ERASING: &str = "erasing";

/// Room that is kept for erasing.
pub(super) const RESERVE: &str = "reserve";

/// That a recording is being erased.
pub(super) fn erasing_name(recording: RecordingId) -> String {
    format!("{ERASING}/{recording}")
}

/// The recording that is being erased, by the name of what says so.
pub(super) fn erasing_recording(name: &str) -> Option<RecordingId> {
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
