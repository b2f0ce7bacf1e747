//! Acts that need two: what was asked for, and what became of it.

use access::{ApprovalAnswer, Approvals};
use frame::EventNo;
use rusqlite::{Connection, params};

use super::reader::{list, record};
use crate::journal::{BoxEvent, Event, FollowError, Record, cdr_line::word};

/// An act that was asked for once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// The event that asked.
    pub asked: Record,
    /// The last event about it; none while nobody has answered.
    pub answered: Option<Record>,
}

/// Notes what was asked for, or what became of it.
pub(super) fn note(db: &Connection, no: EventNo, event: &BoxEvent) -> rusqlite::Result<usize> {
    match event {
        BoxEvent::ApprovalAsked { .. } => {
            db.prepare_cached("INSERT INTO approvals VALUES (?1, 'waiting', NULL)")?.execute([no.0 as i64])
        }
        BoxEvent::ApprovalAnswered { asked, answer, .. } => {
            let sql = "UPDATE approvals SET state = ?1, answered = ?2 WHERE no = ?3";
            db.prepare_cached(sql)?.execute(params![word(answer), no.0 as i64, asked.0 as i64])
        }
        _ => Ok(0),
    }
}

/// What was asked for, newest first.
pub(super) fn asked_for(db: &Connection, rows_max: u32) -> Result<Vec<AskedFor>, FollowError> {
    read(db, "SELECT no, answered FROM approvals ORDER BY no DESC LIMIT ?1", rows_max)
}

/// What is open, oldest first. A bound of the machine's own holds their number.
pub(super) fn open_ones(db: &Connection) -> Result<Vec<AskedFor>, FollowError> {
    let sql = "SELECT no, answered FROM approvals WHERE state IN ('waiting', 'granted') ORDER BY no LIMIT ?1";
    read(db, sql, u32::MAX)
}

/// What is open: the machine as it stood with the last event of the log.
pub(super) fn open(db: &Connection) -> Result<Approvals, FollowError> {
    let mut approvals = Approvals::default();
    for AskedFor { asked, answered } in open_ones(db)? {
        let Some(Event::Box(BoxEvent::ApprovalAsked { by, proposal })) = asked.event() else { continue };
        approvals.note_asked(asked.no, asked.stamp, *by, proposal.clone());
        if let Some(answered) = answered
            && let Some(Event::Box(BoxEvent::ApprovalAnswered { answer, by, .. })) = answered.event()
        {
            approvals.note_answer(asked.no, answered.stamp, *by, *answer);
        }
    }
    Ok(approvals)
}

fn read(db: &Connection, sql: &str, rows_max: u32) -> Result<Vec<AskedFor>, FollowError> {
    let event_no = |no: i64| EventNo(no as u64);
    let rows =
        list(db, sql, [rows_max], |row| Ok((event_no(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(event_no))))?;
    let mut found = Vec::new();
    for (no, answered) in rows {
        let answered = answered.map(|no| record(db, no)).transpose()?.flatten();
        found.extend(record(db, no)?.map(|asked| AskedFor { asked, answered }));
    }
    Ok(found)
}

impl AskedFor {
    /// What became of it; none while nobody has answered.
    pub fn answer(&self) -> Option<ApprovalAnswer> {
        match self.answered.as_ref()?.event()? {
            Event::Box(BoxEvent::ApprovalAnswered { answer, .. }) => Some(*answer),
            _ => None,
        }
    }
}
