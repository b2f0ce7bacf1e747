//! What is done about an event that became durable only after its act was refused.
//!
//! Whoever acted was told that nothing was done. What makes erasing easier is undone right behind it; what makes it harder
//! stays, as one person may do that at any time.

use frame::{EventNo, PersonId};

use crate::journal::{BoxEvent, JournalHandle, StampClock};

/// What follows a late event.
pub(super) enum Late {
    /// It stays.
    Stays,
    /// The list that it agreed on is taken back, in the name of who began it.
    Cancel {
        /// Who.
        by: PersonId,
    },
    /// This event.
    Then(Box<BoxEvent>),
}

impl Late {
    /// Follows the event of this number, if it got one.
    pub(super) fn follow(self, no: Option<EventNo>, journal: &JournalHandle, clock: &StampClock) {
        let Some(list) = no else { return };
        match self {
            Late::Stays => {}
            Late::Cancel { by } => journal.append(clock(), BoxEvent::ErasureCancelled { by, list }),
            Late::Then(event) => journal.append(clock(), *event),
        }
    }
}
