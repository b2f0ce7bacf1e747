//! Erasing what must go: lists that two people agreed on wait for 72 hours, and each recording is looked at once more before
//! its key halves are destroyed.
//!
//! The machine holds the lists and the holds. It is noted from events, so that a restart stands where the box stood. The
//! last look, [`Erasures::last_look`], is the one that counts: it is done within the step that erases, over what is true then.
//! A hold that came after a list takes what it covers off that list for good, lifted or not: no step of its own does that,
//! which a crash could leave out; the numbers of the events say which came first.
//! Not here: who agrees (`access`), key tables and objects (`src/recorder`), what the time is ([`crate::TrustedTime`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use frame::{EventNo, RecordingId};
use serde::{Deserialize, Serialize};

use crate::{HeldFacts, Hold, Standing, Trusted};

/// How long a list waits: whoever was away over a weekend can still object.
pub const ERASURE_WAITS: Duration = Duration::from_hours(72);

/// Recordings in one list at most: two people have to look at it, and it has to fit into one event. The others are the next
/// list's.
pub const ERASURE_MAX: usize = 1000;

/// Why a recording is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// It is on no list that two people agreed on.
    NotListed,
    /// Its list has not waited long enough.
    Waits,
    /// Nobody has confirmed what time it is.
    TimeUnknown,
    /// A hold covers it.
    Held(EventNo),
    /// No rule says that it must go by now.
    Kept,
}

/// Why a recording is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotErased {
    /// Its object is damaged or gone, so nobody can tell which key halves are its own.
    #[default]
    Damaged,
    /// Pages of the key tables that have its key halves open in neither table: nobody could say that they are destroyed.
    KeysUnknown,
    /// The disk refuses to read or to write.
    Disk,
    /// The log does not have the link of its last record, without which no tombstone can be written.
    NoLink,
    /// A file says that it has begun, and by the log nobody has agreed on that, as far as the log is there.
    NotAgreed,
    /// An earlier life had begun it, and by now its list was taken back, or the recording is held or kept by a rule.
    TakenBack,
    /// An earlier life had begun it. It goes on once the time is confirmed, the witnesses have answered, the log is whole and its turn
    /// has come.
    Waits,
}

/// What is to be erased, and what must not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasures {
    lists: BTreeMap<EventNo, List>,
    /// Holds, and lifted ones that came after a list which still waits.
    holds: BTreeMap<EventNo, Placed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    hold: Hold,
    is_lifted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    agreed: Trusted,
    recordings: BTreeSet<RecordingId>,
}

impl Erasures {
    /// Notes a list that two people agreed on, at a trusted moment.
    pub fn note_list(&mut self, no: EventNo, agreed: Trusted, recordings: impl IntoIterator<Item = RecordingId>) {
        self.lists.insert(no, List { agreed, recordings: recordings.into_iter().collect() });
    }

    /// Notes that a recording is on no list any more: it was erased, or it stays.
    pub fn note_gone(&mut self, recording: RecordingId) {
        for list in self.lists.values_mut() {
            list.recordings.remove(&recording);
        }
        self.lists.retain(|_, list| !list.recordings.is_empty());
        self.forget_lifted();
    }

    /// Notes that a list is not to be erased.
    pub fn note_cancelled(&mut self, no: EventNo) {
        self.lists.remove(&no);
        self.forget_lifted();
    }

    /// Notes that two people acknowledged what the log lost: it may have been a recall, so no list that waits is erased.
    pub fn note_losses(&mut self) {
        self.lists.clear();
        self.forget_lifted();
    }

    /// Notes a hold.
    pub fn note_hold(&mut self, no: EventNo, hold: Hold) {
        self.holds.insert(no, Placed { hold, is_lifted: false });
    }

    /// Notes that a hold was lifted.
    pub fn note_lifted(&mut self, no: EventNo) {
        self.holds.get_mut(&no).into_iter().for_each(|placed| placed.is_lifted = true);
        self.forget_lifted();
    }

    /// A lifted hold matters as long as a list waits that is older than it.
    fn forget_lifted(&mut self) {
        let oldest = self.lists.keys().next().copied();
        self.holds.retain(|no, placed| !placed.is_lifted || oldest.is_some_and(|oldest| oldest < *no));
    }

    /// The holds, oldest first.
    pub fn holds(&self) -> impl Iterator<Item = (EventNo, &Hold)> {
        self.holds.iter().filter(|(_, placed)| !placed.is_lifted).map(|(no, placed)| (*no, &placed.hold))
    }

    /// The oldest hold that covers a recording.
    pub fn held_by(&self, facts: &HeldFacts) -> Option<EventNo> {
        self.holds().find(|(_, hold)| hold.covers(facts)).map(|(no, _)| no)
    }

    /// The hold for which a recording is off a list: one that holds, or one that came after the list.
    pub fn off_list(&self, list: EventNo, facts: &HeldFacts) -> Option<EventNo> {
        let counts = |(no, placed): &(&EventNo, &Placed)| !placed.is_lifted || **no > list;
        self.holds.iter().filter(counts).find(|(_, placed)| placed.hold.covers(facts)).map(|(no, _)| *no)
    }

    /// What waits to be erased, with its list and since when that waits, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = (EventNo, Trusted, RecordingId)> {
        let of_list = |(no, list): (&EventNo, &List)| {
            let (no, agreed) = (*no, list.agreed);
            list.recordings.clone().into_iter().map(move |recording| (no, agreed, recording))
        };
        self.lists.iter().flat_map(of_list)
    }

    /// The recordings whose lists have waited long enough. Each still needs its last look.
    pub fn due(&self, now: Trusted) -> impl Iterator<Item = RecordingId> {
        self.waiting().filter(move |(_, agreed, _)| has_waited(*agreed, now)).map(|(.., recording)| recording)
    }

    /// The last look, over what is true at this moment: the trusted time, the call's facts, and how the rules stand on the
    /// day of that time.
    ///
    /// # Errors
    /// [`Stays`]: it is not erased.
    pub fn last_look(
        &self,
        now: Option<Trusted>,
        recording: RecordingId,
        facts: &HeldFacts,
        standing: Standing<'_>,
    ) -> Result<EventNo, Stays> {
        let now = now.ok_or(Stays::TimeUnknown)?;
        let list = self.over_list(now, recording, facts)?;
        match standing {
            Standing::MustGo(_) => Ok(list),
            Standing::NoRule
            | Standing::NotStarted { .. }
            | Standing::Kept { .. }
            | Standing::MayGo { .. }
            | Standing::InDoubt => Err(Stays::Kept),
        }
    }

    /// The oldest list that lets a recording go.
    fn over_list(&self, now: Trusted, recording: RecordingId, facts: &HeldFacts) -> Result<EventNo, Stays> {
        let mut stays = Stays::NotListed;
        for (no, list) in self.lists.iter().filter(|(_, list)| list.recordings.contains(&recording)) {
            stays = match self.off_list(*no, facts) {
                Some(hold) => Stays::Held(hold),
                None if has_waited(list.agreed, now) => return Ok(*no),
                None => Stays::Waits,
            };
        }
        Err(stays)
    }
}

/// Whether a list has waited. One that seems to come from the future has not.
fn has_waited(agreed: Trusted, now: Trusted) -> bool {
    now.passed.checked_sub(agreed.passed).is_some_and(|waited| waited >= ERASURE_WAITS)
}
