//! The leaf sequence follows the event log: what has to be provable later gets a leaf, and each minute a signed root.
//!
//! A start takes back what no signed root covers, and makes it again of the events that follow: a leaf that the log has an event for
//! is the same as before, octet for octet; one that it has none for is not signed, but kept aside and told. A death between a
//! root and the note of how far the log was followed repeats leaves of at most a minute; a repeated leaf says the same thing
//! twice and proves no less.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base16ct::lower::{decode, decode_vec};
use call::CallEvent;
use frame::{EventNo, Stamp};
use vault::{
    Hash, KeyringName, LIVE_MAX, Leaf, LeafEntry, LiveRecording, Outcome, Random, SignedCertificate, SigningKey, sha256,
};

use super::witnesses::ToWitnesses;
use crate::{
    journal::{self, Alarm, BoxEvent, Event, FollowError, Follower, Record, is_act},
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
    /// What stood behind the last signed root, and no event has accounted for yet; none once all events were looked at.
    unsigned: Option<Vec<LeafEntry>>,
    /// The file of leaves without an event, until the log has the event that tells of it.
    aside: Option<String>,
    told: Vec<BoxEvent>,
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
        let (mut leaves, found) = Leaves::open(leaves, home.vault(), &key, random)?;
        if found.checkpoint_broken {
            tracing::error!("the leaf sequence is not the one that its last signed root says");
        }
        let last_no = followed_to(&*store)?;
        // A disk that does not let them be taken back takes no root either; the box starts all the same.
        let taken = leaves.take_unsigned();
        let unsigned = taken.inspect_err(|error| tracing::error!(%error, "unsigned leaves stay where they are")).ok();
        Ok(LeafFollower {
            leaves,
            store,
            key,
            last_no,
            last_checkpoint: None,
            is_unsigned: false,
            live,
            witnesses: None,
            unsigned,
            aside: None,
            told: Vec::new(),
        })
    }

    /// Hands each signed root to the witnesses, too.
    pub fn told_to(self, witnesses: ToWitnesses) -> LeafFollower {
        LeafFollower { witnesses: Some(witnesses), ..self }
    }

    fn take(&mut self, record: &Record) -> io::Result<()> {
        if let Some(Event::Box(BoxEvent::LeavesUnfounded { file, .. })) = record.event()
            && self.aside.as_ref() == Some(file)
        {
            self.leaves.forget_unsigned()?;
            self.aside = None;
        }
        match record.event().and_then(|event| leaf_of(event, record)) {
            Some(leaf) => {
                self.is_unsigned = true;
                self.append(leaf)
            }
            None => Ok(()),
        }
    }

    fn append(&mut self, leaf: Leaf) -> io::Result<()> {
        let unsigned = self.unsigned.as_mut();
        let stood = unsigned.and_then(|stood| stood.iter().position(|entry| entry.leaf == leaf).map(|at| (stood, at)));
        match stood {
            Some((stood, at)) => {
                self.leaves.append_entry(&stood[at])?;
                stood.remove(at);
            }
            None => _ = self.leaves.append(leaf)?,
        }
        Ok(())
    }

    /// All events that there are were looked at: what is left of what stood behind the last root has none. Where live recordings
    /// stood has none either, and is told anew each minute.
    fn account(&mut self) -> io::Result<()> {
        let Some(stood) = &self.unsigned else { return Ok(()) };
        let unfounded: Vec<_> =
            stood.iter().filter(|entry| !matches!(entry.leaf, Leaf::Live { .. })).cloned().collect();
        // What is durable again need not be kept.
        self.leaves.sync()?;
        if unfounded.is_empty() {
            self.leaves.forget_unsigned()?;
        } else {
            let file = self.leaves.set_aside(&unfounded)?;
            tracing::error!(leaves = unfounded.len(), %file, "leaves behind the last signed root have no event");
            self.aside = Some(file.clone());
            self.told.push(BoxEvent::LeavesUnfounded { leaves: unfounded.len() as u64, file });
            self.told.push(BoxEvent::AlarmRaised { alarm: Alarm::LeavesUnfounded });
        }
        self.unsigned = None;
        Ok(())
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

    fn take_told(&mut self) -> Vec<BoxEvent> {
        std::mem::take(&mut self.told)
    }

    fn tend(&mut self, now: Stamp) -> Result<(), FollowError> {
        self.account()?;
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
        Event::Box(BoxEvent::AuditIntent { .. }) => Some(intent_leaf(record)),
        Event::Call(event) if is_act(event) => Some(intent_leaf(record)),
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

fn intent_leaf(record: &Record) -> Leaf {
    Leaf::AuditIntent { event: record.no, event_hash: sha256(record.fact.text().as_bytes()) }
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

#[cfg(test)]
mod tests {
    use frame::{BootNo, CallId, LifeNo, RecordingId, Time, Utc};
    use vault::{Cost, Seeded};

    use super::*;
    use crate::{
        journal::{Actor, Journal, Limits, Log, MemoryStorage},
        recorder::{MemoryStore, verify_vault},
    };

    fn stamp(ms: u64) -> Stamp {
        Stamp { boot: BootNo(1), time: Time::from_ms(ms), utc: Utc::from_us(ms as i64 * 1000) }
    }

    /// A box whose power may go.
    struct House {
        log: MemoryStorage,
        store: MemoryStore,
        home: Home,
    }

    impl House {
        fn new() -> House {
            let mut store = MemoryStore::new();
            let cost = Cost { memory_kib: 8, passes: 1 };
            let home = Home::create(&mut store, b"4711-0815", cost, stamp(0), &mut Seeded::new(1)).unwrap();
            House { log: MemoryStorage::new(), store, home }
        }

        /// A life of it. What it tells when it starts is in its log.
        fn starts(&self, life: u32) -> Journal<MemoryStorage> {
            let limits = Limits { segment_octets: 64 << 10, pending_octets: 1 << 20 };
            let (log, opened) = Log::open(self.log.clone(), limits, LifeNo(life)).unwrap();
            let hands: [Box<dyn Store>; 2] = [Box::new(self.store.clone()), Box::new(self.store.clone())];
            let random = Box::new(Seeded::new(life.into()));
            let leaves = LeafFollower::open(&self.home, hands, random, LiveNow::default()).unwrap();
            let mut journal = Journal::new(log, opened, Some(Box::new(leaves)), None, stamp(1));
            journal.sync(stamp(1));
            journal
        }

        /// Somebody appends a leaf while it is off.
        fn is_given(&self, leaf: Leaf) {
            let (store, random) = (Box::new(self.store.clone()), Box::new(Seeded::new(66)));
            let (mut leaves, _) = Leaves::open(store, self.home.vault(), self.home.log_key(), random).unwrap();
            leaves.append(leaf).unwrap();
            leaves.sync().unwrap();
        }

        fn records(&self) -> Vec<u8> {
            read_all(&self.store, "leaves/records").unwrap().unwrap_or_default()
        }

        fn leaves(&self) -> Vec<Leaf> {
            let (octets, mut at, mut leaves) = (self.records(), 0, Vec::new());
            while let Ok((entry, length)) = LeafEntry::parse(&octets[at..]) {
                at += length;
                leaves.push(entry.leaf);
            }
            leaves
        }
    }

    fn intent(object: &str) -> Event {
        let (by, act, call, reason) = (Actor::Console, journal::Act::EraseDue, None, String::new());
        Event::Box(BoxEvent::AuditIntent { by, act, object: object.into(), call, reason })
    }

    fn told(journal: &mut Journal<MemoryStorage>) -> Vec<Event> {
        std::iter::from_fn(|| journal.poll_output()).filter_map(|record| record.event().cloned()).collect()
    }

    #[test]
    fn what_a_power_cut_left_behind_the_last_root_is_the_same_after_the_start_and_once() {
        let house = House::new();
        let mut journal = house.starts(1);
        for object in ["a", "b", "c"] {
            journal.append(stamp(2), intent(object)).unwrap();
            journal.sync(stamp(2));
        }
        let before = house.records();
        assert_eq!(house.leaves().len(), 3);
        drop(journal);
        let mut journal = house.starts(2);
        assert_eq!(house.records(), before, "octet for octet, salts and all");
        assert!(!told(&mut journal).iter().any(|event| matches!(event, Event::Box(BoxEvent::LeavesUnfounded { .. }))));
        journal.append(stamp(3), intent("d")).unwrap();
        journal.sync(stamp(70_000));
        assert_eq!(house.leaves().len(), 4);
        assert!(verify_vault(&house.store, None).unwrap().is_intact());
        assert_eq!(house.store.octets("leaves/unsigned").unwrap(), None);
    }

    #[test]
    fn a_leaf_that_no_event_accounts_for_is_not_signed_but_kept_aside_and_told() {
        let house = House::new();
        let mut journal = house.starts(1);
        journal.append(stamp(2), intent("a")).unwrap();
        journal.sync(stamp(2));
        drop(journal);
        let own = house.leaves();
        let forged = Leaf::Tombstone { recording: RecordingId::new(LifeNo(1), 1), document: [7; 32] };
        house.is_given(forged.clone());
        house.is_given(Leaf::Due { call: CallId::new(LifeNo(1), 5), at: stamp(3) });
        assert_eq!(house.leaves().len(), 3);
        let mut journal = house.starts(2);
        journal.sync(stamp(70_000));
        journal.sync(stamp(140_000));
        assert_eq!(house.leaves()[..1], own);
        assert!(!house.leaves().contains(&forged), "no root covers it");
        let told = told(&mut journal);
        let unfounded = told.iter().find_map(|event| match event {
            Event::Box(BoxEvent::LeavesUnfounded { leaves, file }) => Some((*leaves, file.clone())),
            _ => None,
        });
        let (leaves, file) = unfounded.expect("the log has it");
        assert_eq!(leaves, 2);
        let (kept, _) = LeafEntry::parse(&read_all(&house.store, &file).unwrap().unwrap()).unwrap();
        assert_eq!(kept.leaf, forged, "it is evidence");
        let alarm = BoxEvent::AlarmRaised { alarm: Alarm::LeavesUnfounded };
        assert_eq!(told.iter().filter(|event| **event == Event::Box(alarm.clone())).count(), 1);
        assert!(verify_vault(&house.store, None).unwrap().is_intact());
        assert_eq!(house.store.octets("leaves/unsigned").unwrap(), None, "the log tells of it");
    }

    #[test]
    fn leaves_without_an_event_are_told_again_after_a_death_before_the_log_had_it() {
        let house = House::new();
        drop(house.starts(1));
        let follower = |seed| {
            let hands: [Box<dyn Store>; 2] = [Box::new(house.store.clone()), Box::new(house.store.clone())];
            LeafFollower::open(&house.home, hands, Box::new(Seeded::new(seed)), LiveNow::default()).unwrap()
        };
        let told = |follower: &mut LeafFollower| {
            follower.tend(stamp(4)).unwrap();
            follower.take_told().into_iter().find(|event| matches!(event, BoxEvent::LeavesUnfounded { .. }))
        };
        // An act whose leaf no root covers yet, and behind it one that nobody knows of.
        let mut first = follower(2);
        let no = EventNo(first.last_no().0 + 1);
        let Event::Box(act) = intent("a") else { panic!() };
        let act = Record::of_box(no, stamp(3), act);
        first.follow(std::slice::from_ref(&act)).unwrap();
        drop(first);
        house.is_given(Leaf::Due { call: CallId::new(LifeNo(1), 5), at: stamp(3) });
        let mut second = follower(3);
        second.follow(&[act]).unwrap();
        let unfounded = told(&mut second).expect("it is told");
        assert!(matches!(&unfounded, BoxEvent::LeavesUnfounded { leaves: 1, .. }), "{unfounded:?}");
        // The act's leaf is signed, and the log is not read again from before it.
        second.tend(stamp(70_000)).unwrap();
        drop(second);
        let mut third = follower(4);
        assert_eq!(third.last_no(), no);
        let again = told(&mut third);
        assert!(matches!(&again, Some(BoxEvent::LeavesUnfounded { leaves: 1, .. })), "{again:?}");
        third.follow(&[Record::of_box(EventNo(no.0 + 1), stamp(70_001), again.unwrap())]).unwrap();
        drop(third);
        assert_eq!(told(&mut follower(5)), None, "the log has it");
    }
}
