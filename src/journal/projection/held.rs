//! Holds, lists that wait, and the clock's last confirmation, as far as they still matter: a box of many years has as many
//! holds and lists as on its first day.
//!
//! Not here: what they mean (`vault::Erasures`).

use frame::{EventNo, RecordingId};
use rusqlite::{Connection, Row, params};
use vault::{DamagedStretch, Losses};

use super::reader::{SELECT_EVENTS, list, to_record};
use crate::journal::{BoxEvent, Event, FollowError, Record};

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
        BoxEvent::LossesAcknowledged { .. } => {
            insert(db, no, "losses", None)?;
            db.prepare_cached("DELETE FROM listed")?.execute([])?;
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

/// What is lost: numbers without an event, and stretches that were told to be damaged.
pub(super) fn losses(db: &Connection) -> Result<Losses, FollowError> {
    Ok(Losses { missing: missing(db)?, damages: damages(db)? })
}

fn missing(db: &Connection) -> Result<Vec<(EventNo, EventNo)>, FollowError> {
    let no = |row: &Row<'_>, at| row.get::<_, i64>(at).map(|no| EventNo(no as u64));
    // Where as many are there as numbers were given, none is missing, and nothing has to be read through.
    let lacks: bool =
        db.query_row("SELECT (SELECT count(*) FROM events) < (SELECT last_no FROM state)", [], |row| row.get(0))?;
    if !lacks {
        return Ok(Vec::new());
    }
    let sql = "SELECT no + 1, next - 1 FROM
                   (SELECT no, lead(no, 1, (SELECT last_no + 1 FROM state)) OVER (ORDER BY no) AS next
                    FROM (SELECT 0 AS no UNION ALL SELECT no FROM events))
               WHERE next > no + 1";
    list(db, sql, [], |row| Ok((no(row, 0)?, no(row, 1)?)))
}

fn damages(db: &Connection) -> Result<Vec<DamagedStretch>, FollowError> {
    let sql = format!(
        "{SELECT_EVENTS} WHERE no IN (SELECT no FROM audit WHERE failed) AND text LIKE '%\"kind\":\"log_damaged\"%' ORDER BY no"
    );
    let mut damages: Vec<DamagedStretch> = Vec::new();
    for record in list(db, &sql, [], to_record)? {
        if let Some(Event::Box(BoxEvent::LogDamaged { file, offset, octets })) = record.event() {
            let (told, file) = (record.no, file.clone());
            let found = DamagedStretch { told, file, offset: *offset, octets: *octets };
            // Told again, it is the same.
            if !damages.iter().any(|damage| DamagedStretch { told, ..damage.clone() } == found) {
                damages.push(found);
            }
        }
    }
    Ok(damages)
}

/// The recordings that are on a list still.
pub(super) fn listed(db: &Connection, on: EventNo) -> Result<Vec<RecordingId>, FollowError> {
    list(db, "SELECT recording FROM listed WHERE list = ?1 ORDER BY recording", [on.0 as i64], |row| {
        Ok(RecordingId::from_u64(row.get::<_, i64>(0)? as u64))
    })
}
