//! What the recorder tells of erasing becomes the log's: once both key tables have confirmed it, the event with the tombstone
//! is durable, and only then the recording is buried.

use std::{collections::BTreeMap, path::Path};

use frame::{EventNo, RecordingId, Stamp};
use vault::Tombstone;

use crate::journal::{BoxEvent, Event, FollowError, IndexReader, JournalHandle};

/// The recordings whose key halves are gone from one table or both, and of which the log has not told durably.
#[derive(Debug, Default)]
pub(super) struct Erased(BTreeMap<RecordingId, Tombstone>);

impl Erased {
    /// A table has confirmed it.
    pub(super) fn confirmed(&mut self, tombstone: Tombstone, table: usize, now: Stamp) {
        let entry = self.0.entry(tombstone.recording).or_insert(tombstone);
        entry.confirmed.get_mut(table).into_iter().for_each(|at| *at = at.or(Some(now)));
    }

    /// Tells the log of those that both tables have confirmed. The tombstones to bury them under; what does not become
    /// durable is kept, and told again with the next call, under the same text.
    pub(super) fn tell(&mut self, now: Stamp, journal: &JournalHandle, index: &Path) -> Vec<Tombstone> {
        let confirmed = self.0.extract_if(.., |_, tombstone| tombstone.is_confirmed());
        let confirmed: Vec<Tombstone> = confirmed.map(|(_, tombstone)| tombstone).collect();
        let mut buried = Vec::new();
        for tombstone in confirmed {
            match durable(&tombstone, now, journal, index) {
                Some(tombstone) => buried.push(tombstone),
                None => {
                    tracing::error!(recording = %tombstone.recording, "a recording is erased, and the log can't be told");
                    self.0.insert(tombstone.recording, tombstone);
                }
            }
        }
        buried
    }
}

/// The tombstone as the log has it durably. Told by an earlier life, it has its leaf under that text.
fn durable(tombstone: &Tombstone, now: Stamp, journal: &JournalHandle, index: &Path) -> Option<Tombstone> {
    let until = journal.settle().blocking_recv().ok()?;
    if let Some(told) = told(index, until, tombstone).ok()? {
        return Some(told);
    }
    let Tombstone { call, recording, list, .. } = *tombstone;
    let event = BoxEvent::RecordingErased { call, recording, list, document: tombstone.emit() };
    let durable = journal.append_durable(now, event).blocking_recv();
    matches!(durable, Ok(Ok(_))).then(|| tombstone.clone())
}

/// What the log has of it, until this event at least.
fn told(index: &Path, until: EventNo, tombstone: &Tombstone) -> Result<Option<Tombstone>, FollowError> {
    let records = IndexReader::open_with(index, until)?.events(tombstone.call)?;
    let document = records.iter().find_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingErased { recording, document, .. }))
            if *recording == tombstone.recording =>
        {
            Some(document.clone())
        }
        _ => None,
    });
    Ok(document.and_then(|document| Tombstone::parse(&document).ok()))
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, CallId, EventNo, LifeNo, PersonId, Time, Utc};
    use vault::VaultId;

    use super::*;
    use crate::journal::{self, JournalConfig, Limits};

    fn stamp(ms: u64) -> Stamp {
        Stamp { boot: BootNo(1), time: Time::from_ms(ms), utc: Utc::from_us(ms as i64 * 1000) }
    }

    /// Fills the log's open file, so that the next event needs another one.
    fn fill(journal: &JournalHandle) {
        let filler = "x".repeat(60_000);
        journal.append(stamp(1), BoxEvent::Ready { url: filler.clone() });
        journal.append(stamp(1), BoxEvent::Ready { url: filler });
    }

    #[test]
    fn both_tables_and_the_log_come_before_the_grave_and_a_start_finds_the_same_text() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("events")).unwrap();
        let index = folder.path().join("index.db");
        let config = JournalConfig {
            events: folder.path().join("events"),
            index: index.clone(),
            life: LifeNo(1),
            limits: Limits { segment_octets: 1 << 16, ..Limits::default() },
            leaves: None,
            clock: Box::new(|| stamp(1)),
        };
        let journal = journal::start(config).unwrap().0;
        let tombstone = Tombstone {
            vault: VaultId([1; 16]),
            recording: RecordingId::new(LifeNo(1), 9),
            call: CallId::new(LifeNo(1), 7),
            chain_head: [3; 32],
            list: EventNo(4),
            asked: PersonId(3),
            granted: PersonId(7),
            rule: "privacy".into(),
            packages: vec![],
            confirmed: [None, None],
        };
        let mut erased = Erased::default();
        let confirm = |erased: &mut Erased, table, ms| {
            erased.confirmed(tombstone.clone(), table, stamp(ms));
            erased.tell(stamp(ms), &journal, &index).pop()
        };
        assert_eq!(confirm(&mut erased, 0, 5), None);
        // The log's folder is a file for a while: nothing can be made durable.
        let (events, aside) = (folder.path().join("events"), folder.path().join("aside"));
        std::fs::rename(&events, &aside).unwrap();
        std::fs::write(&events, "").unwrap();
        fill(&journal);
        assert_eq!(confirm(&mut erased, 1, 6), None);
        std::fs::remove_file(&events).unwrap();
        std::fs::rename(&aside, &events).unwrap();
        // A time-out, not a promise.
        let limit = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let mut buried = None;
        while buried.is_none() && std::time::Instant::now() < limit {
            buried = erased.tell(stamp(70), &journal, &index).pop();
        }
        let buried = buried.unwrap();
        assert_eq!(buried.confirmed, [Some(stamp(5)), Some(stamp(6))]);
        journal.settle().blocking_recv().unwrap();
        // Another life is told again, later.
        assert_eq!(confirm(&mut erased, 0, 90), None);
        assert_eq!(confirm(&mut erased, 1, 91), Some(buried));
        journal.settle().blocking_recv().unwrap();
        let records = IndexReader::open(&index).unwrap().past_events(None, 10).unwrap();
        let told = records.iter().filter(|record| record.fact.text().contains("recording_erased"));
        // What waited in memory got there, too, word for word.
        assert!(told.map(|record| record.fact.text()).collect::<std::collections::BTreeSet<_>>().len() == 1);
        journal.stop();
    }
}
