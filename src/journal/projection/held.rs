//! Holds, lists that wait, and the clock's last confirmation, as far as they still matter: a box of many years has as many
//! holds and lists as on its first day. Beside them what the log lost, noted as it is met: nobody has to look for it.
//!
//! Not here: what they mean (`vault::Erasures`).

use frame::{EventNo, RecordingId};
use rusqlite::{Connection, Row, params};
use vault::{DamagedStretch, Losses, Unfounded, Unwritten};

use super::reader::{SELECT_EVENTS, list, to_record};
use crate::journal::{BoxEvent, Event, FollowError, Record};

/// Whether the index must have an event on the disk once it has taken it, though the log has it: should the log lose it with
/// its last sector, nobody else would know that a hold was there, or a loss.
pub(super) const fn must_stay(event: &BoxEvent) -> bool {
    matches!(
        event,
        BoxEvent::HoldPlaced { .. }
            | BoxEvent::HoldLifted { .. }
            | BoxEvent::ErasureAgreed { .. }
            | BoxEvent::RangeAgreed { .. }
            | BoxEvent::ErasureCancelled { .. }
            | BoxEvent::ErasureDropped { .. }
            | BoxEvent::RetentionEventTold { .. }
            | BoxEvent::LossesAcknowledged { .. }
            | BoxEvent::EventsGone { .. }
            | BoxEvent::EventsLost { .. }
            | BoxEvent::LogDamaged { .. }
            | BoxEvent::LeavesUnfounded { .. }
    )
}

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
        BoxEvent::RangeAgreed { .. } => insert(db, no, "range", None),
        BoxEvent::RangeErased { list, .. } => forget_range(db, *list),
        BoxEvent::ErasureCancelled { list, .. } => {
            forget_range(db, *list)?;
            db.prepare_cached("DELETE FROM listed WHERE list = ?1")?.execute([list.0 as i64])?;
            forget_lists(db)
        }
        BoxEvent::LossesAcknowledged { .. } => {
            insert(db, no, "losses", None)?;
            db.prepare_cached("DELETE FROM listed")?.execute([])?;
            forget_lists(db)
        }
        BoxEvent::ErasureDropped { call, recording, .. } | BoxEvent::RecordingErased { call, recording, .. } => {
            if matches!(event, BoxEvent::RecordingErased { .. }) {
                // All of it is gone, and its stretches with it.
                let sql = "DELETE FROM keeping WHERE kind = 'range' AND no IN (SELECT no FROM events WHERE call = ?1)";
                db.prepare_cached(sql)?.execute([call.as_u64() as i64])?;
            }
            let sql = "DELETE FROM listed WHERE recording = ?1";
            db.prepare_cached(sql)?.execute([recording.as_u64() as i64])?;
            forget_lists(db)
        }
        BoxEvent::ClockConfirmed { .. } => {
            db.execute("DELETE FROM keeping WHERE kind = 'clock'", [])?;
            insert(db, no, "clock", None)
        }
        BoxEvent::EventsGone { first, last } => {
            forget_gone(db, *first, *last)?;
            note_gap(db, *first, *last)
        }
        BoxEvent::EventsLost { count } => {
            let row = [no.0 as i64, *count as i64];
            db.prepare_cached("INSERT INTO unwritten VALUES (?1, ?2)")?.execute(row).map(|_| ())
        }
        BoxEvent::LeavesUnfounded { leaves, file } => {
            let row = params![no.0 as i64, file, *leaves as i64];
            db.prepare_cached("INSERT INTO unfounded VALUES (?1, ?2, ?3)")?.execute(row).map(|_| ())
        }
        BoxEvent::LogDamaged { file, offset, octets } => {
            // Told again, it is the same.
            let row = params![no.0 as i64, file, *offset as i64, *octets as i64];
            db.prepare_cached("INSERT OR IGNORE INTO damaged VALUES (?1, ?2, ?3, ?4)")?.execute(row).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// What is told as gone is known by the log: what is left of it is told yet. It may be told in two parts, the earlier one first.
fn forget_gone(db: &Connection, first: EventNo, last: EventNo) -> rusqlite::Result<()> {
    let told = "UPDATE state SET gone_first = ?2 + 1 WHERE gone_first BETWEEN ?1 AND ?2";
    db.prepare_cached(told)?.execute([first.0 as i64, last.0 as i64])?;
    let all = "UPDATE state SET gone_first = 0, gone_last = 0 WHERE gone_first > gone_last";
    db.prepare_cached(all)?.execute([]).map(|_| ())
}

/// An erased stretch is over.
fn forget_range(db: &Connection, list: EventNo) -> rusqlite::Result<()> {
    let sql = "DELETE FROM keeping WHERE kind = 'range' AND no = ?1";
    db.prepare_cached(sql)?.execute([list.0 as i64]).map(|_| ())
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

/// What two people have acknowledged as lost.
pub(super) fn acknowledged(db: &Connection) -> Result<Losses, FollowError> {
    let sql = format!("{SELECT_EVENTS} WHERE no IN (SELECT no FROM keeping WHERE kind = 'losses') ORDER BY no");
    let mut all = Losses::default();
    for record in list(db, &sql, [], to_record)? {
        if let Some(Event::Box(BoxEvent::LossesAcknowledged { losses, .. })) = record.event() {
            all.add(losses.clone());
        }
    }
    Ok(all)
}

/// What is lost, as it was met and told.
pub(super) fn losses(db: &Connection) -> Result<Losses, FollowError> {
    let unfounded = unfounded(db)?;
    Ok(Losses { missing: missing(db)?, damages: damages(db)?, unwritten: unwritten(db)?, unfounded })
}

/// Numbers that no event has.
pub(super) fn note_gap(db: &Connection, first: EventNo, last: EventNo) -> rusqlite::Result<()> {
    let sql = "INSERT INTO gaps VALUES (?1, ?2) ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last)";
    db.prepare_cached(sql)?.execute([first.0 as i64, last.0 as i64]).map(|_| ())
}

/// What was met and what was told may be the same numbers: each counts once.
fn missing(db: &Connection) -> Result<Vec<(EventNo, EventNo)>, FollowError> {
    let mut missing: Vec<(EventNo, EventNo)> = Vec::new();
    for (first, last) in
        list(db, "SELECT first, last FROM gaps ORDER BY first", [], |row| Ok((no(row, 0)?, no(row, 1)?)))?
    {
        match missing.last_mut() {
            Some(before) if first.0 <= before.1.0.saturating_add(1) => before.1 = before.1.max(last),
            _ => missing.push((first, last)),
        }
    }
    Ok(missing)
}

fn damages(db: &Connection) -> Result<Vec<DamagedStretch>, FollowError> {
    list(db, "SELECT told, file, offset, octets FROM damaged ORDER BY told", [], |row| {
        let [offset, octets] = [2, 3].map(|at| row.get::<_, i64>(at).map(|number| number as u64));
        Ok(DamagedStretch { told: no(row, 0)?, file: row.get(1)?, offset: offset?, octets: octets? })
    })
}

fn unwritten(db: &Connection) -> Result<Vec<Unwritten>, FollowError> {
    list(db, "SELECT told, count FROM unwritten ORDER BY told", [], |row| {
        Ok(Unwritten { told: no(row, 0)?, count: row.get::<_, i64>(1)? as u64 })
    })
}

/// Leaves that no event accounts for, as they were told.
pub(super) fn unfounded(db: &Connection) -> Result<Vec<Unfounded>, FollowError> {
    list(db, "SELECT told, file, leaves FROM unfounded ORDER BY told", [], |row| {
        Ok(Unfounded { told: no(row, 0)?, file: row.get(1)?, leaves: row.get::<_, i64>(2)? as u64 })
    })
}

fn no(row: &Row<'_>, at: usize) -> rusqlite::Result<EventNo> {
    row.get::<_, i64>(at).map(|no| EventNo(no as u64))
}

/// The recordings that are on a list still.
pub(super) fn listed(db: &Connection, on: EventNo) -> Result<Vec<RecordingId>, FollowError> {
    list(db, "SELECT recording FROM listed WHERE list = ?1 ORDER BY recording", [on.0 as i64], |row| {
        Ok(RecordingId::from_u64(row.get::<_, i64>(0)? as u64))
    })
}
