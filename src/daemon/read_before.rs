//! When a recording was last read whole, and whether it was what its leaf says: by the scrub's rounds, or because somebody asked.
//!
//! A round reads whatever has a leaf when it begins; so of a recording it is enough to know by which event it was told whole, and
//! up to which event the leaves had come. Written by the scrub and the vault's desk, read by the desk.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use frame::{EventNo, RecordingId, Utc};
use serde::{Deserialize, Serialize};

use crate::recorder::object_name;

/// Recordings of which is remembered that somebody asked; the oldest go first.
const CHECKED_MAX: usize = 1_000;

/// The last round that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    /// When it began, in microseconds since 1970: what was found since may be newer than what it read.
    #[serde(default)]
    pub(super) began_us: i64,
    /// When it ended.
    pub(super) ended_us: i64,
    /// What was told up to this event had its leaf when it began.
    pub(super) until: u64,
}

/// The table. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct ReadBefore(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    last: Option<Round>,
    /// Files that a round found damaged, and none since found whole, and when that was, as far as it is known.
    damaged: BTreeMap<String, i64>,
    checked: BTreeMap<RecordingId, (i64, bool)>,
}

impl ReadBefore {
    /// Takes over what the rounds know by now.
    pub(super) fn take_rounds(&self, last: Option<Round>, damaged: &BTreeSet<String>, now: Utc) {
        let mut table = self.lock();
        table.last = last;
        table.damaged.retain(|file, _| damaged.contains(file));
        for file in damaged {
            table.damaged.entry(file.clone()).or_insert(now.as_us());
        }
    }

    /// Notes that one was read because somebody asked.
    pub(super) fn note(&self, recording: RecordingId, now: Utc, fits: bool) {
        let mut table = self.lock();
        table.checked.insert(recording, (now.as_us(), fits));
        if table.checked.len() > CHECKED_MAX {
            let oldest = table.checked.iter().min_by_key(|(_, (at, _))| *at).map(|(of, _)| *of);
            oldest.map(|of| table.checked.remove(&of));
        }
    }

    /// When a recording, told whole by an event, was read last, and whether it fitted its leaf. None where it was not.
    pub(super) fn of(&self, recording: RecordingId, told: EventNo) -> Option<(Utc, bool)> {
        let table = self.lock();
        let checked = table.checked.get(&recording).map(|(at, fits)| (*at, *at, *fits));
        let damaged = table.damaged.get(&object_name(recording)).map(|at| (*at, *at, false));
        let round = table.last.filter(|round| told.0 <= round.until);
        let round = round.map(|round| (round.began_us, round.ended_us, true));
        let newest = [checked, damaged.or(round)].into_iter().flatten().max_by_key(|(since, ..)| *since);
        newest.map(|(_, at, fits)| (Utc::from_us(at), fits))
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use frame::LifeNo;

    use super::*;

    #[test]
    fn a_round_vouches_for_what_had_its_leaf_when_it_began_and_damage_and_a_later_look_say_more() {
        let recording = |no| RecordingId::new(LifeNo(1), no);
        let (before, at) = (ReadBefore::default(), Utc::from_us);
        assert_eq!(before.of(recording(1), EventNo(7)), None);
        let round = Some(Round { began_us: 50, ended_us: 100, until: 7 });
        before.take_rounds(round, &BTreeSet::new(), at(100));
        assert_eq!(before.of(recording(1), EventNo(7)), Some((at(100), true)));
        assert_eq!(before.of(recording(2), EventNo(8)), None, "its leaf came later");
        let damaged = BTreeSet::from([object_name(recording(1))]);
        before.take_rounds(round, &damaged, at(150));
        before.take_rounds(Some(Round { began_us: 150, ended_us: 200, until: 9 }), &damaged, at(200));
        assert_eq!(
            before.of(recording(1), EventNo(7)),
            Some((at(150), false)),
            "a round that ends makes nothing whole"
        );
        before.note(recording(1), at(300), true);
        assert_eq!(before.of(recording(1), EventNo(7)), Some((at(300), true)), "it was brought back from a copy");
        before.note(recording(3), at(160), false);
        assert_eq!(before.of(recording(3), EventNo(7)), Some((at(160), false)), "the round may have read it before");
        (0..2_000).for_each(|no| before.note(recording(no), at(1_000 + i64::from(no)), false));
        assert_eq!(before.lock().checked.len(), CHECKED_MAX);
        assert_eq!(before.of(recording(1_999), EventNo(7)), Some((at(2_999), false)));
    }
}
