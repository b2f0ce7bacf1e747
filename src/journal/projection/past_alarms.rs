//! The last alarms of each place, with when they came and went: what somebody asks a line for after the fault is over.

use frame::{EventNo, Stamp};
use rusqlite::{Connection, Row, params};

use super::reader::{json as from_json, list, to_stamp};
use crate::journal::{Alarm, FollowError, Place, event::json};

/// How many alarms of a place are kept: some weeks of a line that is out each day. Each place has its own, so a line whose
/// plug is loose pushes out nobody else's.
pub const PAST_ALARMS: u32 = 100;

/// An alarm that was raised once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAlarm {
    /// What and where.
    pub alarm: Alarm,
    /// The event that raised it.
    pub no: EventNo,
    /// Since when.
    pub since: Stamp,
    /// Until when; none where it still holds.
    pub until: Option<(Stamp, Over)>,
}

/// How an alarm ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It was cleared.
    Cleared,
    /// The box was started anew. What was still wrong then was raised again.
    Restarted,
}

/// An alarm was raised that was not before. What a place has beyond [`PAST_ALARMS`] is forgotten, the oldest first.
pub(super) fn raised(db: &Connection, no: EventNo, alarm: &Alarm) -> rusqlite::Result<usize> {
    let place = json(&alarm.place());
    db.prepare_cached("INSERT INTO past_alarms VALUES (?1, ?2, ?3, NULL, 0)")?.execute(params![
        no.0 as i64,
        place,
        json(alarm)
    ])?;
    let forget = "DELETE FROM past_alarms WHERE place = ?1 AND no <=
                  (SELECT no FROM past_alarms WHERE place = ?1 ORDER BY no DESC LIMIT 1 OFFSET ?2)";
    db.prepare_cached(forget)?.execute(params![place, PAST_ALARMS])
}

/// It was cleared.
pub(super) fn cleared(db: &Connection, no: EventNo, alarm: &Alarm) -> rusqlite::Result<usize> {
    let sql = "UPDATE past_alarms SET ended = ?1 WHERE alarm = ?2 AND ended IS NULL";
    db.prepare_cached(sql)?.execute(params![no.0 as i64, json(alarm)])
}

/// A new life began: how long the alarms of the old one went on is not known.
pub(super) fn box_started(db: &Connection, no: EventNo) -> rusqlite::Result<usize> {
    db.execute("UPDATE past_alarms SET ended = ?1, restarted = 1 WHERE ended IS NULL", [no.0 as i64])
}

/// The alarms of a place, newest first.
pub(super) fn of_place(db: &Connection, place: Place, rows_max: usize) -> Result<Vec<PastAlarm>, FollowError> {
    let sql = "SELECT alarm, past_alarms.no, restarted, began.boot, began.time_us, began.utc_us,
                      done.no, done.boot, done.time_us, done.utc_us
               FROM past_alarms JOIN events began ON began.no = past_alarms.no
                    LEFT JOIN events done ON done.no = ended
               WHERE place = ?1 ORDER BY past_alarms.no DESC LIMIT ?2";
    list(db, sql, params![json(&place), rows_max as i64], to_past_alarm)
}

fn to_past_alarm(row: &Row<'_>) -> rusqlite::Result<PastAlarm> {
    let over = if row.get(2)? { Over::Restarted } else { Over::Cleared };
    let ended: Option<i64> = row.get(6)?;
    let until = ended.map(|_| Ok::<_, rusqlite::Error>((to_stamp(row, 7)?, over))).transpose()?;
    Ok(PastAlarm { alarm: from_json(row)?, no: EventNo(row.get::<_, i64>(1)? as u64), since: to_stamp(row, 3)?, until })
}
