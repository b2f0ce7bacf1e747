//! What the recorder tells of erasing becomes the log's: once both key tables have confirmed it, the event with the tombstone
//! is durable, and only then the recording is buried.

use std::{collections::BTreeMap, path::Path};

use frame::{RecordingId, Stamp};
use vault::Tombstone;

use crate::journal::{BoxEvent, Event, FollowError, IndexReader, JournalHandle};

/// The recordings that one of the two tables has confirmed.
#[derive(Debug, Default)]
pub(super) struct Erased(BTreeMap<RecordingId, [Option<Stamp>; 2]>);

impl Erased {
    /// A table has confirmed it. The tombstone to bury it under, once both have and the log has it durably; what is not
    /// durable is told again by the next start.
    pub(super) fn confirmed(
        &mut self,
        tombstone: Tombstone,
        table: usize,
        now: Stamp,
        journal: &JournalHandle,
        index: &Path,
    ) -> Option<Tombstone> {
        let confirmed = self.0.entry(tombstone.recording).or_default();
        *confirmed.get_mut(table)? = Some(now);
        let tombstone = Tombstone { confirmed: *confirmed, ..tombstone };
        if !tombstone.is_confirmed() {
            return None;
        }
        self.0.remove(&tombstone.recording);
        // Told by an earlier life, it has its leaf under that text.
        if let Some(told) = told(index, &tombstone).ok()? {
            return Some(told);
        }
        let Tombstone { call, recording, list, .. } = tombstone;
        let event = BoxEvent::RecordingErased { call, recording, list, document: tombstone.emit() };
        let durable = journal.append_durable(now, event).blocking_recv();
        matches!(durable, Ok(Ok(_))).then_some(tombstone)
    }
}

/// What the log has of it.
fn told(index: &Path, tombstone: &Tombstone) -> Result<Option<Tombstone>, FollowError> {
    let records = IndexReader::open(index)?.events(tombstone.call)?;
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
            confirmed: [None, None],
        };
        let mut erased = Erased::default();
        let mut confirm = |table, ms| erased.confirmed(tombstone.clone(), table, stamp(ms), &journal, &index);
        assert_eq!(confirm(0, 5), None);
        let buried = confirm(1, 6).unwrap();
        assert_eq!(buried.confirmed, [Some(stamp(5)), Some(stamp(6))]);
        journal.settle().blocking_recv().unwrap();
        // Another life is told again, later.
        assert_eq!(confirm(0, 90), None);
        assert_eq!(confirm(1, 91), Some(buried));
        journal.settle().blocking_recv().unwrap();
        let records = IndexReader::open(&index).unwrap().past_events(None, 10).unwrap();
        let told = records.iter().filter(|record| record.fact.text().contains("recording_erased"));
        assert_eq!(told.count(), 1);
        journal.stop();
    }
}
