//! What the recorder tells of erasing becomes the log's: once both key tables have confirmed it, the event with the tombstone
//! is durable, and only then the recording is buried.

use std::{collections::BTreeMap, path::Path};

use frame::{EventNo, Stamp};
use vault::{Grave, Tombstone};

use crate::journal::{BoxEvent, Event, FollowError, IndexReader, JournalHandle};

/// The recordings, and stretches of them, whose key halves are gone from one table or both, and of which the log has not told durably.
#[derive(Debug, Default)]
pub(super) struct Erased(BTreeMap<Grave, Tombstone>);

impl Erased {
    /// A table has confirmed it.
    pub(super) fn confirmed(&mut self, tombstone: Tombstone, table: usize, now: Stamp) {
        let entry = self.0.entry(tombstone.grave()).or_insert(tombstone);
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
                    tracing::error!(of = %tombstone.grave(), "it is erased, and the log can't be told");
                    self.0.insert(tombstone.grave(), tombstone);
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
    let document = tombstone.emit();
    let event = match &tombstone.range {
        None => BoxEvent::RecordingErased { call, recording, list, document },
        Some(_) => BoxEvent::RangeErased { call, recording, list, document },
    };
    let durable = journal.append_durable(now, event).blocking_recv();
    matches!(durable, Ok(Ok(_))).then(|| tombstone.clone())
}

/// What the log has of it, until this event at least.
fn told(index: &Path, until: EventNo, tombstone: &Tombstone) -> Result<Option<Tombstone>, FollowError> {
    let records = IndexReader::open_with(index, until)?.events(tombstone.call)?;
    let document = records.iter().find_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingErased { recording, document, .. }))
            if tombstone.grave() == Grave::whole(*recording) =>
        {
            Some(document.clone())
        }
        Some(Event::Box(BoxEvent::RangeErased { recording, list, document, .. }))
            if tombstone.grave() == (Grave { recording: *recording, range: Some(*list) }) =>
        {
            Some(document.clone())
        }
        _ => None,
    });
    Ok(document.and_then(|document| Tombstone::parse(&document).ok()))
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, CallId, EventNo, LifeNo, PersonId, RecordingId, Time, Utc};
    use vault::VaultId;

    use super::*;
    use crate::journal::{self, JournalConfig, Limits};

    fn stamp(ms: u64) -> Stamp {
        Stamp { boot: BootNo(1), time: Time::from_ms(ms), utc: Utc::from_us(ms as i64 * 1000) }
    }

    fn log() -> (tempfile::TempDir, std::path::PathBuf, JournalHandle) {
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
        (folder, index, journal)
    }

    fn tombstone() -> Tombstone {
        Tombstone {
            vault: VaultId([1; 16]),
            recording: RecordingId::new(LifeNo(1), 9),
            call: CallId::new(LifeNo(1), 7),
            chain_head: [3; 32],
            list: EventNo(4),
            asked: PersonId(3),
            granted: PersonId(7),
            rule: "privacy".into(),
            range: None,
            packages: vec![],
            confirmed: [None, None],
        }
    }

    /// Fills the log's open file, so that the next event needs another one.
    fn fill(journal: &JournalHandle) {
        let filler = "x".repeat(60_000);
        journal.append(stamp(1), BoxEvent::Ready { url: filler.clone() });
        journal.append(stamp(1), BoxEvent::Ready { url: filler });
    }

    #[test]
    fn both_tables_and_the_log_come_before_the_grave_and_a_start_finds_the_same_text() {
        let (folder, index, journal) = log();
        let tombstone = tombstone();
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

    #[test]
    fn stretches_of_one_recording_are_told_each_by_itself_and_a_start_finds_each_text() {
        let (_folder, index, journal) = log();
        let stretch = |list| Tombstone { list: EventNo(list), range: Some(vault::Range::default()), ..tombstone() };
        let of = [stretch(4), stretch(5), tombstone()];
        let tell = |erased: &mut Erased, ms: u64| -> Vec<Tombstone> {
            for tombstone in &of {
                (0..2).for_each(|table| erased.confirmed(tombstone.clone(), table, stamp(ms)));
            }
            erased.tell(stamp(ms), &journal, &index)
        };
        let buried = tell(&mut Erased::default(), 5);
        assert_eq!(
            buried.iter().map(|stone| stone.grave()).collect::<Vec<_>>(),
            [of[2].grave(), of[0].grave(), of[1].grave()]
        );
        journal.settle().blocking_recv().unwrap();
        assert_eq!(tell(&mut Erased::default(), 90), buried, "a life that was not told is told the same");
        journal.settle().blocking_recv().unwrap();
        let records = IndexReader::open(&index).unwrap().past_events(None, 10).unwrap();
        let told = |kind: &str| records.iter().filter(|record| record.fact.text().contains(kind)).count();
        assert_eq!((told("range_erased"), told("recording_erased")), (2, 1), "once each");
        journal.stop();
    }
}
