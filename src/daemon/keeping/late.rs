//! What is done about an event that became durable only after its act was refused.
//!
//! Whoever acted was told that nothing was done. What makes erasing easier is undone right behind it; what makes it harder
//! stays, as one person may do that at any time.

use std::path::Path;

use frame::{EventNo, PersonId};
use vault::Grave;

use crate::{
    handles::lift_object,
    journal::{Act, Actor, BoxEvent, Event, FollowError, IndexReader, JournalHandle, Outcome, Record, StampClock},
    recorder::has_begun,
};

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

/// What undoes the acts of earlier lives that make erasing easier, whose events are durable, and that nobody concluded as done:
/// who acted was told that nothing was done, or nothing at all.
pub(super) fn to_undo(index: &IndexReader, folder: &Path) -> Result<Vec<BoxEvent>, FollowError> {
    let mut undo = Vec::new();
    for (intent, outcome) in index.acts_not_done(&[Act::LiftHold, Act::EraseDue, Act::EraseRange])? {
        let Some(Event::Box(BoxEvent::AuditIntent { act, object, .. })) = intent.event() else { continue };
        // One that failed by itself did nothing.
        if outcome == Some(Outcome::Failed) {
            continue;
        }
        undo.extend(match act {
            Act::LiftHold => placed_anew(index, &intent, object)?,
            Act::EraseRange => range_taken_back(index, &intent, folder)?,
            _ => taken_back(index, &intent)?,
        });
    }
    Ok(undo)
}

/// The hold that was lifted, where it was not placed anew since.
fn placed_anew(index: &IndexReader, intent: &Record, object: &str) -> Result<Option<BoxEvent>, FollowError> {
    let later = index.told_after(intent.no, &["hold_lifted", "hold_placed", "audit_intent"])?;
    let lifted = until_next(&later, Act::LiftHold).find_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::HoldLifted { hold, .. })) if lift_object(*hold) == object => Some((record.no, *hold)),
        _ => None,
    });
    let Some((lifted, hold)) = lifted else { return Ok(None) };
    let Some(Event::Box(placed)) = index.event(hold)?.and_then(|record| record.event().cloned()) else {
        return Ok(None);
    };
    let is_it = |record: &Record| matches!(record.event(), Some(Event::Box(event)) if *event == placed);
    let is_there = later.iter().any(|record| record.no > lifted && is_it(record));
    Ok((!is_there).then_some(placed))
}

/// The list that was begun, where it still waits.
fn taken_back(index: &IndexReader, intent: &Record) -> Result<Option<BoxEvent>, FollowError> {
    let Some(Event::Box(BoxEvent::AuditIntent { by: Actor::Person(by), .. })) = intent.event() else { return Ok(None) };
    let later = index.told_after(intent.no, &["erasure_agreed", "audit_intent"])?;
    let is_list = |record: &&Record| matches!(record.event(), Some(Event::Box(BoxEvent::ErasureAgreed { .. })));
    let Some(list) = until_next(&later, Act::EraseDue).find(is_list).map(|record| record.no) else { return Ok(None) };
    let waits = !index.listed(list)?.is_empty();
    Ok(waits.then_some(BoxEvent::ErasureCancelled { by: *by, list }))
}

/// The stretch that was agreed on, where it is not erased. Where the recorder had begun there is nothing to take back: it was ordered,
/// so it was done, and the outcome alone got lost.
fn range_taken_back(index: &IndexReader, intent: &Record, folder: &Path) -> Result<Option<BoxEvent>, FollowError> {
    let Some(Event::Box(BoxEvent::AuditIntent { by: Actor::Person(by), .. })) = intent.event() else { return Ok(None) };
    let later = index.told_after(intent.no, &["range_agreed", "audit_intent"])?;
    let is_range = |record: &&Record| matches!(record.event(), Some(Event::Box(BoxEvent::RangeAgreed { .. })));
    let Some(list) = until_next(&later, Act::EraseRange).find(is_range).map(|record| record.no) else {
        return Ok(None);
    };
    let waits = index.keeping()?.into_iter().find(|record| record.no == list);
    let waits = waits.is_some_and(|record| match record.event() {
        Some(Event::Box(BoxEvent::RangeAgreed { recording, .. })) => {
            !has_begun(folder, Grave { recording: *recording, range: Some(list) })
        }
        _ => false,
    });
    Ok(waits.then_some(BoxEvent::ErasureCancelled { by: *by, list }))
}

/// What was told before the next act of the same kind: the desk does one after the other, so that is this one's.
fn until_next(later: &[Record], of: Act) -> impl Iterator<Item = &Record> {
    let is_next = move |record: &&Record| !matches!(record.event(), Some(Event::Box(BoxEvent::AuditIntent { act, .. })) if *act == of);
    later.iter().take_while(is_next)
}
