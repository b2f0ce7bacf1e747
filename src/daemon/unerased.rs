//! The recordings, and stretches of them, that two people agreed to erase and that can't be erased: which, why, and when each is tried again.
//!
//! Written by who follows the recorder and by the desk, read by the desk: an order that fails keeps its own place and its own
//! time, so that a hundred of them keep no other waiting. Kept for a life; the next one tries each anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use frame::{CallId, Stamp};
use tokio::sync::Notify;
use vault::{Grave, NotErased};

/// How long one that failed is left alone, at first: twice as long each time, and [`REST_MAX`] at most.
const REST: Duration = Duration::from_mins(2);

/// A disk that was mended, or a file that came back, is found within this time.
const REST_MAX: Duration = Duration::from_hours(6);

/// The table. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Unerased(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    table: Mutex<Table>,
    /// That an earlier life had begun something.
    resumed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    faults: BTreeMap<Grave, Fault>,
    /// What an earlier life had begun, as a file says of which nobody knows who wrote it, and what people are told of it: nothing
    /// before somebody has looked, and while it is under order.
    resumed: BTreeMap<Grave, Option<Waits>>,
    /// What is erased, until the desk has taken notice.
    erased: BTreeSet<Grave>,
}

/// Of which call it is, as far as the log knows, and why it does not go on.
pub(super) type Waits = (Option<CallId>, NotErased);

#[derive(Clone, Copy, Debug)]
struct Fault {
    call: CallId,
    why: NotErased,
    last: Stamp,
    rest: Duration,
    /// Some of its keys may be gone.
    has_begun: bool,
}

impl Unerased {
    /// Notes that one can't be erased. Tells whether that was not known of it.
    pub(super) fn note(&self, grave: Grave, call: CallId, why: NotErased, now: Stamp) -> bool {
        self.note_fault(grave, Fault { call, why, last: now, rest: REST, has_begun: false })
    }

    /// The same of one that has begun, and can only be finished.
    pub(super) fn note_begun(&self, grave: Grave, call: CallId, why: NotErased, now: Stamp) -> bool {
        self.note_fault(grave, Fault { call, why, last: now, rest: REST, has_begun: true })
    }

    fn note_fault(&self, grave: Grave, mut fault: Fault) -> bool {
        let faults = &mut self.table().faults;
        let before = faults.get(&grave).copied();
        if let Some(before) = before {
            fault.rest = (before.rest * 2).min(REST_MAX);
            fault.has_begun |= before.has_begun;
        }
        faults.insert(grave, fault);
        before.is_none_or(|before| before.why != fault.why)
    }

    /// Notes that an earlier life had begun with one, as a file says.
    pub(super) fn note_resumed(&self, grave: Grave) {
        self.table().resumed.entry(grave).or_default();
        self.look_again();
    }

    /// Has the desk look before its minute is over.
    pub(super) fn look_again(&self) {
        self.0.resumed.notify_one();
    }

    /// Returns once there is something to be looked at.
    pub(super) async fn has_resumed(&self) {
        self.0.resumed.notified().await;
    }

    /// What an earlier life had begun and is not buried yet.
    pub(super) fn resumed(&self) -> Vec<Grave> {
        self.table().resumed.keys().copied().collect()
    }

    /// Notes why one of these does not go on; none where it does. Tells whether that is another reason than before.
    pub(super) fn note_waits(&self, grave: Grave, why: Option<Waits>) -> bool {
        self.table().resumed.get_mut(&grave).is_some_and(|told| std::mem::replace(told, why) != why)
    }

    /// Notes that nothing of one of these is to be looked after any more.
    pub(super) fn forget_resumed(&self, grave: Grave) {
        self.table().resumed.remove(&grave);
    }

    /// Notes that one is erased after all.
    pub(super) fn forget(&self, grave: Grave) {
        let mut table = self.table();
        table.faults.remove(&grave);
        table.resumed.remove(&grave);
        table.erased.insert(grave);
    }

