//! The leaf sequence follows the event log: what has to be provable later gets a leaf, and each minute a signed root.
//!
//! A death between a leaf and the note of how far the log was followed repeats leaves of at most a minute; a repeated
//! leaf says the same thing twice and proves no less.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base16ct::lower::{decode, decode_vec};
use call::CallEvent;
use frame::{EventNo, Stamp};
use vault::{Hash, KeyringName, LIVE_MAX, Leaf, LiveRecording, Outcome, Random, SignedCertificate, SigningKey, sha256};

use super::witnesses::ToWitnesses;
use crate::{
    journal::{self, BoxEvent, Event, FollowError, Follower, Record},
    recorder::{Home, Leaves, Store, read_all, replace},
};

/// How often a root is signed, and a leaf says where live recordings stand.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// Up to which event the log was followed, in the vault's directory.
const FOLLOWED: &str = "leaves/followed";

/// Where each live recording stands on the disk: told by the recorder's follower, read by the leaf sequence. Both look for
/// a moment, and neither is a thread of audio.
#[derive(Clone, Debug, Default)]
pub struct LiveNow(Arc<Mutex<Vec<LiveRecording>>>);

impl LiveNow {
    /// What is durable of the recordings that go on.
    pub fn set(&self, live: Vec<LiveRecording>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = live;
    }

    fn get(&self) -> Vec<LiveRecording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Makes leaves of events.
pub struct LeafFollower {
    leaves: Leaves,
    store: Box<dyn Store>,
    key: SigningKey,
    last_no: EventNo,
    last_checkpoint: Option<Stamp>,
    /// Whether there are leaves that no root covers.
    is_unsigned: bool,
    live: LiveNow,
    witnesses: Option<ToWitnesses>,
}

impl LeafFollower {
    /// Opens the leaf sequence of a vault. `stores` are two hands on the vault's files: one for the sequence, one for
    /// the note of how far the log was followed.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(
        home: &Home,
        [leaves, store]: [Box<dyn Store>; 2],
        random: Box<dyn Random + Send>,
        live: LiveNow,
    ) -> io::Result<LeafFollower> {
        let key = home.log_key().clone();
        let (leaves, found) = Leaves::open(leaves, home.vault(), &key, random)?;
        if found.checkpoint_broken {
            tracing::error!("the leaf sequence is not the one that its last signed root says");
        }
        let last_no = followed_to(&*store)?;
        Ok(LeafFollower {
            leaves,
            store,
            key,
            last_no,
            last_checkpoint: None,
            is_unsigned: false,
            live,
            witnesses: None,
        })
    }

    /// Hands each signed root to the witnesses, too.
    pub fn told_to(self, witnesses: ToWitnesses) -> LeafFollower {
        LeafFollower { witnesses: Some(witnesses), ..self }
    }

