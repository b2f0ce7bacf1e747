//! The log's part of `verify`: leaves against hashes, hashes against signed roots, and what the leaves say of recordings.

use std::collections::{BTreeMap, BTreeSet};

use frame::{CallId, RecordingId};
use vault::{
    Checkpoint, FormatError, Grave, Hash, Leaf, LeafEntry, LiveRecording, LogEdge, SignedCertificate, ToldKeys, merkle,
};

use super::{
    home::{HomeError, log_verifying_key},
    leaves::{CHECKPOINTS, EDGE, HASHES, RECORDS, notes, origin},
    names::object_name,
    outside,
    store::{Store, read_all},
    verify::{Finding, Report},
};

/// What the log says of a finished recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Logged {
    pub(super) records: u64,
    pub(super) chunks: u64,
    pub(super) chain_head: Hash,
    pub(super) commitments: Hash,
}

/// What the log says of recordings.
#[derive(Default)]
pub(super) struct Log {
    /// Calls that had to be recorded, and since when, in microseconds since 1970.
    pub(super) due: BTreeMap<CallId, i64>,
    /// Of those that were finished.
    pub(super) finished: BTreeMap<RecordingId, (CallId, Logged)>,
    /// Links that a recording's chain had when a minute of its life was logged, with the moment in microseconds since
    /// 1970: it must still pass through them.
    pub(super) live: BTreeMap<RecordingId, Vec<(i64, Hash)>>,
    /// Of which a later leaf says otherwise.
    pub(super) said_otherwise: BTreeSet<RecordingId>,
    /// The numbers of their leaves, of which the first counts.
    pub(super) finished_at: BTreeMap<RecordingId, u64>,
    /// The number of the first leaf that says of a recording that it, or a stretch of it, was erased as the last one does.
    pub(super) stones_at: BTreeMap<RecordingId, u64>,
    /// The hashes of the tombstones of erased recordings.
    pub(super) tombstones: BTreeMap<RecordingId, Hash>,
    /// The same of erased stretches.
    pub(super) ranges: BTreeMap<Grave, Hash>,
    /// What it says of the vault's keys.
    pub(super) keys: ToldKeys,
}

impl Log {
    fn note(&mut self, at: u64, leaf: Leaf) {
        self.keys.note(&leaf);
        match leaf {
            Leaf::Finished { recording, call, records, chunks, chain_head, commitments } => {
                // The first counts: who has the log's key later could say something else of what a root covers already.
                self.finished_at.entry(recording).or_insert(at);
                let says = (call, Logged { records, chunks, chain_head, commitments });
                if *self.finished.entry(recording).or_insert(says) != says {
                    self.said_otherwise.insert(recording);
                }
            }
            Leaf::Live { at: stamp, recordings } => {
                for LiveRecording { recording, chain_head, .. } in recordings {
                    self.live.entry(recording).or_default().push((stamp.utc.as_us(), chain_head));
                }
            }
            Leaf::Tombstone { recording, document } => {
                // A start that finishes an erasing writes its tombstone anew.
                if self.tombstones.insert(recording, document) != Some(document) {
                    self.stones_at.insert(recording, at);
                }
            }
            Leaf::RangeTombstone { recording, list, document } => {
                if self.ranges.insert(Grave { recording, range: Some(list) }, document) != Some(document) {
                    self.stones_at.insert(recording, at);
                }
            }
            Leaf::Key { .. } | Leaf::Keyring { .. } => {}
            // A call that is recorded on after a restart has another one.
            Leaf::Due { call, at: stamp } => drop(self.due.entry(call).or_insert(stamp.utc.as_us())),
            Leaf::AuditIntent { .. } | Leaf::AuditOutcome { .. } | Leaf::RootReceived { .. } => {}
        }
    }
}

/// Checks leaves, hashes, checkpoints and a root from outside against one another. Gives what the log says of recordings.
pub(super) fn check_log(
    report: &mut Report,
    store: &dyn Store,
    identity: &SignedCertificate,
    outside: Option<&str>,
) -> Result<Log, HomeError> {
    let records = read_all(store, RECORDS)?.unwrap_or_default();
    let hashes = read_all(store, HASHES)?.unwrap_or_default();
    let mut log = Log::default();
    let mut at = 0;
    // A record that no hash names yet is being appended: it is not in the log.
    let hashes = hashes.as_chunks().0;
    for (index, hash) in hashes.iter().enumerate() {
        match LeafEntry::parse(&records[at..]) {
            Ok((entry, octets)) if merkle::leaf_hash(&entry.hash()) == *hash => {
                at += octets;
                report.leaves += 1;
                log.note(index as u64, entry.leaf);
            }
            Ok(_) => {
                report.find(HASHES, index as u64 * 32, Finding::Format(FormatError::Hash));
                break;
            }
            Err(what) => {
                report.find(RECORDS, at as u64, Finding::Format(what));
                break;
            }
        }
    }
    for recording in &log.said_otherwise {
        report.find(&object_name(*recording), 0, Finding::SaidOtherwise);
    }
    check_checkpoints(report, store, identity, hashes)?;
    // A start that finds it spoiled reads the whole log: no harm, but nobody writes it so.
    if let Some(Err(what)) = read_all(store, EDGE)?.map(|octets| LogEdge::parse(&octets)) {
        report.find(EDGE, 0, Finding::Format(what));
    }
    if let Some(note) = outside {
        let held = outside::hold(store, identity, note)?;
        report.outside_leaves = held.covers;
        if let Some((file, what)) = held.wrong {
            report.find(file, 0, what);
        }
    }
    Ok(log)
}

fn check_checkpoints(
    report: &mut Report,
    store: &dyn Store,
    identity: &SignedCertificate,
    hashes: &[Hash],
) -> Result<(), HomeError> {
    let content = read_all(store, CHECKPOINTS)?.unwrap_or_default();
    let key = log_verifying_key(identity)?;
    let mut frontier = merkle::Frontier::new();
    let mut rest = hashes.iter();
    let mut previous = [0; 32];
    for note in notes(&content) {
        let offset = note.offset as u64;
        let checkpoint = match note.text.and_then(|text| Checkpoint::open(text, &key)) {
            Ok(checkpoint) => checkpoint,
            Err(what) => {
                report.find(CHECKPOINTS, offset, Finding::Format(what));
                break;
            }
        };
        while frontier.size() < checkpoint.size {
            let Some(hash) = rest.next() else { break };
            frontier.push(*hash);
        }
        let origin = origin(identity.certificate.vault);
        let fits = frontier.size() == checkpoint.size && frontier.root() == checkpoint.root;
        if !fits || checkpoint.previous != previous || checkpoint.origin != origin {
            report.find(CHECKPOINTS, offset, Finding::WrongRoot);
            break;
        }
        report.signed_leaves = checkpoint.size;
        previous = checkpoint.root;
    }
    Ok(())
}
