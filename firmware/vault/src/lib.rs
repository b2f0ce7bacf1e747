//! The recording format of the vault: keys, envelopes, chunks, records, hash chain, segments, objects, leaves, log.
//!
//! Formats are described octet by octet in `firmware/vault/FORMAT.md`; `parse` gives what can only be valid, and is the inverse of
//! `emit`. Checking needs no key: chain, leaves and log are over ciphertext and headers.
//! Units: audio in octets of G.711 at 8 kHz, ticks of 80 of them; lengths and offsets in octets.
//! Not here: files, threads, clocks, randomness (`src/recorder` hands them in); what erases (`src/recorder`); when keys change, and who may ask.
#![forbid(unsafe_code)]

mod aead;
mod age;
mod birth;
mod certificate;
mod chain;
mod chapter;
mod checkpoint;
mod chunk;
mod compartment_name;
mod cost;
mod envelope;
mod erasure;
mod error;
mod export_keys;
mod field;
mod grave;
mod hold;
mod keyring;
mod keys;
mod leaf;
mod line;
mod log_edge;
mod losses;
mod map;
pub mod merkle;
mod object;
mod octets;
mod package;
mod page;
mod passphrase;
mod random;
mod range;
mod record;
mod retention;
mod secret;
mod segment;
mod shares;
mod sheet;
mod shortening;
mod slot;
mod stack;
mod suite;
mod told_keys;
mod tombstone;
mod trusted_time;

pub use age::{AgeIdentity, AgeRecipient, age_open, age_seal};
pub use birth::WrappedKey;
pub use certificate::{Certificate, Holder, SignedCertificate, Signer, VaultId};
pub use chain::Chain;
pub use chapter::{CHAPTER_OCTETS_MAX, Chapter, ChapterHead, ChapterKind, chapter_mark};
pub use checkpoint::{Checkpoint, NOTE_OCTETS_MAX, note_in_a_line, note_of_a_line};
pub use chunk::{CHUNK_TICKS, CODING_LINE, Chunk, ChunkFlags, ChunkHeader, ChunkKey};
pub use compartment_name::CompartmentName;
pub use cost::Cost;
pub use ed25519_dalek::{SigningKey, VerifyingKey};
pub use envelope::{ENVELOPE_OCTETS, Envelope, KeyKind, PublicKey, Recipient, draw_key_pair, public_half};
pub use erasure::{ERASURE_MAX, ERASURE_WAITS, Erasures, NotErased, Stays};
pub use error::{FormatError, OpenError};
pub use export_keys::{ExportedKeys, KeyHalves};
pub use grave::Grave;
pub use hold::{HeldFacts, Hold, HoldSearch, Known};
pub use keyring::{COMPARTMENTS_MAX, EPOCHS_MAX, HOLDERS_MAX, Keyring, MEMBERS_MAX, ROTATION_WITHIN_US};
pub use keys::{AudioKey, EPOCH_TICKS, KeyNo, KeyScope};
pub use leaf::{LEAF_OCTETS_MAX, LIVE_MAX, Leaf, LeafEntry, LiveRecording, Outcome};
pub use line::breaks_line;
pub use log_edge::LogEdge;
pub use losses::{DamagedStretch, LOSS_TOLD_WITHIN, LOSSES_MAX, Losses, Unfounded, Unwritten};
pub use map::{ConferencePart, GapCause, MapEntry, Mark, Sample, SoundId, TrackNo};
pub use object::{Fault, Found, OBJECT_HEAD_OCTETS, OBJECT_TRAILER_OCTETS, ObjectHead, ObjectReader, ObjectTrailer};
pub use package::{
    Custody, LeafProof, MEMBER_BLOCK, MEMBER_OCTETS_MAX, Member, MemberHead, PACKAGE_END, PACKAGE_LIST,
    PACKAGE_RECORDINGS_MAX, PackageList, export_object,
};
pub use page::{LEVELS, PAGE_OCTETS, PAGE_SECRETS, Page, PageError, PageNo, TREE_KEYS};
pub use passphrase::{PASSPHRASE_WORDS, WordList, draw_passphrase};
pub use random::{Random, Seeded};
pub use range::{LegMinute, RANGE_MAX_S, RANGE_MINUTES_MAX, Range, RangeObject, Stretch};
pub use record::{
    Body, CompartmentKey, ENVELOPES_MAX, KeyRecord, PartEnd, PartEnding, PartHead, Place, RECORD_FRAME_OCTETS,
    RECORD_OCTETS_MAX, Record, RecordingEnd, RecordingHead, TrackEnd, TrackHead, TrackRole, record_octets,
};
pub use retention::{Day, DayError, MustGo, RuleFor, Standing, rules_for, standing};
pub use secret::Secret;
pub use segment::{
    BATCH_FRAME_OCTETS, BATCH_HEAD_OCTETS, BATCH_TRAILER_OCTETS, Batch, BatchChain, BatchFault, BatchHead,
    SEGMENT_HEAD_OCTETS, SegmentHead, later_batch,
};
pub use shares::{SHARES, Share, ShareError, combine, split};
pub use sheet::{ROWS as SHARE_ROWS, Row as ShareRow, TypedError};
pub use shortening::{LeaseChange, RuleChange, is_kept_shorter, rule_changes, shortens};
pub use slot::{Slot, Unlocking};
pub use stack::leaving_no_trace;
pub use suite::{FORMAT_VERSION, HASH_OCTETS, Hash, Suite, TAG_OCTETS, sha256};
pub use told_keys::{KeyringName, KeysFault, KeysStanding, ToldKeys};
pub use tombstone::Tombstone;
pub use trusted_time::{AWAY_MAX, Confirmation, ConfirmedBy, Trusted, TrustedTime};
