//! Holds, lists that wait, and the clock's last confirmation, as far as they still matter: a box of many years has as many
//! holds and lists as on its first day.
//!
//! Not here: what they mean (`vault::Erasures`).

use frame::{EventNo, RecordingId};
use rusqlite::{Connection, params};

use super::reader::{SELECT_EVENTS, list, to_record};
use crate::journal::{BoxEvent, FollowError, Record};

/// What an event does to them.
pub(super) fn note(db: &Connection, no: EventNo, event: &BoxEvent) -> rusqlite::Result<()> {
    match event {
        BoxEvent::HoldPlaced { .. } => insert(db, no, "hold", None),
        BoxEvent::HoldLifted { hold, .. } => {
            insert(db, no, "lift", Some(*hold))?;
            forget_lifted(db)
        }
        BoxEvent::ErasureAgreed { recordings, .. } => {
            insert(db, no, "list", None)?;
            recordings.iter().try_for_each(|recording| put_on_list(db, no, *recording))
        }
        BoxEvent::ErasureCancelled { list, .. } => {
            db.prepare_cached("DELETE FROM listed WHERE list = ?1")?.execute([list.0 as i64])?;
            forget_lists(db)
        }
        BoxEvent::ErasureDropped { recording, .. } | BoxEvent::RecordingErased { recording, .. } => {
            let sql = "DELETE FROM listed WHERE recording = ?1";
            db.prepare_cached(sql)?.execute([recording.as_u64() as i64])?;
            forget_lists(db)
        }
        BoxEvent::ClockConfirmed { .. } => {
            db.execute("DELETE FROM keeping WHERE kind = 'clock'", [])?;
            insert(db, no, "clock", None)
        }
        _ => Ok(()),
    }
}

fn insert(db: &Connection, no: EventNo, kind: &str, lifts: Option<EventNo>) -> rusqlite::Result<()> {
    let lifts = lifts.map(|hold| hold.0 as i64);
    db.prepare_cached("INSERT INTO keeping VALUES (?1, ?2, ?3)")?.execute(params![no.0 as i64, kind, lifts]).map(|_| ())
}

fn put_on_list(db: &Connection, list: EventNo, recording: RecordingId) -> rusqlite::Result<()> {
    let row = params![list.0 as i64, recording.as_u64() as i64];
    db.prepare_cached("INSERT OR IGNORE INTO listed VALUES (?1, ?2)")?.execute(row).map(|_| ())
}

/// A list from which everything is gone is over.
fn forget_lists(db: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM keeping WHERE kind = 'list' AND no NOT IN (SELECT list FROM listed)";
    db.prepare_cached(sql)?.execute([])?;
    forget_lifted(db)
}

/// A lifted hold matters as long as a list waits that is older than it: what it covered is off that list.
fn forget_lifted(db: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM keeping
               WHERE (kind = 'lift' OR no IN (SELECT lifts FROM keeping WHERE kind = 'lift'))
                 AND NOT EXISTS (SELECT 1 FROM listed WHERE list < coalesce(keeping.lifts, keeping.no))";
    // Both rows of a pair have the same answer, so that none is left alone.
    db.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// Their events, in order.
pub(super) fn events(db: &Connection) -> Result<Vec<Record>, FollowError> {
    list(db, &format!("{SELECT_EVENTS} WHERE no IN (SELECT no FROM keeping) ORDER BY no"), [], to_record)
}

/// The recordings that are on a list still.
pub(super) fn listed(db: &Connection, on: EventNo) -> Result<Vec<RecordingId>, FollowError> {
    list(db, "SELECT recording FROM listed WHERE list = ?1 ORDER BY recording", [on.0 as i64], |row| {
        Ok(RecordingId::from_u64(row.get::<_, i64>(0)? as u64))
    })
}