    /// Whether one was erased in this life. Asked once.
    pub(super) fn take_erased(&self, grave: Grave) -> bool {
        self.table().erased.remove(&grave)
    }

    /// Forgets those that nobody wants erased any more. What has begun stays as long as that stands: it is half erased, whatever
    /// anybody wants.
    pub(super) fn keep_only(&self, wanted: &BTreeSet<Grave>, stands: impl Fn(Grave) -> bool) {
        self.table().faults.retain(|grave, fault| {
            fault.has_begun = fault.has_begun && stands(*grave);
            fault.has_begun || wanted.contains(grave)
        });
    }

    /// Forgets why one failed that nobody wants erased any more: what is told of it is told otherwise.
    pub(super) fn forget_fault(&self, grave: Grave) {
        self.table().faults.remove(&grave);
    }

    /// Whether it failed so lately that it is left alone.
    pub(super) fn rests(&self, grave: Grave, now: Stamp) -> bool {
        self.table().faults.get(&grave).is_some_and(|fault| now.since(&fault.last) < fault.rest)
    }

    /// Whether it has failed.
    pub(super) fn has(&self, grave: Grave) -> bool {
        self.table().faults.contains_key(&grave)
    }

    /// All of them, and whether each has begun.
    pub(super) fn all(&self) -> Vec<(Grave, Option<CallId>, NotErased, bool)> {
        let all = self.table();
        let faults = all.faults.iter().map(|(grave, fault)| (*grave, Some(fault.call), fault.why, fault.has_begun));
        let waits = all.resumed.iter().filter(|(grave, _)| !all.faults.contains_key(grave));
        faults.chain(waits.filter_map(|(grave, waits)| waits.map(|(call, why)| (*grave, call, why, true)))).collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, LifeNo, RecordingId, Time, Utc};

    use super::*;

    fn at(minutes: u64) -> Stamp {
        Stamp { boot: BootNo(1), time: Time::from_ms(minutes * 60_000), utc: Utc::from_us(0) }
    }

    #[test]
    fn one_that_fails_is_told_once_for_each_reason_and_rests_longer_each_time() {
        let (unerased, recording, call) =
            (Unerased::default(), Grave::whole(RecordingId::new(LifeNo(1), 7)), CallId::new(LifeNo(1), 7));
        assert!(!unerased.rests(recording, at(0)));
        assert!(unerased.note(recording, call, NotErased::Damaged, at(0)));
        assert!(unerased.rests(recording, at(1)) && !unerased.rests(recording, at(2)));
        assert!(!unerased.note(recording, call, NotErased::Damaged, at(2)), "it was told");
        assert!(unerased.rests(recording, at(5)) && !unerased.rests(recording, at(6)));
        assert!(unerased.note(recording, call, NotErased::Disk, at(6)), "another reason");
        let mut now = 6;
        for _ in 0..20 {
            unerased.note(recording, call, NotErased::Disk, at(now));
            now += 360;
            assert!(!unerased.rests(recording, at(now)), "six hours at most");
        }
        assert_eq!(unerased.all(), [(recording, Some(call), NotErased::Disk, false)]);
        unerased.keep_only(&BTreeSet::from([recording]), |_| true);
        assert!(unerased.has(recording));
        unerased.keep_only(&BTreeSet::new(), |_| true);
        assert!(!unerased.has(recording));
        unerased.note_begun(recording, call, NotErased::Disk, at(now));
        unerased.note(recording, call, NotErased::KeysUnknown, at(now));
        unerased.keep_only(&BTreeSet::new(), |_| true);
        assert_eq!(unerased.all(), [(recording, Some(call), NotErased::KeysUnknown, true)], "it is half erased");
        unerased.keep_only(&BTreeSet::new(), |_| false);
        assert_eq!(unerased.all(), [], "nothing says so any more");
        unerased.note_begun(recording, call, NotErased::KeysUnknown, at(now));
        unerased.forget(recording);
        assert!(!unerased.has(recording) && unerased.take_erased(recording) && !unerased.take_erased(recording));
    }
}