    fn take(&mut self, record: &Record) -> io::Result<()> {
        match record.event().and_then(|event| leaf_of(event, record)) {
            Some(leaf) => {
                self.is_unsigned = true;
                self.leaves.append(leaf).map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// Says where live recordings stand, signs a root over everything, and notes how far the log was followed.
    fn checkpoint(&mut self, now: Stamp) -> io::Result<()> {
        for live in self.live.get().chunks(LIVE_MAX) {
            self.leaves.append(Leaf::Live { at: now, recordings: live.to_vec() })?;
        }
        let note = self.leaves.checkpoint(now, &self.key)?;
        if let Some(witnesses) = &self.witnesses {
            witnesses.hand(note);
        }
        (self.last_checkpoint, self.is_unsigned) = (Some(now), false);
        replace(&mut *self.store, FOLLOWED, self.last_no.to_string().as_bytes())
    }
}

/// Up to which event the leaves in `store` have come for certain; they may be further.
pub(super) fn followed_to(store: &dyn Store) -> io::Result<EventNo> {
    let followed = read_all(store, FOLLOWED)?.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
    Ok(EventNo(followed.unwrap_or(0)))
}

impl Follower for LeafFollower {
    fn last_no(&self) -> EventNo {
        self.last_no
    }

    fn follow(&mut self, records: &[Record]) -> Result<(), FollowError> {
        let last_no = self.last_no;
        for record in records.iter().filter(|record| record.no > last_no) {
            self.take(record)?;
        }
        self.leaves.sync()?;
        if let Some(last) = records.last() {
            self.last_no = self.last_no.max(last.no);
            if matches!(last.event(), Some(Event::Box(BoxEvent::Stopped))) {
                self.checkpoint(last.stamp)?;
            }
        }
        Ok(())
    }

    fn tend(&mut self, now: Stamp) -> Result<(), FollowError> {
        let last = *self.last_checkpoint.get_or_insert(now);
        if now.since(&last) >= MINUTE {
            self.checkpoint(now)?;
        }
        Ok(())
    }

    /// A command that changed keys is over long before the next minute's root.
    fn end(&mut self, now: Stamp) -> Result<(), FollowError> {
        if self.is_unsigned { Ok(self.checkpoint(now)?) } else { Ok(()) }
    }
}

/// The leaf of an event, where it has one.
pub(super) fn leaf_of(event: &Event, record: &Record) -> Option<Leaf> {
    match event {
        Event::Call(CallEvent::RecordingBegan { call, .. }) => Some(Leaf::Due { call: *call, at: record.stamp }),
        Event::Box(BoxEvent::RecordingFinished { call, recording, records, chunks, head, commitments, .. }) => {
            Some(Leaf::Finished {
                recording: *recording,
                call: *call,
                records: *records,
                chunks: *chunks,
                chain_head: hash(head)?,
                commitments: hash(commitments)?,
            })
        }
        Event::Box(BoxEvent::RecordingErased { recording, document, .. }) => {
            Some(Leaf::Tombstone { recording: *recording, document: sha256(document.as_bytes()) })
        }
        Event::Box(BoxEvent::RangeErased { recording, list, document, .. }) => {
            Some(Leaf::RangeTombstone { recording: *recording, list: *list, document: sha256(document.as_bytes()) })
        }
        Event::Box(BoxEvent::AuditIntent { .. }) => {
            Some(Leaf::AuditIntent { event: record.no, event_hash: sha256(record.fact.text().as_bytes()) })
        }
        Event::Box(BoxEvent::AuditOutcome { intent, outcome, .. }) => {
            Some(Leaf::AuditOutcome { intent: *intent, outcome: outcome_of(*outcome) })
        }
        Event::Box(BoxEvent::VaultKey { certificate, destroyed }) => {
            Some(Leaf::Key { certificate: hash(certificate)?, destroyed: *destroyed })
        }
        Event::Box(BoxEvent::VaultKeyring { keyring, without_slots, recovery, placed }) => {
            let recovery = certificate(recovery)?.fingerprint();
            let keyring = KeyringName { whole: hash(keyring)?, without_slots: hash(without_slots)?, recovery };
            Some(Leaf::Keyring { keyring, placed: *placed })
        }
        _ => None,
    }
}

/// A certificate that an event has octet for octet, in hexadecimal.
pub(super) fn certificate(text: &str) -> Option<SignedCertificate> {
    SignedCertificate::parse(&decode_vec(text).ok()?).ok()
}

fn outcome_of(outcome: journal::Outcome) -> Outcome {
    match outcome {
        journal::Outcome::Done => Outcome::Done,
        journal::Outcome::Failed => Outcome::NotDone,
        journal::Outcome::Unknown => Outcome::Unknown,
    }
}

/// A hash that an event has as text.
pub(super) fn hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    let whole = decode(text, &mut hash).is_ok_and(|octets| octets.len() == size_of::<Hash>());
    whole.then_some(hash)
}
