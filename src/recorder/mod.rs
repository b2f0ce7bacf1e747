//! The recorder: seals what is said from the first sample on, writes it, and shows that it was not changed.
//!
//! Two threads around two plain structs: the [`Sealer`] encrypts and never touches a disk, the [`Flusher`] alone writes.
//! [`InlineRecorder`] drives both in one thread for virtual time. Formats are in `firmware/vault/FORMAT.md` and `firmware/vault`.
//! Not here: retention, slots and ceremony, where copies are, the page.

mod batch;
mod bucket;
mod bucket_files;
mod ceremony;
mod command;
mod copy;
mod copy_chapters;
mod copy_keys;
mod copy_leases;
mod copy_log;
mod copy_pending;
mod copy_target;
mod due_leaves;
mod erasing;
mod flusher;
mod headless;
mod home;
mod inboxes;
mod inline;
mod key_table;
mod late_start;
mod leaves;
mod leg_keys;
mod live;
mod memory;
mod names;
mod opened;
mod opened_chapters;
mod opener;
mod orders;
mod outside;
mod package;
mod permit;
mod playback;
mod random;
mod range;
mod recovery;
mod reserve;
mod restore;
mod ring;
mod run;
mod scrub;
mod sealer;
mod segment_scan;
mod store;
mod stored;
#[cfg(test)]
mod tests;
mod threads;
mod track;
mod trial;
mod verify;
mod verify_chapters;
mod verify_log;
mod verify_package;
mod verify_scope;
mod verify_unfinished;
mod whereabouts;

pub use batch::{Group, SealedBatch};
pub use bucket::{Bucket, BucketStore, Listed};
pub use bucket_files::FilesBucket;
pub use ceremony::{
    Ceremony, Making, NewHolder, NewKeys, birth_key_is_left, change_passphrase, compartment, has_backup,
    keep_replaced_keyring, keyring_for_backup, note_backup, recover, remove_birth_key, remove_holder, remove_member,
    rotate, wipe_birth_key,
};
pub use command::{DiskFault, OpenRecording, RecorderCommand, RecorderEvent, RecorderSettings, SealFor};
pub use copy::{Copier, CopyError, CopyStep, DrawRandom};
pub use copy_chapters::{Books, ChapterKeys};
pub use copy_keys::copy_tables;
pub use copy_leases::{LeaseLook, LeaseTerms, Leased, leased_at, settle_leased};
pub use copy_pending::{CopyId, CopyLists, KnownCopy, Pending, known_copies, settle_pending};
pub use due_leaves::{DueLeaf, due_leaves, is_accounted_for};
pub use erasing::{Begun, Order, Wanted, all_begun, has_begun, list_of_marker};
pub use flusher::{Flusher, Resume};
pub use home::{
    Home, HomeError, KEYRING, WhoOpens, identity, log_verifying_key, open_birth_key, open_keyring, replace_birth_key,
    rewrap_birth_key, who_opens,
};
pub use inline::InlineRecorder;
pub use key_table::{KeyState, KeyTables};
pub use leaves::{Leaves, LeavesRecovered, keys_in_leaves, origin};
pub use memory::{Faults, MemoryStore};
pub use names::{OBJECTS, erased_stretches, object_name, tombstone_name};
pub use opened::{OPENED_OCTETS_MAX, OpenedRecording};
pub use opened_chapters::{ChapterShut, open_chapters, visit_leaves};
pub use opener::{DataKeys, Opener, Unlock, files_to_export, files_to_open, files_to_unlock};
pub use outside::{HeldToRoot, hold_to_root, holds_a_root, newest_root};
pub use package::{PACKAGE_READER, PackageError, PackageOf, write_package};
pub use permit::Permit;
pub use playback::{
    ListedObject, MaskedStretch, Part, Playback, PlaybackError, Voice, objects, open_recording, read_sealed, utc_us,
};
pub use random::OsRandom;
pub use range::{NoRange, range_of};
pub use restore::{RestoreError, Restored, is_restored, may_restore, restore};
pub use scrub::{ReadAgain, Scrub, ScrubPlace, ScrubStep, read_again};
pub use sealer::Sealer;
pub use store::{FileStore, Store, read_all, read_fully, replace};
pub use threads::{Recorder, RecorderHandles, RecorderJoin};
pub use trial::{TRIALS_MAX, Trial};
pub use verify::{Depth, Finding, Found, Outside, Report, store_in, verify, verify_day, verify_open, verify_vault};
pub use verify_chapters::ChaptersFound;
pub use verify_scope::{Day, Scope};
pub use whereabouts::{ChunkPlace, Whereabouts};
