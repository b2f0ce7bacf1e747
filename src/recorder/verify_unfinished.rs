//! The part of `verify` for recordings that have no object yet: what the ring and their staged files hold must pass through
//! every link that their live leaves have.
//!
//! Read in this order while the box may run: log, ring, staged files, objects. A record only ever goes that way, so what is
//! missing at its end was missing.

use std::collections::{BTreeMap, BTreeSet};

use frame::{CallId, RecordingId};
use vault::{Body, Chain, Found, Hash, ObjectReader, Record, Suite, VaultId};

use super::{
    names::{STAGED, object_name, staged_name},
    store::{Store, read_all},
    verify::{Finding, Report},
    verify_log::Log,
    verify_scope::Scope,
    whereabouts::Whereabouts,
};

/// The links of recordings that have minutes in the log and no end.
pub(super) struct Unfinished {
    links: BTreeMap<RecordingId, Vec<(i64, Hash)>>,
    /// Their records in the ring, in order.
    ring: BTreeMap<RecordingId, Vec<Vec<u8>>>,
    /// Calls of which a recording begins in the ring.
    begun: BTreeSet<CallId>,
}

impl Unfinished {
    pub(super) fn of(log: &Log, scope: &Scope) -> Unfinished {
        let has_none = |recording| !log.finished.contains_key(recording) && scope.takes(*recording, log);
        let unfinished = log.live.iter().filter(|(recording, _)| has_none(recording));
        let links = unfinished.map(|(of, links)| (*of, links.clone())).collect();
        Unfinished { links, ring: BTreeMap::new(), begun: BTreeSet::new() }
    }

    /// How many there are.
    pub(super) fn recordings(&self) -> u64 {
        self.links.len() as u64
    }

    /// The calls of which the ring or a staged file holds the beginning of a recording.
    pub(super) fn calls(&self, store: &dyn Store) -> std::io::Result<BTreeSet<CallId>> {
        let mut calls = self.begun.clone();
        for name in store.list(STAGED)? {
            let octets = read_all(store, &name)?.unwrap_or_default();
            let Ok(mut reader) = ObjectReader::new(&octets) else { continue };
            if let Ok(Some(Found { record: Record { body: Body::RecordingHead(head), .. }, .. })) = reader.next_record()
            {
                calls.insert(head.call);
            }
        }
        Ok(calls)
    }

    /// Keeps what a batch of the ring has of them.
    pub(super) fn take_batch(&mut self, mut records: &[u8]) {
        while let Ok((record, octets)) = Record::parse(records) {
            if let Body::RecordingHead(head) = &record.body {
                self.begun.insert(head.call);
            }
            if self.links.contains_key(&record.place.recording) {
                self.ring.entry(record.place.recording).or_default().push(records[..octets].to_vec());
            }
            records = &records[octets..];
        }
    }

    /// Tells of those that do not pass through all their links.
    pub(super) fn check(mut self, report: &mut Report, store: &dyn Store, vault: VaultId) -> std::io::Result<()> {
        for (recording, mut links) in std::mem::take(&mut self.links) {
            let ring = self.ring.remove(&recording).unwrap_or_default();
            let staged = read_all(store, &staged_name(recording))?.unwrap_or_default();
            let mut about = Whereabouts::of(recording);
            follow(&staged, &ring, Chain::new(Suite::One, vault, recording), |chain, record| {
                about.follow(record);
                links.retain(|(_, link)| *link != chain.head);
            });
            let Some((utc_us, _)) = links.first() else { continue };
            if store.octets(&object_name(recording))?.is_none() {
                report.find_about(&staged_name(recording), 0, Finding::OtherThanLive(*utc_us), about);
            }
        }
        Ok(())
    }
}

/// Follows the staged file, and then the ring as far as one record follows the other.
fn follow(staged: &[u8], ring: &[Vec<u8>], mut chain: Chain, mut each: impl FnMut(&Chain, &Record<'_>)) {
    if let Ok(mut reader) = ObjectReader::new(staged) {
        while let Ok(Some(found)) = reader.next_record() {
            each(reader.chain(), &found.record);
        }
        chain = *reader.chain();
    }
    for octets in ring {
        let Ok((record, _)) = Record::parse(octets) else { continue };
        if record.place.number >= chain.next_number {
            if chain.follow(&record, octets).is_err() {
                return;
            }
            each(&chain, &record);
        }
    }
}
